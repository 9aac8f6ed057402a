//! A list of cases that wait for hours, first come first served, month by month.
//!
//! Cases and hours are a fluid. In a month cases arrive evenly, with h hours of work, and c hours can be
//! given, evenly too; B hours wait at its start. While somebody waits, all c are given, to the oldest
//! cases first. If B + h ≤ c the list is empty from t = B/(c − h) on, and who comes later is served at once;
//! otherwise B + h − c hours wait at the end. So the cumulative arrivals A(t) and cases served S(t) are
//! straight in pieces, a case served at t has waited t − A⁻¹(S(t)), and along each piece this wait is
//! straight as well: means and shares within a standard are exact for the fluid, not sums over months.
//! Hours of a case are those of the mean case of its month.
//!
//! Assumption: nobody gives up waiting. Published lists count open referrals; leaving them is not published.

/// Weeks in a month, on average.
pub const WEEKS_PER_MONTH: f64 = 365.25 / 7.0 / 12.0;

/// Cases that arrived in the same month, as far as they still wait.
#[derive(Clone, Copy, Debug)]
struct Cohort {
    /// Months after the base census at which the first of them came.
    arrived: f64,
    cases: f64,
    stand_for: StandFor,
    hours: f64,
    /// The share of them that has been served.
    served: f64,
}

impl Cohort {
    fn hours_left(&self) -> f64 {
        self.hours * (1.0 - self.served)
    }
}

/// What cases of a list stand for, whatever became of others on the way.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct StandFor {
    /// Cases before any triage, of this list or those before it.
    pub referrals: f64,
    /// Assessments of needs and new plans that wait with them.
    pub assessments: f64,
    pub plans: f64,
}

impl StandFor {
    pub fn add(&mut self, other: StandFor, share: f64) {
        self.referrals += other.referrals * share;
        self.assessments += other.assessments * share;
        self.plans += other.plans * share;
    }

    pub fn times(self, share: f64) -> StandFor {
        let mut part = StandFor::default();
        part.add(self, share);
        part
    }
}

/// Cases that come to a list in a month.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Arrivals {
    pub cases: f64,
    /// Hours of the cases.
    pub hours: f64,
    pub stand_for: StandFor,
}

/// What a list gets in a month, and who is served.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Served {
    pub hours: f64,
    pub cases: f64,
    pub stand_for: StandFor,
}

impl Served {
    fn add(&mut self, cases: f64, stand_for: StandFor, share: f64) {
        self.cases += cases * share;
        self.stand_for.add(stand_for, share);
    }
}

/// A list.
#[derive(Clone, Debug, Default)]
pub struct Queue {
    cohorts: Vec<Cohort>,
    /// The first cohort of which somebody waits.
    head: usize,
    /// Hours of all who wait.
    hours: f64,
}

impl Queue {
    /// A list of cases that came at `monthly` cases a month before the start: evenly in as many whole months as that
    /// takes, but no more than 60.
    pub fn open(&mut self, list: Arrivals, monthly: f64) {
        let Arrivals { cases, hours, stand_for } = list;
        self.cohorts.clear();
        (self.head, self.hours) = (0, hours);
        let months = if monthly > 0.0 { (cases / monthly).ceil().clamp(1.0, MOST_MONTHS) } else { 1.0 };
        if cases <= 0.0 {
            return;
        }
        let (cases, hours, stand_for) = (cases / months, hours / months, stand_for.times(1.0 / months));
        for month in 0..months as usize {
            let arrived = month as f64 - months;
            self.cohorts.push(Cohort { arrived, cases, stand_for, hours, served: 0.0 });
        }
    }

    /// Cases that wait.
    pub fn cases(&self) -> f64 {
        self.cohorts[self.head.min(self.cohorts.len())..].iter().map(|c| c.cases * (1.0 - c.served)).sum()
    }

    /// Hours of those who wait.
    pub fn hours(&self) -> f64 {
        self.hours
    }

    /// How long the first of those who wait has waited at the start of a month.
    pub fn longest_weeks(&self, month: usize) -> f64 {
        let first = self.cohorts.get(self.head);
        first.map_or(0.0, |cohort| (month as f64 - cohort.arrived - cohort.served) * WEEKS_PER_MONTH)
    }

