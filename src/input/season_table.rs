//! `seasons.csv`: how a year's work, or a year's working time, is spread over the months.

use super::place_tables::is_plain;
use super::problem::Problems;
use super::table::{FileBytes, Row, Table};
use crate::domain::service::{EVEN, Season};

/// Seasons that services may name.
pub enum Seasons {
    /// The folder has none.
    Absent,
    /// The table could not be read: names of seasons tell nothing.
    Unreadable,
    Known(Vec<(String, Season)>),
}

/// Weights of the months of a season while they are being read.
type Partial<'a> = (&'a str, [Option<f64>; 12]);

impl Seasons {
    pub fn parse(file: Option<&FileBytes>, problems: &mut Problems) -> Seasons {
        match file {
            None => Seasons::Absent,
            Some(file) => parse_seasons(file, problems).map_or(Seasons::Unreadable, Seasons::Known),
        }
    }

    /// The season that a cell names; a blank one is the same all year round. Without seasons to name there
    /// is no problem here: what is wrong then is not the name.
    pub fn named(&self, row: Row, column: &str, problems: &mut Problems) -> Option<Season> {
        row.unless_blank(column, EVEN, || {
            let Seasons::Known(seasons) = self else { return None };
            let ids: Vec<&str> = seasons.iter().map(|(id, _)| id.as_str()).collect();
            let find = |name: &str| seasons.iter().find(|(id, _)| id == name).map(|(_, season)| *season);
            row.name(column, "season", &ids, find, problems)
        })
    }
}

fn parse_seasons(file: &FileBytes, problems: &mut Problems) -> Option<Vec<(String, Season)>> {
    let table = Table::parse(file, &["season", "month", "weight"], problems)?;
    let before = problems.count();
    let mut partial: Vec<Partial> = Vec::new();
    for row in table.rows() {
        parse_weight(row, &mut partial, problems);
    }
    // A month whose row could not be read would show again as missing.
    if problems.count() > before {
        return None;
    }
    let seasons = partial.into_iter().filter_map(|season| complete(&table.file, season, problems)).collect();
    (problems.count() == before).then_some(seasons)
}

fn parse_weight<'a>(row: Row<'a>, partial: &mut Vec<Partial<'a>>, problems: &mut Problems) {
    let id = row.text("season");
    if !is_plain(id) {
        let hint = Some("lower-case letters, digits, - and _".into());
        row.problem("season", "is not a season's code", hint, problems);
        return;
    }
    let month = row.text("month").parse::<usize>().ok().filter(|month| (1..=12).contains(month));
    if month.is_none() {
        row.problem("month", "is not a month", Some("1 to 12".into()), problems);
    }
    let weight = row.number_within("weight", 0.0..=12.0, "0 to 12: the weights of a year add up to 12", problems);
    let place = partial.iter().position(|(known, _)| *known == id).unwrap_or_else(|| {
        partial.push((id, [None; 12]));
        partial.len() - 1
    });
    let (Some(month), Some(weight)) = (month, weight) else { return };
    if partial[place].1[month - 1].replace(weight).is_some() {
        row.problem("month", format!("is given twice for {id}"), None, problems);
    }
}

fn complete(file: &str, (id, months): Partial, problems: &mut Problems) -> Option<(String, Season)> {
    let missing: Vec<String> =
        (1..=12).zip(&months).filter(|(_, weight)| weight.is_none()).map(|(month, _)| month.to_string()).collect();
    if !missing.is_empty() {
        problems.in_file(file, format!("{id} has no weight of month {}", missing.join(", ")), None);
        return None;
    }
    let season = months.map(|weight| weight.expect("none is missing"));
    let sum: f64 = season.iter().sum();
    if (sum - 12.0).abs() > 1e-9 {
        let what = format!("the weights of {id} add up to {}, not 12", (sum * 1e9).round() / 1e9);
        problems.in_file(file, what, None);
        return None;
    }
    Some((id.to_string(), season))
}
