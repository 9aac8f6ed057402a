//! That levers on places do what their scenario says and nothing else, on the area of `data/somerset`, and
//! that the figures of sufficiency are what their definitions say.
//!
//! The same children are met with and without a lever, so that what it does not reach must be the same to
//! the last child.

use std::ops::Range;
use std::path::Path;
use std::sync::OnceLock;

use needscast::domain::age_group::AgeSpan;
use needscast::domain::assumption::Confidence;
use needscast::domain::place::{Designation, Kind, OverflowRule, Places, Provider, Return, Status};
use needscast::domain::setting::SettingId;
use needscast::engine::batch::{Shard, Workers, run_principal, run_shard};
use needscast::engine::calibration::prepare;
use needscast::engine::layout::{Flow, Layout, Margin};
use needscast::fit::estimate::fit_rates;
use needscast::input::area_folder::{AreaFolder, Overrides, read_area_folder};
use needscast::model::parameters::Prepared;
use needscast::scenario::effects::{YearEffects, resolve_effects};
use needscast::scenario::lever::Scenario;
use needscast::scenario::place_effects::complete_places;
use needscast::scenario::place_lever::{PlaceLever, Septembers};
use needscast::summary::figures::{Figure, Outcome as Drawn, ScenarioFigures, summarise_scenario};
use needscast::summary::series::{AgeKey, Measure, Series};
use needscast::summary::sufficiency::summarise_sufficiency;
use needscast::units::{Age, Probability};

const SEED: u64 = 5;
const REPLICATES: u32 = 30;

/// The area, fitted, as it is without places.
struct Somerset {
    folder: AreaFolder,
    prepared: Prepared,
    held: Vec<u32>,
    workers: Workers,
}

fn somerset() -> &'static Somerset {
    static FITTED: OnceLock<Somerset> = OnceLock::new();
    FITTED.get_or_init(|| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/somerset");
        let folder = read_area_folder(&path, Overrides::default()).unwrap_or_else(|problems| panic!("{problems}"));
        let rates = fit_rates(&folder.world).expect("the area can be fitted").rates;
        let workers = Workers::new(2).expect("two threads can be started");
        let prepared = prepare(&workers, &rates).expect("the books balance");
        Somerset { folder, prepared, held: rates.stock_by_setting(), workers }
    })
}

fn base() -> u16 {
    somerset().folder.world.base.0
}

fn years() -> usize {
    somerset().folder.world.years
}

fn setting(code: &str) -> SettingId {
    somerset().folder.world.settings.find(code).unwrap_or_else(|| panic!("no setting '{code}'"))
}

/// The area with the places of some table, completed for some scenarios.
struct Area {
    places: Places,
    prepared: Prepared,
}

impl Area {
    fn new(places: &Places, scenarios: &[Scenario]) -> Area {
        let Somerset { folder: AreaFolder { world, .. }, prepared, held, .. } = somerset();
        let (places, _) = complete_places(places, scenarios, &world.settings, held, world.base.0 - 1);
        let mut prepared = prepared.clone();
        prepared.limit_places(&places, &world.geography);
        Area { places, prepared }
    }

    fn run(&self, scenario: &Scenario) -> Outcome {
        let world = &somerset().folder.world;
        let limits = Some(&self.places);
        let effects = resolve_effects(scenario, &world.needs, world.shape(), world.base, world.years, limits);
        let draws = run_shard(&somerset().workers, &self.prepared, &effects, SEED, 1..REPLICATES + 1, &|| ());
        Outcome {
            draws: draws.expect("the books balance"),
            principal: run_principal(&self.prepared, &effects).expect("the books balance"),
            effects,
        }
    }

    /// The rule of overflow from one setting to another, by its number.
    fn rule(&self, from: &str, to: &str) -> usize {
        let wanted = |rule: &OverflowRule| (rule.setting, rule.to) == (setting(from), setting(to));
        self.places.overflow.iter().position(wanted).unwrap_or_else(|| panic!("no rule from {from} to {to}"))
    }

    fn provider(&self, id: &str) -> usize {
        self.places.find(id).unwrap_or_else(|| panic!("no provider '{id}'"))
    }
}

/// The tables as shipped, with those that shipped scenarios open, and its baseline.
fn shipped() -> &'static (Area, Outcome) {
    static SHIPPED: OnceLock<(Area, Outcome)> = OnceLock::new();
    SHIPPED.get_or_init(|| {
        let folder = &somerset().folder;
        let area = Area::new(&folder.world.places, &folder.scenarios);
        let baseline = area.run(&Scenario::baseline());
        (area, baseline)
    })
}

