//! Services on the terminal: hours, staff, waits, and what each scenario changes of plans in time.

use comfy_table::{Cell, Table};

use super::console::{align, header, interval, new_table, whole};
use crate::domain::assumption::Confidence;
use crate::domain::service::{AssessmentPart, Service, assessment_parts};
use crate::domain::world::World;
use crate::engine::layout::LineFigure;
use crate::summary::figures::{Figure, ScenarioFigures};
use crate::summary::series::{AgeKey, Measure};
use crate::summary::timeliness::Deadline;

/// Nothing where there are no services.
pub fn render_services(world: &World, scenarios: &[ScenarioFigures], shown: &[usize]) -> String {
    let Some(baseline) = scenarios.first().filter(|_| !world.services.is_empty()) else { return String::new() };
    // The calendar year before each January.
    let years: Vec<u16> = shown.iter().map(|years| world.base.0 + *years as u16 - 1).collect();
    let (Some(first), Some(last)) = (years.first().copied(), years.last().copied()) else { return String::new() };
    let when = if first == last { first.to_string() } else { format!("{first} and {last}") };
    let mut text =
        format!("\nServices, baseline, {when}: hours and staff they take, and waits of those seen in the year\n");
    text += "Medians; in brackets what one future in ten exceeds in the last year. Where nobody was seen: the wait of who\n";
    text += "waits longest. Work that is no case does not wait but lapses (hours_unmet in forecast.csv).\n\n";
    text += &format!("{}\n", service_table(world, baseline, [first, last]));
    if let Some((number, service)) = advising(world) {
        text += &format!("\n{}, baseline: hours by kind of work (medians)\n\n", service.name);
        text += &format!("{}\n", work_table(world, baseline, number, [first, last]));
        text += &early_work(baseline, number, [first, last]);
    }
    if find(&baseline.figures, Measure::InTime(Deadline::Plan), last).is_some() {
        text += &stages_in_time(baseline, [first, last]);
        text += "\nPlans issued within 20 weeks of the request in each scenario, median and 80 % interval\n\n";
        text += &format!("{}\n", in_time_table(scenarios, &years));
        text += &stages(&world.services);
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

/// The service that most assessments wait for: what it has time for beside advice is early work.
fn advising(world: &World) -> Option<(usize, &Service)> {
    world.services.iter().enumerate().find(|(_, service)| service.gives_advice() && service.drivers.len() > 1)
}

fn service_table(world: &World, baseline: &ScenarioFigures, years: [u16; 2]) -> Table {
    let mut table = new_table();
    let columns = ["Service", "Hours needed", "FTE short", "Children waiting", "Mean wait in weeks"];
    table.set_header(columns.map(|column| header(column.to_string())));
    for (number, service) in world.services.iter().enumerate() {
        let cell = |figure: LineFigure| {
            let found = years.map(|year| find(&baseline.figures, Measure::Service(figure, number), year));
            let high = found[1].map(|found| in_brackets(figure, found)).unwrap_or_default();
            both(found.map(|found| found.map(|found| shown_value(figure, found.spread.quantiles[3])))) + &high
        };
        let figures = [LineFigure::Demanded, LineFigure::Gap, LineFigure::List, LineFigure::MeanWait];
        table.add_row(std::iter::once(service.name.clone()).chain(figures.map(cell)).map(Cell::new));
    }
    align(&mut table);
    table
}

/// A value in the first year shown and in the last.
fn both(values: [Option<String>; 2]) -> String {
    let [first, last] = values;
    let tell = |(first, last): (String, String)| if first == last { last } else { format!("{first} → {last}") };
    first.zip(last).map_or_else(String::new, tell)
}

fn work_table(world: &World, baseline: &ScenarioFigures, number: usize, years: [u16; 2]) -> Table {
    let mut table = new_table();
    table.set_header(["Kind of work", "Hours needed", "Hours delivered"].map(|column| header(column.to_string())));
    let first: usize = world.services[..number].iter().map(|service| service.drivers.len()).sum();
    for (place, driver) in world.services[number].drivers.iter().enumerate() {
        let cell = |measure| {
            let found = years.map(|year| find(&baseline.figures, measure, year));
            both(found.map(|found| found.map(|found| whole(found.spread.quantiles[3]))))
        };
        let hours = [Measure::WorkDemanded(first + place), Measure::WorkDelivered(first + place)].map(cell);
        table.add_row(std::iter::once(driver.id.replace('_', " ")).chain(hours).map(Cell::new));
    }
    align(&mut table);
    table
}

/// What plans and requests leave for pupils on SEN support and all other children.
fn early_work(baseline: &ScenarioFigures, number: usize, years: [u16; 2]) -> String {
    let found = years.map(|year| find(&baseline.figures, Measure::Service(LineFigure::Early, number), year));
    let [Some(first), Some(last)] = found else { return String::new() };
    let (first_year, last_year) = (years[0], years[1]);
    format!(
        "Left for early work (SEN support, schools): {} hours in {first_year}, {} in {last_year}.\n",
        interval(first),
        interval(last)
    )
}

/// Whose waits plans in time follow.
fn stages(services: &[Service]) -> String {
    let parts = assessment_parts(services);
    let of_part = |part: AssessmentPart| {
        let own = services.iter().zip(&parts).filter(|(_, own)| **own == part);
        let ids: Vec<&str> = own.map(|(service, _)| service.id.as_str()).collect();
        if ids.is_empty() { "nobody with a list".to_string() } else { ids.join(", ") }
    };
    let [decided, advised, drafted] =
        [AssessmentPart::Decision, AssessmentPart::Advice, AssessmentPart::Draft].map(of_part);
    format!(
        "They follow the waits of assessments, decided by {decided}, advised by {advised},\ndrafted by {drafted}.\n"
    )
}

/// Stages of an assessment that have a list of their own.
fn stages_in_time(baseline: &ScenarioFigures, years: [u16; 2]) -> String {
    let mut text = String::new();
    for (deadline, what) in [(Deadline::Decision, "Requests decided"), (Deadline::Draft, "Plans drafted")] {
        let found = years.map(|year| find(&baseline.figures, Measure::InTime(deadline), year));
        let [Some(first), Some(last)] = found else { continue };
        let percent = |figure: &Figure| format!("{} %", interval(&in_percent(figure)));
        let ([start, end], weeks) = (years, deadline.weeks());
        text += &format!("{what} within {weeks} weeks: {} in {start}, {} in {end}.\n", percent(first), percent(last));
    }
    text
}

/// Two years with intervals fit no terminal, but a median alone would hide lists that are either empty or endless.
fn in_brackets(figure: LineFigure, found: &Figure) -> String {
    match figure {
        LineFigure::Demanded => String::new(),
        _ => format!(" ({})", shown_value(figure, found.spread.quantiles[5])),
    }
}

fn shown_value(figure: LineFigure, value: f64) -> String {
    match figure {
        LineFigure::Gap | LineFigure::MeanWait => format!("{value:.1}"),
        _ => whole(value),
    }
}

fn in_time_table(scenarios: &[ScenarioFigures], years: &[u16]) -> Table {
    let mut table = new_table();
    let headings = years.iter().map(u16::to_string);
    table.set_header(std::iter::once("Scenario".to_string()).chain(headings).map(header));
    for scenario in scenarios {
        let percent = |year: &u16| {
            let found = find(&scenario.figures, Measure::InTime(Deadline::Plan), *year);
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
        let trends = service.drivers.iter().filter_map(|driver| driver.trend.as_ref());
        let trends = trends.filter(|trend| trend.confidence == Confidence::Low).count();
        let outcomes = service.outcome.iter().filter(|outcome| outcome.confidence == Confidence::Low).count();
        let all = drivers + grades + trends + outcomes;
        (all > 0).then(|| format!("{} ({all})", service.id))
    };
    let services: Vec<String> = world.services.iter().filter_map(of).collect();
    if services.is_empty() {
        return String::new();
    }
    let mut text = "\nNeed local values (rows of low confidence; assumptions.csv of the run lists each):".to_string();
    let mut width = usize::MAX;
    for service in services {
        if width.saturating_add(service.len()) > 118 {
            text += "\n";
            width = 0;
        }
        width += service.len() + 2;
        text += &format!("  {service}");
    }
    text + "\n"
}
