//! What diagnoses make of next year's plans.
//!
//! A lever that changes how many children a pathway diagnoses changes who asks for a plan. In one future, with the
//! same children and rates, let a service diagnose Δ more in a year than without the levers. Of next year's
//! new plans at the outcome's ages, expected as μ of its need and ν of all others with the levers on joiners,
//!   those of the need are multiplied by 1 + (κ·Δ + r)/μ,  the others by 1 − r/ν,  r = ρ·Δ within −μ and ν,
//! κ being the plans per diagnosis that nobody would have without it and ρ those that would have named another need: no
//! more are renamed than there are. Factors are kept within 0 and [`MOST_FACTOR`], and what that cuts off of the first
//! is renamed less by as much. Requests and assessments follow the plans, as with every lever.
//! The baseline's diagnoses are in the fitted rates already, so it is never changed.

use super::parameters::{Parameters, Prepared};
use super::plan_rates::PlanRates;
use super::service_model::{OutcomeModel, OutcomeRates, ServiceModel};
use super::serving::LineYear;
use crate::numerics::lanes::Number;
use crate::scenario::effects::YearEffects;
use crate::scenario::lever::MOST_FACTOR;
use crate::units::Age;

/// One of several futures, with its rates.
#[derive(Clone, Copy)]
pub struct Future<'a, N> {
    pub prepared: &'a Prepared,
    pub parameters: &'a Parameters,
    pub rates: &'a PlanRates<N>,
    pub lane: usize,
}

/// Changes the effects of year `index` by what services with levers, and without, diagnosed in the year before.
pub fn follow_diagnoses<N: Number>(
    future: Future<N>,
    index: usize,
    model: &ServiceModel,
    (with, without): (&[LineYear], &[LineYear]),
    effects: &mut YearEffects,
) {
    for (line, own) in model.lines.iter().enumerate() {
        let Some(outcome) = &own.outcome else { continue };
        let more = with[line].diagnosed - without[line].diagnosed;
        if more != 0.0 {
            let rates = future.parameters.services.outcomes[line];
            let expected = expected_plans(future, index, outcome, &effects.joiner_factor);
            change_plans(future.prepared, outcome, factors(rates, more, expected), &mut effects.joiner_factor);
        }
    }
}

/// New plans of the outcome's ages with its need, and with others.
fn expected_plans<N: Number>(future: Future<N>, index: usize, outcome: &OutcomeModel, factors: &[f64]) -> (f64, f64) {
    let Future { prepared, parameters, rates, lane } = future;
    let shape = prepared.shape;
    let (mut named, mut others) = (0.0, 0.0);
    for age in ages(outcome) {
        let plans = parameters.new_plans[index][age];
        rates.mix(prepared, index, age).visit(|place, share| {
            let expected = if place / shape.settings == outcome.need { &mut named } else { &mut others };
            *expected += plans * share.lane(lane) * factors.get(shape.cell(age, 0, 0) + place).copied().unwrap_or(1.0);
        });
    }
    (named, others)
}

/// The factor on new plans with the outcome's need, and on others.
fn factors(rates: OutcomeRates, more: f64, (named, others): (f64, f64)) -> (f64, f64) {
    if named <= 0.0 {
        return (1.0, 1.0);
    }
    let renamed = (rates.renamed * more).clamp(-named, others.max(0.0));
    let change = rates.plans * more + renamed;
    let own = (1.0 + change / named).clamp(0.0, MOST_FACTOR);
    // What the bounds cut off is renamed less by as much.
    let part = if change != 0.0 { named * (own - 1.0) / change } else { 1.0 };
    let other = if others > 0.0 { (1.0 - renamed * part / others).clamp(0.0, MOST_FACTOR) } else { 1.0 };
    (own, other)
}

fn change_plans(prepared: &Prepared, outcome: &OutcomeModel, (own, other): (f64, f64), factors: &mut Vec<f64>) {
    let shape = prepared.shape;
    factors.resize(shape.cells(), 1.0);
    for age in ages(outcome) {
        let sheet = &mut factors[shape.cell(age, 0, 0)..][..shape.cells_per_age()];
        for (need, cells) in sheet.chunks_exact_mut(shape.settings).enumerate() {
            cells.iter_mut().for_each(|factor| *factor *= if need == outcome.need { own } else { other });
        }
    }
}

/// Nobody joins at the last age.
fn ages(outcome: &OutcomeModel) -> std::ops::RangeInclusive<usize> {
    outcome.ages.0..=outcome.ages.1.min(Age::LAST.index() - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 10 more diagnosed, of whom 2 get a plan for it and 3 have theirs name the need: of 20 plans of the need 25 come,
    /// of 60 others 57.
    #[test]
    fn plans_that_follow_diagnoses_by_hand() {
        let rates = OutcomeRates { diagnosed: 0.7, plans: 0.2, renamed: 0.3 };
        let near = |found: (f64, f64), expected: (f64, f64)| {
            assert!((found.0 - expected.0).abs() < 1e-12 && (found.1 - expected.1).abs() < 1e-12, "{found:?}");
        };
        near(factors(rates, 10.0, (20.0, 60.0)), (25.0 / 20.0, 57.0 / 60.0));
        near(factors(rates, -10.0, (20.0, 60.0)), (15.0 / 20.0, 63.0 / 60.0));
        // Never fewer than none, nothing of nothing, and no plan is renamed that was not there.
        near(factors(rates, -100.0, (20.0, 0.0)), (0.0, 1.0));
        near(factors(rates, 10.0, (0.0, 60.0)), (1.0, 1.0));
        near(factors(rates, -20.0, (8.0, 60.0)), (0.0, 1.0 + 4.8 / 60.0));
        near(factors(OutcomeRates { plans: 0.0, ..rates }, 1e6, (20.0, 60.0)), (4.0, 0.0));
        // 60 at most are renamed: 20 + 2000 + 60 are cut to 100, of which 80·60/2060 were renamed.
        let (own, other) = factors(rates, 10_000.0, (20.0, 60.0));
        near((own, other), (MOST_FACTOR, 1.0 - 80.0 * (60.0 / 2060.0) / 60.0));
    }
}
