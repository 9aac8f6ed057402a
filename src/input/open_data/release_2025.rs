//! The release of reporting year 2025: returns of single children since 2023, added up.
//!
//! One row per area, year and breakdown (`breakdown_topic`, `breakdown`); of the breakdowns, totals,
//! ages and types of placement are read.
//!
//! - `caseload`: plans in January, a column per placement; by single year of age from 2024.
//! - `newplans`: plans that started in the calendar year, the same columns; by age on the day they
//!   started from 2022.
//! - `ceased_plans`: by reason; `requests`, `assessments`: by outcome; by age on the day. 20 and
//!   over is one row.
//! - `sen_needs_all_plans`, `sen_need_newplans`: by primary need, the latest year alone.
//!
//! An age without a row had nobody; a column of `x` was not returned that year. Academic year
//! 202425 is January 2025. Ages of flows run to "20 and over", those of stocks to 25.

use std::collections::BTreeMap;

use super::super::problem::Problems;
use super::archive::{Allowance, Archive};
use super::placements::{Labelled, PLACEMENTS, read_label, suggest_label, with_column};
use super::release_table::{AreaKey, AreaName, Column, ReleaseRow, ReleaseTable};
use crate::domain::age_group::AgeSpan;
use crate::domain::need::Need;
use crate::domain::observation::Measure;

/// The file that tells this release from others.
pub const MARK: &str = "caseload.csv";

const AGE: &str = "Child or young persons age";
const TYPE_OF_PLACEMENT: &str = "Type of placement";

/// Needs in the order of the return, with their columns.
pub const NEEDS: [(Need, &str); 13] = [
    (Need::Spld, "number_spld"),
    (Need::Mld, "number_mld"),
    (Need::Sld, "number_sld"),
    (Need::Pmld, "number_pmld"),
    (Need::Semh, "number_semh"),
    (Need::Slcn, "number_slcn"),
    (Need::Hi, "number_hi"),
    (Need::Vi, "number_vi"),
    (Need::Msi, "number_msi"),
    (Need::Pd, "number_pd"),
    (Need::Asd, "number_asd"),
    (Need::Oth, "number_oth"),
    (Need::NotRecorded, "number_need_unknown"),
];

const CEASED: &[(Measure, &str)] = &[
    (Measure::Ceased, "total_ceased"),
    (Measure::CeasedMaxAge, "max_age"),
    (Measure::CeasedNeedsMet, "needs_met"),
    (Measure::CeasedHigherEducation, "he"),
    (Measure::CeasedEmployment, "employ"),
    (Measure::CeasedTransfer, "transfer"),
    (Measure::CeasedNoEngagement, "no_engage"),
    (Measure::CeasedMovedOutsideEngland, "moved_outside_eng"),
    (Measure::CeasedDeceased, "deceased"),
    (Measure::CeasedNotRecorded, "not_rec"),
    (Measure::CeasedOther, "other"),
];

const REQUESTS: &[(Measure, &str)] = &[
    (Measure::Requests, "requests_received_in_year"),
    (Measure::RequestsDecidedToAssess, "requests_decided_to_assess"),
    (Measure::RequestsDecidedNotToAssess, "requests_decided_not_to_assess"),
    (Measure::RequestsUndecided, "requests_decision_not_made"),
    (Measure::RequestsWithdrawn, "requests_withdrawn"),
];

const ASSESSMENTS: &[(Measure, &str)] = &[
    (Measure::Assessments, "assess_in_year"),
    (Measure::AssessmentsIssued, "assess_issued"),
    (Measure::AssessmentsNotIssued, "assess_not_issued"),
];

/// A table that counts placements in columns.
struct ColumnTable {
    table: ReleaseTable,
    total: &'static str,
    all: &'static str,
    age: &'static str,
}

/// A table with a row per breakdown and a column per measure.
struct FlowTable {
    table: ReleaseTable,
    measures: &'static [(Measure, &'static str)],
    all: &'static str,
    age: &'static str,
}

/// The tables of the release.
pub struct Release2025 {
    stock: ColumnTable,
    new_plans: ColumnTable,
    flows: [FlowTable; 3],
    needs: [ReleaseTable; 2],
}

/// Counts of a year by placement, as places in [`PLACEMENTS`]; those not available are left out.
pub type ByPlacement = BTreeMap<usize, u32>;

/// A stock or flow of an area by placement, and by age and placement.
#[derive(Default)]
pub struct Placed {
    pub totals: BTreeMap<u16, u32>,
    pub by_placement: BTreeMap<u16, ByPlacement>,
    pub by_age: BTreeMap<u16, BTreeMap<AgeSpan, AgeCounts>>,
}

/// A row of one age.
pub struct AgeCounts {
    pub total: Option<u32>,
    pub by_placement: ByPlacement,
}

/// A breakdown of a year: a count per measure or need, where available.
pub type Breakdown<K> = BTreeMap<K, Vec<Option<u32>>>;

