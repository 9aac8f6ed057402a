//! What stands in a cell, and how it looks.
//!
//! Texts come from whoever made the inputs: names of settings, providers and scenarios may be anything. In a workbook a
//! cell holds a formula only where the file says so in an element of its own; a text is a text whatever it begins with.
//! So it is enough that every text goes through [`put`], which writes strings and nothing else. Texts that would turn
//! into a formula if somebody edited the cell bear the mark with which Excel keeps them text even then.

use std::borrow::Cow;

use rust_xlsxwriter::{Format, FormatAlign, Worksheet, XlsxError};

/// The most of a text that a cell holds, in the units in which Excel counts (UTF-16).
const MOST_TEXT: usize = 32_767;

/// Points that a line is high, and lines that fit into a row: one is at most 409 points high.
const LINE: f64 = 15.0;
const MOST_LINES: usize = 27;

/// What stands in a cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cell<'a> {
    Blank,
    Text(&'a str),
    /// A text that may take several lines.
    Long(&'a str),
    /// A word that marks a number to be looked at: filled, so that it is found at a glance.
    Flag(&'a str),
    Number(f64, NumberKind),
}

impl Cell<'_> {
    /// Blank where there is no number.
    pub fn number(value: Option<f64>, kind: NumberKind) -> Cell<'static> {
        value.map_or(Cell::Blank, |value| Cell::Number(value, kind))
    }
}

/// How a number is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumberKind {
    /// Whole children, plans, hours.
    Count,
    /// One decimal: weeks, staff.
    Tenths,
    Pounds,
    Pence,
    Share,
    /// No thousands separator.
    Year,
    /// As many decimals as it has.
    Plain,
}

impl NumberKind {
    /// By the column `unit` of the run's tables.
    pub fn of_unit(unit: &str) -> NumberKind {
        match unit {
            "pounds" => NumberKind::Pounds,
            "share" | "probability" | "plans per place" => NumberKind::Share,
            "september" => NumberKind::Year,
            "weeks" | "FTE" => NumberKind::Tenths,
            _ => NumberKind::Count,
        }
    }
}

/// The looks of cells; made once, since each is compared with all others when it is first used.
pub struct Formats {
    numbers: [Format; 7],
    long: Format,
    flag: Format,
    quoted: Format,
    long_quoted: Format,
    pub title: Format,
    pub heading: Format,
    pub header: Format,
    pub header_of_numbers: Format,
    pub strong: Format,
    pub link: Format,
}

impl Formats {
    pub fn new() -> Formats {
        let number = |shown: &str| Format::new().set_num_format(shown).set_align(FormatAlign::Top);
        let dark = 0x1F_3864;
        let long = Format::new().set_text_wrap().set_align(FormatAlign::Top);
        let long_quoted = long.clone().set_quote_prefix();
        let header = Format::new()
            .set_bold()
            .set_text_wrap()
            .set_align(FormatAlign::Bottom)
            .set_font_color(dark)
            .set_background_color(0xD9_E2F3);
        Formats {
            numbers: [
                number("#,##0"),
                number("#,##0.0"),
                number("£#,##0"),
                number("£#,##0.00"),
                number("0 %"),
                // Beside texts, as often as not.
                number("0").set_align(FormatAlign::Left),
                number("General"),
            ],
            long,
            flag: Format::new().set_background_color(0xFF_E699).set_bold(),
            quoted: Format::new().set_quote_prefix(),
            long_quoted,
            title: Format::new().set_bold().set_font_size(16).set_font_color(dark),
            heading: Format::new().set_bold().set_font_size(12).set_font_color(dark),
            header: header.clone(),
            header_of_numbers: header.set_align(FormatAlign::Right),
            strong: Format::new().set_bold().set_align(FormatAlign::Top),
            link: Format::new().set_hyperlink().set_align(FormatAlign::Top),
        }
    }

    pub fn number(&self, kind: NumberKind) -> &Format {
        &self.numbers[kind as usize]
    }
}

