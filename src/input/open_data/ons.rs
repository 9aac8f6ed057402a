//! Population by single year of age 0 to 25, in two layouts of CSV, plain or with gzip.
//!
//! - **Long:** `area_code, year, age, persons`, with `vintage` in files of estimates as first
//!   published each year and `variant` in files of several projections; other columns are not read.
//! - **As the ONS publishes projections** (SNPP): `AREA_CODE, AREA_NAME, COMPONENT, SEX, AGE_GROUP`
//!   and a column per year. `SEX` is persons, or males and females, which are added, in one file or
//!   in two given together; `AGE_GROUP` is a single year, and rows of all ages or 90 and over are
//!   not read.
//!
//! What a file holds is told by the file, not by the option it was given with: years decades ahead
//! are a projection. Counties stand beside their districts in these files, under their own codes;
//! rows of different areas are never added.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::super::problem::{Problem, Problems};
use super::super::table::{FileBytes, parse_text};
use super::archive::{Allowance, read_plain_or_gzip};
use super::area_code::codes_of;
use super::release_table::check_columns;
use crate::units::Age;

/// A file with a year after this one is a projection: estimates are of years gone by.
const LAST_ESTIMATE: u16 = 2030;
/// The variant of a projection that names none.
const PRINCIPAL: &str = "principal";

/// Persons by age, as published.
pub type Persons = [f64; Age::COUNT];

/// What a series is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SeriesKind {
    /// Estimates revised together, by one set of boundaries.
    RevisedEstimates,
    /// Estimates as first published each year, by the boundaries of the year.
    FirstEstimates,
    /// A projection, by the name of its variant.
    Projection { variant: String },
}

/// One series of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct PopulationSeries {
    /// The path of the file.
    pub file: String,
    pub kind: SeriesKind,
    persons: BTreeMap<String, BTreeMap<u16, Persons>>,
}

/// Every series read, estimates and projections kept apart, each in the order given.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PopulationFiles {
    pub estimates: Vec<PopulationSeries>,
    pub projections: Vec<PopulationSeries>,
}

impl PopulationSeries {
    /// Persons of an area at a mid-year, by any code the place has had.
    pub fn persons(&self, code: &str, year: u16) -> Option<&Persons> {
        codes_of(code).find_map(|code| self.persons.get(code)?.get(&year))
    }

    /// The years it has of an area, ascending.
    pub fn years(&self, code: &str) -> Vec<u16> {
        let mut years: Vec<u16> =
            codes_of(code).filter_map(|code| self.persons.get(code)).flat_map(|years| years.keys().copied()).collect();
        years.sort_unstable();
        years.dedup();
        years
    }

    /// First and last year of any area.
    pub fn span(&self) -> (u16, u16) {
        let years = || self.persons.values().flat_map(|years| years.keys().copied());
        (years().min().unwrap_or(0), years().max().unwrap_or(0))
    }
}

impl PopulationFiles {
    /// The estimate of a mid-year: revised where there is one, else as first published.
    pub fn estimate(&self, code: &str, year: u16) -> Option<(&PopulationSeries, &Persons)> {
        let of = |revised: bool| {
            let series = self.estimates.iter().filter(move |s| (s.kind == SeriesKind::RevisedEstimates) == revised);
            series.filter_map(|series| Some((series, series.persons(code, year)?))).next()
        };
        of(true).or_else(|| of(false))
    }
}

/// Reads population files of either layout.
pub fn read_population(paths: &[PathBuf], problems: &mut Problems) -> Option<PopulationFiles> {
    let before = problems.count();
    let allowance = Allowance::default();
    let mut long = Vec::new();
    let mut wide = Wide::default();
    for path in paths {
        long.extend(read_file(path, &allowance, &mut wide, problems).unwrap_or_default());
    }
    long.extend(wide.finish(problems));
    if problems.count() > before {
        return None;
    }
    let mut files = PopulationFiles::default();
    for series in long {
        match series.kind {
            SeriesKind::Projection { .. } => files.projections.push(series),
            _ => files.estimates.push(series),
        }
    }
    Some(files)
}

fn read_file(
    path: &Path,
    allowance: &Allowance,
    wide: &mut Wide,
    problems: &mut Problems,
) -> Option<Vec<PopulationSeries>> {
    let file = read_plain_or_gzip(path, allowance, problems)?;
    let text = parse_text(&file, problems)?;
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let header: Vec<String> =
        reader.headers().map(|h| h.iter().map(|c| c.trim().to_string()).collect()).unwrap_or_default();
    if header.iter().any(|column| column == "AGE_GROUP") {
        wide.read(&file, &header, reader, problems)?;
        return Some(Vec::new());
    }
    read_long(&file, &header, reader, problems)
}

