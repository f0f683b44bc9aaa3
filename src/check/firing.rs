//! Which alerts should fire by the recorded numbers, and which do.
//!
//! Prometheus itself judges what an alert's expression says; it is asked only about
//! alerts that fire, or may have to: a quick look at the recorded ratios tells which.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::outcome::AlertStanding;
use super::raw::ratio;
use super::recorded::{Key, Recorded, any_of, ask_recorded, id_by};
use super::{Context, Findings, ask};
use crate::burn::{self, FAST_INTERVAL};
use crate::diagnostic::{Diagnostic, codes::firing as codes};
use crate::duration::Duration;
use crate::prometheus::{Error, Labels, RuleGroup, Sample};
use crate::promql::ast::{BinaryOp, Expr, MatchOp};
use crate::promql::build::{binary, call, matcher, number, selector, subquery};
use crate::rules::series::{BAD, BUDGET_REMAINING, PROMISE_REMAINING, TOTAL, error_ratio};
use crate::rules::{Layout, Options, Rule, RuleFile, alerts_group, own_labels};
use crate::slo::{Basis, Severity, Slo, SloId};

/// How long an alert must have been due before it is missed: an evaluation of what it
/// reads, one of its own, and one to spare.
const DUE: Duration = Duration::from_mins(3);
/// The error ratio of an hour from which a ticket is raised whatever `min_bad_events` says.
const ALMOST_ENTIRELY: f64 = 0.9;

/// The alerts of all SLOs that fire or should.
#[derive(Debug, Default)]
pub(super) struct Alerts {
    slos: HashMap<SloId, Vec<(Key, AlertStanding)>>,
}

/// What the specs compile to.
pub(super) struct Compiled<'a> {
    pub(super) files: &'a [RuleFile],
    pub(super) options: &'a Options,
}

/// An alerting rule of an SLO.
struct Candidate<'a> {
    slo: &'a Slo,
    options: &'a Options,
    name: &'a str,
    severity: Severity,
    /// As Prometheus' label has it.
    severity_label: &'a str,
    expr: &'a Expr,
    hold: Duration,
}

/// What is known of the rules that a server runs.
pub(super) struct Loaded<'a> {
    /// By the name of their group.
    pub(super) groups: HashMap<&'a str, &'a RuleGroup>,
    /// Since when it runs, in Unix seconds, where it tells.
    pub(super) running_since: Option<f64>,
}

impl Alerts {
    /// Those of one line. What is about the SLO as a whole concerns all its groups.
    pub(super) fn of(&self, slo: &Slo, key: &Key) -> Vec<AlertStanding> {
        let all = self.slos.get(&slo.id).into_iter().flatten();
        let concerned = all.filter(|(other, _)| {
            (other.group.is_empty() || other.group == key.group)
                && (other.place.is_empty() || other.place == key.place)
        });
        let mut alerts: Vec<_> = concerned.map(|(_, alert)| alert.clone()).collect();
        alerts.sort_by(|a, b| (a.severity, &a.name).cmp(&(b.severity, &b.name)));
        alerts.dedup();
        alerts
    }

    /// Asks which alerts fire and which should, and reports where these differ.
    pub(super) async fn ask(
        cx: &Context<'_>,
        rules: &Compiled<'_>,
        recorded: &Recorded,
        loaded: Option<&Loaded<'_>>,
        findings: &mut Findings,
    ) -> Result<Self, Error> {
        let firing = FiringNow::ask(cx, rules.options.layout, loaded).await?;
        let slos: HashMap<&SloId, &Slo> = cx.slos.iter().map(|slo| (&slo.id, *slo)).collect();
        let all = candidates(&slos, rules);
        let due: Vec<&Candidate<'_>> = all
            .iter()
            .filter(|candidate| {
                firing.has(candidate) || may_fire(recorded, candidate, loaded.is_some())
            })
            .collect();
        let questions: Vec<Expr> = due.iter().map(|candidate| candidate.question()).collect();
        let answers = ask(cx, "alerts", &questions).await?;
        let mut alerts = Self::default();
        for (candidate, answer) in due.into_iter().zip(answers) {
            match answer {
                Ok(counts) => alerts.judge(cx, candidate, &counts, &firing, loaded, findings),
                // What cannot be evaluated is a finding of the rules.
                Err(_) => alerts.believe(candidate, &firing),
            }
        }
        Ok(alerts)
    }

    /// What fires, where nobody can tell whether it should.
    fn believe(&mut self, candidate: &Candidate<'_>, firing: &FiringNow) {
        for labels in firing.of(candidate) {
            let standing = candidate.standing(true, true);
            self.add(candidate, candidate.key(labels), standing);
        }
    }

