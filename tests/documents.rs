//! Documents of a run: the report holds the figures of the forecast, Parquet reads back, hostile names stay texts; the
//! manual and completions name every command. On the small synthetic area `tests/data/tiny`.

mod work;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::RowAccessor;

use work::{TINY, Work};

/// The data of a report.
fn data_of(page: &Path) -> serde_json::Value {
    let text = fs::read_to_string(page).expect("a report");
    let (_, rest) = text.split_once("<script type=\"application/json\" id=\"data\">").expect("data");
    let (data, _) = rest.split_once("</script>").expect("an end of the data");
    serde_json::from_str(data).expect("JSON")
}

fn rows(path: &Path) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_path(path).expect("a table");
    reader.deserialize().map(|row| row.expect("a row")).collect()
}

#[test]
fn the_report_holds_the_figures_of_the_forecast() {
    let work = Work::new();
    work.ends(0, &["run", TINY, "--out", "run"]);
    let data = data_of(&work.path("run/report.html"));
    let code = |list: &str, place: &serde_json::Value| match place.as_i64().expect("a number") {
        -1 => "all".to_string(),
        place => data[list][usize::try_from(place).expect("a place")]["code"].as_str().expect("a code").to_string(),
    };
    let mut told: BTreeMap<[String; 6], Vec<f64>> = BTreeMap::new();
    for row in data["forecast"].as_array().expect("rows") {
        let scenario = &data["scenarios"][row[0].as_u64().expect("a scenario") as usize]["name"];
        let keys =
            [code("measures", &row[1]), code("needs", &row[2]), code("settings", &row[3]), code("age_groups", &row[4])];
        for (year, numbers) in (row[6].as_u64().expect("a year")..).zip(row[7].as_array().expect("numbers").chunks(6)) {
            let [measure, need, setting, group] = keys.clone();
            let key = [scenario.as_str().expect("a name").to_string(), year.to_string(), measure, need, setting, group];
            told.insert(key, numbers.iter().map(|number| number.as_f64().expect("a number")).collect());
        }
    }
    let mut held = 0;
    for row in rows(&work.path("run/forecast.csv")) {
        let key = ["scenario", "year", "measure", "need", "setting", "age_group"].map(|name| row[name].clone());
        let Some(numbers) = told.get(&key) else { continue };
        let own = ["p10", "p25", "p50", "p75", "p90", "mean"].map(|name| row[name].parse::<f64>().expect("a number"));
        assert_eq!(numbers.as_slice(), own, "{key:?}");
        held += 1;
    }
    assert!(held > 300, "{held} figures");
}

/// In one year a school that opens later can save nothing; what is listed by code has words.
#[test]
fn the_report_names_no_option_where_none_saves() {
    let work = Work::new();
    let somerset = concat!(env!("CARGO_MANIFEST_DIR"), "/data/somerset");
    let scenario = ["--scenario", "special-school-2029"];
    work.ends(0, &[&["run", somerset, "--out", "run", "--years", "1", "--replicates", "10"][..], &scenario].concat());
    let data = data_of(&work.path("run/report.html"));
    let texts = |list: &str, part: &str| -> Vec<String> {
        let all = data[list].as_array().expect("a list").iter();
        let text = |own: &serde_json::Value| if part.is_empty() { own.clone() } else { own[part].clone() };
        all.map(|own| text(own).as_str().expect("a text").to_string()).collect()
    };
    let headlines = texts("headlines", "");
    assert!(headlines.iter().any(|told| told == "No option that can be decided saves on average."), "{headlines:?}");
    assert!(!headlines.iter().any(|told| told.contains('‘')), "{headlines:?}");
    assert!(texts("measures", "label").contains(&"SEN support".to_string()));
    let providers = data["providers"].as_array().expect("providers").iter();
    let stopgaps: Vec<&str> =
        providers.filter(|own| own[4] == "not_listed").filter_map(|own| own[1].as_str()).collect();
    assert!(stopgaps.contains(&"Places not listed: State special school"), "{stopgaps:?}");
    assert!(!stopgaps.iter().any(|name| name.contains('_')), "{stopgaps:?}");
}

#[test]
fn hostile_names_stay_texts() {
    let work = Work::new();
    let area = work.path("area");
    copy(Path::new(TINY), &area);
    let hostile = "</script><script>alert(1)</script><!-- \\\" ]]>";
    let settings = fs::read_to_string(area.join("settings.csv")).expect("settings");
    assert!(settings.contains("Mainstream school"));
    let quoted = format!("\"{}\"", hostile.replace('"', "\"\""));
    fs::write(area.join("settings.csv"), settings.replace("Mainstream school", &quoted)).expect("settings changed");
    work.ends(0, &["run", "area", "--out", "run"]);
    let page = fs::read_to_string(work.path("run/report.html")).expect("a report");
    assert_eq!(page.matches("</script>").count(), 3, "nothing ends a script but the page itself");
    let labels: Vec<String> = data_of(&work.path("run/report.html"))["settings"]
        .as_array()
        .expect("settings")
        .iter()
        .map(|setting| setting["label"].as_str().expect("a label").to_string())
        .collect();
    assert!(labels.iter().any(|label| label == hostile), "{labels:?}");
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder read") {
        let path = entry.expect("an entry").path();
        let target = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).expect("a file copied");
        }
    }
}

