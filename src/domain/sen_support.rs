//! Pupils with special educational needs and no plan: SEN support.

use ndarray::Array2;

use super::assumption::Confidence;

/// Pupils on SEN support at the base census.
#[derive(Clone, Debug, PartialEq)]
pub struct SenSupport {
    /// By age and need: `[age, need]`.
    pub pupils: Array2<u32>,
    /// Those of them whose tier is known, in the order of the table.
    pub tiers: Vec<SupportTier>,
    /// The least of its rows.
    pub confidence: Confidence,
}

/// A level of SEN support, such as targeted or targeted plus.
#[derive(Clone, Debug, PartialEq)]
pub struct SupportTier {
    pub id: String,
    /// `[age, need]`.
    pub pupils: Array2<u32>,
}
