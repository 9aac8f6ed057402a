//! What may become of the plans of a cell that do not stay: they cease, or change setting.
//!
//! Of those that depart, a share h/q cease, q = h + (1 − h)·P(move); the others go to settings in
//! proportion to their weights (see [`super::moves`]), of which steering takes some away to others.

use super::moves::MoveTable;
use super::steering::AgeSteering;
use crate::numerics::stream::WORDS;

/// What became of a departing plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Cease,
    /// Goes to this setting.
    Move(usize),
}

/// The fates of a cell, in their order: ceasing; settings, likeliest at central rates first; settings
/// that children are steered to.
#[derive(Clone, Copy, Debug)]
pub struct Fates<'a> {
    /// Share of those that depart who cease.
    pub cease: f64,
    pub table: &'a MoveTable,
    pub cell: usize,
    pub factors: &'a [f64],
    /// Of the cell's moves, at these factors; 0 where nobody moves.
    pub weight: f64,
    pub steering: Option<AgeSteering<'a>>,
}

impl Fates<'_> {
    /// Each fate with its number and its share of those that depart.
    pub fn shares(self, mut meet: impl FnMut(u32, Fate, f64)) {
        meet(0, Fate::Cease, self.cease);
        if self.weight == 0.0 {
            return;
        }
        let scale = (1.0 - self.cease) / self.weight;
        let (mut index, mut steered) = (0, 0.0);
        for (setting, weight) in self.table.weights(self.cell, self.factors) {
            index += 1;
            let away = self.steering.map_or(0.0, |steering| steering.away[setting]);
            steered += weight * away;
            meet(index, Fate::Move(setting), (weight - weight * away) * scale);
        }
        for (setting, share) in self.steering.into_iter().flat_map(AgeSteering::destinations) {
            index += 1;
            meet(index, Fate::Move(setting), steered * share * scale);
        }
    }

    /// Each fate with its number and the bound that a child's random word stays below if it meets this
    /// fate or one before it; no bound for the last. Stops when `meet` gives `false`.
    #[inline]
    pub fn visit(self, mut meet: impl FnMut(u32, Fate, Option<u32>) -> bool) {
        if self.weight == 0.0 {
            meet(0, Fate::Cease, None);
            return;
        }
        let first = self.cease * WORDS;
        if !meet(0, Fate::Cease, Some(first as u32)) {
            return;
        }
        let scale = (WORDS - first) * (1.0 / self.weight);
        let (mut index, mut sum, mut left) = (0, first, self.table.count(self.cell));
        for (setting, weight) in self.table.weights(self.cell, self.factors) {
            index += 1;
            left -= 1;
            let stays = self.steering.map_or(1.0, |steering| 1.0 - steering.away[setting]);
            sum += weight * stays * scale;
            let last = left == 0 && self.steering.is_none();
            if !meet(index, Fate::Move(setting), (!last).then_some(sum as u32)) {
                return;
            }
        }
        // What is left was steered.
        let (steered, mut share_so_far) = (WORDS - sum, 0.0);
        for (setting, share) in self.steering.into_iter().flat_map(AgeSteering::destinations) {
            index += 1;
            share_so_far += share;
            let bound = (share_so_far < ALMOST_ALL).then_some((sum + steered * share_so_far) as u32);
            if !meet(index, Fate::Move(setting), bound) {
                return;
            }
        }
    }
}

/// Shares that sum to this are all, but for rounding.
const ALMOST_ALL: f64 = 1.0 - 1e-12;
