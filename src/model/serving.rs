//! Services: hours demanded, against the hours that staff have.
//!
//! What the year's children and events demand: [`super::workload`]. In month m, with weights a(m) of arrivals and
//! w(m) of capacity, each summing to 12:
//!   hours there are = (Σ over grades FTE(m)·hours per FTE + hours bought)·w(m)/12,
//!   cases that come = a(m)/12 of the year's, ongoing hours due = w(m)/12 of the year's.
//! They are given by priority. All cases of a service have one priority and wait in one list, a [`Queue`], which
//! holds at the start those who wait at the base census; a level of ongoing hours takes what it needs
//! of what is left, and what it does not get has lapsed. For every service and month
//!   waiting before + demanded = delivered + lapsed + waiting after.
//!
//! Stages: cases on a list stand for those who are behind them: for the referrals they were before any triage, and,
//! where assessments or plans follow, for the year's assessments and new plans, which are spread over the list's
//! arrivals. Of the cases that come `after` another list, as many come in a month as that list serves, times u; of
//! assessments and plans n·u/N of those that it serves stand for, N being all of the year. So each comes once, and a
//! stage that falls behind holds back all that follow. A list to which nobody comes at all holds back nobody.
//!
//! Triage: each of a share s of those who come to a list takes t hours of a first look, at the list's priority and before
//! it, and a share k of these stays on the list. Where there are fewer hours, as many are looked at as these allow, and
//! the others go on the list as they came. Those on the list stand for all who came: of the referrals that those
//! served stand for a share d is diagnosed, and never more than are served.
//!
//! A service may be staffed by another one further down, which has what it leaves of the month's hours.

use super::chance::Chance;
use super::flow::YearInputs;
use super::queue::{Arrivals, Queue, Served, StandFor, WEEKS_PER_MONTH, Waits};
use super::service_model::{DriverModel, Level, Line, ServiceModel};
use super::workload::{Counted, Lines, Workload};
use crate::domain::service::{Basis, Serve};
use crate::scenario::service_effects::{ServicesInForce, Triage};

/// Lists of a replicate, and working memory.
#[derive(Clone, Debug, Default)]
pub struct Serving {
    /// By service.
    queues: Vec<Queue>,
    waits: Waits,
    pub work: Workload,
    /// Hours by driver.
    pub delivered: Vec<f64>,
    /// By service: cases that came to its list in the year, and those served in each month.
    came: Vec<f64>,
    served: Vec<[Served; 12]>,
    teams: Vec<Team>,
    /// By level of the service that is served.
    levels: Vec<LevelYear>,
    /// By service.
    pub years: Vec<LineYear>,
}

/// Hours of a year of what is served together.
#[derive(Clone, Copy, Debug)]
struct LevelYear {
    due: f64,
    given: f64,
}

/// What triage leaves of those who come to a list in a year.
#[derive(Clone, Copy, Debug, Default)]
struct Listed {
    cases: f64,
    /// With the hours of the first looks.
    hours: f64,
}

/// A year's staff of a service.
#[derive(Clone, Copy, Debug, Default)]
struct Team {
    /// Hours in each month, with its season, and those taken by services that it staffs.
    hours: [f64; 12],
    taken: [f64; 12],
    /// Mean in post.
    fte: f64,
    /// Hours per FTE and year, as if all months had the same weight: in which months staff stand is no matter of need.
    /// The mix of grades is: posts added to a grade with more hours lower the FTE that are needed.
    per_fte: f64,
}

impl Team {
    fn new(line: &Line, in_post: &[[f64; 12]], per_fte: &[f64]) -> Team {
        let mut team = Team::default();
        let mut even_hours = 0.0;
        for (month, (hours, share)) in team.hours.iter_mut().zip(line.capacity).enumerate() {
            let grades = || line.grades.clone().map(|grade| (in_post[grade][month], per_fte[grade]));
            let even: f64 = grades().map(|(fte, hours)| fte * hours).sum();
            *hours = even * share;
            team.fte += grades().map(|(fte, _)| fte).sum::<f64>() / 12.0;
            even_hours += even / 12.0;
        }
        team.per_fte = if team.fte > 0.0 { even_hours / team.fte } else { mean_hours(line, per_fte) };
        team
    }
}