    /// One month, `month` months after the base census, in which `coming` come and `capacity` hours may be given.
    /// `waits` is told of all who are served.
    pub fn serve(&mut self, month: usize, coming: Arrivals, capacity: f64, waits: &mut Waits) -> Served {
        let Arrivals { cases, hours, stand_for } = coming;
        let now = month as f64;
        let mut served = Served::default();
        let waiting = self.hours;
        // Who finds no list and room for all does not wait, nor does anybody for work that takes no time.
        let at_once = waiting == 0.0 && self.cohorts.is_empty() && hours <= capacity;
        if hours > 0.0 && !at_once {
            self.cohorts.push(Cohort { arrived: now, cases, stand_for, hours, served: 0.0 });
        } else if cases > 0.0 {
            waits.note(cases, 0.0, 0.0);
            served.add(cases, stand_for, 1.0);
        }
        if at_once {
            return Served { hours, ..served };
        }
        if waiting + hours <= capacity {
            self.clear_month(now, hours, capacity, waits, &mut served);
            return Served { hours: waiting + hours, ..served };
        }
        let per_hour = 1.0 / capacity;
        let mut given = 0.0;
        while given < capacity {
            let Some(cohort) = self.cohorts.get_mut(self.head) else { break };
            let (left, from, room) = (cohort.hours_left(), cohort.served, capacity - given);
            let finished = left <= room;
            let (part, to) = if finished { (left, 1.0) } else { (room, (from + room / cohort.hours).min(1.0)) };
            let wait = |given: f64, served: f64| now + given * per_hour - (cohort.arrived + served);
            waits.note(cohort.cases * (to - from), wait(given, from).max(0.0), wait(given + part, to).max(0.0));
            served.add(cohort.cases, cohort.stand_for, to - from);
            given += part;
            cohort.served = to;
            self.head += usize::from(finished || to >= 1.0);
        }
        self.hours = waiting + hours - capacity;
        self.forget_served();
        Served { hours: capacity, ..served }
    }

    /// A month in which the list runs empty.
    fn clear_month(&mut self, now: f64, hours: f64, capacity: f64, waits: &mut Waits, all: &mut Served) {
        let waiting = self.hours;
        let mut given = 0.0;
        for cohort in &self.cohorts[self.head..] {
            let (from, left) = (cohort.served, cohort.hours_left());
            all.add(cohort.cases, cohort.stand_for, 1.0 - from);
            if cohort.arrived < now {
                let wait = |given: f64, served: f64| now + given / capacity - (cohort.arrived + served);
                waits.note(cohort.cases * (1.0 - from), wait(given, from).max(0.0), wait(given + left, 1.0).max(0.0));
                given += left;
            } else {
                // Those who come before the list is empty wait the less the later they come.
                let empty = if waiting > 0.0 { (waiting / (capacity - hours)).min(1.0) } else { 0.0 };
                waits.note(cohort.cases * empty, waiting / capacity, 0.0);
                waits.note(cohort.cases * (1.0 - empty), 0.0, 0.0);
            }
        }
        self.cohorts.clear();
        (self.head, self.hours) = (0, 0.0);
    }

    fn forget_served(&mut self) {
        if self.head > 64 {
            self.cohorts.drain(..self.head);
            self.head = 0;
        }
    }
}

/// Nobody on a list at the start came earlier than this.
const MOST_MONTHS: f64 = 60.0;

/// How long those served in a year have waited.
#[derive(Clone, Debug)]
pub struct Waits {
    pub cases: f64,
    months: f64,
    /// Cases within the standard, which is given in months.
    standard: Option<f64>,
    within: f64,
    /// Cases served as they came.
    at_once: f64,
    /// All others by wait: [`BIN`] wide, the last without end.
    bins: Vec<f64>,
    /// The first bin that somebody is in, and the first that nobody is in nor in any after it.
    start: usize,
    end: usize,
}

/// Longer than any forecast and the waits before it.
const BINS: usize = 6400;
/// A sixteenth of a month, about a quarter of a week: division by a power of two is fast.
const BIN: f64 = 1.0 / 16.0;
/// Bins that are passed over together when a quantile is looked for.
const STRIDE: usize = 16;

impl Default for Waits {
    fn default() -> Self {
        Waits {
            cases: 0.0,
            months: 0.0,
            standard: None,
            within: 0.0,
            at_once: 0.0,
            bins: vec![0.0; BINS],
            start: BINS,
            end: 0,
        }
    }
}

impl Waits {
    /// Starts a year.
    pub fn clear(&mut self, standard_weeks: Option<f64>) {
        if self.start < self.end {
            self.bins[self.start..self.end].fill(0.0);
        }
        (self.cases, self.months) = (0.0, 0.0);
        (self.within, self.at_once, self.start, self.end) = (0.0, 0.0, BINS, 0);
        self.standard = standard_weeks.map(|weeks| weeks / WEEKS_PER_MONTH);
    }

