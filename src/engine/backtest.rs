//! Forecasts from past Januaries, each fitted on what was known by then, beside what came.
//!
//! A job is one origin and one group of plans. It is given a panel cut off at its origin, so it has
//! no way to see anything later; outturns are looked up afterwards.

use std::ops::RangeInclusive;

use super::batch::Workers;
use crate::domain::panel::Panel;
use crate::fit::growth::fit_growth;
use crate::fit::growth_error::fit_error;
use crate::numerics::quantile::LEVELS;
use crate::numerics::robust::{quantile, sorted};
use crate::numerics::stream::{Mechanism, Streams};

/// What to forecast.
#[derive(Clone, Debug, PartialEq)]
pub struct Origins {
    pub origins: RangeInclusive<u16>,
    /// Years ahead.
    pub horizon: usize,
    pub replicates: u32,
    pub seed: u64,
}

/// One forecast whose outturn is known.
#[derive(Clone, Debug, PartialEq)]
pub struct Forecast {
    pub area: usize,
    pub group: usize,
    pub origin: u16,
    pub horizon: usize,
    pub actual: f64,
    /// The central value, and the simulated futures.
    pub principal: f64,
    pub mean: f64,
    /// At [`LEVELS`]: the ends of the 90, 80 and 50 % intervals and the median.
    pub quantiles: [f64; LEVELS.len()],
    /// Continuous ranked probability score of the futures, in plans.
    pub crps: f64,
    /// The last value, and the straight line through the first and the last.
    pub naive: f64,
    pub drift: f64,
    /// Whether the area's series is whole from the first January of the panel to the last.
    pub whole: bool,
}

/// All forecasts that can be made and scored, by group, then origin, area and horizon.
pub fn run_backtest(workers: &Workers, panel: &Panel, plan: &Origins, advance: &(dyn Fn() + Sync)) -> Vec<Forecast> {
    let groups = 0..panel.groups.len();
    let jobs = groups.flat_map(|group| plan.origins.clone().map(move |origin| (group, origin))).collect();
    let parts = workers.map_in_order(jobs, |(group, origin)| {
        let forecasts = forecast_from(panel, group, origin, plan);
        advance();
        forecasts
    });
    parts.into_iter().flatten().collect()
}

fn forecast_from(panel: &Panel, group: usize, origin: u16, plan: &Origins) -> Vec<Forecast> {
    let known = panel.known_by(origin);
    let (Some(growth), Some(error)) = (fit_growth(&known, group), fit_error(&known, group)) else {
        return Vec::new();
    };
    let whole = panel.whole_until(panel.last());
    let plans = &panel.groups[group].plans;
    let held = panel.at(plans, origin);
    let mut forecasts = Vec::new();
    for (area, held) in held.iter().copied().enumerate().filter(|(_, held)| *held > 0.0) {
        for horizon in 1..=plan.horizon.min(usize::from(panel.last() - origin)) {
            let actual = panel.at(plans, origin + horizon as u16)[area];
            let centre = growth.log_plans(area, horizon);
            let settled = actual > 0.0 && centre.is_finite();
            if !settled {
                continue;
            }
            let futures = sorted((1..=plan.replicates).map(|replicate| {
                // One draw for all years of a future: what is wrong at first grows.
                let unit = (group * panel.areas.len() + area) as u32;
                let uniform = Streams::new(plan.seed, replicate).uniform(Mechanism::GrowthError, origin, unit, 0);
                libm::exp(centre + error.at(uniform, held, horizon))
            }));
            forecasts.push(Forecast {
                area,
                group,
                origin,
                horizon,
                actual,
                principal: libm::exp(centre),
                mean: futures.iter().sum::<f64>() / futures.len() as f64,
                quantiles: LEVELS.map(|level| quantile(&futures, level)),
                crps: ranked_probability_score(&futures, actual),
                naive: held,
                drift: drift(panel, group, area, origin, horizon),
                whole: whole[area],
            });
        }
    }
    forecasts
}

/// The straight line through the first known January and the origin's.
fn drift(panel: &Panel, group: usize, area: usize, origin: u16, horizon: usize) -> f64 {
    let row = panel.groups[group].plans.row(area);
    let last = usize::from(origin - panel.first);
    let first = (0..last).find(|column| row[*column].is_finite());
    let slope = first.map_or(0.0, |first| (row[last] - row[first]) / (last - first) as f64);
    row[last] + slope * horizon as f64
}

/// E|X − y| − E|X − X′|/2 over equally likely futures in order (Gneiting and Raftery, 2007).
fn ranked_probability_score(futures: &[f64], actual: f64) -> f64 {
    let count = futures.len() as f64;
    let distance = futures.iter().map(|x| (x - actual).abs()).sum::<f64>() / count;
    let spread = futures.iter().enumerate().map(|(rank, x)| (2.0 * rank as f64 + 1.0 - count) * x).sum::<f64>();
    distance - spread / (count * count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_score_of_two_futures_by_hand() {
        // |1−2| and |4−2|: mean 1.5. Pairs: |1−4| twice of four, mean 1.5, half of it 0.75.
        assert!((ranked_probability_score(&[1.0, 4.0], 2.0) - 0.75).abs() < 1e-12);
        assert_eq!(ranked_probability_score(&[3.0], 5.0), 2.0);
    }
}
