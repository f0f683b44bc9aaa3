//! Synthetic raw series for an SLO: what its counters and gauges look like when
//! a given share of its events is bad.
//!
//! [`synthesize`] reads the expressions of an SLI and answers which raw series
//! (name and labels) drive it, and how each of them moves with traffic and error
//! ratio; it knows nothing of rules. A scenario is a list of [`Phase`]s. For each
//! series and scenario [`Series::steps`] says sample by sample what a scrape
//! would find, and [`Series::values`] adds that up:
//!
//! ```text
//! let workload = synthesize(slo, &all)?;            // Err(Reason): why it cannot be done
//! let phases = [Phase::traffic(day, 100.0, 0.0), Phase::traffic(hour, 100.0, 0.05)];
//! for series in &workload.series {                  // series.group: index into workload.groups
//!     let values = series.values(&phases, Duration::from_secs(30), start);   // Vec<Option<f64>>
//! }
//! ```
//!
//! The sample at `k · step` is what was left by the phase before that instant;
//! the first is at `start` (Unix time in seconds). Day and night are phases of
//! their own; a group can be given phases of its own.

mod counters;
mod gauge;
mod kinds;
mod labels;
mod pattern;
mod samples;

pub use labels::matches;
pub use samples::{Load, Phase, Step};

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::duration::Duration;
use crate::promql::ast::VectorSelector;
use crate::slo::{Budgeting, Composite, Sli, Slo, SloId};

/// All SLOs of a run, so that composites find their components.
pub type Catalogue<'a> = BTreeMap<&'a SloId, &'a Slo>;

/// The raw series behind an SLO.
#[derive(Debug, Clone, PartialEq)]
pub struct Workload {
    /// The groups that are driven: label to value; one without labels when the SLO has no groups.
    pub groups: Vec<BTreeMap<String, String>>,
    /// What is scraped. Together they give the error ratio that is asked for, in every group.
    pub series: Vec<Series>,
    /// How finely an error ratio can be held.
    pub grain: Grain,
}

/// One raw series.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// Name of the metric.
    pub name: String,
    /// Its labels, without the name.
    pub labels: BTreeMap<String, String>,
    /// Which group it belongs to: an index into [`Workload::groups`].
    pub group: usize,
    /// How it moves.
    pub signal: Signal,
    /// It does not exist before it first grows, as error counters of many clients do.
    pub lazy: bool,
    /// Under slices: a slice is good or bad as a whole.
    pub slices: Option<Slices>,
    /// As a step of a composite it has the errors 1 − (1 − errors)^share.
    pub share: f64,
}

/// How a series moves with traffic and errors.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Signal {
    /// A counter.
    Counter(Growth),
    /// A gauge at one of two values; errors are the share of time at the bad one.
    Switch {
        /// Value that counts as good.
        good: f64,
        /// Value that counts as bad.
        bad: f64,
    },
    /// A gauge of the Unix time of something, of one of two ages.
    Timestamp {
        /// Age that counts as good, in seconds.
        good_age: f64,
        /// Age that counts as bad, in seconds.
        bad_age: f64,
        /// 1 for seconds, 1000 for milliseconds.
        per_second: f64,
    },
    /// A gauge that is `base + slope · errors`.
    Level {
        /// Value without errors.
        base: f64,
        /// What an error ratio of 1 adds.
        slope: f64,
    },
}

/// What share of all events a counter counts: `base + slope · e + bend · e · (1 − e)`.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Growth {
    /// Share without errors.
    pub base: f64,
    /// What an error ratio of 1 adds.
    pub slope: f64,
    /// What is added in between.
    pub bend: f64,
}

/// Time slices that are good or bad as a whole.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Slices {
    /// Length of a slice.
    pub length: Duration,
    /// Share of bad events above which a slice is bad.
    pub allowed: f64,
}

/// How finely an error ratio can be held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grain {
    /// Any ratio, at any time.
    Exact,
    /// Every sample is good or bad as a whole; the ratio is a share of time.
    Samples,
    /// Every span of this length is good or bad as a whole.
    Spans(Duration),
}

/// Why an SLO cannot be driven by synthetic series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason(String);

