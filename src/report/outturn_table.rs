//! A forecast beside what came, as a tidy CSV table.

use std::io::Write;

use super::table_writer::TableWriter;
use crate::summary::outturn::{Forecasts, Interval, Rank, ScoredCell};

const COLUMNS: [&str; 24] = [
    "scenario",
    "area",
    "year",
    "measure",
    "need",
    "setting",
    "age_group",
    "unit",
    "actual",
    "p05",
    "p10",
    "p25",
    "p50",
    "p75",
    "p90",
    "p95",
    "error",
    "error_percent",
    "inside_50",
    "inside_80",
    "inside_90",
    "rank",
    "beyond",
    "judged",
];

/// Writes every cell whose forecast and outturn are known.
pub fn write_outturn(
    out: impl Write,
    (scenario, area): (&str, &str),
    forecasts: &Forecasts,
    cells: &[ScoredCell],
) -> csv::Result<()> {
    let mut writer = TableWriter::new(out);
    writer.write_record(COLUMNS)?;
    for cell in cells {
        let key = &cell.key;
        let mut record: Vec<String> = vec![scenario.into(), area.into(), key.year.to_string(), key.measure.clone()];
        record.extend([&key.need, &key.setting, &key.age_group].map(String::clone));
        record.push(forecasts.unit(&key.measure).to_string());
        record.push(decimal(cell.actual));
        record.extend(cell.quantiles.map(decimal));
        record.push(decimal(cell.error()));
        record.push(cell.error_percent().map_or_else(String::new, decimal));
        let inside = [Interval::Half, Interval::EightInTen, Interval::NineInTen];
        record.extend(inside.map(|interval| yes_or_no(cell.is_inside(interval))));
        record.push(format!("{:.3}", cell.rank().value()));
        let beyond = match cell.rank() {
            Rank::Below => "below",
            Rank::At(_) => "",
            Rank::Above => "above",
        };
        record.push(beyond.to_string());
        record.push(yes_or_no(cell.is_judged()));
        writer.write_record(record)?;
    }
    writer.flush()
}

pub(super) fn yes_or_no(value: bool) -> String {
    if value { "yes" } else { "no" }.to_string()
}

/// One decimal, and never "-0.0".
pub(super) fn decimal(value: f64) -> String {
    let text = format!("{value:.1}");
    if text == "-0.0" { "0.0".to_string() } else { text }
}
