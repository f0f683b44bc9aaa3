//! Whether there are enough events for the objective to mean something, and whether
//! bad ones are found among them.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::prelude::ToPrimitive;

use super::history::{Histories, History};
use super::reads::{Part, Read};
use super::survey::{Survey, values_of};
use super::words;
use crate::burn::SLOW_INTERVAL;
use crate::check::Findings;
use crate::diagnostic::{Diagnostic, codes::series};
use crate::prometheus::{Error, Labels, Sample};
use crate::rules::direct;
use crate::rules::series::{BAD_TILE, TOTAL_TILE, own_expr};
use crate::slo::{Budgeting, Sli, Slo, SloId};

/// Fewer allowed bad events than this: one more or less decides.
const TOO_FEW: f64 = 5.0;
/// So many would be allowed, and there was none: by chance once in e^20 periods.
const PLENTY: f64 = 20.0;
/// Share of the period that must be known.
const KNOWN: f64 = 0.9;
/// Events below this are what extrapolation makes of none.
const NONE: f64 = 0.5;

/// Events of a group over the period.
#[derive(Debug, Clone, Default, PartialEq)]
struct Events {
    group: Labels,
    total: f64,
    bad: Option<f64>,
}

/// SER011 and SER018.
pub(super) async fn check(
    survey: &Survey<'_, '_>,
    histories: &Histories<'_>,
    findings: &mut Findings,
) -> Result<(), Error> {
    let now = survey.cx.now;
    let mut known: Vec<(&Slo, History)> = Vec::new();
    for slo in survey.live() {
        if slo.sli.value.counts_events()
            && slo.budgeting == Budgeting::Events
            && let Some(history) = histories.get(&slo.id)
            && (now - history.first) * history.covered >= KNOWN * history.back
        {
            known.push((slo, *history));
        }
    }
    let events = events(survey, &known).await?;
    let mut without_bad = Vec::new();
    for (slo, history) in known {
        let Some(groups) = events.get(&slo.id) else {
            continue;
        };
        let budget = slo.objective.value.budget().to_f64().unwrap_or_default();
        let least = groups.iter().min_by(|a, b| a.total.total_cmp(&b.total));
        if let Some(least) = least
            && least.total * budget < TOO_FEW
        {
            let finding = too_little(slo, least, budget);
            findings.push(slo, finding.with_query(counted(survey, slo, &history)));
        }
        let total: f64 = groups.iter().map(|group| group.total).sum();
        let bad: Option<f64> = groups.iter().map(|group| group.bad).sum();
        if total * budget >= PLENTY
            && bad.is_some_and(|bad| bad < NONE)
            && !survey.explained.contains(&slo.id)
        {
            without_bad.push((slo, history, total));
        }
    }
    no_bad_event(survey, &without_bad, findings).await
}

/// The events of each group: from recorded tiles, or from the raw metrics.
async fn events(
    survey: &Survey<'_, '_>,
    known: &[(&Slo, History)],
) -> Result<BTreeMap<SloId, Vec<Events>>, Error> {
    let mut events = BTreeMap::new();
    let (recorded, raw): (Vec<_>, Vec<_>) = known
        .iter()
        .copied()
        .partition(|(_, history)| history.recorded);
    let backs: BTreeSet<u64> = recorded
        .iter()
        .map(|(_, history)| history.back.to_bits())
        .collect();
    for back in backs {
        let queries = [TOTAL_TILE, BAD_TILE].map(|name| {
            let tiles = survey.recorded(name);
            let back = f64::from_bits(back);
            format!(
                "sum without (__name__) (sum_over_time({tiles}[{back:.0}s])) * {}",
                SLOW_INTERVAL.secs()
            )
        });
        let answers = survey.ask(&queries).await?;
        let mut answers = answers.into_iter().map(Result::unwrap_or_default);
        let totals = answers.next().unwrap_or_default();
        let bads = answers.next().unwrap_or_default();
        let mut found = by_slo(totals, bads);
        for (slo, history) in &recorded {
            if history.back.to_bits() == back
                && let Some(groups) = found.remove(&slo.id)
            {
                events.insert(slo.id.clone(), groups);
            }
        }
    }
    for (slo, groups) in of_raw(survey, &raw).await? {
        events.insert(slo.id.clone(), groups);
    }
    Ok(events)
}

