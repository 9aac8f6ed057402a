//! Observations into rates with their evidence and uncertainty.
//!
//! An area's rates start from those of its reference (England, fitted by the same code without a
//! parent) and move away from them as far as local counts bear: a ladder of factors, for the
//! area as a whole, then by age group, then by setting or need, each shrunk by
//! [`crate::numerics::shrinkage`].

pub mod estimate;
mod event_age;
pub mod growth;
pub mod growth_error;
mod joiners;
mod ladder;
mod leavers;
mod moves;
mod outlook;
mod population;
pub mod rate_table;
mod settle;
mod stock;
mod support;
mod trend;
