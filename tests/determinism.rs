//! The same inputs and seed give the same bytes: for any number of threads, in shards or at once,
//! beside whatever other scenarios, and wherever the area folder lies.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use needscast::engine::batch::{EngineError, Shard, Workers, run_principal, run_shard};
use needscast::engine::calibration::prepare;
use needscast::fit::estimate::fit_rates;
use needscast::input::area_folder::{Overrides, read_area_folder};
use needscast::model::parameters::Prepared;
use needscast::scenario::effects::{YearEffects, resolve_effects};
use tempfile::TempDir;

const TABLES: [&str; 4] = ["forecast.csv", "differences.csv", "rates.csv", "assumptions.csv"];

fn data(area: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data").join(area)
}

// ---------------------------------------------------------------------------------------------
// The program.

/// A finished run folder; removed when dropped.
struct Run {
    keeper: TempDir,
}

impl Run {
    /// 60 replicates of an area folder, with further arguments.
    fn of(area: &Path, arguments: &[&str]) -> Run {
        let keeper = TempDir::new().expect("a temporary folder");
        Command::new(env!("CARGO_BIN_EXE_needscast"))
            .arg("run")
            .arg(area)
            .arg("--out")
            .arg(keeper.path().join("run"))
            .args(["--replicates", "60", "--quiet", "--tables-only"])
            .args(arguments)
            .assert()
            .success();
        Run { keeper }
    }

    fn somerset(arguments: &[&str]) -> Run {
        Run::of(&data("somerset"), arguments)
    }

    fn read(&self, file: &str) -> String {
        let path = self.keeper.path().join("run").join(file);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    fn id(&self) -> String {
        let record = self.read("run.toml");
        let line = record.lines().find(|line| line.starts_with("id = ")).expect("a run record has an id");
        line.to_string()
    }

    /// The lines of `forecast.csv` of one scenario: key columns and the numbers behind them.
    fn figures(&self, scenario: &str) -> BTreeMap<String, String> {
        let own = self.read("forecast.csv");
        let rows = own.lines().filter(|line| line.starts_with(&format!("{scenario},")));
        let figures: BTreeMap<String, String> = rows.map(split_after_keys).collect();
        assert!(figures.len() > 1000, "{scenario} has {} figures", figures.len());
        figures
    }
}

/// Scenario to unit are the first eight columns.
fn split_after_keys(line: &str) -> (String, String) {
    let (comma, _) = line.match_indices(',').nth(7).expect("eight key columns");
    (line[..comma].to_string(), line[comma + 1..].to_string())
}

/// The first line in which two tables differ, for a message a reader can use.
fn first_difference(a: &str, b: &str) -> Option<String> {
    if a == b {
        return None;
    }
    let lines = a.lines().zip(b.lines()).enumerate();
    let differing = lines.filter(|(_, (a, b))| a != b).map(|(index, (a, b))| format!("line {}: {a} | {b}", index + 1));
    Some(differing.take(1).next().unwrap_or_else(|| format!("{} and {} bytes", a.len(), b.len())))
}

#[test]
fn neither_threads_nor_other_scenarios_change_a_figure() {
    let all = Run::somerset(&["--threads", "1"]);
    two_and_four_threads_give_the_same_bytes_as(&all);
    a_scenario_has_the_same_figures_alone_as_in(&all);
}

fn two_and_four_threads_give_the_same_bytes_as(one: &Run) {
    for threads in ["2", "4"] {
        let more = Run::somerset(&["--threads", threads]);
        for table in TABLES {
            let difference = first_difference(&one.read(table), &more.read(table));
            assert_eq!(difference, None, "{table} with {threads} threads");
        }
        assert_eq!(one.id(), more.id());
    }
    // Bytes of an empty table would agree too.
    let scenarios = ["baseline", "early-support", "fewer-independent", "high-growth", "request-surge"];
    scenarios.iter().for_each(|scenario| drop(one.figures(scenario)));
    assert!(one.read("differences.csv").lines().count() > 1000);
    let multipliers = one.read("rates.csv").lines().filter(|l| l.starts_with("new_plans_multiplier,")).count();
    assert_eq!(multipliers, 5);
    assert!(one.read("rates.csv").lines().count() > 100 && one.read("assumptions.csv").lines().count() > 5);
}

#[test]
fn another_seed_gives_other_draws_from_the_same_rates() {
    let [first, second] = ["1", "2"].map(|seed| Run::somerset(&["--scenario", "baseline", "--seed", seed]));
    assert_ne!(first.read("forecast.csv"), second.read("forecast.csv"));
    assert_eq!(first.read("rates.csv"), second.read("rates.csv"));
    assert_ne!(first.id(), second.id());
    // The principal projection draws nothing.
    let [first, second] = [&first, &second].map(|run| run.figures("baseline"));
    let principal = |figures: &BTreeMap<String, String>, key: &str| {
        figures.get(key).map(|numbers| numbers.split(',').next().map(str::to_string))
    };
    for key in first.keys().filter(|key| second.contains_key(*key)) {
        assert_eq!(principal(&first, key), principal(&second, key), "{key}");
    }
}

fn a_scenario_has_the_same_figures_alone_as_in(all: &Run) {
    let alone = Run::somerset(&["--scenario", "high-growth"]);
    for scenario in ["baseline", "high-growth"] {
        let [all, alone] = [all, &alone].map(|run| run.figures(scenario));
        for (key, numbers) in &alone {
            assert_eq!(all.get(key), Some(numbers), "{key}");
        }
        // A table leaves out what is 0 in each of its scenarios, so others may add rows of nothing.
        for (key, numbers) in all.iter().filter(|(key, _)| !alone.contains_key(*key)) {
            assert!(numbers.bytes().all(|byte| b"0.,".contains(&byte)), "{key}: {numbers}");
        }
    }
}

#[test]
fn a_copied_area_folder_gives_the_same_run() {
    let elsewhere = TempDir::new().expect("a temporary folder");
    for area in ["somerset", "england"] {
        copy_folder(&data(area), &elsewhere.path().join("copied").join(area));
    }
    let copy = elsewhere.path().join("copied/somerset");
    let arguments = ["--scenario", "early-support"];
    let (original, copied) = (Run::somerset(&arguments), Run::of(&copy, &arguments));
    assert_eq!(original.id(), copied.id());
    for table in TABLES {
        assert_eq!(first_difference(&original.read(table), &copied.read(table)), None, "{table}");
    }
    // One byte more in an input is another run.
    let settings = copy.join("needscast.toml");
    let text = fs::read_to_string(&settings).expect("a copied file");
    fs::write(&settings, format!("{text}\n")).expect("a temporary file can be written");
    assert_ne!(original.id(), Run::of(&copy, &arguments).id());
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a temporary folder can be made");
    for entry in fs::read_dir(from).expect("an area folder") {
        let entry = entry.expect("an entry of an area folder");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("a file can be copied");
        }
    }
}

