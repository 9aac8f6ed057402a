//! Where each figure of a replicate stands in its row of results.
//!
//! A row holds, per census, plans by age group × need × setting and by single age × setting; and,
//! per calendar year, each flow in total and by setting, need and age group (requests and
//! assessments by age group only: nobody counts them by setting). Where places or planning areas are told
//! apart it holds, per census, children who lack a place by overflow rule and age, need and area; plans by
//! area and setting; and pupils by provider. Where there is SEN support it holds pupils and flows by age group
//! and need; where there are services, what is told of each in a year, in whole tenths of an hour and the
//! like (see [`LineFigure`]), so that all of a row are whole numbers. All further figures are sums of these, taken within the
//! replicate before any quantile.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::domain::age_group::AgeGroup;
use crate::domain::grid::Shape;
use crate::model::parameters::Prepared;
use crate::units::Age;

macro_rules! flows {
    ($($variant:ident $name:literal $meaning:literal;)+) => {
        /// A flow of a calendar year, by age at the census that opens it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum Flow { $(#[doc = $meaning] $variant,)+ }

        impl Flow {
            pub const ALL: &[Flow] = &[$(Flow::$variant,)+];

            /// The name in the column `measure`.
            pub fn name(self) -> &'static str {
                match self { $(Flow::$variant => $name,)+ }
            }
        }
    };
}

flows! {
    Requests "requests" "Requests for an assessment, by what became of them.";
    Assessments "assessments" "Assessments carried out.";
    NewPlans "new_plans" "Plans issued.";
    MovedIn "moved_in" "Plans that moved in from another area.";
    Joiners "joiners" "New plans and plans that moved in.";
    Leavers "leavers" "Plans that ceased or moved out.";
    MoversFrom "movers_from" "Plans that changed setting, by the setting they left.";
    MoversTo "movers_to" "Plans that changed setting, by the setting they went to.";
    RedirectedFrom "redirected_from" "Children under another setting for want of a place, or no longer so, by the setting they were bound for or left.";
    RedirectedTo "redirected_to" "The same, by the setting they went to.";
}

/// One margin of a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Margin {
    Total,
    Setting(usize),
    Need(usize),
    Group(usize),
}

/// The shape of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    pub shape: Shape,
    pub years: usize,
    pub places: PlaceShape,
    pub services: ServiceShape,
}

/// How many overflow rules, planning areas and providers are told apart; areas only where there are
/// several.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PlaceShape {
    pub rules: usize,
    pub areas: usize,
    pub providers: usize,
}

/// How much is told of SEN support and services.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ServiceShape {
    /// Whether there is SEN support, and its tiers.
    pub support: bool,
    pub support_tiers: usize,
    pub lines: usize,
    pub drivers: usize,
    /// Services and tiers whose hours are told by need.
    pub tiers: usize,
}

macro_rules! line_figures {
    ($($variant:ident $name:literal $unit:literal $scale:literal $meaning:literal;)+) => {
        /// What is told of a service in a calendar year, and how many whole units of a row make one.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum LineFigure { $(#[doc = $meaning] $variant,)+ }

        impl LineFigure {
            pub const ALL: &[LineFigure] = &[$(LineFigure::$variant,)+];

            /// The column `measure`, before the name of the service.
            pub fn name(self) -> &'static str {
                match self { $(LineFigure::$variant => $name,)+ }
            }

            pub fn unit(self) -> &'static str {
                match self { $(LineFigure::$variant => $unit,)+ }
            }

            pub fn scale(self) -> f64 {
                match self { $(LineFigure::$variant => $scale,)+ }
            }
        }
    };
}

