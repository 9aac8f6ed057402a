//! The copies of two runs' inputs, side by side.
//!
//! Files are named as seen from the area folder (`observations.csv`, `../england/panel.csv`), so that runs are paired
//! however their folders were called and wherever they lay. Only files whose hashes differ are read.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::problem::Problems;
use super::run_folder::{COPIES, read_file};
use super::run_tables::{TextTable, parse_texts};
use super::table::parse_text;
use crate::domain::run_record::RunRecord;

/// An input of either run.
#[derive(Clone, Debug, PartialEq)]
pub struct InputPair {
    pub name: String,
    pub contents: Contents,
}

/// What the copies hold.
#[derive(Clone, Debug, PartialEq)]
pub enum Contents {
    Same,
    OnlyLast,
    OnlyThis,
    Rows { last: TextTable, this: TextTable },
    Lines { last: Vec<String>, this: Vec<String> },
}

/// A finished run and where it lies.
#[derive(Clone, Copy)]
pub struct RunPlace<'a> {
    pub folder: &'a Path,
    pub record: &'a RunRecord,
}

/// All inputs of two runs, by name.
pub fn read_input_pairs(last: RunPlace, this: RunPlace) -> Result<Vec<InputPair>, Problems> {
    let mut problems = Problems::default();
    let (last_files, this_files) = (named_inputs(last.record), named_inputs(this.record));
    let names: BTreeSet<&String> = last_files.keys().chain(this_files.keys()).collect();
    let mut pairs = Vec::with_capacity(names.len());
    for name in names {
        let contents = match (last_files.get(name), this_files.get(name)) {
            (Some(_), None) => Contents::OnlyLast,
            (None, Some(_)) => Contents::OnlyThis,
            (Some((_, last)), Some((_, this))) if last == this => Contents::Same,
            (Some((last_path, _)), Some((this_path, _))) => {
                match read_differing([(last, last_path), (this, this_path)], &mut problems) {
                    Some(contents) => contents,
                    None => continue,
                }
            }
            (None, None) => continue,
        };
        pairs.push(InputPair { name: name.clone(), contents });
    }
    if problems.is_empty() { Ok(pairs) } else { Err(problems) }
}

/// Path among the copies and hash of each input, by its name from the area folder.
fn named_inputs(record: &RunRecord) -> BTreeMap<String, (&str, &str)> {
    let name = |path: &str| match path.strip_prefix(&record.area_folder).and_then(|rest| rest.strip_prefix('/')) {
        Some(own) => own.to_string(),
        None => {
            let parts: Vec<&str> = path.split('/').collect();
            format!("../{}", parts[parts.len().saturating_sub(2)..].join("/"))
        }
    };
    record.inputs.iter().map(|(path, hash)| (name(path), (path.as_str(), hash.as_str()))).collect()
}

fn read_differing(places: [(RunPlace, &str); 2], problems: &mut Problems) -> Option<Contents> {
    let [last, this] = places.map(|(place, path)| {
        let hint = "every finished run keeps copies of its inputs";
        read_file(&place.folder.join(COPIES), path, hint, problems)
    });
    let (last, this) = (last?, this?);
    if places[0].1.ends_with(".csv") {
        let (last, this) = (parse_texts(&last, problems), parse_texts(&this, problems));
        return Some(Contents::Rows { last: last?, this: this? });
    }
    let [last, this] = [last, this].map(|file| {
        let text = parse_text(&file, problems)?;
        Some(text.lines().map(|line| line.trim().to_string()).filter(|line| !line.is_empty()).collect())
    });
    Some(Contents::Lines { last: last?, this: this? })
}
