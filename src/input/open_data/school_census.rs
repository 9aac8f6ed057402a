//! Pupils on SEN support as shares of all pupils, and pupils by age: two tables of the school census,
//! in CSV, plain or with gzip.
//!
//! - **Shares**, in the layout of the DfE's local authority interactive tool: `Short Desc,Years,LA
//!   Number,Values`, in % of pupils in the January of the year; indicators not named in `Indicator`
//!   are not read.
//! - **Pupils**: `year,location_code,group,all_pupils`, with a row per age; the year is academic
//!   (202425), codes are those of the ONS, and groups that are no age (`male`) are not read.
//!
//! What is `-`, `x`, `z`, `c` or blank is not available, and never 0. Shares are of pupils in schools
//! of all kinds; pupils by age leave out independent ones, and their product falls short by as much
//! (England, January 2024: 7 %).

use std::collections::BTreeMap;
use std::path::Path;

use super::super::problem::{Problem, Problems};
use super::super::table::{Row, Table};
use super::archive::{Allowance, read_plain_or_gzip};
use super::area_code::codes_of;
use super::published::PublishedArea;
use super::release_table::parse_year;

/// First and last single year of age; pupils below and above are one group each.
pub const FIRST_AGE: u8 = 3;
pub const LAST_AGE: u8 = 18;
/// 2 and under, 3 to 18, 19 and over.
pub const AGE_GROUPS: usize = (LAST_AGE - FIRST_AGE) as usize + 3;

const SHARE_COLUMNS: [&str; 4] = ["Short Desc", "Years", "LA Number", "Values"];
const PUPIL_COLUMNS: [&str; 4] = ["year", "location_code", "group", "all_pupils"];

/// Shares that are read, in % of pupils.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Indicator {
    AllSchools,
    Primary,
    Secondary,
}

impl Indicator {
    const ALL: [(Indicator, &str); 3] = [
        (Indicator::AllSchools, "SEN_TotSENSuP"),
        (Indicator::Primary, "PrimNoStatements"),
        (Indicator::Secondary, "SecNoStatements"),
    ];

    fn parse(code: &str) -> Option<Indicator> {
        Indicator::ALL.into_iter().find(|(_, known)| *known == code).map(|(indicator, _)| indicator)
    }
}

/// Both tables, of all authorities and years.
pub struct SchoolCensus {
    shares: Shares,
    pupils: Pupils,
}

/// What the tables have of one authority and January.
#[derive(Clone, Debug, PartialEq)]
pub struct AreaCensus {
    /// On SEN support, of 1, of pupils in schools of all kinds.
    pub share: f64,
    /// The same in primary and in secondary schools, where both are published.
    pub by_phase: Option<[f64; 2]>,
    /// By age group.
    pub pupils: [u32; AGE_GROUPS],
}

impl SchoolCensus {
    /// Reads the table of shares and that of pupils.
    pub fn read(shares: &Path, pupils: &Path, problems: &mut Problems) -> Option<SchoolCensus> {
        let before = problems.count();
        let allowance = Allowance::default();
        let shares = read_plain_or_gzip(shares, &allowance, problems)
            .and_then(|file| Table::parse_with(&file, &SHARE_COLUMNS, problems))
            .map(|table| Shares::parse(&table, problems));
        let pupils = read_plain_or_gzip(pupils, &allowance, problems)
            .and_then(|file| Table::parse_with(&file, &PUPIL_COLUMNS, problems))
            .map(|table| Pupils::parse(&table, problems));
        (problems.count() == before).then_some(SchoolCensus { shares: shares?, pupils: pupils? })
    }

