//! The files of a run folder.

use std::io::Write;

use super::forecast::{Forecast, Task};
use super::progress::work_on_each;
use crate::input::return_table::RETURNS;
use crate::input::run_folder::SUMMARY;
use crate::input::run_tables::{CAUSES, LABELS, MOVES, PERCENTILES};
use crate::report::appraisal_tables::write_appraisal;
use crate::report::assumption_table::write_assumptions;
use crate::report::background_tables::{write_causes, write_moves, write_percentiles};
use crate::report::csv_tables::{write_differences, write_forecast, write_rates, write_returns};
use crate::report::label_table::write_labels;
use crate::report::money_tables::{write_money, write_money_differences};
use crate::report::place_tables::{write_overflow, write_providers};
use crate::report::pool_tables::write_pool;
use crate::report::run_folder::{ReportError, RunFolder};

/// The files of a run folder, the tables each on a thread of its own: the two large ones are as long.
pub fn write_tables(task: Task, out: &RunFolder, done: &Forecast, summary: &str) -> Result<(), ReportError> {
    let world = &task.folder.world;
    let mut tables = vec![RunTable::Forecast, RunTable::Differences, RunTable::Rates, RunTable::Assumptions];
    tables.extend([RunTable::Percentiles, RunTable::Causes, RunTable::Moves]);
    if world.money.is_some() {
        tables.extend([RunTable::Money, RunTable::MoneyDifferences, RunTable::Appraisal]);
    }
    if world.money.as_ref().is_some_and(|money| money.pool.is_some()) {
        tables.push(RunTable::Pool);
    }
    if !done.places.providers.is_empty() {
        tables.extend([RunTable::Providers, RunTable::Overflow]);
    }
    work_on_each((task.workers, task.log), ("writing", "tables"), tables, |table| {
        write_run_table(task, out, done, table)
    })?;
    // The mapping goes with the figures, so that returns can be made from the run folder alone.
    out.write_table(LABELS, |file| write_labels(file, world, task.scenarios))?;
    let mut returns = task.folder.returns.iter();
    returns.try_for_each(|returns| out.write_table(RETURNS, |file| write_returns(file, returns)))?;
    out.write_file(SUMMARY, |file| file.write_all(summary.as_bytes()))
}

fn write_run_table(task: Task, out: &RunFolder, done: &Forecast, table: RunTable) -> Result<(), ReportError> {
    let Forecast { fitted, places, figures, appraisals, .. } = done;
    let world = &task.folder.world;
    match table {
        RunTable::Forecast => out.write_table("forecast.csv", |file| write_forecast(file, world, figures)),
        RunTable::Differences => out.write_table("differences.csv", |file| write_differences(file, world, figures)),
        RunTable::Rates => out.write_table("rates.csv", |file| write_rates(file, &fitted.table)),
        RunTable::Assumptions => out.write_table("assumptions.csv", |file| write_assumptions(file, world)),
        RunTable::Percentiles => out.write_table(PERCENTILES, |file| write_percentiles(file, world, figures)),
        RunTable::Causes => out.write_table(CAUSES, |file| write_causes(file, world, figures)),
        RunTable::Moves => out.write_table(MOVES, |file| write_moves(file, world, figures)),
        RunTable::Money => out.write_table("money.csv", |file| write_money(file, world, figures)),
        RunTable::MoneyDifferences => {
            out.write_table("money_differences.csv", |file| write_money_differences(file, world, figures))
        }
        RunTable::Appraisal => out.write_table("appraisal.csv", |file| write_appraisal(file, world, appraisals)),
        RunTable::Pool => out.write_table("pool.csv", |file| write_pool(file, world, figures)),
        RunTable::Providers => out.write_table("providers.csv", |file| write_providers(file, world, places, figures)),
        RunTable::Overflow => out.write_table("overflow.csv", |file| write_overflow(file, world, places)),
    }
}

enum RunTable {
    Forecast,
    Differences,
    Rates,
    Assumptions,
    Percentiles,
    Causes,
    Moves,
    Money,
    MoneyDifferences,
    Appraisal,
    Pool,
    Providers,
    Overflow,
}
