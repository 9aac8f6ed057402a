//! `needscast verify`: a run folder against its record, and against itself run again.

use std::collections::BTreeMap;
use std::io::Write;

use super::documents::{Makers, write_documents};
use super::forecast::{Clock, Task, forecast};
use super::log::Log;
use super::run::{identify, plan_copies, summarise};
use super::tables::write_tables;
use super::{CheckFailed, InvalidInputs, VerifyArguments};
use crate::domain::run_record::RunRecord;
use crate::engine::batch::Workers;
use crate::input::area_folder::{AreaFolder, Overrides, read_area_folder};
use crate::input::run_folder::{check_outputs, other_files, read_record};
use crate::report::input_copies::COPIES;
use crate::report::run_folder::{Place, RunFolder};
use crate::scenario::lever::Scenario;

pub fn verify(arguments: &VerifyArguments, log: Log) -> anyhow::Result<()> {
    let record = read_record(&arguments.run).map_err(InvalidInputs)?;
    if let Err(problems) = check_outputs(&arguments.run, &record) {
        problems.to_string().lines().for_each(|line| log.problem(line));
        let (count, files) = (problems.count(), record.outputs.len());
        return Err(CheckFailed(format!("{count} of {files} files are not as the run wrote them")).into());
    }
    say(log, &format!("{} files are as run {} wrote them", record.outputs.len(), record.id))?;
    let others = other_files(&arguments.run, &record).map_err(InvalidInputs)?;
    if !others.is_empty() {
        log.note(format_args!("not of the run: {}", others.join(", ")));
    }
    if arguments.files_only {
        return Ok(());
    }
    let version = env!("CARGO_PKG_VERSION");
    if record.needscast != version {
        log.note(format_args!("made by needscast {}, and this is {version}: results may differ", record.needscast));
    }
    let again = run_again(arguments, &record, log)?;
    let differing: Vec<&String> =
        record.outputs.iter().filter(|(name, hash)| again.get(*name) != Some(hash)).map(|(name, _)| name).collect();
    if !differing.is_empty() {
        differing.iter().for_each(|name| log.problem(format_args!("{name}: differs when run again")));
        let (count, files) = (differing.len(), record.outputs.len());
        return Err(CheckFailed(format!("{count} of {files} files differ when run again")).into());
    }
    say(log, "run again on its copies of the inputs, it gives the same bytes")?;
    Ok(())
}

/// Carries the recorded run out on the copies of its inputs; the hash of each file it gives.
fn run_again(arguments: &VerifyArguments, record: &RunRecord, log: Log) -> anyhow::Result<BTreeMap<String, String>> {
    let area = arguments.run.join(COPIES).join(&record.area_folder);
    let settings = &record.settings;
    let overrides = Overrides { base_year: Some(settings.base_year), years: Some(settings.years) };
    let folder = read_area_folder(&area, overrides).map_err(InvalidInputs)?;
    let scenarios = named_scenarios(&folder, &settings.scenarios)?;
    let (id, _) = identify(&folder, settings);
    if record.needscast == env!("CARGO_PKG_VERSION") && id != record.id {
        return Err(CheckFailed(format!("the copies of the inputs make run {id}, not {}", record.id)).into());
    }
    let copies = plan_copies(&area, &folder)?;
    let name = format!("needscast-verify-{}-{}", record.id, std::process::id());
    let Place::Free(out) = RunFolder::claim(&std::env::temp_dir().join(name), &record.id)? else {
        anyhow::bail!("the folder of this process holds a finished run");
    };
    let workers = Workers::new(arguments.threads.map_or(0, usize::from))?;
    let draws = settings.draws.then_some((&out, record));
    let task = Task { folder: &folder, scenarios: &scenarios, settings, workers: &workers, log, draws };
    let done = forecast(task, None, &mut Clock::start())?;
    write_tables(task, &out, &done, &summarise(&folder, &done))?;
    copies.write(&out, folder.files.iter().map(|file| file.bytes.as_slice()))?;
    let shown = folder.files.iter().map(|file| file.shown.as_str());
    let notes = copies.name_files(shown, &done.notes);
    write_documents(Makers { workers: &workers, log }, &out, &RunRecord { notes, ..record.clone() })?;
    Ok(out.hashes())
}

fn named_scenarios(folder: &AreaFolder, names: &[String]) -> anyhow::Result<Vec<Scenario>> {
    let known: Vec<Scenario> = std::iter::once(Scenario::baseline()).chain(folder.scenarios.iter().cloned()).collect();
    let find = |name: &String| known.iter().find(|scenario| scenario.name == *name).cloned();
    let found: Option<Vec<Scenario>> = names.iter().map(find).collect();
    found.ok_or_else(|| CheckFailed("a scenario of the run is not among the copies of its inputs".to_string()).into())
}

fn say(log: Log, text: &str) -> anyhow::Result<()> {
    if !log.quiet {
        writeln!(std::io::stdout().lock(), "{text}")?;
    }
    Ok(())
}
