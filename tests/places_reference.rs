//! A second, slow and obvious implementation of children meeting places, and tests that the engine
//! agrees with it.
//!
//! It was written from the model's equations alone and shares no code with the engine's placing: every
//! child is followed by itself, asks provider by provider, and is counted one by one. It takes only the
//! inputs (`Rates`, `Places`, `Geography`) and the places of figures in a row of results (`Layout`).
//! Leaving, moving and joining without places are those of `tests/reference.rs`, without levers.
//!
//! Each September, in each setting that has providers:
//! 1. Pupils keep their places, but for those a year older than their provider takes, and for as many, drawn
//!    by lot, as the provider has no room for.
//! 2. Turns are called in the order of [`Turn`], by lot within a turn. Each child takes the first provider of
//!    its order ([`order_asked`]) that has room, takes its age and need, and that it would travel to.
//! 3. Who finds none goes by an overflow rule, those of an earlier turn first. If the rule's setting is limited,
//!    too, and has no place left after its own turns, another rule is drawn.
//!
//! A guest, who has a place in one limited setting and lacks one in another, asks for the one it lacks when it
//! loses the one it has; a place that a guest gives up is there for those refused elsewhere.
//! In one point the equations leave room, and the engine is followed: those refused overflow in the order of
//! their turns.
//!
//! Uncertainty of the parameters is switched off, so that both sides differ by chance alone. Whether
//! the principal projection gives places as it should is worked by hand at the end of this file.

use std::fmt::Write;

use ndarray::{Array1, Array2, Array3, Array4};
use needscast::domain::age_group::AgeSpan;
use needscast::domain::assumption::Confidence;
use needscast::domain::grid::{Needs, Shape};
use needscast::domain::need::Need;
use needscast::domain::place::Return::{self, AtPhaseTransfer, EveryYear, Never};
use needscast::domain::place::{Designation, Kind, OverflowRule, Places, Provider, Status};
use needscast::domain::planning_area::{Geography, Location, PlanningArea};
use needscast::domain::population::PopulationPath;
use needscast::domain::rates::{JoinerRates, LeaverRates, MoveRates, Rates};
use needscast::domain::setting::{Setting, SettingId, Settings};
use needscast::engine::batch::{Workers, run_principal, run_shard};
use needscast::engine::layout::{Flow, Layout, Margin, PlaceShape, ServiceShape};
use needscast::model::parameters::Prepared;
use needscast::model::place_model::PlaceModel;
use needscast::scenario::effects::{YearEffects, resolve_effects};
use needscast::scenario::lever::Scenario;
use needscast::scenario::place_effects::{complete_places, places_in_force};
use needscast::scenario::place_lever::{PlaceLever, Septembers};
use needscast::units::{CensusYear, Probability};

use Role::{Independent, Mainstream, Special, Unit};

const AGES: usize = 26;
const LAST_AGE: usize = 25;
const GROUPS: usize = 5;
const NEEDS: usize = 2;
const SETTINGS: usize = 4;
const AREAS: usize = 3;
const YEARS: usize = 4;
const BASE: u16 = 2025;

/// Entry to Reception and Years 3, 7, 12 and 14, by age on the closing census.
const TRANSFER_AGES: [usize; 5] = [4, 7, 11, 16, 18];

// ---------------------------------------------------------------------------------------------
// The world both sides are given.

struct World {
    rates: Rates,
    places: Places,
    geography: Geography,
    cap: Option<Cap>,
}

/// Nobody is admitted to a setting while it has this many pupils.
#[derive(Clone, Copy)]
struct Cap {
    setting: SettingId,
    from: u16,
    pupils: u32,
}

impl World {
    fn shape(&self) -> Shape {
        self.rates.shape()
    }

    fn layout(&self) -> Layout {
        let areas = if self.geography.is_divided() { self.geography.areas.len() } else { 0 };
        let places = PlaceShape { rules: self.places.overflow.len(), areas, providers: self.places.providers.len() };
        Layout { shape: self.shape(), years: self.rates.years, places, services: ServiceShape::default() }
    }

    fn cells(&self) -> impl Iterator<Item = (usize, usize, usize)> {
        let Shape { needs, settings } = self.shape();
        (0..AGES).flat_map(move |age| (0..needs).flat_map(move |need| (0..settings).map(move |s| (age, need, s))))
    }

    /// The settings whose places are limited: those that have providers.
    fn limited(&self) -> Vec<usize> {
        let has_providers = |setting: &usize| self.places.providers.iter().any(|p| p.setting.index() == *setting);
        (0..self.shape().settings).filter(has_providers).collect()
    }

    /// The engine's side of the same.
    fn engine(&self) -> (Prepared, Vec<YearEffects>) {
        let (rates, places) = (&self.rates, &self.places);
        let cap = |cap: Cap| PlaceLever::Cap {
            setting: cap.setting,
            pupils: cap.pupils,
            when: Septembers { from: cap.from, until: None },
        };
        let scenario = Scenario { places: self.cap.into_iter().map(cap).collect(), ..Scenario::baseline() };
        let opening = places_in_force(places, &scenario, &rates.needs, BASE - 1);
        let mut prepared = Prepared::new(rates);
        prepared.places = Some(PlaceModel::new(places, &self.geography, &rates.settings, opening));
        let effects = resolve_effects(&scenario, &rates.needs, rates.shape(), rates.base, rates.years, Some(places));
        (prepared, effects)
    }
}

// ---------------------------------------------------------------------------------------------
// The equations of places.

/// Pupils a provider may have from a September on.
fn room(provider: &Provider, september: u16) -> u32 {
    let mut places = 0;
    for (from, step) in &provider.places {
        if *from <= september {
            places = *step;
        }
    }
    (f64::from(places) * provider.occupancy_limit + 1e-9).floor() as u32
}

fn designation(provider: &Provider, september: u16) -> &Designation {
    let mut latest = &provider.designation;
    for (from, designation) in &provider.redesignated {
        if *from <= september {
            latest = designation;
        }
    }
    latest
}

fn takes(world: &World, provider: &Provider, september: u16, age: usize, need: usize) -> bool {
    let Designation { ages, needs } = designation(provider, september);
    let need = world.rates.needs.iter().nth(need).expect("a need of the world");
    (ages.first().index()..=ages.last().index()).contains(&age) && (needs.is_empty() || needs.contains(&need))
}

/// The share of the children of an area who would travel to a provider.
fn travel(world: &World, area: usize, provider: &Provider) -> f64 {
    provider.area.map_or(1.0, |to| world.geography.travel[[area, to]])
}

/// Known only where both ends are.
fn metres(world: &World, area: usize, provider: &Provider) -> Option<f64> {
    let (home, there) = (world.geography.areas[area].location?, provider.location?);
    Some(((home.easting - there.easting).powi(2) + (home.northing - there.northing).powi(2)).sqrt())
}

