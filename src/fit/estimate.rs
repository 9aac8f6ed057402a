//! The whole fit: reference first, then the area with the reference as parent.

use ndarray::{Array1, Array2, Array3, Axis};
use thiserror::Error;

use super::joiners::{JoinerFit, fit_joiners};
use super::ladder::LEVEL_STRENGTH;
use super::leavers::{LeaverFit, fit_leavers, group};
use super::moves::{MoveFit, fit_moves, tilt_by_need};
use super::outlook::{OUTLOOK_YEARS, fit_outlook};
use super::population::carry_forward;
use super::rate_table::{RateRow, tabulate_rates};
use super::stock::{AgeSetting, age_setting_stock, joint_stock, whole_stock};
use super::support::fit_support;
use crate::domain::age_group::AgeGroup;
use crate::domain::assumption::AssumptionKey;
use crate::domain::observation::Measure;
use crate::domain::population::mid_year_of;
use crate::domain::rates::{JoinerRates, LeaverRates, MoveRates, Outlook, Rates};
use crate::domain::world::{Evidence, World};

/// What was assumed where data were missing or did not balance, for the run record.
pub type Notes = Vec<String>;

/// What the checks of the input let through and the fit cannot work with.
#[derive(Debug, Error)]
pub enum FitError {
    #[error("{place} has no ceased plans by age before January {base} and no reference to borrow from")]
    NoLeavers { place: String, base: u16 },
    #[error("{place} has no plans by age and setting for January {base}")]
    NoStock { place: String, base: u16 },
}

/// Rates with the table that explains them.
#[derive(Clone, Debug)]
pub struct Fitted {
    pub rates: Rates,
    pub table: Vec<RateRow>,
    pub notes: Notes,
}

/// Everything fitted for one place, before it is made ready for the engine.
#[derive(Clone, Debug)]
pub(super) struct PlaceFit {
    pub stock: AgeSetting,
    pub joint: Array3<f64>,
    pub joiners: JoinerFit,
    pub leavers: LeaverFit,
    pub moves: MoveFit,
}

/// Fits an area from what was known at its base census.
pub fn fit_rates(world: &World) -> Result<Fitted, FitError> {
    let mut notes = Notes::new();
    let parent = match &world.reference {
        Some(reference) => Some(fit_place(world, reference, "the reference", None)?),
        None => None,
    };
    let place = fit_place(world, &world.evidence, &world.area.name, parent.as_ref())?;
    let stock = whole_stock(world, &place.joint, &place.stock, &mut notes);
    note_balance(world, &mut notes);
    let outlook = fit_outlook(world, known_years(world), &mut notes);
    let rates = assemble(world, &place, stock, outlook);
    let table = tabulate_rates(world, &place, parent.as_ref(), &rates);
    Ok(Fitted { rates, table, notes })
}

fn fit_place(world: &World, evidence: &Evidence, name: &str, parent: Option<&PlaceFit>) -> Result<PlaceFit, FitError> {
    let base = world.base.0;
    let known =
        Evidence { observations: evidence.observations.known_by(world.base), population: evidence.population.clone() };
    let settings = world.settings.count();
    let place = || name.to_string();
    let stock = age_setting_stock(&known.observations, settings, base)
        .ok_or_else(|| FitError::NoStock { place: place(), base })?;
    let joint = joint_stock(world, &known, &stock);
    let before = age_setting_stock(&known.observations, settings, base - 1);
    let standing = before.map_or_else(|| stock.table.clone(), |before| (&before.table + &stock.table) / 2.0);
    let joiners = fit_joiners(world, &known, &stock.table, &standing, parent.map(|p| &p.joiners));
    let leavers = fit_leavers(&known.observations, settings, base, parent.map(|p| &p.leavers))
        .ok_or_else(|| FitError::NoLeavers { place: place(), base })?;
    let moves = fit_moves(world, &known, &leavers.hazard, &joiners, parent.map(|p| &p.moves));
    Ok(PlaceFit { stock, joint, joiners, leavers, moves })
}

/// Years of the forecast, or of the outlook if they are more and the projection has them: what is brought
/// to the outlook must not depend on how far the forecast goes.
fn known_years(world: &World) -> usize {
    let start = mid_year_of(world.base);
    let has = |years: &usize| world.evidence.population.projection.contains_key(&(start + *years as u16));
    let further = (world.years + 1..=OUTLOOK_YEARS).take_while(has).last();
    further.unwrap_or(world.years)
}

