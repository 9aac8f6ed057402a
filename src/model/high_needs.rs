//! The high needs block: income against what it pays, in-year balance, and the deficit that is carried forward.
//!
//! In financial year f, with allocation A, transfers T, and S what all lines cost the block,
//!   A(f) = A(k)·U(f)/U(k) after the last year k for which it is given, U being the uprating `high_needs_income`,
//!   balance(f) = A(f) + T(f) − S(f),
//!   grant(f) = g(f−1)·max(0, deficit(f−1)), g being the share of a year's deficit that is paid off in the next,
//!   deficit(f) = deficit(f−1) − balance(f) − grant(f),
//! all in nominal pounds, each to the nearest penny. A negative deficit is a surplus. After the last year of the
//! statutory override what is owed has to be met from the council's reserves; without such a year it covers all. Between
//! two years for which A is given the earlier one grows. A ceiling is not drawn.

use crate::domain::codes::codes;
use crate::domain::high_needs::{BlockFigure, BlockRow, HighNeedsBlock};
use crate::domain::money::{FinancialYear, Pence};
use crate::domain::service::Estimate;
use crate::numerics::stream::unit_of_name;

codes! {
    /// What is told of the block in a financial year.
    BlockItem:
    Income "high_needs_income" "Allocation.";
    Transfers "high_needs_transfers" "From other blocks.";
    Balance "high_needs_balance" "Income and transfers less what the block pays.";
    Grant "high_needs_grant" "Of a deficit, paid off by the government.";
    Deficit "high_needs_deficit" "Owed at the end of the year.";
    Uncovered "high_needs_deficit_uncovered" "The same after the statutory override has ended.";
    InBalance "high_needs_in_balance" "Whether the year's income covers what the block pays.";
    InBalanceBy "high_needs_in_balance_by" "Whether it has in this year or an earlier one.";
    UnderCeiling "high_needs_under_ceiling" "Whether the deficit is no more than its ceiling.";
}

impl BlockItem {
    /// Whether it is something that is so or is not: 1 or 0, its mean being how likely it is.
    pub fn is_chance(self) -> bool {
        matches!(self, BlockItem::InBalance | BlockItem::InBalanceBy | BlockItem::UnderCeiling)
    }

    /// Whether those of all years add up to something.
    pub fn is_flow(self) -> bool {
        matches!(self, BlockItem::Income | BlockItem::Transfers | BlockItem::Balance | BlockItem::Grant)
    }
}

/// What stands for 1.
const YES: Pence = Pence(100);

/// The block, laid out for a run.
#[derive(Clone, Debug)]
pub struct BlockModel {
    first: FinancialYear,
    allocations: Vec<BlockRow>,
    /// By year.
    transfers: Vec<Option<BlockRow>>,
    /// By year: of the deficit when it opens.
    grants: Vec<Option<BlockRow>>,
    opening: Option<BlockRow>,
    override_ends: Option<FinancialYear>,
    ceiling: Option<Pence>,
}

/// The block's figures in one future, by year.
#[derive(Clone, Debug, PartialEq)]
pub struct BlockIncome {
    pub allocation: Vec<f64>,
    pub transfers: Vec<f64>,
    pub grant: Vec<f64>,
    pub opening: f64,
}

impl BlockModel {
    pub fn new(block: &HighNeedsBlock, first: FinancialYear, years: usize) -> BlockModel {
        let mut allocations: Vec<BlockRow> = block.of(BlockFigure::Allocation).cloned().collect();
        allocations.sort_by_key(|row| row.year);
        let of_years = |figure, earlier: u16| -> Vec<Option<BlockRow>> {
            let year = |later: usize| FinancialYear(first.0 + later as u16 - earlier);
            (0..years).map(|later| block.in_year(figure, year(later)).cloned()).collect()
        };
        BlockModel {
            first,
            allocations,
            transfers: of_years(BlockFigure::Transfer, 0),
            grants: of_years(BlockFigure::StabilityGrant, 1),
            opening: block.of(BlockFigure::OpeningDeficit).next().cloned(),
            override_ends: block.of(BlockFigure::OverrideEnds).next().and_then(|row| row.year),
            ceiling: block.of(BlockFigure::Ceiling).next().map(|row| Pence::of_pounds(row.value.central)),
        }
    }

    /// The first year of an allocation.
    pub fn earliest(&self) -> FinancialYear {
        self.allocations.first().and_then(|row| row.year).unwrap_or(self.first)
    }

    /// Figures of a future: `value` draws one, told its unit; `growth` is U of a year.
    pub fn income(&self, value: impl Fn(u32, Estimate) -> f64, growth: impl Fn(FinancialYear) -> f64) -> BlockIncome {
        let drawn = |row: &BlockRow| value(unit_of_row(row), row.value);
        let drawn_or_none = |row: &Option<BlockRow>| row.as_ref().map_or(0.0, drawn);
        let allocation = |later: usize| {
            let year = self.first.plus(later);
            let known = self.allocations.iter().rev().find(|row| row.year <= Some(year));
            let Some((row, of)) = known.and_then(|row| row.year.map(|of| (row, of))) else { return 0.0 };
            drawn(row) * growth(year) / growth(of)
        };
        BlockIncome {
            allocation: (0..self.transfers.len()).map(allocation).collect(),
            transfers: self.transfers.iter().map(drawn_or_none).collect(),
            grant: self.grants.iter().map(drawn_or_none).collect(),
            opening: self.opening.as_ref().map_or(0.0, drawn),
        }
    }

