//! The table a commissioner reads on the terminal.

use comfy_table::{Cell, CellAlignment, Table, presets};

use super::money_tables::render_money;
use super::place_console::render_places;
use super::pool_tables::render_pool;
use super::service_console::render_services;
use crate::domain::world::World;
use crate::summary::figures::{Figure, ScenarioFigures};
use crate::summary::series::{AgeKey, Measure};

/// Years after the base census that are shown, as far as the horizon reaches.
const SHOWN: [usize; 3] = [3, 5, 10];

/// Plans now and later by setting, and each scenario's difference from the baseline.
pub fn render_summary(world: &World, scenarios: &[ScenarioFigures]) -> String {
    let mut shown: Vec<usize> = SHOWN.into_iter().filter(|years| *years <= world.years).collect();
    if shown.is_empty() {
        shown.push(world.years);
    }
    let base = world.base.0;
    let mut text = String::new();
    let Some(baseline) = scenarios.first() else { return text };
    text += &format!(
        "{}: EHC plans from January {base} (published) to January {}, baseline\n",
        world.area.name,
        base + world.years as u16
    );
    text += "Median of the simulated futures, with the 80 % interval: 8 in 10 futures fall in it.\n\n";
    text += &format!("{}\n", plans_table(world, baseline, &shown));
    if scenarios.len() > 1 {
        text += "\nWhat each scenario changes: all plans, scenario less baseline in the same futures\n\n";
        text += &format!("{}\n", differences_table(world, scenarios, &shown));
    }
    text += &render_places(world, scenarios, &shown);
    text += &render_services(world, scenarios, &shown);
    text += &render_money(world, scenarios);
    text += &render_pool(world, scenarios);
    text
}

fn plans_table(world: &World, baseline: &ScenarioFigures, shown: &[usize]) -> Table {
    let mut table = new_table();
    let years = shown.iter().map(|years| format!("January {}", world.base.0 + *years as u16));
    table.set_header(["Setting".to_string(), format!("January {}", world.base.0)].into_iter().chain(years).map(header));
    let settings = world.settings.iter().map(|s| s.name.clone()).enumerate().map(|(index, name)| (Some(index), name));
    for (setting, name) in settings.chain([(None, "All plans".to_string())]) {
        let figure = |years: usize| find_plans(&baseline.figures, world.base.0 + years as u16, setting);
        let now = figure(0).map_or(0.0, |f| f.principal);
        let later = shown.iter().map(|years| figure(*years).map_or_else(String::new, interval));
        table.add_row([name, whole(now)].into_iter().chain(later).map(Cell::new));
    }
    align(&mut table);
    table
}

fn differences_table(world: &World, scenarios: &[ScenarioFigures], shown: &[usize]) -> Table {
    let mut table = new_table();
    let years = shown.iter().map(|years| format!("January {}", world.base.0 + *years as u16));
    table.set_header(std::iter::once("Scenario".to_string()).chain(years).map(header));
    for scenario in &scenarios[1..] {
        let cells = shown.iter().map(|years| {
            let figure = find_plans(&scenario.differences, world.base.0 + *years as u16, None);
            figure.map_or_else(String::new, signed_interval)
        });
        table.add_row(std::iter::once(scenario.scenario.clone()).chain(cells).map(Cell::new));
    }
    align(&mut table);
    table
}

pub(super) fn find_plans(figures: &[Figure], year: u16, setting: Option<usize>) -> Option<&Figure> {
    figures.iter().find(|f| {
        let k = &f.keys;
        k.measure == Measure::Plans
            && k.year == year
            && k.setting == setting
            && k.area.is_none()
            && k.need.is_none()
            && k.age == AgeKey::All
    })
}

pub(super) fn interval(figure: &Figure) -> String {
    let q = &figure.spread.quantiles;
    format!("{} ({} to {})", whole(q[3]), whole(q[1]), whole(q[5]))
}

pub(super) fn signed_interval(figure: &Figure) -> String {
    let q = &figure.spread.quantiles;
    format!("{} ({} to {})", signed(q[3]), signed(q[1]), signed(q[5]))
}

fn signed(value: f64) -> String {
    if value.round() > 0.0 { format!("+{}", whole(value)) } else { whole(value) }
}

/// A whole number with thousands separated, a true minus sign, and never "−0".
pub(super) fn whole(value: f64) -> String {
    let rounded = value.round() as i64;
    let digits = rounded.unsigned_abs().to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if rounded < 0 { format!("−{text}") } else { text }
}

pub(super) fn new_table() -> Table {
    let mut table = Table::new();
    table.load_preset(presets::ASCII_BORDERS_ONLY_CONDENSED);
    table
}

pub(super) fn header(text: String) -> Cell {
    Cell::new(text)
}

pub(super) fn align(table: &mut Table) {
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_people_write_them() {
        assert_eq!(whole(5725.4), "5,725");
        assert_eq!(whole(-0.4), "0");
        assert_eq!(signed(1234567.0), "+1,234,567");
        assert_eq!(signed(-80.0), "−80");
    }
}
