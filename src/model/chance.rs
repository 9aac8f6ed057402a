//! Two readings of the same equations: whole children drawn at random, or expected numbers.
//!
//! The principal projection is the second reading. It is the mean of the first as long as rates
//! are what they are estimated to be, since every step is linear in the counts.

use std::fmt::Debug;
use std::ops::{AddAssign, Sub};

use super::profile::Profile;
use crate::numerics::binomial::{BLOCK, Odds, invert_binomial};
use crate::numerics::poisson::draw_poisson;
use crate::numerics::stream::{Mechanism, Streams};

/// A number of plans: whole, or expected.
pub trait Count: Copy + Default + PartialEq + PartialOrd + AddAssign + Sub<Output = Self> + Debug + Send {
    fn to_f64(self) -> f64;
    /// Whether two sums that must be equal are: exactly, or to rounding error.
    fn balances(self, other: Self) -> bool;
}

impl Count for u32 {
    fn to_f64(self) -> f64 {
        f64::from(self)
    }

    fn balances(self, other: u32) -> bool {
        self == other
    }
}

impl Count for f64 {
    fn to_f64(self) -> f64 {
        self
    }

    fn balances(self, other: f64) -> bool {
        (self - other).abs() <= 1e-9 * (1.0 + self.abs() + other.abs())
    }
}

/// A unit of a mechanism in a year: the address of its draws.
#[derive(Clone, Copy, Debug)]
pub struct Address {
    pub mechanism: Mechanism,
    pub year: u16,
    pub unit: u32,
}

/// The plans of a cell, and their chances of ceasing and then of changing setting.
#[derive(Clone, Copy, Debug)]
pub struct Held<C> {
    pub cell: u32,
    pub count: C,
    pub leave: Odds,
    pub change: Odds,
}

/// What became of them.
#[derive(Clone, Copy, Debug)]
pub struct Departures<C> {
    pub leavers: C,
    /// Of those that did not cease.
    pub movers: C,
    /// A uniform that decides where the first mover goes.
    pub spare: f64,
}

/// How a probability becomes a number of plans.
pub trait Chance {
    type Count: Count;

    /// How many plans of each cell cease, and how many of the others change setting.
    ///
    /// Cells come together so that their random words can be worked out side by side.
    fn depart(&self, year: u16, held: &[Held<Self::Count>], departures: &mut Vec<Departures<Self::Count>>);

    /// A number of events with the given mean.
    fn arrive(&self, at: Address, mean: f64) -> Self::Count;

    /// Spreads `count` over the categories of a profile: `place(index, category, part)` for each
    /// child, or for each category with its expected part.
    fn scatter(&self, at: Address, count: Self::Count, profile: &Profile, place: impl FnMut(u32, usize, Self::Count));

    /// Spreads the movers of a cell over the places of `weights`, like [`Chance::scatter`].
    fn send(
        &self,
        at: Address,
        departures: Departures<Self::Count>,
        weights: Weights<impl Iterator<Item = f64> + Clone>,
        place: impl FnMut(u32, usize, Self::Count),
    );

    /// Places one child of a scatter, with its index, in a category in proportion to `weights`.
    fn pick(&self, at: Address, index: u32, count: Self::Count, weights: &[f64], place: impl FnMut(usize, Self::Count));

    /// The part of `count` (one child of [`Chance::scatter`], with its index) that meets an event.
    fn thin(&self, at: Address, index: u32, count: Self::Count, probability: f64) -> Self::Count;
}

/// Few weights with their sum.
#[derive(Clone, Copy, Debug)]
pub struct Weights<I> {
    pub total: f64,
    pub each: I,
}

impl<I: Iterator<Item = f64>> Weights<I> {
    /// The place at a uniform: the first at which the running sum reaches it.
    #[inline]
    fn place_at(self, uniform: f64) -> usize {
        let mut rest = self.total * uniform;
        let mut chosen = 0;
        for (place, weight) in self.each.enumerate() {
            rest -= weight;
            if weight > 0.0 {
                chosen = place;
            }
            if rest <= 0.0 {
                break;
            }
        }
        chosen
    }
}

/// Expected numbers: the principal projection.
#[derive(Clone, Copy, Debug)]
pub struct Expected;

impl Chance for Expected {
    type Count = f64;

    fn depart(&self, _: u16, held: &[Held<f64>], departures: &mut Vec<Departures<f64>>) {
        departures.clear();
        departures.extend(held.iter().map(|cell| {
            let leavers = cell.count * cell.leave.probability();
            Departures { leavers, movers: (cell.count - leavers) * cell.change.probability(), spare: 0.0 }
        }));
    }

    fn arrive(&self, _: Address, mean: f64) -> f64 {
        mean
    }

