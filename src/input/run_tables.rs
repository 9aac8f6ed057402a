//! All tables of a finished run, for what is made of them: report, workbook, Parquet, comparisons.
//!
//! Figures are kept in columns with their keys as numbers of codes: a run has some 750,000 of them.

use std::collections::BTreeMap;
use std::path::Path;

use super::problem::{Problem, Problems};
use super::run_folder::read_file;
use super::table::{FileBytes, parse_text};
use crate::domain::cell_text::unguard_cell;
use crate::domain::run_record::RunRecord;

/// What a reader is shown for each code.
pub const LABELS: &str = "labels.csv";
/// What stands behind the totals.
pub const PERCENTILES: &str = "percentiles.csv";
pub const CAUSES: &str = "causes.csv";
pub const MOVES: &str = "moves.csv";

/// The key columns of `forecast.csv` and `differences.csv`, in their order; the year stands third.
pub const FIGURE_KEYS: [&str; 8] = ["scenario", "area", "year", "measure", "need", "setting", "age_group", "unit"];
/// The numbers of a figure, in their order.
pub const FIGURE_VALUES: [&str; 10] = ["principal", "mean", "sd", "p05", "p10", "p25", "p50", "p75", "p90", "p95"];
const YEAR: usize = 2;

/// Stands for "all of them" in a key.
pub const ALL: &str = "all";

/// The tables of a run folder.
pub struct RunTables {
    pub record: RunRecord,
    pub labels: Labels,
    pub forecast: FigureTable,
    pub differences: FigureTable,
    pub assumptions: TextTable,
    pub rates: TextTable,
    /// Counts below it are blank, where these are the tables of a copy to share.
    pub withheld: Option<u32>,
    /// Those that a run may be without, by file name.
    pub others: BTreeMap<&'static str, TextTable>,
}

/// Tables that a run may be without.
const OTHERS: [&str; 9] = [
    PERCENTILES,
    CAUSES,
    MOVES,
    "money.csv",
    "money_differences.csv",
    "appraisal.csv",
    "pool.csv",
    "providers.csv",
    "overflow.csv",
];

impl RunTables {
    pub fn other(&self, name: &str) -> Option<&TextTable> {
        self.others.get(name)
    }
}

/// A table of texts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TextTable {
    pub columns: Vec<String>,
    pub rows: Vec<Vec<String>>,
}

impl TextTable {
    /// The place of a column.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column == name)
    }

    /// A cell's text; empty where there is no such column.
    pub fn text<'a>(&self, row: &'a [String], column: &str) -> &'a str {
        self.column(column).and_then(|place| row.get(place)).map_or("", String::as_str)
    }

    /// A cell's number; `None` where it is blank or none.
    pub fn number(&self, row: &[String], column: &str) -> Option<f64> {
        self.text(row, column).parse().ok()
    }
}

/// Codes in the order in which they first stand in a table.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Codes {
    codes: Vec<String>,
    numbers: BTreeMap<String, u16>,
}

impl Codes {
    pub fn all(&self) -> &[String] {
        &self.codes
    }

    pub fn code(&self, number: u16) -> &str {
        &self.codes[usize::from(number)]
    }

    pub fn number(&self, code: &str) -> Option<u16> {
        self.numbers.get(code).copied()
    }

    /// `None` for more codes than there are numbers.
    fn add(&mut self, code: &str) -> Option<u16> {
        if let Some(number) = self.number(code) {
            return Some(number);
        }
        let number = u16::try_from(self.codes.len()).ok()?;
        self.codes.push(code.to_string());
        self.numbers.insert(code.to_string(), number);
        Some(number)
    }
}

/// The key columns that hold codes: all of [`FIGURE_KEYS`] but the year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum KeyColumn {
    Scenario,
    Area,
    Measure,
    Need,
    Setting,
    AgeGroup,
    Unit,
}

impl KeyColumn {
    pub const ALL: [KeyColumn; 7] = [
        KeyColumn::Scenario,
        KeyColumn::Area,
        KeyColumn::Measure,
        KeyColumn::Need,
        KeyColumn::Setting,
        KeyColumn::AgeGroup,
        KeyColumn::Unit,
    ];

    /// Its place among [`FIGURE_KEYS`].
    pub fn place(self) -> usize {
        let number = self as usize;
        if number < YEAR { number } else { number + 1 }
    }
}

/// `forecast.csv` or `differences.csv`.
#[derive(Clone, Debug, Default)]
pub struct FigureTable {
    pub codes: [Codes; KeyColumn::ALL.len()],
    pub figures: Vec<RunFigure>,
}

