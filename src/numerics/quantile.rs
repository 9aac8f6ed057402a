//! Quantiles of simulated counts.
//!
//! The quantile at p of n sorted draws is read at position p·(n−1) between its two neighbours
//! (Hyndman and Fan's type 7, the default of R, NumPy and Excel's PERCENTILE), so that an analyst
//! who recomputes one from the draws gets the same number.

use serde::{Deserialize, Serialize};

/// Mean, standard deviation and quantiles of one figure over the replicates.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    pub mean: f64,
    pub sd: f64,
    /// At [`LEVELS`].
    pub quantiles: [f64; LEVELS.len()],
}

impl Spread {
    /// The 80 % interval around the median: p10, p50 and p90.
    pub fn interval(&self) -> [f64; 3] {
        let [_, p10, _, p50, _, p90, _] = self.quantiles;
        [p10, p50, p90]
    }

    /// The spread of a figure in units that are `scale` times as large.
    pub fn in_units(self, scale: f64) -> Spread {
        if scale == 1.0 {
            return self;
        }
        let Spread { mean, sd, quantiles } = self;
        Spread { mean: mean / scale, sd: sd / scale, quantiles: quantiles.map(|q| q / scale) }
    }
}

/// The published quantiles: p05, p10, p25, p50, p75, p90, p95.
pub const LEVELS: [f64; 7] = [0.05, 0.10, 0.25, 0.50, 0.75, 0.90, 0.95];

/// Summarises draws of a figure; sorts `draws` in place. Zero everywhere for no draws.
pub fn summarise_spread(draws: &mut [i32]) -> Spread {
    sort_counts(draws);
    let sum: i64 = draws.iter().map(|d| i64::from(*d)).sum();
    let squares: i64 = draws.iter().map(|d| i64::from(*d) * i64::from(*d)).sum();
    spread_of_sorted(draws, i128::from(sum), i128::from(squares), f64::from)
}

/// The same of large whole numbers, such as pence.
pub fn summarise_large(draws: &mut [i64]) -> Spread {
    draws.sort_unstable();
    let sum: i128 = draws.iter().map(|d| i128::from(*d)).sum();
    let squares: i128 = draws.iter().map(|d| i128::from(*d) * i128::from(*d)).sum();
    spread_of_sorted(draws, sum, squares, |draw| draw as f64)
}

/// `sum` and `squares` are those of the draws. Exact in integers up to the division: no order of summation can change
/// a byte.
fn spread_of_sorted<T: Copy>(draws: &[T], sum: i128, squares: i128, value: impl Fn(T) -> f64) -> Spread {
    let n = draws.len() as i128;
    if n == 0 {
        return Spread { mean: 0.0, sd: 0.0, quantiles: [0.0; LEVELS.len()] };
    }
    let centred = n * squares - sum * sum;
    let sd = if n > 1 { libm::sqrt(centred as f64 / (n * (n - 1)) as f64) } else { 0.0 };
    let quantiles = LEVELS.map(|level| quantile_sorted(draws, level, &value));
    Spread { mean: sum as f64 / n as f64, sd, quantiles }
}

/// All whole percentiles, 1 to 99, of draws that are sorted; none for no draws.
pub fn percentiles_sorted<T: Copy>(sorted: &[T], value: impl Fn(T) -> f64) -> Vec<f64> {
    let percents = if sorted.is_empty() { 0..0 } else { 1..100 };
    percents.map(|percent| quantile_sorted(sorted, f64::from(percent) / 100.0, &value)).collect()
}

/// Sorts by counting where the draws lie close together, as most do: a few passes, no comparisons.
fn sort_counts(draws: &mut [i32]) {
    let least = draws.iter().copied().min().unwrap_or_default();
    let most = draws.iter().copied().max().unwrap_or_default();
    let width = most.abs_diff(least) as usize + 1;
    if width > CLOSE {
        draws.sort_unstable();
        return;
    }
    let mut times = [0_u32; CLOSE];
    draws.iter().for_each(|draw| times[draw.abs_diff(least) as usize] += 1);
    let mut place = 0;
    for (above, times) in times[..width].iter().enumerate() {
        let next = place + *times as usize;
        draws[place..next].fill(least + above as i32);
        place = next;
    }
}

/// Widest range that is sorted by counting: its table stays in the nearest cache.
const CLOSE: usize = 2048;

fn quantile_sorted<T: Copy>(sorted: &[T], level: f64, value: impl Fn(T) -> f64) -> f64 {
    let position = level * (sorted.len() - 1) as f64;
    let below = position as usize;
    let above = (below + 1).min(sorted.len() - 1);
    let weight = position - below as f64;
    let (low, high) = (value(sorted[below]), value(sorted[above]));
    low + weight * (high - low)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn five_draws_by_hand() {
        // Sorted 1 2 4 8 16: mean 6.2; p10 at position 0.4 is 1.4; p90 at 3.6 is 12.8.
        let spread = summarise_spread(&mut [8, 1, 16, 2, 4]);
        assert_eq!(spread.mean, 6.2);
        assert!((spread.quantiles[1] - 1.4).abs() < 1e-12);
        assert_eq!(spread.quantiles[3], 4.0);
        assert!((spread.quantiles[5] - 12.8).abs() < 1e-12);
        // Squared deviations 27.04 + 17.64 + 4.84 + 3.24 + 96.04 = 148.8, over 4 is 37.2.
        assert!((spread.sd - 37.2_f64.sqrt()).abs() < 1e-12);
    }

    #[test]
    fn large_numbers_have_the_spread_of_small_ones() {
        let small = summarise_spread(&mut [8, 1, 16, 2, 4]);
        assert_eq!(summarise_large(&mut [8, 1, 16, 2, 4]), small);
        let large = summarise_large(&mut [8, 1, 16, 2, 4].map(|draw| draw * 1_000_000_000_000_i64));
        assert!((large.sd / small.sd / 1e12 - 1.0).abs() < 1e-12);
        assert_eq!(summarise_large(&mut []).mean, 0.0);
    }

    proptest! {
        #[test]
        fn counting_sorts_as_comparing_does(
            close in prop::collection::vec(-700i32..900, 1..200), far in prop::collection::vec(any::<i32>(), 1..50),
        ) {
            for mut draws in [close, far] {
                let mut expected = draws.clone();
                expected.sort_unstable();
                sort_counts(&mut draws);
                prop_assert_eq!(draws, expected);
            }
        }
    }

    #[test]
    fn one_draw_has_no_spread() {
        let spread = summarise_spread(&mut [7]);
        assert_eq!((spread.mean, spread.sd), (7.0, 0.0));
        assert!(spread.quantiles.iter().all(|q| *q == 7.0));
    }
}
