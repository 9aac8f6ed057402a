//! Services through all years, one after another.

use needscast::domain::service::Service;
use needscast::scenario::service_lever::ServiceLever;

use super::counts::{Books, bought_in, triage_in};
use super::curves::StandFor;
use super::levels::{Level, levels, list_of, open_list};
use super::teams::Team;
use super::told::{Staffing, Told, tell};
use super::work::{List, Work, carried, follows};
use crate::services_world::BASE;

/// A service through all years.
pub struct Course {
    pub told: Vec<Told>,
    pub balance: Balance,
    team: String,
    /// Hours that it took of another's staff in each month, and the FTE of these in each year.
    taken: Vec<[f64; 12]>,
    fte_taken: Vec<f64>,
}

/// What those stand for who waited on a list at the start, and who wait at the end.
#[derive(Default)]
pub struct Balance {
    pub opened: StandFor,
    pub waiting: StandFor,
}

pub fn run_services(books: &Books, services: &[Service], levers: &[ServiceLever]) -> Vec<Course> {
    let (mut courses, mut lists) = (Vec::new(), Vec::new());
    for service in services {
        let team = Team::of(services, service, levers, books.rates.years);
        let (course, list) = run_service(books, service, &team, levers, (&courses, &lists));
        courses.push(course);
        lists.push(list);
    }
    courses
}

/// All years of a service.
fn run_service(
    books: &Books,
    service: &Service,
    team: &Team,
    levers: &[ServiceLever],
    (courses, lists): (&[Course], &[List]),
) -> (Course, List) {
    let id = service.id.clone();
    let guests = || courses.iter().filter(|course| course.team == team.of.id);
    let mut levels = levels(service);
    let mut course = Course {
        told: Vec::new(),
        balance: Balance::default(),
        team: team.of.id.clone(),
        taken: Vec::new(),
        fte_taken: Vec::new(),
    };
    let mut list = List { id, follows: follows(service), came: Vec::new(), served: Vec::new(), stood_for: Vec::new() };
    for year in 0..books.rates.years {
        let calendar = BASE + year as u16;
        let works: Vec<Work> =
            service.drivers.iter().map(|driver| Work::of(books, service, driver, levers, year, lists)).collect();
        let carried = carried(books, service, &works, year, lists);
        if year == 0 {
            open_list(service, &mut levels, &works, &carried);
            course.balance.opened = list_of(&levels).map_or([0.0; 3], |level| level.curves.stand_for());
        }
        let bought = bought_in(service, levers, calendar);
        let of_staff = std::array::from_fn(|month| {
            let before: f64 = guests().map(|guest| guest.taken[year][month]).sum();
            but_for_rounding(team.hours(year * 12 + month) - before)
        });
        let came = Coming { works: &works, carried, triage: triage_in(service, levers, calendar) };
        let months = run_year(service, &mut levels, &came, year, (bought, of_staff));
        let average = team.hours_per_fte(year);
        let in_post = if service.staff_of.is_some() {
            months.taken.iter().sum::<f64>() / average
        } else {
            team.fte(year) - guests().map(|guest| guest.fte_taken[year]).sum::<f64>()
        };
        let staffing = Staffing { bought, average, capacity: months.capacity, in_post };
        course.told.push(tell(service, (&levels, &works), &months.stood_for, year, staffing));
        course.taken.push(months.taken);
        course.fte_taken.push(in_post);
        list.served.push(months.served);
        list.stood_for.push(months.stood_for);
        list.came.push(list_of(&levels).map_or(0.0, |level| level.came[0]));
    }
    if let Some(Level { curves, .. }) = list_of(&levels) {
        course.balance.waiting = curves.waiting().1;
    }
    (course, list)
}

/// What comes in a year, what it stands for, and the triage it meets.
struct Coming<'a> {
    works: &'a [Work],
    carried: [StandFor; 12],
    triage: [f64; 3],
}

/// What a service does in the months of a year.
#[derive(Default)]
struct Months {
    /// Hours there are in all, and those taken of another's staff.
    capacity: f64,
    taken: [f64; 12],
    /// Cases that the list served, and what they stood for.
    served: [f64; 12],
    stood_for: [StandFor; 12],
}

/// With so many hours bought in the year, and so many of staff in each month, which a guest uses last.
fn run_year(
    service: &Service,
    levels: &mut [Level],
    coming: &Coming,
    year: usize,
    (bought, of_staff): (f64, [f64; 12]),
) -> Months {
    let mut months = Months::default();
    levels.iter_mut().for_each(Level::clear);
    for (month, of_staff) in of_staff.into_iter().enumerate() {
        let number = year * 12 + month;
        let bought = bought * service.capacity[month] / 12.0;
        let mut left = bought + of_staff;
        for level in levels.iter_mut() {
            let (given, stood_for) = level.step(coming.works, coming.carried[month], coming.triage, number, left);
            left -= given;
            months.served[month] += level.curves.served_since(number).iter().map(|(cases, _)| cases).sum::<f64>();
            months.stood_for[month].iter_mut().zip(stood_for).for_each(|(sum, more)| *sum += more);
        }
        if service.staff_of.is_some() {
            months.taken[month] = (of_staff - but_for_rounding(left)).max(0.0);
            months.capacity += bought + months.taken[month];
        } else {
            months.capacity += bought + of_staff;
        }
    }
    months
}

/// Hours that are left over: less than a billionth is none.
fn but_for_rounding(hours: f64) -> f64 {
    if hours < 1e-9 { 0.0 } else { hours }
}
