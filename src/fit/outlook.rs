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
const YEARS: usize = 5;
/// A uniform at the upper end of the 80 % interval.
const UPPER: f64 = 0.9;

/// `None` without a panel, or with one that ends before the base census or is too small.
pub fn fit_outlook(world: &World, notes: &mut Notes) -> Option<Outlook> {
    let (panel, base) = (world.panel.as_ref()?, world.base.0);
    if base > panel.last() || base < panel.first {
        notes.push(format!("panel.csv knows nothing of January {base}: new plans grow by the area's own trend"));
        return None;
    }
    let known = beside(&panel.known_by(base), world)?;
    let of_setting = |code: &str| known.groups.iter().position(|group| group.setting == code);
    let settings = world.settings.iter().map(|setting| fit_path(&known, of_setting(&setting.code)?, world.years));
    Some(Outlook { settings: settings.collect(), all: fit_path(&known, ALL, world.years)? })
}

/// The path of a group of plans of the last area; `None` where it holds none or the areas say nothing.
fn fit_path(known: &Panel, group: usize, years: usize) -> Option<OutlookPath> {
    let area = known.areas.len() - 1;
    let held = known.groups[group].plans.row(area).last().copied().filter(|held| *held > 0.0)?;
    let (growth, error) = (fit_growth(known, group)?, fit_error(known, group)?);
    let ahead = 1..=YEARS.min(years);
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
    let known_now = |value: Option<f64>| {
        let mut row = Array1::from_elem(panel.requests.ncols(), f64::NAN);
        *row.last_mut().expect("a panel has a January") = value.unwrap_or(f64::NAN);
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
        group.plans.push_row(known_now(of_group(number, Measure::Plans, base)).view()).ok()?;
        group.new_plans.push_row(known_now(of_group(number, Measure::NewPlans, base - 1)).view()).ok()?;
    }
    wider.requests.push_row(known_now(observations.total(Measure::Requests, base - 1)).view()).ok()?;
    wider.residents.push_row(known_now(residents).view()).ok()?;
    Some(wider)
}
