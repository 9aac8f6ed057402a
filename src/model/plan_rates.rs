//! The rates of plans in futures side by side, at the factors that each has drawn.
//!
//! They are worked out from [`Parameters`] of each future, once for all its years; equations there.

use super::mix::Mix;
use super::moves::Destinations;
use super::parameters::{Parameters, Prepared};
use crate::domain::setting::Settings;
use crate::numerics::lanes::Number;
use crate::units::Age;

/// Rates of plans of one future, or of several.
#[derive(Clone, Debug, Default)]
pub struct PlanRates<N> {
    /// Expected new plans by year and opening age, before any lever.
    pub new_plans: Vec<[N; Age::COUNT]>,
    /// Shares of an opening age's new plans by cell: 1 over the cells of an age.
    mix: Vec<N>,
    /// Odds of ceasing by opening age and setting, and the factor on them by year and setting.
    leave_odds: Vec<N>,
    leave_factor: Vec<N>,
    /// Factor on moving to a setting, or staying in it, by age group and setting.
    move_factor: Vec<N>,
    /// Weight of moving by cell, and its odds before the year's shock.
    move_weights: Vec<N>,
    move_odds: Vec<N>,
    /// Factor on the odds of leaving a setting for another, by year and setting.
    move_shocks: Vec<N>,
}

impl<N: Number> PlanRates<N> {
    /// Works the rates out for futures with these parameters; lanes without a future of their own have those of the
    /// last.
    #[inline(always)]
    pub fn fill(&mut self, prepared: &Prepared, parameters: &[Parameters]) {
        let own = |lane: usize| &parameters[lane.min(parameters.len() - 1)];
        let column = |column: &mut Vec<N>, of: fn(&Parameters) -> &Vec<f64>| {
            column.clear();
            column.extend((0..of(own(0)).len()).map(|place| N::of_lanes(|lane| of(own(lane))[place])));
        };
        column(&mut self.leave_factor, |own| &own.leave_factor);
        column(&mut self.move_factor, |own| &own.move_factor);
        column(&mut self.move_shocks, |own| &own.move_shocks);
        self.new_plans.clear();
        self.new_plans.extend(
            (0..prepared.years)
                .map(|year| std::array::from_fn(|age| N::of_lanes(|lane| own(lane).new_plans[year][age]))),
        );
        self.fill_leave_odds(prepared, own);
        self.fill_mix(prepared, own);
        self.fill_moves(prepared, own(0).drawn);
    }

    #[inline(always)]
    fn fill_leave_odds<'a>(&mut self, prepared: &Prepared, own: impl Fn(usize) -> &'a Parameters) {
        let settings = prepared.shape.settings;
        self.leave_odds.clear();
        for (place, odds) in prepared.leave_odds(own(0).drawn).iter().enumerate() {
            let of_group = prepared.group(place / settings) * settings + place % settings;
            self.leave_odds.push(N::of_lanes(|lane| odds * own(lane).leave_level[of_group]));
        }
    }

    #[inline(always)]
    fn fill_mix<'a>(&mut self, prepared: &Prepared, own: impl Fn(usize) -> &'a Parameters) {
        let shape = prepared.shape;
        self.mix.resize(shape.cells(), N::default());
        let sheets = self.mix.chunks_exact_mut(shape.cells_per_age());
        for (age, (sheet, central)) in sheets.zip(prepared.mix.chunks_exact(shape.cells_per_age())).enumerate() {
            let group = prepared.group(age);
            let of_need = |need| N::of_lanes(|lane| own(lane).need_factor[group * shape.needs + need]);
            let of_setting = |setting| N::of_lanes(|lane| own(lane).setting_factor[group * shape.settings + setting]);
            let mut settings = [N::default(); Settings::MOST];
            let settings = &mut settings[..shape.settings];
            settings.iter_mut().enumerate().for_each(|(setting, factor)| *factor = of_setting(setting));
            let mut sum = N::default();
            let rows = sheet.chunks_exact_mut(shape.settings).zip(central.chunks_exact(shape.settings));
            for (need, (row, central)) in rows.enumerate() {
                let of_need = of_need(need);
                for ((share, central), of_setting) in row.iter_mut().zip(central).zip(&*settings) {
                    *share = of_need * *of_setting * N::splat(*central);
                    sum += *share;
                }
            }
            let scale = N::splat(1.0) / sum;
            // With no share at all, everybody falls into the first place.
            let (all, none) = (N::splat(1.0), N::default());
            sheet.iter_mut().enumerate().for_each(|(place, share)| {
                *share = sum.if_above(none, *share * scale, if place == 0 { all } else { none });
            });
        }
    }

    #[inline(always)]
    fn fill_moves(&mut self, prepared: &Prepared, shocks: bool) {
        let (size, settings) = (prepared.shape.cells_per_age(), prepared.shape.settings);
        self.move_weights.resize(prepared.shape.cells(), N::default());
        self.move_odds.resize(prepared.shape.cells(), N::default());
        let sheets = self.move_weights.chunks_exact_mut(size).zip(self.move_odds.chunks_exact_mut(size));
        for (age, (weights, odds)) in sheets.enumerate() {
            let factors = &self.move_factor[prepared.group(age) * settings..][..settings];
            prepared.moves.fill_moves(age, factors, shocks, weights, odds);
        }
    }

    /// Odds of ceasing in a year at an opening age, by setting; infinite at 25.
    #[inline(always)]
    pub fn leave_odds(&self, settings: usize, year: usize, age: usize) -> impl Iterator<Item = N> {
        let factors = &self.leave_factor[year * settings..][..settings];
        self.leave_odds[age * settings..][..settings].iter().zip(factors).map(|(odds, factor)| *odds * *factor)
    }

    /// Odds of changing setting in a year, of those of a cell who do not cease.
    #[inline(always)]
    pub fn move_odds(&self, settings: usize, year: usize, cell: usize, setting: usize) -> N {
        self.move_odds[cell] * self.move_shocks[year * settings + setting]
    }

    /// Where those of a cell who change setting in a year go.
    #[inline(always)]
    pub fn destinations<'a>(
        &'a self,
        prepared: &'a Prepared,
        year: usize,
        age: usize,
        cell: usize,
    ) -> Destinations<'a, N> {
        let settings = prepared.shape.settings;
        Destinations {
            table: &prepared.moves,
            cell,
            factors: &self.move_factor[prepared.group(age) * settings..][..settings],
            weight: self.move_weights[cell],
            steering: prepared.steering(year, age),
        }
    }

    /// The mix of new plans of an age in a year.
    #[inline(always)]
    pub fn mix<'a>(&'a self, prepared: &'a Prepared, year: usize, age: usize) -> Mix<'a, N> {
        let (size, settings) = (prepared.shape.cells_per_age(), prepared.shape.settings);
        Mix { shares: &self.mix[age * size..][..size], settings, steering: prepared.steering(year, age) }
    }
}
