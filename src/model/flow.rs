//! What a block is given for a year, and where it counts the flows.

use super::chance::Count;
use super::parameters::{Parameters, Prepared};
use super::steering::AgeSteering;
use crate::domain::age_group::AgeGroup;
use crate::domain::grid::Shape;
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

    /// Steering of placements of an opening age.
    #[inline]
    pub fn steering(&self, age: usize) -> Option<AgeSteering<'_>> {
        self.prepared.steering[self.index].as_ref()?.at(age)
    }
}

/// One flow of a year: by need × setting over all ages, and by opening age over all of those.
#[derive(Clone, Debug, PartialEq)]
pub struct Tally<C> {
    /// In the order of a sheet of the grid.
    pub by_place: Vec<C>,
    pub by_age: [C; Age::COUNT],
}

impl<C: Count> Tally<C> {
    fn new(shape: Shape) -> Tally<C> {
        Tally { by_place: vec![C::default(); shape.cells_per_age()], by_age: [C::default(); Age::COUNT] }
    }

    fn clear(&mut self) {
        self.by_place.fill(C::default());
        self.by_age.fill(C::default());
    }

    #[inline]
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
    /// Who came and went, where children are told apart.
    pub journeys: Vec<Journey<C>>,
    /// Movers by the setting they left and the one they went to, where that is asked for.
    pub between: Vec<C>,
    /// Children who needed a place in each limited setting before places were given.
    pub needing: Vec<C>,
}

/// Children who go together, from or to where children are told apart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Journey<C> {
    pub whence: Whence<C>,
    pub bound: Bound,
    pub count: C,
}

/// Where children come from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Whence<C> {
    /// The cell in which they would have stood at the closing census, and all its children with those
    /// who left it.
    Cell { cell: u32, total: C },
    /// A plan that starts or moves in at this age, with a number of its own.
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

impl<C: Count> YearFlows<C> {
    pub fn new(shape: Shape) -> YearFlows<C> {
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
            journeys: Vec::new(),
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
        journeys.clear();
        needing.clear();
        assessed_only.fill(C::default());
        not_assessed.fill(C::default());
    }
}
