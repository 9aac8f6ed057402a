//! What providers and levers on places amount to in a September.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use super::lever::Scenario;
use super::place_lever::PlaceLever;
use crate::domain::age_group::AgeSpan;
use crate::domain::assumption::Confidence;
use crate::domain::grid::Needs;
use crate::domain::place::{Designation, Kind, Places, Provider, UNLIMITED};
use crate::domain::setting::{SettingId, Settings};
use crate::units::Age;

/// Places in force in one September.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PlacesInForce {
    /// Places of each provider: they are paid for.
    pub places: Vec<u32>,
    /// Pupils that it may have.
    pub room: Vec<u32>,
    /// Needs that each provider takes, by age: a bit per need.
    pub takes: Vec<[u32; Age::COUNT]>,
    /// The last age that each provider takes.
    pub last_age: Vec<u8>,
    /// The share of each rule of [`Places::overflow`].
    pub overflow: Vec<f64>,
    /// By setting: the pupils at which admissions stop.
    pub cap: BTreeMap<usize, u32>,
}

/// Providers of the area with those that scenarios open and those that no table lists, so that all
/// scenarios number them alike.
///
/// A setting that has more plans at the base census than listed places has the difference as places not
/// listed, for as long as the forecast runs; one that a lever caps and no table limits has as many as
/// are asked for. Second, notes on what was assumed.
pub fn complete_places(
    places: &Places,
    scenarios: &[Scenario],
    settings: &Settings,
    held: &[u32],
    base_september: u16,
) -> (Places, Vec<String>) {
    let mut complete = places.clone();
    let mut capped = Vec::new();
    for lever in scenarios.iter().flat_map(|scenario| &scenario.places) {
        match lever {
            PlaceLever::Open(provider) if complete.find(&provider.id).is_none() => {
                complete.providers.push(Provider { places: Vec::new(), ..provider.clone() });
            }
            PlaceLever::Cap { setting, .. } => capped.push(*setting),
            _ => {}
        }
    }
    let limited = places.limited();
    let mut notes = Vec::new();
    for setting in settings.ids() {
        let code = &settings.of(setting).code;
        if limited.contains(&setting) {
            let (room, held) = (places.room_in(setting, base_september), held[setting.index()]);
            if held > room {
                let missing = held - room;
                notes.push(format!(
                    "{code}: {held} plans at the base census and room for {room} in providers.csv: {missing} further places are assumed, every year"
                ));
                complete.providers.push(not_listed(setting, code, missing, base_september));
            }
        } else if capped.contains(&setting) {
            complete.providers.push(not_listed(setting, code, UNLIMITED, base_september));
        }
    }
    (complete, notes)
}

/// Places in use that no table lists, for all ages and needs.
fn not_listed(setting: SettingId, code: &str, places: u32, september: u16) -> Provider {
    Provider {
        id: format!("{code}_not_listed"),
        name: format!("Places not listed: {code}"),
        setting,
        area: None,
        kind: Kind::NotListed,
        designation: Designation { ages: AgeSpan::ALL, needs: Vec::new() },
        redesignated: Vec::new(),
        places: vec![(september, places)],
        occupancy_limit: 1.0,
        location: None,
        source: "plans at the base census beyond the places listed".to_string(),
        confidence: Confidence::Low,
    }
}

/// Places of a scenario in a September; `places` as [`complete_places`] has them.
pub fn places_in_force(places: &Places, scenario: &Scenario, needs: &Needs, september: u16) -> PlacesInForce {
    let providers = providers_of(places, scenario);
    let mut overflow: Vec<f64> = places.overflow.iter().map(|rule| rule.share.value()).collect();
    let mut cap = BTreeMap::new();
    for lever in &scenario.places {
        match lever {
            PlaceLever::Overflow { setting, to, when } if when.contain(september) => {
                let rules = places.overflow.iter().zip(&mut overflow).filter(|(rule, _)| rule.setting == *setting);
                for (rule, share) in rules {
                    *share = to.iter().find(|(to, _)| *to == rule.to).map_or(0.0, |(_, share)| share.value());
                }
            }
            PlaceLever::Cap { setting, pupils, when } if when.contain(september) => {
                let least = cap.entry(setting.index()).or_insert(*pupils);
                *least = (*least).min(*pupils);
            }
            _ => {}
        }
    }
    PlacesInForce {
        places: providers.iter().map(|provider| provider.places_in(september)).collect(),
        room: providers.iter().map(|provider| provider.room_in(september)).collect(),
        takes: providers.iter().map(|provider| needs_by_age(provider.designation_in(september), needs)).collect(),
        last_age: providers.iter().map(|p| p.designation_in(september).ages.last().years()).collect(),
        overflow,
        cap,
    }
}

/// Levers of a scenario without which no September would differ; `places` as [`complete_places`] has them.
pub fn idle_place_levers<'a>(
    places: &Places,
    scenario: &'a Scenario,
    needs: &Needs,
    septembers: RangeInclusive<u16>,
) -> Vec<&'a PlaceLever> {
    let in_force = |scenario: &Scenario| -> Vec<PlacesInForce> {
        septembers.clone().map(|september| places_in_force(places, scenario, needs, september)).collect()
    };
    let all = in_force(scenario);
    let is_idle = |place: &usize| {
        let mut others = scenario.clone();
        others.places.remove(*place);
        in_force(&others) == all
    };
    (0..scenario.places.len()).filter(is_idle).map(|place| &scenario.places[place]).collect()
}

/// Providers as a scenario has them.
fn providers_of(places: &Places, scenario: &Scenario) -> Vec<Provider> {
    let mut providers = places.providers.clone();
    for lever in &scenario.places {
        let acted_on = lever.provider().and_then(|id| providers.iter_mut().find(|provider| provider.id == id));
        if let Some(provider) = acted_on {
            lever.apply(provider);
        }
    }
    providers
}

fn needs_by_age(designation: &Designation, needs: &Needs) -> [u32; Age::COUNT] {
    std::array::from_fn(|age| {
        let taken = needs.iter().enumerate().filter(|(_, need)| designation.takes(Age::at(age), *need));
        taken.fold(0, |bits, (index, _)| bits | 1 << index)
    })
}
