//! The data of a page: the tables of a run with codes as numbers of lists, so that it stays small.

use serde::{Serialize, Serializer};

use super::headlines::headlines;
use super::series::{
    EVERY, FigureSeries, Listed, Lists, Number, QUANTILES, SERVICE_FIGURES, SeriesRow, collect_figures, collect_money,
    number_of,
};
use crate::input::run_tables::{CAUSES, KeyColumn, Labels, MOVES, PERCENTILES, RunTables, Statistic, TextTable};
use crate::report::label_table::sentence;

/// All that a page shows. Rows are lists; the page's own script names their parts.
#[derive(Serialize)]
pub struct PageData {
    format: u32,
    run: RunFacts,
    scenarios: Vec<ScenarioLabel>,
    headlines: Vec<String>,
    quantiles: Vec<&'static str>,
    settings: Vec<Label>,
    needs: Vec<Label>,
    age_groups: Vec<Label>,
    areas: Vec<Label>,
    measures: Vec<Label>,
    services: Vec<Label>,
    service_figures: Vec<Label>,
    lines: Vec<Label>,
    payers: Vec<Label>,
    forecast: Vec<SeriesRow>,
    differences: Vec<SeriesRow>,
    service: Vec<SeriesRow>,
    service_differences: Vec<SeriesRow>,
    ages: Vec<(i32, i32, u16, Vec<Number>)>,
    money: Vec<SeriesRow>,
    money_differences: Vec<SeriesRow>,
    pool: Vec<Row>,
    appraisal: Vec<Row>,
    providers: Vec<Row>,
    triggers: Vec<(i32, i32, Number, Number)>,
    exceedance: Vec<(i32, String, i32, u16, Vec<Number>)>,
    attribution: Vec<(i32, u16, Number, Number, Number, Number)>,
    flows: Vec<(i32, u16, i32, i32, Number)>,
    assumptions: Vec<Vec<String>>,
}

#[derive(Serialize)]
struct RunFacts {
    id: String,
    area: String,
    area_name: String,
    version: String,
    base_year: u16,
    years: usize,
    replicates: u32,
    seed: u64,
    /// Below which counts are not told; `None` where all are.
    threshold: Option<u32>,
    notes: Vec<String>,
    inputs: Vec<(String, String)>,
}

#[derive(Serialize)]
struct ScenarioLabel {
    name: String,
    title: String,
    kind: String,
}

#[derive(Serialize)]
struct Label {
    code: String,
    label: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    unit: Option<String>,
}

/// A row of texts and numbers.
type Row = Vec<Cell>;

enum Cell {
    Text(String),
    Place(i32),
    Number(Number),
}

impl Serialize for Cell {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Cell::Text(text) => serializer.serialize_str(text),
            Cell::Place(place) => serializer.serialize_i32(*place),
            Cell::Number(number) => number.serialize(serializer),
        }
    }
}

impl PageData {
    pub fn of(tables: &RunTables) -> PageData {
        let record = &tables.record;
        let mut lists = Lists::of(&record.settings.scenarios, &tables.labels);
        let own = collect_figures(&tables.forecast, &record.area, &mut lists);
        let mut less = collect_figures(&tables.differences, &record.area, &mut lists);
        // Scenarios are compared by measure, and by setting.
        less.forecast.retain(|SeriesRow(keys, ..)| keys[2] == EVERY && keys[4] == EVERY && keys[5] == EVERY);
        let flows = flows(tables, &lists);
        let FigureSeries { forecast, service, ages, triggers } = own;
        let payers = Listed::new(tables.labels.of_kind("payer").map(|[_, code, ..]| code.as_str()));
        let mut lines = Listed::new(tables.labels.of_kind("line").map(|[_, code, ..]| code.as_str()));
        let mut money = |name: &str| {
            let table = tables.other(name);
            table.map_or_else(Vec::new, |table| collect_money(table, &lists.scenarios, &mut lines, &payers))
        };
        let (money, money_differences) = (money("money.csv"), money("money_differences.csv"));
        let labelled = |kind: &str, listed: &Listed| -> Vec<Label> {
            listed.codes().into_iter().map(|code| label(kind, code, &tables.labels, None)).collect()
        };
        let unit = |code: &str| lists.units.get(code).cloned().unwrap_or_default();
        let measures = lists.measures.codes().into_iter();
        PageData {
            format: 1,
            run: facts(tables),
            scenarios: scenarios(tables),
            headlines: headlines(tables),
            quantiles: QUANTILES.map(|(name, _)| name).to_vec(),
            settings: labelled("setting", &lists.settings),
            needs: labelled("need", &lists.needs),
            age_groups: labelled("age_group", &lists.age_groups),
            areas: labelled("area", &lists.areas),
            measures: measures.map(|code| label("measure", code, &tables.labels, Some(unit(code)))).collect(),
            services: labelled("service", &lists.services),
            service_figures: SERVICE_FIGURES
                .iter()
                .zip(SERVICE_TITLES)
                .map(|(figure, title)| Label {
                    code: figure.name().to_string(),
                    label: title.to_string(),
                    unit: Some(figure.unit().to_string()),
                })
                .collect(),
            lines: labelled("line", &lines),
            payers: labelled("payer", &payers),
            pool: rows_of(tables.other("pool.csv"), |table, row| pool_row(table, row, &lists)),
            appraisal: rows_of(tables.other("appraisal.csv"), |table, row| appraisal_row(table, row, &lists)),
            providers: rows_of(tables.other("providers.csv"), |table, row| {
                provider_row(table, row, &lists, &tables.labels)
            }),
            exceedance: rows_of(tables.other(PERCENTILES), |table, row| percentile_row(table, row, &lists)),
            attribution: rows_of(tables.other(CAUSES), |table, row| cause_row(table, row, &lists)),
            assumptions: rows_of(Some(&tables.assumptions), |table, row| {
                Some(ASSUMPTION.iter().map(|column| table.text(row, column).to_string()).collect())
            }),
            forecast,
            differences: less.forecast,
            service,
            service_differences: less.service,
            ages,
            money,
            money_differences,
            triggers,
            flows,
        }
    }
}

