//! Named random streams: a draw is addressed by mechanism, replicate, year and unit.
//!
//! Two scenarios that ask for the same address get the same uniform, so their difference is
//! paired; a new mechanism takes a new name and moves no other draw. The scenario is on purpose
//! not part of the address.

use super::lanes::{LANES, Lanes, Number};
use super::philox;

/// What a draw is for. The numbers are part of every published result: append, never renumber, and leave out
/// the numbers of those that are gone (2, 4, 10, 16, 17).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Mechanism {
    /// How uncertain rates, and the years' shocks to them, came out in this replicate.
    Parameters = 1,
    /// How many plans of a cell cease, how many change setting, and where the first two of these go: a word
    /// each.
    LeavingAndMoving = 3,
    /// Where further ones go.
    Fate = 5,
    /// Whether a lever diverts a mover.
    MoverDiversion = 6,
    /// How many requests lead to a plan of each need and setting.
    Issuing = 7,
    /// How many requests lead to an assessment and no plan.
    AssessedOnly = 8,
    /// How many requests lead to no assessment.
    NotAssessed = 9,
    /// Whether a lever lets a new plan come about.
    NewPlanThinning = 11,
    /// Whether a lever diverts a new plan to another setting.
    NewPlanDiversion = 12,
    /// How many plans move in from other areas.
    MovingIn = 13,
    /// Need and setting of a plan that moved in.
    MovedInProfile = 14,
    /// New plans that a lever adds.
    AddedIssuing = 15,
    /// Which exchange the rounding of a table tries.
    Rounding = 18,
    /// How wrong the growth of an area turns out in a future of the backtest.
    GrowthError = 19,
    /// Where a pupil of the base census lives, and its turn for a place.
    OpeningPlace = 20,
    /// Which children of a cell move to a setting with limited places, their turn for a place there, and
    /// where they go without one.
    WhoSeeks = 21,
    /// The same of those who join, and where they live.
    JoinerTurn = 22,
    /// Turns of children who lack a place since earlier years.
    Waiting = 23,
    /// Which pupils a provider has no more room for, and those who grew out of its ages.
    LostPlace = 24,
    OutgrownPlace = 25,
    /// Where those live who neither hold nor lack a place.
    AreaOfPlans = 26,
    /// Which children of a cell leave or move elsewhere.
    WhoGoes = 27,
    /// How much work of a kind a child or case takes, and how many take it up.
    ServiceWork = 28,
    /// Hours that staff of a grade have for children.
    StaffHours = 29,
    /// How many children are referred to a service.
    Referrals = 30,
    /// Pupils identified for SEN support, those who no longer need it, and those of them who get a plan.
    Identifying = 31,
    SteppingDown = 32,
    Escalating = 33,
    /// How well support for pupils on SEN support works.
    EarlySupport = 34,
    /// How a kind of work grows, and what becomes of those whom a service diagnoses.
    ServiceTrend = 35,
    ServiceOutcome = 36,
    /// Prices, and how they rise.
    Price = 37,
}

