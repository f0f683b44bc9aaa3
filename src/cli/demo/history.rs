//! Synthetic raw metrics: their past for the database, their future for scrapes.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::time::{SystemTime, UNIX_EPOCH};

use super::story::Story;
use crate::backfill::openmetrics::Writer;
use crate::duration::Duration;
use crate::slo::{Sli, Slo, SloId};
use crate::workload::{Catalogue, Signal, selectors, synthesize};

/// How far apart the samples of the past are.
const STEP: Duration = Duration::from_mins(1);
/// Until this long ago; what is newer is as fine as scrapes.
const RECENT: Duration = Duration::from_mins(15);
/// How often metrics are scraped whose specs do not say.
const SCRAPE: Duration = Duration::from_secs(15);
/// Where all metrics come from, as a scrape says it.
const ORIGIN: [(&str, &str); 2] = [("job", "demo"), ("instance", "demo")];
/// How long the metrics go on.
const AHEAD: Duration = Duration::from_hours(1);

/// One raw series.
pub(super) struct RawSeries {
    pub(super) name: String,
    pub(super) labels: BTreeMap<String, String>,
    /// How often it is scraped.
    pub(super) scrape: Duration,
    /// A counter grows between samples; a gauge jumps.
    grows: bool,
    /// Unix time of the first value.
    start: u64,
    /// A value every `STEP`.
    values: Vec<Option<f64>>,
}

/// All raw series of the demo.
pub(super) struct History {
    series: Vec<RawSeries>,
    /// Until here they are past.
    pub(super) until: u64,
    /// SLOs that are measured on this Prometheus itself.
    pub(super) live: BTreeSet<SloId>,
    /// SLOs whose metrics cannot be made up, and why.
    pub(super) left_out: Vec<(SloId, String)>,
}

impl History {
    /// `reaches` says how far back the rules of each SLO read.
    pub(super) fn new(slos: &[Slo], reaches: &BTreeMap<SloId, Duration>, now: SystemTime) -> Self {
        let all: Catalogue<'_> = slos.iter().map(|slo| (&slo.id, slo)).collect();
        let mut history = Self {
            series: Vec::new(),
            until: unix(now) / STEP.secs() * STEP.secs(),
            live: BTreeSet::new(),
            left_out: Vec::new(),
        };
        let mut stories = Story::ALL.iter().cycle();
        let mut known = BTreeSet::new();
        // The components of a composite have a story of their own.
        let measured = |slo: &&&Slo| !matches!(slo.sli.value, Sli::Composite(_));
        for slo in all.values().filter(measured) {
            if is_about_prometheus(slo, &all) {
                history.live.insert(slo.id.clone());
                continue;
            }
            let story = stories.next().copied().unwrap_or(Story::Calm);
            let reach = reaches.get(&slo.id).copied().unwrap_or(Duration::ZERO);
            if let Err(reason) = history.add(slo, &all, story, reach, &mut known) {
                history.left_out.push((slo.id.clone(), reason));
            }
        }
        history
    }

