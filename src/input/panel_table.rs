//! `panel.csv`: yearly figures of many local authorities, from which growth is learnt.
//!
//! One row per area, January and setting, or `all` settings. New plans and requests are those of the
//! calendar year before, residents those of the latest estimate published by then; a blank is
//! unknown. Requests and residents are read where the setting is `all`.

use std::collections::{BTreeMap, BTreeSet};

use ndarray::Array2;

use super::problem::Problems;
use super::table::{FileBytes, Row, Table};
use crate::domain::panel::{Panel, PanelArea, PanelGroup};
use crate::domain::setting::Settings;

/// The columns of `panel.csv`.
pub const PANEL_COLUMNS: [&str; 9] =
    ["code", "area", "january", "setting", "plans", "new_plans", "requests", "residents", "source"];

/// The value of `setting` for all of them.
pub const ALL_SETTINGS: &str = "all";

pub fn parse_panel(
    file: &FileBytes,
    known: &Settings,
    sources: &BTreeMap<String, String>,
    problems: &mut Problems,
) -> Option<Panel> {
    let table = Table::parse(file, &PANEL_COLUMNS, problems)?;
    let before = problems.count();
    let source_ids: Vec<&str> = sources.keys().map(String::as_str).collect();
    let mut areas: BTreeMap<String, String> = BTreeMap::new();
    let (mut years, mut settings) = (BTreeSet::new(), BTreeSet::new());
    let mut seen = BTreeMap::new();
    for row in table.rows() {
        let (code, year) = (row.text("code").to_string(), row.year("january", problems));
        let codes = std::iter::once(ALL_SETTINGS).chain(known.iter().map(|setting| setting.code.as_str()));
        let codes: Vec<&str> = codes.collect();
        row.name("setting", "setting", &codes, |code| codes.contains(&code).then_some(()), problems);
        let setting = row.text("setting").to_string();
        row.name("source", "source", &source_ids, |id| sources.contains_key(id).then_some(()), problems);
        let counts = ["plans", "new_plans", "requests", "residents"].map(|column| optional(row, column, problems));
        let Some(year) = year else { continue };
        years.insert(year);
        areas.insert(code.clone(), row.text("area").to_string());
        if setting != ALL_SETTINGS {
            settings.insert(setting.clone());
        }
        if seen.insert((setting, code, year), counts).is_some() {
            row.problem("january", "is given twice for the area and setting", None, problems);
        }
    }
    let (first, last) = (years.first().copied(), years.last().copied());
    let (Some(first), Some(last)) = (first, last) else {
        return None;
    };
    if problems.count() > before {
        return None;
    }
    let series = |setting: &str, measure: usize| {
        let mut series = Array2::from_elem((areas.len(), usize::from(last - first) + 1), f64::NAN);
        for (place, code) in areas.keys().enumerate() {
            for year in first..=last {
                if let Some(counts) = seen.get(&(setting.to_string(), code.clone(), year)) {
                    series[[place, usize::from(year - first)]] = counts[measure];
                }
            }
        }
        series
    };
    let groups = std::iter::once(ALL_SETTINGS).chain(settings.iter().map(String::as_str));
    let groups = groups
        .map(|setting| PanelGroup {
            setting: setting.to_string(),
            plans: series(setting, 0),
            new_plans: series(setting, 1),
        })
        .collect();
    let (requests, residents) = (series(ALL_SETTINGS, 2), series(ALL_SETTINGS, 3));
    let areas = areas.into_iter().map(|(code, name)| PanelArea { code, name }).collect();
    Some(Panel { first, areas, groups, requests, residents })
}

fn optional(row: Row, column: &str, problems: &mut Problems) -> f64 {
    if row.text(column).is_empty() {
        return f64::NAN;
    }
    row.count(column, problems).map_or(f64::NAN, f64::from)
}
