//! One replicate of one scenario: the yearly step in its order, recorded into a row.

use super::layout::{Flow, Layout, Margin};
use super::ledger::{Imbalance, StockSums, check_year};
use crate::domain::age_group::AgeGroup;
use crate::model::chance::{Chance, Count};
use crate::model::flow::{FlowSink, YearInputs};
use crate::model::joining::step_joining;
use crate::model::leaving_and_moving::step_leaving_and_moving;
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
}

impl<C: Count> Scratch<C> {
    pub fn new(prepared: &Prepared) -> Scratch<C> {
        let nobody = vec![C::default(); prepared.shape.cells()];
        let sums = StockSums {
            by_setting: vec![C::default(); prepared.shape.settings],
            by_need: vec![C::default(); prepared.shape.needs],
        };
        Scratch { opening: nobody.clone(), closing: nobody, opening_sums: sums.clone(), closing_sums: sums }
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
            let mut recorder = Recorder { layout, year: index, row };
            match block {
                Block::LeavingAndMoving => {
                    step_leaving_and_moving(chance, inputs, &scratch.opening, &mut scratch.closing, &mut recorder);
                }
                Block::Joining => step_joining(chance, inputs, &mut scratch.closing, &mut recorder),
                Block::Recording => {
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
        let group = AgeGroup::of(Age::at(age)).index();
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
    year: usize,
    row: &'a mut [C],
}

impl<C: Count> Recorder<'_, C> {
    #[inline]
    fn add(&mut self, flow: Flow, margins: [Option<Margin>; 3], count: C) {
        let start = self.layout.flow(self.year, flow).start;
        self.row[start] += count;
        for margin in margins.into_iter().flatten() {
            self.row[start + self.layout.margin(margin)] += count;
        }
    }
}

fn group_of(age: usize) -> Margin {
    Margin::Group(AgeGroup::of(Age::at(age)).index())
}

impl<C: Count> FlowSink<C> for Recorder<'_, C> {
    #[inline]
    fn leave(&mut self, age: usize, need: usize, setting: usize, count: C) {
        self.add(Flow::Leavers, [Some(Margin::Setting(setting)), Some(Margin::Need(need)), Some(group_of(age))], count);
    }

    #[inline]
    fn change_setting(&mut self, age: usize, from: usize, to: usize, count: C) {
        self.add(Flow::MoversFrom, [Some(Margin::Setting(from)), None, Some(group_of(age))], count);
        self.add(Flow::MoversTo, [Some(Margin::Setting(to)), None, Some(group_of(age))], count);
    }

    #[inline]
    fn start_plan(&mut self, age: usize, need: usize, setting: usize, count: C) {
        let margins = [Some(Margin::Setting(setting)), Some(Margin::Need(need)), Some(group_of(age))];
        self.add(Flow::NewPlans, margins, count);
        self.add(Flow::Joiners, margins, count);
        for flow in [Flow::Requests, Flow::Assessments] {
            self.add(flow, [None, None, Some(group_of(age))], count);
        }
    }

    #[inline]
    fn move_in(&mut self, age: usize, need: usize, setting: usize, count: C) {
        let margins = [Some(Margin::Setting(setting)), Some(Margin::Need(need)), Some(group_of(age))];
        self.add(Flow::MovedIn, margins, count);
        self.add(Flow::Joiners, margins, count);
    }

    fn request_without_plan(&mut self, age: usize, assessed: C, not_assessed: C) {
        let margins = [None, None, Some(group_of(age))];
        self.add(Flow::Requests, margins, assessed);
        self.add(Flow::Requests, margins, not_assessed);
        self.add(Flow::Assessments, margins, assessed);
    }
}
