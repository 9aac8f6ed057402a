//! What staff and levers on services amount to in a year.
//!
//! Staff in post of a grade follow the posts planned: they start at planned·(1 − vacancy), each month
//! turnover/12 of them leave, and each vacancy is filled with probability 1/(months to recruit), so that
//! after a change the gap closes as e^(−t/months) and, left alone, settles at the vacancy where leavers and
//! recruits are as many. Where no time to recruit is given, the vacancy stays what it was.

use std::ops::Range;

use super::lever::Scenario;
use super::service_lever::{DriverChange, ServiceLever};
use crate::domain::service::{Driver, Grade, Month, Service, pathways};
use crate::units::CensusYear;

/// Services in force in one calendar year.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ServicesInForce {
    /// By driver, those of the first service first.
    pub drivers: Vec<DriverInForce>,
    /// By grade, likewise: FTE in post in each month.
    pub in_post: Vec<[f64; 12]>,
    /// By service: hours bought in the year, and a first look at those who come.
    pub bought: Vec<f64>,
    pub triage: Vec<Option<Triage>>,
}

/// A first look at those who come to a list.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Triage {
    /// Share of them who get it.
    pub share: f64,
    pub hours: f64,
    /// Share of those who stay on the list.
    pub kept: f64,
}

/// What levers make of a driver.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DriverInForce {
    /// First and last age.
    pub ages: (u8, u8),
    /// Factors on what is drawn for it.
    pub uptake: f64,
    pub hours: f64,
}

/// The services of each of `years` calendar years from `base`.
pub fn services_in_force(
    services: &[Service],
    scenario: &Scenario,
    base: CensusYear,
    years: usize,
) -> Vec<ServicesInForce> {
    let posts: Vec<Vec<f64>> = services
        .iter()
        .flat_map(|service| service.grades.iter().map(move |grade| (service, grade)))
        .map(|(service, grade)| staff_in_post(&service.id, grade, scenario, base, years * 12))
        .collect();
    (0..years)
        .map(|step| {
            let year = base.plus(step).0;
            ServicesInForce {
                drivers: services
                    .iter()
                    .flat_map(|service| service.drivers.iter().map(move |driver| (service, driver)))
                    .map(|(service, driver)| driver_in_force(&service.id, driver, scenario, year))
                    .collect(),
                in_post: posts.iter().map(|months| std::array::from_fn(|month| months[step * 12 + month])).collect(),
                bought: services.iter().map(|service| bought_hours(service, scenario, year)).collect(),
                triage: services.iter().map(|service| triage(service, scenario, year)).collect(),
            }
        })
        .collect()
}

/// Levers of a scenario without which no year would differ.
pub fn idle_service_levers<'a>(
    services: &[Service],
    scenario: &'a Scenario,
    base: CensusYear,
    years: usize,
) -> Vec<&'a ServiceLever> {
    let all = services_in_force(services, scenario, base, years);
    let is_idle = |place: &usize| {
        let mut others = scenario.clone();
        others.services.remove(*place);
        services_in_force(services, &others, base, years) == all
    };
    (0..scenario.services.len()).filter(is_idle).map(|place| &scenario.services[place]).collect()
}

/// FTE in post in each month from the January of the base census on.
fn staff_in_post(service: &str, grade: &Grade, scenario: &Scenario, base: CensusYear, months: usize) -> Vec<f64> {
    let january = Month { year: base.0, month: 0 };
    let own = |of: &str, which: &str| of == service && which == grade.id;
    let planned = |month: Month| {
        let steps = grade.establishment.iter();
        let listed = steps.clone().rev().find(|(from, _)| *from <= month).or(steps.clone().next()).map_or(0.0, |s| s.1);
        let added: f64 = scenario
            .services
            .iter()
            .map(|lever| match lever {
                ServiceLever::Staff { service, grade, from, added } if own(service, grade) && *from <= month => *added,
                _ => 0.0,
            })
            .sum();
        (listed + added).max(0.0)
    };
    let recruit = |month: Month| {
        let changed = scenario.services.iter().rev().find_map(|lever| match lever {
            ServiceLever::Recruitment { service, grade, from, months } if own(service, grade) && *from <= month => {
                Some(*months)
            }
            _ => None,
        });
        changed.or(grade.months_to_recruit)
    };
    let mut in_post = planned(january) * (1.0 - grade.vacancy);
    (0..months)
        .map(|step| {
            let month = january.later(step);
            let planned = planned(month);
            match recruit(month) {
                None => in_post = planned * (1.0 - grade.vacancy),
                Some(_) if step == 0 => {}
                Some(months) => {
                    in_post *= 1.0 - grade.turnover / 12.0;
                    in_post += (planned - in_post).max(0.0) * (1.0 / months).min(1.0);
                    in_post = in_post.min(planned);
                }
            }
            in_post
        })
        .collect()
}

fn bought_hours(service: &Service, scenario: &Scenario, year: u16) -> f64 {
    scenario.services.iter().fold(service.bought_hours, |bought, lever| match lever {
        ServiceLever::Bought { service: of, timing, hours } if *of == service.id => {
            bought + (hours - bought) * timing.strength(year)
        }
        _ => bought,
    })
}

