//! Moves between settings: what reconciles two stocks with those who joined and left.
//!
//! For opening age a, survivors S(a,s) = N(y,a,s)·(1 − h(a,s)) must become
//! T(a,t) = N(y+1,a+1,t) − joiners(a,t) − moved in(a,t). A matrix with these margins is raked from
//! a seed that keeps children where they are: 1 on the diagonal and [`UNLIKELY`] off it for a
//! place without parent, the parent's matrix for an area. So moves are as few as the two stocks
//! allow, and gather where stocks shift: at phase transfers (into Reception, Year 7, post-16), with no
//! rule that says so. Margins that differ in total are scaled to the survivors.
//!
//! The moves of an area are the parent's times a factor per origin, per destination and per age
//! group and destination, shrunk, with only a share of the reconciled moves counted as evidence, for they
//! are inferred. Children of a need go to the settings where that need is held: the probability
//! of t is tilted by (share of the need held in t)/(share expected), then scaled so that the flow
//! from s to t over all needs stays as fitted.
//!
//! Not recorded is no place: nobody moves there, and a plan whose setting is unknown at one census is
//! taken to be known at the next, in the settings of its age (England 2025: 19,339 plans without a
//! setting, three times the year before, because two LAs could not return theirs).
//!
//! Joiners, movers in and h are the fitted ones of these modules, not counts of the year.
//! Assumption: gross moves beyond the net ones (out of a special school and into it at the same
//! age) are not seen in two stocks; person-level returns replace this fit. Rejected: equal seeds
//! off and on the diagonal (nothing would keep a child where it is).

use ndarray::{Array1, Array2, Array3, Array4, Axis};

use super::joiners::JoinerFit;
use super::ladder::Ladder;
use super::leavers::group;
use super::stock::age_setting_stock;
use crate::domain::age_group::AgeGroup;
use crate::domain::assumption::AssumptionKey;
use crate::domain::world::{Evidence, World};
use crate::numerics::raking::rake_two_way;
use crate::units::Age;

/// Weight of a move in the seed, against 1 for staying.
const UNLIKELY: f64 = 0.001;
/// Nobody's probability of moving goes above this.
const MOST: f64 = 0.98;

/// Moves rarer than one child in a hundred thousand are taken as none.
const LEAST: f64 = 1e-5;

/// Moves by opening age, from and to, with the flows behind them.
#[derive(Clone, Debug, PartialEq)]
pub struct MoveFit {
    /// `[age, from, to]`, rows summing to 1.
    pub probability: Array3<f64>,
    /// Reconciled children, `[age, from, to]`.
    pub flows: Array3<f64>,
    /// Whether both stocks are as published.
    pub published: bool,
}

/// Reconciles the stocks of the base census and the one before.
pub fn fit_moves(
    world: &World,
    evidence: &Evidence,
    hazard: &Array2<f64>,
    joiners: &JoinerFit,
    parent: Option<&MoveFit>,
) -> MoveFit {
    let (settings, base) = (world.settings.count(), world.base.0);
    let stock = |year| age_setting_stock(&evidence.observations, settings, year);
    let (Some(before), Some(after)) = (stock(base - 1), stock(base)) else {
        return parent.cloned().unwrap_or_else(|| nobody_moves(settings));
    };
    let mut flows = Array3::zeros((Age::COUNT, settings, settings));
    let people = evidence.population.estimates.get(&(base - 2));
    for age in 0..Age::COUNT - 1 {
        let survivors = &before.table.row(age) * &hazard.row(age).mapv(|h| 1.0 - h);
        let residents = people.map_or(0.0, |p| p[age]);
        let joined = joiners.rate[age] * residents;
        let arrived = joiners.moved_in[age] * residents;
        let joined_settings = joiners.mix.index_axis(Axis(0), age).sum_axis(Axis(0)) * joined;
        let arrived_settings = &joiners.moved_in_settings.row(age) * arrived;
        let target = &after.table.row(age + 1) - &joined_settings - &arrived_settings;
        let mut seed = match parent {
            Some(parent) => parent.probability.index_axis(Axis(0), age).mapv(|p| p + 1e-5),
            None => Array2::from_shape_fn((settings, settings), |(s, t)| if s == t { 1.0 } else { UNLIKELY }),
        };
        let mut target = target;
        if let Some(unknown) = world.settings.not_recorded() {
            seed.row_mut(unknown.index()).fill(1.0);
            seed.column_mut(unknown.index()).fill(0.0);
            target[unknown.index()] = 0.0;
        }
        let flow = reconcile(seed, &survivors, &target);
        flows.index_axis_mut(Axis(0), age).assign(&flow);
    }
    let own = probabilities(&flows);
    let probability = match parent {
        None => own,
        Some(parent) => local_moves(world, &flows, parent),
    };
    MoveFit { probability, flows, published: before.published && after.published }
}

/// The flows from survivors to target that are nearest the seed.
fn reconcile(mut flow: Array2<f64>, survivors: &Array1<f64>, target: &Array1<f64>) -> Array2<f64> {
    let settings = survivors.len();
    flow *= &survivors.view().insert_axis(Axis(1));
    // A target below nothing is a setting whose joiners alone exceed its stock: keep a trace.
    let floor = survivors.sum() * 1e-6;
    let mut target = target.mapv(|t| t.max(floor));
    let (from, to) = (survivors.sum(), target.sum());
    if from <= 0.0 || to <= 0.0 {
        return Array2::zeros((settings, settings));
    }
    target *= from / to;
    rake_two_way(&mut flow, survivors.view(), target.view(), from * 1e-7);
    flow
}

