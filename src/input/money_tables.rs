//! `prices.csv`, `payers.csv` and `uprating.csv`: what things cost, who pays, how prices rise. All three or none.

use std::path::Path;

use super::confidence::parse_confidence;
use super::driver_table::parse_settings;
use super::payer_table::{LinePayers, parse_payers};
use super::place_tables::{is_plain, parse_needs};
use super::problem::Problems;
use super::suggest::suggest_name;
use super::table::{FileBytes, Row, Table, is_there, read_bytes};
use crate::domain::age_group::AgeGroup;
use crate::domain::assumption::Confidence;
use crate::domain::money::{CostBasis, CostLine, FinancialYear, INFLATION, Money, Uprating};
use crate::domain::service::{Estimate, Service};
use crate::domain::setting::Settings;

const FILES: [&str; 3] = ["prices.csv", "payers.csv", "uprating.csv"];

/// What the tables refer to.
#[derive(Clone, Copy)]
pub struct MoneyContext<'a> {
    pub settings: &'a Settings,
    pub services: &'a [Service],
    /// Financial years that costs are told for; none where the folder's own are not known.
    pub years: Option<(FinancialYear, FinancialYear)>,
}

/// Money, where the folder has any; `None` where it could not be read.
pub fn read_money(
    folder: &Path,
    context: MoneyContext,
    files: &mut Vec<FileBytes>,
    problems: &mut Problems,
) -> Option<Option<Money>> {
    if !FILES.iter().any(|name| is_there(folder, name)) {
        return Some(None);
    }
    let missing: Vec<&str> = FILES.into_iter().filter(|name| !is_there(folder, name)).collect();
    for name in &missing {
        let file = folder.join(name).display().to_string();
        problems.in_file(&file, "is missing", Some("prices.csv, payers.csv and uprating.csv come together".into()));
    }
    if !missing.is_empty() {
        return None;
    }
    let found = FILES.map(|name| read_bytes(folder, name, problems));
    let money = match &found {
        [Some(prices), Some(payers), Some(upratings)] => parse_money(prices, payers, upratings, context, problems),
        _ => None,
    };
    files.extend(found.into_iter().flatten());
    money.map(Some)
}

fn parse_money(
    prices: &FileBytes,
    payers: &FileBytes,
    uprating: &FileBytes,
    context: MoneyContext,
    problems: &mut Problems,
) -> Option<Money> {
    let before = problems.count();
    let upratings = parse_upratings(uprating, problems);
    let table = Table::parse_optional(prices, &PRICE_COLUMNS, &["grade", "portion"], problems)?;
    // Payers name lines; without these further problems would mislead.
    let ids = parse_ids(&table, problems);
    let lines: Vec<Option<CostLine>> = table.rows().map(|row| parse_line(row, context, problems)).collect();
    let ids = ids?;
    let shares = parse_payers(payers, &ids, problems)?;
    let upratings = upratings?;
    for (row, line) in table.rows().zip(&lines) {
        if let Some(line) = line {
            check_uprating(row, line, &upratings, context.years, problems);
        }
    }
    if let Some(years) = context.years {
        check_inflation(&uprating.shown, &upratings, years, problems);
    }
    if lines.iter().all(Option::is_some) {
        check_settings_are_priced(&table, lines.iter().flatten(), context.settings, problems);
    }
    if problems.count() > before {
        return None;
    }
    let with_shares = |(line, payers): (Option<CostLine>, LinePayers)| {
        let LinePayers { shares, source: payers_source, confidence: payers_confidence } = payers;
        line.map(|line| CostLine { shares, payers_source, payers_confidence, ..line })
    };
    let lines = lines.into_iter().zip(shares).filter_map(with_shares).collect();
    Some(Money { lines, upratings, high_needs: None, pool: None })
}

const PRICE_COLUMNS: [&str; 14] = [
    "line",
    "name",
    "of",
    "settings",
    "needs",
    "age_groups",
    "service",
    "low",
    "price",
    "high",
    "price_year",
    "uprating",
    "source",
    "confidence",
];

