//! A pooled fund of a council and an integrated care board, and the rules that may settle it.
//!
//! Section 75 of the National Health Service Act 2006; regulation 7 of the NHS Bodies and Local Authorities
//! Partnership Arrangements Regulations 2000 (SI 2000/617): a written agreement says what each partner contributes,
//! and one of them, the host, answers for the fund's accounts.

use super::assumption::Confidence;
use super::codes::codes;
use super::money::{FinancialYear, Payer};

/// A pooled fund.
#[derive(Clone, Debug, PartialEq)]
pub struct Pool {
    pub name: String,
    /// Each payer at most once; the host is one of them.
    pub partners: Vec<Partner>,
    /// The cost lines that it pays for, each once.
    pub lines: Vec<PoolLine>,
    pub host: Payer,
    /// Its first financial year: before, everyone pays their own.
    pub from: FinancialYear,
    /// The id of the uprating of contributions, which are in pounds of `price_year`.
    pub uprating: String,
    pub price_year: FinancialYear,
    /// Underspend that may be carried into the next year at most, as a share of the year's contributions.
    pub keep_most: f64,
    /// Pounds, not uprated, that the partners put in once, in proportion to their contributions in the first year.
    pub risk_pool: f64,
    /// Under [`PoolRule::Capped`]: what a partner pays beyond its contribution at most, as a share of it.
    pub cap: f64,
    /// Under the same: what is returned to a partner of an underspend at most; the host keeps the rest.
    pub collar: Option<f64>,
    pub source: String,
    pub confidence: Confidence,
}

/// What a payer contributes in each quarter, April to June first: pounds of the pool's price year, none negative.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Partner {
    pub payer: Payer,
    /// To lines whose share is variable.
    pub quarters: [f64; 4],
    /// To lines whose share is fixed.
    pub fixed_quarters: [f64; 4],
}

/// A cost line that the pool pays for.
#[derive(Clone, Debug, PartialEq)]
pub struct PoolLine {
    /// The cost line's id.
    pub line: String,
    pub kind: Share,
}

codes! {
    /// Who bears a line's costs beyond what was contributed to it.
    Share:
    Fixed "fixed" "The host: the other partners pay what they agreed, whatever the line costs.";
    Variable "variable" "The fund, then the partners by the pool's rule.";
}

codes! {
    /// Who pays what the fund and its risk pool do not cover.
    PoolRule:
    Separate "separate" "There is no pool: each pays its own.";
    ProRata "pro_rata" "The partners, in proportion to their contributions of the year.";
    Equal "equal" "The partners, in equal parts.";
    Capped "capped" "The partners in proportion, up to a cap; the host pays what is beyond the others' caps, and keeps what is beyond their collars.";
}
