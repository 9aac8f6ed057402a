//! TOML files into raw structs, with the line of what cannot be read.

use std::ops::Range;

use serde::de::DeserializeOwned;
use toml::Spanned;

use super::problem::{Problem, Problems};
use super::table::{FileBytes, parse_text};

/// Parses a TOML file; unknown keys and wrong types are problems with their line.
pub fn parse_toml<T: DeserializeOwned>(file: &FileBytes, problems: &mut Problems) -> Option<T> {
    let text = parse_text(file, problems)?;
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
