//! Requests → assessments → plans issued, with need and setting; and plans that move in.
//!
//! At opening age a, with mean μ(a) = rate(a)·residents(a)·path:
//!   new plans ~ Poisson(μ),  assessed without a plan ~ Poisson(μ·r₁),
//!   not assessed ~ Poisson(μ·r₂),  requests = the sum of the three.
//! Each new plan takes need and setting from the mix of its age, as steered, and stands at a+1 in the
//! closing census. A lever with factors f(a,n,s) works in two parts, each with draws of its own. The
//! baseline's plans are kept with probability min(1, f). Where some f passes 1, up to its largest F,
//! further candidates ~ Poisson(μ·(F − 1)) are kept with probability max(0, f − 1)/(F − 1). So a
//! cell that no lever reaches keeps the baseline's children, and more or less of a lever gives the
//! same children and others, or some of them. Requests without a plan follow the mean factor.
//! Rejected: Poisson(μ·F) thinned by f/F (cells at f = 1 would be redrawn).
//! Plans that move in ~ Poisson(rate(a)·residents(a)); no lever acts on them.

use super::chance::{Address, Chance, Count};
use super::diversion::{Arrival, Diverted, place_diverted};
use super::flow::{Bound, Journey, Whence, YearFlows, YearInputs};
use super::mix::Mix;
use super::parameters::Prepared;
use crate::domain::age_group::AgeGroup;
use crate::numerics::stream::Mechanism;
use crate::units::Age;

/// One year of joiners, added to `closing`. Nobody joins at 25: the plan would end within the year.
pub fn step_joining<K: Chance>(
    chance: &K,
    inputs: YearInputs,
    closing: &mut [K::Count],
    flows: &mut YearFlows<K::Count>,
) {
    for age in 0..Age::COUNT - 1 {
        issue_plans(chance, inputs, age, closing, flows);
        move_in(chance, inputs, age, closing, flows);
    }
    request_without_plan(chance, inputs, flows);
}

fn issue_plans<K: Chance>(
    chance: &K,
    inputs: YearInputs,
    age: usize,
    closing: &mut [K::Count],
    flows: &mut YearFlows<K::Count>,
) {
    let YearInputs { prepared, parameters, effects, index } = inputs;
    let (shape, year) = (prepared.shape, inputs.year());
    let mean = parameters.new_plans[index][age];
    let mix = Mix::of_new_plans(prepared, parameters, index, age);
    let at = |mechanism| Address { mechanism, year, unit: age as u32 };
    let levers = JoinerLevers::at_age(&effects.joiner_factor, shape.cell(age, 0, 0), shape.cells_per_age());
    let (cell_of_age, older) = (shape.cell(age, 0, 0), shape.cell(age + 1, 0, 0));
    for part in [BASELINE_PLANS, ADDED_PLANS] {
        let mean = mean * levers.candidates(part);
        if mean == 0.0 {
            continue;
        }
        let candidates = chance.arrive(at(part.issuing), mean);
        chance.scatter(at(part.profile), candidates, mix, |index, category, count| {
            let mut kept = count;
            if let Some(share) = levers.kept_share(part, category) {
                kept = chance.thin(at(part.thinning), index, count, share);
                if kept == K::Count::default() {
                    return;
                }
            }
            let (need, to) = prepared.keys(category);
            let cell = shape.cell(age, need, to);
            let arrival = Arrival {
                who: Diverted::Joiner,
                at: at(part.profile),
                index: index + part.offset,
                cell,
                to,
                count: kept,
            };
            let child = arrival.index;
            place_diverted(chance, effects, arrival, |to, count| {
                let place = need * shape.settings + to;
                closing[older + place] += count;
                flows.new_plans.add(age, place, count);
                if let Some(issued) = flows.issued.get_mut(cell_of_age + place) {
                    *issued += count;
                }
                note_joiner(prepared, flows, (age, child), (older + place, to), count);
            });
        });
    }
}

