//! Copies of a run's inputs beside its results: next year, they are what the run was made of.
//!
//! Files keep their places to each other, so that an area folder finds its reference folder among the copies.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write};
use std::path::{Component, Path, PathBuf};

use super::run_folder::{ReportError, RunFolder};

pub use crate::input::run_folder::COPIES;

/// Where each input goes, and the area folder among them, all relative to the folder of the copies.
#[derive(Clone, Debug, PartialEq)]
pub struct CopyPlan {
    pub area_folder: String,
    /// In the order of the inputs.
    pub files: Vec<String>,
}

impl CopyPlan {
    /// `inputs` are paths as they were read.
    pub fn of(area: &Path, inputs: &[&Path]) -> Result<CopyPlan, ReportError> {
        let area = fs::canonicalize(area).map_err(ReportError::at(area))?;
        let paths: Result<Vec<PathBuf>, ReportError> =
            inputs.iter().map(|path| fs::canonicalize(path).map_err(ReportError::at(path))).collect();
        Ok(CopyPlan::within(&area, &paths?))
    }

    /// Of paths without links and detours.
    fn within(area: &Path, paths: &[PathBuf]) -> CopyPlan {
        // The area's own name is kept.
        let mut shared = area.parent().unwrap_or(area);
        for path in paths {
            while !path.starts_with(shared) {
                shared = shared.parent().unwrap_or(Path::new(""));
            }
        }
        let relative = |path: &Path| {
            let parts = path.strip_prefix(shared).unwrap_or(path).components();
            let named = parts.filter_map(|part| match part {
                Component::Normal(name) => Some(name.to_string_lossy().into_owned()),
                _ => None,
            });
            named.collect::<Vec<String>>().join("/")
        };
        CopyPlan { area_folder: relative(area), files: paths.iter().map(|path| relative(path)).collect() }
    }

    /// Notes with each input named as its copy is, so that they do not depend on where the inputs lay. `shown` are the
    /// inputs as the notes name them.
    pub fn name_files<'a>(&self, shown: impl Iterator<Item = &'a str>, notes: &[String]) -> Vec<String> {
        let mut names: Vec<(&str, &String)> = shown.zip(&self.files).collect();
        // A path may begin another.
        names.sort_by_key(|(shown, _)| std::cmp::Reverse(shown.len()));
        let rename = |note: &String| names.iter().fold(note.clone(), |note, (shown, name)| note.replace(shown, name));
        notes.iter().map(rename).collect()
    }

    /// Writes the copies; a file that was read twice is written once.
    pub fn write<'a>(&self, out: &RunFolder, contents: impl Iterator<Item = &'a [u8]>) -> Result<(), ReportError> {
        let mut written = BTreeSet::new();
        for (name, content) in self.files.iter().zip(contents) {
            if written.insert(name) {
                let copy = |file: &mut dyn Write| -> io::Result<()> { file.write_all(content) };
                out.write_file(&format!("{COPIES}/{name}"), |file| copy(file))?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_keep_their_places_to_each_other() {
        let paths = |texts: &[&str]| texts.iter().map(PathBuf::from).collect::<Vec<_>>();
        let own = paths(&["/x/data/somerset/needscast.toml", "/x/data/somerset/scenarios/a.toml"]);
        let plan = CopyPlan::within(Path::new("/x/data/somerset"), &own);
        assert_eq!((plan.area_folder.as_str(), plan.files[1].as_str()), ("somerset", "somerset/scenarios/a.toml"));

        let with_reference = paths(&["/x/data/somerset/a.csv", "/x/england/b.csv"]);
        let plan = CopyPlan::within(Path::new("/x/data/somerset"), &with_reference);
        assert_eq!(plan.area_folder, "data/somerset");
        assert_eq!(plan.files, ["data/somerset/a.csv", "england/b.csv"]);
    }
}
