//! Primary types of need, by the codes of the DfE's SEN2 return.

use std::fmt;

/// A primary type of need.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    Spld,
    Mld,
    Sld,
    Pmld,
    Semh,
    Slcn,
    Hi,
    Vi,
    Msi,
    Pd,
    Asd,
    Oth,
    Ds,
    Nsa,
    /// The source has no primary need for these plans.
    NotRecorded,
}

impl Need {
    pub const ALL: [Need; 15] = [
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
        Need::Nsa,
        Need::NotRecorded,
    ];

    pub fn code(self) -> &'static str {
        match self {
            Need::Spld => "SPLD",
            Need::Mld => "MLD",
            Need::Sld => "SLD",
            Need::Pmld => "PMLD",
            Need::Semh => "SEMH",
            Need::Slcn => "SLCN",
            Need::Hi => "HI",
            Need::Vi => "VI",
            Need::Msi => "MSI",
            Need::Pd => "PD",
            Need::Asd => "ASD",
            Need::Oth => "OTH",
            Need::Ds => "DS",
            Need::Nsa => "NSA",
            Need::NotRecorded => "NR",
        }
    }

    /// What a reader is shown.
    pub fn title(self) -> &'static str {
        match self {
            Need::Spld => "Specific learning difficulty",
            Need::Mld => "Moderate learning difficulty",
            Need::Sld => "Severe learning difficulty",
            Need::Pmld => "Profound and multiple learning difficulty",
            Need::Semh => "Social, emotional and mental health",
            Need::Slcn => "Speech, language and communication needs",
            Need::Hi => "Hearing impairment",
            Need::Vi => "Vision impairment",
            Need::Msi => "Multi-sensory impairment",
            Need::Pd => "Physical disability",
            Need::Asd => "Autistic spectrum disorder",
            Need::Oth => "Other difficulty or disability",
            Need::Ds => "Down syndrome",
            Need::Nsa => "SEN support but no specialist assessment of type of need",
            Need::NotRecorded => "Not recorded",
        }
    }

    pub fn parse(code: &str) -> Option<Need> {
        Need::ALL.into_iter().find(|need| need.code() == code)
    }
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}
