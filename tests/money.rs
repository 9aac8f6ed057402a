//! Money of Somerset's run: every pound has one payer, years and lines add up, dearer prices never cost less.

use std::path::Path;
use std::sync::OnceLock;

use needscast::domain::money::{CostBasis, CostLine, FinancialYear, Money, Payer, Pence};
use needscast::domain::place::{Kind, Places, Provider};
use needscast::domain::planning_area::Location;
use needscast::domain::pool::PoolRule;
use needscast::domain::service::Estimate;
use needscast::domain::world::World;
use needscast::engine::batch::{Shard, Workers, run_principal, run_shard};
use needscast::engine::layout::{Flow, Layout, LineFigure, Margin};
use needscast::engine::money::{Costed, PaidPlaces, price_principal, price_shard};
use needscast::engine::place_record::{PlaceScratch, record_places};
use needscast::fit::estimate::fit_rates;
use needscast::input::area_folder::{Overrides, read_area_folder};
use needscast::model::chance::Drawn;
use needscast::model::high_needs::BlockItem;
use needscast::model::money::MoneyModel;
use needscast::model::parameters::Prepared;
use needscast::model::place_model::{NONE, PlaceModel};
use needscast::model::register::{Mark, Register};
use needscast::model::service_model::ServiceAssumptions;
use needscast::numerics::stream::Streams;
use needscast::scenario::effects::{YearEffects, add_services, resolve_effects};
use needscast::scenario::lever::{Scenario, Spending};
use needscast::scenario::place_effects::places_in_force;

/// A baseline of Somerset, not brought to any outlook.
struct Area {
    world: World,
    prepared: Prepared,
    effects: Vec<YearEffects>,
    shard: Shard,
    principal: Vec<f64>,
}

const SEED: u64 = 4;

fn area() -> &'static Area {
    static AREA: OnceLock<Area> = OnceLock::new();
    AREA.get_or_init(|| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/somerset");
        let folder = read_area_folder(&folder, Overrides::default()).unwrap_or_else(|problems| panic!("{problems}"));
        let world = folder.world;
        let mut prepared = Prepared::new(&fit_rates(&world).expect("the area can be fitted").rates);
        prepared.add_services(&world.services, ServiceAssumptions::of(&world.assumptions));
        let baseline = Scenario::baseline();
        let mut effects = resolve_effects(&baseline, &world.needs, world.shape(), world.base, world.years, None);
        add_services(&mut effects, &world.services, &baseline, world.base);
        let shard = run_shard(&workers(), &prepared, &effects, SEED, 1..41, &|| ()).expect("the books balance");
        let principal = run_principal(&prepared, &effects).expect("the books balance");
        Area { world, prepared, effects, shard, principal }
    })
}

fn workers() -> Workers {
    Workers::new(2).expect("two threads")
}

fn prices() -> Money {
    area().world.money.clone().expect("Somerset has prices")
}

fn model(money: &Money) -> MoneyModel {
    let world = &area().world;
    let first = FinancialYear(world.base.0);
    MoneyModel::new(money, (&world.needs, &world.settings), &world.services, first, world.years)
}

fn costed() -> Costed<'static> {
    let Area { prepared, effects, .. } = area();
    Costed { layout: Layout::of(prepared), effects, places: None, spending: &[] }
}

fn price(model: &MoneyModel) -> Vec<Vec<Pence>> {
    price_shard(&workers(), model, costed(), SEED, &area().shard)
}

fn price_central(model: &MoneyModel) -> Vec<Pence> {
    price_principal(model, costed(), &area().principal)
}

/// All that a line costs in a year.
fn cost(model: &MoneyModel, amounts: &[Pence], year: usize, line: usize) -> Pence {
    amounts[model.nominal(year, line)].iter().copied().sum()
}

