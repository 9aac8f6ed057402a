//! Cell suppression: which counts of a published table to leave blank so that no small count can be read off it.
//!
//! A table is cells xᵢ ≥ 0 (children) and relations Σᵢ aᵣᵢ·xᵢ = 0 with small whole coefficients: a total less its
//! parts, or closing stock less opening stock less joiners plus leavers. The reader attacked against knows every
//! relation, every cell that is printed, and xᵢ ≥ 0. Hidden are
//!
//! 1. the *primary* cells, all with 0 < xᵢ < threshold;
//! 2. *secondary* cells, added until
//!    (a) no relation has exactly one hidden cell,
//!    (b) no primary cell p is a linear combination of printed ones: eₚ is not in the row space of the relations'
//!    columns of hidden cells, and
//!    (c) no relation, and no combination of relations, fixes a sum Σⱼ aⱼ·xⱼ = s of hidden cells with all aⱼ ≥ 0 and
//!    s/aₚ < threshold for a primary p. s/aₚ is the most p can be: two cells of 1 that are known to sum to 2 are
//!    known to be small, and hiding them told all that mattered. (b) is the case of p alone in the sum.
//!
//! By duality of linear programmes (c) says that p may be as large as the threshold, or larger, in some table that
//! agrees with all that is printed: **no reader can prove that a hidden cell is below the threshold.** `reader` is
//! that linear programme, on the exactly reduced relations of `elimination`.
//!
//! **Zeros stay printed and are never secondary cells.** A hidden zero protects badly: it can move one way only.
//! All hidden cells are then above 0, so by (b) each primary p has a direction d among them with A·d = 0 and dₚ ≠ 0,
//! and x ± ε·d are tables without negative cells: **the values that p may have are an interval that reaches from below
//! its true value to the threshold or beyond.**
//!
//! *It always ends, with all rules kept.* When every cell above 0 of the relations that reach a primary cell is hidden,
//! no combination of relations has hidden cells of one sign, since Σⱼ aⱼ·xⱼ = 0 with xⱼ > 0: nothing is broken. Each
//! step hides one more cell, and a rule that is broken always leaves one to hide: the sum s > 0 it rests on is printed.
//!
//! *What remains possible.* (i) Intervals: a linear programme gives the range of each hidden cell. It holds the true
//! value inside and the threshold, but may be narrow: a 4 may be known to lie between 3.9 and 5. Sums of several
//! hidden cells may be known exactly, if large enough. (ii) Whole numbers: in a two-way table with margins each primary
//! cell of whole numbers has two whole candidates (directions are ±1 along a loop, every hidden cell at least 1), but
//! in a web of relations all but one of the values in the range may be fractions. (iii) Knowing the rules: print one
//! mark for both kinds. A reader told which cells are primary knows 4 + 4 = 8 to be no secret; one who knows this
//! program could rule out tables for which it would have hidden other cells. (iv) Knowledge from outside: earlier
//! releases, one's own child in a cell. All editions and scenarios that share children belong in one call. (v) Only
//! relations passed in are protected against, and only values: a median, an interval, a cost or a bar of a chart of
//! a hidden cell has to be hidden with it.
//!
//! *Rejected.* The cheapest pattern by integer programming: needs a solver, and ties make results differ between
//! machines. Rule (c) for single relations only: chains of hidden totals pass it. Rounding to base 5, and noise: totals
//! of returns must stay as they are. Ranks in floating point: a missed pivot is a disclosure.

mod elimination;
mod incidence;
#[cfg(test)]
mod oracle;
mod reader;
mod suppress;
#[cfg(test)]
mod tests;

use thiserror::Error;

pub use elimination::recoverable;
pub use suppress::{Rules, suppress};

/// The smallest count, in children, that official statistics on children print: 1 to 4 are hidden.
pub const USUAL_THRESHOLD: f64 = 5.0;

/// One figure of a table: `value` in children, 0 or more, and `cost`, how dear it is to hide (higher is dearer).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cell {
    pub value: f64,
    /// Cells of a lower cost are hidden first, whatever their value: say 0 inside, 1 at a margin, 2 for a grand total.
    pub cost: f64,
}

/// What a reader knows of cells: Σ coefficient × value = 0 over (cell, coefficient).
///
/// Whole coefficients, because recovery is decided exactly. A cell named twice counts with the sum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relation {
    pub terms: Vec<(usize, i32)>,
}

impl Relation {
    /// The cell `total` is the sum of the cells `parts`.
    pub fn total(total: usize, parts: impl IntoIterator<Item = usize>) -> Relation {
        let parts = parts.into_iter().map(|part| (part, -1));
        Relation { terms: std::iter::once((total, 1)).chain(parts).collect() }
    }
}

/// Which cells to leave blank, by index and ascending; print one mark for both kinds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Suppression {
    /// Above 0 and below the threshold.
    pub primary: Vec<usize>,
    /// Hidden so that primary cells cannot be computed; at or above the threshold.
    pub secondary: Vec<usize>,
}

impl Suppression {
    /// For each of `cell_count` cells whether it is blank.
    pub fn hidden(&self, cell_count: usize) -> Vec<bool> {
        let mut hidden = vec![false; cell_count];
        for &cell in self.primary.iter().chain(&self.secondary) {
            hidden[cell] = true;
        }
        hidden
    }
}

/// A table that cannot be protected because it is not one.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum DisclosureError {
    #[error("the threshold must be a number above 0, not {0}")]
    Threshold(f64),
    #[error("cell {cell} holds {value}, which is not a count of children")]
    NotACount { cell: usize, value: f64 },
    #[error("cell {cell} costs {cost}, which cannot be compared")]
    NotACost { cell: usize, cost: f64 },
    #[error("relation {relation} names cell {cell}, which is not there")]
    NoSuchCell { relation: usize, cell: usize },
    #[error("relation {relation} does not hold: its cells sum to {residual}, not 0")]
    Unbalanced { relation: usize, residual: f64 },
}
