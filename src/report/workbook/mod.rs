//! `forecast.xlsx`: a finished run as an Excel workbook, for analysts of finance and commissioning.
//!
//! A page to read (`headline.rs`), one table a sheet to work with (`figure_sheets.rs`, `text_sheets.rs`,
//! `record_sheets.rs`), and a cover and an index in front. All of it is made of the run's own tables, so it can be
//! made of a run folder alone, and nothing in it depends on when or where the run was carried out: the same run gives
//! the same bytes.

mod cell;
mod cover;
mod figure_sheets;
mod headline;
mod headline_charts;
mod headline_figures;
mod measure;
mod measure_meanings;
mod record_sheets;
pub mod render;
mod text_sheets;
mod tidy_sheet;
