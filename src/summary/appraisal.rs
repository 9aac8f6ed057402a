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
//!                     know the future before choosing; the option of the least mean cost is the best on average.
//!   own cost          what lines that a scenario decides on (spending, staff, hours bought, offers of early support) cost
//!                     more than in the baseline, discounted; what else it saves or costs is its effect E, so that
//!                     the net present value is E less the own cost;
//!   switching value   mean own cost / mean E: the part of the effect simulated at which it stops paying; where both are
//!                     more than 0;
//!   costs of places and hours: the own cost over the most places that it has more than the baseline in any September;
//!                     the net present cost over the sum of these by year; where it adds no places, both over the hours
//!                     that services give more in all years, by means over futures. Neither is discounted.
//! Options are the baseline (to do nothing) and scenarios that somebody decides on.

use serde::{Deserialize, Serialize};

use crate::domain::money::{ByPayer, Payer, Pence};
use crate::domain::place::{Kind, Places};
use crate::engine::batch::Shard;
use crate::engine::layout::{Layout, LineFigure};
use crate::model::money::MoneyModel;
use crate::numerics::quantile::{Spread, summarise_large};
use crate::scenario::effects::YearEffects;
use crate::scenario::lever::ScenarioKind;
use crate::scenario::place_effects::PlacesInForce;

use super::money_series::Priced;

/// Discounted costs of a scenario, a future each.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PresentCosts {
    /// By payer, by year.
    draws: Vec<Vec<ByPayer>>,
    /// Of lines that it decides on, all years.
    decided: Vec<Pence>,
    amounts: Quantities,
}

/// What a scenario provides.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Quantities {
    /// Places of listed providers in the September of each year.
    pub places: Vec<u32>,
    /// Tenths of hours that services give in all years, by future.
    pub hours: Vec<i64>,
}

impl Quantities {
    pub fn of(layout: Layout, draws: &Shard, effects: &[YearEffects], places: &Places) -> Quantities {
        let listed = |in_force: &PlacesInForce| {
            let own = places.providers.iter().zip(&in_force.places);
            own.filter(|(provider, _)| provider.kind != Kind::NotListed).map(|(_, places)| *places).sum()
        };
        let given = |row: &[u32]| -> i64 {
            let lines = (0..layout.years).flat_map(|year| (0..layout.services.lines).map(move |line| (year, line)));
            lines
                .map(|(year, line)| i64::from(row[layout.line(year, line).start + LineFigure::Delivered as usize]))
                .sum()
        };
        Quantities {
            places: effects.iter().map(|year| year.places.as_ref().map_or(0, listed)).collect(),
            hours: draws.rows().map(given).collect(),
        }
    }
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
    /// Pounds more than the baseline of what it decides on.
    pub own_cost: Spread,
    pub switching: Option<f64>,
    pub per_place: Option<UnitCost>,
    pub per_hour: Option<UnitCost>,
}

/// Pounds for each place or hour more than in the baseline.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct UnitCost {
    /// The scenario's own cost.
    pub own: f64,
    /// The net present cost, for each year of a place; negative where it saves.
    pub net: f64,
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
    /// The number of the option that is the best on average.
    pub best: usize,
}

