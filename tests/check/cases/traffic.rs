//! Requests as most services see them.

use crate::clock::{DAY, Moment};
use crate::raw::{Raw, counter};

/// Requests in a minute: many by day, a fifth of them at night.
pub(crate) fn traffic(now: Moment, seed: u64, peak: f64) -> f64 {
    (peak * now.daytime() * (0.9 + 0.2 * now.chance(seed))).floor()
}

/// About this share of so many: now more, now fewer.
pub(crate) fn share(now: Moment, seed: u64, of: f64, ratio: f64) -> f64 {
    (of * ratio * (0.5 + now.chance(seed)) + now.chance(seed + 1)).floor()
}

/// 3,000 requests a minute at noon.
pub(crate) fn all(now: Moment) -> f64 {
    traffic(now, 1, 3000.0)
}

/// The share of them that fails when nothing in particular happens: a third of what an
/// objective of 99.9 % allows.
pub(crate) const USUAL: f64 = 0.0003;

/// Those that fail.
pub(crate) fn failed(now: Moment) -> f64 {
    share(now, 2, all(now), USUAL)
}

/// Requests that are answered or fail, as two counters.
pub(crate) fn requests(
    name: &str,
    labels: &[(&str, &str)],
    all: fn(Moment) -> f64,
    failed: fn(Moment) -> f64,
) -> [Raw; 2] {
    let with = |code| [labels, &[("code", code)]].concat();
    [
        counter(name, &with("200"), move |now| all(now) - failed(now)),
        counter(name, &with("500"), failed),
    ]
}

/// The usual requests of a job, of which more fail at times: the share of all that
/// fails.
pub(crate) fn failing(
    job: &'static str,
    labels: &[(&str, &str)],
    ratio: fn(Moment) -> f64,
) -> [Raw; 2] {
    let failed = move |now| share(now, 3, all(now), ratio(now));
    let name = format!("{job}_requests_total");
    let with = |code| [&[("job", job)], labels, &[("code", code)]].concat();
    [
        counter(&name, &with("200"), move |now| all(now) - failed(now)),
        counter(&name, &with("500"), failed),
    ]
}

/// An SLO on the requests of a job.
pub(crate) fn api(job: &str) -> String {
    format!(
        "- name: api\n  objective: 99.9\n  sli: {{events: {{total: '{job}_requests_total{{job=\"{job}\"}}', bad_where: 'code=\"500\"'}}}}"
    )
}

/// A ratio of failures that was higher for a day, when no alert looks back as far.
pub(crate) fn a_bad_day(now: Moment, ratio: f64) -> f64 {
    if now.is_within(6 * DAY, 5 * DAY) {
        ratio + USUAL
    } else {
        USUAL
    }
}
