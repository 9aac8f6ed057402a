//! What changed in the forecasts of two runs, and this run's published base as the outturn of last.
//!
//! Figures are joined by scenario, area, measure, need, setting, age group and unit in the same calendar year; only
//! scenarios, measures and years that both runs have are compared, the others are named. A run leaves out figures that
//! are 0 in every future, so a figure that one run lacks is told with a blank, not as an error. Where either run knows no
//! primary need (all plans are "not recorded"), nothing that is split by need is compared.
//!
//! The outturn of last are this run's plans of its base January: published counts, in all and split by at most two of age
//! group, need and setting. Three-way cells are rebuilt from margins, so they are no outturn.

use std::collections::{BTreeMap, BTreeSet};

use super::outturn::{Actual, key_of, needs_of, quantiles_of};
use crate::domain::run_record::RunRecord;
use crate::input::run_tables::{ALL, FigureTable, KeyColumn, RunFigure, RunTables, Statistic};
use crate::scenario::lever::BASELINE;

/// Figures of two runs that count the same, and what only one of them has.
#[derive(Debug, Default)]
pub struct ResultJoin {
    /// Places in the tables of last and this, in the order of last.
    pub pairs: Vec<(Option<usize>, Option<usize>)>,
    pub scenarios: OnlyIn,
    pub measures: OnlyIn,
    /// First and last year that both have.
    pub years: Option<(u16, u16)>,
}

/// Names that only one of two runs has.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OnlyIn {
    pub last: Vec<String>,
    pub this: Vec<String>,
}

impl OnlyIn {
    fn of(last: &[String], this: &[String]) -> OnlyIn {
        let without = |own: &[String], others: &[String]| -> Vec<String> {
            own.iter().filter(|name| !others.contains(name)).cloned().collect()
        };
        OnlyIn { last: without(last, this), this: without(this, last) }
    }
}

/// The keys of a figure, in the numbers of last's codes.
type JoinKey = ([u16; KeyColumn::ALL.len()], u16);

/// Joins two forecasts.
pub fn join_results(last: &RunTables, this: &RunTables) -> ResultJoin {
    let (scenarios_last, scenarios_this) = (&last.record.settings.scenarios, &this.record.settings.scenarios);
    let (last, this) = (&last.forecast, &this.forecast);
    let years = |table: &FigureTable| table.figures.iter().map(|figure| figure.year).collect::<BTreeSet<u16>>();
    let shared: BTreeSet<u16> = years(last).intersection(&years(this)).copied().collect();
    let by_need = !needs_of(last).is_empty() && !needs_of(this).is_empty();
    let is_compared = |table: &FigureTable, other: &FigureTable, figure: &RunFigure| {
        let known = |column| other.codes(column).number(table.code(figure, column)).is_some();
        let whole = by_need || table.is_all(figure, KeyColumn::Need);
        shared.contains(&figure.year) && known(KeyColumn::Scenario) && known(KeyColumn::Measure) && whole
    };
    let mut join = ResultJoin {
        pairs: Vec::new(),
        scenarios: OnlyIn::of(scenarios_last, scenarios_this),
        measures: OnlyIn::of(last.codes(KeyColumn::Measure).all(), this.codes(KeyColumn::Measure).all()),
        years: shared.first().copied().zip(shared.last().copied()),
    };
    let own = this.figures.iter().enumerate().filter(|(_, figure)| is_compared(this, last, figure));
    let mut found: BTreeMap<JoinKey, usize> = BTreeMap::new();
    let mut only_this = Vec::new();
    for (place, figure) in own {
        match translate(this, last, figure) {
            Some(key) => drop(found.insert(key, place)),
            None => only_this.push(place),
        }
    }
    for (place, figure) in last.figures.iter().enumerate().filter(|(_, figure)| is_compared(last, this, figure)) {
        join.pairs.push((Some(place), found.remove(&(figure.keys, figure.year))));
    }
    only_this.extend(found.into_values());
    only_this.sort_unstable();
    join.pairs.extend(only_this.into_iter().map(|place| (None, Some(place))));
    join
}