/// Rows of a scenario.
struct Outcome {
    draws: Shard,
    principal: Vec<f64>,
    effects: Vec<YearEffects>,
}

impl Outcome {
    fn layout(&self) -> Layout {
        self.draws.layout
    }

    fn same_as(&self, other: &Outcome) -> bool {
        let bits = |outcome: &Outcome| outcome.principal.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
        self.draws == other.draws && bits(self) == bits(other)
    }

    /// That nothing at these places differs, in any replicate or the principal projection.
    #[track_caller]
    fn assert_same_at(&self, other: &Outcome, places: &[usize], what: &str) {
        assert!(!places.is_empty());
        for (index, (row, without)) in self.draws.rows().zip(other.draws.rows()).enumerate() {
            let differs = places.iter().find(|place| row[**place] != without[**place]);
            assert_eq!(differs, None, "{what}: replicate {}", index + 1);
        }
        let differs =
            places.iter().find(|place| self.principal[**place].to_bits() != other.principal[**place].to_bits());
        assert_eq!(differs, None, "{what}: principal projection");
    }

    /// A sum over places in each replicate.
    fn sums(&self, places: impl IntoIterator<Item = usize>) -> Vec<u32> {
        let places: Vec<usize> = places.into_iter().collect();
        self.draws.rows().map(|row| places.iter().map(|place| row[*place]).sum()).collect()
    }

    fn flow(&self, year: usize, flow: Flow, margin: Margin) -> Vec<u32> {
        let layout = self.layout();
        self.sums([layout.flow(year, flow).start + layout.margin(margin)])
    }

    /// Plans of a setting at a census.
    fn pupils(&self, code: &str, census: usize) -> Vec<u32> {
        self.sums(self.layout().stock_ages(census).skip(setting(code).index()).step_by(self.layout().shape.settings))
    }

    /// Children who lack a place in a setting at a census.
    fn without_place(&self, area: &Area, code: &str, census: usize) -> Vec<u32> {
        let start = self.layout().lacking_ages(census).start;
        let rules = area.places.overflow.iter().enumerate().filter(|(_, rule)| rule.setting == setting(code));
        self.sums(rules.flat_map(|(rule, _)| start + rule * Age::COUNT..start + (rule + 1) * Age::COUNT))
    }
}

/// All that a census holds.
fn of_census(layout: Layout, census: usize) -> impl Iterator<Item = usize> {
    let parts: [Range<usize>; 7] = [
        layout.stock_groups(census),
        layout.stock_ages(census),
        layout.lacking_ages(census),
        layout.lacking_needs(census),
        layout.lacking_areas(census),
        layout.area_plans(census),
        layout.filled(census),
    ];
    parts.into_iter().flatten()
}

/// All that is known before the places of a September are given.
fn before(layout: Layout, september: u16) -> Vec<usize> {
    let years = usize::from(september - base());
    let censuses = (0..=years).flat_map(|census| of_census(layout, census));
    censuses.chain((0..years).flat_map(|year| layout.flows(year))).collect()
}

/// Plans and flows, which every layout has.
fn plans_and_flows(layout: Layout) -> Vec<usize> {
    let plans = (0..=layout.years).flat_map(|census| layout.stock_groups(census).chain(layout.stock_ages(census)));
    plans.chain((0..layout.years).flat_map(|year| layout.flows(year))).collect()
}

fn mean(counts: &[u32]) -> f64 {
    counts.iter().map(|count| f64::from(*count)).sum::<f64>() / counts.len() as f64
}

// ---------------------------------------------------------------------------------------------
// Levers made for a test.

fn scenario(places: Vec<PlaceLever>) -> Scenario {
    Scenario { name: "test".into(), title: "Made for a test".into(), places, ..Scenario::baseline() }
}

fn opened(id: &str, code: &str, places: &[(u16, u32)]) -> Provider {
    Provider {
        id: id.into(),
        name: String::new(),
        setting: setting(code),
        area: None,
        kind: Kind::NewBuild,
        designation: Designation { ages: AgeSpan::parse("4-18").expect("valid"), needs: Vec::new() },
        redesignated: Vec::new(),
        places: places.to_vec(),
        occupancy_limit: 1.0,
        location: None,
        source: String::new(),
        confidence: Confidence::Low,
    }
}

fn change(provider: &str, september: u16, added: i64) -> PlaceLever {
    PlaceLever::Change { provider: provider.into(), september, added }
}

fn close(provider: &str, september: u16) -> PlaceLever {
    PlaceLever::Close { provider: provider.into(), september }
}

