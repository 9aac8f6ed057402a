//! What must hold of the engine for any rates and any levers, on small random areas.
//!
//! Each case is an area of 2 or 3 needs and 2 to 4 settings with random stock, rates and levers,
//! all drawn from one number that proptest chooses; proptest shrinks the size of the area. What a
//! row of results should add up to is worked out here from the places in [`Layout`] alone, not by
//! the engine's own ledger.
//!
//! Cases are the same in every run, so that a red run is red again. `PROPTEST_RNG_SEED=n` tries
//! others.

use ndarray::{Array1, Array2, Array3, Array4};
use needscast::domain::age_group::{AgeGroup, AgeSpan};
use needscast::domain::grid::{Needs, Shape};
use needscast::domain::need::Need;
use needscast::domain::population::PopulationPath;
use needscast::domain::rates::{JoinerRates, LeaverRates, MoveRates, Rates};
use needscast::domain::setting::{Setting, Settings};
use needscast::engine::batch::{Shard, Workers, run_principal, run_shard};
use needscast::engine::layout::{Flow, Layout, Margin};
use needscast::model::parameters::Prepared;
use needscast::scenario::effects::{Diversion, YearEffects};
use needscast::units::{Age, CensusYear};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

const AGES: usize = Age::COUNT;
const GROUPS: usize = AgeGroup::ALL.len();
const LAST_AGE: usize = AGES - 1;
/// Replicates looked at in a case.
const REPLICATES: u32 = 12;

fn cases(count: u32) -> ProptestConfig {
    let usual = ProptestConfig::default();
    let rng_seed = match usual.rng_seed {
        RngSeed::Random => RngSeed::Fixed(20250116),
        chosen => chosen,
    };
    ProptestConfig { cases: count, rng_seed, failure_persistence: None, ..usual }
}

// ---------------------------------------------------------------------------------------------
// Random areas and levers.

/// A random area, by its size and the number all else follows from.
#[derive(Clone, Copy, Debug)]
struct Size {
    shape: Shape,
    years: usize,
    seed: u64,
}

fn sizes() -> impl Strategy<Value = Size> {
    (2usize..=3, 2usize..=4, 1usize..=4, any::<u64>()).prop_map(|(needs, settings, years, seed)| Size {
        shape: Shape { needs, settings },
        years,
        seed,
    })
}

/// splitmix64: the tests need variety, not quality, and no draws shared with the engine.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    fn below(&mut self, count: usize) -> usize {
        (self.next() % count as u64) as usize
    }

    fn coin(&mut self) -> bool {
        self.next() & 1 == 1
    }

    /// Shares that sum to 1; some are 0.
    fn shares(&mut self, count: usize) -> Vec<f64> {
        let mut weights: Vec<f64> =
            (0..count).map(|_| if self.below(4) == 0 { 0.0 } else { self.between(0.0, 1.0) }).collect();
        // At least one share is above 0.
        weights[self.below(count)] += 0.1;
        let sum: f64 = weights.iter().sum();
        weights.iter().map(|weight| weight / sum).collect()
    }

    /// An order of the first `count` numbers.
    fn order(&mut self, count: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..count).collect();
        for last in (1..count).rev() {
            order.swap(last, self.below(last + 1));
        }
        order
    }
}

fn random_rates(size: Size, random: &mut Random) -> Rates {
    let Size { shape: Shape { needs, settings }, years, .. } = size;
    Rates {
        base: CensusYear(2025),
        needs: Needs::new([Need::Asd, Need::Semh, Need::Slcn][..needs].to_vec()),
        settings: Settings::new((0..settings).map(|index| setting(&format!("setting_{index}"))).collect())
            .expect("2 to 4 are allowed"),
        stock: random_stock(size, random),
        population: PopulationPath {
            base: CensusYear(2025),
            years: (0..=years).map(|_| std::array::from_fn(|_| random.between(500.0, 3000.0))).collect(),
        },
        joiners: random_joiners(size, random),
        leavers: LeaverRates {
            hazard: Array2::from_shape_fn((AGES, settings), |(age, _)| {
                if age == LAST_AGE { 1.0 } else { random.between(0.0, 0.4) }
            }),
            evidence: random_evidence(settings, random),
            level_error: random.between(0.0, 0.3),
            passing_shock: random.between(0.0, 0.4),
            setting_shock: random.between(0.0, 0.6),
        },
        years: size.years,
        outlook: None,
        support: None,
        moves: MoveRates {
            probability: random_moves(size, random),
            evidence: random_evidence(settings, random),
            passing_shock: random.between(0.0, 2.0),
        },
    }
}

fn setting(code: &str) -> Setting {
    Setting { code: code.to_string(), name: code.to_string(), ages: AgeSpan::ALL }
}

