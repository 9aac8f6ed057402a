//! One replicate of one scenario: the yearly step in its order, recorded into a row.

use super::layout::{Flow, Layout, Margin};
use super::ledger::{Imbalance, StockSums, check_places, check_services, check_support, check_year};
use super::place_record::{PlaceScratch, record_places};
use super::service_record::{record_services, record_support_flows, record_support_stock};
use crate::domain::age_group::AgeGroup;
use crate::model::chance::Count;
use crate::model::diagnosis::follow_diagnoses;
use crate::model::flow::{Tally, YearFlows, YearInputs};
use crate::model::joining::step_joining;
use crate::model::leaving_and_moving::{DepartureScratch, step_leaving_and_moving};
use crate::model::lots::Lots;
use crate::model::parameters::{Parameters, Prepared};
use crate::model::placing::{PlacingScratch, open_register, step_placing};
use crate::model::register::Register;
use crate::model::serving::{Serving, step_services};
use crate::model::support::{SupportYear, draw_early_support, step_support};
use crate::model::workload::{Counted, Lines};
use crate::scenario::effects::YearEffects;
use crate::units::Age;

/// The blocks of a simulated year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Block {
    /// Plans held: age on, cease, change setting.
    LeavingAndMoving,
    /// Requests, assessments, plans issued; plans moving in.
    Joining,
    /// SEN support: pupils identified, stepping down, given a plan.
    Support,
    /// Children who need a place meet places.
    Placing,
    /// Hours demanded of services meet the hours there are.
    Services,
    /// Sums into the row, identities checked.
    Recording,
}

/// The order of a simulated year. The engine runs through this list: there is no other.
pub const ORDER: [Block; 6] =
    [Block::LeavingAndMoving, Block::Joining, Block::Support, Block::Placing, Block::Services, Block::Recording];

/// Working memory of a replicate, kept from one to the next.
#[derive(Clone, Debug)]
pub struct Scratch<K: Lots> {
    opening: Vec<K::Count>,
    closing: Vec<K::Count>,
    opening_sums: StockSums<K::Count>,
    closing_sums: StockSums<K::Count>,
    flows: YearFlows<K::Count>,
    departures: DepartureScratch<K>,
    /// Who the children are, where they are told apart.
    register: Option<Register<K::Count>>,
    placing: PlacingScratch<K>,
    place_record: PlaceScratch<K::Count>,
    /// Without tables where there is no SEN support.
    support: SupportYear<K::Count>,
    serving: Serving,
    /// Pathways as they would be without levers.
    without: Serving,
    /// Movers by year, from each setting to each, where that is asked for.
    between: Vec<Vec<K::Count>>,
}

impl<K: Lots> Scratch<K> {
    pub fn new(prepared: &Prepared) -> Scratch<K> {
        let nobody = vec![K::Count::default(); prepared.shape.cells()];
        let sums = StockSums {
            by_setting: vec![K::Count::default(); prepared.shape.settings],
            by_need: vec![K::Count::default(); prepared.shape.needs],
        };
        let register = prepared
            .places
            .as_ref()
            .map(|model| Register::new(prepared.shape, &model.provider_setting, model.limited.len()));
        let mut flows = YearFlows::new(prepared.shape);
        if prepared.services.is_some() || prepared.rates().support.is_some() {
            flows.issued.clone_from(&nobody);
        }
        Scratch {
            opening: nobody.clone(),
            closing: nobody,
            opening_sums: sums.clone(),
            closing_sums: sums,
            flows,
            departures: DepartureScratch::default(),
            register,
            placing: PlacingScratch::default(),
            place_record: PlaceScratch::default(),
            support: SupportYear::default(),
            serving: Serving::default(),
            without: Serving::default(),
            between: Vec::new(),
        }
    }

    /// One that also tells who moves from where to where.
    pub fn telling_moves(prepared: &Prepared) -> Scratch<K> {
        let mut scratch = Scratch::new(prepared);
        scratch.flows.between = vec![K::Count::default(); prepared.shape.settings * prepared.shape.settings];
        scratch
    }

    /// Movers by year, each a table of settings left × settings gone to.
    pub fn into_moves(self) -> Vec<Vec<K::Count>> {
        self.between
    }
}

