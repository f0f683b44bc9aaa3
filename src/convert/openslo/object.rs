//! One SLO as an object of `OpenSLO`, and what that object cannot say.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::alerts;
use super::names::{Names, fit};
use super::query::{Measure, measure};
use crate::convert::verify::rule_files;
use crate::convert::write::{self, Comments, Layout};
use crate::diagnostic::{Diagnostic, Diagnostics, codes::convert as codes};
use crate::duration::Duration;
use crate::rules::Catalogue;
use crate::slo::{Budgeting, CalendarUnit, Period, Slo};
use crate::source::{SourceSpan, Sources};
use crate::spec;
use crate::spec::make::{Map, map, plain, seq, text};
use crate::spec::node::{Entry, Node};

pub(super) const API_VERSION: &str = "openslo/v1";
/// What the names of our annotations begin with.
const PREFIX: &str = "slosmith.dev/";
/// The longest description, in characters.
const DESCRIPTION: usize = 1050;
/// Begins a week, a month, a quarter and a year.
const EPOCH: &str = "2024-01-01 00:00:00";

/// An SLO as it was read and as it was written, defaults included.
pub(super) struct Written<'s> {
    pub(super) slo: &'s Slo,
    /// The map of the SLO in the native format.
    pub(super) node: &'s Node,
    /// The document that it stands in.
    pub(super) document: &'s Node,
}

/// The service of an SLO.
pub(super) fn service(slo: &Slo) -> Arc<Node> {
    let at = slo.service_at;
    let name = fit(&slo.id.service);
    let other = (name != slo.id.service).then(|| text(&slo.id.service, at));
    let metadata = map(at)
        .put("name", at, text(name, at))
        .put_some("displayName", at, other);
    header("Service", at)
        .put("metadata", at, metadata.done())
        .put("spec", at, map(at).done())
        .done()
}

pub(super) fn header(kind: &str, at: SourceSpan) -> Map {
    map(at)
        .put("apiVersion", at, text(API_VERSION, at))
        .put("kind", at, text(kind, at))
}

/// The object, and a finding for everything that only our annotations say.
pub(super) fn object(
    written: &Written,
    names: &Names,
    all: &Catalogue<'_>,
    findings: &mut Vec<Diagnostic>,
) -> Arc<Node> {
    let mut object = Object {
        written,
        slo: written.slo,
        at: written.slo.at,
        annotations: map(written.slo.at),
        findings,
    };
    object.annotate_identity(names);
    let spec = object.spec(names, all);
    let metadata = object.metadata(names);
    header("SLO", object.at)
        .put("metadata", object.slo.name_at, metadata)
        .put("spec", object.at, spec)
        .done()
}

struct Object<'o> {
    written: &'o Written<'o>,
    slo: &'o Slo,
    at: SourceSpan,
    annotations: Map,
    findings: &'o mut Vec<Diagnostic>,
}