/// A third of the cells empty, most small, some large enough for more than one block of draws.
fn random_stock(size: Size, random: &mut Random) -> Array3<u32> {
    Array3::from_shape_fn((AGES, size.shape.needs, size.shape.settings), |_| match random.below(12) {
        0..=3 => 0,
        4..=10 => random.below(20) as u32,
        _ => random.below(300) as u32,
    })
}

fn random_joiners(size: Size, random: &mut Random) -> JoinerRates {
    let Shape { needs, settings } = size.shape;
    JoinerRates {
        rate: by_age(|| random.between(0.0, 0.02)),
        rate_evidence: by_age(|| random.between(1.0, 1000.0)),
        mix: random_mix(size, random),
        need_evidence: random_evidence(needs, random),
        setting_evidence: random_evidence(settings, random),
        growth: random.between(-0.1, 0.15),
        growth_error: random.between(0.0, 0.05),
        damping: random.between(0.5, 1.0),
        level_error: random.between(0.0, 0.2),
        lasting_shock: random.between(0.0, 0.2),
        passing_shock: random.between(0.0, 0.2),
        assessed_only: by_age(|| random.between(0.0, 0.3)),
        not_assessed: by_age(|| random.between(0.0, 1.0)),
        moved_in: by_age(|| random.between(0.0, 0.003)),
        moved_in_mix: random_mix(size, random),
    }
}

fn by_age(mut value: impl FnMut() -> f64) -> Array1<f64> {
    Array1::from_shape_fn(AGES, |_| value())
}

fn random_evidence(columns: usize, random: &mut Random) -> Array2<f64> {
    Array2::from_shape_fn((GROUPS, columns), |_| random.between(1.0, 1000.0))
}

fn random_mix(size: Size, random: &mut Random) -> Array3<f64> {
    let cells = (0..AGES).flat_map(|_| random.shares(size.shape.cells_per_age())).collect();
    Array3::from_shape_vec((AGES, size.shape.needs, size.shape.settings), cells).expect("one share per cell")
}

/// Most stay where they are; one row in ten is a phase transfer that leaves few behind.
fn random_moves(size: Size, random: &mut Random) -> Array4<f64> {
    let Shape { needs, settings } = size.shape;
    let mut moves = Array4::zeros((AGES, needs, settings, settings));
    for (cell, mut row) in moves.rows_mut().into_iter().enumerate() {
        let leaving = if random.below(10) == 0 { random.between(0.5, 1.0) } else { random.between(0.0, 0.2) };
        row.assign(&Array1::from(random.shares(settings)).mapv(|share| share * leaving));
        row[cell % settings] += 1.0 - leaving;
    }
    moves
}

/// In each year by chance a factor on joiners, one on leavers, and up to two diversions.
fn random_effects(size: Size, random: &mut Random) -> Vec<YearEffects> {
    (0..size.years)
        .map(|_| YearEffects {
            joiner_factor: if random.coin() { factors(size, random, 0.0, 2.5) } else { Vec::new() },
            leaver_factor: if random.coin() { factors(size, random, 0.0, 4.0) } else { Vec::new() },
            diversions: (0..random.below(3)).map(|_| random_diversion(size, random)).collect(),
            ..YearEffects::default()
        })
        .collect()
}

fn factors(size: Size, random: &mut Random, low: f64, high: f64) -> Vec<f64> {
    (0..size.shape.cells()).map(|_| if random.coin() { random.between(low, high) } else { 1.0 }).collect()
}

fn random_diversion(size: Size, random: &mut Random) -> Diversion {
    Diversion {
        joiners: random.coin(),
        movers: random.coin(),
        probability: (0..size.shape.cells())
            .map(|_| if random.coin() { random.between(0.0, 1.0) } else { 0.0 })
            .collect(),
        to: random.shares(size.shape.settings),
    }
}

/// Parameters as estimated, in every replicate: what is left is chance in the flows.
fn without_uncertainty(mut rates: Rates) -> Rates {
    rates.joiners.rate_evidence.fill(f64::INFINITY);
    rates.joiners.need_evidence.fill(f64::INFINITY);
    rates.joiners.setting_evidence.fill(f64::INFINITY);
    rates.leavers.evidence.fill(f64::INFINITY);
    rates.moves.evidence.fill(f64::INFINITY);
    rates.moves.passing_shock = 0.0;
    rates.joiners.growth_error = 0.0;
    rates.joiners.level_error = 0.0;
    rates.joiners.lasting_shock = 0.0;
    rates.joiners.passing_shock = 0.0;
    rates.leavers.level_error = 0.0;
    rates.leavers.passing_shock = 0.0;
    rates.leavers.setting_shock = 0.0;
    rates
}

