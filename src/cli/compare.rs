//! `needscast compare`: last year's run and this year's, or any two of one area.

use std::io::Write;

use super::{CompareArguments, InvalidInputs, UsageError};
use crate::domain::run_record::RunRecord;
use crate::input::input_pairs::{RunPlace, read_input_pairs};
use crate::input::problem::Problems;
use crate::input::run_folder::{check_tables, read_record};
use crate::input::run_tables::read_tables_of;
use crate::report::comparison_console::render_comparison;
use crate::report::comparison_tables::{
    ASSUMPTIONS, INPUTS, OUTTURN, RATES, RESULTS, write_changed_assumptions, write_changed_inputs, write_changed_rates,
    write_changed_results,
};
use crate::report::outturn_table::write_outturn;
use crate::report::run_folder::{Place, ReportError, RunFolder};
use crate::report::run_record::ComparisonRecord;
use crate::scenario::lever::BASELINE;
use crate::summary::comparison::Comparison;

pub fn compare(arguments: &CompareArguments) -> anyhow::Result<()> {
    let out = arguments.out.as_deref().map(|out| RunFolder::claim(out, ComparisonRecord::ID)).transpose()?;
    let records = [&arguments.last, &arguments.this].map(|folder| read_record(folder));
    let [last_record, this_record] = both(records).map_err(InvalidInputs)?;
    check_area(&last_record, &this_record)?;
    let last = RunPlace { folder: &arguments.last, record: &last_record };
    let this = RunPlace { folder: &arguments.this, record: &this_record };
    both([last, this].map(|run| check_tables(run.folder, run.record))).map_err(InvalidInputs)?;
    let pairs = read_input_pairs(last, this).map_err(InvalidInputs)?;
    let tables = [last, this].map(|run| read_tables_of(run.folder, run.record.clone()));
    let [last, this] = both(tables).map_err(InvalidInputs)?;
    let comparison = Comparison::of(&last, &this, &pairs);
    let mut text = render_comparison(&comparison);
    if let Some(Place::Free(out)) = out {
        write_tables(out, &comparison)?;
        let shown = arguments.out.as_deref().map(|path| path.display().to_string()).unwrap_or_default();
        text += &format!("\ntables in {shown}\n");
    }
    std::io::stdout().lock().write_all(text.as_bytes())?;
    Ok(())
}

/// Both, or the problems of both.
fn both<T>(results: [Result<T, Problems>; 2]) -> Result<[T; 2], Problems> {
    match results {
        [Ok(last), Ok(this)] => Ok([last, this]),
        [Err(mut last), Err(this)] => {
            last.append(this);
            Err(last)
        }
        [Err(problems), Ok(_)] | [Ok(_), Err(problems)] => Err(problems),
    }
}

/// Figures of two areas have nothing to say of each other.
fn check_area(last: &RunRecord, this: &RunRecord) -> Result<(), UsageError> {
    if last.area == this.area {
        return Ok(());
    }
    let name = |record: &RunRecord| format!("{} ({})", record.area_name, record.area);
    Err(UsageError(format!("the runs are of two areas: {} and {}", name(last), name(this))))
}

fn write_tables(out: RunFolder, comparison: &Comparison) -> Result<(), ReportError> {
    let record = &comparison.last.record;
    let of = (BASELINE, record.area.as_str());
    out.write_table(RESULTS, |file| write_changed_results(file, comparison))?;
    out.write_table(OUTTURN, |file| write_outturn(file, of, &comparison.forecasts, &comparison.outturn))?;
    out.write_table(RATES, |file| write_changed_rates(file, comparison))?;
    out.write_table(ASSUMPTIONS, |file| write_changed_assumptions(file, comparison))?;
    out.write_table(INPUTS, |file| write_changed_inputs(file, comparison))?;
    out.finish_with(&ComparisonRecord::of(record, &comparison.this.record))
}
