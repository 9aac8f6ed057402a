//! A second, slow and obvious implementation of services, SEN support and their lists, and tests that the
//! engine agrees with it.
//!
//! It was written from the equations at the head of the engine's files alone and shares no code with them. It
//! takes only the inputs (`Rates`, `Service`) and the places of figures in a row of results (`Layout`).
//!
//! Hours of an FTE are those of the staff in post, all months alike; a year has as many weeks as twelve months do.
//!
//! A list is told in two ways, neither of them the engine's: [`Parcels`] cuts each month into slices and passes
//! parcels of cases through a line; [`Curves`] draws the hours that came and those that were given as two
//! broken lines over time, and reads waits off between them.

mod services_world;

use std::collections::VecDeque;
use std::fmt::Write;

use needscast::domain::age_group::{AgeGroup, AgeSpan};
use needscast::domain::rates::Rates;
use needscast::domain::service::{Basis, Driver, Estimate, Grade, Month, Season, Serve, Service, Tier};
use needscast::engine::batch::run_principal;
use needscast::engine::layout::{Flow, Layout, LineFigure, Margin, SupportFlow};
use needscast::model::queue::{Arrivals, Queue, StandFor, WEEKS_PER_MONTH, Waits};
use needscast::scenario::lever::Timing;
use needscast::scenario::service_effects::services_in_force;
use needscast::scenario::service_lever::{DriverChange, ServiceLever};
use needscast::units::{CensusYear, Factor};

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
            assert_close(given, expected, 1e-8, &format!("{at}: hours given"));
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

// ---------------------------------------------------------------------------------------------
// A list as two curves.

/// A stretch of time in which hours come, or are given, evenly.
#[derive(Clone, Copy)]
struct Stretch {
    time: [f64; 2],
    /// Hours in all up to its start and end.
    hours: [f64; 2],
}

impl Stretch {
    fn time_at(self, hours: f64) -> f64 {
        let part = (hours - self.hours[0]) / (self.hours[1] - self.hours[0]);
        self.time[0] + part * (self.time[1] - self.time[0])
    }
}

/// Hours that came and hours that were given, from the first case of the list on.
#[derive(Default)]
struct Curves {
    /// With cases per hour.
    came: Vec<(Stretch, f64)>,
    given: Vec<Stretch>,
}

/// Cases with waits that lie evenly between two, in weeks.
type Spread = (f64, [f64; 2]);

impl Curves {
    fn open(cases: f64, monthly: f64, hours_per_case: f64) -> Curves {
        let mut curves = Curves::default();
        if cases > 0.0 {
            let months = if monthly > 0.0 { (cases / monthly).ceil().clamp(1.0, 60.0) } else { 1.0 };
            let all = Stretch { time: [-months, 0.0], hours: [0.0, cases * hours_per_case] };
            curves.came.push((all, 1.0 / hours_per_case));
        }
        curves
    }

    fn came_in_all(&self) -> f64 {
        self.came.last().map_or(0.0, |(stretch, _)| stretch.hours[1])
    }

    fn given_in_all(&self) -> f64 {
        self.given.last().map_or(0.0, |stretch| stretch.hours[1])
    }

    /// Hours given in a month.
    fn serve(&mut self, month: usize, cases: f64, hours: f64, capacity: f64) -> f64 {
        let start = month as f64;
        let (came, given) = (self.came_in_all(), self.given_in_all());
        let waiting = came - given;
        if hours > 0.0 {
            let stretch = Stretch { time: [start, start + 1.0], hours: [came, came + hours] };
            self.came.push((stretch, cases / hours));
        }
        let mut push = |time: [f64; 2], hours: [f64; 2]| {
            if hours[1] > hours[0] {
                self.given.push(Stretch { time, hours });
            }
        };
        if waiting + hours <= capacity {
            // All that came is given; the list is empty from here on.
            let empty = start + if waiting > 0.0 { waiting / (capacity - hours) } else { 0.0 };
            let met = came + hours * (empty - start);
            push([start, empty], [given, met]);
            push([empty, start + 1.0], [met, came + hours]);
        } else {
            push([start, start + 1.0], [given, given + capacity]);
        }
        self.given_in_all() - given
    }

