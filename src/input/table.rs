//! CSV tables with a fixed set of columns, and typed access that reports what it cannot read.

use std::ops::RangeBounds;
use std::path::Path;

use super::problem::{Problem, Problems};
use super::suggest::suggest_name;

/// A read table: every row has each column.
pub struct Table {
    /// The path shown in problems.
    pub file: String,
    columns: Vec<String>,
    rows: Vec<(u64, csv::StringRecord)>,
}

/// One row with the line it stands on.
#[derive(Clone, Copy)]
pub struct Row<'a> {
    table: &'a Table,
    pub line: u64,
    record: &'a csv::StringRecord,
}

/// A file as read: its bytes are kept for the run record's hashes.
pub struct FileBytes {
    pub shown: String,
    pub bytes: Vec<u8>,
}

/// Reads a file of the folder; a missing one is a problem.
pub fn read_bytes(folder: &Path, name: &str, problems: &mut Problems) -> Option<FileBytes> {
    let path = folder.join(name);
    let shown = path.display().to_string();
    match std::fs::read(&path) {
        Ok(bytes) => Some(FileBytes { shown, bytes }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            problems.in_file(
                &shown,
                "is missing",
                Some("an area folder needs it; see the README's data dictionary".into()),
            );
            None
        }
        Err(error) => {
            problems.in_file(&shown, format!("cannot be read: {error}"), None);
            None
        }
    }
}

/// Whether a file that may be left out is there. A link that leads nowhere is: it must not pass for
/// a file that was left out.
pub fn is_there(folder: &Path, name: &str) -> bool {
    folder.join(name).symlink_metadata().is_ok()
}

/// The text of a file without its byte order mark; a byte that is not UTF-8 is a problem, and so is a character that
/// [`is_unprintable`].
pub fn parse_text<'a>(file: &'a FileBytes, problems: &mut Problems) -> Option<&'a str> {
    let bytes = file.bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&file.bytes);
    let problem = |at: usize, what: String, hint: &str| Problem {
        file: file.shown.clone(),
        line: Some(1 + bytes[..at].iter().filter(|b| **b == b'\n').count() as u64),
        place: None,
        what,
        hint: Some(hint.to_string()),
    };
    match std::str::from_utf8(bytes) {
        Ok(text) => match text.char_indices().find(|(_, character)| is_unprintable(*character)) {
            None => Some(text),
            Some((at, character)) => {
                let what = format!("holds the character U+{:04X}, which cannot be printed", u32::from(character));
                problems.push(problem(at, what, "remove it: it may change what a terminal or a reader shows"));
                None
            }
        },
        Err(error) => {
            let what = format!("holds the byte 0x{:02x}, which is not UTF-8", bytes[error.valid_up_to()]);
            problems.push(problem(error.valid_up_to(), what, "in Excel, save as 'CSV UTF-8'"));
            None
        }
    }
}

/// Controls of terminals but tab and line ends, and those that turn the direction of what follows: names are printed.
pub fn is_unprintable(character: char) -> bool {
    let turns = matches!(character, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    turns || character.is_control() && !matches!(character, '\t' | '\n' | '\r')
}

/// What becomes of columns that were not asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Others<'a> {
    /// Those that may be left out; all others are unknown.
    Optional(&'a [&'a str]),
    Kept,
}

impl Table {
    /// Parses a table that must have exactly `columns`, in any order.
    pub fn parse(file: &FileBytes, columns: &[&str], problems: &mut Problems) -> Option<Table> {
        Table::parse_checked(file, columns, Others::Optional(&[]), problems)
    }

    /// Parses a table that must have `columns` and may have `optional` ones.
    pub fn parse_optional(
        file: &FileBytes,
        columns: &[&str],
        optional: &[&str],
        problems: &mut Problems,
    ) -> Option<Table> {
        Table::parse_checked(file, columns, Others::Optional(optional), problems)
    }

    /// Parses a table that must have `columns` and may have others: one of needscast's own.
    pub fn parse_with(file: &FileBytes, columns: &[&str], problems: &mut Problems) -> Option<Table> {
        Table::parse_checked(file, columns, Others::Kept, problems)
    }

