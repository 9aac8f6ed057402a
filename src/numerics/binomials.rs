//! Binomial quantiles of several futures side by side.
//!
//! The inversion of [`super::binomial`], a future to each lane: lanes take their steps together until the last has
//! found its quantile.

use super::lanes::{Lanes, Number};
use super::reciprocals;

/// Most children that share one uniform. 0.5^511 is far above the smallest double.
pub const BLOCK: u32 = 511;

/// Reciprocals of 1 to [`BLOCK`]: a multiplication is cheaper than a division in the inner loop.
static RECIPROCAL: [f64; BLOCK as usize + 1] = reciprocals();

/// A probability p as its odds p/(1 − p), infinite where it is certain, and 1 − p where that is known already: where
/// nobody meets the event it need not be.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Odds<N> {
    odds: N,
    misses: Option<N>,
}

impl<N: Number> Odds<N> {
    #[inline(always)]
    pub fn new(odds: N) -> Odds<N> {
        Odds { odds, misses: None }
    }

    #[inline(always)]
    pub fn of_probability(probability: N) -> Odds<N> {
        let misses = N::splat(1.0) - probability;
        Odds { odds: probability / misses, misses: Some(misses) }
    }

    /// Works 1 − p out for many uses.
    #[inline(always)]
    pub fn worked_out(self) -> Odds<N> {
        Odds { misses: Some(self.misses()), ..self }
    }

    #[inline(always)]
    fn misses(self) -> N {
        let one = N::splat(1.0);
        match self.misses {
            Some(misses) => misses,
            None => one / (one + self.odds),
        }
    }

    #[inline(always)]
    pub fn probability(self) -> N {
        N::splat(1.0) - self.misses()
    }
}

/// The quantiles of Binomial(`children`, p) at `uniforms`, for at most [`BLOCK`] children each. Uniforms are 2⁻³³ or
/// more away from 0 and 1.
#[inline(always)]
pub fn binomial_quantiles(children: Lanes, odds: Odds<Lanes>, uniforms: Lanes) -> Lanes {
    let one = Lanes::splat(1.0);
    // (1 − p)^n is at least 1 − np, and the odds no less than p: often nobody meets the event.
    if !uniforms.exceeds(one - children * odds.odds) {
        return Lanes::default();
    }
    // Above a half, k = n − j where j counts the children the event misses.
    let likely = odds.odds.exceeds(one);
    let (mut event, mut misses, mut at) = (odds.odds, odds.misses(), uniforms);
    if likely {
        misses = odds.odds.if_above(one, one - misses, misses);
        at = odds.odds.if_above(one, one - uniforms, uniforms);
        event = odds.odds.if_above(one, one / odds.odds, odds.odds);
    }
    let found = invert(children, event, misses, at);
    if likely { odds.odds.if_above(one, children - found, found) } else { found }
}

/// Inversion from no event up; no odds above 1.
#[inline(always)]
fn invert(children: Lanes, odds: Lanes, misses: Lanes, uniforms: Lanes) -> Lanes {
    let (one, zero) = (Lanes::splat(1.0), Lanes::default());
    let mut term = power(misses, children);
    let (mut sum, mut left, mut events) = (term, children, zero);
    // A sum of all terms differs from 1 by far less than a uniform does: the steps end.
    for reciprocal in &RECIPROCAL[1..] {
        if !uniforms.exceeds(sum) {
            break;
        }
        events += uniforms.if_above(sum, one, zero);
        term = term * (left * Lanes::splat(*reciprocal) * odds);
        sum += term;
        left = left - one;
    }
    events + uniforms.if_above(sum, one, zero)
}

/// `base` to whole powers of at most [`BLOCK`], by repeated squaring.
#[inline(always)]
fn power(base: Lanes, exponent: Lanes) -> Lanes {
    // Beside 2⁵² a whole number stands in the last bits.
    let bits = exponent.map(
        #[inline(always)]
        |exponent| (exponent + WHOLE).to_bits(),
    );
    let (mut power, mut square) = (Lanes::splat(1.0), base);
    for place in 0..=BLOCK.ilog2() {
        let factor = bits.zip(
            square,
            #[inline(always)]
            |bits, square| if bits >> place & 1 == 1 { square } else { 1.0 },
        );
        power = power * factor;
        square = square * square;
    }
    power
}

