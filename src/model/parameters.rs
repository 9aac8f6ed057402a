//! The rates of one replicate: central values, or values drawn once and kept for every year.
//!
//! Each rate has its central value as its mean, so that the mean over replicates stays near the
//! principal projection:
//! - joiner rate at age a:  Gamma(events behind the age), times a log-normal level,
//! - joiner path:  x(h) = Σ g·φ^i − …, with the growth drawn from N(g, s²), a lasting shock added
//!   every year and a passing one in its year only,
//! - needs and settings of joiners and destinations of movers: Gamma(events behind the age group
//!   and key), shared by all cells of the group, so that cells err together and errors do not
//!   cancel over ages,
//! - settings: each year standard normal shocks Z and Z′ per setting, times the setting's multiplier, move
//!   the odds of leaving it for another by e^(σZ) and those of ceasing there by e^(λZ′),
//! - leaver hazards: the odds times a log-normal factor per age group and setting (its spread that of
//!   a gamma from the events behind it), one for the level, one for each year and that of the
//!   setting. The odds are chosen so that the mean hazard is the one estimated; at 25 all leave.
//!
//! Log-normal factors on rates are e^(σZ − σ²/2). Rejected: hazards multiplied and cut at 0.98, which
//! left the mean of futures 7 % above the principal projection where most plans cease within a
//! year (not in education at 19 and over).

use super::moves::MoveTable;
use super::place_model::PlaceModel;
use super::profile::Profile;
use super::service_model::{ServiceAssumptions, ServiceModel, ServiceRates};
use super::steering::{AgeSteering, Steering};
use crate::domain::age_group::AgeGroup;
use crate::domain::grid::Shape;
use crate::domain::place::Places;
use crate::domain::planning_area::Geography;
use crate::domain::rates::Rates;
use crate::domain::service::Service;
use crate::numerics::gamma::{draw_gamma_mean_one, draw_normal};
use crate::numerics::logit_normal::odds_with_mean;
use crate::numerics::stream::{Mechanism, Sequence, Streams};
use crate::scenario::lever::Scenario;
use crate::scenario::place_effects::places_in_force;
use crate::units::Age;

const GROUPS: usize = AgeGroup::ALL.len();

/// What is the same in all replicates, laid out for the engine.
#[derive(Clone, Debug)]
pub struct Prepared {
    pub shape: Shape,
    pub years: usize,
    pub first_year: u16,
    pub(super) rates: Rates,
    group: [usize; Age::COUNT],
    pub moves: MoveTable,
    /// Multiplier of each year's new plans, and of what is uncertain about their path.
    pub new_plan_path: Vec<f64>,
    pub joiner_spread: JoinerSpread,
    /// Placements of each year, brought to what growth of many areas expects.
    pub steering: Vec<Option<Steering>>,
    /// Multiplier of the yearly shocks to each setting.
    setting_spread: Vec<f64>,
    /// Places and planning areas, where children are told apart by them.
    pub places: Option<PlaceModel>,
    pub services: Option<ServiceModel>,
    /// Odds of ceasing by opening age and setting, such that drawn hazards have the central mean,
    /// and the SD of the log of the factor per age group and setting.
    leave_odds: Vec<f64>,
    leave_sd: Vec<f64>,
    central_leave_odds: Vec<f64>,
    /// Need and setting of each place in a sheet of one age.
    keys: Vec<(u16, u16)>,
    pub(super) mix: Vec<f64>,
    moved_in_profiles: Vec<Profile>,
    /// Residents by year and opening age.
    pub(super) residents: Vec<[f64; Age::COUNT]>,
}

/// Multipliers of the uncertainty of new plans.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct JoinerSpread {
    /// Of the level and the passing shocks: as large in the first year as in the last.
    pub level: f64,
    /// Of growth and the lasting shocks, which add up over the years.
    pub growth: f64,
}

