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

use super::normal::normal_quantile;
use super::reciprocals;

/// Most children that share one uniform. 0.5^64 is far above the smallest double.
pub const BLOCK: u32 = 64;

/// Reciprocals of 1 to [`BLOCK`]: a multiplication is cheaper than a division in the inner loop.
const RECIPROCAL: [f64; BLOCK as usize + 1] = reciprocals();

/// The quantile of Binomial(`children`, `probability`) at `uniform`, for at most [`BLOCK`] children.
#[inline]
pub fn binomial_quantile(children: u32, probability: f64, uniform: f64) -> u32 {
    debug_assert!(children <= BLOCK && (0.0..=1.0).contains(&probability));
    // (1 − p)^n is at least 1 − np (Bernoulli): most cells see no event, and are done here.
    if uniform <= 1.0 - f64::from(children) * probability {
        return 0;
    }
    // For one child the bound is exact.
    if children == 1 {
        return 1;
    }
    // Above a half, k = n − j where j counts the children the event misses.
    let flipped = probability > 0.5;
    let event = if flipped { 1.0 - probability } else { probability };
    let uniform = if flipped { 1.0 - uniform } else { uniform };
    let odds = event / (1.0 - event);
    let mut term = power(1.0 - event, children);
    let mut sum = term;
    let mut k = 0;
    while uniform > sum && k < children {
        term *= f64::from(children - k) * RECIPROCAL[k as usize + 1] * odds;
        sum += term;
        k += 1;
    }
    if flipped { children - k } else { k }
}

/// Variance from which on [`wide_binomial_quantile`] takes the normal distribution.
const WIDE: f64 = 25.0;

/// The quantile of Binomial(`children`, `probability`) at `uniform` for any number of children, where
/// a child more or less among dozens decides nothing: exact for up to [`BLOCK`] children; with a variance v
/// of 25 or more that of a normal distribution, corrected for its skewness γ (Cornish and Fisher):
///   x = np + √v·(z + γ·(z² − 1)/6) − ½, rounded up,  γ = (1 − 2p)/√v;
/// otherwise exact again, by inversion.
pub fn wide_binomial_quantile(children: u32, probability: f64, uniform: f64) -> u32 {
    if children <= BLOCK {
        return binomial_quantile(children, probability, uniform);
    }
    let (n, event) = (f64::from(children), probability.min(1.0 - probability));
    let variance = n * event * (1.0 - event);
    if variance < WIDE {
        let flipped = probability > 0.5;
        let uniform = if flipped { 1.0 - uniform } else { uniform };
        let k = invert(children, event, uniform);
        return if flipped { children - k } else { k };
    }
    let sd = libm::sqrt(variance);
    let z = normal_quantile(uniform);
    let skewed = z + (1.0 - 2.0 * probability) / sd * (z * z - 1.0) / 6.0;
    libm::ceil(n * probability + sd * skewed - 0.5).clamp(0.0, n) as u32
}

/// Inversion from 0 events up. With a variance below [`WIDE`] and an event no likelier than its opposite,
/// fewer than 51 are expected, so that (1 − p)^n is above the smallest double.
fn invert(children: u32, event: f64, uniform: f64) -> u32 {
    let odds = event / (1.0 - event);
    let mut term = libm::exp(f64::from(children) * libm::log1p(-event));
    let (mut sum, mut k) = (term, 0);
    while uniform > sum && k < children {
        term *= f64::from(children - k) / f64::from(k + 1) * odds;
        sum += term;
        k += 1;
    }
    k
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

    /// Between the exact quantiles a hundredth of the distribution away, and the exact one where it is small.
    #[test]
    fn many_children_are_met_to_a_hundredth_of_the_distribution() {
        for children in [65, 100, 700, 2100, 20_000] {
            for probability in [0.001, 0.02, 0.2, 0.5, 0.8, 0.99] {
                let exact = Binomial::new(probability, u64::from(children)).expect("a distribution");
                for step in 1..200 {
                    let uniform = f64::from(step) / 200.0 + 1e-4;
                    let found = u64::from(wide_binomial_quantile(children, probability, uniform));
                    let (low, high) = (
                        exact.inverse_cdf((uniform - 0.005).max(1e-9)),
                        exact.inverse_cdf((uniform + 0.005).min(1.0 - 1e-9)),
                    );
                    assert!(
                        (low..=high).contains(&found),
                        "{children} {probability} {uniform}: {found}, {low} to {high}"
                    );
                }
            }
        }
    }

    #[test]
    fn two_children_at_a_quarter_by_hand() {
        // F(0) = 9/16 = 0.5625, F(1) = 15/16 = 0.9375.
        assert_eq!(binomial_quantile(2, 0.25, 0.56), 0);
        assert_eq!(binomial_quantile(2, 0.25, 0.57), 1);
        assert_eq!(binomial_quantile(2, 0.25, 0.93), 1);
        assert_eq!(binomial_quantile(2, 0.25, 0.94), 2);
    }

    proptest! {
        #[test]
        fn is_the_quantile_of_an_independent_implementation(
            n in 1u32..=BLOCK, p in 0.001f64..0.999, u in 0.0001f64..0.9999,
        ) {
            let k = binomial_quantile(n, p, u);
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
            let base = binomial_quantile(n, p, u);
            prop_assert!(base <= n);
            prop_assert!(binomial_quantile(n, (p + more).min(1.0), u) >= base);
            prop_assert!(binomial_quantile(n + 1, p, u) >= base);
        }
    }

    #[test]
    fn certain_and_impossible_events() {
        for n in [0, 1, 2, BLOCK] {
            assert_eq!(binomial_quantile(n, 0.0, 0.999_999), 0);
            assert_eq!(binomial_quantile(n, 1.0, 0.000_001), n);
        }
    }
}
