//! The figures of one area from both releases: which release supplies which year, gaps of one filled
//! from the other, and totals that cannot be the area's own.
//!
//! - **Years.** To 2018 the release of 2022 has totals, bands of age and types of placement. From
//!   2019 the release of 2025 has them; a placement it has no count of (home education and those not
//!   in education, 2019 to 2021) is filled from the release of 2022, which was returned that year.
//! - **Gaps.** Until returns of single children, totals exceed the placements they were returned
//!   with by a few plans. Of a local authority the gap is a figure of its own ([`DIFFERENCE`]), so
//!   that no plan is lost and none is attributed. England is left as published: it is only borrowed
//!   from, and its gaps are sums of other areas' gaps.
//! - **Totals of other places.** In the new plans of 2022 several authorities of Yorkshire carry the
//!   total of the region. A total of twice its own placements or more is one of two things. If it is
//!   the region's, or the years beside it are nearer to the sum, it is not the area's and the sum
//!   stands for it, or nothing where there is no sum. Otherwise the returns by placement are short, and are left out.

use std::collections::{BTreeMap, BTreeSet};

use super::super::problem::Problems;
use super::margins::rank_of;
use super::placements::{NOT_IN_BREAKDOWN, PLACEMENTS, place_of, with_column};
use super::published::PublishedFigure;
use super::release_2022::{Count, History, Release2022};
use super::release_2025::{AgeCounts, Breakdown, ByNeed, Flow, NEEDS, Placed, Release2025};
use super::release_table::AreaKey;
use super::source::{
    AGE_CASELOAD, AGE_NEW, ASSESSMENTS, CASELOAD, CEASED, DIFFERENCE, ESTABLISHMENT_CASELOAD, ESTABLISHMENT_NEW,
    MANAGEMENT_INFORMATION, NEEDS as NEEDS_OF_ALL, NEW_NEEDS, NEW_PLANS, REQUESTS, SUM_OF_PLACEMENTS,
};
use crate::domain::age_group::AgeSpan;
use crate::domain::need::Need;
use crate::domain::observation::Measure;
use crate::units::Age;

/// The first year of the release of 2025.
const FIRST_YEAR: u16 = 2019;
/// A total without placements that is more than this many times the years beside it is another
/// place's.
const MOST_TIMES_USUAL: f64 = 4.0;
/// A breakdown that lacks more than this share of its total is no breakdown of it.
const MOST_LACKING: f64 = 0.1;

/// Both releases, of which the earlier may not have been given.
pub struct Sources<'a> {
    pub current: &'a Release2025,
    pub earlier: Option<&'a Release2022>,
}

/// An area's figures, and what was left out or filled.
pub struct AreaFigures {
    pub figures: Vec<PublishedFigure>,
    pub notes: Vec<String>,
}

/// Placements counted in each year: those a table by placement of that year must list.
type Counted = BTreeMap<u16, BTreeSet<usize>>;

struct Collector {
    area: usize,
    national: bool,
    figures: Vec<PublishedFigure>,
    notes: Vec<String>,
}

/// Keys of a figure apart from area and measure.
#[derive(Clone, Copy, Default)]
struct Key {
    age: Option<AgeSpan>,
    need: Option<Need>,
    placement: Option<usize>,
}

/// Reads the figures of one area.
pub fn figures_of_area(
    sources: &Sources,
    area: usize,
    key: &AreaKey,
    region: Option<&AreaKey>,
    problems: &mut Problems,
) -> AreaFigures {
    let national = *key == AreaKey::England;
    let mut collector = Collector { area, national, figures: Vec::new(), notes: Vec::new() };
    let history = |count, problems: &mut Problems| {
        sources.earlier.map_or_else(History::default, |earlier| earlier.history(key, count, problems))
    };
    let region_of = |placed: fn(&Release2025, &AreaKey, &mut Problems) -> Placed, problems: &mut Problems| {
        region.map_or_else(BTreeMap::new, |region| placed(sources.current, region, problems).totals)
    };
    let old = history(Count::Stock, problems);
    let new = sources.current.stock(key, problems);
    let regional = region_of(Release2025::stock, problems);
    let held =
        collector.add_placed(Measure::Plans, &old, new, &regional, (AGE_CASELOAD, ESTABLISHMENT_CASELOAD, CASELOAD));
    let old = history(Count::NewPlans, problems);
    let new = sources.current.new_plans(key, problems);
    let regional = region_of(Release2025::new_plans, problems);
    let started =
        collector.add_placed(Measure::NewPlans, &old, new, &regional, (AGE_NEW, ESTABLISHMENT_NEW, NEW_PLANS));
    let [needs, new_needs] = sources.current.needs(key, problems);
    collector.add_needs(Measure::Plans, needs, &held, NEEDS_OF_ALL);
    collector.add_needs(Measure::NewPlans, new_needs, &started, NEW_NEEDS);
    let flows = sources.current.flows(key, problems);
    for (flow, source) in flows.iter().zip([CEASED, REQUESTS, ASSESSMENTS]) {
        collector.add_flow(flow, &held, source);
    }
    let requests = sources.earlier.map(|earlier| earlier.requests(key, problems)).unwrap_or_default();
    for (year, count) in requests.into_iter().filter(|(year, _)| *year < FIRST_YEAR) {
        collector.put(year, Measure::Requests, Key::default(), count, MANAGEMENT_INFORMATION);
    }
    collector.finish()
}

