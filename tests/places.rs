//! What must hold of places, whatever providers, designations, travel and overflow rules there are.
//!
//! Rates are those of `data/somerset`; all else is drawn from one number that proptest chooses. The engine
//! stops where its ledger does not balance (no provider above its room; needing = placed + overflow +
//! waiting; plans over areas); what is asked here besides is worked out from rows alone.

use std::sync::OnceLock;

use ndarray::{Array2, Array4};
use needscast::domain::age_group::AgeSpan;
use needscast::domain::assumption::Confidence;
use needscast::domain::place::{Designation, Kind, OverflowRule, Places, Provider, Return, Status, UNLIMITED};
use needscast::domain::planning_area::{Geography, Location, PlanningArea};
use needscast::domain::rates::Rates;
use needscast::domain::setting::SettingId;
use needscast::engine::batch::{Shard, Workers, run_principal, run_shard};
use needscast::engine::layout::{Flow, Layout};
use needscast::fit::estimate::fit_rates;
use needscast::input::area_folder::{Overrides, read_area_folder};
use needscast::model::parameters::Prepared;
use needscast::model::place_model::PlaceModel;
use needscast::scenario::effects::{YearEffects, resolve_effects};
use needscast::scenario::lever::Scenario;
use needscast::scenario::place_effects::{complete_places, places_in_force};
use needscast::units::{Age, Probability};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

const YEARS: usize = 4;
const REPLICATES: u32 = 8;
const SEED: u64 = 5;

fn cases(count: u32) -> ProptestConfig {
    let usual = ProptestConfig::default();
    let rng_seed = match usual.rng_seed {
        RngSeed::Random => RngSeed::Fixed(20250901),
        chosen => chosen,
    };
    ProptestConfig { cases: count, rng_seed, failure_persistence: None, ..usual }
}

/// Somerset's rates over a few years.
fn rates() -> &'static Rates {
    static RATES: OnceLock<Rates> = OnceLock::new();
    RATES.get_or_init(|| {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("data/somerset");
        let overrides = Overrides { base_year: None, years: Some(YEARS) };
        let folder = read_area_folder(&folder, overrides).unwrap_or_else(|problems| panic!("{problems}"));
        let mut rates = fit_rates(&folder.world).expect("data/somerset can be fitted").rates;
        // Steering is for the forecast; what holds of places holds without.
        rates.outlook = None;
        rates
    })
}

fn setting(code: &str) -> SettingId {
    rates().settings.find(code).expect("a setting of Somerset")
}

// ---------------------------------------------------------------------------------------------
// Random places.

/// splitmix64: the tests need variety, not quality, and no draws shared with the engine.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    fn below(&mut self, count: usize) -> usize {
        (self.next() % count as u64) as usize
    }

    fn shares(&mut self, count: usize) -> Vec<f64> {
        let weights: Vec<f64> = (0..count).map(|_| self.unit() + 0.01).collect();
        let sum: f64 = weights.iter().sum();
        weights.iter().map(|weight| weight / sum).collect()
    }
}

fn random_geography(random: &mut Random) -> Geography {
    let areas = 1 + random.below(4);
    let settings = rates().settings.count();
    let mut shares = random.shares(areas);
    shares.sort_by(|a, b| b.total_cmp(a));
    let share = Array4::from_shape_fn((YEARS + 1, Age::COUNT, settings, areas), |(.., area)| shares[area]);
    let somewhere =
        |random: &mut Random| Location { easting: 40_000.0 * random.unit(), northing: 40_000.0 * random.unit() };
    Geography {
        areas: (0..areas)
            .map(|area| PlanningArea {
                id: format!("area_{area}"),
                name: String::new(),
                location: Some(somewhere(random)),
            })
            .collect(),
        share,
        travel: Array2::from_shape_fn((areas, areas), |(from, to)| if from == to { 1.0 } else { random.unit() * 0.8 }),
        most_metres: (random.below(2) == 0).then_some(25_000.0),
    }
}

