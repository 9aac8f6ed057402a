//! An area folder into a checked [`World`] with its scenarios.

use std::path::Path;

use super::area_tables::{AreaFiles, parse_areas};
use super::assumption_table::parse_assumptions;
use super::check_margins::check_margins;
use super::check_required::{
    check_against_residents, check_observations, check_population, check_support_against_residents,
};
use super::check_scenarios::{check_places_of_scenarios, note_idle_levers, note_idle_service_levers};
use super::high_needs_table::{note_high_needs, read_high_needs};
use super::money_notes::note_money;
use super::money_tables::{MoneyContext, lines_to_spend_on, read_money};
use super::observation_table::parse_observations;
use super::own_census::OfCensus;
use super::panel_table::parse_panel;
use super::place_levers::PlaceNames;
use super::place_tables::{PlaceFiles, note_places, parse_places};
use super::pool_file::{note_pool, read_pool};
use super::population_table::parse_population;
use super::problem::Problems;
use super::return_table::{RETURNS, parse_return_table};
use super::scenario_file::{LeverNames, parse_scenario};
use super::sen_support_table::parse_sen_support;
use super::service_folder::read_services;
use super::service_parts::Surroundings;
use super::service_tables::note_services;
use super::setting_tables::{Placements, parse_placements, parse_settings_table, parse_sources};
use super::settings_file::{AreaSettings, parse_settings};
use super::table::{FileBytes, is_there, read_bytes};
use crate::domain::assumption::Assumptions;
use crate::domain::grid::Needs;
use crate::domain::money::{FinancialYear, Money};
use crate::domain::observation::Observations;
use crate::domain::panel::Panel;
use crate::domain::place::Places;
use crate::domain::planning_area::{Geography, PlanningArea};
use crate::domain::population::Population;
use crate::domain::sen_support::SenSupport;
use crate::domain::setting::Settings;
use crate::domain::statutory_return::ReturnMapping;
use crate::domain::world::{Area, Evidence, World};
use crate::scenario::lever::{BASELINE, Scenario};
use crate::units::CensusYear;

pub use super::settings_file::{MOST_REPLICATES, MOST_YEARS};

/// A checked folder: what the fit and the engine work on.
pub struct AreaFolder {
    pub world: World,
    pub scenarios: Vec<Scenario>,
    pub replicates: u32,
    pub seed: u64,
    /// How settings count in statutory returns, where the folder says.
    pub returns: Option<ReturnMapping>,
    /// Every file read, in order, for the hashes of the run record.
    pub files: Vec<FileBytes>,
    /// What was assumed or tolerated on the way.
    pub notes: Vec<String>,
}

/// What the command line asks for in place of the folder's own settings.
#[derive(Clone, Copy, Debug, Default)]
pub struct Overrides {
    pub base_year: Option<u16>,
    pub years: Option<usize>,
}

/// Totals of many areas, from which growth is learnt: optional, in the reference or in the area.
const PANEL: &str = "panel.csv";
/// Pupils on SEN support, optional.
const SEN_SUPPORT: &str = "sen_support.csv";

/// Reads and checks an area folder; all its problems together where there are any.
pub fn read_area_folder(folder: &Path, overrides: Overrides) -> Result<AreaFolder, Problems> {
    let mut problems = Problems::default();
    let mut files = Vec::new();
    match read_parts(folder, overrides, &mut files, &mut problems) {
        Some(parts) if problems.is_empty() => Ok(AreaFolder {
            world: parts.world,
            scenarios: parts.scenarios,
            replicates: parts.area.replicates,
            seed: parts.area.seed,
            returns: parts.returns,
            files,
            notes: problems.notes,
        }),
        _ => Err(problems),
    }
}

struct Parts {
    area: AreaSettings,
    world: World,
    scenarios: Vec<Scenario>,
    returns: Option<ReturnMapping>,
}

