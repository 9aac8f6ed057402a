//! Who gets the places there are.
//!
//! Children of one turn ask at once. Whole children are served one after the other in an order drawn
//! by lot, each at the first provider it prefers that has room, takes its age and need, and is one it
//! would travel to. So a place more changes at most one child's lot at each step of the queue, and never
//! leaves fewer placed. Expected children all ask their first provider, then, as far as they were not
//! placed, their second, …; a provider asked by more than it has room for takes the same share of each.

use super::chance::Count;
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
    /// The setting they are counted in so far: where they wait, or where they are bound for or were.
    pub counted_in: u8,
    /// What they go back to if they find no place; none for those who must go somewhere.
    pub stay: Option<Stay>,
    pub origin: Origin,
    pub count: C,
    pub lot: L,
}

/// Whether a cap on admissions concerns a child.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A pupil of the setting who lost a place there.
    Pupil,
    Newcomer,
}

/// Where a child stays who lacks a place: with a provider, if places are limited there, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stay {
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
    /// By limited setting: children who may still be admitted, and room left of all its providers.
    pub admissions: Vec<C>,
    pub vacant: Vec<C>,
    /// By limited setting and area of the child: providers that had room when the queue was called, in the
    /// order they are asked.
    pub open: Vec<Vec<Preference>>,
}

impl<C: Count> Seats<C> {
    /// Looks which providers have room.
    pub fn list_open(&mut self, model: &PlaceModel) {
        self.open.resize(model.limited.len() * model.areas, Vec::new());
        let Seats { left, open, vacant, .. } = self;
        vacant.clear();
        vacant.resize(model.limited.len(), C::default());
        for (limited, left) in model.provider_setting.iter().zip(left.iter()) {
            vacant[usize::from(*limited)].add_up_to(*left);
        }
        for (list, open) in open.iter_mut().enumerate() {
            let (limited, area) = (list / model.areas, list % model.areas);
            open.clear();
            let asked = model.preferences(limited as u8, area as u8).iter();
            open.extend(asked.filter(|asked| left[usize::from(asked.provider)] > C::default()));
        }
    }
}

/// A place in a queue: setting, turn, lot, and the number of the seeker, in the order they are served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place(u64);

impl Place {
    pub fn new(limited: u8, turn: Turn, lot: u32, seeker: usize) -> Place {
        let called = u64::from(limited) << 2 | turn as u64;
        debug_assert!(seeker < 1 << 24 && called < 1 << 8);
        Place(called << 56 | u64::from(lot) << 24 | seeker as u64)
    }

    /// Whether two are of the same setting and turn.
    pub fn is_called_with(self, other: Place) -> bool {
        self.0 >> 56 == other.0 >> 56
    }

    pub fn seeker(self) -> usize {
        (self.0 & 0xFF_FFFF) as usize
    }
}

/// The random words of a child: who it is, its place in the queue, where it overflows, how far it travels.
pub type ChildLot = [u32; 4];

/// Whether a provider takes a child.
fn takes(force: &PlacesInForce, preference: &Preference, age: u8, need: u8) -> bool {
    force.takes[usize::from(preference.provider)][usize::from(age)] >> need & 1 == 1
}

/// Serves whole children of one setting and turn in their order; `outcome` is told who got which place,
/// or none.
pub fn admit_in_turn(
    model: &PlaceModel,
    force: &PlacesInForce,
    seats: &mut Seats<u32>,
    seekers: &[Seeker<u32, ChildLot>],
    queue: &[Place],
    mut outcome: impl FnMut(&Seeker<u32, ChildLot>, Option<u8>, u32),
) {
    for place in queue {
        let seeker = &seekers[place.seeker()];
        outcome(seeker, seat_child(model, force, seats, seeker), 1);
    }
}

/// The place a child finds.
fn seat_child(
    model: &PlaceModel,
    force: &PlacesInForce,
    seats: &mut Seats<u32>,
    seeker: &Seeker<u32, ChildLot>,
) -> Option<u8> {
    let admissions = &mut seats.admissions[usize::from(seeker.limited)];
    let vacant = &mut seats.vacant[usize::from(seeker.limited)];
    let capped = seeker.origin == Origin::Newcomer;
    if *vacant == 0 || capped && *admissions == 0 {
        return None;
    }
    let travels = unit_of_word(seeker.lot[3]);
    let open = &seats.open[usize::from(seeker.limited) * model.areas + usize::from(seeker.area)];
    let found = open.iter().find(|asked| {
        seats.left[usize::from(asked.provider)] > 0
            && travels < asked.share
            && takes(force, asked, seeker.age, seeker.need)
    })?;
    *admissions -= u32::from(capped);
    *vacant -= 1;
    seats.left[usize::from(found.provider)] -= 1;
    Some(found.provider)
}

/// Serves expected children of one setting and turn.
pub fn admit_pro_rata(
    model: &PlaceModel,
    force: &PlacesInForce,
    seats: &mut Seats<f64>,
    seekers: &[Seeker<f64, ()>],
    queue: &[Place],
    mut outcome: impl FnMut(&Seeker<f64, ()>, Option<u8>, f64),
) {
    let seekers: Vec<&Seeker<f64, ()>> = queue.iter().map(|place| &seekers[place.seeker()]).collect();
    let Some(limited) = seekers.first().map(|seeker| usize::from(seeker.limited)) else { return };
    let newcomers = seekers.iter().filter(|seeker| seeker.origin == Origin::Newcomer);
    let asking: f64 = newcomers.map(|seeker| seeker.count).sum();
    let may = if asking > 0.0 { (seats.admissions[limited] / asking).min(1.0) } else { 0.0 };
    // Of each seeker: those not placed, and of these the ones who would travel to the last asked, with
    // the share that would.
    let admitted = |seeker: &Seeker<f64, ()>| if seeker.origin == Origin::Newcomer { may } else { 1.0 };
    let mut left: Vec<(f64, f64, f64)> = seekers.iter().map(|s| (s.count, s.count * admitted(s), 1.0)).collect();
    let open = |seats: &Seats<f64>, area: u8, rank: usize| {
        seats.open[limited * model.areas + usize::from(area)].get(rank).copied()
    };
    let ranks = seats.open[limited * model.areas..][..model.areas].iter().map(Vec::len).max().unwrap_or(0);
    let mut asked = vec![0.0; seats.left.len()];
    for rank in 0..ranks {
        asked.fill(0.0);
        let wish = |seats: &Seats<f64>, seeker: &Seeker<f64, ()>| {
            let preference = open(seats, seeker.area, rank)?;
            takes(force, &preference, seeker.age, seeker.need).then_some(preference)
        };
        for (seeker, (_, willing, share)) in seekers.iter().zip(&mut left) {
            if let Some(preference) = wish(seats, seeker) {
                *willing *= preference.share / *share;
                *share = preference.share;
                asked[usize::from(preference.provider)] += *willing;
            }
        }
        for (seeker, (unplaced, willing, _)) in seekers.iter().zip(&mut left) {
            let Some(preference) = wish(seats, seeker) else { continue };
            let provider = usize::from(preference.provider);
            if *willing > 0.0 && seats.left[provider] > 0.0 {
                let placed = *willing * (seats.left[provider] / asked[provider]).min(1.0);
                outcome(seeker, Some(preference.provider), placed);
                *willing -= placed;
                *unplaced -= placed;
                if seeker.origin == Origin::Newcomer {
                    seats.admissions[limited] -= placed;
                }
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
