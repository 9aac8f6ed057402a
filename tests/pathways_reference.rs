//! Services in stages, triage, diagnoses and what they change of plans: a second implementation beside the engine, and
//! cases worked by hand.
//!
//! The equations of a service stand in `services_world/lines/`; here are those of diagnoses, which reach plans.

#[path = "pathways_reference/by_hand.rs"]
mod by_hand;
#[path = "services_world/lines/mod.rs"]
mod lines;
mod services_world;
#[path = "services_world/stages.rs"]
mod stages;

use needscast::domain::age_group::AgeGroup;
use needscast::domain::assumption::{AssumptionKey, Assumptions};
use needscast::domain::need::Need;
use needscast::domain::rates::{Rates, SupportTierShares};
use needscast::domain::service::{Basis, Driver, Serve, Service, Tier};
use needscast::engine::batch::{Workers, run_principal, run_shard};
use needscast::engine::layout::{Flow, Layout, LineFigure, Margin};
use needscast::scenario::lever::{Change, Lever, Reach, Scenario, Timing};
use needscast::scenario::service_lever::{DriverChange, ServiceLever};
use needscast::summary::figures::Outcome;
use needscast::summary::series::Series;
use needscast::summary::timeliness::{Deadline, Future, Timeliness};

use LineFigure::{Diagnosed, MeanWait};
use by_hand::{referrals, team};
use lines::beside::differences;
use lines::{Books, assert_close, assert_principal_agrees, run_services};
use services_world::{
    AGES, BASE, Dice, EVENTS, NEEDS, YEARS, area, driver, engine, grade, rows, season, service, services, setting,
    span, with_levers,
};
use stages::{
    after, change, factor, figure, from, growing, layout_of, outcome, principal, random_levers, random_pathway,
    random_stages, staff, triage,
};

// ---------------------------------------------------------------------------------------------
// Diagnoses and plans.

/// Changes the new plans of each year after the first by the diagnoses that levers on services add in the year before.
fn settle_plans(books: &mut Books, rates: &Rates, services: &[Service], levers: &[ServiceLever]) {
    for year in 0..rates.years - 1 {
        let diagnosed = |levers: &[ServiceLever], line: usize| {
            let told = &run_services(books, services, levers)[line].told[year];
            told.figures.iter().find(|(figure, _)| *figure == Diagnosed).expect("always told").1
        };
        let mut plans = books.plans[year + 1].clone();
        for (line, service) in services.iter().enumerate() {
            let Some(outcome) = &service.outcome else { continue };
            let more = diagnosed(levers, line) - diagnosed(&[], line);
            let expected = plans.clone();
            let named = rates.needs.index(outcome.need).expect("a need of the area");
            let ages = || outcome.ages.ages().map(|age| age.index());
            let all = |own: bool| -> f64 {
                let cells = ages().flat_map(|age| (0..NEEDS).map(move |need| (age, need)));
                let of_need = cells.filter(|(_, need)| (*need == named) == own);
                of_need.map(|(age, need)| expected.slice(ndarray::s![age, need, ..]).sum()).sum()
            };
            let (kappa, rho) = (outcome.plans.central, outcome.renamed.central);
            let (own, others) = plan_factors([all(true), all(false)], [kappa * more, rho * more]);
            for age in ages() {
                for need in 0..NEEDS {
                    let factor = if need == named { own } else { others };
                    plans.slice_mut(ndarray::s![age, need, ..]).mapv_inplace(|plans| plans * factor);
                }
            }
        }
        books.plans[year + 1] = plans;
    }
}

/// Factors on plans of the need that diagnoses name and on those of others, of which so many are expected. Nobody's
/// plan is renamed who has none, either way; what plans of the need are kept from, others are too.
fn plan_factors([own, others]: [f64; 2], [new, renamed]: [f64; 2]) -> (f64, f64) {
    if own <= 0.0 {
        return (1.0, 1.0);
    }
    let renamed = renamed.min(others).max(-own);
    let change = new + renamed;
    let factor = (1.0 + change / own).clamp(0.0, 5.0);
    let part = if change == 0.0 { 1.0 } else { own * (factor - 1.0) / change };
    (factor, if others < 1e-9 { 1.0 } else { 1.0 - renamed * part / others })
}

