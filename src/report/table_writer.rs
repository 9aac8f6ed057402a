//! Rows of CSV tables, in which no text is a formula.

use std::io::Write;

use crate::domain::cell_text::guard_cell;

/// Writes a CSV table.
pub struct TableWriter<W: Write>(csv::Writer<W>);

impl<W: Write> TableWriter<W> {
    pub fn new(out: W) -> TableWriter<W> {
        TableWriter(csv::Writer::from_writer(out))
    }

    pub fn write_record<T: AsRef<str>>(&mut self, cells: impl IntoIterator<Item = T>) -> csv::Result<()> {
        for cell in cells {
            self.0.write_field(guard_cell(cell.as_ref()).as_bytes())?;
        }
        self.0.write_record(None::<&[u8]>)
    }

    pub fn flush(&mut self) -> csv::Result<()> {
        self.0.flush().map_err(csv::Error::from)
    }

    /// What was written to, all of it written.
    pub fn into_inner(self) -> csv::Result<W> {
        self.0.into_inner().map_err(|error| error.into_error().into())
    }
}
