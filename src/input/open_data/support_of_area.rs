//! Pupils on SEN support of one area by age and need: the published share of its pupils, spread.
//!
//! ```text
//! T   = s Σ p_g, to the nearest whole               pupils on SEN support
//! A_a = T p_a r_a e_a / Σ p_b r_b e_b               by age a, 3 to 18
//! N_n = T m_n                                       by need n
//! C_an = w_an x_a y_n   with Σ_n C_an = A_a, Σ_a C_an = N_n, by raking
//! ```
//!
//! - s, r: share on SEN support in all schools, and in primary (to age 10) or secondary ones (from 11),
//!   0 to 1, as published; r = s where those are not.
//! - p: pupils by age, as published; a, b from 3 to 18, g also those below and above.
//! - e: how far children have been identified, 0.6 at 3, 0.75 at 4, then 1. A guess.
//! - m: share of a need among them, 0 to 1 (`PATTERNS`).
//! - w: how often a need is met at an age; only ratios between ages count.
//!
//! Needs that no plan of the area has are added up under one that has some. C becomes whole so that T
//! is met exactly, and the total of each age and need to less than 1.
//!
//! **Published:** s, r and p. **An illustration:** the rest, so the rows' confidence is low. m is one
//! county's, as a published mix is not among the inputs (England's share of SLCN was 23 % in 2019). w
//! of SLCN is England's to age 10 (DfE, pupils with SLCN by year group 2021/22, per 100 pupils); the
//! shape of one authority differs from it by 4 % of pupils in the median and 14 % at most, so it is
//! carried here and not asked for. w of SEMH, SPLD and MLD rises with age; other needs are flat.
//!
//! Assumed: primary schools end at 10; nobody under 3 or over 18, though such pupils count in T.
//! Rejected: meeting the shares of both phases, which are of state-funded mainstream schools and do
//! not add up to s.

use ndarray::{Array1, Array2};

use super::school_census::{AGE_GROUPS, AreaCensus, FIRST_AGE};
use crate::domain::grid::Needs;
use crate::domain::need::Need;
use crate::numerics::controlled_rounding::{Cell, round_table};
use crate::numerics::raking::rake_two_way;

/// Single years, 3 to 18.
const AGES: usize = AGE_GROUPS - 2;
/// Place of age 10 among them.
const LAST_OF_PRIMARY: usize = 7;
/// e at 3 and 4.
const IDENTIFIED_EARLY: [f64; 2] = [0.6, 0.75];
/// Largest gap of a raked margin, in pupils.
const TOLERANCE: f64 = 1e-9;

/// A need among pupils on SEN support.
struct NeedPattern {
    need: Need,
    /// Of 1.
    share: f64,
    /// By age, 3 to 18; unit of its own.
    by_age: [f64; AGES],
}

const FLAT: [f64; AGES] = [1.0; AGES];
/// Per 100 pupils in England, 2021/22; after 10 a tenth less each year.
const SLCN: [f64; AGES] = [4.0, 5.7, 6.6, 6.1, 5.3, 4.6, 3.8, 3.3, 3.0, 2.7, 2.4, 2.2, 1.9, 1.8, 1.6, 1.4];
const SEMH: [f64; AGES] = [50., 50., 62., 74., 86., 98., 110., 122., 134., 146., 158., 158., 158., 158., 158., 158.];
const SPLD: [f64; AGES] = [5., 5., 5., 17., 29., 41., 53., 65., 77., 89., 101., 101., 101., 101., 101., 101.];
const MLD: [f64; AGES] = [40., 40., 48., 56., 64., 72., 80., 88., 96., 104., 104., 104., 104., 104., 104., 104.];

