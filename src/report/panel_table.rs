//! `panel.csv` of a reference folder, as [`crate::input::panel_table`] reads it.

use std::io::Write;

use crate::domain::panel::{ALL, Panel};
use crate::input::panel_table::PANEL_COLUMNS;

/// Writes every area, January and setting whose plans are known.
pub fn write_panel(out: impl Write, panel: &Panel, source: &str) -> csv::Result<()> {
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record(PANEL_COLUMNS)?;
    for (place, area) in panel.areas.iter().enumerate() {
        for column in 0..panel.requests.ncols() {
            for (number, group) in panel.groups.iter().enumerate() {
                let known = |value: f64| if value.is_nan() { String::new() } else { format!("{value:.0}") };
                let of_all = |value: f64| if number == ALL { known(value) } else { String::new() };
                let at = [place, column];
                if group.plans[at].is_nan() {
                    continue;
                }
                let january = panel.first + column as u16;
                writer.write_record([
                    area.code.clone(),
                    area.name.clone(),
                    january.to_string(),
                    group.setting.clone(),
                    known(group.plans[at]),
                    known(group.new_plans[at]),
                    of_all(panel.requests[at]),
                    of_all(panel.residents[at]),
                    source.to_string(),
                ])?;
            }
        }
    }
    Ok(writer.flush()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::panel::{PanelArea, PanelGroup};
    use ndarray::array;

    #[test]
    fn unknown_figures_are_blank_and_januaries_without_plans_left_out() {
        let panel = Panel {
            first: 2020,
            areas: vec![PanelArea { code: "901".to_string(), name: "Synthetic, East".to_string() }],
            groups: vec![
                PanelGroup {
                    setting: "all".to_string(),
                    plans: array![[f64::NAN, 110.0]],
                    new_plans: array![[9.0, 12.0]],
                },
                PanelGroup {
                    setting: "state_special".to_string(),
                    plans: array![[f64::NAN, 35.0]],
                    new_plans: array![[f64::NAN, f64::NAN]],
                },
            ],
            requests: array![[1.0, f64::NAN]],
            residents: array![[5000.0, 5001.0]],
        };
        let mut out = Vec::new();
        write_panel(&mut out, &panel, "synthetic").expect("written");
        let expected = "code,area,january,setting,plans,new_plans,requests,residents,source\n\
                        901,\"Synthetic, East\",2021,all,110,12,,5001,synthetic\n\
                        901,\"Synthetic, East\",2021,state_special,35,,,,synthetic\n";
        assert_eq!(String::from_utf8(out).expect("text"), expected);
    }
}