/// The providers of a setting that children of an area ask, in their order.
fn order_asked(world: &World, area: usize, setting: usize) -> Vec<usize> {
    let provider = |index: usize| &world.places.providers[index];
    let too_far = |index: &usize| {
        let metres = metres(world, area, provider(*index));
        metres.is_some_and(|metres| world.geography.most_metres.is_some_and(|most| metres > most))
    };
    let mut asked: Vec<usize> = (0..world.places.providers.len())
        .filter(|index| provider(*index).setting.index() == setting)
        .filter(|index| !too_far(index))
        .collect();
    // Sorting keeps the order of the table among equals: the last criterion comes first.
    let unknown_last = |index: usize| match metres(world, area, provider(index)) {
        Some(metres) => (0, metres),
        None if provider(index).area.is_none() => (1, 0.0),
        None => (2, 0.0),
    };
    // Who takes the fewest ages and needs leaves the others to those whom it would refuse.
    asked.sort_by_key(|index| {
        let Designation { ages, needs } = &provider(*index).designation;
        ages.ages().count() * if needs.is_empty() { Need::ALL.len() } else { needs.len() }
    });
    asked.sort_by(|a, b| unknown_last(*a).partial_cmp(&unknown_last(*b)).expect("no distance is NaN"));
    asked.sort_by_key(|index| provider(*index).area != Some(area));
    asked.sort_by(|a, b| travel(world, area, provider(*b)).total_cmp(&travel(world, area, provider(*a))));
    asked
}

// ---------------------------------------------------------------------------------------------
// Child by child.

#[derive(Clone, Default)]
struct Child {
    /// On the last census, or from the moment it has left or moved on the closing one.
    age: usize,
    need: usize,
    /// The setting it is counted in or bound for.
    setting: usize,
    /// Known from the first time it asks for a place, for as long as it holds or lacks one.
    area: Option<usize>,
    provider: Option<usize>,
    /// The overflow rule that led it to where it is, while it lacks a place.
    lacks: Option<usize>,
    /// Why it needs a place in the setting it is bound for, this year.
    seeks: Option<Why>,
    /// When it asked in vain, this year.
    refused: Option<Turn>,
    /// Willing to travel where a larger share of its area's children would; drawn each year.
    reluctance: f64,
}

#[derive(Clone, Copy, PartialEq)]
enum Why {
    Arrives,
    Outgrew,
    Crowded,
    /// Lost a place in a setting it was a guest of.
    GuestNoMore,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Turn {
    Continuing,
    PhaseTransfer,
    Waiting,
    New,
}

/// splitmix64, enough for a reference and unlike the engine's generator.
struct Random(u64);

impl Random {
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^= z >> 31;
        (z >> 11) as f64 / (1u64 << 53) as f64
    }

    fn happens(&mut self, probability: f64) -> bool {
        self.uniform() < probability
    }

    /// A position drawn in proportion to its weight.
    fn pick(&mut self, weights: &[f64]) -> usize {
        let mut left = self.uniform() * weights.iter().sum::<f64>();
        for (place, weight) in weights.iter().enumerate() {
            if left < *weight {
                return place;
            }
            left -= weight;
        }
        // Rounding may leave a speck: it belongs to the last place that can be drawn.
        weights.iter().rposition(|weight| *weight > 0.0).expect("some weight is above 0")
    }

    /// Arrivals in one unit of time; the means here are too small for exp to vanish.
    fn poisson(&mut self, mean: f64) -> u32 {
        let limit = (-mean).exp();
        let mut product = self.uniform();
        let mut count = 0;
        while product >= limit {
            product *= self.uniform();
            count += 1;
        }
        count
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            let chosen = (self.uniform() * (last + 1) as f64) as usize;
            items.swap(last, chosen);
        }
    }
}

/// One run: the children, and the row of results that is filled as they go.
struct Run<'a> {
    world: &'a World,
    /// [`order_asked`] by setting and area.
    asked: &'a [Vec<Vec<usize>>],
    random: &'a mut Random,
    children: Vec<Child>,
    /// By provider: places that guests gave up this September.
    kept_empty: Vec<u32>,
    /// Pupils of the capped setting before anybody lost a place this September, while turns are called, and
    /// those admitted since.
    pupils_before: Option<u32>,
    newcomers: u32,
    row: Vec<f64>,
}

fn simulate(world: &World, asked: &[Vec<Vec<usize>>], random: &mut Random) -> Vec<f64> {
    let row = vec![0.0; world.layout().width()];
    let kept_empty = vec![0; world.places.providers.len()];
    let mut run =
        Run { world, asked, random, children: Vec::new(), kept_empty, pupils_before: None, newcomers: 0, row };
    for (age, need, setting) in world.cells() {
        let child = Child { age, need, setting, ..Child::default() };
        run.children.extend((0..world.rates.stock[[age, need, setting]]).map(|_| child.clone()));
    }
    run.place_base_pupils();
    run.record_census(0);
    for year in 0..world.rates.years {
        run.leave_and_move(year);
        run.join(year);
        run.give_places(year);
        run.record_census(year + 1);
    }
    run.row
}

