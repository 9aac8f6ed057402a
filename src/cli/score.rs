//! `needscast score`: a finished run against what came.

use std::fmt::Write as _;
use std::io::Write;

use super::log::Log;
use super::{InvalidInputs, ScoreArguments, UsageError};
use crate::domain::run_record::RunRecord;
use crate::input::actual_table::read_actuals;
use crate::input::run_folder::{check_tables, read_record};
use crate::input::run_tables::{ALL, RunTables, read_tables_of};
use crate::report::label_table::sentence;
use crate::report::outturn_console::{
    coverage_caveat, name_of_cell, render_carried, render_cells, render_coverage, render_headline, when,
};
use crate::report::outturn_table::write_outturn;
use crate::report::returns::workbook::NewFile;
use crate::summary::actual_cells::{ActualCells, Span, cells_of};
use crate::summary::outturn::{
    Actual, CellKey, Forecasts, ScoredCell, carry_forward, needs_of, score_actuals, summarise_coverage,
};

/// Years after an outturn for which its error is carried on.
const CARRIED_YEARS: usize = 5;

pub fn score(arguments: &ScoreArguments, log: Log) -> anyhow::Result<()> {
    let out = arguments.out.as_deref().map(NewFile::claim).transpose()?;
    let record = read_record(&arguments.run).map_err(InvalidInputs)?;
    check_scenario(&record, &arguments.scenario)?;
    check_tables(&arguments.run, &record).map_err(InvalidInputs)?;
    let actuals = read_actuals(&arguments.run, &record, &arguments.actuals).map_err(InvalidInputs)?;
    let run = read_tables_of(&arguments.run, record).map_err(InvalidInputs)?;
    let span = span_of(&run.record);
    let found = cells_of(&actuals.observations, &actuals.settings, &needs_of(&run.forecast), span);
    let forecasts = Forecasts::of(&run.forecast, &arguments.scenario, &run.record.area);
    let (cells, unforecast) = score_actuals(&forecasts, found.cells.clone());
    say_left_out(&found, &unforecast, span, log);
    let mut text = render(&run, &arguments.scenario, &forecasts, &cells, span);
    if let Some(out) = out {
        let of = (arguments.scenario.as_str(), run.record.area.as_str());
        out.write_table(|file| write_outturn(file, of, &forecasts, &cells))?;
        let shown = arguments.out.as_deref().map(|path| path.display().to_string()).unwrap_or_default();
        writeln!(text, "\n{} cells in {shown}", cells.len())?;
    }
    std::io::stdout().lock().write_all(text.as_bytes())?;
    Ok(())
}

pub(super) fn check_scenario(record: &RunRecord, scenario: &str) -> Result<(), UsageError> {
    let known = &record.settings.scenarios;
    if known.iter().any(|name| name == scenario) {
        return Ok(());
    }
    Err(UsageError(format!("no scenario '{scenario}' in the run (known: {})", known.join(", "))))
}

fn span_of(record: &RunRecord) -> Span {
    let base = record.settings.base_year;
    Span { base, last: base + record.settings.years as u16 }
}

/// What of the file is not scored, on stderr.
fn say_left_out(found: &ActualCells, unforecast: &[Actual], span: Span, log: Log) {
    let Span { base, last } = span;
    if found.rows_known > 0 {
        let (known, rows) = (found.rows_known, found.rows);
        log.note(format_args!("{known} of {rows} rows were known in January {base}: skipped"));
    }
    if found.rows_beyond > 0 {
        let (beyond, rows) = (found.rows_beyond, found.rows);
        log.note(format_args!("{beyond} of {rows} rows are later than the run's January {last}: skipped"));
    }
    if !found.rows_of_other_measures.is_empty() {
        let others = found.rows_of_other_measures.iter().map(|(measure, rows)| format!("{measure} ({rows} rows)"));
        log.note(format_args!("not forecast: {}", others.collect::<Vec<_>>().join(", ")));
    }
    let mut kinds: Vec<(String, usize)> = Vec::new();
    for Actual { key, .. } in unforecast {
        let kind = breakdown_of(&key.measure, key.is_split());
        match kinds.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, count)) => *count += 1,
            None => kinds.push((kind, 1)),
        }
    }
    if !kinds.is_empty() {
        let kinds = kinds.iter().map(|(kind, count)| format!("{kind} ({count})")).collect::<Vec<_>>();
        log.note(format_args!("cells that the run does not forecast: {}", kinds.join(", ")));
    }
}

