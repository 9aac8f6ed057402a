//! `needscast run`: check, fit, simulate, summarise, report.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::documents::write_documents;
use super::forecast::{Clock, Forecast, Task, forecast};
use super::log::{Log, LogFormat, now};
use super::tables::write_tables;
use super::{InvalidInputs, RunArguments, UsageError};
use crate::domain::run_record::{EffectiveSettings, Execution, RunRecord};
use crate::engine::batch::Workers;
use crate::input::area_folder::{AreaFolder, Overrides, read_area_folder};
use crate::input::run_archive::ARCHIVE;
use crate::input::run_folder::{check_outputs, read_record, read_summary};
use crate::report::appraisal_tables::render_appraisal;
use crate::report::archive_index::refresh_index;
use crate::report::checkpoint::Checkpoints;
use crate::report::console::render_summary;
use crate::report::input_copies::CopyPlan;
use crate::report::run_folder::{Place, RunFolder};
use crate::report::run_record::{hash_content, run_id};
use crate::scenario::lever::{BASELINE, Scenario};

pub fn run(arguments: &RunArguments, log: Log) -> anyhow::Result<()> {
    let mut clock = Clock::start();
    let overrides = Overrides { base_year: arguments.base_year, years: arguments.years.map(usize::from) };
    let folder = read_area_folder(&arguments.area, overrides).map_err(InvalidInputs)?;
    let scenarios = choose_scenarios(&folder.scenarios, &arguments.scenario)?;
    let copies = plan_copies(&arguments.area, &folder)?;
    clock.lap("read");
    let mut record = start_record(&folder, &scenarios, &copies, arguments);
    let target = arguments.out.clone().unwrap_or_else(|| default_target(&record));
    let out = match RunFolder::claim(&target, &record.id)? {
        Place::Free(out) => out,
        Place::SameRun => return say_unchanged(&target, log, &clock),
    };
    let workers = Workers::new(arguments.threads.map_or(0, usize::from))?;
    let started = record.clone();
    let draws = record.settings.draws.then_some((&out, &started));
    let task =
        Task { folder: &folder, scenarios: &scenarios, settings: &record.settings, workers: &workers, log, draws };
    let done = forecast(task, Some(&Checkpoints::of(&out)), &mut clock)?;
    done.notes.iter().for_each(|note| log.note(note));
    let shown = folder.files.iter().map(|file| file.shown.as_str());
    record.notes = copies.name_files(shown, &done.notes);
    let summary = summarise(&folder, &done);
    write_tables(task, &out, &done, &summary)?;
    copies.write(&out, folder.files.iter().map(|file| file.bytes.as_slice()))?;
    clock.lap("write");
    write_documents(&out, &record, log)?;
    clock.lap("documents");
    clock.laps.iter().for_each(|(step, seconds)| log.step(step, *seconds));
    record.timings = clock.laps.clone();
    record.execution = Execution {
        command: command_as_typed(),
        finished: now(),
        seconds: (clock.total() * 1000.0).round() / 1000.0,
        resumed: done.resumed,
    };
    let replicates = record.settings.replicates;
    out.finish(record)?;
    if arguments.out.is_none() {
        refresh_index(Path::new(ARCHIVE))?;
    }
    let resumed = match done.resumed {
        0 => String::new(),
        1 => " (1 scenario was done already, by a run that was stopped)".to_string(),
        count => format!(" ({count} scenarios were done already, by a run that was stopped)"),
    };
    let seconds = clock.total();
    let end =
        format!("{replicates} futures of each scenario in {seconds:.1} s{resumed}; results in {}", target.display());
    // Last, so that a reader who closes the pipe loses no results.
    say(&format!("{summary}\n{end}\n"), log)?;
    log.done(end, seconds);
    Ok(())
}

