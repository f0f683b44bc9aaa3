//! Node trees as YAML in the style that a person would write: blocks for what has a
//! structure, one line for what is short.

mod flow;
mod scalar;

use std::collections::BTreeMap;

use super::keys::{EXPRESSIONS, SWITCHES};
use crate::promql::push_blanks;
use crate::spec::node::{Entry, Kind, Node};

/// Comments beside a value, in their order, each with its `#`; an empty text is a blank line.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    /// On lines of their own before it.
    pub(crate) above: Vec<String>,
    /// Behind it, or behind its key; several of them before it.
    pub(crate) end: Vec<String>,
    /// On lines of their own after it.
    pub(crate) below: Vec<String>,
}

/// Comments by what they stand beside: the indices that lead to it from the document.
pub(crate) type Comments = BTreeMap<Vec<usize>, Notes>;

/// Whose documents are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    /// Ours.
    Native,
    /// Those of `OpenSLO`, where maps are blocks.
    OpenSlo,
}

/// How maps of a kind are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// Always as a block, a blank line between its items: the SLOs of a document.
    Paragraphs,
    /// Always as a block.
    Block,
    /// As a block, unless there is but one entry.
    Kind,
    /// On one line where it fits.
    Short,
}

/// A document with its comments, without the sign that separates it from others.
pub(crate) fn document(node: &Node, layout: Layout, comments: &Comments) -> String {
    let mut writer = Writer {
        text: String::new(),
        comments,
        path: Vec::new(),
    };
    writer.lines_above(0);
    writer.block(node, Place::root(layout), 0);
    writer.lines_below(0);
    writer.text
}

/// A value of a native spec on one line, however long.
pub(crate) fn one_line(node: &Node) -> String {
    let place = Place::root(Layout::Native);
    flow::value(node, Place { depth: 3, ..place })
}

/// Where a value stands, as far as its layout depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    layout: Layout,
    depth: usize,
    style: Style,
    /// Inside an SLI, where texts are expressions by their keys.
    sli: bool,
    /// It is an expression.
    expression: bool,
    /// A plain `off` has a meaning there.
    switch: bool,
}

impl Place {
    const fn root(layout: Layout) -> Self {
        Self {
            layout,
            depth: 0,
            style: Style::Block,
            sli: false,
            expression: false,
            switch: false,
        }
    }

    /// The value under a key.
    pub(super) fn under(self, key: &str) -> Self {
        if self.layout == Layout::OpenSlo {
            return Self {
                depth: self.depth + 1,
                style: Style::Block,
                expression: key == "query",
                ..self
            };
        }
        let style = match (self.depth, key) {
            (0, "slos") => Style::Paragraphs,
            (2, "sli") => Style::Block,
            (0, "defaults") => Style::Kind,
            (3, _) if self.sli => Style::Kind,
            _ => Style::Short,
        };
        Self {
            layout: self.layout,
            depth: self.depth + 1,
            style,
            sli: self.sli || (self.depth == 2 && key == "sli"),
            expression: self.sli && EXPRESSIONS.contains(&key),
            switch: SWITCHES.contains(&key),
        }
    }

    /// An item of a list.
    pub(super) const fn item(self) -> Self {
        Self {
            depth: self.depth + 1,
            style: match self.style {
                Style::Paragraphs => Style::Block,
                _ if matches!(self.layout, Layout::OpenSlo) => Style::Block,
                _ => Style::Short,
            },
            switch: false,
            ..self
        }
    }
}

struct Writer<'c> {
    text: String,
    comments: &'c Comments,
    /// The indices that lead to what is being written.
    path: Vec<usize>,
}

