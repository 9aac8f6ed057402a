//! The CSV tables of a run folder.

use std::io::Write;

use super::table_writer::TableWriter;
use crate::domain::statutory_return::ReturnMapping;
use crate::domain::world::World;
use crate::fit::rate_table::RateRow;
use crate::summary::figures::{Figure, ScenarioFigures};
use crate::summary::money_series::{MoneyFigure, MoneyItem, MoneyKeys};
use crate::summary::series::{AgeKey, Keys};

/// The columns of `forecast.csv` and `differences.csv`: scripts rely on them.
const FORECAST_KEYS: [&str; 9] =
    ["scenario", "area", "year", "measure", "need", "setting", "age_group", "unit", "principal"];

/// The columns of a figure's spread, in all tables that tell it.
const SPREAD_COLUMNS: [&str; 9] = ["mean", "sd", "p05", "p10", "p25", "p50", "p75", "p90", "p95"];

/// Writes the header of a table that tells spreads after the columns that say of what.
pub(super) fn write_spread_header<W: Write>(writer: &mut TableWriter<W>, keys: &[&str]) -> csv::Result<()> {
    writer.write_record(keys.iter().chain(&SPREAD_COLUMNS))
}

const RATE_COLUMNS: [&str; 10] =
    ["rate", "age", "need", "setting", "to_setting", "value", "numerator", "denominator", "reference_value", "source"];

const RETURN_COLUMNS: [&str; 5] = ["form", "setting", "category", "share", "source"];

/// Writes figures of all scenarios; a figure that is 0 in every scenario is left out.
pub fn write_forecast(out: impl Write, world: &World, scenarios: &[ScenarioFigures]) -> csv::Result<()> {
    write_figures(
        out,
        world,
        scenarios,
        |scenario| &scenario.figures,
        |scenario| &scenario.sufficiency,
        |scenario| &scenario.money,
    )
}

/// Writes paired differences from the baseline of all other scenarios.
pub fn write_differences(out: impl Write, world: &World, scenarios: &[ScenarioFigures]) -> csv::Result<()> {
    write_figures(
        out,
        world,
        scenarios,
        |scenario| &scenario.differences,
        |_| &[],
        |scenario| &scenario.money_differences,
    )
}

fn write_figures(
    out: impl Write,
    world: &World,
    scenarios: &[ScenarioFigures],
    select: impl Fn(&ScenarioFigures) -> &[Figure],
    extra: impl Fn(&ScenarioFigures) -> &[Figure],
    money: impl Fn(&ScenarioFigures) -> &[MoneyFigure],
) -> csv::Result<()> {
    let mut writer = TableWriter::new(out);
    write_spread_header(&mut writer, &FORECAST_KEYS)?;
    let count = scenarios.iter().map(|s| select(s).len()).max().unwrap_or(0);
    let some = |place: usize| scenarios.iter().any(|s| select(s).get(place).is_some_and(|f| !f.is_nothing()));
    let kept: Vec<bool> = (0..count).map(some).collect();
    let paid = told_in_any(scenarios, &money);
    for scenario in scenarios {
        for (figure, _) in select(scenario).iter().zip(&kept).filter(|(_, kept)| **kept) {
            writer.write_record(figure_record(world, &scenario.scenario, figure))?;
        }
        for figure in extra(scenario) {
            writer.write_record(figure_record(world, &scenario.scenario, figure))?;
        }
        for (figure, _) in money(scenario).iter().zip(&paid).filter(|(_, paid)| **paid) {
            if let Some(record) = money_record(world, &scenario.scenario, figure) {
                writer.write_record(record)?;
            }
        }
    }
    writer.flush()
}

/// The key columns of a figure, in their order.
pub(super) fn key_texts(world: &World, scenario: &str, keys: &Keys) -> [String; 8] {
    let all = || "all".to_string();
    let need = keys.need.and_then(|index| world.needs.iter().nth(index)).map_or_else(all, |need| need.to_string());
    let code = |index: usize| world.settings.iter().nth(index).map_or_else(all, |setting| setting.code.clone());
    let area = keys.area.map_or(&world.area.id, |index| &world.geography.areas[index].id);
    let age_group = match keys.age {
        AgeKey::All => all(),
        AgeKey::Group(group) => group.code().to_string(),
        AgeKey::Phase(phase) => phase.code().to_string(),
        AgeKey::Single(age) => age.to_string(),
    };
    [
        scenario.to_string(),
        area.clone(),
        keys.year.to_string(),
        keys.measure.name(world),
        need,
        keys.setting.map_or_else(all, code),
        age_group,
        keys.measure.unit().to_string(),
    ]
}

