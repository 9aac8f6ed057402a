//! Two readings of the same equations: whole children drawn at random, or expected numbers.
//!
//! The principal projection is the second reading. It is the mean of the first as long as rates
//! are what they are estimated to be, since every step is linear in the counts.

use std::fmt::Debug;
use std::ops::{AddAssign, Sub};

use crate::domain::service::Estimate;
use crate::numerics::binomial::{BLOCK, binomial_quantile, wide_binomial_quantile};
use crate::numerics::poisson::wide_poisson_quantile;
use crate::numerics::stream::{Mechanism, Streams, unit_of_word};

/// The most that a row tells of what is not counted: some thirteen million hours in tenths.
const MOST_UNITS: f64 = 134_217_727.0;

/// What can be added up.
pub trait Sum: Copy + Default + AddAssign + PartialEq + Debug + Send {}

impl<T: Copy + Default + AddAssign + PartialEq + Debug + Send> Sum for T {}

/// A number of plans of one future: whole, or expected.
pub trait Count: Sum + PartialOrd + Sub<Output = Self> {
    fn to_f64(self) -> f64;
    fn whole(number: u32) -> Self;
    /// A count that was reckoned as a number, and is whole where counts are.
    fn reckoned(number: f64) -> Self;
    /// A number that is not counted, in the units of a row: the nearest whole one, or itself.
    fn nearest(value: f64) -> Self;
    /// How many children stand one by one in a list; none where a list has what they have in common.
    fn one_by_one(self) -> Option<usize>;
    /// Adds room, which may be without end.
    fn add_up_to(&mut self, room: Self);
    /// Whether two sums that must be equal are: exactly, or to rounding error.
    fn balances(self, other: Self) -> bool;
}

impl Count for u32 {
    fn to_f64(self) -> f64 {
        f64::from(self)
    }

    fn whole(number: u32) -> u32 {
        number
    }

    #[inline(always)]
    fn reckoned(number: f64) -> u32 {
        // Beside 2⁵² a whole number stands in the last bits: cheaper than a conversion that minds what is none.
        (number + 4_503_599_627_370_496.0).to_bits() as u32
    }

    fn nearest(value: f64) -> u32 {
        // Below 0 only by rounding; sums of what is cut here fit a signed word.
        (value + 0.5).min(MOST_UNITS) as u32
    }

    fn one_by_one(self) -> Option<usize> {
        Some(self as usize)
    }

    fn add_up_to(&mut self, room: u32) {
        *self = self.saturating_add(room);
    }

    fn balances(self, other: u32) -> bool {
        self == other
    }
}

impl Count for f64 {
    fn to_f64(self) -> f64 {
        self
    }

    fn whole(number: u32) -> f64 {
        f64::from(number)
    }

    #[inline(always)]
    fn reckoned(number: f64) -> f64 {
        number
    }

    fn nearest(value: f64) -> f64 {
        value
    }

    fn one_by_one(self) -> Option<usize> {
        None
    }

    fn add_up_to(&mut self, room: f64) {
        *self += room;
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

/// How a probability becomes a number of children of one future; for plans of many see [`super::futures`].
pub trait Chance {
    type Count: Count;

    /// A number that is not known, drawn once for a replicate.
    fn estimate(&self, mechanism: Mechanism, unit: u32, estimate: Estimate) -> f64;

    /// A number of events with a mean that may be large, from one draw.
    fn arrive_many(&self, at: Address, mean: f64) -> Self::Count;

    /// The part of `count` that meets an event; `index` tells parts of a unit apart.
    fn thin(&self, at: Address, index: u32, count: Self::Count, probability: f64) -> Self::Count;

    /// The part of a large `count` that meets an event, with one draw for all of them.
    fn thin_many(&self, at: Address, count: Self::Count, probability: f64) -> Self::Count;
}

/// Expected numbers: the principal projection.
#[derive(Clone, Copy, Debug)]
pub struct Expected;

impl Chance for Expected {
    type Count = f64;

    fn estimate(&self, _: Mechanism, _: u32, estimate: Estimate) -> f64 {
        estimate.central
    }

    fn arrive_many(&self, _: Address, mean: f64) -> f64 {
        mean
    }

    fn thin(&self, _: Address, _: u32, count: f64, probability: f64) -> f64 {
        count * probability
    }

    fn thin_many(&self, _: Address, count: f64, probability: f64) -> f64 {
        count * probability
    }
}

/// Whole children, drawn from one replicate's streams.
#[derive(Clone, Copy, Debug)]
pub struct Drawn {
    pub streams: Streams,
}

/// Where the number of a block of children stands in a unit's number: cells are fewer.
pub(super) const BLOCK_STRIDE: u32 = 1 << 20;

impl Chance for Drawn {
    type Count = u32;

    fn estimate(&self, mechanism: Mechanism, unit: u32, estimate: Estimate) -> f64 {
        estimate.at(self.streams.uniform(mechanism, 0, unit, 0))
    }

    fn arrive_many(&self, at: Address, mean: f64) -> u32 {
        wide_poisson_quantile(mean, self.streams.uniform(at.mechanism, at.year, at.unit, 0))
    }

    /// Each block of children is decided by a word of its own.
    fn thin(&self, at: Address, index: u32, count: u32, probability: f64) -> u32 {
        let (mut events, mut left, mut unit) = (0, count, at.unit);
        while left > 0 {
            let [word, ..] = self.streams.words(at.mechanism, at.year, unit, index);
            events += binomial_quantile(left.min(BLOCK), probability, unit_of_word(word));
            left -= left.min(BLOCK);
            unit += BLOCK_STRIDE;
        }
        events
    }

    fn thin_many(&self, at: Address, count: u32, probability: f64) -> u32 {
        if count == 0 || probability <= 0.0 {
            return 0;
        }
        let uniform = self.streams.uniform(at.mechanism, at.year, at.unit, 0);
        if probability >= 1.0 { count } else { wide_binomial_quantile(count, probability, uniform) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_of_any_size_are_thinned_to_the_expected_number() {
        for (count, probability) in [(1, 0.3), (60, 0.005), (100, 0.005), (1000, 0.0005), (1000, 0.4)] {
            let futures = 40_000;
            let at = Address { mechanism: Mechanism::Escalating, year: 2030, unit: 7 };
            let thinned = |replicate: u32| {
                let chance = Drawn { streams: Streams::new(11, replicate) };
                f64::from(chance.thin(at, 0, count, probability))
            };
            let mean = (0..futures).map(thinned).sum::<f64>() / f64::from(futures);
            let expected = f64::from(count) * probability;
            let error = (expected * (1.0 - probability) / f64::from(futures)).sqrt();
            assert!((mean - expected).abs() < 4.0 * error, "{count} at {probability}: {mean}, not {expected}");
        }
    }

    #[test]
    fn a_reckoned_count_is_that_number() {
        for number in [0, 1, 77, 1 << 31, u32::MAX] {
            assert_eq!(u32::reckoned(f64::from(number)), number);
        }
    }
}
