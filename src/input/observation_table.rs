//! `observations.csv`: the long table of counts.

use std::collections::{BTreeMap, BTreeSet};

use super::problem::Problems;
use super::setting_tables::Placements;
use super::table::{FileBytes, Row, Table};
use crate::domain::age_group::AgeSpan;
use crate::domain::need::Need;
use crate::domain::observation::{Measure, Observation, Observations};
use crate::domain::setting::Settings;
use crate::units::Age;

const COLUMNS: [&str; 7] = ["year", "measure", "age", "need", "setting", "count", "source"];

/// The word that stands for "not split by this key".
const ALL: &str = "all";

/// A measure of a year, split by age, need, setting or not.
type TableKey = (Measure, u16, [bool; 3]);

/// A cell of a published table: age and need as read, placement as written ("all" when not split).
type CellKey = (Option<AgeSpan>, Option<Need>, String);

/// Cells seen of each published table.
type Seen = BTreeMap<TableKey, BTreeSet<CellKey>>;

pub fn parse_observations(
    file: &FileBytes,
    settings: &Settings,
    placements: &Placements,
    sources: &BTreeMap<String, String>,
    problems: &mut Problems,
) -> Option<Observations> {
    let table = Table::parse(file, &COLUMNS, problems)?;
    let before = problems.count();
    let known = KnownNames::new(placements, sources);
    let mut rows = Vec::new();
    let mut seen = Seen::new();
    for row in table.rows() {
        let Some(observation) = parse_row(row, &known, settings, placements, problems) else { continue };
        let placement = if observation.setting.is_some() { row.text("setting") } else { ALL };
        let key = (observation.age, observation.need, placement.to_string());
        let shape = [observation.age.is_some(), observation.need.is_some(), observation.setting.is_some()];
        if !seen.entry((observation.measure, observation.year, shape)).or_default().insert(key) {
            row.problem("measure", format!("has these keys twice in {}", observation.year), None, problems);
        }
        rows.push(observation);
    }
    if problems.count() == before {
        check_complete(&table.file, &seen, problems);
    }
    (problems.count() == before).then(|| Observations::new(rows))
}

struct KnownNames<'a> {
    measures: Vec<&'a str>,
    needs: Vec<&'a str>,
    placements: Vec<&'a str>,
    sources: Vec<&'a str>,
}

impl<'a> KnownNames<'a> {
    fn new(placements: &'a Placements, sources: &'a BTreeMap<String, String>) -> KnownNames<'a> {
        KnownNames {
            measures: Measure::ALL.iter().map(|m| m.name()).collect(),
            needs: Need::ALL.iter().map(|n| n.code()).collect(),
            placements: placements.keys().map(String::as_str).collect(),
            sources: sources.keys().map(String::as_str).collect(),
        }
    }
}

fn parse_row(
    row: Row,
    known: &KnownNames,
    settings: &Settings,
    placements: &Placements,
    problems: &mut Problems,
) -> Option<Observation> {
    let before = problems.count();
    let year = row.year("year", problems);
    let measure = row.name("measure", "measure", &known.measures, Measure::parse, problems);
    let split = |column: &str| row.text(column) != ALL && !row.text(column).is_empty();
    let mut age = None;
    if split("age") {
        age = AgeSpan::parse(row.text("age"));
        if age.is_none() {
            row.problem("age", "is not an age or a band", Some("all, 7, or 5-10; from 0 to 25".into()), problems);
        }
    }
    let need = split("need").then(|| row.name("need", "need", &known.needs, Need::parse, problems)).flatten();
    let find = |name: &str| placements.get(name).copied();
    let setting = split("setting")
        .then(|| row.name("setting", "setting or placement", &known.placements, find, problems))
        .flatten();
    let count = row.count("count", problems);
    row.name("source", "source", &known.sources, |id| known.sources.contains(&id).then_some(()), problems);
    if problems.count() > before {
        return None;
    }
    let (year, measure, count) = (year?, measure?, count?);
    if let (Some(span), Some(id), true, Measure::Plans) = (age, setting, count > 0, measure) {
        let allowed = settings.of(id).ages;
        if !span.ages().any(|age| allowed.contains(age)) {
            let what = format!("is outside the ages of {}, {allowed}", settings.of(id).code);
            row.problem("age", what, Some("widen min_age and max_age in settings.csv if it is right".into()), problems);
            return None;
        }
    }
    Some(Observation { year, measure, age, need, setting, count, source: row.text("source").to_string() })
}

/// Tables split by two keys must give every combination, and ages must follow on without gap or
/// overlap; a table with single years of age must run from 0 to 25.
fn check_complete(file: &str, seen: &Seen, problems: &mut Problems) {
    for ((measure, year, shape), cells) in seen {
        let name = format!("{} {year}", measure.name());
        check_cross_product(file, &name, cells, problems);
        if shape[0] {
            let spans = cells.iter().filter_map(|(age, _, _)| *age).collect();
            check_ages(file, &name, spans, problems);
        }
    }
}

fn check_cross_product(file: &str, name: &str, cells: &BTreeSet<CellKey>, problems: &mut Problems) {
    let ages: BTreeSet<Option<AgeSpan>> = cells.iter().map(|c| c.0).collect();
    let needs: BTreeSet<Option<Need>> = cells.iter().map(|c| c.1).collect();
    let settings: BTreeSet<&String> = cells.iter().map(|c| &c.2).collect();
    if ages.len() * needs.len() * settings.len() == cells.len() {
        return;
    }
    let mut missing = Vec::new();
    for age in &ages {
        for need in &needs {
            for setting in &settings {
                if !cells.contains(&(*age, *need, (*setting).clone())) {
                    let age = age.map(|age| age.to_string());
                    let need = need.map(|need| need.to_string());
                    let setting = (*setting != ALL).then(|| (*setting).clone());
                    missing.push([age, need, setting].into_iter().flatten().collect::<Vec<_>>().join(" × "));
                }
            }
        }
    }
    let shown = missing.iter().take(5).cloned().collect::<Vec<_>>().join(", ");
    let more = if missing.len() > 5 { format!(" and {} more", missing.len() - 5) } else { String::new() };
    let hint = Some("give every combination of a table, 0 where nobody was counted".into());
    problems.in_file(file, format!("{name} has no row for {shown}{more}"), hint);
}

fn check_ages(file: &str, name: &str, spans: BTreeSet<AgeSpan>, problems: &mut Problems) {
    let single = spans.iter().any(|span| span.is_single());
    let mut next: Option<usize> = None;
    for span in &spans {
        let first = span.first().index();
        match next {
            Some(expected) if first > expected => {
                let gap = AgeSpan::new(Age::at(expected), Age::at(first - 1)).expect("in order");
                problems.in_file(file, format!("{name} has no row for age {gap}"), None);
            }
            Some(expected) if first < expected => {
                problems.in_file(
                    file,
                    format!("{name} counts age {span} twice"),
                    Some("bands must not overlap".into()),
                );
            }
            None if single && first > 0 => {
                let gap = AgeSpan::new(Age::at(0), Age::at(first - 1)).expect("in order");
                problems.in_file(file, format!("{name} has no row for age {gap}"), None);
            }
            _ => {}
        }
        next = Some(span.last().index() + 1);
    }
    if let Some(end) = next.filter(|end| single && *end < Age::COUNT) {
        let gap = AgeSpan::new(Age::at(end), Age::LAST).expect("in order");
        problems.in_file(file, format!("{name} has no row for age {gap}"), None);
    }
}
