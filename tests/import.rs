//! Reading the statistical releases as downloaded, and writing area folders from them.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use needscast::input::open_data::{PublishedFigure, Releases, read_releases};
use needscast::input::problem::Problems;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The public files beside the project; a test that needs them is skipped, loudly, without them.
fn shared(name: &str) -> Option<PathBuf> {
    let path = Path::new(ROOT).join("../shared/data").join(name);
    if path.exists() {
        return Some(path);
    }
    eprintln!("SKIPPED: {} is not there", path.display());
    None
}

fn read_shared() -> Option<Releases> {
    let names = ["2022", "2025"].map(|year| format!("dfe/education-health-and-care-plans_{year}.zip"));
    let paths: Option<Vec<PathBuf>> = names.iter().map(|name| shared(name)).collect();
    let mut problems = Problems::default();
    let releases = read_releases(&paths?, &mut problems);
    assert!(problems.is_empty(), "{problems}");
    releases
}

fn observations(figures: &[PublishedFigure]) -> String {
    let mut text = String::from("year,measure,age,need,setting,count,source\n");
    for f in figures.iter().filter(|f| f.source != "dfe_sen2_2022_mi") {
        let age = f.age.map_or("all".to_string(), |age| age.to_string());
        let need = f.need.map_or("all", |need| need.code());
        let setting = f.placement.unwrap_or("all");
        writeln!(text, "{},{},{age},{need},{setting},{},{}", f.year, f.measure.name(), f.count, f.source)
            .expect("text grows");
    }
    text
}

#[test]
fn the_releases_hold_what_the_shipped_areas_hold() {
    let Some(releases) = read_shared() else { return };
    let somerset = releases.areas.iter().position(|area| area.name == "Somerset").expect("it is published");
    for (area, name) in [(somerset, "somerset"), (releases.areas.len(), "england")] {
        let shipped = fs::read_to_string(format!("{ROOT}/data/{name}/observations.csv")).expect("it is shipped");
        assert!(observations(releases.figures_of(area)) == shipped, "{name} differs");
    }
}
