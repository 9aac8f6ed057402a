//! Growth learnt from many areas: against an independent implementation, written in another
//! language from the equations in `fit::growth` and `fit::growth_error`, on a synthetic panel of
//! 16 areas that both build from the same whole-number arithmetic; and properties that must hold.

use ndarray::Array2;
use needscast::domain::panel::{ALL, Panel, PanelArea, PanelGroup};
use needscast::engine::backtest::{Origins, run_backtest};
use needscast::engine::batch::Workers;
use needscast::fit::growth::fit_growth;
use needscast::fit::growth_error::fit_error;

const AREAS: usize = 16;
const YEARS: usize = 16;
const FIRST: u16 = 2010;

/// From 0 to 1, the same in any language with whole numbers of 64 bits.
fn noise(area: usize, year: usize, kind: usize) -> f64 {
    let mixed = (area * 7919 + year * 104_729 + kind * 1_299_709 + 12_345) as u64 * 1_103_515_245 % (1 << 31);
    mixed as f64 / f64::from(1_u32 << 31)
}

/// SYNTHETIC: plans of 16 areas that grow by 4 to 14 % a year. Plans in the one setting fall for a
/// year in areas 3 and 5, as in a gap of recording, and for good in area 7.
fn panel(setting: &str) -> Panel {
    let whole = |value: f64| (value + 0.5).floor();
    let blank = Array2::from_elem((AREAS, YEARS), f64::NAN);
    let (mut all, mut new_plans, mut requests, mut residents) =
        (blank.clone(), blank.clone(), blank.clone(), blank.clone());
    let (mut held, mut placed) = (blank.clone(), blank);
    for area in 0..AREAS {
        let mut plans = 200.0 * (area + 2) as f64;
        for year in 0..YEARS {
            if year > 0 {
                plans = whole(plans * (1.04 + 0.1 * noise(area, year, 1)));
            }
            let at = [area, year];
            all[at] = plans;
            new_plans[at] = whole(plans * (0.1 + 0.1 * noise(area, year, 3)));
            if year >= 7 {
                requests[at] = whole(new_plans[at] * (1.2 + noise(area, year, 4)));
            }
            residents[at] = 10_000.0 * (area + 2) as f64;
            held[at] = whole(plans * (0.15 + 0.1 * noise(area, year, 2) * 0.3));
            placed[at] = whole(held[at] * (0.05 + 0.1 * noise(area, year, 5)));
        }
    }
    (6..YEARS).for_each(|year| held[[7, year]] = whole(held[[7, year]] * 0.15));
    held[[3, 9]] = whole(held[[3, 9]] * 0.1);
    held[[5, 11]] = whole(held[[5, 11]] * 0.2);
    Panel {
        first: FIRST,
        areas: (0..AREAS).map(|area| PanelArea { code: area.to_string(), name: format!("Area {area}") }).collect(),
        groups: vec![
            PanelGroup { setting: "all".into(), plans: all, new_plans },
            PanelGroup { setting: setting.into(), plans: held, new_plans: placed },
        ],
        requests,
        residents,
    }
}

/// Expected at origin 2021: slopes, share of a gap that comes back; and for areas 0 and 5, plans after
/// 1, 3 and 5 years and half the 80 % interval, in logs, after 1 and 3.
struct Expected {
    slopes: &'static [f64],
    gap_share: f64,
    areas: [([f64; 3], [f64; 2]); 2],
}

fn check(setting: &str, group: usize, expected: &Expected) {
    let known = panel(setting).known_by(2021);
    let growth = fit_growth(&known, group).expect("enough areas");
    for (slope, expected) in growth.slopes.iter().zip(expected.slopes) {
        assert!((slope - expected).abs() < 2e-9, "slopes {:?}", growth.slopes);
    }
    assert_eq!(growth.slopes.len(), expected.slopes.len());
    assert!((growth.gap_share - expected.gap_share).abs() < 1e-8, "gap share {}", growth.gap_share);
    let error = fit_error(&known, group).expect("enough origins");
    for (area, (plans, halves)) in [0, 5].into_iter().zip(expected.areas) {
        for (years, plans) in [1, 3, 5].into_iter().zip(plans) {
            let found = growth.plans(area, years);
            assert!((found / plans - 1.0).abs() < 1e-7, "area {area}, {years} years: {found}, not {plans}");
        }
        for (years, half) in [1, 3].into_iter().zip(halves) {
            let held = known.at(&known.groups[group].plans, 2021)[area];
            assert!((error.at(0.9, held, years) - half).abs() < 1e-7, "area {area}, {years} years");
            assert!((error.at(0.1, held, years) + half).abs() < 1e-7, "the interval is even");
        }
    }
}

#[test]
fn all_plans_as_the_independent_implementation() {
    check("state_special", ALL, &ALL_PLANS);
}

