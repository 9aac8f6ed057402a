//! SEN support and services of a year, into the row.

use super::layout::{HOURS, Layout, LineFigure, ServiceEvent, SupportFlow, TIER_PUPILS};
use super::record::GROUP_OF_AGE;
use crate::domain::rates::SupportTierShares;
use crate::model::chance::Count;
use crate::model::serving::{LineYear, Serving};
use crate::model::support::SupportYear;

/// Records a census of SEN support.
pub fn record_support_stock<C: Count>(
    layout: Layout,
    census: usize,
    tiers: &[SupportTierShares],
    pupils: &[C],
    row: &mut [C],
) {
    add_by_group(layout, pupils, &mut row[layout.support_stock(census)]);
    let needs = layout.shape.needs;
    for (tier, places) in tiers.iter().zip(row[layout.support_tiers(census)].chunks_exact_mut(needs)) {
        for (need, place) in places.iter_mut().enumerate() {
            let own = pupils.iter().zip(&tier.share).skip(need).step_by(needs);
            *place = C::nearest(own.map(|(pupils, share)| pupils.to_f64() * share).sum::<f64>() * TIER_PUPILS);
        }
    }
}

/// Records a year's flows of SEN support.
pub fn record_support_flows<C: Count>(layout: Layout, year: usize, support: &SupportYear<C>, row: &mut [C]) {
    if let [pupils, cost] = &mut row[layout.offers(year)] {
        *pupils = C::nearest(support.offers.pupils * TIER_PUPILS);
        *cost = C::nearest(support.offers.cost);
    }
    let SupportYear { identified, stepped_down, escalated, .. } = support;
    for (flow, counts) in SupportFlow::ALL.into_iter().zip([identified, stepped_down, escalated]) {
        add_by_group(layout, counts, &mut row[layout.support_flow(year, flow)]);
    }
}

/// Adds counts by age and need to those by age group and need.
fn add_by_group<C: Count>(layout: Layout, counts: &[C], groups: &mut [C]) {
    let needs = layout.shape.needs;
    for (age, counts) in counts.chunks_exact(needs).enumerate() {
        let group = &mut groups[GROUP_OF_AGE[age] * needs..][..needs];
        group.iter_mut().zip(counts).for_each(|(sum, count)| *sum += *count);
    }
}

/// Records a year of all services.
pub fn record_services<C: Count>(layout: Layout, year: usize, serving: &Serving, row: &mut [C]) {
    for (line, own) in serving.years.iter().enumerate() {
        let places = &mut row[layout.line(year, line)];
        for (place, figure) in places.iter_mut().zip(LineFigure::ALL) {
            *place = C::nearest(value(own, *figure) * figure.scale());
        }
    }
    let hours = serving.work.demanded.iter().chain(&serving.delivered);
    for (place, hours) in row[layout.driver_hours(year)].iter_mut().zip(hours) {
        *place = C::nearest(hours * HOURS);
    }
    if let [reviews, appeals] = &mut row[layout.events(year)] {
        *reviews = C::nearest(serving.work.events.reviews * ServiceEvent::SCALE);
        *appeals = C::nearest(serving.work.events.appeals * ServiceEvent::SCALE);
    }
    for (place, hours) in row[layout.tier_hours(year)].iter_mut().zip(&serving.work.by_need) {
        *place = C::nearest(hours * HOURS);
    }
}

fn value(line: &LineYear, figure: LineFigure) -> f64 {
    match figure {
        LineFigure::Demanded => line.demanded,
        LineFigure::Delivered => line.delivered,
        LineFigure::Unmet => line.lapsed,
        LineFigure::Waiting => line.waiting,
        LineFigure::Capacity => line.capacity,
        LineFigure::InPost => line.in_post,
        LineFigure::Needed => line.needed,
        LineFigure::Gap => (line.needed - line.in_post).max(0.0),
        LineFigure::Relief => line.relief,
        LineFigure::Served => line.served,
        LineFigure::List => line.list,
        LineFigure::MeanWait => line.mean_weeks,
        LineFigure::Wait92 => line.weeks_of_92,
        LineFigure::Diagnosed => line.diagnosed,
        LineFigure::Early => line.early,
        LineFigure::Within => line.within,
    }
}
