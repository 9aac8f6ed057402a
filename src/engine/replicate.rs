//! Replicates of one scenario side by side: the yearly step in its order, recorded into a row of each.
//!
//! The blocks of plans take their steps for all of them at once. Where children are told apart, or services and SEN
//! support are followed, each future then goes on by itself.

use super::alone::Alone;
use super::layout::{Flow, Layout};
use super::ledger::{Imbalance, check_year};
use super::record::PlanRecord;
use crate::model::chance::{Chance, Count};
use crate::model::diagnosis::Future;
use crate::model::flow::{PlanInputs, YearFlows};
use crate::model::futures::Futures;
use crate::model::joining::step_joining;
use crate::model::leaving_and_moving::{DepartureScratch, step_leaving_and_moving};
use crate::model::lots::Lots;
use crate::model::parameters::{Parameters, Prepared};
use crate::model::plan_rates::PlanRates;
use crate::numerics::lanes::{Number, SideBySide, run_side_by_side};
use crate::scenario::effects::YearEffects;

/// The blocks of a simulated year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Block {
    /// Plans held: age on, cease, change setting.
    LeavingAndMoving,
    /// Requests, assessments, plans issued; plans moving in.
    Joining,
    /// What each future does by itself: SEN support, places, services (see `engine::alone`).
    EachAlone,
    /// Sums into the row, identities checked.
    Recording,
}

/// The order of a simulated year. The engine runs through this list: there is no other.
pub const ORDER: [Block; 4] = [Block::LeavingAndMoving, Block::Joining, Block::EachAlone, Block::Recording];

/// A row of one future, for whole children or expected ones.
pub type Row<'a, F> = &'a mut [CountOf<F>];

/// A number of children of one future.
pub type CountOf<F> = <<F as Futures>::Alone as Chance>::Count;

/// An identity that does not hold in one of the futures.
#[derive(Debug)]
pub struct LaneImbalance {
    pub lane: usize,
    pub imbalance: Imbalance,
}

/// Working memory of futures side by side, kept from some to the next.
#[derive(Debug)]
pub struct Scratch<F: Futures> {
    rates: PlanRates<F::Number>,
    opening: Vec<F::Number>,
    closing: Vec<F::Number>,
    flows: YearFlows<F::Number>,
    departures: DepartureScratch<F>,
    record: PlanRecord<F::Number>,
    /// Of each future by itself.
    alone: Vec<Alone<F::Alone>>,
    /// Movers by year, from each setting to each, where that is asked for.
    between: Vec<Vec<F::Number>>,
}

impl<F: Futures> Scratch<F> {
    pub fn new(prepared: &Prepared) -> Scratch<F> {
        let nobody = vec![F::Number::default(); prepared.shape.cells()];
        let mut flows = YearFlows::new(prepared.shape, F::Number::LANES);
        if prepared.services.is_some() || prepared.rates().support.is_some() {
            flows.issued.clone_from(&nobody);
        }
        Scratch {
            rates: PlanRates::default(),
            opening: nobody.clone(),
            closing: nobody,
            flows,
            departures: DepartureScratch::default(),
            record: PlanRecord::new(Layout::of(prepared)),
            alone: (0..F::Number::LANES).map(|_| Alone::new(prepared)).collect(),
            between: Vec::new(),
        }
    }

    /// One that also tells who moves from where to where.
    pub fn telling_moves(prepared: &Prepared) -> Scratch<F> {
        let mut scratch = Scratch::new(prepared);
        scratch.flows.between = vec![F::Number::default(); prepared.shape.settings * prepared.shape.settings];
        scratch
    }

    /// Movers by year, each a table of settings left × settings gone to.
    pub fn into_moves(self) -> Vec<Vec<F::Number>> {
        self.between
    }
}

