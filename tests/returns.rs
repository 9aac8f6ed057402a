//! Statutory returns: the three workbooks cell by cell against `forecast.csv`, read here by itself;
//! what is refused and how; the table that maps settings to categories; controlled rounding.
//!
//! The run is a real one of `data/somerset`, of few futures, made once.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use assert_cmd::Command;
use assert_cmd::assert::Assert;
use calamine::{Data, Reader, Xlsx, open_workbook};
use needscast::numerics::controlled_rounding::{Cell, round_list, round_series, round_table};
use predicates::prelude::*;
use predicates::str::{contains, is_empty};
use proptest::prelude::*;
use tempfile::TempDir;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const AGE_GROUPS: [&str; 5] = ["under_5", "5_to_10", "11_to_15", "16_to_19", "20_to_25"];
const NEEDS: [&str; 14] =
    ["SPLD", "MLD", "SLD", "PMLD", "SEMH", "SLCN", "HI", "VI", "MSI", "PD", "ASD", "OTH", "DS", "NR"];
const GROUPS: [&str; 7] =
    ["mainstream", "units", "state_special", "independent_special", "alternative_provision", "post_16", "other"];
const PROVISIONS: [(&str, usize); 14] = [
    ("early_years", 0),
    ("mainstream", 0),
    ("resourced_provision", 1),
    ("sen_unit", 1),
    ("state_special", 2),
    ("non_maintained_special", 3),
    ("independent_special", 3),
    ("alternative_provision", 4),
    ("general_further_education", 5),
    ("other_further_education", 5),
    ("specialist_post_16", 5),
    ("home_education", 6),
    ("eotas", 6),
    ("neet_or_other", 6),
];
const PLACEMENTS: [&str; 7] =
    ["mainstream", "units", "state_special", "independent_special", "hospital_or_ap", "post_16", "other"];

// ---------------------------------------------------------------------------------------------
// A run, and copies of it to be changed.

/// A finished run of Somerset: 20 futures, 7 years, the baseline and one scenario; nothing is limited.
fn somerset_run() -> &'static Path {
    static RUN: OnceLock<TempDir> = OnceLock::new();
    let folder = RUN.get_or_init(|| {
        let folder = TempDir::new().expect("a temporary folder");
        let without = ["providers.csv", "places.csv", "overflow.csv", "scenarios"];
        for area in ["somerset", "england"] {
            let to = folder.path().join(area);
            fs::create_dir(&to).expect("a folder made");
            for entry in fs::read_dir(Path::new(ROOT).join("data").join(area)).expect("an area folder") {
                let entry = entry.expect("a file of an area folder");
                if !without.iter().any(|name| entry.file_name() == *name) {
                    fs::copy(entry.path(), to.join(entry.file_name())).expect("a file copied");
                }
            }
        }
        let scenarios = folder.path().join("somerset/scenarios");
        fs::create_dir(&scenarios).expect("a folder made");
        let scenario = Path::new(ROOT).join("data/somerset/scenarios/early-support.toml");
        fs::copy(scenario, scenarios.join("early-support.toml")).expect("a file copied");
        run_area(&folder.path().join("somerset"), &folder.path().join("run"));
        folder
    });
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| folder.path().join("run"))
}

fn run_area(area: &Path, out: &Path) {
    needscast()
        .arg("run")
        .arg(area)
        .args(["--replicates", "20", "--years", "7", "--scenario", "early-support"])
        .args(["--quiet", "--tables-only", "--out"])
        .arg(out)
        .assert()
        .code(0);
}

fn needscast() -> Command {
    Command::new(env!("CARGO_BIN_EXE_needscast"))
}

/// A folder with a copy of the run, and what is made of it.
struct Work(TempDir);

impl Work {
    fn new() -> Work {
        Work::of(somerset_run())
    }

    fn of(run: &Path) -> Work {
        let work = Work(TempDir::new().expect("a temporary folder"));
        fs::create_dir(work.path("run")).expect("a folder made");
        for name in ["run.toml", "forecast.csv", "assumptions.csv", "returns.csv"] {
            fs::copy(run.join(name), work.path("run").join(name)).expect("a file of the run");
        }
        work
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Changes a file of the run; it must change.
    fn edit(self, name: &str, change: impl FnOnce(&str) -> String) -> Work {
        let path = self.path("run").join(name);
        let text = fs::read_to_string(&path).expect("a file of the run");
        let changed = change(&text);
        assert_ne!(text, changed, "{name} was not changed");
        fs::write(path, changed).expect("a file written");
        self
    }

    /// Changes the lines of the forecast that start so, of which there must be some.
    fn edit_rows(self, start: &str, change: impl Fn(&str) -> Option<String>) -> Work {
        self.edit("forecast.csv", |text| {
            let changed = text
                .lines()
                .filter_map(|line| if line.starts_with(start) { change(line) } else { Some(line.to_string()) });
            changed.map(|line| line + "\n").collect()
        })
    }

    fn remove(self, name: &str) -> Work {
        fs::remove_file(self.path("run").join(name)).expect("a file of the run");
        self
    }

    fn returns(&self, form: &str, arguments: &[&str]) -> Assert {
        self.returns_to("out.xlsx", form, arguments)
    }

    fn returns_to(&self, out: &str, form: &str, arguments: &[&str]) -> Assert {
        let mut command = needscast();
        command.arg("returns").arg(self.path("run")).args(["--form", form, "--out"]).arg(self.path(out));
        command.args(arguments).assert()
    }

    fn workbook(&self, form: &str, arguments: &[&str]) -> Workbook {
        self.returns(form, arguments).code(0).stderr(is_empty());
        Workbook::open(&self.path("out.xlsx"))
    }

    /// Refused with a code and a message that holds these parts, and nothing is left behind.
    #[track_caller]
    fn refused(&self, outcome: Assert, code: i32, parts: &[&str]) {
        let mut outcome = outcome.code(code).stdout(is_empty());
        for part in parts {
            outcome = outcome.stderr(contains(*part));
        }
        assert_eq!(self.names(), ["run"]);
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.0.path()).expect("a folder read");
        let mut names: Vec<String> =
            entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    fn forecast(&self) -> Forecast {
        Forecast::read(&self.path("run"))
    }
}

/// Column and line of a row of a CSV table: `keys` as they stand at its start.
fn with_mean(line: &str, change: impl Fn(f64) -> String) -> String {
    let mut fields: Vec<String> = line.split(',').map(str::to_string).collect();
    fields[9] = change(fields[9].parse().expect("a mean"));
    fields.join(",")
}

// ---------------------------------------------------------------------------------------------
// The forecast and the mapping, read independently.

type Row = BTreeMap<String, String>;

fn read_rows(path: &Path) -> Vec<Row> {
    let mut reader = csv::Reader::from_path(path).expect("a table");
    reader.deserialize().map(|row| row.expect("a row as wide as its header")).collect()
}

/// Scenario, measure, year, need and age group.
type Keys = [String; 5];

const KEYS: [&str; 5] = ["scenario", "measure", "year", "need", "age_group"];

struct Forecast {
    /// Means by setting.
    means: BTreeMap<Keys, BTreeMap<String, f64>>,
    mapping: Vec<Row>,
}

impl Forecast {
    fn read(run: &Path) -> Forecast {
        let mut means: BTreeMap<Keys, BTreeMap<String, f64>> = BTreeMap::new();
        for row in read_rows(&run.join("forecast.csv")).iter().filter(|row| row["area"] == "somerset") {
            let keys = KEYS.map(|column| row[column].clone());
            // A blank is no number: whatever it goes into is no number either.
            let mean = row["mean"].parse().unwrap_or(f64::NAN);
            assert_eq!(means.entry(keys).or_default().insert(row["setting"].clone(), mean), None, "{row:?}");
        }
        Forecast { means, mapping: read_rows(&run.join("returns.csv")) }
    }

