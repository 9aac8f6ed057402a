//! A second, slow and obvious implementation of money, and tests that the engine agrees with it to the penny.
//!
//! It was written from the equations at the head of the library's files alone and shares no code with them. It takes
//! only the inputs (`Money`, `Provider`, `Spending`), the rows of futures, and the places of figures in a row (`Layout`)
//! and among the amounts of a future (`MoneyModel::nominal` and the like). Prices are drawn as the library draws them.
//! The equations stand in `money_world/equations.rs`, `books.rs` and `options.rs`.
//!
//! It prices in two doubles for each number and splits pence in whole numbers, so that hardly any rounding matters. The
//! library counts in one double. Where that cannot tell which penny is right, an amount half way between two pence, either
//! is ([`Settled`]). How often the reference took the library's penny is
//! printed, and bounded in each test.
//!
//! In some points the equations leave room, and the engine is followed: without a year in which it ends the statutory
//! override covers all years; a ceiling is not drawn; in a year between two allocations the earlier one grows; present
//! costs are rounded by scenario, payer and year before they are compared.

mod money_world;

use needscast::domain::money::{CostBasis, CostLine, Money, Pence};
use needscast::domain::place::{Kind, Places, Provider};
use needscast::engine::layout::Layout;
use needscast::engine::money::{Costed, PaidPlaces, price_principal};
use needscast::model::place_model::PlaceModel;
use needscast::scenario::effects::resolve_effects;
use needscast::scenario::lever::{Scenario, ScenarioKind, Spending};
use needscast::scenario::place_effects::places_in_force;
use needscast::summary::appraisal::{PresentCosts, Quantities, appraise};
use needscast::summary::money_series::Priced;

use money_world::books::{Books, Settled};
use money_world::equations::Future;
use money_world::options::{compare_appraisals, discount};
use money_world::random::{Dice, random_block, random_line, random_uprating};
use money_world::{Area, PAYERS, area, check_run, model_of, prices};

/// Each line's cost to each payer in each year, real pounds, and the block, of three scenarios; and what it is worth to
/// choose one of them.
#[test]
fn somersets_money_is_what_the_equations_give() {
    let (money, mut settled) = (prices(), Settled::default());
    let model = model_of(&money);
    let mut library = Vec::new();
    let mut own = Vec::new();
    for run in &area().runs {
        let (drawn, reals) = check_run(&money, run, &run.scenario.spending, &mut settled);
        let present =
            PresentCosts::of(&model, 0.035, Priced { draws: &drawn, principal: &drawn[0] }, Quantities::default());
        library.push((run.scenario.name.clone(), run.scenario.kind, present));
        own.push((run.scenario.kind, discount(&reals, 0.035)));
    }
    compare_appraisals(&appraise(&library), &library, &own);
    println!("Somerset: {settled:?}");
    // None of 15,249 amounts.
    assert!(settled.halves <= 1, "{settled:?}");
}

/// Lines of every basis, at prices of years before, in and after those told, with payers that change.
#[test]
fn money_at_random_is_what_the_equations_give() {
    let (mut dice, mut settled) = (Dice(5_000), Settled::default());
    for case in 0..200 {
        let lines: Vec<CostLine> = (0..4).map(|number| random_line(&mut dice, 4 * case + number)).collect();
        let upratings = ["other", "inflation", "high_needs_income"].map(|id| random_uprating(&mut dice, id)).to_vec();
        let high_needs = dice.falls(0.8).then(|| random_block(&mut dice));
        let spending = |dice: &mut Dice| Spending {
            line: dice.pick(&lines).id.clone(),
            year: dice.year(),
            pounds: (dice.uniform() * 1e6).round(),
        };
        let spending: Vec<Spending> = (0..12).map(|_| spending(&mut dice)).collect();
        let run = dice.pick(&area().runs);
        check_run(&Money { lines, upratings, high_needs, pool: None }, run, &spending, &mut settled);
    }
    println!("At random: {settled:?}");
    // None of 300,092 amounts.
    assert!(settled.halves <= 5, "{settled:?}");
}