/// What readers are shown for [`SERVICE_FIGURES`].
const SERVICE_TITLES: [&str; SERVICE_FIGURES.len()] = [
    "Hours demanded",
    "Hours delivered",
    "Hours there are",
    "Hours unmet",
    "FTE needed",
    "FTE in post",
    "FTE gap",
    "FTE to meet the standard",
    "Waiting list",
    "Mean wait",
    "Wait of 92 in 100",
    "Share within the standard",
    "Children served",
];

const ASSUMPTION: [&str; 8] = ["assumption", "value", "unit", "low", "high", "confidence", "flag", "source"];

fn facts(tables: &RunTables) -> RunFacts {
    let record = &tables.record;
    let settings = &record.settings;
    RunFacts {
        id: record.id.clone(),
        area: record.area.clone(),
        area_name: record.area_name.clone(),
        version: record.needscast.clone(),
        base_year: settings.base_year,
        years: settings.years,
        replicates: settings.replicates,
        seed: settings.seed,
        threshold: tables.withheld,
        notes: record.notes.clone(),
        inputs: record.inputs.iter().map(|(name, hash)| (name.clone(), hash.clone())).collect(),
    }
}

fn scenarios(tables: &RunTables) -> Vec<ScenarioLabel> {
    let label = |name: &String| {
        let known = tables.labels.of_kind("scenario").find(|[_, code, ..]| code == name);
        let [_, _, title, kind] = known.cloned().unwrap_or_else(|| std::array::from_fn(|_| name.clone()));
        ScenarioLabel { name: name.clone(), title, kind }
    };
    tables.record.settings.scenarios.iter().map(label).collect()
}

fn label(kind: &str, code: &str, labels: &Labels, unit: Option<String>) -> Label {
    let known = labels.of(kind, code);
    let label = if known == code && kind != "need" { with_capitals(sentence(code)) } else { known.to_string() };
    Label { code: code.to_string(), label, unit }
}

/// A code in words has lost the capitals of what is written in them.
fn with_capitals(words: String) -> String {
    match words.strip_prefix("Sen ") {
        Some(rest) => format!("SEN {rest}"),
        None => words,
    }
}

/// Rows of a table, those that the page has a place for.
fn rows_of<T>(table: Option<&TextTable>, row: impl Fn(&TextTable, &[String]) -> Option<T>) -> Vec<T> {
    table.map_or_else(Vec::new, |table| table.rows.iter().filter_map(|own| row(table, own)).collect())
}

fn cells<'a>(table: &'a TextTable, row: &'a [String], columns: &'a [&str]) -> impl Iterator<Item = Cell> + 'a {
    columns.iter().map(|column| Cell::Number(number_of(table.number(row, column))))
}

fn texts<'a>(table: &'a TextTable, row: &'a [String], columns: &'a [&str]) -> impl Iterator<Item = Cell> + 'a {
    columns.iter().map(|column| Cell::Text(table.text(row, column).to_string()))
}

