//! Rule unit tests for `promtool test rules`, made from the model: what goes in
//! are raw series, so that they hold whatever the rules look like.
//!
//! promtool evaluates every group at every step, whatever its interval, and
//! reads at most 10,000 samples in a query. So there are two files per service:
//! steps of a minute for windows up to six hours, steps of five minutes for
//! longer ones. All SLOs of a service are tested side by side, since the cost of
//! a test is the number of rules times the number of steps.

mod checks;
mod memo;
mod notation;
mod scenario;
mod subject;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt::Write as _;

use super::directory::rules_path;
use super::header::header;
use crate::burn::{Arm, LONGEST_FAST_WINDOW, Timing};
use crate::duration::Duration;
use crate::rules::{Layout, group_names};
use crate::slo::{CalendarUnit, Period, Slo};
use crate::workload::{Catalogue, Phase, Series, Signal, Slices, leaves, matches, selectors};
use checks::{Check, Watched};
use memo::Memo;
use notation::quoted;
use scenario::{Kind, Scenario};
use subject::Subject;

/// Events per second in each group: so many that the smallest budget is a whole number of them.
const RATE: f64 = 1e6;
/// The longest window that is tested; longer ones take too many steps.
const LONGEST_WINDOW: Duration = Duration::from_days(6);

/// Which of the two files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pace {
    /// A minute per step.
    Fast,
    /// Five minutes per step.
    Slow,
}

impl Pace {
    const fn step(self) -> Duration {
        match self {
            Self::Fast => Duration::from_mins(1),
            Self::Slow => Duration::from_mins(5),
        }
    }

    fn holds(self, long: Duration) -> bool {
        match self {
            Self::Fast => long <= LONGEST_FAST_WINDOW,
            Self::Slow => long > LONGEST_FAST_WINDOW && long <= LONGEST_WINDOW,
        }
    }

    /// How many times more traffic an outage comes with than what was before.
    const fn rise(self) -> f64 {
        match self {
            Self::Fast => 4.0,
            Self::Slow => 10.0,
        }
    }

    /// The lags of rules that are evaluated at every step.
    fn timing(self) -> Timing {
        Timing {
            scrape: SCRAPE,
            fast: self.step(),
            slow: Duration::from_mins(5),
        }
    }
}

/// How often input series have a sample.
const SCRAPE: Duration = Duration::from_mins(1);

/// The tests of a service with windows up to six hours. `slos` are those of the
/// service, `all` also holds the components of composites, `layout` is that of the
/// rules, `sources` are the names of the spec files, for the header.
pub fn fast(slos: &[&Slo], all: &Catalogue<'_>, layout: Layout, sources: &[String]) -> String {
    render(Pace::Fast, slos, all, layout, sources)
}

/// The tests of a service with longer windows.
pub fn slow(slos: &[&Slo], all: &Catalogue<'_>, layout: Layout, sources: &[String]) -> String {
    render(Pace::Slow, slos, all, layout, sources)
}

/// Whether there is anything to test with longer windows.
pub fn has_slow(slos: &[&Slo], all: &Catalogue<'_>) -> bool {
    too_many_samples(slos, all).is_none()
        && slos.iter().any(|slo| {
            let held = |pair: &crate::burn::Pair| Pace::Slow.holds(pair.long);
            crate::burn::pairs(slo).iter().any(held)
                && Subject::new(slo, all, Layout::default()).is_ok()
        })
}

/// An SLO whose rules promtool cannot evaluate at all: the hours of a calendar year
/// are too many. Every test of its rule file, and of what loads that, would fail.
fn too_many_samples<'a>(slos: &[&'a Slo], all: &Catalogue<'a>) -> Option<&'a Slo> {
    let is_year = |period: &Period| matches!(period, Period::Calendar(calendar) if calendar.unit == CalendarUnit::Year);
    let has_year = |slo: &Slo| {
        let promise = slo.promise.as_ref().map(|promise| &promise.period.value);
        is_year(&slo.period.value) || promise.is_some_and(is_year)
    };
    let own: BTreeSet<&str> = slos.iter().map(|slo| slo.id.service.as_str()).collect();
    let components = slos.iter().flat_map(|slo| leaves(slo, all));
    let others: BTreeSet<&str> = components
        .map(|slo| slo.id.service.as_str())
        .filter(|service| !own.contains(service))
        .collect();
    let loaded = all
        .values()
        .filter(|slo| others.contains(slo.id.service.as_str()));
    let mut read = slos.iter().chain(loaded.filter(|_| !others.is_empty()));
    read.find(|slo| has_year(slo)).copied()
}

