//! The command line as a script meets it: exit codes, streams, options and the run folder, on the
//! small synthetic area `tests/data/tiny`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use assert_cmd::Command;
use predicates::prelude::*;
use predicates::str::{contains, is_empty, starts_with};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

const PROGRAM: &str = env!("CARGO_BIN_EXE_needscast");
const TINY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/tiny");

const TABLES: [&str; 15] = [
    "assumptions.csv",
    "causes.csv",
    "differences.csv",
    "differences.parquet",
    "forecast.csv",
    "forecast.parquet",
    "forecast.xlsx",
    "inputs",
    "labels.csv",
    "moves.csv",
    "percentiles.csv",
    "rates.csv",
    "report.html",
    "run.toml",
    "summary.txt",
];
const FORECAST_HEADER: &str =
    "scenario,area,year,measure,need,setting,age_group,unit,principal,mean,sd,p05,p10,p25,p50,p75,p90,p95";

fn needscast(arguments: &[&str]) -> Command {
    let mut command = Command::new(PROGRAM);
    command.args(arguments);
    command
}

/// A folder for one test's results.
struct Results(TempDir);

impl Results {
    fn new() -> Results {
        Results(TempDir::new().expect("a temporary folder"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// `needscast run tests/data/tiny --out <name>` with more arguments.
    fn run(&self, name: &str, arguments: &[&str]) -> Command {
        let mut command = needscast(&["run", TINY]);
        command.arg("--out").arg(self.path(name)).args(arguments);
        command
    }

    /// Runs to the end and reads the forecast.
    fn forecast(&self, name: &str, arguments: &[&str]) -> Forecast {
        self.run(name, arguments).assert().code(0);
        Forecast::read(&self.path(name).join("forecast.csv"))
    }

    /// All that lies beside the results: an unfinished run would show here.
    fn names(&self) -> Vec<String> {
        names_in(self.0.path())
    }
}

fn names_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder read");
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("an entry read").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// Every file under a folder with its bytes.
fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for name in names_in(folder) {
        let path = folder.join(&name);
        if path.is_dir() {
            files.extend(contents(&path).into_iter().map(|(inner, bytes)| (format!("{name}/{inner}"), bytes)));
        } else {
            files.insert(name, fs::read(path).expect("a file read"));
        }
    }
    files
}

/// A table of figures, as text by column.
struct Forecast {
    rows: Vec<BTreeMap<String, String>>,
}

impl Forecast {
    fn read(path: &Path) -> Forecast {
        let mut reader = csv::Reader::from_path(path).expect("a table of figures");
        Forecast { rows: reader.deserialize().map(|row| row.expect("a row as wide as its header")).collect() }
    }

    fn distinct(&self, column: &str) -> BTreeSet<&str> {
        self.rows.iter().map(|row| row[column].as_str()).collect()
    }

    /// A figure of all plans of the baseline.
    fn all_plans(&self, year: &str, figure: &str) -> f64 {
        let keys = [("scenario", "baseline"), ("year", year), ("measure", "plans")];
        let all = ["need", "setting", "age_group"].map(|key| (key, "all"));
        let row = self.rows.iter().find(|row| keys.iter().chain(&all).all(|(key, value)| row[*key] == *value));
        row.expect("a row of all plans")[figure].parse().expect("a number")
    }
}

// ---------------------------------------------------------------------------------------------
// Done: exit code 0.

#[test]
fn a_run_prints_a_table_and_leaves_a_folder_of_results() {
    let results = Results::new();
    results
        .run("run", &[])
        .assert()
        .code(0)
        .stderr(is_empty())
        .stdout(starts_with("Tiny (synthetic): EHC plans from January 2025 (published) to January 2029, baseline\n"))
        .stdout(contains("| Mainstream school").and(contains("| All plans")))
        .stdout(contains("What each scenario changes").and(contains("| every-lever")))
        .stdout(contains("20 futures of each scenario").and(contains("results in ")));
    assert_eq!(names_in(&results.path("run")), TABLES);
    assert_eq!(results.names(), ["run"]);
}

#[test]
fn a_quiet_run_prints_nothing() {
    let results = Results::new();
    results.run("run", &["--quiet"]).assert().code(0).stdout(is_empty()).stderr(is_empty());
    assert_eq!(names_in(&results.path("run")), TABLES);
}

#[test]
fn a_quiet_run_leaves_the_same_results() {
    let results = Results::new();
    results.run("loud", &[]).assert().code(0);
    results.run("quiet", &["--quiet"]).assert().code(0);
    for table in TABLES.iter().filter(|table| table.ends_with(".csv")) {
        let read = |name: &str| fs::read(results.path(name).join(table)).expect("a table");
        assert!(read("loud") == read("quiet"), "{table}");
    }
}

#[test]
fn results_go_to_a_folder_of_the_area_and_the_run_by_default() {
    let results = Results::new();
    needscast(&["run", TINY, "--quiet"]).current_dir(results.0.path()).assert().code(0);
    let area = results.path("runs").join("tiny");
    let runs = names_in(&area);
    assert_eq!(runs.len(), 1);
    assert_eq!(names_in(&area.join(&runs[0])), TABLES);
    assert_eq!(record(&area.join(&runs[0]))["id"].as_str(), Some(runs[0].as_str()));
}

#[test]
fn an_empty_folder_is_a_place_for_results() {
    let results = Results::new();
    fs::create_dir(results.path("run")).expect("a folder made");
    results.run("run", &["--quiet"]).assert().code(0);
    assert_eq!(names_in(&results.path("run")), TABLES);
    assert_eq!(results.names(), ["run"]);
}

#[test]
fn folders_above_the_results_are_made() {
    let results = Results::new();
    results.run("a/b/run", &["--quiet"]).assert().code(0);
    assert_eq!(names_in(&results.path("a/b")), ["run"]);
}

#[test]
fn the_same_run_again_leaves_the_folder_as_it_was_and_says_so() {
    let results = Results::new();
    results.run("run", &[]).assert().code(0);
    let before = contents(&results.path("run"));
    results
        .run("run", &[])
        .assert()
        .code(0)
        .stdout(contains("results already in (same inputs, same settings, left as they are)"));
    // The record holds timings, which would differ.
    assert!(contents(&results.path("run")) == before);
    assert_eq!(results.names(), ["run"]);
}

#[test]
fn a_copy_of_an_area_gives_the_same_run() {
    let results = Results::new();
    results.run("run", &["--quiet"]).assert().code(0);
    let copy = results.path("copy");
    fs::create_dir_all(copy.join("scenarios")).expect("a folder made");
    for folder in ["", "scenarios"] {
        for entry in fs::read_dir(Path::new(TINY).join(folder)).expect("a folder read") {
            let path = entry.expect("an entry read").path();
            if path.is_file() {
                fs::copy(&path, copy.join(folder).join(path.file_name().expect("a name"))).expect("a file copied");
            }
        }
    }
    let mut again = needscast(&["run"]);
    again.arg(&copy).arg("--out").arg(results.path("run"));
    again.assert().code(0).stdout(contains("left as they are"));
}

#[test]
fn a_check_says_what_was_read() {
    needscast(&["check", TINY])
        .assert()
        .code(0)
        .stderr(is_empty())
        .stdout(starts_with("Tiny (synthetic): no problems in 7 files\n"))
        .stdout(contains("base census January 2025, 4 years ahead"))
        .stdout(contains("582 observations, 2 needs, 3 settings, 1 scenario"));
}

#[test]
fn help_and_version_are_printed_to_stdout() {
    for arguments in [&["--help"][..], &["help"], &["run", "--help"], &["check", "--help"]] {
        needscast(arguments).assert().code(0).stdout(contains("Usage: needscast")).stderr(is_empty());
    }
    let version = format!("needscast {}\n", env!("CARGO_PKG_VERSION"));
    needscast(&["--version"]).assert().code(0).stdout(version).stderr(is_empty());
}

/// Runs with a stdout that nobody reads; the exit code and stderr.
fn unread(arguments: &[&str], out: &Path) -> (Option<i32>, String) {
    let mut command = std::process::Command::new(PROGRAM);
    command.args(arguments).current_dir(out).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("the program ends");
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn a_stdout_that_nobody_reads_is_not_an_error() {
    let results = Results::new();
    for arguments in [&["run", TINY][..], &["check", TINY], &["--help"]] {
        assert_eq!(unread(arguments, results.0.path()), (Some(0), String::new()), "{arguments:?}");
    }
}

// ---------------------------------------------------------------------------------------------
// Usage: exit code 2.

#[test]
fn options_have_ranges() {
    for (option, value, known) in [
        ("--replicates", "0", "1..=100000"),
        ("--replicates", "100001", "1..=100000"),
        ("--years", "0", "1..=25"),
        ("--years", "26", "1..=25"),
        ("--base-year", "2010", "2011..=2090"),
        ("--threads", "0", "1..=1024"),
    ] {
        let results = Results::new();
        results
            .run("run", &[option, value])
            .assert()
            .code(2)
            .stdout(is_empty())
            .stderr(contains(format!("'{value}' for '{option} ")).and(contains(known)));
        assert_eq!(results.names(), Vec::<String>::new());
    }
}

#[test]
fn an_unknown_option_or_command_or_none_is_a_usage_error() {
    let results = Results::new();
    results.run("run", &["--fast"]).assert().code(2).stdout(is_empty()).stderr(contains("'--fast'"));
    assert_eq!(results.names(), Vec::<String>::new());
    needscast(&["forecast", TINY]).assert().code(2).stdout(is_empty()).stderr(contains("'forecast'"));
    needscast(&["run"]).assert().code(2).stdout(is_empty()).stderr(contains("<AREA>"));
    needscast(&[]).assert().code(2).stdout(is_empty()).stderr(contains("Usage: needscast"));
}

#[test]
fn an_unknown_scenario_is_told_the_known_ones() {
    let results = Results::new();
    results
        .run("run", &["--scenario", "every-leaver"])
        .assert()
        .code(2)
        .stdout(is_empty())
        .stderr(contains("no scenario 'every-leaver' in the area folder").and(contains("every-lever")));
    assert_eq!(results.names(), Vec::<String>::new());
}

// ---------------------------------------------------------------------------------------------
// Inputs: exit code 3.

#[test]
fn problems_of_the_inputs_are_printed_and_nothing_is_written() {
    let results = Results::new();
    results
        .run("run", &["--years", "5"])
        .assert()
        .code(3)
        .stdout(is_empty())
        .stderr(contains("population.csv: projection stops at mid-2028, before the horizon"))
        .stderr(contains("error: 1 problem in the inputs; nothing was written"));
    assert_eq!(results.names(), Vec::<String>::new());
}

#[test]
fn a_quiet_run_still_prints_problems() {
    let results = Results::new();
    results.run("run", &["--years", "5", "--quiet"]).assert().code(3).stderr(contains("projection stops"));
}

#[test]
fn a_check_fails_as_the_run_would() {
    let results = Results::new();
    let area = results.path("area");
    fs::create_dir(&area).expect("a folder made");
    for command in ["check", "run"] {
        needscast(&[command])
            .arg(&area)
            .current_dir(results.0.path())
            .assert()
            .code(3)
            .stdout(is_empty())
            .stderr(contains("needscast.toml: is missing").and(contains("in the inputs; nothing was written")));
        assert_eq!(results.names(), ["area"]);
    }
}

// ---------------------------------------------------------------------------------------------
// Results that cannot be written: exit code 4.

#[test]
fn results_cannot_go_under_a_file() {
    let results = Results::new();
    fs::write(results.path("file"), "kept").expect("a file written");
    results.run("file/run", &[]).assert().code(4).stdout(is_empty()).stderr(starts_with("error: write "));
    assert_eq!(results.names(), ["file"]);
    assert_eq!(fs::read(results.path("file")).expect("a file read"), b"kept");
}

#[test]
fn results_do_not_replace_a_file() {
    let results = Results::new();
    fs::write(results.path("file"), "kept").expect("a file written");
    results.run("file", &[]).assert().code(4).stderr(starts_with("error: write "));
    assert_eq!(results.names(), ["file"]);
    assert_eq!(fs::read(results.path("file")).expect("a file read"), b"kept");
}

#[test]
fn another_run_is_not_overwritten() {
    let results = Results::new();
    results.run("run", &["--quiet"]).assert().code(0);
    let before = contents(&results.path("run"));
    for other in [["--seed", "2"], ["--replicates", "21"], ["--years", "3"], ["--scenario", "baseline"]] {
        results
            .run("run", &other)
            .assert()
            .code(4)
            .stdout(is_empty())
            .stderr(contains("it already holds another run; name another folder with --out or remove it"));
        assert!(contents(&results.path("run")) == before);
        assert_eq!(results.names(), ["run"]);
    }
}

#[test]
fn other_files_are_not_overwritten() {
    let results = Results::new();
    fs::create_dir(results.path("run")).expect("a folder made");
    fs::write(results.path("run").join("minutes.txt"), "kept").expect("a file written");
    results
        .run("run", &[])
        .assert()
        .code(4)
        .stdout(is_empty())
        .stderr(contains("it already holds other files; name another folder with --out or remove it"));
    assert_eq!(contents(&results.path("run")), BTreeMap::from([("minutes.txt".to_string(), b"kept".to_vec())]));
    assert_eq!(results.names(), ["run"]);
}

// ---------------------------------------------------------------------------------------------
// What the options do.

#[test]
fn a_named_scenario_runs_beside_the_baseline_and_the_baseline_alone() {
    let results = Results::new();
    let all = results.forecast("all", &[]);
    assert_eq!(all.distinct("scenario"), BTreeSet::from(["baseline", "every-lever"]));
    let twice = ["--scenario", "every-lever", "--scenario", "baseline", "--scenario", "every-lever"];
    let named = results.forecast("named", &twice);
    assert_eq!(named.rows, all.rows);
    let baseline = results.forecast("baseline", &["--scenario", "baseline"]);
    assert_eq!(baseline.distinct("scenario"), BTreeSet::from(["baseline"]));
    let differences = Forecast::read(&results.path("baseline").join("differences.csv"));
    assert_eq!(differences.rows.len(), 0);
}

#[test]
fn the_base_year_is_where_the_forecast_starts() {
    let results = Results::new();
    let later = results.forecast("later", &[]);
    assert_eq!(later.distinct("year"), BTreeSet::from(["2025", "2026", "2027", "2028", "2029"]));
    assert_eq!((later.all_plans("2025", "p05"), later.all_plans("2025", "p95")), (348.0, 348.0));
    let earlier = results.forecast("earlier", &["--base-year", "2024"]);
    assert_eq!(earlier.distinct("year"), BTreeSet::from(["2024", "2025", "2026", "2027", "2028"]));
    assert_eq!((earlier.all_plans("2024", "p05"), earlier.all_plans("2024", "p95")), (333.0, 333.0));
    assert!(earlier.all_plans("2025", "sd") > 0.0);
}

#[test]
fn years_are_the_length_of_the_forecast() {
    let results = Results::new();
    let forecast = results.forecast("run", &["--years", "2"]);
    assert_eq!(forecast.distinct("year"), BTreeSet::from(["2025", "2026", "2027"]));
}

#[test]
fn a_seed_changes_the_futures_and_not_the_principal_projection() {
    let results = Results::new();
    let (first, second) = (results.forecast("first", &[]), results.forecast("second", &["--seed", "2"]));
    assert_ne!(first.all_plans("2029", "mean"), second.all_plans("2029", "mean"));
    assert_eq!(first.all_plans("2029", "principal"), second.all_plans("2029", "principal"));
}

#[test]
fn replicates_are_how_many_futures_are_drawn() {
    let results = Results::new();
    results.run("run", &["--replicates", "1"]).assert().code(0);
    let forecast = Forecast::read(&results.path("run").join("forecast.csv"));
    assert_eq!(forecast.all_plans("2029", "p05"), forecast.all_plans("2029", "p95"));
}

// ---------------------------------------------------------------------------------------------
// The files of a run.

#[test]
fn a_forecast_has_the_columns_that_scripts_rely_on_and_a_number_in_each_figure() {
    let results = Results::new();
    let forecast = results.forecast("run", &[]);
    for table in ["forecast.csv", "differences.csv"] {
        let text = fs::read_to_string(results.path("run").join(table)).expect("a table");
        assert_eq!(text.lines().next(), Some(FORECAST_HEADER), "{table}");
    }
    assert_eq!(forecast.distinct("area"), BTreeSet::from(["tiny"]));
    assert_eq!(forecast.distinct("need"), BTreeSet::from(["ASD", "SEMH", "all"]));
    let settings = BTreeSet::from(["all", "further_education", "mainstream", "state_special"]);
    assert_eq!(forecast.distinct("setting"), settings);
    for row in &forecast.rows {
        let figure = |column: &str| -> f64 {
            let value: f64 = row[column].parse().expect("a number");
            assert!(value.is_finite() && value >= 0.0, "{column} of {row:?}");
            value
        };
        for column in ["principal", "mean", "sd"] {
            figure(column);
        }
        let quantiles = ["p05", "p10", "p25", "p50", "p75", "p90", "p95"].map(figure);
        assert!(quantiles.is_sorted(), "{row:?}");
    }
}

fn record(folder: &Path) -> toml::Table {
    fs::read_to_string(folder.join("run.toml")).expect("a record").parse().expect("a record in TOML")
}

#[test]
fn a_run_record_holds_all_that_is_needed_to_repeat_the_run() {
    let results = Results::new();
    results.run("run", &["--seed", "7", "--replicates", "5", "--years", "3"]).assert().code(0);
    let record = record(&results.path("run"));
    assert_eq!(record["needscast"].as_str(), Some(env!("CARGO_PKG_VERSION")));
    assert_eq!(record["area"].as_str(), Some("tiny"));
    assert_eq!(record["id"].as_str().map(str::len), Some(12));
    let expected = "base_year = 2025\nyears = 3\nreplicates = 5\nseed = 7\nscenarios = [\"baseline\", \"every-lever\"]";
    assert_eq!(record["settings"].as_table(), expected.parse().ok().as_ref());
    let inputs = record["inputs"].as_table().expect("a table of inputs");
    assert_eq!(inputs.len(), 7);
    let copies = results.path("run").join("inputs");
    for (path, hash) in inputs {
        let copy = fs::read(copies.join(path)).expect("an input is named by its copy");
        let original = Path::new(TINY).parent().expect("a folder").join(path);
        assert_eq!(fs::read(original).expect("an input"), copy, "{path}");
        let digest = Sha256::digest(copy);
        let expected: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hash.as_str(), Some(expected.as_str()), "{path}");
    }
    let timings = record["timings"].as_table().expect("a table of timings");
    let steps: Vec<&str> = timings.keys().map(String::as_str).collect();
    assert_eq!(steps, ["calibrate", "documents", "fit", "read", "simulate", "summarise", "write"]);
}

#[test]
fn a_run_whose_stdout_nobody_reads_still_leaves_its_results() {
    let results = Results::new();
    let out = results.path("run");
    let arguments = ["run", TINY, "--out", out.to_str().expect("a plain path")];
    assert_eq!(unread(&arguments, results.0.path()), (Some(0), String::new()));
    assert_eq!(names_in(&out), TABLES);
}

#[test]
fn a_file_in_the_place_of_results_is_known_before_the_run() {
    let results = Results::new();
    fs::write(results.path("file"), "kept").expect("a file written");
    results.run("file", &[]).assert().code(4).stdout(is_empty());
}

#[test]
fn a_stderr_that_nobody_reads_is_not_a_panic() {
    let mut command = std::process::Command::new(PROGRAM);
    command.args(["check", "no-such-area"]).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program starts");
    drop(child.stderr.take());
    assert_eq!(child.wait().expect("the program ends").code(), Some(3));
}
