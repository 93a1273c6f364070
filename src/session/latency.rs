//! Round trips of pings: the last ones for percentiles, a smoothed one for the pong deadline.

use super::Millis;

/// A pong is waited for at least this long, however quick the peer has been.
const MIN_DEADLINE_MS: Millis = 2_000;
/// And at most this long, however slow.
const MAX_DEADLINE_MS: Millis = 10_000;
/// Round trips kept for the percentiles.
const KEPT: usize = 64;

/// The round trips measured so far.
#[derive(Clone, Debug)]
pub(super) struct Latency {
    recent: [u32; KEPT],
    measured: usize,
    smoothed: u32,
    deviation: u32,
}

impl Latency {
    pub(super) const fn new() -> Self {
        Latency {
            recent: [0; KEPT],
            measured: 0,
            smoothed: 0,
            deviation: 0,
        }
    }

    pub(super) fn record(&mut self, round_trip_ms: Millis) {
        let sample = round_trip_ms.min(u32::MAX.into()) as u32;
        // The estimator of RFC 6298, section 2.
        if self.measured == 0 {
            self.smoothed = sample;
            self.deviation = sample / 2;
        } else {
            let error = self.smoothed.abs_diff(sample);
            self.deviation = self.deviation - self.deviation / 4 + error / 4;
            self.smoothed = self.smoothed - self.smoothed / 8 + sample / 8;
        }
        self.recent[self.measured % KEPT] = sample;
        self.measured += 1;
    }

    /// How long a pong is waited for: 2 to 10 s, by what the peer has needed so far.
    pub(super) fn pong_deadline_ms(&self) -> Millis {
        if self.measured == 0 {
            return MAX_DEADLINE_MS;
        }
        let expected = u64::from(self.smoothed) + 4 * u64::from(self.deviation);
        expected.clamp(MIN_DEADLINE_MS, MAX_DEADLINE_MS)
    }

    pub(super) fn last_ms(&self) -> Option<u32> {
        Some(self.recent[self.measured.checked_sub(1)? % KEPT])
    }

    /// The round trip that `percent` of the last 64 did not exceed.
    pub(super) fn percentile_ms(&self, percent: usize) -> Option<u32> {
        let known = self.recent.get(..self.measured.min(KEPT))?;
        // Selection by counting: no sort, whose code would be the larger part of this file in wasm.
        let rank = (known.len() * percent).div_ceil(100);
        let mut found = None;
        for &candidate in known {
            let mut covers = 0;
            for &other in known {
                covers += usize::from(other <= candidate);
            }
            if covers >= rank && found.is_none_or(|it| candidate < it) {
                found = Some(candidate);
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_deadline_is_ten_seconds_until_something_was_measured() {
        assert_eq!(Latency::new().pong_deadline_ms(), 10_000);
    }

    #[test]
    fn the_deadline_follows_the_round_trip_between_two_and_ten_seconds() {
        let mut quick = Latency::new();
        quick.record(30);
        assert_eq!(quick.pong_deadline_ms(), 2_000);
        let mut slow = Latency::new();
        slow.record(1_500);
        assert_eq!(slow.pong_deadline_ms(), 1_500 + 4 * 750);
        slow.record(60_000);
        assert_eq!(slow.pong_deadline_ms(), 10_000);
        for _ in 0..100 {
            slow.record(20);
        }
        assert_eq!(slow.pong_deadline_ms(), 2_000);
    }

    #[test]
    fn percentiles_are_of_the_last_64() {
        let mut latency = Latency::new();
        assert_eq!((latency.percentile_ms(50), latency.last_ms()), (None, None));
        latency.record(7);
        assert_eq!(
            (latency.percentile_ms(50), latency.percentile_ms(95)),
            (Some(7), Some(7))
        );
        for sample in 1..=1_000 {
            latency.record(sample);
        }
        assert_eq!(latency.percentile_ms(50), Some(968));
        assert_eq!(latency.percentile_ms(95), Some(997));
        assert_eq!(latency.last_ms(), Some(1_000));
    }
}