fn cap(code: &str, pupils: u32, from: u16, until: Option<u16>) -> PlaceLever {
    PlaceLever::Cap { setting: setting(code), pupils, when: Septembers { from, until } }
}

fn overflow(code: &str, to: &[(&str, f64)], from: u16, until: Option<u16>) -> PlaceLever {
    let to = to.iter().map(|(to, share)| (setting(to), Probability::new(*share).expect("a share"))).collect();
    PlaceLever::Overflow { setting: setting(code), to, when: Septembers { from, until } }
}

fn designate(provider: &str, september: u16, ages: &str) -> PlaceLever {
    let designation = Designation { ages: AgeSpan::parse(ages).expect("valid"), needs: Vec::new() };
    PlaceLever::Designate { provider: provider.into(), september, designation }
}

// ---------------------------------------------------------------------------------------------
// When levers act, and when they do not.

/// A lever of each kind, from a September on; the table plans a school for 2028.
fn levers_from(september: u16) -> Vec<PlaceLever> {
    vec![
        PlaceLever::Open(opened("new", "state_special", &[(september, 150)])),
        change("special_academies", september, 60),
        change("special_academies", september, -60),
        PlaceLever::Delay { provider: "planned".into(), after: base() - 1, years: 2 },
        close("special_maintained", september),
        designate("special_academies", september, "2-10"),
        overflow("state_special", &[("mainstream", 1.0)], september, None),
        cap("state_special", 1000, september, None),
    ]
}

/// The shipped tables with a school planned for a September.
fn with_planned(september: u16) -> Places {
    let mut places = somerset().folder.world.places.clone();
    places.providers.push(opened("planned", "state_special", &[(september, 30)]));
    places
}

#[test]
fn each_lever_bites_from_its_september_on_and_changes_nothing_before() {
    let september = base() + 3;
    let scenarios: Vec<Scenario> = levers_from(september).into_iter().map(|lever| scenario(vec![lever])).collect();
    let area = Area::new(&with_planned(september), &scenarios);
    let baseline = area.run(&Scenario::baseline());
    let layout = baseline.layout();
    let year = usize::from(september - base());
    for scenario in &scenarios {
        let what = format!("{:?}", scenario.places);
        let outcome = area.run(scenario);
        outcome.assert_same_at(&baseline, &before(layout, september), &what);
        let of_year: Vec<usize> = layout.flow(year, Flow::RedirectedTo).chain(of_census(layout, year + 1)).collect();
        let differs = |a: &[u32], b: &[u32]| of_year.iter().any(|place| a[*place] != b[*place]);
        let changed = outcome.draws.rows().zip(baseline.draws.rows()).filter(|(a, b)| differs(a, b)).count();
        // In a few futures there is room for all.
        assert!(changed >= 20, "{changed} replicates changed in {september} by {what}");
        assert!(of_year.iter().any(|place| outcome.principal[*place] != baseline.principal[*place]), "{what}");
        // Whatever places there are, as many ask for a plan; who holds one this year was settled before.
        let untouched: Vec<usize> = [Flow::NewPlans, Flow::MovedIn, Flow::Leavers, Flow::MoversFrom, Flow::MoversTo]
            .into_iter()
            .flat_map(|flow| layout.flow(year, flow))
            .collect();
        outcome.assert_same_at(&baseline, &untouched, &what);
    }
}

#[test]
fn levers_until_a_september_are_over_after_it() {
    let (from, until) = (base() + 1, Some(base() + 1));
    let (area, baseline) = shipped();
    for lever in
        [overflow("state_special", &[("mainstream", 1.0)], from, until), cap("state_special", 1000, from, until)]
    {
        let outcome = area.run(&scenario(vec![lever]));
        assert!(!outcome.same_as(baseline));
        let room = |outcome: &Outcome| outcome.effects.iter().map(|year| year.places.clone()).collect::<Vec<_>>();
        let (with, without) = (room(&outcome), room(baseline));
        assert_ne!(with[1], without[1]);
        assert!(with[0] == without[0] && with[2..] == without[2..]);
        // All that lies before, and nothing more, is as it was.
        outcome.assert_same_at(baseline, &before(baseline.layout(), from), "before");
    }
}

