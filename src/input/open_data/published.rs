//! What the releases say, one figure at a time, under one name for each thing.

use crate::domain::age_group::AgeSpan;
use crate::domain::need::Need;
use crate::domain::observation::Measure;

/// A local authority as the releases name it (latest spelling), in order of `dfe_code`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishedArea {
    /// Three figures; kept when boundaries and names change (`old_la_code`).
    pub dfe_code: String,
    /// Nine characters (`new_la_code`); population files may know the area by a later one.
    pub ons_code: String,
    pub name: String,
    pub region: String,
}

/// One published figure of one area; keys as in [`Observation`](crate::domain::observation::Observation),
/// but the placement is the published one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishedFigure {
    /// Place in [`Releases::areas`]; one past the last for England.
    pub area: usize,
    pub year: u16,
    pub measure: Measure,
    pub age: Option<AgeSpan>,
    pub need: Option<Need>,
    /// The id of one of [`PLACEMENTS`](super::PLACEMENTS).
    pub placement: Option<&'static str>,
    pub count: u32,
    /// The id of one of the [sources](super::source).
    pub source: &'static str,
}

/// Everything read from the releases.
#[derive(Clone, Debug, Default)]
pub struct Releases {
    pub areas: Vec<PublishedArea>,
    /// National figures, which include authorities that are not in the files.
    pub england: Vec<PublishedFigure>,
    /// Figures of the areas, by area, then measure, year, breakdown and keys.
    pub figures: Vec<PublishedFigure>,
    /// What was left out or filled, each beginning with the area's name.
    pub notes: Vec<String>,
    /// The same by area, without the name; England's last.
    pub area_notes: Vec<Vec<String>>,
}

impl Releases {
    /// The figures of one area; those of England for one past the last.
    pub fn figures_of(&self, area: usize) -> &[PublishedFigure] {
        if area == self.areas.len() {
            return &self.england;
        }
        let first = self.figures.partition_point(|figure| figure.area < area);
        let last = self.figures.partition_point(|figure| figure.area <= area);
        &self.figures[first..last]
    }
}
