//! SLIs on native histograms, which `promtool test rules` cannot take as input.

use std::collections::BTreeMap;

use crate::lab::{Lab, Rule, compile};
use crate::remote_write::{Sample, Series, Value, write};
use crate::workload::SCRAPE;

/// The instant at which the rules are evaluated.
const AT: u64 = 1_760_000_000;
const SCRAPES: u64 = 20;
/// Two buckets for each doubling: the last reaches up to 2^(2/2) = 2 s.
const SCHEMA: i64 = 1;
const FIRST: i64 = -5;
const BUCKETS: u64 = 8;

const SPEC: &str = r#"
apiVersion: slosmith/v1
service: native
defaults: {scrape_interval: 30s, period: 30d}
slos:
- name: latency
  objective: 99
  sli: {latency: {histogram: 'answer_seconds{job="native"}', threshold: 500ms, type: native}}
- name: latency-and-errors
  objective: 99
  sli: {latency: {histogram: 'answer_seconds{job="native"}', threshold: 500ms, type: native, errors_where: 'outcome="error"'}}
- name: satisfaction
  objective: 99
  sli:
    satisfaction:
      histogram: 'answer_seconds{job="native"}'
      type: native
      anchors: [{within: 500ms}, {within: 1s, name: slow, pain: 0.25}, {name: lost, pain: 1}]
- name: nothing-measured
  objective: 99
  sli: {latency: {histogram: 'answer_seconds{job="idle"}', threshold: 500ms, type: native}}
"#;

/// Observations of one series between scrapes, the same in each bucket of each run.
struct Observer {
    job: &'static str,
    outcome: &'static str,
    /// What is observed in a bucket between two scrapes.
    observed: fn(scrape: u64, bucket: u64) -> u64,
    /// Counters start again after this scrape.
    reset_after: Option<u64>,
}

const OBSERVERS: [Observer; 3] = [
    Observer {
        job: "native",
        outcome: "ok",
        observed: |scrape, bucket| 40 * (BUCKETS - bucket) + scrape * bucket,
        reset_after: Some(14),
    },
    Observer {
        job: "native",
        outcome: "error",
        observed: |scrape, bucket| (scrape + bucket) % 3,
        reset_after: None,
    },
    Observer {
        job: "idle",
        outcome: "ok",
        observed: |_, _| 0,
        reset_after: None,
    },
];

const fn scraped_at(scrape: u64) -> u64 {
    AT - (SCRAPES - scrape) * SCRAPE
}

impl Observer {
    fn series(&self) -> Series {
        let mut counts = vec![0; usize::try_from(BUCKETS).unwrap()];
        let samples = (0..=SCRAPES).map(|scrape| {
            if self.reset_after.is_some_and(|last| scrape == last + 1) {
                counts.fill(0);
            }
            for (bucket, count) in (0..).zip(&mut counts) {
                *count += (self.observed)(scrape, bucket);
            }
            Sample {
                at: scraped_at(scrape),
                value: Value::Histogram {
                    schema: SCHEMA,
                    first: FIRST,
                    counts: counts.clone(),
                },
            }
        });
        Series {
            samples: samples.collect(),
            labels: labels(
                "answer_seconds",
                [("job", self.job), ("outcome", self.outcome)],
            ),
        }
    }

    /// Observations after the first scrape within `window` seconds that fall into a bucket.
    fn count(&self, window: u64, bucket: u64) -> u64 {
        let scrapes = (1..=SCRAPES).filter(|scrape| scraped_at(scrape - 1) >= AT - window);
        scrapes.map(|scrape| (self.observed)(scrape, bucket)).sum()
    }
}

fn labels<'a>(
    name: &'a str,
    others: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Vec<(String, String)> {
    let named = std::iter::once(("__name__", name)).chain(others);
    let sorted: BTreeMap<String, String> = named
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    sorted.into_iter().collect()
}

/// How bad an answer is, by the bucket it fell into: 500 ms is where bucket −2 ends,
/// 1 s where bucket 0 ends.
fn badness(slo: &str, bucket: u64, outcome: &str) -> f64 {
    let index = FIRST + i64::try_from(bucket).unwrap();
    let is_slow = index > -2;
    match slo {
        "latency-and-errors" if outcome == "error" => 1.0,
        "satisfaction" if is_slow && index <= 0 => 0.25,
        _ if is_slow => 1.0,
        _ => 0.0,
    }
}

#[expect(clippy::cast_precision_loss, reason = "small counts")]
fn exact(slo: &str, window: u64) -> f64 {
    let (mut bad, mut total) = (0.0, 0.0);
    for observer in OBSERVERS.iter().filter(|observer| observer.job == "native") {
        for bucket in 0..BUCKETS {
            let count = observer.count(window, bucket) as f64;
            bad += count * badness(slo, bucket, observer.outcome);
            total += count;
        }
    }
    bad / total
}

#[tokio::test]
async fn ratios_of_native_histograms_are_exact() {
    let mut lab = Lab::with_flags(&[
        "--web.enable-remote-write-receiver",
        "--enable-feature=native-histograms",
    ]);
    lab.restart().await;
    let client = lab.client();
    let raw: Vec<Series> = OBSERVERS.iter().map(Observer::series).collect();
    write(&client.url(), &raw).await;

    let rules = compile(lab.folder(), SPEC);
    let mut recorded = BTreeMap::new();
    for rule in rules.groups.iter().flat_map(|group| &group.rules) {
        record(&lab, rule, &mut recorded).await;
    }
    for slo in ["latency", "latency-and-errors", "satisfaction"] {
        let of = |name| {
            recorded
                .get(&(slo.to_owned(), name))
                .copied()
                .unwrap_or(f64::NAN)
        };
        for (name, ratio, window) in [
            ("5m", of("slo:error_ratio:5m".to_owned()), 300),
            (
                "tile",
                of("slo:bad:tile5m".to_owned()) / of("slo:total:tile5m".to_owned()),
                330,
            ),
        ] {
            let exact = exact(slo, window);
            println!("native {slo} {name}: recorded {ratio} exact {exact}");
            assert!(
                (ratio - exact).abs() < 1e-9,
                "{slo} {name}: {ratio} {exact}"
            );
        }
    }
    let idle: Vec<_> = recorded
        .iter()
        .filter(|((slo, _), _)| slo == "nothing-measured")
        .collect();
    assert!(idle.iter().all(|(_, value)| !value.is_nan()), "{idle:?}");
    assert!(
        !idle
            .iter()
            .any(|((_, name), _)| name.starts_with("slo:error_ratio")),
        "{idle:?}"
    );
}

/// Evaluates a rule and writes the result back, as Prometheus does.
async fn record(lab: &Lab, rule: &Rule, recorded: &mut BTreeMap<(String, String), f64>) {
    let Some(name) = &rule.record else {
        return;
    };
    let client = lab.client();
    #[expect(clippy::cast_precision_loss, reason = "a time of this century")]
    let answer = client.query(&rule.expr, AT as f64).await.unwrap();
    for sample in answer.samples {
        let of_rule = rule
            .labels
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        recorded.insert((rule.labels["slo"].clone(), name.clone()), sample.value);
        let series = Series {
            labels: labels(name, of_rule),
            samples: vec![Sample {
                at: AT,
                value: Value::Float(sample.value),
            }],
        };
        write(&client.url(), &[series]).await;
    }
}
