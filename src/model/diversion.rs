//! Levers on the setting mix: a share of children bound for some settings go elsewhere.
//!
//! A child bound for setting t is diverted with probability q(a, n, t), to u with share w(u).
//! Levers act in the order of the scenario's file, each on those the ones before left alone.

use super::chance::Address;
use super::futures::Futures;
use crate::numerics::lanes::Number;
use crate::numerics::stream::Mechanism;
use crate::scenario::effects::{Diversion, YearEffects};
use crate::scenario::lever::MOST_MIXES;

/// Where a lever's number stands in the index of its draws; see [`super::futures::PLACE_STRIDE`].
const LEVER_STRIDE: u32 = 1 << 27;
const _: () = assert!(MOST_MIXES <= (u32::MAX / LEVER_STRIDE) as usize + 1);

/// Who is diverted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Diverted {
    Joiner,
    Mover,
}

impl Diverted {
    fn reached_by(self, diversion: &Diversion) -> bool {
        match self {
            Diverted::Joiner => diversion.joiners,
            Diverted::Mover => diversion.movers,
        }
    }

    fn mechanism(self) -> Mechanism {
        match self {
            Diverted::Joiner => Mechanism::NewPlanDiversion,
            Diverted::Mover => Mechanism::MoverDiversion,
        }
    }
}

/// Children on their way to a setting: the joiners or movers of a cell who go there together.
#[derive(Clone, Copy)]
pub(super) struct Arrival<N> {
    pub who: Diverted,
    pub at: Address,
    /// Which of the unit's parts.
    pub index: u32,
    /// The cell of opening age, need and the setting bound for.
    pub cell: usize,
    pub to: usize,
    pub count: N,
}

/// Places an arrival in the setting it is bound for, or where levers send it.
#[inline(always)]
pub(super) fn place_diverted<F: Futures>(
    futures: &F,
    effects: &YearEffects,
    arrival: Arrival<F::Number>,
    mut place: impl FnMut(usize, F::Number),
) {
    let mut rest = arrival.count;
    if !effects.diversions.is_empty() {
        rest = divert(futures, effects, arrival, &mut place);
    }
    if !rest.is_zero() {
        place(arrival.to, rest);
    }
}

/// Places those of an arrival whom levers send elsewhere; the others are left.
fn divert<F: Futures>(
    futures: &F,
    effects: &YearEffects,
    arrival: Arrival<F::Number>,
    place: &mut dyn FnMut(usize, F::Number),
) -> F::Number {
    let mut rest = arrival.count;
    for (number, diversion) in effects.diversions.iter().enumerate() {
        let probability = diversion.probability[arrival.cell];
        if probability == 0.0 || !arrival.who.reached_by(diversion) {
            continue;
        }
        let at = Address { mechanism: arrival.who.mechanism(), ..arrival.at };
        let slot = arrival.index + LEVER_STRIDE * number as u32;
        let diverted = futures.thin(at, slot, rest, F::Number::splat(probability));
        if !diverted.is_zero() {
            futures.split(at, slot, diverted, &diversion.to, place);
            rest = rest - diverted;
        }
    }
    rest
}
