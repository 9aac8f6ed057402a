//! `needscast backtest`: its tables, its exit codes, and the same bytes for any number of threads, on
//! the small synthetic releases of `tests/data/releases` with more synthetic authorities added.

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;
use tempfile::TempDir;

const RELEASES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/releases");
const COLUMNS: &str =
    "la_code,la_name,origin,year,horizon,measure,setting,actual,principal,mean,p10,p50,p90,naive,drift";

/// A copy of the newer release with six more authorities, whole from January 2019 to 2025.
struct Release(TempDir);

impl Release {
    fn new() -> Release {
        let folder = TempDir::new().expect("a temporary folder");
        let data = Path::new(RELEASES).join("2025/data");
        fs::create_dir(folder.path().join("data")).expect("a folder made");
        for entry in fs::read_dir(data).expect("a folder read") {
            let entry = entry.expect("an entry read");
            fs::copy(entry.path(), folder.path().join("data").join(entry.file_name())).expect("a file copied");
        }
        let release = Release(folder);
        for area in 0..6_u32 {
            let mut plans = 1000 * (area + 1);
            for year in 2018..=2024_u32 {
                let academic = format!("{year}{:02}", (year + 1) % 100);
                let special = plans / 5;
                release.add(
                    "caseload.csv",
                    area,
                    &academic,
                    "All EHC plans",
                    &[
                        ("ehcplans", plans),
                        ("special_la_maintained", special / 2),
                        ("special_academy_free", special - special / 2),
                    ],
                );
                // Growth of 6 to 12 %, no two areas alike.
                plans += plans * (6 + (area * 5 + year * 3) % 7) / 100;
                if year > 2018 {
                    let calendar = year.to_string();
                    release.add("newplans.csv", area, &calendar, "New EHC plans", &[("new_ehc_plans", plans / 8)]);
                    let requests = [("requests_received_in_year", plans / 6)];
                    release.add("requests.csv", area, &calendar, "All requests for EHC needs assessments", &requests);
                }
            }
        }
        release
    }

    /// Adds a row of totals; whatever is not given is not available.
    fn add(&self, table: &str, area: u32, period: &str, topic: &str, counts: &[(&str, u32)]) {
        let path = self.0.path().join("data").join(table);
        let mut text = fs::read_to_string(&path).expect("a table of the release");
        let header = text.lines().next().expect("a header").trim_start_matches('\u{feff}').to_string();
        let value = |column: &str| match column {
            "time_period" => period.to_string(),
            "geographic_level" => "Local authority".to_string(),
            "region_name" => "Synthetic".to_string(),
            "new_la_code" => format!("E0699990{area}"),
            "old_la_code" => format!("98{area}"),
            "la_name" => format!("Synthetic {area}"),
            "breakdown_topic" | "breakdown" => topic.to_string(),
            _ => {
                counts.iter().find(|(name, _)| *name == column).map_or("x".to_string(), |(_, count)| count.to_string())
            }
        };
        let row: Vec<String> = header.split(',').map(value).collect();
        if !text.ends_with('\n') {
            text.push('\n');
        }
        fs::write(&path, format!("{text}{}\n", row.join(","))).expect("a table written");
    }

    fn backtest(&self, out: &Path, arguments: &[&str]) -> Command {
        let population = Path::new(RELEASES).join("ons/estimates_2024_as_published.csv");
        let mut command = Command::new(env!("CARGO_BIN_EXE_needscast"));
        command.arg("backtest").arg("--ehc").arg(self.0.path()).arg("--population").arg(population);
        command.arg("--out").arg(out).args(arguments);
        command
    }
}

fn out(folder: &TempDir, name: &str) -> PathBuf {
    folder.path().join(name)
}