    fn hours(&self) -> f64 {
        self.came_in_all() - self.given_in_all()
    }

    /// Cases of the hours from one sum on to another, by stretches of both curves: those who were given them from
    /// a month on.
    fn served_since(&self, month: usize) -> Vec<Spread> {
        let mut spreads = Vec::new();
        for given in self.given.iter().filter(|given| given.time[0] >= month as f64) {
            for (came, cases_per_hour) in &self.came {
                let from = given.hours[0].max(came.hours[0]);
                let to = given.hours[1].min(came.hours[1]);
                if to > from {
                    let wait = |hours: f64| (given.time_at(hours) - came.time_at(hours)) * WEEKS_PER_MONTH;
                    spreads.push(((to - from) * cases_per_hour, [wait(from), wait(to)]));
                }
            }
        }
        spreads
    }

    /// Cases that still wait, and the time when the first of them came.
    fn waiting(&self) -> (f64, Option<f64>) {
        let given = self.given_in_all();
        let (mut cases, mut first) = (0.0, None);
        for (came, cases_per_hour) in &self.came {
            let from = given.max(came.hours[0]);
            if came.hours[1] > from {
                cases += (came.hours[1] - from) * cases_per_hour;
                first = first.or(Some(came.time_at(from)));
            }
        }
        (cases, first)
    }
}

/// The share of even spreads that is no more than `weeks`.
fn share_within(spreads: &[Spread], weeks: f64) -> f64 {
    let part = |[a, b]: [f64; 2]| {
        let (least, most) = (f64::min(a, b), f64::max(a, b));
        if most <= weeks {
            1.0
        } else if least >= weeks {
            0.0
        } else {
            (weeks - least) / (most - least)
        }
    };
    let all: f64 = spreads.iter().map(|(cases, _)| cases).sum();
    spreads.iter().map(|(cases, ends)| cases * part(*ends)).sum::<f64>() / all
}

fn mean_of(spreads: &[Spread]) -> f64 {
    let all: f64 = spreads.iter().map(|(cases, _)| cases).sum();
    spreads.iter().map(|(cases, [a, b])| cases * (a + b) / 2.0).sum::<f64>() / all
}

/// Cases that nobody has looked at before.
fn arriving(cases: f64, hours: f64) -> Arrivals {
    Arrivals { cases, hours, stand_for: StandFor::default() }
}

fn assert_close(found: f64, expected: f64, tolerance: f64, what: &str) {
    let near = (found - expected).abs() <= tolerance * (1.0 + expected.abs());
    assert!(near, "{what}: the engine has {found}, the reference {expected}");
}

// ---------------------------------------------------------------------------------------------
// The equations of services.

/// What the principal projection has of a service in a year, and of its drivers.
#[derive(Clone, Default)]
struct Told {
    figures: Vec<(LineFigure, f64)>,
    /// Hours demanded and delivered.
    drivers: Vec<[f64; 2]>,
    /// Hours demanded by tier, in the order in which the drivers name them, and need.
    tiers: Vec<(Tier, [f64; NEEDS])>,
}

/// A row of results, read with the eyes of the reference.
struct Books<'a> {
    rates: &'a Rates,
    layout: Layout,
    row: &'a [f64],
}

