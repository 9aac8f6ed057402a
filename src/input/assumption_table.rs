//! `assumptions.csv`: local values in place of defaults. The file may be left out.

use super::confidence::parse_confidence;
use super::problem::Problems;
use super::table::{FileBytes, Table};
use crate::domain::assumption::{Assumption, AssumptionKey};

pub fn parse_assumptions(file: &FileBytes, problems: &mut Problems) -> Option<Vec<Assumption>> {
    let table = Table::parse(file, &["key", "value", "low", "high", "source", "confidence"], problems)?;
    let before = problems.count();
    let names: Vec<&str> = AssumptionKey::ALL.iter().map(|k| k.name()).collect();
    let mut set: Vec<Assumption> = Vec::new();
    for row in table.rows() {
        let find = |name: &str| AssumptionKey::ALL.iter().copied().find(|k| k.name() == name);
        let key = row.name("key", "assumption", &names, find, problems);
        let value = row.number("value", problems);
        let low = row.number("low", problems);
        let high = row.number("high", problems);
        let (source, confidence) = parse_confidence(row, problems);
        let (Some(key), Some(value), Some(low), Some(high), Some(confidence)) = (key, value, low, high, confidence)
        else {
            continue;
        };
        let (least, most) = key.bounds();
        let bounds = Some(format!("{least} to {most}"));
        if let Some((column, _)) = [("value", value), ("low", low), ("high", high)]
            .into_iter()
            .find(|(_, number)| !(least..=most).contains(number))
        {
            row.problem(column, "is out of bounds", bounds, problems);
        } else if key.is_whole() && value.fract() != 0.0 {
            row.problem("value", "is not a whole number", bounds, problems);
        } else if !(low <= value && value <= high) {
            row.problem("value", "is not between low and high", None, problems);
        } else if set.iter().any(|a| a.key == key) {
            row.problem("key", "is set twice", None, problems);
        }
        set.push(Assumption { key, value, low, high, confidence, source });
    }
    (problems.count() == before).then_some(set)
}
