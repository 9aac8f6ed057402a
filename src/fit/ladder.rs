//! The ladder of shrunken factors by which local rates leave their parent's.
//!
//! r(cell) = r_parent(cell) · f(area) · f(group) · f(finer group) …: each rung compares events
//! observed with those expected at the rungs above it, and moves by
//! (observed + k)/(expected + k). k of the area rung is fixed, those of the others are estimated
//! from the spread over their cells.

use ndarray::Array2;

use crate::numerics::shrinkage::{Evidence, estimate_strength, shrunken_factor};

/// Events the parent's overall level is worth where areas truly differ: a coefficient of variation
/// of a third between areas, and 1/0.33² is about 9.
pub const LEVEL_STRENGTH: f64 = 9.0;

/// Rates by row (age) and column (setting or need) on the way from parent to local.
#[derive(Clone, Debug, PartialEq)]
pub struct Ladder<'a> {
    pub rate: Array2<f64>,
    exposure: &'a Array2<f64>,
    observed: &'a Array2<f64>,
}

impl<'a> Ladder<'a> {
    /// Starts at the parent's rates; `observed` are events over `exposure`.
    pub fn start(parent: Array2<f64>, exposure: &'a Array2<f64>, observed: &'a Array2<f64>) -> Ladder<'a> {
        Ladder { rate: parent, exposure, observed }
    }

    /// One factor for the area as a whole, against a parent worth `strength` events.
    pub fn level(self, strength: f64) -> Ladder<'a> {
        self.rung(1, |_, _| 0, Some(strength))
    }

    /// A factor for each of `count` groups of cells, with a strength estimated from them.
    pub fn groups(self, count: usize, group: impl Fn(usize, usize) -> usize) -> Ladder<'a> {
        self.rung(count, group, None)
    }

    fn rung(mut self, count: usize, group: impl Fn(usize, usize) -> usize, strength: Option<f64>) -> Ladder<'a> {
        let mut cells = vec![Evidence { observed: 0.0, expected: 0.0 }; count];
        for ((row, column), rate) in self.rate.indexed_iter() {
            let cell = &mut cells[group(row, column)];
            cell.observed += self.observed[[row, column]];
            cell.expected += rate * self.exposure[[row, column]];
        }
        let strength = strength.unwrap_or_else(|| estimate_strength(&cells));
        let factors: Vec<f64> = cells.iter().map(|cell| shrunken_factor(*cell, strength)).collect();
        for ((row, column), rate) in self.rate.indexed_iter_mut() {
            *rate *= factors[group(row, column)];
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn one_rung_by_hand() {
        // 31 events where the parent expects 11: (31 + 9)/(11 + 9) = 2.
        let (exposure, observed) = (array![[100.0, 10.0]], array![[25.0, 6.0]]);
        let ladder = Ladder::start(array![[0.1, 0.1]], &exposure, &observed).level(LEVEL_STRENGTH);
        assert!((ladder.rate[[0, 0]] - 0.2).abs() < 1e-12);
        assert!((ladder.rate[[0, 1]] - 0.2).abs() < 1e-12);
    }

    #[test]
    fn without_events_or_exposure_the_parent_stays() {
        let nothing = Array2::zeros((2, 2));
        let parent = array![[0.1, 0.2], [0.3, 0.4]];
        let ladder = Ladder::start(parent.clone(), &nothing, &nothing).level(LEVEL_STRENGTH).groups(2, |row, _| row);
        assert_eq!(ladder.rate, parent);
    }
}
