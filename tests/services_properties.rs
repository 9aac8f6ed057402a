//! What holds for services whatever they are: random services, in futures drawn for each.

mod services_world;

use needscast::domain::age_group::AgeSpan;
use needscast::domain::assumption::{Assumption, AssumptionKey, Assumptions};
use needscast::domain::need::Need;
use needscast::domain::service::{
    AssessmentPart, Basis, Driver, Estimate, Grade, Month, Serve, Service, Tier, assessment_parts,
};
use needscast::engine::batch::{Workers, run_principal, run_shard};
use needscast::engine::layout::{Flow, Layout, LineFigure, Margin};
use needscast::scenario::lever::Scenario;
use needscast::scenario::service_lever::ServiceLever;
use needscast::summary::figures::Outcome;
use needscast::summary::series::Series;
use needscast::summary::service_series::stage_weeks;
use needscast::summary::timeliness::{Deadline, Future, Timeliness};

use LineFigure::{Capacity, Delivered, Demanded, List, Unmet, Waiting};
use services_world::{
    AGES, BASE, Dice, NEEDS, SETTINGS, YEARS, area, driver, engine, grade, new_plans, rows, season, service, services,
    setting, with_levers,
};

/// An estimate about a central value: certain, or with a range, however lopsided.
fn random_estimate(dice: &mut Dice, central: f64) -> Estimate {
    if dice.falls(0.4) {
        return Estimate::certain(central);
    }
    Estimate::new(central * dice.between(0.0, 1.0), central, central * dice.between(1.0, 3.0)).expect("in order")
}

fn pick<T: Copy>(dice: &mut Dice, of: &[T]) -> T {
    of[(dice.uniform() * of.len() as f64) as usize]
}

fn random_driver(dice: &mut Dice, id: &str, queue_priority: u8) -> Driver {
    let of = pick(dice, Basis::ALL);
    let serve = pick(dice, Serve::ALL);
    let priority = if serve == Serve::Queue { queue_priority } else { pick(dice, &[1, 2, 3]) };
    // Some 30 to 120 cases of each kind come in a year, or are looked after.
    let uptake = match of {
        Basis::Population => dice.between(0.003, 0.02),
        Basis::Plans | Basis::SenSupport => dice.between(0.05, 0.6),
        _ => dice.between(0.2, 1.0),
    };
    let hours = dice.between(0.5, 12.0);
    let ages = ["0-25", "3-4", "5-10", "0-15", "2-18"].map(|ages| AgeSpan::parse(ages).expect("a span of ages"));
    let plain = driver(id, of, serve, priority, uptake, hours);
    Driver {
        tier: dice.falls(0.7).then(|| pick(dice, Tier::ALL)),
        needs: if of.has_needs() && dice.falls(0.3) { vec![Need::Asd] } else { Vec::new() },
        ages: if of.has_ages() { pick(dice, &ages) } else { AgeSpan::ALL },
        settings: if of.has_settings() && dice.falls(0.3) { vec![setting("special")] } else { Vec::new() },
        uptake: random_estimate(dice, uptake),
        hours: random_estimate(dice, hours),
        group_size: pick(dice, &[1.0, 1.0, 4.0]),
        ..plain
    }
}

fn random_grade(dice: &mut Dice, id: &str) -> Grade {
    let hours = dice.between(200.0, 900.0);
    let month = |dice: &mut Dice| Month { year: pick(dice, &[2024, 2026, 2027]), month: pick(dice, &[0, 3, 8, 11]) };
    let mut months = [month(dice), month(dice)];
    months.sort();
    Grade {
        vacancy: dice.between(0.0, 0.3),
        absence: dice.between(0.0, 0.1),
        turnover: dice.between(0.0, 0.4),
        months_to_recruit: dice.falls(0.6).then(|| dice.between(0.5, 9.0)),
        establishment: months.map(|month| (month, dice.between(0.0, 1.2))).to_vec(),
        direct_hours: random_estimate(dice, hours),
        ..grade(id, 1.0, hours)
    }
}

