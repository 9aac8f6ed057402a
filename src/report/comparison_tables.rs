//! Two runs side by side, as tidy CSV tables: one row for each change.

use std::io::Write;

use super::outturn_table::{decimal, yes_or_no};
use super::table_writer::TableWriter;
use crate::input::run_tables::{RunFigure, Statistic};
use crate::summary::comparison::Comparison;
use crate::summary::input_changes::ChangeKind;
use crate::summary::rate_changes::{RATE_KEYS, RateValue};

/// File names, in the order in which a reader asks.
pub const RESULTS: &str = "changed_results.csv";
pub const OUTTURN: &str = "outturn.csv";
pub const RATES: &str = "changed_rates.csv";
pub const ASSUMPTIONS: &str = "changed_assumptions.csv";
pub const INPUTS: &str = "changed_inputs.csv";

/// Writes every row and line that only one of the runs has; a file that was added or removed is one row.
pub fn write_changed_inputs(out: impl Write, comparison: &Comparison) -> csv::Result<()> {
    let mut writer = TableWriter::new(out);
    writer.write_record(["file", "change", "only_in", "unit", "text"])?;
    for change in &comparison.inputs {
        let mut write = |only_in: &str, text: &str| {
            writer.write_record([&change.name, change.kind.code(), only_in, change.unit, text])
        };
        match change.kind {
            ChangeKind::Added => write("this", "")?,
            ChangeKind::Removed => write("last", "")?,
            ChangeKind::Changed => {
                change.only_last.iter().try_for_each(|text| write("last", text))?;
                change.only_this.iter().try_for_each(|text| write("this", text))?;
                // Bytes differ and no row does: order, blanks or columns.
                if change.only_last.is_empty() && change.only_this.is_empty() {
                    write("", &change.columns.join(","))?;
                }
            }
        }
    }
    for setting in &comparison.settings {
        for (only_in, value) in [("last", &setting.last), ("this", &setting.this)] {
            writer.write_record(["run.toml", "changed", only_in, "setting", &format!("{} = {value}", setting.name)])?;
        }
    }
    writer.flush()
}

pub fn write_changed_rates(out: impl Write, comparison: &Comparison) -> csv::Result<()> {
    let mut writer = TableWriter::new(out);
    let columns = [
        "unit",
        "last_value",
        "this_value",
        "change_percent",
        "last_events",
        "last_exposure",
        "this_events",
        "this_exposure",
        "rough_z",
        "weight",
        "last_source",
        "this_source",
    ];
    writer.write_record(RATE_KEYS.iter().chain(&columns))?;
    for change in &comparison.rates {
        let fine = |value: Option<f64>| value.map_or_else(String::new, |value| format!("{value:.7}"));
        let coarse = |value: Option<f64>| value.map_or_else(String::new, |value| format!("{value:.2}"));
        let evidence = |rate: &Option<RateValue>| rate.as_ref().and_then(|rate| rate.evidence).unzip();
        let source = |rate: &Option<RateValue>| rate.as_ref().map_or_else(String::new, |rate| rate.source.clone());
        let (events_last, exposure_last) = evidence(&change.last);
        let (events_this, exposure_this) = evidence(&change.this);
        let mut record: Vec<String> = change.keys.to_vec();
        record.push(unit_of_rate(&change.keys[0]).to_string());
        record.extend([&change.last, &change.this].map(|rate| fine(rate.as_ref().map(|rate| rate.value))));
        record.push(coarse(change.percent()));
        record.extend([events_last, exposure_last, events_this, exposure_this, change.surprise()].map(coarse));
        record.push(format!("{:.2}", change.weight()));
        record.extend([source(&change.last), source(&change.this)]);
        writer.write_record(record)?;
    }
    writer.flush()
}

fn unit_of_rate(rate: &str) -> &'static str {
    match rate {
        "joiner_rate" | "moved_in_rate" | "joiner_level" => "plans per resident and year",
        "leaver_hazard" | "move_probability" | "move_probability_by_need" => "share of plans a year",
        "joiner_mix" | "moved_in_mix" | "steered_elsewhere_share" => "share",
        "joiner_growth" | "joiner_growth_own" => "log points a year",
        "requests_not_assessed_per_new_plan" | "assessed_without_plan_per_new_plan" => "per new plan",
        "outlook_plans" => "plans",
        _ => "factor",
    }
}

pub fn write_changed_assumptions(out: impl Write, comparison: &Comparison) -> csv::Result<()> {
    let mut writer = TableWriter::new(out);
    writer.write_record([
        "assumption",
        "unit",
        "change",
        "last_value",
        "last_low",
        "last_high",
        "this_value",
        "this_low",
        "this_high",
    ])?;
    for change in &comparison.assumptions {
        let kind = match (&change.last, &change.this) {
            (None, _) => ChangeKind::Added,
            (_, None) => ChangeKind::Removed,
            _ => ChangeKind::Changed,
        };
        let blank = || <[String; 3]>::default();
        let mut record = vec![change.name.clone(), change.unit.clone(), kind.code().to_string()];
        record.extend(change.last.clone().unwrap_or_else(blank));
        record.extend(change.this.clone().unwrap_or_else(blank));
        writer.write_record(record)?;
    }
    writer.flush()
}

/// Writes every figure of the same scenario, measure and year that is not the same in both runs.
pub fn write_changed_results(out: impl Write, comparison: &Comparison) -> csv::Result<()> {
    const TOLD: [Statistic; 4] = [Statistic::Mean, Statistic::P10, Statistic::P50, Statistic::P90];
    let mut writer = TableWriter::new(out);
    writer.write_record([
        "scenario",
        "area",
        "year",
        "measure",
        "need",
        "setting",
        "age_group",
        "unit",
        "last_mean",
        "last_p10",
        "last_p50",
        "last_p90",
        "this_mean",
        "this_p10",
        "this_p50",
        "this_p90",
        "change",
        "change_percent",
        "inside_last_80",
    ])?;
    for change in comparison.results().filter(|change| change.is_changed()) {
        let mut record: Vec<String> = change.codes.to_vec();
        record.insert(2, change.year.to_string());
        // Shares of a place or of futures are small numbers.
        let number = |value: Option<f64>| value.map_or_else(String::new, plain);
        for figure in [change.last, change.this] {
            record.extend(TOLD.map(|statistic| number(figure.and_then(|figure: RunFigure| figure.value(statistic)))));
        }
        record.push(number(change.change()));
        record.push(change.percent().map_or_else(String::new, decimal));
        record.push(change.is_inside_last().map_or_else(String::new, yes_or_no));
        writer.write_record(record)?;
    }
    writer.flush()
}

/// At most four decimals, as `forecast.csv` has, and no zeros behind them.
fn plain(value: f64) -> String {
    let text = format!("{value:.4}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_string() } else { text.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_as_many_decimals_as_they_need() {
        assert_eq!([5725.0, 0.125, 10.0, -0.00001, 0.0].map(plain), ["5725", "0.125", "10", "0", "0"]);
    }
}