fn probabilities(flows: &Array3<f64>) -> Array3<f64> {
    let mut probability = flows.clone();
    for mut sheet in probability.outer_iter_mut() {
        for (from, mut row) in sheet.rows_mut().into_iter().enumerate() {
            let sum = row.sum();
            if sum > 0.0 {
                row /= sum;
            } else {
                row[from] = 1.0;
            }
        }
    }
    probability
}

/// The parent's moves times shrunken factors per destination and age group.
fn local_moves(world: &World, flows: &Array3<f64>, parent: &MoveFit) -> Array3<f64> {
    let settings = world.settings.count();
    let share = world.assumptions.value(AssumptionKey::MoverEvidence);
    // Rows are age and from together, columns the destination; stayers carry no evidence.
    let rows = Age::COUNT * settings;
    let mut observed = Array2::zeros((rows, settings));
    let mut exposure = Array2::zeros((rows, settings));
    let mut rate = Array2::zeros((rows, settings));
    for ((age, from, to), flow) in flows.indexed_iter() {
        if from != to {
            let row = age * settings + from;
            observed[[row, to]] = share * flow;
            exposure[[row, to]] = share * flows.index_axis(Axis(0), age).row(from).sum();
            rate[[row, to]] = parent.probability[[age, from, to]];
        }
    }
    let moved = Ladder::start(rate, &exposure, &observed)
        .groups(settings, |row, _| row % settings)
        .groups(settings, |_, to| to)
        .groups(AgeGroup::ALL.len() * settings, |row, to| group(row / settings) * settings + to)
        .rate;
    let mut probability = Array3::zeros(flows.dim());
    for ((age, from, to), cell) in probability.indexed_iter_mut() {
        *cell = moved[[age * settings + from, to]];
        if from == to {
            *cell = 0.0;
        }
    }
    for mut sheet in probability.outer_iter_mut() {
        for (from, mut row) in sheet.rows_mut().into_iter().enumerate() {
            let out = row.sum();
            if out > MOST {
                row *= MOST / out;
            }
            row[from] = 1.0 - row.sum();
        }
    }
    probability
}

/// Moves by need `[age, need, from, to]`, tilted to where each need is held.
pub fn tilt_by_need(moves: &Array3<f64>, joint: &Array3<f64>) -> Array4<f64> {
    let (ages, needs, settings) = joint.dim();
    let mut tilted = Array4::zeros((ages, needs, settings, settings));
    let affinity = affinities(joint);
    let weights = need_weights(joint);
    for age in 0..ages {
        let held = group((age + 1).min(ages - 1));
        for from in 0..settings {
            for to in (0..settings).filter(|to| *to != from) {
                let base = moves[[age, from, to]];
                let mean: f64 = (0..needs).map(|need| weights[[age, need, from]] * affinity[[held, need, to]]).sum();
                for need in 0..needs {
                    let tilt = if mean > 0.0 { affinity[[held, need, to]] / mean } else { 1.0 };
                    let probability = base * tilt;
                    tilted[[age, need, from, to]] = if probability < LEAST { 0.0 } else { probability };
                }
            }
            for need in 0..needs {
                let mut row = tilted.slice_mut(ndarray::s![age, need, from, ..]);
                let out = row.sum();
                if out > MOST {
                    row *= MOST / out;
                }
                row[from] = 1.0 - row.sum();
            }
        }
    }
    tilted
}

/// How much more often a need is held in a setting than needs and settings alone would give, by
/// age group; worth one expected plan where little is held.
fn affinities(joint: &Array3<f64>) -> Array3<f64> {
    let (ages, needs, settings) = joint.dim();
    let mut sums = Array3::<f64>::zeros((AgeGroup::ALL.len(), needs, settings));
    for age in 0..ages {
        let mut sheet = sums.index_axis_mut(Axis(0), group(age));
        sheet += &joint.index_axis(Axis(0), age);
    }
    let mut affinity = sums.clone();
    for (mut sheet, held) in affinity.outer_iter_mut().zip(sums.outer_iter()) {
        let (by_need, by_setting, total) = (held.sum_axis(Axis(1)), held.sum_axis(Axis(0)), held.sum());
        for ((need, setting), cell) in sheet.indexed_iter_mut() {
            let expected = if total > 0.0 { by_need[need] * by_setting[setting] / total } else { 0.0 };
            *cell = (*cell + 1.0) / (expected + 1.0);
        }
    }
    affinity
}

/// Share of each need among the children of an age and setting; of its age group, in part, so
/// that an empty cell has one too.
fn need_weights(joint: &Array3<f64>) -> Array3<f64> {
    let (ages, needs, settings) = joint.dim();
    let mut weights = joint.clone();
    for age in 0..ages {
        let span = AgeGroup::of(Age::at(age)).span();
        let mut around = Array1::<f64>::from_elem(needs, 1e-6);
        for other in span.ages() {
            around += &joint.index_axis(Axis(0), other.index()).sum_axis(Axis(1));
        }
        around /= around.sum();
        for setting in 0..settings {
            let mut column = weights.slice_mut(ndarray::s![age, .., setting]);
            column += &around;
            let sum = column.sum();
            column /= sum;
        }
    }
    weights
}

fn nobody_moves(settings: usize) -> MoveFit {
    let flows = Array3::zeros((Age::COUNT, settings, settings));
    MoveFit { probability: probabilities(&flows), flows, published: false }
}
