//! `panel.csv`: yearly totals of many local authorities, from which growth is learnt.
//!
//! One row per area and January. New plans and requests are those of the calendar year before,
//! residents those of the latest estimate published by then; a blank is unknown.

use std::collections::{BTreeMap, BTreeSet};

use ndarray::Array2;

use super::problem::Problems;
use super::table::{FileBytes, Row, Table};
use crate::domain::panel::{Panel, PanelArea, PanelGroup};

/// The columns of `panel.csv`.
pub const PANEL_COLUMNS: [&str; 8] =
    ["code", "area", "january", "plans", "new_plans", "requests", "residents", "source"];

pub fn parse_panel(file: &FileBytes, sources: &BTreeMap<String, String>, problems: &mut Problems) -> Option<Panel> {
    let table = Table::parse(file, &PANEL_COLUMNS, problems)?;
    let before = problems.count();
    let source_ids: Vec<&str> = sources.keys().map(String::as_str).collect();
    let mut areas: BTreeMap<String, String> = BTreeMap::new();
    let mut years = BTreeSet::new();
    let mut seen = BTreeMap::new();
    for row in table.rows() {
        let (code, year) = (row.text("code").to_string(), row.year("january", problems));
        row.name("source", "source", &source_ids, |id| sources.contains_key(id).then_some(()), problems);
        let counts = ["plans", "new_plans", "requests", "residents"].map(|column| optional(row, column, problems));
        let Some(year) = year else { continue };
        years.insert(year);
        areas.insert(code.clone(), row.text("area").to_string());
        if seen.insert((code, year), counts).is_some() {
            row.problem("january", "is given twice for the area", None, problems);
        }
    }
    let (first, last) = (years.first().copied(), years.last().copied());
    let (Some(first), Some(last)) = (first, last) else {
        return None;
    };
    if problems.count() > before {
        return None;
    }
    let shape = (areas.len(), usize::from(last - first) + 1);
    let mut series: [Array2<f64>; 4] = std::array::from_fn(|_| Array2::from_elem(shape, f64::NAN));
    for (place, code) in areas.keys().enumerate() {
        for year in first..=last {
            if let Some(counts) = seen.get(&(code.clone(), year)) {
                series.iter_mut().zip(counts).for_each(|(s, count)| s[[place, usize::from(year - first)]] = *count);
            }
        }
    }
    let [plans, new_plans, requests, residents] = series;
    Some(Panel {
        first,
        areas: areas.into_iter().map(|(code, name)| PanelArea { code, name }).collect(),
        groups: vec![PanelGroup { setting: "all".to_string(), plans, new_plans }],
        requests,
        residents,
    })
}

fn optional(row: Row, column: &str, problems: &mut Problems) -> f64 {
    if row.text(column).is_empty() {
        return f64::NAN;
    }
    row.count(column, problems).map_or(f64::NAN, f64::from)
}
