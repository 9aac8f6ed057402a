//! Costs of a scenario with their spread: by line, payer and financial year, with their sums.
//!
//! Amounts are summed within a future, in whole pence, before any quantile is taken.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::domain::money::{FinancialYear, Payer, Pence};
use crate::domain::pool::PoolRule;
use crate::engine::batch::Workers;
use crate::model::high_needs::BlockItem;
use crate::model::money::MoneyModel;
use crate::numerics::quantile::{Spread, percentiles_sorted, summarise_large};

/// What costs, or comes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MoneyItem {
    AllLines,
    /// Number of the line.
    Line(usize),
    /// Of the high needs block; 1 or 0 of what is so or is not.
    Block(BlockItem),
    Pool(PoolItem),
}

impl MoneyItem {
    /// Whether it is 1 or 0, its mean being how likely something is.
    pub fn is_chance(self) -> bool {
        matches!(self, MoneyItem::Block(item) if item.is_chance())
    }

    /// The column `unit`.
    pub fn unit(self) -> &'static str {
        if self.is_chance() { "share" } else { "pounds" }
    }
}

/// What is told of a pooled fund.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PoolItem {
    /// What is contributed, whatever the rule.
    Contributed,
    /// What is paid for the pool's lines.
    Paid(PoolRule),
    /// Underspend that goes into the next year.
    Carried(PoolRule),
    /// Left of the risk pool.
    RiskPool(PoolRule),
}

impl PoolItem {
    /// The code in the column `line`.
    pub fn code(self) -> String {
        match self {
            PoolItem::Contributed => "pool_contributions".to_string(),
            PoolItem::Paid(rule) => format!("pool_{}", rule.code()),
            PoolItem::Carried(rule) => format!("pool_{}_carried", rule.code()),
            PoolItem::RiskPool(rule) => format!("pool_{}_risk_pool", rule.code()),
        }
    }

    fn all() -> impl Iterator<Item = PoolItem> {
        let of_rule = |rule: &PoolRule| [PoolItem::Paid(*rule), PoolItem::Carried(*rule), PoolItem::RiskPool(*rule)];
        std::iter::once(PoolItem::Contributed).chain(PoolRule::ALL.iter().flat_map(of_rule))
    }

    /// Whether payers are told apart, and those of all years add up to something.
    fn is_paid(self) -> bool {
        matches!(self, PoolItem::Contributed | PoolItem::Paid(_))
    }
}

/// What an amount is of; `None` is "all".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MoneyKeys {
    /// All years together are in nominal pounds only.
    pub year: Option<FinancialYear>,
    pub item: MoneyItem,
    pub payer: Option<Payer>,
    /// In pounds of the first year.
    pub real: bool,
}

/// An amount in pounds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct MoneyFigure {
    pub keys: MoneyKeys,
    pub principal: f64,
    pub spread: Spread,
}

/// Amounts of all futures of a scenario, with those of its principal projection.
#[derive(Clone, Copy)]
pub struct Priced<'a> {
    pub draws: &'a [Vec<Pence>],
    pub principal: &'a [Pence],
}

/// All amounts of a scenario, and their paired differences from the baseline where it is given.
pub fn summarise_money(
    workers: &Workers,
    model: &MoneyModel,
    own: Priced,
    baseline: Option<Priced>,
) -> (Vec<MoneyFigure>, Vec<MoneyFigure>) {
    let keys = all_keys(model);
    let figures = workers.map_in_order(keys, |keys| {
        let places = places(model, keys);
        let sum = |amounts: &[Pence]| places.iter().map(|place| amounts[*place]).sum::<Pence>();
        let draws = || own.draws.iter().map(|amounts| sum(amounts));
        let figure = summarise(keys, draws(), sum(own.principal));
        let less = baseline.map(|baseline| {
            let paired = draws().zip(baseline.draws).map(|(own, amounts)| own - sum(amounts));
            summarise(keys, paired, sum(own.principal) - sum(baseline.principal))
        });
        (figure, less)
    });
    let (own, less): (Vec<MoneyFigure>, Vec<Option<MoneyFigure>>) = figures.into_iter().unzip();
    (own, less.into_iter().flatten().collect())
}

