//! Iterative proportional fitting: the table nearest a seed that has given margins.
//!
//! Deming and Stephan (1940). Each pass scales the table to one margin in turn; the limit keeps
//! the seed's interaction (its odds ratios) and meets every margin. A cell that is 0 in the seed
//! stays 0: that is how impossible combinations are kept out. A margin whose seed is all zero
//! cannot be met and is given back as unmet, never spread silently.

use ndarray::{Array2, Array3, ArrayView1, ArrayView2, Axis};

/// How a fit ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Convergence {
    pub passes: usize,
    /// Largest difference between a margin of the table and its target.
    pub largest_gap: f64,
}

const PASSES: usize = 500;

/// Rakes `table` to row and column sums. Totals of `rows` and `columns` must agree.
pub fn rake_two_way(
    table: &mut Array2<f64>,
    rows: ArrayView1<f64>,
    columns: ArrayView1<f64>,
    tolerance: f64,
) -> Convergence {
    let mut largest_gap = f64::INFINITY;
    for pass in 1..=PASSES {
        for (mut row, target) in table.outer_iter_mut().zip(rows) {
            let sum = row.sum();
            scale(&mut row, sum, *target);
        }
        largest_gap = 0.0;
        for (mut column, target) in table.axis_iter_mut(Axis(1)).zip(columns) {
            let sum = column.sum();
            largest_gap = f64::max(largest_gap, (sum - target).abs());
            scale(&mut column, sum, *target);
        }
        if largest_gap <= tolerance {
            return Convergence { passes: pass, largest_gap };
        }
    }
    Convergence { passes: PASSES, largest_gap }
}

/// The three two-way margins of a three-way table `[i, j, k]`; one that is unknown is left out.
#[derive(Clone, Copy, Debug, Default)]
pub struct Margins<'a> {
    pub ij: Option<ArrayView2<'a, f64>>,
    pub ik: Option<ArrayView2<'a, f64>>,
    pub jk: Option<ArrayView2<'a, f64>>,
}

/// Rakes `table` to those two-way margins that are given.
pub fn rake_three_way(table: &mut Array3<f64>, margins: Margins, tolerance: f64) -> Convergence {
    let targets = [(Axis(2), margins.ij), (Axis(1), margins.ik), (Axis(0), margins.jk)];
    let mut largest_gap = f64::INFINITY;
    for pass in 1..=PASSES {
        largest_gap = 0.0;
        for (axis, target) in targets {
            let Some(target) = target else { continue };
            let sums = table.sum_axis(axis);
            largest_gap = sums.iter().zip(target).fold(largest_gap, |gap, (s, t)| gap.max((s - t).abs()));
            for mut slice in table.axis_iter_mut(axis) {
                ndarray::Zip::from(&mut slice).and(&sums).and(&target).for_each(|cell, sum, target| {
                    *cell = if *sum > 0.0 { *cell * target / sum } else { 0.0 };
                });
            }
        }
        if largest_gap <= tolerance {
            return Convergence { passes: pass, largest_gap };
        }
    }
    Convergence { passes: PASSES, largest_gap }
}

fn scale(line: &mut ndarray::ArrayViewMut1<f64>, sum: f64, target: f64) {
    if sum > 0.0 {
        let factor = target / sum;
        line.mapv_inplace(|cell| cell * factor);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;
    use proptest::prelude::*;

    #[test]
    fn two_by_two_by_hand() {
        // Independence seed: each cell is row × column ÷ total, so 30·40/100 = 12 and so on.
        let mut table = array![[1.0, 1.0], [1.0, 1.0]];
        rake_two_way(&mut table, array![30.0, 70.0].view(), array![40.0, 60.0].view(), 1e-10);
        assert_eq!(table, array![[12.0, 18.0], [28.0, 42.0]]);
    }

    #[test]
    fn zeros_stay_and_the_rest_carries_the_margin() {
        let mut table = array![[1.0, 0.0], [1.0, 1.0]];
        let end = rake_two_way(&mut table, array![3.0, 7.0].view(), array![4.0, 6.0].view(), 1e-9);
        assert!(end.largest_gap <= 1e-9);
        assert_eq!(table[[0, 1]], 0.0);
        assert!((table[[1, 0]] - 1.0).abs() < 1e-6 && (table[[1, 1]] - 6.0).abs() < 1e-6);
    }

    proptest! {
        #[test]
        fn a_three_way_table_meets_the_margins_of_any_positive_table(
            cells in proptest::collection::vec(0.1f64..20.0, 24),
        ) {
            let truth = Array3::from_shape_vec((2, 3, 4), cells).expect("24 cells");
            let (ij, ik, jk) = (truth.sum_axis(Axis(2)), truth.sum_axis(Axis(1)), truth.sum_axis(Axis(0)));
            let margins = Margins { ij: Some(ij.view()), ik: Some(ik.view()), jk: Some(jk.view()) };
            let mut table = Array3::ones((2, 3, 4));
            let end = rake_three_way(&mut table, margins, 1e-7);
            prop_assert!(end.largest_gap <= 1e-7);
            for (axis, target) in [(2, &ij), (1, &ik), (0, &jk)] {
                let gap = (table.sum_axis(Axis(axis)) - target).mapv(f64::abs).fold(0.0, |a: f64, b| a.max(*b));
                prop_assert!(gap < 1e-5);
            }
        }
    }
}
