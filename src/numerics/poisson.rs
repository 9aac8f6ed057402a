//! Poisson draws by inversion of a uniform.
//!
//! X = min { k : F(k; λ) ≥ u } from f(0) = e^−λ and f(k+1)/f(k) = λ/(k+1). As for the binomial,
//! inversion is monotone in λ and so keeps scenarios paired.
//!
//! Where means go into thousands and one count more or less is nothing (referrals to a service), a single
//! uniform is inverted by the expansion of Cornish and Fisher: with z = Φ⁻¹(u),
//!   X ≈ ⌈λ + √λ·z + (z² − 1)/6 + (z − z³)/(72·√λ) − ½⌉.

use super::normal::normal_quantile;
use super::reciprocals;

const BLOCK: f64 = 64.0;

/// The terms of a mean of 64 fall to nothing long before 64 + 40 standard deviations.
const MOST: usize = 400;

/// Reciprocals: a multiplication is cheaper than a division in the inner loop.
const RECIPROCAL: [f64; MOST + 1] = reciprocals();

/// The quantile of Poisson(`mean`) at `uniform`, for any mean: exact up to 64, then within 1.
pub fn wide_poisson_quantile(mean: f64, uniform: f64) -> u32 {
    if mean <= BLOCK {
        return if mean > 0.0 { poisson_quantile(mean, uniform) } else { 0 };
    }
    let (z, root) = (normal_quantile(uniform), libm::sqrt(mean));
    let expansion = mean + root * z + (z * z - 1.0) / 6.0 + (z - z * z * z) / (72.0 * root);
    (expansion - 0.5).ceil().max(0.0) as u32
}

/// The quantile of Poisson(`mean`) at `uniform`, for a mean of at most 64.
pub fn poisson_quantile(mean: f64, uniform: f64) -> u32 {
    let mut term = libm::exp(-mean);
    let mut sum = term;
    let mut k = 0;
    while uniform > sum && k < MOST {
        k += 1;
        term *= mean * RECIPROCAL[k];
        sum += term;
    }
    k as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use statrs::distribution::{DiscreteCDF, Poisson};

    #[test]
    fn a_mean_of_one_by_hand() {
        // e^−1 = 0.3679; F(1) = 0.7358; F(2) = 0.9197.
        assert_eq!(poisson_quantile(1.0, 0.36), 0);
        assert_eq!(poisson_quantile(1.0, 0.37), 1);
        assert_eq!(poisson_quantile(1.0, 0.74), 2);
        assert_eq!(poisson_quantile(1.0, 0.92), 3);
    }

    proptest! {
        #[test]
        fn is_the_quantile_of_an_independent_implementation(
            mean in 0.01f64..64.0, u in 0.0001f64..0.9999,
        ) {
            let k = poisson_quantile(mean, u);
            let oracle = Poisson::new(mean).expect("valid mean");
            prop_assert!(oracle.cdf(u64::from(k)) >= u - 1e-9);
            if k > 0 {
                prop_assert!(oracle.cdf(u64::from(k) - 1) <= u + 1e-9);
            }
        }

        #[test]
        fn a_wide_quantile_is_within_one_of_an_independent_implementation(
            mean in 0.01f64..5_000.0, u in 0.0001f64..0.9999,
        ) {
            let k = u64::from(wide_poisson_quantile(mean, u));
            let oracle = Poisson::new(mean).expect("valid mean");
            prop_assert!(oracle.cdf(k + 1) >= u - 1e-9);
            prop_assert!(k < 2 || oracle.cdf(k - 2) <= u + 1e-9);
        }
    }
}
