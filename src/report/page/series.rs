//! Figures of a run as the page keeps them: a row for each series, six numbers for each of its years.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Serialize, Serializer};

use crate::domain::money::FinancialYear;
use crate::engine::layout::LineFigure;
use crate::input::run_tables::{ALL, FigureTable, KeyColumn, Labels, RunFigure, Statistic, TextTable};

/// What is kept of a figure, in this order.
pub const QUANTILES: [(&str, Statistic); 6] = [
    ("p10", Statistic::P10),
    ("p25", Statistic::P25),
    ("p50", Statistic::P50),
    ("p75", Statistic::P75),
    ("p90", Statistic::P90),
    ("mean", Statistic::Mean),
];

/// Stands for "all" where a row names a number.
pub const EVERY: i32 = -1;

/// A number as short as it can be told: whole where it is, nothing where there is none.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Number(pub f64);

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Number(value) = *self;
        if value.is_nan() {
            serializer.serialize_none()
        } else if value == value.trunc() && value.abs() < 1e15 {
            serializer.serialize_i64(value as i64)
        } else {
            serializer.serialize_f64(value)
        }
    }
}

/// A cell that may be blank.
pub fn number_of(value: Option<f64>) -> Number {
    Number(value.unwrap_or(f64::NAN))
}

/// Numbers of codes in the order in which the page lists them.
#[derive(Clone, Debug, Default)]
pub struct Listed(BTreeMap<String, i32>);

impl Listed {
    pub fn new<'a>(codes: impl Iterator<Item = &'a str>) -> Listed {
        Listed((0..).zip(codes).map(|(number, code)| (code.to_string(), number)).collect())
    }

    /// [`EVERY`] for "all"; `None` for a code that is not listed.
    pub fn number(&self, code: &str) -> Option<i32> {
        if code == ALL { Some(EVERY) } else { self.0.get(code).copied() }
    }

    /// The codes in their order.
    pub fn codes(&self) -> Vec<&str> {
        let mut codes: Vec<(&i32, &str)> = self.0.iter().map(|(code, number)| (number, code.as_str())).collect();
        codes.sort_unstable();
        codes.into_iter().map(|(_, code)| code).collect()
    }

    /// The number of a code, which is listed last if it is not yet.
    fn add(&mut self, code: &str) -> i32 {
        let next = self.0.len() as i32;
        *self.0.entry(code.to_string()).or_insert(next)
    }
}

/// Series by their keys: years with their numbers.
type Series<const KEYS: usize> = BTreeMap<[i32; KEYS], BTreeMap<u16, [f64; QUANTILES.len()]>>;

/// A row of the page: the keys, the first year, and the numbers of all years.
#[derive(Clone, Debug, PartialEq)]
pub struct SeriesRow(pub Vec<i32>, pub u16, pub Vec<Number>);

impl Serialize for SeriesRow {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeSeq;
        let mut row = serializer.serialize_seq(Some(self.0.len() + 2))?;
        self.0.iter().try_for_each(|key| row.serialize_element(key))?;
        row.serialize_element(&self.1)?;
        row.serialize_element(&self.2)?;
        row.end()
    }
}

/// What `forecast.csv` or `differences.csv` gives the page.
#[derive(Clone, Debug, Default)]
pub struct FigureSeries {
    /// Scenario, measure, need, setting, age group, area.
    pub forecast: Vec<SeriesRow>,
    /// Scenario, service, figure.
    pub service: Vec<SeriesRow>,
    /// Scenario, setting and January: plans by single year of age.
    pub ages: Vec<(i32, i32, u16, Vec<Number>)>,
    /// Scenario and setting: the first Septembers in which places are short.
    pub triggers: Vec<(i32, i32, Number, Number)>,
}

/// What the page lists: its numbers stand for these codes.
#[derive(Clone, Debug, Default)]
pub struct Lists {
    pub scenarios: Listed,
    pub settings: Listed,
    pub needs: Listed,
    pub age_groups: Listed,
    /// The local area itself is "all".
    pub areas: Listed,
    pub services: Listed,
    pub measures: Listed,
    pub units: BTreeMap<String, String>,
}

