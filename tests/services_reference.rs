//! A second, slow and obvious implementation of services, SEN support and their lists, and tests that the
//! engine agrees with it.
//!
//! It was written from the equations at the head of the engine's files alone and shares no code with them. It
//! takes only the inputs (`Rates`, `Service`) and the places of figures in a row of results (`Layout`).
//!
//! Hours of an FTE are those of the staff in post, all months alike; a year has as many weeks as twelve months do.
//!
//! A list is told in two ways, neither of them the engine's: [`Parcels`] cuts each month into slices and passes
//! parcels of cases through a line; `services_world/lines/curves.rs` draws the hours that came and those that were given as
//! two broken lines over time, and reads waits off between them. The equations of services stand in
//! `services_world/lines/`.

#[path = "services_world/lines/mod.rs"]
mod lines;
mod services_world;

use std::collections::VecDeque;
use std::fmt::Write;

use needscast::domain::age_group::AgeGroup;
use needscast::domain::rates::Rates;
use needscast::domain::service::{Basis, Driver, Estimate, Grade, Month, Season, Serve, Service};
use needscast::engine::batch::run_principal;
use needscast::engine::layout::{Layout, LineFigure, SupportFlow};
use needscast::model::queue::{Arrivals, Queue, StandFor, WEEKS_PER_MONTH, Waits};
use needscast::scenario::lever::Timing;
use needscast::scenario::service_effects::services_in_force;
use needscast::scenario::service_lever::{DriverChange, ServiceLever};
use needscast::units::{CensusYear, Factor};

use lines::teams::staff_in_post;
use lines::{Books, assert_close, assert_principal_agrees, run_services};
use services_world::{
    AGES, BASE, Dice, NEEDS, SETTINGS, YEARS, area, driver, engine, grade, new_plans, rows, service, services, span,
    with_levers,
};

// ---------------------------------------------------------------------------------------------
// A list in parcels.

/// Slices of a month. A case comes and is served in the middle of a slice, so that its wait errs by no more than
/// one slice; hours and cases do not err.
const SLICES: usize = 400;

struct Parcel {
    /// In months.
    came: f64,
    cases: f64,
    hours: f64,
}

#[derive(Default)]
struct Parcels {
    line: VecDeque<Parcel>,
    /// Cases served in the year, with their waits in weeks.
    served: Vec<(f64, f64)>,
}

impl Parcels {
    /// `cases` spread evenly over the whole months before the start that they took to come.
    fn open(cases: f64, monthly: f64, hours_per_case: f64) -> Parcels {
        let months = (cases / monthly).ceil().clamp(1.0, 60.0);
        let slices = months as usize * SLICES;
        let parcel = |slice: usize| Parcel {
            came: (slice as f64 + 0.5) / SLICES as f64 - months,
            cases: cases / slices as f64,
            hours: cases / slices as f64 * hours_per_case,
        };
        Parcels { line: (0..slices).map(parcel).collect(), served: Vec::new() }
    }

    /// Hours given.
    fn serve(&mut self, month: usize, cases: f64, hours: f64, capacity: f64) -> f64 {
        let mut given = 0.0;
        for slice in 0..SLICES {
            let now = month as f64 + (slice as f64 + 0.5) / SLICES as f64;
            let parts = SLICES as f64;
            if cases > 0.0 {
                self.line.push_back(Parcel { came: now, cases: cases / parts, hours: hours / parts });
            }
            let mut left = capacity / parts;
            while let Some(first) = self.line.front_mut() {
                if left <= 0.0 {
                    break;
                }
                let share = (left / first.hours).min(1.0);
                self.served.push((share * first.cases, (now - first.came) * WEEKS_PER_MONTH));
                given += share * first.hours;
                left -= share * first.hours;
                if share == 1.0 {
                    self.line.pop_front();
                } else {
                    first.cases *= 1.0 - share;
                    first.hours *= 1.0 - share;
                }
            }
        }
        given
    }

    fn cases(&self) -> f64 {
        self.line.iter().map(|parcel| parcel.cases).sum()
    }

    fn hours(&self) -> f64 {
        self.line.iter().map(|parcel| parcel.hours).sum()
    }

    fn served_cases(&self) -> f64 {
        self.served.iter().map(|(cases, _)| cases).sum()
    }

