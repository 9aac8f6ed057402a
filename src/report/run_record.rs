//! Ids and hashes: what was run, and on what.

use std::collections::BTreeMap;

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::domain::panel::Panel;
use crate::domain::run_record::{EffectiveSettings, RunRecord};

/// The record of a backtest.
#[derive(Clone, Debug, Serialize)]
pub struct BacktestRecord {
    pub needscast: String,
    pub id: String,
    pub settings: BacktestSettings,
}

/// What a backtest was asked for, and what it read.
#[derive(Clone, Debug, Serialize)]
pub struct BacktestSettings {
    /// First and last January that forecasts start from.
    pub origins: [u16; 2],
    pub horizon: usize,
    pub replicates: u32,
    pub seed: u64,
    pub areas: usize,
    /// First and last January of the panel, and the SHA-256 of its figures.
    pub januaries: [u16; 2],
    pub figures: String,
}

impl BacktestRecord {
    pub fn new(settings: BacktestSettings) -> BacktestRecord {
        let needscast = env!("CARGO_PKG_VERSION").to_string();
        let mut hash = Sha256::new();
        hash.update(needscast.as_bytes());
        hash.update(format!("{settings:?}").as_bytes());
        BacktestRecord { needscast, id: short(&hash.finalize()), settings }
    }
}

/// The record of a comparison: the runs it is of.
#[derive(Clone, Debug, Serialize)]
pub struct ComparisonRecord {
    pub needscast: String,
    pub last: String,
    pub this: String,
}

impl ComparisonRecord {
    /// What marks the folder as being written. No record holds it as its id, so nothing that stands there is ever taken
    /// for the same comparison and left.
    pub const ID: &str = "comparison";

    pub fn of(last: &RunRecord, this: &RunRecord) -> ComparisonRecord {
        let needscast = env!("CARGO_PKG_VERSION").to_string();
        ComparisonRecord { needscast, last: last.id.clone(), this: this.id.clone() }
    }
}

/// A hash of all figures of a panel.
pub fn hash_panel(panel: &Panel) -> String {
    let mut hash = Sha256::new();
    for area in &panel.areas {
        hash.update(format!("{}\n{}\n", area.code, area.name).as_bytes());
    }
    let groups = panel.groups.iter().flat_map(|group| [&group.plans, &group.new_plans]);
    for series in groups.chain([&panel.requests, &panel.residents]) {
        series.iter().for_each(|value| hash.update(value.to_bits().to_le_bytes()));
    }
    hex(&hash.finalize())
}

/// The SHA-256 of a file's content.
pub fn hash_content(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// The id of a run: the first 12 hex digits of a hash of version, settings and inputs.
///
/// Inputs count by content and order, not by where they lie, so that a copy of an area folder
/// gives the same run.
pub fn run_id(version: &str, settings: &EffectiveSettings, contents: &[String]) -> String {
    let mut hash = Sha256::new();
    hash.update(version.as_bytes());
    hash.update(format!("{settings:?}").as_bytes());
    for content in contents {
        hash.update(content.as_bytes());
    }
    short(&hash.finalize())
}

/// One short hash of all inputs of a run: equal where every file is.
pub fn digest_of(hashes: &BTreeMap<String, String>) -> String {
    let mut hash = Sha256::new();
    hashes.values().for_each(|value| hash.update(value.as_bytes()));
    short(&hash.finalize())
}

fn short(digest: &[u8]) -> String {
    hex(digest)[..12].to_string()
}

pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a string takes all it is given");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_hash() {
        assert_eq!(hash_content(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    #[test]
    fn a_setting_or_an_input_changes_the_id() {
        let settings = EffectiveSettings {
            base_year: 2025,
            years: 10,
            replicates: 100,
            seed: 1,
            scenarios: vec!["baseline".into()],
            tables_only: false,
            publish: None,
            draws: false,
        };
        let id = run_id("0.1.0", &settings, &["aa".to_string()]);
        assert_eq!(id, run_id("0.1.0", &settings, &["aa".to_string()]));
        assert_ne!(id, run_id("0.1.0", &settings, &["ab".to_string()]));
        assert_ne!(id, run_id("0.1.0", &EffectiveSettings { seed: 2, ..settings.clone() }, &["aa".to_string()]));
        assert_ne!(id, run_id("0.1.1", &settings, &["aa".to_string()]));
    }
}
