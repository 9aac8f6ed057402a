//! Copies to share: small counts of children are blank, and nobody can work one out by taking printed figures from each
//! other. Attacked here as a reader would, with sums found in the tables themselves.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use tempfile::TempDir;

const PROGRAM: &str = env!("CARGO_BIN_EXE_needscast");
const THRESHOLD: f64 = 5.0;

/// One run of Somerset with its copy to share.
fn somerset() -> &'static Path {
    static RUN: OnceLock<(TempDir, PathBuf)> = OnceLock::new();
    let (_, run) = RUN.get_or_init(|| {
        let keeper = TempDir::new().expect("a temporary folder");
        let run = keeper.path().join("run");
        let area = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/somerset");
        let mut command = Command::new(PROGRAM);
        command.arg("run").arg(area).arg("--out").arg(&run);
        command.args(["--years", "2", "--replicates", "30", "--quiet", "--publish"]);
        command.args(["--scenario", "early-support", "--scenario", "special-school-2028"]);
        let output = command.output().expect("needscast starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        (keeper, run)
    });
    run
}

/// Scenario, area, year, measure, need, setting, age group.
type Key = [String; 7];

struct Table {
    /// Mean and median; `None` where the row is blank.
    rows: BTreeMap<Key, Option<[f64; 2]>>,
    units: BTreeMap<String, String>,
}

fn read(path: &Path) -> Table {
    let mut reader = csv::Reader::from_path(path).expect("a table of figures");
    let mut table = Table { rows: BTreeMap::new(), units: BTreeMap::new() };
    for row in reader.deserialize() {
        let row: BTreeMap<String, String> = row.expect("a row as wide as its header");
        let key = ["scenario", "area", "year", "measure", "need", "setting", "age_group"].map(|name| row[name].clone());
        let blank = ["principal", "mean", "sd", "p05", "p10", "p25", "p50", "p75", "p90", "p95"]
            .iter()
            .all(|name| row[*name].is_empty());
        let number = |name: &str| row[name].parse::<f64>().unwrap_or(f64::NAN);
        table.units.insert(row["measure"].clone(), row["unit"].clone());
        table.rows.insert(key, (!blank).then(|| ["mean", "p50"].map(number)));
    }
    table
}

/// Measures whose unit is children, by one word or another.
fn counts_children(table: &Table, measure: &str) -> bool {
    ["plans", "pupils", "children", "requests", "assessments", "appeals", "reviews"]
        .contains(&table.units[measure].as_str())
}

#[test]
fn no_small_count_is_told_and_everything_else_is_as_in_the_run() {
    let (whole, copy) = (read(&somerset().join("forecast.csv")), read(&somerset().join("published/forecast.csv")));
    let (mut small, mut blank, mut told) = (0, 0, 0);
    for (key, shown) in &copy.rows {
        let own = whole.rows[key].unwrap_or([f64::NAN; 2]);
        match shown {
            Some(shown) => {
                assert!(shown.iter().zip(own).all(|(a, b)| a == &b || a.is_nan() && b.is_nan()), "{key:?}");
                let child = counts_children(&copy, &key[3]);
                let is_small = own.iter().any(|value| (0.001..THRESHOLD).contains(value));
                assert!(!(child && is_small), "{key:?} tells {own:?}");
                told += 1;
            }
            None => blank += 1,
        }
        small += usize::from(own.iter().any(|value| (0.001..THRESHOLD).contains(value)));
    }
    println!("{told} rows told, {blank} blank, {small} of all hold a small number");
    assert!(blank > 500 && told > 2_000, "{blank} blank, {told} told");
}

/// A cell is blank in every scenario, and in differences, or in none.
#[test]
fn no_scenario_gives_away_what_is_blank_in_another() {
    let copy = read(&somerset().join("published/forecast.csv"));
    let less = read(&somerset().join("published/differences.csv"));
    let mut blank: BTreeMap<&[String], BTreeSet<bool>> = BTreeMap::new();
    for (key, shown) in copy.rows.iter().filter(|(key, _)| counts_children(&copy, &key[3])) {
        blank.entry(&key[1..]).or_default().insert(shown.is_none());
    }
    for (key, shown) in &less.rows {
        if let Some(states) = blank.get_mut(&key[1..]) {
            states.insert(shown.is_none());
        }
    }
    assert!(blank.values().all(|states| states.len() == 1));
}

