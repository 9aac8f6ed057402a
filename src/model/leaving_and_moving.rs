//! Plans held: those that cease, those that change setting, and a year of age for the rest.
//!
//! For N plans of opening age a, need n and setting s, with h the probability of ceasing and m(t)
//! that of moving to t among those that do not cease:
//!   leavers L ~ Binomial(N, h),  movers M ~ Binomial(N − L, Σ m),
//! each of whom goes to t with probability m(t)/Σ m, and all who stay or move are a+1 at the closing census. Each
//! is monotone: more of h never gives fewer leavers. Levers multiply h, or divert a share of those bound for a
//! setting. Evidence and limits: see `fit::leavers` and `fit::moves`.
//!
//! A step is taken for all cells of an age that hold plans in any future, and then the next: short loops, in which
//! the work on one cell does not wait for that on another. Rejected: one future at a time, whose cells of few plans
//! each take branches that cannot be guessed (three times as long); leavers and movers as one binomial, and then a
//! fate for each.

use super::chance::Address;
use super::diversion::{Arrival, Diverted, place_diverted};
use super::flow::{Bound, PlanInputs, Whence, YearFlows};
use super::futures::{Futures, Word};
use crate::numerics::binomials::Odds;
use crate::numerics::lanes::Number;
use crate::numerics::stream::Mechanism;
use crate::units::Age;

/// Working memory of the block.
#[derive(Clone, Debug)]
pub struct DepartureScratch<F: Futures> {
    /// Places in the sheet of the age in hand that hold plans, and of each: its words, and who leaves and moves.
    held: Vec<u32>,
    words: Vec<F::Words>,
    leavers: Vec<F::Number>,
    movers: Vec<F::Number>,
    /// Odds of ceasing by setting, at the age in hand.
    leave: Vec<Odds<F::Number>>,
}

impl<F: Futures> Default for DepartureScratch<F> {
    fn default() -> Self {
        let (held, words, leavers, movers, leave) = Default::default();
        DepartureScratch { held, words, leavers, movers, leave }
    }
}

/// One year of the plans held at its opening census; `closing` takes those that remain.
#[inline(always)]
pub fn step_leaving_and_moving<F: Futures>(
    futures: &F,
    inputs: PlanInputs<F::Number>,
    opening: &[F::Number],
    closing: &mut [F::Number],
    scratch: &mut DepartureScratch<F>,
    flows: &mut YearFlows<F::Number>,
) {
    let size = inputs.prepared.shape.cells_per_age();
    for (age, opening) in opening.chunks_exact(size).enumerate() {
        list_held(opening, &mut scratch.held);
        if age == Age::LAST.index() {
            for place in &scratch.held {
                flows.leavers.add(age, *place as usize, opening[*place as usize]);
            }
            return;
        }
        draw_leavers_and_movers(futures, inputs, age, opening, scratch);
        let older = &mut closing[(age + 1) * size..][..size];
        depart(futures, inputs, age, opening, older, scratch, flows);
    }
}

/// Lists the places of a sheet that hold plans in any future. Every place is written and the next overwrites it if
/// it was empty: whether a cell is empty cannot be guessed, and a wrong guess costs more.
#[inline(always)]
fn list_held<N: Number>(sheet: &[N], held: &mut Vec<u32>) {
    held.resize(sheet.len() + 1, 0);
    let mut count = 0;
    for (place, plans) in sheet.iter().enumerate() {
        held[count] = place as u32;
        count += usize::from(!plans.is_zero());
    }
    held.truncate(count);
}

#[inline(always)]
fn draw_leavers_and_movers<F: Futures>(
    futures: &F,
    inputs: PlanInputs<F::Number>,
    age: usize,
    opening: &[F::Number],
    scratch: &mut DepartureScratch<F>,
) {
    let PlanInputs { prepared, rates, effects, index, .. } = inputs;
    let DepartureScratch { held, words, leavers, movers, leave } = scratch;
    let (settings, first) = (prepared.shape.settings, prepared.shape.cell(age, 0, 0));
    let at = |place: &u32| unit(inputs.year(), first + *place as usize);
    // In place: a push would copy each from the stack.
    words.resize_with(held.len(), Default::default);
    for (words, place) in words.iter_mut().zip(&*held) {
        *words = futures.words(at(place), 0);
    }
    leave.clear();
    for odds in rates.leave_odds(settings, index, age) {
        leave.push(Odds::new(odds).worked_out());
    }
    leavers.resize(held.len(), F::Number::default());
    for ((leavers, place), words) in leavers.iter_mut().zip(&*held).zip(&*words) {
        let (plans, (_, setting)) = (opening[*place as usize], prepared.keys(*place as usize));
        let mut odds = leave[setting];
        if let Some(lever) = effects.leaver_factor.get(first + *place as usize) {
            odds = pull(odds, *lever);
        }
        *leavers = futures.meet(Word { at: at(place), index: 0, words, number: 0 }, plans, odds);
    }
    movers.resize(held.len(), F::Number::default());
    for ((movers, place), (words, leavers)) in movers.iter_mut().zip(&*held).zip(words.iter().zip(&*leavers)) {
        let (plans, (_, setting)) = (opening[*place as usize], prepared.keys(*place as usize));
        let odds = Odds::new(rates.move_odds(settings, index, first + *place as usize, setting));
        *movers = futures.meet(Word { at: at(place), index: 0, words, number: 1 }, plans - *leavers, odds);
    }
}

