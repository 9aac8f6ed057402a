//! The page a commissioner reads: plans by setting, what scenarios change, places that are short, who pays; with charts.
//!
//! It is laid out to be read and printed, not to be loaded: the tables of the other sheets are for that.

use rust_xlsxwriter::{Worksheet, XlsxError};

use super::cell::{Cell, Formats, NumberKind, clean, height_of, put};
use super::headline_charts::{Charts, line_of_plans, payers_stacked, scenarios_compared, settings_compared};
use super::headline_figures::{Costs, HeadlineFigures, Interval};
use super::tidy_sheet::Finished;
use crate::input::run_tables::{ALL, RunTables};

pub const HEADLINE: &str = "Headline";

/// Characters that the columns are wide: names, then numbers.
const NAMES: f64 = 46.0;
const NUMBERS: f64 = 13.0;
/// Columns of the widest table.
const MOST_COLUMNS: u16 = 13;

const A4: u8 = 9;

/// Where a table stands on the page.
#[derive(Clone, Copy, Debug)]
pub struct Block {
    pub header: u32,
    pub first: u32,
    pub last: u32,
}

pub fn headline_sheet(tables: &RunTables, formats: &Formats) -> Result<Finished, XlsxError> {
    let figures = HeadlineFigures::of(tables);
    let mut page = Page::new(tables, formats)?;
    let mut charts = Charts::new(MOST_COLUMNS);
    let by_setting = page.plans_by_setting(&figures)?;
    let by_year = page.plans_by_year(&figures)?;
    let last_median = 3 * figures.horizons().len() as u16;
    charts.add(&mut page.sheet, line_of_plans(by_year))?;
    charts.add(&mut page.sheet, settings_compared(by_setting, last_median))?;
    if figures.scenarios().next().is_some() {
        let compared = page.changes(&figures)?;
        charts.add(&mut page.sheet, scenarios_compared(compared, last_median - 1))?;
    }
    if !figures.limited_settings().is_empty() {
        page.places(&figures)?;
    }
    if let Some(costs) = figures.costs() {
        let paid = page.costs(&costs)?;
        charts.add(&mut page.sheet, payers_stacked(paid, costs.payers.len() as u16))?;
    }
    let holds = "One page to read: plans by setting now and in the years ahead, what scenarios change, where places are \
                 short, who pays; with charts.";
    Ok(Finished { page: page.sheet, name: HEADLINE, holds: holds.to_string(), rows: None })
}

/// The page, filled from above.
struct Page<'a> {
    tables: &'a RunTables,
    formats: &'a Formats,
    sheet: Worksheet,
    row: u32,
}