/// Providers of any kind, whose places change and may be more or fewer than their pupils.
#[test]
fn empty_places_at_random_are_what_the_equations_give() {
    let Area { world, prepared, .. } = area();
    let listed = &world.places.providers;
    let (mut dice, mut settled) = (Dice(90_000), Settled::default());
    for case in 0..50 {
        let settings =
            ["state_special", "resourced_provision"].map(|code| world.settings.find(code).expect("a setting"));
        let provider = |dice: &mut Dice| Provider {
            setting: *dice.pick(&settings),
            kind: *dice.pick(Kind::ALL),
            places: [2020, 2024, 2025, 2027, 2030].map(|from| (from, dice.below(120) as u32)).to_vec(),
            occupancy_limit: *dice.pick(&[0.8, 1.0, 1.25]),
            ..listed[0].clone()
        };
        let providers: Vec<Provider> = (0..5).map(|_| provider(&mut dice)).collect();
        let places = Places { providers, overflow: Vec::new() };
        let baseline = Scenario::baseline();
        let opening = places_in_force(&places, &baseline, &world.needs, world.base.0 - 1);
        let mut prepared = prepared.clone();
        prepared.places = Some(PlaceModel::new(&places, &world.geography, &world.settings, opening));
        let layout = Layout::of(&prepared);
        let (shape, base, years) = (world.shape(), world.base, world.years);
        let effects = resolve_effects(&baseline, &world.needs, shape, base, years, Some(&places));
        let mut row = vec![0.0; layout.width()];
        for census in 0..=years {
            row[layout.filled(census)].iter_mut().for_each(|pupils| *pupils = dice.below(120) as f64);
        }
        let basis = CostBasis::ALL.iter().position(|basis| *basis == CostBasis::EmptyPlaces).expect("a basis");
        let lines = vec![random_line(&mut dice, basis)];
        let upratings = ["other", "inflation", "high_needs_income"].map(|id| random_uprating(&mut dice, id)).to_vec();
        let money = Money { lines, upratings, high_needs: None, pool: None };
        let model = model_of(&money);
        let paid = PaidPlaces { places: &places, model: prepared.places.as_ref().expect("places") };
        let costed = Costed { layout, effects: &effects, places: Some(paid), spending: &[] };
        let found = price_principal(&model, costed, &row);
        let (money, row, effects, providers) = (&money, &row, &effects, &places.providers);
        let future = Future { money, layout, row, effects, providers, spending: &[], draws: None };
        Books { model: &model, found: &found, settled: &mut settled }.check(future, &format!("case {case}"));
    }
}

/// Options that cost a few pence, so that they often cost the same, cross, or never pay back.
#[test]
fn options_are_compared_as_the_equations_say() {
    let model = model_of(&prices());
    let mut dice = Dice(11);
    for _ in 0..50 {
        // No whole number of pence over a power of these is half way between two pence.
        let rate = [0.0, 0.035, 0.1][dice.below(3)];
        let mut library = Vec::new();
        let mut own = Vec::new();
        for number in 0..4 {
            let kind = if number == 0 { ScenarioKind::Option } else { *dice.pick(ScenarioKind::ALL) };
            let mut draws = vec![vec![Pence(0); model.width()]; 9];
            let mut reals = vec![vec![[0; PAYERS]; model.years]; 9];
            for (draws, reals) in draws.iter_mut().zip(&mut reals) {
                for (year, costs) in reals.iter_mut().enumerate() {
                    let dear = if number > 0 && year < dice.below(6) { 4 } else { 0 };
                    costs.iter_mut().for_each(|cost| *cost = 30 + dear + dice.below(5) as i64);
                    // Payers have their own pence, or all the same ones.
                    if dice.falls(0.5) {
                        *costs = [costs[0]; PAYERS];
                    }
                    draws[model.real(year)].copy_from_slice(&costs.map(Pence));
                }
            }
            let present =
                PresentCosts::of(&model, rate, Priced { draws: &draws, principal: &draws[0] }, Quantities::default());
            library.push((format!("option {number}"), kind, present));
            own.push((kind, discount(&reals, rate)));
        }
        compare_appraisals(&appraise(&library), &library, &own);
    }
}

/// Amounts above and below 0, small and large; shares of which remainders are often equal.
#[test]
fn pence_are_split_by_largest_remainders() {
    let (mut dice, settled) = (Dice(200_000), Settled::default());
    for _ in 0..20_000 {
        let most = *dice.pick(&[10.0, 1e4, 1e10]);
        let (whole, shares) = ((most * (2.0 * dice.uniform() - 1.0)) as i64, dice.shares());
        settled.settle_parts(whole, shares, &Pence(whole).split(shares), "parts");
    }
    assert_eq!(Pence(-7).split([0.0; PAYERS]), [Pence(-7), Pence(0), Pence(0), Pence(0), Pence(0)]);
}
