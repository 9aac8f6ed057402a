//! Placements as the releases count them, under one id each, and the settings they belong to.
//!
//! The release of 2025 names placements by column in two tables and by label in the others; the
//! release of 2022 by label, with other spellings and finer or coarser types in different years.
//! The columns of 2025 are the ids. Work-based routes (apprenticeships and the like) have no column
//! since and count as other types of placement; sixth form and other further education colleges
//! count with general further education, as the columns of 2025 do.

use super::super::suggest::suggest_name;

/// A published placement.
pub struct Placement {
    /// The column of the release of 2025, or an id in its manner.
    pub id: &'static str,
    pub label: &'static str,
    /// The setting it belongs to in an area folder.
    pub setting: &'static str,
    /// Labels of the releases in lower case; a cell is this placement if it has one of them.
    known_as: &'static [&'static str],
}

/// What a label of a release stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Labelled {
    /// A sum of other rows.
    Total,
    /// The place in [`PLACEMENTS`].
    Placement(usize),
    /// One of several rows that add up to those awaiting provision.
    AwaitingProvisionPart,
}

/// A setting of an area folder: code, name and the ages at which plans are held there, wide enough
/// for England's counts of 2024 and 2025.
pub const SETTINGS: [(&str, &str, u8, u8); 13] = [
    ("early_years", "Early years", 0, 24),
    ("mainstream", "Mainstream school", 0, 25),
    ("resourced_provision", "Resourced provision or SEN unit", 0, 23),
    ("state_special", "State special school", 0, 25),
    ("independent_special", "Independent or non-maintained special school", 0, 25),
    ("alternative_provision", "Alternative provision", 0, 24),
    ("further_education", "Further education", 0, 25),
    ("specialist_post_16", "Specialist post-16 institution", 5, 25),
    ("home_education", "Elective home education", 0, 25),
    ("eotas", "Education otherwise than at school", 0, 25),
    ("neet", "Not in education, employment or training", 0, 25),
    ("other", "Other schools and arrangements", 0, 25),
    ("not_recorded", "Setting not recorded", 0, 25),
];

/// In the published total and in no published placement.
pub const NOT_IN_BREAKDOWN: &str = "not_in_breakdown";
/// The returns' own "not recorded".
pub const NOT_RECORDED: &str = "placement_unknown";
/// Until 2022.
pub const AWAITING_PROVISION: &str = "await_prov_2022";
/// Placements that are no column of the release of 2025.
const NO_COLUMN: [&str; 2] = ["hospital_school", NOT_IN_BREAKDOWN];