fn read_parts(
    folder: &Path,
    overrides: Overrides,
    files: &mut Vec<FileBytes>,
    problems: &mut Problems,
) -> Option<Parts> {
    let area = read(folder, "needscast.toml", files, problems).and_then(|f| parse_settings(f, problems));
    let settings = read(folder, "settings.csv", files, problems).and_then(|f| parse_settings_table(f, problems));
    let assumptions = read_assumptions(folder, files, problems);
    // Everything else refers to settings; without them further problems would mislead.
    let settings = settings?;
    let returns = is_there(folder, RETURNS)
        .then(|| read(folder, RETURNS, files, problems).and_then(|f| parse_return_table(f, &settings, problems)))
        .flatten();
    let has_sen_support = is_there(folder, SEN_SUPPORT);
    let Some(mut area) = area else {
        // Base, horizon and tolerance are not known, but each file can be read by itself.
        read_tables(folder, None, &settings, files, problems);
        let places = read_places(folder, &settings, &[], files, problems).unwrap_or_default();
        let sen_support = read_sen_support(folder, None, files, problems);
        let around =
            Surroundings { settings: &settings, has_sen_support, sen_support: sen_support.as_ref(), horizon: None };
        let services = read_services(folder, around, files, problems);
        if let Some(services) = &services {
            let places = PlaceNames { places: &places, areas: &[], base_september: 0 };
            read_scenarios(
                folder,
                LeverNames { settings: &settings, places, services, has_sen_support, spending: None },
                files,
                problems,
            );
        }
        return None;
    };
    let (own_base, planned) = (area.base, area.base.plus(area.years));
    if let Some(base) = overrides.base_year {
        area.base = CensusYear(base);
    }
    area.years = overrides.years.unwrap_or(area.years);
    // What the folder plans is no mistake where a shorter forecast is asked for.
    let horizon = planned.max(area.base.plus(area.years));
    let evidence = read_evidence(folder, &area, &settings, files, problems);
    let reference = match &area.reference {
        None => None,
        Some(relative) => read_reference(&folder.join(relative), &area, &settings, files, problems),
    };
    let geography = read_geography(folder, &area, &settings, files, problems);
    let areas = geography.as_ref().filter(|geography| geography.is_divided()).map_or(&[][..], |known| &known.areas);
    let places = read_places(folder, &settings, areas, files, problems);
    let known = evidence.as_ref().map(|(evidence, _)| evidence.observations.known_by(area.base).needs());
    // Pupils and lists are those of the folder's own base census.
    let of_base = area.base == own_base;
    let needs = known.as_ref().map(|known| Needs::new(known.clone()));
    let sen_support = read_sen_support(folder, needs.as_ref().filter(|_| of_base), files, problems);
    if let Some((support, (evidence, _))) = sen_support.as_ref().filter(|_| of_base).zip(evidence.as_ref()) {
        let file = folder.join(SEN_SUPPORT).display().to_string();
        check_support_against_residents(&file, support, &evidence.population, area.base, problems);
    }
    let around = Surroundings {
        settings: &settings,
        has_sen_support,
        sen_support: sen_support.as_ref(),
        horizon: Some(horizon),
    };
    let services = read_services(folder, around, files, problems);
    // Prices are left out of a forecast from another census, and need not reach its years.
    let first = FinancialYear(area.base.0);
    let years = of_base.then(|| (first, first.plus(area.years - 1)));
    let money = services.as_ref().and_then(|services| {
        read_money(folder, MoneyContext { settings: &settings, services, years }, files, problems)
    });
    let high_needs = match &money {
        Some(money) => read_high_needs(folder, money.as_ref(), years, files, problems),
        None => Some(None),
    };
    let pool = match &money {
        Some(money) => read_pool(folder, money.as_ref(), years, files, problems),
        None => Some(None),
    };
    let spending = money.as_ref().map(|money| lines_to_spend_on(money.as_ref()));
    // Levers name providers, areas and services; without these further problems would mislead.
    let scenarios = match (&geography, &places, &services) {
        (Some(_), Some(places), Some(services)) => {
            let known = PlaceNames { places, areas, base_september: area.base.0 - 1 };
            let spending = spending.as_deref();
            let names = LeverNames { settings: &settings, places: known, services, has_sen_support, spending };
            let scenarios = read_scenarios(folder, names, files, problems);
            check_places_of_scenarios(folder, places, &scenarios, &settings, problems);
            scenarios
        }
        _ => Vec::new(),
    };
    let (geography, places, services) = (geography?, places?, services?);
    let (high_needs, pool) = (high_needs?, pool?);
    let (evidence, own_panel) = evidence?;
    let (reference, panel) = reference.unzip();
    let needs = needs?;
    if known.is_some_and(|known| known.is_empty()) {
        problems.notes.push(format!(
            "no table of primary need up to January {}: every plan counts as need not recorded",
            area.base
        ));
    }
    let told = OfCensus { places, sen_support, services, money: money.flatten(), scenarios };
    let told = if of_base { told } else { told.leave_out(own_base, area.base, problems) };
    let OfCensus { places, sen_support, services, money, scenarios } = told;
    note_idle_levers(&scenarios, &places, &needs, (&area, &settings), problems);
    note_idle_service_levers(&scenarios, &services, &area, problems);
    note_places(&places, &needs, problems);
    note_services(&services, &needs, problems);
    let money = money.map(|money| {
        note_money(&money, &services, &scenarios, (&places, &geography), (&needs, &settings, first), problems);
        high_needs.iter().for_each(|block| note_high_needs(block, problems));
        pool.iter().for_each(|pool| note_pool(pool, &money, (first, first.plus(area.years - 1)), problems));
        Money { high_needs, pool, ..money }
    });
    let world = World {
        area: Area { id: area.id.clone(), name: area.name.clone() },
        base: area.base,
        years: area.years,
        needs,
        settings,
        evidence,
        reference,
        panel: panel.flatten().or(own_panel),
        assumptions,
        geography,
        places,
        sen_support,
        services,
        money,
    };
    Some(Parts { area, world, scenarios, returns })
}

