//! How plans grow, learnt from all local authorities together.
//!
//! g(t) = ln N(t) − ln N(t−1). Every feature v at a January is centred on the median of the areas and
//! cut at ±3 robust standard deviations: z. An unknown feature is taken to be the median. With L the
//! level of growth and b the slopes, the plans of an area h years after the origin Y are
//!   ln N(Y+h) = ln N(Y) + L(h) + Σ b·z·(1 + ρ + … + ρ^(h−1)).
//! - Level: m = mean of the areas' median growth from January 2016 (the first with growth after the
//!   reform of September 2014) to Y;  L(h) = h·m + (g(Y) − m)·(φ + … + φ^h), g(Y) the median of Y.
//! - Slopes: least squares of next year's centred growth on z, all areas and Januaries before Y.
//! - Features of all plans: new plans and requests of the year before, each over plans held (ρ =
//!   0.7, for a busy year says something about the next), and the log of plans per resident (ρ = 1:
//!   mean reversion). Of settings: placements of new plans in the setting over plans held there, and
//!   for state special schools also the two of all plans.
//! - The level of mainstream schools, further education and specialist post-16 institutions is that
//!   of all plans (they keep their share): plans at colleges began with the reform and multiplied in
//!   its first years. After 1, 3, 5 years: further education 19, 31, 41 % (level since 2016: 230 % and
//!   worse; level of last year 20, 45, 118), mainstream 8, 15, 20 (9, 22, 36).
//! - Settings: a fall of more than 4 standard deviations is mostly a gap in recording (of eight in
//!   state special schools in 2014 to 2024, six came back; of eleven large rises none did). A
//!   share θ of the fall beyond that is given back, θ from falls in years before.
//!
//! What the data allow by setting, origins 2021 to 2024: with the common growth of each year known
//! beforehand these forecasts would be off by 7.6 % in state special schools after 3 years (7.7 without
//! knowing it) and 15.5 % in independent ones after 1 (16.3). The rest is of single areas: City of London
//! (1 to 6 pupils) adds 0.5 points to the first, Tower Hamlets (82, 12 and 114 in three Januaries) 1.6 to the
//! second; without counts below 20 they are 7.2 and 14.1.
//!
//! Scores of all plans, mean absolute percentage error after 1, 3 and 5 years over origins 2018 to
//! 2024, 101 areas: this 3.5, 7.1, 9.8. Rejected: last value 9.2, 24.2, 36.9; own growth of three
//! years 4.4, 11.0, 18.1; pooled median growth of the last year 3.9, 8.2, 11.5; with the area's own
//! growth shrunk 3.8, 7.9, 11.2 (and no gain beside the three features); added to them, the last
//! growth of the other areas of the region 3.5, 7.1, 9.7 (slope 0.21), of the ten areas nearest in
//! new plans, prevalence and size 3.5, 7.2, 9.8, and age structure, size or population growth
//! 3.5, 7.1 to 7.2, 9.7 to 9.8; absolute instead of squared errors 3.6, 7.2, 10.0. Least squares are
//! linfa's; its ridge changed nothing, and clusters as neighbours have no say beside the features. The level from 2015 or 2017 on costs little by area (8.5 after 3
//! years at worst) and more in the sum over areas (England after 3 years off by 3.7 or 2.8 %, not
//! 1.7 %): how long a memory is best is known only afterwards.

use ndarray::{Array1, Array2};

use crate::domain::panel::{ALL, Panel};
use crate::numerics::regression::fit_linear;
use crate::numerics::robust::{median, spread};

/// The first January whose growth counts towards the level.
const LEVEL_FROM: u16 = 2016;
/// Share kept each year of how far last year's growth lay from the level.
const LEVEL_DECAY: f64 = 0.3;
/// Share kept each year of what a busy year says.
const PERSISTENCE: f64 = 0.7;
/// Features are cut at so many standard deviations, and growth of settings in the regression.
const CUT: f64 = 3.0;
const CUT_GROWTH: f64 = 4.0;
/// A fall beyond so many standard deviations is mostly a gap in recording.
const GAP: f64 = 4.0;
/// What is given back of a gap before any has been seen, and the weight of that belief.
const GAP_SHARE: f64 = 0.5;
const GAP_WEIGHT: f64 = 0.5;
/// Areas and years of growth without which medians and slopes mean nothing.
const LEAST_AREAS: usize = 3;
const LEAST_YEARS: u16 = 3;
/// Fewer plans say nothing about growth in a setting.
const LEAST_PLANS: f64 = 20.0;
/// Stands in for no plans under a logarithm, and in a ratio.
const HALF_A_PLAN: f64 = 0.5;
const FEW_PLANS: f64 = 5.0;

