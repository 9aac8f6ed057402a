//! The nouns and their invariants: ages, needs, settings, observations, rates. No input or output.

pub mod age_group;
pub mod assumption;
pub mod cell_text;
pub(crate) mod codes;
pub mod grid;
pub mod high_needs;
pub mod money;
pub mod need;
pub mod observation;
pub mod panel;
pub mod place;
pub mod planning_area;
pub mod pool;
pub mod population;
pub mod rates;
pub mod run_record;
pub mod sen_support;
pub mod service;
pub mod setting;
pub mod statutory_return;
pub mod world;
