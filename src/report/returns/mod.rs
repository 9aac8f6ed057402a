//! Statutory returns as workbooks: what a form asks for, its tables, the sheets before them, the file.
//!
//! ```text
//! command line ──plan──▶ figures wanted ──input──▶ means ──school_capacity, reform_plan, grant_plan──▶ tables
//! tables, run ──cover──▶ sheets ──workbook──▶ FILE.xlsx
//! ```
//!
//! One table a sheet, header in the first row, numbers as numbers: whoever fills in the form copies
//! blocks of cells, and a program reads them back. Only [`workbook`] knows the format of the file.

pub mod cells;
pub mod cover;
pub mod grant_plan;
pub mod plan;
pub mod reform_plan;
pub mod school_capacity;
pub mod sheet;
pub mod workbook;
