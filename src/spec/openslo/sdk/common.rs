//! What the versions have in common.

use super::rule::Rule;
use super::scope::Scope;
use super::shape::{Check, Field, Shape, Struct};
use super::value::Value;

/// All versions, as documents name them.
pub(super) const VERSIONS: &[&str] = &["openslo/v1", "openslo/v1alpha", "openslo.com/v2alpha"];
/// All kinds of objects.
pub(super) const KINDS: &[&str] = &[
    "SLO",
    "SLI",
    "DataSource",
    "Service",
    "AlertPolicy",
    "AlertCondition",
    "AlertNotificationTarget",
];
pub(super) const OPERATORS: &[&str] = &["gt", "lt", "gte", "lte"];
pub(super) const METHODS: &[&str] = &["Occurrences", "Timeslices", "RatioTimeslices"];

pub(super) const API_VERSION: Check = Field::new("apiVersion", Shape::Word(VERSIONS)).free();
pub(super) const KIND: Check = Field::new("kind", Shape::Word(KINDS)).free();
pub(super) const NAME: Check = Field::new("name", Shape::Text)
    .required()
    .rules(&[Rule::DnsLabel]);
pub(super) const DESCRIPTION: Check =
    Field::new("description", Shape::Text).rules(&[Rule::MaxLength(1050)]);

pub(super) const fn metadata(of: &'static Struct) -> Check {
    Field::new("metadata", Shape::Struct(of)).required().free()
}

pub(super) static SERVICE_SPEC: Struct = Struct {
    checks: &[DESCRIPTION],
};

pub(super) static TARGET_SPEC: Struct = Struct {
    checks: &[
        Field::new("target", Shape::Text).required().free(),
        DESCRIPTION,
    ],
};

pub(super) static DATA_SOURCE_SPEC: Struct = Struct {
    checks: &[
        DESCRIPTION,
        Field::new("type", Shape::Text).required().free(),
        Field::new("connectionDetails", Shape::Anything)
            .required()
            .free(),
    ],
};

pub(super) static CALENDAR: Struct = Struct {
    checks: &[
        Field::new("startTime", Shape::Text).rules(&[Rule::DateTime]),
        Field::new("timeZone", Shape::Text).rules(&[Rule::TimeZone]),
    ],
};

/// A time window rolls or follows the calendar. The SDK has no code for this.
pub(super) const ROLLING_OR_CALENDAR: Check = Check::Rule {
    code: "",
    wrong: |window| match (window.value.is_true("isRolling"), window.has("calendar")) {
        (true, true) => Some("`calendar` is left out where `isRolling` is true"),
        (false, false) => Some("`calendar` is there where `isRolling` is not true"),
        _ => None,
    },
};

pub(super) const TARGET_OR_PERCENT: Check = Check::Exclusive {
    needed: true,
    of: &["target", "targetPercent"],
};
pub(super) const TARGET: Check = Field::new("target", Shape::Number)
    .skipped()
    .rules(&[Rule::AtLeast(0.0), Rule::Below(1.0)]);
pub(super) const TARGET_PERCENT: Check = Field::new("targetPercent", Shape::Number)
    .skipped()
    .rules(&[Rule::AtLeast(0.0), Rule::Below(100.0)]);
pub(super) const TIME_SLICE_TARGET: Check = Field::new("timeSliceTarget", Shape::Number)
    .required()
    .rules(&[Rule::Above(0.0), Rule::AtMost(1.0)]);
pub(super) const COMPOSITE_WEIGHT: Check = Field::new("compositeWeight", Shape::Number)
    .skipped()
    .rules(&[Rule::Above(0.0)]);