    fn mean_weeks(&self) -> f64 {
        self.served.iter().map(|(cases, weeks)| cases * weeks).sum::<f64>() / self.served_cases()
    }

    fn share_within(&self, weeks: f64) -> f64 {
        let within = self.served.iter().filter(|(_, wait)| *wait <= weeks);
        within.map(|(cases, _)| cases).sum::<f64>() / self.served_cases()
    }

    /// The wait that a share of the cases did not exceed.
    fn quantile_weeks(&mut self, share: f64) -> f64 {
        self.served.sort_by(|a, b| a.1.total_cmp(&b.1));
        let (mut left, mut wait) = (share * self.served_cases(), 0.0);
        for (cases, weeks) in &self.served {
            if left <= 0.0 {
                break;
            }
            (left, wait) = (left - cases, *weeks);
        }
        wait
    }
}

/// Months of arrivals, hours and capacity that grow, shrink and stand still.
fn random_months(dice: &mut Dice) -> Vec<[f64; 3]> {
    let (mut pace, mut staff) = (dice.between(5.0, 60.0), dice.between(20.0, 300.0));
    let months = (0..36).map(|month| {
        if month % 6 == 0 {
            pace = dice.between(2.0, 60.0);
            staff = dice.between(0.0, 300.0);
        }
        let cases = if dice.falls(0.15) { 0.0 } else { pace * dice.between(0.3, 1.7) };
        let hours = cases * dice.between(1.0, 8.0);
        let capacity = if dice.falls(0.15) { 0.0 } else { staff * dice.between(0.5, 1.5) };
        [cases, hours, capacity]
    });
    months.collect()
}

/// Hours and cases agree to rounding; the mean wait to one slice; the share within the standard lies between the
/// shares within a standard one slice shorter and one longer; the 92 % wait, which is told to a quarter of a week,
/// agrees to that and a slice.
#[test]
fn the_list_agrees_with_parcels_passed_through_a_line_slice_by_slice() {
    const SLICE: f64 = WEEKS_PER_MONTH / SLICES as f64;
    let mut dice = Dice(1);
    let mut compared = 0;
    for round in 0..12 {
        let listed = if round % 3 == 0 { 0.0 } else { dice.between(1.0, 400.0) };
        let (monthly, each) = (dice.between(3.0, 40.0), dice.between(1.0, 8.0));
        let standard = dice.between(1.0, 40.0);
        let mut queue = Queue::default();
        queue.open(arriving(listed, listed * each), monthly);
        let mut parcels = if listed > 0.0 { Parcels::open(listed, monthly, each) } else { Parcels::default() };
        let mut waits = Waits::default();
        for (month, [cases, hours, capacity]) in random_months(&mut dice).into_iter().enumerate() {
            if month % 12 == 0 {
                waits.clear(Some(standard));
                parcels.served.clear();
            }
            let given = queue.serve(month, arriving(cases, hours), capacity, &mut waits);
            let expected = parcels.serve(month, cases, hours, capacity);
            let at = format!("round {round}, month {month}");
            assert_close(given.hours, expected, 1e-8, &format!("{at}: hours given"));
            assert_close(queue.hours(), parcels.hours(), 1e-8, &format!("{at}: hours that wait"));
            assert_close(queue.cases(), parcels.cases(), 1e-8, &format!("{at}: cases that wait"));
            // A line that is empty but for rounding has nobody who waits longest.
            if let Some(first) = parcels.line.front().filter(|_| parcels.hours() > 1e-6) {
                let longest = ((month + 1) as f64 - first.came) * WEEKS_PER_MONTH;
                let gap = (queue.longest_weeks(month + 1) - longest).abs();
                assert!(gap < SLICE, "{at}: the longest wait is off by {gap} weeks");
            }
            if month % 12 < 11 {
                continue;
            }
            assert_close(waits.cases, parcels.served_cases(), 1e-8, &format!("{at}: cases served"));
            let Some(mean) = waits.mean_weeks() else {
                assert!(parcels.served_cases() < 1e-9, "{at}: somebody was served");
                continue;
            };
            assert!((mean - parcels.mean_weeks()).abs() <= SLICE, "{at}: mean {mean}, not {}", parcels.mean_weeks());
            let within = waits.within_standard().expect("somebody was served");
            let bounds = [standard - SLICE, standard + SLICE].map(|weeks| parcels.share_within(weeks));
            let inside = bounds[0] - 1e-9 <= within && within <= bounds[1] + 1e-9;
            assert!(inside, "{at}: {within} within {standard} weeks, not in {bounds:?}");
            let (most, expected) = (waits.quantile_weeks(0.92), parcels.quantile_weeks(0.92));
            let most = most.expect("somebody was served");
            assert!((most - expected).abs() <= 0.25 + SLICE, "{at}: 92 % within {most}, not {expected}");
            compared += 1;
        }
    }
    assert!(compared > 30, "only {compared} years were compared");
}

