//! Bounds that no bucket has.

use super::reads::Part;
use super::survey::{Survey, values_of};
use crate::check::Findings;
use crate::diagnostic::{Diagnostic, codes::series};
use crate::duration::Duration;
use crate::prometheus::Error;
use crate::promql::ast::{MatchOp, Matcher};
use crate::promql::build::bucket_bound;
use crate::promql::inspect::accepts;
use crate::slo::{Freshness, Histogram, Sli, Slo};
use crate::source::{Located, SourceSpan};

/// SER006 for thresholds and anchors of classic histograms.
pub(super) async fn check(survey: &Survey<'_, '_>, findings: &mut Findings) -> Result<(), Error> {
    let buckets =
        survey.subjects_of(|read, subject| read.part == Part::Buckets && subject.is_present());
    let query = |text: &str| format!("count by (le) ({text})");
    let answers = survey
        .ask_each(&buckets, |subject| query(&subject.text))
        .await?;
    for (index, answer) in buckets.iter().zip(&answers) {
        let bounds = values_of("le", answer);
        if bounds.is_empty() {
            continue;
        }
        for read in survey
            .reads_of(*index)
            .filter(|read| read.part == Part::Buckets)
        {
            for (histogram, threshold) in thresholds(read.slo) {
                let matcher = bucket_bound(histogram.unit.of(threshold.value));
                if bounds
                    .iter()
                    .any(|bound| accepts(&matcher, bound) != Some(false))
                {
                    continue;
                }
                let wanted = in_unit(threshold.value, histogram);
                let written = threshold.value.single_unit();
                let finding = no_such_bucket(wanted, Some(&written), &bounds, threshold.at)
                    .with_query(query(&survey.subjects[*index].text));
                findings.push(read.slo, finding);
            }
        }
    }
    Ok(())
}

/// The bounds that are read of a histogram.
fn thresholds(slo: &Slo) -> Vec<(&Histogram, &Located<Duration>)> {
    match &slo.sli.value {
        Sli::Latency(sli) => vec![(&sli.histogram, &sli.threshold)],
        Sli::Freshness(Freshness::Histogram { histogram, max_age }) => vec![(histogram, max_age)],
        Sli::Satisfaction(sli) => {
            let anchors = sli.anchors.iter();
            anchors
                .filter_map(|anchor| Some((&sli.histogram, anchor.within.as_ref()?)))
                .collect()
        }
        _ => Vec::new(),
    }
}

fn in_unit(threshold: Duration, histogram: &Histogram) -> f64 {
    match histogram.unit {
        crate::slo::Unit::Seconds => threshold.as_secs_f64(),
        crate::slo::Unit::Milliseconds => threshold.as_secs_f64() * 1000.0,
    }
}

/// A bound that is there under another spelling: `1.0` for `1`.
pub(super) fn spelling(matcher: &Matcher, values: &[String]) -> Option<String> {
    if matcher.label.name != "le" || matcher.op != MatchOp::Equal {
        return None;
    }
    let wanted: f64 = matcher.value.value.parse().ok()?;
    let same = |value: &&String| value.parse() == Ok(wanted);
    values.iter().find(same).cloned()
}

/// The finding about a matcher of `le`, if it is one.
pub(super) fn misspelt(matcher: &Matcher, values: &[String], at: SourceSpan) -> Option<Diagnostic> {
    let is_bound = matcher.label.name == "le" && matcher.op == MatchOp::Equal;
    let wanted = matcher.value.value.parse().ok().filter(|_| is_bound)?;
    if values.is_empty() {
        return None;
    }
    let Some(other) = spelling(matcher, values) else {
        return Some(no_such_bucket(wanted, None, values, at));
    };
    let written = &matcher.value.value;
    let number = other.strip_suffix(".0").unwrap_or(&other);
    Some(
        Diagnostic::at(
            &series::NO_SUCH_BUCKET,
            at,
            format!("no bucket is called `{written}`: this server calls it `{other}`"),
        )
        .with_help(format!(
            "write `le=~\"{number}(\\\\.0)?\"`, or use the SLI kind `latency`"
        )),
    )
}

/// Neighbours of a bound among those that there are.
fn neighbours(wanted: f64, values: &[String]) -> [Option<&str>; 2] {
    let mut known: Vec<(f64, &str)> = values
        .iter()
        .filter_map(|value| Some((value.parse::<f64>().ok()?, value.as_str())))
        .filter(|(bound, _)| !bound.is_nan())
        .collect();
    known.sort_by(|(a, _), (b, _)| a.total_cmp(b));
    let below = known.iter().rev().find(|(bound, _)| *bound < wanted);
    let above = known.iter().find(|(bound, _)| *bound > wanted);
    [below, above].map(|found| found.map(|(_, text)| *text))
}

/// `written` is how the spec has it where that is not the number.
fn no_such_bucket(
    wanted: f64,
    written: Option<&str>,
    values: &[String],
    at: SourceSpan,
) -> Diagnostic {
    let shown = written.map_or_else(
        || format!("`{wanted}`"),
        |written| format!("`{written}` (`{wanted}`)"),
    );
    let (there, choice) = match neighbours(wanted, values) {
        [Some(below), Some("+Inf")] => (
            format!("the largest is `{below}`"),
            format!("take `{below}`"),
        ),
        [Some(below), Some(above)] => (
            format!("the nearest are `{below}` and `{above}`"),
            format!("take `{below}` or `{above}`"),
        ),
        [Some(only), None] | [None, Some(only)] => {
            (format!("the nearest is `{only}`"), format!("take `{only}`"))
        }
        [None, None] => (
            "it has none".to_owned(),
            "take one that there is".to_owned(),
        ),
    };
    Diagnostic::at(
        &series::NO_SUCH_BUCKET,
        at,
        format!("the histogram has no bucket that ends at {shown}: {there}"),
    )
    .with_help(format!(
        "{choice}, or give the histogram a bucket at `{wanted}` where it is measured"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::promql::parse_matchers;

    fn bounds() -> Vec<String> {
        ["+Inf", "0.1", "1.0", "10.0", "2.5"]
            .map(str::to_owned)
            .to_vec()
    }

    #[test]
    fn finds_neighbours_by_number() {
        assert_eq!(neighbours(0.4, &bounds()), [Some("0.1"), Some("1.0")]);
        assert_eq!(neighbours(5.0, &bounds()), [Some("2.5"), Some("10.0")]);
        assert_eq!(neighbours(0.01, &bounds()), [None, Some("0.1")]);
        assert_eq!(neighbours(20.0, &bounds()), [Some("10.0"), Some("+Inf")]);
    }

    #[test]
    fn knows_another_spelling() {
        let matcher = |text| parse_matchers(text).unwrap().remove(0);
        assert_eq!(
            spelling(&matcher(r#"le="1""#), &bounds()).as_deref(),
            Some("1.0")
        );
        assert_eq!(spelling(&matcher(r#"le="3""#), &bounds()), None);
        assert_eq!(spelling(&matcher(r#"size="1""#), &bounds()), None);
    }
}
