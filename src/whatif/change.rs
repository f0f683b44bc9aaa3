//! What is asked.

use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use crate::duration::Duration;
use crate::slo::{Freshness, Objective, Sli, Slo, SloId, Unit};

/// How much slower everything gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Slower {
    /// By the same time for everybody.
    By(Duration),
    /// By a share of the time that it takes today, in percent.
    Percent(Decimal),
}

/// What the journey will call besides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dependency {
    /// Something that promises so much.
    Promised(Objective),
    /// Another SLO of the specs.
    Slo(SloId),
}

/// More than any journey gets slower by, in percent.
const MOST_PERCENT: i64 = 100_000;

impl FromStr for Slower {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if let Some(number) = text.strip_suffix('%') {
            let percent: Option<Decimal> = number.trim().parse().ok();
            return match percent {
                Some(percent) if percent.is_zero() => Err("0 % changes nothing".to_owned()),
                Some(percent) if percent.is_sign_negative() => Err(faster()),
                Some(percent) if percent <= Decimal::from(MOST_PERCENT) => {
                    Ok(Self::Percent(percent.normalize()))
                }
                Some(_) => Err(format!("more than {MOST_PERCENT} %")),
                None => Err(format!("`{number}` is no number: write `20%`, or `200ms`")),
            };
        }
        if text.starts_with('-') {
            return Err(faster());
        }
        match Duration::parse(text) {
            Ok(Duration::ZERO) => Err("no time changes nothing".to_owned()),
            Ok(by) => Ok(Self::By(by)),
            Err(error) => Err(format!("{error}, or a share, such as `20%`")),
        }
    }
}

fn faster() -> String {
    "how much slower, not faster: write `200ms`, or `20%`".to_owned()
}

/// `200ms slower`, `20 % slower`
impl fmt::Display for Slower {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::By(by) => write!(f, "{by} slower"),
            Self::Percent(percent) => write!(f, "{percent} % slower"),
        }
    }
}

impl Slower {
    /// What may take at most so long today to be within `bound` afterwards, in a unit;
    /// nothing may where that is 0 or less.
    pub fn before(self, bound: Duration, unit: Unit) -> Decimal {
        let bound = unit.of(bound);
        match self {
            Self::By(by) => bound - unit.of(by),
            Self::Percent(percent) => {
                let factor = Decimal::ONE + percent / Decimal::ONE_HUNDRED;
                bound.checked_div(factor).unwrap_or_default()
            }
        }
    }

    /// The same to the millisecond; no time where nothing is fast enough.
    fn shortened(self, bound: Duration) -> Duration {
        let millis = self.before(bound, Unit::Milliseconds).max(Decimal::ZERO);
        Duration::from_millis(millis.round().to_u64().unwrap_or(0))
    }
}

/// A length of time within which something is good, and how much of it: the rise of
/// happiness of an anchored scale, all of it (1) elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bound {
    /// The longest time, or the oldest age.
    pub within: Duration,
    /// How much is good of what is within, 0–1; those of an SLI add up to 1.
    pub weight: Decimal,
}

/// The bounds of an SLI that is about how long something takes, or how old it is. None for
/// any other.
pub fn bounds(sli: &Sli) -> Vec<Bound> {
    let whole = |within: Duration| {
        vec![Bound {
            within,
            weight: Decimal::ONE,
        }]
    };
    match sli {
        Sli::Latency(sli) => whole(sli.threshold.value),
        Sli::Freshness(
            Freshness::Timestamp { max_age, .. }
            | Freshness::Age { max_age, .. }
            | Freshness::Histogram { max_age, .. },
        ) => whole(max_age.value),
        Sli::Satisfaction(sli) => {
            let bands = sli.anchors.iter().zip(sli.anchors.iter().skip(1));
            let rises = bands.filter_map(|(band, next)| {
                let within = band.within.as_ref()?.value;
                Some(Bound {
                    within,
                    weight: next.pain - band.pain,
                })
            });
            rises.collect()
        }
        _ => Vec::new(),
    }
}

/// The SLO with every bound as much shorter as everything gets slower: what is measured of
/// it is what would be of the other. `None` where there is no bound.
pub(super) fn shortened(slo: &Slo, slower: Slower) -> Option<Slo> {
    let mut slo = slo.clone();
    match &mut slo.sli.value {
        Sli::Latency(sli) => sli.threshold.value = slower.shortened(sli.threshold.value),
        Sli::Freshness(
            Freshness::Timestamp { max_age, .. }
            | Freshness::Age { max_age, .. }
            | Freshness::Histogram { max_age, .. },
        ) => max_age.value = slower.shortened(max_age.value),
        Sli::Satisfaction(sli) => {
            for bound in sli.anchors.iter_mut().filter_map(|a| a.within.as_mut()) {
                bound.value = slower.shortened(bound.value);
            }
        }
        _ => return None,
    }
    Some(slo)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_read_as_people_write_it() {
        let slower = |text: &str| text.parse::<Slower>();
        assert_eq!(slower("200ms"), Ok(Slower::By(Duration::from_millis(200))));
        assert_eq!(slower("1s500ms").unwrap().to_string(), "1s500ms slower");
        assert_eq!(slower("12.50 %").unwrap().to_string(), "12.5 % slower");
        for (text, said) in [
            ("0%", "changes nothing"),
            ("0ms", "changes nothing"),
            ("0", "changes nothing"),
            ("-5%", "not faster"),
            ("-5ms", "not faster"),
            ("fast%", "`fast` is no number"),
            ("0.2s", "such as `20%`"),
            ("", "empty duration"),
            ("999999999%", "more than"),
        ] {
            let error = slower(text).unwrap_err();
            assert!(error.contains(said), "{text}: {error}");
        }
    }

    #[test]
    fn bounds_move_exactly() {
        let before = |text: &str, millis: u64, unit| {
            let slower: Slower = text.parse().unwrap();
            let at = slower.before(Duration::from_millis(millis), unit);
            at.normalize().to_string()
        };
        assert_eq!(before("200ms", 400, Unit::Seconds), "0.2");
        assert_eq!(before("200ms", 400, Unit::Milliseconds), "200");
        assert_eq!(before("400ms", 400, Unit::Seconds), "0");
        assert_eq!(before("1s", 400, Unit::Seconds), "-0.6");
        assert_eq!(before("25%", 400, Unit::Seconds), "0.32");
        assert_eq!(before("100%", 5000, Unit::Milliseconds), "2500");
    }

    #[test]
    fn an_anchored_scale_has_several_bounds() {
        let slo = crate::testing::slos(
            "- {name: a, objective: 80, sli: {satisfaction: {histogram: h_seconds, anchors: \
             [{within: 1s}, {within: 3s, name: annoying, pain: 0.2}, {name: brutal, pain: 1}]}}}",
        )
        .remove(0);
        let bounds = bounds(&slo.sli.value);
        let bounds: Vec<_> = bounds
            .iter()
            .map(|bound| format!("{} {}", bound.within, bound.weight))
            .collect();
        assert_eq!(bounds, ["1s 0.2", "3s 0.8"]);
        let slower = "2s".parse().unwrap();
        let shortened = shortened(&slo, slower).unwrap();
        let Sli::Satisfaction(sli) = &shortened.sli.value else {
            panic!("{shortened:?}");
        };
        let within = |index: usize| sli.anchors[index].within.as_ref().unwrap().value;
        assert_eq!(
            [within(0), within(1)],
            [Duration::ZERO, Duration::from_secs(1)]
        );
    }
}