/// Where the draws of a cell stand.
#[inline(always)]
fn unit(year: u16, cell: usize) -> Address {
    Address { mechanism: Mechanism::LeavingAndMoving, year, unit: cell as u32 }
}

/// A probability of ceasing that a lever multiplies.
#[inline(always)]
fn pull<N: Number>(odds: Odds<N>, lever: f64) -> Odds<N> {
    let probability = odds.probability();
    let most = probability.most(N::splat(MOST));
    Odds::of_probability((probability * N::splat(lever)).least(most))
}

/// A lever on ceasing stops here, unless the probability is higher without it.
const MOST: f64 = 0.98;

/// Lets those stay who stay, and brings those who move where they are bound for.
#[inline(always)]
fn depart<F: Futures>(
    futures: &F,
    inputs: PlanInputs<F::Number>,
    age: usize,
    opening: &[F::Number],
    older: &mut [F::Number],
    scratch: &DepartureScratch<F>,
    flows: &mut YearFlows<F::Number>,
) {
    let PlanInputs { prepared, rates, effects, index, .. } = inputs;
    let (shape, places) = (prepared.shape, prepared.places.as_ref());
    let (first, first_older) = (shape.cell(age, 0, 0), shape.cell(age + 1, 0, 0));
    let (mut left, mut moved) = (F::Number::default(), F::Number::default());
    let cells = scratch.held.iter().zip(&scratch.words).zip(scratch.leavers.iter().zip(&scratch.movers));
    for ((place, words), (leavers, movers)) in cells {
        let place = *place as usize;
        let (need, setting) = prepared.keys(place);
        let row = need * shape.settings;
        older[place] += opening[place] - *leavers - *movers;
        flows.leavers.by_place[place] += *leavers;
        left += *leavers;
        let watched = places.is_some_and(|places| places.watches(setting));
        // Numbers of those who go do not depend on which settings are limited.
        let whence = |gone: F::Number, lane| Whence::Cell {
            cell: (first_older + place) as u32,
            total: opening[place].lane(lane),
            gone: gone.lane(lane),
        };
        let mut gone = F::Number::default();
        if watched && !leavers.is_zero() {
            flows.note_journey(Bound::Elsewhere, *leavers, |lane| whence(gone, lane));
        }
        gone += *leavers;
        if movers.is_zero() {
            continue;
        }
        let at = Address { mechanism: Mechanism::Fate, ..unit(inputs.year(), first + place) };
        let destinations = rates.destinations(prepared, index, age, first + place);
        let mut changed = F::Number::default();
        futures.settle(
            at,
            words,
            *movers,
            destinations,
            #[inline(always)]
            |index, to, count| {
                let cell = first + row + to;
                let arrival = Arrival { who: Diverted::Mover, at, index, cell, to, count };
                place_diverted(
                    futures,
                    effects,
                    arrival,
                    #[inline(always)]
                    |to, count| {
                        older[row + to] += count;
                        if to != setting {
                            changed += count;
                            flows.movers_to.by_place[row + to] += count;
                            if let Some(moved) = flows.between.get_mut(setting * shape.settings + to) {
                                *moved += count;
                            }
                            let bound =
                                places.map_or(Bound::Elsewhere, |places| places.bound(first_older + row + to, to));
                            if watched || bound != Bound::Elsewhere {
                                flows.note_journey(bound, count, |lane| whence(gone, lane));
                            }
                            gone += count;
                        }
                    },
                );
            },
        );
        flows.movers_from.by_place[place] += changed;
        moved += changed;
    }
    flows.leavers.by_age[age] += left;
    flows.movers_from.by_age[age] += moved;
    flows.movers_to.by_age[age] += moved;
}