/// Each figure of services, and new plans, assessments and requests by age group, with levers on services and on
/// joiners.
fn assert_pathways_agree(rates: &Rates, services: &[Service], scenario: &Scenario, at: &str) {
    let (prepared, effects) = engine(rates, services, scenario);
    let row = run_principal(&prepared, &effects).expect("the books balance");
    let layout = Layout::of(&prepared);
    let mut books = Books::new(rates, layout, &row);
    for lever in &scenario.levers {
        let Change::JoinerRate { multiply } = lever.change else { panic!("a lever on joiners") };
        for (year, plans) in books.plans.iter_mut().enumerate() {
            let factor = 1.0 + lever.timing.strength(BASE + year as u16) * (multiply.value() - 1.0);
            for ((age, need, _), plans) in plans.indexed_iter_mut() {
                let named = rates.needs.iter().nth(need).expect("a need of the area");
                let of_need = lever.reach.needs.is_empty() || lever.reach.needs.contains(&named);
                if lever.reach.ages.ages().any(|reached| reached.index() == age) && of_need {
                    *plans *= factor;
                }
            }
        }
    }
    settle_plans(&mut books, rates, services, &scenario.services);
    let wrong = differences(&books, services, &scenario.services);
    assert!(wrong.is_empty(), "{at}: {wrong}");
    for year in 0..rates.years {
        for group in AgeGroup::ALL {
            let mut expected = [0.0; 3];
            for age in group.span().ages().map(|age| age.index()) {
                let plans = books.plans[year].index_axis(ndarray::Axis(0), age).sum();
                let (assessed, not_assessed) = (rates.joiners.assessed_only[age], rates.joiners.not_assessed[age]);
                expected[0] += plans;
                expected[1] += plans * (1.0 + assessed);
                expected[2] += plans * (1.0 + assessed + not_assessed);
            }
            for (flow, expected) in [Flow::NewPlans, Flow::Assessments, Flow::Requests].into_iter().zip(expected) {
                let what = format!("{at}: {} of {} in year {year}", flow.name(), group.code());
                assert_close(books.recorded(year, flow, Margin::Group(group.index())), expected, 1e-9, &what);
            }
        }
    }
}

// ---------------------------------------------------------------------------------------------
// Services in stages.

/// Requests, advice and drafts in a chain; referrals, a first look and an assessment in another; lists and seasons of
/// their own.
fn two_pathways() -> Vec<Service> {
    use Basis::{
        Appeals, Assessments, Identified, NewPlans, Plans, Population, Requests, Reviews, SenSupport, Served as Left,
    };
    use Serve::{Ongoing, Queue};
    let staff = |fte: f64, hours: f64| vec![grade("staff", fte, hours)];
    let team = |id: &str, drivers, listed: f64, seed: u64, fte: f64| Service {
        standard_weeks: Some(6.0),
        list_at_start: listed,
        arrivals: season(seed),
        capacity: season(seed + 1),
        ..service(id, drivers, staff(fte, 500.0))
    };
    let decision = vec![
        driver("requests", Requests, Queue, 1, 1.0, 3.0),
        growing(1.1, driver("reviews", Reviews, Ongoing, 2, 0.9, 1.0)),
    ];
    let advice = vec![
        after("decision", driver("advice", Assessments, Queue, 1, 0.9, 8.0)),
        Driver { ages: span("3-9"), ..driver("referrals", Population, Queue, 1, 0.01, 4.0) },
        driver("in_plans", Plans, Ongoing, 2, 0.3, 1.5),
    ];
    let draft = vec![
        Driver {
            needs: vec![Need::Asd],
            ages: span("2-17"),
            settings: vec![setting("special"), setting("college")],
            tier: Some(Tier::Specialist),
            ..after("advice", driver("drafts", NewPlans, Queue, 2, 1.0, 5.0))
        },
        Driver { tier: Some(Tier::Specialist), ..driver("early_drafts", NewPlans, Queue, 2, 0.2, 6.0) },
        growing(1.3, driver("appeals", Appeals, Ongoing, 1, 0.8, 4.0)),
        Driver { ages: span("11-25"), ..driver("amended", Reviews, Queue, 2, 0.2, 2.0) },
    ];
    let first = vec![
        growing(1.15, Driver { ages: span("0-12"), ..driver("referred", Population, Queue, 1, 0.03, 2.0) }),
        Driver { ages: span("5-15"), ..driver("from_schools", Identified, Queue, 1, 0.5, 3.0) },
    ];
    let assess = vec![
        Driver { group_size: 2.0, ..after("first", driver("assessed", Left, Queue, 2, 0.6, 14.0)) },
        driver("groups", SenSupport, Ongoing, 1, 0.1, 2.0),
    ];
    vec![
        team("decision", decision, 14.0, 21, 0.9),
        team("first", first, 40.0, 23, 0.8),
        team("advice", advice, 22.0, 25, 2.2),
        Service { outcome: Some(outcome(0.7, "2-11", 0.2, 0.1)), ..team("assess", assess, 60.0, 27, 0.7) },
        team("draft", draft, 9.0, 29, 1.0),
        team(
            "support",
            vec![growing(0.8, after("assess", driver("sessions", Left, Queue, 1, 0.5, 6.0)))],
            5.0,
            31,
            0.2,
        ),
    ]
}

