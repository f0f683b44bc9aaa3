//! Where calendar periods start and how long they are, at instants around
//! changes of the clock, leap days and turns of periods.

use std::fmt::Write as _;

use jiff::Timestamp;
use regex::Regex;

use super::{Topic, promtool};

/// SLO, start of its period and length in days.
type Expected = (&'static str, &'static str, u64);

/// Now, and what holds then.
const PERIODS: &[(&str, &[Expected])] = &[
    (
        "2026-03-28T12:00:00Z",
        &[
            ("berlin-week", "2026-03-22T23:00:00Z", 7),
            ("berlin-month", "2026-02-28T23:00:00Z", 31),
            ("berlin-quarter", "2025-12-31T23:00:00Z", 90),
            ("new-york-month", "2026-03-01T05:00:00Z", 31),
            ("kolkata-month", "2026-02-28T18:30:00Z", 31),
            ("utc-year", "2026-01-01T00:00:00Z", 365),
        ],
    ),
    // In Berlin summer time has begun; the week started before it.
    (
        "2026-03-29T12:00:00Z",
        &[
            ("berlin-week", "2026-03-22T23:00:00Z", 7),
            ("berlin-month", "2026-02-28T23:00:00Z", 31),
            ("berlin-quarter", "2025-12-31T23:00:00Z", 90),
        ],
    ),
    (
        "2026-03-29T21:50:00Z",
        &[("berlin-week", "2026-03-22T23:00:00Z", 7)],
    ),
    (
        "2026-03-29T22:00:00Z",
        &[("berlin-week", "2026-03-29T22:00:00Z", 7)],
    ),
    (
        "2026-03-31T22:00:00Z",
        &[
            ("berlin-month", "2026-03-31T22:00:00Z", 30),
            ("berlin-quarter", "2026-03-31T22:00:00Z", 91),
            ("new-york-month", "2026-03-01T05:00:00Z", 31),
            ("kolkata-month", "2026-03-31T18:30:00Z", 30),
        ],
    ),
    // In Berlin summer time has ended, in New York not yet.
    (
        "2026-10-25T12:00:00Z",
        &[
            ("berlin-week", "2026-10-18T22:00:00Z", 7),
            ("berlin-month", "2026-09-30T22:00:00Z", 31),
            ("berlin-quarter", "2026-09-30T22:00:00Z", 92),
            ("new-york-month", "2026-10-01T04:00:00Z", 31),
        ],
    ),
    (
        "2026-11-01T03:00:00Z",
        &[("new-york-month", "2026-10-01T04:00:00Z", 31)],
    ),
    // On the day of the change, after it.
    (
        "2026-11-01T12:00:00Z",
        &[
            ("new-york-month", "2026-11-01T04:00:00Z", 30),
            ("berlin-month", "2026-10-31T23:00:00Z", 30),
        ],
    ),
    (
        "2028-02-29T12:00:00Z",
        &[
            ("berlin-month", "2028-01-31T23:00:00Z", 29),
            ("berlin-quarter", "2027-12-31T23:00:00Z", 91),
            ("utc-year", "2028-01-01T00:00:00Z", 366),
        ],
    ),
    (
        "2028-08-15T00:00:00Z",
        &[("berlin-quarter", "2028-06-30T22:00:00Z", 92)],
    ),
    (
        "2028-12-31T23:30:00Z",
        &[
            ("berlin-quarter", "2028-12-31T23:00:00Z", 90),
            ("kolkata-month", "2028-12-31T18:30:00Z", 31),
            ("utc-year", "2028-01-01T00:00:00Z", 366),
        ],
    ),
];

/// promtool's time begins in 1970, so the rules are told that it is later.
#[test]
fn calendar_periods_start_at_local_midnight() {
    let long = Regex::new(r"\[[0-9ywd]+1h:").unwrap();
    for (now, periods) in PERIODS {
        let topic = Topic::compile("zones", &[]);
        let seconds = |text: &str| text.parse::<Timestamp>().unwrap().as_second();
        let shifted = format!("(time() + {})", seconds(now));
        topic.rewrite(|rules| {
            // Sums over the period are not asked for, and too much for promtool over a year.
            let rules = long.replace_all(rules, "[1h:");
            rules.replace("time()", &shifted)
        });
        let mut scenario = "rule_files: [rules/zones.yaml]\nevaluation_interval: 5m\n\
                            tests:\n- interval: 5m\n  input_series: []\n  promql_expr_test:\n"
            .to_owned();
        for (slo, start, days) in *periods {
            for (series, value) in [
                ("slo:period_start:timestamp_seconds", seconds(start)),
                (
                    "slo:period_length:seconds",
                    i64::try_from(days * 86_400).unwrap(),
                ),
            ] {
                let labels = format!("{series}{{service=\"zones\",slo=\"{slo}\"}}");
                writeln!(
                    scenario,
                    "  - {{expr: '{series}{{slo=\"{slo}\"}}', eval_time: 5m, \
                     exp_samples: [{{labels: '{labels}', value: {value}}}]}}"
                )
                .unwrap();
            }
        }
        let folder = topic.folder.path();
        std::fs::write(folder.join("zones.test.yaml"), scenario).unwrap();
        if let Err(said) = promtool(folder, &["test", "rules", "zones.test.yaml"]) {
            panic!("at {now}: {said}");
        }
    }
}
