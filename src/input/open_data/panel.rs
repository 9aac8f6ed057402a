//! Releases and population files into yearly series of all local authorities side by side.

use std::collections::BTreeMap;

use ndarray::Array2;

use super::{PLACEMENTS, PopulationFiles, PublishedFigure, Releases, SeriesKind};
use crate::domain::observation::Measure;
use crate::domain::panel::{Panel, PanelArea, PanelGroup};

/// Settings that both shapes of release count in the same way.
const SETTINGS: [&str; 7] = [
    "mainstream",
    "resourced_provision",
    "state_special",
    "independent_special",
    "alternative_provision",
    "further_education",
    "specialist_post_16",
];
/// A January knows the estimate of the mid-year this many years before.
const RESIDENTS_LAG: u16 = 2;

/// All series from the first January of any release to the last. Residents are those first
/// published; Januaries before the first of these estimates take it. `None` without any plans.
pub fn build_panel(releases: &Releases, population: &PopulationFiles) -> Option<Panel> {
    let totals = releases.figures.iter().filter(|f| f.age.is_none() && f.need.is_none());
    let totals: Vec<&PublishedFigure> = totals.collect();
    let januaries = || totals.iter().filter(|f| f.measure == Measure::Plans).map(|f| f.year);
    let (first, last) = (januaries().min()?, januaries().max()?);
    let blank = || Array2::from_elem((releases.areas.len(), usize::from(last - first) + 1), f64::NAN);
    let mut groups: Vec<PanelGroup> = std::iter::once("all")
        .chain(SETTINGS)
        .map(|setting| PanelGroup { setting: setting.to_string(), plans: blank(), new_plans: blank() })
        .collect();
    let group_of: BTreeMap<&str, usize> = PLACEMENTS
        .iter()
        .filter_map(|placement| Some((placement.id, 1 + SETTINGS.iter().position(|s| *s == placement.setting)?)))
        .collect();
    let mut requests = blank();
    for figure in totals {
        let group = match figure.placement {
            None => 0,
            Some(placement) => match group_of.get(placement) {
                Some(group) => *group,
                None => continue,
            },
        };
        let (series, january) = match figure.measure {
            Measure::Plans => (&mut groups[group].plans, figure.year),
            Measure::NewPlans => (&mut groups[group].new_plans, figure.year + 1),
            // No area has a year without a request: 0 stands for a return that was not made.
            Measure::Requests if group == 0 && figure.count > 0 => (&mut requests, figure.year + 1),
            _ => continue,
        };
        if (first..=last).contains(&january) {
            let cell = &mut series[[figure.area, usize::from(january - first)]];
            // Placements of a setting are added; a total stands alone.
            let before = if cell.is_nan() || group == 0 { 0.0 } else { *cell };
            *cell = before + f64::from(figure.count);
        }
    }
    let mut residents = blank();
    for (place, area) in releases.areas.iter().enumerate() {
        for january in first..=last {
            let persons = residents_known(population, &area.ons_code, january - RESIDENTS_LAG);
            residents[[place, usize::from(january - first)]] = persons.unwrap_or(f64::NAN);
        }
    }
    let areas = releases.areas.iter().map(|a| PanelArea { code: a.dfe_code.clone(), name: a.name.clone() }).collect();
    Some(Panel { first, areas, groups, requests, residents })
}

/// Residents of the latest mid-year up to `year` as first published, or else of the first there is.
fn residents_known(population: &PopulationFiles, code: &str, year: u16) -> Option<f64> {
    let first_published = population.estimates.iter().filter(|series| series.kind == SeriesKind::FirstEstimates);
    let series = first_published.chain(&population.estimates).find(|series| !series.years(code).is_empty())?;
    let years = series.years(code);
    let known = years.iter().rev().find(|known| **known <= year).or(years.first())?;
    series.persons(code, *known).map(|persons| persons.iter().sum())
}