#[test]
fn the_same_units_and_prices_cost_the_same_whoever_pays() {
    let split = prices();
    let mut alone = split.clone();
    for line in &mut alone.lines {
        line.shares = vec![(FinancialYear(0), [0.0, 1.0, 0.0, 0.0, 0.0])];
    }
    let (split, alone) = (model(&split), model(&alone));
    for (parts, wholes) in price(&split).iter().zip(&price(&alone)) {
        for year in 0..split.years {
            for line in 0..split.lines.len() {
                // To the penny, in every future: what all pay together is what one would.
                assert_eq!(cost(&split, parts, year, line), cost(&alone, wholes, year, line));
                let one = wholes[alone.nominal(year, line)][Payer::GeneralFund as usize];
                assert_eq!(cost(&alone, wholes, year, line), one);
            }
        }
    }
}

#[test]
fn twice_the_price_costs_twice_as_much() {
    let once = prices();
    let mut twice = once.clone();
    for line in &mut twice.lines {
        let Estimate { low, central, high } = line.price;
        line.price = Estimate { low: 2.0 * low, central: 2.0 * central, high: 2.0 * high };
    }
    let (once, twice) = (model(&once), model(&twice));
    for (small, large) in price(&once).iter().zip(&price(&twice)) {
        for year in 0..once.years {
            for line in 0..once.lines.len() {
                let (small, large) = (cost(&once, small, year, line), cost(&twice, large, year, line));
                assert!((large.0 - 2 * small.0).abs() <= 1, "{small:?} and {large:?}");
            }
        }
    }
}

#[test]
fn a_higher_fee_never_lowers_any_cost() {
    let before = prices();
    let mut after = before.clone();
    let fee = after.lines.iter().position(|line| line.id == "independent_special").expect("a fee");
    after.lines[fee].price = Estimate { low: 60_000.0, central: 70_000.0, high: 75_000.0 };
    let (before, after) = (model(&before), model(&after));
    for (less, more) in price(&before).iter().zip(&price(&after)) {
        let costs = ..before.block_year(0).start;
        assert!(less[costs].iter().zip(&more[costs]).all(|(less, more)| less <= more));
        // What more is paid is owed, too, and no year is in balance for it.
        for year in 0..before.years {
            let of = |amounts: &[Pence], item: BlockItem| amounts[before.block_year(year).start + item as usize];
            assert!(of(less, BlockItem::Deficit) <= of(more, BlockItem::Deficit));
            assert!(of(less, BlockItem::InBalance) >= of(more, BlockItem::InBalance));
        }
    }
}

#[test]
fn without_prices_nothing_costs_anything() {
    let mut free = prices();
    free.lines.iter_mut().for_each(|line| line.price = Estimate::certain(0.0));
    let model = model(&free);
    assert!(price_central(&model)[..model.block_year(0).start].iter().all(|amount| *amount == Pence(0)));
}

/// Plans of 2025-26: 9, 22 and 1 parts in 32 of those of three Januaries, at £16,000 a year later; psychologists: three
/// quarters of 2025's and a quarter of 2026's.
#[test]
fn a_financial_year_takes_its_part_of_two_calendar_years_by_hand() {
    let mut money = prices();
    money.lines.retain(|line| ["state_special_top_up", "psychologists"].contains(&line.id.as_str()));
    money.lines.iter_mut().for_each(|line| (line.price_year, line.grade) = (FinancialYear(2025), None));
    let model = model(&money);
    let (row, layout) = (&area().principal, Layout::of(&area().prepared));
    let special = area().world.settings.find("state_special").expect("a setting").index();
    let plans =
        |census: usize| row[layout.stock_ages(census)].iter().skip(special).step_by(layout.shape.settings).sum::<f64>();
    let amounts = price_central(&model);
    let held = (9.0 * plans(0) + 22.0 * plans(1) + plans(2)) / 32.0;
    assert_eq!(cost(&model, &amounts, 0, 0), Pence::of_pounds(held * 16_000.0));
    let last = model.years - 1;
    let uprated = 16_000.0 * 1.02_f64.powi(last as i32);
    let held = (9.0 * plans(last) + 23.0 * plans(last + 1)) / 32.0;
    assert!((cost(&model, &amounts, last, 0).pounds() - held * uprated).abs() < 0.02);
    assert_eq!(money.lines[1].of, CostBasis::Staff);
    let line = area().world.services.iter().position(|s| s.id == "educational_psychology").expect("a service");
    let staff = |year: usize| row[layout.line(year, line)][LineFigure::InPost as usize] / LineFigure::InPost.scale();
    let expected = 100_000.0 * (0.75 * staff(0) + 0.25 * staff(1));
    assert!((cost(&model, &amounts, 0, 1).pounds() - expected).abs() < 0.02);
}

