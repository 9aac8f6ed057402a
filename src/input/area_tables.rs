//! Planning areas: `areas.csv` and `area_residents.csv`, and, where they are known, `area_plans.csv` and
//! `travel.csv`.
//!
//! The share of area i in the plans of age a and setting s is in proportion to its residents of the age
//! times its plans per resident relative to those of the whole. Residents are those of the year where all
//! areas have them, else of the last year before; plans per resident stay as `area_plans.csv` has them, and
//! are the same everywhere without it.

use std::collections::BTreeMap;

use ndarray::{Array2, Array4};

use super::problem::Problems;
use super::settings_file::AreaSettings;
use super::table::{FileBytes, Row, Table};
use crate::domain::age_group::AgeSpan;
use crate::domain::planning_area::{Geography, Location, PlanningArea};
use crate::domain::population::{ByAge, mid_year_of};
use crate::domain::setting::Settings;
use crate::units::Age;

/// Files of the planning areas; the last two may be left out.
pub struct AreaFiles<'a> {
    pub areas: &'a FileBytes,
    pub residents: &'a FileBytes,
    pub plans: Option<&'a FileBytes>,
    pub travel: Option<&'a FileBytes>,
}

/// Residents of each area by the mid-year they stand for.
type Residents = Vec<BTreeMap<u16, ByAge>>;

pub fn parse_areas(
    files: &AreaFiles,
    settings: &Settings,
    area: &AreaSettings,
    problems: &mut Problems,
) -> Option<Geography> {
    let before = problems.count();
    let mut areas = parse_area_list(files.areas, &area.id, problems)?;
    let mut residents = parse_residents(files.residents, &areas, problems)?;
    let mid_year = mid_year_of(area.base);
    for (area, years) in areas.iter().zip(&residents) {
        let known = years.range(..=mid_year).next_back();
        if known.is_none_or(|(_, ages)| ages.iter().sum::<f64>() == 0.0) {
            let hint = format!("the base census needs a year up to mid-{mid_year}");
            problems.in_file(&files.residents.shown, format!("has no residents of the area '{}'", area.id), Some(hint));
        }
    }
    if problems.count() > before {
        return None;
    }
    // The largest first: how the table lists areas has no say in what is drawn.
    let total = |years: &BTreeMap<u16, ByAge>| {
        years.range(..=mid_year).next_back().map_or(0.0, |(_, ages)| ages.iter().sum::<f64>())
    };
    let mut order: Vec<usize> = (0..areas.len()).collect();
    order.sort_by(|a, b| {
        let larger = total(&residents[*b]).total_cmp(&total(&residents[*a]));
        larger.then_with(|| areas[*a].id.cmp(&areas[*b].id))
    });
    areas = order.iter().map(|index| areas[*index].clone()).collect();
    residents = order.iter().map(|index| residents[*index].clone()).collect();
    let relative = match files.plans {
        None => Array4::ones((1, Age::COUNT, settings.count(), areas.len())),
        Some(file) => relative_plans(file, &areas, &residents, mid_year, settings, problems)?,
    };
    let travel = match files.travel {
        None => Array2::ones((areas.len(), areas.len())),
        Some(file) => parse_travel(file, &areas, problems)?,
    };
    let share = shares(&residents, &relative, mid_year, area.years);
    let most_metres = area.travel_km.map(|km| 1000.0 * km);
    (problems.count() == before).then_some(Geography { areas, share, travel, most_metres })
}

/// The codes of areas in their order.
pub fn area_codes(areas: &[PlanningArea]) -> Vec<&str> {
    areas.iter().map(|area| area.id.as_str()).collect()
}

fn parse_area_list(file: &FileBytes, whole: &str, problems: &mut Problems) -> Option<Vec<PlanningArea>> {
    let table = Table::parse(file, &["area", "name", "easting", "northing", "source"], problems)?;
    let before = problems.count();
    let mut areas: Vec<PlanningArea> = Vec::new();
    for row in table.rows() {
        let id = row.text("area").to_string();
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
        if id.is_empty() || !id.chars().all(plain) || id == "all" {
            row.problem("area", "is not an area's code", Some("lower-case letters, digits, - and _".into()), problems);
        } else if id == whole {
            row.problem("area", "is the code of the whole area", None, problems);
        } else if areas.iter().any(|area| area.id == id) {
            row.problem("area", "is listed twice", None, problems);
        }
        let location = parse_location(row, problems);
        areas.push(PlanningArea { id, name: row.text("name").to_string(), location });
    }
    if areas.len() > Geography::MOST {
        problems.in_file(&table.file, format!("lists more than {} areas", Geography::MOST), None);
    }
    (problems.count() == before).then_some(areas)
}

