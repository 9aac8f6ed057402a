//! `needscast` forecasts what children with special educational needs and disabilities in an
//! English local area will need.
//!
//! One way through the program, and the modules in the order in which they may import:
//!
//! ```text
//! area folder ──input──▶ World ──fit──▶ Rates ─┐
//! scenarios/*.toml ──scenario──▶ YearEffects ──┼──engine──▶ rows of replicates
//!                                              │     ▲
//!                                        model ──────┘ (equations of one year)
//! rows ──summary──▶ figures with intervals ──report──▶ CSV, terminal, run record
//! finished run folder ──input──▶ means ──report──▶ workbooks of statutory returns
//! two of them, or one and what came ──input──▶ tables ──summary──▶ changes, scores ──report──▶ CSV, terminal
//! ```
//!
//! - [`units`]: quantities with types of their own.
//! - [`domain`]: the nouns; no input or output. [`numerics`]: streams, samplers, raking, regression.
//! - [`scenario`]: levers, and what they amount to in each year.
//! - [`input`]: the only reader of files, area folders and finished runs. [`fit`]: observations into
//!   rates. [`model`]: one file per block of the yearly step.
//! - [`engine`]: step order, replicates, batches, the ledger of identities; the only threads.
//! - [`summary`]: quantiles and paired differences.
//! - [`report`]: files and the terminal.
//! - [`cli`]: subcommands and exit codes.

pub mod units;

pub mod domain;
pub mod numerics;

pub mod scenario;

pub mod fit;
pub mod input;
pub mod model;

pub mod engine;

pub mod summary;

pub mod report;

pub mod cli;
