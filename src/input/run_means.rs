//! Means of a finished run's `forecast.csv`.
//!
//! Means are read, not medians: means add up. A row that `forecast.csv` leaves out is 0 in every
//! scenario; but where a measure has no row at all in a year and scenario, it was not forecast, and
//! that is a problem. Every total is held against its parts, so that a table that publishes fewer cells
//! than it did is not taken for one with zeros. Measures and columns that are not asked for, and rows
//! of other areas, are left alone: a later version may have more of them.

use std::collections::{BTreeMap, BTreeSet};

use super::problem::{Problem, Problems};
use super::return_table::RETURNS;
use super::run_folder::{FinishedRun, read_file};
use super::suggest::suggest_name;
use super::table::{Row, Table};
use crate::domain::age_group::AgeGroup;
use crate::domain::need::Need;
use crate::units::Age;

const FORECAST: &str = "forecast.csv";

/// Columns that are read; there may be others.
const COLUMNS: [&str; 8] = ["scenario", "area", "year", "measure", "need", "setting", "age_group", "mean"];

/// Half of the last decimal that means are written with.
const HALF_A_DECIMAL: f64 = 0.005;

/// Measures of `forecast.csv` that returns use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RunMeasure {
    Plans,
    /// By single year of age and setting.
    PlansByAge,
    /// The same by the setting that is needed, where places are limited.
    PlansByAgeNeeded,
    Requests,
    Assessments,
    NewPlans,
}

impl RunMeasure {
    const ALL: [RunMeasure; 6] = [
        RunMeasure::Plans,
        RunMeasure::PlansByAge,
        RunMeasure::PlansByAgeNeeded,
        RunMeasure::Requests,
        RunMeasure::Assessments,
        RunMeasure::NewPlans,
    ];

    pub fn name(self) -> &'static str {
        match self {
            RunMeasure::Plans => "plans",
            RunMeasure::PlansByAge => "plans_by_age",
            RunMeasure::PlansByAgeNeeded => "plans_by_age_needed",
            RunMeasure::Requests => "requests",
            RunMeasure::Assessments => "assessments",
            RunMeasure::NewPlans => "new_plans",
        }
    }
}

/// The column `age_group`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FigureAge {
    All,
    Group(AgeGroup),
    Single(Age),
}

impl FigureAge {
    fn parse(text: &str) -> Option<FigureAge> {
        if text == "all" {
            return Some(FigureAge::All);
        }
        let group = AgeGroup::ALL.into_iter().find(|group| group.code() == text).map(FigureAge::Group);
        group.or_else(|| text.parse().ok().and_then(Age::new).map(FigureAge::Single))
    }
}

/// What a figure of the forecast is about; `None` is "all".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    pub measure: RunMeasure,
    /// January of a stock, calendar year of a flow.
    pub year: u16,
    pub need: Option<Need>,
    /// The place in the mapping's settings.
    pub setting: Option<usize>,
    pub age: FigureAge,
}

impl Key {
    fn split(&self) -> BTreeSet<Axis> {
        let split = |axis: &Axis| self.without(*axis) != *self;
        [Axis::Need, Axis::Setting, Axis::Age].into_iter().filter(split).collect()
    }

    /// The key of the total that a key is a part of.
    fn without(&self, axis: Axis) -> Key {
        match axis {
            Axis::Need => Key { need: None, ..*self },
            Axis::Setting => Key { setting: None, ..*self },
            Axis::Age => Key { age: FigureAge::All, ..*self },
        }
    }
}

/// A key that figures are split by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Axis {
    Need,
    Setting,
    Age,
}

/// Figures a form cannot do without.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The first of these that the scenario has.
    pub measures: Vec<RunMeasure>,
    pub first: u16,
    pub last: u16,
    /// Each split that the form's cells are taken from.
    pub splits: Vec<BTreeSet<Axis>>,
}

