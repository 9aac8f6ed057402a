//! Plans issued within 20 weeks of the request, as far as the wait for advice decides it.
//!
//! The time from request to plan is log-normal. Its median in the first year is what gives the published share
//! of plans in time; from then on it is as many weeks longer or shorter as the wait for advice is, that of
//! the service on which an assessment waits longest:
//!   share = Φ((ln 20 − ln(m + w − w₀))/σ),  m = 20·e^(−σ·z(published share)),
//! w₀ being the wait of the first year at central rates. All else that makes a plan late stays as it is.

use super::series::Series;
use super::service_series::advice_weeks;
use crate::domain::assumption::{AssumptionKey, Assumptions};
use crate::numerics::normal::{normal_quantile, normal_share_below};

/// Weeks from the request within which a plan is to be issued.
const WEEKS: f64 = 20.0;
/// No plan takes less, unless those of the first year do: drafts are consulted on for 15 days.
const LEAST_WEEKS: f64 = 4.0;

/// How the share of plans in time follows the wait for advice.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Timeliness {
    median: f64,
    wait: f64,
    sd: f64,
}

impl Timeliness {
    /// Fitted to the principal projection of the baseline; `None` where no service gives advice.
    pub fn of_baseline(assumptions: &Assumptions, series: Series, principal: &[f64]) -> Option<Timeliness> {
        let model = series.services.filter(|model| model.lines.iter().any(|line| line.gives_advice))?;
        Some(Timeliness::fit(assumptions, advice_weeks(series.layout, model, 0, principal)))
    }

    /// `wait` is the first year's for advice, at central rates.
    pub fn fit(assumptions: &Assumptions, wait: f64) -> Timeliness {
        let sd = assumptions.value(AssumptionKey::PlanTimeSpread);
        let published = assumptions.value(AssumptionKey::PlansInTime);
        Timeliness { median: WEEKS * libm::exp(-sd * normal_quantile(published)), wait, sd }
    }

    /// Share of plans in time where advice takes `wait` weeks to begin.
    pub fn share(self, wait: f64) -> f64 {
        let median = (self.median + wait - self.wait).max(LEAST_WEEKS.min(self.median));
        normal_share_below((libm::log(WEEKS) - libm::log(median)) / self.sd)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_year_has_the_published_share_and_longer_waits_fewer() {
        let timeliness = Timeliness::fit(&Assumptions::with_defaults(Vec::new()), 10.0);
        let published = Assumptions::with_defaults(Vec::new()).value(AssumptionKey::PlansInTime);
        assert!((timeliness.share(10.0) - published).abs() < 1e-12);
        let shares: Vec<f64> = [0.0, 5.0, 10.0, 20.0, 60.0].map(|wait| timeliness.share(wait)).to_vec();
        assert!(shares.windows(2).all(|pair| pair[0] > pair[1]), "{shares:?}");
        assert!(shares.iter().all(|share| (0.0..=1.0).contains(share)));
    }
}
