//! The workbook of a run, read back and held cell by cell against the tables it is made of; as a file that other
//! programs open; and with names that try to be something else. On the small synthetic area `tests/data/tiny` and on
//! Somerset, which has all that an area can have.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use calamine::{Data, Reader, Xlsx};
use tempfile::TempDir;

const PROGRAM: &str = env!("CARGO_BIN_EXE_needscast");
const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const STATISTICS: [(&str, &str); 4] = [("Mean", "mean"), ("P10", "p10"), ("P50", "p50"), ("P90", "p90")];
const SPREAD: [&str; 10] = ["principal", "mean", "sd", "p05", "p10", "p25", "p50", "p75", "p90", "p95"];

// ---------------------------------------------------------------------------------------------
// Runs.

/// A finished run, in a folder that goes when it is dropped.
struct Run {
    folder: PathBuf,
    _work: TempDir,
}

impl Run {
    fn of(area: &Path, arguments: &[&str]) -> Run {
        let work = TempDir::new().expect("a temporary folder");
        let folder = work.path().join("run");
        let mut command = Command::new(PROGRAM);
        command.arg("run").arg(area).arg("--out").arg(&folder).arg("--quiet").args(arguments);
        let output = command.output().expect("needscast starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Run { folder, _work: work }
    }

    fn bytes(&self) -> Vec<u8> {
        fs::read(self.folder.join("forecast.xlsx")).expect("a workbook")
    }

    fn book(&self) -> Book {
        Book::open(self.bytes())
    }

    fn csv(&self, name: &str) -> Csv {
        let mut reader = csv::Reader::from_path(self.folder.join(name)).expect("a table");
        Csv(reader.deserialize().map(|row| row.expect("a row as wide as its header")).collect())
    }
}

fn tiny() -> &'static Run {
    static RUN: OnceLock<Run> = OnceLock::new();
    RUN.get_or_init(|| Run::of(&Path::new(ROOT).join("tests/data/tiny"), &[]))
}

fn somerset() -> &'static Run {
    static RUN: OnceLock<Run> = OnceLock::new();
    let arguments = ["--replicates", "20", "--scenario", "special-school-2028", "--years", "6"];
    RUN.get_or_init(|| Run::of(&Path::new(ROOT).join("data/somerset"), &arguments))
}

/// A CSV table, its rows by column.
struct Csv(Vec<BTreeMap<String, String>>);

impl Csv {
    /// Rows whose columns have these values.
    fn find<'a>(&'a self, keys: &[(&str, &str)]) -> Option<&'a BTreeMap<String, String>> {
        self.0.iter().find(|row| keys.iter().all(|(column, value)| row[*column] == *value))
    }
}

// ---------------------------------------------------------------------------------------------
// Workbooks.

struct Book {
    bytes: Vec<u8>,
    names: Vec<String>,
    sheets: BTreeMap<String, Vec<Vec<Data>>>,
}

impl Book {
    fn open(bytes: Vec<u8>) -> Book {
        let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes.clone())).expect("a workbook");
        let names = book.sheet_names().to_vec();
        let sheets = names.iter().map(|name| {
            let range = book.worksheet_range(name).expect("a sheet");
            (name.clone(), range.rows().map(<[Data]>::to_vec).collect())
        });
        Book { bytes, names: names.clone(), sheets: sheets.collect() }
    }

    fn rows(&self, sheet: &str) -> &[Vec<Data>] {
        self.sheets.get(sheet).unwrap_or_else(|| panic!("no sheet {sheet} in {:?}", self.names))
    }

    fn header(&self, sheet: &str) -> Vec<String> {
        self.rows(sheet)[0].iter().map(Data::to_string).collect()
    }

    /// Cells of the rows under the header, by column.
    fn records<'a>(&'a self, sheet: &str) -> Vec<BTreeMap<String, &'a Data>> {
        let header = self.header(sheet);
        let record = |row: &'a Vec<Data>| header.iter().cloned().zip(row).collect();
        self.rows(sheet)[1..].iter().map(record).collect()
    }

    /// All texts of a sheet.
    fn texts(&self, sheet: &str) -> BTreeSet<String> {
        self.rows(sheet).iter().flatten().map(Data::to_string).collect()
    }

    /// The row that begins with a text.
    #[track_caller]
    fn row_of<'a>(&'a self, sheet: &str, first: &str, after: &str) -> &'a [Data] {
        let rows = self.rows(sheet);
        let from = rows.iter().position(|row| row[0].to_string().starts_with(after)).expect("a heading");
        rows[from..]
            .iter()
            .find(|row| format!("{}", row[0]) == first)
            .unwrap_or_else(|| panic!("{first} after {after}"))
    }

    /// The files within the workbook.
    fn parts(&self) -> BTreeMap<String, String> {
        let mut zip = zip::ZipArchive::new(Cursor::new(&self.bytes)).expect("a zip");
        let names: Vec<String> = zip.file_names().map(|name| name.expect("a name").into_owned()).collect();
        let part = |name: String| {
            let mut text = String::new();
            zip.by_name(&name).expect("a part").read_to_string(&mut text).expect("text");
            (name, text)
        };
        names.into_iter().map(part).collect()
    }
}

