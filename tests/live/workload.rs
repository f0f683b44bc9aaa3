//! Traffic whose every event is known, and the samples that scrapes see of it.

use std::io::Write;

use slosmith::backfill::openmetrics::Writer;

use crate::truth::Truth;

/// Events happen in steps of this many seconds, at the end of the step.
pub(crate) const STEP: u64 = 5;
/// Seconds between scrapes.
pub(crate) const SCRAPE: u64 = 30;

pub(crate) const HOUR: u64 = 3600;
pub(crate) const DAY: u64 = 24 * HOUR;

/// Requests to one job, answered by two instances.
pub(crate) struct Scenario {
    pub(crate) job: &'static str,
    /// Requests per second and instance at the busiest time, 14:00 UTC.
    pub(crate) peak: f64,
    /// Requests at 02:00, as a share of the peak: 1 is steady.
    pub(crate) night: f64,
    /// Share of requests that fail, when nothing in particular happens.
    pub(crate) errors: f64,
    pub(crate) happens: Vec<Event>,
}

/// Something out of the ordinary. Times are seconds since the start of history.
pub(crate) enum Event {
    /// More requests fail than usual.
    Errors { from: u64, to: u64, ratio: f64 },
    /// No requests at all.
    Idle { from: u64, to: u64 },
    /// Nobody scrapes.
    Unscraped { from: u64, to: u64 },
    /// All counters start again from zero, in the same series.
    Reset { at: u64 },
    /// Instances get new names and counters one after the other, five minutes apart.
    Restart { at: u64 },
    /// The label `version` changes its value while counters go on.
    Relabel { at: u64 },
}

const INSTANCES: [&str; 2] = ["a", "b"];
/// Scrapes happen at a moment of their own for each instance, in seconds.
const PHASES: [f64; 2] = [7.123, 22.4];

/// What tells the series of an instance apart over time.
#[derive(Clone, PartialEq)]
struct Identity {
    instance: String,
    version: &'static str,
}

/// A stretch of samples of one identity: time, good and bad requests so far.
struct Stretch {
    identity: Identity,
    samples: Vec<(f64, u64, u64)>,
}

impl Scenario {
    /// Writes what scrapes saw from `start` for `length` seconds, and returns what
    /// really happened.
    pub(crate) fn play(&self, start: u64, length: u64, writer: &mut Writer<impl Write>) -> Truth {
        let mut truth = Truth::new(start, STEP);
        let mut counts: Vec<(u64, u64)> = Vec::new();
        let mut stretches = Vec::new();
        for (index, phase) in PHASES.into_iter().enumerate() {
            let mut random = Random::new(self.job, index);
            stretches.extend(self.instance(index, phase, start, length, &mut random, &mut counts));
        }
        for (bad, total) in counts {
            truth.push(bad, total);
        }
        for stretch in &stretches {
            let times: Vec<f64> = stretch.samples.iter().map(|sample| sample.0).collect();
            truth.scraped(&times);
        }
        self.write(stretches, writer);
        truth
    }

    fn instance(
        &self,
        index: usize,
        phase: f64,
        start: u64,
        length: u64,
        random: &mut Random,
        counts: &mut Vec<(u64, u64)>,
    ) -> Vec<Stretch> {
        let mut stretches: Vec<Stretch> = Vec::new();
        let (mut good, mut bad) = (0, 0);
        let mut next_scrape = phase;
        let steps = usize::try_from(length / STEP).unwrap();
        counts.resize(steps, (0, 0));
        for (step, count) in counts.iter_mut().enumerate() {
            let begin = u64::try_from(step).unwrap() * STEP;
            // Scrapes within the step see what came before it.
            while next_scrape < seconds(begin + STEP) {
                if !self.is(begin, |event| matches!(event, Event::Unscraped { .. })) {
                    let identity = self.identity(index, begin);
                    if stretches
                        .last()
                        .is_none_or(|last| last.identity != identity)
                    {
                        stretches.push(Stretch {
                            identity,
                            samples: Vec::new(),
                        });
                    }
                    let samples = &mut stretches.last_mut().unwrap().samples;
                    samples.push((seconds(start) + next_scrape, good, bad));
                }
                next_scrape += seconds(SCRAPE);
            }
            if self.starts_again(index, begin) {
                (good, bad) = (0, 0);
            }
            let total = random.about(self.rate(start + begin, begin) * seconds(STEP));
            let failed = random.share(total, self.error_ratio(begin));
            good += total - failed;
            bad += failed;
            count.0 += failed;
            count.1 += total;
        }
        stretches
    }

