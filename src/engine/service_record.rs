//! SEN support and services of a year, into the row.

use super::layout::{HOURS, Layout, LineFigure, SupportFlow};
use super::replicate::GROUP_OF_AGE;
use crate::model::chance::Count;
use crate::model::serving::{LineYear, Serving};
use crate::model::support::SupportYear;

/// Records a census of SEN support.
pub fn record_support_stock<C: Count>(layout: Layout, census: usize, pupils: &[C], row: &mut [C]) {
    add_by_group(layout, pupils, &mut row[layout.support_stock(census)]);
}

/// Records a year's flows of SEN support.
pub fn record_support_flows<C: Count>(layout: Layout, year: usize, support: &SupportYear<C>, row: &mut [C]) {
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
    let hours = serving.demanded.iter().chain(&serving.delivered);
    for (place, hours) in row[layout.driver_hours(year)].iter_mut().zip(hours) {
        *place = C::nearest(hours * HOURS);
    }
    for (place, hours) in row[layout.tier_hours(year)].iter_mut().zip(&serving.by_need) {
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
        LineFigure::Early => line.early,
        LineFigure::Within => line.within,
    }
}
