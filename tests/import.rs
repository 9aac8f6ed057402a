//! `needscast import open-data`: releases as downloaded into area folders that `run` accepts.
//!
//! The synthetic releases of `tests/data/releases` are read as folders and, packed here, as zips;
//! the public files are read where they stand beside the project, and those tests are skipped,
//! loudly, where they do not.

use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use assert_cmd::assert::Assert;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use needscast::domain::observation::Measure;
use needscast::input::open_data::{read_population, read_releases};
use needscast::input::problem::Problems;
use predicates::prelude::*;
use predicates::str::contains;
use tempfile::TempDir;
use zip::write::{SimpleFileOptions, ZipWriter};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const TABLES: [&str; 6] =
    ["observations.csv", "population.csv", "sources.csv", "settings.csv", "placements.csv", "returns.csv"];
const ESTIMATES: [&str; 2] = ["estimates_2021_2023.csv", "estimates_2024_as_published.csv"];
const PROJECTION: &str = "projection_2024_2034.csv";
const SHARES: &str = "Short Desc,Data item,Years,LA and Regions,Values,LA Number,Region\n";
const PUPILS: &str = "year,location_code,group,all_pupils\n";

// ---------------------------------------------------------------------------------------------
// Inputs and the command.

/// A folder with a copy of the synthetic releases, to be changed at will, and results beside it.
struct Inputs(TempDir);

impl Inputs {
    fn new() -> Inputs {
        let inputs = Inputs(TempDir::new().expect("a temporary folder"));
        for folder in ["2022/data", "2025/data", "ons"] {
            let from = fixture().join(folder);
            fs::create_dir_all(inputs.path(folder)).expect("a folder made");
            for entry in fs::read_dir(from).expect("the fixture") {
                let entry = entry.expect("an entry");
                fs::copy(entry.path(), inputs.path(folder).join(entry.file_name())).expect("a copy");
            }
        }
        inputs
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Changes a file's text.
    fn patch(&self, name: &str, change: impl Fn(&str) -> String) {
        let path = self.path(name);
        let text = fs::read_to_string(&path).expect("a file of the fixture");
        let changed = change(&text);
        assert_ne!(text, changed, "{name} was not changed");
        fs::write(path, changed).expect("a file written");
    }

    /// Packs a release as the publisher does: files under `data/`, deflated.
    fn pack(&self, year: &str) -> PathBuf {
        let path = self.path(&format!("{year}.zip"));
        let mut zip = ZipWriter::new(fs::File::create(&path).expect("a file made"));
        for entry in fs::read_dir(self.path(&format!("{year}/data"))).expect("a release") {
            let entry = entry.expect("an entry");
            let name = format!("data/{}", entry.file_name().to_string_lossy());
            zip.start_file(name, SimpleFileOptions::default()).expect("an entry begun");
            zip.write_all(&fs::read(entry.path()).expect("a table")).expect("an entry written");
        }
        zip.finish().expect("a zip written");
        path
    }

    /// Compresses a file of the inputs beside it.
    fn gzip(&self, name: &str) -> PathBuf {
        let path = self.path(&format!("{name}.gz"));
        let mut gz = GzEncoder::new(fs::File::create(&path).expect("a file made"), Compression::default());
        gz.write_all(&fs::read(self.path(name)).expect("a table")).expect("a file written");
        gz.finish().expect("a file written");
        path
    }

    /// Imports the folders as they stand.
    fn import(&self, la: &str) -> Assert {
        self.import_from(la, &[self.path("2022"), self.path("2025")])
    }

    fn import_from(&self, la: &str, releases: &[PathBuf]) -> Assert {
        let ons = |name: &str| self.path("ons").join(name);
        import(la, releases, &ESTIMATES.map(ons), &[ons(PROJECTION)], &self.path("areas"))
    }

    /// Imports with a table of shares on SEN support and one of pupils by age, from their rows.
    fn import_census(&self, la: &str, shares: &str, pupils: &str) -> Assert {
        let [shares_path, pupils_path] = ["shares.csv", "pupils.csv"].map(|name| self.path(name));
        fs::write(&shares_path, format!("{SHARES}{shares}")).expect("a file written");
        fs::write(&pupils_path, format!("{PUPILS}{pupils}")).expect("a file written");
        self.import_census_from(la, &shares_path, &pupils_path)
    }

    fn import_census_from(&self, la: &str, shares: &Path, pupils: &Path) -> Assert {
        let ons = |name: &str| self.path("ons").join(name);
        let releases = [self.path("2022"), self.path("2025")];
        let mut command = command(la, &releases, &ESTIMATES.map(ons), &[ons(PROJECTION)], &self.path("areas"));
        command.arg("--sen-support").arg(shares).arg("--pupils").arg(pupils).assert()
    }

    /// A rejection leaves nothing: no target, no folder in the making.
    fn assert_rejected(&self, outcome: Assert, code: i32, message: &[&str]) {
        let mut outcome = outcome.code(code);
        for part in message {
            outcome = outcome.stderr(contains(*part));
        }
        assert!(!self.path("areas").exists(), "something was written");
    }
}

fn import(la: &str, releases: &[PathBuf], estimates: &[PathBuf], projections: &[PathBuf], out: &Path) -> Assert {
    command(la, releases, estimates, projections, out).assert()
}

fn command(la: &str, releases: &[PathBuf], estimates: &[PathBuf], projections: &[PathBuf], out: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_needscast"));
    command.args(["import", "open-data", "--la", la]).arg("--ehc").args(releases);
    command.arg("--population").args(estimates).arg("--projection").args(projections);
    command.arg("--out").arg(out);
    command
}

fn fixture() -> PathBuf {
    Path::new(ROOT).join("tests/data/releases")
}

/// The public files beside the project.
fn shared(name: &str) -> Option<PathBuf> {
    let path = Path::new(ROOT).join("../shared/data").join(name);
    if !path.exists() {
        eprintln!("SKIPPED: {} is not there", path.display());
    }
    path.exists().then_some(path)
}

fn expected(table: &str) -> String {
    let file = fs::File::open(fixture().join(format!("expected/borsetshire/{table}.gz"))).expect("it is shipped");
    let mut text = String::new();
    GzDecoder::new(file).read_to_string(&mut text).expect("it unpacks");
    text
}

/// Compares two texts, and names the first line that differs.
fn assert_same(found: &str, expected: &str, name: &str) {
    for (line, (found, expected)) in found.lines().zip(expected.lines()).enumerate() {
        assert_eq!(found, expected, "{name}:{}", line + 1);
    }
    assert!(found == expected, "{name}: {} bytes, not {}", found.len(), expected.len());
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).expect("a file read")
}

