//! Plans held: those that cease, those that change setting, and a year of age for the rest.
//!
//! For N plans of opening age a, need n and setting s, with h the probability of ceasing and m(t)
//! that of moving to t among those that do not cease:
//!   (ceasing, moving to each t, staying) ~ Multinomial(N; h, (1 − h)·m(t), (1 − h)·(1 − Σ m)),
//! and all who stay or move are a+1 at the closing census. It is drawn in two parts: departures
//! D ~ Binomial(N, q) with q = h + (1 − h)·Σ m, and then the fate of each of these by itself (see
//! [`super::fates`]). Both are monotone: more of h never gives fewer leavers. Levers multiply h, or
//! divert a share of those bound for a setting. Evidence and limits: see `fit::leavers` and `fit::moves`.
//!
//! Half of the cells that hold plans see nobody depart, and one comparison settles that. The work is
//! bound by branches that cannot be guessed, so cells are sifted without any before the rest is done.
//! Rejected: a fate for each child held (four in five stay); leavers, and movers to each setting, as
//! binomials of those left over (an inversion takes as many steps as there are events, and a
//! mispredicted branch at its end); numbers and settings of a whole year side by side in vector registers
//! (a future is 11 % faster: most of the work is to gather and to count).

use super::chance::{Address, Chance, Count};
use super::diversion::{Arrival, Diverted, place_diverted};
use super::fates::{Fate, Fates};
use super::flow::{Bound, Journey, Whence, YearFlows, YearInputs};
use super::parameters::leave_probabilities;
use crate::numerics::stream::Mechanism;
use crate::units::Age;

/// Working memory of the block.
#[derive(Clone, Debug)]
pub struct DepartureScratch<K: Chance> {
    /// Cells of the age in hand that hold plans, and the random words of each.
    held: Vec<u32>,
    words: Vec<K::Words>,
    /// Those of them that somebody may depart from.
    open: Vec<Open<K::Words>>,
    /// Probability of ceasing by setting, at the age in hand.
    leave: Vec<f64>,
}

/// A cell that somebody may depart from.
#[derive(Clone, Copy, Debug)]
struct Open<W> {
    cell: u32,
    words: W,
    /// Probability of ceasing, and of ceasing or changing setting.
    leave: f64,
    depart: f64,
}

impl<K: Chance> Default for DepartureScratch<K> {
    fn default() -> Self {
        DepartureScratch { held: Vec::new(), words: Vec::new(), open: Vec::new(), leave: Vec::new() }
    }
}

/// One year of the plans held at its opening census; `closing` takes those that remain.
pub fn step_leaving_and_moving<K: Chance>(
    chance: &K,
    inputs: YearInputs,
    opening: &[K::Count],
    closing: &mut [K::Count],
    scratch: &mut DepartureScratch<K>,
    flows: &mut YearFlows<K::Count>,
) {
    for age in 0..Age::COUNT {
        stay_and_list_open(chance, inputs, age, opening, closing, scratch);
        for open in &scratch.open {
            depart(chance, inputs, age, open, opening, closing, flows);
        }
    }
}

/// Lets all plans of an age stay, and lists the cells that somebody may depart from. Whether anybody
/// may cannot be guessed: it is noted without a branch, and the rest of the work is done for those cells.
fn stay_and_list_open<K: Chance>(
    chance: &K,
    inputs: YearInputs,
    age: usize,
    opening: &[K::Count],
    closing: &mut [K::Count],
    scratch: &mut DepartureScratch<K>,
) {
    let YearInputs { prepared, parameters, effects, index } = inputs;
    let DepartureScratch { held, words, open, leave } = scratch;
    let shape = prepared.shape;
    let first = shape.cell(age, 0, 0);
    list_held(first, &opening[first..][..shape.cells_per_age()], held);
    chance.prepare(inputs.year(), held, words);
    leave.clear();
    leave.extend(leave_probabilities(prepared, parameters, index, age));
    if age < Age::LAST.index() {
        let size = shape.cells_per_age();
        closing[first + size..][..size].copy_from_slice(&opening[first..][..size]);
    }
    let closed = Open { cell: 0, words: K::Words::default(), leave: 0.0, depart: 0.0 };
    open.resize(held.len() + 1, closed);
    let mut count = 0;
    for (cell, words) in held.iter().zip(words) {
        let at = *cell as usize;
        let (_, setting) = prepared.keys(at - first);
        let mut leave = leave[setting];
        if let Some(lever) = effects.leaver_factor.get(at).filter(|_| age < Age::LAST.index()) {
            leave = (leave * lever).min(leave.max(MOST));
        }
        let odds = parameters.move_odds[at] * parameters.move_shock(index, setting);
        let depart = 1.0 - (1.0 - leave) / (1.0 + odds);
        open[count] = Open { cell: *cell, words: *words, leave, depart };
        count += usize::from(K::may_depart(*words, opening[at], depart));
    }
    open.truncate(count);
}

