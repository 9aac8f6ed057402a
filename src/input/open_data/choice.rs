//! Which areas `--la` means: one by code or name, or all.

use super::super::problem::{Problem, Problems};
use super::super::suggest::nearest_names;
use super::area_code::codes_of;
use super::imported_area::{ENGLAND, id_of};
use super::published::{PublishedArea, PublishedFigure, Releases};
use crate::domain::observation::Measure;

/// How many near names are offered.
const OFFERED: usize = 5;

/// Places in [`Releases::areas`], one past the last for England; an unknown name is a problem.
pub fn choose_areas(releases: &Releases, asked: &str, problems: &mut Problems) -> Option<Vec<usize>> {
    let asked = asked.trim();
    if asked.eq_ignore_ascii_case("all") {
        return Some((0..releases.areas.len()).collect());
    }
    if asked.eq_ignore_ascii_case(ENGLAND) {
        return Some(vec![releases.areas.len()]);
    }
    let means = |area: &PublishedArea| {
        area.dfe_code == asked
            || codes_of(&area.ons_code).any(|code| code.eq_ignore_ascii_case(asked))
            || id_of(&area.name) == id_of(asked)
    };
    let matching = (0..releases.areas.len()).filter(|place| means(&releases.areas[*place]));
    // A new authority may bear the name of an old one, as Dorset does: the one with later plans.
    let found = matching.max_by_key(|place| last_year_of_plans(releases.figures_of(*place)));
    if found.is_none() {
        let near = nearest_names(asked, releases.areas.iter().map(|area| area.name.as_str()), OFFERED);
        problems.push(Problem {
            file: "--la".to_string(),
            line: None,
            place: Some(("local authority".to_string(), asked.to_string())),
            what: "is not in the releases".to_string(),
            hint: Some(format!("nearest: {}; also a code, such as 933 or E06000066, or all", near.join(", "))),
        });
    }
    found.map(|area| vec![area])
}

fn last_year_of_plans(figures: &[PublishedFigure]) -> Option<u16> {
    figures.iter().filter(|figure| figure.measure == Measure::Plans).map(|figure| figure.year).max()
}
