//! A table of a statistical release: named columns looked up among many, values that may be
//! missing, rows by area.
//!
//! `x` means unavailable and `z` not applicable (the releases' own guidance); `c` is the service's
//! sign for confidential. These and blanks are "not available", never 0. Any other value of a count
//! is a problem. Later editions add columns, so columns nobody asked for are left alone.

use std::collections::BTreeMap;

use super::super::problem::{Problem, Problems};
use super::super::suggest::suggest_name;
use super::super::table::{FileBytes, parse_text};

/// Whom a row is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AreaKey {
    /// A local authority by its three-figure code (`old_la_code`).
    Authority(String),
    /// A region by its name.
    Region(String),
    England,
}

/// What a release calls a local authority.
#[derive(Clone, Debug)]
pub struct AreaName {
    pub dfe_code: String,
    pub ons_code: String,
    pub name: String,
    pub region: String,
    /// The latest year this spelling was used.
    pub year: u16,
}

/// A read table.
pub struct ReleaseTable {
    /// The path shown in problems.
    pub file: String,
    columns: Vec<String>,
    rows: Vec<(u64, csv::StringRecord)>,
    by_area: BTreeMap<AreaKey, Vec<usize>>,
}

/// One row with the line it stands on.
#[derive(Clone, Copy)]
pub struct ReleaseRow<'a> {
    table: &'a ReleaseTable,
    line: u64,
    record: &'a csv::StringRecord,
}

/// Where a column stands: looked up once per table, not once per row.
#[derive(Clone, Copy)]
pub struct Column(usize);

/// Columns that every table of every release has.
const AREA_COLUMNS: [&str; 6] =
    ["time_period", "geographic_level", "region_name", "new_la_code", "old_la_code", "la_name"];

impl ReleaseTable {
    /// Parses a table that must have `columns`, keeping the rows of areas that `keep` wants: tables
    /// hold many breakdowns, of which few are used.
    pub fn parse(
        file: &FileBytes,
        columns: &[&str],
        keep: Option<(&str, &[&str])>,
        problems: &mut Problems,
    ) -> Option<ReleaseTable> {
        let text = parse_text(file, problems)?;
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
        let header: Vec<String> =
            reader.headers().map(|h| h.iter().map(|c| c.trim().to_string()).collect()).unwrap_or_default();
        if !check_columns(&file.shown, &header, AREA_COLUMNS.iter().chain(columns), problems) {
            return None;
        }
        let place = |name: &str| header.iter().position(|c| c == name).unwrap_or(usize::MAX);
        let [level, code, region] = ["geographic_level", "old_la_code", "region_name"].map(place);
        let keep = keep.map(|(column, values)| (place(column), values));
        let mut table =
            ReleaseTable { file: file.shown.clone(), columns: header, rows: Vec::new(), by_area: BTreeMap::new() };
        for record in reader.records() {
            let record = match record {
                Ok(record) if record.len() == table.columns.len() => record,
                Ok(record) => {
                    let line = record.position().map(csv::Position::line);
                    let what = format!("has {} values for {} columns", record.len(), table.columns.len());
                    problems.push(Problem { file: table.file, line, place: None, what, hint: None });
                    return None;
                }
                Err(error) => {
                    problems.in_file(&table.file, format!("cannot be read: {error}"), None);
                    return None;
                }
            };
            let area = match record[level].trim() {
                "National" => AreaKey::England,
                "Local authority" => AreaKey::Authority(record[code].trim().to_string()),
                "Regional" => AreaKey::Region(record[region].trim().to_string()),
                _ => continue,
            };
            if keep.is_none_or(|(column, values)| values.contains(&record[column].trim())) {
                table.by_area.entry(area).or_default().push(table.rows.len());
                table.rows.push((record.position().map_or(0, csv::Position::line), record));
            }
        }
        if table.rows.is_empty() {
            let hint = keep.map(|(column, values)| format!("{} '{}'", table.columns[column], values.join("', '")));
            problems.in_file(&table.file, "has no row of an area with figures that are looked for", hint);
            return None;
        }
        Some(table)
    }

    /// A column that `parse` was asked for.
    pub fn column(&self, name: &str) -> Column {
        Column(self.columns.iter().position(|c| c == name).expect("the header was checked"))
    }

