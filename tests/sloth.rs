//! Sloth's specs: what each of their parts means here, and that findings stand where
//! they belong. Sloth's own inputs and outputs are compared in `sloth_conformance`.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use slosmith::burn;
use slosmith::diagnostic::Diagnostics;
use slosmith::duration::Duration;
use slosmith::lint;
use slosmith::promql::print;
use slosmith::rules::{Options as RuleOptions, Rule, compile};
use slosmith::slo::{Sli, Slo, Split};
use slosmith::source::Sources;
use slosmith::spec::{Options, load_with};

/// SLOs, and everything that is found, as `CODE line:column`.
struct Read {
    slos: Vec<Slo>,
    found: Vec<String>,
}

#[derive(Default)]
struct Around<'a> {
    period: Option<&'a str>,
    windows: &'a [&'a str],
}

fn read_with(text: &str, around: &Around<'_>) -> Read {
    let mut sources = Sources::default();
    let id = sources.add("spec.yaml", text);
    let options = Options {
        default_period: around
            .period
            .map(|period| sources.add("--default-slo-period", period)),
        windows: around
            .windows
            .iter()
            .map(|text| sources.add("windows.yaml", *text))
            .collect(),
        ..Options::default()
    };
    let mut diagnostics = Diagnostics::default();
    let slos = load_with(&sources, &[id], &options, &mut diagnostics).slos;
    for slo in &slos {
        let linted = lint::check(slo, &sources, jiff::civil::date(2026, 1, 1));
        diagnostics.extend(linted.findings);
    }
    let found = diagnostics
        .sorted()
        .iter()
        .map(|finding| {
            let at = finding.primary.as_ref().unwrap().at;
            let (line, column) = sources.line_column(at.source, at.span.start);
            let file = &sources.get(at.source).name;
            let file = if file == "spec.yaml" { "" } else { file };
            format!("{} {file}{line}:{column}", finding.code.id)
        })
        .collect();
    Read { slos, found }
}

fn read(text: &str) -> Read {
    read_with(text, &Around::default())
}

/// The only SLO of a spec in which nothing is found.
fn slo(text: &str) -> Slo {
    let mut read = read(text);
    assert_eq!(read.found, Vec::<String>::new());
    assert_eq!(read.slos.len(), 1);
    read.slos.pop().unwrap()
}

const EVENTS: &str = r#"{events: {error_query: 'sum(rate(x_total{code=~"5.."}[{{.window}}]))', total_query: 'sum(rate(x_total[{{.window}}]))'}}"#;

/// A spec with one SLO; `more` are further lines of it, in flow style.
fn spec(objective: &str, sli: &str, more: &str) -> String {
    format!(
        "version: prometheus/v1\nservice: shop\nslos:\n- {{name: web, objective: {objective}, sli: {sli}, {more}}}\n"
    )
}

fn with_alerts(alerting: &str) -> String {
    spec("99.9", EVENTS, &format!("alerting: {{{alerting}}}"))
}

fn sli(sli: &str) -> Slo {
    slo(&spec("99.9", sli, "alerting: {name: A}"))
}

/// A rule in words.
fn described(rule: Rule) -> String {
    match rule {
        Rule::Record {
            record,
            expr,
            labels,
        } => format!("{record} {} {labels:?}", print(&expr)),
        Rule::Alert {
            alert,
            expr,
            labels,
            annotations,
            ..
        } => format!("{alert} {} {labels:?} {annotations:?}", print(&expr)),
    }
}

/// Name, expression and labels.
type Alert = (String, String, Vec<(String, String)>);

/// Each alert in the native layout.
fn alerts(slo: &Slo) -> Vec<Alert> {
    let files = compile([slo], [slo], &RuleOptions::default());
    let rules = files.into_iter().flat_map(|file| file.groups);
    rules
        .flat_map(|group| group.rules)
        .filter_map(|rule| match rule {
            Rule::Alert {
                alert,
                expr,
                labels,
                ..
            } => Some((alert, print(&expr), labels.into_iter().collect())),
            Rule::Record { .. } => None,
        })
        .collect()
}

