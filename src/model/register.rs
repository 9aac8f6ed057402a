//! Who the children of each cell are: where they live, which place they hold, which one they lack.
//!
//! The blocks of plans count children by age, need and setting, and know no more of them. The register
//! splits each of these counts. When some leave a cell, each of its children is as likely to be among
//! them (their rates are the same), so splitting adds a draw and changes no count.

use super::chance::{Address, Count};
use super::lots::Lots;
use super::place_model::NONE;
use crate::domain::grid::Shape;
use crate::units::Age;

/// What is known of a child beside age, need and setting. [`NONE`] where it holds or lacks no place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    pub area: u8,
    /// The provider whose place it holds.
    pub provider: u8,
    /// The limited setting it has found no place in.
    pub wants: u8,
}

impl Mark {
    pub fn living_in(area: u8) -> Mark {
        Mark { area, provider: NONE, wants: NONE }
    }

    fn is_plain(self) -> bool {
        self.provider == NONE && self.wants == NONE
    }
}

/// Children of a cell who are alike.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Alike<C> {
    pub mark: Mark,
    pub count: C,
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

/// All plans of a replicate, by cell and mark.
#[derive(Clone, Debug)]
pub struct Register<C> {
    shape: Shape,
    areas: usize,
    /// How many times the ages moved on: sheets stay where they are and are counted from another.
    turned: usize,
    /// Children who hold and lack no place, by cell and area.
    plain: Vec<C>,
    /// All others.
    marked: Vec<Vec<Alike<C>>>,
    tallies: Tallies<C>,
    /// Working memory.
    parts: Vec<C>,
}

impl<C: Count> Register<C> {
    /// `provider_setting` is the number of each provider's setting among the `limited` ones.
    pub fn new(shape: Shape, areas: usize, provider_setting: &[u8], limited: usize) -> Register<C> {
        Register {
            shape,
            areas,
            turned: 0,
            plain: vec![C::default(); shape.cells() * areas],
            marked: vec![Vec::new(); shape.cells()],
            tallies: Tallies {
                setting: provider_setting.to_vec(),
                filled: vec![C::default(); provider_setting.len()],
                own: vec![C::default(); limited],
                lacking: vec![C::default(); limited],
            },
            parts: Vec::new(),
        }
    }

    pub fn clear(&mut self) {
        self.turned = 0;
        self.plain.fill(C::default());
        self.marked.iter_mut().for_each(Vec::clear);
        let Tallies { filled, own, lacking, .. } = &mut self.tallies;
        [filled, own, lacking].into_iter().for_each(|sums| sums.fill(C::default()));
    }

    /// Pupils by provider.
    pub fn filled(&self) -> &[C] {
        &self.tallies.filled
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
        self.turned += 1;
        let size = self.shape.cells_per_age();
        let first = self.slot(0);
        self.plain[first * self.areas..][..size * self.areas].fill(C::default());
        for cell in &mut self.marked[first..first + size] {
            cell.drain(..).for_each(|gone| self.tallies.take(gone.mark, gone.count));
        }
    }

    /// Children of a cell who hold and lack no place, by area.
    pub fn plain(&self, cell: usize) -> &[C] {
        &self.plain[self.slot(cell) * self.areas..][..self.areas]
    }

    /// The others of a cell.
    pub fn marked(&self, cell: usize) -> &[Alike<C>] {
        &self.marked[self.slot(cell)]
    }

    #[inline]
    pub fn add(&mut self, cell: usize, mark: Mark, count: C) {
        let slot = self.slot(cell);
        if mark.is_plain() {
            self.plain[slot * self.areas + usize::from(mark.area)] += count;
            return;
        }
        self.tallies.add(mark, count);
        match self.marked[slot].iter_mut().find(|alike| alike.mark == mark) {
            Some(alike) => alike.count += count,
            None => self.marked[slot].push(Alike { mark, count }),
        }
    }

    /// Takes away children of a cell who hold or lack a place, and are known to be there.
    pub fn remove(&mut self, cell: usize, mark: Mark, count: C) {
        let slot = self.slot(cell);
        self.tallies.take(mark, count);
        let place = self.marked[slot].iter().position(|alike| alike.mark == mark).expect("children who are there");
        let alike = &mut self.marked[slot][place];
        alike.count = alike.count - count;
        if alike.count == C::default() {
            // In order, not by a swap: whom a later draw meets depends on it.
            self.marked[slot].remove(place);
        }
    }

    /// Takes `count` of a cell's children away, whoever they are; `first` is the number of the first of
    /// them among those of the cell who go in the year.
    #[inline]
    pub fn take<K: Lots<Count = C>>(
        &mut self,
        chance: &K,
        at: Address,
        first: u32,
        cell: usize,
        count: C,
        mut taken: impl FnMut(Mark, C, K::Lot),
    ) {
        let slot = self.slot(cell);
        let plain = &mut self.plain[slot * self.areas..][..self.areas];
        let marked = &mut self.marked[slot];
        if marked.is_empty() {
            chance.draw_from(at, first, plain, count, |area, count, lot| {
                taken(Mark::living_in(area as u8), count, lot);
            });
            return;
        }
        self.parts.clear();
        self.parts.extend_from_slice(plain);
        self.parts.extend(marked.iter().map(|alike| alike.count));
        let (areas, tallies) = (self.areas, &mut self.tallies);
        chance.draw_from(at, first, &mut self.parts, count, |part, count, lot| {
            let Some(alike) = part.checked_sub(areas).map(|place| marked[place]) else {
                return taken(Mark::living_in(part as u8), count, lot);
            };
            tallies.take(alike.mark, count);
            taken(alike.mark, count, lot);
        });
        plain.copy_from_slice(&self.parts[..areas]);
        marked.iter_mut().zip(&self.parts[areas..]).for_each(|(alike, left)| alike.count = *left);
        marked.retain(|alike| alike.count != C::default());
    }

    /// Where a cell stands.
    #[inline]
    fn slot(&self, cell: usize) -> usize {
        let size = self.shape.cells_per_age();
        let (age, place) = (cell / size, cell % size);
        (age + Age::COUNT - self.turned % Age::COUNT) % Age::COUNT * size + place
    }
}
