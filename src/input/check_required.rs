//! What a forecast cannot do without, given the base census and the horizon.

use super::problem::Problems;
use super::settings_file::AreaSettings;
use crate::domain::observation::{Measure, Observations};
use crate::domain::population::{Population, mid_year_of};
use crate::domain::sen_support::SenSupport;
use crate::domain::setting::Settings;
use crate::units::CensusYear;

/// Calendar years of new plans the trend needs at least.
const LEAST_YEARS: u16 = 3;

/// Counts without which nothing can be fitted.
pub fn check_observations(
    file: &str,
    observations: &Observations,
    settings: &Settings,
    area: &AreaSettings,
    problems: &mut Problems,
) {
    let base = area.base.0;
    let known = observations.known_by(area.base);
    let hint = |text: &str| Some(format!("{text}; or change base_year in needscast.toml"));
    match known.by_age_setting(Measure::Plans, base, settings.count()) {
        None => problems.in_file(
            file,
            format!("has no plans by age and setting for January {base}"),
            hint("the base census needs single years of age by setting"),
        ),
        Some((spans, _)) if spans.iter().filter(|span| !span.is_single()).count() > 1 => problems.in_file(
            file,
            format!("gives plans of January {base} in bands of age"),
            hint("the base census needs single years of age from 3 up"),
        ),
        Some((_, counts)) if counts.sum() == 0.0 => {
            problems.in_file(file, format!("counts no plans at all in January {base}"), None);
        }
        Some(_) => {}
    }
    for year in base - LEAST_YEARS..base {
        if known.total(Measure::NewPlans, year).is_none() {
            problems.in_file(file, format!("has no new_plans for {year}"), hint("the trend needs three years"));
        }
    }
    let flow_years = base.saturating_sub(6)..base;
    let by_age = |measure| flow_years.clone().any(|year| known.by_age(measure, year).is_some());
    if !by_age(Measure::NewPlans) && !by_age(Measure::NewPlansAtStartAge) {
        problems.in_file(
            file,
            "has no new plans by age in the six years before the base census",
            hint("new_plans or new_plans_at_start_age"),
        );
    }
    let fitted = |year| {
        known.by_age(Measure::Ceased, year).is_some()
            && known.by_setting(Measure::Plans, year, settings.count()).is_some()
    };
    if area.reference.is_none() && !(base - LEAST_YEARS..base).any(fitted) {
        let what = format!(
            "has no year from {} to {} with both ceased plans by age and plans by setting in its January",
            base - LEAST_YEARS,
            base - 1
        );
        problems.in_file(file, what, hint("or name a reference in needscast.toml"));
    }
}

/// Nobody holds two plans: a count beyond the residents is a slip, and would run for ever.
pub fn check_against_residents(
    file: &str,
    evidence: (&Observations, &Population),
    settings: &Settings,
    area: &AreaSettings,
    problems: &mut Problems,
) {
    let (base, (observations, population)) = (area.base.0, evidence);
    let Some(residents) = population.estimates.get(&mid_year_of(area.base)) else { return };
    if let Some((spans, counts)) = observations.by_age_setting(Measure::Plans, base, settings.count()) {
        for (span, row) in spans.iter().zip(counts.rows()) {
            let people: f64 = span.ages().map(|age| residents[age.index()]).sum();
            if row.sum() > people {
                let what = format!("plans {base} age {span}: {} plans for {people} residents", row.sum());
                problems.in_file(file, what, Some("see population.csv".into()));
            }
        }
    }
    let everyone: f64 = residents.iter().sum();
    for year in base.saturating_sub(10)..base {
        if let Some(joined) = observations.total(Measure::NewPlans, year).filter(|joined| *joined > everyone) {
            let what = format!("new_plans {year}: {joined} plans for {everyone} residents aged 0 to 25");
            problems.in_file(file, what, Some("see population.csv".into()));
        }
    }
}

/// Nobody is on SEN support twice.
pub fn check_support_against_residents(
    file: &str,
    support: &SenSupport,
    population: &Population,
    base: CensusYear,
    problems: &mut Problems,
) {
    let Some(residents) = population.estimates.get(&mid_year_of(base)) else { return };
    for (age, (needs, people)) in support.pupils.rows().into_iter().zip(residents).enumerate() {
        let pupils: u64 = needs.iter().map(|pupils| u64::from(*pupils)).sum();
        if pupils as f64 > *people {
            let what = format!("age {age}: {pupils} pupils on SEN support for {people} residents");
            problems.in_file(file, what, Some("see population.csv".into()));
        }
    }
}

/// Population from the trend's first year to the horizon.
pub fn check_population(file: &str, population: &Population, area: &AreaSettings, problems: &mut Problems) {
    let last_estimate = mid_year_of(area.base);
    for year in last_estimate - LEAST_YEARS..=last_estimate {
        if !population.estimates.contains_key(&year) {
            problems.in_file(
                file,
                format!("has no estimate for mid-{year}"),
                Some(format!("the base census of January {} needs estimates to mid-{last_estimate}", area.base)),
            );
        }
    }
    let horizon = last_estimate + area.years as u16;
    for year in last_estimate..=horizon {
        if !population.projection.contains_key(&year) {
            let last = population.projection.keys().next_back().copied().unwrap_or(0);
            let what = if last < year {
                format!(
                    "projection stops at mid-{last}, before the horizon: {} years from {} need mid-{horizon}",
                    area.years, area.base
                )
            } else {
                format!("projection has no mid-{year}")
            };
            problems.in_file(file, what, Some("add years, or forecast fewer".into()));
            return;
        }
    }
    for (year, ages) in population.projection.iter().filter(|(year, _)| **year >= last_estimate) {
        if let Some(age) = ages.iter().position(|persons| *persons <= 0.0) {
            problems.in_file(file, format!("projection has nobody of age {age} in mid-{year}"), None);
        }
    }
}
