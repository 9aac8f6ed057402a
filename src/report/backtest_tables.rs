//! Tables of a backtest: each forecast beside its outturn, and scores.

use std::io::Write;

use comfy_table::{Cell, CellAlignment, Table, presets};

use super::table_writer::TableWriter;
use crate::domain::panel::Panel;
use crate::engine::backtest::Forecast;
use crate::summary::scores::Score;

/// The columns of `backtest.csv`: scripts rely on them.
pub const BACKTEST_COLUMNS: [&str; 15] = [
    "la_code",
    "la_name",
    "origin",
    "year",
    "horizon",
    "measure",
    "setting",
    "actual",
    "principal",
    "mean",
    "p10",
    "p50",
    "p90",
    "naive",
    "drift",
];

const SCORE_COLUMNS: [&str; 17] = [
    "measure",
    "setting",
    "least_plans",
    "horizon",
    "origin",
    "forecasts",
    "mape",
    "median_ape",
    "bias",
    "crps",
    "coverage_50",
    "coverage_80",
    "coverage_90",
    "naive_mape",
    "drift_mape",
    "england_ape",
    "england_bias",
];

/// Horizons in the table on the terminal.
const SHOWN: [usize; 3] = [1, 3, 5];

pub fn write_backtest(out: impl Write, panel: &Panel, forecasts: &[Forecast]) -> csv::Result<()> {
    let mut writer = TableWriter::new(out);
    writer.write_record(BACKTEST_COLUMNS)?;
    let plans = |value: f64| format!("{value:.1}");
    for forecast in forecasts {
        let area = &panel.areas[forecast.area];
        let year = forecast.origin + forecast.horizon as u16;
        let [_, p10, _, p50, _, p90, _] = forecast.quantiles;
        writer.write_record([
            area.code.clone(),
            area.name.clone(),
            forecast.origin.to_string(),
            year.to_string(),
            forecast.horizon.to_string(),
            "plans".to_string(),
            panel.groups[forecast.group].setting.clone(),
            format!("{:.0}", forecast.actual),
            plans(forecast.principal),
            plans(forecast.mean),
            plans(p10),
            plans(p50),
            plans(p90),
            plans(forecast.naive),
            plans(forecast.drift),
        ])?;
    }
    writer.flush()
}

/// Scores of all areas, then of those with at least some plans; `all` stands for all origins.
pub fn write_scores(out: impl Write, panel: &Panel, scores: &[(f64, Vec<Score>)]) -> csv::Result<()> {
    let mut writer = TableWriter::new(out);
    writer.write_record(SCORE_COLUMNS)?;
    for (least, scores) in scores {
        for score in scores {
            let mut record = vec![
                "plans".to_string(),
                panel.groups[score.group].setting.clone(),
                format!("{least:.0}"),
                score.horizon.to_string(),
                score.origin.map_or_else(|| "all".to_string(), |origin| origin.to_string()),
                score.forecasts.to_string(),
            ];
            let [c50, c80, c90] = score.coverage;
            let figures = [
                score.mape,
                score.median_ape,
                score.bias,
                score.crps,
                c50,
                c80,
                c90,
                score.naive_mape,
                score.drift_mape,
                score.sum_ape,
                score.sum_bias,
            ];
            record.extend(figures.map(|figure| format!("{figure:.2}")));
            writer.write_record(record)?;
        }
    }
    writer.flush()
}

/// The table an analyst reads first: how far off, beside what they might use instead.
pub fn render_scores(panel: &Panel, scores: &[Score]) -> String {
    let mut table = Table::new();
    table.load_preset(presets::ASCII_FULL_CONDENSED);
    let header =
        ["Setting", "Years ahead", "Forecasts", "Off by", "Last value", "Drift", "50 %", "80 %", "90 %", "Sum off by"];
    table.set_header(header);
    let shown = scores.iter().filter(|s| s.origin.is_none() && SHOWN.contains(&s.horizon));
    for score in shown {
        let percent = |value: f64| format!("{value:.1} %");
        let mut row = vec![
            panel.groups[score.group].setting.clone(),
            score.horizon.to_string(),
            score.forecasts.to_string(),
            percent(score.mape),
            percent(score.naive_mape),
            percent(score.drift_mape),
        ];
        row.extend(score.coverage.map(|covered| format!("{covered:.0} %")));
        row.push(percent(score.sum_ape));
        table.add_row(row.into_iter().map(Cell::new));
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    format!("{table}\n")
}