impl Wanted {
    fn uses(&self, measure: RunMeasure, year: u16) -> bool {
        self.measures.contains(&measure) && (self.first..=self.last).contains(&year)
    }

    /// The measure that a scenario is read by.
    fn measure(&self, means: &ScenarioMeans) -> RunMeasure {
        let first = self.measures.iter().find(|measure| means.has(**measure));
        *first.or(self.measures.last()).expect("a form wants some measure")
    }
}

/// Means of one scenario.
#[derive(Clone, Debug, Default)]
pub struct ScenarioMeans {
    means: BTreeMap<Key, f64>,
}

impl ScenarioMeans {
    /// The mean of a figure; one that is left out is 0.
    pub fn mean(&self, key: Key) -> f64 {
        self.means.get(&key).copied().unwrap_or(0.0)
    }

    pub fn has(&self, measure: RunMeasure) -> bool {
        self.means.keys().any(|key| key.measure == measure)
    }

    /// Needs that any figure above 0 is split by.
    pub fn needs(&self) -> BTreeSet<Need> {
        self.means.iter().filter(|(_, mean)| **mean > 0.0).filter_map(|(key, _)| key.need).collect()
    }
}

/// Reads the means that a form needs of some scenarios, in their order.
pub fn read_means(run: &FinishedRun, scenarios: &[&str], wanted: &[Wanted]) -> Result<Vec<ScenarioMeans>, Problems> {
    let mut problems = Problems::default();
    let read = read_file(&run.folder, FORECAST, "every finished run has it", &mut problems)
        .and_then(|file| Table::parse_with(&file, &COLUMNS, &mut problems));
    let Some(table) = read else { return Err(problems) };
    let mut means = vec![ScenarioMeans::default(); scenarios.len()];
    let mut strangers: BTreeSet<&str> = BTreeSet::new();
    for row in table.rows() {
        let Some(scenario) = scenarios.iter().position(|name| *name == row.text("scenario")) else { continue };
        let Some(measure) = RunMeasure::ALL.into_iter().find(|m| m.name() == row.text("measure")) else { continue };
        let uses = |year: u16| wanted.iter().any(|wanted| wanted.uses(measure, year));
        if row.text("area") != run.area || row.text("year").parse().is_ok_and(|year| !uses(year)) {
            continue;
        }
        let Some(key) = parse_key(row, measure, run, &mut strangers, &mut problems) else { continue };
        // A figure that the form does without may be blank.
        if row.text("mean").is_empty() && !wanted.iter().any(|wanted| wanted.splits.contains(&key.split())) {
            continue;
        }
        let Some(mean) = row.number("mean", &mut problems) else { continue };
        if mean < 0.0 {
            row.problem("mean", "is negative", None, &mut problems);
        } else if means[scenario].means.insert(key, mean).is_some() {
            row.problem("measure", "has a row with the same keys before", None, &mut problems);
        }
    }
    if problems.is_empty() {
        for (name, means) in scenarios.iter().zip(&means) {
            check_means(&table.file, (name, means), wanted, run, &mut problems);
        }
    }
    if problems.is_empty() { Ok(means) } else { Err(problems) }
}

fn parse_key<'a>(
    row: Row<'a>,
    measure: RunMeasure,
    run: &FinishedRun,
    strangers: &mut BTreeSet<&'a str>,
    problems: &mut Problems,
) -> Option<Key> {
    let year = row.year("year", problems);
    let find_need = |code: &str| if code == "all" { Some(None) } else { Need::parse(code).map(Some) };
    let need = row.name("need", "need", &Need::ALL.map(Need::code), find_need, problems);
    let setting = match row.text("setting") {
        "all" => Some(None),
        code => match run.mapping.find(code) {
            Some(place) => Some(Some(place)),
            None => {
                // Thousands of rows may have it: once is enough.
                if strangers.insert(code) {
                    let near = suggest_name(code, run.mapping.settings.iter().map(String::as_str));
                    let near =
                        near.filter(|hint| hint.starts_with("did")).map_or(String::new(), |hint| format!("; {hint}"));
                    let hint = format!("add its rows to {RETURNS}{near}");
                    row.problem("setting", format!("is not mapped in {RETURNS}"), Some(hint), problems);
                }
                None
            }
        },
    };
    let age = FigureAge::parse(row.text("age_group"));
    if age.is_none() {
        row.problem("age_group", "is not an age group or an age", None, problems);
    }
    Some(Key { measure, year: year?, need: need?, setting: setting?, age: age? })
}

