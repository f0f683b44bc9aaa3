//! The recorded values beside the exact ones, and whether they are close enough.

use std::path::Path;

use super::meaning::Meaning;
use crate::lab::Rule;
use crate::workload::{DAY, seconds};

/// Recorded and exact value at one instant.
pub(super) struct Point {
    pub(super) at: f64,
    pub(super) recorded: f64,
    pub(super) exact: f64,
}

/// What came out: a line for each recorded series and, within a month, for each
/// length of time that has passed.
pub(super) struct Table {
    text: String,
    missed: String,
}

impl Table {
    pub(super) fn new() -> Self {
        let text = format!(
            "{:<15} {:<32} {:>8} {:>4} {:>12} {:>12} {:>8} {:>8} {:>8}\n",
            "SLO", "series", "of", "n", "recorded", "exact", "bias %", "p95 %", "bar %"
        );
        let missed = String::new();
        Self { text, missed }
    }

    pub(super) fn add(&mut self, rule: &Rule, meaning: &Meaning, points: &[Point]) {
        for (from, to) in [(0, 1), (1, 3), (3, 29), (29, 400)] {
            let class: Vec<&Point> = points
                .iter()
                .filter(|point| {
                    let length = point.at - meaning.span().start(point.at);
                    (seconds(from * DAY)..seconds(to * DAY)).contains(&length)
                })
                .collect();
            if let Some(last) = class.last() {
                let length = last.at - meaning.span().start(last.at);
                self.line(rule, meaning, &class, length);
            }
        }
    }

    fn line(&mut self, rule: &Rule, meaning: &Meaning, points: &[&Point], length: f64) {
        let slo = rule.labels["slo"].as_str();
        let name = rule.record.as_deref().unwrap();
        let mean = |pick: fn(&Point) -> f64| {
            points.iter().map(|point| pick(point)).sum::<f64>() / count(points)
        };
        let bias = meaning.error(mean(|point| point.recorded), mean(|point| point.exact));
        let off = |point: &&Point| meaning.error(point.recorded, point.exact).abs();
        let mut errors: Vec<f64> = points.iter().map(off).collect();
        errors.sort_by(f64::total_cmp);
        let nearly_all = (points.len() * 95).div_ceil(100);
        let bar = |point: &Point| meaning.bar(slo, point.at - meaning.span().start(point.at));
        let good = |point: &&&Point| bar(point).is_none_or(|bar| off(point) <= bar);
        let last = points[points.len() - 1];
        let percent = |ratio: f64| match ratio {
            // Off from nothing.
            _ if !ratio.is_finite() => "-".to_owned(),
            _ => format!("{:.4}", 100.0 * ratio),
        };
        let line = format!(
            "{slo:<15} {name:<32} {:>7.2}d {:>4} {:>12.8} {:>12.8} {:>8} {:>8} {:>8}\n",
            length / seconds(DAY),
            points.len(),
            last.recorded,
            last.exact,
            percent(bias),
            percent(errors[nearly_all - 1]),
            bar(last).map_or("-".to_owned(), percent),
        );
        let is_biased = slo != "sparse" && bias.abs() > meaning.bias_bar(length);
        if is_biased || points.iter().filter(good).count() < nearly_all {
            self.missed += &line;
        }
        self.text += &line;
    }

    pub(super) fn show(self) {
        println!("{}", self.text);
        let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("history.txt");
        std::fs::write(file, &self.text).unwrap();
        assert!(self.missed.is_empty(), "\n{}", self.missed);
    }
}

#[expect(clippy::cast_precision_loss, reason = "a few hundred")]
const fn count(points: &[&Point]) -> f64 {
    points.len() as f64
}