fn render(run: &RunTables, scenario: &str, forecasts: &Forecasts, cells: &[ScoredCell], span: Span) -> String {
    let RunTables { record, labels, .. } = run;
    let base = record.settings.base_year;
    let mut text =
        format!("{}: run {} from January {base}, {scenario}, beside what came\n\n", record.area_name, record.id);
    if cells.is_empty() {
        let years = format!("Januaries {} to {} and calendar years {base} to {}", base + 1, span.last, span.last - 1);
        return text + &format!("Nothing to score: the file has no count that the run forecasts ({years}).\n");
    }
    let mut totals: Vec<&ScoredCell> = cells.iter().filter(|cell| cell.key.is_total()).collect();
    totals.sort_by_key(|cell| cell.key.measure != "plans");
    let plans: Vec<&ScoredCell> = totals.iter().copied().filter(|cell| cell.key.measure == "plans").collect();
    for cell in &plans {
        text += &render_headline(cell, labels);
    }
    if !totals.is_empty() {
        let name = |key: &CellKey| format!("{} in {}", name_of_cell(key, labels), when(key));
        text += &format!("\nIn all (off by: forecast less outturn)\n{}", render_cells(&totals, name));
        if totals.iter().any(|cell| cell.key.measure == "leavers") {
            text += "Leavers: plans that ceased. They are recorded late, so a year's count may hold those of earlier years.\n";
        }
    }
    text += &render_settings(cells, run);
    let mut by_breakdown = summarise_coverage(cells, |cell| {
        (!cell.key.is_total()).then(|| (cell.key.measure.clone(), cell.key.is_split()))
    });
    by_breakdown.sort_by_key(|group| std::cmp::Reverse(group.cells));
    if !by_breakdown.is_empty() {
        let name = |(measure, split): &(String, [bool; 3])| breakdown_of(measure, *split);
        text += &format!("\nHow often intervals held\n{}", render_coverage("", &by_breakdown, name));
        let by_setting = summarise_coverage(cells, |cell| (cell.key.setting != ALL).then(|| cell.key.setting.clone()));
        if !by_setting.is_empty() {
            let mut by_setting = by_setting;
            by_setting.sort_by_key(|group| std::cmp::Reverse(group.cells));
            let name = |code: &String| labels.of("setting", code).to_string();
            text += &format!("\nThe same by setting, all its cells\n{}", render_coverage("", &by_setting, name));
        }
        text += &coverage_caveat();
    }
    if let Some(cell) = plans.last() {
        let carried = carry_forward(forecasts, cell, CARRIED_YEARS);
        if !carried.is_empty() {
            text += &format!("\nWhat that says of later years\n{}", render_carried(cell, &carried, labels));
        }
    }
    text
}

/// Plans by setting in the latest January, largest first.
fn render_settings(cells: &[ScoredCell], run: &RunTables) -> String {
    let by_setting = |cell: &&ScoredCell| cell.key.measure == "plans" && cell.key.is_split() == [false, false, true];
    let Some(year) = cells.iter().filter(by_setting).map(|cell| cell.key.year).max() else { return String::new() };
    let mut own: Vec<&ScoredCell> = cells.iter().filter(by_setting).filter(|cell| cell.key.year == year).collect();
    own.sort_by(|a, b| b.actual.max(b.median()).total_cmp(&a.actual.max(a.median())));
    let name = |key: &CellKey| name_of_cell(key, &run.labels);
    format!("\nPlans by setting in January {year}\n{}", render_cells(&own, name))
}

/// "Plans by age and setting".
fn breakdown_of(measure: &str, split: [bool; 3]) -> String {
    let age = if measure == "plans_by_age" { "single age" } else { "age group" };
    let names: Vec<&str> =
        [age, "need", "setting"].into_iter().zip(split).filter(|(_, split)| *split).map(|(name, _)| name).collect();
    let measure = if measure == "plans_by_age" { "Plans".to_string() } else { sentence(measure) };
    if names.is_empty() { measure } else { format!("{measure} by {}", names.join(" and ")) }
}
