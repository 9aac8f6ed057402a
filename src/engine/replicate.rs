//! One replicate of one scenario: the yearly step in its order, recorded into a row.

use super::layout::{Flow, Layout, Margin};
use super::ledger::{Imbalance, StockSums, check_year};
use crate::domain::age_group::AgeGroup;
use crate::model::chance::{Chance, Count};
use crate::model::flow::{FlowSink, YearInputs};
use crate::model::joining::step_joining;
use crate::model::leaving_and_moving::{DepartureScratch, step_leaving_and_moving};
use crate::model::parameters::{Parameters, Prepared};
use crate::scenario::effects::YearEffects;
use crate::units::Age;

/// The blocks of a simulated year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Block {
    /// Plans held: age on, cease, change setting.
    LeavingAndMoving,
    /// Requests, assessments, plans issued; plans moving in.
    Joining,
    /// Sums into the row, identities checked.
    Recording,
}

/// The order of a simulated year. The engine runs through this list: there is no other.
pub const ORDER: [Block; 3] = [Block::LeavingAndMoving, Block::Joining, Block::Recording];

/// Working memory of a replicate, kept from one to the next.
#[derive(Clone, Debug)]
pub struct Scratch<C> {
    opening: Vec<C>,
    closing: Vec<C>,
    opening_sums: StockSums<C>,
    closing_sums: StockSums<C>,
    departures: DepartureScratch<C>,
}

impl<C: Count> Scratch<C> {
    pub fn new(prepared: &Prepared) -> Scratch<C> {
        let nobody = vec![C::default(); prepared.shape.cells()];
        let sums = StockSums {
            by_setting: vec![C::default(); prepared.shape.settings],
            by_need: vec![C::default(); prepared.shape.needs],
        };
        Scratch {
            opening: nobody.clone(),
            closing: nobody,
            opening_sums: sums.clone(),
            closing_sums: sums,
            departures: DepartureScratch::default(),
        }
    }
}

/// Runs all years and fills `row`, which starts as zeros.
pub fn run_replicate<K: Chance>(
    chance: &K,
    prepared: &Prepared,
    parameters: &Parameters,
    effects: &[YearEffects],
    opening_stock: impl Iterator<Item = K::Count>,
    scratch: &mut Scratch<K::Count>,
    row: &mut [K::Count],
) -> Result<(), Imbalance> {
    let layout = Layout { shape: prepared.shape, years: prepared.years };
    for (cell, held) in scratch.opening.iter_mut().zip(opening_stock) {
        *cell = held;
    }
    record_stock(layout, 0, &scratch.opening, &mut scratch.opening_sums, row);
    for (index, effects) in effects.iter().enumerate().take(prepared.years) {
        let inputs = YearInputs { prepared, parameters, effects, index };
        scratch.closing.fill(K::Count::default());
        for block in ORDER {
            let mut recorder = Recorder::new(layout, index, row);
            match block {
                Block::LeavingAndMoving => {
                    let Scratch { opening, closing, departures, .. } = scratch;
                    step_leaving_and_moving(chance, inputs, opening, closing, departures, &mut recorder);
                }
                Block::Joining => step_joining(chance, inputs, &mut scratch.closing, &mut recorder),
                Block::Recording => {
                    recorder.finish_year();
                    record_stock(layout, index + 1, &scratch.closing, &mut scratch.closing_sums, row);
                    let flow = |flow, margin| row[layout.flow(index, flow).start + layout.margin(margin)];
                    check_year(layout, inputs.year(), &scratch.opening_sums, &scratch.closing_sums, flow)?;
                }
            }
        }
        std::mem::swap(&mut scratch.opening, &mut scratch.closing);
        std::mem::swap(&mut scratch.opening_sums, &mut scratch.closing_sums);
    }
    Ok(())
}

/// Adds up a census into its places of the row and into sums for the ledger.
fn record_stock<C: Count>(layout: Layout, census: usize, stock: &[C], sums: &mut StockSums<C>, row: &mut [C]) {
    sums.by_setting.fill(C::default());
    sums.by_need.fill(C::default());
    let (groups, ages) = (layout.stock_groups(census).start, layout.stock_ages(census).start);
    let shape = layout.shape;
    for age in 0..Age::COUNT {
        let group = GROUP_OF_AGE[age];
        let sheet = &stock[shape.cell(age, 0, 0)..][..shape.cells_per_age()];
        for (need, cells) in sheet.chunks_exact(shape.settings).enumerate() {
            for (setting, held) in cells.iter().copied().enumerate() {
                if held != C::default() {
                    row[groups + layout.group_cell(need, setting, group)] += held;
                    row[ages + age * shape.settings + setting] += held;
                    sums.by_setting[setting] += held;
                    sums.by_need[need] += held;
                }
            }
        }
    }
}

