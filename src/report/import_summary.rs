//! What an import of all local authorities came to, one line each.

use comfy_table::{Cell, CellAlignment, Table, presets};

use crate::domain::observation::Measure;
use crate::input::open_data::imported_area::ImportedArea;

/// What became of one authority.
pub struct ImportLine<'a> {
    pub name: &'a str,
    pub dfe_code: &'a str,
    /// Or why it could not be imported.
    pub result: Result<&'a ImportedArea, &'a String>,
}

/// The table of a whole import: plans of the latest January, the tolerance, and the notes or why not.
pub fn render_imports(lines: &[ImportLine]) -> String {
    let mut table = Table::new();
    table.load_preset(presets::ASCII_BORDERS_ONLY_CONDENSED);
    table.set_header(["Local authority", "Code", "Plans", "Tables differ by", "Notes"]);
    for line in lines {
        let [plans, tolerance, notes] = match line.result {
            Ok(area) => {
                let tolerance = match area.margin_tolerance {
                    0.0 => String::new(),
                    tolerance => format!("{:.1} %", 100.0 * tolerance),
                };
                let notes = if area.notes.is_empty() { String::new() } else { area.notes.len().to_string() };
                [plans_of(area).map_or_else(String::new, |plans| plans.to_string()), tolerance, notes]
            }
            Err(why) => ["–".to_string(), String::new(), format!("not imported: {why}")],
        };
        table.add_row([line.name.to_string(), line.dfe_code.to_string(), plans, tolerance, notes].map(Cell::new));
    }
    for column in [2, 3] {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.to_string()
}

/// The published total of the base January.
fn plans_of(area: &ImportedArea) -> Option<u32> {
    let total = area.figures.iter().find(|f| {
        f.measure == Measure::Plans
            && f.year == area.base_year
            && f.age.is_none()
            && f.need.is_none()
            && f.placement.is_none()
    });
    total.map(|figure| figure.count)
}
