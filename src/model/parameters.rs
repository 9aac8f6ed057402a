//! The rates of one replicate: central values, or values drawn once and kept for every year.
//!
//! Each factor has mean 1, so that the mean over replicates stays near the principal projection
//! (cutting hazards below certainty takes a little off where they are high: NEET at 19 and over):
//! - joiner rate at age a:  Gamma(events behind the age), times a log-normal level,
//! - joiner path:  x(h) = Σ g·φ^i − …, with the growth drawn from N(g, s²), a lasting shock added
//!   every year and a passing one in its year only,
//! - needs and settings of joiners, leaver hazards and destinations of movers:
//!   Gamma(events behind the age group and key), shared by all cells of the group, so that cells
//!   err together and errors do not cancel over ages,
//! - leaver hazards:  a log-normal level, and a passing shock each year.
//!
//! Log-normal factors are e^(σZ − σ²/2). Hazards are cut at `MOST`; at 25 all leave.

use super::profile::Profile;
use crate::domain::age_group::AgeGroup;
use crate::domain::grid::Shape;
use crate::domain::rates::Rates;
use crate::numerics::binomial::Odds;
use crate::numerics::gamma::{draw_gamma_mean_one, draw_lognormal_mean_one, draw_normal};
use crate::numerics::stream::{Mechanism, Sequence, Streams};
use crate::units::Age;

const GROUPS: usize = AgeGroup::ALL.len();
/// No drawn hazard or move passes this, but for leaving at 25.
const MOST: f64 = 0.98;

/// What is the same in all replicates, laid out for the engine.
#[derive(Clone, Debug)]
pub struct Prepared {
    pub shape: Shape,
    pub years: usize,
    pub first_year: u16,
    rates: Rates,
    group: [usize; Age::COUNT],
    /// Destinations of each cell `[age, need, from]`, likeliest first, and where each cell's start.
    destinations: Vec<Destination>,
    first_destination: Vec<u32>,
    /// Need and setting of each place in a sheet of one age.
    keys: Vec<(u16, u16)>,
    mix: Vec<f64>,
    moved_in_profiles: Vec<Profile>,
    /// Residents by year and opening age.
    residents: Vec<[f64; Age::COUNT]>,
}

/// A setting that children of a cell may move to, with the central probability.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Destination {
    pub setting: usize,
    pub probability: f64,
}

/// Rates of one replicate.
#[derive(Clone, Debug, Default)]
pub struct Parameters {
    /// Expected new plans by year and opening age, before any lever.
    pub new_plans: Vec<[f64; Age::COUNT]>,
    /// Expected plans moving in, likewise.
    pub moved_in: Vec<[f64; Age::COUNT]>,
    /// Need × setting of new plans, per opening age.
    pub profiles: Vec<Profile>,
    /// Leaver hazard by opening age and setting, and the year's factor on it.
    pub hazard: Vec<f64>,
    pub hazard_factor: Vec<f64>,
    /// Odds of moving at all per cell, the sum of its weights, and the factor on the weights per
    /// age group and destination.
    pub move_odds: Vec<Odds>,
    pub move_weight: Vec<f64>,
    pub move_factor: Vec<f64>,
}

impl Prepared {
    pub fn new(rates: &Rates) -> Prepared {
        let shape = rates.shape();
        let (destinations, first_destination) = list_destinations(rates);
        let moved_in_profiles = rates
            .joiners
            .moved_in_mix
            .outer_iter()
            .map(|sheet| {
                let mut profile = Profile::default();
                profile.rebuild(sheet.iter().copied());
                profile
            })
            .collect();
        Prepared {
            shape,
            years: rates.population.years.len() - 1,
            first_year: rates.base.0,
            group: std::array::from_fn(|age| AgeGroup::of(Age::at(age)).index()),
            destinations,
            first_destination,
            keys: (0..shape.needs as u16).flat_map(|n| (0..shape.settings as u16).map(move |s| (n, s))).collect(),
            mix: rates.joiners.mix.iter().copied().collect(),
            moved_in_profiles,
            residents: rates.population.years.clone(),
            rates: rates.clone(),
        }
    }

    pub fn rates(&self) -> &Rates {
        &self.rates
    }

