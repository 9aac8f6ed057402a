//! Where plans that change setting go, at one replicate's factors.
//!
//! For a cell with probabilities p(t) of moving to t and p(s) of staying, and factors f per age
//! group and setting:  P(move) = Σ p(t)·f(t) / (Σ p(t)·f(t) + p(s)·f(s)),  and destinations are in
//! proportion to p(t)·f(t). Each year the odds of leaving a setting for another are multiplied by a
//! log-normal shock of the setting (records are cleaned, a college closes), which has the mean of
//! P(move) kept by [`OddsTable`]. Staying is one more destination with a factor of its own, so nothing
//! need be cut to stay below 1.

use crate::domain::grid::Shape;
use crate::domain::rates::Rates;
use crate::numerics::logit_normal::OddsTable;

/// A table for each SD; most are worked out once for several.
fn tables(sds: &[f64]) -> Vec<OddsTable> {
    let mut tables: Vec<OddsTable> = Vec::new();
    for (place, sd) in sds.iter().enumerate() {
        let same = sds[..place].iter().position(|known| known == sd).map(|known| tables[known].clone());
        tables.push(same.unwrap_or_else(|| OddsTable::new(*sd)));
    }
    tables
}

/// Destinations of every cell `[age, need, from]`, likeliest first, and the probability of staying.
#[derive(Clone, Debug)]
pub struct MoveTable {
    shape: Shape,
    /// Setting and central probability of each destination, in two columns: a future reads most of
    /// them once, and the fewer bytes the better.
    settings: Vec<u8>,
    probabilities: Vec<f64>,
    /// Where each cell's destinations start, and, last, where they end.
    first: Vec<u32>,
    stay: Vec<f64>,
    /// Probabilities again, `[age, to, place in the sheet of an age]` with 0 for staying: in this order
    /// the weights of all cells of an age are added up side by side.
    by_destination: Vec<f64>,
    /// Odds under the yearly shock of each setting.
    odds: Vec<OddsTable>,
}

impl MoveTable {
    /// `shocks` are the SDs of the yearly shocks to moves out of each setting.
    pub fn new(rates: &Rates, shocks: &[f64]) -> MoveTable {
        let shape = rates.shape();
        let mut table = MoveTable {
            shape,
            settings: Vec::new(),
            probabilities: Vec::new(),
            first: vec![0],
            stay: Vec::new(),
            by_destination: vec![0.0; shape.cells() * shape.settings],
            odds: tables(shocks),
        };
        for cell in 0..shape.cells() {
            let (age, need, from) = shape.place(cell);
            let probability = |to: usize| rates.moves.probability[[age, need, from, to]];
            let mut row: Vec<usize> = (0..shape.settings).filter(|to| *to != from && probability(*to) > 0.0).collect();
            row.sort_by(|a, b| probability(*b).total_cmp(&probability(*a)));
            table.settings.extend(row.iter().map(|to| *to as u8));
            table.probabilities.extend(row.iter().map(|to| probability(*to)));
            table.first.push(table.settings.len() as u32);
            table.stay.push(probability(from));
            for to in row {
                let place = cell % shape.cells_per_age();
                table.by_destination[(age * shape.settings + to) * shape.cells_per_age() + place] = probability(to);
            }
        }
        table
    }

    /// How many destinations a cell has.
    #[inline]
    pub fn count(&self, cell: usize) -> u32 {
        self.first[cell + 1] - self.first[cell]
    }

    /// The weight of each destination of a cell at factors per setting: setting and weight.
    #[inline]
    pub fn weights<'a>(&'a self, cell: usize, factors: &'a [f64]) -> impl Iterator<Item = (usize, f64)> + 'a {
        let range = self.first[cell] as usize..self.first[cell + 1] as usize;
        let settings = self.settings[range.clone()].iter().map(|setting| usize::from(*setting));
        settings.zip(&self.probabilities[range]).map(|(setting, probability)| (setting, probability * factors[setting]))
    }
}

impl MoveTable {
    /// Moves out of every cell of an age at factors per setting: the sum of the weights of its
    /// destinations, and the odds of moving before any shock, infinite where nobody stays. The odds
    /// are those for years that have shocks, or for years that have none.
    pub fn fill_moves(&self, age: usize, factors: &[f64], shocks: bool, weights: &mut [f64], odds: &mut [f64]) {
        let Shape { settings, .. } = self.shape;
        let size = self.shape.cells_per_age();
        weights.fill(0.0);
        let sheets = self.by_destination[age * settings * size..][..settings * size].chunks_exact(size);
        for (sheet, factor) in sheets.zip(factors) {
            weights.iter_mut().zip(sheet).for_each(|(weight, probability)| *weight += probability * factor);
        }
        let of_setting = self.odds.iter().zip(factors).cycle();
        let cells = odds.iter_mut().zip(weights).zip(&self.stay[age * size..][..size]);
        for (((odds, weight), stay), (table, factor)) in cells.zip(of_setting) {
            let stay = stay * factor;
            *odds = match *weight {
                0.0 => 0.0,
                weight if shocks => table.odds(weight, stay),
                weight => weight / stay,
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_destinations_by_hand() {
        // From setting 0, 0.2 move to 1 and 0.1 to 2; factors 1, 2, 1: weights 0.4 and 0.1 beside
        // 0.7 who stay. The weight of moving is 0.5 and the odds are 0.5/0.7.
        let table = MoveTable {
            shape: Shape { needs: 1, settings: 3 },
            settings: vec![1, 2],
            probabilities: vec![0.2, 0.1],
            first: vec![0, 2, 2, 2],
            stay: vec![0.7, 1.0, 1.0],
            by_destination: vec![0.0, 0.0, 0.0, 0.2, 0.0, 0.0, 0.1, 0.0, 0.0],
            odds: vec![OddsTable::new(0.0); 3],
        };
        let factors = [1.0, 2.0, 1.0];
        for shocks in [false, true] {
            let (mut weights, mut odds) = ([1.0; 3], [1.0; 3]);
            table.fill_moves(0, &factors, shocks, &mut weights, &mut odds);
            assert!((weights[0] - 0.5).abs() < 1e-15 && (odds[0] - 0.5 / 0.7).abs() < 1e-12);
            assert_eq!((weights[2], odds[2]), (0.0, 0.0));
        }
        assert_eq!(table.weights(0, &factors).map(|(setting, _)| setting).collect::<Vec<_>>(), [1, 2]);
    }
}
