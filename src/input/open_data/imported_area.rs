//! What an area folder is made of, from published figures and population, for one local authority or
//! for England.
//!
//! A forecast needs the plans of the latest January by age and setting, new plans of three years, and
//! population to the horizon. An authority without them is refused with the reason, or imported with
//! a fallback that its notes state and whose rows carry [`ASSUMED`]:
//! - ages without placements: every plan counts as not recorded, as the release's own note has it;
//! - a missing year of new plans: the nearest years, moved as England's new plans moved;
//! - an age nobody is projected to have, in a very small place: one person.
//!
//! Tables of a measure and year that disagree with better ones by more than 3 % of the total are left
//! out. Smaller gaps stay, within a tolerance written into the
//! folder: the smallest that holds them.

use super::margins::{MOST_APART, Tables, name_of, rank_of};
use super::ons::PopulationFiles;
use super::placements::{NOT_RECORDED, PLACEMENTS, place_of};
use super::population_of_area::{PopulationRow, population_of_area};
use super::published::{PublishedArea, PublishedFigure, Releases};
use super::return_shares::return_shares;
use super::school_census::SchoolCensus;
use super::source::{ASSUMED, MANAGEMENT_INFORMATION, Source, made_here, panel_source, releases as published_sources};
use super::support_of_area::{AreaSupport, support_of_area};
use crate::domain::grid::Needs;
use crate::domain::observation::Measure;
use crate::domain::panel::Panel;
use crate::domain::statutory_return::ReturnMapping;

/// Years of new plans a forecast cannot do without.
const YEARS_OF_NEW_PLANS: u16 = 3;
/// The years an imported folder forecasts.
const YEARS: usize = 10;
const REPLICATES: u32 = 1000;
/// England is a reference first; a future of it takes thirty times as long.
const REPLICATES_OF_ENGLAND: u32 = 200;

pub const ENGLAND: &str = "England";
/// The folder, beside the areas', that they borrow from.
pub const ENGLAND_ID: &str = "england";

/// The contents of an area folder.
#[derive(Clone, Debug)]
pub struct ImportedArea {
    pub id: String,
    pub name: String,
    /// Three figures; none for England.
    pub dfe_code: Option<String>,
    /// January of the latest census.
    pub base_year: u16,
    pub years: usize,
    pub replicates: u32,
    pub variant: String,
    /// The folder it borrows from, relative to its own.
    pub reference: Option<String>,
    /// Largest gap between its margins, as a share of the total.
    pub margin_tolerance: f64,
    pub figures: Vec<PublishedFigure>,
    pub population: Vec<PopulationRow>,
    pub sources: Vec<Source>,
    /// How settings count in statutory returns.
    pub returns: ReturnMapping,
    /// What is missing or does not balance, and what was assumed instead.
    pub notes: Vec<String>,
    /// Totals of all local authorities: the reference's, for every area that borrows from it.
    pub panel: Option<Panel>,
    /// Pupils on SEN support at the base census, where the school census was given.
    pub support: Option<AreaSupport>,
}

impl ImportedArea {
    /// Adds the totals of all local authorities, with their source.
    pub fn with_panel(mut self, panel: Option<Panel>) -> ImportedArea {
        self.sources.extend(panel.as_ref().map(|panel| panel_source(panel.first, panel.last())));
        self.panel = panel;
        self
    }

    /// Adds pupils on SEN support, or a note of why there are none.
    pub fn with_support(mut self, census: &SchoolCensus, area: &PublishedArea) -> ImportedArea {
        let needs = Needs::new(self.figures.iter().filter_map(|figure| figure.need).collect());
        let found = census.of_area(area, self.base_year);
        match found.and_then(|found| support_of_area(&found, &needs, self.base_year)) {
            Ok(support) => {
                let (year, total) = (self.base_year, support.total());
                self.notes.push(format!(
                    "sen_support {year}: {total} pupils by the published share; their ages and needs are an illustration"
                ));
                self.support = Some(support);
            }
            Err(why) => self.notes.push(format!("sen_support.csv is left out: {why}")),
        }
        self
    }
}

/// Why an area cannot be imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal(pub String);

/// The latest January that is published by age and placement.
pub fn base_year_of(releases: &Releases) -> Option<u16> {
    let by_both = |f: &&PublishedFigure| f.measure == Measure::Plans && f.age.is_some() && f.placement.is_some();
    releases.england.iter().filter(by_both).map(|figure| figure.year).max()
}

