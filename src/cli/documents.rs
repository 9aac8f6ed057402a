//! The documents of a run folder: what is made of its tables for readers who do not work with CSV files.

use std::io::Write;

use crate::domain::run_record::RunRecord;
use crate::input::run_tables::read_tables_of;
use crate::report::run_folder::{ReportError, RunFolder};
use crate::report::workbook::render::{WORKBOOK, render_forecast_workbook};

/// Writes the documents of a run whose tables are written. The record needs all that does not differ between two
/// executions: settings, inputs and notes.
pub fn write_documents(out: &RunFolder, record: &RunRecord) -> anyhow::Result<()> {
    // What cannot be read back was written wrongly: no fault of the inputs.
    let tables = read_tables_of(out.aside(), record.clone())
        .map_err(|problems| anyhow::anyhow!("read back the tables of the run: {problems}"))?;
    let workbook = render_forecast_workbook(&tables)
        .map_err(|source| ReportError::Workbook { path: out.aside().join(WORKBOOK), source })?;
    out.write_file(WORKBOOK, |file| file.write_all(&workbook))?;
    Ok(())
}
