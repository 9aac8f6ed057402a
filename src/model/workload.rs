//! What a year's children and events demand of services.
//!
//! A driver counts n children or events of the year; with uptake u, which a trend multiplies each year, hours h and
//! group size g it demands
//!   n·u cases or children, and n·u·h/g hours.
//! Stocks are the mean of the year's two censuses. Referrals from residents are drawn (Poisson); all other
//! counts are those of the simulated children, and the part of them that a service meets is expected, as reviews
//! and appeals are. Cases that come after another list are as many as this serves: `model::serving`.

use std::ops::{AddAssign, Range};

use super::chance::{Address, Chance, Count};
use super::flow::{YearFlows, YearInputs};
use super::service_model::{DriverModel, ServiceAssumptions, ServiceModel};
use crate::domain::service::{Basis, Serve};
use crate::numerics::stream::Mechanism;
use crate::scenario::service_effects::{DriverInForce, ServicesInForce};
use crate::units::Age;

/// Sums over the ages below each cut, by need, or by need and setting: a driver reads two of them.
type Sums = Vec<f64>;

/// Ages at which some driver's ages begin or end: sums are told at these only.
#[derive(Clone, Copy, Debug, Default)]
struct Cuts {
    /// A bit for each, from 0 to one past the last age.
    at: u32,
}

impl Cuts {
    fn of(drivers: &[DriverInForce]) -> Cuts {
        let ends = 1 | 1 << Age::COUNT;
        Cuts { at: drivers.iter().fold(ends, |at, driver| at | 1 << driver.ages.0 | 1 << (driver.ages.1 + 1)) }
    }

    fn count(self) -> usize {
        self.at.count_ones() as usize
    }

    /// Ages from one cut to the next.
    fn bands(self) -> impl Iterator<Item = Range<usize>> {
        let cuts = move || (0..=Age::COUNT).filter(move |age| self.at >> age & 1 == 1);
        cuts().zip(cuts().skip(1)).map(|(from, to)| from..to)
    }

    /// The number of the cut at an age.
    fn number(self, age: usize) -> usize {
        (self.at & ((1 << age) - 1)).count_ones() as usize
    }
}

/// Work of a year, and working memory.
#[derive(Clone, Debug, Default)]
pub struct Workload {
    cuts: Cuts,
    /// By need and setting; stocks are the mean of both censuses.
    plans: Sums,
    new_plans: Sums,
    /// The same by need, of all settings.
    plans_by_need: Sums,
    new_plans_by_need: Sums,
    /// By need.
    support: Sums,
    /// By tier of SEN support, and the pupils of one by age and need.
    support_tiers: Vec<Sums>,
    tier: Vec<f64>,
    identified: Sums,
    /// Of all needs.
    residents: Sums,
    /// By driver and its needs, before uptake: those of its ages and settings.
    children: Vec<f64>,
    /// All assessments and new plans of the year.
    pub assessed: f64,
    pub issued: f64,
    /// By driver: uptake of the year; children or cases, unless these come after another list; hours of each; hours of
    /// all.
    pub uptake: Vec<f64>,
    pub cases: Vec<f64>,
    pub each: Vec<f64>,
    pub demanded: Vec<f64>,
    /// Hours demanded by tier and need.
    pub by_need: Vec<f64>,
    pub events: Events,
}

/// Events of a year that come of plans and requests, as expected.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Events {
    pub reviews: f64,
    pub appeals: f64,
}

/// Which services a year is worked out for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lines {
    All,
    /// Those that diagnoses depend on.
    Pathways,
}

/// What a year's work is counted by.
pub struct Counted<'a, C> {
    pub opening: &'a [C],
    pub closing: &'a [C],
    /// Pupils on SEN support at both censuses, and those new to it: by age and need; empty where unknown.
    pub support: [&'a [C]; 2],
    pub identified: &'a [C],
    pub flows: &'a YearFlows<C>,
}

impl Workload {
    /// Counts a year's work of the services among `lines`.
    pub fn count<K: Chance>(
        &mut self,
        chance: &K,
        inputs: YearInputs,
        model: &ServiceModel,
        force: &ServicesInForce,
        counted: &Counted<K::Count>,
        lines: Lines,
    ) {
        self.cuts = Cuts::of(&force.drivers);
        self.add_up(inputs, model, counted);
        self.demand(chance, inputs, model, force, counted.flows, lines);
    }