// ---------------------------------------------------------------------------------------------
// Rows of results, principal or drawn, and sums of their parts.

/// One row, with what counts as equal: whole children exactly, expected ones to rounding.
struct Row {
    layout: Layout,
    values: Vec<f64>,
    tolerance: f64,
}

impl Row {
    fn equal(&self, a: f64, b: f64) -> bool {
        (a - b).abs() <= self.tolerance * (1.0 + a.abs() + b.abs())
    }

    fn at_least(&self, a: f64, b: f64) -> bool {
        a >= b || self.equal(a, b)
    }

    fn flow(&self, year: usize, flow: Flow, margin: Margin) -> f64 {
        self.values[self.layout.flow(year, flow).start + self.layout.margin(margin)]
    }

    /// Plans of a census, by what is asked of need, setting and age group.
    fn held(&self, census: usize, holds: impl Fn(usize, usize, usize) -> bool) -> f64 {
        let start = self.layout.stock_groups(census).start;
        let Shape { needs, settings } = self.layout.shape;
        let mut sum = 0.0;
        for (need, setting, group) in cube([needs, settings, GROUPS]) {
            if holds(need, setting, group) {
                sum += self.values[start + self.layout.group_cell(need, setting, group)];
            }
        }
        sum
    }

    /// Plans of a census at one age and setting.
    fn held_at(&self, census: usize, age: usize, setting: usize) -> f64 {
        self.values[self.layout.stock_ages(census).start + age * self.layout.shape.settings + setting]
    }

    fn total(&self, census: usize) -> f64 {
        self.held(census, |_, _, _| true)
    }

    fn held_at_last_age(&self, census: usize) -> f64 {
        (0..self.layout.shape.settings).map(|setting| self.held_at(census, LAST_AGE, setting)).sum()
    }
}

fn cube(ends: [usize; 3]) -> impl Iterator<Item = (usize, usize, usize)> {
    let [first, second, third] = ends;
    (0..first).flat_map(move |i| (0..second).flat_map(move |j| (0..third).map(move |k| (i, j, k))))
}

/// Written out, not taken from the crate: the groups are part of what is checked.
fn group_of(age: usize) -> usize {
    [5, 11, 16, 20].iter().filter(|first| age >= **first).count()
}

fn principal(rates: &Rates, effects: &[YearEffects]) -> Result<Row, TestCaseError> {
    let prepared = Prepared::new(rates);
    let values = run_principal(&prepared, effects).map_err(|error| TestCaseError::fail(error.to_string()))?;
    let layout = Layout::of(&prepared);
    Ok(Row { layout, values, tolerance: 1e-9 })
}

fn draw(rates: &Rates, effects: &[YearEffects], replicates: u32) -> Result<Vec<Row>, TestCaseError> {
    let workers = Workers::new(2).map_err(|error| TestCaseError::fail(error.to_string()))?;
    let shard = run_shard(&workers, &Prepared::new(rates), effects, 7, 1..replicates + 1, &|| ());
    let shard: Shard = shard.map_err(|error| TestCaseError::fail(error.to_string()))?;
    let row = |row: &[u32]| Row {
        layout: shard.layout,
        values: row.iter().map(|count| f64::from(*count)).collect(),
        tolerance: 0.0,
    };
    Ok(shard.rows().map(row).collect())
}

fn all_rows(rates: &Rates, effects: &[YearEffects]) -> Result<Vec<Row>, TestCaseError> {
    let mut rows = draw(rates, effects, REPLICATES)?;
    rows.push(principal(rates, effects)?);
    Ok(rows)
}

fn baseline(size: Size) -> Vec<YearEffects> {
    vec![YearEffects::default(); size.years]
}

// ---------------------------------------------------------------------------------------------
// The books balance.

fn check_opening(row: &Row, rates: &Rates) -> Result<(), TestCaseError> {
    for (need, setting, group) in cube([row.layout.shape.needs, row.layout.shape.settings, GROUPS]) {
        let counted: u32 =
            (0..AGES).filter(|age| group_of(*age) == group).map(|age| rates.stock[[age, need, setting]]).sum();
        let held = row.held(0, |n, s, g| (n, s, g) == (need, setting, group));
        prop_assert_eq!(held, f64::from(counted), "need {} setting {} group {}", need, setting, group);
    }
    Ok(())
}