    /// Cases whose waits, in months, lie evenly between two.
    fn note(&mut self, cases: f64, first: f64, last: f64) {
        if cases <= 0.0 {
            return;
        }
        let (least, most) = if first <= last { (first, last) } else { (last, first) };
        self.cases += cases;
        self.months += cases * 0.5 * (least + most);
        if let Some(standard) = self.standard {
            self.within += cases * share_up_to(standard, least, most);
        }
        if most == 0.0 {
            self.at_once += cases;
            return;
        }
        let bin = |wait: f64| ((wait / BIN) as usize).min(BINS - 1);
        let (from, to) = (bin(least), bin(most));
        (self.start, self.end) = (self.start.min(from), self.end.max(to + 1));
        if from == to {
            self.bins[from] += cases;
            return;
        }
        let per_month = cases / (most - least);
        self.bins[from] += per_month * ((from + 1) as f64 * BIN - least);
        self.bins[from + 1..to].iter_mut().for_each(|bin| *bin += per_month * BIN);
        self.bins[to] += per_month * (most - to as f64 * BIN);
    }

    /// Mean wait in weeks; `None` where nobody was served.
    pub fn mean_weeks(&self) -> Option<f64> {
        (self.cases > 0.0).then(|| self.months / self.cases * WEEKS_PER_MONTH)
    }

    /// The wait in weeks that a share of the cases did not exceed, to a quarter of a week.
    pub fn quantile_weeks(&self, share: f64) -> Option<f64> {
        if self.cases <= 0.0 {
            return None;
        }
        let mut left = self.cases * share - self.at_once;
        if left <= 0.0 {
            return Some(0.0);
        }
        // A stride of bins at a time first: a sum of each bin's own waits for the one before it.
        let mut start = self.start;
        for stride in self.bins[start..self.end.max(start)].chunks_exact(STRIDE) {
            let cases = sum_of_stride(stride);
            if cases >= left {
                break;
            }
            left -= cases;
            start += STRIDE;
        }
        for (bin, cases) in (start..self.end).zip(&self.bins[start..self.end.max(start)]) {
            if *cases >= left {
                let part = if *cases > 0.0 { left / cases } else { 0.0 };
                return Some((bin as f64 + part) * BIN * WEEKS_PER_MONTH);
            }
            left -= cases;
        }
        // Only by rounding: the end of the last bin that anybody is in.
        let last = self.bins[..self.end].iter().rposition(|cases| *cases > 0.0);
        Some(last.map_or(0.0, |bin| (bin + 1) as f64) * BIN * WEEKS_PER_MONTH)
    }

    /// Share of those served who waited no longer than the standard.
    pub fn within_standard(&self) -> Option<f64> {
        self.standard.filter(|_| self.cases > 0.0).map(|_| (self.within / self.cases).min(1.0))
    }
}

/// The sum of [`STRIDE`] bins, in pairs.
#[inline]
fn sum_of_stride(bins: &[f64]) -> f64 {
    let mut pairs = [0.0; STRIDE / 2];
    let (first, second) = bins.split_at(STRIDE / 2);
    pairs.iter_mut().zip(first.iter().zip(second)).for_each(|(pair, (first, second))| *pair = first + second);
    let [a, b, c, d, e, f, g, h] = pairs;
    ((a + b) + (c + d)) + ((e + f) + (g + h))
}

