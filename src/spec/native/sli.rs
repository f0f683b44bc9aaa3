//! The SLI kinds, from shape to model.

use rust_decimal::Decimal;

use super::shape;
use crate::diagnostic::{Diagnostic, codes::slo, codes::spec};
use crate::duration::Duration;
use crate::promql::ast::ExprKind;
use crate::slo::{
    Anchor, Composite, Events, Freshness, Histogram, HistogramType, Latency, Missing, Query, Ratio,
    Satisfaction, Sli, Split, Threshold, Unit, Weighted,
};
use crate::source::{Located, SourceSpan};
use crate::spec::decode::Decoder;
use crate::spec::values::Pain;

pub(super) fn convert(sli: shape::Sli, decoder: &mut Decoder<'_>) -> Option<Sli> {
    Some(match sli {
        shape::Sli::Events(events) => Sli::Events(Events {
            total: events.total,
            // The decoder has made sure that there is exactly one.
            split: events
                .bad_where
                .map(Split::BadWhere)
                .or_else(|| events.good_where.map(Split::GoodWhere))
                .or_else(|| events.bad.map(Split::Bad))
                .or_else(|| events.good.map(Split::Good))?,
        }),
        shape::Sli::Latency(latency) => Sli::Latency(Latency {
            histogram: histogram(latency.histogram, latency.r#type, latency.unit),
            threshold: latency.threshold,
            errors_where: latency.errors_where,
        }),
        shape::Sli::Satisfaction(satisfaction) => Sli::Satisfaction(Satisfaction {
            anchors: anchors(satisfaction.anchors, decoder)?,
            histogram: histogram(
                satisfaction.histogram,
                satisfaction.r#type,
                satisfaction.unit,
            ),
            errors_where: satisfaction.errors_where,
        }),
        shape::Sli::Freshness(freshness) => Sli::Freshness(self::freshness(freshness, decoder)?),
        shape::Sli::Probe(probe) => Sli::Probe(probe.metric),
        shape::Sli::Threshold(threshold) => Sli::Threshold(Threshold {
            expr: threshold.expr,
            good: threshold.good,
            missing: threshold.missing.unwrap_or(Missing::Unmeasured),
        }),
        shape::Sli::Ratio(ratio) => Sli::Ratio(Ratio {
            error_ratio: ratio.error_ratio,
        }),
        shape::Sli::Composite(composite) => Sli::Composite(self::composite(composite, decoder)?),
    })
}

/// A histogram; its unit follows from its name where it is not written.
pub(crate) fn histogram(
    selector: Query,
    kind: Option<HistogramType>,
    unit: Option<Unit>,
) -> Histogram {
    Histogram {
        kind: kind.unwrap_or(HistogramType::Classic),
        unit: unit.unwrap_or_else(|| unit_of(&selector)),
        selector,
    }
}

/// The unit that the name of the metric tells: seconds unless it says milliseconds.
fn unit_of(query: &Query) -> Unit {
    let ExprKind::Selector(selector) = &query.expr.kind else {
        return Unit::Seconds;
    };
    let name = selector.name.as_ref().map_or("", |name| &name.name);
    let base = ["_bucket", "_count", "_sum"]
        .iter()
        .find_map(|suffix| name.strip_suffix(suffix))
        .unwrap_or(name);
    if base.ends_with("_milliseconds") || base.ends_with("_ms") {
        Unit::Milliseconds
    } else {
        Unit::Seconds
    }
}

fn freshness(freshness: shape::Freshness, decoder: &mut Decoder<'_>) -> Option<Freshness> {
    let shape::Freshness {
        timestamp,
        age,
        histogram: selector,
        max_age,
        seen_within,
        unit,
        r#type: kind,
        ..
    } = freshness;
    if let Some(selector) = selector {
        if let Some(seen_within) = seen_within {
            decoder.error_with_help(
                &spec::CONFLICTING_KEYS,
                seen_within.at,
                "`seen_within` means nothing for a histogram: what is not read has no age",
                "leave `seen_within` out",
            );
        }
        return Some(Freshness::Histogram {
            histogram: histogram(selector, kind.map(|kind| kind.value), unit),
            max_age,
        });
    }
    if let Some(kind) = kind {
        decoder.error_with_help(
            &spec::CONFLICTING_KEYS,
            kind.at,
            "`type` tells how a histogram is stored, and this is a gauge",
            "leave `type` out",
        );
    }
    let seen_within = seen_within.map_or(Duration::from_days(1), |seen| seen.value);
    match (timestamp, age) {
        (Some(timestamp), _) => Some(Freshness::Timestamp {
            unit: unit.unwrap_or_else(|| unit_of(&timestamp)),
            timestamp,
            max_age,
            seen_within,
        }),
        (None, Some(age)) => Some(Freshness::Age {
            unit: unit.unwrap_or_else(|| unit_of(&age)),
            age,
            max_age,
            seen_within,
        }),
        (None, None) => None,
    }
}

/// Fills in what the first and the last band need not say, and checks that the scale rises.
fn anchors(written: Located<Vec<shape::Anchor>>, decoder: &mut Decoder<'_>) -> Option<Vec<Anchor>> {
    let before = decoder.errors();
    let last = written.value.len().saturating_sub(1);
    if last == 0 {
        decoder.error_with_help(
            &slo::ANCHORS,
            written.value.first().map_or(written.at, |anchor| anchor.at),
            "a scale needs at least two bands",
            "for instance [{within: 1s}, {name: too slow, pain: 1}]",
        );
        return None;
    }
    let mut scale: Vec<Anchor> = Vec::new();
    for (index, anchor) in written.value.into_iter().enumerate() {
        let at = anchor.at;
        let place = Place {
            first: index == 0,
            last: index == last,
        };
        let pain_at = anchor.pain.as_ref().map_or(at, |pain| pain.at);
        let band = Anchor {
            pain: pain(anchor.pain, place, at, decoder),
            name: name(anchor.name, place, at, decoder),
            within: within(anchor.within, place, at, decoder),
        };
        if let Some(previous) = scale.last()
            && decoder.errors() == before
        {
            rises(previous, &band, pain_at, decoder);
        }
        scale.push(band);
    }
    (decoder.errors() == before).then_some(scale)
}

/// Where in the scale a band stands.
#[derive(Clone, Copy)]
struct Place {
    first: bool,
    last: bool,
}

fn pain(
    pain: Option<Located<Pain>>,
    place: Place,
    at: SourceSpan,
    decoder: &mut Decoder<'_>,
) -> Decimal {
    let (expected, why) = match place {
        Place { first: true, .. } => (Decimal::ZERO, "the first band does not hurt: pain 0"),
        Place { last: true, .. } => (Decimal::ONE, "the last band hurts fully: pain 1"),
        _ => {
            return pain.map_or_else(
                || {
                    decoder.error_with_help(
                        &spec::MISSING_KEY,
                        at,
                        "this band needs the key `pain`",
                        "how much it hurts, between the bands before and after it",
                    );
                    Decimal::ZERO
                },
                |pain| pain.value.0,
            );
        }
    };
    if let Some(pain) = pain
        && pain.value.0 != expected
    {
        decoder.error_with_help(
            &slo::ANCHORS,
            pain.at,
            format!("{why}, found {}", pain.value.0),
            "leave `pain` out, or add a band for it",
        );
    }
    expected
}

fn name(
    name: Option<Located<String>>,
    place: Place,
    at: SourceSpan,
    decoder: &mut Decoder<'_>,
) -> Located<String> {
    name.unwrap_or_else(|| {
        if !place.first {
            decoder.error_with_help(
                &spec::MISSING_KEY,
                at,
                "this band needs the key `name`",
                "what customers call it, for instance `annoying`",
            );
        }
        Located::new("satisfied".to_owned(), at)
    })
}

fn within(
    within: Option<Located<Duration>>,
    place: Place,
    at: SourceSpan,
    decoder: &mut Decoder<'_>,
) -> Option<Located<Duration>> {
    match &within {
        None if !place.last => decoder.error_with_help(
            &spec::MISSING_KEY,
            at,
            "this band needs the key `within`",
            "only the last band has no bound",
        ),
        Some(within) if place.last => decoder.error_with_help(
            &slo::ANCHORS,
            within.at,
            "the last band has no bound: it holds all that is slower",
            "leave `within` out, or add a last band such as {name: unbearable, pain: 1}",
        ),
        _ => {}
    }
    within
}

fn rises(previous: &Anchor, band: &Anchor, pain_at: SourceSpan, decoder: &mut Decoder<'_>) {
    if let (Some(before), Some(within)) = (&previous.within, &band.within)
        && within.value <= before.value
    {
        decoder.push(
            Diagnostic::new(
                &slo::ANCHORS,
                format!(
                    "bands go from fast to slow, found {} after {}",
                    within.value, before.value
                ),
            )
            .with_primary(within.at, "")
            .with_secondary(before.at, "the band before")
            .with_help("write the bands in the order of their bounds"),
        );
    }
    if band.pain <= previous.pain {
        decoder.error_with_help(
            &slo::ANCHORS,
            pain_at,
            format!(
                "pain rises from band to band, found {} after {}",
                band.pain, previous.pain
            ),
            "a slower band hurts more than the one before: change one of the two",
        );
    }
}

fn composite(composite: shape::Composite, decoder: &mut Decoder<'_>) -> Option<Composite> {
    if let Some(every) = composite.every {
        return Some(Composite::Every(every));
    }
    let weighted = composite.weighted?;
    let sum: Decimal = weighted.value.iter().map(|part| part.weight.value.0).sum();
    if sum != Decimal::ONE {
        let weights: Vec<_> = weighted.value.iter().map(|part| part.weight.at).collect();
        let (last, others) = weights.split_last().unwrap_or((&weighted.at, &[]));
        let message = format!("the weights must add up to 1, found {}", sum.normalize());
        let diagnostic = Diagnostic::at(&slo::WEIGHTS, *last, message)
            .with_help("change the weights, or divide each by the sum");
        decoder.push(others.iter().fold(diagnostic, |diagnostic, other| {
            diagnostic.with_secondary(*other, "")
        }));
        return None;
    }
    Some(Composite::Weighted(
        weighted
            .value
            .into_iter()
            .map(|part| Weighted {
                slo: part.slo,
                weight: part.weight.map(|weight| weight.0),
            })
            .collect(),
    ))
}
