//! Placements brought to what growth of many areas expects of settings.
//!
//! In a year, a child bound for setting s, joining or moving, goes elsewhere with probability d(s):
//! to setting t in proportion to v(t), among those that take the child's age. A setting gives or
//! takes, never both. Nobody is added or lost. It is part of where children are bound for: they draw
//! nothing more for it, and levers on the setting mix come after it. `engine::calibration` has how
//! d and v are found.

use crate::units::Age;

/// One year's d, and where children go.
#[derive(Clone, Debug, PartialEq)]
pub struct Steering {
    away: Vec<f64>,
    /// v by closing age and setting, over those that take the age: sums to 1, or to 0 where none does.
    to: Vec<f64>,
    /// By closing age, whether some setting does.
    open: Vec<bool>,
}

/// Steering of one age.
#[derive(Clone, Copy, Debug)]
pub struct AgeSteering<'a> {
    /// By setting: the share of those bound for it who go elsewhere.
    pub away: &'a [f64],
    /// By setting: the share of these who go there.
    pub to: &'a [f64],
}

impl Steering {
    /// From d and v by setting, and whether a setting takes a closing age.
    pub fn new(away: Vec<f64>, pull: &[f64], takes: impl Fn(usize, usize) -> bool) -> Steering {
        debug_assert!(away.iter().zip(pull).all(|(away, pull)| *away == 0.0 || *pull == 0.0));
        let (mut to, mut open) = (Vec::new(), Vec::new());
        for age in 0..=Age::COUNT {
            let pull = |setting: usize| if takes(age, setting) { pull[setting] } else { 0.0 };
            let total: f64 = (0..away.len()).map(pull).sum();
            open.push(total > 0.0);
            to.extend((0..away.len()).map(|setting| if total > 0.0 { pull(setting) / total } else { 0.0 }));
        }
        Steering { away, to, open }
    }

    /// By setting: the share of those bound for it who go elsewhere.
    pub fn away(&self) -> &[f64] {
        &self.away
    }

    /// For an opening age; `None` where no setting in need of children takes it.
    #[inline]
    pub fn at(&self, opening_age: usize) -> Option<AgeSteering<'_>> {
        let settings = self.away.len();
        let closing_age = opening_age + 1;
        let to = &self.to[closing_age * settings..][..settings];
        self.open[closing_age].then_some(AgeSteering { away: &self.away, to })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn children_go_only_where_their_age_is_taken() {
        // Of those bound for setting 0, 0.2 go to 1 and 2, three to one; setting 2 takes 16 and over.
        let steering = Steering::new(vec![0.2, 0.0, 0.0], &[0.0, 3.0, 1.0], |age, setting| setting != 2 || age >= 16);
        assert_eq!(steering.at(14).expect("1 takes it").to, [0.0, 1.0, 0.0]);
        let older = steering.at(15).expect("both take it");
        assert_eq!(older.to, [0.0, 0.75, 0.25]);
        // Where nobody in need takes the age, nobody is steered.
        let steering = Steering::new(vec![0.2, 0.0], &[0.0, 1.0], |age, _| age >= 16);
        assert!(steering.at(3).is_none() && steering.at(20).is_some());
    }
}
