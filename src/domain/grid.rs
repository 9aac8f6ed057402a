//! Dense tables over age × need × setting.
//!
//! A cell's place is (age · needs + need) · settings + setting: all cells of one age lie together,
//! so that ageing moves one block.

use super::need::Need;
use crate::units::Age;

/// How many needs and settings a grid has; ages are always 26.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    pub needs: usize,
    pub settings: usize,
}

impl Shape {
    pub fn cells(self) -> usize {
        Age::COUNT * self.cells_per_age()
    }

    pub fn cells_per_age(self) -> usize {
        self.needs * self.settings
    }

    #[inline]
    pub fn cell(self, age: usize, need: usize, setting: usize) -> usize {
        (age * self.needs + need) * self.settings + setting
    }

    /// Age, need and setting of a cell.
    #[inline]
    pub fn place(self, cell: usize) -> (usize, usize, usize) {
        let setting = cell % self.settings;
        let rest = cell / self.settings;
        (rest / self.needs, rest % self.needs, setting)
    }
}

/// The needs in use, in the order of [`Need::ALL`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Needs(Vec<Need>);

impl Needs {
    /// Duplicates are dropped; with none at all, every plan counts as need not recorded.
    pub fn new(mut needs: Vec<Need>) -> Needs {
        needs.sort_unstable();
        needs.dedup();
        if needs.is_empty() {
            needs.push(Need::NotRecorded);
        }
        Needs(needs)
    }

    pub fn count(&self) -> usize {
        self.0.len()
    }

    pub fn index(&self, need: Need) -> Option<usize> {
        self.0.iter().position(|n| *n == need)
    }

    pub fn iter(&self) -> impl Iterator<Item = Need> {
        self.0.iter().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_and_its_place_are_inverse() {
        let shape = Shape { needs: 3, settings: 4 };
        for cell in 0..shape.cells() {
            let (age, need, setting) = shape.place(cell);
            assert_eq!(shape.cell(age, need, setting), cell);
        }
    }
}