impl Run<'_> {
    fn place_base_pupils(&mut self) {
        let september = BASE - 1;
        let limited = self.world.limited();
        let mut pupils: Vec<usize> =
            (0..self.children.len()).filter(|child| limited.contains(&self.children[*child].setting)).collect();
        self.random.shuffle(&mut pupils);
        for child in &pupils {
            self.draw_area(*child, 0);
            self.children[*child].reluctance = self.random.uniform();
            self.children[*child].provider = self.finds(*child, self.children[*child].setting, september);
        }
        for child in pupils {
            if self.children[child].provider.is_none() {
                let own = |p: &Provider| p.setting.index() == self.children[child].setting;
                let mut providers = self.world.places.providers.iter().enumerate();
                let free = providers.find(|(index, p)| own(p) && self.filled(*index) < room(p, september));
                self.children[child].provider = Some(free.expect("there is room for all pupils of the base census").0);
            }
        }
    }

    fn leave_and_move(&mut self, year: usize) {
        let limited = self.world.limited();
        let rates = &self.world.rates;
        let mut staying = Vec::new();
        for mut child in std::mem::take(&mut self.children) {
            let (age, need, from) = (child.age, child.need, child.setting);
            // After a refusal that was for good, the other setting is its own.
            if child.lacks.is_some_and(|rule| self.world.places.overflow[rule].returns == Never) {
                child.lacks = None;
                if !limited.contains(&from) {
                    child.area = None;
                }
            }
            let ceases = if age == LAST_AGE { 1.0 } else { rates.leavers.hazard[[age, from]] };
            if self.random.happens(ceases) {
                self.count(year, Flow::Leavers, age, need, from);
                continue;
            }
            let weight = |to| if to == from { 0.0 } else { rates.moves.probability[[age, need, from, to]] };
            let elsewhere: Vec<f64> = (0..self.world.shape().settings).map(weight).collect();
            if self.random.happens(elsewhere.iter().sum()) {
                let to = self.random.pick(&elsewhere);
                self.count(year, Flow::MoversFrom, age, need, from);
                self.count(year, Flow::MoversTo, age, need, to);
                (child.setting, child.provider, child.lacks) = (to, None, None);
                child.seeks = limited.contains(&to).then_some(Why::Arrives);
            }
            if child.lacks.is_none() && !limited.contains(&child.setting) {
                child.area = None;
            }
            child.age += 1;
            staying.push(child);
        }
        self.children = staying;
    }

    fn join(&mut self, year: usize) {
        let limited = self.world.limited();
        for (age, need, setting) in self.world.cells().filter(|(age, ..)| *age < LAST_AGE) {
            let Rates { joiners, population, .. } = &self.world.rates;
            let growth: f64 = (1..=year + 1).map(|k| joiners.growth * joiners.damping.powi(k as i32)).sum();
            let residents = population.years[year][age];
            let new = joiners.rate[age] * residents * growth.exp() * joiners.mix[[age, need, setting]];
            let moved_in = joiners.moved_in[age] * residents * joiners.moved_in_mix[[age, need, setting]];
            for (flow, mean) in [(Flow::NewPlans, new), (Flow::MovedIn, moved_in)] {
                for _ in 0..self.random.poisson(mean) {
                    self.count(year, flow, age, need, setting);
                    self.count(year, Flow::Joiners, age, need, setting);
                    let seeks = limited.contains(&setting).then_some(Why::Arrives);
                    let child = Child { age: age + 1, need, setting, seeks, ..Child::default() };
                    self.children.push(child);
                }
            }
        }
    }

    /// The September of the year: the closing census counts children where this puts them.
    fn give_places(&mut self, year: usize) {
        let september = BASE + year as u16;
        for child in 0..self.children.len() {
            self.children[child].reluctance = self.random.uniform();
            if self.children[child].seeks.is_some() {
                self.draw_area(child, year + 1);
            }
        }
        let bound_for: Vec<usize> = self.children.iter().map(|child| child.setting).collect();
        self.kept_empty.fill(0);
        if let Some(cap) = self.world.cap {
            let there = |child: &&Child| child.setting == cap.setting.index() && child.provider.is_some();
            self.pupils_before = Some(self.children.iter().filter(there).count() as u32);
            self.newcomers = 0;
        }
        self.lose_places(september);
        for setting in self.world.limited() {
            self.take_turns(setting, september);
        }
        // What guests gave up is there for those refused.
        self.kept_empty.fill(0);
        self.pupils_before = None;
        for setting in self.world.limited() {
            self.overflow(setting, september);
        }
        for (child, bound_for) in self.children.clone().iter().zip(bound_for) {
            if child.setting != bound_for {
                self.count(year, Flow::RedirectedFrom, child.age - 1, child.need, bound_for);
                self.count(year, Flow::RedirectedTo, child.age - 1, child.need, child.setting);
            }
        }
    }

    fn lose_places(&mut self, september: u16) {
        for (index, provider) in self.world.places.providers.iter().enumerate() {
            let too_old = designation(provider, september).ages.last().index() + 1;
            for child in self.children.iter_mut().filter(|child| child.provider == Some(index)) {
                if child.age == too_old {
                    let why = if child.lacks.is_some() { Why::GuestNoMore } else { Why::Outgrew };
                    (child.provider, child.seeks) = (None, Some(why));
                }
            }
            let mut pupils: Vec<usize> =
                (0..self.children.len()).filter(|child| self.children[*child].provider == Some(index)).collect();
            self.random.shuffle(&mut pupils);
            let too_many = pupils.len().saturating_sub(room(provider, september) as usize);
            for child in &pupils[..too_many] {
                let child = &mut self.children[*child];
                let why = if child.lacks.is_some() { Why::GuestNoMore } else { Why::Crowded };
                (child.provider, child.seeks) = (None, Some(why));
            }
        }
    }

    fn take_turns(&mut self, setting: usize, september: u16) {
        let mut queue: Vec<(Turn, usize)> = (0..self.children.len())
            .filter_map(|child| Some((self.turn(&self.children[child], setting)?, child)))
            .collect();
        self.random.shuffle(&mut queue);
        queue.sort_by_key(|(turn, _)| *turn);
        for (turn, child) in queue {
            let provider = self.finds(child, setting, september);
            let child = &mut self.children[child];
            match provider {
                Some(provider) => {
                    let pupil = matches!(child.seeks, Some(Why::Outgrew | Why::Crowded)) && child.setting == setting;
                    if !pupil && self.world.cap.is_some_and(|cap| cap.setting.index() == setting) {
                        self.newcomers += 1;
                    }
                    if child.setting != setting {
                        child.provider.into_iter().for_each(|given_up| self.kept_empty[given_up] += 1);
                        (child.setting, child.lacks) = (setting, None);
                    }
                    (child.provider, child.seeks) = (Some(provider), None);
                }
                None => child.refused = Some(turn),
            }
        }
    }

    /// When a child asks for a place in a setting, if it does.
    fn turn(&self, child: &Child, setting: usize) -> Option<Turn> {
        let transfer = TRANSFER_AGES.contains(&child.age);
        let why = child.seeks.unwrap_or(Why::GuestNoMore);
        if child.setting == setting && why != Why::GuestNoMore {
            return match why {
                Why::GuestNoMore => None,
                Why::Crowded => Some(Turn::Continuing),
                Why::Outgrew if !transfer => Some(Turn::Continuing),
                Why::Outgrew => Some(Turn::PhaseTransfer),
                Why::Arrives if transfer => Some(Turn::PhaseTransfer),
                Why::Arrives => Some(Turn::New),
            };
        }
        let rule = &self.world.places.overflow[child.lacks?];
        match rule.returns {
            _ if rule.setting.index() != setting => None,
            // Without the place it had, it has to go somewhere.
            _ if child.seeks == Some(Why::GuestNoMore) => {
                Some(if transfer { Turn::PhaseTransfer } else { Turn::Waiting })
            }
            EveryYear | AtPhaseTransfer if transfer => Some(Turn::PhaseTransfer),
            EveryYear => Some(Turn::Waiting),
            AtPhaseTransfer | Never => None,
        }
    }

    /// Those who found no place go where the rules of the setting send them.
    fn overflow(&mut self, setting: usize, september: u16) {
        let wanted = |child: &Child| match (child.seeks, child.lacks) {
            (Some(Why::GuestNoMore), Some(rule)) => self.world.places.overflow[rule].setting.index(),
            _ => child.setting,
        };
        let without_place =
            |child: &Child| child.seeks.is_some() && wanted(child) == setting && child.provider.is_none();
        let mut refused: Vec<usize> =
            (0..self.children.len()).filter(|child| without_place(&self.children[*child])).collect();
        self.random.shuffle(&mut refused);
        refused.sort_by_key(|child| self.children[*child].refused);
        let limited = self.world.limited();
        let rules = &self.world.places.overflow;
        for child in refused {
            let taken = |rule: &OverflowRule| {
                let ages = self.world.rates.settings.of(rule.to).ages;
                (ages.first().index()..=ages.last().index()).contains(&self.children[child].age)
            };
            let open = |rule: &OverflowRule| rule.setting.index() == setting && taken(rule);
            let mut weights: Vec<f64> =
                rules.iter().map(|rule| if open(rule) { rule.share.value() } else { 0.0 }).collect();
            loop {
                let rule = self.random.pick(&weights);
                let to = rules[rule].to.index();
                let provider = self.finds(child, to, september);
                if limited.contains(&to) && provider.is_none() {
                    weights[rule] = 0.0;
                    continue;
                }
                let child = &mut self.children[child];
                (child.setting, child.provider, child.lacks, child.seeks) = (to, provider, Some(rule), None);
                break;
            }
        }
    }

    /// The first provider in the child's order that has room, takes it, and that it would travel to.
    fn finds(&self, child: usize, setting: usize, september: u16) -> Option<usize> {
        let Child { age, need, area, reluctance, .. } = self.children[child];
        let closed = |cap: Cap| {
            let own = |index: &usize| self.world.places.providers[*index].setting.index() == setting;
            let pupils: u32 = (0..self.kept_empty.len()).filter(own).map(|index| self.filled(index)).sum();
            // Those who were there count, and may stay with whichever provider.
            let pupil = matches!(self.children[child].seeks, Some(Why::Outgrew | Why::Crowded))
                && self.children[child].setting == setting;
            let counted = self.pupils_before.map_or(pupils, |before| before + self.newcomers);
            cap.setting.index() == setting && september >= cap.from && !pupil && counted >= cap.pupils
        };
        if self.world.cap.is_some_and(closed) {
            return None;
        }
        let area = area.expect("who asks has an area");
        self.asked[setting][area].iter().copied().find(|index| {
            let provider = &self.world.places.providers[*index];
            reluctance < travel(self.world, area, provider)
                && takes(self.world, provider, september, age, need)
                && self.filled(*index) < room(provider, september)
        })
    }

    fn filled(&self, provider: usize) -> u32 {
        let pupils = self.children.iter().filter(|child| child.provider == Some(provider)).count();
        pupils as u32 + self.kept_empty[provider]
    }

    /// Who has held or lacked a place before keeps its area.
    fn draw_area(&mut self, child: usize, census: usize) {
        let Child { age, setting, area, .. } = self.children[child];
        if area.is_none() {
            let areas = self.world.geography.areas.len();
            let shares: Vec<f64> =
                (0..areas).map(|area| self.world.geography.share[[census, age, setting, area]]).collect();
            self.children[child].area = Some(self.random.pick(&shares));
        }
    }

    /// Adds an event to its flow; `age` is that of the opening census.
    fn count(&mut self, year: usize, flow: Flow, age: usize, need: usize, setting: usize) {
        let layout = self.world.layout();
        let margins = [Margin::Total, Margin::Setting(setting), Margin::Need(need), Margin::Group(group_of(age))];
        for margin in margins {
            self.row[layout.flow(year, flow).start + layout.margin(margin)] += 1.0;
        }
    }

    fn record_census(&mut self, census: usize) {
        let layout = self.world.layout();
        let Shape { needs, settings } = self.world.shape();
        let areas = layout.places.areas;
        for child in &self.children {
            let Child { age, need, setting, area, provider, lacks, .. } = *child;
            let mut add = |place: usize| self.row[place] += 1.0;
            add(layout.stock_groups(census).start + layout.group_cell(need, setting, group_of(age)));
            add(layout.stock_ages(census).start + age * settings + setting);
            if let Some(provider) = provider {
                add(layout.filled(census).start + provider);
                if areas > 0 {
                    add(layout.area_plans(census).start + area_of(area) * settings + setting);
                }
            }
            if let Some(rule) = lacks {
                add(layout.lacking_ages(census).start + rule * AGES + age);
                add(layout.lacking_needs(census).start + rule * needs + need);
                if areas > 0 {
                    add(layout.lacking_areas(census).start + rule * areas + area_of(area));
                }
            }
        }
    }
}

