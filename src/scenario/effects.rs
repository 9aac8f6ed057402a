//! What a scenario's levers amount to in each year, on the dense grid.

use super::lever::{Change, Lever, Reach, Scenario};
use super::place_effects::{PlacesInForce, places_in_force};
use super::service_effects::{ServicesInForce, pathways_without_levers, services_in_force};
use crate::domain::grid::{Needs, Shape};
use crate::domain::place::Places;
use crate::domain::service::{Estimate, Service};
use crate::domain::setting::SettingId;
use crate::units::{Age, CensusYear};

/// All levers in force in one calendar year. Empty lists mean the baseline.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct YearEffects {
    /// Factor on new plans per cell of the grid, by opening age; empty when all are 1.
    pub joiner_factor: Vec<f64>,
    /// Factor on the leaver hazard per cell, by opening age; empty when all are 1.
    pub leaver_factor: Vec<f64>,
    pub diversions: Vec<Diversion>,
    /// Offers to pupils on SEN support, whose effect is not known.
    pub early_support: Vec<EarlySupport>,
    /// Share of the new plans of each cell that come from SEN support, where offers have changed it.
    pub from_support: Vec<f64>,
    /// Places from this year's September on; `None` where nothing is limited.
    pub places: Option<PlacesInForce>,
    /// Services of this year; `None` where there are none.
    pub services: Option<ServicesInForce>,
    /// The same without levers, where these change how many are diagnosed.
    pub without_levers: Option<ServicesInForce>,
}

/// A share of children bound for some settings who go elsewhere.
#[derive(Clone, Debug, PartialEq)]
pub struct Diversion {
    pub joiners: bool,
    pub movers: bool,
    /// Probability per cell (opening age, need, setting bound for) of being diverted.
    pub probability: Vec<f64>,
    /// Where to: a share per setting; they sum to 1.
    pub to: Vec<f64>,
}

/// An offer to pupils on SEN support.
#[derive(Clone, Debug, PartialEq)]
pub struct EarlySupport {
    /// Share of the pupils of each cell, by opening age, who got it long enough ago.
    pub reached: Vec<f64>,
    /// By how much the chance of a plan falls for those reached.
    pub effect: Estimate,
    /// Share of the pupils of each cell who get it in the year, and its cost in pounds for each.
    pub offered: Vec<f64>,
    pub cost_per_pupil: f64,
    /// Number of the offer in its scenario: its draw is the same in all years.
    pub number: u32,
}

/// The effects of a scenario in each of `years` calendar years from `base`, on `places` as
/// [`super::place_effects::complete_places`] has them. Services: [`add_services`].
pub fn resolve_effects(
    scenario: &Scenario,
    needs: &Needs,
    shape: Shape,
    base: CensusYear,
    years: usize,
    places: Option<&Places>,
) -> Vec<YearEffects> {
    (0..years)
        .map(|step| {
            let mut effects = YearEffects::default();
            for (number, lever) in scenario.levers.iter().enumerate() {
                apply_lever(number as u32, lever, needs, shape, base.plus(step).0, &mut effects);
            }
            effects.places = places.map(|places| places_in_force(places, scenario, needs, base.plus(step).0));
            effects
        })
        .collect()
}

/// Adds the services in force in each year, where there are any.
pub fn add_services(effects: &mut [YearEffects], services: &[Service], scenario: &Scenario, base: CensusYear) {
    if services.is_empty() {
        return;
    }
    let in_force = services_in_force(services, scenario, base, effects.len());
    if let Some(without) = pathways_without_levers(services, &in_force, base) {
        effects.iter_mut().zip(without).for_each(|(effects, without)| effects.without_levers = Some(without));
    }
    effects.iter_mut().zip(in_force).for_each(|(effects, in_force)| effects.services = Some(in_force));
}