    /// Reports tables without the January, and without the one authority that was asked for.
    pub fn check_covers(&self, january: u16, only: Option<&PublishedArea>, problems: &mut Problems) {
        let Shares { file, values } = &self.shares;
        check_year(file, "Years", values.keys().map(|(_, year, _)| *year), january, january.to_string(), problems);
        let academic = format!("{}{:02}", january - 1, january % 100);
        let years = self.pupils.counts.keys().map(|(_, year, _)| *year);
        check_year(&self.pupils.file, "year", years, january, academic, problems);
        let Some(area) = only else { return };
        if !values.keys().any(|(code, _, _)| *code == area.dfe_code) {
            absent(file, "LA Number", &area.dfe_code, &area.name, problems);
        }
        if !self.pupils.counts.keys().any(|(code, _, _)| codes_of(&area.ons_code).any(|known| known == code)) {
            absent(&self.pupils.file, "location_code", &area.ons_code, &area.name, problems);
        }
    }

    /// One authority's pupils and shares of a January, or what is not published.
    pub fn of_area(&self, area: &PublishedArea, january: u16) -> Result<AreaCensus, String> {
        let share = |indicator| {
            let percent = self.shares.values.get(&(area.dfe_code.clone(), january, indicator)).copied().flatten();
            percent.map(|percent| percent / 100.0)
        };
        let of_code = |code: &str| {
            let count = |group| self.pupils.counts.get(&(code.to_string(), january, group)).copied().flatten();
            (0..AGE_GROUPS).map(count).collect::<Option<Vec<u32>>>()
        };
        let Some(all) = share(Indicator::AllSchools) else {
            return Err(format!("no share of pupils on SEN support is published for January {january}"));
        };
        let Some(pupils) = codes_of(&area.ons_code).find_map(of_code) else {
            return Err(format!("pupils of every age are not published for January {january}"));
        };
        let by_phase = share(Indicator::Primary).zip(share(Indicator::Secondary)).map(|(p, s)| [p, s]);
        Ok(AreaCensus { share: all, by_phase, pupils: pupils.try_into().expect("one count per age group") })
    }
}

/// Percentages by authority (three figures), January and indicator; `None` where not available.
struct Shares {
    file: String,
    values: BTreeMap<(String, u16, Indicator), Option<f64>>,
}

impl Shares {
    fn parse(table: &Table, problems: &mut Problems) -> Shares {
        let mut values = BTreeMap::new();
        for row in table.rows() {
            let Some(indicator) = Indicator::parse(row.text("Short Desc")) else { continue };
            // Spreadsheets write the number of an authority as 933.0.
            let code = row.text("LA Number").parse::<f64>().ok().filter(|code| (1.0..1000.0).contains(code));
            if code.is_none() {
                let hint = Some("three figures, such as 933".to_string());
                row.problem("LA Number", "is not the code of a local authority", hint, problems);
            }
            let year = year_of(row, "Years", problems);
            let value = if is_missing(row.text("Values")) {
                Some(None)
            } else {
                let hint = "a share of pupils in %, from 0 to 100; - or x where there is none";
                row.number_within("Values", 0.0..=100.0, hint, problems).map(Some)
            };
            let (Some(code), Some(year), Some(value)) = (code, year, value) else { continue };
            if values.insert((format!("{code:03.0}"), year, indicator), value).is_some() {
                let what = format!("is given twice for {} in {year}", row.text("Short Desc"));
                row.problem("LA Number", what, None, problems);
            }
        }
        if !values.keys().any(|(_, _, indicator)| *indicator == Indicator::AllSchools) {
            let hint = "the indicators of special educational needs of the local authority interactive tool";
            problems.in_file(&table.file, "has no row of SEN_TotSENSuP", Some(hint.to_string()));
        }
        Shares { file: table.file.clone(), values }
    }
}

/// Pupils by authority (nine characters), January and age group; `None` where not available.
struct Pupils {
    file: String,
    counts: BTreeMap<(String, u16, usize), Option<u32>>,
}

