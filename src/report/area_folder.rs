//! Imported areas into area folders: all written aside, then renamed, so that a folder is there
//! whole or not at all and nothing of the user's is overwritten.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::csv_tables::write_returns;
use super::panel_table::write_panel;
use super::run_folder::ReportError;
use crate::domain::assumption::Confidence;
use crate::input::open_data::imported_area::{ENGLAND_ID, ImportedArea};
use crate::input::open_data::source::{LICENCE, PANEL, written_id};
use crate::input::open_data::support_of_area::AreaSupport;
use crate::input::open_data::{PLACEMENTS, SETTINGS};
use crate::input::return_table::RETURNS;

/// What was left out, filled or assumed, for a reader.
pub const NOTES: &str = "import-notes.txt";
const SEED: u64 = 20_250_116;

/// What plans cost in any area, who pays, and how prices rise: national figures and illustrations, which say so.
const NATIONAL_PRICES: [(&str, &str); 3] = [
    ("prices.csv", include_str!("../../data/england/prices.csv")),
    ("payers.csv", include_str!("../../data/england/payers.csv")),
    ("uprating.csv", include_str!("../../data/england/uprating.csv")),
];

/// Area folders in the making.
pub struct AreaFolders {
    out: PathBuf,
    aside: PathBuf,
    written: Vec<String>,
    finished: bool,
}

/// Where a finished folder stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    pub id: String,
    /// Whether it was there before, with the same contents.
    pub kept: bool,
}

impl AreaFolders {
    /// Claims the places of the folders before the work starts. England may be there from an earlier
    /// import: its contents are compared in [`AreaFolders::finish`].
    pub fn claim(out: &Path, ids: &[String]) -> Result<AreaFolders, ReportError> {
        for id in ids.iter().filter(|id| *id != ENGLAND_ID) {
            let target = out.join(id);
            match fs::symlink_metadata(&target) {
                Ok(found) if found.is_symlink() => return Err(occupied(&target, "a link")),
                Ok(found) if !found.is_dir() => return Err(occupied(&target, "a file")),
                Ok(_) if is_filled(&target) => return Err(occupied(&target, "other files")),
                _ => {}
            }
        }
        // Inside the target, so that the last step is a rename on one file system.
        let aside = out.join(format!(".import.unfinished-{}", std::process::id()));
        fs::create_dir_all(&aside).map_err(|source| ReportError::Io { path: aside.clone(), source })?;
        Ok(AreaFolders { out: out.to_path_buf(), aside, written: Vec::new(), finished: false })
    }

    /// Writes an area's folder aside, and says where, so that it can be checked there.
    pub fn write(&mut self, area: &ImportedArea) -> Result<PathBuf, ReportError> {
        let folder = self.aside.join(&area.id);
        fs::create_dir_all(&folder).map_err(|source| ReportError::Io { path: folder.clone(), source })?;
        let tables: [(&str, Rows); 5] = [
            ("sources.csv", sources(area)),
            ("settings.csv", settings()),
            ("placements.csv", placements()),
            ("population.csv", population(area)),
            ("observations.csv", observations(area)),
        ];
        for (name, rows) in tables {
            let path = folder.join(name);
            write_rows(&path, rows).map_err(|source| ReportError::Csv { path, source })?;
        }
        if let Some(panel) = &area.panel {
            let path = folder.join("panel.csv");
            let file = fs::File::create(&path).map_err(|source| ReportError::Io { path: path.clone(), source })?;
            write_panel(io::BufWriter::new(file), panel, PANEL).map_err(|source| ReportError::Csv { path, source })?;
        }
        if let Some(support) = &area.support {
            let path = folder.join("sen_support.csv");
            write_rows(&path, sen_support(support)).map_err(|source| ReportError::Csv { path, source })?;
        }
        let path = folder.join(RETURNS);
        let file = fs::File::create(&path).map_err(|source| ReportError::Io { path: path.clone(), source })?;
        write_returns(io::BufWriter::new(file), &area.returns).map_err(|source| ReportError::Csv { path, source })?;
        let texts = [("needscast.toml", settings_file(area)), (NOTES, notes_file(area))];
        let prices = NATIONAL_PRICES.map(|(name, text)| (name, text.to_string()));
        for (name, text) in texts.into_iter().chain(prices) {
            let path = folder.join(name);
            fs::write(&path, text).map_err(|source| ReportError::Io { path, source })?;
        }
        self.written.push(area.id.clone());
        Ok(folder)
    }

    /// Takes back a folder that did not pass its check.
    pub fn withdraw(&mut self, id: &str) -> Result<(), ReportError> {
        let folder = self.aside.join(id);
        self.written.retain(|written| written != id);
        fs::remove_dir_all(&folder).map_err(|source| ReportError::Io { path: folder, source })
    }

    /// Puts the folders in their places.
    pub fn finish(mut self) -> Result<Vec<Placed>, ReportError> {
        let at = |path: &Path| {
            let path = path.to_path_buf();
            move |source| ReportError::Io { path, source }
        };
        let england = self.out.join(ENGLAND_ID);
        let known = self.written.iter().any(|id| id == ENGLAND_ID) && is_filled(&england);
        if known && !same_files(&self.aside.join(ENGLAND_ID), &england).map_err(at(&england))? {
            return Err(occupied(&england, "an England of other figures"));
        }
        let mut placed = Vec::new();
        for id in &self.written {
            let target = self.out.join(id);
            let kept = known && id == ENGLAND_ID;
            if !kept {
                // An empty folder may stand at the target; a rename onto it is not portable.
                if target.exists() {
                    fs::remove_dir(&target).map_err(at(&target))?;
                }
                fs::rename(self.aside.join(id), &target).map_err(at(&target))?;
            }
            placed.push(Placed { id: id.clone(), kept });
        }
        self.finished = true;
        fs::remove_dir_all(&self.aside).map_err(at(&self.aside))?;
        Ok(placed)
    }
}