/// All that queues has one priority.
fn random_service(dice: &mut Dice, id: &str) -> Service {
    let queue_priority = pick(dice, &[1, 2, 3]);
    let drivers = (0..1 + (dice.uniform() * 4.0) as usize)
        .map(|number| random_driver(dice, &format!("work_{number}"), queue_priority))
        .collect::<Vec<Driver>>();
    let grades = (0..1 + (dice.uniform() * 2.0) as usize)
        .map(|number| random_grade(dice, &format!("grade_{number}")))
        .collect::<Vec<Grade>>();
    let listed = if drivers.iter().any(|driver| driver.serve == Serve::Queue) { dice.between(0.0, 60.0) } else { 0.0 };
    let mut random_season = || season((dice.uniform() * 1e6) as u64);
    let (arrivals, capacity) = (random_season(), random_season());
    Service {
        standard_weeks: dice.falls(0.7).then(|| dice.between(2.0, 30.0)),
        list_at_start: listed,
        arrivals,
        capacity,
        bought_hours: if dice.falls(0.4) { dice.between(0.0, 200.0) } else { 0.0 },
        ..service(id, drivers, grades)
    }
}

fn random_services(dice: &mut Dice, count: usize) -> Vec<Service> {
    (0..count).map(|number| random_service(dice, &format!("service_{number}"))).collect()
}

fn layout_of(services: &[Service]) -> Layout {
    Layout::of(&engine(&area(), services, &Scenario::baseline()).0)
}

fn principal(services: &[Service], scenario: &Scenario) -> Vec<f64> {
    let (prepared, effects) = engine(&area(), services, scenario);
    run_principal(&prepared, &effects).expect("the books balance")
}

/// A row's figure of a service in a year, in its own units.
fn figure(layout: Layout, row: &[f64], year: usize, line: usize, figure: LineFigure) -> f64 {
    row[layout.line(year, line)][figure as usize] / figure.scale()
}

/// A row of whole tenths of an hour errs by half of one in each figure.
const HALF: f64 = 0.05;

/// In every year the hours that waited and those demanded are delivered, lapse or wait; no more are delivered than
/// there are; and those of the drivers add up to those of their service.
#[test]
fn hours_balance_each_year_and_none_are_given_that_there_are_not() {
    let rates = area();
    let mut dice = Dice(21);
    for round in 0..60 {
        let services = random_services(&mut dice, 3);
        let layout = layout_of(&services);
        let mut all = rows(&rates, &services, &Scenario::baseline(), round, 4);
        all.push(principal(&services, &Scenario::baseline()));
        for (replicate, row) in all.iter().enumerate() {
            let rounding = if replicate == 4 { 1e-7 } else { HALF };
            let mut first_driver = 0;
            for (line, service) in services.iter().enumerate() {
                for year in 0..YEARS {
                    let told = |which| figure(layout, row, year, line, which);
                    let at = format!("round {round}, replicate {replicate}, {}, year {year}", service.id);
                    if year > 0 {
                        let before = figure(layout, row, year - 1, line, Waiting);
                        let gap = before + told(Demanded) - told(Delivered) - told(Unmet) - told(Waiting);
                        assert!(gap.abs() <= 5.0 * rounding, "{at}: {gap} hours are lost");
                    }
                    assert!(told(Delivered) <= told(Capacity) + 2.0 * rounding, "{at}: more hours than there are");
                    let hours = &row[layout.driver_hours(year)];
                    let (demanded, delivered) = hours.split_at(layout.services.drivers);
                    let own = first_driver..first_driver + service.drivers.len();
                    for (parts, whole) in [(demanded, Demanded), (delivered, Delivered)] {
                        let gap = parts[own.clone()].iter().sum::<f64>() / 10.0 - told(whole);
                        let most = (1 + service.drivers.len()) as f64 * rounding;
                        assert!(gap.abs() <= most, "{at}: drivers differ from {} by {gap}", whole.name());
                    }
                }
                first_driver += service.drivers.len();
            }
        }
    }
}