fn recorded(slo: &Slo, name: &str) -> String {
    let files = compile([slo], [slo], &RuleOptions::default());
    files
        .into_iter()
        .flat_map(|file| file.groups)
        .flat_map(|group| group.rules)
        .find_map(|rule| match rule {
            Rule::Record { record, expr, .. } if record == name => Some(print(&expr)),
            _ => None,
        })
        .unwrap()
}

fn label<'a>(labels: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let found = labels.iter().find(|(other, _)| other == name);
    found.map(|(_, value)| value.as_str())
}

#[test]
fn both_spellings_say_the_same() {
    let snake = r#"version: prometheus/v1
service: shop
labels: {owner: web-team, tier: 2, beta: yes}
slos:
- name: web
  objective: 99.9
  description: Pages answer.
  labels: {tier: 0.20}
  sli:
    events:
      error_query: sum(rate(x_total{result="error"}[{{.window}}]))
      total_query: sum(rate(x_total[{{ .window }}]))
  alerting:
    name: ShopWeb
    labels: {category: availability, severity: loud}
    page_alert: {labels: {routing_key: a}}
    ticket_alert: {disable: true}
"#;
    let camel = format!(
        "apiVersion: sloth.slok.dev/v1\nkind: PrometheusServiceLevel\nmetadata: {{name: n, any: thing}}\nspec:\n  {}",
        snake
            .trim_start_matches("version: prometheus/v1\n")
            .replace('\n', "\n  ")
            .replace("error_query", "errorQuery")
            .replace("total_query", "totalQuery")
            .replace("page_alert", "pageAlert")
            .replace("ticket_alert", "ticketAlert")
    );
    let [one, other] = [slo(snake), slo(&camel)];
    let said = |slo: &Slo| -> Vec<String> {
        let files = compile([slo], [slo], &RuleOptions::default());
        let rules = files.into_iter().flat_map(|file| file.groups);
        let rules = rules.flat_map(|group| group.rules);
        rules.map(described).collect()
    };
    assert!(said(&one).len() > 10);
    assert_eq!(said(&one), said(&other));
    for slo in [&one, &other] {
        assert_eq!(slo.id.to_string(), "shop/web");
        assert_eq!(slo.objective.value.to_string(), "99.9");
        assert_eq!(slo.description.as_deref(), Some("Pages answer."));
        assert_eq!(slo.owner.as_ref().unwrap().value, "web-team");
        // As Go reads them: a number and a YAML 1.1 boolean where a text is expected.
        assert_eq!(slo.labels["tier"].value, "0.2");
        assert_eq!(slo.labels["beta"].value, "true");
        assert!(slo.alerting.ticket.is_none());
        let page = slo.alerting.page.as_ref().unwrap();
        assert_eq!(page.severity.value, "loud");
        assert_eq!(page.labels["routing_key"].value, "a");
        assert_eq!(slo.alerting.labels["category"].value, "availability");
        let [burn, ..] = &alerts(slo)[..] else {
            panic!("no alerts");
        };
        assert_eq!(burn.0, "ShopWeb");
        assert_eq!(label(&burn.2, "severity"), Some("loud"));
    }
}

#[test]
fn several_documents_are_several_groups() {
    let one = with_alerts("name: A");
    let two = one.replace("service: shop", "service: other");
    assert_eq!(read(&format!("---\n{one}---\n{two}")).slos.len(), 2);
}

#[test]
fn events_are_counted_as_they_are_written() {
    let slo = sli(EVENTS);
    assert!(matches!(slo.sli.value, Sli::Events(_)));
    assert_eq!(recorded(&slo, "slo:total:rate5m"), "sum(rate(x_total[5m]))");
}

