//! Pyrra's own specs and expected rules against ours: every spec is read, and both sets
//! of rules are evaluated by promtool on the same raw series. Not part of the repository;
//! `PYRRA_DATA` names the directory.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use slosmith::diagnostic::Diagnostics;
use slosmith::duration::Duration;
use slosmith::output::prometheus::render;
use slosmith::promql::build::quote;
use slosmith::rules::{Options, compile};
use slosmith::slo::Slo;
use slosmith::source::Sources;
use slosmith::spec;
use slosmith::workload::{Phase, Series, synthesize};

/// How often everything is scraped and evaluated.
const STEP: Duration = Duration::from_secs(30);
/// Healthy before the outage.
const HEALTHY: Duration = Duration::from_hours(7);
/// The outage.
const OUTAGE: Duration = Duration::from_mins(75);
/// Its end, when both are compared.
const END: &str = "8h15m";
/// Windows of ours that fit into the time that is simulated; compared where Pyrra has them.
const WINDOWS: [&str; 4] = ["5m", "30m", "1h", "6h"];
/// How far two ratios may be apart: Pyrra's are made from raw counters over the window,
/// ours from rates of five minutes, so that an outage of 75 minutes shows some three
/// minutes later.
const TOLERANCE: &str = "0.05";

/// Cases that are not evaluated, and why.
const APART: [(&str, &str); 1] = [(
    "http-latency-native-grouping",
    "promtool cannot write native histograms",
)];
/// Specs that are refused, with the code and why.
const REFUSED: [(&str, &str, &str); 1] = [(
    "pyrra-connect-errors",
    "SLO009",
    "groups by `service`, a label that the recorded series have themselves",
)];

fn directory() -> PathBuf {
    PathBuf::from(std::env::var_os("PYRRA_DATA").expect("PYRRA_DATA names a directory"))
}

