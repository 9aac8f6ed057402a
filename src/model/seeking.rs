//! Who looks for a place: those whom the year brought to a limited setting, pupils who cannot stay where
//! they are, and children who lack a place since earlier years.

use super::books::Books;
use super::chance::{Address, Count};
use super::flow::{Bound, Journey, Whence, YearFlows, YearInputs};
use super::lots::{Lots, Pick};
use super::place_model::{NONE, PlaceModel, is_phase_transfer};
use super::placing::{PlacingScratch, Round};
use super::register::{Alike, Mark, Register};
use super::seats::{Origin, Seeker, Stay, Turn};
use crate::domain::grid::Shape;
use crate::domain::place::Return;
use crate::domain::setting::Settings;
use crate::numerics::stream::Mechanism;
use crate::units::Age;

/// Tells the children who left a cell, or joined, who they are; those bound for a limited setting become
/// seekers.
pub(super) fn follow_journeys<K: Lots>(
    chance: &K,
    inputs: YearInputs,
    model: &PlaceModel,
    register: &mut Register<K::Count>,
    scratch: &mut PlacingScratch<K>,
    flows: &YearFlows<K::Count>,
) {
    let (shape, year, census) = (inputs.prepared.shape, inputs.year(), inputs.index + 1);
    for Journey { whence, bound, count } in flows.journeys.iter().flatten() {
        let count = K::Count::reckoned(*count);
        match (*whence, *bound) {
            (Whence::Cell { cell, total, gone }, Bound::Elsewhere) => {
                if register.holds_anybody(cell as usize) {
                    let at = Address { mechanism: Mechanism::WhoGoes, year, unit: cell };
                    let of = K::Count::reckoned(total - gone);
                    register.let_go(chance, at, gone as u32, cell as usize, (count, of));
                }
            }
            (Whence::Cell { cell, total, gone }, Bound::Limited { cell: to, limited }) => {
                let at = Address { mechanism: Mechanism::WhoSeeks, year, unit: cell };
                let of = K::Count::reckoned(total - gone);
                let mut arrive = Arrivals::new(model, shape, census, to, limited, &mut scratch.seekers);
                register.take(chance, at, gone as u32, cell as usize, (count, of), |pick, count, lot| {
                    arrive.ask::<K>(pick, count, lot);
                });
            }
            (Whence::Joiner { age, child }, Bound::Limited { cell: to, limited }) => {
                let at = Address { mechanism: Mechanism::JoinerTurn, year, unit: u32::from(age) };
                let mut arrive = Arrivals::new(model, shape, census, to, limited, &mut scratch.seekers);
                chance.draw_each(at, child, count, |uniform, count, lot| {
                    arrive.ask::<K>(Pick::Any(uniform), count, lot);
                });
            }
            (Whence::Joiner { .. }, Bound::Elsewhere) => {}
        }
    }
}

/// Children who arrive in a cell of a limited setting, and become seekers.
struct Arrivals<'a, C, L> {
    /// What all of them have in common.
    limited: u8,
    turn: Turn,
    age: u8,
    need: u8,
    counted_in: u8,
    areas: &'a [f64],
    seekers: &'a mut Vec<Seeker<C, L>>,
}

impl<'a, C: Count, L: Copy> Arrivals<'a, C, L> {
    fn new(
        model: &'a PlaceModel,
        shape: Shape,
        census: usize,
        cell: u32,
        limited: u8,
        seekers: &'a mut Vec<Seeker<C, L>>,
    ) -> Self {
        let (age, need, setting) = shape.place(cell as usize);
        let turn = if is_phase_transfer(age) { Turn::PhaseTransfer } else { Turn::New };
        let areas = model.area_shares(census, age, setting);
        Arrivals { limited, turn, age: age as u8, need: need as u8, counted_in: setting as u8, areas, seekers }
    }

    fn ask<K: Lots<Count = C, Lot = L>>(&mut self, pick: Pick<Mark>, count: C, lot: L) {
        let &mut Arrivals { limited, turn, age, need, counted_in, areas, ref mut seekers } = self;
        let mut ask_in = |area, count| {
            let (stay, origin) = (None, Origin::Newcomer);
            seekers.push(Seeker { limited, turn, age, need, area, counted_in, stay, origin, count, lot });
        };
        match pick {
            Pick::Known(mark) => ask_in(mark.area, count),
            Pick::Any(uniform) => K::settle(uniform, areas, count, ask_in),
        }
    }
}

