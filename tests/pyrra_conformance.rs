//! Pyrra's own specs and rules. Every spec is read; what Pyrra's rules record and raise
//! is what ours record and raise, evaluated by promtool on the same raw series. The data
//! is not part of the repository; `PYRRA_DATA` names the directory.
//!
//! Where the two differ, and why:
//!
//! - **No error series yet.** A counter of errors that nobody has increased does not
//!   exist. Pyrra records nothing then, as if there were no data; here the ratio is 0.
//! - **Edges.** Longer ratios are derived from those of 5m here, which blurs the
//!   beginning of an outage by half of that: by [`BLUR`] at most.
//! - **Windows.** Pyrra's are fixed parts of the SLO's window with the factors 14, 7, 2
//!   and 1; ours are the SRE Workbook's with 14.4, 6, 3 and 1, fitted to the period. Those
//!   that both have are compared; the others are named in the table. Tickets rest on the
//!   long ones, so pages are compared.
//! - **Gauges.** Pyrra counts samples, ours look once a minute: the same when scraped
//!   once a minute, which is what happens here.
//! - **Groups of regular expressions.** What Pyrra records over the whole window keeps
//!   labels that the spec only matches. That is no part of what is compared: its alerts
//!   read the burn rates, which are grouped as the spec says.

#![allow(clippy::unwrap_used, reason = "a test may panic")]
#![allow(clippy::format_push_string, reason = "texts are built once")]

#[path = "support/slosmith.rs"]
mod slosmith_command;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use slosmith::diagnostic::{Diagnostics, Severity};
use slosmith::duration::Duration;
use slosmith::slo::{Sli, Slo};
use slosmith::source::Sources;
use slosmith::spec::load;
use slosmith::workload::{Catalogue, Phase, Series, Workload, synthesize};

use slosmith_command::{run, slosmith};

/// By how much ratios may differ, relative to Pyrra's, while nothing changes.
const STEADY: f64 = 0.005;
/// How much of an outage may be missing over windows in which it begins.
const BLUR: Duration = Duration::from_mins(3);
/// Longer windows are not filled by the history that is made.
const LONGEST: Duration = Duration::from_hours(6);

/// Phases: without any error, healthy, an outage of the first group, healthy again.
const CLEAN: Duration = Duration::from_hours(1);
const HEALTHY: Duration = Duration::from_hours(7);
const OUTAGE: Duration = Duration::from_hours(1);
const AFTER: Duration = Duration::from_hours(3);
/// Events per second: enough for whole numbers not to matter.
const TRAFFIC: f64 = 10_000.0;

fn data() -> PathBuf {
    let directory = std::env::var_os("PYRRA_DATA").expect("PYRRA_DATA names a directory");
    PathBuf::from(directory)
}

