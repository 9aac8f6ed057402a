//! Where plans that change setting go, at one replicate's factors.
//!
//! For a cell with probabilities p(t) of moving to t and p(s) of staying, and factors f per age
//! group and setting:  P(move) = Σ p(t)·f(t) / (Σ p(t)·f(t) + p(s)·f(s)),  and destinations are in
//! proportion to p(t)·f(t). Each year the odds of leaving a setting for another are multiplied by a
//! log-normal shock of the setting (records are cleaned, a college closes), which has the mean of
//! P(move) kept by [`OddsTable`]. Staying is one more destination with a factor of its own, so nothing
//! need be cut to stay below 1.

use super::steering::AgeSteering;
use crate::domain::grid::Shape;
use crate::domain::rates::Rates;
use crate::numerics::lanes::Number;
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
    /// Probabilities again, `[age, place in the sheet of an age, to]` with 0 for staying: a cell's weight is a
    /// sum over a row.
    by_place: Vec<f64>,
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
            by_place: vec![0.0; shape.cells() * shape.settings],
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
                table.by_place[cell * shape.settings + to] = probability(to);
            }
        }
        table
    }

    /// Setting and central probability of each destination of a cell.
    #[inline(always)]
    fn row(&self, cell: usize) -> impl Iterator<Item = (usize, f64)> + '_ {
        let range = self.first[cell] as usize..self.first[cell + 1] as usize;
        self.settings[range.clone()]
            .iter()
            .map(|setting| usize::from(*setting))
            .zip(self.probabilities[range].iter().copied())
    }

    /// Moves out of every cell of an age at factors per setting: the sum of the weights of its
    /// destinations, and the odds of moving before any shock, infinite where nobody stays. The odds
    /// are those for years that have shocks, or for years that have none.
    #[inline(always)]
    pub fn fill_moves<N: Number>(&self, age: usize, factors: &[N], shocks: bool, weights: &mut [N], odds: &mut [N]) {
        let Shape { settings, .. } = self.shape;
        let size = self.shape.cells_per_age();
        let sheets = &self.by_place[age * settings * size..][..settings * size];
        let cells =
            weights.iter_mut().zip(odds).zip(sheets.chunks_exact(settings)).zip(&self.stay[age * size..][..size]);
        let of_setting = self.odds.iter().zip(factors).cycle();
        for ((((weight, odds), row), stay), (table, own_factor)) in cells.zip(of_setting) {
            let mut sum = N::default();
            for (probability, factor) in row.iter().zip(factors) {
                sum += *factor * N::splat(*probability);
            }
            let stay = *own_factor * N::splat(*stay);
            *weight = sum;
            *odds = if shocks { table.odds(sum, stay) } else { sum.if_above(N::default(), sum / stay, sum) };
        }
    }
}

/// Where those of a cell who change setting go.
#[derive(Clone, Copy)]
pub struct Destinations<'a, N> {
    pub table: &'a MoveTable,
    pub cell: usize,
    /// On moving to each setting.
    pub factors: &'a [N],
    /// Of the cell's moves, at these factors.
    pub weight: N,
    pub steering: Option<AgeSteering<'a>>,
}

impl<N: Number> Destinations<'_, N> {
    /// Each setting with its part of `whole`: likeliest at central rates first, and then settings that children
    /// are steered to. Stops when `meet` gives `false`.
    #[inline(always)]
    pub fn visit(self, whole: N, mut meet: impl FnMut(usize, N) -> bool) {
        let scale = whole / self.weight;
        let steered_to = self.steering.map_or(&[][..], |steering| steering.to);
        let (mut row, mut to) = (self.table.row(self.cell), steered_to.iter().copied().enumerate());
        let mut steered = N::default();
        loop {
            let (setting, part) = if let Some((setting, probability)) = row.next() {
                let part = self.factors[setting] * scale * N::splat(probability);
                match self.steering {
                    None => (setting, part),
                    Some(steering) => {
                        let away = part * N::splat(steering.away[setting]);
                        steered += away;
                        (setting, part - away)
                    }
                }
            } else if let Some((setting, share)) = to.find(|(_, share)| *share > 0.0) {
                (setting, steered * N::splat(share))
            } else {
                return;
            };
            if !meet(setting, part) {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::steering::Steering;

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
            by_place: vec![0.0, 0.2, 0.1, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
            odds: vec![OddsTable::new(0.0); 3],
        };
        let factors = [1.0, 2.0, 1.0];
        for shocks in [false, true] {
            let (mut weights, mut odds) = ([1.0; 3], [1.0; 3]);
            table.fill_moves(0, &factors, shocks, &mut weights, &mut odds);
            assert!((weights[0] - 0.5).abs() < 1e-15 && (odds[0] - 0.5 / 0.7).abs() < 1e-12);
            assert_eq!((weights[2], odds[2]), (0.0, 0.0));
        }
        // 100 movers: 80 to 1 and 20 to 2. With a quarter of those for 1 steered, 60, 20 and 20 to 2.
        let steering = Steering::new(vec![0.0, 0.25, 0.0], &[0.0, 0.0, 1.0], |_, _| true);
        for (steering, expected) in
            [(None, vec![(1, 80.0), (2, 20.0)]), (steering.at(4), vec![(1, 60.0), (2, 20.0), (2, 20.0)])]
        {
            let destinations = Destinations { table: &table, cell: 0, factors: &factors, weight: 0.5, steering };
            let mut met = Vec::new();
            destinations.visit(100.0, |setting, part: f64| {
                met.push((setting, part.round()));
                true
            });
            assert_eq!(met, expected);
        }
    }
}