#[test]
fn flows_are_priced_by_their_count() {
    let mut money = prices();
    money.lines.truncate(1);
    let line = &mut money.lines[0];
    (line.of, line.settings, line.price) = (CostBasis::NewPlans, Vec::new(), Estimate::certain(100.0));
    line.price_year = FinancialYear(2025);
    let model = model(&money);
    let (row, layout) = (&area().principal, Layout::of(&area().prepared));
    let issued = |year: usize| row[layout.flow(year, Flow::NewPlans).start + layout.margin(Margin::Total)];
    let expected = 100.0 * (0.75 * issued(0) + 0.25 * issued(1));
    assert_eq!(cost(&model, &price_central(&model), 0, 0), Pence::of_pounds(expected));
}

/// Real pounds of the first year are nominal ones; prices that rise as inflation does cost the same in all years.
#[test]
fn costs_that_rise_with_inflation_are_the_same_in_real_pounds() {
    let mut money = prices();
    money.lines.truncate(1);
    let line = &mut money.lines[0];
    (line.of, line.settings, line.uprating) = (CostBasis::Year, Vec::new(), "inflation".to_string());
    (line.price, line.price_year) = (Estimate::certain(1_000_000.0), FinancialYear(2025));
    let model = model(&money);
    for amounts in price(&model) {
        for year in 0..model.years {
            let real: Pence = amounts[model.real(year)].iter().copied().sum();
            assert!((real.0 - 100_000_000).abs() <= 4, "{real:?} in year {year}");
        }
    }
}

/// Parts of the whole, in bands, cost what the whole does, but for a penny a line.
#[test]
fn portions_add_up_to_the_whole() {
    let whole = ten_thousand(CostBasis::Plans, &["state_special"]);
    let mut bands = whole.clone();
    bands.lines = [0.5, 0.3, 0.2].map(|portion| CostLine { portion, ..whole.lines[0].clone() }).to_vec();
    let (whole, bands) = (model(&whole), model(&bands));
    for (one, three) in price(&whole).iter().zip(&price(&bands)) {
        for year in 0..whole.years {
            let sum: Pence = (0..3).map(|line| cost(&bands, three, year, line)).sum();
            assert!((sum - cost(&whole, one, year, 0)).0.abs() <= 3);
        }
    }
}

/// Somerset's psychologists and their assistants: £10,000 for each FTE of a grade, the mean of twelve months, three
/// quarters of 2025 and one of 2026. The grades together are all of the service, of which no hour is lent.
#[test]
fn staff_are_priced_by_grade() {
    let staff = |grade: Option<&str>| {
        let mut money = ten_thousand(CostBasis::Staff, &[]);
        money.lines[0].service = Some("educational_psychology".into());
        money.lines[0].grade = grade.map(str::to_string);
        let model = model(&money);
        cost(&model, &price_central(&model), 0, 0).pounds() / 10_000.0
    };
    let Area { world, effects, .. } = area();
    let grades: Vec<(&str, &str)> = world
        .services
        .iter()
        .flat_map(|service| service.grades.iter().map(|grade| (service.id.as_str(), grade.id.as_str())))
        .collect();
    let number = grades.iter().position(|own| *own == ("educational_psychology", "assistant")).expect("a grade");
    let fte =
        |year: usize| effects[year].services.as_ref().expect("services").in_post[number].iter().sum::<f64>() / 12.0;
    let assistants = staff(Some("assistant"));
    assert!(assistants > 0.0 && (assistants - (0.75 * fte(0) + 0.25 * fte(1))).abs() < 1e-5);
    let all = staff(None);
    assert!((staff(Some("psychologist")) + assistants - all).abs() < 0.01, "the row holds hundredths");
}

