//! Scores of forecasts whose outturn is known.
//!
//! Percentage errors are averaged over areas at each origin and then over origins, so that an origin
//! with more areas weighs no more. Coverage likewise. The sum over areas is scored as one more
//! forecast per origin.

use crate::engine::backtest::Forecast;

/// How good forecasts of one group were, at one horizon and one origin or over all of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Score {
    pub group: usize,
    pub horizon: usize,
    /// `None` over all origins.
    pub origin: Option<u16>,
    /// Forecasts behind it.
    pub forecasts: usize,
    /// Percentages of the outturn.
    pub mape: f64,
    pub median_ape: f64,
    pub bias: f64,
    pub crps: f64,
    /// Of outturns inside the 50, 80 and 90 % interval.
    pub coverage: [f64; 3],
    pub naive_mape: f64,
    pub drift_mape: f64,
    /// The sum over areas: absolute error and, with its sign, error.
    pub sum_ape: f64,
    pub sum_bias: f64,
}

/// Scores by group and horizon: over all origins, then each origin. Only areas with a whole series
/// count; `least` plans at the origin and in the outturn leave out areas of a handful of children.
pub fn score_forecasts(forecasts: &[Forecast], least: f64) -> Vec<Score> {
    let counted: Vec<&Forecast> =
        forecasts.iter().filter(|f| f.whole && f.naive >= least && f.actual >= least).collect();
    let mut keys: Vec<(usize, usize)> = counted.iter().map(|f| (f.group, f.horizon)).collect();
    keys.sort_unstable();
    keys.dedup();
    let mut scores = Vec::new();
    for (group, horizon) in keys {
        let chosen: Vec<&Forecast> =
            counted.iter().copied().filter(|f| (f.group, f.horizon) == (group, horizon)).collect();
        let mut origins: Vec<u16> = chosen.iter().map(|f| f.origin).collect();
        origins.sort_unstable();
        origins.dedup();
        let each: Vec<Score> = origins
            .into_iter()
            .map(|origin| {
                let own: Vec<&Forecast> = chosen.iter().copied().filter(|f| f.origin == origin).collect();
                score_origin(&own)
            })
            .collect();
        scores.push(mean_score(&each));
        scores.extend(each);
    }
    scores
}

/// Forecasts of one group, horizon and origin.
fn score_origin(forecasts: &[&Forecast]) -> Score {
    let mean = |value: &dyn Fn(&Forecast) -> f64| {
        100.0 * forecasts.iter().map(|f| value(f)).sum::<f64>() / forecasts.len() as f64
    };
    let off = |forecast: f64, f: &Forecast| (forecast - f.actual).abs() / f.actual;
    let inside = |low: usize, high: usize| {
        mean(&|f| f64::from(u8::from((f.quantiles[low]..=f.quantiles[high]).contains(&f.actual))))
    };
    let mut errors: Vec<f64> = forecasts.iter().map(|f| 100.0 * off(f.principal, f)).collect();
    errors.sort_by(f64::total_cmp);
    let sum = |value: &dyn Fn(&Forecast) -> f64| forecasts.iter().map(|f| value(f)).sum::<f64>();
    let sum_bias = 100.0 * (sum(&|f| f.principal) / sum(&|f| f.actual) - 1.0);
    Score {
        group: forecasts[0].group,
        horizon: forecasts[0].horizon,
        origin: Some(forecasts[0].origin),
        forecasts: forecasts.len(),
        mape: mean(&|f| off(f.principal, f)),
        median_ape: crate::numerics::robust::quantile(&errors, 0.5),
        bias: mean(&|f| f.principal / f.actual - 1.0),
        crps: mean(&|f| f.crps / f.actual),
        coverage: [inside(2, 4), inside(1, 5), inside(0, 6)],
        naive_mape: mean(&|f| off(f.naive, f)),
        drift_mape: mean(&|f| off(f.drift, f)),
        sum_ape: sum_bias.abs(),
        sum_bias,
    }
}

fn mean_score(each: &[Score]) -> Score {
    let mean = |value: &dyn Fn(&Score) -> f64| each.iter().map(value).sum::<f64>() / each.len() as f64;
    Score {
        group: each[0].group,
        horizon: each[0].horizon,
        origin: None,
        forecasts: each.iter().map(|score| score.forecasts).sum(),
        mape: mean(&|s| s.mape),
        median_ape: mean(&|s| s.median_ape),
        bias: mean(&|s| s.bias),
        crps: mean(&|s| s.crps),
        coverage: [0, 1, 2].map(|level| mean(&|s| s.coverage[level])),
        naive_mape: mean(&|s| s.naive_mape),
        drift_mape: mean(&|s| s.drift_mape),
        sum_ape: mean(&|s| s.sum_ape),
        sum_bias: mean(&|s| s.sum_bias),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forecast(area: usize, origin: u16, actual: f64, principal: f64) -> Forecast {
        Forecast {
            area,
            group: 0,
            origin,
            horizon: 1,
            actual,
            principal,
            mean: principal,
            quantiles: [0.90, 0.92, 0.96, 1.0, 1.04, 1.08, 1.10].map(|factor| factor * principal),
            crps: 1.0,
            naive: 90.0,
            drift: 95.0,
            whole: true,
        }
    }

    #[test]
    fn origins_count_alike_by_hand() {
        // 2020: errors 10 % and 0 %. 2021: one of 4 %. Mean over origins (5 + 4)/2.
        let forecasts = [
            forecast(0, 2020, 100.0, 110.0),
            forecast(1, 2020, 100.0, 100.0),
            forecast(0, 2021, 100.0, 96.0),
            Forecast { whole: false, ..forecast(2, 2021, 100.0, 500.0) },
        ];
        let scores = score_forecasts(&forecasts, 0.0);
        assert_eq!(scores.len(), 3);
        let all = &scores[0];
        assert_eq!((all.origin, all.forecasts), (None, 3));
        assert!((all.mape - 4.5).abs() < 1e-9 && (all.median_ape - 4.5).abs() < 1e-9);
        assert!((all.bias - 0.5).abs() < 1e-9);
        // 110 is left of its interval of 80 % (101.2 to 118.8), 100 and 96 lie inside theirs.
        assert!((all.coverage[1] - 75.0).abs() < 1e-9, "{all:?}");
        // 2020 sums: 210 against 200.
        assert!((scores[1].sum_bias - 5.0).abs() < 1e-9 && (all.sum_ape - 4.5).abs() < 1e-9);
        assert!((all.naive_mape - 10.0).abs() < 1e-9 && (all.drift_mape - 5.0).abs() < 1e-9);
    }
}