/// Solves whatever a sum with a single blank gives away, again and again, in every scenario and January.
#[test]
fn nothing_that_is_blank_can_be_had_by_subtraction() {
    let (whole, copy) = (read(&somerset().join("forecast.csv")), read(&somerset().join("published/forecast.csv")));
    let mut cells: BTreeMap<&Key, usize> = BTreeMap::new();
    let mut hidden = Vec::new();
    let mut values = Vec::new();
    for (key, shown) in copy.rows.iter().filter(|(key, _)| counts_children(&copy, &key[3])) {
        cells.insert(key, hidden.len());
        hidden.push(shown.is_none());
        values.push(whole.rows[key].expect("a run tells all")[0]);
    }
    let sums = sums_that_hold(&cells, &values);
    assert!(sums.len() > 400, "{} sums", sums.len());
    let mut unknown = hidden.clone();
    let mut found = Vec::new();
    loop {
        let before = found.len();
        for sum in &sums {
            let mut blanks = sum.iter().filter(|cell| unknown[**cell]);
            if let (Some(only), None) = (blanks.next(), blanks.next()) {
                found.push(*only);
                unknown[*only] = false;
            }
        }
        if found.len() == before {
            break;
        }
    }
    let small: Vec<&usize> = found.iter().filter(|cell| values[**cell] < THRESHOLD).collect();
    assert!(small.is_empty(), "{} of {} can be worked out", small.len(), hidden.iter().filter(|h| **h).count());
    // The attack works where nothing protects: with only small cells blank, it finds many.
    let mut unprotected: Vec<bool> = values.iter().map(|value| (0.001..THRESHOLD).contains(value)).collect();
    let mut easy = 0;
    for sum in sums.iter().chain(&sums) {
        let mut blanks = sum.iter().filter(|cell| unprotected[**cell]);
        if let (Some(only), None) = (blanks.next(), blanks.next()) {
            easy += 1;
            unprotected[*only] = false;
        }
    }
    println!("{} sums; {easy} small counts would be known without secondary suppression", sums.len());
    assert!(easy > 30, "{easy}");
}

/// Cells of each sum over needs, settings, age groups or areas that holds in the run.
fn sums_that_hold(cells: &BTreeMap<&Key, usize>, values: &[f64]) -> Vec<Vec<usize>> {
    let groups = ["under_5", "5_to_10", "11_to_15", "16_to_19", "20_to_25"];
    let mut parts: BTreeMap<(Key, usize), Vec<usize>> = BTreeMap::new();
    for (key, cell) in cells {
        for (axis, total) in [(1, "somerset"), (4, "all"), (5, "all"), (6, "all")] {
            let by_group = axis != 6 || groups.contains(&key[6].as_str());
            if key[axis] != total && by_group {
                let mut above = (*key).clone();
                above[axis] = total.to_string();
                parts.entry((above, axis)).or_default().push(*cell);
            }
        }
        // Single years of age make up all plans of a setting.
        if key[3] == "plans_by_age" {
            let mut above = (*key).clone();
            (above[3], above[6]) = ("plans".to_string(), "all".to_string());
            parts.entry((above, 6)).or_default().push(*cell);
        }
        // Who has a place in September is there in January.
        if key[3] == "placed" {
            let mut above = (*key).clone();
            let year: u16 = key[2].parse().expect("a year");
            (above[2], above[3]) = ((year + 1).to_string(), "plans".to_string());
            parts.entry((above, 3)).or_default().push(*cell);
        }
    }
    let mut sums = Vec::new();
    for ((above, _), parts) in parts {
        let Some(total) = cells.get(&above) else { continue };
        let sum: f64 = parts.iter().map(|part| values[*part]).sum();
        if (sum - values[*total]).abs() < 0.006 * (parts.len() + 1) as f64 {
            sums.push(parts.into_iter().chain([*total]).collect());
        }
    }
    sums
}

