//! Support for pupils on SEN support: how far it lowers new plans, when, and what a scenario file may say.

use std::path::Path;
use std::sync::OnceLock;

use needscast::domain::age_group::AgeSpan;
use needscast::domain::need::Need;
use needscast::domain::rates::Rates;
use needscast::domain::service::Estimate;
use needscast::engine::batch::{Workers, run_principal, run_shard};
use needscast::engine::layout::{Flow, Layout, Margin, SupportFlow, TIER_PUPILS};
use needscast::fit::estimate::fit_rates;
use needscast::input::area_folder::{Overrides, read_area_folder};
use needscast::model::parameters::Prepared;
use needscast::scenario::effects::{YearEffects, resolve_effects};
use needscast::scenario::lever::{Change, Lever, Reach, Scenario, Timing};
use needscast::units::Probability;

/// Somerset's rates, not brought to any outlook.
fn prepared() -> &'static Prepared {
    static PREPARED: OnceLock<Prepared> = OnceLock::new();
    PREPARED.get_or_init(|| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/somerset");
        let folder = read_area_folder(&folder, Overrides::default()).unwrap_or_else(|problems| panic!("{problems}"));
        Prepared::new(&fit_rates(&folder.world).expect("the area can be fitted").rates)
    })
}

fn rates() -> &'static Rates {
    prepared().rates()
}

/// An offer to a share of all pupils from 2026 on.
fn offer(reach: f64, effect: Estimate, lag_years: u16) -> Lever {
    Lever {
        change: Change::EarlySupport {
            reach: Probability::new(reach).expect("a share"),
            effect,
            lag_years,
            cost_per_pupil: 0.0,
        },
        reach: Reach::everyone(),
        timing: Timing { from: 2026, until: None, phase_in_years: 1 },
    }
}

fn effects(levers: Vec<Lever>) -> Vec<YearEffects> {
    let scenario = Scenario { levers, ..Scenario::baseline() };
    resolve_effects(&scenario, &rates().needs, rates().shape(), rates().base, prepared().years, None)
}

fn principal(levers: Vec<Lever>) -> Vec<f64> {
    run_principal(prepared(), &effects(levers)).expect("the books balance")
}

/// New plans of a year, in all or of a margin.
fn new_plans(row: &[f64], year: usize, margin: Margin) -> f64 {
    let layout = Layout::of(prepared());
    row[layout.flow(year, Flow::NewPlans).start + layout.margin(margin)]
}

/// By hand: three quarters of new plans come from SEN support; half the pupils are reached and each of them is a fifth
/// less likely to get a plan, so 0.75·0.5·0.2 = 7.5 % fewer new plans, two years after 2026.
#[test]
fn new_plans_fall_by_the_share_reached_times_the_effect_after_the_lag() {
    let support = rates().support.as_ref().expect("Somerset knows its SEN support");
    assert_eq!(support.from_support, 0.75);
    let (without, with) = (principal(Vec::new()), principal(vec![offer(0.5, Estimate::certain(0.2), 2)]));
    for year in 0..prepared().years {
        let share = new_plans(&with, year, Margin::Total) / new_plans(&without, year, Margin::Total);
        let expected = if year < 3 { 1.0 } else { 1.0 - 0.075 };
        assert!((share - expected).abs() < 1e-9, "{share} of the new plans of {}", 2025 + year);
    }
}

#[test]
fn only_the_ages_and_needs_of_the_offer_have_fewer_plans() {
    let ages = AgeSpan::parse("4-10").expect("a span");
    let mut narrow = offer(1.0, Estimate::certain(0.5), 0);
    narrow.reach = Reach { ages, needs: vec![Need::Slcn], settings: Vec::new() };
    let (without, with) = (principal(Vec::new()), principal(vec![narrow]));
    for (place, need) in rates().needs.iter().enumerate() {
        let (before, after) = (new_plans(&without, 3, Margin::Need(place)), new_plans(&with, 3, Margin::Need(place)));
        assert_eq!(after < before, need == Need::Slcn, "{need}: {before} and {after}");
    }
}

