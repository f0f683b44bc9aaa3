//! How far back the numbers reach, and what is missing in between.

use std::collections::{BTreeMap, BTreeSet};

use super::survey::{Survey, value};
use super::words;
use crate::burn::SLOW_INTERVAL;
use crate::check::period::Progress;
use crate::check::{Context, Findings};
use crate::diagnostic::{Diagnostic, codes::series};
use crate::duration::Duration;
use crate::lint::acceptance::accepts;
use crate::prometheus::{Error, Product, Sample, ServerInfo};
use crate::rules::series::TOTAL_TILE;
use crate::slo::{Budgeting, Freshness, Missing, Period, Sli, Slo, SloId};

/// Share of a period that may be missing at its start.
const YOUNG: f64 = 0.02;
/// Share of the time since the first sample that may be missing.
const GAPS: f64 = 0.01;
/// Less is one late scrape or a restart.
const GAPS_LEAST: Duration = Duration::from_mins(15);
/// Raw series are looked at so many times within a period.
const LOOKS: f64 = 720.0;

/// What is known about the past of an SLO.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct History {
    /// The first sample, in Unix seconds.
    pub(super) first: f64,
    /// Share of the time since then for which there is data, 0–1.
    pub(super) covered: f64,
    /// Whether recorded series tell it, else raw ones.
    pub(super) recorded: bool,
    /// Seconds since the start of the period.
    pub(super) back: f64,
}

impl History {
    /// Whether it reaches back to the start of the period.
    fn is_whole(&self, now: f64) -> bool {
        self.first - (now - self.back) <= YOUNG * self.back + step(self.back)
    }

    /// The period as a window.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a period is a whole number of seconds"
    )]
    pub(super) fn length(&self) -> Duration {
        Duration::from_secs(self.back as u64)
    }

    fn missing(&self, now: f64) -> f64 {
        (1.0 - self.covered).max(0.0) * (now - self.first)
    }

    fn has_gaps(&self, now: f64) -> bool {
        let allowed = GAPS * (now - self.first);
        self.missing(now) > allowed.max(GAPS_LEAST.as_secs_f64())
    }
}

/// Seconds since the start of a period: whole minutes, so that questions are shared. The
/// first minutes of a period say nothing yet.
fn back(period: &Period, now: f64) -> f64 {
    let elapsed = Progress::of(period, now).elapsed.as_secs_f64();
    ((elapsed / 60.0).floor() * 60.0).max(600.0)
}

/// Seconds between two looks: whole minutes, at most an hour.
fn step(back: f64) -> f64 {
    ((back / LOOKS / 60.0).floor() * 60.0).clamp(60.0, 3600.0)
}

/// The past of each SLO that has one.
pub(super) type Histories<'a> = BTreeMap<&'a SloId, History>;

/// Asks for the past: recorded series of all SLOs at once, raw ones where those do not
/// reach back far enough.
pub(super) async fn fetch<'a>(survey: &Survey<'_, 'a>) -> Result<Histories<'a>, Error> {
    let cx = survey.cx;
    let live = survey.live();
    let backs: BTreeMap<&SloId, f64> = live
        .iter()
        .map(|slo| (&slo.id, back(&slo.period.value, cx.now)))
        .collect();
    let recorded = recorded(survey, &backs).await?;
    let mut histories = Histories::new();
    let mut open = Vec::new();
    for slo in live {
        let known = recorded.get(&slo.id).copied();
        // An idle slice has no tile, and that is no gap.
        let usable = known.filter(|_| slo.budgeting == Budgeting::Events);
        if let Some(history) = usable {
            histories.insert(&slo.id, history);
        }
        if usable.is_none_or(|history| !history.is_whole(cx.now)) {
            open.push(slo);
        }
    }
    for (id, raw) in raw(survey, &open).await? {
        let is_older = histories
            .get(id)
            .is_none_or(|known| raw.first < known.first);
        if is_older {
            histories.insert(id, raw);
        }
    }
    Ok(histories)
}