fn check_year(row: &Row, year: usize) -> Result<(), TestCaseError> {
    for setting in 0..row.layout.shape.settings {
        let flow = |flow| row.flow(year, flow, Margin::Setting(setting));
        let held = |census| row.held(census, |_, s, _| s == setting);
        let expected =
            held(year) + flow(Flow::Joiners) - flow(Flow::Leavers) - flow(Flow::MoversFrom) + flow(Flow::MoversTo);
        let closing = held(year + 1);
        prop_assert!(row.equal(closing, expected), "year {year}, setting {setting}: {closing} for {expected}");
    }
    for need in 0..row.layout.shape.needs {
        let flow = |flow| row.flow(year, flow, Margin::Need(need));
        let held = |census| row.held(census, |n, _, _| n == need);
        let expected = held(year) + flow(Flow::Joiners) - flow(Flow::Leavers);
        let closing = held(year + 1);
        prop_assert!(row.equal(closing, expected), "year {year}, need {need}: {closing} for {expected}");
    }
    let flow = |flow| row.flow(year, flow, Margin::Total);
    let expected = row.total(year) + flow(Flow::Joiners) - flow(Flow::Leavers);
    let closing = row.total(year + 1);
    prop_assert!(row.equal(closing, expected), "year {year}: {closing} for {expected}");
    prop_assert!(row.equal(flow(Flow::MoversFrom), flow(Flow::MoversTo)), "year {year}: movers from and to");
    Ok(())
}

/// Total, settings, needs and age groups of a flow are the same children counted four ways.
fn check_margins(row: &Row, year: usize) -> Result<(), TestCaseError> {
    let Shape { needs, settings } = row.layout.shape;
    for flow in Flow::ALL.iter().copied() {
        let total = row.flow(year, flow, Margin::Total);
        let sum = |margins: &mut dyn Iterator<Item = Margin>| margins.map(|m| row.flow(year, flow, m)).sum::<f64>();
        let mut sums = vec![("age groups", sum(&mut (0..GROUPS).map(Margin::Group)))];
        // A request without a plan has no setting and no need; a mover's need is not recorded.
        if !matches!(flow, Flow::Requests | Flow::Assessments) {
            sums.push(("settings", sum(&mut (0..settings).map(Margin::Setting))));
            if !matches!(flow, Flow::MoversFrom | Flow::MoversTo) {
                sums.push(("needs", sum(&mut (0..needs).map(Margin::Need))));
            }
        }
        for (margin, sum) in sums {
            prop_assert!(row.equal(total, sum), "year {year}, {flow:?}: {total} in all, {sum} over {margin}");
        }
    }
    Ok(())
}

/// Each request comes before its assessment, each assessment before its plan.
fn check_pipeline(row: &Row, year: usize) -> Result<(), TestCaseError> {
    for margin in std::iter::once(Margin::Total).chain((0..GROUPS).map(Margin::Group)) {
        let [requests, assessments, plans] =
            [Flow::Requests, Flow::Assessments, Flow::NewPlans].map(|flow| row.flow(year, flow, margin));
        prop_assert!(
            row.at_least(requests, assessments) && row.at_least(assessments, plans),
            "year {year}, {margin:?}: {requests} requests, {assessments} assessments, {plans} plans"
        );
        let joined = plans + row.flow(year, Flow::MovedIn, margin);
        prop_assert!(row.equal(joined, row.flow(year, Flow::Joiners, margin)), "year {year}, {margin:?}: joiners");
    }
    Ok(())
}

