//! The school capacity return: residents with a plan who need a specialist place, by kind of place,
//! year group and academic year.
//!
//! Academic year y/y+1 is that of the census of January y+1, and a child's year group follows from the
//! age on the 31 August before it. Where the run knows which setting each child needs (places are
//! limited), that is counted; else the setting where the plan is. Of one academic year and phase, the
//! four kinds of place and the year groups are rounded together, so that each sheet's total adds up,
//! and so do the four sheets by year group.

use super::cells::{by_category, total_key};
use super::plan::ReturnPlan;
use super::sheet::{LONGEST_NAME, Sheet, Value, plain_name};
use crate::domain::statutory_return::{MappedForm, Phase, year_group};
use crate::input::run_folder::FinishedRun;
use crate::input::run_means::{FigureAge, Key, RunMeasure, ScenarioMeans};
use crate::numerics::controlled_rounding::{Cell, round_table};
use crate::units::Age;

/// The eight tables, primary first.
pub fn tables(run: &FinishedRun, plan: &ReturnPlan, means: &ScenarioMeans) -> Vec<Sheet> {
    Phase::ALL.into_iter().flat_map(|phase| tables_of(run, plan.years_of(phase), means, phase)).collect()
}

/// The measure of the forecast that the scenario is returned by.
pub fn measure_of(means: &ScenarioMeans) -> RunMeasure {
    if means.has(RunMeasure::PlansByAgeNeeded) { RunMeasure::PlansByAgeNeeded } else { RunMeasure::PlansByAge }
}

fn tables_of(run: &FinishedRun, years: u16, means: &ScenarioMeans, phase: Phase) -> Vec<Sheet> {
    let groups = phase.ages().map(year_group);
    let header: Vec<String> =
        std::iter::once("Academic year".to_string()).chain(groups).chain(["Total".to_string()]).collect();
    let categories = MappedForm::Capacity.categories().iter().enumerate();
    let mut sheets: Vec<Sheet> = categories
        .map(|(place, category)| {
            let area = phase.planning_area(place);
            // A blank before and after the two letters, and the seven digits of the planning area.
            let name = plain_name(&run.area_name, LONGEST_NAME - 11);
            Sheet {
                name: format!("{name} {} {area}", category.code),
                title: format!("{}, {}, planning area {area}", category.title, phase.title()),
                header: header.clone(),
                rows: Vec::new(),
            }
        })
        .collect();
    for january in (1..=years).map(|after| run.base.0 + after) {
        let rounded = round_year(run, means, phase, january);
        for (sheet, counts) in sheets.iter_mut().zip(rounded) {
            let year = Value::Text(format!("{}/{:02}", january - 1, january % 100));
            let total = Value::Count(counts.iter().sum());
            let counts = counts.into_iter().map(Value::Count);
            sheet.rows.push(std::iter::once(year).chain(counts).chain([total]).collect());
        }
    }
    sheets
}

/// Whole numbers by category and age.
fn round_year(run: &FinishedRun, means: &ScenarioMeans, phase: Phase, january: u16) -> Vec<Vec<u32>> {
    let mut cells = Vec::new();
    let ages = phase.ages().count();
    for (column, age) in phase.ages().enumerate() {
        let age = FigureAge::Single(Age::at(usize::from(age)));
        let key = Key { age, ..total_key(measure_of(means), january) };
        let sums = by_category(run, MappedForm::Capacity, means, key);
        cells.extend(sums.into_iter().enumerate().map(|(row, value)| Cell { value, row, column }));
    }
    let kinds = MappedForm::Capacity.categories().len();
    let whole = round_table(&cells, &vec![None; kinds], &vec![None; ages]);
    (0..kinds).map(|kind| whole.iter().skip(kind).step_by(kinds).copied().collect()).collect()
}
