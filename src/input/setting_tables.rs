//! `settings.csv` and `placements.csv`: the area's settings, and which published placement
//! belongs to which. `sources.csv`: where figures were published.

use std::collections::BTreeMap;

use super::problem::Problems;
use super::table::{FileBytes, Table};
use crate::domain::age_group::AgeSpan;
use crate::domain::setting::{Setting, SettingId, Settings};
use crate::units::Age;

/// Published placement names, and the settings' own codes, with their setting.
pub type Placements = BTreeMap<String, SettingId>;

pub fn parse_settings_table(file: &FileBytes, problems: &mut Problems) -> Option<Settings> {
    let table = Table::parse(file, &["setting", "name", "min_age", "max_age"], problems)?;
    let before = problems.count();
    let mut settings: Vec<Setting> = Vec::new();
    for row in table.rows() {
        let code = row.text("setting").to_string();
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if code.is_empty() || !code.chars().all(plain) || code == "all" {
            row.problem(
                "setting",
                "is not a setting's code",
                Some("lower-case letters, digits and _".into()),
                problems,
            );
        } else if settings.iter().any(|s| s.code == code) {
            row.problem("setting", "is listed twice", None, problems);
        }
        let mut age = |column| {
            let age = row.text(column).parse::<u8>().ok().and_then(Age::new);
            if age.is_none() {
                row.problem(column, "is not an age", Some("0 to 25".into()), problems);
            }
            age
        };
        let (Some(first), Some(last)) = (age("min_age"), age("max_age")) else { continue };
        match AgeSpan::new(first, last) {
            Some(ages) => settings.push(Setting { code, name: row.text("name").to_string(), ages }),
            None => row.problem("max_age", "is below min_age", None, problems),
        }
    }
    let found = Settings::new(settings);
    if found.is_none() && problems.count() == before {
        problems.in_file(&table.file, format!("lists more than {} settings", Settings::MOST), None);
    }
    found.filter(|_| problems.count() == before)
}

pub fn parse_placements(file: &FileBytes, settings: &Settings, problems: &mut Problems) -> Option<Placements> {
    let table = Table::parse(file, &["placement", "label", "setting"], problems)?;
    let before = problems.count();
    let mut placements: Placements = settings.ids().map(|id| (settings.of(id).code.clone(), id)).collect();
    let codes: Vec<&str> = settings.iter().map(|s| s.code.as_str()).collect();
    for row in table.rows() {
        let Some(setting) = row.name("setting", "setting", &codes, |code| settings.find(code), problems) else {
            continue;
        };
        if placements.insert(row.text("placement").to_string(), setting).is_some_and(|old| old != setting) {
            row.problem("placement", "is mapped twice", None, problems);
        }
    }
    (problems.count() == before).then_some(placements)
}

/// The ids of the area's sources, with "publisher: title" for each.
pub fn parse_sources(file: &FileBytes, problems: &mut Problems) -> Option<BTreeMap<String, String>> {
    let table = Table::parse(file, &["source", "publisher", "title", "coverage", "licence"], problems)?;
    let before = problems.count();
    let mut sources = BTreeMap::new();
    for row in table.rows() {
        let text = format!("{}: {}", row.text("publisher"), row.text("title"));
        if sources.insert(row.text("source").to_string(), text).is_some() {
            row.problem("source", "is listed twice", None, problems);
        }
    }
    (problems.count() == before).then_some(sources)
}
