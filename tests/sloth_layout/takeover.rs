//! A Prometheus that ran Sloth's own rules, with a week of what they recorded, gets the
//! rules of this layout: nobody who reads Sloth's series may notice, but that the period
//! ratio is right from then on.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use slosmith::backfill;
use slosmith::prometheus::{Client, Labels, promtool};
use slosmith::promql::ast::MatchOp;
use slosmith::promql::{build, print};

use crate::clock::{Clock, DAY, HOUR, MINUTE, Moment, seconds, unix_now};
use crate::lab::{Lab, RuleFile};
use crate::queries::{MONTH, QUERIES, unanswered};
use crate::raw::{Played, counter};
use crate::slosmith_command::{run, slosmith};

/// Requests per minute at the busiest time.
const PEAK: f64 = 600.0;
const BUDGET: f64 = 0.005;
const PERIOD: u64 = 7 * DAY;
/// Every group is evaluated twice in this time, those of five minutes apart.
const WATCHED: u64 = 130;
/// Between two evaluations, at the takeover as well: an interval and what a reload takes.
const LONGEST_GAP: f64 = 75.0;
/// How far off a ratio may be.
const CLOSE: f64 = 0.01;
/// The same of a shorter window while something burns: it is late by up to a tile.
const LATE: f64 = 0.05;

const SPEC: &str = "\
apiVersion: slosmith/v1
service: shop
labels: {tier: gold}
slos:
- name: web
  objective: 99.5
  period: 7d
  scrape_interval: 1m
  sli: {events: {total: 'http_requests_total{job=\"shop\"}', bad_where: 'code=\"500\"'}}
  alerts:
    name: ShopErrors
    labels: {team: core}
    page: {labels: {channel: pager}}
    pairs:
    - {severity: page, long: 1h, short: 5m, budget: 8}
    - {severity: page, long: 6h, short: 30m, budget: 12.5}
    - {severity: ticket, long: 1d, short: 2h, budget: 20}
    - {severity: ticket, long: 3d, short: 6h, budget: 42}
";