impl Books<'_> {
    fn new_plans_recorded(&self, year: usize, flow: Flow, margin: Margin) -> f64 {
        self.row[self.layout.flow(year, flow)][self.layout.margin(margin)]
    }

    /// Children of a need that a driver counts. Where need, age and setting are told apart only by age group,
    /// its ages must be those of whole groups.
    fn counted(&self, driver: &Driver, ages: AgeSpan, year: usize, need: usize) -> f64 {
        let named = self.rates.needs.iter().nth(need).expect("a need of the area");
        if !driver.needs.is_empty() && !driver.needs.contains(&named) {
            return 0.0;
        }
        let (layout, row) = (self.layout, self.row);
        let takes = |setting: usize| {
            driver.settings.is_empty() || driver.settings.iter().any(|chosen| chosen.index() == setting)
        };
        let groups = || {
            AgeGroup::ALL.into_iter().filter(move |group| {
                let inside = ages.first() <= group.span().first() && group.span().last() <= ages.last();
                assert!(inside || group.span().ages().all(|age| !ages.contains(age)), "ages of whole groups");
                inside
            })
        };
        let by_group = |counts: &[f64]| groups().map(|group| counts[group.index() * NEEDS + need]).sum::<f64>();
        let plans = |census: usize| -> f64 {
            let stock = &row[layout.stock_groups(census)];
            let cell = |group: AgeGroup, setting| stock[layout.group_cell(need, setting, group.index())];
            groups()
                .flat_map(|group| (0..SETTINGS).map(move |s| (group, s)))
                .map(|(group, s)| if takes(s) { cell(group, s) } else { 0.0 })
                .sum()
        };
        match driver.of {
            Basis::Plans => (plans(year) + plans(year + 1)) / 2.0,
            Basis::SenSupport => {
                let at = |census: usize| by_group(&row[layout.support_stock(census)]);
                (at(year) + at(year + 1)) / 2.0
            }
            Basis::Identified => by_group(&row[layout.support_flow(year, SupportFlow::Identified)]),
            Basis::NewPlans => {
                let of_age = |age: usize| -> f64 {
                    (0..SETTINGS).filter(|s| takes(*s)).map(|s| new_plans(self.rates, year, age, need, s)).sum()
                };
                ages.ages().map(|age| of_age(age.index())).sum()
            }
            _ => 0.0,
        }
    }

    /// All that a driver counts.
    fn count(&self, driver: &Driver, ages: AgeSpan, year: usize) -> f64 {
        let total = |flow| self.new_plans_recorded(year, flow, Margin::Total);
        match driver.of {
            Basis::Population => ages.ages().map(|age| self.rates.population.years[year][age.index()]).sum(),
            Basis::Requests => total(Flow::Requests),
            Basis::Assessments => total(Flow::Assessments),
            Basis::Refusals => total(Flow::Requests) - total(Flow::Assessments),
            _ => (0..NEEDS).map(|need| self.counted(driver, ages, year, need)).sum(),
        }
    }
}

/// What levers leave of a driver in a calendar year: ages, and factors on uptake and hours, the size of groups
/// among the latter.
fn driver_in(service: &Service, driver: &Driver, levers: &[ServiceLever], year: u16) -> (AgeSpan, f64, f64) {
    let (mut ages, mut uptake, mut hours, mut size) = (driver.ages, 1.0, 1.0, driver.group_size);
    for lever in levers {
        let ServiceLever::Driver { service: of, driver: id, change, timing } = lever else { continue };
        let acts = timing.from <= year && timing.until.is_none_or(|until| year <= until);
        if *of != service.id || *id != driver.id || !acts {
            continue;
        }
        let passed = f64::from(year - timing.from) + 1.0;
        let strength = (passed / f64::from(timing.phase_in_years)).min(1.0);
        match change {
            DriverChange::Uptake { multiply } => uptake *= 1.0 + strength * (multiply.value() - 1.0),
            DriverChange::Hours { multiply } => hours *= 1.0 + strength * (multiply.value() - 1.0),
            DriverChange::Growth { per_year } => uptake *= (1.0 + per_year).powf(passed),
            DriverChange::GroupSize { children } => size = *children,
            DriverChange::Ages { span } => ages = *span,
        }
    }
    (ages, uptake, hours / size)
}

