//! What people see when an expression is wrong, and that nothing panics.

use std::fmt::Write as _;

use slosmith::promql::{parse, parse_matchers};

#[test]
fn messages_say_what_was_found_and_how_to_fix_it() {
    let mut shown = String::new();
    for text in [
        "rate(http_requests_total{code!}[5m])",
        "rate(http_requests_total)",
        "sum(rate(http_requests_total[5m]) by (code)",
        "rat(http_requests_total[5m])",
        "histogram_quantil(0.9, x)",
        "sum(rate(http_requests_total[5 minutes]))",
        "http_requests_total{code = 500}",
        "errors & total",
        "1 == 1",
        "up or 1",
        "up{job=\"a}",
        "up{job=~\"(\"}",
        "{job=~\".*\"}",
        "topk(up)",
        "sum(rate(x[$window]) offset 5m)",
        "rate(x[$windw])",
        "rate(x[${window}])",
        "rate(x[$__rate_interval])",
        "rate(x[$])",
        "rate(x[${])",
        "x{code=~5..}",
    ] {
        match parse(text) {
            Ok(_) => panic!("{text} was accepted"),
            Err(error) => {
                let (start, end) = (error.span.start, error.span.end.max(error.span.start + 1));
                writeln!(
                    shown,
                    "{text}\n{}{}",
                    " ".repeat(start),
                    "^".repeat(end - start)
                )
                .unwrap();
                writeln!(shown, "{error}").unwrap();
                if let Some(help) = error.help {
                    writeln!(shown, "help: {help}").unwrap();
                }
                shown.push('\n');
            }
        }
    }
    insta::assert_snapshot!(shown);
}

#[test]
fn placeholders_are_windows() {
    for text in [
        "rate(x[$window])",
        "rate(x[{{.window}}])",
        "rate(x[{{ .window }}])",
        "avg_over_time(up[$window:1m])",
    ] {
        assert!(parse(text).is_ok(), "{text}");
    }
    for text in [
        "$window",
        "x * $window",
        "rate(x[$windows])",
        "rate(x[$__rate_interval])",
    ] {
        assert!(parse(text).is_err(), "{text}");
    }
}

#[test]
fn matcher_lists_have_no_braces() {
    let matchers = parse_matchers("code=~\"5..\", method=\"GET\"").unwrap();
    assert_eq!(matchers.len(), 2);
    for text in [
        "",
        "code",
        "{code=\"a\"}",
        "code=\"a\" method=\"b\"",
        "code=~\"[\"",
        "code==\"5\"",
    ] {
        assert!(parse_matchers(text).is_err(), "{text}");
    }
}

#[test]
fn no_text_makes_it_panic() {
    let seeds = [
        "sum by (a, b) (rate(http_requests_total{code=~\"5..\", m!=\"é\"}[5m] offset 1h)) / on (a) group_left (b) (x > 0)",
        "max_over_time((up == bool 0)[1d:5m] @ end()) or label_replace(vector(1), \"a\", `\\d`, '', \"\")",
        "histogram_quantile(0.9, -{\"a.b\", c=\"\\x41\"}[5m * 2] smoothed)",
    ];
    let pieces = [
        "(", ")", "[", "]", "{", "}", "\"", "'", "`", "\\", "é", "5m", "0x", "1e", "@", "offset",
        "$window", "-", "by", "=~", ":", "#", "\n",
    ];
    let mut state: u64 = 42;
    let mut random = |below: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % below
    };
    for round in 0..20_000 {
        let mut text: Vec<char> = seeds[round % seeds.len()].chars().collect();
        for _ in 0..=random(4) {
            let at = random(text.len() + 1);
            if random(2) == 0 {
                text.splice(at..at, pieces[random(pieces.len())].chars());
            } else {
                let end = (at + random(5)).min(text.len());
                text.drain(at..end);
            }
        }
        let text: String = text.into_iter().collect();
        if let Err(error) = parse(&text) {
            assert!(
                text.get(error.span.start..error.span.end).is_some(),
                "{text:?} {:?}",
                error.span
            );
        }
    }
    assert!(parse(&"(".repeat(100_000)).is_err());
    assert!(parse(&"-".repeat(100_000)).is_err());
    assert!(parse(&format!("x[{}5m", "(".repeat(100_000))).is_err());
    assert!(parse(&format!("1{}", "+1".repeat(100_000))).is_err());
}
