//! Costs of each future, from what its row holds.
//!
//! Financial year f starts in April of calendar year y, three quarters of it before the next January:
//! - flows, hours and staff: ¾ of year y's and ¼ of year y + 1's,
//! - plans held and kilometres travelled: the mean of a straight line through the Januaries y, y + 1 and y + 2, from a
//!   quarter after the first:
//!   9/32, 22/32 and 1/32 of the three,
//! - empty places: those of one September for the five months of the financial year before the next, and the next's for
//!   seven.
//!
//! Beyond the last year simulated the last quarter of the last financial year is like the year before it.

use super::batch::{Shard, Workers};
use super::layout::{Flow, Layout, Margin, ServiceEvent};
use crate::domain::money::{CostBasis, Pence};
use crate::domain::place::{Kind, Places};
use crate::model::chance::Count;
use crate::model::money::{LineModel, MoneyModel, Prices};
use crate::model::place_model::PlaceModel;
use crate::numerics::stream::Streams;
use crate::scenario::effects::YearEffects;
use crate::scenario::lever::Spending;

/// Weights of the census that opens a financial year's calendar year, of the next, and of the one after.
const CENSUSES: [f64; 3] = [9.0 / 32.0, 22.0 / 32.0, 1.0 / 32.0];
/// Weights of the calendar year in which a financial year starts, and of the next.
const YEARS: [f64; 2] = [0.75, 0.25];
/// Weights of the places of the September before a financial year starts, and of the one in it.
const SEPTEMBERS: [f64; 2] = [5.0 / 12.0, 7.0 / 12.0];

/// What a scenario's costs are counted from, beside the rows of its futures.
#[derive(Clone, Copy)]
pub struct Costed<'a> {
    pub layout: Layout,
    pub effects: &'a [YearEffects],
    pub places: Option<PaidPlaces<'a>>,
    pub spending: &'a [Spending],
}

/// Places of the area, as `scenario::place_effects::complete_places` has them, and as the engine does.
#[derive(Clone, Copy)]
pub struct PaidPlaces<'a> {
    pub places: &'a Places,
    pub model: &'a PlaceModel,
}

/// Amounts of each future of a shard that was run with `seed` and the scenario costed, as [`MoneyModel`] lays them
/// out.
pub fn price_shard(workers: &Workers, model: &MoneyModel, costed: Costed, seed: u64, shard: &Shard) -> Vec<Vec<Pence>> {
    let futures = shard.replicates.clone().zip(shard.rows()).collect();
    workers.map_in_order(futures, |(replicate, row): (u32, &[u32])| {
        let prices = model.draw_prices(&Streams::new(seed, replicate));
        price_row(model, &prices, costed, row)
    })
}

/// The principal projection at central prices.
pub fn price_principal(model: &MoneyModel, costed: Costed, row: &[f64]) -> Vec<Pence> {
    price_row(model, &model.central_prices(), costed, row)
}

fn price_row<C: Count>(model: &MoneyModel, prices: &Prices, costed: Costed, row: &[C]) -> Vec<Pence> {
    let mut amounts = vec![Pence::default(); model.width()];
    model.price(prices, |line, year| units(model, costed, row, line, year), &mut amounts);
    amounts
}

/// Units of a line in a financial year.
fn units<C: Count>(model: &MoneyModel, costed: Costed, row: &[C], line: &LineModel, year: usize) -> f64 {
    let Costed { layout, effects, places, spending } = costed;
    let last = layout.years - 1;
    let of_years = |value: &dyn Fn(usize) -> f64| {
        YEARS.iter().enumerate().map(|(later, weight)| weight * value((year + later).min(last))).sum()
    };
    let flow =
        |flow: Flow| of_years(&|year| row[layout.flow(year, flow).start + layout.margin(Margin::Total)].to_f64());
    let event = |event: ServiceEvent| {
        of_years(&|year| row[layout.events(year)].get(event as usize).map_or(0.0, |n| n.to_f64() / ServiceEvent::SCALE))
    };
    let of_censuses = |value: &dyn Fn(usize) -> f64| -> f64 {
        CENSUSES.iter().enumerate().map(|(later, weight)| weight * value((year + later).min(layout.years))).sum()
    };
    match line.of {
        CostBasis::Plans => of_censuses(&|census| {
            let plans = &row[layout.stock_groups(census)];
            line.cells.iter().map(|cell| plans[layout.group_cell(cell.0, cell.1, cell.2)].to_f64()).sum()
        }),
        CostBasis::PupilKm => places.map_or(0.0, |places| {
            of_censuses(&|census| {
                let providers = places.places.providers.iter().zip(&row[layout.travelled(census)]);
                let own = providers.filter(|(provider, _)| line.settings.contains(&provider.setting.index()));
                own.map(|(_, hectometres)| hectometres.to_f64() / 10.0).sum()
            })
        }),
        CostBasis::Requests => flow(Flow::Requests),
        CostBasis::Assessments => flow(Flow::Assessments),
        CostBasis::NewPlans => flow(Flow::NewPlans),
        CostBasis::Reviews => event(ServiceEvent::Reviews),
        CostBasis::Appeals => event(ServiceEvent::Appeals),
        CostBasis::Staff => of_years(&|year| {
            let in_post = effects[year].services.as_ref().map_or(&[][..], |services| &services.in_post);
            let months = line.grades.iter().filter_map(|grade| in_post.get(*grade));
            months.flatten().sum::<f64>() / 12.0
        }),
        CostBasis::BoughtHours => of_years(&|year| {
            let bought = effects[year].services.as_ref().map_or(&[][..], |services| &services.bought);
            line.hours_at.iter().filter_map(|(service, pounds)| Some(bought.get(*service)? * pounds)).sum()
        }),
        CostBasis::EarlySupport => {
            of_years(&|year| row[layout.offers(year)].get(1).map_or(0.0, |pounds| pounds.to_f64()))
        }
        CostBasis::EmptyPlaces => places.map_or(0.0, |places| {
            let empty = SEPTEMBERS.iter().enumerate().map(|(later, weight)| {
                weight * empty_places(places, layout, effects, &line.settings, row, year + later)
            });
            empty.sum()
        }),
        CostBasis::Spending => {
            let of_line = spending.iter().filter(|spent| spent.line == line.id && spent.year == model.first.plus(year));
            of_line.map(|spent| spent.pounds).sum()
        }
        CostBasis::Year => 1.0,
    }
}

/// Places that nobody fills at a census, of the September before it, at providers of some settings. Places that no
/// table lists are those of their pupils: none is empty.
fn empty_places<C: Count>(
    places: PaidPlaces,
    layout: Layout,
    effects: &[YearEffects],
    settings: &[usize],
    row: &[C],
    census: usize,
) -> f64 {
    let later = census.checked_sub(1).and_then(|year| effects[year].places.as_ref());
    let in_force = if census == 0 { Some(&places.model.opening) } else { later };
    let Some(in_force) = in_force else { return 0.0 };
    let providers = places.places.providers.iter().zip(&in_force.places).zip(&row[layout.filled(census)]);
    let paid = providers
        .filter(|((provider, _), _)| provider.kind != Kind::NotListed && settings.contains(&provider.setting.index()));
    paid.map(|((_, places), filled)| (f64::from(*places) - filled.to_f64()).max(0.0)).sum()
}