// ---------------------------------------------------------------------------------------------
// What is imported.

#[test]
fn a_synthetic_authority_comes_out_as_an_independent_script_wrote_it() {
    let inputs = Inputs::new();
    inputs.import("Borsetshire").success().stdout(contains("Borsetshire (LA 971) in"));
    for table in ["observations.csv", "population.csv"] {
        assert_same(&read(&inputs.path("areas/borsetshire").join(table)), &expected(table), table);
    }
    // Settings and placements are the same for every area, and those of the shipped ones.
    for table in ["settings.csv", "placements.csv"] {
        let shipped = read(&Path::new(ROOT).join("data/somerset").join(table));
        assert_same(&read(&inputs.path("areas/borsetshire").join(table)), &shipped, table);
    }
}

#[test]
fn zips_and_compressed_population_give_the_same_bytes_as_folders_and_plain_files() {
    let (folders, zips) = (Inputs::new(), Inputs::new());
    folders.import("971").success();
    let releases = ["2025", "2022"].map(|year| zips.pack(year));
    let gzip = |name: &str| zips.gzip(&format!("ons/{name}"));
    import("E06000066", &releases, &ESTIMATES.map(gzip), &[gzip(PROJECTION)], &zips.path("areas")).success();
    for area in ["borsetshire", "england"] {
        for table in TABLES.into_iter().chain(["needscast.toml", "import-notes.txt"]) {
            let path = format!("areas/{area}/{table}");
            assert_same(&read(&zips.path(&path)), &read(&folders.path(&path)), &path);
        }
    }
}

#[test]
fn persons_are_taken_as_they_are_or_added_from_males_and_females() {
    let (sexes, persons) = (Inputs::new(), Inputs::new());
    sexes.import("Borsetshire").success();
    // The same projection as persons: males and females of the fixture differ by one at most.
    persons.patch(&format!("ons/{PROJECTION}"), |text| {
        let mut lines = text.lines();
        let header = lines.next().expect("a header");
        let rows: Vec<Vec<&str>> = lines.map(|line| line.split(',').collect()).collect();
        let (females, males): (Vec<_>, Vec<_>) = rows.iter().partition(|row| row[3] == "females");
        let both = females.iter().map(|row| {
            let other = males.iter().find(|other| (other[0], other[4]) == (row[0], row[4])).expect("its pair");
            let number = |text: &str| text.parse::<u32>().expect("a count");
            let sums = row[5..].iter().zip(&other[5..]).map(|(f, m)| (number(f) + number(m)).to_string());
            let keys = [row[0], row[1], row[2], "Persons", row[4]].map(str::to_string);
            keys.into_iter().chain(sums).collect::<Vec<_>>().join(",")
        });
        std::iter::once(header.to_string()).chain(both).collect::<Vec<_>>().join("\n")
    });
    persons.import("Borsetshire").success();
    let table = "areas/borsetshire/population.csv";
    assert_same(&read(&persons.path(table)), &read(&sexes.path(table)), table);
}