    /// Means by setting of the rows with these keys; those not given are "all".
    fn by_setting(&self, keys: &[(&str, &str)]) -> BTreeMap<String, f64> {
        assert!(keys.iter().all(|(column, _)| KEYS.contains(column)), "{keys:?}");
        let value = |column| keys.iter().find(|(own, _)| *own == column).map_or("all", |(_, value)| value);
        self.means.get(&KEYS.map(|column| value(column).to_string())).cloned().unwrap_or_default()
    }

    /// The forecast of a category, by the shares of the settings that count in it.
    fn category(&self, form: &str, category: &str, keys: &[(&str, &str)]) -> f64 {
        let means = self.by_setting(keys);
        let shares = self.mapping.iter().filter(|row| row["form"] == form && row["category"] == category);
        shares
            .map(|row| {
                let share: f64 = row["share"].parse().expect("a share");
                share * means.get(&row["setting"]).copied().unwrap_or(0.0)
            })
            .sum()
    }

    /// The mean over all settings; 0 where it is left out.
    fn mean(&self, keys: &[(&str, &str)]) -> f64 {
        self.by_setting(keys).get("all").copied().unwrap_or(0.0)
    }
}

// ---------------------------------------------------------------------------------------------
// Workbooks.

struct Workbook {
    path: PathBuf,
    names: Vec<String>,
    sheets: BTreeMap<String, Vec<Vec<Data>>>,
}

impl Workbook {
    fn open(path: &Path) -> Workbook {
        let mut book: Xlsx<_> = open_workbook(path).expect("a workbook");
        let names = book.sheet_names().to_vec();
        let sheets = names.iter().map(|name| {
            let range = book.worksheet_range(name).expect("a sheet");
            (name.clone(), range.rows().map(<[Data]>::to_vec).collect())
        });
        Workbook { path: path.to_path_buf(), names: names.clone(), sheets: sheets.collect() }
    }

    fn rows(&self, sheet: &str) -> &[Vec<Data>] {
        self.sheets.get(sheet).unwrap_or_else(|| panic!("no sheet {sheet} in {:?}", self.names))
    }

    fn header(&self, sheet: &str) -> Vec<String> {
        self.rows(sheet)[0].iter().map(Data::to_string).collect()
    }

    /// Values of a row as text, below the header.
    fn texts(&self, sheet: &str) -> Vec<Vec<String>> {
        self.rows(sheet)[1..].iter().map(|row| row.iter().map(Data::to_string).collect()).collect()
    }

    /// The counts of a row from a column on; they must be whole numbers, kept as numbers.
    fn counts(&self, sheet: &str, row: usize, from: usize) -> Vec<f64> {
        let count = |value: &Data| match value {
            Data::Float(number) if number.fract() == 0.0 && *number >= 0.0 => *number,
            other => panic!("{sheet}, row {row}: {other:?} is not a whole number"),
        };
        self.rows(sheet)[row][from..].iter().map(count).collect()
    }

    /// A file within the workbook.
    fn part(&self, name: &str) -> String {
        let mut zip = zip::ZipArchive::new(fs::File::open(&self.path).expect("a file")).expect("a zip");
        let mut text = String::new();
        zip.by_name(name).expect("a part").read_to_string(&mut text).expect("text");
        text
    }
}

#[track_caller]
fn assert_near(count: f64, forecast: f64, what: &str) {
    assert!((count - forecast).abs() < 1.0 + 1e-9, "{what}: {count} for {forecast}");
}

fn sum(values: &[f64]) -> f64 {
    values.iter().sum()
}

// ---------------------------------------------------------------------------------------------
// The school capacity return.

const KINDS: [&str; 4] = ["UR", "IN", "SS", "AP"];

/// Every cell and total of the eight sheets against a measure of a scenario.
fn check_capacity(book: &Workbook, forecast: &Forecast, scenario: &str, measure: &str, years: [u16; 2]) {
    let first_area = [1_803_001, 1_803_011];
    let ages = [4..=10, 11..=15];
    let mut sheets = Vec::new();
    for phase in 0..2 {
        for after in 1..=years[phase] {
            let january = (2025 + after).to_string();
            let row = usize::from(after);
            let mut by_age = vec![(0.0, 0.0); ages[phase].clone().count()];
            for (place, kind) in KINDS.iter().enumerate() {
                let sheet = format!("Somerset {kind} {}", first_area[phase] + place);
                let counts = book.counts(&sheet, row, 1);
                let year = format!("{}/{:02}", 2024 + after, (2025 + after) % 100);
                assert_eq!(book.rows(&sheet)[row][0], Data::String(year));
                assert_eq!(book.rows(&sheet).len(), 1 + usize::from(years[phase]), "{sheet}");
                let mut total = 0.0;
                for (column, age) in ages[phase].clone().enumerate() {
                    let age = age.to_string();
                    let keys = [("scenario", scenario), ("measure", measure), ("year", &january), ("age_group", &age)];
                    let mean = forecast.category("scap", kind, &keys);
                    assert_near(counts[column], mean, &format!("{sheet} {january} age {age}"));
                    by_age[column].0 += counts[column];
                    by_age[column].1 += mean;
                    total += mean;
                }
                let (last, cells) = counts.split_last().expect("a total");
                assert_eq!(*last, sum(cells), "{sheet} {january}");
                assert_near(*last, total, &format!("{sheet} {january} total"));
                sheets.push(sheet);
            }
            for (count, mean) in by_age {
                assert_near(count, mean, &format!("all kinds, {january}"));
            }
        }
    }
    let tables: BTreeSet<&String> = book.names.iter().filter(|name| name.contains("1803")).collect();
    assert_eq!(tables, sheets.iter().collect());
}

#[test]
fn the_school_capacity_return_counts_residents_by_kind_of_place_year_group_and_academic_year() {
    let work = Work::new();
    let book = work.workbook("scap", &[]);
    check_capacity(&book, &work.forecast(), "baseline", "plans_by_age", [5, 7]);
    let primary = ["Reception", "Year 1", "Year 2", "Year 3", "Year 4", "Year 5", "Year 6"];
    fn expected<'a>(groups: &[&'a str]) -> Vec<&'a str> {
        [&["Academic year"], groups, &["Total"]].concat()
    }
    assert_eq!(book.header("Somerset UR 1803001"), expected(&primary));
    let secondary = ["Year 7", "Year 8", "Year 9", "Year 10", "Year 11"];
    assert_eq!(book.header("Somerset AP 1803014"), expected(&secondary));
    let tables = ["UR 1803001", "IN 1803002", "SS 1803003", "AP 1803004", "UR 1803011", "IN 1803012", "SS 1803013"];
    let tables = tables.iter().chain(&["AP 1803014"]).map(|name| format!("Somerset {name}"));
    assert_eq!(book.names[book.names.len() - 8..], tables.collect::<Vec<_>>());
}

