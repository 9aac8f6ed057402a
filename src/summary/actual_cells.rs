//! Published counts as cells of a forecast.
//!
//! A run publishes plans by age group, need and setting, in pairs, and by single year of age; counts come by single ages,
//! bands and placements. Each cell is taken from the least detailed table of the same measure and year that gives it:
//! the published figure itself, or else the sum over what a finer table gives, where that table is whole (ages from 0 to
//! 25, every setting, every need that is recorded). Three-way cells of a forecast are rebuilt from margins, so none is
//! made here.
//!
//! What counts as what: `plans` as `plans`, and by single year of age as `plans_by_age`; `new_plans`, `requests` and
//! `assessments` as themselves; `ceased` as `leavers`, in all and by setting only, because its ages are those of the day a
//! plan ceased. Not scored: `new_plans_at_start_age` (the plans of `new_plans`, by another age), and parts of a whole
//! that is forecast undivided (reasons for ceasing, decisions on requests).

use std::collections::{BTreeMap, BTreeSet};

use super::outturn::{Actual, CellKey};
use crate::domain::age_group::AgeGroup;
use crate::domain::need::Need;
use crate::domain::observation::{Measure, Observation, Observations, shape_of};
use crate::domain::setting::Settings;
use crate::input::run_tables::ALL;
use crate::units::Age;

/// Cells of a table of counts, and how many of its rows have none.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ActualCells {
    pub cells: Vec<Actual>,
    pub rows: usize,
    /// Of years that the run already knew, and that it does not reach.
    pub rows_known: usize,
    pub rows_beyond: usize,
    /// Rows of measures that no run forecasts.
    pub rows_of_other_measures: BTreeMap<&'static str, usize>,
}

/// Years that a run forecasts: its base January and the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    pub base: u16,
    pub last: u16,
}

/// The measure of a forecast that counts the same, and whether ages are counted alike.
fn forecast_of(measure: Measure) -> Option<(&'static str, bool)> {
    match measure {
        Measure::Plans => Some(("plans", true)),
        Measure::NewPlans => Some(("new_plans", true)),
        Measure::Ceased => Some(("leavers", false)),
        Measure::Requests => Some(("requests", true)),
        Measure::Assessments => Some(("assessments", true)),
        _ => None,
    }
}

/// Cells of all years that the run forecasts. `needs` are those that the run knows.
pub fn cells_of(observations: &Observations, settings: &Settings, needs: &BTreeSet<String>, span: Span) -> ActualCells {
    let mut found = ActualCells { rows: observations.rows().len(), ..ActualCells::default() };
    let mut tables: BTreeMap<(Measure, u16), Vec<&Observation>> = BTreeMap::new();
    for row in observations.rows() {
        // A stock of the base January is known, and the flows of the year after it are not.
        let (first, end) = match row.measure {
            Measure::Plans => (span.base + 1, span.last),
            _ => (span.base, span.last - 1),
        };
        if row.year < first {
            found.rows_known += 1;
        } else if row.year > end {
            found.rows_beyond += 1;
        } else if forecast_of(row.measure).is_none() {
            *found.rows_of_other_measures.entry(row.measure.name()).or_default() += 1;
        } else {
            tables.entry((row.measure, row.year)).or_default().push(row);
        }
    }
    for ((measure, year), rows) in tables {
        let Some((name, ages_alike)) = forecast_of(measure) else { continue };
        let table = Counted { rows, settings, needs, ages_alike };
        table.add_cells(year, name, AgeSplit::Groups, &mut found.cells);
        if measure == Measure::Plans {
            table.add_cells(year, "plans_by_age", AgeSplit::Single, &mut found.cells);
        }
    }
    found
}

/// How ages are told.
#[derive(Clone, Copy, PartialEq, Eq)]
enum AgeSplit {
    Groups,
    Single,
}

/// Counts of one measure and year.
struct Counted<'a> {
    rows: Vec<&'a Observation>,
    settings: &'a Settings,
    needs: &'a BTreeSet<String>,
    ages_alike: bool,
}

