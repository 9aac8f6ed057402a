//! From age on the day of an event to age at the census that opens its year.
//!
//! Stocks are counted by age on 31 August before the census, but some flows are published by age
//! on the day of the event. With events and birthdays spread evenly, a child of opening age a
//! (aged a on 31 August, four months before the calendar year starts) has passed on average
//! t = 1/3 + d birthdays-worth of time at day d ∈ (0, 1) of that year, so that the age at the
//! event is
//!   a     with probability ∫ max(0, 1 − t) = 2/9,
//!   a + 2 with probability ∫ max(0, t − 1) = 1/18,
//!   a + 1 with what is left,                 13/18.
//! Evidence: England 2024, where plans are published by both ages, and where next January's stock
//! minus this one's at the age before, plus leavers, gives the same joiners to about 5 %.
//!
//! Going back is a deconvolution, solved by expectation–maximisation for Poisson counts
//! (Richardson–Lucy), which keeps counts positive, meets the observed total at every step, and
//! takes bands of age as they come. Rejected: shifting every age by one
//! (a fifth have had no birthday by the event).

use crate::domain::age_group::AgeSpan;
use crate::units::Age;

/// Probability that the age at the event is the opening age plus 0, 1, 2.
const PASSED: [f64; 3] = [2.0 / 9.0, 13.0 / 18.0, 1.0 / 18.0];

/// Rounds of expectation–maximisation: enough for single years, too few to fit noise.
const ROUNDS: usize = 30;

/// Which age a flow is published by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AgeBasis {
    /// Age at the census that opens the calendar year.
    Opening,
    /// Age on the day of the event.
    Event,
}

/// Counts by opening age, from counts by span of age on either basis.
///
/// `prior` gives the shape within a band and the starting point, by opening age. A nursery band is
/// the exception: see [`is_nursery_band`].
pub fn opening_ages(counts: &[(AgeSpan, f64)], basis: AgeBasis, prior: &[f64]) -> [f64; Age::COUNT] {
    let mut estimate = [0.0; Age::COUNT];
    for (age, value) in estimate.iter_mut().zip(prior) {
        *age = value.max(1e-9);
    }
    if let Some((young, _)) = counts.iter().find(|(span, _)| is_nursery_band(*span)) {
        for age in young.ages().filter(|age| *age != young.last()) {
            estimate[age.index()] *= 1e-3;
        }
    }
    for _ in 0..ROUNDS {
        let mut next = [0.0; Age::COUNT];
        for (span, count) in counts {
            let weights: Vec<f64> = (0..Age::COUNT).map(|age| estimate[age] * reaches(age, *span, basis)).collect();
            let total: f64 = weights.iter().sum();
            if total > 0.0 {
                for (age, weight) in next.iter_mut().zip(&weights) {
                    *age += count * weight / total;
                }
            }
        }
        estimate = next;
    }
    estimate
}

/// "Under 3" or "2 and under": nearly nobody holds a plan before, so all are put at the top age.
pub fn is_nursery_band(span: AgeSpan) -> bool {
    span.first().index() == 0 && !span.is_single() && span.last().index() <= 3
}

/// Probability that an event of a child of opening age `age` is counted in `span`.
pub fn reaches(age: usize, span: AgeSpan, basis: AgeBasis) -> f64 {
    let within = |years: usize| {
        // Nobody is counted above 25: a later birthday stays in the last band.
        let at = years.min(Age::LAST.index());
        f64::from(u8::from(span.first().index() <= at && at <= span.last().index()))
    };
    match basis {
        AgeBasis::Opening => within(age),
        AgeBasis::Event => PASSED.iter().enumerate().map(|(passed, p)| p * within(age + passed)).sum(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passing_probabilities_sum_to_one() {
        assert!((PASSED.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        assert!((reaches(7, AgeSpan::ALL, AgeBasis::Event) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn single_years_on_the_opening_basis_stay_as_they_are() {
        let counts: Vec<_> = Age::all().map(|age| (AgeSpan::single(age), f64::from(age.years()) + 1.0)).collect();
        let opening = opening_ages(&counts, AgeBasis::Opening, &[1.0; Age::COUNT]);
        for (age, count) in opening.iter().enumerate() {
            assert!((count - (age as f64 + 1.0)).abs() < 1e-9);
        }
    }

    #[test]
    fn a_band_follows_the_shape_of_its_prior() {
        let mut prior = [0.0; Age::COUNT];
        (prior[20], prior[21]) = (3.0, 1.0);
        let counts = [(AgeSpan::parse("20-25").expect("valid"), 40.0)];
        let opening = opening_ages(&counts, AgeBasis::Opening, &prior);
        assert!((opening[20] - 30.0).abs() < 1e-3 && (opening[21] - 10.0).abs() < 1e-3);
    }

    #[test]
    fn events_spread_over_three_ages_are_put_back_together() {
        // 180 children of opening age 10 show as 40 at 10, 130 at 11 and 10 at 12.
        let counts: Vec<_> =
            [(10, 40.0), (11, 130.0), (12, 10.0)].map(|(age, count)| (AgeSpan::single(Age::at(age)), count)).to_vec();
        let opening = opening_ages(&counts, AgeBasis::Event, &[1.0; Age::COUNT]);
        assert!((opening.iter().sum::<f64>() - 180.0).abs() < 1e-6);
        assert!(opening[10] > 140.0, "{}", opening[10]);
    }
}