/// FTE in post in each month.
///
/// In a month turnover/12 of those in post leave, and then each vacancy is filled with a probability of one in as
/// many months as it takes. Who is beyond the posts planned goes at once.
fn staff_in_post(service: &Service, grade: &Grade, levers: &[ServiceLever], months: usize) -> Vec<f64> {
    let ours = |of: &str, id: &str| of == service.id && id == grade.id;
    let mut in_post = Vec::new();
    let mut now = 0.0;
    for number in 0..months {
        let month = Month { year: BASE, month: 0 }.later(number);
        let mut planned = grade.establishment[0].1;
        for (_, posts) in grade.establishment.iter().filter(|(from, _)| *from <= month) {
            planned = *posts;
        }
        let mut to_recruit = grade.months_to_recruit;
        for lever in levers {
            match lever {
                ServiceLever::Staff { service, grade, from, added } if ours(service, grade) && *from <= month => {
                    planned += added;
                }
                ServiceLever::Recruitment { service, grade, from, months }
                    if ours(service, grade) && *from <= month =>
                {
                    to_recruit = Some(*months);
                }
                _ => {}
            }
        }
        planned = planned.max(0.0);
        now = match to_recruit {
            None => planned * (1.0 - grade.vacancy),
            Some(_) if number == 0 => planned * (1.0 - grade.vacancy),
            Some(months) => {
                let left = (now * (1.0 - grade.turnover / 12.0)).min(planned);
                left + (planned - left) * (1.0 / months).min(1.0)
            }
        };
        in_post.push(now);
    }
    in_post
}

/// A level of work: of one priority and kind.
struct Level {
    serve: Serve,
    drivers: Vec<usize>,
    curves: Curves,
}

fn levels(service: &Service) -> Vec<Level> {
    let mut levels = Vec::new();
    for priority in 0..=u8::MAX {
        for serve in [Serve::Queue, Serve::Ongoing] {
            let of = |driver: &Driver| driver.priority == priority && driver.serve == serve;
            let drivers: Vec<usize> = (0..service.drivers.len()).filter(|d| of(&service.drivers[*d])).collect();
            if !drivers.is_empty() {
                levels.push(Level { serve, drivers, curves: Curves::default() });
            }
        }
    }
    levels
}