impl Reason {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

/// A clause to follow "because".
impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Reason {}

/// The raw series that drive an SLO; `all` holds the components of composites.
/// Fails with the reason when an expression is too complicated to be driven.
pub fn synthesize(slo: &Slo, all: &Catalogue<'_>) -> Result<Workload, Reason> {
    let leaves = parts(slo, all)?;
    let groups = group_values(slo, &leaves)?;
    let mut workload = Workload {
        groups,
        series: Vec::new(),
        grain: Grain::Exact,
    };
    for (leaf, share) in &leaves {
        for group in 0..workload.groups.len() {
            let fixed = &workload.groups[group];
            let made = kinds::series(leaf, fixed)
                .map_err(|reason| Reason::new(format!("{reason} ({})", leaf.id)))?;
            workload
                .series
                .extend(made.into_iter().map(|series| Series {
                    group,
                    slices: slices(leaf),
                    share: *share,
                    ..series
                }));
        }
        workload.grain = workload.grain.max(grain(leaf));
    }
    Ok(workload)
}

/// Every selector that the SLI of an SLO or of its components reads, with the
/// suffixes that histograms add to their name.
pub fn selectors(slo: &Slo, all: &Catalogue<'_>) -> Vec<VectorSelector> {
    let mut found = Vec::new();
    for leaf in leaves(slo, all) {
        kinds::selectors(leaf, &mut found);
    }
    found
}

/// The SLOs that measure something: an SLO itself, or the last components of a
/// composite; none of a composite with components that are not known.
pub fn leaves<'a>(slo: &'a Slo, all: &Catalogue<'a>) -> Vec<&'a Slo> {
    let parts = parts(slo, all).unwrap_or_default();
    parts.into_iter().map(|(leaf, _)| leaf).collect()
}

/// The SLOs that measure something, each with its part in the composite.
fn parts<'a>(slo: &'a Slo, all: &Catalogue<'a>) -> Result<Vec<(&'a Slo, f64)>, Reason> {
    let mut found: Vec<(&Slo, f64)> = Vec::new();
    let mut open = vec![(slo, 1.0_f64)];
    // Composites that contain themselves are refused before; this only bounds the work.
    let mut left = 10_000_usize;
    while let Some((slo, share)) = open.pop() {
        left = left
            .checked_sub(1)
            .ok_or_else(|| Reason::new("it has too many components"))?;
        let Sli::Composite(composite) = &slo.sli.value else {
            match found.iter().find(|(known, _)| known.id == slo.id) {
                Some((_, known)) if (known - share).abs() > f64::EPSILON => {
                    return Err(Reason::new(format!(
                        "{} takes part in it in two ways",
                        slo.id
                    )));
                }
                Some(_) => {}
                None => found.push((slo, share)),
            }
            continue;
        };
        let components = composite.components();
        let part = match composite {
            #[expect(clippy::cast_precision_loss, reason = "a handful of components")]
            Composite::Every(steps) => share / steps.len() as f64,
            Composite::Weighted(_) => share,
        };
        for component in components.into_iter().rev() {
            let slo = all.get(&component.value).ok_or_else(|| {
                Reason::new(format!("its component {} is not known", component.value))
            })?;
            open.push((slo, part));
        }
    }
    Ok(found)
}

fn grain(slo: &Slo) -> Grain {
    match &slo.budgeting {
        Budgeting::Slices { length, .. } => Grain::Spans(length.value),
        Budgeting::Events if slo.sli.value.is_gauge() => Grain::Samples,
        Budgeting::Events => Grain::Exact,
    }
}

fn slices(slo: &Slo) -> Option<Slices> {
    use rust_decimal::prelude::ToPrimitive;
    match &slo.budgeting {
        Budgeting::Events => None,
        Budgeting::Slices { length, target } => Some(Slices {
            length: length.value,
            allowed: target.value.budget().to_f64()?,
        }),
    }
}

/// The groups to drive: every combination of the values that a spec lists, two
/// made-up values for labels without a list.
fn group_values(
    slo: &Slo,
    leaves: &[(&Slo, f64)],
) -> Result<Vec<BTreeMap<String, String>>, Reason> {
    let mut groups = vec![BTreeMap::new()];
    let labels: BTreeSet<&str> = std::iter::once(slo)
        .chain(leaves.iter().map(|(leaf, _)| *leaf))
        .flat_map(Slo::group_labels)
        .collect();
    let mut read = Vec::new();
    for (leaf, _) in leaves {
        kinds::selectors(leaf, &mut read);
    }
    for label in labels {
        let listed = std::iter::once(slo)
            .chain(leaves.iter().map(|(leaf, _)| *leaf))
            .find_map(|slo| slo.groups.get(label));
        let values: Vec<String> = match listed {
            Some(values) => values.iter().map(|value| value.value.clone()).collect(),
            None => labels::made_up(label, &read),
        };
        if values.is_empty() {
            return Err(Reason::new(format!(
                "no value of the label `{label}` satisfies all its matchers"
            )));
        }
        groups = groups
            .into_iter()
            .flat_map(|group: BTreeMap<String, String>| {
                values.iter().map(move |value| {
                    let mut longer = group.clone();
                    longer.insert(label.to_owned(), value.clone());
                    longer
                })
            })
            .collect();
    }
    Ok(groups)
}
