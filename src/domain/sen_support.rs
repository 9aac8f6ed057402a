//! Pupils with special educational needs and no plan: SEN support.

use ndarray::Array2;

use super::assumption::Confidence;

/// Pupils on SEN support at the base census.
#[derive(Clone, Debug, PartialEq)]
pub struct SenSupport {
    /// By age and need: `[age, need]`.
    pub pupils: Array2<u32>,
    /// The least of its rows.
    pub confidence: Confidence,
}