fn pool_row(table: &TextTable, row: &[String], lists: &Lists) -> Option<Row> {
    let scenario = lists.scenarios.number(table.text(row, "scenario"))?;
    let numbers = ["contribution", "paid_mean", "paid_p10", "paid_p50", "paid_p90", "contribution_for_90_percent"];
    let keys = ["financial_year", "rule", "partner"];
    let all = texts(table, row, &keys).chain(cells(table, row, &numbers));
    Some(std::iter::once(Cell::Place(scenario)).chain(all).collect())
}

fn appraisal_row(table: &TextTable, row: &[String], lists: &Lists) -> Option<Row> {
    let scenario = lists.scenarios.number(table.text(row, "scenario"))?;
    let keys = ["kind", "measure", "payer", "financial_year", "unit"];
    let all = texts(table, row, &keys).chain(cells(table, row, &["mean", "p10", "p50", "p90"]));
    Some(std::iter::once(Cell::Place(scenario)).chain(all).collect())
}

fn provider_row(table: &TextTable, row: &[String], lists: &Lists, labels: &Labels) -> Option<Row> {
    let text = |column| table.text(row, column);
    let scenario = lists.scenarios.number(text("scenario"))?;
    let setting = lists.settings.number(text("setting"))?;
    let area = lists.areas.number(text("area")).unwrap_or(EVERY);
    let september = text("september").parse().ok()?;
    let numbers = ["room", "p10", "p50", "p90", "full"];
    // The program's own stopgap is named after a code.
    let stopgap = text("kind") == "not_listed";
    let name = if stopgap {
        format!("Places not listed: {}", labels.of("setting", text("setting")))
    } else {
        text("name").to_string()
    };
    let mut all = vec![Cell::Place(scenario), Cell::Text(name), Cell::Place(setting), Cell::Place(area)];
    all.extend([Cell::Text(text("kind").to_string()), Cell::Place(september)]);
    all.extend(cells(table, row, &numbers));
    Some(all)
}

fn percentile_row(table: &TextTable, row: &[String], lists: &Lists) -> Option<(i32, String, i32, u16, Vec<Number>)> {
    let scenario = lists.scenarios.number(table.text(row, "scenario"))?;
    let setting = lists.settings.number(table.text(row, "setting"))?;
    let year = table.text(row, "year").parse().ok()?;
    let first = table.column("p01")?;
    // An S-curve needs no halves of a child or of a pound.
    let value = |text: &String| number_of(text.parse::<f64>().ok().map(f64::round));
    let values = row.get(first..)?.iter().map(value).collect();
    Some((scenario, table.text(row, "measure").to_string(), setting, year, values))
}

fn cause_row(table: &TextTable, row: &[String], lists: &Lists) -> Option<(i32, u16, Number, Number, Number, Number)> {
    let scenario = lists.scenarios.number(table.text(row, "scenario"))?;
    let year = table.text(row, "year").parse().ok()?;
    let number = |column| number_of(table.number(row, column));
    let [neither, population, prevalence, both] = ["neither", "population_only", "prevalence_only", "both"].map(number);
    Some((scenario, year, neither, population, prevalence, both))
}

/// Expected moves between settings, with those who join (from everywhere else) and leave (to it).
fn flows(tables: &RunTables, lists: &Lists) -> Vec<(i32, u16, i32, i32, Number)> {
    let mut flows = rows_of(tables.other(MOVES), |table, row| {
        let text = |column| table.text(row, column);
        let scenario = lists.scenarios.number(text("scenario"))?;
        let (from, to) = (lists.settings.number(text("from_setting"))?, lists.settings.number(text("to_setting"))?);
        Some((
            scenario,
            text("year").parse().ok()?,
            from,
            to,
            number_of(table.number(row, "expected").map(|moves| (moves * 10.0).round() / 10.0)),
        ))
    });
    if flows.is_empty() {
        return flows;
    }
    let forecast = &tables.forecast;
    for figure in &forecast.figures {
        let code = |column| forecast.code(figure, column);
        let joins = match code(KeyColumn::Measure) {
            "joiners" => true,
            "leavers" => false,
            _ => continue,
        };
        let split = [KeyColumn::Need, KeyColumn::AgeGroup].iter().any(|key| !forecast.is_all(figure, *key));
        let setting = lists.settings.number(code(KeyColumn::Setting));
        let (Some(scenario), Some(setting)) = (lists.scenarios.number(code(KeyColumn::Scenario)), setting) else {
            continue;
        };
        if split || setting == EVERY {
            continue;
        }
        let (from, to) = if joins { (EVERY, setting) } else { (setting, EVERY) };
        flows.push((scenario, figure.year, from, to, number_of(figure.value(Statistic::Principal))));
    }
    flows
}
