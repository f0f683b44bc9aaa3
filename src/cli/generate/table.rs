//! `--table`: when alerts fire and reset.

use rust_decimal::Decimal;

use super::services::Service;
use crate::burn::{self, FAST_INTERVAL, Pair, Timing};
use crate::cli::Streams;
use crate::cli::columns::align;
use crate::duration::Duration;
use crate::rules::Layout;
use crate::slo::Slo;

/// Assumed where a spec does not say how often its metrics are scraped.
const USUAL_SCRAPE: Duration = Duration::from_mins(1);

const COLUMNS: [&str; 8] = [
    "alert",
    "factor",
    "long",
    "short",
    "from errors",
    "spends",
    "outage fires in",
    "resets in",
];

/// Prints the alert pairs of every SLO: from which error ratio they fire, how
/// much of the budget is spent by then, how soon a total outage fires them, and
/// how soon after it they are silent again.
pub(super) fn print(
    services: &[Service],
    layout: Layout,
    streams: &mut Streams,
) -> std::io::Result<()> {
    // Sloth's alerts are a group of their own, evaluated at a moment of its own.
    let late = match layout {
        Layout::Native => Duration::ZERO,
        Layout::Sloth => FAST_INTERVAL,
    };
    for slo in services.iter().flat_map(|service| &service.slos) {
        streams.out.write_all(table(slo, late).as_bytes())?;
    }
    Ok(())
}

fn table(slo: &Slo, late: Duration) -> String {
    let mut rows = vec![COLUMNS.map(str::to_owned)];
    rows.extend(burn::pairs(slo).iter().map(|pair| row(slo, pair, late)));
    format!(
        "{}: {} % {}\n{}\n",
        slo.id,
        slo.objective.value,
        slo.period.value.phrase(),
        align(&rows, &[0], "  "),
    )
}

fn row(slo: &Slo, pair: &Pair, late: Duration) -> [String; COLUMNS.len()] {
    let budget = slo.objective.value.budget();
    let spent = pair.budget_spent(slo.period.value.nominal());
    let timing = Timing::new(slo.scrape().unwrap_or(USUAL_SCRAPE));
    [
        pair.severity.name().to_owned(),
        format!("{}x", pair.factor),
        pair.long.single_unit(),
        pair.short.single_unit(),
        percent(pair.threshold(budget)),
        percent(spent.round_sf(3).unwrap_or(spent)),
        timing.firing(pair, budget, 1.0).map_or_else(
            || "never".to_owned(),
            |firing| minutes(firing.latest + late),
        ),
        minutes(timing.reset(pair, budget, 1.0) + late),
    ]
}

fn percent(ratio: Decimal) -> String {
    format!(
        "{} %",
        (ratio * Decimal::ONE_HUNDRED).round_dp(3).normalize()
    )
}

/// Rounded up to whole minutes: what is shown is a bound.
fn minutes(duration: Duration) -> String {
    Duration::from_mins(duration.secs().div_ceil(60)).to_string()
}
