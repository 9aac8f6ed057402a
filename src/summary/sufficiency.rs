//! Whether there are enough places: figures that compare what is needed with what there is, over all
//! futures of a scenario.
//!
//! Places of a setting in a September are the pupils its providers have room for, or a cap if that is less;
//! those of a planning area are of the listed providers that stand in it. Places are short in a future in
//! which more are needed. A child may be without one all the same: what is left is not for its age or need,
//! or too far, or it does not ask again before the next phase transfer.
//! The fewest places for which that holds in at most one future in ten: the smallest whole p with
//! share(needed > p) ≤ 0.1.

use serde::{Deserialize, Serialize};

use super::figures::{Figure, Outcome};
use super::place_series::needed_and_held;
use super::series::{AgeKey, Keys, Measure, Series};
use crate::domain::place::{Kind, Places, UNLIMITED};
use crate::model::place_model::PlaceModel;
use crate::numerics::quantile::{Spread, summarise_spread};
use crate::scenario::effects::YearEffects;

/// How many of the futures may be short of places.
const SHORT: f64 = 0.1;

/// What is needed of one setting, in all or in a planning area, at each census: a count per future.
struct Needed {
    setting: usize,
    area: Option<usize>,
    counts: Vec<Vec<i32>>,
    /// Those of them who have none, likewise.
    lacking: Vec<Vec<i32>>,
    /// Plans held there, likewise: how full the setting is.
    held: Vec<Vec<i32>>,
}

/// How full a provider is in a September.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProviderUse {
    /// Its number among the providers of the run.
    pub provider: usize,
    pub september: u16,
    /// Pupils it has room for.
    pub room: u32,
    pub principal: f64,
    pub pupils: Spread,
    /// Share of futures in which it has no room left; no number where it has no places.
    pub full: f64,
}

/// How full each provider is in each September; nothing of those that have no places all along.
pub fn summarise_providers(series: Series, outcome: Outcome, effects: &[YearEffects]) -> Vec<ProviderUse> {
    let Series { layout, base, places: Some(model), .. } = series else { return Vec::new() };
    let mut uses = Vec::new();
    for provider in 0..layout.places.providers {
        let room_at = |census| room_of(model, effects, census)[provider];
        if (0..=layout.years).all(|census| room_at(census) == 0) {
            continue;
        }
        for census in 0..=layout.years {
            let place = layout.filled(census).start + provider;
            let mut pupils: Vec<i32> = outcome.draws.rows().map(|row| whole(row[place])).collect();
            let room = room_at(census);
            uses.push(ProviderUse {
                provider,
                september: base - 1 + census as u16,
                room,
                principal: outcome.principal[place],
                full: match room {
                    0 => f64::NAN,
                    room => share(&pupils, |pupils| i64::from(pupils) >= i64::from(room)),
                },
                pupils: summarise_spread(&mut pupils),
            });
        }
    }
    uses
}

/// Pupils each provider has room for in the September before a census.
fn room_of<'a>(model: &'a PlaceModel, effects: &'a [YearEffects], census: usize) -> &'a [u32] {
    let effects = census.checked_sub(1).and_then(|year| effects[year].places.as_ref());
    &effects.unwrap_or(&model.opening).room
}

/// Pupils at which admissions to a setting stop.
fn cap_of(model: &PlaceModel, effects: &[YearEffects], census: usize, setting: usize) -> Option<u32> {
    let effects = census.checked_sub(1).and_then(|year| effects[year].places.as_ref());
    effects.unwrap_or(&model.opening).cap.get(&setting).copied()
}

fn collect_needed(series: Series, model: &PlaceModel, outcome: Outcome) -> Vec<Needed> {
    let layout = series.layout;
    let areas = || std::iter::once(None).chain((0..layout.places.areas).map(Some));
    let splits = model.limited.iter().flat_map(|setting| areas().map(move |area| (*setting, area)));
    splits
        .map(|(setting, area)| {
            let mut needed = Needed { setting, area, counts: Vec::new(), lacking: Vec::new(), held: Vec::new() };
            for census in 0..=layout.years {
                let of = |row: &[u32]| needed_and_held(layout, model, census, row, setting, area);
                let each: Vec<[u32; 3]> = outcome.draws.rows().map(of).collect();
                let column = |place: usize| each.iter().map(|counts| whole(counts[place])).collect();
                needed.counts.push(column(0));
                needed.lacking.push(column(1));
                needed.held.push(column(2));
            }
            needed
        })
        .collect()
}

fn whole(count: u32) -> i32 {
    i32::try_from(count).expect("fewer plans than people")
}

