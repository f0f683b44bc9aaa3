//! Rules → a Prometheus rule file.

use super::header::{comment, header};
use super::yaml::Yaml;
use crate::promql;
use crate::rules::{Group, Rule, RuleFile};

/// Longest line of an expression, in characters, where it can be broken.
const WIDTH: usize = 100;

/// A rule file: one YAML document, for Prometheus reads only the first.
///
/// `sources` are the names of the spec files, for the header.
pub fn render(file: &RuleFile, sources: &[String]) -> String {
    let head = header(
        sources.iter().map(String::as_str),
        file.notes.iter().map(String::as_str),
    );
    let mut yaml = Yaml::after(head, 0);
    groups(&mut yaml, &file.groups);
    yaml.into_text()
}

/// The rules of several services as one document, piece by piece, so that they
/// need not all be held at once.
#[derive(Debug)]
pub struct Document {
    head: Option<String>,
}

impl Document {
    /// An empty document. `sources` are the names of the spec files, for the header.
    pub fn new(sources: &[String]) -> Self {
        Self {
            head: Some(header(sources.iter().map(String::as_str), [])),
        }
    }

    /// What stands before the rules of the next service.
    pub fn before(&mut self) -> String {
        self.head
            .take()
            .map_or("\n".to_owned(), |head| head + "groups:\n")
    }

    /// What is left to be written after the last service.
    pub fn end(self) -> String {
        self.head
            .map_or(String::new(), |head| head + "groups: []\n")
    }

    /// The groups of a service as items of a list, its notes before them. A text
    /// for each: a large one would be moved about while it grows.
    pub fn pieces(notes: &[String], groups: impl IntoIterator<Item = Group>) -> Vec<String> {
        let notes = comment(notes.iter().map(String::as_str));
        let mut head = String::new();
        for line in notes.lines() {
            head.extend(["  ", line, "\n"]);
        }
        let mut expr = String::new();
        let piece = |group| {
            let mut yaml = Yaml::after(std::mem::replace(&mut head, "\n".to_owned()), 2);
            item(&mut yaml, &group, &mut expr);
            yaml.into_text()
        };
        groups.into_iter().map(piece).collect()
    }
}

/// `groups:`, what the Prometheus file and the operator's resource have in common.
pub(super) fn groups(yaml: &mut Yaml, groups: &[Group]) {
    if groups.is_empty() {
        yaml.no_items("groups");
    } else {
        yaml.map("groups", |yaml| items(yaml, groups));
    }
}

/// Groups with a blank line between them.
fn items(yaml: &mut Yaml, groups: &[Group]) {
    let mut expr = String::new();
    for (index, group) in groups.iter().enumerate() {
        if index > 0 {
            yaml.blank();
        }
        item(yaml, group, &mut expr);
    }
}

/// `text` is where expressions are laid out first.
fn item(yaml: &mut Yaml, group: &Group, text: &mut String) {
    yaml.item(|yaml| {
        yaml.entry("name", &group.name);
        yaml.entry("interval", &group.interval.to_string());
        if group.rules.is_empty() {
            yaml.no_items("rules");
        } else {
            yaml.map("rules", |yaml| {
                for each in &group.rules {
                    yaml.item(|yaml| rule(yaml, each, text));
                }
            });
        }
    });
}

/// `text` is where the expression is laid out first.
fn rule(yaml: &mut Yaml, rule: &Rule, text: &mut String) {
    let mut expression = |yaml: &mut Yaml, expr| {
        text.clear();
        promql::print_pretty_to(text, expr, WIDTH);
        yaml.expression("expr", text);
    };
    match rule {
        Rule::Record {
            record,
            expr,
            labels,
        } => {
            yaml.entry("record", record);
            expression(yaml, expr);
            yaml.texts("labels", labels.as_ref());
        }
        Rule::Alert {
            alert,
            expr,
            hold,
            labels,
            annotations,
        } => {
            yaml.entry("alert", alert);
            expression(yaml, expr);
            if let Some(hold) = hold {
                yaml.entry("for", &hold.to_string());
            }
            yaml.texts("labels", labels);
            yaml.texts("annotations", annotations);
        }
    }
}

#[cfg(test)]
mod tests;
