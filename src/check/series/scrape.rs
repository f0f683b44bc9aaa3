//! How often the raw metrics are really scraped.

use std::collections::BTreeMap;

use super::reads::{Form, Read};
use super::survey::{Survey, value};
use super::words;
use crate::burn::BASE_WINDOW;
use crate::check::{Asked, Findings};
use crate::diagnostic::{Diagnostic, codes::series};
use crate::duration::Duration;
use crate::prometheus::{Error, Target};

/// Samples are counted over this much.
const COUNTED: Duration = Duration::from_mins(10);
/// The best stretch of this much counts: a target may have failed, or just have begun.
const WITHIN: Duration = Duration::from_hours(1);
/// Scrapes that a rate needs in its window to survive a lost one.
const SCRAPES: f64 = 4.0;
/// A series is forgotten when there is no new sample for this long.
const LOOKBACK: Duration = Duration::from_mins(5);
/// From how much another interval counts as another.
const TOLERANCE: f64 = 0.2;

/// Between these, in seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Interval {
    shortest: f64,
    longest: f64,
}

/// What people scrape at, in seconds.
const USUAL: [f64; 11] = [
    1.0, 5.0, 10.0, 15.0, 20.0, 30.0, 45.0, 60.0, 120.0, 180.0, 300.0,
];

impl Interval {
    /// From the samples in ten minutes. A range that is closed on both sides holds one
    /// more than there are intervals.
    fn of_samples(samples: f64) -> Self {
        let range = COUNTED.as_secs_f64();
        Self {
            shortest: range / samples,
            longest: range / (samples - 1.0).max(1.0),
        }
    }

    pub(super) const fn exactly(seconds: f64) -> Self {
        Self {
            shortest: seconds,
            longest: seconds,
        }
    }

    /// One number for it.
    fn likely(self) -> f64 {
        let usual = USUAL
            .into_iter()
            .find(|usual| *usual >= self.shortest - 0.5 && *usual <= self.longest + 0.5);
        usual.unwrap_or(self.shortest)
    }

    fn differs_from(self, other: f64) -> bool {
        other < self.shortest * (1.0 - TOLERANCE) || other > self.longest * (1.0 + TOLERANCE)
    }
}

/// SER014 and SER015.
pub(super) async fn check(survey: &Survey<'_, '_>, findings: &mut Findings) -> Result<(), Error> {
    let live = survey.subjects_of(|read, subject| {
        read.needed && subject.is_present() && !survey.dead.contains(&read.slo.id)
    });
    let answers = survey
        .ask_each(&live, |subject| {
            let text = &subject.text;
            // A series that was not there ten minutes before has fewer samples.
            let counted = format!("count_over_time({text}[{COUNTED}]) and {text} offset {COUNTED}");
            format!("max(max_over_time(({counted})[{WITHIN}:{COUNTED}]))")
        })
        .await?;
    let counted: BTreeMap<usize, Interval> = live
        .into_iter()
        .zip(&answers)
        .filter_map(|(index, answer)| Some((index, Interval::of_samples(value(answer)?))))
        .collect();
    let mut suspects = Vec::new();
    for slo in survey.live() {
        let reads = survey.reads_by(slo).filter(|(read, _)| read.needed);
        let known = reads.filter_map(|(read, index)| Some((read, *index, *counted.get(index)?)));
        let known: Vec<_> = known.collect();
        if known.iter().any(|(read, _, interval)| {
            too_long(read, *interval) || other_than_written(read, *interval)
        }) {
            suspects.push((slo, known));
        }
    }
    let indices = suspects
        .iter()
        .flat_map(|(_, known)| known.iter().map(|known| known.1));
    let exact = exact(survey, indices.collect(), findings).await?;
    for (slo, known) in suspects {
        let known = known.into_iter().map(|(read, index, counted)| {
            (read, index, exact.get(&index).copied().unwrap_or(counted))
        });
        let known: Vec<_> = known.collect();
        let seldom = known
            .iter()
            .find(|(read, _, interval)| too_long(read, *interval));
        let other = known
            .iter()
            .find(|(read, _, interval)| other_than_written(read, *interval));
        if let Some((read, index, interval)) = seldom {
            findings.push(slo, too_seldom(survey, read, *index, *interval));
        } else if let Some((read, index, interval)) = other
            && let Some(finding) = differs(survey, read, *index, *interval)
        {
            findings.push(slo, finding);
        }
    }
    Ok(())
}