line_figures! {
    Demanded "hours_demanded" "hours" 10.0 "Hours that the year's children and events take.";
    Delivered "hours_delivered" "hours" 10.0 "Hours given, of this year's or of cases that waited.";
    Unmet "hours_unmet" "hours" 10.0 "Ongoing hours that nobody had time for: they have lapsed.";
    Waiting "hours_waiting" "hours" 10.0 "Hours of the cases that wait at the year's end.";
    Capacity "hours_there_are" "hours" 10.0 "Hours of staff in post, and hours bought.";
    InPost "fte_in_post" "FTE" 100.0 "Mean over the year.";
    Needed "fte_needed" "FTE" 100.0 "What the year's demand takes beside the hours bought.";
    Gap "fte_gap" "FTE" 100.0 "Needed beyond those in post.";
    Relief "fte_to_meet_standard" "FTE" 100.0 "What it takes to bring the list to its standard within `relief_years`.";
    Served "children_served" "children" 10.0 "Cases served in the year.";
    List "waiting_list" "children" 10.0 "Cases that wait at the year's end.";
    MeanWait "wait_mean_weeks" "weeks" 100.0 "Of those served in the year.";
    Wait92 "wait_92_percent_weeks" "weeks" 100.0 "The wait that 92 % of them did not exceed.";
    Diagnosed "diagnosed" "children" 10.0 "Of those served, who have a diagnosis.";
    Early "hours_of_early_work" "hours" 10.0 "Delivered to pupils on SEN support and residents: what plans and requests leave.";
    Within "share_within_standard" "share" 10_000.0 "Of those served, who waited no longer than the standard.";
}

/// Whole units of a row that make an hour.
pub const HOURS: f64 = 10.0;
/// Whole units of a row that make a pupil of a tier.
pub const TIER_PUPILS: f64 = 10.0;

/// What comes of plans and requests in a calendar year, as expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ServiceEvent {
    Reviews,
    Appeals,
}

impl ServiceEvent {
    pub const ALL: [ServiceEvent; 2] = [ServiceEvent::Reviews, ServiceEvent::Appeals];

    /// Whole units of a row that make one.
    pub const SCALE: f64 = 10.0;

    /// The column `measure`.
    pub fn name(self) -> &'static str {
        match self {
            ServiceEvent::Reviews => "annual_reviews",
            ServiceEvent::Appeals => "appeals",
        }
    }

    pub fn unit(self) -> &'static str {
        match self {
            ServiceEvent::Reviews => "reviews",
            ServiceEvent::Appeals => "appeals",
        }
    }
}

/// A flow of SEN support.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum SupportFlow {
    Identified,
    SteppedDown,
    Escalated,
}

impl SupportFlow {
    pub const ALL: [SupportFlow; 3] = [SupportFlow::Identified, SupportFlow::SteppedDown, SupportFlow::Escalated];

    /// The name in the column `measure`.
    pub fn name(self) -> &'static str {
        match self {
            SupportFlow::Identified => "sen_support_identified",
            SupportFlow::SteppedDown => "sen_support_stepped_down",
            SupportFlow::Escalated => "sen_support_to_plans",
        }
    }
}

impl Layout {
    pub fn of(prepared: &Prepared) -> Layout {
        let places = prepared.places.as_ref().map_or_else(PlaceShape::default, |model| PlaceShape {
            rules: model.rules.len(),
            areas: if model.areas > 1 { model.areas } else { 0 },
            providers: model.provider_setting.len(),
        });
        let model = prepared.services.as_ref();
        let services = ServiceShape {
            support: prepared.rates().support.is_some(),
            support_tiers: prepared.rates().support.as_ref().map_or(0, |support| support.tiers.len()),
            lines: model.map_or(0, |model| model.lines.len()),
            drivers: model.map_or(0, |model| model.drivers.len()),
            tiers: model.map_or(0, |model| model.tiers.len()),
        };
        Layout { shape: prepared.shape, years: prepared.years, places, services }
    }

    const GROUPS: usize = AgeGroup::ALL.len();

    pub fn width(self) -> usize {
        self.services_start() + self.years * self.services_size()
    }

    /// Pupils on SEN support at a census, by age group and need.
    pub fn support_stock(self, census: usize) -> Range<usize> {
        let size = self.support_size();
        let start = self.support_start() + census * size;
        start..start + size
    }

