//! Two readings of the equations of plans: whole children of several futures side by side, or expected numbers of one.
//!
//! The blocks of plans do the same to all futures, and so are written for numbers of several at once. A
//! future's children do not depend on which futures stand beside it: each has words of its own.

use std::fmt::Debug;

use super::chance::{Address, BLOCK_STRIDE, Drawn, Expected};
use super::lots::Lots;
use super::moves::Destinations;
use super::profile::Profile;
use crate::domain::setting::Settings;
use crate::numerics::binomials::{self, Odds, binomial_quantiles};
use crate::numerics::lanes::{LANES, Lanes, Number, SideBySide, run_side_by_side};
use crate::numerics::poissons::{self, poisson_quantiles};
use crate::numerics::stream::{StreamsTogether, WORDS, halfway_in_words, units_of_words};

/// One of the four words of a unit's index.
#[derive(Clone, Copy)]
pub struct Word<'a, W> {
    pub at: Address,
    pub index: u32,
    pub words: &'a W,
    pub number: usize,
}

/// How a probability becomes a number of plans, in every future that is worked on.
pub trait Futures: Copy {
    type Number: Number;
    /// Four random words of each future.
    type Words: Copy + Debug + Default;
    /// Children of one of them.
    type Alone: Lots;

    /// One future by itself.
    fn alone(&self, lane: usize) -> Self::Alone;

    fn words(&self, at: Address, index: u32) -> Self::Words;

    /// How many of `count` meet an event. Up to a block of children are decided by the word, and others by words of
    /// their own.
    fn meet(&self, by: Word<Self::Words>, count: Self::Number, odds: Odds<Self::Number>) -> Self::Number;

    /// A number of events with the given mean, by the word and, where the mean is large, others.
    fn arrive(&self, by: Word<Self::Words>, mean: Self::Number) -> Self::Number;

    /// Where those of a cell who change setting go: `place(index, setting, part)`, with an index for each part.
    fn settle(
        &self,
        at: Address,
        words: &Self::Words,
        movers: Self::Number,
        destinations: Destinations<Self::Number>,
        place: impl FnMut(u32, usize, Self::Number),
    );

    /// Spreads `count` over the categories of a profile: `place(index, category, lane, part)`, with an index for each
    /// part.
    fn scatter(&self, at: Address, count: Self::Number, profile: &Profile, place: impl FnMut(u32, usize, usize, f64));

    /// The part of `count` that meets an event; `index` tells parts of a unit apart.
    fn thin(&self, at: Address, index: u32, count: Self::Number, probability: Self::Number) -> Self::Number;

    /// Spreads `count` over a few places in proportion to `shares`, which sum to 1, with an index
    /// for each place, [`PLACE_STRIDE`] apart.
    fn split(
        &self,
        at: Address,
        index: u32,
        count: Self::Number,
        shares: &[f64],
        place: &mut dyn FnMut(usize, Self::Number),
    ) {
        let (mut left, mut rest) = (count, 1.0);
        let last = shares.iter().rposition(|share| *share > 0.0);
        for (category, share) in shares.iter().enumerate().filter(|(_, share)| **share > 0.0) {
            if Some(category) == last {
                return place(category, left);
            }
            let index = index + PLACE_STRIDE * (category as u32 + 1);
            let part = self.thin(at, index, left, Self::Number::splat((share / rest).min(1.0)));
            if !part.is_zero() {
                place(category, part);
            }
            left = left - part;
            rest -= share;
        }
    }
}

/// Where a place of [`Futures::split`], counted from 1, stands in the index: parts of a unit are fewer.
pub const PLACE_STRIDE: u32 = 1 << 20;

impl Futures for Expected {
    type Number = f64;
    type Words = ();
    type Alone = Expected;

    fn alone(&self, _: usize) -> Expected {
        Expected
    }

    fn words(&self, _: Address, _: u32) {}

