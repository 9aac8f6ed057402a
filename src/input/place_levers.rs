//! Levers on places in `scenarios/*.toml`.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::area_tables::area_codes;
use super::place_tables::{OCCUPANCY_LIMITS, is_plain, listed_kinds};
use super::scenario_file::Reader;
use super::suggest::suggest_name;
use crate::domain::age_group::AgeSpan;
use crate::domain::assumption::Confidence;
use crate::domain::place::{Designation, Kind, Places, Provider};
use crate::domain::planning_area::{Location, PlanningArea};
use crate::domain::setting::SettingId;
use crate::scenario::place_lever::{PlaceLever, Septembers};
use crate::units::Probability;

/// What levers on places may name.
#[derive(Clone, Copy)]
pub struct PlaceNames<'a> {
    pub places: &'a Places,
    pub areas: &'a [PlanningArea],
    /// The September before the base census.
    pub base_september: u16,
}

/// All levers on places of a file.
pub struct RawPlaceLevers<'a> {
    pub open_provider: &'a [RawOpen],
    pub change_places: &'a [RawChange],
    pub delay_provider: &'a [RawDelay],
    pub close_provider: &'a [RawClose],
    pub designate: &'a [RawDesignate],
    pub overflow: &'a [RawOverflow],
    pub cap: &'a [RawCap],
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawOpen {
    provider: Spanned<String>,
    name: String,
    setting: Spanned<String>,
    area: Option<Spanned<String>>,
    kind: Spanned<String>,
    ages: Spanned<String>,
    #[serde(default)]
    needs: Vec<Spanned<String>>,
    occupancy_limit: Option<Spanned<f64>>,
    /// By September.
    places: Spanned<BTreeMap<String, u32>>,
    easting: Option<Spanned<f64>>,
    northing: Option<Spanned<f64>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawChange {
    provider: Spanned<String>,
    september: Spanned<u16>,
    add: Spanned<i64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawDelay {
    provider: Spanned<String>,
    years: Spanned<u16>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawClose {
    provider: Spanned<String>,
    september: Spanned<u16>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawDesignate {
    provider: Spanned<String>,
    september: Spanned<u16>,
    ages: Spanned<String>,
    #[serde(default)]
    needs: Vec<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawOverflow {
    setting: Spanned<String>,
    to: Spanned<BTreeMap<String, f64>>,
    from: Spanned<u16>,
    until: Option<Spanned<u16>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawCap {
    setting: Spanned<String>,
    pupils: Spanned<u32>,
    from: Spanned<u16>,
    until: Option<Spanned<u16>>,
}

/// Checks the levers of a file; those with problems are left out.
pub fn read_place_levers(reader: &mut Reader, raw: &RawPlaceLevers, names: PlaceNames) -> Vec<PlaceLever> {
    let mut levers: Vec<PlaceLever> = Vec::new();
    for open in raw.open_provider {
        let lever = reader.open(open, names, &levers);
        levers.extend(lever);
    }
    let opened: Vec<String> = levers.iter().filter_map(|lever| lever.provider().map(str::to_string)).collect();
    let listed = names.places.providers.iter().map(|provider| provider.id.clone());
    let known: Vec<String> = listed.chain(opened).collect();
    // Before the scenario's own changes: these come when it says.
    for delay in raw.delay_provider {
        let after = names.base_september;
        let provider = reader.provider(&delay.provider, &known);
        let years = *delay.years.as_ref();
        if !(1..=25).contains(&years) {
            reader.problem("years", &delay.years, &years.to_string(), "is out of bounds", Some("1 to 25".into()));
        }
        let planned =
            provider.as_ref().and_then(|id| names.places.find(id)).map(|index| &names.places.providers[index].places);
        if planned.is_some_and(|steps| steps.iter().all(|(from, _)| *from <= after)) {
            let what = format!("has nothing planned after September {after}");
            reader.problem("provider", &delay.provider, delay.provider.as_ref(), &what, None);
        }
        levers.extend(provider.map(|provider| PlaceLever::Delay { provider, after, years }));
    }
    for change in raw.change_places {
        let provider = reader.provider(&change.provider, &known);
        let september = reader.september("september", &change.september);
        let added = *change.add.as_ref();
        if added == 0 || added.abs() > 100_000 {
            reader.problem(
                "add",
                &change.add,
                &added.to_string(),
                "is out of bounds",
                Some("places more or, below 0, fewer".into()),
            );
        }
        levers.extend(provider.zip(september).map(|(provider, september)| PlaceLever::Change {
            provider,
            september,
            added,
        }));
    }
    for close in raw.close_provider {
        let provider = reader.provider(&close.provider, &known);
        let september = reader.september("september", &close.september);
        levers.extend(provider.zip(september).map(|(provider, september)| PlaceLever::Close { provider, september }));
    }
    for designate in raw.designate {
        let provider = reader.provider(&designate.provider, &known);
        let september = reader.september("september", &designate.september);
        let designation = reader.designation(&designate.ages, &designate.needs);
        if let (Some(provider), Some(september), Some(designation)) = (provider, september, designation) {
            levers.push(PlaceLever::Designate { provider, september, designation });
        }
    }
    for overflow in raw.overflow {
        let lever = reader.overflow(overflow, names.places);
        levers.extend(lever);
    }
    for cap in raw.cap {
        let setting = reader.setting("setting", &cap.setting, cap.setting.as_ref());
        let when = reader.septembers(&cap.from, cap.until.as_ref());
        let ruled = |setting: &SettingId| names.places.overflow.iter().any(|rule| rule.setting == *setting);
        if setting.is_some_and(|setting| !ruled(&setting)) {
            let hint = Some("overflow.csv must say where those go who are not admitted".into());
            reader.problem("setting", &cap.setting, cap.setting.as_ref(), "has no overflow rules", hint);
        }
        let pupils = *cap.pupils.as_ref();
        levers.extend(setting.zip(when).map(|(setting, when)| PlaceLever::Cap { setting, pupils, when }));
    }
    levers
}

impl Reader<'_> {
    fn open(&mut self, raw: &RawOpen, names: PlaceNames, opened: &[PlaceLever]) -> Option<PlaceLever> {
        let id = raw.provider.as_ref();
        if !is_plain(id) {
            let hint = Some("lower-case letters, digits, - and _".into());
            self.problem("provider", &raw.provider, id, "is not a provider's code", hint);
        } else if names.places.find(id).is_some() {
            self.problem("provider", &raw.provider, id, "is in providers.csv already", None);
        } else if opened.iter().any(|lever| lever.provider() == Some(id)) {
            self.problem("provider", &raw.provider, id, "is opened twice", None);
        }
        let setting = self.setting("setting", &raw.setting, raw.setting.as_ref());
        if setting.is_some_and(|setting| !names.places.limited().contains(&setting)) {
            let hint = Some("without limit, more places change nothing".into());
            self.problem("setting", &raw.setting, raw.setting.as_ref(), "has no providers in providers.csv", hint);
        }
        let area = match &raw.area {
            None => Some(None),
            Some(area) => {
                let codes = area_codes(names.areas);
                let found = codes.iter().position(|code| code == area.as_ref());
                if found.is_none() {
                    let hint = suggest_name(area.as_ref(), codes);
                    self.problem("area", area, area.as_ref(), "is not a known area", hint);
                }
                found.map(Some)
            }
        };
        let kind = listed_kinds().find(|kind| kind.code() == raw.kind.as_ref());
        if kind.is_none() {
            let hint = suggest_name(raw.kind.as_ref(), listed_kinds().map(Kind::code));
            self.problem("kind", &raw.kind, raw.kind.as_ref(), "is not a known kind", hint);
        }
        let occupancy_limit = raw.occupancy_limit.as_ref().map_or(1.0, |limit| *limit.as_ref());
        if let Some(limit) = raw.occupancy_limit.as_ref().filter(|_| !OCCUPANCY_LIMITS.contains(&occupancy_limit)) {
            let hint = Some("pupils per place, 0.5 to 1.5".into());
            self.problem("occupancy_limit", limit, &occupancy_limit.to_string(), "is out of bounds", hint);
        }
        let location = match (&raw.easting, &raw.northing) {
            (Some(easting), Some(northing)) => self.location(easting, northing),
            (None, None) => None,
            _ => {
                self.problem("provider", &raw.provider, id, "has an easting or a northing without the other", None);
                None
            }
        };
        let places = self.steps(raw);
        let designation = self.designation(&raw.ages, &raw.needs);
        Some(PlaceLever::Open(Provider {
            id: id.clone(),
            name: raw.name.clone(),
            setting: setting?,
            area: area?,
            kind: kind?,
            designation: designation?,
            redesignated: Vec::new(),
            places: places?,
            occupancy_limit,
            location,
            source: "scenario".to_string(),
            confidence: Confidence::Low,
        }))
    }

    fn location(&mut self, easting: &Spanned<f64>, northing: &Spanned<f64>) -> Option<Location> {
        let mut metres = |key: &str, raw: &Spanned<f64>, most: f64| {
            let value = *raw.as_ref();
            let inside = (0.0..=most).contains(&value);
            if !inside {
                let hint = Some(format!("metres of the National Grid, 0 to {most}"));
                self.problem(key, raw, &value.to_string(), "is out of bounds", hint);
            }
            inside.then_some(value)
        };
        let easting = metres("easting", easting, Location::MOST_EASTING);
        let northing = metres("northing", northing, Location::MOST_NORTHING);
        easting.zip(northing).map(|(easting, northing)| Location { easting, northing })
    }

    fn steps(&mut self, raw: &RawOpen) -> Option<Vec<(u16, u32)>> {
        let mut steps = Vec::new();
        let mut fine = true;
        for (september, places) in raw.places.as_ref() {
            // Four digits, so that no September is given twice.
            let year = Some(september).filter(|text| text.len() == 4).and_then(|text| text.parse::<u16>().ok());
            match year.filter(|year| (2000..=2100).contains(year)) {
                Some(year) if *places <= 100_000 => steps.push((year, *places)),
                found => {
                    let what = if found.is_some() { "has too many places" } else { "is not a September" };
                    self.problem("places", &raw.places, september, what, Some("{ 2028 = 60, 2029 = 120 }".into()));
                    fine = false;
                }
            }
        }
        if raw.places.as_ref().values().all(|places| *places == 0) {
            self.problem("places", &raw.places, "{}", "opens no place", Some("{ 2028 = 60, 2029 = 120 }".into()));
            fine = false;
        }
        steps.sort_unstable();
        fine.then_some(steps)
    }

    fn designation(&mut self, ages: &Spanned<String>, needs: &[Spanned<String>]) -> Option<Designation> {
        let span = AgeSpan::parse(ages.as_ref());
        if span.is_none() {
            self.problem("ages", ages, ages.as_ref(), "is not an age or a band", Some("\"7\" or \"4-18\"".into()));
        }
        let needs = self.needs(needs);
        span.map(|ages| Designation { ages, needs })
    }

    fn provider(&mut self, id: &Spanned<String>, known: &[String]) -> Option<String> {
        let found = known.iter().find(|known| *known == id.as_ref());
        if found.is_none() {
            let hint = suggest_name(id.as_ref(), known.iter().map(String::as_str));
            self.problem("provider", id, id.as_ref(), "is not a known provider", hint);
        }
        found.cloned()
    }

    fn september(&mut self, key: &str, year: &Spanned<u16>) -> Option<u16> {
        let value = *year.as_ref();
        let known = (2000..=2100).contains(&value);
        if !known {
            self.problem(key, year, &value.to_string(), "is not a year", Some("2000 to 2100".into()));
        }
        known.then_some(value)
    }

    fn septembers(&mut self, from: &Spanned<u16>, until: Option<&Spanned<u16>>) -> Option<Septembers> {
        let start = self.september("from", from)?;
        if let Some(last) = until.filter(|last| *last.as_ref() < start) {
            self.problem("until", last, &last.as_ref().to_string(), "is before from", None);
        }
        Some(Septembers { from: start, until: until.map(|last| *last.as_ref()) })
    }

    fn overflow(&mut self, raw: &RawOverflow, places: &Places) -> Option<PlaceLever> {
        let setting = self.setting("setting", &raw.setting, raw.setting.as_ref());
        let when = self.septembers(&raw.from, raw.until.as_ref());
        let rules: Vec<SettingId> =
            places.overflow.iter().filter(|rule| Some(rule.setting) == setting).map(|rule| rule.to).collect();
        if setting.is_some() && rules.is_empty() {
            let hint = Some("overflow.csv must list where those go who find no place".into());
            self.problem("setting", &raw.setting, raw.setting.as_ref(), "has no overflow rules", hint);
            return None;
        }
        let mut to = Vec::new();
        for (code, share) in raw.to.as_ref() {
            let found = self.setting("to", &raw.to, code);
            if found.is_some_and(|found| !rules.contains(&found)) && setting.is_some() {
                let hint = Some("overflow.csv says how its children are counted and when they return".into());
                self.problem("to", &raw.to, code, "is not among the rules of the setting in overflow.csv", hint);
            }
            match (found, Probability::new(*share)) {
                (Some(found), Some(share)) => to.push((found, share)),
                (_, None) => self.problem("to", &raw.to, &share.to_string(), "is out of bounds", Some("0 to 1".into())),
                (None, _) => {}
            }
        }
        let sum: f64 = raw.to.as_ref().values().sum();
        if raw.to.as_ref().is_empty() {
            self.problem("to", &raw.to, "{}", "names no setting", None);
        } else if (sum - 1.0).abs() > 1e-9 {
            let hint = Some("they must add up to 1".into());
            self.problem("to", &raw.to, &sum.to_string(), "is what the shares add up to", hint);
        }
        Some(PlaceLever::Overflow { setting: setting?, to, when: when? })
    }
}
