use rust_decimal::Decimal;

use super::*;
use crate::budget::{Join, Part, Span, TILE, Track};
use crate::prometheus::Labels;
use crate::testing::slos;

/// Events of a tile.
const TRAFFIC: f64 = 1000.0;

fn unix(text: &str) -> i64 {
    text.parse::<jiff::Timestamp>().unwrap().as_second()
}

fn now() -> i64 {
    unix("2026-11-26T12:00:00Z")
}

fn slo(objective: &str, period: &str, policy: &str) -> Slo {
    let policy = match policy {
        "" => String::new(),
        rules => format!("policy: [{rules}], "),
    };
    slos(&format!(
        "- {{name: web, objective: {objective}, period: {period}, {policy}\
         sli: {{events: {{total: a_total, bad: b_total}}}}}}"
    ))
    .remove(0)
}

/// What happened in the tiles before some instant.
#[derive(Clone)]
struct Past {
    end: i64,
    part: Part,
    excluded: Vec<Span>,
}

impl Past {
    /// Days of steady traffic without an error.
    fn good(days: usize, end: i64) -> Self {
        let tiles = days * 288;
        Self {
            end,
            part: Part {
                bad: vec![0.0; tiles],
                total: vec![TRAFFIC; tiles],
            },
            excluded: Vec::new(),
        }
    }

    fn each(mut self, from: i64, to: i64, bad: f64, total: f64) -> Self {
        let tiles = i64::try_from(self.part.bad.len()).unwrap();
        for at in (from + TILE..=to).step_by(usize::try_from(TILE).unwrap()) {
            let index = usize::try_from(tiles - 1 - (self.end - at) / TILE).unwrap();
            self.part.bad[index] = bad;
            self.part.total[index] = total;
        }
        self
    }

    /// A share of all events is bad.
    fn bad(self, (from, to): (&str, &str), share: f64) -> Self {
        self.each(unix(from), unix(to), share * TRAFFIC, TRAFFIC)
    }

    /// So many bad events in the five minutes up to an instant.
    fn bad_events(self, to: &str, bad: f64) -> Self {
        self.each(unix(to) - TILE, unix(to), bad, TRAFFIC)
    }

    fn unmeasured(self, from: &str, to: &str) -> Self {
        self.each(unix(from), unix(to), f64::NAN, f64::NAN)
    }

    fn idle(self, from: &str, to: &str) -> Self {
        self.each(unix(from), unix(to), 0.0, 0.0)
    }

    fn track(&self) -> Track {
        let tiles = i64::try_from(self.part.bad.len()).unwrap();
        let first_end = self.end - (tiles - 1) * TILE;
        let parts = std::slice::from_ref(&self.part);
        Track::new(
            Labels::new(),
            first_end,
            Join::Part(0),
            parts,
            &self.excluded,
            0,
        )
    }

    fn ruling(&self, slo: &Slo) -> Ruling {
        self.ruling_at(slo, self.end)
    }

    fn ruling_at(&self, slo: &Slo, at: i64) -> Ruling {
        let track = self.track();
        rule(slo, &Facts::new(slo, &track, at))
    }

    fn decision(&self, slo: &Slo) -> Option<Decision> {
        self.ruling(slo).decision
    }

    fn thaw(&self, slo: &Slo) -> Option<(String, Decision)> {
        let track = self.track();
        let ruling = rule(slo, &Facts::new(slo, &track, self.end));
        let thaw = thaw(slo, &track, self.end, &ruling)?;
        let at = jiff::Timestamp::from_second(thaw.at).unwrap();
        Some((at.to_string(), thaw.decision))
    }
}

/// 30 days of 8,640,000 events, of which 8,640 may be bad.
fn month() -> Past {
    Past::good(30, now())
}

const SHIP: Option<Decision> = Some(Decision::Ship);
const SLOW: Option<Decision> = Some(Decision::Slow);
const FREEZE: Option<Decision> = Some(Decision::Freeze);

