//! `trends.csv` and `outcomes.csv`: how referrals grow, and what becomes of those whom a service has seen. Both may
//! be left out.

use super::confidence::parse_confidence;
use super::driver_table::parse_ages;
use super::problem::Problems;
use super::service_parts::{named_service, parse_estimate};
use super::table::{FileBytes, Row, Table};
use crate::domain::need::Need;
use crate::domain::service::{Driver, Estimate, Outcome, Trend};

/// By how much uptake may grow or shrink in a year.
pub const MOST_GROWTH: f64 = 0.5;
/// New plans that follow one diagnosis.
const MOST_PLANS: f64 = 1.0;

/// Gives drivers their trends; `drivers` are those of each service.
pub fn parse_trends(file: &FileBytes, services: &[&str], drivers: &mut [Vec<Driver>], problems: &mut Problems) {
    let columns = ["service", "driver", "growth_low", "growth", "growth_high", "source", "confidence"];
    let Some(table) = Table::parse(file, &columns, problems) else { return };
    for row in table.rows() {
        let Some(service) = named_service(row, services, problems) else { continue };
        let ids: Vec<&str> = drivers[service].iter().map(|driver| driver.id.as_str()).collect();
        let find = |id: &str| ids.iter().position(|known| *known == id);
        let Some(driver) = row.name("driver", &format!("driver of {}", services[service]), &ids, find, problems) else {
            continue;
        };
        let (factor, (source, confidence)) = (parse_growth(row, problems), parse_confidence(row, problems));
        let driver = &mut drivers[service][driver];
        if driver.trend.is_some() {
            row.problem("driver", format!("is listed twice for {}", services[service]), None, problems);
        } else if let (Some(factor), Some(confidence)) = (factor, confidence) {
            driver.trend = Some(Trend { factor, source, confidence });
        }
    }
}

/// The factor on uptake from year to year.
fn parse_growth(row: Row, problems: &mut Problems) -> Option<Estimate> {
    let hint = format!("a share of the year before, -{MOST_GROWTH} to {MOST_GROWTH}");
    let mut value = |column: &str| row.number_within(column, -MOST_GROWTH..=MOST_GROWTH, &hint, problems);
    let (low, central, high) = (value("growth_low"), value("growth"), value("growth_high"));
    let (low, central, high) = (low?, central?, high?);
    let factor = Estimate::new(1.0 + low, 1.0 + central, 1.0 + high);
    if factor.is_none() {
        let what = format!("is not between growth_low, {low}, and growth_high, {high}");
        row.problem("growth", what, None, problems);
    }
    factor
}

/// What becomes of those whom each service has seen.
pub fn parse_outcomes(
    file: &FileBytes,
    services: &[&str],
    has_list: impl Fn(usize) -> bool,
    problems: &mut Problems,
) -> Vec<Option<Outcome>> {
    let mut outcomes = vec![None; services.len()];
    let columns = [
        "service",
        "need",
        "ages",
        "diagnosed_low",
        "diagnosed",
        "diagnosed_high",
        "plans_low",
        "plans",
        "plans_high",
        "renamed_low",
        "renamed",
        "renamed_high",
        "source",
        "confidence",
    ];
    let Some(table) = Table::parse(file, &columns, problems) else { return outcomes };
    for row in table.rows() {
        let Some(service) = named_service(row, services, problems) else { continue };
        if !has_list(service) {
            let hint = Some("it diagnoses those whom its list has served".into());
            row.problem("service", "has no driver that queues", hint, problems);
        }
        let outcome = parse_outcome(row, problems);
        if outcomes[service].is_some() {
            row.problem("service", "is listed twice", None, problems);
        } else {
            outcomes[service] = outcome;
        }
    }
    outcomes
}

fn parse_outcome(row: Row, problems: &mut Problems) -> Option<Outcome> {
    let codes: Vec<&str> = Need::ALL.iter().map(|need| need.code()).collect();
    let need = row.name("need", "need", &codes, Need::parse, problems);
    let ages = parse_ages(row, problems);
    let diagnosed = parse_estimate(row, "diagnosed", 1.0, problems);
    let plans = parse_estimate(row, "plans", MOST_PLANS, problems);
    let renamed = parse_estimate(row, "renamed", MOST_PLANS, problems);
    let together = plans.zip(renamed).filter(|(plans, renamed)| plans.high + renamed.high > MOST_PLANS);
    if let Some((_, renamed)) = together {
        let what = format!("and renamed_high, {}, add up to more than {MOST_PLANS}", renamed.high);
        row.problem("plans_high", what, Some("plans that follow one diagnosis".into()), problems);
    }
    let (source, confidence) = parse_confidence(row, problems);
    Some(Outcome {
        diagnosed: diagnosed?,
        need: need?,
        ages: ages?,
        plans: plans?,
        renamed: renamed?,
        source,
        confidence: confidence?,
    })
}
