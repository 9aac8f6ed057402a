//! What changed in fitted rates and in assumptions between two runs.
//!
//! Symbols: v the fitted rate, n events and d exposure behind it, of last (1) and this (2) run.
//!
//! - Change: 100·(v₂/v₁ − 1) %.
//! - Surprise: were both rates the same, n₂ of the n₁ + n₂ events would fall to this run in proportion to exposure, so
//!   z = (n₂·d₁ − n₁·d₂) / √((n₁ + n₂)·d₁·d₂), the score test of two Poisson counts; it needs no events in either. Rough:
//!   two runs of one area share most of their years, which makes z too small, and v is shrunken towards a larger place.
//! - Weight: (n₁ + n₂)/2 · |v₂ − v₁| / max(v₁, v₂), the events that a change is about: large cells come first, and a
//!   doubling of two events does not.
//! - A kind of rate as a whole: Σ d̄·v₂ / Σ d̄·v₁ − 1 with d̄ the mean exposure of a cell, so that a change of who is
//!   exposed is none of the rate.
//!
//! Rates are joined by their keys; where keys stand more than once (years of the outlook), by their source as well.

use std::collections::{BTreeMap, BTreeSet};

use crate::input::run_tables::TextTable;

pub const RATE_KEYS: [&str; 5] = ["rate", "age", "need", "setting", "to_setting"];

/// |z| from which on a change is called more than chance.
pub const SURPRISING: f64 = 2.0;

/// A fitted rate of one run.
#[derive(Clone, Debug, PartialEq)]
pub struct RateValue {
    pub value: f64,
    /// Events and exposure.
    pub evidence: Option<(f64, f64)>,
    pub source: String,
}

/// A rate that differs between two runs, or that only one of them has.
#[derive(Clone, Debug, PartialEq)]
pub struct RateChange {
    pub keys: [String; 5],
    pub last: Option<RateValue>,
    pub this: Option<RateValue>,
}

impl RateChange {
    pub fn percent(&self) -> Option<f64> {
        let (last, this) = (self.last.as_ref()?.value, self.this.as_ref()?.value);
        (last > 0.0).then(|| 100.0 * (this / last - 1.0))
    }

    fn evidence(&self) -> Option<[(f64, f64); 2]> {
        Some([self.last.as_ref()?.evidence?, self.this.as_ref()?.evidence?])
    }

    pub fn surprise(&self) -> Option<f64> {
        let [(events_last, exposure_last), (events_this, exposure_this)] = self.evidence()?;
        let spread = (events_last + events_this) * exposure_last * exposure_this;
        (spread > 0.0).then(|| (events_this * exposure_last - events_last * exposure_this) / spread.sqrt())
    }

    /// Events that the change is about; 0 where none are known.
    pub fn weight(&self) -> f64 {
        let (Some(last), Some(this), Some([(before, _), (now, _)])) = (&self.last, &self.this, self.evidence()) else {
            return 0.0;
        };
        let larger = last.value.max(this.value);
        if larger > 0.0 { (before + now) / 2.0 * (this.value - last.value).abs() / larger } else { 0.0 }
    }

    /// Whether it is of the area as a whole.
    pub fn is_of_area(&self) -> bool {
        self.keys[1..].iter().all(|key| key == "all")
    }
}

/// All rates of one kind.
#[derive(Clone, Debug, PartialEq)]
pub struct RateGroup {
    pub rate: String,
    pub compared: usize,
    pub changed: usize,
    pub only_last: usize,
    pub only_this: usize,
    /// Of those with evidence, how many changed by more than chance.
    pub surprising: usize,
    /// At the same exposure; none without evidence.
    pub percent: Option<f64>,
    /// Mean events of the two runs.
    pub events: f64,
}

