//! Children who need a place meet places.
//!
//! At the end of a year, for each setting with limited places:
//! 1. Pupils keep their places. If a provider has more pupils than room (it shrank or closed), as many as
//!    are too many, drawn by lot, look for another place; so do those who grew out of its ages.
//! 2. Free places go to these first, then to children who enter a phase of education, then to those who
//!    found no place in an earlier year and would still come, then to all others who join or move in
//!    (see [`super::seats`]). Nobody is admitted beyond a cap.
//! 3. Who finds none goes where the overflow rules say, in proportion to their shares, among settings that
//!    take the age. If such a setting is itself limited, what is left of its places is asked, those among
//!    them that others gave up for a place they lacked; who finds none there goes by the other rules.
//!    A guest, placed in one limited setting for want of a place in another, still lacks that: losing
//!    the place it has, it asks for the one it lacks.
//!
//! Needing a place = pupils + those who look for one + those who lack one since earlier years
//!   = placed + overflow + waiting, for every setting, to the child.
//! Children without a place live by the rates of the setting they are in; one who changes setting by
//! these rates, or whose plan ceases, no longer lacks the place. With room for all, nothing here changes
//! a count: demand is that of the blocks before, which know of no limit but the one that past placements
//! had. Assumption: a child's need of a place is not weaker for waiting.
//!
//! Each year's competition is monotone: the same seekers and a place more never leave more without one.
//! Over years that holds on average only: a child who is placed may hold a plan for longer than it would have
//! elsewhere, and come back as a seeker later.

use std::ops::RangeInclusive;

use super::books::{Books, enrol, forget_settled};
use super::chance::{Address, Count};
use super::flow::{YearFlows, YearInputs};
use super::lots::{Lots, room_for};
use super::place_model::PlaceModel;
use super::register::Register;
use super::seats::{Origin, Place, Seats, Seeker, Turn};
use super::seeking::{follow_journeys, list_waiting, release_pupils};
use crate::domain::grid::Shape;
use crate::numerics::stream::Mechanism;
use crate::scenario::place_effects::PlacesInForce;

/// Working memory of the block.
#[derive(Clone, Debug)]
pub struct PlacingScratch<K: Lots> {
    pub(super) seekers: Vec<Seeker<K::Count, K::Lot>>,
    /// Their order.
    queue: Vec<Place>,
    /// Those who found no place.
    turned_away: Vec<Seeker<K::Count, K::Lot>>,
    pub(super) seats: Seats<K::Count>,
    /// By limited setting: whether those who lack a place there are called.
    pub(super) called: Vec<bool>,
}

impl<K: Lots> Default for PlacingScratch<K> {
    fn default() -> Self {
        let seats = Seats { left: Vec::new(), admissions: Vec::new(), vacant: Vec::new(), open: Vec::new() };
        PlacingScratch { seekers: Vec::new(), queue: Vec::new(), turned_away: Vec::new(), seats, called: Vec::new() }
    }
}

/// Enters the pupils of limited settings at the base census into the register, each with an area and a
/// provider.
pub fn open_register<K: Lots>(
    chance: &K,
    model: &PlaceModel,
    shape: Shape,
    year: u16,
    stock: &[K::Count],
    register: &mut Register<K::Count>,
    scratch: &mut PlacingScratch<K>,
) {
    register.clear();
    let PlacingScratch { seekers, queue, turned_away, seats, .. } = scratch;
    seekers.clear();
    for (cell, held) in stock.iter().enumerate().filter(|(_, held)| **held != K::Count::default()) {
        let (age, need, setting) = shape.place(cell);
        let Some(limited) = model.limited(setting) else { continue };
        let at = Address { mechanism: Mechanism::OpeningPlace, year, unit: cell as u32 };
        let areas = model.area_shares(0, age, setting);
        chance.draw_each(at, 0, *held, |uniform, count, lot| {
            K::settle(uniform, areas, count, |area, count| {
                let (age, need, turn, counted_in) = (age as u8, need as u8, Turn::Continuing, setting as u8);
                let (stay, origin) = (None, Origin::Pupil);
                seekers.push(Seeker { limited, turn, age, need, area, counted_in, stay, origin, count, lot });
            });
        });
    }
    let force = &model.opening;
    fill_seats(model, force, register, &vec![K::Count::default(); model.limited.len()], seats);
    turned_away.clear();
    let all = Turn::Continuing..=Turn::New;
    admit_by_turn::<K>(model, force, seats, seekers, all, queue, |seeker, provider, count| match provider {
        Some(provider) => enrol(model, shape, register, seeker, provider, count),
        None => turned_away.push(Seeker { count, ..*seeker }),
    });
    // They are there, whatever ages and needs the table gives their provider.
    for seeker in turned_away.iter() {
        let mut left = seeker.count;
        let own = model.provider_setting.iter().enumerate().filter(|(_, limited)| **limited == seeker.limited);
        for (provider, _) in own {
            let taken = if seats.left[provider] < left { seats.left[provider] } else { left };
            if taken > K::Count::default() {
                enrol(model, shape, register, seeker, provider as u8, taken);
                seats.left[provider] = seats.left[provider] - taken;
                left = left - taken;
            }
        }
    }
}