/// Of recorded tiles, by SLO. One question for each length of a period.
async fn recorded(
    survey: &Survey<'_, '_>,
    backs: &BTreeMap<&SloId, f64>,
) -> Result<BTreeMap<SloId, History>, Error> {
    let cx = survey.cx;
    let tiles = survey.recorded(TOTAL_TILE);
    let lengths: BTreeSet<u64> = backs.values().map(|back| back.to_bits()).collect();
    let mut histories = BTreeMap::new();
    for back in lengths.into_iter().map(f64::from_bits) {
        let by = "by (service, slo)";
        let step = step(back);
        let queries = [
            // Not `timestamp({tiles})`, for which Prometheus opens every series anew at every
            // step: of 1,000 SLOs that took 90 s instead of 3.
            format!("min {by} (min_over_time((time() + 0 * {tiles})[{back:.0}s:{step:.0}s]))"),
            format!("max {by} (count_over_time({tiles}[{back:.0}s]))"),
        ];
        let answers = survey.ask(&queries).await?;
        let mut answers = answers.into_iter().map(Result::unwrap_or_default);
        let firsts = answers.next().unwrap_or_default();
        let counts = by_slo(answers.next().unwrap_or_default());
        for (id, first) in by_slo(firsts) {
            if backs.get(&id).map(|back| back.to_bits()) != Some(back.to_bits()) {
                continue;
            }
            let count = counts.get(&id).copied().unwrap_or(0.0);
            // The first tile stands for the time before it.
            let span = cx.now - first + SLOW_INTERVAL.as_secs_f64();
            let covered = (count * SLOW_INTERVAL.as_secs_f64() / span).min(1.0);
            let recorded = true;
            histories.insert(
                id,
                History {
                    first,
                    covered,
                    recorded,
                    back,
                },
            );
        }
    }
    Ok(histories)
}

fn by_slo(samples: Vec<Sample>) -> BTreeMap<SloId, f64> {
    let values = samples.into_iter().filter_map(|mut sample| {
        let id = SloId {
            service: sample.labels.remove("service")?,
            name: sample.labels.remove("slo")?,
        };
        Some((id, sample.value))
    });
    values.collect()
}

/// Of the raw series, looked at now and then.
async fn raw<'a>(
    survey: &Survey<'_, 'a>,
    slos: &[&'a Slo],
) -> Result<BTreeMap<&'a SloId, History>, Error> {
    let now = survey.cx.now;
    let mut asked: BTreeMap<(usize, u64), Vec<&'a SloId>> = BTreeMap::new();
    for slo in slos {
        if let Some((_, index)) = survey.main(slo) {
            let back = back(&slo.period.value, now);
            asked
                .entry((*index, back.to_bits()))
                .or_default()
                .push(&slo.id);
        }
    }
    let queries: Vec<String> = asked
        .keys()
        .flat_map(|(index, back)| {
            let back = f64::from_bits(*back);
            let text = &survey.subjects[*index].text;
            let range = format!("[{back:.0}s:{:.0}s]", step(back));
            [
                format!("min_over_time((time() + 0 * count({text})){range})"),
                format!("count_over_time(count({text}){range})"),
            ]
        })
        .collect();
    let answers = survey.ask(&queries).await?;
    let mut histories = BTreeMap::new();
    for (((_, back), ids), answers) in asked.into_iter().zip(answers.chunks(2)) {
        let back = f64::from_bits(back);
        let (Some(first), Some(count)) = (value(&answers[0]), value(&answers[1])) else {
            continue;
        };
        let looks = ((now - first) / step(back)).floor() + 1.0;
        let history = History {
            first,
            covered: (count / looks).min(1.0),
            recorded: false,
            back,
        };
        histories.extend(ids.into_iter().map(|id| (id, history)));
    }
    Ok(histories)
}

