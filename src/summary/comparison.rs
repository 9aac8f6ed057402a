//! Two runs of an area side by side: what changed in inputs, rates and assumptions, what that did to the forecast, and
//! what became of last's forecast for this run's base January.

use super::input_changes::{InputChange, SettingChange, find_input_changes, find_setting_changes};
use super::outturn::{Forecasts, ScoredCell, score_actuals};
use super::rate_changes::{AssumptionChange, RateChange, RateGroup, compare_assumptions, compare_rates};
use super::result_changes::{ResultChange, ResultJoin, join_results, outturn_of_base};
use crate::input::input_pairs::InputPair;
use crate::input::run_tables::{KeyColumn, RunTables};
use crate::scenario::lever::BASELINE;

/// Years after this run's base that headlines are about, as far as both runs reach.
const HEADLINE_YEARS: u16 = 5;

/// All that is told of two runs.
pub struct Comparison<'a> {
    pub last: &'a RunTables,
    pub this: &'a RunTables,
    pub inputs: Vec<InputChange>,
    pub settings: Vec<SettingChange>,
    pub rates: Vec<RateChange>,
    pub rate_groups: Vec<RateGroup>,
    pub assumptions: Vec<AssumptionChange>,
    pub results: ResultJoin,
    /// Last's baseline, and this run's base beside it; empty where last does not forecast that January.
    pub forecasts: Forecasts,
    pub outturn: Vec<ScoredCell>,
}

impl<'a> Comparison<'a> {
    pub fn of(last: &'a RunTables, this: &'a RunTables, pairs: &[InputPair]) -> Comparison<'a> {
        let (rates, rate_groups) = compare_rates(&last.rates, &this.rates);
        let forecasts = Forecasts::of(&last.forecast, BASELINE, &last.record.area);
        let (outturn, _) = score_actuals(&forecasts, outturn_of_base(last, this));
        Comparison {
            last,
            this,
            inputs: find_input_changes(pairs),
            settings: find_setting_changes(&last.record, &this.record),
            rates,
            rate_groups,
            assumptions: compare_assumptions(&last.assumptions, &this.assumptions),
            results: join_results(last, this),
            forecasts,
            outturn,
        }
    }

    /// Every figure of the years, scenarios and measures that both runs have, changed or not.
    pub fn results(&self) -> impl Iterator<Item = ResultChange> {
        let (last, this) = (&self.last.forecast, &self.this.forecast);
        self.results.pairs.iter().filter_map(move |pair| ResultChange::of(last, this, *pair))
    }

    /// Figures of the whole area's baseline.
    pub fn baseline(&self) -> Vec<ResultChange> {
        let is_own = |change: &ResultChange| {
            change.code(KeyColumn::Scenario) == BASELINE && change.code(KeyColumn::Area) == self.this.record.area
        };
        self.results().filter(is_own).collect()
    }

    /// Whether nothing differs but when the runs were made.
    pub fn is_same(&self) -> bool {
        let ResultJoin { scenarios, measures, .. } = &self.results;
        let lists = [&scenarios.last, &scenarios.this, &measures.last, &measures.this];
        self.inputs.is_empty()
            && self.settings.is_empty()
            && self.rates.is_empty()
            && self.assumptions.is_empty()
            && lists.iter().all(|names| names.is_empty())
            && !self.results().any(|change| change.is_changed())
    }

    /// The January that headlines are about; none where the runs share no year.
    pub fn headline_year(&self) -> Option<u16> {
        let (first, last) = self.results.years?;
        Some((self.this.record.settings.base_year + HEADLINE_YEARS).clamp(first, last))
    }
}
