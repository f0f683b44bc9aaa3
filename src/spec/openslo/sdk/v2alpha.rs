//! `openslo.com/v2alpha`.

use super::common::{
    API_VERSION, CALENDAR, COMPOSITE_WEIGHT, DATA_SOURCE_SPEC, DESCRIPTION, GOOD_OR_BAD,
    INDICATOR_PLACE, KIND, KINDS, METHODS, NAME, NO_THRESHOLD, ONE_NUMERATOR, OPERATORS,
    RATIO_OR_THRESHOLD, RAW_OR_TOTAL, RAW_TYPE, ROLLING_OR_CALENDAR, SERVICE_SPEC, TARGET,
    TARGET_OR_PERCENT, TARGET_PERCENT, TARGET_SPEC, THRESHOLD, TIME_SLICE_TARGET, always, has_raw,
    has_total, is_burn_rate, is_component, is_in_composite, is_ratio_timeslices, is_timeslices,
    metadata, names_indicator,
};
use super::rule::{KeyRule, Rule};
use super::shape::{Check, Field, Reference, Shape, Struct};

/// The declaration of a kind.
pub(super) fn kind(name: &str) -> Option<&'static Struct> {
    Some(match name {
        "Service" => &SERVICE,
        "SLO" => &SLO,
        "SLI" => &SLI,
        "DataSource" => &DATA_SOURCE,
        "AlertPolicy" => &ALERT_POLICY,
        "AlertCondition" => &ALERT_CONDITION,
        "AlertNotificationTarget" => &ALERT_NOTIFICATION_TARGET,
        _ => return None,
    })
}

const UNITS: &[&str] = &["m", "h", "d", "w"];

