//! What an SLO says, whatever format it was written in: findings of the family `SLO`.

mod labels;
mod policy;
mod queries;
mod template;

use std::collections::BTreeMap;

use crate::diagnostic::{Diagnostic, codes, codes::slo as codes_slo};
use crate::duration::Duration;
use crate::slo::{Basis, Budgeting, Sli, Slo};
use crate::source::{Located, SourceSpan};
use crate::spec::decode::Decoder;
use crate::suggest::closest;

/// What the model does not keep: places of names, and whether there were errors.
#[derive(Debug, Default)]
pub(crate) struct Places {
    /// Whether everything but the SLI could be read.
    pub(crate) complete: bool,
    /// Whether the SLI could be read.
    pub(crate) sli_known: bool,
    /// Of `labels`.
    pub(crate) labels: Option<BTreeMap<String, SourceSpan>>,
    /// Of the labels in `groups`.
    pub(crate) groups: BTreeMap<String, SourceSpan>,
    /// Of all labels of alerts.
    pub(crate) alert_labels: Vec<(String, SourceSpan)>,
}

/// Everything that can be known of one SLO alone.
pub(crate) fn slo(slo: &Slo, places: &Places, decoder: &mut Decoder<'_>) {
    promise(slo, decoder);
    if places.sli_known {
        queries::check(slo, decoder);
        scrape_interval(slo, decoder);
        needs_events(slo, decoder);
        slices(slo, decoder);
    }
    if places.complete {
        groups(slo, places, decoder);
    }
    labels::check(slo, places, decoder);
    template::check(slo, decoder);
    policy::check(slo, decoder);
    downtime(slo, decoder);
    ignore(slo, decoder);
}

fn promise(slo: &Slo, decoder: &mut Decoder<'_>) {
    let Some(promise) = &slo.promise else { return };
    if promise.objective.value < slo.objective.value {
        return;
    }
    let relation = if promise.objective.value == slo.objective.value {
        "as strict as"
    } else {
        "stricter than"
    };
    decoder.push(
        Diagnostic::new(
            &codes_slo::PROMISE_NOT_LOOSER,
            format!(
                "the promise of {} % is {relation} the objective of {} %",
                promise.objective.value, slo.objective.value
            ),
        )
        .with_primary(promise.objective.at, "")
        .with_secondary(slo.objective.at, "the objective")
        .with_help(
            "promise less than you aim for, so that the team acts before customers are let down",
        ),
    );
}

/// The longest interval at which four scrapes fit into the 5m that rates are taken over.
const LONGEST_FOR_COUNTERS: Duration = Duration::from_secs(75);
/// A gauge has to have a value at each evaluation: Prometheus looks back 5m.
const LONGEST_FOR_GAUGES: Duration = Duration::from_mins(5);

fn scrape_interval(slo: &Slo, decoder: &mut Decoder<'_>) {
    let Some(interval) = &slo.scrape_interval else {
        return;
    };
    let (longest, why) = if slo.sli.value.counts_events() {
        (
            LONGEST_FOR_COUNTERS,
            "rates are taken over 5m and need four scrapes in it",
        )
    } else {
        (
            LONGEST_FOR_GAUGES,
            "Prometheus takes a value for gone after 5m",
        )
    };
    if interval.value > longest {
        decoder.error_with_help(
            &codes_slo::SCRAPE_INTERVAL,
            interval.at,
            format!(
                "scraped every {}, but at most {longest} works: {why}",
                interval.value
            ),
            format!("scrape the metric at least every {longest}"),
        );
    }
}

fn needs_events(slo: &Slo, decoder: &mut Decoder<'_>) {
    let kind = slo.sli.value.kind();
    let mut report = |what: &str, at, reason: String| {
        decoder.error_with_help(
            &codes_slo::NEEDS_EVENTS,
            at,
            format!("`{what}` counts events, {reason}"),
            format!("leave `{what}` out"),
        );
    };
    if let Some(events) = &slo.alerting.min_bad_events {
        if !slo.sli.value.counts_events() {
            let reason = format!("and `{kind}` has none");
            report("min_bad_events", events.at, reason);
        } else if matches!(slo.budgeting, Budgeting::Slices { .. }) {
            let reason = "but the budget counts slices".to_owned();
            report("min_bad_events", events.at, reason);
        }
    }
    if slo.alerting.basis.value == Basis::Budget
        && matches!(slo.sli.value, Sli::Ratio(_) | Sli::Composite(_))
    {
        let reason = format!("and `{kind}` has none");
        report("on: budget", slo.alerting.basis.at, reason);
    }
}

