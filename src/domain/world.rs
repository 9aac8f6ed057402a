//! The checked inputs of one area: all that the fit may know.

use super::assumption::Assumptions;
use super::grid::{Needs, Shape};
use super::money::Money;
use super::observation::Observations;
use super::panel::Panel;
use super::place::Places;
use super::planning_area::Geography;
use super::population::Population;
use super::sen_support::SenSupport;
use super::service::Service;
use super::setting::Settings;
use crate::units::CensusYear;

/// Counts and people of one place.
#[derive(Clone, Debug, PartialEq)]
pub struct Evidence {
    pub observations: Observations,
    pub population: Population,
}

/// Which area this is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Area {
    /// Used in file names and in the column `area`.
    pub id: String,
    pub name: String,
}

/// A checked area.
#[derive(Clone, Debug, PartialEq)]
pub struct World {
    pub area: Area,
    pub base: CensusYear,
    /// Years forecast after the base census.
    pub years: usize,
    pub needs: Needs,
    pub settings: Settings,
    pub evidence: Evidence,
    /// A larger place that small cells borrow strength from, such as England.
    pub reference: Option<Evidence>,
    /// Totals of many areas, from which growth is learnt.
    pub panel: Option<Panel>,
    pub assumptions: Assumptions,
    pub geography: Geography,
    pub places: Places,
    /// Where the area knows of it.
    pub sen_support: Option<SenSupport>,
    pub services: Vec<Service>,
    /// Where the area has prices.
    pub money: Option<Money>,
}

impl World {
    pub fn shape(&self) -> Shape {
        Shape { needs: self.needs.count(), settings: self.settings.count() }
    }
}
