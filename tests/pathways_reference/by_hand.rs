//! Services in stages worked by hand, among round numbers.

use needscast::domain::need::Need;
use needscast::domain::rates::Rates;
use needscast::domain::service::{Basis, Driver, Serve, Service};
use needscast::engine::layout::{Flow, Layout, LineFigure, Margin};
use needscast::scenario::lever::Timing;
use needscast::scenario::service_lever::{DriverChange, ServiceLever};

use LineFigure::{Delivered, Demanded, Diagnosed, List, MeanWait, Served, Waiting};

use crate::lines::assert_close;
use crate::services_world::{
    AGES, BASE, Dice, SETTINGS, YEARS, area, driver, grade, rows, season, service, with_levers,
};
use crate::stages::{after, change, factor, figure, from, growing, layout_of, outcome, principal, staff, triage};

/// 100 residents and 10 new plans at each age but 25: 4 of speech, 6 of autism; for each plan half an assessment
/// without one and one request without an assessment. In a year 250 plans, 375 assessments, 625 requests.
pub fn round_numbers() -> Rates {
    let mut rates = area();
    rates.population.years.iter_mut().for_each(|ages| *ages = [100.0; AGES]);
    let joiners = &mut rates.joiners;
    joiners.rate.fill(0.1);
    joiners.growth = 0.0;
    joiners.mix.indexed_iter_mut().for_each(|((_, need, _), share)| *share = [0.4, 0.6][need] / SETTINGS as f64);
    joiners.assessed_only.fill(0.5);
    joiners.not_assessed.fill(1.0);
    rates.support = None;
    assert_eq!(rates.needs.index(Need::Asd), Some(1));
    rates
}

/// So many referrals a year.
pub fn referrals(cases: f64, hours: f64) -> Driver {
    driver("referrals", Basis::Population, Serve::Queue, 1, cases / 2600.0, hours)
}

pub fn team(id: &str, drivers: Vec<Driver>, hours: f64) -> Service {
    service(id, drivers, vec![grade("staff", 1.0, hours)])
}

/// The principal projection of services among round numbers.
struct Hand {
    layout: Layout,
    row: Vec<f64>,
}

impl Hand {
    fn run(services: &[Service], levers: Vec<ServiceLever>) -> Hand {
        let rates = round_numbers();
        Hand { layout: layout_of(&rates, services), row: principal(&rates, services, &with_levers(levers)) }
    }

    fn told(&self, year: usize, line: usize, which: LineFigure) -> f64 {
        figure(self.layout, &self.row, year, line, which)
    }

    fn is(&self, year: usize, line: usize, which: LineFigure, expected: f64) {
        let found = self.told(year, line, which);
        assert_close(found, expected, 1e-9, &format!("{} of service {line} in year {year}", which.name()));
    }

    /// New plans of speech and of autism.
    fn plans(&self, year: usize, expected: [f64; 2]) {
        for (need, expected) in expected.into_iter().enumerate() {
            let found = self.row[self.layout.flow(year, Flow::NewPlans)][self.layout.margin(Margin::Need(need))];
            assert_close(found, expected, 1e-9, &format!("new plans of need {need} in year {year}"));
        }
    }
}

