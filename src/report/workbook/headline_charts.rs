//! The charts of the headline page: each draws cells of the tables beside it, so that it changes when they do.

use rust_xlsxwriter::{
    Chart, ChartAxisLabelPosition, ChartFormat, ChartLegendPosition, ChartLine, ChartLineDashType, ChartSeries,
    ChartSolidFill, ChartType, Color, Worksheet, XlsxError,
};

use super::headline::{Block, HEADLINE};

/// Pixels.
const WIDTH: u32 = 680;
const HEIGHT: u32 = 370;
/// Rows of 20 pixels that a chart and the gap under it take.
const ROWS: u32 = 19;
/// The first chart stands beside the first table.
const FIRST_ROW: u32 = 2;

/// Told apart by shades and by dashes, for readers who do not see colours.
const DARK: u32 = 0x1F_3864;
const LIGHT: u32 = 0x8F_AADC;

/// Puts charts under each other in a column of the page.
pub struct Charts {
    column: u16,
    next: u32,
}

impl Charts {
    pub fn new(column: u16) -> Charts {
        Charts { column, next: FIRST_ROW }
    }

    pub fn add(&mut self, page: &mut Worksheet, mut chart: Chart) -> Result<(), XlsxError> {
        chart.set_width(WIDTH).set_height(HEIGHT);
        page.insert_chart(self.next, self.column, &chart)?;
        self.next += ROWS;
        Ok(())
    }
}

/// P10, P50 and P90 of all plans by year.
pub fn line_of_plans(block: Block) -> Chart {
    let mut chart = Chart::new(ChartType::Line);
    let lines = [
        (1, LIGHT, ChartLineDashType::Dash),
        (2, DARK, ChartLineDashType::Solid),
        (3, LIGHT, ChartLineDashType::SquareDot),
    ];
    for (column, colour, dash) in lines {
        let line = ChartLine::new().set_color(Color::RGB(colour)).set_width(2.25).set_dash_type(dash).clone();
        add_series(&mut chart, block, column).set_format(ChartFormat::new().set_line(&line));
    }
    chart.title().set_name("All plans, baseline: median and 80 % interval");
    chart.x_axis().set_name("January");
    chart.y_axis().set_num_format("#,##0").set_min(0);
    chart.legend().set_position(ChartLegendPosition::Bottom);
    chart.set_alt_text(
        "Lines of P10, P50 and P90 of all plans by January; the numbers stand in the table of that name.",
    );
    chart
}

/// Plans by setting in the base January and in the last that the table tells.
pub fn settings_compared(block: Block, last_median: u16) -> Chart {
    let mut chart = Chart::new(ChartType::Bar);
    // The last row is the sum of the others.
    let settings = Block { last: block.last - 1, ..block };
    for (column, colour) in [(1, LIGHT), (last_median, DARK)] {
        let fill = ChartSolidFill::new().set_color(Color::RGB(colour)).clone();
        add_series(&mut chart, settings, column).set_format(ChartFormat::new().set_solid_fill(&fill)).set_gap(60);
    }
    chart.title().set_name("Plans by setting, baseline: now and median of the last January told");
    lie_down(&mut chart);
    chart.legend().set_position(ChartLegendPosition::Bottom);
    chart.set_alt_text("Bars of plans by setting, now and in the last January of the table 'Plans by setting'.");
    chart
}

/// What each payer pays by financial year, on top of each other.
pub fn payers_stacked(block: Block, payers: u16) -> Chart {
    let mut chart = Chart::new(ChartType::ColumnStacked);
    for column in 1..=payers {
        add_series(&mut chart, block, column).set_gap(50);
    }
    chart.title().set_name("Costs by payer, baseline, in the prices of each year: means");
    chart.y_axis().set_num_format("£#,##0,,\" m\"");
    chart.legend().set_position(ChartLegendPosition::Bottom);
    chart.set_alt_text(
        "Stacked columns of what each payer pays by financial year; the numbers stand in 'Costs by payer'.",
    );
    chart
}

/// The median change of all plans of each scenario, in each January told.
pub fn scenarios_compared(block: Block, last_median: u16) -> Chart {
    let mut chart = Chart::new(ChartType::Bar);
    for column in (2..=last_median).step_by(3) {
        add_series(&mut chart, block, column).set_gap(60);
    }
    chart.title().set_name("What each scenario changes: all plans, median");
    lie_down(&mut chart);
    // Beside the bars, which may lie on either side of nothing.
    chart.y_axis().set_label_position(ChartAxisLabelPosition::Low);
    chart.legend().set_position(ChartLegendPosition::Bottom);
    chart.set_alt_text(
        "Bars of the change in all plans by scenario and January; the numbers stand in the table beside.",
    );
    chart
}

/// The axes of bars: names stand on the vertical one, each of them, and are read from above; numbers stand below.
fn lie_down(chart: &mut Chart) {
    chart.y_axis().set_reverse().set_label_interval(1);
    chart.x_axis().set_num_format("#,##0").set_label_position(ChartAxisLabelPosition::High);
}

/// A column of a table by its first column, named by its header.
fn add_series(chart: &mut Chart, block: Block, column: u16) -> &mut ChartSeries {
    chart
        .add_series()
        .set_name((HEADLINE, block.header, column))
        .set_categories((HEADLINE, block.first, 0, block.last, 0))
        .set_values((HEADLINE, block.first, column, block.last, column))
}
