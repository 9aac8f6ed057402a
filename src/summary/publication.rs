//! A copy of a run's tables that can be shared: small counts of children are blank, and none can be worked out from what
//! is not.
//!
//! The cells of all measures that count children, in all years, go into one call of [`suppress`] for each scenario and
//! for means and principal values, with every sum that a reader could use: totals of needs, settings, age groups, single
//! ages and areas; joiners of their parts; closing stocks of opening stocks and flows; children who need places of those
//! who have one and those who do not. A sum counts where it holds in the tables: which sums hold need not be known
//! beforehand. A cell that is blank in one scenario is blank in all, and in differences: what is told of the others
//! would give it away. A cell is also blank where its median alone is below the threshold.
//!
//! What follows from a blank figure is blank with it: the hours that a list stands for, plans there per place, the places
//! that suffice in nine futures of ten.
//!
//! Left out are tables whose numbers stand for few children each (moves between settings, providers, fitted rates with
//! their evidence, lines of cost), hours by tier and need, from which children follow by the hours that each takes,
//! flows but in total, and figures crossed by two keys but plans by need and setting: nearly all of them would be blank.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::age_group::AgeGroup;
use crate::input::run_tables::{ALL, FigureTable, KeyColumn, MOVES, PERCENTILES, RunFigure, RunTables, Statistic};
use crate::numerics::disclosure::{Cell, DisclosureError, Relation, Rules, suppress};
use crate::units::Age;

/// Means and principal values are told to two decimals.
const ROUNDING: f64 = 0.0051;

/// Measures that count children and are told in a shared copy.
const COUNTED: [&str; 24] = [
    "plans",
    "plans_by_age",
    "requests",
    "assessments",
    "new_plans",
    "moved_in",
    "joiners",
    "leavers",
    "movers_from",
    "movers_to",
    "redirected_from",
    "redirected_to",
    "places_needed",
    "placed",
    "waiting",
    "overflow",
    "shortfall",
    "sen_support",
    "sen_support_identified",
    "sen_support_stepped_down",
    "sen_support_to_plans",
    "annual_reviews",
    "appeals",
    "early_support_pupils",
];

/// Measures that count children, by service.
const COUNTED_OF_SERVICE: [&str; 3] = ["children_served_of_", "diagnosed_of_", "waiting_list_of_"];

/// Flows of children, told in total only: split, they would tie each year's stocks to the next, and blank most of both.
const TOLD_IN_TOTAL: [&str; 11] = [
    "new_plans",
    "moved_in",
    "joiners",
    "leavers",
    "movers_from",
    "movers_to",
    "redirected_from",
    "redirected_to",
    "sen_support_identified",
    "sen_support_stepped_down",
    "sen_support_to_plans",
];

/// Measures from which another, with the same keys so many years later, follows: blank where that is. A name that ends
/// in `_of_` goes on with a service.
const FOLLOWING: [(&str, &str, u16); 4] = [
    ("hours_waiting_of_", "waiting_list_of_", 0),
    ("occupancy", "plans", 1),
    ("occupancy", "placed", 0),
    ("places_for_90_percent", "places_needed", 0),
];

/// How much a copy leaves out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Withheld {
    pub threshold: u32,
    /// Rows of the forecast that are blank, and all that the copy has.
    pub blank: usize,
    pub rows: usize,
}

/// Where a figure stands, whatever the scenario: measure, need, setting, age group, area, and year.
type Place = ([u16; 5], u16);

const PLACE_KEYS: [KeyColumn; 5] =
    [KeyColumn::Measure, KeyColumn::Need, KeyColumn::Setting, KeyColumn::AgeGroup, KeyColumn::Area];

fn place(figure: &RunFigure) -> Place {
    (PLACE_KEYS.map(|column| figure.key(column)), figure.year)
}

