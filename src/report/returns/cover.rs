//! The sheets before the tables: cover, index, assumptions, mapping and notes of the run.

use super::plan::{CALENDAR_YEARS, ReturnPlan};
use super::school_capacity::measure_of;
use super::sheet::{Sheet, Value, header};
use crate::domain::statutory_return::{MappedForm, NOT_COUNTED, ReturnForm};
use crate::input::return_table::RETURNS;
use crate::input::run_folder::FinishedRun;
use crate::input::run_means::{RunMeasure, ScenarioMeans};

/// All sheets of a workbook, the tables of the form last.
pub fn all_sheets(run: &FinishedRun, plan: &ReturnPlan, means: &[ScenarioMeans], tables: Vec<Sheet>) -> Vec<Sheet> {
    let mut sheets = vec![cover(run, plan, means)];
    let mut after = vec![assumptions(run), mapping(run, plan)];
    after.extend((!run.notes.is_empty()).then(|| notes(run)));
    after.extend(tables);
    sheets.push(index(&after));
    sheets.extend(after);
    sheets
}

fn cover(run: &FinishedRun, plan: &ReturnPlan, means: &[ScenarioMeans]) -> Sheet {
    let mut rows: Vec<[String; 2]> = Vec::new();
    let mut say = |item: &str, detail: String| rows.push([item.to_string(), detail]);
    say("Return", plan.form.title().to_string());
    say("Area", run.area_name.clone());
    say("Run", format!("{}, made by needscast {}", run.id, run.version));
    say("Base census", format!("January {}", run.base));
    say("Horizon", format!("January {}", run.base.plus(run.years)));
    for version in &plan.versions {
        let item = match plan.form {
            ReturnForm::GrantPlan => format!("Scenario, {}", version.kind.title().to_lowercase()),
            ReturnForm::SchoolCapacity | ReturnForm::ReformPlan => "Scenario".to_string(),
        };
        say(&item, version.scenario.clone());
    }
    say("Simulated futures", run.replicates.to_string());
    say(
        "What the figures are",
        "Means of the simulated futures: the expected number, not a middle or a target. Intervals are in the \
         run's forecast.csv."
            .to_string(),
    );
    let near = match plan.form {
        ReturnForm::GrantPlan => "each cell and each total on the sheet of a placement",
        ReturnForm::SchoolCapacity | ReturnForm::ReformPlan => "each cell and each total",
    };
    say(
        "Rounding",
        format!(
            "Whole numbers that add up to their totals (controlled rounding): {near} is within 1 of its forecast, \
             and figures that are whole already stay as they are."
        ),
    );
    for (item, detail) in about_form(plan, &means[0]) {
        say(item, detail);
    }
    for detail in checks(run, plan) {
        say("Check before you send it", detail);
    }
    let rows = rows.into_iter().map(|row| row.map(Value::Text).to_vec()).collect();
    Sheet { name: "Cover".into(), title: "Cover".into(), header: header(["Item", "Detail"]), rows }
}

/// What the tables of a form count.
fn about_form(plan: &ReturnPlan, means: &ScenarioMeans) -> Vec<(&'static str, String)> {
    match plan.form {
        ReturnForm::SchoolCapacity => {
            let by = match measure_of(means) {
                RunMeasure::PlansByAgeNeeded => "by the setting they need, whether or not it has a place for them",
                _ => "by the setting where their plan is delivered",
            };
            vec![
                ("What is counted", format!("Residents with a plan from Reception to Year 11, {by}. No need types.")),
                (
                    "Year groups",
                    "By age on the 31 August before the census: Reception is 4, Year 11 is 15. Children taught out \
                     of their year count in the year of their age."
                        .to_string(),
                ),
                ("Academic years", "That of a January census: 2025/26 is the forecast for January 2026.".to_string()),
            ]
        }
        ReturnForm::ReformPlan => vec![
            ("Plans", format!("Held in January of the calendar year, for {CALENDAR_YEARS} years from the base census. Age is that on the 31 August before.")),
            ("Requests, assessments, new plans", "Of the calendar year. Age is that on the 31 August before its January. Table 12 counts new plans of the year.".to_string()),
            ("Totals", "Tables 5.1, 6 and 7 have the same total in each year; tables 7.1 to 7.7 add up to table 7 by need, and each to the provisions of its group in table 6.".to_string()),
        ],
        ReturnForm::GrantPlan => vec![
            ("Plans", format!("Held in January of the calendar year, for {CALENDAR_YEARS} years from the base census. Age is that on the 31 August before.")),
            ("Totals over all placements", "Sums of the seven sheets. By need and in all they are within 1 of the forecast; a single age group of them can be a few out.".to_string()),
            ("Spend", "There is no spend per block in this workbook: needscast does not model money yet.".to_string()),
        ],
    }
}

