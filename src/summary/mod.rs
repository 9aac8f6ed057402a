//! Rows of replicates into figures with intervals, and scenarios into paired differences.

pub mod actual_cells;
pub mod appraisal;
pub mod background;
pub mod comparison;
pub mod figures;
pub mod input_changes;
pub mod money_series;
pub mod outturn;
mod place_series;
pub mod pool_value;
pub mod publication;
pub mod rate_changes;
pub mod result_changes;
pub mod scores;
pub mod series;
pub mod service_series;
pub mod simulation;
pub mod sufficiency;
pub mod timeliness;
