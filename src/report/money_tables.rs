//! Money in the run folder and on the terminal.

use std::io::Write;

use comfy_table::{Cell, Table};

use super::console::{align, header, new_table, whole};
use super::csv_tables::{decimal, told_in_any, write_spread_header};
use super::table_writer::TableWriter;
use crate::domain::assumption::Confidence;
use crate::domain::high_needs::BlockFigure;
use crate::domain::money::{FinancialYear, Money, Payer};
use crate::domain::world::World;
use crate::model::high_needs::BlockItem;
use crate::numerics::quantile::Spread;
use crate::summary::figures::ScenarioFigures;
use crate::summary::money_series::{MoneyFigure, MoneyItem, MoneyKeys};

/// The columns of `money.csv` and `money_differences.csv`: scripts rely on them.
const MONEY_KEYS: [&str; 8] = ["scenario", "area", "financial_year", "line", "payer", "prices", "unit", "principal"];

/// Writes what each scenario costs; amounts that are nothing in all of them are left out.
pub fn write_money(out: impl Write, world: &World, scenarios: &[ScenarioFigures]) -> csv::Result<()> {
    write_amounts(out, world, scenarios, |scenario| &scenario.money)
}

/// Writes what each scenario costs more than the baseline, in the same futures.
pub fn write_money_differences(out: impl Write, world: &World, scenarios: &[ScenarioFigures]) -> csv::Result<()> {
    write_amounts(out, world, scenarios, |scenario| &scenario.money_differences)
}

fn write_amounts(
    out: impl Write,
    world: &World,
    scenarios: &[ScenarioFigures],
    select: impl Fn(&ScenarioFigures) -> &[MoneyFigure],
) -> csv::Result<()> {
    let mut writer = TableWriter::new(out);
    write_spread_header(&mut writer, &MONEY_KEYS)?;
    let Some(money) = &world.money else { return Ok(()) };
    let told = told_in_any(scenarios, &select);
    for scenario in scenarios {
        for (figure, _) in select(scenario).iter().zip(&told).filter(|(_, told)| **told) {
            let MoneyKeys { year, item, payer, real } = figure.keys;
            let all = || "all".to_string();
            let mut record = vec![
                scenario.scenario.clone(),
                world.area.id.clone(),
                year.map_or_else(all, |year| year.to_string()),
                match item {
                    MoneyItem::AllLines => all(),
                    MoneyItem::Line(line) => money.lines[line].id.clone(),
                    MoneyItem::Block(item) => item.code().to_string(),
                    MoneyItem::Pool(item) => item.code(),
                },
                payer.map_or_else(all, |payer| payer.code().to_string()),
                if real { "real" } else { "nominal" }.to_string(),
                item.unit().to_string(),
            ];
            let spread = &figure.spread;
            let values = [figure.principal, spread.mean, spread.sd].into_iter().chain(spread.quantiles);
            let places = if item.is_chance() { 4 } else { 2 };
            record.extend(values.map(|value| decimal(value, places)));
            writer.write_record(record)?;
        }
    }
    writer.flush()
}

/// What the baseline costs each payer, and what each scenario changes; nothing where there are no prices.
pub fn render_money(world: &World, scenarios: &[ScenarioFigures]) -> String {
    let (Some(money), Some(baseline)) = (&world.money, scenarios.first()) else { return String::new() };
    let years: Vec<_> = baseline.money.iter().filter_map(|figure| figure.keys.year).collect();
    let (Some(first), Some(last)) = (years.iter().min().copied(), years.iter().max().copied()) else {
        return String::new();
    };
    let shown: Vec<_> =
        [0, 4].map(|later| first.plus(later)).into_iter().filter(|year| *year < last).chain([last]).collect();
    let mut text =
        "\nCosts by payer, baseline, £m in the prices of each year: median and 80 % interval\n\n".to_string();
    let mut table = new_table();
    table.set_header(std::iter::once("Payer".to_string()).chain(shown.iter().map(ToString::to_string)).map(header));
    for payer in Payer::ALL.iter().copied().map(Some).chain([None]) {
        let cell =
            |year| find(&baseline.money, MoneyKeys { year: Some(year), item: MoneyItem::AllLines, payer, real: false });
        let cells: Vec<String> = shown.iter().map(|year| cell(*year).map_or_else(String::new, millions)).collect();
        if cells.iter().any(|cell| !cell.is_empty()) {
            table.add_row(std::iter::once(payer_name(payer)).chain(cells).map(Cell::new));
        }
    }
    align(&mut table);
    text += &format!("{table}\n");
    text += &render_block(money, &baseline.money, &shown, last);
    if scenarios.len() > 1 {
        text += &format!(
            "\nWhat each scenario changes, £m from {first} to {last} together: same futures, all lines; medians\n\n"
        );
        text += &format!("{}\n", changes(&scenarios[1..]));
    }
    text + &flagged(money)
}

