//! Tables of a run written again, as in a copy to share: what is withheld is blank.

use std::io::Write;

use super::table_writer::TableWriter;
use crate::input::run_tables::{FIGURE_KEYS, FIGURE_VALUES, FigureTable, KeyColumn, Labels, TextTable};

/// Writes figures with the columns of `forecast.csv`.
pub fn write_figure_copy(out: impl Write, table: &FigureTable) -> csv::Result<()> {
    let mut writer = TableWriter::new(out);
    writer.write_record(FIGURE_KEYS.iter().chain(&FIGURE_VALUES))?;
    for figure in &table.figures {
        let mut keys = KeyColumn::ALL.map(|column| table.code(figure, column)).to_vec();
        let year = figure.year.to_string();
        // The year stands third.
        keys.insert(2, &year);
        let values = figure.values.iter().map(|v| if v.is_nan() { String::new() } else { v.to_string() });
        writer.write_record(keys.into_iter().map(str::to_string).chain(values))?;
    }
    writer.flush()
}

pub fn write_text_copy(out: impl Write, table: &TextTable) -> csv::Result<()> {
    let mut writer = TableWriter::new(out);
    writer.write_record(&table.columns)?;
    table.rows.iter().try_for_each(|row| writer.write_record(row))?;
    writer.flush()
}

pub fn write_label_copy(out: impl Write, labels: &Labels) -> csv::Result<()> {
    let mut writer = TableWriter::new(out);
    writer.write_record(["kind", "code", "label", "detail"])?;
    labels.rows.iter().try_for_each(|row| writer.write_record(row))?;
    writer.flush()
}