/// A measure that has no row in a year and scenario, or is not split as the form needs it, was not
/// forecast so. Every total of a needed split must be the sum of its parts, as far as two decimals tell.
fn check_means(
    file: &str,
    (scenario, means): (&str, &ScenarioMeans),
    wanted: &[Wanted],
    run: &FinishedRun,
    problems: &mut Problems,
) {
    for wanted in wanted {
        let measure = wanted.measure(means);
        for year in wanted.first..=wanted.last {
            for split in &wanted.splits {
                let of_year = |key: &Key| (key.measure, key.year) == (measure, year) && key.split() == *split;
                if !means.means.keys().any(of_year) {
                    let by: Vec<&str> = split.iter().map(|axis| axis.column()).collect();
                    let (name, by) = (measure.name(), by.join(" and "));
                    let what = format!("has no {name} of {year} by {by} in the scenario '{scenario}'");
                    let hint = format!("the form needs {} to {}", wanted.first, wanted.last);
                    problems.in_file(file, what, Some(hint));
                }
            }
        }
        for (split, axis) in wanted.splits.iter().flat_map(|split| split.iter().map(move |axis| (split, *axis))) {
            for (key, sum, total) in gaps(means, measure, split, axis) {
                let (figure, year) = (describe(&key, run), key.year);
                let by = axis.column();
                let what = format!(
                    "has {total:.2} for {figure} of {year} in the scenario '{scenario}', and {sum:.2} in its rows by {by}"
                );
                problems.push(Problem { file: file.to_string(), line: None, place: None, what, hint: None });
            }
        }
    }
}

/// Totals of a split over one of its axes that are not the sum of their parts: key, sum and total.
fn gaps(means: &ScenarioMeans, measure: RunMeasure, split: &BTreeSet<Axis>, axis: Axis) -> Vec<(Key, f64, f64)> {
    let mut parts: BTreeMap<Key, (f64, f64)> = BTreeMap::new();
    for (key, mean) in means.means.iter().filter(|(key, _)| key.measure == measure && key.split() == *split) {
        let (sum, count) = parts.entry(key.without(axis)).or_default();
        *sum += mean;
        *count += 1.0;
    }
    let mut coarse = split.clone();
    coarse.remove(&axis);
    let totals = means.means.iter().filter(|(key, _)| key.measure == measure && key.split() == coarse);
    let compared = totals.filter_map(|(key, total)| {
        let (sum, count) = parts.get(key).copied().unwrap_or_default();
        ((sum - total).abs() > HALF_A_DECIMAL * (count + 1.0) + 1e-6).then_some((*key, sum, *total))
    });
    compared.collect()
}

impl Axis {
    fn column(self) -> &'static str {
        match self {
            Axis::Need => "need",
            Axis::Setting => "setting",
            Axis::Age => "age_group",
        }
    }
}

fn describe(key: &Key, run: &FinishedRun) -> String {
    let need = key.need.map_or("all", |need| need.code());
    let setting = key.setting.map_or("all", |place| &run.mapping.settings[place]);
    let age = match key.age {
        FigureAge::All => "all".to_string(),
        FigureAge::Group(group) => group.code().to_string(),
        FigureAge::Single(age) => age.to_string(),
    };
    format!("{} (need {need}, setting {setting}, age group {age})", key.measure.name())
}