/// What the targets of these subjects say, where the server tells.
async fn exact(
    survey: &Survey<'_, '_>,
    mut subjects: Vec<usize>,
    findings: &mut Findings,
) -> Result<BTreeMap<usize, Interval>, Error> {
    subjects.sort_unstable();
    subjects.dedup();
    if subjects.is_empty() {
        return Ok(BTreeMap::new());
    }
    let targets = match survey.cx.client.targets().await {
        Err(error) if error.is_closed_api() => {
            findings.note(
                "this server has no targets API, or refuses it: scrape intervals are counted",
            );
            return Ok(BTreeMap::new());
        }
        other => other?,
    };
    let answers = survey
        .ask_each(&subjects, |subject| {
            format!("group by (job, instance) ({})", subject.text)
        })
        .await?;
    let known = subjects.into_iter().zip(&answers);
    Ok(known
        .filter_map(|(index, answer)| Some((index, of_targets(answer, &targets)?)))
        .collect())
}

/// The shortest interval of the targets that an answer names.
fn of_targets(asked: &Asked, targets: &[Target]) -> Option<Interval> {
    let samples = asked.as_ref().ok()?;
    let is_named = |target: &&Target| {
        samples.iter().any(|sample| {
            ["job", "instance"].iter().all(|label| {
                let label = *label;
                sample.labels.contains_key(label)
                    && sample.labels.get(label) == target.labels.get(label)
            })
        })
    };
    let intervals = targets
        .iter()
        .filter(is_named)
        .filter_map(|target| target.scrape_interval);
    intervals.min_by(f64::total_cmp).map(Interval::exactly)
}

/// The interval from which a selector cannot be read as it is.
fn limit(read: &Read<'_>) -> f64 {
    match (read.form, read.window) {
        // Fewer than two samples have no rate.
        (Form::Counter, Some(window)) => window.as_secs_f64() / 2.0,
        (Form::Counter, None) => BASE_WINDOW.as_secs_f64() / SCRAPES,
        (Form::Gauge | Form::Any, Some(window)) => window.as_secs_f64(),
        (Form::Gauge | Form::Any, None) => LOOKBACK.as_secs_f64(),
    }
}

fn too_long(read: &Read<'_>, interval: Interval) -> bool {
    interval.shortest > limit(read)
}

fn other_than_written(read: &Read<'_>, interval: Interval) -> bool {
    // Only counters have tiles that depend on it.
    let counted = read.form == Form::Counter && read.slo.sli.value.counts_events();
    let written = read.slo.scrape().filter(|_| counted);
    written.is_some_and(|written| interval.differs_from(written.as_secs_f64()))
}

fn samples(survey: &Survey<'_, '_>, index: usize) -> String {
    format!(
        "count_over_time({}[{COUNTED}])",
        survey.subjects[index].text
    )
}

pub(super) fn too_seldom(
    survey: &Survey<'_, '_>,
    read: &Read<'_>,
    index: usize,
    interval: Interval,
) -> Diagnostic {
    let seconds = words::time(interval.likely());
    let window = read.window.unwrap_or(BASE_WINDOW);
    let most = whole(limit(read));
    Diagnostic::at(
        &series::SCRAPED_TOO_SELDOM,
        read.name_at,
        format!(
            "`{}` is scraped every {seconds}: over {window} that is too seldom",
            read.name()
        ),
    )
    .with_help(format!("scrape it at least every {most}"))
    .with_query(samples(survey, index))
}

fn differs(
    survey: &Survey<'_, '_>,
    read: &Read<'_>,
    index: usize,
    interval: Interval,
) -> Option<Diagnostic> {
    let written = read.slo.scrape_interval.as_ref()?;
    let actual = interval.likely();
    let harm = if written.value.as_secs_f64() < actual {
        "tiles lose what happens between them"
    } else {
        "tiles overlap, and what happens there counts twice"
    };
    Some(
        Diagnostic::at(
            &series::SCRAPE_INTERVAL_DIFFERS,
            written.at,
            format!(
                "`{}` is scraped every {}, not every {}: {harm}",
                read.name(),
                words::time(actual),
                words::time(written.value.as_secs_f64())
            ),
        )
        .with_help(format!("write `scrape_interval: {}`", whole(actual)))
        .with_query(samples(survey, index)),
    )
}

/// In whole seconds.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "between a second and some minutes"
)]
fn whole(seconds: f64) -> Duration {
    Duration::from_secs(seconds.round() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_intervals_from_samples() {
        for (samples, likely) in [
            (40.0, 15.0),
            (41.0, 15.0),
            (20.0, 30.0),
            (10.0, 60.0),
            (11.0, 60.0),
            (5.0, 120.0),
            (2.0, 300.0),
        ] {
            let likely_here = Interval::of_samples(samples).likely();
            assert!(
                (likely_here - likely).abs() < 1e-9,
                "{samples}: {likely_here}"
            );
        }
    }

    #[test]
    fn a_lost_scrape_is_no_other_interval() {
        let fine = |samples, written| !Interval::of_samples(samples).differs_from(written);
        assert!(fine(39.0, 15.0) && fine(41.0, 15.0) && fine(18.0, 30.0) && fine(9.0, 60.0));
        assert!(!fine(40.0, 30.0) && !fine(10.0, 30.0) && !fine(20.0, 15.0));
    }
}
