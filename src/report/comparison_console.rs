//! Two runs side by side, on the terminal: a page that is read in two minutes. What it comes to first, then the outturn of
//! last, then what changed in rates, assumptions and inputs.

use comfy_table::{Cell, Table};

use super::comparison_causes::render_causes;
use super::console::{align, header, new_table, whole};
use super::label_table::sentence;
use super::outturn_console::{
    MOST_ROWS, coverage_caveat, finish, name_of_cell, name_of_code, render_cells, render_coverage, render_headline,
    signed, signed_percent,
};
use crate::input::run_tables::{ALL, KeyColumn, RunFigure, Statistic};
use crate::summary::comparison::Comparison;
use crate::summary::outturn::{CellKey, Interval, ScoredCell, Verdict, summarise_coverage};
use crate::summary::result_changes::ResultChange;

/// Years after this run's base that are shown.
const SHOWN: [u16; 4] = [1, 3, 5, 10];
/// Names of a list in a sentence.
const MOST_NAMES: usize = 5;
/// Totals that are shown beside plans, where both runs have them.
const TOTALS: [&str; 7] =
    ["new_plans", "leavers", "requests", "assessments", "sen_support", "cost", "high_needs_deficit"];

pub fn render_comparison(comparison: &Comparison) -> String {
    let (last, this) = (&comparison.last.record, &comparison.this.record);
    let mut text = format!(
        "{}: last is run {} from January {}, this is run {} from January {}; baseline\n\n",
        this.area_name, last.id, last.settings.base_year, this.id, this.settings.base_year
    );
    if comparison.is_same() {
        text += "The runs are the same: inputs, settings, rates, assumptions and results.\n";
        return text;
    }
    let baseline = comparison.baseline();
    match comparison.headline_year() {
        Some(year) => text += &render_headlines(comparison, &baseline, year),
        None => text += "The runs have no year in common: their results are not compared.\n",
    }
    text += &render_only_in(comparison);
    if let Some(year) = comparison.headline_year() {
        text += &render_results(comparison, &baseline, year);
    }
    text += &render_outturn(comparison);
    text + &render_causes(comparison)
}

fn is_plans(change: &ResultChange) -> bool {
    change.code(KeyColumn::Measure) == "plans"
}

fn render_headlines(comparison: &Comparison, baseline: &[ResultChange], year: u16) -> String {
    let mut text = String::new();
    let total = baseline.iter().find(|c| c.year == year && is_plans(c) && c.is_split_by(None));
    if let Some(((last, this), change)) = total.and_then(|change| change.medians().zip(Some(change))) {
        let percent = change.percent().map_or_else(String::new, |percent| format!(" ({})", signed_percent(percent)));
        text += &format!("All plans in January {year}: {} last, {} now{percent}", whole(last), whole(this));
        let figure = |figure: Option<RunFigure>| figure.map_or_else(String::new, |figure| range(&figure));
        let inside = if change.is_inside_last() == Some(true) { "inside" } else { "outside" };
        text += &format!("; the new median lies {inside} last's 80 % interval, {}.\n", figure(change.last));
    }
    match comparison.outturn.iter().find(|cell| cell.key.measure == "plans" && cell.key.is_total()) {
        Some(cell) => text += &format!("Published since. {}", render_headline(cell, &comparison.this.labels)),
        None => {
            let base = comparison.this.record.settings.base_year;
            text += &format!("Last does not forecast January {base}, from which this starts: there is no outturn.\n");
        }
    }
    let by_setting = |cell: &&ScoredCell| cell.key.measure == "plans" && cell.key.is_split() == [false, false, true];
    let settings: Vec<&ScoredCell> = comparison.outturn.iter().filter(by_setting).collect();
    if !settings.is_empty() {
        let inside = settings.iter().filter(|cell| cell.is_inside(Interval::EightInTen)).count();
        text += &format!(
            "Of {} settings, {inside} lay inside last's 80 % interval; {:.0} were to be expected.\n",
            settings.len(),
            0.8 * settings.len() as f64
        );
    }
    text
}

fn range(figure: &RunFigure) -> String {
    let number = |statistic| figure.value(statistic).map_or_else(String::new, whole);
    format!("{} to {}", number(Statistic::P10), number(Statistic::P90))
}

fn render_only_in(comparison: &Comparison) -> String {
    let mut text = String::new();
    let results = &comparison.results;
    for (what, only) in [("Scenarios", &results.scenarios), ("Measures", &results.measures)] {
        for (run, names) in [("last", &only.last), ("this", &only.this)] {
            if !names.is_empty() {
                let shown = names.iter().take(MOST_NAMES).cloned().collect::<Vec<_>>().join(", ");
                let more = names.len().saturating_sub(MOST_NAMES);
                let more = if more > 0 { format!(" and {more} more") } else { String::new() };
                text += &format!("{what} only in {run}: {shown}{more}\n");
            }
        }
    }
    text
}

