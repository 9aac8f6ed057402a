//! Poisson quantiles of several futures side by side: the inversion of [`super::poisson`], a future to each lane.

use super::lanes::{Lanes, Number};
use super::reciprocals;

/// The largest mean that one uniform is inverted for. e^−512 is far above the smallest double.
pub const BLOCK: f64 = 512.0;

/// The terms of a mean of 512 fall to nothing long before 512 + 20 standard deviations.
const MOST: usize = 1000;

/// Reciprocals: a multiplication is cheaper than a division in the inner loop.
static RECIPROCAL: [f64; MOST + 1] = reciprocals();

/// The quantiles of Poisson(mean) at `uniforms`, for means of at most [`BLOCK`]. Uniforms are 2⁻³³ or
/// more away from 0 and 1.
#[inline(always)]
pub fn poisson_quantiles(means: Lanes, uniforms: Lanes) -> Lanes {
    let (one, zero) = (Lanes::splat(1.0), Lanes::default());
    // e^−λ is at least 1 − λ: where means are small, often nobody comes.
    if !uniforms.exceeds(one - means) {
        return zero;
    }
    let mut term = exp_of_minus(means);
    let (mut sum, mut events) = (term, zero);
    for reciprocal in &RECIPROCAL[1..] {
        if !uniforms.exceeds(sum) {
            break;
        }
        events += uniforms.if_above(sum, one, zero);
        term = term * (means * Lanes::splat(*reciprocal));
        sum += term;
    }
    events
}

/// e^−x for 0 ≤ x ≤ [`BLOCK`]: e^−x = 2^k·e^r with k whole and |r| ≤ ln 2 / 2, where the first terms of the series of e^r are
/// good to 1 in 10¹⁵.
#[inline(always)]
fn exp_of_minus(x: Lanes) -> Lanes {
    // Beside this number nothing is left behind the point.
    let whole = x.map(
        #[inline(always)]
        |x| (x * -std::f64::consts::LOG2_E + ROUNDING) - ROUNDING,
    );
    let rest = Lanes::default() - x - whole * Lanes::splat(LN_2_HIGH) - whole * Lanes::splat(LN_2_LOW);
    let mut series = Lanes::splat(SERIES[0]);
    for coefficient in &SERIES[1..] {
        series = series * rest + Lanes::splat(*coefficient);
    }
    // The exponent of a double, moved to its place.
    let scale = whole.map(
        #[inline(always)]
        |whole| f64::from_bits((whole + (ROUNDING + EXPONENT_OF_1)).to_bits() << 52),
    );
    series * scale
}

/// 1.5·2⁵².
const ROUNDING: f64 = 6_755_399_441_055_744.0;
const EXPONENT_OF_1: f64 = 1023.0;

/// The logarithm of 2 in two parts, of which the first has zeros enough that a small whole number times it is
/// exact.
const LN_2_HIGH: f64 = 0.693_147_180_369_123_8;
const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;

/// 1/13!, 1/12!, …, 1.
const SERIES: [f64; 14] = {
    let mut series = [1.0; 14];
    let mut k = 1;
    while k < 14 {
        let mut left = k;
        let mut factorial = 1.0;
        while left > 1 {
            factorial *= left as f64;
            left -= 1;
        }
        series[13 - k] = 1.0 / factorial;
        k += 1;
    }
    series
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numerics::lanes::{LANES, SideBySide, run_one_by_one, run_side_by_side};
    use crate::numerics::poisson::poisson_quantile;
    use crate::numerics::stream::unit_of_word;
    use statrs::distribution::{DiscreteCDF, Poisson};

    #[derive(Clone, Copy)]
    struct Quantiles(Lanes, Lanes);

    impl SideBySide for Quantiles {
        type Output = Lanes;

        #[inline(always)]
        fn run(self) -> Lanes {
            poisson_quantiles(self.0, self.1)
        }
    }

    #[test]
    fn a_mean_of_one_by_hand_and_of_none() {
        // e^−1 = 0.3679; F(1) = 0.7358; F(2) = 0.9197.
        let uniforms = [0.36, 0.37, 0.74, 0.92];
        let uniforms = Lanes::of_lanes(|lane| uniforms[lane % 4]);
        assert_eq!(run_side_by_side(Quantiles(Lanes::splat(1.0), uniforms)).0[..4], [0.0, 1.0, 2.0, 3.0]);
        assert!(run_side_by_side(Quantiles(Lanes::default(), uniforms)).is_zero());
    }

    #[test]
    fn the_exponential_is_that_of_the_library() {
        for step in 0..4000 {
            let x = f64::from(step) / 4000.0 * BLOCK;
            let (found, known) = (exp_of_minus(Lanes::splat(x)).lane(3), libm::exp(-x));
            assert!((found / known - 1.0).abs() < 2e-15, "{x}: {found}, not {known}");
        }
    }

    #[test]
    fn lanes_are_those_had_one_by_one() {
        for step in 0..2000 {
            let step = |lane: usize| f64::from(step * 16) + lane as f64;
            let means = Lanes::of_lanes(|lane| (step(lane) * 0.377).fract().powi(3) * 64.0);
            let uniforms = Lanes::of_lanes(|lane| (step(lane) * 0.618_034).fract().clamp(1e-9, 1.0 - 1e-9));
            let quantiles = Quantiles(means, uniforms);
            let found = run_side_by_side(quantiles);
            assert_eq!(found, run_one_by_one(quantiles), "registers of any width");
            for lane in 0..LANES {
                let alone = poisson_quantile(means.lane(lane), uniforms.lane(lane));
                assert_eq!(found.lane(lane), f64::from(alone), "{}", means.lane(lane));
            }
        }
    }

    #[test]
    fn a_uniform_next_to_one_is_met_in_the_end() {
        let means = Lanes::of_lanes(|lane| if lane == 0 { BLOCK } else { 1e-300 });
        let found = run_side_by_side(Quantiles(means, Lanes::splat(unit_of_word(u32::MAX))));
        assert!((620.0..700.0).contains(&found.lane(0)) && found.lane(1) == 0.0, "{found:?}");
    }

    #[test]
    fn is_the_quantile_of_an_independent_implementation() {
        for step in 0..500 {
            let (mean, uniform) = (f64::from(step) + 0.5, (f64::from(step) * 0.618_034).fract().clamp(1e-6, 0.999_999));
            let oracle = Poisson::new(mean).expect("valid mean");
            let found = run_side_by_side(Quantiles(Lanes::splat(mean), Lanes::splat(uniform))).lane(0) as u64;
            assert!(oracle.cdf(found) >= uniform - 1e-9, "{mean} at {uniform}: {found}");
            assert!(found == 0 || oracle.cdf(found - 1) <= uniform + 1e-9, "{mean} at {uniform}: {found}");
        }
    }
}
