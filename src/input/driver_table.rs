//! `drivers.csv`: what work comes of which children or events.

use super::confidence::parse_confidence;
use super::place_tables::parse_needs;
use super::problem::Problems;
use super::service_parts::{Parts, Surroundings, parse_estimate};
use super::suggest::suggest_name;
use super::table::{FileBytes, Row, Table};
use crate::domain::age_group::AgeSpan;
use crate::domain::sen_support::SenSupport;
use crate::domain::service::{Basis, Driver, MOST_DRIVERS, Serve, Tier};
use crate::domain::setting::{SettingId, Settings};

const COLUMNS: [&str; 18] = [
    "service",
    "driver",
    "tier",
    "of",
    "needs",
    "ages",
    "settings",
    "serve",
    "priority",
    "uptake_low",
    "uptake",
    "uptake_high",
    "hours_low",
    "hours",
    "hours_high",
    "group_size",
    "source",
    "confidence",
];

/// Shares are 0 to 1, events a few per child and year: beyond this it is a slip.
const MOST_UPTAKE: f64 = 50.0;
/// Hours of a year: beyond these it is a slip.
pub const MOST_HOURS: f64 = 5000.0;

/// Drivers of each of the services, in the order of the table.
pub fn parse_drivers(
    file: &FileBytes,
    services: &[&str],
    around: Surroundings,
    problems: &mut Problems,
) -> Option<Vec<Vec<Driver>>> {
    let table = Table::parse_optional(file, &COLUMNS, &["after", "support_tier"], problems)?;
    let before = problems.count();
    let mut parts = Parts::new(services, "driver");
    let mut drivers: Vec<Vec<Driver>> = vec![Vec::new(); services.len()];
    for row in table.rows() {
        let service = parts.place(row, problems);
        let driver = parse_driver(row, around.settings, problems);
        check_after(row, services, problems);
        check_support_tier(row, around.sen_support, problems);
        let (Some(service), Some(driver)) = (service, driver) else { continue };
        check_list(row, &driver, &drivers[service], services[service], problems);
        drivers[service].push(driver);
    }
    if problems.count() == before {
        table.rows().for_each(|row| check_has_list(row, services, &drivers, problems));
        table.rows().for_each(|row| check_one_before(row, services, &drivers, problems));
    }
    if !around.has_sen_support {
        check_sen_support(&table, problems);
    }
    parts.check_complete(&table, |_| true, "a row with the children or events its work is counted by", problems);
    if table.rows().count() > MOST_DRIVERS {
        let what = format!("lists more than {MOST_DRIVERS} drivers");
        problems.in_file(&table.file, what, Some("put small ones together".into()));
    }
    (problems.count() == before).then_some(drivers)
}

fn parse_driver(row: Row, settings: &Settings, problems: &mut Problems) -> Option<Driver> {
    let before = problems.count();
    let tiers: Vec<&str> = Tier::ALL.iter().map(|tier| tier.code()).collect();
    let find = |code: &str| Tier::parse(code).map(Some);
    let tier = row.unless_blank("tier", None, || row.name("tier", "tier", &tiers, find, problems));
    let bases: Vec<&str> = Basis::ALL.iter().map(|basis| basis.code()).collect();
    let of = row.name("of", "basis", &bases, Basis::parse, problems);
    if let Some(of) = of {
        check_split(row, of, problems);
    }
    let needs = parse_needs(row, problems);
    let ages = parse_ages(row, problems);
    let in_settings = parse_settings(row, settings, problems);
    check_listed_once(row, problems);
    let ways: Vec<&str> = Serve::ALL.iter().map(|serve| serve.code()).collect();
    let serve = row.name("serve", "kind of work", &ways, Serve::parse, problems);
    let priority = parse_priority(row, problems);
    // Of those served a part goes on; others may come several times a year.
    let most = if of == Some(Basis::Served) { 1.0 } else { MOST_UPTAKE };
    let uptake = parse_estimate(row, "uptake", most, problems);
    let hours = parse_estimate(row, "hours", MOST_HOURS, problems);
    let group_size =
        row.unless_blank("group_size", 1.0, || row.number_within("group_size", 1.0.., "1 or more children", problems));
    let (source, confidence) = parse_confidence(row, problems);
    if problems.count() > before {
        return None;
    }
    Some(Driver {
        id: row.text("driver").to_string(),
        tier: tier?,
        of: of?,
        needs: needs?,
        ages: ages?,
        settings: in_settings,
        serve: serve?,
        priority: priority?,
        after: named(row.optional_text("after")),
        support_tier: named(row.optional_text("support_tier")),
        trend: None,
        uptake: uptake?,
        hours: hours?,
        group_size: group_size?,
        source,
        confidence: confidence?,
    })
}

