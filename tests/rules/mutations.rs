//! Scenarios that no broken rule can pass.

use std::sync::Mutex;

use regex::Regex;

use super::Topic;

/// Topic, what to look for in its compiled rules, and what to put there.
const BROKEN: &[(&str, &str, &str)] = &[
    // Zero fill, guard against idle time, bad and total, windows, matchers.
    ("events", r" or 0 \* sum\([^()]*\)", ""),
    ("events", r" > 0\)", ")"),
    (
        "events",
        r"slo:bad:rate5m(\{[^}]*\}\[1h\])",
        "slo:total:rate5m$1",
    ),
    ("events", r"\[1h\]", "[30m]"),
    ("events", r"\[6m\]", "[5m]"),
    ("events", r#", code=~"5..""#, ""),
    ("burn", r"and\s+last_over_time\(slo:total:rate5m[^)]*\)", ""),
    ("groups", r"sum by \(region\)", "sum"),
    ("groups", r"          service: groups\n", ""),
    (
        "groups",
        r#"absent\(slo:(total|bad):rate5m\{[^}]*region="us"\}\)"#,
        "vector(0) < 0",
    ),
    ("latency", r#"le=~"1\(\\\\.0\)\?""#, r#"le="1""#),
    ("latency", r#", code=~"5..", path"#, ", path"),
    ("satisfaction", r"0\.3 \*", "0.2 *"),
    ("freshness", r"> 1800\b", "> 1860"),
    ("freshness", r"\[20m\]", "[30m]"),
    ("probe", r"== 0", "== 1"),
    ("threshold", r"<= 60", "< 60"),
    ("ratio", r"clamp_max\((avg[^\n]*), 1\)", "$1"),
    ("composite", r"0\.75\b", "0.25"),
    ("slices", r"(bool\s+)0\.05", "${1}0.15"),
    ("slices", r"4m59s999ms", "5m"),
    ("few_events", r"> 4\.5", "> 3.5"),
    ("few_events", r"> 4\.5", "> 5.5"),
    ("period", r"/ 0\.01\b", "/ 0.02"),
    ("period", r"/ 288, 1\)", "/ 288, 2)"),
    ("period", r"/ 288, 1\)", "/ 289, 1)"),
    (
        "calendar",
        r"( +)3600\n +\+\n +3600\n",
        "${1}0\n${1}+\n${1}3600\n",
    ),
    ("calendar", r"59m59s999ms", "1h"),
    ("calendar", r"clock:seconds", "clock_start:seconds"),
    ("budget", r"28\.8", "36"),
    ("budget", r"< 0\.25", "< 0.15"),
    ("no_data", r"for: 10m", "for: 1m"),
    ("texts", r#"\{\{ "\{\{" \}\}"#, "{{"),
];

#[test]
fn broken_rules_are_noticed() {
    let next = Mutex::new(BROKEN.iter());
    let unnoticed = Mutex::new(Vec::new());
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let Some((topic, pattern, with)) = next.lock().unwrap().next() else {
                        return;
                    };
                    let topic = Topic::compile(topic, &[]);
                    let pattern = Regex::new(pattern).unwrap();
                    let mut changed = false;
                    topic.rewrite(|rules| {
                        let broken = pattern.replace_all(rules, *with).into_owned();
                        changed |= broken != rules;
                        broken
                    });
                    if !changed || topic.play().is_ok() {
                        let what = format!("{}: {pattern} (found: {changed})", topic.name);
                        unnoticed.lock().unwrap().push(what);
                    }
                }
            });
        }
    });
    let unnoticed = unnoticed.into_inner().unwrap();
    assert!(unnoticed.is_empty(), "{}", unnoticed.join("\n"));
}
