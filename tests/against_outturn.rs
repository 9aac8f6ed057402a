//! Runs against what came, and against each other: `needscast score` and `needscast compare` on the small synthetic area
//! `tests/data/tiny`.

mod work;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use work::{TINY, Work, text_of};

/// A row by column.
type Row = BTreeMap<String, String>;

impl Work {
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
    assert!(
        notes.contains("1 of 2 rows were known in January 2025") && notes.contains("1 of 2 rows are later"),
        "{notes}"
    );
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

// ---------------------------------------------------------------------------------------------
// Two runs.

fn number(row: &Row, column: &str) -> f64 {
    row[column].parse().expect("a number")
}

#[test]
fn the_base_of_this_run_is_the_outturn_of_last() {
    let work = Work::new();
    work.run(TINY, "last", &["--base-year", "2024"]);
    work.run(TINY, "this", &[]);
    let said = work.ends(0, &["compare", "last", "this", "--out", "tables"]);
    for words in [
        "Tiny (synthetic): last is run ",
        "All plans in January 2028: ",
        "Published since. All plans in January 2025: 348, ",
        "Plans by setting in January 2025, beside last's forecast",
        "Rates, each kind as a whole",
        "base_year: 2024, now 2025",
        "Inputs: the same files.",
    ] {
        assert!(said.contains(words), "'{words}' in\n{said}");
    }
    let outturn = work.rows("tables/outturn.csv");
    let total =
        outturn.iter().find(|row| row["measure"] == "plans" && row["setting"] == "all" && row["age_group"] == "all");
    let total = total.expect("all plans");
    assert_eq!(number(total, "actual"), 348.0);
    // Last forecast it: its own table has the median.
    assert_eq!(number(total, "p50"), work.quantile("last", ["2025", "plans", "all", "all", "all"], "p50"));
    let expected = (number(total, "p10")..=number(total, "p90")).contains(&348.0);
    assert_eq!(total["inside_80"] == "yes", expected);
    // The run of 2024 knows no needs: nothing is compared by need.
    assert!(work.rows("tables/changed_results.csv").iter().all(|row| row["need"] == "all"));
    assert!(outturn.iter().all(|row| row["need"] == "all" && row["unit"] == "plans"));
    // The other way round, the earlier January is no forecast of the later run.
    let said = work.ends(0, &["compare", "this", "last"]);
    assert!(said.contains("Last does not forecast January 2024"), "{said}");
}

/// Tiny with more residents of age 5 in 2028, more new plans in 2020, another assumption and another scenario.
fn patched(work: &Work) -> String {
    let area = work.path("tiny");
    copy_area(&area);
    let patch = |name: &str, from: &str, to: &str| {
        let path = area.join(name);
        let text = fs::read_to_string(&path).expect("a file read");
        assert!(text.contains(from), "{name} has '{from}'");
        fs::write(path, text.replacen(from, to, 1)).expect("a file written");
    };
    let population = fs::read_to_string(area.join("population.csv")).expect("a table");
    let row = population.lines().find(|line| line.starts_with("projection,flat,2028,5,")).expect("a row of 2028");
    patch("population.csv", row, "projection,flat,2028,5,999,synthetic_population");
    let observations = fs::read_to_string(area.join("observations.csv")).expect("a table");
    let row = observations.lines().find(|line| line.starts_with("2020,new_plans,all,all,all,")).expect("a row of 2020");
    patch("observations.csv", row, "2020,new_plans,all,all,all,70,synthetic_flows");
    patch("scenarios/every-lever.toml", "multiply = 0.8", "multiply = 0.7");
    let assumptions = "key,value,low,high,source,confidence\n\
                       trend_damping_per_year,0.5,0.4,0.6,synthetic_plans,low\n";
    fs::write(area.join("assumptions.csv"), assumptions).expect("a file written");
    fs::write(
        area.join("scenarios/another.toml"),
        "title = \"Another\"\n[[joiner_rate]]\nmultiply = 1.2\nfrom = 2026\n",
    )
    .expect("a file written");
    area.display().to_string()
}

#[test]
fn changed_inputs_are_told_by_file_row_and_line() {
    let work = Work::new();
    let area = patched(&work);
    work.run(TINY, "last", &[]);
    work.run(&area, "this", &[]);
    let said = work.ends(0, &["compare", "last", "this", "--out", "tables"]);
    for words in [
        "population.csv: 1 row only in last, 1 row only in this",
        "  + projection,flat,2028,5,999,synthetic_population",
        "scenarios/every-lever.toml: 1 line only in last, 1 line only in this",
        "  − multiply = 0.8",
        "observations.csv: 1 row only in last, 1 row only in this",
        "Factors of the whole area",
        "scenarios/another.toml: only in this",
        "assumptions.csv: only in this",
        "Scenarios only in this: another",
        "scenarios: baseline every-lever, now baseline another every-lever",
        "trend_damping_per_year",
        "there is no outturn",
    ] {
        assert!(said.contains(words), "'{words}' in\n{said}");
    }
    let inputs = work.rows("tables/changed_inputs.csv");
    let of = |file: &str| inputs.iter().filter(|row| row["file"] == file).count();
    assert_eq!((of("population.csv"), of("scenarios/another.toml"), of("run.toml")), (2, 1, 2));
    let assumptions = work.rows("tables/changed_assumptions.csv");
    let damping = assumptions.iter().find(|row| row["assumption"] == "trend_damping_per_year").expect("a change");
    assert_eq!((damping["change"].as_str(), damping["this_value"].as_str()), ("changed", "0.5"));
    assert_ne!(damping["last_value"], "0.5");
    assert!(work.rows("tables/changed_results.csv").iter().all(|row| row["scenario"] != "another"));
}

#[test]
fn swapping_the_runs_turns_every_sign() {
    let work = Work::new();
    let area = patched(&work);
    work.run(TINY, "one", &[]);
    work.run(&area, "two", &[]);
    work.ends(0, &["compare", "one", "two", "--out", "there"]);
    work.ends(0, &["compare", "two", "one", "--out", "back"]);
    let keys = ["scenario", "area", "year", "measure", "need", "setting", "age_group"];
    let by_key = |folder: &str| -> BTreeMap<Vec<String>, Row> {
        let rows = work.rows(&format!("{folder}/changed_results.csv"));
        rows.into_iter().map(|row| (keys.map(|key| row[key].clone()).to_vec(), row)).collect()
    };
    let (there, back) = (by_key("there"), by_key("back"));
    assert!(there.len() > 100 && there.keys().eq(back.keys()));
    let mut turned = 0;
    for (key, row) in &there {
        let other = &back[key];
        assert_eq!((&row["last_p50"], &row["this_p50"]), (&other["this_p50"], &other["last_p50"]), "{key:?}");
        if !row["change"].is_empty() {
            assert_eq!(number(row, "change"), -number(other, "change"), "{key:?}");
            turned += usize::from(number(row, "change") != 0.0);
        }
    }
    assert!(turned > 50, "{turned}");
    let rates = |folder: &str| work.rows(&format!("{folder}/changed_rates.csv"));
    let (there, back) = (rates("there"), rates("back"));
    assert!(!there.is_empty() && there.len() == back.len(), "{} and {}", there.len(), back.len());
    let keys = ["rate", "age", "need", "setting", "to_setting"];
    let z = |rows: &[Row], like: &Row| {
        rows.iter().find(|row| keys.iter().all(|key| row[*key] == like[*key])).expect("a row")["rough_z"].clone()
    };
    // New plans of 2020 are no events of a rate by age, or are: whichever, the sign turns.
    for row in there.iter().filter(|row| !row["rough_z"].is_empty()) {
        let back: f64 = z(&back, row).parse().expect("a number");
        assert_eq!(number(row, "rough_z"), -back, "{row:?}");
    }
}

#[test]
fn a_run_and_itself_are_the_same() {
    let work = Work::new();
    work.run(TINY, "one", &[]);
    work.run(TINY, "two", &[]);
    for other in ["one", "two"] {
        let said = work.ends(0, &["compare", "one", other]);
        assert!(said.contains("The runs are the same"), "{said}");
    }
    work.run(TINY, "seeded", &["--seed", "2"]);
    let said = work.ends(0, &["compare", "one", "seeded"]);
    assert!(said.contains("seed: 1, now 2") && !said.contains("The runs are the same"), "{said}");
}

#[test]
fn runs_of_two_areas_are_wrong_usage() {
    let work = Work::new();
    work.run(TINY, "one", &[]);
    let area = work.path("other");
    copy_area(&area);
    let settings = fs::read_to_string(area.join("needscast.toml")).expect("settings");
    let settings = settings.replace("id = \"tiny\"", "id = \"other\"").replace("Tiny (synthetic)", "Other");
    fs::write(area.join("needscast.toml"), settings).expect("settings written");
    work.run(&area.display().to_string(), "two", &[]);
    let said = work.ends(2, &["compare", "one", "two", "--out", "tables"]);
    assert!(said.contains("the runs are of two areas: Tiny (synthetic) (tiny) and Other (other)"), "{said}");
    assert!(!work.path("tables").exists());
}

#[test]
fn tables_of_a_comparison_never_replace_what_is_there() {
    let work = Work::new();
    work.run(TINY, "one", &[]);
    fs::create_dir(work.path("full")).expect("a folder made");
    work.write("full/minutes.txt", "kept");
    let compare = |out: &str, code: i32| work.ends(code, &["compare", "one", "one", "--out", out]);
    assert!(compare("full", 4).contains("it already holds other files"));
    fs::create_dir(work.path("empty")).expect("a folder made");
    compare("empty", 0);
    assert!(compare("empty", 4).contains("it already holds another run"));
    assert!(compare("one", 4).contains("it already holds another run"));
}

#[test]
fn runs_that_are_broken_are_named_both_of_them() {
    let work = Work::new();
    work.run(TINY, "one", &[]);
    work.run(TINY, "two", &[]);
    assert!(work.ends(3, &["compare", "one", "none"]).contains("none/run.toml: is missing"));
    for run in ["one", "two"] {
        fs::remove_file(work.path(&format!("{run}/rates.csv"))).expect("a file removed");
    }
    let said = work.ends(3, &["compare", "one", "two"]);
    assert!(said.contains("one/rates.csv: is missing") && said.contains("two/rates.csv: is missing"), "{said}");
    work.write("one/inputs/tiny/settings.csv", "setting\n");
    assert!(
        work.ends(3, &["compare", "one", "two"]).contains("one/inputs/tiny/settings.csv: is not as the run wrote it")
    );
}
