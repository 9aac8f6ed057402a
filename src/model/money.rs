//! Money: prices, how they rise, and what each line costs each payer.
//!
//! In financial year f a line of n units, of which it is for a portion w, at price p in pounds of the year b, costs
//!   n·w·p·U(f)/U(b),  U(f) = Π over the years up to f of (1 + rate),
//! to the nearest penny, and is split among the payers by largest remainders: every penny has one payer. Price and
//! rates are low, central, high: one value of the price is drawn for a future, and one place between low and high for
//! all rates of an uprating, which is high or low throughout.
//!
//! What the lines cost the high needs block is set against its income: [`super::high_needs`].
//!
//! Lines of a pooled fund are settled under each rule beside that: [`super::pool`]. What a line costs each payer by its
//! shares stays what it is.
//!
//! Real pounds are those of the first year: nominal ones over U(f)/U(first) of the uprating `inflation`, each payer's
//! to the nearest penny.

use std::ops::Range;

use super::high_needs::{BlockIncome, BlockItem, BlockModel};
use super::pool::{PoolModel, PoolYear, Settled};
use crate::domain::age_group::AgeGroup;
use crate::domain::grid::Needs;
use crate::domain::high_needs::HIGH_NEEDS_INCOME;
use crate::domain::money::{ByPayer, CostBasis, FinancialYear, INFLATION, Money, Payer, Pence, Shares, Uprating};
use crate::domain::pool::{PoolRule, Share};
use crate::domain::service::{Estimate, Service};
use crate::domain::setting::Settings;
use crate::numerics::stream::{Mechanism, Streams, unit_of_name};

/// Costs of a run, laid out for pricing.
#[derive(Clone, Debug)]
pub struct MoneyModel {
    pub first: FinancialYear,
    pub years: usize,
    pub lines: Vec<LineModel>,
    upratings: Vec<UpratingModel>,
    /// Number of the uprating for real pounds.
    inflation: usize,
    pub block: Option<BlockModel>,
    /// Number of the uprating for the block's income.
    block_growth: usize,
    pub pool: Option<PooledLines>,
}

/// A pooled fund, and its lines among those of the model.
#[derive(Clone, Debug)]
pub struct PooledLines {
    pool: PoolModel,
    lines: Vec<(usize, Share)>,
    /// Of contributions.
    uprating: usize,
    price_year: FinancialYear,
}

/// A kind of cost.
#[derive(Clone, Debug)]
pub struct LineModel {
    pub of: CostBasis,
    /// Of plans: need, setting and age group counted.
    pub cells: Vec<(usize, usize, usize)>,
    /// Settings counted.
    pub settings: Vec<usize>,
    /// The line's id: scenarios spend on it.
    pub id: String,
    /// Of staff: the numbers of their grades among those of all services.
    pub grades: Vec<usize>,
    /// Of hours bought: services, and pounds for an hour of each.
    pub hours_at: Vec<(usize, f64)>,
    /// The share of what is counted that the line is for.
    pub portion: f64,
    price: Estimate,
    /// The year that the price is of.
    price_year: FinancialYear,
    uprating: usize,
    unit: u32,
    /// By financial year.
    shares: Vec<Shares>,
}

#[derive(Clone, Debug)]
struct UpratingModel {
    /// Rates of the years after `start`.
    start: FinancialYear,
    rates: Vec<Estimate>,
    unit: u32,
}

/// Prices of one future: pounds of each line's unit in each financial year, and what a nominal pound of each is worth.
#[derive(Clone, Debug, Default)]
pub struct Prices {
    pub of_lines: Vec<Vec<f64>>,
    pub worth: Vec<f64>,
    pub block: Option<BlockIncome>,
    /// What a pound contributed to the pool in its price year is in each year.
    pub pool: Vec<f64>,
}

