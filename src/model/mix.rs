//! Needs and settings that the joiners of an age are bound for.

use super::parameters::{Parameters, Prepared};
use super::profile::Profile;
use super::steering::AgeSteering;

/// A mix as estimated, and what steering makes of it.
#[derive(Clone, Copy, Debug)]
pub struct Mix<'a> {
    /// Over the places of a sheet of one age: need × setting, settings of a need together.
    pub profile: &'a Profile,
    /// Need and setting of each place of the sheet.
    pub keys: &'a [(u16, u16)],
    pub steering: Option<AgeSteering<'a>>,
}

impl<'a> Mix<'a> {
    /// New plans of an age in a year, at a replicate's factors.
    pub fn of_new_plans(prepared: &'a Prepared, parameters: &'a Parameters, year: usize, age: usize) -> Mix<'a> {
        let steering = prepared.steering[year].as_ref().and_then(|steering| steering.at(age));
        Mix { profile: &parameters.profiles[age], keys: prepared.sheet_keys(), steering }
    }

    /// Plans of an age that move in.
    pub fn of_moved_in(prepared: &'a Prepared, age: usize) -> Mix<'a> {
        Mix { profile: prepared.moved_in_profile(age), keys: prepared.sheet_keys(), steering: None }
    }
}

impl Mix<'_> {
    /// The place of a random word.
    #[inline]
    pub fn category(self, word: u32) -> usize {
        let entry = self.profile.entry(word);
        let category = self.profile.category(entry);
        let Some(steering) = self.steering else { return category };
        let setting = self.setting(category);
        category - setting + steering.setting(setting, self.profile.stretch(entry, word))
    }

    /// The setting of a place, from a table: a division takes as long as all the rest.
    #[inline]
    fn setting(self, place: usize) -> usize {
        usize::from(self.keys[place].1)
    }

    /// Meets places with shares that sum to 1; a place may come more than once.
    pub fn shares(self, mut meet: impl FnMut(usize, f64)) {
        for (category, share) in self.profile.shares() {
            let Some(steering) = self.steering else {
                meet(category, share);
                continue;
            };
            let setting = self.setting(category);
            let away = share * steering.away[setting];
            meet(category, share - away);
            if away > 0.0 {
                steering.destinations().for_each(|(to, part)| meet(category - setting + to, away * part));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::steering::Steering;

    #[test]
    fn words_fall_as_the_shares_say() {
        let mut profile = Profile::default();
        profile.rebuild([0.1, 0.2, 0.0, 0.4, 0.0, 0.3].into_iter());
        let steering = Steering::new(vec![0.25, 0.0, 0.0], &[0.0, 1.0, 3.0], |_, _| true);
        let keys = [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2)];
        let mix = Mix { profile: &profile, keys: &keys, steering: steering.at(4) };
        let mut shares = [0.0; 6];
        mix.shares(|category, share| shares[category] += share);
        // A quarter of 0.1 and 0.4 leaves setting 0 of each need: a part to setting 1, three to 2.
        let expected = [0.075, 0.20625, 0.01875, 0.3, 0.025, 0.375];
        assert!(shares.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12), "{shares:?}");
        let words = 400_000_u32;
        let mut hits = [0.0; 6];
        (0..words).for_each(|i| hits[mix.category(i * (u32::MAX / words))] += 1.0 / f64::from(words));
        assert!(hits.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-4), "{hits:?}");
    }
}