/// A number of a CSV table is the same number in a cell, and a blank is blank.
#[track_caller]
fn assert_same(cell: &Data, text: &str, what: &str) {
    match cell {
        Data::Float(number) => assert_eq!(Some(*number), text.parse().ok(), "{what}"),
        Data::Empty => assert_eq!(text, "", "{what}"),
        Data::String(cell) => assert_eq!(cell, text, "{what}"),
        other => panic!("{what}: {other:?} for {text}"),
    }
}

/// Holds a sheet against the rows of a CSV table: a pair for each column, of the sheet's and the table's name.
#[track_caller]
fn assert_columns(run: &Run, sheet: &str, table: &str, columns: &[(&str, &str)]) {
    let (book, csv) = (run.book(), run.csv(table));
    let records = book.records(sheet);
    assert_eq!(records.len(), csv.0.len(), "{sheet}");
    assert!(!records.is_empty(), "{sheet}");
    for (place, (record, row)) in records.iter().zip(&csv.0).enumerate() {
        for (header, column) in columns {
            assert_same(record[*header], &row[*column], &format!("{sheet}, row {place}, {header}"));
        }
    }
}

/// Columns whose heading is their name with a capital.
fn capitals(names: &[&'static str]) -> Vec<(String, &'static str)> {
    names.iter().map(|name| (name[..1].to_uppercase() + &name[1..], *name)).collect()
}

// ---------------------------------------------------------------------------------------------
// Which sheets there are.

const ALL_SHEETS: [&str; 15] = [
    "Cover",
    "Index",
    "Headline",
    "Plans",
    "Places",
    "Services",
    "Money",
    "Pool",
    "Scenarios",
    "Appraisal",
    "Providers",
    "Assumptions",
    "Measures",
    "Data log",
    "Problems",
];

#[test]
fn every_line_of_the_index_is_a_sheet_with_as_many_rows_and_every_sheet_is_in_it() {
    for run in [somerset(), tiny()] {
        let book = run.book();
        let index = book.records("Index");
        let listed: Vec<String> = index.iter().map(|line| line["Sheet"].to_string()).collect();
        assert_eq!(listed, book.names);
        for line in &index {
            let sheet = line["Sheet"].to_string();
            assert!(!line["What it holds"].to_string().is_empty());
            match line["Rows"] {
                Data::Float(rows) => assert_eq!(*rows as usize, book.rows(&sheet).len() - 1, "{sheet}"),
                _ => assert!(["Cover", "Index", "Headline"].contains(&sheet.as_str()), "{sheet}"),
            }
        }
        let links = &book.parts()["xl/worksheets/sheet2.xml"];
        for sheet in &book.names {
            let to = if sheet.contains(' ') { format!("'{sheet}'") } else { sheet.clone() };
            let shown = [format!("location=\"'{sheet}'!A1\""), format!("location=\"{to}!A1\"")];
            assert!(shown.iter().any(|link| links.contains(link)), "a link to {sheet}");
        }
    }
}

#[test]
fn an_area_has_the_sheets_that_it_has_tables_for() {
    assert_eq!(somerset().book().names, ALL_SHEETS);
    let tiny_has = ["Cover", "Index", "Headline", "Plans", "Scenarios", "Assumptions", "Measures", "Data log"];
    let names = tiny().book().names;
    assert_eq!(names[..tiny_has.len()], tiny_has);
    assert!(names.len() == tiny_has.len() || names[tiny_has.len()..] == ["Problems"], "{names:?}");
    let baseline = Run::of(&Path::new(ROOT).join("tests/data/tiny"), &["--scenario", "baseline"]);
    assert!(!baseline.book().names.contains(&"Scenarios".to_string()));
}

// ---------------------------------------------------------------------------------------------
// Figures, cell by cell.

/// Measures of places, of services and of money; all others are of plans. Kinds of work and tiers have no sheet.
fn sheet_of(measure: &str, services: &BTreeSet<String>) -> &'static str {
    let starts = |names: &[&str]| names.iter().any(|name| measure.starts_with(name));
    if services.iter().any(|service| measure.ends_with(&format!("_of_{service}")))
        || ["annual_reviews", "appeals"].contains(&measure)
        || starts(&["share_of_", "early_support_"])
    {
        "Services"
    } else if starts(&["hours_demanded_for_", "hours_delivered_for_", "hours_demanded_of_"]) {
        "none"
    } else if starts(&["cost", "high_needs_"]) {
        "Money"
    } else if starts(&["places", "placed", "occupancy", "probability_", "first_september_", "shortfall"])
        || ["overflow", "waiting"].contains(&measure)
    {
        "Places"
    } else {
        "Plans"
    }
}

