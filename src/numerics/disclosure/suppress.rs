//! The choice of cells to hide: primary ones by value, secondary ones until the rules of [`super`] hold.
//!
//! Checks go from cheap to dear. First single relations: one that breaks rule (a) or (c) hides one more of its cells.
//! Once all relations are quiet, the reader of `super::reader` is let loose on each component that has changed. What
//! it returns is a formula, hidden cells = printed cells; hiding a printed cell of it, and no other, spoils it.
//! The reader alone would find all that breaks (c); asking single relations first saves most of the elimination.
//!
//! Of the cells that would do, the one of lowest cost is taken; then the one that leaves the fewest relations with a
//! single hidden cell (each such relation takes another cell in turn); then the one in the fewest relations, the
//! smallest, and the first. What later steps made needless is printed again, dearest first, as long as (b) and (c) hold
//! without it. Both steps are greedy: a cheaper pattern may exist.

use std::cmp::Ordering;

use super::elimination::reduce;
use super::incidence::{Component, Incidence, Row};
use super::reader::Reader;
use super::{Cell, DisclosureError, Relation, Suppression};

/// How far the values of a relation may be from balance, as a share of their sum: room for float sums, no more.
const BALANCE: f64 = 1e-9;

/// What is given, beside cells and relations.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rules<'a> {
    /// Counts above 0 and below it, in children, are hidden.
    pub threshold: f64,
    /// How far each value may be from what it was before it was rounded.
    pub rounding: f64,
    /// Cells that are blank whatever they hold, since they are in another edition; none where the list is empty.
    pub blank: &'a [bool],
}

impl Rules<'_> {
    /// Values that were not rounded, in the only edition.
    pub fn of_one_edition(threshold: f64) -> Rules<'static> {
        Rules { threshold, rounding: 0.0, blank: &[] }
    }
}

/// The cells to leave blank so that no count above 0 and below the threshold can be computed.
///
/// See the notes of the module for the rules, what they guarantee and what they do not.
///
/// # Errors
/// When values or costs are no numbers, or the values do not keep a relation: then nothing could be promised.
pub fn suppress(cells: &[Cell], relations: &[Relation], rules: Rules) -> Result<Suppression, DisclosureError> {
    check(cells, relations, rules)?;
    let mut pattern = Pattern::new(cells, relations, rules);
    pattern.complete();
    pattern.print_needless();
    pattern.complete();
    let of_kind =
        |primary| (0..cells.len()).filter(|&c| pattern.hidden[c] && pattern.is_primary(c) == primary).collect();
    Ok(Suppression { primary: of_kind(true), secondary: of_kind(false) })
}

fn check(cells: &[Cell], relations: &[Relation], rules: Rules) -> Result<(), DisclosureError> {
    let Rules { threshold, rounding, .. } = rules;
    if !(threshold.is_finite() && threshold > 0.0) {
        return Err(DisclosureError::Threshold(threshold));
    }
    for (cell, &Cell { value, cost }) in cells.iter().enumerate() {
        if !(value.is_finite() && value >= 0.0) {
            return Err(DisclosureError::NotACount { cell, value });
        }
        if !cost.is_finite() {
            return Err(DisclosureError::NotACost { cell, cost });
        }
    }
    for (index, relation) in relations.iter().enumerate() {
        let (mut residual, mut size, mut rounded) = (0.0, 0.0, 0.0);
        for &(cell, coefficient) in &relation.terms {
            let Some(&Cell { value, .. }) = cells.get(cell) else {
                return Err(DisclosureError::NoSuchCell { relation: index, cell });
            };
            residual += f64::from(coefficient) * value;
            size += f64::from(coefficient).abs() * value;
            rounded += f64::from(coefficient).abs() * rounding;
        }
        if residual.abs() > BALANCE * size + rounded {
            return Err(DisclosureError::Unbalanced { relation: index, residual });
        }
    }
    Ok(())
}

