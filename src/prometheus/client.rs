//! The client: one method per question.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, OnceLock};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::de::DeserializeOwned;

use super::access::Access;
use super::answer::{Answer, Envelope, Labels, QueryData, Series};
use super::error::Error;
use super::loaded::{
    BuildInfo, DatabaseStatus, MetadataOfAll, RuleGroup, RulesData, RuntimeInfo, Target,
    TargetsData,
};
use super::patience::{Patience, Settings, Usage};
use super::probe::Product;
use super::reply;
use super::transport::{Question, Transport};

pub(super) const READY: &str = "-/ready";
pub(super) const QUERY: &str = "api/v1/query";
pub(super) const BUILD_INFO: &str = "api/v1/status/buildinfo";

/// What stays as it is in a part of a path.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'_');

/// Asks one Prometheus, or what answers as one. Clones share everything, the limit of
/// questions at once and the usage included.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
}

struct Shared {
    transport: Transport,
    patience: Patience,
    product: OnceLock<Product>,
}

impl Client {
    /// `url` is what people call the URL of their Prometheus: up to its path
    /// prefix, without `/api/v1`. User and password can stand in it.
    pub fn new(url: &str, access: Access, settings: Settings) -> Result<Self, Error> {
        let shared = Shared {
            transport: Transport::new(url, access, &settings)?,
            patience: Patience::new(settings),
            product: OnceLock::new(),
        };
        Ok(Self {
            shared: Arc::new(shared),
        })
    }

    /// The URL that is asked, without user and password.
    pub fn url(&self) -> String {
        self.transport().url()
    }

    /// What was asked so far.
    pub fn usage(&self) -> Usage {
        self.shared.patience.usage()
    }

    /// What the server has warned of in its answers so far, each once.
    pub fn warnings(&self) -> Vec<String> {
        self.shared.patience.warnings()
    }

    /// The value of `query` at an instant in Unix seconds.
    pub async fn query(&self, query: &str, at: f64) -> Result<Answer, Error> {
        let at = at.to_string();
        let data = self.evaluate(QUERY, query, vec![("time", &at)]).await?;
        data.instant()
            .map_err(|reason| self.transport().malformed(reason))
    }

    /// The values of `query` from `start` to `end`, both included, every `step`
    /// seconds. Prometheus answers with 11,000 points per series at most.
    pub async fn query_range(
        &self,
        query: &str,
        start: f64,
        end: f64,
        step: f64,
    ) -> Result<Vec<Series>, Error> {
        let [start, end, step] = [start, end, step].map(|seconds| seconds.to_string());
        let moments = vec![("start", &*start), ("end", &end), ("step", &step)];
        let data = self.evaluate("api/v1/query_range", query, moments).await?;
        data.range()
            .map_err(|reason| self.transport().malformed(reason))
    }

    /// The samples of a range selector, `metric[30d]`, that ends at an instant in Unix
    /// seconds: as they were stored, each with its own time.
    pub async fn samples(&self, selector: &str, at: f64) -> Result<Vec<Series>, Error> {
        let at = at.to_string();
        let data = self.evaluate(QUERY, selector, vec![("time", &at)]).await?;
        data.range()
            .map_err(|reason| self.transport().malformed(reason))
    }

    async fn evaluate(
        &self,
        path: &str,
        query: &str,
        moments: Vec<(&str, &str)>,
    ) -> Result<QueryData, Error> {
        let mut fields = vec![("query", query)];
        fields.extend(moments);
        fields.push(("stats", "all"));
        if self.is_thanos() {
            fields.extend([
                ("dedup", "true"),
                ("partial_response", "false"),
                ("max_source_resolution", "0s"),
            ]);
        }
        let envelope = self.ask(&Question::post(path, fields)).await?;
        let data: QueryData = reply::data(self.transport(), envelope.data)?;
        if let Some(stats) = data.stats() {
            let samples = stats.total_queryable_samples;
            self.shared.patience.count_samples(samples);
        }
        Ok(data)
    }

    /// The series that match any of the selectors and have samples between `start` and
    /// `end`, in Unix seconds. May include some that only have samples close to it.
    pub async fn series(
        &self,
        matchers: &[&str],
        start: f64,
        end: f64,
    ) -> Result<Vec<Labels>, Error> {
        let [start, end] = [start, end].map(|seconds| seconds.to_string());
        let fields = self.selection(matchers, &start, &end);
        let envelope = self.ask(&Question::post("api/v1/series", fields)).await?;
        Ok(envelope.data.unwrap_or_default())
    }

