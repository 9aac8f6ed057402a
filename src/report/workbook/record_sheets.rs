//! Sheets about the run: what its measures count, what it was made of, and what was noted on the way.

use rust_xlsxwriter::XlsxError;

use super::cell::{Cell, Formats, NumberKind};
use super::measure::Measures;
use super::tidy_sheet::{Finished, TidySheet};
use crate::input::run_tables::RunTables;

/// Numbers beyond it are not whole in a workbook.
const MOST_WHOLE: u64 = 1 << 53;

pub fn measure_sheet(measures: &Measures, formats: &Formats) -> Result<Option<Finished>, XlsxError> {
    let columns = vec!["Measure", "What it counts", "Unit", "Year is", "Sheet"];
    let mut sheet = TidySheet::new(formats, "Measures", columns);
    for measure in measures.all() {
        // A copy to share knows measures by name of which it tells nothing.
        let Some(own_sheet) = measure.home.sheet().filter(|_| !measure.unit.is_empty()) else { continue };
        let (meaning, clock) = measure.meaning().map_or(("", ""), |(meaning, clock)| (meaning, clock.words()));
        sheet.row(&[
            Cell::Text(&measure.name),
            Cell::Long(meaning),
            Cell::Text(&measure.unit),
            Cell::Text(clock),
            Cell::Text(own_sheet),
        ])?;
    }
    sheet.finish("What each measure of this run counts, in which unit, and which year its year is.")
}

pub fn data_log_sheet(tables: &RunTables, formats: &Formats) -> Result<Option<Finished>, XlsxError> {
    let record = &tables.record;
    let settings = &record.settings;
    let mut sheet = TidySheet::new(formats, "Data log", vec!["Kind", "Name", "Value"]);
    let year = Cell::Number(f64::from(settings.base_year), NumberKind::Year);
    let seed = settings.seed.to_string();
    let number = |value: f64| Cell::Number(value, NumberKind::Year);
    let shown_seed = if settings.seed < MOST_WHOLE { number(settings.seed as f64) } else { Cell::Text(&seed) };
    let facts = [
        ("run", "needscast", Cell::Text(&record.needscast)),
        ("run", "id", Cell::Text(&record.id)),
        ("run", "area", Cell::Text(&record.area)),
        ("run", "area name", Cell::Text(&record.area_name)),
        ("setting", "base_year", year),
        ("setting", "years", number(settings.years as f64)),
        ("setting", "replicates", number(f64::from(settings.replicates))),
        ("setting", "seed", shown_seed),
    ];
    for (kind, name, value) in facts {
        sheet.row(&[Cell::Text(kind), Cell::Text(name), value])?;
    }
    for scenario in &settings.scenarios {
        sheet.row(&[Cell::Text("setting"), Cell::Text("scenario"), Cell::Text(scenario)])?;
    }
    for (file, hash) in &record.inputs {
        sheet.row(&[Cell::Text("input (SHA-256)"), Cell::Text(file), Cell::Text(hash)])?;
    }
    sheet.finish(
        "What the run was made of: version, settings, and each file read with its SHA-256 hash; copies of the files are in \
         the folder 'inputs' of the run.",
    )
}

pub fn problem_sheet(tables: &RunTables, formats: &Formats) -> Result<Option<Finished>, XlsxError> {
    let mut sheet = TidySheet::new(formats, "Problems", vec!["Number", "Note"]);
    for (number, note) in (1..).zip(&tables.record.notes) {
        sheet.row(&[Cell::Number(f64::from(number), NumberKind::Year), Cell::Long(note)])?;
    }
    sheet.finish(
        "What was found wanting in the data, and what was assumed or tolerated: read before relying on a figure.",
    )
}
