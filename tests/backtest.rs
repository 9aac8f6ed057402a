//! From January 2024, with nothing known later, to the stock published for January 2025.
//!
//! One origin of one area proves nothing about intervals; it holds the code to the promise that a
//! forecast from an earlier base sees no later figure, and shows by setting how near it comes.

use std::path::Path;

use needscast::domain::observation::Measure as Observed;
use needscast::domain::world::World;
use needscast::engine::batch::{Workers, run_principal, run_shard};
use needscast::engine::calibration::prepare;
use needscast::engine::layout::Layout;
use needscast::fit::estimate::fit_rates;
use needscast::input::area_folder::{Overrides, read_area_folder};
use needscast::scenario::effects::YearEffects;
use needscast::summary::figures::{Figure, Outcome, summarise_scenario};
use needscast::summary::series::{AgeKey, Measure, Series};

fn world_of(base_year: u16) -> World {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/somerset");
    let overrides = Overrides { base_year: Some(base_year), years: Some(1) };
    read_area_folder(&folder, overrides).unwrap_or_else(|problems| panic!("{problems}")).world
}

/// Plans of January 2025 by setting (`None`: all), forecast from January 2024.
fn forecast(world: &World) -> Vec<Figure> {
    let workers = Workers::new(2).expect("two threads");
    let prepared = prepare(&workers, &fit_rates(world).expect("can be fitted").rates).expect("balanced");
    let effects = vec![YearEffects::default()];
    let draws = run_shard(&workers, &prepared, &effects, 1, 1..1001, &|| ()).expect("balanced");
    let principal = run_principal(&prepared, &effects).expect("balanced");
    let outcome = Outcome { draws: &draws, principal: &principal };
    let series = Series { layout: Layout::of(&prepared), base: 2024, places: None, services: None, timeliness: None };
    let figures = summarise_scenario(&workers, "baseline", series, outcome, None).figures;
    let of_2025 = |f: &Figure| {
        f.keys.measure == Measure::Plans && f.keys.year == 2025 && f.keys.need.is_none() && f.keys.age == AgeKey::All
    };
    figures.into_iter().filter(of_2025).collect()
}

#[test]
fn all_plans_of_2025_lie_in_the_80_per_cent_interval_from_2024() {
    let world = world_of(2024);
    // The outturn is in the folder, but out of the fit's sight.
    let actual = world.evidence.observations.total(Observed::Plans, 2025).expect("published");
    assert_eq!(actual, 5725.0);
    let figures = forecast(&world);
    let all = figures.iter().find(|f| f.keys.setting.is_none()).expect("a total");
    let (p10, p90) = (all.spread.quantiles[1], all.spread.quantiles[5]);
    println!("all plans: principal {:.0}, 80 % {p10:.0} to {p90:.0}, outturn {actual}", all.principal);
    assert!(p10 <= actual && actual <= p90);
    assert!((all.principal / actual - 1.0).abs() < 0.05, "principal {}", all.principal);
}

#[test]
fn each_setting_with_a_hundred_plans_is_forecast_within_a_third() {
    let world = world_of(2024);
    let settings = world.settings.count();
    let actual = world.evidence.observations.by_setting(Observed::Plans, 2025, settings).expect("published");
    for figure in forecast(&world) {
        let Some(setting) = figure.keys.setting else { continue };
        let name = &world.settings.iter().nth(setting).expect("in the list").code;
        println!("{name}: principal {:.0}, outturn {}", figure.principal, actual[setting]);
        if actual[setting] >= 100.0 {
            assert!((figure.principal / actual[setting] - 1.0).abs() < 1.0 / 3.0 + 0.01, "{name}");
        }
    }
}

#[test]
fn later_figures_do_not_reach_the_fit() {
    let world = world_of(2024);
    let mut blind = world.clone();
    for evidence in std::iter::once(&mut blind.evidence).chain(&mut blind.reference) {
        evidence.observations = evidence.observations.known_by(world.base);
        evidence.population.estimates.retain(|year, _| *year < 2024);
    }
    blind.panel = world.panel.as_ref().map(|panel| panel.known_by(2024));
    assert!(blind.panel.as_ref().is_some_and(|panel| panel.last() == 2024));
    let (seeing, blind) = (fit_rates(&world).expect("can be fitted"), fit_rates(&blind).expect("can be fitted"));
    assert_eq!(seeing.rates, blind.rates);
}
