//! Problems found in an area folder, and notes that do not stop a run.

use std::fmt;

/// Something wrong in a file, as a reader can act on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub file: String,
    pub line: Option<u64>,
    /// Column name or settings key, and the value found there.
    pub place: Option<(String, String)>,
    pub what: String,
    pub hint: Option<String>,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        f.write_str(": ")?;
        if let Some((column, value)) = &self.place {
            write!(f, "{column} '{value}' ")?;
        }
        f.write_str(&self.what)?;
        if let Some(hint) = &self.hint {
            write!(f, " ({hint})")?;
        }
        Ok(())
    }
}

/// What was found while reading and checking.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problems {
    problems: Vec<Problem>,
    /// Gaps that were filled by a stated assumption, or differences within the stated tolerance.
    pub notes: Vec<String>,
}

impl Problems {
    pub fn push(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    /// A problem of a whole file.
    pub fn in_file(&mut self, file: &str, what: impl Into<String>, hint: Option<String>) {
        self.push(Problem { file: file.to_string(), line: None, place: None, what: what.into(), hint });
    }

    /// Adds those of another reading.
    pub fn append(&mut self, mut others: Problems) {
        self.problems.append(&mut others.problems);
        self.notes.append(&mut others.notes);
    }

    pub fn is_empty(&self) -> bool {
        self.problems.is_empty()
    }

    pub fn count(&self) -> usize {
        self.problems.len()
    }

    /// How many problems a list shows in full.
    pub const SHOWN: usize = 20;
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for problem in self.problems.iter().take(Self::SHOWN) {
            writeln!(f, "{problem}")?;
        }
        match self.problems.len().saturating_sub(Self::SHOWN) {
            0 => Ok(()),
            more => writeln!(f, "and {more} more"),
        }
    }
}
