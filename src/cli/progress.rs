use std::cell::{Cell, RefCell};
use std::io::{IsTerminal, Write, stderr};
use std::time::{Duration, Instant};

use crate::progress::Progress;

/// Before this much time nobody wonders what takes so long.
const PATIENCE: Duration = Duration::from_millis(800);
/// How often the bar is drawn.
const REDRAW: Duration = Duration::from_millis(100);
const WIDTH: usize = 30;

/// A bar on standard error, when that is a terminal.
pub(super) struct Bar {
    is_shown: bool,
    started: Instant,
    drawn: Cell<Option<Instant>>,
    part: RefCell<String>,
}

impl Bar {
    pub(super) fn new() -> Self {
        Self {
            is_shown: stderr().is_terminal(),
            started: Instant::now(),
            drawn: Cell::new(None),
            part: RefCell::default(),
        }
    }
}

impl Progress for Bar {
    fn at(&self, part: &str, done: usize, all: usize) {
        let is_new = *self.part.borrow() != part;
        let is_soon = self.drawn.get().is_some_and(|at| at.elapsed() < REDRAW);
        if !self.is_shown || self.started.elapsed() < PATIENCE || (is_soon && !is_new) {
            return;
        }
        if is_new {
            part.clone_into(&mut self.part.borrow_mut());
        }
        self.drawn.set(Some(Instant::now()));
        let text = line(part, done, all);
        // A bar that cannot be drawn is no loss.
        let _ = write!(stderr(), "\r\x1b[K{text}").and_then(|()| stderr().flush());
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        if self.drawn.get().is_some() {
            let _ = write!(stderr(), "\r\x1b[K").and_then(|()| stderr().flush());
        }
    }
}

fn line(part: &str, done: usize, all: usize) -> String {
    let filled = (WIDTH * done).checked_div(all).unwrap_or(WIDTH).min(WIDTH);
    let (full, empty) = ("█".repeat(filled), "░".repeat(WIDTH - filled));
    format!("{full}{empty} {done}/{all} {part}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_shows_how_much_is_done() {
        assert_eq!(
            line("values", 30, 60),
            format!("{}{} 30/60 values", "█".repeat(15), "░".repeat(15))
        );
        assert!(line("values", 0, 0).starts_with('█'));
        assert!(line("values", 9, 3).starts_with('█'));
    }
}
