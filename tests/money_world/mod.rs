//! Somerset as the tests of money run it: limited places, services, a few scenarios.

pub mod books;
pub mod equations;
pub mod exact;
pub mod options;
pub mod random;

use std::path::Path;
use std::sync::OnceLock;

use needscast::domain::money::{FinancialYear, Money, Payer, Pence};
use needscast::domain::place::{Places, Provider};
use needscast::domain::world::World;
use needscast::engine::batch::{Shard, Workers, run_principal, run_shard};
use needscast::engine::layout::Layout;
use needscast::engine::money::{Costed, PaidPlaces, price_principal, price_shard};
use needscast::fit::estimate::fit_rates;
use needscast::input::area_folder::{Overrides, read_area_folder};
use needscast::model::money::MoneyModel;
use needscast::model::parameters::Prepared;
use needscast::model::service_model::ServiceAssumptions;
use needscast::numerics::stream::Streams;
use needscast::scenario::effects::{YearEffects, add_services, resolve_effects};
use needscast::scenario::lever::{Scenario, Spending, Timing};
use needscast::scenario::place_effects::complete_places;
use needscast::scenario::place_lever::PlaceLever;
use needscast::scenario::service_lever::ServiceLever;

use books::{Books, Settled};
use equations::Future;

const SEED: u64 = 7;
const FUTURES: u32 = 12;
pub const PAYERS: usize = Payer::ALL.len();

/// A scenario as it was run; providers have the places that the scenario gives them.
pub struct Run {
    pub scenario: Scenario,
    pub effects: Vec<YearEffects>,
    pub providers: Vec<Provider>,
    pub shard: Shard,
    pub principal: Vec<f64>,
}

pub struct Area {
    pub world: World,
    pub places: Places,
    pub prepared: Prepared,
    pub runs: Vec<Run>,
}

/// Somerset with places and services; psychologists' hours are bought, which nobody does in its tables.
pub fn area() -> &'static Area {
    static AREA: OnceLock<Area> = OnceLock::new();
    AREA.get_or_init(|| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/somerset");
        let folder = read_area_folder(&folder, Overrides::default()).unwrap_or_else(|problems| panic!("{problems}"));
        let mut world = folder.world;
        let psychologists = world.services.iter_mut().find(|own| own.id == "educational_psychology");
        psychologists.expect("a service").bought_hours = 400.0;
        let named = |name: &str| folder.scenarios.iter().find(|own| own.name == name).expect("a scenario").clone();
        let mut offer = named("early-language-offer");
        let timing = Timing { from: 2027, until: Some(2030), phase_in_years: 1 };
        offer.services.push(ServiceLever::Bought {
            service: "educational_psychology".to_string(),
            timing,
            hours: 1_500.0,
        });
        let scenarios = [Scenario::baseline(), named("special-school-2028"), offer];
        let rates = fit_rates(&world).expect("the area can be fitted").rates;
        let (held, before) = (rates.stock_by_setting(), world.base.0 - 1);
        let (places, _) = complete_places(&world.places, &scenarios, &world.settings, &held, before);
        let mut prepared = Prepared::new(&rates);
        prepared.limit_places(&places, &world.geography);
        prepared.add_services(&world.services, ServiceAssumptions::of(&world.assumptions));
        let runs = scenarios.into_iter().map(|scenario| run(&world, &places, &prepared, scenario)).collect();
        Area { world, places, prepared, runs }
    })
}

fn run(world: &World, places: &Places, prepared: &Prepared, scenario: Scenario) -> Run {
    let mut effects = resolve_effects(&scenario, &world.needs, world.shape(), world.base, world.years, Some(places));
    add_services(&mut effects, &world.services, &scenario, world.base);
    let futures = 1..FUTURES + 1;
    let shard = run_shard(&workers(), prepared, &effects, SEED, futures, &|| ()).expect("the books balance");
    let principal = run_principal(prepared, &effects).expect("the books balance");
    let mut providers = places.providers.clone();
    for lever in &scenario.places {
        let PlaceLever::Open(opened) = lever else { panic!("{lever:?} is not known here") };
        let own = providers.iter_mut().find(|own| own.id == opened.id).expect("all scenarios' providers are listed");
        own.places.clone_from(&opened.places);
    }
    Run { scenario, effects, providers, shard, principal }
}

fn workers() -> Workers {
    Workers::new(2).expect("two threads")
}

pub fn prices() -> Money {
    area().world.money.clone().expect("Somerset has prices")
}

pub fn model_of(money: &Money) -> MoneyModel {
    let world = &area().world;
    MoneyModel::new(money, (&world.needs, &world.settings), &world.services, financial(0), world.years)
}

/// Prices a run both ways and compares; the library's amounts, and the reference's real costs, of each future.
pub fn check_run(
    money: &Money,
    run: &Run,
    spending: &[Spending],
    settled: &mut Settled,
) -> (Vec<Vec<Pence>>, Vec<Vec<[i64; PAYERS]>>) {
    let Area { places, prepared, .. } = area();
    let (model, layout) = (model_of(money), Layout::of(prepared));
    let paid = PaidPlaces { places, model: prepared.places.as_ref().expect("limited places") };
    let costed = Costed { layout, effects: &run.effects, places: Some(paid), spending };
    let drawn = price_shard(&workers(), &model, costed, SEED, &run.shard);
    let (effects, providers) = (&run.effects, &run.providers);
    let row = &run.principal;
    let principal = Future { money, layout, row, effects, providers, spending, draws: None };
    let found = price_principal(&model, costed, row);
    Books { model: &model, found: &found, settled }.check(principal, "the principal projection");
    let mut reals = Vec::new();
    for (future, (row, found)) in (1..).zip(run.shard.rows().zip(&drawn)) {
        let row: Vec<f64> = row.iter().map(|count| f64::from(*count)).collect();
        let own = Future { row: &row, draws: Some(Streams::new(SEED, future)), ..principal };
        let name = format!("future {future} of {}", run.scenario.name);
        reals.push(Books { model: &model, found, settled }.check(own, &name));
    }
    (drawn, reals)
}

pub fn financial(year: usize) -> FinancialYear {
    FinancialYear(area().world.base.0 + year as u16)
}
