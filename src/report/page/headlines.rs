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

/// Millions with one digit, and thousands of them separated.
fn millions(pounds: f64) -> String {
    let tenths = (pounds.abs() / 1e5).round();
    let sign = if pounds < 0.0 && tenths > 0.0 { "−" } else { "" };
    format!("{sign}£{}.{} million", whole((tenths / 10.0).floor()), tenths % 10.0)
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
        let figure = find(forecast, area, "shortfall", setting, september)?;
        let short = figure.value(Statistic::P50)?;
        let range = interval(figure).map(|[low, _, high]| format!(" ({} to {})", whole(low), whole(high)));
        let first = find(forecast, area, "first_september_short_50_percent", setting, september)?;
        let first = first.value(Statistic::Mean)?;
        let from = if first < f64::from(september) { format!(" from September {first:.0}") } else { String::new() };
        Some(format!(
            "{label}: short of places in more than half of futures{from}, by {}{} in September {september}",
            whole(short),
            range.unwrap_or_default(),
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
        format!(
            "{label}: {middle:.1} full-time staff more are needed in {year} than are in post (8 in 10 futures: {low:.1} to \
             {high:.1}), of all services the largest gap in the middle of the futures."
        )
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

/// A mean saving below this reads as nothing.
const TOLD_SAVING: f64 = 50_000.0;

/// A scenario that can be decided, and what it saves.
struct Choice {
    title: String,
    mean: f64,
    /// Low, middle and high of the futures.
    saving: [f64; 3],
    /// Whether it decides on anything that has a price.
    priced: bool,
}

/// What the scenarios that can be decided save.
fn options(tables: &RunTables) -> Option<String> {
    let table = tables.other("appraisal.csv")?;
    tell_options(choices(table, |code| tables.labels.of("scenario", code).to_string()))
}

fn choices(table: &TextTable, title: impl Fn(&str) -> String) -> Vec<Choice> {
    let of_all = |row: &&Vec<String>, measure| {
        table.text(row, "measure") == measure
            && table.text(row, "payer") == ALL
            && table.text(row, "kind") != "outlook"
            && table.text(row, "scenario") != BASELINE
    };
    let choice = |row: &Vec<String>| {
        let code = table.text(row, "scenario");
        let [low, middle, high] = ["p10", "p50", "p90"].map(|column| table.number(row, column));
        let mut costs = table.rows.iter().filter(|row| of_all(row, "own_cost"));
        Some(Choice {
            title: format!("‘{}’", title(code)),
            mean: table.number(row, "mean")?,
            saving: [low?, middle?, high?],
            priced: costs.any(|cost| table.text(cost, "scenario") == code),
        })
    };
    table.rows.iter().filter(|row| of_all(row, "net_present_value")).filter_map(choice).collect()
}

/// The best option on average. One that has no price cannot be it: what brings it about is not in the sums.
fn tell_options(mut choices: Vec<Choice>) -> Option<String> {
    if choices.is_empty() {
        return None;
    }
    choices.retain(|own| own.mean >= TOLD_SAVING);
    choices.sort_by(|a, b| b.mean.total_cmp(&a.mean));
    if choices.is_empty() {
        return Some("No option that can be decided saves on average.".to_string());
    }
    let place = choices.iter().position(|own| own.priced);
    let better: Vec<&str> = choices[..place.unwrap_or(choices.len())].iter().map(|own| own.title.as_str()).collect();
    let best = place.map_or_else(
        || "No option with a cost of its own saves on average.".to_string(),
        |place| {
            let Choice { title, saving: [low, middle, high], .. } = &choices[place];
            format!(
                "Of the options with a cost of their own, {title} saves most on average: net present value {} in the \
                 middle of the futures (8 in 10 futures: {} to {}).",
                millions(*middle),
                millions(*low),
                millions(*high)
            )
        },
    );
    let (looks, them) = if better.len() == 1 { ("looks", "it") } else { ("look", "them") };
    let warning =
        format!(" {} {looks} better, but what it takes to bring {them} about is not in the sums.", listed(&better));
    Some(best + if better.is_empty() { "" } else { &warning })
}

fn listed(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_string(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
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
        assert_eq!([millions(117_575_322.0), millions(-49_000.0)], ["£117.6 million", "£0.0 million"]);
        assert_eq!([millions(12_351_949_000.0), millions(-1_960_000.0)], ["£12,351.9 million", "−£2.0 million"]);
    }

    fn choice(title: &str, mean: f64, priced: bool) -> Choice {
        Choice { title: format!("‘{title}’"), mean, saving: [0.0, mean / 2.0, mean], priced }
    }

    #[test]
    fn the_best_option_has_a_cost_of_its_own() {
        let told = tell_options(vec![choice("a", 1e6, true), choice("b", 4e6, true), choice("c", 9e6, false)]);
        let told = told.expect("a sentence");
        assert!(told.contains("‘b’ saves most on average: net present value £2.0 million in the middle"), "{told}");
        assert!(told.ends_with(" ‘c’ looks better, but what it takes to bring it about is not in the sums."), "{told}");
        let told = tell_options(vec![choice("a", -1e6, true), choice("c", 9e6, false)]).expect("a sentence");
        assert!(told.starts_with("No option with a cost of its own saves on average. ‘c’ looks better"), "{told}");
    }

    #[test]
    fn where_nothing_saves_no_option_is_named() {
        let told = tell_options(vec![choice("a", 0.0, true), choice("b", 49_999.0, false), choice("c", -1e6, true)]);
        assert_eq!(told.as_deref(), Some("No option that can be decided saves on average."));
        assert_eq!(tell_options(Vec::new()), None);
    }

    #[test]
    fn options_are_read_from_the_appraisal() {
        let columns = ["scenario", "kind", "measure", "payer", "mean", "p10", "p50", "p90"];
        let row = |text: &str| text.split(' ').map(str::to_string).collect();
        let rows = [
            "free option net_present_value all 9 1 2 3",
            "paid option net_present_value all 5 1 2 3",
            "paid option own_cost all 4 4 4 4",
            "paid option net_present_value icb 7 1 2 3",
            "surge outlook net_present_value all 9 1 2 3",
        ];
        let table = TextTable { columns: columns.map(str::to_string).to_vec(), rows: rows.map(row).to_vec() };
        let read = choices(&table, str::to_uppercase);
        let told: Vec<(&str, f64, bool)> = read.iter().map(|own| (own.title.as_str(), own.mean, own.priced)).collect();
        assert_eq!(told, [("‘FREE’", 9.0, false), ("‘PAID’", 5.0, true)]);
    }
}
