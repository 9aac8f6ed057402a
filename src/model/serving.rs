//! Services: hours demanded by children and events, against the hours that staff have.
//!
//! A driver counts n children or events of the year; with uptake u, hours h and group size g it demands
//!   n·u cases or children, and n·u·h/g hours.
//! Stocks are the mean of the year's two censuses. Referrals from residents are drawn (Poisson); all other
//! counts are those of the simulated children, and the part of them that a service meets is expected.
//! In month m, with weights a(m) of arrivals and w(m) of capacity, each summing to 12:
//!   hours there are = (Σ over grades FTE(m)·hours per FTE + hours bought)·w(m)/12,
//!   cases that come = a(m)/12 of the year's, ongoing hours due = w(m)/12 of the year's.
//! They are given by priority. All cases of a service have one priority and wait in one list, a [`Queue`], which
//! holds at the start those who wait at the base census; a level of ongoing hours takes what it needs
//! of what is left, and what it does not get has lapsed. For every service and month
//!   waiting before + demanded = delivered + lapsed + waiting after.

use super::chance::{Address, Chance, Count};
use super::flow::{YearFlows, YearInputs};
use super::queue::{Queue, WEEKS_PER_MONTH, Waits};
use super::service_model::{Line, ServiceModel};
use crate::domain::service::{Basis, Serve};
use crate::numerics::stream::Mechanism;
use crate::scenario::service_effects::ServicesInForce;
use crate::units::Age;

/// Sums over ages below each age, by need: a driver reads two of them.
type Sums = Vec<f64>;

/// Lists of a replicate, and working memory.
#[derive(Clone, Debug, Default)]
pub struct Serving {
    /// By service.
    queues: Vec<Queue>,
    waits: Waits,
    /// Plans by cell, the mean of both censuses.
    held: Vec<f64>,
    /// By set of settings.
    plans: Vec<Sums>,
    new_plans: Vec<Sums>,
    support: Sums,
    identified: Sums,
    residents: Vec<f64>,
    /// Children or cases of each driver, and hours demanded.
    cases: Vec<f64>,
    pub demanded: Vec<f64>,
    pub delivered: Vec<f64>,
    /// Hours demanded by tier and need.
    pub by_need: Vec<f64>,
    /// By service.
    pub years: Vec<LineYear>,
}

/// A year of a service.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LineYear {
    /// Hours of cases that wait at its start and end.
    pub waiting_before: f64,
    pub waiting: f64,
    pub demanded: f64,
    pub delivered: f64,
    pub lapsed: f64,
    /// Hours there were.
    pub capacity: f64,
    /// Mean FTE in post, and what the year's demand would take beside the hours bought.
    pub in_post: f64,
    pub needed: f64,
    /// FTE that would bring the list to a length that meets the standard within a year.
    pub relief: f64,
    /// Cases served, and those that wait at its end.
    pub served: f64,
    pub list: f64,
    /// Waits of those served in the year; of the longest there where nobody was.
    pub mean_weeks: f64,
    pub weeks_of_92: f64,
    pub within: f64,
    /// Hours delivered to children who have no plan and none in hand.
    pub early: f64,
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

/// One year of all services.
pub fn step_services<K: Chance>(
    chance: &K,
    inputs: YearInputs,
    model: &ServiceModel,
    force: &ServicesInForce,
    counted: &Counted<K::Count>,
    serving: &mut Serving,
) {
    serving.add_up(inputs, model, counted);
    serving.demand(chance, inputs, model, force, counted.flows);
    if inputs.index == 0 {
        serving.open_lists(model);
    }
    serving.years.clear();
    serving.delivered.clear();
    serving.delivered.resize(model.drivers.len(), 0.0);
    for (number, line) in model.lines.iter().enumerate() {
        let year = serving.serve(inputs, model, force, (number, line));
        serving.years.push(year);
    }
}

