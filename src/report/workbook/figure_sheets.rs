//! Plans, places, services and differences: the figures of `forecast.csv` and `differences.csv`, in tables that are
//! split by one key at most, so that nothing is counted twice when rows of one split are added up.
//!
//! The workbook is to be sent about and opened on any machine, so it leaves to the CSV tables what is large and read by
//! few: figures crossed by two keys, small flows by need and age, services by kind of work and tier, outer
//! quantiles and the principal projection. The years of a series follow each other, and the scenarios of a year: so they
//! can be compared without sorting, and the file is a third smaller than in the order of the CSV tables.

use std::collections::BTreeMap;

use rust_xlsxwriter::XlsxError;

use super::cell::{Cell, Formats, NumberKind};
use super::measure::{Home, Measure, Measures};
use super::tidy_sheet::{Finished, TidySheet};
use crate::input::run_tables::{ALL, FigureTable, KeyColumn, RunFigure, RunTables, Statistic};

/// The numbers of a figure that the workbook tells, with their headings.
const STATISTICS: [(&str, Statistic); 4] =
    [("Mean", Statistic::Mean), ("P10", Statistic::P10), ("P50", Statistic::P50), ("P90", Statistic::P90)];

/// Keys that a figure may be split by.
const SPLITS: [KeyColumn; 4] = [KeyColumn::Area, KeyColumn::Need, KeyColumn::Setting, KeyColumn::AgeGroup];

/// Told in all and by setting: by need and age they are many small numbers.
const SMALL_FLOWS: [&str; 8] = [
    "moved_in",
    "movers_from",
    "movers_to",
    "redirected_from",
    "redirected_to",
    "sen_support_identified",
    "sen_support_stepped_down",
    "sen_support_to_plans",
];

/// Told in all: by need, phase and planning area stand those who need a place and those who lack it.
const PARTS_OF_NEED: [&str; 3] = ["placed", "overflow", "waiting"];

const SPREADS: &str =
    "P10 to P90 is the 80 % interval, P50 the median; other quantiles and the principal projection are in";

pub fn plan_sheet(tables: &RunTables, measures: &Measures, formats: &Formats) -> Result<Option<Finished>, XlsxError> {
    let view = View::new(tables, &tables.forecast, measures);
    let keys = vec!["Scenario", "Year", "Measure", "Split by", "Code", "Category"];
    let mut sheet = TidySheet::new(formats, "Plans", with_statistics(keys));
    for (figure, split) in view.series(Home::Plans, None) {
        let measure = view.measure(figure);
        let [by, code, category] = view.words(figure, split);
        let keys = [view.scenario(figure), year(figure), Cell::Text(&measure.name), by, code, category];
        sheet.row(&with_values(keys, figure, measure))?;
    }
    sheet.finish(&format!(
        "Children with plans, their flows, and pupils on SEN support, in all and split by one key: setting, need, age or \
         planning area. Filter 'Split by' before adding rows up. Figures crossed by two or three keys (need by setting by \
         age) are in forecast.csv, and so are some flows by need or age: plans moving in or between settings, and pupils \
         who join or leave SEN support. {SPREADS} forecast.csv, too."
    ))
}

pub fn place_sheet(tables: &RunTables, measures: &Measures, formats: &Formats) -> Result<Option<Finished>, XlsxError> {
    let view = View::new(tables, &tables.forecast, measures);
    let keys =
        vec!["Scenario", "September", "Measure", "Setting code", "Setting", "Split by", "Code", "Category", "Unit"];
    let mut sheet = TidySheet::new(formats, "Places", with_statistics(keys));
    for (figure, split) in view.series(Home::Places, Some(KeyColumn::Setting)) {
        let measure = view.measure(figure);
        let [code, setting] = view.code(figure, KeyColumn::Setting);
        let [by, split_code, category] = view.words(figure, split);
        let (name, unit) = (Cell::Text(&measure.name), Cell::Text(&measure.unit));
        let keys = [view.scenario(figure), year(figure), name, code, setting, by, split_code, category, unit];
        sheet.row(&with_values(keys, figure, measure))?;
    }
    sheet.finish(&format!(
        "Who needs a place, has one or waits in each setting with limited places, by September; who needs one and who lacks \
         it are split by need, phase or planning area, too. Filter 'Split by' before adding rows up. Other splits are in \
         forecast.csv. {SPREADS} forecast.csv, too."
    ))
}