/// 2⁵².
const WHOLE: f64 = 4_503_599_627_370_496.0;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numerics::binomial::binomial_quantile;
    use crate::numerics::lanes::{LANES, SideBySide, run_one_by_one, run_side_by_side};
    use crate::numerics::stream::{Mechanism, Streams, unit_of_word};
    use proptest::prelude::*;
    use statrs::distribution::{Binomial, DiscreteCDF};

    #[derive(Clone, Copy)]
    struct Quantiles(Lanes, Lanes, Lanes);

    impl SideBySide for Quantiles {
        type Output = Lanes;

        #[inline(always)]
        fn run(self) -> Lanes {
            binomial_quantiles(self.0, Odds::new(self.1), self.2)
        }
    }

    #[test]
    fn two_children_at_a_quarter_by_hand() {
        // F(0) = 9/16 = 0.5625, F(1) = 15/16 = 0.9375; at three quarters F(0) = 1/16, F(1) = 7/16.
        let uniforms = [0.56, 0.57, 0.93, 0.94, 0.06, 0.07, 0.43, 0.44];
        let odds = Lanes::of_lanes(|lane| if lane % 8 < 4 { 1.0 / 3.0 } else { 3.0 });
        let uniforms = Lanes::of_lanes(|lane| uniforms[lane % 8]);
        let events = run_side_by_side(Quantiles(Lanes::splat(2.0), odds, uniforms));
        assert_eq!(events.0[..8], [0.0, 1.0, 1.0, 2.0, 0.0, 1.0, 1.0, 2.0]);
    }

    #[test]
    fn nobody_the_impossible_and_the_certain() {
        let children = [0.0, 64.0, 64.0, 64.0, 64.0, 0.0, 1.0, 1.0];
        let odds = [0.3, 0.0, 0.0, f64::INFINITY, f64::INFINITY, f64::INFINITY, 1e12, 1e-12];
        let low = unit_of_word(0);
        let high = unit_of_word(u32::MAX);
        let uniforms = [high, low, high, low, high, high, 0.5, 0.5];
        let lanes = |numbers: [f64; 8]| Lanes::of_lanes(|lane| numbers[lane % 8]);
        let events = run_side_by_side(Quantiles(lanes(children), lanes(odds), lanes(uniforms)));
        assert_eq!(events.0[..8], [0.0, 0.0, 0.0, 64.0, 64.0, 0.0, 1.0, 0.0]);
    }

    /// Cells as a year has them, and harder ones: as one at a time, and in registers of any width.
    #[test]
    fn lanes_are_those_had_one_by_one() {
        let streams = Streams::new(5, 1);
        let word = |unit: usize, lane: usize| streams.words(Mechanism::Fate, 2030, unit as u32, lane as u32);
        for unit in 0..2000 {
            let children = Lanes::of_lanes(|lane| f64::from(word(unit, lane)[0] % (1 << (unit % 7))));
            let odds = Lanes::of_lanes(|lane| {
                let [.., a, b] = word(unit, lane).map(unit_of_word);
                if unit % 50 == lane { 1e9 } else { a / b * 0.2 }
            });
            let uniforms = Lanes::of_lanes(|lane| unit_of_word(word(unit, lane)[1]));
            let quantiles = Quantiles(children, odds, uniforms);
            let found = run_side_by_side(quantiles);
            assert_eq!(found, run_one_by_one(quantiles));
            for lane in 0..LANES {
                let (children, odds) = (children.lane(lane), odds.lane(lane));
                let alone = binomial_quantile(children as u32, odds / (1.0 + odds), uniforms.lane(lane));
                assert_eq!(found.lane(lane), f64::from(alone), "{children} children at odds of {odds}");
            }
        }
    }

    proptest! {
        #[test]
        fn is_the_quantile_of_an_independent_implementation(
            n in 1u32..=BLOCK, odds in 0.001f64..99.0, u in 0.0001f64..0.9999,
        ) {
            let lanes = Quantiles(Lanes::splat(f64::from(n)), Lanes::splat(odds), Lanes::splat(u));
            let oracle = Binomial::new(odds / (1.0 + odds), u64::from(n)).expect("valid parameters");
            let k = run_side_by_side(lanes).lane(3) as u64;
            prop_assert!(oracle.cdf(k) >= u - 1e-9);
            if k > 0 {
                prop_assert!(oracle.cdf(k - 1) <= u + 1e-9);
            }
        }

        #[test]
        fn more_children_or_higher_odds_never_give_fewer(
            n in 0u32..BLOCK, odds in 0.0f64..9.0, more in 1.0f64..4.0, u in 0.0001f64..0.9999,
        ) {
            let n = f64::from(n);
            let children = Lanes::of_lanes(|lane| if lane == 2 { n + 1.0 } else { n });
            let odds = Lanes::of_lanes(|lane| if lane == 1 { odds * more } else { odds });
            let events = run_side_by_side(Quantiles(children, odds, Lanes::splat(u))).0;
            prop_assert!(events[0] <= n && events[1] >= events[0] && events[2] >= events[0]);
        }
    }
}