/// A ratio of counters weighs events: Sloth divides anew over each window.
#[test]
fn raw_ratios_of_counters_count_events() {
    let raw = |query: &str| sli(&format!("{{raw: {{error_ratio_query: '{query}'}}}}"));
    let total = "sum(rate(x_total[{{.window}}]))";
    let part = r#"sum(rate(x_total{result="error"}[{{.window}}]))"#;
    for (query, is_bad) in [
        (format!("{part} / {total}"), true),
        (format!("1 - {part} / {total}"), false),
        (format!("({total} - {part}) / {total}"), false),
    ] {
        let slo = raw(&query);
        let Sli::Events(events) = &slo.sli.value else {
            panic!("{query}");
        };
        assert_eq!(events.total.text, total, "{query}");
        match &events.split {
            Split::Bad(bad) if is_bad => assert_eq!(bad.text, part),
            Split::Good(good) if !is_bad => assert_eq!(good.text, part),
            other => panic!("{query}: {other:?}"),
        }
    }
    for query in [
        "max(max_over_time(shop:error_ratio[{{.window}}]))",
        "1 - sum(sum_over_time(x[{{.window}}])) / sum(count_over_time(x[{{.window}}]))",
    ] {
        let slo = raw(query);
        let Sli::Ratio(ratio) = &slo.sli.value else {
            panic!("{query}");
        };
        assert_eq!(ratio.error_ratio.text, query);
    }
}

#[test]
fn raw_ratios_whose_sides_have_other_labels_stay_ratios() {
    let query = "sum by (path) (rate(x_total[{{.window}}])) / sum(rate(y_total[{{.window}}]))";
    let sli = format!("{{raw: {{error_ratio_query: '{query}'}}}}");
    let read = read(&spec("99.9", &sli, "alerting: {name: A}"));
    assert!(matches!(&read.slos[0].sli.value, Sli::Ratio(_)));
    assert!(!read.found.is_empty());
}

#[test]
fn labels_that_queries_keep_are_groups() {
    let by = |bad: &str, total: &str| {
        let sli = format!(
            "{{events: {{error_query: 'sum {bad} (rate(x_total{{result=\"error\"}}[{{{{.window}}}}]))', total_query: 'sum {total} (rate(x_total[{{{{.window}}}}]))'}}}}"
        );
        read(&spec("99.9", &sli, "alerting: {name: A}"))
    };
    let grouped = by("by (b, a)", "by (a, b)");
    assert_eq!(grouped.found, Vec::<String>::new());
    let labels = grouped.slos[0].group_labels().collect::<Vec<_>>();
    assert_eq!(labels, ["a", "b"]);
    assert_eq!(
        recorded(&grouped.slos[0], "slo:total:rate5m"),
        "sum by (a, b) (rate(x_total[5m]))"
    );
    let uneven = by("by (a)", "by (a, b)");
    assert!(uneven.slos[0].group_by.is_empty());
    // One that slosmith sets itself cannot be kept.
    assert_eq!(by("by (service)", "by (service)").found[0][..6], *"SLO009");
    let raw = "{raw: {error_ratio_query: 'sum by (a) (rate(x[{{.window}}])) / sum by (a) (rate(y[{{.window}}]))'}}";
    assert_eq!(sli(raw).group_labels().collect::<Vec<_>>(), ["a"]);
}

#[test]
fn disabled_alerts_are_off() {
    let silent = slo(&with_alerts(
        "page_alert: {disable: true}, ticket_alert: {disable: yes}",
    ));
    assert!(alerts(&silent).is_empty());
    let tickets = slo(&with_alerts("name: A, page_alert: {disable: true}"));
    assert!(tickets.alerting.page.is_none());
    assert!(tickets.alerting.no_data.is_some());
}

