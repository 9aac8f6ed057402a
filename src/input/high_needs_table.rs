//! `high_needs.csv`: income of the high needs block, what it owes, and the rules on its deficit.

use std::path::Path;

use super::confidence::parse_confidence;
use super::money_tables::{in_order, parse_year};
use super::problem::Problems;
use super::table::{FileBytes, Row, Table, is_there, read_bytes};
use crate::domain::assumption::Confidence;
use crate::domain::high_needs::{BlockFigure, BlockRow, HIGH_NEEDS_INCOME, HighNeedsBlock};
use crate::domain::money::{FinancialYear, Money};
use crate::domain::service::Estimate;

pub const HIGH_NEEDS: &str = "high_needs.csv";

const COLUMNS: [&str; 7] = ["figure", "financial_year", "low", "value", "high", "source", "confidence"];

/// Pounds of a block: beyond these it is a slip.
const MOST_POUNDS: f64 = 1e11;

/// The block, where the folder has one; `None` where it could not be read.
pub fn read_high_needs(
    folder: &Path,
    money: Option<&Money>,
    years: Option<(FinancialYear, FinancialYear)>,
    files: &mut Vec<FileBytes>,
    problems: &mut Problems,
) -> Option<Option<HighNeedsBlock>> {
    if !is_there(folder, HIGH_NEEDS) {
        return Some(None);
    }
    let file = read_bytes(folder, HIGH_NEEDS, problems)?;
    let block = parse_block(&file, money, years, problems);
    files.push(file);
    block.map(Some)
}

fn parse_block(
    file: &FileBytes,
    money: Option<&Money>,
    years: Option<(FinancialYear, FinancialYear)>,
    problems: &mut Problems,
) -> Option<HighNeedsBlock> {
    let before = problems.count();
    let table = Table::parse(file, &COLUMNS, problems)?;
    let mut rows: Vec<BlockRow> = Vec::new();
    for row in table.rows() {
        let Some(parsed) = parse_row(row, problems) else { continue };
        let same = |known: &BlockRow| {
            known.figure == parsed.figure && (parsed.figure.is_single() || known.year == parsed.year)
        };
        if rows.iter().any(same) {
            row.problem("figure", "is given twice", None, problems);
        }
        rows.push(parsed);
    }
    if problems.count() > before {
        return None;
    }
    let block = HighNeedsBlock { rows };
    match money {
        Some(money) => check_years(&table.file, &block, money, years, problems),
        None => {
            let hint = Some("what the block pays comes from prices.csv, payers.csv and uprating.csv".into());
            problems.in_file(&table.file, "is there, and there are no prices", hint);
        }
    }
    (problems.count() == before).then_some(block)
}

fn parse_row(row: Row, problems: &mut Problems) -> Option<BlockRow> {
    let before = problems.count();
    let codes: Vec<&str> = BlockFigure::ALL.iter().map(|figure| figure.code()).collect();
    let figure = row.name("figure", "figure", &codes, BlockFigure::parse, problems);
    let year = match figure {
        Some(BlockFigure::Ceiling) if row.text("financial_year").is_empty() => None,
        Some(BlockFigure::Ceiling) => {
            row.problem("financial_year", "is given, and a ceiling holds in all years", Some("blank".into()), problems);
            None
        }
        _ => parse_year(row, "financial_year", problems),
    };
    let value = match figure? {
        // A date has no number.
        BlockFigure::OverrideEnds => Some(Estimate::certain(0.0)),
        BlockFigure::StabilityGrant => parse_value(row, 0.0..=1.0, "a share, 0 to 1", problems),
        BlockFigure::Transfer | BlockFigure::OpeningDeficit => {
            let hint = format!("pounds, −{MOST_POUNDS} to {MOST_POUNDS}");
            parse_value(row, -MOST_POUNDS..=MOST_POUNDS, &hint, problems)
        }
        _ => parse_value(row, 0.0..=MOST_POUNDS, &format!("pounds, 0 to {MOST_POUNDS}"), problems),
    };
    let (source, confidence) = parse_confidence(row, problems);
    let row = BlockRow { figure: figure?, year, value: value?, source, confidence: confidence? };
    (problems.count() == before).then_some(row)
}

fn parse_value(
    row: Row,
    bounds: std::ops::RangeInclusive<f64>,
    hint: &str,
    problems: &mut Problems,
) -> Option<Estimate> {
    let [low, central, high] =
        ["low", "value", "high"].map(|column| row.number_within(column, bounds.clone(), hint, problems));
    in_order(row, "value", (low?, central?, high?), problems)
}

/// There is income in every year told, and the deficit is that of the first.
fn check_years(
    file: &str,
    block: &HighNeedsBlock,
    money: &Money,
    years: Option<(FinancialYear, FinancialYear)>,
    problems: &mut Problems,
) {
    let Some((first, last)) = years else { return };
    let earliest = block.of(BlockFigure::Allocation).filter_map(|row| row.year).min();
    let Some(earliest) = earliest.filter(|year| *year <= first) else {
        let hint = Some("later ones grow from it".into());
        problems.in_file(file, format!("has no allocation for {first} or before"), hint);
        return;
    };
    let growth = money.upratings.iter().find(|own| own.id == HIGH_NEEDS_INCOME);
    let is_missing = |year: &FinancialYear| growth.is_none_or(|own| own.rate(*year).is_none());
    if let Some(year) = (earliest.0 + 1..=last.0).map(FinancialYear).find(is_missing) {
        let what = format!("has an allocation for {earliest}, and uprating.csv no '{HIGH_NEEDS_INCOME}' for {year}");
        problems.in_file(file, what, Some(format!("allocations grow by it until {last}")));
    }
    match block.of(BlockFigure::OpeningDeficit).next().and_then(|row| row.year) {
        Some(year) if year == first => {}
        Some(year) => {
            let hint = Some(format!("what is owed when {first} opens"));
            problems.in_file(file, format!("has the opening deficit of {year}"), hint);
        }
        None => problems.in_file(file, "has no opening_deficit", Some(format!("when {first} opens; 0 where none"))),
    }
}

/// Figures of the block that nobody can trace, and upsets of units.
pub fn note_high_needs(block: &HighNeedsBlock, problems: &mut Problems) {
    let low = block.rows.iter().filter(|row| row.confidence == Confidence::Low).count();
    if low > 0 {
        let all = block.rows.len();
        problems
            .notes
            .push(format!("high_needs.csv: {low} of {all} figures have low confidence: they need local values"));
    }
    let small = block.of(BlockFigure::Allocation).find(|row| row.value.central < 1e6);
    if let Some((row, year)) = small.and_then(|row| row.year.map(|year| (row, year))) {
        let pounds = row.value.central;
        problems
            .notes
            .push(format!("high_needs.csv: the block has £{pounds} in {year}: are these pounds, not millions?"));
    }
}
