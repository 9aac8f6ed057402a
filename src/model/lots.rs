//! Which children of a count are meant, and who of them gets a place: drawn child by child, or shared out.

use super::chance::{Address, Chance, Count, Drawn, Expected};
use super::place_model::PlaceModel;
use super::seats::{ChildLot, Seats, Seeker, admit_in_turn, admit_pro_rata};
use crate::numerics::stream::unit_of_word;
use crate::scenario::place_effects::PlacesInForce;

/// The two readings of [`Chance`] for children who are told apart.
pub trait Lots: Chance {
    /// What is drawn for a child.
    type Lot: Copy + std::fmt::Debug + Send;

    /// Takes `count` out of `parts`, each child as likely as another: `drawn(part, count, lot)`. `first` is
    /// the number of the first of them within the unit.
    fn draw_from(
        &self,
        at: Address,
        first: u32,
        parts: &mut [Self::Count],
        count: Self::Count,
        drawn: impl FnMut(usize, Self::Count, Self::Lot),
    );

    /// Tells `count` children which area they live in, by shares added up.
    fn spread(
        &self,
        at: Address,
        first: u32,
        up_to: &[f64],
        count: Self::Count,
        lives: impl FnMut(usize, Self::Count, Self::Lot),
    );

    /// Gives places to seekers of one setting and turn: `outcome(seeker, provider, count)`.
    fn admit(
        model: &PlaceModel,
        force: &PlacesInForce,
        seats: &mut Seats<Self::Count>,
        seekers: &mut [Seeker<Self::Count, Self::Lot>],
        outcome: impl FnMut(&Seeker<Self::Count, Self::Lot>, Option<u8>, Self::Count),
    );

    /// The uniform that decides where a child goes who found no place.
    fn elsewhere(lot: Self::Lot) -> f64;

    /// Spreads a seeker over places in proportion to `shares`: `place(place, count, what is left of the uniform)`.
    fn divide(uniform: f64, count: Self::Count, shares: &[f64], place: impl FnMut(usize, Self::Count, f64));
}

impl Lots for Expected {
    type Lot = ();

    fn draw_from(&self, _: Address, _: u32, parts: &mut [f64], count: f64, mut drawn: impl FnMut(usize, f64, ())) {
        let total: f64 = parts.iter().sum();
        let share = if total > 0.0 { (count / total).min(1.0) } else { 0.0 };
        for (place, part) in parts.iter_mut().enumerate().filter(|(_, part)| **part > 0.0) {
            let gone = *part * share;
            *part -= gone;
            drawn(place, gone, ());
        }
    }

    fn spread(&self, _: Address, _: u32, up_to: &[f64], count: f64, mut lives: impl FnMut(usize, f64, ())) {
        let mut below = 0.0;
        for (area, sum) in up_to.iter().enumerate() {
            if *sum > below {
                lives(area, count * (sum - below), ());
            }
            below = *sum;
        }
    }

    fn admit(
        model: &PlaceModel,
        force: &PlacesInForce,
        seats: &mut Seats<f64>,
        seekers: &mut [Seeker<f64, ()>],
        outcome: impl FnMut(&Seeker<f64, ()>, Option<u8>, f64),
    ) {
        admit_pro_rata(model, force, seats, seekers, outcome);
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
        parts: &mut [u32],
        count: u32,
        mut drawn: impl FnMut(usize, u32, ChildLot),
    ) {
        let mut total: u32 = parts.iter().sum();
        for child in first..first + count {
            let lot = self.streams.words(at.mechanism, at.year, at.unit, child);
            // The number of the child among those left, without the bias of a remainder.
            let mut number = (u64::from(lot[0]) * u64::from(total) >> 32) as u32;
            let place = parts
                .iter()
                .position(|part| {
                    let here = number < *part;
                    number = number.wrapping_sub(*part);
                    here
                })
                .expect("no more leave than are there");
            parts[place] -= 1;
            total -= 1;
            drawn(place, 1, lot);
        }
    }

    #[inline]
    fn spread(
        &self,
        at: Address,
        first: u32,
        up_to: &[f64],
        count: u32,
        mut lives: impl FnMut(usize, u32, ChildLot),
    ) {
        for child in first..first + count {
            let lot = self.streams.words(at.mechanism, at.year, at.unit, child);
            let uniform = unit_of_word(lot[0]);
            let area = up_to.iter().position(|sum| uniform < *sum).unwrap_or(up_to.len() - 1);
            lives(area, 1, lot);
        }
    }

    fn admit(
        model: &PlaceModel,
        force: &PlacesInForce,
        seats: &mut Seats<u32>,
        seekers: &mut [Seeker<u32, ChildLot>],
        outcome: impl FnMut(&Seeker<u32, ChildLot>, Option<u8>, u32),
    ) {
        admit_in_turn(model, force, seats, seekers, outcome);
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
