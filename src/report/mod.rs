//! Tables into files and onto the terminal. With `input/`, the only code that touches the disk.

pub mod appraisal_tables;
pub mod archive_console;
pub mod archive_index;
pub mod area_folder;
pub mod assumption_table;
pub mod background_tables;
pub mod backtest_tables;
pub mod checkpoint;
pub mod console;
pub mod csv_tables;
pub mod import_summary;
pub mod input_copies;
pub mod label_table;
pub mod money_tables;
pub mod outturn_console;
pub mod outturn_table;
pub mod page;
pub mod panel_table;
pub mod parquet;
mod place_console;
pub mod place_tables;
pub mod pool_tables;
pub mod returns;
pub mod run_folder;
pub mod run_record;
mod service_console;
