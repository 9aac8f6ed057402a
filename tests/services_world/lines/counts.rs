//! What drivers count in a row of results, and what trends and levers leave of drivers, triage and bought hours.

use ndarray::Array3;
use needscast::domain::age_group::{AgeGroup, AgeSpan};
use needscast::domain::rates::Rates;
use needscast::domain::service::{Basis, Driver, Service};
use needscast::engine::layout::{Flow, Layout, Margin, SupportFlow};
use needscast::scenario::service_lever::{DriverChange, ServiceLever};

use crate::services_world::{AGES, BASE, EVENTS, NEEDS, SETTINGS, new_plans};

/// A row of results, read with the eyes of the reference.
pub struct Books<'a> {
    pub rates: &'a Rates,
    pub layout: Layout,
    pub row: &'a [f64],
    /// New plans expected in each year, `[age, need, setting]`.
    pub plans: Vec<Array3<f64>>,
}

impl Books<'_> {
    /// With new plans as they are expected without levers.
    pub fn new<'a>(rates: &'a Rates, layout: Layout, row: &'a [f64]) -> Books<'a> {
        let plans = |year| {
            Array3::from_shape_fn((AGES, NEEDS, SETTINGS), |(age, need, setting)| {
                new_plans(rates, year, age, need, setting)
            })
        };
        Books { rates, layout, row, plans: (0..rates.years).map(plans).collect() }
    }

    pub fn recorded(&self, year: usize, flow: Flow, margin: Margin) -> f64 {
        self.row[self.layout.flow(year, flow)][self.layout.margin(margin)]
    }

    /// Children of a need that a driver counts. Where need, age and setting are told apart only by age group,
    /// its ages must be those of whole groups, with equal shares of each in a tier.
    pub fn counted(&self, driver: &Driver, ages: AgeSpan, year: usize, need: usize) -> f64 {
        let named = self.rates.needs.iter().nth(need).expect("a need of the area");
        if !driver.needs.is_empty() && !driver.needs.contains(&named) {
            return 0.0;
        }
        let (layout, row) = (self.layout, self.row);
        let takes = |setting: usize| {
            driver.settings.is_empty() || driver.settings.iter().any(|chosen| chosen.index() == setting)
        };
        let groups = || {
            AgeGroup::ALL.into_iter().filter(move |group| {
                let inside = ages.first() <= group.span().first() && group.span().last() <= ages.last();
                assert!(inside || group.span().ages().all(|age| !ages.contains(age)), "ages of whole groups");
                inside
            })
        };
        let tier = |group: AgeGroup| {
            let Some(id) = &driver.support_tier else { return 1.0 };
            let tiers = &self.rates.support.as_ref().expect("the area has SEN support").tiers;
            let tier = tiers.iter().find(|tier| tier.id == *id).expect("a tier of the area");
            let mut shares = group.span().ages().map(|age| tier.share[age.index() * NEEDS + need]);
            let first = shares.next().expect("a group has ages");
            assert!(shares.all(|share| share == first), "equal shares within a group");
            first
        };
        let by_group =
            |counts: &[f64]| groups().map(|group| tier(group) * counts[group.index() * NEEDS + need]).sum::<f64>();
        let plans = |census: usize| -> f64 {
            let stock = &row[layout.stock_groups(census)];
            let cell = |group: AgeGroup, setting| stock[layout.group_cell(need, setting, group.index())];
            groups()
                .flat_map(|group| (0..SETTINGS).map(move |s| (group, s)))
                .map(|(group, s)| if takes(s) { cell(group, s) } else { 0.0 })
                .sum()
        };
        match driver.of {
            Basis::Plans => (plans(year) + plans(year + 1)) / 2.0,
            Basis::Reviews => (plans(year) + plans(year + 1)) / 2.0 * EVENTS.reviews,
            Basis::SenSupport => {
                let at = |census: usize| by_group(&row[layout.support_stock(census)]);
                (at(year) + at(year + 1)) / 2.0
            }
            Basis::Identified => by_group(&row[layout.support_flow(year, SupportFlow::Identified)]),
            Basis::NewPlans => {
                let of_age = |age: usize| -> f64 {
                    (0..SETTINGS).filter(|s| takes(*s)).map(|s| self.plans[year][[age, need, s]]).sum()
                };
                ages.ages().map(|age| of_age(age.index())).sum()
            }
            _ => 0.0,
        }
    }

    /// All that a driver counts.
    pub fn count(&self, driver: &Driver, ages: AgeSpan, year: usize) -> f64 {
        let total = |flow| self.recorded(year, flow, Margin::Total);
        match driver.of {
            Basis::Population => ages.ages().map(|age| self.rates.population.years[year][age.index()]).sum(),
            Basis::Requests => total(Flow::Requests),
            Basis::Assessments => total(Flow::Assessments),
            Basis::Refusals => total(Flow::Requests) - total(Flow::Assessments),
            Basis::Appeals => self.appeals(year),
            Basis::Served => 0.0,
            _ => (0..NEEDS).map(|need| self.counted(driver, ages, year, need)).sum(),
        }
    }

    pub fn appeals(&self, year: usize) -> f64 {
        let total = |flow| self.recorded(year, flow, Margin::Total);
        let refusals = total(Flow::Requests) - total(Flow::Assessments);
        refusals * EVENTS.appeals_of_refusals + total(Flow::NewPlans) * EVENTS.appeals_of_content
    }

    pub fn reviews(&self, year: usize) -> f64 {
        let plans = |census| self.row[self.layout.stock_groups(census)].iter().sum::<f64>();
        (plans(year) + plans(year + 1)) / 2.0 * EVENTS.reviews
    }
}

