//! Syntax that not every Prometheus from 2.42 on understands.

use super::queries::{Written, written};
use crate::diagnostic::{Code, Diagnostic, codes::promql};
use crate::promql::ast::{
    AtModifier, BinaryExpr, BinaryOp, Expr, ExprKind, Ident, Modifiers, VectorSelector, Window,
    WindowKind,
};
use crate::promql::functions::{function, is_experimental_aggregation};
use crate::promql::{inspect, symbol};
use crate::slo::Slo;
use crate::source::Span;

const EXPERIMENTAL: &str = "promql-experimental-functions";
const NATIVE: &str = "native-histograms";

/// Functions that newer servers have, without a flag.
const SINCE: [(&str, &str); 3] = [
    ("histogram_avg", "2.51"),
    ("histogram_stddev", "2.49"),
    ("histogram_stdvar", "2.49"),
];

/// Functions of native histograms, which older servers only keep on demand.
const OF_NATIVE: [&str; 3] = ["histogram_count", "histogram_fraction", "histogram_sum"];

/// What a server needs to understand a part of an expression.
enum Needs {
    Flag(&'static str),
    Version(&'static str),
}

/// PQL004: needs a feature flag. PQL005: needs a newer server.
pub(super) fn check(slo: &Slo, findings: &mut Vec<Diagnostic>) {
    for written in written(&slo.sli.value) {
        inspect::walk(&written.query.expr, &mut |node, _| {
            for (what, span, needs) in needs(node) {
                findings.push(finding(&written, &what, span, &needs));
            }
        });
    }
}

fn finding(written: &Written<'_>, what: &str, span: Span, needs: &Needs) -> Diagnostic {
    let (code, message, help): (&'static Code, String, String) = match needs {
        Needs::Flag(NATIVE) => (
            &promql::NEEDS_FLAG,
            format!(
                "{what} reads native histograms, which Prometheus before 3.8 only keeps with a flag"
            ),
            format!("start Prometheus with `--enable-feature={NATIVE}`"),
        ),
        Needs::Flag(flag) => (
            &promql::NEEDS_FLAG,
            format!("{what} is experimental: Prometheus refuses it without a flag"),
            format!("start Prometheus with `--enable-feature={flag}`, or do without"),
        ),
        Needs::Version(version) => (
            &promql::NEEDS_VERSION,
            format!("{what} needs Prometheus {version} or later; the rules are made for 2.42"),
            format!("accept this finding under `ignore` if every server is {version} or later"),
        ),
    };
    written.finding(code, span, message).with_help(help)
}

type Need = (String, Span, Needs);

fn needs(node: &Expr) -> Vec<Need> {
    match &node.kind {
        ExprKind::Number(number) => is_duration(&number.text)
            .then(|| {
                let what = format!("the duration `{}` as a number", number.text);
                (what, node.span, Needs::Version("2.54"))
            })
            .into_iter()
            .collect(),
        ExprKind::Call(call) => of_function(&call.func).into_iter().collect(),
        ExprKind::Aggregate(aggregate) => {
            let labels = aggregate.grouping.iter().flat_map(|by| &by.labels);
            is_experimental_aggregation(&aggregate.op.name)
                .then(|| named(&aggregate.op, Needs::Flag(EXPERIMENTAL)))
                .into_iter()
                .chain(quoted(labels))
                .collect()
        }
        ExprKind::Binary(binary) => of_binary(binary),
        ExprKind::Selector(selector) => of_selector(selector, node.span),
        ExprKind::Range(range) => {
            let mut needs = of_selector(&range.selector, node.span);
            needs.extend(of_window(&range.range));
            needs
        }
        ExprKind::Subquery(subquery) => {
            let mut needs: Vec<_> = of_window(&subquery.range).into_iter().collect();
            needs.extend(subquery.step.as_ref().and_then(of_window));
            needs.extend(of_modifiers(&subquery.modifiers, node.span));
            needs
        }
        ExprKind::String(_) | ExprKind::Paren(_) | ExprKind::Unary(..) => Vec::new(),
    }
}

fn named(ident: &Ident, needs: Needs) -> Need {
    (format!("`{}`", ident.name), ident.span, needs)
}

fn of_function(func: &Ident) -> Option<Need> {
    let name = func.name.as_str();
    if function(name).is_some_and(|function| function.experimental) {
        return Some(named(func, Needs::Flag(EXPERIMENTAL)));
    }
    if OF_NATIVE.contains(&name) {
        return Some(named(func, Needs::Flag(NATIVE)));
    }
    let (_, version) = SINCE.iter().find(|(newer, _)| *newer == name)?;
    Some(named(func, Needs::Version(version)))
}

fn of_binary(binary: &BinaryExpr) -> Vec<Need> {
    let mut needs = Vec::new();
    if matches!(binary.op, BinaryOp::TrimLower | BinaryOp::TrimUpper) {
        let what = format!("`{}`", symbol(binary.op));
        needs.push((what, binary.op_span, Needs::Version("3.10")));
    }
    if let Some(matching) = &binary.matching {
        let included = matching.group.iter().flat_map(|group| &group.include);
        needs.extend(quoted(matching.labels.iter().chain(included)));
        needs.extend(matching.fill.first().map(|(_, value)| {
            let flag = Needs::Flag("promql-binop-fill-modifiers");
            ("`fill`".to_owned(), value.span, flag)
        }));
    }
    needs
}

/// The first name in quotes, which may hold any characters.
fn quoted<'a>(mut names: impl Iterator<Item = &'a Ident>) -> Option<Need> {
    let quoted = names.find(|ident| ident.span.end - ident.span.start != ident.name.len())?;
    let what = format!("the quoted name `{}`", quoted.name);
    Some((what, quoted.span, Needs::Version("3.0")))
}

fn of_selector(selector: &VectorSelector, span: Span) -> Vec<Need> {
    let labels = selector.matchers.iter().map(|matcher| &matcher.label);
    quoted(selector.name.iter().chain(labels))
        .into_iter()
        .chain(of_modifiers(&selector.modifiers, span))
        .collect()
}

fn of_modifiers(modifiers: &Modifiers, span: Span) -> Vec<Need> {
    let extended = modifiers.extended.map(|_| {
        let flag = Needs::Flag("promql-extended-range-selectors");
        ("`anchored` or `smoothed`".to_owned(), span, flag)
    });
    let offset = modifiers
        .offset
        .as_ref()
        .and_then(|offset| of_window(&offset.window));
    let at = match &modifiers.at {
        Some(AtModifier::Timestamp(number)) if is_duration(number.text.trim_start_matches('-')) => {
            let what = format!("the duration `{}` as a time", number.text);
            Some((what, span, Needs::Version("2.54")))
        }
        _ => None,
    };
    extended.into_iter().chain(offset).chain(at).collect()
}

fn of_window(window: &Window) -> Option<Need> {
    match &window.kind {
        WindowKind::Placeholder(_) => None,
        WindowKind::Expr(_) => Some((
            "arithmetic with durations".to_owned(),
            window.span,
            Needs::Flag("promql-duration-expr"),
        )),
        WindowKind::Literal(_, text) => (!is_duration(text)).then(|| {
            let what = format!("the duration `{text}` without a unit");
            (what, window.span, Needs::Version("2.54"))
        }),
    }
}

/// Whether a number is written with units.
fn is_duration(text: &str) -> bool {
    text != "0" && crate::duration::Duration::parse(text).is_ok()
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::{codes, gauge};

    #[test]
    fn names_what_needs_a_flag() {
        for (text, at) in [
            ("mad_over_time(lag[5m])", "mad_over_time"),
            ("sort_by_label(lag, \"a\")", "sort_by_label"),
            ("limitk(3, lag)", "limitk"),
            ("histogram_count(lag)", "histogram_count"),
            ("max_over_time(lag[5m * 2])", "5m * 2"),
            ("changes(lag[5m] anchored)", "lag[5m] anchored"),
            ("lag + fill(0) backlog", "0"),
        ] {
            assert_eq!(codes(&gauge(text)), [format!("PQL004 {at}")], "{text}");
        }
    }

    #[test]
    fn names_what_needs_a_newer_server() {
        for (text, at) in [
            ("histogram_avg(lag)", "histogram_avg"),
            ("{\"my.lag\"}", "\"my.lag\""),
            ("max_over_time(lag[300])", "300"),
            ("lag - 5m", "5m"),
            ("lag @ 2m", "lag @ 2m"),
            ("sum by (\"my.label\") (lag)", "\"my.label\""),
            ("lag + on (\"my.label\") lag", "\"my.label\""),
        ] {
            assert_eq!(codes(&gauge(text)), [format!("PQL005 {at}")], "{text}");
        }
    }

    #[test]
    fn takes_what_every_server_understands() {
        for fine in [
            "lag offset -5m",
            "lag @ end()",
            "max_over_time(lag[1h30m])",
            "max_over_time(lag[1h:])",
            "lag atan2 lag",
            "lag * 0x10",
            "clamp_max(lag, Inf)",
        ] {
            assert!(codes(&gauge(fine)).is_empty(), "{fine}");
        }
    }
}