fn sorted(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

/// The SLOs of a file, the findings' codes, and whether it was accepted.
fn read(path: &Path) -> (Vec<Slo>, Vec<&'static str>, bool) {
    let mut sources = Sources::default();
    let id = sources.add("spec.yaml", fs::read_to_string(path).unwrap());
    let mut diagnostics = Diagnostics::default();
    let slos = load(&sources, &[id], &mut diagnostics);
    let codes = diagnostics.sorted().into_iter().map(|found| found.code.id);
    let codes = codes.collect();
    (slos, codes, diagnostics.count(Severity::Error) == 0)
}

#[test]
#[ignore = "needs PYRRA_DATA"]
fn every_spec_is_read() {
    let specs = sorted(&data().join("specs"));
    let cases = sorted(&data().join("cases"));
    let cases = cases.into_iter().map(|case| case.join("slo.yaml"));
    let (mut accepted, mut rejected) = (0, Vec::new());
    for path in specs.into_iter().chain(cases) {
        let (slos, codes, is_accepted) = read(&path);
        if is_accepted && slos.len() == 1 {
            accepted += 1;
        } else {
            rejected.push(format!("{}: {codes:?}", path.display()));
        }
        if !codes.is_empty() {
            println!("{}: {}", path.display(), codes.join(", "));
        }
    }
    println!(
        "{} files read, {accepted} accepted, {} rejected",
        accepted + rejected.len(),
        rejected.len()
    );
    assert!(rejected.is_empty(), "{}", rejected.join("\n"));
    assert!(accepted >= 31, "{accepted}");
}

/// A spec, and what Pyrra makes of it.
struct Case {
    name: String,
    spec: PathBuf,
    slo: Slo,
    groups: Vec<Value>,
}

/// Those for which Pyrra's burn rates are at hand.
fn cases() -> Vec<Case> {
    let directories = sorted(&data().join("cases"));
    let cases = directories.into_iter().filter_map(|directory| {
        let mut files = sorted(&directory).into_iter();
        let rules = files.find(|path| {
            let name = path.file_name().unwrap().to_str().unwrap();
            name == "burnrates.yaml" || name.ends_with(".rules.yaml")
        })?;
        let spec = directory.join("slo.yaml");
        let mut file: Value = serde_yaml::from_str(&fs::read_to_string(rules).unwrap()).unwrap();
        let groups = file["groups"].as_array_mut().unwrap();
        for group in groups.iter_mut() {
            let group = group.as_object_mut().unwrap();
            // Prometheus refuses what is meant for Thanos.
            group.remove("partial_response_strategy");
            // As often as ours: nothing but the time that this takes changes.
            group.insert("interval".to_owned(), json!("1m"));
            let rules = group["rules"].as_array_mut().unwrap();
            rules.retain(|rule| window(rule).is_none_or(|window| window <= LONGEST));
        }
        Some(Case {
            name: directory.file_name().unwrap().to_str().unwrap().to_owned(),
            slo: read(&spec).0.remove(0),
            spec,
            groups: std::mem::take(groups),
        })
    });
    cases.collect()
}

/// The window of a burn rate of Pyrra's.
fn window(rule: &Value) -> Option<Duration> {
    let (_, window) = rule["record"].as_str()?.split_once(":burnrate")?;
    Some(Duration::parse(window).unwrap())
}

impl Case {
    fn rules(&self) -> impl Iterator<Item = &Value> {
        let groups = self.groups.iter();
        groups.flat_map(|group| group["rules"].as_array().unwrap())
    }

    /// Pyrra's burn rates: name of the series, and window.
    fn burn_rates(&self) -> Vec<(String, Duration)> {
        let rates = self.rules().filter_map(|rule| {
            let window = window(rule)?;
            Some((rule["record"].as_str()?.to_owned(), window))
        });
        rates.collect()
    }

    fn has_alerts(&self) -> bool {
        let is_page = |rule: &Value| rule["labels"]["severity"] == "critical";
        self.rules().any(|rule| {
            rule["alert"].is_string() && rule["labels"]["short"].is_string() && is_page(rule)
        })
    }

    /// Counters are scraped every 30s. Gauges as often as they are evaluated.
    fn scrape(&self) -> Duration {
        match self.slo.sli.value {
            Sli::Probe(_) => Duration::from_mins(1),
            _ => Duration::from_secs(30),
        }
    }

    /// Share of bad events while it is healthy, and in the outage.
    fn errors(&self) -> (f64, f64) {
        let budget = self.slo.objective.value.budget().to_string();
        match self.slo.sli.value {
            // A gauge is good or bad as a whole.
            Sli::Probe(_) => (0.0, 1.0),
            _ => (budget.parse::<f64>().unwrap() / 2.0, 0.5),
        }
    }

    /// What happens to a group.
    fn phases(&self, group: usize) -> Vec<Phase> {
        let (calm, failing) = self.errors();
        let errors = if group == 0 { failing } else { calm };
        let phase = |length, errors| Phase::traffic(length, TRAFFIC, errors);
        vec![
            phase(CLEAN, 0.0),
            phase(HEALTHY, calm),
            phase(OUTAGE, errors),
            phase(AFTER, calm),
        ]
    }

    fn input(&self, series: &Series) -> Value {
        let labels = series.labels.iter();
        let labels: Vec<_> = labels
            .map(|(name, value)| format!("{name}={}", json!(value)))
            .collect();
        let values = series.values(&self.phases(series.group), self.scrape(), 0.0);
        let shown = values
            .into_iter()
            .map(|value| value.map_or_else(|| "_".to_owned(), |value| value.to_string()));
        let values: Vec<_> = shown.collect();
        json!({
            "series": format!("{}{{{}}}", series.name, labels.join(",")),
            "values": values.join(" "),
        })
    }
}

/// A question and its answer: a number without labels, or nothing.
fn check(expr: String, at: Duration, answer: usize) -> Value {
    let samples = match answer {
        0 => json!([]),
        number => json!([{"labels": "{}", "value": number}]),
    };
    json!({"expr": expr, "eval_time": at.to_string(), "exp_samples": samples})
}

/// What is asked about a case.
struct Questions<'a> {
    case: &'a Case,
    groups: usize,
    by: String,
    /// An error counter that nobody has increased does not exist.
    is_lazy: bool,
    checks: Vec<Value>,
}

