//! Whether each expression is of the kind that its place in the SLI needs.

use crate::diagnostic::{Diagnostic, codes::promql as codes};
use crate::promql::ast::{Expr, ExprKind, VectorSelector, WindowKind};
use crate::promql::functions::ValueType;
use crate::promql::{inspect, print, value_type};
use crate::slo::{Freshness, Histogram, Query, Sli, Slo, Split};
use crate::spec::decode::Decoder;

pub(super) fn check(slo: &Slo, decoder: &mut Decoder<'_>) {
    match &slo.sli.value {
        Sli::Events(events) => {
            counter(&events.total, decoder);
            if let Split::Bad(query) | Split::Good(query) = &events.split {
                counter(query, decoder);
            }
        }
        Sli::Latency(sli) => histogram(&sli.histogram, decoder),
        Sli::Satisfaction(sli) => histogram(&sli.histogram, decoder),
        Sli::Freshness(Freshness::Histogram { histogram, .. }) => {
            self::histogram(histogram, decoder);
        }
        Sli::Freshness(Freshness::Timestamp { timestamp, .. }) => gauge(timestamp, decoder),
        Sli::Freshness(Freshness::Age { age, .. }) => gauge(age, decoder),
        Sli::Probe(metric) => gauge(metric, decoder),
        Sli::Threshold(threshold) => gauge(&threshold.expr, decoder),
        Sli::Ratio(ratio) => {
            if instant_vector(&ratio.error_ratio, decoder) {
                windowed(&ratio.error_ratio, decoder);
            }
        }
        Sli::Composite(_) => {}
    }
}

/// A bare selector, whose rate is taken, or an expression with a window.
fn counter(query: &Query, decoder: &mut Decoder<'_>) {
    if instant_vector(query, decoder) && selector(&query.expr).is_none() {
        windowed(query, decoder);
    }
}

/// Read as it is at each evaluation.
fn gauge(query: &Query, decoder: &mut Decoder<'_>) {
    if !instant_vector(query, decoder) {
        return;
    }
    let windows = inspect::windows(&query.expr);
    if let Some(window) = windows
        .iter()
        .find(|window| inspect::is_placeholder(window))
    {
        decoder.error_with_help(
            &codes::WINDOW,
            query.locate(window.span),
            "this is read as it is at each evaluation, so there is no window to fill in",
            "write a fixed range, such as `[5m]`",
        );
    }
}

/// The name and labels of a metric: what is read of it follows from the kind.
fn histogram(histogram: &Histogram, decoder: &mut Decoder<'_>) {
    let query = &histogram.selector;
    if selector(&query.expr).is_none_or(|selector| selector.name.is_none()) {
        decoder.error_with_help(
            &codes::TYPE_MISMATCH,
            query.locate(query.expr.span),
            "expected the name of a histogram, with matchers at most",
            "write name and labels alone: `http_request_duration_seconds{job=\"api\"}`",
        );
    }
}

/// Whether the value of the expression is a vector; reports what it is otherwise.
fn instant_vector(query: &Query, decoder: &mut Decoder<'_>) -> bool {
    let found = value_type(&query.expr);
    let help = match (&query.expr.kind, found) {
        (_, ValueType::Vector) => return true,
        (ExprKind::Range(range), _) => {
            let bare = ExprKind::Selector(range.selector.clone());
            let span = query.expr.span;
            format!(
                "leave the range out: `{}`",
                print(&Expr { kind: bare, span })
            )
        }
        (_, ValueType::Matrix) => "put a function such as `max_over_time(…)` around it".to_owned(),
        (_, ValueType::Scalar) => "`vector(…)` makes an instant vector of a number".to_owned(),
        _ => "write the name of a metric, or an expression made of metrics".to_owned(),
    };
    decoder.error_with_help(
        &codes::TYPE_MISMATCH,
        query.locate(query.expr.span),
        format!("expected an instant vector, found {}", found.described()),
        help,
    );
    false
}

/// Reports an expression that cannot be evaluated over windows of different length.
fn windowed(query: &Query, decoder: &mut Decoder<'_>) {
    let windows = inspect::windows(&query.expr);
    if windows.iter().any(|window| inspect::is_placeholder(window)) {
        return;
    }
    let fixed = windows.iter().find_map(|window| match &window.kind {
        WindowKind::Literal(_, text) => Some((window.span, text)),
        _ => None,
    });
    let message = "this is evaluated over several windows, so it needs `$window`";
    decoder.push(match fixed {
        Some((span, text)) => Diagnostic::at(
            &codes::WINDOW,
            query.locate(span),
            format!("{message}, found `{text}`"),
        )
        .with_help("write `[$window]`"),
        None => Diagnostic::at(&codes::WINDOW, query.locate(query.expr.span), message)
            .with_help(windowed_example(&query.expr)),
    });
}

/// How an expression without any window could look back over one. A selector
/// alone is a ratio here: counters may stand alone.
fn windowed_example(expr: &Expr) -> String {
    match &expr.kind {
        ExprKind::Selector(_) => format!("write `avg_over_time({}[$window])`", print(expr)),
        ExprKind::Aggregate(aggregate) if selector(&aggregate.expr).is_some() => format!(
            "take the rate of the counter first: `rate({}[$window])`",
            print(&aggregate.expr)
        ),
        _ => "for instance `sum(rate(http_requests_total[$window]))`".to_owned(),
    }
}

/// The selector that stands alone; the rules build on it.
fn selector(expr: &Expr) -> Option<&VectorSelector> {
    match &expr.kind {
        ExprKind::Selector(selector) => Some(selector),
        _ => None,
    }
}
