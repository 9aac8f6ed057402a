//! Files that are made of a run's tables: Parquet, the report, and a copy to share.

use std::io::Write;

use super::CheckFailed;
use super::log::Log;
use super::progress::{Progress, work_on_each};
use crate::domain::run_record::RunRecord;
use crate::engine::batch::Workers;
use crate::input::run_tables::{FigureTable, LABELS, RunTables, read_tables_of};
use crate::report::page::render_page;
use crate::report::parquet::write_figures;
use crate::report::run_folder::{ReportError, RunFolder};
use crate::report::table_copies::{write_figure_copy, write_label_copy, write_text_copy};
use crate::report::workbook::render::{WORKBOOK, render_forecast_workbook};
use crate::summary::publication::{Withheld, publish};

/// The folder of a copy to share within a run folder.
pub const PUBLISHED: &str = "published";

/// Who makes documents, and who is told.
#[derive(Clone, Copy)]
pub struct Makers<'a> {
    pub workers: &'a Workers,
    pub log: Log,
}

/// A file made of tables.
#[derive(Clone, Copy)]
enum Document {
    Forecast,
    Differences,
    Workbook,
    Page,
}

/// Writes the documents of a run beside the tables that its folder holds by now; those of a copy to share, too, where
/// that is asked for.
pub fn write_documents(makers: Makers, out: &RunFolder, record: &RunRecord) -> anyhow::Result<()> {
    if record.settings.tables_only {
        return Ok(());
    }
    let tables = read_tables_of(out.aside(), record.clone())
        .map_err(|problems| anyhow::anyhow!("the tables just written cannot be read:\n{problems}"))?;
    write_documents_of(makers, out, "", &tables)?;
    if let Some(threshold) = record.settings.publish {
        write_publication(makers, out, &format!("{PUBLISHED}/"), tables, threshold)?;
    }
    Ok(())
}

/// Writes the report, the workbook and Parquet files of tables, with a folder before their names; each on a thread of its
/// own, the longest first.
pub fn write_documents_of(makers: Makers, out: &RunFolder, folder: &str, tables: &RunTables) -> anyhow::Result<()> {
    let documents = vec![Document::Workbook, Document::Page, Document::Forecast, Document::Differences];
    let write = |document| write_document(out, folder, tables, document);
    Ok(work_on_each((makers.workers, makers.log), ("report and workbook", "documents"), documents, write)?)
}

fn write_document(out: &RunFolder, folder: &str, tables: &RunTables, document: Document) -> Result<(), ReportError> {
    let named = |name: &str| format!("{folder}{name}");
    let parquet = |name: &str, table: &FigureTable, holds: &str| {
        out.write_parquet(&named(name), |file| write_figures(file, table, &tables.record, holds))
    };
    match document {
        Document::Forecast => parquet("forecast.parquet", &tables.forecast, "figures of forecast.csv"),
        Document::Differences => {
            let holds = "figures of differences.csv: scenario less baseline, paired";
            parquet("differences.parquet", &tables.differences, holds)
        }
        Document::Workbook => {
            let workbook = render_forecast_workbook(tables)
                .map_err(|source| ReportError::Workbook { path: out.aside().join(WORKBOOK), source })?;
            out.write_file(&named(WORKBOOK), |file| file.write_all(&workbook))
        }
        Document::Page => out.write_file(&named("report.html"), |file| file.write_all(render_page(tables).as_bytes())),
    }
}

/// Writes a copy of a run's tables, and of its documents, in which small counts are blank.
pub fn write_publication(
    makers: Makers,
    out: &RunFolder,
    folder: &str,
    tables: RunTables,
    threshold: u32,
) -> anyhow::Result<Withheld> {
    // Two rounds over all editions are usual; each is a mean or principal projection of a scenario.
    let editions = 2 * tables.record.settings.scenarios.len() as u64;
    let progress = Progress::start(2 * editions, "editions checked", makers.log);
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
    write_documents_of(makers, out, folder, &tables)?;
    Ok(withheld)
}
