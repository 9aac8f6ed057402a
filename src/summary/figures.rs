//! Figures of a scenario with their spread, and differences between paired replicates.

use super::series::{Block, Keys, blocks};
use crate::engine::batch::{Shard, Workers};
use crate::engine::layout::Layout;
use crate::numerics::quantile::{Spread, summarise_spread};

/// One published figure.
#[derive(Clone, Copy, Debug, PartialEq)]
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
#[derive(Clone, Debug, PartialEq)]
pub struct ScenarioFigures {
    pub scenario: String,
    /// What the scenario is by itself.
    pub figures: Vec<Figure>,
    /// Scenario less baseline, replicate by replicate; empty for the baseline.
    pub differences: Vec<Figure>,
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
    base: u16,
    outcome: Outcome,
    baseline: Option<Outcome>,
) -> ScenarioFigures {
    let layout = outcome.draws.layout;
    let parts = workers.map_in_order(blocks(layout), |block| {
        let own = BlockDraws::collect(layout, block, outcome);
        let differences = baseline.map(|b| own.less(&BlockDraws::collect(layout, block, b)));
        let keys = block.keys(layout, base);
        (own.summarise(&keys), differences.map(|d| d.summarise(&keys)))
    });
    let mut figures = Vec::new();
    let mut differences = Vec::new();
    for (own, less) in parts {
        figures.extend(own);
        differences.extend(less.into_iter().flatten());
    }
    ScenarioFigures { scenario: scenario.to_string(), figures, differences }
}

/// Draws of a block's figures, one after the other, with the principal values.
struct BlockDraws {
    replicates: usize,
    draws: Vec<i64>,
    principal: Vec<f64>,
}

impl BlockDraws {
    fn collect(layout: Layout, block: Block, outcome: Outcome) -> BlockDraws {
        let mut principal = Vec::new();
        block.sum(layout, outcome.principal, &mut principal);
        let replicates = outcome.draws.count();
        let mut draws = vec![0; principal.len() * replicates];
        let mut sums = Vec::new();
        for (replicate, row) in outcome.draws.rows().enumerate() {
            block.sum(layout, row, &mut sums);
            for (figure, count) in sums.iter().enumerate() {
                draws[figure * replicates + replicate] = i64::from(*count);
            }
        }
        BlockDraws { replicates, draws, principal }
    }

    fn less(&self, other: &BlockDraws) -> BlockDraws {
        BlockDraws {
            replicates: self.replicates,
            draws: self.draws.iter().zip(&other.draws).map(|(a, b)| a - b).collect(),
            principal: self.principal.iter().zip(&other.principal).map(|(a, b)| a - b).collect(),
        }
    }

    fn summarise(mut self, keys: &[Keys]) -> Vec<Figure> {
        self.draws
            .chunks_exact_mut(self.replicates)
            .zip(&self.principal)
            .zip(keys)
            .map(|((draws, principal), keys)| Figure {
                keys: *keys,
                principal: *principal,
                spread: summarise_spread(draws),
            })
            .collect()
    }
}
