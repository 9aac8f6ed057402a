//! Figures and draws as Parquet, for Power BI, R, Python and DuckDB: the columns of `forecast.csv`, with what the run was
//! in the file's metadata.
//!
//! Key columns are texts, packed as numbers of a dictionary; blank numbers are nulls. Draws of a figure are a list in the
//! order of the futures, so that lists of two figures, or of two scenarios, pair future by future.

use std::io::Write;
use std::sync::Arc;

use parquet::basic::Compression;
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int32Type};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;

use crate::domain::run_record::RunRecord;
use crate::input::run_tables::{FIGURE_KEYS, FIGURE_VALUES, FigureTable, KeyColumn, RunFigure};

/// Rows that are written together: a reader who wants one scenario skips the groups of others.
const GROUP: usize = 50_000;

/// Writes a table of figures, in its order.
pub fn write_figures(
    out: impl Write + Send,
    table: &FigureTable,
    record: &RunRecord,
    holds: &str,
) -> Result<(), ParquetError> {
    let numbers: String = FIGURE_VALUES.iter().map(|name| format!("OPTIONAL DOUBLE {name}; ")).collect();
    let mut writer = open(out, &format!("message figures {{ {} {numbers} }}", key_fields()), record, holds)?;
    for figures in table.figures.chunks(GROUP) {
        let mut group = writer.next_row_group()?;
        for name in FIGURE_KEYS {
            match KeyColumn::ALL.into_iter().find(|column| FIGURE_KEYS[column.place()] == name) {
                Some(column) => write_codes(&mut group, table, column, figures)?,
                None => write_years(&mut group, figures.iter().map(|figure| figure.year))?,
            }
        }
        for place in 0..FIGURE_VALUES.len() {
            let values = figures.iter().map(|figure| figure.values[place]);
            let told: Vec<f64> = values.clone().filter(|value| !value.is_nan()).collect();
            let levels: Vec<i16> = values.map(|value| i16::from(!value.is_nan())).collect();
            let mut column = group.next_column()?.ok_or_else(no_column)?;
            column.typed::<DoubleType>().write_batch(&told, Some(&levels), None)?;
            column.close()?;
        }
        group.close()?;
    }
    writer.close().map(drop)
}

/// A figure with all its draws.
pub struct DrawnFigure {
    /// Texts of the key columns, in the order of [`FIGURE_KEYS`] without the year.
    pub keys: [String; KeyColumn::ALL.len()],
    pub year: u16,
    /// By future.
    pub draws: Vec<f64>,
}

/// Draws of a scenario, written group by group.
pub struct DrawsFile<W: Write + Send>(SerializedFileWriter<W>);

impl<W: Write + Send> DrawsFile<W> {
    pub fn start(out: W, record: &RunRecord) -> Result<DrawsFile<W>, ParquetError> {
        let draws = "REQUIRED GROUP draws (LIST) { REPEATED GROUP list { REQUIRED DOUBLE element; } }";
        let schema = format!("message draws {{ {} {draws} }}", key_fields());
        open(out, &schema, record, "every simulated future of each figure, in the order of the futures").map(DrawsFile)
    }

    /// Writes figures as a group of rows.
    pub fn write(&mut self, figures: &[DrawnFigure]) -> Result<(), ParquetError> {
        let mut group = self.0.next_row_group()?;
        for name in FIGURE_KEYS {
            match KeyColumn::ALL.into_iter().position(|column| FIGURE_KEYS[column.place()] == name) {
                Some(place) => {
                    let texts: Vec<ByteArray> =
                        figures.iter().map(|figure| ByteArray::from(figure.keys[place].as_str())).collect();
                    let mut column = group.next_column()?.ok_or_else(no_column)?;
                    column.typed::<ByteArrayType>().write_batch(&texts, None, None)?;
                    column.close()?;
                }
                None => write_years(&mut group, figures.iter().map(|figure| figure.year))?,
            }
        }
        let draws: Vec<f64> = figures.iter().flat_map(|figure| figure.draws.iter().copied()).collect();
        let held = vec![1; draws.len()];
        // 0 begins a list, 1 goes on with it.
        let begins = figures.iter().flat_map(|figure| (0..figure.draws.len()).map(|place| i16::from(place > 0)));
        let begins: Vec<i16> = begins.collect();
        let mut column = group.next_column()?.ok_or_else(no_column)?;
        column.typed::<DoubleType>().write_batch(&draws, Some(&held), Some(&begins))?;
        column.close()?;
        group.close().map(drop)
    }

    pub fn finish(self) -> Result<(), ParquetError> {
        self.0.close().map(drop)
    }
}

fn key_fields() -> String {
    let field = |name: &str| match name {
        "year" => "REQUIRED INT32 year; ".to_string(),
        name => format!("REQUIRED BYTE_ARRAY {name} (UTF8); "),
    };
    FIGURE_KEYS.into_iter().map(field).collect()
}

fn open<W: Write + Send>(
    out: W,
    schema: &str,
    record: &RunRecord,
    holds: &str,
) -> Result<SerializedFileWriter<W>, ParquetError> {
    let entry = |key: &str, value: String| KeyValue::new(format!("needscast.{key}"), value);
    let settings = &record.settings;
    let metadata = vec![
        entry("holds", holds.to_string()),
        entry("version", record.needscast.clone()),
        entry("run", record.id.clone()),
        entry("area", record.area.clone()),
        entry("area_name", record.area_name.clone()),
        entry("base_year", settings.base_year.to_string()),
        entry("years", settings.years.to_string()),
        entry("replicates", settings.replicates.to_string()),
        entry("seed", settings.seed.to_string()),
        entry("scenarios", settings.scenarios.join(" ")),
        entry("keys", "'all' where a key is not split; unit has the unit of all numbers of a row".to_string()),
    ];
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_created_by(format!("needscast {}", record.needscast))
        .set_key_value_metadata(Some(metadata))
        .build();
    SerializedFileWriter::new(out, Arc::new(parse_message_type(schema)?), Arc::new(properties))
}

fn write_codes<W: Write + Send>(
    group: &mut SerializedRowGroupWriter<W>,
    table: &FigureTable,
    column: KeyColumn,
    figures: &[RunFigure],
) -> Result<(), ParquetError> {
    let known: Vec<ByteArray> =
        table.codes(column).all().iter().map(|code| ByteArray::from(code.as_bytes().to_vec())).collect();
    let texts: Vec<ByteArray> = figures.iter().map(|figure| known[usize::from(figure.key(column))].clone()).collect();
    let mut writer = group.next_column()?.ok_or_else(no_column)?;
    writer.typed::<ByteArrayType>().write_batch(&texts, None, None)?;
    writer.close()
}

fn write_years<W: Write + Send>(
    group: &mut SerializedRowGroupWriter<W>,
    years: impl Iterator<Item = u16>,
) -> Result<(), ParquetError> {
    let years: Vec<i32> = years.map(i32::from).collect();
    let mut writer = group.next_column()?.ok_or_else(no_column)?;
    writer.typed::<Int32Type>().write_batch(&years, None, None)?;
    writer.close()
}

fn no_column() -> ParquetError {
    ParquetError::General("the schema has fewer columns than are written".to_string())
}
