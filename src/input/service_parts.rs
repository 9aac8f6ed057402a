//! Rows that belong to a service: drivers and grades, and the ranges of numbers that nobody knows.

use super::place_tables::is_plain;
use super::problem::Problems;
use super::table::{Row, Table};
use crate::domain::sen_support::SenSupport;
use crate::domain::service::Estimate;
use crate::domain::setting::Settings;
use crate::units::CensusYear;

/// What the tables of services refer to.
#[derive(Clone, Copy)]
pub struct Surroundings<'a> {
    pub settings: &'a Settings,
    /// Whether the folder has a table of pupils on SEN support.
    pub has_sen_support: bool,
    /// That table, where it could be read.
    pub sen_support: Option<&'a SenSupport>,
    /// The census that the forecast ends with, where it is known.
    pub horizon: Option<CensusYear>,
}

/// Drivers or grades as they are read, by the service they are of.
pub struct Parts<'a> {
    services: &'a [&'a str],
    /// The column of their ids.
    column: &'static str,
    /// Service and id of each.
    pub found: Vec<(usize, String)>,
    /// Whether a row could not be told apart or had no service: what is missing then may be that row.
    pub doubtful: bool,
}

impl<'a> Parts<'a> {
    pub fn new(services: &'a [&'a str], column: &'static str) -> Parts<'a> {
        Parts { services, column, found: Vec::new(), doubtful: false }
    }

    /// The service of a row, which has an id that no other of the service has.
    pub fn place(&mut self, row: Row, problems: &mut Problems) -> Option<usize> {
        let before = problems.count();
        let service = named_service(row, self.services, problems);
        let id = row.text(self.column);
        if !is_plain(id) {
            let hint = Some("lower-case letters, digits, - and _".into());
            row.problem(self.column, format!("is not a {}'s code", self.column), hint, problems);
        } else if let Some(service) = service.filter(|service| self.index(*service, id).is_some()) {
            row.problem(self.column, format!("is listed twice for {}", self.services[service]), None, problems);
        }
        if problems.count() > before {
            self.doubtful = true;
            return None;
        }
        self.found.extend(service.map(|service| (service, id.to_string())));
        service
    }

    pub fn index(&self, service: usize, id: &str) -> Option<usize> {
        self.found.iter().position(|(of, known)| *of == service && known == id)
    }

    /// Every service of those wanted has at least one.
    pub fn check_complete(
        &self,
        table: &Table,
        is_wanted: impl Fn(usize) -> bool,
        hint: &str,
        problems: &mut Problems,
    ) {
        if self.doubtful {
            return;
        }
        for (service, id) in self.services.iter().enumerate() {
            if is_wanted(service) && self.found.iter().all(|(of, _)| *of != service) {
                let what = format!("has no {} of the service '{id}'", self.column);
                problems.in_file(&table.file, what, Some(hint.to_string()));
            }
        }
    }
}

pub fn named_service(row: Row, services: &[&str], problems: &mut Problems) -> Option<usize> {
    let find = |id: &str| services.iter().position(|service| *service == id);
    row.name("service", "service", services, find, problems)
}

/// The columns `…_low`, `…` and `…_high`; above `most` a value is a slip.
pub fn parse_estimate(row: Row, column: &str, most: f64, problems: &mut Problems) -> Option<Estimate> {
    let ends = [format!("{column}_low"), format!("{column}_high")];
    let mut value = |column: &str| {
        let value = row.number(column, problems)?;
        if value < 0.0 {
            row.problem(column, "is negative", None, problems);
        } else if value > most {
            row.problem(column, "is too large", Some(format!("at most {most}")), problems);
        }
        (0.0..=most).contains(&value).then_some(value)
    };
    let (low, central, high) = (value(&ends[0]), value(column), value(&ends[1]));
    let (low, central, high) = (low?, central?, high?);
    let estimate = Estimate::new(low, central, high);
    if estimate.is_none() {
        let [lower, upper] = &ends;
        let what = format!("is not between {lower}, {low}, and {upper}, {high}");
        row.problem(column, what, None, problems);
    }
    estimate
}