    /// A flow of SEN support in a calendar year, by age group and need.
    pub fn support_flow(self, year: usize, flow: SupportFlow) -> Range<usize> {
        let size = self.support_size();
        let flows = self.support_start() + (self.years + 1) * size;
        let start = flows + (year * SupportFlow::ALL.len() + flow as usize) * size;
        start..start + size
    }

    /// Pupils with an offer of early support in a calendar year, in parts of [`TIER_PUPILS`], and its cost in pounds.
    pub fn offers(self, year: usize) -> Range<usize> {
        let size = self.offers_size();
        let start = self.offers_start() + year * size;
        start..start + size
    }

    /// Pupils on SEN support at a census by tier and need, in parts of [`TIER_PUPILS`].
    pub fn support_tiers(self, census: usize) -> Range<usize> {
        let size = self.services.support_tiers * self.shape.needs;
        let start = self.tiers_start() + census * size;
        start..start + size
    }

    /// [`LineFigure::ALL`] of a service in a calendar year.
    pub fn line(self, year: usize, line: usize) -> Range<usize> {
        let figures = LineFigure::ALL.len();
        let start = self.services_start() + year * self.services_size() + line * figures;
        start..start + figures
    }

    /// Hours demanded, and then those delivered, of each driver.
    pub fn driver_hours(self, year: usize) -> Range<usize> {
        let start = self.line(year, self.services.lines).start;
        start..start + 2 * self.services.drivers
    }

    /// [`ServiceEvent::ALL`], where there are services.
    pub fn events(self, year: usize) -> Range<usize> {
        let start = self.driver_hours(year).end;
        start..start + self.events_size()
    }

    /// Hours demanded by service and tier, and need.
    pub fn tier_hours(self, year: usize) -> Range<usize> {
        let start = self.events(year).end;
        start..start + self.services.tiers * self.shape.needs
    }

    fn support_size(self) -> usize {
        if self.services.support { Self::GROUPS * self.shape.needs } else { 0 }
    }

    fn services_size(self) -> usize {
        let ServiceShape { lines, drivers, tiers, .. } = self.services;
        lines * LineFigure::ALL.len() + 2 * drivers + self.events_size() + tiers * self.shape.needs
    }

    fn events_size(self) -> usize {
        if self.services.lines > 0 { ServiceEvent::ALL.len() } else { 0 }
    }

    fn support_start(self) -> usize {
        self.places_start() + (self.years + 1) * self.places_size()
    }

    fn tiers_start(self) -> usize {
        let tables = self.years + 1 + self.years * SupportFlow::ALL.len();
        self.support_start() + tables * self.support_size()
    }

    fn offers_size(self) -> usize {
        if self.services.support { 2 } else { 0 }
    }

    fn offers_start(self) -> usize {
        self.support_tiers(self.years).end
    }

    fn services_start(self) -> usize {
        self.offers_start() + self.years * self.offers_size()
    }

    /// Children who lack a place at a census, by overflow rule and age.
    pub fn lacking_ages(self, census: usize) -> Range<usize> {
        let start = self.places_start() + census * self.places_size();
        start..start + self.places.rules * Age::COUNT
    }

    /// The same by rule and need.
    pub fn lacking_needs(self, census: usize) -> Range<usize> {
        let start = self.lacking_ages(census).end;
        start..start + self.places.rules * self.shape.needs
    }

    /// The same by rule and planning area.
    pub fn lacking_areas(self, census: usize) -> Range<usize> {
        let start = self.lacking_needs(census).end;
        start..start + self.places.rules * self.places.areas
    }

    /// Plans by planning area and setting.
    pub fn area_plans(self, census: usize) -> Range<usize> {
        let start = self.lacking_areas(census).end;
        start..start + self.places.areas * self.shape.settings
    }

    /// Pupils by provider.
    pub fn filled(self, census: usize) -> Range<usize> {
        let start = self.area_plans(census).end;
        start..start + self.places.providers
    }

    /// Hectometres from home to school of all pupils of each provider, where there are planning areas.
    pub fn travelled(self, census: usize) -> Range<usize> {
        let start = self.filled(census).end;
        start..start + self.travelled_size()
    }