fn translate(from: &FigureTable, to: &FigureTable, figure: &RunFigure) -> Option<JoinKey> {
    let mut keys = [0; KeyColumn::ALL.len()];
    for (key, column) in keys.iter_mut().zip(KeyColumn::ALL) {
        *key = to.codes(column).number(from.code(figure, column))?;
    }
    Some((keys, figure.year))
}

/// A figure of both runs.
#[derive(Clone, Debug, PartialEq)]
pub struct ResultChange {
    pub year: u16,
    /// Scenario, area, measure, need, setting, age group, unit.
    pub codes: [String; KeyColumn::ALL.len()],
    pub last: Option<RunFigure>,
    pub this: Option<RunFigure>,
}

impl ResultChange {
    pub fn of(last: &FigureTable, this: &FigureTable, pair: (Option<usize>, Option<usize>)) -> Option<ResultChange> {
        let (own, other) = (pair.0.map(|place| last.figures[place]), pair.1.map(|place| this.figures[place]));
        let (table, figure) = own.map(|figure| (last, figure)).or_else(|| other.map(|figure| (this, figure)))?;
        let codes = KeyColumn::ALL.map(|column| table.code(&figure, column).to_string());
        Some(ResultChange { year: figure.year, codes, last: own, this: other })
    }

    pub fn code(&self, column: KeyColumn) -> &str {
        &self.codes[column as usize]
    }

    /// Whether it is split by nothing but, perhaps, one column.
    pub fn is_split_by(&self, column: Option<KeyColumn>) -> bool {
        let split = [KeyColumn::Need, KeyColumn::Setting, KeyColumn::AgeGroup];
        split.into_iter().all(|own| (self.code(own) == ALL) != (Some(own) == column))
    }

    pub fn medians(&self) -> Option<(f64, f64)> {
        Some((self.last?.value(Statistic::P50)?, self.this?.value(Statistic::P50)?))
    }

    /// This less last.
    pub fn change(&self) -> Option<f64> {
        self.medians().map(|(last, this)| this - last)
    }

    /// Of the size of last; none where that is 0.
    pub fn percent(&self) -> Option<f64> {
        self.medians().filter(|(last, _)| *last != 0.0).map(|(last, this)| 100.0 * (this - last) / last.abs())
    }

    /// Whether this run's median lies in last's 80 % interval.
    pub fn is_inside_last(&self) -> Option<bool> {
        let last = self.last?;
        let (low, high) = (last.value(Statistic::P10)?, last.value(Statistic::P90)?);
        self.medians().map(|(_, this)| (low..=high).contains(&this))
    }

    /// Whether any number differs; a blank is no number.
    pub fn is_changed(&self) -> bool {
        let numbers = |figure: Option<RunFigure>| figure.map(|figure| figure.values.map(f64::to_bits));
        numbers(self.last) != numbers(self.this)
    }
}

/// The plans of this run's base January, where last forecast that January.
pub fn outturn_of_base(last: &RunTables, this: &RunTables) -> Vec<Actual> {
    let base = this.record.settings.base_year;
    if base <= last.record.settings.base_year || base > last_year(&last.record) {
        return Vec::new();
    }
    let table = &this.forecast;
    let by_need = !needs_of(&last.forecast).is_empty() && !needs_of(table).is_empty();
    let is_own = |figure: &&RunFigure| {
        figure.year == base
            && table.code(figure, KeyColumn::Scenario) == BASELINE
            && table.code(figure, KeyColumn::Area) == this.record.area
            && ["plans", "plans_by_age"].contains(&table.code(figure, KeyColumn::Measure))
    };
    let actual = |figure: &RunFigure| {
        let key = key_of(table, figure);
        let split = key.is_split();
        let published = split.iter().filter(|split| **split).count() < 3 && (by_need || !split[1]);
        published.then(|| quantiles_of(figure).map(|quantiles| Actual { key, value: quantiles[3] })).flatten()
    };
    table.figures.iter().filter(is_own).filter_map(actual).collect()
}

/// The last January of a run.
pub fn last_year(record: &RunRecord) -> u16 {
    record.settings.base_year + record.settings.years as u16
}
