//! A pooled fund: what each payer pays in one future, by the rule that settles the fund.
//!
//! In financial year f of the pool, for partner i, in whole pence:
//!   C_i, F_i       contributions to lines of variable and of fixed share: the sum of four quarters, each the agreed
//!                  pounds times the uprating's index U(f), to the nearest penny; U is 1 in the pool's price year;
//!   V_i, X_i       what the variable and the fixed lines would cost i by the lines' own shares;
//!   C, F, V, X     sums over the partners;
//!   K(f), R(f)     carried into the next year, and left of the risk pool; both 0 before the first year.
//! Fixed lines: i pays F_i, and the host X − F besides, which may be negative.
//! Variable lines: i pays C_i, and in the first year its part of the risk pool in proportion to C_i. The fund holds
//! M(f) = K(f−1) + C.
//!   V ≤ M: K(f) = min(M − V, `keep_most`·C); the rest is returned in proportion to C_i; under the capped rule none but
//!          the host gets more than `collar`·C_i, and the host has what is beyond.
//!   V > M: K(f) = 0; the risk pool pays first, as far as it lasts; the partners pay the rest outside the fund:
//!     pro rata  in proportion to C_i;
//!     equal     in equal parts;
//!     capped    in proportion to C_i, but none but the host more than `cap`·C_i; the host pays what is beyond.
//! In the last year nothing is kept: all of M − V and of the risk pool is returned, the latter in proportion to the
//! first year's C_i, by which it was paid. Where C is 0, proportions are equal parts.
//! Payers who are no partners pay their own V_i + X_i, as everyone does before the pool and without one.
//!
//! So every penny has one payer: over all payers, with V and X theirs,
//!   Σ paid(f) + K(f−1) + R(f−1) = V + X + K(f) + R(f),  and over all years Σ paid = Σ (V + X) under every rule.
//!
//! Assumption: a pool older than the years settled begins anew in the first of them, since what it had carried and
//! what is left of its risk pool are not known.

use crate::domain::money::{ByPayer, FinancialYear, Payer, Pence, Shares};
use crate::domain::pool::{Partner, Pool, PoolRule};

/// A pooled fund over the years settled.
#[derive(Clone, Debug)]
pub struct PoolModel {
    partners: Vec<Partner>,
    host: Payer,
    /// Place of its first year among the years settled; beyond them if it begins later.
    start: usize,
    years: usize,
    keep_most: f64,
    risk_pool: Pence,
    cap: f64,
    collar: f64,
}

/// Each payer's part of the pool's lines in a financial year: what they cost it, or what it contributes to them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PoolYear {
    /// Lines of variable share.
    pub variable: ByPayer,
    /// Lines of fixed share.
    pub fixed: ByPayer,
}

/// A financial year of the pool, settled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settled {
    /// What each payer pays for the pool's lines; negative where more is returned to it.
    pub paid: ByPayer,
    /// Underspend carried into the next year.
    pub carried: Pence,
    /// What is left of the risk pool at the end of the year.
    pub risk_pool: Pence,
}

impl PoolModel {
    /// Settles `years` financial years from `first` on; `None` where the host is no partner.
    pub fn new(pool: &Pool, first: FinancialYear, years: usize) -> Option<PoolModel> {
        pool.partners.iter().any(|partner| partner.payer == pool.host).then(|| PoolModel {
            partners: pool.partners.clone(),
            host: pool.host,
            start: usize::from(pool.from.0.saturating_sub(first.0)),
            years,
            keep_most: pool.keep_most,
            risk_pool: Pence::of_pounds(pool.risk_pool),
            cap: pool.cap,
            collar: pool.collar.unwrap_or(f64::INFINITY),
        })
    }

    /// C_i and F_i by year, nothing before the pool; `index` is U by year.
    pub fn contributions(&self, index: &[f64]) -> Vec<PoolYear> {
        let in_year = |year: usize| {
            let mut contributed = PoolYear::default();
            for partner in self.partners.iter().filter(|_| year >= self.start) {
                let uprated = |quarters: [f64; 4]| -> Pence {
                    quarters.into_iter().map(|pounds| Pence::of_pounds(pounds * index[year])).sum()
                };
                contributed.variable[partner.payer as usize] = uprated(partner.quarters);
                contributed.fixed[partner.payer as usize] = uprated(partner.fixed_quarters);
            }
            contributed
        };
        (0..self.years).map(in_year).collect()
    }