/// Of 1,200 referrals of an hour 600 are served. Half of those served come further, of two hours each; of 375
/// assessments as many as of the referrals; of 80 % of 250 plans too.
#[test]
fn cases_come_as_the_list_before_serves_them_by_hand() {
    let next = |of, uptake, hours| vec![after("first", driver("next", of, Serve::Queue, 1, uptake, hours))];
    let services = [
        team("first", vec![referrals(1200.0, 1.0)], 600.0),
        team("served", next(Basis::Served, 0.5, 2.0), 1e5),
        team("assessments", next(Basis::Assessments, 1.0, 1.0), 1e5),
        team("plans", next(Basis::NewPlans, 0.8, 3.0), 1e5),
    ];
    let hand = Hand::run(&services, Vec::new());
    for year in 0..YEARS {
        hand.is(year, 0, Served, 600.0);
        hand.is(year, 0, List, 600.0 * (year + 1) as f64);
        for (line, cases, hours) in [(1, 300.0, 600.0), (2, 187.5, 187.5), (3, 100.0, 300.0)] {
            hand.is(year, line, Served, cases);
            hand.is(year, line, Demanded, hours);
        }
    }
    // With 1,800 hours and 120 who wait at the start, 1,320 are served in the first year, and 1,200 in the next.
    let mut plenty = services.clone();
    plenty[0] = Service { list_at_start: 120.0, ..team("first", vec![referrals(1200.0, 1.0)], 1800.0) };
    let hand = Hand::run(&plenty, Vec::new());
    for (year, served) in [(0, 1320.0), (1, 1200.0)] {
        hand.is(year, 0, Served, served);
        hand.is(year, 1, Served, 0.5 * served);
        hand.is(year, 2, Served, 375.0 * served / 1200.0);
        hand.is(year, 3, Served, 200.0 * served / 1200.0);
    }
    // Nobody comes to the first list: assessments and plans come as they would without it.
    let mut nobody = services;
    nobody[0] = team("first", vec![referrals(0.0, 1.0)], 600.0);
    let hand = Hand::run(&nobody, Vec::new());
    for (line, served) in [(0, 0.0), (1, 0.0), (2, 375.0), (3, 200.0)] {
        hand.is(1, line, Served, served);
    }
}

/// The list of a second stage came at the pace of its first year: 600 from the first stage and 600 of its own, so that
/// 200 took two months. As many are served as come: all wait two months.
#[test]
fn the_list_of_a_later_stage_came_at_the_pace_of_what_it_is_passed_by_hand() {
    let passed = after("first", driver("passed", Basis::Served, Serve::Queue, 1, 1.0, 3.0));
    let second = team("second", vec![passed, referrals(600.0, 3.0)], 3600.0);
    let services = [team("first", vec![referrals(1200.0, 1.0)], 600.0), Service { list_at_start: 200.0, ..second }];
    let hand = Hand::run(&services, Vec::new());
    for year in 0..YEARS {
        hand.is(year, 1, List, 200.0);
        hand.is(year, 1, Waiting, 600.0);
        hand.is(year, 1, MeanWait, 2.0 * 365.25 / 7.0 / 12.0);
    }
}

/// 120 cases of 10 hours come a month; triage takes an hour of each and keeps half. Of 500 hours it takes 120, and the
/// list 380 of the 600 that come to it. Of 60 hours it takes all, and reaches half: 90 cases go on the list.
#[test]
fn triage_and_the_diagnosed_by_hand() {
    let all = |hours: f64, diagnosed: f64, timing: Timing| {
        let assess = team("assess", vec![referrals(1440.0, 10.0)], hours);
        let services = [Service { outcome: Some(outcome(diagnosed, "0-25", 0.0, 0.0)), ..assess }];
        Hand::run(&services, vec![triage("assess", timing, 1.0, 0.5)])
    };
    let hand = all(6000.0, 0.3, from(BASE, 1));
    hand.is(0, 0, Demanded, 12.0 * (120.0 + 600.0));
    hand.is(0, 0, Delivered, 6000.0);
    hand.is(0, 0, Served, 12.0 * 38.0);
    hand.is(0, 0, List, 12.0 * (60.0 - 38.0));
    hand.is(0, 0, Waiting, 12.0 * 220.0);
    // 0.3 of all are 0.6 of those who are kept; 0.6 of all would be more than there are.
    hand.is(0, 0, Diagnosed, 0.6 * 456.0);
    all(6000.0, 0.6, from(BASE, 1)).is(0, 0, Diagnosed, 456.0);
    let hand = all(720.0, 0.3, from(BASE, 1));
    hand.is(0, 0, Demanded, 12.0 * (60.0 + 900.0));
    hand.is(0, 0, Delivered, 720.0);
    hand.is(0, 0, Served, 0.0);
    hand.is(0, 0, List, 12.0 * 90.0);
    // Half in force: an hour for 60 of them, 30 of whom go; and not yet in force.
    let hand = all(6000.0, 0.3, from(BASE, 2));
    hand.is(0, 0, Demanded, 12.0 * (60.0 + 900.0));
    hand.is(0, 0, Served, 12.0 * 44.0);
    hand.is(0, 0, Diagnosed, 12.0 * 44.0 * 0.3 / 0.75);
    let hand = all(6000.0, 0.3, from(BASE + 1, 1));
    hand.is(0, 0, Demanded, 14400.0);
    hand.is(0, 0, Diagnosed, 600.0 * 0.3);
}

