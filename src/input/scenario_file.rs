//! `scenarios/*.toml`: sparse overlays of levers.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::early_support::RawEarlySupport;
use super::place_levers::{
    PlaceNames, RawCap, RawChange, RawClose, RawDelay, RawDesignate, RawOpen, RawOverflow, RawPlaceLevers,
    read_place_levers,
};
use super::problem::Problems;
use super::service_levers::{
    RawDriver, RawHours, RawRecruitment, RawServiceLevers, RawStaff, RawTriage, read_service_levers,
};
use super::spending::RawSpending;
use super::suggest::suggest_name;
use super::table::{FileBytes, parse_text};
use super::toml_file::{parse_toml, problem_of_key};
use crate::domain::age_group::AgeSpan;
use crate::domain::need::Need;
use crate::domain::service::Service;
use crate::domain::setting::{SettingId, Settings};
use crate::scenario::lever::{
    Change, Lever, MOST_FACTOR, MOST_MIXES, MOST_SLIPPAGE, Reach, Scenario, ScenarioKind, Timing, Who,
};
use crate::units::{Age, Factor, Probability};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawScenario {
    title: String,
    #[serde(default)]
    joiner_rate: Vec<RawFactor>,
    #[serde(default)]
    leaver_hazard: Vec<RawFactor>,
    #[serde(default)]
    setting_mix: Vec<RawMix>,
    #[serde(default)]
    early_support: Vec<RawEarlySupport>,
    #[serde(default)]
    open_provider: Vec<RawOpen>,
    #[serde(default)]
    change_places: Vec<RawChange>,
    #[serde(default)]
    delay_provider: Vec<RawDelay>,
    #[serde(default)]
    close_provider: Vec<RawClose>,
    #[serde(default)]
    designate: Vec<RawDesignate>,
    #[serde(default)]
    overflow: Vec<RawOverflow>,
    #[serde(default)]
    cap: Vec<RawCap>,
    #[serde(default)]
    change_staff: Vec<RawStaff>,
    #[serde(default)]
    recruitment: Vec<RawRecruitment>,
    #[serde(default)]
    buy_hours: Vec<RawHours>,
    #[serde(default)]
    change_driver: Vec<RawDriver>,
    #[serde(default)]
    add_triage: Vec<RawTriage>,
    #[serde(default)]
    spending: Vec<RawSpending>,
    /// What the scenario opens and spends comes so many years later.
    slippage_years: Option<Spanned<u16>>,
    /// What the scenario is to those who choose.
    kind: Option<Spanned<String>>,
}

/// What levers may name.
#[derive(Clone, Copy)]
pub struct LeverNames<'a> {
    pub settings: &'a Settings,
    pub places: PlaceNames<'a>,
    pub services: &'a [Service],
    /// Whether the area knows its pupils on SEN support.
    pub has_sen_support: bool,
    /// Lines of cost that scenarios spend on; `None` where the area's prices could not be read.
    pub spending: Option<&'a [String]>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFactor {
    multiply: Spanned<f64>,
    from: Spanned<u16>,
    until: Option<Spanned<u16>>,
    phase_in_years: Option<Spanned<u16>>,
    ages: Option<Spanned<String>>,
    #[serde(default)]
    needs: Vec<Spanned<String>>,
    #[serde(default)]
    settings: Vec<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawMix {
    who: Spanned<String>,
    share: Spanned<f64>,
    to: Spanned<BTreeMap<String, f64>>,
    from: Spanned<u16>,
    until: Option<Spanned<u16>>,
    phase_in_years: Option<Spanned<u16>>,
    ages: Option<Spanned<String>>,
    #[serde(default)]
    needs: Vec<Spanned<String>>,
    settings: Vec<Spanned<String>>,
}

