//! Levers on services in `scenarios/*.toml`.

use std::ops::RangeBounds;

use serde::Deserialize;
use toml::Spanned;

use super::driver_table::MOST_HOURS;
use super::pathway_tables::MOST_GROWTH;
use super::scenario_file::Reader;
use super::service_tables::MOST_BOUGHT_HOURS;
use super::staff_tables::{MONTHS_TO_RECRUIT, MONTHS_TO_RECRUIT_HINT};
use super::suggest::suggest_name;
use crate::domain::age_group::AgeSpan;
use crate::domain::service::{Driver, Month, Service};
use crate::scenario::service_lever::{DriverChange, ServiceLever};
use crate::units::Probability;

/// All levers on services of a file.
pub struct RawServiceLevers<'a> {
    pub change_staff: &'a [RawStaff],
    pub recruitment: &'a [RawRecruitment],
    pub buy_hours: &'a [RawHours],
    pub change_driver: &'a [RawDriver],
    pub add_triage: &'a [RawTriage],
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawStaff {
    service: Spanned<String>,
    grade: Option<Spanned<String>>,
    from: Spanned<String>,
    add: Spanned<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawRecruitment {
    service: Spanned<String>,
    grade: Option<Spanned<String>>,
    from: Spanned<String>,
    months_to_recruit: Spanned<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawHours {
    service: Spanned<String>,
    hours: Spanned<f64>,
    from: Spanned<u16>,
    until: Option<Spanned<u16>>,
    phase_in_years: Option<Spanned<u16>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawDriver {
    service: Spanned<String>,
    driver: Spanned<String>,
    multiply_uptake: Option<Spanned<f64>>,
    multiply_hours: Option<Spanned<f64>>,
    growth_per_year: Option<Spanned<f64>>,
    group_size: Option<Spanned<f64>>,
    ages: Option<Spanned<String>>,
    from: Spanned<u16>,
    until: Option<Spanned<u16>>,
    phase_in_years: Option<Spanned<u16>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawTriage {
    service: Spanned<String>,
    hours: Spanned<f64>,
    kept: Spanned<f64>,
    from: Spanned<u16>,
    until: Option<Spanned<u16>>,
    phase_in_years: Option<Spanned<u16>>,
}

impl RawDriver {
    /// How many changes the lever makes of the driver.
    fn changes(&self) -> usize {
        let numbers = [&self.multiply_uptake, &self.multiply_hours, &self.growth_per_year, &self.group_size];
        numbers.into_iter().flatten().count() + usize::from(self.ages.is_some())
    }
}

/// More posts than these, or fewer, are a slip.
const MOST_POSTS: f64 = 10_000.0;

/// Checks the levers of a file; those with problems are left out.
pub fn read_service_levers(reader: &mut Reader, raw: &RawServiceLevers, services: &[Service]) -> Vec<ServiceLever> {
    let mut levers = Vec::new();
    for staff in raw.change_staff {
        levers.extend(reader.staff(staff, services));
    }
    for recruitment in raw.recruitment {
        levers.extend(reader.recruitment(recruitment, services));
    }
    for bought in raw.buy_hours {
        let service = reader.service(&bought.service, services).map(|service| service.id.clone());
        let hint = format!("hours of a year, 0 to {MOST_BOUGHT_HOURS}");
        let hours = reader.within("hours", &bought.hours, 0.0..=MOST_BOUGHT_HOURS, &hint);
        let timing = reader.timing(&bought.from, bought.until.as_ref(), bought.phase_in_years.as_ref());
        let lever = service.zip(hours).map(|(service, hours)| ServiceLever::Bought { service, timing, hours });
        levers.extend(lever);
    }
    for driver in raw.change_driver {
        levers.extend(reader.driver(driver, services));
    }
    for triage in raw.add_triage {
        levers.extend(reader.triage(triage, services));
    }
    levers
}

impl Reader<'_> {
    fn staff(&mut self, raw: &RawStaff, services: &[Service]) -> Option<ServiceLever> {
        let post = self.post(&raw.service, raw.grade.as_ref(), services);
        let from = self.month("from", &raw.from);
        let hint = format!("posts more or, below 0, fewer; up to {MOST_POSTS}");
        let added = self.within("add", &raw.add, -MOST_POSTS..=MOST_POSTS, &hint);
        if added == Some(0.0) {
            self.problem("add", &raw.add, "0", "is out of bounds", Some(hint));
        }
        let (service, grade) = post?;
        Some(ServiceLever::Staff { service, grade, from: from?, added: added? })
    }

    fn recruitment(&mut self, raw: &RawRecruitment, services: &[Service]) -> Option<ServiceLever> {
        let post = self.post(&raw.service, raw.grade.as_ref(), services);
        let from = self.month("from", &raw.from);
        let months =
            self.within("months_to_recruit", &raw.months_to_recruit, MONTHS_TO_RECRUIT, MONTHS_TO_RECRUIT_HINT);
        let (service, grade) = post?;
        Some(ServiceLever::Recruitment { service, grade, from: from?, months: months? })
    }

    fn driver(&mut self, raw: &RawDriver, services: &[Service]) -> Option<ServiceLever> {
        let service = self.service(&raw.service, services);
        let driver = service.and_then(|service| self.named_driver(&raw.driver, service));
        let timing = self.timing(&raw.from, raw.until.as_ref(), raw.phase_in_years.as_ref());
        let change = self.change(raw, driver);
        let at_once = !matches!(change, None | Some(DriverChange::Uptake { .. } | DriverChange::Hours { .. }));
        if let Some(phase) = raw.phase_in_years.as_ref().filter(|_| at_once) {
            let hint = Some("only for multiply_uptake and multiply_hours".into());
            self.problem("phase_in_years", phase, &phase.as_ref().to_string(), "is given for another change", hint);
        }
        let (service, driver) = (service?.id.clone(), driver?.id.clone());
        Some(ServiceLever::Driver { service, driver, change: change?, timing })
    }

    fn triage(&mut self, raw: &RawTriage, services: &[Service]) -> Option<ServiceLever> {
        let service = self.service(&raw.service, services);
        if service.is_some_and(|service| !service.has_list()) {
            let hint = Some("triage looks at those who come to a list".into());
            self.problem("service", &raw.service, raw.service.as_ref(), "has no driver that queues", hint);
        }
        let hours = self.within("hours", &raw.hours, 0.0..=MOST_HOURS, &format!("hours a case, 0 to {MOST_HOURS}"));
        let kept = self.within("kept", &raw.kept, 0.0..=1.0, "share of cases that stay on the list, 0 to 1");
        let timing = self.timing(&raw.from, raw.until.as_ref(), raw.phase_in_years.as_ref());
        let service = service?.id.clone();
        Some(ServiceLever::Triage { service, timing, hours: hours?, kept: Probability::new(kept?)? })
    }

    fn change(&mut self, raw: &RawDriver, driver: Option<&Driver>) -> Option<DriverChange> {
        if raw.changes() != 1 {
            let what = format!("has {} changes where one is wanted", raw.changes());
            let hint = Some("one of multiply_uptake, multiply_hours, growth_per_year, group_size, ages".into());
            self.problem("driver", &raw.driver, raw.driver.as_ref(), &what, hint);
            return None;
        }
        if let Some(multiply) = &raw.multiply_uptake {
            return Some(DriverChange::Uptake { multiply: self.factor("multiply_uptake", multiply) });
        }
        if let Some(multiply) = &raw.multiply_hours {
            return Some(DriverChange::Hours { multiply: self.factor("multiply_hours", multiply) });
        }
        if let Some(growth) = &raw.growth_per_year {
            let hint = format!("a share, -{MOST_GROWTH} to {MOST_GROWTH}");
            let per_year = self.within("growth_per_year", growth, -MOST_GROWTH..=MOST_GROWTH, &hint)?;
            return Some(DriverChange::Growth { per_year });
        }
        if let Some(size) = &raw.group_size {
            let children = self.within("group_size", size, 1.0..f64::INFINITY, "1 or more children")?;
            return Some(DriverChange::GroupSize { children });
        }
        raw.ages.as_ref().and_then(|ages| self.ages_of(ages, driver))
    }

    fn ages_of(&mut self, raw: &Spanned<String>, driver: Option<&Driver>) -> Option<DriverChange> {
        let span = AgeSpan::parse(raw.as_ref());
        if span.is_none() {
            self.problem("ages", raw, raw.as_ref(), "is not an age or a band", Some("\"7\" or \"0-17\"".into()));
        }
        if let Some(driver) = driver.filter(|driver| !driver.of.has_ages()) {
            let what = format!("is given, and {} are not told apart by ages", driver.of.code());
            self.problem("ages", raw, raw.as_ref(), &what, None);
        }
        span.map(|span| DriverChange::Ages { span })
    }

    fn service<'a>(&mut self, id: &Spanned<String>, services: &'a [Service]) -> Option<&'a Service> {
        let found = services.iter().find(|service| service.id == *id.as_ref());
        if found.is_none() {
            let (what, hint) = if services.is_empty() {
                ("is not known: the folder has no services.csv", None)
            } else {
                let hint = suggest_name(id.as_ref(), services.iter().map(|service| service.id.as_str()));
                ("is not a known service", hint)
            };
            self.problem("service", id, id.as_ref(), what, hint);
        }
        found
    }

    fn named_driver<'a>(&mut self, id: &Spanned<String>, service: &'a Service) -> Option<&'a Driver> {
        let found = service.drivers.iter().find(|driver| driver.id == *id.as_ref());
        if found.is_none() {
            let hint = suggest_name(id.as_ref(), service.drivers.iter().map(|driver| driver.id.as_str()));
            let what = format!("is not a known driver of {}", service.id);
            self.problem("driver", id, id.as_ref(), &what, hint);
        }
        found
    }

    /// Service and grade; the grade need not be named where there is only one.
    fn post(
        &mut self,
        id: &Spanned<String>,
        grade: Option<&Spanned<String>>,
        services: &[Service],
    ) -> Option<(String, String)> {
        let service = self.service(id, services)?;
        let known = || service.grades.iter().map(|grade| grade.id.as_str());
        let found = match (grade, &service.grades[..]) {
            (None, [only]) => Some(only.id.clone()),
            (_, []) => {
                let hint = service.staff_of.as_ref().map(|of| format!("its staff are those of {of}"));
                self.problem("service", id, id.as_ref(), "has no staff of its own", hint);
                None
            }
            (None, several) => {
                let what = format!("has {} grades", several.len());
                let hint = format!("grade must be one of {}", known().collect::<Vec<_>>().join(", "));
                self.problem("service", id, id.as_ref(), &what, Some(hint));
                None
            }
            (Some(grade), grades) => {
                let found = grades.iter().find(|known| known.id == *grade.as_ref());
                if found.is_none() {
                    let what = format!("is not a known grade of {}", service.id);
                    self.problem("grade", grade, grade.as_ref(), &what, suggest_name(grade.as_ref(), known()));
                }
                found.map(|found| found.id.clone())
            }
        };
        found.map(|grade| (service.id.clone(), grade))
    }

    fn month(&mut self, key: &str, raw: &Spanned<String>) -> Option<Month> {
        let month = Month::parse(raw.as_ref());
        if month.is_none() {
            self.problem(key, raw, raw.as_ref(), "is not a month", Some("\"2026-09\"".into()));
        }
        month
    }

    pub fn within(&mut self, key: &str, raw: &Spanned<f64>, bounds: impl RangeBounds<f64>, hint: &str) -> Option<f64> {
        let value = *raw.as_ref();
        let inside = bounds.contains(&value);
        if !inside {
            self.problem(key, raw, &value.to_string(), "is out of bounds", Some(hint.to_string()));
        }
        inside.then_some(value)
    }
}