    /// Each year under a rule; `contributions` are C_i and F_i and `costs` V_i and X_i by year.
    pub fn settle(&self, rule: PoolRule, contributions: &[PoolYear], costs: &[PoolYear]) -> Vec<Settled> {
        let mut settled = Vec::with_capacity(self.years);
        let mut before = Settled::default();
        for (year, cost) in costs.iter().enumerate() {
            before = if year < self.start || rule == PoolRule::Separate {
                Settled::each_its_own(cost)
            } else {
                self.settle_year(rule, year, contributions, cost, &before)
            };
            settled.push(before);
        }
        settled
    }

    /// A year of the pool; `before` is the year before it, nothing being held before the first.
    fn settle_year(
        &self,
        rule: PoolRule,
        year: usize,
        contributions: &[PoolYear],
        costs: &PoolYear,
        before: &Settled,
    ) -> Settled {
        let PoolYear { variable, fixed } = contributions[year];
        let contributed = total(&variable);
        let by_contribution = self.proportions(&variable);
        let by_first = self.proportions(&contributions[self.start].variable);
        let others = PoolYear { variable: self.but_partners(&costs.variable), fixed: self.but_partners(&costs.fixed) };
        let mut paid = Settled::each_its_own(&others).paid;

        add(&mut paid, fixed);
        paid[self.host as usize] += total(&costs.fixed) - total(&others.fixed) - total(&fixed);

        add(&mut paid, variable);
        let mut risk_pool = before.risk_pool;
        if year == self.start {
            add(&mut paid, self.risk_pool.split(by_first));
            risk_pool = self.risk_pool;
        }

        let left = before.carried + contributed - (total(&costs.variable) - total(&others.variable));
        let over = (-left).max(Pence(0));
        let from_risk_pool = over.min(risk_pool);
        risk_pool = risk_pool - from_risk_pool;
        let outside = over - from_risk_pool;
        add(
            &mut paid,
            match rule {
                PoolRule::Equal => outside.split(self.equal_parts()),
                PoolRule::Capped => self.up_to(self.cap, outside, &variable),
                PoolRule::ProRata | PoolRule::Separate => outside.split(by_contribution),
            },
        );

        let last = year + 1 == self.years;
        let left = left.max(Pence(0));
        let carried = if last { Pence(0) } else { left.min(part_of(contributed, self.keep_most)) };
        let returned = match rule {
            PoolRule::Capped => self.up_to(self.collar, left - carried, &variable),
            _ => (left - carried).split(by_contribution),
        };
        add(&mut paid, returned.map(|part| -part));
        if last {
            add(&mut paid, (-risk_pool).split(by_first));
            risk_pool = Pence(0);
        }
        Settled { paid, carried, risk_pool }
    }

    /// An amount in proportion to contributions, of which each partner but the host has no more than a share of its own.
    fn up_to(&self, most_of_own: f64, amount: Pence, contributed: &ByPayer) -> ByPayer {
        let mut parts = amount.split(self.proportions(contributed));
        let mut beyond = Pence(0);
        for partner in self.partners.iter().filter(|partner| partner.payer != self.host) {
            let part = &mut parts[partner.payer as usize];
            let most = part_of(contributed[partner.payer as usize], most_of_own);
            beyond += (*part - most).max(Pence(0));
            *part = most.min(*part);
        }
        parts[self.host as usize] += beyond;
        parts
    }

    /// Of the partners, by what they contributed.
    fn proportions(&self, contributed: &ByPayer) -> Shares {
        match total(contributed) {
            Pence(0) => self.equal_parts(),
            Pence(all) => contributed.map(|part| part.0 as f64 / all as f64),
        }
    }

    fn equal_parts(&self) -> Shares {
        let mut shares = [0.0; Payer::ALL.len()];
        for partner in &self.partners {
            shares[partner.payer as usize] = 1.0 / self.partners.len() as f64;
        }
        shares
    }

    /// Amounts of the payers who are no partners.
    fn but_partners(&self, amounts: &ByPayer) -> ByPayer {
        let mut others = *amounts;
        for partner in &self.partners {
            others[partner.payer as usize] = Pence(0);
        }
        others
    }
}

impl Settled {
    /// V_i + X_i, and nothing is held.
    fn each_its_own(costs: &PoolYear) -> Settled {
        let mut paid = costs.variable;
        add(&mut paid, costs.fixed);
        Settled { paid, ..Settled::default() }
    }
}