#[test]
fn every_operator_on_what_is_known() {
    use ComparisonOp::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual};
    let bound = Decimal::new(25, 2);
    let below = Known::between(0.1, 0.2);
    let at = Known::exactly(0.25);
    // What sums of tiles make of a quarter.
    let nearly = Known::exactly(0.25 - 1e-12);
    let above = Known::exactly(0.26);
    let up_to = Known::between(0.1, 0.25);
    let from = Known::between(0.25, 0.3);
    let around = Known::between(0.2, 0.3);
    let (yes, no, open) = (Some(true), Some(false), None);
    for (op, expected) in [
        (Less, [yes, no, no, no, open, no, open, open]),
        (LessOrEqual, [yes, yes, yes, no, yes, open, open, open]),
        (Greater, [no, no, no, yes, no, open, open, open]),
        (GreaterOrEqual, [no, yes, yes, yes, open, yes, open, open]),
        (Equal, [no, yes, yes, no, open, open, open, open]),
        (NotEqual, [yes, no, no, yes, open, open, open, open]),
    ] {
        let condition = Condition {
            subject: Subject::Budget,
            op,
            value: bound,
        };
        let all = [
            below,
            at,
            nearly,
            above,
            up_to,
            from,
            around,
            Known::NOTHING,
        ];
        assert_eq!(all.map(|known| known.holds(&condition)), expected, "{op:?}");
    }
    assert_eq!(Known::exactly(f64::NAN), Known::NOTHING);
    assert_eq!(at.exact(), Some(0.25));
    assert_eq!(around.exact(), None);
}

#[test]
fn the_default_policy_freezes_at_nothing_and_slows_below_a_quarter() {
    let slo = slo("99.9", "30d", "");
    for (bad, decision) in [
        (0.0, SHIP),
        (6480.0, SHIP),
        (6481.0, SLOW),
        (8639.0, SLOW),
        (8640.0, FREEZE),
        (10_000.0, FREEZE),
    ] {
        // In ten tiles, whose sum is not exact.
        let mut past = month();
        for minute in 0..10 {
            past = past.bad_events(&format!("2026-11-10T10:{:02}:00Z", minute * 5), bad / 10.0);
        }
        let ruling = past.ruling(&slo);
        assert_eq!(ruling.decision, decision, "{bad}");
        assert!(ruling.is_default);
        assert_eq!(ruling.reasons.is_empty(), decision == SHIP);
    }
}

#[test]
fn the_strictest_rule_that_holds_decides_in_any_order() {
    let past = month().bad_events("2026-11-10T10:00:00Z", 1000.0);
    let rules = [
        "{when: 'budget < 95%', do: slow, say: Careful.}",
        "{when: 'budget < 90%', do: freeze, say: Stop.}",
        "{when: 'coverage > 50%', do: ship, say: Go.}",
        "{when: 'incident > 5%', do: freeze}",
    ];
    let mut reversed = rules;
    reversed.reverse();
    for rules in [rules, reversed] {
        let ruling = past.ruling(&slo("99.9", "30d", &rules.join(", ")));
        assert_eq!(
            (ruling.decision, ruling.at_least),
            (FREEZE, Decision::Freeze)
        );
        assert_eq!(ruling.reasons.len(), 2);
        assert!(ruling.unknown.is_empty() && !ruling.is_default);
        let says = ruling
            .reasons
            .iter()
            .filter_map(|reason| reason.say.as_deref());
        assert_eq!(says.collect::<Vec<_>>(), ["Stop."]);
    }
    let ruling = past.ruling(&slo("99.9", "30d", &rules[2..3].join("")));
    assert_eq!((ruling.decision, ruling.reasons.len()), (SHIP, 1));
}

#[test]
fn each_subject_at_its_boundary() {
    // 864 bad events, a tenth of the budget, in the quiet of three days ago.
    let past = month()
        .bad_events("2026-11-23T12:00:00Z", 864.0)
        .bad_events("2026-11-23T18:00:00Z", 86.4);
    // 7 days have 2,016,000 events, of which 2,016 may be bad.
    for (rule, holds) in [
        ("incident >= 10%", true),
        ("incident > 10%", false),
        ("incident == 10%", true),
        ("budget <= 89%", true),
        ("budget < 89%", false),
        ("burn(7d) > 0.4714", true),
        ("burn(7d) > 0.4715", false),
        // The window ends where the first incident was: just after it, just with it.
        ("burn(3d) < 0.2", true),
        ("burn(73h) > 1", true),
        ("coverage >= 100%", true),
        ("coverage < 100%", false),
        ("exhausted_in < 365d", false),
    ] {
        let slo = slo("99.9", "30d", &format!("{{when: '{rule}', do: slow}}"));
        let decision = if holds { SLOW } else { SHIP };
        assert_eq!(past.decision(&slo), decision, "{rule}");
    }
}

