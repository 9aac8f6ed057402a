//! Population at each census of the forecast.
//!
//! P̂(c+1, a+1) = P̂(c, a) · S(c+1, a+1)/S(c, a): each cohort of the latest estimate is carried
//! forward by the survival and migration that the projection S gives the same cohort. Newborns
//! are the projection's, times the ratio of the latest estimate to the projection at age 0 in the
//! estimate's year, so that a fall in births the projection missed is kept. Assumption: the
//! projection's migration still holds. Evidence: Somerset, mid-2024: the 2018-based projection
//! has 27,007 children under 5, the estimate 26,670; the estimate is kept. Rejected: the projection
//! as it is (a step in the first year), and scaling each age by its own ratio (errors of one cohort
//! would stay at an age, not move up with it).

use crate::domain::population::{Population, PopulationPath, mid_year_of};
use crate::units::{Age, CensusYear};

/// Population by age at the base census and `years` further ones.
///
/// The input checks see to it that the estimate and the projection's years are there.
pub fn carry_forward(population: &Population, base: CensusYear, years: usize) -> PopulationPath {
    let start = mid_year_of(base);
    let latest = population.estimates[&start];
    let newborn_ratio = latest[0] / population.projection[&start][0];
    let mut path = vec![latest];
    for step in 0..years {
        let year = start + step as u16;
        let (from, to) = (&population.projection[&year], &population.projection[&(year + 1)]);
        let current = path[step];
        let mut next = [0.0; Age::COUNT];
        next[0] = to[0] * newborn_ratio;
        for age in 1..Age::COUNT {
            next[age] = current[age - 1] * to[age] / from[age - 1];
        }
        path.push(next);
    }
    PopulationPath { base, years: path }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_years_by_hand() {
        let flat = |value: f64| [value; Age::COUNT];
        let mut population = Population::default();
        population.estimates.insert(2024, flat(90.0));
        population.projection.insert(2024, flat(100.0));
        population.projection.insert(2025, flat(110.0));
        population.projection.insert(2026, flat(99.0));
        let path = carry_forward(&population, CensusYear(2025), 2);
        // Cohorts grow by 110/100, then by 99/110; newborns are 0.9 of the projection's.
        assert_eq!(path.years[0][5], 90.0);
        assert!((path.years[1][0] - 99.0).abs() < 1e-9);
        assert!((path.years[1][6] - 99.0).abs() < 1e-9);
        assert!((path.years[2][7] - 89.1).abs() < 1e-9);
        assert!((path.years[2][0] - 89.1).abs() < 1e-9);
    }
}