fn figure_record(world: &World, scenario: &str, figure: &Figure) -> Vec<String> {
    let keys = &figure.keys;
    let mut record = key_texts(world, scenario, keys).to_vec();
    // Shares of a place or of futures are small numbers.
    let (fine, coarse) = if keys.measure.is_share() { (4, 4) } else { (2, 1) };
    record.extend([figure.principal, figure.spread.mean, figure.spread.sd].map(|value| decimal(value, fine)));
    record.extend(figure.spread.quantiles.iter().map(|q| decimal(*q, coarse)));
    record
}

/// Of each amount, whether it is anything in any scenario: their amounts stand in one order.
pub(super) fn told_in_any(
    scenarios: &[ScenarioFigures],
    select: impl Fn(&ScenarioFigures) -> &[MoneyFigure],
) -> Vec<bool> {
    let count = scenarios.iter().map(|scenario| select(scenario).len()).max().unwrap_or(0);
    let is_told = |place: usize| {
        scenarios.iter().any(|scenario| select(scenario).get(place).is_some_and(|figure| !figure.is_nothing()))
    };
    (0..count).map(is_told).collect()
}

/// A sum over all lines, or a figure of the high needs block, in the financial year that starts in the year told; what
/// each line costs stands in `money.csv`.
fn money_record(world: &World, scenario: &str, figure: &MoneyFigure) -> Option<Vec<String>> {
    let MoneyKeys { year, item, payer, real } = figure.keys;
    let measure = match (item, payer, real) {
        (MoneyItem::AllLines, None, false) => "cost".to_string(),
        (MoneyItem::AllLines, None, true) => "cost_real".to_string(),
        (MoneyItem::AllLines, Some(payer), false) => format!("cost_{}", payer.code()),
        (MoneyItem::Block(item), ..) => item.code().to_string(),
        _ => return None,
    };
    let places = if item.is_chance() { 4 } else { 2 };
    let keys = [scenario, &world.area.id, &year?.0.to_string(), &measure, "all", "all", "all", item.unit()];
    let spread = &figure.spread;
    let values = [figure.principal, spread.mean, spread.sd].into_iter().chain(spread.quantiles);
    Some(keys.into_iter().map(str::to_string).chain(values.map(|value| decimal(value, places))).collect())
}

/// Writes every fitted rate with its evidence.
pub fn write_rates(out: impl Write, rows: &[RateRow]) -> csv::Result<()> {
    let mut writer = TableWriter::new(out);
    writer.write_record(RATE_COLUMNS)?;
    let number = |value: Option<f64>| value.map_or_else(String::new, |v| decimal(v, 2));
    for row in rows {
        writer.write_record([
            row.rate,
            &row.age,
            &row.need,
            &row.setting,
            &row.to_setting,
            &decimal(row.value, 7),
            &number(row.numerator),
            &number(row.denominator),
            &row.reference.map_or_else(String::new, |v| decimal(v, 7)),
            &row.source,
        ])?;
    }
    writer.flush()
}

/// Writes how settings count in statutory returns.
pub fn write_returns(out: impl Write, mapping: &ReturnMapping) -> csv::Result<()> {
    let mut writer = TableWriter::new(out);
    writer.write_record(RETURN_COLUMNS)?;
    for row in &mapping.shares {
        let (setting, share) = (&mapping.settings[row.setting], row.share.to_string());
        writer.write_record([row.form.code(), setting, row.category_code(), &share, &row.source])?;
    }
    writer.flush()
}

/// A number with a fixed count of decimals; never "-0", and nothing where there is no number.
pub fn decimal(value: f64, places: usize) -> String {
    if value.is_nan() {
        return String::new();
    }
    let text = format!("{value:.places$}");
    let nothing = text.starts_with('-') && !text.bytes().any(|b| (b'1'..=b'9').contains(&b));
    if nothing { text[1..].to_string() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_never_negative() {
        assert_eq!(decimal(-0.001, 2), "0.00");
        assert_eq!(decimal(-0.006, 2), "-0.01");
        assert_eq!(decimal(2.5, 1), "2.5");
    }
}