/// The folder's name: lower case, letters and digits, dashes between words.
pub fn id_of(name: &str) -> String {
    let plain: String = name.to_lowercase().replace('\'', "");
    let words = plain.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-")
}

/// Makes an area folder's contents; `area` is a place in [`Releases::areas`], or one past the last
/// for England.
pub fn import_area(releases: &Releases, population: &PopulationFiles, area: usize) -> Result<ImportedArea, Refusal> {
    let published = releases.areas.get(area);
    let name = published.map_or(ENGLAND, |area| &area.name);
    let code = published.map_or("E92000001", |area| &area.ons_code);
    let Some(base) = base_year_of(releases) else {
        return Err(Refusal("the releases hold no table of plans by age and placement".to_string()));
    };
    let mut notes = releases.area_notes[area].clone();
    let kept = |figure: &&PublishedFigure| figure.source != MANAGEMENT_INFORMATION;
    let mut figures: Vec<PublishedFigure> = releases.figures_of(area).iter().filter(kept).cloned().collect();
    require_stock(&mut figures, base, &mut notes)?;
    require_new_plans(&mut figures, &releases.england, base, &mut notes)?;
    let people = population_of_area(population, code, base, YEARS, &mut notes)?;
    let margin_tolerance = balance(&mut figures, &mut notes);
    let england = published.is_none();
    let years_of = |id: &str| {
        let mut years: Vec<u16> = figures.iter().filter(|f| f.source == id).map(|f| f.year).collect();
        years.extend(people.rows.iter().filter(|row| row.source == id).map(|row| row.year));
        Some((years.iter().min().copied()?, years.iter().max().copied()?))
    };
    let mut sources = published_sources(base, years_of);
    sources.extend(people.sources);
    sources.extend(made_here(years_of));
    Ok(ImportedArea {
        id: id_of(name),
        name: name.to_string(),
        dfe_code: published.map(|area| area.dfe_code.clone()),
        base_year: base,
        years: people.years,
        replicates: if england { REPLICATES_OF_ENGLAND } else { REPLICATES },
        variant: people.variant,
        reference: (!england).then(|| format!("../{ENGLAND_ID}")),
        margin_tolerance,
        returns: return_shares(&figures, base),
        figures,
        population: people.rows,
        sources,
        notes,
        panel: None,
        support: None,
    })
}

/// Plans of the base January by age and placement; by age alone, they count as not recorded.
fn require_stock(figures: &mut [PublishedFigure], base: u16, notes: &mut Vec<String>) -> Result<(), Refusal> {
    let stock = |f: &PublishedFigure| f.measure == Measure::Plans;
    let last = figures.iter().filter(|f| stock(f)).map(|f| f.year).max();
    match last {
        None => return Err(Refusal("no plans are published for it".to_string())),
        Some(last) if last < base => {
            let why = "it was reorganised or made no return";
            return Err(Refusal(format!("its last plans are of January {last}, not {base}: {why}")));
        }
        Some(_) => {}
    }
    let at_base = |f: &PublishedFigure| stock(f) && f.year == base && f.need.is_none();
    if figures.iter().any(|f| at_base(f) && f.age.is_some() && f.placement.is_some()) {
        return Ok(());
    }
    if !figures.iter().any(|f| at_base(f) && f.age.is_some()) {
        return Err(Refusal(format!("totals only for January {base}: no plans by age and placement")));
    }
    for figure in figures.iter_mut().filter(|f| at_base(f) && f.age.is_some()) {
        figure.placement = Some(PLACEMENTS[place_of(NOT_RECORDED)].id);
        figure.source = ASSUMED;
    }
    let order = |f: &PublishedFigure| (f.measure, f.year, rank_of(f));
    figures.sort_by_key(order);
    notes.push(format!("plans {base}: ages are published without placements; every placement counts as not recorded"));
    Ok(())
}