/// What the index says is left out of figures by one key: small flows by need and age, and parts of those who need a
/// place by need, phase and planning area.
fn is_left_out(row: &BTreeMap<String, String>, area: &str) -> bool {
    let measure = row["measure"].as_str();
    let small =
        ["moved_in", "movers_", "redirected_", "sen_support_identified", "sen_support_stepped", "sen_support_to"];
    let by_child = row["need"] != "all" || row["age_group"] != "all";
    (small.iter().any(|name| measure.starts_with(name)) && by_child)
        || (["placed", "waiting", "overflow"].contains(&measure) && (by_child || row["area"] != area))
}

fn services(run: &Run) -> BTreeSet<String> {
    let labels = run.csv("labels.csv").0;
    labels.iter().filter(|row| row["kind"] == "service").map(|row| row["code"].clone()).collect()
}

/// The keys by which a row of figures is split, besides scenario, year and measure.
fn splits<'a>(row: &'a BTreeMap<String, String>, area: &str) -> Vec<(&'static str, &'a str)> {
    let own = |column: &'static str| (column, row[column].as_str());
    let keys = ["area", "need", "setting", "age_group"].map(own);
    keys.into_iter().filter(|(column, value)| *value != if *column == "area" { area } else { "all" }).collect()
}

/// The column of a CSV table that a word in 'Split by' stands for.
fn column_of_split(word: &str) -> Option<&'static str> {
    Some(match word {
        "Total" => return None,
        "Need" => "need",
        "Setting" => "setting",
        "Age group" | "Single year of age" | "Phase" => "age_group",
        "Planning area" => "area",
        other => panic!("split by {other}"),
    })
}