fn by_slo(totals: Vec<Sample>, bads: Vec<Sample>) -> BTreeMap<SloId, Vec<Events>> {
    let bads: BTreeMap<Labels, f64> = bads
        .into_iter()
        .map(|sample| (sample.labels, sample.value))
        .collect();
    let mut found: BTreeMap<SloId, Vec<Events>> = BTreeMap::new();
    for mut sample in totals {
        let bad = bads.get(&sample.labels).copied();
        let (Some(service), Some(name)) =
            (sample.labels.remove("service"), sample.labels.remove("slo"))
        else {
            continue;
        };
        found
            .entry(SloId { service, name })
            .or_default()
            .push(Events {
                group: sample.labels,
                total: sample.value,
                bad,
            });
    }
    found
}

/// What counts the events of the period.
fn counted(survey: &Survey<'_, '_>, slo: &Slo, history: &History) -> String {
    let scope = &survey.cx.scope;
    if history.recorded {
        let tiles = scope.query(&own_expr(&slo.id, TOTAL_TILE));
        let tile = SLOW_INTERVAL.secs();
        return format!("sum_over_time({tiles}[{}]) * {tile}", history.length());
    }
    let direct = direct(slo, history.length());
    direct.map_or_else(String::new, |direct| {
        format!("{} * {:.0}", scope.query(&direct.total), history.back)
    })
}