#[test]
fn neutral_levers_give_the_baseline_to_the_byte() {
    let (area, baseline) = shipped();
    let september = base() + 1;
    let shares = |code: &str| -> Vec<(SettingId, Probability)> {
        let rules = area.places.overflow.iter().filter(|rule| rule.setting == setting(code));
        rules.map(|rule| (rule.to, rule.share)).collect()
    };
    let own = |code: &str| PlaceLever::Overflow {
        setting: setting(code),
        to: shares(code),
        when: Septembers { from: base(), until: None },
    };
    let designation = area.places.providers[area.provider("special_academies")].designation.clone();
    let neutral = [
        vec![own("state_special"), own("resourced_provision")],
        vec![cap("state_special", 100_000, base(), None), cap("resourced_provision", 100_000, base(), None)],
        vec![change("special_academies", september, 50), change("special_academies", september, -50)],
        vec![PlaceLever::Designate { provider: "special_academies".into(), september, designation }],
        vec![PlaceLever::Delay { provider: "special_academies".into(), after: base() - 1, years: 3 }],
        vec![cap("state_special", 0, base() + years() as u16, None), close("special_academies", 2100)],
    ];
    for levers in neutral {
        let what = format!("{levers:?}");
        assert!(area.run(&scenario(levers)).same_as(baseline), "{what}");
    }
}

/// Futures are worked on side by side: whichever stand there together, each is the same, places and diversions included.
#[test]
fn a_future_does_not_depend_on_those_beside_it() {
    let (area, _) = shipped();
    let folder = &somerset().folder;
    let named =
        |name: &str| folder.scenarios.iter().find(|scenario| scenario.name == name).expect("a shipped scenario");
    let mut scenario = named("fewer-independent").clone();
    scenario.levers.extend(named("request-surge").levers.iter().cloned());
    let effects = area.run(&scenario).effects;
    let run = |replicates| run_shard(&somerset().workers, &area.prepared, &effects, SEED, replicates, &|| ());
    let run = |replicates| run(replicates).expect("the books balance");
    let parts = [run(1..4), run(4..25), run(25..41)];
    let merged = Shard::merge(parts).expect("they follow on").expect("some shards");
    assert!(merged == run(1..41));
}

#[test]
fn what_other_scenarios_open_or_cap_does_not_change_the_baseline() {
    let tables = &somerset().folder.world.places;
    let alone = Area::new(tables, &[]).run(&Scenario::baseline());
    let (_, baseline) = shipped();
    let places = plans_and_flows(alone.layout());
    assert_eq!(places, plans_and_flows(baseline.layout()));
    baseline.assert_same_at(&alone, &places, "with providers that other scenarios open");
    // A setting with rules and no table takes all who are bound for it, until it is capped.
    let mut tables = tables.clone();
    tables.overflow.push(into("independent_special", "mainstream", Return::EveryYear));
    let capped = scenario(vec![cap("independent_special", 100, base(), None)]);
    let area = Area::new(&tables, std::slice::from_ref(&capped));
    let baseline = area.run(&Scenario::baseline());
    for place in &places {
        let (with, without) = (baseline.principal[*place], alone.principal[*place]);
        assert!((with - without).abs() < 1e-9 * (1.0 + without), "{with} for {without}");
    }
    let layout = alone.layout();
    let first = (0..2).flat_map(|census| layout.stock_ages(census)).chain(layout.flows(0));
    let first: Vec<usize> = first.collect();
    for (row, without) in baseline.draws.rows().zip(alone.draws.rows()) {
        assert!(first.iter().all(|place| row[*place] == without[*place]));
    }
    let outcome = area.run(&capped);
    let pupils: Vec<Vec<u32>> = (0..=years()).map(|census| outcome.pupils("independent_special", census)).collect();
    assert!(pupils.windows(2).all(|years| years[0].iter().zip(&years[1]).all(|(then, now)| now <= then.max(&100))));
}

fn into(from: &str, to: &str, returns: Return) -> OverflowRule {
    OverflowRule {
        setting: setting(from),
        to: setting(to),
        share: Probability::ONE,
        status: Status::Waiting,
        returns,
        source: String::new(),
        confidence: Confidence::Low,
    }
}

// ---------------------------------------------------------------------------------------------
// What each lever does.

#[test]
fn more_places_never_leave_more_without_one_in_their_first_year_and_fewer_on_average_later() {
    let (september, first) = (base() + 2, 3);
    let sizes = [0, 20, 60, 150, 400].map(|size| (size, opened("new", "state_special", &[(september, size)])));
    let scenarios = sizes.map(|(_, provider)| scenario(vec![PlaceLever::Open(provider)]));
    let area = Area::new(&somerset().folder.world.places, &scenarios);
    let without = |outcome: &Outcome, census| {
        ["state_special", "resourced_provision"].map(|code| outcome.without_place(&area, code, census))
    };
    let outcomes = scenarios.each_ref().map(|scenario| area.run(scenario));
    let means = |census| outcomes.each_ref().map(|outcome| mean(&without(outcome, census)[0]));
    for pair in outcomes.windows(2) {
        for (fewer, more) in without(&pair[0], first).iter().zip(&without(&pair[1], first)) {
            assert!(fewer.iter().zip(more).all(|(fewer, more)| more <= fewer), "{fewer:?} then {more:?}");
        }
    }
    for census in first..=years() {
        let means = means(census);
        assert!(means.is_sorted_by(|fewer, more| more < fewer), "{means:?} at census {census}");
    }
}

