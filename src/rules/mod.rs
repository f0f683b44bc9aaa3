//! Model → recording and alerting rules. Knows nothing of YAML or files.

mod alerts;
mod calendar;
mod composite;
mod direct;
mod groups;
mod period;
mod raw;
mod record;
pub mod series;
pub mod sloth;
mod texts;
mod tree;

pub use direct::{
    Direct, Distribution, Scale, Unguarded, direct, direct_coverage, direct_ratio, distribution,
    scale, unguarded,
};
pub use groups::{combinations as listed_groups, expected_groups};

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::burn::{self, BASE_WINDOW, FAST_INTERVAL, SLOW_INTERVAL};
use crate::duration::Duration;
use crate::promql::ast::Expr;
use crate::slo::{Period, Route, Severity, Sli, Slo, SloId};

/// All SLOs of a run, so that composites find their components.
pub type Catalogue<'a> = BTreeMap<&'a SloId, &'a Slo>;

/// What a run adds to every rule.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Labels of every alert and of `slo_info`; in the layout of Sloth, of all its series.
    pub labels: BTreeMap<String, String>,
    /// How rules are named and grouped.
    pub layout: Layout,
}

/// How rules are named and grouped. What they compute is the same.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Layout {
    /// Two groups per SLO, with slosmith's own names.
    #[default]
    Native,
    /// The names, labels and groups of Sloth, beside what they are derived from.
    Sloth,
}

/// Names of the labels by which the alerts of an SLO are told; in the layout of Sloth,
/// its series as well.
#[derive(Debug, Clone, Copy)]
pub struct AlertLabels {
    /// The service.
    pub service: &'static str,
    /// The SLO within the service.
    pub slo: &'static str,
    /// Whom it alerts.
    pub severity: &'static str,
}

impl Layout {
    /// The labels that all alerts have.
    pub const fn alert_labels(self) -> AlertLabels {
        match self {
            Self::Native => AlertLabels {
                service: "service",
                slo: "slo",
                severity: "severity",
            },
            Self::Sloth => AlertLabels {
                service: sloth::SERVICE,
                slo: sloth::NAME,
                severity: sloth::SEVERITY,
            },
        }
    }

    /// What the label of the severity says.
    pub fn severity(self, severity: Severity, route: &Route) -> &str {
        match self {
            Self::Native => &route.severity.value,
            Self::Sloth => severity.name(),
        }
    }
}

/// Names of the labels that alerts and series of an SLO have in a layout, besides
/// those of `group_by` and those that say where they come from.
pub fn own_labels<'a>(slo: &'a Slo, options: &'a Options) -> BTreeSet<&'a str> {
    let mut own = BTreeSet::from(["service", "slo"]);
    if options.layout == Layout::Sloth {
        own.extend(sloth::OWN_LABELS);
        own.extend(slo.labels.keys().map(String::as_str));
        own.extend(slo.owner.iter().map(|_| "owner"));
        own.extend(options.labels.keys().map(String::as_str));
    }
    own
}

/// All rules of one service.
#[derive(Debug, Clone)]
pub struct RuleFile {
    /// The service.
    pub service: String,
    /// What the header says besides that the file is generated, a line each:
    /// for instance which table of zone offsets a calendar period rests on.
    pub notes: Vec<String>,
    /// Rule groups in the order in which they are written.
    pub groups: Vec<Group>,
}

/// Rules that are evaluated one after the other at the same instants.
#[derive(Debug, Clone)]
pub struct Group {
    /// `slo/<service>/<slo>/fast`, or as Sloth names it.
    pub name: String,
    /// How often it is evaluated.
    pub interval: Duration,
    /// In the order of evaluation.
    pub rules: Vec<Rule>,
}

/// A recording or an alerting rule.
#[derive(Debug, Clone)]
pub enum Rule {
    /// Records a series.
    Record {
        /// Name of the series.
        record: String,
        /// What is recorded.
        expr: Expr,
        /// Labels it gets; most rules of an SLO share them.
        labels: Arc<BTreeMap<String, String>>,
    },
    /// Raises an alert.
    Alert {
        /// Name of the alert.
        alert: String,
        /// Fires for every series of the result.
        expr: Expr,
        /// How long it has to hold first.
        hold: Option<Duration>,
        /// Labels it gets; values are Go templates.
        labels: BTreeMap<String, String>,
        /// Annotations; values are Go templates.
        annotations: BTreeMap<String, String>,
    },
}

/// Compiles valid SLOs, one file per service, sorted by service and name,
/// whatever the order of the input. Components of composites must be in `all`;
/// only those in `selected` get rules.
pub fn compile<'a>(
    selected: impl IntoIterator<Item = &'a Slo>,
    all: impl IntoIterator<Item = &'a Slo>,
    options: &Options,
) -> Vec<RuleFile> {
    let all: Catalogue<'a> = all.into_iter().map(|slo| (&slo.id, slo)).collect();
    let selected: Catalogue<'a> = selected.into_iter().map(|slo| (&slo.id, slo)).collect();
    let mut files: Vec<RuleFile> = Vec::new();
    for (id, slo) in selected {
        if files.last().is_none_or(|file| file.service != id.service) {
            files.push(RuleFile {
                service: id.service.clone(),
                notes: Vec::new(),
                groups: Vec::new(),
            });
        }
        if let Some(file) = files.last_mut() {
            file.notes.extend(notes_of(slo, options.layout));
            file.groups
                .extend(groups_of(&Context::new(slo, &all, options)));
        }
    }
    for file in &mut files {
        file.notes.sort();
        file.notes.dedup();
    }
    files
}

