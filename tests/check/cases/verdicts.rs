//! How an SLO can stand although nothing is wrong with how it is measured.

use super::traffic::{USUAL, a_bad_day, api, failing};
use crate::case::{Case, case};
use crate::clock::{DAY, HOUR};

pub(crate) fn cases() -> Vec<Case> {
    vec![
        case("calm", &api("calm"))
            .raw(failing("calm", &[], |_| USUAL))
            .verdict("api", "ok"),
        // A page, and most of the budget is still there.
        case("burning", &api("burning"))
            .raw(failing("burning", &[], |now| {
                if now.is_since(HOUR / 2) { 0.025 } else { USUAL }
            }))
            .verdict("api", "at_risk"),
        case(
            "low",
            &format!(
                "{}\n  alerts: {{budget_left: [{{below: 25, severity: ticket}}]}}",
                api("low")
            ),
        )
        .raw(failing("low", &[], |now| a_bad_day(now, 0.0039)))
        .verdict("api", "at_risk"),
        case("gone", &api("gone"))
            .raw(failing("gone", &[], |now| a_bad_day(now, 0.012)))
            .verdict("api", "breached"),
        case("split", &format!("{}\n  group_by: [region]", api("split")))
            .raw(failing("split", &[("region", "eu")], |now| {
                a_bad_day(now, 0.012)
            }))
            .raw(failing("split", &[("region", "us")], |_| USUAL))
            .verdict("api region=eu", "breached")
            .verdict("api region=us", "ok"),
        // A region that was given up: the rules still know its budget, and nobody asks.
        case("moved", &format!("{}\n  group_by: [region]", api("moved")))
            .raw(failing("moved", &[("region", "eu")], |_| USUAL))
            .raw(failing("moved", &[("region", "old")], |_| USUAL).map(|raw| raw.until(2 * DAY)))
            .verdict("api region=eu", "ok"),
        // The rules were loaded a minute ago; only the raw metrics know what was before.
        case("fresh", &api("fresh"))
            .raw(failing("fresh", &[], |_| USUAL))
            .unrecorded()
            .verdict("api", "ok"),
        case("fresh-gone", &format!("{}\n  promise: 99.5", api("gone")))
            .unrecorded()
            .verdict("api", "breached"),
    ]
}