/// Turns the tables of a run into those of its shared copy. `advance` is told of each edition that is checked.
pub fn publish(
    mut tables: RunTables,
    threshold: u32,
    advance: &dyn Fn(),
) -> Result<(RunTables, Withheld), DisclosureError> {
    keep_publishable(&mut tables.forecast);
    keep_publishable(&mut tables.differences);
    let hidden = Counts::of(&tables.forecast, &tables.record.area).hidden(f64::from(threshold), advance)?;
    let mut shown: BTreeSet<[String; 6]> = hidden.iter().map(|at| named(&tables.forecast, *at)).collect();
    let following: Vec<[String; 6]> = shown.iter().flat_map(what_follows).collect();
    shown.extend(following);
    let blank = blank_out(&mut tables.forecast, &shown);
    blank_out(&mut tables.differences, &shown);
    tables.others.retain(|name, _| ![MOVES, "providers.csv", "overflow.csv"].contains(name));
    if let Some(percentiles) = tables.others.get_mut(PERCENTILES) {
        let of_plans = |row: &[String]| {
            let [_, area, year, measure, setting, ..] = row else { return false };
            let all = || ALL.to_string();
            shown.contains(&[measure.clone(), all(), setting.clone(), all(), area.clone(), year.clone()])
        };
        percentiles.rows.retain(|row| !of_plans(row));
    }
    for name in ["money.csv", "money_differences.csv"] {
        let Some(money) = tables.others.get_mut(name) else { continue };
        let line = money.column("line").unwrap_or_default();
        money.rows.retain(|row| row[line] == ALL || row[line].starts_with("high_needs_"));
    }
    tables.others.remove("pool.csv");
    tables.rates.rows.clear();
    tables.record.notes = vec![format!(
        "A copy to share: counts of children below {threshold} are blank, and so are others from which they could be worked out. What was assumed or tolerated is told in the run's own folder."
    )];
    let withheld = Withheld { threshold, blank, rows: tables.forecast.figures.len() };
    tables.withheld = Some(withheld.threshold);
    Ok((tables, withheld))
}

/// Whether a figure is split by need, setting and age group.
type Split = [bool; 3];

/// How a measure is split in a copy: by one of them, or plans by need and setting together.
fn splits_told(measure: &str) -> &'static [Split] {
    const TOTAL: Split = [false; 3];
    const BY_ONE: [Split; 4] = [TOTAL, [true, false, false], [false, true, false], [false, false, true]];
    const BY_NEED_AND_SETTING: [Split; 5] = [BY_ONE[0], BY_ONE[1], BY_ONE[2], BY_ONE[3], [true, true, false]];
    match measure {
        "plans" => &BY_NEED_AND_SETTING,
        flow if TOLD_IN_TOTAL.contains(&flow) => &BY_ONE[..1],
        _ => &BY_ONE,
    }
}

/// Keeps figures that may be shared once small ones are blank.
fn keep_publishable(table: &mut FigureTable) {
    let keeps = |measure: &String| {
        let of_kind = measure.contains("_for_") && measure != "places_for_90_percent";
        let by_setting = measure.starts_with("shortfall_of_") || measure.starts_with("hours_of_");
        let by_tier = measure.contains("_tier_");
        !(of_kind
            || by_setting
            || by_tier
            || measure == "plans_by_age_needed"
            || measure.starts_with("early_support_cost"))
    };
    let measures = table.codes(KeyColumn::Measure).all();
    let kept: Vec<bool> = measures.iter().map(keeps).collect();
    let deepest: Vec<&[Split]> = measures.iter().map(|measure| splits_told(measure)).collect();
    let figures = std::mem::take(&mut table.figures);
    let told = |figure: &RunFigure| {
        let split = [KeyColumn::Need, KeyColumn::Setting, KeyColumn::AgeGroup].map(|key| !table.is_all(figure, key));
        let measure = usize::from(figure.key(KeyColumn::Measure));
        kept[measure] && deepest[measure].contains(&split)
    };
    let figures = figures.into_iter().filter(told).collect();
    table.figures = figures;
}

/// A place by its codes: those of another table have other numbers.
fn named(table: &FigureTable, (keys, year): Place) -> [String; 6] {
    let mut names = PLACE_KEYS.into_iter().zip(keys).map(|(column, key)| table.codes(column).code(key).to_string());
    std::array::from_fn(|_| names.next().unwrap_or_else(|| year.to_string()))
}

/// The places whose numbers follow from that of a hidden one, and that are no counts themselves.
fn what_follows(hidden: &[String; 6]) -> impl Iterator<Item = [String; 6]> + '_ {
    let [measure, keys @ .., year] = hidden;
    FOLLOWING.into_iter().filter_map(move |(follows, from, later)| {
        let service = measure.strip_prefix(from).filter(|service| service.is_empty() || from.ends_with("_of_"))?;
        let year = year.parse::<u16>().ok()?.checked_sub(later)?;
        let [need, setting, age_group, area] = keys;
        let measure = format!("{follows}{service}");
        Some([&measure, need, setting, age_group, area, &year.to_string()].map(String::clone))
    })
}

/// Leaves the numbers of hidden places out; how many rows it were.
fn blank_out(table: &mut FigureTable, hidden: &BTreeSet<[String; 6]>) -> usize {
    let is_hidden: Vec<bool> =
        table.figures.iter().map(|figure| hidden.contains(&named(table, place(figure)))).collect();
    for (figure, _) in table.figures.iter_mut().zip(&is_hidden).filter(|(_, hidden)| **hidden) {
        figure.values.fill(f64::NAN);
    }
    is_hidden.into_iter().filter(|hidden| *hidden).count()
}

