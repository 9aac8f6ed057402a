//! Rows of replicates into figures with intervals, and scenarios into paired differences.

pub mod figures;
pub mod scores;
pub mod series;