/// Levers of each kind on all stages but triage.
fn stage_levers() -> Vec<ServiceLever> {
    let phased = Timing { from: 2026, until: Some(2027), phase_in_years: 3 };
    vec![
        staff("decision", 2026, 0.4),
        staff("advice", 2027, -0.6),
        staff("first", 2026, 0.5),
        change("advice", "advice", from(2027, 1), DriverChange::Hours { multiply: factor(0.7) }),
        change("draft", "drafts", from(2026, 2), DriverChange::Ages { span: span("0-12") }),
        change("first", "referred", phased, DriverChange::Uptake { multiply: factor(1.6) }),
        change("assess", "assessed", from(2025, 1), DriverChange::Growth { per_year: 0.05 }),
        change("assess", "assessed", from(2027, 1), DriverChange::GroupSize { children: 3.0 }),
        ServiceLever::Bought { service: "assess".to_string(), timing: from(2026, 2), hours: 500.0 },
    ]
}

#[test]
fn every_figure_of_services_in_stages_agrees() {
    assert_principal_agrees(&area(), &two_pathways(), &[]);
}

#[test]
fn it_agrees_with_levers_on_all_stages_and_the_plans_that_follow() {
    assert_pathways_agree(&area(), &two_pathways(), &with_levers(stage_levers()), "levers on all stages");
}

/// With plenty of hours, with few, and with hardly any; phased in, and for a time.
#[test]
fn triage_agrees() {
    for (scarcity, hours) in [(3.0, 0.5), (1.0, 1.0), (0.3, 2.0), (0.05, 4.0)] {
        let mut services = two_pathways();
        for service in &mut services {
            service.grades[0].establishment[0].1 *= scarcity;
        }
        let for_a_time = Timing { from: 2025, until: Some(2026), phase_in_years: 2 };
        let levers = vec![
            triage("first", from(2026, 2), hours, 0.6),
            triage("assess", for_a_time, hours, 0.8),
            triage("advice", from(2025, 1), 0.0, 0.9),
            triage("draft", from(2027, 1), 0.3 * hours, 0.1),
        ];
        assert_pathways_agree(&area(), &services, &with_levers(levers), &format!("staff times {scarcity}"));
    }
    let on_each = services().iter().map(|service| triage(&service.id, from(2026, 3), 0.7, 0.5)).collect();
    assert_pathways_agree(&area(), &services(), &with_levers(on_each), "services with work of every kind");
}

