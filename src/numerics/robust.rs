//! Centre, spread and quantiles that a few wild values do not move. Values that are not numbers are
//! unknown and left out.

/// How many median absolute deviations make a standard deviation of a normal variable.
const NORMAL: f64 = 1.4826;

/// The middle of the known values; NaN if none is known.
pub fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    quantile(&sorted(values), 0.5)
}

/// Median absolute deviation from 0 of centred values, on the scale of a standard deviation.
pub fn spread(centred: impl IntoIterator<Item = f64>) -> f64 {
    NORMAL * median(centred.into_iter().map(f64::abs))
}

/// The known values in order.
pub fn sorted(values: impl IntoIterator<Item = f64>) -> Vec<f64> {
    let mut known: Vec<f64> = values.into_iter().filter(|value| value.is_finite()).collect();
    known.sort_by(f64::total_cmp);
    known
}

/// The quantile at `level` of sorted values, read at `level`·(n−1) between neighbours; NaN of none.
pub fn quantile(sorted: &[f64], level: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return f64::NAN };
    let position = level * last as f64;
    let below = (position as usize).min(last);
    let above = (below + 1).min(last);
    sorted[below] + (position - below as f64) * (sorted[above] - sorted[below])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_values_are_left_out_and_wild_ones_hardly_matter() {
        let values = [3.0, f64::NAN, 1.0, 2.0, 1e9, f64::INFINITY];
        assert_eq!(median(values), 2.5);
        // Deviations 1, 2, 2 and 50: the median is 2.
        assert!((spread([-1.0, 2.0, -2.0, 50.0]) - 2.0 * 1.4826).abs() < 1e-12);
        assert!(median([]).is_nan() && spread([f64::NAN]).is_nan());
    }

    #[test]
    fn quantiles_lie_between_neighbours() {
        assert_eq!(quantile(&[1.0, 2.0, 4.0], 0.75), 3.0);
        assert_eq!((quantile(&[7.0], 0.1), quantile(&[1.0, 2.0], 1.0)), (7.0, 2.0));
    }
}
