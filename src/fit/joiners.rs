//! New plans: how many, at which age, with which need, in which setting; and the requests and
//! assessments behind them; and plans that move in from other areas.
//!
//! Rate by opening age: J(a)/P(a) over the last years, on the ladder from the parent's, times the
//! level of [`super::trend`]. Mix `[age, need, setting]`: raked from the published margins for a
//! place without parent; for an area the parent's mix times a factor per age group and setting
//! and per age group and need, each shrunk, then summing to 1 at each age.
//! Requests that lead to no assessment, and assessments that lead to no plan, are ratios to new
//! plans by age: with requests Poisson and each decided on its own, the three outcomes are
//! independent Poisson counts, so this equals a chain request → assessment → plan.
//! Plans moving in: no return counts them, but one area's transfer out is another's transfer in,
//! and England's new plans and transfers explain its stock by age to within 5 %. So an area is
//! taken to receive what it sends, per resident, shrunk to the parent's.

use ndarray::{Array1, Array2, Array3, Axis};

use super::event_age::{AgeBasis, opening_ages};
use super::ladder::{LEVEL_STRENGTH, Ladder};
use super::leavers::group;
use super::settle::settled_shares;
use super::trend::{Trend, YearOfJoiners, fit_trend};
use crate::domain::age_group::{AgeGroup, AgeSpan};
use crate::domain::assumption::AssumptionKey;
use crate::domain::observation::{ByAge, Measure, Observations};
use crate::domain::population::Population;
use crate::domain::world::{Evidence, World};
use crate::numerics::raking::{Margins, rake_three_way, rake_two_way};
use crate::units::Age;

/// Years of new plans pooled for profiles and mixes.
const YEARS: u16 = 3;

/// Everything fitted about those who join.
#[derive(Clone, Debug, PartialEq)]
pub struct JoinerFit {
    /// New plans per resident by opening age at the trend's level.
    pub rate: Array1<f64>,
    /// New plans and residents behind each rate, pooled.
    pub joined: Array1<f64>,
    pub residents: Array1<f64>,
    pub years: Vec<u16>,
    pub trend: Trend,
    pub mix: Array3<f64>,
    pub by_setting: Array2<f64>,
    pub by_need: Option<Array2<f64>>,
    /// Ratios to new plans by opening age.
    pub assessed_only: Array1<f64>,
    pub not_assessed: Array1<f64>,
    /// Plans moving in per resident by opening age, and their settings (rows sum to 1).
    pub moved_in: Array1<f64>,
    pub moved_in_settings: Array2<f64>,
}

/// Fits joiners from counts known by the base census; `stock` is that census by age and setting,
/// `standing` the mean of the last two.
pub fn fit_joiners(
    world: &World,
    evidence: &Evidence,
    stock: &Array2<f64>,
    standing: &Array2<f64>,
    parent: Option<&JoinerFit>,
) -> JoinerFit {
    let observations = &evidence.observations;
    let base = world.base.0;
    let settings = world.settings.count();
    let profile = fit_profile(observations, &evidence.population, base, parent);
    let trend = fit_level(world, evidence, &profile.rate, parent);
    let by_setting = settings_by_opening_age(observations, settings, base);
    let by_need = needs_by_opening_age(world, observations, &profile.rate);
    let mut mix = match parent {
        None => own_mix(world, observations, &profile.joined, &by_setting, by_need.as_ref()),
        Some(parent) => local_mix(&parent.mix, &by_setting, by_need.as_ref()),
    };
    let [assessed_only, not_assessed] = fit_requests(observations, base, parent);
    let years = profile.years.len().max(1) as f64;
    settle_mix(&mut mix, &profile.joined.mapv(|count| count / years), standing);
    let (moved_in, moved_in_settings) = fit_moved_in(observations, &evidence.population, stock, base, parent);
    let residents = profile.residents.mapv(|people| people / years);
    let moved_in_settings = settled_shares(&moved_in_settings, &(&moved_in * &residents), standing);
    JoinerFit {
        rate: &profile.rate * trend.level,
        joined: profile.joined,
        residents: profile.residents,
        years: profile.years,
        trend,
        mix,
        by_setting,
        by_need,
        assessed_only,
        not_assessed,
        moved_in,
        moved_in_settings,
    }
}

struct Profile {
    rate: Array1<f64>,
    joined: Array1<f64>,
    residents: Array1<f64>,
    years: Vec<u16>,
}