/// Whose shares the first five are; those of the other needs are guessed.
const FROM_A_COUNTY: &str = "one county's shares (SLCN 25, SEMH 22, MLD 17, SPLD 16, ASD 5 %)";
const PATTERNS: [NeedPattern; 12] = [
    NeedPattern { need: Need::Slcn, share: 0.25, by_age: SLCN },
    NeedPattern { need: Need::Semh, share: 0.22, by_age: SEMH },
    NeedPattern { need: Need::Mld, share: 0.17, by_age: MLD },
    NeedPattern { need: Need::Spld, share: 0.16, by_age: SPLD },
    NeedPattern { need: Need::Asd, share: 0.05, by_age: FLAT },
    NeedPattern { need: Need::Oth, share: 0.07, by_age: FLAT },
    NeedPattern { need: Need::Pd, share: 0.03, by_age: FLAT },
    NeedPattern { need: Need::Hi, share: 0.02, by_age: FLAT },
    NeedPattern { need: Need::Vi, share: 0.01, by_age: FLAT },
    NeedPattern { need: Need::Sld, share: 0.01, by_age: FLAT },
    NeedPattern { need: Need::Msi, share: 0.005, by_age: FLAT },
    NeedPattern { need: Need::Pmld, share: 0.005, by_age: FLAT },
];

/// Where a need without plans is counted, the first that has some.
const OTHERWISE: [Need; 3] = [Need::Oth, Need::Nsa, Need::NotRecorded];

/// The rows of `sen_support.csv`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AreaSupport {
    /// One or more pupils each, by age, then need.
    pub rows: Vec<SupportRow>,
    /// Of every row.
    pub source: String,
}

/// Pupils of an age and need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SupportRow {
    pub age: u8,
    pub need: Need,
    pub pupils: u32,
}

impl AreaSupport {
    pub fn total(&self) -> u32 {
        self.rows.iter().map(|row| row.pupils).sum()
    }
}

/// Spreads an area's pupils on SEN support over ages and those needs that its plans have, or says why
/// there is nobody to spread.
pub fn support_of_area(census: &AreaCensus, needs: &Needs, january: u16) -> Result<AreaSupport, String> {
    let total = total_of(census);
    let weights = age_weights(census);
    let sum: f64 = weights.iter().sum();
    if total == 0 || sum <= 0.0 {
        return Err(format!("no pupil of 3 to 18 is on SEN support in January {january}"));
    }
    let by_age: Vec<f64> = weights.iter().map(|weight| f64::from(total) * weight / sum).collect();
    let table = spread(&by_age, &PATTERNS);
    let mut rows = Vec::new();
    let whole = whole_table(&gather(&table, needs));
    for ((age, need), pupils) in whole.indexed_iter().filter(|(_, pupils)| **pupils > 0) {
        let need = needs.iter().nth(need).expect("a column per need");
        rows.push(SupportRow { age: FIRST_AGE + age as u8, need, pupils: *pupils });
    }
    Ok(AreaSupport { rows, source: source_of(census, january) })
}

/// T: pupils of all ages on SEN support.
fn total_of(census: &AreaCensus) -> u32 {
    let pupils: u32 = census.pupils.iter().sum();
    (census.share * f64::from(pupils)).round() as u32
}

/// p r e by age.
fn age_weights(census: &AreaCensus) -> [f64; AGES] {
    let [primary, secondary] = census.by_phase.unwrap_or([census.share; 2]);
    std::array::from_fn(|age| {
        let share = if age <= LAST_OF_PRIMARY { primary } else { secondary };
        f64::from(census.pupils[age + 1]) * share * IDENTIFIED_EARLY.get(age).unwrap_or(&1.0)
    })
}

/// C, `[age, need]`: totals by age, and shares of the needs of them all.
fn spread(by_age: &[f64], patterns: &[NeedPattern]) -> Array2<f64> {
    let total: f64 = by_age.iter().sum();
    let rows = Array1::from(by_age.to_vec());
    let columns: Array1<f64> = patterns.iter().map(|pattern| total * pattern.share).collect();
    let mut table = Array2::from_shape_fn((by_age.len(), patterns.len()), |(age, need)| patterns[need].by_age[age]);
    rake_two_way(&mut table, rows.view(), columns.view(), TOLERANCE);
    table
}

