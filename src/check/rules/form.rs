//! A rule in a form that is the same whoever wrote it: compiled here, or printed by a server.

use std::collections::BTreeMap;

use crate::duration::Duration;
use crate::prometheus::{Labels, LoadedRule, RuleKind};
use crate::promql::ast::Expr;
use crate::promql::{normalize, parse, print_pretty};
use crate::rules::{Layout, Rule};

/// Longest line of an expression that is shown, where it can be broken.
const WIDTH: usize = 72;

/// A rule. Equal ones do the same.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Form<'a> {
    kind: RuleKind,
    name: &'a str,
    /// Normalised and laid out, or as it is where it is no PromQL that we know.
    expr: String,
    hold: Duration,
    labels: BTreeMap<&'a str, &'a str>,
    annotations: BTreeMap<&'a str, &'a str>,
}

impl<'a> Form<'a> {
    pub(super) fn compiled(rule: &'a Rule) -> Self {
        match rule {
            Rule::Record {
                record,
                expr,
                labels,
            } => Self {
                kind: RuleKind::Recording,
                name: record,
                expr: laid_out(expr),
                hold: Duration::ZERO,
                labels: texts(labels),
                annotations: BTreeMap::new(),
            },
            Rule::Alert {
                alert,
                expr,
                hold,
                labels,
                annotations,
            } => Self {
                kind: RuleKind::Alerting,
                name: alert,
                expr: laid_out(expr),
                hold: hold.unwrap_or_default(),
                labels: texts(labels),
                annotations: texts(annotations),
            },
        }
    }

    /// What the server runs. Labels in `outer` that `expected` has nowhere say where it
    /// runs, and nothing about the rule.
    pub(super) fn loaded(rule: &'a LoadedRule, outer: &[&str]) -> Self {
        let mut labels = texts(&rule.labels);
        labels.retain(|label, _| !outer.contains(label));
        Self {
            kind: rule.kind,
            name: &rule.name,
            expr: parse(&rule.query).map_or_else(|_| rule.query.clone(), |expr| laid_out(&expr)),
            hold: seconds(rule.duration),
            labels,
            annotations: texts(&rule.annotations),
        }
    }

    /// Whether they are versions of one rule.
    pub(super) fn is_version_of(&self, other: &Self) -> bool {
        self.kind == other.kind && self.name == other.name
    }

    /// Whether they are versions of one rule for the same people.
    pub(super) fn is_near(&self, other: &Self) -> bool {
        self.is_version_of(other) && self.severity() == other.severity()
    }

    /// For whom an alert is, in either layout.
    fn severity(&self) -> Option<&'a str> {
        let names = [Layout::Sloth, Layout::Native].map(|layout| layout.alert_labels().severity);
        names.iter().find_map(|name| self.labels.get(name).copied())
    }

    /// `slo:bad:rate5m`, `SLOErrorBudgetBurn (page)`.
    pub(super) fn title(&self) -> String {
        match self.severity() {
            Some(severity) if self.kind == RuleKind::Alerting => {
                format!("{} ({severity})", self.name)
            }
            _ => self.name.to_owned(),
        }
    }

    /// In lines that can be compared.
    pub(super) fn lines(&self) -> String {
        let key = match self.kind {
            RuleKind::Recording => "record",
            RuleKind::Alerting => "alert",
        };
        let head = format!("{key}: {}\n{}\n", self.name, self.expr);
        let hold = (self.hold != Duration::ZERO).then(|| format!("for: {}\n", self.hold));
        let texts = [("labels", &self.labels), ("annotations", &self.annotations)];
        let texts = texts.into_iter().flat_map(|(key, texts)| {
            let texts = texts.iter();
            texts.map(move |(name, text)| format!("{key}.{name}: {text}\n"))
        });
        [head].into_iter().chain(hold).chain(texts).collect()
    }
}

fn laid_out(expr: &Expr) -> String {
    print_pretty(&normalize(expr), WIDTH)
}

/// An empty label is none.
fn texts(labels: &Labels) -> BTreeMap<&str, &str> {
    let texts = labels.iter().filter(|(_, text)| !text.is_empty());
    texts
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect()
}

/// A length of time that a server tells in seconds.
pub(super) fn seconds(seconds: f64) -> Duration {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "floats that are out of range become the nearest number"
    )]
    let millis = (seconds * 1_000.0).round() as u64;
    Duration::from_millis(millis)
}
