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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::open_data::PublishedArea;

    fn figure(year: u16, measure: Measure, placement: Option<&'static str>, count: u32) -> PublishedFigure {
        PublishedFigure { area: 0, year, measure, age: None, need: None, placement, count, source: "synthetic" }
    }

    #[test]
    fn flows_stand_at_the_january_that_closes_their_year_and_placements_are_added() {
        let area = PublishedArea {
            dfe_code: "901".to_string(),
            ons_code: "E06999999".to_string(),
            name: "Synthetic".to_string(),
            region: "Nowhere".to_string(),
        };
        let releases = Releases {
            areas: vec![area],
            figures: vec![
                figure(2020, Measure::Plans, None, 100),
                figure(2021, Measure::Plans, None, 110),
                figure(2021, Measure::Plans, Some("special_la_maintained"), 20),
                figure(2021, Measure::Plans, Some("special_academy_free"), 15),
                figure(2021, Measure::Plans, Some("neet"), 5),
                figure(2020, Measure::NewPlans, None, 17),
                figure(2019, Measure::Requests, None, 0),
                figure(2020, Measure::Requests, None, 30),
                // Closes after the last January: not of this panel.
                figure(2021, Measure::NewPlans, None, 99),
            ],
            ..Releases::default()
        };
        let panel = build_panel(&releases, &PopulationFiles::default()).expect("has plans");
        assert_eq!((panel.first, panel.last()), (2020, 2021));
        assert_eq!(panel.groups[0].plans.row(0).to_vec(), [100.0, 110.0]);
        let state_special = panel.groups.iter().find(|g| g.setting == "state_special").expect("a group");
        assert!(state_special.plans[[0, 0]].is_nan() && state_special.plans[[0, 1]] == 35.0);
        assert!(panel.groups[0].new_plans[[0, 0]].is_nan() && panel.groups[0].new_plans[[0, 1]] == 17.0);
        assert!(panel.requests[[0, 0]].is_nan() && panel.requests[[0, 1]] == 30.0);
        assert!(panel.residents.iter().all(|persons| persons.is_nan()));
    }
}