/// Parses a scenario; its name is the file's.
pub fn parse_scenario(file: &FileBytes, name: &str, names: LeverNames, problems: &mut Problems) -> Option<Scenario> {
    let raw: RawScenario = parse_toml(file, problems)?;
    let text = parse_text(file, problems)?;
    let before = problems.count();
    let mut reader = Reader { file, text, settings: names.settings, problems };
    let mut levers = Vec::new();
    for raw_lever in &raw.joiner_rate {
        let multiply = reader.factor("multiply", &raw_lever.multiply);
        levers.push(reader.factor_lever(raw_lever, Change::JoinerRate { multiply }));
    }
    let product: f64 = raw.joiner_rate.iter().map(|lever| lever.multiply.as_ref().max(1.0)).product();
    if product > MOST_FACTOR && raw.joiner_rate.len() > 1 {
        let what = format!("multiplies new plans by up to {product} with all its joiner_rate levers together");
        reader.problems.in_file(&file.shown, what, Some(format!("at most {MOST_FACTOR}")));
    }
    for raw_lever in &raw.leaver_hazard {
        let multiply = reader.factor("multiply", &raw_lever.multiply);
        levers.push(reader.factor_lever(raw_lever, Change::LeaverHazard { multiply }));
    }
    if raw.setting_mix.len() > MOST_MIXES {
        let what = format!("has {} setting_mix levers", raw.setting_mix.len());
        reader.problems.in_file(&file.shown, what, Some(format!("at most {MOST_MIXES}")));
    }
    for raw_mix in &raw.setting_mix {
        levers.push(reader.mix_lever(raw_mix));
    }
    for raw_offer in &raw.early_support {
        levers.push(reader.early_support(raw_offer, names.has_sen_support));
    }
    let raw_places = RawPlaceLevers {
        open_provider: &raw.open_provider,
        change_places: &raw.change_places,
        delay_provider: &raw.delay_provider,
        close_provider: &raw.close_provider,
        designate: &raw.designate,
        overflow: &raw.overflow,
        cap: &raw.cap,
    };
    let places = read_place_levers(&mut reader, &raw_places, names.places);
    let raw_services = RawServiceLevers {
        change_staff: &raw.change_staff,
        recruitment: &raw.recruitment,
        buy_hours: &raw.buy_hours,
        change_driver: &raw.change_driver,
        add_triage: &raw.add_triage,
    };
    let services = read_service_levers(&mut reader, &raw_services, names.services);
    let spending = raw.spending.iter().flat_map(|raw| reader.spending(raw, names.spending)).collect();
    let slippage = raw.slippage_years.as_ref().map_or(0, |years| reader.slippage(years));
    let kind = raw.kind.as_ref().map_or(ScenarioKind::Option, |kind| reader.kind(kind));
    (problems.count() == before).then(|| {
        let (name, title) = (name.to_string(), raw.title);
        Scenario { name, title, kind, levers, places, services, spending }.slipped(slippage)
    })
}

/// What reads the levers of a file, and where it reports.
pub struct Reader<'a> {
    file: &'a FileBytes,
    text: &'a str,
    settings: &'a Settings,
    problems: &'a mut Problems,
}

