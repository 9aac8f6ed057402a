//! What a block is given for a year, and whom it tells of the flows.

use super::chance::Count;
use super::parameters::{Parameters, Prepared};
use crate::scenario::effects::YearEffects;

/// One year of one replicate of one scenario.
#[derive(Clone, Copy)]
pub struct YearInputs<'a> {
    pub prepared: &'a Prepared,
    pub parameters: &'a Parameters,
    pub effects: &'a YearEffects,
    /// 0 for the year after the base census.
    pub index: usize,
}

impl YearInputs<'_> {
    /// The calendar year of the flows.
    pub fn year(&self) -> u16 {
        self.prepared.first_year + self.index as u16
    }
}

/// Hears of every flow; ages are those at the opening census.
pub trait FlowSink<C: Count> {
    fn leave(&mut self, age: usize, need: usize, setting: usize, count: C);
    /// Plans that leave a setting for another, and, part by part, the settings they reach.
    fn move_from(&mut self, age: usize, need: usize, setting: usize, count: C);
    fn move_to(&mut self, setting: usize, count: C);
    fn start_plan(&mut self, age: usize, need: usize, setting: usize, count: C);
    fn move_in(&mut self, age: usize, need: usize, setting: usize, count: C);
    /// Requests that led to an assessment and no plan, and to no assessment.
    fn request_without_plan(&mut self, age: usize, assessed: C, not_assessed: C);
}
