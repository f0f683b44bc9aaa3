//! What went wrong against what we allow and what we promised, with the buffer between.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;

use super::super::write::Html;
use super::{image, label, legend, shape, share};
use crate::report::review::text;
use crate::review::{GoalReview, SloReview};
use crate::words;

/// Height of what is said about one goal, with its bar; in pixels.
const ROW: u32 = 52;
/// How many times the looser limit a bar goes; who exceeds it more is told so in words.
const MOST: f64 = 2.5;

/// The chart with its legend. Its numbers are those of the table that follows it.
pub(in super::super) fn goals(html: &mut Html, slo: &SloReview) {
    let goals: Vec<_> = [
        ("Objective", Some(&slo.objective)),
        ("Promise", slo.promise.as_ref()),
    ]
    .into_iter()
    .filter_map(|(name, goal)| Some((name, goal?)))
    .collect();
    let limits = goals.iter().map(|(_, goal)| limit(goal));
    let limit = limits.fold(0.0, f64::max);
    let bad = goals.iter().filter_map(|(_, goal)| goal.error_ratio);
    let most = bad.fold(limit * 1.25, |most, bad| most.max(bad * 1.1));
    let most = most.min(limit * MOST).max(f64::MIN_POSITIVE);
    let title = format!("Objective and promise of {}", text::title(slo));
    html.class("figure", "chart").inside(|html| {
        let about = goals.iter().map(|(name, goal)| sentence(name, goal));
        let about = about.collect::<Vec<_>>().join("; ");
        let class = if goals.len() > 1 {
            "goals two"
        } else {
            "goals"
        };
        image(html, class, &title, &about, |html| {
            for (index, goal) in (0..).zip(&goals) {
                row(html, index, goal, most, slo);
            }
        });
        html.line();
        let mut signs = vec![
            ("spent", "went wrong".to_owned()),
            ("line-limit", "limit".to_owned()),
        ];
        if slo.promise.is_some() {
            signs.push(("buffer", "buffer between objective and promise".to_owned()));
        }
        legend(html, &signs);
    });
}

/// What a goal allows to go wrong, as a ratio.
fn limit(goal: &GoalReview) -> f64 {
    let limit = (Decimal::ONE_HUNDRED - goal.percent) / Decimal::ONE_HUNDRED;
    limit.to_f64().unwrap_or(0.0)
}

fn sentence(name: &str, goal: &GoalReview) -> String {
    let allowed = text::allowance(goal);
    if goal.error_ratio.is_none_or(|bad| !bad.is_finite()) {
        return format!("{name}: {}, {allowed} allowed", words::NO_DATA);
    }
    let bad = words::ratio(goal.error_ratio);
    format!("{name}: {bad} went wrong, {allowed} allowed")
}

/// From where the objective is missed to where the promise is broken.
fn buffer(html: &mut Html, slo: &SloReview, most: f64, (y, height): (&str, &str)) {
    let Some(promise) = &slo.promise else {
        return;
    };
    let (start, end) = (limit(&slo.objective) / most, limit(promise) / most);
    if end > start {
        let (x, width) = (share(start), share(end - start));
        let at = [("x", &*x), ("width", &*width), ("y", y), ("height", height)];
        shape(html, "rect", "buffer", &at);
    }
}

fn row(
    html: &mut Html,
    index: u32,
    (name, goal): &(&str, &GoalReview),
    most: f64,
    slo: &SloReview,
) {
    let top = index * ROW;
    let limit = limit(goal);
    let at = |offset: u32| (top + offset).to_string();
    label(html, "row", ("0", &at(16)), &sentence(name, goal));
    let (y, height) = (at(24), "16");
    let rest = [
        ("x", "0"),
        ("width", "100%"),
        ("y", &*y),
        ("height", height),
        ("rx", "3"),
    ];
    shape(html, "rect", "track", &rest);
    buffer(html, slo, most, (&y, height));
    if let Some(bad) = goal.error_ratio.filter(|bad| *bad > 0.0 && bad.is_finite()) {
        // While a calendar period runs, more than the limit may go wrong for some time.
        let is_gone = goal.left.is_some_and(|left| left <= 0.0);
        let class = if is_gone { "spent over" } else { "spent" };
        let width = share((bad / most).clamp(0.004, 1.0));
        let bar = [
            ("x", "0"),
            ("width", &*width),
            ("y", &*y),
            ("height", height),
            ("rx", "3"),
        ];
        shape(html, "rect", class, &bar);
    }
    let (x, from, to) = (share(limit / most), at(20), at(44));
    let line = [("x1", &*x), ("x2", &*x), ("y1", &*from), ("y2", &*to)];
    shape(html, "line", "line-limit", &line);
}
