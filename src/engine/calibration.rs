//! Makes an area's simulated futures follow the outlook that growth of many areas gives it.
//!
//! Two forecasts are at hand: the outlook, and the area's own joiners, leavers and moves. Year by year,
//! - new plans are multiplied by r such that all plans of the principal projection stand half-way
//!   between them in logs,
//! - placements are steered (see `model::steering`) such that each setting with an outlook stands three
//!   quarters of the way from its own projection to it, all settings brought to the total, as far as
//!   the children placed in the year allow.
//!
//! Both stay as in the last of these years. Then the spread of futures is brought to that of past errors,
//! w(h) being half their 80 % interval in logs after h years, and V(h) the square of the futures':
//! - each setting's yearly shocks get a multiplier, such that the mean over h of V/w² is 1, as far as a
//!   multiplier of 0 to 1.5 can (records of resourced provision, further education and alternative
//!   provision change by more than shocks to moves and ceasing give),
//! - the uncertainty of new plans gets two, one on what is as large in the first year as later (level,
//!   passing shocks) and one on what adds up (growth, lasting shocks): V = V₀ + κ²·V_level + λ²·V_growth,
//!   by least squares of V/w² − 1.
//!
//! All of it is found over the years of the outlook, whatever the horizon of the forecast: a figure does
//! not depend on how far the forecast goes. What needs and ages take of it stays the area's own.
//!
//! Evidence: January 2025 forecast from January 2024, 101 areas. Mean absolute error of all plans: the
//! area's own 4.2 %, three quarters of it 3.8, half 3.6, a quarter 3.5, the outlook alone 3.6; the two
//! err apart, and one year of one origin cannot tell the last three apart. By setting (99 areas with
//! 20 plans or more), a quarter of the own against all of it: state special 5.5 % (7.4), independent
//! special 14.3 (17.2), mainstream 9.0 (9.8), further education 17.1 (19.4), resourced provision 33 (43),
//! specialist post-16 14.3 (16.8), alternative provision 22.7 (23.5); half of the own lies between.
//! 80 % intervals held 76 % of outturns of all plans (67 % before they were brought to past errors), 81
//! in mainstream, 84 in state special, 79 in independent special, 86 in specialist post-16, 73 in
//! alternative provision, and too few where records change faster than children move: 65 in further
//! education, 57 in resourced provision, 39 to 63 in settings without an outlook. Rejected: one multiplier
//! for all that is uncertain about new plans (fitted over five years, the first year held 69 %).

use super::batch::{EngineError, Workers, run_principal, run_shard};
use super::layout::{Flow, Layout, Margin};
use crate::domain::rates::{Outlook, OutlookPath, Rates};
use crate::domain::setting::Settings;
use crate::model::parameters::{JoinerSpread, Prepared};
use crate::model::steering::Steering;
use crate::numerics::robust::{quantile, sorted};
use crate::scenario::effects::YearEffects;
use crate::units::Age;

/// New plans are never scaled further than this, either way; nor is their uncertainty.
const MOST: f64 = 3.0;
/// Weight of the area's own projection in the total, and in settings.
const OWN_WEIGHT: f64 = 0.5;
const OWN_WEIGHT_OF_SETTINGS: f64 = 0.25;
/// At most this share of the children bound for a setting is steered away from it.
const MOST_STEERED: f64 = 0.9;
/// Steps that find a year's steering: a test holds Somerset's settings to within 2 % of their targets.
const STEERING_STEPS: usize = 8;
/// Yearly shocks to a setting are never scaled further up than this.
const MOST_OF_SETTINGS: f64 = 1.5;
/// Stands in for no plans under a logarithm.
const HALF_A_PLAN: f64 = 0.5;
/// Passes that settle the spread of settings, and steps that settle that of new plans.
const SPREAD_PASSES: usize = 3;
const LEAST_SQUARES_STEPS: usize = 200;
/// Futures behind the spread, and their seed: not the user's, so that the spread is the same for all.
const FUTURES: u32 = 200;
const SEED: u64 = 80;