/// All counts of children of a run, by place and edition: means and principal values of each scenario.
struct Counts {
    places: Vec<Place>,
    /// By edition and place; 0 where a table has no row.
    editions: Vec<Vec<f64>>,
    /// Medians, by scenario and place.
    medians: Vec<Vec<f64>>,
    relations: Vec<Relation>,
    costs: Vec<f64>,
}

impl Counts {
    fn of(table: &FigureTable, area: &str) -> Counts {
        let measures = table.codes(KeyColumn::Measure).all();
        let is_count = |name: &String| {
            COUNTED.contains(&name.as_str()) || COUNTED_OF_SERVICE.iter().any(|start| name.starts_with(start))
        };
        let counted: Vec<bool> = measures.iter().map(is_count).collect();
        let figures: Vec<&RunFigure> =
            table.figures.iter().filter(|figure| counted[usize::from(figure.key(KeyColumn::Measure))]).collect();
        let numbers: BTreeMap<Place, usize> = {
            let places: BTreeSet<Place> = figures.iter().map(|figure| place(figure)).collect();
            places.into_iter().zip(0..).collect()
        };
        let scenarios = table.codes(KeyColumn::Scenario).all().len();
        let mut editions = vec![vec![0.0; numbers.len()]; 2 * scenarios];
        let mut medians = vec![vec![0.0; numbers.len()]; scenarios];
        for figure in figures {
            let (at, scenario) = (numbers[&place(figure)], usize::from(figure.key(KeyColumn::Scenario)));
            let value = |statistic| figure.value(statistic).unwrap_or(0.0).max(0.0);
            editions[2 * scenario][at] = value(Statistic::Mean);
            editions[2 * scenario + 1][at] = value(Statistic::Principal);
            medians[scenario][at] = value(Statistic::P50);
        }
        let places: Vec<Place> = numbers.keys().copied().collect();
        let sums = Sums { table, numbers: &numbers, area };
        let mut relations = sums.all();
        // A sum that does not hold in every edition is none that a reader could rely on.
        relations.retain(|relation| editions.iter().all(|values| holds(relation, values)));
        let costs = places.iter().map(|at| sums.cost(*at)).collect();
        Counts { places, editions, medians, relations, costs }
    }

    /// Places that are blank in all editions.
    fn hidden(&self, threshold: f64, advance: &dyn Fn()) -> Result<Vec<Place>, DisclosureError> {
        let small = |value: f64| 0.0 < value && value < threshold;
        // What is small in any edition is blank in all from the start: fewer rounds, and the same cells protect each other.
        let told = || self.medians.iter().chain(&self.editions);
        let mut blank: Vec<bool> = (0..self.places.len()).map(|at| told().any(|values| small(values[at]))).collect();
        let mut changed = true;
        while changed {
            changed = false;
            for values in &self.editions {
                let cells = values.iter().zip(&self.costs).map(|(value, cost)| Cell { value: *value, cost: *cost });
                let cells: Vec<Cell> = cells.collect();
                let rules = Rules { threshold, rounding: ROUNDING, blank: &blank };
                let pattern = suppress(&cells, &self.relations, rules)?.hidden(cells.len());
                advance();
                for (blank, hidden) in blank.iter_mut().zip(pattern) {
                    changed |= hidden && !*blank;
                    *blank |= hidden;
                }
            }
        }
        Ok(self.places.iter().zip(blank).filter(|(_, blank)| *blank).map(|(place, _)| *place).collect())
    }
}

fn holds(relation: &Relation, values: &[f64]) -> bool {
    let (mut sum, mut rounded) = (0.0, 0.0);
    for (cell, coefficient) in &relation.terms {
        sum += f64::from(*coefficient) * values[*cell];
        rounded += f64::from(coefficient.abs()) * ROUNDING;
    }
    f64::abs(sum) <= rounded
}

/// Sums that may hold among the cells of a table.
struct Sums<'a> {
    table: &'a FigureTable,
    numbers: &'a BTreeMap<Place, usize>,
    area: &'a str,
}

