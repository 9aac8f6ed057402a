//! Plans and their stages in time, as far as waits for staff decide it.
//!
//! The time from a request to a plan is log-normal. Its median in the first year is what gives the published share
//! of plans in time; from then on it is as many weeks longer or shorter as the waits of its stages together: for
//! the decision whether to assess, for advice and for the draft, by the longest way through their lists:
//!   share = Φ((ln 20 − ln(m + Σ(w − w₀)))/σ),  m = 20·e^(−σ·z(published share)),
//! w₀ being the waits of the same future in the baseline's first year: all start from what is published. Decisions within 6 weeks likewise, with the wait for these
//! alone and their own published share. Drafts are due four weeks before plans and made as long before them. All
//! else that makes a plan late stays as it is.

use serde::{Deserialize, Serialize};

use super::figures::Outcome;
use super::series::Series;
use super::service_series::stage_weeks;
use crate::domain::assumption::{AssumptionKey, Assumptions};
use crate::domain::service::AssessmentPart;
use crate::model::service_model::ServiceModel;
use crate::numerics::normal::{normal_quantile, normal_share_below};

/// What regulations set a time for, counted from the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Deadline {
    Decision,
    Draft,
    Plan,
}

impl Deadline {
    pub const ALL: [Deadline; 3] = [Deadline::Decision, Deadline::Draft, Deadline::Plan];

    pub fn weeks(self) -> f64 {
        match self {
            Deadline::Decision => 6.0,
            Deadline::Draft => 16.0,
            Deadline::Plan => 20.0,
        }
    }

    /// The column `measure`.
    pub fn name(self) -> &'static str {
        match self {
            Deadline::Decision => "share_of_decisions_within_6_weeks",
            Deadline::Draft => "share_of_drafts_within_16_weeks",
            Deadline::Plan => "share_of_plans_within_20_weeks",
        }
    }

    /// Told where a list makes up the stage; plans where any does.
    pub fn is_told(self, model: &ServiceModel) -> bool {
        let part = match self {
            Deadline::Decision => AssessmentPart::Decision,
            Deadline::Draft => AssessmentPart::Draft,
            Deadline::Plan => AssessmentPart::Advice,
        };
        model.lines.iter().any(|line| line.part == part)
    }
}

/// No stage takes less than this part of its time, unless it does in the first year: drafts are consulted on for
/// 15 days.
const LEAST: f64 = 0.2;

/// Mean waits in weeks for the decision, the advice and the draft.
pub type StageWaits = [f64; 3];

/// Whose figures: the principal projection's, or those of a replicate by its place in the shard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Future {
    Principal,
    Replicate(usize),
}

/// How shares in time follow the waits.
#[derive(Clone, Debug, PartialEq)]
pub struct Timeliness {
    /// Median weeks of decisions and plans in the first year.
    decision: f64,
    plan: f64,
    sd: f64,
    /// Waits of the baseline's first year.
    principal: StageWaits,
    replicates: Vec<StageWaits>,
}

impl Timeliness {
    /// Fitted to the baseline; `None` where no service gives advice.
    pub fn of_baseline(assumptions: &Assumptions, series: Series, baseline: Outcome) -> Option<Timeliness> {
        let model = series.services.filter(|model| Deadline::Plan.is_told(model))?;
        let replicates = baseline.draws.rows().map(|row| stage_weeks(series.layout, model, 0, row)).collect();
        Some(Timeliness::fit(assumptions, stage_weeks(series.layout, model, 0, baseline.principal), replicates))
    }

    /// From the first year's waits in the baseline.
    pub fn fit(assumptions: &Assumptions, principal: StageWaits, replicates: Vec<StageWaits>) -> Timeliness {
        let sd = assumptions.value(AssumptionKey::PlanTimeSpread);
        let median = |weeks: f64, published| weeks * libm::exp(-sd * normal_quantile(assumptions.value(published)));
        Timeliness {
            decision: median(Deadline::Decision.weeks(), AssumptionKey::DecisionsInTime),
            plan: median(Deadline::Plan.weeks(), AssumptionKey::PlansInTime),
            sd,
            principal,
            replicates,
        }
    }

