//! A discrete distribution over the cells of one age, made for many draws.
//!
//! Inversion with a guide table (Chen and Asau, 1974): a uniform finds its start in the guide and
//! walks the cumulative shares from there, one or two steps on average.

/// Entries of the guide: one per 1/256 of probability.
const GUIDE: usize = 256;

/// Shares of categories that sum to 1.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Profile {
    categories: Vec<u32>,
    /// Upper end of each category's stretch of the unit interval.
    upper: Vec<f64>,
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

    fn fill_guide(&mut self) {
        self.guide.clear();
        let mut entry = 0;
        for step in 0..GUIDE {
            let start = step as f64 / GUIDE as f64;
            while self.upper[entry] <= start {
                entry += 1;
            }
            self.guide.push(entry as u16);
        }
    }

    /// The category at a uniform on (0, 1).
    #[inline]
    pub fn category(&self, uniform: f64) -> usize {
        let mut entry = usize::from(self.guide[(uniform * GUIDE as f64) as usize]);
        while self.upper[entry] < uniform {
            entry += 1;
        }
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
        for (uniform, category) in [(0.001, 0), (0.249, 0), (0.251, 2), (0.749, 2), (0.751, 3), (0.999_999, 3)] {
            assert_eq!(profile.category(uniform), category, "{uniform}");
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
        let hits = (0..draws).filter(|i| profile.category((*i as f64 + 0.5) / f64::from(draws)) % 7 == 6).count();
        let expected = 142.0 * 6.0 / total;
        assert!((hits as f64 / f64::from(draws) - expected).abs() < 1e-3);
    }
}
