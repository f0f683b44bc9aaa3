//! What an SLI reads: every selector, what it is for, and where it was written.

use smol_str::format_smolstr;

use crate::diagnostic::{Code, codes::series};
use crate::duration::Duration;
use crate::promql::ast::{
    BinaryOp, Expr, ExprKind, Matcher, Modifiers, VectorSelector, WindowKind,
};
use crate::promql::inspect::{self, Path, SelectorUse};
use crate::slo::{
    Events, Freshness, Histogram, HistogramType, MatcherList, Missing, Query, Sli, Slo, Split,
};
use crate::source::SourceSpan;

/// What a selector is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// All events, or whatever is measured.
    Whole,
    /// Those events that are bad; there may be none yet.
    Bad,
    /// Those events that are good.
    Good,
    /// How many observations a histogram has; of a native one, the histogram itself.
    Count,
    /// The buckets of a classic histogram.
    Buckets,
    /// The same histogram stored in the other way; there should be none.
    Rival,
}

/// How a selector is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// By its rate.
    Counter,
    /// By its value.
    Gauge,
    /// In a way that suits anything.
    Any,
}

/// A selector that an SLI reads.
#[derive(Debug, Clone)]
pub(super) struct Read<'a> {
    /// Whose it is.
    pub(super) slo: &'a Slo,
    pub(super) part: Part,
    pub(super) form: Form,
    /// Whether the SLI has no value without it.
    pub(super) needed: bool,
    /// Without modifiers.
    pub(super) selector: VectorSelector,
    /// Where the name of the metric is written.
    pub(super) name_at: SourceSpan,
    /// Where each matcher is written.
    pub(super) matchers_at: Vec<SourceSpan>,
    /// The matchers from here on tell some events from the others.
    pub(super) split_from: usize,
    /// How far back it is read at least, where the author says so.
    pub(super) window: Option<Duration>,
}

/// All selectors of an SLO; a composite has none of its own.
pub(super) fn reads(slo: &Slo) -> Vec<Read<'_>> {
    match &slo.sli.value {
        Sli::Events(events) => of_events(slo, events),
        Sli::Latency(sli) => of_histogram(slo, &sli.histogram, sli.errors_where.as_ref()),
        Sli::Satisfaction(sli) => of_histogram(slo, &sli.histogram, sli.errors_where.as_ref()),
        Sli::Freshness(Freshness::Histogram { histogram, .. }) => {
            of_histogram(slo, histogram, None)
        }
        Sli::Ratio(sli) => of_gauge(slo, &sli.error_ratio),
        other => gauge_of(other).map_or_else(Vec::new, |query| of_gauge(slo, query)),
    }
}

/// The expressions of an SLI that are more than a bare selector.
pub(super) fn expressions(slo: &Slo) -> Vec<&Query> {
    let mut queries = match &slo.sli.value {
        Sli::Events(events) => match &events.split {
            Split::Bad(query) | Split::Good(query) => vec![&events.total, query],
            Split::BadWhere(_) | Split::GoodWhere(_) => vec![&events.total],
        },
        Sli::Ratio(sli) => vec![&sli.error_ratio],
        other => gauge_of(other).into_iter().collect(),
    };
    queries.retain(|query| !matches!(query.expr.kind, ExprKind::Selector(_)));
    queries
}

/// What is measured at each evaluation, where that is a gauge.
pub(super) fn gauge(slo: &Slo) -> Option<&Query> {
    gauge_of(&slo.sli.value)
}

fn gauge_of(sli: &Sli) -> Option<&Query> {
    match sli {
        Sli::Probe(query)
        | Sli::Freshness(
            Freshness::Timestamp {
                timestamp: query, ..
            }
            | Freshness::Age { age: query, .. },
        ) => Some(query),
        Sli::Threshold(sli) => Some(&sli.expr),
        _ => None,
    }
}