/// Whether cells are split by age, need and setting, in the order of [`shape_of`].
type Split = [bool; 3];

impl Counted<'_> {
    fn add_cells(&self, year: u16, measure: &str, ages: AgeSplit, cells: &mut Vec<Actual>) {
        const SPLITS: [Split; 7] = [
            [false, false, false],
            [true, false, false],
            [false, true, false],
            [false, false, true],
            [true, true, false],
            [true, false, true],
            [false, true, true],
        ];
        let asked = |split: &Split| split[0] || ages == AgeSplit::Groups;
        for split in SPLITS.into_iter().filter(asked).filter(|split| !split[0] || self.ages_alike) {
            let Some(source) = self.source_of(split) else { continue };
            let mut sums: BTreeMap<[String; 3], f64> = BTreeMap::new();
            for row in self.rows.iter().filter(|row| shape_of(row) == source) {
                if let Some(key) = self.key_of(row, split, ages) {
                    *sums.entry(key).or_default() += f64::from(row.count);
                }
            }
            if split[0] && ages == AgeSplit::Groups {
                sums.retain(|[group, ..], _| self.fills(group, source));
            }
            cells.extend(sums.into_iter().map(|([age_group, need, setting], value)| {
                let measure = measure.to_string();
                Actual { key: CellKey { year, measure, need, setting, age_group }, value }
            }));
        }
    }

    /// The least detailed table that gives cells of a split.
    fn source_of(&self, split: Split) -> Option<Split> {
        let mut shapes: BTreeSet<(usize, Split)> = BTreeSet::new();
        for shape in self.rows.iter().map(|row| shape_of(row)) {
            shapes.insert((shape.iter().filter(|key| **key).count(), shape));
        }
        let gives = |shape: &Split| {
            let dropped = [0, 1, 2].map(|key| shape[key] && !split[key]);
            let has_all = (0..3).all(|key| shape[key] || !split[key]);
            has_all && (!dropped[0] || self.has_all_ages(*shape)) && self.has_all_names(*shape, dropped)
        };
        shapes.into_iter().map(|(_, shape)| shape).find(gives)
    }

    /// Bands follow on without gap (the table was checked), so their ends tell.
    fn has_all_ages(&self, shape: Split) -> bool {
        let spans = || self.rows.iter().filter(|row| shape_of(row) == shape).filter_map(|row| row.age);
        spans().any(|span| span.first().index() == 0) && spans().any(|span| span.last() == Age::LAST)
    }

    fn has_all_names(&self, shape: Split, [_, need, setting]: [bool; 3]) -> bool {
        let rows = || self.rows.iter().filter(|row| shape_of(row) == shape);
        let needs: BTreeSet<&str> = rows().filter_map(|row| row.need).map(Need::code).collect();
        let settings: BTreeSet<usize> = rows().filter_map(|row| row.setting).map(|id| id.index()).collect();
        let recorded = |code: &&String| *code != Need::NotRecorded.code();
        // "Not recorded" is no place that a table must have.
        let unrecorded = self.settings.not_recorded().map(|id| id.index());
        (!need || self.needs.iter().filter(recorded).all(|code| needs.contains(code.as_str())))
            && (!setting || (0..self.settings.count()).all(|id| settings.contains(&id) || Some(id) == unrecorded))
    }

    /// Age, need and setting of the cell that a row belongs to; none where its band is wider than a cell.
    fn key_of(&self, row: &Observation, split: Split, ages: AgeSplit) -> Option<[String; 3]> {
        let all = || ALL.to_string();
        let age = match (split[0], row.age) {
            (false, _) => all(),
            (true, Some(span)) if ages == AgeSplit::Single => span.is_single().then(|| span.to_string())?,
            (true, Some(span)) => {
                let group = AgeGroup::of(span.first());
                (group == AgeGroup::of(span.last())).then(|| group.code().to_string())?
            }
            (true, None) => return None,
        };
        let need = if split[1] { row.need?.code().to_string() } else { all() };
        let setting = if split[2] { self.settings.of(row.setting?).code.clone() } else { all() };
        Some([age, need, setting])
    }

    /// Whether a table's bands fill an age group and none reaches beyond it.
    fn fills(&self, code: &str, shape: Split) -> bool {
        let Some(group) = AgeGroup::ALL.into_iter().find(|group| group.code() == code) else { return false };
        let spans: BTreeSet<_> =
            self.rows.iter().filter(|row| shape_of(row) == shape).filter_map(|row| row.age).collect();
        let within = |age: Age| {
            let own = spans.iter().find(|span| span.contains(age));
            own.is_some_and(|span| AgeGroup::of(span.first()) == group && AgeGroup::of(span.last()) == group)
        };
        group.span().ages().all(within)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::age_group::AgeSpan;
    use crate::domain::setting::Setting;

    fn settings() -> Settings {
        let setting = |code: &str| Setting { code: code.into(), name: code.into(), ages: AgeSpan::ALL };
        Settings::new(vec![setting("mainstream"), setting("special")]).expect("two settings")
    }

    fn row(measure: Measure, year: u16, age: &str, setting: &str, count: u32) -> Observation {
        let setting = settings().find(setting);
        Observation { year, measure, age: AgeSpan::parse(age), need: None, setting, count, source: "test".into() }
    }

    fn cells(rows: Vec<Observation>) -> ActualCells {
        let span = Span { base: 2025, last: 2027 };
        cells_of(&Observations::new(rows), &settings(), &BTreeSet::new(), span)
    }

    fn shown(found: &ActualCells) -> Vec<String> {
        let show = |cell: &Actual| {
            let CellKey { year, measure, setting, age_group, .. } = &cell.key;
            format!("{year} {measure} {age_group} {setting} {}", cell.value)
        };
        found.cells.iter().map(show).collect()
    }

    #[test]
    fn ages_are_summed_into_groups_that_they_fill() {
        // 0-2, 3 and 4 fill "under 5"; 5-9 leaves 10 out; 10-12 straddles two groups. 25 is missing: no total.
        let ages = [("0-2", 1), ("3", 2), ("4", 4), ("5-9", 8), ("10-12", 16)];
        let found = cells(ages.map(|(age, count)| row(Measure::Plans, 2026, age, "", count)).to_vec());
        assert_eq!(
            shown(&found),
            ["2026 plans under_5 all 7", "2026 plans_by_age 3 all 2", "2026 plans_by_age 4 all 4"]
        );
    }

    #[test]
    fn a_total_is_taken_as_published_or_summed_over_every_setting() {
        let split = [row(Measure::Ceased, 2025, "", "mainstream", 3), row(Measure::Ceased, 2025, "", "special", 4)];
        let by_setting = ["2025 leavers all mainstream 3", "2025 leavers all special 4"];
        assert_eq!(shown(&cells(split.to_vec())), [&["2025 leavers all all 7"], &by_setting[..]].concat());
        assert_eq!(shown(&cells(split[..1].to_vec())), by_setting[..1]);
        let published = [&split[..], &[row(Measure::Ceased, 2025, "", "", 9)]].concat();
        assert_eq!(shown(&cells(published)), [&["2025 leavers all all 9"], &by_setting[..]].concat());
    }

    #[test]
    fn rows_without_a_cell_are_counted() {
        let found = cells(vec![
            // The run knew the stock of its base January and the flows before it.
            row(Measure::Plans, 2025, "", "", 1),
            row(Measure::NewPlans, 2024, "", "", 1),
            // It ends with January 2027, and so with the flows of 2026.
            row(Measure::Plans, 2028, "", "", 1),
            row(Measure::NewPlans, 2027, "", "", 1),
            row(Measure::CeasedTransfer, 2025, "", "", 1),
            row(Measure::NewPlans, 2025, "", "", 5),
            row(Measure::Plans, 2027, "", "", 6),
        ]);
        assert_eq!((found.rows, found.rows_known, found.rows_beyond), (7, 2, 2));
        assert_eq!(found.rows_of_other_measures, BTreeMap::from([("ceased_transfer", 1)]));
        assert_eq!(shown(&found), ["2027 plans all all 6", "2025 new_plans all all 5"]);
    }
}