/// SER016 and SER017.
pub(super) async fn check(
    survey: &Survey<'_, '_>,
    server: &ServerInfo,
    histories: &Histories<'_>,
    findings: &mut Findings,
) -> Result<(), Error> {
    let now = survey.cx.now;
    let kept = retention(survey.cx, server, findings).await?;
    if let Some(finding) = kept.and_then(|kept| kept_too_short(survey.cx, kept)) {
        findings.push_general(finding);
    }
    for slo in survey.live() {
        let nominal = slo.period.value.nominal();
        let kept = kept.filter(|kept| *kept < nominal);
        let Some(history) = histories.get(&slo.id) else {
            // It is there now, and no look of the past has seen it.
            if kept.is_none() && survey.main(slo).is_some() {
                findings.push(slo, newborn(slo, now));
            }
            continue;
        };
        if kept.is_none() && !history.is_whole(now) {
            let finding = too_young(slo, history, now);
            let main = survey
                .main(slo)
                .map(|(_, index)| &survey.subjects[*index].text);
            let query = main.map_or_else(String::new, |text| format!("count({text})"));
            findings.push(slo, finding.with_query(query));
        }
        if history.has_gaps(now) && (history.recorded || !counts_missing(slo)) {
            let finding = gaps(survey, slo, history).await?;
            findings.push(slo, finding);
        }
    }
    Ok(())
}

/// Whether a series that is missing is measured all the same.
fn counts_missing(slo: &Slo) -> bool {
    match &slo.sli.value {
        Sli::Freshness(Freshness::Timestamp { .. } | Freshness::Age { .. }) => true,
        Sli::Threshold(sli) => sli.missing != Missing::Unmeasured,
        _ => false,
    }
}

/// How long a server of its own keeps samples. Others have storage elsewhere.
async fn retention(
    cx: &Context<'_>,
    server: &ServerInfo,
    findings: &mut Findings,
) -> Result<Option<Duration>, Error> {
    if server.product != Product::Prometheus {
        return Ok(None);
    }
    match cx.client.runtime_info().await {
        Err(error) if error.is_closed_api() => {
            findings.note("this server does not say how long it keeps samples");
            Ok(None)
        }
        other => Ok(kept(&other?.storage_retention)),
    }
}

/// `15d`, `15d or 5GiB`; a size alone says nothing about time.
fn kept(text: &str) -> Option<Duration> {
    let parts = text.split(" or ");
    let mut lengths = parts.filter_map(|part| Duration::parse(part.trim()).ok());
    lengths.next().filter(|length| *length > Duration::ZERO)
}

/// The SLOs that look back further than a server keeps samples, but for those that accept it.
fn kept_too_short(cx: &Context<'_>, kept: Duration) -> Option<Diagnostic> {
    let finding = |message: String| Diagnostic::new(&series::HISTORY_TOO_SHORT, message);
    let today = words::date(cx.now);
    let nominal = |slo: &Slo| slo.period.value.nominal();
    let longer: Vec<&Slo> = cx
        .slos
        .iter()
        .copied()
        .filter(|slo| nominal(slo) > kept && !accepts(slo, &finding(String::new()), today))
        .collect();
    let longest = longer.iter().map(|slo| nominal(slo)).max()?.single_unit();
    let names: Vec<String> = longer.iter().map(|slo| slo.id.to_string()).collect();
    let shown = words::some(names.iter().map(String::as_str));
    let kept = kept.single_unit();
    let (have, most) = match longer.len() {
        1 => ("1 SLO has".to_owned(), format!("of {longest}")),
        count => (
            format!("{} SLOs have", crate::words::grouped(&count.to_string())),
            format!("of up to {longest}"),
        ),
    };
    Some(
        finding(format!(
            "this server keeps samples for {kept}, and {have} a longer period, {most}: {shown}"
        ))
        .with_help(format!(
            "set `--storage.tsdb.retention.time` to more than {longest}, or take a shorter period"
        ))
        .with_query("prometheus_tsdb_lowest_timestamp_seconds"),
    )
}

fn too_young(slo: &Slo, history: &History, now: f64) -> Diagnostic {
    let help = if history.recorded {
        "the numbers get whole with time"
    } else {
        "the recorded series do not reach back as far as the raw ones, whose numbers stand in for \
         them meanwhile: `slosmith backfill` computes their past"
    };
    Diagnostic::at(
        &series::HISTORY_TOO_SHORT,
        slo.period.at,
        format!(
            "there is data only since about {}: {} of {}",
            words::moment(history.first),
            words::time(now - history.first),
            words::time(history.back)
        ),
    )
    .with_help(help)
}