#[test]
fn a_total_of_the_region_gives_way_to_the_sum_of_the_areas_own_placements() {
    let inputs = Inputs::new();
    // Two authorities bear the name: the one with plans is meant.
    inputs
        .import("barchester")
        .success()
        .stderr(contains("Barchester: new_plans 2022: the total, 123, is the region's"));
    let observations = read(&inputs.path("areas/barchester/observations.csv"));
    assert!(observations.contains("\n2022,new_plans,all,all,all,18,sum_of_placements\n"));
    assert!(!observations.contains(",123,"));
}

#[test]
fn a_total_of_the_region_without_placements_is_left_out() {
    let inputs = Inputs::new();
    inputs.patch("2025/data/newplans.csv", |text| {
        let blank = |line: &str| {
            let fields: Vec<&str> = line.split(',').collect();
            if fields[0] != "2022" || fields[8] != "972" {
                return line.to_string();
            }
            [&fields[..13], &vec!["x"; fields.len() - 13]].concat().join(",")
        };
        text.lines().map(blank).collect::<Vec<_>>().join("\n")
    });
    let outcome = inputs.import("Barchester").success();
    outcome
        .stderr(contains("new_plans 2022: the total, 123, is the region's; there are no placements to add up"))
        .stderr(contains("new_plans 2022: not published; "));
    assert!(!read(&inputs.path("areas/barchester/observations.csv")).contains(",123,"));
}

#[test]
fn all_authorities_come_with_a_summary_that_says_which_could_not_and_why() {
    let inputs = Inputs::new();
    inputs
        .import("all")
        .success()
        .stdout(contains("2 of 4 local authorities"))
        .stdout(contains("not imported: totals only for January 2025"))
        .stdout(contains("not imported: its last plans are of January 2018"));
    let mut names: Vec<String> = fs::read_dir(inputs.path("areas"))
        .expect("written")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    assert_eq!(names, ["barchester", "borsetshire", "england"]);
}

#[test]
fn an_imported_area_checks_and_runs_unchanged() {
    let inputs = Inputs::new();
    inputs.import("Borsetshire").success();
    let area = inputs.path("areas/borsetshire");
    let needscast = || Command::new(env!("CARGO_BIN_EXE_needscast"));
    needscast().arg("check").arg(&area).assert().success().stdout(contains("no problems"));
    let mut run = needscast();
    run.arg("run").arg(&area).args(["--replicates", "20", "--years", "3", "--out"]).arg(inputs.path("run"));
    // It comes with England's prices.
    run.assert().success().stdout(contains("Borsetshire: EHC plans").and(contains("Costs by payer, baseline")));
    let england = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/england/prices.csv");
    assert_eq!(read(&area.join("prices.csv")), read(&england));
}

#[test]
fn a_second_authority_joins_the_first_and_england_stays_as_it_is() {
    let inputs = Inputs::new();
    inputs.import("Borsetshire").success();
    inputs.import("Barchester").success().stdout(contains("England already in"));
    assert!(inputs.path("areas/borsetshire/needscast.toml").exists());
}

#[test]
fn without_the_earlier_release_history_begins_with_the_later_one() {
    let inputs = Inputs::new();
    inputs.import_from("Borsetshire", &[inputs.path("2025")]).success();
    let observations = read(&inputs.path("areas/borsetshire/observations.csv"));
    assert!(observations.contains("\n2021,plans,all,all,all,"));
    assert!(!observations.contains("\n2018,"));
}

