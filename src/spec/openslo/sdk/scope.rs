//! What a rule looks at: a value, and what it lies in.

use super::value::Value;

/// A map, and the map that it lies in.
#[derive(Clone, Copy)]
pub(super) struct Scope<'a> {
    pub(super) value: &'a Value,
    pub(super) above: Option<&'a Scope<'a>>,
}

impl Scope<'_> {
    pub(super) fn has(&self, key: &str) -> bool {
        self.value.has(key)
    }

    /// Whether something holds of the map that this one lies in.
    pub(super) fn above(&self, holds: impl Fn(&Scope<'_>) -> bool) -> bool {
        self.above.is_some_and(holds)
    }
}
