//! Services, laid out for the engine.

use std::ops::Range;

use crate::domain::grid::Needs;
use crate::domain::service::{Basis, Estimate, Season, Serve, Service, Tier, service_tiers};
use crate::domain::setting::Settings;
use crate::numerics::stream::{Mechanism, Streams};

/// What is the same in all scenarios and replicates.
#[derive(Clone, Debug)]
pub struct ServiceModel {
    pub lines: Vec<Line>,
    /// Those of the first service first.
    pub drivers: Vec<DriverModel>,
    pub grades: Vec<GradeModel>,
    /// Sets of settings that drivers name, each once.
    pub masks: Vec<Vec<usize>>,
    /// Needs of the area.
    pub needs: usize,
    /// Hours demanded are told by need for these: service and tier.
    pub tiers: Vec<(usize, Tier)>,
}

/// A service.
#[derive(Clone, Debug)]
pub struct Line {
    /// First driver and grade, and how many.
    pub drivers: Range<usize>,
    pub grades: Range<usize>,
    /// What is served first, next, …
    pub levels: Vec<Level>,
    pub has_list: bool,
    /// Whether assessments wait for it: advice is among its cases.
    pub gives_advice: bool,
    pub standard_weeks: Option<f64>,
    pub list_at_start: f64,
    pub arrivals: Season,
    pub capacity: Season,
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
    pub of: Basis,
    /// Number of the set of settings.
    pub mask: usize,
    /// Numbers of the needs; all where the basis has no needs.
    pub needs: Vec<usize>,
    pub serve: Serve,
    pub uptake: Estimate,
    pub hours: Estimate,
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
    /// By grade: hours with or for children per FTE and year, absence taken off.
    pub per_fte: Vec<f64>,
}

impl ServiceModel {
    pub fn new(services: &[Service], needs: &Needs, settings: &Settings) -> ServiceModel {
        let mut model = ServiceModel {
            lines: Vec::new(),
            drivers: Vec::new(),
            grades: Vec::new(),
            masks: Vec::new(),
            needs: needs.count(),
            tiers: service_tiers(services),
        };
        for (number, service) in services.iter().enumerate() {
            let (first_driver, first_grade) = (model.drivers.len(), model.grades.len());
            for driver in &service.drivers {
                let mask: Vec<usize> = if driver.settings.is_empty() {
                    settings.ids().map(|setting| setting.index()).collect()
                } else {
                    driver.settings.iter().map(|setting| setting.index()).collect()
                };
                let mask = model.masks.iter().position(|known| *known == mask).unwrap_or_else(|| {
                    model.masks.push(mask);
                    model.masks.len() - 1
                });
                let chosen: Vec<usize> = if driver.needs.is_empty() {
                    (0..needs.count()).collect()
                } else {
                    driver.needs.iter().filter_map(|need| needs.index(*need)).collect()
                };
                let told = driver.tier.filter(|_| driver.of.has_needs()).map(|tier| (number, tier));
                let tier = told.and_then(|key| model.tiers.iter().position(|known| *known == key));
                model.drivers.push(DriverModel {
                    of: driver.of,
                    mask,
                    needs: chosen,
                    serve: driver.serve,
                    uptake: driver.uptake,
                    hours: driver.hours,
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
                levels: levels(service, first_driver),
                has_list: service.has_list(),
                gives_advice: service.gives_advice(),
                standard_weeks: service.standard_weeks,
                list_at_start: service.list_at_start,
                arrivals: service.arrivals,
                capacity: service.capacity,
            });
        }
        model
    }

    /// Central values, for the principal projection.
    pub fn central_rates(&self) -> ServiceRates {
        ServiceRates {
            uptake: self.drivers.iter().map(|driver| driver.uptake.central).collect(),
            hours: self.drivers.iter().map(|driver| driver.hours.central).collect(),
            per_fte: self.grades.iter().map(|g| g.direct_hours.central * (1.0 - g.absence)).collect(),
        }
    }

    /// What is drawn for a replicate, written over `rates`.
    pub fn draw_rates(&self, streams: &Streams, rates: &mut ServiceRates) {
        let ServiceRates { uptake, hours, per_fte } = rates;
        uptake.clear();
        hours.clear();
        per_fte.clear();
        for driver in &self.drivers {
            let [first, second] = streams.pair(Mechanism::ServiceWork, 0, driver.unit, 0);
            uptake.push(driver.uptake.at(first));
            hours.push(driver.hours.at(second));
        }
        per_fte.extend(self.grades.iter().map(|grade| {
            let uniform = streams.uniform(Mechanism::StaffHours, 0, grade.unit, 0);
            grade.direct_hours.at(uniform) * (1.0 - grade.absence)
        }));
    }
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

/// The FNV-1a hash of a name: the same whatever else is listed.
fn unit_of_name(service: &str, part: &str) -> u32 {
    let bytes = service.bytes().chain([b'/']).chain(part.bytes());
    bytes.fold(0x811C_9DC5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}