/// The rule groups of SLOs, each made when it is asked for: those of thousands of
/// SLOs take much memory. `all` holds the components of composites.
pub fn groups<'a>(
    selected: &'a [&'a Slo],
    all: &'a Catalogue<'a>,
    options: &'a Options,
) -> impl Iterator<Item = Group> + 'a {
    selected
        .iter()
        .flat_map(|slo| groups_of(&Context::new(slo, all, options)))
}

/// What the header of the rules of these SLOs says; see [`RuleFile::notes`].
pub fn notes(selected: &[&Slo], layout: Layout) -> Vec<String> {
    let all: BTreeSet<_> = selected
        .iter()
        .flat_map(|slo| notes_of(slo, layout))
        .collect();
    all.into_iter().collect()
}

/// The SLOs whose measurements an SLO is made of; none where it measures by itself.
pub fn components<'a>(slo: &'a Slo, all: &Catalogue<'a>) -> Vec<&'a SloId> {
    let leaves = composite::leaves(slo, all).into_iter();
    leaves.filter(|leaf| **leaf != slo.id).collect()
}

/// Names of the groups of an SLO, in the order in which they are written. The one of
/// alerts may be left out where there are none.
pub fn group_names(id: &SloId, layout: Layout) -> Vec<String> {
    match layout {
        Layout::Native => vec![fast_group(id), slow_group(id)],
        Layout::Sloth => sloth::group_names(id).to_vec(),
    }
}

/// Name of the group that holds the alerts of an SLO.
pub fn alerts_group(id: &SloId, layout: Layout) -> String {
    match layout {
        Layout::Native => fast_group(id),
        Layout::Sloth => {
            let [.., alerts] = sloth::group_names(id);
            alerts
        }
    }
}

fn fast_group(id: &SloId) -> String {
    format!("slo/{id}/fast")
}

fn slow_group(id: &SloId) -> String {
    format!("slo/{id}/slow")
}

fn groups_of(cx: &Context<'_>) -> Vec<Group> {
    if cx.options.layout == Layout::Sloth {
        return sloth::groups(cx);
    }
    let mut fast = record::fast(cx);
    fast.extend(alerts::rules(cx));
    let group = |name, interval, rules| Group {
        name,
        interval,
        rules,
    };
    vec![
        group(fast_group(&cx.slo.id), FAST_INTERVAL, fast),
        group(slow_group(&cx.slo.id), SLOW_INTERVAL, record::slow(cx)),
    ]
}

/// Windows whose error ratio is recorded for an SLO with these pairs, from short to long.
pub fn windows(pairs: &[burn::Pair]) -> BTreeSet<Duration> {
    let mut windows = BTreeSet::from([BASE_WINDOW, Duration::from_hours(1)]);
    windows.extend(pairs.iter().flat_map(|pair| [pair.long, pair.short]));
    windows
}

fn notes_of(slo: &Slo, layout: Layout) -> Vec<String> {
    let promised = slo.promise.as_ref().map(|promise| &promise.period.value);
    let mut notes: Vec<_> = [Some(&slo.period.value), promised]
        .into_iter()
        .flatten()
        .filter_map(|period| match period {
            Period::Calendar(calendar) => Some(calendar::note(&calendar.time_zone)),
            Period::Rolling(_) => None,
        })
        .collect();
    if matches!(slo.sli.value, Sli::Ratio(_) | Sli::Composite(_)) {
        notes.push(format!(
            "{} has no event counts: it is weighted by time.",
            slo.id
        ));
    }
    if layout == Layout::Sloth {
        notes.extend(sloth::note(slo));
    }
    notes
}

/// What the rules of one SLO are made from.
struct Context<'a> {
    slo: &'a Slo,
    all: &'a Catalogue<'a>,
    options: &'a Options,
    pairs: Vec<burn::Pair>,
    /// The labels that every recorded series has, and no others: editing a label
    /// must not break history.
    own_labels: Arc<BTreeMap<String, String>>,
}

impl<'a> Context<'a> {
    fn new(slo: &'a Slo, all: &'a Catalogue<'a>, options: &'a Options) -> Self {
        Self {
            slo,
            all,
            options,
            pairs: burn::pairs(slo),
            own_labels: Arc::new(BTreeMap::from([
                ("service".to_owned(), slo.id.service.clone()),
                ("slo".to_owned(), slo.id.name.clone()),
            ])),
        }
    }

    const fn is_composite(&self) -> bool {
        matches!(self.slo.sli.value, Sli::Composite(_))
    }

    /// Sloth records every window, whether or not an alert looks at it, and its
    /// dashboards show them.
    fn windows(&self) -> BTreeSet<Duration> {
        let mut windows = windows(&self.pairs);
        if self.options.layout == Layout::Sloth {
            windows.extend(burn::all_windows(self.slo));
        }
        windows
    }

    /// A recording rule.
    fn record(&self, name: &str, expr: Expr) -> Rule {
        Rule::Record {
            record: name.to_owned(),
            expr,
            labels: Arc::clone(&self.own_labels),
        }
    }
}