#[test]
fn a_missing_year_of_new_plans_is_assumed_from_the_years_beside_it_and_marked() {
    let inputs = Inputs::new();
    let gone = |line: &&str| !(line.starts_with("2023,") && line.contains(",Borsetshire,"));
    inputs.patch("2025/data/newplans.csv", |text| text.lines().filter(gone).collect::<Vec<_>>().join("\n"));
    // 70 in 2022 and 80 in 2024; England has 840, 900 and 960: 75 either way.
    let note = "new_plans 2023: not published; 75 assumed, from 2022 and 2024 as England moved";
    inputs.import("Borsetshire").success().stderr(contains(note));
    let area = inputs.path("areas/borsetshire");
    assert!(read(&area.join("observations.csv")).contains("\n2023,new_plans,all,all,all,75,assumed\n"));
    assert!(read(&area.join("sources.csv")).contains("\nassumed,needscast,"));
    assert!(read(&area.join("import-notes.txt")).contains(note));
}

#[test]
fn ages_without_placements_count_as_not_recorded_and_say_so() {
    let inputs = Inputs::new();
    inputs.patch("2025/data/caseload.csv", |text| {
        let blank = |line: &str| {
            let fields: Vec<&str> = line.split(',').collect();
            if fields[0] != "202425" || fields[9] != "Borsetshire" {
                return line.to_string();
            }
            [&fields[..13], &vec!["x"; fields.len() - 13]].concat().join(",")
        };
        text.lines().map(blank).collect::<Vec<_>>().join("\n")
    });
    inputs.import("Borsetshire").success().stderr(contains("every placement counts as not recorded"));
    let observations = read(&inputs.path("areas/borsetshire/observations.csv"));
    let base: Vec<&str> = observations.lines().filter(|line| line.starts_with("2025,plans,4,")).collect();
    assert!(base.iter().any(|line| line.contains(",all,placement_unknown,") && line.ends_with(",assumed")), "{base:?}");
}

#[test]
fn the_readers_give_all_areas_at_once_with_requests_of_both_releases() {
    let mut problems = Problems::default();
    let releases = read_releases(&[fixture().join("2022"), fixture().join("2025")], &mut problems);
    let releases = releases.unwrap_or_else(|| panic!("{problems}"));
    let codes: Vec<&str> = releases.areas.iter().map(|area| area.dfe_code.as_str()).collect();
    assert_eq!(codes, ["970", "971", "972", "973"]);
    let requests = |year| {
        let of = releases.figures_of(1).iter().find(|f| f.measure == Measure::Requests && f.year == year);
        of.map(|figure| (figure.count, figure.source))
    };
    assert_eq!(requests(2018), Some((85, "dfe_sen2_2022_mi")));
    assert_eq!(requests(2022).map(|(_, source)| source), Some("dfe_sen2_2025_requests"));
    let files = ESTIMATES.into_iter().chain([PROJECTION]).map(|name| fixture().join("ons").join(name));
    let population = read_population(&files.collect::<Vec<_>>(), &mut problems).unwrap_or_else(|| panic!("{problems}"));
    assert_eq!((population.estimates.len(), population.projections.len()), (2, 1));
    // By the code of the releases, and by its successor.
    let known = population.projections[0].persons("E10000027", 2030);
    assert!(known.is_some() && known == population.projections[0].persons("E06000066", 2030));
}

#[test]
fn the_shipped_areas_come_out_of_the_public_files_byte_for_byte() {
    let names = ["2022", "2025"].map(|year| format!("dfe/education-health-and-care-plans_{year}.zip"));
    let estimates = ["mye_2000_2023_rebased_syoa_0_25", "mye_2015_2024_as_published_syoa_0_25"];
    let paths = |names: &[String]| names.iter().map(|name| shared(name)).collect::<Option<Vec<PathBuf>>>();
    let Some(releases) = paths(&names) else { return };
    let Some(estimates) = paths(&estimates.map(|name| format!("ons/{name}.csv.gz"))) else { return };
    let Some(projection) = shared("ons/snpp_2018based_2018_2043_syoa_0_25.csv.gz") else { return };
    let out = TempDir::new().expect("a temporary folder");
    let areas = out.path().join("areas");
    import("Somerset", &releases, &estimates, &[projection], &areas).success();
    for area in ["somerset", "england"] {
        for table in TABLES {
            let shipped = read(&Path::new(ROOT).join("data").join(area).join(table));
            assert_same(&read(&areas.join(area).join(table)), &shipped, &format!("{area}/{table}"));
        }
    }
}

// ---------------------------------------------------------------------------------------------
// Pupils on SEN support.