/// Whoever comes is served no later where there are more hours in some months and nowhere fewer: the list is
/// never longer, and over all cases, when all have been served, the mean wait is no longer.
#[test]
fn more_hours_in_any_month_make_nobody_wait_longer() {
    let mut dice = Dice(2);
    for round in 0..300 {
        let months = random_months(&mut dice);
        let more: Vec<f64> =
            months.iter().map(|_| if dice.falls(0.5) { dice.between(0.0, 200.0) } else { 0.0 }).collect();
        let listed = dice.between(0.0, 300.0);
        let run = |added: &dyn Fn(usize) -> f64| {
            let mut queue = Queue::default();
            queue.open(arriving(listed, listed * 3.0), 20.0);
            let mut waits = Waits::default();
            waits.clear(Some(18.0));
            let mut lists = Vec::new();
            for (month, [cases, hours, capacity]) in months.iter().copied().enumerate() {
                queue.serve(month, arriving(cases, hours), capacity + added(month), &mut waits);
                lists.push(queue.hours());
            }
            queue.serve(months.len(), arriving(0.0, 0.0), 1e5, &mut waits);
            assert!(queue.cases() < 1e-6);
            (lists, waits.mean_weeks().expect("somebody came"), waits.within_standard().expect("somebody came"))
        };
        let (lists, mean, within) = run(&|_| 0.0);
        let (shorter, less, sooner) = run(&|month| more[month]);
        let never_longer = lists.iter().zip(&shorter).all(|(list, with_more)| *with_more <= list + 1e-7);
        assert!(never_longer, "round {round}: a list is longer with more hours");
        assert!(less <= mean + 1e-9, "round {round}: mean wait {less} with more hours, {mean} without");
        assert!(
            sooner >= within - 1e-9,
            "round {round}: {sooner} within the standard with more hours, {within} without"
        );
    }
}

/// By hand: 60 cases of an hour come in January, and 2 hours are given a month. Who is served at t came at 2t/60, so
/// that the mean wait of the 24 served is 6·(1 − 1/30) = 5.8 months. With 10 hours more in December 22 are served by
/// then, with a mean wait of 5.5·(1 − 1/30), and 12 in December, who waited 11.5 − 28/60 on average. Nobody waits
/// longer for it, but those who waited longest are now among those served: the mean of the year rises.
#[test]
fn the_mean_wait_of_a_year_rises_where_more_of_those_who_waited_long_are_served() {
    let mean_months = |december: f64| {
        let (mut queue, mut waits) = (Queue::default(), Waits::default());
        queue.open(arriving(0.0, 0.0), 0.0);
        waits.clear(None);
        for month in 0..12 {
            let coming = if month == 0 { 60.0 } else { 0.0 };
            queue.serve(month, arriving(coming, coming), if month == 11 { december } else { 2.0 }, &mut waits);
        }
        waits.mean_weeks().expect("some are served") / WEEKS_PER_MONTH
    };
    assert_close(mean_months(2.0), 5.8, 1e-9, "mean wait in months");
    let early = 5.5 * (1.0 - 1.0 / 30.0);
    let expected = (22.0 * early + 12.0 * (11.5 - 28.0 / 60.0)) / 34.0;
    assert_close(mean_months(12.0), expected, 1e-9, "mean wait in months with more hours in December");
}

/// Cases that nobody has looked at before.
fn arriving(cases: f64, hours: f64) -> Arrivals {
    Arrivals { cases, hours, stand_for: StandFor::default() }
}

// ---------------------------------------------------------------------------------------------
// Services with work of every kind.

