//! For people at a terminal.

use std::fmt::Write as _;

use anstyle::Style;

use super::document::{Block, HEADS, Row, document};
use crate::backtest::Backtest;
use crate::diagnostic::untrusted;
use crate::report::table::{self, Cell, Column};

/// What a change does, a table, and what there is to say of each SLO; ends with a newline.
/// ANSI sequences are used; taking them out changes no position.
pub fn text(backtest: &Backtest) -> String {
    let mut text = String::new();
    for block in document(backtest) {
        if !text.is_empty() && !matches!(block, Block::List { .. }) {
            text.push('\n');
        }
        match block {
            Block::Heading(heading) => {
                let bold = Style::new().bold();
                let _ = writeln!(text, "{bold}{}{bold:#}", untrusted::line(&heading));
            }
            Block::Text(line) => {
                let _ = writeln!(text, "{}", untrusted::line(&line));
            }
            Block::Table(rows) => text += &table(&rows),
            Block::List { title, items, more } => {
                let _ = writeln!(text, "{}:", untrusted::line(&title));
                for item in items {
                    let _ = writeln!(text, "  {}", untrusted::line(&item));
                }
                if more > 0 {
                    let _ = writeln!(text, "  and {more} more");
                }
            }
        }
    }
    text
}

fn table(rows: &[Row]) -> String {
    let columns = HEADS.iter().enumerate().map(|(index, (head, is_number))| {
        let cells = rows.iter().filter_map(|row| row.get(index));
        Column {
            head,
            is_number: *is_number,
            cells: cells
                .map(|text| Cell {
                    text: untrusted::line(text),
                    style: Style::new(),
                })
                .collect(),
        }
    });
    let columns: Vec<Column> = columns.collect();
    let mut text = table::lines(&columns, Style::new().bold()).join("\n");
    text.push('\n');
    text
}
