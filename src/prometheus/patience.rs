//! How often and how long is asked, and how much at once.

use std::collections::BTreeSet;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::Instant;

use super::error::Error;
use super::transport::{Failure, Question, Reply, Transport};

/// Longest wait that a server can ask for between attempts.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// How patient a client is, and how modest.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// Longest wait for one answer, to its last byte.
    pub timeout: Duration,
    /// How often a question is asked at most, when the server is overloaded (429, 502,
    /// 503, 504) or breaks the connection.
    pub attempts: u32,
    /// Wait before the second attempt; doubled before each further one.
    pub backoff: Duration,
    /// Longest time for one question, attempts and the waits between them included.
    pub patience: Duration,
    /// Most bytes of one answer, unpacked.
    pub max_body: usize,
    /// Most questions that are asked at once; further ones wait.
    pub concurrency: usize,
}

impl Settings {
    /// The default with another timeout, and patience to match.
    pub fn with_timeout(timeout: Duration) -> Self {
        Self {
            timeout,
            attempts: 4,
            backoff: Duration::from_millis(250),
            patience: timeout.saturating_mul(3),
            max_body: 256 << 20,
            concurrency: 8,
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self::with_timeout(Duration::from_secs(60))
    }
}

/// What a client has cost its server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    /// Attempts included.
    pub requests: u64,
    /// Samples that queries have read, as far as the server tells.
    pub samples: u64,
}

/// Warnings that are kept; each says the same of another query.
const MOST_WARNINGS: usize = 20;

/// Asks within the limits, and counts.
#[derive(Debug)]
pub(super) struct Patience {
    settings: Settings,
    permits: Semaphore,
    requests: AtomicU64,
    samples: AtomicU64,
    warnings: Mutex<BTreeSet<String>>,
}

impl Patience {
    pub(super) fn new(settings: Settings) -> Self {
        Self {
            settings,
            permits: Semaphore::new(settings.concurrency.clamp(1, Semaphore::MAX_PERMITS)),
            requests: AtomicU64::new(0),
            samples: AtomicU64::new(0),
            warnings: Mutex::default(),
        }
    }

    pub(super) fn usage(&self) -> Usage {
        Usage {
            requests: self.requests.load(Ordering::Relaxed),
            samples: self.samples.load(Ordering::Relaxed),
        }
    }

    pub(super) fn warn(&self, warnings: impl Iterator<Item = String>) {
        let mut known = self.warnings.lock().unwrap_or_else(PoisonError::into_inner);
        for warning in warnings {
            if known.len() < MOST_WARNINGS {
                known.insert(warning);
            }
        }
    }

    pub(super) fn warnings(&self) -> Vec<String> {
        let known = self.warnings.lock().unwrap_or_else(PoisonError::into_inner);
        known.iter().cloned().collect()
    }

    pub(super) fn count_samples(&self, samples: u64) {
        self.samples.fetch_add(samples, Ordering::Relaxed);
    }

    /// Asks until there is an answer, or attempts or patience are used up. Questions
    /// change nothing on the server, so that asking again is safe. The place among
    /// those who may ask is kept meanwhile: an overloaded server is not asked more.
    pub(super) async fn ask<T>(
        &self,
        transport: &Transport,
        question: &Question<'_>,
        understand: impl Fn(Reply) -> Result<T, Error>,
    ) -> Result<T, Error> {
        // Fails only when closed, which it never is.
        let _permit = self.permits.acquire().await;
        let deadline = Instant::now() + self.settings.patience;
        let mut pause = self.settings.backoff;
        let mut attempt = 1;
        loop {
            let timeout = self.settings.timeout.min(until(deadline));
            let failure = match self.once(transport, question, timeout, &understand).await {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            let wait = failure.retry_after.unwrap_or_else(|| jitter(pause));
            let wait = wait.min(LONGEST_PAUSE);
            let is_last = attempt >= self.settings.attempts || wait >= until(deadline);
            if is_last || !failure.is_passing {
                return Err(failure.error);
            }
            tokio::time::sleep(wait).await;
            pause = pause.saturating_mul(2);
            attempt += 1;
        }
    }

    /// Asks only once.
    pub(super) async fn ask_once<T>(
        &self,
        transport: &Transport,
        question: &Question<'_>,
        understand: impl Fn(Reply) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let _permit = self.permits.acquire().await;
        let timeout = self.settings.timeout;
        let answer = self.once(transport, question, timeout, &understand).await;
        answer.map_err(|failure| failure.error)
    }

    async fn once<T>(
        &self,
        transport: &Transport,
        question: &Question<'_>,
        timeout: Duration,
        understand: &impl Fn(Reply) -> Result<T, Error>,
    ) -> Result<T, Failure> {
        self.requests.fetch_add(1, Ordering::Relaxed);
        let reply = tokio::time::timeout(timeout, transport.send(question)).await;
        let reply = reply.unwrap_or_else(|_| Err(transport.timeout_after(timeout).into()))?;
        let retry_after = reply.retry_after;
        understand(reply).map_err(|error| Failure {
            is_passing: is_passing(&error),
            error,
            retry_after,
        })
    }
}

fn until(deadline: Instant) -> Duration {
    deadline.saturating_duration_since(Instant::now())
}

/// A server that is overloaded or restarting may answer next time.
const fn is_passing(error: &Error) -> bool {
    match error {
        Error::NotReady { .. } => true,
        Error::Status { status, .. } => matches!(status, 429 | 502 | 504),
        _ => false,
    }
}

/// Between half the pause and the whole, so that those who were refused together do
/// not come back together.
fn jitter(pause: Duration) -> Duration {
    // Its keys are random; a generator of random numbers would be one crate more.
    let random = RandomState::new().hash_one(()) % 1000;
    let part = u32::try_from(random).unwrap_or_default();
    pause / 2 + pause / 2000 * part
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jitter_is_within_bounds_and_varies() {
        let pause = Duration::from_secs(2);
        let pauses: std::collections::BTreeSet<_> = (0..20).map(|_| jitter(pause)).collect();
        assert!(pauses.len() > 1);
        assert!(pauses.iter().all(|wait| (pause / 2..=pause).contains(wait)));
    }
}
