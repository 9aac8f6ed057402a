//! What is told of a service in a year.

use needscast::domain::service::{Basis, Driver, Serve, Service, Tier};
use needscast::engine::layout::LineFigure;
use needscast::model::queue::WEEKS_PER_MONTH;

use super::curves::{Spread, StandFor, mean_of, quantile_of, share_within};
use super::levels::{Level, list_of};
use super::work::Work;
use crate::services_world::{EVENTS, NEEDS};

/// What the reference tells of a service in a year, and of its drivers.
#[derive(Clone, Default)]
pub struct Told {
    pub figures: Vec<(LineFigure, f64)>,
    /// Hours demanded and delivered.
    pub drivers: Vec<[f64; 2]>,
    /// Hours demanded by tier, in the order in which the drivers name them, and need.
    pub tiers: Vec<(Tier, [f64; NEEDS])>,
}

/// Hours bought, hours of an FTE, hours there are, and FTE in post.
pub struct Staffing {
    pub bought: f64,
    pub average: f64,
    pub capacity: f64,
    pub in_post: f64,
}

pub fn tell(
    service: &Service,
    (levels, works): (&[Level], &[Work]),
    stood_for: &[StandFor; 12],
    year: usize,
    staffing: Staffing,
) -> Told {
    let Staffing { bought, average, capacity, in_post } = staffing;
    let mut drivers = vec![[0.0; 2]; works.len()];
    let mut tiers: Vec<(Tier, [f64; NEEDS])> = Vec::new();
    for level in levels {
        for number in &level.drivers {
            // Where nobody has come in the year, those who waited are of all kinds alike.
            let part = if level.came[1] > 0.0 {
                works[*number].in_year() * works[*number].hours_per_case / level.came[1]
            } else {
                1.0 / level.drivers.len() as f64
            };
            drivers[*number] = [part * level.demanded(), part * level.given];
        }
    }
    let told_by_need = |driver: &Driver| driver.tier.filter(|_| driver.of.has_needs());
    for ((driver, work), [demanded, _]) in service.drivers.iter().zip(works).zip(&drivers) {
        let Some(tier) = told_by_need(driver) else { continue };
        let place = tiers.iter().position(|(known, _)| *known == tier).unwrap_or(tiers.len());
        if place == tiers.len() {
            tiers.push((tier, [0.0; NEEDS]));
        }
        tiers[place].1.iter_mut().zip(work.needs).for_each(|(sum, part)| *sum += part * demanded);
    }
    let early = |driver: &Driver| matches!(driver.of, Basis::SenSupport | Basis::Identified | Basis::Population);
    let of_early = service.drivers.iter().zip(&drivers).filter(|(driver, _)| early(driver));
    let demanded: f64 = levels.iter().map(Level::demanded).sum();
    let delivered: f64 = levels.iter().map(|level| level.given).sum();
    let ongoing = levels.iter().filter(|level| level.serve == Serve::Ongoing);
    let lapsed: f64 = ongoing.map(|level| level.put[1] - level.given).sum();
    let needed = (demanded - bought).max(0.0) / average;
    let waiting: f64 = levels.iter().map(|level| level.curves.hours()).sum();
    let list: f64 = levels.iter().map(|level| level.curves.waiting().0).sum();
    let spreads: Vec<Spread> = levels.iter().flat_map(|level| level.curves.served_since(year * 12)).collect();
    let served: f64 = spreads.iter().map(|(cases, _)| cases).sum();
    let [came, put] = list_of(levels).map_or([0.0; 2], |level| [level.came[0], level.put[0]]);
    let referred: f64 = stood_for.iter().map(|amounts| amounts[0]).sum();
    let diagnosed = service.outcome.as_ref().map_or(0.0, |outcome| served.min(outcome.diagnosed.central * referred));
    let mut figures = vec![
        (LineFigure::Demanded, demanded),
        (LineFigure::Delivered, delivered),
        (LineFigure::Unmet, lapsed),
        (LineFigure::Waiting, waiting),
        (LineFigure::Capacity, capacity),
        (LineFigure::InPost, in_post),
        (LineFigure::Needed, needed),
        (LineFigure::Gap, (needed - in_post).max(0.0)),
        (LineFigure::List, list),
        (LineFigure::Served, served),
        (LineFigure::Diagnosed, diagnosed),
        (LineFigure::Early, of_early.map(|(_, [_, delivered])| delivered).sum()),
    ];
    // Of nobody, but for rounding, no wait is told.
    let anybody = served > 1e-9;
    if anybody {
        figures.push((LineFigure::MeanWait, mean_of(&spreads)));
        figures.push((LineFigure::Wait92, quantile_of(&spreads, 0.92)));
    }
    if let Some(standard) = service.standard_weeks.filter(|_| service.has_list()) {
        if anybody {
            figures.push((LineFigure::Within, share_within(&spreads, standard)));
        }
        if came > 0.0 {
            let weekly = put / (12.0 * WEEKS_PER_MONTH);
            let beyond = if list > 0.0 { (list - weekly * standard / 4.0).max(0.0) / list } else { 0.0 };
            let relieved = beyond * waiting / EVENTS.relief_years;
            figures.push((LineFigure::Relief, (demanded + relieved - bought).max(0.0) / average));
        }
    }
    Told { figures, drivers, tiers }
}
