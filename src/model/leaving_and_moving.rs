//! Plans held: those that cease, those that change setting, and a year of age for the rest.
//!
//! For N plans of opening age a, need n and setting s:
//!   leavers L ~ Binomial(N, h(a,s)·factors),  movers M ~ Binomial(N − L, m(a,n,s)),
//!   destinations t with probability p(a,n,s→t)·f(group,t), and all who stay are a+1 at the
//!   closing census. Levers multiply h, or divert a share of those bound for a setting.
//! Evidence and limits: see `fit::leavers` and `fit::moves`.

use super::chance::{Address, Chance};
use super::diversion::{Arrival, Bound, place_diverted};
use super::flow::{FlowSink, YearInputs};
use super::parameters::effective_hazard;
use crate::numerics::stream::Mechanism;

/// One year of the plans held at its opening census; `closing` takes those that remain.
pub fn step_leaving_and_moving<K: Chance>(
    chance: &K,
    inputs: YearInputs,
    opening: &[K::Count],
    closing: &mut [K::Count],
    sink: &mut impl FlowSink<K::Count>,
) {
    let YearInputs { prepared, parameters, effects, index } = inputs;
    let (shape, year, nobody) = (prepared.shape, inputs.year(), K::Count::default());
    let year_factor = parameters.hazard_factor[index];
    let mut weights = vec![0.0; shape.settings];
    for (cell, held) in opening.iter().copied().enumerate() {
        if held == nobody {
            continue;
        }
        let (age, need, setting) = shape.place(cell);
        let lever = effects.leaver_factor.get(cell).copied().unwrap_or(1.0);
        let hazard = parameters.hazard[age * shape.settings + setting];
        let hazard = effective_hazard(age, hazard, year_factor * lever);
        let [leavers, movers] = chance.leave_and_move(year, cell as u32, held, hazard, parameters.move_out[cell]);
        if leavers != nobody {
            sink.leave(age, need, setting, leavers);
        }
        let remaining = held - leavers;
        if remaining == nobody {
            continue;
        }
        let older = shape.cell(age + 1, need, 0);
        closing[older + setting] += remaining - movers;
        if movers == nobody {
            continue;
        }
        let group = prepared.group(age);
        let factors = &parameters.move_factor[group * shape.settings..(group + 1) * shape.settings];
        for ((weight, central), factor) in weights.iter_mut().zip(prepared.destinations(cell)).zip(factors) {
            *weight = central * factor;
        }
        let at = Address { mechanism: Mechanism::Destination, year, unit: cell as u32 };
        chance.scatter_few(at, movers, &weights, |index, to, count| {
            let cell = shape.cell(age, need, to);
            let arrival = Arrival { bound: Bound::Mover, at, index, cell, to, count };
            place_diverted(chance, effects, arrival, |to, count| {
                closing[older + to] += count;
                if to != setting {
                    sink.change_setting(age, setting, to, count);
                }
            });
        });
    }
}
