//! Runs that look after themselves: written aside and renamed, locked, resumed after a kill, listed, verified; whatever
//! happens, a run folder is the old one, the new one, or none. On the small synthetic area `tests/data/tiny`.

mod work;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use work::{PROGRAM, TINY, Work, text_of};

impl Work {
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(PROGRAM);
        command.args(arguments).current_dir(self.path("."));
        command
    }

    /// Runs tiny into a folder, with more arguments, and must succeed.
    fn run(&self, name: &str, arguments: &[&str]) -> String {
        self.ends(0, &[&["run", TINY, "--out", name], arguments].concat())
    }

    /// Starts a run and gives it time to claim its folder.
    fn start(&self, name: &str, arguments: &[&str]) -> Child {
        let mut command = self.command(&[&["run", TINY, "--quiet", "--out", name], arguments].concat());
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("needscast starts");
        let aside = self.path(&format!(".{name}.unfinished/.lock"));
        let begun = Instant::now();
        while !fs::read(&aside).is_ok_and(|id| !id.is_empty()) {
            assert!(begun.elapsed() < Duration::from_secs(60), "the run claims its folder");
            sleep(Duration::from_millis(1));
        }
        child
    }
}

fn stdout(output: &Output) -> String {
    text_of(&output.stdout)
}

fn stderr(output: &Output) -> String {
    text_of(&output.stderr)
}

/// Every file under a folder with its bytes.
fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("a folder read") {
        let path = entry.expect("an entry read").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        if path.is_dir() {
            files.extend(contents(&path).into_iter().map(|(inner, bytes)| (format!("{name}/{inner}"), bytes)));
        } else {
            files.insert(name, fs::read(&path).expect("a file read"));
        }
    }
    files
}

/// All but the record, which holds times.
fn results(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    contents(folder).into_iter().filter(|(name, _)| name != "run.toml").collect()
}

fn names_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder read");
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("an entry read").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

// ---------------------------------------------------------------------------------------------
// Killed, and run again.

/// Enough futures that a kill has something to hit.
const LONG: [&str; 2] = ["--replicates", "1500"];

#[test]
fn a_run_killed_at_any_moment_leaves_no_broken_folder_and_goes_on_to_the_same_bytes() {
    let work = Work::new();
    let begun = Instant::now();
    work.run("whole", &LONG);
    let whole = results(&work.path("whole"));
    let length = begun.elapsed();
    let (mut killed, mut resumed, mut finished) = (0, 0, 0);
    // Moments spread over the run by the golden ratio: deterministic, and never in step with its scenarios.
    for trial in 0..24_u32 {
        let name = format!("run{trial}");
        let moment = length.mul_f64((f64::from(trial) * 0.618_033_988_75).fract() * 1.1);
        let mut child = work.start(&name, &LONG);
        sleep(moment);
        child.kill().expect("a signal sent");
        child.wait().expect("a child ends");
        let target = work.path(&name);
        if target.exists() {
            finished += 1;
            assert!(target.join("run.toml").exists(), "a folder in its place is finished");
            let check = work.needscast(&["verify", &name, "--files-only"]);
            assert_eq!(check.status.code(), Some(0), "{}", stderr(&check));
        } else {
            killed += 1;
        }
        let said = work.run(&name, &LONG);
        resumed += usize::from(said.contains("done already, by a run that was stopped"));
        assert!(results(&target) == whole, "killed after {moment:?}, then run again");
        assert!(!work.path(&format!(".{name}.unfinished")).exists(), "nothing is left aside");
    }
    println!("{killed} runs killed midway, {finished} after they were done; {resumed} went on from checkpoints");
    assert!(killed >= 8, "moments hit runs at work: {killed}");
    assert!(resumed >= 2, "some had done a scenario: {resumed}");
}

#[test]
fn damaged_checkpoints_are_not_trusted() {
    let work = Work::new();
    work.run("whole", &LONG);
    let whole = results(&work.path("whole"));
    let mut child = work.start("run", &LONG);
    let first = work.path(".run.unfinished/checkpoints/scenario-0");
    while !first.exists() {
        sleep(Duration::from_millis(1));
    }
    child.kill().expect("a signal sent");
    child.wait().expect("a child ends");
    let mut bytes = fs::read(&first).expect("a checkpoint");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&first, bytes).expect("a checkpoint damaged");
    fs::write(work.path(".run.unfinished/forecast.csv"), "half a li").expect("a half-written table");
    work.run("run", &LONG);
    assert!(results(&work.path("run")) == whole);
}