/// What only a person can know.
fn checks(run: &FinishedRun, plan: &ReturnPlan) -> Vec<String> {
    let mut checks = vec![
        "Names and order of tables, categories and years against the template of this year.".to_string(),
        format!(
            "The mapping of settings to categories (sheet Mapping, from {RETURNS}), above all shares that split a setting."
        ),
        "Assumptions flagged as needing a local value (sheet Assumptions).".to_string(),
    ];
    if plan.form == ReturnForm::ReformPlan {
        checks.push(
            "The names of the fourteen provisions and the seven groups are chosen from the placements of the SEN2 \
             census, not copied from the template."
                .to_string(),
        );
    }
    for form in plan.form.mapped() {
        let shares = run.mapping.shares.iter().filter(|row| row.form == *form && row.category.is_none());
        let left_out: Vec<&str> = shares.map(|row| run.mapping.settings[row.setting].as_str()).collect();
        if !left_out.is_empty() {
            checks.push(format!("Settings not counted for {}: {}.", form.code(), left_out.join(", ")));
        }
    }
    checks
}

fn index(sheets: &[Sheet]) -> Sheet {
    let row = |sheet: &Sheet| vec![Value::Link(sheet.name.clone()), Value::Text(sheet.title.clone())];
    let rows = sheets.iter().map(row).collect();
    Sheet { name: "Index".into(), title: "Index".into(), header: header(["Sheet", "Title"]), rows }
}

/// As the run has them; values that are numbers as numbers.
fn assumptions(run: &FinishedRun) -> Sheet {
    let (columns, rows) = &run.assumptions;
    let value = |text: &String| match text.parse::<f64>() {
        Ok(number) if number.is_finite() => Value::Number(number),
        _ => Value::Text(text.clone()),
    };
    Sheet {
        name: "Assumptions".into(),
        title: "Assumptions of the forecast, with those that need a local value".into(),
        header: columns.clone(),
        rows: rows.iter().map(|row| row.iter().map(value).collect()).collect(),
    }
}

/// The rows of `returns.csv` that the form uses.
fn mapping(run: &FinishedRun, plan: &ReturnPlan) -> Sheet {
    let title = |form: MappedForm, category: Option<usize>| {
        category.map_or("Not counted in this return", |place| form.categories()[place].title)
    };
    let rows = run.mapping.shares.iter().filter(|row| plan.form.mapped().contains(&row.form)).map(|row| {
        let code = row.category.map_or(NOT_COUNTED, |_| row.category_code());
        vec![
            row.form.code().into(),
            Value::Text(run.mapping.settings[row.setting].clone()),
            code.into(),
            title(row.form, row.category).into(),
            Value::Number(row.share),
            Value::Text(row.source.clone()),
        ]
    });
    Sheet {
        name: "Mapping".into(),
        title: "Categories that the settings of the forecast count in".into(),
        header: header(["Form", "Setting", "Category", "Title", "Share", "Source"]),
        rows: rows.collect(),
    }
}

fn notes(run: &FinishedRun) -> Sheet {
    let rows = run.notes.iter().map(|note| vec![Value::Text(note.clone())]).collect();
    Sheet { name: "Notes".into(), title: "Notes of the run".into(), header: header(["Note"]), rows }
}
