//! Sloth's own inputs and what it makes of them: every record, label set and alert is
//! there with `--layout sloth`, apart from the expressions. The data is not part of the
//! repository; `SLOTH_DATA` names the directory.

#![allow(clippy::unwrap_used, reason = "a test may panic")]
#![allow(clippy::format_push_string, reason = "texts are built once")]

#[path = "support/slosmith.rs"]
mod slosmith_command;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use slosmith_command::{Run, run, slosmith};

/// Labels that say which program made the rules, and how: they legitimately differ.
const WHO_MADE_IT: [&str; 2] = ["sloth_version", "sloth_mode"];

/// Inputs of a format that is not read yet.
const NOT_YET: [&str; 1] = ["it-openslo"];

#[derive(Deserialize)]
struct Rules {
    #[serde(default)]
    groups: Vec<Group>,
    /// Of a resource of the Prometheus operator.
    spec: Option<Box<Rules>>,
}

#[derive(Deserialize)]
struct Group {
    name: String,
    #[serde(default)]
    rules: Vec<Rule>,
}

#[derive(Deserialize)]
struct Rule {
    record: Option<String>,
    alert: Option<String>,
    #[serde(default)]
    labels: BTreeMap<String, String>,
    #[serde(default)]
    annotations: BTreeMap<String, String>,
}

/// What must be the same: kind, name, group, labels, annotations of a rule.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Seen {
    is_alert: bool,
    name: String,
    group: String,
    labels: BTreeMap<String, String>,
    annotations: BTreeMap<String, String>,
}

/// The rules of all documents of a text.
fn rules(text: &str) -> Vec<Seen> {
    let documents: Vec<Option<Rules>> = serde_yaml::from_multiple(text).unwrap();
    let groups = documents.into_iter().flatten().flat_map(|document| {
        let inner = document.spec.map_or_else(Vec::new, |spec| spec.groups);
        document.groups.into_iter().chain(inner)
    });
    groups
        .flat_map(|group| {
            let seen = |rule: Rule| Seen {
                is_alert: rule.alert.is_some(),
                name: rule.record.or(rule.alert).unwrap(),
                group: group.name.clone(),
                labels: without_maker(rule.labels),
                annotations: rule.annotations,
            };
            group.rules.into_iter().map(seen).collect::<Vec<_>>()
        })
        .collect()
}

fn without_maker(mut labels: BTreeMap<String, String>) -> BTreeMap<String, String> {
    labels.retain(|name, _| !WHO_MADE_IT.contains(&name.as_str()));
    labels
}

/// Whether one of ours is what Sloth has; ours may have a description besides.
fn is_there(expected: &Seen, ours: &[Seen]) -> bool {
    ours.iter().any(|seen| {
        let said = |(name, text): (&String, &String)| seen.annotations.get(name) == Some(text);
        seen.is_alert == expected.is_alert
            && seen.name == expected.name
            && seen.group == expected.group
            && seen.labels == expected.labels
            && expected.annotations.iter().all(said)
    })
}

/// A case: an input, Sloth's flags, and its output or its refusal.
struct Case {
    input: PathBuf,
    name: String,
    flags: Vec<String>,
    must_fail: bool,
    /// With `--disable-recordings` Sloth leaves the records out after it has made them.
    /// Here alerts need them, so only the alerts are compared.
    alerts_only: bool,
    /// Sloth's output.
    output: Option<String>,
}

fn case(input: PathBuf) -> Case {
    let name = input.file_name().unwrap().to_str().unwrap();
    let name = name.strip_suffix(".in.yaml").unwrap().to_owned();
    let beside = |ending: &str| input.with_file_name(format!("{name}.{ending}"));
    let args = fs::read_to_string(beside("args")).unwrap_or_default();
    let mut case = Case {
        must_fail: args.contains("must FAIL"),
        alerts_only: false,
        flags: Vec::new(),
        output: fs::read_to_string(beside("out.yaml")).ok(),
        name,
        input,
    };
    let words = args.split('#').next().unwrap_or_default();
    let mut words = words.split_whitespace();
    while let Some(flag) = words.next() {
        match flag {
            "-l" => case.flags.push("--label".to_owned()),
            "--default-slo-period" => case.flags.push(flag.to_owned()),
            "--disable-recordings" => {
                case.alerts_only = true;
                continue;
            }
            other => panic!("{}: what is {other}?", case.name),
        }
        case.flags.push(words.next().unwrap().to_owned());
    }
    case
}

fn generate(case: &Case) -> Run {
    let arguments = ["generate", "-o", "-", "--layout", "sloth"];
    let mut command = slosmith(Path::new("."));
    run(command.args(arguments).args(&case.flags).arg(&case.input))
}

fn cases() -> Vec<Case> {
    let directory = std::env::var_os("SLOTH_DATA").expect("SLOTH_DATA names a directory");
    let entries = fs::read_dir(directory).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let mut inputs: Vec<PathBuf> = paths
        .filter(|path| path.to_str().is_some_and(|path| path.ends_with(".in.yaml")))
        .collect();
    inputs.sort();
    inputs.into_iter().map(case).collect()
}

/// Expected and present.
#[derive(Default)]
struct Count(usize, usize);

#[test]
#[ignore = "needs SLOTH_DATA"]
fn everything_of_sloth_is_there() {
    let mut table = format!(
        "{:<22} {:>4} {:>16} {:>16}\n",
        "file", "SLOs", "records", "alerts"
    );
    let mut wrong = String::new();
    let (mut read, mut refused) = (0, 0);
    for case in cases() {
        let made = generate(&case);
        if case.must_fail {
            refused += 1;
            table += &format!("{:<22} refused, as it must be\n", case.name);
            if made.code != Some(2) || !made.out.is_empty() {
                wrong += &format!("{}: not refused\n", case.name);
            }
            continue;
        }
        if NOT_YET.contains(&case.name.as_str()) {
            table += &format!("{:<22} not yet read\n", case.name);
            if made.code == Some(0) {
                wrong += &format!("{}: is read now, so compare it\n", case.name);
            }
            continue;
        }
        if made.code != Some(0) {
            wrong += &format!("{}: {}\n", case.name, made.err);
            continue;
        }
        read += 1;
        table += &compare(&case, &made.out, &mut wrong);
    }
    println!("{table}{read} files read, {refused} refused");
    assert!(read >= 11 && refused >= 1, "{read} {refused}\n{wrong}");
    assert!(wrong.is_empty(), "{wrong}");
}

/// The line of the table; what is missing goes to `wrong`.
fn compare(case: &Case, made: &str, wrong: &mut String) -> String {
    let (ours, expected) = (rules(made), rules(case.output.as_ref().unwrap()));
    let (mut records, mut alerts) = (Count::default(), Count::default());
    for rule in &expected {
        let count = if rule.is_alert {
            &mut alerts
        } else {
            &mut records
        };
        count.0 += 1;
        if is_there(rule, &ours) {
            count.1 += 1;
        } else {
            *wrong += &format!("{}: missing {rule:?}\n", case.name);
        }
    }
    if expected.is_empty() || (case.alerts_only && records.0 > 0) {
        *wrong += &format!("{}: strange output of Sloth\n", case.name);
    }
    let infos = ours.iter().filter(|rule| rule.name == "sloth_slo_info");
    let shown = |Count(expected, present): Count| format!("{present} of {expected}");
    format!(
        "{:<22} {:>4} {:>16} {:>16}\n",
        case.name,
        infos.count(),
        shown(records),
        shown(alerts),
    )
}
