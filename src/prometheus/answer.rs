//! What the API answers, as far as it is used here.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};

/// Labels of a series, its name under `__name__`.
pub type Labels = BTreeMap<String, String>;

/// The answer to an instant query.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// One per series; a scalar is one without labels.
    pub samples: Vec<Sample>,
    /// What it cost, where that was asked for.
    pub stats: Option<Stats>,
}

/// One series at one instant.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// Name and labels.
    pub labels: Labels,
    /// Its value.
    pub value: f64,
}

/// One series over time.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// Name and labels.
    pub labels: Labels,
    /// Unix time in seconds and value, in order of time.
    pub points: Vec<(f64, f64)>,
}

/// What a query cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Stats {
    /// Samples that were read, counted once per step.
    pub total_queryable_samples: u64,
    /// Most samples that were held at once.
    pub peak_samples: u64,
}

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

/// The envelope of every answer.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Envelope<T> {
    pub(super) status: String,
    pub(super) data: Option<T>,
    #[serde(default)]
    pub(super) error_type: String,
    #[serde(default)]
    pub(super) error: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct QueryData {
    #[serde(flatten)]
    result: QueryResult,
    stats: Option<StatsData>,
}

#[derive(Debug, Deserialize)]
struct StatsData {
    samples: Stats,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "resultType", content = "result", rename_all = "lowercase")]
enum QueryResult {
    Vector(Vec<VectorItem>),
    Matrix(Vec<MatrixItem>),
    Scalar(Point),
    String(serde::de::IgnoredAny),
}

#[derive(Debug, Deserialize)]
struct VectorItem {
    metric: Labels,
    value: Option<Point>,
}

#[derive(Debug, Deserialize)]
struct MatrixItem {
    metric: Labels,
    #[serde(default)]
    values: Vec<Point>,
}

/// Unix time, and a number as text, for JSON knows neither NaN nor infinity.
#[derive(Debug, Deserialize)]
struct Point(f64, String);

impl Point {
    fn value(&self) -> Result<f64, String> {
        // Go writes `+Inf`, `-Inf` and `NaN`, which Rust reads as well.
        let text = &self.1;
        text.parse().map_err(|_| format!("`{text}` is no number"))
    }
}

impl QueryData {
    pub(super) fn instant(self) -> Result<Answer, String> {
        let samples = match self.result {
            QueryResult::Vector(items) => items.into_iter().map(VectorItem::sample).collect(),
            QueryResult::Scalar(point) => point.value().map(|value| {
                vec![Sample {
                    labels: Labels::new(),
                    value,
                }]
            }),
            QueryResult::Matrix(_) => Err("a range where an instant was asked for".to_owned()),
            QueryResult::String(_) => Err("a text where numbers were asked for".to_owned()),
        };
        Ok(Answer {
            samples: samples?,
            stats: self.stats.map(|stats| stats.samples),
        })
    }

    pub(super) fn range(self) -> Result<Vec<Series>, String> {
        let QueryResult::Matrix(items) = self.result else {
            return Err("no range where one was asked for".to_owned());
        };
        items.into_iter().map(MatrixItem::series).collect()
    }
}

impl VectorItem {
    fn sample(self) -> Result<Sample, String> {
        let value = self
            .value
            .ok_or("a histogram where numbers were asked for")?
            .value()?;
        Ok(Sample {
            labels: self.metric,
            value,
        })
    }
}

impl MatrixItem {
    fn series(self) -> Result<Series, String> {
        let points = self.values.iter();
        let points = points.map(|point| Ok((point.0, point.value()?)));
        Ok(Series {
            labels: self.metric,
            points: points.collect::<Result<_, String>>()?,
        })
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct RulesData {
    pub(super) groups: Vec<RuleGroup>,
}

#[derive(Debug, Deserialize)]
pub(super) struct BuildInfo {
    pub(super) version: String,
}

/// Go writes the moment that never was as `0001-01-01T00:00:00Z`.
fn moment<'de, D: Deserializer<'de>>(from: D) -> Result<Option<f64>, D::Error> {
    let value = serde_json::Value::deserialize(from)?;
    let moment = value.as_str().and_then(|text| text.parse().ok());
    Ok(moment
        .map(|moment: jiff::Timestamp| moment.as_duration().as_secs_f64())
        .filter(|seconds| *seconds > 0.0))
}

/// Go writes a list or a map that was never made as `null`.
fn nullable<'de, D, T>(from: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Option::deserialize(from).map(Option::unwrap_or_default)
}