/// One row of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RunFigure {
    /// Numbers of codes, by [`KeyColumn`].
    pub keys: [u16; KeyColumn::ALL.len()],
    pub year: u16,
    /// [`FIGURE_VALUES`]; no number where the cell is blank.
    pub values: [f64; FIGURE_VALUES.len()],
}

/// A number of a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Statistic {
    Principal,
    Mean,
    Sd,
    P05,
    P10,
    P25,
    P50,
    P75,
    P90,
    P95,
}

impl RunFigure {
    /// `None` where the cell is blank.
    pub fn value(&self, statistic: Statistic) -> Option<f64> {
        Some(self.values[statistic as usize]).filter(|value| !value.is_nan())
    }

    pub fn key(&self, column: KeyColumn) -> u16 {
        self.keys[column as usize]
    }
}

impl FigureTable {
    pub fn codes(&self, column: KeyColumn) -> &Codes {
        &self.codes[column as usize]
    }

    pub fn code(&self, figure: &RunFigure, column: KeyColumn) -> &str {
        self.codes(column).code(figure.key(column))
    }

    /// Whether a key is "all".
    pub fn is_all(&self, figure: &RunFigure, column: KeyColumn) -> bool {
        self.code(figure, column) == ALL
    }
}

/// What a reader is shown.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Labels {
    /// Kind, code, label and detail, in the order of the file.
    pub rows: Vec<[String; 4]>,
}

impl Labels {
    /// The label of a code; the code itself where none is known.
    pub fn of<'a>(&'a self, kind: &str, code: &'a str) -> &'a str {
        let known = self.rows.iter().find(|[own, name, ..]| own == kind && name == code);
        known.map_or(code, |[_, _, label, _]| label)
    }

    pub fn of_kind<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a [String; 4]> {
        self.rows.iter().filter(move |[own, ..]| own == kind)
    }
}

/// Reads the tables of a run whose record is known, such as one that is not in its place yet.
pub fn read_tables_of(folder: &Path, record: RunRecord) -> Result<RunTables, Problems> {
    let mut problems = Problems::default();
    let hint = "every finished run has it";
    let forecast =
        read_file(folder, "forecast.csv", hint, &mut problems).and_then(|f| parse_figures(&f, &mut problems));
    let differences =
        read_file(folder, "differences.csv", hint, &mut problems).and_then(|f| parse_figures(&f, &mut problems));
    let mut text =
        |name: &str| read_file(folder, name, hint, &mut problems).and_then(|f| parse_texts(&f, &mut problems));
    let (assumptions, rates, labels) = (text("assumptions.csv"), text("rates.csv"), text(LABELS));
    let present = OTHERS.into_iter().filter(|name| folder.join(name).exists());
    let others: Vec<_> = present.map(|name| (name, text(name))).collect();
    if !problems.is_empty() {
        return Err(problems);
    }
    let others = others.into_iter().filter_map(|(name, table)| Some((name, table?))).collect();
    let labels = labels.map(|labels| Labels { rows: labels.rows.iter().filter_map(|row| label_row(row)).collect() });
    match (forecast, differences, assumptions, rates, labels) {
        (Some(forecast), Some(differences), Some(assumptions), Some(rates), Some(labels)) => {
            Ok(RunTables { record, labels, forecast, differences, assumptions, rates, withheld: None, others })
        }
        _ => Err(problems),
    }
}

fn label_row(row: &[String]) -> Option<[String; 4]> {
    <[String; 4]>::try_from(row.to_vec()).ok()
}

/// A run's own table may be without rows, as differences are where there is one scenario only.
pub(super) fn parse_texts(file: &FileBytes, problems: &mut Problems) -> Option<TextTable> {
    let text = parse_text(file, problems)?;
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let texts =
        |record: &csv::StringRecord| record.iter().map(|cell| unguard_cell(cell).to_string()).collect::<Vec<_>>();
    let mut read = || -> csv::Result<TextTable> {
        let columns = texts(reader.headers()?);
        let rows = reader.records().map(|record| record.map(|record| texts(&record))).collect::<csv::Result<_>>()?;
        Ok(TextTable { columns, rows })
    };
    match read() {
        Ok(table) if !table.columns.is_empty() => Some(table),
        Ok(_) => {
            problems.in_file(&file.shown, "is empty", Some("run again: a run writes at least its columns".to_string()));
            None
        }
        Err(error) => {
            let line = error.position().map(csv::Position::line);
            let what = "does not have as many cells in each row".to_string();
            problems.push(Problem { file: file.shown.clone(), line, place: None, what, hint: None });
            None
        }
    }
}

