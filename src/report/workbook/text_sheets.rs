//! Sheets made of the run's other tables, column by column: money, pool, appraisal, providers, assumptions.

use std::collections::BTreeMap;

use rust_xlsxwriter::XlsxError;

use super::cell::{Cell, Formats, NumberKind};
use super::tidy_sheet::{Finished, TidySheet};
use crate::input::run_tables::{ALL, Labels, RunTables, TextTable};
use crate::report::label_table::sentence;

/// A column of a sheet.
struct Column {
    header: &'static str,
    /// The column of the CSV table.
    from: &'static str,
    read: Read,
}

/// What a column of a table is read as.
#[derive(Clone, Copy)]
enum Read {
    Text,
    Long,
    Flag,
    /// What a reader is shown for a code of a kind.
    Label(&'static str),
    Number(NumberKind),
    /// A number shown as the column `unit` of the row says.
    ByUnit,
    /// A number that somebody stated, with its decimals; prices have pence.
    Stated,
}

const fn column(header: &'static str, from: &'static str, read: Read) -> Column {
    Column { header, from, read }
}

/// The numbers of a spread that the workbook tells.
const SPREAD: [Column; 4] = [
    column("Mean", "mean", Read::ByUnit),
    column("P10", "p10", Read::ByUnit),
    column("P50", "p50", Read::ByUnit),
    column("P90", "p90", Read::ByUnit),
];

pub fn money_sheet(tables: &RunTables, formats: &Formats) -> Result<Option<Finished>, XlsxError> {
    let keys = [
        column("Scenario", "scenario", Read::Text),
        column("Financial year", "financial_year", Read::Text),
        column("Line code", "line", Read::Text),
        column("Line", "line", Read::Label("line")),
        column("Payer code", "payer", Read::Text),
        column("Payer", "payer", Read::Label("payer")),
        column("Prices", "prices", Read::Text),
        column("Unit", "unit", Read::Text),
    ];
    let holds = "Costs by line, payer and financial year, nominal and in prices of the first year; income, balance and \
                 deficit of the high needs block; the pooled fund. 'All' is the sum of the other rows: leave it out before \
                 adding up. Other quantiles and the principal projection are in money.csv, what scenarios change by line in \
                 money_differences.csv.";
    let money = tables.other("money.csv").map(in_series);
    sheet(money.as_ref(), tables, formats, "Money", keys.into_iter().chain(SPREAD), holds)
}

pub fn pool_sheet(tables: &RunTables, formats: &Formats) -> Result<Option<Finished>, XlsxError> {
    let columns = [
        column("Scenario", "scenario", Read::Text),
        column("Financial year", "financial_year", Read::Text),
        column("Rule code", "rule", Read::Text),
        column("Rule", "rule", Read::Label("rule")),
        column("Partner code", "partner", Read::Text),
        column("Partner", "partner", Read::Label("payer")),
        column("Unit", "unit", Read::Text),
        column("Contribution", "contribution", Read::ByUnit),
        column("Paid, mean", "paid_mean", Read::ByUnit),
        column("Paid, P10", "paid_p10", Read::ByUnit),
        column("Paid, P50", "paid_p50", Read::ByUnit),
        column("Paid, P90", "paid_p90", Read::ByUnit),
        column("Enough in 90 % of futures", "contribution_for_90_percent", Read::ByUnit),
        column("Value of pooling", "value_of_pooling", Read::ByUnit),
    ];
    let holds = "The pooled fund: what each partner contributes and pays under each rule, and the contribution that is \
                 enough in nine futures of ten.";
    sheet(tables.other("pool.csv"), tables, formats, "Pool", columns, holds)
}

pub fn appraisal_sheet(tables: &RunTables, formats: &Formats) -> Result<Option<Finished>, XlsxError> {
    let keys = [
        column("Scenario", "scenario", Read::Text),
        column("Title", "scenario", Read::Label("scenario")),
        column("Kind", "kind", Read::Text),
        column("Measure", "measure", Read::Text),
        column("Payer code", "payer", Read::Text),
        column("Payer", "payer", Read::Label("payer")),
        column("Financial year", "financial_year", Read::Text),
        column("Unit", "unit", Read::Text),
    ];
    let holds = "Each option against doing nothing: net present value by payer, how often it saves and is paid back, its \
                 own cost, cost for each extra place or hour, and what it would be worth to know the future. Other quantiles \
                 are in appraisal.csv.";
    sheet(tables.other("appraisal.csv"), tables, formats, "Appraisal", keys.into_iter().chain(SPREAD), holds)
}

pub fn provider_sheet(tables: &RunTables, formats: &Formats) -> Result<Option<Finished>, XlsxError> {
    let count = Read::Number(NumberKind::Count);
    let columns = [
        column("Scenario", "scenario", Read::Text),
        column("Provider code", "provider", Read::Text),
        column("Provider", "name", Read::Text),
        column("Setting code", "setting", Read::Text),
        column("Setting", "setting", Read::Label("setting")),
        column("Area code", "area", Read::Text),
        column("Area", "area", Read::Label("area")),
        column("Kind", "kind", Read::Text),
        column("September", "september", Read::Number(NumberKind::Year)),
        column("Room", "room", count),
        column("Principal", "principal", count),
        column("Mean", "mean", count),
        column("P10", "p10", count),
        column("P50", "p50", count),
        column("P90", "p90", count),
        column("Full in", "full", Read::Number(NumberKind::Share)),
        column("Confidence", "confidence", Read::Text),
        column("Flag", "flag", Read::Flag),
        column("Source", "source", Read::Long),
    ];
    let holds = "Pupils of each school and unit by September, the room it has (blank: as much as is needed), and the share \
                 of futures in which it is full.";
    sheet(tables.other("providers.csv"), tables, formats, "Providers", columns, holds)
}

pub fn assumption_sheet(tables: &RunTables, formats: &Formats) -> Result<Option<Finished>, XlsxError> {
    let columns = [
        column("Assumption", "assumption", Read::Text),
        column("Value", "value", Read::Stated),
        column("Unit", "unit", Read::Text),
        column("Low", "low", Read::Stated),
        column("High", "high", Read::Stated),
        column("Confidence", "confidence", Read::Text),
        column("Flag", "flag", Read::Flag),
        column("Source", "source", Read::Long),
    ];
    let table = &tables.assumptions;
    let flagged = table.rows.iter().filter(|row| !table.text(row, "flag").is_empty()).count();
    let holds = format!(
        "Every number that is not counted in the data: value, range, how far it can be trusted and where it is from. {flagged} \
         of {} need a local value: the column Flag says so.",
        table.rows.len()
    );
    sheet(Some(table), tables, formats, "Assumptions", columns, &holds)
}

/// Amounts with the years of a line and payer after each other, and the scenarios of a year: as in the sheets of figures.
fn in_series(table: &TextTable) -> TextTable {
    let mut scenarios = BTreeMap::new();
    let mut series = BTreeMap::new();
    let order = |row: &Vec<String>| {
        let text = |column| table.text(row, column);
        let (next_scenario, next_series) = (scenarios.len(), series.len());
        let scenario: usize = *scenarios.entry(text("scenario").to_string()).or_insert(next_scenario);
        let line = ["line", "payer", "prices"].map(|column| text(column).to_string());
        let place: usize = *series.entry(line).or_insert(next_series);
        (place, text("financial_year").to_string(), scenario)
    };
    let orders: Vec<_> = table.rows.iter().map(order).collect();
    let mut rows: Vec<_> = orders.into_iter().zip(&table.rows).collect();
    rows.sort_by(|one, other| one.0.cmp(&other.0));
    TextTable { columns: table.columns.clone(), rows: rows.into_iter().map(|(_, row)| row.clone()).collect() }
}

fn sheet(
    table: Option<&TextTable>,
    tables: &RunTables,
    formats: &Formats,
    name: &'static str,
    columns: impl IntoIterator<Item = Column>,
    holds: &str,
) -> Result<Option<Finished>, XlsxError> {
    let Some(table) = table else { return Ok(None) };
    let columns: Vec<Column> = columns.into_iter().collect();
    let mut sheet = TidySheet::new(formats, name, columns.iter().map(|column| column.header).collect());
    let places: Vec<Option<usize>> = columns.iter().map(|column| table.column(column.from)).collect();
    for row in &table.rows {
        let unit = table.text(row, "unit");
        let text = |place: &Option<usize>| place.and_then(|place| row.get(place)).map_or("", String::as_str);
        let labels: Vec<Option<String>> = columns
            .iter()
            .zip(&places)
            .map(|(column, place)| match column.read {
                Read::Label(kind) => Some(label(&tables.labels, kind, text(place))),
                _ => None,
            })
            .collect();
        let read = |((column, place), label)| cell(column, text(place), unit, label);
        let cells: Vec<Cell> = columns.iter().zip(&places).zip(&labels).map(read).collect();
        sheet.row(&cells)?;
    }
    sheet.finish(holds)
}

fn cell<'a>(column: &Column, text: &'a str, unit: &str, label: &'a Option<String>) -> Cell<'a> {
    let kind = match column.read {
        _ if text.is_empty() => return Cell::Blank,
        Read::Text => return Cell::Text(text),
        Read::Long => return Cell::Long(text),
        Read::Flag => return Cell::Flag(text),
        Read::Label(_) => return Cell::Text(label.as_deref().unwrap_or_default()),
        Read::Number(kind) => kind,
        Read::ByUnit => NumberKind::of_unit(unit),
        Read::Stated if unit.starts_with("pounds") => NumberKind::Pence,
        Read::Stated => NumberKind::Plain,
    };
    // A word where a number is expected is shown rather than lost.
    text.parse().map_or(Cell::Text(text), |value| Cell::Number(value, kind))
}

/// What a reader is shown: the label; for a code that has none, its words.
fn label(labels: &Labels, kind: &str, code: &str) -> String {
    match labels.of(kind, code) {
        _ if code == ALL => "All".to_string(),
        own if own == code && kind != "scenario" => sentence(code),
        own => own.to_string(),
    }
}