#[test]
fn exhaustion_at_the_pace_of_the_last_hour() {
    let slow = |objective, period, bound: &str| {
        let rule = format!("{{when: 'exhausted_in < {bound}', do: slow}}");
        slo(objective, period, &rule)
    };
    // A tenth of the budget is left, which ten times what is allowed spends in 7h 12m.
    let burning = month()
        .bad_events("2026-11-10T10:00:00Z", 7776.0 - 120.0)
        .bad(("2026-11-26T11:00:00Z", "2026-11-26T12:00:00Z"), 0.01);
    for (bound, decision) in [("433m", SLOW), ("432m", SHIP), ("431m", SHIP)] {
        assert_eq!(
            burning.decision(&slow("99.9", "30d", bound)),
            decision,
            "{bound}"
        );
    }
    // An hour without traffic burns nothing; of an hour without data nobody knows.
    let hour = ("2026-11-26T11:00:00Z", "2026-11-26T12:00:00Z");
    let slo = slow("99.9", "30d", "30d");
    assert_eq!(burning.clone().idle(hour.0, hour.1).decision(&slo), SHIP);
    assert_eq!(
        burning.clone().unmeasured(hour.0, hour.1).decision(&slo),
        None
    );
    let half = "2026-11-26T11:30:00Z";
    assert_eq!(
        burning.clone().unmeasured(hour.0, half).decision(&slo),
        SLOW
    );
    // A budget that is gone is gone now, whatever the last hour was.
    let gone = month().bad_events("2026-11-10T10:00:00Z", 1000.0);
    let gone = gone.bad_events("2026-11-10T10:05:00Z", 1000.0);
    let slo = slow("99.99", "30d", "1m");
    assert_eq!(gone.unmeasured(hour.0, hour.1).decision(&slo), SLOW);
}

#[test]
fn a_february_is_spent_sooner_than_a_march() {
    let rule = |bound: &str| format!("{{when: 'exhausted_in < {bound}', do: slow}}");
    // All of the budget is left but an hour's; at ten times what is allowed, 28 days last
    // 2d 19h 12m, 31 days last 3d 2h 24m.
    for (end, least, most) in [
        ("2026-02-10T12:00:00Z", "66h", "67h12m"),
        ("2026-03-10T12:00:00Z", "73h", "74h24m"),
    ] {
        let hour = unix(end) - 3600;
        let past = Past::good(60, unix(end)).each(hour, unix(end), 0.01 * TRAFFIC, TRAFFIC);
        let decision = |bound| past.decision(&slo("99.9", "{calendar: month}", &rule(bound)));
        assert_eq!((decision(least), decision(most)), (SHIP, SLOW), "{end}");
    }
    // The end of the month comes first.
    let end = unix("2026-02-27T12:00:00Z");
    let past = Past::good(60, end).each(end - 3600, end, 0.01 * TRAFFIC, TRAFFIC);
    let slo = slo("99.9", "{calendar: month}", &rule("300d"));
    assert_eq!(past.decision(&slo), SHIP);
}

#[test]
fn what_is_not_known_is_not_taken_for_fine() {
    let default = slo("99.9", "30d", "");
    let nothing = month().unmeasured("2026-10-27T12:00:00Z", "2026-11-26T12:00:00Z");
    let ruling = nothing.ruling(&default);
    assert_eq!((ruling.decision, ruling.at_least), (None, Decision::Ship));
    let unknown = ruling.unknown.iter().map(|reason| reason.decision);
    assert_eq!(
        unknown.collect::<Vec<_>>(),
        [Decision::Freeze, Decision::Slow]
    );
    assert!(ruling.unknown.iter().all(|reason| reason.coverage == 0.0));
    // A track without a single tile.
    let empty = Track::new(Labels::new(), now(), Join::Part(0), &[], &[], 0);
    let ruling = rule(&default, &Facts::new(&default, &empty, now()));
    assert_eq!(ruling.decision, None);
    // Just enough, and just too little.
    let half = month().unmeasured("2026-10-27T12:00:00Z", "2026-11-11T12:00:00Z");
    assert_eq!(half.decision(&default), SHIP);
    let less = month().unmeasured("2026-10-27T12:00:00Z", "2026-11-12T12:00:00Z");
    assert_eq!(less.decision(&default), None);
}

