//! Two readings of the same equations: whole children drawn at random, or expected numbers.
//!
//! The principal projection is the second reading. It is the mean of the first as long as rates
//! are what they are estimated to be, since every step is linear in the counts.

use std::fmt::Debug;
use std::ops::{AddAssign, Sub};

use super::fates::{Fate, Fates};
use super::mix::Mix;
use crate::domain::service::Estimate;
use crate::domain::setting::Settings;
use crate::numerics::binomial::{BLOCK, binomial_quantile, wide_binomial_quantile};
use crate::numerics::poisson::{draw_poisson, wide_poisson_quantile};
use crate::numerics::stream::{Mechanism, Streams, unit_of_word};

/// The most that a row tells of what is not counted: some thirteen million hours in tenths.
const MOST_UNITS: f64 = 134_217_727.0;

/// A number of plans: whole, or expected.
pub trait Count: Copy + Default + PartialEq + PartialOrd + AddAssign + Sub<Output = Self> + Debug + Send {
    fn to_f64(self) -> f64;
    fn whole(number: u32) -> Self;
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

/// How a probability becomes a number of plans.
pub trait Chance {
    type Count: Count;
    /// Random words of a cell.
    type Words: Copy + Default + Debug + Send;

    /// The words of each of `cells`, written over `words`: cells come together so that their words are
    /// worked out side by side.
    fn prepare(&self, year: u16, cells: &[u32], words: &mut Vec<Self::Words>);

    /// Whether any of `count` plans of a cell may depart. `false` is certain, and quick.
    fn may_depart(words: Self::Words, count: Self::Count, probability: f64) -> bool;

    /// How many of `count` plans of a cell depart.
    fn depart(&self, at: Address, words: Self::Words, count: Self::Count, probability: f64) -> Self::Count;

    /// What becomes of those that depart: `place(index, fate, part)` for each part, with an index of
    /// its own.
    fn part(
        &self,
        at: Address,
        words: Self::Words,
        departing: Self::Count,
        fates: Fates,
        place: impl FnMut(u32, Fate, Self::Count),
    );

    /// A number that is not known, drawn once for a replicate.
    fn estimate(&self, mechanism: Mechanism, unit: u32, estimate: Estimate) -> f64;

    /// A number of events with the given mean.
    fn arrive(&self, at: Address, mean: f64) -> Self::Count;

    /// A number of events with a mean that may be large, from one draw.
    fn arrive_many(&self, at: Address, mean: f64) -> Self::Count;

    /// Spreads `count` over needs and settings: `place(index, category, part)` for each part. The parts
    /// of a whole number are single children.
    fn scatter(&self, at: Address, count: Self::Count, mix: Mix, place: impl FnMut(u32, usize, Self::Count));

    /// The part of `count` that meets an event; `index` tells parts of a unit apart.
    fn thin(&self, at: Address, index: u32, count: Self::Count, probability: f64) -> Self::Count;

    /// The part of a large `count` that meets an event, with one draw for all of them.
    fn thin_many(&self, at: Address, count: Self::Count, probability: f64) -> Self::Count;

    /// Spreads `count` over a few places in proportion to `shares`, which sum to 1, with an index
    /// for each place, [`PLACE_STRIDE`] apart.
    fn split(&self, at: Address, index: u32, count: Self::Count, shares: &[f64], place: impl FnMut(usize, Self::Count));
}

/// Expected numbers: the principal projection.
#[derive(Clone, Copy, Debug)]
pub struct Expected;

impl Chance for Expected {
    type Count = f64;
    type Words = ();

    fn prepare(&self, _: u16, cells: &[u32], words: &mut Vec<()>) {
        words.resize(cells.len(), ());
    }

    fn may_depart((): (), _: f64, probability: f64) -> bool {
        probability > 0.0
    }

    fn depart(&self, _: Address, (): (), count: f64, probability: f64) -> f64 {
        count * probability
    }

    fn part(&self, _: Address, (): (), departing: f64, fates: Fates, mut place: impl FnMut(u32, Fate, f64)) {
        fates.shares(|index, fate, share| place(index, fate, departing * share));
    }