/// 100 hours bought at £52, by a service that has a price, and 30 by one that has none: the price of the line, 10,000,
/// is the factor.
#[test]
fn hours_bought_cost_their_price_by_hand() {
    let Area { world, effects, .. } = area();
    let mut effects = effects.clone();
    let position = |id: &str| world.services.iter().position(|service| service.id == id).expect("a service");
    let (salt, ot) = (position("salt_community"), position("occupational_therapy"));
    for year in &mut effects {
        let bought = &mut year.services.as_mut().expect("services").bought;
        bought.fill(0.0);
        (bought[salt], bought[ot]) = (100.0, 30.0);
    }
    let mut services = world.services.clone();
    services.iter_mut().for_each(|service| service.price_per_hour = None);
    services[salt].price_per_hour = Some(52.0);
    let cost_of = |service: Option<&str>| {
        let mut money = ten_thousand(CostBasis::BoughtHours, &[]);
        money.lines[0].service = service.map(str::to_string);
        let first = FinancialYear(world.base.0);
        let model = MoneyModel::new(&money, (&world.needs, &world.settings), &services, first, world.years);
        let costed = Costed { effects: &effects, ..costed() };
        cost(&model, &price_principal(&model, costed, &area().principal), 3, 0)
    };
    let hours = Pence::of_pounds(100.0 * 52.0 * 10_000.0);
    assert_eq!((cost_of(None), cost_of(Some("salt_community"))), (hours, hours));
    assert_eq!(cost_of(Some("occupational_therapy")), Pence(0));
}

/// A line that is counted by `of`, at £10,000 in all years.
fn ten_thousand(of: CostBasis, settings: &[&str]) -> Money {
    let mut money = prices();
    money.lines.truncate(1);
    let line = &mut money.lines[0];
    (line.of, line.price, line.price_year) = (of, Estimate::certain(10_000.0), FinancialYear(2025));
    line.settings = settings.iter().map(|code| area().world.settings.find(code).expect("a setting")).collect();
    let own = money.upratings.iter_mut().find(|own| own.id == line.uprating).expect("its uprating");
    own.rates.iter_mut().for_each(|(_, _, rate)| *rate = Estimate::certain(0.0));
    money
}

#[test]
fn a_scenario_spends_what_it_says_in_its_years() {
    let model = model(&ten_thousand(CostBasis::Spending, &[]));
    let id = model.lines[0].id.clone();
    let spent = |line: &str, year, pounds| Spending { line: line.to_string(), year: FinancialYear(year), pounds };
    // A price of 10,000 is the factor; spending on another line, or beyond the years told, is not counted.
    let spending = [spent(&id, 2026, 3.0), spent(&id, 2026, 0.5), spent("other", 2027, 1.0), spent(&id, 2024, 1.0)];
    let costed = Costed { spending: &spending, ..costed() };
    for amounts in price_shard(&workers(), &model, costed, SEED, &area().shard) {
        let by_year: Vec<Pence> = (0..3).map(|year| cost(&model, &amounts, year, 0)).collect();
        assert_eq!(by_year, [Pence(0), Pence(3_500_000), Pence(0)]);
    }
}

