//! A probability whose odds are uncertain by a log-normal factor.
//!
//! p = o·e^(σZ) / (1 + o·e^(σZ)) never leaves 0 to 1, whatever Z. Its mean is not o/(1 + o), so o
//! is chosen such that the mean is what was estimated.

use super::lanes::Number;

/// Half the width and the step of the grid over Z: the trapezium rule converges so fast for a
/// smooth integrand under the normal density that a step of a quarter is exact to 1 in 10⁹ for
/// σ up to 2 (a test compares it with a step eight times finer).
const REACH: f64 = 8.0;
const STEP: f64 = 0.25;

/// Newton's method is there after five steps or six.
const MOST_STEPS: usize = 20;

/// The odds o at which a probability with log odds spread by `sd` has mean `mean`.
pub fn odds_with_mean(mean: f64, sd: f64) -> f64 {
    debug_assert!((0.0..1.0).contains(&mean) && sd >= 0.0);
    if mean == 0.0 || sd == 0.0 {
        return mean / (1.0 - mean);
    }
    let nodes = nodes(sd, STEP);
    let log_odds = |probability: f64| libm::log(probability / (1.0 - probability));
    let wanted = log_odds(mean);
    // Newton's method on the log odds of the mean, which are nearly linear in log o.
    let mut log = wanted;
    for _ in 0..MOST_STEPS {
        let (found, slope) = mean_and_slope(libm::exp(log), &nodes);
        let step = (wanted - log_odds(found)) * found * (1.0 - found) / slope;
        log += step;
        if step.abs() < 1e-13 {
            break;
        }
    }
    libm::exp(log)
}

/// [`odds_with_mean`] for many probabilities at one spread: the ratio to the plain odds, worked out on a
/// grid once and read between its points, to about 1 in 10⁴. The grid is even in the square root of the
/// probability, since the ratio bends most near 0; above a half it is one over that of 1 − p.
#[derive(Clone, Debug)]
pub struct OddsTable {
    /// At probabilities of 0, …, (step/[`TABLE_STEPS`])²/2, …, a half.
    ratio: Vec<f64>,
}

const TABLE_STEPS: usize = 512;

impl OddsTable {
    pub fn new(sd: f64) -> OddsTable {
        let ratio = |mean: f64| odds_with_mean(mean, sd) * (1.0 - mean) / mean;
        let place = |step: usize| step as f64 / TABLE_STEPS as f64;
        // The ratio's limit at 0: one over the mean of e^(σZ).
        let limit = libm::exp(-0.5 * sd * sd);
        let inner = (1..=TABLE_STEPS).map(|step| ratio(0.5 * place(step) * place(step)));
        OddsTable { ratio: std::iter::once(limit).chain(inner).collect() }
    }

    /// The odds at which the probability with plain odds `event` to `other` is the mean: 0 where the event
    /// has none, without end where nothing else has any.
    #[inline(always)]
    pub fn odds<N: Number>(&self, event: N, other: N) -> N {
        let rarer = event.least(other) / (event + other);
        let place = (rarer + rarer).root() * N::splat(TABLE_STEPS as f64);
        let ratio = N::of_lanes(
            #[inline(always)]
            |lane| {
                let place = place.lane(lane);
                let below = (place as usize).min(TABLE_STEPS - 1);
                let weight = place - below as f64;
                self.ratio[below] + weight * (self.ratio[below + 1] - self.ratio[below])
            },
        );
        let plain = event / other;
        // 0/0 where a cell knows neither is no number, and above nothing.
        let odds = event.if_above(other, plain / ratio, plain * ratio);
        odds.if_above(N::default(), odds, N::default())
    }
}

/// Factors e^(σz) on a grid with their weights, which sum to 1.
fn nodes(sd: f64, step: f64) -> Vec<(f64, f64)> {
    let count = (2.0 * REACH / step) as usize;
    let z = |node: usize| -REACH + step * node as f64;
    let total: f64 = (0..=count).map(|node| libm::exp(-0.5 * z(node) * z(node))).sum();
    (0..=count).map(|node| (libm::exp(sd * z(node)), libm::exp(-0.5 * z(node) * z(node)) / total)).collect()
}

/// The mean probability, and how fast it rises with the log of the odds.
fn mean_and_slope(odds: f64, nodes: &[(f64, f64)]) -> (f64, f64) {
    nodes.iter().fold((0.0, 0.0), |(mean, slope), (factor, weight)| {
        let stay = 1.0 / (1.0 + odds * factor);
        let part = weight * (1.0 - stay);
        (mean + part, slope + part * stay)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_half_and_a_certain_rate_by_hand() {
        // Symmetric about a half: the odds are 1 whatever the spread. Without spread, p/(1 − p).
        assert!((odds_with_mean(0.5, 1.3) - 1.0).abs() < 1e-12);
        assert_eq!(odds_with_mean(0.2, 0.0), 0.25);
        assert_eq!(odds_with_mean(0.0, 0.7), 0.0);
    }

    #[test]
    fn the_table_reads_as_each_by_itself() {
        for sd in [0.0, 0.7, 1.5, 2.25, 3.0] {
            let table = OddsTable::new(sd);
            for mean in [0.00002, 0.0002, 0.0005, 0.003, 0.06, 0.31, 0.5, 0.87, 0.99, 0.9996] {
                let (read, alone) = (table.odds(mean, 1.0 - mean), odds_with_mean(mean, sd));
                assert!((read / alone - 1.0).abs() < 2e-3, "{sd} {mean}: {read}, not {alone}");
            }
        }
    }

    #[test]
    fn the_mean_is_kept_also_on_a_finer_grid() {
        for mean in [0.01, 0.1, 0.4, 0.9, 0.95] {
            for sd in [0.1, 0.5, 1.0, 2.0] {
                let odds = odds_with_mean(mean, sd);
                let (found, _) = mean_and_slope(odds, &nodes(sd, STEP / 8.0));
                assert!((found - mean).abs() < 1e-9, "{mean} {sd}: {found}");
            }
        }
    }
}