impl PresentCosts {
    /// Discounts a scenario's real costs at a rate a year.
    pub fn of(model: &MoneyModel, rate: f64, priced: Priced, amounts: Quantities) -> PresentCosts {
        let worth: Vec<f64> = (0..model.years).map(|year| libm::pow(1.0 + rate, -(year as f64))).collect();
        let discount = |amounts: &Vec<Pence>| {
            let of_year = |(year, worth): (usize, &f64)| {
                let real = &amounts[model.real(year)];
                std::array::from_fn(|payer| Pence::of_pounds(real[payer].pounds() * worth))
            };
            worth.iter().enumerate().map(of_year).collect()
        };
        let decided = |amounts: &Vec<Pence>| {
            let of_year =
                |(year, worth): (usize, &f64)| Pence::of_pounds(amounts[model.decided(year)].pounds() * worth);
            worth.iter().enumerate().map(of_year).sum()
        };
        PresentCosts {
            draws: priced.draws.iter().map(discount).collect(),
            decided: priced.draws.iter().map(decided).collect(),
            amounts,
        }
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
    let (cheapest, value_of_knowing, best) = compare_options(scenarios, &options);
    let appraisals = scenarios.iter().enumerate().map(|(number, (name, kind, own))| {
        let saved: Vec<Vec<ByPayer>> =
            own.draws.iter().zip(&baseline.draws).map(|(own, baseline)| savings(own, baseline)).collect();
        let of = |payer: usize| -> Vec<i64> {
            saved.iter().map(|years| years.iter().map(|year| year[payer].0).sum()).collect()
        };
        let mut all: Vec<i64> = own.totals().zip(baseline.totals()).map(|(own, baseline)| (baseline - own).0).collect();
        let saves = share(all.iter().map(|saved| *saved > 0));
        let mut decided: Vec<i64> =
            own.decided.iter().zip(&baseline.decided).map(|(own, baseline)| (*own - *baseline).0).collect();
        let (own_amounts, other) = (&own.amounts, &baseline.amounts);
        let (saved_in_all, own_cost) = (in_pounds(&mut all), in_pounds(&mut decided));
        let (effect, net_cost) = (saved_in_all.mean + own_cost.mean, -saved_in_all.mean);
        let per_place = cost_of_places(own_amounts, other, own_cost.mean, net_cost);
        let by_payer = Payer::ALL.iter().map(|payer| (*payer, in_pounds(&mut of(*payer as usize)))).collect();
        Appraisal {
            scenario: name.clone(),
            kind: *kind,
            all: saved_in_all,
            own_cost,
            switching: (own_cost.mean > 0.0 && effect > 0.0).then(|| own_cost.mean / effect),
            per_hour: per_place.map_or_else(|| cost_of_hours(own_amounts, other, own_cost.mean, net_cost), |_| None),
            per_place,
            by_payer,
            saves,
            payback: payback(&saved),
            cheapest: options.iter().position(|option| *option == number).map(|place| cheapest[place]),
        }
    });
    Appraisals { scenarios: appraisals.collect(), value_of_knowing, best }
}

/// Of places that there are more of than in the baseline.
fn cost_of_places(own: &Quantities, baseline: &Quantities, own_cost: f64, net_cost: f64) -> Option<UnitCost> {
    let more: Vec<f64> =
        own.places.iter().zip(&baseline.places).map(|(own, baseline)| f64::from(*own) - f64::from(*baseline)).collect();
    let (most, sum) = (more.iter().copied().fold(0.0, f64::max), more.iter().sum::<f64>());
    (most > 0.0 && sum > 0.0).then(|| UnitCost { own: own_cost / most, net: net_cost / sum })
}

/// Of hours that services give more than in the baseline: where they do in nine futures of ten.
fn cost_of_hours(own: &Quantities, baseline: &Quantities, own_cost: f64, net_cost: f64) -> Option<UnitCost> {
    let more: Vec<i64> = own.hours.iter().zip(&baseline.hours).map(|(own, baseline)| own - baseline).collect();
    let mean = more.iter().sum::<i64>() as f64 / LineFigure::Delivered.scale() / more.len().max(1) as f64;
    (share(more.iter().map(|more| *more > 0)) >= 0.9).then(|| UnitCost { own: own_cost / mean, net: net_cost / mean })
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

/// How often each option is the cheapest, the value of knowing which, and the best on average.
fn compare_options(scenarios: &[(String, ScenarioKind, PresentCosts)], options: &[usize]) -> (Vec<f64>, f64, usize) {
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
    let sums = totals.iter().map(|own| own.iter().copied().sum::<Pence>()).zip(options);
    let (least_mean, best) = sums.min_by_key(|(sum, _)| *sum).map_or((Pence(0), 0), |(sum, option)| (sum, *option));
    let futures = count.max(1) as f64;
    cheapest.iter_mut().for_each(|share| *share /= futures);
    (cheapest, (least_mean - least_of_each).pounds() / futures, best)
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
        let draws: Vec<Vec<ByPayer>> = futures.iter().map(|years| years.iter().map(year).collect()).collect();
        PresentCosts { decided: vec![Pence(0); draws.len()], draws, amounts: Quantities::default() }
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
        let Appraisals { scenarios, value_of_knowing, best } = appraisals();
        assert_eq!(best, 2, "training costs least on average");
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

    /// Doing nothing costs 1,000 in each of two futures. A school costs 300 of its own and 900 in all in the first, 300
    /// and 1,100 in the second: nothing saved on average, an effect of 300, so it stops paying at all of it. It has 2 and
    /// then 4 places more: 75 for each, and nothing net. 10 and 20 hours more would be 20 for each.
    #[test]
    fn own_costs_places_and_hours_by_hand() {
        let with = |costs: PresentCosts, own: [i64; 2], places: [u32; 2], hours: [i64; 2]| PresentCosts {
            decided: own.map(Pence).to_vec(),
            amounts: Quantities { places: places.to_vec(), hours: hours.to_vec() },
            ..costs
        };
        let nothing = with(costs(&[&[50_000, 50_000], &[50_000, 50_000]]), [7_000, 7_000], [100, 100], [500, 500]);
        let school = with(costs(&[&[60_000, 30_000], &[60_000, 50_000]]), [37_000, 37_000], [102, 104], [600, 700]);
        let named = |name: &str, costs| (name.to_string(), ScenarioKind::Option, costs);
        let found = appraise(&[named("baseline", nothing.clone()), named("school", school.clone())]);
        let [baseline, own] = &found.scenarios[..] else { panic!("two scenarios") };
        assert_eq!((own.all.mean, own.own_cost.mean, own.switching), (0.0, 300.0, Some(1.0)));
        assert_eq!(own.per_place, Some(UnitCost { own: 75.0, net: 0.0 }));
        assert_eq!((own.per_hour, baseline.switching, baseline.per_place, baseline.per_hour), (None, None, None, None));
        // Without places the same is paid for hours; where these are fewer in a future of two nothing is told of them.
        let per_hour = |hours: [i64; 2]| {
            let amounts = Quantities { places: vec![100, 100], hours: hours.to_vec() };
            let other = PresentCosts { amounts, ..school.clone() };
            appraise(&[named("baseline", nothing.clone()), named("other", other)]).scenarios[1].per_hour
        };
        assert_eq!(per_hour([600, 700]), Some(UnitCost { own: 20.0, net: 0.0 }));
        assert_eq!(per_hour([600, 400]), None);
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
