//! Relations solved for hidden cells: exact Gauss–Jordan elimination of one component.
//!
//! Pivots are taken among the columns of hidden cells only, so that in the end each row is something the reader can
//! write down:  Σⱼ aⱼ·xⱼ (hidden) = −Σₖ μₖ·xₖ (printed).
//! A hidden cell p is known exactly when eₚ is in the row space of the hidden columns, that is when the reduced row
//! with pivot p has no other hidden cell: a combination of the reduced rows that is 0 at all pivots but p is a multiple
//! of p's row.
//!
//! Rows stay whole numbers without common divisor: aₚ·row − a·pivot row, divided by the greatest common divisor of what
//! results. Should a coefficient outgrow 127 bits, which tables of ±1 never come near, the component is given
//! up and counts as known throughout: an error to the safe side. Rejected: floating point (a pivot mistaken for 0 is a
//! disclosure) and arithmetic modulo a prime (right only with high probability).

use super::Relation;
use super::incidence::{Incidence, Row};

/// The hidden cells whose values a reader can compute from the printed ones by the relations, ascending.
///
/// Uses relations only, not that counts are 0 or more. A component with coefficients beyond 127 bits is listed whole.
///
/// # Panics
/// If a relation names a cell beyond `hidden`.
pub fn recoverable(hidden: &[bool], relations: &[Relation]) -> Vec<usize> {
    // Printed cells play no part in what can be computed, only in what it comes to.
    let incidence = Incidence::new(hidden.len(), relations, |cell| hidden[cell]);
    let mut known = Vec::new();
    for component in incidence.components(hidden, 0..hidden.len()) {
        let rows = component.rows.iter().map(|&row| incidence.rows[row].clone()).collect();
        match reduce(rows, &component.cells) {
            Some(reduced) => known.extend(reduced.rows.iter().filter(|row| row.len() == 1).map(|row| row[0].0)),
            None => known.extend(component.cells),
        }
    }
    known.sort_unstable();
    known
}

/// Relations in reduced form: row i is the only one with a coefficient other than 0 in column `pivots[i]`.
pub(super) struct Reduced {
    pub rows: Vec<Row>,
    pub pivots: Vec<usize>,
}

impl Reduced {
    /// Makes `column` the pivot of row `at`, where its coefficient is not 0; `None` when a number is too long.
    pub fn pivot(&mut self, at: usize, column: usize) -> Option<()> {
        clear_column(&mut self.rows, at, column)?;
        self.pivots[at] = column;
        Some(())
    }
}

/// The reduced form of `rows` with pivots in `columns`, the first column's first; `None` when a number is too long.
///
/// Rows without a pivot, which say nothing of the columns, are left out.
pub(super) fn reduce(mut rows: Vec<Row>, columns: &[usize]) -> Option<Reduced> {
    let mut pivots = Vec::new();
    for &column in columns {
        // The shortest row keeps the others short; the first of these, so that results do not depend on chance.
        let done = pivots.len();
        let holders = (done..rows.len()).filter(|&row| coefficient(&rows[row], column) != 0);
        let Some(pivot) = holders.min_by_key(|&row| rows[row].len()) else { continue };
        rows.swap(done, pivot);
        clear_column(&mut rows, done, column)?;
        pivots.push(column);
    }
    rows.truncate(pivots.len());
    Some(Reduced { rows, pivots })
}

/// Subtracts row `at` from all others so that they have a 0 in `column`.
fn clear_column(rows: &mut [Row], at: usize, column: usize) -> Option<()> {
    // Taken out, it holds no coefficient and is passed over.
    let pivot_row = std::mem::take(&mut rows[at]);
    for row in rows.iter_mut() {
        if coefficient(row, column) != 0 {
            *row = eliminated(row, &pivot_row, column)?;
        }
    }
    rows[at] = pivot_row;
    Some(())
}

/// The coefficient of a cell in a row, 0 when it has none.
pub(super) fn coefficient(row: &Row, column: usize) -> i128 {
    row.binary_search_by_key(&column, |&(cell, _)| cell).map_or(0, |at| row[at].1)
}

