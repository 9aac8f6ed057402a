//! Levels of a service's work, and hours month by month.

use needscast::domain::service::{Driver, Serve, Service};

use super::curves::{Curves, StandFor};
use super::work::Work;

/// A level of work: of one priority and kind.
pub struct Level {
    pub serve: Serve,
    pub drivers: Vec<usize>,
    pub curves: Curves,
    /// Of the year: cases and hours that came, those put on the list, hours of triage, and hours given in all.
    pub came: [f64; 2],
    pub put: [f64; 2],
    triage: f64,
    pub given: f64,
}

pub fn levels(service: &Service) -> Vec<Level> {
    let mut levels = Vec::new();
    for priority in 0..=u8::MAX {
        for serve in [Serve::Queue, Serve::Ongoing] {
            let of = |driver: &Driver| driver.priority == priority && driver.serve == serve;
            let drivers: Vec<usize> = (0..service.drivers.len()).filter(|d| of(&service.drivers[*d])).collect();
            if !drivers.is_empty() {
                let curves = Curves::default();
                levels.push(Level { serve, drivers, curves, came: [0.0; 2], put: [0.0; 2], triage: 0.0, given: 0.0 });
            }
        }
    }
    levels
}

impl Level {
    pub fn clear(&mut self) {
        (self.came, self.put, self.triage, self.given) = ([0.0; 2], [0.0; 2], 0.0, 0.0);
    }

    /// A month, with so many hours left for it and for what comes after it: those it takes, and what those whom it
    /// serves stood for.
    pub fn step(
        &mut self,
        works: &[Work],
        carried: StandFor,
        triage: [f64; 3],
        number: usize,
        left: f64,
    ) -> (f64, StandFor) {
        let own = || self.drivers.iter().map(|driver| &works[*driver]);
        let cases: f64 = own().map(|work| work.cases[number % 12]).sum();
        let hours: f64 = own().map(|work| work.cases[number % 12] * work.hours_per_case).sum();
        let (given, stood_for) = match self.serve {
            Serve::Ongoing => {
                self.put = [self.put[0] + cases, self.put[1] + hours];
                (hours.min(left), [0.0; 3])
            }
            Serve::Queue => {
                let [reached, each, kept] = triage;
                let wanted = cases * reached * each;
                let taken = wanted.min(left);
                let done = if wanted > 0.0 { taken / wanted } else { 1.0 };
                let part = 1.0 - reached * done * (1.0 - kept);
                self.triage += taken;
                self.put = [self.put[0] + part * cases, self.put[1] + part * hours];
                // Whom triage sends away those who stay stand for.
                let (given, stood_for) = self.curves.serve(number, [part * cases, part * hours], carried, left - taken);
                (taken + given, stood_for)
            }
        };
        self.came = [self.came[0] + cases, self.came[1] + hours];
        self.given += given;
        (given, stood_for)
    }

    pub fn demanded(&self) -> f64 {
        self.triage + self.put[1]
    }
}

/// Who waits at the start came at the pace of the first year, with its mean hours, and stands for as much. Where
/// nobody comes in it, hours are the plain mean of the kinds of cases, each of which is a referral.
pub fn open_list(service: &Service, levels: &mut [Level], works: &[Work], carried: &[StandFor; 12]) {
    let Some(level) = levels.iter_mut().find(|level| level.serve == Serve::Queue) else { return };
    let own = || level.drivers.iter().map(|driver| &works[*driver]);
    let coming: f64 = own().map(Work::in_year).sum();
    let listed = service.list_at_start;
    level.curves = if coming > 0.0 {
        let hours: f64 = own().map(|work| work.in_year() * work.hours_per_case).sum();
        let stand_for = |of: usize| carried.iter().map(|month| month[of]).sum::<f64>() * listed / coming;
        Curves::open(listed, coming / 12.0, listed * hours / coming, std::array::from_fn(stand_for))
    } else {
        let mean = own().map(|work| work.hours_per_case).sum::<f64>() / level.drivers.len() as f64;
        Curves::open(listed, 0.0, listed * mean, [listed, 0.0, 0.0])
    };
}

/// The list of a service, if it has one.
pub fn list_of(levels: &[Level]) -> Option<&Level> {
    levels.iter().find(|level| level.serve == Serve::Queue)
}