#[test]
fn little_data_may_still_be_enough_to_know() {
    let default = slo("99.9", "30d", "");
    // A fifth of the time is measured.
    let fifth = month().unmeasured("2026-10-27T12:00:00Z", "2026-11-20T12:00:00Z");
    for (bad, decision, at_least) in [
        (6_000.0, None, Decision::Ship),
        // Three quarters of what the whole time allows, and nobody knows of the rest.
        (7_000.0, None, Decision::Slow),
        (8_640.0, FREEZE, Decision::Freeze),
    ] {
        let mut past = fifth.clone();
        for minute in 0..10 {
            past = past.bad_events(&format!("2026-11-22T10:{:02}:00Z", minute * 5), bad / 10.0);
        }
        let ruling = past.ruling(&default);
        assert_eq!(
            (ruling.decision, ruling.at_least),
            (decision, at_least),
            "{bad}"
        );
        if decision.is_none() && at_least == Decision::Slow {
            assert_eq!(ruling.unknown.len(), 1);
            assert_eq!(ruling.unknown[0].decision, Decision::Freeze);
        }
    }
    // One incident that alone spent more than half of what there can be.
    let mut past = fifth;
    for minute in 0..5 {
        past = past.bad_events(&format!("2026-11-22T10:{:02}:00Z", minute * 5), 1000.0);
    }
    let incident = slo("99.9", "30d", "{when: 'incident > 57%', do: freeze}");
    assert_eq!(past.decision(&incident), FREEZE);
    let incident = slo("99.9", "30d", "{when: 'incident > 58%', do: freeze}");
    assert_eq!(past.decision(&incident), None);
}

#[test]
fn coverage_is_always_known() {
    let policy = "{when: 'budget <= 0%', do: freeze}, {when: 'coverage < 95%', do: slow}";
    let slow = slo("99.9", "30d", policy);
    // A tenth is missing: the budget is known, and so is that.
    let most = month().unmeasured("2026-11-01T12:00:00Z", "2026-11-04T12:00:00Z");
    assert_eq!(most.decision(&slow), SLOW);
    // Most is missing: it may be worse than that.
    let little = month().unmeasured("2026-10-27T12:00:00Z", "2026-11-25T12:00:00Z");
    let ruling = little.ruling(&slow);
    assert_eq!((ruling.decision, ruling.at_least), (None, Decision::Slow));
    // It cannot be worse than a freeze.
    let policy = "{when: 'budget < 25%', do: slow}, {when: 'coverage < 50%', do: freeze}";
    assert_eq!(little.decision(&slo("99.9", "30d", policy)), FREEZE);
    // What is milder than the decision need not be known.
    let policy = "{when: 'burn(1h) > 1', do: slow}, {when: 'budget > 50%', do: ship}";
    assert_eq!(little.decision(&slo("99.9", "30d", policy)), SHIP);
}

#[test]
fn a_window_needs_half_of_its_time() {
    let freeze = slo("99.9", "30d", "{when: 'burn(7d) > 1', do: freeze}");
    let past = month().unmeasured("2026-11-19T12:00:00Z", "2026-11-23T12:00:00Z");
    let ruling = past.ruling(&freeze);
    assert_eq!(ruling.decision, None);
    assert!((ruling.unknown[0].coverage - 3.0 / 7.0).abs() < 1e-9);
    let enough = month().unmeasured("2026-11-19T12:00:00Z", "2026-11-22T12:00:00Z");
    assert_eq!(enough.decision(&freeze), SHIP);
    // What was measured is more than the whole window may have: 2,016 events.
    let bad = |count| past.clone().bad_events("2026-11-24T12:00:00Z", count);
    let bad = |count: f64| bad(count / 3.0).bad_events("2026-11-24T12:05:00Z", count / 1.5);
    assert_eq!(bad(1_200.0).decision(&freeze), None);
    let worse = bad(1_200.0).bad_events("2026-11-24T12:10:00Z", 900.0);
    assert_eq!(worse.decision(&freeze), FREEZE);
    // However bad the rest was.
    let never = slo("50", "30d", "{when: 'burn(7d) > 2', do: freeze}");
    assert_eq!(past.decision(&never), SHIP);
    // A window without traffic burns nothing.
    let idle = month().idle("2026-11-19T12:00:00Z", "2026-11-26T12:00:00Z");
    assert_eq!(idle.decision(&freeze), SHIP);
    // A window that is longer than what was measured.
    let long = slo("99.9", "30d", "{when: 'burn(90d) > 1', do: freeze}");
    assert_eq!(month().decision(&long), None);
}

