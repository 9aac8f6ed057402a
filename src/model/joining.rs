//! Requests → assessments → plans issued, with need and setting; and plans that move in.
//!
//! At opening age a, with mean μ(a) = rate(a)·residents(a)·path:
//!   new plans ~ Poisson(μ),  assessed without a plan ~ Poisson(μ·r₁),
//!   not assessed ~ Poisson(μ·r₂),  requests = the sum of the three.
//! Each new plan takes need and setting from the mix of its age and stands at a+1 in the closing
//! census. A lever with factors f(a,n,s) works by thinning: candidates ~ Poisson(μ·F) with
//! F = max(1, max f), each kept with probability f/F, so that a scenario with fewer new plans has
//! a part of the baseline's children and no others. Requests without a plan follow the mean factor.
//! Plans that move in ~ Poisson(rate(a)·residents(a)); no lever acts on them.

use super::chance::{Address, Chance};
use super::diversion::{Arrival, Bound, place_diverted};
use super::flow::{FlowSink, YearInputs};
use crate::numerics::stream::Mechanism;
use crate::units::Age;

/// One year of joiners, added to `closing`. Nobody joins at 25: the plan would end within the year.
pub fn step_joining<K: Chance>(
    chance: &K,
    inputs: YearInputs,
    closing: &mut [K::Count],
    sink: &mut impl FlowSink<K::Count>,
) {
    for age in 0..Age::COUNT - 1 {
        issue_plans(chance, inputs, age, closing, sink);
        move_in(chance, inputs, age, closing, sink);
    }
}

fn issue_plans<K: Chance>(
    chance: &K,
    inputs: YearInputs,
    age: usize,
    closing: &mut [K::Count],
    sink: &mut impl FlowSink<K::Count>,
) {
    let YearInputs { prepared, parameters, effects, index } = inputs;
    let (shape, year) = (prepared.shape, inputs.year());
    let mean = parameters.new_plans[index][age];
    let profile = &parameters.profiles[age];
    let at = |mechanism| Address { mechanism, year, unit: age as u32 };
    let levers = JoinerLevers::at_age(&effects.joiner_factor, shape.cell(age, 0, 0), shape.cells_per_age());
    let candidates = chance.arrive(at(Mechanism::Issuing), mean * levers.most);
    let older = shape.cell(age + 1, 0, 0);
    chance.scatter(at(Mechanism::NewPlanProfile), candidates, profile, |index, category, count| {
        let mut kept = count;
        if let Some(share) = levers.kept_share(category) {
            kept = chance.thin(at(Mechanism::NewPlanThinning), index, count, share);
            if kept == K::Count::default() {
                return;
            }
        }
        let (need, to) = prepared.keys(category);
        let cell = shape.cell(age, need, to);
        let at = at(Mechanism::NewPlanProfile);
        let arrival = Arrival { bound: Bound::Joiner, at, index, cell, to, count: kept };
        place_diverted(chance, effects, arrival, |to, count| {
            closing[older + need * shape.settings + to] += count;
            sink.start_plan(age, need, to, count);
        });
    });
    let joiners = &prepared.rates().joiners;
    let behind = mean * levers.mean_factor(profile.shares());
    let assessed = chance.arrive(at(Mechanism::AssessedOnly), behind * joiners.assessed_only[age]);
    let not_assessed = chance.arrive(at(Mechanism::NotAssessed), behind * joiners.not_assessed[age]);
    sink.request_without_plan(age, assessed, not_assessed);
}

fn move_in<K: Chance>(
    chance: &K,
    inputs: YearInputs,
    age: usize,
    closing: &mut [K::Count],
    sink: &mut impl FlowSink<K::Count>,
) {
    let (prepared, year) = (inputs.prepared, inputs.year());
    let shape = prepared.shape;
    let at = |mechanism| Address { mechanism, year, unit: age as u32 };
    let arrivals = chance.arrive(at(Mechanism::MovingIn), inputs.parameters.moved_in[inputs.index][age]);
    let older = shape.cell(age + 1, 0, 0);
    let profile = prepared.moved_in_profile(age);
    chance.scatter(at(Mechanism::MovedInProfile), arrivals, profile, |_, category, count| {
        closing[older + category] += count;
        let (need, setting) = prepared.keys(category);
        sink.move_in(age, need, setting, count);
    });
}

/// Factors of the levers at one age; none where `factors` is empty.
struct JoinerLevers<'a> {
    factors: &'a [f64],
    /// The factor on candidates: the largest of the cells, and never below 1.
    most: f64,
}

impl<'a> JoinerLevers<'a> {
    fn at_age(all: &'a [f64], first: usize, count: usize) -> JoinerLevers<'a> {
        let factors = all.get(first..first + count).unwrap_or_default();
        JoinerLevers { factors, most: factors.iter().copied().fold(1.0, f64::max) }
    }

    fn kept_share(&self, category: usize) -> Option<f64> {
        self.factors.get(category).map(|factor| factor / self.most).filter(|share| *share < 1.0)
    }

    fn mean_factor(&self, shares: impl Iterator<Item = (usize, f64)>) -> f64 {
        if self.factors.is_empty() {
            return 1.0;
        }
        shares.map(|(category, share)| share * self.factors[category]).sum()
    }
}
