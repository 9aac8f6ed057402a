//! Plans held at a census, by age × setting and jointly by age × need × setting.
//!
//! The joint table is never published; its three two-way margins are. It is raked from a seed in
//! which need and setting go together as in the margin, to all three margins, then rounded so
//! that every published total is met ([`crate::numerics::rounding`]).
//! A census for which age × setting is not published takes the nearest later table (or else
//! earlier) as its seed and its own published totals by setting as margin. Children published as
//! "under 3" are put at age 2: nearly nobody holds a plan before.

use ndarray::{Array2, Array3};

use super::estimate::Notes;
use super::event_age::is_nursery_band;
use crate::domain::age_group::AgeSpan;
use crate::domain::observation::{Measure, Observations};
use crate::domain::world::{Evidence, World};
use crate::numerics::raking::{Margins, rake_three_way};
use crate::numerics::rounding::{round_three_way, round_to_total};
use crate::units::Age;

const TOLERANCE: f64 = 1e-6;

/// Plans by census age and setting in January of `year`, and whether that is as published.
#[derive(Clone, Debug, PartialEq)]
pub struct AgeSetting {
    pub table: Array2<f64>,
    pub published: bool,
}

/// Age × setting of a census; `None` when no census near it gives one.
pub fn age_setting_stock(observations: &Observations, settings: usize, year: u16) -> Option<AgeSetting> {
    if let Some((spans, counts)) = observations.by_age_setting(Measure::Plans, year, settings) {
        return Some(AgeSetting { table: spread_rows(&spans, &counts), published: true });
    }
    let near = (year + 1..=year + 3).chain((year.saturating_sub(3)..year).rev());
    let (spans, counts) = near.into_iter().find_map(|y| observations.by_age_setting(Measure::Plans, y, settings))?;
    let mut table = spread_rows(&spans, &counts);
    let totals = observations.by_setting(Measure::Plans, year, settings)?;
    for (mut column, total) in table.columns_mut().into_iter().zip(totals) {
        let sum = column.sum();
        if sum > 0.0 {
            column.mapv_inplace(|cell| cell * total / sum);
        }
    }
    Some(AgeSetting { table, published: false })
}

/// Rows of spans onto single ages: a nursery band at its top age, any other evenly.
fn spread_rows(spans: &[AgeSpan], counts: &Array2<f64>) -> Array2<f64> {
    let mut table = Array2::zeros((Age::COUNT, counts.ncols()));
    for (span, row) in spans.iter().zip(counts.rows()) {
        let ages: Vec<Age> = if is_nursery_band(*span) { vec![span.last()] } else { span.ages().collect() };
        for age in &ages {
            let mut target = table.row_mut(age.index());
            target += &row.mapv(|count| count / ages.len() as f64);
        }
    }
    table
}

/// The fractional joint stock `[age, need, setting]` at the base census.
pub fn joint_stock(world: &World, evidence: &Evidence, stock: &AgeSetting) -> Array3<f64> {
    let (needs, settings, base) = (world.needs.count(), world.settings.count(), world.base.0);
    let observations = &evidence.observations;
    let mut joint = Array3::ones((Age::COUNT, needs, settings));
    let need_setting = observations.by_need_setting(Measure::Plans, base, &world.needs, settings);
    let age_need = observations
        .by_age_need(Measure::Plans, base, &world.needs)
        .map(|(spans, counts)| spread_rows(&spans, &counts));
    // Without need tables of the base census the latest one gives each setting's needs.
    let seed = need_setting.clone().or_else(|| {
        (base.saturating_sub(5)..base)
            .rev()
            .find_map(|year| observations.by_need_setting(Measure::Plans, year, &world.needs, settings))
    });
    if let Some(seed) = &seed {
        joint *= seed;
    }
    let margins = Margins {
        ij: age_need.as_ref().map(|t| t.view()),
        ik: Some(stock.table.view()),
        jk: need_setting.as_ref().map(|t| t.view()),
    };
    rake_three_way(&mut joint, margins, TOLERANCE);
    joint
}

/// The joint stock in whole plans, meeting every published margin of the base census.
pub fn whole_stock(world: &World, fractional: &Array3<f64>, stock: &AgeSetting, notes: &mut Notes) -> Array3<u32> {
    let (needs, settings, base) = (world.needs.count(), world.settings.count(), world.base.0);
    let observations = &world.evidence.observations;
    let age_setting = whole(&stock.table);
    let age_need = observations.by_age_need(Measure::Plans, base, &world.needs);
    let need_setting = observations.by_need_setting(Measure::Plans, base, &world.needs, settings);
    if let (Some((spans, counts)), Some(need_setting)) = (age_need, need_setting) {
        let age_need = whole(&spread_rows(&spans, &counts));
        let rounded = round_three_way(fractional, age_need.view(), age_setting.view(), whole(&need_setting).view());
        if rounded.unmet > 0 {
            notes.push(format!(
                "joint stock of January {base}: need × setting is missed by {} plans in all",
                rounded.unmet
            ));
        }
        return rounded.table;
    }
    let mut table = Array3::zeros((Age::COUNT, needs, settings));
    for ((age, setting), total) in age_setting.indexed_iter() {
        let shares: Vec<f64> = (0..needs).map(|need| fractional[[age, need, setting]]).collect();
        for (need, count) in round_to_total(&shares, *total).into_iter().enumerate() {
            table[[age, need, setting]] = count;
        }
    }
    table
}

/// Published counts are whole numbers held as floats; nothing is lost.
fn whole(table: &Array2<f64>) -> Array2<u32> {
    table.mapv(|count| count.round() as u32)
}