/// A point of the National Grid, where the row has one.
pub fn parse_location(row: Row, problems: &mut Problems) -> Option<Location> {
    let blank = ["easting", "northing"].map(|column| row.text(column).is_empty());
    match blank {
        [true, true] => return None,
        [true, false] => row.problem("easting", "is blank beside a northing", None, problems),
        [false, true] => row.problem("northing", "is blank beside an easting", None, problems),
        [false, false] => {}
    }
    let mut metres = |column: &str, most: f64| {
        let value = row.number(column, problems)?;
        let inside = (0.0..=most).contains(&value);
        if !inside {
            let hint = Some(format!("metres of the National Grid, 0 to {most}"));
            row.problem(column, "is out of bounds", hint, problems);
        }
        inside.then_some(value)
    };
    if blank != [false, false] {
        return None;
    }
    let easting = metres("easting", Location::MOST_EASTING)?;
    Some(Location { easting, northing: metres("northing", Location::MOST_NORTHING)? })
}

fn parse_residents(file: &FileBytes, areas: &[PlanningArea], problems: &mut Problems) -> Option<Residents> {
    let table = Table::parse(file, &["area", "year", "age", "persons", "source"], problems)?;
    let before = problems.count();
    let codes = area_codes(areas);
    let mut found: Vec<BTreeMap<u16, [Option<f64>; Age::COUNT]>> = vec![BTreeMap::new(); areas.len()];
    for row in table.rows() {
        let area = row.name("area", "area", &codes, |id| codes.iter().position(|code| *code == id), problems);
        let year = row.year("year", problems);
        let age = row.text("age").parse::<u8>().ok().and_then(Age::new);
        if age.is_none() {
            row.problem("age", "is not an age", Some("single years 0 to 25".into()), problems);
        }
        let persons = row.count("persons", problems);
        let (Some(area), Some(year), Some(age), Some(persons)) = (area, year, age, persons) else { continue };
        let slot = &mut found[area].entry(year).or_insert([None; Age::COUNT])[age.index()];
        if slot.replace(f64::from(persons)).is_some() {
            row.problem("age", format!("is given twice for {} {year}", areas[area].id), None, problems);
        }
    }
    let mut residents = vec![BTreeMap::new(); areas.len()];
    for ((area, years), residents) in areas.iter().zip(found).zip(&mut residents) {
        for (year, ages) in years {
            if let Some(missing) = ages.iter().position(Option::is_none) {
                problems.in_file(&table.file, format!("has no residents of age {missing} in {} {year}", area.id), None);
            }
            residents.insert(year, ages.map(|persons| persons.unwrap_or(0.0)));
        }
    }
    (problems.count() == before).then_some(residents)
}

