//! Pieces that every part of the page is made of.

use super::write::Html;
use crate::report::review::text;

/// What a status means, told by a shape beside its word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    Good,
    Warn,
    Bad,
    Unknown,
}

impl Tone {
    const ALL: [Self; 4] = [Self::Good, Self::Warn, Self::Bad, Self::Unknown];

    pub(super) const fn class(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Warn => "warn",
            Self::Bad => "bad",
            Self::Unknown => "unknown",
        }
    }

    const fn anchor(self) -> &'static str {
        match self {
            Self::Good => "sign-good",
            Self::Warn => "sign-warn",
            Self::Bad => "sign-bad",
            Self::Unknown => "sign-unknown",
        }
    }

    /// Shape and what is drawn on it, 16 by 16.
    const fn paths(self) -> (&'static str, &'static str) {
        match self {
            // A disc with a tick.
            Self::Good => (
                "M8 0a8 8 0 1 0 0 16A8 8 0 1 0 8 0z",
                "M4.4 8.3l2.5 2.5 4.7-5.2",
            ),
            // A triangle with an exclamation mark.
            Self::Warn => ("M8 .8L16 15.2H0z", "M8 6v4.2M8 12.3v.4"),
            // A square with a cross.
            Self::Bad => ("M1 1h14v14H1z", "M5 5l6 6M11 5l-6 6"),
            // A diamond with a question mark.
            Self::Unknown => (
                "M8 0l8 8-8 8-8-8z",
                "M6.3 6.5c0-2.2 3.4-2.2 3.4 0 0 1.3-1.7 1.2-1.7 2.6M8 11.1v.4",
            ),
        }
    }
}

/// The shapes, once; everything else refers to them.
pub(super) fn shapes(html: &mut Html) {
    let svg = html.tag("svg").attr("aria-hidden", "true");
    let svg = svg.attr("width", "0").attr("height", "0");
    svg.attr("class", "shapes").inside(|html| {
        for tone in Tone::ALL {
            let (shape, sign) = tone.paths();
            let symbol = html.tag("symbol").attr("id", tone.anchor());
            symbol.attr("viewBox", "0 0 16 16").inside(|html| {
                html.class("path", "shape").attr("d", shape).void();
                html.class("path", "mark").attr("d", sign).void();
            });
        }
    });
}

/// A status: shape and word.
pub(super) fn status(html: &mut Html, tone: Tone, word: &str) {
    let class = format!("status {}", tone.class());
    html.class("span", &class).inside(|html| {
        let svg = html.class("svg", "icon").attr("aria-hidden", "true");
        svg.inside(|html| html.tag("use").to(tone.anchor()).void());
        html.text(word);
    });
}

/// A paragraph, where there is something to say.
pub(super) fn paragraph(html: &mut Html, text: &str) {
    if !text.is_empty() {
        html.tag("p").text(text);
        html.line();
    }
}

/// A paragraph of less weight.
pub(super) fn muted(html: &mut Html, text: &str) {
    html.class("p", "muted").text(text);
    html.line();
}

/// A column of a table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Column<'c> {
    head: &'c str,
    class: Option<&'static str>,
}

impl<'c> Column<'c> {
    pub(super) const fn text(head: &'c str) -> Self {
        Self { head, class: None }
    }

    /// Stands to the right, so that digits stand below each other.
    pub(super) const fn number(head: &'c str) -> Self {
        Self {
            head,
            class: Some("number"),
        }
    }

    /// An instant or a length of time, on one line.
    pub(super) const fn when(head: &'c str) -> Self {
        Self {
            head,
            class: Some("when"),
        }
    }

    /// Takes as little space as it can.
    pub(super) const fn short(head: &'c str) -> Self {
        Self {
            head,
            class: Some("short"),
        }
    }

    /// Takes what space there is: a number with its bar.
    pub(super) const fn wide(head: &'c str) -> Self {
        Self {
            head,
            class: Some("wide"),
        }
    }
}

/// A row of a table that is being written, cell by cell.
pub(super) struct Row<'h, 'c> {
    html: &'h mut Html,
    columns: std::slice::Iter<'c, Column<'c>>,
}

impl Row<'_, '_> {
    /// The cell that names the row.
    pub(super) fn head(&mut self, write: impl FnOnce(&mut Html)) {
        let column = self.columns.next();
        let tag = self.html.tag("th").attr("scope", "row");
        let tag = tag.attr("role", "rowheader");
        tag.maybe("class", column.and_then(|column| column.class))
            .inside(write);
    }

    /// A cell; its head is repeated where a narrow screen shows cells below each other.
    pub(super) fn cell(&mut self, write: impl FnOnce(&mut Html)) {
        let column = self.columns.next();
        let tag = self.html.tag("td").attr("role", "cell");
        let tag = tag.maybe("class", column.and_then(|column| column.class));
        tag.maybe("data-head", column.map(|column| column.head))
            .inside(|html| html.tag("div").inside(write));
    }

    /// A cell with text only.
    pub(super) fn text(&mut self, text: &str) {
        self.cell(|html| html.text(text));
    }
}

/// A table with a caption. The roles are said aloud, since a narrow screen shows rows as
/// blocks, which are no table for some browsers.
pub(super) fn table<T>(
    html: &mut Html,
    caption: &str,
    columns: &[Column<'_>],
    items: impl IntoIterator<Item = T>,
    mut write: impl FnMut(&mut Row<'_, '_>, T),
) {
    html.tag("table").attr("role", "table").inside(|html| {
        html.tag("caption").text(&text::capital(caption));
        html.tag("thead").attr("role", "rowgroup").inside(|html| {
            html.tag("tr").attr("role", "row").inside(|html| {
                for column in columns {
                    let tag = html.tag("th").attr("scope", "col");
                    let tag = tag.attr("role", "columnheader");
                    tag.maybe("class", column.class).text(column.head);
                }
            });
        });
        html.tag("tbody").attr("role", "rowgroup").inside(|html| {
            for item in items {
                html.line();
                html.tag("tr").attr("role", "row").inside(|html| {
                    let columns = columns.iter();
                    write(&mut Row { html, columns }, item);
                });
            }
        });
    });
    html.line();
}

/// A part with a heading that names it.
pub(super) fn section(
    html: &mut Html,
    (level, anchor): (&'static str, &str),
    class: &str,
    heading: impl FnOnce(&mut Html),
    write: impl FnOnce(&mut Html),
) {
    let head = format!("{anchor}--head");
    // Many SLOs of the same name would be many landmarks of the same name.
    let element = if level == "h3" { "article" } else { "section" };
    let tag = html.class(element, class).attr("id", anchor);
    tag.attr("aria-labelledby", &head).inside(|html| {
        html.tag(level).attr("id", &head).inside(heading);
        html.line();
        write(html);
    });
    html.line();
}
