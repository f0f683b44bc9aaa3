//! `--match` and `--label`: what a run adds to all rules.

use crate::cli::Specs;
use crate::diagnostic::{Diagnostic, Diagnostics, codes::output as codes};
use crate::promql::ast::Matcher;
use crate::promql::{self, rewrite};
use crate::rules::{Layout, Options, sloth};
use crate::slo::{Freshness, INFO_LABELS, OWN_LABELS, Query, Sli, Slo, Split};
use crate::source::{SourceSpan, Sources, Span};

/// `key=value` of a resource label.
pub(super) fn pair(text: &str) -> Result<(String, String), String> {
    let (key, value) = text
        .split_once('=')
        .ok_or_else(|| format!("expected KEY=VALUE, found `{text}`"))?;
    if key.is_empty() {
        return Err(format!("expected a key before `=`, found `{text}`"));
    }
    Ok((key.to_owned(), value.to_owned()))
}

/// Adds the matchers to every selector of the model, and returns what the rules of a
/// layout are to be given besides. What is wrong with an option is a finding that
/// points into it.
pub(in crate::cli) fn apply(
    matchers: &[String],
    labels: &[String],
    layout: Layout,
    specs: &mut Specs,
    findings: &mut Diagnostics,
) -> Options {
    let all = self::matchers("--match", matchers, &mut specs.sources, findings);
    if !all.is_empty() {
        for slo in &mut specs.slos {
            for query in queries(&mut slo.sli.value) {
                query.expr = rewrite::add_matchers(&query.expr, &all);
            }
        }
    }
    let mut options = Options {
        layout,
        ..Options::default()
    };
    for text in labels {
        match parse_label(text, specs, &options) {
            Ok((key, value)) => drop(options.labels.insert(key, value)),
            Err(finding) => findings.push(*finding),
        }
    }
    options
}

/// The matchers that an option gives; what is wrong with them is a finding that points
/// into it.
pub(in crate::cli) fn matchers(
    option: &str,
    texts: &[String],
    sources: &mut Sources,
    findings: &mut Diagnostics,
) -> Vec<Matcher> {
    let mut all = Vec::new();
    for text in texts {
        match parse_matchers(option, text, sources) {
            Ok(parsed) => all.extend(parsed),
            Err(finding) => findings.push(*finding),
        }
    }
    all
}

fn parse_matchers(
    option: &str,
    text: &str,
    sources: &mut Sources,
) -> Result<Vec<Matcher>, Box<Diagnostic>> {
    let source = sources.add(option, text);
    let at = |span| SourceSpan::new(source, span);
    let matchers = promql::parse_matchers(text).map_err(|error| {
        let mut finding = Diagnostic::at(&codes::BAD_OPTION, at(error.span), error.message);
        finding.help = error.help;
        Box::new(finding)
    })?;
    match matchers.iter().find(|m| m.label.name == "__name__") {
        None => Ok(matchers),
        Some(matcher) => Err(Box::new(
            Diagnostic::at(
                &codes::BAD_OPTION,
                at(matcher.span),
                "a matcher on the metric name cannot be added to every selector",
            )
            .with_help("match a label that all metrics carry, such as `env=\"prod\"`"),
        )),
    }
}

fn parse_label(
    text: &str,
    specs: &mut Specs,
    known: &Options,
) -> Result<(String, String), Box<Diagnostic>> {
    let source = specs.sources.add("--label", text);
    let bad = |length, message: String, help: &str| {
        let at = SourceSpan::new(source, Span::new(0, length));
        Box::new(Diagnostic::at(&codes::BAD_OPTION, at, message).with_help(help))
    };
    let Some((key, value)) = text.split_once('=') else {
        let message = format!("expected KEY=VALUE, found `{text}`");
        return Err(bad(text.len(), message, "write `--label team=payments`"));
    };
    let refuse = |message: String, help: &str| Err(bad(key.len(), message, help));
    if !is_label_name(key) {
        let help = "a label name has letters, digits and `_`, does not begin with a digit, \
                    and not with `__`";
        return refuse(format!("`{key}` is no label name"), help);
    }
    let is_of_layout = known.layout == Layout::Sloth && sloth::OWN_LABELS.contains(&key);
    let is_own = OWN_LABELS.contains(&key) || INFO_LABELS.contains(&key);
    if key == "alertname" || is_own || is_of_layout {
        return refuse(
            format!("the rules set the label `{key}` themselves"),
            "use another name",
        );
    }
    if known.labels.contains_key(key) {
        return refuse(
            format!("the label `{key}` is given twice"),
            "leave one of them out",
        );
    }
    if let Some(slo) = specs.slos.iter().find(|slo| uses(slo, key)) {
        return refuse(
            format!("{} groups by the label `{key}` or sets it itself", slo.id),
            "use another name",
        );
    }
    Ok((key.to_owned(), value.to_owned()))
}

fn is_label_name(text: &str) -> bool {
    let mut chars = text.chars();
    chars
        .next()
        .is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !text.starts_with("__")
}

/// Whether an SLO has a label of this name by its own spec.
fn uses(slo: &Slo, label: &str) -> bool {
    let routes = [&slo.alerting.page, &slo.alerting.ticket];
    slo.group_labels().any(|group| group == label)
        || slo.labels.contains_key(label)
        || slo.alerting.labels.contains_key(label)
        || routes
            .into_iter()
            .flatten()
            .any(|route| route.labels.contains_key(label))
}

/// Every expression of an SLI.
fn queries(sli: &mut Sli) -> Vec<&mut Query> {
    match sli {
        Sli::Events(events) => {
            let part = match &mut events.split {
                Split::Bad(query) | Split::Good(query) => Some(query),
                Split::BadWhere(_) | Split::GoodWhere(_) => None,
            };
            [Some(&mut events.total), part]
                .into_iter()
                .flatten()
                .collect()
        }
        Sli::Latency(latency) => vec![&mut latency.histogram.selector],
        Sli::Satisfaction(satisfaction) => vec![&mut satisfaction.histogram.selector],
        Sli::Freshness(Freshness::Timestamp { timestamp, .. }) => vec![timestamp],
        Sli::Freshness(Freshness::Age { age, .. }) => vec![age],
        Sli::Freshness(Freshness::Histogram { histogram, .. }) => vec![&mut histogram.selector],
        Sli::Probe(query) => vec![query],
        Sli::Threshold(threshold) => vec![&mut threshold.expr],
        Sli::Ratio(ratio) => vec![&mut ratio.error_ratio],
        Sli::Composite(_) => Vec::new(),
    }
}