fn newborn(slo: &Slo, now: f64) -> Diagnostic {
    let back = back(&slo.period.value, now);
    Diagnostic::at(
        &series::HISTORY_TOO_SHORT,
        slo.period.at,
        format!(
            "there is data for less than {} of {}",
            words::time(step(back)),
            words::time(back)
        ),
    )
    .with_help("the numbers get whole with time")
}

async fn gaps(survey: &Survey<'_, '_>, slo: &Slo, history: &History) -> Result<Diagnostic, Error> {
    let now = survey.cx.now;
    let raw_text = survey
        .main(slo)
        .map(|(_, index)| survey.subjects[*index].text.clone());
    let raw_text = raw_text.unwrap_or_default();
    // Raw numbers can be there while nobody recorded them.
    let unrecorded = history.recorded && {
        let [count] = &survey
            .ask(&[format!(
                "count_over_time(count({raw_text})[{:.0}s:{:.0}s])",
                now - history.first,
                step(history.back)
            )])
            .await?[..]
        else {
            return Ok(Diagnostic::new(&series::GAPS, ""));
        };
        let looks = ((now - history.first) / step(history.back))
            .floor()
            .max(1.0);
        value(count).is_some_and(|count| count / looks > 1.0 - GAPS)
    };
    let tiles = crate::rules::series::own_expr(&slo.id, TOTAL_TILE);
    let counted = if history.recorded {
        format!("count({})", survey.cx.scope.query(&tiles))
    } else {
        format!("count({raw_text})")
    };
    let longest = longest(survey, &counted, history).await?;
    let longest = longest.map_or_else(String::new, |(start, length)| {
        format!(
            "; the longest gap is {} from {}",
            words::time(length),
            words::moment(start)
        )
    });
    let what = if unrecorded { "recorded data" } else { "data" };
    let message = format!(
        "{what} is missing for {} of the time since {}{longest}",
        words::percent(1.0 - history.covered),
        words::moment(history.first)
    );
    let help = if unrecorded {
        "the raw metrics are there, so the rules were not evaluated then: `slosmith backfill` \
         computes what is missing"
    } else {
        "see whether the target, its scrapes or the server itself were down; what was not \
         measured is not good"
    };
    Ok(Diagnostic::new(&series::GAPS, message)
        .with_help(help)
        .with_query(counted))
}

/// The longest time without a value: its start and length in seconds.
async fn longest(
    survey: &Survey<'_, '_>,
    query: &str,
    history: &History,
) -> Result<Option<(f64, f64)>, Error> {
    let step = step(history.back).max(SLOW_INTERVAL.as_secs_f64());
    let now = survey.cx.now;
    let client = survey.cx.client;
    let found = client.query_range(query, history.first, now, step).await;
    let found = match found {
        Err(Error::Execution { .. } | Error::BadQuery { .. }) => return Ok(None),
        Err(error) if error.is_late() => return Ok(None),
        other => other?,
    };
    let points = found
        .first()
        .map_or(&[][..], |series| series.points.as_slice());
    let times: Vec<f64> = points.iter().map(|(time, _)| *time).chain([now]).collect();
    let gaps = times.windows(2).map(|pair| (pair[0], pair[1] - pair[0]));
    let longest = gaps.max_by(|(_, a), (_, b)| a.total_cmp(b));
    Ok(longest.filter(|(_, length)| *length > step))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_retention() {
        assert_eq!(kept("15d"), Some(Duration::from_days(15)));
        assert_eq!(kept("30d or 5GiB"), Some(Duration::from_days(30)));
        assert_eq!(kept("5GiB"), None);
        assert_eq!(kept("0s"), None);
        assert_eq!(kept(""), None);
    }

    #[test]
    fn a_little_may_be_missing() {
        let day = 86_400.0;
        let history = |age: f64, covered| History {
            first: 100.0 * day - age * day,
            covered,
            recorded: true,
            back: 30.0 * day,
        };
        let now = 100.0 * day;
        assert!(history(30.0, 1.0).is_whole(now) && history(29.5, 1.0).is_whole(now));
        assert!(!history(29.0, 1.0).is_whole(now));
        assert!(!history(30.0, 0.995).has_gaps(now) && history(30.0, 0.98).has_gaps(now));
        assert!(!history(0.02, 0.6).has_gaps(now), "a quarter of an hour");
    }
}