/// Other levers on joiners take part in the plans that diagnoses change, and in those they are compared with.
#[test]
fn diagnoses_change_plans_beside_levers_on_joiners() {
    let lever = |ages: &str, needs: Vec<Need>, value: f64| Lever {
        change: Change::JoinerRate { multiply: factor(value) },
        reach: Reach { ages: span(ages), needs, settings: Vec::new() },
        timing: from(2026, 2),
    };
    let levers = vec![lever("4-8", Vec::new(), 1.5), lever("0-15", vec![Need::Slcn], 0.6)];
    let mut services = two_pathways();
    // A driver for each need and age group tells new plans by both.
    let probes = (0..NEEDS * AgeGroup::ALL.len()).map(|number| {
        let (need, group) = (number % NEEDS, AgeGroup::ALL[number / NEEDS]);
        let plain = driver(&format!("plans_{number}"), Basis::NewPlans, Serve::Ongoing, 1, 1.0, 1.0);
        Driver { needs: area().needs.iter().nth(need).into_iter().collect(), ages: group.span(), ..plain }
    });
    services.push(service("probe", probes.collect(), vec![grade("staff", 1.0, 1.0)]));
    let scenario = Scenario { levers, ..with_levers(stage_levers()) };
    assert_pathways_agree(&area(), &services, &scenario, "levers on joiners");
}

#[test]
fn random_services_in_stages_agree_with_levers_and_without() {
    let mut dice = Dice(41);
    for round in 0..250 {
        let services = random_stages(&mut dice);
        let levers = if round % 3 == 0 { Vec::new() } else { random_levers(&mut dice, &services) };
        assert_pathways_agree(&area(), &services, &with_levers(levers), &format!("round {round}"));
    }
}

/// What has come of assessments or plans, by what the engine tells of its drivers, and what still stands behind in the
/// lists before it, is what all years had and what those stood for who waited at the start.
#[test]
fn assessments_and_plans_come_once_or_stand_behind() {
    let rates = area();
    let mut dice = Dice(47);
    let mut compared = 0;
    for round in 0..150 {
        let services = random_pathway(&mut dice);
        let mut levers = random_levers(&mut dice, &services);
        levers.retain(|lever| match lever {
            ServiceLever::Driver { change: DriverChange::Uptake { .. } | DriverChange::Hours { .. }, .. } => false,
            ServiceLever::Triage { kept, .. } => kept.value() > 0.0,
            _ => true,
        });
        let (layout, row) = (layout_of(&rates, &services), principal(&rates, &services, &with_levers(levers.clone())));
        let books = Books::new(&rates, layout, &row);
        let courses = run_services(&books, &services, &levers);
        let mut number = 0;
        for (line, service) in services.iter().enumerate() {
            number += service.drivers.len();
            let passed_on = service.drivers.last().expect("some");
            let triaged = levers
                .iter()
                .any(|lever| matches!(lever, ServiceLever::Triage { service: of, .. } if *of == service.id));
            let (of, flow) = match passed_on.of {
                Basis::Assessments => (1, Flow::Assessments),
                Basis::NewPlans => (2, Flow::NewPlans),
                _ => continue,
            };
            if triaged {
                continue;
            }
            let hours = |year: usize| row[layout.driver_hours(year)][number - 1] / 10.0;
            let cases = (0..YEARS).map(hours).sum::<f64>() / passed_on.hours.central;
            let lists = || courses[..line].iter().map(|course| &course.balance);
            let behind: f64 = lists().map(|balance| balance.waiting[of]).sum();
            let opened: f64 = lists().map(|balance| balance.opened[of]).sum();
            let recorded: f64 = (0..YEARS).map(|year| books.recorded(year, flow, Margin::Total)).sum();
            let at = format!("round {round}, {} to service {line}", flow.name());
            assert_close(cases / passed_on.uptake.central + behind, recorded + opened, 1e-9, &at);
            compared += 1;
        }
    }
    assert!(compared > 150, "only {compared} lists were compared");
}

// ---------------------------------------------------------------------------------------------
// Drawn futures.