/// One year's placing: `closing` holds all who remain and join, where they are bound for.
pub fn step_placing<K: Lots>(
    chance: &K,
    inputs: YearInputs,
    model: &PlaceModel,
    closing: &mut [K::Count],
    register: &mut Register<K::Count>,
    scratch: &mut PlacingScratch<K>,
    flows: &mut YearFlows<K::Count>,
) {
    let shape = inputs.prepared.shape;
    register.age_on();
    forget_settled(model, shape, register);
    scratch.seekers.clear();
    follow_journeys(chance, inputs, model, register, scratch, flows);
    if model.limited.is_empty() {
        return;
    }
    let force = inputs.effects.places.as_ref().unwrap_or(&model.opening);
    let mut books = Books { model, force, shape, closing, register, flows };
    // A cap counts those who are there, with whichever provider.
    let before: Vec<K::Count> =
        (0..model.limited.len()).map(|limited| pupils(model, books.register, limited)).collect();
    release_pupils(chance, inputs, &mut books, scratch);
    books.note_needing(&scratch.seekers);
    fill_seats(model, force, books.register, &before, &mut scratch.seats);
    scratch.turned_away.clear();
    for round in [Round::PhaseTransfer, Round::Others] {
        list_waiting(chance, inputs, &books, round, scratch);
        let PlacingScratch { seekers, queue, turned_away, seats, .. } = scratch;
        let outcome = |seeker: &Seeker<K::Count, K::Lot>, provider, count| match provider {
            Some(provider) => books.seat(seeker, provider, count),
            None if seeker.stay.is_some() => {}
            None => turned_away.push(Seeker { count, ..*seeker }),
        };
        admit_by_turn::<K>(model, force, seats, seekers, round.turns(), queue, outcome);
    }
    let PlacingScratch { turned_away, seats, .. } = scratch;
    // With the places that guests have given up.
    let now: Vec<K::Count> = (0..model.limited.len()).map(|limited| pupils(model, books.register, limited)).collect();
    fill_seats(model, force, books.register, &now, seats);
    seats.list_open(model);
    for seeker in turned_away.iter() {
        let shares = &force.overflow[model.rules_of(seeker.limited)];
        books.overflow::<K>(seats, shares, seeker, seeker.count, K::elsewhere(seeker.lot));
    }
}

/// Places are given in two rounds, so that those who wait are looked for only where places are left.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Round {
    /// Pupils who lost a place, and children who enter a phase of education.
    PhaseTransfer,
    Others,
}

impl Round {
    fn turns(self) -> RangeInclusive<Turn> {
        match self {
            Round::PhaseTransfer => Turn::Continuing..=Turn::PhaseTransfer,
            Round::Others => Turn::Waiting..=Turn::New,
        }
    }
}

/// Serves seekers of some turns, setting by setting and turn by turn.
fn admit_by_turn<K: Lots>(
    model: &PlaceModel,
    force: &PlacesInForce,
    seats: &mut Seats<K::Count>,
    seekers: &[Seeker<K::Count, K::Lot>],
    turns: RangeInclusive<Turn>,
    queue: &mut Vec<Place>,
    mut outcome: impl FnMut(&Seeker<K::Count, K::Lot>, Option<u8>, K::Count),
) {
    seats.list_open(model);
    queue.clear();
    let called = seekers.iter().enumerate().filter(|(_, seeker)| turns.contains(&seeker.turn));
    queue.extend(called.map(|(index, seeker)| Place::new(seeker.limited, seeker.turn, K::turn(seeker.lot), index)));
    queue.sort_unstable();
    for queue in queue.chunk_by(|a, b| a.is_called_with(*b)) {
        K::admit(model, force, seats, seekers, queue, &mut outcome);
    }
}

/// Room left by those who are there; newcomers are admitted until a cap is reached, `counted` being the pupils
/// that count towards it.
fn fill_seats<C: Count>(
    model: &PlaceModel,
    force: &PlacesInForce,
    register: &Register<C>,
    counted: &[C],
    seats: &mut Seats<C>,
) {
    seats.left.clear();
    seats.left.extend(force.room.iter().zip(register.filled()).map(|(room, filled)| room_for(*room, *filled)));
    seats.admissions.clear();
    let caps = model.limited.iter().map(|setting| force.cap.get(setting).copied().unwrap_or(u32::MAX));
    seats.admissions.extend(caps.zip(counted).map(|(cap, counted)| room_for(cap, *counted)));
}

/// Pupils of a limited setting.
fn pupils<C: Count>(model: &PlaceModel, register: &Register<C>, limited: usize) -> C {
    let mut pupils = C::default();
    let own = model.provider_setting.iter().zip(register.filled());
    own.filter(|(of, _)| usize::from(**of) == limited).for_each(|(_, filled)| pupils += *filled);
    pupils
}
