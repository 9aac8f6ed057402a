//! Two readings of the same equations: whole children drawn at random, or expected numbers.
//!
//! The principal projection is the second reading. It is the mean of the first as long as rates
//! are what they are estimated to be, since every step is linear in the counts.

use std::fmt::Debug;
use std::ops::{AddAssign, Sub};

use super::profile::Profile;
use crate::numerics::binomial::{self, BLOCK, binomial_quantile};
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

/// How a probability becomes a number of plans.
pub trait Chance {
    type Count: Count;

    /// Of `held` plans of a cell, how many cease, and how many of the others change setting.
    fn leave_and_move(&self, year: u16, cell: u32, held: Self::Count, leave: f64, change: f64) -> [Self::Count; 2];

    /// A number of events with the given mean.
    fn arrive(&self, at: Address, mean: f64) -> Self::Count;

    /// Spreads `count` over the categories of a profile: `place(index, category, part)` for each
    /// child, or for each category with its expected part.
    fn scatter(&self, at: Address, count: Self::Count, profile: &Profile, place: impl FnMut(u32, usize, Self::Count));

    /// Spreads `count` over few categories in proportion to `weights`, like [`Chance::scatter`].
    fn scatter_few(&self, at: Address, count: Self::Count, weights: &[f64], place: impl FnMut(u32, usize, Self::Count));

    /// Places one child of a scatter, with its index, in a category in proportion to `weights`.
    fn pick(&self, at: Address, index: u32, count: Self::Count, weights: &[f64], place: impl FnMut(usize, Self::Count));

    /// The part of `count` (one child of [`Chance::scatter`], with its index) that meets an event.
    fn thin(&self, at: Address, index: u32, count: Self::Count, probability: f64) -> Self::Count;
}

/// Expected numbers: the principal projection.
#[derive(Clone, Copy, Debug)]
pub struct Expected;

impl Chance for Expected {
    type Count = f64;

    fn leave_and_move(&self, _: u16, _: u32, held: f64, leave: f64, change: f64) -> [f64; 2] {
        let leavers = held * leave;
        [leavers, (held - leavers) * change]
    }

    fn arrive(&self, _: Address, mean: f64) -> f64 {
        mean
    }

    fn scatter(&self, _: Address, count: f64, profile: &Profile, mut place: impl FnMut(u32, usize, f64)) {
        for (category, share) in profile.shares() {
            place(0, category, count * share);
        }
    }

    fn scatter_few(&self, at: Address, count: f64, weights: &[f64], mut place: impl FnMut(u32, usize, f64)) {
        self.pick(at, 0, count, weights, |category, part| place(0, category, part));
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

/// Whole children, drawn from one replicate's streams.
#[derive(Clone, Copy, Debug)]
pub struct Drawn {
    pub streams: Streams,
}

impl Chance for Drawn {
    type Count = u32;

    #[inline]
    fn leave_and_move(&self, year: u16, cell: u32, held: u32, leave: f64, change: f64) -> [u32; 2] {
        let leave = binomial::Chance::new(leave);
        let change = binomial::Chance::new(change);
        let (mut leavers, mut movers) = (0, 0);
        let mut left = held;
        let mut index = 0;
        while left > 0 {
            let block = left.min(BLOCK);
            let [first, second] = self.streams.pair(Mechanism::LeavingAndMoving, year, cell, index);
            let gone = binomial_quantile(block, &leave, first);
            leavers += gone;
            movers += binomial_quantile(block - gone, &change, second);
            left -= block;
            index += 1;
        }
        [leavers, movers]
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
    fn scatter_few(&self, at: Address, count: u32, weights: &[f64], mut place: impl FnMut(u32, usize, u32)) {
        for index in 0..count {
            self.pick(at, index, 1, weights, |category, child| place(index, category, child));
        }
    }

    #[inline]
    fn pick(&self, at: Address, index: u32, count: u32, weights: &[f64], mut place: impl FnMut(usize, u32)) {
        let total: f64 = weights.iter().sum();
        let mut rest = total * self.streams.uniform(at.mechanism, at.year, at.unit, index);
        let mut chosen = 0;
        for (category, weight) in weights.iter().enumerate() {
            if *weight > 0.0 {
                chosen = category;
                rest -= weight;
                if rest <= 0.0 {
                    break;
                }
            }
        }
        place(chosen, count);
    }

    fn thin(&self, at: Address, index: u32, count: u32, probability: f64) -> u32 {
        debug_assert!(count <= 1, "children are thinned one at a time");
        let met = self.streams.uniform(at.mechanism, at.year, at.unit, index) < probability;
        if met { count } else { 0 }
    }
}
