//! Services: `services.csv`, with their drivers, staff, posts and seasons from the tables beside it.

use std::ops::Bound::{Excluded, Included};

use super::confidence::parse_confidence;
use super::driver_table::parse_drivers;
use super::pathway_tables::{parse_outcomes, parse_trends};
use super::place_tables::is_plain;
use super::problem::Problems;
use super::season_table::Seasons;
use super::service_parts::Surroundings;
use super::staff_tables::parse_staff;
use super::suggest::suggest_name;
use super::table::{FileBytes, Row, Table};
use crate::domain::assumption::Confidence;
use crate::domain::grid::Needs;
use crate::domain::service::{Commissioner, Driver, MOST_SERVICES, Section, Serve, Service};

/// The columns that name seasons.
const SEASONS: [&str; 2] = ["arrival_season", "capacity_season"];

/// Files of the services; seasons are only needed where a service names one.
pub struct ServiceFiles<'a> {
    pub services: &'a FileBytes,
    pub drivers: &'a FileBytes,
    pub staff: &'a FileBytes,
    pub establishment: &'a FileBytes,
    pub seasons: Option<&'a FileBytes>,
    pub trends: Option<&'a FileBytes>,
    pub outcomes: Option<&'a FileBytes>,
}

const COLUMNS: [&str; 13] = [
    "service",
    "name",
    "profession",
    "commissioner",
    "section",
    "standard_weeks",
    "list_at_start",
    "arrival_season",
    "capacity_season",
    "bought_hours",
    "price_per_hour",
    "source",
    "confidence",
];

/// Beyond this a number of hours bought in a year is a slip.
pub const MOST_BOUGHT_HOURS: f64 = 10_000_000.0;
/// Beyond this a price of an hour in pounds is a slip.
const MOST_PRICE: f64 = 10_000.0;

/// All services, in the order of their table.
pub fn parse_services(files: &ServiceFiles, around: Surroundings, problems: &mut Problems) -> Option<Vec<Service>> {
    let before = problems.count();
    let seasons = Seasons::parse(files.seasons, problems);
    let table = Table::parse_optional(files.services, &COLUMNS, &["staff_of"], problems)?;
    // Drivers and staff name services; without these further problems would mislead.
    let ids = parse_ids(&table, problems);
    let services = parse_rows(&table, &seasons, problems);
    let ids = ids?;
    let guests: Vec<bool> = table.rows().map(|row| !row.optional_text("staff_of").is_empty()).collect();
    table.rows().enumerate().for_each(|(own, row)| check_staff_of(row, own, &ids, &guests, problems));
    let mut drivers = parse_drivers(files.drivers, &ids, around, problems);
    let mut outcomes = vec![None; ids.len()];
    if let Some(drivers) = &mut drivers {
        table.rows().zip(&*drivers).for_each(|(row, drivers)| check_list(row, drivers, problems));
        if let Some(trends) = files.trends {
            parse_trends(trends, &ids, drivers, problems);
        }
        if let Some(file) = files.outcomes {
            outcomes = parse_outcomes(file, &ids, |service| queues(&drivers[service]), problems);
        }
    }
    let grades = parse_staff(files.staff, files.establishment, (&ids, &guests), around.horizon, problems);
    let (drivers, grades) = (drivers?, grades?);
    if problems.count() > before {
        return None;
    }
    let parts = drivers.into_iter().zip(grades).zip(outcomes);
    let complete = |(service, ((drivers, grades), outcome))| Service { drivers, grades, outcome, ..service };
    Some(services.into_iter().zip(parts).map(complete).collect())
}

/// Whether cases of any of a service's drivers wait.
fn queues(drivers: &[Driver]) -> bool {
    drivers.iter().any(|driver| driver.serve == Serve::Queue)
}

fn parse_ids<'a>(table: &'a Table, problems: &mut Problems) -> Option<Vec<&'a str>> {
    let before = problems.count();
    let mut ids = Vec::new();
    for row in table.rows() {
        let id = row.text("service");
        if !is_plain(id) {
            let hint = Some("lower-case letters, digits, - and _".into());
            row.problem("service", "is not a service's code", hint, problems);
        } else if ids.contains(&id) {
            row.problem("service", "is listed twice", None, problems);
        }
        ids.push(id);
    }
    if ids.len() > MOST_SERVICES {
        let what = format!("lists more than {MOST_SERVICES} services");
        problems.in_file(&table.file, what, Some("put small ones together".into()));
    }
    (problems.count() == before).then_some(ids)
}

/// Services without drivers and staff; those with problems are left out.
fn parse_rows(table: &Table, seasons: &Seasons, problems: &mut Problems) -> Vec<Service> {
    if let Seasons::Absent = seasons {
        // One mistake, one problem, however many services name a season.
        let named = table.rows().find_map(|row| SEASONS.into_iter().find(|c| !row.text(c).is_empty()).zip(Some(row)));
        if let Some((column, row)) = named {
            let hint = Some("a table with the weights of its months".into());
            row.problem(column, "is a season, and the folder has no seasons.csv", hint, problems);
        }
    }
    table.rows().filter_map(|row| parse_service(row, seasons, problems)).collect()
}

/// More children than these wait for no service of a local area.
const MOST_WAITING: u32 = 1_000_000;

