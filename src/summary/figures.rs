//! Figures of a scenario with their spread, and differences between paired replicates.

use serde::{Deserialize, Serialize};

use super::background::Background;
use super::money_series::MoneyFigure;
use super::series::{Block, Keys, Series};
use super::sufficiency::ProviderUse;
use super::timeliness::Future;
use crate::engine::batch::{Shard, Workers};
use crate::numerics::quantile::{Spread, summarise_spread};

/// One published figure.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    pub keys: Keys,
    pub principal: f64,
    pub spread: Spread,
}

impl Figure {
    /// Whether the figure is 0 in every replicate and in the principal projection.
    pub fn is_nothing(&self) -> bool {
        self.principal == 0.0 && self.spread.mean == 0.0 && self.spread.sd == 0.0
    }
}

/// All figures of one scenario.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScenarioFigures {
    pub scenario: String,
    /// What the scenario is by itself.
    pub figures: Vec<Figure>,
    /// Scenario less baseline, replicate by replicate; empty for the baseline.
    pub differences: Vec<Figure>,
    /// What is needed against what there is, where places are limited.
    pub sufficiency: Vec<Figure>,
    pub providers: Vec<ProviderUse>,
    /// What the scenario costs, and costs more than the baseline, where there are prices.
    pub money: Vec<MoneyFigure>,
    pub money_differences: Vec<MoneyFigure>,
    pub background: Background,
}

/// A scenario's draws and principal projection.
#[derive(Clone, Copy)]
pub struct Outcome<'a> {
    pub draws: &'a Shard,
    pub principal: &'a [f64],
}

/// Summarises a scenario, and its paired differences from the baseline where one is given.
pub fn summarise_scenario(
    workers: &Workers,
    scenario: &str,
    series: Series,
    outcome: Outcome,
    baseline: Option<Outcome>,
) -> ScenarioFigures {
    let parts = workers.map_in_order(series.blocks(), |block| {
        let draws = BlockDraws::collect(series, block, outcome);
        let keys = block.keys(series);
        let own = draws.summarise(&keys);
        (own, baseline.map(|baseline| draws.less(series, block, baseline).summarise(&keys)))
    });
    let mut figures = Vec::new();
    let mut differences = Vec::new();
    for (own, less) in parts {
        figures.extend(own);
        differences.extend(less.into_iter().flatten());
    }
    ScenarioFigures {
        scenario: scenario.to_string(),
        figures,
        differences,
        sufficiency: Vec::new(),
        providers: Vec::new(),
        money: Vec::new(),
        money_differences: Vec::new(),
        background: Background::default(),
    }
}

/// Every future of a figure, in the order of the futures.
#[derive(Clone, Debug, PartialEq)]
pub struct DrawnSeries {
    pub keys: Keys,
    pub draws: Vec<f64>,
}

/// All draws of a block's figures but those that are 0 in every future.
pub fn draws_of_block(series: Series, block: Block, outcome: Outcome) -> Vec<DrawnSeries> {
    let drawn = BlockDraws::collect(series, block, outcome);
    let keys = block.keys(series);
    let figures = drawn.draws.chunks_exact(drawn.replicates.max(1)).zip(keys);
    let told = figures.filter(|(draws, _)| draws.iter().any(|draw| *draw != 0));
    let series = |(draws, keys): (&[i32], Keys)| {
        let scale = keys.measure.scale();
        DrawnSeries { keys, draws: draws.iter().map(|draw| f64::from(*draw) / scale).collect() }
    };
    told.map(series).collect()
}

/// Replicates that are turned from rows into columns at a time: a cache line of counts each.
const TILE: usize = 16;

/// Draws of a block's figures, one after the other, with the principal values. Counts of a local
/// area or of England, and tenths of hours, fit 32 bits, which halves what a block takes while it is summarised.
struct BlockDraws {
    replicates: usize,
    draws: Vec<i32>,
    principal: Vec<f64>,
}

impl BlockDraws {
    fn collect(series: Series, block: Block, outcome: Outcome) -> BlockDraws {
        let mut principal = Vec::new();
        block.sum(series, Future::Principal, outcome.principal, &mut principal);
        let replicates = outcome.draws.count();
        let mut draws = BlockDraws { replicates, draws: vec![0; principal.len() * replicates], principal };
        draws.for_each_count(series, block, outcome.draws, |draw, count| *draw = count);
        draws
    }

    /// Takes another scenario's figures away, replicate by replicate.
    fn less(mut self, series: Series, block: Block, baseline: Outcome) -> BlockDraws {
        let mut principal = Vec::new();
        block.sum(series, Future::Principal, baseline.principal, &mut principal);
        self.principal.iter_mut().zip(&principal).for_each(|(own, baseline)| *own -= baseline);
        self.for_each_count(series, block, baseline.draws, |draw, count| *draw -= count);
        self
    }

    /// Meets every draw with the count of a shard's row, a tile of replicates at a time.
    fn for_each_count(&mut self, series: Series, block: Block, shard: &Shard, meet: impl Fn(&mut i32, i32)) {
        let mut sums: [Vec<u32>; TILE] = Default::default();
        let rows: Vec<&[u32]> = shard.rows().collect();
        for (tile, rows) in rows.chunks(TILE).enumerate() {
            for (place, (sums, row)) in sums.iter_mut().zip(rows).enumerate() {
                block.sum(series, Future::Replicate(tile * TILE + place), row, sums);
            }
            for figure in 0..self.principal.len() {
                let draws = &mut self.draws[figure * self.replicates + tile * TILE..][..rows.len()];
                for (draw, sums) in draws.iter_mut().zip(&sums) {
                    meet(draw, i32::try_from(sums[figure]).expect("fewer plans, or tenths of hours, than 2³¹"));
                }
            }
        }
    }

    fn summarise(&self, keys: &[Keys]) -> Vec<Figure> {
        let mut sorted: Vec<i32> = Vec::with_capacity(self.replicates);
        let figures = self.draws.chunks_exact(self.replicates).zip(&self.principal).zip(keys);
        figures
            .map(|((draws, principal), keys)| {
                sorted.clear();
                sorted.extend_from_slice(draws);
                let (spread, scale) = (summarise_spread(&mut sorted), keys.measure.scale());
                Figure { keys: *keys, principal: principal / scale, spread: spread.in_units(scale) }
            })
            .collect()
    }
}
