//! What a pooled fund asks of each partner, and what pooling is worth to it.
//!
//! With P90 the amount that what a partner pays for the pool's lines exceeds in one future of ten:
//!   contribution for 90 % = P90 under the rule: whoever sets aside so much has enough in nine futures of ten;
//!   value of pooling      = P90 with separate budgets less P90 under the rule.
//! For the partners together both are the sums of theirs, since each sets aside its own.

use super::money_series::{MoneyFigure, MoneyItem, MoneyKeys, PoolItem};
use crate::domain::money::{FinancialYear, Payer};
use crate::domain::pool::{Pool, PoolRule};
use crate::numerics::quantile::Spread;

/// What a partner pays under a rule in a financial year, or in all; pounds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PoolFigure {
    pub year: Option<FinancialYear>,
    pub rule: PoolRule,
    /// `None` is the partners together.
    pub payer: Option<Payer>,
    /// Agreed, on average over futures.
    pub contributed: f64,
    pub mean: f64,
    /// Of one partner.
    pub paid: Option<Spread>,
    pub enough: f64,
    pub value: f64,
}

/// Each rule, year and partner of a scenario's pool.
pub fn value_of_pooling(pool: &Pool, figures: &[MoneyFigure]) -> Vec<PoolFigure> {
    let mut years: Vec<Option<FinancialYear>> = Vec::new();
    for figure in figures.iter().filter(|figure| figure.keys.item == MoneyItem::Pool(PoolItem::Contributed)) {
        if !years.contains(&figure.keys.year) {
            years.push(figure.keys.year);
        }
    }
    let of_year = |year: Option<FinancialYear>| {
        let spread = move |item, payer| {
            let keys = MoneyKeys { year, item: MoneyItem::Pool(item), payer: Some(payer), real: false };
            figures.iter().find(|figure| figure.keys == keys).map(|figure| figure.spread)
        };
        PoolRule::ALL.iter().flat_map(move |rule| {
            let partners: Vec<PoolFigure> = pool
                .partners
                .iter()
                .filter_map(|partner| {
                    let paid = spread(PoolItem::Paid(*rule), partner.payer)?;
                    let [.., enough] = paid.interval();
                    Some(PoolFigure {
                        year,
                        rule: *rule,
                        payer: Some(partner.payer),
                        contributed: spread(PoolItem::Contributed, partner.payer)?.mean,
                        mean: paid.mean,
                        paid: Some(paid),
                        enough,
                        value: spread(PoolItem::Paid(PoolRule::Separate), partner.payer)?.interval()[2] - enough,
                    })
                })
                .collect();
            let sum = |value: fn(&PoolFigure) -> f64| partners.iter().map(value).sum();
            let together = PoolFigure {
                year,
                rule: *rule,
                payer: None,
                contributed: sum(|own| own.contributed),
                mean: sum(|own| own.mean),
                paid: None,
                enough: sum(|own| own.enough),
                value: sum(|own| own.value),
            };
            partners.into_iter().chain([together])
        })
    };
    years.into_iter().flat_map(of_year).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::assumption::Confidence;
    use crate::domain::pool::Partner;

    /// Apart, the council needs £100 and the board £80 to be sure in nine futures of ten; pooled they need £85 and £75:
    /// worth £15 and £5, £20 together.
    #[test]
    fn pooling_is_worth_what_less_has_to_be_set_aside() {
        let year = Some(FinancialYear(2026));
        let figure = |item, payer, p90: f64| MoneyFigure {
            keys: MoneyKeys { year, item: MoneyItem::Pool(item), payer: Some(payer), real: false },
            principal: 0.0,
            spread: Spread { mean: p90 - 10.0, sd: 1.0, quantiles: [0.0, 0.0, 0.0, 0.0, 0.0, p90, 0.0] },
        };
        let (council, board) = (Payer::GeneralFund, Payer::HealthBoard);
        let figures = [
            figure(PoolItem::Contributed, council, 60.0),
            figure(PoolItem::Contributed, board, 50.0),
            figure(PoolItem::Paid(PoolRule::Separate), council, 100.0),
            figure(PoolItem::Paid(PoolRule::Separate), board, 80.0),
            figure(PoolItem::Paid(PoolRule::ProRata), council, 85.0),
            figure(PoolItem::Paid(PoolRule::ProRata), board, 75.0),
        ];
        let partner = |payer| Partner { payer, quarters: [1.0; 4], fixed_quarters: [0.0; 4] };
        let pool = Pool {
            name: "Therapies".into(),
            partners: vec![partner(council), partner(board)],
            lines: Vec::new(),
            host: council,
            from: FinancialYear(2026),
            uprating: "pay".into(),
            price_year: FinancialYear(2026),
            keep_most: 0.0,
            risk_pool: 0.0,
            cap: 0.0,
            collar: None,
            source: String::new(),
            confidence: Confidence::Low,
        };
        let found = value_of_pooling(&pool, &figures);
        let of = |rule, payer| {
            let own = found.iter().find(|own| (own.rule, own.payer) == (rule, payer)).expect("told");
            (own.contributed, own.mean, own.enough, own.value)
        };
        assert_eq!(of(PoolRule::ProRata, Some(council)), (50.0, 75.0, 85.0, 15.0));
        assert_eq!(of(PoolRule::ProRata, Some(board)), (40.0, 65.0, 75.0, 5.0));
        assert_eq!(of(PoolRule::ProRata, None), (90.0, 140.0, 160.0, 20.0));
        assert_eq!(of(PoolRule::Separate, None), (90.0, 160.0, 180.0, 0.0));
    }
}
