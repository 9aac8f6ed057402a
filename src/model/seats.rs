//! Who gets the places there are.
//!
//! Children of one turn ask at once. Whole children are served one after the other in an order drawn
//! by lot, each at the first provider it prefers that has room, takes its age and need, and is one it
//! would travel to. So a place more changes at most one child's lot at each step of the queue, and never
//! leaves fewer placed. Expected children all ask their first provider, then, as far as they were not
//! placed, their second, …; a provider asked by more than it has room for takes the same share of each.

use super::place_model::{PlaceModel, Preference};
use crate::numerics::stream::unit_of_word;
use crate::scenario::place_effects::PlacesInForce;

/// Children who ask for a place in a limited setting.
#[derive(Clone, Copy, Debug)]
pub struct Seeker<C, L> {
    /// Number of the setting among the limited ones.
    pub limited: u8,
    pub turn: Turn,
    /// At the closing census.
    pub age: u8,
    pub need: u8,
    pub area: u8,
    /// Where they are while they wait; none for those whom the year brought.
    pub waits_in: Option<Stay>,
    pub count: C,
    pub lot: L,
}

/// Where a child is who lacks a place: a setting, and the provider there if its places are limited too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stay {
    pub setting: u8,
    pub provider: u8,
}

/// The order in which places are given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Turn {
    /// Pupils whose provider has no more room for them.
    Continuing,
    /// Children who enter a phase of education.
    PhaseTransfer,
    /// Children who found no place in an earlier year.
    Waiting,
    /// All others who join or move.
    New,
}

/// Room left.
#[derive(Clone, Debug, Default)]
pub struct Seats<C> {
    /// By provider.
    pub left: Vec<C>,
    /// By limited setting: children who may still be admitted.
    pub admissions: Vec<C>,
}

/// The random words of a child: who it is, its place in the queue, where it overflows, how far it travels.
pub type ChildLot = [u32; 4];

/// Whether a provider takes a child.
fn takes(force: &PlacesInForce, preference: &Preference, age: u8, need: u8) -> bool {
    force.takes[usize::from(preference.provider)][usize::from(age)] >> need & 1 == 1
}

/// Serves whole children of one setting and turn; `outcome` is told who got which place, or none.
pub fn admit_in_turn(
    model: &PlaceModel,
    force: &PlacesInForce,
    seats: &mut Seats<u32>,
    seekers: &mut [Seeker<u32, ChildLot>],
    mut outcome: impl FnMut(&Seeker<u32, ChildLot>, Option<u8>, u32),
) {
    // A stable sort: children of the same lot stay in the order of their cells.
    seekers.sort_by_key(|seeker| seeker.lot[1]);
    for seeker in seekers {
        outcome(seeker, seat_child(model, force, seats, seeker), 1);
    }
}

/// The place a child finds.
pub fn seat_child(
    model: &PlaceModel,
    force: &PlacesInForce,
    seats: &mut Seats<u32>,
    seeker: &Seeker<u32, ChildLot>,
) -> Option<u8> {
    let admissions = &mut seats.admissions[usize::from(seeker.limited)];
    if *admissions == 0 {
        return None;
    }
    let travels = unit_of_word(seeker.lot[3]);
    let found = model.preferences(seeker.limited, seeker.area).iter().find(|asked| {
        seats.left[usize::from(asked.provider)] > 0
            && travels < asked.share
            && takes(force, asked, seeker.age, seeker.need)
    })?;
    *admissions -= 1;
    seats.left[usize::from(found.provider)] -= 1;
    Some(found.provider)
}

/// Serves expected children of one setting and turn.
pub fn admit_pro_rata(
    model: &PlaceModel,
    force: &PlacesInForce,
    seats: &mut Seats<f64>,
    seekers: &mut [Seeker<f64, ()>],
    mut outcome: impl FnMut(&Seeker<f64, ()>, Option<u8>, f64),
) {
    let Some(limited) = seekers.first().map(|seeker| usize::from(seeker.limited)) else { return };
    let asking: f64 = seekers.iter().map(|seeker| seeker.count).sum();
    let may = if asking > 0.0 { (seats.admissions[limited] / asking).min(1.0) } else { 0.0 };
    // Of each seeker: those not placed, and of these the ones who would travel to the last asked, with
    // the share that would.
    let mut left: Vec<(f64, f64, f64)> = seekers.iter().map(|s| (s.count, s.count * may, 1.0)).collect();
    let ranks = (0..model.areas).map(|area| model.preferences(limited as u8, area as u8).len()).max().unwrap_or(0);
    let mut asked = vec![0.0; seats.left.len()];
    for rank in 0..ranks {
        asked.fill(0.0);
        let wish = |seeker: &Seeker<f64, ()>| {
            let preference = model.preferences(seeker.limited, seeker.area).get(rank)?;
            takes(force, preference, seeker.age, seeker.need).then_some(*preference)
        };
        for (seeker, (_, willing, share)) in seekers.iter().zip(&mut left) {
            if let Some(preference) = wish(seeker) {
                *willing *= preference.share / *share;
                *share = preference.share;
                asked[usize::from(preference.provider)] += *willing;
            }
        }
        for (seeker, (unplaced, willing, _)) in seekers.iter().zip(&mut left) {
            let Some(preference) = wish(seeker) else { continue };
            let provider = usize::from(preference.provider);
            if *willing > 0.0 && seats.left[provider] > 0.0 {
                let placed = *willing * (seats.left[provider] / asked[provider]).min(1.0);
                outcome(seeker, Some(preference.provider), placed);
                *willing -= placed;
                *unplaced -= placed;
                seats.admissions[limited] -= placed;
            }
        }
        for (left, asked) in seats.left.iter_mut().zip(&asked) {
            *left = (*left - asked).max(0.0);
        }
    }
    for (seeker, (unplaced, ..)) in seekers.iter().zip(left) {
        if unplaced > NOBODY {
            outcome(seeker, None, unplaced);
        }
    }
}

/// Fewer expected children than this are rounding.
const NOBODY: f64 = 1e-12;
