//! Replicates of a scenario in parallel: the only user of rayon.
//!
//! Each replicate writes its own row of one table, so results are in order whatever thread ran
//! them, and beside which others. A range of replicates is a [`Shard`]: run alone and merged, it gives the same table.

use std::ops::Range;

use rayon::prelude::*;
use thiserror::Error;

use super::layout::Layout;
use super::ledger::Imbalance;
use super::replicate::{Scratch, run_replicates};
use crate::model::chance::Expected;
use crate::model::futures::DrawnTogether;
use crate::model::parameters::{Parameters, Prepared, central_parameters, draw_parameters};
use crate::numerics::lanes::LANES;
use crate::numerics::stream::StreamsTogether;
use crate::scenario::effects::YearEffects;

/// Why a batch stopped.
#[derive(Debug, Error)]
pub enum EngineError {
    #[error("replicate {replicate}: {imbalance}")]
    Identity { replicate: u32, imbalance: Imbalance },
    #[error("cannot start {threads} threads: {source}")]
    Threads { threads: usize, source: rayon::ThreadPoolBuildError },
    #[error("shards do not follow on: one ends before replicate {expected}, the next starts at {found}")]
    Shards { expected: u32, found: u32 },
}

/// Threads to work with.
pub struct Workers(rayon::ThreadPool);

impl Workers {
    /// `threads` of 0 takes one per processor.
    pub fn new(threads: usize) -> Result<Workers, EngineError> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        pool.map(Workers).map_err(|source| EngineError::Threads { threads, source })
    }

    /// Applies `work` to each item; results in the order of the items.
    pub fn map_in_order<T: Send, R: Send>(&self, items: Vec<T>, work: impl Fn(T) -> R + Sync) -> Vec<R> {
        self.0.install(|| items.into_par_iter().map(&work).collect())
    }
}

/// Rows of a range of replicates, drawn ones numbered from 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Shard {
    pub layout: Layout,
    pub replicates: Range<u32>,
    rows: Vec<u32>,
}

impl Shard {
    pub fn rows(&self) -> impl Iterator<Item = &[u32]> {
        self.rows.chunks_exact(self.layout.width())
    }

    pub fn count(&self) -> usize {
        self.replicates.len()
    }

    /// Its memory, for the next shard.
    pub fn recycle(self) -> Vec<u32> {
        self.rows
    }

    /// Puts shards that follow on together into one.
    pub fn merge(shards: impl IntoIterator<Item = Shard>) -> Result<Option<Shard>, EngineError> {
        let mut merged: Option<Shard> = None;
        for shard in shards {
            match &mut merged {
                None => merged = Some(shard),
                Some(whole) if whole.replicates.end == shard.replicates.start => {
                    whole.replicates.end = shard.replicates.end;
                    whole.rows.extend(shard.rows);
                }
                Some(whole) => {
                    let (expected, found) = (whole.replicates.end, shard.replicates.start);
                    return Err(EngineError::Shards { expected, found });
                }
            }
        }
        Ok(merged)
    }
}

/// Runs a range of replicates of a scenario. `advance` is told of each that is done.
pub fn run_shard(
    workers: &Workers,
    prepared: &Prepared,
    effects: &[YearEffects],
    seed: u64,
    replicates: Range<u32>,
    advance: &(dyn Fn() + Sync),
) -> Result<Shard, EngineError> {
    run_shard_in(Vec::new(), workers, prepared, effects, seed, replicates, advance)
}

/// As [`run_shard`], in memory of an earlier shard: fresh memory for thousands of rows is had from
/// the system page by page, and two threads wait for each other there.
pub fn run_shard_in(
    mut rows: Vec<u32>,
    workers: &Workers,
    prepared: &Prepared,
    effects: &[YearEffects],
    seed: u64,
    replicates: Range<u32>,
    advance: &(dyn Fn() + Sync),
) -> Result<Shard, EngineError> {
    let layout = Layout::of(prepared);
    rows.resize(replicates.len() * layout.width(), 0);
    let start = || (Scratch::new(prepared), vec![Parameters::default(); LANES]);
    let run = |(scratch, parameters): &mut (Scratch<_>, Vec<_>), (group, rows): (usize, &mut [u32])| {
        let first = replicates.start + (group * LANES) as u32;
        let futures = DrawnTogether { streams: StreamsTogether::new(seed, first) };
        let mut rows: Vec<&mut [u32]> = rows.chunks_exact_mut(layout.width()).collect();
        let parameters = &mut parameters[..rows.len()];
        for (lane, parameters) in parameters.iter_mut().enumerate() {
            draw_parameters(prepared, &futures.streams.alone(lane), parameters);
        }
        run_replicates(&futures, prepared, parameters, effects, scratch, &mut rows).map_err(|failed| {
            EngineError::Identity { replicate: first + failed.lane as u32, imbalance: failed.imbalance }
        })?;
        rows.iter().for_each(|_| advance());
        Ok(())
    };
    let groups = rows.par_chunks_mut(LANES * layout.width()).enumerate();
    workers.0.install(|| groups.try_for_each_init(start, run))?;
    Ok(Shard { layout, replicates, rows })
}

/// Replicate 0: expected flows at central rates.
pub fn run_principal(prepared: &Prepared, effects: &[YearEffects]) -> Result<Vec<f64>, EngineError> {
    run_principal_with(prepared, effects, &mut Scratch::new(prepared))
}

/// The same with the movers of each year, each a table of settings left × settings gone to.
pub fn run_principal_with_moves(
    prepared: &Prepared,
    effects: &[YearEffects],
) -> Result<(Vec<f64>, Vec<Vec<f64>>), EngineError> {
    let mut scratch = Scratch::telling_moves(prepared);
    let row = run_principal_with(prepared, effects, &mut scratch)?;
    Ok((row, scratch.into_moves()))
}

fn run_principal_with(
    prepared: &Prepared,
    effects: &[YearEffects],
    scratch: &mut Scratch<Expected>,
) -> Result<Vec<f64>, EngineError> {
    let layout = Layout::of(prepared);
    let mut row = vec![0.0; layout.width()];
    let parameters = [central_parameters(prepared)];
    run_replicates(&Expected, prepared, &parameters, effects, scratch, &mut [&mut row])
        .map_err(|failed| EngineError::Identity { replicate: 0, imbalance: failed.imbalance })?;
    Ok(row)
}