/// Every change, the weightiest first, and each kind of rate as a whole.
pub fn compare_rates(last: &TextTable, this: &TextTable) -> (Vec<RateChange>, Vec<RateGroup>) {
    let repeated: BTreeSet<[String; 5]> = [last, this].into_iter().flat_map(repeated_keys).collect();
    let (mut last, mut this) = (keyed(last, &repeated), keyed(this, &repeated));
    let order: BTreeSet<([String; 5], String)> = last.keys().chain(this.keys()).cloned().collect();
    let mut all: Vec<RateChange> = Vec::with_capacity(order.len());
    for key in order {
        let (last, this) = (last.remove(&key), this.remove(&key));
        all.push(RateChange { keys: key.0, last, this });
    }
    let mut groups: BTreeMap<&str, Vec<&RateChange>> = BTreeMap::new();
    for change in &all {
        groups.entry(&change.keys[0]).or_default().push(change);
    }
    let mut groups: Vec<RateGroup> = groups.into_iter().map(|(rate, of_it)| summarise_group(rate, &of_it)).collect();
    groups.sort_by(|a, b| b.events.total_cmp(&a.events).then_with(|| a.rate.cmp(&b.rate)));
    let value = |rate: &Option<RateValue>| rate.as_ref().map(|rate| rate.value);
    all.retain(|change| value(&change.last) != value(&change.this));
    let size = |change: &RateChange| change.percent().map_or(0.0, f64::abs);
    all.sort_by(|a, b| {
        let larger = b.weight().total_cmp(&a.weight()).then_with(|| size(b).total_cmp(&size(a)));
        larger.then_with(|| a.keys.cmp(&b.keys))
    });
    (all, groups)
}

fn keys_of(table: &TextTable, row: &[String]) -> [String; 5] {
    RATE_KEYS.map(|column| table.text(row, column).to_string())
}

fn repeated_keys(table: &TextTable) -> BTreeSet<[String; 5]> {
    let mut seen = BTreeSet::new();
    table.rows.iter().map(|row| keys_of(table, row)).filter(|keys| !seen.insert(keys.clone())).collect()
}

fn keyed(table: &TextTable, repeated: &BTreeSet<[String; 5]>) -> BTreeMap<([String; 5], String), RateValue> {
    let rate = |row: &Vec<String>| {
        let keys = keys_of(table, row);
        let source = table.text(row, "source").to_string();
        let second = if repeated.contains(&keys) { source.clone() } else { String::new() };
        let evidence = table.number(row, "numerator").zip(table.number(row, "denominator"));
        Some(((keys, second), RateValue { value: table.number(row, "value")?, evidence, source }))
    };
    table.rows.iter().filter_map(rate).collect()
}

fn summarise_group(rate: &str, changes: &[&RateChange]) -> RateGroup {
    let count = |what: &dyn Fn(&RateChange) -> bool| changes.iter().filter(|change| what(change)).count();
    let (mut before, mut now, mut events) = (0.0, 0.0, 0.0);
    for change in changes {
        let (Some(last), Some(this), Some([(n_last, d_last), (n_this, d_this)])) =
            (&change.last, &change.this, change.evidence())
        else {
            continue;
        };
        let exposure = (d_last + d_this) / 2.0;
        before += exposure * last.value;
        now += exposure * this.value;
        events += (n_last + n_this) / 2.0;
    }
    let value = |rate: &Option<RateValue>| rate.as_ref().map(|rate| rate.value);
    RateGroup {
        rate: rate.to_string(),
        compared: count(&|change| change.last.is_some() && change.this.is_some()),
        changed: count(&|c| c.last.is_some() && c.this.is_some() && value(&c.last) != value(&c.this)),
        only_last: count(&|change| change.this.is_none()),
        only_this: count(&|change| change.last.is_none()),
        surprising: count(&|change| change.surprise().is_some_and(|z| z.abs() > SURPRISING)),
        percent: (before > 0.0).then(|| 100.0 * (now / before - 1.0)),
        events,
    }
}

/// An assumption that differs, or that only one of the runs has.
#[derive(Clone, Debug, PartialEq)]
pub struct AssumptionChange {
    pub name: String,
    pub unit: String,
    /// Value, low and high as written.
    pub last: Option<[String; 3]>,
    pub this: Option<[String; 3]>,
}

/// Assumptions joined by name (and, should a name stand twice, by its place among its like).
pub fn compare_assumptions(last: &TextTable, this: &TextTable) -> Vec<AssumptionChange> {
    let (last_rows, this_rows) = (named(last), named(this));
    let keys: BTreeSet<&(String, usize)> = last_rows.keys().chain(this_rows.keys()).collect();
    let change = |key: &(String, usize)| {
        let (last, this) = (last_rows.get(key), this_rows.get(key));
        let values = |row: Option<&[String; 4]>| row.map(|[value, low, high, _]| [value, low, high].map(String::clone));
        let unit = this.or(last).map(|[.., unit]| unit.clone()).unwrap_or_default();
        AssumptionChange { name: key.0.clone(), unit, last: values(last), this: values(this) }
    };
    let mut changes: Vec<AssumptionChange> = keys.into_iter().map(change).collect();
    changes.retain(|change| change.last != change.this);
    // Those that both runs have come first: they were decided anew.
    changes.sort_by_key(|change| change.last.is_none() || change.this.is_none());
    changes
}

