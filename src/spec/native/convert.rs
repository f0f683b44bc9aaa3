//! One SLO, from shape to model.

use std::sync::Arc;

use super::shape::PolicyEntry;
use super::{Met, alerts, defaults, shape, sli};
use crate::diagnostic::{Diagnostic, codes::slo as codes};
use crate::duration::Duration;
use crate::slo::{
    Budgeting, Calendar, Composite, Downtime, Ignore, Origin, Override, Period, PolicyRule,
    Promise, Sli, Slo, SloId,
};
use crate::source::{Located, SourceSpan};
use crate::spec::checks::{self, Places};
use crate::spec::decode::{Decode, Decoder, ShortOrMap};
use crate::spec::load::Outline;
use crate::spec::node::Node;

/// The period of an SLO that names none.
const DEFAULT_PERIOD: Duration = Duration::from_days(30);
/// Stands for an SLI that could not be read, so that the rest of the SLO can be checked.
const UNKNOWN_SLI: Sli = Sli::Composite(Composite::Every(Vec::new()));

pub(super) fn slo(
    document: &shape::Document,
    node: &Node,
    layers: &[Arc<Node>],
    decoder: &mut Decoder<'_>,
) -> Met {
    let before = decoder.errors();
    let service = document.service.value.0.clone();
    let outline = node.get("name").and_then(|entry| {
        Some(Outline {
            id: SloId {
                service,
                name: entry.value.as_scalar()?.text.clone(),
            },
            owner: document.owner.as_ref().map(|owner| owner.value.clone()),
            name_at: entry.value.at,
            at: node.at,
        })
    });
    let merged = defaults::apply_to_slo(node, layers);
    let read = shape::Slo::decode(&merged, decoder);
    let complete = decoder.errors() == before;
    if read.is_none()
        && let Some(entry) = node.get("sli")
        && !entry.value.is_null()
    {
        // The SLI is checked also when the SLO around it is of no use.
        sli(&entry.value, decoder);
    }
    let slo = read.map(|slo| model(document, slo, node.at, complete, decoder));
    Met {
        outline,
        slo: slo.filter(|_| decoder.errors() == before),
    }
}

/// The SLO; of no use when there were errors, but checked as far as it can be.
/// `complete` says that all of `slo` could be read.
fn model(
    document: &shape::Document,
    slo: shape::Slo,
    at: SourceSpan,
    complete: bool,
    decoder: &mut Decoder<'_>,
) -> Slo {
    let name_at = slo.name.at;
    let period = slo.period.map_or_else(
        || Located::new(Period::Rolling(DEFAULT_PERIOD), name_at),
        period,
    );
    let sli_at = slo.sli.node.at;
    let sli = sli(&slo.sli.node, decoder);
    let mut places = Places {
        complete,
        sli_known: sli.is_some(),
        labels: document.labels.as_ref().map(|labels| labels.keys.clone()),
        ..Places::default()
    };
    if let Some(groups) = &slo.groups {
        places.groups.clone_from(&groups.keys);
    }
    if let Some(alerts) = &slo.alerts {
        places.alert_labels = alert_label_places(alerts);
    }
    let promise = slo.promise.map(|written| promise(written, &period));
    let alerting = alerts::convert(slo.alerts, promise.is_some(), name_at);
    let mut group_by: Vec<_> = slo
        .group_by
        .unwrap_or_default()
        .into_iter()
        .map(|label| label.map(|label| label.0))
        .collect();
    checks::repeated("`group_by`", &group_by, decoder);
    group_by.sort_by(|a, b| a.value.cmp(&b.value));
    let (policy, overridden) = policy(slo.policy.unwrap_or_default(), decoder);
    let slo = Slo {
        origin: Origin::Native,
        id: SloId {
            service: document.service.value.0.clone(),
            name: slo.name.value.0,
        },
        name_at,
        service_at: document.service.at,
        at,
        description: slo.description.map(|text| text.trim().to_owned()),
        owner: document.owner.clone(),
        labels: document
            .labels
            .as_ref()
            .map(|labels| labels.values.clone())
            .unwrap_or_default(),
        objective: slo.objective,
        promise,
        period,
        scrape_interval: slo.scrape_interval,
        group_by,
        groups: slo.groups.map(|groups| groups.values).unwrap_or_default(),
        sli: Located::new(sli.unwrap_or(UNKNOWN_SLI), sli_at),
        budgeting: slo.budgeting.map_or(Budgeting::Events, budgeting),
        alerting,
        policy,
        overridden,
        downtime: slo
            .downtime
            .unwrap_or_default()
            .into_iter()
            .map(downtime)
            .collect(),
        ignore: slo
            .ignore
            .unwrap_or_default()
            .into_iter()
            .map(ignore)
            .collect(),
    };
    checks::slo(&slo, &places, decoder);
    slo
}

