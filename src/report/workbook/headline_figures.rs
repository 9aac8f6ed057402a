//! The few figures of a run that its headline page tells.

use std::collections::BTreeMap;

use crate::input::run_tables::{ALL, FigureTable, KeyColumn, RunFigure, RunTables, Statistic, TextTable};
use crate::scenario::lever::BASELINE;

/// Years ahead that a commissioner plans for.
const HORIZONS: [usize; 3] = [3, 5, 10];

/// Measures that the page tells.
const MEASURES: [&str; 6] = [
    "plans",
    "places",
    "places_needed",
    "shortfall",
    "first_september_short_50_percent",
    "first_september_short_80_percent",
];

/// P10, P50 and P90; nothing where a copy to share withholds them.
pub type Interval = [Option<f64>; 3];

/// A run leaves out what is 0 in every scenario.
const NOTHING: Interval = [Some(0.0); 3];

/// A scenario's figure of a measure, setting (`all`, too) and year, over all needs and ages of the local area.
type Key<'a> = (&'a str, &'a str, &'a str, u16);

pub struct HeadlineFigures<'a> {
    tables: &'a RunTables,
    forecast: BTreeMap<Key<'a>, RunFigure>,
    differences: BTreeMap<Key<'a>, RunFigure>,
}

impl<'a> HeadlineFigures<'a> {
    pub fn of(tables: &'a RunTables) -> HeadlineFigures<'a> {
        let area = &tables.record.area;
        HeadlineFigures {
            tables,
            forecast: totals(&tables.forecast, area),
            differences: totals(&tables.differences, area),
        }
    }

    pub fn base(&self) -> u16 {
        self.tables.record.settings.base_year
    }

    pub fn years(&self) -> impl Iterator<Item = u16> + use<> {
        let (base, years) = (self.base(), self.tables.record.settings.years);
        (0..=years).map(move |later| base + later as u16)
    }

    /// Januaries in 3, 5 and 10 years; the last of a shorter run in place of those beyond it.
    pub fn horizons(&self) -> Vec<u16> {
        let years = self.tables.record.settings.years;
        let mut ahead: Vec<usize> = HORIZONS.into_iter().filter(|later| *later <= years).collect();
        if ahead.len() < HORIZONS.len() && ahead.last() != Some(&years) {
            ahead.push(years);
        }
        ahead.into_iter().map(|later| self.base() + later as u16).collect()
    }

    /// Codes of settings that hold plans in some January of the baseline, in the order of the area's list.
    pub fn settings(&self) -> Vec<&'a str> {
        self.settings_with("plans")
    }

