//! A finished run folder, as far as statutory returns need it: the record, the assumptions, and how
//! settings count in the returns. Its forecast is read by [`super::run_means`].

use std::path::{Path, PathBuf};

use super::problem::Problems;
use super::return_table::{RETURNS, parse_copied_table};
use super::table::{FileBytes, Table};
use super::toml_file::parse_toml;
use crate::domain::statutory_return::ReturnMapping;
use crate::units::CensusYear;

const RECORD: &str = "run.toml";
const ASSUMPTIONS: &str = "assumptions.csv";

/// What a finished run says of itself.
#[derive(Clone, Debug)]
pub struct FinishedRun {
    pub folder: PathBuf,
    /// Version of needscast that made it.
    pub version: String,
    pub id: String,
    /// The value in the column `area`.
    pub area: String,
    pub area_name: String,
    pub base: CensusYear,
    pub years: usize,
    pub replicates: usize,
    pub scenarios: Vec<String>,
    pub notes: Vec<String>,
    pub mapping: ReturnMapping,
    /// `assumptions.csv` as it stands: its columns and rows.
    pub assumptions: (Vec<String>, Vec<Vec<String>>),
}

/// Reads all of a run folder but its forecast.
pub fn read_run_folder(folder: &Path) -> Result<FinishedRun, Problems> {
    let mut problems = Problems::default();
    if !folder.is_dir() {
        let hint = "the folder that 'needscast run' wrote its results to".to_string();
        problems.in_file(&folder.display().to_string(), "is no folder", Some(hint));
        return Err(problems);
    }
    let unfinished = "every finished run has it";
    let record =
        read_file(folder, RECORD, unfinished, &mut problems).and_then(|file| parse_record(&file, &mut problems));
    let assumptions = read_file(folder, ASSUMPTIONS, unfinished, &mut problems)
        .and_then(|file| Table::parse_with(&file, &["assumption", "value", "flag"], &mut problems));
    let unmapped = "add it to the area folder and run again; the README has its columns";
    let mapping =
        read_file(folder, RETURNS, unmapped, &mut problems).and_then(|file| parse_copied_table(&file, &mut problems));
    match (record, assumptions, mapping) {
        (Some(record), Some(assumptions), Some(mapping)) if problems.is_empty() => {
            let rows = assumptions.rows().map(|row| row.texts().map(str::to_string).collect()).collect();
            let folder = folder.to_path_buf();
            Ok(FinishedRun { folder, mapping, assumptions: (assumptions.columns().to_vec(), rows), ..record })
        }
        _ => Err(problems),
    }
}

/// Reads a file that a run folder cannot do without.
pub(super) fn read_file(folder: &Path, name: &str, hint: &str, problems: &mut Problems) -> Option<FileBytes> {
    let path = folder.join(name);
    let shown = path.display().to_string();
    match std::fs::read(&path) {
        Ok(bytes) => return Some(FileBytes { shown, bytes }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            problems.in_file(&shown, "is missing", Some(hint.to_string()));
        }
        Err(error) => problems.in_file(&shown, format!("cannot be read: {error}"), None),
    }
    None
}

/// The record's own part of a run; mapping and assumptions are still to be filled in.
fn parse_record(file: &FileBytes, problems: &mut Problems) -> Option<FinishedRun> {
    let record: toml::Table = parse_toml(file, problems)?;
    let before = problems.count();
    let mut find = |path: &[&str]| {
        let (last, tables) = path.split_last().expect("a path has a last part");
        let table = tables.iter().try_fold(&record, |table, name| table.get(*name)?.as_table());
        let found = table.and_then(|table| table.get(*last)).cloned();
        if found.is_none() {
            let hint = "run again: this record is of another version or was changed".to_string();
            problems.in_file(&file.shown, format!("has no '{}'", path.join(".")), Some(hint));
        }
        found
    };
    let [version, id, area, area_name] = ["needscast", "id", "area", "area_name"].map(|name| find(&[name]));
    let [base, years, replicates, scenarios] =
        ["base_year", "years", "replicates", "scenarios"].map(|name| find(&["settings", name]));
    let notes = find(&["notes"]);
    let mut wrong = |name: &str, what: &str| {
        problems.in_file(&file.shown, format!("holds '{name}' that is not {what}"), None);
    };
    let mut text = |name: &str, value: Option<toml::Value>| {
        let value = value?;
        value.as_str().map(str::to_string).or_else(|| {
            wrong(name, "a text");
            None
        })
    };
    let texts = [("needscast", version), ("id", id), ("area", area), ("area_name", area_name)];
    let [version, id, area, area_name] = texts.map(|(name, value)| text(name, value));
    let mut whole = |name: &str, value: Option<toml::Value>, most: i64| {
        let number = value?.as_integer().filter(|number| (1..=most).contains(number));
        if number.is_none() {
            wrong(name, &format!("a whole number from 1 to {most}"));
        }
        number
    };
    let base = whole("settings.base_year", base, 2100);
    let years = whole("settings.years", years, 100);
    let replicates = whole("settings.replicates", replicates, i64::from(u32::MAX));
    let mut list = |name: &str, value: Option<toml::Value>| {
        let items = value?.as_array().and_then(|items| items.iter().map(|i| i.as_str().map(str::to_string)).collect());
        if items.is_none() {
            wrong(name, "a list of texts");
        }
        items
    };
    let scenarios: Option<Vec<String>> = list("settings.scenarios", scenarios);
    let notes = list("notes", notes);
    if problems.count() > before {
        return None;
    }
    Some(FinishedRun {
        folder: PathBuf::new(),
        version: version?,
        id: id?,
        area: area?,
        area_name: area_name?,
        base: CensusYear(u16::try_from(base?).ok()?),
        years: usize::try_from(years?).ok()?,
        replicates: usize::try_from(replicates?).ok()?,
        scenarios: scenarios?,
        notes: notes?,
        mapping: ReturnMapping::default(),
        assumptions: (Vec::new(), Vec::new()),
    })
}