/// Shares of Borsetshire and Barchester, with rows of no concern; Barchester's are withheld.
fn shares() -> String {
    let rows = [
        ("SENFinance", "2016-17 (OT)", "Borsetshire,210,971.0"),
        ("SEN_TotSENSuP", "2024", "Borsetshire,99,971.0"),
        ("SEN_TotSENSuP", "2025", "Borsetshire,14,971.0"),
        ("PrimNoStatements", "2025", "Borsetshire,12,971.0"),
        ("SecNoStatements", "2025", "Borsetshire,18,971.0"),
        ("SEN_TotSENSuP", "2025", "Barchester,-,972.0"),
    ];
    rows.map(|(indicator, year, rest)| format!("{indicator},made up,{year},{rest},Wessex\n")).concat()
}

/// 200 pupils of each age of both, 50 under 3 and 10 over 18.
fn pupils() -> String {
    let ages = (3..=18).map(|age| (format!("age_{age}"), "200.0"));
    let ages: Vec<_> = ages.chain([("age_2_and_under".into(), "50.0"), ("age_19_and_over".into(), "10")]).collect();
    let of = |code: &str| -> String {
        let ages = ages.iter().map(|(group, count)| format!("202425,{code},{group},{count}\n"));
        ages.chain([format!("202425,{code},male,1630.0\n")]).collect()
    };
    of("E06000066") + &of("E06000901")
}

/// The rows of a table that hold a text.
fn rows_with(rows: &str, text: &str) -> String {
    rows.lines().filter(|row| row.contains(text)).map(|row| format!("{row}\n")).collect()
}

/// Rows of a `sen_support.csv` as age, need and pupils.
fn support_rows(path: &Path) -> Vec<(u8, String, u32)> {
    let mut reader = csv::Reader::from_path(path).expect("it is written");
    let rows = reader.records().map(|record| {
        let record = record.expect("a row");
        assert_eq!(&record[4], "low");
        assert!(
            record[3].starts_with("DfE LAIT and school census January 2025: 14 % of 3260 pupils by age, primary 12 %")
        );
        (record[0].parse().expect("an age"), record[1].to_string(), record[2].parse().expect("a count"))
    });
    rows.collect()
}

#[test]
fn pupils_on_sen_support_add_up_to_the_published_share_and_the_folder_runs() {
    let inputs = Inputs::new();
    // 14 % of 16 × 200 + 50 + 10 pupils: 456.4.
    let note = "Borsetshire: sen_support 2025: 456 pupils by the published share";
    inputs.import_census("Borsetshire", &shares(), &pupils()).success().stderr(contains(note));
    let area = inputs.path("areas/borsetshire");
    let rows = support_rows(&area.join("sen_support.csv"));
    assert_eq!(rows.iter().map(|(_, _, pupils)| pupils).sum::<u32>(), 456);
    // 24 pupils by the primary share at 5 to 10, 36 by the secondary one from 11, 14.4 and 18 before: in
    // all 464.4, so 456 / 464.4 of each, to less than 1.
    for (age, exact) in [(3, 14.14), (4, 17.67), (5, 23.57), (10, 23.57), (11, 35.35), (18, 35.35)] {
        let pupils: u32 = rows.iter().filter(|row| row.0 == age).map(|row| row.2).sum();
        assert!((f64::from(pupils) - exact).abs() < 1.0, "{age}: {pupils}");
    }
    // A quarter has speech, language and communication needs; the plans of Borsetshire have them.
    let of_need: u32 = rows.iter().filter(|row| row.1 == "SLCN").map(|row| row.2).sum();
    assert_eq!(of_need, 114);
    assert!(read(&area.join("import-notes.txt")).contains("their ages and needs are an illustration"));
    assert!(!inputs.path("areas/england/sen_support.csv").exists());
    let mut run = Command::new(env!("CARGO_BIN_EXE_needscast"));
    run.arg("run").arg(&area).args(["--replicates", "20", "--years", "3", "--out"]).arg(inputs.path("run"));
    run.assert().success();
    let forecast = read(&inputs.path("run/forecast.csv"));
    assert!(forecast.contains("sen_support"), "SEN support is not in the forecast");
}

#[test]
fn tables_of_the_school_census_may_be_compressed_and_change_nothing_else() {
    let (plain, zipped) = (Inputs::new(), Inputs::new());
    plain.import_census("Borsetshire", &shares(), &pupils()).success();
    fs::write(zipped.path("s.csv"), format!("{SHARES}{}", shares())).expect("a file written");
    fs::write(zipped.path("p.csv"), format!("{PUPILS}{}", pupils())).expect("a file written");
    let [shares, pupils] = ["s.csv", "p.csv"].map(|name| zipped.gzip(name));
    zipped.import_census_from("971", &shares, &pupils).success();
    let without = Inputs::new();
    without.import("Borsetshire").success();
    assert!(!without.path("areas/borsetshire/sen_support.csv").exists());
    let same = |other: &Inputs, table: &str| {
        let path = format!("areas/borsetshire/{table}");
        assert_same(&read(&other.path(&path)), &read(&plain.path(&path)), table);
    };
    same(&zipped, "sen_support.csv");
    TABLES.into_iter().chain(["needscast.toml"]).for_each(|table| same(&without, table));
}

