//! What a run says of itself: what was run, on what, by whom of the versions, with what result.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The record of a run, `run.toml`. Every part is required, so that a record that was cut off is not taken for a whole one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunRecord {
    /// Version of needscast that made it.
    pub needscast: String,
    pub id: String,
    /// The value in the column `area`.
    pub area: String,
    /// What a reader is shown.
    pub area_name: String,
    /// The area folder within the run's copies of its inputs.
    pub area_folder: String,
    /// What was assumed or tolerated.
    pub notes: Vec<String>,
    pub settings: EffectiveSettings,
    /// SHA-256 of each file read.
    pub inputs: BTreeMap<String, String>,
    /// SHA-256 of each file written.
    pub outputs: BTreeMap<String, String>,
    /// With `timings`, all that differs between two runs of the same inputs.
    pub execution: Execution,
    /// Seconds spent, by step.
    pub timings: BTreeMap<String, f64>,
}

/// Settings after the command line has had its say.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EffectiveSettings {
    pub base_year: u16,
    pub years: usize,
    pub replicates: u32,
    pub seed: u64,
    pub scenarios: Vec<String>,
    /// Counts of children below it are blank in a copy to share; without one where there is no copy.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub publish: Option<u32>,
    /// Whether there are tables only: no report, workbook or Parquet.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub tables_only: bool,
    /// Whether every simulated future is kept.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub draws: bool,
}

/// How and when a run was carried out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Execution {
    /// The command as typed.
    pub command: String,
    /// When it was done, in Coordinated Universal Time.
    pub finished: String,
    pub seconds: f64,
    /// Scenarios taken over from a run that was stopped.
    pub resumed: usize,
}
