//! Where a run's files go: written aside, then renamed, so that an unfinished run never looks
//! finished and a finished one is never overwritten.
//!
//! The folder aside is locked while a process writes to it; the system takes the lock away from a process that is
//! killed. What it had done stays aside, and the same run goes on from there.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, BufWriter, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use sha2::{Digest, Sha256};
use thiserror::Error;

use super::run_record::hex;
use crate::domain::run_record::RunRecord;
use crate::input::run_archive::UNFINISHED;

/// Why results could not be written.
#[derive(Debug, Error)]
pub enum ReportError {
    #[error("write {path}")]
    Io { path: PathBuf, source: io::Error },
    #[error("write {path}")]
    Csv { path: PathBuf, source: csv::Error },
    #[error("write {path}")]
    Workbook { path: PathBuf, source: rust_xlsxwriter::XlsxError },
    #[error("write {path}")]
    Parquet { path: PathBuf, source: parquet::errors::ParquetError },
    #[error("write {path}: it is already there; name another file with --out or remove it")]
    Exists { path: PathBuf },
    #[error("write the run record: {0}")]
    Record(#[from] toml::ser::Error),
    #[error("write to {path}: it already holds {holds}; name another folder with --out or remove it")]
    Occupied { path: PathBuf, holds: String },
    #[error("write to {path}: another needscast is writing it; wait until it is done, or stop it")]
    Locked { path: PathBuf },
}

impl ReportError {
    /// For `map_err`: what the system said of a path.
    pub(super) fn at(path: &Path) -> impl FnOnce(io::Error) -> ReportError {
        let path = path.to_path_buf();
        move |source| ReportError::Io { path, source }
    }
}

/// A run folder in the making.
pub struct RunFolder {
    target: PathBuf,
    aside: PathBuf,
    /// Held until the folder is in its place.
    lock: Option<File>,
    /// SHA-256 of each file written.
    hashes: Mutex<BTreeMap<String, String>>,
}

/// What stands at the place of a new run.
pub enum Place {
    /// Nothing: the folder can be written.
    Free(RunFolder),
    /// The same run, finished.
    SameRun,
}

/// The file written last: its presence marks a run as finished.
pub const RECORD: &str = "run.toml";
/// Held by the process that writes; holds the id of its run.
const LOCK: &str = ".lock";
/// What a run that was stopped had done.
const CHECKPOINTS: &str = "checkpoints";

/// A file of a run, hashed as it is written.
pub type NewTable = BufWriter<Hashed>;

/// Counts what is written into a hash.
pub struct Hashed {
    file: File,
    hash: Sha256,
}

impl Write for Hashed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hash.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl RunFolder {
    /// Claims a place before the long run starts, so that an unwritable one is known at once.
    pub fn claim(target: &Path, id: &str) -> Result<Place, ReportError> {
        if is_same_run(target, id)? {
            return Ok(Place::SameRun);
        }
        let name = target.file_name().map_or_else(|| "run".into(), |n| n.to_string_lossy().into_owned());
        let parent = target.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let aside = parent.join(format!(".{name}{UNFINISHED}"));
        fs::create_dir_all(&aside).map_err(ReportError::at(&aside))?;
        let path = aside.join(LOCK);
        let options = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
        let mut lock = options.map_err(ReportError::at(&path))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(ReportError::Locked { path: target.to_path_buf() }),
            Err(TryLockError::Error(source)) => return Err(ReportError::Io { path, source }),
        }
        // The other process may have finished between the look at the target and the lock.
        if is_same_run(target, id)? {
            return Ok(Place::SameRun);
        }
        let mut left_by = String::new();
        let goes_on = lock.read_to_string(&mut left_by).is_ok() && left_by == id;
        clear(&aside, goes_on).map_err(ReportError::at(&aside))?;
        let marking = lock.try_clone();
        // From here on, a failure removes what lies aside.
        let folder = RunFolder { target: target.to_path_buf(), aside, lock: Some(lock), hashes: Mutex::default() };
        let marked = marking.and_then(|mut mark| {
            mark.set_len(0)?;
            mark.rewind()?;
            write!(mark, "{id}")
        });
        marked.map_err(ReportError::at(&path))?;
        Ok(Place::Free(folder))
    }

    /// Where files are until the run is finished.
    pub fn aside(&self) -> &Path {
        &self.aside
    }

    /// Where what a stopped run had done is kept; made when something is put there.
    pub fn checkpoints(&self) -> PathBuf {
        self.aside.join(CHECKPOINTS)
    }

    /// Writes a CSV table of the run.
    pub fn write_table(
        &self,
        name: &str,
        write: impl FnOnce(&mut NewTable) -> csv::Result<()>,
    ) -> Result<(), ReportError> {
        self.write_with(name, |file, path| write(file).map_err(|source| ReportError::Csv { path, source }))
    }