#[test]
fn forecasts_and_scores_are_written_the_same_for_any_number_of_threads() {
    let (release, results) = (Release::new(), TempDir::new().expect("a temporary folder"));
    for threads in ["1", "3"] {
        let arguments = ["--origins", "2023..2024", "--horizon", "2", "--replicates", "50", "--threads", threads];
        release
            .backtest(&out(&results, threads), &arguments)
            .assert()
            .code(0)
            .stdout(contains("6 local authorities").and(contains("| all ")));
    }
    let read = |threads: &str, file: &str| fs::read_to_string(out(&results, threads).join(file)).expect("a table");
    for file in ["backtest.csv", "scores.csv", "run.toml"] {
        assert_eq!(read("1", file), read("3", file), "{file}");
    }
    let forecasts = read("1", "backtest.csv");
    assert_eq!(forecasts.lines().next(), Some(COLUMNS));
    // Six whole areas, all plans: two horizons from 2023, one from 2024.
    let added = |line: &&str| line.starts_with("98") && line.contains(",plans,all,");
    assert_eq!(forecasts.lines().filter(added).count(), 6 * 3);
    let (actual, p10, p90) = (7, 10, 12);
    for line in forecasts.lines().skip(1) {
        let values: Vec<&str> = line.split(',').collect();
        let number = |place: usize| values[place].parse::<f64>().expect("a number");
        assert!(number(p10) <= number(p90) && number(actual) > 0.0, "{line}");
    }
    assert!(read("1", "scores.csv").lines().any(|line| line.starts_with("plans,all,0,1,all,12,")));
}

#[test]
fn a_finished_backtest_is_never_overwritten_by_another() {
    let (release, results) = (Release::new(), TempDir::new().expect("a temporary folder"));
    let target = out(&results, "run");
    let arguments = ["--origins", "2023..2024", "--replicates", "20", "--quiet"];
    release.backtest(&target, &arguments).assert().code(0).stdout("");
    release.backtest(&target, &arguments).assert().code(0);
    release.backtest(&target, &["--origins", "2024..2024", "--quiet"]).assert().code(4).stderr(contains("another run"));
}

#[test]
fn origins_are_two_januaries_within_the_releases() {
    let (release, results) = (Release::new(), TempDir::new().expect("a temporary folder"));
    for origins in ["2024", "2024..2023", "x..2024", "20..30"] {
        let stderr = contains("two Januaries, the earlier first, such as 2018..2024");
        release.backtest(&out(&results, "run"), &["--origins", origins]).assert().code(2).stderr(stderr);
    }
    // The first of these releases' Januaries is 2019; growth and its errors need four more.
    for origins in ["2021..2024", "2022..2025"] {
        let stderr = contains("these releases allow 2023..2024 at most");
        release.backtest(&out(&results, "run"), &["--origins", origins]).assert().code(2).stderr(stderr);
    }
    assert!(!out(&results, "run").exists());
}

#[test]
fn releases_without_three_whole_series_are_refused_and_nothing_is_written() {
    let results = TempDir::new().expect("a temporary folder");
    let mut command = Command::new(env!("CARGO_BIN_EXE_needscast"));
    let releases = Path::new(RELEASES);
    command.arg("backtest").arg("--ehc").args([releases.join("2025"), releases.join("2022")]).arg("--population");
    command.arg(releases.join("ons/estimates_2024_as_published.csv")).arg("--out").arg(out(&results, "run"));
    let stderr = contains("give no forecast that could be scored").and(contains("three local authorities"));
    command.args(["--origins", "2023..2024"]).assert().code(3).stderr(stderr);
    assert_eq!(fs::read_dir(results.path()).expect("a folder").count(), 0);
}

#[test]
fn too_few_januaries_are_refused() {
    let results = TempDir::new().expect("a temporary folder");
    let mut command = Command::new(env!("CARGO_BIN_EXE_needscast"));
    command.arg("backtest").arg("--ehc").arg(Path::new(RELEASES).join("2025")).arg("--population");
    command.arg(Path::new(RELEASES).join("ons/estimates_2024_as_published.csv"));
    command.arg("--out").arg(out(&results, "run"));
    command.assert().code(3).stderr(contains("a backtest takes 6 Januaries"));
}

#[test]
fn a_renamed_column_is_named_with_what_is_there() {
    let (release, results) = (Release::new(), TempDir::new().expect("a temporary folder"));
    let path = release.0.path().join("data/caseload.csv");
    let text = fs::read_to_string(&path).expect("a table").replacen(",ehcplans,", ",ehc_plans_held,", 1);
    fs::write(&path, text).expect("a table written");
    let stderr = contains("caseload.csv").and(contains("ehcplans")).and(contains("ehc_plans_held"));
    release.backtest(&out(&results, "run"), &[]).assert().code(3).stderr(stderr);
}
