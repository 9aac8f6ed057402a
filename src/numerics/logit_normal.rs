//! A probability whose odds are uncertain by a log-normal factor.
//!
//! p = o·e^(σZ) / (1 + o·e^(σZ)) never leaves 0 to 1, whatever Z. Its mean is not o/(1 + o), so o
//! is chosen such that the mean is what was estimated.

/// Half the width and the step of the grid over Z: the trapezium rule converges so fast for a
/// smooth integrand under the normal density that a step of a quarter is exact to 1 in 10⁹ for
/// σ up to 2 (a test compares it with a step eight times finer).
const REACH: f64 = 8.0;
const STEP: f64 = 0.25;

/// The odds o at which a probability with log odds spread by `sd` has mean `mean`.
pub fn odds_with_mean(mean: f64, sd: f64) -> f64 {
    debug_assert!((0.0..1.0).contains(&mean) && sd >= 0.0);
    if mean == 0.0 || sd == 0.0 {
        return mean / (1.0 - mean);
    }
    let nodes = nodes(sd, STEP);
    // The mean rises with log o; it lies between those of a spread of 0, a few sd away.
    let centre = libm::log(mean / (1.0 - mean));
    let (mut low, mut high) = (centre - REACH * sd, centre + REACH * sd);
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if mean_at(libm::exp(middle), &nodes) < mean {
            low = middle;
        } else {
            high = middle;
        }
    }
    libm::exp(0.5 * (low + high))
}

/// [`odds_with_mean`] for many probabilities at one spread: worked out on a grid of log odds once
/// and read between its points, to about 1 in 10⁴ of the odds.
#[derive(Clone, Debug)]
pub struct OddsTable {
    /// Log of the ratio to the plain odds, at log odds from −[`TABLE_REACH`] in [`TABLE_STEP`]s.
    shift: Vec<f64>,
}

const TABLE_REACH: f64 = 14.0;
const TABLE_STEP: f64 = 0.25;

impl OddsTable {
    pub fn new(sd: f64) -> OddsTable {
        let count = (2.0 * TABLE_REACH / TABLE_STEP) as usize + 1;
        let shift = |point: usize| {
            let plain = -TABLE_REACH + TABLE_STEP * point as f64;
            let mean = 1.0 / (1.0 + libm::exp(-plain));
            if sd == 0.0 { 0.0 } else { libm::log(odds_with_mean(mean, sd)) - plain }
        };
        OddsTable { shift: (0..count).map(shift).collect() }
    }

    /// The odds at which the probability with plain odds `odds` is the mean.
    #[inline]
    pub fn odds(&self, odds: f64) -> f64 {
        let place = (libm::log(odds) + TABLE_REACH) / TABLE_STEP;
        let last = self.shift.len() - 1;
        let place = place.clamp(0.0, last as f64);
        let below = (place as usize).min(last - 1);
        let weight = place - below as f64;
        odds * libm::exp(self.shift[below] + weight * (self.shift[below + 1] - self.shift[below]))
    }
}

/// Factors e^(σz) on a grid with their weights, which sum to 1.
fn nodes(sd: f64, step: f64) -> Vec<(f64, f64)> {
    let count = (2.0 * REACH / step) as usize;
    let z = |node: usize| -REACH + step * node as f64;
    let total: f64 = (0..=count).map(|node| libm::exp(-0.5 * z(node) * z(node))).sum();
    (0..=count).map(|node| (libm::exp(sd * z(node)), libm::exp(-0.5 * z(node) * z(node)) / total)).collect()
}

fn mean_at(odds: f64, nodes: &[(f64, f64)]) -> f64 {
    nodes.iter().map(|(factor, weight)| weight * odds * factor / (1.0 + odds * factor)).sum()
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
        for sd in [0.0, 0.7, 1.5] {
            let table = OddsTable::new(sd);
            for mean in [0.00002, 0.003, 0.06, 0.31, 0.5, 0.87, 0.99] {
                let (read, alone) = (table.odds(mean / (1.0 - mean)), odds_with_mean(mean, sd));
                assert!((read / alone - 1.0).abs() < 2e-3, "{sd} {mean}: {read}, not {alone}");
            }
        }
    }

    #[test]
    fn the_mean_is_kept_also_on_a_finer_grid() {
        for mean in [0.01, 0.1, 0.4, 0.9, 0.95] {
            for sd in [0.1, 0.5, 1.0, 2.0] {
                let odds = odds_with_mean(mean, sd);
                let found = mean_at(odds, &nodes(sd, STEP / 8.0));
                assert!((found - mean).abs() < 1e-9, "{mean} {sd}: {found}");
            }
        }
    }
}