/// Ages of an area and year while they are being read.
type Partial = BTreeMap<String, BTreeMap<u16, [Option<f64>; Age::COUNT]>>;

fn read_long(
    file: &FileBytes,
    header: &[String],
    mut reader: csv::Reader<&[u8]>,
    problems: &mut Problems,
) -> Option<Vec<PopulationSeries>> {
    const COLUMNS: [&str; 4] = ["area_code", "year", "age", "persons"];
    if !check_columns(&file.shown, header, COLUMNS.iter(), problems) {
        return None;
    }
    let place = |name: &str| header.iter().position(|column| column == name);
    let places = COLUMNS.map(|name| place(name).expect("the header was checked"));
    let (variant, vintage) = (place("variant"), place("vintage"));
    let mut series: BTreeMap<String, Partial> = BTreeMap::new();
    for record in reader.records() {
        let record = whole_record(file, record, header.len(), problems)?;
        let wrong = |place: usize, what: &str, problems: &mut Problems| {
            cell_problem(file, &record, (&header[place], place), what, problems);
        };
        let [code, year, age, persons] = places.map(|place| record[place].trim());
        let Some(year) = year.parse::<u16>().ok().filter(|year| (1990..=2150).contains(year)) else {
            wrong(places[1], "is not a year", problems);
            continue;
        };
        let Ok(age) = age.parse::<u8>() else {
            wrong(places[2], "is not a single year of age", problems);
            continue;
        };
        let Some(age) = Age::new(age) else { continue };
        let Some(persons) = read_persons(persons) else {
            wrong(places[3], "is not a number of persons", problems);
            continue;
        };
        let variant = variant.map_or("", |place| record[place].trim());
        let slot = slot_of(series.entry(variant.to_string()).or_default(), code, year, age);
        if slot.replace(persons).is_some() {
            wrong(places[2], &format!("is given twice for {code} in {year}"), problems);
        }
    }
    let mut found = Vec::new();
    for (variant, partial) in series {
        let ahead = partial.values().flat_map(|years| years.keys()).any(|year| *year > LAST_ESTIMATE);
        let kind = match (ahead, variant.as_str()) {
            (false, "") if vintage.is_some() => SeriesKind::FirstEstimates,
            (false, "") => SeriesKind::RevisedEstimates,
            (true, "") => SeriesKind::Projection { variant: PRINCIPAL.to_string() },
            (_, variant) => SeriesKind::Projection { variant: variant.to_string() },
        };
        found.push(PopulationSeries { file: file.shown.clone(), kind, persons: complete(file, partial, problems) });
    }
    Some(found)
}

/// The ONS's own layout: sexes may come in files of their own.
#[derive(Default)]
struct Wide {
    file: Option<String>,
    /// Persons, males, females.
    sexes: [Partial; 3],
}

impl Wide {
    fn read(
        &mut self,
        file: &FileBytes,
        header: &[String],
        mut reader: csv::Reader<&[u8]>,
        problems: &mut Problems,
    ) -> Option<()> {
        const COLUMNS: [&str; 3] = ["AREA_CODE", "SEX", "AGE_GROUP"];
        if !check_columns(&file.shown, header, COLUMNS.iter(), problems) {
            return None;
        }
        let place = |name: &str| header.iter().position(|column| column == name);
        let [code, sex, age] = COLUMNS.map(|name| place(name).expect("the header was checked"));
        let component = place("COMPONENT");
        let years: Vec<(usize, u16)> = header
            .iter()
            .enumerate()
            .filter_map(|(place, column)| Some((place, column.parse().ok().filter(|y| (1990..=2150).contains(y))?)))
            .collect();
        if years.is_empty() {
            let hint = Some(format!("columns there: {}", header.join(", ")));
            problems.in_file(&file.shown, "has no column of a year", hint);
            return None;
        }
        for record in reader.records() {
            let record = whole_record(file, record, header.len(), problems)?;
            let counted = component.is_none_or(|place| record[place].trim().eq_ignore_ascii_case("population"));
            // Rows of all ages, and of 90 and over, are no single year up to 25.
            let Some(years_of_age) = record[age].trim().parse::<u8>().ok().and_then(Age::new) else { continue };
            if !counted {
                continue;
            }
            let sex_place = match record[sex].trim().to_lowercase().as_str() {
                "persons" => 0,
                "males" => 1,
                "females" => 2,
                _ => {
                    cell_problem(file, &record, (&header[sex], sex), "is not persons, males or females", problems);
                    continue;
                }
            };
            for (place, year) in &years {
                let Some(persons) = read_persons(record[*place].trim()) else {
                    cell_problem(file, &record, (&header[*place], *place), "is not a number of persons", problems);
                    continue;
                };
                let slot = slot_of(&mut self.sexes[sex_place], record[code].trim(), *year, years_of_age);
                if slot.replace(persons).is_some() {
                    let what = format!("is given twice for {} in {year}", record[code].trim());
                    cell_problem(file, &record, (&header[age], age), &what, problems);
                }
            }
        }
        self.file.get_or_insert_with(|| file.shown.clone());
        Some(())
    }