#[test]
fn no_plan_ends_in_the_year_in_which_its_provider_closes() {
    let september = base() + 1;
    let (area, baseline) = shipped();
    let outcome = area.run(&scenario(vec![close("special_academies", september)]));
    let (layout, closed) = (outcome.layout(), area.provider("special_academies"));
    outcome.assert_same_at(baseline, &before(layout, september), "before");
    let kept: Vec<usize> = [Flow::Leavers, Flow::Joiners].into_iter().flat_map(|flow| layout.flow(1, flow)).collect();
    outcome.assert_same_at(baseline, &kept, "plans that end or start");
    let all = |outcome: &Outcome| outcome.sums(layout.stock_ages(2));
    assert_eq!(all(&outcome), all(baseline));
    // Those who were there go elsewhere: the more are redirected, or fill what is free.
    let margin = Margin::Setting(setting("state_special").index());
    let [with, without] = [&outcome, baseline].map(|o| o.flow(1, Flow::RedirectedFrom, margin));
    assert!(with.iter().zip(&without).all(|(with, without)| with > without), "{with:?} {without:?}");
    let pupils = |census: usize| outcome.sums([layout.filled(census).start + closed]);
    assert!(pupils(1).iter().all(|pupils| *pupils > 300), "{:?}", pupils(1));
    assert!((2..=years()).all(|census| pupils(census).iter().all(|pupils| *pupils == 0)));
}

#[test]
fn no_provider_is_ever_above_its_room() {
    let levers = [
        vec![close("special_academies", base()), change("special_free_schools", base() + 1, -100)],
        vec![
            change("special_maintained", base() + 2, -581),
            PlaceLever::Open(opened("new", "state_special", &[(base() + 3, 40), (base() + 5, 10)])),
        ],
        vec![designate("special_academies", base() + 1, "2-10"), cap("state_special", 900, base() + 2, None)],
    ];
    let scenarios = levers.map(scenario);
    let area = Area::new(&somerset().folder.world.places, &scenarios);
    let mut full = 0;
    for scenario in &scenarios {
        let outcome = area.run(scenario);
        for (year, effects) in outcome.effects.iter().enumerate() {
            let room = &effects.places.as_ref().expect("places are limited").room;
            assert_eq!(room.len(), area.places.providers.len());
            for row in outcome.draws.rows() {
                for (filled, room) in row[outcome.layout().filled(year + 1)].iter().zip(room) {
                    assert!(filled <= room, "{filled} pupils in room for {room}, year {year}");
                    full += usize::from(filled == room && *room > 0);
                }
            }
            let filled = &outcome.principal[outcome.layout().filled(year + 1)];
            assert!(filled.iter().zip(room).all(|(filled, room)| *filled <= f64::from(*room) + 1e-6));
        }
    }
    assert!(full > 100, "some are full: {full}");
}

#[test]
fn pupils_never_grow_at_a_cap_and_those_there_stay() {
    // All ages, so that nobody grows out of a provider.
    let mut tables = somerset().folder.world.places.clone();
    tables.providers.iter_mut().for_each(|provider| provider.designation.ages = AgeSpan::ALL);
    let (from, most) = (base() + 1, 1000);
    let area = Area::new(&tables, &[]);
    let outcome = area.run(&scenario(vec![cap("state_special", most, from, None)]));
    let counts: Vec<Vec<u32>> = (0..=years()).map(|census| outcome.pupils("state_special", census)).collect();
    assert!(counts[1].iter().all(|pupils| *pupils > most), "at the cap from the first: {:?}", counts[1]);
    let mut reached = 0;
    for pair in counts[1..].windows(2) {
        for (then, now) in pair[0].iter().zip(&pair[1]) {
            assert!(now <= then.max(&most), "{then} pupils, then {now}");
            reached += usize::from(*now == most);
        }
    }
    assert!(reached > 50, "the cap is reached: {reached}");
    // With nobody admitted, all who were bound for the setting are redirected, and nobody who was there.
    let outcome = area.run(&scenario(vec![cap("state_special", 0, from, None)]));
    let margin = Margin::Setting(setting("state_special").index());
    for year in 1..years() {
        let flow = |flow| outcome.flow(year, flow, margin);
        let bound = flow(Flow::Joiners).into_iter().zip(flow(Flow::MoversTo)).map(|(joiners, movers)| joiners + movers);
        assert_eq!(flow(Flow::RedirectedFrom), bound.collect::<Vec<_>>(), "year {year}");
        assert_eq!(flow(Flow::RedirectedTo), vec![0; REPLICATES as usize], "year {year}");
    }
}

