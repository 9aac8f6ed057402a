//! What holds for services in stages whatever they are: random services and levers, at central rates and in futures
//! drawn for each.

mod services_world;
#[path = "services_world/stages.rs"]
mod stages;

use needscast::domain::service::{Basis, Driver, Serve, Service};
use needscast::engine::layout::{Flow, LineFigure, Margin};
use needscast::scenario::lever::Scenario;
use needscast::scenario::service_lever::ServiceLever;

use LineFigure::{Delivered, Demanded, Diagnosed, List, Served, Unmet, Waiting};
use services_world::{
    AGES, BASE, Dice, NEEDS, SETTINGS, YEARS, area, driver, grade, new_plans, rows, season, service, services,
    with_levers,
};
use stages::{
    after, figure, from, growing, layout_of, pick, principal, random_levers, random_pathway, random_stages, staff,
    triage,
};

/// What waits and what is demanded is delivered, lapses or waits: in the principal projection, and in drawn futures
/// but for the rounding of a row.
#[test]
fn hours_of_services_in_stages_balance_each_year() {
    let rates = area();
    let mut dice = Dice(42);
    for round in 0..200 {
        let services = random_stages(&mut dice);
        let scenario = with_levers(random_levers(&mut dice, &services));
        let layout = layout_of(&rates, &services);
        let mut all = rows(&rates, &services, &scenario, round, 2);
        all.push(principal(&rates, &services, &scenario));
        for (replicate, row) in all.iter().enumerate() {
            let rounding = if replicate == 2 { 1e-7 } else { 0.05 };
            for (line, year) in (0..services.len()).flat_map(|line| (1..YEARS).map(move |year| (line, year))) {
                let told = |which| figure(layout, row, year, line, which);
                let before = figure(layout, row, year - 1, line, Waiting);
                let gap = before + told(Demanded) - told(Delivered) - told(Unmet) - told(Waiting);
                assert!(
                    gap.abs() <= 5.0 * rounding,
                    "round {round}, service {line}, year {year}: {gap} hours are lost"
                );
                let drivers: usize = services[..line].iter().map(|service| service.drivers.len()).sum();
                let own = drivers..drivers + services[line].drivers.len();
                let (demanded, delivered) = row[layout.driver_hours(year)].split_at(layout.services.drivers);
                for (parts, whole) in [(demanded, Demanded), (delivered, Delivered)] {
                    let gap = parts[own.clone()].iter().sum::<f64>() / 10.0 - told(whole);
                    assert!(
                        gap.abs() <= 5.0 * rounding,
                        "round {round}: drivers differ from {} by {gap}",
                        whole.name()
                    );
                }
            }
        }
    }
}

/// A service at the end changes no figure of those before it, nor of plans.
#[test]
fn a_later_stage_changes_nothing_before_it() {
    let rates = area();
    let mut dice = Dice(43);
    for round in 0..200 {
        let services = random_stages(&mut dice);
        let scenario = with_levers(random_levers(&mut dice, &services));
        let mut more = services.clone();
        let last = pick(&mut dice, &services).id;
        let work = vec![after(&last, driver("work_0", Basis::Served, Serve::Queue, 1, 0.7, 3.0))];
        more.push(service("last", work, vec![grade("staff", 0.2, 600.0)]));
        let [few, many] = [&services, &more].map(|services| layout_of(&rates, services));
        let plans = few.line(0, 0).start;
        for (few_row, many_row) in [
            (principal(&rates, &services, &scenario), principal(&rates, &more, &scenario)),
            (
                rows(&rates, &services, &scenario, round, 1).remove(0),
                rows(&rates, &more, &scenario, round, 1).remove(0),
            ),
        ] {
            assert!(few_row[..plans] == many_row[..plans], "round {round}: plans change");
            for (line, year) in (0..services.len()).flat_map(|line| (0..YEARS).map(move |year| (line, year))) {
                let same = few_row[few.line(year, line)] == many_row[many.line(year, line)];
                assert!(same, "round {round}, year {year}: service {line} changes");
            }
        }
    }
}

