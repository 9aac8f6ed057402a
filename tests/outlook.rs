//! An area's futures follow the growth learnt from many areas: its principal projection meets the
//! outlook, its intervals have the size of past errors, and without a panel nothing is changed.

use std::path::Path;

use needscast::domain::rates::Rates;
use needscast::engine::batch::{Workers, run_principal, run_shard};
use needscast::engine::calibration::prepare;
use needscast::engine::layout::Layout;
use needscast::fit::estimate::fit_rates;
use needscast::input::area_folder::{Overrides, read_area_folder};
use needscast::model::parameters::{JoinerSpread, Prepared};
use needscast::scenario::effects::YearEffects;

fn somerset() -> Rates {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/somerset");
    let folder = read_area_folder(&folder, Overrides::default()).unwrap_or_else(|problems| panic!("{problems}"));
    fit_rates(&folder.world).expect("the area can be fitted").rates
}

fn totals<T: Copy + Into<f64>>(prepared: &Prepared, row: &[T]) -> Vec<f64> {
    let layout = Layout::of(prepared);
    (1..=prepared.years).map(|census| row[layout.stock_groups(census)].iter().map(|n| (*n).into()).sum()).collect()
}

fn principal(prepared: &Prepared) -> Vec<f64> {
    let effects = vec![YearEffects::default(); prepared.years];
    totals(prepared, &run_principal(prepared, &effects).expect("balanced"))
}

#[test]
fn the_principal_projection_meets_the_outlook() {
    let rates = somerset();
    let outlook = rates.outlook.clone().expect("data/england has a panel");
    assert_eq!((outlook.all.plans.len(), outlook.all.half_width.len()), (5, 5));
    let prepared = prepare(&Workers::new(2).expect("threads"), &rates).expect("balanced");
    let own = principal(&Prepared::new(&rates));
    for (year, ((found, own), panel)) in principal(&prepared).iter().zip(&own).zip(&outlook.all.plans).enumerate() {
        let target = target(*own, *panel);
        assert!((found / target - 1.0).abs() < 1e-9, "year {year}: {found}, not {target}");
    }
    // The multiplier of the last year of the outlook stays.
    assert_eq!(prepared.new_plan_path[5..], [prepared.new_plan_path[4]; 5]);
}

#[test]
fn a_figure_does_not_depend_on_how_far_the_forecast_goes() {
    let workers = Workers::new(2).expect("threads");
    let futures = |years: usize| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/somerset");
        let overrides = Overrides { years: Some(years), ..Overrides::default() };
        let folder = read_area_folder(&folder, overrides).unwrap_or_else(|problems| panic!("{problems}"));
        let rates = fit_rates(&folder.world).expect("the area can be fitted").rates;
        let prepared = prepare(&workers, &rates).expect("balanced");
        assert_eq!(prepared.years, years);
        let effects = vec![YearEffects::default(); years];
        let draws = run_shard(&workers, &prepared, &effects, 4, 1..21, &|| ()).expect("balanced");
        draws.rows().map(|row| totals(&prepared, row)[0]).collect::<Vec<f64>>()
    };
    let ten = futures(10);
    for years in [1, 3] {
        assert_eq!(futures(years), ten, "{years} years");
    }
}

/// Plans of a principal projection by setting, a year after another.
fn by_setting(prepared: &Prepared) -> Vec<Vec<f64>> {
    let effects = vec![YearEffects::default(); prepared.years];
    let row = run_principal(prepared, &effects).expect("balanced");
    let layout = Layout::of(prepared);
    let held = |census: usize, setting: usize| {
        row[layout.stock_ages(census)].iter().skip(setting).step_by(prepared.shape.settings).sum::<f64>()
    };
    (1..=prepared.years).map(|census| (0..prepared.shape.settings).map(|s| held(census, s)).collect()).collect()
}

#[test]
fn settings_stand_three_quarters_of_the_way_to_their_outlook() {
    let rates = somerset();
    let outlook = rates.outlook.clone().expect("data/england has a panel");
    let prepared = prepare(&Workers::new(2).expect("threads"), &rates).expect("balanced");
    let own = by_setting(&Prepared::new(&rates));
    let mut followed = 0;
    for (year, found) in by_setting(&prepared).iter().take(5).enumerate() {
        let total: f64 = found.iter().sum();
        let scale = total / own[year].iter().sum::<f64>();
        let wanted = |setting: usize| {
            let own = own[year][setting] * scale;
            outlook.settings[setting].as_ref().map_or(own, |path| own.powf(0.25) * path.plans[year].powf(0.75))
        };
        let all: f64 = (0..found.len()).map(wanted).sum();
        for (setting, found) in found.iter().enumerate() {
            let target = wanted(setting) * total / all;
            println!("year {year} setting {setting}: {found:.1}, target {target:.1}");
            assert!(
                (found - target).abs() < 0.02 * target + 1.0,
                "year {year} setting {setting}: {found}, not {target}"
            );
            followed += usize::from(outlook.settings[setting].is_some());
        }
    }
    // Seven settings of the panel, five years.
    assert_eq!(followed, 35);
}

#[test]
fn steering_adds_and_loses_nobody() {
    let rates = somerset();
    let prepared = prepare(&Workers::new(2).expect("threads"), &rates).expect("balanced");
    let mut alone = prepared.clone();
    alone.steering.fill(None);
    // All plans of the first year, whose leavers no steering can have changed.
    let first = |prepared: &Prepared| principal(prepared)[0];
    assert!((first(&prepared) / first(&alone) - 1.0).abs() < 1e-12);
    assert!(prepared.steering[0].as_ref().expect("steered").away().iter().any(|away| *away > 0.0));
    // Those of the last year of the outlook stay.
    assert_eq!(prepared.steering[4], prepared.steering[9]);
}

/// Half-way, in logs, between the area's own projection and growth learnt from many areas.
fn target(own: f64, panel: f64) -> f64 {
    (own * panel).sqrt()
}

#[test]
fn intervals_have_the_size_of_past_errors() {
    let rates = somerset();
    let outlook = rates.outlook.clone().expect("data/england has a panel");
    let workers = Workers::new(2).expect("threads");
    let prepared = prepare(&workers, &rates).expect("balanced");
    let effects = vec![YearEffects::default(); prepared.years];
    let draws = run_shard(&workers, &prepared, &effects, 4, 1..1001, &|| ()).expect("balanced");
    let futures: Vec<Vec<f64>> = draws.rows().map(|row| totals(&prepared, row)).collect();
    let mut ratio = 0.0;
    for (year, wanted) in outlook.all.half_width.iter().enumerate() {
        let mut plans: Vec<f64> = futures.iter().map(|totals| totals[year]).collect();
        plans.sort_by(f64::total_cmp);
        let half = 0.5 * (plans[900] / plans[100]).ln();
        println!("{} years ahead: half the interval {half:.3}, past errors {wanted:.3}", year + 1);
        // The shape over the years is the model's own; one factor sets the size.
        assert!((half / wanted - 1.0).abs() < 0.35, "year {year}: {half}, not {wanted}");
        ratio += half / wanted / 5.0;
    }
    assert!((ratio - 1.0).abs() < 0.12, "{ratio}");
}

#[test]
fn without_an_outlook_rates_are_the_areas_own() {
    let mut rates = somerset();
    rates.outlook = None;
    let prepared = prepare(&Workers::new(1).expect("a thread"), &rates).expect("balanced");
    assert_eq!(principal(&prepared), principal(&Prepared::new(&rates)));
    assert_eq!(prepared.joiner_spread, JoinerSpread { level: 1.0, growth: 1.0 });
}
