//! Runs `slosmith check` and reads what it says.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::case::{Case, Says};
use crate::slosmith_command::{Run, run, slosmith};
use crate::world::World;

/// What a check says, as far as it is looked at here.
#[derive(Debug, Deserialize)]
pub(crate) struct Outcome {
    pub(crate) slos: Vec<Standing>,
    pub(crate) findings: Vec<Finding>,
    pub(crate) notes: Vec<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Standing {
    pub(crate) service: String,
    pub(crate) slo: String,
    pub(crate) group: BTreeMap<String, String>,
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) verdict: String,
    pub(crate) reasons: Vec<String>,
    pub(crate) budget_left: Option<f64>,
    pub(crate) error_ratio: Option<f64>,
    pub(crate) coverage: Option<f64>,
    pub(crate) origin: String,
    pub(crate) promise: Option<Promise>,
    pub(crate) burn: Vec<Burn>,
    pub(crate) alerts: Vec<Alert>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Promise {
    pub(crate) left: Option<f64>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Burn {
    pub(crate) window: String,
    pub(crate) rate: Option<f64>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Alert {
    pub(crate) name: String,
    pub(crate) severity: String,
    pub(crate) expected: bool,
    pub(crate) firing: bool,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Finding {
    service: Option<String>,
    pub(crate) code: String,
    pub(crate) message: String,
    pub(crate) help: Option<String>,
}

/// Runs a check on the specs of a world.
pub(crate) fn check(world: &World, args: &[&str]) -> Run {
    let mut command = slosmith(world.folder());
    command.args(["check", "specs", "--prometheus", &world.url()]);
    run(command.args(args))
}

/// The same, read.
pub(crate) fn outcome(world: &World, args: &[&str]) -> (Outcome, Run) {
    let run = check(world, &[&["--format", "json"], args].concat());
    (read(&run), run)
}

/// What a run with `--format json` says.
pub(crate) fn read(run: &Run) -> Outcome {
    serde_json::from_str(&run.out)
        .unwrap_or_else(|error| panic!("{error}: {:?}\n{}\n{}", run.code, run.out, run.err))
}

impl Standing {
    /// The SLO and its group: `api region=eu`.
    pub(crate) fn title(&self) -> String {
        let labels = self.group.iter().chain(&self.labels);
        let labels: Vec<_> = labels
            .map(|(label, value)| format!(" {label}={value}"))
            .collect();
        format!("{}{}", self.slo, labels.concat())
    }

    /// Alerts that should fire, and those that do: `SLOBudgetLow ticket`.
    pub(crate) fn alerts(&self, which: fn(&Alert) -> bool) -> Vec<String> {
        let alerts = self.alerts.iter().filter(|alert| which(alert));
        alerts
            .map(|alert| format!("{} {}", alert.name, alert.severity))
            .collect()
    }
}

impl Outcome {
    /// By service; what is about none stands under the empty name.
    pub(crate) fn says(&self) -> BTreeMap<String, Says> {
        let mut says: BTreeMap<String, Says> = BTreeMap::new();
        for standing in &self.slos {
            let service = says.entry(standing.service.clone()).or_default();
            service
                .verdicts
                .insert(standing.title(), standing.verdict.clone());
        }
        for finding in &self.findings {
            let service = finding.service.clone().unwrap_or_default();
            let service = says.entry(service).or_default();
            service.codes.insert(finding.code.clone());
        }
        says
    }

    /// How the SLO of a service stands that has only one.
    pub(crate) fn standing(&self, service: &str, title: &str) -> &Standing {
        let of = |standing: &&Standing| standing.service == service && standing.title() == title;
        self.slos
            .iter()
            .find(of)
            .unwrap_or_else(|| panic!("{service}/{title} is missing: {self:#?}"))
    }

    /// Compares with what the cases expect, all at once.
    pub(crate) fn is_as_expected(&self, cases: &[Case], general: &[&str]) {
        let mut found = self.says();
        let mut wrong = String::new();
        let mut compare = |service: &str, expected: &Says| {
            let found = found.remove(service).unwrap_or_default();
            if found != *expected {
                wrong += &format!("{service}:\n  expected {expected:?}\n  found    {found:?}\n");
                wrong += &self.details(service);
            }
        };
        for case in cases {
            compare(case.service, &case.says);
        }
        let general = Says {
            codes: general.iter().map(|code| (*code).to_owned()).collect(),
            ..Says::default()
        };
        compare("", &general);
        assert!(wrong.is_empty() && found.is_empty(), "\n{wrong}{found:?}");
    }

    /// What there is to know about a service.
    fn details(&self, service: &str) -> String {
        let findings = self.findings.iter();
        let findings =
            findings.filter(|finding| finding.service.as_deref().unwrap_or_default() == service);
        let findings =
            findings.map(|finding| format!("    {}: {}\n", finding.code, finding.message));
        let standings = self.slos.iter();
        let standings = standings.filter(|standing| standing.service == service);
        let standings = standings.map(|standing| {
            let reasons = standing.reasons.join("; ");
            format!("    {}: {} {reasons}\n", standing.title(), standing.verdict)
        });
        findings.chain(standings).collect()
    }
}