#[test]
fn a_calendar_period_that_has_just_begun_has_all_of_its_budget() {
    let three_nines = slo("99.9", "{calendar: month}", "");
    let four_nines = slo("99.99", "{calendar: month}", "");
    let end = unix("2026-11-01T00:10:00Z");
    let past = Past::good(40, end).bad(("2026-10-20T10:00:00Z", "2026-10-20T16:00:00Z"), 1.0);
    let at = |slo, text| past.ruling_at(slo, unix(text)).decision;
    assert_eq!(at(&three_nines, "2026-11-01T00:00:00Z"), FREEZE);
    assert_eq!(at(&three_nines, "2026-11-01T00:00:01Z"), SHIP);
    assert_eq!(at(&three_nines, "2026-11-01T00:05:00Z"), SHIP);
    // The first five minutes are missing: had all of them been bad, that would matter to
    // one objective and not to the other.
    let end = unix("2026-11-01T00:05:00Z");
    let late = Past::good(40, end).unmeasured("2026-11-01T00:00:00Z", "2026-11-01T00:05:00Z");
    assert_eq!(late.decision(&four_nines), None);
    assert_eq!(late.decision(&three_nines), None);
    let end = unix("2026-11-01T00:15:00Z");
    let late = Past::good(40, end).unmeasured("2026-11-01T00:00:00Z", "2026-11-01T00:10:00Z");
    assert_eq!(late.decision(&three_nines), SHIP);
    assert_eq!(late.decision(&four_nines), None);
}

#[test]
fn planned_downtime_is_neither_bad_nor_missing() {
    let slo = slo("99.9", "30d", "");
    let hours = ("2026-11-10T02:00:00Z", "2026-11-10T05:00:00Z");
    let mut past = month().bad(hours, 1.0);
    assert_eq!(past.decision(&slo), FREEZE);
    past.excluded = vec![Span {
        start: unix(hours.0),
        end: unix(hours.1),
    }];
    assert_eq!(past.decision(&slo), SHIP);
    past.excluded = vec![Span {
        start: unix("2026-10-27T12:00:00Z"),
        end: now(),
    }];
    assert_eq!(past.decision(&slo), SHIP);
}

#[test]
fn a_freeze_ends_when_its_incident_leaves() {
    let slo = slo("99.9", "30d", "");
    // 7,000 of 8,640 events in one incident, 1,728 in another.
    let past = month()
        .bad(("2026-11-03T10:05:00Z", "2026-11-03T10:40:00Z"), 1.0)
        .bad_events("2026-11-20T12:00:00Z", 728.0)
        .bad_events("2026-11-20T12:05:00Z", 1000.0);
    assert_eq!(past.decision(&slo), FREEZE);
    // One tile less is 7,728 events, a little more than a tenth is left.
    let thaw = Some(("2026-12-03T10:10:00Z".to_owned(), Decision::Slow));
    assert_eq!(past.thaw(&slo), thaw);
    // What it becomes then ends when a quarter is left: 6,480 events, after three tiles.
    let mut later = Past::good(38, unix("2026-12-04T00:00:00Z"));
    later = later
        .bad(("2026-11-03T10:05:00Z", "2026-11-03T10:40:00Z"), 1.0)
        .bad_events("2026-11-20T12:00:00Z", 728.0)
        .bad_events("2026-11-20T12:05:00Z", 1000.0);
    let at = |text: &str| later.ruling_at(&slo, unix(text)).decision;
    assert_eq!(at("2026-12-03T10:05:00Z"), FREEZE);
    assert_eq!(at("2026-12-03T10:10:00Z"), SLOW);
    assert_eq!(at("2026-12-03T10:20:00Z"), SHIP);
    // Between two tiles nothing changes.
    let track = past.track();
    let ruling = rule(&slo, &Facts::new(&slo, &track, now() + 123));
    let thawed = thaw_of(&slo, &track, now() + 123, &ruling);
    assert_eq!(thawed, Some(unix("2026-12-03T10:10:00Z")));
    // There is no end to what is fine, or not known.
    assert_eq!(month().thaw(&slo), None);
    let nothing = month().unmeasured("2026-10-27T12:00:00Z", "2026-11-26T12:00:00Z");
    assert_eq!(nothing.thaw(&slo), None);
}

