//! The releases given on the command line into the figures of every area.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::super::problem::Problems;
use super::archive::{Allowance, Archive};
use super::figures_of_area::{Sources, figures_of_area};
use super::published::{PublishedArea, Releases};
use super::release_2022::{self, Release2022};
use super::release_2025::{self, Release2025};
use super::release_table::{AreaKey, AreaName};

/// Reads the releases: that of 2025 must be among them, that of 2022 may be.
pub fn read_releases(paths: &[PathBuf], problems: &mut Problems) -> Option<Releases> {
    let before = problems.count();
    let allowance = Allowance::default();
    let archives: Vec<Archive> = paths.iter().filter_map(|path| Archive::open(path, problems)).collect();
    for archive in &archives {
        if !archive.holds(release_2025::MARK) && !archive.holds(release_2022::MARK) {
            let what = format!("holds neither {} nor {}", release_2025::MARK, release_2022::MARK);
            let hint = format!("a release on education, health and care plans; {}", archive.tables());
            problems.in_file(archive.shown(), what, Some(hint));
        }
    }
    if problems.count() > before {
        return None;
    }
    let current = only(&archives, release_2025::MARK, problems);
    let earlier = only(&archives, release_2022::MARK, problems);
    if current.is_none() && problems.count() == before {
        let hint = "Education, health and care plans, reporting year 2025, all files";
        problems.in_file("--ehc", format!("no release given holds {}", release_2025::MARK), Some(hint.to_string()));
    }
    let current = Release2025::read(current?, &allowance, problems);
    let earlier = match earlier {
        Some(archive) => Some(Release2022::read(archive, &allowance, problems)?),
        None => None,
    };
    let current = current?;
    let releases = collect(&current, earlier.as_ref(), problems);
    (problems.count() == before).then_some(releases)
}

/// The archive that holds a file; two of them are a problem.
fn only<'a>(archives: &'a [Archive], mark: &str, problems: &mut Problems) -> Option<&'a Archive> {
    let mut holders = archives.iter().filter(|archive| archive.holds(mark));
    let first = holders.next()?;
    if let Some(second) = holders.next() {
        let what = format!("and {} are releases of the same kind", second.shown());
        problems.in_file(first.shown(), what, Some("give one of them".to_string()));
        return None;
    }
    Some(first)
}

fn collect(current: &Release2025, earlier: Option<&Release2022>, problems: &mut Problems) -> Releases {
    let mut names: BTreeMap<String, AreaName> = BTreeMap::new();
    for name in earlier.map(Release2022::names).unwrap_or_default().into_iter().chain(current.names()) {
        let known = names.get(&name.dfe_code).map_or(0, |known| known.year);
        if name.year >= known {
            names.insert(name.dfe_code.clone(), name);
        }
    }
    let mut releases = Releases::default();
    let sources = Sources { current, earlier };
    for (place, name) in names.into_values().enumerate() {
        let key = AreaKey::Authority(name.dfe_code.clone());
        let region = AreaKey::Region(name.region.clone());
        let found = figures_of_area(&sources, place, &key, Some(&region), problems);
        releases.notes.extend(found.notes.iter().map(|note| format!("{}: {note}", name.name)));
        releases.figures.extend(found.figures);
        releases.area_notes.push(found.notes);
        let AreaName { dfe_code, ons_code, name, region, .. } = name;
        releases.areas.push(PublishedArea { dfe_code, ons_code, name, region });
    }
    let england = figures_of_area(&sources, releases.areas.len(), &AreaKey::England, None, problems);
    releases.notes.extend(england.notes.iter().map(|note| format!("England: {note}")));
    releases.england = england.figures;
    releases.area_notes.push(england.notes);
    releases
}
