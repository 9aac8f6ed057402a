//! A forecast beside what came, on the terminal: totals and settings, how often intervals held, and later years.

use std::fmt::Write;

use comfy_table::{Cell, Table};

use super::console::{align, header, new_table, whole};
use super::label_table::sentence;
use crate::input::run_tables::{ALL, Labels};
use crate::summary::outturn::{Carried, CellKey, Coverage, Interval, LEAST_MEDIAN, Rank, ScoredCell, Verdict};

/// Rows of a table that is read in a minute.
pub(super) const MOST_ROWS: usize = 10;

/// "All plans in January 2026: 6,200 came, 3.1 % above the median of 6,012 and inside the 80 % interval (…)."
pub fn render_headline(cell: &ScoredCell, labels: &Labels) -> String {
    let off = match 100.0 * (cell.actual / cell.median() - 1.0) {
        percent if !percent.is_finite() => "where none were forecast".to_string(),
        percent if percent.abs() < 0.05 => format!("the median of {}", whole(cell.median())),
        percent if percent > 0.0 => format!("{percent:.1} % above the median of {}", whole(cell.median())),
        percent => format!("{:.1} % below the median of {}", -percent, whole(cell.median())),
    };
    let [_, low, .., high, _] = cell.quantiles;
    let place = if cell.is_inside(Interval::EightInTen) { "inside" } else { side_of(cell) };
    let (what, when) = (name_of_cell(&cell.key, labels), when(&cell.key));
    format!(
        "{what} in {when}: {}, {off}, and {place} the 80 % interval ({} to {}).\n",
        whole(cell.actual),
        whole(low),
        whole(high)
    )
}

fn side_of(cell: &ScoredCell) -> &'static str {
    if cell.actual > cell.median() { "above" } else { "below" }
}

/// January of a stock, year of a flow.
pub fn when(key: &CellKey) -> String {
    if is_stock(&key.measure) { format!("January {}", key.year) } else { key.year.to_string() }
}

fn is_stock(measure: &str) -> bool {
    measure.starts_with("plans") || measure == "sen_support"
}

/// A cell in words: "State special school, 5 to 10".
pub fn name_of_cell(key: &CellKey, labels: &Labels) -> String {
    let parts = [("setting", &key.setting), ("need", &key.need), ("age_group", &key.age_group)];
    let split = parts.iter().filter(|(_, code)| *code != ALL);
    let mut names: Vec<String> = split.map(|(kind, code)| name_of_code(kind, code, labels)).collect();
    if key.measure != "plans" && key.measure != "plans_by_age" {
        names.insert(0, sentence(&key.measure));
    }
    if names.is_empty() { "All plans".to_string() } else { names.join(", ") }
}

pub(super) fn name_of_code(kind: &str, code: &str, labels: &Labels) -> String {
    let is_age = kind == "age_group" && code.bytes().all(|byte| byte.is_ascii_digit());
    if is_age { format!("age {code}") } else { labels.of(kind, code).to_string() }
}

/// Cells beside their forecasts, the first ten of them; `name` says what a reader must be told of each.
pub fn render_cells(cells: &[&ScoredCell], name: impl Fn(&CellKey) -> String) -> String {
    let mut table = new_table();
    let columns = ["", "Came", "Median (80 % interval)", "Off by", "Inside 50, 80, 90 %", "Futures below"];
    table.set_header(columns.map(|name| header(name.to_string())));
    for cell in cells.iter().take(MOST_ROWS) {
        let [_, low, _, median, _, high, _] = cell.quantiles;
        let inside = [Interval::Half, Interval::EightInTen, Interval::NineInTen];
        let inside = inside.map(|interval| if cell.is_inside(interval) { "yes" } else { "no" }).join(", ");
        let row = [
            name(&cell.key),
            whole(cell.actual),
            format!("{} ({} to {})", whole(median), whole(low), whole(high)),
            cell.error_percent().map_or_else(|| signed(cell.error()), signed_percent),
            inside,
            rank_in_words(cell.rank()),
        ];
        table.add_row(row.map(Cell::new));
    }
    align(&mut table);
    finish(&table, cells.len())
}

pub(super) fn finish(table: &Table, rows: usize) -> String {
    let mut text = format!("{table}\n");
    if rows > MOST_ROWS {
        text += &format!("and {} more (--out writes all)\n", rows - MOST_ROWS);
    }
    text
}

fn rank_in_words(rank: Rank) -> String {
    match rank {
        Rank::Below => "under 5 %".to_string(),
        Rank::At(share) => format!("{:.0} %", 100.0 * share),
        Rank::Above => "over 95 %".to_string(),
    }
}

pub(super) fn signed(value: f64) -> String {
    let text = whole(value);
    if value.round() > 0.0 { format!("+{text}") } else { text }
}

pub(super) fn signed_percent(value: f64) -> String {
    let rounded = (10.0 * value).round() / 10.0;
    let sign = if rounded > 0.0 {
        "+"
    } else if rounded < 0.0 {
        "−"
    } else {
        ""
    };
    format!("{sign}{:.1} %", rounded.abs())
}