    /// Persons as they are, or males and females added.
    fn finish(self, problems: &mut Problems) -> Option<PopulationSeries> {
        let shown = self.file?;
        let [mut persons, males, females] = self.sexes;
        if persons.is_empty() && males.is_empty() != females.is_empty() {
            let hint = "give the file of persons, or those of males and of females";
            problems.in_file(&shown, "counts one sex alone", Some(hint.to_string()));
            return None;
        }
        for (code, years) in &males {
            for (year, ages) in years {
                let other = females.get(code).and_then(|years| years.get(year));
                for age in Age::all() {
                    let both = ages[age.index()].zip(other.and_then(|other| other[age.index()]));
                    let slot = slot_of(&mut persons, code, *year, age);
                    *slot = slot.or_else(|| both.map(|(males, females)| males + females));
                }
            }
        }
        let file = FileBytes { shown: shown.clone(), bytes: Vec::new() };
        let kind = SeriesKind::Projection { variant: PRINCIPAL.to_string() };
        Some(PopulationSeries { file: shown, kind, persons: complete(&file, persons, problems) })
    }
}

fn slot_of<'a>(partial: &'a mut Partial, code: &str, year: u16, age: Age) -> &'a mut Option<f64> {
    if !partial.contains_key(code) {
        partial.insert(code.to_string(), BTreeMap::new());
    }
    let years = partial.get_mut(code).expect("just inserted");
    &mut years.entry(year).or_insert([None; Age::COUNT])[age.index()]
}

fn read_persons(text: &str) -> Option<f64> {
    text.parse::<f64>().ok().filter(|persons| persons.is_finite() && *persons >= 0.0)
}

/// Only years with all ages: a missing age is a problem, not nobody.
fn complete(file: &FileBytes, partial: Partial, problems: &mut Problems) -> BTreeMap<String, BTreeMap<u16, Persons>> {
    let mut whole: BTreeMap<String, BTreeMap<u16, Persons>> = BTreeMap::new();
    for (code, years) in partial {
        let mut found = BTreeMap::new();
        for (year, ages) in years {
            let missing: Vec<String> =
                Age::all().filter(|age| ages[age.index()].is_none()).map(|age| age.to_string()).collect();
            if missing.is_empty() {
                found.insert(year, ages.map(|persons| persons.expect("none is missing")));
            } else {
                let what = format!("{code} in {year} has no persons of age {}", missing.join(", "));
                problems.in_file(&file.shown, what, Some("single years 0 to 25".to_string()));
            }
        }
        whole.insert(code, found);
    }
    whole
}

fn whole_record(
    file: &FileBytes,
    record: csv::Result<csv::StringRecord>,
    columns: usize,
    problems: &mut Problems,
) -> Option<csv::StringRecord> {
    match record {
        Ok(record) if record.len() == columns => Some(record),
        Ok(record) => {
            let line = record.position().map(csv::Position::line);
            let what = format!("has {} values for {columns} columns", record.len());
            problems.push(Problem { file: file.shown.clone(), line, place: None, what, hint: None });
            None
        }
        Err(error) => {
            problems.in_file(&file.shown, format!("cannot be read: {error}"), None);
            None
        }
    }
}

fn cell_problem(
    file: &FileBytes,
    record: &csv::StringRecord,
    (column, place): (&str, usize),
    what: &str,
    problems: &mut Problems,
) {
    problems.push(Problem {
        file: file.shown.clone(),
        line: record.position().map(csv::Position::line),
        place: Some((column.to_string(), record[place].trim().to_string())),
        what: what.to_string(),
        hint: None,
    });
}
