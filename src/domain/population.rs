//! Resident population by single year of age, at mid-year.

use std::collections::BTreeMap;

use crate::units::{Age, CensusYear};

/// People at each age 0 to 25.
pub type ByAge = [f64; Age::COUNT];

/// Estimates and one projection, keyed by the mid-year they stand for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Population {
    pub estimates: BTreeMap<u16, ByAge>,
    pub projection: BTreeMap<u16, ByAge>,
}

/// The mid-year whose ages match a census: ages are those of 31 August before it.
pub fn mid_year_of(census: CensusYear) -> u16 {
    census.0 - 1
}

/// Population at each census of the forecast.
#[derive(Clone, Debug, PartialEq)]
pub struct PopulationPath {
    pub base: CensusYear,
    /// From the base census on, one entry per year.
    pub years: Vec<ByAge>,
}