impl<'a> Questions<'a> {
    fn new(case: &'a Case, workload: &Workload) -> Self {
        let labels: Vec<&str> = case.slo.group_labels().collect();
        Self {
            case,
            groups: workload.groups.len(),
            by: labels.join(", "),
            is_lazy: workload.series.iter().any(|series| series.lazy),
            checks: Vec::new(),
        }
    }

    fn ask(&mut self, expr: String, at: Duration, answer: usize) {
        self.checks.push(check(expr, at, answer));
    }

    fn by_group(&self, series: &str) -> String {
        format!(
            "sum by ({}) ({series}{{slo={}}})",
            self.by,
            json!(self.case.slo.id.name)
        )
    }

    /// The ratios over a window that both have.
    fn ratios(&mut self, pyrra: &str, window: Duration) {
        let theirs = self.by_group(pyrra);
        let ours = self.by_group(&format!("slo:error_ratio:{}", window.single_unit()));
        let groups = self.groups;
        // Before the first error.
        let is_none = |ratio: &str| format!("count(abs({ratio}) < 1e-9)");
        self.ask(is_none(&ours), CLEAN, groups);
        let answered = if self.is_lazy { 0 } else { groups };
        self.ask(is_none(&theirs), CLEAN, answered);
        self.ask(format!("count({theirs})"), CLEAN, answered);
        let before = CLEAN + HEALTHY;
        // Windows that the outage does not fill are blurred.
        let begins = Duration::from_mins(5);
        let blurred = BLUR.as_secs_f64() / window.as_secs_f64() * self.case.errors().1;
        for (at, since) in [
            (before, None),
            (before + OUTAGE / 2, Some(OUTAGE / 2)),
            (before + OUTAGE, Some(OUTAGE)),
            (before + OUTAGE + AFTER, Some(OUTAGE + AFTER)),
        ] {
            let is_steady = since.is_none_or(|since| window + begins <= since);
            let more = if is_steady { 1e-9 } else { blurred };
            let close = format!("abs({theirs} - {ours}) <= {STEADY} * {theirs} + {more}");
            self.ask(format!("count({close})"), at, groups);
        }
        // The comparison is of something: the outage is seen, in its group only.
        let seen = format!("count({ours} > 0.01)");
        self.ask(seen, before + OUTAGE, 1);
    }

