//! Every code there is, by family. The long form of each is `docs/findings/<id>.md`.

pub mod alert;
pub mod output;
pub mod promql;
pub mod sli;
pub mod slo;
pub mod spec;

use super::Code;

/// All codes, family by family.
pub fn all() -> impl Iterator<Item = &'static Code> {
    [
        spec::FAMILY,
        slo::FAMILY,
        sli::FAMILY,
        promql::FAMILY,
        alert::FAMILY,
        output::FAMILY,
    ]
    .into_iter()
    .flatten()
    .copied()
}

/// The code with this id (in any case) or this name.
pub fn find(text: &str) -> Option<&'static Code> {
    all().find(|code| code.id.eq_ignore_ascii_case(text) || code.name == text)
}
