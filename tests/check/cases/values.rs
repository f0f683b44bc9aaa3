//! Recorded values that are not what the definition says, although the rules are right.

use super::traffic::{api, failing};
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
        // Too little for a rate, which a gap in scrapes may change as much; not for a ratio.
        case("val001share", &api("val001share").replace("99.9", "80"))
            .raw(failing("val001share", &[], |_| 0.05))
            .tampered(|record, ago, value| match record {
                "slo:bad:rate5m" if ago < HOUR => value * 1.3,
                _ => value,
            })
            .finds(&["VAL001"])
            .verdict("api", "ok"),
        // Found with `--deep`.
        on("val002").tampered(|record, ago, value| match record {
            "slo:bad:tile5m" if ago > 3 * DAY => value / 3.0,
            _ => value,
        }),
    ]
}
