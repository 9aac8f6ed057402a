//! What changed between two runs before any future was drawn: rates, assumptions, settings and input files.

use comfy_table::Cell;

use super::comparison_console::titled;
use super::console::{align, header, new_table, whole};
use super::label_table::sentence;
use super::outturn_console::{MOST_ROWS, name_of_code, signed_percent};
use crate::input::run_tables::{ALL, Labels};
use crate::summary::comparison::Comparison;
use crate::summary::input_changes::{ChangeKind, InputChange};
use crate::summary::rate_changes::{AssumptionChange, RateChange, RateGroup, RateValue, SURPRISING};

/// Examples of rows that only one of the runs has.
const EXAMPLES: usize = 3;
/// Letters of an example that are shown.
const WIDTH: usize = 100;

pub(super) fn render_causes(comparison: &Comparison) -> String {
    let mut text = render_rate_groups(&comparison.rate_groups);
    text += &render_rates(&comparison.rates, &comparison.this.labels);
    text += &render_area_rates(&comparison.rates);
    text += &render_assumptions(&comparison.assumptions);
    text + &render_inputs(comparison)
}

fn title_of_rate(rate: &str) -> String {
    match rate {
        "joiner_rate" => "New plans per resident".to_string(),
        "joiner_mix" => "Need and setting of new plans".to_string(),
        "leaver_hazard" => "Plans that cease".to_string(),
        "move_probability" => "Moves between settings".to_string(),
        "move_probability_by_need" => "Moves between settings, by need".to_string(),
        "moved_in_rate" => "Plans that move in".to_string(),
        "joiner_growth" => "Growth of new plans, log points a year".to_string(),
        "joiner_growth_own" => "Growth of new plans, the area alone".to_string(),
        "joiner_growth_error" => "Growth of new plans, standard error".to_string(),
        "joiner_level" => "Level of new plans".to_string(),
        "joiner_level_error" => "Level of new plans, standard error".to_string(),
        other => sentence(other),
    }
}

fn render_rate_groups(groups: &[RateGroup]) -> String {
    let told: Vec<&RateGroup> = groups.iter().filter(|group| group.percent.is_some() && group.changed > 0).collect();
    let mut table = new_table();
    let columns = ["", "Change, same children", "Cells changed", "Beyond chance", "Events (mean of both)"];
    table.set_header(columns.map(|name| header(name.to_string())));
    for group in told.iter().take(MOST_ROWS) {
        let row = [
            title_of_rate(&group.rate),
            group.percent.map_or_else(String::new, signed_percent),
            format!("{} of {}", group.changed, group.compared),
            group.surprising.to_string(),
            whole(group.events),
        ];
        table.add_row(row.map(Cell::new));
    }
    align(&mut table);
    titled("Rates, each kind as a whole", table, told.len())
}

/// The weightiest changes of single rates.
fn render_rates(rates: &[RateChange], labels: &Labels) -> String {
    let told: Vec<&RateChange> = rates.iter().filter(|change| change.weight() > 0.0).collect();
    if told.is_empty() {
        return String::new();
    }
    let mut table = new_table();
    let columns = ["", "Last", "This", "Change", "Events", "Rough z"];
    table.set_header(columns.map(|name| header(name.to_string())));
    for change in told.iter().take(MOST_ROWS) {
        let value = |rate: &Option<RateValue>| rate.as_ref().map_or_else(String::new, |r| format!("{:.4}", r.value));
        let events = [&change.last, &change.this]
            .map(|rate| rate.as_ref().and_then(|rate| rate.evidence).map_or_else(String::new, |(n, _)| whole(n)));
        let row = [
            name_of_rate(change, labels),
            value(&change.last),
            value(&change.this),
            change.percent().map_or_else(String::new, signed_percent),
            events.join(", now "),
            change.surprise().map_or_else(String::new, signed_z),
        ];
        table.add_row(row.map(Cell::new));
    }
    align(&mut table);
    let text = titled("Single rates, the change of most events first", table, told.len());
    text + &format!(
        "Rough z: from counts of events (Poisson), beyond ±{SURPRISING:.0} more than chance. Both runs share most of their years, so it\n\
         is too small; rates are drawn towards a larger place, so they move less than their counts.\n"
    )
}

fn signed_z(z: f64) -> String {
    signed_percent(z).trim_end_matches(" %").to_string()
}

fn name_of_rate(change: &RateChange, labels: &Labels) -> String {
    let [rate, age, need, setting, to] = &change.keys;
    let mut name = title_of_rate(rate);
    for (kind, code) in [("setting", setting), ("setting", to), ("need", need)] {
        if code != ALL {
            let joint = if code == to && setting != ALL && kind == "setting" && setting != to { " to " } else { ", " };
            name += joint;
            name += labels.of(kind, code);
        }
    }
    if age != ALL {
        name += ", ";
        name += &name_of_code("age_group", age, labels);
    }
    name
}