/// The hours of the list at the start are those of the first year's mean case: the books of the first year balance
/// from there.
#[test]
fn the_first_year_starts_from_the_list_with_the_hours_of_its_mean_case() {
    let mut dice = Dice(22);
    let mut lists = 0;
    for round in 0..60 {
        let services = random_services(&mut dice, 2);
        let layout = layout_of(&services);
        let row = principal(&services, &Scenario::baseline());
        let demanded = &row[layout.driver_hours(0)];
        let mut first_driver = 0;
        for (line, service) in services.iter().enumerate() {
            let (mut cases, mut hours) = (0.0, 0.0);
            for (driver, demanded) in service.drivers.iter().zip(&demanded[first_driver..]) {
                if driver.serve == Serve::Queue {
                    hours += demanded / 10.0;
                    cases += demanded / 10.0 / (driver.hours.central / driver.group_size);
                }
            }
            first_driver += service.drivers.len();
            let before = if cases > 0.0 { service.list_at_start * hours / cases } else { 0.0 };
            let told = |which| figure(layout, &row, 0, line, which);
            let gap = before + told(Demanded) - told(Delivered) - told(Unmet) - told(Waiting);
            assert!(gap.abs() < 1e-6 || cases == 0.0, "round {round}, {}: {gap} hours are lost", service.id);
            lists += usize::from(before > 0.0);
        }
    }
    assert!(lists > 30, "only {lists} lists at the start");
}

/// More posts from any month on, in the same futures: never a longer list, nor more hours that lapse, nor fewer
/// delivered since the start. Nobody waits longer either, but the mean wait of a year may rise, since it is that of
/// other children: see `tests/services_reference.rs`.
#[test]
fn more_staff_never_lengthen_a_list_nor_let_more_hours_lapse() {
    let rates = area();
    let mut dice = Dice(23);
    let mut shorter = 0;
    for round in 0..80 {
        let services = random_services(&mut dice, 2);
        let layout = layout_of(&services);
        let from = Month { year: pick(&mut dice, &[2024, 2025, 2026, 2027]), month: pick(&mut dice, &[0, 4, 8]) };
        let more = with_levers(vec![ServiceLever::Staff {
            service: "service_0".to_string(),
            grade: "grade_0".to_string(),
            from,
            added: dice.between(0.01, 0.8),
        }]);
        let run = |scenario: &Scenario| {
            let mut all = rows(&rates, &services, scenario, round, 4);
            all.push(principal(&services, scenario));
            all
        };
        for (without, with) in run(&Scenario::baseline()).iter().zip(run(&more)) {
            let (mut given, mut given_with_more) = (0.0, 0.0);
            for year in 0..YEARS {
                let told = |which: LineFigure| {
                    let unit = 1.001 / which.scale();
                    (figure(layout, without, year, 0, which), figure(layout, &with, year, 0, which), unit)
                };
                for which in [List, Waiting, Unmet] {
                    let (before, after, unit) = told(which);
                    assert!(after <= before + unit, "round {round}, year {year}: {}: {before}, {after}", which.name());
                    shorter += usize::from(after < before - unit);
                }
                let (before, after, _) = told(Delivered);
                (given, given_with_more) = (given + before, given_with_more + after);
                assert!(given_with_more >= given - 0.5, "round {round}, year {year}: fewer hours are given");
                assert_eq!(without[layout.line(year, 1)], with[layout.line(year, 1)], "another service is changed");
            }
        }
    }
    assert!(shorter > 100, "only {shorter} figures fall");
}

