//! `runs/index.csv`: all finished runs of an archive, one a row.
//!
//! The index is made anew from the runs themselves, so that one that is lost, stale or edited is mended by the next run.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use super::run_folder::ReportError;
use super::run_record::digest_of;
use super::table_writer::TableWriter;
use crate::domain::run_record::RunRecord;
use crate::input::run_archive::{ArchivedRun, RunState, read_archive};

/// The index of an archive.
pub const INDEX: &str = "index.csv";

const COLUMNS: [&str; 16] = [
    "id",
    "area",
    "area_name",
    "finished",
    "version",
    "base_year",
    "years",
    "replicates",
    "seed",
    "scenarios",
    "inputs",
    "notes",
    "seconds",
    "resumed",
    "folder",
    "command",
];

/// Lists the finished runs of an archive in its index, written aside and renamed.
pub fn refresh_index(root: &Path) -> Result<(), ReportError> {
    let lock_path = root.join(".index.lock");
    let lock = File::create(&lock_path).map_err(ReportError::at(&lock_path))?;
    // Two runs may finish at once; the second waits and lists both.
    lock.lock().map_err(ReportError::at(&lock_path))?;
    // The run itself is whole; whoever lists the archive is told what is not.
    let runs = read_archive(root).unwrap_or_default();
    let (path, aside) = (root.join(INDEX), root.join(".index.unfinished"));
    let written = render_index(root, &runs).map_err(|source| ReportError::Csv { path: path.clone(), source })?;
    let file = File::create(&aside).and_then(|mut file| file.write_all(&written).and_then(|()| file.sync_all()));
    file.and_then(|()| fs::rename(&aside, &path)).map_err(ReportError::at(&path))
}

fn render_index(root: &Path, runs: &[ArchivedRun]) -> csv::Result<Vec<u8>> {
    let mut records: Vec<(&Path, &RunRecord)> = runs.iter().filter_map(finished).collect();
    records.sort_by(|(_, a), (_, b)| (&a.execution.finished, &a.id).cmp(&(&b.execution.finished, &b.id)));
    let mut writer = TableWriter::new(Vec::new());
    writer.write_record(COLUMNS)?;
    for (folder, record) in records {
        let folder = folder.strip_prefix(root).unwrap_or(folder).to_string_lossy().replace('\\', "/");
        writer.write_record(index_row(record, folder))?;
    }
    writer.into_inner()
}

fn finished(run: &ArchivedRun) -> Option<(&Path, &RunRecord)> {
    match &run.state {
        RunState::Finished(record) => Some((run.folder.as_path(), record)),
        _ => None,
    }
}

fn index_row(record: &RunRecord, folder: String) -> [String; 16] {
    let RunRecord { settings, execution, .. } = record;
    [
        record.id.clone(),
        record.area.clone(),
        record.area_name.clone(),
        execution.finished.clone(),
        record.needscast.clone(),
        settings.base_year.to_string(),
        settings.years.to_string(),
        settings.replicates.to_string(),
        settings.seed.to_string(),
        settings.scenarios.len().to_string(),
        digest_of(&record.inputs),
        record.notes.len().to_string(),
        format!("{:.1}", execution.seconds),
        execution.resumed.to_string(),
        folder,
        execution.command.clone(),
    ]
}
