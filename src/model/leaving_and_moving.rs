//! Plans held: those that cease, those that change setting, and a year of age for the rest.
//!
//! For N plans of opening age a, need n and setting s:
//!   leavers L ~ Binomial(N, h(a,s)·factors),  movers M ~ Binomial(N − L, m(a,n,s)),
//!   m = min(Σ p(a,n,s→t)·f(group,t), 0.98), destinations t in proportion to p·f, and all who stay
//!   are a+1 at the closing census. Levers multiply h, or divert a share of those bound for a setting.
//! Evidence and limits: see `fit::leavers` and `fit::moves`.

use super::chance::{Address, Chance, Departures, Held, Weights};
use super::diversion::{Arrival, Bound, place_diverted};
use super::flow::{FlowSink, YearInputs};
use super::parameters::effective_hazard;
use crate::numerics::binomial::Odds;
use crate::numerics::stream::Mechanism;
use crate::units::Age;

/// Working memory of the block, kept from age to age and year to year.
#[derive(Clone, Debug)]
pub struct DepartureScratch<C> {
    held: Vec<Held<C>>,
    /// Need and setting of each cell held.
    keys: Vec<(usize, usize)>,
    departures: Vec<Departures<C>>,
    /// Odds of leaving by setting, at the age in hand.
    leave: Vec<Odds>,
}

impl<C> Default for DepartureScratch<C> {
    fn default() -> Self {
        DepartureScratch { held: Vec::new(), keys: Vec::new(), departures: Vec::new(), leave: Vec::new() }
    }
}

/// One year of the plans held at its opening census; `closing` takes those that remain.
pub fn step_leaving_and_moving<K: Chance>(
    chance: &K,
    inputs: YearInputs,
    opening: &[K::Count],
    closing: &mut [K::Count],
    scratch: &mut DepartureScratch<K::Count>,
    sink: &mut impl FlowSink<K::Count>,
) {
    let nobody = K::Count::default();
    for age in 0..Age::COUNT {
        gather(inputs, age, opening, scratch);
        chance.depart(inputs.year(), &scratch.held, &mut scratch.departures);
        for ((held, departures), (need, setting)) in scratch.held.iter().zip(&scratch.departures).zip(&scratch.keys) {
            let (need, setting) = (*need, *setting);
            if departures.leavers != nobody {
                sink.leave(age, need, setting, departures.leavers);
            }
            let remaining = held.count - departures.leavers;
            if remaining == nobody {
                continue;
            }
            let older = inputs.prepared.shape.cell(age + 1, need, 0);
            closing[older + setting] += remaining - departures.movers;
            if departures.movers != nobody {
                let mover = Mover { age, need, setting, departures: *departures };
                move_on(chance, inputs, mover, &mut closing[older..], sink);
            }
        }
    }
}

/// Lists the cells of an age that hold plans, with their chances.
fn gather<C: super::chance::Count>(inputs: YearInputs, age: usize, opening: &[C], scratch: &mut DepartureScratch<C>) {
    let YearInputs { prepared, parameters, effects, index } = inputs;
    let shape = prepared.shape;
    scratch.held.clear();
    scratch.keys.clear();
    let year_factor = parameters.hazard_factor[index];
    let hazards = &parameters.hazard[age * shape.settings..(age + 1) * shape.settings];
    let odds = |hazard: f64, lever: f64| Odds::new(effective_hazard(age, hazard, year_factor * lever));
    scratch.leave.clear();
    scratch.leave.extend(hazards.iter().map(|hazard| odds(*hazard, 1.0)));
    for need in 0..shape.needs {
        let first = shape.cell(age, need, 0);
        for (setting, count) in opening[first..first + shape.settings].iter().copied().enumerate() {
            if count != C::default() {
                let cell = first + setting;
                let mut leave = scratch.leave[setting];
                if let Some(lever) = effects.leaver_factor.get(cell) {
                    leave = odds(hazards[setting], *lever);
                }
                scratch.held.push(Held { cell: cell as u32, count, leave, change: parameters.move_odds[cell] });
                scratch.keys.push((need, setting));
            }
        }
    }
}

/// The movers of one cell.
struct Mover<C> {
    age: usize,
    need: usize,
    setting: usize,
    departures: Departures<C>,
}

/// Sends movers to their settings; `older` are the closing cells of their need, a year older.
#[inline]
fn move_on<K: Chance>(
    chance: &K,
    inputs: YearInputs,
    mover: Mover<K::Count>,
    older: &mut [K::Count],
    sink: &mut impl FlowSink<K::Count>,
) {
    let YearInputs { prepared, parameters, effects, .. } = inputs;
    let (shape, Mover { age, need, setting, departures }) = (prepared.shape, mover);
    let cell = shape.cell(age, need, setting);
    let factors = &parameters.move_factor[prepared.group(age) * shape.settings..][..shape.settings];
    let destinations = prepared.destinations(cell);
    let each = destinations.iter().map(|d| d.probability * factors[d.setting]);
    let weights = Weights { total: parameters.move_weight[cell], each };
    let at = Address { mechanism: Mechanism::Destination, year: inputs.year(), unit: cell as u32 };
    let mut changed = K::Count::default();
    chance.send(at, departures, weights, |index, place, count| {
        let to = destinations[place].setting;
        let arrival = Arrival { bound: Bound::Mover, at, index, cell: shape.cell(age, need, to), to, count };
        place_diverted(chance, effects, arrival, |to, count| {
            older[to] += count;
            if to != setting {
                changed += count;
                sink.move_to(to, count);
            }
        });
    });
    sink.move_from(age, need, setting, changed);
}
