//! Level and growth of new plans.
//!
//! Growth g is the slope of log new plans per resident over the last years (Poisson regression
//! with exposure), combined with the parent's slope by precision:
//! g = (g_own/s² + g_parent/τ²)/(1/s² + 1/τ²), s its overdispersed standard error, τ the spread of
//! slopes between areas. From the base year on it is damped: year h grows by g·φ^h.
//! The level is a discounted mean of recent years, each brought forward by g:
//! level = Σ δ^k J(b−1−k) / Σ δ^k E(b−1−k)·e^(−g·k).
//! Assumptions: φ, δ, τ (see `assumptions.csv`). Evidence: new plans of 99 LAs, 2019 to 2024.
//! Rejected: bringing counts forward by the area's own slope (mean absolute log error 1 year ahead
//! 23.8 %, 5 years 35.0 %, against 22.9 % and 33.2 %, 90 LAs, origins 2018 to 2023), pooling all history (forecasts low), the last year alone (late recording swings a
//! year by a fifth).

use crate::domain::assumption::{AssumptionKey, Assumptions};
use crate::numerics::regression::{Point, fit_log_trend};

/// New plans of one calendar year, and what the age profile would give at an unchanged level.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct YearOfJoiners {
    pub year: u16,
    pub count: f64,
    pub expected: f64,
}

/// Where new plans stand and how fast they grow.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trend {
    /// Factor on the age profile in the last year before the base census.
    pub level: f64,
    /// SD of the log level.
    pub level_error: f64,
    /// Log growth per year, and its standard error.
    pub growth: f64,
    pub growth_error: f64,
    /// The area's own slope before it was combined with the parent's.
    pub own_growth: f64,
}

/// Fits the trend to the years before `base`, latest first or last.
pub fn fit_trend(years: &[YearOfJoiners], base: u16, parent: Option<f64>, assumptions: &Assumptions) -> Trend {
    let spread = assumptions.value(AssumptionKey::TrendSpread);
    let discount = assumptions.value(AssumptionKey::LevelDiscount);
    let last = f64::from(base) - 1.0;
    let points: Vec<Point> =
        years.iter().map(|y| Point { t: f64::from(y.year) - last, count: y.count, exposure: y.expected }).collect();
    let own = fit_log_trend(&points);
    let own_growth = own.map_or(0.0, |t| t.slope);
    let own_precision = own.map_or(0.0, |t| 1.0 / (t.slope_error * t.slope_error));
    let parent_precision = if parent.is_some() { 1.0 / (spread * spread) } else { 0.0 };
    let precision = own_precision + parent_precision;
    let (growth, growth_error) = if precision > 0.0 {
        let pulled = own_growth * own_precision + parent.unwrap_or(0.0) * parent_precision;
        (pulled / precision, libm::sqrt(1.0 / precision))
    } else {
        (0.0, spread)
    };
    let (mut counts, mut expected, mut weights, mut squares, mut weighted_squares) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for point in &points {
        let weight = libm::pow(discount, -point.t);
        counts += weight * point.count;
        expected += weight * point.exposure * libm::exp(growth * point.t);
        weights += weight;
        squares += weight * weight;
        weighted_squares += weight * weight * point.count;
    }
    let level = if expected > 0.0 { counts / expected } else { 1.0 };
    let passing = assumptions.value(AssumptionKey::JoinerPassingShock);
    let effective = if weights > 0.0 { libm::sqrt(squares) / weights } else { 1.0 };
    // Var(Σ w·J)/(Σ w·J)², J Poisson.
    let chance = if counts > 0.0 { weighted_squares / (counts * counts) } else { 1.0 };
    let level_error = libm::sqrt(passing * passing * effective * effective + chance);
    Trend { level, level_error, growth, growth_error, own_growth }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn years(counts: &[f64]) -> Vec<YearOfJoiners> {
        let first = 2025 - counts.len() as u16;
        (first..).zip(counts).map(|(year, count)| YearOfJoiners { year, count: *count, expected: 100.0 }).collect()
    }

    #[test]
    fn steady_doubling_alone_is_its_own_growth() {
        let trend = fit_trend(&years(&[25.0, 50.0, 100.0, 200.0]), 2025, None, &Assumptions::with_defaults(vec![]));
        assert!((trend.growth - std::f64::consts::LN_2).abs() < 1e-6);
        assert!((trend.level - 2.0).abs() < 1e-6);
    }

    #[test]
    fn a_parent_pulls_by_precision() {
        let assumptions = Assumptions::with_defaults(vec![]);
        let flat = years(&[100.0, 100.0, 100.0, 100.0, 100.0, 100.0]);
        let trend = fit_trend(&flat, 2025, Some(0.10), &assumptions);
        // Own variance 1/(Σt² − (Σt)²/n)/100 = 1/(17.5 · 100), the parent's 0.05².
        let own = 17.5 * 100.0;
        let expected = 0.10 * 400.0 / (own + 400.0);
        assert!((trend.growth - expected).abs() < 1e-6, "{}", trend.growth);
        assert!(trend.growth_error < 0.05);
    }
}
