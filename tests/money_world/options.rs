//! Options, appraised from the reference's own costs and compared with the library's appraisal.

use needscast::domain::money::Payer;
use needscast::numerics::quantile::{LEVELS, Spread};
use needscast::scenario::lever::ScenarioKind;
use needscast::summary::appraisal::{Appraisals, PresentCosts};

use super::PAYERS;
use super::exact::{exact, sum_of};

/// Present costs by future, year and payer.
pub type Present = Vec<Vec<[i64; PAYERS]>>;

pub fn discount(reals: &Present, rate: f64) -> Present {
    let of_year = |(year, costs): (usize, &[i64; PAYERS])| {
        let factor = (0..year).fold(exact(1.0), |product, _| product.times(sum_of(1.0, rate)));
        costs.map(|pence| exact(pence as f64).over(exact(100.0)).over(factor).pence().0)
    };
    reals.iter().map(|years| years.iter().enumerate().map(of_year).collect()).collect()
}

/// All figures of an appraisal from present costs, the baseline's first.
pub fn compare_appraisals(
    found: &Appraisals,
    named: &[(String, ScenarioKind, PresentCosts)],
    own: &[(ScenarioKind, Present)],
) {
    let futures = own[0].1.len();
    let all_of = |years: &Vec<[i64; PAYERS]>| years.iter().flatten().sum::<i64>();
    let options: Vec<usize> = (0..own.len()).filter(|at| *at == 0 || own[*at].0 != ScenarioKind::Outlook).collect();
    let costs = |future: usize| options.iter().map(move |at| all_of(&own[*at].1[future]));
    let least: Vec<i64> = (0..futures).map(|future| costs(future).min().expect("an option")).collect();
    let mean = |sum: i64| sum as f64 / futures as f64 / 100.0;
    let sums = options.iter().map(|at| own[*at].1.iter().map(all_of).sum::<i64>());
    let worth = mean(sums.min().expect("an option") - least.iter().sum::<i64>());
    assert_near(found.value_of_knowing, worth, "value of knowing");
    assert_eq!(found.scenarios.len(), own.len());
    for (at, told) in found.scenarios.iter().enumerate() {
        assert_eq!((&told.scenario, told.kind), (&named[at].0, own[at].0));
        let (costs, baseline) = (&own[at].1, &own[0].1);
        let saved =
            |future: usize, year: usize, payer: usize| baseline[future][year][payer] - costs[future][year][payer];
        let years = costs[0].len();
        let by_payer = |payer: usize| -> Vec<i64> {
            (0..futures).map(|future| (0..years).map(|year| saved(future, year, payer)).sum()).collect()
        };
        let all: Vec<i64> = (0..futures).map(|f| (0..PAYERS).map(|payer| by_payer(payer)[f]).sum()).collect();
        compare_spread(told.all, &all);
        assert_near(told.saves, share(&all, |saved| *saved > 0), "share that saves");
        for (payer, code) in Payer::ALL.iter().enumerate() {
            match told.by_payer.iter().find(|(own, _)| own == code) {
                Some((_, spread)) => compare_spread(*spread, &by_payer(payer)),
                None => assert!(by_payer(payer).iter().all(|saved| *saved == 0), "{code:?} is left out"),
            }
        }
        // By future: `None` where it costs more in the end, 0 where it never does, else the year it has paid back.
        let pays: Vec<Option<usize>> = (0..futures)
            .map(|future| {
                let so_far = |last: usize| -> i64 {
                    (0..=last).flat_map(|year| (0..PAYERS).map(move |payer| saved(future, year, payer))).sum()
                };
                (0..years).find(|from| (*from..years).all(|last| so_far(last) >= 0))
            })
            .collect();
        assert_near(told.payback.at_once, share(&pays, |year| *year == Some(0)), "never costs more");
        assert_eq!(told.payback.by_year.len(), years);
        for (last, found) in told.payback.by_year.iter().enumerate() {
            let paid_back = share(&pays, |year| year.is_some_and(|year| 0 < year && year <= last));
            assert_near(*found, paid_back, "pays back");
        }
        let wins = |future: usize| {
            let equals = options.iter().filter(|other| all_of(&own[**other].1[future]) == least[future]).count();
            if all_of(&costs[future]) == least[future] { 1.0 / equals as f64 } else { 0.0 }
        };
        let cheapest = (0..futures).map(wins).sum::<f64>() / futures as f64;
        assert_eq!(told.cheapest.is_some(), options.contains(&at));
        told.cheapest.iter().for_each(|found| assert_near(*found, cheapest, "cheapest"));
    }
}

fn share<T>(of: &[T], is_so: impl Fn(&T) -> bool) -> f64 {
    of.iter().filter(|one| is_so(one)).count() as f64 / of.len() as f64
}

/// Figures that are rounded once or twice, in one double.
fn assert_near(found: f64, expected: f64, what: &str) {
    assert!((found - expected).abs() <= 1e-12 * (1.0 + expected.abs()), "{what}: {found}, and {expected} expected");
}

/// Mean, standard deviation and quantiles, in pounds.
fn compare_spread(found: Spread, pence: &[i64]) {
    let mut pounds: Vec<f64> = pence.iter().map(|pence| *pence as f64 / 100.0).collect();
    pounds.sort_by(f64::total_cmp);
    let n = pounds.len() as f64;
    let mean = pounds.iter().sum::<f64>() / n;
    let variance = pounds.iter().map(|one| (one - mean).powi(2)).sum::<f64>() / (n - 1.0);
    assert!((found.mean - mean).abs() <= 1e-9 * (1.0 + mean.abs()), "mean {}, and {mean} expected", found.mean);
    assert!((found.sd - variance.sqrt()).abs() <= 1e-6 * (1.0 + variance.sqrt()), "sd {}", found.sd);
    for (level, found) in LEVELS.iter().zip(found.quantiles) {
        let place = level * (n - 1.0);
        let (below, above) = (pounds[place.floor() as usize], pounds[place.ceil() as usize]);
        let expected = below + (above - below) * place.fract();
        assert!((found - expected).abs() <= 1e-9 * (1.0 + expected.abs()), "{level}: {found}, and {expected} expected");
    }
}
