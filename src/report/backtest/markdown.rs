//! For comments on pull requests.

use std::fmt::Write as _;

use super::document::{Block, HEADS, Row, document};
use crate::backtest::Backtest;
use crate::report::markdown::plain;

/// GitHub takes comments of up to 65,536 characters.
const MOST: usize = 60_000;

/// The same as for people at a terminal. What is too much for a comment is left out, and said
/// to be. Text of others makes no markup.
pub fn markdown(backtest: &Backtest) -> String {
    let mut text = "### SLO backtest\n".to_owned();
    for block in document(backtest) {
        let part = part(&block);
        if text.len() + part.len() > MOST {
            text += "\nThe rest is too long for a comment: see `--format text`.\n";
            break;
        }
        text += &part;
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

fn table(rows: &[Row]) -> String {
    let heads = HEADS.map(|(head, _)| head);
    let lines = HEADS.map(|(_, is_number)| if is_number { "--:" } else { "---" });
    let mut text = format!("\n| {} |\n| {} |\n", heads.join(" | "), lines.join(" | "));
    for row in rows {
        let cells: Vec<String> = row.iter().map(|cell| plain(cell)).collect();
        let _ = writeln!(text, "| {} |", cells.join(" | "));
    }
    text
}
