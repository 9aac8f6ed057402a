//! `needscast returns`: a finished run into the workbook of a statutory return.

use std::io::Write;

use super::{InvalidInputs, ReturnsArguments, UsageError};
use crate::domain::statutory_return::{Phase, ReturnForm};
use crate::input::problem::Problems;
use crate::input::run_folder::{FinishedRun, read_run_folder};
use crate::input::run_means::read_means;
use crate::report::returns::cover::all_sheets;
use crate::report::returns::plan::{ReturnPlan, Version, VersionKind};
use crate::report::returns::workbook::{NewFile, render_workbook};
use crate::report::returns::{grant_plan, reform_plan, school_capacity};

/// Academic years after the base census, where the command line names none.
const PRIMARY_YEARS: u16 = 5;
const SECONDARY_YEARS: u16 = 7;

pub fn write_return(arguments: &ReturnsArguments) -> anyhow::Result<()> {
    let form = ReturnForm::from(arguments.form);
    check_usage(arguments, form)?;
    let file = NewFile::claim(&arguments.out)?;
    let run = read_run_folder(&arguments.run).map_err(InvalidInputs)?;
    let versions = choose_versions(arguments, &run)?;
    let plan = ReturnPlan {
        form,
        versions,
        primary_years: arguments.primary_years.unwrap_or(PRIMARY_YEARS),
        secondary_years: arguments.secondary_years.unwrap_or(SECONDARY_YEARS),
    };
    check_horizon(&plan, &run).map_err(InvalidInputs)?;
    let scenarios: Vec<&str> = plan.versions.iter().map(|version| version.scenario.as_str()).collect();
    let means = read_means(&run, &scenarios, &plan.wanted(run.base)).map_err(InvalidInputs)?;
    let tables = match form {
        ReturnForm::SchoolCapacity => school_capacity::tables(&run, &plan, &means[0]),
        ReturnForm::ReformPlan => reform_plan::tables(&run, &means[0]),
        ReturnForm::GrantPlan => grant_plan::tables(&run, &plan, &means),
    };
    let count = tables.len();
    let sheets = all_sheets(&run, &plan, &means, tables);
    file.write(render_workbook(&sheets, &plan.title(&run), run.base))?;
    let (area, title) = (&run.area_name, form.title());
    writeln!(std::io::stdout().lock(), "{area}: {title}, {count} tables in {}", arguments.out.display())?;
    Ok(())
}

/// What only the words of the command line can get wrong.
fn check_usage(arguments: &ReturnsArguments, form: ReturnForm) -> Result<(), UsageError> {
    if arguments.out.extension().is_none_or(|extension| extension != "xlsx") {
        let shown = arguments.out.display();
        return Err(UsageError(format!("'{shown}' for '--out' does not end in .xlsx")));
    }
    let misplaced = |option: &str, own: ReturnForm| {
        let (form, own) = (form.code(), own.code());
        UsageError(format!("'{option}' is for '--form {own}', not for '--form {form}'"))
    };
    if arguments.mitigated.is_some() && form != ReturnForm::GrantPlan {
        return Err(misplaced("--mitigated", ReturnForm::GrantPlan));
    }
    for (option, given) in
        [("--primary-years", arguments.primary_years), ("--secondary-years", arguments.secondary_years)]
    {
        if given.is_some() && form != ReturnForm::SchoolCapacity {
            return Err(misplaced(option, ReturnForm::SchoolCapacity));
        }
    }
    if arguments.mitigated.as_ref() == Some(&arguments.scenario) {
        let name = &arguments.scenario;
        return Err(UsageError(format!("'{name}' is both the unmitigated and the mitigated scenario")));
    }
    Ok(())
}

/// The scenarios the return is about, each one of the run's.
fn choose_versions(arguments: &ReturnsArguments, run: &FinishedRun) -> Result<Vec<Version>, UsageError> {
    let unmitigated = Version { kind: VersionKind::Unmitigated, scenario: arguments.scenario.clone() };
    let mitigated = arguments.mitigated.iter();
    let mitigated = mitigated.map(|name| Version { kind: VersionKind::Mitigated, scenario: name.clone() });
    let versions: Vec<Version> = std::iter::once(unmitigated).chain(mitigated).collect();
    for Version { scenario, .. } in &versions {
        if !run.scenarios.contains(scenario) {
            let known = run.scenarios.join(", ");
            return Err(UsageError(format!("no scenario '{scenario}' in the run (known: {known})")));
        }
    }
    Ok(versions)
}

/// The last January that the form needs must be in the forecast.
fn check_horizon(plan: &ReturnPlan, run: &FinishedRun) -> Result<(), Problems> {
    let last = plan.last_census(run.base);
    let reached = run.base.plus(run.years);
    if last <= reached {
        return Ok(());
    }
    let years = last.since(run.base);
    let mut hint = format!("run again with --years {years}");
    if plan.form == ReturnForm::SchoolCapacity {
        let options: Vec<String> = Phase::ALL
            .into_iter()
            .filter(|phase| usize::from(plan.years_of(*phase)) > run.years)
            .map(|phase| format!("--{}-years {}", phase.title(), run.years))
            .collect();
        hint += &format!(", or ask for fewer here: {}", options.join(" "));
    }
    let file = run.folder.join("run.toml").display().to_string();
    let what = format!("ends in January {reached}, and {} needs January {last}", plan.form.title());
    let mut problems = Problems::default();
    problems.in_file(&file, what, Some(hint));
    Err(problems)
}