    fn add(
        &mut self,
        slo: &Slo,
        all: &Catalogue<'_>,
        story: Story,
        reach: Duration,
        known: &mut BTreeSet<(String, BTreeMap<String, String>)>,
    ) -> Result<(), String> {
        let workload = synthesize(slo, all).map_err(|reason| reason.to_string())?;
        // Whole steps, and what the first tile reads before itself.
        let past = Duration::from_mins(reach.secs().div_ceil(60) + 10);
        let start = self.until.saturating_sub(past.secs());
        for series in workload.series {
            // A metric that two SLOs share has the story of the first.
            if !known.insert((series.name.clone(), series.labels.clone())) {
                continue;
            }
            // It is the first group that something happens to.
            let story = if series.group == 0 {
                story
            } else {
                Story::Calm
            };
            let phases = story.phases(slo, workload.grain, start, (past, AHEAD));
            #[expect(
                clippy::cast_precision_loss,
                reason = "Unix time has fewer than 53 bits"
            )]
            let values = series.values(&phases, STEP, start as f64);
            let mut labels = series.labels;
            for (label, value) in ORIGIN {
                labels
                    .entry(label.to_owned())
                    .or_insert_with(|| value.to_owned());
            }
            self.series.push(RawSeries {
                grows: matches!(series.signal, Signal::Counter(_)),
                name: series.name,
                labels,
                scrape: slo.scrape().unwrap_or(SCRAPE),
                start,
                values,
            });
        }
        Ok(())
    }

    /// How many series there are.
    pub(super) const fn len(&self) -> usize {
        self.series.len()
    }

    /// Writes the past.
    pub(super) fn write<W: Write>(&self, writer: &mut Writer<W>) -> io::Result<()> {
        for series in &self.series {
            let labels = series.labels.iter().map(|(k, v)| (k.as_str(), v.as_str()));
            let recent = self.until.saturating_sub(RECENT.secs()).max(series.start);
            let times = stepped(series.start, recent, STEP);
            let times = times.chain(stepped(recent, self.until + 1, series.scrape));
            #[expect(
                clippy::cast_precision_loss,
                reason = "Unix time has fewer than 53 bits"
            )]
            let past = times.filter_map(|at| Some((at as f64, series.at(at as f64)?)));
            writer.series(&series.name, labels, past)?;
        }
        Ok(())
    }

    /// How often metrics are scraped.
    pub(super) fn scrapes(&self) -> BTreeSet<Duration> {
        self.series.iter().map(|series| series.scrape).collect()
    }

    /// Every series that is scraped this often, and its value at an instant.
    pub(super) fn at(
        &self,
        now: SystemTime,
        scrape: Duration,
    ) -> impl Iterator<Item = (&RawSeries, f64)> {
        let at = now.duration_since(UNIX_EPOCH).unwrap_or_default();
        self.series
            .iter()
            .filter(move |series| series.scrape == scrape)
            .filter_map(move |series| Some((series, series.at(at.as_secs_f64())?)))
    }
}

impl RawSeries {
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "positions in a list of some ten thousand values"
    )]
    fn at(&self, at: f64) -> Option<f64> {
        let position = ((at - self.start as f64) / STEP.as_secs_f64()).max(0.0);
        let index = position as usize;
        let value = (*self.values.get(index)?)?;
        if !self.grows {
            return Some(value);
        }
        let next = self.values.get(index + 1).copied().flatten();
        let growth = (next.unwrap_or(value) - value).max(0.0);
        Some((value + growth * position.fract()).floor())
    }
}

/// Instants from one to before another.
fn stepped(from: u64, to: u64, step: Duration) -> impl Iterator<Item = u64> {
    (from..to).step_by(usize::try_from(step.secs().max(1)).unwrap_or(usize::MAX))
}

/// Prometheus scrapes itself here, so its own metrics need not be made up.
fn is_about_prometheus(slo: &Slo, all: &Catalogue<'_>) -> bool {
    let read = selectors(slo, all);
    let of_prometheus = |name: &str| name.starts_with("prometheus_");
    !read.is_empty()
        && read.iter().all(|selector| {
            selector
                .name
                .as_ref()
                .is_some_and(|n| of_prometheus(&n.name))
        })
}

fn unix(at: SystemTime) -> u64 {
    at.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::slo;
    use std::time::Duration as Wait;

    #[test]
    fn scrapes_go_on_where_the_past_ends() {
        let slos = [slo("99.9", "")];
        let reach = Duration::from_hours(3);
        let reaches = BTreeMap::from([(slos[0].id.clone(), reach)]);
        let now = UNIX_EPOCH + Wait::from_secs(1_700_000_037);
        let history = History::new(&slos, &reaches, now);
        assert_eq!(history.until, 1_700_000_020 / 60 * 60);

        let mut text = Vec::new();
        history.write(&mut Writer::new(&mut text)).unwrap();
        let text = String::from_utf8(text).unwrap();
        let name = "requests_total{code=\"200\",instance=\"demo\",job=\"demo\"}";
        let mut past = text.lines().filter(|line| line.starts_with(name));
        let last = past.next_back().unwrap();
        let last: f64 = last.split(' ').nth(1).unwrap().parse().unwrap();
        let scraped = |wait| {
            let (_, value) = history
                .at(now + Wait::from_secs(wait), SCRAPE)
                .find(|(series, _)| series.labels.get("code").is_some_and(|c| c == "200"))
                .unwrap();
            value
        };
        let (first, second) = (scraped(0), scraped(15));
        assert!(last <= first && first < second, "{last} {first} {second}");
        // No more than a busy minute each.
        assert!(first - last < 60.0 * 41.0 && second - first < 15.0 * 41.0);
        // The story ends an hour after it was begun.
        assert_eq!(history.at(now + Wait::from_secs(4000), SCRAPE).count(), 0);
    }
}