    /// Pages: none before and after, one for the group with the outage.
    fn pages(&mut self) {
        let name = json!(self.case.slo.id.name);
        let before = CLEAN + HEALTHY;
        // Only ours have the label `service`.
        for whose in ["service=\"\"", "service!=\"\""] {
            let firing = format!(
                "count(count by ({}) (ALERTS{{alertstate=\"firing\", severity=\"critical\", slo={name}, {whose}}}))",
                self.by
            );
            let paged = usize::from(self.case.has_alerts());
            self.ask(firing.clone(), CLEAN, 0);
            self.ask(firing.clone(), before, 0);
            self.ask(firing.clone(), before + OUTAGE, paged);
            self.ask(firing, before + OUTAGE + AFTER, 0);
        }
    }
}

/// Windows of ours that a rule records.
fn own_windows(rules: &str) -> Vec<Duration> {
    let names = rules
        .lines()
        .filter_map(|line| line.split_once("slo:error_ratio:"));
    let windows = names.filter(|(before, _)| before.trim_start_matches(['-', ' ']) == "record: ");
    let mut windows: Vec<_> = windows
        .filter_map(|(_, window)| Duration::parse(window.trim()).ok())
        .collect();
    windows.sort();
    windows
}

fn shown(windows: &[Duration]) -> String {
    let windows: Vec<_> = windows.iter().map(|window| window.single_unit()).collect();
    windows.join(" ")
}

/// The line of the table, or what promtool says is wrong.
fn compare(case: &Case) -> Result<String, String> {
    let folder = tempfile::tempdir().unwrap();
    let mut command = slosmith(Path::new("."));
    let made = run(command.args(["generate", "-o", "-"]).arg(&case.spec));
    assert_eq!(made.code, Some(0), "{}: {}", case.name, made.err);
    fs::write(folder.path().join("ours.yaml"), &made.out).unwrap();
    let theirs = json!({"groups": case.groups}).to_string();
    fs::write(folder.path().join("theirs.yaml"), theirs).unwrap();

    let all: Catalogue<'_> = [(&case.slo.id, &case.slo)].into_iter().collect();
    let workload = synthesize(&case.slo, &all).unwrap();
    let mut questions = Questions::new(case, &workload);
    let own = own_windows(&made.out);
    let (mut compared, mut others) = (Vec::new(), Vec::new());
    for (name, window) in case.burn_rates() {
        if own.contains(&window) {
            questions.ratios(&name, window);
            compared.push(window);
        } else {
            others.push(window);
        }
    }
    questions.pages();
    let count = questions.checks.len();
    let inputs: Vec<Value> = workload
        .series
        .iter()
        .map(|series| case.input(series))
        .collect();
    let test = json!({
        "rule_files": ["ours.yaml", "theirs.yaml"],
        "evaluation_interval": "30s",
        "tests": [{
            "interval": case.scrape().to_string(),
            "input_series": inputs,
            "promql_expr_test": questions.checks,
        }],
    });
    fs::write(folder.path().join("test.yaml"), test.to_string()).unwrap();
    let output = Command::new("promtool")
        .args(["test", "rules", "test.yaml"])
        .current_dir(folder.path())
        .output()
        .expect("promtool must be installed: make prometheus");
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    if !output.status.success() || said.contains("FAILED") {
        return Err(format!("{}:\n{said}", case.name));
    }
    assert!(!compared.is_empty(), "{}: {own:?}", case.name);
    Ok(format!(
        "{:<50} {count:>4}  {:<22} {}\n",
        case.name,
        shown(&compared),
        shown(&others)
    ))
}

#[test]
#[ignore = "needs PYRRA_DATA"]
fn rules_agree_with_those_of_pyrra() {
    let cases = cases();
    let mut table = format!(
        "{:<50} {:>4}  {:<22} {}\n",
        "case", "asked", "windows of both", "of Pyrra alone, up to 6h"
    );
    let mut wrong = String::new();
    for result in slosmith::parallel::map(&cases, compare) {
        match result {
            Ok(line) => table += &line,
            Err(said) => wrong += &said,
        }
    }
    println!("{table}{} sets of Pyrra's rules compared", cases.len());
    assert!(wrong.is_empty(), "{wrong}");
    assert!(cases.len() >= 10, "{}", cases.len());
}
