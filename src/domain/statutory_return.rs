//! Statutory returns to the Department for Education: their forms, the categories in which they ask
//! for plans, and how the settings of an area are spread over these.
//!
//! Three forms: the school capacity return (SCAP), the local SEND reform plan (LSRP) and the
//! management plan of the dedicated schools grant (DSG). The LSRP asks for plans in provisions and in
//! groups of provisions, so it has two sets of categories.
//!
//! The four kinds of place of the school capacity return and the seven placements of the management
//! plan are those of the forms. The names of the fourteen provisions and the seven groups are chosen
//! here from the placements of the SEN2 census: the template of the reform plan was not at hand, and
//! whoever fills it in must hold them against the template of the year. Each provision belongs to one
//! group, so that tables by group and tables by provision add up to each other.

use std::ops::RangeInclusive;

use super::need::Need;

/// A form that a workbook is written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReturnForm {
    SchoolCapacity,
    ReformPlan,
    GrantPlan,
}

impl ReturnForm {
    pub const ALL: [ReturnForm; 3] = [ReturnForm::SchoolCapacity, ReturnForm::ReformPlan, ReturnForm::GrantPlan];

    /// The value of `--form`.
    pub fn code(self) -> &'static str {
        match self {
            ReturnForm::SchoolCapacity => "scap",
            ReturnForm::ReformPlan => "lsrp",
            ReturnForm::GrantPlan => "dsg",
        }
    }

    pub fn title(self) -> &'static str {
        match self {
            ReturnForm::SchoolCapacity => "School capacity return (SCAP)",
            ReturnForm::ReformPlan => "Local SEND reform plan (LSRP)",
            ReturnForm::GrantPlan => "Dedicated schools grant (DSG) management plan",
        }
    }

    /// The sets of categories the form's tables are made of.
    pub fn mapped(self) -> &'static [MappedForm] {
        match self {
            ReturnForm::SchoolCapacity => &[MappedForm::Capacity],
            ReturnForm::ReformPlan => &[MappedForm::Provision, MappedForm::Group],
            ReturnForm::GrantPlan => &[MappedForm::Grant],
        }
    }
}

/// A set of categories that settings are mapped to: the column `form` of `returns.csv`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MappedForm {
    Capacity,
    Provision,
    Group,
    Grant,
}

impl MappedForm {
    pub const ALL: [MappedForm; 4] =
        [MappedForm::Capacity, MappedForm::Provision, MappedForm::Group, MappedForm::Grant];

    pub fn code(self) -> &'static str {
        match self {
            MappedForm::Capacity => "scap",
            MappedForm::Provision => "lsrp_provision",
            MappedForm::Group => "lsrp_group",
            MappedForm::Grant => "dsg",
        }
    }

    /// The categories in the order of the form.
    pub fn categories(self) -> &'static [Category] {
        match self {
            MappedForm::Capacity => &CAPACITY,
            MappedForm::Provision => &PROVISIONS,
            MappedForm::Group => &GROUPS,
            MappedForm::Grant => &GRANT,
        }
    }

    /// The place of a category in [`MappedForm::categories`].
    pub fn find(self, code: &str) -> Option<usize> {
        self.categories().iter().position(|category| category.code == code)
    }
}

/// One category of a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Category {
    /// The value in the column `category`.
    pub code: &'static str,
    /// What a reader is shown.
    pub title: &'static str,
}

/// The category of plans that a form leaves out.
pub const NOT_COUNTED: &str = "not_counted";

const fn category(code: &'static str, title: &'static str) -> Category {
    Category { code, title }
}

const CAPACITY: [Category; 4] = [
    category("UR", "SEN units and resourced provision"),
    category("IN", "Independent special schools"),
    category("SS", "State special schools and non-maintained special schools"),
    category("AP", "Alternative provision"),
];

const PROVISIONS: [Category; 14] = [
    category("early_years", "Non-maintained early years settings"),
    category("mainstream", "Mainstream schools"),
    category("resourced_provision", "Resourced provision in mainstream schools"),
    category("sen_unit", "SEN units in mainstream schools"),
    category("state_special", "Maintained special schools, special academies and free schools"),
    category("non_maintained_special", "Non-maintained special schools"),
    category("independent_special", "Independent special schools"),
    category("alternative_provision", "Alternative provision and pupil referral units"),
    category("general_further_education", "General further education, tertiary and sixth-form colleges"),
    category("other_further_education", "Other registered learning providers"),
    category("specialist_post_16", "Specialist post-16 institutions"),
    category("home_education", "Elective home education and other arrangements by parents"),
    category("eotas", "Other arrangements by the local authority"),
    category("neet_or_other", "Not in education, employment or training; other; not recorded"),
];

/// The place in [`GROUPS`] of each provision.
const GROUP_OF_PROVISION: [usize; 14] = [0, 0, 1, 1, 2, 3, 3, 4, 5, 5, 5, 6, 6, 6];

const GROUPS: [Category; 7] = [
    category("mainstream", "Mainstream schools and early years settings"),
    category("units", "Resourced provision and SEN units"),
    category("state_special", "State special schools"),
    category("independent_special", "Independent and non-maintained special schools"),
    category("alternative_provision", "Alternative provision"),
    category("post_16", "Further education and specialist post-16 institutions"),
    category("other", "Educated elsewhere, not in education, other or not recorded"),
];

