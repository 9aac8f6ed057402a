//! Places: providers, what they take, and where children go who find none.
//!
//! A setting with providers has no more places than they have: it is limited. All other settings take
//! everybody who is bound for them.

use serde::{Deserialize, Serialize};

use super::age_group::AgeSpan;
use super::assumption::Confidence;
use super::need::Need;
use super::planning_area::Location;
use super::setting::SettingId;
use crate::units::{Age, Probability};

macro_rules! kinds {
    ($($variant:ident $code:literal $meaning:literal;)+) => {
        /// What a provider is built as.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Kind { $(#[doc = $meaning] $variant,)+ }

        impl Kind {
            pub const ALL: &[Kind] = &[$(Kind::$variant,)+];

            pub fn code(self) -> &'static str {
                match self { $(Kind::$variant => $code,)+ }
            }
        }
    };
}

kinds! {
    School "school" "A school that stands.";
    NewBuild "new_build" "A school to be built.";
    Satellite "satellite" "A second site of a school.";
    Unit "unit" "A unit or resourced provision in a mainstream school.";
    Independent "independent" "Places bought from independent or non-maintained schools.";
    NotListed "not_listed" "Places in use that no table lists.";
}

/// Whom a provider takes.
#[derive(Clone, Debug, PartialEq)]
pub struct Designation {
    /// Ages on the 31 August before the school year.
    pub ages: AgeSpan,
    /// All needs where none is listed.
    pub needs: Vec<Need>,
}

impl Designation {
    pub fn takes(&self, age: Age, need: Need) -> bool {
        // Nobody can say of a need that is not recorded that it is another.
        let fits = self.needs.is_empty() || self.needs.contains(&need) || need == Need::NotRecorded;
        self.ages.contains(age) && fits
    }
}

/// A school, a unit, or capacity bought, with places from a September on.
#[derive(Clone, Debug, PartialEq)]
pub struct Provider {
    pub id: String,
    pub name: String,
    pub setting: SettingId,
    /// Number of its planning area; `None` serves all alike.
    pub area: Option<usize>,
    pub kind: Kind,
    pub designation: Designation,
    /// Designations that take over from a September on, in order.
    pub redesignated: Vec<(u16, Designation)>,
    /// Places from each September on, in order: opening, expansion, reduction, closure (0).
    pub places: Vec<(u16, u32)>,
    /// Pupils per place it may have.
    pub occupancy_limit: f64,
    pub location: Option<Location>,
    pub source: String,
    pub confidence: Confidence,
}

/// As many pupils as there may be: of a provider whose places nothing limits.
pub const UNLIMITED: u32 = u32::MAX;

impl Provider {
    /// Places in a September; 0 before it opens.
    pub fn places_in(&self, september: u16) -> u32 {
        self.places.iter().rev().find(|(from, _)| *from <= september).map_or(0, |(_, places)| *places)
    }

    /// Pupils it may have from a September on: its places times its occupancy limit, whole children.
    pub fn room_in(&self, september: u16) -> u32 {
        match self.places_in(september) {
            UNLIMITED => UNLIMITED,
            places => (f64::from(places) * self.occupancy_limit + 1e-9) as u32,
        }
    }

    pub fn designation_in(&self, september: u16) -> &Designation {
        let latest = self.redesignated.iter().rev().find(|(from, _)| *from <= september);
        latest.map_or(&self.designation, |(_, designation)| designation)
    }
}

/// How children without a place are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// In a setting that does not meet their need, until a place is free.
    Waiting,
    /// Placed in another setting.
    Overflow,
}

/// When a child without a place asks for one again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Return {
    EveryYear,
    /// On entry to Reception and Years 3, 7, 12 and 14.
    AtPhaseTransfer,
    /// Never: counted in the year of the refusal, at home in the other setting from then on.
    Never,
}

/// Where a share of the children go who find no place in a setting.
#[derive(Clone, Debug, PartialEq)]
pub struct OverflowRule {
    pub setting: SettingId,
    pub to: SettingId,
    pub share: Probability,
    pub status: Status,
    pub returns: Return,
    pub source: String,
    pub confidence: Confidence,
}

