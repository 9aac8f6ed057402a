//! Requests → assessments → plans issued, with need and setting; and plans that move in.
//!
//! At opening age a, with mean μ(a) = rate(a)·residents(a)·path, and share p(a,n,s) of need n and setting s in the
//! mix of the age, as steered:
//!   new plans of n and s ~ Poisson(μ·p),  assessed without a plan ~ Poisson(μ·r₁),
//!   not assessed ~ Poisson(μ·r₂),  requests = the sum of the three.
//! New plans stand at a+1 in the closing census. A lever with factors f(a,n,s) works in two parts, each with draws
//! of its own: the baseline's plans are kept with probability min(1, f), and further plans are
//! Poisson(μ·p·max(0, f − 1)). So a cell that no lever reaches keeps the baseline's children, and more or less of
//! a lever gives the same children and others, or some of them. Requests without a plan follow the mean factor.
//! Rejected: Poisson(μ) plans of an age, and then need and setting of each (the same distribution, child by child).
//! Plans that move in ~ Poisson(rate(a)·residents(a)), each with need and setting from a mix; no lever acts on them.

use super::chance::Address;
use super::diversion::{Arrival, Diverted, place_diverted};
use super::flow::{Bound, PlanInputs, Whence, YearFlows};
use super::futures::{Futures, Word};
use super::parameters::Prepared;
use crate::domain::age_group::AgeGroup;
use crate::numerics::lanes::{Number, SideBySide, run_side_by_side};
use crate::numerics::stream::Mechanism;
use crate::units::Age;

/// One year of joiners, added to `closing`. Nobody joins at 25: the plan would end within the year.
#[inline(always)]
pub fn step_joining<F: Futures>(
    futures: &F,
    inputs: PlanInputs<F::Number>,
    closing: &mut [F::Number],
    flows: &mut YearFlows<F::Number>,
) {
    let size = inputs.prepared.shape.cells_per_age();
    let levers = JoinerLevers::new(inputs);
    for age in 0..Age::COUNT - 1 {
        let older = &mut closing[(age + 1) * size..][..size];
        issue_plans(futures, inputs, levers, age, older, flows);
        move_in(futures, inputs, age, older, flows);
    }
    request_without_plan(futures, inputs, levers, flows);
}

#[inline(always)]
fn issue_plans<F: Futures>(
    futures: &F,
    inputs: PlanInputs<F::Number>,
    levers: JoinerLevers,
    age: usize,
    older: &mut [F::Number],
    flows: &mut YearFlows<F::Number>,
) {
    let PlanInputs { prepared, rates, effects, index, .. } = inputs;
    let first = prepared.shape.cell(age, 0, 0);
    let plans = rates.new_plans[index][age];
    let at = |mechanism, place| Address { mechanism, year: inputs.year(), unit: (first + place) as u32 };
    let mut words = futures.words(at(Mechanism::Issuing, 0), 0);
    let mut issued = F::Number::default();
    rates.mix(prepared, index, age).visit(
        #[inline(always)]
        |place, share| {
            // Four cells that lie together share a block of words.
            let number = place % 4;
            if number == 0 && place > 0 {
                words = futures.words(at(Mechanism::Issuing, place), 0);
            }
            let by = Word { at: at(Mechanism::Issuing, place - number), index: 0, words: &words, number };
            let mean = plans * share;
            let mut count = futures.arrive(by, mean);
            let mut added = F::Number::default();
            if let Some(factor) = levers.factor::<F::Number>(first + place) {
                let (one, none) = (F::Number::splat(1.0), F::Number::default());
                if one.exceeds(factor) {
                    count = futures.thin(at(Mechanism::NewPlanThinning, place), 0, count, factor.least(one));
                }
                if factor.exceeds(one) {
                    added = arrive(futures, at(Mechanism::AddedIssuing, place), mean * (factor - one).most(none));
                }
            }
            for (part, count) in [(BASELINE, count), (ADDED, added)] {
                if count.is_zero() {
                    continue;
                }
                let (need, to) = prepared.keys(place);
                let row = need * prepared.shape.settings;
                let at = at(Mechanism::NewPlanDiversion, place);
                let mut child = F::Number::splat(f64::from(number_children(part, place)));
                let arrival = Arrival { who: Diverted::Joiner, at, index: part, cell: first + place, to, count };
                place_diverted(
                    futures,
                    effects,
                    arrival,
                    #[inline(always)]
                    |to, count| {
                        older[row + to] += count;
                        flows.new_plans.by_place[row + to] += count;
                        issued += count;
                        if let Some(issued) = flows.issued.get_mut(first + row + to) {
                            *issued += count;
                        }
                        note_joiners(prepared, flows, (age, &mut child), (row + to, to), count);
                    },
                );
            }
        },
    );
    flows.new_plans.by_age[age] += issued;
}

/// Requests that lead to no plan are counted by age group, and so drawn by age group: a sum of
/// Poisson numbers is one.
#[inline(always)]
fn request_without_plan<F: Futures>(
    futures: &F,
    inputs: PlanInputs<F::Number>,
    levers: JoinerLevers,
    flows: &mut YearFlows<F::Number>,
) {
    let PlanInputs { prepared, rates, index, .. } = inputs;
    let joiners = &prepared.rates().joiners;
    let mut assessed_only = [F::Number::default(); AgeGroup::ALL.len()];
    let mut not_assessed = [F::Number::default(); AgeGroup::ALL.len()];
    for age in 0..Age::COUNT - 1 {
        let mean = rates.new_plans[index][age] * mean_factor(inputs, levers, age);
        assessed_only[prepared.group(age)] += mean * F::Number::splat(joiners.assessed_only[age]);
        not_assessed[prepared.group(age)] += mean * F::Number::splat(joiners.not_assessed[age]);
    }
    for group in 0..AgeGroup::ALL.len() {
        let at = |mechanism| Address { mechanism, year: inputs.year(), unit: group as u32 };
        flows.assessed_only[group] = arrive(futures, at(Mechanism::AssessedOnly), assessed_only[group]);
        flows.not_assessed[group] = arrive(futures, at(Mechanism::NotAssessed), not_assessed[group]);
    }
}