/// New plans of the three years before the base census.
fn require_new_plans(
    figures: &mut Vec<PublishedFigure>,
    england: &[PublishedFigure],
    base: u16,
    notes: &mut Vec<String>,
) -> Result<(), Refusal> {
    let total = |figures: &[PublishedFigure], year: u16| {
        let whole = |f: &&PublishedFigure| f.age.is_none() && f.need.is_none() && f.placement.is_none();
        let of_year = figures.iter().filter(|f| f.measure == Measure::NewPlans && f.year == year);
        of_year.filter(whole).map(|f| f.count).next()
    };
    for year in (base - YEARS_OF_NEW_PLANS..base).rev() {
        if total(figures, year).is_some() {
            continue;
        }
        // The nearest years on either side, each moved as England moved.
        let moved = |near: u16| {
            let (then, now) = (total(england, near).filter(|then| *then > 0)?, total(england, year)?);
            Some((near, f64::from(total(figures, near)?) * f64::from(now) / f64::from(then)))
        };
        let around = (1..=YEARS_OF_NEW_PLANS).map(|away| [moved(year - away), moved(year + away)]);
        let Some(nearest) = around.map(|pair| pair.into_iter().flatten().collect::<Vec<_>>()).find(|n| !n.is_empty())
        else {
            return Err(Refusal(format!("no new plans are published for {year}, nor for a year near it")));
        };
        let assumed = (nearest.iter().map(|(_, count)| count).sum::<f64>() / nearest.len() as f64).round() as u32;
        let from = nearest.iter().map(|(near, _)| near.to_string()).collect::<Vec<_>>().join(" and ");
        notes.push(format!("new_plans {year}: not published; {assumed} assumed, from {from} as England moved"));
        let area = figures.first().map_or(0, |figure| figure.area);
        let figure = PublishedFigure {
            area,
            year,
            measure: Measure::NewPlans,
            age: None,
            need: None,
            placement: None,
            count: assumed,
            source: ASSUMED,
        };
        let place = figures.partition_point(|f| (f.measure, f.year) < (Measure::NewPlans, year));
        figures.insert(place, figure);
    }
    let by_age = |f: &PublishedFigure| {
        matches!(f.measure, Measure::NewPlans | Measure::NewPlansAtStartAge) && f.age.is_some() && f.year + 6 >= base
    };
    if figures.iter().any(by_age) {
        return Ok(());
    }
    Err(Refusal(format!("no new plans by age are published for {} to {}", base - 6, base - 1)))
}

/// Leaves out tables that disagree with the others, and gives the tolerance that holds the rest.
fn balance(figures: &mut Vec<PublishedFigure>, notes: &mut Vec<String>) -> f64 {
    let tables = Tables::of(figures);
    let mut widest = 0.0;
    for (measure, year, ranks) in tables.years() {
        let verdict = tables.compare(measure, year, &ranks);
        for (rank, gap, total) in &verdict.left_out {
            notes.push(format!(
                "{} {year}: the table {} is left out: it differs from the others by {gap} of {total}",
                measure.name(),
                name_of(*rank)
            ));
            figures.retain(|f| (f.measure, f.year, rank_of(f)) != (measure, year, *rank));
        }
        if let Some((gap, total)) = verdict.widest {
            notes.push(format!("{} {year}: tables differ by up to {gap} of {total}", measure.name()));
            widest = f64::max(widest, smallest_tolerance(gap, total));
        }
    }
    widest.min(MOST_APART)
}

/// The smallest tolerance in thousandths that lets a gap pass.
fn smallest_tolerance(gap: u64, total: u64) -> f64 {
    let passes = |thousandths: &u32| (f64::from(*thousandths) / 1000.0 * total as f64) as u64 >= gap;
    (0..=1000).find(passes).map_or(1.0, |thousandths| f64::from(thousandths) / 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_the_name_in_lower_case_with_dashes() {
        let cases = [
            ("Somerset", "somerset"),
            ("Bournemouth, Christchurch and Poole", "bournemouth-christchurch-and-poole"),
            ("St. Helens", "st-helens"),
            ("King's Lynn", "kings-lynn"),
        ];
        for (name, id) in cases {
            assert_eq!(id_of(name), id);
        }
    }

    #[test]
    fn a_tolerance_lets_its_gap_pass_and_is_no_larger_than_it_must_be() {
        // 7 of 1,000 is 0.007; 8 of 390 is 2.05 %, so 2.1 %.
        assert_eq!(smallest_tolerance(7, 1000), 0.007);
        assert_eq!(smallest_tolerance(8, 390), 0.021);
        assert_eq!(smallest_tolerance(0, 390), 0.0);
    }
}
