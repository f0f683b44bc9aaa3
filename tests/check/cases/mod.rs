//! What there is in a world, and what a check must say of it.

pub(crate) mod healthy;
