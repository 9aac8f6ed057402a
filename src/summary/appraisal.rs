//! Option appraisal: what each scenario saves against the baseline, in real pounds discounted to the first year.
//!
//! With r the discount rate, t the financial year counted from 0, and S(t) what the baseline costs all payers (or one)
//! less what the scenario costs them in the same future, in prices of the first year, each of the two discounted, by
//! payer, to the nearest penny:
//!   net present value = Σ S(t)/(1 + r)^t; more than 0 is a saving;
//!   payback           the first year from which on Σ up to t of the discounted savings stays 0 or more, for a scenario
//!                     that costs more at first: futures where this never comes within the years told are counted
//!                     apart, as are those where it never costs more;
//!   cheapest          the share of futures in which an option has the least present cost of all; of equals each has an
//!                     equal part;
//!   value of knowing  the least mean present cost of any option less the mean of the least: what it would be worth to
//!                     know the future before choosing.
//! Options are the baseline (to do nothing) and scenarios that somebody decides on.

use crate::domain::money::{ByPayer, Payer, Pence};
use crate::model::money::MoneyModel;
use crate::numerics::quantile::{Spread, summarise_large};
use crate::scenario::lever::ScenarioKind;

use super::money_series::Priced;

/// Discounted costs of a scenario, a future each.
#[derive(Clone, Debug, PartialEq)]
pub struct PresentCosts {
    /// By payer, by year.
    draws: Vec<Vec<ByPayer>>,
}

/// What a scenario is worth against the baseline.
#[derive(Clone, Debug, PartialEq)]
pub struct Appraisal {
    pub scenario: String,
    pub kind: ScenarioKind,
    /// Pounds saved, by all, and by each payer.
    pub all: Spread,
    pub by_payer: Vec<(Payer, Spread)>,
    /// Share of futures in which it saves anything.
    pub saves: f64,
    pub payback: Payback,
    /// Share of futures in which it is the cheapest option; `None` where it is none.
    pub cheapest: Option<f64>,
}

/// When a scenario that costs more at first has paid for itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Payback {
    /// Share of futures in which it costs no more in any year's sum.
    pub at_once: f64,
    /// Share of futures by years after the first, up to each.
    pub by_year: Vec<f64>,
}

/// Appraisals of all scenarios, and the value of knowing the future before choosing, in pounds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Appraisals {
    pub scenarios: Vec<Appraisal>,
    pub value_of_knowing: f64,
}

impl PresentCosts {
    /// Discounts a scenario's real costs at a rate a year.
    pub fn of(model: &MoneyModel, rate: f64, priced: Priced) -> PresentCosts {
        let worth: Vec<f64> = (0..model.years).map(|year| libm::pow(1.0 + rate, -(year as f64))).collect();
        let discount = |amounts: &Vec<Pence>| {
            let of_year = |(year, worth): (usize, &f64)| {
                let real = &amounts[model.real(year)];
                std::array::from_fn(|payer| Pence::of_pounds(real[payer].pounds() * worth))
            };
            worth.iter().enumerate().map(of_year).collect()
        };
        PresentCosts { draws: priced.draws.iter().map(discount).collect() }
    }

    /// All payers and years of each future.
    fn totals(&self) -> impl Iterator<Item = Pence> + '_ {
        self.draws.iter().map(|years| years.iter().flatten().copied().sum())
    }
}

/// Appraises scenarios against the first of them, the baseline.
pub fn appraise(scenarios: &[(String, ScenarioKind, PresentCosts)]) -> Appraisals {
    let Some((_, _, baseline)) = scenarios.first() else { return Appraisals::default() };
    let options: Vec<usize> = (0..scenarios.len()).filter(|own| scenarios[*own].1 != ScenarioKind::Outlook).collect();
    let (cheapest, value_of_knowing) = compare_options(scenarios, &options);
    let appraisals = scenarios.iter().enumerate().map(|(number, (name, kind, own))| {
        let saved: Vec<Vec<ByPayer>> =
            own.draws.iter().zip(&baseline.draws).map(|(own, baseline)| savings(own, baseline)).collect();
        let of = |payer: usize| -> Vec<i64> {
            saved.iter().map(|years| years.iter().map(|year| year[payer].0).sum()).collect()
        };
        let mut all: Vec<i64> = own.totals().zip(baseline.totals()).map(|(own, baseline)| (baseline - own).0).collect();
        let saves = share(all.iter().map(|saved| *saved > 0));
        let by_payer = Payer::ALL.iter().map(|payer| (*payer, in_pounds(&mut of(*payer as usize)))).collect();
        Appraisal {
            scenario: name.clone(),
            kind: *kind,
            all: in_pounds(&mut all),
            by_payer,
            saves,
            payback: payback(&saved),
            cheapest: options.iter().position(|option| *option == number).map(|place| cheapest[place]),
        }
    });
    Appraisals { scenarios: appraisals.collect(), value_of_knowing }
}

fn savings(own: &[ByPayer], baseline: &[ByPayer]) -> Vec<ByPayer> {
    let year = |(own, baseline): (&ByPayer, &ByPayer)| std::array::from_fn(|payer| baseline[payer] - own[payer]);
    own.iter().zip(baseline).map(year).collect()
}