/// Rates laid out for the engine, following their outlook where they have one.
pub fn prepare(workers: &Workers, rates: &Rates) -> Result<Prepared, EngineError> {
    let mut prepared = Prepared::new(rates);
    if let Some(outlook) = &rates.outlook {
        // The same whatever the horizon of the forecast.
        prepared.years = outlook.all.plans.len();
        follow_outlook(&mut prepared, outlook)?;
        match_setting_spread(workers, &mut prepared, outlook)?;
        prepared.joiner_spread = match_spread(workers, &prepared, &outlook.all)?;
        prepared.years = rates.years;
    }
    Ok(prepared)
}

/// Year by year, sets the multiplier of new plans and then the steering of placements; those of the
/// outlook's last year stay.
fn follow_outlook(prepared: &mut Prepared, outlook: &Outlook) -> Result<(), EngineError> {
    let own = principal(prepared)?;
    let years = prepared.years;
    for year in 0..years {
        // What is set now has no say in what came before, and nothing later in it.
        prepared.years = year + 1;
        let total = between(OWN_WEIGHT, own.total(year), outlook.all.plans[year]);
        let multiplier = find_multiplier(prepared, year, total)?;
        prepared.new_plan_path[year..].fill(multiplier);
        find_steering(prepared, year, &own, outlook)?;
        let steering = prepared.steering[year].clone();
        prepared.steering[year + 1..].fill(steering);
    }
    prepared.years = years;
    Ok(())
}

/// A mean in logs.
fn between(own_weight: f64, own: f64, outlook: f64) -> f64 {
    libm::exp(own_weight * libm::log(own) + (1.0 - own_weight) * libm::log(outlook))
}

/// All plans are linear in each year's multiplier.
fn find_multiplier(prepared: &mut Prepared, year: usize, target: f64) -> Result<f64, EngineError> {
    let mut total_at = |multiplier: f64| -> Result<f64, EngineError> {
        prepared.new_plan_path[year] = multiplier;
        Ok(principal(prepared)?.total(year))
    };
    let (none, one) = (total_at(0.0)?, total_at(1.0)?);
    let multiplier = if one > none { (target - none) / (one - none) } else { 1.0 };
    Ok(multiplier.clamp(1.0 / MOST, MOST))
}

/// Finds the steering of a year's placements that brings settings to their targets, as far as the
/// children placed in the year allow: more is steered from settings above their target, by how far
/// they are above over the children bound for them, and to settings below it by how far they are below.
fn find_steering(prepared: &mut Prepared, year: usize, own: &Principal, outlook: &Outlook) -> Result<(), EngineError> {
    let settings = prepared.shape.settings;
    prepared.steering[year] = None;
    let mut at = principal(prepared)?;
    let targets = setting_targets(year, own, outlook, at.total(year));
    let Some(targets) = targets else { return Ok(()) };
    // Children steered away from a setting (positive) or to it.
    let mut away = vec![0.0_f64; settings];
    for _ in 0..STEERING_STEPS {
        let bound = |setting: usize| at.placed(year, setting) + away[setting];
        let next: Vec<f64> = (0..settings)
            .map(|setting| {
                let above = at.held(year, setting) - targets[setting];
                (away[setting] + above).min(MOST_STEERED * bound(setting))
            })
            .collect();
        let share = (0..settings).map(|s| if next[s] > 0.0 { next[s] / bound(s) } else { 0.0 }).collect();
        let pull: Vec<f64> = next.iter().map(|away| (-away).max(0.0)).collect();
        prepared.steering[year] = Some(Steering::new(share, &pull, takes_age(&prepared.rates().settings)));
        away = next;
        at = principal(prepared)?;
    }
    Ok(())
}

