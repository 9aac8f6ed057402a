//! Children who have a place in one limited setting while they lack one in another, followed by hand.
//!
//! Each case is the smallest that tells a guest from other children. Nobody joins, leaves or moves, so that
//! nothing is left to chance.

use ndarray::{Array1, Array2, Array3, Array4};
use needscast::domain::age_group::AgeSpan;
use needscast::domain::assumption::Confidence;
use needscast::domain::grid::Needs;
use needscast::domain::need::Need;
use needscast::domain::place::{Designation, Kind, OverflowRule, Places, Provider, Return, Status};
use needscast::domain::planning_area::Geography;
use needscast::domain::population::PopulationPath;
use needscast::domain::rates::{JoinerRates, LeaverRates, MoveRates, Rates};
use needscast::domain::setting::{Setting, Settings};
use needscast::engine::batch::run_principal;
use needscast::engine::layout::Layout;
use needscast::model::parameters::Prepared;
use needscast::model::place_model::PlaceModel;
use needscast::scenario::effects::resolve_effects;
use needscast::scenario::lever::Scenario;
use needscast::scenario::place_effects::places_in_force;
use needscast::units::{CensusYear, Probability};

const AGES: usize = 26;
const SETTINGS: usize = 3;
const SPECIAL: usize = 0;
const UNIT: usize = 1;
const MAINSTREAM: usize = 2;
const YEARS: usize = 3;

/// Pupils of special schools at the base census, January 2025, by age; a need and an area for all.
fn rates(special_pupils: &[usize]) -> Rates {
    let setting = |code: &str| Setting { code: code.into(), name: code.into(), ages: AgeSpan::ALL };
    let nobody = || Array1::zeros(AGES);
    let certain = |columns| Array2::from_elem((5, columns), f64::INFINITY);
    let mut stock = Array3::zeros((AGES, 1, SETTINGS));
    special_pupils.iter().for_each(|age| stock[[*age, 0, SPECIAL]] += 1);
    let mix = Array3::from_elem((AGES, 1, SETTINGS), 1.0 / SETTINGS as f64);
    Rates {
        base: CensusYear(2025),
        needs: Needs::new(vec![Need::Asd]),
        settings: Settings::new(["special", "unit", "mainstream"].map(setting).to_vec()).expect("three is allowed"),
        stock,
        population: PopulationPath { base: CensusYear(2025), years: vec![[100.0; AGES]; YEARS + 1] },
        joiners: JoinerRates {
            rate: nobody(),
            rate_evidence: Array1::from_elem(AGES, f64::INFINITY),
            mix: mix.clone(),
            need_evidence: certain(1),
            setting_evidence: certain(SETTINGS),
            growth: 0.0,
            growth_error: 0.0,
            damping: 0.8,
            level_error: 0.0,
            lasting_shock: 0.0,
            passing_shock: 0.0,
            assessed_only: nobody(),
            not_assessed: nobody(),
            moved_in: nobody(),
            moved_in_mix: mix,
        },
        leavers: LeaverRates {
            hazard: Array2::from_shape_fn((AGES, SETTINGS), |(age, _)| f64::from(u8::from(age + 1 == AGES))),
            evidence: certain(SETTINGS),
            level_error: 0.0,
            passing_shock: 0.0,
            setting_shock: 0.0,
        },
        years: YEARS,
        outlook: None,
        support: None,
        moves: MoveRates {
            probability: Array4::from_shape_fn((AGES, 1, SETTINGS, SETTINGS), |(_, _, from, to)| {
                f64::from(u8::from(from == to))
            }),
            evidence: certain(SETTINGS),
            passing_shock: 0.0,
        },
    }
}