/// Work may only be narrowed by what its basis is told apart by.
fn check_split(row: Row, of: Basis, problems: &mut Problems) {
    for (column, has) in [("needs", of.has_needs()), ("ages", of.has_ages()), ("settings", of.has_settings())] {
        if !has && !row.text(column).is_empty() {
            let what = format!("is given, and {} are not told apart by {column}", of.code());
            row.problem(column, what, Some("leave it blank".into()), problems);
        }
    }
}

fn named(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_string())
}

/// Tiers are those of pupils on SEN support, and of these alone.
fn check_support_tier(row: Row, sen_support: Option<&SenSupport>, problems: &mut Problems) {
    let tier = row.optional_text("support_tier");
    if tier.is_empty() {
        return;
    }
    if Basis::parse(row.text("of")).is_some_and(|of| of != Basis::SenSupport) {
        let what = format!("is given, and {} have no tier of SEN support", row.text("of"));
        row.problem("support_tier", what, Some("leave it blank".into()), problems);
        return;
    }
    // Without the table its own problems are shown.
    let Some(support) = sen_support else { return };
    if support.tiers.iter().all(|known| known.id != tier) {
        let hint = suggest_name(tier, support.tiers.iter().map(|known| known.id.as_str()))
            .or_else(|| support.tiers.is_empty().then(|| "it has no column 'tier', or nothing in it".into()));
        row.problem("support_tier", "is not a tier of sen_support.csv", hint, problems);
    }
}

/// Cases that come after another service's list wait in one themselves, of a service further down.
fn check_after(row: Row, services: &[&str], problems: &mut Problems) {
    let (after, of) = (row.optional_text("after"), Basis::parse(row.text("of")));
    if after.is_empty() {
        if of == Some(Basis::Served) {
            let hint = Some("the service whose list they leave, in a column 'after'".into());
            row.problem("of", "is given without after", hint, problems);
        }
        return;
    }
    let place = |id: &str| services.iter().position(|service| *service == id);
    match (place(after), place(row.text("service"))) {
        (None, _) => {
            let hint = suggest_name(after, services.iter().copied());
            row.problem("after", "is not a known service", hint, problems);
        }
        (Some(before), Some(own)) if before == own => {
            let hint = Some("the service whose list its cases leave before they come".into());
            row.problem("after", "is the driver's own service", hint, problems);
        }
        (Some(before), Some(own)) if before > own => {
            let hint = Some("services.csv lists the services of a pathway in their order".into());
            row.problem("after", "is not listed above the service", hint, problems);
        }
        _ => {}
    }
    if of.is_some_and(|of| !of.can_follow()) {
        let hint = Some("assessments, new_plans or served; blank for all others".into());
        row.problem("after", format!("is given for {}", row.text("of")), hint, problems);
    } else if Serve::parse(row.text("serve")) == Some(Serve::Ongoing) {
        row.problem(
            "after",
            "is given for ongoing work",
            Some("only cases that queue come one by one".into()),
            problems,
        );
    }
}

