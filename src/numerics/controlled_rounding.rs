//! Controlled rounding: whole numbers near a table that add up to whole totals, each near its own.
//!
//! Cells v, each in one group of each of two hierarchies (rows and columns), whose groups may be part
//! of larger ones up to the grand total. Every cell and every group total is rounded down or up, a
//! whole one stays as it is, the grand total goes to the nearest (a half up), and what is written is
//! the choice with the least
//!
//! ```text
//! Σ (x − v)²   over all cells and all totals of groups
//! ```
//!
//! **It always exists.** Cells and totals are the arcs of a network: grand total → row groups → cells
//! → column groups → grand total, each node's inflow its outflow. v itself is a flow with every arc
//! between its floor and its ceiling. Limits are whole, so the flows within them form a polytope with
//! whole corners (the matrix of a network is totally unimodular): there is a whole flow, and one
//! whatever grand total is wanted between the least and the greatest that limits allow. v lies between
//! these, they are whole, so floor and ceiling of v's total do too. So each table of two dimensions is
//! rounded with all its totals, and one of three dimensions as far as its totals form two hierarchies.
//!
//! **It is found** from each arc rounded to the nearest: nodes with too much send it along the
//! shortest path (Bellman and Ford) to one with too little, one unit at a time. An arc costs
//! (ceiling − v)² − (v − floor)² = 1 − 2 (v − floor) to go up, and less that to go down; the cost is
//! zero or more at the start, so each path keeps the whole flow the cheapest of its balance. Values
//! count in millionths, as integers: no order of summing, no platform can change a result.
//!
//! Rejected: rounding largest remainders table by table (totals of the other direction drift), random
//! choices with the right expectation (two runs differ), a general integer programme (a solver to
//! compile for what a shortest path settles in a millisecond).

use super::rounding::round_to_total;

/// Millionths, in which values are counted.
const ONE: i64 = 1_000_000;

/// A number of a table, and the group of each hierarchy it is counted in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cell {
    /// 0 or more.
    pub value: f64,
    pub row: usize,
    pub column: usize,
}

/// For each group of a hierarchy the larger one it is part of; `None`: of the grand total alone.
pub type Parents<'a> = &'a [Option<usize>];

/// Rounds a table so that cells, groups of both hierarchies and the grand total add up.
///
/// # Panics
/// If a cell or a parent names a group that is not there, or parents go round in a circle.
pub fn round_table(cells: &[Cell], rows: Parents, columns: Parents) -> Vec<u32> {
    let mut network = Network::new(cells, rows, columns);
    network.balance();
    let whole = network.arcs[..cells.len()].iter().map(Arc::whole);
    whole.map(|count| u32::try_from(count).expect("counts of people are below 4 thousand million")).collect()
}

/// Rounds a list to whole numbers with a given total: largest remainders go up.
///
/// Each is within 1 of its value where the total is within 1 of the values' own sum.
pub fn round_list(values: &[f64], total: u32) -> Vec<u32> {
    // Sums that miss a whole number by an error of the last bit count as whole.
    let exact: Vec<f64> = values.iter().map(|value| millionths(*value) as f64 / ONE as f64).collect();
    round_to_total(&exact, total)
}

/// Rounds a list by itself: its total goes to the nearest whole number.
pub fn round_series(values: &[f64]) -> Vec<u32> {
    let cells: Vec<Cell> =
        values.iter().enumerate().map(|(column, value)| Cell { value: *value, row: 0, column }).collect();
    round_table(&cells, &[None], &vec![None; values.len()])
}

fn millionths(value: f64) -> i64 {
    (value.max(0.0) * ONE as f64).round() as i64
}

/// A cell or a total: what flows from one node to another.
#[derive(Clone, Copy)]
struct Arc {
    from: usize,
    to: usize,
    value: i64,
    up: bool,
    /// Whether it stays as it is: whole, or the grand total.
    fixed: bool,
}

impl Arc {
    fn new(from: usize, to: usize, value: i64) -> Arc {
        let part = value % ONE;
        Arc { from, to, value, up: 2 * part >= ONE, fixed: part == 0 }
    }

    fn whole(&self) -> i64 {
        self.value / ONE + i64::from(self.up)
    }