/// Reads figures; their columns stand in the order in which a run writes them.
fn parse_figures(file: &FileBytes, problems: &mut Problems) -> Option<FigureTable> {
    let text = parse_text(file, problems)?;
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let expected = FIGURE_KEYS.iter().chain(&FIGURE_VALUES);
    match reader.byte_headers() {
        Ok(header) if header.iter().eq(expected.map(|name| name.as_bytes())) => {}
        _ => {
            let hint = "run again: this table is of another version or was changed".to_string();
            problems.in_file(&file.shown, "has other columns than a run writes", Some(hint));
            return None;
        }
    }
    let mut table = FigureTable { figures: Vec::with_capacity(text.len() / 120), ..FigureTable::default() };
    let mut record = csv::StringRecord::new();
    loop {
        let read = match reader.read_record(&mut record) {
            Ok(false) => return Some(table),
            Ok(true) => parse_figure(&record, &mut table.codes),
            Err(error) => Err(error.to_string()),
        };
        match read {
            Ok(figure) => table.figures.push(figure),
            Err(what) => {
                let line = Some(record.position().map_or(reader.position().line(), csv::Position::line));
                problems.push(Problem { file: file.shown.clone(), line, place: None, what, hint: None });
                return None;
            }
        }
    }
}

fn parse_figure(record: &csv::StringRecord, codes: &mut [Codes; KeyColumn::ALL.len()]) -> Result<RunFigure, String> {
    let mut keys = [0; KeyColumn::ALL.len()];
    for (column, (codes, key)) in KeyColumn::ALL.into_iter().zip(codes.iter_mut().zip(&mut keys)) {
        let code = &record[column.place()];
        *key = codes.add(code).ok_or_else(|| format!("holds more than {} codes in one column", u16::MAX))?;
    }
    let year = record[YEAR].parse().map_err(|_| format!("holds '{}' for a year", &record[YEAR]))?;
    let mut values = [f64::NAN; FIGURE_VALUES.len()];
    for (value, text) in values.iter_mut().zip(record.iter().skip(FIGURE_KEYS.len())) {
        if !text.is_empty() {
            let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
            *value = number.ok_or_else(|| format!("holds '{text}' for a number"))?;
        }
    }
    Ok(RunFigure { keys, year, values })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str =
        "scenario,area,year,measure,need,setting,age_group,unit,principal,mean,sd,p05,p10,p25,p50,p75,p90,p95";

    fn parse(text: &str) -> Result<FigureTable, String> {
        let mut problems = Problems::default();
        let file = FileBytes { shown: "forecast.csv".to_string(), bytes: text.as_bytes().to_vec() };
        parse_figures(&file, &mut problems).ok_or_else(|| problems.to_string())
    }

    #[test]
    fn figures_are_read_with_their_keys_and_blanks() {
        let rows = "baseline,x,2025,plans,all,all,all,plans,1.00,2.00,0.50,1.0,1.0,1.0,2.0,2.0,3.0,3.0\n\
                    baseline,x,2034,first_september_short_50_percent,all,state_special,all,september,,2025.00,,,,,,,,\n";
        let table = parse(&format!("{HEADER}\n{rows}")).expect("a table");
        assert_eq!(table.figures.len(), 2);
        let [first, second] = [table.figures[0], table.figures[1]];
        assert_eq!((first.year, first.value(Statistic::P90)), (2025, Some(3.0)));
        assert!(table.is_all(&first, KeyColumn::Setting) && !table.is_all(&second, KeyColumn::Setting));
        assert_eq!(table.code(&second, KeyColumn::Setting), "state_special");
        assert_eq!(table.code(&first, KeyColumn::Unit), "plans");
        assert_eq!((second.value(Statistic::Principal), second.value(Statistic::Mean)), (None, Some(2025.0)));
    }

    #[test]
    fn damage_is_named_with_its_line() {
        let row = "baseline,x,2025,plans,all,all,all,plans,1,2,0,1,1,1,2,2,3,3";
        for (text, what) in [
            (String::new(), "has other columns"),
            ("scenario,area\n".to_string(), "has other columns"),
            (format!("{HEADER}\n{row}\nbaseline,x,20"), "forecast.csv:3"),
            (format!("{HEADER}\n{}\n", row.replace("2025", "soon")), "holds 'soon' for a year"),
            (format!("{HEADER}\n{}\n", row.replace(",2,0,", ",2,NaN,")), "holds 'NaN' for a number"),
        ] {
            let said = parse(&text).expect_err("a problem");
            assert!(said.contains(what), "{said}");
        }
    }
}
