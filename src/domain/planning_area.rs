//! Planning areas: the parts of a local area that children live in and providers stand in.
//!
//! Rates are those of the whole local area. What differs between planning areas is how many plans they
//! have, and which places their children can reach.

use ndarray::{Array2, Array4};

use crate::units::Age;

/// A part of the local area, or one local authority among several.
#[derive(Clone, Debug, PartialEq)]
pub struct PlanningArea {
    /// Used in the column `area`.
    pub id: String,
    pub name: String,
    pub location: Option<Location>,
}

/// A point of the British National Grid, in metres.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Location {
    pub easting: f64,
    pub northing: f64,
}

impl Location {
    /// The grid's reach, in metres.
    pub const MOST_EASTING: f64 = 700_000.0;
    pub const MOST_NORTHING: f64 = 1_300_000.0;

    pub fn metres_to(self, other: Location) -> f64 {
        libm::hypot(self.easting - other.easting, self.northing - other.northing)
    }
}

/// The planning areas of a local area, and how its children are spread over them.
///
/// Areas stand in the order of their residents, the largest first: how a table lists or names them
/// has no say in what is drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Geography {
    pub areas: Vec<PlanningArea>,
    /// Of the plans at each census from the base on, by age and setting, the share of each area:
    /// `[census, age, setting, area]`; sums to 1 over areas.
    pub share: Array4<f64>,
    /// The share of the children of an area who would take a place in another: `[from, to]`.
    pub travel: Array2<f64>,
    /// How far a provider may be from the point of a child's area, where both are known.
    pub most_metres: Option<f64>,
}

impl Geography {
    /// How many planning areas there may be.
    pub const MOST: usize = 64;

    /// A local area that is not split.
    pub fn undivided(id: &str, name: &str, years: usize, settings: usize) -> Geography {
        let whole = PlanningArea { id: id.to_string(), name: name.to_string(), location: None };
        Geography {
            areas: vec![whole],
            share: Array4::ones((years + 1, Age::COUNT, settings, 1)),
            travel: Array2::ones((1, 1)),
            most_metres: None,
        }
    }

    pub fn is_divided(&self) -> bool {
        self.areas.len() > 1
    }
}
