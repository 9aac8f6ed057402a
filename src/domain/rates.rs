//! What the fit hands to the engine: the stock at the base census and every rate of the model.

use ndarray::{Array1, Array2, Array3, Array4, Axis};

use super::grid::{Needs, Shape};
use super::population::PopulationPath;
use super::setting::Settings;
use crate::units::CensusYear;

/// Central values and their uncertainty. Ages are ages at the opening census of the year.
#[derive(Clone, Debug, PartialEq)]
pub struct Rates {
    pub base: CensusYear,
    pub needs: Needs,
    pub settings: Settings,
    /// Plans at the base census, `[age, need, setting]`.
    pub stock: Array3<u32>,
    /// Residents: of the years to forecast, and of further ones where they are known and the outlook
    /// reaches them.
    pub population: PopulationPath,
    /// Years to forecast.
    pub years: usize,
    pub joiners: JoinerRates,
    pub leavers: LeaverRates,
    pub moves: MoveRates,
    /// SEN support, where the area knows of it.
    pub support: Option<SupportRates>,
    /// Where plans should stand, where that could be learnt from many areas.
    pub outlook: Option<Outlook>,
}

/// Plans in the first years after the base census, as growth of many areas has them.
#[derive(Clone, Debug, PartialEq)]
pub struct Outlook {
    pub all: OutlookPath,
    /// By setting; `None` where the areas say nothing of it.
    pub settings: Vec<Option<OutlookPath>>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct OutlookPath {
    /// Plans one year ahead, two years, …
    pub plans: Vec<f64>,
    /// Half the 80 % interval of their log.
    pub half_width: Vec<f64>,
}

/// New plans and plans that move in from elsewhere.
#[derive(Clone, Debug, PartialEq)]
pub struct JoinerRates {
    /// New plans per resident by opening age, in the last year before the base census.
    pub rate: Array1<f64>,
    /// Events behind each rate, the parent's worth included.
    pub rate_evidence: Array1<f64>,
    /// Share of each age's new plans by `[age, need, setting]`; sums to 1 per age.
    pub mix: Array3<f64>,
    /// Events behind the mix, by age group and need, and by age group and setting.
    pub need_evidence: Array2<f64>,
    pub setting_evidence: Array2<f64>,
    /// Growth of the log rate in the last year, its standard error, and the share kept each year.
    pub growth: f64,
    pub growth_error: f64,
    pub damping: f64,
    /// SD of the log level of the rate as estimated.
    pub level_error: f64,
    /// SD of yearly shocks to the log rate that last, and that pass.
    pub lasting_shock: f64,
    pub passing_shock: f64,
    /// Assessments that lead to no plan, per new plan, by opening age.
    pub assessed_only: Array1<f64>,
    /// Requests that lead to no assessment, per new plan, by opening age.
    pub not_assessed: Array1<f64>,
    /// Plans moving in from other areas, per resident, by opening age.
    pub moved_in: Array1<f64>,
    /// Their share by `[age, need, setting]`; sums to 1 per age.
    pub moved_in_mix: Array3<f64>,
}

/// Probability that a plan ceases within a year.
#[derive(Clone, Debug, PartialEq)]
pub struct LeaverRates {
    /// By opening age and setting; 1 at age 25.
    pub hazard: Array2<f64>,
    /// Events behind each, by age group and setting.
    pub evidence: Array2<f64>,
    /// SD of the log level, drawn once per replicate, of a passing yearly shock, and of one to each
    /// setting.
    pub level_error: f64,
    pub passing_shock: f64,
    pub setting_shock: f64,
}

/// Probability that a plan which does not cease changes setting within a year.
#[derive(Clone, Debug, PartialEq)]
pub struct MoveRates {
    /// `[opening age, need, from, to]`; the diagonal is the probability of staying.
    pub probability: Array4<f64>,
    /// Events behind the moves by age group and destination.
    pub evidence: Array2<f64>,
    /// SD of a passing yearly shock to the log odds of leaving each setting for another.
    pub passing_shock: f64,
}

/// SEN support by opening age and need, ages first.
#[derive(Clone, Debug, PartialEq)]
pub struct SupportRates {
    /// Pupils at the base census.
    pub stock: Vec<u32>,
    /// The same per resident.
    pub share: Vec<f64>,
    /// Probability of no longer needing it.
    pub step_down: Vec<f64>,
    /// Pupils on SEN support who get a plan, per new plan of the age.
    pub planned: Vec<f64>,
    /// Share of new plans that come from SEN support.
    pub from_support: f64,
    pub tiers: Vec<SupportTierShares>,
    /// Growth of the log shares in the last year, its standard error, and the share kept each year.
    pub growth: f64,
    pub growth_error: f64,
    pub damping: f64,
}

/// A tier of SEN support.
#[derive(Clone, Debug, PartialEq)]
pub struct SupportTierShares {
    pub id: String,
    /// Share of the pupils of each age and need who are in it, ages first.
    pub share: Vec<f64>,
}

impl Rates {
    /// Plans of each setting at the base census.
    pub fn stock_by_setting(&self) -> Vec<u32> {
        self.stock.axis_iter(Axis(2)).map(|setting| setting.iter().sum()).collect()
    }

    pub fn shape(&self) -> Shape {
        Shape { needs: self.needs.count(), settings: self.settings.count() }
    }
}