#[test]
fn documents_made_again_are_the_same() {
    let work = Work::new();
    work.ends(0, &["run", TINY, "--out", "run"]);
    let said = work.ends(0, &["report", "run", "--out", "again"]);
    assert!(said.contains("in again"), "{said}");
    let mut compared = 0;
    for entry in fs::read_dir(work.path("again")).expect("documents") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name");
        assert!(fs::read(&path).expect("a file") == fs::read(work.path("run").join(name)).expect("a file"), "{name:?}");
        compared += 1;
    }
    assert!(compared >= 3, "{compared}");
    assert_eq!(work.needscast(&["report", "run", "--out", "again"]).status.code(), Some(4));
    assert_eq!(work.needscast(&["report", "run", "--out", "run"]).status.code(), Some(4), "not onto the run itself");
    assert_eq!(work.needscast(&["report", "nowhere"]).status.code(), Some(3));
    // By default they stand in the run folder, whose own files stay as they are.
    work.ends(0, &["report", "run"]);
    assert!(work.path("run/documents/report.html").exists());
    assert_eq!(work.needscast(&["verify", "run", "--files-only"]).status.code(), Some(0));
}

#[test]
fn a_damaged_run_is_named_and_gives_no_documents() {
    for (file, damage) in [
        ("forecast.csv", "scenario\nx\n"),
        ("forecast.csv", ""),
        ("percentiles.csv", "\u{0}"),
        ("labels.csv", ""),
        ("run.toml", "id = 3"),
    ] {
        let work = Work::new();
        work.ends(0, &["run", TINY, "--out", "run"]);
        fs::write(work.path("run").join(file), damage).expect("a file damaged");
        let output = work.needscast(&["report", "run", "--out", "out"]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_ne!(output.status.code(), Some(70), "{file}: {said}");
        if output.status.code() != Some(0) {
            assert!(said.contains(file), "{file}: {said}");
            assert!(!work.path("out").exists());
        }
    }
}

#[test]
fn parquet_reads_back_row_by_row() {
    let work = Work::new();
    work.ends(0, &["run", TINY, "--out", "run", "--draws"]);
    let file = fs::File::open(work.path("run/forecast.parquet")).expect("a file");
    let reader = SerializedFileReader::new(file).expect("a Parquet file");
    let metadata = reader.metadata().file_metadata().key_value_metadata().expect("metadata").clone();
    assert!(metadata.iter().any(|entry| entry.key == "needscast.area" && entry.value.as_deref() == Some("tiny")));
    let own = rows(&work.path("run/forecast.csv"));
    let mut count = 0;
    for (row, own) in reader.get_row_iter(None).expect("rows").zip(&own) {
        let row = row.expect("a row");
        assert_eq!(row.get_string(3).expect("a measure"), &own["measure"]);
        assert_eq!(row.get_int(2).expect("a year").to_string(), own["year"]);
        assert_eq!(row.get_double(14).expect("a median"), own["p50"].parse::<f64>().expect("a number"));
        count += 1;
    }
    assert_eq!(count, own.len());
    let file = fs::File::open(work.path("run/draws/baseline.parquet")).expect("draws");
    let reader = SerializedFileReader::new(file).expect("a Parquet file");
    let first = reader.get_row_iter(None).expect("rows").next().expect("a row").expect("a row");
    let draws = first.get_list(8).expect("a list");
    assert_eq!(draws.len(), 20, "a draw of each future");
}

#[test]
fn the_manual_and_completions_name_every_command() {
    let work = Work::new();
    let commands = ["run", "check", "backtest", "returns", "report", "runs", "verify", "import"];
    let manual = work.ends(0, &["manual"]);
    let completions = work.ends(0, &["completions", "bash"]);
    for command in commands {
        assert!(manual.contains(&format!("needscast\\-{command}")), "{command}: {manual}");
        assert!(completions.contains(command), "{command}");
        assert!(work.ends(0, &["manual", command]).contains(".SH SYNOPSIS"), "{command}");
    }
    assert!(work.ends(0, &["manual", "run"]).contains("replicates"));
    for shell in ["zsh", "fish", "powershell", "elvish"] {
        assert!(work.ends(0, &["completions", shell]).len() > 500, "{shell}");
    }
    assert_eq!(work.needscast(&["manual", "nonsense"]).status.code(), Some(2));
}