/// Keys of a figure: scenario, year, measure, and what it is split by.
type Keys = (String, String, String, BTreeSet<(&'static str, String)>);

/// Holds a sheet of figures against the rows of a table that belong there: each once, and in each the same numbers.
#[track_caller]
fn assert_figures(
    run: &Run,
    area: &str,
    sheet: &str,
    table: &str,
    belongs: impl Fn(&BTreeMap<String, String>) -> bool,
) {
    let (book, csv) = (run.book(), run.csv(table));
    let records = book.records(sheet);
    let keys = |row: &BTreeMap<String, String>| -> Keys {
        let split = splits(row, area).into_iter().map(|(column, value)| (column, value.to_string()));
        (row["scenario"].clone(), row["year"].clone(), row["measure"].clone(), split.collect())
    };
    let mut rows: BTreeMap<Keys, _> = csv.0.iter().filter(|row| belongs(row)).map(|row| (keys(row), row)).collect();
    assert_eq!(records.len(), rows.len(), "{sheet}");
    assert!(!rows.is_empty(), "{sheet}");
    for record in records {
        let text = |column: &str| record[column].to_string();
        let year = text(if sheet == "Places" { "September" } else { "Year" });
        let mut split = BTreeSet::new();
        if let Some(by) = record.get("Split by").and_then(|word| column_of_split(&word.to_string())) {
            split.insert((by, text("Code")));
        }
        if record.contains_key("Setting code") {
            split.insert(("setting", text("Setting code")));
        }
        let keys = (text("Scenario"), year, text("Measure"), split);
        let row = rows.remove(&keys).unwrap_or_else(|| panic!("{sheet}: {keys:?} is no row of {table}, or told twice"));
        for (header, column) in STATISTICS {
            assert_same(record[header], &row[column], &format!("{sheet}: {header} of {keys:?}"));
        }
        if let Some(unit) = record.get("Unit") {
            assert_eq!(unit.to_string(), row["unit"]);
        }
    }
}

#[test]
fn plans_are_those_of_the_forecast() {
    for (run, area) in [(tiny(), "tiny"), (somerset(), "somerset")] {
        let services = services(run);
        assert_figures(run, area, "Plans", "forecast.csv", |row| {
            let is_whole = splits(row, area).len() <= 1 && !is_left_out(row, area);
            sheet_of(&row["measure"], &services) == "Plans" && is_whole
        });
    }
}

#[test]
fn places_are_those_of_the_forecast() {
    let services = services(somerset());
    assert_figures(somerset(), "somerset", "Places", "forecast.csv", |row| {
        let others = splits(row, "somerset").into_iter().filter(|(column, _)| *column != "setting").count();
        sheet_of(&row["measure"], &services) == "Places" && others <= 1 && !is_left_out(row, "somerset")
    });
}

#[test]
fn services_are_those_of_the_forecast_and_take_their_names_apart() {
    let services = services(somerset());
    assert_figures(somerset(), "somerset", "Services", "forecast.csv", |row| {
        sheet_of(&row["measure"], &services) == "Services" && splits(row, "somerset").is_empty()
    });
    let book = somerset().book();
    let records = book.records("Services");
    let of = |measure: &str| records.iter().find(|record| *record["Measure"] == *measure).expect("a row");
    let one = of("waiting_list_of_educational_psychology");
    assert_eq!(one["Service"].to_string(), "Educational psychology service");
    assert_eq!(one["Figure"].to_string(), "Waiting list");
    assert_eq!(of("appeals")["Service"], &Data::Empty);
    assert!(records.iter().all(|record| !record["Figure"].to_string().is_empty()));
}

#[test]
fn scenarios_are_all_differences_that_are_any() {
    for (run, area) in [(tiny(), "tiny"), (somerset(), "somerset")] {
        let services = services(run);
        assert_figures(run, area, "Scenarios", "differences.csv", |row| {
            let is_any = SPREAD.iter().any(|column| row[*column].parse::<f64>().is_ok_and(|value| value != 0.0));
            let is_told = sheet_of(&row["measure"], &services) != "none" && !is_left_out(row, area);
            is_any && is_told && splits(row, area).len() <= 1
        });
    }
}

#[test]
fn money_is_that_of_its_table() {
    let keys = [
        ("Scenario", "scenario"),
        ("Financial year", "financial_year"),
        ("Line code", "line"),
        ("Payer code", "payer"),
        ("Prices", "prices"),
        ("Unit", "unit"),
    ];
    let money = somerset().csv("money.csv").0;
    let key = |row: &BTreeMap<String, String>| keys.map(|(_, column)| row[column].clone());
    let mut rows: BTreeMap<_, _> = money.iter().map(|row| (key(row), row)).collect();
    let book = somerset().book();
    let records = book.records("Money");
    assert_eq!((records.len(), rows.len()), (money.len(), money.len()));
    for record in records {
        let key = keys.map(|(header, _)| record[header].to_string());
        let row = rows.remove(&key).unwrap_or_else(|| panic!("{key:?} is no row of money.csv, or told twice"));
        for (header, column) in STATISTICS {
            assert_same(record[header], &row[column], &format!("{header} of {key:?}"));
        }
    }
    let texts = book.texts("Money");
    for label in ["Transport to school", "High needs block", "Pool contributions", "All"] {
        assert!(texts.contains(label), "{label}");
    }
}

#[test]
fn pool_appraisal_and_providers_are_those_of_their_tables() {
    let pool = [
        ("Rule code", "rule"),
        ("Partner code", "partner"),
        ("Contribution", "contribution"),
        ("Paid, mean", "paid_mean"),
        ("Paid, P10", "paid_p10"),
        ("Paid, P50", "paid_p50"),
        ("Paid, P90", "paid_p90"),
        ("Enough in 90 % of futures", "contribution_for_90_percent"),
        ("Value of pooling", "value_of_pooling"),
    ];
    assert_columns(somerset(), "Pool", "pool.csv", &pool);
    let mut appraisal =
        vec![("Scenario", "scenario"), ("Kind", "kind"), ("Measure", "measure"), ("Payer code", "payer")];
    appraisal.extend(STATISTICS);
    assert_columns(somerset(), "Appraisal", "appraisal.csv", &appraisal);
    let providers = [
        ("Provider code", "provider"),
        ("Provider", "name"),
        ("Setting code", "setting"),
        ("September", "september"),
        ("Room", "room"),
        ("Mean", "mean"),
        ("P90", "p90"),
        ("Full in", "full"),
        ("Flag", "flag"),
        ("Source", "source"),
    ];
    assert_columns(somerset(), "Providers", "providers.csv", &providers);
}

#[test]
fn assumptions_are_whole_and_flags_are_words_and_filled() {
    let columns = ["assumption", "value", "unit", "low", "high", "confidence", "flag", "source"];
    let pairs = capitals(&columns);
    let pairs: Vec<(&str, &str)> = pairs.iter().map(|(header, column)| (header.as_str(), *column)).collect();
    for run in [somerset(), tiny()] {
        assert_columns(run, "Assumptions", "assumptions.csv", &pairs);
    }
    let book = somerset().book();
    let flagged = book.records("Assumptions").iter().filter(|row| *row["Flag"] != Data::Empty).count();
    assert!(flagged > 100);
    let place = book.names.iter().position(|name| name == "Assumptions").expect("a sheet") + 1;
    let parts = book.parts();
    let sheet = &parts[&format!("xl/worksheets/sheet{place}.xml")];
    // Column G holds flags: each has the number of a style, and that style a fill.
    let styles: BTreeSet<usize> = sheet
        .split("<c r=\"G")
        .skip(2)
        .map(|cell| {
            let style = cell.split_once(" s=\"").and_then(|(_, rest)| rest.split_once('"')).expect("a style").0;
            style.parse().expect("a number")
        })
        .collect();
    assert_eq!(styles.len(), 1);
    let formats: Vec<&str> =
        parts["xl/styles.xml"].split("<cellXfs").nth(1).expect("formats").split("<xf ").skip(1).collect();
    assert!(styles.iter().all(|style| formats[*style].contains("applyFill=\"1\"")));
}

#[test]
fn the_headline_tells_the_figures_of_the_tables() {
    let (run, book) = (somerset(), somerset().book());
    let (forecast, differences) = (run.csv("forecast.csv"), run.csv("differences.csv"));
    let all = ["need", "setting", "age_group"].map(|column| (column, "all"));
    let quantiles =
        |row: &BTreeMap<String, String>| ["p10", "p50", "p90"].map(|q| row[q].parse::<f64>().expect("a number"));
    let numbers =
        |cells: &[Data]| cells.iter().map(|cell| cell.to_string().parse().expect("a number")).collect::<Vec<f64>>();
    let plans = |year: &str| {
        let keys = [("scenario", "baseline"), ("year", year), ("measure", "plans"), ("area", "somerset")];
        quantiles(forecast.find(&[&keys[..], &all].concat()).expect("a row"))
    };
    // Six years: three, five, and the last.
    let told = book.row_of("Headline", "All plans", "Plans by setting");
    assert_eq!(numbers(&told[1..2]), [plans("2025")[1]]);
    assert_eq!(numbers(&told[2..11]), [plans("2028"), plans("2030"), plans("2031")].concat());
    assert_eq!(numbers(&book.row_of("Headline", "2029", "All plans by January")[1..4]), plans("2029"));
    let changed = book.row_of("Headline", "special-school-2028", "What each scenario changes");
    let keys = [("scenario", "special-school-2028"), ("year", "2031"), ("measure", "plans"), ("area", "somerset")];
    let expected = differences.find(&[&keys[..], &all].concat()).map_or([0.0; 3], quantiles);
    assert_eq!(numbers(&changed[7..10]), expected);
    let cost = [("financial_year", "all"), ("line", "all"), ("payer", "all"), ("prices", "nominal")];
    let money = run.csv("money_differences.csv");
    assert_eq!(numbers(&changed[10..13]), quantiles(money.find(&cost).expect("a row")));
    let short = book.row_of("Headline", "State special school", "Places, baseline");
    let first =
        [("measure", "first_september_short_50_percent"), ("setting", "state_special"), ("scenario", "baseline")];
    assert_same(&short[1], &forecast.find(&first).expect("a row")["mean"], "the first September");
    let paid = book.row_of("Headline", "2026-27", "Costs by payer");
    let cost = |payer| [("scenario", "baseline"), ("measure", payer), ("year", "2026")];
    assert_same(&paid[1], &forecast.find(&cost("cost_high_needs_block")).expect("a row")["mean"], "a payer");
}

#[test]
fn every_measure_has_a_meaning() {
    for run in [somerset(), tiny()] {
        let book = run.book();
        let measures = book.records("Measures");
        let names: BTreeSet<String> = measures.iter().map(|row| row["Measure"].to_string()).collect();
        let services = services(run);
        let all: BTreeSet<String> = run.csv("forecast.csv").0.iter().map(|row| row["measure"].clone()).collect();
        let expected: BTreeSet<String> = all.into_iter().filter(|name| sheet_of(name, &services) != "none").collect();
        assert_eq!(names, expected);
        for row in &measures {
            assert_ne!(row["What it counts"], &Data::Empty, "{}", row["Measure"]);
            assert!(book.names.contains(&row["Sheet"].to_string()), "{}", row["Sheet"]);
        }
    }
}

#[test]
fn the_data_log_and_the_problems_are_those_of_the_record() {
    let record = fs::read_to_string(somerset().folder.join("run.toml")).expect("a record");
    let record: toml::Table = record.parse().expect("a record in TOML");
    let book = somerset().book();
    let log = book.records("Data log");
    for (file, hash) in record["inputs"].as_table().expect("inputs") {
        let own = log.iter().find(|row| row["Name"].to_string() == *file).expect("an input of the log");
        assert_eq!(Some(own["Value"].to_string().as_str()), hash.as_str());
    }
    let of = |name: &str| log.iter().find(|row| *row["Name"] == *name).expect("a line")["Value"].to_string();
    assert_eq!((of("id").as_str(), of("seed").as_str()), (record["id"].as_str().expect("an id"), "20250116"));
    let notes: Vec<String> = book.records("Problems").iter().map(|row| row["Note"].to_string()).collect();
    let expected: Vec<&str> =
        record["notes"].as_array().expect("notes").iter().filter_map(toml::Value::as_str).collect();
    assert_eq!(notes, expected);
}

// ---------------------------------------------------------------------------------------------
// Copies to share.

#[test]
fn what_a_copy_to_share_withholds_is_blank_in_its_workbook_and_never_nought() {
    let Run { folder, _work } = Run::of(&Path::new(ROOT).join("tests/data/tiny"), &["--publish", "100"]);
    let copy = Run { folder: folder.join("published"), _work };
    let services = BTreeSet::new();
    let is_told = |row: &BTreeMap<String, String>| splits(row, "tiny").len() <= 1 && !is_left_out(row, "tiny");
    assert_figures(&copy, "tiny", "Plans", "forecast.csv", |row| {
        sheet_of(&row["measure"], &services) == "Plans" && is_told(row)
    });
    assert_figures(&copy, "tiny", "Scenarios", "differences.csv", |row| {
        let values: Vec<f64> = SPREAD.iter().filter_map(|column| row[*column].parse().ok()).collect();
        is_told(row) && (values.is_empty() || values.iter().any(|value| *value != 0.0))
    });
    let (book, forecast) = (copy.book(), copy.csv("forecast.csv"));
    let blank = book.records("Plans").iter().filter(|row| *row["Mean"] == Data::Empty).count();
    assert!(blank > 20, "{blank} blank rows");
    let mut withheld = 0;
    for row in forecast.0.iter().filter(|row| row["measure"] == "plans" && row["scenario"] == "baseline") {
        // The table's columns: the base January, then three of each January ahead.
        let column = match row["year"].as_str() {
            "2025" => 1,
            "2028" => 3,
            "2029" => 6,
            _ => continue,
        };
        if row["setting"] != "all" && row["need"] == "all" && row["age_group"] == "all" {
            let labels = copy.csv("labels.csv");
            let label = &labels.find(&[("kind", "setting"), ("code", &row["setting"])]).expect("a label")["label"];
            assert_same(&book.row_of("Headline", label, "Plans by setting")[column], &row["p50"], "the headline");
            withheld += usize::from(row["p50"].is_empty());
        }
    }
    assert!(withheld > 0);
    assert!(book.texts("Cover").contains("Blank cells"));
    assert!(!copy.book().texts("Cover").contains("Where the rest is"));
    assert_harmless(&book);
}

// ---------------------------------------------------------------------------------------------
// The file.

#[test]
fn tables_filters_frozen_headers_and_charts_are_native() {
    for (run, charts) in [(somerset(), 4), (tiny(), 3)] {
        let book = run.book();
        let parts = book.parts();
        let tidy: Vec<&String> =
            book.names.iter().filter(|name| !["Cover", "Index", "Headline"].contains(&name.as_str())).collect();
        let tables: Vec<&String> =
            parts.iter().filter(|(name, _)| name.starts_with("xl/tables/")).map(|(_, x)| x).collect();
        let attribute = |xml: &str, name: &str| {
            let value = xml.split_once(&format!(" {name}=\"")).and_then(|(_, rest)| rest.split_once('"'));
            value.unwrap_or_else(|| panic!("{name} in {xml}")).0.to_string()
        };
        let names: BTreeSet<String> = tables.iter().map(|xml| attribute(xml, "displayName")).collect();
        let expected: BTreeSet<String> =
            tidy.iter().map(|name| format!("tbl_{}", name.to_lowercase().replace(' ', "_"))).collect();
        assert_eq!(names, expected);
        assert_eq!(tables.len(), tidy.len());
        for xml in &tables {
            assert!(xml.contains("<autoFilter ref=\"A1:"), "{xml}");
            let header: Vec<String> =
                xml.split("<tableColumn ").skip(1).map(|own| attribute(&format!(" {own}"), "name")).collect();
            let name = attribute(xml, "displayName");
            let sheet = tidy.iter().find(|own| format!("tbl_{}", own.to_lowercase().replace(' ', "_")) == name);
            let sheet = sheet.expect("its sheet");
            assert_eq!(header, book.header(sheet));
            let rows = attribute(xml, "ref").rsplit(|letter: char| letter.is_alphabetic()).next().map(str::to_string);
            assert_eq!(rows, Some(book.rows(sheet).len().to_string()), "{sheet}");
        }
        for (number, name) in (1..).zip(&book.names) {
            let xml = &parts[&format!("xl/worksheets/sheet{number}.xml")];
            assert_eq!(xml.contains("state=\"frozen\""), tidy.contains(&name) || name == "Index", "{name}");
            assert!(!xml.contains("<mergeCell"), "{name}");
            assert!(name.chars().count() <= 31);
        }
        let drawn = parts.keys().filter(|name| name.starts_with("xl/charts/chart")).count();
        assert_eq!(drawn, charts);
    }
    let styles = &somerset().book().parts()["xl/styles.xml"];
    for format in ["#,##0.0", "£#,##0", "0 %"] {
        assert!(styles.contains(&format!("formatCode=\"{format}\"")), "{format}");
    }
}

#[test]
fn every_part_is_well_formed_and_no_cell_is_a_formula_or_an_error() {
    for run in [somerset(), tiny()] {
        assert_harmless(&run.book());
    }
}

/// No formulas, no errors, no links out of the workbook, and XML that holds together.
#[track_caller]
fn assert_harmless(book: &Book) {
    let cells = book.sheets.values().flatten().flatten();
    for cell in cells {
        assert!(matches!(cell, Data::String(_) | Data::Float(_) | Data::Empty), "{cell:?}");
    }
    for (name, text) in book.parts() {
        check_well_formed(&text).unwrap_or_else(|what| panic!("{name}: {what}"));
        if name.starts_with("xl/worksheets/sheet") {
            assert!(!text.contains("<f>") && !text.contains("<f ") && !text.contains("t=\"e\""), "{name}");
        }
        assert!(!text.contains("TargetMode=\"External\""), "{name}");
    }
}

/// Elements close in the order in which they open, and `&` begins nothing but an entity.
fn check_well_formed(xml: &str) -> Result<(), String> {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = xml;
    while let Some(start) = rest.find('<') {
        check_text(&rest[..start])?;
        let end = rest[start..].find('>').ok_or("an element without an end")? + start;
        let tag = &rest[start + 1..end];
        check_text(tag)?;
        let name = tag.trim_start_matches('/').split([' ', '\n', '/']).next().unwrap_or_default();
        if tag.contains('<') || tag.matches('"').count() % 2 == 1 {
            return Err(format!("<{tag}> is no element"));
        } else if tag.starts_with('/') {
            let last = open.pop();
            if last != Some(name) {
                return Err(format!("</{name}> closes {last:?}"));
            }
        } else if !tag.starts_with('?') && !tag.ends_with('/') {
            open.push(name);
        }
        rest = &rest[end + 1..];
    }
    if open.is_empty() && rest.trim().is_empty() { Ok(()) } else { Err(format!("{open:?} left open, {rest}")) }
}

fn check_text(text: &str) -> Result<(), String> {
    let entities = ["amp;", "lt;", "gt;", "quot;", "apos;", "#"];
    let wrong = text.split('&').skip(1).find(|after| !entities.iter().any(|entity| after.starts_with(entity)));
    let control = text.chars().find(|letter| letter.is_control() && !matches!(letter, '\n' | '\r' | '\t'));
    match (wrong, control) {
        (None, None) => Ok(()),
        other => Err(format!("{other:?}")),
    }
}

#[test]
fn what_is_not_well_formed_is_found() {
    for wrong in ["<a><b></a></b>", "<a>", "<a>x & y</a>", "<a>\u{1}</a>", "<a b=\"></a>", "<a></a>x"] {
        assert!(check_well_formed(wrong).is_err(), "{wrong}");
    }
    assert_eq!(check_well_formed("<?xml version=\"1.0\"?>\n<a b=\"1 &amp; 2\"><c/>&lt;</a>"), Ok(()));
}

#[test]
fn the_same_run_gives_the_same_bytes() {
    let area = Path::new(ROOT).join("tests/data/tiny");
    let one = Run::of(&area, &["--threads", "1"]);
    assert!(one.bytes() == Run::of(&area, &["--threads", "2", "--seed", "1"]).bytes());
    assert!(one.bytes() != Run::of(&area, &["--seed", "2"]).bytes());
}

#[test]
fn a_run_with_all_tables_is_verified_with_its_workbook() {
    let output = Command::new(PROGRAM).arg("verify").arg(&somerset().folder).output().expect("needscast starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn nothing_in_the_workbook_depends_on_the_execution() {
    let record = fs::read_to_string(tiny().folder.join("run.toml")).expect("a record");
    let record: toml::Table = record.parse().expect("a record in TOML");
    let command = record["execution"]["command"].as_str().expect("a command");
    for text in tiny().book().parts().values() {
        assert!(!text.contains(command) && !text.contains("--quiet"));
    }
}

// ---------------------------------------------------------------------------------------------
// Names that try to be something else.

const LINK: &str = "=HYPERLINK(\"http://x\",\"y\")";
const SUM: &str = "@SUM(A1)";
const MARKUP: &str = "<b>&\"'";

#[test]
fn names_that_look_like_formulas_or_markup_stay_texts() {
    let work = TempDir::new().expect("a temporary folder");
    let area = work.path().join("somerset");
    for (from, to) in
        [("data/somerset", "somerset"), ("data/somerset/scenarios", "somerset/scenarios"), ("data/england", "england")]
    {
        copy_files(&Path::new(ROOT).join(from), &work.path().join(to));
    }
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    patch(&area.join("needscast.toml"), "name = \"Somerset\"", &format!("name = '''{LINK}'''"));
    patch(&area.join("settings.csv"), "mainstream,Mainstream school,", &format!("mainstream,{},", quoted(SUM)));
    patch(&area.join("settings.csv"), "early_years,Early years,", &format!("early_years,{},", quoted(MARKUP)));
    patch(
        &area.join("providers.csv"),
        "special_academies,Special academies,",
        &format!("special_academies,{},", quoted(LINK)),
    );
    patch(&area.join("providers.csv"), ",Special free schools,", &format!(",{},", quoted("+1|' /C calc'!A0")));
    patch(&area.join("areas.csv"), "mendip,Mendip,", &format!("mendip,{},", quoted("-2+3")));
    let scenario = area.join("scenarios/special-school-2028.toml");
    let title = "title = \"A special school with 120 places opens in September 2028\"";
    patch(&scenario, title, &format!("title = \"\"\"{MARKUP}\"\"\""));
    let run = Run::of(&area, &["--replicates", "3", "--years", "4", "--scenario", "special-school-2028"]);
    let book = run.book();
    assert_harmless(&book);
    for (sheet, name) in [
        ("Cover", LINK),
        ("Cover", MARKUP),
        ("Headline", SUM),
        ("Headline", MARKUP),
        ("Plans", SUM),
        ("Plans", MARKUP),
        ("Plans", "-2+3"),
        ("Scenarios", SUM),
        ("Appraisal", MARKUP),
        ("Providers", LINK),
        ("Providers", "+1|' /C calc'!A0"),
    ] {
        assert!(book.texts(sheet).contains(name), "{name} in {sheet}");
    }
    assert!(book.parts()["xl/styles.xml"].contains("quotePrefix=\"1\""));
    // In CSV tables an apostrophe keeps them texts.
    let labels = fs::read_to_string(run.folder.join("labels.csv")).expect("labels");
    for name in [SUM, "-2+3"] {
        assert!(labels.contains(&format!(",'{name},")) && !labels.contains(&format!(",{name},")), "{name} in {labels}");
    }
}

fn copy_files(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder made");
    for entry in fs::read_dir(from).expect("a folder read") {
        let path = entry.expect("an entry read").path();
        if path.is_file() {
            fs::copy(&path, to.join(path.file_name().expect("a name"))).expect("a file copied");
        }
    }
}

/// Replaces a text that must occur exactly once.
#[track_caller]
fn patch(file: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(file).expect("a file read");
    assert_eq!(text.matches(from).count(), 1, "'{from}' in {}", file.display());
    fs::write(file, text.replacen(from, to, 1)).expect("a file written");
}