#[test]
fn alerts_without_a_name_get_one() {
    let unnamed = read(&spec("99.9", EVENTS, "description: d"));
    assert_eq!(unnamed.found, ["IMP002 4:4"]);
    assert_eq!(unnamed.slos[0].alerting.name.value, "SLOErrorBudgetBurn");
    let empty = read(&with_alerts("labels: {a: b}"));
    assert_eq!(empty.found.len(), 1);
    assert_eq!(empty.found[0][..6], *"IMP002");
}

#[test]
fn labels_that_say_the_same_go_without_a_word() {
    let same =
        "labels: {service: shop, slo: web, tier: a}, alerting: {name: A, labels: {slo: web}}";
    let same = slo(&spec("99.9", EVENTS, same));
    assert_eq!(same.labels.keys().collect::<Vec<_>>(), ["tier"]);
    let other = read(&spec(
        "99.9",
        EVENTS,
        "labels: {slo: x}, alerting: {name: A}",
    ));
    assert_eq!(other.found.len(), 1);
    assert_eq!(other.found[0][..6], *"IMP001");
    let bad = read(&spec(
        "99.9",
        EVENTS,
        "labels: {a-b: x}, alerting: {name: A}",
    ));
    assert_eq!(bad.found[0][..6], *"SLO008");
}

#[test]
fn native_checks_find_what_sloth_lets_pass() {
    for (objective, code) in [
        ("100", "SLO001"),
        ("0.999", "SLO002"),
        ("'99.9'", "SPEC002"),
    ] {
        let found = read(&spec(objective, EVENTS, "alerting: {name: A}")).found;
        assert_eq!(found.len(), 1, "{objective}: {found:?}");
        assert!(found[0].starts_with(code), "{objective}: {found:?}");
    }
    // Sloth would write this as `(sum(…) # c)`, which nobody can load.
    let comment = EVENTS.replace("[{{.window}}]))', t", "[{{.window}}])) # failed', t");
    assert_eq!(comment.matches('#').count(), 1);
    sli(&comment);
    for (query, code) in [
        ("x_total[{{.window}}]", "PQL002"),
        ("sum(rate(x_total[5m]))", "PQL"),
        ("sum(rate(x_total[{{.window}}])", "PQL001"),
    ] {
        let sli = format!("{{raw: {{error_ratio_query: '{query}'}}}}");
        let found = read(&spec("99.9", &sli, "alerting: {name: A}")).found;
        assert!(found[0].starts_with(code), "{query}: {found:?}");
    }
}

#[test]
fn findings_stand_at_their_place() {
    let text = "version: prometheus/v1\nservice: shop\nslos:\n  - name: web\n    objective: 99.9\n    sli:\n      events:\n        error_query: |\n          sum(\n            rate(x_total[{{.window}}])\n          ) / nothing_there(x)\n        totl_query: x\n    alerting:\n      pageAlert: {disable: true}\n";
    let found = read(text).found;
    assert_eq!(
        found,
        [
            "SPEC003 12:9",
            "SPEC017 12:9",
            "IMP002 13:5",
            "SPEC017 14:7"
        ]
    );
}

#[test]
fn one_mistake_is_one_finding() {
    for (sli, code) in [
        ("{}", "SPEC003"),
        ("{plugin: {id: a/b}}", "IMP003"),
        ("{plugin: {id: sloth-common/istio/v1/latency}}", "IMP003"),
        ("{raw: {}}", "SPEC003"),
        ("[]", "SPEC002"),
    ] {
        let read = read(&spec("99.9", sli, "alerting: {name: A}"));
        assert!(read.slos.is_empty());
        assert_eq!(read.found.len(), 1, "{sli}: {:?}", read.found);
        assert!(read.found[0].starts_with(code), "{sli}: {:?}", read.found);
    }
    let both = EVENTS.replace("{events", "{raw: {error_ratio_query: a}, events");
    let found = read(&spec("99.9", &both, "alerting: {name: A}")).found;
    assert!(
        found.len() == 1 && found[0].starts_with("SPEC015"),
        "{found:?}"
    );
    for (text, code) in [
        (
            "version: prometheus/v1\nservice: s\nslos: []\n",
            "SPEC014 3:7",
        ),
        ("version: prometheus/v1\nservice: s\n", "SPEC003 1:1"),
        (
            "version: prometheus/v1\nservice: s\nslos: {a: b}\n",
            "SPEC002 3:8",
        ),
    ] {
        assert_eq!(read(text).found, [code], "{text}");
    }
    let no_service = with_alerts("name: A").replace("service: shop\n", "");
    assert_eq!(read(&no_service).found, ["SPEC003 1:1"]);
}

