use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::field::{self, Field};
use super::summary;
use super::xml::{attribute, body};
use crate::check::{Outcome, Standing, Verdict};
use crate::diagnostic::{Diagnostic, Places, Severity, render_some};
use crate::slo::SloId;
use crate::source::{SourceSpan, Sources};
use crate::words;

/// A test suite per service with a test case per SLO and group, and one for the server.
///
/// There is no standard; this is what [the tools have in common][format]. A case holds one
/// `failure` or `error` at most, since some show only the first, and its text says
/// everything, since some do not show the `message`. `file` and `line` are no part of the
/// oldest schemas, but lead to the spec where they are understood.
///
/// - `failure`: the SLO is breached, or something is wrong that is an error.
/// - `error`: nobody knows how it stands. That is what the word means in `JUnit` (the test
///   could not be made), tools that tell the two apart show it as such, and the others
///   count it as failed; a skipped test would turn the build green.
/// - `system-out`: what does not fail: at risk, warnings.
///
/// The case for the server is always there: some tools take a report without a test for
/// a broken one.
///
/// [format]: https://github.com/testmoapp/junitxml
pub fn junit(outcome: &Outcome, sources: &Sources) -> String {
    let mut places = Places::new(sources);
    let mut suites = vec![Suite::of_server(outcome, &mut places)];
    for (service, cases) in services(outcome) {
        let cases = cases.iter().map(|case| case.render(&mut places)).collect();
        suites.push(Suite {
            name: service,
            cases,
        });
    }
    let cases = || suites.iter().flat_map(|suite| &suite.cases);
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"slosmith check\" {} \
         time=\"{:.3}\">\n",
        counts(cases()),
        if outcome.seconds.is_finite() {
            outcome.seconds
        } else {
            0.0
        }
    );
    let timestamp = words::instant(outcome.at).map_or_else(String::new, |at| {
        format!(" timestamp=\"{}\"", at.strftime("%Y-%m-%dT%H:%M:%S"))
    });
    for suite in &suites {
        suite.render(&timestamp, &mut text);
    }
    text.push_str("</testsuites>\n");
    text
}

/// Test cases under one name.
struct Suite<'a> {
    name: &'a str,
    cases: Vec<Rendered>,
}

/// An SLO, one of its rows, or what is found about all of them.
struct Case<'a> {
    service: &'a str,
    name: String,
    at: Option<SourceSpan>,
    standing: Option<&'a Standing>,
    findings: Vec<&'a Diagnostic>,
}

/// A test case as text, and how it ended.
struct Rendered {
    text: String,
    end: End,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Passed,
    Failure,
    Error,
}

impl Suite<'_> {
    /// What is wrong with the server, or could not be looked at, in a suite of its own.
    fn of_server(outcome: &Outcome, places: &mut Places<'_>) -> Self {
        let findings = summary::sorted(outcome).into_iter();
        let case = Case {
            service: "slosmith check",
            name: "prometheus".to_owned(),
            at: None,
            standing: None,
            findings: findings
                .filter(|finding| finding.slo.is_none())
                .map(|finding| &finding.diagnostic)
                .collect(),
        };
        let notes = outcome.notes.iter();
        let notes: Vec<_> = notes.map(|note| format!("note: {note}\n")).collect();
        Suite {
            name: "slosmith check",
            cases: vec![case.render_with(&notes.concat(), places)],
        }
    }

    fn render(&self, timestamp: &str, text: &mut String) {
        let _ = writeln!(
            text,
            "  <testsuite name=\"{}\" {}{timestamp} time=\"0\">",
            attribute(self.name),
            counts(self.cases.iter()),
        );
        for case in &self.cases {
            text.push_str(&case.text);
        }
        text.push_str("  </testsuite>\n");
    }
}

/// Cases by service. What is found about an SLO with one row belongs to that row, else
/// to a case of its own, so that nothing is said once per group.
fn services(outcome: &Outcome) -> BTreeMap<&str, Vec<Case<'_>>> {
    let mut slos: BTreeMap<&SloId, (Vec<&Standing>, Vec<&Diagnostic>)> = BTreeMap::new();
    for standing in &outcome.standings {
        slos.entry(&standing.slo).or_default().0.push(standing);
    }
    for finding in summary::sorted(outcome) {
        if let Some(slo) = &finding.slo {
            slos.entry(slo).or_default().1.push(&finding.diagnostic);
        }
    }
    let mut services: BTreeMap<&str, Vec<Case<'_>>> = BTreeMap::new();
    for (slo, (standings, mut findings)) in slos {
        let cases = services.entry(&slo.service).or_default();
        let is_one = standings.len() == 1;
        cases.extend(standings.into_iter().map(|standing| Case {
            service: &slo.service,
            name: format!("{}{}", slo.name, field::labels(standing)),
            at: Some(standing.at),
            standing: Some(standing),
            findings: if is_one {
                std::mem::take(&mut findings)
            } else {
                Vec::new()
            },
        }));
        if !findings.is_empty() {
            cases.push(Case {
                service: &slo.service,
                name: slo.name.clone(),
                at: findings[0].primary.as_ref().map(|primary| primary.at),
                standing: None,
                findings,
            });
        }
    }
    services
}