/// Neither cases nor hours: nothing is demanded, given, or waits, whatever staff there are.
#[test]
fn without_demand_nothing_is_delivered_and_nobody_waits() {
    let rates = area();
    let mut dice = Dice(24);
    for round in 0..40 {
        let mut services = random_services(&mut dice, 2);
        for service in &mut services {
            service.list_at_start = 0.0;
            for driver in &mut service.drivers {
                let none = Estimate::certain(0.0);
                *(if dice.falls(0.5) { &mut driver.uptake } else { &mut driver.hours }) = none;
            }
        }
        let layout = layout_of(&services);
        let mut all = rows(&rates, &services, &Scenario::baseline(), round, 3);
        all.push(principal(&services, &Scenario::baseline()));
        for row in &all {
            for (year, line) in (0..YEARS).flat_map(|year| [(year, 0), (year, 1)]) {
                for which in [Demanded, Delivered, Unmet, Waiting, List, LineFigure::Needed, LineFigure::Relief] {
                    let told = figure(layout, row, year, line, which);
                    assert!(told == 0.0, "round {round}, year {year}: {} is {told}", which.name());
                }
            }
        }
    }
}

/// A service before, between or behind others changes no figure of theirs, to the last bit, and services change
/// nothing of plans and SEN support.
#[test]
fn a_service_changes_no_other_and_no_plan() {
    let rates = area();
    let mut dice = Dice(25);
    for round in 0..40 {
        let few = random_services(&mut dice, 3);
        let place = round as usize % 4;
        let mut many = few.clone();
        many.insert(place, random_service(&mut dice, "guest"));
        let guests = many[place].drivers.len();
        let before: usize = few[..place].iter().map(|service| service.drivers.len()).sum();
        let run = |services: &[Service]| {
            let mut all = rows(&rates, services, &Scenario::baseline(), round, 4);
            all.push(principal(services, &Scenario::baseline()));
            all
        };
        let (plain, few_layout, many_layout) = (layout_of(&[]), layout_of(&few), layout_of(&many));
        for ((none, few), many) in run(&[]).iter().zip(run(&few)).zip(run(&many)) {
            assert_eq!(none.len(), plain.width());
            assert!(none[..] == few[..none.len()] && none[..] == many[..none.len()], "round {round}: plans change");
            for year in 0..YEARS {
                for line in 0..3 {
                    let there = line + usize::from(line >= place);
                    let same = few[few_layout.line(year, line)] == many[many_layout.line(year, there)];
                    assert!(same, "round {round}, year {year}: service {line} is changed");
                }
                let drivers = few_layout.services.drivers;
                let (own, beside) = (&few[few_layout.driver_hours(year)], &many[many_layout.driver_hours(year)]);
                for driver in 0..drivers {
                    let there = driver + if driver >= before { guests } else { 0 };
                    assert!(own[driver] == beside[there], "round {round}, year {year}: demand of driver {driver}");
                    let delivered = own[drivers + driver] == beside[drivers + guests + there];
                    assert!(delivered, "round {round}, year {year}: hours given for driver {driver}");
                }
            }
        }
    }
}

/// Mean and its standard error, and variance.
fn moments(values: &[f64]) -> [f64; 3] {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count;
    [mean, (variance / count).sqrt(), variance]
}