/// Whether a setting, by its number, takes a closing age.
fn takes_age(settings: &Settings) -> impl Fn(usize, usize) -> bool {
    let spans: Vec<_> = settings.iter().map(|setting| setting.ages).collect();
    let unknown = settings.not_recorded().map(|setting| setting.index());
    move |age, setting| Some(setting) != unknown && age < Age::COUNT && spans[setting].contains(Age::at(age))
}

/// Plans of each setting a year on: three quarters of the way from the area's own projection to the
/// outlook, where it has one, and all brought to the total. `None` if the outlook has no setting.
fn setting_targets(year: usize, own: &Principal, outlook: &Outlook, total: f64) -> Option<Vec<f64>> {
    outlook.settings.iter().flatten().next()?;
    let scale = total / own.total(year);
    let wanted: Vec<f64> = outlook
        .settings
        .iter()
        .enumerate()
        .map(|(setting, path)| match (own.held(year, setting) * scale, path) {
            (own, Some(path)) if own > 0.0 => between(OWN_WEIGHT_OF_SETTINGS, own, path.plans[year]),
            (own, _) => own,
        })
        .collect();
    let scale = total / wanted.iter().sum::<f64>();
    Some(wanted.iter().map(|plans| plans * scale).collect())
}

/// A principal projection.
struct Principal {
    layout: Layout,
    row: Vec<f64>,
}

fn principal(prepared: &Prepared) -> Result<Principal, EngineError> {
    let layout = Layout::of(prepared);
    Ok(Principal { layout, row: run_principal(prepared, &baseline(prepared))? })
}

impl Principal {
    /// All plans at the census that closes a year.
    fn total(&self, year: usize) -> f64 {
        self.row[self.layout.stock_ages(year + 1)].iter().sum()
    }

    fn held(&self, year: usize, setting: usize) -> f64 {
        self.row[self.layout.stock_ages(year + 1)].iter().skip(setting).step_by(self.layout.shape.settings).sum()
    }

    /// Children placed in a setting in the year: new plans and movers.
    fn placed(&self, year: usize, setting: usize) -> f64 {
        let flow = |flow| self.row[self.layout.flow(year, flow).start + self.layout.margin(Margin::Setting(setting))];
        flow(Flow::NewPlans) + flow(Flow::MoversTo)
    }
}

/// Sets the multiplier of each setting's yearly shocks such that its intervals have the size of past
/// errors, as far as shocks can; it stays 1 where none are known. A setting's spread comes in part from
/// its neighbours' shocks, so the multipliers are found in passes, each from the spread under the last.
fn match_setting_spread(workers: &Workers, prepared: &mut Prepared, outlook: &Outlook) -> Result<(), EngineError> {
    let (settings, years) = (prepared.shape.settings, prepared.years);
    let squares = |prepared: &Prepared| {
        squared_half_widths(workers, prepared.clone(), |layout, row| {
            let held = |setting: usize, year: usize| {
                row[layout.stock_ages(year + 1)].iter().skip(setting).step_by(settings).sum::<u32>()
            };
            (0..settings).flat_map(|setting| (0..years).map(move |year| held(setting, year))).collect()
        })
    };
    let own_shocks = squares(prepared)?;
    prepared.spread_settings(vec![0.0; settings]);
    let without = squares(prepared)?;
    // What each setting's own shocks add, and the squares of the multipliers so far.
    let mut spread = without.clone();
    let mut multipliers = vec![0.0_f64; settings];
    for _ in 0..SPREAD_PASSES {
        for (setting, square) in multipliers.iter_mut().enumerate() {
            let Some(path) = &outlook.settings[setting] else {
                *square = 1.0;
                continue;
            };
            let relative =
                |squares: &[f64]| squares.iter().zip(&path.half_width).map(|(s, w)| s / (w * w)).sum::<f64>();
            let added = relative(&own_shocks[setting]) - relative(&without[setting]);
            let missing = years as f64 - relative(&spread[setting]);
            if added > 0.0 {
                *square = (*square + missing / added).clamp(0.0, MOST_OF_SETTINGS * MOST_OF_SETTINGS);
            }
        }
        prepared.spread_settings(multipliers.iter().map(|square| libm::sqrt(*square)).collect());
        spread = squares(prepared)?;
    }
    Ok(())
}