fn at_once(from: u16) -> Timing {
    Timing { from, until: None, phase_in_years: 1 }
}

fn factor(value: f64) -> Factor {
    Factor::new(value).expect("a factor")
}

/// One lever of each kind, and a second on a kind of work that another acts on.
fn levers() -> Vec<ServiceLever> {
    let change = |service: &str, driver: &str, change, timing| ServiceLever::Driver {
        service: service.to_string(),
        driver: driver.to_string(),
        change,
        timing,
    };
    let phased = Timing { from: 2026, until: Some(2027), phase_in_years: 3 };
    let month = Month { year: 2026, month: 4 };
    vec![
        change("therapy", "advice", DriverChange::Uptake { multiply: factor(1.5) }, phased),
        change("therapy", "advice", DriverChange::Growth { per_year: 0.1 }, at_once(2026)),
        change("therapy", "groups", DriverChange::Hours { multiply: factor(0.5) }, phased),
        change("therapy", "in_plans", DriverChange::GroupSize { children: 5.0 }, at_once(2027)),
        change("therapy", "referrals", DriverChange::Ages { span: span("3-7") }, at_once(2026)),
        ServiceLever::Staff { service: "therapy".into(), grade: "band_4".into(), from: month, added: 0.3 },
        ServiceLever::Staff { service: "therapy".into(), grade: "band_6".into(), from: month, added: -0.2 },
        ServiceLever::Recruitment { service: "therapy".into(), grade: "band_6".into(), from: month, months: 2.0 },
        ServiceLever::Bought { service: "psychology".into(), timing: at_once(2027), hours: 250.0 },
        ServiceLever::Staff { service: "psychology".into(), grade: "psychologist".into(), from: month, added: -5.0 },
    ]
}

#[test]
fn every_figure_of_services_in_the_principal_projection_agrees() {
    assert_principal_agrees(&area(), &services(), &[]);
}

#[test]
fn it_agrees_with_levers_of_every_kind_too() {
    assert_principal_agrees(&area(), &services(), &levers());
}

/// FTE needed in the first year of a service with 1,600 cases of an hour each, referred from residents.
fn needed_in_first_year(staff: Grade, season: Season, levers: &[ServiceLever]) -> f64 {
    let rates = area();
    let residents: f64 = rates.population.years[0].iter().sum();
    let work = driver("work", Basis::Population, Serve::Queue, 1, 1600.0 / residents, 1.0);
    let services = [Service { capacity: season, ..service("team", vec![work], vec![staff]) }];
    let (prepared, effects) = engine(&rates, &services, &with_levers(levers.to_vec()));
    let row = run_principal(&prepared, &effects).expect("the books balance");
    let layout = Layout::of(&prepared);
    row[layout.line(0, 0)][LineFigure::Needed as usize] / LineFigure::Needed.scale()
}

/// By hand: 1,600 hours demanded take 2 FTE of 800 hours, whoever is in post and when.
#[test]
fn what_the_demand_takes_does_not_hang_on_when_staff_are_in_post() {
    let mut term_time: Season = [12.0 / 11.0; 12];
    term_time[7] = 0.0;
    let run = |levers: &[ServiceLever]| needed_in_first_year(grade("staff", 1.0, 800.0), term_time, levers);
    assert_close(run(&[]), 2.0, 1e-9, "FTE needed");
    let (service, grade, from) = ("team".to_string(), "staff".to_string(), Month { year: BASE, month: 8 });
    assert_close(
        run(&[ServiceLever::Staff { service, grade, from, added: 1.0 }]),
        2.0,
        1e-9,
        "FTE needed with more staff",
    );
}

/// The principal projection takes the central value, whatever stands beside it.
#[test]
fn what_is_uncertain_does_not_move_the_principal_projection() {
    let mut uncertain = services();
    for service in &mut uncertain {
        for driver in &mut service.drivers {
            let spread = |e: Estimate| Estimate { low: 0.5 * e.central, high: 3.0 * e.central, ..e };
            (driver.uptake, driver.hours) = (spread(driver.uptake), spread(driver.hours));
        }
    }
    assert_principal_agrees(&area(), &uncertain, &levers());
}

