//! Ratios that do not move.

use std::collections::HashMap;

use super::survey::Survey;
use crate::check::Findings;
use crate::check::recorded::id_of;
use crate::diagnostic::{Diagnostic, codes::series};
use crate::prometheus::{Error, Labels, Sample};
use crate::rules::series::{BAD_TILE, TOTAL_TILE, own_expr};
use crate::slo::SloId;

/// For so long, looked at once an hour.
const DAYS: u32 = 2;
/// Hours of these with a ratio.
const HOURS: f64 = 43.0;
/// How much it may move, relative: more than rounding, less than one event.
const STILL: f64 = 1e-6;

/// SER012, of all SLOs at once.
pub(super) async fn check(survey: &Survey<'_, '_>, findings: &mut Findings) -> Result<(), Error> {
    let cx = survey.cx;
    let live = survey.live();
    if live.is_empty() {
        return Ok(());
    }
    let [bad, total] = [BAD_TILE, TOTAL_TILE].map(|name| survey.recorded(name));
    let ratio = format!("sum_over_time({bad}[1h]) / (sum_over_time({total}[1h]) > 0)");
    let over = |function: &str| format!("{function}(({ratio})[{DAYS}d:1h])");
    let queries = [
        over("min_over_time"),
        over("max_over_time"),
        over("count_over_time"),
    ];
    let answers = survey.ask(&queries).await?;
    let [least, most, count] = answers.as_slice() else {
        return Ok(());
    };
    let (Ok(least), Ok(most), Ok(count)) = (least, most, count) else {
        return Ok(());
    };
    let by_labels = |samples: &'_ [Sample]| -> HashMap<Labels, f64> {
        let values = samples.iter();
        values
            .map(|sample| (sample.labels.clone(), sample.value))
            .collect()
    };
    let (most, count) = (by_labels(most), by_labels(count));
    let is_still = |least: &&Sample| {
        let most = most.get(&least.labels).copied().unwrap_or(f64::INFINITY);
        let hours = count.get(&least.labels).copied().unwrap_or(0.0);
        least.value > 0.0 && most - least.value <= STILL * most && hours >= HOURS
    };
    let mut still: HashMap<SloId, &Sample> = HashMap::new();
    for least in least.iter().filter(is_still) {
        if let Some(id) = id_of(&least.labels) {
            still.entry(id).or_insert(least);
        }
    }
    for slo in live {
        let still = still.get(&slo.id);
        if let Some(still) = still {
            let group = slo
                .group_labels()
                .filter_map(|label| Some(format!(" {label}={}", still.labels.get(label)?)));
            let group: String = group.collect();
            findings.push(
                slo,
                constant(still.value, &group).with_query(format!(
                    "{} / ({} > 0)",
                    cx.scope.query(&own_expr(&slo.id, BAD_TILE)),
                    cx.scope.query(&own_expr(&slo.id, TOTAL_TILE))
                )),
            );
        }
    }
    Ok(())
}

fn constant(ratio: f64, group: &str) -> Diagnostic {
    let of = if group.is_empty() {
        String::new()
    } else {
        format!(" of{group}")
    };
    let (message, help) = if ratio >= 1.0 - STILL {
        (
            format!("everything{of} was bad for {DAYS} days"),
            "if customers do not notice, the query of bad events matches all of them",
        )
    } else {
        (
            format!(
                "the error ratio{of} was {} for {DAYS} days and did not move",
                crate::words::ratio(Some(ratio))
            ),
            "real errors vary: is a value stuck, or the same thing counted on both sides?",
        )
    };
    Diagnostic::new(&series::CONSTANT_RATIO, message).with_help(help)
}