impl<'a> Page<'a> {
    fn new(tables: &'a RunTables, formats: &'a Formats) -> Result<Page<'a>, XlsxError> {
        let mut sheet = Worksheet::new();
        sheet.set_name(HEADLINE)?;
        sheet.set_column_width(0, NAMES)?;
        sheet.set_column_range_width(1, MOST_COLUMNS - 1, NUMBERS)?;
        sheet.set_screen_gridlines(false).set_landscape().set_paper_size(A4).set_print_fit_to_pages(1, 1);
        let settings = &tables.record.settings;
        let base = settings.base_year;
        let title = format!(
            "{}: education, health and care plans, January {base} to January {}",
            tables.record.area_name,
            usize::from(base) + settings.years
        );
        sheet.write_string_with_format(0, 0, clean(&title), &formats.title)?;
        let note = format!(
            "Modelled figures of {} simulated futures: P50 is the middle one, and 8 in 10 lie between P10 and P90. Medians of \
             parts do not add up to those of the whole. January {base} is published.",
            settings.replicates
        );
        sheet.write_string(1, 0, note)?;
        Ok(Page { tables, formats, sheet, row: 3 })
    }

    fn plans_by_setting(&mut self, figures: &HeadlineFigures) -> Result<Block, XlsxError> {
        let base = figures.base();
        let mut headers = vec!["Setting".to_string(), format!("January {base}")];
        headers.extend(figures.horizons().iter().flat_map(|year| intervals(&format!("January {year}"))));
        let mut rows: Vec<Vec<Cell>> = Vec::new();
        for setting in figures.settings().into_iter().chain([ALL]) {
            let name = if setting == ALL { "All plans" } else { self.tables.labels.of("setting", setting) };
            let [_, now, _] = figures.interval("plans", setting, base);
            let mut row = vec![Cell::Text(name), Cell::number(now, NumberKind::Count)];
            for year in figures.horizons() {
                row.extend(numbers(figures.interval("plans", setting, year), NumberKind::Count));
            }
            rows.push(row);
        }
        self.table("Plans by setting, baseline", &headers, &rows)
    }

    fn plans_by_year(&mut self, figures: &HeadlineFigures) -> Result<Block, XlsxError> {
        let headers = ["January", "P10", "P50", "P90"].map(str::to_string);
        let row = |year: u16| {
            let plans = figures.interval("plans", ALL, year);
            let year = Cell::Number(f64::from(year), NumberKind::Year);
            [year].into_iter().chain(numbers(plans, NumberKind::Count)).collect::<Vec<Cell>>()
        };
        let rows: Vec<Vec<Cell>> = figures.years().map(row).collect();
        self.table("All plans by January, baseline", &headers, &rows)
    }

    fn changes(&mut self, figures: &HeadlineFigures) -> Result<Block, XlsxError> {
        let mut headers = vec!["Scenario (titles: see the cover)".to_string()];
        headers.extend(figures.horizons().iter().flat_map(|year| intervals(&format!("January {year}"))));
        let has_costs = figures.scenarios().any(|scenario| figures.cost_change(scenario).is_some());
        if has_costs {
            headers.extend(intervals("Cost, all years"));
        }
        let mut rows: Vec<Vec<Cell>> = Vec::new();
        for scenario in figures.scenarios() {
            let mut row = vec![Cell::Text(scenario)];
            for year in figures.horizons() {
                row.extend(numbers(figures.change(scenario, year), NumberKind::Count));
            }
            row.extend(figures.cost_change(scenario).into_iter().flat_map(|cost| numbers(cost, NumberKind::Pounds)));
            rows.push(row);
        }
        let title = "What each scenario changes: all plans, scenario less baseline in the same futures";
        let costs = if has_costs { "; and costs of all years together, in the prices of each year" } else { "" };
        self.table(&format!("{title}{costs}"), &headers, &rows)
    }

    fn places(&mut self, figures: &HeadlineFigures) -> Result<Block, XlsxError> {
        let has_figures = |year: &u16| {
            figures.limited_settings().iter().any(|setting| figures.baseline("places_needed", setting, *year).is_some())
        };
        // A September is told in the school year of the January after it.
        let base = figures.base();
        let last = (base - 1..=figures.years().max().unwrap_or(base)).filter(has_figures).max().unwrap_or(base);
        let mut headers: Vec<String> =
            ["Setting with limited places", "Short in more than 50 % of futures from", "Short in more than 80 % from"]
                .map(str::to_string)
                .to_vec();
        headers.push(format!("Places in September {last}"));
        headers.extend(intervals("Needed then"));
        headers.extend(intervals("Without a place then"));
        let mut rows: Vec<Vec<Cell>> = Vec::new();
        for setting in figures.limited_settings() {
            let first = |percent| {
                let year = figures.first_short(percent, setting);
                year.map_or(Cell::Text("not in these years"), |year| Cell::Number(year, NumberKind::Plain))
            };
            let [_, places, _] = figures.interval("places", setting, last);
            let mut row = vec![Cell::Text(self.tables.labels.of("setting", setting)), first(50), first(80)];
            row.push(Cell::number(places, NumberKind::Count));
            row.extend(numbers(figures.interval("places_needed", setting, last), NumberKind::Count));
            row.extend(numbers(figures.interval("shortfall", setting, last), NumberKind::Count));
            rows.push(row);
        }
        self.table("Places, baseline: the first September in which they are short", &headers, &rows)
    }

    fn costs(&mut self, costs: &Costs) -> Result<Block, XlsxError> {
        let mut headers = vec!["Financial year".to_string()];
        headers.extend(costs.payers.iter().map(|(label, _)| label.to_string()));
        headers.extend(intervals("All payers"));
        let mut rows: Vec<Vec<Cell>> = Vec::new();
        for (place, (year, all)) in costs.years.iter().enumerate() {
            let mut row = vec![Cell::Text(year)];
            row.extend(costs.payers.iter().map(|(_, means)| Cell::number(means[place], NumberKind::Pounds)));
            row.extend(numbers(*all, NumberKind::Pounds));
            rows.push(row);
        }
        self.table(
            "Costs by payer, baseline, in the prices of each year: means by payer, and the range of all together",
            &headers,
            &rows,
        )
    }

    /// Writes a table below what there is.
    fn table(&mut self, title: &str, headers: &[String], rows: &[Vec<Cell>]) -> Result<Block, XlsxError> {
        let (sheet, formats) = (&mut self.sheet, self.formats);
        sheet.write_string_with_format(self.row, 0, title, &formats.heading)?;
        let header = self.row + 1;
        for (column, text) in (0..).zip(headers) {
            let format = if column == 0 { &formats.header } else { &formats.header_of_numbers };
            sheet.write_string_with_format(header, column, clean(text), format)?;
        }
        // Bold, and of words that do not fill lines.
        let heights = headers.iter().skip(1).map(|text| height_of(text, NUMBERS - 2.0));
        sheet.set_row_height(header, heights.fold(0.0, f64::max))?;
        let mut row = header;
        for cells in rows {
            row += 1;
            for (column, cell) in (0..).zip(cells) {
                put(sheet, formats, (row, column), *cell)?;
            }
        }
        self.row = row + 2;
        Ok(Block { header, first: header + 1, last: row })
    }
}

/// Headings of an interval.
fn intervals(of: &str) -> [String; 3] {
    ["P10", "P50", "P90"].map(|name| format!("{of}: {name}"))
}

fn numbers<'a>(interval: Interval, kind: NumberKind) -> [Cell<'a>; 3] {
    interval.map(|value| Cell::number(value, kind))
}
