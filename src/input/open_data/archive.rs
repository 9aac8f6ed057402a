//! A statistical release as downloaded (a zip) or unpacked (a folder), and single population files
//! as they are or with gzip: found by file name, and read within bounds.
//!
//! A header can claim any size, so bytes are counted as they come out: a small file that unpacks to
//! more than a release can hold is a problem, not a full memory. Nothing is ever unpacked to disk.

use std::cell::Cell;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use super::super::problem::Problems;
use super::super::table::FileBytes;

/// Most bytes of one file, unpacked. The largest of the releases of 2022 and 2025 has 8 MB, the
/// largest population file 60 MB.
const MOST_FILE_BYTES: u64 = 128 << 20;
/// Most bytes read from all releases, or all population files, unpacked.
const MOST_BYTES_IN_ALL: u64 = 1 << 30;
/// How deep a folder is searched: releases unpack to `data/` within one folder.
const MOST_FOLDERS_DEEP: usize = 3;

/// Bytes that may still be read: shared by all releases, or all population files.
pub struct Allowance {
    left: Cell<u64>,
    per_file: u64,
}

impl Default for Allowance {
    fn default() -> Allowance {
        Allowance { left: Cell::new(MOST_BYTES_IN_ALL), per_file: MOST_FILE_BYTES }
    }
}

/// A release, with the names of the files in it.
pub struct Archive {
    shown: String,
    names: Vec<String>,
    kind: Kind,
}

enum Kind {
    Zip(PathBuf),
    Folder(PathBuf),
}

/// Why bytes could not be had.
enum ReadError {
    TooLarge(u64),
    Io(std::io::Error),
}

impl Archive {
    /// Lists a zip or a folder; what is neither is a problem.
    pub fn open(path: &Path, problems: &mut Problems) -> Option<Archive> {
        let shown = path.display().to_string();
        if path.is_dir() {
            let mut names = Vec::new();
            list_folder(path, "", 0, &mut names);
            names.sort();
            return Some(Archive { shown, names, kind: Kind::Folder(path.to_path_buf()) });
        }
        match open_zip(path) {
            Ok(zip) => {
                let mut names: Vec<String> =
                    zip.file_names().filter_map(|name| name.ok().map(|n| n.to_string())).collect();
                names.sort();
                Some(Archive { shown, names, kind: Kind::Zip(path.to_path_buf()) })
            }
            Err(what) => {
                let hint = "the release's zip as downloaded, or the folder it was unpacked to";
                problems.in_file(&shown, what, Some(hint.to_string()));
                None
            }
        }
    }

    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// Whether a file of this name is in it, in whatever folder.
    pub fn holds(&self, name: &str) -> bool {
        self.paths_of(name).next().is_some()
    }

    /// The tables there are, for a problem's hint.
    pub fn tables(&self) -> String {
        let names: Vec<&str> =
            self.names.iter().map(|path| last_part(path)).filter(|name| name.ends_with(".csv")).collect();
        match names.len() {
            0 => "it holds no .csv file".to_string(),
            1..=12 => format!("it holds {}", names.join(", ")),
            more => format!("it holds {} and {} more", names[..12].join(", "), more - 12),
        }
    }

    /// Reads the one file of this name; none, two of them, or too many bytes are a problem.
    pub fn read(&self, name: &str, allowance: &Allowance, problems: &mut Problems) -> Option<FileBytes> {
        let mut paths = self.paths_of(name);
        let Some(path) = paths.next() else {
            problems.in_file(&self.shown, format!("has no file {name}"), Some(self.tables()));
            return None;
        };
        if let Some(second) = paths.next() {
            let what = format!("has two files {name}: {path} and {second}");
            problems.in_file(&self.shown, what, Some("leave the one that is meant".to_string()));
            return None;
        }
        let shown = format!("{}/{path}", self.shown);
        let bytes = match &self.kind {
            Kind::Folder(folder) => {
                File::open(folder.join(path)).map_err(ReadError::Io).and_then(|file| read_bounded(file, allowance))
            }
            Kind::Zip(zip) => read_entry(zip, path, allowance),
        };
        bytes_or_problem(shown, bytes, problems)
    }