pub const PLACEMENTS: [Placement; 37] = [
    Placement {
        id: "nm_early_years",
        label: "Non-maintained early years setting",
        setting: "early_years",
        known_as: &["non-maintained early years"],
    },
    Placement {
        id: "mainstream_la_maintained",
        label: "Mainstream - LA maintained school",
        setting: "mainstream",
        known_as: &["mainstream - la maintained"],
    },
    Placement {
        id: "mainstream_academy",
        label: "Mainstream - academy",
        setting: "mainstream",
        known_as: &["mainstream - academy"],
    },
    Placement {
        id: "mainstream_free_school",
        label: "Mainstream - free school",
        setting: "mainstream",
        known_as: &["mainstream - free school"],
    },
    Placement {
        id: "mainstream_independent",
        label: "Mainstream - independent school",
        setting: "mainstream",
        known_as: &["mainstream - independent"],
    },
    Placement {
        id: "mainstream_la_maintained_resourced_provision",
        label: "Mainstream - LA maintained school (resourced provision)",
        setting: "resourced_provision",
        known_as: &[
            "mainstream - la maintained (resourced provision)",
            "mainstream - la maintained - resourced provision",
        ],
    },
    Placement {
        id: "mainstream_la_maintained_senunit",
        label: "Mainstream - LA maintained school (SEN unit)",
        setting: "resourced_provision",
        known_as: &["mainstream - la maintained (sen unit)", "mainstream - la maintained - sen unit"],
    },
    Placement {
        id: "mainstream_academy_resourced_provision",
        label: "Mainstream - academy (resourced provision)",
        setting: "resourced_provision",
        known_as: &["mainstream - academy (resourced provision)", "mainstream - academy - resourced provision"],
    },
    Placement {
        id: "mainstream_academy_senunit",
        label: "Mainstream - academy (SEN unit)",
        setting: "resourced_provision",
        known_as: &["mainstream - academy (sen unit)", "mainstream - academy - sen unit"],
    },
    Placement {
        id: "mainstream_free_school_resourced_provision",
        label: "Mainstream - free school (resourced provision)",
        setting: "resourced_provision",
        known_as: &["mainstream - free school (resourced provision)", "mainstream - free school - resourced provision"],
    },
    Placement {
        id: "mainstream_free_school_senunit",
        label: "Mainstream - free school (SEN unit)",
        setting: "resourced_provision",
        known_as: &["mainstream - free school (sen unit)", "mainstream - free school - sen unit"],
    },
    Placement {
        id: "special_la_maintained",
        label: "Special - LA maintained school",
        setting: "state_special",
        known_as: &["special - la maintained"],
    },
    Placement {
        id: "special_academy_free",
        label: "Special - academy or free school",
        setting: "state_special",
        known_as: &[
            "special - academy/free schools",
            "special - academy/free school",
            "special - academy/free",
            "special - academy",
            "special - free school",
        ],
    },
    Placement {
        id: "hospital_school",
        label: "Hospital school (counted on its own until 2018)",
        setting: "state_special",
        known_as: &["hospital school"],
    },
    Placement {
        id: "special_independent",
        label: "Special - independent school",
        setting: "independent_special",
        known_as: &["special - independent"],
    },
    Placement {
        id: "special_non_maintained",
        label: "Special - non-maintained school",
        setting: "independent_special",
        known_as: &["special - non-maintained"],
    },
    Placement {
        id: "ap_pru_la_maintained",
        label: "Pupil referral unit - LA maintained",
        setting: "alternative_provision",
        known_as: &["ap/pru - la maintained"],
    },
    Placement {
        id: "ap_pru_academy",
        label: "Alternative provision - academy",
        setting: "alternative_provision",
        known_as: &["ap/pru - academy"],
    },
    Placement {
        id: "ap_pru_free_school",
        label: "Alternative provision - free school",
        setting: "alternative_provision",
        known_as: &["ap/pru - free school"],
    },
    Placement {
        id: "general_fe_tertiary_colleges",
        label: "General further education and tertiary college or sixth form",
        setting: "further_education",
        known_as: &[
            "fe - general fe and tertiary colleges",
            "general fe and tertiary colleges/he",
            "other fe",
            "sixth form college",
        ],
    },
    Placement {
        id: "ukrlp_provider",
        label: "Other registered learning provider (UKRLP)",
        setting: "further_education",
        known_as: &["fe - ukrlp provider"],
    },
    Placement {
        id: "specialist_post_16_institutions",
        label: "Specialist post-16 institution",
        setting: "specialist_post_16",
        known_as: &[
            "fe - specialist post-16 institutions",
            "specialist post-16 institutions",
            "independent specialist providers",
        ],
    },
    Placement {
        id: "elective_home_education",
        label: "Elective home education",
        setting: "home_education",
        known_as: &["educated elsewhere - elective home education", "elective home education"],
    },
    Placement {
        id: "other_arrangements_parents",
        label: "Other arrangements made by parents",
        setting: "home_education",
        known_as: &["educated elsewhere - other arrangements by parents", "other arrangements by parents"],
    },
    Placement {
        id: "other_arrangements_la",
        label: "Other arrangements made by the local authority",
        setting: "eotas",
        known_as: &["educated elsewhere - other arrangements by la", "other arrangements by local authority"],
    },
    Placement {
        id: "online_provider",
        label: "Online provider",
        setting: "eotas",
        known_as: &["educated elsewhere - online provider"],
    },
    Placement {
        id: "neet",
        label: "Not in education employment or training",
        setting: "neet",
        known_as: &["educated elsewhere - neet", "neet"],
    },
    Placement {
        id: "neet_ntci",
        label: "Not in education or training - notice to cease issued",
        setting: "neet",
        known_as: &["educated elsewhere - not in education or training (notice to cease issued)"],
    },
    Placement {
        id: "neet_other",
        label: "Not in education or training - other ages",
        setting: "neet",
        known_as: &["educated elsewhere - not in education or training (other)"],
    },
    Placement {
        id: "neet_other_csa",
        label: "Not in education or training - compulsory school age",
        setting: "neet",
        known_as: &["educated elsewhere - not in education or training (compulsory school age)"],
    },
    Placement {
        id: "w_settings",
        label: "Welsh school or establishment",
        setting: "other",
        known_as: &["educated elsewhere - welsh establishment"],
    },
    Placement {
        id: "other_schools",
        label: "Other school or establishment",
        setting: "other",
        known_as: &["educated elsewhere - other schools and establishments"],
    },
    Placement {
        id: "other_placement_settings",
        label: "Other type of placement",
        setting: "other",
        known_as: &[
            "educated elsewhere - other placement settings",
            "other",
            "apprenticeship",
            "supported internship",
            "traineeship",
            "work-based learning",
        ],
    },
    Placement {
        id: "placement_unknown",
        label: "Placement not recorded",
        setting: "not_recorded",
        known_as: &["placement not recorded"],
    },
    Placement {
        id: "await_prov_2022",
        label: "Awaiting provision (until 2022)",
        setting: "not_recorded",
        known_as: &[],
    },
    Placement {
        id: "perm_ex_2022",
        label: "Permanently excluded (until 2022)",
        setting: "other",
        known_as: &["permanently excluded"],
    },
    Placement {
        id: "not_in_breakdown",
        label: "In the published total and in no published placement",
        setting: "not_recorded",
        known_as: &[],
    },
];

