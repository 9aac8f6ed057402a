//! Files that are made of a run's tables: Parquet, the report, and a copy to share.

use std::io::Write;

use super::CheckFailed;
use crate::domain::run_record::RunRecord;
use crate::input::run_tables::{LABELS, RunTables, read_tables_of};
use crate::report::page::render_page;
use crate::report::parquet::write_figures;
use crate::report::run_folder::RunFolder;
use crate::report::table_copies::{write_figure_copy, write_label_copy, write_text_copy};
use crate::summary::publication::{Withheld, publish};

/// The folder of a copy to share within a run folder.
pub const PUBLISHED: &str = "published";

/// Writes the documents of a run beside the tables that its folder holds by now; those of a copy to share, too, where
/// that is asked for.
pub fn write_documents(out: &RunFolder, record: &RunRecord) -> anyhow::Result<()> {
    let tables = read_tables_of(out.aside(), record.clone())
        .map_err(|problems| anyhow::anyhow!("the tables just written cannot be read:\n{problems}"))?;
    write_documents_of(out, "", &tables)?;
    if let Some(threshold) = record.settings.publish {
        write_publication(out, &format!("{PUBLISHED}/"), tables, threshold)?;
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
    let page = render_page(tables);
    out.write_file(&format!("{folder}report.html"), |file| file.write_all(page.as_bytes()))?;
    Ok(())
}

/// Writes a copy of a run's tables, and of its documents, in which small counts are blank.
pub fn write_publication(out: &RunFolder, folder: &str, tables: RunTables, threshold: u32) -> anyhow::Result<Withheld> {
    let (tables, withheld) =
        publish(tables, threshold).map_err(|error| CheckFailed(format!("these tables cannot be shared: {error}")))?;
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