fn slices(slo: &Slo, decoder: &mut Decoder<'_>) {
    let Budgeting::Slices { length, .. } = &slo.budgeting else {
        return;
    };
    if matches!(slo.sli.value, Sli::Composite(_)) {
        decoder.error_with_help(
            &codes_slo::SLICES,
            length.at,
            "a composite has no slices of its own",
            "slice its components instead",
        );
        return;
    }
    let (step, why) = if slo.sli.value.is_gauge() {
        (Duration::from_mins(1), "gauges are read every 1m")
    } else {
        (Duration::from_mins(5), "rates are taken over 5m")
    };
    let hour = Duration::from_hours(1);
    let length_ok = length.value.millis().is_multiple_of(step.millis())
        && length.value <= hour
        && hour.millis().is_multiple_of(length.value.millis());
    if !length_ok {
        let fitting: Vec<_> = [1, 2, 5, 10, 15, 20, 30, 60]
            .into_iter()
            .map(Duration::from_mins)
            .filter(|fit| fit.millis().is_multiple_of(step.millis()))
            .map(|fit| format!("`{}`", fit.single_unit()))
            .collect();
        decoder.error_with_help(
            &codes_slo::SLICES,
            length.at,
            format!(
                "a slice must be a multiple of {step} ({why}) that divides an hour, found {}",
                length.value
            ),
            format!("for instance {}", fitting.join(", ")),
        );
    }
}

fn groups(slo: &Slo, places: &Places, decoder: &mut Decoder<'_>) {
    for (label, values) in &slo.groups {
        repeated(&format!("the groups of `{label}`"), values, decoder);
        if slo.group_by.iter().any(|by| by.value == *label) {
            continue;
        }
        let at = places.groups.get(label).copied().unwrap_or(slo.name_at);
        let known = slo.group_by.iter().map(|by| by.value.as_str());
        let help = closest(label, known).map_or_else(
            || format!("add `group_by: [{label}]`, or leave these groups out"),
            |near| format!("did you mean `{near}`?"),
        );
        decoder.error_with_help(
            &codes_slo::UNKNOWN_GROUP,
            at,
            format!("groups are listed for `{label}`, which is not in `group_by`"),
            help,
        );
    }
}

/// Reports values that are listed twice.
pub(crate) fn repeated(list: &str, values: &[Located<String>], decoder: &mut Decoder<'_>) {
    let mut first: BTreeMap<&str, SourceSpan> = BTreeMap::new();
    for value in values {
        if let Some(at) = first.get(value.value.as_str()) {
            decoder.push(
                Diagnostic::new(
                    &codes_slo::REPEATED_VALUE,
                    format!("`{}` stands twice in {list}", value.value),
                )
                .with_primary(value.at, "again here")
                .with_secondary(*at, "first here")
                .with_help("keep one of them"),
            );
        } else {
            first.insert(&value.value, value.at);
        }
    }
}

fn downtime(slo: &Slo, decoder: &mut Decoder<'_>) {
    for downtime in &slo.downtime {
        if downtime.end <= downtime.start {
            decoder.error_with_help(
                &codes_slo::DOWNTIME_ENDS_FIRST,
                downtime.at,
                format!(
                    "this downtime ends at {}, which is not after its start at {}",
                    downtime.end, downtime.start
                ),
                "swap `start` and `end`, or correct the date",
            );
        }
    }
}

fn ignore(slo: &Slo, decoder: &mut Decoder<'_>) {
    for ignore in &slo.ignore {
        let text = &ignore.code.value;
        if let Some(code) = codes::find(text) {
            if !code.acceptable {
                decoder.error_with_help(
                    &codes_slo::NOT_ACCEPTABLE,
                    ignore.code.at,
                    format!("`{text}` cannot be accepted: it is no matter of judgement"),
                    "fix what it is about; only findings that may be wrong can be accepted",
                );
            }
            continue;
        }
        // Numbers are too alike for a slip of the pen to be seen.
        let help = closest(text, codes::all().map(|code| code.name)).map_or_else(
            || "the code of a finding stands in brackets after `error` or `warning`".to_owned(),
            |near| format!("did you mean `{near}`?"),
        );
        decoder.error_with_help(
            &codes_slo::UNKNOWN_FINDING,
            ignore.code.at,
            format!("there is no finding `{text}`"),
            help,
        );
    }
}
