//! What a block is given for a year, and where it counts the flows.

use super::chance::{Count, Sum};
use super::parameters::{Parameters, Prepared};
use super::plan_rates::PlanRates;
use crate::domain::age_group::AgeGroup;
use crate::domain::grid::Shape;
use crate::numerics::lanes::Number;
use crate::scenario::effects::YearEffects;
use crate::units::Age;

/// One year of one replicate of one scenario.
#[derive(Clone, Copy)]
pub struct YearInputs<'a> {
    pub prepared: &'a Prepared,
    pub parameters: &'a Parameters,
    pub effects: &'a YearEffects,
    /// 0 for the year after the base census.
    pub index: usize,
}

impl YearInputs<'_> {
    /// The calendar year of the flows.
    pub fn year(&self) -> u16 {
        self.prepared.first_year + self.index as u16
    }
}

/// One year of one replicate or several, for the blocks of plans.
#[derive(Clone, Copy)]
pub struct PlanInputs<'a, N> {
    pub prepared: &'a Prepared,
    pub rates: &'a PlanRates<N>,
    /// What is the same in all futures.
    pub effects: &'a YearEffects,
    /// Factors on new plans by future, as [`YearEffects::joiner_factor`], where futures have their own; else empty.
    pub joiner_factors: &'a [&'a [f64]],
    /// 0 for the year after the base census.
    pub index: usize,
}

impl<N> PlanInputs<'_, N> {
    /// The calendar year of the flows.
    #[inline(always)]
    pub fn year(&self) -> u16 {
        self.prepared.first_year + self.index as u16
    }
}

/// One flow of a year: by need × setting over all ages, and by opening age over all of those.
#[derive(Clone, Debug, PartialEq)]
pub struct Tally<C> {
    /// In the order of a sheet of the grid.
    pub by_place: Vec<C>,
    pub by_age: [C; Age::COUNT],
}

impl<C: Sum> Tally<C> {
    fn new(shape: Shape) -> Tally<C> {
        Tally { by_place: vec![C::default(); shape.cells_per_age()], by_age: [C::default(); Age::COUNT] }
    }

    fn clear(&mut self) {
        self.by_place.fill(C::default());
        self.by_age.fill(C::default());
    }

    #[inline(always)]
    pub fn add(&mut self, age: usize, place: usize, count: C) {
        self.by_place[place] += count;
        self.by_age[age] += count;
    }
}

/// The flows of one year, as the blocks count them.
#[derive(Clone, Debug, PartialEq)]
pub struct YearFlows<C> {
    pub leavers: Tally<C>,
    pub movers_from: Tally<C>,
    pub movers_to: Tally<C>,
    pub new_plans: Tally<C>,
    pub moved_in: Tally<C>,
    /// Requests that led to an assessment and no plan, and to no assessment, by age group.
    pub assessed_only: [C; AgeGroup::ALL.len()],
    pub not_assessed: [C; AgeGroup::ALL.len()],
    /// Children counted under another setting than the one they were bound for or in, since it had no
    /// place for them, or under the one they lacked, since it had.
    pub redirected_from: Tally<C>,
    pub redirected_to: Tally<C>,
    /// Plans issued by cell at the opening age, where services or SEN support ask for them.
    pub issued: Vec<C>,
    /// Who came and went, where children are told apart: a list for each future.
    pub journeys: Vec<Vec<Journey>>,
    /// Movers by the setting they left and the one they went to, where that is asked for.
    pub between: Vec<C>,
    /// Children who needed a place in each limited setting before places were given.
    pub needing: Vec<C>,
}

/// Children of one future who go together, from or to where children are told apart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Journey {
    pub whence: Whence,
    pub bound: Bound,
    pub count: f64,
}

/// Where children come from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Whence {
    /// The cell in which they would have stood at the closing census, all its children with those
    /// who left it, and how many of these went before.
    Cell { cell: u32, total: f64, gone: f64 },
    /// Plans that start or move in at this age, with numbers of their own from `child` on.
    Joiner { age: u8, child: u32 },
}

/// Where children go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// For this cell of a setting with limited places, by the setting's number among these.
    Limited { cell: u32, limited: u8 },
    /// For another setting, or their plans end.
    Elsewhere,
}

impl<C: Sum> YearFlows<C> {
    /// Those of as many futures as there are lists of journeys.
    pub fn new(shape: Shape, futures: usize) -> YearFlows<C> {
        let none = Tally::new(shape);
        YearFlows {
            leavers: none.clone(),
            movers_from: none.clone(),
            movers_to: none.clone(),
            new_plans: none.clone(),
            moved_in: none.clone(),
            redirected_from: none.clone(),
            redirected_to: none,
            issued: Vec::new(),
            journeys: vec![Vec::new(); futures],
            between: Vec::new(),
            needing: Vec::new(),
            assessed_only: [C::default(); AgeGroup::ALL.len()],
            not_assessed: [C::default(); AgeGroup::ALL.len()],
        }
    }

    pub fn clear(&mut self) {
        let YearFlows { leavers, movers_from, movers_to, new_plans, moved_in, assessed_only, not_assessed, .. } = self;
        let YearFlows { redirected_from, redirected_to, issued, journeys, needing, between, .. } = self;
        for tally in [leavers, movers_from, movers_to, new_plans, moved_in, redirected_from, redirected_to] {
            tally.clear();
        }
        issued.fill(C::default());
        between.fill(C::default());
        journeys.iter_mut().for_each(Vec::clear);
        needing.clear();
        assessed_only.fill(C::default());
        not_assessed.fill(C::default());
    }
}

impl<C: Count> Tally<C> {
    /// That of one of several futures.
    fn copy_lane<N: Number>(&mut self, all: &Tally<N>, lane: usize) {
        copy_lane(&mut self.by_place, &all.by_place, lane);
        copy_lane(&mut self.by_age, &all.by_age, lane);
    }
}

impl<C: Count> YearFlows<C> {
    /// Those of one of several futures, as far as they are known before places are given.
    /// Its journeys are no longer there.
    pub fn take_lane<N: Number>(&mut self, all: &mut YearFlows<N>, lane: usize) {
        self.clear();
        std::mem::swap(&mut self.journeys[0], &mut all.journeys[lane]);
        for (own, all) in [
            (&mut self.leavers, &all.leavers),
            (&mut self.movers_from, &all.movers_from),
            (&mut self.movers_to, &all.movers_to),
            (&mut self.new_plans, &all.new_plans),
            (&mut self.moved_in, &all.moved_in),
        ] {
            own.copy_lane(all, lane);
        }
        copy_lane(&mut self.assessed_only, &all.assessed_only, lane);
        copy_lane(&mut self.not_assessed, &all.not_assessed, lane);
        copy_lane(&mut self.issued, &all.issued, lane);
    }
}

impl<N: Number> YearFlows<N> {
    /// Notes children who go together, in each future in which there are any; `whence` tells where from in one.
    #[inline(always)]
    pub fn note_journey(&mut self, bound: Bound, count: N, whence: impl Fn(usize) -> Whence) {
        for (lane, journeys) in self.journeys.iter_mut().enumerate() {
            let count = count.lane(lane);
            if count > 0.0 {
                journeys.push(Journey { whence: whence(lane), bound, count });
            }
        }
    }
}

/// Copies the counts of one of several futures.
pub fn copy_lane<C: Count, N: Number>(own: &mut [C], all: &[N], lane: usize) {
    own.iter_mut().zip(all).for_each(|(own, all)| *own = C::reckoned(all.lane(lane)));
}
