//! Normal and gamma draws for uncertain parameters.
//!
//! Normal: by inversion. Gamma: Marsaglia and Tsang, "A simple method for generating gamma
//! variables" (2000), with the boost by u^(1/shape) below 1.
//! Written here over `libm`, not taken from a library, because a library's logarithm may differ
//! between platforms in the last bit and its values may change between releases.

use super::normal::normal_quantile;
use super::stream::Sequence;

/// A standard normal draw.
#[inline]
pub fn draw_normal(sequence: &mut Sequence) -> f64 {
    normal_quantile(sequence.draw_uniform())
}

/// A gamma draw with mean 1 and the coefficient of variation 1/√`shape`: how far a rate that was
/// estimated from `shape` events may lie from its estimate. An infinite shape gives 1.
pub fn draw_gamma_mean_one(sequence: &mut Sequence, shape: f64) -> f64 {
    debug_assert!(shape > 0.0);
    if shape.is_infinite() {
        return 1.0;
    }
    draw_gamma(sequence, shape) / shape
}

/// e^(σZ − σ²/2): a log-normal draw with mean 1.
pub fn draw_lognormal_mean_one(sequence: &mut Sequence, sd_log: f64) -> f64 {
    let normal = draw_normal(sequence);
    libm::exp(sd_log * normal - 0.5 * sd_log * sd_log)
}

fn draw_gamma(sequence: &mut Sequence, shape: f64) -> f64 {
    if shape < 1.0 {
        let boost = libm::pow(sequence.draw_uniform(), 1.0 / shape);
        return draw_gamma(sequence, shape + 1.0) * boost;
    }
    let d = shape - 1.0 / 3.0;
    let c = 1.0 / libm::sqrt(9.0 * d);
    loop {
        let normal = draw_normal(sequence);
        let root = 1.0 + c * normal;
        if root <= 0.0 {
            continue;
        }
        let v = root * root * root;
        let uniform = sequence.draw_uniform();
        // A bound without logarithms settles nearly all draws.
        let square = normal * normal;
        if uniform < 1.0 - 0.0331 * square * square {
            return d * v;
        }
        if libm::log(uniform) < 0.5 * square + d - d * v + d * libm::log(v) {
            return d * v;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numerics::stream::{Mechanism, Streams};
    use statrs::distribution::{ContinuousCDF, Gamma, Normal};

    fn sequence() -> Sequence {
        Streams::new(11, 1).sequence(Mechanism::Parameters, 0)
    }

    /// Largest gap between the empirical and the true distribution function (Kolmogorov–Smirnov).
    fn largest_gap(mut draws: Vec<f64>, cdf: impl Fn(f64) -> f64) -> f64 {
        draws.sort_by(f64::total_cmp);
        let count = draws.len() as f64;
        draws.iter().enumerate().map(|(rank, x)| (cdf(*x) - (rank as f64 + 0.5) / count).abs()).fold(0.0, f64::max)
    }

    // With 20,000 draws the gap passes 0.0138 once in a thousand seeds.
    const BOUND: f64 = 0.0138;

    #[test]
    fn normals_follow_the_normal_distribution() {
        let mut sequence = sequence();
        let draws = (0..20_000).map(|_| draw_normal(&mut sequence)).collect();
        let oracle = Normal::new(0.0, 1.0).expect("valid");
        assert!(largest_gap(draws, |x| oracle.cdf(x)) < BOUND);
    }

    #[test]
    fn gammas_follow_the_gamma_distribution_with_mean_one() {
        for shape in [0.4, 1.0, 3.0, 80.0] {
            let mut sequence = sequence();
            let draws = (0..20_000).map(|_| draw_gamma_mean_one(&mut sequence, shape)).collect();
            let oracle = Gamma::new(shape, shape).expect("valid");
            assert!(largest_gap(draws, |x| oracle.cdf(x)) < BOUND, "shape {shape}");
        }
    }
}
