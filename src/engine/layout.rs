//! Where each figure of a replicate stands in its row of results.
//!
//! A row holds, per census, plans by age group × need × setting and by single age × setting; and,
//! per calendar year, each flow in total and by setting, need and age group (requests and
//! assessments by age group only: nobody counts them by setting). Where places or planning areas are told
//! apart it holds, per census, children who lack a place by overflow rule and age, need and area; plans by
//! area and setting; and pupils by provider. All further figures are sums of these, taken within the
//! replicate before any quantile.

use std::ops::Range;

use crate::domain::age_group::AgeGroup;
use crate::domain::grid::Shape;
use crate::model::parameters::Prepared;
use crate::units::Age;

macro_rules! flows {
    ($($variant:ident $name:literal $meaning:literal;)+) => {
        /// A flow of a calendar year, by age at the census that opens it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
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
}

/// How many overflow rules, planning areas and providers are told apart; areas only where there are
/// several.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PlaceShape {
    pub rules: usize,
    pub areas: usize,
    pub providers: usize,
}

impl Layout {
    pub fn of(prepared: &Prepared) -> Layout {
        let places = prepared.places.as_ref().map_or_else(PlaceShape::default, |model| PlaceShape {
            rules: model.rules.len(),
            areas: if model.areas > 1 { model.areas } else { 0 },
            providers: model.provider_setting.len(),
        });
        Layout { shape: prepared.shape, years: prepared.years, places }
    }

    const GROUPS: usize = AgeGroup::ALL.len();

    pub fn width(self) -> usize {
        self.places_start() + (self.years + 1) * self.places_size()
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

    fn places_size(self) -> usize {
        let PlaceShape { rules, areas, providers } = self.places;
        rules * (Age::COUNT + self.shape.needs + areas) + areas * self.shape.settings + providers
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
        let layout = Layout { shape: Shape { needs: 2, settings: 3 }, years: 2, places };
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
        }
        for year in 0..2 {
            Flow::ALL.iter().for_each(|flow| mark(layout.flow(year, *flow)));
        }
        assert!(used.iter().all(|count| *count == 1));
    }
}
