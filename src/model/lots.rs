//! Which children of a count are meant, and who of them gets a place: drawn child by child, or shared out.

use super::chance::{Address, Chance, Count, Drawn, Expected};
use super::place_model::PlaceModel;
use super::register::{Alike, Mark};
use super::seats::{ChildLot, Place, Seats, Seeker, admit_in_turn, admit_pro_rata};
use crate::numerics::binomial::wide_binomial_quantile;
use crate::numerics::stream::unit_of_word;
use crate::scenario::place_effects::PlacesInForce;

/// Who was drawn from a cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pick<M> {
    Known(M),
    /// One of whom no more is known, with a uniform that is left of the draw.
    Any(f64),
}

/// The two readings of [`Chance`] for children who are told apart.
pub trait Lots: Chance {
    /// What is drawn for a child.
    type Lot: Copy + std::fmt::Debug + Send;

    /// Takes `count` of `total` children, of whom `known` are known by their marks, each child as likely as
    /// another. `first` is the number of the first of them within the unit.
    fn draw_from(
        &self,
        at: Address,
        first: u32,
        known: &mut Vec<Alike<Self::Count>>,
        count_of_total: (Self::Count, Self::Count),
        drawn: impl FnMut(Pick<Mark>, Self::Count, Self::Lot),
    );

    /// Lets `count` of `total` children go, as [`Lots::draw_from`] does, where all that matters is which of
    /// the known ones are among them.
    fn let_go(
        &self,
        at: Address,
        first: u32,
        known: &mut Vec<Alike<Self::Count>>,
        count_of_total: (Self::Count, Self::Count),
        gone: impl FnMut(Mark, Self::Count),
    );

    /// Spreads many children over a few places in proportion to `shares`, which sum to 1.
    fn share_out(&self, at: Address, count: Self::Count, shares: &[f64], place: impl FnMut(usize, Self::Count));

    /// Takes those of `own` children who are among `count` drawn of `total`, and says how many they are.
    fn draw_share(
        &self,
        at: Address,
        first: u32,
        own: Self::Count,
        count_of_total: (Self::Count, Self::Count),
        drawn: impl FnMut(Self::Count, Self::Lot),
    ) -> Self::Count;

    /// Draws for `count` children one by one: `each(uniform, count, lot)`.
    fn draw_each(&self, at: Address, first: u32, count: Self::Count, each: impl FnMut(f64, Self::Count, Self::Lot));

    /// Tells children which area they live in, by shares added up.
    fn settle(uniform: f64, up_to: &[f64], count: Self::Count, lives: impl FnMut(u8, Self::Count));

    /// Where a child stands among those of the same turn.
    fn turn(lot: Self::Lot) -> u32;

    /// Gives places to seekers of one setting and turn: `outcome(seeker, provider, count)`.
    fn admit(
        model: &PlaceModel,
        force: &PlacesInForce,
        seats: &mut Seats<Self::Count>,
        seekers: &[Seeker<Self::Count, Self::Lot>],
        queue: &[Place],
        outcome: impl FnMut(&Seeker<Self::Count, Self::Lot>, Option<u8>, Self::Count),
    );

    /// The uniform that decides where a child goes who found no place.
    fn elsewhere(lot: Self::Lot) -> f64;

    /// Spreads a seeker over places in proportion to `shares`: `place(place, count, what is left of the uniform)`.
    fn divide(uniform: f64, count: Self::Count, shares: &[f64], place: impl FnMut(usize, Self::Count, f64));
}

impl Lots for Expected {
    type Lot = ();

    fn draw_from(
        &self,
        _: Address,
        _: u32,
        known: &mut Vec<Alike<f64>>,
        (count, total): (f64, f64),
        mut drawn: impl FnMut(Pick<Mark>, f64, ()),
    ) {
        let share = if total > 0.0 { (count / total).min(1.0) } else { 0.0 };
        let mut others = count;
        for alike in known.iter_mut() {
            let gone = alike.count * share;
            alike.count -= gone;
            others -= gone;
            drawn(Pick::Known(alike.mark), gone, ());
        }
        known.retain(|alike| alike.count > 0.0);
        if others > 0.0 {
            drawn(Pick::Any(0.0), others, ());
        }
    }

    fn let_go(
        &self,
        at: Address,
        first: u32,
        known: &mut Vec<Alike<f64>>,
        count_of_total: (f64, f64),
        mut gone: impl FnMut(Mark, f64),
    ) {
        self.draw_from(at, first, known, count_of_total, |pick, count, ()| {
            if let Pick::Known(mark) = pick {
                gone(mark, count);
            }
        });
    }

    fn share_out(&self, _: Address, count: f64, shares: &[f64], mut place: impl FnMut(usize, f64)) {
        shares.iter().enumerate().for_each(|(to, share)| place(to, count * share));
    }

    fn draw_share(
        &self,
        _: Address,
        _: u32,
        own: f64,
        (count, total): (f64, f64),
        mut drawn: impl FnMut(f64, ()),
    ) -> f64 {
        let share = if total > 0.0 { (count / total).min(1.0) * own } else { 0.0 };
        if share > 0.0 {
            drawn(share, ());
        }
        share
    }

    fn draw_each(&self, _: Address, _: u32, count: f64, mut each: impl FnMut(f64, f64, ())) {
        each(0.0, count, ());
    }

    fn settle(_: f64, up_to: &[f64], count: f64, mut lives: impl FnMut(u8, f64)) {
        let mut below = 0.0;
        for (area, sum) in up_to.iter().enumerate() {
            if *sum > below {
                lives(area as u8, count * (sum - below));
            }
            below = *sum;
        }
    }