async fn of_raw<'s>(
    survey: &Survey<'_, '_>,
    raw: &[(&'s Slo, History)],
) -> Result<Vec<(&'s Slo, Vec<Events>)>, Error> {
    let mut exprs = Vec::new();
    let mut asked = Vec::new();
    for (slo, history) in raw {
        if let Some(direct) = direct(slo, history.length()) {
            exprs.extend([direct.total, direct.bad]);
            asked.push((*slo, history.back));
        }
    }
    let answers = survey.ask_exprs(&exprs).await?;
    let found = asked
        .into_iter()
        .zip(answers.chunks(2))
        .filter_map(|((slo, back), answers)| {
            let (Ok(totals), Ok(bads)) = (&answers[0], &answers[1]) else {
                return None;
            };
            let bad = |labels: &Labels| {
                let same = bads.iter().find(|sample| sample.labels == *labels);
                same.map(|sample| sample.value * back)
            };
            let groups = totals.iter().map(|sample| Events {
                group: sample.labels.clone(),
                total: sample.value * back,
                bad: bad(&sample.labels),
            });
            Some((slo, groups.collect()))
        });
    Ok(found.collect())
}

fn too_little(slo: &Slo, events: &Events, budget: f64) -> Diagnostic {
    let labels = events.group.iter();
    let labels: Vec<String> = labels
        .map(|(label, value)| format!("{label}={value}"))
        .collect();
    let of = if labels.is_empty() {
        String::new()
    } else {
        format!(" of {}", labels.join(" "))
    };
    let period = slo.period.value.phrase();
    let objective = slo.objective.value;
    let at = slo.objective.at;
    if events.total < NONE {
        return Diagnostic::at(
            &series::TOO_LITTLE_TRAFFIC,
            at,
            format!("there was no event{of} {period}: nothing is measured"),
        )
        .with_help("is the service in use, and is this what counts its use?");
    }
    let total = words::number(events.total);
    let allowed = words::number(events.total * budget);
    let help = match supported(events.total) {
        Some(most) => {
            format!("so little traffic supports {most} % at most; or take a longer period")
        }
        None => "so little traffic supports no objective: probe the service, or add up several"
            .to_owned(),
    };
    Diagnostic::at(
        &series::TOO_LITTLE_TRAFFIC,
        at,
        format!("{total} events{of} {period} leave room for {allowed} bad ones at {objective} %"),
    )
    .with_help(help)
}

/// The highest objective, in percent, that leaves room for enough bad events.
fn supported(total: f64) -> Option<String> {
    let most = 100.0 * (1.0 - TOO_FEW / total);
    if most <= 0.0 {
        return None;
    }
    // Rounded down, with as many digits as change the budget by a quarter at most.
    let rounded = (0..6).map(|digits| {
        let scale = 10_f64.powi(digits);
        (most * scale).floor() / scale
    });
    let near = |rounded: &f64| 100.0 - rounded <= 1.25 * (100.0 - most);
    let rounded = rounded.filter(|rounded| *rounded > 0.0).find(near)?;
    Some(rounded.to_string())
}

async fn no_bad_event(
    survey: &Survey<'_, '_>,
    slos: &[(&Slo, History, f64)],
    findings: &mut Findings,
) -> Result<(), Error> {
    let splits: Vec<Option<(&Read<'_>, usize, String)>> =
        slos.iter().map(|(slo, ..)| split(survey, slo)).collect();
    let queries: Vec<String> = splits
        .iter()
        .flatten()
        .map(|(_, index, label)| {
            let subject = &survey.subjects[*index];
            let rest = subject.only(|index| subject.matchers()[index].label.name != *label);
            format!("count by ({label}) ({rest})")
        })
        .collect();
    let mut answers = survey.ask(&queries).await?.into_iter().zip(queries);
    for ((slo, history, total), split) in slos.iter().zip(splits) {
        let total = words::number(*total);
        let mut finding = Diagnostic::new(
            &series::NO_BAD_EVENT,
            format!(
                "not one of {total} events {} was bad",
                slo.period.value.phrase()
            ),
        );
        let mut help = help_for(slo).to_owned();
        if let Some((read, _, label)) = split
            && let Some((answer, query)) = answers.next()
        {
            let values = values_of(&label, &answer);
            if !values.is_empty() {
                help = format!(
                    "{help} `{label}` is {} there",
                    words::some(values.iter().map(String::as_str))
                );
            }
            let at = read.split().next().map_or(read.name_at, |(_, at)| at);
            finding = finding.with_primary(at, "").with_query(query);
        } else if let Some(at) = threshold(slo) {
            finding = finding.with_primary(at, "");
        }
        if finding.query.is_none() {
            finding = finding.with_query(counted(survey, slo, history));
        }
        findings.push(slo, finding.with_help(help));
    }
    Ok(())
}

const fn help_for(slo: &Slo) -> &'static str {
    match slo.sli.value {
        Sli::Events(_) => "is the query of bad events right?",
        _ => "is the threshold so generous, or in another unit than the histogram?",
    }
}

fn threshold(slo: &Slo) -> Option<crate::source::SourceSpan> {
    match &slo.sli.value {
        Sli::Latency(sli) => Some(sli.threshold.at),
        _ => None,
    }
}

/// The read that tells bad events from good ones, and the label that does it.
fn split<'s, 'a>(
    survey: &'s Survey<'_, 'a>,
    slo: &'s Slo,
) -> Option<(&'s Read<'a>, usize, String)> {
    if !matches!(slo.sli.value, Sli::Events(_)) {
        return None;
    }
    let is_part = |read: &Read<'_>| matches!(read.part, Part::Bad | Part::Good);
    let (read, index) = survey.reads_by(slo).find(|(read, _)| is_part(read))?;
    let whole = survey.main(slo).map(|(whole, _)| &whole.selector.matchers);
    let is_own = |label: &str| {
        whole.is_none_or(|whole| whole.iter().all(|matcher| matcher.label.name != label))
    };
    let first = read.split().next().map(|(matcher, _)| matcher);
    let own = read
        .selector
        .matchers
        .iter()
        .find(|matcher| is_own(&matcher.label.name));
    let matcher = first.or(own)?;
    Some((read, *index, matcher.label.name.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_what_traffic_supports() {
        for (total, expected) in [
            (4.0, None),
            (10.0, Some("50")),
            (12_000.0, Some("99.95")),
            (1_000.0, Some("99.5")),
            (700.0, Some("99.2")),
            (60_000.0, Some("99.99")),
        ] {
            assert_eq!(supported(total).as_deref(), expected, "{total}");
        }
    }
}