impl Pupils {
    fn parse(table: &Table, problems: &mut Problems) -> Pupils {
        let mut counts = BTreeMap::new();
        for row in table.rows().filter(|row| row.text("group").starts_with("age")) {
            let group = parse_age_group(row.text("group"));
            if group.is_none() {
                let hint = format!("age_2_and_under, age_{FIRST_AGE} to age_{LAST_AGE}, age_19_and_over");
                row.problem("group", "is not a known age", Some(hint), problems);
            }
            let year = year_of(row, "year", problems);
            let missing = is_missing(row.text("all_pupils"));
            let count = if missing { Some(None) } else { row.count("all_pupils", problems).map(Some) };
            let (Some(group), Some(year), Some(count)) = (group, year, count) else { continue };
            if counts.insert((row.text("location_code").to_string(), year, group), count).is_some() {
                let what = format!("is given twice for {} in {}", row.text("location_code"), row.text("year"));
                row.problem("group", what, None, problems);
            }
        }
        if counts.is_empty() {
            problems.in_file(&table.file, "has no row of an age", Some("groups such as age_10".to_string()));
        }
        Pupils { file: table.file.clone(), counts }
    }
}

fn parse_age_group(text: &str) -> Option<usize> {
    match text {
        "age_2_and_under" => Some(0),
        "age_19_and_over" => Some(AGE_GROUPS - 1),
        _ => {
            let age = text.strip_prefix("age_")?.parse::<u8>().ok()?;
            (FIRST_AGE..=LAST_AGE).contains(&age).then(|| usize::from(age - FIRST_AGE) + 1)
        }
    }
}

fn is_missing(text: &str) -> bool {
    matches!(text, "" | "-" | "x" | "z" | "c")
}

fn year_of(row: Row, column: &str, problems: &mut Problems) -> Option<u16> {
    let year = parse_year(row.text(column));
    if year.is_none() {
        row.problem(column, "is not a year", Some("2025, or 202425 for January 2025".into()), problems);
    }
    year
}

/// A January that no row is about is a problem, with the years that are there.
fn check_year(
    file: &str,
    column: &str,
    years: impl Iterator<Item = u16> + Clone,
    january: u16,
    written: String,
    problems: &mut Problems,
) {
    if years.clone().any(|year| year == january) {
        return;
    }
    let (first, last) = (years.clone().min().unwrap_or(0), years.max().unwrap_or(0));
    let place = Some((column.to_string(), written));
    let what = format!("is not in the table: the plans are of January {january}");
    let hint = Some(format!("Januaries there: {first} to {last}"));
    problems.push(Problem { file: file.to_string(), line: None, place, what, hint });
}

fn absent(file: &str, column: &str, code: &str, name: &str, problems: &mut Problems) {
    let place = Some((column.to_string(), code.to_string()));
    let what = format!("is not in the table: it has no row of {name}");
    let hint = Some("a table that has it, or leave out --sen-support and --pupils".to_string());
    problems.push(Problem { file: file.to_string(), line: None, place, what, hint });
}

#[cfg(test)]
mod tests {
    use super::super::super::table::FileBytes;
    use super::*;

    const SHARES: &str = "Short Desc,Years,LA Number,Values\n";
    const PUPILS: &str = "year,location_code,group,all_pupils\n";

    /// The tables from text, or what is wrong with them.
    fn census(shares: &str, pupils: &str) -> Result<SchoolCensus, String> {
        let mut problems = Problems::default();
        let mut table = |name: &str, columns: &[&str], text: String| {
            let file = FileBytes { shown: name.to_string(), bytes: text.into_bytes() };
            Table::parse_with(&file, columns, &mut problems).unwrap_or_else(|| panic!("{problems}"))
        };
        let shares = table("s.csv", &SHARE_COLUMNS, format!("{SHARES}{shares}"));
        let pupils = table("p.csv", &PUPIL_COLUMNS, format!("{PUPILS}{pupils}"));
        let census = SchoolCensus {
            shares: Shares::parse(&shares, &mut problems),
            pupils: Pupils::parse(&pupils, &mut problems),
        };
        if problems.is_empty() { Ok(census) } else { Err(problems.to_string()) }
    }

    fn somerset() -> PublishedArea {
        let [dfe_code, ons_code, name, region] = ["933", "E10000027", "Somerset", "South West"].map(str::to_string);
        PublishedArea { dfe_code, ons_code, name, region }
    }