#[test]
fn an_uncertain_effect_keeps_its_mean_and_a_stronger_one_never_brings_more_plans() {
    let workers = Workers::new(2).expect("two threads");
    let futures = |effect: Estimate| {
        let effects = effects(vec![offer(1.0, effect, 0)]);
        run_shard(&workers, prepared(), &effects, 5, 1..401, &|| ()).expect("the books balance")
    };
    let layout = Layout::of(prepared());
    let sum = |row: &[u32], year: usize| row[layout.flow(year, Flow::NewPlans).start];
    let (weak, strong) = (futures(Estimate::certain(0.1)), futures(Estimate::certain(0.4)));
    for (weak, strong) in weak.rows().zip(strong.rows()) {
        assert!((1..10).all(|year| sum(strong, year) <= sum(weak, year)));
    }
    let spread = futures(Estimate::new(0.0, 0.2, 0.6).expect("in order"));
    let certain = futures(Estimate::certain(0.2));
    let total = |shard: &needscast::engine::batch::Shard| -> f64 {
        shard.rows().map(|row| (1..4).map(|year| f64::from(sum(row, year))).sum::<f64>()).sum()
    };
    let ratio = total(&spread) / total(&certain);
    // The effect's SD over futures is about 0.15 of 0.75, so 0.6 % of the mean over 400 futures.
    assert!((ratio - 1.0).abs() < 0.025, "{ratio}");
}

#[test]
fn fewer_plans_leave_more_pupils_on_sen_support() {
    let layout = Layout::of(prepared());
    let (without, with) = (principal(Vec::new()), principal(vec![offer(0.5, Estimate::certain(0.2), 0)]));
    let sum = |row: &[f64], range: std::ops::Range<usize>| row[range].iter().sum::<f64>();
    for year in 1..prepared().years {
        let to_plans = layout.support_flow(year, SupportFlow::Escalated);
        assert!(sum(&with, to_plans.clone()) < sum(&without, to_plans));
        let stock = layout.support_stock(year + 1);
        assert!(sum(&with, stock.clone()) > sum(&without, stock));
    }
}

/// Nobody on SEN support gets a plan where an offer reaches all and never fails; two such offers are one.
#[test]
fn an_offer_that_never_fails_ends_the_flow_from_sen_support_and_no_other() {
    let layout = Layout::of(prepared());
    let sure = || offer(1.0, Estimate::certain(1.0), 0);
    let without = principal(Vec::new());
    for levers in [vec![sure()], vec![sure(), sure()]] {
        let with = principal(levers);
        let to_plans: f64 = with[layout.support_flow(1, SupportFlow::Escalated)].iter().sum();
        assert_eq!(to_plans, 0.0);
        let share = new_plans(&with, 1, Margin::Total) / new_plans(&without, 1, Margin::Total);
        assert!((share - 0.25).abs() < 1e-9, "{share}");
    }
}

/// Half of all pupils for two years at 200 pounds each. What the second year did shows in the third, when nobody has the
/// offer any more.
#[test]
fn an_offer_costs_while_it_lasts_and_works_a_lag_longer() {
    let mut lever = offer(0.5, Estimate::certain(0.2), 1);
    lever.timing.until = Some(2027);
    if let Change::EarlySupport { cost_per_pupil, .. } = &mut lever.change {
        *cost_per_pupil = 200.0;
    }
    let (row, layout) = (principal(vec![lever]), Layout::of(prepared()));
    let baseline = principal(Vec::new());
    let opening = |year: usize| row[layout.support_stock(year)].iter().sum::<f64>();
    for (year, reached) in [(0, 0.0), (1, 0.5), (2, 0.5), (3, 0.0)] {
        let [pupils, cost] = row[layout.offers(year)] else { panic!("two figures") };
        assert!((pupils / TIER_PUPILS - reached * opening(year)).abs() < 1e-6, "{pupils} pupils in year {year}");
        assert!((cost - 200.0 * reached * opening(year)).abs() < 1e-6, "{cost} pounds in year {year}");
    }
    let fall = |year| 1.0 - new_plans(&row, year, Margin::Total) / new_plans(&baseline, year, Margin::Total);
    for (year, expected) in [(1, 0.0), (2, 0.075), (3, 0.075), (4, 0.0)] {
        assert!((fall(year) - expected).abs() < 1e-9, "{} less in year {year}", fall(year));
    }
}