/// New plans by age of a year on the best basis there is: assessments issued and new plans by
/// need are published by opening age, new plans by placement by age when started.
fn joiners_by_age(observations: &Observations, year: u16) -> Option<(ByAge, AgeBasis)> {
    [
        (Measure::NewPlans, AgeBasis::Opening),
        (Measure::AssessmentsIssued, AgeBasis::Opening),
        (Measure::NewPlansAtStartAge, AgeBasis::Event),
    ]
    .into_iter()
    .find_map(|(measure, basis)| observations.by_age(measure, year).map(|ages| (ages, basis)))
}

fn fit_profile(observations: &Observations, population: &Population, base: u16, parent: Option<&JoinerFit>) -> Profile {
    let (mut joined, mut residents) = (Array1::zeros(Age::COUNT), Array1::zeros(Age::COUNT));
    let mut years = Vec::new();
    let shape = parent.map_or_else(|| Array1::ones(Age::COUNT), |p| p.rate.clone());
    let by_year: Vec<_> = (base.saturating_sub(YEARS)..base)
        .filter_map(|year| Some((year, joiners_by_age(observations, year)?)))
        .collect();
    // Years counted by opening age need no deconvolution: where there are any, they speak alone.
    let best = if by_year.iter().any(|(_, (_, basis))| *basis == AgeBasis::Opening) {
        AgeBasis::Opening
    } else {
        AgeBasis::Event
    };
    for (year, (ages, basis)) in by_year.into_iter().filter(|(_, (_, basis))| *basis == best) {
        let Some(people) = population.estimates.get(&(year - 1)) else { continue };
        let people = Array1::from(people.to_vec());
        let by_age = opening_ages(&ages, basis, &(&shape * &people).to_vec());
        joined += &Array1::from(by_age.to_vec());
        residents += &people;
        years.push(year);
    }
    let rate = match parent {
        None => &joined / &residents.mapv(|p: f64| p.max(1.0)),
        Some(parent) => {
            let (exposure, observed) = (column(&residents), column(&joined));
            Ladder::start(column(&parent.rate), &exposure, &observed)
                .level(LEVEL_STRENGTH)
                .groups(AgeGroup::ALL.len(), |age, _| group(age))
                .groups(Age::COUNT, |age, _| age)
                .rate
                .remove_axis(Axis(1))
        }
    };
    Profile { rate, joined, residents, years }
}

fn fit_level(world: &World, evidence: &Evidence, profile: &Array1<f64>, parent: Option<&JoinerFit>) -> Trend {
    let base = world.base.0;
    let window = world.assumptions.value(AssumptionKey::TrendWindow) as u16;
    let years: Vec<YearOfJoiners> = (base.saturating_sub(window)..base)
        .filter_map(|year| {
            let people = evidence.population.estimates.get(&(year - 1))?;
            let expected = profile.iter().zip(people).map(|(rate, p)| rate * p).sum();
            Some(YearOfJoiners { year, count: evidence.observations.total(Measure::NewPlans, year)?, expected })
        })
        .collect();
    fit_trend(&years, base, parent.map(|p| p.trend.growth), &world.assumptions)
}

/// New plans by opening age and setting, pooled over the last years.
fn settings_by_opening_age(observations: &Observations, settings: usize, base: u16) -> Array2<f64> {
    let mut pooled = Array2::zeros((Age::COUNT, settings));
    for year in base.saturating_sub(YEARS)..base {
        if let Some((spans, counts)) = observations.by_age_setting(Measure::NewPlansAtStartAge, year, settings) {
            for (setting, column) in counts.columns().into_iter().enumerate() {
                let ages: ByAge = spans.iter().copied().zip(column.iter().copied()).collect();
                let opening = opening_ages(&ages, AgeBasis::Event, &[1.0; Age::COUNT]);
                let mut target = pooled.column_mut(setting);
                target += &Array1::from(opening.to_vec());
            }
        } else if let Some(totals) = observations.by_setting(Measure::NewPlans, year, settings) {
            // Ages unknown: the year still speaks for the settings, spread over all ages alike.
            pooled += &(&totals / Age::COUNT as f64);
        }
    }
    pooled
}

/// New plans by opening age and need of the latest year that has them.
fn needs_by_opening_age(world: &World, observations: &Observations, shape: &Array1<f64>) -> Option<Array2<f64>> {
    let base = world.base.0;
    let year = (base.saturating_sub(YEARS)..base)
        .rev()
        .find(|y| observations.by_age_need(Measure::NewPlans, *y, &world.needs).is_some())?;
    let (spans, counts) = observations.by_age_need(Measure::NewPlans, year, &world.needs)?;
    Some(spread_columns(&spans, &counts, shape))
}