fn area_of(area: Option<usize>) -> usize {
    area.expect("who holds or lacks a place has an area")
}

/// Written out, not taken from the crate: the groups are part of what is checked.
fn group_of(age: usize) -> usize {
    [5, 11, 16, 20].iter().filter(|first| age >= **first).count()
}

// ---------------------------------------------------------------------------------------------
// Figures: sums of places of a row, the same on both sides.

struct Figure {
    name: String,
    places: Vec<usize>,
}

impl Figure {
    fn of(&self, row: &[f64]) -> f64 {
        self.places.iter().map(|place| row[*place]).sum()
    }
}

/// Plans by setting and need or age group, and flows.
fn figures_of_plans(layout: Layout) -> Vec<Figure> {
    let Shape { needs, settings } = layout.shape;
    let mut figures = Vec::new();
    let mut figure = |name: String, places: Vec<usize>| figures.push(Figure { name, places });
    for census in 1..=layout.years {
        let at = |need, setting, group| layout.stock_groups(census).start + layout.group_cell(need, setting, group);
        for setting in 0..settings {
            for need in 0..needs {
                let places = (0..GROUPS).map(|group| at(need, setting, group)).collect();
                figure(format!("census {census}: plans in {setting} of need {need}"), places);
            }
            for group in 0..GROUPS {
                let places = (0..needs).map(|need| at(need, setting, group)).collect();
                figure(format!("census {census}: plans in {setting} of group {group}"), places);
            }
            for age in TRANSFER_AGES {
                let place = layout.stock_ages(census).start + age * settings + setting;
                figure(format!("census {census}: plans in {setting} at {age}"), vec![place]);
            }
        }
    }
    let mut margins = vec![Margin::Total];
    margins.extend((0..settings).map(Margin::Setting));
    margins.extend((0..needs).map(Margin::Need));
    margins.extend((0..GROUPS).map(Margin::Group));
    for year in 0..layout.years {
        for flow in Flow::ALL.iter().filter(|flow| !matches!(flow, Flow::Requests | Flow::Assessments)) {
            for margin in &margins {
                let place = layout.flow(year, *flow).start + layout.margin(*margin);
                figure(format!("year {year}: {} of {margin:?}", flow.name()), vec![place]);
            }
        }
    }
    figures
}

/// Pupils by provider; children who lack a place by rule and need, area or age group; pupils by area.
fn figures_of_places(world: &World) -> Vec<Figure> {
    let layout = world.layout();
    let PlaceShape { rules, areas, .. } = layout.places;
    let mut figures = Vec::new();
    for census in 0..=layout.years {
        figures.extend(joint_figures(world, census));
        let mut figure = |name: String, places: Vec<usize>| {
            figures.push(Figure { name: format!("census {census}: {name}"), places });
        };
        for rule in 0..rules {
            for need in 0..NEEDS {
                let place = layout.lacking_needs(census).start + rule * NEEDS + need;
                figure(format!("lacking by rule {rule}, need {need}"), vec![place]);
            }
            for area in 0..areas {
                let place = layout.lacking_areas(census).start + rule * areas + area;
                figure(format!("lacking by rule {rule}, area {area}"), vec![place]);
            }
            let at = |age: usize| layout.lacking_ages(census).start + rule * AGES + age;
            for group in 0..GROUPS {
                let places = (0..AGES).filter(|age| group_of(*age) == group).map(at).collect();
                figure(format!("lacking by rule {rule}, group {group}"), places);
            }
            for age in [7, 9, 11, 16] {
                figure(format!("lacking by rule {rule}, age {age}"), vec![at(age)]);
            }
        }
    }
    figures
}