/// Two providers of a setting with 10 and 100 places, 4 and 100 of them filled at the first census, 12 and 99 at the
/// next; one of another setting, and one that no table lists. Six places are empty in the first September and, as the
/// first provider is over-full, one in the second: 5/12 of six and 7/12 of one.
#[test]
fn places_that_nobody_fills_are_paid_by_hand() {
    let Area { world, prepared, .. } = area();
    let listed = &world.places.providers;
    let of = |code: &str, room: u32, kind: Kind| Provider {
        setting: world.settings.find(code).expect("a setting"),
        kind,
        places: vec![(2024, room)],
        ..listed[0].clone()
    };
    let providers = vec![
        of("state_special", 10, Kind::School),
        of("state_special", 100, Kind::School),
        of("resourced_provision", 50, Kind::Unit),
        of("state_special", 20, Kind::NotListed),
    ];
    let places = Places { providers, overflow: Vec::new() };
    let in_force = places_in_force(&places, &Scenario::baseline(), &world.needs, 2024);
    let place_model = PlaceModel::new(&places, &world.geography, &world.settings, in_force.clone());
    let mut prepared = prepared.clone();
    prepared.places = Some(place_model);
    let layout = Layout::of(&prepared);
    let mut row = vec![0.0; layout.width()];
    row[layout.filled(0)].copy_from_slice(&[4.0, 100.0, 0.0, 0.0]);
    row[layout.filled(1)].copy_from_slice(&[12.0, 99.0, 0.0, 0.0]);
    let effects = vec![YearEffects { places: Some(in_force), ..YearEffects::default() }; layout.years];
    let model = model(&ten_thousand(CostBasis::EmptyPlaces, &["state_special"]));
    let paid = PaidPlaces { places: &places, model: prepared.places.as_ref().expect("places") };
    let costed = Costed { layout, effects: &effects, places: Some(paid), spending: &[] };
    let amounts = price_principal(&model, costed, &row);
    let empty = 6.0 * 5.0 / 12.0 + 1.0 * 7.0 / 12.0;
    assert_eq!(cost(&model, &amounts, 0, 0), Pence::of_pounds(empty * 10_000.0));
}

/// Two areas, 3 km and 4 km from a school in a right angle: 5 km between them. Of its pupils two live in the first area,
/// where it is, and three in the other: 15 km at the first two censuses, and none at the third, so 9/32 and 22/32.
#[test]
fn kilometres_to_school_by_hand() {
    let Area { world, prepared, .. } = area();
    let mut geography = world.geography.clone();
    let points = [Location { easting: 0.0, northing: 0.0 }, Location { easting: 3_000.0, northing: 4_000.0 }];
    for (area, point) in geography.areas.iter_mut().zip(points) {
        area.location = Some(point);
    }
    let school = Provider {
        setting: world.settings.find("state_special").expect("a setting"),
        location: None,
        area: Some(0),
        ..world.places.providers[0].clone()
    };
    let places = Places { providers: vec![school], overflow: Vec::new() };
    let in_force = places_in_force(&places, &Scenario::baseline(), &world.needs, 2024);
    let place_model = PlaceModel::new(&places, &geography, &world.settings, in_force);
    assert_eq!((place_model.hectometres(0, 0), place_model.hectometres(1, 0)), (0.0, 50.0));
    let mut prepared = prepared.clone();
    prepared.places = Some(place_model);
    let layout = Layout::of(&prepared);
    let mut register = Register::new(layout.shape, &[0], 1);
    let cell = layout.shape.cell(7, 0, places.providers[0].setting.index());
    for (area, pupils) in [(0, 2), (1, 3)] {
        register.add(cell, Mark { area, provider: 0, wants: NONE }, pupils);
    }
    let mut row = vec![0_u32; layout.width()];
    for census in 0..2 {
        row[layout.stock_ages(census).start + 7 * layout.shape.settings + places.providers[0].setting.index()] = 5;
        let model = prepared.places.as_ref().expect("places");
        let chance = Drawn { streams: Streams::new(1, 1) };
        record_places(&chance, layout, (census, 2025), model, &register, &mut PlaceScratch::default(), &mut row);
        assert_eq!(row[layout.travelled(census)], [150]);
    }
    let model = model(&ten_thousand(CostBasis::PupilKm, &["state_special"]));
    let paid = PaidPlaces { places: &places, model: prepared.places.as_ref().expect("places") };
    let costed = Costed { layout, effects: &[], places: Some(paid), spending: &[] };
    let row: Vec<f64> = row.into_iter().map(f64::from).collect();
    let kilometres = 15.0 * (9.0 + 22.0) / 32.0;
    let amounts = price_principal(&model, costed, &row);
    assert_eq!(cost(&model, &amounts, 0, 0), Pence::of_pounds(kilometres * 10_000.0));
}

