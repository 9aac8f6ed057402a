//! Plans, places, services and differences: the figures of `forecast.csv` and `differences.csv`, in tables that are
//! split by one key at most, so that nothing is counted twice when rows of one split are added up.
//!
//! Figures crossed by two keys are the larger part of the run, and of little use row by row; they stay in the CSV
//! tables, and so do the outer quantiles.

use rust_xlsxwriter::XlsxError;

use super::cell::{Cell, Formats, NumberKind};
use super::measure::{Home, Measure, Measures};
use super::tidy_sheet::{Finished, TidySheet};
use crate::input::run_tables::{ALL, FigureTable, KeyColumn, RunFigure, RunTables, Statistic};

/// The numbers of a figure that the workbook tells, with their headings.
const STATISTICS: [(&str, Statistic); 5] = [
    ("Principal", Statistic::Principal),
    ("Mean", Statistic::Mean),
    ("P10", Statistic::P10),
    ("P50", Statistic::P50),
    ("P90", Statistic::P90),
];

/// Keys that a figure may be split by.
const SPLITS: [KeyColumn; 4] = [KeyColumn::Area, KeyColumn::Need, KeyColumn::Setting, KeyColumn::AgeGroup];

const SPREADS: &str = "P10 to P90 is the 80 % interval, P50 the median; other quantiles are in";

pub fn plan_sheet(tables: &RunTables, measures: &Measures, formats: &Formats) -> Result<Option<Finished>, XlsxError> {
    let view = View::new(tables, &tables.forecast);
    let keys = vec!["Scenario", "Year", "Measure", "Split by", "Code", "Category", "Unit"];
    let mut sheet = TidySheet::new(formats, "Plans", with_statistics(keys));
    for figure in &tables.forecast.figures {
        let measure = measures.get(figure.key(KeyColumn::Measure));
        let Some(split) = view.split(figure, None).filter(|_| measure.home == Home::Plans) else { continue };
        let [by, code, category] = view.words(figure, split, measure);
        let unit = Cell::Text(&measure.unit);
        let keys = [view.scenario(figure), year(figure), Cell::Text(&measure.name), by, code, category, unit];
        sheet.row(&with_values(keys, figure, measure))?;
    }
    sheet.finish(&format!(
        "Children with plans, their flows, and pupils on SEN support, in all and split by one key: setting, need, age or \
         planning area. Filter 'Split by' before adding rows up. Figures crossed by two or three keys (need by setting by \
         age) are in forecast.csv. {SPREADS} forecast.csv, too."
    ))
}

pub fn place_sheet(tables: &RunTables, measures: &Measures, formats: &Formats) -> Result<Option<Finished>, XlsxError> {
    let view = View::new(tables, &tables.forecast);
    let keys =
        vec!["Scenario", "September", "Measure", "Setting code", "Setting", "Split by", "Code", "Category", "Unit"];
    let mut sheet = TidySheet::new(formats, "Places", with_statistics(keys));
    for figure in &tables.forecast.figures {
        let measure = measures.get(figure.key(KeyColumn::Measure));
        let split = view.split(figure, Some(KeyColumn::Setting)).filter(|_| measure.home == Home::Places);
        let Some(split) = split else { continue };
        let [code, setting] = view.code(figure, KeyColumn::Setting);
        let [by, split_code, category] = view.words(figure, split, measure);
        let keys = [
            view.scenario(figure),
            year(figure),
            Cell::Text(&measure.name),
            code,
            setting,
            by,
            split_code,
            category,
            Cell::Text(&measure.unit),
        ];
        sheet.row(&with_values(keys, figure, measure))?;
    }
    sheet.finish(&format!(
        "Who needs a place, has one or waits in each setting with limited places, by September, in all and split by need, \
         phase or planning area. Filter 'Split by' before adding rows up. {SPREADS} forecast.csv."
    ))
}

pub fn service_sheet(
    tables: &RunTables,
    measures: &Measures,
    formats: &Formats,
) -> Result<Option<Finished>, XlsxError> {
    let view = View::new(tables, &tables.forecast);
    let keys = vec!["Scenario", "Year", "Measure", "Service code", "Service", "Figure", "Work or tier", "Unit"];
    let mut sheet = TidySheet::new(formats, "Services", with_statistics(keys));
    let titles: Vec<(String, &str)> = measures.all().map(|own| (own.title(), service_label(tables, own))).collect();
    for figure in &tables.forecast.figures {
        let number = figure.key(KeyColumn::Measure);
        let measure = measures.get(number);
        if measure.home != Home::Services || view.split(figure, None) != Some(Split::Whole) {
            continue;
        }
        let (title, service) = &titles[usize::from(number)];
        let keys = [
            view.scenario(figure),
            year(figure),
            Cell::Text(&measure.name),
            Cell::Text(measure.service.as_deref().unwrap_or_default()),
            Cell::Text(service),
            Cell::Text(title),
            Cell::Text(measure.part.as_deref().unwrap_or_default()),
            Cell::Text(&measure.unit),
        ];
        sheet.row(&with_values(keys, figure, measure))?;
    }
    sheet.finish(&format!(
        "Hours, staff, lists and waits of each service, its kinds of work and tiers, and what assessments and reviews \
         depend on. Hours of a tier by need are in forecast.csv. {SPREADS} forecast.csv, too."
    ))
}

