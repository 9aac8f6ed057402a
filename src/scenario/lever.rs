//! The levers, with their units and bounds.

use super::place_lever::PlaceLever;
use super::service_lever::ServiceLever;
use crate::domain::age_group::AgeSpan;
use crate::domain::codes::codes;
use crate::domain::money::FinancialYear;
use crate::domain::need::Need;
use crate::domain::service::Estimate;
use crate::domain::setting::SettingId;
use crate::units::{Factor, Probability};

/// Largest factor a lever may put on a rate.
pub const MOST_FACTOR: f64 = 5.0;
/// Most levers on the setting mix in one scenario: each has random draws of its own.
pub const MOST_MIXES: usize = 32;

/// A named overlay of levers on the baseline.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// Used in file names, `--scenario` and the column `scenario`.
    pub name: String,
    /// One line for readers.
    pub title: String,
    pub kind: ScenarioKind,
    pub levers: Vec<Lever>,
    pub places: Vec<PlaceLever>,
    pub services: Vec<ServiceLever>,
    pub spending: Vec<Spending>,
}

codes! {
    /// What a scenario is to those who choose among options.
    ScenarioKind:
    Option "option" "Something that can be decided.";
    DoMinimum "do_minimum" "The least that can be decided.";
    Outlook "outlook" "Something that may happen whatever is decided: no option.";
}

/// What a scenario spends in a financial year on a line of cost, in pounds of the line's price year.
#[derive(Clone, Debug, PartialEq)]
pub struct Spending {
    pub line: String,
    pub year: FinancialYear,
    pub pounds: f64,
}

/// Nothing slips by more years than these.
pub const MOST_SLIPPAGE: u16 = 10;

/// The name of the scenario with no lever.
pub const BASELINE: &str = "baseline";

impl Scenario {
    pub fn baseline() -> Scenario {
        Scenario {
            name: BASELINE.to_string(),
            title: "No change to fitted rates".to_string(),
            kind: ScenarioKind::Option,
            levers: Vec::new(),
            places: Vec::new(),
            services: Vec::new(),
            spending: Vec::new(),
        }
    }

    /// The same scenario with what it opens, adds and spends `years` later.
    pub fn slipped(mut self, years: u16) -> Scenario {
        for lever in &mut self.places {
            match lever {
                PlaceLever::Open(provider) => provider.places.iter_mut().for_each(|(september, _)| *september += years),
                PlaceLever::Change { september, .. } => *september += years,
                _ => {}
            }
        }
        self.spending.iter_mut().for_each(|spending| spending.year = spending.year.plus(usize::from(years)));
        self
    }
}

/// One thing a scenario changes, where and when.
#[derive(Clone, Debug, PartialEq)]
pub struct Lever {
    pub change: Change,
    pub reach: Reach,
    pub timing: Timing,
}

/// What is changed.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// New plans, with the requests and assessments behind them, times `multiply`.
    JoinerRate { multiply: Factor },
    /// `share` of those bound for a setting in reach go to one of `to` instead.
    SettingMix { who: Who, share: Probability, to: Vec<(SettingId, Probability)> },
    /// The yearly probability that a plan ceases, times `multiply`.
    LeaverHazard { multiply: Factor },
    /// Support for pupils on SEN support, at a cost in pounds for each and year: for the `reach` of them who get it,
    /// the chance of a plan falls by `effect`, `lag_years` after they do.
    EarlySupport { reach: Probability, effect: Estimate, lag_years: u16, cost_per_pupil: f64 },
}

/// Whose setting a diversion changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    Joiners,
    Movers,
    JoinersAndMovers,
}

impl Who {
    pub fn joiners(self) -> bool {
        self != Who::Movers
    }

    pub fn movers(self) -> bool {
        self != Who::Joiners
    }
}

/// Which children a lever acts on. An empty list means all.
#[derive(Clone, Debug, PartialEq)]
pub struct Reach {
    /// Age at the census that opens the year.
    pub ages: AgeSpan,
    pub needs: Vec<Need>,
    pub settings: Vec<SettingId>,
}

impl Reach {
    pub fn everyone() -> Reach {
        Reach { ages: AgeSpan::ALL, needs: Vec::new(), settings: Vec::new() }
    }
}

/// In which calendar years a lever acts, and how far it is phased in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    pub from: u16,
    /// Last year it acts; for good where none is given.
    pub until: Option<u16>,
    /// Years over which it grows to full strength, in equal steps; 1 is at once.
    pub phase_in_years: u16,
}

impl Timing {
    /// The part of the lever in force in a calendar year: 0 to 1.
    pub fn strength(self, year: u16) -> f64 {
        if year < self.from || self.until.is_some_and(|last| year > last) {
            return 0.0;
        }
        let steps = f64::from(year - self.from) + 1.0;
        (steps / f64::from(self.phase_in_years.max(1))).min(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_three_year_phase_in_by_hand() {
        let timing = Timing { from: 2026, until: Some(2029), phase_in_years: 3 };
        let strengths: Vec<f64> = (2025..=2030).map(|year| timing.strength(year)).collect();
        assert_eq!(strengths, vec![0.0, 1.0 / 3.0, 2.0 / 3.0, 1.0, 1.0, 0.0]);
    }
}
