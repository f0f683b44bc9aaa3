//! Cells in columns on a terminal.

use std::fmt::Write as _;

use anstyle::Style;
use unicode_width::UnicodeWidthStr;

/// Space between two columns.
const GAP: &str = "  ";

/// What stands in a table, on one line.
#[derive(Debug, Clone, Default)]
pub(super) struct Cell {
    pub(super) text: String,
    pub(super) style: Style,
}

/// Cells below each other.
pub(super) struct Column {
    pub(super) head: &'static str,
    /// Whether they stand to the right.
    pub(super) is_number: bool,
    pub(super) cells: Vec<Cell>,
}

impl Column {
    /// Columns of the terminal that it takes.
    pub(super) fn width(&self) -> usize {
        let cells = self.cells.iter().map(|cell| cell.text.width());
        cells.max().unwrap_or(0).max(self.head.width())
    }
}

/// Columns of the terminal that all of them take.
pub(super) fn width(columns: &[Column]) -> usize {
    let widths: usize = columns.iter().map(Column::width).sum();
    widths + GAP.len() * columns.len().saturating_sub(1)
}

/// The heads and the rows, a line each, without its end. Styles change no position.
pub(super) fn lines(columns: &[Column], head: Style) -> Vec<String> {
    let widths: Vec<usize> = columns.iter().map(Column::width).collect();
    let rows = columns.first().map_or(0, |column| column.cells.len());
    let head = |column: &Column| Cell {
        text: column.head.to_owned(),
        style: head,
    };
    let heads = line(columns, &widths, head);
    let rows = (0..rows).map(|row| line(columns, &widths, |column| column.cells[row].clone()));
    std::iter::once(heads).chain(rows).collect()
}

fn line(columns: &[Column], widths: &[usize], cell: impl Fn(&Column) -> Cell) -> String {
    let mut line = String::new();
    // Space is written before what needs it, so that no line ends with any.
    let mut space = String::new();
    for (column, width) in columns.iter().zip(widths) {
        let Cell { text, style } = cell(column);
        let pad = " ".repeat(width.saturating_sub(text.width()));
        let (before, after) = if column.is_number {
            (pad, String::new())
        } else {
            (String::new(), pad)
        };
        space.push_str(&before);
        if text.trim().is_empty() {
            space.push_str(&text);
        } else {
            line.push_str(&std::mem::take(&mut space));
            // Writing to a string cannot fail.
            let _ = write!(line, "{style}{text}{style:#}");
        }
        space.push_str(&after);
        space.push_str(GAP);
    }
    line.truncate(line.trim_end().len());
    line
}

/// Text in lines of at most this width where words allow it.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        match lines.last_mut() {
            Some(line) if line.width().saturating_add(1 + word.width()) <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn styles_and_wide_characters_change_no_position() {
        let red = anstyle::AnsiColor::Red.on_default();
        let column = |head, is_number, cells: [(&str, Style); 2]| Column {
            head,
            is_number,
            cells: cells
                .map(|(text, style)| Cell {
                    text: text.to_owned(),
                    style,
                })
                .into(),
        };
        let columns = [
            column("slo", false, [("日本", red), ("a", Style::new())]),
            column("left", true, [("5 %", red), ("", Style::new())]),
            column("alerts", false, [("", red), ("x", Style::new())]),
        ];
        assert_eq!(
            lines(&columns, Style::new()),
            [
                "slo   left  alerts",
                "\u{1b}[31m日本\u{1b}[0m   \u{1b}[31m5 %\u{1b}[0m",
                "a           x",
            ]
        );
        assert_eq!(width(&columns), 18);
    }

    #[test]
    fn words_stay_whole() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("incomprehensible", 7), ["incomprehensible"]);
        assert_eq!(wrap("one two", usize::MAX), ["one two"]);
    }
}
