//! Steady requests: what counters say of them, and what rules record.

use std::io;

use slosmith::promql::ast::MatchOp;
use slosmith::promql::inspect;
use slosmith::slo::{Query, Sli, Slo};

/// Requests per second to each SLO.
pub(crate) const RATE: f64 = 50.0;
/// Share of them that is bad: a fifth of the budget.
pub(crate) const ERRORS: f64 = 0.0002;

/// Share of all requests that is as fast as each bucket says.
const BUCKETS: [(&str, f64); 5] = [
    ("0.1", 0.9),
    ("0.25", 0.99),
    ("0.5", 1.0 - ERRORS),
    ("1", 1.0),
    ("+Inf", 1.0),
];
/// Seconds that a request takes on average.
const MEAN: f64 = 0.07;

/// The raw series of all SLOs.
pub(crate) struct Traffic {
    /// When it began, in Unix seconds.
    pub(crate) start: u64,
    pub(crate) counters: Vec<Counter>,
}

/// A raw series.
pub(crate) struct Counter {
    pub(crate) name: String,
    labels: Vec<(String, String)>,
    per_second: f64,
}

impl Traffic {
    /// How far back raw series go: as far as values are compared, and what rates need.
    pub(crate) const HISTORY: u64 = 75 * 60;

    /// Of these SLOs at present.
    pub(crate) fn of(slos: &[Slo], now: u64) -> io::Result<Self> {
        let counters = slos.iter().map(counters).collect::<io::Result<Vec<_>>>()?;
        Ok(Self {
            start: now - Self::HISTORY,
            counters: counters.into_iter().flatten().collect(),
        })
    }

    /// What a counter says at an instant in Unix seconds.
    pub(crate) fn value(&self, counter: &Counter, at: f64) -> f64 {
        #[expect(
            clippy::cast_precision_loss,
            reason = "Unix time has fewer than 53 bits"
        )]
        let passed = at - self.start as f64;
        (counter.per_second * passed).floor()
    }
}

impl Counter {
    pub(crate) fn labels(&self) -> impl Iterator<Item = (&str, &str)> {
        let labels = self.labels.iter();
        labels.map(|(label, value)| (label.as_str(), value.as_str()))
    }
}

fn counters(slo: &Slo) -> io::Result<Vec<Counter>> {
    match &slo.sli.value {
        Sli::Events(events) => {
            let (name, labels) = read(slo, &events.total)?;
            let codes = [("200", 1.0 - ERRORS), ("500", ERRORS)];
            let codes = codes.map(|(code, share)| counter(&name, &labels, ("code", code), share));
            Ok(codes.into())
        }
        Sli::Latency(latency) => {
            let (name, labels) = read(slo, &latency.histogram.selector)?;
            let bucket = format!("{name}_bucket");
            let mut all: Vec<Counter> = BUCKETS
                .into_iter()
                .map(|(le, share)| counter(&bucket, &labels, ("le", le), share))
                .collect();
            for (part, per_request) in [("count", 1.0), ("sum", MEAN)] {
                let name = format!("{name}_{part}");
                all.push(counter(&name, &labels, ("instance", "a"), per_request));
            }
            Ok(all)
        }
        _ => Err(unknown(slo)),
    }
}

/// Name and labels that a selector asks for.
fn read(slo: &Slo, query: &Query) -> io::Result<(String, Vec<(String, String)>)> {
    let selectors = inspect::selectors(&query.expr);
    let selector = &selectors.first().ok_or_else(|| unknown(slo))?.selector;
    let name = inspect::name_of(selector).ok_or_else(|| unknown(slo))?;
    let equal = selector.matchers.iter().filter(|m| m.op == MatchOp::Equal);
    let labels = equal.map(|m| (m.label.name.to_string(), m.value.value.to_string()));
    Ok((name.to_owned(), labels.collect()))
}

fn unknown(slo: &Slo) -> io::Error {
    io::Error::other(format!("{}: not as bench-specs writes it", slo.id))
}

fn counter(
    name: &str,
    labels: &[(String, String)],
    (label, value): (&str, &str),
    share: f64,
) -> Counter {
    let own = [("instance", "a"), (label, value)];
    let mut all = labels.to_vec();
    all.extend(own.map(|(label, value)| (label.to_owned(), value.to_owned())));
    all.dedup();
    Counter {
        name: name.to_owned(),
        labels: all,
        per_second: RATE * share,
    }
}