    fn meet(&self, _: Word<()>, count: f64, odds: Odds<f64>) -> f64 {
        count * odds.probability()
    }

    fn arrive(&self, _: Word<()>, mean: f64) -> f64 {
        mean
    }

    fn settle(
        &self,
        _: Address,
        (): &(),
        movers: f64,
        destinations: Destinations<f64>,
        mut place: impl FnMut(u32, usize, f64),
    ) {
        destinations.visit(movers, |setting, part| {
            place(0, setting, part);
            true
        });
    }

    fn scatter(&self, _: Address, count: f64, profile: &Profile, mut place: impl FnMut(u32, usize, usize, f64)) {
        profile.shares().for_each(|(category, share)| place(0, category, 0, count * share));
    }

    fn thin(&self, _: Address, _: u32, count: f64, probability: f64) -> f64 {
        count * probability
    }
}

/// Whole children, drawn from the streams of [`LANES`] replicates.
#[derive(Clone, Copy, Debug)]
pub struct DrawnTogether {
    pub streams: StreamsTogether,
}

/// Movers of a cell whose words are held at once.
const MOST_TOGETHER: usize = 16;

/// More than the parts they may fall into: every destination twice, once for those who are steered there, and a rest.
const MOST_PARTS: u32 = 4 * Settings::MOST as u32;

impl DrawnTogether {
    /// Draws for a block of `whole` by the word, and for further ones by words of their own.
    #[inline(always)]
    fn in_blocks(
        &self,
        by: Word<[Lanes<u64>; 4]>,
        whole: Lanes,
        block: f64,
        draw: impl Fn(Lanes, Lanes) -> Lanes,
    ) -> Lanes {
        let block = Lanes::splat(block);
        let uniforms = units_of_words(by.words[by.number]);
        if !whole.exceeds(block) {
            return draw(whole, uniforms);
        }
        let further = InBlocks { streams: &self.streams, by, whole, block, uniforms, draw };
        run_side_by_side(further)
    }
}

/// Draws for a block at a time, where there are several.
struct InBlocks<'a, D> {
    streams: &'a StreamsTogether,
    by: Word<'a, [Lanes<u64>; 4]>,
    whole: Lanes,
    block: Lanes,
    uniforms: Lanes,
    draw: D,
}

impl<D: Fn(Lanes, Lanes) -> Lanes> SideBySide for InBlocks<'_, D> {
    type Output = Lanes;

    #[inline(always)]
    fn run(self) -> Lanes {
        let InBlocks { streams, by: Word { at, index, number, .. }, block, draw, mut uniforms, .. } = self;
        let (mut events, mut left, mut unit) = (Lanes::default(), self.whole, at.unit);
        while !left.is_zero() {
            events += draw(left.least(block), uniforms);
            left = left - left.least(block);
            unit += BLOCK_STRIDE;
            uniforms = units_of_words(streams.words(at.mechanism, at.year, unit, index)[number]);
        }
        events
    }
}

/// The part of a count that meets an event.
struct Thin<'a> {
    futures: &'a DrawnTogether,
    at: Address,
    index: u32,
    count: Lanes,
    probability: Lanes,
}

impl SideBySide for Thin<'_> {
    type Output = Lanes;

    #[inline(always)]
    fn run(self) -> Lanes {
        let Thin { futures, at, index, count, probability } = self;
        let words = futures.words(at, index);
        futures.meet(Word { at, index, words: &words, number: 0 }, count, Odds::of_probability(probability))
    }
}

impl Futures for DrawnTogether {
    type Number = Lanes;
    type Words = [Lanes<u64>; 4];
    type Alone = Drawn;

    fn alone(&self, lane: usize) -> Drawn {
        Drawn { streams: self.streams.alone(lane) }
    }

    #[inline(always)]
    fn words(&self, at: Address, index: u32) -> [Lanes<u64>; 4] {
        self.streams.words(at.mechanism, at.year, at.unit, index)
    }