/// In drawn futures, too, each figure follows from the children of its own row, to the last unit of the row. Left
/// out is what no row tells: new plans by age and need, and referrals, which are drawn.
#[test]
fn every_figure_of_drawn_futures_agrees() {
    let rates = area();
    let mut services = services();
    services.pop();
    services[0].drivers.drain(..2);
    let advice = services[1].drivers[0].clone();
    services[0].drivers.push(Driver { uptake: Estimate::certain(0.4), ..advice });
    let levers = levers();
    let scenario = with_levers(levers.clone());
    let layout = Layout::of(&engine(&rates, &services, &scenario).0);
    for (replicate, row) in rows(&rates, &services, &scenario, 5, 100).iter().enumerate() {
        let books = Books::new(&rates, layout, row);
        for (line, (service, course)) in services.iter().zip(run_services(&books, &services, &levers)).enumerate() {
            for (year, told) in course.told.iter().enumerate() {
                for (figure, expected) in &told.figures {
                    let found = row[layout.line(year, line)][*figure as usize] / figure.scale();
                    let bin = if *figure == LineFigure::Wait92 { 0.25 } else { 0.0 };
                    let near = (found - expected).abs() <= 0.5001 / figure.scale() + bin;
                    let what = format!("{}, {}, year {year}, replicate {replicate}", service.id, figure.name());
                    assert!(near, "{what}: the engine has {found}, the reference {expected}");
                }
            }
        }
    }
}

/// Random posts, vacancies, turnover, times to recruit and levers on them, month by month.
#[test]
fn staff_in_post_agree_with_the_equations_month_by_month() {
    let mut dice = Dice(3);
    for round in 0..500 {
        let mut month =
            |first: u16| Month { year: first + (dice.uniform() * 6.0) as u16, month: (dice.uniform() * 12.0) as u8 };
        let mut months = [month(2023), month(2023), month(2023)];
        let lever_months = [month(2024), month(2024), month(2024)];
        months.sort();
        let establishment = months.map(|month| (month, dice.between(0.0, 10.0))).to_vec();
        let own = Grade {
            vacancy: dice.between(0.0, 0.5),
            turnover: dice.between(0.0, 0.6),
            months_to_recruit: dice.falls(0.7).then(|| dice.between(0.4, 9.0)),
            establishment,
            ..grade("own", 1.0, 800.0)
        };
        let service = service("team", Vec::new(), vec![own, grade("other", 2.0, 800.0)]);
        let which = |other: bool| if other { "other" } else { "own" }.to_string();
        let mut levers = Vec::new();
        for from in lever_months {
            let (service, grade) = ("team".to_string(), which(dice.falls(0.2)));
            levers.push(if dice.falls(0.7) {
                ServiceLever::Staff { service, grade, from, added: dice.between(-6.0, 6.0) }
            } else {
                ServiceLever::Recruitment { service, grade, from, months: dice.between(0.4, 9.0) }
            });
        }
        let found =
            services_in_force(std::slice::from_ref(&service), &with_levers(levers.clone()), CensusYear(BASE), YEARS);
        for (number, grade) in service.grades.iter().enumerate() {
            let expected = staff_in_post(&service, grade, &levers, YEARS * 12);
            let found: Vec<f64> = found.iter().flat_map(|year| year.in_post[number]).collect();
            for (month, (found, expected)) in found.iter().zip(&expected).enumerate() {
                assert_close(*found, *expected, 1e-12, &format!("round {round}, {}, month {month}", grade.id));
            }
        }
    }
}

/// Left alone, as many leave in a month as are recruited: of P posts x are filled where
/// x = x·(1 − u/12) + (P − x·(1 − u/12))/m.
#[test]
fn staff_left_alone_settle_where_leavers_and_recruits_are_as_many() {
    let own = Grade { turnover: 0.24, months_to_recruit: Some(4.0), vacancy: 0.5, ..grade("own", 8.0, 800.0) };
    let in_post = staff_in_post(&service("team", Vec::new(), Vec::new()), &own, &[], 200);
    let team = service("team", Vec::new(), vec![own]);
    let found = services_in_force(&[team], &with_levers(Vec::new()), CensusYear(BASE), 10);
    let last = found[9].in_post[0][11];
    assert_close(last, (8.0 / 4.0) / (1.0 - 0.98 * 0.75), 1e-9, "staff after ten years");
    assert_close(in_post[199], last, 1e-9, "the reference");
}

