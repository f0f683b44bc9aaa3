//! What product managers and programs see.

use std::fs;

use super::html;
use super::sample::{hostile, plain};

#[test]
#[ignore = "writes pages for scripts/look-at-report"]
fn to_be_looked_at() {
    let folder = std::env::var("LOOK_AT").unwrap_or_else(|_| "target".to_owned());
    for (name, review) in [("report", plain()), ("report-hostile", hostile())] {
        fs::write(format!("{folder}/{name}.html"), html(&review)).unwrap();
    }
}