#[test]
fn an_authority_whose_share_is_withheld_comes_without_the_file_and_says_so() {
    let inputs = Inputs::new();
    let note = "sen_support.csv is left out: no share of pupils on SEN support is published for January 2025";
    inputs.import_census("Barchester", &shares(), &pupils()).success().stderr(contains(note));
    assert!(!inputs.path("areas/barchester/sen_support.csv").exists());
    assert!(read(&inputs.path("areas/barchester/import-notes.txt")).contains(note));
    // Of all, one that is in neither table is no reason to refuse the others.
    let all = Inputs::new();
    let (shares, pupils) = (rows_with(&shares(), "Borsetshire"), rows_with(&pupils(), "E06000066"));
    all.import_census("all", &shares, &pupils).success().stdout(contains("2 of 4 local authorities"));
    assert!(all.path("areas/borsetshire/sen_support.csv").exists());
    assert!(!all.path("areas/barchester/sen_support.csv").exists());
}

#[test]
fn tables_of_the_school_census_that_cannot_be_right_are_refused() {
    let refused = |shares: String, pupils: String, message: &[&str]| {
        let inputs = Inputs::new();
        inputs.assert_rejected(inputs.import_census("Borsetshire", &shares, &pupils), 3, message);
    };
    let share = "shares.csv:4: Values '140' is out of bounds (a share of pupils in %, from 0 to 100";
    refused(shares().replace(",14,971", ",140,971"), pupils(), &[share]);
    let count = "pupils.csv:2: all_pupils '-200' is negative";
    refused(shares(), pupils().replacen("200.0", "-200", 1), &[count]);
    let years = ["shares.csv: Years '2025' is not in the table", "Januaries there: 2024 to 2024"];
    refused(rows_with(&shares(), ",2024,"), pupils(), &years);
    let area = ["shares.csv: LA Number '971' is not in the table: it has no row of Borsetshire"];
    refused(shares().replace("971.0", "975.0"), pupils(), &area);
    let area = ["pupils.csv: location_code 'E10000027' is not in the table"];
    refused(shares(), pupils().replace("E06000066", "E06000999"), &area);
    // Columns: the tables the other way round.
    let inputs = Inputs::new();
    fs::write(inputs.path("s.csv"), format!("{SHARES}{}", shares())).expect("a file written");
    let outcome = inputs.import_census_from("Borsetshire", &inputs.path("s.csv"), &inputs.path("s.csv"));
    inputs.assert_rejected(outcome, 3, &["s.csv: has no column 'location_code'"]);
}

#[test]
fn the_tables_of_the_school_census_go_together_and_are_for_local_authorities() {
    let inputs = Inputs::new();
    let ons = |name: &str| inputs.path("ons").join(name);
    let mut one =
        command("971", &[inputs.path("2025")], &ESTIMATES.map(ons), &[ons(PROJECTION)], &inputs.path("areas"));
    one.arg("--pupils").arg(inputs.path("p.csv")).assert().code(2).stderr(contains("--sen-support"));
    let outcome = inputs.import_census("England", &shares(), &pupils());
    inputs.assert_rejected(outcome, 3, &["--sen-support: is of no use for England"]);
}

#[test]
fn somersets_pupils_on_sen_support_are_as_many_as_in_the_shipped_table() {
    let names = ["2022", "2025"].map(|year| format!("dfe/education-health-and-care-plans_{year}.zip"));
    let estimates = ["mye_2000_2023_rebased_syoa_0_25", "mye_2015_2024_as_published_syoa_0_25"];
    let paths = |names: &[String]| names.iter().map(|name| shared(name)).collect::<Option<Vec<PathBuf>>>();
    let Some(releases) = paths(&names) else { return };
    let Some(estimates) = paths(&estimates.map(|name| format!("ons/{name}.csv.gz"))) else { return };
    let Some(projection) = shared("ons/snpp_2018based_2018_2043_syoa_0_25.csv.gz") else { return };
    let Some(shares) = shared("sen/lait_sen_indicators_la.csv.gz") else { return };
    let Some(pupils) = shared("sen/all_pupils_by_age_la.csv.gz") else { return };
    let out = TempDir::new().expect("a temporary folder");
    let areas = out.path().join("areas");
    let mut command = command("Somerset", &releases, &estimates, &[projection], &areas);
    command.arg("--sen-support").arg(shares).arg("--pupils").arg(pupils).assert().success();
    let total = |path: &Path| {
        let mut reader = csv::Reader::from_path(path).expect("it is there");
        reader.records().map(|record| record.expect("a row")[2].parse::<u32>().expect("a count")).sum::<u32>()
    };
    let shipped = total(&Path::new(ROOT).join("data/somerset/sen_support.csv"));
    assert_eq!((total(&areas.join("somerset/sen_support.csv")), shipped), (10_362, 10_362));
}

