use rust_decimal::Decimal;

use crate::duration::Duration;
use crate::promql::ast::{Expr, Matcher};
use crate::source::{Located, SourceSpan, Span, TextMap};

/// An expression as it was written, parsed; spans in the tree are offsets in `text`.
#[derive(Debug, Clone)]
pub struct Query {
    /// As written, after YAML decoding.
    pub text: String,
    /// Parsed.
    pub expr: Expr,
    /// Leads from offsets in `text` to the file.
    pub map: TextMap,
}

impl Query {
    /// The place in the file of a span of the tree.
    pub fn locate(&self, span: Span) -> SourceSpan {
        self.map.locate(span)
    }
}

/// Label matchers as they were written, without braces: `code=~"5..", method="GET"`.
#[derive(Debug, Clone)]
pub struct MatcherList {
    /// As written, after YAML decoding.
    pub text: String,
    /// Parsed; spans are offsets in `text`. Never empty.
    pub matchers: Vec<Matcher>,
    /// Leads from offsets in `text` to the file.
    pub map: TextMap,
}

/// What is measured; exactly one kind per SLO.
#[derive(Debug, Clone)]
pub enum Sli {
    /// Bad events among all events, from counters.
    Events(Events),
    /// Requests slower than a threshold.
    Latency(Latency),
    /// How happy the anchored latency scale leaves customers.
    Satisfaction(Satisfaction),
    /// Data older than it may be.
    Freshness(Freshness),
    /// Series at 0 of a 0/1 gauge.
    Probe(Query),
    /// Evaluations of an expression that are out of bounds.
    Threshold(Threshold),
    /// An error ratio that somebody else computes.
    Ratio(Ratio),
    /// Other SLOs put together.
    Composite(Composite),
}

/// Bad events among all events.
#[derive(Debug, Clone)]
pub struct Events {
    /// All events: a bare counter selector, or an expression with a window placeholder.
    pub total: Query,
    /// Which of them are bad.
    pub split: Split,
}

/// How bad events are told from good ones.
#[derive(Debug, Clone)]
pub enum Split {
    /// Those that also meet these matchers are bad.
    BadWhere(MatcherList),
    /// Those that also meet these matchers are good.
    GoodWhere(MatcherList),
    /// Counted by this selector or expression.
    Bad(Query),
    /// All but those counted by this selector or expression.
    Good(Query),
}

/// A histogram and how to read it.
#[derive(Debug, Clone)]
pub struct Histogram {
    /// Selector of the base metric, without `_bucket`.
    pub selector: Query,
    /// Classic buckets or native.
    pub kind: HistogramType,
    /// Unit of the observed values.
    pub unit: Unit,
}

/// How a histogram is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HistogramType {
    /// `_bucket` series with `le`.
    Classic,
    /// One series of native histograms.
    Native,
}

/// Unit of observed values and timestamps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Seconds.
    Seconds,
    /// Milliseconds.
    Milliseconds,
}

impl Unit {
    /// A length of time as a number of this unit.
    pub fn of(self, length: Duration) -> Decimal {
        let millis = Decimal::from(length.millis());
        match self {
            Self::Milliseconds => millis,
            Self::Seconds => (millis / Decimal::ONE_THOUSAND).normalize(),
        }
    }
}

/// Requests slower than a threshold are bad.
#[derive(Debug, Clone)]
pub struct Latency {
    /// Durations of requests.
    pub histogram: Histogram,
    /// The longest good duration.
    pub threshold: Located<Duration>,
    /// Requests that failed count as slow, however fast they failed.
    pub errors_where: Option<MatcherList>,
}

/// The anchored scale: bad = total · Σ pain of the bands · share of requests in them.
#[derive(Debug, Clone)]
pub struct Satisfaction {
    /// Durations of requests.
    pub histogram: Histogram,
    /// Bands from the fastest to the slowest; at least two. The first has pain 0,
    /// the last has no bound and pain 1, pain rises strictly.
    pub anchors: Vec<Anchor>,
    /// Requests that failed hurt fully, however fast they failed.
    pub errors_where: Option<MatcherList>,
}

