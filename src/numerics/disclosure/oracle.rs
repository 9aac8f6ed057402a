//! A slow second opinion for tests: shares no code with the module but its public types.
//!
//! Recovery is decided by ranks of dense matrices of fractions: cell p is known when adding eₚ to the relations of
//! the hidden columns does not raise the rank. Alternatives are found by trying whole numbers one by one.

use super::{Cell, Relation};

#[derive(Clone, Copy, PartialEq)]
struct Fraction(i128, i128);

impl Fraction {
    fn new(over: i128, under: i128) -> Fraction {
        let (mut a, mut b) = (over.abs(), under.abs());
        while b > 0 {
            (a, b) = (b, a % b);
        }
        let sign = if under < 0 { -1 } else { 1 };
        Fraction(sign * over / a, sign * under / a)
    }

    fn minus_product(self, a: Fraction, b: Fraction) -> Fraction {
        let product = Fraction::new(a.0 * b.0, a.1 * b.1);
        Fraction::new(self.0 * product.1 - product.0 * self.1, self.1 * product.1)
    }

    fn over(self, other: Fraction) -> Fraction {
        Fraction::new(self.0 * other.1, self.1 * other.0)
    }
}

fn rank(mut matrix: Vec<Vec<Fraction>>) -> usize {
    let columns = matrix.first().map_or(0, Vec::len);
    let mut rank = 0;
    for column in 0..columns {
        let Some(pivot) = (rank..matrix.len()).find(|&row| matrix[row][column].0 != 0) else { continue };
        matrix.swap(rank, pivot);
        let pivot_row = matrix[rank].clone();
        for row in matrix.iter_mut().skip(rank + 1) {
            let factor = row[column].over(pivot_row[column]);
            for (value, &above) in row.iter_mut().zip(&pivot_row) {
                *value = value.minus_product(factor, above);
            }
        }
        rank += 1;
    }
    rank
}

/// The hidden cells that are combinations of printed ones.
pub(super) fn known(hidden: &[bool], relations: &[Relation]) -> Vec<usize> {
    let columns: Vec<usize> = (0..hidden.len()).filter(|&cell| hidden[cell]).collect();
    let dense = |relation: &Relation| -> Vec<Fraction> {
        let sum = |cell| relation.terms.iter().filter(|t| t.0 == cell).map(|t| i128::from(t.1)).sum();
        columns.iter().map(|&cell| Fraction(sum(cell), 1)).collect()
    };
    let matrix: Vec<Vec<Fraction>> = relations.iter().map(dense).collect();
    let plain = rank(matrix.clone());
    let is_known = |&cell: &usize| {
        let mut extended = matrix.clone();
        extended.push(columns.iter().map(|&other| Fraction(i128::from(other == cell), 1)).collect());
        rank(extended) == plain
    };
    columns.iter().copied().filter(is_known).collect()
}

/// The largest real value that each hidden cell takes in a table that agrees with all that is printed, none below 0.
///
/// Tries every corner of the set of such tables, with all hidden cells together held below a million so that there are
/// corners: cells of printed ones are 0, and the rest is solved for.
pub(super) fn largest(cells: &[Cell], hidden: &[bool], relations: &[Relation]) -> Vec<f64> {
    let columns: Vec<usize> = (0..hidden.len()).filter(|&cell| hidden[cell]).collect();
    let mut chosen: Vec<Vec<i128>> = Vec::new();
    for relation in relations {
        let sum = |&cell: &usize| relation.terms.iter().filter(|t| t.0 == cell).map(|t| i128::from(t.1)).sum();
        let row: Vec<i128> = columns.iter().map(sum).collect();
        chosen.push(row);
        let fractions = chosen.iter().map(|row| row.iter().map(|&v| Fraction(v, 1)).collect()).collect();
        if rank(fractions) < chosen.len() {
            chosen.pop();
        }
    }
    let mut matrix: Vec<Vec<f64>> = chosen.iter().map(|row| row.iter().map(|&v| v as f64).collect()).collect();
    let known = |row: &Vec<f64>| row.iter().zip(&columns).map(|(a, &cell)| a * cells[cell].value).sum();
    let mut right: Vec<f64> = matrix.iter().map(known).collect();
    matrix.iter_mut().for_each(|row| row.push(0.0));
    matrix.push(vec![1.0; columns.len() + 1]);
    right.push(1e6);
    let mut best = vec![0.0_f64; cells.len()];
    let mut basis: Vec<usize> = (0..matrix.len()).collect();
    loop {
        if let Some(solution) = solved(&matrix, &right, &basis).filter(|solution| solution.iter().all(|&v| v > -1e-7)) {
            for (&at, &value) in basis.iter().zip(&solution).filter(|&(&at, _)| at < columns.len()) {
                best[columns[at]] = best[columns[at]].max(value);
            }
        }
        // The next choice of columns in lexicographic order.
        let last = columns.len() + 1;
        let Some(at) = (0..basis.len()).rev().find(|&at| basis[at] < last - (basis.len() - at)) else { return best };
        let from = basis[at] + 1;
        basis.iter_mut().skip(at).enumerate().for_each(|(n, column)| *column = from + n);
    }
}

