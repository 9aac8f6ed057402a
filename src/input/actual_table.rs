//! Counts that came after a run, to hold it against: a file like `observations.csv`.
//!
//! The names of settings and placements are those of the run's own copies of its inputs, so that next year's table can
//! be read as it stands. Its sources need not be known to the run: they are next year's.

use std::collections::BTreeMap;
use std::path::Path;

use super::observation_table::parse_observations;
use super::problem::Problems;
use super::run_folder::{COPIES, read_file};
use super::setting_tables::{parse_placements, parse_settings_table};
use super::table::{FileBytes, Table};
use crate::domain::observation::Observations;
use crate::domain::run_record::RunRecord;
use crate::domain::setting::Settings;

/// Counts, and the settings that they name.
#[derive(Clone, Debug)]
pub struct Actuals {
    pub observations: Observations,
    pub settings: Settings,
}

/// Reads counts with the names of a finished run.
pub fn read_actuals(run: &Path, record: &RunRecord, path: &Path) -> Result<Actuals, Problems> {
    let mut problems = Problems::default();
    let copies = run.join(COPIES).join(&record.area_folder);
    let hint = "every finished run keeps copies of its inputs";
    let settings = read_file(&copies, "settings.csv", hint, &mut problems)
        .and_then(|file| parse_settings_table(&file, &mut problems));
    let placements = read_file(&copies, "placements.csv", hint, &mut problems)
        .zip(settings.as_ref())
        .and_then(|(file, settings)| parse_placements(&file, settings, &mut problems));
    let file = read_counts(path, &mut problems);
    let observations = file.zip(settings.as_ref()).zip(placements).and_then(|((file, settings), placements)| {
        let sources = sources_of(&file);
        parse_observations(&file, settings, &placements, &sources, &mut problems)
    });
    match (observations, settings) {
        (Some(observations), Some(settings)) if problems.is_empty() => Ok(Actuals { observations, settings }),
        _ => Err(problems),
    }
}

fn read_counts(path: &Path, problems: &mut Problems) -> Option<FileBytes> {
    let shown = path.display().to_string();
    match std::fs::read(path) {
        Ok(bytes) => Some(FileBytes { shown, bytes }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let hint = "counts that came after the run, with the columns of observations.csv".to_string();
            problems.in_file(&shown, "is missing", Some(hint));
            None
        }
        Err(error) => {
            problems.in_file(&shown, format!("cannot be read: {error}"), None);
            None
        }
    }
}

/// Every source that the table names; a table that cannot be read names its problems when it is parsed.
fn sources_of(file: &FileBytes) -> BTreeMap<String, String> {
    let table = Table::parse_with(file, &["source"], &mut Problems::default());
    let named = table.iter().flat_map(|table| table.rows().map(|row| row.text("source").to_string()));
    named.map(|source| (source, String::new())).collect()
}