fn render(
    pace: Pace,
    slos: &[&Slo],
    all: &Catalogue<'_>,
    layout: Layout,
    sources: &[String],
) -> String {
    let mut notes = Vec::new();
    let mut subjects = Vec::new();
    let too_much = too_many_samples(slos, all);
    notes.extend(too_much.map(|slo| {
        format!(
            "Nothing is tested: promtool reads at most 10,000 samples in a query, and the calendar \
             year of {} takes more.",
            slo.id
        )
    }));
    for slo in slos.iter().filter(|_| too_much.is_none()) {
        match Subject::new(slo, all, layout) {
            Ok(subject) => subjects.push(subject),
            Err(reason) => notes.push(format!("{} is not tested, because {reason}.", slo.id)),
        }
    }
    let mut tests: BTreeMap<Kind, Vec<Part<'_>>> = BTreeMap::new();
    let mut watched = Watched::new();
    for (number, subject) in subjects.iter().enumerate() {
        notes.extend(
            subject
                .notes
                .iter()
                .map(|note| format!("Not tested: {note}.")),
        );
        notes.extend(too_long(subject));
        let mut alone = Vec::new();
        for scenario in scenario::all(subject, pace) {
            let checks = checks::of(subject, pace, &scenario, &mut watched);
            alone.extend(checks.alone);
            tests.entry(scenario.kind).or_default().push(Part {
                number,
                subject,
                scenario,
                checks: checks.all,
            });
        }
        notes.extend(unproven(subject, pace, &alone));
    }
    let mut text = header(
        sources.iter().map(String::as_str),
        notes.iter().map(String::as_str),
    );
    text += &preamble(pace, slos, all, layout);
    text += if tests.is_empty() {
        "tests: []\n"
    } else {
        "tests:\n"
    };
    let meetings = meetings(&subjects, all);
    for (kind, parts) in tests {
        for lane in lanes(parts, &meetings) {
            text += &test(kind, &lane);
        }
    }
    text
}

/// Which rules are tested, and in which order groups are evaluated: what is read
/// before what reads it.
fn preamble(pace: Pace, slos: &[&Slo], all: &Catalogue<'_>, layout: Layout) -> String {
    let mut read: Vec<&Slo> = Vec::new();
    let leaves = slos.iter().flat_map(|slo| leaves(slo, all));
    for slo in leaves.chain(slos.iter().copied()) {
        if !read.iter().any(|known| known.id == slo.id) {
            read.push(slo);
        }
    }
    let up = match pace {
        Pace::Fast => "../",
        Pace::Slow => "../../",
    };
    let services: BTreeSet<&str> = read.iter().map(|slo| slo.id.service.as_str()).collect();
    // Writing to a string does not fail.
    let mut text = "rule_files:\n".to_owned();
    for service in services {
        let path = rules_path(service);
        let _ = writeln!(text, "  - {}", quoted(&format!("{up}{path}")));
    }
    let _ = writeln!(
        text,
        "evaluation_interval: {}\ngroup_eval_order:",
        pace.step()
    );
    for slo in read {
        for group in group_names(&slo.id, layout) {
            let _ = writeln!(text, "  - {}", quoted(&group));
        }
    }
    text
}

/// A scenario of an SLO and what must hold in it.
struct Part<'a> {
    /// Which of the subjects it is.
    number: usize,
    subject: &'a Subject<'a>,
    scenario: Scenario,
    checks: Vec<Check>,
}

