//! When the past of a world begins, and when it becomes the present.

use std::time::{SystemTime, UNIX_EPOCH};

/// Seconds.
pub(crate) const MINUTE: u64 = 60;
pub(crate) const HOUR: u64 = 60 * MINUTE;
pub(crate) const DAY: u64 = 24 * HOUR;
/// How long the metrics go on after the past: longer than any test.
pub(crate) const AHEAD: u64 = HOUR;

/// The minute in which a world is made, in Unix seconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock {
    pub(crate) now: u64,
}

impl Clock {
    pub(crate) fn new() -> Self {
        Self {
            now: unix_now() / MINUTE * MINUTE,
        }
    }

    /// The minute that begins at this second.
    pub(crate) fn moment(self, unix: u64) -> Moment {
        Moment {
            unix,
            ago: self.now.cast_signed() - unix.cast_signed(),
        }
    }
}

/// A minute of a story.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment {
    /// When it begins.
    pub(crate) unix: u64,
    /// The same in seconds before the world was made; negative in its future.
    pub(crate) ago: i64,
}

impl Moment {
    /// Whether it lies between these many seconds before the world was made.
    pub(crate) fn is_within(self, from: u64, to: u64) -> bool {
        self.ago <= from.cast_signed() && self.ago > to.cast_signed()
    }

    /// Since this many seconds before the world was made, and from then on.
    pub(crate) fn is_since(self, ago: u64) -> bool {
        self.ago <= ago.cast_signed()
    }

    /// Day and night: 1 at 14:00 UTC, a fifth of it at 02:00.
    pub(crate) fn daytime(self) -> f64 {
        let of_day = seconds((self.unix + DAY - 2 * HOUR) % DAY) / seconds(DAY);
        0.2 + 0.4 * (1.0 - (of_day * std::f64::consts::TAU).cos())
    }

    /// A number from 0 to 1 that looks random and is the same whenever it is asked for.
    pub(crate) fn chance(self, seed: u64) -> f64 {
        let mut bits = (self.unix / MINUTE) ^ seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        for multiplier in [0xbf58_476d_1ce4_e5b9, 0x94d0_49bb_1331_11eb] {
            bits = (bits ^ (bits >> 30)).wrapping_mul(multiplier);
        }
        seconds((bits ^ (bits >> 31)) >> 12) / seconds(1 << 52)
    }
}

pub(crate) fn unix_now() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    now.as_secs()
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
pub(crate) const fn seconds(whole: u64) -> f64 {
    whole as f64
}