    fn parse_checked(file: &FileBytes, columns: &[&str], others: Others, problems: &mut Problems) -> Option<Table> {
        let text = parse_text(file, problems)?;
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
        let header = match reader.headers() {
            Ok(header) if !text.trim().is_empty() => header.clone(),
            _ => {
                problems.in_file(&file.shown, "is empty", Some(format!("columns: {}", columns.join(","))));
                return None;
            }
        };
        if !check_header(&file.shown, &header, columns, others, problems) {
            return None;
        }
        let before = problems.count();
        let mut rows = Vec::new();
        let mut lines = LineCounter::new(text);
        for record in reader.records() {
            match record {
                Ok(record) => {
                    let line = record.position().map_or(0, |position| lines.line_at(position.byte()));
                    if record.len() == header.len() {
                        rows.push((line, record));
                    } else {
                        let plural = if record.len() == 1 { "value" } else { "values" };
                        let what = format!("has {} {plural} for {} columns", record.len(), header.len());
                        problems.push(Problem {
                            file: file.shown.clone(),
                            line: Some(line),
                            place: None,
                            what,
                            hint: None,
                        });
                    }
                }
                Err(error) => problems.in_file(&file.shown, format!("cannot be read: {error}"), None),
            }
        }
        if rows.is_empty() && problems.count() == before {
            problems.in_file(&file.shown, "has a header and no rows", None);
        }
        // Rows that could not be read would show again as gaps: one mistake, one problem.
        if problems.count() > before {
            return None;
        }
        let columns = header.iter().map(|c| c.trim().to_string()).collect();
        Some(Table { file: file.shown.clone(), columns, rows })
    }

    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.rows.iter().map(|(line, record)| Row { table: self, line: *line, record })
    }
}

/// Counts lines up to a place in a text, moving forward only.
struct LineCounter<'a> {
    bytes: &'a [u8],
    at: usize,
    line: u64,
}

impl<'a> LineCounter<'a> {
    fn new(text: &'a str) -> LineCounter<'a> {
        LineCounter { bytes: text.as_bytes(), at: 0, line: 1 }
    }

    /// The line of the first record at or after `byte`: line ends and blank lines that the CSV
    /// reader has not consumed yet belong to the lines before it.
    fn line_at(&mut self, byte: u64) -> u64 {
        let mut end = usize::try_from(byte).unwrap_or(usize::MAX).min(self.bytes.len());
        while self.bytes.get(end).is_some_and(|b| matches!(b, b'\r' | b'\n')) {
            end += 1;
        }
        self.line += self.bytes[self.at..end].iter().filter(|b| **b == b'\n').count() as u64;
        self.at = end;
        self.line
    }
}

impl<'a> Row<'a> {
    /// The value of a column, without surrounding blanks.
    pub fn text(self, column: &str) -> &'a str {
        let place = self.table.columns.iter().position(|c| c == column).expect("the header was checked");
        self.record[place].trim()
    }