/// Amounts of which all percentiles are told: by year, what all pay and the high needs block pays, and the deficit.
pub fn money_percentiles(model: &MoneyModel, own: Priced) -> Vec<(MoneyKeys, Vec<f64>)> {
    let told = |keys: &MoneyKeys| match (keys.item, keys.payer) {
        (MoneyItem::AllLines, None | Some(Payer::HighNeeds)) => !keys.real && keys.year.is_some(),
        (MoneyItem::Block(BlockItem::Deficit), _) => keys.year.is_some(),
        _ => false,
    };
    let percentiles = |keys: MoneyKeys| {
        let places = places(model, keys);
        let sum = |amounts: &Vec<Pence>| places.iter().map(|place| amounts[*place].0).sum::<i64>();
        let mut draws: Vec<i64> = own.draws.iter().map(sum).collect();
        draws.sort_unstable();
        (keys, percentiles_sorted(&draws, |pence| Pence(pence).pounds()))
    };
    all_keys(model).into_iter().filter(told).map(percentiles).collect()
}

fn summarise(keys: MoneyKeys, draws: impl Iterator<Item = Pence>, principal: Pence) -> MoneyFigure {
    let mut pence: Vec<i64> = draws.map(|draw| draw.0).collect();
    MoneyFigure { keys, principal: principal.pounds(), spread: summarise_large(&mut pence).in_units(100.0) }
}

/// By year and for all years: each line and all, by payer and in all; then by year in real pounds, for all lines.
fn all_keys(model: &MoneyModel) -> Vec<MoneyKeys> {
    let mut keys = Vec::new();
    let payers = || std::iter::once(None).chain(Payer::ALL.iter().copied().map(Some));
    for year in model.financial_years().map(Some).chain([None]) {
        let lines = (0..model.lines.len()).map(MoneyItem::Line);
        for item in std::iter::once(MoneyItem::AllLines).chain(lines) {
            keys.extend(payers().map(|payer| MoneyKeys { year, item, payer, real: false }));
        }
        if model.block.is_some() {
            let told = BlockItem::ALL.iter().filter(|item| year.is_some() || item.is_flow());
            let payer = Some(Payer::HighNeeds);
            keys.extend(told.map(|item| MoneyKeys { year, item: MoneyItem::Block(*item), payer, real: false }));
        }
        for own in PoolItem::all().filter(|own| model.pool.is_some() && (year.is_some() || own.is_paid())) {
            let item = MoneyItem::Pool(own);
            let told = payers().filter(|payer| own.is_paid() || payer.is_none());
            keys.extend(told.map(|payer| MoneyKeys { year, item, payer, real: false }));
        }
    }
    for year in model.financial_years().map(Some) {
        let item = MoneyItem::AllLines;
        keys.extend(payers().map(|payer| MoneyKeys { year, item, payer, real: true }));
    }
    keys
}

/// Where the parts of an amount stand among those of a future.
fn places(model: &MoneyModel, keys: MoneyKeys) -> Vec<usize> {
    let years = (0..model.years).filter(|year| keys.year.is_none_or(|own| own == model.first.plus(*year)));
    let of_payers = |range: Range<usize>| -> Vec<usize> {
        let own = range.zip(Payer::ALL).filter(|(_, payer)| keys.payer.is_none_or(|own| own == **payer));
        own.map(|(place, _)| place).collect()
    };
    if keys.real {
        return years.flat_map(|year| of_payers(model.real(year))).collect();
    }
    let lines = match keys.item {
        MoneyItem::Block(item) => return years.map(|year| model.block_year(year).start + item as usize).collect(),
        MoneyItem::Pool(item) => return years.flat_map(|year| pool_places(model, item, year, of_payers)).collect(),
        MoneyItem::AllLines => 0..model.lines.len(),
        MoneyItem::Line(line) => line..line + 1,
    };
    years.flat_map(|year| lines.clone().flat_map(move |line| of_payers(model.nominal(year, line)))).collect()
}

fn pool_places(
    model: &MoneyModel,
    item: PoolItem,
    year: usize,
    of_payers: impl Fn(Range<usize>) -> Vec<usize>,
) -> Vec<usize> {
    let settled = |rule: PoolRule| model.pool_settled(rule as usize, year);
    let payers = Payer::ALL.len();
    match item {
        PoolItem::Contributed => of_payers(model.contributed(year)),
        PoolItem::Paid(rule) => of_payers(settled(rule)),
        PoolItem::Carried(rule) => vec![settled(rule).start + payers],
        PoolItem::RiskPool(rule) => vec![settled(rule).start + payers + 1],
    }
}

impl MoneyFigure {
    /// Whether nobody pays anything, in any future.
    pub fn is_nothing(&self) -> bool {
        self.principal == 0.0 && self.spread.mean == 0.0 && self.spread.sd == 0.0
    }
}