fn assemble(world: &World, place: &PlaceFit, stock: Array3<u32>, outlook: Option<Outlook>) -> Rates {
    let assumptions = &world.assumptions;
    let joiners = joiner_rates(world, &place.joiners, &place.joint);
    let population = carry_forward(&world.evidence.population, world.base, known_years(world));
    let support = world.sen_support.as_ref();
    Rates {
        support: support.map(|support| fit_support(support, &joiners, &population.years[0], assumptions)),
        base: world.base,
        needs: world.needs.clone(),
        settings: world.settings.clone(),
        stock,
        population,
        years: world.years,
        joiners,
        leavers: LeaverRates {
            hazard: place.leavers.hazard.clone(),
            evidence: place.leavers.evidence.clone(),
            level_error: assumptions.value(AssumptionKey::LeaverLevelSpread),
            passing_shock: assumptions.value(AssumptionKey::LeaverPassingShock),
            setting_shock: assumptions.value(AssumptionKey::LeaverSettingShock),
        },
        moves: MoveRates {
            probability: tilt_by_need(&place.moves.probability, &place.joint),
            evidence: mover_evidence(&place.moves, assumptions.value(AssumptionKey::MoverEvidence)),
            passing_shock: assumptions.value(AssumptionKey::MoverShock),
        },
        outlook,
    }
}

fn joiner_rates(world: &World, joiners: &JoinerFit, joint: &Array3<f64>) -> JoinerRates {
    let assumptions = &world.assumptions;
    JoinerRates {
        rate: joiners.rate.clone(),
        rate_evidence: joiners.joined.mapv(|count| count + LEVEL_STRENGTH),
        mix: joiners.mix.clone(),
        need_evidence: group_sums(joiners.by_need.as_ref(), world.needs.count()),
        setting_evidence: group_sums(Some(&joiners.by_setting), world.settings.count()),
        growth: joiners.trend.growth,
        growth_error: joiners.trend.growth_error,
        damping: assumptions.value(AssumptionKey::TrendDamping),
        level_error: joiners.trend.level_error,
        lasting_shock: assumptions.value(AssumptionKey::JoinerLastingShock),
        passing_shock: assumptions.value(AssumptionKey::JoinerPassingShock),
        assessed_only: joiners.assessed_only.clone(),
        not_assessed: joiners.not_assessed.clone(),
        moved_in: joiners.moved_in.clone(),
        moved_in_mix: moved_in_mix(joint, &joiners.moved_in_settings),
    }
}

/// Needs of those who move in: as held at their age group and setting.
fn moved_in_mix(joint: &Array3<f64>, settings_mix: &Array2<f64>) -> Array3<f64> {
    let (ages, needs, settings) = joint.dim();
    let mut mix = Array3::zeros((ages, needs, settings));
    for age in 0..ages {
        for setting in 0..settings {
            let mut held = Array1::<f64>::from_elem(needs, 1e-3);
            for other in (0..ages).filter(|other| group(*other) == group(age)) {
                held += &joint.slice(ndarray::s![other, .., setting]);
            }
            held /= held.sum();
            mix.slice_mut(ndarray::s![age, .., setting]).assign(&(held * settings_mix[[age, setting]]));
        }
    }
    mix
}

fn group_sums(counts: Option<&Array2<f64>>, columns: usize) -> Array2<f64> {
    let mut sums = Array2::from_elem((AgeGroup::ALL.len(), columns), LEVEL_STRENGTH);
    for ((age, column), count) in counts.into_iter().flat_map(|table| table.indexed_iter()) {
        sums[[group(age), column]] += count;
    }
    sums
}

fn mover_evidence(moves: &MoveFit, share: f64) -> Array2<f64> {
    let settings = moves.flows.len_of(Axis(1));
    let mut sums = Array2::from_elem((AgeGroup::ALL.len(), settings), LEVEL_STRENGTH);
    for ((age, from, to), flow) in moves.flows.indexed_iter() {
        if from != to {
            sums[[group(age), to]] += share * flow;
        }
    }
    sums
}

/// Published stocks, new plans and ceased plans do not balance: say by how much.
fn note_balance(world: &World, notes: &mut Notes) {
    let known = world.evidence.observations.known_by(world.base);
    for year in world.base.0.saturating_sub(3)..world.base.0 {
        let total = |measure, year| known.total(measure, year);
        if let (Some(opening), Some(closing), Some(joined), Some(ceased)) = (
            total(Measure::Plans, year),
            total(Measure::Plans, year + 1),
            total(Measure::NewPlans, year),
            total(Measure::Ceased, year),
        ) {
            let gap = closing - (opening + joined - ceased);
            if gap == 0.0 {
                continue;
            }
            notes.push(format!(
                "published flows of {year} do not explain the stocks: {opening} held + {joined} new − {ceased} ceased leaves {gap:+} to January {} (plans moving in, late records)",
                year + 1
            ));
        }
    }
}
