//! What growth learnt from many areas says of this one: where its plans should stand in the next
//! years, and how wrong that may be.
//!
//! The area's own figures are set beside the panel's medians; it need not be one of the panel, and
//! is never one of those that medians and slopes are taken from under this name.

use ndarray::Array1;

use super::estimate::Notes;
use super::growth::fit_growth;
use super::growth_error::fit_error;
use crate::domain::observation::Measure;
use crate::domain::panel::{ALL, Panel};
use crate::domain::rates::Outlook;
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
    let area = known.areas.len() - 1;
    let plans = *known.groups[ALL].plans.row(area).last()?;
    let (growth, error) = (fit_growth(&known, ALL)?, fit_error(&known, ALL)?);
    let ahead = 1..=YEARS.min(world.years);
    Some(Outlook {
        plans: ahead.clone().map(|years| growth.plans(area, years)).collect(),
        half_width: ahead.map(|years| error.at(UPPER, plans, years)).collect(),
    })
}

/// The panel with one more row: the area at its base census, by its own tables.
fn beside(panel: &Panel, world: &World) -> Option<Panel> {
    let base = world.base.0;
    let total = |measure, year| world.evidence.observations.total(measure, year);
    let estimates = &world.evidence.population.estimates;
    let latest = estimates.range(..=base - 2).next_back().or_else(|| estimates.iter().next());
    let residents = latest.map(|(_, ages)| ages.iter().sum::<f64>());
    let known_now = |value: Option<f64>| {
        let mut row = Array1::from_elem(panel.requests.ncols(), f64::NAN);
        *row.last_mut().expect("a panel has a January") = value.unwrap_or(f64::NAN);
        row
    };
    let plans = known_now(Some(total(Measure::Plans, base)?));
    let mut wider = panel.clone();
    wider.areas.push(crate::domain::panel::PanelArea { code: world.area.id.clone(), name: world.area.name.clone() });
    let all = &mut wider.groups[ALL];
    let added = [
        (&mut all.plans, plans),
        (&mut all.new_plans, known_now(total(Measure::NewPlans, base - 1))),
        (&mut wider.requests, known_now(total(Measure::Requests, base - 1))),
        (&mut wider.residents, known_now(residents)),
    ];
    for (series, row) in added {
        series.push_row(row.view()).ok()?;
    }
    wider.groups.truncate(1);
    Some(wider)
}