fn check_ages_and_groups(row: &Row, census: usize) -> Result<(), TestCaseError> {
    for (setting, group, _) in cube([row.layout.shape.settings, GROUPS, 1]) {
        let by_group = row.held(census, |_, s, g| (s, g) == (setting, group));
        let ages = (0..AGES).filter(|age| group_of(*age) == group);
        let by_age: f64 = ages.map(|age| row.held_at(census, age, setting)).sum();
        prop_assert!(row.equal(by_group, by_age), "census {census}, setting {setting}, group {group}");
    }
    Ok(())
}

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    fn closing_is_opening_and_joiners_less_leavers_by_setting_and_need_whatever_the_levers(size in sizes()) {
        let mut random = Random(size.seed);
        let rates = random_rates(size, &mut random);
        let effects = random_effects(size, &mut random);
        for row in all_rows(&rates, &effects)? {
            check_opening(&row, &rates)?;
            for year in 0..size.years {
                check_year(&row, year)?;
            }
        }
    }

    #[test]
    fn margins_of_each_flow_and_plans_by_age_and_by_group_agree(size in sizes()) {
        let mut random = Random(size.seed);
        let rates = random_rates(size, &mut random);
        let effects = random_effects(size, &mut random);
        for row in all_rows(&rates, &effects)? {
            for census in 0..=size.years {
                check_ages_and_groups(&row, census)?;
            }
            for year in 0..size.years {
                check_margins(&row, year)?;
            }
        }
    }

    #[test]
    fn requests_are_at_least_assessments_and_these_at_least_new_plans(size in sizes()) {
        let mut random = Random(size.seed);
        let rates = random_rates(size, &mut random);
        let effects = random_effects(size, &mut random);
        for row in all_rows(&rates, &effects)? {
            for year in 0..size.years {
                check_pipeline(&row, year)?;
            }
        }
    }

    #[test]
    fn everybody_of_25_leaves_and_nobody_is_counted_below_the_age_of_1_after_the_base(size in sizes()) {
        let mut random = Random(size.seed);
        let rates = random_rates(size, &mut random);
        let effects = random_effects(size, &mut random);
        let last_group = Margin::Group(group_of(LAST_AGE));
        for row in all_rows(&rates, &effects)? {
            for year in 0..size.years {
                let (oldest, left) = (row.held_at_last_age(year), row.flow(year, Flow::Leavers, last_group));
                prop_assert!(row.at_least(left, oldest), "year {year}: {left} left, {oldest} were 25");
                let newborn: f64 = (0..size.shape.settings).map(|s| row.held_at(year + 1, 0, s)).sum();
                prop_assert_eq!(newborn, 0.0);
            }
        }
    }

    #[test]
    fn with_nobody_joining_and_nobody_ceasing_only_those_of_25_go(size in sizes()) {
        let mut random = Random(size.seed);
        let mut rates = random_rates(size, &mut random);
        rates.leavers.hazard.slice_mut(ndarray::s![..LAST_AGE, ..]).fill(0.0);
        rates.joiners.rate.fill(0.0);
        rates.joiners.moved_in.fill(0.0);
        let effects = random_effects(size, &mut random);
        for row in all_rows(&rates, &effects)? {
            for year in 0..size.years {
                let (left, expected) = (row.total(year + 1), row.total(year) - row.held_at_last_age(year));
                prop_assert!(row.equal(left, expected), "year {year}: {left} for {expected}");
                // And each age is the age below of the year before.
                for age in 0..LAST_AGE {
                    let held = |census, age| (0..size.shape.settings).map(|s| row.held_at(census, age, s)).sum::<f64>();
                    prop_assert!(row.equal(held(year, age), held(year + 1, age + 1)), "year {year}, age {age}");
                }
            }
        }
    }
}

// ---------------------------------------------------------------------------------------------
// Symmetry and scale of the principal projection.

/// New places of needs and settings: `needs[new]` is the old place.
struct Relabelling {
    shape: Shape,
    needs: Vec<usize>,
    settings: Vec<usize>,
}

impl Relabelling {
    fn rates(&self, old: &Rates) -> Rates {
        use ndarray::Axis;
        let (needs, settings) = (&self.needs[..], &self.settings[..]);
        let listed: Vec<Setting> = old.settings.iter().cloned().collect();
        let mut new = old.clone();
        new.settings =
            Settings::new(settings.iter().map(|place| listed[*place].clone()).collect()).expect("as many as before");
        new.stock = old.stock.select(Axis(1), needs).select(Axis(2), settings);
        new.joiners.mix = old.joiners.mix.select(Axis(1), needs).select(Axis(2), settings);
        new.joiners.moved_in_mix = old.joiners.moved_in_mix.select(Axis(1), needs).select(Axis(2), settings);
        new.joiners.need_evidence = old.joiners.need_evidence.select(Axis(1), needs);
        new.joiners.setting_evidence = old.joiners.setting_evidence.select(Axis(1), settings);
        new.leavers.hazard = old.leavers.hazard.select(Axis(1), settings);
        new.leavers.evidence = old.leavers.evidence.select(Axis(1), settings);
        let moves = old.moves.probability.select(Axis(1), needs);
        new.moves.probability = moves.select(Axis(2), settings).select(Axis(3), settings);
        new.moves.evidence = old.moves.evidence.select(Axis(1), settings);
        new
    }

    fn effects(&self, old: &[YearEffects]) -> Vec<YearEffects> {
        let diversion = |old: &Diversion| Diversion {
            joiners: old.joiners,
            movers: old.movers,
            probability: self.cells(&old.probability),
            to: self.settings.iter().map(|place| old.to[*place]).collect(),
        };
        let year = |old: &YearEffects| YearEffects {
            joiner_factor: self.cells(&old.joiner_factor),
            leaver_factor: self.cells(&old.leaver_factor),
            diversions: old.diversions.iter().map(diversion).collect(),
            ..YearEffects::default()
        };
        old.iter().map(year).collect()
    }

    /// A list by cell; an empty one, which stands for no lever, stays empty.
    fn cells(&self, old: &[f64]) -> Vec<f64> {
        if old.is_empty() {
            return Vec::new();
        }
        cube([AGES, self.shape.needs, self.shape.settings])
            .map(|(age, need, setting)| old[self.shape.cell(age, self.needs[need], self.settings[setting])])
            .collect()
    }