/// Plans per resident of each area over those of all areas, by age and setting: `[0, age, setting, area]`.
fn relative_plans(
    file: &FileBytes,
    areas: &[PlanningArea],
    residents: &Residents,
    mid_year: u16,
    settings: &Settings,
    problems: &mut Problems,
) -> Option<Array4<f64>> {
    let table = Table::parse(file, &["area", "age", "setting", "plans", "source"], problems)?;
    let before = problems.count();
    let codes = area_codes(areas);
    let known: Vec<&str> = settings.iter().map(|setting| setting.code.as_str()).collect();
    // By ages and setting: plans of each area.
    let mut counts: BTreeMap<(AgeSpan, Option<usize>), Vec<Option<f64>>> = BTreeMap::new();
    for row in table.rows() {
        let area = row.name("area", "area", &codes, |id| codes.iter().position(|code| *code == id), problems);
        let span = if row.text("age") == "all" { Some(AgeSpan::ALL) } else { AgeSpan::parse(row.text("age")) };
        if span.is_none() {
            row.problem("age", "is not an age or a band", Some("7, 5-10 or all".into()), problems);
        }
        let find = |code: &str| match code {
            "all" => Some(None),
            code => settings.find(code).map(|id| Some(id.index())),
        };
        let setting = row.name("setting", "setting", &known, find, problems);
        let plans = row.count("plans", problems);
        let (Some(area), Some(span), Some(setting), Some(plans)) = (area, span, setting, plans) else { continue };
        let slot = &mut counts.entry((span, setting)).or_insert_with(|| vec![None; areas.len()])[area];
        if slot.replace(f64::from(plans)).is_some() {
            row.problem("area", "is given twice for these ages and this setting", None, problems);
        }
    }
    let mut relative = Array4::ones((1, Age::COUNT, settings.count(), areas.len()));
    // The nearer row counts: that of a setting before that of all, and a narrow band before a wide one.
    let mut counts: Vec<_> = counts.iter().collect();
    counts.sort_by_key(|((span, setting), _)| (setting.is_some(), std::cmp::Reverse(span.ages().count())));
    for ((span, setting), plans) in counts {
        if let Some(area) = plans.iter().position(Option::is_none) {
            let what = format!("has no plans of the area '{}' at {span}", areas[area].id);
            problems.in_file(&table.file, what, Some("0 where there are none".into()));
            continue;
        }
        let people: Vec<f64> = residents
            .iter()
            .map(|years| {
                let (_, ages) = years.range(..=mid_year).next_back().expect("checked before");
                span.ages().map(|age| ages[age.index()]).sum()
            })
            .collect();
        let plans: Vec<f64> = plans.iter().flatten().copied().collect();
        let overall = plans.iter().sum::<f64>() / people.iter().sum::<f64>();
        if overall == 0.0 {
            continue;
        }
        for age in span.ages() {
            for reached in (0..settings.count()).filter(|s| setting.is_none_or(|own| own == *s)) {
                for (area, (plans, people)) in plans.iter().zip(&people).enumerate() {
                    relative[[0, age.index(), reached, area]] =
                        if *people > 0.0 { plans / people / overall } else { 0.0 };
                }
            }
        }
    }
    (problems.count() == before).then_some(relative)
}

fn parse_travel(file: &FileBytes, areas: &[PlanningArea], problems: &mut Problems) -> Option<Array2<f64>> {
    let table = Table::parse(file, &["from", "to", "share", "source"], problems)?;
    let before = problems.count();
    let codes = area_codes(areas);
    let mut given = Array2::from_elem((areas.len(), areas.len()), None);
    for row in table.rows() {
        let mut area =
            |column: &str| row.name(column, "area", &codes, |id| codes.iter().position(|code| *code == id), problems);
        let (from, to) = (area("from"), area("to"));
        let share = row.number("share", problems);
        if share.is_some_and(|share| !(0.0..=1.0).contains(&share)) {
            row.problem("share", "is out of bounds", Some("0 to 1".into()), problems);
        }
        let (Some(from), Some(to), Some(share)) = (from, to, share) else { continue };
        if given[[from, to]].replace(share).is_some() {
            row.problem("to", format!("is given twice from {}", areas[from].id), None, problems);
        }
    }
    // Pairs that are not listed: nobody travels, all go to school in their own area.
    let travel = Array2::from_shape_fn(given.dim(), |(from, to)| {
        given[[from, to]].unwrap_or(if from == to { 1.0 } else { 0.0 })
    });
    (problems.count() == before).then_some(travel)
}

/// `[census, age, setting, area]`.
fn shares(residents: &Residents, relative: &Array4<f64>, mid_year: u16, years: usize) -> Array4<f64> {
    let (_, ages, settings, areas) = relative.dim();
    let mut share = Array4::zeros((years + 1, ages, settings, areas));
    for census in 0..=years {
        let year = mid_year + census as u16;
        let common = (0..=year).rev().find(|year| residents.iter().all(|years| years.contains_key(year)));
        for age in 0..ages {
            let people = |area: usize| {
                let (_, own) = residents[area].range(..=mid_year).next_back().expect("checked before");
                common.map_or(own[age], |year| residents[area][&year][age])
            };
            for setting in 0..settings {
                let mut weights: Vec<f64> =
                    (0..areas).map(|area| people(area) * relative[[0, age, setting, area]]).collect();
                let mut total: f64 = weights.iter().sum();
                if total == 0.0 {
                    // Nobody of the age lives anywhere: no child will ask.
                    weights.fill(1.0);
                    total = areas as f64;
                }
                (0..areas).for_each(|area| share[[census, age, setting, area]] = weights[area] / total);
            }
        }
    }
    share
}
