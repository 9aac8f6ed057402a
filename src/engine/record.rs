//! What is told of plans: sums of a census and of a year's flows, of all futures side by side, and into their rows.

use std::hint::black_box;
use std::ops::Range;

use super::layout::{Flow, Layout, Margin};
use super::ledger::StockSums;
use crate::domain::age_group::AgeGroup;
use crate::model::chance::Count;
use crate::model::flow::{Tally, YearFlows, copy_lane};
use crate::numerics::lanes::Number;
use crate::units::Age;

/// Sums in hand of futures side by side.
#[derive(Clone, Debug)]
pub struct PlanRecord<N> {
    layout: Layout,
    /// Of a census, as in a row.
    groups: Vec<N>,
    ages: Vec<N>,
    sums: StockSums<N>,
    /// Margins of a year's flows, as in a row.
    flows: Vec<N>,
}

impl<N: Number> PlanRecord<N> {
    pub fn new(layout: Layout) -> PlanRecord<N> {
        let none = |count| vec![N::default(); count];
        PlanRecord {
            layout,
            groups: none(layout.stock_groups(0).len()),
            ages: none(layout.stock_ages(0).len()),
            sums: StockSums { by_setting: none(layout.shape.settings), by_need: none(layout.shape.needs) },
            flows: none(Flow::ALL.len() * layout.margins()),
        }
    }

    /// Adds up a census.
    #[inline(always)]
    pub fn add_up_stock(&mut self, stock: &[N]) {
        let PlanRecord { layout, groups, ages, sums, .. } = self;
        let shape = layout.shape;
        for column in [&mut *groups, ages, &mut sums.by_setting, &mut sums.by_need] {
            column.fill(N::default());
        }
        for (age, sheet) in stock.chunks_exact(shape.cells_per_age()).enumerate() {
            let group = layout.group_cell(0, 0, GROUP_OF_AGE[age]);
            let of_age = &mut ages[age * shape.settings..][..shape.settings];
            for (need, cells) in sheet.chunks_exact(shape.settings).enumerate() {
                for (setting, held) in cells.iter().enumerate() {
                    // Most cells hold nobody.
                    if !held.is_zero() {
                        groups[group + need * shape.settings + setting] += *held;
                        of_age[setting] += *held;
                        sums.by_need[need] += *held;
                    }
                }
            }
            add_each(&mut sums.by_setting, of_age);
        }
    }

    /// Writes the census added up last into the rows.
    pub fn write_stock<C: Count>(&self, census: usize, rows: &mut [&mut [C]]) {
        spread(self.layout.stock_groups(census), &self.groups, rows);
        spread(self.layout.stock_ages(census), &self.ages, rows);
    }

    /// The sums of one future's last census.
    pub fn copy_sums<C: Count>(&self, lane: usize, own: &mut StockSums<C>) {
        copy_lane(&mut own.by_setting, &self.sums.by_setting, lane);
        copy_lane(&mut own.by_need, &self.sums.by_need, lane);
    }

    /// Adds up the margins of a year's flows. Some are sums of others: joiners = new plans + moved in,
    /// assessments = new plans + assessed without one, requests = assessments + not assessed.
    /// Requests and assessments are known by age only.
    #[inline(always)]
    pub fn add_up_flows(&mut self, flows: &YearFlows<N>) {
        let (layout, told, year) = (self.layout, &mut self.flows, 0);
        told.fill(N::default());
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
        let first = layout.flows(year).start;
        for (flow, tally) in own {
            let margins = layout.flow(year, flow);
            record_tally(layout, tally, &mut told[margins.start - first..margins.end - first]);
        }
        let first_group = layout.margin(Margin::Group(0));
        let groups = |flow: Flow| {
            let start = layout.flow(year, flow).start - first + first_group;
            start..start + AgeGroup::ALL.len()
        };
        told.copy_within(groups(Flow::NewPlans), groups(Flow::Assessments).start);
        add_each(&mut told[groups(Flow::Assessments)], &flows.assessed_only);
        told.copy_within(groups(Flow::Assessments), groups(Flow::Requests).start);
        add_each(&mut told[groups(Flow::Requests)], &flows.not_assessed);
        for flow in Flow::ALL {
            let mut total = N::default();
            for count in &told[groups(*flow)] {
                total += *count;
            }
            told[layout.flow(year, *flow).start - first] = total;
        }
    }

    /// Writes the flows added up last into the rows.
    pub fn write_flows<C: Count>(&self, year: usize, rows: &mut [&mut [C]]) {
        spread(self.layout.flows(year), &self.flows, rows);
    }
}

/// Writes what is told of all futures into the row of each. Not side by side: processors that can gather the numbers of
/// a future from all lanes at once take longer for it.
fn spread<N: Number, C: Count>(range: Range<usize>, told: &[N], rows: &mut [&mut [C]]) {
    // A few at a time: rows lie far apart, and the numbers of a future are not beside each other.
    for (start, told) in range.step_by(AT_ONCE).zip(told.chunks(AT_ONCE)) {
        for (lane, row) in rows.iter_mut().enumerate() {
            copy_lane(&mut row[start..start + told.len()], told, lane);
        }
    }
}

const AT_ONCE: usize = 16;

/// Adds the counts of `parts` to those of `sums`, place by place.
#[inline(always)]
fn add_each<N: Number>(sums: &mut [N], parts: &[N]) {
    for place in 0..parts.len() {
        // If it knew the next place, the compiler would take several together, and their lanes apart.
        let place = black_box(place);
        sums[place] += parts[place];
    }
}

/// Adds a flow to its margins by setting, need and age group.
#[inline(always)]
fn record_tally<N: Number>(layout: Layout, tally: &Tally<N>, margins: &mut [N]) {
    let place = |margin| layout.margin(margin);
    let (settings, needs, groups) = (place(Margin::Setting(0)), place(Margin::Need(0)), place(Margin::Group(0)));
    for (need, cells) in tally.by_place.chunks_exact(layout.shape.settings).enumerate() {
        add_each(&mut margins[settings..settings + layout.shape.settings], cells);
        for count in cells {
            if !count.is_zero() {
                margins[needs + need] += *count;
            }
        }
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