    fn add(&mut self, candidate: &Candidate<'_>, key: Key, standing: AlertStanding) {
        let standings = self.slos.entry(candidate.slo.id.clone()).or_default();
        standings.push((key, standing));
    }

    fn judge(
        &mut self,
        cx: &Context<'_>,
        candidate: &Candidate<'_>,
        counts: &[Sample],
        firing: &FiringNow,
        loaded: Option<&Loaded<'_>>,
        findings: &mut Findings,
    ) {
        let slo = candidate.slo;
        let steady = (candidate.hold + DUE).as_secs_f64() / FAST_INTERVAL.as_secs_f64();
        let mut lines: BTreeMap<Key, Line> = BTreeMap::new();
        for sample in counts {
            let line = lines.entry(candidate.key_of(&sample.labels)).or_default();
            line.held = Some(sample.value);
        }
        for labels in firing.of(candidate) {
            lines.entry(candidate.key(labels)).or_default().is_firing = true;
        }
        let rule = candidate.loaded(loaded);
        for (key, line) in lines {
            // A rule that is not loaded can do nothing; that is said elsewhere.
            let is_due = line.held.is_some_and(|minutes| minutes >= steady)
                && (loaded.is_none() || rule.is_some_and(|rule| rule.is_due(cx.now)));
            if is_due && !line.is_firing && rule.is_some() {
                findings.push(slo, candidate.silent(cx, &key));
            }
            if line.is_firing && line.held.is_none() && rule.is_some() {
                findings.push(slo, candidate.stuck(cx, &key));
            }
            if is_due || line.is_firing {
                // What holds for a shorter time is on its way: neither missed nor wrong.
                let is_expected = is_due || line.held.is_some();
                let standing = candidate.standing(is_expected, line.is_firing);
                self.add(candidate, key, standing);
            }
        }
    }
}

/// What is known of an alert on one line of the result.
#[derive(Default)]
struct Line {
    /// See [`Candidate::question`].
    held: Option<f64>,
    is_firing: bool,
}

/// An alerting rule as a server runs it.
#[derive(Clone, Copy)]
struct LoadedRule {
    evaluated: Option<f64>,
    hold: Duration,
    running_since: Option<f64>,
}

impl LoadedRule {
    /// Whether it was evaluated lately, and long enough after a start to have held.
    fn is_due(self, now: f64) -> bool {
        let recent = now - (FAST_INTERVAL * 3).as_secs_f64();
        let settled = now - (self.hold + DUE).as_secs_f64();
        self.evaluated.is_some_and(|at| at >= recent)
            && (self.hold == Duration::ZERO || self.running_since.is_none_or(|at| at < settled))
    }
}

impl Candidate<'_> {
    /// How many minutes of the last few the expression held, where it still does; 0 when
    /// it only held before, or only holds now. An alert that has just resolved is not
    /// missed: it may have been evaluated since the last whole minute.
    fn question(&self) -> Expr {
        let within = subquery(self.expr.clone(), self.hold + DUE, FAST_INTERVAL);
        let minutes = call("count_over_time", vec![within]);
        let still = binary(BinaryOp::And, minutes.clone(), self.expr.clone());
        let nothing = |expr| binary(BinaryOp::Mul, number("0"), expr);
        let either = binary(BinaryOp::Or, nothing(minutes), nothing(self.expr.clone()));
        binary(BinaryOp::Or, still, either)
    }

    fn standing(&self, expected: bool, firing: bool) -> AlertStanding {
        AlertStanding {
            name: self.name.to_owned(),
            severity: self.severity,
            expected,
            firing,
        }
    }

    /// The line of a sample: in the layout of Sloth it has the labels of its SLO, too.
    fn key_of(&self, labels: &Labels) -> Key {
        let own = own_labels(self.slo, self.options);
        let mut labels = labels.clone();
        labels.retain(|label, _| !own.contains(label.as_str()));
        Key::of(self.slo, &labels)
    }

    /// The line of an alert.
    fn key(&self, labels: &Labels) -> Key {
        let mut labels = labels.clone();
        // What an alert has besides the labels of its series.
        let own = |label: &String| {
            self.slo.group_labels().any(|group| group == label)
                || label == "service"
                || label == "slo"
        };
        labels.retain(|label, _| own(label));
        Key::of(self.slo, &labels)
    }

    fn loaded(&self, loaded: Option<&Loaded<'_>>) -> Option<LoadedRule> {
        let layout = self.options.layout;
        let loaded = loaded?;
        let group = loaded
            .groups
            .get(alerts_group(&self.slo.id, layout).as_str())?;
        let rule = group.rules.iter().find(|rule| {
            rule.name == self.name
                && rule
                    .labels
                    .get(layout.alert_labels().severity)
                    .is_none_or(|label| label == self.severity_label)
        })?;
        (rule.health != "err").then_some(LoadedRule {
            evaluated: rule.last_evaluation.or(group.last_evaluation),
            hold: self.hold,
            running_since: loaded.running_since,
        })
    }

    fn title(&self, key: &Key) -> String {
        let labels = key.group.iter().chain(&key.place);
        let labels: Vec<_> = labels
            .map(|(label, value)| format!(" {label}={value}"))
            .collect();
        format!(
            "{} ({}) of {}{}",
            self.name,
            self.severity.name(),
            self.slo.id,
            labels.concat()
        )
    }

    fn silent(&self, cx: &Context<'_>, key: &Key) -> Diagnostic {
        Diagnostic::new(
            &codes::SILENT,
            format!(
                "by the recorded numbers {} should have fired for {} or longer, and it does not",
                self.title(key),
                self.hold + DUE,
            ),
        )
        .with_help(
            "compare the alert that is loaded with the generated one (`slosmith check --only rules`), \
             and see whether its rule group is evaluated every minute",
        )
        .with_query(cx.scope.query(self.expr))
    }

    fn stuck(&self, cx: &Context<'_>, key: &Key) -> Diagnostic {
        Diagnostic::new(
            &codes::STUCK,
            format!(
                "{} fires, and by the recorded numbers it should not have for {DUE} or longer",
                self.title(key),
            ),
        )
        .with_help(
            "compare the alert that is loaded with the generated one (`slosmith check --only rules`); \
             a second rule of the same name may raise it as well",
        )
        .with_query(cx.scope.query(self.expr))
    }
}

