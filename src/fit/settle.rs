//! Where joiners stand at the closing census.
//!
//! New plans are published by the setting first named, and some children have moved on by
//! January: more plans start in early years settings at 3 than are held there at 4. So at each
//! age, and over each age group, a setting takes no more of a year's joiners than the mean stock
//! of the last two censuses at the age they have reached, plus one; the rest go to the other
//! settings in proportion to their shares. Evidence: Somerset: 12 to 21 new plans a year in early
//! years settings, 10 plans held there at 4 in January 2025 and none at 5. Rejected: leaving it to moves, which
//! see no one move on who was never counted.

use ndarray::{Array1, Array2};

use super::leavers::group;
use crate::domain::age_group::AgeGroup;
use crate::units::Age;

/// Children a setting may take beyond its stock: chance, in a cell of few.
const ALLOWANCE: f64 = 1.0;

/// Shares `[opening age, setting]` after children have settled. `joined` is a year's joiners by
/// opening age, `closing` the stock by census age and setting.
pub fn settled_shares(shares: &Array2<f64>, joined: &Array1<f64>, closing: &Array2<f64>) -> Array2<f64> {
    let mut settled = shares.clone();
    for age in 0..Age::COUNT - 1 {
        let room = closing.row(age + 1).mapv(|held| held + ALLOWANCE);
        let most = room.mapv(|room| if joined[age] > 0.0 { room / joined[age] } else { 1.0 });
        limit(settled.row_mut(age), &most);
    }
    for which in 0..AgeGroup::ALL.len() {
        let ages: Vec<usize> = (0..Age::COUNT - 1).filter(|age| group(age + 1) == which).collect();
        let sum = |table: &Array2<f64>, setting: usize, weigh: &dyn Fn(usize) -> f64, shift: usize| -> f64 {
            ages.iter().map(|age| table[[age + shift, setting]] * weigh(*age)).sum()
        };
        let ratios: Vec<f64> = (0..shares.ncols())
            .map(|setting| {
                let arriving = sum(&settled, setting, &|age| joined[age], 0);
                let room = sum(closing, setting, &|_| 1.0, 1) + ALLOWANCE;
                if arriving > room { room / arriving } else { 1.0 }
            })
            .collect();
        for age in &ages {
            let most = Array1::from_iter(
                settled.row(*age).iter().zip(&ratios).map(|(s, r)| if *r < 1.0 { s * r } else { 1.0 }),
            );
            limit(settled.row_mut(*age), &most);
        }
    }
    settled
}

/// Cuts shares to `most`, giving what is cut to the others in proportion.
fn limit(mut shares: ndarray::ArrayViewMut1<f64>, most: &Array1<f64>) {
    // Each round can bring further settings to their limit, so as many rounds as settings do.
    for _ in 0..shares.len() {
        let full = |share: &f64, most: &f64| *share >= *most;
        let cut: f64 = shares.iter().zip(most).map(|(s, m)| (s - m).max(0.0)).sum();
        let free: f64 = shares.iter().zip(most).filter(|(s, m)| !full(s, m)).map(|(s, _)| *s).sum();
        if cut <= 1e-12 || free <= 0.0 {
            return;
        }
        for (share, most) in shares.iter_mut().zip(most) {
            *share = if full(share, most) { *most } else { *share * (1.0 + cut / free) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_setting_passes_its_children_on() {
        let mut shares = Array2::from_elem((Age::COUNT, 3), 0.0);
        shares.column_mut(0).fill(0.5);
        shares.column_mut(1).fill(0.3);
        shares.column_mut(2).fill(0.2);
        let mut joined = Array1::zeros(Age::COUNT);
        joined[3] = 20.0;
        let mut closing = Array2::from_elem((Age::COUNT, 3), 100.0);
        closing[[4, 0]] = 4.0;
        // 4 + 1 of 20 may stand in the first; 0.25 is left over for the others, 3 to 2.
        let settled = settled_shares(&shares, &joined, &closing);
        for (setting, share) in [0.25, 0.45, 0.30].into_iter().enumerate() {
            assert!((settled[[3, setting]] - share).abs() < 1e-9, "{setting}: {}", settled[[3, setting]]);
        }
        assert_eq!(settled.row(10), shares.row(10));
    }
}
