//! How far a long run is.

/// Somebody who waits.
pub trait Progress {
    /// `done` of `all` questions of `part` ("series", …) are answered.
    fn at(&self, part: &str, done: usize, all: usize);
}

/// Nobody waits.
impl Progress for () {
    fn at(&self, _part: &str, _done: usize, _all: usize) {}
}