impl Sums<'_> {
    fn all(&self) -> Vec<Relation> {
        [self.totals(), self.ages(), self.parts(), self.stocks()].concat()
    }

    fn measure(&self, name: &str) -> Option<u16> {
        self.table.codes(KeyColumn::Measure).number(name)
    }

    /// The number that stands for the total of a key.
    fn total_of(&self, key: usize) -> Option<u16> {
        let whole = if PLACE_KEYS[key] == KeyColumn::Area { self.area } else { ALL };
        self.table.codes(PLACE_KEYS[key]).number(whole)
    }

    /// 0 inside, more at a margin, most for a total of all keys.
    fn cost(&self, (keys, _): Place) -> f64 {
        (1..PLACE_KEYS.len()).filter(|key| self.total_of(*key) == Some(keys[*key])).count() as f64
    }

    /// Each cell that is a total of needs, settings, age groups or areas.
    fn totals(&self) -> Vec<Relation> {
        let mut parts: BTreeMap<(Place, usize, bool), Vec<usize>> = BTreeMap::new();
        for ((keys, year), cell) in self.numbers {
            for key in 1..PLACE_KEYS.len() {
                let Some(total) = self.total_of(key).filter(|total| *total != keys[key]) else { continue };
                let mut above = *keys;
                above[key] = total;
                // Phases of school and age groups each make up all ages.
                let by_phase = PLACE_KEYS[key] == KeyColumn::AgeGroup && {
                    let code = self.table.codes(KeyColumn::AgeGroup).code(keys[key]);
                    !AgeGroup::ALL.iter().any(|group| group.code() == code)
                };
                if self.numbers.contains_key(&(above, *year)) {
                    parts.entry(((above, *year), key, by_phase)).or_default().push(*cell);
                }
            }
        }
        parts.into_iter().map(|((above, ..), parts)| Relation::total(self.numbers[&above], parts)).collect()
    }

    /// Plans of an age group, or of all ages, as sums of single ages.
    fn ages(&self) -> Vec<Relation> {
        let (Some(plans), Some(by_age)) = (self.measure("plans"), self.measure("plans_by_age")) else {
            return Vec::new();
        };
        let codes = self.table.codes(KeyColumn::AgeGroup);
        let mut parts: BTreeMap<Place, Vec<usize>> = BTreeMap::new();
        for ((keys, year), cell) in self.numbers.iter().filter(|((keys, _), _)| keys[0] == by_age) {
            let Some(age) = codes.code(keys[3]).parse().ok().and_then(Age::new) else { continue };
            for group in [ALL, AgeGroup::of(age).code()] {
                let Some(group) = codes.number(group) else { continue };
                let above = [plans, keys[1], keys[2], group, keys[4]];
                parts.entry((above, *year)).or_default().push(*cell);
            }
        }
        let known = parts.into_iter().filter_map(|(above, parts)| Some((*self.numbers.get(&above)?, parts)));
        known.map(|(above, parts)| Relation::total(above, parts)).collect()
    }

    /// Measures that are sums of others.
    fn parts(&self) -> Vec<Relation> {
        const SUMS: [(&str, &[&str]); 4] = [
            ("joiners", &["new_plans", "moved_in"]),
            ("places_needed", &["placed", "overflow", "waiting"]),
            ("places_needed", &["placed", "shortfall"]),
            ("shortfall", &["overflow", "waiting"]),
        ];
        let mut relations = Vec::new();
        for (whole, parts) in SUMS {
            let Some(whole) = self.measure(whole) else { continue };
            for ((keys, year), cell) in self.numbers.iter().filter(|((keys, _), _)| keys[0] == whole) {
                let part = |name: &&str| self.at(name, *keys, *year);
                relations.push(Relation::total(*cell, parts.iter().filter_map(part)));
            }
        }
        // Who has a place in September is there in January.
        if let Some(placed) = self.measure("placed") {
            let pupils = self.numbers.iter().filter(|((keys, _), _)| keys[0] == placed);
            let plans = |keys, year| self.at("plans", keys, year + 1);
            relations
                .extend(pupils.filter_map(|((keys, year), cell)| Some(Relation::total(*cell, [plans(*keys, *year)?]))));
        }
        relations
    }

    /// A cell with the keys of another, of another measure.
    fn at(&self, measure: &str, mut keys: [u16; 5], year: u16) -> Option<usize> {
        keys[0] = self.measure(measure)?;
        self.numbers.get(&(keys, year)).copied()
    }

    /// Closing stocks, of opening stocks and the flows between.
    fn stocks(&self) -> Vec<Relation> {
        const FLOWS: [(&str, &[(&str, i32)]); 3] = [
            ("plans", &[("joiners", 1), ("leavers", -1)]),
            (
                "plans",
                &[
                    ("joiners", 1),
                    ("leavers", -1),
                    ("movers_to", 1),
                    ("movers_from", -1),
                    ("redirected_to", 1),
                    ("redirected_from", -1),
                ],
            ),
            (
                "sen_support",
                &[("sen_support_identified", 1), ("sen_support_stepped_down", -1), ("sen_support_to_plans", -1)],
            ),
        ];
        let mut relations = Vec::new();
        for (stock, flows) in FLOWS {
            let Some(stock) = self.measure(stock) else { continue };
            for ((keys, year), opening) in self.numbers.iter().filter(|((keys, _), _)| keys[0] == stock) {
                let Some(closing) = self.numbers.get(&(*keys, year + 1)) else { continue };
                let moved = flows.iter().filter_map(|(flow, sign)| Some((self.at(flow, *keys, *year)?, *sign)));
                let terms = [(*closing, -1), (*opening, 1)].into_iter().chain(moved).collect();
                relations.push(Relation { terms });
            }
        }
        relations
    }
}
