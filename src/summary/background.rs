//! What stands behind the totals: their whole distribution, what moves them, and who moves between settings.

use serde::{Deserialize, Serialize};

use super::money_series::{MoneyKeys, Priced, money_percentiles};
use super::series::Series;
use crate::engine::batch::{EngineError, Shard, run_principal};
use crate::engine::layout::Layout;
use crate::model::money::MoneyModel;
use crate::model::parameters::Prepared;
use crate::numerics::quantile::percentiles_sorted;
use crate::scenario::effects::YearEffects;

/// All of it for a scenario.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Background {
    /// Of all plans, and of those in each setting, at each census.
    pub plans: Vec<PlanPercentiles>,
    /// Of costs, where there are prices: percentiles 1 to 99.
    pub money: Vec<(MoneyKeys, Vec<f64>)>,
    /// By census.
    pub causes: Vec<Causes>,
    /// Expected movers by year, each a table of settings left × settings gone to.
    pub moves: Vec<Vec<f64>>,
}

/// Percentiles 1 to 99 of plans at a January.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlanPercentiles {
    pub year: u16,
    /// Number of the setting; `None` for all.
    pub setting: Option<usize>,
    pub values: Vec<f64>,
}

/// Expected plans at a census had neither, one or both of population and prevalence moved since the base.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Causes {
    pub neither: f64,
    pub population_only: f64,
    pub prevalence_only: f64,
    pub both: f64,
}

impl Causes {
    /// By census, of rates with both causes, prevalence only, population only, and neither.
    pub fn of_run(layout: Layout, rates: [&Prepared; 4], effects: &[YearEffects]) -> Result<Vec<Causes>, EngineError> {
        let mut totals = Vec::new();
        for prepared in rates {
            let row = run_principal(prepared, effects)?;
            let total = |census: usize| row[layout.stock_ages(census)].iter().sum::<f64>();
            totals.push((0..=layout.years).map(total).collect::<Vec<f64>>());
        }
        let of_census = |census: usize| Causes {
            both: totals[0][census],
            prevalence_only: totals[1][census],
            population_only: totals[2][census],
            neither: totals[3][census],
        };
        Ok((0..=layout.years).map(of_census).collect())
    }
}

impl Background {
    pub fn of(
        series: Series,
        draws: &Shard,
        causes: Vec<Causes>,
        moves: Vec<Vec<f64>>,
        money: Option<(&MoneyModel, Priced)>,
    ) -> Background {
        let money = money.map_or_else(Vec::new, |(model, priced)| money_percentiles(model, priced));
        Background { plans: plan_percentiles(series, draws), money, causes, moves }
    }
}

fn plan_percentiles(series: Series, draws: &Shard) -> Vec<PlanPercentiles> {
    let Layout { shape, years, .. } = series.layout;
    let mut percentiles = Vec::new();
    for census in 0..=years {
        // Settings one after the other, then all.
        let mut columns: Vec<Vec<u32>> = vec![Vec::with_capacity(draws.count()); shape.settings + 1];
        for row in draws.rows() {
            let mut held = vec![0; shape.settings];
            for age in row[series.layout.stock_ages(census)].chunks_exact(shape.settings) {
                held.iter_mut().zip(age).for_each(|(held, plans)| *held += plans);
            }
            let all = held.iter().sum();
            columns.iter_mut().zip(held.into_iter().chain([all])).for_each(|(column, plans)| column.push(plans));
        }
        for (place, mut column) in columns.into_iter().enumerate() {
            column.sort_unstable();
            let values = percentiles_sorted(&column, f64::from);
            let setting = (place < shape.settings).then_some(place);
            percentiles.push(PlanPercentiles { year: series.base + census as u16, setting, values });
        }
    }
    percentiles
}