    /// Children by age and need, summed over ages.
    fn add_up<C: Count>(&mut self, inputs: YearInputs, model: &ServiceModel, counted: &Counted<C>) {
        let (cuts, needs) = (self.cuts, model.needs);
        let cells = needs * inputs.prepared.shape.settings;
        let mean = |sum: C| 0.5 * sum.to_f64();
        sum_over_ages(cuts, cells, &mut self.plans, [counted.opening, counted.closing], mean);
        if model.drivers.iter().any(|driver| driver.of == Basis::NewPlans) {
            sum_over_ages(cuts, cells, &mut self.new_plans, [&counted.flows.issued], C::to_f64);
        }
        let settings = inputs.prepared.shape.settings;
        sum_over_settings(settings, &self.plans, &mut self.plans_by_need);
        sum_over_settings(settings, &self.new_plans, &mut self.new_plans_by_need);
        sum_over_ages(cuts, needs, &mut self.support, counted.support, mean);
        let tiers = inputs.prepared.rates().support.iter().flat_map(|support| &support.tiers);
        self.support_tiers.resize(tiers.clone().count(), Vec::new());
        for (sums, tier) in self.support_tiers.iter_mut().zip(tiers) {
            let [opening, closing] = counted.support;
            let pupils = opening.iter().zip(closing).zip(&tier.share);
            self.tier.clear();
            self.tier
                .extend(pupils.map(|((opening, closing), share)| 0.5 * (opening.to_f64() + closing.to_f64()) * share));
            sum_over_ages(cuts, needs, sums, [&self.tier], |sum| sum);
        }
        sum_over_ages(cuts, needs, &mut self.identified, [counted.identified], C::to_f64);
        sum_over_ages(cuts, 1, &mut self.residents, [inputs.prepared.residents(inputs.index)], |sum| sum);
    }

    /// Children of each of a driver's needs, of its ages and settings, before uptake: their sum.
    fn count_children(
        &mut self,
        model: &ServiceModel,
        number: usize,
        driver: &DriverModel,
        in_force: &DriverInForce,
    ) -> f64 {
        let (first, end) = self.cuts_of(in_force);
        let of_all = driver.settings.len() * model.needs * self.cuts.count() == self.plans.len();
        let sums = match driver.of {
            Basis::NewPlans if of_all => &self.new_plans_by_need,
            Basis::NewPlans => &self.new_plans,
            Basis::SenSupport => driver.support_tier.map_or(&self.support, |tier| &self.support_tiers[tier]),
            Basis::Identified => &self.identified,
            _ if of_all => &self.plans_by_need,
            _ => &self.plans,
        };
        let cells = sums.len() / self.cuts.count();
        let (below, up_to) = (&sums[first * cells..][..cells], &sums[end * cells..][..cells]);
        let children = &mut self.children[number * model.needs..][..driver.needs.len()];
        let one = [0];
        let (settings, width) =
            if cells > model.needs { (driver.settings.as_slice(), cells / model.needs) } else { (&one[..], 1) };
        children.fill(0.0);
        // Needs inside: their sums do not wait for each other.
        for setting in settings {
            for (sum, need) in children.iter_mut().zip(&driver.needs) {
                let cell = need * width + setting;
                *sum += up_to[cell] - below[cell];
            }
        }
        children.iter().sum()
    }

    /// The cuts at which a driver's ages begin and end.
    fn cuts_of(&self, in_force: &DriverInForce) -> (usize, usize) {
        let (first, last) = in_force.ages;
        (self.cuts.number(usize::from(first)), self.cuts.number(usize::from(last) + 1))
    }