/// Runs all years and fills `row`, which starts as zeros.
pub fn run_replicate<K: Lots>(
    chance: &K,
    prepared: &Prepared,
    parameters: &Parameters,
    effects: &[YearEffects],
    opening_stock: impl Iterator<Item = K::Count>,
    scratch: &mut Scratch<K>,
    row: &mut [K::Count],
) -> Result<(), Imbalance> {
    let layout = Layout::of(prepared);
    for (cell, held) in scratch.opening.iter_mut().zip(opening_stock) {
        *cell = held;
    }
    record_stock(layout, 0, &scratch.opening, &mut scratch.opening_sums, row);
    let places = prepared.places.as_ref().zip(scratch.register.as_mut());
    if let Some((model, register)) = places {
        open_register(
            chance,
            model,
            prepared.shape,
            prepared.first_year,
            &scratch.opening,
            register,
            &mut scratch.placing,
        );
        let census = (0, prepared.first_year);
        record_places(chance, layout, census, model, register, &mut scratch.place_record, row);
        let filled = (model.opening.room.as_slice(), register.filled());
        let year = prepared.first_year - 1;
        check_places(year, &model.limited, &scratch.place_record.sums, &[], filled, &scratch.opening_sums)?;
    }
    if let Some(rates) = &prepared.rates().support {
        scratch.support.open(rates);
        record_support_stock(layout, 0, &rates.tiers, &scratch.support.closing, row);
    }
    let support = prepared.rates().support.as_ref();
    let mut drawn = support.and_then(|rates| draw_early_support(chance, rates, prepared.shape.cells(), effects));
    if drawn.is_none() && effects.iter().any(|year| year.without_levers.is_some()) {
        drawn = Some(effects.to_vec());
    }
    for index in 0..prepared.years {
        if let Some((drawn, model)) = drawn.as_mut().zip(prepared.services.as_ref())
            && index > 0
            && drawn[index - 1].without_levers.is_some()
        {
            let years = (scratch.serving.years.as_slice(), scratch.without.years.as_slice());
            follow_diagnoses((prepared, parameters), index, model, years, &mut drawn[index]);
        }
        let effects = &drawn.as_deref().unwrap_or(effects)[index];
        let inputs = YearInputs { prepared, parameters, effects, index };
        scratch.closing.fill(K::Count::default());
        scratch.flows.clear();
        for block in ORDER {
            let Scratch { opening, closing, departures, flows, register, placing, place_record, .. } = scratch;
            let (support, serving) = (&mut scratch.support, &mut scratch.serving);
            let places = prepared.places.as_ref().zip(register.as_mut());
            match block {
                Block::LeavingAndMoving => step_leaving_and_moving(chance, inputs, opening, closing, departures, flows),
                Block::Joining => step_joining(chance, inputs, closing, flows),
                Block::Placing => {
                    if let Some((model, register)) = places {
                        step_placing(chance, inputs, model, closing, register, placing, flows);
                    }
                }
                Block::Support => {
                    if let Some(rates) = &prepared.rates().support {
                        step_support(chance, inputs, rates, &flows.issued, support);
                    }
                }
                Block::Services => {
                    if let Some((model, force)) = prepared.services.as_ref().zip(effects.services.as_ref()) {
                        let SupportYear { opening: before, closing: after, identified, .. } = &*support;
                        let counted = Counted { opening, closing, support: [before, after], identified, flows };
                        step_services(chance, inputs, model, force, &counted, Lines::All, serving);
                        if let Some(without) = &effects.without_levers {
                            let shadow = &mut scratch.without;
                            step_services(chance, inputs, model, without, &counted, Lines::Pathways, shadow);
                        }
                    }
                }
                Block::Recording => {
                    record_flows(layout, index, &scratch.flows, row);
                    if !scratch.flows.between.is_empty() {
                        scratch.between.push(scratch.flows.between.clone());
                    }
                    record_stock(layout, index + 1, &scratch.closing, &mut scratch.closing_sums, row);
                    let flow = |flow, margin| row[layout.flow(index, flow).start + layout.margin(margin)];
                    check_year(layout, inputs.year(), &scratch.opening_sums, &scratch.closing_sums, flow)?;
                    let tiers = prepared.rates().support.as_ref().map_or(&[][..], |rates| &rates.tiers);
                    record_support_stock(layout, index + 1, tiers, &scratch.support.closing, row);
                    record_support_flows(layout, index, &scratch.support, row);
                    check_support(inputs.year(), prepared.shape.needs, &scratch.support)?;
                    record_services(layout, index, &scratch.serving, row);
                    check_services(inputs.year(), &scratch.serving.years)?;
                    if let Some((model, register)) = places {
                        let census = (index + 1, inputs.year() + 1);
                        record_places(chance, layout, census, model, register, place_record, row);
                        let force = effects.places.as_ref().unwrap_or(&model.opening);
                        let filled = (force.room.as_slice(), register.filled());
                        let needing = &scratch.flows.needing;
                        let closing = &scratch.closing_sums;
                        check_places(inputs.year(), &model.limited, &place_record.sums, needing, filled, closing)?;
                    }
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
    let shape = layout.shape;
    let (groups, ages) = (layout.stock_groups(census), layout.stock_ages(census));
    for (age, sheet) in stock.chunks_exact(shape.cells_per_age()).enumerate() {
        let group = layout.group_cell(0, 0, GROUP_OF_AGE[age]);
        add_each(&mut row[groups.start + group..], sheet);
        let age = &mut row[ages.start + age * shape.settings..][..shape.settings];
        for cells in sheet.chunks_exact(shape.settings) {
            add_each(age, cells);
        }
        add_each(&mut sums.by_setting, age);
    }
    for group in row[groups].chunks_exact(shape.cells_per_age()) {
        for (need, cells) in group.chunks_exact(shape.settings).enumerate() {
            cells.iter().for_each(|held| sums.by_need[need] += *held);
        }
    }
}

/// Adds the counts of `parts` to those of `sums`, place by place.
#[inline]
fn add_each<C: Count>(sums: &mut [C], parts: &[C]) {
    sums.iter_mut().zip(parts).for_each(|(sum, part)| *sum += *part);
}

/// Records the margins of a year's flows. Some are sums of others: joiners = new plans + moved in,
/// assessments = new plans + assessed without one, requests = assessments + not assessed.
/// Requests and assessments are known by age only.
fn record_flows<C: Count>(layout: Layout, year: usize, flows: &YearFlows<C>, row: &mut [C]) {
    let own = [
        (Flow::NewPlans, &flows.new_plans),
        (Flow::MovedIn, &flows.moved_in),
        (Flow::Joiners, &flows.new_plans),
        (Flow::Joiners, &flows.moved_in),
        (Flow::Leavers, &flows.leavers),
        (Flow::MoversFrom, &flows.movers_from),
        (Flow::MoversTo, &flows.movers_to),
        (Flow::RedirectedFrom, &flows.redirected_from),
        (Flow::RedirectedTo, &flows.redirected_to),
    ];
    for (flow, tally) in own {
        record_tally(layout, tally, &mut row[layout.flow(year, flow)]);
    }
    let first_group = layout.margin(Margin::Group(0));
    let groups = |flow: Flow| {
        let start = layout.flow(year, flow).start + first_group;
        start..start + AgeGroup::ALL.len()
    };
    row.copy_within(groups(Flow::NewPlans), groups(Flow::Assessments).start);
    add_each(&mut row[groups(Flow::Assessments)], &flows.assessed_only);
    row.copy_within(groups(Flow::Assessments), groups(Flow::Requests).start);
    add_each(&mut row[groups(Flow::Requests)], &flows.not_assessed);
    for flow in Flow::ALL {
        let mut total = C::default();
        row[groups(*flow)].iter().for_each(|count| total += *count);
        row[layout.flow(year, *flow).start] = total;
    }
}

/// Adds a flow to its margins by setting, need and age group.
fn record_tally<C: Count>(layout: Layout, tally: &Tally<C>, margins: &mut [C]) {
    let place = |margin| layout.margin(margin);
    let (settings, needs, groups) = (place(Margin::Setting(0)), place(Margin::Need(0)), place(Margin::Group(0)));
    for (need, cells) in tally.by_place.chunks_exact(layout.shape.settings).enumerate() {
        add_each(&mut margins[settings..], cells);
        cells.iter().for_each(|count| margins[needs + need] += *count);
    }
    for (age, count) in tally.by_age.iter().enumerate() {
        margins[groups + GROUP_OF_AGE[age]] += *count;
    }
}

/// The age group of each age.
pub(super) const GROUP_OF_AGE: [usize; Age::COUNT] = {
    let mut groups = [0; Age::COUNT];
    let mut age = 0;
    while age < Age::COUNT {
        groups[age] = AgeGroup::of_years(age) as usize;
        age += 1;
    }
    groups
};