/// Sloth ignores the key, and then misses what it was meant for: both at one place.
#[test]
fn a_required_key_is_missed_where_it_is_misspelt() {
    let sli = EVENTS.replace("total_query", "totl_query");
    let read = read(&spec("99.9", &sli, "alerting: {name: A}"));
    let column = spec("99.9", &sli, "")
        .lines()
        .nth(3)
        .unwrap()
        .find("totl")
        .unwrap()
        + 1;
    let place = |code: &str| format!("{code} 4:{column}");
    assert_eq!(read.found, [place("SPEC003"), place("SPEC017")]);
    assert!(read.slos.is_empty());
}

#[test]
fn the_period_comes_from_the_command_line() {
    let text = with_alerts("name: A");
    let of = |period| {
        let read = read_with(
            &text,
            &Around {
                period: Some(period),
                ..Around::default()
            },
        );
        assert_eq!(read.found, Vec::<String>::new());
        read.slos[0].period.value.nominal()
    };
    assert_eq!(of("30d"), Duration::from_days(30));
    assert_eq!(of("28d"), Duration::from_days(28));
    assert_eq!(of("4w"), Duration::from_days(28));
    let bad = read_with(
        &text,
        &Around {
            period: Some("1 month"),
            ..Around::default()
        },
    );
    assert_eq!(bad.found, ["SLO004 --default-slo-period1:1"]);
    assert!(bad.slos.is_empty());
}

/// What asks for more errors than there can be asks for what an outage has.
#[test]
fn alerts_that_sloth_writes_dead_are_alive() {
    for (objective, dead) in [("93.1", 0), ("93", 1), ("83", 2), ("66", 3), ("99.9", 0)] {
        let read = read(&spec(objective, EVENTS, "alerting: {name: A}"));
        assert_eq!(read.found.len(), dead, "{objective}: {:?}", read.found);
        assert!(
            read.found
                .iter()
                .all(|found| found.starts_with("IMP004 4:"))
        );
        let slo = &read.slos[0];
        assert!(slo.alerting.pairs.is_none());
        let budget = slo.objective.value.budget();
        assert!(burn::pairs(slo).iter().all(|pair| pair.can_fire(budget)));
    }
    // Nobody hears of the pages, so nothing is said of them.
    let tickets = "alerting: {name: A, page_alert: {disable: true}}";
    assert!(read(&spec("80", EVENTS, tickets)).found.is_empty());
}

fn catalogue(period: &str, quick: &str) -> String {
    format!(
        "apiVersion: sloth.slok.dev/v1\nkind: AlertWindows\nspec:\n  sloPeriod: {period}\n  page:\n    quick: {quick}\n    slow: {{errorBudgetPercent: 2, shortWindow: 15m, longWindow: 3h}}\n  ticket:\n    quick: {{errorBudgetPercent: 5, shortWindow: 1h, longWindow: 12h}}\n    slow: {{errorBudgetPercent: 5, shortWindow: 3h, longWindow: 36h}}\n"
    )
}

const QUICK: &str = "{errorBudgetPercent: 1, shortWindow: 5m, longWindow: 30m}";

