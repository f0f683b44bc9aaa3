//! What the API answers, as far as it is used here.

use std::collections::BTreeMap;

use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};

/// Labels of a series, its name under `__name__`.
pub type Labels = BTreeMap<String, String>;

/// The answer to an instant query.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// One per series; a scalar is one without labels.
    pub samples: Vec<Sample>,
    /// What it cost, where the server tells.
    pub stats: Option<Stats>,
}

/// One series at one instant.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// Name and labels.
    pub labels: Labels,
    /// Its value; NaN for a native histogram, which is no number, but a series that is there.
    pub value: f64,
}

/// One series over time.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// Name and labels.
    pub labels: Labels,
    /// Unix time in seconds and value, in order of time; NaN for a native histogram.
    pub points: Vec<(f64, f64)>,
}

/// What a query cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Stats {
    /// Samples that were read, counted once per step.
    pub total_queryable_samples: u64,
    /// Most samples that were held at once.
    #[serde(default)]
    pub peak_samples: u64,
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
    #[serde(default, deserialize_with = "nullable")]
    pub(super) warnings: Vec<String>,
}

/// Go writes a list or a map that was never made as `null`.
pub(super) fn nullable<'de, D, T>(from: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Option::deserialize(from).map(Option::unwrap_or_default)
}

#[derive(Debug, Deserialize)]
pub(super) struct QueryData {
    #[serde(flatten)]
    result: QueryResult,
    stats: Option<StatsData>,
}

#[derive(Debug, Deserialize)]
struct StatsData {
    /// VictoriaMetrics has other statistics.
    samples: Option<Stats>,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "resultType", content = "result", rename_all = "lowercase")]
enum QueryResult {
    Vector(Vec<VectorItem>),
    Matrix(Vec<MatrixItem>),
    Scalar(Point),
    String(IgnoredAny),
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
    #[serde(default)]
    histograms: Vec<(f64, IgnoredAny)>,
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
    /// What it cost, where the server tells.
    pub(super) fn stats(&self) -> Option<Stats> {
        self.stats.as_ref().and_then(|stats| stats.samples)
    }

    pub(super) fn instant(self) -> Result<Answer, String> {
        let stats = self.stats();
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
            stats,
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
        let value = self.value.map_or(Ok(f64::NAN), |point| point.value());
        Ok(Sample {
            labels: self.metric,
            value: value?,
        })
    }
}

impl MatrixItem {
    fn series(self) -> Result<Series, String> {
        let points = self.values.iter();
        let points = points.map(|point| Ok((point.0, point.value()?)));
        let mut points = points.collect::<Result<Vec<_>, String>>()?;
        if !self.histograms.is_empty() {
            points.extend(self.histograms.iter().map(|(at, _)| (*at, f64::NAN)));
            points.sort_by(|a, b| a.0.total_cmp(&b.0));
        }
        Ok(Series {
            labels: self.metric,
            points,
        })
    }
}
