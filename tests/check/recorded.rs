//! What the rules would have recorded, had they been loaded all the time.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use slosmith::backfill::openmetrics::Writer;
use slosmith::backfill::{self, ComputeError, Recorded, passes};
use slosmith::diagnostic::Diagnostics;
use slosmith::prometheus::{Client, Error};
use slosmith::promql::rewrite::add_matchers;
use slosmith::promql::{parse_matchers, print};
use slosmith::rules::{self, Options, Rule, RuleFile};
use slosmith::source::Sources;
use slosmith::spec::load_all;

use crate::case::Tamper;
use crate::clock::seconds;

/// A rule whose value is only read where it is the last: nothing reads it back.
pub(crate) struct Instant {
    record: String,
    text: String,
    labels: BTreeMap<String, String>,
}

/// What specs compile to.
pub(crate) fn compile(specs: &[(String, String)]) -> Vec<RuleFile> {
    let mut sources = Sources::default();
    let add = |(name, text): &(String, String)| sources.add(name.as_str(), text.as_str());
    let ids: Vec<_> = specs.iter().map(add).collect();
    let mut diagnostics = Diagnostics::default();
    let slos = load_all(&sources, &ids, &mut diagnostics).slos;
    assert!(!diagnostics.has_errors());
    rules::compile(&slos, &slos, &Options::default())
}

/// The rules of each cluster, where there are some: they read its metrics, and what they
/// record is marked with it.
pub(crate) fn of_clusters(files: Vec<RuleFile>, clusters: &[&str]) -> Vec<Vec<RuleFile>> {
    if clusters.is_empty() {
        return vec![files];
    }
    let of_cluster = |cluster: &&str| {
        let matchers = parse_matchers(&format!("cluster=\"{cluster}\"")).unwrap();
        let mut files = files.clone();
        let groups = files.iter_mut().flat_map(|file| &mut file.groups);
        for rule in groups.flat_map(|group| &mut group.rules) {
            if let Rule::Record { expr, labels, .. } = rule {
                *expr = add_matchers(expr, &matchers);
                let label = ("cluster".to_owned(), (*cluster).to_owned());
                Arc::make_mut(labels).extend([label]);
            }
        }
        files
    };
    clusters.iter().map(of_cluster).collect()
}

/// The series that rules read back over time, in passes.
pub(crate) fn history(sets: &[Vec<RuleFile>]) -> Vec<Vec<Recorded<'_>>> {
    let mut all: Vec<Vec<Recorded<'_>>> = Vec::new();
    for files in sets {
        for (index, pass) in passes(files).into_iter().enumerate() {
            if all.len() <= index {
                all.push(Vec::new());
            }
            all[index].extend(pass);
        }
    }
    all
}

/// The rules of which one value is enough, in passes: each reads what is there and what
/// the passes before it recorded.
pub(crate) fn instants(sets: &[Vec<RuleFile>]) -> Vec<Vec<Instant>> {
    let with_history: BTreeSet<_> = history(sets)
        .into_iter()
        .flatten()
        .map(|recorded| (recorded.record.to_owned(), recorded.labels.clone()))
        .collect();
    let rules = sets.iter().flatten().flat_map(|file| &file.groups);
    let mut rest: Vec<Instant> = rules
        .flat_map(|group| &group.rules)
        .filter_map(|rule| match rule {
            Rule::Record {
                record,
                expr,
                labels,
            } => Some(Instant {
                record: record.clone(),
                text: print(expr),
                labels: labels.as_ref().clone(),
            }),
            Rule::Alert { .. } => None,
        })
        .filter(|rule| !with_history.contains(&(rule.record.clone(), rule.labels.clone())))
        .collect();
    let mut found = Vec::new();
    while !rest.is_empty() {
        let waits: Vec<bool> = rest.iter().map(|rule| rule.waits_for(&rest)).collect();
        let mut waits = waits.into_iter();
        let (later, now) = rest
            .into_iter()
            .partition(|_| waits.next().unwrap_or_default());
        rest = later;
        found.push(now);
    }
    found
}

impl Instant {
    fn waits_for(&self, rest: &[Self]) -> bool {
        rest.iter().any(|other| {
            let [service, slo] = ["service", "slo"].map(|label| &other.labels[label]);
            let read = format!("{}{{service=\"{service}\", slo=\"{slo}\"", other.record);
            self.text.contains(&read)
        })
    }

    pub(crate) fn service(&self) -> &str {
        &self.labels["service"]
    }

    /// Its value at an instant, in the text of `OpenMetrics`. A rule that fails has none.
    pub(crate) async fn compute(&self, client: &Client, at: u64, tamper: Option<Tamper>) -> String {
        let mut writer = Writer::new(Vec::new());
        let answer = match client.query(&self.text, seconds(at)).await {
            Ok(answer) => answer,
            Err(Error::Execution { .. }) => return String::new(),
            Err(error) => panic!("{error}: {}", self.text),
        };
        for mut sample in answer.samples {
            sample.labels.remove("__name__");
            sample.labels.extend(self.labels.clone());
            let labels = sample.labels.iter();
            let labels = labels.map(|(name, value)| (name.as_str(), value.as_str()));
            let samples = [(seconds(at), sample.value)];
            writer.series(&self.record, labels, samples).unwrap();
        }
        tampered(lines(writer), &self.record, at, tamper)
    }
}

/// The history of a series up to `until`, in the text of `OpenMetrics`. A rule that
/// fails has none.
pub(crate) async fn compute(
    client: &Client,
    recorded: &Recorded<'_>,
    until: u64,
    tamper: Option<Tamper>,
) -> String {
    let mut writer = Writer::new(Vec::new());
    match backfill::compute(client, recorded, until, &mut writer).await {
        Ok(_) => tampered(lines(writer), recorded.record, until, tamper),
        Err(ComputeError::Ask(Error::Execution { .. })) => String::new(),
        Err(error) => panic!("{error}: {}", print(recorded.expr)),
    }
}

fn lines(writer: Writer<Vec<u8>>) -> String {
    let text = String::from_utf8(writer.finish().unwrap()).unwrap();
    text.replace("# EOF\n", "")
}

fn tampered(text: String, record: &str, until: u64, tamper: Option<Tamper>) -> String {
    let Some(tamper) = tamper else {
        return text;
    };
    let line = |line: &str| {
        let mut parts = line.rsplitn(3, ' ');
        let at: u64 = parts.next().unwrap().parse().unwrap();
        let value = parts.next().unwrap().parse().unwrap();
        let head = parts.next().unwrap();
        format!("{head} {} {at}\n", tamper(record, until - at, value))
    };
    text.lines().map(line).collect()
}
