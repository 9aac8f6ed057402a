//! A finished run folder, as far as statutory returns need it: the record, the assumptions, and how
//! settings count in the returns. Its forecast is read by [`super::run_means`].

use std::path::{Component, Path, PathBuf};

use sha2::{Digest, Sha256};

use super::problem::Problems;
use super::return_table::{RETURNS, parse_copied_table};
use super::table::{FileBytes, Table};
use super::toml_file::parse_toml;
use crate::domain::run_record::{EffectiveSettings, RunRecord};
use crate::domain::statutory_return::ReturnMapping;
use crate::units::CensusYear;

/// The file that marks a run as finished.
pub(super) const RECORD: &str = "run.toml";
/// The folder of the copies of a run's inputs.
pub const COPIES: &str = "inputs";
/// What the terminal showed.
pub const SUMMARY: &str = "summary.txt";
/// Folders that `needscast report` makes in a run folder.
const LATER: [&str; 2] = ["documents", "published"];
const FINISHED: &str = "every finished run has it";
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
    let record = read_file(folder, RECORD, FINISHED, &mut problems).and_then(|file| parse_record(&file, &mut problems));
    let assumptions = read_file(folder, ASSUMPTIONS, FINISHED, &mut problems)
        .and_then(|file| Table::parse_with(&file, &["assumption", "value", "flag"], &mut problems));
    let unmapped = "add it to the area folder and run again; the README has its columns";
    let mapping =
        read_file(folder, RETURNS, unmapped, &mut problems).and_then(|file| parse_copied_table(&file, &mut problems));
    match (record, assumptions, mapping) {
        (Some(record), Some(assumptions), Some(mapping)) if problems.is_empty() => {
            let rows = assumptions.rows().map(|row| row.texts().map(str::to_string).collect()).collect();
            let folder = folder.to_path_buf();
            Ok(FinishedRun {
                folder,
                version: record.needscast,
                id: record.id,
                area: record.area,
                area_name: record.area_name,
                base: CensusYear(record.settings.base_year),
                years: record.settings.years,
                replicates: record.settings.replicates as usize,
                scenarios: record.settings.scenarios,
                notes: record.notes,
                mapping,
                assumptions: (assumptions.columns().to_vec(), rows),
            })
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

/// Reads what a finished run says of itself.
pub fn read_record(folder: &Path) -> Result<RunRecord, Problems> {
    let mut problems = Problems::default();
    let record = read_file(folder, RECORD, FINISHED, &mut problems).and_then(|file| parse_record(&file, &mut problems));
    record.filter(|_| problems.is_empty()).ok_or(problems)
}

/// What the terminal showed of a finished run.
pub fn read_summary(folder: &Path) -> Result<String, Problems> {
    let mut problems = Problems::default();
    let file = read_file(folder, SUMMARY, FINISHED, &mut problems);
    file.map(|file| String::from_utf8_lossy(&file.bytes).into_owned()).ok_or(problems)
}

/// Holds each file of a finished run against its hash in the record.
pub fn check_outputs(folder: &Path, record: &RunRecord) -> Result<(), Problems> {
    check_files(folder, record, |_| true)
}

/// The same of its CSV tables and the copies of its inputs: what later commands read. Documents may be gone.
pub fn check_tables(folder: &Path, record: &RunRecord) -> Result<(), Problems> {
    check_files(folder, record, |name| name.ends_with(".csv") || name.starts_with(COPIES))
}

fn check_files(folder: &Path, record: &RunRecord, is_wanted: impl Fn(&str) -> bool) -> Result<(), Problems> {
    let mut problems = Problems::default();
    for (name, hash) in record.outputs.iter().filter(|(name, _)| is_wanted(name)) {
        let Some(file) = read_file(folder, name, FINISHED, &mut problems) else { continue };
        if Sha256::digest(&file.bytes).iter().map(|byte| format!("{byte:02x}")).collect::<String>() != *hash {
            let hint = "remove the run folder and run again".to_string();
            problems.in_file(&file.shown, "is not as the run wrote it: its hash differs from run.toml's", Some(hint));
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

/// Files in a run folder that its record does not name, but for documents that were made of it later.
pub fn other_files(folder: &Path, record: &RunRecord) -> Result<Vec<String>, Problems> {
    let (mut problems, mut others) = (Problems::default(), Vec::new());
    let mut folders = vec![String::new()];
    while let Some(within) = folders.pop() {
        let path = folder.join(&within);
        let entries = std::fs::read_dir(&path).and_then(Iterator::collect::<std::io::Result<Vec<_>>>);
        let entries = entries.unwrap_or_else(|error| {
            problems.in_file(&path.display().to_string(), format!("cannot be read: {error}"), None);
            Vec::new()
        });
        for entry in entries {
            let name = format!("{within}{}", entry.file_name().to_string_lossy());
            if name == RECORD || LATER.contains(&name.as_str()) || record.outputs.contains_key(&name) {
                continue;
            }
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => folders.push(format!("{name}/")),
                _ => others.push(name),
            }
        }
    }
    others.sort();
    if problems.is_empty() { Ok(others) } else { Err(problems) }
}

fn parse_record(file: &FileBytes, problems: &mut Problems) -> Option<RunRecord> {
    let record: Option<RunRecord> = parse_toml(file, problems);
    let Some(record) = record else {
        let hint = "run again: this record is of another version or was changed".to_string();
        problems.in_file(&file.shown, "is no record of a run that this version reads", Some(hint));
        return None;
    };
    let before = problems.count();
    let EffectiveSettings { base_year, years, replicates, ref scenarios, .. } = record.settings;
    for (name, value, most) in [
        ("base_year", usize::from(base_year), 2100),
        ("years", years, 100),
        ("replicates", replicates as usize, usize::MAX),
    ] {
        if !(1..=most).contains(&value) {
            problems.in_file(&file.shown, format!("holds {value} for 'settings.{name}'"), None);
        }
    }
    // Names are joined to the folder's path, and must not lead out of it.
    let names = record.inputs.keys().chain(record.outputs.keys()).chain([&record.area_folder]);
    for name in names.filter(|name| !is_within(name)) {
        problems.in_file(&file.shown, format!("names '{name}', which is not within the run folder"), None);
    }
    if scenarios.is_empty() {
        problems.in_file(&file.shown, "holds no scenario in 'settings.scenarios'", None);
    }
    (problems.count() == before).then_some(record)
}

/// Whether a path of names leads into a folder and not out of it.
fn is_within(name: &str) -> bool {
    !name.is_empty() && Path::new(name).components().all(|part| matches!(part, Component::Normal(_)))
}