/// Pounds for one of anything: beyond these a price is a slip.
const MOST_PRICE: f64 = 1e9;
/// A plan, place or post that costs more pounds a year is worth a look: are they pence?
const STRANGE_PRICE: f64 = 500_000.0;

fn parse_ids<'a>(table: &'a Table, problems: &mut Problems) -> Option<Vec<&'a str>> {
    let before = problems.count();
    let mut ids = Vec::new();
    for row in table.rows() {
        let id = row.text("line");
        if !is_plain(id) {
            let hint = Some("lower-case letters, digits, - and _".into());
            row.problem("line", "is not a line's code", hint, problems);
        } else if ids.contains(&id) {
            row.problem("line", "is listed twice", None, problems);
        }
        ids.push(id);
    }
    (problems.count() == before).then_some(ids)
}

fn parse_line(row: Row, context: MoneyContext, problems: &mut Problems) -> Option<CostLine> {
    let before = problems.count();
    let bases: Vec<&str> = CostBasis::ALL.iter().map(|basis| basis.code()).collect();
    let of = row.name("of", "basis", &bases, CostBasis::parse, problems);
    if let Some(of) = of {
        check_split(row, of, problems);
    }
    let settings = parse_settings(row, context.settings, problems);
    let needs = parse_needs(row, problems);
    let age_groups = parse_age_groups(row, problems);
    let service = parse_service(row, of, context.services, problems);
    let grade = parse_grade(row, of, service.as_ref(), context.services, problems);
    let portion = match row.optional_text("portion") {
        "" => Some(1.0),
        _ => row.number_within("portion", 0.0..=1.0, "a share of what is counted, 0 to 1; blank: all", problems),
    };
    let price = parse_price(row, problems);
    let price_year = parse_year(row, "price_year", problems);
    if row.text("uprating").is_empty() {
        row.problem("uprating", "is blank", Some("the code of an uprating in uprating.csv".into()), problems);
    }
    let (source, confidence) = parse_confidence(row, problems);
    if problems.count() > before {
        return None;
    }
    let price = price?;
    let each = match of {
        Some(CostBasis::Plans) => Some("plan"),
        Some(CostBasis::EmptyPlaces) => Some("place"),
        Some(CostBasis::Staff) => Some("post"),
        _ => None,
    };
    if let Some(each) = each.filter(|_| price.high > STRANGE_PRICE) {
        let (id, high) = (row.text("line"), price.high);
        problems.notes.push(format!("prices.csv: {id} costs up to £{high} for each {each} and year: are these pence?"));
    }
    Some(CostLine {
        id: row.text("line").to_string(),
        name: row.text("name").to_string(),
        of: of?,
        settings,
        needs: needs?,
        age_groups,
        service: service?,
        grade,
        portion: portion?,
        price,
        price_year: price_year?,
        uprating: row.text("uprating").to_string(),
        shares: Vec::new(),
        payers_source: String::new(),
        payers_confidence: Confidence::Low,
        source,
        confidence: confidence?,
    })
}

/// A line may only be narrowed by what its basis is told apart by.
fn check_split(row: Row, of: CostBasis, problems: &mut Problems) {
    let of_service = matches!(of, CostBasis::Staff | CostBasis::BoughtHours);
    let by_plans = of == CostBasis::Plans;
    for (column, has) in [
        ("settings", by_plans || matches!(of, CostBasis::EmptyPlaces | CostBasis::PupilKm)),
        ("needs", by_plans),
        ("age_groups", by_plans),
        ("service", of_service),
    ] {
        if !has && !row.text(column).is_empty() {
            let what = format!("is given, and {} are not told apart by {column}", of.code());
            row.problem(column, what, Some("leave it blank".into()), problems);
        }
    }
}