impl Lists {
    pub fn of(scenarios: &[String], labels: &Labels) -> Lists {
        let listed = |kind: &str| Listed::new(labels.of_kind(kind).map(|[_, code, ..]| code.as_str()));
        let parts = labels.of_kind("area").filter(|[_, _, _, detail]| detail == "planning area");
        Lists {
            scenarios: Listed::new(scenarios.iter().map(String::as_str)),
            settings: listed("setting"),
            needs: listed("need"),
            age_groups: listed("age_group"),
            areas: Listed::new(parts.map(|[_, code, ..]| code.as_str())),
            services: listed("service"),
            measures: Listed::default(),
            units: BTreeMap::new(),
        }
    }
}

/// Figures of services that the page tells.
pub const SERVICE_FIGURES: [LineFigure; 13] = [
    LineFigure::Demanded,
    LineFigure::Delivered,
    LineFigure::Capacity,
    LineFigure::Unmet,
    LineFigure::Needed,
    LineFigure::InPost,
    LineFigure::Gap,
    LineFigure::Relief,
    LineFigure::List,
    LineFigure::MeanWait,
    LineFigure::Wait92,
    LineFigure::Within,
    LineFigure::Served,
];

/// What becomes of a measure on the page.
enum Told {
    Plain,
    OfService(i32, i32),
    ByAge,
    Trigger {
        earlier: bool,
    },
    /// In other tables of the page, or in `forecast.csv` only.
    No,
}

fn told(measure: &str, lists: &Lists) -> Told {
    match measure {
        "plans_by_age" => return Told::ByAge,
        "first_september_short_50_percent" => return Told::Trigger { earlier: true },
        "first_september_short_80_percent" => return Told::Trigger { earlier: false },
        "plans_by_age_needed" | "early_support_cost" => return Told::No,
        _ if measure.starts_with("cost") || measure.starts_with("high_needs_") => return Told::No,
        _ => {}
    }
    let of_service = (0..).zip(SERVICE_FIGURES).find_map(|(number, figure)| {
        let service = measure.strip_prefix(figure.name())?.strip_prefix("_of_")?;
        Some(lists.services.number(service).map_or(Told::No, |service| Told::OfService(service, number)))
    });
    let detail = measure.contains("_for_") && !measure.contains("_for_90_percent") || measure.contains("_of_");
    match of_service {
        Some(told) => told,
        // Shares of decisions, drafts and plans in time are of no service.
        None if detail && !measure.starts_with("share_of_") => Told::No,
        None => Told::Plain,
    }
}

/// Puts figures into series; those that are crossed by more keys than the page offers are left to `forecast.csv`.
pub fn collect_figures(table: &FigureTable, area: &str, lists: &mut Lists) -> FigureSeries {
    let measures = table.codes(KeyColumn::Measure);
    let kinds: Vec<Told> = measures.all().iter().map(|measure| told(measure, lists)).collect();
    let mut forecast: Series<6> = BTreeMap::new();
    let mut service: Series<3> = BTreeMap::new();
    let mut ages: BTreeMap<(i32, i32, u16), Vec<Number>> = BTreeMap::new();
    let mut triggers: BTreeMap<(i32, i32), [f64; 2]> = BTreeMap::new();
    for figure in &table.figures {
        let code = |column| table.code(figure, column);
        let Some(scenario) = lists.scenarios.number(code(KeyColumn::Scenario)) else { continue };
        let Some(setting) = lists.settings.number(code(KeyColumn::Setting)) else { continue };
        match &kinds[usize::from(figure.key(KeyColumn::Measure))] {
            Told::No => {}
            Told::OfService(number, kind) => {
                service.entry([scenario, *number, *kind]).or_default().insert(figure.year, numbers(figure));
            }
            Told::ByAge => {
                if let Ok(age) = code(KeyColumn::AgeGroup).parse::<usize>() {
                    let row = ages.entry((scenario, setting, figure.year)).or_default();
                    row.resize(row.len().max(age + 1), Number(0.0));
                    row[age] = number_of(figure.value(Statistic::Mean));
                }
            }
            Told::Trigger { earlier } => {
                let row = triggers.entry((scenario, setting)).or_insert([f64::NAN; 2]);
                row[usize::from(!*earlier)] = number_of(figure.value(Statistic::Mean)).0;
            }
            Told::Plain => {
                if let Some(keys) = plain_keys(table, figure, area, lists) {
                    let [need, group, part] = keys;
                    let measure = lists.measures.add(code(KeyColumn::Measure));
                    let unit = code(KeyColumn::Unit).to_string();
                    lists.units.entry(code(KeyColumn::Measure).to_string()).or_insert(unit);
                    let keys = [scenario, measure, need, setting, group, part];
                    forecast.entry(keys).or_default().insert(figure.year, numbers(figure));
                }
            }
        }
    }
    let ages = ages.into_iter().map(|((scenario, setting, year), row)| (scenario, setting, year, row));
    let first = triggers.into_iter();
    FigureSeries {
        forecast: pack(forecast, |keys| keys[1]),
        service: pack(service, |keys| keys[2]),
        ages: ages.collect(),
        triggers: first
            .map(|((scenario, setting), [half, most])| (scenario, setting, Number(half), Number(most)))
            .collect(),
    }
}

