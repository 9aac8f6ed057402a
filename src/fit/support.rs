//! SEN support: rates that carry its share of each age and need forward.
//!
//! What is published is a stock by year: no counts of pupils identified or stepping down. With q(a,n), pupils on
//! SEN support per resident at the base census, those who stay a year older are (1 − d)·q(a,n) but for those who
//! get a plan, d being the assumed share that steps down; where that leaves more than q(a+1,n), more step down:
//!   d(a,n) = 1 − q(a+1,n)/q(a,n).
//! What else it takes to reach q(a+1,n) is identified: `model::support`. At the last age anybody is on SEN
//! support all leave it. Tiers keep their share of each age and need; an age where nobody was counted has that of
//! the need.
//!
//! Assumptions: today's ages stand for tomorrow's (a cross-section read as a life). The shares grow together, by
//! a growth that fades. Schools identify as many more as get a plan: while plans doubled from 2016 to 2025 the share
//! on SEN support did not fall (England 11.6 to 14.2 % of pupils, Somerset 13.9 to 14.4 %).

use ndarray::{Array2, Axis};

use crate::domain::assumption::{AssumptionKey, Assumptions};
use crate::domain::rates::{JoinerRates, SupportRates, SupportTierShares};
use crate::domain::sen_support::{SenSupport, SupportTier};
use crate::units::Age;

/// `residents` are those of the base census.
pub fn fit_support(
    support: &SenSupport,
    joiners: &JoinerRates,
    residents: &[f64; Age::COUNT],
    assumptions: &Assumptions,
) -> SupportRates {
    let from_support = assumptions.value(AssumptionKey::PlansFromSupport);
    let usual = assumptions.value(AssumptionKey::SupportStepDown);
    let mut share = support.pupils.mapv(f64::from);
    for (mut row, persons) in share.axis_iter_mut(Axis(0)).zip(residents) {
        row.mapv_inplace(|pupils| if *persons > 0.0 { pupils / persons } else { 0.0 });
    }
    let mut step_down = Array2::ones(share.dim());
    for ((age, need), step_down) in step_down.indexed_iter_mut() {
        if let Some(next) = share.get((age + 1, need)).copied().filter(|next| *next > 0.0) {
            let own: f64 = share[[age, need]];
            *step_down = if own * (1.0 - usual) > next { 1.0 - next / own } else { usual };
        }
    }
    let planned = joiners.mix.sum_axis(Axis(2)) * from_support;
    SupportRates {
        stock: support.pupils.iter().copied().collect(),
        share: share.into_raw_vec_and_offset().0,
        step_down: step_down.into_raw_vec_and_offset().0,
        planned: planned.into_raw_vec_and_offset().0,
        from_support,
        tiers: support.tiers.iter().map(|tier| tier_shares(tier, &support.pupils)).collect(),
        growth: assumptions.value(AssumptionKey::SupportGrowth),
        growth_error: assumptions.value(AssumptionKey::SupportGrowthSpread),
        damping: assumptions.value(AssumptionKey::TrendDamping),
    }
}

/// The share of each age and need; that of the need over all ages where an age has nobody.
fn tier_shares(tier: &SupportTier, pupils: &Array2<u32>) -> SupportTierShares {
    let share = |part: u32, all: u32| if all > 0 { f64::from(part) / f64::from(all) } else { 0.0 };
    let (part_of_need, all_of_need) = (tier.pupils.sum_axis(Axis(0)), pupils.sum_axis(Axis(0)));
    let shares = pupils.indexed_iter().map(|((age, need), all)| match all {
        0 => share(part_of_need[need], all_of_need[need]),
        all => share(tier.pupils[[age, need]], *all),
    });
    SupportTierShares { id: tier.id.clone(), share: shares.collect() }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array1, Array3};

    use super::*;
    use crate::domain::assumption::Confidence;

    /// 100 residents of each age; on SEN support 20 at age 5, 30 at 6, 12 at 7; 4 new plans at each age, three
    /// quarters of them from SEN support; a tenth steps down.
    #[test]
    fn rates_by_hand_lead_from_the_share_of_an_age_to_that_of_the_next() {
        let mut pupils = Array2::zeros((Age::COUNT, 1));
        (pupils[[5, 0]], pupils[[6, 0]], pupils[[7, 0]]) = (20, 30, 12);
        let mut plus = Array2::zeros((Age::COUNT, 1));
        (plus[[5, 0]], plus[[6, 0]], plus[[7, 0]]) = (5, 15, 11);
        let tiers = vec![SupportTier { id: "plus".into(), pupils: plus }];
        let support = SenSupport { pupils, tiers, confidence: Confidence::Low };
        let zeros = Array1::zeros(Age::COUNT);
        let joiners = JoinerRates {
            rate: Array1::from_elem(Age::COUNT, 0.04),
            rate_evidence: zeros.clone(),
            mix: Array3::from_elem((Age::COUNT, 1, 2), 0.5),
            need_evidence: Array2::zeros((1, 1)),
            setting_evidence: Array2::zeros((1, 1)),
            growth: 0.0,
            growth_error: 0.0,
            damping: 0.0,
            level_error: 0.0,
            lasting_shock: 0.0,
            passing_shock: 0.0,
            assessed_only: zeros.clone(),
            not_assessed: zeros.clone(),
            moved_in: zeros,
            moved_in_mix: Array3::zeros((1, 1, 1)),
        };
        let assumptions = Assumptions::with_defaults(
            [(AssumptionKey::PlansFromSupport, 0.75), (AssumptionKey::SupportStepDown, 0.1)]
                .map(|(key, value)| crate::domain::assumption::Assumption { value, ..key.default_assumption() })
                .to_vec(),
        );
        let rates = fit_support(&support, &joiners, &[100.0; Age::COUNT], &assumptions);
        let near = |found: f64, expected: f64| assert!((found - expected).abs() < 1e-12, "{found}, not {expected}");
        near(rates.share[5], 0.20);
        near(rates.planned[5], 0.75);
        // Of 20 at age 5, 18 would stay for 30; of 30 at 6, 27 for 12: 18 step down.
        near(rates.step_down[5], 0.1);
        near(rates.step_down[6], 18.0 / 30.0);
        near(rates.step_down[7], 1.0);
        near(rates.step_down[Age::LAST.index()], 1.0);
        // Half of those at 6; half of all 62 where nobody was counted.
        near(rates.tiers[0].share[6], 0.5);
        near(rates.tiers[0].share[9], 0.5);
    }
}
