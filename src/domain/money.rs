//! What things cost, how prices rise, and who pays.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub};

use serde::{Deserialize, Serialize};

use super::age_group::AgeGroup;
use super::assumption::Confidence;
use super::codes::codes;
use super::high_needs::HighNeedsBlock;
use super::need::Need;
use super::pool::Pool;
use super::service::Estimate;
use super::setting::SettingId;

/// Whole pence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Pence(pub i64);

impl Pence {
    /// The nearest whole number of pence; halves away from zero.
    pub fn of_pounds(pounds: f64) -> Pence {
        Pence((pounds * 100.0).round() as i64)
    }

    pub fn pounds(self) -> f64 {
        self.0 as f64 / 100.0
    }

    /// Splits by shares that sum to 1: the parts are whole pence and sum to the whole.
    ///
    /// Each part is the share rounded down, of the amount without its sign; pence left over go to the largest
    /// remainders, of equal ones to the first. Without any share the first has it all. Shares count to 15 decimals, in
    /// whole numbers: remainders of shares such as 0.88 are equal where they look it.
    pub fn split<const N: usize>(self, shares: [f64; N]) -> [Pence; N] {
        const DECIMALS: f64 = 1e15;
        let weights = shares.map(|share| (share * DECIMALS).round() as u64);
        let all: u64 = weights.iter().sum();
        let mut parts = [Pence(0); N];
        if weights.iter().filter(|weight| **weight > 0).count() < 2 {
            let whose = weights.iter().position(|weight| *weight > 0).unwrap_or_default();
            parts.iter_mut().skip(whose).take(1).for_each(|part| *part = self);
            return parts;
        }
        let whole = self.0.unsigned_abs();
        let exact = weights.map(|weight| {
            let product = u128::from(whole) * u128::from(weight);
            if weight == 0 { (0, 0) } else { ((product / u128::from(all)) as u64, (product % u128::from(all)) as u64) }
        });
        let mut order: [usize; N] = std::array::from_fn(|place| place);
        order.sort_by_key(|place| std::cmp::Reverse(exact[*place].1));
        let left = whole - exact.iter().map(|(part, _)| part).sum::<u64>();
        let sign = self.0.signum();
        for (rank, place) in order.into_iter().enumerate() {
            parts[place] = Pence(sign * (exact[place].0 + u64::from((rank as u64) < left)) as i64);
        }
        parts
    }
}

impl Add for Pence {
    type Output = Pence;

    fn add(self, other: Pence) -> Pence {
        Pence(self.0 + other.0)
    }
}

impl AddAssign for Pence {
    fn add_assign(&mut self, other: Pence) {
        self.0 += other.0;
    }
}

impl Sub for Pence {
    type Output = Pence;

    fn sub(self, other: Pence) -> Pence {
        Pence(self.0 - other.0)
    }
}

impl Neg for Pence {
    type Output = Pence;

    fn neg(self) -> Pence {
        Pence(-self.0)
    }
}

impl Sum for Pence {
    fn sum<I: Iterator<Item = Pence>>(parts: I) -> Pence {
        parts.fold(Pence(0), Add::add)
    }
}

/// April to March, by the calendar year in which it starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FinancialYear(pub u16);

impl FinancialYear {
    /// `2025-26`.
    pub fn parse(text: &str) -> Option<FinancialYear> {
        let (first, second) = text.split_once('-')?;
        let year = first.parse::<u16>().ok().filter(|year| (1990..=2100).contains(year) && first.len() == 4)?;
        (second.len() == 2 && second.parse::<u16>().ok() == Some((year + 1) % 100)).then_some(FinancialYear(year))
    }

    pub fn plus(self, years: usize) -> FinancialYear {
        FinancialYear(self.0 + years as u16)
    }
}

impl fmt::Display for FinancialYear {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{:02}", self.0, (self.0 + 1) % 100)
    }
}

codes! {
    /// Who funds a cost.
    Payer:
    HighNeeds "high_needs_block" "The high needs block of the dedicated schools grant.";
    GeneralFund "la_general_fund" "The local authority's general fund.";
    HealthBoard "icb" "The integrated care board.";
    Schools "schools" "Schools' own budgets.";
    Grants "dfe_grants" "Capital and other grants of the Department for Education.";
}

impl Payer {
    /// What a reader is shown.
    pub fn title(self) -> &'static str {
        match self {
            Payer::HighNeeds => "High needs block",
            Payer::GeneralFund => "General fund",
            Payer::HealthBoard => "Integrated care board",
            Payer::Schools => "Schools",
            Payer::Grants => "Grants of the DfE",
        }
    }
}

codes! {
    /// What a cost is counted by, in a financial year.
    CostBasis:
    Plans "plans" "Plans held, the mean of the year.";
    Requests "requests" "Requests for an assessment.";
    Assessments "assessments" "Assessments carried out.";
    NewPlans "new_plans" "Plans issued.";
    Reviews "reviews" "Annual reviews due.";
    Appeals "appeals" "Appeals to the tribunal.";
    Staff "staff" "Staff that a service employs, FTE in post, whichever service has their hours.";
    BoughtHours "bought_hours" "Pounds that hours bought cost at their service's `price_per_hour`: the price is a factor, with any agency premium.";
    EarlySupport "early_support" "Pounds that offers of early support cost: the price is a factor.";
    PupilKm "pupil_km" "Pupils of listed providers times the kilometres from home to school, one way in a straight line.";
    EmptyPlaces "empty_places" "Places of listed providers that nobody fills: place funding is paid all the same.";
    Spending "spending" "Pounds that a scenario spends, as on buildings: the price is a factor, with optimism bias.";
    Year "year" "The year itself: a fixed cost.";
}

