//! The runs of an archive, on the terminal.

use std::fmt::Write;
use std::path::Path;

use comfy_table::{Cell, CellAlignment, Table};

use super::run_record::digest_of;
use crate::domain::run_record::RunRecord;
use crate::input::run_archive::{ArchivedRun, RunState};

/// Finished runs in a table, oldest first; then those that are not whole, with what to do.
pub fn render_runs(root: &Path, runs: &[ArchivedRun]) -> String {
    let mut text = String::new();
    let mut finished: Vec<(&ArchivedRun, &RunRecord)> = runs.iter().filter_map(of_finished).collect();
    finished.sort_by(|(_, a), (_, b)| (&a.execution.finished, &a.id).cmp(&(&b.execution.finished, &b.id)));
    if finished.is_empty() {
        writeln!(text, "no finished run in {}", root.display()).expect("a string takes all");
    } else {
        writeln!(text, "{}", table_of(&finished)).expect("a string takes all");
    }
    for run in runs {
        let folder = run.folder.display();
        match &run.state {
            RunState::Finished(_) => Ok(()),
            RunState::Unfinished => {
                writeln!(text, "unfinished: {folder} (being written, or stopped: the same command goes on with it)")
            }
            RunState::Broken(problems) => write!(text, "not readable: {folder}\n{problems}"),
        }
        .expect("a string takes all");
    }
    text
}

fn of_finished(run: &ArchivedRun) -> Option<(&ArchivedRun, &RunRecord)> {
    match &run.state {
        RunState::Finished(record) => Some((run, record)),
        _ => None,
    }
}

fn table_of(runs: &[(&ArchivedRun, &RunRecord)]) -> Table {
    let mut table = Table::new();
    table.load_preset(comfy_table::presets::ASCII_MARKDOWN);
    table.set_header([
        "Finished (UTC)",
        "Area",
        "From",
        "Years",
        "Futures",
        "Scenarios",
        "Inputs",
        "Notes",
        "Seconds",
        "Version",
        "Run",
    ]);
    for (run, record) in runs {
        let RunRecord { settings, execution, .. } = record;
        let count = |number: String| Cell::new(number).set_alignment(CellAlignment::Right);
        table.add_row([
            Cell::new(&execution.finished),
            Cell::new(&record.area_name),
            Cell::new(settings.base_year),
            count(settings.years.to_string()),
            count(settings.replicates.to_string()),
            count(settings.scenarios.len().to_string()),
            Cell::new(digest_of(&record.inputs)),
            count(record.notes.len().to_string()),
            count(format!("{:.1}", execution.seconds)),
            Cell::new(&record.needscast),
            Cell::new(run.folder.display()),
        ]);
    }
    table
}