impl Object<'_> {
    /// Keeps the native value of a key for ourselves.
    fn annotate(&mut self, key: &str, key_at: SourceSpan, value: &Node) {
        let value = text(write::one_line(value), value.at);
        let annotations = std::mem::replace(&mut self.annotations, map(self.at));
        self.annotations = annotations.put(format!("{PREFIX}{key}"), key_at, value);
    }

    /// Keeps it, and says that nobody else will read it.
    fn annotate_and_say(&mut self, entry: &Entry, what: &str) {
        self.annotate(&entry.key, entry.key_at, &entry.value);
        self.say(entry.key_at, &entry.key, what);
    }

    fn say(&mut self, at: SourceSpan, key: &str, what: &str) {
        let message = format!("OpenSLO has no words for {what}: other readers will not see it");
        self.findings.push(
            Diagnostic::at(&codes::NOT_IN_OPENSLO, at, message).with_help(format!(
                "nothing is to be done for slosmith, which reads the annotation `{PREFIX}{key}`"
            )),
        );
    }

    fn annotate_identity(&mut self, names: &Names) {
        let slo = self.slo;
        if names.of(&slo.id) != slo.id.name {
            self.annotate("name", slo.name_at, &text(&slo.id.name, slo.name_at));
        }
        if fit(&slo.id.service) != slo.id.service {
            let at = slo.service_at;
            self.annotate("service", at, &text(&slo.id.service, at));
        }
        let labels = &slo.labels;
        let exact = labels
            .iter()
            .all(|(name, value)| is_label(name) && !value.value.is_empty());
        if let Some(entry) = self.written.document.get("labels").filter(|_| !exact) {
            self.annotate("labels", entry.key_at, &entry.value);
        }
    }

    fn metadata(&mut self, names: &Names) -> Arc<Node> {
        let at = self.slo.name_at;
        let name = names.of(&self.slo.id);
        // Where there is no description, the display name is taken for one.
        let shown = name != self.slo.id.name && self.slo.description.is_some();
        let other = shown.then(|| text(&self.slo.id.name, at));
        let annotations = std::mem::replace(&mut self.annotations, map(self.at));
        map(at)
            .put("name", at, text(name, at))
            .put_some("displayName", at, other)
            .put_some("labels", at, self.labels())
            .put_some("annotations", at, annotations.some())
            .done()
    }

    /// The labels of the SLO, as far as their names are allowed, and its owner.
    fn labels(&self) -> Option<Arc<Node>> {
        let owner = self.slo.owner.iter().map(|owner| ("owner", owner));
        let labels = self.slo.labels.iter();
        let labels = labels.map(|(name, value)| (name.as_str(), value));
        owner
            .chain(labels.filter(|(name, value)| is_label(name) && !value.value.is_empty()))
            .fold(map(self.at), |labels, (name, value)| {
                labels.put(name, value.at, text(&value.value, value.at))
            })
            .some()
    }

    fn spec(&mut self, names: &Names, all: &Catalogue<'_>) -> Arc<Node> {
        let slo = self.slo;
        let description = self.description();
        let service = text(fit(&slo.id.service), slo.service_at);
        let measure = self.measure(all);
        let window = self.time_window();
        let objective = self.objective(&measure);
        self.rest();
        let name = names.of(&slo.id);
        let indicator = map(slo.sli.at)
            .put(
                "metadata",
                slo.sli.at,
                map(slo.sli.at)
                    .put("name", slo.sli.at, text(name, slo.sli.at))
                    .done(),
            )
            .put("spec", slo.sli.at, indicator(&measure, slo.sli.at));
        let policies = alerts::policies(slo);
        map(self.at)
            .put_some("description", self.at, description)
            .put("service", slo.service_at, service)
            .put("indicator", slo.sli.at, indicator.done())
            .put("timeWindow", slo.period.at, window)
            .put("budgetingMethod", self.at, text(self.method(), self.at))
            .put("objectives", slo.objective.at, objective)
            .put_some("alertPolicies", self.at, policies)
            .done()
    }

    fn description(&mut self) -> Option<Arc<Node>> {
        let entry = self.written.node.get("description")?;
        let scalar = entry.value.as_scalar()?;
        if scalar.text.chars().count() <= DESCRIPTION {
            return Some(text(scalar.text.trim_end(), entry.value.at));
        }
        self.annotate_and_say(
            entry,
            &format!("a description of more than {DESCRIPTION} characters"),
        );
        None
    }

    /// What is measured. What cannot be put into a query is a ratio of nothing, which
    /// other readers are warned of.
    fn measure(&mut self, all: &Catalogue<'_>) -> Measure {
        let nothing = || Measure::Ratio("vector(0) / vector(0)".to_owned());
        let measure = measure(self.slo, all);
        let is_lost = measure.is_none();
        let measure = measure.unwrap_or_else(nothing);
        let Some(entry) = self.written.node.get("sli") else {
            return measure;
        };
        // Whoever edits a query expects that it counts: an annotation stands beside it
        // only where the query alone would be read as something else.
        if !reads_back(self.slo, &self.bare(&measure)) {
            self.annotate("sli", entry.key_at, &entry.value);
        }
        if is_lost {
            self.say(entry.key_at, "sli", "this SLI");
        }
        let kind = entry.value.get("threshold");
        if let Some(missing) = kind.and_then(|kind| kind.value.get("missing")) {
            self.say(missing.key_at, "sli", "what a missing value means");
        }
        measure
    }

    /// The object without annotations, as far as the SLI depends on it.
    fn bare(&self, measure: &Measure) -> Arc<Node> {
        let at = self.at;
        let name = || map(at).put("name", at, text("bare", at)).done();
        let indicator = map(at)
            .put("metadata", at, name())
            .put("spec", at, indicator(measure, at))
            .done();
        let window = map(at)
            .put("duration", at, text("30d", at))
            .put("isRolling", at, plain("true", at))
            .done();
        let spec = map(at)
            .put("service", at, text("bare", at))
            .put("indicator", at, indicator)
            .put("timeWindow", at, seq(vec![window], at))
            .put("budgetingMethod", at, text(self.method(), at))
            .put("objectives", at, self.objective(measure));
        header("SLO", at)
            .put("metadata", at, name())
            .put("spec", at, spec.done())
            .done()
    }

    const fn method(&self) -> &'static str {
        match self.slo.budgeting {
            Budgeting::Events => "Occurrences",
            Budgeting::Slices { .. } => "Timeslices",
        }
    }

    fn time_window(&mut self) -> Arc<Node> {
        let period = &self.slo.period;
        let at = period.at;
        let window = match &period.value {
            Period::Rolling(length) => {
                let duration = whole_minutes(*length);
                if duration.is_none()
                    && let Some(entry) = self.written.node.get("period")
                {
                    self.annotate_and_say(entry, "a period that is no whole number of minutes");
                }
                map(at)
                    .put(
                        "duration",
                        at,
                        text(duration.unwrap_or_else(|| "30d".to_owned()), at),
                    )
                    .put("isRolling", at, plain("true", at))
            }
            Period::Calendar(calendar) => {
                let duration = match calendar.unit {
                    CalendarUnit::Week => "1w",
                    CalendarUnit::Month => "1M",
                    CalendarUnit::Quarter => "1Q",
                    CalendarUnit::Year => "1Y",
                };
                let begins = map(at).put("startTime", at, text(EPOCH, at)).put(
                    "timeZone",
                    at,
                    text(&calendar.time_zone, at),
                );
                map(at)
                    .put("duration", at, text(duration, at))
                    .put("isRolling", at, plain("false", at))
                    .put("calendar", at, begins.done())
            }
        };
        seq(vec![window.done()], at)
    }

    fn objective(&self, measure: &Measure) -> Arc<Node> {
        let at = self.slo.objective.at;
        let ratio = |objective: crate::slo::Objective| objective.ratio().to_string();
        let mut objective = map(at).put("target", at, plain(ratio(self.slo.objective.value), at));
        if let Measure::Threshold(_, op, value) = measure {
            objective = objective
                .put("op", at, text(*op, at))
                .put("value", at, plain(value, at));
        }
        if let Budgeting::Slices { length, target } = &self.slo.budgeting {
            let window = whole_minutes(length.value).unwrap_or_else(|| "5m".to_owned());
            objective = objective
                .put(
                    "timeSliceTarget",
                    target.at,
                    plain(ratio(target.value), target.at),
                )
                .put("timeSliceWindow", length.at, text(window, length.at));
        }
        seq(vec![objective.done()], at)
    }

    /// The keys that `OpenSLO` has nothing for.
    fn rest(&mut self) {
        const WITHOUT_WORDS: [(&str, &str); 6] = [
            ("promise", "a promise besides the objective"),
            ("scrape_interval", "the scrape interval"),
            ("group_by", "a budget for each group"),
            ("groups", "the groups that are expected"),
            ("policy", "an error budget policy"),
            ("downtime", "planned downtime"),
        ];
        for (key, what) in WITHOUT_WORDS {
            if let Some(entry) = self.written.node.get(key) {
                self.annotate_and_say(entry, what);
            }
        }
        for key in ["budgeting", "ignore"] {
            let entry = self.written.node.get(key);
            if let Some(entry) = entry.filter(|entry| entry.value.as_scalar().is_none()) {
                self.annotate(key, entry.key_at, &entry.value);
            }
        }
        match self.written.node.get("alerts") {
            Some(entry) => {
                self.annotate("alerts", entry.key_at, &entry.value);
                let lost = alerts::without_words(&entry.value);
                if let Some((at, _)) = lost.first() {
                    let what: BTreeSet<&str> = lost.iter().map(|(_, what)| *what).collect();
                    let what: Vec<&str> = what.into_iter().collect();
                    self.say(*at, "alerts", &all_of(&what));
                }
            }
            // The alerts that every SLO has are more than what conditions say.
            None => self.annotate("alerts", self.slo.name_at, &map(self.slo.name_at).done()),
        }
    }
}