#[test]
fn a_scenario_and_years_can_be_chosen() {
    let work = Work::new();
    let arguments = ["--scenario", "early-support", "--primary-years", "7", "--secondary-years", "2"];
    let book = work.workbook("scap", &arguments);
    check_capacity(&book, &work.forecast(), "early-support", "plans_by_age", [7, 2]);
    assert!(book.texts("Cover").contains(&vec!["Scenario".to_string(), "early-support".to_string()]));
}

#[test]
fn the_setting_that_is_needed_counts_where_the_run_knows_it() {
    let work = Work::new();
    assert!(work.workbook("scap", &[]).part("xl/sharedStrings.xml").contains("where their plan is delivered"));
    let work = Work::new().edit("forecast.csv", |text| {
        let needed = text.lines().filter(|line| line.contains(",plans_by_age,"));
        let doubled = needed.map(|line| {
            with_mean(&line.replace(",plans_by_age,", ",plans_by_age_needed,"), |mean| format!("{:.2}", 2.0 * mean))
                + "\n"
        });
        text.to_string() + &doubled.collect::<String>()
    });
    let book = work.workbook("scap", &[]);
    check_capacity(&book, &work.forecast(), "baseline", "plans_by_age_needed", [5, 7]);
    assert!(book.part("xl/sharedStrings.xml").contains("by the setting they need"));
}

#[test]
fn a_run_with_limited_places_counts_the_setting_that_is_needed() {
    let folder = TempDir::new().expect("a temporary folder");
    let run = folder.path().join("run");
    run_area(&Path::new(ROOT).join("data/somerset"), &run);
    let work = Work::of(&run);
    let book = work.workbook("scap", &[]);
    check_capacity(&book, &work.forecast(), "baseline", "plans_by_age_needed", [5, 7]);
    assert!(book.part("xl/sharedStrings.xml").contains("by the setting they need"));
}

// ---------------------------------------------------------------------------------------------
// The reform plan.

const YEARS: [&str; 5] = ["2025", "2026", "2027", "2028", "2029"];

/// The column of a year: its cells and, last in the sheet, its total.
fn column(book: &Workbook, sheet: &str, labels: usize, year: usize) -> (Vec<f64>, f64) {
    let rows = book.rows(sheet).len();
    let counts: Vec<f64> = (1..rows).map(|row| book.counts(sheet, row, labels)[year]).collect();
    let (total, cells) = counts.split_last().expect("a total");
    assert_eq!(*total, sum(cells), "{sheet}");
    (cells.to_vec(), *total)
}

/// Every cell and total of plans against the forecast, and the tables of a year against each other.
fn check_reform_plan(book: &Workbook, forecast: &Forecast) {
    for (place, year) in YEARS.into_iter().enumerate() {
        let keys = [("scenario", "baseline"), ("measure", "plans"), ("year", year)];
        let with = |more: &[(&'static str, &'static str)]| [&keys[..], more].concat();
        let (ages, total) = column(book, "Table 5.1", 1, place);
        assert_near(total, forecast.mean(&keys), year);
        for (count, group) in ages.iter().zip(AGE_GROUPS) {
            let mean = forecast.mean(&with(&[("age_group", group)]));
            assert_near(*count, mean, &format!("5.1 {year} {group}"));
        }
        let (provisions, of_provisions) = column(book, "Table 6", 1, place);
        assert_eq!((provisions.len(), of_provisions), (14, total));
        for (count, (provision, _)) in provisions.iter().zip(PROVISIONS) {
            let mean = forecast.category("lsrp_provision", provision, &keys);
            assert_near(*count, mean, &format!("6 {year} {provision}"));
        }
        let (needs, of_needs) = column(book, "Table 7", 2, place);
        assert_eq!((needs.len(), of_needs), (14, total));
        let mut by_group = vec![0.0; NEEDS.len()];
        for (group, name) in GROUPS.into_iter().enumerate() {
            let sheet = format!("Table 7.{}", group + 1);
            let (counts, of_group) = column(book, &sheet, 2, place);
            let own = PROVISIONS.iter().zip(&provisions).filter(|((_, own), _)| *own == group);
            assert_eq!(of_group, own.map(|(_, count)| count).sum::<f64>(), "{sheet} {year}");
            assert_near(of_group, forecast.category("lsrp_group", name, &keys), &format!("{sheet} {year}"));
            for (need, code) in NEEDS.into_iter().enumerate() {
                let mean = forecast.category("lsrp_group", name, &with(&[("need", code)]));
                assert_near(counts[need], mean, &format!("{sheet} {year} {code}"));
                by_group[need] += counts[need];
            }
        }
        assert_eq!(by_group, needs, "{year}");
        for (count, code) in needs.iter().zip(NEEDS) {
            assert_near(*count, forecast.mean(&with(&[("need", code)])), &format!("7 {year} {code}"));
        }
    }
}

#[test]
fn the_reform_plan_has_the_same_total_in_every_table_of_a_year() {
    let work = Work::new();
    check_reform_plan(&work.workbook("lsrp", &[]), &work.forecast());
}

#[test]
fn provisions_add_up_to_their_groups_however_settings_are_split() {
    for third in [0.01, 0.05, 0.13, 0.21, 0.29, 0.33] {
        let split = |line: &str| -> String {
            let fields: Vec<&str> = line.split(',').collect();
            let provision = PROVISIONS.iter().find(|(code, _)| fields[0] == "lsrp_provision" && fields[2] == *code);
            let Some((_, group)) = provision.filter(|_| fields[3] == "1") else { return format!("{line}\n") };
            let parts: Vec<&str> = PROVISIONS.iter().filter(|(_, own)| own == group).map(|(code, _)| *code).collect();
            let rest = 1.0 - third * (parts.len() - 1) as f64;
            let shares = parts.iter().enumerate().map(|(place, part)| {
                let share = if place == 0 { rest } else { third };
                format!("lsrp_provision,{},{part},{share:.2},a test\n", fields[1])
            });
            shares.collect()
        };
        let work = Work::new().edit("returns.csv", |text| text.lines().map(split).collect());
        check_reform_plan(&work.workbook("lsrp", &[]), &work.forecast());
    }
}