#[test]
fn what_another_run_left_aside_is_not_used() {
    let work = Work::new();
    let mut child = work.start("run", &LONG);
    while !work.path(".run.unfinished/checkpoints/scenario-0").exists() {
        sleep(Duration::from_millis(1));
    }
    child.kill().expect("a signal sent");
    child.wait().expect("a child ends");
    let said = work.run("run", &["--seed", "7"]);
    assert!(!said.contains("done already"), "{said}");
    work.run("fresh", &["--seed", "7"]);
    assert!(results(&work.path("run")) == results(&work.path("fresh")));
}

// ---------------------------------------------------------------------------------------------
// Two at once.

#[test]
fn two_runs_cannot_write_to_one_folder_at_once() {
    let work = Work::new();
    let mut child = work.start("run", &["--replicates", "20000"]);
    let second = work.needscast(&["run", TINY, "--out", "run"]);
    assert_eq!(second.status.code(), Some(4));
    let said = stderr(&second);
    assert!(said.contains("another needscast is writing it"), "{said}");
    assert!(work.path(".run.unfinished").exists(), "the first run is not disturbed");
    child.kill().expect("a signal sent");
    child.wait().expect("a child ends");
    // The lock of a process that is gone holds nobody up.
    work.run("run", &[]);
}

// ---------------------------------------------------------------------------------------------
// Faults of the disk.

/// A process that may write no file beyond a size meets the error that a full disk gives: a write that fails.
#[cfg(unix)]
#[test]
fn a_disk_that_is_full_leaves_nothing_behind() {
    let work = Work::new();
    for blocks in ["0", "1", "8", "64", "200"] {
        let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec {PROGRAM} run {TINY} --out run");
        let output = Command::new("sh").arg("-c").arg(script).current_dir(work.path(".")).output().expect("sh starts");
        assert_eq!(output.status.code(), Some(4), "{blocks} blocks: {}", stderr(&output));
        assert!(stderr(&output).contains("error: write "), "{}", stderr(&output));
        assert_eq!(names_in(&work.path(".")), [""; 0], "{blocks} blocks");
    }
}

#[test]
fn a_place_that_cannot_be_written_is_known_before_the_run() {
    let work = Work::new();
    fs::write(work.path("file"), "").expect("a file");
    let output = work.needscast(&["run", TINY, "--out", "file/run"]);
    assert_eq!(output.status.code(), Some(4));
    assert!(stderr(&output).contains("file/.run.unfinished"), "{}", stderr(&output));
}

// ---------------------------------------------------------------------------------------------
// Verified.

