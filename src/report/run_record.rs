//! `run.toml`: what was run, on what, with what result.

use std::collections::BTreeMap;

use serde::Serialize;
use sha2::{Digest, Sha256};

/// The record of a run.
#[derive(Clone, Debug, Serialize)]
pub struct RunRecord {
    pub needscast: String,
    pub id: String,
    pub area: String,
    pub settings: EffectiveSettings,
    /// SHA-256 of each file read.
    pub inputs: BTreeMap<String, String>,
    /// What was assumed or tolerated.
    pub notes: Vec<String>,
    /// Seconds spent, by step. The only part that differs between two runs of the same inputs.
    pub timings: BTreeMap<String, f64>,
}

/// Settings after the command line has had its say.
#[derive(Clone, Debug, Serialize)]
pub struct EffectiveSettings {
    pub base_year: u16,
    pub years: usize,
    pub replicates: u32,
    pub seed: u64,
    pub scenarios: Vec<String>,
}

/// A file's name and content.
pub type Input<'a> = (String, &'a [u8]);

/// Hashes of inputs by the name they are shown under.
pub fn hash_inputs<'a>(inputs: impl Iterator<Item = Input<'a>>) -> BTreeMap<String, String> {
    inputs.map(|(name, bytes)| (name, hex(&Sha256::digest(bytes)))).collect()
}

/// The id of a run: the first 12 hex digits of a hash of version, settings and inputs.
///
/// Inputs count by content and order, not by where they lie, so that a copy of an area folder
/// gives the same run.
pub fn run_id(version: &str, settings: &EffectiveSettings, contents: &[&str]) -> String {
    let mut hash = Sha256::new();
    hash.update(version.as_bytes());
    hash.update(format!("{settings:?}").as_bytes());
    for content in contents {
        hash.update(content.as_bytes());
    }
    hex(&hash.finalize())[..12].to_string()
}

fn hex(bytes: &[u8]) -> String {
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
        let hashes = hash_inputs([("x".to_string(), b"abc".as_slice())].into_iter());
        assert_eq!(hashes["x"], "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    #[test]
    fn a_setting_or_an_input_changes_the_id() {
        let settings = EffectiveSettings {
            base_year: 2025,
            years: 10,
            replicates: 100,
            seed: 1,
            scenarios: vec!["baseline".into()],
        };
        let id = run_id("0.1.0", &settings, &["aa"]);
        assert_eq!(id, run_id("0.1.0", &settings, &["aa"]));
        assert_ne!(id, run_id("0.1.0", &settings, &["ab"]));
        assert_ne!(id, run_id("0.1.0", &EffectiveSettings { seed: 2, ..settings.clone() }, &["aa"]));
        assert_ne!(id, run_id("0.1.1", &settings, &["aa"]));
    }
}