fn random_provider(index: usize, setting: SettingId, areas: usize, most: usize, random: &mut Random) -> Provider {
    let ages = ["0-25", "4-10", "11-18", "4-15"][random.below(4)];
    let needs: Vec<_> = rates().needs.iter().filter(|_| random.below(4) > 0).collect();
    let mut places = vec![(2000, random.below(most) as u32)];
    // An expansion, a reduction or a closure.
    if random.below(2) == 0 {
        places.push((2025 + random.below(YEARS) as u16, [0, random.below(most) as u32][random.below(2)]));
    }
    Provider {
        id: format!("provider_{index}"),
        name: String::new(),
        setting,
        area: (random.below(4) > 0).then(|| random.below(areas)),
        kind: Kind::School,
        designation: Designation { ages: AgeSpan::parse(ages).expect("valid"), needs },
        redesignated: Vec::new(),
        places,
        occupancy_limit: 0.9 + 0.2 * random.unit(),
        location: (random.below(2) == 0)
            .then(|| Location { easting: 40_000.0 * random.unit(), northing: 40_000.0 * random.unit() }),
        source: "made for a test".into(),
        confidence: Confidence::Low,
    }
}

fn random_places(geography: &Geography, random: &mut Random) -> Places {
    let areas = geography.areas.len();
    let (special, units) = (setting("state_special"), setting("resourced_provision"));
    let mut providers = Vec::new();
    for index in 0..1 + random.below(8) {
        providers.push(random_provider(index, special, areas, 500, random));
    }
    for index in 0..random.below(5) {
        providers.push(random_provider(100 + index, units, areas, 80, random));
    }
    let mut overflow = rules(special, &["independent_special", "resourced_provision", "mainstream"], random);
    overflow.extend(rules(units, &["mainstream", "independent_special"], random));
    Places { providers, overflow }
}

fn rules(from: SettingId, to: &[&str], random: &mut Random) -> Vec<OverflowRule> {
    let shares = random.shares(to.len());
    to.iter()
        .zip(shares)
        .map(|(to, share)| OverflowRule {
            setting: from,
            to: setting(to),
            share: Probability::new(share).expect("a share"),
            status: if *to == "mainstream" { Status::Waiting } else { Status::Overflow },
            returns: [Return::EveryYear, Return::AtPhaseTransfer, Return::Never][random.below(3)],
            source: "made for a test".into(),
            confidence: Confidence::Low,
        })
        .collect()
}

// ---------------------------------------------------------------------------------------------
// Runs.

struct Run {
    prepared: Prepared,
    effects: Vec<YearEffects>,
    places: Places,
}

impl Run {
    fn new(places: &Places, geography: &Geography) -> Run {
        let rates = rates();
        let scenario = Scenario::baseline();
        let held: Vec<u32> = (0..rates.settings.count())
            .map(|setting| rates.stock.index_axis(ndarray::Axis(2), setting).iter().sum())
            .collect();
        let september = rates.base.0 - 1;
        let (places, _) = complete_places(places, &[], &rates.settings, &held, september);
        let opening = places_in_force(&places, &scenario, &rates.needs, september);
        let mut prepared = Prepared::new(rates);
        prepared.places = Some(PlaceModel::new(&places, geography, &rates.settings, opening));
        let effects = resolve_effects(&scenario, &rates.needs, rates.shape(), rates.base, YEARS, Some(&places));
        Run { prepared, effects, places }
    }

    fn draws(&self) -> Result<Shard, TestCaseError> {
        let workers = Workers::new(2).map_err(|error| TestCaseError::fail(error.to_string()))?;
        run_shard(&workers, &self.prepared, &self.effects, SEED, 1..REPLICATES + 1, &|| ())
            .map_err(|error| TestCaseError::fail(error.to_string()))
    }

    fn principal(&self) -> Result<Vec<f64>, TestCaseError> {
        run_principal(&self.prepared, &self.effects).map_err(|error| TestCaseError::fail(error.to_string()))
    }
}