/// A year of a service.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LineYear {
    /// Hours of cases that wait at its start and end.
    pub waiting_before: f64,
    pub waiting: f64,
    pub demanded: f64,
    pub delivered: f64,
    pub lapsed: f64,
    /// Hours there were.
    pub capacity: f64,
    /// Mean FTE in post, and what the year's demand would take beside the hours bought.
    pub in_post: f64,
    pub needed: f64,
    /// FTE that would bring the list to a length that meets the standard within `relief_years`.
    pub relief: f64,
    /// Cases served, and those that wait at its end.
    pub served: f64,
    pub list: f64,
    /// Waits of those served in the year; of the longest there where nobody was.
    pub mean_weeks: f64,
    pub weeks_of_92: f64,
    pub within: f64,
    /// Hours delivered to children who have no plan and none in hand.
    pub early: f64,
    /// Of those served, how many are diagnosed.
    pub diagnosed: f64,
}

/// One year of all services.
pub fn step_services<K: Chance>(
    chance: &K,
    inputs: YearInputs,
    model: &ServiceModel,
    force: &ServicesInForce,
    counted: &Counted<K::Count>,
    lines: Lines,
    serving: &mut Serving,
) {
    serving.work.count(chance, inputs, model, force, counted, lines);
    serving.years.clear();
    serving.delivered.clear();
    serving.delivered.resize(model.drivers.len(), 0.0);
    serving.came.resize(model.lines.len(), 0.0);
    serving.served.resize(model.lines.len(), [Served::default(); 12]);
    serving.queues.resize(model.lines.len(), Queue::default());
    serving.teams.clear();
    let per_fte = &inputs.parameters.services.per_fte;
    serving.teams.extend(model.lines.iter().map(|line| Team::new(line, &force.in_post, per_fte)));
    for (number, line) in model.lines.iter().enumerate() {
        let wanted = lines == Lines::All || line.on_pathway;
        let year = if wanted { serving.serve(inputs, model, force, (number, line)) } else { LineYear::default() };
        serving.years.push(year);
    }
    if lines == Lines::All {
        serving.work.tell_needs(model);
    }
}

impl Serving {
    /// Those who come to a service's list in each month; drivers after another list are told theirs.
    fn arrivals(&mut self, model: &ServiceModel, (number, line): (usize, &Line)) -> [Arrivals; 12] {
        let (mut cases, mut hours) = (0.0, 0.0);
        let mut coming = [Arrivals::default(); 12];
        if !line.has_list {
            return coming;
        }
        // A list where nobody comes in the year, and of which none comes after another, holds back nobody.
        let holds_back = |before: &usize| self.came[*before] > 0.0 || model.lines[*before].before.is_some();
        for driver in queued(model, line) {
            let DriverModel { of, after, .. } = model.drivers[driver];
            let Some(before) = after.filter(|before| of == Basis::Served || holds_back(before)) else {
                cases += self.work.cases[driver];
                hours += self.work.demanded[driver];
                continue;
            };
            let (uptake, each) = (self.work.uptake[driver], self.work.each[driver]);
            let mut of_year = 0.0;
            for (coming, Served { cases, stand_for, .. }) in coming.iter_mut().zip(self.served[before]) {
                let (own, referrals) = match of {
                    Basis::Served => (uptake * cases, uptake * stand_for.referrals),
                    Basis::Assessments => (uptake * stand_for.assessments, uptake * stand_for.assessments),
                    _ => {
                        let plans = self.work.per_plan(driver) * stand_for.plans;
                        (plans, plans)
                    }
                };
                coming.cases += own;
                coming.stand_for.referrals += referrals;
                coming.hours += own * each;
                of_year += own;
            }
            (self.work.cases[driver], self.work.demanded[driver]) = (of_year, of_year * each);
        }
        let before = line.before.filter(holds_back).map(|before| &self.served[before]);
        let [assessments, plans] = [self.work.assessed, self.work.issued];
        for (month, (coming, share)) in coming.iter_mut().zip(line.arrivals).enumerate() {
            coming.cases += cases * share;
            coming.hours += hours * share;
            coming.stand_for.referrals += cases * share;
            let behind = before.map(|served| served[month].stand_for);
            let all = StandFor { referrals: 0.0, assessments, plans };
            coming.stand_for.add(StandFor { referrals: 0.0, ..behind.unwrap_or(all.times(share)) }, 1.0);
        }
        self.came[number] = coming.iter().map(|month| month.cases).sum();
        coming
    }