/// Figures compared in pairs: they hang together through the places that one child takes from another.
fn joint_figures(world: &World, census: usize) -> Vec<Figure> {
    let layout = world.layout();
    let PlaceShape { rules, areas, providers } = layout.places;
    let mut figures = Vec::new();
    let mut figure = |name: String, places: Vec<usize>| {
        figures.push(Figure { name: format!("census {census}: {name}"), places });
    };
    for provider in 0..providers {
        figure(format!("pupils of provider {provider}"), vec![layout.filled(census).start + provider]);
    }
    for rule in 0..rules {
        let places = (0..AGES).map(|age| layout.lacking_ages(census).start + rule * AGES + age).collect();
        figure(format!("lacking by rule {rule}"), places);
    }
    for setting in world.limited() {
        for area in 0..areas {
            let place = layout.area_plans(census).start + area * SETTINGS + setting;
            figure(format!("pupils in {setting} of area {area}"), vec![place]);
        }
    }
    figures
}

// ---------------------------------------------------------------------------------------------
// Comparison of two samples; the errors of moments are derived in `tests/reference.rs`.

/// A mean farther off than this has a chance of 6 in 100 000.
const MEAN_BOUND: f64 = 4.0;
/// Estimates of variances and covariances are skewed, and there are some thousands of them.
const COVARIANCE_BOUND: f64 = 4.75;

const ENGINE_RUNS: u32 = 6_000;
const REFERENCE_RUNS: usize = 6_000;

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Mean products of deviations: `[c, m22]` of two figures; of one with itself, `[v, m4]`.
fn moments([x, y]: [&[f64]; 2]) -> [f64; 2] {
    let (mean_x, mean_y) = (mean(x), mean(y));
    let [mut first, mut second] = [0.0; 2];
    for (x, y) in x.iter().zip(y) {
        let product = (x - mean_x) * (y - mean_y);
        first += product;
        second += product * product;
    }
    [first / x.len() as f64, second / x.len() as f64]
}

/// Difference of the means in standard errors.
fn mean_gap(engine: &[f64], reference: &[f64]) -> f64 {
    let squared_error = moments([engine, engine])[0] / engine.len() as f64
        + moments([reference, reference])[0] / reference.len() as f64;
    in_errors(mean(engine) - mean(reference), squared_error)
}

/// Difference of the covariances of two figures in standard errors; of one with itself, variances.
fn covariance_gap(engine: [&[f64]; 2], reference: [&[f64]; 2]) -> f64 {
    let (n, m) = (engine[0].len() as f64, reference[0].len() as f64);
    let [of_engine, of_reference] = [engine, reference].map(moments);
    let pooled = |place: usize| (n * of_engine[place] + m * of_reference[place]) / (n + m);
    let spread = pooled(1) - pooled(0).powi(2);
    in_errors(of_engine[0] - of_reference[0], spread / n + spread / m)
}

/// No difference counts as none even where nothing varies, and any as too much.
fn in_errors(difference: f64, squared_error: f64) -> f64 {
    if difference == 0.0 { 0.0 } else { difference / squared_error.sqrt() }
}

/// Written so that NaN is wrong.
fn within(gap: f64, bound: f64) -> bool {
    gap.abs() <= bound
}

fn sample_engine(world: &World, seed: u64) -> Vec<Vec<f64>> {
    let workers = Workers::new(2).expect("two threads can be started");
    let (prepared, effects) = world.engine();
    let shard =
        run_shard(&workers, &prepared, &effects, seed, 1..ENGINE_RUNS + 1, &|| ()).expect("every replicate balances");
    assert_eq!(shard.layout, world.layout());
    shard.rows().map(|row| row.iter().map(|count| f64::from(*count)).collect()).collect()
}

fn sample_reference(world: &World, seed: u64) -> Vec<Vec<f64>> {
    let areas = world.geography.areas.len();
    let asked: Vec<Vec<Vec<usize>>> = (0..world.shape().settings)
        .map(|setting| (0..areas).map(|area| order_asked(world, area, setting)).collect())
        .collect();
    let half = |seed: u64| {
        let mut random = Random(seed);
        (0..REFERENCE_RUNS / 2).map(|_| simulate(world, &asked, &mut random)).collect::<Vec<_>>()
    };
    std::thread::scope(|scope| {
        let first = scope.spawn(|| half(seed));
        let second = half(seed ^ 0x5555_5555);
        [first.join().expect("the first half of the runs"), second].concat()
    })
}

/// For each figure, its value in each run.
fn values_of(figures: &[Figure], rows: &[Vec<f64>]) -> Vec<Vec<f64>> {
    figures.iter().map(|figure| rows.iter().map(|row| figure.of(row)).collect()).collect()
}

fn assert_samples_agree(world: &World, seeds: [u64; 2]) {
    let (engine, reference) = (sample_engine(world, seeds[0]), sample_reference(world, seeds[1]));
    let mut wrong = Vec::new();
    let mut compared = 0;
    let mut figures = figures_of_plans(world.layout());
    figures.extend(figures_of_places(world));
    for figure in figures {
        let [of_engine, of_reference] =
            [&engine, &reference].map(|rows| rows.iter().map(|row| figure.of(row)).collect::<Vec<f64>>());
        let (engine, reference) = (&of_engine[..], &of_reference[..]);
        let gap = mean_gap(engine, reference);
        if !within(gap, MEAN_BOUND) {
            let (ours, theirs) = (mean(reference), mean(engine));
            wrong.push(format!("mean of {}: engine {theirs:.4}, reference {ours:.4}, {gap:.1} errors", figure.name));
        }
        let gap = covariance_gap([engine; 2], [reference; 2]);
        if !within(gap, COVARIANCE_BOUND) {
            let [ours, theirs] = [[reference; 2], [engine; 2]].map(|pair| moments(pair)[0]);
            wrong
                .push(format!("variance of {}: engine {theirs:.4}, reference {ours:.4}, {gap:.1} errors", figure.name));
        }
        compared += 2;
    }
    let joint: Vec<Figure> = [1, 2, YEARS].iter().flat_map(|census| joint_figures(world, *census)).collect();
    let (engine, reference) = (values_of(&joint, &engine), values_of(&joint, &reference));
    for (x, first) in joint.iter().enumerate() {
        for (y, second) in joint.iter().enumerate().skip(x + 1) {
            let gap = covariance_gap([&engine[x], &engine[y]], [&reference[x], &reference[y]]);
            if !within(gap, COVARIANCE_BOUND) {
                let [ours, theirs] = [&reference, &engine].map(|values| moments([&values[x], &values[y]])[0]);
                let pair = format!("{} and {}", first.name, second.name);
                wrong.push(format!("covariance of {pair}: engine {theirs:.4}, reference {ours:.4}, {gap:.1} errors"));
            }
            compared += 1;
        }
    }
    let mut message = String::new();
    wrong.iter().for_each(|line| writeln!(message, "{line}").expect("a string takes all"));
    assert!(wrong.is_empty(), "{} of {compared} figures disagree:\n{message}", wrong.len());
}

