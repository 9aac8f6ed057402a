//! Texts in cells of CSV tables that a spreadsheet would take for a formula.
//!
//! A name or a source is whatever a file said. A cell that begins with `=`, `+`, `-` or `@` is carried out by Excel and
//! others when they open a CSV file; with an apostrophe before it, it is a text. Numbers stay as they are.

use std::borrow::Cow;

/// The text as it may stand in a table.
pub fn guard_cell(text: &str) -> Cow<'_, str> {
    if is_formula(text) { Cow::Owned(format!("'{text}")) } else { Cow::Borrowed(text) }
}

/// The text of a cell that [`guard_cell`] made.
pub fn unguard_cell(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|text| is_formula(text)).unwrap_or(cell)
}

fn is_formula(text: &str) -> bool {
    match text.as_bytes() {
        [b'=' | b'@' | b'\t' | b'\r', ..] => true,
        [b'+' | b'-', _, ..] => text.parse::<f64>().is_err(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_become_texts_and_come_back() {
        for text in ["=1+1", "@SUM(A1)", "+1|' /C calc'!A0", "-2+3", "\t=1", "- see minutes"] {
            let cell = guard_cell(text);
            assert_eq!(cell, format!("'{text}"));
            assert_eq!(unguard_cell(&cell), text);
        }
    }

    #[test]
    fn numbers_and_names_stay() {
        for text in ["-1.5", "+3", "-1e-9", "-", "", "a = b", "'tis", "5-10", "'"] {
            assert_eq!(guard_cell(text), text);
            assert_eq!(unguard_cell(text), text);
        }
    }
}