/// A multiple of `row` plus a multiple of `pivot` that has a 0 in `column`, divided by its greatest common divisor.
fn eliminated(row: &Row, pivot: &Row, column: usize) -> Option<Row> {
    let (own, other) = (coefficient(row, column), coefficient(pivot, column));
    let common = divisor(own, other);
    let (own, other) = (own / common, other / common);
    let mut result = Row::with_capacity(row.len() + pivot.len());
    let (mut left, mut right) = (row.iter().peekable(), pivot.iter().peekable());
    loop {
        let cell = match (left.peek(), right.peek()) {
            (Some(a), Some(b)) => a.0.min(b.0),
            (Some(a), None) => a.0,
            (None, Some(b)) => b.0,
            (None, None) => break,
        };
        let a = left.next_if(|term| term.0 == cell).map_or(0, |term| term.1);
        let b = right.next_if(|term| term.0 == cell).map_or(0, |term| term.1);
        let value = a.checked_mul(other)?.checked_sub(b.checked_mul(own)?)?;
        if value != 0 {
            result.push((cell, value));
        }
    }
    let common = result.iter().fold(0, |common, term| if common == 1 { 1 } else { divisor(common, term.1) });
    if common > 1 {
        result.iter_mut().for_each(|term| term.1 /= common);
    }
    Some(result)
}

/// The greatest common divisor, 0 or more; `i128::MIN` never arises from products that were checked and reduced.
fn divisor(a: i128, b: i128) -> i128 {
    let (mut a, mut b) = (a.saturating_abs(), b.saturating_abs());
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

#[cfg(test)]
mod tests {
    use super::*;

    fn relation(terms: &[(usize, i32)]) -> Relation {
        Relation { terms: terms.to_vec() }
    }

    #[test]
    fn a_combination_gives_a_cell_away_that_no_relation_does() {
        // x₀ + x₁ and x₁ + x₂ and x₀ + x₂ are known: x₀ is half of first − second + third.
        let relations = [
            relation(&[(0, 1), (1, 1), (3, -1)]),
            relation(&[(1, 1), (2, 1), (3, -1)]),
            relation(&[(0, 1), (2, 1), (3, -1)]),
        ];
        assert_eq!(recoverable(&[true, true, true, false], &relations), [0, 1, 2]);
        assert_eq!(recoverable(&[true; 4], &relations), [0_usize; 0]);
        assert_eq!(recoverable(&[true, true, true, false], &relations[..2]), [0_usize; 0]);
    }

    #[test]
    fn a_reduced_row_is_what_the_reader_can_write_down() {
        // x₀ − x₁ − x₃ = 0 and x₀ + x₂ − x₄ = 0, hidden 0 to 2: with x₀ out, x₁ + x₂ = x₄ − x₃.
        let rows = vec![vec![(0, 1), (1, -1), (3, -1)], vec![(0, 1), (2, 1), (4, -1)]];
        let reduced = reduce(rows, &[0, 1, 2]).expect("small");
        assert_eq!(reduced.rows[1], [(1, 1), (2, 1), (3, 1), (4, -1)]);
        assert_eq!(reduced.rows[0], [(0, 1), (2, 1), (4, -1)]);
    }

    #[test]
    fn numbers_beyond_127_bits_count_as_known() {
        // Dense rows of large numbers without structure (SplitMix64): minors of order 8 need some 8 × 31 bits.
        let mut state = 0_u64;
        let mut draw = || {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            i32::try_from((mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb) >> 33).expect("31 bits") | 1
        };
        let relations: Vec<Relation> =
            (0..8).map(|_| Relation { terms: (0..12).map(|cell| (cell, draw())).collect() }).collect();
        assert_eq!(recoverable(&[true; 12], &relations), (0..12).collect::<Vec<_>>());
        assert_eq!(recoverable(&[true; 12], &relations[..2]), [0_usize; 0]);
    }
}