/// A flow of an area: a count per measure, in all and by breakdown.
#[derive(Default)]
pub struct Flow {
    pub measures: Vec<Measure>,
    pub totals: BTreeMap<u16, Vec<Option<u32>>>,
    pub by_age: BTreeMap<u16, Breakdown<AgeSpan>>,
    pub by_placement: BTreeMap<u16, Breakdown<usize>>,
    /// Counts of a row of unknown age, which has no place in a table by age.
    pub unknown_age: BTreeMap<u16, Vec<Option<u32>>>,
}

/// Primary needs of an area, a count per need of [`NEEDS`].
#[derive(Default)]
pub struct ByNeed {
    pub year: u16,
    pub by_age: Breakdown<AgeSpan>,
    pub by_placement: Breakdown<usize>,
}

impl Release2025 {
    pub fn read(archive: &Archive, allowance: &Allowance, problems: &mut Problems) -> Option<Release2025> {
        let mut table = |name: &str, columns: &[&str], topics: &[&str]| {
            let file = archive.read(&format!("{name}.csv"), allowance, problems)?;
            let columns = [&["breakdown_topic", "breakdown"], columns].concat();
            ReleaseTable::parse(&file, &columns, Some(("breakdown_topic", topics)), problems)
        };
        let placements: Vec<&str> = with_column().map(|place| PLACEMENTS[place].id).collect();
        // Each is read even if another cannot be: all problems of a release are shown together.
        let mut columns = |name, total: &'static str, all: &'static str, age: &'static str| {
            let table = table(name, &[placements.as_slice(), &[total]].concat(), &[all, age])?;
            Some(ColumnTable { table, total, all, age })
        };
        let stock = columns("caseload", "ehcplans", "All EHC plans", AGE);
        let new_plans = columns("newplans", "new_ehc_plans", "New EHC plans", "Age when plan started");
        let mut flow = |name, measures: &'static [(Measure, &'static str)], all: &'static str, age: &'static str| {
            let columns: Vec<&str> = measures.iter().map(|(_, column)| *column).collect();
            let table = table(name, &columns, &[all, age, TYPE_OF_PLACEMENT])?;
            Some(FlowTable { table, measures, all, age })
        };
        let ceased = flow("ceased_plans", CEASED, "All ceased EHC plans", "Age plan ceased");
        let requests = flow("requests", REQUESTS, "All requests for EHC needs assessments", AGE);
        let assessments = flow("assessments", ASSESSMENTS, "All EHC needs assessments", AGE);
        let needs: Vec<&str> = NEEDS.iter().map(|(_, column)| *column).collect();
        let topics = [AGE, TYPE_OF_PLACEMENT];
        let stock_needs = table("sen_needs_all_plans", &needs, &topics);
        let new_needs = table("sen_need_newplans", &needs, &topics);
        Some(Release2025 {
            stock: stock?,
            new_plans: new_plans?,
            flows: [ceased?, requests?, assessments?],
            needs: [stock_needs?, new_needs?],
        })
    }

    pub fn names(&self) -> Vec<AreaName> {
        self.stock.table.names()
    }

    pub fn stock(&self, area: &AreaKey, problems: &mut Problems) -> Placed {
        self.stock.read(area, problems)
    }

    pub fn new_plans(&self, area: &AreaKey, problems: &mut Problems) -> Placed {
        self.new_plans.read(area, problems)
    }

    /// Ceased plans, requests and assessments.
    pub fn flows(&self, area: &AreaKey, problems: &mut Problems) -> [Flow; 3] {
        [0, 1, 2].map(|which| self.flows[which].read(area, problems))
    }

    /// Needs of all plans and of new plans.
    pub fn needs(&self, area: &AreaKey, problems: &mut Problems) -> [ByNeed; 2] {
        [0, 1].map(|which| read_needs(&self.needs[which], area, problems))
    }
}

impl ColumnTable {
    fn read(&self, area: &AreaKey, problems: &mut Problems) -> Placed {
        let table = &self.table;
        let [time, topic, breakdown, total] =
            ["time_period", "breakdown_topic", "breakdown", self.total].map(|name| table.column(name));
        let placements: Vec<(usize, Column)> =
            with_column().map(|place| (place, table.column(PLACEMENTS[place].id))).collect();
        let mut placed = Placed::default();
        for row in table.rows_of(area) {
            let Some(year) = row.year(time, problems) else { continue };
            let counts: ByPlacement =
                placements.iter().filter_map(|(place, column)| Some((*place, row.count(*column, problems)?))).collect();
            let total = row.count(total, problems);
            let twice = if row.text(topic) == self.all {
                total.is_some_and(|total| placed.totals.insert(year, total).is_some())
                    || placed.by_placement.insert(year, counts).is_some()
            } else {
                debug_assert_eq!(row.text(topic), self.age);
                let Some(Some(age)) = age_of(row, breakdown, problems) else { continue };
                let counts = AgeCounts { total, by_placement: counts };
                placed.by_age.entry(year).or_default().insert(age, counts).is_some()
            };
            if twice {
                row.problem(breakdown, &format!("has two rows for {year}"), None, problems);
            }
        }
        placed
    }
}