/// Where a threshold is measured, an objective needs both.
pub(super) const THRESHOLD: Check = Check::Group {
    when: measures_threshold,
    stop: false,
    checks: &[
        Field::new("value", Shape::Number).required().free(),
        Field::new("op", Shape::Text)
            .required()
            .rules(&[Rule::OneOf(OPERATORS)]),
    ],
};
/// Where a ratio is measured, an objective has neither.
pub(super) const NO_THRESHOLD: Check = Check::Group {
    when: measures_ratio,
    stop: false,
    checks: &[
        Field::new("value", Shape::Number).rules(&[Rule::Forbidden]),
        Field::new("op", Shape::Text).rules(&[Rule::Forbidden]),
    ],
};

pub(super) const GOOD_OR_BAD: Check = Check::AnyOf(&["bad", "good"]);
pub(super) const RAW_OR_TOTAL: Check = Check::Exclusive {
    needed: true,
    of: &["raw", "total"],
};
pub(super) const ONE_NUMERATOR: Check = Check::Exclusive {
    needed: false,
    of: &["bad", "good", "raw"],
};
pub(super) const RATIO_OR_THRESHOLD: Check = Check::Exclusive {
    needed: true,
    of: &["ratioMetric", "thresholdMetric"],
};
pub(super) const RAW_TYPE: Check = Field::new("rawType", Shape::Text)
    .required()
    .rules(&[Rule::OneOf(&["success", "failure"])]);

/// An indicator belongs to the SLO or to its objectives.
pub(super) const INDICATOR_PLACE: Check = Check::Rule {
    code: "mutually_exclusive",
    wrong: |spec| match (names_indicator(spec), is_composite(spec.value)) {
        (false, false) => {
            Some("an indicator or a reference to one is in `spec` or in the objectives")
        }
        (true, true) => Some("indicators are in `spec` or in the objectives, not in both"),
        _ => None,
    },
};

/// The keys of indicators, in both of their spellings.
const INDICATORS: [&str; 4] = ["indicator", "indicatorRef", "sli", "sliRef"];

/// Whether a map has an indicator or names one.
pub(super) fn names_indicator(scope: &Scope<'_>) -> bool {
    INDICATORS.iter().any(|key| scope.has(key))
}

fn is_composite(spec: &Value) -> bool {
    let names = |objective: &Value| INDICATORS.iter().any(|key| objective.has(key));
    spec.items_of("objectives").iter().any(names)
}

/// Whether any objective beside this one, or this one, has an indicator.
pub(super) fn is_in_composite(objective: &Scope<'_>) -> bool {
    objective.above(|spec| is_composite(spec.value))
}

/// Whether this objective of a composite SLO has an indicator.
pub(super) fn is_component(objective: &Scope<'_>) -> bool {
    is_in_composite(objective) && names_indicator(objective)
}

fn measures(objective: &Scope<'_>, metric: &str) -> bool {
    objective.above(|spec| {
        let indicator = spec
            .value
            .get("indicator")
            .or_else(|| spec.value.get("sli"));
        let inline = indicator.and_then(|indicator| indicator.get("spec"));
        inline.is_some_and(|inline| inline.has(metric))
    })
}

fn measures_ratio(objective: &Scope<'_>) -> bool {
    measures(objective, "ratioMetric")
}

fn measures_threshold(objective: &Scope<'_>) -> bool {
    measures(objective, "thresholdMetric")
}

fn is_budgeted(objective: &Scope<'_>, method: &str) -> bool {
    objective.above(|spec| spec.value.text_of("budgetingMethod") == method)
}

pub(super) fn is_timeslices(objective: &Scope<'_>) -> bool {
    is_budgeted(objective, "Timeslices")
}

pub(super) fn is_ratio_timeslices(objective: &Scope<'_>) -> bool {
    is_budgeted(objective, "RatioTimeslices")
}

pub(super) const fn always(_: &Scope<'_>) -> bool {
    true
}

pub(super) fn has_total(ratio: &Scope<'_>) -> bool {
    ratio.has("total")
}

pub(super) fn has_raw(ratio: &Scope<'_>) -> bool {
    ratio.has("raw")
}

pub(super) fn is_burn_rate(condition: &Scope<'_>) -> bool {
    condition.value.text_of("kind") == "burnrate"
}