#[test]
fn an_opening_delayed_by_two_years_is_one_planned_two_years_later() {
    let delay = scenario(vec![PlaceLever::Delay { provider: "planned".into(), after: base() - 1, years: 2 }]);
    let (early, late) = (Area::new(&with_planned(base() + 2), &[]), Area::new(&with_planned(base() + 4), &[]));
    let (delayed, planned) = (early.run(&delay), late.run(&Scenario::baseline()));
    assert!(delayed.same_as(&planned));
    assert!(!delayed.same_as(&early.run(&Scenario::baseline())));
    // A September that is not after the given one is no plan any more.
    let there = scenario(vec![PlaceLever::Delay { provider: "planned".into(), after: base() + 2, years: 2 }]);
    assert!(early.run(&there).same_as(&early.run(&Scenario::baseline())));
}

#[test]
fn pupils_stay_where_younger_ages_are_no_longer_taken_and_leave_when_they_outgrow_them() {
    // Nobody is admitted, so that who leaves a provider shows.
    let area = &shipped().0;
    let september = base() + 1;
    let run = |levers: Vec<PlaceLever>| {
        area.run(&scenario([vec![cap("state_special", 0, september, None)], levers].concat()))
    };
    let (as_is, older) = (run(Vec::new()), run(vec![designate("special_academies", september, "11-19")]));
    assert!(older.same_as(&as_is));
    let younger = run(vec![designate("special_academies", september, "2-10")]);
    younger.assert_same_at(&as_is, &before(as_is.layout(), september), "before");
    let pupils =
        |outcome: &Outcome| outcome.sums([outcome.layout().filled(2).start + area.provider("special_academies")]);
    let (stay, fewer) = (pupils(&as_is), pupils(&younger));
    assert!(stay.iter().zip(&fewer).all(|(all, left)| left < all && *left > all * 3 / 4), "{stay:?} {fewer:?}");
    // Those who have turned 11, and nobody else; at 20 those would have gone who are now beyond the last age.
    let settings = as_is.layout().shape.settings;
    let of_age = |age: usize| as_is.layout().stock_ages(2).start + age * settings + setting("state_special").index();
    let others: Vec<usize> = (0..Age::COUNT).filter(|age| ![11, 20].contains(age)).map(of_age).collect();
    younger.assert_same_at(&as_is, &others, "ages other than 11 and 20");
    // A cap lets them take what is free elsewhere in the setting.
    let elsewhere = |outcome: &Outcome| {
        let providers = ["special_free_schools", "special_maintained"].map(|id| area.provider(id));
        outcome.sums(providers.map(|provider| outcome.layout().filled(2).start + provider))
    };
    assert!(mean(&elsewhere(&younger)) > mean(&elsewhere(&as_is)));
}

#[test]
fn overflow_goes_where_the_lever_says_in_its_years() {
    let (area, _) = shipped();
    let (from, year) = (base() + 1, 1);
    let outcome = area.run(&scenario(vec![overflow("state_special", &[("mainstream", 1.0)], from, None)]));
    let layout = outcome.layout();
    let lacking = |to: &str, census: usize| {
        let start = layout.lacking_ages(census).start + area.rule("state_special", to) * Age::COUNT;
        outcome.sums(start..start + Age::COUNT)
    };
    let redirected =
        |to: &str, year: usize| outcome.flow(year, Flow::RedirectedTo, Margin::Setting(setting(to).index()));
    // Nobody overflows there any more; those who did return at phase transfer or stay.
    for later in year..years() {
        assert_eq!(redirected("eotas", later), vec![0; REPLICATES as usize]);
        let [then, now] = [later, later + 1].map(|census| lacking("independent_special", census));
        assert!(then.iter().zip(&now).all(|(then, now)| now <= then), "year {later}");
    }
    assert!(mean(&redirected("eotas", 0)) > 0.0 && mean(&lacking("mainstream", 2)) > mean(&lacking("mainstream", 1)));
}

