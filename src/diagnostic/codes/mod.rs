//! Every code there is, by family. The long form of each is `docs/findings/<id>.md`.

pub mod alert;
pub mod backfill;
pub mod convert;
pub mod firing;
pub mod import;
pub mod openslo;
pub mod output;
pub mod promql;
pub mod rules;
pub mod series;
pub mod server;
pub mod sli;
pub mod slo;
pub mod spec;
pub mod values;
pub mod whatif;

use super::Code;

/// What can be known without a server.
const OFFLINE: [&[&Code]; 9] = [
    spec::FAMILY,
    import::FAMILY,
    openslo::FAMILY,
    slo::FAMILY,
    sli::FAMILY,
    promql::FAMILY,
    alert::FAMILY,
    output::FAMILY,
    convert::FAMILY,
];

/// What only a server can tell.
const LIVE: [&[&Code]; 7] = [
    server::FAMILY,
    rules::FAMILY,
    series::FAMILY,
    values::FAMILY,
    firing::FAMILY,
    backfill::FAMILY,
    whatif::FAMILY,
];

/// All codes, family by family.
pub fn all() -> impl Iterator<Item = &'static Code> {
    OFFLINE.into_iter().chain(LIVE).flatten().copied()
}

/// The codes that `check`, `backfill` and `whatif` give, because only a server can tell.
pub fn live() -> impl Iterator<Item = &'static Code> {
    LIVE.into_iter().flatten().copied()
}

/// The code with this id (in any case) or this name.
pub fn find(text: &str) -> Option<&'static Code> {
    all().find(|code| code.id.eq_ignore_ascii_case(text) || code.name == text)
}
