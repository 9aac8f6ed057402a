//! Places on the terminal: whether there are enough, and what each scenario changes of that.

use comfy_table::{Cell, Table};

use super::console::{align, find_plans, header, interval, new_table, signed_interval, whole};
use crate::domain::place::{OverflowRule, Status};
use crate::domain::setting::SettingId;
use crate::domain::world::World;
use crate::summary::figures::{Figure, ScenarioFigures};
use crate::summary::series::{AgeKey, Measure};

/// Nothing where no setting is limited.
pub fn render_places(world: &World, scenarios: &[ScenarioFigures], shown: &[usize]) -> String {
    let Some(baseline) = scenarios.first() else { return String::new() };
    let told = |setting: &SettingId| baseline.sufficiency.iter().any(|f| f.keys.setting == Some(setting.index()));
    let limited: Vec<SettingId> = world.settings.ids().filter(told).collect();
    if limited.is_empty() {
        return String::new();
    }
    // The September within the school year of each January.
    let septembers: Vec<u16> = shown.iter().map(|years| world.base.0 + *years as u16 - 1).collect();
    let mut text = "\nPlaces, baseline: children who need one against places there are\n\n".to_string();
    text += &format!("{}\n", sufficiency_table(world, baseline, &limited, &septembers));
    for setting in &limited {
        text += &first_short(world, baseline, *setting);
    }
    if scenarios.len() == 1 {
        return text;
    }
    for setting in limited {
        let name = &world.settings.of(setting).name;
        text += &format!("\nWhat each scenario changes: children without the place they need, {name}\n\n");
        let find = |scenario: &ScenarioFigures, place: usize| {
            find(&scenario.differences, Measure::Shortfall, setting, septembers[place]).map(signed_interval)
        };
        let headings = septembers.iter().map(|september| format!("September {september}"));
        text += &format!("{}\n", scenario_table(scenarios, headings, find));
    }
    if let Some(rule) = main_overflow(&world.places.overflow) {
        let name = &world.settings.of(rule.to).name;
        text += &format!("\nWhat each scenario changes: plans in {name}\n\n");
        let januaries: Vec<u16> = shown.iter().map(|years| world.base.0 + *years as u16).collect();
        let find = |scenario: &ScenarioFigures, place: usize| {
            find_plans(&scenario.differences, januaries[place], Some(rule.to.index())).map(signed_interval)
        };
        let headings = januaries.iter().map(|january| format!("January {january}"));
        text += &format!("{}\n", scenario_table(scenarios, headings, find));
    }
    text
}

/// The rule that most children without a place are placed elsewhere by.
fn main_overflow(rules: &[OverflowRule]) -> Option<&OverflowRule> {
    let placed = rules.iter().filter(|rule| rule.status == Status::Overflow);
    placed.max_by(|a, b| a.share.value().total_cmp(&b.share.value()))
}

fn find(figures: &[Figure], measure: Measure, setting: SettingId, year: u16) -> Option<&Figure> {
    figures.iter().find(|figure| {
        let k = &figure.keys;
        k.measure == measure
            && k.year == year
            && k.setting == Some(setting.index())
            && k.area.is_none()
            && k.need.is_none()
            && k.age == AgeKey::All
    })
}

fn sufficiency_table(world: &World, baseline: &ScenarioFigures, limited: &[SettingId], septembers: &[u16]) -> Table {
    let mut table = new_table();
    let columns =
        ["Setting", "September", "Places", "Needed", "Without a place", "Futures short", "with a child without"];
    table.set_header(columns.map(|column| header(column.to_string())));
    for setting in limited {
        for september in septembers {
            let figure =
                |measure| find(&baseline.figures, measure, *setting, *september).map_or_else(String::new, interval);
            let single = |measure| find(&baseline.sufficiency, measure, *setting, *september);
            let places = single(Measure::Places).map_or_else(String::new, |figure| whole(figure.spread.mean));
            let percent = |measure| {
                single(measure).map_or_else(String::new, |figure| format!("{} %", whole(100.0 * figure.spread.mean)))
            };
            table.add_row(
                [
                    world.settings.of(*setting).name.clone(),
                    september.to_string(),
                    places,
                    figure(Measure::PlacesNeeded),
                    figure(Measure::Shortfall),
                    percent(Measure::ProbabilityShort),
                    percent(Measure::ProbabilityWithout),
                ]
                .map(Cell::new),
            );
        }
    }
    align(&mut table);
    table
}

/// From which September places are short in most futures.
fn first_short(world: &World, baseline: &ScenarioFigures, setting: SettingId) -> String {
    let name = &world.settings.of(setting).name;
    let last = world.base.0 + world.years as u16 - 1;
    let september = |measure| {
        let figure = find(&baseline.sufficiency, measure, setting, last)?;
        (!figure.spread.mean.is_nan()).then_some(figure.spread.mean)
    };
    let from = |september: Option<f64>| {
        september.map_or(format!("in no September to {last}"), |year| format!("from September {year}"))
    };
    let (half, most) = (from(september(Measure::FirstShort50)), from(september(Measure::FirstShort80)));
    format!("{name}: short in more than half of the futures {half}, in more than 80 % {most}.\n")
}

fn scenario_table(
    scenarios: &[ScenarioFigures],
    headings: impl Iterator<Item = String>,
    find: impl Fn(&ScenarioFigures, usize) -> Option<String>,
) -> Table {
    let mut table = new_table();
    let headings: Vec<String> = headings.collect();
    table.set_header(std::iter::once("Scenario".to_string()).chain(headings.iter().cloned()).map(header));
    for scenario in &scenarios[1..] {
        let cells = (0..headings.len()).map(|place| find(scenario, place).unwrap_or_default());
        table.add_row(std::iter::once(scenario.scenario.clone()).chain(cells).map(Cell::new));
    }
    align(&mut table);
    table
}