/// Assessments and plans of one list wait in one other before they come.
fn check_one_before(row: Row, services: &[&str], drivers: &[Vec<Driver>], problems: &mut Problems) {
    let after = row.optional_text("after");
    let own = services.iter().position(|service| *service == row.text("service"));
    if after.is_empty() || Basis::parse(row.text("of")) == Some(Basis::Served) {
        return;
    }
    let counted = own.into_iter().flat_map(|own| &drivers[own]).filter(|driver| driver.of != Basis::Served);
    let first = counted.filter_map(|driver| driver.after.as_deref()).next();
    if let Some(first) = first.filter(|first| *first != after) {
        let hint = Some("give one of them a service of its own".into());
        row.problem(
            "after",
            format!("is another list than '{first}', which others of the service leave"),
            hint,
            problems,
        );
    }
}

fn check_has_list(row: Row, services: &[&str], drivers: &[Vec<Driver>], problems: &mut Problems) {
    let before = services.iter().position(|service| *service == row.optional_text("after"));
    if before.is_some_and(|before| drivers[before].iter().all(|driver| driver.serve == Serve::Ongoing)) {
        row.problem("after", "is a service without a list", Some("one with a driver that queues".into()), problems);
    }
}

pub fn parse_ages(row: Row, problems: &mut Problems) -> Option<AgeSpan> {
    row.unless_blank("ages", AgeSpan::ALL, || {
        let ages = AgeSpan::parse(row.text("ages"));
        if ages.is_none() {
            row.problem("ages", "is not an age or a band", Some("such as 4-18; blank: all".into()), problems);
        }
        ages
    })
}

/// Codes of settings with blanks between them; a blank cell is all settings.
pub fn parse_settings(row: Row, settings: &Settings, problems: &mut Problems) -> Vec<SettingId> {
    let mut named = Vec::new();
    for code in row.text("settings").split_whitespace() {
        match settings.find(code) {
            Some(setting) => named.push(setting),
            None => {
                let hint = suggest_name(code, settings.iter().map(|setting| setting.code.as_str()));
                row.problem("settings", format!("names '{code}', which is not a known setting"), hint, problems);
            }
        }
    }
    named
}

/// What is named twice would be counted twice.
fn check_listed_once(row: Row, problems: &mut Problems) {
    for column in ["needs", "settings"] {
        let codes: Vec<&str> = row.text(column).split_whitespace().collect();
        let again = codes.iter().enumerate().find(|(place, code)| codes[..*place].contains(code));
        if let Some((_, code)) = again {
            row.problem(column, format!("names '{code}' twice"), None, problems);
        }
    }
}

fn parse_priority(row: Row, problems: &mut Problems) -> Option<u8> {
    let priority = row.text("priority").parse::<u8>().ok().filter(|priority| (1..=9).contains(priority));
    if priority.is_none() {
        row.problem("priority", "is not a priority", Some("1, which is served first, to 9".into()), problems);
    }
    priority
}

/// The cases of a service wait in one list, so nothing else can come between them.
fn check_list(row: Row, driver: &Driver, earlier: &[Driver], service: &str, problems: &mut Problems) {
    let queues = |driver: &&Driver| driver.serve == Serve::Queue;
    let Some(first) = earlier.iter().find(queues).filter(|_| queues(&driver)) else { return };
    if first.priority != driver.priority {
        let what = format!("is not that of {}, {}", first.id, first.priority);
        let hint = format!("all cases of {service} wait in one list");
        row.problem("priority", what, Some(hint), problems);
    }
}

/// One mistake, one problem: however many drivers count pupils on SEN support, the first is shown.
fn check_sen_support(table: &Table, problems: &mut Problems) {
    let counts = |basis| matches!(basis, Basis::SenSupport | Basis::Identified);
    let first = table.rows().find(|row| Basis::parse(row.text("of")).is_some_and(counts));
    if let Some(row) = first {
        let hint = Some("a table of pupils on SEN support by age and need".into());
        row.problem("of", "needs sen_support.csv, which the folder does not have", hint, problems);
    }
}
