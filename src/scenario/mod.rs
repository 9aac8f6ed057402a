//! What a scenario may change: levers with bounds, and what they amount to in each year.
//!
//! A scenario is a sparse overlay on the baseline. It knows the area's needs and settings, never
//! a file format and never the engine.

pub mod effects;
pub mod lever;
pub mod place_effects;
pub mod place_lever;
pub mod service_effects;
pub mod service_lever;
