//! Pyrra's specs: what each of their parts means here, and that findings stand where
//! they belong. Pyrra's own specs and rules are compared in `pyrra_conformance`.
#![allow(clippy::unwrap_used, reason = "a test may panic")]
#![allow(clippy::format_push_string, reason = "texts are built once")]

use slosmith::burn;
use slosmith::diagnostic::Diagnostics;
use slosmith::duration::Duration;
use slosmith::lint;
use slosmith::promql::print;
use slosmith::rules::{Options, Rule, compile};
use slosmith::slo::{HistogramType, Latency, Period, Severity, Sli, Slo, Split, Unit};
use slosmith::source::Sources;
use slosmith::spec::load;

/// SLOs, and everything that is found, as `CODE line:column`.
struct Read {
    slos: Vec<Slo>,
    found: Vec<String>,
    /// What the findings say.
    said: Vec<String>,
}

fn read(text: &str) -> Read {
    let mut sources = Sources::default();
    let id = sources.add("spec.yaml", text);
    let mut diagnostics = Diagnostics::default();
    let slos = load(&sources, &[id], &mut diagnostics);
    for slo in &slos {
        let linted = lint::check(slo, &sources, jiff::civil::date(2026, 1, 1));
        diagnostics.extend(linted.findings);
    }
    let sorted = diagnostics.sorted();
    let found = sorted.iter().map(|finding| {
        let at = finding.primary.as_ref().unwrap().at;
        let (line, column) = sources.line_column(at.source, at.span.start);
        format!("{} {line}:{column}", finding.code.id)
    });
    let said = sorted
        .iter()
        .map(|finding| format!("{}; {}", finding.message, finding.help.as_ref().unwrap()));
    Read {
        slos,
        found: found.collect(),
        said: said.collect(),
    }
}

/// The only SLO of a spec in which nothing is found.
fn slo(text: &str) -> Slo {
    let mut read = read(text);
    assert_eq!(read.found, Vec::<String>::new(), "{text}\n{:?}", read.said);
    assert_eq!(read.slos.len(), 1);
    read.slos.pop().unwrap()
}

const RATIO: &str =
    r#"{ratio: {errors: {metric: 'x_total{code=~"5.."}'}, total: {metric: x_total}}}"#;

/// A spec of seven lines; the sixth is the indicator, the last is `more` of `spec`.
fn spec_of(target: &str, window: &str, indicator: &str, more: &str) -> String {
    format!(
        "apiVersion: pyrra.dev/v1alpha1\nkind: ServiceLevelObjective\n\
         metadata: {{name: web, namespace: shop}}\nspec:\n  \
         {{target: {target}, window: {window},\n  indicator: {indicator},\n  {more}}}\n"
    )
}

fn with(more: &str) -> String {
    spec_of("99.9", "30d", RATIO, more)
}

fn indicator(indicator: &str) -> String {
    spec_of("99.9", "30d", indicator, "")
}

fn sli(text: &str) -> Sli {
    slo(&indicator(text)).sli.value
}

/// Every rule in words.
fn rules(slo: &Slo) -> Vec<String> {
    let files = compile([slo], [slo], &Options::default());
    let groups = files.into_iter().flat_map(|file| file.groups);
    groups
        .flat_map(|group| group.rules)
        .map(|rule| match rule {
            Rule::Record {
                record,
                expr,
                labels,
            } => format!("{record} {} {labels:?}", print(&expr)),
            Rule::Alert {
                alert,
                expr,
                hold,
                labels,
                annotations,
            } => format!(
                "{alert} {} {hold:?} {labels:?} {annotations:?}",
                print(&expr)
            ),
        })
        .collect()
}

/// What a native spec says, in one SLO of `shop/web`.
fn native(keys: &str) -> Slo {
    slo(&format!(
        "apiVersion: slosmith/v1\nservice: shop\nslos:\n- {{name: web, {keys}}}\n"
    ))
}