/// The last of the levers that act; none where its first look takes no time and keeps all.
fn triage(service: &Service, scenario: &Scenario, year: u16) -> Option<Triage> {
    let last = scenario.services.iter().rev().find_map(|lever| match lever {
        ServiceLever::Triage { service: of, timing, hours, kept } if *of == service.id => {
            let share = timing.strength(year);
            (share > 0.0).then_some(Triage { share, hours: *hours, kept: kept.value() })
        }
        _ => None,
    });
    last.filter(|triage| triage.hours > 0.0 || triage.kept < 1.0)
}

/// The services in force without the levers, in each year, where these act on a pathway that ends in a diagnosis.
pub fn pathways_without_levers(
    services: &[Service],
    with: &[ServicesInForce],
    base: CensusYear,
) -> Option<Vec<ServicesInForce>> {
    let on_pathway = pathways(services);
    if !on_pathway.contains(&true) {
        return None;
    }
    let without = services_in_force(services, &Scenario::baseline(), base, with.len());
    let differs = |(with, without): (&ServicesInForce, &ServicesInForce)| {
        let of_lines = on_pathway.iter().enumerate().filter(|(_, on)| **on).map(|(number, _)| number);
        of_lines.into_iter().any(|line| {
            let (drivers, grades) = (own(services, line, |s| s.drivers.len()), own(services, line, |s| s.grades.len()));
            with.drivers[drivers.clone()] != without.drivers[drivers]
                || with.in_post[grades.clone()] != without.in_post[grades]
                || with.bought[line] != without.bought[line]
                || with.triage[line] != without.triage[line]
        })
    };
    with.iter().zip(&without).any(differs).then_some(without)
}

/// The places of a service's drivers or grades among those of all.
fn own(services: &[Service], number: usize, count: impl Fn(&Service) -> usize) -> Range<usize> {
    let first = services[..number].iter().map(&count).sum();
    first..first + count(&services[number])
}

fn driver_in_force(service: &str, driver: &Driver, scenario: &Scenario, year: u16) -> DriverInForce {
    let mut ages = driver.ages;
    let (mut uptake, mut hours, mut group_size) = (1.0, 1.0, driver.group_size);
    for lever in &scenario.services {
        let ServiceLever::Driver { service: of, driver: which, change, timing } = lever else { continue };
        let strength = timing.strength(year);
        if of != service || *which != driver.id || strength == 0.0 {
            continue;
        }
        match change {
            DriverChange::Uptake { multiply } => uptake *= 1.0 + strength * (multiply.value() - 1.0),
            DriverChange::Hours { multiply } => hours *= 1.0 + strength * (multiply.value() - 1.0),
            DriverChange::Growth { per_year } => {
                uptake *= libm::pow(1.0 + per_year, f64::from(year - timing.from) + 1.0);
            }
            DriverChange::GroupSize { children } => group_size = *children,
            DriverChange::Ages { span } => ages = *span,
        }
    }
    DriverInForce { ages: (ages.first().years(), ages.last().years()), uptake, hours: hours / group_size }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::assumption::Confidence;
    use crate::domain::service::Estimate;

    fn grade(vacancy: f64, turnover: f64, months_to_recruit: Option<f64>) -> Grade {
        Grade {
            id: "main".into(),
            vacancy,
            absence: 0.0,
            direct_hours: Estimate::certain(1000.0),
            turnover,
            months_to_recruit,
            establishment: vec![(Month { year: 2025, month: 0 }, 10.0), (Month { year: 2026, month: 8 }, 16.0)],
            source: String::new(),
            confidence: Confidence::Low,
        }
    }

    #[test]
    fn posts_are_filled_at_the_pace_of_recruitment() {
        let base = CensusYear(2025);
        let months = |grade: &Grade| staff_in_post("ep", grade, &Scenario::baseline(), base, 120);
        // Without recruitment the vacancy stays.
        let still = months(&grade(0.2, 0.1, None));
        assert!((still[0] - 8.0).abs() < 1e-12 && (still[20] - 12.8).abs() < 1e-12 && (still[19] - 8.0).abs() < 1e-12);
        // At 4 months a vacancy, six posts more close by a quarter a month.
        let growing = months(&grade(0.0, 0.0, Some(4.0)));
        assert!((growing[20] - (10.0 + 6.0 / 4.0)).abs() < 1e-12);
        assert!((growing[21] - (11.5 + 4.5 / 4.0)).abs() < 1e-12);
        // Left alone, x·t/12 leave and (P − x(1 − t/12))/m come: x = P/(1 + (m − 1)·t/12).
        let settled = months(&grade(0.0, 0.24, Some(6.0)));
        assert!((settled[119] - 16.0 / (1.0 + 5.0 * 0.02)).abs() < 1e-3, "{}", settled[119]);
    }

    #[test]
    fn planned_posts_change_by_lever_and_never_go_below_none() {
        let mut scenario = Scenario::baseline();
        let lever = |added| ServiceLever::Staff {
            service: "ep".into(),
            grade: "main".into(),
            from: Month { year: 2025, month: 3 },
            added,
        };
        scenario.services = vec![lever(-4.0), lever(-20.0)];
        let posts = staff_in_post("ep", &grade(0.0, 0.0, Some(1.0)), &scenario, CensusYear(2025), 12);
        assert_eq!((posts[2], posts[3], posts[11]), (10.0, 0.0, 0.0));
        let others = staff_in_post("ot", &grade(0.0, 0.0, Some(1.0)), &scenario, CensusYear(2025), 12);
        assert_eq!(others[11], 10.0);
    }
}
