//! Services in stages, what is said of them in few words, random ones, and levers on them.

use needscast::domain::assumption::Confidence;
use needscast::domain::need::Need;
use needscast::domain::rates::Rates;
use needscast::domain::service::{Basis, Driver, Estimate, Month, Outcome, Serve, Service, Tier, Trend};
use needscast::engine::batch::run_principal;
use needscast::engine::layout::{Layout, LineFigure};
use needscast::scenario::lever::{Scenario, Timing};
use needscast::scenario::service_lever::{DriverChange, ServiceLever};
use needscast::units::{Factor, Probability};

use crate::services_world::{Dice, driver, engine, grade, season, service, setting, span};

pub fn after(id: &str, driver: Driver) -> Driver {
    Driver { after: Some(id.to_string()), ..driver }
}

pub fn growing(factor: f64, driver: Driver) -> Driver {
    let trend =
        Trend { factor: Estimate::certain(factor), source: "made for a test".to_string(), confidence: Confidence::Low };
    Driver { trend: Some(trend), ..driver }
}

pub fn outcome(diagnosed: f64, ages: &str, plans: f64, renamed: f64) -> Outcome {
    Outcome {
        diagnosed: Estimate::certain(diagnosed),
        need: Need::Asd,
        ages: span(ages),
        plans: Estimate::certain(plans),
        renamed: Estimate::certain(renamed),
        source: "made for a test".to_string(),
        confidence: Confidence::Low,
    }
}

pub fn from(year: u16, phase_in_years: u16) -> Timing {
    Timing { from: year, until: None, phase_in_years }
}

pub fn factor(value: f64) -> Factor {
    Factor::new(value).expect("a factor")
}

pub fn staff(service: &str, year: u16, added: f64) -> ServiceLever {
    let from = Month { year, month: 0 };
    ServiceLever::Staff { service: service.to_string(), grade: "staff".to_string(), from, added }
}

pub fn triage(service: &str, timing: Timing, hours: f64, kept: f64) -> ServiceLever {
    let kept = Probability::new(kept).expect("a share");
    ServiceLever::Triage { service: service.to_string(), timing, hours, kept }
}

pub fn change(service: &str, driver: &str, timing: Timing, change: DriverChange) -> ServiceLever {
    ServiceLever::Driver { service: service.to_string(), driver: driver.to_string(), change, timing }
}

pub fn layout_of(rates: &Rates, services: &[Service]) -> Layout {
    Layout::of(&engine(rates, services, &Scenario::baseline()).0)
}

pub fn principal(rates: &Rates, services: &[Service], scenario: &Scenario) -> Vec<f64> {
    let (prepared, effects) = engine(rates, services, scenario);
    run_principal(&prepared, &effects).expect("the books balance")
}

/// A row's figure of a service in a year, in its own units.
pub fn figure(layout: Layout, row: &[f64], year: usize, line: usize, figure: LineFigure) -> f64 {
    row[layout.line(year, line)][figure as usize] / figure.scale()
}

// ---------------------------------------------------------------------------------------------
// Random services in stages.

pub fn pick<T: Clone>(dice: &mut Dice, of: &[T]) -> T {
    of[(dice.uniform() * of.len() as f64) as usize].clone()
}

fn random_driver(dice: &mut Dice, id: &str, earlier: &[Service]) -> Driver {
    let follows = !earlier.is_empty() && dice.falls(0.6);
    let before = if follows { pick(dice, earlier) } else { service("none", Vec::new(), Vec::new()) };
    let of = if follows {
        pick(dice, &[Basis::Served, Basis::Served, Basis::Assessments, Basis::NewPlans])
    } else {
        pick(dice, &Basis::ALL.iter().copied().filter(|of| *of != Basis::Served).collect::<Vec<_>>())
    };
    let uptake = match of {
        Basis::Population => dice.between(0.003, 0.02),
        Basis::Plans | Basis::SenSupport => dice.between(0.05, 0.6),
        _ => dice.between(0.2, 1.0),
    };
    let serve = if follows || id == "work_0" { Serve::Queue } else { pick(dice, Serve::ALL) };
    let priority = if serve == Serve::Queue { 2 } else { pick(dice, &[1, 2, 3]) };
    let mut plain = driver(id, of, serve, priority, uptake, dice.between(0.5, 9.0));
    if of.has_ages() && dice.falls(0.5) {
        plain.ages = span(pick(dice, &["0-10", "5-15", "0-4", "11-25"]));
    }
    if of.has_needs() && dice.falls(0.3) {
        plain.needs = vec![Need::Asd];
    }
    if of.has_settings() && dice.falls(0.3) {
        plain.settings = vec![setting("special")];
    }
    plain.tier = dice.falls(0.5).then(|| pick(dice, Tier::ALL));
    plain.group_size = pick(dice, &[1.0, 1.0, 3.0]);
    if dice.falls(0.3) {
        plain = growing(dice.between(0.7, 1.3), plain);
    }
    if follows {
        plain = after(&before.id, plain);
    }
    plain
}