/// All providers, and the rules for those who find no place.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Places {
    pub providers: Vec<Provider>,
    /// The rules of a setting stand together.
    pub overflow: Vec<OverflowRule>,
}

impl Places {
    /// How many providers there may be.
    pub const MOST_PROVIDERS: usize = 240;
    /// How many overflow rules a setting may have.
    pub const MOST_RULES: usize = 16;

    /// Settings that have providers, in the order of the area's settings.
    pub fn limited(&self) -> Vec<SettingId> {
        let mut limited: Vec<SettingId> = self.providers.iter().map(|provider| provider.setting).collect();
        limited.sort_unstable();
        limited.dedup();
        limited
    }

    pub fn find(&self, id: &str) -> Option<usize> {
        self.providers.iter().position(|provider| provider.id == id)
    }

    /// Pupils that a setting has room for from a September on.
    pub fn room_in(&self, setting: SettingId, september: u16) -> u32 {
        let own = self.providers.iter().filter(|provider| provider.setting == setting);
        own.map(|provider| provider.room_in(september)).fold(0, u32::saturating_add)
    }
}

/// Ages at which children enter a phase of education: Reception, Years 3, 7, 12 and 14, by age on the
/// 31 August before the school year.
pub const PHASE_TRANSFER_AGES: [u8; 5] = [4, 7, 11, 16, 18];

/// Phases of education, by age on the 31 August before the school year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Phase {
    EarlyYears,
    Primary,
    Secondary,
    Post16,
}

impl Phase {
    pub const ALL: [Phase; 4] = [Phase::EarlyYears, Phase::Primary, Phase::Secondary, Phase::Post16];

    pub const fn of_years(years: usize) -> Phase {
        match years {
            0..=3 => Phase::EarlyYears,
            4..=10 => Phase::Primary,
            11..=15 => Phase::Secondary,
            _ => Phase::Post16,
        }
    }

    /// The value in the column `age_group`.
    pub fn code(self) -> &'static str {
        match self {
            Phase::EarlyYears => "early_years",
            Phase::Primary => "primary",
            Phase::Secondary => "secondary",
            Phase::Post16 => "post_16",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::setting::{Setting, Settings};

    fn provider(places: &[(u16, u32)], occupancy_limit: f64) -> Provider {
        let settings = Settings::new(vec![Setting { code: "x".into(), name: "X".into(), ages: AgeSpan::ALL }]);
        let designation = |ages: &str, needs: &[Need]| Designation {
            ages: AgeSpan::parse(ages).expect("valid"),
            needs: needs.to_vec(),
        };
        Provider {
            id: "p".into(),
            name: "P".into(),
            setting: settings.expect("one").find("x").expect("listed"),
            area: None,
            kind: Kind::School,
            designation: designation("4-10", &[Need::Asd]),
            redesignated: vec![(2028, designation("4-15", &[]))],
            places: places.to_vec(),
            occupancy_limit,
            location: None,
            source: String::new(),
            confidence: Confidence::Low,
        }
    }

    #[test]
    fn a_school_opens_grows_and_closes_by_hand() {
        let school = provider(&[(2026, 40), (2027, 85), (2030, 0)], 1.05);
        let places: Vec<u32> = (2025..=2031).map(|september| school.places_in(september)).collect();
        assert_eq!(places, [0, 40, 85, 85, 85, 0, 0]);
        // 85 · 1.05 = 89.25 pupils; 40 · 1.05 is 42 to the last.
        assert_eq!([2026, 2029, 2030].map(|september| school.room_in(september)), [42, 89, 0]);
        assert_eq!(provider(&[(2026, UNLIMITED)], 1.0).room_in(2026), UNLIMITED);
    }

    #[test]
    fn a_designation_changes_in_its_september() {
        let school = provider(&[(2020, 10)], 1.0);
        let takes = |september, age, need| school.designation_in(september).takes(Age::at(age), need);
        assert!(takes(2027, 10, Need::Asd) && !takes(2027, 11, Need::Asd) && !takes(2027, 10, Need::Semh));
        assert!(takes(2028, 11, Need::Semh) && !takes(2028, 16, Need::Semh));
    }
}