    /// Codes of settings with limited places.
    pub fn limited_settings(&self) -> Vec<&'a str> {
        self.settings_with("places_needed")
    }

    fn settings_with(&self, measure: &str) -> Vec<&'a str> {
        let has = |code: &str| self.years().any(|year| self.baseline(measure, code, year).is_some());
        self.tables.labels.of_kind("setting").map(|[_, code, ..]| code.as_str()).filter(|code| has(code)).collect()
    }

    pub fn baseline(&self, measure: &str, setting: &str, year: u16) -> Option<RunFigure> {
        self.forecast.get(&(BASELINE, measure, setting, year)).copied()
    }

    pub fn interval(&self, measure: &str, setting: &str, year: u16) -> Interval {
        self.baseline(measure, setting, year).map_or(NOTHING, |figure| interval_of(&figure))
    }

    /// The first September in which places are short in more than a share of futures: `50` or `80`.
    pub fn first_short(&self, percent: u8, setting: &str) -> Option<f64> {
        let measure = format!("first_september_short_{percent}_percent");
        self.years().find_map(|year| self.baseline(&measure, setting, year)?.value(Statistic::Mean))
    }

    /// All scenarios but the baseline.
    pub fn scenarios(&self) -> impl Iterator<Item = &'a str> {
        self.tables.record.settings.scenarios.iter().map(String::as_str).filter(|name| *name != BASELINE)
    }

    /// What a scenario changes in all plans.
    pub fn change(&self, scenario: &str, year: u16) -> Interval {
        self.differences.get(&(scenario, "plans", ALL, year)).map_or(NOTHING, interval_of)
    }

    /// What a scenario changes in costs of all years together; `None` where there are no prices.
    pub fn cost_change(&self, scenario: &str) -> Option<Interval> {
        let table = self.tables.other("money_differences.csv")?;
        let own = |row: &&Vec<String>| is_cost(table, row, scenario, ALL) && table.text(row, "financial_year") == ALL;
        Some(table.rows.iter().find(own).map_or(NOTHING, |row| text_interval(table, row)))
    }

    /// Costs of the baseline; `None` where there are no prices.
    pub fn costs(&self) -> Option<Costs<'a>> {
        let table = self.tables.other("money.csv")?;
        let payers = self.tables.labels.of_kind("payer").map(|[_, code, label, _]| (code.as_str(), label.as_str()));
        let of = |payer: &str| {
            let rows = table.rows.iter().filter(|row| is_cost(table, row, BASELINE, payer));
            let by_year = rows.map(|row| (table.text(row, "financial_year"), row));
            by_year.filter(|(year, _)| *year != ALL).collect::<BTreeMap<&str, &Vec<String>>>()
        };
        let all = of(ALL);
        let years: Vec<CostYear> = all.iter().map(|(year, row)| (*year, text_interval(table, row))).collect();
        let means = |payer: &str| {
            let own = of(payer);
            let mean = |year: &&str| own.get(*year).map_or(Some(0.0), |row| table.number(row, "mean"));
            all.keys().map(mean).collect::<Vec<Option<f64>>>()
        };
        let by_payer = payers.map(|(code, label)| (label, means(code)));
        let payers: Vec<(&str, Vec<Option<f64>>)> =
            by_payer.filter(|(_, means)| means.iter().any(|mean| *mean != Some(0.0))).collect();
        (!years.is_empty()).then_some(Costs { years, payers })
    }
}

/// A financial year and what all payers pay in it.
type CostYear<'a> = (&'a str, Interval);

/// Costs of the baseline in the prices of each year.
pub struct Costs<'a> {
    pub years: Vec<CostYear<'a>>,
    /// The label of each payer, and the mean of what it pays in each year: means add up.
    pub payers: Vec<(&'a str, Vec<Option<f64>>)>,
}

fn totals<'a>(table: &'a FigureTable, area: &str) -> BTreeMap<Key<'a>, RunFigure> {
    let told: Vec<bool> =
        table.codes(KeyColumn::Measure).all().iter().map(|name| MEASURES.contains(&name.as_str())).collect();
    let is_total = |figure: &&RunFigure| {
        told[usize::from(figure.key(KeyColumn::Measure))]
            && table.is_all(figure, KeyColumn::Need)
            && table.is_all(figure, KeyColumn::AgeGroup)
            && table.code(figure, KeyColumn::Area) == area
    };
    let keyed = table.figures.iter().filter(is_total).map(|figure| {
        let code = |column| table.code(figure, column);
        ((code(KeyColumn::Scenario), code(KeyColumn::Measure), code(KeyColumn::Setting), figure.year), *figure)
    });
    keyed.collect()
}

fn interval_of(figure: &RunFigure) -> Interval {
    [Statistic::P10, Statistic::P50, Statistic::P90].map(|statistic| figure.value(statistic))
}

fn is_cost(table: &TextTable, row: &[String], scenario: &str, payer: &str) -> bool {
    let keys = [("line", ALL), ("payer", payer), ("prices", "nominal"), ("scenario", scenario)];
    keys.iter().all(|(column, value)| table.text(row, column) == *value)
}

fn text_interval(table: &TextTable, row: &[String]) -> Interval {
    ["p10", "p50", "p90"].map(|column| table.number(row, column))
}
