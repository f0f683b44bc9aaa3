//! Which rules there are, and what they are called.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::lab::{Rule, RuleFile};
use crate::slosmith_command::{run, slosmith};

/// Specs with every kind of SLI, and those of the shop of the demo.
const SPECS: [&str; 2] = ["tests/proof/specs.yaml", "slo-specs"];

fn compiled(layout: &str) -> RuleFile {
    let arguments = ["generate", "-o", "-", "--layout", layout];
    let generated = run(slosmith(Path::new(".")).args(arguments).args(SPECS));
    assert_eq!(generated.code, Some(0), "{}", generated.err);
    serde_yaml::from_str(&generated.out).unwrap()
}

fn records(file: &RuleFile) -> impl Iterator<Item = &Rule> {
    let rules = file.groups.iter().flat_map(|group| &group.rules);
    rules.filter(|rule| rule.record.is_some())
}

fn is_of_sloth(rule: &Rule) -> bool {
    rule.labels.contains_key("sloth_id")
}

#[test]
fn native_series_are_recorded_as_ever() {
    let described = |rule: &Rule| (rule.record.clone(), rule.expr.clone(), rule.labels.clone());
    let native: Vec<_> = records(&compiled("native")).map(described).collect();
    let sloth = compiled("sloth");
    let beside: Vec<_> = records(&sloth)
        .filter(|rule| !is_of_sloth(rule))
        .map(described)
        .collect();
    assert!(native.len() > 300, "{}", native.len());
    // Sloth has every window, also those that no alert looks at.
    let (kept, more): (Vec<_>, Vec<_>) = beside.into_iter().partition(|rule| native.contains(rule));
    assert_eq!(kept, native);
    let is_ratio = |(name, ..): &(Option<String>, _, _)| {
        let name = name.as_deref().unwrap_or_default();
        name.starts_with("slo:error_ratio:")
    };
    assert!(!more.is_empty() && more.iter().all(is_ratio));
}

#[test]
fn no_native_series_has_a_name_of_sloths() {
    let sloth = compiled("sloth");
    let names = |is: fn(&&Rule) -> bool| -> BTreeSet<String> {
        records(&sloth)
            .filter(is)
            .map(|rule| rule.name().to_owned())
            .collect()
    };
    let (ours, theirs) = (
        names(|rule| !is_of_sloth(rule)),
        names(|rule| is_of_sloth(rule)),
    );
    assert_eq!(ours.intersection(&theirs).next(), None);
    assert!(theirs.contains("slo:sli_error:ratio_rate5m"), "{theirs:?}");
}

/// The rules of one SLO in full: names, labels, groups.
#[test]
fn an_slo_has_sloths_groups_and_records() {
    let folder = tempfile::tempdir().unwrap();
    crate::generate(
        folder.path(),
        "apiVersion: slosmith/v1\nservice: my-shop\nowner: storefront\nlabels: {tier: gold}\nslos:\n\
         - name: requests\n  objective: 99.95\n  period: 28d\n  \
           sli: {events: {total: requests_total, bad_where: 'code=\"500\"'}}\n  \
           alerts: {name: ShopErrors, labels: {team: core}, page: {severity: critical}, no_data: off}\n",
    );
    let file = folder.path().join("generated/rules/my-shop.yaml");
    let text = std::fs::read_to_string(file).unwrap();
    let file: RuleFile = serde_yaml::from_str(&text).unwrap();
    let groups: Vec<(&str, Option<&str>)> = file
        .groups
        .iter()
        .map(|group| (group.name.as_str(), group.interval.as_deref()))
        .collect();
    assert_eq!(
        groups,
        [
            ("sloth-slo-sli-recordings-my-shop-requests", Some("1m")),
            ("sloth-slo-extra-rules-000-my-shop-requests", Some("5m")),
            ("sloth-slo-meta-recordings-my-shop-requests", Some("1m")),
            ("sloth-slo-alerts-my-shop-requests", Some("1m")),
        ]
    );
    let sloth: Vec<&Rule> = records(&file).filter(|rule| is_of_sloth(rule)).collect();
    let own: BTreeMap<String, String> = labels([
        ("owner", "storefront"),
        ("sloth_id", "my-shop-requests"),
        ("sloth_service", "my-shop"),
        ("sloth_slo", "requests"),
        ("tier", "gold"),
    ]);
    let with = |more: &[(&str, &str)]| {
        let mut all = own.clone();
        all.extend(labels(more.iter().copied()));
        all
    };
    let windows = ["5m", "30m", "1h", "2h", "6h", "1d", "3d", "4w"];
    let mut expected: Vec<(String, BTreeMap<String, String>)> = windows
        .iter()
        .map(|window| {
            let name = format!("slo:sli_error:ratio_rate{window}");
            (name, with(&[("sloth_window", window)]))
        })
        .collect();
    for name in [
        "slo:objective:ratio",
        "slo:error_budget:ratio",
        "slo:time_period:days",
        "slo:current_burn_rate:ratio",
        "slo:period_burn_rate:ratio",
        "slo:period_error_budget_remaining:ratio",
    ] {
        expected.push((name.to_owned(), own.clone()));
    }
    let info = with(&[
        ("sloth_mode", "cli-gen-prom"),
        ("sloth_objective", "99.95"),
        ("sloth_spec", "slosmith/v1"),
        ("sloth_version", env!("CARGO_PKG_VERSION")),
    ]);
    expected.push(("sloth_slo_info".to_owned(), info));
    let found: Vec<_> = sloth
        .iter()
        .map(|rule| (rule.name().to_owned(), rule.labels.clone()))
        .collect();
    assert_eq!(found, expected);
    let alerts = file.groups[3].rules.iter().map(|rule| rule.labels.clone());
    let page = [
        ("severity", "critical"),
        ("sloth_severity", "page"),
        ("team", "core"),
    ];
    let ticket = [("sloth_severity", "ticket"), ("team", "core")];
    assert_eq!(alerts.collect::<Vec<_>>(), [labels(page), labels(ticket)]);
    // Numbers as they were written, and not as a float has them.
    for number in ["vector(0.9995)", "vector(0.0005)", "vector(28)"] {
        assert!(sloth.iter().any(|rule| rule.expr == number), "{number}");
    }
}

fn labels<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> BTreeMap<String, String> {
    let pairs = pairs.into_iter();
    pairs
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// Sloth's alerts are a group of their own, evaluated at a moment of its own.
#[test]
fn the_table_tells_the_lag_of_this_layout() {
    let table = |layout: &str| {
        let arguments = ["generate", "--table", "--layout", layout, "slo-specs"];
        run(slosmith(Path::new(".")).args(arguments)).out
    };
    let (native, sloth) = (table("native"), table("sloth"));
    assert_ne!(native, sloth);
    assert_eq!(native.lines().count(), sloth.lines().count());
}
