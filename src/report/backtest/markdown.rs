//! For comments on pull requests.

use std::fmt::Write as _;

use super::document::{Block, HEADS, Row, document};
use crate::backtest::Backtest;
use crate::report::markdown::plain;
use crate::words;

/// Bytes for the table, and for everything: GitHub takes comments of up to 65,536 characters.
const TABLE: usize = 25_000;
const MOST: usize = 60_000;

/// The same as for people at a terminal. What is too much for a comment is left out, and said
/// to be. Text of others makes no markup.
pub fn markdown(backtest: &Backtest) -> String {
    let mut text = "### SLO backtest\n".to_owned();
    let mut left_out = 0;
    // A heading without what it is about says nothing.
    let mut heading = String::new();
    for block in document(backtest) {
        let part = part(&block);
        if matches!(block, Block::Heading(_)) {
            heading = part;
        } else if text.len() + heading.len() + part.len() > MOST {
            left_out += 1;
        } else {
            text += &std::mem::take(&mut heading);
            text += &part;
        }
    }
    if left_out > 0 {
        let parts = words::count_more(left_out, "part");
        let are = if left_out == 1 { "is" } else { "are" };
        let _ = writeln!(
            text,
            "\n{parts} {are} too long for a comment: see `--format text`."
        );
    }
    text
}

fn part(block: &Block) -> String {
    match block {
        Block::Heading(heading) => format!("\n#### {}\n", plain(heading)),
        Block::Text(text) => format!("\n{}\n", plain(text)),
        Block::Table(rows) => table(rows),
        Block::List { title, items, more } => {
            let mut text = format!("\n{}:\n\n", plain(title));
            for item in items {
                let _ = writeln!(text, "- {}", plain(item));
            }
            if *more > 0 {
                let _ = writeln!(text, "- and {more} more");
            }
            text
        }
    }
}

/// As many rows as there is room for.
fn table(rows: &[Row]) -> String {
    let heads = HEADS.map(|(head, _)| head);
    let lines = HEADS.map(|(_, is_number)| if is_number { "--:" } else { "---" });
    let mut text = format!("\n| {} |\n| {} |\n", heads.join(" | "), lines.join(" | "));
    for (index, row) in rows.iter().enumerate() {
        let cells: Vec<String> = row.iter().map(|cell| plain(cell)).collect();
        let line = format!("| {} |\n", cells.join(" | "));
        if text.len() + line.len() > TABLE {
            let rest = words::count_more(rows.len() - index, "row");
            let _ = writeln!(text, "\n{rest} not shown.");
            break;
        }
        text += &line;
    }
    text
}