fn payback(saved: &[Vec<ByPayer>]) -> Payback {
    let years = saved.first().map_or(0, Vec::len);
    let mut first_at = vec![0.0; years];
    let mut at_once = 0.0;
    for future in saved {
        let mut sum = Pence(0);
        let sums: Vec<Pence> = future
            .iter()
            .map(|year| {
                sum += year.iter().copied().sum();
                sum
            })
            .collect();
        match sums.iter().rposition(|sum| *sum < Pence(0)) {
            None => at_once += 1.0,
            Some(last) if last + 1 < years => first_at[last + 1] += 1.0,
            Some(_) => {}
        }
    }
    let count = saved.len().max(1) as f64;
    let mut up_to = 0.0;
    let by_year = first_at.iter().map(|futures| {
        up_to += futures / count;
        up_to
    });
    Payback { at_once: at_once / count, by_year: by_year.collect() }
}

/// How often each option is the cheapest, and the value of knowing which.
fn compare_options(scenarios: &[(String, ScenarioKind, PresentCosts)], options: &[usize]) -> (Vec<f64>, f64) {
    let totals: Vec<Vec<Pence>> = options.iter().map(|option| scenarios[*option].2.totals().collect()).collect();
    let count = totals.first().map_or(0, Vec::len);
    let mut cheapest = vec![0.0; options.len()];
    let mut least_of_each = Pence(0);
    for future in 0..count {
        let least = totals.iter().map(|own| own[future]).min().unwrap_or_default();
        least_of_each += least;
        let winners: Vec<usize> = (0..totals.len()).filter(|option| totals[*option][future] == least).collect();
        winners.iter().for_each(|option| cheapest[*option] += 1.0 / winners.len() as f64);
    }
    let least_mean = totals.iter().map(|own| own.iter().copied().sum::<Pence>()).min().unwrap_or_default();
    let futures = count.max(1) as f64;
    cheapest.iter_mut().for_each(|share| *share /= futures);
    (cheapest, (least_mean - least_of_each).pounds() / futures)
}

fn share(is_so: impl ExactSizeIterator<Item = bool>) -> f64 {
    let count = is_so.len().max(1) as f64;
    is_so.filter(|so| *so).count() as f64 / count
}

fn in_pounds(pence: &mut [i64]) -> Spread {
    summarise_large(pence).in_units(100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Costs of one payer by year, a future each.
    fn costs(futures: &[&[i64]]) -> PresentCosts {
        let year = |pence: &i64| {
            let mut by_payer = ByPayer::default();
            by_payer[Payer::GeneralFund as usize] = Pence(*pence);
            by_payer
        };
        PresentCosts { draws: futures.iter().map(|years| years.iter().map(year).collect()).collect() }
    }

    /// Three futures of three years. Doing nothing costs 300 in each. Building costs 40 more at first; it then saves 30 a
    /// year in the first future (pays in the third year), 50 in the second (pays in the second), nothing in the third.
    /// Training saves 10 a year in the first and third, and costs 1 more in the last year of the second.
    fn appraisals() -> Appraisals {
        let option = |name: &str, kind, costs| (name.to_string(), kind, costs);
        appraise(&[
            option("baseline", ScenarioKind::Option, costs(&[&[100, 100, 100], &[100, 100, 100], &[100, 100, 100]])),
            option("build", ScenarioKind::Option, costs(&[&[140, 70, 70], &[140, 50, 50], &[140, 100, 100]])),
            option("train", ScenarioKind::DoMinimum, costs(&[&[90, 90, 90], &[100, 100, 101], &[90, 90, 90]])),
            option("growth", ScenarioKind::Outlook, costs(&[&[0, 0, 0], &[0, 0, 0], &[0, 0, 0]])),
        ])
    }

    #[test]
    fn savings_payback_and_choice_by_hand() {
        let Appraisals { scenarios, value_of_knowing } = appraisals();
        let [nothing, build, train, growth] = &scenarios[..] else { panic!("four scenarios") };
        // Pence: 20, 60 and −40 saved; 30, −1 and 30.
        assert!((build.all.mean - 0.40 / 3.0).abs() < 1e-12 && (train.all.mean - 0.59 / 3.0).abs() < 1e-12);
        assert_eq!(nothing.all.mean, 0.0);
        assert_eq!((build.saves, train.saves), (2.0 / 3.0, 2.0 / 3.0));
        let payback = |at_once: f64, by_year: [f64; 3]| Payback { at_once, by_year: by_year.to_vec() };
        assert_eq!(build.payback, payback(0.0, [0.0, 1.0 / 3.0, 2.0 / 3.0]));
        // The second future of training ends with a cost.
        assert_eq!(train.payback, payback(2.0 / 3.0, [0.0, 0.0, 0.0]));
        assert_eq!(nothing.payback, payback(1.0, [0.0, 0.0, 0.0]));
        // Least cost: 270 by training, 240 by building, 270 by training.
        assert_eq!((nothing.cheapest, build.cheapest, train.cheapest), (Some(0.0), Some(1.0 / 3.0), Some(2.0 / 3.0)));
        assert_eq!(growth.cheapest, None);
        // Training costs least on average, 841 of three futures; the best of each costs 780.
        assert!((value_of_knowing - 0.61 / 3.0).abs() < 1e-12);
        let by_fund = build.by_payer.iter().find(|(payer, _)| *payer == Payer::GeneralFund).expect("a payer");
        assert_eq!(by_fund.1, build.all);
    }

    #[test]
    fn equals_share_the_first_place() {
        let same = || costs(&[&[5, 5], &[7, 1]]);
        let named = |name: &str| (name.to_string(), ScenarioKind::Option, same());
        let found = appraise(&[named("baseline"), named("other")]);
        assert!(found.scenarios.iter().all(|own| own.cheapest == Some(0.5) && own.saves == 0.0));
        assert_eq!(found.value_of_knowing, 0.0);
    }
}