// ---------------------------------------------------------------------------------------------
// A small area whose places are short.

/// Settings by what they are; where they stand in the list differs from world to world.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Role {
    Mainstream,
    Special,
    Unit,
    Independent,
}

impl Role {
    fn code(self) -> String {
        format!("{self:?}").to_lowercase()
    }

    fn ages(self) -> AgeSpan {
        span(if self == Mainstream { "0-18" } else { "0-25" })
    }
}

fn span(ages: &str) -> AgeSpan {
    AgeSpan::parse(ages).expect("a span of ages")
}

fn settings(roles: &[Role]) -> Settings {
    let setting = |role: &Role| Setting { code: role.code(), name: role.code(), ages: role.ages() };
    Settings::new(roles.iter().map(setting).collect()).expect("few enough")
}

/// Some 190 plans whose rates differ by age and need.
fn rates(roles: [Role; SETTINGS]) -> Rates {
    let ages = |value: fn(usize) -> f64| Array1::from_shape_fn(AGES, value);
    let certain = |columns| Array2::from_elem((GROUPS, columns), f64::INFINITY);
    let mix = |weight: fn(usize, usize, Role) -> f64| {
        Array3::from_shape_fn((AGES, NEEDS, SETTINGS), |(age, need, setting)| {
            let all = (0..NEEDS).flat_map(|need| roles.map(|role| weight(age, need, role)));
            weight(age, need, roles[setting]) / all.sum::<f64>()
        })
    };
    Rates {
        base: CensusYear(BASE),
        needs: Needs::new(vec![Need::Asd, Need::Slcn]),
        settings: settings(&roles),
        stock: Array3::from_shape_fn((AGES, NEEDS, SETTINGS), |(age, need, setting)| match (roles[setting], age) {
            (Mainstream, 4..=17) => 3,
            (Special, 4..=18) => 1 + ((age + need) % 2) as u32,
            (Unit, 4..=15) => ((age + need) % 3 > 0) as u32,
            (Independent, 8..=18) => 1,
            _ => 0,
        }),
        population: PopulationPath {
            base: CensusYear(BASE),
            years: (0..=YEARS).map(|year| std::array::from_fn(|age| 400.0 + 5.0 * (age + year) as f64)).collect(),
        },
        joiners: JoinerRates {
            rate: ages(|age| if age < 17 { 0.002 + 0.0004 * ((age * 7) % 5) as f64 } else { 0.0004 }),
            rate_evidence: ages(|_| f64::INFINITY),
            mix: mix(|age, need, role| match role {
                Mainstream => 2.0,
                Special => 1.5 + 0.5 * need as f64,
                Unit => 1.0 + (age % 2) as f64,
                Independent => 0.5,
            }),
            need_evidence: certain(NEEDS),
            setting_evidence: certain(SETTINGS),
            growth: 0.05,
            growth_error: 0.0,
            damping: 0.8,
            level_error: 0.0,
            lasting_shock: 0.0,
            passing_shock: 0.0,
            assessed_only: ages(|_| 0.1),
            not_assessed: ages(|_| 0.2),
            moved_in: ages(|age| if age < 17 { 0.0004 } else { 0.0 }),
            moved_in_mix: mix(|_, need, role| if role == Special { 1.0 } else { 0.5 + 0.5 * need as f64 }),
        },
        leavers: LeaverRates {
            hazard: Array2::from_shape_fn((AGES, SETTINGS), |(age, setting)| match age {
                0..=15 => 0.03 + 0.01 * setting as f64,
                16..=18 => 0.15,
                19..=24 => 0.5,
                _ => 1.0,
            }),
            evidence: certain(SETTINGS),
            level_error: 0.0,
            passing_shock: 0.0,
            setting_shock: 0.0,
        },
        years: YEARS,
        outlook: None,
        support: None,
        moves: MoveRates {
            probability: Array4::from_shape_fn((AGES, NEEDS, SETTINGS, SETTINGS), |(age, need, from, to)| {
                let [from_role, to_role] = [from, to].map(|setting| roles[setting]);
                // More change setting on the way to secondary school.
                let scale = if age == 10 { 3.0 } else { 1.0 } * (1.0 + 0.3 * need as f64);
                let moving = |to_role| scale * if to_role == from_role { 0.0 } else { move_weight(from_role, to_role) };
                if from == to { 1.0 - roles.map(moving).iter().sum::<f64>() } else { moving(to_role) }
            }),
            evidence: certain(SETTINGS),
            passing_shock: 0.0,
        },
    }
}

fn move_weight(from: Role, to: Role) -> f64 {
    match (from, to) {
        (Mainstream, Special) => 0.05,
        (Unit, Special) => 0.06,
        (Special, Unit) => 0.03,
        (Independent, Special) => 0.04,
        (_, Unit) => 0.04,
        _ => 0.02,
    }
}

/// Three areas: two with a known point, and roads that differ by direction.
fn geography() -> Geography {
    let area = |id: &str, location: Option<(f64, f64)>| PlanningArea {
        id: id.to_string(),
        name: id.to_string(),
        location: location.map(at),
    };
    Geography {
        areas: vec![
            area("north", Some((400_000.0, 200_000.0))),
            area("middle", Some((400_000.0, 190_000.0))),
            area("south", None),
        ],
        share: Array4::from_shape_fn((YEARS + 1, AGES, SETTINGS, AREAS), |(census, age, setting, area)| {
            let north = 0.5 + 0.02 * census as f64 - 0.01 * setting as f64;
            let south = 0.1 + 0.004 * age as f64;
            [north, 1.0 - north - south, south][area]
        }),
        // From the middle nobody goes south, and a few not even to their own.
        travel: ndarray::array![[1.0, 0.5, 0.5], [0.6, 0.9, 0.0], [0.3, 1.0, 1.0]],
        most_metres: Some(15_000.0),
    }
}

fn at((easting, northing): (f64, f64)) -> Location {
    Location { easting, northing }
}

/// A provider that stands since long ago and takes all needs; the rest is changed by who calls.
fn provider(id: &str, setting: SettingId, area: Option<usize>, ages: &str, places: &[(u16, u32)]) -> Provider {
    Provider {
        id: id.to_string(),
        name: id.to_string(),
        setting,
        area,
        kind: Kind::School,
        designation: Designation { ages: span(ages), needs: Vec::new() },
        redesignated: Vec::new(),
        places: places.to_vec(),
        occupancy_limit: 1.0,
        location: None,
        source: "made for a test".to_string(),
        confidence: Confidence::Low,
    }
}