    fn admit(
        model: &PlaceModel,
        force: &PlacesInForce,
        seats: &mut Seats<f64>,
        seekers: &[Seeker<f64, ()>],
        queue: &[Place],
        outcome: impl FnMut(&Seeker<f64, ()>, Option<u8>, f64),
    ) {
        admit_pro_rata(model, force, seats, seekers, queue, outcome);
    }

    fn turn((): ()) -> u32 {
        0
    }

    fn elsewhere((): ()) -> f64 {
        0.0
    }

    fn divide(_: f64, count: f64, shares: &[f64], mut place: impl FnMut(usize, f64, f64)) {
        let total: f64 = shares.iter().sum();
        for (to, share) in shares.iter().enumerate().filter(|(_, share)| **share > 0.0) {
            place(to, count * share / total, 0.0);
        }
    }
}

impl Lots for Drawn {
    type Lot = ChildLot;

    #[inline]
    fn draw_from(
        &self,
        at: Address,
        first: u32,
        known: &mut Vec<Alike<u32>>,
        (count, total): (u32, u32),
        mut drawn: impl FnMut(Pick<Mark>, u32, ChildLot),
    ) {
        for (drawn_before, child) in (first..first + count).enumerate() {
            let lot = self.streams.words(at.mechanism, at.year, at.unit, child);
            // The number of the child among those left, and what is left of the word.
            let product = u64::from(lot[0]) * u64::from(total - drawn_before as u32);
            let (number, rest) = ((product >> 32) as usize, product as u32);
            let pick = if number < known.len() {
                Pick::Known(known.swap_remove(number).mark)
            } else {
                Pick::Any(unit_of_word(rest))
            };
            drawn(pick, 1, lot);
        }
    }

    /// Four children share a block of words.
    #[inline]
    fn let_go(
        &self,
        at: Address,
        first: u32,
        known: &mut Vec<Alike<u32>>,
        (count, total): (u32, u32),
        mut gone: impl FnMut(Mark, u32),
    ) {
        let mut words = [0; 4];
        for drawn_before in 0..count {
            let child = first + drawn_before;
            if drawn_before == 0 || child.is_multiple_of(4) {
                words = self.streams.words(at.mechanism, at.year, at.unit, child / 4);
            }
            let word = words[(child % 4) as usize];
            let number = ((u64::from(word) * u64::from(total - drawn_before)) >> 32) as usize;
            if number < known.len() {
                gone(known.swap_remove(number).mark, 1);
            }
        }
    }

    fn share_out(&self, at: Address, count: u32, shares: &[f64], mut place: impl FnMut(usize, u32)) {
        let (mut left, mut rest) = (count, 1.0);
        for (to, share) in shares.iter().enumerate() {
            let last = to + 1 == shares.len();
            let conditional = if last { 1.0 } else { (share / rest).min(1.0) };
            let uniform = self.streams.uniform(at.mechanism, at.year, at.unit, to as u32);
            let part = if last { left } else { wide_binomial_quantile(left, conditional, uniform) };
            place(to, part);
            left -= part;
            rest = (rest - share).max(f64::MIN_POSITIVE);
        }
    }

    fn draw_share(
        &self,
        at: Address,
        first: u32,
        own: u32,
        (count, total): (u32, u32),
        mut drawn: impl FnMut(u32, ChildLot),
    ) -> u32 {
        let (mut left, mut among) = (count, total);
        for child in first..first + own {
            let lot = self.streams.words(at.mechanism, at.year, at.unit, child);
            // Each of those left is as likely as another to be one of those still to be drawn.
            if (u64::from(lot[0]) * u64::from(among)) >> 32 < u64::from(left) {
                left -= 1;
                drawn(1, lot);
            }
            among -= 1;
        }
        count - left
    }

    #[inline]
    fn draw_each(&self, at: Address, first: u32, count: u32, mut each: impl FnMut(f64, u32, ChildLot)) {
        for child in first..first + count {
            let lot = self.streams.words(at.mechanism, at.year, at.unit, child);
            each(unit_of_word(lot[0]), 1, lot);
        }
    }

    #[inline]
    fn settle(uniform: f64, up_to: &[f64], count: u32, mut lives: impl FnMut(u8, u32)) {
        let area = up_to.iter().position(|sum| uniform < *sum).unwrap_or(up_to.len() - 1);
        lives(area as u8, count);
    }

    fn admit(
        model: &PlaceModel,
        force: &PlacesInForce,
        seats: &mut Seats<u32>,
        seekers: &[Seeker<u32, ChildLot>],
        queue: &[Place],
        outcome: impl FnMut(&Seeker<u32, ChildLot>, Option<u8>, u32),
    ) {
        admit_in_turn(model, force, seats, seekers, queue, outcome);
    }

    fn turn(lot: ChildLot) -> u32 {
        lot[1]
    }

    fn elsewhere(lot: ChildLot) -> f64 {
        unit_of_word(lot[2])
    }

    fn divide(uniform: f64, count: u32, shares: &[f64], mut place: impl FnMut(usize, u32, f64)) {
        let total: f64 = shares.iter().sum();
        let mut left = uniform * total;
        let last = shares.iter().rposition(|share| *share > 0.0);
        for (to, share) in shares.iter().enumerate().filter(|(_, share)| **share > 0.0) {
            if left < *share || Some(to) == last {
                return place(to, count, (left / share).min(1.0));
            }
            left -= share;
        }
    }
}

/// A count that may be a place's: whole, or expected.
pub fn room_for<C: Count>(room: u32, filled: C) -> C {
    let room = C::whole(room);
    if room > filled { room - filled } else { C::default() }
}