#[test]
fn state_special_as_the_independent_implementation() {
    check("state_special", 1, &STATE_SPECIAL);
}

#[test]
fn another_setting_as_the_independent_implementation() {
    check("independent_special", 1, &INDEPENDENT_SPECIAL);
}

const ALL_PLANS: Expected = Expected {
    slopes: &[-0.289_684_526, 0.005_793_302, 0.087_500_245],
    gap_share: 0.0,
    areas: [
        ([1_077.980_659, 1_277.892_185, 1_511.811_875], [0.026_900_666, 0.054_940_405]),
        ([3_741.170_453, 4_372.901_246, 5_139.413_986], [0.026_615_905, 0.054_358_824]),
    ],
};

const STATE_SPECIAL: Expected = Expected {
    slopes: &[-1.898_998_321, -0.429_327_040, 0.824_881_290],
    gap_share: 0.914_824_010,
    areas: [
        ([174.424_619, 208.084_811, 244.302_690], [0.117_663_987, 0.240_310_294]),
        ([250.121_593, 279.257_309, 317.388_066], [0.120_600_244, 0.246_307_139]),
    ],
};

const INDEPENDENT_SPECIAL: Expected = Expected {
    slopes: &[0.428_415_818],
    gap_share: 0.914_824_010,
    areas: [
        ([169.517_274, 195.478_010, 225.714_230], [0.190_385_881, 0.388_833_392]),
        ([270.954_427, 332.733_283, 396.225_240], [0.195_136_883, 0.398_536_571]),
    ],
};

#[test]
fn nothing_later_than_the_origin_has_a_say() {
    let mut later = panel("state_special");
    let columns = usize::from(2021 - FIRST) + 1;
    for series in [&mut later.requests, &mut later.residents] {
        series.slice_mut(ndarray::s![.., columns..]).fill(1e9);
    }
    for group in &mut later.groups {
        group.plans.slice_mut(ndarray::s![.., columns..]).fill(1.0);
        group.new_plans.slice_mut(ndarray::s![.., columns..]).fill(f64::NAN);
    }
    for group in [ALL, 1] {
        let [a, b] = [&panel("state_special"), &later].map(|panel| fit_growth(&panel.known_by(2021), group));
        assert_eq!(a.expect("fitted").log_plans(2, 4).to_bits(), b.expect("fitted").log_plans(2, 4).to_bits());
    }
}

#[test]
fn areas_ten_times_as_large_grow_alike() {
    let mut tenfold = panel("other");
    for group in &mut tenfold.groups {
        group.plans *= 10.0;
        group.new_plans *= 10.0;
    }
    tenfold.requests *= 10.0;
    tenfold.residents *= 10.0;
    let [small, large] = [&panel("other"), &tenfold].map(|p| fit_growth(&p.known_by(2022), ALL).expect("fitted"));
    for area in 0..AREAS {
        assert!((large.plans(area, 3) / small.plans(area, 3) - 10.0).abs() < 1e-6);
    }
}

#[test]
fn an_area_with_unknown_features_grows_as_the_median_one() {
    let mut panel = panel("other");
    for year in 0..YEARS {
        panel.groups[ALL].new_plans[[4, year]] = f64::NAN;
        panel.requests[[4, year]] = f64::NAN;
        panel.residents[[4, year]] = f64::NAN;
    }
    let growth = fit_growth(&panel.known_by(2022), ALL).expect("fitted");
    let held = panel.at(&panel.groups[ALL].plans, 2022)[4];
    let expected = held.ln() + growth.level + (growth.last - growth.level) * 0.3;
    assert!((growth.log_plans(4, 1) - expected).abs() < 1e-12);
}

#[test]
fn a_backtest_gives_the_same_for_any_number_of_threads_and_covers_what_it_should() {
    let panel = panel("state_special");
    let plan = Origins { origins: 2018..=2024, horizon: 5, replicates: 100, seed: 3 };
    let [one, four] =
        [1, 4].map(|threads| run_backtest(&Workers::new(threads).expect("threads"), &panel, &plan, &|| ()));
    assert_eq!(one, four);
    // Horizons 1 to 5 whose outturn is not after 2025: 5 + 5 + 5 + 4 + 3 + 2 + 1 per area and group.
    assert_eq!(one.len(), 2 * AREAS * 25);
    for forecast in &one {
        assert!(forecast.quantiles.is_sorted() && forecast.crps >= 0.0);
        assert!(forecast.quantiles[0] < forecast.principal && forecast.principal < forecast.quantiles[6]);
    }
}

#[test]
fn too_short_a_panel_is_not_fitted() {
    assert_eq!(fit_growth(&panel("other").known_by(2012), ALL), None);
    assert!(fit_growth(&panel("other").known_by(2013), ALL).is_some());
}
