//! Places and planning areas, laid out for the engine.
//!
//! A child of area i asks the providers of a setting in the order of T(i, j), the share of children of
//! i who would take a place in j, the largest first; among equals those of the own area, then the
//! nearest, then those that serve all areas alike, then the one that takes the fewest ages and needs (others
//! may need what it leaves), then as listed. Whether a child would travel is drawn
//! once in a year: one who would go to an area would go to all with a larger share.

use std::ops::Range;

use super::flow::Bound;
use crate::domain::need::Need;
use crate::domain::place::{Designation, PHASE_TRANSFER_AGES, Places, Provider, Return, Status};
use crate::domain::planning_area::Geography;
use crate::domain::setting::Settings;
use crate::scenario::place_effects::PlacesInForce;
use crate::units::Age;

/// What is the same in all scenarios and replicates.
#[derive(Clone, Debug)]
pub struct PlaceModel {
    pub areas: usize,
    /// Settings with limited places.
    pub limited: Vec<usize>,
    /// By setting: its number among these.
    number: Vec<Option<u8>>,
    /// By provider: its setting's number among the limited ones.
    pub provider_setting: Vec<u8>,
    pub rules: Vec<Rule>,
    /// By limited setting: its rules.
    rules_of: Vec<Range<usize>>,
    /// By limited setting and setting: the rule that leads from one to the other.
    rule_to: Vec<Option<u8>>,
    /// By limited setting and area of the child: providers in the order they are asked.
    preferences: Vec<Vec<Preference>>,
    /// By area and provider, in a straight line; 0 where a point is not known.
    hectometres: Vec<f64>,
    /// Places of the September before the base census.
    pub opening: PlacesInForce,
    /// `[census, age, setting, area]`: shares of areas added up.
    area_shares: Vec<f64>,
    /// By setting: whether it takes an age.
    takes_age: Vec<[bool; Age::COUNT]>,
    watched: Vec<bool>,
    settings: usize,
}

/// Where children go who find no place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Number of the limited setting.
    pub limited: u8,
    /// The setting they go to.
    pub to: usize,
    pub status: Status,
    pub returns: Return,
}

/// A provider, and the share of an area's children who would go there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Preference {
    pub provider: u8,
    pub share: f64,
}

impl PlaceModel {
    /// `places` with providers as `scenario::place_effects::complete_places` has them.
    pub fn new(places: &Places, geography: &Geography, settings: &Settings, opening: PlacesInForce) -> PlaceModel {
        let limited: Vec<usize> = places.limited().iter().map(|setting| setting.index()).collect();
        let mut number = vec![None; settings.count()];
        limited.iter().enumerate().for_each(|(index, setting)| number[*setting] = Some(index as u8));
        let of = |setting: usize| number[setting].expect("a setting with providers is limited");
        let provider_setting: Vec<u8> = places.providers.iter().map(|p| of(p.setting.index())).collect();
        // A setting that is limited in no scenario of the run may still have rules.
        let rules: Vec<Rule> = places
            .overflow
            .iter()
            .map(|rule| Rule {
                limited: number[rule.setting.index()].unwrap_or(NONE),
                to: rule.to.index(),
                status: rule.status,
                returns: rule.returns,
            })
            .collect();
        let rules_of = (0..limited.len() as u8)
            .map(|limited| {
                let first = rules.iter().position(|rule| rule.limited == limited).unwrap_or(0);
                first..first + rules.iter().filter(|rule| rule.limited == limited).count()
            })
            .collect();
        let preferences = (0..limited.len() as u8)
            .flat_map(|setting| (0..geography.areas.len()).map(move |area| (setting, area)))
            .map(|(setting, area)| preferences(places, geography, &provider_setting, setting, area))
            .collect();
        let led_to = |setting: usize| rules.iter().any(|rule| rule.limited != NONE && rule.to == setting);
        let watched = (0..settings.count()).map(|setting| number[setting].is_some() || led_to(setting)).collect();
        let mut rule_to = vec![None; limited.len() * settings.count()];
        for (rule, Rule { limited, to, .. }) in rules.iter().enumerate().filter(|(_, rule)| rule.limited != NONE) {
            rule_to[usize::from(*limited) * settings.count() + to] = Some(rule as u8);
        }
        PlaceModel {
            watched,
            rule_to,
            areas: geography.areas.len(),
            limited,
            provider_setting,
            rules,
            rules_of,
            preferences,
            hectometres: hectometres(places, geography),
            opening,
            area_shares: add_up(geography.share.iter(), geography.areas.len()),
            takes_age: settings.iter().map(|s| std::array::from_fn(|age| s.ages.contains(Age::at(age)))).collect(),
            settings: settings.count(),
            number,
        }
    }

