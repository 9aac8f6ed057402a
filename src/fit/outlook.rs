//! What growth learnt from many areas says of this one: where its plans should stand in the next
//! years, in all and by setting, and how wrong that may be.
//!
//! The area's own figures are set beside the panel's medians; it need not be one of the panel, and
//! is never one of those that medians and slopes are taken from under this name.

use ndarray::Array1;

use super::estimate::Notes;
use super::growth::fit_growth;
use super::growth_error::fit_error;
use crate::domain::observation::Measure;
use crate::domain::panel::{ALL, Panel, PanelArea};
use crate::domain::rates::{Outlook, OutlookPath};
use crate::domain::world::World;

/// Growth has been scored this far ahead.
pub const OUTLOOK_YEARS: usize = 5;
/// A uniform at the upper end of the 80 % interval.
const UPPER: f64 = 0.9;

/// Over `years`, at most those it was scored on. `None` without a panel, or with one that has nothing to
/// say of the base census.
pub fn fit_outlook(world: &World, years: usize, notes: &mut Notes) -> Option<Outlook> {
    let (panel, base) = (world.panel.as_ref()?, world.base.0);
    let ahead = years.min(OUTLOOK_YEARS);
    let outlook = (panel.first..=panel.last()).contains(&base).then(|| beside(&panel.known_by(base), world)).flatten();
    let outlook = outlook.and_then(|known| {
        let of_setting = |code: &str| known.groups.iter().skip(1).position(|group| group.setting == code);
        let settings = world.settings.iter().map(|setting| fit_path(&known, of_setting(&setting.code)? + 1, ahead));
        Some(Outlook { settings: settings.collect(), all: fit_path(&known, ALL, ahead)? })
    });
    if outlook.is_none() {
        notes.push(format!(
            "panel.csv says nothing of growth from January {base} on (it needs all plans of three areas or more in each January from four years before): new plans grow by the area's own trend"
        ));
    }
    outlook
}

/// The path of a group of plans of the last area; `None` where it holds none or the areas say nothing.
fn fit_path(known: &Panel, group: usize, ahead: usize) -> Option<OutlookPath> {
    let area = known.areas.len() - 1;
    let held = known.groups[group].plans.row(area).last().copied().filter(|held| *held > 0.0)?;
    let (growth, error) = (fit_growth(known, group)?, fit_error(known, group)?);
    let ahead = 1..=ahead;
    Some(OutlookPath {
        plans: ahead.clone().map(|years| growth.plans(area, years)).collect(),
        half_width: ahead.map(|years| error.at(UPPER, held, years)).collect(),
    })
}

/// The panel with one more row: the area at its base census, by its own tables.
fn beside(panel: &Panel, world: &World) -> Option<Panel> {
    let base = world.base.0;
    let observations = &world.evidence.observations;
    let estimates = &world.evidence.population.estimates;
    let latest = estimates.range(..=base - 2).next_back().or_else(|| estimates.iter().next());
    let residents = latest.map(|(_, ages)| ages.iter().sum::<f64>());
    // By January, the latest first; a January before is asked for since a setting may have fallen from it.
    let known_now = |values: [Option<f64>; 2]| {
        let mut row = Array1::from_elem(panel.requests.ncols(), f64::NAN);
        row.iter_mut().rev().zip(values).for_each(|(known, value)| *known = value.unwrap_or(f64::NAN));
        row
    };
    let of_group = |group: usize, measure, year| match world.settings.find(&panel.groups[group].setting) {
        _ if group == ALL => observations.total(measure, year),
        None => None,
        Some(setting) => Some(observations.by_setting(measure, year, world.settings.count())?[setting.index()]),
    };
    of_group(ALL, Measure::Plans, base)?;
    let mut wider = panel.clone();
    wider.areas.push(PanelArea { code: world.area.id.clone(), name: world.area.name.clone() });
    for (number, group) in wider.groups.iter_mut().enumerate() {
        let plans = [base, base - 1].map(|year| of_group(number, Measure::Plans, year));
        group.plans.push_row(known_now(plans).view()).ok()?;
        group.new_plans.push_row(known_now([of_group(number, Measure::NewPlans, base - 1), None]).view()).ok()?;
    }
    let requests = observations.total(Measure::Requests, base - 1);
    wider.requests.push_row(known_now([requests, None]).view()).ok()?;
    wider.residents.push_row(known_now([residents, None]).view()).ok()?;
    Some(wider)
}
