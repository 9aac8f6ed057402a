//! Open data as published, for every local authority of England: the Department for Education's
//! releases on education, health and care plans, and the population estimates and projections of
//! the Office for National Statistics; and, where they are given, the school census's pupils by age
//! and shares on SEN support.
//!
//! ```text
//! zip or folder ──archive──▶ release_2025, release_2022 ──figures_of_area──▶ Releases ─┐
//! .csv, .csv.gz ──ons──▶ PopulationFiles ──────────────────────────────────────────────┼─imported_area──▶ ImportedArea
//! .csv, .csv.gz ──school_census──▶ SchoolCensus ──support_of_area──────────────────────┘
//! ```
//!
//! The releases differ in shape, in the names of placements and ages, and in the years they cover;
//! what each supplies is said in its file. A figure keeps the name of the table it was published in.
//! Nothing is estimated here: what a release does not have is left out and noted, and the few gaps
//! that are closed carry a source that says so ([`source::DIFFERENCE`], [`source::ASSUMED`]). Pupils on SEN
//! support are the exception: a published total, spread over ages and needs by an illustration.

mod archive;
mod area_code;
pub mod choice;
mod figures_of_area;
pub mod imported_area;
mod margins;
mod ons;
pub mod panel;
mod placements;
pub mod population_of_area;
mod published;
mod release_2022;
mod release_2025;
mod release_table;
mod releases;
pub mod return_shares;
pub mod school_census;
pub mod source;
pub mod support_of_area;

pub use ons::{PopulationFiles, PopulationSeries, SeriesKind, read_population};
pub use placements::{PLACEMENTS, SETTINGS};
pub use published::{PublishedArea, PublishedFigure, Releases};
pub use releases::read_releases;