/// The FNV-1a hash of a name: the same whatever else is listed.
pub fn unit_of_name(whole: &str, part: &str) -> u32 {
    let bytes = whole.bytes().chain([b'/']).chain(part.bytes());
    bytes.fold(0x811C_9DC5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

/// All draws of one replicate.
#[derive(Clone, Copy, Debug)]
pub struct Streams {
    seed: u64,
    replicate: u32,
}

impl Streams {
    pub fn new(seed: u64, replicate: u32) -> Streams {
        Streams { seed, replicate }
    }

    /// Two uniforms on (0, 1) for a unit of a mechanism in a year (0 where the year has no say).
    #[inline]
    pub fn pair(&self, mechanism: Mechanism, year: u16, unit: u32, index: u32) -> [f64; 2] {
        self.block(mechanism, year, unit, index).map(open_unit)
    }

    /// Four words for a unit of a mechanism in a year; [`unit_of_word`] makes each a uniform.
    #[inline]
    pub fn words(&self, mechanism: Mechanism, year: u16, unit: u32, index: u32) -> [u32; 4] {
        let [first, second] = self.block(mechanism, year, unit, index);
        [(first >> 32) as u32, first as u32, (second >> 32) as u32, second as u32]
    }

    #[inline]
    fn block(&self, mechanism: Mechanism, year: u16, unit: u32, index: u32) -> [u64; 2] {
        let place = u64::from(index) << 32 | u64::from(unit);
        let stream = u64::from(self.replicate) << 32 | u64::from(mechanism as u8) << 16 | u64::from(year);
        philox::block([place, stream], self.seed)
    }

    /// The first of [`Streams::pair`].
    #[inline]
    pub fn uniform(&self, mechanism: Mechanism, year: u16, unit: u32, index: u32) -> f64 {
        self.pair(mechanism, year, unit, index)[0]
    }

    /// A run of uniforms for samplers that need an unknown number of them.
    pub fn sequence(&self, mechanism: Mechanism, unit: u32) -> Sequence {
        Sequence { streams: *self, mechanism, unit, index: 0, spare: None }
    }
}

/// All draws of the replicates that are worked on side by side.
#[derive(Clone, Copy, Debug)]
pub struct StreamsTogether {
    seed: u64,
    first: u32,
    /// In memory: made anew for every block of words, the compiler would take each lane apart.
    replicates: Lanes<u64>,
}

impl StreamsTogether {
    /// The replicates from `first` on.
    pub fn new(seed: u64, first: u32) -> StreamsTogether {
        let mut replicates = [u64::from(first); LANES];
        replicates.iter_mut().zip(0..).for_each(|(replicate, lane)| *replicate += lane);
        StreamsTogether { seed, first, replicates: Lanes(replicates) }
    }

    /// The streams of one of them.
    pub fn alone(&self, lane: usize) -> Streams {
        Streams::new(self.seed, self.first + lane as u32)
    }

    /// Four words of each replicate for a unit of a mechanism in a year; [`units_of_words`] makes them uniforms. No
    /// words of [`Streams::words`], whose generator is another.
    #[inline(always)]
    pub fn words(&self, mechanism: Mechanism, year: u16, unit: u32, index: u32) -> [Lanes<u64>; 4] {
        let stream = u32::from(mechanism as u8) << 16 | u32::from(year);
        philox::blocks([unit, index, stream], self.replicates, [self.seed as u32, (self.seed >> 32) as u32])
    }
}

/// Successive uniforms of one unit.
#[derive(Clone, Debug)]
pub struct Sequence {
    streams: Streams,
    mechanism: Mechanism,
    unit: u32,
    index: u32,
    spare: Option<f64>,
}

impl Sequence {
    pub fn draw_uniform(&mut self) -> f64 {
        if let Some(value) = self.spare.take() {
            return value;
        }
        let [first, second] = self.streams.pair(self.mechanism, 0, self.unit, self.index);
        self.index += 1;
        self.spare = Some(second);
        first
    }
}

/// How many random words there are: a share of this is a bound that a word stays below with that
/// probability.
pub const WORDS: f64 = 4_294_967_296.0;

/// A uniform on (0, 1) in steps of 2⁻³²: enough where it decides what happens to one child or
/// how many of a few do, and four come from a block.
#[inline]
pub fn unit_of_word(word: u32) -> f64 {
    (f64::from(word) + 0.5) * (1.0 / WORDS)
}

/// [`unit_of_word`] of every lane, which holds its word in its lower half.
#[inline(always)]
pub fn units_of_words(words: Lanes<u64>) -> Lanes {
    halfway_in_words(words) * Lanes::splat(1.0 / WORDS)
}

/// The same in units of a word's step: the word and a half.
#[inline(always)]
pub fn halfway_in_words(words: Lanes<u64>) -> Lanes {
    // Beside 2⁵² a word is the last bits of a double.
    words.map(
        #[inline(always)]
        |word| f64::from_bits(word & 0xFFFF_FFFF | TWO_TO_52.to_bits()) - (TWO_TO_52 - 0.5),
    )
}

const TWO_TO_52: f64 = 4_503_599_627_370_496.0;

/// 52 bits and a half step: never 0 and never 1, so that logarithms and inversions are safe.
#[inline]
fn open_unit(word: u64) -> f64 {
    ((word >> 12) as f64 + 0.5) * (1.0 / TWO_TO_52)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uniforms_are_open_at_both_ends() {
        assert!(open_unit(0) > 0.0);
        assert!(open_unit(u64::MAX) < 1.0);
        assert!(unit_of_word(0) > 0.0 && unit_of_word(u32::MAX) < 1.0);
    }

    #[test]
    fn every_part_of_the_address_changes_the_draw() {
        let base = Streams::new(7, 3).uniform(Mechanism::LeavingAndMoving, 2025, 11, 0);
        let others = [
            Streams::new(8, 3).uniform(Mechanism::LeavingAndMoving, 2025, 11, 0),
            Streams::new(7, 4).uniform(Mechanism::LeavingAndMoving, 2025, 11, 0),
            Streams::new(7, 3).uniform(Mechanism::Fate, 2025, 11, 0),
            Streams::new(7, 3).uniform(Mechanism::LeavingAndMoving, 2026, 11, 0),
            Streams::new(7, 3).uniform(Mechanism::LeavingAndMoving, 2025, 12, 0),
            Streams::new(7, 3).uniform(Mechanism::LeavingAndMoving, 2025, 11, 1),
        ];
        for other in others {
            assert_ne!(base.to_bits(), other.to_bits());
        }
        let again = Streams::new(7, 3).uniform(Mechanism::LeavingAndMoving, 2025, 11, 0);
        assert_eq!(base.to_bits(), again.to_bits());
    }

    #[test]
    fn words_of_lanes_make_the_same_uniforms_as_words_alone() {
        for word in [0, 1, 77, 1 << 31, u32::MAX - 1, u32::MAX] {
            // What stands above the word has no say.
            let lanes = Lanes([u64::from(word) | 0xABCD_0000_0000_0000; LANES]);
            assert_eq!(units_of_words(lanes).lane(4).to_bits(), unit_of_word(word).to_bits());
        }
    }

    #[test]
    fn every_part_of_the_address_changes_the_words_of_each_lane() {
        let words = |seed, first, mechanism, year, unit, index, lane: usize| {
            let words = StreamsTogether::new(seed, first).words(mechanism, year, unit, index);
            words.map(|word| word.0[lane] as u32)
        };
        let base = words(7, 3, Mechanism::Fate, 2025, 11, 0, 2);
        assert_eq!(base, words(7, 5, Mechanism::Fate, 2025, 11, 0, 0), "wherever a replicate stands");
        for other in [
            words(8, 3, Mechanism::Fate, 2025, 11, 0, 2),
            words(7 + (1 << 40), 3, Mechanism::Fate, 2025, 11, 0, 2),
            words(7, 4, Mechanism::Fate, 2025, 11, 0, 2),
            words(7, 3, Mechanism::LeavingAndMoving, 2025, 11, 0, 2),
            words(7, 3, Mechanism::Fate, 2026, 11, 0, 2),
            words(7, 3, Mechanism::Fate, 2025, 12, 0, 2),
            words(7, 3, Mechanism::Fate, 2025, 11, 1, 2),
        ] {
            assert!(base.iter().zip(other).all(|(a, b)| *a != b));
        }
    }

    #[test]
    fn uniforms_have_the_mean_and_variance_of_the_unit_interval() {
        let streams = Streams::new(1, 1);
        let draws: Vec<f64> = (0..100_000).flat_map(|unit| streams.pair(Mechanism::Fate, 2030, unit, 0)).collect();
        let count = draws.len() as f64;
        let mean = draws.iter().sum::<f64>() / count;
        let variance = draws.iter().map(|u| (u - mean) * (u - mean)).sum::<f64>() / count;
        assert!((mean - 0.5).abs() < 0.003, "mean {mean}");
        assert!((variance - 1.0 / 12.0).abs() < 0.001, "variance {variance}");
    }
}