fn spread_columns(spans: &[AgeSpan], counts: &Array2<f64>, shape: &Array1<f64>) -> Array2<f64> {
    let mut table = Array2::zeros((Age::COUNT, counts.ncols()));
    for (index, column) in counts.columns().into_iter().enumerate() {
        let ages: ByAge = spans.iter().copied().zip(column.iter().copied()).collect();
        let opening = opening_ages(&ages, AgeBasis::Opening, &shape.to_vec());
        table.column_mut(index).assign(&Array1::from(opening.to_vec()));
    }
    table
}

/// The mix of a place without parent: raked from margins, a little spread by that of all ages.
fn own_mix(
    world: &World,
    observations: &Observations,
    joined: &Array1<f64>,
    by_setting: &Array2<f64>,
    by_need: Option<&Array2<f64>>,
) -> Array3<f64> {
    let (needs, settings, base) = (world.needs.count(), world.settings.count(), world.base.0);
    let mut mix = Array3::ones((Age::COUNT, needs, settings));
    let ages = with_total(by_setting, joined);
    let need_setting = (base.saturating_sub(YEARS)..base)
        .rev()
        .find_map(|y| observations.by_need_setting(Measure::NewPlans, y, &world.needs, settings));
    if let Some(seed) = &need_setting {
        mix *= &seed.mapv(|count| count + 0.5);
    }
    let age_need = by_need.map(|table| with_total(table, joined));
    let margins = Margins { ij: age_need.as_ref().map(|t| t.view()), ik: Some(ages.view()), jk: None };
    rake_three_way(&mut mix, margins, 1e-4);
    let pooled = mix.sum_axis(Axis(0));
    let pooled = &pooled / pooled.sum();
    for mut sheet in mix.outer_iter_mut() {
        // One new plan's worth of the mix of all ages keeps ages without any from being empty.
        sheet += &pooled;
        let sum = sheet.sum();
        sheet /= sum;
    }
    mix
}

/// Rows scaled to new totals; a row of zeros takes the mean of all rows.
fn with_total(table: &Array2<f64>, totals: &Array1<f64>) -> Array2<f64> {
    let mean = table.sum_axis(Axis(0));
    let mut scaled = table.clone();
    for (mut row, total) in scaled.rows_mut().into_iter().zip(totals) {
        if row.sum() <= 0.0 {
            row.assign(&mean);
        }
        let sum = row.sum();
        row.mapv_inplace(|cell| if sum > 0.0 { cell * total / sum } else { 0.0 });
    }
    scaled
}

/// The parent's mix moved by local counts by setting and by need.
fn local_mix(parent: &Array3<f64>, by_setting: &Array2<f64>, by_need: Option<&Array2<f64>>) -> Array3<f64> {
    let mut mix = parent.clone();
    tilt(&mut mix, by_setting, Axis(1));
    if let Some(by_need) = by_need {
        tilt(&mut mix, by_need, Axis(2));
    }
    mix
}

/// Moves a mix towards counts by age and the key left when `summed` is summed out.
fn tilt(mix: &mut Array3<f64>, counts: &Array2<f64>, summed: Axis) {
    let shares = mix.sum_axis(summed);
    let columns = counts.ncols();
    let totals = counts.sum_axis(Axis(1)).insert_axis(Axis(1));
    let exposure = totals.broadcast((Age::COUNT, columns)).expect("one column spreads over all").to_owned();
    let moved = Ladder::start(shares.clone(), &exposure, counts)
        .groups(columns, |_, column| column)
        .groups(AgeGroup::ALL.len() * columns, |age, column| group(age) * columns + column)
        .rate;
    for (age, mut sheet) in mix.outer_iter_mut().enumerate() {
        for ((need, setting), cell) in sheet.indexed_iter_mut() {
            let key = if summed == Axis(1) { setting } else { need };
            if shares[[age, key]] > 0.0 {
                *cell *= moved[[age, key]] / shares[[age, key]];
            }
        }
        let sum = sheet.sum();
        sheet /= sum;
    }
}