impl Case<'_> {
    fn render(&self, places: &mut Places<'_>) -> Rendered {
        self.render_with("", places)
    }

    /// With more text in its output.
    fn render_with(&self, more: &str, places: &mut Places<'_>) -> Rendered {
        let end = self.end();
        let (mut blame, mut output) = (self.because(), String::new());
        if end == End::Passed {
            std::mem::swap(&mut blame, &mut output);
        }
        blame.push_str(&self.findings(Severity::Error, places));
        output.push_str(&self.findings(Severity::Warning, places));
        output.push_str(more);
        let start = self.start(places);
        let mut text = String::new();
        let element = match end {
            End::Passed => None,
            End::Failure => Some("failure"),
            End::Error => Some("error"),
        };
        if let Some(element) = element {
            let (kind, message) = self.in_short();
            let _ = writeln!(
                text,
                "      <{element} type=\"{}\" message=\"{}\">{}</{element}>",
                attribute(kind),
                attribute(&message),
                body(&blame)
            );
        }
        if !output.is_empty() {
            let output = body(&output);
            let _ = writeln!(text, "      <system-out>{output}</system-out>");
        }
        let text = if text.is_empty() {
            format!("    <{start}/>\n")
        } else {
            format!("    <{start}>\n{text}    </testcase>\n")
        };
        Rendered { text, end }
    }

    /// The tag that begins it, without its brackets.
    fn start(&self, places: &mut Places<'_>) -> String {
        let place = self.at.map(|at| places.of(at));
        let place = place.map_or_else(String::new, |place| {
            format!(
                " file=\"{}\" line=\"{}\"",
                attribute(place.file),
                place.line
            )
        });
        format!(
            "testcase classname=\"{}\" name=\"{}\"{place} time=\"0\"",
            attribute(self.service),
            attribute(&self.name)
        )
    }

    fn verdict(&self) -> Verdict {
        self.standing
            .map_or(Verdict::Ok, |standing| standing.verdict)
    }

    fn errors(&self) -> impl Iterator<Item = &&Diagnostic> {
        self.of(Severity::Error)
    }

    fn of(&self, severity: Severity) -> impl Iterator<Item = &&Diagnostic> {
        let findings = self.findings.iter();
        findings.filter(move |finding| finding.code.severity == severity)
    }

    fn end(&self) -> End {
        match self.verdict() {
            Verdict::Unknown => End::Error,
            Verdict::Breached => End::Failure,
            _ if self.errors().next().is_some() => End::Failure,
            _ => End::Passed,
        }
    }

    /// The kind and the message of what is blamed.
    fn in_short(&self) -> (&str, String) {
        let standing = self
            .standing
            .filter(|standing| matches!(standing.verdict, Verdict::Breached | Verdict::Unknown));
        match (standing, self.errors().next()) {
            (Some(standing), _) => {
                let verdict = standing.verdict.name();
                let reason = standing.reasons.first();
                let message = reason.map_or_else(|| verdict.to_owned(), Clone::clone);
                (verdict, message)
            }
            (None, Some(error)) => (error.code.id, error.message.clone()),
            (None, None) => ("", String::new()),
        }
    }

    /// How it stands and why, unless it is ok.
    fn because(&self) -> String {
        let Some(standing) = self.standing.filter(|s| s.verdict != Verdict::Ok) else {
            return String::new();
        };
        let mut lines = vec![format!(
            "{} is {}",
            Field::Slo.text(standing),
            summary::word(standing.verdict)
        )];
        lines.extend(standing.reasons.iter().cloned());
        lines.push(field::facts(standing));
        lines.push(String::new());
        lines.join("\n")
    }

    fn findings(&self, severity: Severity, places: &mut Places<'_>) -> String {
        render_some(self.of(severity).copied(), places, false)
    }
}

/// The attributes that say how many there are.
fn counts<'a>(cases: impl Iterator<Item = &'a Rendered>) -> String {
    let (mut all, mut failures, mut errors) = (0, 0, 0);
    for case in cases {
        all += 1;
        failures += usize::from(case.end == End::Failure);
        errors += usize::from(case.end == End::Error);
    }
    format!("tests=\"{all}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"0\"")
}
