//! How far a number of a table can be trusted.

use super::problem::Problems;
use super::suggest::suggest_name;
use super::table::Row;
use crate::domain::assumption::Confidence;

/// What tables say of a number that somebody made up.
const UNSOURCED: &str = "no published source";

/// The columns `source` and `confidence`: a number nobody can trace is never more than low confidence.
pub fn parse_confidence(row: Row, problems: &mut Problems) -> (String, Option<Confidence>) {
    let (source, confidence) = trusted(row.text("source"), row.text("confidence"));
    if confidence.is_none() {
        let hint = suggest_name(row.text("confidence"), ["high", "medium", "low"]);
        row.problem("confidence", "is not a known confidence", hint, problems);
    }
    (source, confidence)
}

/// The source as it is told, and the confidence, `None` where it is not known.
pub fn trusted(source: &str, confidence: &str) -> (String, Option<Confidence>) {
    let untraced = source.is_empty() || source.to_lowercase().starts_with(UNSOURCED);
    let confidence = Confidence::parse(confidence).map(|stated| if untraced { Confidence::Low } else { stated });
    let source = if source.is_empty() { "no source: local value" } else { source };
    (source.to_string(), confidence)
}
