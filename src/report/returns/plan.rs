//! What a return asks of a run: form, scenarios, years, and from these the figures of the forecast.

use std::collections::BTreeSet;

use crate::domain::statutory_return::{Phase, ReturnForm};
use crate::input::run_folder::FinishedRun;
use crate::input::run_means::{Axis, RunMeasure, Wanted};
use crate::units::CensusYear;

/// Calendar years of the reform plan and the management plan: the base year and those after it.
pub const CALENDAR_YEARS: u16 = 5;

/// A return to be written.
#[derive(Clone, Debug)]
pub struct ReturnPlan {
    pub form: ReturnForm,
    /// The scenario returned; for the management plan, the mitigated one after it if there is one.
    pub versions: Vec<Version>,
    /// Academic years after the base census, for the school capacity return.
    pub primary_years: u16,
    pub secondary_years: u16,
}

/// A scenario, and what it is called in the return.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    pub kind: VersionKind,
    pub scenario: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VersionKind {
    Unmitigated,
    Mitigated,
}

impl VersionKind {
    pub fn title(self) -> &'static str {
        match self {
            VersionKind::Unmitigated => "Unmitigated",
            VersionKind::Mitigated => "Mitigated",
        }
    }
}

impl ReturnPlan {
    /// Academic years of a phase.
    pub fn years_of(&self, phase: Phase) -> u16 {
        match phase {
            Phase::Primary => self.primary_years,
            Phase::Secondary => self.secondary_years,
        }
    }

    /// The last January the form needs; flows of a calendar year end in the January after it.
    pub fn last_census(&self, base: CensusYear) -> CensusYear {
        let after = match self.form {
            ReturnForm::SchoolCapacity => self.primary_years.max(self.secondary_years),
            ReturnForm::ReformPlan => CALENDAR_YEARS,
            ReturnForm::GrantPlan => CALENDAR_YEARS - 1,
        };
        base.plus(usize::from(after))
    }

    /// The figures the form is made of.
    pub fn wanted(&self, base: CensusYear) -> Vec<Wanted> {
        let (first, last) = (base.0, base.0 + CALENDAR_YEARS - 1);
        let by = |axes: &[Axis]| axes.iter().copied().collect::<BTreeSet<Axis>>();
        let plans = |splits: Vec<BTreeSet<Axis>>| Wanted { measures: vec![RunMeasure::Plans], first, last, splits };
        match self.form {
            ReturnForm::SchoolCapacity => vec![Wanted {
                measures: vec![RunMeasure::PlansByAgeNeeded, RunMeasure::PlansByAge],
                first: base.0 + 1,
                last: self.last_census(base).0,
                splits: vec![by(&[Axis::Setting, Axis::Age])],
            }],
            ReturnForm::ReformPlan => {
                let flow = |measure| Wanted { measures: vec![measure], first, last, splits: vec![by(&[Axis::Age])] };
                let flows = [RunMeasure::Requests, RunMeasure::Assessments, RunMeasure::NewPlans].map(flow);
                let plans = plans(vec![by(&[Axis::Need, Axis::Setting]), by(&[Axis::Setting, Axis::Age])]);
                std::iter::once(plans).chain(flows).collect()
            }
            ReturnForm::GrantPlan => vec![plans(vec![by(&[Axis::Need, Axis::Setting, Axis::Age])])],
        }
    }

    /// The title of the workbook.
    pub fn title(&self, run: &FinishedRun) -> String {
        format!("{}: {}", run.area_name, self.form.title())
    }
}

/// The calendar years of the reform plan and the management plan.
pub fn calendar_years(base: CensusYear) -> impl Iterator<Item = u16> + Clone {
    base.0..base.0 + CALENDAR_YEARS
}
