//! What a native spec looks like: every key, declared once for reader and JSON Schema.

#![allow(
    clippy::doc_markdown,
    clippy::struct_field_names,
    reason = "the docs are the descriptions of the JSON Schema, the fields its keys"
)]

use std::fmt;

use serde_json::{Value, json};

use super::misplaced::{IN_AN_OVERRIDE, IN_AN_SLO};
use crate::diagnostic::{Diagnostic, codes::spec as codes};
use crate::duration::Duration;
use crate::slo::{
    Basis, CalendarUnit, Comparison, Condition, Decision, HistogramType, MatcherList, Missing,
    Objective, Query, Severity, Unit,
};
use crate::source::Located;
use crate::spec::declare::{spec_choice, spec_map, spec_words};
use crate::spec::decode::{Decode, Decoder, Definitions, OffOr, ShortOrMap};
use crate::spec::node::{Entry, Node};
use crate::spec::values::{
    BelowPercent, Deferred, EventsWord, Groups, LabelName, Labels, Name, Pain, Percent,
    PeriodLength, Reference, TimeZoneName, Weight,
};

/// The format that this front end reads.
pub(crate) const API_VERSION: &str = "slosmith/v1";

/// `slosmith/v1`
#[derive(Debug, Clone, Copy)]
pub(crate) struct ApiVersion;

spec_words!(ApiVersion { "slosmith/v1" => ApiVersion, });

spec_map! {
    /// The SLOs of one service.
    "a spec" Document {
        /// The format: slosmith/v1.
        required apiVersion: ApiVersion,
        /// The service; letters, digits, `-`, `_` and `.`.
        required service: Located<Name>,
        /// Who owns the service: a label on alerts and on slo_info.
        optional owner: Located<String>,
        /// Labels on alerts and on slo_info.
        optional labels: Labels,
        /// What holds for every SLO of this document that does not say otherwise.
        optional defaults: Deferred<Defaults>,
        /// The SLOs.
        required slos: Vec<Deferred<Slo>>,
    }
}

spec_map! {
    /// What holds for all specs in the directory of this file and below.
    "a document of defaults" DefaultsDocument {
        /// The format: slosmith/v1.
        required apiVersion: ApiVersion,
        /// The defaults.
        required defaults: Deferred<Defaults>,
    }
}

spec_map! {
    /// Defaults: merged key by key into every SLO; `alerts` and `labels` in depth.
    "defaults" Defaults {
        /// Who owns the services.
        optional owner: Located<String>,
        /// Labels on alerts and on slo_info.
        optional labels: Labels,
        /// What customers were told.
        optional promise: ShortOrMap<Located<Objective>, Promise>,
        /// The span over which the objective holds.
        optional period: Located<Period>,
        /// How often the raw metrics are scraped.
        optional scrape_interval: Located<Duration>,
        /// Labels that split the SLO into groups.
        optional group_by: Vec<Located<LabelName>>,
        /// Expected values of `group_by` labels.
        optional groups: Groups,
        /// What the error budget counts.
        optional budgeting: Budgeting,
        /// When and whom to alert.
        optional alerts: Alerts,
        /// What to do at which budget: rules, of which the strictest decision holds, and at most one override; an SLO that writes one of the two inherits the other.
        optional policy: Vec<PolicyEntry>,
        /// Planned downtime.
        optional downtime: Vec<Downtime>,
    }
}

spec_map! {
    /// One service level objective.
    "an SLO" Slo {
        /// Its name; unique within the service.
        required name: Located<Name>,
        /// One sentence for people.
        optional description: String,
        /// What the team holds itself to, in percent: 0 < objective < 100.
        required objective: Located<Objective>,
        /// What customers were told, in percent; looser than the objective.
        optional promise: ShortOrMap<Located<Objective>, Promise>,
        /// The span over which the objective holds, 1d to 1y; default 30d.
        optional period: Located<Period>,
        /// How often the raw metrics are scraped; makes the numbers more exact.
        optional scrape_interval: Located<Duration>,
        /// Labels that split the SLO into groups, each with a budget of its own.
        optional group_by: Vec<Located<LabelName>>,
        /// Expected values of `group_by` labels, so that a missing one is noticed.
        optional groups: Groups,
        /// What is measured; exactly one kind.
        required sli: Deferred<Sli>,
        /// What the error budget counts; default: events.
        optional budgeting: Budgeting,
        /// When and whom to alert.
        optional alerts: Alerts,
        /// What to do at which budget: rules, of which the strictest decision holds, and at most one override.
        optional policy: Vec<PolicyEntry>,
        /// Planned downtime.
        optional downtime: Vec<Downtime>,
        /// Findings that were looked at and accepted.
        optional ignore: Vec<Ignore>,
    }
    misplaced IN_AN_SLO
}

