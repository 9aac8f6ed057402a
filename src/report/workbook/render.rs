//! The workbook: which sheets, in which order.

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook, XlsxError};

use super::cell::Formats;
use super::cover::{cover_sheet, index_sheet};
use super::figure_sheets::{difference_sheet, place_sheet, plan_sheet, service_sheet};
use super::headline::headline_sheet;
use super::measure::Measures;
use super::record_sheets::{data_log_sheet, measure_sheet, problem_sheet};
use super::text_sheets::{appraisal_sheet, assumption_sheet, money_sheet, pool_sheet, provider_sheet};
use super::tidy_sheet::Finished;
use crate::input::run_tables::RunTables;

/// The name of the workbook in a run folder.
pub const WORKBOOK: &str = "forecast.xlsx";

/// Renders the tables of a run; the same tables give the same bytes.
pub fn render_forecast_workbook(tables: &RunTables) -> Result<Vec<u8>, XlsxError> {
    let formats = Formats::new();
    let forecast = Measures::of(tables, &tables.forecast);
    let differences = Measures::of(tables, &tables.differences);
    let tidy = [
        plan_sheet(tables, &forecast, &formats)?,
        place_sheet(tables, &forecast, &formats)?,
        service_sheet(tables, &forecast, &formats)?,
        money_sheet(tables, &formats)?,
        pool_sheet(tables, &formats)?,
        difference_sheet(tables, &differences, &formats)?,
        appraisal_sheet(tables, &formats)?,
        provider_sheet(tables, &formats)?,
        assumption_sheet(tables, &formats)?,
        measure_sheet(&forecast, &formats)?,
        data_log_sheet(tables, &formats)?,
        problem_sheet(tables, &formats)?,
    ];
    let mut sheets: Vec<Finished> = vec![headline_sheet(tables, &formats)?];
    sheets.extend(tidy.into_iter().flatten());
    let mut workbook = Workbook::new();
    workbook.set_properties(&properties(tables)?);
    workbook.push_worksheet(cover_sheet(tables, &formats)?);
    workbook.push_worksheet(index_sheet(&sheets, &formats)?);
    for sheet in sheets {
        workbook.push_worksheet(sheet.page);
    }
    workbook.save_to_buffer()
}

/// What the file says of itself. The date of creation is that of the base census: the true one would make two files of
/// one run differ.
fn properties(tables: &RunTables) -> Result<DocProperties, XlsxError> {
    let record = &tables.record;
    let created = ExcelDateTime::from_ymd(record.settings.base_year, 1, 1)?;
    Ok(DocProperties::new()
        .set_title(super::cell::clean(&format!("{}: forecast of education, health and care plans", record.area_name)))
        .set_subject(format!("Run {}", record.id))
        .set_author("needscast")
        .set_creation_datetime(&created))
}