#[test]
fn the_reform_plan_has_requests_assessments_and_new_plans_by_age_group() {
    let work = Work::new();
    let (book, forecast) = (work.workbook("lsrp", &[]), work.forecast());
    for (sheet, measure) in [("Table 10", "requests"), ("Table 11", "assessments"), ("Table 12", "new_plans")] {
        for (place, year) in YEARS.into_iter().enumerate() {
            let (counts, total) = column(&book, sheet, 1, place);
            let keys = [("scenario", "baseline"), ("measure", measure), ("year", year)];
            let mean = |group| forecast.mean(&[&keys[..], &[("age_group", group)]].concat());
            assert_eq!(counts.len(), 5);
            for (count, group) in counts.iter().zip(AGE_GROUPS) {
                assert_near(*count, mean(group), &format!("{sheet} {year} {group}"));
            }
            assert_near(total, mean("all"), &format!("{sheet} {year}"));
        }
    }
}

#[test]
fn what_is_published_stays_as_it_is() {
    let work = Work::new();
    let (book, forecast) = (work.workbook("lsrp", &[]), work.forecast());
    // January 2025: the DfE's caseload of Somerset.
    assert_eq!(column(&book, "Table 5.1", 1, 0).1, 5725.0);
    let published = [23.0, 2097.0, 1.0, 194.0, 1126.0, 5.0, 483.0, 58.0, 984.0, 31.0, 43.0, 113.0, 266.0, 301.0];
    assert_eq!(column(&book, "Table 6", 1, 0).0, published);
    for (need, count) in column(&book, "Table 7", 2, 0).0.into_iter().enumerate() {
        let keys = [("scenario", "baseline"), ("measure", "plans"), ("year", "2025"), ("need", NEEDS[need])];
        assert_eq!(count, forecast.mean(&keys));
    }
}

#[test]
fn a_setting_that_is_not_counted_is_in_no_table() {
    let work = Work::new().edit("returns.csv", |text| {
        let home = |line: &str| line.starts_with("lsrp_") && line.contains(",home_education,");
        let lines = text.lines().map(|line| match home(line) {
            true => format!("{},home_education,not_counted,1,a test\n", line.split(',').next().expect("a form")),
            false => format!("{line}\n"),
        });
        lines.collect()
    });
    let book = work.workbook("lsrp", &[]);
    for year in 0..5 {
        let totals = ["Table 5.1", "Table 6"].map(|sheet| column(&book, sheet, 1, year).1);
        assert_eq!(totals, [column(&book, "Table 7", 2, year).1; 2]);
    }
    // 113 of Somerset's 5,725 plans of January 2025.
    assert_eq!(column(&book, "Table 6", 1, 0).1, 5725.0 - 113.0);
    assert!(book.part("xl/sharedStrings.xml").contains("Settings not counted for lsrp_provision: home_education."));
}

// ---------------------------------------------------------------------------------------------
// The management plan.

/// Cells and totals of a version's sheets; how far a need's age group strays over all placements.
fn check_grant(book: &Workbook, forecast: &Forecast, version: &str, scenario: &str) -> f64 {
    let rows_of_year = NEEDS.len() + 1;
    let mut furthest = 0.0;
    for (place, year) in YEARS.into_iter().enumerate() {
        let mut all = vec![vec![(0.0, 0.0); 6]; rows_of_year];
        for (placement, name) in PLACEMENTS.into_iter().enumerate() {
            let sheet = format!("{version} {}", placement + 1);
            let mut totals = vec![(0.0, 0.0); 6];
            for (row, code) in NEEDS.into_iter().enumerate() {
                let line = 1 + place * rows_of_year + row;
                let counts = book.counts(&sheet, line, 3);
                let (start, code_cell) = (&book.rows(&sheet)[line][0], book.rows(&sheet)[line][1].to_string());
                assert_eq!((start.to_string().as_str(), code_cell.as_str()), (year, code), "{sheet}");
                let mut means = AGE_GROUPS
                    .map(|group| {
                        let keys = [("scenario", scenario), ("measure", "plans"), ("year", year), ("need", code)];
                        forecast.category("dsg", name, &[&keys[..], &[("age_group", group)]].concat())
                    })
                    .to_vec();
                assert_eq!(counts[5], sum(&counts[..5]), "{sheet} {year} {code}");
                means.push(sum(&means));
                for (column, (count, mean)) in counts.iter().zip(means).enumerate() {
                    assert_near(*count, mean, &format!("{sheet} {year} {code}, column {column}"));
                    let add = |sums: &mut (f64, f64)| *sums = (sums.0 + count, sums.1 + mean);
                    add(&mut totals[column]);
                    add(&mut all[row][column]);
                    add(&mut all[NEEDS.len()][column]);
                }
            }
            let line = 1 + place * rows_of_year + NEEDS.len();
            assert_eq!(book.counts(&sheet, line, 3), totals.iter().map(|t| t.0).collect::<Vec<_>>(), "{sheet} {year}");
            for (count, mean) in totals {
                assert_near(count, mean, &format!("{sheet} {year} all needs"));
            }
        }
        for (row, sums) in all.iter().enumerate() {
            let counts = book.counts(&format!("{version} all"), 1 + place * rows_of_year + row, 3);
            assert_eq!(counts, sums.iter().map(|s| s.0).collect::<Vec<_>>(), "{version} {year} row {row}");
            assert_near(counts[5], sums[5].1, &format!("{version} {year} row {row}, all placements"));
            let stray = sums[..5].iter().map(|(count, mean)| (count - mean).abs());
            furthest = stray.fold(furthest, f64::max);
        }
    }
    furthest
}

#[test]
fn the_management_plan_has_a_sheet_for_each_placement_and_version() {
    let work = Work::new();
    let book = work.workbook("dsg", &["--mitigated", "early-support"]);
    let forecast = work.forecast();
    for (version, scenario) in [("Unmitigated", "baseline"), ("Mitigated", "early-support")] {
        let furthest = check_grant(&book, &forecast, version, scenario);
        eprintln!("{version}: over all placements, age groups are at most {furthest:.2} off");
        // Seven cells could be 7 off; nothing proves less, but it was measured.
        assert!(furthest < 3.0, "{furthest}");
    }
    assert!(book.part("xl/sharedStrings.xml").contains("does not model money yet"));
}

#[test]
fn the_management_plan_can_do_without_a_mitigated_version() {
    let work = Work::new();
    let book = work.workbook("dsg", &["--scenario", "early-support"]);
    check_grant(&book, &work.forecast(), "Unmitigated", "early-support");
    assert_eq!(book.names.iter().filter(|name| name.starts_with("Mitigated")).count(), 0);
    assert_eq!(book.names.iter().filter(|name| name.starts_with("Unmitigated")).count(), 8);
}

// ---------------------------------------------------------------------------------------------
// The sheets before the tables, and the file.