/// Id, setting, ages, and places from each September on.
type School = (&'static str, usize, &'static str, &'static [(u16, u32)]);

/// What stands in the books at each census.
#[derive(Debug, PartialEq)]
struct Books {
    /// Pupils by provider.
    pupils: Vec<f64>,
    /// Children who lack a place in special schools, and in units.
    lacking: [f64; 2],
    mainstream: f64,
}

/// Who finds no place in special schools goes to units, or else to mainstream; from units, to mainstream.
fn books(special_pupils: &[usize], schools: &[School]) -> Vec<Books> {
    let rates = rates(special_pupils);
    let setting = |index: usize| rates.settings.ids().nth(index).expect("a setting");
    let provider = |(id, of, ages, places): &School| Provider {
        id: id.to_string(),
        name: id.to_string(),
        setting: setting(*of),
        area: None,
        kind: Kind::School,
        designation: Designation { ages: AgeSpan::parse(ages).expect("a span"), needs: Vec::new() },
        redesignated: Vec::new(),
        places: places.to_vec(),
        occupancy_limit: 1.0,
        location: None,
        source: "made for a test".to_string(),
        confidence: Confidence::Low,
    };
    let rule = |of: usize, to: usize, share: f64| OverflowRule {
        setting: setting(of),
        to: setting(to),
        share: Probability::new(share).expect("a share"),
        status: Status::Waiting,
        returns: Return::EveryYear,
        source: "made for a test".to_string(),
        confidence: Confidence::Low,
    };
    let overflow = vec![rule(SPECIAL, UNIT, 1.0), rule(SPECIAL, MAINSTREAM, 0.0), rule(UNIT, MAINSTREAM, 1.0)];
    let places = Places { providers: schools.iter().map(provider).collect(), overflow };
    let scenario = Scenario::baseline();
    let opening = places_in_force(&places, &scenario, &rates.needs, 2024);
    let geography = Geography::undivided("area", "Area", YEARS, SETTINGS);
    let mut prepared = Prepared::new(&rates);
    prepared.places = Some(PlaceModel::new(&places, &geography, &rates.settings, opening));
    let effects = resolve_effects(&scenario, &rates.needs, rates.shape(), rates.base, YEARS, Some(&places));
    let row = run_principal(&prepared, &effects).expect("the principal projection balances");
    let layout = Layout::of(&prepared);
    let books_of = |census: usize| {
        let lacking = |rules: &[usize]| {
            let of_rule = |rule: &usize| row[layout.lacking_needs(census).start + rule];
            rules.iter().map(of_rule).sum::<f64>()
        };
        Books {
            pupils: row[layout.filled(census)].to_vec(),
            lacking: [lacking(&[0, 1]), lacking(&[2])],
            mainstream: row[layout.stock_ages(census)].iter().skip(MAINSTREAM).step_by(SETTINGS).sum(),
        }
    };
    (0..=YEARS).map(books_of).collect()
}

fn entry(pupils: &[f64], lacking: [f64; 2], mainstream: f64) -> Books {
    Books { pupils: pupils.to_vec(), lacking, mainstream }
}

#[test]
fn a_guest_who_keeps_its_place_gets_the_one_it_lacks_when_there_is_one() {
    // Oak has no place from September 2025 to September 2026: its pupil is a guest of hub for a year.
    let books = books(
        &[8],
        &[("oak", SPECIAL, "4-15", &[(2000, 1), (2025, 0), (2026, 1)]), ("hub", UNIT, "4-15", &[(2000, 1)])],
    );
    let at_oak = || entry(&[1.0, 0.0], [0.0, 0.0], 0.0);
    assert_eq!(books, [at_oak(), entry(&[0.0, 1.0], [1.0, 0.0], 0.0), at_oak(), at_oak()]);
}

#[test]
fn the_place_that_a_guest_gives_up_is_free_for_who_is_refused_elsewhere() {
    // As above. In September 2026 elm closes; its pupil is 14, too old for oak, and asks hub after hub has
    // served its own: the guest has just left the only place.
    let books = books(
        &[5, 12],
        &[
            ("oak", SPECIAL, "4-10", &[(2000, 1), (2025, 0), (2026, 1)]),
            ("elm", SPECIAL, "11-18", &[(2000, 1), (2026, 0)]),
            ("hub", UNIT, "0-25", &[(2000, 1)]),
        ],
    );
    assert_eq!(books[1], entry(&[0.0, 1.0, 1.0], [1.0, 0.0], 0.0));
    assert_eq!(books[2], entry(&[1.0, 0.0, 1.0], [1.0, 0.0], 0.0));
}

#[test]
fn a_guest_who_changes_provider_lacks_the_other_place_still() {
    // A guest of hub from September 2025. Hub closes in 2026, and den takes the guest. Oak has a place
    // again in 2027, for the child that has lacked one since 2025.
    let books = books(
        &[8],
        &[
            ("oak", SPECIAL, "4-15", &[(2000, 1), (2025, 0), (2027, 1)]),
            ("hub", UNIT, "4-15", &[(2000, 1), (2026, 0)]),
            ("den", UNIT, "4-15", &[(2026, 1)]),
        ],
    );
    assert_eq!(books[1], entry(&[0.0, 1.0, 0.0], [1.0, 0.0], 0.0));
    assert_eq!(books[2], entry(&[0.0, 0.0, 1.0], [1.0, 0.0], 0.0));
    assert_eq!(books[3], entry(&[1.0, 0.0, 0.0], [0.0, 0.0], 0.0));
}

#[test]
fn a_guest_who_loses_its_place_asks_for_the_one_it_lacks() {
    // A guest of hub from September 2025. Hub closes in 2026, when oak has a place again.
    let books = books(
        &[8],
        &[("oak", SPECIAL, "4-15", &[(2000, 1), (2025, 0), (2026, 1)]), ("hub", UNIT, "4-15", &[(2000, 1), (2026, 0)])],
    );
    assert_eq!(books[1], entry(&[0.0, 1.0], [1.0, 0.0], 0.0));
    assert_eq!(books[2], entry(&[1.0, 0.0], [0.0, 0.0], 0.0));
}
