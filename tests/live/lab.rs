//! A real Prometheus with a past: raw metrics as they were scraped, and what the
//! generated rules would have recorded of them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::BufWriter;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::{Deserialize, Serialize};
use slosmith::backfill::openmetrics::Writer;
use slosmith::prometheus::{Client, Server, promtool};

/// A rule file, as far as it is looked at here.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct RuleFile {
    pub(crate) groups: Vec<Group>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Group {
    pub(crate) name: String,
    /// None where the server's default holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) interval: Option<String>,
    pub(crate) rules: Vec<Rule>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Rule {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) record: Option<String>,
    pub(crate) expr: String,
    #[serde(default)]
    pub(crate) labels: BTreeMap<String, String>,
}

impl Rule {
    /// Its name, where it records a series.
    pub(crate) fn name(&self) -> &str {
        self.record.as_deref().unwrap_or_default()
    }

    fn slo(&self) -> Option<&String> {
        self.labels.get("slo")
    }

    /// `@ end()` is the instant of evaluation in a rule, but the end of the block in
    /// the range queries with which promtool evaluates rules.
    pub(crate) fn is_of_an_instant(&self) -> bool {
        self.expr.contains("@ end()")
    }

    fn reads(&self, name: &str) -> bool {
        let is_outside = |c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == ':');
        self.expr.split(is_outside).any(|word| word == name)
    }
}

/// The rules that the binary compiles a spec to.
pub(crate) fn compile(folder: &Path, spec: &str) -> RuleFile {
    let file = folder.join("spec.yaml");
    std::fs::write(&file, spec).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_slosmith"))
        .args(["generate", "-o", "-"])
        .arg(&file)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let text = String::from_utf8(output.stdout).unwrap();
    std::fs::write(folder.join("rules.yaml"), &text).unwrap();
    serde_yaml::from_str(&text).unwrap()
}

/// Makes the configuration of a server from the address that it listens on.
type Config = Box<dyn Fn(SocketAddr) -> String>;

/// A Prometheus and the folder it lives in.
pub(crate) struct Lab {
    server: Option<Server>,
    folder: tempfile::TempDir,
    config: Config,
    flags: &'static [&'static str],
}

impl Lab {
    /// Nothing is scraped and no rule is loaded.
    pub(crate) fn new() -> Self {
        Self::with_flags(&[])
    }

    /// The same, with flags for Prometheus.
    pub(crate) fn with_flags(flags: &'static [&'static str]) -> Self {
        Self {
            flags,
            server: None,
            folder: tempfile::tempdir().unwrap(),
            config: Box::new(|_| "global: {}\n".to_owned()),
        }
    }

    /// Starts the server again with another configuration.
    pub(crate) async fn reconfigure(&mut self, config: String) {
        self.config = Box::new(move |_| config.clone());
        self.restart().await;
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn data(&self) -> PathBuf {
        self.folder().join("data")
    }

    pub(crate) fn client(&self) -> Client {
        self.server.as_ref().unwrap().client().unwrap()
    }

    /// Adds raw metrics to the past.
    pub(crate) async fn import<T>(
        &self,
        write: impl FnOnce(&mut Writer<BufWriter<File>>) -> T,
    ) -> T {
        let path = self.folder().join("raw.om");
        let mut writer = Writer::new(BufWriter::new(File::create(&path).unwrap()));
        let result = write(&mut writer);
        writer.finish().unwrap();
        promtool::blocks_from_openmetrics(&path, &self.data())
            .await
            .unwrap();
        std::fs::remove_file(path).unwrap();
        result
    }

    /// Starts the server, or starts it again, so that it sees what was added.
    pub(crate) async fn restart(&mut self) {
        if let Some(server) = self.server.take() {
            server.stop().await.unwrap();
        }
        let server = Server::start(self.folder(), &self.config, self.flags).await;
        self.server = Some(server.unwrap_or_else(|error| panic!("{error}")));
    }

    /// Has the running server read its rules again.
    #[allow(dead_code, reason = "each test uses a part of it")]
    pub(crate) async fn reload(&self) {
        self.server.as_ref().unwrap().reload().await.unwrap();
    }

    #[allow(dead_code, reason = "each test uses a part of it")]
    pub(crate) fn url(&self) -> String {
        self.server.as_ref().unwrap().url()
    }

    /// Records the past of `groups` up to `end`, in passes: each reads what is there
    /// and what the passes before it recorded. `since` says from when on a series is
    /// needed.
    pub(crate) async fn record(
        &mut self,
        groups: &[Group],
        since: impl Fn(&Rule) -> u64,
        end: u64,
    ) {
        for pass in passes(groups) {
            // One run per start: most series are needed for a few days only.
            let starts: BTreeSet<u64> = pass
                .iter()
                .flat_map(|group| &group.rules)
                .map(&since)
                .collect();
            for start in starts {
                let mut groups = pass.clone();
                for group in &mut groups {
                    group.rules.retain(|rule| since(rule) == start);
                }
                self.record_pass(groups, start, end).await;
            }
            self.restart().await;
        }
    }

    async fn record_pass(&self, groups: Vec<Group>, start: u64, end: u64) {
        // JSON is YAML.
        let text = serde_json::to_string(&RuleFile { groups }).unwrap();
        std::fs::write(self.folder().join("pass.yaml"), text).unwrap();
        let url = self.server.as_ref().unwrap().url();
        promtool::blocks_from_rules(self.folder(), "pass.yaml", "data", &url, (start, end))
            .await
            .unwrap();
    }
}

/// Recording rules by how many others must be recorded first.
fn passes(groups: &[Group]) -> Vec<Vec<Group>> {
    let rules: Vec<&Rule> = groups
        .iter()
        .flat_map(|group| &group.rules)
        .filter(|rule| rule.record.is_some() && !rule.is_of_an_instant())
        .collect();
    let depth = |rule: &Rule| depth(rule, &rules);
    let deepest = rules.iter().map(|rule| depth(rule)).max().unwrap_or(0);
    let pass = |wanted: usize| {
        let mut groups = groups.to_vec();
        for group in &mut groups {
            group.rules.retain(|rule| {
                rule.record.is_some() && !rule.is_of_an_instant() && depth(rule) == wanted
            });
        }
        groups.retain(|group| !group.rules.is_empty());
        groups
    };
    (0..=deepest).map(pass).collect()
}

fn depth(rule: &Rule, all: &[&Rule]) -> usize {
    all.iter()
        .filter(|other| other.slo() == rule.slo() && rule.reads(other.name()))
        .map(|other| depth(other, all) + 1)
        .max()
        .unwrap_or(0)
}