/// All years of a service at central rates.
fn run_service(books: &Books, service: &Service, levers: &[ServiceLever]) -> Vec<Told> {
    let years = books.rates.years;
    let staff: Vec<Vec<f64>> =
        service.grades.iter().map(|grade| staff_in_post(service, grade, levers, years * 12)).collect();
    let per_fte: Vec<f64> =
        service.grades.iter().map(|grade| grade.direct_hours.central * (1.0 - grade.absence)).collect();
    let mut levels = levels(service);
    let mut told = Vec::new();
    for year in 0..years {
        let calendar = BASE + year as u16;
        let mut cases = Vec::new();
        let mut drivers = Vec::new();
        let mut tiers: Vec<(Tier, [f64; NEEDS])> = Vec::new();
        for driver in &service.drivers {
            let (ages, uptake, hours) = driver_in(service, driver, levers, calendar);
            let (uptake, hours) = (driver.uptake.central * uptake, driver.hours.central * hours);
            let all = books.count(driver, ages, year) * uptake;
            cases.push(all);
            drivers.push([all * hours, 0.0]);
            if let Some(tier) = driver.tier.filter(|_| driver.of.has_needs()) {
                let place = tiers.iter().position(|(known, _)| *known == tier).unwrap_or(tiers.len());
                if place == tiers.len() {
                    tiers.push((tier, [0.0; NEEDS]));
                }
                for need in 0..NEEDS {
                    tiers[place].1[need] += books.counted(driver, ages, year, need) * uptake * hours;
                }
            }
        }
        let sum = |level: &[usize], of: &dyn Fn(usize) -> f64| level.iter().map(|driver| of(*driver)).sum::<f64>();
        let queued: Vec<usize> =
            levels.iter().filter(|level| level.serve == Serve::Queue).flat_map(|level| level.drivers.clone()).collect();
        let all_cases = sum(&queued, &|driver| cases[driver]);
        if year == 0 && all_cases > 0.0 {
            open_lists(service, &mut levels, &cases, &drivers);
        }
        let bought = levers.iter().fold(service.bought_hours, |bought, lever| match lever {
            ServiceLever::Bought { service: of, timing, hours }
                if *of == service.id && timing.strength(calendar) > 0.0 =>
            {
                bought + timing.strength(calendar) * (hours - bought)
            }
            _ => bought,
        });
        let (mut capacity, mut in_post, mut lapsed, mut delivered) = (0.0, 0.0, 0.0, 0.0);
        let mut given = vec![0.0; levels.len()];
        for month in 0..12 {
            let number = year * 12 + month;
            let of_staff: f64 = staff.iter().zip(&per_fte).map(|(posts, hours)| posts[number] * hours).sum();
            let mut left = (of_staff + bought) * service.capacity[month] / 12.0;
            capacity += left;
            in_post += staff.iter().map(|posts| posts[number]).sum::<f64>() / 12.0;
            for (place, level) in levels.iter_mut().enumerate() {
                let demanded = sum(&level.drivers, &|driver| drivers[driver][0]);
                let hours = match level.serve {
                    Serve::Queue => {
                        let coming = sum(&level.drivers, &|driver| cases[driver]) * service.arrivals[month] / 12.0;
                        level.curves.serve(number, coming, demanded * service.arrivals[month] / 12.0, left)
                    }
                    Serve::Ongoing => {
                        let due = demanded * service.capacity[month] / 12.0;
                        lapsed += due - due.min(left);
                        due.min(left)
                    }
                };
                left -= hours;
                delivered += hours;
                given[place] += hours;
            }
        }
        for (level, given) in levels.iter().zip(&given) {
            let demanded = sum(&level.drivers, &|driver| drivers[driver][0]);
            for driver in &level.drivers {
                drivers[*driver][1] = if demanded > 0.0 { given * drivers[*driver][0] / demanded } else { 0.0 };
            }
        }
        let demanded: f64 = drivers.iter().map(|[demanded, _]| demanded).sum();
        let average = average_hours(&staff, &per_fte, year);
        let needed = (demanded - bought).max(0.0) / average;
        let waiting: f64 = levels.iter().map(|level| level.curves.hours()).sum();
        let list: f64 = levels.iter().map(|level| level.curves.waiting().0).sum();
        let mut figures = vec![
            (LineFigure::Demanded, demanded),
            (LineFigure::Delivered, delivered),
            (LineFigure::Unmet, lapsed),
            (LineFigure::Waiting, waiting),
            (LineFigure::Capacity, capacity),
            (LineFigure::InPost, in_post),
            (LineFigure::Needed, needed),
            (LineFigure::Gap, (needed - in_post).max(0.0)),
            (LineFigure::List, list),
        ];
        let spreads: Vec<Spread> = levels.iter().flat_map(|level| level.curves.served_since(year * 12)).collect();
        if !spreads.is_empty() {
            figures.push((LineFigure::MeanWait, mean_of(&spreads)));
            figures.push((LineFigure::Wait92, quantile_of(&spreads, 0.92)));
        }
        if let Some(standard) = service.standard_weeks.filter(|_| service.has_list()) {
            if !spreads.is_empty() {
                figures.push((LineFigure::Within, share_within(&spreads, standard)));
            }
            if all_cases > 0.0 {
                let weekly = all_cases / (12.0 * WEEKS_PER_MONTH);
                let beyond = if list > 0.0 { (list - weekly * standard / 4.0).max(0.0) / list } else { 0.0 };
                let work = demanded + beyond * waiting - bought;
                figures.push((LineFigure::Relief, work.max(0.0) / average));
            }
        }
        told.push(Told { figures, drivers, tiers });
    }
    told
}

/// Hours of an FTE: the mean of those in post, month by month, or, where nobody is, the plain mean of the grades.
fn average_hours(staff: &[Vec<f64>], per_fte: &[f64], year: usize) -> f64 {
    let months = || year * 12..year * 12 + 12;
    let in_post: f64 = staff.iter().map(|posts| posts[months()].iter().sum::<f64>()).sum();
    if in_post == 0.0 {
        return per_fte.iter().sum::<f64>() / per_fte.len() as f64;
    }
    let hours: f64 = staff.iter().zip(per_fte).map(|(posts, hours)| posts[months()].iter().sum::<f64>() * hours).sum();
    hours / in_post
}