fn without_places() -> Shard {
    let effects = vec![YearEffects::default(); YEARS];
    let workers = Workers::new(2).expect("threads");
    run_shard(&workers, &Prepared::new(rates()), &effects, SEED, 1..REPLICATES + 1, &|| ()).expect("balanced")
}

/// All that a row holds beside places.
fn plans_and_flows<T: Copy>(layout: Layout, row: &[T]) -> Vec<T> {
    let stocks = (0..=YEARS).flat_map(|census| layout.stock_groups(census).chain(layout.stock_ages(census)));
    stocks.chain((0..YEARS).flat_map(|year| layout.flows(year))).map(|place| row[place]).collect()
}

proptest! {
    #![proptest_config(cases(48))]

    #[test]
    fn the_books_of_places_balance(seed in any::<u64>()) {
        let mut random = Random(seed);
        let geography = random_geography(&mut random);
        let run = Run::new(&random_places(&geography, &mut random), &geography);
        let draws = run.draws()?;
        run.principal()?;
        // The engine has checked each year; here is that there was something to check.
        let layout = draws.layout;
        prop_assert_eq!(layout.places.providers, run.places.providers.len());
        for row in draws.rows() {
            for census in 0..=YEARS {
                let september = rates().base.0 - 1 + census as u16;
                for (provider, filled) in run.places.providers.iter().zip(&row[layout.filled(census)]) {
                    prop_assert!(*filled <= provider.room_in(september), "{} in {september}", provider.id);
                }
                for (code, what) in [("state_special", "special"), ("resourced_provision", "units")] {
                    let setting = setting(code);
                    let own = run.places.providers.iter().zip(&row[layout.filled(census)]);
                    let pupils: u32 = own.filter(|(p, _)| p.setting == setting).map(|(_, filled)| *filled).sum();
                    let plans: u32 = row[layout.stock_ages(census)]
                        .iter()
                        .skip(setting.index())
                        .step_by(layout.shape.settings)
                        .sum();
                    if run.places.limited().contains(&setting) {
                        prop_assert_eq!(pupils, plans, "{}", what);
                    }
                }
            }
        }
    }

    #[test]
    fn with_room_for_all_nothing_changes(seed in any::<u64>()) {
        let mut random = Random(seed);
        let geography = random_geography(&mut random);
        let mut places = random_places(&geography, &mut random);
        let limited = places.limited();
        for setting in limited {
            let first = places.providers.iter_mut().find(|provider| provider.setting == setting).expect("limited");
            first.places = vec![(2000, UNLIMITED)];
            first.designation = Designation { ages: AgeSpan::ALL, needs: Vec::new() };
            (first.area, first.location) = (None, None);
        }
        // Those who must leave a provider find room with the first.
        let run = Run::new(&places, &geography);
        let (with, without) = (run.draws()?, without_places());
        for (with_row, without_row) in with.rows().zip(without.rows()) {
            prop_assert!(plans_and_flows(with.layout, with_row) == plans_and_flows(without.layout, without_row));
        }
        let principal = run.principal()?;
        let effects = vec![YearEffects::default(); YEARS];
        let free = run_principal(&Prepared::new(rates()), &effects).expect("balanced");
        let pairs = plans_and_flows(with.layout, &principal).into_iter().zip(plans_and_flows(without.layout, &free));
        for (with, without) in pairs {
            prop_assert!((with - without).abs() < 1e-9 * (1.0 + without), "{with} {without}");
        }
    }

    #[test]
    fn areas_split_the_plans_and_change_none_of_them(seed in any::<u64>()) {
        let mut random = Random(seed);
        let geography = random_geography(&mut random);
        let run = Run::new(&Places::default(), &geography);
        let (with, without) = (run.draws()?, without_places());
        for (with_row, without_row) in with.rows().zip(without.rows()) {
            prop_assert!(plans_and_flows(with.layout, with_row) == plans_and_flows(without.layout, without_row));
            let redirected = with_row[with.layout.flow(0, Flow::RedirectedFrom).start];
            prop_assert_eq!(redirected, 0);
        }
    }
}