impl FlowTable {
    fn read(&self, area: &AreaKey, problems: &mut Problems) -> Flow {
        let table = &self.table;
        let [time, topic, breakdown] = ["time_period", "breakdown_topic", "breakdown"].map(|name| table.column(name));
        let columns: Vec<Column> = self.measures.iter().map(|(_, name)| table.column(name)).collect();
        let measures = self.measures.iter().map(|(measure, _)| *measure).collect();
        let mut flow = Flow { measures, ..Flow::default() };
        for row in table.rows_of(area) {
            let Some(year) = row.year(time, problems) else { continue };
            let counts: Vec<_> = columns.iter().map(|column| row.count(*column, problems)).collect();
            let twice = if row.text(topic) == self.all {
                flow.totals.insert(year, counts).is_some()
            } else if row.text(topic) == self.age {
                match age_of(row, breakdown, problems) {
                    Some(Some(age)) => flow.by_age.entry(year).or_default().insert(age, counts).is_some(),
                    Some(None) => flow.unknown_age.insert(year, counts).is_some(),
                    None => false,
                }
            } else {
                let Some(place) = placement_of(row, breakdown, problems) else { continue };
                flow.by_placement.entry(year).or_default().insert(place, counts).is_some()
            };
            if twice {
                row.problem(breakdown, &format!("has two rows for {year}"), None, problems);
            }
        }
        flow
    }
}

fn read_needs(table: &ReleaseTable, area: &AreaKey, problems: &mut Problems) -> ByNeed {
    let [time, topic, breakdown] = ["time_period", "breakdown_topic", "breakdown"].map(|name| table.column(name));
    let columns: Vec<Column> = NEEDS.iter().map(|(_, name)| table.column(name)).collect();
    let mut needs = ByNeed::default();
    for row in table.rows_of(area) {
        let Some(year) = row.year(time, problems) else { continue };
        if year > needs.year {
            needs = ByNeed { year, ..ByNeed::default() };
        } else if year < needs.year {
            continue;
        }
        let counts: Vec<_> = columns.iter().map(|column| row.count(*column, problems)).collect();
        let twice = if row.text(topic) == AGE {
            let Some(Some(age)) = age_of(row, breakdown, problems) else { continue };
            needs.by_age.insert(age, counts).is_some()
        } else {
            let Some(place) = placement_of(row, breakdown, problems) else { continue };
            needs.by_placement.insert(place, counts).is_some()
        };
        if twice {
            row.problem(breakdown, &format!("has two rows for {year}"), None, problems);
        }
    }
    needs
}

/// The age of a row, `Some(None)` for the row of unknown age, and a problem for anything else.
fn age_of(row: ReleaseRow, breakdown: Column, problems: &mut Problems) -> Option<Option<AgeSpan>> {
    let age = parse_age(row.text(breakdown));
    if age.is_none() {
        let hint = "age 7, under 3, age 2 and under, age 20 and over, unknown";
        row.problem(breakdown, "is not a known age", Some(hint.to_string()), problems);
    }
    age
}

fn parse_age(label: &str) -> Option<Option<AgeSpan>> {
    let label = label.to_lowercase();
    let age = label.trim_start_matches("aged ").trim_start_matches("age ");
    match age {
        "unknown" => Some(None),
        "under 3" | "2 and under" => AgeSpan::parse("0-2").map(Some),
        "20 and over" => AgeSpan::parse("20-25").map(Some),
        _ => age.parse::<u8>().ok().and_then(|years| AgeSpan::parse(&years.to_string())).map(Some),
    }
}

/// The placement of a row; none for a sum of others, and a problem for anything unknown.
fn placement_of(row: ReleaseRow, breakdown: Column, problems: &mut Problems) -> Option<usize> {
    match read_label(row.text(breakdown)) {
        Some(Labelled::Placement(place)) => Some(place),
        Some(Labelled::Total) => None,
        _ => {
            let hint = suggest_label(row.text(breakdown));
            row.problem(breakdown, "is not a known type of placement", hint, problems);
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_read_in_each_spelling_of_the_tables() {
        let cases = [
            ("age 10", "10"),
            ("Aged 10", "10"),
            ("under 3", "0-2"),
            ("Aged 2 and under", "0-2"),
            ("age 20 and over", "20-25"),
            ("age 25", "25"),
        ];
        for (label, span) in cases {
            assert_eq!(parse_age(label), Some(AgeSpan::parse(span)), "{label}");
        }
        assert_eq!(parse_age("Age unknown"), Some(None));
        assert_eq!(parse_age("age 26"), None);
    }
}