    fn scatter(&self, _: Address, count: f64, profile: &Profile, mut place: impl FnMut(u32, usize, f64)) {
        for (category, share) in profile.shares() {
            place(0, category, count * share);
        }
    }

    fn send(
        &self,
        _: Address,
        departures: Departures<f64>,
        weights: Weights<impl Iterator<Item = f64> + Clone>,
        mut place: impl FnMut(u32, usize, f64),
    ) {
        let scale = departures.movers / weights.total;
        for (category, weight) in weights.each.enumerate().filter(|(_, weight)| *weight > 0.0) {
            place(0, category, weight * scale);
        }
    }

    fn pick(&self, _: Address, _: u32, count: f64, weights: &[f64], mut place: impl FnMut(usize, f64)) {
        let total: f64 = weights.iter().sum();
        for (category, weight) in weights.iter().enumerate().filter(|(_, w)| **w > 0.0) {
            place(category, count * weight / total);
        }
    }

    fn thin(&self, _: Address, _: u32, count: f64, probability: f64) -> f64 {
        count * probability
    }
}

/// Cells whose random words are worked out side by side.
const WORDS: usize = 64;

#[inline]
fn depart_block(children: u32, cell: &Held<u32>, [first, second]: [f64; 2]) -> Departures<u32> {
    let leavers = invert_binomial(children, &cell.leave, first).events;
    let moved = invert_binomial(children - leavers, &cell.change, second);
    Departures { leavers, movers: moved.events, spare: moved.rest }
}

/// Whole children, drawn from one replicate's streams.
#[derive(Clone, Copy, Debug)]
pub struct Drawn {
    pub streams: Streams,
}

impl Chance for Drawn {
    type Count = u32;

    #[inline]
    fn depart(&self, year: u16, held: &[Held<u32>], departures: &mut Vec<Departures<u32>>) {
        let mechanism = Mechanism::LeavingAndMoving;
        departures.clear();
        let mut uniforms = [[0.0; 2]; WORDS];
        for held in held.chunks(WORDS) {
            // First all random words, then all inversions: the words do not wait for each other,
            // and a mispredicted inversion throws none of them away.
            for (pair, cell) in uniforms.iter_mut().zip(held) {
                *pair = self.streams.pair(mechanism, year, cell.cell, 0);
            }
            for (pair, cell) in uniforms.iter().zip(held) {
                let mut block = cell.count.min(BLOCK);
                let mut result = depart_block(block, cell, *pair);
                let mut left = cell.count - block;
                let mut index = 1;
                while left > 0 {
                    block = left.min(BLOCK);
                    let more = depart_block(block, cell, self.streams.pair(mechanism, year, cell.cell, index));
                    result = Departures {
                        leavers: result.leavers + more.leavers,
                        movers: result.movers + more.movers,
                        spare: more.spare,
                    };
                    left -= block;
                    index += 1;
                }
                departures.push(result);
            }
        }
    }

    fn arrive(&self, at: Address, mean: f64) -> u32 {
        draw_poisson(&self.streams, at.mechanism, at.year, at.unit, mean)
    }

    #[inline]
    fn scatter(&self, at: Address, count: u32, profile: &Profile, mut place: impl FnMut(u32, usize, u32)) {
        let mut index = 0;
        while index < count {
            let pair = self.streams.pair(at.mechanism, at.year, at.unit, index / 2);
            place(index, profile.category(pair[0]), 1);
            if index + 1 < count {
                place(index + 1, profile.category(pair[1]), 1);
            }
            index += 2;
        }
    }

    #[inline]
    fn send(
        &self,
        at: Address,
        departures: Departures<u32>,
        weights: Weights<impl Iterator<Item = f64> + Clone>,
        mut place: impl FnMut(u32, usize, u32),
    ) {
        for index in 0..departures.movers {
            let uniform = match index {
                0 => departures.spare,
                _ => self.streams.uniform(at.mechanism, at.year, at.unit, index),
            };
            place(index, weights.clone().place_at(uniform), 1);
        }
    }

    #[inline]
    fn pick(&self, at: Address, index: u32, count: u32, weights: &[f64], mut place: impl FnMut(usize, u32)) {
        let weights = Weights { total: weights.iter().sum(), each: weights.iter().copied() };
        place(weights.place_at(self.streams.uniform(at.mechanism, at.year, at.unit, index)), count);
    }

    fn thin(&self, at: Address, index: u32, count: u32, probability: f64) -> u32 {
        debug_assert!(count <= 1, "children are thinned one at a time");
        let met = self.streams.uniform(at.mechanism, at.year, at.unit, index) < probability;
        if met { count } else { 0 }
    }
}
