//! Recorded values that are not what the definition says, although the rules are right.

use super::traffic::api;
use crate::case::{Case, case};
use crate::clock::{DAY, HOUR};

pub(crate) fn cases() -> Vec<Case> {
    let on = |service| case(service, &api("calm")).verdict("api", "ok");
    vec![
        on("val001")
            .tampered(|record, ago, value| match record {
                "slo:bad:rate5m" if ago < HOUR => value * 5.0,
                _ => value,
            })
            .finds(&["VAL001"]),
        // Found with `--deep`.
        on("val002").tampered(|record, ago, value| match record {
            "slo:bad:tile5m" if ago > 3 * DAY => value / 3.0,
            _ => value,
        }),
    ]
}