fn candidates<'a>(slos: &HashMap<&SloId, &'a Slo>, rules: &Compiled<'a>) -> Vec<Candidate<'a>> {
    let by_group: HashMap<String, &'a Slo> = slos
        .values()
        .map(|slo| (alerts_group(&slo.id, rules.options.layout), *slo))
        .collect();
    let groups = rules.files.iter().flat_map(|file| &file.groups);
    groups
        .filter_map(|group| Some((*by_group.get(&group.name)?, group)))
        .flat_map(|(slo, group)| group.rules.iter().map(move |rule| (slo, rule)))
        .filter_map(|(slo, rule)| candidate(slo, rule, rules.options))
        .collect()
}

fn candidate<'a>(slo: &'a Slo, rule: &'a Rule, options: &'a Options) -> Option<Candidate<'a>> {
    let Rule::Alert {
        alert,
        expr,
        hold,
        labels,
        ..
    } = rule
    else {
        return None;
    };
    let layout = options.layout;
    let severity_label = labels.get(layout.alert_labels().severity)?;
    let page = slo.alerting.page.as_ref();
    let is_page =
        page.is_some_and(|route| layout.severity(Severity::Page, route) == severity_label);
    Some(Candidate {
        slo,
        options,
        name: alert,
        severity: if is_page {
            Severity::Page
        } else {
            Severity::Ticket
        },
        severity_label,
        expr,
        hold: hold.unwrap_or(Duration::ZERO),
    })
}

/// Whether the recorded numbers leave it possible that an alert should fire.
fn may_fire(recorded: &Recorded, candidate: &Candidate<'_>, is_known: bool) -> bool {
    let slo = candidate.slo;
    let is_below = |series: &str, percent| {
        let bound = ratio(percent) / 100.0;
        let left = |key| recorded.value(slo, key, series);
        recorded.keys(slo).filter_map(left).any(|left| left < bound)
    };
    let alerting = &slo.alerting;
    let name = candidate.name;
    let is_no_data = alerting
        .no_data
        .as_ref()
        .is_some_and(|rule| rule.name.value == name);
    if alerting.name.value == name {
        return recorded
            .keys(slo)
            .any(|key| may_burn(recorded, candidate, key));
    }
    let is_budget = |rule: &crate::slo::BudgetLeft| {
        rule.name.value == name && is_below(BUDGET_REMAINING, rule.below)
    };
    let is_promise = |rule: &crate::slo::PromiseAtRisk| {
        rule.name.value == name && is_below(PROMISE_REMAINING, rule.below)
    };
    // Without rules nothing is recorded, and that is said elsewhere.
    (is_no_data && is_known && lacks_data(recorded, slo))
        || alerting.budget_left.iter().any(is_budget)
        || alerting.promise_at_risk.as_ref().is_some_and(is_promise)
}

