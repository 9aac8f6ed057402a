//! `payers.csv`: who pays for a line of `prices.csv`.

use super::confidence::trusted;
use super::money_tables::parse_year;
use super::problem::Problems;
use super::table::{FileBytes, Table};
use crate::domain::assumption::Confidence;
use crate::domain::money::{FinancialYear, Payer, Shares};

/// Who pays for a line.
#[derive(Clone, Debug)]
pub struct LinePayers {
    /// By date, in order.
    pub shares: Vec<(FinancialYear, Shares)>,
    /// Of the first row.
    pub source: String,
    pub confidence: Confidence,
}

impl Default for LinePayers {
    fn default() -> Self {
        LinePayers { shares: Vec::new(), source: String::new(), confidence: Confidence::Low }
    }
}

/// Shares with a few decimals, such as thirds, sum to 1 this nearly.
const TOLERANCE: f64 = 1e-3;

/// Who pays each of `lines`, by date.
pub fn parse_payers(file: &FileBytes, lines: &[&str], problems: &mut Problems) -> Option<Vec<LinePayers>> {
    let table = Table::parse(file, &["line", "payer", "share", "from", "source"], problems)?;
    let before = problems.count();
    let mut all = vec![LinePayers::default(); lines.len()];
    let payers: Vec<&str> = Payer::ALL.iter().map(|payer| payer.code()).collect();
    let mut given = Vec::new();
    for row in table.rows() {
        let line = row.name("line", "line of prices.csv", lines, |id| lines.iter().position(|l| *l == id), problems);
        let payer = row.name("payer", "payer", &payers, Payer::parse, problems);
        let share = row.number_within("share", 0.0..=1.0, "a share, 0 to 1", problems);
        let from = row.unless_blank("from", FinancialYear(0), || parse_year(row, "from", problems));
        let (Some(line), Some(payer), Some(share), Some(from)) = (line, payer, share, from) else { continue };
        if given.contains(&(line, payer, from)) {
            row.problem("payer", format!("is given twice for {}", lines[line]), None, problems);
        }
        given.push((line, payer, from));
        let own = &mut all[line];
        // The table has no confidence of its own.
        let (source, confidence) = trusted(row.text("source"), Confidence::Medium.code());
        let confidence = confidence.unwrap_or(Confidence::Low);
        if own.shares.is_empty() {
            (own.source, own.confidence) = (source, confidence);
        }
        own.confidence = own.confidence.max(confidence);
        let place = own.shares.iter().position(|(known, _)| *known == from).unwrap_or_else(|| {
            own.shares.push((from, [0.0; Payer::ALL.len()]));
            own.shares.len() - 1
        });
        own.shares[place].1[payer as usize] += share;
    }
    if problems.count() > before {
        return None;
    }
    for (line, LinePayers { shares, .. }) in lines.iter().zip(&mut all) {
        shares.sort_by_key(|(from, _)| *from);
        if shares.is_empty() {
            let what = format!("says nobody who pays for '{line}'");
            problems.in_file(&table.file, what, Some("shares of payers that sum to 1".into()));
        }
        for (from, shares) in shares {
            let sum: f64 = shares.iter().sum();
            if (sum - 1.0).abs() > TOLERANCE {
                let when = if from.0 == 0 { String::new() } else { format!(" from {from}") };
                let what = format!("has shares of '{line}'{when} that sum to {sum}");
                problems.in_file(&table.file, what, Some("every pound has a payer, and one only".into()));
            }
            shares.iter_mut().for_each(|share| *share /= sum);
        }
    }
    (problems.count() == before).then_some(all)
}
