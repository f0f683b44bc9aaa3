//! A past of which every event is known.

use jiff::Timestamp;

pub(crate) const MINUTE: i64 = 60;
pub(crate) const HOUR: i64 = 60 * MINUTE;
pub(crate) const DAY: i64 = 24 * HOUR;
/// Seconds between scrapes, and where in a minute they are.
pub(crate) const SCRAPE: i64 = 60;
pub(crate) const OFFSET: i64 = 13;

/// As of when everything is reported, in Unix seconds.
pub(crate) fn now() -> i64 {
    instant("2025-11-10T12:00:00Z")
}

/// The first scrape is just after this.
pub(crate) fn begins() -> i64 {
    now() - 66 * DAY
}

pub(crate) fn instant(text: &str) -> i64 {
    text.parse::<Timestamp>().unwrap().as_second()
}

/// A stretch of time: after the first instant, up to the second.
pub(crate) type Stretch = (i64, i64);

/// What a scrape adds to a counter, or finds in a gauge; `None` where it fails.
type Value = Box<dyn Fn(i64) -> Option<f64>>;

/// A raw series.
pub(crate) struct Raw {
    pub(crate) name: &'static str,
    pub(crate) labels: Vec<(&'static str, &'static str)>,
    value: Value,
    is_counter: bool,
}

impl Raw {
    pub(crate) fn counter(
        name: &'static str,
        labels: &[(&'static str, &'static str)],
        added: impl Fn(i64) -> f64 + 'static,
    ) -> Self {
        Self {
            name,
            labels: labels.to_vec(),
            value: Box::new(move |at| Some(added(at))),
            is_counter: true,
        }
    }

    pub(crate) fn gauge(
        name: &'static str,
        labels: &[(&'static str, &'static str)],
        value: impl Fn(i64) -> Option<f64> + 'static,
    ) -> Self {
        Self {
            name,
            labels: labels.to_vec(),
            value: Box::new(value),
            is_counter: false,
        }
    }

    /// All samples, in Unix seconds.
    pub(crate) fn samples(&self) -> Vec<(f64, f64)> {
        // Prometheus extrapolates less near zero, where a counter may have been born.
        let mut sum = 1e6;
        scrapes((begins(), now()))
            .filter_map(|at| {
                let value = (self.value)(at)?;
                sum += value;
                let at = f64::from(i32::try_from(at).unwrap());
                Some((at, if self.is_counter { sum } else { value }))
            })
            .collect()
    }

    /// By how much a counter grew.
    pub(crate) fn growth(&self, span: Stretch) -> f64 {
        // The first sample of a counter is no growth.
        let first = scrapes((begins(), now())).next().unwrap();
        scrapes(span)
            .filter(|at| *at > first)
            .filter_map(|at| (self.value)(at))
            .sum()
    }
}

/// The scrapes within a stretch.
fn scrapes((start, end): Stretch) -> impl Iterator<Item = i64> {
    let first = (start - OFFSET).div_euclid(SCRAPE) + 1;
    let last = (end - OFFSET).div_euclid(SCRAPE);
    (first..=last).map(|scrape| scrape * SCRAPE + OFFSET)
}

/// Whether an instant lies in a stretch.
pub(crate) const fn is_in(at: i64, (start, end): Stretch) -> bool {
    at > start && at <= end
}