#[test]
fn the_front_sheets_say_what_the_figures_are_and_rest_on() {
    let work = Work::new();
    let book = work.workbook("scap", &[]);
    assert_eq!(book.names[..5], ["Cover", "Index", "Assumptions", "Mapping", "Notes"]);
    let record: toml::Table =
        fs::read_to_string(work.path("run").join("run.toml")).expect("a record").parse().expect("a record");
    let cover: BTreeMap<String, String> =
        book.texts("Cover").into_iter().map(|row| (row[0].clone(), row[1].clone())).collect();
    let id = record["id"].as_str().expect("an id");
    let expected = [
        ("Return", "School capacity return (SCAP)".to_string()),
        ("Area", "Somerset".to_string()),
        ("Run", format!("{id}, made by needscast {}", env!("CARGO_PKG_VERSION"))),
        ("Base census", "January 2025".to_string()),
        ("Scenario", "baseline".to_string()),
        ("Simulated futures", "20".to_string()),
    ];
    for (item, detail) in expected {
        assert_eq!(cover[item], detail);
    }
    // Every sheet but the cover and the index itself, in order.
    let index: Vec<String> = book.texts("Index").into_iter().map(|row| row[0].clone()).collect();
    assert_eq!(index, book.names[2..]);
    let links = book.part("xl/worksheets/sheet2.xml");
    assert_eq!(links.matches("<hyperlink ").count(), index.len());
    assert!(links.contains("location=\"'Somerset UR 1803001'!A1\""), "{links}");
    // Assumptions as the run has them, numbers as numbers.
    let assumptions = read_rows(&work.path("run").join("assumptions.csv"));
    assert_eq!(book.rows("Assumptions").len(), assumptions.len() + 1);
    let header = book.header("Assumptions");
    for (row, own) in book.rows("Assumptions")[1..].iter().zip(&assumptions) {
        for (value, column) in row.iter().zip(&header) {
            match value {
                Data::Float(number) => assert_eq!(*number, own[column].parse::<f64>().expect("a number")),
                text => assert_eq!(text.to_string(), own[column]),
            }
        }
    }
    assert!(matches!(book.rows("Assumptions")[1][1], Data::Float(_)));
    assert!(book.texts("Assumptions").iter().any(|row| row[6] == "needs a local value"));
    let mapping = book.texts("Mapping");
    let own = read_rows(&work.path("run").join("returns.csv"));
    let own: Vec<&Row> = own.iter().filter(|row| row["form"] == "scap").collect();
    assert_eq!(mapping.len(), own.len());
    for (row, own) in mapping.iter().zip(own) {
        let found = [&row[0], &row[1], &row[2], &row[4], &row[5]];
        assert_eq!(found, ["form", "setting", "category", "share", "source"].map(|column| &own[column]));
    }
    let notes: Vec<String> = book.texts("Notes").into_iter().map(|row| row[0].clone()).collect();
    let own: Vec<&str> = record["notes"].as_array().expect("notes").iter().filter_map(|note| note.as_str()).collect();
    assert_eq!(notes, own);
}

#[test]
fn every_sheet_has_its_header_frozen_in_the_first_row_and_nothing_merged() {
    let work = Work::new();
    for form in ["scap", "lsrp", "dsg"] {
        let file = format!("{form}.xlsx");
        work.returns_to(&file, form, &[]).code(0);
        let book = Workbook::open(&work.path(&file));
        for (place, name) in book.names.iter().enumerate() {
            let sheet = book.part(&format!("xl/worksheets/sheet{}.xml", place + 1));
            assert!(
                sheet.contains("<pane ySplit=\"1\" topLeftCell=\"A2\"") && sheet.contains("state=\"frozen\""),
                "{name}"
            );
            assert!(sheet.contains("<cols>") && !sheet.contains("mergeCell") && !sheet.contains("<f>"), "{name}");
            assert!(name.chars().count() <= 31, "{name}");
            assert!(book.header(name).iter().all(|text| !text.is_empty()), "{name}");
        }
    }
}

#[test]
fn the_same_run_gives_the_same_bytes() {
    let work = Work::new();
    for form in ["scap", "lsrp", "dsg"] {
        let files = ["first", "second"].map(|name| format!("{form}-{name}.xlsx"));
        for file in &files {
            work.returns_to(file, form, &[]).code(0);
        }
        let [first, second] = files.map(|file| fs::read(work.path(&file)).expect("a workbook"));
        assert!(first == second, "{form}");
    }
    let core = Workbook::open(&work.path("lsrp-first.xlsx")).part("docProps/core.xml");
    assert_eq!(core.matches("2025-01-01T00:00:00Z").count(), 2, "{core}");
}

#[test]
fn a_return_says_what_it_wrote_and_makes_folders_above_it() {
    let work = Work::new();
    work.returns_to("a/b/out.xlsx", "lsrp", &[])
        .code(0)
        .stderr(is_empty())
        .stdout(contains("Somerset: Local SEND reform plan (LSRP), 13 tables in ").and(contains("out.xlsx\n")));
    assert_eq!(fs::read_dir(work.path("a/b")).expect("a folder").count(), 1);
}

// ---------------------------------------------------------------------------------------------
// Usage: exit code 2.

#[test]
fn words_of_the_command_line_that_do_not_fit_are_refused() {
    let work = Work::new();
    for (form, arguments, parts) in [
        (
            "scap",
            &["--scenario", "early-suport"][..],
            &["no scenario 'early-suport' in the run", "baseline, early-support"][..],
        ),
        ("dsg", &["--mitigated", "high-growth"], &["no scenario 'high-growth' in the run"]),
        ("dsg", &["--mitigated", "baseline"], &["both the unmitigated and the mitigated scenario"]),
        ("lsrp", &["--mitigated", "early-support"], &["'--mitigated' is for '--form dsg', not for '--form lsrp'"]),
        ("dsg", &["--primary-years", "3"], &["'--primary-years' is for '--form scap'"]),
        ("lsrp", &["--secondary-years", "3"], &["'--secondary-years' is for '--form scap'"]),
        ("scap", &["--primary-years", "0"], &["1..=25"]),
        ("sen2", &[], &["'sen2'", "scap, lsrp, dsg"]),
    ] {
        work.refused(work.returns(form, arguments), 2, parts);
    }
    for file in ["out.xls", "out", ".xlsx"] {
        work.refused(work.returns_to(file, "scap", &[]), 2, &["does not end in .xlsx"]);
    }
}

// ---------------------------------------------------------------------------------------------
// Run folders that cannot be read: exit code 3.