fn rule(setting: SettingId, to: SettingId, share: f64, returns: Return) -> OverflowRule {
    OverflowRule {
        setting,
        to,
        share: Probability::new(share).expect("a share"),
        status: Status::Waiting,
        returns,
        source: "made for a test".to_string(),
        confidence: Confidence::Low,
    }
}

/// Returns by rule, in the order of the rules below.
type Returns = [Return; 5];

fn world(roles: [Role; SETTINGS], returns: Returns) -> World {
    let rates = rates(roles);
    let [mainstream, special, unit, independent] =
        [Mainstream, Special, Unit, Independent].map(|role| rates.settings.find(&role.code()).expect("listed"));
    let providers = vec![
        // Gives up half its places.
        Provider {
            location: Some(at((401_000.0, 201_000.0))),
            ..provider("oak", special, Some(0), "4-10", &[(2000, 12), (2026, 6)])
        },
        // Outgrown at no phase transfer; closes.
        Provider {
            location: Some(at((400_000.0, 191_000.0))),
            ..provider("ash", special, Some(1), "11-16", &[(2000, 14), (2027, 0)])
        },
        // For one need; beyond reach of the middle area.
        Provider {
            designation: Designation { ages: span("0-25"), needs: vec![Need::Asd] },
            location: Some(at((400_000.0, 214_000.0))),
            ..provider("elm", special, None, "0-25", &[(2000, 9)])
        },
        // Opens, and takes older children later.
        Provider {
            redesignated: vec![(2027, Designation { ages: span("4-18"), needs: Vec::new() })],
            ..provider("yew", special, Some(2), "4-12", &[(2025, 4), (2026, 10)])
        },
        Provider {
            occupancy_limit: 1.15,
            location: Some(at((399_000.0, 199_000.0))),
            ..provider("hub", unit, Some(0), "4-8", &[(2000, 9)])
        },
        provider("den", unit, Some(1), "7-13", &[(2000, 12), (2027, 7)]),
    ];
    let overflow = vec![
        rule(special, unit, 0.45, returns[0]),
        rule(special, mainstream, 0.35, returns[1]),
        rule(special, independent, 0.2, returns[2]),
        rule(unit, mainstream, 0.7, returns[3]),
        rule(unit, independent, 0.3, returns[4]),
    ];
    let held: Vec<u32> = rates.stock_by_setting();
    let listed = Places { providers, overflow };
    let (places, _) = complete_places(&listed, &[], &rates.settings, &held, BASE - 1);
    World { rates, places, geography: geography(), cap: None }
}

fn cap(world: &World, role: Role, from: u16, pupils: u32) -> Option<Cap> {
    Some(Cap { setting: world.rates.settings.find(&role.code()).expect("listed"), from, pupils })
}

#[test]
fn with_places_short_the_engine_agrees_with_children_followed_one_by_one() {
    let returns = [Never, AtPhaseTransfer, EveryYear, EveryYear, AtPhaseTransfer];
    assert_samples_agree(&world([Mainstream, Special, Unit, Independent], returns), [2025, 1]);
}

#[test]
fn with_settings_in_another_order_and_admissions_capped_it_agrees_too() {
    let returns = [Never, EveryYear, AtPhaseTransfer, Never, EveryYear];
    let mut world = world([Unit, Independent, Special, Mainstream], returns);
    world.cap = cap(&world, Special, 2026, 40);
    assert_samples_agree(&world, [2026, 2]);
}

#[test]
fn with_guests_who_ask_every_year_it_agrees_too() {
    let returns = [EveryYear, AtPhaseTransfer, Never, EveryYear, AtPhaseTransfer];
    assert_samples_agree(&world([Mainstream, Special, Unit, Independent], returns), [2027, 3]);
}

#[test]
fn with_guests_who_ask_at_phase_transfers_and_a_cap_on_their_setting_it_agrees_too() {
    let returns = [AtPhaseTransfer, EveryYear, EveryYear, Never, EveryYear];
    let mut world = world([Unit, Independent, Special, Mainstream], returns);
    world.cap = cap(&world, Unit, 2027, 12);
    assert_samples_agree(&world, [2028, 4]);
}

// ---------------------------------------------------------------------------------------------
// Expected numbers, by hand.

const ROLES: [Role; SETTINGS] = [Mainstream, Special, Unit, Independent];

fn id(role: Role) -> SettingId {
    settings(&ROLES).find(&role.code()).expect("listed")
}

/// A world of one need in which nobody joins, leaves or moves; `stock` has plans by setting and age.
fn quiet_world(stock: &[(Role, usize, u32)], providers: Vec<Provider>, overflow: Vec<OverflowRule>) -> World {
    let mut rates = rates(ROLES);
    rates.stock.fill(0);
    for (role, age, plans) in stock {
        rates.stock[[*age, 0, id(*role).index()]] = *plans;
    }
    rates.joiners.rate.fill(0.0);
    rates.joiners.moved_in.fill(0.0);
    rates.leavers.hazard.fill(0.0);
    rates.moves.probability =
        Array4::from_shape_fn((AGES, NEEDS, SETTINGS, SETTINGS), |(_, _, from, to)| if from == to { 1.0 } else { 0.0 });
    World { rates, places: Places { providers, overflow }, geography: geography(), cap: None }
}

struct Books {
    layout: Layout,
    row: Vec<f64>,
}

impl Books {
    fn of(world: &World) -> Books {
        let (prepared, effects) = world.engine();
        let row = run_principal(&prepared, &effects).expect("the principal projection balances");
        Books { layout: world.layout(), row }
    }

    fn pupils(&self, census: usize) -> &[f64] {
        &self.row[self.layout.filled(census)]
    }

    /// By rule.
    fn lacking(&self, census: usize) -> Vec<f64> {
        let by_need = &self.row[self.layout.lacking_needs(census)];
        by_need.chunks(NEEDS).map(|needs| needs.iter().sum()).collect()
    }

    fn lacking_of_area(&self, census: usize, area: usize) -> Vec<f64> {
        let by_area = &self.row[self.layout.lacking_areas(census)];
        by_area.chunks(AREAS).map(|areas| areas[area]).collect()
    }

    /// By area.
    fn plans(&self, census: usize, role: Role) -> Vec<f64> {
        let by_area = &self.row[self.layout.area_plans(census)];
        by_area.chunks(SETTINGS).map(|settings| settings[id(role).index()]).collect()
    }

    fn flow(&self, year: usize, flow: Flow, role: Role) -> f64 {
        let margin = self.layout.margin(Margin::Setting(id(role).index()));
        self.row[self.layout.flow(year, flow).start + margin]
    }
}

fn assert_near(found: &[f64], expected: &[f64], what: &str) {
    let near = found.len() == expected.len() && found.iter().zip(expected).all(|(f, e)| (f - e).abs() < 1e-9);
    assert!(near, "{what}: found {found:?}, expected {expected:?}");
}