impl Reader<'_> {
    fn factor_lever(&mut self, raw: &RawFactor, change: Change) -> Lever {
        Lever {
            change,
            reach: self.reach(raw.ages.as_ref(), &raw.needs, &raw.settings),
            timing: self.timing(&raw.from, raw.until.as_ref(), raw.phase_in_years.as_ref()),
        }
    }

    fn mix_lever(&mut self, raw: &RawMix) -> Lever {
        let who = match raw.who.as_ref().as_str() {
            "joiners" => Who::Joiners,
            "movers" => Who::Movers,
            "joiners_and_movers" => Who::JoinersAndMovers,
            other => {
                let hint = suggest_name(other, ["joiners", "movers", "joiners_and_movers"]);
                self.problem("who", &raw.who, other, "is not known", hint);
                Who::Joiners
            }
        };
        let share = Probability::new(*raw.share.as_ref()).unwrap_or_else(|| {
            self.problem(
                "share",
                &raw.share,
                &raw.share.as_ref().to_string(),
                "is out of bounds",
                Some("0 to 1".into()),
            );
            Probability::ZERO
        });
        let mut to = Vec::new();
        for (code, part) in raw.to.as_ref() {
            let setting = self.setting("to", &raw.to, code);
            match (setting, Probability::new(*part)) {
                (Some(setting), Some(part)) => to.push((setting, part)),
                (_, None) => self.problem("to", &raw.to, &part.to_string(), "is out of bounds", Some("0 to 1".into())),
                (None, _) => {}
            }
        }
        let sum: f64 = raw.to.as_ref().values().sum();
        if raw.to.as_ref().is_empty() {
            self.problem("to", &raw.to, "{}", "names no setting", None);
        } else if (sum - 1.0).abs() > 1e-9 {
            self.problem(
                "to",
                &raw.to,
                &sum.to_string(),
                "is what the shares add up to",
                Some("they must add up to 1".into()),
            );
        }
        Lever {
            change: Change::SettingMix { who, share, to },
            reach: self.reach(raw.ages.as_ref(), &raw.needs, &raw.settings),
            timing: self.timing(&raw.from, raw.until.as_ref(), raw.phase_in_years.as_ref()),
        }
    }

    fn slippage(&mut self, raw: &Spanned<u16>) -> u16 {
        if *raw.as_ref() > MOST_SLIPPAGE {
            let hint = Some(format!("0 to {MOST_SLIPPAGE}"));
            self.problem("slippage_years", raw, &raw.as_ref().to_string(), "is out of bounds", hint);
        }
        *raw.as_ref()
    }

    fn kind(&mut self, raw: &Spanned<String>) -> ScenarioKind {
        ScenarioKind::parse(raw.as_ref()).unwrap_or_else(|| {
            let hint = suggest_name(raw.as_ref(), ScenarioKind::ALL.iter().map(|kind| kind.code()));
            self.problem("kind", raw, raw.as_ref(), "is not known", hint);
            ScenarioKind::Option
        })
    }

    pub fn factor(&mut self, key: &str, raw: &Spanned<f64>) -> Factor {
        let value = *raw.as_ref();
        Factor::new(value).filter(|_| value <= MOST_FACTOR).unwrap_or_else(|| {
            self.problem(key, raw, &value.to_string(), "is out of bounds", Some(format!("0 to {MOST_FACTOR}")));
            Factor::NEUTRAL
        })
    }

    pub fn timing(
        &mut self,
        from: &Spanned<u16>,
        until: Option<&Spanned<u16>>,
        phase: Option<&Spanned<u16>>,
    ) -> Timing {
        let start = *from.as_ref();
        if !(2000..=2100).contains(&start) {
            self.problem("from", from, &start.to_string(), "is not a year", Some("2000 to 2100".into()));
        }
        if let Some(last) = until.filter(|last| *last.as_ref() < start) {
            self.problem("until", last, &last.as_ref().to_string(), "is before from", None);
        }
        if let Some(phase) = phase.filter(|phase| !(1..=25).contains(phase.as_ref())) {
            let hint = Some("1 (at once) to 25".into());
            self.problem("phase_in_years", phase, &phase.as_ref().to_string(), "is out of bounds", hint);
        }
        let phase_in_years = phase.map_or(1, |phase| *phase.as_ref());
        Timing { from: start, until: until.map(|last| *last.as_ref()), phase_in_years }
    }

    pub fn reach(
        &mut self,
        ages: Option<&Spanned<String>>,
        needs: &[Spanned<String>],
        settings: &[Spanned<String>],
    ) -> Reach {
        let mut span = AgeSpan::new(Age::at(0), Age::LAST).expect("0 is before 25");
        if let Some(raw) = ages {
            match AgeSpan::parse(raw.as_ref()) {
                Some(parsed) => span = parsed,
                None => {
                    self.problem("ages", raw, raw.as_ref(), "is not an age or a band", Some("\"7\" or \"4-10\"".into()))
                }
            }
        }
        let needs = self.needs(needs);
        let settings = settings.iter().filter_map(|raw| self.setting("settings", raw, raw.as_ref())).collect();
        Reach { ages: span, needs, settings }
    }

    pub fn needs(&mut self, needs: &[Spanned<String>]) -> Vec<Need> {
        let mut chosen = Vec::new();
        for raw in needs {
            match Need::parse(raw.as_ref()) {
                Some(need) => chosen.push(need),
                None => {
                    let hint = suggest_name(raw.as_ref(), Need::ALL.iter().map(|n| n.code()));
                    self.problem("needs", raw, raw.as_ref(), "is not a known need", hint);
                }
            }
        }
        chosen
    }

    pub fn setting<T>(&mut self, key: &str, at: &Spanned<T>, code: &str) -> Option<SettingId> {
        let found = self.settings.find(code);
        if found.is_none() {
            let hint = suggest_name(code, self.settings.iter().map(|s| s.code.as_str()));
            self.problem(key, at, code, "is not a known setting", hint);
        }
        found
    }

    pub fn problem<T>(&mut self, key: &str, at: &Spanned<T>, value: &str, what: &str, hint: Option<String>) {
        self.problems.push(problem_of_key((self.file, self.text), at, (key, value), what, hint));
    }
}