#[test]
fn a_run_folder_must_be_there_and_whole() {
    let work = Work::new();
    let mut nowhere = needscast();
    nowhere.arg("returns").arg(work.path("nowhere")).args(["--form", "scap", "--out"]).arg(work.path("out.xlsx"));
    work.refused(
        nowhere.assert(),
        3,
        &["nowhere: is no folder", "error: 1 problem in the inputs; nothing was written"],
    );
    for (file, hint) in [
        ("run.toml", "every finished run has it"),
        ("assumptions.csv", "every finished run has it"),
        ("forecast.csv", "every finished run has it"),
        ("returns.csv", "add it to the area folder and run again"),
    ] {
        let work = Work::new().remove(file);
        work.refused(work.returns("lsrp", &[]), 3, &[&format!("{file}: is missing ({hint}"), "1 problem in"]);
    }
    // All that can be known at once is said at once.
    let work = Work::new().remove("returns.csv").remove("assumptions.csv");
    work.refused(
        work.returns("lsrp", &[]),
        3,
        &["returns.csv: is missing", "assumptions.csv: is missing", "2 problems"],
    );
}

#[test]
fn a_record_must_say_what_the_cover_says() {
    for (from, to, message) in [
        ("area_name = \"Somerset\"\n", "", "missing field `area_name`"),
        ("area_name = \"Somerset\"\n", "", "run.toml: is no record of a run that this version reads (run again"),
        ("years = 7\n", "", "missing field `years`"),
        ("years = 7\n", "years = 0\n", "run.toml: holds 0 for 'settings.years'"),
        (
            "area_name = \"Somerset\"\n",
            "area_name = 933\n",
            "run.toml:4: invalid type: integer `933`, expected a string",
        ),
        ("scenarios = [", "scenarios = [1, ", "invalid type: integer `1`, expected a string"),
        ("[settings]", "[settings", "run.toml:"),
    ] {
        let work = Work::new().edit("run.toml", |text| text.replacen(from, to, 1));
        work.refused(work.returns("scap", &[]), 3, &[message, "nothing was written"]);
    }
}

#[test]
fn a_forecast_that_ends_before_the_form_does_is_refused_with_what_to_ask_for() {
    let work = Work::new().edit("run.toml", |text| text.replacen("years = 7\n", "years = 4\n", 1));
    let hint = "(run again with --years 7, or ask for fewer here: --primary-years 4 --secondary-years 4)";
    let message = "run.toml: ends in January 2029, and School capacity return (SCAP) needs January 2032";
    work.refused(work.returns("scap", &[]), 3, &[message, hint]);
    let fewer = work.returns("scap", &["--secondary-years", "4"]);
    work.refused(
        fewer,
        3,
        &["needs January 2030 (run again with --years 5, or ask for fewer here: --primary-years 4)"],
    );
    // Flows of 2029 end in January 2030; stocks of 2029 do not.
    work.refused(work.returns("lsrp", &[]), 3, &["needs January 2030 (run again with --years 5)"]);
    work.returns("dsg", &[]).code(0);
}

#[test]
fn a_measure_year_or_scenario_without_a_row_was_not_forecast() {
    let drop_row = |_: &str| None;
    for (start, form, message) in [
        (
            "baseline,somerset,2031,plans_by_age,",
            "scap",
            "has no plans_by_age of 2031 by setting and age_group in the scenario 'baseline' (the form needs 2026 to 2032)",
        ),
        (
            "baseline,somerset,2027,requests,",
            "lsrp",
            "has no requests of 2027 by age_group in the scenario 'baseline' (the form needs 2025 to 2029)",
        ),
        ("baseline,somerset,2029,plans,", "dsg", "has no plans of 2029 by need and setting and age_group"),
        ("baseline,", "dsg", "has no plans of 2025"),
    ] {
        let work = Work::new().edit_rows(start, drop_row);
        work.refused(work.returns(form, &[]), 3, &["forecast.csv: ", message]);
    }
}

#[test]
fn cells_that_are_not_there_are_not_taken_for_zeros() {
    // Rows of one setting and age, and all cells of a need: their totals still count them.
    let work = Work::new().edit_rows("baseline,somerset,2026,plans_by_age,all,state_special,9,", |_| None);
    let message = "plans_by_age (need all, setting all, age group 9) of 2026 in the scenario 'baseline', and ";
    work.refused(work.returns("scap", &[]), 3, &[message, "in its rows by setting"]);
    let whole_need = |line: &str| line.contains(",ASD,all,").then(|| line.to_string());
    let work = Work::new().edit_rows("baseline,somerset,2026,plans,ASD,", whole_need);
    work.refused(
        work.returns("lsrp", &[]),
        3,
        &["plans (need ASD, setting all, age group all) of 2026", "and 0.00 in its rows by setting"],
    );
}

#[test]
fn a_figure_that_cannot_be_read_is_named_with_its_line() {
    let start = "baseline,somerset,2026,plans,ASD,mainstream,11_to_15,";
    let work = Work::new();
    let text = fs::read_to_string(work.path("run/forecast.csv")).expect("a forecast");
    let line = 1 + text.lines().position(|line| line.starts_with(start)).expect("a row");
    let (before, after) = (format!("forecast.csv:{line}: "), format!("forecast.csv:{}: ", line + 1));
    type Change = fn(&str) -> String;
    let cases: [(Change, &str, &str); 7] = [
        (|line| with_mean(line, |_| String::new()), &before, "mean '' is blank"),
        (|line| with_mean(line, |_| "NaN".to_string()), &before, "mean 'NaN' is not a finite number"),
        (|line| with_mean(line, |mean| format!("-{mean}")), &before, "mean '-"),
        (|line| format!("{line}\n{line}"), &after, "measure 'plans' has a row with the same keys before"),
        (|line| line.replace(",ASD,", ",AST,"), &before, "need 'AST' is not a known need (did you mean 'ASD'?)"),
        (
            |line| line.replace(",11_to_15,", ",11_to_16,"),
            &before,
            "age_group '11_to_16' is not an age group or an age",
        ),
        (
            |line| line.replace(",mainstream,", ",mainstraem,"),
            &before,
            "setting 'mainstraem' is not mapped in returns.csv (add its rows to returns.csv; did you mean 'mainstream'?)",
        ),
    ];
    for (change, place, message) in cases {
        let work = Work::new().edit_rows(start, |line| Some(change(line)));
        work.refused(work.returns("dsg", &[]), 3, &[&format!("{place}{message}"), "1 problem in"]);
    }
}

#[test]
fn a_setting_of_the_forecast_that_the_mapping_lacks_is_named_once() {
    let work = Work::new().edit("returns.csv", |text| {
        text.lines().filter(|line| !line.contains(",eotas,")).map(|line| format!("{line}\n")).collect()
    });
    let message = "setting 'eotas' is not mapped in returns.csv (add its rows to returns.csv)";
    work.refused(work.returns("scap", &[]), 3, &[message, "error: 1 problem in"]);
}