// ---------------------------------------------------------------------------------------------
// What is refused: exit code 3 (4 where nothing can be written), and nothing is left behind.

#[test]
fn a_release_without_an_expected_file_is_refused_by_its_name() {
    let inputs = Inputs::new();
    fs::remove_file(inputs.path("2025/data/ceased_plans.csv")).expect("removed");
    let zip = inputs.pack("2025");
    let outcome = inputs.import_from("Borsetshire", &[zip]);
    inputs.assert_rejected(outcome, 3, &["2025.zip: has no file ceased_plans.csv", "it holds assessments.csv"]);
}

#[test]
fn something_that_is_no_release_is_refused_with_what_it_holds() {
    let inputs = Inputs::new();
    let outcome = inputs.import_from("Borsetshire", &[inputs.path("ons")]);
    inputs.assert_rejected(outcome, 3, &["holds neither caseload.csv nor sen2_age_caseload.csv", PROJECTION]);
    let outcome = inputs.import_from("Borsetshire", &[inputs.path("2022")]);
    inputs.assert_rejected(outcome, 3, &["no release given holds caseload.csv"]);
    let outcome = inputs.import_from("Borsetshire", &[inputs.path("2025"), inputs.path("2025")]);
    inputs.assert_rejected(outcome, 3, &["releases of the same kind"]);
    let outcome = inputs.import_from("Borsetshire", &[inputs.path("nowhere.zip")]);
    inputs.assert_rejected(outcome, 3, &["nowhere.zip: cannot be read"]);
}

#[test]
fn a_renamed_column_is_refused_with_the_one_looked_for_and_those_there() {
    let inputs = Inputs::new();
    inputs.patch("2025/data/caseload.csv", |text| text.replace(",ehcplans,", ",ehc_plans_total,"));
    inputs.patch("2022/data/sen2_mi.csv", |text| text.replace("InreqEHC", "InreqECH"));
    let outcome = inputs.import("Borsetshire");
    let message = ["has no column 'ehcplans'", "ehc_plans_total", "has no column 'InreqEHC' (did you mean 'InreqECH'?"];
    inputs.assert_rejected(outcome, 3, &message);
}

#[test]
fn a_value_that_is_no_count_is_refused_with_line_and_column() {
    let inputs = Inputs::new();
    inputs.patch("2025/data/assessments.csv", |text| {
        text.replacen(
            ",Borsetshire,All EHC needs assessments,All EHC needs assessments,x,",
            ",Borsetshire,All EHC needs assessments,All EHC needs assessments,many,",
            1,
        )
    });
    let outcome = inputs.import("Borsetshire");
    inputs.assert_rejected(outcome, 3, &["assessments.csv:2: assess_in_year 'many' is not a count"]);
}

#[test]
fn a_placement_nobody_knows_is_refused_with_the_nearest() {
    let inputs = Inputs::new();
    inputs.patch("2025/data/ceased_plans.csv", |text| text.replace("Mainstream - academy", "Mainstream - acadamy"));
    let outcome = inputs.import("Borsetshire");
    let message = ["'Mainstream - acadamy' is not a known type of placement", "did you mean 'mainstream - academy'"];
    inputs.assert_rejected(outcome, 3, &message);
}

#[test]
fn an_unknown_authority_is_refused_with_the_nearest_names() {
    let inputs = Inputs::new();
    let outcome = inputs.import("Borsetshyre");
    inputs.assert_rejected(outcome, 3, &["'Borsetshyre' is not in the releases", "nearest: Borsetshire"]);
}

#[test]
fn an_authority_with_totals_only_is_refused_with_the_reason() {
    let inputs = Inputs::new();
    let outcome = inputs.import("973");
    inputs.assert_rejected(outcome, 3, &["Casterbridge: cannot be imported: totals only for January 2025"]);
}