    /// What it costs to go up; to come down costs less that.
    fn cost_up(&self) -> i64 {
        ONE - 2 * (self.value % ONE)
    }
}

struct Network {
    /// Cells first, in their order.
    arcs: Vec<Arc>,
    nodes: usize,
}

/// The nodes at either end of the grand total.
const START: usize = 0;
const END: usize = 1;

impl Network {
    fn new(cells: &[Cell], rows: Parents, columns: Parents) -> Network {
        let row_node = |row: usize| 2 + row;
        let column_node = |column: usize| 2 + rows.len() + column;
        let mut row_totals = vec![0; rows.len()];
        let mut column_totals = vec![0; columns.len()];
        let mut total = 0;
        let mut arcs = Vec::new();
        for cell in cells {
            let value = millionths(cell.value);
            arcs.push(Arc::new(row_node(cell.row), column_node(cell.column), value));
            add_to_groups(&mut row_totals, rows, cell.row, value);
            add_to_groups(&mut column_totals, columns, cell.column, value);
            total += value;
        }
        for (row, (parent, value)) in rows.iter().zip(row_totals).enumerate() {
            arcs.push(Arc::new(parent.map_or(START, row_node), row_node(row), value));
        }
        for (column, (parent, value)) in columns.iter().zip(column_totals).enumerate() {
            arcs.push(Arc::new(column_node(column), parent.map_or(END, column_node), value));
        }
        arcs.push(Arc { fixed: true, ..Arc::new(END, START, total) });
        Network { arcs, nodes: 2 + rows.len() + columns.len() }
    }

    /// Brings inflow and outflow of every node together.
    fn balance(&mut self) {
        let mut excess = vec![0i64; self.nodes];
        for arc in &self.arcs {
            excess[arc.from] -= arc.whole();
            excess[arc.to] += arc.whole();
        }
        while excess.iter().any(|excess| *excess > 0) {
            let (first, path) = self.shortest_path(&excess);
            let mut last = first;
            for place in path {
                let arc = &mut self.arcs[place];
                last = if arc.up { arc.from } else { arc.to };
                arc.up = !arc.up;
            }
            excess[first] -= 1;
            excess[last] += 1;
        }
    }

    /// The node with too much and the arcs from it to one with too little, cheapest in all.
    fn shortest_path(&self, excess: &[i64]) -> (usize, Vec<usize>) {
        let mut cost: Vec<Option<i64>> = excess.iter().map(|excess| (*excess > 0).then_some(0)).collect();
        let mut reached_by: Vec<Option<usize>> = vec![None; self.nodes];
        let mut changed = true;
        while changed {
            changed = false;
            for (place, arc) in self.arcs.iter().enumerate().filter(|(_, arc)| !arc.fixed) {
                let (from, to, step) =
                    if arc.up { (arc.to, arc.from, -arc.cost_up()) } else { (arc.from, arc.to, arc.cost_up()) };
                let Some(through) = cost[from].map(|cost| cost + step) else { continue };
                if cost[to].is_none_or(|known| through < known) {
                    cost[to] = Some(through);
                    reached_by[to] = Some(place);
                    changed = true;
                }
            }
        }
        let lacking = (0..self.nodes).filter(|node| excess[*node] < 0 && cost[*node].is_some());
        let mut node = lacking.min_by_key(|node| (cost[*node], *node)).expect("a whole flow exists: see the module");
        let mut path = Vec::new();
        while let Some(place) = reached_by[node] {
            path.push(place);
            let arc = &self.arcs[place];
            node = if arc.up { arc.to } else { arc.from };
        }
        path.reverse();
        (node, path)
    }
}

