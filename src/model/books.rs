//! What giving or refusing a place changes: the register, the counts of plans, and the flows.

use std::ops::Range;

use super::chance::{Address, Count};
use super::flow::YearFlows;
use super::lots::Lots;
use super::place_model::{NONE, PlaceModel, is_phase_transfer};
use super::placing::PlacingScratch;
use super::register::{Alike, Mark, Register};
use super::seats::{Origin, Place, Seats, Seeker, Turn};
use crate::domain::grid::Shape;
use crate::domain::place::{Places, Return};
use crate::scenario::place_effects::PlacesInForce;
use crate::units::Age;

/// All that a placement changes.
pub(super) struct Books<'a, C> {
    pub model: &'a PlaceModel,
    pub force: &'a PlacesInForce,
    pub shape: Shape,
    pub closing: &'a mut [C],
    pub register: &'a mut Register<C>,
    pub flows: &'a mut YearFlows<C>,
}

impl<C: Count> Books<'_, C> {
    fn setting(&self, limited: u8) -> usize {
        self.model.limited[usize::from(limited)]
    }

    /// Pupils of a provider at some ages, by cell.
    pub fn pupils(&self, provider: u8, ages: Range<usize>) -> Vec<(usize, Alike<C>)> {
        let setting = self.setting(self.model.provider_setting[usize::from(provider)]);
        let rows = ages.start * self.shape.needs..ages.end * self.shape.needs;
        let cells = rows.map(|row| row * self.shape.settings + setting);
        let held = cells.flat_map(|cell| self.register.marked(cell).iter().map(move |alike| (cell, *alike)));
        held.filter(|(_, alike)| alike.mark.provider == provider).collect()
    }

    /// Lets `count` of some pupils go and look for another place: a guest, who lacks one elsewhere, for that.
    pub fn release<K: Lots<Count = C>>(
        &mut self,
        chance: &K,
        at: Address,
        pupils: &[(usize, Alike<C>)],
        count: C,
        turn: Turn,
        scratch: &mut PlacingScratch<K>,
    ) {
        let (mut count, mut total) = (count, C::default());
        pupils.iter().for_each(|(_, alike)| total += alike.count);
        for (place, (cell, alike)) in pupils.iter().enumerate() {
            let (age, need, setting) = self.shape.place(*cell);
            let own = self.model.limited(setting).expect("pupils are in limited settings");
            let (limited, turn, origin) = match alike.mark.wants {
                NONE => (own, turn, Origin::Pupil),
                wants if is_phase_transfer(age) => (wants, Turn::PhaseTransfer, Origin::Newcomer),
                wants => (wants, Turn::Waiting, Origin::Newcomer),
            };
            let (age, need, area, counted_in) = (age as u8, need as u8, alike.mark.area, setting as u8);
            let first = (place as u32) << 12;
            let released = chance.draw_share(at, first, alike.count, (count, total), |count, lot| {
                self.register.remove(*cell, alike.mark, count);
                let stay = None;
                scratch.seekers.push(Seeker { limited, turn, age, need, area, counted_in, stay, origin, count, lot });
            });
            count = count - released;
            total = total - alike.count;
        }
    }

    /// Children who need a place in each limited setting.
    pub fn note_needing<L>(&mut self, seekers: &[Seeker<C, L>]) {
        let needing = &mut self.flows.needing;
        needing.clear();
        needing.extend((0..self.model.limited.len()).map(|limited| self.register.needing(limited)));
        seekers.iter().for_each(|seeker| needing[usize::from(seeker.limited)] += seeker.count);
    }

    /// Gives a seeker a place in the setting it asked for.
    pub fn seat<L: Copy>(&mut self, seeker: &Seeker<C, L>, provider: u8, count: C) {
        if let Some(stay) = seeker.stay {
            let (age, need) = (usize::from(seeker.age), usize::from(seeker.need));
            let cell = self.shape.cell(age, need, usize::from(seeker.counted_in));
            self.register.remove(
                cell,
                Mark { area: seeker.area, provider: stay.provider, wants: seeker.limited },
                count,
            );
        }
        self.redirect(seeker, self.setting(seeker.limited), count);
        enrol(self.model, self.shape, self.register, seeker, provider, count);
    }

    /// Counts children in a setting instead of the one they are counted in so far.
    fn redirect<L>(&mut self, seeker: &Seeker<C, L>, to: usize, count: C) {
        let from = usize::from(seeker.counted_in);
        if from == to {
            return;
        }
        let (age, need) = (usize::from(seeker.age), usize::from(seeker.need));
        let row = self.shape.cell(age, need, 0);
        self.closing[row + from] = self.closing[row + from] - count;
        self.closing[row + to] += count;
        let place = need * self.shape.settings;
        self.flows.redirected_from.add(age - 1, place + from, count);
        self.flows.redirected_to.add(age - 1, place + to, count);
    }

    /// Sends children who found no place where the rules say; `shares` are those of the rules still open.
    pub fn overflow<K: Lots<Count = C>>(
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
            open[self.last_resort(rules.clone(), usize::from(seeker.age))] = 1.0;
        }
        K::divide(uniform, count, &open[..rules.len()], |place, count, left| {
            let to = self.model.rules[rules.start + place].to;
            let Some(limited) = self.model.limited(to) else {
                let mark = Mark { area: seeker.area, provider: NONE, wants: seeker.limited };
                return self.settle(seeker, to, mark, count);
            };
            let guest = Seeker { limited, stay: None, origin: Origin::Newcomer, count, ..*seeker };
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
    /// limited and takes their age.
    fn last_resort(&self, mut rules: Range<usize>, age: usize) -> usize {
        let first = rules.start;
        let to = |rule: usize| self.model.rules[rule].to;
        let found = rules.find(|rule| self.model.limited(to(*rule)).is_none() && self.model.takes_age(to(*rule), age));
        found.expect("each limited setting overflows into one without limit, too") - first
    }

    fn settle<L: Copy>(&mut self, seeker: &Seeker<C, L>, to: usize, mark: Mark, count: C) {
        let cell = self.shape.cell(usize::from(seeker.age), usize::from(seeker.need), to);
        self.register.add(cell, mark, count);
        self.redirect(seeker, to, count);
    }
}

/// Enters a child as a pupil.
pub(super) fn enrol<C: Count, L>(
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

/// Children who were settled elsewhere for good last year no longer lack a place.
pub(super) fn forget_settled<C: Count>(model: &PlaceModel, shape: Shape, register: &mut Register<C>) {
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