#[test]
fn what_a_form_does_not_need_may_be_anything() {
    let work = Work::new();
    let before = work.workbook("lsrp", &[]);
    let work = Work::new().edit("forecast.csv", |text| {
        let mut lines = text.lines();
        let header = format!("{},remarks\n", lines.next().expect("a header"));
        let rows = lines.map(|line| {
            // Joint cells of need, setting and age are not used by this form: blank.
            let fields: Vec<&str> = line.split(',').collect();
            let joint = fields[3] == "plans" && !fields[4..7].contains(&"all");
            let line = if joint { with_mean(line, |_| String::new()) } else { line.to_string() };
            format!("{line},x\n")
        });
        let others = [
            "baseline,somerset,2026,places,all,mainstream,all,places,,,,,,,,,,,\n",
            "baseline,taunton,2026,plans,all,mainstream,all,plans,9999,9999,,,,,,,,,\n",
            "another,somerset,2026,plans,all,mainstream,all,plans,9999,9999,,,,,,,,,\n",
        ];
        header + &rows.collect::<String>() + &others.concat()
    });
    let after = work.workbook("lsrp", &[]);
    assert_eq!(after.sheets, before.sheets);
}

// ---------------------------------------------------------------------------------------------
// Files that cannot be written: exit code 4.

#[test]
fn a_file_that_is_there_is_left_as_it_is() {
    let work = Work::new();
    fs::write(work.path("out.xlsx"), "kept").expect("a file written");
    let outcome = work.returns("scap", &[]);
    outcome.code(4).stdout(is_empty()).stderr(contains("out.xlsx: it is already there; name another file with --out"));
    assert_eq!(fs::read(work.path("out.xlsx")).expect("a file"), b"kept");
    assert_eq!(work.names(), ["out.xlsx", "run"]);
    // So is a folder of that name.
    fs::remove_file(work.path("out.xlsx")).expect("a file removed");
    fs::create_dir(work.path("out.xlsx")).expect("a folder made");
    work.returns("scap", &[]).code(4).stderr(contains("it is already there"));
}

#[test]
fn a_file_cannot_go_under_a_file() {
    let work = Work::new();
    fs::write(work.path("file"), "kept").expect("a file written");
    work.returns_to("file/out.xlsx", "scap", &[]).code(4).stdout(is_empty()).stderr(contains("error: write "));
    assert_eq!(work.names(), ["file", "run"]);
}

// ---------------------------------------------------------------------------------------------
// The mapping table of an area folder.

/// The synthetic area with a mapping of its three settings.
const MAPPING: &str = "\
form,setting,category,share,source
scap,mainstream,not_counted,1,made up
scap,state_special,SS,0.75,made up
scap,state_special,UR,0.25,made up
scap,further_education,not_counted,1,made up
lsrp_provision,mainstream,mainstream,1,made up
lsrp_provision,state_special,state_special,1,made up
lsrp_provision,further_education,general_further_education,0.4,made up
lsrp_provision,further_education,specialist_post_16,0.6,made up
lsrp_group,mainstream,mainstream,1,made up
lsrp_group,state_special,state_special,1,made up
lsrp_group,further_education,post_16,1,made up
dsg,mainstream,mainstream,1,made up
dsg,state_special,state_special,1,made up
dsg,further_education,post_16,1,made up
";

struct Area(TempDir);

impl Area {
    fn with(mapping: Option<&str>) -> Area {
        let area = Area(TempDir::new().expect("a temporary folder"));
        let tiny = Path::new(ROOT).join("tests/data/tiny");
        for name in
            ["needscast.toml", "observations.csv", "placements.csv", "population.csv", "settings.csv", "sources.csv"]
        {
            fs::copy(tiny.join(name), area.0.path().join(name)).expect("a file of the area");
        }
        if let Some(mapping) = mapping {
            fs::write(area.0.path().join("returns.csv"), mapping).expect("a file written");
        }
        area
    }

    fn check(&self) -> Assert {
        needscast().arg("check").arg(self.0.path()).assert()
    }

    fn run(&self) -> PathBuf {
        let out = self.0.path().join("run");
        needscast()
            .arg("run")
            .arg(self.0.path())
            .args(["--quiet", "--tables-only", "--out"])
            .arg(&out)
            .assert()
            .code(0);
        out
    }
}

#[test]
fn a_mapping_is_read_and_hashed_with_the_area_and_goes_into_its_runs() {
    let area = Area::with(Some(MAPPING));
    area.check().code(0).stdout(contains("no problems in 7 files"));
    let run = area.run();
    assert_eq!(fs::read_to_string(run.join("returns.csv")).expect("the mapping"), MAPPING);
    let record = fs::read_to_string(run.join("run.toml")).expect("a record");
    assert!(record.contains("returns.csv\" = \""), "{record}");
    // The horizon is four years: enough for the management plan alone.
    let out = area.0.path().join("dsg.xlsx");
    needscast().arg("returns").arg(&run).args(["--form", "dsg", "--out"]).arg(&out).assert().code(0);
    // No DS and no NR here: thirteen needs and their total, five years.
    assert_eq!(Workbook::open(&out).rows("Unmitigated all").len(), 1 + 5 * 14);
}

#[test]
fn an_area_without_a_mapping_runs_and_has_no_returns() {
    let area = Area::with(None);
    area.check().code(0).stdout(contains("no problems in 6 files"));
    let run = area.run();
    assert!(!run.join("returns.csv").exists());
    let out = area.0.path().join("dsg.xlsx");
    let outcome = needscast().arg("returns").arg(&run).args(["--form", "dsg", "--out"]).arg(&out).assert();
    outcome.code(3).stderr(contains("returns.csv: is missing (add it to the area folder and run again"));
}

#[test]
fn a_mapping_that_does_not_hold_is_refused_with_line_and_hint() {
    for (from, to, expected) in [
        (
            "dsg,mainstream,m",
            "dgs,mainstream,m",
            &["returns.csv:13: form 'dgs' is not a known form (did you mean 'dsg'?)", "1 problem in"][..],
        ),
        (
            "dsg,state_special,s",
            "dsg,state_spezial,s",
            &[
                "returns.csv:14: setting 'state_spezial' is not a known setting (did you mean 'state_special'?)",
                "1 problem in",
            ],
        ),
        (
            ",specialist_post_16,",
            ",specialist_post16,",
            &[
                "returns.csv:9: category 'specialist_post16' is not a known category of the form (did you mean 'specialist_post_16'?)",
            ],
        ),
        // A category of another form.
        (
            "dsg,mainstream,mainstream,",
            "dsg,mainstream,SS,",
            &["returns.csv:13: category 'SS' is not a known category"],
        ),
        (
            "dsg,mainstream,mainstream,1,made up\n",
            "",
            &[
                "returns.csv: does not map the setting 'mainstream' for the form 'dsg' (add a row, with the category not_counted if",
                "1 problem in",
            ],
        ),
        (
            "SS,0.75",
            "SS,0.7",
            &[
                "returns.csv:3: setting 'state_special' has shares for the form 'scap' that sum to 0.950000, not 1",
                "1 problem in",
            ],
        ),
        ("SS,0.75", "SS,1.75", &["returns.csv:3: share '1.75' is out of bounds (0 to 1)", "1 problem in"]),
        ("SS,0.75", "SS,three", &["returns.csv:3: share 'three' is not a finite number", "1 problem in"]),
        (
            "UR,0.25",
            "SS,0.25",
            &["returns.csv:4: category 'SS' is listed twice for the form and setting", "1 problem in"],
        ),
        ("SS,0.75,made up", "SS,0.75,", &["returns.csv:3: source '' is blank", "1 problem in"]),
        (
            "lsrp_group,state_special,state_special",
            "lsrp_group,state_special,units",
            &[
                "returns.csv:11: setting 'state_special' has the share 1 in the group 'units', and 0 in its provisions (its provisions: resourced_provision, sen_unit)",
                "has the share 0 in the group 'state_special', and 1 in its provisions",
                "2 problems in",
            ],
        ),
        (",source\n", ",sauce\n", &["returns.csv: has no column 'source'"]),
    ] {
        let mapping = MAPPING.replacen(from, to, 1);
        assert_ne!(mapping, MAPPING, "{from}");
        let mut outcome = Area::with(Some(&mapping)).check().code(3).stdout(is_empty());
        for part in expected {
            outcome = outcome.stderr(contains(*part));
        }
    }
}

