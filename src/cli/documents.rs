//! Files that are made of a run's tables: Parquet, the report, and a copy to share.

use std::io::Write;

use super::CheckFailed;
use super::log::Log;
use super::progress::Progress;
use crate::domain::run_record::RunRecord;
use crate::input::run_tables::{LABELS, RunTables, read_tables_of};
use crate::report::page::render_page;
use crate::report::parquet::write_figures;
use crate::report::run_folder::{ReportError, RunFolder};
use crate::report::table_copies::{write_figure_copy, write_label_copy, write_text_copy};
use crate::report::workbook::render::{WORKBOOK, render_forecast_workbook};
use crate::summary::publication::{Withheld, publish};

/// The folder of a copy to share within a run folder.
pub const PUBLISHED: &str = "published";

/// Writes the documents of a run beside the tables that its folder holds by now; those of a copy to share, too, where
/// that is asked for.
pub fn write_documents(out: &RunFolder, record: &RunRecord, log: Log) -> anyhow::Result<()> {
    if record.settings.tables_only {
        return Ok(());
    }
    let tables = read_tables_of(out.aside(), record.clone())
        .map_err(|problems| anyhow::anyhow!("the tables just written cannot be read:\n{problems}"))?;
    write_documents_of(out, "", &tables)?;
    if let Some(threshold) = record.settings.publish {
        write_publication(out, &format!("{PUBLISHED}/"), tables, threshold, log)?;
    }
    Ok(())
}

/// Writes the report, the workbook and Parquet files of tables, with a folder before their names.
pub fn write_documents_of(out: &RunFolder, folder: &str, tables: &RunTables) -> anyhow::Result<()> {
    for (name, table, holds) in [
        ("forecast.parquet", &tables.forecast, "figures of forecast.csv"),
        ("differences.parquet", &tables.differences, "figures of differences.csv: scenario less baseline, paired"),
    ] {
        out.write_parquet(&format!("{folder}{name}"), |file| write_figures(file, table, &tables.record, holds))?;
    }
    let workbook = render_forecast_workbook(tables)
        .map_err(|source| ReportError::Workbook { path: out.aside().join(WORKBOOK), source })?;
    out.write_file(&format!("{folder}{WORKBOOK}"), |file| file.write_all(&workbook))?;
    let page = render_page(tables);
    out.write_file(&format!("{folder}report.html"), |file| file.write_all(page.as_bytes()))?;
    Ok(())
}

/// Writes a copy of a run's tables, and of its documents, in which small counts are blank.
pub fn write_publication(
    out: &RunFolder,
    folder: &str,
    tables: RunTables,
    threshold: u32,
    log: Log,
) -> anyhow::Result<Withheld> {
    // Two rounds over all editions are usual; each is a mean or principal projection of a scenario.
    let editions = 2 * tables.record.settings.scenarios.len() as u64;
    let progress = Progress::start(2 * editions, "editions checked", log);
    progress.name("copy to share");
    let published = publish(tables, threshold, &|| progress.advance());
    progress.finish();
    let (tables, withheld) =
        published.map_err(|error| CheckFailed(format!("these tables cannot be shared: {error}")))?;
    let named = |name: &str| format!("{folder}{name}");
    out.write_table(&named("forecast.csv"), |file| write_figure_copy(file, &tables.forecast))?;
    out.write_table(&named("differences.csv"), |file| write_figure_copy(file, &tables.differences))?;
    out.write_table(&named("assumptions.csv"), |file| write_text_copy(file, &tables.assumptions))?;
    out.write_table(&named(LABELS), |file| write_label_copy(file, &tables.labels))?;
    for (name, table) in &tables.others {
        out.write_table(&named(name), |file| write_text_copy(file, table))?;
    }
    write_documents_of(out, folder, &tables)?;
    Ok(withheld)
}