/// Those with a column in the release of 2025, as places in [`PLACEMENTS`].
pub fn with_column() -> impl Iterator<Item = usize> {
    (0..PLACEMENTS.len()).filter(|place| !NO_COLUMN.contains(&PLACEMENTS[*place].id))
}

/// The place of an id in [`PLACEMENTS`].
pub fn place_of(id: &str) -> usize {
    PLACEMENTS.iter().position(|placement| placement.id == id).expect("ids are constants of this crate")
}

/// What a label stands for; `None` when no release used it.
pub fn read_label(label: &str) -> Option<Labelled> {
    let label = label.trim().to_lowercase();
    if label == "total" || label.ends_with(" - total") && !label.starts_with("awaiting") {
        return Some(Labelled::Total);
    }
    if label == "awaiting provision - total" {
        return Some(Labelled::Placement(place_of(AWAITING_PROVISION)));
    }
    if label.starts_with("awaiting provision - ") {
        return Some(Labelled::AwaitingProvisionPart);
    }
    let known = |placement: &Placement| placement.known_as.contains(&label.as_str());
    PLACEMENTS.iter().position(known).map(Labelled::Placement)
}

/// The known label nearest to one that is not.
pub fn suggest_label(label: &str) -> Option<String> {
    suggest_name(label, PLACEMENTS.iter().flat_map(|placement| placement.known_as.iter().copied()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_label_belongs_to_one_placement_and_each_placement_to_a_setting() {
        let mut labels: Vec<&str> = PLACEMENTS.iter().flat_map(|p| p.known_as.iter().copied()).collect();
        let count = labels.len();
        labels.sort_unstable();
        labels.dedup();
        assert_eq!(labels.len(), count);
        assert!(labels.iter().all(|label| label.to_lowercase() == **label));
        for placement in &PLACEMENTS {
            assert!(SETTINGS.iter().any(|s| s.0 == placement.setting), "{}", placement.id);
        }
    }

    #[test]
    fn spellings_of_both_releases_are_known() {
        let cases = [
            ("Special - Academy/free schools", "special_academy_free"),
            ("Special - academy/free school", "special_academy_free"),
            ("Mainstream - Academy - Resourced Provision", "mainstream_academy_resourced_provision"),
            ("Mainstream - academy (resourced provision)", "mainstream_academy_resourced_provision"),
            ("Awaiting provision - total", "await_prov_2022"),
        ];
        for (label, id) in cases {
            assert_eq!(read_label(label), Some(Labelled::Placement(place_of(id))), "{label}");
        }
        assert_eq!(read_label("FE - total"), Some(Labelled::Total));
        assert_eq!(read_label("Forest school"), None);
    }
}