#[test]
fn the_shipped_mappings_split_settings_as_their_plans_of_january_2025() {
    for area in ["somerset", "england"] {
        let folder = Path::new(ROOT).join("data").join(area);
        let placements: BTreeMap<String, String> = read_rows(&folder.join("placements.csv"))
            .into_iter()
            .map(|row| (row["placement"].clone(), row["setting"].clone()))
            .collect();
        let plans = |chosen: &dyn Fn(&str) -> bool| -> f64 {
            let all = |row: &&Row| {
                row["year"] == "2025" && row["measure"] == "plans" && row["age"] == "all" && row["need"] == "all"
            };
            let rows = read_rows(&folder.join("observations.csv"));
            rows.iter()
                .filter(all)
                .filter(|row| chosen(&row["setting"]))
                .map(|row| row["count"].parse::<f64>().expect("a count"))
                .sum()
        };
        let share = |setting: &str, part: &str| {
            let of_setting = plans(&|placement| placements.get(placement).is_some_and(|own| own == setting));
            plans(&|placement| placement.contains(part)) / of_setting
        };
        let shipped = read_rows(&folder.join("returns.csv"));
        for (form, setting, category, part) in [
            ("scap", "independent_special", "SS", "special_non_maintained"),
            ("lsrp_provision", "independent_special", "non_maintained_special", "special_non_maintained"),
            ("lsrp_provision", "resourced_provision", "sen_unit", "_senunit"),
            ("lsrp_provision", "further_education", "other_further_education", "ukrlp_provider"),
        ] {
            let row = shipped
                .iter()
                .find(|row| [&row["form"], &row["setting"], &row["category"]] == [form, setting, category]);
            let found: f64 = row.expect("a row")["share"].parse().expect("a share");
            assert!((found - share(setting, part)).abs() < 1e-6, "{area} {form} {category}: {found}");
        }
    }
}

// ---------------------------------------------------------------------------------------------
// Controlled rounding.

/// Sums of a table's groups in a hierarchy, its larger groups with them.
fn totals(values: &[f64], group: impl Fn(usize) -> usize, parents: &[Option<usize>]) -> Vec<f64> {
    let mut sums = vec![0.0; parents.len()];
    for (cell, value) in values.iter().enumerate() {
        let mut place = Some(group(cell));
        while let Some(at) = place {
            sums[at] += value;
            place = parents[at];
        }
    }
    sums
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Any cells in two hierarchies of two levels: the general case of all tables of returns.
    #[test]
    fn cells_and_totals_of_two_hierarchies_are_within_one_and_whole_ones_stay(
        hundredths in proptest::collection::vec(prop_oneof![Just(0u32), 0u32..300, (0u32..4).prop_map(|n| n * 100)], 60),
        places in proptest::collection::vec((0usize..6, 0usize..8), 60),
    ) {
        let values: Vec<f64> = hundredths.iter().map(|part| f64::from(*part) / 100.0).collect();
        // Six rows in groups of two, eight columns in groups of four.
        let rows: Vec<Option<usize>> = (0..6).map(|row| Some(6 + row / 2)).chain([None; 3]).collect();
        let columns: Vec<Option<usize>> = (0..8).map(|column| Some(8 + column / 4)).chain([None; 2]).collect();
        let cells: Vec<Cell> =
            values.iter().zip(&places).map(|(value, (row, column))| Cell { value: *value, row: *row, column: *column }).collect();
        let whole = round_table(&cells, &rows, &columns);
        prop_assert_eq!(&whole, &round_table(&cells, &rows, &columns));
        let counts: Vec<f64> = whole.iter().map(|count| f64::from(*count)).collect();
        let near = |value: f64, count: f64| (value - count).abs() < 1.0 - 1e-9
            && ((value - value.round()).abs() > 1e-9 || (value - count).abs() < 1e-9);
        for (value, count) in values.iter().zip(&counts) {
            prop_assert!(near(*value, *count), "{value} to {count}");
        }
        for (value, count) in totals(&values, |cell| places[cell].0, &rows).into_iter()
            .zip(totals(&counts, |cell| places[cell].0, &rows)) {
            prop_assert!(near(value, count), "rows {value} to {count}");
        }
        for (value, count) in totals(&values, |cell| places[cell].1, &columns).into_iter()
            .zip(totals(&counts, |cell| places[cell].1, &columns)) {
            prop_assert!(near(value, count), "columns {value} to {count}");
        }
        let gap = (values.iter().sum::<f64>() - counts.iter().sum::<f64>()).abs();
        prop_assert!(gap < 0.5 + 1e-9, "total {gap}");
    }

    #[test]
    fn a_list_is_within_one_of_its_values_for_both_totals_next_to_its_sum(
        hundredths in proptest::collection::vec(0u32..1000, 1..30),
    ) {
        let values: Vec<f64> = hundredths.iter().map(|part| f64::from(*part) / 100.0).collect();
        let sum: u32 = hundredths.iter().sum();
        for total in [sum / 100, sum.div_ceil(100)] {
            let whole = round_list(&values, total);
            prop_assert_eq!(whole.iter().sum::<u32>(), total);
            for (part, count) in hundredths.iter().zip(whole) {
                prop_assert!(part.abs_diff(100 * count) < 100, "{part} hundredths to {count}");
            }
        }
    }

    #[test]
    fn a_list_by_itself_has_the_nearest_total(hundredths in proptest::collection::vec(0u32..1000, 0..20)) {
        let values: Vec<f64> = hundredths.iter().map(|part| f64::from(*part) / 100.0).collect();
        let hundredths: u32 = hundredths.iter().sum();
        prop_assert_eq!(round_series(&values).iter().sum::<u32>(), (hundredths + 50) / 100);
    }
}