/// Three to five services, each with a list, most after others, some with the first call on the staff of a later one;
/// up to two of them diagnose.
pub fn random_stages(dice: &mut Dice) -> Vec<Service> {
    let mut services: Vec<Service> = Vec::new();
    for number in 0..pick(dice, &[3, 4, 5]) {
        let count = pick(dice, &[1, 2, 3]);
        let drivers: Vec<Driver> =
            (0..count).map(|driver| random_driver(dice, &format!("work_{driver}"), &services)).collect();
        let listed = if dice.falls(0.7) { dice.between(0.0, 60.0) } else { 0.0 };
        let bought_hours = if dice.falls(0.3) { dice.between(0.0, 300.0) } else { 0.0 };
        let mut random_season = || season((dice.uniform() * 1e6) as u64);
        let (arrivals, capacity) = (random_season(), random_season());
        services.push(Service {
            standard_weeks: dice.falls(0.7).then(|| dice.between(2.0, 30.0)),
            list_at_start: listed,
            arrivals,
            capacity,
            bought_hours,
            ..service(&format!("service_{number}"), drivers, vec![grade("staff", dice.between(0.0, 1.0), 600.0)])
        });
    }
    for guest in (0..services.len() - 1).rev() {
        let hosts: Vec<String> =
            services[guest + 1..].iter().filter(|host| host.staff_of.is_none()).map(|host| host.id.clone()).collect();
        if dice.falls(0.3) {
            services[guest].staff_of = Some(pick(dice, &hosts));
            services[guest].grades.clear();
        }
    }
    for diagnosing in [1, 2] {
        let need = pick(dice, &[Need::Asd, Need::Slcn]);
        let ages = pick(dice, &["0-25", "2-7", "5-15"]);
        let (diagnosed, plans, renamed) = (dice.between(0.0, 1.0), dice.between(0.0, 0.5), dice.between(0.0, 0.3));
        if dice.falls(0.7) {
            services[diagnosing].outcome = Some(Outcome { need, ..outcome(diagnosed, ages, plans, renamed) });
        }
    }
    services
}

/// Three to five services, each after the one before, with teams of their own, the last of which diagnoses. Lists after
/// others have one kind of hours: where long cases come sooner, they keep short ones waiting, and fewer are served.
pub fn random_pathway(dice: &mut Dice) -> Vec<Service> {
    let mut services = random_stages(dice);
    for (number, service) in services.iter_mut().enumerate() {
        let hours = dice.between(1.0, 9.0);
        let id = format!("service_{}", number.saturating_sub(1));
        let drivers = &mut service.drivers;
        drivers.retain(|driver| driver.after.is_none());
        for driver in drivers.iter_mut() {
            driver.hours = Estimate::certain(if driver.serve == Serve::Queue { hours } else { driver.hours.central });
            driver.group_size = 1.0;
        }
        if number == 0 {
            drivers.push(driver("referrals", Basis::Population, Serve::Queue, 2, dice.between(0.003, 0.02), hours));
        } else {
            let of = pick(dice, &[Basis::Served, Basis::Assessments, Basis::NewPlans]);
            drivers.push(after(&id, driver("passed_on", of, Serve::Queue, 2, dice.between(0.3, 1.0), hours)));
        }
        (service.staff_of, service.outcome) = (None, None);
        service.grades = vec![grade("staff", dice.between(0.0, 1.0), 600.0)];
    }
    let diagnosed = dice.between(0.1, 1.0);
    services.last_mut().expect("some").outcome = Some(outcome(diagnosed, "2-11", 0.0, 0.0));
    services
}

pub fn random_levers(dice: &mut Dice, services: &[Service]) -> Vec<ServiceLever> {
    let mut levers = Vec::new();
    for Service { id, staff_of, .. } in services {
        let year = pick(dice, &[2025, 2026, 2027]);
        let timing = Timing { from: year, until: dice.falls(0.3).then_some(2027), phase_in_years: pick(dice, &[1, 3]) };
        let multiply = factor(dice.between(0.5, 2.0));
        let taken_up = if dice.falls(0.2) { factor(0.0) } else { multiply };
        match pick(dice, &[0, 1, 2, 3, 4, 5]) {
            0 => levers.push(staff(staff_of.as_ref().unwrap_or(id), year, dice.between(-0.3, 0.8))),
            1 => levers.push(change(id, "work_0", timing, DriverChange::Uptake { multiply: taken_up })),
            2 => levers.push(change(id, "work_0", timing, DriverChange::Hours { multiply })),
            3 => levers.push(triage(id, timing, dice.between(0.0, 3.0), pick(dice, &[0.0, 1.0, 1e-4, 0.2, 0.5, 0.8]))),
            4 => levers.push(ServiceLever::Bought { service: id.clone(), timing, hours: dice.between(0.0, 600.0) }),
            _ => {}
        }
    }
    levers
}