// ---------------------------------------------------------------------------------------------
// What levers leave.

/// What trends and levers leave of a driver in a calendar year: ages, uptake, and hours for each child or case.
pub fn driver_in(service: &Service, driver: &Driver, levers: &[ServiceLever], year: u16) -> (AgeSpan, f64, f64) {
    let (mut ages, mut uptake, mut hours) = (driver.ages, driver.uptake.central, driver.hours.central);
    let mut size = driver.group_size;
    if let Some(trend) = &driver.trend {
        uptake *= trend.factor.central.powi(i32::from(year - BASE));
    }
    for lever in levers {
        let ServiceLever::Driver { service: of, driver: id, change, timing } = lever else { continue };
        let acts = timing.from <= year && timing.until.is_none_or(|until| year <= until);
        if *of != service.id || *id != driver.id || !acts {
            continue;
        }
        let passed = f64::from(year - timing.from) + 1.0;
        let strength = (passed / f64::from(timing.phase_in_years)).min(1.0);
        match change {
            DriverChange::Uptake { multiply } => uptake *= 1.0 + strength * (multiply.value() - 1.0),
            DriverChange::Hours { multiply } => hours *= 1.0 + strength * (multiply.value() - 1.0),
            DriverChange::Growth { per_year } => uptake *= (1.0 + per_year).powf(passed),
            DriverChange::GroupSize { children } => size = *children,
            DriverChange::Ages { span } => ages = *span,
        }
    }
    (ages, uptake, hours / size)
}

/// Share of those who come that triage reaches, hours of each, and the share of them who stay on the list.
pub fn triage_in(service: &Service, levers: &[ServiceLever], year: u16) -> [f64; 3] {
    let mut triage = [0.0, 0.0, 1.0];
    for lever in levers {
        if let ServiceLever::Triage { service: of, timing, hours, kept } = lever
            && *of == service.id
            && timing.strength(year) > 0.0
        {
            triage = [timing.strength(year), *hours, kept.value()];
        }
    }
    triage
}

pub fn bought_in(service: &Service, levers: &[ServiceLever], year: u16) -> f64 {
    levers.iter().fold(service.bought_hours, |bought, lever| match lever {
        ServiceLever::Bought { service: of, timing, hours } if *of == service.id && timing.strength(year) > 0.0 => {
            bought + timing.strength(year) * (hours - bought)
        }
        _ => bought,
    })
}