/// The share of an even spread from `least` to `most` that is no more than `bound`.
fn share_up_to(bound: f64, least: f64, most: f64) -> f64 {
    if most <= bound {
        1.0
    } else if least > bound {
        0.0
    } else {
        (bound - least) / (most - least)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waits(standard_weeks: f64) -> Waits {
        let mut waits = Waits::default();
        waits.clear(Some(standard_weeks));
        waits
    }

    fn coming(cases: f64, hours: f64) -> Arrivals {
        Arrivals { cases, hours, stand_for: StandFor::default() }
    }

    fn assert_near(found: f64, expected: f64, tolerance: f64) {
        assert!((found - expected).abs() <= tolerance, "{found}, not {expected}");
    }

    /// Arrivals of λ and capacity for μ < λ a month: at t the list has (λ − μ)·t cases, and who is served
    /// then came at μt/λ, so has waited t·(1 − μ/λ).
    #[test]
    fn a_list_that_grows_is_as_the_closed_form_has_it() {
        let (arrivals, capacity, hours_per_case) = (100.0, 80.0, 3.0);
        let mut queue = Queue::default();
        for year in 0..3 {
            let mut waits = waits(6.0);
            for month in year * 12..year * 12 + 12 {
                let given = queue.serve(
                    month,
                    coming(arrivals, arrivals * hours_per_case),
                    capacity * hours_per_case,
                    &mut waits,
                );
                assert_near(given.hours, capacity * hours_per_case, 1e-9);
            }
            let (start, end) = (year as f64 * 12.0, year as f64 * 12.0 + 12.0);
            assert_near(queue.cases(), (arrivals - capacity) * end, 1e-6);
            assert_near(queue.hours(), queue.cases() * hours_per_case, 1e-6);
            let wait = |t: f64| t * (1.0 - capacity / arrivals) * WEEKS_PER_MONTH;
            assert_near(waits.mean_weeks().expect("served"), wait((start + end) / 2.0), 1e-9);
            assert_near(waits.quantile_weeks(0.92).expect("served"), wait(start + 0.92 * 12.0), 0.05);
            let within = ((6.0 / wait(1.0) - start) / 12.0).clamp(0.0, 1.0);
            assert_near(waits.within_standard().expect("a standard"), within, 1e-9);
        }
    }

    /// A pulse of 120 cases on day one and 40 a month: all gone after three months; waits are even from 0 to 3.
    #[test]
    fn a_pulse_is_served_at_the_rate_there_is() {
        let mut queue = Queue::default();
        queue.open(coming(120.0, 120.0 * 1.0), 1e9);
        let mut waits = waits(2.0 * WEEKS_PER_MONTH);
        for month in 0..3 {
            assert_near(queue.serve(month, coming(0.0, 0.0), 40.0, &mut waits).hours, 40.0, 1e-9);
        }
        assert_near(queue.cases(), 0.0, 1e-9);
        assert_near(queue.serve(3, coming(0.0, 0.0), 40.0, &mut waits).hours, 0.0, 1e-9);
        // They came evenly in the month before the start: who came at −1 + u is served at 3u.
        assert_near(waits.mean_weeks().expect("served"), 2.0 * WEEKS_PER_MONTH, 1e-9);
        assert_near(waits.within_standard().expect("a standard"), 0.5, 1e-9);
        assert_near(waits.quantile_weeks(1.0).expect("served"), 3.0 * WEEKS_PER_MONTH, 0.26);
    }

    /// 50 wait; 60 come and 100 are served a month: the list is empty at 50/(100 − 60) = 1.25 months. Who
    /// comes at τ waits (50 − 40τ)/100.
    #[test]
    fn a_list_that_shrinks_runs_empty_when_the_closed_form_says() {
        let mut queue = Queue::default();
        queue.open(coming(50.0, 50.0 * 2.0), 50.0);
        let mut all = waits(1000.0);
        queue.serve(0, coming(60.0, 120.0), 200.0, &mut all);
        assert_near(queue.cases(), 10.0, 1e-9);
        let mut second = waits(1000.0);
        assert_near(queue.serve(1, coming(60.0, 120.0), 200.0, &mut second).hours, 140.0, 1e-9);
        assert_near(queue.cases(), 0.0, 1e-9);
        // In the second month: 10 waited on (τ from 50/60 to 1), 15 of the new ones wait (to τ = 1.25).
        let late = |tau: f64| (50.0 - 40.0 * tau) / 100.0;
        let months = 10.0 * (late(50.0 / 60.0) + late(1.0)) / 2.0 + 15.0 * (late(1.0) + 0.0) / 2.0;
        assert_near(second.mean_weeks().expect("served"), months / 70.0 * WEEKS_PER_MONTH, 1e-9);
    }

    #[test]
    fn with_room_for_all_nobody_waits() {
        let mut queue = Queue::default();
        let mut waits = waits(1.0);
        assert_near(queue.serve(0, coming(10.0, 30.0), 30.0, &mut waits).hours, 30.0, 0.0);
        assert_eq!((waits.mean_weeks(), waits.within_standard()), (Some(0.0), Some(1.0)));
        // No hours and nobody to serve: nothing is said of waits.
        waits.clear(None);
        queue.serve(1, coming(0.0, 0.0), 0.0, &mut waits);
        assert_eq!((waits.mean_weeks(), waits.quantile_weeks(0.92), waits.within_standard()), (None, None, None));
    }
}
