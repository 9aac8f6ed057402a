//! `needscast.toml`: which area, which base census, how far and how often.

use serde::Deserialize;
use toml::Spanned;

use super::problem::{Problem, Problems};
use super::table::{FileBytes, parse_text};
use super::toml_file::{line_of, parse_toml};
use crate::units::CensusYear;

/// Longest horizon in years.
pub const MOST_YEARS: usize = 25;
/// Most replicates of a scenario.
pub const MOST_REPLICATES: u32 = 100_000;

/// Checked settings of an area folder.
#[derive(Clone, Debug, PartialEq)]
pub struct AreaSettings {
    pub id: String,
    pub name: String,
    pub base: CensusYear,
    pub years: usize,
    pub replicates: u32,
    pub seed: u64,
    /// Folder of the larger place, relative to this one.
    pub reference: Option<String>,
    pub variant: String,
    /// Largest gap between margins, as a share of the total, that is a note and not a problem.
    pub margin_tolerance: f64,
    /// How far a provider may be from a child's area, in kilometres.
    pub travel_km: Option<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    area: RawArea,
    forecast: RawForecast,
    population: RawPopulation,
    fit: Option<RawFit>,
    check: Option<RawCheck>,
    places: Option<RawPlaces>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawArea {
    id: Spanned<String>,
    name: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawForecast {
    base_year: Spanned<u16>,
    years: Spanned<u32>,
    replicates: Spanned<u32>,
    seed: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPopulation {
    variant: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFit {
    reference: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCheck {
    margin_tolerance: Spanned<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPlaces {
    travel_km: Spanned<f64>,
}

/// Parses and checks the settings file.
pub fn parse_settings(file: &FileBytes, problems: &mut Problems) -> Option<AreaSettings> {
    let raw: RawFile = parse_toml(file, problems)?;
    let text = parse_text(file, problems)?;
    let before = problems.count();
    let mut require = |ok: bool, key: &str, span: std::ops::Range<usize>, value: String, hint: String| {
        if !ok {
            problems.push(Problem {
                file: file.shown.clone(),
                line: Some(line_of(text, &span)),
                place: Some((key.to_string(), value)),
                what: "is out of range".to_string(),
                hint: Some(hint),
            });
        }
    };
    let id = &raw.area.id;
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
    let id_ok = !id.as_ref().is_empty() && id.as_ref().chars().all(plain);
    require(id_ok, "id", id.span(), id.as_ref().clone(), "an id is of lower-case letters, digits, - and _".into());
    let forecast = &raw.forecast;
    let base = *forecast.base_year.as_ref();
    require(
        (2011..=2090).contains(&base),
        "base_year",
        forecast.base_year.span(),
        base.to_string(),
        "2011 to 2090".into(),
    );
    let years = *forecast.years.as_ref() as usize;
    let years_ok = (1..=MOST_YEARS).contains(&years);
    require(years_ok, "years", forecast.years.span(), years.to_string(), format!("1 to {MOST_YEARS}"));
    let replicates = *forecast.replicates.as_ref();
    let replicates_ok = (1..=MOST_REPLICATES).contains(&replicates);
    let hint = format!("1 to {MOST_REPLICATES}");
    require(replicates_ok, "replicates", forecast.replicates.span(), replicates.to_string(), hint);
    let mut margin_tolerance = 0.0;
    if let Some(check) = &raw.check {
        margin_tolerance = *check.margin_tolerance.as_ref();
        let ok = (0.0..=0.1).contains(&margin_tolerance);
        require(ok, "margin_tolerance", check.margin_tolerance.span(), margin_tolerance.to_string(), "0 to 0.1".into());
    }
    if let Some(places) = &raw.places {
        let km = *places.travel_km.as_ref();
        require(km > 0.0 && km <= 500.0, "travel_km", places.travel_km.span(), km.to_string(), "up to 500".into());
    }
    (problems.count() == before).then(|| AreaSettings {
        id: raw.area.id.into_inner(),
        name: raw.area.name,
        base: CensusYear(base),
        years,
        replicates,
        seed: raw.forecast.seed,
        reference: raw.fit.and_then(|fit| fit.reference),
        variant: raw.population.variant,
        margin_tolerance,
        travel_km: raw.places.map(|places| *places.travel_km.as_ref()),
    })
}
