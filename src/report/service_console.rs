//! Services on the terminal: hours, staff, waits, and what each scenario changes of plans in time.

use comfy_table::{Cell, Table};

use super::console::{align, header, interval, new_table, whole};
use crate::domain::assumption::Confidence;
use crate::domain::service::Service;
use crate::domain::world::World;
use crate::engine::layout::LineFigure;
use crate::summary::figures::{Figure, ScenarioFigures};
use crate::summary::series::{AgeKey, Measure};

/// Nothing where there are no services.
pub fn render_services(world: &World, scenarios: &[ScenarioFigures], shown: &[usize]) -> String {
    let Some(baseline) = scenarios.first().filter(|_| !world.services.is_empty()) else { return String::new() };
    // The calendar year before each January.
    let years: Vec<u16> = shown.iter().map(|years| world.base.0 + *years as u16 - 1).collect();
    let (Some(first), Some(last)) = (years.first().copied(), years.last().copied()) else { return String::new() };
    let mut text = format!("\nServices, baseline: hours and staff that {first} and {last} take, and waits\n\n");
    text += &format!("{}\n", service_table(world, baseline, [first, last]));
    if find(&baseline.figures, Measure::PlansInTime, last).is_some() {
        text += "\nPlans issued within 20 weeks of the request, median and 80 % interval\n\n";
        text += &format!("{}\n", in_time_table(scenarios, &years));
    }
    text += &flagged(world);
    text
}

fn find(figures: &[Figure], measure: Measure, year: u16) -> Option<&Figure> {
    figures.iter().find(|figure| {
        let k = &figure.keys;
        k.measure == measure && k.year == year && k.need.is_none() && k.age == AgeKey::All
    })
}

fn service_table(world: &World, baseline: &ScenarioFigures, years: [u16; 2]) -> Table {
    let mut table = new_table();
    let columns = ["Hours needed", "FTE short", "Waiting", "Weeks to wait"];
    let headings = columns.iter().flat_map(|column| years.map(|year| format!("{column} {year}")));
    table.set_header(std::iter::once("Service".to_string()).chain(headings).map(header));
    for (number, service) in world.services.iter().enumerate() {
        let cell = |figure: LineFigure, year: u16| {
            let found = find(&baseline.figures, Measure::Service(figure, number), year);
            found.map_or_else(String::new, |found| shown_value(figure, found))
        };
        let figures = [LineFigure::Demanded, LineFigure::Gap, LineFigure::List, LineFigure::MeanWait];
        let cells = figures.iter().flat_map(|figure| years.map(|year| cell(*figure, year)));
        table.add_row(std::iter::once(service.name.clone()).chain(cells).map(Cell::new));
    }
    align(&mut table);
    table
}

/// Medians only: eight columns with intervals fit no terminal.
fn shown_value(figure: LineFigure, found: &Figure) -> String {
    let median = found.spread.quantiles[3];
    match figure {
        LineFigure::Gap | LineFigure::MeanWait => format!("{median:.1}"),
        _ => whole(median),
    }
}

fn in_time_table(scenarios: &[ScenarioFigures], years: &[u16]) -> Table {
    let mut table = new_table();
    let headings = years.iter().map(u16::to_string);
    table.set_header(std::iter::once("Scenario".to_string()).chain(headings).map(header));
    for scenario in scenarios {
        let percent = |year: &u16| {
            let found = find(&scenario.figures, Measure::PlansInTime, *year);
            found.map_or_else(String::new, |found| format!("{} %", interval(&in_percent(found))))
        };
        let cells = years.iter().map(percent);
        table.add_row(std::iter::once(scenario.scenario.clone()).chain(cells).map(Cell::new));
    }
    align(&mut table);
    table
}

fn in_percent(figure: &Figure) -> Figure {
    Figure { spread: figure.spread.in_units(0.01), ..*figure }
}

/// Which services rest on numbers that nobody can trace.
fn flagged(world: &World) -> String {
    let of = |service: &Service| {
        let drivers = service.drivers.iter().filter(|driver| driver.confidence == Confidence::Low).count();
        let grades = service.grades.iter().filter(|grade| grade.confidence == Confidence::Low).count();
        (drivers + grades > 0).then(|| format!("{} ({})", service.id, drivers + grades))
    };
    let services: Vec<String> = world.services.iter().filter_map(of).collect();
    if services.is_empty() {
        return String::new();
    }
    format!(
        "\nNeed a local value (rows of drivers.csv and staff.csv without a source; assumptions.csv of the run lists each):\n{}\n",
        services.join(", ")
    )
}