#[test]
fn a_spec_makes_the_rules_of_its_native_counterpart() {
    let alerts = "alerts: {page: {severity: critical}, ticket: {severity: warning}, no_data: {severity: page}}";
    for (pyrra, counterpart) in [
        (
            RATIO,
            r#"sli: {events: {total: x_total, bad_where: 'code=~"5.."'}}"#,
        ),
        (
            r#"{latency: {success: {metric: 'x_seconds_bucket{a="b", le="0.25"}'}, total: {metric: 'x_seconds_count{a="b"}'}, grouping: [c]}}"#,
            r#"group_by: [c], sli: {latency: {histogram: 'x_seconds{a="b"}', threshold: 250ms}}"#,
        ),
        (
            r"{latencyNative: {latency: 1s, total: {metric: x_seconds}}}",
            r"sli: {latency: {histogram: x_seconds, threshold: 1s, type: native}}",
        ),
        (
            r#"{bool_gauge: {metric: 'up{job="a"}', grouping: [instance]}}"#,
            r#"group_by: [instance], sli: {probe: {metric: 'up{job="a"}'}}"#,
        ),
    ] {
        let expected = native(&format!("objective: 99.9, {counterpart}, {alerts}"));
        let found = slo(&indicator(pyrra));
        assert!(rules(&found).len() > 10);
        assert_eq!(rules(&found), rules(&expected), "{pyrra}");
    }
}

#[test]
fn metadata_names_the_slo_and_whose_it_is() {
    let head = "apiVersion: pyrra.dev/v1alpha1\nkind: ServiceLevelObjective\nstatus: {type: PrometheusRule}\n";
    let spec = format!("spec: {{target: '99', window: 4w, indicator: {RATIO}}}\n");
    let named = |metadata: &str| slo(&format!("{head}metadata: {{{metadata}}}\n{spec}"));
    for (metadata, id) in [
        ("name: web", "default/web"),
        ("name: web, namespace: shop", "shop/web"),
        (
            "name: web, namespace: shop, labels: {pyrra.dev/service: cart}",
            "cart/web",
        ),
        (
            "name: web, namespace: shop, labels: {pyrra.dev/service: ''}",
            "shop/web",
        ),
        ("name: 7, namespace: null, labels: null", "default/7"),
    ] {
        assert_eq!(named(metadata).id.to_string(), id, "{metadata}");
    }
    let slo = named(
        "name: web, uid: 0a1b, generation: 3, managedFields: [{manager: kubectl}], \
         labels: {pyrra.dev/team: a, pyrra.dev/tier: 1, pyrra.dev/owner: us, pyrra.dev/service: s, role: alert-rules}, \
         annotations: {pyrra.dev/runbook_url: 'https://run/web', pyrra.dev/dashboard: 'https://graf/{{ $labels.slo }}', note: private}",
    );
    let said = |(name, value): (&String, &slosmith::source::Located<String>)| {
        format!("{name}={}", value.value)
    };
    let labels: Vec<_> = slo.labels.iter().map(said).collect();
    assert_eq!(labels, ["team=a", "tier=1"]);
    assert_eq!(slo.owner.unwrap().value, "us");
    let alerting = slo.alerting;
    let annotations: Vec<_> = alerting.annotations.iter().map(said).collect();
    assert_eq!(annotations, ["dashboard=https://graf/{{ $labels.slo }}"]);
    assert_eq!(alerting.runbook_url.unwrap().value, "https://run/web");
}

#[test]
fn target_and_window_are_read_as_they_are_written() {
    for target in ["99.9", "'99.9'", "\"99.90\"", "9.99e1"] {
        let slo = slo(&spec_of(target, "30d", RATIO, ""));
        assert_eq!(slo.objective.value.to_string(), "99.9", "{target}");
    }
    for (window, days) in [("4w", 28), ("28d", 28), ("1w", 7), ("1y", 365), ("3d", 3)] {
        let slo = slo(&spec_of("99", window, RATIO, ""));
        let expected = Period::Rolling(Duration::from_days(days));
        assert_eq!(slo.period.value, expected, "{window}");
    }
    let slo = slo(&spec_of("99", "4d1h", RATIO, "description: ''"));
    let expected = Duration::from_hours(97);
    assert_eq!(slo.period.value, Period::Rolling(expected));
    assert_eq!(slo.description, None);
    let text = "description: ' Pages answer. '";
    let described = self::slo(&with(text)).description;
    assert_eq!(described.as_deref(), Some("Pages answer."));
}

#[test]
fn several_documents_are_several_slos() {
    let two = format!("{}---\n{}", with(""), with("").replace("web", "api"));
    let read = read(&two);
    let ids: Vec<_> = read.slos.iter().map(|slo| slo.id.to_string()).collect();
    assert_eq!(ids, ["shop/web", "shop/api"]);
    assert_eq!(read.found, Vec::<String>::new());
}

