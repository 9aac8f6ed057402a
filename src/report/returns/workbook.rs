//! Sheets into an Excel workbook; the only file that knows its format.
//!
//! The same sheets give the same bytes: the date of creation is that of the base census, and nothing
//! else in the file depends on when or where it was written.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, FormatAlign, Url, Workbook, Worksheet, XlsxError};

use super::sheet::{Sheet, Value};
use crate::report::run_folder::ReportError;
use crate::units::CensusYear;

/// Characters that a column is wide, at least and at most; longer texts wrap.
const WIDTHS: (usize, usize) = (9, 80);

/// Renders sheets in their order.
pub fn render_workbook(sheets: &[Sheet], title: &str, base: CensusYear) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    let created = ExcelDateTime::from_ymd(base.0, 1, 1)?;
    let properties = DocProperties::new().set_title(title).set_author("needscast").set_creation_datetime(&created);
    workbook.set_properties(&properties);
    let formats = Formats::new();
    for sheet in sheets {
        fill(workbook.add_worksheet(), sheet, &formats)?;
    }
    workbook.save_to_buffer()
}

struct Formats {
    header: Format,
    text: Format,
    count: Format,
    year: Format,
    number: Format,
    link: Format,
}

impl Formats {
    fn new() -> Formats {
        let top = || Format::new().set_align(FormatAlign::Top);
        Formats {
            header: top().set_bold().set_text_wrap(),
            text: top().set_text_wrap(),
            count: top().set_num_format("#,##0"),
            year: top().set_num_format("0"),
            number: top(),
            link: top().set_hyperlink(),
        }
    }
}

fn fill(page: &mut Worksheet, sheet: &Sheet, formats: &Formats) -> Result<(), XlsxError> {
    page.set_name(&sheet.name)?;
    page.set_freeze_panes(1, 0)?;
    for (column, text) in (0u16..).zip(&sheet.header) {
        page.write_string_with_format(0, column, text, &formats.header)?;
        page.set_column_width(column, width(sheet, usize::from(column)) as f64)?;
    }
    for (row, values) in (1u32..).zip(&sheet.rows) {
        for (column, value) in (0u16..).zip(values) {
            match value {
                Value::Text(text) => page.write_string_with_format(row, column, text, &formats.text)?,
                Value::Count(count) => page.write_number_with_format(row, column, *count, &formats.count)?,
                Value::Year(year) => page.write_number_with_format(row, column, *year, &formats.year)?,
                Value::Number(number) => page.write_number_with_format(row, column, *number, &formats.number)?,
                Value::Link(name) => {
                    let quoted = name.replace('\'', "''");
                    let url = Url::new(format!("internal:'{quoted}'!A1")).set_text(name);
                    page.write_url_with_format(row, column, url, &formats.link)?
                }
            };
        }
    }
    Ok(())
}

/// Wide enough for the longest value of a column and its header, within bounds.
fn width(sheet: &Sheet, column: usize) -> usize {
    let length = |value: &Value| match value {
        Value::Text(text) | Value::Link(text) => text.chars().count(),
        Value::Count(_) | Value::Year(_) => 0,
        Value::Number(number) => number.to_string().len(),
    };
    let longest = sheet.rows.iter().filter_map(|row| row.get(column)).map(length).max().unwrap_or(0);
    let (least, most) = WIDTHS;
    (longest.max(sheet.header[column].chars().count()) + 2).clamp(least, most)
}

/// A place for a workbook where no file is.
pub struct NewFile(PathBuf);

impl NewFile {
    /// Makes sure that nothing stands there, before the work starts.
    pub fn claim(path: &Path) -> Result<NewFile, ReportError> {
        match path.symlink_metadata() {
            Ok(_) => Err(ReportError::Exists { path: path.to_path_buf() }),
            Err(_) => Ok(NewFile(path.to_path_buf())),
        }
    }

    /// Writes the file aside and puts it in its place, whole or not at all.
    pub fn write(self, rendered: Result<Vec<u8>, XlsxError>) -> Result<(), ReportError> {
        let bytes = rendered.map_err(|source| ReportError::Workbook { path: self.0.clone(), source })?;
        self.place(&bytes)
    }

    /// The same of a CSV table.
    pub fn write_table(self, write: impl FnOnce(&mut Vec<u8>) -> csv::Result<()>) -> Result<(), ReportError> {
        let mut bytes = Vec::new();
        write(&mut bytes).map_err(|source| ReportError::Csv { path: self.0.clone(), source })?;
        self.place(&bytes)
    }

    fn place(self, bytes: &[u8]) -> Result<(), ReportError> {
        let path = self.0;
        let at = |source: io::Error| ReportError::Io { path: path.clone(), source };
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        fs::create_dir_all(parent).map_err(at)?;
        let name = path.file_name().map_or_else(|| "return".into(), |name| name.to_string_lossy().into_owned());
        let aside = parent.join(format!(".{name}.unfinished-{}", std::process::id()));
        let placed = fs::write(&aside, bytes).map_err(at).and_then(|()| {
            // Somebody may have put a file there in the meantime; a rename would replace it.
            NewFile::claim(&path)?;
            fs::rename(&aside, &path).map_err(at)
        });
        if placed.is_err() {
            // Best effort: the error that led here is the one to report.
            drop(fs::remove_file(&aside));
        }
        placed
    }
}
