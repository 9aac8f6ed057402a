//! SEN support: rates that would keep its share of each age and need as it is.
//!
//! What is published is a stock by year: no counts of pupils identified or stepping down. Of q(a,n), pupils
//! on SEN support per resident at the base census, and e(a,n) = σ·(new plans per resident), those who get a
//! plan of them, the rest keep their support but for the assumed share d. So
//!   ρ(a,n) = q(a+1,n) − (q(a,n) − e(a,n))·(1 − d)  are identified per resident,
//! and where that is below 0, nobody is and more step down: d(a,n) = 1 − q(a+1,n)/(q(a,n) − e(a,n)). With new
//! plans as in the last year the stock then follows the residents; with more of them it falls, unless more
//! pupils are identified. At the last age anybody is on SEN support all leave it.
//!
//! Assumption: today's ages stand for tomorrow's (a cross-section read as a life); the share on SEN support has
//! moved slowly (Somerset: 13.9 % of pupils in January 2016, 12.9 % in 2020, 14.4 % in 2025), and no trend is
//! carried forward.

use ndarray::Array2;

use crate::domain::assumption::{AssumptionKey, Assumptions};
use crate::domain::rates::{JoinerRates, SupportRates};
use crate::domain::sen_support::SenSupport;
use crate::units::Age;

/// `residents` are those of the base census.
pub fn fit_support(
    support: &SenSupport,
    joiners: &JoinerRates,
    residents: &[f64; Age::COUNT],
    assumptions: &Assumptions,
) -> SupportRates {
    let (ages, needs) = support.pupils.dim();
    let from_support = assumptions.value(AssumptionKey::PlansFromSupport);
    let usual = assumptions.value(AssumptionKey::SupportStepDown);
    let per_resident = |age: usize, need: usize| match support.pupils.get((age, need)) {
        Some(pupils) if residents[age] > 0.0 => f64::from(*pupils) / residents[age],
        _ => 0.0,
    };
    let (mut identified, mut step_down) = (Array2::zeros((ages, needs)), Array2::ones((ages, needs)));
    for ((age, need), identified) in identified.indexed_iter_mut() {
        if age + 1 == ages {
            continue;
        }
        let mix: f64 = joiners.mix.slice(ndarray::s![age, need, ..]).sum();
        let with_a_plan = from_support * joiners.rate[age] * mix;
        let left = (per_resident(age, need) - with_a_plan).max(0.0);
        let next = per_resident(age + 1, need);
        let kept = left * (1.0 - usual);
        *identified = (next - kept).max(0.0);
        step_down[[age, need]] = if kept > next { 1.0 - next / left } else { usual };
    }
    SupportRates {
        stock: support.pupils.iter().copied().collect(),
        identified: identified.into_raw_vec_and_offset().0,
        step_down: step_down.into_raw_vec_and_offset().0,
        from_support,
        identification_error: assumptions.value(AssumptionKey::SupportLevelError),
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array1, Array3};

    use super::*;
    use crate::domain::assumption::Confidence;

    /// 100 residents of each age; on SEN support 20 at age 5, 30 at 6, 12 at 7; 4 new plans at each age, three
    /// quarters of them from SEN support; a tenth steps down.
    #[test]
    fn rates_by_hand_keep_the_shares_of_each_age() {
        let mut pupils = Array2::zeros((Age::COUNT, 1));
        (pupils[[5, 0]], pupils[[6, 0]], pupils[[7, 0]]) = (20, 30, 12);
        let support = SenSupport { pupils, confidence: Confidence::Low };
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
        near(rates.identified[4], 0.20);
        // 20 − 3 = 17 are left, of whom 15.3 stay: 14.7 are new at 6.
        near(rates.identified[5], 0.147);
        near(rates.step_down[5], 0.1);
        // 30 − 3 = 27 are left and 12 are wanted: 15 step down.
        near(rates.identified[6], 0.0);
        near(rates.step_down[6], 15.0 / 27.0);
        near(rates.step_down[7], 1.0);
        near(rates.step_down[Age::LAST.index()], 1.0);
    }
}