/// What is known of an area at a January that bears on its growth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Feature {
    NewPlans,
    Requests,
    Prevalence,
    Placements,
}

impl Feature {
    fn of(group: usize, setting: &str) -> &'static [Feature] {
        match setting {
            _ if group == ALL => &[Feature::NewPlans, Feature::Requests, Feature::Prevalence],
            "state_special" => &[Feature::NewPlans, Feature::Requests, Feature::Placements],
            _ => &[Feature::Placements],
        }
    }

    fn persistence(self) -> f64 {
        if self == Feature::Prevalence { 1.0 } else { PERSISTENCE }
    }
}

/// Growth of one group of plans, as seen from one January.
#[derive(Clone, Debug, PartialEq)]
pub struct Growth {
    pub origin: u16,
    /// Mean of the median growth since the reform, and the median growth of the last year.
    pub level: f64,
    pub last: f64,
    pub slopes: Vec<f64>,
    /// Share of a sudden fall that comes back.
    pub gap_share: f64,
    features: &'static [Feature],
    /// `[area, feature]`.
    scores: Array2<f64>,
    gaps: Array1<f64>,
    plans: Array1<f64>,
    decay: f64,
}

impl Growth {
    /// Log of plans `years` after the origin; NaN where the origin's plans are unknown.
    pub fn log_plans(&self, area: usize, years: usize) -> f64 {
        let departure = (self.last - self.level) * self.decay * geometric(self.decay, years);
        let slopes = self.slopes.iter().zip(self.features).zip(self.scores.row(area));
        let own: f64 = slopes.map(|((b, feature), z)| b * z * geometric(feature.persistence(), years)).sum();
        let level = years as f64 * self.level + departure;
        log(self.plans[area]) + level + own + self.gap_share * self.gaps[area]
    }

    pub fn plans(&self, area: usize, years: usize) -> f64 {
        libm::exp(self.log_plans(area, years))
    }
}

/// 1 + ρ + … + ρ^(years−1).
fn geometric(ratio: f64, years: usize) -> f64 {
    (0..years).fold((0.0, 1.0), |(sum, term), _| (sum + term, term * ratio)).0
}

/// Fits a group's growth to what the panel holds up to its last January. `None` with fewer than four
/// Januaries or three areas.
pub fn fit_growth(panel: &Panel, group: usize) -> Option<Growth> {
    let origin = panel.last();
    let view = View { panel, group, members: panel.whole_until(origin) };
    let known = view.of_members(&view.plans(origin)).filter(|plans| plans.is_finite()).count();
    if known < LEAST_AREAS || origin < panel.first + LEAST_YEARS {
        return None;
    }
    let features = Feature::of(group, &panel.groups[group].setting);
    let level_years = LEVEL_FROM.clamp(panel.first + 1, origin)..=origin;
    let levels = View { group: level_group(panel, group), ..view.clone() };
    let medians: Vec<f64> = level_years.map(|year| levels.median(&levels.growth(year))).collect();
    let mut scores = Array2::zeros((panel.areas.len(), features.len()));
    for (column, feature) in features.iter().enumerate() {
        scores.column_mut(column).assign(&view.scores(*feature, origin));
    }
    let fit = Growth {
        origin,
        level: medians.iter().sum::<f64>() / medians.len() as f64,
        last: *medians.last()?,
        slopes: view.slopes(features, origin)?,
        gap_share: if group == ALL { 0.0 } else { view.gap_share(origin) },
        features,
        scores,
        gaps: if group == ALL { Array1::zeros(panel.areas.len()) } else { view.gaps(origin) },
        plans: view.plans(origin),
        decay: if group == ALL { LEVEL_DECAY } else { 0.0 },
    };
    fit.level.is_finite().then_some(fit)
}

/// The group whose growth is the level: all plans for settings that the reform filled within a few
/// years, from which nothing lasting can be read.
fn level_group(panel: &Panel, group: usize) -> usize {
    let filled = ["mainstream", "further_education", "specialist_post_16"];
    if filled.contains(&panel.groups[group].setting.as_str()) { ALL } else { group }
}

/// A group of the panel, and the areas whose medians count.
#[derive(Clone)]
struct View<'a> {
    panel: &'a Panel,
    group: usize,
    members: Vec<bool>,
}