/// What is measured, unless anything is wrong with it: one mistake is not to
/// look like several.
fn sli(node: &Node, decoder: &mut Decoder<'_>) -> Option<Sli> {
    let before = decoder.errors();
    let written = shape::Sli::decode(node, decoder).filter(|_| decoder.errors() == before)?;
    sli::convert(written, decoder).filter(|_| decoder.errors() == before)
}

fn period(written: Located<shape::Period>) -> Located<Period> {
    written.map(|period| match period {
        ShortOrMap::Short(length) => Period::Rolling(length.0),
        ShortOrMap::Map(calendar) => Period::Calendar(Calendar {
            unit: calendar.calendar,
            time_zone: calendar
                .time_zone
                .map_or_else(|| "UTC".to_owned(), |zone| zone.0),
        }),
    })
}

fn promise(
    written: ShortOrMap<Located<crate::slo::Objective>, shape::Promise>,
    own: &Located<Period>,
) -> Promise {
    let (objective, period) = match written {
        ShortOrMap::Short(objective) => (objective, None),
        ShortOrMap::Map(promise) => (promise.objective, promise.period),
    };
    Promise {
        objective,
        period: period.map_or_else(|| own.clone(), self::period),
    }
}

fn budgeting(written: shape::Budgeting) -> Budgeting {
    match written {
        ShortOrMap::Short(_) => Budgeting::Events,
        ShortOrMap::Map(choice) => Budgeting::Slices {
            length: choice.slices.length,
            target: choice.slices.target,
        },
    }
}

/// The rules, and the override.
fn policy(
    entries: Vec<PolicyEntry>,
    decoder: &mut Decoder<'_>,
) -> (Vec<PolicyRule>, Option<Override>) {
    let mut rules = Vec::new();
    let mut overrides: Vec<shape::Override> = Vec::new();
    for entry in entries {
        match entry {
            PolicyEntry::Rule(rule) => rules.push(PolicyRule {
                when: rule.when,
                decision: rule.r#do,
                say: rule.say,
                at: rule.at,
            }),
            PolicyEntry::Override(written) => overrides.push(written),
        }
    }
    if let [first, second, ..] = overrides.as_slice() {
        decoder.push(
            Diagnostic::new(
                &codes::SEVERAL_OVERRIDES,
                "this policy has several overrides: nobody can tell which one holds",
            )
            .with_primary(second.at, "second here")
            .with_secondary(first.at, "first here")
            .with_help("keep the one that holds now"),
        );
    }
    let overridden = overrides.into_iter().next().map(|written| Override {
        decision: written.r#do,
        reason: written.reason,
        by: written.by,
        until: written.until,
    });
    (rules, overridden)
}

fn downtime(downtime: shape::Downtime) -> Downtime {
    Downtime {
        start: downtime.start,
        end: downtime.end,
        reason: downtime.reason,
        excluded: downtime.count != Some(shape::Count::Include),
        at: downtime.at,
    }
}

fn ignore(ignore: shape::Ignore) -> Ignore {
    Ignore {
        code: ignore.code,
        reason: ignore.reason,
        until: ignore.until,
    }
}

/// Where the names of alert labels stand.
fn alert_label_places(alerts: &shape::Alerts) -> Vec<(String, SourceSpan)> {
    use crate::spec::decode::OffOr;
    let routes = [&alerts.page, &alerts.ticket]
        .into_iter()
        .filter_map(|route| match route {
            Some(OffOr::On(route)) => route.labels.as_ref(),
            _ => None,
        });
    alerts
        .labels
        .iter()
        .chain(routes)
        .flat_map(|labels| labels.keys.iter())
        .map(|(name, at)| (name.clone(), *at))
        .collect()
}