/// Need, age group and area of a figure; `None` where it is crossed by more than the page offers.
fn plain_keys(table: &FigureTable, figure: &RunFigure, area: &str, lists: &Lists) -> Option<[i32; 3]> {
    let code = |column| table.code(figure, column);
    let need = lists.needs.number(code(KeyColumn::Need))?;
    let group = lists.age_groups.number(code(KeyColumn::AgeGroup))?;
    let own = code(KeyColumn::Area);
    let part = if own == area { EVERY } else { lists.areas.number(own)? };
    let by_setting = !table.is_all(figure, KeyColumn::Setting);
    let split = [need, group, part].iter().filter(|key| **key != EVERY).count();
    let plans = code(KeyColumn::Measure) == "plans";
    // Plans by setting and one more key; what is told of places by setting, and by setting and area.
    let crossed = split == 1 && by_setting && (plans || part != EVERY);
    (split == 0 || split == 1 && !by_setting || crossed).then_some([need, group, part])
}

fn numbers(figure: &RunFigure) -> [f64; QUANTILES.len()] {
    QUANTILES.map(|(_, statistic)| number_of(figure.value(statistic)).0)
}

/// Rows of series. A figure that a table leaves out is 0 in every scenario: a gap within the years in which anything is
/// told of `kind` is filled with zeros.
fn pack<const KEYS: usize>(series: Series<KEYS>, kind: impl Fn(&[i32; KEYS]) -> i32) -> Vec<SeriesRow> {
    let mut spans: BTreeMap<i32, (u16, u16)> = BTreeMap::new();
    for (keys, years) in &series {
        let (Some(first), Some(last)) = (years.keys().next(), years.keys().next_back()) else { continue };
        let span = spans.entry(kind(keys)).or_insert((*first, *last));
        *span = (span.0.min(*first), span.1.max(*last));
    }
    let row = |(keys, years): ([i32; KEYS], BTreeMap<u16, [f64; QUANTILES.len()]>)| {
        let (first, last) = spans[&kind(&keys)];
        let all = (first..=last).flat_map(|year| years.get(&year).copied().unwrap_or([0.0; QUANTILES.len()]));
        SeriesRow(keys.to_vec(), first, all.map(Number).collect())
    };
    series.into_iter().map(row).collect()
}

/// Amounts of `money.csv` or `money_differences.csv`: scenario, line, payer, and 0 for nominal or 1 for real pounds.
pub fn collect_money(table: &TextTable, scenarios: &Listed, lines: &mut Listed, payers: &Listed) -> Vec<SeriesRow> {
    let mut series: Series<4> = BTreeMap::new();
    // Of the block and the pool, years may be told in which there is neither; a cost that is left out is 0.
    let mut apart: BTreeSet<i32> = BTreeSet::new();
    for row in &table.rows {
        let text = |column| table.text(row, column);
        let (Some(year), Some(scenario), Some(payer)) = (
            FinancialYear::parse(text("financial_year")),
            scenarios.number(text("scenario")),
            payers.number(text("payer")),
        ) else {
            continue;
        };
        let line = if text("line") == ALL { EVERY } else { lines.add(text("line")) };
        if ["high_needs_", "pool_"].iter().any(|kind| text("line").starts_with(kind)) {
            apart.insert(line);
        }
        let keys = [scenario, line, payer, i32::from(text("prices") == "real")];
        let share = text("unit") != "pounds";
        let value = |(name, _): (&str, Statistic)| {
            let value = table.number(row, name).unwrap_or(f64::NAN);
            if share { value } else { value.round() }
        };
        series.entry(keys).or_default().insert(year.0, QUANTILES.map(value));
    }
    pack(series, |keys| if apart.contains(&keys[1]) { keys[1] } else { EVERY })
}
