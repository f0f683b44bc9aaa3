//! To `OpenSLO`: what others can read of it, and that slosmith reads all of it back.

use std::collections::BTreeMap;
use std::fs;

use regex::Regex;
use slosmith::convert::{self, What};
use slosmith::diagnostic::{Diagnostic, Diagnostics, Severity};
use slosmith::slo::Slo;
use slosmith::source::Sources;
use slosmith::spec::{self, Options};

use crate::samples::{KUBERNETES, NATIVE, PYRRA, SLOTH};
use crate::slosmith_command::{run, slosmith};

const EVERY_KEY: &str = include_str!("../data/every-key.yaml");
const SPEC: &str = r#"# Shared by the whole shop.
apiVersion: slosmith/v1
service: shop-api
owner: shop-team
labels: {tier: "1"}
slos:
  # What customers notice first.
  - name: availability
    description: Requests are answered without a server error.
    objective: 99.9
    promise: 99.5 # as in the contract
    sli:
      events:
        total: 'http_requests_total{job="shop-api"}'
        bad_where: 'code=~"5.."'
    policy:
      - {when: "budget <= 0%", do: freeze, say: "Only fixes ship."}

  - name: lag
    objective: 98
    period: {calendar: month, time_zone: Europe/Berlin}
    budgeting: {slices: {length: 5m, target: 95}}
    sli:
      threshold: {expr: sum(queue_length), good: "<= 1000"}
    alerts: {page: off, no_data: off}
"#;

/// The text as `OpenSLO`, and what is said about it.
fn to_openslo(text: &str) -> (String, Diagnostics) {
    let mut sources = Sources::default();
    let id = sources.add("spec.yaml", text);
    let mut found = Diagnostics::default();
    let conversion = convert::to_openslo(&sources, &[id], &Options::default(), &mut found);
    let conversion = conversion.unwrap_or_else(|| panic!("{:?}", found.sorted()));
    let [file] = conversion.files.as_slice() else {
        panic!("{conversion:?}");
    };
    let written = [("spec.yaml".to_owned(), file.text.clone())];
    assert_eq!(conversion.differences(written), Vec::<String>::new());
    (file.text.clone(), found)
}

fn load(text: &str) -> BTreeMap<String, Slo> {
    let mut sources = Sources::default();
    let id = sources.add("spec.yaml", text);
    let mut found = Diagnostics::default();
    let slos = spec::load(&sources, &[id], &mut found);
    let wrong: Vec<&Diagnostic> = found.sorted();
    assert!(
        wrong
            .iter()
            .all(|found| found.code.severity == Severity::Warning),
        "{wrong:?}"
    );
    slos.into_iter()
        .map(|slo| (slo.id.to_string(), slo))
        .collect()
}

/// Everything but what is measured, without places.
fn said(slo: &Slo) -> String {
    let all = format!(
        "{:?}",
        (
            (
                &slo.id,
                &slo.description,
                &slo.owner,
                &slo.labels,
                &slo.objective
            ),
            (
                &slo.promise,
                &slo.period,
                &slo.scrape_interval,
                &slo.group_by
            ),
            (&slo.groups, &slo.budgeting, &slo.alerting, &slo.policy),
            (&slo.overridden, &slo.downtime, &slo.ignore),
        )
    );
    let places = Regex::new(r"SourceSpan \{[^{}]*\{[^{}]*\} \}").unwrap();
    places.replace_all(&all, "").into_owned()
}

#[test]
fn everything_is_read_back() {
    for text in [EVERY_KEY, SPEC, NATIVE, SLOTH, KUBERNETES, PYRRA] {
        let before = load(text);
        let (written, _) = to_openslo(text);
        let after = load(&written);
        let names = |slos: &BTreeMap<String, Slo>| slos.keys().cloned().collect::<Vec<_>>();
        assert_eq!(names(&after), names(&before));
        for (id, slo) in &before {
            assert_eq!(said(&after[id]), said(slo), "{written}");
            assert_eq!(after[id].sli.value.kind(), slo.sli.value.kind(), "{id}");
        }
    }
}