fn render_results(comparison: &Comparison, baseline: &[ResultChange], year: u16) -> String {
    let base = comparison.this.record.settings.base_year;
    let mut text = String::new();
    let years: Vec<&ResultChange> = SHOWN
        .iter()
        .filter_map(|years| baseline.iter().find(|c| c.year == base + years && is_plans(c) && c.is_split_by(None)))
        .collect();
    let name = |change: &ResultChange| format!("January {}", change.year);
    text += &titled("All plans: median (80 % interval)", changes_table(&years, name), years.len());
    let labels = &comparison.this.labels;
    let mut settings: Vec<&ResultChange> = baseline
        .iter()
        .filter(|c| c.year == year && is_plans(c) && c.is_split_by(Some(KeyColumn::Setting)) && c.change().is_some())
        .collect();
    settings.sort_by(|a, b| size(b).total_cmp(&size(a)));
    let name = |change: &ResultChange| name_of_code("setting", change.code(KeyColumn::Setting), labels);
    text += &titled(
        &format!("Plans by setting in January {year}, largest change first"),
        changes_table(&settings, name),
        settings.len(),
    );
    let totals: Vec<&ResultChange> = TOTALS
        .iter()
        .filter_map(|measure| {
            let own = |c: &&ResultChange| c.code(KeyColumn::Measure) == *measure && c.is_split_by(None);
            // A flow of the last year that both runs reach may be beyond one of them.
            let in_year = |year| baseline.iter().filter(own).find(|c| c.year == year && c.change().is_some());
            in_year(year).or_else(|| in_year(year - 1))
        })
        .collect();
    let name = |change: &ResultChange| {
        let unit = change.code(KeyColumn::Unit);
        let unit = if unit == "pounds" { ", £" } else { "" };
        format!("{}, {}{unit}", sentence(change.code(KeyColumn::Measure)), change.year)
    };
    text + &titled("Other totals", changes_table(&totals, name), totals.len())
}

fn size(change: &ResultChange) -> f64 {
    change.change().unwrap_or_default().abs()
}

pub(super) fn titled(title: &str, table: Table, rows: usize) -> String {
    if rows == 0 { String::new() } else { format!("\n{title}\n{}", finish(&table, rows)) }
}

fn changes_table(changes: &[&ResultChange], name: impl Fn(&ResultChange) -> String) -> Table {
    let mut table = new_table();
    let columns = ["", "Last", "This", "Change", "", "In last's 80 %"];
    table.set_header(columns.map(|name| header(name.to_string())));
    let told = |figure: Option<RunFigure>| {
        figure.map_or_else(String::new, |figure| {
            let median = figure.value(Statistic::P50).map_or_else(String::new, whole);
            format!("{median} ({})", range(&figure))
        })
    };
    for change in changes.iter().take(MOST_ROWS) {
        let inside = |inside| if inside { "yes" } else { "no" }.to_string();
        let row = [
            name(change),
            told(change.last),
            told(change.this),
            change.change().map_or_else(String::new, signed),
            change.percent().map_or_else(String::new, signed_percent),
            change.is_inside_last().map_or_else(String::new, inside),
        ];
        table.add_row(row.map(Cell::new));
    }
    align(&mut table);
    table
}

fn render_outturn(comparison: &Comparison) -> String {
    let cells = &comparison.outturn;
    if cells.is_empty() {
        return String::new();
    }
    let labels = &comparison.this.labels;
    let year = comparison.this.record.settings.base_year;
    let plans = |split: [bool; 3]| -> Vec<&ScoredCell> {
        let mut own: Vec<&ScoredCell> =
            cells.iter().filter(|c| c.key.measure == "plans" && c.key.is_split() == split).collect();
        own.sort_by(|a, b| b.actual.max(b.median()).total_cmp(&a.actual.max(a.median())));
        if split[0] {
            let place = |code: &str| labels.of_kind("age_group").position(|[_, own, ..]| own == code);
            own.sort_by_key(|cell| place(&cell.key.age_group));
        }
        own
    };
    let mut text = String::new();
    let name = |key: &CellKey| name_of_cell(key, labels);
    let titles =
        [("setting", [false, false, true]), ("age group", [true, false, false]), ("need", [false, true, false])];
    for (by, split) in titles {
        let own = plans(split);
        if !own.is_empty() {
            text += &format!(
                "\nPlans by {by} in January {year}, beside last's forecast (off by: forecast less outturn)\n{}",
                render_cells(&own, name)
            );
        }
    }
    let mut by_setting = summarise_coverage(cells, |cell| (cell.key.setting != ALL).then(|| cell.key.setting.clone()));
    by_setting.retain(|group| group.verdict == Verdict::TooNarrow);
    by_setting.sort_by_key(|group| std::cmp::Reverse(group.cells));
    if !by_setting.is_empty() {
        let name = |code: &String| name_of_code("setting", code, labels);
        let table = render_coverage("", &by_setting, name);
        text += &format!("\nSettings whose intervals were too narrow\n{table}{}", coverage_caveat());
    }
    text
}