impl Serving {
    /// Children by age and need, summed over ages.
    fn add_up<C: Count>(&mut self, inputs: YearInputs, model: &ServiceModel, counted: &Counted<C>) {
        let shape = inputs.prepared.shape;
        // Exact: whole children are far fewer than a double holds.
        self.held.clear();
        let censuses = counted.opening.iter().zip(counted.closing);
        self.held.extend(censuses.map(|(opening, closing)| 0.5 * (opening.to_f64() + closing.to_f64())));
        let uses = |of: Basis, mask: usize| model.drivers.iter().any(|d| d.of == of && d.mask == mask);
        self.plans.resize(model.masks.len(), Vec::new());
        self.new_plans.resize(model.masks.len(), Vec::new());
        for (mask, settings) in model.masks.iter().enumerate() {
            if uses(Basis::Plans, mask) {
                let rows = self.held.chunks_exact(shape.settings);
                if settings.len() == shape.settings {
                    sum_over_ages(model.needs, &mut self.plans[mask], rows, |row| row.iter().sum());
                } else {
                    let some = |row: &[f64]| settings.iter().map(|setting| row[*setting]).sum();
                    sum_over_ages(model.needs, &mut self.plans[mask], rows, some);
                }
            }
            if uses(Basis::NewPlans, mask) {
                let rows = counted.flows.issued.chunks_exact(shape.settings);
                sum_over_ages(model.needs, &mut self.new_plans[mask], rows, |row| {
                    let mut issued = C::default();
                    settings.iter().for_each(|setting| issued += row[*setting]);
                    issued.to_f64()
                });
            }
        }
        let [opening, closing] = counted.support;
        sum_over_ages(model.needs, &mut self.support, opening.iter().zip(closing), |(opening, closing)| {
            0.5 * (opening.to_f64() + closing.to_f64())
        });
        sum_over_ages(model.needs, &mut self.identified, counted.identified.iter(), |count| count.to_f64());
        let residents = inputs.prepared.residents(inputs.index);
        sum_over_ages(1, &mut self.residents, residents.iter(), |persons| *persons);
    }

    /// Cases and hours that each driver demands in the year.
    fn demand<K: Chance>(
        &mut self,
        chance: &K,
        inputs: YearInputs,
        model: &ServiceModel,
        force: &ServicesInForce,
        flows: &YearFlows<K::Count>,
    ) {
        let rates = &inputs.parameters.services;
        let sum = |counts: &[K::Count]| counts.iter().map(|count| count.to_f64()).sum::<f64>();
        let (assessed_only, refused) = (sum(&flows.assessed_only), sum(&flows.not_assessed));
        let assessed = sum(&flows.new_plans.by_age) + assessed_only;
        self.cases.clear();
        self.demanded.clear();
        self.by_need.clear();
        self.by_need.resize(model.tiers.len() * model.needs, 0.0);
        for (number, (driver, in_force)) in model.drivers.iter().zip(&force.drivers).enumerate() {
            let uptake = rates.uptake[number] * in_force.uptake;
            let hours = rates.hours[number] * in_force.hours;
            let (first, end) = (usize::from(in_force.ages.0), usize::from(in_force.ages.1) + 1);
            let sums = match driver.of {
                Basis::Plans => Some(&self.plans[driver.mask]),
                Basis::NewPlans => Some(&self.new_plans[driver.mask]),
                Basis::SenSupport => Some(&self.support),
                Basis::Identified => Some(&self.identified),
                _ => None,
            };
            let cases = match (sums, driver.of) {
                (Some(sums), _) => {
                    let mut all = 0.0;
                    for need in &driver.needs {
                        let cases = (sums[end * model.needs + need] - sums[first * model.needs + need]) * uptake;
                        all += cases;
                        if let Some(tier) = driver.tier {
                            self.by_need[tier * model.needs + need] += cases * hours;
                        }
                    }
                    all
                }
                (None, Basis::Requests) => (assessed + refused) * uptake,
                (None, Basis::Assessments) => assessed * uptake,
                (None, Basis::Refusals) => refused * uptake,
                (None, _) => {
                    let mean = (self.residents[end] - self.residents[first]) * uptake;
                    let at = Address { mechanism: Mechanism::Referrals, year: inputs.year(), unit: driver.unit };
                    match driver.serve {
                        Serve::Queue => chance.arrive_many(at, mean).to_f64(),
                        Serve::Ongoing => mean,
                    }
                }
            };
            self.cases.push(cases);
            self.demanded.push(cases * hours);
        }
    }

    /// Those who wait at the base census came at the pace of the first year, with its mean hours.
    fn open_lists(&mut self, model: &ServiceModel) {
        self.queues.resize(model.lines.len(), Queue::default());
        for (line, queue) in model.lines.iter().zip(&mut self.queues) {
            let queued = || line.drivers.clone().filter(|driver| model.drivers[*driver].serve == Serve::Queue);
            let cases: f64 = queued().map(|driver| self.cases[driver]).sum();
            let hours: f64 = queued().map(|driver| self.demanded[driver]).sum();
            let per_case = if cases > 0.0 { hours / cases } else { 1.0 };
            queue.open(line.list_at_start, cases / 12.0, per_case);
        }
    }