    fn estimate(&self, _: Mechanism, _: u32, estimate: Estimate) -> f64 {
        estimate.central
    }

    fn arrive(&self, _: Address, mean: f64) -> f64 {
        mean
    }

    fn arrive_many(&self, _: Address, mean: f64) -> f64 {
        mean
    }

    fn scatter(&self, _: Address, count: f64, mix: Mix, mut place: impl FnMut(u32, usize, f64)) {
        mix.shares(|category, share| place(0, category, count * share));
    }

    fn thin(&self, _: Address, _: u32, count: f64, probability: f64) -> f64 {
        count * probability
    }

    fn thin_many(&self, _: Address, count: f64, probability: f64) -> f64 {
        count * probability
    }

    fn split(&self, _: Address, _: u32, count: f64, shares: &[f64], mut place: impl FnMut(usize, f64)) {
        for (category, share) in shares.iter().enumerate().filter(|(_, share)| **share > 0.0) {
            place(category, count * share);
        }
    }
}

/// Whole children, drawn from one replicate's streams.
#[derive(Clone, Copy, Debug)]
pub struct Drawn {
    pub streams: Streams,
}

/// Where a place of [`Chance::split`], counted from 1, stands in the index: parts of a unit are fewer.
pub const PLACE_STRIDE: u32 = 1 << 20;

/// Where the number of a block of children stands in a unit's number: cells are fewer.
const BLOCK_STRIDE: u32 = 1 << 20;

impl Drawn {
    /// How many of `count` meet an event. The first block of children is decided by `word`, each
    /// further one by a word of its own.
    #[inline]
    fn binomial(&self, at: Address, index: u32, word: u32, count: u32, probability: f64) -> u32 {
        let mut events = binomial_quantile(count.min(BLOCK), probability, unit_of_word(word));
        let mut left = count.saturating_sub(BLOCK);
        let mut unit = at.unit;
        while left > 0 {
            unit += BLOCK_STRIDE;
            let [word, ..] = self.streams.words(at.mechanism, at.year, unit, index);
            events += binomial_quantile(left.min(BLOCK), probability, unit_of_word(word));
            left -= left.min(BLOCK);
        }
        events
    }

    #[inline]
    fn word(&self, at: Address, index: u32) -> u32 {
        self.streams.words(at.mechanism, at.year, at.unit, index)[0]
    }
}

/// Departing children of a cell whose words are held at once; no less than there may be fates, so
/// that the start of a batch + the number of a fate is an index of its own.
const MOST_TOGETHER: usize = (2 * Settings::MOST + 1).next_multiple_of(4);

/// What becomes of children with a word each, the first of them number `start` of their cell.
#[inline]
fn part_together(start: u32, words: &[u32], fates: Fates, mut place: impl FnMut(u32, Fate, u32)) {
    let (mut placed, all) = (0, words.len() as u32);
    fates.visit(|index, fate, bound| {
        let below = bound.map_or(all, |bound| words.iter().map(|word| u32::from(*word < bound)).sum());
        if below > placed {
            place(start + index, fate, below - placed);
            placed = below;
        }
        placed < all
    });
}

impl Chance for Drawn {
    type Count = u32;
    type Words = [u32; 4];

    #[inline]
    fn prepare(&self, year: u16, cells: &[u32], words: &mut Vec<[u32; 4]>) {
        words.clear();
        words.extend(cells.iter().map(|cell| self.streams.words(Mechanism::LeavingAndMoving, year, *cell, 0)));
    }

    #[inline]
    fn may_depart(words: [u32; 4], count: u32, probability: f64) -> bool {
        // The quantile is 0 up to (1 − p)^n, which is at least 1 − np (Bernoulli). Blocks of children after
        // the first have words of their own.
        count > BLOCK || unit_of_word(words[0]) > 1.0 - f64::from(count) * probability
    }

    #[inline]
    fn depart(&self, at: Address, words: [u32; 4], count: u32, probability: f64) -> u32 {
        self.binomial(at, 0, words[0], count, probability)
    }