#[test]
fn expected_children_ask_one_provider_after_the_other_and_share_what_there_is() {
    // Eight pupils of 10, of whom three quarters live in the north and a quarter in the south. In September
    // 2025 elm closes, oak (north) opens with 4 places and ash (south) with 3.
    //   First asked:  6 of the north ask oak, 4 find a place; 2 of the south ask ash and find one each.
    //   Second asked: 2 of the north are left, half of whom would travel south: 1 asks ash for its last place.
    //   1 of the north finds none: 0.6 wait in mainstream, 0.4 in independent schools.
    // In September 2026 oak has room for one more. Those in mainstream ask every year: 0.6 are placed. Those in
    // independent schools wait for a phase transfer: at 12 there is none.
    // In September 2029 they would be 15, so that nothing changes any more within four years.
    let mut world = quiet_world(
        &[(Special, 10, 8)],
        vec![
            provider("elm", id(Special), None, "0-25", &[(2000, 8), (2025, 0)]),
            provider("oak", id(Special), Some(0), "4-18", &[(2025, 4), (2026, 5)]),
            provider("ash", id(Special), Some(2), "4-18", &[(2025, 3)]),
        ],
        vec![
            rule(id(Special), id(Mainstream), 0.6, EveryYear),
            rule(id(Special), id(Independent), 0.4, AtPhaseTransfer),
        ],
    );
    world.geography.share =
        Array4::from_shape_fn((YEARS + 1, AGES, SETTINGS, AREAS), |(.., area)| [0.75, 0.0, 0.25][area]);
    let books = Books::of(&world);
    assert_near(books.pupils(0), &[8.0, 0.0, 0.0], "pupils at the base census");
    assert_near(&books.plans(0, Special), &[6.0, 0.0, 2.0], "areas at the base census");
    assert_near(books.pupils(1), &[0.0, 4.0, 3.0], "pupils after a year");
    assert_near(&books.plans(1, Special), &[5.0, 0.0, 2.0], "areas after a year");
    assert_near(&books.lacking(1), &[0.6, 0.4], "who lacks a place after a year");
    assert_near(&books.lacking_of_area(1, 0), &[0.6, 0.4], "all of the north");
    assert_near(&[books.flow(0, Flow::RedirectedFrom, Special)], &[1.0], "redirected in the first year");
    for census in 2..=YEARS {
        assert_near(books.pupils(census), &[0.0, 4.6, 3.0], "pupils in later years");
        assert_near(&books.lacking(census), &[0.0, 0.4], "who lacks a place in later years");
    }
    assert_near(&[books.flow(1, Flow::RedirectedFrom, Mainstream)], &[0.6], "placed in the second year");
    assert_near(&[books.flow(1, Flow::RedirectedTo, Special)], &[0.6], "placed in the second year");
    assert_near(&[books.flow(2, Flow::RedirectedTo, Special)], &[0.0], "placed in the third year");
}

#[test]
fn expected_children_whom_a_limited_setting_refuses_go_by_the_other_rules() {
    // Two pupils of 8 in a unit of 3 places, and four of 8 in oak, which closes in September 2025.
    //   By the rules, 2 of the four ask the unit: 1 finds its last place, 1 is refused.
    //   1 goes to mainstream and 1 to independent schools; so does half of the one refused, each.
    let world = quiet_world(
        &[(Special, 8, 4), (Unit, 8, 2)],
        vec![
            provider("oak", id(Special), None, "0-25", &[(2000, 4), (2025, 0)]),
            provider("hub", id(Unit), None, "0-25", &[(2000, 3)]),
        ],
        vec![
            rule(id(Special), id(Unit), 0.5, EveryYear),
            rule(id(Special), id(Mainstream), 0.25, EveryYear),
            rule(id(Special), id(Independent), 0.25, EveryYear),
            rule(id(Unit), id(Mainstream), 1.0, EveryYear),
        ],
    );
    let books = Books::of(&world);
    for census in 1..=YEARS {
        assert_near(books.pupils(census), &[0.0, 3.0], "pupils");
        assert_near(&books.lacking(census), &[1.0, 1.5, 1.5, 0.0], "who lacks a place");
    }
    let redirected = [Unit, Mainstream, Independent].map(|role| books.flow(0, Flow::RedirectedTo, role));
    assert_near(&redirected, &[1.0, 1.5, 1.5], "redirected in the first year");
}

#[test]
fn expected_children_who_lost_a_place_come_before_those_who_enter_a_phase_and_these_before_others() {
    // In September 2025 oak closes with two pupils of 9, and all of mainstream's who turn 11 and 13, two each, move
    // to special schools. Yew opens with 3 places: the two of 9 come first, then those of 11 share the last.
    let mut world = quiet_world(
        &[(Special, 8, 2), (Mainstream, 10, 2), (Mainstream, 12, 2)],
        vec![
            provider("oak", id(Special), None, "0-25", &[(2000, 2), (2025, 0)]),
            provider("yew", id(Special), None, "0-25", &[(2025, 3)]),
        ],
        vec![rule(id(Special), id(Mainstream), 1.0, EveryYear)],
    );
    let (from, to) = (id(Mainstream).index(), id(Special).index());
    for age in [10, 12] {
        world.rates.moves.probability[[age, 0, from, from]] = 0.0;
        world.rates.moves.probability[[age, 0, from, to]] = 1.0;
    }
    let books = Books::of(&world);
    assert_near(books.pupils(1), &[0.0, 3.0], "pupils");
    let lacking = &books.row[books.layout.lacking_ages(1)];
    assert_near(&[lacking[9], lacking[11], lacking[13]], &[0.0, 1.0, 2.0], "who lacks a place");
    // Movers are counted where they were bound for, and redirected from there.
    let flow = |flow, role| books.flow(0, flow, role);
    assert_near(&[flow(Flow::MoversFrom, Mainstream), flow(Flow::MoversTo, Special)], &[4.0, 4.0], "movers");
    assert_near(
        &[flow(Flow::RedirectedFrom, Special), flow(Flow::RedirectedTo, Mainstream)],
        &[3.0, 3.0],
        "redirected",
    );
}

#[test]
fn expected_children_at_a_phase_transfer_come_before_those_who_wait_at_other_ages() {
    // Four pupils each of 8 and 9 lose their places in September 2025 as oak closes, and wait in mainstream.
    // In September 2026 those of 9 turn 11 and enter secondary school; oak opens again with 6 places. The 4 of 11
    // come first and are all placed; 2 of the 4 of 10 take what is left. In September 2027 it is 7 places: 1 of
    // the 2 who turn 11 is placed.
    let world = quiet_world(
        &[(Special, 8, 4), (Special, 9, 4)],
        vec![provider("oak", id(Special), None, "0-25", &[(2000, 8), (2025, 0), (2026, 6), (2027, 7)])],
        vec![rule(id(Special), id(Mainstream), 1.0, EveryYear)],
    );
    let books = Books::of(&world);
    assert_near(&books.lacking(1), &[8.0], "who lacks a place after a year");
    let lacking = |census: usize, age: usize| books.row[books.layout.lacking_ages(census)][age];
    assert_near(&[lacking(2, 10), lacking(2, 11)], &[2.0, 0.0], "who lacks a place after two years");
    assert_near(&[lacking(3, 11)], &[1.0], "who lacks a place after three years");
}
