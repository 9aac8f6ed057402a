//! Places: `providers.csv`, `places.csv` and `overflow.csv`.

use super::area_tables::{area_codes, parse_location};
use super::confidence::parse_confidence;
use super::problem::Problems;
use super::suggest::suggest_name;
use super::table::{FileBytes, Row, Table};
use crate::domain::age_group::AgeSpan;
use crate::domain::assumption::Confidence;
use crate::domain::grid::Needs;
use crate::domain::need::Need;
use crate::domain::place::{Designation, Kind, OverflowRule, Places, Provider, Return, Status};
use crate::domain::planning_area::PlanningArea;
use crate::domain::setting::{SettingId, Settings};
use crate::units::{Age, Probability};

/// Files of the places.
pub struct PlaceFiles<'a> {
    pub providers: &'a FileBytes,
    pub places: &'a FileBytes,
    pub overflow: &'a FileBytes,
}

pub fn parse_places(
    files: &PlaceFiles,
    settings: &Settings,
    areas: &[PlanningArea],
    problems: &mut Problems,
) -> Option<Places> {
    let before = problems.count();
    let providers = parse_providers(files.providers, settings, areas, problems);
    let overflow = parse_overflow(files.overflow, settings, problems);
    let mut providers = providers?;
    parse_steps(files.places, &mut providers, problems);
    let places = Places { providers, overflow: overflow? };
    (problems.count() == before).then_some(places)
}

fn parse_providers(
    file: &FileBytes,
    settings: &Settings,
    areas: &[PlanningArea],
    problems: &mut Problems,
) -> Option<Vec<Provider>> {
    let columns = [
        "provider",
        "name",
        "setting",
        "area",
        "kind",
        "ages",
        "needs",
        "occupancy_limit",
        "easting",
        "northing",
        "source",
        "confidence",
    ];
    let table = Table::parse(file, &columns, problems)?;
    let before = problems.count();
    let mut providers: Vec<Provider> = Vec::new();
    for row in table.rows() {
        let id = row.text("provider");
        if !is_plain(id) {
            let hint = Some("lower-case letters, digits, - and _".into());
            row.problem("provider", "is not a provider's code", hint, problems);
        } else if providers.iter().any(|provider| provider.id == id) {
            row.problem("provider", "is listed twice", None, problems);
        }
        let read = parse_provider(row, settings, areas, problems);
        providers.extend(read);
    }
    if providers.len() + settings.count() > Places::MOST_PROVIDERS {
        let most = Places::MOST_PROVIDERS - settings.count();
        let what = format!("lists more than {most} providers");
        problems.in_file(&table.file, what, Some("put small ones together".into()));
    }
    (problems.count() == before).then_some(providers)
}

/// Whether a word may name a provider, a service or a part of one.
pub fn is_plain(id: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
    !id.is_empty() && id != "all" && id.chars().all(plain)
}

/// How many pupils a provider may have per place: beyond these it is a slip.
pub const OCCUPANCY_LIMITS: std::ops::RangeInclusive<f64> = 0.5..=1.5;

fn parse_provider(row: Row, settings: &Settings, areas: &[PlanningArea], problems: &mut Problems) -> Option<Provider> {
    let setting = named_setting(row, "setting", settings, problems);
    let codes = area_codes(areas);
    let area = match row.text("area") {
        "" => Some(None),
        _ => row.name("area", "area", &codes, |id| codes.iter().position(|code| *code == id).map(Some), problems),
    };
    let kinds: Vec<&str> = listed_kinds().map(Kind::code).collect();
    let kind = row.name("kind", "kind", &kinds, |code| listed_kinds().find(|kind| kind.code() == code), problems);
    let ages = AgeSpan::parse(row.text("ages"));
    if ages.is_none() {
        row.problem("ages", "is not an age or a band", Some("such as 4-18".into()), problems);
    }
    let needs = parse_needs(row, problems);
    let occupancy_limit = row.number("occupancy_limit", problems);
    if occupancy_limit.is_some_and(|limit| !OCCUPANCY_LIMITS.contains(&limit)) {
        let hint = Some("pupils per place, 0.5 to 1.5".into());
        row.problem("occupancy_limit", "is out of bounds", hint, problems);
    }
    let location = parse_location(row, problems);
    let (source, confidence) = parse_confidence(row, problems);
    Some(Provider {
        id: row.text("provider").to_string(),
        name: row.text("name").to_string(),
        setting: setting?,
        area: area?,
        kind: kind?,
        designation: Designation { ages: ages?, needs: needs? },
        redesignated: Vec::new(),
        places: Vec::new(),
        occupancy_limit: occupancy_limit?,
        location,
        source,
        confidence: confidence?,
    })
}

