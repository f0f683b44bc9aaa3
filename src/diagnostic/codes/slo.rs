//! What an SLO says: objective, period, promise, names, references: `SLO…`.

use crate::diagnostic::code::findings;

findings! {
    OBJECTIVE_RANGE = SLO001 "objective-out-of-range" Error;
    OBJECTIVE_RATIO = SLO002 "objective-as-ratio" Error;
    PROMISE_NOT_LOOSER = SLO003 "promise-not-looser" Error;
    PERIOD_RANGE = SLO004 "period-out-of-range" Error;
    UNKNOWN_TIME_ZONE = SLO005 "unknown-time-zone" Error;
    BAD_NAME = SLO006 "bad-name" Error;
    DUPLICATE_SLO = SLO007 "duplicate-slo" Error;
    INVALID_LABEL = SLO008 "invalid-label" Error;
    LABEL_COLLISION = SLO009 "label-collision" Error;
    WEIGHTS = SLO010 "weights" Error;
    ANCHORS = SLO011 "anchors-not-rising" Error;
    NEEDS_EVENTS = SLO012 "needs-events" Error;
    SLICES = SLO013 "invalid-slices" Error;
    SCRAPE_INTERVAL = SLO014 "scrape-interval-too-long" Error;
    UNKNOWN_GROUP = SLO015 "unknown-group" Error;
    UNKNOWN_REFERENCE = SLO016 "unknown-reference" Error;
    REFERENCE_CYCLE = SLO017 "reference-cycle" Error;
    COMPOSITE_GROUPS = SLO018 "composite-groups" Error;
    POLICY_NEVER_APPLIES = SLO019 "policy-never-applies" Warning;
    CONDITION = SLO020 "invalid-condition" Error;
    DOWNTIME_ENDS_FIRST = SLO021 "downtime-ends-first" Error;
    UNKNOWN_FINDING = SLO022 "unknown-finding" Error;
    TEMPLATE = SLO023 "invalid-template" Error;
    REPEATED_VALUE = SLO024 "repeated-value" Error;
    SERVICE_CASE = SLO025 "service-case" Error;
    ACCEPTANCE_EXPIRED = SLO026 "acceptance-expired" Warning;
    NOT_ACCEPTABLE = SLO027 "not-acceptable" Error;
    ACCEPTANCE_UNUSED = SLO028 "acceptance-unused" Warning;
    SEVERAL_OVERRIDES = SLO029 "several-overrides" Error;
    OVERRIDE_EXPIRED = SLO030 "override-expired" Warning;
}
