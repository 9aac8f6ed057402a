//! The runs of an archive: a folder of areas, each a folder of runs.

use std::fs;
use std::path::{Path, PathBuf};

use super::problem::Problems;
use super::run_folder::{RECORD, read_record};
use crate::domain::run_record::RunRecord;

/// Where runs go unless the command line says otherwise.
pub const ARCHIVE: &str = "runs";
/// What ends the name of the folder that a run is written in.
pub const UNFINISHED: &str = ".unfinished";

/// A folder of an archive.
#[derive(Clone, Debug)]
pub struct ArchivedRun {
    pub folder: PathBuf,
    pub state: RunState,
}

/// What stands in it.
#[derive(Clone, Debug)]
pub enum RunState {
    Finished(Box<RunRecord>),
    /// Being written, or stopped; the same command goes on with it.
    Unfinished,
    Broken(Problems),
}

/// All runs under a folder, by path. A folder of runs of one area will do, and so will one run.
pub fn read_archive(root: &Path) -> Result<Vec<ArchivedRun>, Problems> {
    let mut runs = Vec::new();
    let mut problems = Problems::default();
    if root.join(RECORD).is_file() {
        runs.extend(look_at(root));
    } else {
        for folder in folders_of(root, &mut problems) {
            match look_at(&folder) {
                Some(run) => runs.push(run),
                None => runs.extend(folders_of(&folder, &mut problems).iter().filter_map(|inner| look_at(inner))),
            }
        }
    }
    if problems.is_empty() { Ok(runs) } else { Err(problems) }
}

/// A run, if a folder holds one or began to.
fn look_at(folder: &Path) -> Option<ArchivedRun> {
    let name = folder.file_name()?.to_string_lossy();
    let state = if name.starts_with('.') && name.ends_with(UNFINISHED) {
        RunState::Unfinished
    } else if folder.join(RECORD).exists() {
        match read_record(folder) {
            Ok(record) => RunState::Finished(Box::new(record)),
            Err(problems) => RunState::Broken(problems),
        }
    } else {
        return None;
    };
    Some(ArchivedRun { folder: folder.to_path_buf(), state })
}

fn folders_of(folder: &Path, problems: &mut Problems) -> Vec<PathBuf> {
    match fs::read_dir(folder) {
        Ok(entries) => {
            let mut folders: Vec<PathBuf> =
                entries.flatten().map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
            folders.sort();
            folders
        }
        Err(error) => {
            let hint = (error.kind() == std::io::ErrorKind::NotFound)
                .then(|| "'needscast run AREA' without --out makes it".to_string());
            problems.in_file(&folder.display().to_string(), format!("cannot be read: {error}"), hint);
            Vec::new()
        }
    }
}
