//! The sentences a report begins with, each with its figures.

use crate::input::run_tables::{ALL, FigureTable, KeyColumn, RunFigure, RunTables, Statistic, TextTable};
use crate::report::console::whole;
use crate::scenario::lever::BASELINE;

/// Years ahead that sentences look to.
const SOON: u16 = 5;

/// What a reader should know first: plans, places, services, money, scenarios, and how sure it is.
pub fn headlines(tables: &RunTables) -> Vec<String> {
    let sentences =
        [plans(tables), places(tables), services(tables), money(tables), options(tables), assumptions(tables)];
    sentences.into_iter().flatten().collect()
}

fn millions(pounds: f64) -> String {
    let sign = if pounds < 0.0 { "−" } else { "" };
    format!("{sign}£{:.1} million", pounds.abs() / 1e6)
}

/// Median and interval of a figure, where nothing of it is withheld.
fn interval(figure: &RunFigure) -> Option<[f64; 3]> {
    Some([figure.value(Statistic::P10)?, figure.value(Statistic::P50)?, figure.value(Statistic::P90)?])
}

/// A figure of the baseline that is split by nothing but, where asked for, a setting.
fn find<'a>(table: &'a FigureTable, area: &str, measure: &str, setting: &str, year: u16) -> Option<&'a RunFigure> {
    let keys = [
        (KeyColumn::Scenario, BASELINE),
        (KeyColumn::Area, area),
        (KeyColumn::Measure, measure),
        (KeyColumn::Need, ALL),
        (KeyColumn::Setting, setting),
        (KeyColumn::AgeGroup, ALL),
    ];
    let numbers: Option<Vec<(KeyColumn, u16)>> =
        keys.into_iter().map(|(column, code)| Some((column, table.codes(column).number(code)?))).collect();
    let numbers = numbers?;
    let fits = |figure: &&RunFigure| {
        figure.year == year && numbers.iter().all(|(column, number)| figure.key(*column) == *number)
    };
    table.figures.iter().find(fits)
}

fn plans(tables: &RunTables) -> Option<String> {
    let (base, years) = (tables.record.settings.base_year, tables.record.settings.years as u16);
    let find = |year| find(&tables.forecast, &tables.record.area, "plans", ALL, year);
    let now = find(base)?.value(Statistic::P50)?;
    let mut ahead = vec![base + SOON.min(years), base + years];
    ahead.dedup();
    let told = ahead.into_iter().map(|year| {
        let [low, middle, high] = interval(find(year)?)?;
        Some(format!("{} in January {year} (8 in 10 futures: {} to {})", whole(middle), whole(low), whole(high)))
    });
    let told: Option<Vec<String>> = told.collect();
    Some(format!("{} plans in January {base}; forecast: {}.", whole(now), told?.join(", ")))
}

fn places(tables: &RunTables) -> Option<String> {
    let (forecast, area) = (&tables.forecast, &tables.record.area);
    let september = tables.record.settings.base_year + tables.record.settings.years as u16 - 1;
    let told = tables.labels.of_kind("setting").filter_map(|[_, setting, label, _]| {
        let short = find(forecast, area, "shortfall", setting, september)?.value(Statistic::P50)?;
        let first = find(forecast, area, "first_september_short_50_percent", setting, september)?;
        let first = first.value(Statistic::Mean)?;
        Some(format!(
            "{}: short of places in more than half of futures from September {first:.0}, by {} in September {september}",
            label,
            whole(short),
        ))
    });
    let told: Vec<String> = told.collect();
    (!told.is_empty()).then(|| format!("{}.", told.join("; ")))
}

/// The service that lacks most staff in a few years.
fn services(tables: &RunTables) -> Option<String> {
    let year = tables.record.settings.base_year + SOON.min(tables.record.settings.years as u16) - 1;
    let gaps = tables.labels.of_kind("service").filter_map(|[_, service, label, _]| {
        let figure = find(&tables.forecast, &tables.record.area, &format!("fte_gap_of_{service}"), ALL, year)?;
        Some((label, interval(figure)?))
    });
    let (label, [low, middle, high]) = gaps.max_by(|(_, a), (_, b)| a[1].total_cmp(&b[1]))?;
    (middle > 0.0).then(|| {
        format!("{label}: {middle:.1} full-time staff more are needed in {year} than are in post ({low:.1} to {high:.1}), the widest gap of all services.")
    })
}

fn money(tables: &RunTables) -> Option<String> {
    let table = tables.other("money.csv")?;
    let first = tables.record.settings.base_year;
    let later = first + SOON.min(tables.record.settings.years as u16) - 1;
    let find = |line: &str, payer: &str, year: u16| {
        let year = crate::domain::money::FinancialYear(year).to_string();
        let wanted = [
            ("scenario", BASELINE),
            ("line", line),
            ("payer", payer),
            ("prices", "nominal"),
            ("financial_year", &year),
        ];
        table.rows.iter().find(|row| wanted.iter().all(|(column, text)| table.text(row, column) == *text))
    };
    let block = |year| told_pounds(table, find(ALL, "high_needs_block", year)?);
    let year = |year: u16| crate::domain::money::FinancialYear(year);
    let deficit = find("high_needs_deficit", "high_needs_block", later).and_then(|row| told_pounds(table, row));
    let deficit = deficit.map_or_else(String::new, |deficit| format!("; owed at the end of that year: {deficit}"));
    let then = if later > first { format!(" and {} in {}", block(later)?, year(later)) } else { String::new() };
    Some(format!("The high needs block pays {} in {}{then}{deficit}.", block(first)?, year(first)))
}

fn told_pounds(table: &TextTable, row: &[String]) -> Option<String> {
    let [low, middle, high] = ["p10", "p50", "p90"].map(|column| table.number(row, column));
    Some(format!("{} ({} to {})", millions(middle?), millions(low?), millions(high?)))
}

/// The scenario that saves most on average, of those that can be decided.
fn options(tables: &RunTables) -> Option<String> {
    let table = tables.other("appraisal.csv")?;
    let all = |row: &&Vec<String>| {
        table.text(row, "measure") == "net_present_value"
            && table.text(row, "payer") == ALL
            && table.text(row, "kind") != "outlook"
            && table.text(row, "scenario") != BASELINE
    };
    let values = table.rows.iter().filter(all).filter_map(|row| Some((row, table.number(row, "mean")?)));
    let (row, _) = values.max_by(|(_, a), (_, b)| a.total_cmp(b))?;
    let told = told_pounds(table, row)?;
    let title = tables.labels.of("scenario", table.text(row, "scenario"));
    Some(format!("Of the scenarios that can be decided, '{title}' saves most on average: net present value {told}."))
}

fn assumptions(tables: &RunTables) -> Option<String> {
    let table = &tables.assumptions;
    let flagged = table.rows.iter().filter(|row| !table.text(row, "flag").is_empty()).count();
    (flagged > 0).then(|| {
        format!("{flagged} of {} assumptions need a local value: they are marked under Assumptions.", table.rows.len())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_told_as_readers_write_them() {
        assert_eq!(
            [whole(5725.0), whole(-1234567.4), whole(12.0), whole(-0.2), whole(9900.5)],
            ["5,725", "−1,234,567", "12", "0", "9,901"]
        );
        assert_eq!([millions(117_575_322.0), millions(-49_000.0)], ["£117.6 million", "−£0.0 million"]);
    }
}
