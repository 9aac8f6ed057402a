//! Services, laid out for the engine.

use std::ops::Range;

use crate::domain::assumption::{AssumptionKey, Assumptions};
use crate::domain::grid::Needs;
use crate::domain::rates::Rates;
use crate::domain::service::{
    AssessmentPart, Basis, Estimate, Outcome, Serve, Service, Tier, assessment_parts, pathways, service_tiers,
};
use crate::numerics::stream::{Mechanism, Streams, unit_of_name};

/// What is the same in all scenarios and replicates.
#[derive(Clone, Debug)]
pub struct ServiceModel {
    pub lines: Vec<Line>,
    /// Those of the first service first.
    pub drivers: Vec<DriverModel>,
    pub grades: Vec<GradeModel>,
    /// Needs of the area.
    pub needs: usize,
    /// Hours demanded are told by need for these: service and tier.
    pub tiers: Vec<(usize, Tier)>,
    pub assumptions: ServiceAssumptions,
}

/// What the model assumes of all services.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ServiceAssumptions {
    /// Annual reviews due per plan and year.
    pub reviews: f64,
    /// Appeals per request that led to no assessment, and per new plan.
    pub appeals_of_refusals: f64,
    pub appeals_of_content: f64,
    /// Years within which relief is to bring a list to its standard.
    pub relief_years: f64,
}

impl ServiceAssumptions {
    pub fn of(assumptions: &Assumptions) -> ServiceAssumptions {
        ServiceAssumptions {
            reviews: assumptions.value(AssumptionKey::ReviewsDue),
            appeals_of_refusals: assumptions.value(AssumptionKey::AppealsOfRefusals),
            appeals_of_content: assumptions.value(AssumptionKey::AppealsOfContent),
            relief_years: assumptions.value(AssumptionKey::ReliefYears),
        }
    }
}

/// A service.
#[derive(Clone, Debug)]
pub struct Line {
    /// First driver and grade, and how many.
    pub drivers: Range<usize>,
    pub grades: Range<usize>,
    /// The service further down whose staff it has the first call on; its own where none.
    pub staff_of: Option<usize>,
    /// What is served first, next, …
    pub levels: Vec<Level>,
    pub has_list: bool,
    /// Its part in the assessment of needs, from the request to the plan.
    pub part: AssessmentPart,
    /// The service whose list its cases leave before they come: what these stand for comes from there.
    pub before: Option<usize>,
    /// Whether diagnoses depend on it: its own, of lists after it, or of those who share its staff; and its own.
    pub on_pathway: bool,
    pub outcome: Option<OutcomeModel>,
    pub standard_weeks: Option<f64>,
    pub list_at_start: f64,
    /// Shares of the year by month.
    pub arrivals: [f64; 12],
    pub capacity: [f64; 12],
}

/// What follows from a diagnosis.
#[derive(Clone, Debug)]
pub struct OutcomeModel {
    pub diagnosed: Estimate,
    /// Number of the need, and first and last age.
    pub need: usize,
    pub ages: (usize, usize),
    pub plans: Estimate,
    pub renamed: Estimate,
    unit: u32,
}

/// Work of a service that is served together.
#[derive(Clone, Debug)]
pub struct Level {
    pub serve: Serve,
    /// Numbers of the drivers.
    pub drivers: Vec<usize>,
}

/// One kind of work.
#[derive(Clone, Debug)]
pub struct DriverModel {
    /// Number of its service.
    pub line: usize,
    pub of: Basis,
    /// Numbers of the settings; all where the basis has none.
    pub settings: Vec<usize>,
    /// Number of the tier of SEN support; all where none.
    pub support_tier: Option<usize>,
    /// Numbers of the needs; all where the basis has no needs.
    pub needs: Vec<usize>,
    pub serve: Serve,
    /// The service whose list its cases leave before they come: one with a lower number.
    pub after: Option<usize>,
    pub uptake: Estimate,
    pub hours: Estimate,
    /// The uptake of a year over that of the year before.
    pub trend: Option<Estimate>,
    /// Number among [`ServiceModel::tiers`].
    pub tier: Option<usize>,
    /// The unit of its draws: of its name, so that another service moves none of them.
    pub unit: u32,
}

