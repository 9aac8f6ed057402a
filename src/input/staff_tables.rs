//! Staff: `staff.csv`, and their planned posts in `establishment.csv`.

use std::ops::Bound::{self, Excluded, Included};

use super::confidence::parse_confidence;
use super::driver_table::MOST_HOURS;
use super::problem::Problems;
use super::service_parts::{Parts, named_service, parse_estimate};
use super::table::{FileBytes, Row, Table};
use crate::domain::service::{Grade, Month};
use crate::units::CensusYear;

const COLUMNS: [&str; 11] = [
    "service",
    "grade",
    "vacancy",
    "absence",
    "direct_hours_low",
    "direct_hours",
    "direct_hours_high",
    "turnover",
    "months_to_recruit",
    "source",
    "confidence",
];

/// How long it may take to fill a vacancy.
pub const MONTHS_TO_RECRUIT: (Bound<f64>, Bound<f64>) = (Excluded(0.0), Included(60.0));
pub const MONTHS_TO_RECRUIT_HINT: &str = "months, above 0 and up to 60";

/// Beyond this a number of posts is a slip.
const MOST_FTE: f64 = 100_000.0;

/// Posts of a grade from a month on.
type Posts = Vec<(Month, f64)>;

/// Grades of each of the services, in the order of the table; guests have the staff of another.
pub fn parse_staff(
    staff: &FileBytes,
    establishment: &FileBytes,
    (services, guests): (&[&str], &[bool]),
    horizon: Option<CensusYear>,
    problems: &mut Problems,
) -> Option<Vec<Vec<Grade>>> {
    let table = Table::parse(staff, &COLUMNS, problems)?;
    let before = problems.count();
    let mut parts = Parts::new(services, "grade");
    let mut grades = Vec::new();
    for row in table.rows() {
        let service = parts.place(row, problems);
        if service.is_some_and(|service| guests[service]) {
            let hint = Some("services.csv has its staff_of".into());
            row.problem("service", "has the staff of another service", hint, problems);
        }
        let grade = parse_grade(row, problems);
        grades.extend(service.zip(grade));
    }
    let needs_staff = |service: usize| !guests[service];
    parts.check_complete(&table, needs_staff, "a row for staff who are alike", problems);
    // Posts name grades; without these further problems would mislead.
    if parts.doubtful {
        return None;
    }
    let posts = parse_establishment(establishment, services, &parts, horizon, problems)?;
    let mut of_services: Vec<Vec<Grade>> = vec![Vec::new(); services.len()];
    for (service, mut grade) in grades {
        let index = parts.index(service, &grade.id).expect("it was placed");
        grade.establishment.clone_from(&posts[index]);
        of_services[service].push(grade);
    }
    (problems.count() == before).then_some(of_services)
}

/// Whoever has fewer hours for children than these is no staff of the service.
const LEAST_DIRECT_HOURS: f64 = 10.0;

fn parse_grade(row: Row, problems: &mut Problems) -> Option<Grade> {
    let below_one = "a share, 0 or more and below 1";
    let vacancy = row.number_within("vacancy", 0.0..1.0, below_one, problems);
    let absence = row.number_within("absence", 0.0..1.0, below_one, problems);
    let direct_hours = parse_estimate(row, "direct_hours", MOST_HOURS, problems);
    if direct_hours.is_some_and(|hours| hours.low < LEAST_DIRECT_HOURS) {
        let hint = Some(format!("at least {LEAST_DIRECT_HOURS} a year: without any, no number of staff would do"));
        row.problem("direct_hours_low", "is out of bounds", hint, problems);
    }
    let turnover = row.number_within("turnover", 0.0..=1.0, "a share, 0 to 1", problems);
    let months_to_recruit = row.unless_blank("months_to_recruit", None, || {
        row.number_within("months_to_recruit", MONTHS_TO_RECRUIT, MONTHS_TO_RECRUIT_HINT, problems).map(Some)
    });
    let (source, confidence) = parse_confidence(row, problems);
    Some(Grade {
        id: row.text("grade").to_string(),
        vacancy: vacancy?,
        absence: absence?,
        direct_hours: direct_hours?,
        turnover: turnover?,
        months_to_recruit: months_to_recruit?,
        establishment: Vec::new(),
        source,
        confidence: confidence?,
    })
}

/// Posts of each of the grades, in the order of time.
fn parse_establishment(
    file: &FileBytes,
    services: &[&str],
    grades: &Parts,
    horizon: Option<CensusYear>,
    problems: &mut Problems,
) -> Option<Vec<Posts>> {
    let table = Table::parse(file, &["service", "grade", "from", "fte", "source"], problems)?;
    let before = problems.count();
    let mut posts: Vec<Posts> = vec![Vec::new(); grades.found.len()];
    for row in table.rows() {
        let grade = named_service(row, services, problems)
            .and_then(|service| named_grade(row, (service, services[service]), grades, problems));
        let from = parse_month(row, horizon, problems);
        let fte =
            row.number_within("fte", 0.0..=MOST_FTE, &format!("full-time equivalents, 0 to {MOST_FTE}"), problems);
        let (Some(grade), Some(from), Some(fte)) = (grade, from, fte) else { continue };
        if posts[grade].iter().any(|(known, _)| *known == from) {
            let (service, id) = &grades.found[grade];
            row.problem("from", format!("is given twice for {id} of {}", services[*service]), None, problems);
            continue;
        }
        posts[grade].push((from, fte));
    }
    // Rows that could not be read would show again as posts that are missing.
    if problems.count() > before {
        return None;
    }
    for ((service, id), posts) in grades.found.iter().zip(&mut posts) {
        posts.sort_by_key(|(from, _)| *from);
        if posts.is_empty() {
            let what = format!("has no posts of the grade '{id}' of {}", services[*service]);
            let hint = Some("a row with the month from which they are planned and their FTE".into());
            problems.in_file(&table.file, what, hint);
        }
    }
    (problems.count() == before).then_some(posts)
}

/// The number of a grade of a service among all.
fn named_grade(row: Row, (service, id): (usize, &str), grades: &Parts, problems: &mut Problems) -> Option<usize> {
    let of_service = grades.found.iter().filter(|(of, _)| *of == service);
    let known: Vec<&str> = of_service.map(|(_, grade)| grade.as_str()).collect();
    row.name("grade", &format!("grade of {id}"), &known, |grade| grades.index(service, grade), problems)
}

fn parse_month(row: Row, horizon: Option<CensusYear>, problems: &mut Problems) -> Option<Month> {
    let month = Month::parse(row.text("from"));
    let end = horizon.map(|census| Month { year: census.0, month: 0 });
    if month.is_none() {
        row.problem("from", "is not a month", Some("such as 2026-09".into()), problems);
    } else if let Some(end) = end.filter(|end| month > Some(*end)) {
        let what = format!("is after the forecast, which ends in January {}", end.year);
        row.problem("from", what, Some("leave the row out".into()), problems);
    }
    month
}
