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
}

impl Home {
    pub fn sheet(self) -> &'static str {
        match self {
            Home::Plans => "Plans",
            Home::Places => "Places",
            Home::Services => "Services",
            Home::Money => "Money",
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
    /// Kind of work or tier, in words.
    pub part: Option<String>,
    pub unit: String,
}

impl Measure {
    /// `hours_demanded_of` is "Hours demanded".
    pub fn title(&self) -> String {
        let bare = self.figure.trim_end_matches("_of").trim_end_matches("_for");
        sentence(bare)
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
        part: None,
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

/// A measure that names a service, and a kind of its work or a tier. Of two codes that both fit, the longer is taken:
/// names are put together with the sign that codes may hold, so this is a guess, and the name itself stands beside it.
fn of_service(name: &str, services: &[&str]) -> Option<Measure> {
    let of = |figure: &str, service: &str, part: Option<String>| Measure {
        name: name.to_string(),
        home: Home::Services,
        figure: figure.to_string(),
        service: Some(service.to_string()),
        part,
        unit: String::new(),
    };
    let longest = |found: &mut dyn Iterator<Item = Measure>| {
        found.max_by_key(|measure| measure.service.as_ref().map_or(0, String::len))
    };
    let mut whole = services.iter().filter_map(|service| {
        let figure = name.strip_suffix(service).filter(|figure| figure.ends_with("_of_"))?;
        Some(of(figure.trim_end_matches('_'), service, None))
    });
    if let Some(measure) = longest(&mut whole) {
        return Some(measure);
    }
    let mut parts = services.iter().filter_map(|service| {
        if let Some(tier) = name.strip_prefix("hours_demanded_of_").and_then(|rest| rest.strip_prefix(service)) {
            let tier = tier.strip_prefix("_tier_")?;
            return Some(of("hours_demanded_of_tier", service, Some(format!("tier {}", tier.replace('_', " ")))));
        }
        ["hours_demanded_for", "hours_delivered_for"].into_iter().find_map(|figure| {
            let work = name.strip_prefix(figure)?.strip_prefix('_')?.strip_prefix(service)?.strip_prefix('_')?;
            Some(of(figure, service, Some(work.replace('_', " "))))
        })
    });
    longest(&mut parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: [&str; 3] = ["camhs", "camhs_outreach", "salt"];

    #[test]
    fn measures_of_services_are_taken_apart() {
        let of = |name: &str| {
            let own = take_apart(name, &KNOWN);
            assert_eq!(own.home, Home::Services, "{name}");
            (own.figure.clone(), own.service.clone().unwrap_or_default(), own.part.clone().unwrap_or_default())
        };
        let expect = |figure: &str, service: &str, part: &str| (figure.into(), service.into(), part.into());
        assert_eq!(of("hours_demanded_of_camhs"), expect("hours_demanded_of", "camhs", ""));
        assert_eq!(of("waiting_list_of_camhs_outreach"), expect("waiting_list_of", "camhs_outreach", ""));
        assert_eq!(
            of("hours_demanded_for_camhs_outreach_referrals"),
            expect("hours_demanded_for", "camhs_outreach", "referrals")
        );
        assert_eq!(
            of("hours_demanded_of_salt_tier_targeted"),
            expect("hours_demanded_of_tier", "salt", "tier targeted")
        );
        assert_eq!(take_apart("hours_demanded_of_salt", &KNOWN).title(), "Hours demanded");
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