/// What one replicate has drawn; [`super::plan_rates`] makes rates of it.
#[derive(Clone, Debug, Default)]
pub struct Parameters {
    /// Whether they are drawn, not central.
    pub(super) drawn: bool,
    /// Expected new plans by year and opening age, before any lever.
    pub new_plans: Vec<[f64; Age::COUNT]>,
    /// Factor on the share of new plans with a need, by age group and need; and in a setting likewise.
    pub(super) need_factor: Vec<f64>,
    pub(super) setting_factor: Vec<f64>,
    /// Factor on the odds of ceasing, by age group and setting, and by year and setting.
    pub(super) leave_level: Vec<f64>,
    pub(super) leave_factor: Vec<f64>,
    /// Factor on moving to a setting, or staying in it, by age group and setting.
    pub(super) move_factor: Vec<f64>,
    /// Factor on the odds of leaving a setting for another, by year and setting.
    pub(super) move_shocks: Vec<f64>,
    pub services: ServiceRates,
    /// Factor on the shares on SEN support at each census; empty where there is none.
    pub support_growth: Vec<f64>,
}

impl Prepared {
    pub fn new(rates: &Rates) -> Prepared {
        let shape = rates.shape();
        let setting_spread = vec![1.0; shape.settings];
        let (leave_odds, leave_sd) = spread_odds(rates, &setting_spread);
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
            years: rates.years,
            first_year: rates.base.0,
            group: std::array::from_fn(|age| AgeGroup::of(Age::at(age)).index()),
            moves: MoveTable::new(rates, &move_sds(rates, &setting_spread)),
            new_plan_path: vec![1.0; rates.population.years.len() - 1],
            joiner_spread: JoinerSpread { level: 1.0, growth: 1.0 },
            steering: vec![None; rates.population.years.len() - 1],
            setting_spread,
            places: None,
            services: None,
            leave_odds,
            leave_sd,
            central_leave_odds: rates.leavers.hazard.iter().map(|hazard| hazard / (1.0 - hazard)).collect(),
            keys: (0..shape.needs as u16).flat_map(|n| (0..shape.settings as u16).map(move |s| (n, s))).collect(),
            mix: rates.joiners.mix.iter().copied().collect(),
            moved_in_profiles,
            residents: rates.population.years.clone(),
            rates: rates.clone(),
        }
    }

    /// Sets the multiplier of the yearly shocks to each setting, and keeps the means of hazards and
    /// moves.
    pub fn spread_settings(&mut self, multipliers: Vec<f64>) {
        self.moves = MoveTable::new(&self.rates, &move_sds(&self.rates, &multipliers));
        (self.leave_odds, self.leave_sd) = spread_odds(&self.rates, &multipliers);
        self.setting_spread = multipliers;
    }

    pub fn setting_spread(&self) -> &[f64] {
        &self.setting_spread
    }

    /// Tells children apart by places and planning areas, where there are any: `places` with providers as
    /// `scenario::place_effects::complete_places` has them.
    pub fn limit_places(&mut self, places: &Places, geography: &Geography) {
        if places.providers.is_empty() && !geography.is_divided() {
            return;
        }
        let rates = &self.rates;
        let opening = places_in_force(places, &Scenario::baseline(), &rates.needs, rates.base.0 - 1);
        self.places = Some(PlaceModel::new(places, geography, &rates.settings, opening));
    }

    /// Adds services, where there are any.
    pub fn add_services(&mut self, services: &[Service], assumptions: ServiceAssumptions) {
        let model = || ServiceModel::new(services, &self.rates, assumptions);
        self.services = (!services.is_empty()).then(model);
    }

    /// Residents by age at the census that opens a year.
    pub fn residents(&self, year: usize) -> &[f64; Age::COUNT] {
        &self.residents[year]
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

    /// Steering of placements of an opening age in a year.
    #[inline]
    pub fn steering(&self, year: usize, age: usize) -> Option<AgeSteering<'_>> {
        self.steering[year].as_ref()?.at(age)
    }

    /// Plans of an age expected to move in in a year.
    #[inline]
    pub fn moved_in(&self, year: usize, age: usize) -> f64 {
        self.rates.joiners.moved_in[age] * self.residents[year][age]
    }

    /// Odds of ceasing by opening age and setting: those that keep the mean of drawn hazards, or the estimated ones.
    pub(super) fn leave_odds(&self, drawn: bool) -> &[f64] {
        if drawn { &self.leave_odds } else { &self.central_leave_odds }
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

/// Odds by opening age and setting whose drawn hazards have the estimated mean, and the SD of the
/// log factor by age group and setting.
fn spread_odds(rates: &Rates, setting_spread: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let leavers = &rates.leavers;
    let sd: Vec<f64> = leavers.evidence.iter().map(|events| libm::sqrt(libm::log1p(1.0 / events))).collect();
    let shared = leavers.level_error * leavers.level_error + leavers.passing_shock * leavers.passing_shock;
    let odds = leavers.hazard.indexed_iter().map(|((age, setting), hazard)| {
        let own = sd[AgeGroup::of_years(age).index() * rates.settings.count() + setting];
        let shock = leavers.setting_shock * setting_spread[setting];
        let sd = libm::sqrt(own * own + shared + shock * shock);
        if age == Age::LAST.index() { f64::INFINITY } else { odds_with_mean(*hazard, sd) }
    });
    (odds.collect(), sd)
}

/// SD of the yearly shock to moves out of each setting.
fn move_sds(rates: &Rates, setting_spread: &[f64]) -> Vec<f64> {
    setting_spread.iter().map(|multiplier| multiplier * rates.moves.passing_shock).collect()
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
    MoverYears = 7,
    LeaverSettingYears = 8,
    SupportGrowth = 9,
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
    parameters.drawn = matches!(source, Source::Drawn(_));
    fill_joiners(prepared, source, parameters);
    fill_leavers(prepared, source, parameters);
    fill_moves(prepared, source, parameters);
    parameters.support_growth = support_growth(prepared, source);
    match (&prepared.services, source) {
        (None, _) => {}
        (Some(services), Source::Central) => parameters.services = services.central_rates(),
        (Some(services), Source::Drawn(streams)) => services.draw_rates(streams, &mut parameters.services),
    }
}

/// The factor on the shares on SEN support at each census: log-normal, its mean that of central rates.
fn support_growth(prepared: &Prepared, source: &Source) -> Vec<f64> {
    let Some(support) = &prepared.rates.support else { return Vec::new() };
    let sequence = source.sequence(Block::SupportGrowth);
    let drawn = sequence.map(|mut sequence| draw_normal(&mut sequence));
    let (mut years, mut weight) = (0.0, 1.0);
    let mut factors = vec![1.0];
    factors.extend((0..prepared.years).map(|_| {
        weight *= support.damping;
        years += weight;
        let sd = support.growth_error * years;
        libm::exp(support.growth * years + drawn.map_or(0.0, |normal| sd * normal - 0.5 * sd * sd))
    }));
    factors
}

fn fill_joiners(prepared: &Prepared, source: &Source, parameters: &mut Parameters) {
    let joiners = &prepared.rates.joiners;
    let by_age = source.gammas(Block::JoinerRate, joiners.rate_evidence.iter().copied());
    let path = joiner_path(prepared, source);
    parameters.need_factor = source.gammas(Block::JoinerNeeds, joiners.need_evidence.iter().copied());
    parameters.setting_factor = source.gammas(Block::JoinerSettings, joiners.setting_evidence.iter().copied());
    parameters.new_plans.clear();
    let path = path.iter().zip(&prepared.new_plan_path).map(|(drawn, multiplier)| drawn * multiplier);
    for (factor, residents) in path.zip(&prepared.residents) {
        parameters.new_plans.push(std::array::from_fn(|age| joiners.rate[age] * by_age[age] * residents[age] * factor));
    }
}

/// The factor on the joiner rate in each year.
fn joiner_path(prepared: &Prepared, source: &Source) -> Vec<f64> {
    let joiners = &prepared.rates.joiners;
    let mut sequence = source.sequence(Block::JoinerPath);
    let mut normal = || sequence.as_mut().map_or(0.0, draw_normal);
    let drawn = if matches!(source, Source::Drawn(_)) { 1.0 } else { 0.0 };
    let spread = prepared.joiner_spread;
    let (level_error, passing_shock) = (spread.level * joiners.level_error, spread.level * joiners.passing_shock);
    let (growth_error, lasting_shock) = (spread.growth * joiners.growth_error, spread.growth * joiners.lasting_shock);
    let (level, growth) = (normal(), normal());
    let (mut damped, mut weight, mut lasting) = (0.0, 1.0, 0.0);
    (0..prepared.years)
        .map(|_| {
            weight *= joiners.damping;
            damped += weight;
            // Half the variance is taken off each log factor, to leave its mean at 1.
            lasting += lasting_shock * normal() - drawn * 0.5 * lasting_shock * lasting_shock;
            let growth_sd = growth_error * damped;
            let variance = level_error * level_error + growth_sd * growth_sd + passing_shock * passing_shock;
            let passing = passing_shock * normal();
            let log = joiners.growth * damped + growth_sd * growth + level_error * level + lasting + passing;
            libm::exp(log - drawn * 0.5 * variance)
        })
        .collect()
}

fn fill_leavers(prepared: &Prepared, source: &Source, parameters: &mut Parameters) {
    let (settings, leavers) = (prepared.shape.settings, &prepared.rates.leavers);
    parameters.leave_level.clear();
    parameters.leave_factor.clear();
    let Source::Drawn(streams) = source else {
        parameters.leave_level.resize(prepared.leave_sd.len(), 1.0);
        parameters.leave_factor.resize(prepared.years * settings, 1.0);
        return;
    };
    let mut sequence = streams.sequence(Mechanism::Parameters, Block::Leavers as u32);
    let factors = prepared.leave_sd.iter().map(|sd| libm::exp(sd * draw_normal(&mut sequence)));
    parameters.leave_level.extend(factors);
    let of_settings = setting_shocks(prepared, source, Block::LeaverSettingYears);
    let mut sequence = streams.sequence(Mechanism::Parameters, Block::LeaverYears as u32);
    let level = leavers.level_error * draw_normal(&mut sequence);
    for year in 0..prepared.years {
        let log = level + leavers.passing_shock * draw_normal(&mut sequence);
        let shocks = &of_settings[year * settings..][..settings];
        parameters.leave_factor.extend(shocks.iter().map(|shock| libm::exp(log + leavers.setting_shock * shock)));
    }
}

fn fill_moves(prepared: &Prepared, source: &Source, parameters: &mut Parameters) {
    parameters.move_factor = source.gammas(Block::Destinations, prepared.rates.moves.evidence.iter().copied());
    debug_assert_eq!(parameters.move_factor.len(), GROUPS * prepared.shape.settings);
    let sd = prepared.rates.moves.passing_shock;
    parameters.move_shocks.clear();
    let shocks = setting_shocks(prepared, source, Block::MoverYears);
    parameters.move_shocks.extend(shocks.iter().map(|shock| libm::exp(sd * shock)));
}

/// A standard normal shock to each setting in each year, times the setting's multiplier; 0 at central
/// rates. Moves and ceasing have draws of their own: with common ones the mean of those who do not
/// cease and move would not be kept.
fn setting_shocks(prepared: &Prepared, source: &Source, block: Block) -> Vec<f64> {
    let mut sequence = source.sequence(block);
    let mut normal = || sequence.as_mut().map_or(0.0, draw_normal);
    let year = |_| prepared.setting_spread.iter().map(|multiplier| multiplier * normal()).collect::<Vec<f64>>();
    (0..prepared.years).flat_map(year).collect()
}
