//! The reader with a linear programme: how large can a primary cell be in any table that agrees with what is printed?
//!
//! For a primary cell p: max yₚ over A·y = A·x, y ≥ 0, over the hidden cells of one component. By duality the maximum
//! is the least s/aₚ over all combinations of relations  Σⱼ aⱼ·xⱼ = s  with aⱼ ≥ 0 and aₚ > 0, so asking for a maximum
//! of at least the threshold asks rule (c) of *every* combination; a cell that is known (rule (b)) is the combination
//! aₚ alone. The primal simplex method answers with one or the other: a table with yₚ ≥ threshold, or the row that
//! holds p down, which names the printed cells it rests on.
//!
//! The search starts inside, from the true values, all above 0. So most cells are done with one step and no pivot, and
//! non-pivot cells may stand above 0 as well: one that is lowered stops at 0, after which it is an ordinary non-pivot
//! cell. Coefficients stay exact, so that no sign is ever in doubt; only the values y are floating point. Entering and
//! leaving cells are the first that will do (Bland's rule). Float ties could still make it go round:
//! after [`MOST_STEPS`] per row the answer is "not shown", which hides more than needed, never less.

use super::elimination::{Reduced, coefficient};
use super::incidence::Row;

/// Children below which a value counts as 0 and a maximum as reached: far above rounding, far below a child.
const CLOSE: f64 = 1e-9;
/// Steps for one cell, for each row of its component; a handful in all are usual.
const MOST_STEPS: usize = 20;

/// What a reader can work out of one component of hidden cells.
pub(super) struct Reader<'a> {
    /// Hidden cells, ascending; `values` and `level` go by position in it.
    cells: &'a [usize],
    values: Vec<f64>,
    reduced: Reduced,
    threshold: f64,
    /// Another table that agrees with all that is printed.
    level: Vec<f64>,
}

impl<'a> Reader<'a> {
    /// `cells` ascending with their true `values` in children, all above 0, and their relations in reduced form.
    pub fn new(cells: &'a [usize], values: Vec<f64>, reduced: Reduced, threshold: f64) -> Reader<'a> {
        Reader { cells, level: values.clone(), values, reduced, threshold }
    }

    /// The row that keeps `cell` below the threshold, if there is one; the outer `None` when numbers grow too long or
    /// the search does not end.
    pub fn ceiling(&mut self, cell: usize) -> Option<Option<Row>> {
        self.level.clone_from(&self.values);
        let at = self.position(cell).expect("primary cells are hidden");
        for _ in 0..MOST_STEPS * (self.reduced.rows.len() + 1) {
            let (entering, up, gain) = match self.reduced.pivots.iter().position(|&pivot| pivot == cell) {
                None => (cell, true, 1.0),
                Some(row) => match self.lever(row) {
                    Some(lever) => lever,
                    None => return Some(Some(self.reduced.rows[row].clone())),
                },
            };
            let wanted = (self.threshold - self.level[at]) / gain;
            let column = self.column(entering);
            let (step, blocking) = self.longest_step(entering, up, &column);
            if wanted <= step + CLOSE / gain {
                return Some(None);
            }
            self.shift(entering, if up { step } else { -step }, &column);
            if let Some(row) = blocking {
                let leaving = self.position(self.reduced.pivots[row]).expect("pivots are hidden");
                self.level[leaving] = 0.0;
                self.reduced.pivot(row, entering)?;
            }
        }
        None
    }

    fn position(&self, cell: usize) -> Option<usize> {
        self.cells.binary_search(&cell).ok()
    }

    /// How fast the pivot cell of `row` falls when `cell` rises.
    fn rate(&self, row: usize, cell: usize) -> f64 {
        let terms = &self.reduced.rows[row];
        coefficient(terms, cell) as f64 / coefficient(terms, self.reduced.pivots[row]) as f64
    }

    /// The first cell whose move raises the pivot cell of `row`: which, whether upwards, and the rise per child.
    fn lever(&self, row: usize) -> Option<(usize, bool, f64)> {
        let pivot = self.reduced.pivots[row];
        self.reduced.rows[row].iter().filter(|term| term.0 != pivot).find_map(|&(cell, _)| {
            let at = self.position(cell)?;
            let rate = self.rate(row, cell);
            (rate < 0.0 || self.level[at] > CLOSE).then_some((cell, rate < 0.0, rate.abs()))
        })
    }

    /// The rows whose pivot cells move with `cell`: (row, position of its pivot, its fall per rise of `cell`).
    fn column(&self, cell: usize) -> Vec<(usize, usize, f64)> {
        let rows = self.reduced.rows.iter().enumerate().filter(|(_, terms)| coefficient(terms, cell) != 0);
        let place = |row: usize| self.position(self.reduced.pivots[row]).expect("pivots are hidden");
        rows.map(|(row, _)| (row, place(row), self.rate(row, cell))).collect()
    }

    /// How far `entering` can move before a cell reaches 0, and the row of that cell if it is not `entering` itself.
    fn longest_step(&self, entering: usize, up: bool, column: &[(usize, usize, f64)]) -> (f64, Option<usize>) {
        let own = if up { f64::INFINITY } else { self.level[self.position(entering).expect("levers are hidden")] };
        let mut best = (own, None);
        for &(row, at, rate) in column.iter().filter(|moved| (moved.2 > 0.0) == up) {
            let limit = self.level[at] / rate.abs();
            let pivots = &self.reduced.pivots;
            let earlier = best.1.is_some_and(|other: usize| limit <= best.0 && pivots[row] < pivots[other]);
            if limit < best.0 || earlier {
                best = (limit, Some(row));
            }
        }
        best
    }

    fn shift(&mut self, entering: usize, step: f64, column: &[(usize, usize, f64)]) {
        for &(_, at, rate) in column {
            self.level[at] = (self.level[at] - step * rate).max(0.0);
        }
        let at = self.position(entering).expect("levers are hidden");
        self.level[at] = (self.level[at] + step).max(0.0);
    }
}

#[cfg(test)]
mod tests {
    use super::super::elimination::reduce;
    use super::*;

