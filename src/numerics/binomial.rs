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
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Chance {
    /// Of p and its complement, whichever is at most a half: 1 minus it, and its odds.
    stay: f64,
    odds: f64,
    flipped: bool,
}

impl Chance {
    /// `probability` is cut to 0 to 1.
    #[inline]
    pub fn new(probability: f64) -> Chance {
        let probability = probability.clamp(0.0, 1.0);
        let flipped = probability > 0.5;
        let event = if flipped { 1.0 - probability } else { probability };
        let stay = 1.0 - event;
        Chance { stay, odds: event / stay, flipped }
    }
}

/// The quantile of Binomial(`children`, `chance`) at `uniform`, for at most [`BLOCK`] children.
#[inline]
pub fn binomial_quantile(children: u32, chance: &Chance, uniform: f64) -> u32 {
    debug_assert!(children <= BLOCK);
    if chance.flipped {
        // k = n − j where j counts the children the event misses.
        children - count_up(children, chance, 1.0 - uniform)
    } else {
        count_up(children, chance, uniform)
    }
}

#[inline]
fn count_up(children: u32, chance: &Chance, uniform: f64) -> u32 {
    let mut term = power(chance.stay, children);
    let mut sum = term;
    let mut k = 0;
    while uniform > sum && k < children {
        term *= f64::from(children - k) * RECIPROCAL[k as usize + 1] * chance.odds;
        sum += term;
        k += 1;
    }
    k
}

/// `base` to a whole power by repeated squaring.
#[inline]
fn power(mut base: f64, mut exponent: u32) -> f64 {
    let mut result = 1.0;
    while exponent != 0 {
        if exponent & 1 == 1 {
            result *= base;
        }
        base *= base;
        exponent >>= 1;
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use statrs::distribution::{Binomial, DiscreteCDF};

    #[test]
    fn two_children_at_a_quarter_by_hand() {
        // F(0) = 9/16 = 0.5625, F(1) = 15/16 = 0.9375.
        let chance = Chance::new(0.25);
        assert_eq!(binomial_quantile(2, &chance, 0.56), 0);
        assert_eq!(binomial_quantile(2, &chance, 0.57), 1);
        assert_eq!(binomial_quantile(2, &chance, 0.93), 1);
        assert_eq!(binomial_quantile(2, &chance, 0.94), 2);
    }

    proptest! {
        #[test]
        fn is_the_quantile_of_an_independent_implementation(
            n in 1u32..=BLOCK, p in 0.001f64..0.999, u in 0.0001f64..0.9999,
        ) {
            let k = binomial_quantile(n, &Chance::new(p), u);
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
            let base = binomial_quantile(n, &Chance::new(p), u);
            prop_assert!(base <= n);
            prop_assert!(binomial_quantile(n, &Chance::new(p + more), u) >= base);
            prop_assert!(binomial_quantile(n + 1, &Chance::new(p), u) >= base);
        }
    }

    #[test]
    fn certain_and_impossible_events() {
        for n in [0, 1, 2, BLOCK] {
            assert_eq!(binomial_quantile(n, &Chance::new(0.0), 0.999_999), 0);
            assert_eq!(binomial_quantile(n, &Chance::new(1.0), 0.000_001), n);
        }
    }
}
