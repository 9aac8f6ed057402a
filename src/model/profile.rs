//! A discrete distribution over the cells of one age, made for many draws.
//!
//! Inversion with a guide table (Chen and Asau, 1974): a uniform finds its start in the guide and
//! walks the cumulative shares from there, one or two steps on average.

use crate::numerics::stream::WORDS;

/// Entries of the guide: one for each value of a word's first 8 bits.
const GUIDE: u32 = 1 << (32 - GUIDE_SHIFT);
const GUIDE_SHIFT: u32 = 24;

/// Categories looked at without a branch, from the guide's on.
const AHEAD: usize = 2;

/// Shares of categories that sum to 1.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Profile {
    categories: Vec<u32>,
    /// Upper end of each category's stretch of the unit interval.
    upper: Vec<f64>,
    /// The same in steps of 2⁻³², with the lower end before the first: a category's words are those from
    /// its lower bound to below its upper; the last has all that are left.
    bounds: Vec<u32>,
    guide: Vec<u16>,
}

impl Profile {
    /// Rebuilds the profile in place from weights by category; zero weights are left out.
    /// With no positive weight at all, everybody falls into category 0.
    pub fn rebuild(&mut self, weights: impl Iterator<Item = f64>) {
        self.categories.clear();
        self.upper.clear();
        let mut sum = 0.0;
        for (category, weight) in weights.enumerate() {
            if weight > 0.0 {
                sum += weight;
                self.categories.push(category as u32);
                self.upper.push(sum);
            }
        }
        if self.categories.is_empty() {
            self.categories.push(0);
            self.upper.push(1.0);
            sum = 1.0;
        }
        let scale = 1.0 / sum;
        for upper in &mut self.upper {
            *upper *= scale;
        }
        *self.upper.last_mut().expect("never empty") = 1.0;
        self.fill_guide();
    }

    /// Entry g is the first category that any word of the g-th stretch may fall into.
    fn fill_guide(&mut self) {
        self.bounds.clear();
        self.bounds.push(0);
        self.bounds.extend(self.upper.iter().map(|upper| (upper * WORDS) as u32));
        *self.bounds.last_mut().expect("never empty") = u32::MAX;
        self.guide.clear();
        let mut entry = 0;
        for stretch in 0..GUIDE {
            while self.bounds[entry + 1] <= stretch << GUIDE_SHIFT && entry + 1 < self.categories.len() {
                entry += 1;
            }
            self.guide.push(entry as u16);
        }
        // Room to look two categories ahead from any.
        self.bounds.extend([u32::MAX; AHEAD]);
    }

    /// The entry that a random word falls into: the number of a category that has a share.
    #[inline]
    pub fn entry(&self, word: u32) -> usize {
        let start = usize::from(self.guide[(word >> GUIDE_SHIFT) as usize]);
        // Without a branch as far as most words need: it could not be guessed.
        let ahead = &self.bounds[start + 1..start + AHEAD + 2];
        let mut entry = start + ahead[..AHEAD].iter().map(|bound| usize::from(*bound <= word)).sum::<usize>();
        while self.bounds[entry + 1] <= word && entry + 1 < self.categories.len() {
            entry += 1;
        }
        entry.min(self.categories.len() - 1)
    }

    /// The category of an entry.
    #[inline]
    pub fn category(&self, entry: usize) -> usize {
        self.categories[entry] as usize
    }

    /// Categories with their shares.
    pub fn shares(&self) -> impl Iterator<Item = (usize, f64)> + '_ {
        let mut lower = 0.0;
        self.categories.iter().zip(&self.upper).map(move |(category, upper)| {
            let share = upper - lower;
            lower = *upper;
            (*category as usize, share)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_categories_by_hand() {
        let mut profile = Profile::default();
        profile.rebuild([1.0, 0.0, 2.0, 1.0].into_iter());
        assert_eq!(profile.shares().collect::<Vec<_>>(), vec![(0, 0.25), (2, 0.5), (3, 0.25)]);
        for (uniform, category) in [(0.0, 0), (0.249, 0), (0.25, 2), (0.749, 2), (0.75, 3), (1.0, 3)] {
            assert_eq!(profile.category(profile.entry((uniform * WORDS) as u32)), category, "{uniform}");
        }
    }

    #[test]
    fn many_small_categories_keep_their_shares() {
        let mut profile = Profile::default();
        profile.rebuild((0..1000).map(|i| f64::from(i % 7)));
        let total: f64 = (0..1000).map(|i| f64::from(i % 7)).sum();
        for (category, share) in profile.shares() {
            assert!((share - (category % 7) as f64 / total).abs() < 1e-12);
        }
        let draws = 200_000;
        let hits = (0..draws)
            .filter(|i| profile.category(profile.entry((f64::from(*i) * WORDS / f64::from(draws)) as u32)) % 7 == 6)
            .count();
        let expected = 142.0 * 6.0 / total;
        assert!((hits as f64 / f64::from(draws) - expected).abs() < 1e-3);
    }
}