    /// The share in time where the stages wait as long as `waits`.
    pub fn share(&self, deadline: Deadline, future: Future, waits: StageWaits) -> f64 {
        let start = match future {
            Future::Principal => self.principal,
            Future::Replicate(place) => self.replicates[place],
        };
        let longer: StageWaits = std::array::from_fn(|stage| waits[stage] - start[stage]);
        let (median, longer) = match deadline {
            Deadline::Decision => (self.decision, longer[0]),
            Deadline::Draft => (self.plan - (Deadline::Plan.weeks() - Deadline::Draft.weeks()), longer.iter().sum()),
            Deadline::Plan => (self.plan, longer.iter().sum()),
        };
        let least = LEAST * deadline.weeks();
        // A fast first year may leave a draft no time at all; others stay what they are then.
        let first = if deadline == Deadline::Draft { median.max(least.min(self.plan)) } else { median };
        let median = (first + longer).max(least.min(first));
        normal_share_below((libm::log(deadline.weeks()) - libm::log(median)) / self.sd)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_year_has_the_published_shares_and_longer_waits_fewer() {
        let assumptions = Assumptions::with_defaults(Vec::new());
        let first = [1.0, 10.0, 5.0];
        let timeliness = Timeliness::fit(&assumptions, first, vec![[0.0; 3]]);
        for (deadline, key) in
            [(Deadline::Decision, AssumptionKey::DecisionsInTime), (Deadline::Plan, AssumptionKey::PlansInTime)]
        {
            assert!((timeliness.share(deadline, Future::Principal, first) - assumptions.value(key)).abs() < 1e-12);
        }
        let other = timeliness.share(Deadline::Plan, Future::Replicate(0), [0.0; 3]);
        assert!(
            (other - assumptions.value(AssumptionKey::PlansInTime)).abs() < 1e-12,
            "each future from its own waits"
        );
        for deadline in Deadline::ALL {
            let shares = [-30.0, 0.0, 5.0, 20.0, 60.0]
                .map(|more| timeliness.share(deadline, Future::Principal, first.map(|w| w + more)));
            assert!(shares.windows(2).all(|pair| pair[0] > pair[1]), "{deadline:?}: {shares:?}");
            assert!(shares.iter().all(|share| (0.0..=1.0).contains(share)));
        }
    }

    /// A median of 20 weeks: five weeks more of any stage make it 25, and the draft's 16 weeks 21.
    #[test]
    fn waits_of_the_stages_add_up_by_hand() {
        let mut local = AssumptionKey::PlansInTime.default_assumption();
        local.value = 0.5;
        let assumptions = Assumptions::with_defaults(vec![local]);
        let sd = assumptions.value(AssumptionKey::PlanTimeSpread);
        let timeliness = Timeliness::fit(&assumptions, [0.0; 3], Vec::new());
        for waits in [[5.0, 0.0, 0.0], [0.0, 5.0, 0.0], [2.0, 2.0, 1.0]] {
            let near = |deadline: Deadline, median: f64| {
                let expected = normal_share_below((deadline.weeks().ln() - median.ln()) / sd);
                assert!(
                    (timeliness.share(deadline, Future::Principal, waits) - expected).abs() < 1e-12,
                    "{deadline:?}"
                );
            };
            near(Deadline::Plan, 25.0);
            near(Deadline::Draft, 21.0);
        }
        let soon = timeliness.share(Deadline::Decision, Future::Principal, [0.0, 50.0, 50.0]);
        assert!((soon - assumptions.value(AssumptionKey::DecisionsInTime)).abs() < 1e-12, "advice comes after it");
    }
}