/// Per cent of a growth would be read as its points.
fn is_growth(change: &RateChange) -> bool {
    change.keys[0].starts_with("joiner_growth")
}

/// Factors of the whole area: growth, level, what the outlook does.
fn render_area_rates(rates: &[RateChange]) -> String {
    let is_told = |change: &&RateChange| {
        change.is_of_area() && change.weight() == 0.0 && change.last.is_some() && change.this.is_some()
    };
    let mut told: Vec<&RateChange> = rates.iter().filter(is_told).collect();
    let year = |change: &RateChange| change.this.as_ref().map(|rate| rate.source.clone());
    told.sort_by(|a, b| a.keys[0].cmp(&b.keys[0]).then_with(|| year(a).cmp(&year(b))));
    let mut table = new_table();
    let columns = ["", "Last", "This", "Change"];
    table.set_header(columns.map(|name| header(name.to_string())));
    for change in told.iter().take(MOST_ROWS) {
        let value = |rate: &Option<RateValue>| {
            rate.as_ref().map_or_else(String::new, |rate| match rate.value {
                large if large.abs() >= 100.0 => whole(large),
                small => format!("{small:.4}").replace('-', "−"),
            })
        };
        // Which year a factor is of stands at the end of its source.
        let source = change.this.as_ref().map_or("", |rate| rate.source.as_str());
        let year = source.rsplit_once(": ").map_or("", |(_, year)| year);
        let year = if year.is_empty() { String::new() } else { format!(", {year}") };
        let row = [
            format!("{}{year}", title_of_rate(&change.keys[0])),
            value(&change.last),
            value(&change.this),
            change.percent().filter(|_| !is_growth(change)).map_or_else(String::new, signed_percent),
        ];
        table.add_row(row.map(Cell::new));
    }
    align(&mut table);
    titled("Factors of the whole area", table, told.len())
}

fn render_assumptions(changes: &[AssumptionChange]) -> String {
    let both: Vec<(&AssumptionChange, &[String; 3], &[String; 3])> =
        changes.iter().filter_map(|c| Some((c, c.last.as_ref()?, c.this.as_ref()?))).collect();
    let mut table = new_table();
    table.set_header(["", "Last", "This", "Unit"].map(|name| header(name.to_string())));
    for (change, last, this) in both.iter().take(MOST_ROWS) {
        let told = |[value, low, high]: &[String; 3]| {
            if low.is_empty() && high.is_empty() { value.clone() } else { format!("{value} ({low} to {high})") }
        };
        table.add_row([change.name.clone(), told(last), told(this), change.unit.clone()].map(Cell::new));
    }
    align(&mut table);
    let mut text = titled("Assumptions", table, both.len());
    let only = |what: &dyn Fn(&AssumptionChange) -> bool| changes.iter().filter(|change| what(change)).count();
    let (last, this) = (only(&|change| change.this.is_none()), only(&|change| change.last.is_none()));
    if last + this > 0 {
        text += &format!("\nAssumptions only in last: {last}; only in this: {this}\n");
    }
    text
}

fn render_inputs(comparison: &Comparison) -> String {
    let mut text = String::new();
    if comparison.inputs.is_empty() {
        text += "\nInputs: the same files.\n";
    } else {
        text += "\nInputs\n";
    }
    for change in comparison.inputs.iter().take(MOST_ROWS) {
        text += &render_input(change);
    }
    let more = comparison.inputs.len().saturating_sub(MOST_ROWS);
    if more > 0 {
        text += &format!("and {more} more files (--out writes all)\n");
    }
    if !comparison.settings.is_empty() {
        text += "\nSettings\n";
    }
    for setting in &comparison.settings {
        text += &format!("{}: {}, now {}\n", setting.name, setting.last, setting.this);
    }
    text
}

fn render_input(change: &InputChange) -> String {
    let InputChange { name, unit, only_last, only_this, columns, .. } = change;
    let mut text = match change.kind {
        ChangeKind::Added => return format!("{name}: only in this\n"),
        ChangeKind::Removed => return format!("{name}: only in last\n"),
        ChangeKind::Changed if only_last.is_empty() && only_this.is_empty() => {
            format!("{name}: the same {unit}, in other order or writing\n")
        }
        ChangeKind::Changed => {
            let counted = |count: usize| match count {
                1 => format!("1 {}", unit.trim_end_matches('s')),
                count => format!("{count} {unit}"),
            };
            format!("{name}: {} only in last, {} only in this\n", counted(only_last.len()), counted(only_this.len()))
        }
    };
    if !columns.is_empty() {
        text += &format!("  columns that one of the runs lacks: {}\n", columns.join(", "));
    }
    for (sign, rows) in [('−', only_last), ('+', only_this)] {
        for row in rows.iter().take(EXAMPLES) {
            let cut = if row.chars().count() > WIDTH { "…" } else { "" };
            text += &format!("  {sign} {}{cut}\n", row.chars().take(WIDTH).collect::<String>());
        }
    }
    text
}
