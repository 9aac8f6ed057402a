//! The rows of `population.csv` of one area: estimates from the first year of new plans to the base
//! census, and every projection that covers the area.

use super::imported_area::Refusal;
use super::ons::{Persons, PopulationFiles, PopulationSeries, SeriesKind};
use super::source::{ASSUMED, Source, by_office_for_national_statistics, by_unnamed_publisher};

/// New plans are published from 2009.
const FIRST_ESTIMATE: u16 = 2009;
/// Estimates a forecast cannot do without: as many mid-years to the one before the base census.
const LEAST_ESTIMATES: u16 = 4;
/// How far projections are carried over, in years from the base census.
const YEARS_AHEAD: u16 = 15;
const PRINCIPAL: &str = "principal";

/// Persons of one age.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PopulationRow {
    pub series: &'static str,
    pub variant: String,
    pub year: u16,
    pub age: usize,
    pub persons: u32,
    pub source: String,
}

/// An area's population, with the variant a forecast starts from and the years it reaches.
pub struct AreaPopulation {
    pub rows: Vec<PopulationRow>,
    pub sources: Vec<Source>,
    pub variant: String,
    pub years: usize,
}

pub fn population_of_area(
    files: &PopulationFiles,
    code: &str,
    base: u16,
    years: usize,
    notes: &mut Vec<String>,
) -> Result<AreaPopulation, Refusal> {
    let mut found = AreaPopulation { rows: Vec::new(), sources: Vec::new(), variant: String::new(), years };
    add_estimates(files, code, base, &mut found)?;
    let mut projections: Vec<(String, &PopulationSeries)> = files
        .projections
        .iter()
        .filter(|series| !series.years(code).is_empty())
        .map(|series| (variant_of(series), series))
        .collect();
    // The principal one first, and a variant that two files have from the first of them.
    projections.sort_by_key(|(variant, _)| !variant.ends_with(PRINCIPAL));
    for (place, (variant, series)) in projections.iter().enumerate() {
        if !projections[..place].iter().any(|(known, _)| known == variant) {
            add_projection(series, variant, code, base, &mut found, notes);
        }
    }
    let Some((variant, series)) = projections.first() else {
        return Err(Refusal(format!("no projection of the population covers {code}")));
    };
    let last = series.years(code).last().copied().unwrap_or(0);
    // From the mid-year before the base census to the mid-year before the last forecast one.
    let reach = usize::from(last.saturating_sub(base - 1));
    if reach == 0 || !(base - 1..=last).all(|year| series.persons(code, year).is_some()) {
        return Err(Refusal(format!("the projection has no mid-{} to start from, or a gap after it", base - 1)));
    }
    if reach < years {
        notes.push(format!("the projection stops at mid-{last}: {reach} years are forecast, not {years}"));
        found.years = reach;
    }
    found.variant.clone_from(variant);
    found.rows.sort_by(|a, b| (a.series, &a.variant, a.year, a.age).cmp(&(b.series, &b.variant, b.year, b.age)));
    Ok(found)
}

fn add_estimates(files: &PopulationFiles, code: &str, base: u16, found: &mut AreaPopulation) -> Result<(), Refusal> {
    let revised = files.estimates.iter().find(|series| series.kind == SeriesKind::RevisedEstimates);
    let boundaries = revised.map_or(String::new(), |series| format!("; {} boundaries", series.span().1));
    for year in FIRST_ESTIMATE..base {
        let Some((series, persons)) = files.estimate(code, year) else {
            if year + LEAST_ESTIMATES >= base {
                return Err(Refusal(format!("no estimate of the population covers {code} in mid-{year}")));
            }
            continue;
        };
        let (first, last) = series.span();
        let (id, title) = match series.kind {
            SeriesKind::RevisedEstimates => (
                format!("ons_mye_{last}_rebased"),
                format!("Mid-year population estimates {first} to {last} by single year of age rebased to Census 2021"),
            ),
            _ => (
                format!("ons_mye_{year}"),
                format!("Mid-{year} population estimates by single year of age as first published"),
            ),
        };
        let years = match series.kind {
            SeriesKind::RevisedEstimates => format!("Mid-{} to mid-{}", first.max(FIRST_ESTIMATE), last.min(base - 1)),
            _ => format!("Mid-{year}"),
        };
        let coverage = format!("{years}; ages 0 to 25{boundaries}");
        let source = by_office_for_national_statistics(&id, &title, &coverage);
        if !found.sources.contains(&source) {
            found.sources.push(source);
        }
        add_rows(("estimate", ""), year, persons, &id, found);
    }
    Ok(())
}

fn add_projection(
    series: &PopulationSeries,
    variant: &str,
    code: &str,
    base: u16,
    found: &mut AreaPopulation,
    notes: &mut Vec<String>,
) {
    let first = series.span().0;
    let last = base + YEARS_AHEAD;
    let years: Vec<u16> = series.years(code).into_iter().filter(|year| *year <= last).collect();
    let (Some(from), Some(to)) = (years.first(), years.last()) else { return };
    let coverage = format!("Mid-{from} to mid-{to}; ages 0 to 25");
    let (id, source) = if variant.ends_with(PRINCIPAL) {
        let id = format!("ons_snpp_{first}");
        let title = format!("Subnational population projections {first}-based principal projection");
        (id.clone(), by_office_for_national_statistics(&id, &title, &coverage))
    } else {
        let id = variant.to_string();
        let title = format!("Subnational population projections {first}-based variant as named in the file");
        (id.clone(), by_unnamed_publisher(&id, &title, &coverage))
    };
    found.sources.push(source);
    let mut nobody = 0;
    for year in years {
        let Some(persons) = series.persons(code, year) else { continue };
        add_rows(("projection", variant), year, persons, &id, found);
        if year + 1 >= base {
            // A projection that ends in nobody cannot be carried forward by cohort.
            for row in found.rows.iter_mut().rev().take(persons.len()).filter(|row| row.persons == 0) {
                (row.persons, row.source, nobody) = (1, ASSUMED.to_string(), nobody + 1);
            }
        }
    }
    if nobody > 0 {
        notes.push(format!("population: nobody of some age in {nobody} rows of {variant}; one person assumed"));
    }
}

fn add_rows(
    (series, variant): (&'static str, &str),
    year: u16,
    persons: &Persons,
    source: &str,
    found: &mut AreaPopulation,
) {
    for (age, persons) in persons.iter().enumerate() {
        let (variant, source) = (variant.to_string(), source.to_string());
        let persons = persons.round() as u32;
        found.rows.push(PopulationRow { series, variant, year, age, persons, source });
    }
}

fn variant_of(series: &PopulationSeries) -> String {
    let variant = match &series.kind {
        SeriesKind::Projection { variant } => variant.as_str(),
        _ => PRINCIPAL,
    };
    format!("snpp_{}_{variant}", series.span().0)
}