/// More posts never leave fewer cases come or served by the end of any year, here or further on, nor more that wait
/// here; and never fewer diagnosed. (The mean wait of a year may rise: see `tests/services_reference.rs`.)
///
/// Cases of one month on a list stand for as many plans each. A case that comes in December rather than in January
/// is no longer among those of a year with more plans for each, so that a little fewer can come further by the end:
/// half a hundredth is let pass where assessments or plans are counted. Levers start after the first year there: what
/// those stand for who wait at the start is the mean of those who come in it.
#[test]
fn more_staff_on_a_pathway_serve_and_diagnose_no_fewer_and_let_nobody_wait_longer() {
    let rates = area();
    let mut dice = Dice(44);
    let mut more_diagnosed = 0;
    for round in 0..250 {
        let services = random_pathway(&mut dice);
        let layout = layout_of(&rates, &services);
        let place = (dice.uniform() * services.len() as f64) as usize;
        let counts = |driver: &Driver| driver.after.is_some() && driver.of != Basis::Served;
        let counted = services.iter().flat_map(|service| &service.drivers).any(counts);
        let years = if counted { [2026, 2026, 2027] } else { [2024, 2026, 2027] };
        let lever = staff(&services[place].id, pick(&mut dice, &years), dice.between(0.01, 0.8));
        let without = principal(&rates, &services, &Scenario::baseline());
        let with = principal(&rates, &services, &with_levers(vec![lever]));
        for line in 0..services.len() {
            let [mut before, mut after] = [[0.0; 2]; 2];
            for year in 0..YEARS {
                for (sums, row) in [(&mut before, &without), (&mut after, &with)] {
                    let told = |which| figure(layout, row, year, line, which);
                    (sums[0], sums[1]) = (sums[0] + told(Served), sums[1] + told(Diagnosed));
                }
                let listed = [&without, &with].map(|row| figure(layout, row, year, line, List));
                let at = format!("round {round}, service {line}, by year {year}");
                for (before, after, what) in [
                    (before[0], after[0], "served"),
                    (before[1], after[1], "diagnosed"),
                    (before[0] + listed[0], after[0] + listed[1], "come"),
                ] {
                    let passed_over = if counted { 5e-3 * before } else { 0.0 };
                    assert!(after >= before - passed_over - 1e-7, "{at}: {what} fall from {before} to {after}");
                }
            }
            more_diagnosed += usize::from(after[1] > before[1] + 1e-7);
        }
        for (which, year) in [List, Waiting].into_iter().flat_map(|which| (0..YEARS).map(move |year| (which, year))) {
            let [before, after] = [&without, &with].map(|row| figure(layout, row, year, place, which));
            assert!(after <= before + 1e-7, "round {round}, year {year}: {} rises", which.name());
        }
    }
    assert!(more_diagnosed > 60, "only {more_diagnosed} have more diagnoses");
}

/// To the last bit in drawn futures; in the principal projection to rounding.
#[test]
fn a_triage_that_sends_nobody_away_and_a_trend_of_one_change_nothing() {
    let rates = area();
    let mut dice = Dice(45);
    for round in 0..200 {
        let mut plain = if round == 0 { services() } else { random_stages(&mut dice) };
        let mut steady = plain.clone();
        for driver in plain.iter_mut().flat_map(|service| &mut service.drivers) {
            driver.trend = None;
        }
        for driver in steady.iter_mut().flat_map(|service| &mut service.drivers) {
            *driver = growing(1.0, driver.clone());
        }
        let idle: Vec<ServiceLever> =
            plain.iter().map(|service| triage(&service.id, from(2025, 2), 0.0, 1.0)).collect();
        let same = |found: &[f64], expected: &[f64], what: &str| {
            let near = |(found, expected): (&f64, &f64)| (found - expected).abs() <= 1e-9 * (1.0 + expected.abs());
            assert!(found.iter().zip(expected).all(near), "round {round}: {what} changes the projection");
        };
        let expected = principal(&rates, &plain, &Scenario::baseline());
        same(&principal(&rates, &plain, &with_levers(idle.clone())), &expected, "triage");
        same(&principal(&rates, &steady, &Scenario::baseline()), &expected, "a trend");
        let expected = rows(&rates, &plain, &Scenario::baseline(), round, 2);
        assert!(rows(&rates, &plain, &with_levers(idle), round, 2) == expected, "round {round}: triage");
        assert!(rows(&rates, &steady, &Scenario::baseline(), round, 2) == expected, "round {round}: a trend");
    }
}

