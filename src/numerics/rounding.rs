//! Controlled rounding: whole numbers near a table that meet its published totals exactly.
//!
//! [`round_to_total`] handles a list: floors first, then one more to the largest remainders.
//! [`round_three_way`] handles the joint stock. Given integer margins age × need and
//! age × setting, each age is a two-way table whose whole-number solution is a transport problem
//! on the remainders, solved cell by cell here; the third margin, need × setting, is then met by
//! exchanges that leave the first two alone:
//! within one age, −1 at (n₁,s₁) and (n₂,s₂), +1 at (n₁,s₂) and (n₂,s₁).
//! Exchanges are chosen to bring the third margin closer and, among those, to stray least from
//! the fractional table; where none helps at once, random ones that do no harm open the way. Three-way margins need not have a whole-number table at all; published
//! ones do, because somebody counted it. What is left unmet is given back, not hidden.
//!
//! Rejected: rounding cells independently (it meets no margin), and an integer
//! programme (a solver to compile for a table that exchanges settle in milliseconds).

use ndarray::{Array2, Array3, ArrayView2, Axis};

use super::stream::{Mechanism, Streams};

/// Random exchanges tried at most.
const TRIES: usize = 1_000_000;

/// Whole numbers nearest `values` that sum to `total`; ties go to the earlier entry.
///
/// `total` should be within the count of values of their sum; any further gap is spread in
/// further rounds, never below 0.
pub fn round_to_total(values: &[f64], total: u32) -> Vec<u32> {
    let mut rounded: Vec<u32> = values.iter().map(|v| v.max(0.0) as u32).collect();
    let mut order: Vec<usize> = (0..values.len()).collect();
    let remainder = |i: &usize| values[*i].max(0.0) - values[*i].max(0.0).floor();
    order.sort_by(|a, b| remainder(b).total_cmp(&remainder(a)));
    let mut sum: u32 = rounded.iter().sum();
    while sum < total && !order.is_empty() {
        for index in order.iter().take((total - sum) as usize) {
            rounded[*index] += 1;
            sum += 1;
        }
    }
    while sum > total {
        for index in order.iter().rev() {
            if sum > total && rounded[*index] > 0 {
                rounded[*index] -= 1;
                sum -= 1;
            }
        }
    }
    rounded
}

/// A whole-number table and what of the third margin it could not meet.
#[derive(Clone, Debug, PartialEq)]
pub struct RoundedTable {
    pub table: Array3<u32>,
    /// Sum of absolute gaps to the need × setting margin; 0 when every margin is met.
    pub unmet: u32,
}

/// Rounds `fractional` `[age, need, setting]` so that its margins age × need and age × setting
/// are exactly those given, and need × setting as nearly as exchanges can bring it.
///
/// The two age margins must agree on the total of each age.
pub fn round_three_way(
    fractional: &Array3<f64>,
    age_need: ArrayView2<u32>,
    age_setting: ArrayView2<u32>,
    need_setting: ArrayView2<u32>,
) -> RoundedTable {
    let mut table = Array3::<u32>::zeros(fractional.dim());
    for (age, mut sheet) in table.axis_iter_mut(Axis(0)).enumerate() {
        let wanted = fractional.index_axis(Axis(0), age);
        sheet.assign(&round_two_way(wanted, &age_need.row(age).to_vec(), &age_setting.row(age).to_vec()));
    }
    let mut excess = table.map(|c| i64::from(*c)).sum_axis(Axis(0));
    excess.zip_mut_with(&need_setting, |e, target| *e -= i64::from(*target));
    while let Some(exchange) = best_exchange(&table, fractional, &excess) {
        exchange.apply(&mut table, &mut excess);
    }
    wander(&mut table, fractional, &mut excess);
    let unmet = excess.iter().map(|e| e.unsigned_abs() as u32).sum();
    RoundedTable { table, unmet }
}

