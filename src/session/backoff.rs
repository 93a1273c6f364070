//! Full jitter: a delay is uniform between nothing and a window that doubles up to its cap.
//! The jitter comes after the cap and applies to the first retry too, so that a herd never meets again.

use super::Millis;

/// The window of retry `n`, from 0. Where the server said that it is going away, the first window is as wide as the second, so
/// that a server that went down is not stormed: see [`first_spread`].
pub(super) fn window_ms(initial_ms: Millis, max_ms: Millis, n: u32) -> Millis {
    // 2^20 times any sensible start is above any cap. No multiplication: one that saturates is long in wasm.
    let doublings = n.min(20);
    if initial_ms > max_ms >> doublings {
        max_ms
    } else {
        initial_ms << doublings
    }
}

/// Which retry's window a spread one has.
pub(super) fn first_spread(n: u32) -> u32 {
    n.max(1)
}

/// A uniform delay in `0..=window`.
pub(super) fn jitter(rng: &mut fastrand::Rng, window_ms: Millis) -> Millis {
    // Multiply and shift: uniform enough for windows far below 2^32, and no division in wasm.
    ((u64::from(rng.u32(..)) * (window_ms.min(u32::MAX.into()) + 1)) >> 32).min(window_ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_double_up_to_the_cap() {
        let windows: Vec<_> = (0..6).map(|n| window_ms(4_000, 30_000, n)).collect();
        assert_eq!(windows, [4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
        assert_eq!(window_ms(4_000, 30_000, u32::MAX), 30_000);
        assert_eq!(window_ms(u64::MAX, u64::MAX, 40), u64::MAX);
    }

    #[test]
    fn only_the_first_spread_window_is_doubled() {
        let windows = [0, 1, 2].map(|n| window_ms(4_000, 30_000, first_spread(n)));
        assert_eq!(windows, [8_000, 8_000, 16_000]);
    }

    #[test]
    fn jitter_fills_its_window_and_never_leaves_it() {
        let mut rng = fastrand::Rng::with_seed(7);
        let delays: Vec<_> = (0..100_000).map(|_| jitter(&mut rng, 1_000)).collect();
        assert_eq!(delays.iter().max(), Some(&1_000));
        assert_eq!(delays.iter().min(), Some(&0));
        let mean = delays.iter().sum::<u64>() as f64 / delays.len() as f64;
        assert!((mean - 500.0).abs() < 5.0, "mean {mean}");
    }

    #[test]
    fn two_seeds_give_two_delays() {
        let one = jitter(&mut fastrand::Rng::with_seed(1), 30_000);
        let two = jitter(&mut fastrand::Rng::with_seed(2), 30_000);
        assert_ne!(one, two);
    }
}