/// All who come from the second year on are turned away: what is left of 600 hours serves those of the year before.
#[test]
fn a_service_that_does_not_diagnose_has_no_diagnosed_even_if_triage_turns_all_away() {
    let services = [team("assess", vec![referrals(120.0, 10.0)], 600.0)];
    let hand = Hand::run(&services, vec![triage("assess", from(BASE + 1, 1), 0.1, 0.0)]);
    hand.is(1, 0, Served, 58.8);
    hand.is(1, 0, Diagnosed, 0.0);
}

/// Triage takes all hours of the first service from the second year on, so that nobody comes to the second any more;
/// those who came stand for 375 assessments in as many parts as there were referrals.
#[test]
fn nobody_comes_further_where_triage_leaves_no_hours_to_the_list_before() {
    for seed in 0..40 {
        let mut dice = Dice(seed);
        let cases = dice.between(50.0, 500.0);
        let passed = after("first", driver("passed", Basis::Served, Serve::Queue, 1, 1.0, 1.0));
        let counted = after("second", driver("counted", Basis::Assessments, Serve::Queue, 1, 1.0, 1.0));
        let first = team("first", vec![referrals(cases, 2.0)], dice.between(50.0, 400.0));
        let services = [
            Service { arrivals: season(seed + 100), capacity: season(seed + 200), ..first },
            team("second", vec![passed], dice.between(10.0, 200.0)),
            team("third", vec![counted], 1e6),
        ];
        let hand = Hand::run(&services, vec![triage("first", from(BASE + 1, 1), dice.between(90.0, 200.0), 0.9)]);
        for year in 0..YEARS {
            hand.is(year, 2, Demanded, hand.told(year, 1, Served) * 375.0 / cases);
            if year > 0 {
                hand.is(year, 0, Served, 0.0);
                hand.is(year, 1, Demanded, 0.0);
            }
        }
    }
}

/// Of 1,200 referrals a first look keeps half, who stand for all: 375 assessments and as many diagnoses come of them.
/// Of 300 of them, who stand for 600, no more than all can be diagnosed.
#[test]
fn those_whom_triage_keeps_stand_for_all_by_hand() {
    let run = |diagnosed: f64| {
        let passed = after("first", driver("passed", Basis::Served, Serve::Queue, 1, 0.5, 1.0));
        let counted = after("assess", driver("counted", Basis::Assessments, Serve::Queue, 1, 0.8, 1.0));
        let assess = team("assess", vec![passed], 1e5);
        let services = [
            team("first", vec![referrals(1200.0, 1.0)], 1e5),
            Service { outcome: Some(outcome(diagnosed, "0-25", 0.0, 0.0)), ..assess },
            team("advice", vec![counted], 1e5),
        ];
        Hand::run(&services, vec![triage("first", from(BASE, 1), 0.1, 0.5)])
    };
    let hand = run(0.3);
    for (line, served) in [(0, 600.0), (1, 300.0), (2, 300.0)] {
        hand.is(0, line, Served, served);
    }
    hand.is(0, 1, Diagnosed, 180.0);
    run(0.7).is(0, 1, Diagnosed, 300.0);
}

/// Nobody has time in the first year. In the second all come of whom assessments were made in both, once each.
#[test]
fn assessments_wait_with_the_cases_that_stand_for_them_by_hand() {
    let counted =
        |after_list: &str| after(after_list, driver("counted", Basis::Assessments, Serve::Queue, 1, 1.0, 1.0));
    let services = [
        Service { list_at_start: 40.0, ..team("first", vec![referrals(1200.0, 1.0)], 0.0) },
        team("second", vec![counted("first")], 1e5),
        team("third", vec![counted("second")], 1e5),
    ];
    let bought = ServiceLever::Bought { service: "first".to_string(), timing: from(BASE + 1, 1), hours: 1e5 };
    let hand = Hand::run(&services, vec![bought]);
    for (year, cases) in [(0, 0.0), (1, 750.0 + 375.0 * 40.0 / 1200.0), (2, 375.0), (3, 375.0)] {
        hand.is(year, 1, Served, cases);
        hand.is(year, 2, Served, cases);
    }
}

