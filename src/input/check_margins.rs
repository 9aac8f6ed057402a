//! Published margins must agree: every breakdown of a measure and year, summed to what it shares
//! with another, gives the same count.

use std::collections::BTreeMap;

use super::problem::Problems;
use crate::domain::observation::{Measure, Observation, Observations, shape_of};
use crate::domain::setting::Settings;

/// A margin that two breakdowns share: total, one age, one need or one setting.
type Margin = (u8, String);

/// Compares all breakdowns; a gap beyond `tolerance` of the year's total is a problem, a smaller
/// one a note.
pub fn check_margins(
    file: &str,
    observations: &Observations,
    settings: &Settings,
    tolerance: f64,
    problems: &mut Problems,
) {
    let mut years: BTreeMap<(Measure, u16), Vec<&Observation>> = BTreeMap::new();
    for row in observations.rows() {
        years.entry((row.measure, row.year)).or_default().push(row);
    }
    let mut tolerated = 0;
    let mut widest = Widest { name: String::new(), gap: 0, total: 1 };
    for ((measure, year), rows) in years {
        let mut margins: BTreeMap<Margin, BTreeMap<[bool; 3], u64>> = BTreeMap::new();
        for row in &rows {
            for margin in margins_of(row, settings) {
                *margins.entry(margin).or_default().entry(shape_of(row)).or_default() += u64::from(row.count);
            }
        }
        let total = margins.get(&(0, String::new())).and_then(|t| t.values().max()).copied().unwrap_or(0);
        let allowed = (tolerance * total as f64) as u64;
        let mut gaps = GapLog { name: format!("{} {year}", measure.name()), allowed, small: 0, largest: 0 };
        for ((_, label), counts) in &margins {
            gaps.compare(file, label, counts, problems);
        }
        tolerated += gaps.small;
        if gaps.largest as f64 * widest.total as f64 > widest.gap as f64 * total as f64 {
            widest = Widest { name: gaps.name, gap: gaps.largest, total };
        }
    }
    if tolerated > 0 {
        let Widest { name, gap, total } = widest;
        problems.notes.push(format!(
            "{file}: {tolerated} margins differ between breakdowns within margin_tolerance; furthest apart: {name}, by {gap} of {total}"
        ));
    }
}

/// The tolerated gap that is largest for its total.
struct Widest {
    name: String,
    gap: u64,
    total: u64,
}

fn margins_of(row: &Observation, settings: &Settings) -> Vec<Margin> {
    let mut margins = vec![(0, String::new())];
    margins.extend(row.age.map(|age| (1, format!(" age {age}"))));
    margins.extend(row.need.map(|need| (2, format!(" need {need}"))));
    margins.extend(row.setting.map(|id| (3, format!(" setting {}", settings.of(id).code))));
    margins
}

struct GapLog {
    name: String,
    allowed: u64,
    small: usize,
    largest: u64,
}

impl GapLog {
    fn compare(&mut self, file: &str, label: &str, counts: &BTreeMap<[bool; 3], u64>, problems: &mut Problems) {
        let mut counts = counts.iter();
        let Some((first_shape, first)) = counts.next() else { return };
        for (shape, count) in counts {
            let gap = first.abs_diff(*count);
            if gap == 0 {
                continue;
            }
            if gap <= self.allowed {
                self.small += 1;
                self.largest = self.largest.max(gap);
                continue;
            }
            let what = format!(
                "{}{label}: {first} {} but {count} {}: they differ by {gap}",
                self.name,
                breakdown(*first_shape),
                breakdown(*shape)
            );
            problems.in_file(file, what, Some("margins of one measure and year must agree".into()));
        }
    }
}

fn breakdown(shape: [bool; 3]) -> &'static str {
    match shape {
        [false, false, false] => "in total",
        [true, false, false] => "by age",
        [false, true, false] => "by need",
        [false, false, true] => "by setting",
        [true, true, false] => "by age × need",
        [true, false, true] => "by age × setting",
        [false, true, true] => "by need × setting",
        [true, true, true] => "by age × need × setting",
    }
}