impl MoneyModel {
    /// `first` is the financial year that starts in the base census's year. Every line's uprating covers its years.
    pub fn new(
        money: &Money,
        (needs, settings): (&Needs, &Settings),
        services: &[Service],
        first: FinancialYear,
        years: usize,
    ) -> MoneyModel {
        let pooled = money.pool.iter().map(|pool| pool.price_year);
        let latest = money.lines.iter().map(|line| line.price_year).chain(pooled).max().unwrap_or(first);
        let last = first.plus(years - 1).max(latest);
        let block = money.high_needs.as_ref().map(|block| BlockModel::new(block, first, years));
        let price_years = money.lines.iter().map(|line| line.price_year);
        let earliest = price_years
            .chain(block.as_ref().map(BlockModel::earliest))
            .chain(money.pool.as_ref().map(|pool| pool.price_year))
            .fold(first, FinancialYear::min);
        let position = |id: &str| money.upratings.iter().position(|known| known.id == id).unwrap_or_default();
        let lines = money.lines.iter().map(|line| {
            let all_needs = (0..needs.count()).filter(|need| {
                line.needs.is_empty() || line.needs.iter().any(|known| needs.index(*known) == Some(*need))
            });
            let in_settings = settings.ids().filter(|id| line.settings.is_empty() || line.settings.contains(id));
            let in_settings: Vec<usize> = in_settings.map(|setting| setting.index()).collect();
            let groups: Vec<usize> = (0..AgeGroup::ALL.len())
                .filter(|group| {
                    line.age_groups.is_empty() || line.age_groups.iter().any(|known| known.index() == *group)
                })
                .collect();
            let cells = all_needs.flat_map(|need| {
                let groups = &groups;
                in_settings.iter().flat_map(move |setting| groups.iter().map(move |group| (need, *setting, *group)))
            });
            let service = line.service.as_ref().and_then(|id| services.iter().position(|known| known.id == *id));
            let priced = services.iter().enumerate().filter(|(number, _)| service.is_none_or(|own| own == *number));
            LineModel {
                of: line.of,
                grades: service.map_or_else(Vec::new, |own| grade_numbers(services, own, line.grade.as_deref())),
                hours_at: priced.filter_map(|(number, own)| Some((number, own.price_per_hour?))).collect(),
                portion: line.portion,
                cells: cells.collect(),
                settings: in_settings.clone(),
                id: line.id.clone(),
                price: line.price,
                price_year: line.price_year,
                uprating: position(&line.uprating),
                unit: unit_of_name("price", &line.id),
                shares: (0..years).map(|year| line.shares_in(first.plus(year))).collect(),
            }
        });
        let pool = money.pool.as_ref().and_then(|pool| {
            let number = |id: &str| money.lines.iter().position(|line| line.id == id);
            Some(PooledLines {
                pool: PoolModel::new(pool, first, years)?,
                lines: pool.lines.iter().filter_map(|own| Some((number(&own.line)?, own.kind))).collect(),
                uprating: position(&pool.uprating),
                price_year: pool.price_year,
            })
        });
        MoneyModel {
            first,
            years,
            pool,
            lines: lines.collect(),
            upratings: money.upratings.iter().map(|own| UpratingModel::new(own, earliest, last)).collect(),
            inflation: position(INFLATION),
            block,
            block_growth: position(HIGH_NEEDS_INCOME),
        }
    }

    pub fn central_prices(&self) -> Prices {
        self.prices(|_, estimate| estimate.central)
    }

    pub fn draw_prices(&self, streams: &Streams) -> Prices {
        self.prices(|unit, estimate| estimate.at(streams.uniform(Mechanism::Price, 0, unit, 0)))
    }

    fn prices(&self, value: impl Fn(u32, Estimate) -> f64 + Copy) -> Prices {
        let indices: Vec<Vec<f64>> = self.upratings.iter().map(|own| own.index(value)).collect();
        let at = |uprating: usize, year: FinancialYear| {
            indices[uprating][usize::from(year.0 - self.upratings[uprating].start.0)]
        };
        let of_line = |line: &LineModel| {
            let price = value(line.unit, line.price) / at(line.uprating, line.price_year);
            self.financial_years().map(|year| price * at(line.uprating, year)).collect()
        };
        let worth = |year| at(self.inflation, self.first) / at(self.inflation, year);
        Prices {
            of_lines: self.lines.iter().map(of_line).collect(),
            worth: self.financial_years().map(worth).collect(),
            block: self.block.as_ref().map(|block| block.income(value, |year| at(self.block_growth, year))),
            pool: self.pool.as_ref().map_or_else(Vec::new, |pool| {
                let index = |year| at(pool.uprating, year) / at(pool.uprating, pool.price_year);
                self.financial_years().map(index).collect()
            }),
        }
    }

    pub fn financial_years(&self) -> impl Iterator<Item = FinancialYear> {
        (0..self.years).map(|year| self.first.plus(year))
    }

    /// How many amounts a future has.
    pub fn width(&self) -> usize {
        match self.pool {
            Some(_) => self.pool_settled(PoolRule::ALL.len(), 0).start,
            None => self.after_block(),
        }
    }

    fn after_block(&self) -> usize {
        self.block_year(if self.block.is_some() { self.years } else { 0 }).start
    }