/// Decisions on 625 requests take 500 of 1,200 hours beside 125 bought, drafts of 250 plans 500 more; 200 are left.
#[test]
fn guests_have_the_first_call_on_staff_by_hand() {
    let guest = |id: &str, of, hours: f64, bought_hours: f64| {
        let work = vec![driver("work", of, Serve::Queue, 1, 1.0, hours)];
        Service { staff_of: Some("officers".to_string()), bought_hours, ..service(id, work, Vec::new()) }
    };
    let services = [
        guest("decisions", Basis::Requests, 1.0, 125.0),
        guest("drafts", Basis::NewPlans, 2.0, 0.0),
        Service { bought_hours: 30.0, ..team("officers", vec![referrals(1000.0, 1.0)], 1200.0) },
    ];
    let hand = Hand::run(&services, Vec::new());
    for (line, capacity, staff, needed) in
        [(0, 625.0, 500.0, 500.0), (1, 500.0, 500.0, 500.0), (2, 230.0, 200.0, 970.0)]
    {
        hand.is(0, line, LineFigure::Capacity, capacity);
        hand.is(0, line, Delivered, capacity);
        hand.is(0, line, LineFigure::InPost, staff / 1200.0);
        hand.is(0, line, LineFigure::Needed, needed / 1200.0);
    }
    hand.is(0, 2, List, 770.0);
}

/// Two kinds of cases take no hours but those of triage: 1,800, of which each kind has half.
#[test]
fn hours_of_triage_are_told_of_all_kinds_alike_where_cases_take_none_by_hand() {
    let twice = Driver { id: "more".to_string(), ..referrals(1200.0, 0.0) };
    let services = [team("assess", vec![referrals(600.0, 0.0), twice], 1e5)];
    let hand = Hand::run(&services, vec![triage("assess", from(BASE, 1), 1.0, 0.5)]);
    hand.is(0, 0, Demanded, 1800.0);
    for hours in &hand.row[hand.layout.driver_hours(0)] {
        assert_close(hours / 10.0, 900.0, 1e-9, "hours of a driver, demanded and delivered");
    }
}

/// Nobody comes in the first year, for want of staff: five cases of six hours are there all the same.
#[test]
fn a_list_at_the_start_has_the_hours_of_its_cases_even_if_nobody_comes_in_the_first_year() {
    let passed = after("first", driver("passed", Basis::Served, Serve::Queue, 1, 1.0, 6.0));
    let second = Service { list_at_start: 5.0, ..team("second", vec![passed], 12.0) };
    let hand = Hand::run(&[team("first", vec![referrals(120.0, 1.0)], 0.0), second], Vec::new());
    hand.is(0, 1, List, 3.0);
    hand.is(0, 1, Waiting, 18.0);
}

