//! A copy of a small area, to be patched and read: for the tests of what the checks reject.

use std::fs;
use std::path::Path;

use needscast::input::area_folder::{AreaFolder, Overrides, read_area_folder};
use needscast::input::problem::Problems;
use tempfile::TempDir;

/// An area folder that goes when it is dropped.
pub struct Pack(pub TempDir);

impl Pack {
    /// Replaces a text that must occur exactly once.
    #[track_caller]
    pub fn replace(self, file: &str, from: &str, to: &str) -> Pack {
        let text = self.text(file);
        assert_eq!(text.matches(from).count(), 1, "'{from}' in {file}");
        self.write(file, &text.replacen(from, to, 1))
    }

    pub fn add(self, file: &str, text: &str) -> Pack {
        let longer = self.text(file) + text;
        self.write(file, &longer)
    }

    pub fn text(&self, file: &str) -> String {
        fs::read_to_string(self.0.path().join(file)).expect("a file of the pack")
    }

    pub fn write(self, file: &str, text: &str) -> Pack {
        fs::write(self.0.path().join(file), text).expect("a file written");
        self
    }

    pub fn delete(self, file: &str) -> Pack {
        fs::remove_file(self.0.path().join(file)).expect("a file of the pack");
        self
    }

    pub fn read(&self) -> Result<AreaFolder, Problems> {
        read_area_folder(self.0.path(), Overrides::default())
    }

    #[track_caller]
    pub fn accept(&self) -> AreaFolder {
        self.read().unwrap_or_else(|problems| panic!("rejected:\n{problems}"))
    }

    /// Rejected with exactly these problems printed, a line each, with paths from the pack's folder on.
    #[track_caller]
    pub fn reject(&self, expected: &[&str]) {
        let Err(problems) = self.read() else { panic!("accepted, not rejected with {expected:?}") };
        let folder = format!("{}{}", self.0.path().display(), std::path::MAIN_SEPARATOR);
        let text = problems.to_string().replace(&folder, "").replace(std::path::MAIN_SEPARATOR, "/");
        assert_eq!(text.lines().collect::<Vec<_>>(), expected);
    }
}

/// Copies the files of a folder, without those below it.
pub fn copy_files(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).expect("a folder read") {
        let path = entry.expect("an entry read").path();
        if path.is_file() {
            fs::copy(&path, to.join(path.file_name().expect("a file's name"))).expect("a file copied");
        }
    }
}

/// Each case is a text of the file, what replaces it, and the one problem that is then printed after the
/// file's name: `text -> other text => problem`, with line ends as `\n`.
#[track_caller]
pub fn reject_each(pack: fn() -> Pack, file: &str, cases: &str) {
    for case in cases.lines().filter(|line| !line.trim().is_empty()) {
        let (change, problem) = case.split_once("=>").expect("a problem");
        let (from, to) = change.split_once("->").expect("a change");
        let [from, to] = [from, to].map(|text| text.trim().replace("\\n", "\n"));
        pack().replace(file, &from, &to).reject(&[&format!("{file}{}", problem.trim_start_matches(' '))]);
    }
}