/// Pairs that fire in no scenario without another one of their alert.
fn unproven<'s>(
    subject: &'s Subject<'_>,
    pace: Pace,
    alone: &'s [Arm],
) -> impl Iterator<Item = String> + 's {
    let budget = subject.budget();
    let pairs = subject.pairs_at(pace).into_iter();
    let unproven = pairs.filter(move |pair| !alone.contains(&Arm::of(pair, budget)));
    unproven.map(|pair| {
        format!(
            "Not tested apart from others: {}x over {} and {} of {}: no input at this \
             resolution lets it fire alone.",
            pair.factor,
            pair.long.single_unit(),
            pair.short.single_unit(),
            subject.slo.id
        )
    })
}

fn too_long(subject: &Subject<'_>) -> Vec<String> {
    subject
        .pairs
        .iter()
        .filter(|pair| pair.long > LONGEST_WINDOW)
        .map(|pair| {
            format!(
                "Not tested: {}x over {} of {}: filling it takes promtool too long.",
                pair.factor,
                pair.long.single_unit(),
                subject.slo.id
            )
        })
        .collect()
}

/// Spreads parts over tests, so that no SLO reads what drives another one.
fn lanes<'a>(parts: Vec<Part<'a>>, meetings: &HashSet<(usize, usize)>) -> Vec<Vec<Part<'a>>> {
    let mut lanes: Vec<Vec<Part<'a>>> = Vec::new();
    for part in parts {
        let meets = |other: &Part<'_>| meetings.contains(&(other.number, part.number));
        match lanes.iter_mut().find(|lane| !lane.iter().any(meets)) {
            Some(lane) => lane.push(part),
            None => lanes.push(vec![part]),
        }
    }
    lanes
}

/// Which subjects one of which reads a series of the other; the earlier one first.
fn meetings(subjects: &[Subject<'_>], all: &Catalogue<'_>) -> HashSet<(usize, usize)> {
    let selectors: Vec<_> = subjects
        .iter()
        .map(|subject| selectors(subject.slo, all))
        .collect();
    let reads = |reader: usize, driven: usize| {
        subjects[driven].workload.series.iter().any(|series| {
            selectors[reader]
                .iter()
                .any(|selector| matches(selector, &series.name, &series.labels))
        })
    };
    (0..subjects.len())
        .flat_map(|later| (0..=later).map(move |earlier| (earlier, later)))
        .filter(|(earlier, later)| reads(*earlier, *later) || reads(*later, *earlier))
        .collect()
}

fn test(kind: Kind, parts: &[Part<'_>]) -> String {
    let mut text = format!("  - name: {}\n", quoted(&kind.title()));
    let _ = writeln!(text, "    interval: {SCRAPE}\n    input_series:");
    let mut moved = Memo::new();
    for part in parts {
        for series in &part.subject.workload.series {
            text += &input(series, &part.scenario, &mut moved);
        }
    }
    text += "    promql_expr_test:\n";
    for part in parts {
        let _ = writeln!(text, "      # {}", part.subject.slo.id);
        for check in &part.checks {
            let samples = check.value.map_or_else(
                || "[]".to_owned(),
                |value| format!("[{{labels: '{{}}', value: {value}}}]"),
            );
            let _ = writeln!(
                text,
                "      - {{eval_time: {}, expr: {}, exp_samples: {samples}}}",
                check.at,
                quoted(&check.expr)
            );
        }
    }
    text
}

/// How a series moves, apart from what it is called.
#[derive(PartialEq)]
struct Motion<'a> {
    signal: Signal,
    lazy: bool,
    slices: Option<Slices>,
    share: f64,
    phases: &'a [Phase],
}

fn input<'a>(
    series: &Series,
    scenario: &'a Scenario,
    moved: &mut Memo<Motion<'a>, String>,
) -> String {
    let phases = scenario
        .groups
        .get(series.group)
        .map_or(&[][..], Vec::as_slice);
    let motion = Motion {
        signal: series.signal,
        lazy: series.lazy,
        slices: series.slices,
        share: series.share,
        phases,
    };
    let values = moved.answer(motion, |_| {
        notation::values(&series.steps(phases, SCRAPE, 0.0))
    });
    if values.is_empty() {
        return String::new();
    }
    let name = quoted(&notation::series(series));
    format!("      - {{series: {name}, values: {}}}\n", quoted(values))
}
