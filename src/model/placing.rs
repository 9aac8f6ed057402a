//! Children who need a place meet places.
//!
//! At the end of a year, for each setting with limited places:
//! 1. Pupils keep their places. If a provider has more pupils than room (it shrank or closed), as many as
//!    are too many, drawn by lot, look for another place; so do those who grew out of its ages.
//! 2. Free places go to these first, then to children who enter a phase of education, then to those who
//!    found no place in an earlier year and would still come, then to all others who join or move in
//!    (see [`super::seats`]). Nobody is admitted beyond a cap.
//! 3. Who finds none goes where the overflow rules say, in proportion to their shares, among settings that
//!    take the age. If such a setting is itself limited, what is left of its places is asked; who finds
//!    none there goes by the other rules.
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

use std::ops::{Range, RangeInclusive};

use super::chance::{Address, Count};
use super::flow::{Bound, Whence, YearFlows, YearInputs};
use super::lots::{Lots, Pick, room_for};
use super::place_model::{NONE, PlaceModel, is_phase_transfer};
use super::register::{Alike, Mark, Register};
use super::seats::{Place, Seats, Seeker, Stay, Turn};
use crate::domain::grid::Shape;
use crate::domain::place::{Places, Return};
use crate::numerics::stream::Mechanism;
use crate::scenario::place_effects::PlacesInForce;
use crate::units::Age;

/// Working memory of the block.
#[derive(Clone, Debug)]
pub struct PlacingScratch<K: Lots> {
    seekers: Vec<Seeker<K::Count, K::Lot>>,
    /// Their order.
    queue: Vec<Place>,
    /// Those who found no place.
    turned_away: Vec<Seeker<K::Count, K::Lot>>,
    seats: Seats<K::Count>,
    /// Shares of a setting's rules.
    shares: Vec<f64>,
}

impl<K: Lots> Default for PlacingScratch<K> {
    fn default() -> Self {
        let seats = Seats { left: Vec::new(), admissions: Vec::new(), open: Vec::new() };
        PlacingScratch { seekers: Vec::new(), queue: Vec::new(), turned_away: Vec::new(), seats, shares: Vec::new() }
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
                let (age, need, turn) = (age as u8, need as u8, Turn::Continuing);
                seekers.push(Seeker { limited, turn, age, need, area, waits_in: None, count, lot });
            });
        });
    }
    let force = &model.opening;
    fill_seats(model, force, register, seats);
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
    release_pupils(chance, inputs, &mut books, scratch);
    books.note_needing(&scratch.seekers);
    fill_seats(model, force, books.register, &mut scratch.seats);
    scratch.turned_away.clear();
    for round in [Round::PhaseTransfer, Round::Others] {
        list_waiting(chance, inputs, &books, round, scratch);
        let PlacingScratch { seekers, queue, turned_away, seats, .. } = scratch;
        admit_by_turn::<K>(
            model,
            force,
            seats,
            seekers,
            round.turns(),
            queue,
            |seeker, provider, count| match provider {
                Some(provider) => books.seat(seeker, provider, count),
                None if seeker.waits_in.is_some() => {}
                None => turned_away.push(Seeker { count, ..*seeker }),
            },
        );
    }
    let PlacingScratch { turned_away, seats, shares, .. } = scratch;
    for seeker in turned_away.iter() {
        shares.clear();
        shares.extend(model.rules_of(seeker.limited).map(|rule| force.overflow[rule]));
        books.overflow::<K>(seats, shares, seeker, seeker.count, K::elsewhere(seeker.lot));
    }
}

/// Places are given in two rounds, so that those who wait are looked for only where places are left.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Round {
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

/// All that a placement changes.
struct Books<'a, C> {
    model: &'a PlaceModel,
    force: &'a PlacesInForce,
    shape: Shape,
    closing: &'a mut [C],
    register: &'a mut Register<C>,
    flows: &'a mut YearFlows<C>,
}