/// How many judged cells of each kind lay inside the intervals, and whether that may be chance.
pub fn render_coverage<K>(title: &str, groups: &[Coverage<K>], name: impl Fn(&K) -> String) -> String {
    let mut table = new_table();
    let columns = [title, "Cells", "Inside 50 %", "Inside 80 %", "Above median", "Mean error", "80 % intervals"];
    table.set_header(columns.map(|name| header(name.to_string())));
    let of = |inside: usize, cells: usize, share: f64| format!("{inside} (expected {:.0})", cells as f64 * share);
    for group in groups.iter().take(MOST_ROWS) {
        let row = [
            name(&group.kind),
            group.cells.to_string(),
            of(group.inside_half, group.cells, 0.5),
            of(group.inside_eight_in_ten, group.cells, 0.8),
            group.above_median.to_string(),
            signed_tenths(group.mean_error),
            verdict_in_words(group.verdict).to_string(),
        ];
        table.add_row(row.map(Cell::new));
    }
    align(&mut table);
    let more = groups.len().saturating_sub(MOST_ROWS);
    if more > 0 { format!("{table}\nand {more} more with fewer cells\n") } else { format!("{table}\n") }
}

fn signed_tenths(value: f64) -> String {
    signed_percent(value).trim_end_matches(" %").to_string()
}

fn verdict_in_words(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::TooFew => "too few cells to tell",
        Verdict::TooNarrow => "too narrow",
        Verdict::AsExpected => "as chance allows",
        Verdict::TooWide => "wide",
    }
}

/// What the counts of [`render_coverage`] may be read for.
pub fn coverage_caveat() -> String {
    format!(
        "Cells with a median of {LEAST_MEDIAN:.0} or more; mean error is forecast less outturn. Too narrow: fewer cells lay inside\n\
         the 80 % interval than chance allows (a binomial test at 5 %); wide: more. Cells err together (one year with many\n\
         new plans lifts all) and some hold others, so a verdict is a hint and no proof.\n"
    )
}

/// Later years of a cell with its error carried on.
pub fn render_carried(cell: &ScoredCell, carried: &[Carried], labels: &Labels) -> String {
    let Some(next) = carried.first() else { return String::new() };
    let ratio = 100.0 * (cell.actual / cell.median() - 1.0);
    let side = if ratio >= 0.0 { "above" } else { "below" };
    let [_, low, _, median, _, high, _] = next.quantiles;
    let mut text = String::new();
    writeln!(
        text,
        "If {} stay {:.1} % {side} the median, January {} would have {} rather than {} (forecast {} to {}).\n",
        name_of_cell(&cell.key, labels).replace("All plans", "all plans"),
        ratio.abs(),
        next.year,
        whole(next.kept),
        whole(median),
        whole(low),
        whole(high),
    )
    .expect("a string takes all");
    let mut table = new_table();
    let columns = ["", "As forecast (80 % interval)", "Error stays", "Error goes on as past ones did"];
    table.set_header(columns.map(|name| header(name.to_string())));
    for year in carried.iter().take(5) {
        let [_, low, _, median, _, high, _] = year.quantiles;
        let row = [
            format!("January {}", year.year),
            format!("{} ({} to {})", whole(median), whole(low), whole(high)),
            whole(year.kept),
            whole(year.went_on),
        ];
        table.add_row(row.map(Cell::new));
    }
    align(&mut table);
    writeln!(text, "{table}").expect("a string takes all");
    text += "Errors in all plans of 101 local authorities (2018 to 2024) did not fade: after one, two and three more years\n\
             they were 1.15, 1.2 and 1.3 times as large. An error of one year is still one year's evidence.\n";
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(setting: &str, actual: f64) -> ScoredCell {
        let all = || ALL.to_string();
        let setting = setting.to_string();
        let key = CellKey { year: 2026, measure: "plans".into(), need: all(), setting, age_group: all() };
        ScoredCell { key, actual, quantiles: [70.0, 80.0, 90.0, 100.0, 110.0, 120.0, 130.0] }
    }

    #[test]
    fn a_headline_says_where_the_outturn_lies() {
        let labels = Labels::default();
        for (actual, said) in [
            (100.0, "100, the median of 100, and inside the 80 % interval (80 to 120)"),
            (103.0, "103, 3.0 % above the median of 100, and inside"),
            (79.0, "79, 21.0 % below the median of 100, and below the 80 %"),
            (121.0, "121, 21.0 % above the median of 100, and above the 80 %"),
        ] {
            let text = render_headline(&cell(ALL, actual), &labels);
            assert!(text.starts_with("All plans in January 2026: ") && text.contains(said), "{text}");
        }
    }

    #[test]
    fn signs_are_those_that_people_write() {
        assert_eq!([3.0, -3.0, 0.04].map(signed_percent), ["+3.0 %", "−3.0 %", "0.0 %"]);
    }
}