#[test]
fn what_is_written_can_be_read_by_others() {
    let (written, found) = to_openslo(SPEC);
    insta::assert_snapshot!("openslo", written);
    let losses: Vec<&str> = found
        .sorted()
        .iter()
        .map(|found| found.message.as_str())
        .collect();
    assert_eq!(
        losses,
        [
            "OpenSLO has no words for a promise besides the objective: other readers will not see it",
            "OpenSLO has no words for an error budget policy: other readers will not see it",
        ]
    );
}

#[test]
fn queries_hold_for_any_window() {
    let (written, _) = to_openslo(EVERY_KEY);
    let queries: Vec<&str> = written
        .lines()
        .filter_map(|line| line.trim_start().strip_prefix("query: "))
        .collect();
    assert!(queries.len() >= 20, "{queries:?}");
    for query in queries {
        let is_gauge = query.contains("sum(lag)");
        assert!(query.contains("{{.window}}") || is_gauge, "{query}");
        assert!(!query.contains("vector(0) / vector(0)"), "{query}");
    }
}

#[test]
fn names_are_made_fit_and_stay_apart() {
    let spec = |service: &str, name: &str| {
        format!(
            "apiVersion: slosmith/v1\nservice: {service}\nslos:\n  - {{name: {name}, objective: 99, \
             sli: {{probe: {{metric: up}}}}}}\n"
        )
    };
    let both = [spec("Shop_API", "Up.v1"), spec("other", "up-v1")].join("---\n");
    let (written, _) = to_openslo(&both);
    for name in ["shop-api", "other", "shop-api-up-v1", "other-up-v1"] {
        assert!(
            written.contains(&format!("  name: {name}\n")),
            "{name} in {written}"
        );
    }
    assert_eq!(
        load(&written).keys().collect::<Vec<_>>(),
        ["Shop_API/Up.v1", "other/up-v1"]
    );

    let home = tempfile::tempdir().unwrap();
    let clash = [
        spec("shop", "web-up"),
        spec("shop-web", "up"),
        spec("a", "up"),
        spec("a", "web-up"),
    ];
    fs::write(home.path().join("a.yaml"), clash.join("---\n")).unwrap();
    let run = run(slosmith(home.path()).args(["convert", "a.yaml", "--to", "openslo"]));
    assert_eq!((run.code, run.out.as_str()), (Some(2), ""), "{run:?}");
    assert!(
        run.err.contains("OUT003") && run.err.contains("`shop-web-up`"),
        "{}",
        run.err
    );
}

#[test]
fn comments_are_kept() {
    let (written, _) = to_openslo(SPEC);
    for comment in [
        "# Shared by the whole shop.",
        "# What customers notice first.",
        "# as in the contract",
    ] {
        assert_eq!(
            written.matches(comment).count(),
            1,
            "{comment} in {written}"
        );
    }
}

#[test]
fn what_is_openslo_already_is_left_alone() {
    let (written, _) = to_openslo(SPEC);
    let odd = written.replace("kind: SLO\n", "kind:   SLO\n");
    let (again, found) = to_openslo(&odd);
    assert_eq!(again, odd);
    assert_eq!(found.count(Severity::Warning), 0);
    let mut sources = Sources::default();
    let id = sources.add("a.yaml", odd);
    let options = Options::default();
    let conversion = convert::to_openslo(&sources, &[id], &options, &mut Diagnostics::default());
    assert_eq!(conversion.unwrap().files[0].what, What::Already);
}

#[test]
fn back_and_forth_changes_no_rule() {
    let (written, _) = to_openslo(SPEC);
    let mut sources = Sources::default();
    let id = sources.add("a.yaml", written);
    let mut found = Diagnostics::default();
    let native = convert::to_native(&sources, &[id], &Options::default(), &mut found).unwrap();
    let text = native.files[0].text.clone();
    insta::assert_snapshot!("native_from_openslo", text);
    assert_eq!(
        native.differences([("a.yaml".to_owned(), text)]),
        Vec::<String>::new()
    );
}

#[test]
fn the_sdk_of_openslo_takes_what_is_written() {
    for text in [EVERY_KEY, SPEC, NATIVE, SLOTH, KUBERNETES, PYRRA] {
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join("a.yaml"), to_openslo(text).0).unwrap();
        let mut command = slosmith(home.path());
        let run = run(command.args(["validate", "--strict", "a.yaml"]));
        assert_eq!(run.code, Some(0), "{run:?}");
        assert!(!run.err.contains("[OSL"), "{}", run.err);
    }
}