fn read<'a>(
    folder: &Path,
    name: &str,
    files: &'a mut Vec<FileBytes>,
    problems: &mut Problems,
) -> Option<&'a FileBytes> {
    let file = read_bytes(folder, name, problems)?;
    files.push(file);
    files.last()
}

fn read_assumptions(folder: &Path, files: &mut Vec<FileBytes>, problems: &mut Problems) -> Assumptions {
    let name = "assumptions.csv";
    if !is_there(folder, name) {
        return Assumptions::with_defaults(Vec::new());
    }
    let set = read(folder, name, files, problems).and_then(|f| parse_assumptions(f, problems));
    Assumptions::with_defaults(set.unwrap_or_default())
}

/// Tables as they stand, each by itself.
struct Tables {
    population: Option<Population>,
    observations: Option<Observations>,
    panel: Option<Panel>,
}

/// Population is read where the projection's variant is known.
fn read_tables(
    folder: &Path,
    variant: Option<&str>,
    settings: &Settings,
    files: &mut Vec<FileBytes>,
    problems: &mut Problems,
) -> Option<Tables> {
    let sources = read(folder, "sources.csv", files, problems).and_then(|f| parse_sources(f, problems));
    let placements: Option<Placements> =
        read(folder, "placements.csv", files, problems).and_then(|f| parse_placements(f, settings, problems));
    let sources = sources?;
    let population = variant.and_then(|variant| {
        read(folder, "population.csv", files, problems).and_then(|f| parse_population(f, variant, &sources, problems))
    });
    let observations = read(folder, "observations.csv", files, problems)
        .zip(placements)
        .and_then(|(f, placements)| parse_observations(f, settings, &placements, &sources, problems));
    let panel = is_there(folder, PANEL)
        .then(|| read(folder, PANEL, files, problems).and_then(|f| parse_panel(f, settings, &sources, problems)))
        .flatten();
    Some(Tables { population, observations, panel })
}

fn read_evidence(
    folder: &Path,
    area: &AreaSettings,
    settings: &Settings,
    files: &mut Vec<FileBytes>,
    problems: &mut Problems,
) -> Option<(Evidence, Option<Panel>)> {
    let Tables { population, observations, panel } =
        read_tables(folder, Some(&area.variant), settings, files, problems)?;
    if let Some(population) = &population {
        check_population(&folder.join("population.csv").display().to_string(), population, area, problems);
    }
    if let Some(observations) = &observations {
        let file = folder.join("observations.csv").display().to_string();
        check_margins(&file, observations, settings, area.margin_tolerance, problems);
        check_observations(&file, observations, settings, area, problems);
        if let Some(population) = &population {
            check_against_residents(&file, (observations, population), settings, area, problems);
        }
    }
    Some((Evidence { observations: observations?, population: population? }, panel))
}

