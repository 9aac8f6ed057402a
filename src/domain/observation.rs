//! Published or returned counts, in one long table.
//!
//! A key that is `None` means "all of them", so that published margins and joint counts use one
//! format. What may be known at a given base year is a filter here, so that a forecast from an
//! earlier base cannot see later figures.

use ndarray::{Array1, Array2};

use super::age_group::AgeSpan;
use super::grid::Needs;
use super::need::Need;
use super::setting::SettingId;
use crate::units::CensusYear;

macro_rules! measures {
    ($($variant:ident $name:literal $kind:ident $meaning:literal;)+) => {
        /// What was counted.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Measure { $(#[doc = $meaning] $variant,)+ }

        impl Measure {
            pub const ALL: &[Measure] = &[$(Measure::$variant,)+];

            /// The name in the column `measure`.
            pub fn name(self) -> &'static str {
                match self { $(Measure::$variant => $name,)+ }
            }

            fn kind(self) -> Kind {
                match self { $(Measure::$variant => Kind::$kind,)+ }
            }
        }
    };
}

/// Whether a year names a January or a calendar year.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Stock,
    Flow,
}

measures! {
    Plans "plans" Stock "Plans held in January, by age on the 31 August before.";
    NewPlans "new_plans" Flow "Plans that started, by age on the 31 August before the calendar year.";
    NewPlansAtStartAge "new_plans_at_start_age" Flow "The same plans, by age on the day they started.";
    Ceased "ceased" Flow "Plans that ceased, by age on the day they ceased.";
    CeasedMaxAge "ceased_max_age" Flow "Ceased: reached the maximum age.";
    CeasedNeedsMet "ceased_needs_met" Flow "Ceased: needs met without a plan.";
    CeasedHigherEducation "ceased_higher_education" Flow "Ceased: moved to higher education.";
    CeasedEmployment "ceased_employment" Flow "Ceased: moved to employment.";
    CeasedTransfer "ceased_transfer" Flow "Ceased: moved to another local authority.";
    CeasedNoEngagement "ceased_no_engagement" Flow "Ceased: no longer wished to engage in education.";
    CeasedMovedOutsideEngland "ceased_moved_outside_england" Flow "Ceased: moved outside England.";
    CeasedDeceased "ceased_deceased" Flow "Ceased: deceased.";
    CeasedNotRecorded "ceased_not_recorded" Flow "Ceased: reason not recorded.";
    CeasedOther "ceased_other" Flow "Ceased: another reason.";
    Requests "requests" Flow "Requests for an assessment received.";
    RequestsDecidedToAssess "requests_decided_to_assess" Flow "Requests where the LA decided to assess.";
    RequestsDecidedNotToAssess "requests_decided_not_to_assess" Flow "Requests where it decided not to.";
    RequestsUndecided "requests_undecided" Flow "Requests still open at the end of the year.";
    RequestsWithdrawn "requests_withdrawn" Flow "Requests withdrawn.";
    Assessments "assessments" Flow "Assessments carried out.";
    AssessmentsIssued "assessments_issued" Flow "Assessments that led to a plan.";
    AssessmentsNotIssued "assessments_not_issued" Flow "Assessments that led to no plan.";
}

impl Measure {
    pub fn parse(name: &str) -> Option<Measure> {
        Measure::ALL.iter().copied().find(|measure| measure.name() == name)
    }
}

/// One count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observation {
    /// January of a stock, calendar year of a flow.
    pub year: u16,
    pub measure: Measure,
    pub age: Option<AgeSpan>,
    pub need: Option<Need>,
    pub setting: Option<SettingId>,
    pub count: u32,
    /// Where it was published: an id of the area's table of sources.
    pub source: String,
}

/// A count by age, where the source gives single years or bands.
pub type ByAge = Vec<(AgeSpan, f64)>;

/// All counts of an area; placements that share a setting are already added up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Observations {
    rows: Vec<Observation>,
}

impl Observations {
    pub fn new(rows: Vec<Observation>) -> Observations {
        Observations { rows }
    }

    pub fn rows(&self) -> &[Observation] {
        &self.rows
    }

    /// Only what was countable at the census of `base`: stocks up to then, flows of earlier years.
    pub fn known_by(&self, base: CensusYear) -> Observations {
        let known = |row: &&Observation| match row.measure.kind() {
            Kind::Stock => row.year <= base.0,
            Kind::Flow => row.year < base.0,
        };
        Observations { rows: self.rows.iter().filter(known).cloned().collect() }
    }

    /// Needs that any count is split by.
    pub fn needs(&self) -> Vec<Need> {
        self.rows.iter().filter_map(|row| row.need).collect()
    }

    /// The total: as published, or else the sum of the first breakdown there is.
    pub fn total(&self, measure: Measure, year: u16) -> Option<f64> {
        let published = self.select(measure, year).find(|r| shape_of(r) == [false; 3]);
        if let Some(row) = published {
            return Some(f64::from(row.count));
        }
        let breakdowns = [[true, false, false], [false, false, true], [true, false, true], [true, true, false]];
        breakdowns.into_iter().find_map(|shape| {
            let mut rows = self.select(measure, year).filter(|r| shape_of(r) == shape).peekable();
            rows.peek().is_some().then(|| rows.map(|r| f64::from(r.count)).sum())
        })
    }