fn named(table: &TextTable) -> BTreeMap<(String, usize), [String; 4]> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut rows = BTreeMap::new();
    for row in &table.rows {
        let name = table.text(row, "assumption").to_string();
        let count = counts.entry(name.clone()).or_default();
        rows.insert((name, *count), ["value", "low", "high", "unit"].map(|column| table.text(row, column).to_string()));
        *count += 1;
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: [&str; 9] =
        ["rate", "age", "need", "setting", "to_setting", "value", "numerator", "denominator", "source"];

    fn table(rows: &[[&str; 9]]) -> TextTable {
        let texts = |texts: &[&str]| texts.iter().map(|text| text.to_string()).collect::<Vec<_>>();
        TextTable { columns: texts(&HEADER), rows: rows.iter().map(|row| texts(row)).collect() }
    }

    fn joiners(
        age: &'static str,
        value: &'static str,
        events: &'static str,
        exposure: &'static str,
    ) -> [&'static str; 9] {
        ["joiner_rate", age, "all", "all", "all", value, events, exposure, "x"]
    }

    #[test]
    fn changes_are_weighed_by_the_events_behind_them() {
        let last = table(&[joiners("4", "0.010", "100", "10000"), joiners("5", "0.001", "1", "1000")]);
        let this = table(&[joiners("4", "0.012", "144", "12000"), joiners("5", "0.002", "2", "1000")]);
        let (changes, groups) = compare_rates(&last, &this);
        // Age 5 doubled, but (1 + 2)/2 × 1/2 = 0.75 events against (100 + 144)/2 × 1/6 = 20.3 of age 4.
        assert_eq!(changes.iter().map(|c| c.keys[1].as_str()).collect::<Vec<_>>(), ["4", "5"]);
        assert!((changes[0].weight() - 122.0 / 6.0).abs() < 1e-9 && (changes[1].weight() - 0.75).abs() < 1e-9);
        assert!((changes[0].percent().expect("both") - 20.0).abs() < 1e-9);
        // z = (144·10000 − 100·12000) / √(244·10000·12000) = 240000 / 171114 = 1.4026.
        assert!((changes[0].surprise().expect("evidence") - 1.4026).abs() < 1e-4);
        // Mean exposure 11000 and 1000: (132 + 2) / (110 + 1) = 1.2072.
        assert!((groups[0].percent.expect("evidence") - 20.7207).abs() < 1e-3);
        let (swapped, _) = compare_rates(&this, &last);
        assert!((swapped[0].surprise().expect("evidence") + 1.4026).abs() < 1e-4);
        assert!(swapped[0].percent().is_some_and(|percent| percent < 0.0));
    }

    #[test]
    fn keys_that_repeat_are_told_apart_by_their_source() {
        let outlook = |value, source| ["outlook_plans", "all", "all", "all", "all", value, "", "", source];
        let last = table(&[outlook("10", "January 2026"), outlook("11", "January 2027")]);
        let this = table(&[outlook("12", "January 2027")]);
        let (changes, groups) = compare_rates(&last, &this);
        let told: Vec<_> = changes.iter().map(|c| [&c.last, &c.this].map(|v| v.as_ref().map(|v| v.value))).collect();
        assert_eq!(told, [[Some(11.0), Some(12.0)], [Some(10.0), None]]);
        assert_eq!((groups[0].compared, groups[0].changed, groups[0].only_last, groups[0].percent), (1, 1, 1, None));
    }

    #[test]
    fn a_rate_without_exposure_has_no_surprise() {
        let (changes, _) =
            compare_rates(&table(&[joiners("4", "0.1", "0", "0")]), &table(&[joiners("4", "0.2", "0", "0")]));
        assert_eq!((changes[0].surprise(), changes[0].weight()), (None, 0.0));
    }
}