/// A whole-number table with the given row and column sums, near `wanted`.
///
/// Floors that overshoot no margin are placed first; what is left of each row and column is then
/// placed one child at a time where the fractional table most exceeds the whole one.
fn round_two_way(wanted: ArrayView2<f64>, rows: &[u32], columns: &[u32]) -> Array2<u32> {
    let mut table = Array2::<u32>::zeros(wanted.dim());
    let mut rows = rows.to_vec();
    let mut columns = columns.to_vec();
    for ((row, column), value) in wanted.indexed_iter() {
        let whole = (value.max(0.0) as u32).min(rows[row]).min(columns[column]);
        table[[row, column]] = whole;
        rows[row] -= whole;
        columns[column] -= whole;
    }
    loop {
        let open = wanted.indexed_iter().filter(|((row, column), _)| rows[*row] > 0 && columns[*column] > 0);
        let lag = |row: usize, column: usize| wanted[[row, column]] - f64::from(table[[row, column]]);
        let best = open.map(|(at, _)| at).max_by(|a, b| lag(a.0, a.1).total_cmp(&lag(b.0, b.1)).then(b.cmp(a)));
        let Some((row, column)) = best else { return table };
        table[[row, column]] += 1;
        rows[row] -= 1;
        columns[column] -= 1;
    }
}

/// Exchanges drawn at random that bring the third margin no further off, until it is met or the
/// tries are used up: the way out where every single exchange that helps is blocked. The draws are
/// addressed, so the same table is always rounded alike.
fn wander(table: &mut Array3<u32>, fractional: &Array3<f64>, excess: &mut Array2<i64>) {
    let (ages, needs, settings) = table.dim();
    let mut sequence = Streams::new(0, 0).sequence(Mechanism::Rounding, 0);
    let mut draw = |count: usize| ((sequence.draw_uniform() * count as f64) as usize).min(count - 1);
    for _ in 0..TRIES {
        let over: Vec<(usize, usize)> = excess.indexed_iter().filter(|(_, e)| **e > 0).map(|(at, _)| at).collect();
        if over.is_empty() {
            return;
        }
        let (n1, s1) = over[draw(over.len())];
        let exchange = Exchange { age: draw(ages), needs: [n1, draw(needs)], settings: [s1, draw(settings)] };
        if exchange.is_possible(table, fractional) && exchange.gain(excess) >= 0 {
            exchange.apply(table, excess);
        }
    }
}

struct Exchange {
    age: usize,
    /// Cells that lose a child: (n₁,s₁) and (n₂,s₂).
    needs: [usize; 2],
    settings: [usize; 2],
}

impl Exchange {
    /// Whether both cells hold a child to give, and the cells that take one are possible: one that
    /// is 0 in the fractional table stays empty.
    fn is_possible(&self, table: &Array3<u32>, fractional: &Array3<f64>) -> bool {
        let (age, [n1, n2], [s1, s2]) = (self.age, self.needs, self.settings);
        n1 != n2
            && s1 != s2
            && table[[age, n1, s1]] > 0
            && table[[age, n2, s2]] > 0
            && fractional[[age, n1, s2]] > 0.0
            && fractional[[age, n2, s1]] > 0.0
    }

    /// How much nearer the third margin comes.
    fn gain(&self, excess: &Array2<i64>) -> i64 {
        let ([n1, n2], [s1, s2]) = (self.needs, self.settings);
        gain_down(excess[[n1, s1]])
            + gain_down(excess[[n2, s2]])
            + gain_up(excess[[n1, s2]])
            + gain_up(excess[[n2, s1]])
    }

    fn apply(&self, table: &mut Array3<u32>, excess: &mut Array2<i64>) {
        let ([n1, n2], [s1, s2]) = (self.needs, self.settings);
        for (need, setting) in [(n1, s1), (n2, s2)] {
            table[[self.age, need, setting]] -= 1;
            excess[[need, setting]] -= 1;
        }
        for (need, setting) in [(n1, s2), (n2, s1)] {
            table[[self.age, need, setting]] += 1;
            excess[[need, setting]] += 1;
        }
    }
}