/// What is drawn of uptake, hours per child and hours per FTE has the central value as its mean, stays the same over
/// the years of a future, and lies between the ends; uptake and hours are drawn apart.
#[test]
fn estimates_are_drawn_about_their_central_values_and_once_for_each_future() {
    let rates = area();
    let (low, central, high) = (0.5, 1.0, 3.5);
    let ratio = |value: f64| Estimate { low: low * value, central: central * value, high: high * value };
    let work = |id: &str| driver(id, Basis::Population, Serve::Ongoing, 1, 0.2, 10.0);
    let drivers = vec![
        Driver { uptake: ratio(0.2), ..work("uptake") },
        Driver { hours: ratio(10.0), ..work("hours") },
        Driver { uptake: ratio(0.2), hours: ratio(10.0), ..work("both") },
        work("neither"),
    ];
    let grades = vec![Grade { direct_hours: ratio(800.0), absence: 0.1, ..grade("staff", 5.0, 800.0) }];
    let services = [service("team", drivers, grades)];
    let layout = layout_of(&services);
    let all = rows(&rates, &services, &Scenario::baseline(), 31, 4000);
    let near = |values: &[f64], expected: f64, what: &str| {
        let [mean, error, variance] = moments(values);
        assert!((mean - expected).abs() <= 4.0 * error + 1e-6 * expected, "{what}: mean {mean}, not {expected}");
        variance / (expected * expected)
    };
    let mut spreads = Vec::new();
    for year in 0..YEARS {
        let residents: f64 = rates.population.years[year].iter().sum();
        for (number, driver) in services[0].drivers.iter().enumerate() {
            let hours: Vec<f64> = all.iter().map(|row| row[layout.driver_hours(year)][number] / 10.0).collect();
            spreads.push(near(&hours, residents * 2.0, &driver.id));
            let first: f64 = rates.population.years[0].iter().sum();
            for (row, hours) in all.iter().zip(&hours) {
                let before = row[layout.driver_hours(0)][number] / 10.0;
                assert!((hours / residents - before / first).abs() < 1e-4, "{} changes over the years", driver.id);
                let least = if number < 2 { low } else { low * low };
                let most = if number < 2 { high } else { high * high };
                let share = hours / residents / 2.0;
                assert!((least - 1e-4..=most + 1e-4).contains(&share), "{}: {share} of its central value", driver.id);
            }
        }
        let capacity: Vec<f64> = all.iter().map(|row| figure(layout, row, year, 0, Capacity)).collect();
        near(&capacity, 5.0 * 800.0 * 0.9, "hours of staff");
    }
    // Each side of the central value is even: below it with weight 5/6, above with 1/6.
    let side = |end: f64| (end - 1.0).powi(2) / 3.0;
    let variance = side(low) * 2.5 / 3.0 + side(high) * 0.5 / 3.0;
    let apart = (1.0 + variance).powi(2) - 1.0;
    for (found, expected) in spreads.iter().zip([variance, variance, apart, 0.0]) {
        assert!((found - expected).abs() <= 0.12 * expected + 1e-6, "variance {found}, not {expected}");
    }
}

/// Referrals from residents are a Poisson number, with draws of each year's own; ongoing work for residents is not
/// drawn.
#[test]
fn referrals_from_residents_are_drawn_and_nothing_else() {
    let rates = area();
    let drivers = vec![
        driver("referrals", Basis::Population, Serve::Queue, 1, 0.01, 1.0),
        driver("talks", Basis::Population, Serve::Ongoing, 2, 0.01, 1.0),
        driver("advice", Basis::Assessments, Serve::Queue, 1, 1.0, 1.0),
        driver("panel", Basis::Requests, Serve::Queue, 1, 0.5, 1.0),
        driver("plans", Basis::NewPlans, Serve::Queue, 1, 1.0, 1.0),
    ];
    let services = [service("team", drivers, vec![grade("staff", 1.0, 100.0)])];
    let layout = layout_of(&services);
    let all = rows(&rates, &services, &Scenario::baseline(), 32, 4000);
    let mut by_year = Vec::new();
    for year in 0..YEARS {
        let demanded = |driver: usize| -> Vec<f64> {
            all.iter().map(|row| row[layout.driver_hours(year)][driver] / 10.0).collect()
        };
        let expected = rates.population.years[year].iter().sum::<f64>() * 0.01;
        let [mean, error, variance] = moments(&demanded(0));
        assert!((mean - expected).abs() <= 4.0 * error, "{mean} referrals, not {expected}");
        assert!(
            (variance / expected - 1.0).abs() < 4.0 * (2.0_f64 / 4000.0).sqrt(),
            "variance {variance}, not {expected}"
        );
        assert!(demanded(1).iter().all(|hours| (hours - expected).abs() <= HALF + 1e-9), "ongoing work is drawn");
        for (driver, flow, uptake) in [(2, Flow::Assessments, 1.0), (3, Flow::Requests, 0.5), (4, Flow::NewPlans, 1.0)]
        {
            for (row, hours) in all.iter().zip(demanded(driver)) {
                let events = row[layout.flow(year, flow)][layout.margin(Margin::Total)];
                assert!((hours - events * uptake).abs() < 1e-9, "{hours} hours for {events} {}", flow.name());
            }
        }
        let plans: f64 = (0..AGES * NEEDS * SETTINGS)
            .map(|cell| new_plans(&rates, year, cell / NEEDS / SETTINGS, cell / SETTINGS % NEEDS, cell % SETTINGS))
            .sum();
        let [mean, error, _] = moments(&demanded(4));
        assert!((mean - plans).abs() <= 4.0 * error, "{mean} new plans, not {plans}");
        by_year.push(demanded(0));
    }
    let [.., first] = moments(&by_year[0]);
    let [.., second] = moments(&by_year[1]);
    let sums: Vec<f64> = by_year[0].iter().zip(&by_year[1]).map(|(a, b)| a + b).collect();
    let [.., both] = moments(&sums);
    assert!((both / (first + second) - 1.0).abs() < 0.1, "referrals of two years go together");
}

