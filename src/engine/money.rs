//! Costs of each future, from what its row holds.
//!
//! Financial year f starts in April of calendar year y, three quarters of it before the next January:
//! - flows, hours and staff: ¾ of year y's and ¼ of year y + 1's,
//! - plans held: the mean of a straight line through the Januaries y, y + 1 and y + 2, from a quarter after the first:
//!   9/32, 22/32 and 1/32 of the three.
//!
//! Beyond the last year simulated the last quarter of the last financial year is like the year before it.

use super::batch::{Shard, Workers};
use super::layout::{Flow, Layout, LineFigure, Margin, ServiceEvent};
use crate::domain::money::{CostBasis, Pence};
use crate::model::chance::Count;
use crate::model::money::{LineModel, MoneyModel, Prices};
use crate::numerics::stream::Streams;
use crate::scenario::effects::YearEffects;

/// Weights of the census that opens a financial year's calendar year, of the next, and of the one after.
const CENSUSES: [f64; 3] = [9.0 / 32.0, 22.0 / 32.0, 1.0 / 32.0];
/// Weights of the calendar year in which a financial year starts, and of the next.
const YEARS: [f64; 2] = [0.75, 0.25];

/// Amounts of each future of a shard that was run with `effects` and `seed`, as [`MoneyModel`] lays them out.
pub fn price_shard(
    workers: &Workers,
    model: &MoneyModel,
    effects: &[YearEffects],
    seed: u64,
    shard: &Shard,
) -> Vec<Vec<Pence>> {
    let futures = shard.replicates.clone().zip(shard.rows()).collect();
    workers.map_in_order(futures, |(replicate, row): (u32, &[u32])| {
        let prices = model.draw_prices(&Streams::new(seed, replicate));
        price_row(model, &prices, shard.layout, effects, row)
    })
}

/// The principal projection at central prices.
pub fn price_principal(model: &MoneyModel, layout: Layout, effects: &[YearEffects], row: &[f64]) -> Vec<Pence> {
    price_row(model, &model.central_prices(), layout, effects, row)
}

fn price_row<C: Count>(
    model: &MoneyModel,
    prices: &Prices,
    layout: Layout,
    effects: &[YearEffects],
    row: &[C],
) -> Vec<Pence> {
    let mut amounts = vec![Pence::default(); model.width()];
    model.price(prices, |line, year| units(layout, effects, row, line, year), &mut amounts);
    amounts
}

/// Units of a line in a financial year.
fn units<C: Count>(layout: Layout, effects: &[YearEffects], row: &[C], line: &LineModel, year: usize) -> f64 {
    let last = layout.years - 1;
    let of_years = |value: &dyn Fn(usize) -> f64| {
        YEARS.iter().enumerate().map(|(later, weight)| weight * value((year + later).min(last))).sum()
    };
    let flow =
        |flow: Flow| of_years(&|year| row[layout.flow(year, flow).start + layout.margin(Margin::Total)].to_f64());
    let event = |event: ServiceEvent| {
        of_years(&|year| row[layout.events(year)].get(event as usize).map_or(0.0, |n| n.to_f64() / ServiceEvent::SCALE))
    };
    match line.of {
        CostBasis::Plans => {
            let censuses = CENSUSES.iter().enumerate();
            censuses
                .map(|(later, weight)| {
                    let plans = &row[layout.stock_groups((year + later).min(layout.years))];
                    let cells = line.cells.iter();
                    let held = cells.map(|cell| plans[layout.group_cell(cell.0, cell.1, cell.2)].to_f64());
                    weight * held.sum::<f64>()
                })
                .sum()
        }
        CostBasis::Requests => flow(Flow::Requests),
        CostBasis::Assessments => flow(Flow::Assessments),
        CostBasis::NewPlans => flow(Flow::NewPlans),
        CostBasis::Reviews => event(ServiceEvent::Reviews),
        CostBasis::Appeals => event(ServiceEvent::Appeals),
        CostBasis::Staff => line.service.map_or(0.0, |service| {
            of_years(&|year| {
                row[layout.line(year, service)][LineFigure::InPost as usize].to_f64() / LineFigure::InPost.scale()
            })
        }),
        CostBasis::BoughtHours => line.service.map_or(0.0, |service| {
            of_years(&|year| effects[year].services.as_ref().map_or(0.0, |services| services.bought[service]))
        }),
        CostBasis::EarlySupport => {
            of_years(&|year| row[layout.offers(year)].get(1).map_or(0.0, |pounds| pounds.to_f64()))
        }
        CostBasis::Year => 1.0,
    }
}
