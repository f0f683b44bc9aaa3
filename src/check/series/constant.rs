//! Ratios that do not move.

use super::survey::Survey;
use crate::check::Findings;
use crate::diagnostic::{Diagnostic, codes::series};
use crate::prometheus::{Error, Labels};
use crate::promql::build::selector;
use crate::rules::series::{BAD_TILE, TOTAL_TILE, own_expr};

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
    let [bad, total] =
        [BAD_TILE, TOTAL_TILE].map(|name| cx.scope.query(&selector(name, Vec::new())));
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
    let value = |samples: &[crate::prometheus::Sample], labels: &Labels| {
        let same = samples.iter().find(|sample| sample.labels == *labels);
        same.map(|sample| sample.value)
    };
    for slo in live {
        let is_own = |labels: &Labels| {
            labels.get("service") == Some(&slo.id.service)
                && labels.get("slo") == Some(&slo.id.name)
        };
        let still = least
            .iter()
            .filter(|sample| is_own(&sample.labels))
            .find(|least| {
                let most = value(most, &least.labels).unwrap_or(f64::INFINITY);
                let hours = value(count, &least.labels).unwrap_or(0.0);
                least.value > 0.0 && most - least.value <= STILL * most && hours >= HOURS
            });
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
