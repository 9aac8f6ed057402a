//! The normal distribution's quantiles and shares.
//!
//! Wichura, "Algorithm AS 241: the percentage points of the normal distribution" (1988), routine
//! PPND16: ratios of polynomials, accurate to about 1 in 10¹⁶. One uniform makes one normal, so a
//! normal is monotone in its uniform; in 85 of 100 cases there is no logarithm to take.
//! Rejected: the Box–Muller transform (a logarithm, a square root, sine and cosine for two).

/// P(Z ≤ `z`).
pub fn normal_share_below(z: f64) -> f64 {
    0.5 * libm::erfc(-z * std::f64::consts::FRAC_1_SQRT_2)
}

/// The z with P(Z ≤ z) = `probability`, which lies strictly between 0 and 1.
#[inline]
pub fn normal_quantile(probability: f64) -> f64 {
    let centred = probability - 0.5;
    if centred.abs() <= 0.425 {
        let r = 0.180625 - centred * centred;
        return centred * ratio(r, &CENTRE);
    }
    let tail = if centred < 0.0 { probability } else { 1.0 - probability };
    let r = libm::sqrt(-libm::log(tail));
    let z = if r <= 5.0 { ratio(r - 1.6, &TAIL) } else { ratio(r - 5.0, &FAR_TAIL) };
    if centred < 0.0 { -z } else { z }
}

/// Coefficients of a numerator and a denominator, from the constant up.
struct Ratio([f64; 8], [f64; 8]);

#[inline]
fn ratio(x: f64, Ratio(numerator, denominator): &Ratio) -> f64 {
    let polynomial = |coefficients: &[f64; 8]| coefficients.iter().rev().fold(0.0, |sum, c| sum * x + c);
    polynomial(numerator) / polynomial(denominator)
}

const CENTRE: Ratio = Ratio(
    [
        3.387_132_872_796_366_5,
        133.141_667_891_784_38,
        1_971.590_950_306_551_3,
        13_731.693_765_509_46,
        45_921.953_931_549_87,
        67_265.770_927_008_7,
        33_430.575_583_588_13,
        2_509.080_928_730_122_7,
    ],
    [
        1.0,
        42.313_330_701_600_91,
        687.187_007_492_057_9,
        5_394.196_021_424_751,
        21_213.794_301_586_597,
        39_307.895_800_092_71,
        28_729.085_735_721_943,
        5_226.495_278_852_854,
    ],
);

const TAIL: Ratio = Ratio(
    [
        1.423_437_110_749_683_5,
        4.630_337_846_156_546,
        5.769_497_221_460_691,
        3.647_848_324_763_204_5,
        1.270_458_252_452_368_4,
        0.241_780_725_177_450_6,
        0.022_723_844_989_269_184,
        0.000_774_545_014_278_341_4,
    ],
    [
        1.0,
        2.053_191_626_637_759,
        1.676_384_830_183_803_8,
        0.689_767_334_985_1,
        0.148_103_976_427_480_08,
        0.015_198_666_563_616_457,
        0.000_547_593_808_499_534_5,
        1.050_750_071_644_416_9e-9,
    ],
);

const FAR_TAIL: Ratio = Ratio(
    [
        6.657_904_643_501_103,
        5.463_784_911_164_114,
        1.784_826_539_917_291_3,
        0.296_560_571_828_504_87,
        0.026_532_189_526_576_124,
        0.001_242_660_947_388_078_4,
        2.711_555_568_743_487_6e-5,
        2.010_334_399_292_288_1e-7,
    ],
    [
        1.0,
        0.599_832_206_555_888,
        0.136_929_880_922_735_8,
        0.014_875_361_290_850_615,
        0.000_786_869_131_145_613_3,
        1.846_318_317_510_054_8e-5,
        1.421_511_758_316_446e-7,
        2.044_263_103_389_939_7e-15,
    ],
);

#[cfg(test)]
mod tests {
    use super::*;
    use statrs::distribution::{ContinuousCDF, Normal};

    #[test]
    fn known_percentage_points() {
        for (probability, z) in [(0.5, 0.0), (0.975, 1.959_963_984_540_054), (0.1, -1.281_551_565_544_600_4)] {
            assert!((normal_quantile(probability) - z).abs() < 1e-14, "{probability}");
        }
    }

    #[test]
    fn inverts_the_distribution_function_from_end_to_end() {
        let oracle = Normal::new(0.0, 1.0).expect("valid");
        // In steps of half a decade through the tails, and across the centre.
        let tails = (1..=30).map(|step| libm::pow(10.0, -f64::from(step) / 2.0));
        let centre = (1..100).map(|percent| f64::from(percent) / 100.0);
        for probability in tails.chain(centre) {
            let found = oracle.cdf(normal_quantile(probability));
            assert!((found / probability - 1.0).abs() < 1e-9, "{probability}: {found}");
        }
    }

    #[test]
    fn is_odd_about_a_half() {
        for probability in [0.001, 0.07, 0.08, 0.3] {
            assert!((normal_quantile(probability) + normal_quantile(1.0 - probability)).abs() < 1e-12);
        }
    }
}