fn parse_age_groups(row: Row, problems: &mut Problems) -> Vec<AgeGroup> {
    let mut groups = Vec::new();
    for code in row.text("age_groups").split_whitespace() {
        match AgeGroup::ALL.into_iter().find(|group| group.code() == code) {
            Some(group) if !groups.contains(&group) => groups.push(group),
            Some(_) => row.problem("age_groups", format!("names '{code}' twice"), None, problems),
            None => {
                let hint = suggest_name(code, AgeGroup::ALL.iter().map(|group| group.code()));
                row.problem("age_groups", format!("names '{code}', which is no age group"), hint, problems);
            }
        }
    }
    groups
}

fn parse_service(
    row: Row,
    of: Option<CostBasis>,
    services: &[Service],
    problems: &mut Problems,
) -> Option<Option<String>> {
    let is_blank = row.text("service").is_empty();
    match of {
        Some(CostBasis::Staff) => {}
        Some(CostBasis::BoughtHours) if !is_blank => {}
        _ => return Some(None),
    }
    let ids: Vec<&str> = services.iter().map(|service| service.id.as_str()).collect();
    let find = |id: &str| services.iter().find(|service| service.id == id).map(|service| Some(service.id.clone()));
    row.name("service", "service", &ids, find, problems)
}

/// A grade of the line's service.
fn parse_grade(
    row: Row,
    of: Option<CostBasis>,
    service: Option<&Option<String>>,
    services: &[Service],
    problems: &mut Problems,
) -> Option<String> {
    let grade = Some(row.optional_text("grade")).filter(|grade| !grade.is_empty())?;
    if of.is_some_and(|of| of != CostBasis::Staff) {
        row.problem("grade", "is given, and only staff have grades", Some("leave it blank".into()), problems);
        return None;
    }
    let own = service?.as_ref().and_then(|id| services.iter().find(|known| known.id == *id))?;
    let grades = || own.grades.iter().map(|known| known.id.as_str());
    if !grades().any(|known| known == grade) {
        let hint = suggest_name(grade, grades()).or_else(|| Some(format!("a grade of {} in staff.csv", own.id)));
        row.problem("grade", "is not a grade of the service", hint, problems);
    }
    Some(grade.to_string())
}

fn parse_price(row: Row, problems: &mut Problems) -> Option<Estimate> {
    let hint = format!("pounds, 0 to {MOST_PRICE}");
    let [low, central, high] =
        ["low", "price", "high"].map(|column| row.number_within(column, 0.0..=MOST_PRICE, &hint, problems));
    in_order(row, "price", (low?, central?, high?), problems)
}

/// Low, central and high, in this order.
pub fn in_order(
    row: Row,
    column: &str,
    (low, central, high): (f64, f64, f64),
    problems: &mut Problems,
) -> Option<Estimate> {
    let ordered = low <= central && central <= high;
    if !ordered {
        row.problem(column, format!("is not between low, {low}, and high, {high}"), None, problems);
    }
    ordered.then_some(Estimate { low, central, high })
}

pub fn parse_year(row: Row, column: &str, problems: &mut Problems) -> Option<FinancialYear> {
    let year = FinancialYear::parse(row.text(column));
    if year.is_none() {
        row.problem(column, "is not a financial year", Some("such as 2025-26".into()), problems);
    }
    year
}

/// Rates beyond these are a slip.
const MOST_RATE: f64 = 0.5;