/// Writes a cell; the characters it is wide.
pub fn put(page: &mut Worksheet, formats: &Formats, (row, column): (u32, u16), cell: Cell) -> Result<usize, XlsxError> {
    let (text, format, quoted) = match cell {
        Cell::Blank => return Ok(0),
        // A number that is none would become an error value.
        Cell::Number(value, _) if !value.is_finite() => return Ok(0),
        Cell::Number(value, kind) => {
            page.write_number_with_format(row, column, value, formats.number(kind))?;
            let width = if matches!(kind, NumberKind::Pounds | NumberKind::Pence) { 15 } else { 10 };
            return Ok(width);
        }
        Cell::Text(text) => (text, None, &formats.quoted),
        Cell::Long(text) => (text, Some(&formats.long), &formats.long_quoted),
        Cell::Flag(text) => (text, Some(&formats.flag), &formats.flag),
    };
    let text = clean(text);
    let width = text.chars().count();
    match if begins_like_formula(&text) { Some(quoted) } else { format } {
        _ if text.is_empty() => {}
        Some(format) => drop(page.write_string_with_format(row, column, text, format)?),
        None => drop(page.write_string(row, column, text)?),
    }
    Ok(width)
}

/// How high a row is, in points, that holds a text in a column so many characters wide. Excel would find out itself, other
/// programs leave rows as they are.
pub fn height_of(text: &str, width: f64) -> f64 {
    LINE * text.chars().count().div_ceil(width as usize).clamp(1, MOST_LINES) as f64
}

/// A text as a workbook can hold it: no control characters, no more than a cell takes.
pub fn clean(text: &str) -> Cow<'_, str> {
    let is_space = |letter: char| matches!(letter, '\t' | '\n' | '\r');
    let is_bad = |letter: char| letter.is_control() || matches!(letter, '\u{FFFE}' | '\u{FFFF}');
    let mut cleaned = Cow::Borrowed(text);
    if text.contains(is_bad) {
        let keep = |letter| if is_space(letter) { Some(' ') } else { Some(letter).filter(|l| !is_bad(*l)) };
        cleaned = Cow::Owned(text.chars().filter_map(keep).collect());
    }
    // A text has no more UTF-16 units than bytes.
    if cleaned.len() > MOST_TEXT && cleaned.encode_utf16().count() > MOST_TEXT {
        let mut length = 0;
        let fits = |letter: &char| {
            length += letter.len_utf16();
            length < MOST_TEXT
        };
        let shorter: String = cleaned.chars().take_while(fits).collect();
        cleaned = Cow::Owned(shorter + "…");
    }
    cleaned
}

fn begins_like_formula(text: &str) -> bool {
    text.trim_start().starts_with(['=', '+', '-', '@'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_a_cell_can_hold_is_left_alone() {
        for text in ["", "Mainstream school", "<b>&\"'", "=HYPERLINK(\"http://x\")", "Ysgol Gyfun Gŵyr — 😀"] {
            assert!(matches!(clean(text), Cow::Borrowed(same) if same == text), "{text}");
        }
    }

    #[test]
    fn control_characters_are_removed_and_lines_become_one() {
        assert_eq!(clean("\t=1+1\r\nnext\u{0}\u{1b}\u{fffe} \u{85}end"), " =1+1  next end");
    }

    #[test]
    fn a_text_that_is_too_long_ends_with_an_ellipsis() {
        let long = clean(&"é".repeat(MOST_TEXT + 1)).into_owned();
        assert_eq!((long.encode_utf16().count(), long.ends_with("é…")), (MOST_TEXT, true));
        let wide = clean(&"😀".repeat(MOST_TEXT)).into_owned();
        assert_eq!((wide.encode_utf16().count(), wide.ends_with("😀…")), (MOST_TEXT, true));
        let most = "é".repeat(MOST_TEXT);
        assert_eq!(clean(&most), most);
    }

    #[test]
    fn texts_that_editing_would_turn_into_formulas_are_marked() {
        for text in ["=1", "+1", "-1", "@SUM(A1)", " =1"] {
            assert!(begins_like_formula(text), "{text}");
        }
        assert!(!begins_like_formula("1 = 1") && !begins_like_formula("'=1"));
    }

    #[test]
    fn a_row_is_as_high_as_its_text() {
        assert_eq!(height_of("", 100.0), 15.0);
        assert_eq!(height_of(&"x".repeat(101), 100.0), 30.0);
        assert_eq!(height_of(&"x".repeat(30_000), 100.0), 405.0);
    }

    #[test]
    fn units_say_how_numbers_are_shown() {
        assert_eq!(NumberKind::of_unit("plans"), NumberKind::Count);
        assert_eq!(NumberKind::of_unit("FTE"), NumberKind::Tenths);
        assert_eq!(NumberKind::of_unit("september"), NumberKind::Year);
    }
}