/// `a, b and c`
fn all_of(parts: &[&str]) -> String {
    match parts {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [parts @ .., last] => format!("{} and {last}", parts.join(", ")),
    }
}

/// Whether reading an object gives the rules of an SLO, as far as they depend on its SLI.
fn reads_back(slo: &Slo, object: &Node) -> bool {
    let text = write::document(object, Layout::OpenSlo, &Comments::new());
    let mut sources = Sources::default();
    let id = sources.add("", text);
    let mut found = Diagnostics::default();
    let read = spec::load(&sources, &[id], &mut found);
    let [read] = read.as_slice() else {
        return false;
    };
    let same = Slo {
        sli: read.sli.clone(),
        ..slo.clone()
    };
    found.sorted().is_empty() && rule_files(&[same]) == rule_files(std::slice::from_ref(slo))
}

/// Whether a label of Prometheus is one of `OpenSLO`, too.
fn is_label(name: &str) -> bool {
    let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    edge(name.chars().next()) && edge(name.chars().last()) && name.len() <= 63
}

/// `1h`: the durations of `OpenSLO` have no seconds.
pub(super) fn whole_minutes(duration: Duration) -> Option<String> {
    let unit = duration.single_unit();
    (!unit.ends_with('s')).then_some(unit)
}

fn indicator(measure: &Measure, at: SourceSpan) -> Arc<Node> {
    let metric = |query: &str| {
        let spec = map(at).put("query", at, text(query, at)).done();
        let source = map(at)
            .put("type", at, text("Prometheus", at))
            .put("spec", at, spec)
            .done();
        map(at).put("metricSource", at, source).done()
    };
    match measure {
        Measure::Counts { bad, part, total } => {
            let part_key = if *bad { "bad" } else { "good" };
            let ratio = map(at)
                .put("counter", at, plain("true", at))
                .put(part_key, at, metric(part))
                .put("total", at, metric(total));
            map(at).put("ratioMetric", at, ratio.done()).done()
        }
        Measure::Ratio(query) => {
            let ratio = map(at)
                .put("counter", at, plain("false", at))
                .put("rawType", at, text("failure", at))
                .put("raw", at, metric(query));
            map(at).put("ratioMetric", at, ratio.done()).done()
        }
        Measure::Threshold(query, _, _) => map(at).put("thresholdMetric", at, metric(query)).done(),
    }
}
