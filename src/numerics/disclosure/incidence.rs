//! Which relations hold which cells, both ways, and the components into which hidden cells fall.
//!
//! Two hidden cells are in one component when a chain of relations and hidden cells leads from one to the other.
//! Columns of different components share no relation, so each component is eliminated by itself: the cost of
//! elimination grows with the cube of a component, not of the table.

use super::Relation;

/// A row of the relation matrix: (cell, coefficient), ascending by cell, coefficients not 0.
pub(super) type Row = Vec<(usize, i128)>;

/// Hidden cells that relations link, and the relations that hold any of them; both ascending.
pub(super) struct Component {
    pub cells: Vec<usize>,
    pub rows: Vec<usize>,
}

/// The relation matrix by rows and by columns.
pub(super) struct Incidence {
    pub rows: Vec<Row>,
    pub rows_of: Vec<Vec<usize>>,
}

impl Incidence {
    /// The matrix of the cells that `keep` admits: a reader who knows a cell to be 0 may strike it out.
    pub fn new(cell_count: usize, relations: &[Relation], keep: impl Fn(usize) -> bool) -> Incidence {
        let rows: Vec<Row> = relations.iter().map(|relation| merged(relation, &keep)).collect();
        let mut rows_of = vec![Vec::new(); cell_count];
        for (index, row) in rows.iter().enumerate() {
            for &(cell, _) in row {
                rows_of[cell].push(index);
            }
        }
        Incidence { rows, rows_of }
    }

    /// The components of hidden cells that hold any of `starts`, in the order in which `starts` meets them.
    pub fn components(&self, hidden: &[bool], starts: impl IntoIterator<Item = usize>) -> Vec<Component> {
        let (mut cell_seen, mut row_seen) = (vec![false; self.rows_of.len()], vec![false; self.rows.len()]);
        let mut components = Vec::new();
        for start in starts {
            if !hidden[start] || std::mem::replace(&mut cell_seen[start], true) {
                continue;
            }
            let mut component = Component { cells: vec![start], rows: Vec::new() };
            let mut next = 0;
            while let Some(&cell) = component.cells.get(next) {
                next += 1;
                for &row in &self.rows_of[cell] {
                    if !std::mem::replace(&mut row_seen[row], true) {
                        component.rows.push(row);
                        let found = self.rows[row].iter().map(|&(other, _)| other);
                        let found = found.filter(|&other| hidden[other] && !cell_seen[other]);
                        component.cells.extend(found);
                        self.rows[row].iter().for_each(|&(other, _)| cell_seen[other] |= hidden[other]);
                    }
                }
            }
            component.cells.sort_unstable();
            component.rows.sort_unstable();
            components.push(component);
        }
        components
    }
}

fn merged(relation: &Relation, keep: impl Fn(usize) -> bool) -> Row {
    let terms = relation.terms.iter().filter(|&&(cell, _)| keep(cell));
    let mut terms: Row = terms.map(|&(cell, coefficient)| (cell, i128::from(coefficient))).collect();
    terms.sort_unstable();
    let mut row: Row = Vec::with_capacity(terms.len());
    for (cell, coefficient) in terms {
        match row.last_mut() {
            Some(last) if last.0 == cell => last.1 += coefficient,
            _ => row.push((cell, coefficient)),
        }
    }
    row.retain(|&(_, coefficient)| coefficient != 0);
    row
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_named_twice_counts_with_the_sum() {
        let relation = Relation { terms: vec![(2, 1), (0, -1), (2, 1), (1, 3), (1, -3)] };
        assert_eq!(merged(&relation, |_| true), vec![(0, -1), (2, 2)]);
        assert_eq!(merged(&relation, |cell| cell != 2), vec![(0, -1)]);
    }

    #[test]
    fn hidden_cells_are_linked_through_hidden_cells_only() {
        // 0–1 and 1–2 share a relation; 2–3 too, but with 2 printed the chain is cut.
        let relations = [Relation::total(0, [1]), Relation::total(1, [2]), Relation::total(2, [3])];
        let incidence = Incidence::new(4, &relations, |_| true);
        let hidden = [true, true, false, true];
        let components = incidence.components(&hidden, 0..4);
        let cells: Vec<&[usize]> = components.iter().map(|c| c.cells.as_slice()).collect();
        assert_eq!(cells, [&[0, 1][..], &[3]]);
        // Relation 1 still bears on the first component: it is what gives cell 1 away.
        let rows: Vec<&[usize]> = components.iter().map(|c| c.rows.as_slice()).collect();
        assert_eq!(rows, [&[0, 1][..], &[2]]);
    }
}
