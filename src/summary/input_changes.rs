//! What changed in the inputs of two runs: files, rows, lines, settings.
//!
//! Rows are compared whole, as a bag: order does not count and a row that stands twice counts twice. Where the columns of
//! a table differ, those that both have are compared and the others are named. Rejected: pairing rows by their keys, which
//! differ from table to table; a changed value shows as a row only in last and a row only in this.

use std::collections::BTreeMap;

use crate::domain::run_record::RunRecord;
use crate::input::input_pairs::{Contents, InputPair};
use crate::input::run_tables::TextTable;

/// What became of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ChangeKind {
    Changed,
    Added,
    Removed,
}

impl ChangeKind {
    pub fn code(self) -> &'static str {
        match self {
            ChangeKind::Changed => "changed",
            ChangeKind::Added => "added",
            ChangeKind::Removed => "removed",
        }
    }
}

/// A file that is not the same in both runs.
#[derive(Clone, Debug, PartialEq)]
pub struct InputChange {
    pub name: String,
    pub kind: ChangeKind,
    /// `rows` of a table, `lines` of another file.
    pub unit: &'static str,
    /// Texts of rows or lines that only one of the runs has.
    pub only_last: Vec<String>,
    pub only_this: Vec<String>,
    /// Columns that only one of the runs has.
    pub columns: Vec<String>,
}

/// A setting of the runs that is not the same.
#[derive(Clone, Debug, PartialEq)]
pub struct SettingChange {
    pub name: &'static str,
    pub last: String,
    pub this: String,
}

pub fn find_input_changes(pairs: &[InputPair]) -> Vec<InputChange> {
    let change = |pair: &InputPair| {
        let (kind, unit) = match &pair.contents {
            Contents::Same => return None,
            Contents::OnlyLast => (ChangeKind::Removed, "files"),
            Contents::OnlyThis => (ChangeKind::Added, "files"),
            Contents::Rows { .. } => (ChangeKind::Changed, "rows"),
            Contents::Lines { .. } => (ChangeKind::Changed, "lines"),
        };
        let (only_last, only_this, columns) = match &pair.contents {
            Contents::Rows { last, this } => differing_rows(last, this),
            Contents::Lines { last, this } => (without(last, this), without(this, last), Vec::new()),
            _ => Default::default(),
        };
        Some(InputChange { name: pair.name.clone(), kind, unit, only_last, only_this, columns })
    };
    pairs.iter().filter_map(change).collect()
}

fn differing_rows(last: &TextTable, this: &TextTable) -> (Vec<String>, Vec<String>, Vec<String>) {
    let shared: Vec<&String> = last.columns.iter().filter(|column| this.columns.contains(column)).collect();
    let texts = |table: &TextTable| -> Vec<String> {
        let row = |row: &Vec<String>| shared.iter().map(|column| table.text(row, column)).collect::<Vec<_>>().join(",");
        table.rows.iter().map(row).collect()
    };
    let (last_rows, this_rows) = (texts(last), texts(this));
    let others = last.columns.iter().chain(&this.columns).filter(|column| !shared.contains(column));
    (without(&last_rows, &this_rows), without(&this_rows, &last_rows), others.cloned().collect())
}

/// Those of `own` that are not among `others`, each as often as it is more often there.
fn without(own: &[String], others: &[String]) -> Vec<String> {
    let mut left: BTreeMap<&str, usize> = BTreeMap::new();
    for text in others {
        *left.entry(text).or_default() += 1;
    }
    let is_only_own = |text: &&String| match left.get_mut(text.as_str()) {
        Some(count) if *count > 0 => {
            *count -= 1;
            false
        }
        _ => true,
    };
    own.iter().filter(is_only_own).cloned().collect()
}

pub fn find_setting_changes(last: &RunRecord, this: &RunRecord) -> Vec<SettingChange> {
    let told = |record: &RunRecord| {
        let settings = &record.settings;
        [
            ("version", record.needscast.clone()),
            ("base_year", settings.base_year.to_string()),
            ("years", settings.years.to_string()),
            ("replicates", settings.replicates.to_string()),
            ("seed", settings.seed.to_string()),
            ("scenarios", settings.scenarios.join(" ")),
        ]
    };
    let pairs = told(last).into_iter().zip(told(this)).filter(|((_, last), (_, this))| last != this);
    pairs.map(|((name, last), (_, this))| SettingChange { name, last, this }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(columns: &[&str], rows: &[&[&str]]) -> TextTable {
        let texts = |texts: &[&str]| texts.iter().map(|text| text.to_string()).collect::<Vec<_>>();
        TextTable { columns: texts(columns), rows: rows.iter().map(|row| texts(row)).collect() }
    }

    #[test]
    fn rows_are_compared_as_a_bag_over_the_columns_that_both_have() {
        let last = table(&["year", "count", "note"], &[&["2024", "1", "x"], &["2024", "1", "y"], &["2025", "2", ""]]);
        // The columns stand in another order; one of two like rows is gone, 2025 was counted again.
        let this = table(&["count", "year"], &[&["1", "2024"], &["3", "2025"]]);
        let (only_last, only_this, columns) = differing_rows(&last, &this);
        assert_eq!((only_last, only_this), (vec!["2024,1".to_string(), "2025,2".into()], vec!["2025,3".to_string()]));
        assert_eq!(columns, ["note"]);
    }
}