#[test]
fn a_population_that_does_not_cover_the_area_is_refused() {
    let inputs = Inputs::new();
    inputs.patch("ons/estimates_2024_as_published.csv", |text| text.replace("E06000066", "E06999999"));
    let outcome = inputs.import("Borsetshire");
    inputs.assert_rejected(outcome, 3, &["no estimate of the population covers E10000027 in mid-2024"]);
}

#[test]
fn a_projection_of_one_sex_is_refused() {
    let inputs = Inputs::new();
    inputs.patch(&format!("ons/{PROJECTION}"), |text| {
        text.lines().filter(|line| !line.contains(",males,")).collect::<Vec<_>>().join("\n")
    });
    let outcome = inputs.import("Borsetshire");
    inputs.assert_rejected(outcome, 3, &["projection_2024_2034.csv: counts one sex alone"]);
}

#[test]
fn a_zip_cut_short_or_damaged_is_refused() {
    let inputs = Inputs::new();
    let zip = inputs.pack("2025");
    let whole = fs::read(&zip).expect("just written");
    fs::write(&zip, &whole[..whole.len() / 2]).expect("written");
    let outcome = inputs.import_from("Borsetshire", std::slice::from_ref(&zip));
    inputs.assert_rejected(outcome, 3, &["2025.zip: is no zip that can be read"]);
    // A byte of the first table's data: its checksum tells.
    let mut damaged = whole;
    damaged[2000] ^= 0xff;
    fs::write(&zip, damaged).expect("written");
    let outcome = inputs.import_from("Borsetshire", &[zip]);
    inputs.assert_rejected(outcome, 3, &["cannot be read", "download it again"]);
}

#[test]
fn a_gzip_cut_short_is_refused() {
    let inputs = Inputs::new();
    let gz = inputs.gzip(&format!("ons/{PROJECTION}"));
    let whole = fs::read(&gz).expect("just written");
    fs::write(&gz, &whole[..whole.len() / 2]).expect("written");
    let estimates = ESTIMATES.map(|name| inputs.path("ons").join(name));
    let outcome = import("971", &[inputs.path("2025")], &estimates, &[gz], &inputs.path("areas"));
    inputs.assert_rejected(outcome, 3, &[".csv.gz: cannot be read"]);
}

#[test]
fn a_small_file_that_unpacks_to_more_than_a_release_can_hold_is_refused() {
    let inputs = Inputs::new();
    let path = inputs.path("bomb.zip");
    let mut zip = ZipWriter::new(fs::File::create(&path).expect("a file made"));
    zip.start_file("data/caseload.csv", SimpleFileOptions::default()).expect("an entry begun");
    let zeros = vec![b'0'; 1 << 20];
    for _ in 0..129 {
        zip.write_all(&zeros).expect("an entry written");
    }
    zip.finish().expect("a zip written");
    assert!(fs::metadata(&path).expect("it is there").len() < 1 << 20, "it is small");
    // A header that claims to be small is not believed: sizes in the list of files say 1 byte.
    let mut bytes = fs::read(&path).expect("just written");
    let claimed = (129u32 << 20).to_le_bytes();
    while let Some(place) = bytes.windows(4).position(|window| window == claimed) {
        bytes[place..place + 4].copy_from_slice(&1u32.to_le_bytes());
    }
    for bytes in [fs::read(&path).expect("just written"), bytes] {
        fs::write(&path, bytes).expect("written");
        let outcome = inputs.import_from("Borsetshire", std::slice::from_ref(&path));
        let refused = outcome.code(3).stderr(contains("unpacks to more than 128 MB").or(contains("cannot be read")));
        inputs.assert_rejected(refused, 3, &["bomb.zip/data/caseload.csv"]);
    }
}

#[test]
fn a_target_that_holds_anything_is_left_alone() {
    let inputs = Inputs::new();
    let mine = inputs.path("areas/borsetshire/mine.txt");
    fs::create_dir_all(mine.parent().expect("a folder")).expect("made");
    fs::write(&mine, "mine").expect("written");
    inputs.import("Borsetshire").code(4).stderr(contains("already holds other files"));
    assert_eq!(read(&mine), "mine");
    assert!(!inputs.path("areas/england").exists());
    // An England of other figures is not mixed with this one.
    fs::rename(inputs.path("areas/borsetshire"), inputs.path("areas/england")).expect("renamed");
    inputs.import("Borsetshire").code(4).stderr(contains("an England of other figures"));
    let left: Vec<_> = fs::read_dir(inputs.path("areas")).expect("there").flatten().collect();
    assert_eq!(left.len(), 1);
}