    /// Fills [`BlockItem::ALL`] of each year; `spent` tells what the block pays in it.
    pub fn account(&self, income: &BlockIncome, spent: impl Fn(usize) -> Pence, amounts: &mut [Pence]) {
        let mut deficit = Pence::of_pounds(income.opening);
        let mut has_balanced = false;
        for (year, items) in amounts.chunks_exact_mut(BlockItem::ALL.len()).enumerate() {
            let allocation = Pence::of_pounds(income.allocation[year]);
            let transfers = Pence::of_pounds(income.transfers[year]);
            let balance = allocation + transfers - spent(year);
            let grant = Pence::of_pounds(deficit.max(Pence(0)).pounds() * income.grant[year]);
            deficit = deficit - balance - grant;
            let in_balance = balance >= Pence(0);
            has_balanced |= in_balance;
            let is_uncovered = self.override_ends.is_some_and(|last| self.first.plus(year) > last);
            let is = |so: bool| if so { YES } else { Pence(0) };
            for (place, item) in items.iter_mut().zip(BlockItem::ALL) {
                *place = match item {
                    BlockItem::Income => allocation,
                    BlockItem::Transfers => transfers,
                    BlockItem::Balance => balance,
                    BlockItem::Grant => grant,
                    BlockItem::Deficit => deficit,
                    BlockItem::Uncovered if is_uncovered => deficit.max(Pence(0)),
                    BlockItem::Uncovered => Pence(0),
                    BlockItem::InBalance => is(in_balance),
                    BlockItem::InBalanceBy => is(has_balanced),
                    BlockItem::UnderCeiling => is(self.ceiling.is_some_and(|ceiling| deficit <= ceiling)),
                };
            }
        }
    }
}

fn unit_of_row(row: &BlockRow) -> u32 {
    let year = row.year.map(|year| year.to_string()).unwrap_or_default();
    unit_of_name(row.figure.code(), &year)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::assumption::Confidence;
    use proptest::prelude::*;

    fn row(figure: BlockFigure, year: Option<u16>, value: f64) -> BlockRow {
        let (year, value) = (year.map(FinancialYear), Estimate::certain(value));
        BlockRow { figure, year, value, source: String::new(), confidence: Confidence::Low }
    }

    fn block() -> BlockModel {
        let rows = vec![
            row(BlockFigure::Allocation, Some(2023), 80.0),
            row(BlockFigure::Allocation, Some(2025), 100.0),
            row(BlockFigure::Transfer, Some(2026), 5.0),
            row(BlockFigure::OpeningDeficit, Some(2025), 40.0),
            row(BlockFigure::StabilityGrant, Some(2025), 0.9),
            row(BlockFigure::OverrideEnds, Some(2026), 0.0),
            row(BlockFigure::Ceiling, None, 20.0),
        ];
        BlockModel::new(&HighNeedsBlock { rows }, FinancialYear(2025), 3)
    }

    fn account(spent: [f64; 3]) -> Vec<Vec<f64>> {
        let model = block();
        // A tenth more each year.
        let growth = |year: FinancialYear| 1.1_f64.powi(i32::from(year.0) - 2023);
        let income = model.income(|_, estimate| estimate.central, growth);
        let mut amounts = vec![Pence(0); 3 * BlockItem::ALL.len()];
        model.account(&income, |year| Pence::of_pounds(spent[year]), &mut amounts);
        amounts.chunks_exact(BlockItem::ALL.len()).map(|year| year.iter().map(|p| p.pounds()).collect()).collect()
    }

    /// 2025-26: 100 in, 110 out: owed 40 + 10. 2026-27: 110 and 5 in, 115 out: in balance; of 50 owed 45 are paid off.
    /// 2027-28: 121 in, 141 out: owed 25, which no override covers any more, and more than 20.
    #[test]
    fn three_years_by_hand() {
        assert_eq!(
            account([110.0, 115.0, 141.0]),
            [
                [100.0, 0.0, -10.0, 0.0, 50.0, 0.0, 0.0, 0.0, 0.0],
                [110.0, 5.0, 0.0, 45.0, 5.0, 0.0, 1.0, 1.0, 1.0],
                [121.0, 0.0, -20.0, 0.0, 25.0, 25.0, 0.0, 1.0, 0.0],
            ]
        );
    }

    #[test]
    fn no_grant_pays_for_a_surplus() {
        // 30 more comes in than the 60 spent and the 40 owed leave: a surplus in 2025-26.
        let years = account([50.0, 110.0, 110.0]);
        assert_eq!(years[0][BlockItem::Deficit as usize], -10.0);
        assert_eq!(years[1][BlockItem::Grant as usize], 0.0);
        assert_eq!(years[2][BlockItem::Uncovered as usize], 0.0);
    }

    proptest! {
        /// What is owed in the end is what was at first, less all that came in, and what was spent.
        #[test]
        fn nothing_is_lost_between_years(spent in proptest::array::uniform3(0.0_f64..400.0)) {
            let years = account(spent);
            let sum = |item: BlockItem| years.iter().map(|year| year[item as usize]).sum::<f64>();
            let owed = 40.0 - sum(BlockItem::Balance) - sum(BlockItem::Grant);
            prop_assert!((years[2][BlockItem::Deficit as usize] - owed).abs() < 1e-6);
            let paid: f64 = spent.iter().sum();
            let balance = sum(BlockItem::Income) + sum(BlockItem::Transfers) - paid;
            prop_assert!((sum(BlockItem::Balance) - balance).abs() < 0.02);
        }
    }
}
