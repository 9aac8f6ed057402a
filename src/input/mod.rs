//! The only reader of files: area folders into a checked [`crate::domain::world::World`], finished runs
//! into the means that returns are made of, and into whole tables to hold against each other and against what came.
//!
//! All problems of a folder are collected and shown together, each with file, line, column, the
//! value, what is wrong and a hint. A folder with one problem yields no `World`.

pub mod actual_table;
pub mod area_folder;
mod area_tables;
mod assumption_table;
mod check_margins;
mod check_required;
mod check_scenarios;
mod confidence;
mod driver_table;
mod early_support;
mod high_needs_table;
pub mod input_pairs;
mod money_notes;
mod money_tables;
mod observation_table;
pub mod open_data;
mod own_census;
pub mod panel_table;
mod pathway_tables;
mod payer_table;
mod place_levers;
mod place_tables;
mod pool_file;
mod population_table;
pub mod problem;
pub mod return_table;
pub mod run_archive;
pub mod run_folder;
pub mod run_means;
pub mod run_tables;
mod scenario_file;
mod season_table;
mod sen_support_table;
mod service_folder;
mod service_levers;
mod service_parts;
mod service_tables;
mod setting_tables;
mod settings_file;
mod spending;
mod staff_tables;
mod suggest;
mod table;
mod toml_file;