/// Ten more diagnoses, a half of which make a plan of autism and a fifth of which rename one: at ages 5 to 9 with 30
/// new plans of autism and 20 of speech a year, 37 and 18.
#[test]
fn diagnoses_change_the_plans_of_the_next_year_by_hand() {
    let run = |diagnosed: f64, ages: &str, multiply: f64| {
        let assess = team("assess", vec![referrals(100.0, 1.0)], 1e6);
        let services = [Service { outcome: Some(outcome(diagnosed, ages, 0.5, 0.2)), ..assess }];
        let multiply = DriverChange::Uptake { multiply: factor(multiply) };
        let first_year = Timing { from: BASE, until: Some(BASE), phase_in_years: 1 };
        Hand::run(&services, vec![change("assess", "referrals", first_year, multiply)])
    };
    let hand = run(0.1, "5-9", 2.0);
    hand.is(0, 0, Diagnosed, 20.0);
    for (year, plans) in [(0, [100.0, 150.0]), (1, [98.0, 157.0]), (2, [100.0, 150.0])] {
        hand.plans(year, plans);
        let all = plans[0] + plans[1];
        for (flow, expected) in [(Flow::Assessments, 1.5 * all), (Flow::Requests, 2.5 * all)] {
            let found = hand.row[hand.layout.flow(year, flow)][0];
            assert_close(found, expected, 1e-9, flow.name());
        }
    }
    // Fewer diagnoses the other way round; at ages 24 and 25 nobody joins after the first.
    run(0.1, "5-9", 0.0).plans(1, [102.0, 143.0]);
    run(0.05, "24-25", 2.0).plans(1, [99.0, 153.5]);
    // No more than five times as many, and no fewer than none. Of 400 more diagnoses 80 would rename 20 plans: 200 and
    // 20 more plans are 120, in which the 20 have their part; of 100 fewer, 50 and 20 fewer plans are 30.
    run(1.0, "5-9", 5.0).plans(1, [100.0 - 20.0 * 120.0 / 220.0, 270.0]);
    run(1.0, "5-9", 0.0).plans(1, [100.0 + 20.0 * 30.0 / 70.0, 120.0]);
}

/// 1,200 come a year and 600 are served; from the second year on there are hours for 2,400, so that 1,800 are served
/// in it and 1,200 in the next. One in a hundred is diagnosed: twelve more in the second year, six in the third.
#[test]
fn diagnoses_are_compared_with_lists_of_their_own_from_the_base_census_on_by_hand() {
    let first = team("first", vec![referrals(1200.0, 1.0)], 600.0);
    let passed = after("first", driver("passed", Basis::Served, Serve::Queue, 1, 1.0, 1.0));
    let assess = Service { outcome: Some(outcome(0.01, "5-9", 0.5, 0.2)), ..team("assess", vec![passed], 1e5) };
    let hand = Hand::run(&[first, assess], vec![staff("first", BASE + 1, 3.0)]);
    for (year, served, plans) in [
        (0, 600.0, [100.0, 150.0]),
        (1, 1800.0, [100.0, 150.0]),
        (2, 1200.0, [97.6, 158.4]),
        (3, 1200.0, [98.8, 154.2]),
    ] {
        hand.is(year, 1, Served, served);
        hand.is(year, 1, Diagnosed, 0.01 * served);
        hand.plans(year, plans);
    }
}

/// Of 250 refusals a fifth, and of 250 plans a twentieth, are appealed against.
#[test]
fn appeals_and_trends_by_hand() {
    let appeals = driver("appeals", Basis::Appeals, Serve::Ongoing, 1, 0.4, 10.0);
    let grown = Driver { id: "grown".to_string(), ..growing(1.1, appeals.clone()) };
    let hand = Hand::run(&[team("mediation", vec![appeals, grown], 1e5)], Vec::new());
    for year in 0..YEARS {
        assert_close(hand.row[hand.layout.events(year)][1] / 10.0, 62.5, 1e-9, "appeals");
        hand.is(year, 0, Demanded, 250.0 * (1.0 + 1.1_f64.powi(year as i32)));
    }
}

/// All 20 plans of others are renamed: no more of them are expected, and none come in drawn futures.
#[test]
fn nobody_else_has_a_plan_where_all_are_renamed_by_hand() {
    for more in 23..60 {
        let assess = team("assess", vec![referrals(100.0, 1.0)], 1e6);
        let services = [Service { outcome: Some(outcome(1.0, "5-9", 0.1, 0.9)), ..assess }];
        let first_year = Timing { from: BASE, until: Some(BASE), phase_in_years: 1 };
        let multiply = DriverChange::Uptake { multiply: factor(1.0 + f64::from(more) / 100.0) };
        let levers = vec![change("assess", "referrals", first_year, multiply)];
        Hand::run(&services, levers.clone()).plans(1, [80.0, 170.0 + 0.1 * f64::from(more)]);
        assert_eq!(rows(&round_numbers(), &services, &with_levers(levers), 6, 2).len(), 2);
    }
}