fn add_to_groups(totals: &mut [i64], parents: Parents, group: usize, value: i64) {
    let mut group = Some(group);
    for _ in 0..=parents.len() {
        let Some(place) = group else { return };
        totals[place] += value;
        group = parents[place];
    }
    panic!("a group is part of itself");
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn square(values: &[&[f64]]) -> Vec<Cell> {
        let rows = values.iter().enumerate();
        rows.flat_map(|(row, line)| {
            line.iter().enumerate().map(move |(column, value)| Cell { value: *value, row, column })
        })
        .collect()
    }

    #[test]
    fn a_square_by_hand() {
        // Rows 1.0 and 1.0, columns 0.8 and 1.2, all 2. Each to the nearest gives rows of 1 and 2;
        // within the floor and ceiling of every total, one diagonal or the other goes up (columns 1
        // and 1), or the second column (0 and 2). Squares: 0.76, 1.56, 1.96, the first the least.
        assert_eq!(round_table(&square(&[&[0.3, 0.7], &[0.5, 0.5]]), &[None; 2], &[None; 2]), [0, 1, 1, 0]);
    }

    #[test]
    fn whole_tables_stay_as_they_are() {
        let table = square(&[&[3.0, 0.0, 2.0], &[1.0, 7.0, 0.0]]);
        assert_eq!(round_table(&table, &[None; 2], &[None; 3]), [3, 0, 2, 1, 7, 0]);
        // 0.1 + 0.2 is not 0.3 in binary, but as near to whole as makes no difference.
        assert_eq!(round_series(&[0.1 + 0.2 + 0.7, 2.0]), [1, 2]);
        assert_eq!(round_list(&[1.0 - f64::EPSILON, 1.5, 0.5], 3), [1, 2, 0]);
    }

    #[test]
    fn a_half_goes_up_and_a_list_meets_its_total() {
        assert_eq!(round_series(&[0.5]), [1]);
        assert_eq!(round_series(&[0.25, 0.25]), [1, 0]);
        assert_eq!(round_series(&[0.2, 0.2]), [0, 0]);
        assert_eq!(round_series(&[]), [] as [u32; 0]);
    }

    /// Sum of squared distances of cells and group totals, over all totals of one row of groups.
    fn distance(cells: &[Cell], whole: &[u32], rows: usize, columns: usize) -> f64 {
        let gap = |chosen: &dyn Fn(&Cell) -> bool| {
            let pairs = cells.iter().zip(whole).filter(|(cell, _)| chosen(cell));
            let (value, count) =
                pairs.fold((0.0, 0.0), |(v, w), (cell, whole)| (v + cell.value, w + f64::from(*whole)));
            (value - count) * (value - count)
        };
        let own: f64 = cells.iter().zip(whole).map(|(c, w)| (c.value - f64::from(*w)).powi(2)).sum();
        let by_row: f64 = (0..rows).map(|row| gap(&|cell| cell.row == row)).sum();
        let by_column: f64 = (0..columns).map(|column| gap(&|cell| cell.column == column)).sum();
        own + by_row + by_column
    }

    proptest! {
        #[test]
        fn a_small_table_is_rounded_as_near_as_any_choice(parts in proptest::collection::vec(0u32..100, 6)) {
            let values: Vec<f64> = parts.iter().map(|part| f64::from(*part) / 100.0).collect();
            let cells = square(&[&values[..3], &values[3..]]);
            let found = round_table(&cells, &[None; 2], &[None; 3]);
            let total = (values.iter().sum::<f64>() + 0.5 + 1e-9).floor() as u32;
            prop_assert_eq!(found.iter().sum::<u32>(), total);
            let within = |value: f64, whole: f64| (value - whole).abs() < 1.0 - 1e-9;
            // All 64 choices of down and up that keep the total, each group within 1.
            let choices = (0u32..64).map(|bits| (0..6).map(|cell| bits >> cell & 1).collect::<Vec<u32>>());
            let best = choices
                .filter(|choice| choice.iter().sum::<u32>() == total)
                .filter(|choice| values.iter().zip(choice).all(|(value, whole)| within(*value, f64::from(*whole))))
                .filter(|choice| {
                    let sums = |places: &[usize]| {
                        (places.iter().map(|p| values[*p]).sum::<f64>(), places.iter().map(|p| choice[*p]).sum::<u32>())
                    };
                    [&[0usize, 1, 2][..], &[3, 4, 5], &[0, 3], &[1, 4], &[2, 5]].iter().all(|places| {
                        let (value, whole) = sums(places);
                        within(value, f64::from(whole))
                    })
                })
                .map(|choice| distance(&cells, &choice, 2, 3))
                .fold(f64::INFINITY, f64::min);
            prop_assert!((distance(&cells, &found, 2, 3) - best).abs() < 1e-4, "{found:?}");
        }
    }
}
