//! `[[spending]]` in `scenarios/*.toml`: what a scenario itself costs, such as buildings.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::scenario_file::Reader;
use super::suggest::suggest_name;
use crate::domain::money::FinancialYear;
use crate::scenario::lever::Spending;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawSpending {
    line: Spanned<String>,
    /// By financial year.
    pounds: Spanned<BTreeMap<String, f64>>,
}

/// Pounds in a year: beyond these it is a slip.
const MOST_POUNDS: f64 = 1e9;

impl Reader<'_> {
    /// Spending on one of `lines`, the lines of `prices.csv` that take it; they are not checked where they are not
    /// known.
    pub fn spending(&mut self, raw: &RawSpending, lines: Option<&[String]>) -> Vec<Spending> {
        let line = raw.line.as_ref();
        if let Some(lines) = lines.filter(|lines| !lines.contains(line)) {
            let hint = suggest_name(line, lines.iter().map(String::as_str))
                .or_else(|| Some("a line of prices.csv that is counted by spending".into()));
            self.problem("line", &raw.line, line, "takes no spending", hint);
        }
        if raw.pounds.as_ref().is_empty() {
            self.problem("pounds", &raw.pounds, "{}", "has no year", Some("such as { 2026-27 = 1_000_000 }".into()));
        }
        let mut spending = Vec::new();
        for (year, pounds) in raw.pounds.as_ref() {
            let parsed = FinancialYear::parse(year);
            if parsed.is_none() {
                let hint = Some("such as 2026-27".into());
                self.problem("pounds", &raw.pounds, year, "is not a financial year", hint);
            }
            if !(0.0..=MOST_POUNDS).contains(pounds) {
                let hint = Some(format!("pounds, 0 to {MOST_POUNDS}"));
                self.problem("pounds", &raw.pounds, &pounds.to_string(), "is out of bounds", hint);
            }
            spending.extend(parsed.map(|year| Spending { line: line.clone(), year, pounds: *pounds }));
        }
        spending
    }
}