/// Each figure follows from the children of its own row, to the last unit of the row, with a guest among the services.
/// Left out is what no row tells: new plans by age and need, and referrals, which are drawn.
#[test]
fn every_figure_of_drawn_futures_in_stages_agrees() {
    let rates = area();
    let mut services = two_pathways();
    services.retain(|service| service.id != "draft");
    (services[0].staff_of, services[0].grades) = (Some("advice".to_string()), Vec::new());
    let all_drafts = after("advice", driver("drafts", Basis::NewPlans, Serve::Queue, 1, 0.8, 3.0));
    services.push(team("all_drafts", vec![all_drafts], 300.0));
    for service in &mut services {
        service.drivers.retain(|driver| driver.of != Basis::Population);
    }
    let mut levers = stage_levers();
    levers.retain(|lever| !["'draft'", "'decision'"].iter().any(|service| lever.key().contains(service)));
    levers.extend([triage("first", from(2026, 2), 0.5, 0.6), triage("advice", from(2027, 1), 1.5, 0.8)]);
    let scenario = with_levers(levers.clone());
    let layout = layout_of(&rates, &services);
    for (replicate, row) in rows(&rates, &services, &scenario, 9, 100).iter().enumerate() {
        let books = Books::new(&rates, layout, row);
        for (line, (service, course)) in services.iter().zip(run_services(&books, &services, &levers)).enumerate() {
            for (year, told) in course.told.iter().enumerate() {
                for (which, expected) in &told.figures {
                    let found = figure(layout, row, year, line, *which);
                    let bin = if *which == LineFigure::Wait92 { 0.25 } else { 0.0 };
                    let near = (found - expected).abs() <= 0.5001 / which.scale() + bin;
                    let what = format!("{}, {}, year {year}, replicate {replicate}", service.id, which.name());
                    assert!(near, "{what}: the engine has {found}, the reference {expected}");
                }
            }
        }
    }
}

/// Mean and its standard error.
fn mean_and_error(values: &[f64]) -> [f64; 2] {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (count - 1.0);
    [mean, (variance / count).sqrt()]
}

/// Where there are hours for all, plans follow diagnoses in proportion, and those of the mean future are those of the
/// principal projection: mean differences between futures with levers and without are within four standard errors.
#[test]
fn diagnoses_of_drawn_futures_change_plans_by_as_much_on_average() {
    const FUTURES: u32 = 2000;
    let rates = area();
    let from_plans = driver("plans", Basis::NewPlans, Serve::Queue, 1, 0.5, 1.0);
    let first = team("first", vec![driver("referred", Basis::Population, Serve::Queue, 1, 0.02, 1.0)], 1e6);
    let passed = after("first", driver("passed", Basis::Served, Serve::Queue, 1, 0.5, 1.0));
    let assess = team("assess", vec![passed, from_plans], 1e6);
    let services = [first, Service { outcome: Some(outcome(0.3, "2-12", 0.4, 0.1)), ..assess }];
    let multiply = || DriverChange::Uptake { multiply: factor(1.5) };
    let scenario = with_levers(vec![
        change("first", "referred", from(2026, 1), multiply()),
        change("assess", "plans", from(2025, 1), multiply()),
    ]);
    let layout = layout_of(&rates, &services);
    let with = rows(&rates, &services, &scenario, 7, FUTURES);
    let without = rows(&rates, &services, &Scenario::baseline(), 7, FUTURES);
    let expected_with = principal(&rates, &services, &scenario);
    let expected_without = principal(&rates, &services, &Scenario::baseline());
    let margins = [Margin::Total, Margin::Need(0), Margin::Need(1)];
    let groups = (0..AgeGroup::ALL.len()).map(Margin::Group);
    let mut told = 0;
    for (year, margin) in (0..YEARS).flat_map(|year| margins.into_iter().chain(groups.clone()).map(move |m| (year, m)))
    {
        let plans = |row: &[f64]| row[layout.flow(year, Flow::NewPlans)][layout.margin(margin)];
        let expected = plans(&expected_with) - plans(&expected_without);
        let found: Vec<f64> = with.iter().zip(&without).map(|(with, without)| plans(with) - plans(without)).collect();
        let [mean, error] = mean_and_error(&found);
        let what = format!("{margin:?} in year {year}: {mean} more new plans, not {expected}, error {error}");
        assert!((mean - expected).abs() <= 4.0 * error + 1e-9, "{what}");
        told += usize::from(expected.abs() > 5.0 * error && expected.abs() > 0.1);
    }
    assert!(told > 8, "only {told} differences are told from chance");
}