/// The exchange that cuts the total excess most, and strays least from `fractional` among equals;
/// `None` when no exchange cuts it.
fn best_exchange(table: &Array3<u32>, fractional: &Array3<f64>, excess: &Array2<i64>) -> Option<Exchange> {
    let (ages, needs, settings) = table.dim();
    let mut best: Option<(i64, f64, Exchange)> = None;
    let over = excess.indexed_iter().filter(|(_, e)| **e > 0).map(|(at, _)| at);
    for (n1, s1) in over {
        for (n2, s2) in (0..needs).flat_map(|n| (0..settings).map(move |s| (n, s))) {
            if n2 == n1 || s2 == s1 {
                continue;
            }
            let (needs, settings) = ([n1, n2], [s1, s2]);
            let gain = Exchange { age: 0, needs, settings }.gain(excess);
            if gain <= 0 || best.as_ref().is_some_and(|b| gain < b.0) {
                continue;
            }
            for age in 0..ages {
                let exchange = Exchange { age, needs, settings };
                if !exchange.is_possible(table, fractional) {
                    continue;
                }
                let stray = |n, s, step: f64| {
                    let gap = f64::from(table[[age, n, s]]) - fractional[[age, n, s]];
                    (gap + step) * (gap + step) - gap * gap
                };
                let cost = stray(n1, s1, -1.0) + stray(n2, s2, -1.0) + stray(n1, s2, 1.0) + stray(n2, s1, 1.0);
                if best.as_ref().is_none_or(|b| gain > b.0 || cost < b.1) {
                    best = Some((gain, cost, exchange));
                }
            }
        }
    }
    best.map(|(_, _, exchange)| exchange)
}

fn gain_down(excess: i64) -> i64 {
    if excess > 0 { 1 } else { -1 }
}

fn gain_up(excess: i64) -> i64 {
    if excess < 0 { 1 } else { -1 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numerics::raking::{Margins, rake_three_way};
    use proptest::prelude::*;

    #[test]
    fn a_list_by_hand() {
        // Floors 1, 2, 0 leave 2 of the 5; the remainders .6 and .5 are largest.
        assert_eq!(round_to_total(&[1.6, 2.5, 0.4], 5), vec![2, 3, 0]);
        assert_eq!(round_to_total(&[0.5, 0.5], 1), vec![1, 0]);
        assert_eq!(round_to_total(&[0.0, 0.0], 5), vec![3, 2]);
        assert_eq!(round_to_total(&[3.0, 1.0], 2), vec![2, 0]);
    }

    proptest! {
        #[test]
        fn a_list_meets_its_total(values in proptest::collection::vec(0.0f64..50.0, 1..30), shift in -20i64..20) {
            let total = (values.iter().sum::<f64>() as i64 + shift).max(0) as u32;
            prop_assert_eq!(round_to_total(&values, total).iter().sum::<u32>(), total);
        }

        #[test]
        fn a_counted_table_is_rounded_to_all_three_margins(
            cells in proptest::collection::vec(0u32..6, 6 * 4 * 5),
        ) {
            let truth = Array3::from_shape_vec((6, 4, 5), cells).expect("120 cells");
            let (an, as_, ns) = (truth.sum_axis(Axis(2)), truth.sum_axis(Axis(1)), truth.sum_axis(Axis(0)));
            let float = |a: &Array2<u32>| a.mapv(f64::from);
            let (fan, fas, fns) = (float(&an), float(&as_), float(&ns));
            let mut fractional = Array3::from_elem((6, 4, 5), 1.0);
            let margins = Margins { ij: Some(fan.view()), ik: Some(fas.view()), jk: Some(fns.view()) };
            rake_three_way(&mut fractional, margins, 1e-6);
            let rounded = round_three_way(&fractional, an.view(), as_.view(), ns.view());
            prop_assert_eq!(rounded.table.sum_axis(Axis(2)), an);
            prop_assert_eq!(rounded.table.sum_axis(Axis(1)), as_);
            let unmet: i64 = rounded.table.sum_axis(Axis(0)).iter().zip(&ns)
                .map(|(a, b)| (i64::from(*a) - i64::from(*b)).abs()).sum();
            prop_assert_eq!(unmet, i64::from(rounded.unmet));
            prop_assert_eq!(rounded.unmet, 0);
        }
    }
}