impl Drop for AreaFolders {
    fn drop(&mut self) {
        if !self.finished {
            // Best effort: the error that led here is the one to report. A target folder that was
            // made for this import and holds nothing goes too.
            drop(fs::remove_dir_all(&self.aside));
            drop(fs::remove_dir(&self.out));
        }
    }
}

fn occupied(path: &Path, holds: &str) -> ReportError {
    ReportError::Occupied { path: path.to_path_buf(), holds: holds.to_string() }
}

fn is_filled(folder: &Path) -> bool {
    fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some())
}

/// Whether every file of a new folder is in the old one, byte for byte; the old may hold more.
fn same_files(new: &Path, old: &Path) -> io::Result<bool> {
    for entry in fs::read_dir(new)? {
        let entry = entry?;
        match fs::read(old.join(entry.file_name())) {
            Ok(bytes) if bytes == fs::read(entry.path())? => {}
            _ => return Ok(false),
        }
    }
    Ok(true)
}

/// A header and rows.
type Rows = Vec<Vec<String>>;

fn write_rows(path: &Path, rows: Rows) -> csv::Result<()> {
    let mut writer = csv::Writer::from_writer(io::BufWriter::new(fs::File::create(path)?));
    for row in rows {
        writer.write_record(row)?;
    }
    writer.flush().map_err(csv::Error::from)
}

fn row<const N: usize>(values: [&str; N]) -> Vec<String> {
    values.map(str::to_string).to_vec()
}

fn sources(area: &ImportedArea) -> Rows {
    let header = row(["source", "publisher", "title", "coverage", "licence"]);
    let rows = area.sources.iter().map(|s| row([&s.id, &s.publisher, &s.title, &s.coverage, LICENCE]));
    std::iter::once(header).chain(rows).collect()
}

fn settings() -> Rows {
    let header = row(["setting", "name", "min_age", "max_age"]);
    let rows =
        SETTINGS.iter().map(|(code, name, first, last)| row([code, name, &first.to_string(), &last.to_string()]));
    std::iter::once(header).chain(rows).collect()
}

fn placements() -> Rows {
    let header = row(["placement", "label", "setting"]);
    let rows = PLACEMENTS.iter().map(|placement| row([placement.id, placement.label, placement.setting]));
    std::iter::once(header).chain(rows).collect()
}

fn population(area: &ImportedArea) -> Rows {
    let header = row(["series", "variant", "year", "age", "persons", "source"]);
    let rows = area.population.iter().map(|r| {
        let [year, age, persons] = [r.year.to_string(), r.age.to_string(), r.persons.to_string()];
        row([r.series, &r.variant, &year, &age, &persons, &r.source])
    });
    std::iter::once(header).chain(rows).collect()
}

fn observations(area: &ImportedArea) -> Rows {
    let header = row(["year", "measure", "age", "need", "setting", "count", "source"]);
    let rows = area.figures.iter().map(|f| {
        let age = f.age.map_or("all".to_string(), |age| age.to_string());
        let need = f.need.map_or("all", |need| need.code());
        let setting = f.placement.unwrap_or("all");
        row([
            &f.year.to_string(),
            f.measure.name(),
            &age,
            need,
            setting,
            &f.count.to_string(),
            &written_id(f.source, area.base_year),
        ])
    });
    std::iter::once(header).chain(rows).collect()
}

fn sen_support(support: &AreaSupport) -> Rows {
    let header = row(["age", "need", "pupils", "source", "confidence"]);
    let confidence = Confidence::Low.code();
    let rows = support.rows.iter().map(|r| {
        let [age, pupils] = [u32::from(r.age), r.pupils].map(|number| number.to_string());
        row([&age, r.need.code(), &pupils, &support.source, confidence])
    });
    std::iter::once(header).chain(rows).collect()
}

fn settings_file(area: &ImportedArea) -> String {
    let quoted = |text: &str| toml::Value::String(text.to_string()).to_string();
    let what = area.dfe_code.as_ref().map_or("national".to_string(), |code| format!("LA {code}"));
    let mut text = format!(
        "# {}, {what}, imported from open data. Every count is published unless its source says otherwise:\n\
         # sources.csv says where, {NOTES} what was left out, filled or assumed.\n\n\
         [area]\nid = {}\nname = {}\n\n\
         [forecast]\nbase_year = {}    # the January census the forecast starts from\n\
         years = {}\nreplicates = {}\nseed = {SEED}\n\n\
         [population]\n# Carried forward cohort by cohort from the latest estimate.\n\
         # Add the rows of a newer series to population.csv and name its variant here.\nvariant = {}\n",
        area.name,
        quoted(&area.id),
        quoted(&area.name),
        area.base_year,
        area.years,
        area.replicates,
        quoted(&area.variant),
    );
    if let Some(reference) = &area.reference {
        let reference = quoted(reference);
        text += &format!("\n[fit]\n# Small cells borrow strength from England.\nreference = {reference}\n");
    }
    if area.margin_tolerance > 0.0 {
        let tolerance = area.margin_tolerance;
        text += &format!(
            "\n[check]\n# Published tables differ by up to this share of their total; {NOTES} says which.\n\
             margin_tolerance = {tolerance}\n"
        );
    }
    text
}

fn notes_file(area: &ImportedArea) -> String {
    let mut text = format!("{}: what was left out, filled or assumed when the figures were imported.\n", area.name);
    if area.notes.is_empty() {
        text += "\nNothing: every table is as published.\n";
    }
    for note in &area.notes {
        text += &format!("\n- {note}");
    }
    text += if area.notes.is_empty() { "" } else { "\n" };
    text
}