/// Events of a unit that shares its words with no other.
fn arrive<F: Futures>(futures: &F, at: Address, mean: F::Number) -> F::Number {
    run_side_by_side(Arriving { futures, at, mean })
}

struct Arriving<'a, F: Futures> {
    futures: &'a F,
    at: Address,
    mean: F::Number,
}

impl<F: Futures> SideBySide for Arriving<'_, F> {
    type Output = F::Number;

    #[inline(always)]
    fn run(self) -> F::Number {
        let Arriving { futures, at, mean } = self;
        futures.arrive(Word { at, index: 0, words: &futures.words(at, 0), number: 0 }, mean)
    }
}

#[inline(always)]
fn move_in<F: Futures>(
    futures: &F,
    inputs: PlanInputs<F::Number>,
    age: usize,
    older: &mut [F::Number],
    flows: &mut YearFlows<F::Number>,
) {
    let prepared = inputs.prepared;
    let at = |mechanism| Address { mechanism, year: inputs.year(), unit: age as u32 };
    let mean = F::Number::splat(prepared.moved_in(inputs.index, age));
    let arrivals = arrive(futures, at(Mechanism::MovingIn), mean);
    let profile = prepared.moved_in_profile(age);
    futures.scatter(at(Mechanism::MovedInProfile), arrivals, profile, |index, place, lane, count| {
        older[place].add_to_lane(lane, count);
        flows.moved_in.by_place[place].add_to_lane(lane, count);
        if prepared.places.is_some() {
            let mut all = F::Number::default();
            all.add_to_lane(lane, count);
            let (_, to) = prepared.keys(place);
            let mut child = F::Number::splat(f64::from(number_children(MOVED_IN, 0) + index));
            note_joiners(prepared, flows, (age, &mut child), (place, to), all);
        }
    });
    flows.moved_in.by_age[age] += arrivals;
}

/// Notes children, by age and number, who are bound for a cell of a setting with limited places. `child` is the number
/// of the first in each future.
#[inline(always)]
fn note_joiners<N: Number>(
    prepared: &Prepared,
    flows: &mut YearFlows<N>,
    (age, child): (usize, &mut N),
    (place, setting): (usize, usize),
    count: N,
) {
    let Some(places) = &prepared.places else { return };
    let bound = places.bound(prepared.shape.cell(age + 1, 0, 0) + place, setting);
    if bound != Bound::Elsewhere {
        let child = *child;
        flows.note_journey(bound, count, |lane| Whence::Joiner { age: age as u8, child: child.lane(lane) as u32 });
    }
    *child += count;
}

/// New plans of the baseline, those that levers add, and plans that move in: children of each have numbers of their
/// own, and diversions draws of their own.
const BASELINE: u32 = 0;
const ADDED: u32 = 1;
const MOVED_IN: u32 = 2;

/// The number of the first child of a part and place.
fn number_children(part: u32, place: usize) -> u32 {
    part << 30 | (place as u32) << 20
}

/// Factors of levers on new plans, by cell.
#[derive(Clone, Copy)]
enum JoinerLevers<'a> {
    None,
    /// The same in all futures.
    Common(&'a [f64]),
    /// By future; empty where all are 1.
    Own(&'a [&'a [f64]]),
}

impl<'a> JoinerLevers<'a> {
    fn new<N>(inputs: PlanInputs<'a, N>) -> JoinerLevers<'a> {
        let PlanInputs { effects, joiner_factors, .. } = inputs;
        if joiner_factors.iter().any(|own| !own.is_empty()) {
            JoinerLevers::Own(joiner_factors)
        } else if joiner_factors.is_empty() && !effects.joiner_factor.is_empty() {
            JoinerLevers::Common(&effects.joiner_factor)
        } else {
            JoinerLevers::None
        }
    }

    #[inline(always)]
    fn factor<N: Number>(self, cell: usize) -> Option<N> {
        match self {
            JoinerLevers::None => None,
            JoinerLevers::Common(factors) => Some(factors[cell]).filter(|factor| *factor != 1.0).map(N::splat),
            JoinerLevers::Own(own) => {
                Some(N::of_lanes(|lane| own[lane.min(own.len() - 1)].get(cell).copied().unwrap_or(1.0)))
            }
        }
    }
}

/// The mean of the factors on an age's new plans. From 1, so that an age no lever reaches keeps its requests to the
/// last bit.
#[inline(always)]
fn mean_factor<N: Number>(inputs: PlanInputs<N>, levers: JoinerLevers, age: usize) -> N {
    let (one, mut mean) = (N::splat(1.0), N::splat(1.0));
    if !matches!(levers, JoinerLevers::None) {
        let first = inputs.prepared.shape.cell(age, 0, 0);
        inputs.rates.mix(inputs.prepared, inputs.index, age).visit(|place, share| {
            if let Some(factor) = levers.factor::<N>(first + place) {
                mean += share * (factor - one);
            }
        });
    }
    mean
}
