//! What scenarios say together, and what they say in vain.

use std::collections::BTreeMap;
use std::path::Path;

use super::place_tables::check_limited;
use super::problem::Problems;
use super::settings_file::AreaSettings;
use crate::domain::grid::Needs;
use crate::domain::money::FinancialYear;
use crate::domain::place::{Places, Provider};
use crate::domain::service::Service;
use crate::domain::setting::Settings;
use crate::scenario::lever::Scenario;
use crate::scenario::place_effects::{complete_places, idle_place_levers};
use crate::scenario::place_lever::PlaceLever;
use crate::scenario::service_effects::idle_service_levers;

/// What only all scenarios together can tell.
pub fn check_places_of_scenarios(
    folder: &Path,
    places: &Places,
    scenarios: &[Scenario],
    settings: &Settings,
    problems: &mut Problems,
) {
    let levers = || scenarios.iter().flat_map(|scenario| scenario.places.iter().map(move |lever| (scenario, lever)));
    let capped: Vec<_> = levers()
        .filter_map(|(_, lever)| match lever {
            PlaceLever::Cap { setting, .. } => Some(*setting),
            _ => None,
        })
        .collect();
    check_limited(&folder.join("overflow.csv").display().to_string(), places, &capped, settings, problems);
    let mut opened: BTreeMap<&str, (&Scenario, &Provider)> = BTreeMap::new();
    for (scenario, lever) in levers() {
        let PlaceLever::Open(provider) = lever else { continue };
        let (other, first) = *opened.entry(&provider.id).or_insert((scenario, provider));
        let site = |p: &Provider| (p.setting, p.area, p.location);
        if site(first) != site(provider) {
            let file = folder.join(format!("scenarios/{}.toml", scenario.name)).display().to_string();
            let what = format!("opens '{}' in another setting or place than scenario {}", provider.id, other.name);
            problems.in_file(&file, what, Some("give it a code of its own".into()));
        }
    }
    // Each setting may have places that no table lists.
    let all = places.providers.len() + opened.len() + settings.count();
    if all > Places::MOST_PROVIDERS && !opened.is_empty() {
        let what = format!("open so many providers that there would be more than {}", Places::MOST_PROVIDERS);
        problems.in_file(&folder.join("scenarios").display().to_string(), what, Some("put small ones together".into()));
    }
}

/// A lever that cannot reach anybody is no mistake, but its scenario would look like the baseline.
pub fn note_idle_levers(
    scenarios: &[Scenario],
    places: &Places,
    needs: &Needs,
    (area, settings): (&AreaSettings, &Settings),
    problems: &mut Problems,
) {
    let last = area.base.plus(area.years).0 - 1;
    for (scenario, lever) in scenarios.iter().flat_map(|s| s.levers.iter().map(move |lever| (s, lever))) {
        let name = &scenario.name;
        if lever.timing.from > last || lever.timing.until.is_some_and(|until| until < area.base.0) {
            problems.notes.push(format!("scenario {name}: a lever acts in no year from {} to {last}", area.base));
        }
        let idle: Vec<String> = lever
            .reach
            .needs
            .iter()
            .filter(|need| needs.index(**need).is_none())
            .map(|need| need.to_string())
            .collect();
        if !idle.is_empty() {
            problems.notes.push(format!("scenario {name}: nobody in the area has the need {}", idle.join(", ")));
        }
    }
    let (first, end) = (FinancialYear(area.base.0), FinancialYear(last));
    for (scenario, spent) in scenarios.iter().flat_map(|s| s.spending.iter().map(move |spent| (s, spent))) {
        if !(first..=end).contains(&spent.year) {
            let (name, year) = (&scenario.name, spent.year);
            problems
                .notes
                .push(format!("scenario {name}: spending of {year} is not counted, which is from {first} to {end}"));
        }
    }
    // A year's places are those of its September.
    let septembers = area.base.0..=last;
    let (places, _) = complete_places(places, scenarios, settings, &vec![0; settings.count()], area.base.0 - 1);
    for scenario in scenarios {
        for lever in idle_place_levers(&places, scenario, needs, septembers.clone()) {
            let (first, name) = (area.base.0, &scenario.name);
            let what = lever.key();
            problems.notes.push(format!("scenario {name}: {what} changes nothing in Septembers {first} to {last}"));
        }
    }
}

/// The same of levers on services, whose years are calendar years.
pub fn note_idle_service_levers(
    scenarios: &[Scenario],
    services: &[Service],
    area: &AreaSettings,
    problems: &mut Problems,
) {
    let (first, last) = (area.base.0, area.base.plus(area.years).0 - 1);
    for scenario in scenarios {
        for lever in idle_service_levers(services, scenario, area.base, area.years) {
            let (name, what) = (&scenario.name, lever.key());
            problems.notes.push(format!("scenario {name}: {what} changes nothing in {first} to {last}"));
        }
    }
}