    fn write(&self, stretches: Vec<Stretch>, writer: &mut Writer<impl Write>) {
        for Stretch { identity, samples } in stretches {
            let labels = |code| {
                [
                    ("job", self.job),
                    ("instance", &identity.instance),
                    ("version", identity.version),
                    ("code", code),
                ]
            };
            let name = "http_requests_total";
            let good = samples.iter().map(|sample| (sample.0, seconds(sample.1)));
            writer.series(name, labels("200"), good).unwrap();
            // There is no series of errors before the first one.
            let bad = samples.iter().skip_while(|sample| sample.2 == 0);
            let bad = bad.map(|sample| (sample.0, seconds(sample.2)));
            writer.series(name, labels("500"), bad).unwrap();
        }
    }

    /// Requests per second and instance.
    fn rate(&self, unix: u64, since: u64) -> f64 {
        if self.is(since, |event| matches!(event, Event::Idle { .. })) {
            return 0.0;
        }
        let angle = seconds((unix + DAY - 2 * HOUR) % DAY) / seconds(DAY) * std::f64::consts::TAU;
        self.peak * (self.night + (1.0 - self.night) * (1.0 - angle.cos()) / 2.0)
    }

    fn error_ratio(&self, since: u64) -> f64 {
        let raised = self.happens.iter().find_map(|event| match event {
            Event::Errors { from, to, ratio } if (*from..*to).contains(&since) => Some(*ratio),
            _ => None,
        });
        raised.unwrap_or(self.errors)
    }

    /// Whether an event of a kind that lasts is going on.
    fn is(&self, since: u64, kind: impl Fn(&Event) -> bool) -> bool {
        self.happens.iter().any(|event| {
            kind(event)
                && match event {
                    Event::Errors { from, to, .. }
                    | Event::Idle { from, to }
                    | Event::Unscraped { from, to } => (*from..*to).contains(&since),
                    Event::Reset { .. } | Event::Restart { .. } | Event::Relabel { .. } => false,
                }
        })
    }

    fn restarted_at(at: u64, index: usize) -> u64 {
        at + u64::try_from(index).unwrap() * 300
    }

    fn starts_again(&self, index: usize, since: u64) -> bool {
        self.happens.iter().any(|event| match event {
            Event::Reset { at } => *at == since,
            Event::Restart { at } => Self::restarted_at(*at, index) == since,
            _ => false,
        })
    }

    fn identity(&self, index: usize, since: u64) -> Identity {
        let mut identity = Identity {
            instance: INSTANCES[index].to_owned(),
            version: "1",
        };
        for event in &self.happens {
            match event {
                Event::Restart { at } if Self::restarted_at(*at, index) <= since => {
                    identity.instance += "-new";
                }
                Event::Relabel { at } if *at <= since => identity.version = "2",
                _ => {}
            }
        }
        identity
    }
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
pub(crate) fn seconds(whole: u64) -> f64 {
    whole as f64
}

/// Numbers that look random and are the same in every run.
struct Random(u64);

impl Random {
    fn new(job: &str, index: usize) -> Self {
        let seed = job.bytes().fold(index + 1, |seed, byte| {
            seed.wrapping_mul(31).wrapping_add(usize::from(byte))
        });
        Self(u64::try_from(seed).unwrap() | 1)
    }

    /// From 0 to below 1 (xorshift64*).
    fn next(&mut self) -> f64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let bits = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11;
        seconds(bits) / seconds(1 << 53)
    }

    /// A count with the given mean and, above a few, as much variance as mean.
    fn about(&mut self, mean: f64) -> u64 {
        let spread = (3.0 * mean).sqrt();
        let noisy = if mean > 3.0 {
            mean + (2.0 * self.next() - 1.0) * spread
        } else {
            mean
        };
        self.round(noisy)
    }

    /// How many of `total` when each is one with probability `ratio`.
    fn share(&mut self, total: u64, ratio: f64) -> u64 {
        self.about(seconds(total) * ratio).min(total)
    }

    /// Up or down, so that the mean stays.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "neither negative nor large"
    )]
    fn round(&mut self, value: f64) -> u64 {
        (value + self.next()).floor() as u64
    }
}
