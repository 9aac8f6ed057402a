//! What a measure of `forecast.csv` is: which sheet it goes to, whose it is, and what it counts.

use super::measure_meanings::{Clock, MEANINGS};
use crate::input::run_tables::{FigureTable, KeyColumn, RunTables};
use crate::report::label_table::sentence;

/// The sheet that tells a measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Home {
    Plans,
    Places,
    Services,
    /// Told by line and payer, from `money.csv`.
    Money,
    /// Kinds of work and tiers of services: many, and in no sheet.
    Detail,
}

impl Home {
    /// `None` for what the workbook does not tell.
    pub fn sheet(self) -> Option<&'static str> {
        match self {
            Home::Plans => Some("Plans"),
            Home::Places => Some("Places"),
            Home::Services => Some("Services"),
            Home::Money => Some("Money"),
            Home::Detail => None,
        }
    }
}

/// A measure taken apart.
#[derive(Clone, Debug, PartialEq)]
pub struct Measure {
    /// The value of the column `measure`.
    pub name: String,
    pub home: Home,
    /// What is counted, without whose it is: `hours_demanded_of`.
    pub figure: String,
    /// The service's code; nothing where it is of none.
    pub service: Option<String>,
    pub unit: String,
}

impl Measure {
    /// `hours_demanded_of` is "Hours demanded"; it says its unit.
    pub fn title(&self) -> String {
        sentence(self.figure.trim_end_matches("_of")).replace("Fte", "FTE")
    }

    /// What it counts, and which year its year is.
    pub fn meaning(&self) -> Option<(&'static str, Clock)> {
        let known = MEANINGS.iter().find(|(figure, ..)| *figure == self.figure);
        known.map(|(_, meaning, clock)| (*meaning, *clock))
    }
}

/// The measures of a table, by their numbers.
pub struct Measures(Vec<Measure>);

impl Measures {
    pub fn of(tables: &RunTables, table: &FigureTable) -> Measures {
        let services: Vec<&str> = tables.labels.of_kind("service").map(|[_, code, ..]| code.as_str()).collect();
        let names = table.codes(KeyColumn::Measure).all();
        let mut measures: Vec<Measure> = names.iter().map(|name| take_apart(name, &services)).collect();
        for figure in &table.figures {
            let own = &mut measures[usize::from(figure.key(KeyColumn::Measure))];
            if own.unit.is_empty() {
                own.unit = table.code(figure, KeyColumn::Unit).to_string();
            }
        }
        Measures(measures)
    }

    pub fn get(&self, number: u16) -> &Measure {
        &self.0[usize::from(number)]
    }

    pub fn all(&self) -> impl Iterator<Item = &Measure> {
        self.0.iter()
    }
}

/// Measures of places that do not name a setting.
const PLACES: [&str; 12] = [
    "places_needed",
    "placed",
    "overflow",
    "waiting",
    "shortfall",
    "places",
    "occupancy",
    "probability_short",
    "probability_without_place",
    "places_for_90_percent",
    "first_september_short_50_percent",
    "first_september_short_80_percent",
];

/// Measures of services that do not name one.
const SERVICES: [&str; 7] = [
    "annual_reviews",
    "appeals",
    "early_support_pupils",
    "early_support_cost",
    "share_of_decisions_within_6_weeks",
    "share_of_drafts_within_16_weeks",
    "share_of_plans_within_20_weeks",
];

fn take_apart(name: &str, services: &[&str]) -> Measure {
    let whole = |home, figure: &str| Measure {
        name: name.to_string(),
        home,
        figure: figure.to_string(),
        service: None,
        unit: String::new(),
    };
    if PLACES.contains(&name) {
        return whole(Home::Places, name);
    }
    if SERVICES.contains(&name) {
        return whole(Home::Services, name);
    }
    if name.starts_with("shortfall_of_") && name.ends_with("_by_setting") {
        return whole(Home::Places, "shortfall_by_setting");
    }
    if name == "cost" || name.starts_with("cost_") || name.starts_with("high_needs_") {
        let payer = name.starts_with("cost_") && name != "cost_real";
        return whole(Home::Money, if payer { "cost_by_payer" } else { name });
    }
    if name.starts_with("sen_support_tier_") {
        return whole(Home::Plans, "sen_support_tier");
    }
    of_service(name, services).unwrap_or_else(|| whole(Home::Plans, name))
}

/// A measure that names a service, or a kind of its work or a tier. Of two codes that both fit, the longer is taken:
/// names are put together with the sign that codes may hold, so this is a guess, and the name itself stands beside it.
fn of_service(name: &str, services: &[&str]) -> Option<Measure> {
    let of = |home, figure: &str, service: &str| Measure {
        name: name.to_string(),
        home,
        figure: figure.to_string(),
        service: Some(service.to_string()),
        unit: String::new(),
    };
    let whole = services.iter().filter_map(|service| {
        let figure = name.strip_suffix(service).filter(|figure| figure.ends_with("_of_"))?;
        Some(of(Home::Services, figure.trim_end_matches('_'), service))
    });
    let length = |measure: &Measure| measure.service.as_ref().map_or(0, String::len);
    whole.max_by_key(length).or_else(|| {
        let parts = services.iter().filter_map(|service| {
            ["hours_demanded_of", "hours_demanded_for", "hours_delivered_for"].into_iter().find_map(|figure| {
                let part = name.strip_prefix(figure)?.strip_prefix('_')?.strip_prefix(service)?.strip_prefix('_')?;
                let is_detail = figure.ends_with("_for") || part.starts_with("tier_");
                is_detail.then(|| of(Home::Detail, figure, service))
            })
        });
        parts.max_by_key(length)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: [&str; 3] = ["camhs", "camhs_outreach", "salt"];

    #[test]
    fn measures_of_services_are_taken_apart() {
        for (name, home, figure, service) in [
            ("hours_demanded_of_camhs", Home::Services, "hours_demanded_of", "camhs"),
            ("waiting_list_of_camhs_outreach", Home::Services, "waiting_list_of", "camhs_outreach"),
            ("hours_demanded_for_camhs_outreach_referrals", Home::Detail, "hours_demanded_for", "camhs_outreach"),
            ("hours_demanded_of_salt_tier_targeted", Home::Detail, "hours_demanded_of", "salt"),
        ] {
            let own = take_apart(name, &KNOWN);
            assert_eq!(
                (own.home, own.figure.as_str(), own.service.as_deref()),
                (home, figure, Some(service)),
                "{name}"
            );
        }
        assert_eq!(take_apart("hours_demanded_of_salt", &KNOWN).title(), "Hours demanded");
        assert_eq!(take_apart("fte_gap_of_salt", &KNOWN).title(), "FTE gap");
    }

    #[test]
    fn other_measures_find_their_sheet() {
        for (name, home) in [
            ("plans", Home::Plans),
            ("sen_support_to_plans", Home::Plans),
            ("shortfall_of_units_by_setting", Home::Places),
            ("cost_icb", Home::Money),
            ("appeals", Home::Services),
            ("something_new", Home::Plans),
        ] {
            assert_eq!(take_apart(name, &KNOWN).home, home, "{name}");
        }
    }
}
