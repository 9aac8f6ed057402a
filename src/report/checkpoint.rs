//! What a run has done so far, scenario by scenario, so that one that was stopped can go on.
//!
//! A checkpoint holds a scenario's figures to the last bit: a run that goes on writes the same bytes as one that was
//! never stopped. A file that is cut off or changed is not taken for one; its scenario is simulated again.

use std::fs::{self, File};
use std::io::Write;
use std::path::PathBuf;

use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use super::run_folder::{ReportError, RunFolder};
use crate::summary::simulation::ScenarioDone;

/// Checkpoints of a run folder in the making.
pub struct Checkpoints(PathBuf);

const HASH: usize = 32;

impl Checkpoints {
    pub fn of(folder: &RunFolder) -> Checkpoints {
        Checkpoints(folder.checkpoints())
    }

    /// A scenario that was done before, by its number.
    pub fn read(&self, number: usize) -> Option<ScenarioDone> {
        unpack(&fs::read(self.path(number)).ok()?)
    }

    /// Keeps a scenario that is done.
    pub fn keep(&self, number: usize, done: &ScenarioDone) -> Result<(), ReportError> {
        let (path, part) = (self.path(number), self.0.join("part"));
        fs::create_dir_all(&self.0).map_err(ReportError::at(&self.0))?;
        let written = File::create(&part).and_then(|mut file| file.write_all(&pack(done)));
        written.and_then(|()| fs::rename(&part, &path)).map_err(ReportError::at(&path))
    }

    fn path(&self, number: usize) -> PathBuf {
        self.0.join(format!("scenario-{number}"))
    }
}

/// A hash, and what it is of.
fn pack(value: &impl Serialize) -> Vec<u8> {
    let content = postcard::to_stdvec(value).expect("figures are numbers and texts");
    [Sha256::digest(&content).as_slice(), &content].concat()
}

fn unpack<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    let (hash, content) = bytes.split_at_checked(HASH)?;
    (Sha256::digest(content).as_slice() == hash).then(|| postcard::from_bytes(content).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checkpoint_gives_back_every_bit_and_none_when_it_is_damaged() {
        let values = vec![0.1 + 0.2, -0.0, f64::MIN_POSITIVE, f64::INFINITY];
        let packed = pack(&values);
        let back: Vec<f64> = unpack(&packed).expect("the values");
        let bits = |values: &[f64]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&back), bits(&values));
        for place in 0..packed.len() {
            let mut damaged = packed.clone();
            damaged[place] ^= 1;
            assert_eq!(unpack::<Vec<f64>>(&damaged), None, "a bit of byte {place}");
            assert_eq!(unpack::<Vec<f64>>(&packed[..place]), None, "cut off at {place}");
        }
    }
}
