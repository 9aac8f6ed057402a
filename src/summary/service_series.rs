//! Figures of SEN support and services, read from a replicate's row.
//!
//! Hours and the like stand in a row as whole tenths, hundredths, …: [`Measure::scale`] says how many make
//! one.

use super::series::{AgeKey, Keys, Measure};
use super::timeliness::{Deadline, Future, StageWaits, Timeliness};
use crate::domain::age_group::AgeGroup;
use crate::domain::service::AssessmentPart;
use crate::engine::layout::{Layout, LineFigure, ServiceEvent, SupportFlow};
use crate::model::chance::Count;
use crate::model::service_model::{Line, ServiceModel};

/// The keys of SEN support at a census, in the order of [`sum_support`].
pub fn support_keys(layout: Layout, january: u16) -> Vec<Keys> {
    let mut keys = by_group_and_need(layout, Measure::SenSupport, january);
    for tier in 0..layout.services.support_tiers {
        let all = Keys { measure: Measure::SupportTier(tier), ..keys[0] };
        keys.extend(std::iter::once(None).chain((0..layout.shape.needs).map(Some)).map(|need| Keys { need, ..all }));
    }
    keys
}

/// Pupils by tier and need, with those of all needs.
pub fn sum_support_tiers<C: Count>(layout: Layout, census: usize, row: &[C], figures: &mut Vec<C>) {
    for needs in row[layout.support_tiers(census)].chunks_exact(layout.shape.needs) {
        push_with_total(needs, figures);
    }
}

/// The sum, and then the parts.
fn push_with_total<C: Count>(parts: &[C], figures: &mut Vec<C>) {
    let mut total = C::default();
    parts.iter().for_each(|part| total += *part);
    figures.push(total);
    figures.extend_from_slice(parts);
}

/// The keys of the year's flows of SEN support, likewise.
pub fn support_flow_keys(layout: Layout, year: u16) -> Vec<Keys> {
    if !layout.services.support {
        return Vec::new();
    }
    let flows = SupportFlow::ALL.into_iter();
    let mut keys: Vec<Keys> =
        flows.flat_map(|flow| by_group_and_need(layout, Measure::SupportFlow(flow), year)).collect();
    let all = keys[0];
    keys.extend([Measure::PupilsOffered, Measure::OffersCost].map(|measure| Keys { measure, ..all }));
    keys
}

fn by_group_and_need(layout: Layout, measure: Measure, year: u16) -> Vec<Keys> {
    let all = Keys { measure, year, area: None, need: None, setting: None, age: AgeKey::All };
    let needs = || std::iter::once(None).chain((0..layout.shape.needs).map(Some));
    let ages = std::iter::once(AgeKey::All).chain(AgeGroup::ALL.into_iter().map(AgeKey::Group));
    ages.flat_map(|age| needs().map(move |need| Keys { need, age, ..all })).collect()
}

/// Counts by age group and need with their margins.
pub fn sum_support<C: Count>(layout: Layout, counts: &[C], figures: &mut Vec<C>) {
    let needs = layout.shape.needs;
    if counts.is_empty() {
        return;
    }
    let first = figures.len();
    let width = needs + 1;
    figures.resize(first + (AgeGroup::ALL.len() + 1) * width, C::default());
    for (group, counts) in counts.chunks_exact(needs).enumerate() {
        for (need, count) in counts.iter().enumerate() {
            for row in [0, group + 1] {
                figures[first + row * width] += *count;
                figures[first + row * width + need + 1] += *count;
            }
        }
    }
}

/// The keys of all services in a calendar year, in the order of [`sum_services`].
pub fn service_keys(layout: Layout, model: &ServiceModel, year: u16) -> Vec<Keys> {
    let all = Keys { measure: Measure::SenSupport, year, area: None, need: None, setting: None, age: AgeKey::All };
    let mut keys = Vec::new();
    for (line, own) in model.lines.iter().enumerate() {
        let told = LineFigure::ALL.iter().filter(|figure| is_told(own, **figure));
        keys.extend(told.map(|figure| Keys { measure: Measure::Service(*figure, line), ..all }));
    }
    for driver in 0..model.drivers.len() {
        keys.push(Keys { measure: Measure::WorkDemanded(driver), ..all });
        keys.push(Keys { measure: Measure::WorkDelivered(driver), ..all });
    }
    keys.extend(ServiceEvent::ALL.map(|event| Keys { measure: Measure::ServiceEvent(event), ..all }));
    for tier in 0..model.tiers.len() {
        let needs = std::iter::once(None).chain((0..layout.shape.needs).map(Some));
        keys.extend(needs.map(|need| Keys { measure: Measure::TierDemanded(tier), need, ..all }));
    }
    keys
}