fn of_events<'a>(slo: &'a Slo, events: &'a Events) -> Vec<Read<'a>> {
    let mut reads = of_query(slo, &events.total, Part::Whole, Form::Any);
    let (part, matchers) = match &events.split {
        Split::BadWhere(matchers) => (Part::Bad, matchers),
        Split::GoodWhere(matchers) => (Part::Good, matchers),
        Split::Bad(query) => {
            reads.extend(of_query(slo, query, Part::Bad, Form::Any));
            return reads;
        }
        Split::Good(query) => {
            reads.extend(of_query(slo, query, Part::Good, Form::Any));
            return reads;
        }
    };
    let narrowed: Vec<_> = reads
        .iter()
        .map(|read| narrowed(read, part, matchers))
        .collect();
    reads.extend(narrowed);
    reads
}

/// The same with more matchers.
fn narrowed<'a>(read: &Read<'a>, part: Part, list: &MatcherList) -> Read<'a> {
    let mut narrowed = read.clone();
    narrowed.part = part;
    narrowed.needed &= part != Part::Bad;
    narrowed.split_from = narrowed.selector.matchers.len();
    for matcher in &list.matchers {
        narrowed.selector.matchers.push(matcher.clone());
        narrowed.matchers_at.push(list.map.locate(matcher.span));
    }
    narrowed
}

fn of_gauge<'a>(slo: &'a Slo, query: &'a Query) -> Vec<Read<'a>> {
    of_query(slo, query, Part::Whole, Form::Gauge)
}

/// Functions that see through the resets of counters.
const RATES: [&str; 4] = ["rate", "increase", "irate", "resets"];
/// To which the value does not matter, or that know what they read.
const INDIFFERENT: [&str; 14] = [
    "absent",
    "absent_over_time",
    "changes",
    "count",
    "count_over_time",
    "group",
    "histogram_avg",
    "histogram_count",
    "histogram_fraction",
    "histogram_quantile",
    "histogram_sum",
    "present_over_time",
    "time",
    "timestamp",
];

fn of_query<'a>(slo: &'a Slo, query: &'a Query, part: Part, otherwise: Form) -> Vec<Read<'a>> {
    let bare = matches!(query.expr.kind, ExprKind::Selector(_));
    let mut reads = Vec::new();
    inspect::walk(&query.expr, &mut |node, path| {
        let Some(used) = inspect::selector_use(node) else {
            return;
        };
        let form = if path.is_within(&RATES) || (bare && otherwise == Form::Any) {
            Form::Counter
        } else if path.is_within(&INDIFFERENT) {
            Form::Any
        } else {
            otherwise
        };
        reads.push(Read {
            form,
            needed: part != Part::Bad && !is_good_when_missing(slo) && !may_be_absent(node, path),
            ..of_use(slo, query, used, part)
        });
    });
    reads
}

fn is_good_when_missing(slo: &Slo) -> bool {
    matches!(&slo.sli.value, Sli::Threshold(sli) if sli.missing == Missing::Good)
}

/// Whether an expression has a value without one of its selectors.
fn may_be_absent(node: &Expr, path: Path<'_, '_>) -> bool {
    let either =
        |node: &Expr| matches!(&node.kind, ExprKind::Binary(binary) if binary.op == BinaryOp::Or);
    path.up().any(either)
        || path.is_right_of(node, &[BinaryOp::Unless])
        || path.is_within(&["absent", "absent_over_time"])
}

fn of_use<'a>(slo: &'a Slo, query: &'a Query, used: SelectorUse<'_>, part: Part) -> Read<'a> {
    let mut selector = used.selector.clone();
    selector.modifiers = Modifiers::default();
    let name_at = selector.name.as_ref().map_or(used.span, |name| name.span);
    let matchers = selector.matchers.iter();
    Read {
        slo,
        part,
        form: Form::Counter,
        needed: true,
        name_at: query.locate(name_at),
        matchers_at: matchers.map(|matcher| query.locate(matcher.span)).collect(),
        split_from: selector.matchers.len(),
        window: used.range.and_then(|window| match window.kind {
            WindowKind::Literal(length, _) => Some(length),
            WindowKind::Placeholder(_) | WindowKind::Expr(_) => None,
        }),
        selector,
    }
}