static METADATA: Struct = Struct {
    checks: &[
        NAME,
        Field::new("labels", Shape::Texts)
            .rules(&[Rule::Keys(KeyRule::Kubernetes), Rule::LabelValues]),
        Field::new("annotations", Shape::Texts).rules(&[Rule::Keys(KeyRule::Kubernetes)]),
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

static DATA_SOURCE: Struct = Struct {
    checks: &[
        API_VERSION,
        KIND,
        metadata(&METADATA),
        Field::new("spec", Shape::Struct(&DATA_SOURCE_SPEC))
            .required()
            .free(),
    ],
};

static ALERT_NOTIFICATION_TARGET: Struct = Struct {
    checks: &[
        API_VERSION,
        KIND,
        metadata(&METADATA),
        Field::new("spec", Shape::Struct(&TARGET_SPEC))
            .required()
            .free(),
    ],
};

static ALERT_CONDITION: Struct = Struct {
    checks: &[
        API_VERSION,
        KIND,
        metadata(&METADATA),
        Field::new("spec", Shape::Struct(&CONDITION_SPEC))
            .required()
            .free(),
    ],
};

static CONDITION_SPEC: Struct = Struct {
    checks: &[
        DESCRIPTION,
        Field::new("severity", Shape::Text).required().free(),
        Field::new("condition", Shape::Struct(&CONDITION))
            .required()
            .free(),
    ],
};

static CONDITION: Struct = Struct {
    checks: &[
        Field::new("kind", Shape::Text)
            .required()
            .rules(&[Rule::OneOf(&["burnrate"])]),
        Check::Group {
            when: is_burn_rate,
            stop: false,
            checks: &[
                Field::new("op", Shape::Text)
                    .required()
                    .rules(&[Rule::OneOf(OPERATORS)]),
                Field::new("threshold", Shape::Number).required().free(),
                Field::new("lookbackWindow", Shape::Duration(UNITS))
                    .required()
                    .free(),
                Field::new("alertAfter", Shape::Duration(UNITS))
                    .required()
                    .free(),
            ],
        },
    ],
};

static ALERT_POLICY: Struct = Struct {
    checks: &[
        API_VERSION,
        KIND,
        metadata(&METADATA),
        Field::new("spec", Shape::Struct(&POLICY_SPEC)).free(),
    ],
};

static POLICY_SPEC: Struct = Struct {
    checks: &[
        DESCRIPTION,
        Field::new("alertWhenNoData", Shape::Bool).free(),
        Field::new("alertWhenBreaching", Shape::Bool).free(),
        Field::new("alertWhenResolved", Shape::Bool).free(),
        Field::new("conditions", Shape::ListOfReferences(&POLICY_CONDITION))
            .rules(&[Rule::Items(1)]),
        Field::new(
            "notificationTargets",
            Shape::ListOfReferences(&POLICY_TARGET),
        )
        .rules(&[Rule::AtLeastItems(1)]),
    ],
};

static POLICY_CONDITION: Reference = Reference {
    key: "conditionRef",
    of: &Struct {
        checks: &[
            Field::new("conditionRef", Shape::Text)
                .required()
                .rules(&[Rule::DnsLabel]),
            Field::new("kind", Shape::Word(KINDS))
                .required()
                .rules(&[Rule::Equal("AlertCondition")]),
            metadata(&METADATA),
            Field::new("spec", Shape::Struct(&CONDITION_SPEC))
                .required()
                .free(),
        ],
    },
};

static POLICY_TARGET: Reference = Reference {
    key: "targetRef",
    of: &Struct {
        checks: &[
            Field::new("targetRef", Shape::Text)
                .required()
                .rules(&[Rule::DnsLabel]),
            Field::new("kind", Shape::Word(KINDS))
                .required()
                .rules(&[Rule::Equal("AlertNotificationTarget")]),
            metadata(&METADATA),
            Field::new("spec", Shape::Struct(&TARGET_SPEC))
                .required()
                .free(),
        ],
    },
};

static SLI: Struct = Struct {
    checks: &[
        API_VERSION,
        KIND,
        metadata(&METADATA),
        Field::new("spec", Shape::Struct(&SLI_SPEC)).free(),
    ],
};

static SLI_SPEC: Struct = Struct {
    checks: &[
        DESCRIPTION,
        RATIO_OR_THRESHOLD,
        Field::new("thresholdMetric", Shape::SomeStruct(&METRIC)).free(),
        Field::new("ratioMetric", Shape::SomeStruct(&RATIO_METRIC)).free(),
    ],
};

static RATIO_METRIC: Struct = Struct {
    checks: &[
        Field::new("counter", Shape::Bool).free(),
        Check::Group {
            when: always,
            stop: true,
            checks: &[
                RAW_OR_TOTAL,
                ONE_NUMERATOR,
                Check::Group {
                    when: has_total,
                    stop: true,
                    checks: &[
                        GOOD_OR_BAD,
                        Field::new("total", Shape::SomeStruct(&METRIC)).free(),
                        Field::new("good", Shape::SomeStruct(&METRIC)).free(),
                        Field::new("bad", Shape::SomeStruct(&METRIC)).free(),
                    ],
                },
                Check::Group {
                    when: has_raw,
                    stop: false,
                    checks: &[
                        Field::new("raw", Shape::SomeStruct(&METRIC)).free(),
                        RAW_TYPE,
                    ],
                },
            ],
        },
    ],
};

static METRIC: Struct = Struct {
    checks: &[
        Check::Exclusive {
            needed: true,
            of: &["dataSourceRef", "dataSourceSpec"],
        },
        Field::new("dataSourceRef", Shape::Text)
            .skipped()
            .rules(&[Rule::DnsLabel]),
        Field::new("dataSourceSpec", Shape::SomeStruct(&DATA_SOURCE_SPEC)).free(),
        Field::new("spec", Shape::Free).free(),
    ],
};

static SLO: Struct = Struct {
    checks: &[
        API_VERSION,
        KIND,
        metadata(&METADATA),
        Field::new("spec", Shape::Struct(&SLO_SPEC))
            .required()
            .free(),
    ],
};

static SLO_SPEC: Struct = Struct {
    checks: &[
        INDICATOR_PLACE,
        Check::Group {
            when: names_indicator,
            stop: true,
            checks: ONE_INDICATOR,
        },
        DESCRIPTION,
        // The SDK reads one name and reports the other.
        Field::new("serviceRef", Shape::Text)
            .called("service")
            .required()
            .free(),
        Field::new("budgetingMethod", Shape::Text)
            .required()
            .rules(&[Rule::OneOf(METHODS)]),
        Field::new("timeWindow", Shape::List(&TIME_WINDOW)).rules(&[Rule::Items(1)]),
        Field::new("alertPolicies", Shape::ListOfReferences(&SLO_POLICY)).free(),
        Field::new("objectives", Shape::List(&OBJECTIVE)).free(),
    ],
};

const ONE_INDICATOR: &[Check] = &[
    Check::Exclusive {
        needed: true,
        of: &["sli", "sliRef"],
    },
    Field::new("sli", Shape::SomeStruct(&INLINE_SLI)).free(),
    Field::new("sliRef", Shape::SomeText)
        .skipped()
        .rules(&[Rule::DnsLabel]),
];

static INLINE_SLI: Struct = Struct {
    checks: &[
        metadata(&METADATA),
        Field::new("spec", Shape::Struct(&SLI_SPEC)).free(),
    ],
};

static TIME_WINDOW: Struct = Struct {
    checks: &[
        ROLLING_OR_CALENDAR,
        Field::new("duration", Shape::Duration(UNITS))
            .required()
            .free(),
        Field::new("isRolling", Shape::Bool).free(),
        Field::new("calendar", Shape::SomeStruct(&CALENDAR)).free(),
    ],
};

static SLO_POLICY: Reference = Reference {
    key: "alertPolicyRef",
    of: &Struct {
        checks: &[
            Field::new("alertPolicyRef", Shape::Text)
                .required()
                .rules(&[Rule::DnsLabel]),
            Field::new("kind", Shape::Word(KINDS))
                .required()
                .rules(&[Rule::Equal("AlertPolicy")]),
            metadata(&METADATA),
            Field::new("spec", Shape::Struct(&POLICY_SPEC))
                .required()
                .free(),
        ],
    },
};

const TIME_SLICE_WINDOW: Check = Field::new("timeSliceWindow", Shape::SomeDuration(UNITS))
    .required()
    .free();

static OBJECTIVE: Struct = Struct {
    checks: &[
        Field::new("displayName", Shape::Text).free(),
        TARGET_OR_PERCENT,
        TARGET,
        TARGET_PERCENT,
        Check::Group {
            when: is_timeslices,
            stop: false,
            checks: &[TIME_SLICE_TARGET, TIME_SLICE_WINDOW],
        },
        Check::Group {
            when: is_ratio_timeslices,
            stop: false,
            checks: &[TIME_SLICE_WINDOW],
        },
        NO_THRESHOLD,
        THRESHOLD,
        Check::Group {
            when: is_component,
            stop: true,
            checks: ONE_INDICATOR,
        },
        Check::Group {
            when: is_in_composite,
            stop: false,
            checks: &[COMPOSITE_WEIGHT],
        },
    ],
};