    /// Counts by age: as published, or summed from age × setting or age × need.
    pub fn by_age(&self, measure: Measure, year: u16) -> Option<ByAge> {
        [[true, false, false], [true, false, true], [true, true, false]].into_iter().find_map(|shape| {
            let mut ages: ByAge = Vec::new();
            for row in self.select(measure, year).filter(|r| shape_of(r) == shape) {
                add_to_span(&mut ages, row.age?, f64::from(row.count));
            }
            ages.sort_by_key(|(span, _)| *span);
            (!ages.is_empty()).then_some(ages)
        })
    }

    /// Counts by setting: as published, or summed from age × setting.
    pub fn by_setting(&self, measure: Measure, year: u16, settings: usize) -> Option<Array1<f64>> {
        [[false, false, true], [true, false, true]].into_iter().find_map(|shape| {
            let mut counts = Array1::zeros(settings);
            let mut any = false;
            for row in self.select(measure, year).filter(|r| shape_of(r) == shape) {
                counts[row.setting?.index()] += f64::from(row.count);
                any = true;
            }
            any.then_some(counts)
        })
    }

    /// Counts by age span (rows) and setting, where published.
    pub fn by_age_setting(&self, measure: Measure, year: u16, settings: usize) -> Option<(Vec<AgeSpan>, Array2<f64>)> {
        self.by_age_and(measure, year, [true, false, true], settings, |row| row.setting.map(SettingId::index))
    }

    /// Counts by age span (rows) and need, where published.
    pub fn by_age_need(&self, measure: Measure, year: u16, needs: &Needs) -> Option<(Vec<AgeSpan>, Array2<f64>)> {
        let column = |row: &Observation| row.need.and_then(|need| needs.index(need));
        self.by_age_and(measure, year, [true, true, false], needs.count(), column)
    }

    /// Counts by need (rows) and setting, where published.
    pub fn by_need_setting(&self, measure: Measure, year: u16, needs: &Needs, settings: usize) -> Option<Array2<f64>> {
        let mut counts = Array2::zeros((needs.count(), settings));
        let mut any = false;
        for row in self.select(measure, year).filter(|r| shape_of(r) == [false, true, true]) {
            counts[[needs.index(row.need?)?, row.setting?.index()]] += f64::from(row.count);
            any = true;
        }
        any.then_some(counts)
    }

    /// Sources of the rows of a measure and year, each once, in the order of the table.
    pub fn sources(&self, measure: Measure, years: &[u16]) -> String {
        let mut sources: Vec<&str> = Vec::new();
        for row in self.rows.iter().filter(|r| r.measure == measure && years.contains(&r.year)) {
            if !sources.contains(&row.source.as_str()) {
                sources.push(&row.source);
            }
        }
        sources.join(" + ")
    }

    fn select(&self, measure: Measure, year: u16) -> impl Iterator<Item = &Observation> {
        self.rows.iter().filter(move |row| row.measure == measure && row.year == year)
    }

    fn by_age_and(
        &self,
        measure: Measure,
        year: u16,
        shape: [bool; 3],
        columns: usize,
        column: impl Fn(&Observation) -> Option<usize>,
    ) -> Option<(Vec<AgeSpan>, Array2<f64>)> {
        let rows: Vec<_> = self.select(measure, year).filter(|r| shape_of(r) == shape).collect();
        let mut spans: Vec<AgeSpan> = rows.iter().filter_map(|r| r.age).collect();
        spans.sort_unstable();
        spans.dedup();
        let mut counts = Array2::zeros((spans.len(), columns));
        for row in &rows {
            let place = spans.iter().position(|span| Some(*span) == row.age)?;
            counts[[place, column(row)?]] += f64::from(row.count);
        }
        (!spans.is_empty()).then_some((spans, counts))
    }
}

/// Which of age, need and setting a count is split by.
pub fn shape_of(row: &Observation) -> [bool; 3] {
    [row.age.is_some(), row.need.is_some(), row.setting.is_some()]
}

fn add_to_span(ages: &mut ByAge, span: AgeSpan, count: f64) {
    match ages.iter_mut().find(|(known, _)| *known == span) {
        Some((_, sum)) => *sum += count,
        None => ages.push((span, count)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(year: u16, measure: Measure, age: &str, count: u32) -> Observation {
        let source = "test".to_string();
        Observation { year, measure, age: AgeSpan::parse(age), need: None, setting: None, count, source }
    }

    #[test]
    fn a_base_year_hides_what_came_later() {
        let observations = Observations::new(vec![
            row(2024, Measure::Plans, "all", 10),
            row(2025, Measure::Plans, "all", 12),
            row(2023, Measure::NewPlans, "all", 3),
            row(2024, Measure::NewPlans, "all", 4),
        ]);
        let known = observations.known_by(CensusYear(2024));
        assert_eq!(known.total(Measure::Plans, 2024), Some(10.0));
        assert_eq!(known.total(Measure::Plans, 2025), None);
        assert_eq!(known.total(Measure::NewPlans, 2023), Some(3.0));
        assert_eq!(known.total(Measure::NewPlans, 2024), None);
    }

    #[test]
    fn a_total_that_is_not_published_is_the_sum_of_a_breakdown() {
        let observations =
            Observations::new(vec![row(2024, Measure::Plans, "0-4", 10), row(2024, Measure::Plans, "5", 2)]);
        assert_eq!(observations.total(Measure::Plans, 2024), Some(12.0));
        assert_eq!(observations.by_age(Measure::Plans, 2024).map(|a| a.len()), Some(2));
    }
}