#[derive(Clone, Debug)]
pub struct GradeModel {
    pub direct_hours: Estimate,
    pub absence: f64,
    pub unit: u32,
}

/// What is drawn of the services once for a replicate.
#[derive(Clone, Debug, Default)]
pub struct ServiceRates {
    /// By driver.
    pub uptake: Vec<f64>,
    pub hours: Vec<f64>,
    pub trend: Vec<f64>,
    /// By grade: hours with or for children per FTE and year, absence taken off.
    pub per_fte: Vec<f64>,
    /// By service.
    pub outcomes: Vec<OutcomeRates>,
}

/// Share diagnosed, and new plans that follow a diagnosis.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct OutcomeRates {
    pub diagnosed: f64,
    pub plans: f64,
    pub renamed: f64,
}

impl ServiceModel {
    pub fn new(services: &[Service], rates: &Rates, assumptions: ServiceAssumptions) -> ServiceModel {
        let Rates { needs, settings, support, .. } = rates;
        let support_tiers = || support.iter().flat_map(|support| &support.tiers);
        let support_tier = |id: &str| support_tiers().position(|tier| tier.id == id);
        let mut model = ServiceModel {
            lines: Vec::new(),
            drivers: Vec::new(),
            grades: Vec::new(),
            needs: needs.count(),
            tiers: service_tiers(services),
            assumptions,
        };
        let (on_pathway, parts) = (pathways(services), assessment_parts(services));
        for (number, service) in services.iter().enumerate() {
            let (first_driver, first_grade) = (model.drivers.len(), model.grades.len());
            for driver in &service.drivers {
                let named: Vec<usize> = if driver.settings.is_empty() {
                    settings.ids().map(|setting| setting.index()).collect()
                } else {
                    driver.settings.iter().map(|setting| setting.index()).collect()
                };
                let chosen: Vec<usize> = if driver.needs.is_empty() {
                    (0..needs.count()).collect()
                } else {
                    driver.needs.iter().filter_map(|need| needs.index(*need)).collect()
                };
                let told = driver.tier.filter(|_| driver.of.has_needs()).map(|tier| (number, tier));
                let tier = told.and_then(|key| model.tiers.iter().position(|known| *known == key));
                model.drivers.push(DriverModel {
                    line: number,
                    of: driver.of,
                    settings: named,
                    support_tier: driver.support_tier.as_deref().and_then(support_tier),
                    needs: chosen,
                    serve: driver.serve,
                    after: driver.after.as_ref().and_then(|id| services.iter().position(|known| known.id == *id)),
                    uptake: driver.uptake,
                    hours: driver.hours,
                    trend: driver.trend.as_ref().map(|trend| trend.factor),
                    tier,
                    unit: unit_of_name(&service.id, &driver.id),
                });
            }
            model.grades.extend(service.grades.iter().map(|grade| GradeModel {
                direct_hours: grade.direct_hours,
                absence: grade.absence,
                unit: unit_of_name(&service.id, &grade.id),
            }));
            model.lines.push(Line {
                drivers: first_driver..model.drivers.len(),
                grades: first_grade..model.grades.len(),
                staff_of: service.staff_of.as_ref().and_then(|id| services.iter().position(|known| known.id == *id)),
                levels: levels(service, first_driver),
                has_list: service.has_list(),
                part: parts[number],
                before: service.before().and_then(|id| services.iter().position(|known| known.id == id)),
                on_pathway: on_pathway[number],
                outcome: service.outcome.as_ref().and_then(|outcome| outcome_model(&service.id, outcome, needs)),
                standard_weeks: service.standard_weeks,
                list_at_start: service.list_at_start,
                arrivals: service.arrivals.map(|weight| weight / 12.0),
                capacity: service.capacity.map(|weight| weight / 12.0),
            });
        }
        model
    }

