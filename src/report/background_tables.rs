//! `percentiles.csv`, `causes.csv` and `moves.csv`: what stands behind the totals.

use std::io::Write;

use super::csv_tables::decimal;
use super::table_writer::TableWriter;
use crate::domain::world::World;
use crate::summary::figures::ScenarioFigures;
use crate::summary::money_series::{MoneyItem, MoneyKeys};

const PERCENTILE_KEYS: [&str; 6] = ["scenario", "area", "year", "measure", "setting", "unit"];
const CAUSE_COLUMNS: [&str; 7] = ["scenario", "area", "year", "neither", "population_only", "prevalence_only", "both"];
const MOVE_COLUMNS: [&str; 6] = ["scenario", "area", "year", "from_setting", "to_setting", "expected"];

/// Writes percentiles 1 to 99 of plans at each January, by setting and in all, and of costs in each financial year, by
/// the year in which it starts.
pub fn write_percentiles(out: impl Write, world: &World, scenarios: &[ScenarioFigures]) -> csv::Result<()> {
    let mut writer = TableWriter::new(out);
    let columns = (1..100).map(|percent| format!("p{percent:02}"));
    writer.write_record(PERCENTILE_KEYS.iter().map(|key| key.to_string()).chain(columns))?;
    for scenario in scenarios {
        for figure in &scenario.background.plans {
            let setting = figure.setting.and_then(|setting| world.settings.iter().nth(setting));
            let setting = setting.map_or("all", |setting| &setting.code);
            let keys = [&scenario.scenario, &world.area.id, &figure.year.to_string(), "plans", setting, "plans"];
            let values = figure.values.iter().map(|value| decimal(*value, 1));
            writer.write_record(keys.into_iter().map(str::to_string).chain(values))?;
        }
        for (keys, values) in &scenario.background.money {
            let MoneyKeys { year: Some(year), item, payer, .. } = keys else { continue };
            let measure = match (item, payer) {
                (MoneyItem::AllLines, None) => "cost".to_string(),
                (MoneyItem::AllLines, Some(payer)) => format!("cost_{}", payer.code()),
                (MoneyItem::Block(item), _) => item.code().to_string(),
                _ => continue,
            };
            let keys = [&scenario.scenario, &world.area.id, &year.0.to_string(), &measure, "all", "pounds"];
            let values = values.iter().map(|value| decimal(*value, 0));
            writer.write_record(keys.into_iter().map(str::to_string).chain(values))?;
        }
    }
    writer.flush()
}

/// Writes expected plans had neither, one or both of population and prevalence moved.
pub fn write_causes(out: impl Write, world: &World, scenarios: &[ScenarioFigures]) -> csv::Result<()> {
    let mut writer = TableWriter::new(out);
    writer.write_record(CAUSE_COLUMNS)?;
    for scenario in scenarios {
        for (year, causes) in (world.base.0..).zip(&scenario.background.causes) {
            let keys = [scenario.scenario.clone(), world.area.id.clone(), year.to_string()];
            let values = [causes.neither, causes.population_only, causes.prevalence_only, causes.both];
            writer.write_record(keys.into_iter().chain(values.map(|value| decimal(value, 2))))?;
        }
    }
    writer.flush()
}

/// Writes expected moves between settings in each calendar year; pairs without any are left out.
pub fn write_moves(out: impl Write, world: &World, scenarios: &[ScenarioFigures]) -> csv::Result<()> {
    let codes: Vec<&str> = world.settings.iter().map(|setting| setting.code.as_str()).collect();
    let mut writer = TableWriter::new(out);
    writer.write_record(MOVE_COLUMNS)?;
    for scenario in scenarios {
        for (year, moves) in (world.base.0..).zip(&scenario.background.moves) {
            for (from, row) in codes.iter().zip(moves.chunks_exact(codes.len())) {
                for (to, expected) in codes.iter().zip(row) {
                    let told = decimal(*expected, 2);
                    if told != "0.00" {
                        let year = year.to_string();
                        writer.write_record([scenario.scenario.as_str(), &world.area.id, &year, from, to, &told])?;
                    }
                }
            }
        }
    }
    writer.flush()
}