/// The figures of a scenario. A planning area has some only if every listed provider of the setting stands
/// in one: places that serve all alike cannot be told apart by area.
pub fn summarise_sufficiency(
    series: Series,
    outcome: Outcome,
    effects: &[YearEffects],
    places: &Places,
) -> Vec<Figure> {
    let Series { base, places: Some(model), .. } = series else { return Vec::new() };
    let first = base - 1;
    let mut figures = Vec::new();
    for split in collect_needed(series, model, outcome) {
        let limited = model.limited(split.setting).expect("only limited settings run short");
        let open = |provider: usize| (0..split.counts.len()).any(|at| room_of(model, effects, at)[provider] > 0);
        let own = places.providers.iter().enumerate().filter(|(_, p)| p.setting.index() == split.setting);
        let listed = own.filter(|(index, provider)| provider.kind != Kind::NotListed && open(*index));
        let located = listed.fold(true, |located, (_, provider)| located && provider.area.is_some());
        if split.area.is_some() && !located {
            continue;
        }
        let counted = |provider: usize| {
            model.provider_setting[provider] == limited
                && split.area.is_none_or(|area| places.providers[provider].area == Some(area))
        };
        let mut short = Vec::new();
        for (census, counts) in split.counts.iter().enumerate() {
            let room = room_of(model, effects, census).iter().enumerate().filter(|(provider, _)| counted(*provider));
            let places = room.map(|(_, room)| *room).fold(0, u32::saturating_add);
            let september = first + census as u16;
            let keys = |measure| Keys {
                measure,
                year: september,
                area: split.area,
                need: None,
                setting: Some(split.setting),
                age: AgeKey::All,
            };
            let places = match cap_of(model, effects, census, split.setting) {
                Some(cap) if split.area.is_none() => places.min(cap),
                _ => places,
            };
            let probability = share(counts, |needed| f64::from(needed) > f64::from(places));
            short.push((september, probability));
            figures.push(single(keys(Measure::ProbabilityShort), probability));
            let without = share(&split.lacking[census], |lacking| lacking > 0);
            figures.push(single(keys(Measure::ProbabilityWithout), without));
            if places == UNLIMITED {
                continue;
            }
            figures.push(certain(keys(Measure::Places), f64::from(places)));
            figures.push(single(keys(Measure::PlacesFor90), f64::from(fewest_places(counts))));
            if split.area.is_none() && places > 0 {
                let held = &split.held[census];
                figures.push(ratio(keys(Measure::Occupancy), held, f64::from(places)));
            }
        }
        let last = first + split.counts.len() as u16 - 1;
        for (measure, limit) in [(Measure::FirstShort50, 0.5), (Measure::FirstShort80, 0.8)] {
            let september = short.iter().find(|(_, probability)| *probability > limit).map(|(year, _)| *year);
            let keys = Keys {
                measure,
                year: last,
                area: split.area,
                need: None,
                setting: Some(split.setting),
                age: AgeKey::All,
            };
            figures.push(single(keys, september.map_or(f64::NAN, f64::from)));
        }
    }
    figures
}

fn share(counts: &[i32], is_in: impl Fn(i32) -> bool) -> f64 {
    counts.iter().filter(|count| is_in(**count)).count() as f64 / counts.len() as f64
}

/// The smallest number that at most a share [`SHORT`] of the counts pass.
fn fewest_places(counts: &[i32]) -> i32 {
    let mut sorted = counts.to_vec();
    sorted.sort_unstable();
    let may_pass = (SHORT * counts.len() as f64 + 1e-9) as usize;
    sorted[counts.len() - 1 - may_pass.min(counts.len() - 1)]
}

/// A figure that is a property of all futures together: it stands in the column `mean`, the others are
/// blank.
fn single(keys: Keys, value: f64) -> Figure {
    let spread = Spread { mean: value, sd: f64::NAN, quantiles: [f64::NAN; 7] };
    Figure { keys, principal: f64::NAN, spread }
}

/// A figure that is the same in all futures.
fn certain(keys: Keys, value: f64) -> Figure {
    Figure { keys, principal: value, spread: Spread { mean: value, sd: 0.0, quantiles: [value; 7] } }
}

/// A figure of each future over a fixed number.
fn ratio(keys: Keys, counts: &[i32], over: f64) -> Figure {
    let mut sorted = counts.to_vec();
    let mut spread = summarise_spread(&mut sorted);
    spread.mean /= over;
    spread.sd /= over;
    spread.quantiles.iter_mut().for_each(|quantile| *quantile /= over);
    Figure { keys, principal: f64::NAN, spread }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_future_in_ten_may_be_short_by_hand() {
        // Of ten futures one passes 19; with 18 places two do.
        let counts: Vec<i32> = (11..=20).collect();
        assert_eq!(fewest_places(&counts), 19);
        assert!((share(&counts, |needed| needed > 19) - 0.1).abs() < 1e-12);
        assert_eq!(fewest_places(&[7]), 7);
        assert_eq!(fewest_places(&[3; 40]), 3);
    }
}
