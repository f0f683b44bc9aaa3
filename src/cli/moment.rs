//! Instants as people write them.

use anyhow::{Context, bail};
use jiff::Timestamp;

/// An instant that an option gives: `now`, Unix seconds, or a time such as
/// 2026-01-31T12:00:00Z.
pub(super) fn instant(option: &str, text: &str, now: Timestamp) -> anyhow::Result<Timestamp> {
    if text == "now" {
        return Ok(now);
    }
    let seconds: Option<i64> = text.parse().ok();
    let at = match seconds {
        Some(seconds) => Timestamp::from_second(seconds).ok(),
        None => text.parse().ok(),
    };
    at.with_context(|| {
        format!("{option}: `{text}` is no time: write 2026-01-31T12:00:00Z, Unix seconds, or `now`")
    })
}

/// The same, where nothing is known of the future yet.
pub(super) fn past(option: &str, text: &str) -> anyhow::Result<Timestamp> {
    let now = Timestamp::now();
    let at = instant(option, text, now)?;
    if at > now {
        bail!("{option}: nobody knows yet what will be at {at}");
    }
    Ok(at)
}
