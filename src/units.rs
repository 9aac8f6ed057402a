//! Quantities that cross public boundaries, each with its own type.
//!
//! Knows nothing of the domain: only what a number counts and what range it may have.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A single year of age, 0 to 25, as the DfE counts it: age on 31 August before the census.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Age(u8);

impl Age {
    /// How many single years of age a plan can be held at: 0 to 25.
    pub const COUNT: usize = 26;
    /// The last age at which a plan can be held.
    pub const LAST: Age = Age(25);

    /// `None` above 25.
    pub fn new(years: u8) -> Option<Age> {
        (usize::from(years) < Self::COUNT).then_some(Age(years))
    }

    /// For constants of this crate; checked when it is compiled.
    pub(crate) const fn constant(years: u8) -> Age {
        assert!((years as usize) < Age::COUNT);
        Age(years)
    }

    /// The age at a position of an age-ordered table.
    ///
    /// # Panics
    /// If `index` is 26 or more: such a table cannot exist.
    pub fn at(index: usize) -> Age {
        u8::try_from(index).ok().and_then(Age::new).expect("a table by age has 26 rows")
    }

    pub fn all() -> impl Iterator<Item = Age> {
        (0..Self::COUNT).map(Age::at)
    }

    pub fn years(self) -> u8 {
        self.0
    }

    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}

impl fmt::Display for Age {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The January of a SEN2 census. The flows of calendar year *y* run from census *y* to *y* + 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CensusYear(pub u16);

impl CensusYear {
    pub fn plus(self, years: usize) -> CensusYear {
        CensusYear(self.0 + u16::try_from(years).expect("a horizon is checked to be short"))
    }

    /// Years from `earlier` to this one; negative when this one comes first.
    pub fn since(self, earlier: CensusYear) -> i32 {
        i32::from(self.0) - i32::from(earlier.0)
    }
}

impl fmt::Display for CensusYear {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A probability or a share of a whole: 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Probability(f64);

impl Probability {
    pub const ZERO: Probability = Probability(0.0);
    pub const ONE: Probability = Probability(1.0);

    /// `None` outside 0 to 1, or when not a number.
    pub fn new(value: f64) -> Option<Probability> {
        (0.0..=1.0).contains(&value).then_some(Probability(value))
    }

    pub fn value(self) -> f64 {
        self.0
    }
}

/// A factor on a rate: 0 or more, 1 changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Factor(f64);

impl Factor {
    pub const NEUTRAL: Factor = Factor(1.0);

    /// `None` below 0, infinite, or not a number.
    pub fn new(value: f64) -> Option<Factor> {
        (value.is_finite() && value >= 0.0).then_some(Factor(value))
    }

    pub fn value(self) -> f64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_run_from_0_to_25() {
        assert_eq!(Age::all().count(), 26);
        assert_eq!(Age::new(26), None);
        assert_eq!(Age::all().last(), Some(Age::LAST));
    }

    #[test]
    fn a_probability_is_a_number_from_0_to_1() {
        assert!(Probability::new(1.0).is_some());
        for bad in [-0.1, 1.1, f64::NAN, f64::INFINITY] {
            assert_eq!(Probability::new(bad), None);
        }
        assert_eq!(Factor::new(f64::NAN), None);
    }
}