fn parse_upratings(file: &FileBytes, problems: &mut Problems) -> Option<Vec<Uprating>> {
    let columns = ["uprating", "from", "until", "low", "rate", "high", "source", "confidence"];
    let table = Table::parse(file, &columns, problems)?;
    let before = problems.count();
    let mut upratings: Vec<Uprating> = Vec::new();
    for row in table.rows() {
        let id = row.text("uprating");
        if !is_plain(id) {
            let hint = Some("lower-case letters, digits, - and _".into());
            row.problem("uprating", "is not an uprating's code", hint, problems);
        }
        let years = (parse_year(row, "from", problems), parse_year(row, "until", problems));
        let hint = format!("a share of the year before, -{MOST_RATE} to {MOST_RATE}");
        let [low, central, high] =
            ["low", "rate", "high"].map(|column| row.number_within(column, -MOST_RATE..=MOST_RATE, &hint, problems));
        let (source, confidence) = parse_confidence(row, problems);
        let (Some(from), Some(until), Some(low), Some(central), Some(high), Some(confidence)) =
            (years.0, years.1, low, central, high, confidence)
        else {
            continue;
        };
        let Some(rate) = in_order(row, "rate", (low, central, high), problems) else { continue };
        if until < from {
            row.problem("until", format!("is before from, {from}"), None, problems);
        }
        let place = upratings.iter().position(|known| known.id == id).unwrap_or_else(|| {
            upratings.push(Uprating { id: id.to_string(), rates: Vec::new(), source, confidence });
            upratings.len() - 1
        });
        let own = &mut upratings[place];
        own.confidence = own.confidence.max(confidence);
        if own.rates.iter().any(|(first, last, _)| from <= *last && *first <= until) {
            row.problem("from", format!("has years of {id} that another row has, too"), None, problems);
        }
        own.rates.push((from, until, rate));
    }
    (problems.count() == before).then_some(upratings)
}

/// Every line's prices reach the last year told, and real pounds do.
fn check_uprating(
    row: Row,
    line: &CostLine,
    upratings: &[Uprating],
    years: Option<(FinancialYear, FinancialYear)>,
    problems: &mut Problems,
) {
    let ids = || upratings.iter().map(|uprating| uprating.id.as_str());
    let Some(own) = upratings.iter().find(|uprating| uprating.id == line.uprating) else {
        row.problem("uprating", "is not in uprating.csv", suggest_name(&line.uprating, ids()), problems);
        return;
    };
    let Some((first, last)) = years else { return };
    let (start, end) = (line.price_year.min(first), line.price_year.max(last));
    if let Some(year) = (start.0 + 1..=end.0).map(FinancialYear).find(|year| own.rate(*year).is_none()) {
        let hint = Some(format!("prices of {start} are wanted until {end}"));
        row.problem("uprating", format!("has no rate for {year}"), hint, problems);
    }
}

/// Real pounds are told for every year.
fn check_inflation(
    file: &str,
    upratings: &[Uprating],
    (first, last): (FinancialYear, FinancialYear),
    problems: &mut Problems,
) {
    let inflation = upratings.iter().find(|uprating| uprating.id == INFLATION);
    let reaches = |uprating: &Uprating| (first.0 + 1..=last.0).all(|year| uprating.rate(FinancialYear(year)).is_some());
    if !inflation.is_some_and(reaches) {
        let what = format!("has no '{INFLATION}' for each year from {} to {last}", first.plus(1));
        problems.in_file(file, what, Some("nominal pounds are brought to real ones by it".into()));
    }
}

/// Lines that scenarios spend on.
pub fn lines_to_spend_on(money: Option<&Money>) -> Vec<String> {
    let lines = money.iter().flat_map(|money| &money.lines).filter(|line| line.of == CostBasis::Spending);
    lines.map(|line| line.id.clone()).collect()
}

/// A setting without a price would seem to cost nothing.
fn check_settings_are_priced<'a>(
    table: &Table,
    lines: impl Iterator<Item = &'a CostLine>,
    settings: &Settings,
    problems: &mut Problems,
) {
    let of_plans: Vec<&CostLine> = lines.filter(|line| line.of == CostBasis::Plans).collect();
    let priced = |id| of_plans.iter().any(|line| line.settings.is_empty() || line.settings.contains(&id));
    for (id, setting) in settings.ids().zip(settings.iter()) {
        if !priced(id) {
            let what = format!("has no price of plans in the setting '{}'", setting.code);
            problems.in_file(&table.file, what, Some("a price of 0 says that they cost nothing".into()));
        }
    }
}