/// Adds each flow to its margins in the row.
struct Recorder<'a, C> {
    layout: Layout,
    /// The margins of the year's flows, one flow after the other.
    margins: &'a mut [C],
    first_need: usize,
    first_group: usize,
}

impl<'a, C: Count> Recorder<'a, C> {
    fn new(layout: Layout, year: usize, row: &'a mut [C]) -> Recorder<'a, C> {
        Recorder {
            layout,
            margins: &mut row[layout.flows(year)],
            first_need: layout.margin(Margin::Need(0)),
            first_group: layout.margin(Margin::Group(0)),
        }
    }

    #[inline]
    fn margins(&mut self, flow: Flow) -> &mut [C] {
        let count = self.layout.margins();
        &mut self.margins[flow as usize * count..][..count]
    }

    /// Adds to three margins; the total follows from them at the end of the year.
    #[inline]
    fn add(&mut self, flow: Flow, age: usize, need: usize, setting: usize, count: C) {
        let (need, group) = (self.first_need + need, self.first_group + GROUP_OF_AGE[age]);
        let margins = self.margins(flow);
        margins[1 + setting] += count;
        margins[need] += count;
        margins[group] += count;
    }

    /// Totals, and the flows that are sums of others: joiners = new plans + moved in,
    /// assessments = new plans + assessed without one, requests = assessments + not assessed.
    /// Requests are known by age only.
    fn finish_year(&mut self) {
        let groups = self.first_group..self.first_group + AgeGroup::ALL.len();
        let all = 0..self.layout.margins();
        self.add_flow(Flow::NewPlans, Flow::Joiners, all.clone());
        self.add_flow(Flow::MovedIn, Flow::Joiners, all);
        self.add_flow(Flow::NewPlans, Flow::Assessments, groups.clone());
        self.add_flow(Flow::Assessments, Flow::Requests, groups.clone());
        for flow in Flow::ALL {
            let margins = self.margins(*flow);
            let mut total = C::default();
            margins[groups.clone()].iter().for_each(|count| total += *count);
            margins[0] = total;
        }
    }

    fn add_flow(&mut self, from: Flow, to: Flow, places: std::ops::Range<usize>) {
        for place in places {
            let count = self.margins(from)[place];
            self.margins(to)[place] += count;
        }
    }
}

/// The age group of each age.
const GROUP_OF_AGE: [usize; Age::COUNT] = {
    let mut groups = [0; Age::COUNT];
    let mut age = 0;
    while age < Age::COUNT {
        groups[age] = AgeGroup::of_years(age) as usize;
        age += 1;
    }
    groups
};

impl<C: Count> FlowSink<C> for Recorder<'_, C> {
    #[inline]
    fn leave(&mut self, age: usize, need: usize, setting: usize, count: C) {
        self.add(Flow::Leavers, age, need, setting, count);
    }

    #[inline]
    fn move_from(&mut self, age: usize, need: usize, setting: usize, count: C) {
        self.add(Flow::MoversFrom, age, need, setting, count);
        let (need, group) = (self.first_need + need, self.first_group + GROUP_OF_AGE[age]);
        let margins = self.margins(Flow::MoversTo);
        margins[need] += count;
        margins[group] += count;
    }

    #[inline]
    fn move_to(&mut self, setting: usize, count: C) {
        self.margins(Flow::MoversTo)[1 + setting] += count;
    }

    #[inline]
    fn start_plan(&mut self, age: usize, need: usize, setting: usize, count: C) {
        self.add(Flow::NewPlans, age, need, setting, count);
    }

    #[inline]
    fn move_in(&mut self, age: usize, need: usize, setting: usize, count: C) {
        self.add(Flow::MovedIn, age, need, setting, count);
    }

    fn request_without_plan(&mut self, age: usize, assessed: C, not_assessed: C) {
        let group = self.first_group + GROUP_OF_AGE[age];
        self.margins(Flow::Assessments)[group] += assessed;
        self.margins(Flow::Requests)[group] += not_assessed;
    }
}