fn lacks_data(recorded: &Recorded, slo: &Slo) -> bool {
    let is_there = |key: &Key, name: &str| recorded.value(slo, key, name).is_some();
    let whole = |key: &Key| is_there(key, TOTAL) && is_there(key, BAD);
    let has_group = |group: &Labels| recorded.keys(slo).any(|key| key.group == *group);
    recorded.keys(slo).next().is_none()
        || recorded.keys(slo).any(|key| !whole(key))
        || crate::rules::expected_groups(slo).any(|group| !has_group(&group))
}

fn may_burn(recorded: &Recorded, candidate: &Candidate<'_>, key: &Key) -> bool {
    let slo = candidate.slo;
    if slo.alerting.basis.value == Basis::Budget {
        return true;
    }
    let budget = ratio(slo.objective.value.budget());
    let is_above = |window, bound: f64| {
        let value = recorded.value(slo, key, &error_ratio(window));
        value.is_some_and(|value| value / budget > bound)
    };
    let hour = Duration::from_hours(1);
    let pairs = burn::pairs(slo);
    let mut pairs = pairs
        .iter()
        .filter(|pair| pair.severity == candidate.severity);
    pairs.any(|pair| {
        let factor = ratio(pair.factor);
        is_above(pair.long, factor) && is_above(pair.short, factor)
    }) || (slo.alerting.min_bad_events.is_some() && is_above(hour, ALMOST_ENTIRELY / budget))
}

/// The alerts that fire.
struct FiringNow {
    layout: Layout,
    slos: HashMap<SloId, Vec<Labels>>,
}

impl FiringNow {
    /// By the series that alerts write, and by what the rules say themselves: after a
    /// start Prometheus writes these series only from the second evaluation on.
    async fn ask(
        cx: &Context<'_>,
        layout: Layout,
        loaded: Option<&Loaded<'_>>,
    ) -> Result<Self, Error> {
        let written = ask_recorded(cx, |slos| written_by_alerts(slos, layout)).await?;
        let written = written.into_iter().map(|sample| sample.labels);
        let rules = loaded.into_iter().flat_map(|loaded| loaded.groups.values());
        let raised = rules
            .flat_map(|group| &group.rules)
            .flat_map(|rule| &rule.alerts)
            .filter(|alert| alert.state == "firing" && cx.scope.holds(&alert.labels));
        let raised = raised.map(|alert| alert.labels.clone());
        let mut slos: HashMap<SloId, Vec<Labels>> = HashMap::new();
        for mut labels in written.chain(raised) {
            labels.retain(|label, _| label != "__name__" && label != "alertstate");
            let Some(id) = id_by(&labels, layout) else {
                continue;
            };
            let known = slos.entry(id).or_default();
            if !known.contains(&labels) {
                known.push(labels);
            }
        }
        Ok(Self { layout, slos })
    }

    fn of<'a>(&'a self, candidate: &'a Candidate<'_>) -> impl Iterator<Item = &'a Labels> {
        let all = self.slos.get(&candidate.slo.id).into_iter().flatten();
        all.filter(move |labels| {
            let is = |label: &str, value: &str| labels.get(label).is_some_and(|v| v == value);
            is("alertname", candidate.name)
                && is(
                    self.layout.alert_labels().severity,
                    candidate.severity_label,
                )
        })
    }

    fn has(&self, candidate: &Candidate<'_>) -> bool {
        self.of(candidate).next().is_some()
    }
}

/// `ALERTS{alertstate="firing",service=~"…"}`
fn written_by_alerts(slos: &[&Slo], layout: Layout) -> Expr {
    let services: BTreeSet<&str> = slos.iter().map(|slo| slo.id.service.as_str()).collect();
    selector(
        "ALERTS",
        vec![
            matcher("alertstate", MatchOp::Equal, "firing"),
            matcher(
                layout.alert_labels().service,
                MatchOp::Regex,
                any_of(services),
            ),
        ],
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::promql::{parse, print};
    use crate::testing::slo;

    #[test]
    fn what_no_longer_holds_is_not_missed() {
        let slo = slo("99.9", "");
        let expr = parse("burn > 1").unwrap();
        let options = Options::default();
        let candidate = Candidate {
            slo: &slo,
            options: &options,
            name: "SLOErrorBudgetBurn",
            severity: Severity::Page,
            severity_label: "page",
            expr: &expr,
            hold: Duration::ZERO,
        };
        assert_eq!(
            print(&candidate.question()),
            "count_over_time((burn > 1)[3m:1m]) and burn > 1 \
             or (0 * count_over_time((burn > 1)[3m:1m]) or 0 * (burn > 1))"
        );
    }
}
