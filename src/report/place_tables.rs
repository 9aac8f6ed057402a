//! Tables of a run folder about places: how full each provider is, and the overflow rules in force.

use std::io::Write;

use super::csv_tables::decimal;
use super::table_writer::TableWriter;
use crate::domain::assumption::Confidence;
use crate::domain::place::{Places, Return, Status, UNLIMITED};
use crate::domain::world::World;
use crate::summary::figures::ScenarioFigures;

const PROVIDER_COLUMNS: [&str; 17] = [
    "scenario",
    "provider",
    "name",
    "setting",
    "area",
    "kind",
    "september",
    "room",
    "principal",
    "mean",
    "p10",
    "p50",
    "p90",
    "full",
    "confidence",
    "flag",
    "source",
];

/// Writes how full each provider is in each September of each scenario.
pub fn write_providers(
    out: impl Write,
    world: &World,
    places: &Places,
    scenarios: &[ScenarioFigures],
) -> csv::Result<()> {
    let mut writer = TableWriter::new(out);
    writer.write_record(PROVIDER_COLUMNS)?;
    for scenario in scenarios {
        for used in &scenario.providers {
            let provider = &places.providers[used.provider];
            let room = if used.room == UNLIMITED { String::new() } else { used.room.to_string() };
            let q = &used.pupils.quantiles;
            writer.write_record([
                &scenario.scenario,
                &provider.id,
                &provider.name,
                &world.settings.of(provider.setting).code,
                provider.area.map_or(&world.area.id, |area| &world.geography.areas[area].id),
                provider.kind.code(),
                &used.september.to_string(),
                &room,
                &decimal(used.principal, 2),
                &decimal(used.pupils.mean, 2),
                &decimal(q[1], 1),
                &decimal(q[3], 1),
                &decimal(q[5], 1),
                &decimal(used.full, 4),
                provider.confidence.code(),
                flag(provider.confidence),
                &provider.source,
            ])?;
        }
    }
    writer.flush()
}

/// Writes where children go who find no place.
pub fn write_overflow(out: impl Write, world: &World, places: &Places) -> csv::Result<()> {
    let mut writer = TableWriter::new(out);
    writer.write_record(["setting", "to", "counted_as", "returns", "share", "confidence", "flag", "source"])?;
    for rule in &places.overflow {
        let counted_as = match rule.status {
            Status::Waiting => "waiting",
            Status::Overflow => "overflow",
        };
        let returns = match rule.returns {
            Return::EveryYear => "every_year",
            Return::AtPhaseTransfer => "phase_transfer",
            Return::Never => "never",
        };
        writer.write_record([
            world.settings.of(rule.setting).code.as_str(),
            &world.settings.of(rule.to).code,
            counted_as,
            returns,
            &rule.share.value().to_string(),
            rule.confidence.code(),
            flag(rule.confidence),
            &rule.source,
        ])?;
    }
    writer.flush()
}

fn flag(confidence: Confidence) -> &'static str {
    if confidence == Confidence::Low { "needs a local value" } else { "" }
}