#[test]
fn a_run_verifies_and_every_damage_is_named() {
    let work = Work::new();
    work.run("run", &[]);
    let output = work.needscast(&["verify", "run"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stdout(&output).contains("it gives the same bytes"), "{}", stdout(&output));
    for (name, bytes) in contents(&work.path("run")) {
        if name == "run.toml" {
            continue;
        }
        let path = work.path("run").join(&name);
        let mut damaged = bytes.clone();
        damaged.push(b'\n');
        fs::write(&path, damaged).expect("a file damaged");
        let output = work.needscast(&["verify", "run"]);
        assert_eq!(output.status.code(), Some(1), "{name}");
        assert!(stderr(&output).contains(&format!("run/{name}: is not as the run wrote it")), "{}", stderr(&output));
        let again = work.needscast(&["run", TINY, "--out", "run"]);
        assert_eq!(again.status.code(), Some(3), "an unchanged run with damaged results is not called done");
        assert!(stderr(&again).contains(&name));
        fs::remove_file(&path).expect("a file removed");
        let output = work.needscast(&["verify", "run"]);
        assert_eq!(output.status.code(), Some(1), "{name}");
        assert!(stderr(&output).contains(&format!("run/{name}: is missing")), "{}", stderr(&output));
        fs::write(&path, bytes).expect("a file mended");
    }
    assert_eq!(work.needscast(&["verify", "run"]).status.code(), Some(0));
}

#[test]
fn results_that_the_inputs_do_not_give_are_found_out() {
    let work = Work::new();
    work.run("run", &[]);
    // Someone who changes a result and its hash is found out by running again.
    let (table, record) = (work.path("run/forecast.csv"), work.path("run/run.toml"));
    let text = fs::read_to_string(&table).expect("a forecast");
    let hash = |text: &str| {
        use sha2::{Digest, Sha256};
        Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect::<String>()
    };
    let (before, changed) = (hash(&text), text.replacen(".00", ".01", 1));
    fs::write(&table, &changed).expect("a forecast changed");
    let text = fs::read_to_string(&record).expect("a record");
    fs::write(&record, text.replace(&before, &hash(&changed))).expect("a record changed");
    let output = work.needscast(&["verify", "run"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("forecast.csv: differs when run again"), "{}", stderr(&output));
    assert_eq!(work.needscast(&["verify", "run", "--files-only"]).status.code(), Some(0));
}

#[test]
fn a_record_that_is_no_record_is_named_and_nothing_crashes() {
    let work = Work::new();
    work.run("run", &[]);
    let whole = fs::read(work.path("run/run.toml")).expect("a record");
    for (what, bytes) in [
        ("empty", Vec::new()),
        ("cut off", whole[..whole.len() / 2].to_vec()),
        ("not text", vec![0xff; 300]),
        ("another table", b"[settings]\nyears = 3\n".to_vec()),
    ] {
        fs::write(work.path("run/run.toml"), bytes).expect("a record damaged");
        for command in [["verify", "run"], ["runs", "run"]] {
            let output = work.needscast(&command);
            let said = stdout(&output) + &stderr(&output);
            assert!(said.contains("run/run.toml"), "{what}: {said}");
            assert_ne!(output.status.code(), Some(70), "{what}: {said}");
            assert!(output.status.code().is_some(), "{what}: no crash");
        }
        let again = work.needscast(&["run", TINY, "--out", "run"]);
        assert_ne!(again.status.code(), Some(0), "{what}: a damaged run is not called done");
    }
}

#[test]
fn a_record_cannot_lead_out_of_its_folder() {
    let work = Work::new();
    work.run("run", &[]);
    let record = work.path("run/run.toml");
    let text = fs::read_to_string(&record).expect("a record");
    fs::write(&record, text.replacen("\"forecast.csv\" =", "\"../forecast.csv\" =", 1)).expect("a record changed");
    let output = work.needscast(&["verify", "run"]);
    assert_eq!(output.status.code(), Some(3));
    let said = stderr(&output);
    assert!(said.contains("names '../forecast.csv', which is not within the run folder"), "{said}");
}

#[test]
fn a_run_with_further_files_verifies_and_names_them() {
    let work = Work::new();
    work.run("run", &[]);
    fs::write(work.path("run/notes.txt"), "seen by the board").expect("a file written");
    fs::write(work.path("run/inputs/more.csv"), "").expect("a file written");
    let output = work.needscast(&["verify", "run", "--files-only"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(stderr(&output).contains("not of the run: inputs/more.csv, notes.txt"), "{}", stderr(&output));
}

#[test]
fn no_documents_are_made_of_tables_that_were_changed() {
    let work = Work::new();
    work.run("run", &[]);
    let table = work.path("run/assumptions.csv");
    let text = fs::read_to_string(&table).expect("a table");
    fs::write(&table, text.lines().next().expect("a header")).expect("a table cut off");
    let output = work.needscast(&["report", "run", "--out", "report"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(stderr(&output).contains("run/assumptions.csv: is not as the run wrote it"), "{}", stderr(&output));
    assert!(!work.path("report").exists());
}

// ---------------------------------------------------------------------------------------------
// Listed.

#[test]
fn runs_are_listed_and_indexed() {
    let work = Work::new();
    let nothing = work.needscast(&["runs"]);
    assert_eq!(nothing.status.code(), Some(3));
    assert!(stderr(&nothing).contains("'needscast run AREA' without --out makes it"), "{}", stderr(&nothing));
    for seed in ["1", "2"] {
        let output = work.needscast(&["run", TINY, "--quiet", "--seed", seed]);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    }
    let index = || csv::Reader::from_path(work.path("runs/index.csv")).expect("an index");
    let rows: Vec<BTreeMap<String, String>> = index().deserialize().map(|row| row.expect("a row")).collect();
    assert_eq!(rows.len(), 2);
    for row in &rows {
        assert_eq!((row["area"].as_str(), row["years"].as_str()), ("tiny", "4"));
        assert!(row["command"].starts_with("needscast run "), "{}", row["command"]);
        assert!(row["finished"].ends_with('Z') && row["seconds"].parse::<f64>().is_ok());
        assert!(work.path("runs").join(&row["folder"]).join("run.toml").exists());
    }
    assert_eq!(rows[0]["inputs"], rows[1]["inputs"], "the same inputs have the same hash");
    assert_ne!(rows[0]["id"], rows[1]["id"]);
    // One unfinished and one unreadable run are told apart from the finished.
    fs::create_dir(work.path("runs/tiny/.x.unfinished")).expect("a folder");
    fs::create_dir(work.path("runs/tiny/y")).expect("a folder");
    fs::write(work.path("runs/tiny/y/run.toml"), "id = ").expect("a record");
    let listed = work.needscast(&["runs"]);
    assert_eq!(listed.status.code(), Some(0));
    let said = stdout(&listed);
    assert!(rows.iter().all(|row| said.contains(&row["id"])), "{said}");
    assert!(
        said.contains("unfinished: runs/tiny/.x.unfinished") && said.contains("not readable: runs/tiny/y"),
        "{said}"
    );
    // An index that is lost or edited is made anew by the next run.
    fs::write(work.path("runs/index.csv"), "nonsense").expect("an index edited");
    work.needscast(&["run", TINY, "--quiet", "--seed", "3"]);
    assert_eq!(index().records().count(), 3);
}

// ---------------------------------------------------------------------------------------------
// For schedulers.

#[test]
fn an_unchanged_run_says_so_and_is_no_failure() {
    let work = Work::new();
    let first = work.run("run", &[]);
    let again = work.run("run", &[]);
    assert!(again.contains("nothing to do; results already in"), "{again}");
    let table =
        |said: &str| said.split("\n20 futures").next().map(|text| text.split("\nnothing").next().map(str::to_string));
    assert_eq!(table(&first), table(&again), "the same tables are shown");
}

#[test]
fn machines_get_a_line_of_json_for_each_event() {
    let work = Work::new();
    let output = work.needscast(&["run", TINY, "--out", "run", "--log-format", "json"]);
    assert_eq!((output.status.code(), stdout(&output).as_str()), (Some(0), ""));
    let lines: Vec<serde_json::Value> =
        stderr(&output).lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect();
    let events: Vec<&str> = lines.iter().map(|line| line["event"].as_str().expect("an event")).collect();
    assert_eq!(events.last(), Some(&"done"));
    assert!(events.contains(&"step"), "{events:?}");
    for line in &lines {
        assert!(line["time"].as_str().is_some_and(|time| time.len() == 20 && time.ends_with('Z')), "{line}");
    }
    assert_eq!(lines.last().map(|line| line["exit_code"].as_u64()), Some(Some(0)));

    let failed = work.needscast(&["run", "nowhere", "--log-format", "json"]);
    assert_eq!(failed.status.code(), Some(3));
    for line in stderr(&failed).lines() {
        let line: serde_json::Value = serde_json::from_str(line).expect("a line of JSON");
        assert_eq!(line["level"], "error");
    }
    for format in [&["--log-format", "json"][..], &["--log-format=json"]] {
        let mistyped = work.needscast(&[&["run", TINY, "--yeers", "3"][..], format].concat());
        assert_eq!(mistyped.status.code(), Some(2));
        let said = stderr(&mistyped);
        let line: serde_json::Value = serde_json::from_str(said.trim_end()).expect("one line of JSON");
        assert!(line["message"].as_str().is_some_and(|message| message.contains("--yeers")), "{line}");
        assert_eq!(line["exit_code"], 2);
    }
    let quiet = work.needscast(&["run", TINY, "--out", "other", "--log-format", "json", "--quiet"]);
    assert_eq!((stdout(&quiet).as_str(), stderr(&quiet).as_str()), ("", ""));
}