#[test]
fn shipped_scenarios_on_places_leave_fewer_without_one_where_and_when_their_places_are_there() {
    let (area, baseline) = shipped();
    for (name, code, opens) in [
        ("special-school-2028", "state_special", 2028),
        ("special-school-2029", "state_special", 2029),
        ("units-in-mainstream", "resourced_provision", 2025),
    ] {
        let known = &somerset().folder.scenarios;
        let scenario = known.iter().find(|scenario| scenario.name == name).expect("a shipped scenario");
        let outcome = area.run(scenario);
        outcome.assert_same_at(baseline, &before(baseline.layout(), opens), name);
        for census in usize::from(opens - base()) + 1..=years() {
            let [with, without] = [&outcome, baseline].map(|o| mean(&o.without_place(area, code, census)));
            assert!(with < without, "{name}: {with} for {without} without a place at census {census}");
        }
    }
}

// ---------------------------------------------------------------------------------------------
// Figures.

/// All figures of the baseline.
fn figures() -> &'static ScenarioFigures {
    static FIGURES: OnceLock<ScenarioFigures> = OnceLock::new();
    FIGURES.get_or_init(|| {
        let (area, baseline) = shipped();
        let places = area.prepared.places.as_ref();
        let series = Series { layout: baseline.layout(), base: base(), places, services: None, timeliness: None };
        let outcome = Drawn { draws: &baseline.draws, principal: &baseline.principal };
        let mut figures = summarise_scenario(&somerset().workers, "baseline", series, outcome, None);
        figures.sufficiency = summarise_sufficiency(series, outcome, &baseline.effects, &area.places);
        figures
    })
}

fn of_measure(figures: &[Figure], measure: Measure) -> Vec<&Figure> {
    figures.iter().filter(|figure| figure.keys.measure == measure).collect()
}

/// A figure of a whole setting.
fn whole(figures: &[Figure], measure: Measure, year: u16, setting: usize) -> &Figure {
    let found = of_measure(figures, measure).into_iter().find(|figure| {
        let keys = &figure.keys;
        (keys.year, keys.setting, keys.area, keys.need, keys.age) == (year, Some(setting), None, None, AgeKey::All)
    });
    found.unwrap_or_else(|| panic!("no {measure:?} of {year}, setting {setting}"))
}

#[test]
fn needed_is_placed_and_overflow_and_waiting_in_every_split() {
    let figures = &figures().figures;
    let parts = [Measure::PlacesNeeded, Measure::Placed, Measure::Overflow, Measure::Waiting, Measure::Shortfall];
    let [needed, placed, overflow, waiting, shortfall] = parts.map(|measure| of_measure(figures, measure));
    let (needs, areas) = (somerset().folder.world.needs.count(), somerset().folder.world.geography.areas.len());
    assert_eq!(needed.len(), (years() + 1) * 2 * (1 + needs + 4 + areas));
    let mut lacking = 0.0;
    for place in 0..needed.len() {
        let keys = |figure: &Figure| {
            (figure.keys.year, figure.keys.area, figure.keys.need, figure.keys.setting, figure.keys.age)
        };
        let five = [needed[place], placed[place], overflow[place], waiting[place], shortfall[place]];
        assert!(five.iter().all(|figure| keys(figure) == keys(five[0])));
        for value in [|figure: &Figure| figure.spread.mean, |figure: &Figure| figure.principal] {
            let [needed, placed, overflow, waiting, shortfall] = five.map(value);
            assert!((needed - placed - overflow - waiting).abs() < 1e-6, "{:?}", five[0].keys);
            assert!((shortfall - overflow - waiting).abs() < 1e-6, "{:?}", five[0].keys);
            lacking += shortfall;
        }
    }
    assert!(lacking > 1000.0);
}

#[test]
fn children_without_a_place_are_counted_by_the_status_of_their_rule() {
    let ((area, baseline), figures) = (shipped(), &figures().figures);
    for (from, to, status) in [
        ("state_special", &["mainstream"][..], Measure::Waiting),
        ("state_special", &["independent_special", "resourced_provision", "eotas"], Measure::Overflow),
        ("resourced_provision", &["mainstream"], Measure::Waiting),
        ("resourced_provision", &[], Measure::Overflow),
    ] {
        let mut lacking = 0.0;
        for census in 0..=years() {
            let september = base() - 1 + census as u16;
            let ages = baseline.layout().lacking_ages(census).start;
            let rules = to.iter().map(|to| ages + area.rule(from, to) * Age::COUNT);
            let expected = mean(&baseline.sums(rules.flat_map(|rule| rule..rule + Age::COUNT)));
            let found = whole(figures, status, september, setting(from).index()).spread.mean;
            assert!((found - expected).abs() < 1e-9, "{status:?} of {from} in {september}: {found} for {expected}");
            lacking += expected;
        }
        assert_eq!(lacking > 1.0, !to.is_empty(), "{status:?} of {from}");
    }
}

