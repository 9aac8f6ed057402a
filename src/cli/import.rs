//! `needscast import open-data`: statistical releases into area folders that `run` accepts.

use std::io::Write;

use super::log::Log;
use super::progress::Progress;
use super::{ImportArguments, InvalidInputs};
use crate::input::area_folder::{Overrides, read_area_folder};
use crate::input::open_data::choice::choose_areas;
use crate::input::open_data::imported_area::{ImportedArea, base_year_of, import_area};
use crate::input::open_data::panel::build_panel;
use crate::input::open_data::school_census::SchoolCensus;
use crate::input::open_data::{PopulationFiles, Releases, read_population, read_releases};
use crate::input::problem::Problems;
use crate::report::area_folder::AreaFolders;
use crate::report::import_summary::{ImportLine, render_imports};

/// Everything given, and places in [`Releases::areas`] of those asked for.
struct Inputs {
    releases: Releases,
    population: PopulationFiles,
    census: Option<SchoolCensus>,
    chosen: Vec<usize>,
}

impl Inputs {
    /// One authority with its pupils on SEN support, where their tables were given, or England without.
    fn import(&self, area: usize) -> Result<ImportedArea, String> {
        let imported = import_area(&self.releases, &self.population, area).map_err(|refusal| refusal.0)?;
        Ok(match (&self.census, self.releases.areas.get(area)) {
            (Some(census), Some(published)) => imported.with_support(census, published),
            _ => imported,
        })
    }
}

/// What became of one authority.
struct Outcome {
    name: String,
    dfe_code: String,
    result: Result<ImportedArea, String>,
}

pub fn import_open_data(arguments: &ImportArguments, log: Log) -> anyhow::Result<()> {
    let inputs = read(arguments).map_err(InvalidInputs)?;
    let england = inputs.releases.areas.len();
    let reference = inputs.import(england).map_err(|why| invalid("England", &why))?;
    let reference = reference.with_panel(build_panel(&inputs.releases, &inputs.population));
    let mut outcomes: Vec<Outcome> = inputs
        .chosen
        .iter()
        .filter(|area| **area != england)
        .map(|area| Outcome {
            name: inputs.releases.areas[*area].name.clone(),
            dfe_code: inputs.releases.areas[*area].dfe_code.clone(),
            result: inputs.import(*area),
        })
        .collect();
    let alone = outcomes.len() <= 1;
    if let [Outcome { name, result: Err(why), .. }] = &outcomes[..] {
        return Err(invalid(name, why).into());
    }
    let imported = outcomes.iter().filter_map(|outcome| outcome.result.as_ref().ok());
    let ids: Vec<String> = imported.map(|area| area.id.clone()).chain([reference.id.clone()]).collect();
    let mut folders = AreaFolders::claim(&arguments.out, &ids)?;
    folders.write(&reference)?;
    let progress = Progress::start(outcomes.len() as u64, "area folders", log);
    for outcome in &mut outcomes {
        progress.advance();
        let Ok(area) = &outcome.result else { continue };
        progress.name(&area.id);
        let folder = folders.write(area)?;
        // Only what `run` accepts is put in its place.
        if let Err(problems) = read_area_folder(&folder, Overrides::default()) {
            if alone {
                return Err(InvalidInputs(problems).into());
            }
            folders.withdraw(&area.id)?;
            outcome.result = Err(first_problem(&problems));
        }
    }
    progress.finish();
    let placed = folders.finish()?;
    report(arguments, &outcomes, &reference, placed.iter().any(|placed| placed.kept))
}

fn read(arguments: &ImportArguments) -> Result<Inputs, Problems> {
    let mut problems = Problems::default();
    let releases = read_releases(&arguments.ehc, &mut problems);
    let paths: Vec<_> = arguments.population.iter().chain(&arguments.projection).cloned().collect();
    let population = read_population(&paths, &mut problems);
    let chosen = releases.as_ref().and_then(|releases| choose_areas(releases, &arguments.la, &mut problems));
    let tables = arguments.sen_support.as_ref().zip(arguments.pupils.as_ref());
    let census = tables.and_then(|(shares, pupils)| SchoolCensus::read(shares, pupils, &mut problems));
    match (releases, population, chosen) {
        (Some(releases), Some(population), Some(chosen)) if problems.is_empty() => {
            if let Some(census) = &census {
                check_census(census, &releases, &chosen, &mut problems);
            }
            let inputs = Inputs { releases, population, census, chosen };
            if problems.is_empty() { Ok(inputs) } else { Err(problems) }
        }
        _ => Err(problems),
    }
}

/// Of many authorities some may not be in the school census; the one that is asked for must be.
fn check_census(census: &SchoolCensus, releases: &Releases, chosen: &[usize], problems: &mut Problems) {
    let only = match chosen {
        [area] => releases.areas.get(*area),
        _ => None,
    };
    if chosen == [releases.areas.len()] {
        let hint = "a reference for local authorities has none: leave out --sen-support and --pupils";
        problems.in_file("--sen-support", "is of no use for England", Some(hint.to_string()));
    } else if let Some(base) = base_year_of(releases) {
        census.check_covers(base, only, problems);
    }
}

fn invalid(name: &str, why: &str) -> InvalidInputs {
    let mut problems = Problems::default();
    problems.in_file(name, format!("cannot be imported: {why}"), None);
    InvalidInputs(problems)
}

fn first_problem(problems: &Problems) -> String {
    let text = problems.to_string();
    text.lines().next().unwrap_or("has problems").to_string()
}

fn report(
    arguments: &ImportArguments,
    outcomes: &[Outcome],
    reference: &ImportedArea,
    kept: bool,
) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    if let [Outcome { name, dfe_code, result: Ok(area) }] = outcomes {
        area.notes.iter().for_each(|note| eprintln!("note: {name}: {note}"));
        writeln!(out, "{name} (LA {dfe_code}) in {}", arguments.out.join(&area.id).display())?;
    } else if !outcomes.is_empty() {
        let lines: Vec<ImportLine> = outcomes
            .iter()
            .map(|Outcome { name, dfe_code, result }| ImportLine { name, dfe_code, result: result.as_ref() })
            .collect();
        writeln!(out, "{}", render_imports(&lines))?;
        let imported = outcomes.iter().filter(|outcome| outcome.result.is_ok()).count();
        writeln!(out, "{imported} of {} local authorities in {}", outcomes.len(), arguments.out.display())?;
    }
    let state = if kept { "already in" } else { "in" };
    writeln!(out, "{} {state} {}", reference.name, arguments.out.join(&reference.id).display())?;
    Ok(())
}
