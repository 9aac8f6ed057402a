//! What may become of the plans of a cell that do not stay: they cease, or change setting.
//!
//! Of those that depart, a share h/q cease, q = h + (1 − h)·P(move); the others go to settings in
//! proportion to their weights (see [`super::moves`]).

use super::moves::MoveTable;

/// What became of a departing plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Cease,
    /// Goes to this setting.
    Move(usize),
}

/// The fates of a cell, in their order: ceasing, then settings, likeliest at central rates first.
#[derive(Clone, Copy, Debug)]
pub struct Fates<'a> {
    /// Share of those that depart who cease.
    pub cease: f64,
    pub table: &'a MoveTable,
    pub cell: usize,
    pub factors: &'a [f64],
    /// Of the cell's moves, at these factors; 0 where nobody moves.
    pub weight: f64,
}

/// How many random words there are.
const STEPS: f64 = 4_294_967_296.0;

impl<'a> Fates<'a> {
    /// Each fate with its number and its share of those that depart.
    pub fn shares(self) -> impl Iterator<Item = (u32, Fate, f64)> + 'a {
        let scale = if self.weight > 0.0 { (1.0 - self.cease) / self.weight } else { 0.0 };
        let settings = self.table.weights(self.cell, self.factors).zip(1..);
        let moves = settings.map(move |((setting, weight), index)| (index, Fate::Move(setting), weight * scale));
        std::iter::once((0, Fate::Cease, self.cease)).chain(moves)
    }

    /// Each fate with its number and the bound that a child's random word stays below if it meets this
    /// fate or one before it; no bound for the last.
    #[inline]
    pub fn bounds(self) -> impl Iterator<Item = (u32, Fate, Option<u32>)> + 'a {
        let only = self.weight == 0.0;
        let first = self.cease * STEPS;
        let scale = (STEPS - first) * (1.0 / self.weight);
        let mut sum = first;
        let mut left = self.table.count(self.cell);
        let settings = self.table.weights(self.cell, self.factors).zip(1..);
        let moves = settings.map(move |((setting, weight), index)| {
            sum += weight * scale;
            left -= 1;
            (index, Fate::Move(setting), (left > 0).then_some(sum as u32))
        });
        std::iter::once((0, Fate::Cease, (!only).then_some(first as u32))).chain(moves)
    }
}
