//! Identities that hold in every replicate and year, checked in all builds.
//!
//! For each setting s and each need n:
//!   closing(s) = opening(s) + joiners(s) − leavers(s) − movers from s + movers to s,
//!   closing(n) = opening(n) + joiners(n) − leavers(n),
//! movers from and to settings are as many, in all and for each need, and so are those redirected; joiners =
//! new plans + moved in. In the first, those redirected count as movers do.
//! For each setting with limited places, each provider p and each planning area:
//!   needing a place = placed + overflow + waiting,  pupils of p ≤ room of p,
//!   Σ pupils of its providers = its plans,  Σ plans over areas = plans of each setting.
//! For each service: hours that waited + demanded = delivered + lapsed + those that wait; delivered ≤ there are.
//! For SEN support of each age and need: closing = opening + identified − stepped down − given a plan.
//! Whole children balance exactly, expected ones to rounding error.

use thiserror::Error;

use super::layout::{Flow, Layout, Margin};
use crate::model::chance::Count;
use crate::model::serving::LineYear;
use crate::model::support::SupportYear;

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
        expected += at(Flow::RedirectedTo);
        let mut out = at(Flow::Leavers);
        out += at(Flow::MoversFrom);
        out += at(Flow::RedirectedFrom);
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
        for (what, from, to) in [
            ("movers", Flow::MoversFrom, Flow::MoversTo),
            ("redirected children", Flow::RedirectedFrom, Flow::RedirectedTo),
        ] {
            if !at(from).balances(at(to)) {
                return Err(fail(format!("{what} of need {need}"), at(from), at(to)));
            }
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

/// What the places of a census add up to, counted child by child.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PlaceSums<C> {
    /// By limited setting: pupils who need no other place; children who lack a place in it, wherever
    /// they are; all pupils.
    pub own: Vec<C>,
    pub lacking: Vec<C>,
    pub pupils: Vec<C>,
    /// By setting, over planning areas.
    pub plans: Vec<C>,
}

/// Checks one census of places: `needing` by limited setting, as counted before places were given,
/// and `room` and `filled` by provider.
pub fn check_places<C: Count>(
    year: u16,
    limited: &[usize],
    sums: &PlaceSums<C>,
    needing: &[C],
    (room, filled): (&[u32], &[C]),
    closing: &StockSums<C>,
) -> Result<(), Imbalance> {
    let check = |holds: bool, identity: &dyn Fn() -> String, expected: C, found: C| {
        if holds {
            return Ok(());
        }
        Err(Imbalance { year, identity: identity(), expected: expected.to_f64(), found: found.to_f64() })
    };
    for (number, setting) in limited.iter().enumerate() {
        let mut found = sums.own[number];
        found += sums.lacking[number];
        if let Some(needing) = needing.get(number) {
            let identity = || format!("needing = placed + overflow + waiting in setting {setting}");
            check(needing.balances(found), &identity, *needing, found)?;
        }
        let (pupils, plans) = (sums.pupils[number], closing.by_setting[*setting]);
        check(pupils.balances(plans), &|| format!("pupils of all providers in setting {setting}"), pupils, plans)?;
    }
    for (provider, (room, filled)) in room.iter().zip(filled).enumerate() {
        let room = C::whole(*room);
        let holds = *filled <= room || filled.balances(room);
        check(holds, &|| format!("room of provider {provider}"), room, *filled)?;
    }
    for (setting, (sum, plans)) in sums.plans.iter().zip(&closing.by_setting).enumerate() {
        check(sum.balances(*plans), &|| format!("plans over areas in setting {setting}"), *sum, *plans)?;
    }
    Ok(())
}

/// Checks a year of SEN support: of each age and need, a year later,
/// closing = opening − with a plan − stepped down + identified.
pub fn check_support<C: Count>(year: u16, needs: usize, support: &SupportYear<C>) -> Result<(), Imbalance> {
    let SupportYear { opening, closing, identified, stepped_down, escalated, .. } = support;
    for (cell, closing) in closing.iter().enumerate().skip(needs) {
        let before = cell - needs;
        let mut found = *closing;
        found += escalated[before];
        found += stepped_down[before];
        let mut expected = opening[before];
        expected += identified[before];
        if !found.balances(expected) {
            let identity = format!("pupils on SEN support of cell {before}, a year later,");
            return Err(Imbalance { year, identity, expected: expected.to_f64(), found: found.to_f64() });
        }
    }
    Ok(())
}

/// Checks a year of every service: hours waiting + demanded = delivered + lapsed + waiting after, and no
/// more is delivered than there is.
pub fn check_services(year: u16, services: &[LineYear]) -> Result<(), Imbalance> {
    for (line, own) in services.iter().enumerate() {
        let (expected, found) = (own.waiting_before + own.demanded, own.delivered + own.lapsed + own.waiting);
        if !found.balances(expected) {
            return Err(Imbalance { year, identity: format!("hours of service {line}"), expected, found });
        }
        if own.delivered > own.capacity && !own.delivered.balances(own.capacity) {
            let identity = format!("hours there are in service {line}");
            return Err(Imbalance { year, identity, expected: own.capacity, found: own.delivered });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::grid::Shape;
    use crate::engine::layout::{PlaceShape, ServiceShape};

    const LAYOUT: Layout = Layout {
        shape: Shape { needs: 1, settings: 2 },
        years: 1,
        places: PlaceShape { rules: 0, areas: 0, providers: 0 },
        services: ServiceShape { support: false, support_tiers: 0, lines: 0, drivers: 0, tiers: 0 },
    };

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

    #[test]
    fn full_books_of_places_pass_and_each_slip_is_caught() {
        // Setting 1 is limited: 20 pupils with two providers, one of them a guest, and 3 children lack a place.
        let balanced = PlaceSums { own: vec![19], lacking: vec![3], pupils: vec![20], plans: vec![10, 20] };
        let check = |sums: &PlaceSums<u32>, needing: u32, room: [u32; 2]| {
            check_places(2025, &[1], sums, &[needing], (&room, &[12, 8]), &self::sums([10, 20]))
        };
        assert_eq!(check(&balanced, 22, [12, 10]), Ok(()));
        assert!(check(&balanced, 23, [12, 10]).is_err(), "a child is lost");
        assert!(check(&balanced, 22, [11, 10]).is_err(), "a provider is overfull");
        let pupils = PlaceSums { pupils: vec![21], ..balanced.clone() };
        assert!(check(&pupils, 22, [12, 10]).is_err(), "a pupil without a plan");
        let plans = PlaceSums { plans: vec![11, 20], ..balanced };
        assert!(check(&plans, 22, [12, 10]).is_err(), "a plan in two areas");
    }
}
