//! Least squares, and Poisson regression with exposure by iteratively reweighted least squares.
//!
//! log μᵢ = log eᵢ + xᵢ·β. Each step regresses the working response
//! zᵢ = xᵢβ + (yᵢ − μᵢ)/μᵢ on X with weights wᵢ = μᵢ, until β settles. The weighted least squares
//! inside is linfa's, on rows scaled by √w. linfa's own Tweedie regression is not used: at power 1
//! its deviance and gradient disagree, and it takes no exposure.
//! The variance is quasi-Poisson: dispersion Σ(y−μ)²/μ over the residual degrees of freedom, at
//! least 1, times (XᵀWX)⁻¹.
//!
//! linfa multiplies matrices with kernels chosen for the processor at hand, whose last bits may
//! differ between machines; coefficients are therefore rounded to nine decimals, far
//! below their standard errors, before anything is computed from them.

use linfa::Dataset;
use linfa::traits::Fit;
use linfa_linear::LinearRegression;
use ndarray::{Array1, Array2, Axis};

const DECIMALS: f64 = 1e9;
const STEPS: usize = 50;

/// log rate = `level` + `slope` · t, fitted to counts over time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LogTrend {
    /// Log rate at t = 0.
    pub level: f64,
    /// Change of the log rate per unit of t.
    pub slope: f64,
    /// Standard error of the slope, with overdispersion.
    pub slope_error: f64,
    /// Variance over mean of the counts around the trend, at least 1.
    pub dispersion: f64,
}

/// One count with its exposure at time `t`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    pub t: f64,
    pub count: f64,
    pub exposure: f64,
}

/// Fits a log-linear trend; `None` with fewer than three points of positive exposure, all counts
/// 0, or one single t.
pub fn fit_log_trend(points: &[Point]) -> Option<LogTrend> {
    let used: Vec<Point> = points.iter().copied().filter(|p| p.exposure > 0.0).collect();
    let total: f64 = used.iter().map(|p| p.count).sum();
    let exposure: f64 = used.iter().map(|p| p.exposure).sum();
    if used.len() < 3 || total <= 0.0 || used.iter().all(|p| p.t == used[0].t) {
        return None;
    }
    let mut beta = [libm::log(total / exposure), 0.0];
    for _ in 0..STEPS {
        let next = weighted_step(&used, beta)?;
        let change = (next[0] - beta[0]).abs() + (next[1] - beta[1]).abs();
        beta = next;
        if change < 1e-12 {
            break;
        }
    }
    let [level, slope] = beta.map(|b| (b * DECIMALS).round() / DECIMALS);
    let (slope_error, dispersion) = slope_uncertainty(&used, level, slope);
    Some(LogTrend { level, slope, slope_error, dispersion })
}

/// Least squares without intercept: one coefficient per column of `design`. A column of zeros has
/// the coefficient 0. `None` where the others cannot be told apart.
pub fn fit_linear(design: &Array2<f64>, response: &Array1<f64>) -> Option<Vec<f64>> {
    let used: Vec<usize> =
        (0..design.ncols()).filter(|column| design.column(*column).iter().any(|x| *x != 0.0)).collect();
    let mut coefficients = vec![0.0; design.ncols()];
    if used.is_empty() {
        return Some(coefficients);
    }
    let data = Dataset::new(design.select(Axis(1), &used), response.clone());
    let model = LinearRegression::new().with_intercept(false).fit(&data).ok()?;
    for (column, coefficient) in used.into_iter().zip(model.params()) {
        coefficients[column] = (coefficient * DECIMALS).round() / DECIMALS;
    }
    coefficients.iter().all(|c| c.is_finite()).then_some(coefficients)
}

fn weighted_step(points: &[Point], [level, slope]: [f64; 2]) -> Option<[f64; 2]> {
    let mut design = Array2::zeros((points.len(), 2));
    let mut response = Array1::zeros(points.len());
    for (row, point) in points.iter().enumerate() {
        let linear = level + slope * point.t;
        let mean = point.exposure * libm::exp(linear);
        let root = mean.sqrt();
        design[[row, 0]] = root;
        design[[row, 1]] = root * point.t;
        response[row] = root * (linear + (point.count - mean) / mean);
    }
    let model = LinearRegression::new().with_intercept(false).fit(&Dataset::new(design, response)).ok()?;
    Some([model.params()[0], model.params()[1]])
}

fn slope_uncertainty(points: &[Point], level: f64, slope: f64) -> (f64, f64) {
    let (mut s0, mut s1, mut s2, mut pearson) = (0.0, 0.0, 0.0, 0.0);
    for point in points {
        let mean = point.exposure * libm::exp(level + slope * point.t);
        s0 += mean;
        s1 += mean * point.t;
        s2 += mean * point.t * point.t;
        pearson += (point.count - mean) * (point.count - mean) / mean;
    }
    let dispersion = (pearson / (points.len() - 2) as f64).max(1.0);
    (libm::sqrt(dispersion * s0 / (s0 * s2 - s1 * s1)), dispersion)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_slopes_by_hand_and_a_column_of_nothing() {
        // y = 2·a − b exactly.
        let design = Array2::from_shape_vec((3, 3), vec![1.0, 0.0, 1.0, 0.0, 0.0, 1.0, 2.0, 0.0, 3.0]).expect("3 × 3");
        let slopes = fit_linear(&design, &Array1::from(vec![1.0, -1.0, 1.0])).expect("a solution");
        assert_eq!(slopes, vec![2.0, 0.0, -1.0]);
    }

    fn points(counts: &[f64]) -> Vec<Point> {
        counts.iter().enumerate().map(|(t, count)| Point { t: t as f64, count: *count, exposure: 100.0 }).collect()
    }

    #[test]
    fn doubling_counts_have_a_slope_of_log_two() {
        let trend = fit_log_trend(&points(&[10.0, 20.0, 40.0, 80.0])).expect("four points");
        assert!((trend.slope - std::f64::consts::LN_2).abs() < 1e-8);
        assert!((trend.level - (0.1f64).ln()).abs() < 1e-8);
        assert_eq!(trend.dispersion, 1.0);
    }

    #[test]
    fn solves_the_likelihood_equations() {
        // At the maximum Σ(y−μ) = 0 and Σt(y−μ) = 0: checked without the fitting code.
        let points = points(&[12.0, 9.0, 20.0, 31.0, 22.0, 40.0]);
        let trend = fit_log_trend(&points).expect("six points");
        let residual = |p: &Point| p.count - p.exposure * (trend.level + trend.slope * p.t).exp();
        assert!(points.iter().map(residual).sum::<f64>().abs() < 1e-4);
        assert!(points.iter().map(|p| p.t * residual(p)).sum::<f64>().abs() < 1e-3);
    }

    #[test]
    fn too_little_data_gives_no_trend() {
        assert_eq!(fit_log_trend(&points(&[1.0, 2.0])), None);
        assert_eq!(fit_log_trend(&points(&[0.0, 0.0, 0.0, 0.0])), None);
    }
}