/// Every figure but those of the diagnosed, in the baseline and where levers act on other services only: new plans are
/// those expected.
#[test]
fn outcomes_change_nothing_else_without_levers_on_their_pathway() {
    let rates = area();
    let mut dice = Dice(46);
    for round in 0..200 {
        let mut with = random_stages(&mut dice);
        let unlinked = driver("work_0", Basis::Plans, Serve::Queue, 1, 0.3, 2.0);
        with.push(service("apart", vec![unlinked], vec![grade("staff", 0.3, 500.0)]));
        let mut without = with.clone();
        without.iter_mut().for_each(|service| service.outcome = None);
        let layout = layout_of(&rates, &with);
        let scenarios = [Scenario::baseline(), with_levers(vec![staff("apart", 2026, 0.5)])];
        for scenario in &scenarios {
            let run = |services: &[Service]| {
                let mut all = rows(&rates, services, scenario, round, 2);
                all.push(principal(&rates, services, scenario));
                for row in &mut all {
                    for (year, line) in (0..YEARS).flat_map(|year| (0..services.len()).map(move |line| (year, line))) {
                        row[layout.line(year, line)][Diagnosed as usize] = 0.0;
                    }
                }
                all
            };
            assert!(run(&with) == run(&without), "round {round}: an outcome changes other figures");
            let row = principal(&rates, &with, scenario);
            for year in 0..YEARS {
                let cells =
                    (0..AGES * NEEDS * SETTINGS).map(|n| [n / NEEDS / SETTINGS, n / SETTINGS % NEEDS, n % SETTINGS]);
                let expected: f64 = cells.map(|[age, need, setting]| new_plans(&rates, year, age, need, setting)).sum();
                let found = row[layout.flow(year, Flow::NewPlans)][layout.margin(Margin::Total)];
                assert!((found - expected).abs() < 1e-9 * expected, "round {round}: {found} new plans, not {expected}");
            }
        }
    }
}

/// Services in a row with one kind of case each. In the last year all but the last have hours for all who wait.
fn random_chain(dice: &mut Dice) -> Vec<Service> {
    let stages = pick(dice, &[2, 3, 4]);
    let mut stage = |number: usize| {
        let of = pick(dice, &[Basis::Served, Basis::Assessments, Basis::NewPlans]);
        let (uptake, hours) = (dice.between(0.3, 1.0), dice.between(1.0, 9.0));
        let work = match number {
            0 => driver("work", Basis::Population, Serve::Queue, 1, dice.between(0.003, 0.02), hours),
            _ => after(&format!("stage_{}", number - 1), driver("work", of, Serve::Queue, 1, uptake, hours)),
        };
        let grades = vec![grade("staff", dice.between(0.05, 1.0), 600.0)];
        Service {
            list_at_start: dice.between(0.0, 60.0),
            arrivals: season(dice.word()),
            capacity: season(dice.word()),
            ..service(&format!("stage_{number}"), vec![work], grades)
        }
    };
    (0..stages).map(&mut stage).collect()
}

/// By hand, of what the engine tells alone: with n referrals and A assessments in the first year a referral stands for
/// A/n of them; where a list takes a share u of those served, a case of it stands for 1/u as many, and where it takes
/// a share of assessments, for 1/u of one. Plans likewise. When nobody waits any more, u times all of them have come,
/// and of what those stood for who waited at the start.
#[test]
fn assessments_and_plans_have_all_come_where_nobody_waits_any_more() {
    let rates = area();
    let mut dice = Dice(48);
    for round in 0..200 {
        let services = random_chain(&mut dice);
        let layout = layout_of(&rates, &services);
        let flush = |service: &Service| {
            let timing = from(BASE + YEARS as u16 - 1, 1);
            ServiceLever::Bought { service: service.id.clone(), timing, hours: 1e7 }
        };
        let (_, upstream) = services.split_last().expect("some");
        let row = principal(&rates, &services, &with_levers(upstream.iter().map(flush).collect()));
        let flows = |year: usize| {
            [Flow::Assessments, Flow::NewPlans].map(|flow| row[layout.flow(year, flow)][layout.margin(Margin::Total)])
        };
        let mut all = [0, 1].map(|of| (0..YEARS).map(|year| flows(year)[of]).sum::<f64>());
        let mut each = [0.0; 2];
        for (line, service) in services.iter().enumerate() {
            let work = &service.drivers[0];
            let (uptake, hours) = (work.uptake.central, work.hours.central);
            let came = |year: usize| figure(layout, &row, year, line, Demanded) / hours;
            let place = [Basis::Assessments, Basis::NewPlans].iter().position(|of| *of == work.of);
            each = match place {
                None if line == 0 => flows(0).map(|flow| flow / came(0)),
                None => each.map(|each| each / uptake),
                Some(place) => each.map(|other| other / each[place] / uptake),
            };
            if let Some(place) = place {
                let (found, expected) = ((0..YEARS).map(came).sum::<f64>(), uptake * all[place]);
                let at = format!("round {round}, {} to stage {line}", work.of.code());
                assert!((found - expected).abs() < 1e-8 * expected, "{at}: {found} have come, not {expected}");
            }
            all = [0, 1].map(|of| all[of] + service.list_at_start * each[of]);
        }
    }
}
