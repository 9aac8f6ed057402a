//! The blocks of the yearly step: equations over one year, pure functions of state, rates and
//! draws. Each block is written once and runs on whole simulated children or on expected ones: those of
//! plans on futures side by side, as [`futures::Futures`] says, the others on one, as [`chance::Chance`] does.

mod books;
pub mod chance;
pub mod diagnosis;
mod diversion;
pub mod flow;
pub mod futures;
pub mod held;
pub mod high_needs;
pub mod joining;
pub mod leaving_and_moving;
pub mod lots;
pub mod mix;
pub mod money;
pub mod moves;
pub mod parameters;
pub mod place_model;
pub mod placing;
pub mod plan_rates;
pub mod pool;
pub mod profile;
pub mod queue;
pub mod register;
pub mod seats;
mod seeking;
pub mod service_model;
pub mod serving;
pub mod steering;
pub mod support;
pub mod workload;