fn apply_lever(number: u32, lever: &Lever, needs: &Needs, shape: Shape, year: u16, effects: &mut YearEffects) {
    let strength = lever.timing.strength(year);
    // What an offer did shows after it has ended, too.
    let before = match lever.change {
        Change::EarlySupport { lag_years, .. } => lever.timing.strength(year.saturating_sub(lag_years)),
        _ => strength,
    };
    if strength == 0.0 && before == 0.0 {
        return;
    }
    match &lever.change {
        Change::JoinerRate { multiply } => {
            let factor = 1.0 + strength * (multiply.value() - 1.0);
            multiply_reach(&mut effects.joiner_factor, &lever.reach, needs, shape, factor);
        }
        Change::LeaverHazard { multiply } => {
            let factor = 1.0 + strength * (multiply.value() - 1.0);
            multiply_reach(&mut effects.leaver_factor, &lever.reach, needs, shape, factor);
        }
        Change::EarlySupport { reach, effect, cost_per_pupil, .. } => {
            let share = |strength: f64| {
                let mut shares = vec![0.0; shape.cells()];
                reached(&lever.reach, needs, shape).for_each(|cell| shares[cell] = strength * reach.value());
                shares
            };
            effects.early_support.push(EarlySupport {
                reached: share(before),
                effect: *effect,
                offered: share(strength),
                cost_per_pupil: *cost_per_pupil,
                number,
            });
        }
        Change::SettingMix { who, share, to } => {
            let mut probability = vec![0.0; shape.cells()];
            for cell in reached(&lever.reach, needs, shape) {
                probability[cell] = strength * share.value();
            }
            let mut shares = vec![0.0; shape.settings];
            for (setting, share) in to {
                shares[setting.index()] += share.value();
            }
            effects.diversions.push(Diversion {
                joiners: who.joiners(),
                movers: who.movers(),
                probability,
                to: shares,
            });
        }
    }
}

fn multiply_reach(factors: &mut Vec<f64>, reach: &Reach, needs: &Needs, shape: Shape, factor: f64) {
    if factor == 1.0 {
        return;
    }
    factors.resize(shape.cells(), 1.0);
    for cell in reached(reach, needs, shape) {
        factors[cell] *= factor;
    }
}

fn reached<'a>(reach: &'a Reach, needs: &'a Needs, shape: Shape) -> impl Iterator<Item = usize> + 'a {
    let settings: Vec<usize> = reach.settings.iter().map(|s: &SettingId| s.index()).collect();
    let chosen: Vec<usize> = reach.needs.iter().filter_map(|need| needs.index(*need)).collect();
    (0..shape.cells()).filter(move |cell| {
        let (age, need, setting) = shape.place(*cell);
        reach.ages.contains(Age::at(age))
            && (reach.needs.is_empty() || chosen.contains(&need))
            && (settings.is_empty() || settings.contains(&setting))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::age_group::AgeSpan;
    use crate::domain::need::Need;
    use crate::scenario::lever::Timing;
    use crate::units::Factor;

    #[test]
    fn a_lever_reaches_only_its_cells_and_years() {
        let needs = Needs::new(vec![Need::Asd, Need::Slcn]);
        let shape = Shape { needs: 2, settings: 3 };
        let scenario = Scenario {
            name: "x".into(),
            title: String::new(),
            levers: vec![Lever {
                change: Change::JoinerRate { multiply: Factor::new(0.7).expect("valid") },
                reach: Reach {
                    ages: AgeSpan::parse("4-10").expect("valid"),
                    needs: vec![Need::Slcn],
                    settings: vec![],
                },
                timing: Timing { from: 2026, until: None, phase_in_years: 3 },
            }],
            ..Scenario::baseline()
        };
        let effects = resolve_effects(&scenario, &needs, shape, CensusYear(2025), 4, None);
        assert!(effects[0].joiner_factor.is_empty());
        let slcn = needs.index(Need::Slcn).expect("in use");
        assert!((effects[1].joiner_factor[shape.cell(4, slcn, 0)] - 0.9).abs() < 1e-12);
        assert!((effects[3].joiner_factor[shape.cell(10, slcn, 2)] - 0.7).abs() < 1e-12);
        assert_eq!(effects[3].joiner_factor[shape.cell(11, slcn, 0)], 1.0);
        assert_eq!(effects[3].joiner_factor[shape.cell(5, 1 - slcn, 0)], 1.0);
    }
}