/// Requests that lead to no plan are counted by age group, and so drawn by age group: a sum of
/// Poisson numbers is one.
fn request_without_plan<K: Chance>(chance: &K, inputs: YearInputs, flows: &mut YearFlows<K::Count>) {
    let YearInputs { prepared, parameters, effects, index } = inputs;
    let (shape, joiners) = (prepared.shape, &prepared.rates().joiners);
    let mut assessed_only = [0.0; AgeGroup::ALL.len()];
    let mut not_assessed = [0.0; AgeGroup::ALL.len()];
    for age in 0..Age::COUNT - 1 {
        let levers = JoinerLevers::at_age(&effects.joiner_factor, shape.cell(age, 0, 0), shape.cells_per_age());
        let mix = Mix::of_new_plans(prepared, parameters, index, age);
        let mean = parameters.new_plans[index][age] * levers.mean_factor(mix);
        assessed_only[prepared.group(age)] += mean * joiners.assessed_only[age];
        not_assessed[prepared.group(age)] += mean * joiners.not_assessed[age];
    }
    for group in 0..AgeGroup::ALL.len() {
        let at = |mechanism| Address { mechanism, year: inputs.year(), unit: group as u32 };
        flows.assessed_only[group] = chance.arrive(at(Mechanism::AssessedOnly), assessed_only[group]);
        flows.not_assessed[group] = chance.arrive(at(Mechanism::NotAssessed), not_assessed[group]);
    }
}

fn move_in<K: Chance>(
    chance: &K,
    inputs: YearInputs,
    age: usize,
    closing: &mut [K::Count],
    flows: &mut YearFlows<K::Count>,
) {
    let (prepared, year) = (inputs.prepared, inputs.year());
    let shape = prepared.shape;
    let at = |mechanism| Address { mechanism, year, unit: age as u32 };
    let arrivals = chance.arrive(at(Mechanism::MovingIn), inputs.parameters.moved_in[inputs.index][age]);
    let older = shape.cell(age + 1, 0, 0);
    let mix = Mix::of_moved_in(prepared, age);
    chance.scatter(at(Mechanism::MovedInProfile), arrivals, mix, |index, category, count| {
        closing[older + category] += count;
        flows.moved_in.add(age, category, count);
        let (_, to) = prepared.keys(category);
        note_joiner(prepared, flows, (age, MOVED_IN + index), (older + category, to), count);
    });
}

/// Notes a child, by age and number, who is bound for a cell of a setting with limited places.
#[inline]
fn note_joiner<C: Count>(
    prepared: &Prepared,
    flows: &mut YearFlows<C>,
    (age, child): (usize, u32),
    (cell, setting): (usize, usize),
    count: C,
) {
    let bound = prepared.places.as_ref().map_or(Bound::Elsewhere, |places| places.bound(cell, setting));
    if bound != Bound::Elsewhere {
        flows.journeys.push(Journey { whence: Whence::Joiner { age: age as u8, child }, bound, count });
    }
}

/// Keeps the numbers of plans that move in apart from those of new ones.
const MOVED_IN: u32 = 1 << 20;

/// New plans of the baseline, or those that levers add: each with its own draws.
#[derive(Clone, Copy)]
struct Part {
    issuing: Mechanism,
    profile: Mechanism,
    thinning: Mechanism,
    /// Keeps diversions of added children apart from those of the baseline's.
    offset: u32,
    added: bool,
}

const BASELINE_PLANS: Part = Part {
    issuing: Mechanism::Issuing,
    profile: Mechanism::NewPlanProfile,
    thinning: Mechanism::NewPlanThinning,
    offset: 0,
    added: false,
};

const ADDED_PLANS: Part = Part {
    issuing: Mechanism::AddedIssuing,
    profile: Mechanism::AddedProfile,
    thinning: Mechanism::AddedThinning,
    offset: 1 << 19,
    added: true,
};

/// Factors of the levers at one age; none where `factors` is empty.
struct JoinerLevers<'a> {
    factors: &'a [f64],
    /// The largest factor, and never below 1.
    most: f64,
}

impl<'a> JoinerLevers<'a> {
    fn at_age(all: &'a [f64], first: usize, count: usize) -> JoinerLevers<'a> {
        let factors = all.get(first..first + count).unwrap_or_default();
        JoinerLevers { factors, most: factors.iter().copied().fold(1.0, f64::max) }
    }

    /// Candidates of a part, as a multiple of the baseline's new plans.
    fn candidates(&self, part: Part) -> f64 {
        if part.added { self.most - 1.0 } else { 1.0 }
    }

    /// The share of a cell's candidates that come about; `None` for all of them.
    fn kept_share(&self, part: Part, category: usize) -> Option<f64> {
        let factor = self.factors.get(category)?;
        let share = if part.added { (factor - 1.0).max(0.0) / (self.most - 1.0) } else { *factor };
        (share < 1.0).then_some(share)
    }

    fn mean_factor(&self, mix: Mix) -> f64 {
        if self.factors.is_empty() {
            return 1.0;
        }
        // From 1, so that an age no lever reaches keeps its requests to the last bit.
        let mut mean = 1.0;
        mix.shares(|category, share| mean += share * (self.factors[category] - 1.0));
        mean
    }
}
