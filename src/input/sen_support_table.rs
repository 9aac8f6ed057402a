//! `sen_support.csv`: pupils on SEN support at the base census. The file may be left out.

use std::collections::BTreeSet;

use ndarray::Array2;

use super::confidence::parse_confidence;
use super::place_tables::is_plain;
use super::problem::Problems;
use super::table::{FileBytes, Row, Table};
use crate::domain::grid::Needs;
use crate::domain::need::Need;
use crate::domain::sen_support::{SenSupport, SupportTier};
use crate::units::Age;

/// The last age of a pupil at school.
const LAST_AGE: u8 = 18;
/// More pupils of one age and need than these are a slip.
const MOST_PUPILS: u32 = 1_000_000;
/// More levels of SEN support than these are a slip.
const MOST_TIERS: usize = 8;

/// Joint counts by age and need, and tier where one is given; pairs without a row are none. Where the needs of
/// plans are not known, all are taken.
pub fn parse_sen_support(file: &FileBytes, needs: Option<&Needs>, problems: &mut Problems) -> Option<SenSupport> {
    let columns = ["age", "need", "pupils", "source", "confidence"];
    let table = Table::parse_optional(file, &columns, &["tier"], problems)?;
    let before = problems.count();
    let any = Needs::new(Need::ALL.to_vec());
    let needs = needs.unwrap_or(&any);
    let nobody = || Array2::zeros((Age::COUNT, needs.count()));
    let mut pupils: Array2<u32> = nobody();
    let mut tiers: Vec<SupportTier> = Vec::new();
    let mut least = Vec::new();
    let (mut seen, mut strange) = (BTreeSet::new(), BTreeSet::new());
    for row in table.rows() {
        let age = parse_age(row, problems);
        let need = parse_need(row, needs, &mut strange, problems);
        let count = parse_pupils(row, problems);
        least.extend(parse_confidence(row, problems).1);
        let tier = parse_tier(row, problems);
        let (Some(age), Some(need), Some(tier), Some(count)) = (age, need, tier, count) else { continue };
        if !seen.insert((age, need, tier)) {
            let tier = if tier.is_empty() { String::new() } else { format!(", tier {tier}") };
            row.problem("age", format!("is given twice for {}{tier}", row.text("need")), None, problems);
        }
        let all = &mut pupils[[age.index(), need]];
        *all = all.saturating_add(count);
        if tier.is_empty() {
            continue;
        }
        let place = tiers.iter().position(|known| known.id == tier).unwrap_or_else(|| {
            tiers.push(SupportTier { id: tier.to_string(), pupils: nobody() });
            tiers.len() - 1
        });
        tiers[place].pupils[[age.index(), need]] = count;
    }
    if tiers.len() > MOST_TIERS {
        problems.in_file(&table.file, format!("has {} tiers", tiers.len()), Some(format!("at most {MOST_TIERS}")));
    }
    if problems.count() == before && pupils.iter().all(|count| *count == 0) {
        problems.in_file(&table.file, "has no pupil", Some("leave the file out where nobody was counted".into()));
    }
    // High comes before low.
    let confidence = least.into_iter().max()?;
    (problems.count() == before).then_some(SenSupport { pupils, tiers, confidence })
}

fn parse_pupils(row: Row, problems: &mut Problems) -> Option<u32> {
    let count = row.count("pupils", problems)?;
    let few = count <= MOST_PUPILS;
    if !few {
        row.problem("pupils", "is too many", Some(format!("at most {MOST_PUPILS}")), problems);
    }
    few.then_some(count)
}

/// Blank where the tier is not known.
fn parse_tier<'a>(row: Row<'a>, problems: &mut Problems) -> Option<&'a str> {
    let tier = row.optional_text("tier");
    let valid = tier.is_empty() || is_plain(tier);
    if !valid {
        let hint = Some("lower-case letters, digits, - and _, such as targeted_plus".into());
        row.problem("tier", "is not a tier's code", hint, problems);
    }
    valid.then_some(tier)
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