/// Roles go by what is counted, not by any link: who follows children up after the advice drafts nothing, and where
/// some of them were seen before decides nothing. Who signs drafts has a part in them.
#[test]
fn parts_in_the_assessment_go_by_what_comes_after() {
    let after = |id: &str, of: Basis, before: &str| Driver {
        after: Some(before.to_string()),
        ..driver(id, of, Serve::Queue, 1, 0.5, 2.0)
    };
    let plain = |id: &str, of: Basis| driver(id, of, Serve::Queue, 1, 1.0, 2.0);
    let of = |id: &str, drivers: Vec<Driver>| service(id, drivers, vec![grade("any", 5.0, 800.0)]);
    let all = vec![
        of("registry", vec![plain("requests", Basis::Requests)]),
        of("early_years", vec![plain("referrals", Basis::Population)]),
        of(
            "psychology",
            vec![after("early", Basis::Served, "early_years"), after("advice", Basis::Assessments, "registry")],
        ),
        of("follow_up", vec![after("seen", Basis::Served, "psychology")]),
        of("drafting", vec![after("plans", Basis::NewPlans, "psychology")]),
        of("signing", vec![after("plans", Basis::NewPlans, "drafting")]),
    ];
    use AssessmentPart::{Advice, Decision, Draft, None};
    assert_eq!(assessment_parts(&all), [Decision, None, Advice, None, Draft, Draft]);
    assert_eq!(all[2].before(), Some("registry"));
    // The longest way: registry, psychology, drafting, signing.
    let (prepared, effects) = engine(&area(), &all, &Scenario::baseline());
    let row = run_principal(&prepared, &effects).expect("the books balance");
    let layout = Layout::of(&prepared);
    let waits = [0, 2, 4, 5].map(|line| figure(layout, &row, 2, line, LineFigure::MeanWait));
    let model = prepared.services.as_ref().expect("services");
    let stages = stage_weeks(layout, model, 2, &row);
    let expected = [waits[0], waits[1], waits[2] + waits[3]];
    assert!(stages.iter().zip(expected).all(|(found, wait)| (found - wait).abs() < 1e-9), "{stages:?} {expected:?}");
}