    /// Central values, for the principal projection.
    pub fn central_rates(&self) -> ServiceRates {
        ServiceRates {
            uptake: self.drivers.iter().map(|driver| driver.uptake.central).collect(),
            hours: self.drivers.iter().map(|driver| driver.hours.central).collect(),
            trend: self.drivers.iter().map(|driver| driver.trend.map_or(1.0, |trend| trend.central)).collect(),
            outcomes: self.outcomes(|_, _, estimate| estimate.central).collect(),
            per_fte: self.grades.iter().map(|g| g.direct_hours.central * (1.0 - g.absence)).collect(),
        }
    }

    /// What follows from diagnoses, by service; `value` is told the unit of its draws, which of three it is, and its
    /// range.
    fn outcomes(&self, value: impl Fn(u32, u32, Estimate) -> f64) -> impl Iterator<Item = OutcomeRates> {
        self.lines.iter().map(move |line| {
            let rates = line.outcome.as_ref().map(|outcome| OutcomeRates {
                diagnosed: value(outcome.unit, 0, outcome.diagnosed),
                plans: value(outcome.unit, 1, outcome.plans),
                renamed: value(outcome.unit, 2, outcome.renamed),
            });
            rates.unwrap_or_default()
        })
    }

    /// What is drawn for a replicate, written over `rates`.
    pub fn draw_rates(&self, streams: &Streams, rates: &mut ServiceRates) {
        let ServiceRates { uptake, hours, trend, per_fte, outcomes } = rates;
        uptake.clear();
        hours.clear();
        trend.clear();
        per_fte.clear();
        outcomes.clear();
        for driver in &self.drivers {
            let [first, second] = streams.pair(Mechanism::ServiceWork, 0, driver.unit, 0);
            uptake.push(driver.uptake.at(first));
            hours.push(driver.hours.at(second));
            let grown = |growth: Estimate| growth.at(streams.uniform(Mechanism::ServiceTrend, 0, driver.unit, 0));
            trend.push(driver.trend.map_or(1.0, grown));
        }
        outcomes.extend(
            self.outcomes(|unit, index, estimate| {
                estimate.at(streams.uniform(Mechanism::ServiceOutcome, 0, unit, index))
            }),
        );
        per_fte.extend(self.grades.iter().map(|grade| {
            let uniform = streams.uniform(Mechanism::StaffHours, 0, grade.unit, 0);
            grade.direct_hours.at(uniform) * (1.0 - grade.absence)
        }));
    }
}

fn outcome_model(service: &str, outcome: &Outcome, needs: &Needs) -> Option<OutcomeModel> {
    // A need that nobody in the area has is named by no plan.
    Some(OutcomeModel {
        diagnosed: outcome.diagnosed,
        need: needs.index(outcome.need)?,
        ages: (outcome.ages.first().index(), outcome.ages.last().index()),
        plans: outcome.plans,
        renamed: outcome.renamed,
        unit: unit_of_name(service, ""),
    })
}

/// Drivers by priority; of the same priority cases go before ongoing hours, which share what is left.
fn levels(service: &Service, first: usize) -> Vec<Level> {
    let mut keys: Vec<(u8, Serve)> = service.drivers.iter().map(|driver| (driver.priority, driver.serve)).collect();
    keys.sort_unstable();
    keys.dedup();
    let of = |key: (u8, Serve)| {
        let own = service.drivers.iter().enumerate().filter(move |(_, driver)| (driver.priority, driver.serve) == key);
        own.map(|(number, _)| first + number).collect()
    };
    keys.into_iter().map(|key| Level { serve: key.1, drivers: of(key) }).collect()
}