/// What Sloth selects an SLO by.
const IDS: &str = "{sloth_id=\"shop-web\", sloth_service=\"shop\", sloth_slo=\"web\"}";
/// Short and long window, and factor.
type Pair = (&'static str, &'static str, &'static str);
/// Its pairs: a period of a week.
const PAIRS: [(&str, [Pair; 2]); 2] = [
    ("page", [("5m", "1h", "13.44"), ("30m", "6h", "3.5")]),
    (
        "ticket",
        [("2h", "1d", "1.4000000000000001"), ("6h", "3d", "0.98")],
    ),
];

/// Nearly all requests of two hours fail in one night, and one in forty lately. A period
/// is up to date to a tile of five minutes: what fails within it is far below what may be
/// off.
fn share_of_errors(moment: Moment) -> f64 {
    let is_night = (2 * HOUR..4 * HOUR).contains(&(moment.unix % DAY));
    if is_night && moment.is_within(60 * HOUR, 36 * HOUR) {
        0.9
    } else if moment.is_since(HOUR * 11 / 2) {
        0.025
    } else {
        0.0005
    }
}

fn raw(clock: Clock) -> Vec<Played> {
    let request = |code, share: fn(Moment) -> f64| {
        let story = move |moment: Moment| PEAK * moment.daytime() * share(moment);
        counter(
            "http_requests_total",
            &[("job", "shop"), ("code", code)],
            story,
        )
        .play(clock)
    };
    vec![
        request("200", |moment| 1.0 - share_of_errors(moment)),
        request("500", share_of_errors),
    ]
}

/// The rules that Sloth makes for such an SLO, in its order.
fn sloth_rules() -> String {
    let labels = |more: &str| {
        format!("{{sloth_id: shop-web, sloth_service: shop, sloth_slo: web, tier: gold{more}}}")
    };
    let mut text = String::from("groups:\n- name: sloth-slo-sli-recordings-shop-web\n  rules:\n");
    let record = |text: &mut String, name: &str, expr: &str, more: &str| {
        writeln!(
            text,
            "  - {{record: '{name}', labels: {}, expr: '{expr}'}}",
            labels(more)
        )
        .unwrap();
    };
    for window in ["5m", "30m", "1h", "2h", "6h", "1d", "3d"] {
        let selector = "http_requests_total{job=\"shop\"";
        let expr = format!(
            "(sum(rate({selector},code=\"500\"}}[{window}])))\n\n    / (sum(rate({selector}}}[{window}])))"
        );
        let name = format!("slo:sli_error:ratio_rate{window}");
        record(
            &mut text,
            &name,
            &expr,
            &format!(", sloth_window: {window}"),
        );
    }
    let ratio = |window: &str| format!("slo:sli_error:ratio_rate{window}{IDS}");
    let mean = format!(
        "sum_over_time({0}[7d]) / ignoring (sloth_window) count_over_time({0}[7d])",
        ratio("5m")
    );
    record(
        &mut text,
        "slo:sli_error:ratio_rate1w",
        &mean,
        ", sloth_window: 1w",
    );
    text += "- name: sloth-slo-meta-recordings-shop-web\n  rules:\n";
    let burn = |window: &str| {
        format!(
            "{} / on(sloth_id, sloth_slo, sloth_service) group_left slo:error_budget:ratio{IDS}",
            ratio(window)
        )
    };
    let left = format!("1 - slo:period_burn_rate:ratio{IDS}");
    for (name, expr) in [
        ("slo:objective:ratio", "vector(0.995)"),
        ("slo:error_budget:ratio", "vector(1-0.995)"),
        ("slo:time_period:days", "vector(7)"),
        ("slo:current_burn_rate:ratio", &burn("5m")),
        ("slo:period_burn_rate:ratio", &burn("1w")),
        ("slo:period_error_budget_remaining:ratio", &left),
    ] {
        record(&mut text, name, expr, "");
    }
    let info = ", sloth_version: v0.16.0, sloth_mode: cli-gen-prom, sloth_spec: prometheus/v1, \
                sloth_objective: \"99.5\"";
    record(&mut text, "sloth_slo_info", "vector(1)", info);
    text += "- name: sloth-slo-alerts-shop-web\n  rules:\n";
    for (severity, pairs) in PAIRS {
        let is_over = |window: &str, factor: &str| {
            let ratio = ratio(window);
            format!("max({ratio} > ({factor} * 0.005)) without (sloth_window)")
        };
        let arms = pairs.map(|(short, long, factor)| {
            format!("({} and {})", is_over(short, factor), is_over(long, factor))
        });
        let channel = if severity == "page" {
            ", channel: pager"
        } else {
            ""
        };
        writeln!(
            text,
            "  - {{alert: ShopErrors, labels: {{sloth_severity: {severity}, team: core{channel}}}, \
             expr: '{}'}}",
            arms.join(" or ")
        )
        .unwrap();
    }
    text
}

/// The server, and what its metrics truly were.
struct World {
    lab: Lab,
    raw: Arc<Vec<Played>>,
}

impl World {
    /// A week of raw metrics, and what Sloth's rules recorded of it.
    async fn new() -> Self {
        let clock = Clock::new();
        let raw = Arc::new(raw(clock));
        let mut lab = Lab::new();
        let write = |span| {
            let raw = Arc::clone(&raw);
            move |writer: &mut _| {
                for series in raw.iter() {
                    series.write(span, writer);
                }
            }
        };
        lab.import(write((clock.now - 8 * DAY, clock.now))).await;
        lab.restart().await;
        let sloth: RuleFile = serde_yaml::from_str(&sloth_rules()).unwrap();
        // Only the ratios of five minutes are read over the period.
        let since = |rule: &crate::lab::Rule| {
            if rule.name() == "slo:sli_error:ratio_rate5m" {
                clock.now - PERIOD
            } else {
                clock.now - 3 * HOUR
            }
        };
        lab.record(&sloth.groups, since, clock.now).await;
        // That took its time.
        lab.import(write((clock.now, unix_now()))).await;
        lab.restart().await;
        Self { lab, raw }
    }

    fn folder(&self) -> &Path {
        self.lab.folder()
    }

    fn rules(&self, file: &str) -> std::path::PathBuf {
        self.folder().join("rules").join(file)
    }

    /// Goes on with the metrics, under Sloth's rules.
    async fn run_sloth(&mut self) {
        fs::create_dir_all(self.folder().join("rules")).unwrap();
        fs::write(self.rules("sloth.yaml"), sloth_rules()).unwrap();
        let exporter = crate::exporter::serve(Arc::clone(&self.raw));
        // Sloth's groups have no interval of their own.
        let config = format!(
            "global: {{scrape_interval: 1m, evaluation_interval: 30s}}\n\
             rule_files: ['rules/*.yaml']\nscrape_configs:\n- {{job_name: shop, honor_labels: true, \
             metrics_path: /{MINUTE}, static_configs: [{{targets: ['{exporter}']}}]}}\n"
        );
        self.lab.reconfigure(config).await;
        let started = Instant::now();
        let client = self.lab.client();
        // Alerts are written from the second evaluation on, after all other series.
        while present(&client, BURNING, seconds(unix_now()))
            .await
            .is_empty()
        {
            assert!(started.elapsed() < Duration::from_secs(120));
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    }

    /// Adds the past of what the new rules record.
    async fn backfill(&mut self) {
        let mut sources = slosmith::source::Sources::default();
        let id = sources.add("spec.yaml", SPEC);
        let mut diagnostics = slosmith::diagnostic::Diagnostics::default();
        let slos = slosmith::spec::load(&sources, &[id], &mut diagnostics);
        let options = slosmith::rules::Options {
            layout: slosmith::rules::Layout::Sloth,
            ..Default::default()
        };
        let files = slosmith::rules::compile(&slos, &slos, &options);
        let until = unix_now();
        for pass in backfill::passes(&files) {
            let path = self.folder().join("backfill.om");
            let file = std::io::BufWriter::new(fs::File::create(&path).unwrap());
            let mut writer = backfill::openmetrics::Writer::new(file);
            for series in &pass {
                let client = self.lab.client();
                backfill::compute(&client, series, until, &mut writer)
                    .await
                    .unwrap();
            }
            writer.finish().unwrap();
            let data = self.folder().join("data");
            promtool::blocks_from_openmetrics(&path, &data)
                .await
                .unwrap();
            self.lab.restart().await;
        }
    }

    /// Puts the new rules in place of Sloth's, in a file of their own.
    async fn take_over(&self) {
        crate::generate(self.folder(), SPEC);
        let generated = self.folder().join("generated/rules/shop.yaml");
        fs::remove_file(self.rules("sloth.yaml")).unwrap();
        fs::copy(generated, self.rules("shop.yaml")).unwrap();
        self.lab.reload().await;
    }

    /// The truth: bad events by all events of a window.
    fn exact(&self, window: u64, at: f64) -> f64 {
        let growth = |series: &Played| series.growth(at - seconds(window), at);
        let [good, bad] = [0, 1].map(|index| growth(&self.raw[index]));
        bad / (good + bad)
    }
}

/// Labels of what is there at an instant.
async fn present(client: &Client, query: &str, at: f64) -> Vec<Labels> {
    let samples = client.query(query, at).await.unwrap().samples;
    let mut labels: Vec<Labels> = samples.into_iter().map(|sample| sample.labels).collect();
    labels.sort();
    labels
}

/// The selector of exactly this series.
fn exactly(labels: &Labels) -> String {
    let others = labels.iter().filter(|(label, _)| *label != "__name__");
    let matchers =
        others.map(|(label, value)| build::matcher(label, MatchOp::Equal, value.as_str()));
    print(&build::selector(
        labels["__name__"].as_str(),
        matchers.collect(),
    ))
}

/// Samples of a series as pairs of the instant and the value.
async fn samples(client: &Client, selector: &str, (from, to): (f64, f64)) -> Vec<(f64, f64)> {
    let points = async |query: String| {
        let mut series = client.query_range(&query, from, to, 5.0).await.unwrap();
        assert_eq!(series.len(), 1, "{query}: {series:?}");
        series.remove(0).points
    };
    let values = points(selector.to_owned()).await;
    let times = points(format!("timestamp({selector})")).await;
    // Were it gone in between, so would be its points.
    let missing = (to - from) / 5.0 - seconds(values.len() as u64);
    assert!(missing <= 0.0, "{selector} has holes");
    let mut samples: Vec<(f64, f64)> = times
        .into_iter()
        .zip(values)
        .map(|((_, time), (_, value))| (time, value))
        .collect();
    samples.dedup_by(|a, b| a.0.total_cmp(&b.0).is_eq());
    samples
}

const ALL: &str = "{__name__=~\"slo:.*\", sloth_id!=\"\"}";
/// Burn rates; Sloth has no other alerts.
const BURNING: &str = "ALERTS{sloth_id!=\"\", alertname=\"ShopErrors\"}";

#[tokio::test]
async fn slosmith_takes_over_from_sloth() {
    let mut world = World::new().await;
    world.backfill().await;
    world.run_sloth().await;
    let client = world.lab.client();
    let taken_over = seconds(unix_now());
    let before = present(&client, ALL, taken_over).await;
    let burning = present(&client, BURNING, taken_over).await;
    assert_eq!(
        (before.len(), burning.len()),
        (14, 2),
        "{before:#?} {burning:#?}"
    );
    world.take_over().await;

    let started = Instant::now();
    while started.elapsed() < Duration::from_secs(WATCHED) {
        for rule in client
            .rules()
            .await
            .unwrap()
            .iter()
            .flat_map(|group| &group.rules)
        {
            assert_ne!(rule.health, "err", "{}: {}", rule.name, rule.last_error);
        }
        // The same series, and each of them once.
        assert_eq!(present(&client, ALL, seconds(unix_now())).await, before);
        assert_eq!(
            present(&client, BURNING, seconds(unix_now())).await,
            burning
        );
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    let now = seconds(unix_now());
    nothing_is_interrupted(&client, &before, (taken_over - 30.0, now)).await;
    numbers_are_right(&world, &before, (taken_over, now)).await;
    assert_eq!(
        unanswered(&client, &QUERIES, now).await,
        Vec::<String>::new()
    );
    assert_eq!(
        unanswered(&client, &[MONTH], now).await,
        Vec::<String>::new()
    );
    nothing_is_found(&world);
    let log = fs::read_to_string(world.folder().join("prometheus.log")).unwrap();
    let warned: Vec<&str> = log
        .lines()
        .filter(|line| line.contains("rule manager") && !line.contains("level=info"))
        .collect();
    assert!(warned.is_empty(), "{warned:#?}");
}

async fn nothing_is_interrupted(client: &Client, series: &[Labels], span: (f64, f64)) {
    for labels in series {
        let selector = exactly(labels);
        let samples = samples(client, &selector, span).await;
        assert!(samples.len() >= 3, "{selector}: {samples:?}");
        for pair in samples.windows(2) {
            let gap = pair[1].0 - pair[0].0;
            assert!(gap <= LONGEST_GAP, "{selector}: {gap} s in {samples:?}");
        }
    }
}

/// The period from the first evaluation on; Sloth's was the mean of ratios.
async fn numbers_are_right(world: &World, series: &[Labels], (taken_over, now): (f64, f64)) {
    let client = world.lab.client();
    let mut by_name: BTreeMap<&str, Vec<(f64, f64)>> = BTreeMap::new();
    for labels in series {
        let span = (taken_over - 30.0, now);
        by_name.insert(
            &labels["__name__"],
            samples(&client, &exactly(labels), span).await,
        );
    }
    let left = |value: f64| (1.0 - value) * BUDGET;
    let whole = |value: f64| value;
    let burnt = |value: f64| value * BUDGET;
    let ratios: [&dyn Fn(f64) -> f64; 3] = [&whole, &burnt, &left];
    let names = [
        "slo:sli_error:ratio_rate1w",
        "slo:period_burn_rate:ratio",
        "slo:period_error_budget_remaining:ratio",
    ];
    for (name, ratio) in names.into_iter().zip(ratios) {
        let off = |(at, value): &(f64, f64)| ratio(*value) / world.exact(PERIOD, *at) - 1.0;
        let (sloths, ours): (Vec<_>, Vec<_>) =
            by_name[name].iter().partition(|(at, _)| *at <= taken_over);
        assert!(!sloths.is_empty() && ours.len() >= 2, "{name}");
        assert!(
            sloths.iter().all(|sample| off(sample).abs() > 0.2),
            "{name}: {sloths:?}"
        );
        for sample in &ours {
            assert!(
                off(sample).abs() <= CLOSE,
                "{name}: {sample:?} is {} off",
                off(sample)
            );
        }
    }
    for (window, length) in [("1h", HOUR), ("6h", 6 * HOUR), ("1d", DAY), ("3d", 3 * DAY)] {
        let name = format!("slo:sli_error:ratio_rate{window}");
        for (at, value) in by_name[name.as_str()]
            .iter()
            .filter(|(at, _)| *at > taken_over)
        {
            let off = value / world.exact(length, *at) - 1.0;
            assert!(off.abs() <= LATE, "{name}: {off} off at {at}");
        }
    }
}

/// `check` knows the rules that run, and the alerts that fire.
fn nothing_is_found(world: &World) {
    let url = world.lab.url();
    let arguments = [
        "check",
        "spec.yaml",
        "--layout",
        "sloth",
        "--format",
        "json",
        "--prometheus",
    ];
    let checked = run(slosmith(world.folder()).args(arguments).arg(&url));
    let report: serde_json::Value =
        serde_json::from_str(&checked.out).unwrap_or_else(|error| panic!("{error}: {checked:?}"));
    let codes: BTreeSet<&str> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|finding| finding["code"].as_str())
        .collect();
    assert_eq!(codes, BTreeSet::new(), "{}", checked.out);
    let alerts = report["slos"][0]["alerts"].to_string();
    assert!(alerts.contains("ShopErrors"), "{}", checked.out);
}