/// How errors are told, as it is written.
fn split(errors: &str, total: &str) -> String {
    let text =
        format!("{{ratio: {{errors: {{metric: '{errors}'}}, total: {{metric: '{total}'}}}}}}");
    let Sli::Events(events) = sli(&text) else {
        panic!("{text}");
    };
    assert_eq!(events.total.text, total);
    match events.split {
        Split::BadWhere(matchers) => format!("where {}", matchers.text),
        Split::Bad(query) => format!("bad {}", query.text),
        Split::GoodWhere(_) | Split::Good(_) => panic!("{text}"),
    }
}

#[test]
fn errors_that_narrow_the_total_are_said_by_what_narrows() {
    let all = r#"x_total{job="a", host!="b"}"#;
    for (errors, expected) in [
        (
            r#"x_total{job="a", host!="b", code=~"5.."}"#,
            r#"where code=~"5..""#,
        ),
        // The order does not matter, nor how the name is written.
        (
            r#"x_total{host!="b",code=~"5..",result!="ok",job="a"}"#,
            r#"where code=~"5..",result!="ok""#,
        ),
        (
            r#"{__name__="x_total", job="a", host!="b", code="1"}"#,
            r#"where code="1""#,
        ),
        // What stands apart stays as it is.
        (
            r#"x_total{code=~"5..",job="a",host!="b",result="no"}"#,
            r#"bad x_total{code=~"5..",job="a",host!="b",result="no"}"#,
        ),
        // Another value, one matcher too few, another metric: not a part of the total.
        (
            r#"x_total{job="c", host!="b", code=~"5.."}"#,
            r#"bad x_total{job="c", host!="b", code=~"5.."}"#,
        ),
        (
            r#"x_total{job="a", code=~"5.."}"#,
            r#"bad x_total{job="a", code=~"5.."}"#,
        ),
        (
            r#"y_total{job="a", host!="b"}"#,
            r#"bad y_total{job="a", host!="b"}"#,
        ),
    ] {
        let mut read = read(&indicator(&format!(
            "{{ratio: {{errors: {{metric: '{errors}'}}, total: {{metric: '{all}'}}}}}}"
        )));
        let Sli::Events(events) = read.slos.remove(0).sli.value else {
            panic!("{errors}");
        };
        let found = match events.split {
            Split::BadWhere(matchers) => format!("where {}", matchers.text),
            Split::Bad(query) => format!("bad {}", query.text),
            other => panic!("{other:?}"),
        };
        assert_eq!(found, expected);
    }
    assert_eq!(split("y_total", "x_total"), "bad y_total");
}

fn latency(success: &str, total: &str) -> Sli {
    sli(&format!(
        "{{latency: {{success: {{metric: '{success}'}}, total: {{metric: '{total}'}}}}}}"
    ))
}