/// Pupils who cannot stay: their provider has no room for all of them, or they grew out of its ages.
pub(super) fn release_pupils<K: Lots>(
    chance: &K,
    inputs: YearInputs,
    books: &mut Books<K::Count>,
    scratch: &mut PlacingScratch<K>,
) {
    for (provider, last_age) in books.force.last_age.iter().enumerate() {
        let age = usize::from(*last_age) + 1;
        if age < Age::COUNT && books.register.filled()[provider] > K::Count::default() {
            let turn = if is_phase_transfer(age) { Turn::PhaseTransfer } else { Turn::Continuing };
            let grown = books.pupils(provider as u8, age..age + 1);
            let mut how_many = K::Count::default();
            grown.iter().for_each(|(_, pupils)| how_many += pupils.count);
            let at = Address { mechanism: Mechanism::OutgrownPlace, year: inputs.year(), unit: provider as u32 };
            books.release(chance, at, &grown, how_many, turn, scratch);
        }
        let (filled, room) = (books.register.filled()[provider], K::Count::whole(books.force.room[provider]));
        if filled > room && !filled.balances(room) {
            let pupils = books.pupils(provider as u8, 0..Age::COUNT);
            let at = Address { mechanism: Mechanism::LostPlace, year: inputs.year(), unit: provider as u32 };
            books.release(chance, at, &pupils, filled - room, Turn::Continuing, scratch);
        }
    }
}

/// Children who lack a place since earlier years and ask again, where there is one to be had.
pub(super) fn list_waiting<K: Lots>(
    chance: &K,
    inputs: YearInputs,
    books: &Books<K::Count>,
    round: Round,
    scratch: &mut PlacingScratch<K>,
) {
    let (model, shape) = (books.model, books.shape);
    let PlacingScratch { seekers, seats, called, .. } = scratch;
    // Per limited setting: whether any of its providers has room.
    called.clear();
    called.resize(model.limited.len(), false);
    for (limited, left) in model.provider_setting.iter().zip(&seats.left) {
        called[usize::from(*limited)] |= *left > K::Count::default();
    }
    if (0..model.limited.len())
        .all(|limited| !called[limited] || books.register.lacking(limited) == K::Count::default())
    {
        return;
    }
    let transfer = round == Round::PhaseTransfer;
    let turn = if transfer { Turn::PhaseTransfer } else { Turn::Waiting };
    for age in (0..Age::COUNT).filter(|age| is_phase_transfer(*age) == transfer) {
        for (place, children) in books.register.sheet(age) {
            let (need, setting) = inputs.prepared.keys(place);
            // Children are numbered by the setting they lack a place in.
            let mut numbers = [0; Settings::MOST];
            for Alike { mark, count } in children.iter().filter(|alike| alike.mark.wants != NONE) {
                let limited = usize::from(mark.wants);
                if !called[limited] || !returns(model, mark.wants, setting, transfer) {
                    continue;
                }
                let unit = shape.cell(age, need, setting) as u32;
                let at = Address { mechanism: Mechanism::Waiting, year: inputs.year(), unit };
                // By the setting itself: its number among the limited ones changes with them.
                let first = (model.limited[limited] as u32) << 24 | numbers[limited];
                numbers[limited] += count.to_f64() as u32;
                chance.draw_each(at, first, *count, |_, count, lot| {
                    seekers.push(Seeker {
                        limited: mark.wants,
                        turn,
                        age: age as u8,
                        need: need as u8,
                        area: mark.area,
                        counted_in: setting as u8,
                        stay: Some(Stay { provider: mark.provider }),
                        origin: Origin::Newcomer,
                        count,
                        lot,
                    });
                });
            }
        }
    }
}

/// Whether children who wait in a setting for a place in a limited one ask for it.
fn returns(model: &PlaceModel, limited: u8, waiting_in: usize, transfer: bool) -> bool {
    let rule = model.rule(limited, waiting_in).expect("a rule led them there");
    match model.rules[rule].returns {
        Return::EveryYear => true,
        Return::AtPhaseTransfer => transfer,
        Return::Never => false,
    }
}