/// The same by those needs that plans have.
fn gather(table: &Array2<f64>, needs: &Needs) -> Array2<f64> {
    let mut gathered = Array2::zeros((table.nrows(), needs.count()));
    for (column, pattern) in table.columns().into_iter().zip(&PATTERNS) {
        let place = std::iter::once(pattern.need).chain(OTHERWISE).find_map(|need| needs.index(need)).unwrap_or(0);
        gathered.column_mut(place).scaled_add(1.0, &column);
    }
    gathered
}

/// Whole numbers that meet the total, with each row and column to less than 1.
fn whole_table(table: &Array2<f64>) -> Array2<u32> {
    let cells: Vec<Cell> =
        table.indexed_iter().map(|((row, column), value)| Cell { value: *value, row, column }).collect();
    let whole = round_table(&cells, &vec![None; table.nrows()], &vec![None; table.ncols()]);
    Array2::from_shape_vec(table.dim(), whole).expect("a whole number per cell")
}

fn source_of(census: &AreaCensus, january: u16) -> String {
    let percent = |share: f64| (1000.0 * share).round() / 10.0;
    let pupils: u32 = census.pupils.iter().sum();
    let phases = census.by_phase.map_or(String::new(), |[primary, secondary]| {
        format!(", primary {} %, secondary {} %", percent(primary), percent(secondary))
    });
    format!(
        "DfE LAIT and school census January {january}: {} % of {pupils} pupils by age{phases}. Illustration: {FROM_A_COUNTY}, \
         other needs, ages of each need (SLCN as in England 2021/22) and under fives; raked",
        percent(census.share)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn census(share: f64, by_phase: Option<[f64; 2]>, ages: &[(u8, u32)]) -> AreaCensus {
        let mut pupils = [0; AGE_GROUPS];
        ages.iter().for_each(|(age, count)| pupils[usize::from(*age - FIRST_AGE) + 1] = *count);
        AreaCensus { share, by_phase, pupils }
    }

    fn all_needs() -> Needs {
        Needs::new(PATTERNS.iter().map(|pattern| pattern.need).collect())
    }

    #[test]
    fn shares_of_needs_add_up_to_all_and_no_need_is_given_twice() {
        assert!((PATTERNS.iter().map(|pattern| pattern.share).sum::<f64>() - 1.0).abs() < 1e-12);
        assert_eq!(all_needs().count(), PATTERNS.len());
    }

    #[test]
    fn two_ages_and_two_needs_by_hand() {
        // 10 and 30 pupils, a quarter of one need and three quarters of the other, which are 10 and 30:
        // x, 10 - x / 10 - x, 20 + x. Odds of 5 to 1: x (20 + x) = 5 (10 - x)², which 5 fulfils.
        let mut rare = FLAT;
        rare[0] = 5.0;
        let patterns = [(Need::Slcn, 0.25, rare), (Need::Oth, 0.75, FLAT)].map(|(need, share, by_age)| NeedPattern {
            need,
            share,
            by_age,
        });
        let table = spread(&[10.0, 30.0], &patterns);
        let expected = [5.0, 5.0, 5.0, 25.0];
        assert!(table.iter().zip(expected).all(|(found, expected)| (found - expected).abs() < 1e-6), "{table}");
        assert_eq!(whole_table(&table).into_raw_vec_and_offset().0, [5, 5, 5, 25]);
    }

    #[test]
    fn ages_follow_pupils_and_the_shares_of_their_phase_by_hand() {
        // A fifth of 400 is 80. Weights at 3, 4, 10 and 11: 100 × 0.1 × 0.6, × 0.75, × 1 and 100 × 0.3,
        // which is 6, 7.5, 10 and 30 of 53.5: 8.97, 11.21, 14.95 and 44.86 of 80.
        let census = census(0.2, Some([0.1, 0.3]), &[(3, 100), (4, 100), (10, 100), (11, 100)]);
        let found = support_of_area(&census, &Needs::new(Vec::new()), 2025).expect("there are pupils");
        let rows: Vec<_> = found.rows.iter().map(|row| (row.age, row.need, row.pupils)).collect();
        let need = Need::NotRecorded;
        assert_eq!(rows, [(3, need, 9), (4, need, 11), (10, need, 15), (11, need, 45)]);
        assert!(found.source.contains("20 % of 400 pupils by age, primary 10 %, secondary 30 %. Illustration"));
    }

    #[test]
    fn pupils_under_3_and_over_18_count_in_the_total_but_have_no_rows() {
        let mut census = census(0.5, None, &[(7, 60)]);
        (census.pupils[0], census.pupils[AGE_GROUPS - 1]) = (30, 10);
        let found = support_of_area(&census, &all_needs(), 2025).expect("there are pupils");
        assert_eq!(found.total(), 50);
        assert!(found.rows.iter().all(|row| row.age == 7));
    }

    #[test]
    fn needs_without_plans_are_counted_under_others() {
        let census = census(0.1, None, &[(7, 10_000)]);
        let by_need = |needs: &[Need]| {
            let found = support_of_area(&census, &Needs::new(needs.to_vec()), 2025).expect("there are pupils");
            found.rows.iter().map(|row| (row.need, row.pupils)).collect::<Vec<_>>()
        };
        assert_eq!(by_need(&[Need::Slcn, Need::Oth, Need::Ds]), [(Need::Slcn, 250), (Need::Oth, 750)]);
        assert_eq!(by_need(&[Need::Asd, Need::NotRecorded]), [(Need::Asd, 50), (Need::NotRecorded, 950)]);
        assert_eq!(by_need(&[Need::Ds]), [(Need::Ds, 1000)]);
    }

    #[test]
    fn nobody_on_support_is_said() {
        for census in
            [census(0.0, None, &[(7, 100)]), census(0.1, None, &[]), census(0.1, Some([0.0, 0.2]), &[(7, 100)])]
        {
            let why = support_of_area(&census, &all_needs(), 2025).map(|found| found.total());
            assert_eq!(why, Err("no pupil of 3 to 18 is on SEN support in January 2025".to_string()));
        }
    }

    proptest! {
        #[test]
        fn the_total_is_met_exactly_and_ages_and_needs_to_less_than_one(
            pupils in proptest::array::uniform18(0u32..9000),
            percents in proptest::array::uniform3(1u32..400),
        ) {
            let [share, primary, secondary] = percents.map(|permille| f64::from(permille) / 1000.0);
            let census = AreaCensus { share, by_phase: Some([primary, secondary]), pupils };
            let total = (share * f64::from(pupils.iter().sum::<u32>())).round();
            prop_assume!(total > 0.0 && pupils[1..AGE_GROUPS - 1].iter().any(|count| *count > 0));
            let found = support_of_area(&census, &all_needs(), 2025).expect("there are pupils");
            prop_assert_eq!(f64::from(found.total()), total);
            let sum = |chosen: &dyn Fn(&SupportRow) -> bool| {
                f64::from(found.rows.iter().filter(|row| chosen(row)).map(|row| row.pupils).sum::<u32>())
            };
            for pattern in &PATTERNS {
                prop_assert!((sum(&|row| row.need == pattern.need) - total * pattern.share).abs() < 1.0 + 1e-6);
            }
            let weights = age_weights(&census);
            let all: f64 = weights.iter().sum();
            for (age, weight) in weights.iter().enumerate() {
                let found = sum(&|row| usize::from(row.age - FIRST_AGE) == age);
                prop_assert!((found - total * weight / all).abs() < 1.0 + 1e-6);
            }
        }
    }
}