    /// The values that a label has in these series; in all without selectors.
    pub async fn label_values(
        &self,
        label: &str,
        matchers: &[&str],
        start: f64,
        end: f64,
    ) -> Result<Vec<String>, Error> {
        let path = format!(
            "api/v1/label/{}/values",
            utf8_percent_encode(label, SEGMENT)
        );
        let [start, end] = [start, end].map(|seconds| seconds.to_string());
        let fields = self.selection(matchers, &start, &end);
        let envelope = self.ask(&Question::get(&path, fields)).await?;
        Ok(envelope.data.unwrap_or_default())
    }

    fn selection<'a>(
        &self,
        matchers: &[&'a str],
        start: &'a str,
        end: &'a str,
    ) -> Vec<(&'a str, &'a str)> {
        let mut fields: Vec<_> = matchers.iter().map(|text| ("match[]", *text)).collect();
        fields.extend([("start", start), ("end", end)]);
        if self.is_thanos() {
            fields.push(("partial_response", "false"));
        }
        fields
    }

    /// What exporters say about a metric, or about all; nothing about recorded series.
    pub async fn metadata(&self, metric: Option<&str>) -> Result<MetadataOfAll, Error> {
        let fields = metric.map(|metric| ("metric", metric));
        let question = Question::get("api/v1/metadata", fields.into_iter().collect());
        Ok(self.ask(&question).await?.data.unwrap_or_default())
    }

    /// The rules that are loaded, with the alerts that they have raised.
    /// VictoriaMetrics has none, and says so with success.
    pub async fn rules(&self) -> Result<Vec<RuleGroup>, Error> {
        let data: RulesData = self.tell("api/v1/rules").await?;
        Ok(data.groups)
    }

    /// What is being scraped.
    pub async fn targets(&self) -> Result<Vec<Target>, Error> {
        let question = Question::get("api/v1/targets", vec![("state", "active")]);
        let data = self.ask(&question).await?.data;
        let data: TargetsData = reply::data(self.transport(), data)?;
        Ok(data.active_targets)
    }

    /// What the server was built from.
    pub async fn build_info(&self) -> Result<BuildInfo, Error> {
        self.tell(BUILD_INFO).await
    }

    /// How the server runs.
    pub async fn runtime_info(&self) -> Result<RuntimeInfo, Error> {
        self.tell("api/v1/status/runtimeinfo").await
    }

    /// The oldest instant, in Unix seconds, of what the server has not written to its
    /// disk as a block yet; `None` where that is nothing.
    pub async fn head_begins(&self) -> Result<Option<f64>, Error> {
        let status: DatabaseStatus = self.tell("api/v1/status/tsdb").await?;
        Ok(status.head_begins())
    }

    /// The flags of its command line, defaults included.
    pub async fn flags(&self) -> Result<BTreeMap<String, String>, Error> {
        self.tell("api/v1/status/flags").await
    }

    /// Whether the server answers queries; asked once.
    pub async fn ready(&self) -> Result<(), Error> {
        let question = Question::get(READY, Vec::new());
        let transport = self.transport();
        let understand = |reply| reply::ready(transport, &question, reply);
        let patience = &self.shared.patience;
        patience.ask_once(transport, &question, understand).await
    }

    async fn tell<T: DeserializeOwned>(&self, path: &str) -> Result<T, Error> {
        let envelope = self.ask(&Question::get(path, Vec::new())).await?;
        reply::data(self.transport(), envelope.data)
    }

    async fn ask<T: DeserializeOwned>(
        &self,
        question: &Question<'_>,
    ) -> Result<Envelope<T>, Error> {
        let transport = self.transport();
        let understand = |reply| reply::envelope(transport, question, reply);
        let patience = &self.shared.patience;
        let envelope: Envelope<T> = patience.ask(transport, question, understand).await?;
        let warnings = envelope.warnings.iter();
        patience.warn(warnings.map(|warning| transport.hide(warning)));
        Ok(envelope)
    }

    pub(super) fn transport(&self) -> &Transport {
        &self.shared.transport
    }

    pub(super) fn patience(&self) -> &Patience {
        &self.shared.patience
    }

    /// Questions are asked in the way of this product from now on.
    pub(super) fn set_product(&self, product: Product) {
        // Set before, it is the same: the server is.
        let _ = self.shared.product.set(product);
    }

    fn is_thanos(&self) -> bool {
        self.shared.product.get() == Some(&Product::Thanos)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("transport", self.transport())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
#[path = "client_tests.rs"]
mod tests;