impl Collector {
    fn put(&mut self, year: u16, measure: Measure, key: Key, count: u32, source: &'static str) {
        let Key { age, need, placement } = key;
        let placement = placement.map(|place| PLACEMENTS[place].id);
        self.figures.push(PublishedFigure { area: self.area, year, measure, age, need, placement, count, source });
    }

    /// Plans or new plans: totals, bands of age, placements, and ages by placement.
    fn add_placed(
        &mut self,
        measure: Measure,
        old: &History,
        new: Placed,
        regional: &BTreeMap<u16, u32>,
        (by_band, by_type, current): (&'static str, &'static str, &'static str),
    ) -> Counted {
        // New plans are published by age on the day they started, stocks by age in August.
        let measure_by_age = if measure == Measure::Plans { measure } else { Measure::NewPlansAtStartAge };
        for ((year, span), count) in &old.bands {
            self.put(*year, measure_by_age, Key { age: Some(*span), ..Key::default() }, *count, by_band);
        }
        for (year, count) in old.totals.range(..FIRST_YEAR) {
            self.put(*year, measure, Key::default(), *count, by_band);
        }
        let mut placements: BTreeMap<u16, BTreeMap<usize, (u32, &'static str)>> = BTreeMap::new();
        for (year, counts) in old.placements.range(..FIRST_YEAR) {
            let counts = counts.iter().map(|(place, count)| (*place, (*count, by_type)));
            placements.insert(*year, counts.collect());
        }
        let mut totals: BTreeMap<u16, u32> =
            old.totals.range(..FIRST_YEAR).map(|(year, total)| (*year, *total)).collect();
        for (year, total) in new.totals.range(FIRST_YEAR..) {
            let published = new.by_placement.get(year);
            let filled = old.placements.get(year);
            let mut counts = BTreeMap::new();
            for place in with_column() {
                let count = published.and_then(|counts| Some((*counts.get(&place)?, current)));
                let count = count.or_else(|| filled.and_then(|counts| Some((*counts.get(&place)?, by_type))));
                counts.extend(count.map(|count| (place, count)));
            }
            let sum = counts.values().map(|(count, _)| count).sum();
            let verdict = self.judge_total(measure, *year, (*total, sum), &new.totals, regional);
            let (total, source) = match verdict {
                Total::OfAnotherPlace => (sum, SUM_OF_PLACEMENTS),
                Total::Own | Total::WithoutPlacements => (*total, current),
                Total::Nobodys => continue,
            };
            self.put(*year, measure, Key::default(), total, source);
            if verdict == Total::WithoutPlacements {
                continue;
            }
            totals.insert(*year, total);
            placements.insert(*year, counts);
        }
        let mut counted = Counted::new();
        for (year, counts) in &placements {
            counted.insert(*year, counts.keys().copied().collect());
            for (place, (count, source)) in counts {
                self.put(*year, measure, Key { placement: Some(*place), ..Key::default() }, *count, source);
            }
            if !new.by_age.contains_key(year) {
                self.close_gap(measure, *year, totals.get(year), counts.values().map(|(count, _)| count).sum());
            }
        }
        for (year, ages) in &new.by_age {
            let total = new.totals.get(year).copied();
            self.add_ages(measure_by_age, (*year, total), ages, counted.get(year), current);
        }
        counted
    }

    /// Whether a total can be that of its placements.
    fn judge_total(
        &mut self,
        measure: Measure,
        year: u16,
        (total, sum): (u32, u32),
        totals: &BTreeMap<u16, u32>,
        regional: &BTreeMap<u16, u32>,
    ) -> Total {
        let lacking = f64::from(total.saturating_sub(sum)) / f64::from(total.max(1));
        if self.national || lacking <= MOST_LACKING {
            return Total::Own;
        }
        let name = format!("{} {year}", measure.name());
        let beside = [year - 1, year + 1].into_iter().filter_map(|year| totals.get(&year));
        let beside: Vec<f64> = beside.map(|total| f64::from(*total)).collect();
        let usual = beside.iter().sum::<f64>() / beside.len().max(1) as f64;
        // Twice as much as usual is as far off as half as much. Without placements there is nothing
        // to be nearer to: the total must be many times what is usual.
        let far = match sum {
            0 => f64::from(total) > MOST_TIMES_USUAL * usual,
            _ => total >= 2 * sum && f64::from(sum) * f64::from(total) > usual * usual,
        };
        let regional = regional.get(&year) == Some(&total) && total >= 2 * sum;
        let (verdict, note) = match (regional || far && usual > 0.0, sum) {
            (true, 0) => (Total::Nobodys, "there are no placements to add up; it is left out".to_string()),
            (true, _) => (Total::OfAnotherPlace, format!("the sum of its placements, {sum}, is used")),
            (false, 0) => (Total::WithoutPlacements, format!("{name}: no count by placement")),
            (false, _) => {
                let what = format!("{sum} of {total} plans are given by placement; the breakdowns are left out");
                (Total::WithoutPlacements, format!("{name}: {what}"))
            }
        };
        self.notes.push(match verdict {
            Total::Nobodys | Total::OfAnotherPlace => {
                let whose = if regional { "the region's" } else { "not the area's" };
                format!("{name}: the total, {total}, is {whose}; {note}")
            }
            _ => note,
        });
        verdict
    }

    fn close_gap(&mut self, measure: Measure, year: u16, total: Option<&u32>, sum: u32) {
        let Some(gap) = total.and_then(|total| total.checked_sub(sum)).filter(|gap| *gap > 0 && !self.national) else {
            return;
        };
        let place = place_of(NOT_IN_BREAKDOWN);
        self.put(year, measure, Key { placement: Some(place), ..Key::default() }, gap, DIFFERENCE);
    }

    /// Ages by placement. An age without a row had nobody.
    fn add_ages(
        &mut self,
        measure: Measure,
        (year, total): (u16, Option<u32>),
        ages: &BTreeMap<AgeSpan, AgeCounts>,
        counted: Option<&BTreeSet<usize>>,
        source: &'static str,
    ) {
        let sum: u32 = ages.values().filter_map(|row| row.total).sum();
        let short = total.is_some_and(|total| f64::from(sum) < f64::from(total) * (1.0 - MOST_LACKING));
        let spans = spans_of(measure);
        if ages.is_empty() || ages.keys().any(|age| !spans.contains(age)) {
            return;
        }
        match counted {
            Some(counted) if !counted.is_empty() => {
                for place in with_column().filter(|place| counted.contains(place)) {
                    if ages.values().any(|row| !row.by_placement.contains_key(&place)) {
                        self.notes.push(format!(
                            "{} {year}: {} is not given by age and is left out of the table by age",
                            measure.name(),
                            PLACEMENTS[place].id
                        ));
                        continue;
                    }
                    for age in &spans {
                        let count = ages.get(age).map_or(0, |row| row.by_placement[&place]);
                        let key = Key { age: Some(*age), placement: Some(place), need: None };
                        self.put(year, measure, key, count, source);
                    }
                }
            }
            _ if short || ages.values().any(|row| row.total.is_none()) => {}
            _ => {
                self.notes.push(format!("{} {year}: given by age alone", measure.name()));
                for age in &spans {
                    let count = ages.get(age).and_then(|row| row.total).unwrap_or(0);
                    self.put(year, measure, Key { age: Some(*age), ..Key::default() }, count, source);
                }
            }
        }
    }

    fn add_needs(&mut self, measure: Measure, needs: ByNeed, counted: &Counted, source: &'static str) {
        let year = needs.year;
        let nothing = BTreeSet::new();
        let counted = counted.get(&year).unwrap_or(&nothing);
        let available = |rows: &mut dyn Iterator<Item = &Vec<Option<u32>>>| rows.flatten().all(Option::is_some);
        let spans = if measure == Measure::Plans { spans_of(measure) } else { spans_of(Measure::NewPlansAtStartAge) };
        let row_of = |row: Option<&Vec<Option<u32>>>, place: usize| row.and_then(|row| row[place]).unwrap_or(0);
        let mut left_out = Vec::new();
        if !available(&mut needs.by_age.values()) {
            left_out.push("age");
        } else if !needs.by_age.is_empty() {
            for age in &spans {
                for (place, (need, _)) in NEEDS.iter().enumerate() {
                    let count = row_of(needs.by_age.get(age), place);
                    self.put(year, measure, Key { age: Some(*age), need: Some(*need), placement: None }, count, source);
                }
            }
        }
        if !available(&mut needs.by_placement.values()) {
            left_out.push("placement");
        } else if !needs.by_placement.is_empty() {
            let listed = |place: &usize| needs.by_placement.contains_key(place) || counted.contains(place);
            for placement in (0..PLACEMENTS.len()).filter(listed) {
                for (place, (need, _)) in NEEDS.iter().enumerate() {
                    let count = row_of(needs.by_placement.get(&placement), place);
                    let key = Key { age: None, need: Some(*need), placement: Some(placement) };
                    self.put(year, measure, key, count, source);
                }
            }
        }
        if !left_out.is_empty() {
            self.notes.push(format!("{} {year}: no needs by {}", measure.name(), left_out.join(" or ")));
        }
    }

    fn add_flow(&mut self, flow: &Flow, held: &Counted, source: &'static str) {
        for (place, measure) in flow.measures.iter().enumerate() {
            for (year, counts) in &flow.totals {
                if let Some(count) = counts[place] {
                    self.put(*year, *measure, Key::default(), count, source);
                }
            }
            for (year, rows) in &flow.by_age {
                let spans = spans_of(Measure::NewPlansAtStartAge);
                if rows.keys().all(|age| spans.contains(age)) && self.is_available(*measure, *year, "age", rows, place)
                {
                    for age in spans {
                        let count = rows.get(&age).and_then(|row| row[place]).unwrap_or(0);
                        self.put(*year, *measure, Key { age: Some(age), ..Key::default() }, count, source);
                    }
                }
            }
            for (year, rows) in &flow.by_placement {
                if !self.is_available(*measure, *year, "placement", rows, place) {
                    continue;
                }
                let counted = |at: u16, placement: &usize| held.get(&at).is_some_and(|held| held.contains(placement));
                let listed = |placement: &usize| {
                    rows.contains_key(placement) || counted(*year, placement) || counted(year + 1, placement)
                };
                for placement in (0..PLACEMENTS.len()).filter(listed) {
                    let count = rows.get(&placement).and_then(|row| row[place]).unwrap_or(0);
                    self.put(*year, *measure, Key { placement: Some(placement), ..Key::default() }, count, source);
                }
            }
        }
        for (year, counts) in &flow.unknown_age {
            if let Some(count) = counts[0].filter(|count| *count > 0) {
                let name = flow.measures[0].name();
                self.notes.push(format!("{name} {year}: {count} of unknown age, in no table by age"));
            }
        }
    }

    /// Whether every row of a breakdown has a count of the measure.
    fn is_available<K>(&mut self, measure: Measure, year: u16, by: &str, rows: &Breakdown<K>, place: usize) -> bool {
        let missing = rows.values().filter(|row| row[place].is_none()).count();
        if missing > 0 && missing < rows.len() {
            self.notes.push(format!("{} {year}: {missing} rows by {by} are not available; left out", measure.name()));
        }
        missing == 0 && !rows.is_empty()
    }

    fn finish(mut self) -> AreaFigures {
        self.figures.sort_by_cached_key(|figure| {
            let placement = figure.placement.map(place_of);
            let breakdown = rank_of(figure);
            (figure.measure, figure.year, breakdown, figure.age.map(AgeSpan::first), figure.need, placement)
        });
        AreaFigures { figures: self.figures, notes: self.notes }
    }
}

/// What a published total is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Total {
    Own,
    /// The sum of the placements stands for it.
    OfAnotherPlace,
    /// Nothing stands for it.
    Nobodys,
    /// Its placements are short.
    WithoutPlacements,
}

/// The ages of a table: under 3 is one row, and of flows 20 and over another.
fn spans_of(measure: Measure) -> Vec<AgeSpan> {
    let span = |first, last| AgeSpan::new(Age::at(first), Age::at(last)).expect("in order");
    let last = if measure == Measure::Plans { 25 } else { 19 };
    let ends = if measure == Measure::Plans { None } else { Some(span(20, 25)) };
    std::iter::once(span(0, 2)).chain((3..=last).map(|age| span(age, age))).chain(ends).collect()
}