/// Moves the settings of a mix to where joiners stand at the closing census.
fn settle_mix(mix: &mut Array3<f64>, joined: &Array1<f64>, standing: &Array2<f64>) {
    let shares = mix.sum_axis(Axis(1));
    let settled = settled_shares(&shares, joined, standing);
    for ((age, _, setting), cell) in mix.indexed_iter_mut() {
        if shares[[age, setting]] > 0.0 {
            *cell *= settled[[age, setting]] / shares[[age, setting]];
        }
    }
}

/// Assessments without a plan, and requests without an assessment, per new plan by opening age.
fn fit_requests(observations: &Observations, base: u16, parent: Option<&JoinerFit>) -> [Array1<f64>; 2] {
    let mut sums = [(); 3].map(|()| Array1::<f64>::zeros(Age::COUNT));
    for year in base.saturating_sub(YEARS)..base {
        let by_age = |measure| {
            let ages = observations.by_age(measure, year)?;
            Some(Array1::from(opening_ages(&ages, AgeBasis::Opening, &[1.0; Age::COUNT]).to_vec()))
        };
        let (Some(requests), Some(issued), Some(not_issued)) =
            (by_age(Measure::Requests), by_age(Measure::AssessmentsIssued), by_age(Measure::AssessmentsNotIssued))
        else {
            continue;
        };
        sums[1] += &not_issued;
        sums[2] += &(&requests - &issued - &not_issued).mapv(|count| count.max(0.0));
        sums[0] += &issued;
    }
    let [issued, assessed_only, not_assessed] = sums;
    let parents = parent.map(|p| [p.assessed_only.clone(), p.not_assessed.clone()]);
    let ratio = |events: &Array1<f64>, which: usize| {
        let start = match &parents {
            Some(parents) => column(&parents[which]),
            None => {
                let overall = if issued.sum() > 0.0 { events.sum() / issued.sum() } else { 0.0 };
                Array2::from_elem((Age::COUNT, 1), overall)
            }
        };
        let (exposure, observed) = (column(&issued), column(events));
        Ladder::start(start, &exposure, &observed)
            .level(LEVEL_STRENGTH)
            .groups(AgeGroup::ALL.len(), |age, _| group(age))
            .groups(Age::COUNT, |age, _| age)
            .rate
            .remove_axis(Axis(1))
    };
    [ratio(&assessed_only, 0), ratio(&not_assessed, 1)]
}

/// Plans moving in per resident, and their settings by age.
fn fit_moved_in(
    observations: &Observations,
    population: &Population,
    stock: &Array2<f64>,
    base: u16,
    parent: Option<&JoinerFit>,
) -> (Array1<f64>, Array2<f64>) {
    let settings = stock.ncols();
    let mut moved = Array2::<f64>::zeros((Age::COUNT, settings));
    let mut residents = Array1::<f64>::zeros(Age::COUNT);
    for year in base.saturating_sub(YEARS)..base {
        let (Some(ages), Some(people)) =
            (observations.by_age(Measure::CeasedTransfer, year), population.estimates.get(&(year - 1)))
        else {
            continue;
        };
        let by_age = opening_ages(&ages, AgeBasis::Event, &stock.sum_axis(Axis(1)).to_vec());
        let by_age = Array1::from(by_age.to_vec());
        let mut joint = stock + 1e-6;
        let totals = observations.by_setting(Measure::CeasedTransfer, year, settings);
        let totals = totals.unwrap_or_else(|| stock.sum_axis(Axis(0)) * by_age.sum() / stock.sum().max(1.0));
        rake_two_way(&mut joint, by_age.view(), totals.view(), 1e-6);
        moved += &joint;
        residents += &Array1::from(people.to_vec());
    }
    let by_age = moved.sum_axis(Axis(1));
    let rate = match parent {
        None => &by_age / &residents.mapv(|p| p.max(1.0)),
        Some(parent) => {
            let (exposure, observed) = (column(&residents), column(&by_age));
            Ladder::start(column(&parent.moved_in), &exposure, &observed)
                .level(LEVEL_STRENGTH)
                .groups(AgeGroup::ALL.len(), |age, _| group(age))
                .rate
                .remove_axis(Axis(1))
        }
    };
    let mut mix = moved;
    for (age, mut row) in mix.rows_mut().into_iter().enumerate() {
        match parent {
            Some(parent) => row += &(&parent.moved_in_settings.row(age) * LEVEL_STRENGTH),
            None => row += 1e-6,
        }
        let sum = row.sum();
        row /= sum;
    }
    (rate, mix)
}

fn column(values: &Array1<f64>) -> Array2<f64> {
    values.clone().insert_axis(Axis(1))
}