    /// What a line costs each payer in a financial year.
    pub fn nominal(&self, year: usize, line: usize) -> Range<usize> {
        let start = (year * self.lines.len() + line) * Payer::ALL.len();
        start..start + Payer::ALL.len()
    }

    /// Each payer's costs in a financial year, in real pounds.
    pub fn real(&self, year: usize) -> Range<usize> {
        let start = (self.years * self.lines.len() + year) * Payer::ALL.len();
        start..start + Payer::ALL.len()
    }

    /// What lines that a scenario decides on cost all payers in a financial year, in real pounds.
    pub fn decided(&self, year: usize) -> usize {
        self.real(self.years).start + year
    }

    /// [`BlockItem::ALL`] of a financial year, where the block's income is known.
    pub fn block_year(&self, year: usize) -> Range<usize> {
        let start = self.decided(self.years) + year * BlockItem::ALL.len();
        start..start + BlockItem::ALL.len()
    }

    /// What each payer contributes to the pool in a financial year, where there is one.
    pub fn contributed(&self, year: usize) -> Range<usize> {
        let start = self.after_block() + year * Payer::ALL.len();
        start..start + Payer::ALL.len()
    }

    /// What each payer pays for the pool's lines in a financial year under the rule of this number, what is carried into
    /// the next, and what is left of the risk pool.
    pub fn pool_settled(&self, rule: usize, year: usize) -> Range<usize> {
        let size = Payer::ALL.len() + 2;
        let start = self.contributed(self.years).start + (rule * self.years + year) * size;
        start..start + size
    }

    /// Fills the amounts of a future; `units` tells how many units of a line there are in a year.
    pub fn price(&self, prices: &Prices, units: impl Fn(&LineModel, usize) -> f64, amounts: &mut [Pence]) {
        let mut spent = vec![Pence(0); self.years];
        for year in 0..self.years {
            let (mut totals, mut decided) = (ByPayer::default(), Pence(0));
            for (number, line) in self.lines.iter().enumerate() {
                let cost = Pence::of_pounds(units(line, year) * line.portion * prices.of_lines[number][year]);
                let parts = cost.split(line.shares[year]);
                totals.iter_mut().zip(parts).for_each(|(total, part)| *total += part);
                if line.of.is_decided() {
                    decided += cost;
                }
                amounts[self.nominal(year, number)].copy_from_slice(&parts);
            }
            let worth = prices.worth[year];
            let real = totals.map(|total| Pence::of_pounds(total.pounds() * worth));
            amounts[self.real(year)].copy_from_slice(&real);
            amounts[self.decided(year)] = Pence::of_pounds(decided.pounds() * worth);
            spent[year] = totals[Payer::HighNeeds as usize];
        }
        if let Some((block, income)) = self.block.as_ref().zip(prices.block.as_ref()) {
            let years = self.block_year(0).start..self.after_block();
            block.account(income, |year| spent[year], &mut amounts[years]);
        }
        if let Some(pool) = &self.pool {
            self.settle_pool(pool, &prices.pool, amounts);
        }
    }

    /// Settles what the pool's lines cost each payer, under each rule.
    fn settle_pool(&self, own: &PooledLines, index: &[f64], amounts: &mut [Pence]) {
        let of_year = |year| {
            let mut costs = PoolYear::default();
            for (line, kind) in &own.lines {
                let parts = &amounts[self.nominal(year, *line)];
                let sums = match kind {
                    Share::Fixed => &mut costs.fixed,
                    Share::Variable => &mut costs.variable,
                };
                sums.iter_mut().zip(parts).for_each(|(sum, part)| *sum += *part);
            }
            costs
        };
        let costs: Vec<PoolYear> = (0..self.years).map(of_year).collect();
        let contributions = own.pool.contributions(index);
        for (year, PoolYear { variable, fixed }) in contributions.iter().enumerate() {
            let sums = variable.iter().zip(fixed).map(|(variable, fixed)| *variable + *fixed);
            amounts[self.contributed(year)].iter_mut().zip(sums).for_each(|(amount, sum)| *amount = sum);
        }
        for (number, rule) in PoolRule::ALL.iter().enumerate() {
            for (year, Settled { paid, carried, risk_pool }) in
                own.pool.settle(*rule, &contributions, &costs).into_iter().enumerate()
            {
                let told = paid.into_iter().chain([carried, risk_pool]);
                let places = self.pool_settled(number, year);
                amounts[places].iter_mut().zip(told).for_each(|(amount, own)| *amount = own);
            }
        }
    }
}

