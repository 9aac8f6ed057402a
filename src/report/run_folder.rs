//! Where a run's files go: written aside, then renamed, so that an unfinished run never looks
//! finished and a finished one is never overwritten.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use thiserror::Error;

/// Why results could not be written.
#[derive(Debug, Error)]
pub enum ReportError {
    #[error("write {path}")]
    Io { path: PathBuf, source: io::Error },
    #[error("write {path}")]
    Csv { path: PathBuf, source: csv::Error },
    #[error("write {path}")]
    Workbook { path: PathBuf, source: rust_xlsxwriter::XlsxError },
    #[error("write {path}: it is already there; name another file with --out or remove it")]
    Exists { path: PathBuf },
    #[error("write the run record: {0}")]
    Record(#[from] toml::ser::Error),
    #[error("write to {path}: it already holds {holds}; name another folder with --out or remove it")]
    Occupied { path: PathBuf, holds: String },
}

/// A run folder in the making.
pub struct RunFolder {
    target: PathBuf,
    aside: PathBuf,
    finished: bool,
}

/// What stands at the place of a new run.
pub enum Place {
    /// Nothing: the folder can be written.
    Free(RunFolder),
    /// The same run, finished.
    SameRun,
}

/// The file written last: its presence marks a run as finished.
const RECORD: &str = "run.toml";

impl RunFolder {
    /// Claims a place before the long run starts, so that an unwritable one is known at once.
    pub fn claim(target: &Path, id: &str) -> Result<Place, ReportError> {
        let occupied = |holds: &str| ReportError::Occupied { path: target.to_path_buf(), holds: holds.to_string() };
        match fs::symlink_metadata(target) {
            Ok(found) if found.is_symlink() => return Err(occupied("a link")),
            Ok(found) if !found.is_dir() => return Err(occupied("a file")),
            _ => {}
        }
        if target.file_name().is_none() {
            return Err(occupied("the folder of this command"));
        }
        if let Ok(record) = fs::read_to_string(target.join(RECORD)) {
            if record.lines().any(|line| line == format!("id = \"{id}\"")) {
                return Ok(Place::SameRun);
            }
            return Err(occupied("another run"));
        }
        if fs::read_dir(target).is_ok_and(|mut entries| entries.next().is_some()) {
            return Err(occupied("other files"));
        }
        let name = target.file_name().map_or_else(|| "run".into(), |n| n.to_string_lossy().into_owned());
        let parent = target.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let aside = parent.join(format!(".{name}.unfinished-{}", std::process::id()));
        fs::create_dir_all(&aside).map_err(|source| ReportError::Io { path: aside.clone(), source })?;
        Ok(Place::Free(RunFolder { target: target.to_path_buf(), aside, finished: false }))
    }

    /// Writes a CSV table of the run.
    pub fn write_table(
        &self,
        name: &str,
        write: impl FnOnce(BufWriter<File>) -> csv::Result<()>,
    ) -> Result<(), ReportError> {
        let path = self.aside.join(name);
        let file = File::create(&path).map_err(|source| ReportError::Io { path: path.clone(), source })?;
        write(BufWriter::new(file)).map_err(|source| ReportError::Csv { path, source })
    }

    /// Writes the record and puts the folder in its place.
    pub fn finish(mut self, record: &impl serde::Serialize) -> Result<(), ReportError> {
        let path = self.aside.join(RECORD);
        let text = toml::to_string(record)?;
        let io_error = |path: &Path| {
            let path = path.to_path_buf();
            move |source| ReportError::Io { path, source }
        };
        File::create(&path).and_then(|mut file| file.write_all(text.as_bytes())).map_err(io_error(&path))?;
        // An empty folder may stand at the target; a rename onto it is not portable.
        if self.target.exists() {
            fs::remove_dir(&self.target).map_err(io_error(&self.target))?;
        }
        fs::rename(&self.aside, &self.target).map_err(io_error(&self.target))?;
        self.finished = true;
        Ok(())
    }
}

impl Drop for RunFolder {
    fn drop(&mut self) {
        if !self.finished {
            // Best effort: the error that led here is the one to report.
            drop(fs::remove_dir_all(&self.aside));
        }
    }
}
