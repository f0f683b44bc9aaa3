//! Raw series: what they were, what scrapes see of them now, and what truly happened.

use std::collections::BTreeMap;
use std::io::Write;

use slosmith::backfill::openmetrics::{Writer, head};

use crate::clock::{AHEAD, Clock, DAY, MINUTE, Moment, seconds};

/// Scrapes happen at a moment of their own, and not when rules are evaluated.
const PHASE: u64 = 17;

/// How a series moves: per minute, how much a counter grows or what a gauge shows.
type Story = Box<dyn Fn(Moment) -> f64 + Send + Sync>;

/// A raw series that is to be.
pub(crate) struct Raw {
    name: String,
    labels: BTreeMap<String, String>,
    is_counter: bool,
    /// What its exporter says that it is.
    declared: &'static str,
    story: Story,
    /// Seconds before the world was made.
    begins: u64,
    ends: Option<u64>,
    /// When nobody scrapes it.
    holes: Option<fn(Moment) -> bool>,
    /// Seconds between scrapes.
    every: u64,
    /// What a counter shows when it is seen first.
    first: f64,
}

/// A counter that grows by so much in each minute.
pub(crate) fn counter(
    name: &str,
    labels: &[(&str, &str)],
    story: impl Fn(Moment) -> f64 + Send + Sync + 'static,
) -> Raw {
    // A scrape would add one otherwise.
    let labels = [("instance", "a")]
        .into_iter()
        .chain(labels.iter().copied());
    Raw {
        name: name.to_owned(),
        labels: labels
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
        is_counter: true,
        declared: "counter",
        story: Box::new(story),
        begins: 8 * DAY,
        ends: None,
        holes: None,
        every: MINUTE,
        first: 0.0,
    }
}

/// A gauge with this value in each minute.
pub(crate) fn gauge(
    name: &str,
    labels: &[(&str, &str)],
    story: impl Fn(Moment) -> f64 + Send + Sync + 'static,
) -> Raw {
    Raw {
        is_counter: false,
        declared: "gauge",
        ..counter(name, labels, story)
    }
}

impl Raw {
    /// It has been there for so many seconds.
    pub(crate) fn since(mut self, ago: u64) -> Self {
        self.begins = ago;
        self
    }

    /// It is gone since so many seconds.
    pub(crate) fn until(mut self, ago: u64) -> Self {
        self.ends = Some(ago);
        self
    }

    /// Its exporter says that it is something else.
    pub(crate) fn declared(mut self, kind: &'static str) -> Self {
        self.declared = kind;
        self
    }

    /// Nobody scrapes it now and then.
    pub(crate) fn with_holes(mut self, holes: fn(Moment) -> bool) -> Self {
        self.holes = Some(holes);
        self
    }

    /// It is scraped once in so many seconds.
    pub(crate) fn every(mut self, seconds: u64) -> Self {
        self.every = seconds;
        self
    }

    /// It has counted already when it is seen first.
    pub(crate) fn first(mut self, value: f64) -> Self {
        self.first = value;
        self
    }

    /// Plays its story.
    pub(crate) fn play(self, clock: Clock) -> Played {
        let start = clock.now - self.begins;
        let end = self.ends.map_or(clock.now + AHEAD, |ago| clock.now - ago);
        let mut values = Vec::new();
        let mut sum = self.first;
        for unix in (start..=end).step_by(usize::try_from(MINUTE).unwrap()) {
            let now = (self.story)(clock.moment(unix));
            values.push(if self.is_counter { sum } else { now });
            sum += now;
        }
        Played {
            raw: self,
            clock,
            start,
            values,
        }
    }
}

/// A series whose every minute is known.
pub(crate) struct Played {
    raw: Raw,
    clock: Clock,
    /// Unix time of the first value; the others follow a minute apart.
    start: u64,
    values: Vec<f64>,
}

impl Played {
    pub(crate) fn name(&self) -> &str {
        &self.raw.name
    }

    pub(crate) fn label(&self, name: &str) -> &str {
        self.raw.labels.get(name).map_or("", String::as_str)
    }

    /// Seconds between scrapes.
    pub(crate) const fn every(&self) -> u64 {
        self.raw.every
    }

    /// Its value at an instant in Unix seconds.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a position in a list of some ten thousand values"
    )]
    pub(crate) fn at(&self, unix: f64) -> Option<f64> {
        let position = (unix - seconds(self.start)) / seconds(MINUTE);
        if position < 0.0 {
            return None;
        }
        let index = position as usize;
        let value = *self.values.get(index)?;
        if !self.raw.is_counter {
            return Some(value);
        }
        let next = self.values.get(index + 1).copied().unwrap_or(value);
        // A counter that falls does so at once.
        let growth = (next - value).max(0.0);
        Some((value + growth * position.fract()).floor())
    }

    /// By how much it has grown; what was before its first value does not count.
    pub(crate) fn growth(&self, from: f64, to: f64) -> f64 {
        let at = |unix: f64| self.at(unix.max(seconds(self.start))).unwrap_or_default();
        at(to) - at(from)
    }

    /// Writes what scrapes saw after `from` up to `to`.
    pub(crate) fn write(&self, (from, to): (u64, u64), writer: &mut Writer<impl Write>) {
        let every = self.raw.every;
        let first = (self.start.max(from + 1) - PHASE).div_ceil(every) * every + PHASE;
        let samples = (first..=to)
            .step_by(usize::try_from(every).unwrap())
            .filter(|unix| !self.is_in_a_hole(*unix))
            .filter_map(|unix| Some((seconds(unix), self.at(seconds(unix))?)));
        let labels = self.raw.labels.iter();
        let labels = labels.map(|(name, value)| (name.as_str(), value.as_str()));
        writer.series(&self.raw.name, labels, samples).unwrap();
    }

    fn is_in_a_hole(&self, unix: u64) -> bool {
        self.raw
            .holes
            .is_some_and(|is_hole| is_hole(self.clock.moment(unix)))
    }

    /// What a scrape sees now, if anything.
    pub(crate) fn exposed(&self, unix: u64) -> Option<String> {
        let value = self.at(seconds(unix))?;
        let labels = self.raw.labels.iter();
        let labels = labels.map(|(name, value)| (name.as_str(), value.as_str()));
        let head = head(&self.raw.name, labels);
        (!self.is_in_a_hole(unix)).then(|| format!("{head} {value}\n"))
    }

    /// The family that it belongs to, and what the exporter says that it is.
    pub(crate) fn family(&self) -> (&str, &'static str) {
        let base = |suffix| self.raw.name.strip_suffix(suffix);
        let parts = ["_bucket", "_count", "_sum"].into_iter().find_map(base);
        match self.raw.declared {
            kind @ "histogram" => (parts.unwrap_or(&self.raw.name), kind),
            kind => (&self.raw.name, kind),
        }
    }
}
