//! Levers on places: what a scenario opens, changes or closes, and who overflows where.

use crate::domain::place::{Designation, Provider};
use crate::domain::setting::SettingId;
use crate::units::Probability;

/// One change to places. Providers are named by their ids.
#[derive(Clone, Debug, PartialEq)]
pub enum PlaceLever {
    /// A provider of its own, with its places from each September on.
    Open(Provider),
    /// `added` places from a September on, while it is open; fewer where negative, never below none.
    Change { provider: String, september: u16, added: i64 },
    /// What the table plans for a provider from the September after `after` on comes `years` later.
    Delay { provider: String, after: u16, years: u16 },
    /// No places from a September on.
    Close { provider: String, september: u16 },
    /// Takes other ages and needs from a September on; pupils stay.
    Designate { provider: String, september: u16, designation: Designation },
    /// Other shares of those who find no place in a setting: one per place they go to.
    Overflow { setting: SettingId, to: Vec<(SettingId, Probability)>, when: Septembers },
    /// Nobody is admitted to a setting while it has this many pupils; those it has stay.
    Cap { setting: SettingId, pupils: u32, when: Septembers },
}

/// Septembers in which a lever is in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Septembers {
    pub from: u16,
    /// For good where none is given.
    pub until: Option<u16>,
}

impl Septembers {
    pub fn contain(self, september: u16) -> bool {
        self.from <= september && self.until.is_none_or(|last| september <= last)
    }
}

impl PlaceLever {
    /// The id of the provider it acts on.
    pub fn provider(&self) -> Option<&str> {
        match self {
            PlaceLever::Open(provider) => Some(&provider.id),
            PlaceLever::Change { provider, .. }
            | PlaceLever::Delay { provider, .. }
            | PlaceLever::Close { provider, .. }
            | PlaceLever::Designate { provider, .. } => Some(provider),
            PlaceLever::Overflow { .. } | PlaceLever::Cap { .. } => None,
        }
    }

    /// What a scenario file calls it, with the provider it acts on.
    pub fn key(&self) -> String {
        let key = match self {
            PlaceLever::Open(_) => "open_provider",
            PlaceLever::Change { .. } => "change_places",
            PlaceLever::Delay { .. } => "delay_provider",
            PlaceLever::Close { .. } => "close_provider",
            PlaceLever::Designate { .. } => "designate",
            PlaceLever::Overflow { .. } => "overflow",
            PlaceLever::Cap { .. } => "cap",
        };
        self.provider().map_or_else(|| key.to_string(), |provider| format!("{key} of '{provider}'"))
    }

    /// Changes the provider that the lever names.
    pub fn apply(&self, provider: &mut Provider) {
        match self {
            PlaceLever::Open(opened) => *provider = opened.clone(),
            PlaceLever::Change { september, added, .. } => change_places(&mut provider.places, *september, *added),
            PlaceLever::Delay { after, years, .. } => delay(&mut provider.places, *after, *years),
            PlaceLever::Close { september, .. } => {
                provider.places.retain(|(from, _)| from < september);
                provider.places.push((*september, 0));
            }
            PlaceLever::Designate { september, designation, .. } => {
                provider.redesignated.retain(|(from, _)| from != september);
                provider.redesignated.push((*september, designation.clone()));
                provider.redesignated.sort_by_key(|(from, _)| *from);
            }
            PlaceLever::Overflow { .. } | PlaceLever::Cap { .. } => {}
        }
    }
}

/// Adds places to every step from a September on in which it is open: neither what is yet to open nor what
/// has closed gets any.
fn change_places(places: &mut Vec<(u16, u32)>, september: u16, added: i64) {
    let now = places.iter().rev().find(|(from, _)| *from <= september).map_or(0, |(_, count)| *count);
    if now > 0 && !places.iter().any(|(from, _)| *from == september) {
        places.push((september, now));
        places.sort_by_key(|(from, _)| *from);
    }
    for (_, count) in places.iter_mut().filter(|(from, count)| *from >= september && *count > 0) {
        let changed = (i64::from(*count) + added).clamp(0, i64::from(u32::MAX) - 1);
        *count = u32::try_from(changed).expect("clamped");
    }
}

/// Steps later than `after` come `years` later.
fn delay(places: &mut [(u16, u32)], after: u16, years: u16) {
    for (from, _) in places.iter_mut().filter(|(from, _)| *from > after) {
        *from += years;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_change_from_their_september_on() {
        let mut places = vec![(2020, 50), (2028, 80)];
        change_places(&mut places, 2026, 10);
        assert_eq!(places, [(2020, 50), (2026, 60), (2028, 90)]);
        change_places(&mut places, 2027, -70);
        assert_eq!(places, [(2020, 50), (2026, 60), (2027, 0), (2028, 20)]);
        // A closure stays one, and nothing opens early.
        let mut places = vec![(2026, 50), (2029, 0)];
        change_places(&mut places, 2024, 10);
        assert_eq!(places, [(2026, 60), (2029, 0)]);
    }

    #[test]
    fn what_is_planned_comes_later_and_what_is_there_stays() {
        let mut places = vec![(2020, 50), (2028, 80)];
        delay(&mut places, 2024, 2);
        assert_eq!(places, [(2020, 50), (2030, 80)]);
    }
}
