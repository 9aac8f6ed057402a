//! A sheet with one table and nothing else: a header, a row a record, nothing merged, ready to be filtered, pivoted or
//! loaded by another program.

use rust_xlsxwriter::{IgnoreError, Table, TableColumn, TableStyle, Worksheet, XlsxError};

use super::cell::{Cell, Formats, height_of, put};

/// The rows of a sheet under its header.
const MOST_ROWS: u32 = 1_048_575;

/// Characters that a column is wide, at least and at most; longer texts wrap or are cut off by the next cell.
const WIDTHS: (usize, usize) = (8, 70);

/// Beside the header stands the button of the filter.
const FILTER_BUTTON: usize = 4;

/// A4.
const PAPER: u8 = 9;

/// A sheet in the making.
pub struct TidySheet<'a> {
    formats: &'a Formats,
    page: Worksheet,
    name: &'static str,
    columns: Vec<&'static str>,
    widths: Vec<usize>,
    rows: u32,
    most_rows: u32,
    /// Rows for which there was no room.
    left_out: u32,
}

/// A sheet as the index lists it.
pub struct Finished {
    pub page: Worksheet,
    pub name: &'static str,
    /// What it holds.
    pub holds: String,
    pub rows: Option<u32>,
}

impl<'a> TidySheet<'a> {
    /// Names of sheets and columns are the program's own: short, unique and plain.
    pub fn new(formats: &'a Formats, name: &'static str, columns: Vec<&'static str>) -> TidySheet<'a> {
        let widths = columns.iter().map(|column| column.len() + FILTER_BUTTON).collect();
        let page = Worksheet::new();
        TidySheet { formats, page, name, columns, widths, rows: 0, most_rows: MOST_ROWS, left_out: 0 }
    }

    /// Adds a row, a cell for each column.
    pub fn row(&mut self, cells: &[Cell]) -> Result<(), XlsxError> {
        assert_eq!(cells.len(), self.columns.len(), "a cell for each column of {}", self.name);
        if self.rows == self.most_rows {
            self.left_out += 1;
            return Ok(());
        }
        self.rows += 1;
        let most = WIDTHS.1;
        let heights = cells.iter().filter_map(|cell| match cell {
            Cell::Long(text) if text.chars().count() > most => Some(height_of(text, most as f64)),
            _ => None,
        });
        let height = heights.reduce(f64::max);
        if let Some(height) = height {
            self.page.set_row_height(self.rows, height)?;
        }
        for ((column, cell), width) in (0..).zip(cells).zip(&mut self.widths) {
            // In a row of several lines, all texts begin in the first.
            let cell = match cell {
                Cell::Text(text) if height.is_some() => Cell::Long(text),
                other => *other,
            };
            let own = put(&mut self.page, self.formats, (self.rows, column), cell)?;
            *width = own.max(*width);
        }
        Ok(())
    }

    /// Makes the table; `None` where it would have no row.
    pub fn finish(mut self, holds: &str) -> Result<Option<Finished>, XlsxError> {
        if self.rows == 0 {
            return Ok(None);
        }
        let page = &mut self.page;
        page.set_name(self.name)?;
        let columns: Vec<TableColumn> = self
            .columns
            .iter()
            .map(|column| TableColumn::new().set_header(*column).set_header_format(&self.formats.header))
            .collect();
        let last = u16::try_from(columns.len() - 1).map_err(|_| XlsxError::RowColumnLimitError)?;
        let table = Table::new()
            .set_name(table_name(self.name))
            .set_columns(&columns)
            .set_style(TableStyle::Medium2)
            .set_autofilter(true);
        page.add_table(0, 0, self.rows, last, &table)?;
        page.set_freeze_panes(1, 0)?;
        // Single years of age stand among texts.
        page.ignore_error_range(1, 0, self.rows, last, IgnoreError::NumberStoredAsText)?;
        let (least, most) = WIDTHS;
        for (column, width) in (0..).zip(&self.widths) {
            page.set_column_width(column, (width + 1).clamp(least, most) as f64)?;
        }
        page.set_landscape().set_paper_size(PAPER).set_print_fit_to_pages(1, 0).set_repeat_rows(0, 0)?;
        let mut holds = holds.to_string();
        if self.left_out > 0 {
            let all = u64::from(self.rows) + u64::from(self.left_out);
            holds += &format!(" Only the first {} of {all} rows fit on a sheet; the CSV table has all.", self.rows);
        }
        Ok(Some(Finished { page: self.page, name: self.name, holds, rows: Some(self.rows) }))
    }
}

/// `Data log` is `tbl_data_log`.
fn table_name(sheet: &str) -> String {
    format!("tbl_{}", sheet.to_lowercase().replace(' ', "_"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sheet_that_is_full_says_how_many_rows_it_is_short_of() {
        let formats = Formats::new();
        let mut sheet = TidySheet { most_rows: 2, ..TidySheet::new(&formats, "Data log", vec!["Name"]) };
        for text in ["a", "b", "c"] {
            sheet.row(&[Cell::Text(text)]).expect("a row");
        }
        let done = sheet.finish("Names.").expect("a table").expect("rows");
        assert_eq!(done.rows, Some(2));
        assert_eq!(done.holds, "Names. Only the first 2 of 3 rows fit on a sheet; the CSV table has all.");
    }

    #[test]
    fn a_sheet_without_rows_is_none() {
        let formats = Formats::new();
        assert!(TidySheet::new(&formats, "Pool", vec!["Name"]).finish("Nothing.").expect("no table").is_none());
    }

    #[test]
    fn tables_are_named_after_their_sheets() {
        assert_eq!(table_name("Data log"), "tbl_data_log");
    }
}