// ---------------------------------------------------------------------------------------------
// SEN support, child by child.

/// Pupils by census, and the three flows by year, both by age group and need and in all.
#[derive(Default)]
struct SupportBooks {
    figures: Vec<(String, f64)>,
}

impl SupportBooks {
    fn add_groups(&mut self, what: &str, counts: &[[f64; NEEDS]]) {
        for group in AgeGroup::ALL {
            let ages = &counts[group.span().first().index()..=group.span().last().index()];
            let sums: [f64; NEEDS] = std::array::from_fn(|need| ages.iter().map(|needs| needs[need]).sum());
            for (need, all) in sums.into_iter().enumerate() {
                self.figures.push((format!("{what}, {}, need {need}", group.code()), all));
            }
        }
        let all = counts.iter().flatten().sum();
        self.figures.push((what.to_string(), all));
    }

    fn of_row(layout: Layout, row: &[f64]) -> SupportBooks {
        let mut books = SupportBooks::default();
        let mut add = |what: String, counts: &[f64]| {
            for (place, count) in counts.iter().enumerate() {
                let group = AgeGroup::ALL[place / NEEDS].code();
                books.figures.push((format!("{what}, {group}, need {}", place % NEEDS), *count));
            }
            books.figures.push((what, counts.iter().sum()));
        };
        add("pupils at census 0".into(), &row[layout.support_stock(0)]);
        for year in 0..layout.years {
            for flow in SupportFlow::ALL {
                add(format!("{} in year {year}", flow.name()), &row[layout.support_flow(year, flow)]);
            }
            add(format!("pupils at census {}", year + 1), &row[layout.support_stock(year + 1)]);
        }
        books
    }
}

/// How numbers come about: drawn, or as expected.
trait Lot {
    fn normal(&mut self) -> Option<f64>;
    fn events(&mut self, mean: f64) -> f64;
    fn part(&mut self, of: f64, probability: f64) -> f64;
}

struct Mean;

impl Lot for Mean {
    fn normal(&mut self) -> Option<f64> {
        None
    }

    fn events(&mut self, mean: f64) -> f64 {
        mean
    }

    fn part(&mut self, of: f64, probability: f64) -> f64 {
        of * probability
    }
}

impl Lot for Dice {
    fn normal(&mut self) -> Option<f64> {
        Some((-2.0 * self.uniform().ln()).sqrt() * (std::f64::consts::TAU * self.uniform()).cos())
    }

    /// As many exponential gaps as fit.
    fn events(&mut self, mean: f64) -> f64 {
        let (mut events, mut time) = (0.0, -self.uniform().ln());
        while time < mean {
            events += 1.0;
            time -= self.uniform().ln();
        }
        events
    }

    /// One coin for each child.
    fn part(&mut self, of: f64, probability: f64) -> f64 {
        (0..of as u32).filter(|_| self.falls(probability)).count() as f64
    }
}

fn run_support(rates: &Rates, lot: &mut impl Lot) -> SupportBooks {
    let support = rates.support.as_ref().expect("the area has SEN support");
    let cell = |age: usize, need: usize| age * NEEDS + need;
    let mut pupils: Vec<[f64; NEEDS]> =
        (0..AGES).map(|age| std::array::from_fn(|need| f64::from(support.stock[cell(age, need)]))).collect();
    let drawn = lot.normal();
    // Shares on SEN support after some years, as multiples of those at the base census.
    let grown = |years: usize| {
        let all: f64 = (1..=years as i32).map(|year| support.damping.powi(year)).sum();
        let sd = all * support.growth_error;
        (all * support.growth + drawn.map_or(0.0, |normal| normal * sd - sd * sd / 2.0)).exp()
    };
    let share = |age: usize, need: usize| if age < AGES { support.share[cell(age, need)] } else { 0.0 };
    let mut books = SupportBooks::default();
    books.add_groups("pupils at census 0", &pupils);
    for year in 0..rates.years {
        let nobody = || vec![[0.0; NEEDS]; AGES];
        let (mut identified, mut stepped_down, mut escalated, mut closing) = (nobody(), nobody(), nobody(), nobody());
        for age in 0..AGES {
            for need in 0..NEEDS {
                let plans_of =
                    |need| (0..SETTINGS).map(|setting| new_plans(rates, year, age, need, setting)).sum::<f64>();
                let plans = lot.events(plans_of(need));
                let with_plan = lot.part(plans, support.from_support).min(pupils[age][need]);
                let left = pupils[age][need] - with_plan;
                let no_longer = lot.part(left, support.step_down[cell(age, need)]);
                // Who must come so that the share of the next age is met, were plans as expected.
                let kept = 1.0 - support.step_down[cell(age, need)];
                let residents = rates.population.years[year][age];
                let wanted = grown(year + 1) * share(age + 1, need) * residents;
                let there = grown(year) * share(age, need) * residents;
                let planned = support.planned[cell(age, need)] * (0..NEEDS).map(plans_of).sum::<f64>();
                let new = lot.events((wanted - kept * (there - planned)).max(0.0));
                (escalated[age][need], stepped_down[age][need], identified[age][need]) = (with_plan, no_longer, new);
                if age + 1 < AGES {
                    closing[age + 1][need] = left - no_longer + new;
                }
            }
        }
        pupils = closing;
        for (flow, counts) in SupportFlow::ALL.into_iter().zip([&identified, &stepped_down, &escalated]) {
            books.add_groups(&format!("{} in year {year}", flow.name()), counts);
        }
        books.add_groups(&format!("pupils at census {}", year + 1), &pupils);
    }
    books
}

