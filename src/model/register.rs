//! Who the children are that hold a place or lack one: where they live, which provider they are with, which
//! setting they found no place in.
//!
//! The blocks of plans count children by age, need and setting, and know no more of them. Here are those
//! of each cell of whom more is known; the others of the cell are alike. When some leave a cell, each of
//! its children is as likely to be among them (their rates are the same), so telling them apart adds draws
//! and changes no count. Where a child lives is decided when it first matters, when it asks for a place:
//! until then nothing depends on it, so a draw made later has the same distribution.

use std::iter;

use super::chance::{Address, Count};
use super::lots::{Lots, Pick};
use super::place_model::NONE;
use crate::domain::grid::Shape;

/// What is known of a child beside age, need and setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    pub area: u8,
    /// The provider whose place it holds, or [`NONE`].
    pub provider: u8,
    /// The limited setting it has found no place in, or [`NONE`].
    pub wants: u8,
}

/// Children of a cell who are alike: one child, where children are whole.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Alike<C> {
    pub mark: Mark,
    pub count: C,
}

/// Children who hold or lack a place, by cell and mark.
#[derive(Clone, Debug)]
pub struct Register<C> {
    shape: Shape,
    /// How far the sheets have turned: they stay where they are while ages move on.
    turn: usize,
    marked: Vec<Vec<Alike<C>>>,
    /// A bit for each cell that holds somebody: most hold nobody, and to look is dearer than to know.
    held: Vec<u64>,
    tallies: Tallies<C>,
}

/// Sums over the marks of all children.
#[derive(Clone, Debug)]
struct Tallies<C> {
    /// By provider: its setting's number among the limited ones.
    setting: Vec<u8>,
    /// Pupils by provider.
    filled: Vec<C>,
    /// By limited setting: pupils who need no other, and children who lack a place in it.
    own: Vec<C>,
    lacking: Vec<C>,
}

impl<C: Count> Tallies<C> {
    fn add(&mut self, mark: Mark, count: C) {
        self.each(mark, |sum| *sum += count);
    }

    fn take(&mut self, mark: Mark, count: C) {
        self.each(mark, |sum| *sum = *sum - count);
    }

    #[inline]
    fn each(&mut self, mark: Mark, mut change: impl FnMut(&mut C)) {
        if mark.provider != NONE {
            change(&mut self.filled[usize::from(mark.provider)]);
        }
        match (mark.wants, mark.provider) {
            (NONE, NONE) => {}
            (NONE, provider) => change(&mut self.own[usize::from(self.setting[usize::from(provider)])]),
            (wants, _) => change(&mut self.lacking[usize::from(wants)]),
        }
    }
}

impl<C: Count> Register<C> {
    /// `provider_setting` is the number of each provider's setting among the `limited` ones.
    pub fn new(shape: Shape, provider_setting: &[u8], limited: usize) -> Register<C> {
        Register {
            shape,
            turn: 0,
            marked: vec![Vec::new(); shape.cells()],
            held: vec![0; shape.cells().div_ceil(64)],
            tallies: Tallies {
                setting: provider_setting.to_vec(),
                filled: vec![C::default(); provider_setting.len()],
                own: vec![C::default(); limited],
                lacking: vec![C::default(); limited],
            },
        }
    }

    pub fn clear(&mut self) {
        self.turn = 0;
        self.marked.iter_mut().for_each(Vec::clear);
        self.held.fill(0);
        let Tallies { filled, own, lacking, .. } = &mut self.tallies;
        [filled, own, lacking].into_iter().for_each(|sums| sums.fill(C::default()));
    }

    /// Pupils by provider.
    pub fn filled(&self) -> &[C] {
        &self.tallies.filled
    }

    /// Children who lack a place in a limited setting.
    pub fn lacking(&self, limited: usize) -> C {
        self.tallies.lacking[limited]
    }

    /// Children who need a place in a limited setting: its pupils but for guests who lack one in another,
    /// and those who lack one in it.
    pub fn needing(&self, limited: usize) -> C {
        let mut needing = self.tallies.own[limited];
        needing += self.tallies.lacking[limited];
        needing
    }

    /// A year of age for all; those who were 25 are gone.
    pub fn age_on(&mut self) {
        let size = self.shape.cells_per_age();
        self.turn = if self.turn == 0 { self.marked.len() - size } else { self.turn - size };
        let first = self.slot(0);
        for slot in first..first + size {
            self.marked[slot].drain(..).for_each(|gone| self.tallies.take(gone.mark, gone.count));
            self.note_held(slot);
        }
    }

    /// The children of a cell of whom more is known.
    #[inline]
    pub fn marked(&self, cell: usize) -> &[Alike<C>] {
        &self.marked[self.slot(cell)]
    }

    #[inline]
    pub fn holds_anybody(&self, cell: usize) -> bool {
        let slot = self.slot(cell);
        self.held[slot / 64] >> (slot % 64) & 1 == 1
    }

