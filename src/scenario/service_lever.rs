//! Levers on services: staff, recruitment, and what a kind of work takes.

use super::lever::Timing;
use crate::domain::age_group::AgeSpan;
use crate::domain::service::Month;
use crate::units::{Factor, Probability};

/// One change to a service. Services, drivers and grades are named by their ids.
#[derive(Clone, Debug, PartialEq)]
pub enum ServiceLever {
    /// `added` planned FTE from a month on; fewer where negative, never below none.
    Staff {
        service: String,
        grade: String,
        from: Month,
        added: f64,
    },
    /// Another mean time to fill a vacancy, from a month on.
    Recruitment {
        service: String,
        grade: String,
        from: Month,
        months: f64,
    },
    /// Another number of hours bought in a year.
    Bought {
        service: String,
        timing: Timing,
        hours: f64,
    },
    Driver {
        service: String,
        driver: String,
        change: DriverChange,
        timing: Timing,
    },
    /// A first look at all who come to a service's list: each takes `hours`, and `kept` of them stay on the list.
    Triage {
        service: String,
        timing: Timing,
        hours: f64,
        kept: Probability,
    },
}

impl ServiceLever {
    /// What a scenario file calls it, with the service it acts on.
    pub fn key(&self) -> String {
        let (key, service) = match self {
            ServiceLever::Staff { service, .. } => ("change_staff", service),
            ServiceLever::Recruitment { service, .. } => ("recruitment", service),
            ServiceLever::Bought { service, .. } => ("buy_hours", service),
            ServiceLever::Driver { service, .. } => ("change_driver", service),
            ServiceLever::Triage { service, .. } => ("add_triage", service),
        };
        format!("{key} of '{service}'")
    }
}

/// What is changed of a kind of work.
#[derive(Clone, Debug, PartialEq)]
pub enum DriverChange {
    /// Uptake, or events per child, times `multiply`, phased in.
    Uptake { multiply: Factor },
    /// Hours per child or case times `multiply`, phased in.
    Hours { multiply: Factor },
    /// Uptake grows by this share each year from the first on.
    Growth { per_year: f64 },
    /// Children who share the hours.
    GroupSize { children: f64 },
    /// Other ages: a threshold moved or dropped.
    Ages { span: AgeSpan },
}