    /// The row the relabelled area should give.
    fn row(&self, layout: Layout, old: &[f64]) -> Vec<f64> {
        let mut new = vec![f64::NAN; old.len()];
        let Shape { needs, settings } = self.shape;
        for census in 0..=layout.years {
            let start = layout.stock_groups(census).start;
            for (need, setting, group) in cube([needs, settings, GROUPS]) {
                let from = layout.group_cell(self.needs[need], self.settings[setting], group);
                new[start + layout.group_cell(need, setting, group)] = old[start + from];
            }
            let start = layout.stock_ages(census).start;
            for (age, setting, _) in cube([AGES, settings, 1]) {
                new[start + age * settings + setting] = old[start + age * settings + self.settings[setting]];
            }
        }
        for (year, flow) in (0..layout.years).flat_map(|year| Flow::ALL.iter().map(move |flow| (year, *flow))) {
            let start = layout.flow(year, flow).start;
            let mut put = |to, from| new[start + layout.margin(to)] = old[start + layout.margin(from)];
            put(Margin::Total, Margin::Total);
            (0..GROUPS).for_each(|group| put(Margin::Group(group), Margin::Group(group)));
            (0..settings).for_each(|place| put(Margin::Setting(place), Margin::Setting(self.settings[place])));
            (0..needs).for_each(|place| put(Margin::Need(place), Margin::Need(self.needs[place])));
        }
        new
    }
}

fn check_same(found: &Row, expected: &[f64]) -> Result<(), TestCaseError> {
    prop_assert_eq!(found.values.len(), expected.len());
    for (place, (found_value, expected)) in found.values.iter().zip(expected).enumerate() {
        prop_assert!(found.equal(*found_value, *expected), "place {place}: {found_value} for {expected}");
    }
    Ok(())
}

proptest! {
    #![proptest_config(cases(48))]

    #[test]
    fn relabelled_needs_and_settings_give_the_same_principal_projection_relabelled(size in sizes()) {
        let mut random = Random(size.seed);
        let rates = random_rates(size, &mut random);
        let effects = random_effects(size, &mut random);
        let relabelling = Relabelling {
            shape: size.shape,
            needs: random.order(size.shape.needs),
            settings: random.order(size.shape.settings),
        };
        let old = principal(&rates, &effects)?;
        let new = principal(&relabelling.rates(&rates), &relabelling.effects(&effects))?;
        check_same(&new, &relabelling.row(old.layout, &old.values))?;
    }

    #[test]
    fn twice_the_people_and_plans_give_twice_the_principal_projection(size in sizes()) {
        let mut random = Random(size.seed);
        let rates = random_rates(size, &mut random);
        let effects = random_effects(size, &mut random);
        let mut twice = rates.clone();
        twice.stock.mapv_inplace(|held| 2 * held);
        twice.population.years.iter_mut().flatten().for_each(|people| *people *= 2.0);
        let doubled: Vec<f64> = principal(&rates, &effects)?.values.iter().map(|value| 2.0 * value).collect();
        check_same(&principal(&twice, &effects)?, &doubled)?;
    }

    #[test]
    fn plans_held_and_plans_to_come_add_up_in_the_principal_projection(size in sizes()) {
        // Nothing a plan does depends on another: no places run out at this stage of the model.
        let mut random = Random(size.seed);
        let rates = random_rates(size, &mut random);
        let effects = random_effects(size, &mut random);
        let mut held_only = rates.clone();
        held_only.joiners.rate.fill(0.0);
        held_only.joiners.moved_in.fill(0.0);
        let mut to_come_only = rates.clone();
        to_come_only.stock.fill(0);
        let (held, to_come) = (principal(&held_only, &effects)?, principal(&to_come_only, &effects)?);
        let sum: Vec<f64> = held.values.iter().zip(&to_come.values).map(|(a, b)| a + b).collect();
        check_same(&principal(&rates, &effects)?, &sum)?;
    }
}

// ---------------------------------------------------------------------------------------------
// Levers with paired draws: the same children, some more or some fewer.

/// The margins by which a lever on joiners may be followed.
fn margins(shape: Shape) -> impl Iterator<Item = Margin> {
    std::iter::once(Margin::Total)
        .chain((0..shape.settings).map(Margin::Setting))
        .chain((0..shape.needs).map(Margin::Need))
        .chain((0..GROUPS).map(Margin::Group))
}