/// The wait for advice is that of the service on which an assessment waits longest; services without it do not count.
#[test]
fn the_wait_for_advice_is_the_longest_of_those_that_give_it() {
    let mut all = services();
    let advice = all[1].drivers[0].clone();
    all[2].drivers.push(advice);
    let (prepared, effects) = engine(&area(), &all, &Scenario::baseline());
    let row = run_principal(&prepared, &effects).expect("the books balance");
    let layout = Layout::of(&prepared);
    let assumptions = Assumptions::with_defaults(Vec::new());
    let series = Series { layout, base: BASE, places: None, services: prepared.services.as_ref(), timeliness: None };
    let draws = run_shard(&Workers::new(2).expect("two threads"), &prepared, &effects, 3, 1..21, &|| ())
        .expect("the books balance");
    let outcome = Outcome { draws: &draws, principal: &row };
    let timeliness = Timeliness::of_baseline(&assumptions, series, outcome).expect("a service gives advice");
    let waits = [1, 2].map(|line| figure(layout, &row, 0, line, LineFigure::MeanWait));
    let share = timeliness.share(Deadline::Plan, Future::Principal, [0.0, waits[0].max(waits[1]), 0.0]);
    let published = assumptions.value(AssumptionKey::PlansInTime);
    for (place, row) in draws.rows().enumerate() {
        let row: Vec<f64> = row.iter().copied().map(f64::from).collect();
        let waits = [1, 2].map(|line| figure(layout, &row, 0, line, LineFigure::MeanWait));
        let share = timeliness.share(Deadline::Plan, Future::Replicate(place), [0.0, waits[0].max(waits[1]), 0.0]);
        assert!((share - published).abs() < 1e-9, "future {place}: {share} at {waits:?}");
    }
    assert!((share - published).abs() < 1e-9, "{share} in time at the longest of {waits:?} weeks, not {published}");
}

/// By hand, with σ = 0.5 and half of all plans in time at a wait of 6 weeks, so that the median is 20 weeks: with
/// 20·(e^0.5 − 1) weeks more the median is 20·e^0.5, and Φ(−1) are in time; with 20·(1 − e^−0.5) fewer, Φ(1).
#[test]
fn plans_in_time_by_hand_and_fewer_the_longer_the_wait() {
    let set = |key: AssumptionKey, value| Assumption { value, ..key.default_assumption() };
    let assumptions =
        Assumptions::with_defaults(vec![set(AssumptionKey::PlanTimeSpread, 0.5), set(AssumptionKey::PlansInTime, 0.5)]);
    let in_time =
        |timeliness: &Timeliness, weeks: f64| timeliness.share(Deadline::Plan, Future::Principal, [0.0, weeks, 0.0]);
    let timeliness = Timeliness::fit(&assumptions, [0.0, 10.0, 0.0], Vec::new());
    let longer = 20.0 * (0.5_f64.exp() - 1.0);
    let shorter = 20.0 * (1.0 - (-0.5_f64).exp());
    assert!((in_time(&timeliness, 10.0) - 0.5).abs() < 1e-9, "the first year");
    assert!((in_time(&timeliness, 10.0 + longer) - 0.158_655_253_931_457).abs() < 1e-6, "a longer wait");
    assert!((in_time(&timeliness, 10.0 - shorter) - 0.841_344_746_068_543).abs() < 1e-6, "a shorter wait");
    let mut dice = Dice(6);
    for _ in 0..500 {
        // The median is more than four weeks: no plan takes less.
        let (sd, published) = (dice.between(0.1, 0.8), dice.between(0.01, 0.97));
        let assumptions = Assumptions::with_defaults(vec![
            set(AssumptionKey::PlanTimeSpread, sd),
            set(AssumptionKey::PlansInTime, published),
        ]);
        let wait = dice.between(0.0, 60.0);
        let timeliness = Timeliness::fit(&assumptions, [0.0, wait, 0.0], Vec::new());
        assert!((in_time(&timeliness, wait) - published).abs() < 1e-9, "the first year");
        let mut waits: Vec<f64> = (0..20).map(|_| dice.between(0.0, 150.0)).collect();
        waits.sort_by(f64::total_cmp);
        let shares: Vec<f64> = waits.iter().map(|wait| in_time(&timeliness, *wait)).collect();
        assert!(shares.windows(2).all(|pair| pair[1] <= pair[0]), "shares rise with the wait: {shares:?}");
        assert!(shares.iter().all(|share| (0.0..=1.0).contains(share)));
    }
}