/// Takes away those of a cell that depart: they cease, or change setting.
#[inline]
fn depart<K: Chance>(
    chance: &K,
    inputs: YearInputs,
    age: usize,
    open: &Open<K::Words>,
    opening: &[K::Count],
    closing: &mut [K::Count],
    flows: &mut YearFlows<K::Count>,
) {
    let YearInputs { prepared, parameters, effects, .. } = inputs;
    let (shape, cell, nobody) = (prepared.shape, open.cell as usize, K::Count::default());
    let first = shape.cell(age, 0, 0);
    let place = cell - first;
    let at = Address { mechanism: Mechanism::Fate, year: inputs.year(), unit: open.cell };
    let departing = chance.depart(at, open.words, opening[cell], open.depart);
    if age == Age::LAST.index() {
        return flows.leavers.add(age, place, departing);
    }
    let older = &mut closing[first + shape.cells_per_age()..];
    older[place] = older[place] - departing;
    let (need, setting) = prepared.keys(place);
    let row = need * shape.settings;
    let (mut leavers, mut changed) = (nobody, nobody);
    let fates = Fates {
        cease: (open.leave / open.depart).min(1.0),
        table: &prepared.moves,
        cell,
        factors: parameters.move_factors(prepared.group(age)),
        weight: parameters.move_weights[cell],
        steering: inputs.steering(age),
    };
    let whence = Whence::Cell { cell: (first + shape.cells_per_age() + place) as u32, total: opening[cell] };
    let older_row = first + shape.cells_per_age() + row;
    let places = prepared.places.as_ref();
    let watched = places.is_some_and(|places| places.watches(setting));
    chance.part(at, open.words, departing, fates, |index, fate, count| match fate {
        Fate::Cease => {
            leavers += count;
            if watched {
                flows.journeys.push(Journey { whence, bound: Bound::Elsewhere, count });
            }
        }
        Fate::Move(to) => {
            let arrival = Arrival { who: Diverted::Mover, at, index, cell: first + row + to, to, count };
            place_diverted(chance, effects, arrival, |to, count| {
                older[row + to] += count;
                if to != setting {
                    changed += count;
                    flows.movers_to.by_place[row + to] += count;
                    if let Some(moved) = flows.between.get_mut(setting * shape.settings + to) {
                        *moved += count;
                    }
                    let bound = places.map_or(Bound::Elsewhere, |places| places.bound(older_row + to, to));
                    if watched || bound != Bound::Elsewhere {
                        flows.journeys.push(Journey { whence, bound, count });
                    }
                }
            });
        }
    });
    flows.leavers.add(age, place, leavers);
    flows.movers_from.add(age, place, changed);
    flows.movers_to.by_age[age] += changed;
}

/// A lever on ceasing stops here, unless the probability is higher without it.
const MOST: f64 = 0.98;

/// Lists the cells of a sheet that hold plans. Every place is written and the next overwrites it if
/// it was empty: whether a cell is empty cannot be guessed, and a wrong guess costs more.
fn list_held<C: Count>(first: usize, sheet: &[C], held: &mut Vec<u32>) {
    held.resize(sheet.len() + 1, 0);
    let mut count = 0;
    for (place, plans) in sheet.iter().enumerate() {
        held[count] = (first + place) as u32;
        count += usize::from(*plans != C::default());
    }
    held.truncate(count);
}