    pub fn opening_stock(&self) -> impl Iterator<Item = u32> + '_ {
        self.rates.stock.iter().copied()
    }

    pub fn moved_in_profile(&self, age: usize) -> &Profile {
        &self.moved_in_profiles[age]
    }

    /// Where children of a cell may move to, likeliest first.
    #[inline]
    pub fn destinations(&self, cell: usize) -> &[Destination] {
        &self.destinations[self.first_destination[cell] as usize..self.first_destination[cell + 1] as usize]
    }

    /// Need and setting of a place in the sheet of one age.
    #[inline]
    pub fn keys(&self, place: usize) -> (usize, usize) {
        let (need, setting) = self.keys[place];
        (usize::from(need), usize::from(setting))
    }

    /// The age group of an opening age.
    #[inline]
    pub fn group(&self, age: usize) -> usize {
        self.group[age]
    }
}

fn list_destinations(rates: &Rates) -> (Vec<Destination>, Vec<u32>) {
    let mut destinations = Vec::new();
    let mut first = vec![0];
    let (ages, needs, settings, _) = rates.moves.probability.dim();
    for age in 0..ages {
        for need in 0..needs {
            for from in 0..settings {
                let row = (0..settings).filter(|to| *to != from).map(|setting| Destination {
                    setting,
                    probability: rates.moves.probability[[age, need, from, setting]],
                });
                let mut row: Vec<Destination> = row.filter(|d| d.probability > 0.0).collect();
                row.sort_by(|a, b| b.probability.total_cmp(&a.probability));
                destinations.extend(row);
                first.push(destinations.len() as u32);
            }
        }
    }
    (destinations, first)
}

/// Where the factors of a replicate come from.
enum Source<'a> {
    Central,
    Drawn(&'a Streams),
}

/// Blocks of parameters, each with draws of its own, so that one never shifts another's.
#[derive(Clone, Copy)]
enum Block {
    JoinerRate = 0,
    JoinerPath = 1,
    JoinerNeeds = 2,
    JoinerSettings = 3,
    Leavers = 4,
    LeaverYears = 5,
    Destinations = 6,
}

impl Source<'_> {
    fn sequence(&self, block: Block) -> Option<Sequence> {
        match self {
            Source::Central => None,
            Source::Drawn(streams) => Some(streams.sequence(Mechanism::Parameters, block as u32)),
        }
    }

    fn gammas(&self, block: Block, evidence: impl Iterator<Item = f64>) -> Vec<f64> {
        match self.sequence(block) {
            None => evidence.map(|_| 1.0).collect(),
            Some(mut sequence) => evidence.map(|events| draw_gamma_mean_one(&mut sequence, events)).collect(),
        }
    }
}

/// Central rates, for the principal projection.
pub fn central_parameters(prepared: &Prepared) -> Parameters {
    let mut parameters = Parameters::default();
    fill(prepared, &Source::Central, &mut parameters);
    parameters
}

/// Rates drawn for a replicate, written over `parameters`.
pub fn draw_parameters(prepared: &Prepared, streams: &Streams, parameters: &mut Parameters) {
    fill(prepared, &Source::Drawn(streams), parameters);
}

fn fill(prepared: &Prepared, source: &Source, parameters: &mut Parameters) {
    fill_joiners(prepared, source, parameters);
    fill_profiles(prepared, source, parameters);
    fill_leavers(prepared, source, parameters);
    fill_moves(prepared, source, parameters);
}

fn fill_joiners(prepared: &Prepared, source: &Source, parameters: &mut Parameters) {
    let joiners = &prepared.rates.joiners;
    let by_age = source.gammas(Block::JoinerRate, joiners.rate_evidence.iter().copied());
    let path = joiner_path(prepared, source);
    parameters.new_plans.clear();
    parameters.moved_in.clear();
    for (factor, residents) in path.iter().zip(&prepared.residents) {
        parameters.new_plans.push(std::array::from_fn(|age| joiners.rate[age] * by_age[age] * residents[age] * factor));
        parameters.moved_in.push(std::array::from_fn(|age| joiners.moved_in[age] * residents[age]));
    }
}

