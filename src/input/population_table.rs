//! `population.csv`: estimates and one variant of a projection.

use std::collections::{BTreeMap, BTreeSet};

use super::problem::Problems;
use super::suggest::suggest_name;
use super::table::{FileBytes, Table};
use crate::domain::population::{ByAge, Population};
use crate::units::Age;

/// Years of one series while they are being read: `None` until the age is seen.
type Partial = BTreeMap<u16, [Option<f64>; Age::COUNT]>;

pub fn parse_population(
    file: &FileBytes,
    variant: &str,
    sources: &BTreeMap<String, String>,
    problems: &mut Problems,
) -> Option<Population> {
    let table = Table::parse(file, &["series", "variant", "year", "age", "persons", "source"], problems)?;
    let before = problems.count();
    let (mut estimates, mut projection) = (Partial::new(), Partial::new());
    let mut variants = BTreeSet::new();
    let source_ids: Vec<&str> = sources.keys().map(String::as_str).collect();
    for row in table.rows() {
        let year = row.year("year", problems);
        let age = row.text("age").parse::<u8>().ok().and_then(Age::new);
        if age.is_none() {
            row.problem("age", "is not an age", Some("single years 0 to 25".into()), problems);
        }
        let persons = row.count("persons", problems);
        row.name("source", "source", &source_ids, |id| sources.contains_key(id).then_some(()), problems);
        let series = match row.text("series") {
            "estimate" => &mut estimates,
            "projection" => {
                variants.insert(row.text("variant"));
                if row.text("variant") != variant {
                    continue;
                }
                &mut projection
            }
            other => {
                let hint = suggest_name(other, ["estimate", "projection"]);
                row.problem("series", "is not a known series", hint, problems);
                continue;
            }
        };
        let (Some(year), Some(age), Some(persons)) = (year, age, persons) else { continue };
        let slot = &mut series.entry(year).or_insert([None; Age::COUNT])[age.index()];
        if slot.replace(f64::from(persons)).is_some() {
            row.problem("age", format!("is given twice for {} {year}", row.text("series")), None, problems);
        }
    }
    if projection.is_empty() {
        let hint = suggest_name(variant, variants.iter().copied());
        problems.in_file(
            &table.file,
            format!("has no projection of the variant '{variant}' that needscast.toml asks for"),
            hint,
        );
    }
    // An age whose row could not be read would show again as missing.
    if problems.count() > before {
        return None;
    }
    let population = Population {
        estimates: complete(&table.file, "estimate", estimates, problems),
        projection: complete(&table.file, "projection", projection, problems),
    };
    (problems.count() == before).then_some(population)
}

fn complete(file: &str, series: &str, partial: Partial, problems: &mut Problems) -> BTreeMap<u16, ByAge> {
    let mut whole = BTreeMap::new();
    for (year, ages) in partial {
        let missing: Vec<String> =
            ages.iter().enumerate().filter(|(_, p)| p.is_none()).map(|(age, _)| age.to_string()).collect();
        if missing.is_empty() {
            whole.insert(year, ages.map(|persons| persons.expect("none is missing")));
        } else {
            problems.in_file(file, format!("{series} {year} has no row for age {}", missing.join(", ")), None);
        }
    }
    whole
}