    fn travelled_size(self) -> usize {
        if self.places.areas > 0 { self.places.providers } else { 0 }
    }

    fn places_size(self) -> usize {
        let PlaceShape { rules, areas, providers } = self.places;
        let lacking = rules * (Age::COUNT + self.shape.needs + areas);
        lacking + areas * self.shape.settings + providers + self.travelled_size()
    }

    fn places_start(self) -> usize {
        self.flows_start() + self.years * Flow::ALL.len() * self.margins()
    }

    /// Cells of plans by age group, need and setting of the census `census` years after the base.
    pub fn stock_groups(self, census: usize) -> Range<usize> {
        let size = self.shape.cells_per_age() * Self::GROUPS;
        census * size..(census + 1) * size
    }

    /// The place of one of them within the range.
    #[inline]
    pub fn group_cell(self, need: usize, setting: usize, group: usize) -> usize {
        group * self.shape.cells_per_age() + need * self.shape.settings + setting
    }

    /// Cells of plans by single age and setting of a census.
    pub fn stock_ages(self, census: usize) -> Range<usize> {
        let size = Age::COUNT * self.shape.settings;
        let start = self.stock_groups(self.years + 1).start + census * size;
        start..start + size
    }

    /// The margins of a flow in the calendar year `year` years after the base: total, then by
    /// setting, need and age group.
    pub fn flow(self, year: usize, flow: Flow) -> Range<usize> {
        let start = self.flows_start() + (year * Flow::ALL.len() + flow as usize) * self.margins();
        start..start + self.margins()
    }

    /// The margins of all flows of a calendar year, in the order of [`Flow::ALL`].
    pub fn flows(self, year: usize) -> Range<usize> {
        let size = Flow::ALL.len() * self.margins();
        let start = self.flows_start() + year * size;
        start..start + size
    }

    /// All but plans and their flows.
    pub fn beside_plans(self) -> Range<usize> {
        self.places_start()..self.width()
    }

    /// The place of a margin within the range.
    #[inline]
    pub fn margin(self, margin: Margin) -> usize {
        match margin {
            Margin::Total => 0,
            Margin::Setting(setting) => 1 + setting,
            Margin::Need(need) => 1 + self.shape.settings + need,
            Margin::Group(group) => 1 + self.shape.settings + self.shape.needs + group,
        }
    }

    /// How many margins a flow has.
    pub fn margins(self) -> usize {
        1 + self.shape.settings + self.shape.needs + Self::GROUPS
    }

    fn flows_start(self) -> usize {
        self.stock_ages(self.years + 1).start
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_of_a_row_is_used_once() {
        let places = PlaceShape { rules: 3, areas: 2, providers: 4 };
        let services = ServiceShape { support: true, support_tiers: 2, lines: 2, drivers: 3, tiers: 1 };
        let layout = Layout { shape: Shape { needs: 2, settings: 3 }, years: 2, places, services };
        let mut used = vec![0; layout.width()];
        let mut mark = |range: Range<usize>| range.for_each(|place| used[place] += 1);
        for census in 0..=2 {
            mark(layout.stock_groups(census));
            mark(layout.stock_ages(census));
            mark(layout.lacking_ages(census));
            mark(layout.lacking_needs(census));
            mark(layout.lacking_areas(census));
            mark(layout.area_plans(census));
            mark(layout.filled(census));
            mark(layout.travelled(census));
            mark(layout.support_stock(census));
            mark(layout.support_tiers(census));
        }
        for year in 0..2 {
            Flow::ALL.iter().for_each(|flow| mark(layout.flow(year, *flow)));
            SupportFlow::ALL.iter().for_each(|flow| mark(layout.support_flow(year, *flow)));
            (0..services.lines).for_each(|line| mark(layout.line(year, line)));
            mark(layout.driver_hours(year));
            mark(layout.events(year));
            mark(layout.offers(year));
            mark(layout.tier_hours(year));
        }
        assert!(used.iter().all(|count| *count == 1));
    }
}