    /// Those who wait at the base census came at the pace of the first year, with its mean hours, and stand for as
    /// much as its cases do.
    fn open_list(&mut self, model: &ServiceModel, (number, line): (usize, &Line), coming: &[Arrivals; 12]) {
        let mut year = Arrivals::default();
        for month in coming {
            year.cases += month.cases;
            year.hours += month.hours;
            year.stand_for.add(month.stand_for, 1.0);
        }
        let cases = line.list_at_start;
        let list = if year.cases > 0.0 {
            let part = cases / year.cases;
            Arrivals { cases, hours: year.hours * part, stand_for: year.stand_for.times(part) }
        } else {
            let hours = queued(model, line).map(|driver| self.work.each[driver]);
            let mean = hours.sum::<f64>() / queued(model, line).count().max(1) as f64;
            let stand_for = StandFor { referrals: cases, ..StandFor::default() };
            Arrivals { cases, hours: cases * mean, stand_for }
        };
        self.queues[number].open(list, year.cases / 12.0);
    }

    fn serve(
        &mut self,
        inputs: YearInputs,
        model: &ServiceModel,
        force: &ServicesInForce,
        (number, line): (usize, &Line),
    ) -> LineYear {
        let coming = self.arrivals(model, (number, line));
        if inputs.index == 0 {
            self.open_list(model, (number, line), &coming);
        }
        self.levels.clear();
        let due = |level: &Level| level.drivers.iter().map(|driver| self.work.demanded[*driver]).sum();
        self.levels.extend(line.levels.iter().map(|level| LevelYear { due: due(level), given: 0.0 }));
        self.waits.clear(line.standard_weeks);
        let mut year = LineYear { waiting_before: self.queues[number].hours(), ..LineYear::default() };
        let mut listed = Listed::default();
        for (month, coming) in coming.iter().enumerate() {
            let at = inputs.index * 12 + month;
            self.serve_month(force, (number, line), (month, at), *coming, &mut listed, &mut year);
        }
        for (level, of_year) in line.levels.iter().zip(&self.levels) {
            share_given(&level.drivers, &self.work.demanded, *of_year, &mut self.delivered);
        }
        let Serving { queues, waits, work, delivered, served, teams, .. } = self;
        let (demanded, queue) = (&mut work.demanded, &queues[number]);
        let team = &teams[line.staff_of.unwrap_or(number)];
        if line.staff_of.is_none() {
            let lent = team.taken.iter().sum::<f64>() / if team.per_fte > 0.0 { team.per_fte } else { 1.0 };
            year.in_post = (team.fte - lent).max(0.0);
        }
        if force.triage[number].is_some() {
            let all: f64 = coming.iter().map(|month| month.hours).sum();
            let count = queued(model, line).count() as f64;
            // Cases that take no time share the first looks alike, as they do what is delivered.
            queued(model, line).for_each(|driver| {
                demanded[driver] =
                    if all > 0.0 { demanded[driver] * (listed.hours / all) } else { listed.hours / count };
            });
        }
        year.demanded = line.drivers.clone().map(|driver| demanded[driver]).sum();
        let early = line.drivers.clone().filter(|driver| model.drivers[*driver].of.is_early());
        year.early = early.map(|driver| delivered[driver]).sum();
        year.waiting = queue.hours();
        year.served = waits.cases;
        year.list = queue.cases();
        year.mean_weeks = waits.mean_weeks().unwrap_or_else(|| queue.longest_weeks((inputs.index + 1) * 12));
        year.weeks_of_92 = waits.quantile_weeks(0.92).unwrap_or(year.mean_weeks);
        let met = || line.standard_weeks.is_some_and(|standard| year.mean_weeks <= standard);
        year.within = waits.within_standard().unwrap_or_else(|| f64::from(u8::from(met())));
        // Whom triage sends away would not have been diagnosed.
        let referrals: f64 = served[number].iter().map(|month| month.stand_for.referrals).sum();
        year.diagnosed = (inputs.parameters.services.outcomes[number].diagnosed * referrals).min(year.served);
        let relief_years = model.assumptions.relief_years;
        note_staff_needed(line, (team.per_fte, force.bought[number]), listed.cases, relief_years, &mut year);
        year
    }

