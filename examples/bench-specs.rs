//! Writes the same SLOs in slosmith's format and in slokit's, for `scripts/bench`.
//!
//! Usage: `bench-specs DIRECTORY FILES SLOS_PER_FILE`

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let args: Vec<String> = env::args().collect();
    let [_, directory, files, slos] = args.as_slice() else {
        return Err(usage());
    };
    let directory = Path::new(directory);
    let files: u32 = files.parse().map_err(|_| usage())?;
    let slos: u32 = slos.parse().map_err(|_| usage())?;
    for format in ["slosmith", "slokit"] {
        fs::create_dir_all(directory.join(format))?;
    }
    for file in 0..files {
        let (ours, theirs) = specs(file, slos);
        let name = format!("service-{file:04}.yaml");
        fs::write(directory.join("slosmith").join(&name), ours)?;
        fs::write(directory.join("slokit").join(&name), theirs)?;
    }
    Ok(())
}

fn usage() -> io::Error {
    io::Error::other("usage: bench-specs DIRECTORY FILES SLOS_PER_FILE")
}

/// One file in both formats: two SLOs on availability for each one on latency.
fn specs(file: u32, slos: u32) -> (String, String) {
    let service = format!("service-{file:04}");
    let mut ours = format!("apiVersion: slosmith/v1\nservice: {service}\nowner: team\nslos:\n");
    let mut theirs = format!("version: prometheus/v1\nservice: {service}\nslos:\n");
    for slo in 0..slos {
        let labels = format!(r#"job="{service}", handler="/api/v1/handler-{slo}""#);
        let sli = if slo % 3 == 2 {
            let histogram = "http_request_duration_seconds";
            format!(
                "      latency:\n        histogram: '{histogram}{{{labels}}}'\n        threshold: 500ms\n"
            )
        } else {
            format!(
                "      events:\n        total: 'http_requests_total{{{labels}}}'\n        bad_where: 'code=~\"5..\"'\n"
            )
        };
        let (bad, total) = queries(slo, &labels);
        let head = format!(
            "  - name: slo-{slo}\n    description: Handler {slo} answers.\n    objective: 99.9\n"
        );
        write!(ours, "{head}    scrape_interval: 30s\n    sli:\n{sli}").ok();
        write!(
            theirs,
            "{head}    sli:\n      events:\n        error_query: '{bad}'\n        total_query: '{total}'\n    \
             alerting:\n      name: HandlerBurn\n      page_alert:\n        labels: {{severity: page}}\n      \
             ticket_alert:\n        labels: {{severity: ticket}}\n"
        )
        .ok();
    }
    (ours, theirs)
}

/// The same two kinds as Sloth's users write them.
fn queries(slo: u32, labels: &str) -> (String, String) {
    let rate = |metric: &str, more: &str| {
        format!("sum(rate({metric}{{{labels}{more}}}[{{{{.window}}}}]))")
    };
    if slo % 3 == 2 {
        let total = rate("http_request_duration_seconds_count", "");
        let fast = rate("http_request_duration_seconds_bucket", r#", le="0.5""#);
        (format!("{total} - {fast}"), total)
    } else {
        (
            rate("http_requests_total", r#", code=~"5..""#),
            rate("http_requests_total", ""),
        )
    }
}