fn parse_service(row: Row, seasons: &Seasons, problems: &mut Problems) -> Option<Service> {
    let commissioners: Vec<&str> = Commissioner::ALL.iter().map(|known| known.code()).collect();
    let commissioner = row.name("commissioner", "commissioner", &commissioners, Commissioner::parse, problems);
    let sections: Vec<&str> = Section::ALL.iter().map(|section| section.code()).collect();
    let find = |code: &str| Section::parse(code).map(Some);
    let section = row.unless_blank("section", None, || row.name("section", "section", &sections, find, problems));
    let standard_weeks = row.unless_blank("standard_weeks", None, || {
        let weeks = (Excluded(0.0), Included(260.0));
        row.number_within("standard_weeks", weeks, "weeks, above 0 and up to 260", problems).map(Some)
    });
    let list_at_start = row.unless_blank("list_at_start", 0, || row.count("list_at_start", problems));
    if list_at_start.is_some_and(|cases| cases > MOST_WAITING) {
        row.problem("list_at_start", "is too many", Some(format!("at most {MOST_WAITING}")), problems);
    }
    let [arrivals, capacity] = SEASONS.map(|column| seasons.named(row, column, problems));
    let bought_hours = row.unless_blank("bought_hours", 0.0, || {
        let hint = format!("hours of a year, 0 to {MOST_BOUGHT_HOURS}");
        row.number_within("bought_hours", 0.0..=MOST_BOUGHT_HOURS, &hint, problems)
    });
    let price_per_hour = row.unless_blank("price_per_hour", None, || {
        let hint = format!("pounds, 0 to {MOST_PRICE}");
        row.number_within("price_per_hour", 0.0..=MOST_PRICE, &hint, problems).map(Some)
    });
    let (source, confidence) = parse_confidence(row, problems);
    Some(Service {
        id: row.text("service").to_string(),
        name: row.text("name").to_string(),
        profession: row.text("profession").to_string(),
        commissioner: commissioner?,
        section: section?,
        standard_weeks: standard_weeks?,
        list_at_start: f64::from(list_at_start?),
        arrivals: arrivals?,
        capacity: capacity?,
        bought_hours: bought_hours?,
        price_per_hour: price_per_hour?,
        drivers: Vec::new(),
        staff_of: Some(row.optional_text("staff_of")).filter(|of| !of.is_empty()).map(str::to_string),
        grades: Vec::new(),
        outcome: None,
        source,
        confidence: confidence?,
    })
}

/// A service may have the first call on the staff of one that is listed later and has its own.
fn check_staff_of(row: Row, own: usize, services: &[&str], guests: &[bool], problems: &mut Problems) {
    let of = row.optional_text("staff_of");
    if of.is_empty() {
        return;
    }
    match services.iter().position(|service| *service == of) {
        None => {
            let hint = suggest_name(of, services.iter().copied());
            row.problem("staff_of", "is not a known service", hint, problems);
        }
        Some(host) if host <= own => {
            let hint = Some("list the service before the one that staffs it: it has the first call".into());
            row.problem("staff_of", "is not listed below the service", hint, problems);
        }
        Some(host) if guests[host] => {
            row.problem("staff_of", "is staffed by another service itself", None, problems);
        }
        Some(_) => {}
    }
}

/// Where nobody waits, there is neither a list nor a longest wait.
fn check_list(row: Row, drivers: &[Driver], problems: &mut Problems) {
    if queues(drivers) {
        return;
    }
    let hint = "leave it blank, or let a driver queue";
    for (column, none) in [("standard_weeks", ""), ("list_at_start", "0")] {
        if !["", none].contains(&row.text(column)) {
            let what = format!("is given, and no driver of {} queues", row.text("service"));
            row.problem(column, what, Some(hint.into()), problems);
        }
    }
}

/// Work and diagnoses for a need that nobody has, and numbers that are only illustrations.
pub fn note_services(services: &[Service], needs: &Needs, problems: &mut Problems) {
    let drivers = || services.iter().flat_map(|service| service.drivers.iter().map(move |driver| (service, driver)));
    for (service, driver) in drivers() {
        let idle: Vec<&str> =
            driver.needs.iter().filter(|need| needs.index(**need).is_none()).map(|need| need.code()).collect();
        if !idle.is_empty() {
            let (service, driver, idle) = (&service.id, &driver.id, idle.join(", "));
            problems.notes.push(format!("service {service}, driver {driver}: nobody in the area has the need {idle}"));
        }
    }
    let outcomes = || services.iter().filter_map(|service| Some((service, service.outcome.as_ref()?)));
    for (service, outcome) in outcomes().filter(|(_, outcome)| needs.index(outcome.need).is_none()) {
        let (service, need) = (&service.id, outcome.need);
        problems.notes.push(format!(
            "outcome of {service}: nobody in the area has the need {need}, so no diagnosis is counted and no plan follows"
        ));
    }
    note_low_confidence(
        &[
            ("drivers", low_of(drivers().map(|(_, driver)| driver.confidence))),
            (
                "grades of staff",
                low_of(services.iter().flat_map(|service| service.grades.iter().map(|grade| grade.confidence))),
            ),
            ("services", low_of(services.iter().map(|service| service.confidence))),
            ("trends", low_of(drivers().filter_map(|(_, driver)| driver.trend.as_ref()).map(|trend| trend.confidence))),
            ("outcomes", low_of(outcomes().map(|(_, outcome)| outcome.confidence))),
        ],
        problems,
    );
}

fn note_low_confidence(parts: &[(&str, (usize, usize))], problems: &mut Problems) {
    if parts.iter().all(|(_, (low, _))| *low == 0) {
        return;
    }
    let listed = parts.iter().filter(|(_, (_, all))| *all > 0);
    let mut told: Vec<String> = listed.map(|(what, (low, all))| format!("{low} of {all} {what}")).collect();
    let last = told.pop().unwrap_or_default();
    let told = told.join(", ");
    problems.notes.push(format!("services: {told} and {last} have low confidence: they need local values"));
}

/// How many have low confidence, of how many.
fn low_of(confidence: impl Iterator<Item = Confidence>) -> (usize, usize) {
    confidence.fold((0, 0), |(low, all), one| (low + usize::from(one == Confidence::Low), all + 1))
}