/// Kinds that a table may name.
pub fn listed_kinds() -> impl Iterator<Item = Kind> {
    Kind::ALL.iter().copied().filter(|kind| *kind != Kind::NotListed)
}

/// Codes of needs with blanks between them; a blank cell is all needs.
pub fn parse_needs(row: Row, problems: &mut Problems) -> Option<Vec<Need>> {
    let before = problems.count();
    let mut needs = Vec::new();
    for code in row.text("needs").split_whitespace() {
        match Need::parse(code) {
            Some(need) => needs.push(need),
            None => {
                let hint = suggest_name(code, Need::ALL.iter().map(|need| need.code()));
                row.problem("needs", format!("names '{code}', which is not a known need"), hint, problems);
            }
        }
    }
    (problems.count() == before).then_some(needs)
}

fn named_setting(row: Row, column: &str, settings: &Settings, problems: &mut Problems) -> Option<SettingId> {
    let codes: Vec<&str> = settings.iter().map(|setting| setting.code.as_str()).collect();
    row.name(column, "setting", &codes, |code| settings.find(code), problems)
}

/// Places of each provider by September.
fn parse_steps(file: &FileBytes, providers: &mut [Provider], problems: &mut Problems) {
    let Some(table) = Table::parse(file, &["provider", "september", "places", "source"], problems) else { return };
    let before = problems.count();
    let codes: Vec<String> = providers.iter().map(|provider| provider.id.clone()).collect();
    let known: Vec<&str> = codes.iter().map(String::as_str).collect();
    for row in table.rows() {
        let find = |id: &str| codes.iter().position(|code| code == id);
        let provider = row.name("provider", "provider", &known, find, problems);
        let september = row.year("september", problems);
        let places = row.count("places", problems);
        if places.is_some_and(|places| places > MOST_PLACES) {
            row.problem("places", "is too many", Some(format!("at most {MOST_PLACES}")), problems);
        }
        let (Some(provider), Some(september), Some(places)) = (provider, september, places) else { continue };
        let steps = &mut providers[provider].places;
        if steps.iter().any(|(from, _)| *from == september) {
            row.problem("september", format!("is given twice for {}", codes[provider]), None, problems);
            continue;
        }
        steps.push((september, places));
    }
    if problems.count() > before {
        return;
    }
    for provider in providers {
        provider.places.sort_unstable();
        let id = &provider.id;
        let Some((first, opening)) = provider.places.first().copied() else {
            let hint = Some("a row with the September it opened and its places".into());
            problems.in_file(&table.file, format!("has no places of the provider '{id}'"), hint);
            continue;
        };
        if opening == 0 {
            problems.in_file(&table.file, format!("closes the provider '{id}' in {first}, before it opens"), None);
        }
        if let Some(step) = provider.places.windows(2).find(|steps| steps[0].1 == 0) {
            let what =
                format!("has places of the provider '{id}' from {} on, after its closure in {}", step[1].0, step[0].0);
            problems.in_file(&table.file, what, Some("give what opens later a code of its own".into()));
        }
    }
}

/// Beyond this a number of places is a slip.
const MOST_PLACES: u32 = 1_000_000;

