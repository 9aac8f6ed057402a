//! `labels.csv`: what a reader is shown for each code of the run's tables.

use std::io::Write;

use super::table_writer::TableWriter;
use crate::domain::age_group::AgeGroup;
use crate::domain::money::Payer;
use crate::domain::world::World;
use crate::model::high_needs::BlockItem;
use crate::scenario::lever::Scenario;

const COLUMNS: [&str; 4] = ["kind", "code", "label", "detail"];

/// Writes labels of scenarios, settings, needs, ages, areas, services, lines of cost and payers.
pub fn write_labels(out: impl Write, world: &World, scenarios: &[Scenario]) -> csv::Result<()> {
    let mut writer = TableWriter::new(out);
    writer.write_record(COLUMNS)?;
    let mut write =
        |kind: &str, code: &str, label: &str, detail: &str| writer.write_record([kind, code, label, detail]);
    for scenario in scenarios {
        write("scenario", &scenario.name, &scenario.title, scenario.kind.code())?;
    }
    for setting in world.settings.iter() {
        write("setting", &setting.code, &setting.name, "")?;
    }
    for need in world.needs.iter() {
        write("need", need.code(), need.title(), "")?;
    }
    for group in AgeGroup::ALL {
        write("age_group", group.code(), group.title(), "")?;
    }
    for (code, label) in PHASES {
        write("age_group", code, label, "")?;
    }
    write("area", &world.area.id, &world.area.name, "local area")?;
    // Where there is one planning area only, it is the local area.
    for area in world.geography.areas.iter().filter(|area| area.id != world.area.id) {
        write("area", &area.id, &area.name, "planning area")?;
    }
    for service in &world.services {
        write("service", &service.id, &service.name, service.commissioner.code())?;
    }
    for line in world.money.iter().flat_map(|money| &money.lines) {
        write("line", &line.id, &line.name, "")?;
    }
    for item in BlockItem::ALL.iter().map(|item| item.code()) {
        write("line", item, &sentence(item), "high needs block")?;
    }
    for payer in Payer::ALL {
        write("payer", payer.code(), payer.title(), "")?;
    }
    writer.flush()
}

const PHASES: [(&str, &str); 4] = [
    ("early_years", "Early years"),
    ("primary", "Primary age"),
    ("secondary", "Secondary age"),
    ("post_16", "Post-16"),
];

/// A code as words: `high_needs_deficit` is "High needs deficit".
pub fn sentence(code: &str) -> String {
    let words = code.replace('_', " ");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_told_in_words() {
        assert_eq!(sentence("high_needs_deficit"), "High needs deficit");
        assert_eq!(sentence(""), "");
    }
}
