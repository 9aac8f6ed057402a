//! Figures of places and planning areas, summed from a replicate's row.
//!
//! For a limited setting, with guests being its pupils who lack a place in another:
//!   placed = plans − guests,  overflow, waiting = children who lack a place in it, by the status of the rule
//!   that led them away,  places needed = placed + overflow + waiting,
//! each in all, by need, by phase and by planning area. Plans by the setting they need are plans, less
//! those who lack a place elsewhere, with those who lack one here.

use super::series::{AgeKey, Keys, Measure};
use crate::domain::place::{Phase, Status};
use crate::engine::layout::Layout;
use crate::model::chance::Count;
use crate::model::place_model::PlaceModel;
use crate::units::Age;

const PHASES: usize = Phase::ALL.len();

/// What is published of each split of a limited setting, in this order.
const MEASURES: [Measure; 5] =
    [Measure::PlacesNeeded, Measure::Placed, Measure::Overflow, Measure::Waiting, Measure::Shortfall];

/// One split of a limited setting.
#[derive(Clone, Copy)]
enum Split {
    All,
    Need(usize),
    Phase(usize),
    Area(usize),
}

fn splits(layout: Layout) -> impl Iterator<Item = Split> {
    let needs = (0..layout.shape.needs).map(Split::Need);
    let phases = (0..PHASES).map(Split::Phase);
    let areas = (0..layout.places.areas).map(Split::Area);
    std::iter::once(Split::All).chain(needs).chain(phases).chain(areas)
}

/// The keys of a census, in the order of [`sum_places`]. Places are those of the September before it.
pub fn place_keys(layout: Layout, model: &PlaceModel, base: u16, census: usize) -> Vec<Keys> {
    let (january, september) = (base + census as u16, base + census as u16 - 1);
    let all =
        Keys { measure: Measure::Plans, year: september, area: None, need: None, setting: None, age: AgeKey::All };
    let mut keys = Vec::new();
    for setting in &model.limited {
        for split in splits(layout) {
            let mut split_keys = Keys { setting: Some(*setting), ..all };
            match split {
                Split::All => {}
                Split::Need(need) => split_keys.need = Some(need),
                Split::Phase(phase) => split_keys.age = AgeKey::Phase(Phase::ALL[phase]),
                Split::Area(area) => split_keys.area = Some(area),
            }
            keys.extend(MEASURES.map(|measure| Keys { measure, ..split_keys }));
        }
    }
    let rules = model.rules.iter().filter(|rule| usize::from(rule.limited) < model.limited.len());
    keys.extend(rules.map(|rule| Keys {
        measure: Measure::LackingFrom(model.limited[usize::from(rule.limited)]),
        setting: Some(rule.to),
        ..all
    }));
    for area in 0..layout.places.areas {
        let area = Some(area);
        let settings = std::iter::once(None).chain((0..layout.shape.settings).map(Some));
        keys.extend(settings.map(|setting| Keys { year: january, area, setting, ..all }));
    }
    if !model.limited.is_empty() {
        for age in Age::all().map(AgeKey::Single) {
            let settings = (0..layout.shape.settings).map(Some);
            let measure = Measure::PlansByAgeNeeded;
            keys.extend(settings.map(|setting| Keys { measure, year: january, setting, age, ..all }));
        }
    }
    keys
}

