//! Files of a run folder that are made of its tables: Parquet and the report.

use crate::domain::run_record::RunRecord;
use crate::input::run_tables::read_tables_of;
use crate::report::page::render_page;
use crate::report::parquet::write_figures;
use crate::report::run_folder::RunFolder;

use super::InvalidInputs;

/// Writes them beside the tables that the folder holds by now.
pub fn write_documents(out: &RunFolder, record: &RunRecord) -> anyhow::Result<()> {
    use std::io::Write;
    let tables = read_tables_of(out.aside(), record.clone()).map_err(InvalidInputs)?;
    for (name, table, holds) in [
        ("forecast.parquet", &tables.forecast, "figures of forecast.csv"),
        ("differences.parquet", &tables.differences, "figures of differences.csv: scenario less baseline, paired"),
    ] {
        out.write_parquet(name, |file| write_figures(file, table, record, holds))?;
    }
    out.write_file("report.html", |file| file.write_all(render_page(&tables).as_bytes()))?;
    Ok(())
}