impl CostBasis {
    /// Whether a scenario decides on it directly: all else is what follows.
    pub fn is_decided(self) -> bool {
        matches!(self, CostBasis::Staff | CostBasis::BoughtHours | CostBasis::EarlySupport | CostBasis::Spending)
    }
}

/// Shares of the payers, in the order of [`Payer::ALL`]; they sum to 1.
pub type Shares = [f64; Payer::ALL.len()];

/// Amounts of the payers, in the order of [`Payer::ALL`].
pub type ByPayer = [Pence; Payer::ALL.len()];

/// A kind of cost.
#[derive(Clone, Debug, PartialEq)]
pub struct CostLine {
    pub id: String,
    pub name: String,
    pub of: CostBasis,
    /// Of plans, places and travel: all settings, needs and age groups where none is named.
    pub settings: Vec<SettingId>,
    pub needs: Vec<Need>,
    pub age_groups: Vec<AgeGroup>,
    /// Of staff: the service's id. Of hours bought: likewise; all services where none is named.
    pub service: Option<String>,
    /// Of staff: one grade of the service's; all where none is named.
    pub grade: Option<String>,
    /// The share of what is counted that the line is for: of a band, of those carried to school.
    pub portion: f64,
    /// Pounds for each in a year, at prices of `price_year`.
    pub price: Estimate,
    pub price_year: FinancialYear,
    /// The id of its uprating.
    pub uprating: String,
    /// Who pays from a financial year on, in order; the first holds for all years before.
    pub shares: Vec<(FinancialYear, Shares)>,
    /// Who says so, of the first that are given.
    pub payers_source: String,
    pub payers_confidence: Confidence,
    pub source: String,
    pub confidence: Confidence,
}

impl CostLine {
    pub fn shares_in(&self, year: FinancialYear) -> Shares {
        let known = self.shares.iter().rev().find(|(from, _)| *from <= year).or(self.shares.first());
        known.map_or([0.0; Payer::ALL.len()], |(_, shares)| *shares)
    }
}

/// How prices rise: a rate for each of some years.
#[derive(Clone, Debug, PartialEq)]
pub struct Uprating {
    pub id: String,
    /// First and last year of a rate, which is over the year before.
    pub rates: Vec<(FinancialYear, FinancialYear, Estimate)>,
    pub source: String,
    pub confidence: Confidence,
}

impl Uprating {
    pub fn rate(&self, year: FinancialYear) -> Option<Estimate> {
        self.rates.iter().find(|(from, until, _)| (*from..=*until).contains(&year)).map(|(_, _, rate)| *rate)
    }
}

/// The uprating that nominal pounds are brought to real ones by.
pub const INFLATION: &str = "inflation";

/// All that is known of money.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Money {
    pub lines: Vec<CostLine>,
    pub upratings: Vec<Uprating>,
    /// Where its income is known.
    pub high_needs: Option<HighNeedsBlock>,
    /// Where costs are pooled.
    pub pool: Option<Pool>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn pence_are_split_by_hand() {
        let pence = |parts: [i64; 3]| parts.map(Pence);
        // A pound in thirds: 33⅓ each, the odd penny to the first.
        assert_eq!(Pence(100).split([1.0 / 3.0; 3]), pence([34, 33, 33]));
        assert_eq!(Pence(-100).split([1.0 / 3.0; 3]), pence([-34, -33, -33]));
        // 7 by 0.5, 0.3, 0.2 is 3.5, 2.1, 1.4.
        assert_eq!(Pence(7).split([0.5, 0.3, 0.2]), pence([4, 2, 1]));
        assert_eq!(Pence(1).split([0.0, 1.0, 0.0]), pence([0, 1, 0]));
        assert_eq!(Pence(0).split([0.2, 0.3, 0.5]), pence([0, 0, 0]));
        assert_eq!(Pence(5).split([0.0; 3]), pence([5, 0, 0]));
        // 4 by 0.6, 0.1, 0.3 is 2.4, 0.4, 1.2: of equal remainders the first, however doubles round.
        assert_eq!(Pence(4).split([0.6, 0.1, 0.3]), pence([3, 0, 1]));
        assert_eq!(Pence::of_pounds(0.125), Pence(13));
        assert_eq!(Pence::of_pounds(-10.004), Pence(-1000));
    }

    proptest! {
        #[test]
        fn parts_sum_to_the_whole_and_stray_less_than_a_penny(
            amount in -1_000_000_000_000_i64..1_000_000_000_000,
            weights in proptest::array::uniform4(0.0_f64..1.0),
        ) {
            let sum: f64 = weights.iter().sum();
            prop_assume!(sum > 0.0);
            let shares = weights.map(|weight| weight / sum);
            let parts = Pence(amount).split(shares);
            prop_assert_eq!(parts.into_iter().sum::<Pence>(), Pence(amount));
            for (part, share) in parts.iter().zip(shares) {
                prop_assert!((part.0 as f64 - amount as f64 * share).abs() < 1.001);
                prop_assert!(part.0 == 0 || part.0.signum() == amount.signum());
            }
        }
    }

    #[test]
    fn financial_years_are_read_and_shown() {
        assert_eq!(FinancialYear::parse("2025-26"), Some(FinancialYear(2025)));
        assert_eq!(FinancialYear::parse("1999-00"), Some(FinancialYear(1999)));
        assert_eq!(FinancialYear(2099).to_string(), "2099-00");
        let wrong = ["2025", "2025-27", "25-26", "2025-2026", "2025-6", "x-26"];
        assert!(wrong.iter().all(|text| FinancialYear::parse(text).is_none()));
    }
}