impl<C: Count> Books<'_, C> {
    fn setting(&self, limited: u8) -> usize {
        self.model.limited[usize::from(limited)]
    }

    /// Pupils of a provider at some ages, by cell.
    fn pupils(&self, provider: u8, ages: Range<usize>) -> Vec<(usize, Alike<C>)> {
        let setting = self.setting(self.model.provider_setting[usize::from(provider)]);
        let rows = ages.start * self.shape.needs..ages.end * self.shape.needs;
        let cells = rows.map(|row| row * self.shape.settings + setting);
        let held = cells.flat_map(|cell| self.register.marked(cell).iter().map(move |alike| (cell, *alike)));
        held.filter(|(_, alike)| alike.mark.provider == provider).collect()
    }

    /// Lets `count` of some pupils go and look for another place. A guest from another setting asks for a
    /// place there again.
    fn release<K: Lots<Count = C>>(
        &mut self,
        chance: &K,
        at: Address,
        pupils: &[(usize, Alike<C>)],
        count: C,
        (limited, turn): (u8, Turn),
        scratch: &mut PlacingScratch<K>,
    ) {
        let (mut count, mut total) = (count, C::default());
        pupils.iter().for_each(|(_, alike)| total += alike.count);
        for (place, (cell, alike)) in pupils.iter().enumerate() {
            let (age, need, _) = self.shape.place(*cell);
            let (age, need, area) = (age as u8, need as u8, alike.mark.area);
            let first = (place as u32) << 12;
            let released = chance.draw_share(at, first, alike.count, (count, total), |count, lot| {
                self.register.remove(*cell, alike.mark, count);
                scratch.seekers.push(Seeker { limited, turn, age, need, area, waits_in: None, count, lot });
            });
            count = count - released;
            total = total - alike.count;
        }
    }

    /// Children who need a place in each limited setting.
    fn note_needing<L>(&mut self, seekers: &[Seeker<C, L>]) {
        let needing = &mut self.flows.needing;
        needing.clear();
        needing.extend((0..self.model.limited.len()).map(|limited| self.register.needing(limited)));
        seekers.iter().for_each(|seeker| needing[usize::from(seeker.limited)] += seeker.count);
    }

    /// Gives a seeker a place in the setting it asked for.
    fn seat<L: Copy>(&mut self, seeker: &Seeker<C, L>, provider: u8, count: C) {
        if let Some(Stay { setting, provider }) = seeker.waits_in {
            let cell = self.shape.cell(usize::from(seeker.age), usize::from(seeker.need), usize::from(setting));
            self.register.remove(cell, Mark { area: seeker.area, provider, wants: seeker.limited }, count);
            self.redirect(seeker, usize::from(setting), self.setting(seeker.limited), count);
        }
        enrol(self.model, self.shape, self.register, seeker, provider, count);
    }

    /// Counts children under another setting than the one they are counted under.
    fn redirect<L>(&mut self, seeker: &Seeker<C, L>, from: usize, to: usize, count: C) {
        let (age, need) = (usize::from(seeker.age), usize::from(seeker.need));
        let row = self.shape.cell(age, need, 0);
        self.closing[row + from] = self.closing[row + from] - count;
        self.closing[row + to] += count;
        let place = need * self.shape.settings;
        self.flows.redirected_from.add(age - 1, place + from, count);
        self.flows.redirected_to.add(age - 1, place + to, count);
    }

    /// Sends children who found no place where the rules say; `shares` are those of the rules still open.
    fn overflow<K: Lots<Count = C>>(
        &mut self,
        seats: &mut Seats<C>,
        shares: &[f64],
        seeker: &Seeker<C, K::Lot>,
        count: C,
        uniform: f64,
    ) {
        let rules = self.model.rules_of(seeker.limited);
        let mut open = [0.0; Places::MOST_RULES];
        for ((open, share), rule) in open.iter_mut().zip(shares).zip(rules.clone()) {
            *open = if self.model.takes_age(self.model.rules[rule].to, usize::from(seeker.age)) { *share } else { 0.0 };
        }
        if open.iter().all(|share| *share == 0.0) {
            open[self.last_resort(rules.clone())] = 1.0;
        }
        K::divide(uniform, count, &open[..rules.len()], |place, count, left| {
            let to = self.model.rules[rules.start + place].to;
            let Some(limited) = self.model.limited(to) else {
                let mark = Mark { area: seeker.area, provider: NONE, wants: seeker.limited };
                return self.settle(seeker, to, mark, count);
            };
            let guest = Seeker { limited, waits_in: None, count, ..*seeker };
            let mut unplaced = C::default();
            let alone = [Place::new(limited, seeker.turn, 0, 0)];
            K::admit(self.model, self.force, seats, &[guest], &alone, |_, provider, count| match provider {
                Some(provider) => {
                    let mark = Mark { area: seeker.area, provider, wants: seeker.limited };
                    self.settle(seeker, to, mark, count);
                }
                None => unplaced += count,
            });
            if unplaced > C::default() {
                let mut others = open;
                others[place] = 0.0;
                self.overflow::<K>(seats, &others, seeker, unplaced, left);
            }
        });
    }

    /// Where children go whom no rule with a share can take: by the first rule whose setting is not
    /// limited.
    fn last_resort(&self, mut rules: Range<usize>) -> usize {
        let first = rules.start;
        let found = rules.find(|rule| self.model.limited(self.model.rules[*rule].to).is_none());
        found.expect("each limited setting overflows into one without limit, too") - first
    }

    fn settle<L: Copy>(&mut self, seeker: &Seeker<C, L>, to: usize, mark: Mark, count: C) {
        let cell = self.shape.cell(usize::from(seeker.age), usize::from(seeker.need), to);
        self.register.add(cell, mark, count);
        self.redirect(seeker, self.setting(seeker.limited), to, count);
    }
}