/// One band of an anchored scale.
#[derive(Debug, Clone)]
pub struct Anchor {
    /// The longest duration in this band; `None` for the last.
    pub within: Option<Located<Duration>>,
    /// What customers call it; the first band is `satisfied` unless named.
    pub name: Located<String>,
    /// How much it hurts, 0–1.
    pub pain: Decimal,
}

/// Data that is older than it may be.
#[derive(Debug, Clone)]
pub enum Freshness {
    /// A gauge of the time of the last success.
    Timestamp {
        /// Unix time, in `unit`.
        timestamp: Query,
        /// Seconds, or milliseconds.
        unit: Unit,
        /// The oldest good age.
        max_age: Located<Duration>,
        /// How long a missing group counts as bad before it is forgotten.
        seen_within: Duration,
    },
    /// A gauge of the age.
    Age {
        /// Age, in `unit`.
        age: Query,
        /// Seconds, or milliseconds.
        unit: Unit,
        /// The oldest good age.
        max_age: Located<Duration>,
        /// How long a missing group counts as bad before it is forgotten.
        seen_within: Duration,
    },
    /// A histogram of the age when it was read.
    Histogram {
        /// Ages.
        histogram: Histogram,
        /// The oldest good age.
        max_age: Located<Duration>,
    },
}

/// Evaluations of an expression that are out of bounds.
#[derive(Debug, Clone)]
pub struct Threshold {
    /// What is compared.
    pub expr: Query,
    /// When it is good.
    pub good: Located<Comparison>,
    /// What it means when there is no value.
    pub missing: Missing,
}

/// `<= 60`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Comparison {
    /// How.
    pub op: ComparisonOp,
    /// With what.
    pub value: Decimal,
}

/// A comparison operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ComparisonOp {
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
}

impl ComparisonOp {
    /// As it is written in a spec.
    pub const fn sign(self) -> &'static str {
        match self {
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Equal => "==",
            Self::NotEqual => "!=",
        }
    }
}

/// What it means when a threshold's expression has no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// Nothing: coverage falls.
    Unmeasured,
    /// Bad.
    Bad,
    /// Good.
    Good,
}

/// An error ratio, 0–1, that has no counts behind it; weighted by time.
#[derive(Debug, Clone)]
pub struct Ratio {
    /// Expression with a window placeholder.
    pub error_ratio: Query,
}

/// Other SLOs put together.
#[derive(Debug, Clone)]
pub enum Composite {
    /// Steps in series: 1 − Π(1 − e).
    Every(Vec<SloRef>),
    /// Weighted mean; the weights add up to 1.
    Weighted(Vec<Weighted>),
}

impl Composite {
    /// The components.
    pub fn components(&self) -> Vec<&SloRef> {
        match self {
            Self::Every(slos) => slos.iter().collect(),
            Self::Weighted(parts) => parts.iter().map(|part| &part.slo).collect(),
        }
    }
}

/// A reference to another SLO.
pub type SloRef = Located<super::SloId>;

/// A component and how much it counts.
#[derive(Debug, Clone)]
pub struct Weighted {
    /// The component.
    pub slo: SloRef,
    /// Its share, 0–1.
    pub weight: Located<Decimal>,
}

impl Sli {
    /// The key it is written under.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Events(_) => "events",
            Self::Latency(_) => "latency",
            Self::Satisfaction(_) => "satisfaction",
            Self::Freshness(_) => "freshness",
            Self::Probe(_) => "probe",
            Self::Threshold(_) => "threshold",
            Self::Ratio(_) => "ratio",
            Self::Composite(_) => "composite",
        }
    }

    /// Whether bad and total are rates of counted events.
    pub const fn counts_events(&self) -> bool {
        matches!(
            self,
            Self::Events(_)
                | Self::Latency(_)
                | Self::Satisfaction(_)
                | Self::Freshness(Freshness::Histogram { .. })
        )
    }

    /// Whether bad and total are numbers of series at each evaluation.
    pub const fn is_gauge(&self) -> bool {
        matches!(
            self,
            Self::Probe(_)
                | Self::Threshold(_)
                | Self::Freshness(Freshness::Timestamp { .. } | Freshness::Age { .. })
        )
    }
}
