//! Where plans that change setting go, at one replicate's factors.
//!
//! For a cell with probabilities p(t) of moving to t and p(s) of staying, and factors f per age
//! group and setting:  P(move) = Σ p(t)·f(t) / (Σ p(t)·f(t) + p(s)·f(s)),  and destinations are in
//! proportion to p(t)·f(t). Each year the odds of leaving a setting for another are multiplied by a
//! log-normal shock of the setting (records are cleaned, a college closes), which has the mean of
//! P(move) kept by [`OddsTable`]. Staying is one more destination with a factor of its own, so nothing
//! need be cut to stay below 1. A future meets a third of the cells: each is worked out when it is
//! first asked for.

use crate::domain::rates::Rates;
use crate::numerics::logit_normal::OddsTable;

/// A setting that children of a cell may move to, with the central probability.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Destination {
    pub setting: usize,
    pub probability: f64,
}

/// Destinations of every cell `[age, need, from]`, likeliest first, and the probability of staying.
#[derive(Clone, Debug)]
pub struct MoveTable {
    destinations: Vec<Destination>,
    /// Where each cell's destinations start, and, last, where they end.
    first: Vec<u32>,
    stay: Vec<f64>,
    /// Odds under the yearly shock.
    odds: OddsTable,
}

impl MoveTable {
    pub fn new(rates: &Rates) -> MoveTable {
        let mut table = MoveTable {
            destinations: Vec::new(),
            first: vec![0],
            stay: Vec::new(),
            odds: OddsTable::new(rates.moves.passing_shock),
        };
        let (ages, needs, settings, _) = rates.moves.probability.dim();
        for (age, need, from) in
            (0..ages).flat_map(|a| (0..needs).flat_map(move |n| (0..settings).map(move |s| (a, n, s))))
        {
            let probability = |to| rates.moves.probability[[age, need, from, to]];
            let others = (0..settings).filter(|to| *to != from);
            let row = others.map(|setting| Destination { setting, probability: probability(setting) });
            let mut row: Vec<Destination> = row.filter(|d| d.probability > 0.0).collect();
            row.sort_by(|a, b| b.probability.total_cmp(&a.probability));
            table.destinations.extend(row);
            table.first.push(table.destinations.len() as u32);
            table.stay.push(probability(from));
        }
        table
    }

    #[inline]
    fn destinations(&self, cell: usize) -> &[Destination] {
        &self.destinations[self.first[cell] as usize..self.first[cell + 1] as usize]
    }
}

/// Moves of a cell at a replicate's factors.
#[derive(Clone, Copy, Debug)]
pub struct Moves<'a> {
    /// Of moving at all.
    pub probability: f64,
    destinations: &'a [Destination],
    factors: &'a [f64],
    weight: f64,
}

impl<'a> Moves<'a> {
    /// Settings moved to, likeliest first, each with its share of those who go to no setting before
    /// it in the list.
    #[inline]
    pub fn conditional_shares(self) -> impl Iterator<Item = (usize, f64)> + 'a {
        let mut left = self.weight;
        let last = self.destinations.len().saturating_sub(1);
        self.destinations.iter().enumerate().map(move |(place, destination)| {
            let weight = destination.probability * self.factors[destination.setting];
            let share = if place == last { 1.0 } else { (weight / left).min(1.0) };
            left -= weight;
            (destination.setting, share)
        })
    }
}

/// Weight of moving of one cell, and its odds before the year's shock: infinite where nobody stays.
#[derive(Clone, Copy, Debug)]
struct Known {
    weight: f64,
    odds: f64,
}

/// What has been worked out so far for the replicate in hand.
#[derive(Clone, Debug, Default)]
pub struct MoveCache {
    /// By cell; a weight of NaN until it is asked for.
    known: Vec<Known>,
}

impl MoveCache {
    /// Forgets the last replicate.
    pub fn reset(&mut self, table: &MoveTable) {
        self.known.clear();
        self.known.resize(table.stay.len(), Known { weight: f64::NAN, odds: 0.0 });
    }

    /// The moves of a cell, whose setting is `own`, at factors per setting; `shock` is the year's of
    /// its setting, or none for the central probability.
    #[inline]
    pub fn moves<'a>(
        &mut self,
        table: &'a MoveTable,
        cell: usize,
        own: usize,
        factors: &'a [f64],
        shock: Option<f64>,
    ) -> Moves<'a> {
        let destinations = table.destinations(cell);
        let known = &mut self.known[cell];
        if known.weight.is_nan() {
            let weight = destinations.iter().map(|d| d.probability * factors[d.setting]).sum::<f64>();
            let stay = table.stay[cell] * factors[own];
            let plain = if weight > 0.0 { weight / stay } else { 0.0 };
            let shocked = shock.is_some() && plain > 0.0 && plain.is_finite();
            *known = Known { weight, odds: if shocked { table.odds.odds(plain) } else { plain } };
        }
        let odds = known.odds * shock.unwrap_or(1.0);
        let probability = if odds.is_finite() { odds / (1.0 + odds) } else { 1.0 };
        Moves { probability, destinations, factors, weight: known.weight }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_destinations_by_hand() {
        // From setting 0, 0.2 move to 1 and 0.1 to 2; factors 1, 2, 1: weights 0.4 and 0.1 beside
        // 0.7 who stay. P(move) = 0.5/1.2; of the movers 0.8 go to 1, and all others to 2.
        let destinations =
            vec![Destination { setting: 1, probability: 0.2 }, Destination { setting: 2, probability: 0.1 }];
        let table = MoveTable { destinations, first: vec![0, 2], stay: vec![0.7], odds: OddsTable::new(0.0) };
        let mut cache = MoveCache::default();
        cache.reset(&table);
        let moves = cache.moves(&table, 0, 0, &[1.0, 2.0, 1.0], None);
        assert!((moves.probability - 0.5 / 1.2).abs() < 1e-15);
        // A shock of 2 on the odds 0.5/0.7 makes them 1/0.7.
        let shocked = cache.moves(&table, 0, 0, &[1.0, 2.0, 1.0], Some(2.0));
        assert!((shocked.probability - 1.0 / 1.7).abs() < 1e-15);
        let shares: Vec<(usize, f64)> = moves.conditional_shares().collect();
        assert_eq!(shares.len(), 2);
        assert!(shares[0].0 == 1 && (shares[0].1 - 0.8).abs() < 1e-15);
        assert_eq!(shares[1], (2, 1.0));
    }
}
