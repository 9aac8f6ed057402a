//! `sen_support.csv`: pupils on SEN support at the base census. The file may be left out.

use std::collections::BTreeSet;

use ndarray::Array2;

use super::confidence::parse_confidence;
use super::problem::Problems;
use super::table::{FileBytes, Row, Table};
use crate::domain::grid::Needs;
use crate::domain::need::Need;
use crate::domain::sen_support::SenSupport;
use crate::units::Age;

/// The last age of a pupil at school.
const LAST_AGE: u8 = 18;

/// Joint counts by age and need; pairs without a row are none. Where the needs of plans are not known, all
/// are taken.
pub fn parse_sen_support(file: &FileBytes, needs: Option<&Needs>, problems: &mut Problems) -> Option<SenSupport> {
    let table = Table::parse(file, &["age", "need", "pupils", "source", "confidence"], problems)?;
    let before = problems.count();
    let any = Needs::new(Need::ALL.to_vec());
    let needs = needs.unwrap_or(&any);
    let mut pupils = Array2::zeros((Age::COUNT, needs.count()));
    let mut least = Vec::new();
    let (mut seen, mut strange) = (BTreeSet::new(), BTreeSet::new());
    for row in table.rows() {
        let age = parse_age(row, problems);
        let need = parse_need(row, needs, &mut strange, problems);
        let count = row.count("pupils", problems);
        least.extend(parse_confidence(row, problems).1);
        let (Some(age), Some(need)) = (age, need) else { continue };
        if !seen.insert((age, need)) {
            row.problem("age", format!("is given twice for {}", row.text("need")), None, problems);
        }
        pupils[[age.index(), need]] = count.unwrap_or(0);
    }
    if problems.count() == before && pupils.iter().all(|count| *count == 0) {
        problems.in_file(&table.file, "has no pupil", Some("leave the file out where nobody was counted".into()));
    }
    // High comes before low.
    let confidence = least.into_iter().max()?;
    (problems.count() == before).then_some(SenSupport { pupils, confidence })
}

fn parse_age(row: Row, problems: &mut Problems) -> Option<Age> {
    let age = row.text("age").parse::<u8>().ok().filter(|age| *age <= LAST_AGE).and_then(Age::new);
    if age.is_none() {
        row.problem("age", "is not an age", Some(format!("single years 0 to {LAST_AGE}")), problems);
    }
    age
}

/// The place of a need among those of plans. One that no plan has is shown once, however many rows name it.
fn parse_need<'a>(
    row: Row<'a>,
    needs: &Needs,
    strange: &mut BTreeSet<&'a str>,
    problems: &mut Problems,
) -> Option<usize> {
    let codes: Vec<&str> = Need::ALL.iter().map(|need| need.code()).collect();
    let need = row.name("need", "need", &codes, Need::parse, problems)?;
    let place = needs.index(need);
    if place.is_none() && strange.insert(row.text("need")) {
        let known: Vec<&str> = needs.iter().map(Need::code).collect();
        let hint = Some(format!("count them with one of {}", known.join(", ")));
        row.problem("need", "is a need that no plan of the area has", hint, problems);
    }
    place
}