spec_map! {
    /// A promise with a period of its own.
    "a promise" Promise {
        /// Percent.
        required objective: Located<Objective>,
        /// The span over which it holds; default: that of the SLO.
        optional period: Located<Period>,
    }
}

/// `30d`, or a calendar period.
pub(crate) type Period = ShortOrMap<PeriodLength, Calendar>;

spec_map! {
    /// From one calendar date to the next.
    "a calendar period" Calendar {
        /// week (from Monday), month, quarter or year.
        required calendar: CalendarUnit,
        /// Name in the IANA database; default UTC.
        optional time_zone: TimeZoneName,
    }
}

spec_words!(CalendarUnit {
    "week" => CalendarUnit::Week,
    "month" => CalendarUnit::Month,
    "quarter" => CalendarUnit::Quarter,
    "year" => CalendarUnit::Year,
});

spec_choice! {
    /// What is measured: bad events among all events.
    "an SLI" Sli {
        /// Bad events among all events, from counters.
        events => Events(Events),
        /// Requests slower than a threshold are bad.
        latency => Latency(Latency),
        /// How happy an anchored latency scale leaves customers.
        satisfaction => Satisfaction(Satisfaction),
        /// Data older than it may be is bad.
        freshness => Freshness(Freshness),
        /// Series at 0 of a 0/1 gauge are bad.
        probe => Probe(Probe),
        /// Evaluations of an expression that are out of bounds are bad.
        threshold => Threshold(Threshold),
        /// An error ratio that somebody else computes; weighted by time.
        ratio => Ratio(Ratio),
        /// Other SLOs put together.
        composite => Composite(Composite),
    }
}

spec_map! {
    /// Bad events among all events, from counters.
    "`events`" Events {
        /// All events: a bare counter selector, or an expression with $window.
        required total: Query,
        /// Matchers that make an event of `total` bad, such as code=~"5..".
        optional bad_where: MatcherList,
        /// Matchers that make an event of `total` good.
        optional good_where: MatcherList,
        /// Bad events: a bare counter selector, or an expression with $window.
        optional bad: Query,
        /// Good events: a bare counter selector, or an expression with $window.
        optional good: Query,
    }
    one_of [bad_where, good_where, bad, good]
}

spec_map! {
    /// Requests slower than a threshold are bad.
    "`latency`" Latency {
        /// Selector of the histogram's base metric, without _bucket.
        required histogram: Query,
        /// The longest good duration.
        required threshold: Located<Duration>,
        /// How the histogram is stored; default classic.
        optional r#type: HistogramType,
        /// Unit of the observed values; default from the name of the metric.
        optional unit: Unit,
        /// Matchers of requests that failed: they count as slow, however fast they failed.
        optional errors_where: MatcherList,
    }
}

spec_map! {
    /// The anchored scale.
    "`satisfaction`" Satisfaction {
        /// Selector of the histogram's base metric, without _bucket.
        required histogram: Query,
        /// Bands from the fastest to the slowest, at least two.
        required anchors: Located<Vec<Anchor>>,
        /// How the histogram is stored; default classic.
        optional r#type: HistogramType,
        /// Unit of the observed values; default from the name of the metric.
        optional unit: Unit,
        /// Matchers of requests that failed: they hurt fully, however fast they failed.
        optional errors_where: MatcherList,
    }
}

spec_map! {
    /// One band of the scale.
    "an anchor" Anchor {
        /// The longest duration in this band; the last band has none.
        optional within: Located<Duration>,
        /// What customers call it; only the first band may go without.
        optional name: Located<String>,
        /// How much it hurts, 0 to 1; 0 for the first band, 1 for the last.
        optional pain: Located<Pain>,
    }
}

spec_map! {
    /// Data older than it may be is bad.
    "`freshness`" Freshness {
        /// A gauge with the time of the last success.
        optional timestamp: Query,
        /// A gauge with the age.
        optional age: Query,
        /// A histogram of the age when it was read.
        optional histogram: Query,
        /// The oldest good age.
        required max_age: Located<Duration>,
        /// How long a missing group counts as bad before it is forgotten; default 1d.
        optional seen_within: Located<Duration>,
        /// Unit of the values; default from the name of the metric.
        optional unit: Unit,
        /// How the histogram is stored; default classic.
        optional r#type: Located<HistogramType>,
    }
    one_of [timestamp, age, histogram]
}

spec_map! {
    /// Series at 0 of a 0/1 gauge are bad.
    "`probe`" Probe {
        /// A gauge that is 0 or 1, such as up or probe_success.
        required metric: Query,
    }
}