    /// Each child has a word of its own, the first three those left over from the cell: binomials, one
    /// for each fate, would cost more, since each takes as many steps as it has events.
    #[inline]
    fn part(&self, at: Address, words: [u32; 4], departing: u32, fates: Fates, mut place: impl FnMut(u32, Fate, u32)) {
        let [_, given @ ..] = words;
        if departing as usize <= given.len() {
            return part_together(0, &given[..departing as usize], fates, place);
        }
        let mut together = [0; MOST_TOGETHER];
        for start in (0..departing).step_by(MOST_TOGETHER) {
            let words = &mut together[..(departing - start).min(MOST_TOGETHER as u32) as usize];
            for (block, words) in words.chunks_mut(4).enumerate() {
                let drawn = self.streams.words(at.mechanism, at.year, at.unit, start / 4 + block as u32);
                words.copy_from_slice(&drawn[..words.len()]);
            }
            if start == 0 {
                words[..given.len()].copy_from_slice(&given);
            }
            part_together(start, words, fates, &mut place);
        }
    }

    fn estimate(&self, mechanism: Mechanism, unit: u32, estimate: Estimate) -> f64 {
        estimate.at(self.streams.uniform(mechanism, 0, unit, 0))
    }

    fn arrive(&self, at: Address, mean: f64) -> u32 {
        draw_poisson(&self.streams, at.mechanism, at.year, at.unit, mean)
    }

    fn arrive_many(&self, at: Address, mean: f64) -> u32 {
        wide_poisson_quantile(mean, self.streams.uniform(at.mechanism, at.year, at.unit, 0))
    }

    #[inline]
    fn scatter(&self, at: Address, count: u32, mix: Mix, mut place: impl FnMut(u32, usize, u32)) {
        let mut index = 0;
        while index < count {
            let words = self.streams.words(at.mechanism, at.year, at.unit, index / 4);
            for word in words.into_iter().take((count - index) as usize) {
                place(index, mix.category(word), 1);
                index += 1;
            }
        }
    }

    fn thin(&self, at: Address, index: u32, count: u32, probability: f64) -> u32 {
        self.binomial(at, index, self.word(at, index), count, probability)
    }

    fn thin_many(&self, at: Address, count: u32, probability: f64) -> u32 {
        if count == 0 || probability <= 0.0 {
            return 0;
        }
        let uniform = self.streams.uniform(at.mechanism, at.year, at.unit, 0);
        if probability >= 1.0 { count } else { wide_binomial_quantile(count, probability, uniform) }
    }

    fn split(&self, at: Address, index: u32, count: u32, shares: &[f64], mut place: impl FnMut(usize, u32)) {
        let (mut left, mut rest) = (count, 1.0);
        let last = shares.iter().rposition(|share| *share > 0.0);
        for (category, share) in shares.iter().enumerate().filter(|(_, share)| **share > 0.0) {
            if left == 0 {
                break;
            }
            let conditional = if Some(category) == last { 1.0 } else { (share / rest).min(1.0) };
            let part = self.thin(at, index + PLACE_STRIDE * (category as u32 + 1), left, conditional);
            if part > 0 {
                place(category, part);
            }
            left -= part;
            rest -= share;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_of_any_size_lose_the_expected_number() {
        for (count, probability) in [(1, 0.3), (60, 0.005), (100, 0.005), (200, 0.003), (1000, 0.0005), (1000, 0.4)] {
            let futures = 40_000;
            let departing = |replicate: u32| {
                let chance = Drawn { streams: Streams::new(11, replicate) };
                let mut words = Vec::new();
                chance.prepare(2030, &[7], &mut words);
                let at = Address { mechanism: Mechanism::Fate, year: 2030, unit: 7 };
                let may = Drawn::may_depart(words[0], count, probability);
                let departing = chance.depart(at, words[0], count, probability);
                assert!(may || count > BLOCK || departing == 0, "a cell that is settled");
                if may { f64::from(departing) } else { 0.0 }
            };
            let mean = (0..futures).map(departing).sum::<f64>() / f64::from(futures);
            let expected = f64::from(count) * probability;
            let error = (expected * (1.0 - probability) / f64::from(futures)).sqrt();
            assert!((mean - expected).abs() < 4.0 * error, "{count} at {probability}: {mean}, not {expected}");
        }
    }
}