// ---------------------------------------------------------------------------------------------
// The engine.

const SEED: u64 = 20250116;

/// Somerset under its scenario with all kinds of lever at work at once.
struct Engine {
    prepared: Prepared,
    effects: Vec<YearEffects>,
}

impl Engine {
    fn somerset() -> Engine {
        let folder = read_area_folder(&data("somerset"), Overrides::default()).unwrap_or_else(|p| panic!("{p}"));
        let world = &folder.world;
        let fitted = fit_rates(world).expect("the area can be fitted");
        let mut scenario = folder.scenarios[0].clone();
        scenario.levers = folder.scenarios.iter().flat_map(|s| s.levers.iter().cloned()).collect();
        let effects = resolve_effects(&scenario, &world.needs, world.shape(), world.base, world.years, None);
        let workers = Workers::new(2).expect("threads can be started");
        Engine { prepared: prepare(&workers, &fitted.rates).expect("the books balance"), effects }
    }

    fn run(&self, threads: usize, replicates: std::ops::Range<u32>) -> Shard {
        let workers = Workers::new(threads).expect("threads can be started");
        run_shard(&workers, &self.prepared, &self.effects, SEED, replicates, &|| ()).expect("the books balance")
    }
}

#[test]
fn shards_merged_equal_the_whole_batch() {
    let engine = Engine::somerset();
    let whole = engine.run(2, 1..61);
    let parts = [engine.run(1, 1..31), engine.run(2, 31..61)];
    let merged = Shard::merge(parts.clone()).expect("they follow on").expect("two shards");
    assert!(merged == whole, "two shards merged differ from the whole batch");
    assert_eq!(whole.rows().count(), 60);
    let [first, second] = parts;
    let swapped = Shard::merge([second, first]);
    assert!(matches!(swapped, Err(EngineError::Shards { expected: 61, found: 1 })));
}

#[test]
fn a_replicate_run_alone_equals_its_row_in_the_batch() {
    let engine = Engine::somerset();
    let batch = engine.run(2, 1..61);
    let rows: Vec<&[u32]> = batch.rows().collect();
    for replicate in [1, 17, 60] {
        let alone = engine.run(1, replicate..replicate + 1);
        let row: Vec<&[u32]> = alone.rows().collect();
        assert!(row == [rows[replicate as usize - 1]], "replicate {replicate} differs when run alone");
    }
    // Rows that were all alike would pass: no two of them are.
    let mut distinct = rows.clone();
    distinct.sort_unstable();
    distinct.dedup();
    assert_eq!(distinct.len(), rows.len());
}

#[test]
fn the_principal_projection_has_the_same_bits_each_time() {
    let engine = Engine::somerset();
    let bits = || {
        let row = run_principal(&engine.prepared, &engine.effects).expect("the books balance");
        row.into_iter().map(f64::to_bits).collect::<Vec<_>>()
    };
    assert!(bits() == bits());
}