    /// Writes a Parquet file of the run.
    pub fn write_parquet(
        &self,
        name: &str,
        write: impl FnOnce(&mut NewTable) -> parquet::errors::Result<()>,
    ) -> Result<(), ReportError> {
        self.write_with(name, |file, path| write(file).map_err(|source| ReportError::Parquet { path, source }))
    }

    /// Writes any other file of the run.
    pub fn write_file(
        &self,
        name: &str,
        write: impl FnOnce(&mut NewTable) -> io::Result<()>,
    ) -> Result<(), ReportError> {
        self.write_with(name, |file, path| write(file).map_err(|source| ReportError::Io { path, source }))
    }

    fn write_with(
        &self,
        name: &str,
        write: impl FnOnce(&mut NewTable, PathBuf) -> Result<(), ReportError>,
    ) -> Result<(), ReportError> {
        let path = self.aside.join(name);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(ReportError::at(folder))?;
        }
        let file = File::create(&path).map_err(ReportError::at(&path))?;
        let mut file = BufWriter::with_capacity(1 << 16, Hashed { file, hash: Sha256::new() });
        write(&mut file, path.clone())?;
        let Hashed { file, hash } =
            file.into_inner().map_err(|error| ReportError::Io { path: path.clone(), source: error.into_error() })?;
        // On the disk before the record says so, or a power cut could leave a finished run with empty tables.
        file.sync_all().map_err(ReportError::at(&path))?;
        self.hashes.lock().expect("no writer panics").insert(name.to_string(), hex(&hash.finalize()));
        Ok(())
    }

    /// SHA-256 of each file written so far.
    pub fn hashes(&self) -> BTreeMap<String, String> {
        self.hashes.lock().expect("no writer panics").clone()
    }

    /// Completes and writes the record, and puts the folder in its place.
    pub fn finish(self, mut record: RunRecord) -> Result<(), ReportError> {
        record.outputs = self.hashes();
        self.finish_with(&record)
    }

    /// Writes a record and puts the folder in its place.
    pub fn finish_with(self, record: &impl serde::Serialize) -> Result<(), ReportError> {
        let path = self.aside.join(RECORD);
        let text = toml::to_string(record)?;
        let written = File::create(&path).and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            file.sync_all()
        });
        written.map_err(ReportError::at(&path))?;
        self.place()
    }

    /// Puts the folder in its place as it is.
    pub fn place(mut self) -> Result<(), ReportError> {
        let checkpoints = self.checkpoints();
        if checkpoints.exists() {
            fs::remove_dir_all(&checkpoints).map_err(ReportError::at(&checkpoints))?;
        }
        // An empty folder may stand at the target; a rename onto it is not portable.
        if self.target.exists() {
            fs::remove_dir(&self.target).map_err(ReportError::at(&self.target))?;
        }
        // Elsewhere the lock is held until all is done; Windows renames no folder with an open file.
        if cfg!(windows) {
            self.lock = None;
            drop(fs::remove_file(self.aside.join(LOCK)));
        }
        fs::rename(&self.aside, &self.target).map_err(ReportError::at(&self.target))?;
        drop(fs::remove_file(self.target.join(LOCK)));
        self.lock = None;
        Ok(())
    }
}

impl Drop for RunFolder {
    fn drop(&mut self) {
        if self.lock.is_some() {
            // Best effort: the error that led here is the one to report.
            drop(fs::remove_dir_all(&self.aside));
        }
    }
}

/// Whether the run with an id stands finished at a place; an error where something else does.
fn is_same_run(target: &Path, id: &str) -> Result<bool, ReportError> {
    let occupied = |holds: &str| Err(ReportError::Occupied { path: target.to_path_buf(), holds: holds.to_string() });
    match fs::symlink_metadata(target) {
        Ok(found) if found.is_symlink() => return occupied("a link"),
        Ok(found) if !found.is_dir() => return occupied("a file"),
        _ => {}
    }
    if target.file_name().is_none() {
        return occupied("the folder of this command");
    }
    if let Ok(record) = fs::read_to_string(target.join(RECORD)) {
        let same = record.lines().any(|line| line == format!("id = \"{id}\""));
        return if same { Ok(true) } else { occupied("another run") };
    }
    if fs::read_dir(target).is_ok_and(|mut entries| entries.next().is_some()) {
        return occupied("other files");
    }
    Ok(false)
}

/// Removes what another process left aside: half-written files always, what it had done unless the run goes on.
fn clear(aside: &Path, goes_on: bool) -> io::Result<()> {
    for entry in fs::read_dir(aside)? {
        let entry = entry?;
        let name = entry.file_name();
        if name == LOCK || (goes_on && name == CHECKPOINTS) {
            continue;
        }
        if entry.file_type()?.is_dir() {
            fs::remove_dir_all(entry.path())?;
        } else {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}
