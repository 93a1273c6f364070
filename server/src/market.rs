//! Prices that wander.
//!
//! A price is a pure function of symbol and time: layers of smooth noise, each slower and larger than the one
//! before, which together look like a random walk. So nothing is stored, history reaches back at any interval,
//! and everybody sees the same market.

/// Time between the fixed values of the fastest layer.
const FASTEST_MS: u64 = 400;
const LAYERS: u32 = 13;
/// Size of the fastest layer, as a share of the price.
const AMPLITUDE: f64 = 0.000_8;

/// The price of a symbol at a time (milliseconds since 1970), to the cent.
pub fn price(symbol: &str, at: u64) -> f64 {
    let seed = symbol
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
    let base = 20.0 + (mix(seed) % 480) as f64;
    let drift: f64 = (0..LAYERS)
        .map(|layer| {
            AMPLITUDE
                * f64::from(layer).exp2().sqrt()
                * noise(seed ^ (u64::from(layer) << 56), at, FASTEST_MS << layer)
        })
        .sum();
    (base * drift.exp() * 100.0).round() / 100.0
}

/// Smooth noise between -1 and 1 with a fixed value each `step`.
fn noise(seed: u64, at: u64, step: u64) -> f64 {
    let index = at / step;
    let within = (at % step) as f64 / step as f64;
    let smooth = within * within * (3.0 - 2.0 * within);
    let value = |index: u64| (mix(seed ^ mix(index)) >> 11) as f64 / (1u64 << 52) as f64 - 1.0;
    value(index) * (1.0 - smooth) + value(index + 1) * smooth
}

/// The finaliser of splitmix64.
fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_790_000_000_000;

    #[test]
    fn the_market_is_the_same_for_everybody() {
        assert_eq!(price("TAUT", NOW), price("TAUT", NOW));
        assert_ne!(price("TAUT", NOW), price("LINE", NOW));
    }

    #[test]
    fn prices_move_but_do_not_jump() {
        let prices: Vec<f64> = (0..2_000).map(|n| price("TAUT", NOW + n * 250)).collect();
        let largest = prices
            .windows(2)
            .map(|p| (p[1] / p[0] - 1.0).abs())
            .fold(0.0, f64::max);
        assert!(
            largest > 0.000_1 && largest < 0.02,
            "largest step {largest}"
        );
        let (low, high) = prices
            .iter()
            .fold((f64::MAX, 0.0_f64), |(l, h), p| (l.min(*p), h.max(*p)));
        assert!(high / low > 1.005 && high / low < 2.0, "{low} to {high}");
    }
}