    /// The number of a setting among the limited ones.
    #[inline]
    pub fn limited(&self, setting: usize) -> Option<u8> {
        self.number[setting]
    }

    /// Where a child goes who is bound for a cell of a setting.
    #[inline]
    pub fn bound(&self, cell: usize, setting: usize) -> Bound {
        match self.number[setting] {
            Some(limited) => Bound::Limited { cell: cell as u32, limited },
            None => Bound::Elsewhere,
        }
    }

    pub fn rules_of(&self, limited: u8) -> Range<usize> {
        self.rules_of[usize::from(limited)].clone()
    }

    /// The rule that led a child who wants a place in a limited setting to where it is.
    #[inline]
    pub fn rule(&self, limited: u8, at: usize) -> Option<usize> {
        self.rule_to[usize::from(limited) * self.settings + at].map(usize::from)
    }

    #[inline]
    pub fn preferences(&self, limited: u8, area: u8) -> &[Preference] {
        &self.preferences[usize::from(limited) * self.areas + usize::from(area)]
    }

    /// How far the pupils of an area travel to a provider.
    #[inline]
    pub fn hectometres(&self, area: u8, provider: u8) -> f64 {
        self.hectometres[usize::from(area) * self.provider_setting.len() + usize::from(provider)]
    }

    pub fn takes_age(&self, setting: usize, age: usize) -> bool {
        self.takes_age[setting][age]
    }

    /// Whether children of a setting are told apart: its places are limited, or children wait in it.
    #[inline]
    pub fn watches(&self, setting: usize) -> bool {
        self.watched[setting]
    }

    /// Shares of areas, added up, of the plans of an age and setting at a census.
    #[inline]
    pub fn area_shares(&self, census: usize, age: usize, setting: usize) -> &[f64] {
        let cell = (census * Age::COUNT + age) * self.settings + setting;
        &self.area_shares[cell * self.areas..][..self.areas]
    }
}

/// In place of a number where there is none.
pub const NONE: u8 = u8::MAX;

/// Whether children enter a phase of education at an age.
pub fn is_phase_transfer(age: usize) -> bool {
    PHASE_TRANSFER_AGES.iter().any(|transfer| usize::from(*transfer) == age)
}

fn preferences(
    places: &Places,
    geography: &Geography,
    provider_setting: &[u8],
    setting: u8,
    area: usize,
) -> Vec<Preference> {
    let home = geography.areas[area].location;
    let mut asked: Vec<(f64, bool, f64, usize, usize)> = Vec::new();
    for (index, provider) in places.providers.iter().enumerate().filter(|(i, _)| provider_setting[*i] == setting) {
        let share = provider.area.map_or(1.0, |to| geography.travel[[area, to]]);
        let metres = home.zip(provider.location).map(|(home, there)| home.metres_to(there));
        let near = geography.most_metres.zip(metres).is_none_or(|(most, metres)| metres <= most);
        if share > 0.0 && near {
            // Without locations an area's own providers are the nearest, and those of others the farthest.
            let far = if provider.area.is_some() { f64::INFINITY } else { f64::MAX };
            let Designation { ages, needs } = &provider.designation;
            let needs = if needs.is_empty() { Need::ALL.len() } else { needs.len() };
            let breadth = ages.ages().count() * needs;
            asked.push((share, provider.area != Some(area), metres.unwrap_or(far), breadth, index));
        }
    }
    asked.sort_by(|a, b| {
        let near = b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)).then(a.2.total_cmp(&b.2));
        near.then((a.3, a.4).cmp(&(b.3, b.4)))
    });
    asked.iter().map(|(share, .., index)| Preference { provider: *index as u8, share: *share }).collect()
}

/// From the point of an area to a provider's, or to that of the provider's own area, to the nearest hectometre.
fn hectometres(places: &Places, geography: &Geography) -> Vec<f64> {
    let there = |provider: &Provider| {
        let of_area = provider.area.and_then(|area| geography.areas[area].location);
        provider.location.or(of_area)
    };
    let pairs = geography.areas.iter().flat_map(|area| places.providers.iter().map(move |own| (area, own)));
    let metres = pairs.map(|(area, provider)| area.location.zip(there(provider)).map(|(a, b)| a.metres_to(b)));
    metres.map(|metres| (metres.unwrap_or(0.0) / 100.0).round()).collect()
}

/// Running sums over areas.
fn add_up<'a>(shares: impl Iterator<Item = &'a f64>, areas: usize) -> Vec<f64> {
    let mut sum = 0.0;
    shares
        .enumerate()
        .map(|(place, share)| {
            sum = if place % areas == 0 { *share } else { sum + share };
            sum
        })
        .collect()
}
