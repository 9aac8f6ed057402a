//! What comes to a service: of its own accord, and of lists before it.

use needscast::domain::service::{Basis, Driver, Serve, Service};
use needscast::engine::layout::{Flow, Margin};
use needscast::scenario::service_lever::ServiceLever;

use super::counts::{Books, driver_in};
use super::curves::StandFor;
use crate::services_world::{BASE, NEEDS};

/// What a list tells those after it.
pub struct List {
    pub id: String,
    /// Whether it follows a list itself.
    pub follows: bool,
    /// Cases that came to it in each year, before any triage.
    pub came: Vec<f64>,
    /// Cases that it served in each month of each year, and what these stood for.
    pub served: Vec<[f64; 12]>,
    pub stood_for: Vec<[StandFor; 12]>,
}

impl List {
    /// Nobody came of their own accord, so that nobody can come of it.
    fn is_idle(&self, year: usize) -> bool {
        !self.follows && self.came[year] == 0.0
    }
}

/// The list of the service after which a driver's cases come.
fn list_before<'a>(driver: &Driver, before: &'a [List]) -> Option<&'a List> {
    driver.after.as_ref().map(|id| before.iter().find(|list| list.id == *id).expect("listed earlier"))
}

/// The work of a driver in a year.
pub struct Work {
    /// Cases that come, or children looked after, in each month.
    pub cases: [f64; 12],
    /// Referrals that they stand for.
    referrals: [f64; 12],
    pub hours_per_case: f64,
    /// The part of each need.
    pub needs: [f64; NEEDS],
}

impl Work {
    pub fn of(
        books: &Books,
        service: &Service,
        driver: &Driver,
        levers: &[ServiceLever],
        year: usize,
        before: &[List],
    ) -> Work {
        let (ages, uptake, hours_per_case) = driver_in(service, driver, levers, BASE + year as u16);
        let count = books.count(driver, ages, year);
        let all = count * uptake;
        let own = |season: [f64; 12]| season.map(|weight| all * weight / 12.0);
        let stood_for = |list: &List, of: usize, uptake: f64| list.stood_for[year].map(|amounts| uptake * amounts[of]);
        let cases = match (driver.serve, list_before(driver, before)) {
            (Serve::Ongoing, _) => own(service.capacity),
            (Serve::Queue, None) => own(service.arrivals),
            (Serve::Queue, Some(list)) if driver.of == Basis::Served => list.served[year].map(|cases| uptake * cases),
            (Serve::Queue, Some(list)) if list.is_idle(year) => own(service.arrivals),
            (Serve::Queue, Some(list)) if driver.of == Basis::Assessments => stood_for(list, 1, uptake),
            (Serve::Queue, Some(list)) => {
                let plans = books.plans[year].sum();
                stood_for(list, 2, if plans > 0.0 { all / plans } else { uptake })
            }
        };
        let referrals = match list_before(driver, before) {
            Some(list) if driver.of == Basis::Served => stood_for(list, 0, uptake),
            _ => cases,
        };
        let part = |need| if count > 0.0 { books.counted(driver, ages, year, need) / count } else { 0.0 };
        Work { cases, referrals, hours_per_case, needs: std::array::from_fn(part) }
    }

    pub fn in_year(&self) -> f64 {
        self.cases.iter().sum()
    }
}

/// Whether a service's list follows another.
pub fn follows(service: &Service) -> bool {
    service.drivers.iter().any(|driver| driver.after.is_some())
}

/// What those who come to a service's list in each month of a year stand for.
pub fn carried(books: &Books, service: &Service, works: &[Work], year: usize, before: &[List]) -> [StandFor; 12] {
    let queues = || service.drivers.iter().zip(works).filter(|(driver, _)| driver.serve == Serve::Queue);
    let first = queues().find_map(|(driver, _)| list_before(driver, before)).filter(|list| !list.is_idle(year));
    if queues().next().is_none() {
        return [[0.0; 3]; 12];
    }
    std::array::from_fn(|month| {
        let referrals = queues().map(|(_, work)| work.referrals[month]).sum();
        let [assessments, plans] = [Flow::Assessments, Flow::NewPlans]
            .map(|flow| books.recorded(year, flow, Margin::Total) * service.arrivals[month] / 12.0);
        match first {
            Some(list) => {
                let [_, assessments, plans] = list.stood_for[year][month];
                [referrals, assessments, plans]
            }
            None => [referrals, assessments, plans],
        }
    })
}