/// The factor on the joiner rate in each year.
fn joiner_path(prepared: &Prepared, source: &Source) -> Vec<f64> {
    let joiners = &prepared.rates.joiners;
    let mut sequence = source.sequence(Block::JoinerPath);
    let mut normal = || sequence.as_mut().map_or(0.0, draw_normal);
    let drawn = if matches!(source, Source::Drawn(_)) { 1.0 } else { 0.0 };
    let (level, growth) = (normal(), normal());
    let (mut damped, mut weight, mut lasting) = (0.0, 1.0, 0.0);
    (0..prepared.years)
        .map(|_| {
            weight *= joiners.damping;
            damped += weight;
            // Half the variance is taken off each log factor, to leave its mean at 1.
            lasting += joiners.lasting_shock * normal() - drawn * 0.5 * joiners.lasting_shock * joiners.lasting_shock;
            let growth_sd = joiners.growth_error * damped;
            let variance = joiners.level_error * joiners.level_error
                + growth_sd * growth_sd
                + joiners.passing_shock * joiners.passing_shock;
            let passing = joiners.passing_shock * normal();
            let log = joiners.growth * damped + growth_sd * growth + joiners.level_error * level + lasting + passing;
            libm::exp(log - drawn * 0.5 * variance)
        })
        .collect()
}

fn fill_profiles(prepared: &Prepared, source: &Source, parameters: &mut Parameters) {
    let (shape, joiners) = (prepared.shape, &prepared.rates.joiners);
    let needs = source.gammas(Block::JoinerNeeds, joiners.need_evidence.iter().copied());
    let settings = source.gammas(Block::JoinerSettings, joiners.setting_evidence.iter().copied());
    parameters.profiles.resize(Age::COUNT, Profile::default());
    for (age, profile) in parameters.profiles.iter_mut().enumerate() {
        let group = prepared.group[age];
        let sheet = &prepared.mix[age * shape.cells_per_age()..(age + 1) * shape.cells_per_age()];
        let settings = &settings[group * shape.settings..(group + 1) * shape.settings];
        let needs = &needs[group * shape.needs..(group + 1) * shape.needs];
        let weights = sheet
            .chunks_exact(shape.settings)
            .zip(needs)
            .flat_map(|(row, need)| row.iter().zip(settings).map(move |(share, setting)| share * need * setting));
        profile.rebuild(weights);
    }
}

fn fill_leavers(prepared: &Prepared, source: &Source, parameters: &mut Parameters) {
    let (settings, leavers) = (prepared.shape.settings, &prepared.rates.leavers);
    let factors = source.gammas(Block::Leavers, leavers.evidence.iter().copied());
    parameters.hazard.clear();
    for ((age, setting), hazard) in leavers.hazard.indexed_iter() {
        parameters.hazard.push(hazard * factors[prepared.group[age] * settings + setting]);
    }
    let mut sequence = source.sequence(Block::LeaverYears);
    let mut factor = |sd: f64| sequence.as_mut().map_or(1.0, |s| draw_lognormal_mean_one(s, sd));
    let level = factor(leavers.level_error);
    parameters.hazard_factor.clear();
    for _ in 0..prepared.years {
        parameters.hazard_factor.push(level * factor(leavers.passing_shock));
    }
}

fn fill_moves(prepared: &Prepared, source: &Source, parameters: &mut Parameters) {
    let settings = prepared.shape.settings;
    parameters.move_factor = source.gammas(Block::Destinations, prepared.rates.moves.evidence.iter().copied());
    debug_assert_eq!(parameters.move_factor.len(), GROUPS * settings);
    parameters.move_weight.clear();
    parameters.move_odds.clear();
    let per_age = prepared.shape.cells_per_age();
    for cell in 0..prepared.shape.cells() {
        let factors = &parameters.move_factor[prepared.group[cell / per_age] * settings..][..settings];
        let weight = sum_weights(prepared.destinations(cell), factors);
        parameters.move_weight.push(weight);
        parameters.move_odds.push(Odds::new(weight.min(MOST)));
    }
}

/// Sum of the weights of destinations, in two running sums so that one addition need not wait for
/// the one before.
fn sum_weights(destinations: &[Destination], factors: &[f64]) -> f64 {
    let weight = |d: &Destination| d.probability * factors[d.setting];
    let mut pairs = destinations.chunks_exact(2);
    let (mut even, mut odd) = (0.0, 0.0);
    for pair in &mut pairs {
        even += weight(&pair[0]);
        odd += weight(&pair[1]);
    }
    even + odd + pairs.remainder().iter().map(weight).sum::<f64>()
}

/// A hazard with its year's and levers' factors, cut below certainty; certain at 25.
#[inline]
pub fn effective_hazard(age: usize, hazard: f64, factor: f64) -> f64 {
    if age == Age::LAST.index() { 1.0 } else { (hazard * factor).min(MOST) }
}
