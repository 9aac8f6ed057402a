//! The local SEND reform plan: plans by age group, provision and need, and requests, assessments and
//! new plans by age group, of five calendar years.
//!
//! Plans are those of the January of a calendar year. Provision × need is rounded with its totals by
//! provision, group, need, need within group and in all, so that tables 6, 7 and 7.1 to 7.7 agree to
//! the child; age groups (table 5.1) are then rounded to the same total. Settings that are not counted
//! are left out of all of them. Rows are categories and columns years, as a form is filled in.

use super::cells::{by_category, by_group, needs_of, total_key};
use super::plan::calendar_years;
use super::sheet::{Sheet, Value};
use crate::domain::age_group::AgeGroup;
use crate::domain::need::Need;
use crate::domain::statutory_return::{MappedForm, group_of_provision};
use crate::input::run_folder::FinishedRun;
use crate::input::run_means::{Key, RunMeasure, ScenarioMeans};
use crate::numerics::controlled_rounding::{Cell, round_list, round_series, round_table};

/// The thirteen tables in the order of the form.
pub fn tables(run: &FinishedRun, means: &ScenarioMeans) -> Vec<Sheet> {
    let needs = needs_of(std::slice::from_ref(means));
    let years: Vec<PlansOfYear> = calendar_years(run.base).map(|year| round_plans(run, means, &needs, year)).collect();
    let groups = MappedForm::Group.categories();
    let age_titles = AgeGroup::ALL.map(AgeGroup::title);
    let age_labels = Labels::plain("Age group", age_titles.iter());
    let provisions = MappedForm::Provision.categories().iter();
    let provision_labels = Labels::plain("Provision", provisions.map(|provision| &provision.title));
    let need_labels = Labels::of_needs(&needs);
    let table = |number: &str, title: String, labels: &Labels, columns: Vec<Vec<u32>>| {
        sheet(run, number, title, labels, &columns)
    };
    let plans = |select: &dyn Fn(&PlansOfYear) -> Vec<u32>| years.iter().map(select).collect::<Vec<_>>();
    let mut sheets = vec![
        table("5.1", "Plans by age group".into(), &age_labels, plans(&|year| year.ages.clone())),
        table("6", "Plans by provision".into(), &provision_labels, plans(&PlansOfYear::by_provision)),
        table("7", "Plans by primary need".into(), &need_labels, plans(&|year| year.by_need(|_| true))),
    ];
    for (place, group) in groups.iter().enumerate() {
        let number = format!("7.{}", place + 1);
        let title = format!("Plans by primary need: {}", group.title);
        let columns = plans(&|year| year.by_need(|provision| group_of_provision(provision) == place));
        sheets.push(table(&number, title, &need_labels, columns));
    }
    for (number, title, measure) in [
        ("10", "Requests for an assessment by age group", RunMeasure::Requests),
        ("11", "Assessments by age group", RunMeasure::Assessments),
        ("12", "Assessments that led to a plan, by age group", RunMeasure::NewPlans),
    ] {
        let columns = calendar_years(run.base)
            .map(|year| round_series(&by_group(|age| means.mean(Key { age, ..total_key(measure, year) }))));
        sheets.push(table(number, title.into(), &age_labels, columns.collect()));
    }
    sheets
}

/// Whole plans of one January.
struct PlansOfYear {
    ages: Vec<u32>,
    /// By provision, then need.
    plans: Vec<Vec<u32>>,
}

impl PlansOfYear {
    fn by_provision(&self) -> Vec<u32> {
        self.plans.iter().map(|plans| plans.iter().sum()).collect()
    }

    /// Over the provisions chosen.
    fn by_need(&self, chosen: impl Fn(usize) -> bool) -> Vec<u32> {
        let needs = self.plans[0].len();
        let provisions: Vec<&Vec<u32>> =
            self.plans.iter().enumerate().filter(|(place, _)| chosen(*place)).map(|(_, plans)| plans).collect();
        (0..needs).map(|need| provisions.iter().map(|plans| plans[need]).sum()).collect()
    }
}

fn round_plans(run: &FinishedRun, means: &ScenarioMeans, needs: &[Need], year: u16) -> PlansOfYear {
    let (provisions, groups) = (MappedForm::Provision.categories().len(), MappedForm::Group.categories().len());
    let key = total_key(RunMeasure::Plans, year);
    let mut cells = Vec::new();
    for (place, need) in needs.iter().enumerate() {
        let sums = by_category(run, MappedForm::Provision, means, Key { need: Some(*need), ..key });
        cells.extend(sums.into_iter().enumerate().map(|(provision, value)| {
            let column = place * groups + group_of_provision(provision);
            Cell { value, row: provision, column }
        }));
    }
    // Rows: provisions in their groups. Columns: a need within a group, in the need.
    let in_group = (0..provisions).map(|provision| Some(provisions + group_of_provision(provision)));
    let rows: Vec<Option<usize>> = in_group.chain(vec![None; groups]).collect();
    let in_need = (0..needs.len() * groups).map(|pair| Some(needs.len() * groups + pair / groups));
    let columns: Vec<Option<usize>> = in_need.chain(vec![None; needs.len()]).collect();
    let whole = round_table(&cells, &rows, &columns);
    let plans = (0..provisions)
        .map(|provision| whole.iter().skip(provision).step_by(provisions).copied().collect())
        .collect::<Vec<Vec<u32>>>();
    // The counted plans of an age group are those of its settings, less the shares not counted. Two
    // decimals of means apart, their sum is that of the table by need, so within 1 of its whole total.
    let counted = |age| by_category(run, MappedForm::Provision, means, Key { age, ..key }).iter().sum();
    let ages = round_list(&by_group(counted), whole.iter().sum());
    PlansOfYear { ages, plans }
}

/// The rows of a table: what they are of, and what stands before the figures of each.
struct Labels {
    kind: &'static str,
    rows: Vec<Label>,
}

/// A title, and before it a code where the rows have codes.
struct Label {
    code: Option<&'static str>,
    title: &'static str,
}

impl Labels {
    fn plain<'a>(kind: &'static str, titles: impl Iterator<Item = &'a &'static str>) -> Labels {
        let rows = titles.map(|title| Label { code: None, title }).collect();
        Labels { kind, rows }
    }

    fn of_needs(needs: &[Need]) -> Labels {
        let rows = needs.iter().map(|need| Label { code: Some(need.code()), title: need.title() }).collect();
        Labels { kind: "Primary need", rows }
    }
}

impl Label {
    fn values(&self) -> Vec<Value> {
        self.code.into_iter().chain([self.title]).map(Value::from).collect()
    }
}

/// A table with a column for each year, and a row of totals.
fn sheet(run: &FinishedRun, number: &str, title: String, labels: &Labels, columns: &[Vec<u32>]) -> Sheet {
    let coded = labels.rows.iter().any(|label| label.code.is_some());
    let header = coded.then_some("Code").into_iter().chain([labels.kind]).map(str::to_string);
    let header = header.chain(calendar_years(run.base).map(|year| year.to_string())).collect();
    let of_row = |(row, label): (usize, &Label)| {
        let counts = columns.iter().map(|column| Value::Count(column[row]));
        label.values().into_iter().chain(counts).collect()
    };
    let mut rows: Vec<Vec<Value>> = labels.rows.iter().enumerate().map(of_row).collect();
    let total = Label { code: coded.then_some("all"), title: "Total" };
    let totals = columns.iter().map(|column| Value::Count(column.iter().sum()));
    rows.push(total.values().into_iter().chain(totals).collect());
    Sheet { name: format!("Table {number}"), title, header, rows }
}
