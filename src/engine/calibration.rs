//! Makes an area's simulated futures follow the outlook that growth of many areas gives it.
//!
//! Two forecasts of all plans are at hand: the outlook, and the area's own joiners and leavers. New
//! plans of each of the first years are multiplied by r such that the principal projection stands
//! half-way between them in logs, and the multiplier of the last of these years stays. The spread of futures is brought to that of past
//! errors by one factor κ on the uncertainty of new plans: the squared half width of the 80 %
//! interval in logs is taken as V₀ + κ²·V₁, with V₀ (chance, leavers) and V₀ + V₁ simulated, and κ²
//! fits the outlook's over all its years. What settings and ages take of it stays the area's own.
//!
//! Evidence: January 2025 forecast from January 2024, 102 areas. Mean absolute error of all plans: the
//! area's own 4.2 %, three quarters of it 3.8, half 3.6, a quarter 3.5, the outlook alone 3.6; the two
//! err apart, and one year of one origin cannot tell the last three apart. 80 % intervals held 79 %
//! of outturns (67 % before they were brought to past errors).

use super::batch::{EngineError, Workers, run_principal, run_shard};
use super::layout::Layout;
use crate::domain::rates::{Outlook, Rates};
use crate::model::parameters::Prepared;
use crate::numerics::robust::{quantile, sorted};
use crate::scenario::effects::YearEffects;

/// New plans are never scaled further than this, either way; nor is their uncertainty.
const MOST: f64 = 3.0;
/// Weight of the area's own projection in the total.
const OWN_WEIGHT: f64 = 0.5;
/// Futures behind the spread, and their seed: not the user's, so that the spread is the same for all.
const FUTURES: u32 = 300;
const SEED: u64 = 80;

/// Rates laid out for the engine, following their outlook where they have one.
pub fn prepare(workers: &Workers, rates: &Rates) -> Result<Prepared, EngineError> {
    let mut prepared = Prepared::new(rates);
    if let Some(outlook) = &rates.outlook {
        follow_totals(&mut prepared, outlook)?;
        prepared.joiner_spread = match_spread(workers, &prepared, outlook)?;
    }
    Ok(prepared)
}

/// Sets the multipliers of new plans, year by year: all plans are linear in each year's.
fn follow_totals(prepared: &mut Prepared, outlook: &Outlook) -> Result<(), EngineError> {
    let own = totals(prepared, &run_principal(prepared, &baseline(prepared))?);
    for (year, (outlook, own)) in outlook.plans.iter().zip(own).enumerate() {
        let target = libm::exp(OWN_WEIGHT * libm::log(own) + (1.0 - OWN_WEIGHT) * libm::log(*outlook));
        let mut total_at = |multiplier: f64| -> Result<f64, EngineError> {
            prepared.new_plan_path[year] = multiplier;
            Ok(totals(prepared, &run_principal(prepared, &baseline(prepared))?)[year])
        };
        let (none, one) = (total_at(0.0)?, total_at(1.0)?);
        let multiplier = if one > none { (target - none) / (one - none) } else { 1.0 };
        prepared.new_plan_path[year..].fill(multiplier.clamp(1.0 / MOST, MOST));
    }
    Ok(())
}

fn match_spread(workers: &Workers, prepared: &Prepared, outlook: &Outlook) -> Result<f64, EngineError> {
    let years = outlook.half_width.len().min(prepared.years);
    let squares = |spread: f64| -> Result<Vec<f64>, EngineError> {
        let mut short = prepared.clone();
        (short.years, short.joiner_spread) = (years, spread);
        let draws = run_shard(workers, &short, &baseline(&short), SEED, 1..FUTURES + 1, &|| ())?;
        let futures: Vec<Vec<f64>> = draws.rows().map(|row| totals(&short, row)).collect();
        Ok((0..years)
            .map(|year| {
                let plans = sorted(futures.iter().map(|totals| totals[year]));
                let half = 0.5 * libm::log(quantile(&plans, 0.9) / quantile(&plans, 0.1));
                half * half
            })
            .collect())
    };
    let (without, with) = (squares(0.0)?, squares(1.0)?);
    let (mut wanted, mut added) = (0.0, 0.0);
    for ((half, without), with) in outlook.half_width.iter().zip(&without).zip(&with) {
        wanted += (half * half - without).max(0.0);
        added += (with - without).max(0.0);
    }
    Ok(if added > 0.0 { libm::sqrt(wanted / added).clamp(1.0 / MOST, MOST) } else { 1.0 })
}

fn baseline(prepared: &Prepared) -> Vec<YearEffects> {
    vec![YearEffects::default(); prepared.years]
}

/// All plans at each census after the base.
fn totals<T: Copy + Into<f64>>(prepared: &Prepared, row: &[T]) -> Vec<f64> {
    let layout = Layout { shape: prepared.shape, years: prepared.years };
    let total = |census| row[layout.stock_ages(census)].iter().map(|held| (*held).into()).sum();
    (1..=prepared.years).map(total).collect()
}