/// Runs all years of the futures with these parameters, and fills a row of each.
pub fn run_replicates<F: Futures>(
    futures: &F,
    prepared: &Prepared,
    parameters: &[Parameters],
    effects: &[YearEffects],
    scratch: &mut Scratch<F>,
    rows: &mut [Row<F>],
) -> Result<(), LaneImbalance> {
    debug_assert!(rows.len() == parameters.len() && rows.len() <= F::Number::LANES);
    let layout = Layout::of(prepared);
    let failed = |lane| move |imbalance| LaneImbalance { lane, imbalance };
    // What is told of plans is written, all else added up.
    rows.iter_mut().for_each(|row| row[layout.beside_plans()].fill(CountOf::<F>::default()));
    for (cell, held) in scratch.opening.iter_mut().zip(prepared.opening_stock()) {
        *cell = F::Number::splat(f64::from(held));
    }
    run_side_by_side(FillRates { rates: &mut scratch.rates, prepared, parameters });
    run_side_by_side(AddUpStock { record: &mut scratch.record, stock: &scratch.opening });
    scratch.record.write_stock(0, rows);
    for (lane, row) in rows.iter_mut().enumerate() {
        let (alone, chance) = (&mut scratch.alone[lane], futures.alone(lane));
        alone.open(&chance, prepared, effects, &scratch.record, (&scratch.opening, lane), row).map_err(failed(lane))?;
    }
    for index in 0..prepared.years {
        for (lane, (parameters, alone)) in parameters.iter().zip(&mut scratch.alone).enumerate() {
            alone.follow_diagnoses(Future { prepared, parameters, rates: &scratch.rates, lane }, index);
        }
        scratch.closing.fill(F::Number::default());
        scratch.flows.clear();
        for block in ORDER {
            match block {
                Block::LeavingAndMoving | Block::Joining => {
                    let Scratch { rates, opening, closing, flows, departures, alone, .. } = &mut *scratch;
                    let own = alone[..rows.len()].iter().filter_map(|alone| alone.joiner_factor(index));
                    let own: Vec<&[f64]> = own.collect();
                    let inputs = PlanInputs { prepared, rates, effects: &effects[index], joiner_factors: &own, index };
                    run_side_by_side(StepPlans { block, futures, inputs, opening, closing, flows, departures });
                }
                Block::EachAlone => {
                    let Scratch { closing, flows, alone, .. } = &mut *scratch;
                    for (lane, (alone, parameters)) in alone.iter_mut().zip(parameters).enumerate() {
                        alone.part_from(closing, flows, lane);
                        alone.step(&futures.alone(lane), prepared, parameters, &effects[index], index);
                    }
                    if prepared.places.is_some() {
                        rejoin(&alone[..rows.len()], closing, flows);
                    }
                }
                Block::Recording => {
                    let Scratch { record, closing, flows, alone, between, .. } = &mut *scratch;
                    run_side_by_side(AddUpFlows { record, flows });
                    record.write_flows(index, rows);
                    if !flows.between.is_empty() {
                        between.push(flows.between.clone());
                    }
                    run_side_by_side(AddUpStock { record, stock: closing });
                    record.write_stock(index + 1, rows);
                    for (lane, row) in rows.iter_mut().enumerate() {
                        let chance = futures.alone(lane);
                        alone[lane].close_census(record, lane);
                        let flow = |flow: Flow, margin| row[layout.flow(index, flow).start + layout.margin(margin)];
                        let (opening, closing) = alone[lane].sums();
                        check_year(layout, prepared.first_year + index as u16, opening, closing, flow)
                            .map_err(failed(lane))?;
                        alone[lane].record(&chance, prepared, &effects[index], index, row).map_err(failed(lane))?;
                    }
                }
            }
        }
        std::mem::swap(&mut scratch.opening, &mut scratch.closing);
    }
    Ok(())
}

/// Takes back the counts of futures in which children were given places.
fn rejoin<K: Lots, N: Number>(alone: &[Alone<K>], closing: &mut [N], flows: &mut YearFlows<N>) {
    // Lanes without a future of their own are those of the last one.
    let own = |lane: usize| &alone[lane.min(alone.len() - 1)];
    take_each(closing, |lane, cell| own(lane).closing()[cell]);
    let YearFlows { redirected_from: from, redirected_to: to, .. } = flows;
    take_each(&mut from.by_place, |lane, place| own(lane).flows().redirected_from.by_place[place]);
    take_each(&mut from.by_age, |lane, age| own(lane).flows().redirected_from.by_age[age]);
    take_each(&mut to.by_place, |lane, place| own(lane).flows().redirected_to.by_place[place]);
    take_each(&mut to.by_age, |lane, age| own(lane).flows().redirected_to.by_age[age]);
}

/// Takes each number from the futures' own, by lane and place.
fn take_each<N: Number, C: Count>(column: &mut [N], own: impl Fn(usize, usize) -> C) {
    for (place, number) in column.iter_mut().enumerate() {
        *number = N::of_lanes(|lane| own(lane, place).to_f64());
    }
}

struct FillRates<'a, N> {
    rates: &'a mut PlanRates<N>,
    prepared: &'a Prepared,
    parameters: &'a [Parameters],
}

impl<N: Number> SideBySide for FillRates<'_, N> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        self.rates.fill(self.prepared, self.parameters);
    }
}

/// A block of plans in one year.
struct StepPlans<'a, F: Futures> {
    block: Block,
    futures: &'a F,
    inputs: PlanInputs<'a, F::Number>,
    opening: &'a [F::Number],
    closing: &'a mut [F::Number],
    flows: &'a mut YearFlows<F::Number>,
    departures: &'a mut DepartureScratch<F>,
}

impl<F: Futures> SideBySide for StepPlans<'_, F> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let StepPlans { block, futures, inputs, opening, closing, flows, departures } = self;
        if block == Block::LeavingAndMoving {
            step_leaving_and_moving(futures, inputs, opening, closing, departures, flows);
        } else {
            step_joining(futures, inputs, closing, flows);
        }
    }
}

struct AddUpStock<'a, N> {
    record: &'a mut PlanRecord<N>,
    stock: &'a [N],
}

impl<N: Number> SideBySide for AddUpStock<'_, N> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        self.record.add_up_stock(self.stock);
    }
}

struct AddUpFlows<'a, N> {
    record: &'a mut PlanRecord<N>,
    flows: &'a YearFlows<N>,
}

impl<N: Number> SideBySide for AddUpFlows<'_, N> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        self.record.add_up_flows(self.flows);
    }
}
