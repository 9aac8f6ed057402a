//! A list as two curves: the hours that came and the hours that were given, as broken lines over time, between which
//! waits are read off.

use needscast::model::queue::WEEKS_PER_MONTH;

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

/// Referrals, assessments and plans that cases stand for.
pub type StandFor = [f64; 3];

/// Cases that came together, each of as many hours, which are some, and standing for as much.
struct Cohort {
    came: Stretch,
    cases: f64,
    stand_for: StandFor,
}

impl Cohort {
    /// The part that had its hours when `given` had been given in all.
    fn part(&self, given: f64) -> f64 {
        let [from, to] = self.came.hours;
        ((given - from) / (to - from)).clamp(0.0, 1.0)
    }
}

/// Hours that came and hours that were given, from the first case of the list on.
#[derive(Default)]
pub struct Curves {
    came: Vec<Cohort>,
    given: Vec<Stretch>,
    stood_for: StandFor,
}

/// Cases with waits that lie evenly between two, in weeks.
pub type Spread = (f64, [f64; 2]);

impl Curves {
    pub fn open(cases: f64, monthly: f64, hours: f64, stand_for: StandFor) -> Curves {
        let mut curves = Curves::default();
        if cases > 0.0 {
            let months = if monthly > 0.0 { (cases / monthly).ceil().clamp(1.0, 60.0) } else { 1.0 };
            let came = Stretch { time: [-months, 0.0], hours: [0.0, hours] };
            curves.came.push(Cohort { came, cases, stand_for });
        }
        curves
    }

    fn came_in_all(&self) -> f64 {
        self.came.last().map_or(0.0, |cohort| cohort.came.hours[1])
    }

    fn given_in_all(&self) -> f64 {
        self.given.last().map_or(0.0, |stretch| stretch.hours[1])
    }

    /// Hours given in a month, and what the cases served stood for. Where nobody comes, nothing is carried.
    pub fn serve(
        &mut self,
        month: usize,
        [cases, hours]: [f64; 2],
        stand_for: StandFor,
        capacity: f64,
    ) -> (f64, StandFor) {
        let start = month as f64;
        let (came, given) = (self.came_in_all(), self.given_in_all());
        let waiting = came - given;
        if hours > 0.0 {
            let came = Stretch { time: [start, start + 1.0], hours: [came, came + hours] };
            self.came.push(Cohort { came, cases, stand_for });
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
        let before = self.stood_for;
        let all = self.given_in_all();
        self.stood_for =
            std::array::from_fn(|of| self.came.iter().map(|cohort| cohort.part(all) * cohort.stand_for[of]).sum());
        (all - given, std::array::from_fn(|of| self.stood_for[of] - before[of]))
    }

    pub fn hours(&self) -> f64 {
        self.came_in_all() - self.given_in_all()
    }

    /// Cases of the hours from one sum on to another, by stretches of both curves: those who were given them from
    /// a month on.
    pub fn served_since(&self, month: usize) -> Vec<Spread> {
        let mut spreads = Vec::new();
        for given in self.given.iter().filter(|given| given.time[0] >= month as f64) {
            for Cohort { came, cases, .. } in &self.came {
                let from = given.hours[0].max(came.hours[0]);
                let to = given.hours[1].min(came.hours[1]);
                if to > from {
                    let wait = |hours: f64| (given.time_at(hours) - came.time_at(hours)) * WEEKS_PER_MONTH;
                    let part = (to - from) / (came.hours[1] - came.hours[0]);
                    spreads.push((part * cases, [wait(from), wait(to)]));
                }
            }
        }
        spreads
    }

    /// What all stand for who ever came.
    pub fn stand_for(&self) -> StandFor {
        std::array::from_fn(|of| self.came.iter().map(|cohort| cohort.stand_for[of]).sum())
    }

    /// Cases that still wait, and what they stand for.
    pub fn waiting(&self) -> (f64, StandFor) {
        let left = |cohort: &Cohort| 1.0 - cohort.part(self.given_in_all());
        let cases = self.came.iter().map(|cohort| left(cohort) * cohort.cases).sum();
        let stand_for =
            std::array::from_fn(|of| self.came.iter().map(|cohort| left(cohort) * cohort.stand_for[of]).sum());
        (cases, stand_for)
    }
}

/// The share of even spreads that is no more than `weeks`.
pub fn share_within(spreads: &[Spread], weeks: f64) -> f64 {
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

pub fn mean_of(spreads: &[Spread]) -> f64 {
    let all: f64 = spreads.iter().map(|(cases, _)| cases).sum();
    spreads.iter().map(|(cases, [a, b])| cases * (a + b) / 2.0).sum::<f64>() / all
}

/// The wait that a share of the cases did not exceed, by halving.
pub fn quantile_of(spreads: &[Spread], share: f64) -> f64 {
    let (mut least, mut most) = (0.0, 1e4);
    for _ in 0..80 {
        let middle = (least + most) / 2.0;
        if share_within(spreads, middle) < share { least = middle } else { most = middle }
    }
    most
}