/// The multipliers of the uncertainty of new plans that give all plans intervals of the size of past
/// errors: least squares of the relative gaps V/w² − 1 over the years, within bounds.
fn match_spread(workers: &Workers, prepared: &Prepared, outlook: &OutlookPath) -> Result<JoinerSpread, EngineError> {
    let years = prepared.years;
    let relative = |level: f64, growth: f64| -> Result<Vec<f64>, EngineError> {
        let mut spread = prepared.clone();
        spread.joiner_spread = JoinerSpread { level, growth };
        let squares = squared_half_widths(workers, spread, |layout, row| {
            (0..years).map(|year| row[layout.stock_ages(year + 1)].iter().sum()).collect()
        })?;
        Ok(squares[0].iter().zip(&outlook.half_width).map(|(square, wanted)| square / (wanted * wanted)).collect())
    };
    let (neither, level, growth) = (relative(0.0, 0.0)?, relative(1.0, 0.0)?, relative(0.0, 1.0)?);
    let added = |with: &[f64]| with.iter().zip(&neither).map(|(with, without)| with - without).collect::<Vec<f64>>();
    let (level, growth) = (added(&level), added(&growth));
    let gap: Vec<f64> = neither.iter().map(|without| 1.0 - without).collect();
    let (mut of_level, mut of_growth) = (1.0, 1.0);
    // Coordinate by coordinate: convex, so it ends at the one minimum.
    for _ in 0..LEAST_SQUARES_STEPS {
        of_level = share_of(&gap, &level, &growth, of_growth);
        of_growth = share_of(&gap, &growth, &level, of_level);
    }
    Ok(JoinerSpread { level: libm::sqrt(of_level), growth: libm::sqrt(of_growth) })
}

/// The multiple of `part`, within bounds, that comes nearest to `gap` less a multiple of the other.
fn share_of(gap: &[f64], part: &[f64], other: &[f64], of_other: f64) -> f64 {
    let left = gap.iter().zip(other).map(|(gap, other)| gap - of_other * other);
    let square: f64 = part.iter().map(|part| part * part).sum();
    let best = part.iter().zip(left).map(|(part, left)| part * left).sum::<f64>() / square;
    if square > 0.0 { best.clamp(1.0 / (MOST * MOST), MOST * MOST) } else { 1.0 }
}

/// Squares of half the 80 % interval of the log of figures that `read` takes from a future, all years of
/// one after the other: for each figure, by year.
fn squared_half_widths(
    workers: &Workers,
    prepared: Prepared,
    read: impl Fn(Layout, &[u32]) -> Vec<u32>,
) -> Result<Vec<Vec<f64>>, EngineError> {
    let draws = run_shard(workers, &prepared, &baseline(&prepared), SEED, 1..FUTURES + 1, &|| ())?;
    let futures: Vec<Vec<u32>> = draws.rows().map(|row| read(draws.layout, row)).collect();
    let square = |place: usize| {
        let plans = sorted(futures.iter().map(|future| f64::from(future[place])));
        let half = 0.5 * libm::log((quantile(&plans, 0.9) + HALF_A_PLAN) / (quantile(&plans, 0.1) + HALF_A_PLAN));
        half * half
    };
    let places: Vec<usize> = (0..futures[0].len()).collect();
    Ok(places.chunks_exact(prepared.years).map(|figure| figure.iter().map(|place| square(*place)).collect()).collect())
}

fn baseline(prepared: &Prepared) -> Vec<YearEffects> {
    vec![YearEffects::default(); prepared.years]
}