    /// Cases of each driver in the year, and their hours; those after another list are not known yet.
    fn demand<K: Chance>(
        &mut self,
        chance: &K,
        inputs: YearInputs,
        model: &ServiceModel,
        force: &ServicesInForce,
        flows: &YearFlows<K::Count>,
        lines: Lines,
    ) {
        let rates = &inputs.parameters.services;
        let sum = |counts: &[K::Count]| counts.iter().map(|count| count.to_f64()).sum::<f64>();
        let (assessed_only, refused) = (sum(&flows.assessed_only), sum(&flows.not_assessed));
        let issued = sum(&flows.new_plans.by_age);
        let assessed = issued + assessed_only;
        let ServiceAssumptions { reviews, appeals_of_refusals, appeals_of_content, .. } = model.assumptions;
        let appeals = refused * appeals_of_refusals + issued * appeals_of_content;
        let held: f64 = self.plans[self.plans.len() - model.needs * inputs.prepared.shape.settings..].iter().sum();
        self.events = Events { reviews: held * reviews, appeals };
        (self.assessed, self.issued) = (assessed, issued);
        self.children.resize(model.drivers.len() * model.needs, 0.0);
        self.uptake.clear();
        self.cases.clear();
        self.each.clear();
        self.demanded.clear();
        for (number, (driver, in_force)) in model.drivers.iter().zip(&force.drivers).enumerate() {
            let mut uptake = rates.uptake[number] * in_force.uptake;
            if driver.trend.is_some() {
                uptake *= libm::pow(rates.trend[number], inputs.index as f64);
            }
            let hours = rates.hours[number] * in_force.hours;
            let cases = match driver.of {
                _ if lines == Lines::Pathways && !model.lines[driver.line].on_pathway => 0.0,
                Basis::Requests => (assessed + refused) * uptake,
                Basis::Assessments => assessed * uptake,
                Basis::Refusals => refused * uptake,
                Basis::Appeals => appeals * uptake,
                Basis::Served => 0.0,
                Basis::Reviews => self.count_children(model, number, driver, in_force) * reviews * uptake,
                Basis::Population => {
                    let (first, end) = self.cuts_of(in_force);
                    let mean = (self.residents[end] - self.residents[first]) * uptake;
                    let at = Address { mechanism: Mechanism::Referrals, year: inputs.year(), unit: driver.unit };
                    match driver.serve {
                        Serve::Queue => chance.arrive_many(at, mean).to_f64(),
                        Serve::Ongoing => mean,
                    }
                }
                Basis::Plans | Basis::NewPlans | Basis::SenSupport | Basis::Identified => {
                    self.count_children(model, number, driver, in_force) * uptake
                }
            };
            self.uptake.push(uptake);
            self.cases.push(cases);
            self.each.push(hours);
            self.demanded.push(cases * hours);
        }
    }

    /// Cases of a driver per new plan of any need, age and setting.
    pub fn per_plan(&self, driver: usize) -> f64 {
        if self.issued > 0.0 { self.cases[driver] / self.issued } else { self.uptake[driver] }
    }

    /// Children of each of a driver's needs, of its ages and settings, before uptake.
    fn children<'a>(&'a self, model: &ServiceModel, number: usize) -> &'a [f64] {
        &self.children[number * model.needs..][..model.drivers[number].needs.len()]
    }

    /// Hours demanded by tier and need: those of each driver in proportion to its children.
    pub fn tell_needs(&mut self, model: &ServiceModel) {
        let mut by_need = std::mem::take(&mut self.by_need);
        by_need.clear();
        by_need.resize(model.tiers.len() * model.needs, 0.0);
        for (number, driver) in model.drivers.iter().enumerate() {
            let Some(tier) = driver.tier else { continue };
            let all: f64 = self.children(model, number).iter().sum();
            let per_child = if all > 0.0 { self.demanded[number] / all } else { 0.0 };
            for (need, children) in driver.needs.iter().zip(self.children(model, number)) {
                by_need[tier * model.needs + need] += children * per_child;
            }
        }
        self.by_need = by_need;
    }
}

/// Sums over settings, the inner of need and setting.
fn sum_over_settings(settings: usize, by_setting: &[f64], sums: &mut Sums) {
    sums.clear();
    sums.extend(by_setting.chunks_exact(settings).map(|cells| cells.iter().sum::<f64>()));
}

/// Sums over ages of what there are `cells` of an age in each table: row `k` has all ages below cut `k`; zeros of
/// nothing. Whole children are added as such.
#[inline]
fn sum_over_ages<N: Copy + Default + AddAssign, const TABLES: usize>(
    cuts: Cuts,
    cells: usize,
    sums: &mut Sums,
    tables: [&[N]; TABLES],
    told: impl Fn(N) -> f64,
) {
    sums.clear();
    if tables.iter().any(|table| table.is_empty()) {
        return sums.resize(cuts.count() * cells, 0.0);
    }
    let mut below = vec![N::default(); cells];
    sums.extend(below.iter().map(|sum| told(*sum)));
    for ages in cuts.bands() {
        for age in ages {
            for table in tables {
                below.iter_mut().zip(&table[age * cells..][..cells]).for_each(|(sum, count)| *sum += *count);
            }
        }
        sums.extend(below.iter().map(|sum| told(*sum)));
    }
}