#[test]
fn sen_support_of_the_principal_projection_agrees() {
    let rates = area();
    let (prepared, effects) = engine(&rates, &[], &with_levers(Vec::new()));
    let row = run_principal(&prepared, &effects).expect("the books balance");
    let found = SupportBooks::of_row(Layout::of(&prepared), &row);
    let expected = run_support(&rates, &mut Mean);
    assert_eq!(found.figures.len(), expected.figures.len());
    for ((what, found), (same, expected)) in found.figures.iter().zip(&expected.figures) {
        assert_eq!(what, same);
        assert_close(*found, *expected, 1e-9, what);
    }
}

/// Mean and its standard error, variance and its standard error.
fn moments(values: &[f64]) -> [f64; 4] {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let central = |power| values.iter().map(|value| (value - mean).powi(power)).sum::<f64>() / count;
    let (variance, fourth) = (central(2), central(4));
    [mean, (variance / count).sqrt(), variance, ((fourth - variance * variance).max(0.0) / count).sqrt()]
}

/// Means and variances of pupils and flows by age group and need and in all, within four standard errors; variances
/// of sums of a year with the year before, too, in which it would show if a level were drawn anew each year.
#[test]
fn sen_support_of_drawn_futures_agrees_child_by_child() {
    let rates = area();
    let count = 3000;
    let scenario = with_levers(Vec::new());
    let layout = Layout::of(&engine(&rates, &[], &scenario).0);
    let with_pairs = |books: SupportBooks| {
        let mut figures = books.figures;
        let totals: Vec<(String, f64)> = figures.iter().filter(|(what, _)| !what.contains(',')).cloned().collect();
        for later in 4..totals.len() {
            let (first, second) = (&totals[later - 4], &totals[later]);
            figures.push((format!("{} and {}", first.0, second.0), first.1 + second.1));
        }
        figures
    };
    let found: Vec<_> = rows(&rates, &[], &scenario, 9, count)
        .iter()
        .map(|row| with_pairs(SupportBooks::of_row(layout, row)))
        .collect();
    let mut dice = Dice(4);
    let expected: Vec<_> = (0..count).map(|_| with_pairs(run_support(&rates, &mut dice))).collect();
    let mut wrong = String::new();
    for (place, (what, _)) in expected[0].iter().enumerate() {
        let of =
            |books: &[Vec<(String, f64)>]| moments(&books.iter().map(|figures| figures[place].1).collect::<Vec<_>>());
        let (found, expected) = (of(&found), of(&expected));
        for (value, kind) in [(0, "mean"), (2, "variance")] {
            let error = found[value + 1].hypot(expected[value + 1]);
            if (found[value] - expected[value]).abs() > 4.0 * error + 1e-9 {
                let (theirs, ours) = (found[value], expected[value]);
                writeln!(wrong, "{kind} of {what}: the engine has {theirs}, the reference {ours}, error {error}")
                    .expect("a string takes all");
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
