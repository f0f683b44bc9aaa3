//! What there is in a world, and what a check must say of it.

pub(crate) mod healthy;
pub(crate) mod rules;
pub(crate) mod series;
pub(crate) mod traffic;
pub(crate) mod values;
pub(crate) mod verdicts;