    /// The rows of an area, in the order of the file.
    pub fn rows_of<'a>(&'a self, area: &AreaKey) -> impl Iterator<Item = ReleaseRow<'a>> + use<'a> {
        let rows = self.by_area.get(area).map_or(&[][..], Vec::as_slice);
        rows.iter().map(|place| self.row(*place))
    }

    /// Every local authority, each with the latest spelling of its name and codes.
    pub fn names(&self) -> Vec<AreaName> {
        let [time, region, ons, old, name] =
            ["time_period", "region_name", "new_la_code", "old_la_code", "la_name"].map(|c| self.column(c));
        let latest = |rows: &Vec<usize>| {
            let rows = rows.iter().map(|place| self.row(*place));
            rows.max_by_key(|row| parse_year(row.text(time)).unwrap_or(0))
        };
        let rows = self.by_area.iter().filter(|(area, _)| matches!(area, AreaKey::Authority(_)));
        rows.filter_map(|(_, rows)| latest(rows))
            .map(|row| AreaName {
                dfe_code: row.text(old).to_string(),
                ons_code: row.text(ons).to_string(),
                name: row.text(name).to_string(),
                region: row.text(region).to_string(),
                year: parse_year(row.text(time)).unwrap_or(0),
            })
            .collect()
    }

    fn row(&self, place: usize) -> ReleaseRow<'_> {
        let (line, record) = &self.rows[place];
        ReleaseRow { table: self, line: *line, record }
    }
}

impl<'a> ReleaseRow<'a> {
    pub fn text(self, column: Column) -> &'a str {
        self.record[column.0].trim()
    }

    /// A count; `None` where it is not available, and a problem where it is not a count.
    pub fn count(self, column: Column, problems: &mut Problems) -> Option<u32> {
        let text = self.text(column);
        if matches!(text, "" | "x" | "z" | "c") {
            return None;
        }
        let count = text.parse::<u32>().ok().or_else(|| {
            let whole = |v: &f64| v.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(v);
            text.parse::<f64>().ok().filter(whole).map(|v| v as u32)
        });
        if count.is_none() {
            let hint = "whole numbers of 0 or more; x, z or nothing where there is none";
            self.problem(column, "is not a count", Some(hint.to_string()), problems);
        }
        count
    }

    /// The January or calendar year a row is about.
    pub fn year(self, column: Column, problems: &mut Problems) -> Option<u16> {
        let year = parse_year(self.text(column));
        if year.is_none() {
            self.problem(column, "is not a year", Some("2024, or 202425 for January 2025".into()), problems);
        }
        year
    }

    pub fn problem(self, column: Column, what: &str, hint: Option<String>, problems: &mut Problems) {
        problems.push(Problem {
            file: self.table.file.clone(),
            line: Some(self.line),
            place: Some((self.table.columns[column.0].clone(), self.text(column).to_string())),
            what: what.to_string(),
            hint,
        });
    }
}

/// `2024` as it is; the academic year `202425` as the January in it, 2025.
pub fn parse_year(text: &str) -> Option<u16> {
    let year = match text.len() {
        4 => text.parse().ok()?,
        6 => {
            let (first, last) = (text.get(..4)?.parse::<u16>().ok()?, text.get(4..)?.parse::<u16>().ok()?);
            let january = first + 1;
            (january % 100 == last).then_some(january)?
        }
        _ => return None,
    };
    (1990..=2100).contains(&year).then_some(year)
}

/// Whether every column is there; each that is not is a problem with what is there instead.
pub fn check_columns<'a>(
    file: &str,
    header: &[String],
    columns: impl Iterator<Item = &'a &'a str>,
    problems: &mut Problems,
) -> bool {
    let before = problems.count();
    let missing: Vec<&str> = columns.copied().filter(|c| !header.iter().any(|h| h == c)).collect();
    for column in missing {
        let near = suggest_name(column, header.iter().map(String::as_str)).filter(|hint| hint.starts_with("did"));
        let there = match header.len() {
            0..=30 => header.join(", "),
            more => format!("{} and {} more", header[..30].join(", "), more - 30),
        };
        let hint = near.map_or(String::new(), |hint| format!("{hint} ")) + "columns there: " + &there;
        problems.in_file(file, format!("has no column '{column}'"), Some(hint));
    }
    problems.count() == before
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_academic_year_is_the_january_in_it() {
        let cases = [("2024", Some(2024)), ("202425", Some(2025)), ("201819", Some(2019)), ("202426", None)];
        for (text, year) in cases.into_iter().chain([("", None), ("20245", None), ("ab", None)]) {
            assert_eq!(parse_year(text), year, "{text}");
        }
    }
}
