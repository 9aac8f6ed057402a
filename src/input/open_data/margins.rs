//! Whether the tables of a measure and year agree on what they share, before they are written.
//!
//! The reader of area folders refuses margins that disagree; here the same comparison decides which
//! table stays. A table is one breakdown: the total, by age, by placement, and so on. Placements are
//! compared as the settings they belong to.

use std::collections::BTreeMap;

use super::placements::{PLACEMENTS, place_of};
use super::published::PublishedFigure;
use crate::domain::age_group::AgeSpan;
use crate::domain::need::Need;
use crate::domain::observation::Measure;

/// Furthest that two tables may be apart, as a share of the total. England's own come to 2.3 %.
pub const MOST_APART: f64 = 0.03;

/// Breakdowns in the order in which tables are written, with their names.
const BREAKDOWNS: [([bool; 3], &str); 7] = [
    ([false, false, false], "in total"),
    ([true, false, false], "by age"),
    ([false, true, false], "by need"),
    ([false, false, true], "by placement"),
    ([true, true, false], "by age and need"),
    ([true, false, true], "by age and placement"),
    ([false, true, true], "by need and placement"),
];

/// Ranks of breakdowns from the most to the least trusted: what stays if two disagree.
const ORDER: [usize; 7] = [0, 5, 3, 1, 4, 6, 2];

/// A margin that tables may share: all, one age, one need, one setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Margin {
    All,
    Age(AgeSpan),
    Need(Need),
    Setting(&'static str),
}

/// Sums of one table by margin.
type Sums = BTreeMap<Margin, u64>;

/// Every table of an area.
pub struct Tables(BTreeMap<(Measure, u16), BTreeMap<usize, Sums>>);

/// Which tables of a measure and year stay.
pub struct Verdict {
    /// Rank, gap and total.
    pub left_out: Vec<(usize, u64, u64)>,
    /// The widest gap among those that stay, with the total.
    pub widest: Option<(u64, u64)>,
}

/// Where the breakdown of a figure stands in the order of tables: totals first, then one key, then
/// two.
pub fn rank_of(figure: &PublishedFigure) -> usize {
    let shape = [figure.age.is_some(), figure.need.is_some(), figure.placement.is_some()];
    BREAKDOWNS.iter().position(|(known, _)| *known == shape).expect("no release splits by three keys")
}

pub fn name_of(rank: usize) -> &'static str {
    BREAKDOWNS[rank].1
}

impl Tables {
    pub fn of(figures: &[PublishedFigure]) -> Tables {
        let mut tables: BTreeMap<_, BTreeMap<usize, Sums>> = BTreeMap::new();
        for figure in figures {
            let years = tables.entry((figure.measure, figure.year)).or_default();
            let sums = years.entry(rank_of(figure)).or_default();
            let setting = figure.placement.map(|id| Margin::Setting(PLACEMENTS[place_of(id)].setting));
            let keys = [Some(Margin::All), figure.age.map(Margin::Age), figure.need.map(Margin::Need), setting];
            for margin in keys.into_iter().flatten() {
                *sums.entry(margin).or_default() += u64::from(figure.count);
            }
        }
        Tables(tables)
    }

    /// Each measure and year with the ranks of its tables.
    pub fn years(&self) -> Vec<(Measure, u16, Vec<usize>)> {
        let ranks = |tables: &BTreeMap<usize, Sums>| tables.keys().copied().collect();
        self.0.iter().map(|((measure, year), tables)| (*measure, *year, ranks(tables))).collect()
    }

    /// Takes the tables in order of trust; one too far from those taken is left out.
    pub fn compare(&self, measure: Measure, year: u16, ranks: &[usize]) -> Verdict {
        let tables = &self.0[&(measure, year)];
        let total = tables.values().filter_map(|sums| sums.get(&Margin::All)).max().copied().unwrap_or(0);
        let allowed = (MOST_APART * total as f64) as u64;
        let mut taken: Vec<&Sums> = Vec::new();
        let mut verdict = Verdict { left_out: Vec::new(), widest: None };
        for rank in ORDER.into_iter().filter(|rank| ranks.contains(rank)) {
            let gap = taken.iter().map(|other| widest_gap(other, &tables[&rank])).max().unwrap_or(0);
            if gap > allowed {
                verdict.left_out.push((rank, gap, total));
                continue;
            }
            if gap > verdict.widest.map_or(0, |(gap, _)| gap) {
                verdict.widest = Some((gap, total));
            }
            taken.push(&tables[&rank]);
        }
        verdict
    }
}

fn widest_gap(one: &Sums, other: &Sums) -> u64 {
    let shared = one.iter().filter_map(|(margin, sum)| Some(sum.abs_diff(*other.get(margin)?)));
    shared.max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figure(age: Option<&str>, placement: Option<&'static str>, count: u32) -> PublishedFigure {
        let age = age.and_then(AgeSpan::parse);
        let (measure, need) = (Measure::Plans, None);
        PublishedFigure { area: 0, year: 2024, measure, age, need, placement, count, source: "" }
    }

    #[test]
    fn a_table_that_disagrees_with_a_better_one_is_left_out_and_a_small_gap_stays() {
        let total = figure(None, None, 100);
        let ages = [figure(Some("7"), None, 60), figure(Some("8"), None, 38)];
        let placements = [figure(None, Some("mainstream_academy"), 70), figure(None, Some("neet"), 20)];
        let figures: Vec<_> = [total].into_iter().chain(ages).chain(placements).collect();
        let tables = Tables::of(&figures);
        let (measure, year, ranks) = tables.years().remove(0);
        let verdict = tables.compare(measure, year, &ranks);
        // Ages come to 98, within 3 of 100; placements to 90.
        assert_eq!(verdict.widest, Some((2, 100)));
        assert_eq!(verdict.left_out, [(rank_of(&figures[3]), 10, 100)]);
    }
}