/// Which cells are hidden so far, and what has changed since it was last found safe.
struct Pattern<'a> {
    cells: &'a [Cell],
    threshold: f64,
    /// Cells that stay blank.
    blank: &'a [bool],
    /// Cells above 0 only: the reader knows the zeros.
    incidence: Incidence,
    hidden: Vec<bool>,
    /// Hidden cells of each relation.
    hidden_in: Vec<usize>,
    /// Relations to look at again, last first.
    touched: Vec<usize>,
    /// Cells hidden since their component was last eliminated.
    unsettled: Vec<usize>,
}

impl<'a> Pattern<'a> {
    /// The primary cells, nothing checked yet.
    fn new(cells: &'a [Cell], relations: &[Relation], rules: Rules<'a>) -> Pattern<'a> {
        let Rules { threshold, blank, .. } = rules;
        let incidence = Incidence::new(cells.len(), relations, |cell| cells[cell].value > 0.0);
        let hidden_in = vec![0; relations.len()];
        let (touched, unsettled) = (Vec::new(), Vec::new());
        let hidden = vec![false; cells.len()];
        let mut pattern = Pattern { cells, threshold, blank, incidence, hidden, hidden_in, touched, unsettled };
        let first: Vec<usize> =
            (0..cells.len()).filter(|&cell| pattern.is_primary(cell) || pattern.is_blank(cell)).collect();
        first.into_iter().for_each(|cell| pattern.hide(cell));
        pattern
    }

    fn is_primary(&self, cell: usize) -> bool {
        let value = self.cells[cell].value;
        0.0 < value && value < self.threshold
    }

    fn is_blank(&self, cell: usize) -> bool {
        self.blank.get(cell).is_some_and(|blank| *blank)
    }

    fn hide(&mut self, cell: usize) {
        self.hidden[cell] = true;
        self.unsettled.push(cell);
        for &row in &self.incidence.rows_of[cell] {
            self.hidden_in[row] += 1;
            self.touched.push(row);
        }
    }

    fn print(&mut self, cell: usize) {
        self.hidden[cell] = false;
        for &row in &self.incidence.rows_of[cell] {
            self.hidden_in[row] -= 1;
            self.touched.push(row);
        }
    }

    /// Hides cells until no rule is broken.
    fn complete(&mut self) {
        loop {
            self.quieten_relations();
            if self.unsettled.is_empty() {
                return;
            }
            let starts = std::mem::take(&mut self.unsettled);
            for component in self.incidence.components(&self.hidden, starts) {
                for formula in self.exposing_rows(&component) {
                    self.spoil(&formula);
                }
            }
        }
    }

    /// Rules (a) and (c) for single relations.
    fn quieten_relations(&mut self) {
        while let Some(row) = self.touched.pop() {
            if self.hidden_in[row] == 1 || self.exposes(&self.incidence.rows[row]) {
                // One more cell may not be enough: `hide` puts the relation on the list again.
                if let Some(cell) = self.cheapest(&self.incidence.rows[row]) {
                    self.hide(cell);
                }
            }
        }
    }

    /// The formulas by which a reader learns too much of the primary cells of `component`.
    fn exposing_rows(&self, component: &Component) -> Vec<Row> {
        let rows = || component.rows.iter().map(|&row| self.incidence.rows[row].clone()).collect();
        let found = self.reader(component, rows()).and_then(|mut reader| {
            let ceilings = self.primary_of(component).map(|cell| reader.ceiling(cell)).collect::<Option<Vec<_>>>()?;
            Some(ceilings.into_iter().flatten().collect())
        });
        // Beyond exact numbers: hide on, relation by relation, until nothing near is left to print.
        found.unwrap_or_else(rows)
    }

    /// Whether there are such formulas now that `printed` is; without their printed cells, which costs far less.
    fn is_exposed(&self, component: &Component, printed: usize) -> bool {
        let hidden_part = |&row: &usize| -> Row {
            self.incidence.rows[row].iter().filter(|term| self.hidden[term.0]).copied().collect()
        };
        let rows = component.rows.iter().map(hidden_part).collect();
        let Some(mut reader) = self.reader(component, rows) else { return true };
        // Neighbours are hurt first, and one is enough.
        let around = &self.incidence.rows_of[printed];
        let is_near = |&cell: &usize| self.incidence.rows_of[cell].iter().any(|row| around.contains(row));
        let (near, far): (Vec<usize>, Vec<usize>) = self.primary_of(component).partition(is_near);
        near.into_iter().chain(far).any(|cell| !matches!(reader.ceiling(cell), Some(None)))
    }

    /// Ready for questions on `component`, with its largest cells as pivots.
    fn reader<'c>(&self, component: &'c Component, rows: Vec<Row>) -> Option<Reader<'c>> {
        let mut columns = component.cells.clone();
        columns.sort_by(|&a, &b| self.cells[b].value.total_cmp(&self.cells[a].value).then(a.cmp(&b)));
        let values = component.cells.iter().map(|&cell| self.cells[cell].value).collect();
        Some(Reader::new(&component.cells, values, reduce(rows, &columns)?, self.threshold))
    }

    fn primary_of(&self, component: &Component) -> impl Iterator<Item = usize> {
        component.cells.iter().copied().filter(|&cell| self.is_primary(cell))
    }

    /// Rule (c) for one relation: whether its hidden cells are of one sign and their sum holds a primary cell down.
    fn exposes(&self, row: &Row) -> bool {
        let (mut sum, mut largest, mut sign) = (0.0, 0, 0);
        for &(cell, coefficient) in row.iter().filter(|term| self.hidden[term.0]) {
            if sign * coefficient.signum() < 0 {
                return false;
            }
            sign = coefficient.signum();
            let size = coefficient.abs();
            sum += size as f64 * self.cells[cell].value;
            if self.is_primary(cell) {
                largest = size.max(largest);
            }
        }
        sum < self.threshold * largest as f64
    }

    /// Hides a printed cell of `formula`, unless one was hidden since it was written down.
    fn spoil(&mut self, formula: &Row) {
        // Cells of the component come into `formula` hidden; one hidden since then is not settled yet.
        if formula.iter().any(|term| self.unsettled.contains(&term.0)) {
            return;
        }
        // There is one: the hidden cells are above 0, and so then is what they are equal to.
        if let Some(cell) = self.cheapest(formula) {
            self.hide(cell);
        }
    }

    /// The printed cell above 0 of `row` that is best hidden.
    fn cheapest(&self, row: &Row) -> Option<usize> {
        let printed = row.iter().map(|term| term.0).filter(|&cell| !self.hidden[cell]);
        printed.min_by(|&a, &b| self.compare_loss(a, b))
    }

    fn compare_loss(&self, a: usize, b: usize) -> Ordering {
        let key = |cell: usize| {
            let rows = &self.incidence.rows_of[cell];
            (rows.iter().filter(|&&row| self.hidden_in[row] == 0).count(), rows.len())
        };
        let (x, y) = (self.cells[a], self.cells[b]);
        x.cost.total_cmp(&y.cost).then(key(a).cmp(&key(b))).then(x.value.total_cmp(&y.value)).then(a.cmp(&b))
    }

    /// Prints secondary cells again that (b) and (c) do not need, the dearest and largest first.
    fn print_needless(&mut self) {
        let mut secondary: Vec<usize> = (0..self.cells.len())
            .filter(|&cell| self.hidden[cell] && !self.is_primary(cell) && !self.is_blank(cell))
            .collect();
        secondary.sort_by(|&a, &b| {
            let (x, y) = (self.cells[a], self.cells[b]);
            y.cost.total_cmp(&x.cost).then(y.value.total_cmp(&x.value)).then(b.cmp(&a))
        });
        loop {
            let before = secondary.len();
            secondary.retain(|&cell| {
                self.print(cell);
                let needed = self.exposed_without(cell);
                if needed {
                    self.hide(cell);
                }
                needed
            });
            // A cell can become needless through a later one; each round prints at least one.
            if secondary.len() == before {
                return;
            }
        }
    }

    /// Whether rules (b) or (c) are broken now that `cell` is printed.
    fn exposed_without(&self, cell: usize) -> bool {
        let rows = &self.incidence.rows_of[cell];
        if rows.iter().any(|&row| self.exposes(&self.incidence.rows[row])) {
            return true;
        }
        let starts = rows.iter().flat_map(|&row| self.incidence.rows[row].iter().map(|term| term.0));
        let components = self.incidence.components(&self.hidden, starts);
        components.iter().any(|component| self.is_exposed(component, cell))
    }
}