fn thaw_of(slo: &Slo, track: &Track, at: i64, ruling: &Ruling) -> Option<i64> {
    thaw(slo, track, at, ruling).map(|thaw| thaw.at)
}

#[test]
fn a_calendar_freeze_ends_with_its_period() {
    let incident = |past: Past| past.bad(("2026-10-14T10:00:00Z", "2026-10-14T14:00:00Z"), 1.0);
    let past = incident(Past::good(60, unix("2026-10-20T12:00:00Z")));
    // The clock goes back on 25 October: the month ends at 23:00 UTC, not at 22:00.
    for (zone, ends) in [
        ("UTC", "2026-11-01T00:00:00Z"),
        ("Europe/Berlin", "2026-10-31T23:00:00Z"),
        ("Asia/Kolkata", "2026-10-31T18:30:00Z"),
    ] {
        let period = format!("{{calendar: month, time_zone: {zone}}}");
        let thaw = past.thaw(&slo("99.9", &period, ""));
        assert_eq!(thaw, Some((ends.to_owned(), Decision::Ship)), "{zone}");
    }
    // A window that looks back over the end of the period keeps it frozen.
    let end = unix("2026-10-31T12:00:00Z");
    let last = ("2026-10-31T10:00:00Z", "2026-10-31T11:00:00Z");
    let past = Past::good(60, end).bad(last, 1.0);
    let policy = "{when: 'budget <= 0%', do: freeze}, {when: 'burn(7d) > 1', do: slow}";
    let slo = slo("99.9", "{calendar: month}", policy);
    assert_eq!(
        past.thaw(&slo),
        Some(("2026-11-01T00:00:00Z".to_owned(), Decision::Slow))
    );
    let only = super::tests::slo(
        "99.9",
        "{calendar: month}",
        "{when: 'burn(7d) > 1', do: slow}",
    );
    // 2,016 of the 12,000 events may stay: the last two tiles.
    assert_eq!(
        past.thaw(&only),
        Some(("2026-11-07T10:50:00Z".to_owned(), Decision::Ship))
    );
}

#[test]
fn years_are_looked_at_in_time() {
    let policy = "{when: 'incident > 20%', do: freeze}";
    let slo = slo("99.9", "365d", policy);
    let past = Past::good(365, now()).bad(("2026-03-14T10:00:00Z", "2026-03-14T14:00:00Z"), 1.0);
    // 105,120,000 events, a fifth of the budget is 21,024: 48,000 less 27.
    let thaw = past.thaw(&slo);
    assert_eq!(
        thaw,
        Some(("2027-03-14T12:15:00Z".to_owned(), Decision::Ship))
    );
}

#[test]
fn a_composite_burns_as_its_parts_do() {
    let tiles = 30 * 288;
    let part = |bad: f64| Part {
        bad: vec![bad; tiles],
        total: vec![TRAFFIC; tiles],
    };
    let join = Join::Every(vec![Join::Part(0), Join::Part(1)]);
    let first_end = now() - (i64::try_from(tiles).unwrap() - 1) * TILE;
    let slo = slo("99.9", "30d", "");
    for (bad, decision) in [([0.3, 0.4], SHIP), ([0.4, 0.4], SLOW), ([0.6, 0.5], FREEZE)] {
        let parts = bad.map(part);
        let track = Track::new(Labels::new(), first_end, join.clone(), &parts, &[], 0);
        let ruling = rule(&slo, &Facts::new(&slo, &track, now()));
        assert_eq!(ruling.decision, decision, "{bad:?}");
    }
}