    #[inline(always)]
    fn meet(&self, by: Word<[Lanes<u64>; 4]>, count: Lanes, odds: Odds<Lanes>) -> Lanes {
        self.in_blocks(
            by,
            count,
            f64::from(binomials::BLOCK),
            #[inline(always)]
            |count, uniforms| binomial_quantiles(count, odds, uniforms),
        )
    }

    /// A mean above a block's is the sum of independent Poisson numbers of means of a block and a rest, which stays
    /// monotone: as the mean grows the rest grows, and then a new block starts from nothing.
    #[inline(always)]
    fn arrive(&self, by: Word<[Lanes<u64>; 4]>, mean: Lanes) -> Lanes {
        self.in_blocks(by, mean, poissons::BLOCK, poisson_quantiles)
    }

    /// Each child has a word of its own, the first two of them those left over from the cell: binomials, one for each
    /// destination, would take as many steps as they have events.
    #[inline(always)]
    fn settle(
        &self,
        at: Address,
        words: &[Lanes<u64>; 4],
        movers: Lanes,
        destinations: Destinations<Lanes>,
        mut place: impl FnMut(u32, usize, Lanes),
    ) {
        let (one, nobody) = (Lanes::splat(1.0), Lanes::default());
        let (mut block, mut word, mut index) = (*words, 2, 0);
        let (mut left, mut part_index) = (movers, 0);
        while !left.is_zero() {
            // A word of each child, and below all others where a future has no further one.
            let mut together = [Lanes::splat(-1.0); MOST_TOGETHER];
            let (mut rounds, mut all) = (0, nobody);
            while rounds < MOST_TOGETHER && !left.is_zero() {
                if word == 4 {
                    (word, index) = (0, index + 1);
                    block = self.words(at, index);
                }
                let child = left.least(one);
                together[rounds] = child.if_above(nobody, halfway_in_words(block[word]), together[rounds]);
                (all, left) = (all + child, left - child);
                (rounds, word) = (rounds + 1, word + 1);
            }
            let together = &together[..rounds];
            let (mut beyond, mut bound, mut last) = (all, nobody, 0);
            destinations.visit(
                Lanes::splat(WORDS),
                #[inline(always)]
                |setting, part| {
                    bound += part;
                    let mut further = nobody;
                    for word in together {
                        // Words and bounds in steps and half steps: none is equal to another but by rounding.
                        further += word.if_above(bound, one, nobody);
                    }
                    place(part_index, setting, beyond - further);
                    part_index += 1;
                    (beyond, last) = (further, setting);
                    !beyond.is_zero()
                },
            );
            // Bounds add up to all words but for rounding.
            if !beyond.is_zero() {
                place(part_index, last, beyond);
            }
            // Where those of the next words stand, however many destinations were met.
            part_index = part_index.next_multiple_of(MOST_PARTS);
        }
    }

    fn thin(&self, at: Address, index: u32, count: Lanes, probability: Lanes) -> Lanes {
        if count.is_zero() {
            return count;
        }
        run_side_by_side(Thin { futures: self, at, index, count, probability })
    }