impl View<'_> {
    fn plans(&self, year: u16) -> Array1<f64> {
        self.panel.at(&self.panel.groups[self.group].plans, year).to_owned()
    }

    fn growth(&self, year: u16) -> Array1<f64> {
        self.plans(year).mapv(log) - self.plans(year - 1).mapv(log)
    }

    fn median(&self, values: &Array1<f64>) -> f64 {
        median(self.of_members(values))
    }

    fn of_members<'a>(&'a self, values: &'a Array1<f64>) -> impl Iterator<Item = f64> + 'a {
        values.iter().zip(&self.members).filter(|(_, member)| **member).map(|(value, _)| *value)
    }

    /// Less the median of the members.
    fn centred(&self, values: Array1<f64>) -> Array1<f64> {
        let middle = self.median(&values);
        values - middle
    }

    fn cut(&self, centred: Array1<f64>, deviations: f64) -> Array1<f64> {
        let bound = deviations * spread(self.of_members(&centred));
        centred.mapv(|value| if value.is_finite() { value.clamp(-bound, bound) } else { value })
    }

    /// A feature centred and cut; 0 where it is unknown.
    fn scores(&self, feature: Feature, year: u16) -> Array1<f64> {
        let panel = self.panel;
        let all = &panel.groups[ALL];
        let own = &panel.groups[self.group];
        let ratio = |top: &Array2<f64>, bottom: &Array2<f64>| &panel.at(top, year) / &panel.at(bottom, year);
        let values = match feature {
            Feature::NewPlans => ratio(&all.new_plans, &all.plans),
            Feature::Requests => ratio(&panel.requests, &all.plans).mapv(|v| if v > 0.0 { v } else { f64::NAN }),
            Feature::Prevalence => ratio(&all.plans, &panel.residents).mapv(libm::log),
            Feature::Placements => &panel.at(&own.new_plans, year) / &self.plans(year).mapv(|n| n.max(FEW_PLANS)),
        };
        let known = self.of_members(&values).any(f64::is_finite);
        if !known {
            return Array1::zeros(values.len());
        }
        self.cut(self.centred(values), CUT).mapv(|z| if z.is_finite() { z } else { 0.0 })
    }

    /// Slopes of next year's centred growth on the features of all Januaries before `origin`.
    fn slopes(&self, features: &[Feature], origin: u16) -> Option<Vec<f64>> {
        let (mut rows, mut response) = (Vec::new(), Vec::new());
        for year in self.panel.first + 1..origin {
            let scores: Vec<Array1<f64>> = features.iter().map(|feature| self.scores(*feature, year)).collect();
            let mut next = self.centred(self.growth(year + 1));
            if self.group != ALL {
                next = self.cut(next, CUT_GROWTH);
            }
            let least = if self.group == ALL { 1.0 } else { LEAST_PLANS };
            for (area, plans) in self.plans(year).iter().enumerate() {
                if self.members[area] && *plans >= least && next[area].is_finite() {
                    rows.extend(scores.iter().map(|z| z[area]));
                    response.push(next[area]);
                }
            }
        }
        let design = Array2::from_shape_vec((response.len(), features.len()), rows).ok()?;
        fit_linear(&design, &Array1::from(response))
    }

    /// How far each area's last growth fell beyond what is usual.
    fn gaps(&self, year: u16) -> Array1<f64> {
        let centred = self.centred(self.growth(year));
        let usual = GAP * spread(self.of_members(&centred));
        let mut gaps = centred.mapv(|value| if value.is_finite() { (-value - usual).max(0.0) } else { 0.0 });
        for (gap, before) in gaps.iter_mut().zip(self.plans(year - 1)) {
            if before.is_nan() || before < LEAST_PLANS {
                *gap = 0.0;
            }
        }
        gaps
    }

    /// Share of gaps that came back a year later, from all Januaries before `origin`.
    fn gap_share(&self, origin: u16) -> f64 {
        let (mut back, mut fallen) = (GAP_SHARE * GAP_WEIGHT, GAP_WEIGHT);
        for year in self.panel.first + 1..origin {
            let next = self.centred(self.growth(year + 1));
            for (area, gap) in self.gaps(year).iter().enumerate() {
                if self.members[area] && *gap > 0.0 && next[area].is_finite() {
                    back += gap * next[area];
                    fallen += gap * gap;
                }
            }
        }
        (back / fallen).clamp(0.0, 1.0)
    }
}

fn log(plans: f64) -> f64 {
    if plans.is_nan() { plans } else { libm::log(plans.max(HALF_A_PLAN)) }
}
