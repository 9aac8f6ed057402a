//! Runs against what came, and against each other: `needscast score` and `needscast compare` on the small synthetic area
//! `tests/data/tiny`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

const PROGRAM: &str = env!("CARGO_BIN_EXE_needscast");
const TINY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/tiny");

/// A folder to work in.
struct Work(TempDir);

/// A row by column.
type Row = BTreeMap<String, String>;

impl Work {
    fn new() -> Work {
        Work(TempDir::new().expect("a temporary folder"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn needscast(&self, arguments: &[&str]) -> Output {
        Command::new(PROGRAM).args(arguments).current_dir(self.0.path()).output().expect("needscast starts")
    }

    /// Runs a command that must end with a code: what it says on stdout, or on stderr where it fails.
    fn ends(&self, code: i32, arguments: &[&str]) -> String {
        let output = self.needscast(arguments);
        let (out, err) = (text_of(&output.stdout), text_of(&output.stderr));
        assert_eq!(output.status.code(), Some(code), "{arguments:?}\n{out}\n{err}");
        if code == 0 { out } else { err }
    }

    /// Runs an area into a folder.
    fn run(&self, area: &str, name: &str, arguments: &[&str]) {
        self.ends(0, &[&["run", area, "--quiet", "--out", name], arguments].concat());
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).expect("a file written");
    }

    fn rows(&self, name: &str) -> Vec<Row> {
        let mut reader = csv::Reader::from_path(self.path(name)).expect("a table");
        reader.deserialize().map(|row| row.expect("a row as wide as its header")).collect()
    }

    /// The quantiles of a cell of the baseline.
    fn quantile(&self, run: &str, keys: [&str; 5], quantile: &str) -> f64 {
        let rows = self.rows(&format!("{run}/forecast.csv"));
        let columns = ["year", "measure", "need", "setting", "age_group"];
        let own = |row: &&Row| row["scenario"] == "baseline" && columns.iter().zip(keys).all(|(c, k)| row[*c] == k);
        rows.iter().find(own).expect("a figure")[quantile].parse().expect("a number")
    }
}

fn text_of(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn copy_area(to: &Path) {
    fs::create_dir_all(to.join("scenarios")).expect("a folder made");
    for folder in ["", "scenarios"] {
        for entry in fs::read_dir(Path::new(TINY).join(folder)).expect("a folder read") {
            let path = entry.expect("an entry read").path();
            if path.is_file() {
                fs::copy(&path, to.join(folder).join(path.file_name().expect("a name"))).expect("a file copied");
            }
        }
    }
}

const HEADER: &str = "year,measure,age,need,setting,count,source\n";

// ---------------------------------------------------------------------------------------------
// A run against what came.

#[test]
fn outturns_at_a_quantile_have_its_rank_and_lie_inside_as_intervals_say() {
    let work = Work::new();
    work.run(TINY, "run", &["--replicates", "400"]);
    let quantile =
        |setting: &str, name: &str| work.quantile("run", ["2026", "plans", "all", setting, "all"], name).round();
    // Whole numbers: those that the quantiles of 400 futures are, but for an interpolated one.
    let p10 = quantile("mainstream", "p10");
    let p50 = quantile("state_special", "p50");
    let beyond = quantile("further_education", "p95") + 1.0;
    let mut file = HEADER.to_string();
    for (setting, count) in [("mainstream", p10), ("state_special", p50), ("further_education", beyond)] {
        file += &format!("2026,plans,all,all,{setting},{count},next_year\n");
    }
    work.write("actuals.csv", &file);
    let said = work.ends(0, &["score", "run", "--actuals", "actuals.csv", "--out", "scored.csv"]);
    let rows = work.rows("scored.csv");
    let row = |setting: &str| rows.iter().find(|row| row["setting"] == setting).expect("a row");
    // The settings sum to all plans, which the table does not give.
    assert_eq!(row("all")["actual"].parse::<f64>().ok(), Some(p10 + p50 + beyond));
    assert_eq!(rows.len(), 4);
    let rank = |setting: &str| row(setting)["rank"].parse::<f64>().expect("a number");
    // Ties with neighbouring quantiles, and rounding to a whole plan, move a rank by a few futures.
    assert!((rank("mainstream") - 0.10).abs() < 0.06, "{}", rank("mainstream"));
    assert!((rank("state_special") - 0.50).abs() < 0.13, "{}", rank("state_special"));
    assert_eq!(
        (row("further_education")["rank"].as_str(), row("further_education")["beyond"].as_str()),
        ("0.950", "above")
    );
    let inside = |setting: &str| ["inside_50", "inside_80", "inside_90"].map(|column| row(setting)[column].clone());
    assert_eq!(inside("state_special"), ["yes", "yes", "yes"]);
    assert_eq!(inside("further_education"), ["no", "no", "no"]);
    let error: f64 = row("further_education")["error"].parse().expect("a number");
    assert!(error < 0.0, "too little was forecast: {error}");
    for words in [
        "All plans in January 2026: ",
        "Plans by setting",
        "over 95 %",
        "What that says of later years",
        "January 2027",
    ] {
        assert!(said.contains(words), "'{words}' in\n{said}");
    }
}

#[test]
fn an_observations_table_is_scored_as_it_stands() {
    let work = Work::new();
    work.run(TINY, "run", &["--base-year", "2024"]);
    let observations = format!("{TINY}/observations.csv");
    let output = work.needscast(&["score", "run", "--actuals", &observations, "--out", "scored.csv"]);
    assert_eq!(output.status.code(), Some(0), "{}", text_of(&output.stderr));
    let notes = text_of(&output.stderr);
    assert!(notes.contains("were known in January 2024: skipped"), "{notes}");
    assert!(notes.contains("not forecast: "), "{notes}");
    let rows = work.rows("scored.csv");
    let total =
        rows.iter().find(|row| row["measure"] == "plans" && row["setting"] == "all" && row["age_group"] == "all");
    assert_eq!(total.expect("all plans")["actual"], "348.0");
    // The run knows no need, so no cell is split by one.
    assert!(rows.iter().all(|row| row["need"] == "all"));
    assert!(rows.iter().any(|row| row["measure"] == "plans_by_age"));
    assert!(rows.iter().all(|row| row["year"] == "2025" || row["measure"] != "plans"));
}

#[test]
fn actuals_that_are_not_of_the_forecast_are_no_error() {
    let work = Work::new();
    work.run(TINY, "run", &[]);
    work.write("old.csv", &format!("{HEADER}2025,plans,all,all,all,348,a\n2040,plans,all,all,all,9,a\n"));
    let output = work.needscast(&["score", "run", "--actuals", "old.csv"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(text_of(&output.stdout).contains("Nothing to score"));
    let notes = text_of(&output.stderr);
    assert!(notes.contains("1 of 2 rows were known in January 2025") && notes.contains("1 rows are later"), "{notes}");
}

#[test]
fn bad_actuals_are_named_with_line_column_and_hint() {
    let work = Work::new();
    work.run(TINY, "run", &[]);
    let row = "2026,plans,all,all,state_special,10,a";
    for (text, said) in [
        (String::new(), "bad.csv: is empty"),
        ("year,measure\n".to_string(), "bad.csv: has no column 'age'"),
        (
            format!("{HEADER}{}\n", row.replace("plans", "plan")),
            "bad.csv:2: measure 'plan' is not a known measure (did",
        ),
        (format!("{HEADER}{row}\n{}\n", row.replace("2026", "soon")), "bad.csv:3: year 'soon' is not a year"),
        (format!("{HEADER}{}\n", row.replace("state_", "")), "bad.csv:2: setting 'special' is not a known setting"),
        (format!("{HEADER}{}\n", row.replace("10", "ten")), "bad.csv:2: count 'ten' is not a number"),
        (format!("{HEADER}{row}\n{row}\n"), "bad.csv:3: measure 'plans' has these keys twice"),
    ] {
        work.write("bad.csv", &text);
        let problems = work.ends(3, &["score", "run", "--actuals", "bad.csv", "--out", "scored.csv"]);
        assert!(problems.contains(said), "'{said}' in\n{problems}");
        assert!(!work.path("scored.csv").exists());
    }
    assert!(work.ends(3, &["score", "run", "--actuals", "none.csv"]).contains("none.csv: is missing"));
    assert!(work.ends(3, &["score", "none", "--actuals", "bad.csv"]).contains("run.toml: is missing"));
}

#[test]
fn a_scenario_that_the_run_lacks_is_wrong_usage_and_a_table_is_never_overwritten() {
    let work = Work::new();
    work.run(TINY, "run", &[]);
    work.write("actuals.csv", &format!("{HEADER}2026,plans,all,all,all,360,a\n"));
    let score = ["score", "run", "--actuals", "actuals.csv"];
    let said = work.ends(2, &[&score[..], &["--scenario", "every-leaver"]].concat());
    assert!(said.contains("no scenario 'every-leaver' in the run (known: baseline, every-lever)"), "{said}");
    work.ends(0, &[&score[..], &["--scenario", "every-lever"]].concat());
    work.write("kept.csv", "kept");
    let said = work.ends(4, &[&score[..], &["--out", "kept.csv"]].concat());
    assert!(said.contains("it is already there"), "{said}");
    assert_eq!(fs::read_to_string(work.path("kept.csv")).ok().as_deref(), Some("kept"));
}

#[test]
fn a_run_that_was_changed_is_named() {
    let work = Work::new();
    work.run(TINY, "run", &[]);
    work.write("actuals.csv", &format!("{HEADER}2026,plans,all,all,all,360,a\n"));
    let forecast = fs::read_to_string(work.path("run/forecast.csv")).expect("a table");
    work.write("run/forecast.csv", &forecast[..forecast.len() / 2]);
    let said = work.ends(3, &["score", "run", "--actuals", "actuals.csv"]);
    assert!(said.contains("run/forecast.csv: is not as the run wrote it"), "{said}");
    work.write("run/run.toml", "needscast = 3");
    let said = work.ends(3, &["score", "run", "--actuals", "actuals.csv"]);
    assert!(said.contains("run/run.toml"), "{said}");
}
