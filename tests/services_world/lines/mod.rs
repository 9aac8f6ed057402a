//! The equations of services at central rates, from the children of a row of results: what comes, through which
//! lists it goes, and what becomes of it.
//!
//! It shares no code with the engine, of which it takes only the inputs (`Rates`, `Service`) and the places of
//! figures in a row (`Layout`). Services run one after another through all years; a list tells those after it whom it
//! served in each month, and what these stood for.

pub mod beside;
mod counts;
mod courses;
mod curves;
mod levels;
pub mod teams;
mod told;
mod work;

pub use beside::{assert_close, assert_principal_agrees};
pub use counts::Books;
pub use courses::run_services;
