//! Where each figure of a replicate stands in its row of results.
//!
//! A row holds, per census, plans by age group × need × setting and by single age × setting; and,
//! per calendar year, each flow in total and by setting, need and age group (requests and
//! assessments by age group only: nobody counts them by setting). All further figures are sums of
//! these, taken within the replicate before any quantile.

use crate::domain::age_group::AgeGroup;
use crate::domain::grid::Shape;
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
}

impl Layout {
    const GROUPS: usize = AgeGroup::ALL.len();

    pub fn width(self) -> usize {
        self.flows_start() + self.years * Flow::ALL.len() * self.margins()
    }

    /// Cells of plans by age group, need and setting of the census `census` years after the base.
    pub fn stock_groups(self, census: usize) -> std::ops::Range<usize> {
        let size = self.shape.cells_per_age() * Self::GROUPS;
        census * size..(census + 1) * size
    }

    /// The place of one of them within the range.
    #[inline]
    pub fn group_cell(self, need: usize, setting: usize, group: usize) -> usize {
        group * self.shape.cells_per_age() + need * self.shape.settings + setting
    }

    /// Cells of plans by single age and setting of a census.
    pub fn stock_ages(self, census: usize) -> std::ops::Range<usize> {
        let size = Age::COUNT * self.shape.settings;
        let start = self.stock_groups(self.years + 1).start + census * size;
        start..start + size
    }

    /// The margins of a flow in the calendar year `year` years after the base: total, then by
    /// setting, need and age group.
    pub fn flow(self, year: usize, flow: Flow) -> std::ops::Range<usize> {
        let start = self.flows_start() + (year * Flow::ALL.len() + flow as usize) * self.margins();
        start..start + self.margins()
    }

    /// The margins of all flows of a calendar year, in the order of [`Flow::ALL`].
    pub fn flows(self, year: usize) -> std::ops::Range<usize> {
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
        let layout = Layout { shape: Shape { needs: 2, settings: 3 }, years: 2 };
        let mut used = vec![0; layout.width()];
        let mut mark = |range: std::ops::Range<usize>| range.for_each(|place| used[place] += 1);
        for census in 0..=2 {
            mark(layout.stock_groups(census));
            mark(layout.stock_ages(census));
        }
        for year in 0..2 {
            Flow::ALL.iter().for_each(|flow| mark(layout.flow(year, *flow)));
        }
        assert!(used.iter().all(|count| *count == 1));
    }
}