/// The values of the columns `basis` with all others 0, by Gauss with the largest pivot; `None` when singular.
fn solved(matrix: &[Vec<f64>], right: &[f64], basis: &[usize]) -> Option<Vec<f64>> {
    let mut rows: Vec<Vec<f64>> = matrix
        .iter()
        .zip(right)
        .map(|(row, &value)| basis.iter().map(|&column| row[column]).chain([value]).collect())
        .collect();
    for at in 0..rows.len() {
        let pivot = (at..rows.len()).max_by(|&a, &b| rows[a][at].abs().total_cmp(&rows[b][at].abs()))?;
        rows.swap(at, pivot);
        if rows[at][at].abs() < 1e-9 {
            return None;
        }
        let pivot_row = rows[at].clone();
        for (_, row) in rows.iter_mut().enumerate().filter(|(other, _)| *other != at) {
            let factor = row[at] / pivot_row[at];
            row.iter_mut().zip(&pivot_row).for_each(|(value, above)| *value -= factor * above);
        }
    }
    Some(rows.iter().enumerate().map(|(at, row)| row[rows.len()] / row[at]).collect())
}

/// The values that each hidden cell takes in whole tables that agree with all that is printed, none below 0.
///
/// `range` gives the values to try for a cell; with a range that is too narrow the answer lists some values only.
pub(super) fn alternatives(
    cells: &[Cell],
    hidden: &[bool],
    relations: &[Relation],
    range: impl Fn(i64) -> std::ops::RangeInclusive<i64>,
) -> Vec<Vec<i64>> {
    let mut values: Vec<i64> = cells.iter().map(|cell| cell.value as i64).collect();
    let tried: Vec<Vec<i64>> = values.iter().map(|&value| range(value).filter(|&v| v >= 0).collect()).collect();
    let order: Vec<usize> = (0..cells.len()).filter(|&cell| hidden[cell]).collect();
    let mut found = vec![Vec::new(); cells.len()];
    search(&order, &tried, relations, &mut values, &mut found);
    found
}

fn search(
    order: &[usize],
    tried: &[Vec<i64>],
    relations: &[Relation],
    values: &mut [i64],
    found: &mut [Vec<i64>],
) -> bool {
    // A relation can be judged once none of its cells is still to be chosen.
    let holds = |relation: &&Relation| relation.terms.iter().map(|t| i64::from(t.1) * values[t.0]).sum::<i64>() == 0;
    let judged = |relation: &&Relation| relation.terms.iter().all(|t| !order.contains(&t.0));
    if !relations.iter().filter(judged).all(|relation| holds(&relation)) {
        return false;
    }
    let Some((&cell, rest)) = order.split_first() else { return true };
    let mut any = false;
    for &value in &tried[cell] {
        let before = std::mem::replace(&mut values[cell], value);
        if search(rest, tried, relations, values, found) {
            any = true;
            if !found[cell].contains(&value) {
                found[cell].push(value);
            }
        }
        values[cell] = before;
    }
    any
}