impl Writer<'_> {
    /// A map or list as a block whose lines begin `indent` blanks deep. The first line is
    /// begun already when something stands before it.
    fn block(&mut self, node: &Node, place: Place, indent: usize) {
        match &node.kind {
            Kind::Map(entries) if !entries.is_empty() => {
                for (index, entry) in entries.iter().enumerate() {
                    self.within(index, |writer| writer.entry(entry, place, indent));
                }
            }
            Kind::Seq(items) if !items.is_empty() => {
                let apart = place.style == Style::Paragraphs;
                for (index, item) in items.iter().enumerate() {
                    if apart && index > 0 {
                        self.text.push('\n');
                    }
                    self.within(index, |writer| writer.item(item, place.item(), indent));
                }
            }
            _ => {
                self.begin(indent);
                let text = flow::value(node, place);
                self.text.push_str(&text);
                self.end_line();
            }
        }
    }

    fn within(&mut self, index: usize, write: impl FnOnce(&mut Self)) {
        self.path.push(index);
        write(self);
        self.path.pop();
    }

    fn entry(&mut self, entry: &Entry, place: Place, indent: usize) {
        let place = place.under(&entry.key);
        let line = self.line(&entry.value, place, indent + entry.key.len() + 2);
        // An entry that begins the line of an item has its comments before the item.
        let begun = !self.text.is_empty() && !self.text.ends_with('\n');
        if !begun {
            self.comments_before(indent, true);
        }
        self.begin(indent);
        self.text.push_str(&scalar::key(&entry.key));
        self.text.push(':');
        if let Some(line) = line {
            self.text.push(' ');
            self.text.push_str(&line);
            self.line_end_comment();
            self.end_line();
        } else if let Some(block) = scalar::block(&entry.value) {
            self.literal(&block, indent + 2);
        } else {
            self.line_end_comment();
            self.end_line();
            self.block(&entry.value, place, indent + 2);
        }
        self.lines_below(indent);
    }

    fn item(&mut self, item: &Node, place: Place, indent: usize) {
        let line = self.line(item, place, indent + 2);
        let block = scalar::block(item).is_some();
        self.comments_before(indent, block || line.is_some());
        if line.is_none() {
            self.comments_of_first(item, indent);
        }
        self.begin(indent);
        self.text.push_str("- ");
        if let Some(line) = line {
            self.text.push_str(&line);
            self.line_end_comment();
            self.end_line();
        } else if let Some(block) = scalar::block(item) {
            self.text.pop();
            self.literal(&block, indent + 2);
        } else {
            self.block(item, place, indent + 2);
        }
        self.lines_below(indent);
    }

    /// Comments that belong above the first entry of an item, whose line the item begins.
    fn comments_of_first(&mut self, item: &Node, indent: usize) {
        match &item.kind {
            Kind::Map(entries) if !entries.is_empty() => {
                self.within(0, |writer| writer.comments_before(indent, true));
            }
            Kind::Seq(items) if !items.is_empty() => {
                self.within(0, |writer| writer.comments_before(indent, false));
            }
            _ => {}
        }
    }

    /// The value on one line that begins at a column, unless it needs several.
    fn line(&self, node: &Node, place: Place, column: usize) -> Option<String> {
        if self.has_comments_inside() {
            return None;
        }
        flow::line(node, place, column)
    }

    fn has_comments_inside(&self) -> bool {
        use std::ops::Bound::{Excluded, Unbounded};
        let after = (Excluded(self.path.as_slice()), Unbounded);
        self.comments
            .range::<[usize], _>(after)
            .next()
            .is_some_and(|(path, _)| path.starts_with(&self.path))
    }

    fn notes(&self) -> Option<&Notes> {
        self.comments.get(&self.path)
    }

    /// What stands on lines of its own before the value; `behind` says whether there is
    /// room for a comment behind it.
    fn comments_before(&mut self, indent: usize, behind: bool) {
        self.lines_above(indent);
        let above = match self.notes() {
            // One fits behind the value, several do not.
            Some(notes) if !behind || notes.end.len() > 1 => notes.end.clone(),
            _ => return,
        };
        self.lines(&above, indent);
    }

    fn lines_above(&mut self, indent: usize) {
        if let Some(notes) = self.notes() {
            let above = notes.above.clone();
            self.lines(&above, indent);
        }
    }

    fn lines_below(&mut self, indent: usize) {
        if let Some(notes) = self.notes() {
            let below = notes.below.clone();
            self.lines(&below, indent);
        }
    }

    fn line_end_comment(&mut self) {
        if let Some([comment]) = self.notes().map(|notes| notes.end.as_slice()) {
            let comment = format!("  {comment}");
            self.text.push_str(&comment);
        }
    }

    fn lines(&mut self, lines: &[String], indent: usize) {
        for line in lines {
            if !line.is_empty() {
                push_blanks(&mut self.text, indent);
                self.text.push_str(line);
            }
            self.text.push('\n');
        }
    }

    fn begin(&mut self, indent: usize) {
        if self.text.is_empty() || self.text.ends_with('\n') {
            push_blanks(&mut self.text, indent);
        }
    }

    fn end_line(&mut self) {
        self.text.push('\n');
    }

    fn literal(&mut self, block: &scalar::Block, indent: usize) {
        self.text.push_str(block.header);
        self.line_end_comment();
        self.end_line();
        for line in block.text.split('\n') {
            if !line.is_empty() {
                push_blanks(&mut self.text, indent);
                self.text.push_str(line);
            }
            self.text.push('\n');
        }
    }
}

#[cfg(test)]
mod tests;