fn sorted(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

/// The SLOs of a file and the codes of the errors in it.
fn read(path: &Path) -> (Vec<Slo>, Vec<&'static str>) {
    let mut sources = Sources::default();
    let id = sources.add(
        path.display().to_string(),
        fs::read_to_string(path).unwrap(),
    );
    let mut found = Diagnostics::default();
    let slos = spec::load(&sources, &[id], &mut found);
    let is_error =
        |code: &slosmith::diagnostic::Code| code.severity == slosmith::diagnostic::Severity::Error;
    let errors = found.sorted().into_iter().map(|finding| finding.code);
    let errors = errors.filter(|code| is_error(code)).map(|code| code.id);
    let errors = errors.collect();
    (slos, errors)
}

#[test]
#[ignore = "needs PYRRA_DATA"]
fn every_spec_is_read() {
    let (mut read_files, mut accepted, mut wrong) = (0, 0, String::new());
    let specs = sorted(&directory().join("specs"));
    let cases = sorted(&directory().join("cases"));
    for path in specs
        .into_iter()
        .chain(cases.into_iter().map(|case| case.join("slo.yaml")))
    {
        let (slos, errors) = read(&path);
        read_files += 1;
        let stem = path.file_stem().unwrap().to_str().unwrap();
        if let Some((_, code, why)) = REFUSED.iter().find(|(name, ..)| *name == stem) {
            println!("{stem}: refused with {code}: {why}");
            if errors != [*code] {
                let _ = writeln!(wrong, "{stem}: expected {code}, found {errors:?}");
            }
            continue;
        }
        accepted += 1;
        if slos.len() != 1 || !errors.is_empty() {
            let _ = writeln!(wrong, "{}: {errors:?}", path.display());
        }
    }
    println!(
        "{read_files} files read, {accepted} accepted, {} refused",
        read_files - accepted
    );
    assert!(read_files >= 31, "{read_files}");
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
#[ignore = "needs PYRRA_DATA"]
fn rules_of_both_say_the_same() {
    let (mut compared, mut equal, mut wrong) = (0, 0, String::new());
    for case in sorted(&directory().join("cases")) {
        let name = case.file_name().unwrap().to_str().unwrap().to_owned();
        let theirs = case.join("burnrates.yaml");
        if !theirs.exists() {
            println!("{name}: has no burn rates");
            continue;
        }
        if let Some((_, why)) = APART.iter().find(|(apart, _)| *apart == name) {
            println!("{name}: not evaluated: {why}");
            continue;
        }
        compared += 1;
        match compare(&case.join("slo.yaml"), &theirs) {
            Ok(said) => {
                equal += usize::from(said.starts_with("equal"));
                println!("{name}: {said}");
            }
            Err(said) => {
                let _ = writeln!(wrong, "{name}: {said}");
            }
        }
    }
    println!("{compared} sets of rules compared, {equal} with windows in common");
    assert!(compared >= 9 && equal >= 7, "{compared} {equal}");
    assert!(wrong.is_empty(), "{wrong}");
}

fn compare(spec: &Path, theirs: &Path) -> Result<String, String> {
    let (slos, _) = read(spec);
    let slo = slos.first().ok_or("no SLO")?;
    let folder = tempfile::tempdir().unwrap();
    let ours = compile(&slos, &slos, &Options::default());
    let text = render(ours.first().ok_or("no rules")?, &[]);
    fs::write(folder.path().join("ours.yaml"), &text).unwrap();
    let pyrra = fs::read_to_string(theirs).unwrap();
    fs::write(folder.path().join("theirs.yaml"), &pyrra).unwrap();
    fs::write(
        folder.path().join("test.yaml"),
        scenario(slo, &text, &pyrra)?,
    )
    .unwrap();
    let mut command = Command::new("promtool");
    command
        .args(["test", "rules", "test.yaml"])
        .current_dir(folder.path());
    let output = command.output().unwrap();
    if output.status.success() {
        let windows: Vec<&str> = common(&text, &pyrra).collect();
        let alerts = match slo.alerting.page {
            Some(_) => "both page in an outage",
            None => "neither alerts",
        };
        // Pyrra's windows grow with the period, ours with its root.
        let windows = match windows.as_slice() {
            [] => "no window in common".to_owned(),
            windows => format!("equal over {}", windows.join(", ")),
        };
        Ok(format!("{windows}, {alerts}"))
    } else {
        let said = [output.stdout, output.stderr].concat();
        Err(String::from_utf8_lossy(&said).into_owned())
    }
}

fn scenario(slo: &Slo, ours: &str, theirs: &str) -> Result<String, String> {
    let all = [(&slo.id, slo)].into_iter().collect();
    let workload = synthesize(slo, &all).map_err(|reason| reason.to_string())?;
    let budget: f64 = slo.objective.value.budget().to_string().parse().unwrap();
    let errors = (40.0 * budget).min(1.0);
    let phases = [
        Phase::traffic(HEALTHY, 100.0, 0.0),
        Phase::traffic(OUTAGE, 100.0, errors),
    ];
    let mut text = String::from(
        "rule_files: [ours.yaml, theirs.yaml]\nevaluation_interval: 30s\ntests:\n- interval: 30s\n  input_series:\n",
    );
    for series in &workload.series {
        let _ = writeln!(
            text,
            "  - series: {}\n    values: {}",
            yaml(&written(series)),
            yaml(&values(series, &phases))
        );
    }
    text += "  promql_expr_test:\n";
    let metric = base_name(theirs)?;
    for window in common(ours, theirs) {
        // Both are there, in the same groups, and as good as equal.
        let by: Vec<&str> = slo.group_labels().collect();
        let by = by.join(", ");
        let ours = format!(
            "avg by ({by}) (slo:error_ratio:{window}{{service={}, slo={}}})",
            quote(&slo.id.service),
            quote(&slo.id.name)
        );
        let theirs = format!(
            "avg by ({by}) ({metric}:burnrate{window}{{slo={}}})",
            quote(&slo.id.name)
        );
        let groups = workload.groups.len();
        expect(&mut text, &format!("count({ours} and {theirs})"), groups);
        nothing(&mut text, &format!("{ours} unless {theirs}"));
        nothing(
            &mut text,
            &format!("abs({ours} - {theirs}) / {ours} > {TOLERANCE}"),
        );
    }
    let Some(page) = &slo.alerting.page else {
        nothing(&mut text, "ALERTS");
        return Ok(text);
    };
    // Only Pyrra's alerts have a label `short`, only ours `service` of the SLO.
    for whose in ["short!=\"\"", "short=\"\""] {
        let firing = format!(
            "count(count by (slo) (ALERTS{{alertstate=\"firing\", severity={}, slo={}, {whose}}}))",
            quote(&page.severity.value),
            quote(&slo.id.name)
        );
        expect(&mut text, &firing, 1);
    }
    Ok(text)
}

/// Windows that both have.
fn common(ours: &str, theirs: &str) -> impl Iterator<Item = &'static str> {
    let has = |window: &&str| {
        theirs.contains(&format!(":burnrate{window}\n"))
            && ours.contains(&format!("slo:error_ratio:{window}\n"))
    };
    WINDOWS.into_iter().filter(has)
}

/// `http_requests` of `http_requests:burnrate5m`.
fn base_name(rules: &str) -> Result<&str, String> {
    let (_, rest) = rules.split_once("record: ").ok_or("no record")?;
    let (name, _) = rest.split_once(":burnrate").ok_or("no burn rate")?;
    Ok(name)
}

fn expect(text: &mut String, expr: &str, value: usize) {
    let _ = writeln!(
        text,
        "  - expr: {}\n    eval_time: {END}\n    exp_samples: [{{labels: '{{}}', value: {value}}}]",
        yaml(expr)
    );
}

fn nothing(text: &mut String, expr: &str) {
    let _ = writeln!(
        text,
        "  - expr: {}\n    eval_time: {END}\n    exp_samples: []",
        yaml(expr)
    );
}

fn yaml(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn written(series: &Series) -> String {
    let labels: Vec<String> = series
        .labels
        .iter()
        .map(|(label, value)| format!("{label}={}", quote(value)))
        .collect();
    format!("{}{{{}}}", series.name, labels.join(","))
}

fn values(series: &Series, phases: &[Phase]) -> String {
    let values = series.values(phases, STEP, 0.0);
    let shown = values.iter().map(|value| match value {
        Some(value) => value.to_string(),
        None => "_".to_owned(),
    });
    shown.collect::<Vec<_>>().join(" ")
}