/// Enters a child as a pupil.
fn enrol<C: Count, L>(
    model: &PlaceModel,
    shape: Shape,
    register: &mut Register<C>,
    seeker: &Seeker<C, L>,
    provider: u8,
    count: C,
) {
    let setting = model.limited[usize::from(seeker.limited)];
    let cell = shape.cell(usize::from(seeker.age), usize::from(seeker.need), setting);
    register.add(cell, Mark { area: seeker.area, provider, wants: NONE }, count);
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

/// Room left by those who are there.
fn fill_seats<C: Count>(model: &PlaceModel, force: &PlacesInForce, register: &Register<C>, seats: &mut Seats<C>) {
    seats.left.clear();
    seats.left.extend(force.room.iter().zip(register.filled()).map(|(room, filled)| room_for(*room, *filled)));
    seats.admissions.clear();
    for (limited, setting) in model.limited.iter().enumerate() {
        let mut pupils = C::default();
        let own = model.provider_setting.iter().zip(register.filled());
        own.filter(|(of, _)| usize::from(**of) == limited).for_each(|(_, filled)| pupils += *filled);
        seats.admissions.push(match force.cap.get(setting) {
            Some(cap) => room_for(*cap, pupils),
            None => C::whole(u32::MAX),
        });
    }
}

/// Children who were settled elsewhere for good last year no longer lack a place.
fn forget_settled<C: Count>(model: &PlaceModel, shape: Shape, register: &mut Register<C>) {
    for rule in model.rules.iter().filter(|rule| rule.returns == Return::Never && rule.limited != NONE) {
        for row in 0..Age::COUNT * shape.needs {
            let cell = row * shape.settings + rule.to;
            while let Some(settled) = register.marked(cell).iter().find(|alike| alike.mark.wants == rule.limited) {
                let (mark, count) = (settled.mark, settled.count);
                register.remove(cell, mark, count);
                if mark.provider != NONE {
                    register.add(cell, Mark { wants: NONE, ..mark }, count);
                }
            }
        }
    }
}

/// Tells the children who left a cell, or joined, who they are; those bound for a limited setting become
/// seekers.
fn follow_journeys<K: Lots>(
    chance: &K,
    inputs: YearInputs,
    model: &PlaceModel,
    register: &mut Register<K::Count>,
    scratch: &mut PlacingScratch<K>,
    flows: &YearFlows<K::Count>,
) {
    let (shape, year, census) = (inputs.prepared.shape, inputs.year(), inputs.index + 1);
    let (mut last, mut gone) = (u32::MAX, K::Count::default());
    for journey in &flows.journeys {
        let bound = match journey.bound {
            Bound::Elsewhere => None,
            Bound::Limited { cell, limited } => Some((shape.place(cell as usize), limited)),
        };
        let mut ask = |pick: Pick<Mark>, count, lot| {
            let Some(((age, need, setting), limited)) = bound else { return };
            let turn = if is_phase_transfer(age) { Turn::PhaseTransfer } else { Turn::New };
            let (years, need) = (age as u8, need as u8);
            let mut ask_in = |area, count| {
                scratch.seekers.push(Seeker { limited, turn, age: years, need, area, waits_in: None, count, lot });
            };
            match pick {
                Pick::Known(mark) => ask_in(mark.area, count),
                Pick::Any(uniform) => K::settle(uniform, model.area_shares(census, age, setting), count, ask_in),
            }
        };
        match journey.whence {
            Whence::Cell { cell, total } => {
                gone = if cell == last { gone } else { K::Count::default() };
                last = cell;
                if bound.is_some() || !register.marked(cell as usize).is_empty() {
                    let at = Address { mechanism: Mechanism::Whose, year, unit: cell };
                    let first = gone.to_f64() as u32;
                    register.take(chance, at, first, cell as usize, (journey.count, total - gone), ask);
                }
                gone += journey.count;
            }
            Whence::Joiner { age, child } => {
                let at = Address { mechanism: Mechanism::JoinerTurn, year, unit: u32::from(age) };
                chance.draw_each(at, child, journey.count, |uniform, count, lot| ask(Pick::Any(uniform), count, lot));
            }
        }
    }
}

/// Pupils who cannot stay: their provider has no room for all of them, or they grew out of its ages.
fn release_pupils<K: Lots>(
    chance: &K,
    inputs: YearInputs,
    books: &mut Books<K::Count>,
    scratch: &mut PlacingScratch<K>,
) {
    for (provider, last_age) in books.force.last_age.iter().enumerate() {
        let (limited, age) = (books.model.provider_setting[provider], usize::from(*last_age) + 1);
        if age < Age::COUNT && books.register.filled()[provider] > K::Count::default() {
            let turn = if is_phase_transfer(age) { Turn::PhaseTransfer } else { Turn::Continuing };
            let grown = books.pupils(provider as u8, age..age + 1);
            let mut how_many = K::Count::default();
            grown.iter().for_each(|(_, pupils)| how_many += pupils.count);
            let at = Address { mechanism: Mechanism::OutgrownPlace, year: inputs.year(), unit: provider as u32 };
            books.release(chance, at, &grown, how_many, (limited, turn), scratch);
        }
        let (filled, room) = (books.register.filled()[provider], K::Count::whole(books.force.room[provider]));
        if filled > room && !filled.balances(room) {
            let pupils = books.pupils(provider as u8, 0..Age::COUNT);
            let at = Address { mechanism: Mechanism::LostPlace, year: inputs.year(), unit: provider as u32 };
            books.release(chance, at, &pupils, filled - room, (limited, Turn::Continuing), scratch);
        }
    }
}

/// Children who lack a place since earlier years and ask again, where there is one to be had.
fn list_waiting<K: Lots>(
    chance: &K,
    inputs: YearInputs,
    books: &Books<K::Count>,
    round: Round,
    scratch: &mut PlacingScratch<K>,
) {
    let (model, shape) = (books.model, books.shape);
    let PlacingScratch { seekers, seats, .. } = scratch;
    for limited in 0..model.limited.len() as u8 {
        let mut own = model.provider_setting.iter().zip(&seats.left).filter(|(of, _)| **of == limited);
        if !own.any(|(_, left)| *left > K::Count::default()) {
            continue;
        }
        let returning = model.rules_of(limited).map(|rule| model.rules[rule]).filter(|rule| match rule.returns {
            Return::EveryYear => true,
            Return::AtPhaseTransfer => round == Round::PhaseTransfer,
            Return::Never => false,
        });
        for rule in returning {
            let ages = (0..Age::COUNT).filter(|age| is_phase_transfer(*age) == (round == Round::PhaseTransfer));
            for (age, need) in ages.flat_map(|age| (0..shape.needs).map(move |need| (age, need))) {
                let cell = shape.cell(age, need, rule.to);
                let at = Address { mechanism: Mechanism::Waiting, year: inputs.year(), unit: cell as u32 };
                let mut first = u32::from(limited) << 24;
                for alike in books.register.marked(cell).iter().filter(|alike| alike.mark.wants == limited) {
                    chance.draw_each(at, first, alike.count, |_, count, lot| {
                        seekers.push(Seeker {
                            limited,
                            turn: if round == Round::PhaseTransfer { Turn::PhaseTransfer } else { Turn::Waiting },
                            age: age as u8,
                            need: need as u8,
                            area: alike.mark.area,
                            waits_in: Some(Stay { setting: rule.to as u8, provider: alike.mark.provider }),
                            count,
                            lot,
                        });
                    });
                    first += alike.count.to_f64() as u32;
                }
            }
        }
    }
}
