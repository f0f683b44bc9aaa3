//! Since when a period runs.

use jiff::{Timestamp, ToSpan as _, Zoned};

use crate::slo::{Calendar, CalendarUnit, Period};

/// Seconds since the start of the period, at an instant in Unix seconds.
pub(super) fn back(period: &Period, now: f64) -> f64 {
    let nominal = period.nominal().as_secs_f64();
    match period {
        Period::Rolling(_) => nominal,
        Period::Calendar(calendar) => since_start(calendar, now).unwrap_or(nominal),
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "seconds of this century"
)]
fn since_start(calendar: &Calendar, now: f64) -> Option<f64> {
    let now = Timestamp::from_second(now as i64).ok()?;
    let local = now.in_tz(&calendar.time_zone).ok()?;
    let start = start(calendar.unit, &local)?;
    let seconds = now.as_second() - start.timestamp().as_second();
    // The first minutes of a period say nothing yet; whole minutes are shared questions.
    Some((seconds / 60 * 60).max(600) as f64)
}

fn start(unit: CalendarUnit, local: &Zoned) -> Option<Zoned> {
    let day = local.start_of_day().ok()?;
    let start = match unit {
        CalendarUnit::Week => {
            let since_monday = day.weekday().to_monday_zero_offset();
            day.checked_sub(i64::from(since_monday).days()).ok()?
        }
        CalendarUnit::Month => day.first_of_month().ok()?,
        CalendarUnit::Quarter => {
            let month = (day.month() - 1) / 3 * 3 + 1;
            day.with().month(month).day(1).build().ok()?
        }
        CalendarUnit::Year => day.first_of_year().ok()?,
    };
    start.start_of_day().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_starts_in_its_zone() {
        // 2026-09-21 14:13:20 UTC, a Monday; 16:13:20 in Berlin.
        let now = 1_790_000_000.0;
        for (unit, hours) in [
            (CalendarUnit::Week, 16.0),
            (CalendarUnit::Month, 20.0 * 24.0 + 16.0),
            (CalendarUnit::Quarter, (31.0 + 31.0 + 20.0) * 24.0 + 16.0),
        ] {
            let time_zone = "Europe/Berlin".to_owned();
            let period = Period::Calendar(Calendar { unit, time_zone });
            assert!(
                (back(&period, now) - (hours * 3600.0 + 13.0 * 60.0)).abs() < 1.0,
                "{unit:?}"
            );
        }
    }
}