const GRANT: [Category; 7] = [
    category("mainstream", "Mainstream schools or academies"),
    category("units", "Resourced provision or SEN units"),
    category("state_special", "Maintained special schools or special academies"),
    category("independent_special", "Non-maintained special schools or independent schools"),
    category("hospital_or_ap", "Hospital schools or alternative provision"),
    category("post_16", "Post-16 and further education"),
    category("other", "Other placements or direct payments"),
];

/// The group, by its place, that a provision belongs to.
pub fn group_of_provision(provision: usize) -> usize {
    GROUP_OF_PROVISION[provision]
}

/// Types of need every form has a row for, in the order of the SEN2 return.
pub const NEEDS: [Need; 13] = [
    Need::Spld,
    Need::Mld,
    Need::Sld,
    Need::Pmld,
    Need::Semh,
    Need::Slcn,
    Need::Hi,
    Need::Vi,
    Need::Msi,
    Need::Pd,
    Need::Asd,
    Need::Oth,
    Need::Ds,
];

/// Needs that have a row only where there are plans with them.
pub const NEEDS_IF_ANY: [Need; 2] = [Need::Nsa, Need::NotRecorded];

/// The two phases of the school capacity return, each with tables of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    Primary,
    Secondary,
}

impl Phase {
    pub const ALL: [Phase; 2] = [Phase::Primary, Phase::Secondary];

    pub fn title(self) -> &'static str {
        match self {
            Phase::Primary => "primary",
            Phase::Secondary => "secondary",
        }
    }

    /// Ages on 31 August before the census: Reception is 4, Year 11 is 15.
    pub fn ages(self) -> RangeInclusive<u8> {
        match self {
            Phase::Primary => 4..=10,
            Phase::Secondary => 11..=15,
        }
    }

    /// The number of the phase's planning area for a place in the categories of the form.
    pub fn planning_area(self, category: usize) -> u32 {
        let first = match self {
            Phase::Primary => 1_803_001,
            Phase::Secondary => 1_803_011,
        };
        first + category as u32
    }
}

/// The year group of an age on 31 August before the census.
pub fn year_group(age: u8) -> String {
    match age {
        4 => "Reception".to_string(),
        _ => format!("Year {}", i32::from(age) - 4),
    }
}

/// One row of `returns.csv`: a share of a setting's plans goes to a category.
#[derive(Clone, Debug, PartialEq)]
pub struct MappedShare {
    pub form: MappedForm,
    /// The place in [`ReturnMapping::settings`].
    pub setting: usize,
    /// The place in [`MappedForm::categories`]; `None` is not counted.
    pub category: Option<usize>,
    /// 0 to 1; those of a form and setting sum to 1.
    pub share: f64,
    pub source: String,
}

impl MappedShare {
    /// The value in the column `category`.
    pub fn category_code(&self) -> &'static str {
        self.category.map_or(NOT_COUNTED, |place| self.form.categories()[place].code)
    }
}

/// Every setting of an area, for every form.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReturnMapping {
    /// Codes of the settings, in the order of the area's table.
    pub settings: Vec<String>,
    pub shares: Vec<MappedShare>,
}

impl ReturnMapping {
    /// The place of a setting.
    pub fn find(&self, setting: &str) -> Option<usize> {
        self.settings.iter().position(|code| code == setting)
    }

    /// Categories of a form that a setting's plans count in, with their shares.
    pub fn counted(&self, form: MappedForm, setting: usize) -> impl Iterator<Item = (usize, f64)> {
        let rows = self.shares.iter().filter(move |row| row.form == form && row.setting == setting);
        rows.filter_map(|row| Some((row.category?, row.share)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn categories_have_codes_of_their_own_and_each_group_has_a_provision() {
        for form in MappedForm::ALL {
            for (place, category) in form.categories().iter().enumerate() {
                assert_eq!(form.find(category.code), Some(place), "{} {}", form.code(), category.code);
                assert_ne!(category.code, NOT_COUNTED);
            }
        }
        let mut groups: Vec<usize> = (0..PROVISIONS.len()).map(group_of_provision).collect();
        groups.dedup();
        assert_eq!(groups, (0..GROUPS.len()).collect::<Vec<_>>());
    }

    #[test]
    fn planning_areas_and_year_groups_of_the_school_capacity_return() {
        assert_eq!(
            (0..4).map(|c| Phase::Primary.planning_area(c)).collect::<Vec<_>>(),
            [1803001, 1803002, 1803003, 1803004]
        );
        assert_eq!(Phase::Secondary.planning_area(3), 1803014);
        let names = |phase: Phase| phase.ages().map(year_group).collect::<Vec<_>>();
        assert_eq!((names(Phase::Primary).len(), names(Phase::Primary)[0].as_str()), (7, "Reception"));
        assert_eq!(names(Phase::Primary)[6], "Year 6");
        assert_eq!(names(Phase::Secondary), ["Year 7", "Year 8", "Year 9", "Year 10", "Year 11"]);
    }
}