pub fn difference_sheet(
    tables: &RunTables,
    measures: &Measures,
    formats: &Formats,
) -> Result<Option<Finished>, XlsxError> {
    let view = View::new(tables, &tables.differences);
    let keys = vec!["Scenario", "Title", "Year", "Measure", "Split by", "Code", "Category", "Unit"];
    let mut sheet = TidySheet::new(formats, "Scenarios", with_statistics(keys));
    for figure in tables.differences.figures.iter().filter(|figure| is_change(figure)) {
        let measure = measures.get(figure.key(KeyColumn::Measure));
        let Some(split) = view.split(figure, None) else { continue };
        let [by, code, category] = view.words(figure, split, measure);
        let [scenario, title] = view.code(figure, KeyColumn::Scenario);
        let unit = Cell::Text(&measure.unit);
        let keys = [scenario, title, year(figure), Cell::Text(&measure.name), by, code, category, unit];
        sheet.row(&with_values(keys, figure, measure))?;
    }
    sheet.finish(&format!(
        "What each scenario changes: scenario less baseline in the same futures, so the interval is that of the change. \
         Rows in which nothing changes in any future are left out, and those split by two keys. Costs by line are in \
         money_differences.csv. {SPREADS} differences.csv."
    ))
}

/// How a figure is split.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Split {
    Whole,
    By(KeyColumn),
}

/// A table of figures with what a reader is shown for its codes.
struct View<'a> {
    table: &'a FigureTable,
    /// The number of the code that stands for all of a key, by [`SPLITS`].
    whole: [Option<u16>; SPLITS.len()],
    /// By column of codes, then number.
    labels: Vec<Vec<&'a str>>,
}

impl<'a> View<'a> {
    fn new(tables: &'a RunTables, table: &'a FigureTable) -> View<'a> {
        let whole = SPLITS.map(|column| {
            let code = if column == KeyColumn::Area { tables.record.area.as_str() } else { ALL };
            table.codes(column).number(code)
        });
        let label = |column: KeyColumn, code: &'a str| match column {
            KeyColumn::Scenario => tables.labels.of("scenario", code),
            KeyColumn::Area => tables.labels.of("area", code),
            KeyColumn::Need => tables.labels.of("need", code),
            KeyColumn::Setting => tables.labels.of("setting", code),
            KeyColumn::AgeGroup => tables.labels.of("age_group", code),
            KeyColumn::Measure | KeyColumn::Unit => code,
        };
        let of_column = |column: KeyColumn| table.codes(column).all().iter().map(|code| label(column, code)).collect();
        View { table, whole, labels: KeyColumn::ALL.into_iter().map(of_column).collect() }
    }

    /// The key that a figure is split by, besides one that all figures of a sheet have; `None` where it is crossed.
    fn split(&self, figure: &RunFigure, shown: Option<KeyColumn>) -> Option<Split> {
        let keys = SPLITS.into_iter().zip(self.whole).filter(|(column, _)| Some(*column) != shown);
        let mut parts = keys.filter(|(column, whole)| Some(figure.key(*column)) != *whole);
        match (parts.next(), parts.next()) {
            (None, _) => Some(Split::Whole),
            (Some((column, _)), None) => Some(Split::By(column)),
            _ => None,
        }
    }

    /// The name of a split, its code and its label.
    fn words(&self, figure: &RunFigure, split: Split, measure: &Measure) -> [Cell<'a>; 3] {
        let Split::By(column) = split else { return [Cell::Text("Total"), Cell::Blank, Cell::Text("All")] };
        let [code, label] = self.code(figure, column);
        let by = match column {
            KeyColumn::Need => "Need",
            KeyColumn::Setting => "Setting",
            KeyColumn::AgeGroup if measure.home == Home::Places => "Phase",
            KeyColumn::AgeGroup if measure.figure.starts_with("plans_by_age") => "Single year of age",
            KeyColumn::AgeGroup => "Age group",
            _ => "Planning area",
        };
        [Cell::Text(by), code, label]
    }

    /// A code and its label.
    fn code(&self, figure: &RunFigure, column: KeyColumn) -> [Cell<'a>; 2] {
        let number = figure.key(column);
        let label = self.labels[column as usize][usize::from(number)];
        [Cell::Text(self.table.codes(column).code(number)), Cell::Text(label)]
    }

    fn scenario(&self, figure: &RunFigure) -> Cell<'a> {
        self.code(figure, KeyColumn::Scenario)[0]
    }
}

fn year(figure: &RunFigure) -> Cell<'static> {
    Cell::Number(f64::from(figure.year), NumberKind::Year)
}

fn service_label<'a>(tables: &'a RunTables, measure: &'a Measure) -> &'a str {
    measure.service.as_deref().map_or("", |code| tables.labels.of("service", code))
}

fn with_statistics(mut keys: Vec<&'static str>) -> Vec<&'static str> {
    keys.extend(STATISTICS.map(|(name, _)| name));
    keys
}

fn with_values<'a, const KEYS: usize>(keys: [Cell<'a>; KEYS], figure: &RunFigure, measure: &Measure) -> Vec<Cell<'a>> {
    let kind = NumberKind::of_unit(&measure.unit);
    let values = STATISTICS.into_iter().map(|(_, statistic)| Cell::number(figure.value(statistic), kind));
    keys.into_iter().chain(values).collect()
}

/// Whether anything changes in any future, or in the principal projection.
fn is_change(figure: &RunFigure) -> bool {
    figure.values.iter().any(|value| !value.is_nan() && *value != 0.0)
}