fn pairs(slo: &Slo) -> Vec<String> {
    let pairs = burn::pairs(slo).into_iter().map(|pair| {
        let (long, short) = (pair.long.single_unit(), pair.short.single_unit());
        format!("{} {}x {long}/{short}", pair.severity.name(), pair.factor)
    });
    pairs.collect()
}

#[test]
fn catalogues_hold_for_their_period() {
    let own = [
        "page 14.4x 30m/5m",
        "page 4.8x 3h/15m",
        "ticket 3x 12h/1h",
        "ticket 1x 36h/3h",
    ];
    let text = with_alerts("name: A");
    let windows = catalogue("30d", QUICK);
    let around = Around {
        windows: &[&windows],
        ..Around::default()
    };
    let by_option = read_with(&text, &around);
    assert_eq!(by_option.found, Vec::<String>::new());
    assert_eq!(pairs(&by_option.slos[0]), own);
    let among_specs = read(&format!("{text}---\n{windows}"));
    assert_eq!(among_specs.found, Vec::<String>::new());
    assert_eq!(pairs(&among_specs.slos[0]), own);
    // Another period, and the same catalogue twice.
    let other = read(&format!("{text}---\n{}", catalogue("7d", QUICK)));
    assert_eq!(pairs(&other.slos[0])[0], "page 14.4x 1h/5m");
    let twice = read(&format!("{text}---\n{windows}---\n{windows}"));
    assert_eq!(twice.found, Vec::<String>::new());
    let half = read(&format!(
        "{}---\n{windows}",
        with_alerts("name: A, page_alert: {disable: true}")
    ));
    assert_eq!(half.found, Vec::<String>::new());
    assert_eq!(pairs(&half.slos[0]), own[2..]);
}

/// At 90 % a page at 14.4 times the budget would be 144 % errors.
#[test]
fn dead_pairs_of_a_catalogue_ask_for_what_an_outage_has() {
    let windows = catalogue("30d", QUICK);
    let text = spec("90", EVENTS, "alerting: {name: A}");
    let read = read(&format!("{text}---\n{windows}"));
    assert_eq!(read.found.len(), 1, "{:?}", read.found);
    assert!(read.found[0].starts_with("IMP004 4:"));
    assert_eq!(
        pairs(&read.slos[0])[..2],
        ["page 7.992x 30m/5m", "page 4.8x 3h/15m"]
    );
}

#[test]
fn catalogues_are_checked() {
    let text = with_alerts("name: A");
    let found = |quick: &str| read(&format!("{text}---\n{}", catalogue("30d", quick))).found;
    for (quick, code) in [
        (
            "{errorBudgetPercent: 101, shortWindow: 5m, longWindow: 30m}",
            "SPEC013 11:33",
        ),
        (
            "{errorBudgetPercent: 0, shortWindow: 5m, longWindow: 30m}",
            "SPEC013 11:33",
        ),
        (
            "{errorBudgetPercent: 1, shortWindow: 30m, longWindow: 30m}",
            "SPEC013 11:49",
        ),
        (
            "{errorBudgetPercent: 1, shortWindow: 5m, longWindow: 30d}",
            "SPEC013 11:65",
        ),
        ("{errorBudgetPercent: 1, shortWindow: 5m}", "SPEC003 11:13"),
    ] {
        assert_eq!(found(quick), [code], "{quick}");
    }
    let more = found("{errorBudgetPercent: 1, shortWindow: 5m, longWindow: 30m, short: 1m}");
    assert_eq!(more.len(), 1);
    assert!(more[0].starts_with("SPEC017 11:"), "{more:?}");
    // What has its place in the catalogue is found there.
    let hasty = found("{errorBudgetPercent: 1, shortWindow: 1m, longWindow: 30m}");
    assert_eq!(hasty, ["ALR004 11:13"]);
    let other = catalogue("30d", QUICK);
    let conflict = format!("{text}---\n{other}---\n{}", other.replace("15m", "20m"));
    let conflict = read(&conflict).found;
    assert_eq!(conflict.len(), 1);
    assert!(conflict[0].starts_with("IMP008 23:"), "{conflict:?}");
    let no_catalogue = Around {
        windows: &[&text],
        ..Around::default()
    };
    assert_eq!(
        read_with(&text, &no_catalogue).found,
        ["SPEC012 windows.yaml1:1"]
    );
}

