//! Keys of the native format, as far as writing needs to know them.

/// Keys in the order in which they stand in any map that has them.
pub(super) const ORDER: [&str; 83] = [
    "apiVersion",
    "service",
    "owner",
    // An SLO and the parts of its alerts.
    "code",
    "within",
    "after",
    "below",
    "severity",
    "name",
    "pain",
    "description",
    "objective",
    "promise",
    "calendar",
    "time_zone",
    "period",
    "scrape_interval",
    "group_by",
    "groups",
    "sli",
    "budgeting",
    "alerts",
    "policy",
    "downtime",
    "ignore",
    // An SLI.
    "total",
    "bad_where",
    "good_where",
    "bad",
    "histogram",
    "timestamp",
    "age",
    "metric",
    "expr",
    "error_ratio",
    "good",
    "missing",
    "threshold",
    "anchors",
    "max_age",
    "seen_within",
    "type",
    "unit",
    "errors_where",
    "slo",
    "weight",
    "length",
    "target",
    // Alerts.
    "page",
    "ticket",
    "pairs",
    "on",
    "min_bad_events",
    "no_data",
    "budget_left",
    "promise_at_risk",
    "long",
    "short",
    "budget",
    // The rest.
    "when",
    "do",
    "say",
    "start",
    "end",
    "reason",
    "by",
    "until",
    "labels",
    "annotations",
    "runbook_url",
    "count",
    "defaults",
    "slos",
    // Alone in their maps.
    "events",
    "latency",
    "satisfaction",
    "freshness",
    "probe",
    "ratio",
    "composite",
    "every",
    "weighted",
    "slices",
];
/// Keys whose maps have keys of their author's.
pub(super) const FREE: [&str; 3] = ["labels", "annotations", "groups"];
/// Keys of alerts that may be `off`.
pub(super) const SWITCHES: [&str; 6] = [
    "page",
    "ticket",
    "min_bad_events",
    "no_data",
    "budget_left",
    "promise_at_risk",
];

/// Keys of an SLI whose values are expressions or matchers.
pub(super) const EXPRESSIONS: [&str; 12] = [
    "total",
    "bad",
    "good",
    "bad_where",
    "good_where",
    "errors_where",
    "histogram",
    "timestamp",
    "age",
    "metric",
    "expr",
    "error_ratio",
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::*;

    /// Every property that the format declares, with its schema.
    fn properties(schema: &Value, found: &mut Vec<(String, Value)>) {
        match schema {
            Value::Object(map) => {
                if let Some(Value::Object(properties)) = map.get("properties") {
                    found.extend(properties.clone());
                }
                for value in map.values() {
                    properties(value, found);
                }
            }
            Value::Array(items) => {
                for item in items {
                    properties(item, found);
                }
            }
            _ => {}
        }
    }

    #[test]
    fn all_keys_of_the_format_are_known() {
        let mut declared = Vec::new();
        properties(&crate::spec::json_schema(), &mut declared);
        let keys: BTreeSet<&str> = declared.iter().map(|(key, _)| key.as_str()).collect();
        assert!(keys.len() > 50, "{keys:?}");
        let missing: Vec<_> = keys.iter().filter(|key| !ORDER.contains(key)).collect();
        assert!(missing.is_empty(), "these have no order: {missing:?}");
        let unknown: Vec<_> = ORDER.iter().filter(|key| !keys.contains(*key)).collect();
        assert!(unknown.is_empty(), "there are no such keys: {unknown:?}");
        let is_switch = |schema: &Value| {
            let off = |one: &Value| {
                one["enum"]
                    .as_array()
                    .is_some_and(|words| words.contains(&"off".into()))
            };
            schema["oneOf"]
                .as_array()
                .is_some_and(|forms| forms.iter().any(off))
        };
        let switches = declared.iter().filter(|(_, schema)| is_switch(schema));
        let switches: BTreeSet<&str> = switches.map(|(key, _)| key.as_str()).collect();
        assert_eq!(switches, BTreeSet::from(SWITCHES));
    }
}