    /// The answer for each cell of a component under a threshold of 5.
    fn ceilings(rows: &[Row], values: &[f64]) -> Vec<Option<Row>> {
        let cells: Vec<usize> = (0..values.len()).collect();
        let reduced = reduce(rows.to_vec(), &cells).expect("small");
        let mut reader = Reader::new(&cells, values.to_vec(), reduced, 5.0);
        cells.iter().map(|&cell| reader.ceiling(cell).expect("ends")).collect()
    }

    #[test]
    fn a_sum_of_two_holds_both_down() {
        // x₀ + x₁ = 4 printed (cell 2): neither can be 5. With 5 printed each can.
        let row = vec![(0, 1), (1, 1), (2, -1)];
        assert_eq!(ceilings(std::slice::from_ref(&row), &[1.0, 3.0]), vec![Some(row.clone()), Some(row.clone())]);
        assert_eq!(ceilings(&[row], &[1.0, 4.0]), vec![None, None]);
    }

    #[test]
    fn a_total_that_is_hidden_too_has_no_ceiling() {
        assert_eq!(ceilings(&[vec![(0, 1), (1, -1), (2, -1)]], &[3.0, 1.0]), vec![None, None]);
    }

    #[test]
    fn pivots_lead_past_a_cell_that_blocks() {
        // x₀ + x₁ + x₂ = 9 and x₁ − x₃ = 0: raising x₀ = 1 by lowering x₁ = 1 stops at 2, by lowering x₂ = 7 at 8.
        let rows = [vec![(0, 1), (1, 1), (2, 1), (9, -1)], vec![(1, 1), (3, -1)]];
        assert_eq!(ceilings(&rows, &[1.0, 1.0, 7.0, 1.0]), vec![None; 4]);
    }

    #[test]
    fn a_combination_with_coefficients_holds_a_cell_down() {
        // x₀ + x₁ = 6 and x₁ − x₂ = 3 (so x₁ ≥ 3): x₀ + x₂ = 3, and x₀, x₂ ≤ 3; x₁ ≤ 6.
        let rows = [vec![(0, 1), (1, 1), (7, -1)], vec![(1, 1), (2, -1), (8, -1)]];
        let found = ceilings(&rows, &[2.0, 4.0, 1.0]);
        assert_eq!(found[1], None);
        for cell in [0, 2] {
            let row = found[cell].as_ref().expect("held down");
            assert_eq!(row.iter().map(|term| term.0).collect::<Vec<_>>(), [0, 2, 7, 8]);
        }
    }
}