fn parse_overflow(file: &FileBytes, settings: &Settings, problems: &mut Problems) -> Option<Vec<OverflowRule>> {
    let columns = ["setting", "to", "counted_as", "returns", "share", "source", "confidence"];
    let table = Table::parse(file, &columns, problems)?;
    let before = problems.count();
    let mut rules: Vec<OverflowRule> = Vec::new();
    for row in table.rows() {
        let setting = named_setting(row, "setting", settings, problems);
        let to = named_setting(row, "to", settings, problems);
        if setting.is_some() && setting == to {
            row.problem("to", "is the setting that has no place", None, problems);
        }
        if rules.iter().any(|rule| Some(rule.setting) == setting && Some(rule.to) == to) {
            row.problem("to", "is given twice", None, problems);
        }
        let status = row.name("counted_as", "count", &["waiting", "overflow"], parse_status, problems);
        let returns = ["every_year", "phase_transfer", "never"];
        let returns = row.name("returns", "return", &returns, parse_return, problems);
        let share = row.number("share", problems).map(|share| (share, Probability::new(share)));
        if let Some((_, None)) = share {
            row.problem("share", "is out of bounds", Some("0 to 1".into()), problems);
        }
        let (source, confidence) = parse_confidence(row, problems);
        let (Some(setting), Some(to), Some(status), Some(returns)) = (setting, to, status, returns) else { continue };
        let (Some((_, Some(share))), Some(confidence)) = (share, confidence) else { continue };
        rules.push(OverflowRule { setting, to, share, status, returns, source, confidence });
    }
    // The rules of a setting stand together, in their order.
    rules.sort_by_key(|rule| rule.setting);
    for own in rules.chunk_by(|a, b| a.setting == b.setting) {
        let code = &settings.of(own[0].setting).code;
        let sum: f64 = own.iter().map(|rule| rule.share.value()).sum();
        if (sum - 1.0).abs() > 1e-9 && problems.count() == before {
            let what = format!("the shares of {code} add up to {}, not 1", (sum * 1e9).round() / 1e9);
            problems.in_file(&table.file, what, None);
        }
        if own.len() > Places::MOST_RULES {
            problems.in_file(&table.file, format!("more than {} rules of {code}", Places::MOST_RULES), None);
        }
    }
    (problems.count() == before).then_some(rules)
}

fn parse_status(code: &str) -> Option<Status> {
    match code {
        "waiting" => Some(Status::Waiting),
        "overflow" => Some(Status::Overflow),
        _ => None,
    }
}

fn parse_return(code: &str) -> Option<Return> {
    match code {
        "every_year" => Some(Return::EveryYear),
        "phase_transfer" => Some(Return::AtPhaseTransfer),
        "never" => Some(Return::Never),
        _ => None,
    }
}

/// A limited setting needs rules that leave nobody without a setting, and a setting with rules needs
/// providers, or a cap of a scenario. `capped` are the settings that scenarios cap.
pub fn check_limited(shown: &str, places: &Places, capped: &[SettingId], settings: &Settings, problems: &mut Problems) {
    let listed = places.limited();
    let limited = |setting: SettingId| listed.contains(&setting) || capped.contains(&setting);
    for setting in settings.ids() {
        let code = &settings.of(setting).code;
        let rules = || places.overflow.iter().filter(move |rule| rule.setting == setting);
        let free = |age: Age| rules().any(|rule| !limited(rule.to) && settings.of(rule.to).ages.contains(age));
        match (limited(setting), rules().next().is_some()) {
            (true, false) => {
                let hint = Some("rows with the settings they go to and their shares".into());
                problems.in_file(shown, format!("does not say where children go who find no place in {code}"), hint);
            }
            (true, true) => {
                if let Some(age) = settings.of(setting).ages.ages().find(|age| !free(*age)) {
                    let what = format!("leaves a child of {age} without a place in {code} nowhere to go");
                    let hint = Some("one rule must lead to a setting without limit that takes the age".into());
                    problems.in_file(shown, what, hint);
                }
            }
            (false, true) => {
                let what = format!("limits {code}, which has no provider in providers.csv");
                problems.in_file(shown, what, Some("list its providers, or leave its rules out".into()));
            }
            (false, false) => {}
        }
    }
}

/// Places for a need that nobody has, and numbers that are only illustrations.
pub fn note_places(places: &Places, needs: &Needs, problems: &mut Problems) {
    for provider in &places.providers {
        let idle: Vec<&str> =
            provider.designation.needs.iter().filter(|need| needs.index(**need).is_none()).map(|n| n.code()).collect();
        if !idle.is_empty() {
            let note = format!("provider {}: nobody in the area has the need {}", provider.id, idle.join(", "));
            problems.notes.push(note);
        }
    }
    let low = |confidence: &Confidence| *confidence == Confidence::Low;
    let providers = places.providers.iter().filter(|provider| low(&provider.confidence)).count();
    let rules = places.overflow.iter().filter(|rule| low(&rule.confidence)).count();
    if providers + rules > 0 {
        problems.notes.push(format!(
            "places: {providers} of {} providers and {rules} of {} overflow shares have low confidence: they need local values",
            places.providers.len(),
            places.overflow.len()
        ));
    }
}