/// Sloth's own windows change nothing, whether or not somebody writes them out.
#[test]
fn built_in_windows_are_the_native_ones() {
    let built_in = |period: &str| {
        catalogue(
            period,
            "{errorBudgetPercent: 2, shortWindow: 5m, longWindow: 1h}",
        )
        .replace(
            "{errorBudgetPercent: 2, shortWindow: 15m, longWindow: 3h}",
            "{errorBudgetPercent: 5, shortWindow: 30m, longWindow: 6h}",
        )
        .replace(
            "{errorBudgetPercent: 5, shortWindow: 1h, longWindow: 12h}",
            "{errorBudgetPercent: 10, shortWindow: 2h, longWindow: 1d}",
        )
        .replace(
            "{errorBudgetPercent: 5, shortWindow: 3h, longWindow: 36h}",
            "{errorBudgetPercent: 10, shortWindow: 6h, longWindow: 3d}",
        )
    };
    for period in ["30d", "28d"] {
        let windows = built_in(period);
        for windows in [&[][..], &[windows.as_str()]] {
            let period = Some(period);
            let read = read_with(&with_alerts("name: A"), &Around { period, windows });
            assert_eq!(read.found, Vec::<String>::new());
            assert!(read.slos[0].alerting.pairs.is_none());
            assert_eq!(
                pairs(&read.slos[0]),
                [
                    "page 14.4x 1h/5m",
                    "page 6x 6h/30m",
                    "ticket 3x 1d/2h",
                    "ticket 1x 3d/6h",
                ]
            );
        }
    }
}

fn with_plugins(chain: &str, sli: &str) -> Read {
    let more = format!("plugins: {{chain: [{chain}]}}, alerting: {{name: A}}");
    read(&spec("99.9", sli, &more))
}

#[test]
fn an_alert_on_a_spent_budget_is_kept() {
    let plugin = "sloth.dev/contrib/error_budget_exhausted_alert/v1";
    let spent = with_plugins(&format!("{{id: {plugin}}}"), EVENTS);
    assert_eq!(spent.found, Vec::<String>::new());
    let all = alerts(&spent.slos[0]);
    let spent = all.iter().find(|alert| alert.0 == "ErrorBudgetExhausted");
    let (_, expr, labels) = spent.unwrap();
    assert!(expr.ends_with("[12m]) < 0"), "{expr}");
    assert_eq!(label(labels, "severity"), Some("ticket"));
    let config = "{threshold: 0.1, alert_name: Low, alert_labels: {severity: page}}";
    let low = with_plugins(&format!("{{id: {plugin}, config: {config}}}"), EVENTS);
    assert_eq!(low.found, Vec::<String>::new());
    let [left] = &low.slos[0].alerting.budget_left[..] else {
        panic!("no alert");
    };
    assert_eq!(
        (left.below.to_string(), &*left.name.value),
        ("10".into(), "Low")
    );
    assert_eq!(left.severity.name(), "page");
    let config = "{annotations: {a: b}, for: 1h, selector_labels: {c: d}, alert_labels: {e: f}}";
    let more = with_plugins(&format!("{{id: {plugin}, config: {config}}}"), EVENTS);
    assert_eq!(more.found.len(), 4, "{:?}", more.found);
    assert!(
        more.found
            .iter()
            .all(|found| found.starts_with("IMP001 4:"))
    );
}

