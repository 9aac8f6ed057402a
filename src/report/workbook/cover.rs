//! The first two sheets: what the workbook is and how to read it, and where everything stands.

use rust_xlsxwriter::{Url, Worksheet, XlsxError};

use super::cell::{Cell, Formats, NumberKind, clean, height_of, put};
use super::tidy_sheet::Finished;
use crate::input::run_tables::RunTables;

const COVER: &str = "Cover";
const INDEX: &str = "Index";

/// Characters that the columns of the cover and of the index are wide.
const COVER_WIDTHS: [f64; 2] = [34.0, 100.0];
const INDEX_WIDTHS: [f64; 3] = [16.0, 100.0, 10.0];

const A4: u8 = 9;

/// What a reader should know before reading a figure.
const HOW_TO_READ: [(&str, &str); 5] = [
    (
        "These are modelled figures",
        "Nothing after the base January is counted or published: every later figure is what a simulation says may come if \
         its assumptions hold. It is no target, no decision and no statement about any child.",
    ),
    (
        "P10, P50 and P90",
        "The future is simulated many times. P50 is the middle one: half of the simulated futures have more. Eight in ten \
         lie between P10 and P90; one in ten has less than P10, and one in ten more than P90.",
    ),
    (
        "Mean",
        "The average of the futures. Means of parts add up to that of the whole; medians and other quantiles need not. \
         Principal, where it is told, is the projection at central rates, without chance.",
    ),
    (
        "What a scenario changes",
        "The same futures with the change and without it: the interval is that of the change, and not of the future.",
    ),
    (
        "Numbers that need a local value",
        "The sheet Assumptions lists every number that is not counted in the data. Where the column Flag says 'needs a local \
         value', nobody has confirmed it for this area yet.",
    ),
];

const OWN_FOLDER: &str = "The folder of the run has all figures as CSV tables (forecast.csv holds every split), run.toml with \
                          the command and time of the run, and copies of its inputs. 'needscast verify' with that folder runs \
                          it again and compares every file.";

pub fn cover_sheet(tables: &RunTables, formats: &Formats) -> Result<Worksheet, XlsxError> {
    let record = &tables.record;
    let settings = &record.settings;
    let mut page = new_page(COVER, &COVER_WIDTHS)?;
    let last = u32::from(settings.base_year) + settings.years as u32;
    page.write_string_with_format(0, 0, clean(&record.area_name), &formats.title)?;
    let about = format!(
        "Forecast of education, health and care plans, January {} to January {last}: children by age, need and setting, \
         and what follows for places, services and money, as far as the area's data go.",
        settings.base_year
    );
    let plain = |value: f64| Cell::Number(value, NumberKind::Year);
    let seed = settings.seed.to_string();
    let facts = [
        ("What it is", Cell::Long(&about)),
        ("Run", Cell::Text(&record.id)),
        ("Made with", Cell::Text(&format!("needscast {}", record.needscast))),
        ("Base January", plain(f64::from(settings.base_year))),
        ("Years ahead", plain(settings.years as f64)),
        ("Simulated futures", plain(f64::from(settings.replicates))),
        ("Seed", Cell::Text(&seed)),
    ];
    let mut row = 2;
    for (name, value) in facts {
        line(&mut page, formats, row, (name, value))?;
        row += 1;
    }
    row = heading(&mut page, formats, row + 1, "How to read it")?;
    let shared = tables.withheld.map(|threshold| {
        format!(
            "This is a copy to share: counts of children below {threshold} are blank, and so are others from which they could be \
             worked out. Blank is not nought. The CSV tables beside it are blank in the same places."
        )
    });
    let rest = shared.as_ref().map_or(("Where the rest is", OWN_FOLDER), |text| ("Blank cells", text));
    for (name, text) in HOW_TO_READ.into_iter().chain([rest]) {
        line(&mut page, formats, row, (name, Cell::Long(text)))?;
        row += 1;
    }
    row = heading(&mut page, formats, row + 1, "Scenarios")?;
    for scenario in &settings.scenarios {
        let title = Cell::Long(tables.labels.of("scenario", scenario));
        line(&mut page, formats, row, (scenario, title))?;
        row += 1;
    }
    if record.notes.is_empty() {
        return Ok(page);
    }
    let count = match record.notes.len() {
        1 => "1 note on the data and on what was assumed".to_string(),
        count => format!("{count} notes on the data and on what was assumed"),
    };
    page.write_url_with_format(row + 1, 0, link("Problems"), &formats.link)?;
    put(&mut page, formats, (row + 1, 1), Cell::Long(&count))?;
    Ok(page)
}

/// Lists itself, the cover and all other sheets.
pub fn index_sheet(sheets: &[Finished], formats: &Formats) -> Result<Worksheet, XlsxError> {
    let mut page = new_page(INDEX, &INDEX_WIDTHS)?;
    page.set_freeze_panes(1, 0)?;
    for (column, name) in (0..).zip(["Sheet", "What it holds", "Rows"]) {
        page.write_string_with_format(0, column, name, &formats.header)?;
    }
    let own = [(COVER, "What this workbook is, and how to read its figures.", None), (INDEX, "This list.", None)];
    let others = sheets.iter().map(|sheet| (sheet.name, sheet.holds.as_str(), sheet.rows));
    for (row, (name, holds, rows)) in (1..).zip(own.into_iter().chain(others)) {
        page.write_url_with_format(row, 0, link(name), &formats.link)?;
        put(&mut page, formats, (row, 1), Cell::Long(holds))?;
        page.set_row_height(row, height_of(holds, INDEX_WIDTHS[1]))?;
        put(&mut page, formats, (row, 2), Cell::number(rows.map(f64::from), NumberKind::Count))?;
    }
    Ok(page)
}

fn new_page(name: &str, widths: &[f64]) -> Result<Worksheet, XlsxError> {
    let mut page = Worksheet::new();
    page.set_name(name)?;
    for (column, width) in (0..).zip(widths) {
        page.set_column_width(column, *width)?;
    }
    page.set_screen_gridlines(false).set_landscape().set_paper_size(A4).set_print_fit_to_pages(1, 0);
    Ok(page)
}

fn heading(page: &mut Worksheet, formats: &Formats, row: u32, text: &str) -> Result<u32, XlsxError> {
    page.write_string_with_format(row, 0, text, &formats.heading)?;
    Ok(row + 1)
}

/// A line of the cover: what, and what of it.
fn line(page: &mut Worksheet, formats: &Formats, row: u32, (name, value): (&str, Cell)) -> Result<(), XlsxError> {
    page.write_string_with_format(row, 0, clean(name), &formats.strong)?;
    put(page, formats, (row, 1), value)?;
    if let Cell::Long(text) = value {
        page.set_row_height(row, height_of(text, COVER_WIDTHS[1]))?;
    }
    Ok(())
}

/// Goes to a sheet of the program's own name.
fn link(sheet: &str) -> Url {
    Url::new(format!("internal:'{sheet}'!A1")).set_text(sheet)
}