    #[inline(always)]
    fn scatter(&self, at: Address, count: Lanes, profile: &Profile, mut place: impl FnMut(u32, usize, usize, f64)) {
        let (mut index, mut left) = (0, count);
        while !left.is_zero() {
            let words = self.words(at, index / 4);
            for word in words {
                for lane in (0..LANES).filter(|lane| left.lane(*lane) > 0.0) {
                    place(index, profile.category(profile.entry(word.0[lane] as u32)), lane, 1.0);
                }
                left = left - left.least(Lanes::splat(1.0));
                index += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numerics::stream::Mechanism;

    const AT: Address = Address { mechanism: Mechanism::Fate, year: 2030, unit: 7 };

    fn word(words: &[Lanes<u64>; 4]) -> Word<'_, [Lanes<u64>; 4]> {
        Word { at: AT, index: 0, words, number: 1 }
    }

    /// Mean and variance of what futures draw, and their number.
    fn moments(draw: impl Fn(DrawnTogether) -> Lanes) -> (f64, f64, f64) {
        let groups = 40_000 / LANES as u32;
        let drawn = |group: u32| draw(DrawnTogether { streams: StreamsTogether::new(11, group * LANES as u32) }).0;
        let drawn: Vec<f64> = (0..groups).flat_map(drawn).collect();
        let count = drawn.len() as f64;
        let mean = drawn.iter().sum::<f64>() / count;
        (mean, drawn.iter().map(|number| (number - mean) * (number - mean)).sum::<f64>() / count, count)
    }

    #[test]
    fn cells_of_any_size_lose_the_expected_number() {
        for (count, probability) in [(1.0, 0.3), (60.0, 0.005), (100.0, 0.005), (2000.0, 0.0005), (2000.0, 0.4)] {
            let odds = Odds::of_probability(Lanes::splat(probability));
            let (mean, variance, futures) =
                moments(|drawn| drawn.meet(word(&drawn.words(AT, 0)), Lanes::splat(count), odds));
            let (expected, spread) = (count * probability, count * probability * (1.0 - probability));
            assert!((mean - expected).abs() < 4.0 * (spread / futures).sqrt(), "{count} at {probability}: {mean}");
            assert!((variance / spread - 1.0).abs() < 0.1, "{count} at {probability}: {variance}, not {spread}");
        }
    }

    #[test]
    fn arrivals_keep_mean_and_variance_and_grow_with_the_mean() {
        for mean in [0.01, 2.0, 64.0, 170.0, 1300.0] {
            let arrive = |drawn: DrawnTogether, mean| drawn.arrive(word(&drawn.words(AT, 0)), Lanes::splat(mean));
            let (found, variance, futures) = moments(|drawn| arrive(drawn, mean));
            assert!((found - mean).abs() < 4.0 * (mean / futures).sqrt(), "{mean}: {found}");
            assert!((variance / mean - 1.0).abs() < 0.1, "{mean}: variance {variance}");
            for group in 0..50 {
                let drawn = DrawnTogether { streams: StreamsTogether::new(3, group) };
                assert!(!arrive(drawn, mean).exceeds(arrive(drawn, mean * 1.1)));
            }
        }
    }

    #[test]
    fn a_split_loses_nobody_and_keeps_its_shares() {
        let shares = [0.0, 0.2, 0.5, 0.0, 0.3, 0.0];
        for (to, share) in shares.iter().enumerate() {
            let (mean, _, futures) = moments(|drawn| {
                let (mut all, mut own) = (Lanes::default(), Lanes::default());
                drawn.split(AT, 0, Lanes::splat(30.0), &shares, &mut |place, part| {
                    all += part;
                    own += if place == to { part } else { Lanes::default() };
                });
                assert_eq!(all, Lanes::splat(30.0));
                own
            });
            assert!((mean - 30.0 * share).abs() < 4.0 * (7.5 / futures).sqrt(), "{to}: {mean}");
        }
    }

    #[test]
    fn a_scatter_loses_nobody_and_keeps_its_shares() {
        let mut profile = Profile::default();
        profile.rebuild([1.0, 0.0, 3.0].into_iter());
        let count = Lanes::of_lanes(|lane| lane as f64);
        let (mean, _, futures) = moments(|drawn| {
            let (mut all, mut own) = (Lanes::default(), Lanes::default());
            drawn.scatter(AT, count, &profile, |_, category, lane, part| {
                all.add_to_lane(lane, part);
                if category == 2 {
                    own.add_to_lane(lane, part);
                }
            });
            assert_eq!(all, count);
            own
        });
        // Each future has as many as its lane's number.
        let expected = 0.75 * (LANES - 1) as f64 / 2.0;
        assert!((mean - expected).abs() < 4.0 * (0.25 * expected / futures).sqrt(), "{mean}");
    }
}