    fn serve(
        &mut self,
        inputs: YearInputs,
        model: &ServiceModel,
        force: &ServicesInForce,
        (number, line): (usize, &Line),
    ) -> LineYear {
        let Serving { queues, waits, cases, demanded, delivered, .. } = self;
        let queue = &mut queues[number];
        let per_fte = &inputs.parameters.services.per_fte;
        waits.clear(line.standard_weeks);
        let mut year = LineYear { waiting_before: queue.hours(), ..LineYear::default() };
        year.demanded = line.drivers.clone().map(|driver| demanded[driver]).sum();
        // Of the staff, as if all months had the same weight: in which months they stand is no matter of need. The
        // mix of grades is: posts added to a grade with more hours lower the FTE that are needed.
        let mut even_hours = 0.0;
        let of_level = |level: &[usize], of: &[f64]| level.iter().map(|driver| of[*driver]).sum::<f64>();
        for month in 0..12 {
            let in_post = || line.grades.clone().map(|grade| (force.in_post[grade][month], per_fte[grade]));
            let staff: f64 = in_post().map(|(fte, hours)| fte * hours).sum();
            let weight = line.capacity[month] / 12.0;
            let mut left = (staff + force.bought[number]) * weight;
            year.capacity += left;
            year.in_post += in_post().map(|(fte, _)| fte).sum::<f64>() / 12.0;
            even_hours += staff / 12.0;
            for level in &line.levels {
                let due = of_level(&level.drivers, demanded);
                let given = match level.serve {
                    Serve::Queue => {
                        let coming = line.arrivals[month] / 12.0;
                        let new = of_level(&level.drivers, cases);
                        queue.serve(inputs.index * 12 + month, new * coming, due * coming, left, waits)
                    }
                    Serve::Ongoing => {
                        let given = (due * weight).min(left);
                        year.lapsed += due * weight - given;
                        given
                    }
                };
                left = (left - given).max(0.0);
                year.delivered += given;
                share_given(&level.drivers, demanded, due, given, delivered);
            }
        }
        let early = line.drivers.clone().filter(|driver| model.drivers[*driver].of.is_early());
        year.early = early.map(|driver| delivered[driver]).sum();
        year.waiting = queue.hours();
        year.served = waits.cases;
        year.list = queue.cases();
        year.mean_weeks = waits.mean_weeks().unwrap_or_else(|| queue.longest_weeks((inputs.index + 1) * 12));
        year.weeks_of_92 = waits.quantile_weeks(0.92).unwrap_or(year.mean_weeks);
        let met = || line.standard_weeks.is_some_and(|standard| year.mean_weeks <= standard);
        year.within = waits.within_standard().unwrap_or_else(|| f64::from(u8::from(met())));
        let per_fte = if year.in_post > 0.0 { even_hours / year.in_post } else { mean_hours(line, per_fte) };
        note_staff_needed(line, per_fte, force.bought[number], queued_a_year(line, model, cases), &mut year);
        year
    }
}

/// Cases that come to a service's list in the year.
fn queued_a_year(line: &Line, model: &ServiceModel, cases: &[f64]) -> f64 {
    line.drivers.clone().filter(|driver| model.drivers[*driver].serve == Serve::Queue).map(|driver| cases[driver]).sum()
}

/// Hours per FTE of a service without staff: the mean of its grades.
fn mean_hours(line: &Line, per_fte: &[f64]) -> f64 {
    line.grades.clone().map(|grade| per_fte[grade]).sum::<f64>() / line.grades.len().max(1) as f64
}

/// FTE at the hours that the service's staff have on average.
///
/// A list of (cases a week)·(standard in weeks)/4 meets the standard for nearly all (Fong and others, 2022);
/// relief is what the year's demand and the rest of the list take within a year.
fn note_staff_needed(line: &Line, hours: f64, bought: f64, cases: f64, year: &mut LineYear) {
    if hours <= 0.0 {
        return;
    }
    year.needed = (year.demanded - bought).max(0.0) / hours;
    if let Some(standard) = line.standard_weeks {
        let target = cases / (12.0 * WEEKS_PER_MONTH) * standard / 4.0;
        let per_case = if year.list > 0.0 { year.waiting / year.list } else { 0.0 };
        let more = (year.list - target).max(0.0) * per_case;
        year.relief = (year.demanded + more - bought).max(0.0) / hours;
    }
}

/// Shares hours that a level was given among its drivers, in proportion to what they demand this year.
fn share_given(level: &[usize], demanded: &[f64], due: f64, given: f64, delivered: &mut [f64]) {
    for driver in level {
        let share = if due > 0.0 { demanded[*driver] / due } else { 1.0 / level.len() as f64 };
        delivered[*driver] += given * share;
    }
}

/// Sums of rows over ages, `needs` rows an age: entry `[age, need]` has all ages below; zeros without rows.
fn sum_over_ages<R>(needs: usize, sums: &mut Sums, rows: impl Iterator<Item = R>, count: impl Fn(R) -> f64) {
    sums.clear();
    sums.resize(needs, 0.0);
    for (place, row) in rows.enumerate() {
        sums.push(sums[place] + count(row));
    }
    sums.resize((Age::COUNT + 1) * needs, 0.0);
}
