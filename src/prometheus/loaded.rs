//! What a server runs: rules, alerts, targets, and itself.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};

use super::answer::{Labels, nullable};
use crate::duration::Duration;

/// A group of rules as a server runs it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RuleGroup {
    /// Name of the group.
    pub name: String,
    /// The file it was read from.
    #[serde(default)]
    pub file: String,
    /// Seconds between evaluations.
    #[serde(default)]
    pub interval: f64,
    /// Seconds that the last evaluation took.
    #[serde(default)]
    pub evaluation_time: f64,
    /// Unix time in seconds; none before the first evaluation.
    #[serde(default, deserialize_with = "moment")]
    pub last_evaluation: Option<f64>,
    /// In the order of evaluation.
    #[serde(default, deserialize_with = "nullable")]
    pub rules: Vec<LoadedRule>,
}

/// The state of the database.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DatabaseStatus {
    head_stats: HeadStats,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct HeadStats {
    /// In milliseconds; the greatest number there is before the first sample.
    min_time: i64,
}

impl DatabaseStatus {
    #[expect(clippy::cast_precision_loss, reason = "instants are far below 2^53")]
    pub(super) fn head_begins(&self) -> Option<f64> {
        let begins = self.head_stats.min_time;
        (begins != i64::MAX).then_some(begins as f64 / 1000.0)
    }
}

/// What a rule makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RuleKind {
    /// A series.
    #[default]
    Recording,
    /// Alerts.
    Alerting,
}

/// A rule as a server runs it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LoadedRule {
    /// What it makes.
    #[serde(default, rename = "type")]
    pub kind: RuleKind,
    /// The series or the alert.
    pub name: String,
    /// Its expression, as the server prints it.
    pub query: String,
    /// The labels that it adds.
    #[serde(default, deserialize_with = "nullable")]
    pub labels: Labels,
    /// `ok`, `err`, or `unknown` before the first evaluation.
    #[serde(default)]
    pub health: String,
    /// Why it is not `ok`.
    #[serde(default, deserialize_with = "nullable")]
    pub last_error: String,
    /// Unix time in seconds; none before the first evaluation.
    #[serde(default, deserialize_with = "moment")]
    pub last_evaluation: Option<f64>,
    /// Seconds before an alert is raised, `for`.
    #[serde(default)]
    pub duration: f64,
    /// Texts of an alerting rule, templates as written.
    #[serde(default, deserialize_with = "nullable")]
    pub annotations: Labels,
    /// What an alerting rule has raised.
    #[serde(default, deserialize_with = "nullable")]
    pub alerts: Vec<LoadedAlert>,
}

/// An alert that a rule has raised.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct LoadedAlert {
    /// Its labels, `alertname` among them.
    pub labels: Labels,
    /// Its texts, templates filled in.
    #[serde(default, deserialize_with = "nullable")]
    pub annotations: Labels,
    /// `pending` or `firing`.
    pub state: String,
}

/// Something that a server scrapes.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Target {
    /// What its series have, `job` and `instance` among them.
    #[serde(default, deserialize_with = "nullable")]
    pub labels: Labels,
    /// `up`, `down`, or `unknown` before the first scrape.
    #[serde(default)]
    pub health: String,
    /// Why it is not `up`.
    #[serde(default, deserialize_with = "nullable")]
    pub last_error: String,
    /// Seconds between scrapes.
    #[serde(default, deserialize_with = "interval")]
    pub scrape_interval: Option<f64>,
    /// Unix time in seconds; none before the first scrape.
    #[serde(default, deserialize_with = "moment")]
    pub last_scrape: Option<f64>,
}

/// What a metric is, as its exporter says.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Metadata {
    /// `counter`, `gauge`, `histogram`, `summary`, …, or `unknown`.
    #[serde(default, rename = "type")]
    pub kind: String,
    /// What it is about.
    #[serde(default)]
    pub help: String,
    /// Its unit, most often empty.
    #[serde(default)]
    pub unit: String,
}

/// What a server was built from.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct BuildInfo {
    /// As it is written: `2.42.0+ds`. A VictoriaMetrics as old as that of Debian 12 has
    /// none.
    pub version: Option<String>,
    /// The commit; VictoriaMetrics has none.
    #[serde(default)]
    pub revision: String,
    /// What Mimir calls itself; empty in Prometheus.
    #[serde(default)]
    pub application: String,
}

/// How a server runs. What it does not say is empty.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RuntimeInfo {
    /// How long samples are kept, as it writes it: `15d`, `30d or 5GiB`.
    pub storage_retention: String,
    /// Whether the configuration with its rules was read the last time.
    pub reload_config_success: Option<bool>,
    /// Since when it runs, in Unix seconds.
    #[serde(deserialize_with = "moment")]
    pub start_time: Option<f64>,
    /// When it last read its configuration, in Unix seconds.
    #[serde(deserialize_with = "moment")]
    pub last_config_time: Option<f64>,
}

#[derive(Debug, Deserialize)]
pub(super) struct RulesData {
    #[serde(default, deserialize_with = "nullable")]
    pub(super) groups: Vec<RuleGroup>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TargetsData {
    #[serde(default, deserialize_with = "nullable")]
    pub(super) active_targets: Vec<Target>,
}

/// Of each metric, most often one.
pub type MetadataOfAll = BTreeMap<String, Vec<Metadata>>;

/// Go writes the moment that never was as `0001-01-01T00:00:00Z`.
fn moment<'de, D: Deserializer<'de>>(from: D) -> Result<Option<f64>, D::Error> {
    let value = serde_json::Value::deserialize(from)?;
    let moment = value.as_str().and_then(|text| text.parse().ok());
    Ok(moment
        .map(|moment: jiff::Timestamp| moment.as_duration().as_secs_f64())
        .filter(|seconds| *seconds > 0.0))
}

fn interval<'de, D: Deserializer<'de>>(from: D) -> Result<Option<f64>, D::Error> {
    let value = serde_json::Value::deserialize(from)?;
    let interval = value.as_str().and_then(|text| Duration::parse(text).ok());
    Ok(interval.map(Duration::as_secs_f64))
}