/// Hours of a list, and plans there per place, give the children away who are blank.
#[test]
fn what_follows_from_a_blank_figure_is_blank_with_it() {
    let copy = read(&somerset().join("published/forecast.csv"));
    let mut followed = 0;
    for (key, _) in copy.rows.iter().filter(|(_, shown)| shown.is_none()) {
        let mut other = key.clone();
        if let Some(service) = key[3].strip_prefix("waiting_list_of_") {
            other[3] = format!("hours_waiting_of_{service}");
        } else if key[3] == "placed" {
            other[3] = "occupancy".to_string();
        }
        if other != *key && copy.rows.contains_key(&other) {
            assert!(copy.rows[&other].is_none(), "{other:?} is told");
            followed += 1;
        }
    }
    assert!(followed > 5, "{followed}");
}

#[test]
fn figures_of_few_children_each_are_left_out() {
    let copy = read(&somerset().join("published/forecast.csv"));
    for key in copy.rows.keys() {
        assert!(!key[3].contains("_tier_"), "{key:?}");
        let split = [4, 5, 6].map(|axis| key[axis] != "all");
        let is_flow = ["new_plans", "joiners", "leavers", "movers_to", "sen_support_to_plans"];
        let deepest = match key[3].as_str() {
            "plans" => 2,
            measure if is_flow.contains(&measure) => 0,
            _ => 1,
        };
        assert!(split.iter().filter(|is_split| **is_split).count() <= deepest, "{key:?}");
    }
}

#[test]
fn a_copy_says_what_it_is_and_leaves_out_what_stands_for_few_children() {
    let copy = somerset().join("published");
    let page = fs::read_to_string(copy.join("report.html")).expect("a report");
    assert!(page.contains("\"threshold\":5"), "the page knows that counts are withheld");
    assert!(page.contains("A copy to share: counts of children below 5 are blank"));
    for left_out in ["rates.csv", "moves.csv", "providers.csv", "inputs", "run.toml", "pool.csv"] {
        assert!(!copy.join(left_out).exists(), "{left_out}");
    }
    let money = fs::read_to_string(copy.join("money.csv")).expect("a table of money");
    assert!(money.contains("high_needs_deficit") && !money.contains("specialist_post_16"));
    // Percentiles of a blank figure are left out.
    let forecast = read(&copy.join("forecast.csv"));
    let mut reader = csv::Reader::from_path(copy.join("percentiles.csv")).expect("a table of percentiles");
    for row in reader.records() {
        let row = row.expect("a row");
        let [scenario, area, year, measure, setting] = [0, 1, 2, 3, 4].map(|place| row[place].to_string());
        let key = [scenario, area, year, measure, "all".to_string(), setting, "all".to_string()];
        assert!(forecast.rows.get(&key).is_none_or(Option::is_some), "{key:?}");
    }
}

#[test]
fn a_copy_can_be_made_of_a_finished_run_and_is_the_same() {
    let keeper = TempDir::new().expect("a temporary folder");
    let out = keeper.path().join("copy");
    let make = |extra: &[&str]| {
        let mut command = Command::new(PROGRAM);
        command.arg("report").arg(somerset()).arg("--out").arg(&out).args(extra).output().expect("needscast starts")
    };
    let made = make(&["--publish", "5"]);
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    assert!(String::from_utf8_lossy(&made.stdout).contains("rows of forecast.csv are blank"));
    for entry in fs::read_dir(somerset().join("published")).expect("a copy") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name");
        assert!(fs::read(&path).expect("a file") == fs::read(out.join(name)).expect("the same file"), "{name:?}");
    }
    assert_eq!(make(&["--publish", "5"]).status.code(), Some(4), "a copy is never overwritten");
    assert_eq!(make(&["--publish", "1"]).status.code(), Some(2), "a threshold below 2 hides nothing");
}
