//! Keys that people put on a wrong level, and where they belong.

use crate::spec::fields::Misplaced;

/// Keys that are easily put on the level of an SLO.
pub(super) const IN_AN_SLO: &[Misplaced] = &[
    Misplaced {
        keys: &[
            "events",
            "latency",
            "satisfaction",
            "freshness",
            "probe",
            "threshold",
            "ratio",
            "composite",
        ],
        inside: Some("sli"),
        help: "put it inside `sli`, indented further than that key",
    },
    Misplaced {
        keys: &["owner", "labels"],
        inside: None,
        help: "write it beside `service`, for all SLOs of the document, or `labels` inside `alerts`",
    },
    Misplaced {
        keys: &["time_zone", "calendar"],
        inside: Some("period"),
        help: "put it into the period: `period: {calendar: month, time_zone: Europe/Berlin}`",
    },
    Misplaced {
        keys: &["severity", "runbook_url", "annotations", "no_data", "pairs"],
        inside: Some("alerts"),
        help: "put it inside `alerts`",
    },
];

/// Keys that are easily written for those of an override.
pub(super) const IN_AN_OVERRIDE: &[Misplaced] = &[Misplaced {
    keys: &["say"],
    inside: Some("reason"),
    help: "an override says why in `reason`",
}];