/// Reviews and appeals of each future follow from its own plans and requests, to half a unit of the row.
#[test]
fn reviews_and_appeals_of_drawn_futures_follow_from_their_own_plans() {
    let rates = area();
    let services = [team("any", vec![referrals(10.0, 1.0)], 100.0)];
    let layout = layout_of(&rates, &services);
    for row in rows(&rates, &services, &Scenario::baseline(), 8, 100) {
        for year in 0..YEARS {
            let plans = |census| row[layout.stock_groups(census)].iter().sum::<f64>();
            let total = |flow| row[layout.flow(year, flow)][0];
            let reviews = 0.5 * (plans(year) + plans(year + 1)) * EVENTS.reviews;
            let refusals = total(Flow::Requests) - total(Flow::Assessments);
            let appeals = refusals * EVENTS.appeals_of_refusals + total(Flow::NewPlans) * EVENTS.appeals_of_content;
            for (found, expected) in row[layout.events(year)].iter().zip([reviews, appeals]) {
                assert!((found - 10.0 * expected).abs() <= 0.5 + 1e-9, "{found} tenths, not {expected}");
            }
        }
    }
}

// ---------------------------------------------------------------------------------------------
// Shares in time.

/// The standard normal distribution, by Simpson's rule.
fn normal_share(z: f64) -> f64 {
    let steps = 2000;
    let width = z / f64::from(steps);
    let density = |step: i32| (-0.5 * (f64::from(step) * width).powi(2)).exp() / std::f64::consts::TAU.sqrt();
    let weight = |step: i32| [2.0, 4.0][(step % 2) as usize] - f64::from(u8::from(step == 0 || step == steps));
    0.5 + (0..=steps).map(|step| weight(step) * density(step)).sum::<f64>() * width / 3.0
}

fn normal_at(share: f64) -> f64 {
    let (mut least, mut most) = (-8.0, 8.0);
    for _ in 0..80 {
        let middle = (least + most) / 2.0;
        if normal_share(middle) < share { least = middle } else { most = middle }
    }
    least
}

/// Decisions within 6 weeks, drafts within 16 and plans within 20, with waits of the reference's own lists, in the
/// baseline and where the waits of each stage change.
#[test]
fn shares_in_time_follow_the_waits_of_the_stages() {
    let rates = area();
    let assumptions = Assumptions::with_defaults(Vec::new());
    let sd = assumptions.value(AssumptionKey::PlanTimeSpread);
    let median = |weeks: f64, key| weeks / (sd * normal_at(assumptions.value(key))).exp();
    let (decision, plan) = (median(6.0, AssumptionKey::DecisionsInTime), median(20.0, AssumptionKey::PlansInTime));
    let services = two_pathways();
    let mut fitted = None;
    for levers in [Vec::new(), stage_levers(), vec![staff("draft", 2026, -0.7), staff("decision", 2025, -0.5)]] {
        let (prepared, effects) = engine(&rates, &services, &with_levers(levers.clone()));
        let row = run_principal(&prepared, &effects).expect("the books balance");
        let layout = Layout::of(&prepared);
        let model = prepared.services.as_ref().expect("there are services");
        let mut books = Books::new(&rates, layout, &row);
        settle_plans(&mut books, &rates, &services, &levers);
        let courses = run_services(&books, &services, &levers);
        let wait = |year: usize, line: usize| {
            let told = &courses[line].told[year].figures;
            told.iter().find(|(figure, _)| *figure == MeanWait).map_or(0.0, |(_, weeks)| *weeks)
        };
        let waits = |year| [0, 2, 4].map(|line| wait(year, line));
        let series = Series { layout, base: BASE, places: None, services: Some(model), timeliness: None };
        let fit = || {
            let workers = Workers::new(1).expect("a thread");
            let draws = run_shard(&workers, &prepared, &effects, 3, 1..2, &|| ()).expect("the books balance");
            let outcome = Outcome { draws: &draws, principal: &row };
            (Timeliness::of_baseline(&assumptions, series, outcome).expect("a service gives advice"), waits(0))
        };
        let (timeliness, first) = fitted.get_or_insert_with(fit);
        for year in 0..YEARS {
            let longer: [f64; 3] = std::array::from_fn(|stage| waits(year)[stage] - first[stage]);
            let all: f64 = longer.iter().sum();
            for (deadline, weeks, median) in [
                (Deadline::Decision, 6.0_f64, decision + longer[0]),
                (Deadline::Draft, 16.0, plan - 4.0 + all),
                (Deadline::Plan, 20.0, plan + all),
            ] {
                let median = median.max(0.2 * weeks);
                let expected = normal_share((weeks.ln() - median.ln()) / sd);
                let told = [0, 2, 4].map(|line| figure(layout, &row, year, line, MeanWait));
                let found = timeliness.share(deadline, Future::Principal, told);
                assert_close(found, expected, 1e-8, &format!("{} in year {year}", deadline.name()));
            }
        }
    }
}