    fn paths_of<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.names.iter().map(String::as_str).filter(move |path| last_part(path) == name)
    }
}

/// Reads a table given by its path: a `.csv`, or the same with gzip, told by its first bytes.
pub fn read_plain_or_gzip(path: &Path, allowance: &Allowance, problems: &mut Problems) -> Option<FileBytes> {
    let shown = path.display().to_string();
    let bytes = File::open(path).and_then(|mut file| {
        let mut first = [0; 2];
        let zipped = file.read_exact(&mut first).is_ok() && first == [0x1f, 0x8b];
        Ok((zipped, File::open(path)?))
    });
    let bytes = match bytes {
        Ok((true, file)) => read_bounded(flate2::read::MultiGzDecoder::new(BufReader::new(file)), allowance),
        Ok((false, file)) => read_bounded(file, allowance),
        Err(error) => Err(ReadError::Io(error)),
    };
    bytes_or_problem(shown, bytes, problems)
}

fn bytes_or_problem(shown: String, bytes: Result<Vec<u8>, ReadError>, problems: &mut Problems) -> Option<FileBytes> {
    match bytes {
        Ok(bytes) => Some(FileBytes { shown, bytes }),
        Err(ReadError::TooLarge(most)) => {
            let what = format!("unpacks to more than {} MB, which no release does", most >> 20);
            problems.in_file(&shown, what, Some("download it again from the publisher".to_string()));
            None
        }
        Err(ReadError::Io(error)) => {
            let hint = "it may be cut short or damaged: download it again";
            problems.in_file(&shown, format!("cannot be read: {error}"), Some(hint.to_string()));
            None
        }
    }
}

/// Everything a reader gives, up to the bound of a file and of all.
fn read_bounded(reader: impl Read, allowance: &Allowance) -> Result<Vec<u8>, ReadError> {
    let most = allowance.per_file.min(allowance.left.get());
    let mut bytes = Vec::new();
    reader.take(most + 1).read_to_end(&mut bytes).map_err(ReadError::Io)?;
    if bytes.len() as u64 > most {
        return Err(ReadError::TooLarge(most));
    }
    allowance.left.set(allowance.left.get() - bytes.len() as u64);
    Ok(bytes)
}

fn read_entry(zip: &Path, path: &str, allowance: &Allowance) -> Result<Vec<u8>, ReadError> {
    let wrong = |what: String| ReadError::Io(std::io::Error::other(what));
    let mut archive = open_zip(zip).map_err(wrong)?;
    let entry = archive.by_name(path).map_err(|error| wrong(error.to_string()))?;
    read_bounded(entry, allowance)
}

fn open_zip(path: &Path) -> Result<zip::ZipArchive<BufReader<File>>, String> {
    let file = File::open(path).map_err(|error| format!("cannot be read: {error}"))?;
    // The list of a zip's files is read whole: a release has some twenty.
    if file.metadata().is_ok_and(|metadata| metadata.len() > MOST_FILE_BYTES) {
        return Err(format!("has more than {} MB, which no release does", MOST_FILE_BYTES >> 20));
    }
    zip::ZipArchive::new(BufReader::new(file)).map_err(|error| format!("is no zip that can be read: {error}"))
}

fn list_folder(folder: &Path, prefix: &str, depth: usize, names: &mut Vec<String>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let Ok(name) = entry.file_name().into_string() else { continue };
        let path = entry.path();
        if path.is_dir() && depth < MOST_FOLDERS_DEEP {
            list_folder(&path, &format!("{prefix}{name}/"), depth + 1, names);
        } else if path.is_file() {
            names.push(format!("{prefix}{name}"));
        }
    }
}

fn last_part(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_stops_at_the_bound_of_a_file_and_of_all() {
        let allowance = Allowance { left: Cell::new(10), per_file: 6 };
        assert!(matches!(read_bounded([0; 7].as_slice(), &allowance), Err(ReadError::TooLarge(6))));
        assert!(read_bounded([0; 6].as_slice(), &allowance).is_ok());
        assert!(matches!(read_bounded([0; 5].as_slice(), &allowance), Err(ReadError::TooLarge(4))));
        assert!(read_bounded([0; 4].as_slice(), &allowance).is_ok());
    }
}
