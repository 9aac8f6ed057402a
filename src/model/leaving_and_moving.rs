//! Plans held: those that cease, those that change setting, and a year of age for the rest.
//!
//! For N plans of opening age a, need n and setting s, with h the probability of ceasing and m(t)
//! that of moving to t among those that do not cease:
//!   (ceasing, moving to each t, staying) ~ Multinomial(N; h, (1 − h)·m(t), (1 − h)·(1 − Σ m)),
//! and all who stay or move are a+1 at the closing census. It is drawn in two parts, departures
//! D ~ Binomial(N, q) with q = h + (1 − h)·Σ m; who of these ceases ~ Binomial(D, h/q); and then,
//! from the likeliest setting to the rarest, who goes there of those still left. Each is monotone:
//! more of h never gives fewer leavers. Levers multiply h, or divert a share of those bound for a
//! setting. Evidence and limits: see `fit::leavers` and `fit::moves`.
//! Rejected: a fate for each child (the cost of a large area grows with its children, not its cells);
//! leavers and movers as two binomials of the whole cell (most cells see no departure, and one
//! binomial settles that).

use super::chance::{Address, Chance, Count, Fate, Fates};
use super::diversion::{Arrival, Bound, place_diverted};
use super::flow::{YearFlows, YearInputs};
use super::moves::MoveCache;
use super::parameters::leave_probabilities;
use crate::numerics::stream::Mechanism;
use crate::units::Age;

/// Working memory of the block.
#[derive(Clone, Debug)]
pub struct DepartureScratch<K: Chance> {
    /// Cells of the age in hand that hold plans, and the random words of each.
    held: Vec<u32>,
    words: Vec<K::Words>,
    /// Probability of ceasing by setting, at the age in hand.
    leave: Vec<f64>,
    pub moves: MoveCache,
}

impl<K: Chance> Default for DepartureScratch<K> {
    fn default() -> Self {
        DepartureScratch { held: Vec::new(), words: Vec::new(), leave: Vec::new(), moves: MoveCache::default() }
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
    let YearInputs { prepared, parameters, effects, index } = inputs;
    let shape = prepared.shape;
    let nobody = K::Count::default();
    for age in 0..Age::COUNT {
        let first = shape.cell(age, 0, 0);
        let opening = &opening[first..][..shape.cells_per_age()];
        list_held(first, opening, &mut scratch.held);
        chance.prepare(inputs.year(), &scratch.held, &mut scratch.words);
        scratch.leave.clear();
        scratch.leave.extend(leave_probabilities(prepared, parameters, index, age));
        let factors = &parameters.move_factor[prepared.group(age) * shape.settings..][..shape.settings];
        for (cell, words) in scratch.held.iter().zip(&scratch.words) {
            let cell = *cell as usize;
            let place = cell - first;
            let (need, setting) = prepared.keys(place);
            let mut leave = scratch.leave[setting];
            if let Some(lever) = effects.leaver_factor.get(cell).filter(|_| age < Age::LAST.index()) {
                leave = (leave * lever).min(leave.max(MOST));
            }
            let moves =
                scratch.moves.moves(&prepared.moves, cell, setting, factors, parameters.move_shock(index, setting));
            let fates = Fates { leave, moves };
            let at = Address { mechanism: Mechanism::Fate, year: inputs.year(), unit: cell as u32 };
            let row = need * shape.settings;
            let (mut leavers, mut movers, mut changed) = (nobody, nobody, nobody);
            chance.depart(at, *words, opening[place], fates, |fate, count| match fate {
                Fate::Leave => leavers += count,
                Fate::Move(to) => {
                    movers += count;
                    let arrival =
                        Arrival { bound: Bound::Mover, at, index: to as u32, cell: first + row + to, to, count };
                    place_diverted(chance, effects, arrival, |to, count| {
                        closing[first + shape.cells_per_age() + row + to] += count;
                        if to != setting {
                            changed += count;
                            flows.movers_to.by_place[row + to] += count;
                        }
                    });
                }
            });
            flows.leavers.add(age, place, leavers);
            flows.movers_from.add(age, place, changed);
            flows.movers_to.by_age[age] += changed;
            if age < Age::LAST.index() {
                closing[cell + shape.cells_per_age()] += opening[place] - leavers - movers;
            }
        }
    }
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