fn of_histogram<'a>(
    slo: &'a Slo,
    histogram: &'a Histogram,
    errors: Option<&MatcherList>,
) -> Vec<Read<'a>> {
    let query = &histogram.selector;
    let Some(used) = inspect::selector_use(&query.expr) else {
        return Vec::new();
    };
    let read = |part, suffix: &str| {
        let mut read = of_use(slo, query, used, part);
        if let Some(name) = &mut read.selector.name {
            name.name = format_smolstr!("{}{suffix}", name.name);
        }
        read
    };
    let rival = |suffix| Read {
        form: Form::Any,
        needed: false,
        ..read(Part::Rival, suffix)
    };
    let mut reads = match histogram.kind {
        HistogramType::Classic => {
            vec![
                read(Part::Count, "_count"),
                read(Part::Buckets, "_bucket"),
                rival(""),
            ]
        }
        HistogramType::Native => vec![read(Part::Count, ""), rival("_bucket")],
    };
    if let Some(errors) = errors {
        let failed = narrowed(&reads[0], Part::Bad, errors);
        reads.push(failed);
    }
    reads
}

impl Read<'_> {
    /// The name of the metric; empty where there is not exactly one.
    pub(super) fn name(&self) -> &str {
        inspect::name_of(&self.selector).unwrap_or_default()
    }

    /// What it is called that nothing matches: of bad events it is no more than a guess.
    pub(super) fn code_of_absence(&self, otherwise: &'static Code) -> &'static Code {
        match self.part {
            Part::Bad => &series::BAD_SIDE_MATCHES_NOTHING,
            _ => otherwise,
        }
    }

    /// The matchers that tell some events from the others, and where they are written.
    pub(super) fn split(&self) -> impl Iterator<Item = (&Matcher, SourceSpan)> {
        let matchers = self.selector.matchers.iter();
        matchers
            .zip(self.matchers_at.iter().copied())
            .skip(self.split_from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::slos;

    fn shown(sli: &str) -> Vec<String> {
        let slos = slos(&format!("- {{name: n, objective: 99, sli: {sli}}}"));
        let reads = reads(&slos[0]);
        let shown = reads.iter().map(|read| {
            let selector = Expr {
                kind: ExprKind::Selector(read.selector.clone()),
                span: crate::source::Span::default(),
            };
            let needed = if read.needed { "" } else { "?" };
            format!(
                "{:?} {:?}{needed} {}",
                read.part,
                read.form,
                crate::promql::print(&selector)
            )
        });
        shown.collect()
    }

    #[test]
    fn a_split_narrows_the_total() {
        assert_eq!(
            shown(r#"{events: {total: 'r_total{job="a"}', bad_where: 'code=~"5.."'}}"#),
            [
                r#"Whole Counter r_total{job="a"}"#,
                r#"Bad Counter? r_total{job="a", code=~"5.."}"#
            ]
        );
    }

    #[test]
    fn what_or_fills_may_be_absent() {
        assert_eq!(
            shown("{threshold: {expr: 'sum(rate(a_total[5m])) or lag', good: '< 1'}}"),
            ["Whole Counter? a_total", "Whole Gauge? lag"]
        );
    }

    #[test]
    fn a_histogram_has_a_rival() {
        assert_eq!(
            shown("{latency: {histogram: d_seconds, threshold: 1s, errors_where: 'a=\"b\"'}}"),
            [
                "Count Counter d_seconds_count",
                "Buckets Counter d_seconds_bucket",
                "Rival Any? d_seconds",
                "Bad Counter? d_seconds_count{a=\"b\"}"
            ]
        );
    }
}