#[test]
fn a_bucket_among_all_is_a_latency() {
    for (success, total, histogram, threshold) in [
        (
            r#"a_seconds_bucket{le="0.05"}"#,
            "a_seconds_count",
            "a_seconds",
            50,
        ),
        (
            r#"a_seconds_bucket{le="5"}"#,
            "a_seconds_count",
            "a_seconds",
            5_000,
        ),
        (
            r#"a_seconds_bucket{le="5.0"}"#,
            "a_seconds_count{}",
            "a_seconds{}",
            5_000,
        ),
        (r#"a_ms_bucket{le="400"}"#, "a_ms_count", "a_ms", 400),
        (
            r#"a_ms_bucket{le="1e+06"}"#,
            "a_ms_count",
            "a_ms",
            1_000_000,
        ),
        (
            r#"a_seconds_bucket{le="1",b="c",d=~"e.*"}"#,
            r#"a_seconds_count{d=~"e.*",b="c"}"#,
            r#"a_seconds{d=~"e.*",b="c"}"#,
            1_000,
        ),
    ] {
        let Sli::Latency(Latency {
            histogram: found,
            threshold: limit,
            errors_where: None,
        }) = latency(success, total)
        else {
            panic!("{success}");
        };
        assert_eq!(found.selector.text, histogram);
        assert_eq!(found.kind, HistogramType::Classic);
        assert_eq!(
            found.unit == Unit::Milliseconds,
            success.starts_with("a_ms")
        );
        assert_eq!(limit.value, Duration::from_millis(threshold), "{success}");
    }
}

#[test]
fn other_buckets_are_good_events() {
    for (success, total, good) in [
        // Half a millisecond is no duration of Prometheus'.
        (r#"a_seconds_bucket{le="0.0005"}"#, "a_seconds_count", None),
        // No client spells it so: the native kind would look for another bucket.
        (r#"a_seconds_bucket{le="0.50"}"#, "a_seconds_count", None),
        (
            r#"a_seconds_bucket{le="0.5",b!="c"}"#,
            "a_seconds_count",
            None,
        ),
        (
            r#"a_seconds_bucket{le="0.5"}"#,
            r#"a_seconds_bucket{le="+Inf"}"#,
            None,
        ),
        (r#"a_seconds_bucket{le="0.5"}"#, "b_seconds_count", None),
        // Pyrra looks for a whole number under both of its names.
        (
            r#"a_seconds_bucket{le="1",b!="c"}"#,
            "a_seconds_count",
            Some(r#"a_seconds_bucket{le=~"1(\\.0)?",b!="c"}"#),
        ),
    ] {
        let mut read = read(&indicator(&format!(
            "{{latency: {{success: {{metric: '{success}'}}, total: {{metric: '{total}'}}}}}}"
        )));
        let Sli::Events(events) = read.slos.remove(0).sli.value else {
            panic!("{success}");
        };
        let Split::Good(query) = events.split else {
            panic!("{success}");
        };
        assert_eq!(events.total.text, total);
        assert_eq!(query.text, good.unwrap_or(success));
    }
}

#[test]
fn groups_are_told_apart_also_by_a_label_that_slosmith_sets() {
    let by = |slo: &Slo| slo.group_labels().map(str::to_owned).collect::<Vec<_>>();
    let grouped = slo(&indicator(
        &RATIO.replace("x_total}}", "x_total}, grouping: [b, a]}"),
    ));
    assert_eq!(by(&grouped), ["a", "b"]);
    for empty in ["[]", "null"] {
        let text = RATIO.replace("x_total}}", &format!("x_total}}, grouping: {empty}}}"));
        assert!(slo(&indicator(&text)).group_by.is_empty());
    }

    let text = RATIO.replace("x_total}}", "x_total}, grouping: [method, service]}");
    let read = read(&indicator(&text));
    assert_eq!(read.found, ["IMP002 6:110"]);
    let slo = &read.slos[0];
    assert_eq!(by(slo), ["exported_service", "method"]);
    let recorded = rules(slo);
    let total = recorded
        .iter()
        .find(|rule| rule.starts_with("slo:total:rate5m"));
    assert!(
        total.unwrap().contains(
            r#"sum by (exported_service, method) (label_replace(rate(x_total[5m]), "exported_service", "$1", "service", "(.*)"))"#
        ),
        "{total:?}"
    );
    // Still narrowed within.
    let bad = recorded
        .iter()
        .find(|rule| rule.starts_with("slo:bad:rate5m"));
    assert!(bad.unwrap().contains(r#"rate(x_total{code=~"5.."}[5m])"#));
}

/// The label `severity` of pages and tickets, and whom missing data tells.
fn severities(slo: &Slo) -> (String, String, Option<Severity>) {
    let value = |severity| slo.alerting.route(severity).unwrap().severity.value.clone();
    let no_data = slo.alerting.no_data.as_ref().unwrap();
    (
        value(Severity::Page),
        value(Severity::Ticket),
        no_data.severity.as_ref().map(|severity| severity.value),
    )
}

#[test]
fn alerts_keep_their_severities_and_names() {
    let alerting = |text: &str| slo(&with(&format!("alerting: {{{text}}}")));
    let said = |page: &str, ticket: &str, no_data| (page.to_owned(), ticket.to_owned(), no_data);
    let page = Some(Severity::Page);

    // Alertmanager routes know Pyrra's values.
    let plain = slo(&with(""));
    assert_eq!(severities(&plain), said("critical", "warning", page));
    assert!(plain.alerting.pairs.is_none());
    let same = alerting("disabled: false, burnrates: true, absent: true, severities: {absent: ''}");
    assert_eq!(rules(&same), rules(&plain));

    let named = alerting("name: WebBurns, absentName: WebGone").alerting;
    assert_eq!(named.name.value, "WebBurns");
    assert_eq!(named.no_data.unwrap().name.value, "WebGone");

    let loud = alerting(
        "severities: {fastBurn: p1, mediumBurn: p1, slowBurn: p3, longTermBurn: p3, absent: p3}",
    );
    assert_eq!(severities(&loud), said("p1", "p3", None));
    assert!(loud.alerting.pairs.is_none());
    let text = rules(&loud).concat();
    assert!(text.contains("p1") && !text.contains("critical"));
    let quiet = alerting("absent: false").alerting;
    assert!(quiet.no_data.is_none() && quiet.page.is_some());
    for off in [
        "disabled: true",
        "burnrates: false, absent: false",
        "disabled: true, name: A",
    ] {
        let off = alerting(off).alerting;
        assert!(off.page.is_none() && off.ticket.is_none() && off.no_data.is_none());
    }
}

/// Whom the default windows of the period tell: `page 1h`.
fn told(slo: &Slo) -> Vec<String> {
    let pairs = burn::pairs(slo);
    pairs
        .iter()
        .map(|pair| {
            let factor = pair.factor.normalize();
            format!(
                "{} {} {factor}",
                pair.severity.name(),
                pair.long.single_unit()
            )
        })
        .collect()
}

#[test]
fn two_severities_are_pages_and_tickets_whatever_the_tier() {
    let usual = ["page 1h 14.4", "page 6h 6", "ticket 1d 3", "ticket 3d 1"];
    assert_eq!(told(&slo(&with(""))), usual);
    let with_severities = |window: &str, text: &str| {
        spec_of(
            "99.9",
            window,
            RATIO,
            &format!("alerting: {{severities: {{{text}}}}}"),
        )
    };
    for window in ["30d", "4w"] {
        let only_fast = slo(&with_severities(window, "mediumBurn: warning"));
        let expected = ["page 1h 14.4", "ticket 6h 6", "ticket 1d 3", "ticket 3d 1"];
        assert_eq!(told(&only_fast), expected, "{window}");
    }
    let but_long = slo(&with_severities("30d", "slowBurn: critical"));
    assert_eq!(
        told(&but_long),
        ["page 1h 14.4", "page 6h 6", "page 1d 3", "ticket 3d 1"]
    );
    let (page, ticket, _) = severities(&but_long);
    assert_eq!((&*page, &*ticket), ("critical", "warning"));
    let one = slo(&with_severities(
        "30d",
        "slowBurn: critical, longTermBurn: critical",
    ));
    assert_eq!(told(&one), usual);
    // A third has no route of its own.
    let read = read(&with_severities(
        "30d",
        "mediumBurn: high, longTermBurn: low, absent: lost",
    ));
    assert_eq!(read.found, ["IMP002 7:39", "IMP002 7:59", "IMP002 7:72"]);
    assert_eq!(
        read.said[0],
        "alerts have two severities here, `critical` and `warning`: `high` is read as `critical`; \
         write `critical` or `warning`"
    );
    assert_eq!(told(&read.slos[0]), usual);
}

#[test]
fn alerts_that_never_fire_in_pyrra_are_named() {
    let found = |target: &str, window: &str| read(&spec_of(target, window, RATIO, "")).found;
    for (target, expected) in [
        ("92.9", 0),
        ("92.8", 1),
        ("85.8", 1),
        ("85.7", 2),
        ("50.1", 2),
        ("50", 3),
        ("5", 3),
    ] {
        let found = found(target, "4w");
        assert_eq!(found, vec!["IMP004 5:12"; expected], "{target}");
    }
    for (window, expected) in [("1d", 1), ("2d", 1), ("67h", 1), ("68h", 0), ("3d", 0)] {
        let found = found("99.9", window);
        assert_eq!(found, vec!["IMP004 5:26"; expected], "{window}");
    }
    let read = read(&spec_of("90", "4w", RATIO, ""));
    assert_eq!(
        read.said,
        [
            "Pyrra's alert over 1h and 5m can never fire at an objective of 90 %: it asks for 140 % errors; \
          it can from an objective above 92.858 % on; here a page is raised above 80 % errors over 1h and 5m, \
          or 60 % errors over 6h and 30m"
        ]
    );
    // What is off fires nowhere.
    let off = with("alerting: {disabled: true}").replace("99.9", "50");
    assert_eq!(self::read(&off).found, Vec::<String>::new());
}

#[test]
fn what_has_no_counterpart_is_said() {
    for (more, expected) in [
        ("partial_response_strategy: warn", vec!["IMP001 7:3"]),
        ("partial_response_strategy: abort", vec!["IMP001 7:3"]),
        ("partial_response_strategy: ''", vec![]),
        ("partial_response_strategy: stop", vec!["SPEC013 7:30"]),
        ("performanceOverAccuracy: true", vec!["IMP001 7:3"]),
        ("performanceOverAccuracy: false", vec![]),
        (
            "ruleOutput: {shortRulesLabels: {a: b}, longRulesLabels: {c: d}, enableDescriptionAsLabel: true}",
            vec!["IMP001 7:16", "IMP001 7:42", "IMP001 7:67"],
        ),
        ("ruleOutput: {enableDescriptionAsLabel: false}", vec![]),
        ("alerting: {burnrates: false}", vec!["IMP001 7:25"]),
    ] {
        let read = read(&with(more));
        assert_eq!(read.found, expected, "{more}");
        assert_eq!(
            read.slos.len(),
            usize::from(!more.contains("stop")),
            "{more}"
        );
    }
    let labelled = with("").replace(
        "namespace: shop",
        "labels: {pyrra.dev/severity: a, pyrra.dev/period: b}",
    );
    assert_eq!(read(&labelled).found, ["IMP001 3:32", "IMP001 3:55"]);
}

/// What is found, and where.
type Mistake = (String, Vec<&'static str>);

/// Each of these is found where it is.
fn found_where_they_are(mistakes: &[Mistake]) {
    let mut wrong = String::new();
    for (text, expected) in mistakes {
        let read = read(text);
        if read.found != *expected {
            wrong += &format!("{text}{:?}: {:?}\n", read.found, read.said);
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn mistakes_in_target_and_window_are_found() {
    found_where_they_are(&[
        (spec_of("100", "4w", RATIO, ""), vec!["SLO001 5:12"]),
        (spec_of("'100'", "4w", RATIO, ""), vec!["SLO001 5:12"]),
        (spec_of("0.999", "4w", RATIO, ""), vec!["SLO002 5:12"]),
        (spec_of("99.9%", "4w", RATIO, ""), vec!["SPEC002 5:12"]),
        (spec_of("[99]", "4w", RATIO, ""), vec!["SPEC002 5:13"]),
        (spec_of("null", "4w", RATIO, ""), vec!["SPEC003 5:4"]),
        (spec_of("99", "1m", RATIO, ""), vec!["SLO004 5:24"]),
        (spec_of("99", "23h", RATIO, ""), vec!["SLO004 5:24"]),
        (spec_of("99", "366d", RATIO, ""), vec!["SLO004 5:24"]),
        (spec_of("99", "25h30m", RATIO, ""), vec!["SLO004 5:24"]),
        (spec_of("99", "30", RATIO, ""), vec!["SPEC002 5:24"]),
        (spec_of("99", "4 weeks", RATIO, ""), vec!["SPEC013 5:24"]),
        (
            spec_of("99", "{calendar: month}", RATIO, ""),
            vec!["SPEC002 5:25"],
        ),
        (spec_of("99", "null", RATIO, ""), vec!["SPEC003 5:4"]),
    ]);
}

#[test]
fn mistakes_in_the_indicator_are_found() {
    let total = "total: {metric: x_total}";
    let ratio = |errors: &str, total: &str| {
        format!("{{ratio: {{errors: {{metric: '{errors}'}}, total: {{metric: '{total}'}}}}}}")
    };
    let bucket = |matchers: &str| {
        format!(
            "{{latency: {{success: {{metric: 'a_bucket{matchers}'}}, total: {{metric: a_count}}}}}}"
        )
    };
    found_where_they_are(&[
        (indicator("{}"), vec!["SPEC003 6:14"]),
        (indicator("null"), vec!["SPEC003 5:4"]),
        (
            indicator(&format!(
                "{{ratio: {{errors: {{metric: a}}, {total}}}, bool_gauge: {{metric: up}}}}"
            )),
            vec!["SPEC015 6:71"],
        ),
        (
            indicator("{latency: {}}"),
            vec!["SPEC003 6:24", "SPEC003 6:24"],
        ),
        (
            indicator("{ratio: {errors: {metric: a}, totl: {metric: b}}}"),
            vec!["SPEC001 6:44"],
        ),
        (
            indicator(&ratio("sum(x_total)", "x_total")),
            vec!["PQL002 6:41"],
        ),
        (
            indicator(&ratio("x_total > 0", "x_total[5m]")),
            vec!["PQL002 6:41", "PQL002 6:73"],
        ),
        (
            indicator(&ratio("x_total offset 5m", "x_total")),
            vec!["PQL002 6:41"],
        ),
        (
            indicator(&ratio("x_total{", "x_total")),
            vec!["PQL001 6:49"],
        ),
        (indicator(&bucket("")), vec!["SPEC013 6:44"]),
        (
            indicator(&bucket(r#"{b="c",le="fast"}"#)),
            vec!["SPEC013 6:59"],
        ),
        (indicator(&bucket(r#"{le=~"1|2"}"#)), vec!["SPEC013 6:53"]),
        (
            indicator(&bucket(r#"{le="1",le="2"}"#)),
            vec!["SPEC013 6:60"],
        ),
        (
            indicator("{latencyNative: {latency: 1, total: {metric: a_seconds}}}"),
            vec!["SPEC002 6:40"],
        ),
        (
            indicator(
                "{latencyNative: {latency: 1s, total: {metric: a_seconds}, grouping: [slo]}}",
            ),
            vec!["SLO009 6:83"],
        ),
        (
            indicator("{bool_gauge: {metric: 'up == 1'}}"),
            vec!["PQL002 6:37"],
        ),
        (
            indicator("{bool_gauge: {metric: up, grouping: job}}"),
            vec!["SPEC002 6:50"],
        ),
    ]);
}

#[test]
fn mistakes_in_keys_and_metadata_are_found() {
    found_where_they_are(&[
        // Pyrra parses strictly.
        (with("windw: 4w"), vec!["SPEC001 7:3"]),
        (with("alerting: {absence: false}"), vec!["SPEC001 7:14"]),
        (with("alerting: {absent: maybe}"), vec!["SPEC002 7:22"]),
        (
            with("alerting: {severities: {fast: a}}"),
            vec!["SPEC001 7:27"],
        ),
        (with("alerting: []"), vec!["SPEC002 7:13"]),
        // The resource.
        (with("").replace("name: web, ", ""), vec!["SPEC003 3:12"]),
        (
            with("").replace("name: web", "name: ''"),
            vec!["SPEC014 3:18"],
        ),
        (
            with("").replace("name: web", "nam: web"),
            vec!["SPEC001 3:12"],
        ),
        (
            with("").replace("namespace: shop", "labels: {pyrra.dev/a-b: c}"),
            vec!["SLO008 3:32"],
        ),
        (
            with("").replace("namespace: shop", "labels: [a]"),
            vec!["SPEC002 3:32"],
        ),
    ]);
}

/// What is wrong with the parts of a selector is shown where they stand, also in a
/// selector that is made of parts of the spec.
#[test]
fn findings_in_made_selectors_stand_in_the_file() {
    // `5xx` matches no status; the histogram is written without `_count` here.
    let text = indicator(
        r#"{latency: {success: {metric: 'a_seconds_bucket{code!~"5xx",le="1"}'}, total: {metric: 'a_seconds_count{code!~"5xx"}'}}}"#,
    );
    let line = text.lines().nth(5).unwrap();
    let total = line.rfind("5xx").unwrap();
    let found = read(&text).found;
    assert_eq!(found.len(), 1);
    let column: usize = found[0].rsplit(':').next().unwrap().parse().unwrap();
    assert!(found[0].starts_with("SLI"), "{found:?}");
    // The matcher, or its value.
    assert!(
        (total - 6..=total + 1).contains(&(column - 1)),
        "{found:?} {total}"
    );
    let text = indicator(
        r#"{ratio: {errors: {metric: 'x_total{a="b",code=~"5xx"}'}, total: {metric: 'x_total{a="b"}'}}}"#,
    );
    let line = text.lines().nth(5).unwrap();
    let matcher = line.find("code=").unwrap();
    let found = read(&text).found;
    let column: usize = found[0].rsplit(':').next().unwrap().parse().unwrap();
    assert!(
        (matcher..=matcher + 7).contains(&(column - 1)),
        "{found:?} {matcher}"
    );
}