/// Who waits at the start came at the pace of the first year, with its mean hours; each level has its part by the
/// cases that come to it.
fn open_lists(service: &Service, levels: &mut [Level], cases: &[f64], drivers: &[[f64; 2]]) {
    let queued = levels.iter().filter(|level| level.serve == Serve::Queue).flat_map(|level| level.drivers.clone());
    let all: f64 = queued.map(|driver| cases[driver]).sum();
    for level in levels.iter_mut().filter(|level| level.serve == Serve::Queue) {
        let coming: f64 = level.drivers.iter().map(|driver| cases[*driver]).sum();
        let hours: f64 = level.drivers.iter().map(|driver| drivers[*driver][0]).sum();
        if coming > 0.0 {
            level.curves = Curves::open(service.list_at_start * coming / all, coming / 12.0, hours / coming);
        }
    }
}

/// The wait that a share of the cases did not exceed, by halving.
fn quantile_of(spreads: &[Spread], share: f64) -> f64 {
    let (mut least, mut most) = (0.0, 1e4);
    for _ in 0..80 {
        let middle = (least + most) / 2.0;
        if share_within(spreads, middle) < share { least = middle } else { most = middle }
    }
    most
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

/// Each figure of each service, driver and tier, to a millionth; the 92 % wait to a quarter of a week.
fn assert_principal_agrees(rates: &Rates, services: &[Service], levers: &[ServiceLever]) {
    let (prepared, effects) = engine(rates, services, &with_levers(levers.to_vec()));
    let row = run_principal(&prepared, &effects).expect("the books balance");
    let layout = Layout::of(&prepared);
    let books = Books { rates, layout, row: &row };
    let told: Vec<Vec<Told>> = services.iter().map(|service| run_service(&books, service, levers)).collect();
    let mut wrong = String::new();
    let mut compare = |found: f64, expected: f64, tolerance: f64, what: String| {
        if (found - expected).abs() > tolerance {
            writeln!(wrong, "{what}: the engine has {found}, the reference {expected}").expect("a string takes all");
        }
    };
    for year in 0..rates.years {
        for need in 0..NEEDS {
            let all: f64 = (0..AGES)
                .flat_map(|age| (0..SETTINGS).map(move |s| (age, s)))
                .map(|(age, s)| new_plans(rates, year, age, need, s))
                .sum();
            compare(books.new_plans_recorded(year, Flow::NewPlans, Margin::Need(need)), all, 1e-6, "new plans".into());
        }
        let hours = &row[layout.driver_hours(year)];
        let (mut number, mut tier) = (0, 0);
        for (line, (service, told)) in services.iter().zip(&told).enumerate() {
            let (id, told) = (&service.id, &told[year]);
            for (figure, expected) in &told.figures {
                let found = row[layout.line(year, line)][*figure as usize] / figure.scale();
                let exact = 1e-6 * (1.0 + expected.abs());
                let tolerance = if *figure == LineFigure::Wait92 { 0.25 + exact } else { exact };
                compare(found, *expected, tolerance, format!("{id}, {} in year {year}", figure.name()));
            }
            for (driver, expected) in service.drivers.iter().zip(&told.drivers) {
                let found = [hours[number] / 10.0, hours[layout.services.drivers + number] / 10.0];
                for ((found, expected), kind) in found.into_iter().zip(expected).zip(["demanded", "delivered"]) {
                    let tolerance = 1e-6 * (1.0 + expected.abs());
                    compare(found, *expected, tolerance, format!("{id}, {} {kind} in year {year}", driver.id));
                }
                number += 1;
            }
            for (kind, expected) in &told.tiers {
                for need in 0..NEEDS {
                    let found = row[layout.tier_hours(year)][tier * NEEDS + need] / 10.0;
                    let tolerance = 1e-6 * (1.0 + expected[need].abs());
                    compare(
                        found,
                        expected[need],
                        tolerance,
                        format!("{id}, {} of need {need} in year {year}", kind.code()),
                    );
                }
                tier += 1;
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
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
        let books = Books { rates: &rates, layout, row };
        for (line, service) in services.iter().enumerate() {
            for (year, told) in run_service(&books, service, &levers).iter().enumerate() {
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