/// That in every replicate and year `more` has at least as many as `fewer` in each margin.
fn check_never_fewer(more: &[Row], fewer: &[Row], flow: Flow, years: usize) -> Result<(), TestCaseError> {
    for (index, (more, fewer)) in more.iter().zip(fewer).enumerate() {
        for year in 0..years {
            for margin in margins(more.layout.shape) {
                let (high, low) = (more.flow(year, flow, margin), fewer.flow(year, flow, margin));
                let replicate = index + 1;
                prop_assert!(
                    high >= low,
                    "replicate {replicate}, year {year}, {margin:?} of {flow:?}: {high} with the higher factor, {low} with the lower"
                );
            }
        }
    }
    Ok(())
}

/// Levers on joiners, a factor of each cell in each year.
fn joiner_factors(size: Size, mut factor: impl FnMut() -> f64) -> Vec<YearEffects> {
    let mut year = || (0..size.shape.cells()).map(|_| factor()).collect();
    (0..size.years).map(|_| YearEffects { joiner_factor: year(), ..YearEffects::default() }).collect()
}

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    fn joiner_factors_below_1_never_give_more_new_plans_in_any_replicate(size in sizes()) {
        let mut random = Random(size.seed);
        let rates = random_rates(size, &mut random);
        let effects = joiner_factors(size, || random.between(0.3, 1.0));
        let (with, without) = (draw(&rates, &effects, REPLICATES)?, draw(&rates, &baseline(size), REPLICATES)?);
        check_never_fewer(&without, &with, Flow::NewPlans, size.years)?;
        check_never_fewer(&without, &with, Flow::Requests, size.years)?;
    }

    #[test]
    fn one_joiner_factor_above_1_for_all_never_gives_fewer_new_plans_in_any_replicate(size in sizes()) {
        let mut random = Random(size.seed);
        let rates = random_rates(size, &mut random);
        let factor = random.between(1.0, 3.0);
        let effects = joiner_factors(size, || factor);
        let (with, without) = (draw(&rates, &effects, REPLICATES)?, draw(&rates, &baseline(size), REPLICATES)?);
        check_never_fewer(&with, &without, Flow::NewPlans, size.years)?;
        check_never_fewer(&with, &without, Flow::Requests, size.years)?;
    }

    #[test]
    fn unequal_joiner_factors_above_1_never_give_fewer_new_plans_in_any_replicate(size in sizes()) {
        let mut random = Random(size.seed);
        let rates = random_rates(size, &mut random);
        // Far above 1 in a few cells: the more unlike the factors, the more may go astray.
        let effects = joiner_factors(size, || if random.below(8) == 0 { random.between(1.0, 2.0) } else { 1.0 });
        let (with, without) = (draw(&rates, &effects, REPLICATES)?, draw(&rates, &baseline(size), REPLICATES)?);
        check_never_fewer(&with, &without, Flow::NewPlans, size.years)?;
    }

    #[test]
    fn a_joiner_factor_on_one_need_leaves_new_plans_of_the_others_as_they_are_in_every_replicate(size in sizes()) {
        let mut random = Random(size.seed);
        let rates = random_rates(size, &mut random);
        let (chosen, factor) = (random.below(size.shape.needs), random.between(0.5, 2.0));
        let of_need = |cell| if size.shape.place(cell).1 == chosen { factor } else { 1.0 };
        let joiner_factor: Vec<f64> = (0..size.shape.cells()).map(of_need).collect();
        let effects = vec![YearEffects { joiner_factor, ..YearEffects::default() }; size.years];
        let (with, without) = (draw(&rates, &effects, REPLICATES)?, draw(&rates, &baseline(size), REPLICATES)?);
        for (index, (with, without)) in with.iter().zip(&without).enumerate() {
            for (year, need) in (0..size.years).flat_map(|y| (0..size.shape.needs).map(move |n| (y, n))) {
                let [a, b] = [with, without].map(|row| row.flow(year, Flow::NewPlans, Margin::Need(need)));
                prop_assert!(
                    need == chosen || a == b,
                    "factor {factor:.3} on need {chosen}: need {need} in replicate {}, year {year}: {a} for {b}", index + 1
                );
            }
        }
    }

    #[test]
    fn leaver_factors_above_1_never_give_fewer_leavers_of_the_same_plans_in_any_replicate(size in sizes()) {
        let mut random = Random(size.seed);
        let rates = random_rates(size, &mut random);
        let mut year = |low, high| YearEffects {
            leaver_factor: (0..size.shape.cells()).map(|_| random.between(low, high)).collect(),
            ..YearEffects::default()
        };
        // Only in the first year: after it the stocks differ, and more may leave of a larger one.
        let first = |effects: YearEffects| std::iter::once(effects).chain(baseline(size)).take(size.years).collect::<Vec<_>>();
        let (more, fewer) = (first(year(1.0, 3.0)), first(year(0.2, 1.0)));
        let [more, without, fewer] = [more, baseline(size), fewer].map(|effects| draw(&rates, &effects, REPLICATES));
        let without = without?;
        check_never_fewer(&more?, &without, Flow::Leavers, 1)?;
        check_never_fewer(&without, &fewer?, Flow::Leavers, 1)?;
    }

    #[test]
    fn a_diversion_leaves_needs_and_totals_of_new_plans_as_they_are_in_every_replicate(size in sizes()) {
        let mut random = Random(size.seed);
        let rates = random_rates(size, &mut random);
        let mut year = || YearEffects { diversions: vec![random_diversion(size, &mut random)], ..YearEffects::default() };
        let effects: Vec<_> = (0..size.years).map(|_| year()).collect();
        let (with, without) = (draw(&rates, &effects, REPLICATES)?, draw(&rates, &baseline(size), REPLICATES)?);
        for (with, without) in with.iter().zip(&without) {
            for year in 0..size.years {
                for margin in margins(size.shape).filter(|margin| !matches!(margin, Margin::Setting(_))) {
                    let [a, b] = [with, without].map(|row| row.flow(year, Flow::NewPlans, margin));
                    prop_assert_eq!(a, b, "year {}, {:?}", year, margin);
                }
            }
        }
    }
}