    /// The cells of an age that hold anybody, by their place in its sheet.
    #[inline]
    pub fn sheet(&self, age: usize) -> impl Iterator<Item = (usize, &[Alike<C>])> {
        let size = self.shape.cells_per_age();
        let first = self.slot(age * size);
        let end = first + size;
        (first / 64..end.div_ceil(64)).flat_map(move |word| {
            let start = word * 64;
            let mut left = self.held[word] & (u64::MAX << first.saturating_sub(start).min(63));
            if end < start + 64 {
                left &= (1 << (end - start)) - 1;
            }
            iter::from_fn(move || {
                (left != 0).then(|| {
                    let slot = start + left.trailing_zeros() as usize;
                    left &= left - 1;
                    (slot - first, self.marked[slot].as_slice())
                })
            })
        })
    }

    #[inline]
    pub fn add(&mut self, cell: usize, mark: Mark, count: C) {
        let slot = self.slot(cell);
        self.tallies.add(mark, count);
        let marked = &mut self.marked[slot];
        if let Some(children) = count.one_by_one() {
            marked.extend(iter::repeat_n(Alike { mark, count: C::whole(1) }, children));
        } else if let Some(alike) = marked.iter_mut().find(|alike| alike.mark == mark) {
            alike.count += count;
        } else {
            marked.push(Alike { mark, count });
        }
        self.held[slot / 64] |= 1 << (slot % 64);
    }

    /// Takes away children who are alike and known to be in a cell: no more than stand together.
    pub fn remove(&mut self, cell: usize, mark: Mark, count: C) {
        let slot = self.slot(cell);
        self.tallies.take(mark, count);
        let place = self.marked[slot].iter().position(|alike| alike.mark == mark).expect("children who are there");
        let alike = &mut self.marked[slot][place];
        alike.count = alike.count - count;
        if alike.count == C::default() {
            self.marked[slot].swap_remove(place);
            self.note_held(slot);
        }
    }

    /// Takes `count` of the `total` children of a cell away, whoever they are; `first` is the number of the
    /// first of them among those who leave the cell in the year.
    #[inline]
    pub fn take<K: Lots<Count = C>>(
        &mut self,
        chance: &K,
        at: Address,
        first: u32,
        cell: usize,
        (count, total): (C, C),
        mut taken: impl FnMut(Pick<Mark>, C, K::Lot),
    ) {
        let slot = self.slot(cell);
        let (marked, tallies) = (&mut self.marked[slot], &mut self.tallies);
        chance.draw_from(at, first, marked, (count, total), |pick, count, lot| {
            if let Pick::Known(mark) = pick {
                tallies.take(mark, count);
            }
            taken(pick, count, lot);
        });
        self.note_held(slot);
    }

    /// Lets `count` of the `total` children of a cell go, as [`Register::take`] does, where it does not matter
    /// who they are but for the marks that go with them.
    #[inline]
    pub fn let_go<K: Lots<Count = C>>(
        &mut self,
        chance: &K,
        at: Address,
        first: u32,
        cell: usize,
        count_of_total: (C, C),
    ) {
        let slot = self.slot(cell);
        let (marked, tallies) = (&mut self.marked[slot], &mut self.tallies);
        chance.let_go(at, first, marked, count_of_total, |mark, count| tallies.take(mark, count));
        self.note_held(slot);
    }

    #[inline]
    fn note_held(&mut self, slot: usize) {
        let bit = 1 << (slot % 64);
        if self.marked[slot].is_empty() {
            self.held[slot / 64] &= !bit;
        } else {
            self.held[slot / 64] |= bit;
        }
    }

    /// Where a cell stands.
    #[inline]
    fn slot(&self, cell: usize) -> usize {
        let place = cell + self.turn;
        if place >= self.marked.len() { place - self.marked.len() } else { place }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Age;

    #[test]
    fn children_grow_up_and_leave_at_25() {
        let shape = Shape { needs: 1, settings: 2 };
        let mut register: Register<u32> = Register::new(shape, &[0], 1);
        let pupil = Mark { area: 0, provider: 0, wants: NONE };
        let waiting = Mark { area: 1, provider: NONE, wants: 0 };
        register.add(shape.cell(4, 0, 1), pupil, 3);
        register.add(shape.cell(24, 0, 0), waiting, 2);
        register.age_on();
        assert_eq!(register.marked(shape.cell(5, 0, 1)), [Alike { mark: pupil, count: 1 }; 3]);
        assert!(register.holds_anybody(shape.cell(5, 0, 1)) && !register.holds_anybody(shape.cell(4, 0, 1)));
        let sheet: Vec<(usize, usize)> = register.sheet(5).map(|(place, children)| (place, children.len())).collect();
        assert_eq!(sheet, [(shape.cell(0, 0, 1), 3)]);
        assert_eq!((register.filled(), register.needing(0)), ([3].as_slice(), 5));
        register.age_on();
        assert_eq!(register.needing(0), 3, "those of 25 are gone");
        register.remove(shape.cell(6, 0, 1), pupil, 1);
        assert_eq!((register.filled(), register.needing(0)), ([2].as_slice(), 2));
        // A whole life's turn brings every sheet round.
        (0..19).for_each(|_| register.age_on());
        assert_eq!(register.marked(shape.cell(Age::LAST.index(), 0, 1)), [Alike { mark: pupil, count: 1 }; 2]);
        register.age_on();
        assert_eq!(register.needing(0), 0);
    }
}