fn add(amounts: &mut ByPayer, more: ByPayer) {
    amounts.iter_mut().zip(more).for_each(|(amount, part)| *amount += part);
}

fn total(amounts: &ByPayer) -> Pence {
    amounts.iter().copied().sum()
}

/// A share of an amount, to the nearest penny.
fn part_of(amount: Pence, share: f64) -> Pence {
    Pence((amount.0 as f64 * share).round() as i64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::assumption::Confidence;
    use Payer::{GeneralFund, HealthBoard, HighNeeds, Schools};
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::{select, subsequence};

    const FIRST: FinancialYear = FinancialYear(2026);
    const POOLED: [PoolRule; 3] = [PoolRule::ProRata, PoolRule::Equal, PoolRule::Capped];

    /// In pence, nothing of the payers not named.
    fn by_payer<const M: usize>(parts: [(Payer, i64); M]) -> ByPayer {
        let mut amounts = ByPayer::default();
        parts.into_iter().for_each(|(payer, pence)| amounts[payer as usize] = Pence(pence));
        amounts
    }

    fn pool(host: Payer, partners: Vec<Partner>) -> Pool {
        Pool {
            name: "Community equipment".into(),
            partners,
            lines: Vec::new(),
            host,
            from: FIRST,
            uprating: "pay".into(),
            price_year: FIRST,
            keep_most: 0.0,
            risk_pool: 0.0,
            cap: 0.0,
            collar: None,
            source: String::new(),
            confidence: Confidence::Low,
        }
    }

    fn settled_pool(pool: &Pool, first: FinancialYear, years: usize) -> PoolModel {
        PoolModel::new(pool, first, years).expect("the host is a partner")
    }

    /// With contributions uprated by `index`.
    fn settle(model: &PoolModel, rule: PoolRule, index: &[f64], costs: &[PoolYear]) -> Vec<Settled> {
        model.settle(rule, &model.contributions(index), costs)
    }

    fn partner(payer: Payer, quarter: f64, fixed_quarter: f64) -> Partner {
        Partner { payer, quarters: [quarter; 4], fixed_quarters: [fixed_quarter; 4] }
    }

    /// Quarters of £150, £75 and £25 are £600, £300 and £100 a year to variable lines, £1,000; £10 and £5 are £40 and
    /// £20 to fixed ones, £60. In the second year all are a tenth higher: £660, £330, £110; £44, £22.
    fn two_years() -> (Pool, [f64; 2], [PoolYear; 2]) {
        let partners =
            vec![partner(GeneralFund, 150.0, 10.0), partner(HealthBoard, 75.0, 5.0), partner(HighNeeds, 25.0, 0.0)];
        let pool = Pool { keep_most: 0.05, risk_pool: 50.0, cap: 0.1, ..pool(GeneralFund, partners) };
        let payers = |[general, health, high_needs, schools]: [i64; 4]| {
            by_payer([(GeneralFund, general), (HealthBoard, health), (HighNeeds, high_needs), (Schools, schools)])
        };
        let first =
            PoolYear { variable: payers([50_000, 25_000, 19_000, 700]), fixed: payers([3_000, 4_000, 500, 300]) };
        let second =
            PoolYear { variable: payers([70_000, 50_000, 20_001, 800]), fixed: payers([2_000, 3_000, 1_000, 200]) };
        (pool, [1.0, 1.1], [first, second])
    }

    /// First year. Variable: £500 + £250 + £190 = £940 of £1,000: £60 is left, of which 5% of £1,000, £50, is carried
    /// and £10 returned as £6, £3, £1. Risk pool: £50 as £30, £15, £5. Fixed: £30 + £40 + £5 = £75, £15 more than the
    /// £60. So the general fund, the host, pays 600 + 30 − 6 + 40 + 15 = £679; the health board 300 + 15 − 3 + 20 =
    /// £332; high needs 100 + 5 − 1 = £104. Schools, no partner, pay their £7 + £3.
    ///
    /// Second year. Variable: £700 + £500 + £200.01 = £1,400.01 of 50 + 1,100 = £1,150: £250.01 over, £50 of it from
    /// the risk pool, £200.01 outside. Fixed: £60, £6 less than the £66. Before the £200.01, the host pays
    /// 660 + 44 − 6 = £698, the health board 330 + 22 = £352, high needs £110. Of the £200.01 they pay
    ///   pro rata: £120.006, £60.003, £20.001, the penny left over to the largest remainder: £120.01, £60, £20;
    ///   equal: £66.67 each;
    ///   capped: a tenth of £330, £33, and of £110, £11; the host the other £156.01.
    #[test]
    fn two_years_by_hand_under_each_rule() {
        let (pool, index, costs) = two_years();
        let cases = [
            (PoolRule::Separate, [53_000, 29_000, 19_500], [72_000, 53_000, 21_001]),
            (PoolRule::ProRata, [67_900, 33_200, 10_400], [81_801, 41_200, 13_000]),
            (PoolRule::Equal, [67_900, 33_200, 10_400], [76_467, 41_867, 17_667]),
            (PoolRule::Capped, [67_900, 33_200, 10_400], [85_401, 38_500, 12_100]),
        ];
        for (rule, first, second) in cases {
            let paid = |[general, health, high_needs]: [i64; 3]| {
                by_payer([(GeneralFund, general), (HealthBoard, health), (HighNeeds, high_needs), (Schools, 1_000)])
            };
            let kept = if rule == PoolRule::Separate { Pence(0) } else { Pence(5_000) };
            let expected = vec![
                Settled { paid: paid(first), carried: kept, risk_pool: kept },
                Settled { paid: paid(second), carried: Pence(0), risk_pool: Pence(0) },
            ];
            assert_eq!(settle(&settled_pool(&pool, FIRST, 2), rule, &index, &costs), expected, "{}", rule.code());
        }
    }

    /// £75 and £25 a year, a risk pool of £40 as £30 and £10, all underspend may be carried up to a year's £100.
    ///   £130: £30 over, from the risk pool, which keeps £10. Paid: 75 + 30 and 25 + 10.
    ///   £60: £40 is carried. Paid: £75 and £25.
    ///   £120 of £140, the last year: £20 is returned as £15 and £5, the risk pool's £10 as £7.50 and £2.50.
    /// In all £310 is paid, as the lines cost.
    #[test]
    fn what_is_kept_is_returned_in_the_last_year_by_hand() {
        let partners = vec![partner(HealthBoard, 18.75, 0.0), partner(HighNeeds, 6.25, 0.0)];
        let pool = Pool { keep_most: 1.0, risk_pool: 40.0, ..pool(HighNeeds, partners) };
        let costs = [13_000, 6_000, 12_000]
            .map(|pence| PoolYear { variable: by_payer([(HealthBoard, pence)]), fixed: ByPayer::default() });
        let year = |health, high_needs, carried, risk_pool| Settled {
            paid: by_payer([(HealthBoard, health), (HighNeeds, high_needs)]),
            carried: Pence(carried),
            risk_pool: Pence(risk_pool),
        };
        let expected = vec![year(10_500, 3_500, 0, 1_000), year(7_500, 2_500, 4_000, 1_000), year(5_250, 1_750, 0, 0)];
        for rule in POOLED {
            assert_eq!(settle(&settled_pool(&pool, FIRST, 3), rule, &[1.0; 3], &costs), expected, "{}", rule.code());
        }
    }

    /// 1p and 3p a quarter are 4p and 12p, by which the risk pool of £40 is put in: £10 and £30. Half as much is 0.5p
    /// and 1.5p, so 1p and 2p, and 4p and 8p a year. Unused, the risk pool goes back as £10 and £30 all the same, not
    /// by thirds; of the 12p, which nobody spent, each gets its own.
    #[test]
    fn the_risk_pool_is_returned_as_it_was_paid_by_hand() {
        let partners = vec![partner(HealthBoard, 0.01, 0.0), partner(HighNeeds, 0.03, 0.0)];
        let pool = Pool { risk_pool: 40.0, ..pool(HighNeeds, partners) };
        let settled = settle(&settled_pool(&pool, FIRST, 2), PoolRule::Equal, &[1.0, 0.5], &[PoolYear::default(); 2]);
        assert_eq!(settled[0].paid, by_payer([(HealthBoard, 1_000), (HighNeeds, 3_000)]));
        assert_eq!(settled[1].paid, by_payer([(HealthBoard, -1_000), (HighNeeds, -3_000)]));
    }

    /// 33p × 1.05 is 34.65p, so 35p in each quarter and £1.40 in the year, not the £1.39 that £1.386 would be; 10p is
    /// 10.5p, so 11p and 44p. The pool begins in the second year; one begun long before begins in the first.
    #[test]
    fn contributions_are_rounded_by_the_quarter_and_begin_with_the_pool() {
        let pool = pool(GeneralFund, vec![partner(GeneralFund, 0.33, 0.1)]);
        let uprated = PoolYear { variable: by_payer([(GeneralFund, 140)]), fixed: by_payer([(GeneralFund, 44)]) };
        let later = Pool { from: FIRST.plus(1), ..pool.clone() };
        let older = Pool { from: FinancialYear(2019), ..pool };
        let contributions = |pool: &Pool| settled_pool(pool, FIRST, 2).contributions(&[1.05, 1.05]);
        assert_eq!(contributions(&later), vec![PoolYear::default(), uprated]);
        assert_eq!(contributions(&older), vec![uprated, uprated]);
    }

    /// Nothing is contributed, so £1 over is paid in equal parts and the odd penny by the first; under the cap, which
    /// is nothing, by the host alone.
    #[test]
    fn without_contributions_the_partners_pay_equal_parts() {
        let partners = [HighNeeds, HealthBoard, Schools].map(|payer| partner(payer, 0.0, 0.0));
        let pool = Pool { cap: 0.5, ..pool(HealthBoard, partners.to_vec()) };
        let costs = [PoolYear { variable: by_payer([(HealthBoard, 100)]), fixed: ByPayer::default() }];
        let paid = |rule| settle(&settled_pool(&pool, FIRST, 1), rule, &[1.0], &costs)[0].paid;
        assert_eq!(paid(PoolRule::ProRata), by_payer([(HighNeeds, 34), (HealthBoard, 33), (Schools, 33)]));
        assert_eq!(paid(PoolRule::Equal), paid(PoolRule::ProRata));
        assert_eq!(paid(PoolRule::Capped), by_payer([(HealthBoard, 100)]));
    }

    /// £600 and £400 a year; £700 is spent and nothing kept, so £300 is left: £180 and £120. With a collar of a tenth the
    /// health board gets £40, and the host, high needs, the other £260. So they pay £340 and £360.
    #[test]
    fn the_collar_limits_what_is_returned_by_hand() {
        let partners = vec![partner(HighNeeds, 150.0, 0.0), partner(HealthBoard, 100.0, 0.0)];
        let pool = Pool { collar: Some(0.1), ..pool(HighNeeds, partners) };
        let costs = [PoolYear { variable: by_payer([(HealthBoard, 70_000)]), fixed: ByPayer::default() }];
        let paid = |rule| settle(&settled_pool(&pool, FIRST, 1), rule, &[1.0], &costs)[0].paid;
        assert_eq!(paid(PoolRule::Capped), by_payer([(HighNeeds, 34_000), (HealthBoard, 36_000)]));
        assert_eq!(paid(PoolRule::ProRata), by_payer([(HighNeeds, 42_000), (HealthBoard, 28_000)]));
    }

    #[test]
    fn a_host_who_is_no_partner_is_not_settled() {
        let alone = pool(GeneralFund, vec![partner(HealthBoard, 1.0, 0.0)]);
        assert!(PoolModel::new(&alone, FIRST, 1).is_none());
    }

    /// A pool and the years in which it is settled.
    #[derive(Clone, Debug)]
    struct Case {
        pool: Pool,
        index: Vec<f64>,
        costs: Vec<PoolYear>,
    }

    impl Case {
        fn model(&self) -> PoolModel {
            settled_pool(&self.pool, FIRST, self.costs.len())
        }

        fn settle(&self, rule: PoolRule) -> Vec<Settled> {
            settle(&self.model(), rule, &self.index, &self.costs)
        }

        fn partners(&self) -> Vec<usize> {
            self.pool.partners.iter().map(|partner| partner.payer as usize).collect()
        }

        /// Of the partners.
        fn sum(&self, amounts: &ByPayer) -> Pence {
            self.partners().into_iter().map(|payer| amounts[payer]).sum()
        }

        /// Place of the pool's first year.
        fn start(&self) -> usize {
            (0..).find(|year| FIRST.plus(*year) >= self.pool.from).expect("years have no end")
        }
    }

    fn pounds() -> impl Strategy<Value = f64> {
        prop_oneof![1 => Just(0.0), 4 => (1..=1_000_000_i64).prop_map(|pence| pence as f64 / 100.0)]
    }

    /// Nothing, pennies, whose proportions move from year to year as they are rounded, and pounds.
    fn quarters() -> impl Strategy<Value = [f64; 4]> {
        let pennies = proptest::array::uniform4((1..=5_i32).prop_map(|pence| f64::from(pence) / 100.0));
        prop_oneof![1 => Just([0.0; 4]), 1 => pennies, 3 => proptest::array::uniform4(pounds())]
    }

    fn share() -> impl Strategy<Value = f64> {
        prop_oneof![1 => Just(0.0), 6 => 0.0..0.4, 1 => Just(1.0)]
    }

    fn costs() -> impl Strategy<Value = ByPayer> {
        let pence = prop_oneof![1 => Just(0), 4 => 0..=4_000_000_i64];
        proptest::array::uniform::<_, { Payer::ALL.len() }>(pence.prop_map(Pence))
    }

    prop_compose! {
        fn cases()(
            years in 1..=5_usize,
            payers in subsequence(Payer::ALL.to_vec(), 1..=Payer::ALL.len()).prop_shuffle(),
        )(
            host in select(payers.clone()),
            contributed in vec((quarters(), quarters()), payers.len()),
            from in FIRST.0 - 1..=FIRST.0 + years as u16,
            keep_most in share(),
            cap in share(),
            collar in proptest::option::of(share()),
            risk_pool in pounds(),
            index in vec(0.5..2.0, years),
            costs in vec((costs(), costs()), years),
            payers in Just(payers),
        ) -> Case {
            let partner = |(payer, (quarters, fixed_quarters))| Partner { payer, quarters, fixed_quarters };
            let partners = payers.into_iter().zip(contributed).map(partner);
            let from = FinancialYear(from);
            let pool = Pool { from, keep_most, cap, collar, risk_pool, ..pool(host, partners.collect()) };
            let costs = costs.into_iter().map(|(variable, fixed)| PoolYear { variable, fixed }).collect();
            Case { pool, index, costs }
        }
    }

    proptest! {
        #[test]
        fn every_penny_is_paid_once_in_each_year_and_in_all(case in cases()) {
            for rule in PoolRule::ALL {
                let settled = case.settle(*rule);
                prop_assert_eq!(settled.len(), case.costs.len());
                let mut before = Settled::default();
                let mut all_paid = Pence(0);
                let mut all_costs = Pence(0);
                for (year, costs) in settled.iter().zip(&case.costs) {
                    let (paid, cost) = (total(&year.paid), total(&costs.variable) + total(&costs.fixed));
                    prop_assert_eq!(
                        paid + before.carried + before.risk_pool,
                        cost + year.carried + year.risk_pool,
                        "{}", rule.code()
                    );
                    prop_assert!(year.carried >= Pence(0) && year.risk_pool >= Pence(0));
                    all_paid += paid;
                    all_costs += cost;
                    before = *year;
                }
                prop_assert_eq!(all_paid, all_costs, "{}", rule.code());
            }
        }

        #[test]
        fn without_a_pool_each_pays_its_own(case in cases()) {
            let own: Vec<Settled> = case.costs.iter().map(Settled::each_its_own).collect();
            prop_assert_eq!(&case.settle(PoolRule::Separate), &own);
            for rule in POOLED {
                let settled = case.settle(rule);
                for (year, (settled, own)) in settled.iter().zip(&own).enumerate() {
                    if year < case.start() {
                        prop_assert_eq!(settled, own);
                    }
                    for payer in (0..Payer::ALL.len()).filter(|payer| !case.partners().contains(payer)) {
                        prop_assert_eq!(settled.paid[payer], own.paid[payer]);
                    }
                }
            }
        }

        #[test]
        fn the_rule_does_not_reach_what_is_kept(case in cases()) {
            let kept = |rule| case.settle(rule).iter().map(|year| (year.carried, year.risk_pool)).collect::<Vec<_>>();
            prop_assert_eq!(kept(PoolRule::ProRata), kept(PoolRule::Equal));
            prop_assert_eq!(kept(PoolRule::ProRata), kept(PoolRule::Capped));
        }

        #[test]
        fn capped_partners_pay_no_more_than_their_cap(case in cases()) {
            let contributions = case.model().contributions(&case.index);
            let settled = case.settle(PoolRule::Capped);
            for year in case.start()..settled.len() {
                let PoolYear { variable, fixed } = contributions[year];
                let share = case.model().proportions(&variable);
                for payer in case.partners().into_iter().filter(|payer| *payer != case.pool.host as usize) {
                    let risk_pool = if year == case.start() { case.pool.risk_pool * 100.0 * share[payer] } else { 0.0 };
                    let most = variable[payer].0 as f64 * (1.0 + case.pool.cap) + fixed[payer].0 as f64 + risk_pool;
                    // A penny for the cap's rounding, another for the risk pool's.
                    let pennies = if year == case.start() { 2.0 } else { 1.0 };
                    prop_assert!(settled[year].paid[payer].0 as f64 <= most + pennies);
                }
            }
        }

        #[test]
        fn equal_parts_differ_by_a_penny_at_most(case in cases()) {
            let case = Case { pool: Pool { risk_pool: 0.0, ..case.pool.clone() }, ..case };
            let contributions = case.model().contributions(&case.index);
            let settled = case.settle(PoolRule::Equal);
            for year in case.start()..settled.len() {
                let PoolYear { variable, fixed } = contributions[year];
                let costs = &case.costs[year];
                let carried = if year == 0 { Pence(0) } else { settled[year - 1].carried };
                let outside = case.sum(&costs.variable) - total(&variable) - carried;
                if outside < Pence(0) {
                    continue;
                }
                let parts = case.partners().into_iter().map(|payer| {
                    let beyond_fixed = if payer == case.pool.host as usize {
                        case.sum(&costs.fixed) - total(&fixed)
                    } else {
                        Pence(0)
                    };
                    settled[year].paid[payer] - variable[payer] - fixed[payer] - beyond_fixed
                });
                let parts: Vec<Pence> = parts.collect();
                let (least, most) = (parts.iter().min().expect("a partner"), parts.iter().max().expect("a partner"));
                prop_assert!(*most - *least <= Pence(1), "{parts:?}");
                prop_assert_eq!(parts.into_iter().sum::<Pence>(), outside);
            }
        }

        #[test]
        fn contributions_that_are_the_costs_are_all_that_is_paid(case in cases()) {
            let mut case = Case { pool: Pool { risk_pool: 0.0, ..case.pool.clone() }, ..case };
            let contributions = case.model().contributions(&case.index);
            for (costs, contributed) in case.costs.iter_mut().zip(&contributions) {
                for partner in &case.pool.partners {
                    costs.variable[partner.payer as usize] = contributed.variable[partner.payer as usize];
                    costs.fixed[partner.payer as usize] = contributed.fixed[partner.payer as usize];
                }
            }
            for rule in POOLED {
                prop_assert_eq!(case.settle(rule), case.settle(PoolRule::Separate), "{}", rule.code());
            }
        }

        #[test]
        fn a_second_implementation_agrees(case in cases()) {
            for rule in PoolRule::ALL {
                let naive = Naive { case: &case, rule: *rule };
                for (year, settled) in case.settle(*rule).iter().enumerate() {
                    let near = |pence: Pence, pounds: f64| (pence.pounds() - pounds).abs() < 0.08;
                    prop_assert!(near(settled.carried, naive.k(year)), "{} {year}", rule.code());
                    prop_assert!(near(settled.risk_pool, naive.r(year)), "{} {year}", rule.code());
                    for payer in Payer::ALL {
                        let (paid, again) = (settled.paid[*payer as usize], naive.paid(*payer, year));
                        prop_assert!(near(paid, again), "{} {year} {payer:?}: {paid:?}, £{again}", rule.code());
                    }
                }
            }
        }
    }

    /// The equations once more, in pounds; each symbol is worked out afresh wherever it is needed. Only contributions
    /// are rounded, since proportions of pennies are not those of what they were rounded from.
    struct Naive<'a> {
        case: &'a Case,
        rule: PoolRule,
    }

    impl Naive<'_> {
        fn partner(&self, i: Payer) -> Option<&Partner> {
            self.case.pool.partners.iter().find(|partner| partner.payer == i)
        }

        fn over_partners(&self, value: impl Fn(Payer) -> f64) -> f64 {
            self.case.pool.partners.iter().map(|partner| value(partner.payer)).sum()
        }

        fn pooled(&self, f: usize) -> bool {
            self.rule != PoolRule::Separate && FIRST.plus(f) >= self.case.pool.from
        }

        fn first(&self) -> usize {
            (0..self.case.costs.len()).find(|f| self.pooled(*f)).expect("a year of the pool")
        }

        fn last(&self, f: usize) -> bool {
            f == self.case.costs.len() - 1
        }

        fn quarters(&self, pounds: [f64; 4], f: usize) -> f64 {
            pounds.iter().map(|quarter| (quarter * self.case.index[f] * 100.0).round() / 100.0).sum()
        }

        fn c(&self, i: Payer, f: usize) -> f64 {
            self.partner(i).map_or(0.0, |partner| self.quarters(partner.quarters, f))
        }

        fn fixed(&self, i: Payer, f: usize) -> f64 {
            self.partner(i).map_or(0.0, |partner| self.quarters(partner.fixed_quarters, f))
        }

        fn v(&self, i: Payer, f: usize) -> f64 {
            self.case.costs[f].variable[i as usize].0 as f64 / 100.0
        }

        fn x(&self, i: Payer, f: usize) -> f64 {
            self.case.costs[f].fixed[i as usize].0 as f64 / 100.0
        }

        fn proportion(&self, i: Payer, f: usize) -> f64 {
            let c = self.over_partners(|j| self.c(j, f));
            if c == 0.0 { 1.0 / self.case.pool.partners.len() as f64 } else { self.c(i, f) / c }
        }

        fn m(&self, f: usize) -> f64 {
            let carried = if f == self.first() { 0.0 } else { self.k(f - 1) };
            carried + self.over_partners(|i| self.c(i, f))
        }

        fn left(&self, f: usize) -> f64 {
            (self.m(f) - self.over_partners(|i| self.v(i, f))).max(0.0)
        }

        fn over(&self, f: usize) -> f64 {
            (self.over_partners(|i| self.v(i, f)) - self.m(f)).max(0.0)
        }

        fn k(&self, f: usize) -> f64 {
            if !self.pooled(f) || self.last(f) {
                return 0.0;
            }
            self.left(f).min(self.case.pool.keep_most * self.over_partners(|i| self.c(i, f)))
        }

        /// Of the risk pool, before the year's overspend.
        fn r_before(&self, f: usize) -> f64 {
            if f == self.first() { self.case.pool.risk_pool } else { self.r(f - 1) }
        }

        fn r(&self, f: usize) -> f64 {
            if !self.pooled(f) || self.last(f) { 0.0 } else { (self.r_before(f) - self.over(f)).max(0.0) }
        }

        fn outside(&self, i: Payer, f: usize) -> f64 {
            let rest = (self.over(f) - self.r_before(f)).max(0.0);
            let capped = |j: Payer| (rest * self.proportion(j, f)).min(self.case.pool.cap * self.c(j, f));
            let host = self.case.pool.host;
            match self.rule {
                PoolRule::Separate => 0.0,
                PoolRule::ProRata => rest * self.proportion(i, f),
                PoolRule::Equal => rest / self.case.pool.partners.len() as f64,
                PoolRule::Capped if i != host => capped(i),
                PoolRule::Capped => rest - self.over_partners(|j| if j == host { 0.0 } else { capped(j) }),
            }
        }

        fn returned(&self, i: Payer, f: usize) -> f64 {
            let rest = self.left(f) - self.k(f);
            let Some(collar) = self.case.pool.collar.filter(|_| self.rule == PoolRule::Capped) else {
                return rest * self.proportion(i, f);
            };
            let limited = |j: Payer| (rest * self.proportion(j, f)).min(collar * self.c(j, f));
            let host = self.case.pool.host;
            let others = self.over_partners(|j| if j == host { 0.0 } else { limited(j) });
            if i == host { rest - others } else { limited(i) }
        }

        fn paid(&self, i: Payer, f: usize) -> f64 {
            if !self.pooled(f) || self.partner(i).is_none() {
                return self.v(i, f) + self.x(i, f);
            }
            let mut paid = self.c(i, f) + self.fixed(i, f) + self.outside(i, f);
            paid -= self.returned(i, f);
            if i == self.case.pool.host {
                paid += self.over_partners(|j| self.x(j, f) - self.fixed(j, f));
            }
            if f == self.first() {
                paid += self.case.pool.risk_pool * self.proportion(i, f);
            }
            if self.last(f) {
                paid -= (self.r_before(f) - self.over(f)).max(0.0) * self.proportion(i, self.first());
            }
            paid
        }
    }
}