    /// One month of a service, the month of the year and `at` months after the base census.
    fn serve_month(
        &mut self,
        force: &ServicesInForce,
        (number, line): (usize, &Line),
        (month, at): (usize, usize),
        mut coming: Arrivals,
        listed: &mut Listed,
        year: &mut LineYear,
    ) {
        let Serving { queues, waits, served, teams, levels, .. } = self;
        let team = &mut teams[line.staff_of.unwrap_or(number)];
        let weight = line.capacity[month];
        let bought = force.bought[number] * weight;
        let staff = (team.hours[month] - team.taken[month]).max(0.0);
        let there_are = bought + staff;
        let mut left = there_are;
        for (level, of_year) in line.levels.iter().zip(levels) {
            let given = match level.serve {
                Serve::Queue => {
                    let (looked_at, kept) = first_look(force.triage[number], coming.cases, left);
                    (coming.cases, coming.hours) = (coming.cases * kept, coming.hours * kept);
                    (listed.cases, listed.hours) =
                        (listed.cases + coming.cases, listed.hours + looked_at + coming.hours);
                    served[number][month] = queues[number].serve(at, coming, (left - looked_at).max(0.0), waits);
                    looked_at + served[number][month].hours
                }
                Serve::Ongoing => {
                    let due = of_year.due * weight;
                    let given = due.min(left);
                    year.lapsed += due - given;
                    given
                }
            };
            left = (left - given).max(0.0);
            of_year.given += given;
            year.delivered += given;
        }
        // Of the staff of another service it has what it uses.
        let used = (staff - left).max(0.0);
        year.capacity += if line.staff_of.is_some() { bought + used } else { there_are };
        if line.staff_of.is_some() {
            team.taken[month] += used;
            year.in_post += if team.per_fte > 0.0 { used / team.per_fte } else { 0.0 };
        }
    }
}

/// Drivers whose cases wait in a service's list.
fn queued<'a>(model: &'a ServiceModel, line: &Line) -> impl Iterator<Item = usize> + 'a {
    line.drivers.clone().filter(|driver| model.drivers[*driver].serve == Serve::Queue)
}

/// Hours of a triage that may take what is left, and the share of cases that are on the list after it.
fn first_look(triage: Option<Triage>, cases: f64, left: f64) -> (f64, f64) {
    let Some(Triage { share, hours, kept }) = triage else { return (0.0, 1.0) };
    let wanted = cases * share * hours;
    let done = if wanted > left { left / wanted } else { 1.0 };
    (wanted.min(left), 1.0 - share * done * (1.0 - kept))
}

/// Hours per FTE of a service without staff: the mean of its grades.
fn mean_hours(line: &Line, per_fte: &[f64]) -> f64 {
    line.grades.clone().map(|grade| per_fte[grade]).sum::<f64>() / line.grades.len().max(1) as f64
}

/// FTE at the hours that the service's staff have on average.
///
/// A list of (cases a week)·(standard in weeks)/4 meets the standard for nearly all (Fong and others, 2022);
/// relief is what the year's demand takes, and the rest of the list within `relief_years`.
fn note_staff_needed(line: &Line, (hours, bought): (f64, f64), cases: f64, relief_years: f64, year: &mut LineYear) {
    if hours <= 0.0 {
        return;
    }
    year.needed = (year.demanded - bought).max(0.0) / hours;
    if let Some(standard) = line.standard_weeks {
        let target = cases / (12.0 * WEEKS_PER_MONTH) * standard / 4.0;
        let per_case = if year.list > 0.0 { year.waiting / year.list } else { 0.0 };
        let more = (year.list - target).max(0.0) * per_case / relief_years;
        year.relief = (year.demanded + more - bought).max(0.0) / hours;
    }
}

/// Shares what a level was given in the year among its drivers, in proportion to what they demand.
fn share_given(level: &[usize], demanded: &[f64], of_year: LevelYear, delivered: &mut [f64]) {
    let LevelYear { due, given } = of_year;
    for driver in level {
        let share = if due > 0.0 { demanded[*driver] / due } else { 1.0 / level.len() as f64 };
        delivered[*driver] = given * share;
    }
}
