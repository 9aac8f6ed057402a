//! What a year's children and events demand of services.
//!
//! A driver counts n children or events of the year; with uptake u, which a trend multiplies each year, hours h and
//! group size g it demands
//!   n·u cases or children, and n·u·h/g hours.
//! Stocks are the mean of the year's two censuses. Referrals from residents are drawn (Poisson); all other
//! counts are those of the simulated children, and the part of them that a service meets is expected, as reviews
//! and appeals are. Cases that come after another list are as many as this serves: `model::serving`.

use super::chance::{Address, Chance, Count};
use super::flow::{YearFlows, YearInputs};
use super::service_model::{DriverModel, ServiceAssumptions, ServiceModel};
use crate::domain::service::{Basis, Serve};
use crate::numerics::stream::Mechanism;
use crate::scenario::service_effects::{DriverInForce, ServicesInForce};
use crate::units::Age;

/// Sums over ages below each age, by need, or by need and setting: a driver reads two of them.
type Sums = Vec<f64>;

/// Work of a year, and working memory.
#[derive(Clone, Debug, Default)]
pub struct Workload {
    /// By need and setting; stocks are the mean of both censuses.
    plans: Sums,
    new_plans: Sums,
    /// By need.
    support: Sums,
    /// By tier of SEN support.
    support_tiers: Vec<Sums>,
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
        self.add_up(inputs, model, counted);
        self.demand(chance, inputs, model, force, counted.flows, lines);
    }

    /// Children by age and need, summed over ages.
    fn add_up<C: Count>(&mut self, inputs: YearInputs, model: &ServiceModel, counted: &Counted<C>) {
        // Exact: whole children are far fewer than a double holds.
        let mean = |(opening, closing): (&C, &C)| 0.5 * (opening.to_f64() + closing.to_f64());
        let cells = model.needs * inputs.prepared.shape.settings;
        sum_over_ages(cells, &mut self.plans, counted.opening.iter().zip(counted.closing).map(mean));
        if model.drivers.iter().any(|driver| driver.of == Basis::NewPlans) {
            sum_over_ages(cells, &mut self.new_plans, counted.flows.issued.iter().map(|count| count.to_f64()));
        }
        let pupils = || counted.support[0].iter().zip(counted.support[1]).map(mean);
        sum_over_ages(model.needs, &mut self.support, pupils());
        let tiers = inputs.prepared.rates().support.iter().flat_map(|support| &support.tiers);
        self.support_tiers.resize(tiers.clone().count(), Vec::new());
        for (sums, tier) in self.support_tiers.iter_mut().zip(tiers) {
            sum_over_ages(model.needs, sums, pupils().zip(&tier.share).map(|(pupils, share)| pupils * share));
        }
        sum_over_ages(model.needs, &mut self.identified, counted.identified.iter().map(|count| count.to_f64()));
        sum_over_ages(1, &mut self.residents, inputs.prepared.residents(inputs.index).iter().copied());
    }

    /// Children of each of a driver's needs, of its ages and settings, before uptake: their sum.
    fn count_children(
        &mut self,
        model: &ServiceModel,
        number: usize,
        driver: &DriverModel,
        in_force: &DriverInForce,
    ) -> f64 {
        let (first, end) = (usize::from(in_force.ages.0), usize::from(in_force.ages.1) + 1);
        let sums = match driver.of {
            Basis::NewPlans => &self.new_plans,
            Basis::SenSupport => driver.support_tier.map_or(&self.support, |tier| &self.support_tiers[tier]),
            Basis::Identified => &self.identified,
            _ => &self.plans,
        };
        let cells = sums.len() / (Age::COUNT + 1);
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
                    let (first, end) = (usize::from(in_force.ages.0), usize::from(in_force.ages.1) + 1);
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

/// Sums over ages of what there are `cells` of an age: entry `[age, cell]` has all ages below; zeros of nothing.
fn sum_over_ages(cells: usize, sums: &mut Sums, mut counts: impl Iterator<Item = f64>) {
    sums.clear();
    sums.resize((Age::COUNT + 1) * cells, 0.0);
    for age in 0..Age::COUNT {
        let (below, at) = sums[age * cells..].split_at_mut(cells);
        for ((sum, below), count) in at.iter_mut().zip(below).zip(&mut counts) {
            *sum = *below + count;
        }
    }
}
