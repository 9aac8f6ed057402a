//! The release of reporting year 2022 (statements and plans, 2010 to 2022): the last of the returns
//! that were sums, one file per breakdown.
//!
//! - `sen2_age_caseload`, `sen2_age_new_plans`: January stock and new plans of the calendar year by
//!   five age bands. `sen2_estab_caseload`, `sen2_estab_new_plans`: the same by type of
//!   establishment. `sen2_mi`: requests for an assessment, 2016 to 2021.
//! - `Total_all` adds statements and plans: until 2018 both were in force.
//! - The two totals of a year may differ a little; those of the age files are used, as their bands
//!   add up. Types come and go from year to year: a type without a row was not asked for.

use std::collections::{BTreeMap, BTreeSet};

use super::super::problem::Problems;
use super::archive::{Allowance, Archive};
use super::placements::{AWAITING_PROVISION, Labelled, place_of, read_label, suggest_label};
use super::release_table::{AreaKey, AreaName, ReleaseTable};
use crate::domain::age_group::{AgeGroup, AgeSpan};

/// The file that tells this release from others.
pub const MARK: &str = "sen2_age_caseload.csv";

const BANDS: [(&str, AgeGroup); 5] = [
    ("Under 5", AgeGroup::Under5),
    ("Age 5 to 10", AgeGroup::From5To10),
    ("Age 11 to 15", AgeGroup::From11To15),
    ("Age 16 to 19", AgeGroup::From16To19),
    ("Age 20 to 25", AgeGroup::From20To25),
];

/// The tables of the release.
pub struct Release2022 {
    age: [ReleaseTable; 2],
    establishment: [ReleaseTable; 2],
    requests: ReleaseTable,
}

/// Which of a pair of tables.
#[derive(Clone, Copy)]
pub enum Count {
    Stock,
    NewPlans,
}

/// A stock or flow of an area, year by year, as far as available.
#[derive(Default)]
pub struct History {
    pub totals: BTreeMap<u16, u32>,
    pub bands: BTreeMap<(u16, AgeSpan), u32>,
    /// By place in [`PLACEMENTS`](super::placements::PLACEMENTS).
    pub placements: BTreeMap<u16, BTreeMap<usize, u32>>,
}

impl Count {
    fn column(self) -> &'static str {
        match self {
            Count::Stock => "Total_all",
            Count::NewPlans => "Total_new_all",
        }
    }
}

impl Release2022 {
    pub fn read(archive: &Archive, allowance: &Allowance, problems: &mut Problems) -> Option<Release2022> {
        let mut table = |name: &str, columns: &[&str]| {
            let file = archive.read(&format!("{name}.csv"), allowance, problems)?;
            ReleaseTable::parse(&file, columns, None, problems)
        };
        // Each is read even if another cannot be: all problems of a release are shown together.
        let age_stock = table("sen2_age_caseload", &["characteristic_age", "Total_all"]);
        let age_new = table("sen2_age_new_plans", &["characteristic_age", "Total_new_all"]);
        let by_type = ["establishment_type", "establishment_group"];
        let stock = table("sen2_estab_caseload", &[by_type.as_slice(), &["Total_all"]].concat());
        let new = table("sen2_estab_new_plans", &[by_type.as_slice(), &["Total_new_all"]].concat());
        let requests = table("sen2_mi", &["InreqEHC"]);
        Some(Release2022 { age: [age_stock?, age_new?], establishment: [stock?, new?], requests: requests? })
    }

    pub fn names(&self) -> Vec<AreaName> {
        self.age[0].names()
    }

    /// Stock or new plans of an area.
    pub fn history(&self, area: &AreaKey, count: Count, problems: &mut Problems) -> History {
        let mut history = History::default();
        self.read_ages(area, count, &mut history, problems);
        self.read_placements(area, count, &mut history, problems);
        history
    }

    /// Requests received in the calendar year.
    pub fn requests(&self, area: &AreaKey, problems: &mut Problems) -> BTreeMap<u16, u32> {
        let [time, requests] = ["time_period", "InreqEHC"].map(|name| self.requests.column(name));
        let rows = self.requests.rows_of(area);
        rows.filter_map(|row| Some((row.year(time, problems)?, row.count(requests, problems)?))).collect()
    }

    fn read_ages(&self, area: &AreaKey, count: Count, history: &mut History, problems: &mut Problems) {
        let table = &self.age[count as usize];
        let [time, band, plans] = ["time_period", "characteristic_age", count.column()].map(|name| table.column(name));
        for row in table.rows_of(area) {
            let (Some(year), Some(plans)) = (row.year(time, problems), row.count(plans, problems)) else { continue };
            let known = BANDS.iter().find(|(label, _)| *label == row.text(band));
            let twice = match (row.text(band), known) {
                ("Total", _) => history.totals.insert(year, plans).is_some(),
                (_, Some((_, group))) => history.bands.insert((year, group.span()), plans).is_some(),
                _ => {
                    let hint = BANDS.map(|(label, _)| label).join(", ");
                    row.problem(band, "is not a known band of age", Some(format!("known: {hint}")), problems);
                    false
                }
            };
            if twice {
                row.problem(band, &format!("has two rows for {year}"), None, problems);
            }
        }
    }

    fn read_placements(&self, area: &AreaKey, count: Count, history: &mut History, problems: &mut Problems) {
        let table = &self.establishment[count as usize];
        let columns = ["time_period", "establishment_type", count.column()].map(|name| table.column(name));
        let [time, label, plans] = columns;
        let mut awaiting: BTreeMap<u16, u32> = BTreeMap::new();
        let mut seen = BTreeSet::new();
        for row in table.rows_of(area) {
            let (Some(year), Some(plans)) = (row.year(time, problems), row.count(plans, problems)) else { continue };
            let known = read_label(row.text(label));
            if known != Some(Labelled::Total) && !seen.insert((year, row.text(label))) {
                row.problem(label, &format!("has two rows for {year}"), None, problems);
            }
            match known {
                Some(Labelled::Total) => {}
                // Several finer types may belong to one placement.
                Some(Labelled::Placement(place)) => {
                    *history.placements.entry(year).or_default().entry(place).or_default() += plans;
                }
                Some(Labelled::AwaitingProvisionPart) => *awaiting.entry(year).or_default() += plans,
                None => {
                    let hint = suggest_label(row.text(label));
                    row.problem(label, "is not a known type of placement", hint, problems);
                }
            }
        }
        // A year may give the parts, their total, or both: never added up.
        let place = place_of(AWAITING_PROVISION);
        for (year, plans) in awaiting {
            history.placements.entry(year).or_default().entry(place).or_insert(plans);
        }
    }
}
