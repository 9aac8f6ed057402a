//! A small area with SEN support and services, and random numbers, for the tests of services.

use ndarray::{Array1, Array2, Array3, Array4};
use needscast::domain::age_group::AgeSpan;
use needscast::domain::assumption::Confidence;
use needscast::domain::grid::Needs;
use needscast::domain::need::Need;
use needscast::domain::population::PopulationPath;
use needscast::domain::rates::{JoinerRates, LeaverRates, MoveRates, Rates, SupportRates};
use needscast::domain::service::{
    Basis, Commissioner, Driver, EVEN, Estimate, Grade, Month, Season, Serve, Service, Tier,
};
use needscast::domain::setting::{Setting, SettingId, Settings};
use needscast::engine::batch::{Workers, run_shard};
use needscast::model::parameters::Prepared;
use needscast::model::service_model::ServiceAssumptions;
use needscast::scenario::effects::{YearEffects, add_services, resolve_effects};
use needscast::scenario::lever::Scenario;
use needscast::scenario::service_lever::ServiceLever;
use needscast::units::CensusYear;

pub const AGES: usize = 26;
const GROUPS: usize = 5;
pub const NEEDS: usize = 2;
pub const SETTINGS: usize = 3;
pub const YEARS: usize = 4;
pub const BASE: u16 = 2025;

// ---------------------------------------------------------------------------------------------
// Random numbers of our own.

/// SplitMix64.
pub struct Dice(pub u64);

