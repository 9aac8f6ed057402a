//! What the forecast would be had only one of its causes moved.
//!
//! - Population: residents by age stay as they were at the base census.
//! - Prevalence: new plans over residents of an age stay at the fitted rate: no growth, nothing learnt from other areas,
//!   nobody steered to another setting than fitted rates say.
//!
//! With both held, plans still change: those held today age, and leavers and joiners of fitted rates do not balance.

use super::parameters::Prepared;

impl Prepared {
    /// Without limits of places and without services: totals of plans hardly depend on them, and expected children in
    /// fractions of a place take a thousand times as long.
    pub fn without_limits(&self) -> Prepared {
        let mut free = self.clone();
        (free.places, free.services) = (None, None);
        free
    }

    /// With the residents of the base census in all years.
    pub fn with_population_held(&self) -> Prepared {
        let mut held = self.clone();
        let first = held.residents[0];
        held.residents.fill(first);
        held
    }

    /// With the joiner rates of the base census in all years.
    pub fn with_prevalence_held(&self) -> Prepared {
        let mut held = self.clone();
        held.rates.joiners.growth = 0.0;
        held.new_plan_path.fill(1.0);
        held.steering.fill(None);
        held
    }
}