/// In every future and year, under every rule: what all pay, and what was kept before, is what the pool's lines cost and
/// what is kept; apart, everyone pays their own.
#[test]
fn the_pool_pays_what_its_lines_cost_to_the_penny() {
    let money = prices();
    let pool = money.pool.clone().expect("Somerset has a pool");
    let model = model(&money);
    let lines: Vec<usize> =
        (0..model.lines.len()).filter(|line| pool.lines.iter().any(|own| own.line == model.lines[*line].id)).collect();
    assert_eq!(lines.len(), pool.lines.len());
    for amounts in price(&model).iter().chain([&price_central(&model)]) {
        for (rule, code) in PoolRule::ALL.iter().enumerate() {
            let (mut kept, mut paid_in_all, mut cost_in_all) = (Pence(0), Pence(0), Pence(0));
            for year in 0..model.years {
                let settled = &amounts[model.pool_settled(rule, year)];
                let (paid, now_kept) = settled.split_at(Payer::ALL.len());
                let own =
                    |payer: usize| lines.iter().map(|line| amounts[model.nominal(year, *line)][payer]).sum::<Pence>();
                let costs: Pence = (0..Payer::ALL.len()).map(own).sum();
                let all: Pence = paid.iter().copied().sum();
                let now_kept = now_kept.iter().copied().sum::<Pence>();
                assert_eq!(all + kept, costs + now_kept, "{}", code.code());
                if *code == PoolRule::Separate {
                    assert!((0..Payer::ALL.len()).all(|payer| paid[payer] == own(payer)));
                }
                (kept, paid_in_all, cost_in_all) = (now_kept, paid_in_all + all, cost_in_all + costs);
            }
            assert_eq!((paid_in_all, kept), (cost_in_all, Pence(0)), "nothing is kept in the end");
        }
        // Contributions begin with the pool, and the host's are 4 × £575,000 of 2025-26.
        assert!(amounts[model.contributed(0)].iter().all(|pence| *pence == Pence(0)));
        let host = amounts[model.contributed(1)][pool.host as usize].pounds();
        assert!((2_300_000.0 * 1.02..2_300_000.0 * 1.06).contains(&host), "{host}");
    }
}

/// In every future: what is owed in the end is what was at first, less income, and what all lines cost the block.
#[test]
fn the_block_pays_what_its_lines_cost_it() {
    let model = model(&prices());
    for amounts in price(&model) {
        let of = |year: usize, item: BlockItem| amounts[model.block_year(year).start + item as usize];
        for year in 0..model.years {
            let high_needs = Payer::HighNeeds as usize;
            let spent: Pence = (0..model.lines.len()).map(|line| amounts[model.nominal(year, line)][high_needs]).sum();
            let income = of(year, BlockItem::Income) + of(year, BlockItem::Transfers);
            assert_eq!(of(year, BlockItem::Balance), income - spent);
            if year > 0 {
                let paid_off = of(year, BlockItem::Balance) + of(year, BlockItem::Grant);
                assert_eq!(of(year, BlockItem::Deficit), of(year - 1, BlockItem::Deficit) - paid_off);
            }
        }
    }
}
