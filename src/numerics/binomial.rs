//! Binomial draws by inversion of a uniform.
//!
//! X = min { k : F(k; n, p) ≥ u }, with F built up by the ratio of successive terms
//! f(k+1)/f(k) = (n−k)/(k+1) · p/(1−p). Inversion is chosen over rejection because it is monotone:
//! with the same u, more children or a higher probability never give fewer events, which is what
//! keeps scenarios paired. n is cut into blocks of [`BLOCK`] children with a uniform each, so that
//! (1−p)^n cannot underflow and the cost stays linear in n.
//!
//! Only + − × ÷ are used: the same bits on every platform. Rejected: alias tables (fastest, but
//! neither monotone nor able to take a probability that differs in each replicate).

/// Most children that share one uniform. 0.5^64 is far above the smallest double.
pub const BLOCK: u32 = 64;

/// Reciprocals of 1 to [`BLOCK`]: a multiplication is cheaper than a division in the inner loop.
const RECIPROCAL: [f64; BLOCK as usize + 1] = {
    let mut table = [0.0; BLOCK as usize + 1];
    let mut k = 1;
    while k <= BLOCK as usize {
        table[k] = 1.0 / k as f64;
        k += 1;
    }
    table
};

/// A probability with what inversion needs of it worked out once.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Odds {
    probability: f64,
    /// Of p and its complement, whichever is at most a half: 1 minus it, and its odds.
    stay: f64,
    odds: f64,
    flipped: bool,
}

impl Odds {
    /// `probability` is cut to 0 to 1.
    #[inline]
    pub fn new(probability: f64) -> Odds {
        let probability = probability.clamp(0.0, 1.0);
        let flipped = probability > 0.5;
        let event = if flipped { 1.0 - probability } else { probability };
        let stay = 1.0 - event;
        Odds { probability, stay, odds: event / stay, flipped }
    }

    pub fn probability(&self) -> f64 {
        self.probability
    }
}

/// A binomial draw and what is left of its uniform.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Inverted {
    pub events: u32,
    /// (u − F(k−1)) / f(k): uniform on 0 to 1 whatever k came out, so it can serve once more.
    pub rest: f64,
}

/// The quantile of Binomial(`children`, p) at `uniform`, for at most [`BLOCK`] children.
#[inline]
pub fn invert_binomial(children: u32, odds: &Odds, uniform: f64) -> Inverted {
    debug_assert!(children <= BLOCK);
    // k = n − j where j counts the children the event misses.
    let uniform = if odds.flipped { 1.0 - uniform } else { uniform };
    let mut term = power(odds.stay, children);
    let mut sum = term;
    let mut k = 0;
    while uniform > sum && k < children {
        term *= f64::from(children - k) * RECIPROCAL[k as usize + 1] * odds.odds;
        sum += term;
        k += 1;
    }
    let rest = 1.0 - ((sum - uniform) / term).clamp(0.0, 1.0);
    Inverted { events: if odds.flipped { children - k } else { k }, rest }
}

/// `base` to a power of at most [`BLOCK`], by repeated squaring without a branch: the exponent
/// differs from cell to cell, and a branch on its bits would be mispredicted half the time.
#[inline]
fn power(base: f64, exponent: u32) -> f64 {
    let factor = |bit: u32, power: f64| if exponent >> bit & 1 == 1 { power } else { 1.0 };
    let second = base * base;
    let fourth = second * second;
    let eighth = fourth * fourth;
    let low = factor(0, base) * factor(1, second) * (factor(2, fourth) * factor(3, eighth));
    if exponent < 16 {
        return low;
    }
    let p16 = eighth * eighth;
    let p32 = p16 * p16;
    low * factor(4, p16) * factor(5, p32) * factor(6, p32 * p32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use statrs::distribution::{Binomial, DiscreteCDF};

    #[test]
    fn two_children_at_a_quarter_by_hand() {
        // F(0) = 9/16 = 0.5625, F(1) = 15/16 = 0.9375.
        let odds = Odds::new(0.25);
        assert_eq!(invert_binomial(2, &odds, 0.56).events, 0);
        assert_eq!(invert_binomial(2, &odds, 0.57).events, 1);
        assert_eq!(invert_binomial(2, &odds, 0.93).events, 1);
        assert_eq!(invert_binomial(2, &odds, 0.94).events, 2);
    }

    proptest! {
        #[test]
        fn is_the_quantile_of_an_independent_implementation(
            n in 1u32..=BLOCK, p in 0.001f64..0.999, u in 0.0001f64..0.9999,
        ) {
            let k = invert_binomial(n, &Odds::new(p), u).events;
            let oracle = Binomial::new(p, u64::from(n)).expect("valid parameters");
            prop_assert!(oracle.cdf(u64::from(k)) >= u - 1e-9);
            if k > 0 {
                prop_assert!(oracle.cdf(u64::from(k) - 1) <= u + 1e-9);
            }
        }

        #[test]
        fn more_children_or_a_higher_probability_never_give_fewer(
            n in 0u32..BLOCK, p in 0.0f64..1.0, more in 0.0f64..0.3, u in 0.0001f64..0.9999,
        ) {
            let base = invert_binomial(n, &Odds::new(p), u).events;
            prop_assert!(base <= n);
            prop_assert!(invert_binomial(n, &Odds::new(p + more), u).events >= base);
            prop_assert!(invert_binomial(n + 1, &Odds::new(p), u).events >= base);
        }
    }

    #[test]
    fn what_is_left_of_a_uniform_is_uniform_whatever_the_count() {
        // 3 children at 0.3, a fine grid of uniforms: the rest has mean 1/2 at every count.
        for p in [0.3, 0.8] {
            let mut sums = [(0.0, 0.0); 4];
            for step in 0..200_000 {
                let drawn = invert_binomial(3, &Odds::new(p), (f64::from(step) + 0.5) / 200_000.0);
                let (sum, count) = &mut sums[drawn.events as usize];
                *sum += drawn.rest;
                *count += 1.0;
            }
            for (sum, count) in sums {
                assert!((sum / count - 0.5_f64).abs() < 1e-3, "{sum} over {count}");
            }
        }
    }

    #[test]
    fn certain_and_impossible_events() {
        for n in [0, 1, 2, BLOCK] {
            assert_eq!(invert_binomial(n, &Odds::new(0.0), 0.999_999).events, 0);
            assert_eq!(invert_binomial(n, &Odds::new(1.0), 0.000_001).events, n);
        }
    }
}
