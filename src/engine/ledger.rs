//! Identities that hold in every replicate and year, checked in all builds.
//!
//! For each setting s and each need n:
//!   closing(s) = opening(s) + joiners(s) − leavers(s) − movers from s + movers to s,
//!   closing(n) = opening(n) + joiners(n) − leavers(n),
//! movers from and to settings are as many, in all and for each need, and joiners = new plans +
//! moved in.
//! Whole children balance exactly, expected ones to rounding error.

use thiserror::Error;

use super::layout::{Flow, Layout, Margin};
use crate::model::chance::Count;

/// An identity that does not hold: a bug of this program, never of the input.
#[derive(Clone, Debug, Error, PartialEq)]
#[error("the books do not balance in {year}: {identity} gives {expected} and the stock is {found}")]
pub struct Imbalance {
    pub year: u16,
    pub identity: String,
    pub expected: f64,
    pub found: f64,
}

/// The sums of one census.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StockSums<C> {
    pub by_setting: Vec<C>,
    pub by_need: Vec<C>,
}

/// Checks one year's flows against its two stocks.
pub fn check_year<C: Count>(
    layout: Layout,
    year: u16,
    opening: &StockSums<C>,
    closing: &StockSums<C>,
    flow: impl Fn(Flow, Margin) -> C,
) -> Result<(), Imbalance> {
    let fail = |identity: String, expected: C, found: C| Imbalance {
        year,
        identity,
        expected: expected.to_f64(),
        found: found.to_f64(),
    };
    for setting in 0..layout.shape.settings {
        let at = |which| flow(which, Margin::Setting(setting));
        let mut expected = opening.by_setting[setting];
        expected += at(Flow::Joiners);
        expected += at(Flow::MoversTo);
        let mut out = at(Flow::Leavers);
        out += at(Flow::MoversFrom);
        let mut found = closing.by_setting[setting];
        found += out;
        if !found.balances(expected) {
            return Err(fail(format!("opening + joiners + movers to setting {setting}"), expected, found));
        }
    }
    for need in 0..layout.shape.needs {
        let at = |which| flow(which, Margin::Need(need));
        let mut expected = opening.by_need[need];
        expected += at(Flow::Joiners);
        if !at(Flow::MoversFrom).balances(at(Flow::MoversTo)) {
            return Err(fail(format!("movers of need {need}"), at(Flow::MoversFrom), at(Flow::MoversTo)));
        }
        let mut found = closing.by_need[need];
        found += at(Flow::Leavers);
        if !found.balances(expected) {
            return Err(fail(format!("opening + joiners of need {need}"), expected, found));
        }
    }
    let total = |which| flow(which, Margin::Total);
    if !total(Flow::MoversFrom).balances(total(Flow::MoversTo)) {
        return Err(fail("movers from settings".into(), total(Flow::MoversFrom), total(Flow::MoversTo)));
    }
    let mut joiners = total(Flow::NewPlans);
    joiners += total(Flow::MovedIn);
    if !joiners.balances(total(Flow::Joiners)) {
        return Err(fail("new plans + moved in".into(), joiners, total(Flow::Joiners)));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::grid::Shape;

    const LAYOUT: Layout = Layout { shape: Shape { needs: 1, settings: 2 }, years: 1 };

    fn sums(settings: [u32; 2]) -> StockSums<u32> {
        StockSums { by_setting: settings.to_vec(), by_need: vec![settings[0] + settings[1]] }
    }

    /// 3 join setting 0, 1 leaves setting 1, 2 move from 0 to 1.
    fn flow(which: Flow, margin: Margin) -> u32 {
        match (which, margin) {
            (Flow::Joiners | Flow::NewPlans, Margin::Total | Margin::Need(0) | Margin::Setting(0)) => 3,
            (Flow::Leavers, Margin::Total | Margin::Need(0) | Margin::Setting(1)) => 1,
            (Flow::MoversFrom, Margin::Total | Margin::Need(0) | Margin::Setting(0)) => 2,
            (Flow::MoversTo, Margin::Total | Margin::Need(0) | Margin::Setting(1)) => 2,
            _ => 0,
        }
    }

    #[test]
    fn balanced_books_pass_and_one_lost_child_is_caught() {
        assert_eq!(check_year(LAYOUT, 2025, &sums([10, 20]), &sums([11, 21]), flow), Ok(()));
        assert!(check_year(LAYOUT, 2025, &sums([10, 20]), &sums([11, 20]), flow).is_err());
        assert!(check_year(LAYOUT, 2025, &sums([10, 20]), &sums([10, 22]), flow).is_err());
    }
}
