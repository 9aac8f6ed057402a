//! A folder to work in, and the program run there.

use std::path::PathBuf;
use std::process::{Command, Output};

use tempfile::TempDir;

pub const PROGRAM: &str = env!("CARGO_BIN_EXE_needscast");
/// The small synthetic area.
pub const TINY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/tiny");

pub struct Work(TempDir);

impl Work {
    pub fn new() -> Work {
        Work(TempDir::new().expect("a temporary folder"))
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Paths that it is given or prints start in the folder.
    pub fn needscast(&self, arguments: &[&str]) -> Output {
        Command::new(PROGRAM).args(arguments).current_dir(self.0.path()).output().expect("needscast starts")
    }

    /// Runs a command that must end with a code: what it says on stdout, or on stderr where it fails.
    pub fn ends(&self, code: i32, arguments: &[&str]) -> String {
        let output = self.needscast(arguments);
        let (out, err) = (text_of(&output.stdout), text_of(&output.stderr));
        assert_eq!(output.status.code(), Some(code), "{arguments:?}\n{out}\n{err}");
        if code == 0 { out } else { err }
    }
}

pub fn text_of(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