// ---------------------------------------------------------------------------------------------
// The principal projection is the mean of the replicates.

/// A mean farther off than this has a chance of 6 in 100 000.
const MEAN_BOUND: f64 = 4.0;

proptest! {
    #![proptest_config(cases(4))]

    #[test]
    fn without_uncertain_parameters_replicates_have_the_principal_projection_as_their_mean(size in sizes()) {
        let mut random = Random(size.seed);
        let rates = without_uncertainty(random_rates(size, &mut random));
        let effects = random_effects(size, &mut random);
        let principal = principal(&rates, &effects)?;
        let rows = draw(&rates, &effects, 2000)?;
        let count = rows.len() as f64;
        for (census, setting, _) in cube([size.years + 1, size.shape.settings + 1, 1]) {
            // One place past the last setting stands for all of them.
            let plans = |row: &Row| row.held(census, |_, s, _| setting == size.shape.settings || s == setting);
            let totals: Vec<f64> = rows.iter().map(plans).collect();
            let mean = totals.iter().sum::<f64>() / count;
            let variance = totals.iter().map(|total| (total - mean).powi(2)).sum::<f64>() / (count - 1.0);
            let error = (variance / count).sqrt();
            let gap = mean - plans(&principal);
            // A spread beyond that of counts would hide any gap, and none at all any draws.
            prop_assert!(variance <= 1.5 * mean && (census == 0) == (variance == 0.0), "census {census}: variance {variance}");
            prop_assert!(
                gap.abs() <= MEAN_BOUND * error,
                "census {census}, setting {setting}: mean {mean}, {:.1} errors off", gap / error
            );
        }
    }

    #[test]
    fn uncertain_hazards_and_moves_have_the_estimated_ones_as_their_mean_also_near_certainty(size in sizes()) {
        let mut random = Random(size.seed);
        let mut rates = without_uncertainty(random_rates(size, &mut random));
        rates.leavers.evidence.fill(3.0);
        rates.leavers.level_error = 0.2;
        rates.leavers.passing_shock = 0.4;
        rates.leavers.setting_shock = 0.5;
        rates.moves.passing_shock = 1.5;
        // Setting 0 loses most of its plans every year, as those not in education do at 19 and over.
        rates.leavers.hazard.column_mut(0).fill(0.93);
        rates.leavers.hazard[[LAST_AGE, 0]] = 1.0;
        let effects = vec![YearEffects::default(); size.years];
        let principal = principal(&rates, &effects)?;
        let rows = draw(&rates, &effects, 3000)?;
        let count = rows.len() as f64;
        for setting in 0..size.shape.settings {
            // Ceasing and moving: those who move are those who do not cease and would have moved.
            for flow in [Flow::Leavers, Flow::MoversFrom] {
                let figure = |row: &Row| row.flow(0, flow, Margin::Setting(setting));
                let drawn: Vec<f64> = rows.iter().map(figure).collect();
                let mean = drawn.iter().sum::<f64>() / count;
                let error = (drawn.iter().map(|d| (d - mean).powi(2)).sum::<f64>() / (count - 1.0) / count).sqrt();
                let gap = mean - figure(&principal);
                prop_assert!(
                    gap.abs() <= MEAN_BOUND * error,
                    "{flow:?} of setting {setting}: mean {mean}, {:.1} errors off", gap / error
                );
            }
        }
    }
}