#[test]
fn contributed_plugins_mean_something() {
    let id = |name: &str| format!("{{id: sloth.dev/contrib/{name}/v1}}");
    for name in [
        "rule_intervals",
        "remove_labels",
        "validate_victoria_metrics",
    ] {
        let read = with_plugins(&id(name), EVENTS);
        assert_eq!(read.found.len(), 1, "{name}");
        assert!(read.found[0].starts_with("IMP001"), "{name}");
        assert_eq!(read.slos.len(), 1);
    }
    let corrected = id("denominator_corrected_rules");
    let counted = with_plugins(&corrected, EVENTS);
    assert!(counted.found[0].starts_with("IMP002"));
    let least = counted.slos[0].alerting.min_bad_events.as_ref().unwrap();
    assert_eq!(least.value, 5);
    let ratio = "{raw: {error_ratio_query: 'avg(avg_over_time(x[{{.window}}]))'}}";
    let time = with_plugins(&corrected, ratio);
    assert!(time.found[0].starts_with("IMP001"), "{:?}", time.found);
    assert!(time.slos[0].alerting.min_bad_events.is_none());
    let info = "{id: sloth.dev/contrib/info_labels/v1, config: {labels: {tier: 1}}}";
    let info = with_plugins(info, EVENTS);
    assert!(info.found[0].starts_with("IMP002"));
    assert_eq!(info.slos[0].labels["tier"].value, "1");
    for name in [
        "validate",
        "sli_rules",
        "metadata_rules",
        "alert_rules",
        "debug",
        "noop",
    ] {
        let core = format!("{{id: sloth.dev/core/{name}/v1, config: {{disableOptimized: true}}}}");
        assert_eq!(with_plugins(&core, EVENTS).found, Vec::<String>::new());
    }
    let own = with_plugins("{id: example.com/own/v1}", EVENTS);
    assert!(own.slos.is_empty());
    assert!(own.found.len() == 1 && own.found[0].starts_with("IMP003"));
}

#[test]
fn chains_of_groups_and_slos_are_one() {
    let group = "slo_plugins: {chain: [{id: example.com/own/v1}]}\nslos:";
    let below = |more: &str| {
        read(
            &spec("99.9", EVENTS, &format!("{more} alerting: {{name: A}}")).replace("slos:", group),
        )
    };
    assert_eq!(below("").found, ["IMP003 3:28"]);
    let core = "{id: sloth.dev/core/sli_rules/v1}, {id: sloth.dev/core/alert_rules/v1}";
    let dropped = below(&format!(
        "plugins: {{overridePrevious: true, chain: [{core}]}},"
    ));
    assert_eq!(dropped.found, Vec::<String>::new());
    assert!(!alerts(&dropped.slos[0]).is_empty());
    // Without the plugin that makes alerts there are none.
    let silent = "plugins: {overridePrevious: true, chain: [{id: sloth.dev/core/sli_rules/v1}]},";
    let silent = below(silent);
    assert_eq!(silent.found, Vec::<String>::new());
    assert!(alerts(&silent.slos[0]).is_empty());
    let empty = below("plugins: {overridePrevious: true},");
    assert!(empty.found.iter().any(|found| found.starts_with("SPEC003")));
}

#[test]
fn nothing_makes_it_panic() {
    let whole = "version: prometheus/v1\nservice: s\nlabels: {a: b}\nslo_plugins: {chain: [{id: x}]}\nslos:\n- {name: n, objective: 99, labels: {c: d}, sli: {raw: {error_ratio_query: q}}, alerting: {name: A, labels: {e: f}, page_alert: {disable: false}}}\n";
    let values = [
        "~", "[]", "{}", "1e400", "-0", "''", "[{}]", "{'': ''}", "é{{", "true",
    ];
    for (start, _) in whole.match_indices(": ") {
        let end = whole[start + 2..].find([',', '}', '\n']).unwrap() + start + 2;
        for value in values {
            let text = format!("{}{value}{}", &whole[..start + 2], &whole[end..]);
            let read = read(&text);
            assert!(read.slos.len() <= 1);
        }
    }
}