/// The figures of a census of one replicate.
pub fn sum_places<C: Count>(layout: Layout, model: &PlaceModel, census: usize, row: &[C], figures: &mut Vec<C>) {
    for (limited, setting) in model.limited.iter().enumerate() {
        for split in splits(layout) {
            let mut placed = plans_in(layout, census, row, *setting, split);
            let (mut overflow, mut waiting) = (C::default(), C::default());
            for (number, rule) in model.rules.iter().enumerate() {
                let lacking = || lacking(layout, census, row, number, split);
                if rule.to == *setting && usize::from(rule.limited) < model.limited.len() {
                    placed = placed - lacking();
                }
                if usize::from(rule.limited) == limited {
                    match rule.status {
                        Status::Overflow => overflow += lacking(),
                        Status::Waiting => waiting += lacking(),
                    }
                }
            }
            let mut shortfall = overflow;
            shortfall += waiting;
            let mut needed = placed;
            needed += shortfall;
            figures.extend([needed, placed, overflow, waiting, shortfall]);
        }
    }
    for (number, rule) in model.rules.iter().enumerate() {
        if usize::from(rule.limited) < model.limited.len() {
            figures.push(lacking(layout, census, row, number, Split::All));
        }
    }
    for plans in row[layout.area_plans(census)].chunks_exact(layout.shape.settings) {
        let mut total = C::default();
        plans.iter().for_each(|count| total += *count);
        figures.push(total);
        figures.extend_from_slice(plans);
    }
    if !model.limited.is_empty() {
        sum_needed(layout, model, census, row, figures);
    }
}

/// Children who need a place in a limited setting, those of them who have none, and plans held there, in
/// all or in a planning area.
pub fn needed_and_held<C: Count>(
    layout: Layout,
    model: &PlaceModel,
    census: usize,
    row: &[C],
    setting: usize,
    area: Option<usize>,
) -> [C; 3] {
    let split = area.map_or(Split::All, Split::Area);
    let held = plans_in(layout, census, row, setting, split);
    let (mut needed, mut without) = (held, C::default());
    for (number, rule) in model.rules.iter().enumerate() {
        let Some(wanted) = model.limited.get(usize::from(rule.limited)) else { continue };
        if rule.to == setting {
            needed = needed - lacking(layout, census, row, number, split);
        }
        if *wanted == setting {
            without += lacking(layout, census, row, number, split);
        }
    }
    needed += without;
    [needed, without, held]
}

/// Plans by age and the setting they need.
fn sum_needed<C: Count>(layout: Layout, model: &PlaceModel, census: usize, row: &[C], figures: &mut Vec<C>) {
    let first = figures.len();
    figures.extend_from_slice(&row[layout.stock_ages(census)]);
    let lacking = row[layout.lacking_ages(census)].chunks_exact(Age::COUNT);
    for (rule, by_age) in model.rules.iter().zip(lacking) {
        let Some(setting) = model.limited.get(usize::from(rule.limited)) else { continue };
        for (age, count) in by_age.iter().enumerate() {
            let ages = &mut figures[first + age * layout.shape.settings..];
            ages[rule.to] = ages[rule.to] - *count;
            ages[*setting] += *count;
        }
    }
}

/// Plans of a setting in one split.
fn plans_in<C: Count>(layout: Layout, census: usize, row: &[C], setting: usize, split: Split) -> C {
    let settings = layout.shape.settings;
    let mut sum = C::default();
    match split {
        Split::Need(need) => {
            for group in row[layout.stock_groups(census)].chunks_exact(layout.shape.cells_per_age()) {
                sum += group[need * settings + setting];
            }
        }
        Split::Area(area) => sum = row[layout.area_plans(census)][area * settings + setting],
        Split::All | Split::Phase(_) => {
            for (age, plans) in row[layout.stock_ages(census)].chunks_exact(settings).enumerate() {
                if is_in(split, age) {
                    sum += plans[setting];
                }
            }
        }
    }
    sum
}

/// Children whom a rule led away, in one split.
fn lacking<C: Count>(layout: Layout, census: usize, row: &[C], rule: usize, split: Split) -> C {
    match split {
        Split::Need(need) => row[layout.lacking_needs(census)][rule * layout.shape.needs + need],
        Split::Area(area) => row[layout.lacking_areas(census)][rule * layout.places.areas + area],
        Split::All | Split::Phase(_) => {
            let ages = row[layout.lacking_ages(census)][rule * Age::COUNT..][..Age::COUNT].iter().enumerate();
            let mut sum = C::default();
            ages.filter(|(age, _)| is_in(split, *age)).for_each(|(_, count)| sum += *count);
            sum
        }
    }
}

fn is_in(split: Split, age: usize) -> bool {
    match split {
        Split::Phase(phase) => Phase::of_years(age) as usize == phase,
        _ => true,
    }
}
