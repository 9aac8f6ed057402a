//! The blocks of the yearly step: equations over one year, pure functions of state, rates and
//! draws. Each block is written once and runs on whole simulated children or on expected ones,
//! as [`chance::Chance`] says.

pub mod chance;
mod diversion;
pub mod fates;
pub mod flow;
pub mod joining;
pub mod leaving_and_moving;
pub mod mix;
pub mod moves;
pub mod parameters;
pub mod profile;
pub mod steering;