/// A reference keeps its own settings file for its tolerance and variant, and must list the same
/// settings; base and horizon are the area's.
fn read_reference(
    folder: &Path,
    area: &AreaSettings,
    settings: &Settings,
    files: &mut Vec<FileBytes>,
    problems: &mut Problems,
) -> Option<(Evidence, Option<Panel>)> {
    if !folder.is_dir() {
        let hint = "[fit] reference in needscast.toml names it, relative to the area folder";
        problems.in_file(&folder.display().to_string(), "is no folder", Some(hint.to_string()));
        return None;
    }
    let mut own = read(folder, "needscast.toml", files, problems).and_then(|f| parse_settings(f, problems))?;
    own.base = area.base;
    own.years = area.years;
    let listed = read(folder, "settings.csv", files, problems).and_then(|f| parse_settings_table(f, problems))?;
    if !listed.iter().map(|s| &s.code).eq(settings.iter().map(|s| &s.code)) {
        let file = folder.join("settings.csv").display().to_string();
        problems.in_file(&file, "lists other settings than the area that refers to it", None);
        return None;
    }
    read_evidence(folder, &own, &listed, files, problems)
}

/// Planning areas, where the folder has any.
fn read_geography(
    folder: &Path,
    area: &AreaSettings,
    settings: &Settings,
    files: &mut Vec<FileBytes>,
    problems: &mut Problems,
) -> Option<Geography> {
    let names = ["areas.csv", "area_residents.csv", "area_plans.csv", "travel.csv"];
    if !names.iter().any(|name| is_there(folder, name)) {
        return Some(Geography::undivided(&area.id, &area.name, area.years, settings.count()));
    }
    let mut found = Vec::new();
    for (place, name) in names.iter().enumerate() {
        let wanted = place < 2 || is_there(folder, name);
        found.push(if wanted { read_bytes(folder, name, problems) } else { None });
    }
    let [areas, residents, plans, travel] = [0, 1, 2, 3].map(|place| found[place].as_ref());
    let geography = areas.zip(residents).and_then(|(areas, residents)| {
        parse_areas(&AreaFiles { areas, residents, plans, travel }, settings, area, problems)
    });
    files.extend(found.into_iter().flatten());
    geography
}

/// Places, where the folder limits any.
fn read_places(
    folder: &Path,
    settings: &Settings,
    areas: &[PlanningArea],
    files: &mut Vec<FileBytes>,
    problems: &mut Problems,
) -> Option<Places> {
    let names = ["providers.csv", "places.csv", "overflow.csv"];
    if !names.iter().any(|name| is_there(folder, name)) {
        return Some(Places::default());
    }
    let found = names.map(|name| read_bytes(folder, name, problems));
    let places = match &found {
        [Some(providers), Some(places), Some(overflow)] => {
            parse_places(&PlaceFiles { providers, places, overflow }, settings, areas, problems)
        }
        _ => None,
    };
    files.extend(found.into_iter().flatten());
    places
}

fn read_sen_support(
    folder: &Path,
    needs: Option<&Needs>,
    files: &mut Vec<FileBytes>,
    problems: &mut Problems,
) -> Option<SenSupport> {
    is_there(folder, SEN_SUPPORT)
        .then(|| read(folder, SEN_SUPPORT, files, problems).and_then(|f| parse_sen_support(f, needs, problems)))
        .flatten()
}

fn read_scenarios(
    folder: &Path,
    names: LeverNames,
    files: &mut Vec<FileBytes>,
    problems: &mut Problems,
) -> Vec<Scenario> {
    let folder = folder.join("scenarios");
    let shown = folder.display().to_string();
    let entries = match std::fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Vec::new(),
        Err(error) => {
            problems.in_file(&shown, format!("cannot be read: {error}"), Some("a folder of .toml files".into()));
            return Vec::new();
        }
    };
    let mut found: Vec<String> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| !name.starts_with('.'))
        .filter_map(|name| name.strip_suffix(".toml").map(str::to_string))
        .collect();
    found.sort();
    let mut scenarios = Vec::new();
    for name in found {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
        if !name.chars().all(plain) {
            let hint = Some("lower-case letters, digits, - and _".into());
            problems.in_file(&folder.join(format!("{name}.toml")).display().to_string(), "is not a plain name", hint);
            continue;
        }
        if name == BASELINE {
            let file = folder.join("baseline.toml").display().to_string();
            problems.in_file(&file, "takes the name of the scenario without levers", Some("rename it".into()));
            continue;
        }
        let parsed = read(&folder, &format!("{name}.toml"), files, problems)
            .and_then(|f| parse_scenario(f, &name, names, problems));
        scenarios.extend(parsed);
    }
    scenarios
}
