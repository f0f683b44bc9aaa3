//! `openslo/v1alpha`, which has services and SLOs only.

use super::common::{
    API_VERSION, CALENDAR, DESCRIPTION, KIND, NAME, OPERATORS, ROLLING_OR_CALENDAR, SERVICE_SPEC,
    always, is_timeslices, metadata,
};
use super::rule::Rule;
use super::scope::Scope;
use super::shape::{Check, Field, Shape, Struct};

/// The declaration of a kind.
pub(super) fn kind(name: &str) -> Option<&'static Struct> {
    match name {
        "Service" => Some(&SERVICE),
        "SLO" => Some(&SLO),
        _ => None,
    }
}

static METADATA: Struct = Struct {
    checks: &[
        NAME,
        Field::new("displayName", Shape::Text).rules(&[Rule::MaxLength(63)]),
    ],
};

static SERVICE: Struct = Struct {
    checks: &[
        API_VERSION,
        KIND,
        metadata(&METADATA),
        Field::new("spec", Shape::Struct(&SERVICE_SPEC)).free(),
    ],
};

static SLO: Struct = Struct {
    checks: &[
        API_VERSION,
        KIND,
        metadata(&METADATA),
        Field::new("spec", Shape::Struct(&SLO_SPEC)).free(),
    ],
};

static SLO_SPEC: Struct = Struct {
    checks: &[Check::Group {
        when: always,
        stop: true,
        checks: &[
            Check::Rule {
                code: "mutually_exclusive",
                wrong: indicator_place,
            },
            Check::Group {
                when: always,
                stop: false,
                checks: &[
                    DESCRIPTION,
                    Field::new("service", Shape::Text).required().free(),
                    Field::new("indicator", Shape::SomeStruct(&INDICATOR)).free(),
                    Field::new("budgetingMethod", Shape::Text)
                        .required()
                        .rules(&[Rule::OneOf(&["Occurrences", "Timeslices"])]),
                    // The SDK reads one name and reports the other.
                    Field::new("timeWindows", Shape::List(&TIME_WINDOW))
                        .called("timeWindow")
                        .rules(&[Rule::Items(1)]),
                    Field::new("objectives", Shape::List(&OBJECTIVE)).free(),
                ],
            },
        ],
    }],
};

fn indicator_place(spec: &Scope<'_>) -> Option<&'static str> {
    let mut objectives = spec.value.items_of("objectives").iter();
    let has_ratio = objectives.any(|objective| objective.has("ratioMetrics"));
    match (spec.has("indicator"), has_ratio) {
        (true, true) => Some("`indicator` and `ratioMetrics` of objectives are not both there"),
        (false, false) => Some("`indicator` or `ratioMetrics` of objectives are there"),
        _ => None,
    }
}

static INDICATOR: Struct = Struct {
    checks: &[Field::new("thresholdMetric", Shape::Struct(&METRIC))
        .required()
        .free()],
};

static METRIC: Struct = Struct {
    checks: &[
        Field::new("source", Shape::Text)
            .required()
            .rules(&[Rule::Letters]),
        Field::new("queryType", Shape::Text)
            .required()
            .rules(&[Rule::Letters]),
        Field::new("query", Shape::Text)
            .required()
            .rules(&[Rule::NotBlank]),
    ],
};

static TIME_WINDOW: Struct = Struct {
    checks: &[
        ROLLING_OR_CALENDAR,
        Field::new("unit", Shape::Text)
            .required()
            .rules(&[Rule::OneOf(&["Second", "Day", "Week", "Month", "Quarter"])]),
        Field::new("count", Shape::Integer).rules(&[Rule::Above(0.0)]),
        Field::new("isRolling", Shape::Bool).free(),
        Field::new("calendar", Shape::SomeStruct(&CALENDAR)).free(),
    ],
};

static RATIO: Struct = Struct {
    checks: &[
        Field::new("good", Shape::Struct(&METRIC)).free(),
        Field::new("total", Shape::Struct(&METRIC)).free(),
        Field::new("incremental", Shape::Bool).free(),
    ],
};

fn has_ratio(objective: &Scope<'_>) -> bool {
    objective.has("ratioMetrics")
}

fn has_no_ratio(objective: &Scope<'_>) -> bool {
    !has_ratio(objective)
}

static OBJECTIVE: Struct = Struct {
    checks: &[
        Check::Group {
            when: is_timeslices,
            stop: false,
            checks: &[Field::new("timeSliceTarget", Shape::Number)
                .required()
                .rules(&[Rule::AtLeast(0.0), Rule::AtMost(1.0)])],
        },
        Field::new("displayName", Shape::Text).rules(&[Rule::MaxLength(1050)]),
        Field::new("ratioMetrics", Shape::SomeStruct(&RATIO)).free(),
        Field::new("value", Shape::Number).required().free(),
        Field::new("target", Shape::Number)
            .required()
            .rules(&[Rule::AtLeast(0.0), Rule::Below(1.0)]),
        Check::Group {
            when: has_no_ratio,
            stop: false,
            checks: &[Field::new("op", Shape::Text)
                .required()
                .rules(&[Rule::OneOf(OPERATORS)])],
        },
        Check::Group {
            when: has_ratio,
            stop: false,
            checks: &[Field::new("op", Shape::Text).rules(&[Rule::Forbidden])],
        },
    ],
};