/// The numbers of a service's grades, or of one of them, among those of all services.
fn grade_numbers(services: &[Service], service: usize, only: Option<&str>) -> Vec<usize> {
    let before: usize = services[..service].iter().map(|own| own.grades.len()).sum();
    let own = services[service].grades.iter().enumerate();
    own.filter(|(_, grade)| only.is_none_or(|id| grade.id == id)).map(|(place, _)| before + place).collect()
}

impl UpratingModel {
    fn new(uprating: &Uprating, start: FinancialYear, last: FinancialYear) -> UpratingModel {
        let years = (start.0 + 1..=last.0).map(FinancialYear);
        // Years that no line of this uprating needs may be left out of its table.
        let rates = years.map(|year| uprating.rate(year).unwrap_or(Estimate::certain(0.0)));
        UpratingModel { start, rates: rates.collect(), unit: unit_of_name("uprating", &uprating.id) }
    }

    /// U by year, 1 at the start.
    fn index(&self, value: impl Fn(u32, Estimate) -> f64) -> Vec<f64> {
        let mut level = 1.0;
        let mut index = vec![level];
        index.extend(self.rates.iter().map(|rate| {
            level *= 1.0 + value(self.unit, *rate);
            level
        }));
        index
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::assumption::Confidence;
    use crate::domain::money::CostLine;
    use crate::domain::need::Need;
    use crate::domain::setting::Setting;

    fn money() -> Money {
        let year = |first| FinancialYear(first);
        let rate = |low, central, high| Estimate { low, central, high };
        let uprating = |id: &str, rates| Uprating {
            id: id.to_string(),
            rates,
            source: String::new(),
            confidence: Confidence::Low,
        };
        Money {
            lines: vec![CostLine {
                id: "special".into(),
                name: "Special schools".into(),
                of: CostBasis::Plans,
                settings: Vec::new(),
                needs: Vec::new(),
                age_groups: Vec::new(),
                service: None,
                grade: None,
                portion: 1.0,
                price: Estimate { low: 900.0, central: 1000.0, high: 1100.0 },
                price_year: year(2024),
                uprating: "fees".into(),
                shares: vec![(year(2025), [0.75, 0.25, 0.0, 0.0, 0.0]), (year(2026), [0.5, 0.0, 0.5, 0.0, 0.0])],
                payers_source: String::new(),
                payers_confidence: Confidence::Low,
                source: String::new(),
                confidence: Confidence::Low,
            }],
            high_needs: None,
            pool: None,
            upratings: vec![
                uprating(
                    "fees",
                    vec![(year(2025), year(2025), rate(0.0, 0.1, 0.2)), (year(2026), year(2026), rate(0.0, 0.05, 0.1))],
                ),
                uprating(INFLATION, vec![(year(2025), year(2026), rate(0.02, 0.02, 0.02))]),
            ],
        }
    }

    fn model() -> MoneyModel {
        let setting =
            Setting { code: "special".into(), name: "special".into(), ages: crate::domain::age_group::AgeSpan::ALL };
        let settings = Settings::new(vec![setting]).expect("one");
        MoneyModel::new(&money(), (&Needs::new(vec![Need::Asd]), &settings), &[], FinancialYear(2025), 2)
    }

    /// £1,000 in 2024-25 is £1,100 a year later and £1,155 after that. 3 children: £3,300, three quarters and a quarter;
    /// £3,465 in halves, which are worth £3,465/1.02 in pounds of 2025-26.
    #[test]
    fn two_years_by_hand() {
        let model = model();
        let prices = model.central_prices();
        let mut amounts = vec![Pence(0); model.width()];
        model.price(&prices, |_, _| 3.0, &mut amounts);
        let pence = |parts: [i64; 5]| parts.map(Pence).to_vec();
        assert_eq!(amounts[model.nominal(0, 0)], pence([247_500, 82_500, 0, 0, 0]));
        assert_eq!(amounts[model.nominal(1, 0)], pence([173_250, 0, 173_250, 0, 0]));
        assert_eq!(amounts[model.real(0)], pence([247_500, 82_500, 0, 0, 0]));
        assert_eq!(amounts[model.real(1)], pence([169_853, 0, 169_853, 0, 0]));
    }

    #[test]
    fn drawn_prices_keep_the_central_one_as_their_mean() {
        let model = model();
        let count = 20_000;
        let drawn = (0..count).map(|replicate| model.draw_prices(&Streams::new(5, replicate)).of_lines[0][0]);
        let mean = drawn.sum::<f64>() / f64::from(count);
        assert!((mean / 1100.0 - 1.0).abs() < 0.005, "{mean}");
    }
}