#[test]
fn sufficiency_is_what_its_definitions_say_of_the_rows() {
    let ((area, baseline), ScenarioFigures { figures: all_figures, sufficiency: figures, .. }) = (shipped(), figures());
    let first = base() - 1;
    for code in ["state_special", "resourced_provision"] {
        let own = setting(code).index();
        let mut short = Vec::new();
        for census in 0..=years() {
            let september = first + census as u16;
            let providers = area.places.providers.iter().filter(|provider| provider.setting == setting(code));
            let places: u32 = providers.map(|provider| provider.room_in(september)).sum();
            // Plans there, but for guests, and those elsewhere who lack a place there.
            let guests: Vec<u32> = match code {
                "resourced_provision" => {
                    let rule =
                        baseline.layout().lacking_ages(census).start + area.rule("state_special", code) * Age::COUNT;
                    baseline.sums(rule..rule + Age::COUNT)
                }
                _ => vec![0; REPLICATES as usize],
            };
            let pupils = baseline.pupils(code, census);
            let lacking = baseline.without_place(area, code, census);
            let mut needed: Vec<u32> = pupils
                .iter()
                .zip(&lacking)
                .zip(&guests)
                .map(|((pupils, lacking), guests)| pupils + lacking - guests)
                .collect();
            let value = |measure| whole(figures, measure, september, own).spread.mean;
            assert_eq!(value(Measure::Places), f64::from(places), "{code} {september}");
            let count = needed.iter().filter(|needed| **needed > places).count();
            assert_eq!(value(Measure::ProbabilityShort), count as f64 / f64::from(REPLICATES), "{code} {september}");
            short.push((september, count as f64 / f64::from(REPLICATES)));
            let published = whole(all_figures, Measure::PlacesNeeded, september, own).spread.mean;
            assert!((published - mean(&needed)).abs() < 1e-9, "{code} {september}: {published}");
            // The fewest that at most 3 of the 30 pass.
            needed.sort_unstable();
            let fewest = value(Measure::PlacesFor90) as u32;
            let pass = |places: u32| needed.iter().filter(|needed| **needed > places).count();
            assert!(pass(fewest) <= 3 && pass(fewest - 1) > 3, "{code} {september}: {fewest} of {needed:?}");
            let full = mean(&pupils) / f64::from(places);
            assert!((value(Measure::Occupancy) - full).abs() < 1e-12, "{code} {september}");
        }
        for (measure, limit) in [(Measure::FirstShort50, 0.5), (Measure::FirstShort80, 0.8)] {
            let expected = short.iter().find(|(_, share)| *share > limit).map(|(september, _)| f64::from(*september));
            let found = whole(figures, measure, first + years() as u16, own).spread.mean;
            assert_eq!((!found.is_nan()).then_some(found), expected, "{code}: {short:?}");
        }
        assert!(short[0].1 < 0.5 && short[years()].1 > 0.5, "{code}: {short:?}");
    }
}

#[test]
fn plans_by_the_setting_they_need_sum_to_the_plans_of_each_age() {
    let figures = &figures().figures;
    let (needed, held) = (of_measure(figures, Measure::PlansByAgeNeeded), of_measure(figures, Measure::PlansByAge));
    let (mut moved, mut compared) = (0.0_f64, 0);
    for census in 0..=years() {
        let year = base() + census as u16;
        for age in Age::all() {
            let own = |figures: &[&'static Figure]| -> Vec<&'static Figure> {
                let here = |figure: &&&Figure| figure.keys.year == year && figure.keys.age == AgeKey::Single(age);
                figures.iter().filter(here).copied().collect()
            };
            let (needed, held) = (own(&needed), own(&held));
            let all = held.iter().find(|figure| figure.keys.setting.is_none()).expect("all settings");
            for value in [|figure: &Figure| figure.spread.mean, |figure: &Figure| figure.principal] {
                let sum: f64 = needed.iter().map(|figure| value(figure)).sum();
                assert!((sum - value(all)).abs() < 1e-6, "{sum} for {} at {age} in {year}", value(all));
                compared += 1;
            }
            for figure in &needed {
                let same = held.iter().find(|held| held.keys.setting == figure.keys.setting).expect("every setting");
                moved = moved.max(figure.spread.mean - same.spread.mean);
            }
        }
    }
    assert_eq!(compared, 2 * (years() + 1) * Age::COUNT);
    assert!(moved > 1.0, "some need another setting than they are in: {moved}");
}