/// The keys of the shares in time of assessments, in the order of [`shares_in_time`].
pub fn time_keys(model: &ServiceModel, year: u16) -> impl Iterator<Item = Keys> {
    let told = Deadline::ALL.into_iter().filter(|deadline| deadline.is_told(model));
    told.map(move |deadline| Keys {
        measure: Measure::InTime(deadline),
        year,
        area: None,
        need: None,
        setting: None,
        age: AgeKey::All,
    })
}

/// The shares in time of one future, in the units of a row.
pub fn shares_in_time<C: Count>(
    layout: Layout,
    model: &ServiceModel,
    (timeliness, future): (&Timeliness, Future),
    year: usize,
    row: &[C],
) -> impl Iterator<Item = C> {
    let waits = stage_weeks(layout, model, year, row);
    let told = Deadline::ALL.into_iter().filter(|deadline| deadline.is_told(model));
    told.map(move |deadline| C::nearest(timeliness.share(deadline, future, waits) * LineFigure::Within.scale()))
}

/// Weeks that assessments wait for the decision, then for advice, then for the draft: mean waits of all lists on the
/// way, by the longest way where there are several.
pub fn stage_weeks<C: Count>(layout: Layout, model: &ServiceModel, year: usize, row: &[C]) -> StageWaits {
    let wait = |line: usize| {
        row[layout.line(year, line)][LineFigure::MeanWait as usize].to_f64() / LineFigure::MeanWait.scale()
    };
    let way = |line: usize| std::iter::successors(Some(line), |line| model.lines[*line].before).map(wait).sum::<f64>();
    let longest = |part: AssessmentPart| {
        let lines = model.lines.iter().enumerate().filter(|(_, line)| line.part == part);
        lines.map(|(line, _)| way(line)).fold(0.0, f64::max)
    };
    let [decision, advice, draft] =
        [AssessmentPart::Decision, AssessmentPart::Advice, AssessmentPart::Draft].map(longest);
    let advised = advice.max(decision);
    [decision, advised - decision, (draft - advised).max(0.0)]
}

/// Whether a figure means anything for a service: waits need a list, and shares in time a standard.
fn is_told(line: &Line, figure: LineFigure) -> bool {
    match figure {
        LineFigure::Waiting | LineFigure::Served | LineFigure::List | LineFigure::MeanWait | LineFigure::Wait92 => {
            line.has_list
        }
        LineFigure::Within | LineFigure::Relief => line.has_list && line.standard_weeks.is_some(),
        // Where statutory work comes first, what it leaves is the question.
        LineFigure::Early => line.part == AssessmentPart::Advice,
        LineFigure::Diagnosed => line.outcome.is_some(),
        _ => true,
    }
}

/// The services' figures of a calendar year of one replicate.
pub fn sum_services<C: Count>(layout: Layout, model: &ServiceModel, year: usize, row: &[C], figures: &mut Vec<C>) {
    for (line, own) in model.lines.iter().enumerate() {
        let values = row[layout.line(year, line)].iter().zip(LineFigure::ALL);
        figures.extend(values.filter(|(_, figure)| is_told(own, **figure)).map(|(value, _)| *value));
    }
    let (demanded, delivered) = row[layout.driver_hours(year)].split_at(model.drivers.len());
    figures.extend(demanded.iter().zip(delivered).flat_map(|(demanded, delivered)| [*demanded, *delivered]));
    figures.extend_from_slice(&row[layout.events(year)]);
    for needs in row[layout.tier_hours(year)].chunks_exact(layout.shape.needs) {
        push_with_total(needs, figures);
    }
}