// ---------------------------------------------------------------------------------------------
// Tiers of SEN support.

/// With shares of each single age at the base census, and with equal ones in each age group at all.
#[test]
fn tiers_of_sen_support_are_shares_of_its_pupils() {
    for by_group in [false, true] {
        let mut rates = area();
        let support = rates.support.as_mut().expect("the area has SEN support");
        let share = |tier: usize, age: usize, need: usize| {
            let group = AgeGroup::ALL.into_iter().position(|group| group.span().ages().any(|a| a.index() == age));
            let place = if by_group { group.expect("every age has a group") } else { age };
            let first = 0.1 + 0.07 * ((place * 5 + need * 3) % 9) as f64;
            [first, 1.0 - first][tier]
        };
        let tier = |number: usize| SupportTierShares {
            id: ["light", "much"][number].to_string(),
            share: (0..AGES * NEEDS).map(|cell| share(number, cell / NEEDS, cell % NEEDS)).collect(),
        };
        support.tiers = vec![tier(0), tier(1)];
        let stock = support.stock.clone();
        let of_tier = |id: &str, of: Basis, serve: Serve, ages: &str| {
            let plain = driver(&format!("{id}_{}", of.code()), of, serve, 1, 0.5, 2.0);
            Driver { support_tier: Some(id.to_string()), ages: span(ages), tier: Some(Tier::Targeted), ..plain }
        };
        let services = [team(
            "support",
            vec![
                of_tier("light", Basis::SenSupport, Serve::Ongoing, "0-25"),
                of_tier("much", Basis::SenSupport, Serve::Queue, "5-15"),
                Driver { needs: vec![Need::Asd], ..of_tier("light", Basis::SenSupport, Serve::Queue, "5-10") },
            ],
            200.0,
        )];
        let row = principal(&rates, &services, &Scenario::baseline());
        let layout = layout_of(&rates, &services);
        for (number, need) in (0..2).flat_map(|number| (0..NEEDS).map(move |need| (number, need))) {
            let pupils = (0..AGES).map(|age| f64::from(stock[age * NEEDS + need]) * share(number, age, need));
            let found = row[layout.support_tiers(0)][number * NEEDS + need] / 10.0;
            assert_close(found, pupils.sum(), 1e-9, &format!("tier {number}, need {need} at the base census"));
            if !by_group {
                continue;
            }
            for census in 0..=YEARS {
                let groups = row[layout.support_stock(census)].iter().skip(need).step_by(NEEDS);
                let part = |group: AgeGroup| share(number, group.span().first().index(), need);
                let expected: f64 = groups.zip(AgeGroup::ALL).map(|(pupils, group)| pupils * part(group)).sum();
                let found = row[layout.support_tiers(census)][number * NEEDS + need] / 10.0;
                assert_close(found, expected, 1e-9, &format!("tier {number}, need {need} at census {census}"));
            }
        }
        if by_group {
            assert_principal_agrees(&rates, &services, &[]);
        }
    }
}