impl Dice {
    pub fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        word ^ (word >> 31)
    }

    pub fn uniform(&mut self) -> f64 {
        ((self.word() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    pub fn between(&mut self, least: f64, most: f64) -> f64 {
        least + (most - least) * self.uniform()
    }

    pub fn falls(&mut self, probability: f64) -> bool {
        self.uniform() < probability
    }
}

// ---------------------------------------------------------------------------------------------
// The area both sides are given.

pub fn span(ages: &str) -> AgeSpan {
    AgeSpan::parse(ages).expect("a span of ages")
}

fn settings() -> Settings {
    let setting = |code: &str| Setting { code: code.to_string(), name: code.to_string(), ages: AgeSpan::ALL };
    Settings::new(["mainstream", "special", "college"].map(setting).to_vec()).expect("few enough")
}

pub fn setting(code: &str) -> SettingId {
    settings().find(code).expect("listed")
}

/// Some hundred plans and two hundred pupils on SEN support; nothing is uncertain but who meets what.
pub fn area() -> Rates {
    let ages = |value: fn(usize) -> f64| Array1::from_shape_fn(AGES, value);
    let certain = |columns| Array2::from_elem((GROUPS, columns), f64::INFINITY);
    let mix = Array3::from_shape_fn((AGES, NEEDS, SETTINGS), |(age, need, setting)| {
        let weight = |need: usize, setting: usize| 1.0 + ((age + 2 * need + 3 * setting) % 5) as f64;
        let all = (0..NEEDS).flat_map(|need| (0..SETTINGS).map(move |setting| weight(need, setting)));
        weight(need, setting) / all.sum::<f64>()
    });
    let by_cell = |value: fn(usize, usize) -> f64| {
        (0..AGES).flat_map(|age| (0..NEEDS).map(move |need| value(age, need))).collect::<Vec<f64>>()
    };
    Rates {
        base: CensusYear(BASE),
        needs: Needs::new(vec![Need::Slcn, Need::Asd]),
        settings: settings(),
        stock: Array3::from_shape_fn((AGES, NEEDS, SETTINGS), |(age, need, setting)| match age {
            3..=19 => ((age + need + setting) % 3) as u32,
            _ => 0,
        }),
        population: PopulationPath {
            base: CensusYear(BASE),
            years: (0..=YEARS).map(|year| std::array::from_fn(|age| 200.0 + (3 * age + 7 * year) as f64)).collect(),
        },
        joiners: JoinerRates {
            rate: ages(|age| if age < 18 { 0.003 + 0.001 * ((age * 7) % 5) as f64 } else { 0.0005 }),
            rate_evidence: ages(|_| f64::INFINITY),
            moved_in_mix: mix.clone(),
            mix,
            need_evidence: certain(NEEDS),
            setting_evidence: certain(SETTINGS),
            growth: 0.08,
            growth_error: 0.0,
            damping: 0.7,
            level_error: 0.0,
            lasting_shock: 0.0,
            passing_shock: 0.0,
            assessed_only: ages(|age| 0.1 + 0.01 * age as f64),
            not_assessed: ages(|age| 0.4 - 0.01 * age as f64),
            moved_in: ages(|_| 0.0005),
        },
        leavers: LeaverRates {
            hazard: Array2::from_shape_fn((AGES, SETTINGS), |(age, setting)| match age {
                0..=15 => 0.03 + 0.01 * setting as f64,
                16..=24 => 0.3,
                _ => 1.0,
            }),
            evidence: certain(SETTINGS),
            level_error: 0.0,
            passing_shock: 0.0,
            setting_shock: 0.0,
        },
        moves: MoveRates {
            probability: Array4::from_shape_fn(
                (AGES, NEEDS, SETTINGS, SETTINGS),
                |(.., from, to)| {
                    if from == to { 0.94 } else { 0.03 }
                },
            ),
            evidence: certain(SETTINGS),
            passing_shock: 0.0,
        },
        years: YEARS,
        outlook: None,
        support: Some(SupportRates {
            stock: by_cell(|age, need| match age {
                // At two ages fewer are on SEN support than get a plan in some years.
                7 | 12 => need as f64,
                4..=17 => (5 + (age * 3 + need) % 7) as f64,
                _ => 0.0,
            })
            .into_iter()
            .map(|pupils| pupils as u32)
            .collect(),
            share: by_cell(
                |age, need| if (4..=17).contains(&age) { 0.02 + 0.005 * ((age + need) % 4) as f64 } else { 0.0 },
            ),
            step_down: by_cell(|age, need| if age < 17 { 0.05 + 0.04 * ((age + 2 * need) % 5) as f64 } else { 1.0 }),
            planned: by_cell(|age, need| 0.2 + 0.1 * ((age + 2 * need) % 4) as f64),
            from_support: 0.75,
            tiers: Vec::new(),
            growth: 0.06,
            growth_error: 0.1,
            damping: 0.6,
        }),
    }
}

pub const EVENTS: ServiceAssumptions =
    ServiceAssumptions { reviews: 0.8, appeals_of_refusals: 0.2, appeals_of_content: 0.05, relief_years: 1.0 };

/// The engine's side.
pub fn engine(rates: &Rates, services: &[Service], scenario: &Scenario) -> (Prepared, Vec<YearEffects>) {
    let mut prepared = Prepared::new(rates);
    prepared.add_services(services, EVENTS);
    let mut effects = resolve_effects(scenario, &rates.needs, rates.shape(), rates.base, rates.years, None);
    add_services(&mut effects, services, scenario, rates.base);
    (prepared, effects)
}

/// Rows of drawn futures.
pub fn rows(rates: &Rates, services: &[Service], scenario: &Scenario, seed: u64, count: u32) -> Vec<Vec<f64>> {
    let (prepared, effects) = engine(rates, services, scenario);
    let workers = Workers::new(2).expect("two threads");
    let shard = run_shard(&workers, &prepared, &effects, seed, 1..count + 1, &|| ()).expect("the books balance");
    shard.rows().map(|row| row.iter().copied().map(f64::from).collect()).collect()
}

/// New plans expected without levers, by age at the census that opens the year, need and setting.
pub fn new_plans(rates: &Rates, year: usize, age: usize, need: usize, setting: usize) -> f64 {
    if age == AGES - 1 {
        return 0.0;
    }
    let joiners = &rates.joiners;
    let growth: f64 = (1..=year as i32 + 1).map(|step| joiners.growth * joiners.damping.powi(step)).sum();
    joiners.rate[age] * rates.population.years[year][age] * growth.exp() * joiners.mix[[age, need, setting]]
}

// ---------------------------------------------------------------------------------------------
// Services with work of every kind.

pub fn driver(id: &str, of: Basis, serve: Serve, priority: u8, uptake: f64, hours: f64) -> Driver {
    Driver {
        id: id.to_string(),
        tier: None,
        of,
        needs: Vec::new(),
        ages: AgeSpan::ALL,
        settings: Vec::new(),
        support_tier: None,
        serve,
        priority,
        after: None,
        trend: None,
        uptake: Estimate::certain(uptake),
        hours: Estimate::certain(hours),
        group_size: 1.0,
        source: "made for a test".to_string(),
        confidence: Confidence::Low,
    }
}

pub fn grade(id: &str, fte: f64, direct_hours: f64) -> Grade {
    Grade {
        id: id.to_string(),
        vacancy: 0.0,
        absence: 0.0,
        direct_hours: Estimate::certain(direct_hours),
        turnover: 0.0,
        months_to_recruit: None,
        establishment: vec![(Month { year: BASE, month: 0 }, fte)],
        source: "made for a test".to_string(),
        confidence: Confidence::Low,
    }
}

pub fn service(id: &str, drivers: Vec<Driver>, grades: Vec<Grade>) -> Service {
    Service {
        id: id.to_string(),
        name: id.to_string(),
        profession: "therapist".to_string(),
        commissioner: Commissioner::Joint,
        section: None,
        standard_weeks: None,
        list_at_start: 0.0,
        arrivals: EVEN,
        capacity: EVEN,
        bought_hours: 0.0,
        price_per_hour: None,
        drivers,
        staff_of: None,
        grades,
        outcome: None,
        source: "made for a test".to_string(),
        confidence: Confidence::Low,
    }
}

/// Weights that sum to 12, with an August in which next to nothing happens.
pub fn season(seed: u64) -> Season {
    let mut dice = Dice(seed);
    let weights: Season = std::array::from_fn(|month| if month == 7 { 0.02 } else { dice.between(0.3, 1.6) });
    let all: f64 = weights.iter().sum();
    weights.map(|weight| weight * 12.0 / all)
}

pub fn services() -> Vec<Service> {
    use Basis::{Assessments, Identified, NewPlans, Plans, Population, Refusals, Requests, SenSupport};
    use Serve::{Ongoing, Queue};
    let therapy = Service {
        standard_weeks: Some(18.0),
        list_at_start: 35.0,
        arrivals: season(11),
        capacity: season(12),
        bought_hours: 40.0,
        ..service(
            "therapy",
            vec![
                Driver { tier: Some(Tier::Specialist), ..driver("advice", NewPlans, Queue, 2, 0.8, 7.0) },
                Driver { ages: span("0-4"), ..driver("referrals", Population, Queue, 2, 0.02, 5.0) },
                Driver {
                    tier: Some(Tier::Specialist),
                    needs: vec![Need::Slcn],
                    ages: span("5-15"),
                    settings: vec![setting("mainstream"), setting("college")],
                    group_size: 3.0,
                    ..driver("in_plans", Plans, Ongoing, 1, 0.6, 9.0)
                },
                Driver {
                    tier: Some(Tier::Targeted),
                    ages: span("5-19"),
                    ..driver("groups", SenSupport, Ongoing, 3, 0.4, 3.0)
                },
                Driver {
                    tier: Some(Tier::Targeted),
                    ages: span("5-10"),
                    ..driver("first", Identified, Ongoing, 3, 0.5, 4.0)
                },
                Driver { tier: Some(Tier::Universal), ..driver("talks", Population, Ongoing, 4, 1.0, 0.01) },
            ],
            vec![
                Grade {
                    vacancy: 0.1,
                    absence: 0.05,
                    turnover: 0.2,
                    months_to_recruit: Some(5.0),
                    establishment: vec![
                        (Month { year: 2024, month: 3 }, 0.5),
                        (Month { year: 2026, month: 8 }, 0.9),
                        (Month { year: 2028, month: 1 }, 0.6),
                    ],
                    ..grade("band_6", 0.5, 700.0)
                },
                Grade { vacancy: 0.2, ..grade("band_4", 0.4, 900.0) },
            ],
        )
    };
    // One list of short supply, where requests of all kinds wait, and what is left for plans.
    let psychology = Service {
        standard_weeks: Some(6.0),
        list_at_start: 12.0,
        arrivals: season(13),
        ..service(
            "psychology",
            vec![
                driver("advice", Assessments, Queue, 1, 1.0, 12.0),
                driver("panel", Requests, Queue, 1, 0.5, 2.0),
                driver("mediation", Refusals, Queue, 1, 0.3, 6.0),
                Driver { ages: span("16-25"), ..driver("reviews", Plans, Ongoing, 1, 0.7, 2.5) },
            ],
            vec![Grade { absence: 0.04, ..grade("psychologist", 2.2, 400.0) }],
        )
    };
    // More hours than work, and a list that is empty at the start.
    let early_years = Service {
        standard_weeks: Some(4.0),
        capacity: season(14),
        bought_hours: 300.0,
        ..service(
            "early_years",
            vec![
                Driver { ages: span("2-3"), ..driver("visits", Population, Queue, 1, 0.05, 3.0) },
                Driver {
                    settings: vec![setting("special")],
                    ages: span("1-8"),
                    ..driver("starts", NewPlans, Ongoing, 2, 0.9, 8.0)
                },
            ],
            vec![Grade { turnover: 0.3, vacancy: 0.25, months_to_recruit: Some(3.0), ..grade("teacher", 0.8, 500.0) }],
        )
    };
    vec![therapy, psychology, early_years]
}

pub fn with_levers(services: Vec<ServiceLever>) -> Scenario {
    Scenario { services, ..Scenario::baseline() }
}