spec_map! {
    /// Evaluations of an expression that are out of bounds are bad.
    "`threshold`" Threshold {
        /// What is compared.
        required expr: Query,
        /// When it is good, such as "<= 60".
        required good: Located<Comparison>,
        /// What it means when there is no value; default unmeasured.
        optional missing: Missing,
    }
}

spec_map! {
    /// An error ratio that somebody else computes.
    "`ratio`" Ratio {
        /// An expression with $window, 0 to 1.
        required error_ratio: Query,
    }
}

spec_map! {
    /// Other SLOs put together.
    "`composite`" Composite {
        /// Steps in series, each as service/name: all of them have to work.
        optional every: Vec<Located<Reference>>,
        /// A weighted mean; the weights add up to 1.
        optional weighted: Located<Vec<Weighted>>,
    }
    one_of [every, weighted]
}

spec_map! {
    /// A component of a weighted mean.
    "a component" Weighted {
        /// The component as service/name.
        required slo: Located<Reference>,
        /// Its share, 0 to 1.
        required weight: Located<Weight>,
    }
}

spec_words!(HistogramType {
    "classic" => HistogramType::Classic,
    "native" => HistogramType::Native,
});

spec_words!(Unit {
    "s" => Unit::Seconds,
    "ms" => Unit::Milliseconds,
});

spec_words!(Missing {
    "unmeasured" => Missing::Unmeasured,
    "bad" => Missing::Bad,
    "good" => Missing::Good,
});

/// `events`, or slices.
pub(crate) type Budgeting = ShortOrMap<EventsWord, SlicesChoice>;

spec_map! {
    /// The budget counts time slices.
    "budgeting" SlicesChoice {
        /// How time is sliced.
        required slices: Slices,
    }
}

spec_map! {
    /// Time slices that are good or bad as a whole.
    "`slices`" Slices {
        /// Length of a slice: a multiple of 5m (of 1m for gauges) that divides an hour.
        required length: Located<Duration>,
        /// Percent of good events from which a slice is good.
        required target: Located<Objective>,
    }
}

spec_map! {
    /// When and whom to alert.
    "`alerts`" Alerts {
        /// Name of the burn-rate alerts; default SLOErrorBudgetBurn.
        optional name: Located<String>,
        /// How pages leave, or off.
        optional page: OffOr<Route>,
        /// How tickets leave, or off.
        optional ticket: OffOr<Route>,
        /// Own pairs of windows instead of those that follow from the period.
        optional pairs: Vec<Located<Pair>>,
        /// What a pair compares: burn_rate (default) or budget, counted in events.
        optional on: Located<Basis>,
        /// Bad events in the long window below which nothing fires, or off.
        optional min_bad_events: OffOr<Located<u64>>,
        /// The alert on missing data, or off.
        optional no_data: OffOr<NoData>,
        /// Alerts on what is left of the budget, or off.
        optional budget_left: OffOr<Vec<Located<BudgetLeft>>>,
        /// The alert on what is left of the promise's budget, or off.
        optional promise_at_risk: OffOr<PromiseAtRisk>,
        /// Labels of all alerts; values may be templates of Prometheus.
        optional labels: Labels,
        /// Annotations of all alerts; values may be templates of Prometheus.
        optional annotations: Labels,
        /// Where the runbook is.
        optional runbook_url: Located<String>,
    }
}

spec_map! {
    /// How alerts of one severity leave.
    "a route" Route {
        /// Value of the label `severity`; default page or ticket.
        optional severity: Located<String>,
        /// More labels; values may be templates of Prometheus.
        optional labels: Labels,
        /// More annotations; values may be templates of Prometheus.
        optional annotations: Labels,
    }
}

spec_map! {
    /// A long and a short window that alert together.
    "a pair" Pair {
        /// page or ticket.
        required severity: Severity,
        /// The long window.
        required long: Duration,
        /// The short window.
        required short: Duration,
        /// Percent of the budget spent in one long window at which it fires.
        required budget: Percent,
    }
}

spec_words!(Severity {
    "page" => Severity::Page,
    "ticket" => Severity::Ticket,
});

spec_words!(Basis {
    "burn_rate" => Basis::BurnRate,
    "budget" => Basis::Budget,
});

spec_map! {
    /// The alert on missing data.
    "`no_data`" NoData {
        /// How long data may stay away; default 10m.
        optional after: Duration,
        /// page or ticket; default ticket, or page where tickets are off.
        optional severity: Located<Severity>,
        /// Name of the alert; default SLONoData.
        optional name: Located<String>,
    }
}

