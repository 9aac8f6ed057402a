//! TOML files into raw structs, with the line of what cannot be read.

use std::ops::Range;

use serde::de::DeserializeOwned;
use toml::Spanned;

use super::problem::{Problem, Problems};
use super::table::{FileBytes, is_unprintable, parse_text};

/// Parses a TOML file; unknown keys and wrong types are problems with their line.
pub fn parse_toml<T: DeserializeOwned>(file: &FileBytes, problems: &mut Problems) -> Option<T> {
    let text = parse_text(file, problems)?;
    if let Some(character) = text.parse().ok().and_then(|table| hidden_in(&toml::Value::Table(table))) {
        let what = format!("holds the character U+{:04X}, which cannot be printed", u32::from(character));
        problems.in_file(&file.shown, what, Some("remove it from the text that has it behind a backslash".to_string()));
        return None;
    }
    match toml::from_str(text) {
        Ok(raw) => Some(raw),
        Err(error) => {
            let line = error.span().map(|span| line_of(text, &span));
            let what = error.message().replace('\n', "; ");
            problems.push(Problem { file: file.shown.clone(), line, place: None, what, hint: None });
            None
        }
    }
}

/// A character that cannot be printed, written as an escape in a text.
fn hidden_in(value: &toml::Value) -> Option<char> {
    match value {
        toml::Value::String(text) => text.chars().find(|character| is_unprintable(*character)),
        toml::Value::Array(values) => values.iter().find_map(hidden_in),
        toml::Value::Table(table) => table.values().find_map(hidden_in),
        _ => None,
    }
}

/// The line, from 1, on which a span starts.
pub fn line_of(text: &str, span: &Range<usize>) -> u64 {
    1 + text.bytes().take(span.start).filter(|b| *b == b'\n').count() as u64
}

/// A problem with the value of a key.
pub fn problem_of_key<T>(
    (file, text): (&FileBytes, &str),
    at: &Spanned<T>,
    (key, value): (&str, &str),
    what: &str,
    hint: Option<String>,
) -> Problem {
    Problem {
        file: file.shown.clone(),
        line: Some(line_of(text, &at.span())),
        place: Some((key.to_string(), value.to_string())),
        what: what.to_string(),
        hint,
    }
}