/// Income of the high needs block against what it pays, and what is owed.
fn render_block(money: &Money, figures: &[MoneyFigure], shown: &[FinancialYear], last: FinancialYear) -> String {
    let Some(block) = &money.high_needs else { return String::new() };
    let payer = Some(Payer::HighNeeds);
    let of = |item, year| find(figures, MoneyKeys { year: Some(year), item, payer, real: false });
    let all_years = |item| find(figures, MoneyKeys { year: None, item: MoneyItem::Block(item), payer, real: false });
    let mut table = new_table();
    let title = "High needs block".to_string();
    table.set_header(std::iter::once(title).chain(shown.iter().map(ToString::to_string)).map(header));
    let rows = [
        ("Income", MoneyItem::Block(BlockItem::Income)),
        ("Transfers", MoneyItem::Block(BlockItem::Transfers)),
        ("What it pays", MoneyItem::AllLines),
        ("In-year balance", MoneyItem::Block(BlockItem::Balance)),
        ("Owed at the end of the year", MoneyItem::Block(BlockItem::Deficit)),
    ];
    for (name, item) in rows {
        let amounts: Vec<_> = shown.iter().map(|year| of(item, *year)).collect();
        if item == MoneyItem::Block(BlockItem::Transfers) && amounts.iter().all(Option::is_none) {
            continue;
        }
        let cells = amounts.into_iter().map(|amount| amount.map_or_else(|| "0".to_string(), millions));
        table.add_row(std::iter::once(name.to_string()).chain(cells).map(Cell::new));
    }
    align(&mut table);
    let chance = |item| of(MoneyItem::Block(item), last).map_or(0.0, |figure| figure.spread.mean);
    let mut text = format!(
        "\n{table}\nIncome covers what the block pays in a year up to {last} in {} of futures.",
        percent(chance(BlockItem::InBalanceBy))
    );
    let granted =
        all_years(BlockItem::Grant).map(|grant| format!(" Grants pay off {} of deficits in all.", in_pounds(grant)));
    text += &granted.unwrap_or_default();
    let override_ends = block.of(BlockFigure::OverrideEnds).next().and_then(|row| row.year);
    let told = |year: &FinancialYear| figures.iter().any(|figure| figure.keys.year == Some(*year));
    if let Some(ends) = override_ends.filter(told) {
        let owed = of(MoneyItem::Block(BlockItem::Deficit), ends).map_or_else(|| "nothing".to_string(), in_pounds);
        text += &format!(" When the statutory override ends with {ends}, {owed} is owed.");
    }
    if let Some(ceiling) = block.of(BlockFigure::Ceiling).next() {
        let millions = decimal(ceiling.value.central / 1e6, 1);
        text +=
            &format!(" The deficit of {last} is under £{millions} m in {}.", percent(chance(BlockItem::UnderCeiling)));
    }
    text + "\n"
}

pub fn percent(share: f64) -> String {
    format!("{} %", decimal(share * 100.0, 0))
}

fn find(figures: &[MoneyFigure], keys: MoneyKeys) -> Option<&MoneyFigure> {
    figures.iter().find(|figure| figure.keys == keys && !figure.is_nothing())
}

pub(super) fn payer_name(payer: Option<Payer>) -> String {
    payer.map_or("All", Payer::title).to_string()
}

fn changes(scenarios: &[ScenarioFigures]) -> Table {
    let mut table = new_table();
    let changes = |payer: &Option<Payer>| {
        let keys = MoneyKeys { year: None, item: MoneyItem::AllLines, payer: *payer, real: false };
        scenarios.iter().any(|scenario| find(&scenario.money_differences, keys).is_some())
    };
    let payers: Vec<Option<Payer>> =
        [None].into_iter().chain(Payer::ALL.iter().copied().map(Some)).filter(changes).collect();
    let headings = payers.iter().map(|payer| payer_name(*payer));
    table.set_header(std::iter::once("Scenario".to_string()).chain(headings).map(header));
    for scenario in scenarios {
        let cells = payers.iter().map(|payer| {
            let keys = MoneyKeys { year: None, item: MoneyItem::AllLines, payer: *payer, real: false };
            // Intervals of every payer would not fit.
            let shown = if payer.is_none() { millions } else { median_in_millions };
            find(&scenario.money_differences, keys).map_or_else(|| "0".to_string(), shown)
        });
        table.add_row(std::iter::once(scenario.scenario.clone()).chain(cells).map(Cell::new));
    }
    align(&mut table);
    table
}

/// Median and 80 % interval in millions.
fn millions(figure: &MoneyFigure) -> String {
    millions_of(&figure.spread)
}

fn median_in_millions(figure: &MoneyFigure) -> String {
    let [_, median, _] = figure.spread.interval();
    million(median)
}

/// Pounds in millions.
fn million(pounds: f64) -> String {
    let text = decimal(pounds.abs() / 1e6, 1);
    let (all, tenths) = text.split_once('.').unwrap_or((&text, "0"));
    let sign = if pounds < 0.0 && text != "0.0" { "−" } else { "" };
    format!("{sign}{}.{tenths}", whole(all.parse().unwrap_or_default()))
}

/// The same in a sentence.
fn in_pounds(figure: &MoneyFigure) -> String {
    let [low, median, high] = figure.spread.interval().map(million);
    format!("£{median} m ({low} to {high})")
}

pub fn millions_of(spread: &Spread) -> String {
    let [low, median, high] = spread.interval().map(million);
    format!("{median} ({low} to {high})")
}

/// Prices that nobody can trace.
fn flagged(money: &Money) -> String {
    let low = money.lines.iter().filter(|line| line.confidence == Confidence::Low);
    let lines: Vec<&str> = low.map(|line| line.id.as_str()).collect();
    if lines.is_empty() {
        return String::new();
    }
    let (count, all) = (lines.len(), money.lines.len());
    format!(
        "\nPrices of {} of {} lines need local values: {}.\n",
        whole(count as f64),
        whole(all as f64),
        lines.join(", ")
    )
}