spec_map! {
    /// An alert on what is left of the budget.
    "`budget_left`" BudgetLeft {
        /// Percent of the budget; 0 for when it is used up.
        required below: BelowPercent,
        /// page or ticket; default ticket.
        optional severity: Severity,
        /// Name of the alert; default SLOBudgetLow.
        optional name: Located<String>,
    }
}

spec_map! {
    /// The alert on what is left of the promise's budget.
    "`promise_at_risk`" PromiseAtRisk {
        /// Percent of the promise's budget, 0 for when it is used up; default 50.
        optional below: BelowPercent,
        /// page or ticket; default ticket.
        optional severity: Severity,
        /// Name of the alert; default SLOPromiseAtRisk.
        optional name: Located<String>,
    }
}

spec_map! {
    /// What to do at which budget.
    "a policy rule" PolicyRule {
        /// When it applies, such as "budget < 25%".
        required when: Condition,
        /// ship, slow or freeze.
        required r#do: Decision,
        /// What that means, for people.
        optional say: String,
    }
}

spec_map! {
    /// A decision that somebody takes for some time, whatever the policy says.
    "an override" Override {
        /// ship, slow or freeze.
        required r#do: Decision,
        /// Why.
        required reason: String,
        /// Who takes it.
        required by: String,
        /// The last day on which it holds, in UTC.
        required until: Located<jiff::civil::Date>,
    }
    misplaced IN_AN_OVERRIDE
}

/// An entry of a policy.
#[derive(Debug, Clone)]
pub(crate) enum PolicyEntry {
    /// It holds by its condition.
    Rule(PolicyRule),
    /// It holds until a day.
    Override(Override),
}

/// Keys that only an override has.
const OF_OVERRIDES: [&str; 3] = ["until", "by", "reason"];

impl PolicyEntry {
    /// The key that makes an entry an override, whether or not it is a good one.
    fn mark(node: &Node) -> Option<&Entry> {
        OF_OVERRIDES.into_iter().find_map(|key| node.get(key))
    }

    /// Whether an entry is an override.
    pub(super) fn is_override(node: &Node) -> bool {
        Self::mark(node).is_some() && node.get("when").is_none()
    }
}

impl Decode for PolicyEntry {
    fn decode(node: &Node, decoder: &mut Decoder<'_>) -> Option<Self> {
        match (node.get("when"), Self::mark(node)) {
            (Some(when), Some(mark)) => {
                let message = format!(
                    "an entry of `policy` is a rule, with `when`, or an override, with `until`; \
                     this one has `when` and `{}`",
                    mark.key
                );
                decoder.push(
                    Diagnostic::new(&codes::CONFLICTING_KEYS, message)
                        .with_primary(mark.key_at, "of an override")
                        .with_secondary(when.key_at, "of a rule")
                        .with_help(
                            "without `when` it holds up to that day, whatever the budget is; \
                             a rule says what it means in `say`",
                        ),
                );
                None
            }
            (None, Some(_)) => Override::decode(node, decoder).map(Self::Override),
            (_, None) => PolicyRule::decode(node, decoder).map(Self::Rule),
        }
    }

    fn schema(definitions: &mut Definitions) -> Value {
        json!({"oneOf": [PolicyRule::schema(definitions), Override::schema(definitions)]})
    }
}

spec_words!(Decision {
    "ship" => Decision::Ship,
    "slow" => Decision::Slow,
    "freeze" => Decision::Freeze,
});

spec_map! {
    /// A planned downtime.
    "a downtime" Downtime {
        /// First instant.
        required start: jiff::Timestamp,
        /// First instant after it.
        required end: jiff::Timestamp,
        /// Why.
        optional reason: String,
        /// exclude (default): does not count; include: counts all the same.
        optional count: Count,
    }
}

/// Whether a downtime counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Count {
    /// It does not.
    Exclude,
    /// It does.
    Include,
}

spec_words!(Count {
    "exclude" => Count::Exclude,
    "include" => Count::Include,
});

spec_map! {
    /// A finding that was looked at and accepted.
    "an accepted finding" Ignore {
        /// Its code.
        required code: Located<String>,
        /// Why it does no harm.
        required reason: String,
        /// The last day on which it is accepted.
        optional until: Located<jiff::civil::Date>,
    }
}

/// Any document of the native format: a spec, or defaults for a directory.
pub(crate) fn json_schema() -> Value {
    let mut definitions = Definitions::default();
    let documents = [
        Document::schema(&mut definitions),
        DefaultsDocument::schema(&mut definitions),
    ];
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "slosmith spec",
        "description": format!("SLOs of one service, or defaults for a directory ({API_VERSION})"),
        "oneOf": documents,
        "$defs": definitions.0,
    })
}

impl fmt::Display for ApiVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(API_VERSION)
    }
}
