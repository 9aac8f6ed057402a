//! What an area folder holds of its own base census: places, pupils on SEN support, services and money.
//!
//! A forecast from another census must not know of them, nor of scenarios that act on them.

use super::problem::Problems;
use crate::domain::money::Money;
use crate::domain::place::Places;
use crate::domain::sen_support::SenSupport;
use crate::domain::service::Service;
use crate::scenario::lever::{Change, Lever, Scenario};
use crate::units::CensusYear;

/// What is told of the base census, and the scenarios.
#[derive(Default)]
pub(super) struct OfCensus {
    pub places: Places,
    pub sen_support: Option<SenSupport>,
    pub services: Vec<Service>,
    pub money: Option<Money>,
    pub scenarios: Vec<Scenario>,
}

impl OfCensus {
    /// What is left of it for a forecast from `base`, `own` being the folder's census; notes say what is not.
    pub fn leave_out(self, own: CensusYear, base: CensusYear, problems: &mut Problems) -> OfCensus {
        let parts = [
            ("places", !self.places.providers.is_empty()),
            ("SEN support", self.sen_support.is_some()),
            ("services", !self.services.is_empty()),
            ("money", self.money.is_some()),
        ];
        let held: Vec<&str> = parts.iter().filter(|(_, is_held)| *is_held).map(|(part, _)| *part).collect();
        let is_early_support = |lever: &Lever| matches!(lever.change, Change::EarlySupport { .. });
        let acts_on = |scenario: &Scenario| {
            let Scenario { levers, places, services, spending, .. } = scenario;
            let acts_on_plans = levers.iter().any(|lever| !is_early_support(lever));
            let acts_otherwise = levers.iter().any(is_early_support) || !spending.is_empty();
            !places.is_empty() || !services.is_empty() || acts_otherwise && !acts_on_plans
        };
        let (left_out, scenarios): (Vec<Scenario>, Vec<Scenario>) = self.scenarios.into_iter().partition(acts_on);
        if let Some((last, others)) = held.split_last() {
            let what = if others.is_empty() { last.to_string() } else { format!("{} and {last}", others.join(", ")) };
            problems.notes.push(format!("{what} are those of January {own}: left out of a forecast from {base}"));
        }
        if !left_out.is_empty() {
            let names: Vec<&str> = left_out.iter().map(|scenario| scenario.name.as_str()).collect();
            let (who, are) =
                if names.len() == 1 { ("a scenario that acts", "is") } else { ("scenarios that act", "are") };
            problems.notes.push(format!("{who} on these {are} left out, too: {}", names.join(", ")));
        }
        OfCensus { scenarios, ..OfCensus::default() }
    }
}