pub fn service_sheet(
    tables: &RunTables,
    measures: &Measures,
    formats: &Formats,
) -> Result<Option<Finished>, XlsxError> {
    let view = View::new(tables, &tables.forecast, measures);
    let keys = vec!["Scenario", "Year", "Measure", "Service", "Figure"];
    let mut sheet = TidySheet::new(formats, "Services", with_statistics(keys));
    let titles: Vec<(String, &str)> = measures.all().map(|own| (own.title(), service_label(tables, own))).collect();
    for (figure, split) in view.series(Home::Services, None) {
        if split != Split::Whole {
            continue;
        }
        let measure = view.measure(figure);
        let (title, service) = &titles[usize::from(figure.key(KeyColumn::Measure))];
        let [name, service, title] = [&measure.name, *service, title].map(Cell::Text);
        let keys = [view.scenario(figure), year(figure), name, service, title];
        sheet.row(&with_values(keys, figure, measure))?;
    }
    sheet.finish(&format!(
        "Hours, staff, lists and waits of each service (its code ends the measure), and what assessments and reviews depend \
         on. Hours by kind of work and by tier are in forecast.csv. {SPREADS} forecast.csv, too."
    ))
}

pub fn difference_sheet(
    tables: &RunTables,
    measures: &Measures,
    formats: &Formats,
) -> Result<Option<Finished>, XlsxError> {
    let view = View::new(tables, &tables.differences, measures);
    let keys = vec!["Scenario", "Year", "Measure", "Split by", "Code", "Category", "Unit"];
    let mut sheet = TidySheet::new(formats, "Scenarios", with_statistics(keys));
    let told = [Home::Plans, Home::Places, Home::Services, Home::Money];
    let figures = told.into_iter().flat_map(|home| view.series(home, None));
    for (figure, split) in figures.filter(|(figure, _)| is_change(figure)) {
        let measure = view.measure(figure);
        let [by, code, category] = view.words(figure, split);
        let unit = Cell::Text(&measure.unit);
        let keys = [view.scenario(figure), year(figure), Cell::Text(&measure.name), by, code, category, unit];
        sheet.row(&with_values(keys, figure, measure))?;
    }
    sheet.finish(&format!(
        "What each scenario changes: scenario less baseline in the same futures, so the interval is that of the change. \
         Rows in which nothing changes in any future are left out, and so are figures that are split by two keys, and \
         those that the other sheets leave out: they are in differences.csv. Costs by line are in \
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
    measures: &'a Measures,
    /// The number of the code that stands for all of a key, by [`SPLITS`].
    whole: [Option<u16>; SPLITS.len()],
    /// By column of codes, then number.
    labels: Vec<Vec<&'a str>>,
}

impl<'a> View<'a> {
    fn new(tables: &'a RunTables, table: &'a FigureTable, measures: &'a Measures) -> View<'a> {
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
        View { table, measures, whole, labels: KeyColumn::ALL.into_iter().map(of_column).collect() }
    }

    /// The figures of a sheet and how they are split, series after series in the order of the table; in a series by year,
    /// then scenario. A key that all figures of the sheet have is no split.
    fn series(&self, home: Home, shown: Option<KeyColumn>) -> Vec<(&'a RunFigure, Split)> {
        let mut places = BTreeMap::new();
        let mut found = Vec::new();
        for figure in &self.table.figures {
            let measure = self.measure(figure);
            let split = self.split(figure, shown).filter(|split| measure.home == home && is_told(measure, *split));
            let Some(split) = split else { continue };
            let mut keys = figure.keys;
            let scenario = std::mem::take(&mut keys[KeyColumn::Scenario as usize]);
            let next = places.len();
            let series: usize = *places.entry(keys).or_insert(next);
            found.push(((series, figure.year, scenario), (figure, split)));
        }
        found.sort_by_key(|(order, _)| *order);
        found.into_iter().map(|(_, figure)| figure).collect()
    }

    fn measure(&self, figure: &RunFigure) -> &'a Measure {
        self.measures.get(figure.key(KeyColumn::Measure))
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
    fn words(&self, figure: &RunFigure, split: Split) -> [Cell<'a>; 3] {
        let measure = self.measure(figure);
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

/// Whether the workbook tells a measure by a key.
fn is_told(measure: &Measure, split: Split) -> bool {
    let name = measure.name.as_str();
    match split {
        Split::By(KeyColumn::Need | KeyColumn::AgeGroup) => {
            !SMALL_FLOWS.contains(&name) && !PARTS_OF_NEED.contains(&name)
        }
        Split::By(KeyColumn::Area) => !PARTS_OF_NEED.contains(&name),
        _ => true,
    }
}

/// Whether anything changes in any future, or in the principal projection; what is withheld may have changed.
fn is_change(figure: &RunFigure) -> bool {
    let mut told = figure.values.iter().filter(|value| !value.is_nan()).peekable();
    told.peek().is_none() || told.any(|value| *value != 0.0)
}
