//! The management plan of the dedicated schools grant: plans by placement, age group, need and
//! calendar year, unmitigated and mitigated.
//!
//! Plans are those of the January of a calendar year. A sheet for each placement and version, and one
//! over all placements; of a year, a row for each need and one for all of them, with the age groups
//! beside each other. A table of three dimensions has no rounding that keeps all its totals near; these
//! are kept within 1 of the forecast, by proof (see [`controlled_rounding`]): every cell, each sheet's
//! totals by need, by age group and in all, and over all placements the totals by need and in all. Over
//! all placements, a need's age group is a sum of up to seven cells, each within 1: of Somerset's 700 such
//! figures (1,000 futures, two scenarios) 71 are 1 or more off, 2.2 at most, and totals by age group 1.8 at
//! most. The tests hold them below 3.
//!
//! [`controlled_rounding`]: crate::numerics::controlled_rounding

use super::cells::{by_category, needs_of, total_key};
use super::plan::{ReturnPlan, Version, calendar_years};
use super::sheet::{Sheet, Value, header};
use crate::domain::age_group::AgeGroup;
use crate::domain::need::Need;
use crate::domain::statutory_return::MappedForm;
use crate::input::run_folder::FinishedRun;
use crate::input::run_means::{FigureAge, Key, RunMeasure, ScenarioMeans};
use crate::numerics::controlled_rounding::{Cell, round_table};

const AGES: usize = AgeGroup::ALL.len();

/// Eight tables for each version: all placements, then one each.
pub fn tables(run: &FinishedRun, plan: &ReturnPlan, means: &[ScenarioMeans]) -> Vec<Sheet> {
    // The same rows in every version, so that one can be taken from the other.
    let needs = needs_of(means);
    plan.versions.iter().zip(means).flat_map(|(version, means)| tables_of(run, version, means, &needs)).collect()
}

fn tables_of(run: &FinishedRun, version: &Version, means: &ScenarioMeans, needs: &[Need]) -> Vec<Sheet> {
    let kind = version.kind.title();
    let sheet = |number: usize, title: &str| Sheet {
        name: if number == 0 { format!("{kind} all") } else { format!("{kind} {number}") },
        title: format!("{kind} (scenario {}): {title}", version.scenario),
        header: header(["Year", "Code", "Primary need"])
            .into_iter()
            .chain(AgeGroup::ALL.iter().map(|group| group.title().to_string()))
            .chain(["Total".to_string()])
            .collect(),
        rows: Vec::new(),
    };
    let placements = MappedForm::Grant.categories();
    let mut sheets = vec![sheet(0, "all placements")];
    sheets.extend(placements.iter().enumerate().map(|(place, category)| sheet(place + 1, category.title)));
    for year in calendar_years(run.base) {
        let counts = round_year(run, means, needs, year);
        let all = |need: usize, age: usize| counts.iter().map(|of_placement| of_placement[need][age]).sum();
        sheets[0].rows.extend(rows_of(year, needs, all));
        for (sheet, of_placement) in sheets[1..].iter_mut().zip(&counts) {
            sheet.rows.extend(rows_of(year, needs, |need, age| of_placement[need][age]));
        }
    }
    sheets
}

/// Whole plans by placement, need and age group.
fn round_year(run: &FinishedRun, means: &ScenarioMeans, needs: &[Need], year: u16) -> Vec<Vec<Vec<u32>>> {
    let placements = MappedForm::Grant.categories().len();
    let mut cells = Vec::new();
    for (need_place, need) in needs.iter().enumerate() {
        for group in AgeGroup::ALL {
            let key = Key { need: Some(*need), age: FigureAge::Group(group), ..total_key(RunMeasure::Plans, year) };
            let sums = by_category(run, MappedForm::Grant, means, key);
            cells.extend(sums.into_iter().enumerate().map(|(placement, value)| Cell {
                value,
                row: placement * AGES + group.index(),
                column: need_place * placements + placement,
            }));
        }
    }
    // Rows: an age group of a placement, in the placement. Columns: a need in a placement, in the need.
    let rows = nested(placements, AGES);
    let columns = nested(needs.len(), placements);
    let whole = round_table(&cells, &rows, &columns);
    let at = |placement: usize, need: usize, age: usize| whole[(need * AGES + age) * placements + placement];
    let by_age = |placement, need| (0..AGES).map(|age| at(placement, need, age)).collect();
    (0..placements).map(|placement| (0..needs.len()).map(|need| by_age(placement, need)).collect()).collect()
}

/// Groups of `inner` each in one of `outer`, which come after them.
fn nested(outer: usize, inner: usize) -> Vec<Option<usize>> {
    let parts = (0..outer * inner).map(|part| Some(outer * inner + part / inner));
    parts.chain(vec![None; outer]).collect()
}

/// The rows of one year: each need, then all of them.
fn rows_of(year: u16, needs: &[Need], count: impl Fn(usize, usize) -> u32) -> Vec<Vec<Value>> {
    let row = |code: &str, title: &str, ages: Vec<u32>| {
        let total = ages.iter().sum();
        let counts = ages.into_iter().chain([total]).map(Value::Count);
        [Value::Year(year), code.into(), title.into()].into_iter().chain(counts).collect::<Vec<Value>>()
    };
    let mut rows: Vec<Vec<Value>> = needs
        .iter()
        .enumerate()
        .map(|(place, need)| row(need.code(), need.title(), (0..AGES).map(|age| count(place, age)).collect()))
        .collect();
    let of_age = |age| (0..needs.len()).map(|need| count(need, age)).sum();
    rows.push(row("all", "All needs", (0..AGES).map(of_age).collect()));
    rows
}