    /// Ten pupils of each age.
    fn tens(code: &str) -> String {
        let groups = (3..=18).map(|age| age.to_string()).chain(["2_and_under", "19_and_over"].map(str::to_string));
        groups.map(|group| format!("202425,{code},age_{group},10.0\n")).collect()
    }

    #[test]
    fn an_area_is_found_by_any_code_it_has_had_and_other_rows_are_left_alone() {
        let shares =
            "SENFinance,2016-17 (OT),933.0,25\nSEN_TotSENSuP,2025,933.0,12.5\nPrimNoStatements,2025,933,12.9\n";
        let pupils = tens("E06000066") + "202425,E06000066,male,90\n";
        let census = census(shares, &pupils).expect("sound tables");
        let found = census.of_area(&somerset(), 2025).expect("it is there");
        // Without the share of secondary schools, that of primary schools says nothing of the difference.
        assert_eq!(found, AreaCensus { share: 0.125, by_phase: None, pupils: [10; AGE_GROUPS] });
    }

    #[test]
    fn what_is_withheld_is_said_and_never_nought() {
        let withheld = census("SEN_TotSENSuP,2025,933,-\n", &tens("E10000027")).expect("sound tables");
        let why = withheld.of_area(&somerset(), 2025);
        assert_eq!(why, Err("no share of pupils on SEN support is published for January 2025".to_string()));
        let pupils = tens("E10000027").replace("age_7,10.0", "age_7,c");
        let withheld = census("SEN_TotSENSuP,2025,933,14.4\n", &pupils).expect("sound tables");
        let why = withheld.of_area(&somerset(), 2025);
        assert_eq!(why, Err("pupils of every age are not published for January 2025".to_string()));
    }

    #[test]
    fn each_bad_value_is_named_with_line_column_and_hint() {
        let shares = "SEN_TotSENSuP,2025,933,144\nSEN_TotSENSuP,last,933,14\nSEN_TotSENSuP,2025,Somerset,14\n\
                      SEN_TotSENSuP,2024,933,14\nSEN_TotSENSuP,2024,933,14\n";
        let pupils = "2024-25,E10000027,age_7,10\n202425,E10000027,age_7,ten\n202425,E10000027,age_70,10\n\
                      202425,E10000027,age_8,10\n202425,E10000027,age_8,10\n";
        let problems = census(shares, pupils).err().expect("they are refused");
        let expected = [
            "s.csv:2: Values '144' is out of bounds (a share of pupils in %, from 0 to 100; - or x where there is none)",
            "s.csv:3: Years 'last' is not a year (2025, or 202425 for January 2025)",
            "s.csv:4: LA Number 'Somerset' is not the code of a local authority (three figures, such as 933)",
            "s.csv:6: LA Number '933' is given twice for SEN_TotSENSuP in 2024",
            "p.csv:2: year '2024-25' is not a year (2025, or 202425 for January 2025)",
            "p.csv:3: all_pupils 'ten' is not a number (counts are whole numbers of 0 or more)",
            "p.csv:4: group 'age_70' is not a known age (age_2_and_under, age_3 to age_18, age_19_and_over)",
            "p.csv:6: group 'age_8' is given twice for E10000027 in 202425",
        ];
        assert_eq!(problems.lines().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn tables_of_other_years_and_areas_are_refused() {
        let census = census("SEN_TotSENSuP,2024,934,14\n", &tens("E10000028").replace("202425", "202324"));
        let mut problems = Problems::default();
        census.expect("sound tables").check_covers(2025, Some(&somerset()), &mut problems);
        let expected = [
            "s.csv: Years '2025' is not in the table: the plans are of January 2025 (Januaries there: 2024 to 2024)",
            "p.csv: year '202425' is not in the table: the plans are of January 2025 (Januaries there: 2024 to 2024)",
            "s.csv: LA Number '933' is not in the table: it has no row of Somerset (a table that has it, or leave out --sen-support and --pupils)",
            "p.csv: location_code 'E10000027' is not in the table: it has no row of Somerset (a table that has it, or leave out --sen-support and --pupils)",
        ];
        assert_eq!(problems.to_string().lines().collect::<Vec<_>>(), expected);
    }
}