/// The baseline, and those asked for or all of the folder.
fn choose_scenarios(known: &[Scenario], asked: &[String]) -> anyhow::Result<Vec<Scenario>> {
    let mut chosen = vec![Scenario::baseline()];
    if asked.is_empty() {
        chosen.extend(known.iter().cloned());
    }
    for name in asked.iter().filter(|name| *name != BASELINE) {
        if chosen.iter().any(|s| s.name == *name) {
            continue;
        }
        let Some(scenario) = known.iter().find(|s| s.name == *name) else {
            let names: Vec<&str> = std::iter::once(BASELINE).chain(known.iter().map(|s| s.name.as_str())).collect();
            return Err(
                UsageError(format!("no scenario '{name}' in the area folder (known: {})", names.join(", "))).into()
            );
        };
        chosen.push(scenario.clone());
    }
    Ok(chosen)
}

/// Where the copies of the inputs go.
pub fn plan_copies(area: &Path, folder: &AreaFolder) -> anyhow::Result<CopyPlan> {
    let paths: Vec<&Path> = folder.files.iter().map(|file| Path::new(&file.shown)).collect();
    Ok(CopyPlan::of(area, &paths)?)
}

fn start_record(folder: &AreaFolder, scenarios: &[Scenario], copies: &CopyPlan, arguments: &RunArguments) -> RunRecord {
    let settings = EffectiveSettings {
        base_year: folder.world.base.0,
        years: folder.world.years,
        replicates: arguments.replicates.unwrap_or(folder.replicates),
        seed: arguments.seed.unwrap_or(folder.seed),
        scenarios: scenarios.iter().map(|s| s.name.clone()).collect(),
        tables_only: arguments.tables_only,
        publish: arguments.publish,
        draws: arguments.draws,
    };
    let version = env!("CARGO_PKG_VERSION");
    let (id, hashes) = identify(folder, &settings);
    let inputs = copies.files.iter().cloned().zip(hashes).collect();
    RunRecord {
        needscast: version.to_string(),
        id,
        area: folder.world.area.id.clone(),
        area_name: folder.world.area.name.clone(),
        area_folder: copies.area_folder.clone(),
        notes: Vec::new(),
        settings,
        inputs,
        outputs: BTreeMap::new(),
        execution: Execution::default(),
        timings: BTreeMap::new(),
    }
}

/// The id of a run, and the hashes of its inputs in their order.
pub fn identify(folder: &AreaFolder, settings: &EffectiveSettings) -> (String, Vec<String>) {
    let hashes: Vec<String> = folder.files.iter().map(|file| hash_content(&file.bytes)).collect();
    (run_id(env!("CARGO_PKG_VERSION"), settings, &hashes), hashes)
}

fn default_target(record: &RunRecord) -> PathBuf {
    Path::new(ARCHIVE).join(&record.area).join(&record.id)
}

/// The tables a reader sees on the terminal.
pub fn summarise(folder: &AreaFolder, done: &Forecast) -> String {
    render_summary(&folder.world, &done.figures) + &render_appraisal(&folder.world, &done.appraisals)
}

/// The same run stands there: its results are whole, or the reader is told which are not.
fn say_unchanged(target: &Path, log: Log, clock: &Clock) -> anyhow::Result<()> {
    let record = read_record(target).map_err(InvalidInputs)?;
    check_outputs(target, &record).map_err(InvalidInputs)?;
    let summary = read_summary(target).map_err(InvalidInputs)?;
    let shown = target.display();
    let end = format!("nothing to do; results already in (same inputs, same settings, left as they are) {shown}");
    say(&format!("{summary}\n{end}\n"), log)?;
    log.done(end, clock.total());
    Ok(())
}

fn say(text: &str, log: Log) -> anyhow::Result<()> {
    if !log.quiet && log.format == LogFormat::Text {
        std::io::stdout().lock().write_all(text.as_bytes())?;
    }
    Ok(())
}

fn command_as_typed() -> String {
    let words = std::env::args_os().map(|word| word.to_string_lossy().into_owned());
    let quote = |word: String| if word.contains(char::is_whitespace) { format!("\"{word}\"") } else { word };
    let program = |(number, word): (usize, String)| if number == 0 { "needscast".to_string() } else { quote(word) };
    words.enumerate().map(program).collect::<Vec<_>>().join(" ")
}