    /// The same of a column that may be left out: blank where it is.
    pub fn optional_text(self, column: &str) -> &'a str {
        if self.table.columns.iter().any(|known| known == column) { self.text(column) } else { "" }
    }

    /// All values, in the order of the columns.
    pub fn texts(self) -> impl Iterator<Item = &'a str> {
        self.record.iter()
    }

    /// Reports the value of a column.
    pub fn problem(self, column: &str, what: impl Into<String>, hint: Option<String>, problems: &mut Problems) {
        problems.push(Problem {
            file: self.table.file.clone(),
            line: Some(self.line),
            place: Some((column.to_string(), self.text(column).to_string())),
            what: what.into(),
            hint,
        });
    }

    /// A whole number of people or plans.
    pub fn count(self, column: &str, problems: &mut Problems) -> Option<u32> {
        let text = self.text(column);
        if let Ok(count) = text.parse::<u32>() {
            return Some(count);
        }
        let what = match text.parse::<f64>() {
            Ok(v) if v.is_nan() || v.is_infinite() => "is not a finite number",
            Ok(v) if v < 0.0 => "is negative",
            Ok(v) if v.fract() != 0.0 => "is not a whole number",
            Ok(v) if v <= f64::from(u32::MAX) => return Some(v as u32),
            Ok(_) => "is too large for a count",
            Err(_) if text.is_empty() => "is blank",
            Err(_) => "is not a number",
        };
        self.problem(column, what, Some("counts are whole numbers of 0 or more".into()), problems);
        None
    }

    pub fn year(self, column: &str, problems: &mut Problems) -> Option<u16> {
        let year = self.text(column).parse::<u16>().ok().filter(|year| (1990..=2100).contains(year));
        if year.is_none() {
            self.problem(column, "is not a year", Some("from 1990 to 2100".into()), problems);
        }
        year
    }

    pub fn number(self, column: &str, problems: &mut Problems) -> Option<f64> {
        let number = self.text(column).parse::<f64>().ok().filter(|v| v.is_finite());
        if number.is_none() {
            let text = self.text(column);
            let signs = text.contains([',', '£', '%']);
            let hint = signs.then(|| "digits and a point: no thousands separators, £ or %".to_string());
            let what = if text.is_empty() { "is blank" } else { "is not a finite number" };
            self.problem(column, what, hint, problems);
        }
        number
    }

    /// A number within bounds, which the hint states.
    pub fn number_within(
        self,
        column: &str,
        bounds: impl RangeBounds<f64>,
        hint: &str,
        problems: &mut Problems,
    ) -> Option<f64> {
        let number = self.number(column, problems)?;
        let inside = bounds.contains(&number);
        if !inside {
            self.problem(column, "is out of bounds", Some(hint.to_string()), problems);
        }
        inside.then_some(number)
    }

    /// What a blank cell stands for, or what the cell says.
    pub fn unless_blank<T>(self, column: &str, blank: T, parse: impl FnOnce() -> Option<T>) -> Option<T> {
        if self.text(column).is_empty() { Some(blank) } else { parse() }
    }

    /// One of a list of names.
    pub fn name<T>(
        self,
        column: &str,
        kind: &str,
        known: &[&str],
        find: impl Fn(&str) -> Option<T>,
        problems: &mut Problems,
    ) -> Option<T> {
        let found = find(self.text(column));
        if found.is_none() {
            let hint = suggest_name(self.text(column), known.iter().copied());
            self.problem(column, format!("is not a known {kind}"), hint, problems);
        }
        found
    }
}

fn check_header(
    file: &str,
    header: &csv::StringRecord,
    columns: &[&str],
    others: Others,
    problems: &mut Problems,
) -> bool {
    let found: Vec<&str> = header.iter().map(str::trim).collect();
    if let [only] = found[..]
        && let Some(separator) = [';', '\t', '|'].into_iter().find(|separator| only.contains(*separator))
    {
        let hint = Some("save it as comma-separated values".to_string());
        problems.in_file(file, format!("separates its columns by {separator:?}, not by a comma"), hint);
        return false;
    }
    let before = problems.count();
    for column in columns.iter().filter(|c| !found.contains(c)) {
        let unknown = found.iter().copied().filter(|f| !columns.contains(f));
        let hint = suggest_name(column, unknown).filter(|h| h.starts_with("did"));
        let hint = hint.map_or(format!("columns: {}", columns.join(",")), |h| {
            h.replace("did you mean", "is it").replace("'?", "', misspelt?")
        });
        problems.in_file(file, format!("has no column '{column}'"), Some(hint));
    }
    for (place, column) in found.iter().enumerate() {
        let known = match others {
            Others::Optional(optional) => columns.contains(column) || optional.contains(column),
            Others::Kept => true,
        };
        if found[..place].contains(column) && known {
            problems.in_file(file, format!("has the column '{column}' twice"), None);
        } else if !known {
            let optional = if let Others::Optional(optional) = others { optional } else { &[] };
            let hint = suggest_name(column, columns.iter().chain(optional).copied());
            problems.in_file(file, format!("has an unknown column '{column}'"), hint);
        }
    }
    problems.count() == before
}
