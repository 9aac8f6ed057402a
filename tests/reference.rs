//! A second, slow and obvious implementation of the yearly step, and tests that the engine agrees
//! with it.
//!
//! It was written from the model's equations alone and shares no code with the engine's step: no
//! sampler, no random generator, no formula. It takes only the inputs (`Rates`, `YearEffects`) and
//! the places of figures in a row of results (`Layout`). Two versions of the same equations:
//!
//! * [`simulate`] follows every child through every year with a generator of its own. Over a few
//!   thousand runs its means, variances and covariances must be those of the drawn replicates.
//! * [`expected`] carries expected values instead of children. It must equal the principal
//!   projection in every figure, but for rounding.
//!
//! Uncertainty of the parameters is switched off, so that both sides differ by chance alone.

use ndarray::{Array1, Array2, Array3, Array4};
use needscast::domain::age_group::AgeSpan;
use needscast::domain::grid::{Needs, Shape};
use needscast::domain::need::Need;
use needscast::domain::population::PopulationPath;
use needscast::domain::rates::{JoinerRates, LeaverRates, MoveRates, Rates};
use needscast::domain::setting::{Setting, Settings};
use needscast::engine::batch::{Workers, run_principal, run_shard};
use needscast::engine::layout::{Flow, Layout, Margin, PlaceShape, ServiceShape};
use needscast::model::parameters::Prepared;
use needscast::model::steering::Steering;
use needscast::scenario::effects::{Diversion, YearEffects};
use needscast::units::CensusYear;

const AGES: usize = 26;
const LAST_AGE: usize = 25;
const NEEDS: usize = 2;
const SETTINGS: usize = 3;
const GROUPS: usize = 5;
const YEARS: usize = 4;
const SHAPE: Shape = Shape { needs: NEEDS, settings: SETTINGS };

/// A lever never makes ceasing quite certain below the last age.
const MOST_PROBABILITY: f64 = 0.98;

// ---------------------------------------------------------------------------------------------
// What is recorded of one run.

/// All that happened in one run, or its expected value.
struct History {
    /// Plans by cell at each census, the base census first.
    plans: Vec<Vec<f64>>,
    years: Vec<YearFlows>,
}

/// Events of a calendar year, by age at the census that opens it.
struct YearFlows {
    new_plans: Vec<f64>,
    moved_in: Vec<f64>,
    leavers: Vec<f64>,
    movers_from: Vec<f64>,
    movers_to: Vec<f64>,
    /// By age only: a request without a plan has no setting.
    requests: [f64; AGES],
    assessments: [f64; AGES],
}

impl History {
    fn from_base(rates: &Rates) -> History {
        let mut base = empty();
        for (age, need, setting) in cells() {
            base[SHAPE.cell(age, need, setting)] = f64::from(rates.stock[[age, need, setting]]);
        }
        History { plans: vec![base], years: Vec::new() }
    }

    fn close_year(&mut self, plans: Vec<f64>, flows: YearFlows) {
        self.plans.push(plans);
        self.years.push(flows);
    }
}

impl YearFlows {
    fn none() -> YearFlows {
        YearFlows {
            new_plans: empty(),
            moved_in: empty(),
            leavers: empty(),
            movers_from: empty(),
            movers_to: empty(),
            requests: [0.0; AGES],
            assessments: [0.0; AGES],
        }
    }
}

fn empty() -> Vec<f64> {
    vec![0.0; SHAPE.cells()]
}

fn cells() -> impl Iterator<Item = (usize, usize, usize)> {
    (0..AGES).flat_map(cells_at)
}

fn cells_at(age: usize) -> impl Iterator<Item = (usize, usize, usize)> {
    (0..NEEDS).flat_map(move |need| (0..SETTINGS).map(move |setting| (age, need, setting)))
}

/// Written out, not taken from the crate: the groups are part of what is checked.
fn group_of(age: usize) -> usize {
    [5, 11, 16, 20].iter().filter(|first| age >= **first).count()
}

// ---------------------------------------------------------------------------------------------
// The equations.

/// A factor of a lever; an empty list stands for 1 everywhere.
fn factor(factors: &[f64], age: usize, need: usize, setting: usize) -> f64 {
    if factors.is_empty() { 1.0 } else { factors[SHAPE.cell(age, need, setting)] }
}

fn cease_probability(rates: &Rates, effects: &YearEffects, age: usize, need: usize, setting: usize) -> f64 {
    if age == LAST_AGE {
        return 1.0;
    }
    let hazard = rates.leavers.hazard[[age, setting]] * factor(&effects.leaver_factor, age, need, setting);
    hazard.min(MOST_PROBABILITY)
}

/// Weight of each other setting as the one a mover is bound for; nobody is bound for where they are.
fn bound_for(rates: &Rates, age: usize, need: usize, from: usize) -> [f64; SETTINGS] {
    let weight = |to| if to == from { 0.0 } else { rates.moves.probability[[age, need, from, to]] };
    std::array::from_fn(weight)
}

fn move_probability(weights: &[f64; SETTINGS]) -> f64 {
    weights.iter().sum::<f64>()
}

/// Mean of new plans at an age in the year `year` years after the base, before any lever.
fn mean_at_age(rates: &Rates, year: usize, age: usize) -> f64 {
    let joiners = &rates.joiners;
    let mut years_of_growth = 0.0;
    for k in 1..=year + 1 {
        years_of_growth += joiners.damping.powi(k as i32);
    }
    joiners.rate[age] * rates.population.years[year][age] * (joiners.growth * years_of_growth).exp()
}

/// Joiners bound for a cell: steering is part of where they are bound for, so levers on joiners act
/// on the mix it leaves.
fn mean_in_cell(
    rates: &Rates,
    effects: &YearEffects,
    steer: Steer,
    year: usize,
    (age, need, setting): (usize, usize, usize),
) -> f64 {
    let pull = steer.pull_at(age + 1);
    let total: f64 = pull.iter().sum();
    let mix = |setting: usize| rates.joiners.mix[[age, need, setting]];
    let mut share = mix(setting);
    if total > 0.0 {
        share *= 1.0 - steer.away[setting];
        for from in 0..SETTINGS {
            share += mix(from) * steer.away[from] * pull[setting] / total;
        }
    }
    mean_at_age(rates, year, age) * share * factor(&effects.joiner_factor, age, need, setting)
}

/// Mean of new plans at an age with levers. Requests without a plan are in proportion to it, so
/// they carry the mean of the levers weighted by the mix.
fn mean_with_levers(rates: &Rates, effects: &YearEffects, steer: Steer, year: usize, age: usize) -> f64 {
    cells_at(age).map(|cell| mean_in_cell(rates, effects, steer, year, cell)).sum()
}

fn moving_in_mean(rates: &Rates, year: usize, (age, need, setting): (usize, usize, usize)) -> f64 {
    let at_age = rates.joiners.moved_in[age] * rates.population.years[year][age];
    at_age * rates.joiners.moved_in_mix[[age, need, setting]]
}

#[derive(Clone, Copy, PartialEq)]
enum Child {
    Joiner,
    Mover,
}

/// The diversion a child is subject to. The equations give no order to several, so the tests have
/// one a year.
fn diversion_of(effects: &YearEffects, child: Child) -> Option<&Diversion> {
    assert!(effects.diversions.len() <= 1, "the reference knows one diversion a year");
    effects.diversions.first().filter(|d| if child == Child::Joiner { d.joiners } else { d.movers })
}

// ---------------------------------------------------------------------------------------------
// Child by child.

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

    /// The setting a child bound for `to` ends up with: steered first, and then met by levers.
    fn lands(
        &mut self,
        effects: &YearEffects,
        steer: Steer,
        child: Child,
        age: usize,
        need: usize,
        to: usize,
    ) -> usize {
        let pull = steer.pull_at(age + 1);
        let steered = pull.iter().any(|pull| *pull > 0.0) && self.happens(steer.away[to]);
        let to = if steered { self.pick(&pull) } else { to };
        match diversion_of(effects, child) {
            Some(d) if self.happens(d.probability[SHAPE.cell(age, need, to)]) => self.pick(&d.to),
            _ => to,
        }
    }
}

/// Steering of placements, the same in all years.
#[derive(Clone, Copy)]
struct Steer {
    /// Chance by setting that a child bound for it goes elsewhere.
    away: [f64; SETTINGS],
    pull: [f64; SETTINGS],
}

const NO_STEERING: Steer = Steer { away: [0.0; SETTINGS], pull: [0.0; SETTINGS] };

/// Children bound for setting 0 go to 1, and to 2 from the age it takes them.
const STEERING: Steer = Steer { away: [0.3, 0.0, 0.0], pull: [0.0, 2.0, 1.0] };
const SETTING_2_FROM_AGE: usize = 12;

impl Steer {
    /// Where children of a closing age are drawn to.
    fn pull_at(self, age: usize) -> [f64; SETTINGS] {
        let [zero, one, two] = self.pull;
        [zero, one, if age >= SETTING_2_FROM_AGE { two } else { 0.0 }]
    }
}

/// The engine's side of the same.
fn prepared(rates: &Rates, steer: Steer) -> Prepared {
    let mut prepared = Prepared::new(rates);
    if steer.away.iter().any(|away| *away > 0.0) {
        let takes = |age: usize, setting: usize| setting != 2 || age >= SETTING_2_FROM_AGE;
        prepared.steering = vec![Some(Steering::new(steer.away.to_vec(), &steer.pull, takes)); YEARS];
    }
    prepared
}

fn simulate(rates: &Rates, effects: &[YearEffects], steer: Steer, random: &mut Random) -> History {
    let mut history = History::from_base(rates);
    for (year, effects) in effects.iter().enumerate() {
        let mut closing = empty();
        let mut flows = YearFlows::none();
        for (age, need, setting) in cells() {
            let here = SHAPE.cell(age, need, setting);
            let ceases = cease_probability(rates, effects, age, need, setting);
            let elsewhere = bound_for(rates, age, need, setting);
            for _ in 0..history.plans[year][here] as u32 {
                if random.happens(ceases) {
                    flows.leavers[here] += 1.0;
                    continue;
                }
                let mut held_in = setting;
                if random.happens(move_probability(&elsewhere)) {
                    let to = random.pick(&elsewhere);
                    held_in = random.lands(effects, steer, Child::Mover, age, need, to);
                }
                if held_in != setting {
                    flows.movers_from[here] += 1.0;
                    flows.movers_to[SHAPE.cell(age, need, held_in)] += 1.0;
                }
                closing[SHAPE.cell(age + 1, need, held_in)] += 1.0;
            }
        }
        for age in 0..LAST_AGE {
            let mut new_plans = 0;
            for (age, need, setting) in cells_at(age) {
                for _ in 0..random.poisson(mean_in_cell(rates, effects, steer, year, (age, need, setting))) {
                    let held_in = random.lands(effects, NO_STEERING, Child::Joiner, age, need, setting);
                    flows.new_plans[SHAPE.cell(age, need, held_in)] += 1.0;
                    closing[SHAPE.cell(age + 1, need, held_in)] += 1.0;
                    new_plans += 1;
                }
                let moving_in = random.poisson(moving_in_mean(rates, year, (age, need, setting)));
                flows.moved_in[SHAPE.cell(age, need, setting)] += f64::from(moving_in);
                closing[SHAPE.cell(age + 1, need, setting)] += f64::from(moving_in);
            }
            let mean = mean_with_levers(rates, effects, steer, year, age);
            let assessments = new_plans + random.poisson(mean * rates.joiners.assessed_only[age]);
            let requests = assessments + random.poisson(mean * rates.joiners.not_assessed[age]);
            flows.assessments[age] = f64::from(assessments);
            flows.requests[age] = f64::from(requests);
        }
        history.close_year(closing, flows);
    }
    history
}

// ---------------------------------------------------------------------------------------------
// Expected values.

/// The chance of ending up in each setting for a child bound for `to`.
fn landing(effects: &YearEffects, steer: Steer, child: Child, age: usize, need: usize, to: usize) -> [f64; SETTINGS] {
    let pull = steer.pull_at(age + 1);
    let total: f64 = pull.iter().sum();
    let away = if total > 0.0 { steer.away[to] } else { 0.0 };
    let mut chances = after_levers(effects, child, age, need, to).map(|chance| chance * (1.0 - away));
    for (elsewhere, pull) in pull.into_iter().enumerate().filter(|(_, pull)| *pull > 0.0) {
        let landing = after_levers(effects, child, age, need, elsewhere);
        chances.iter_mut().zip(landing).for_each(|(chance, part)| *chance += away * pull / total * part);
    }
    chances
}

fn after_levers(effects: &YearEffects, child: Child, age: usize, need: usize, to: usize) -> [f64; SETTINGS] {
    let mut chances = [0.0; SETTINGS];
    let diversion = diversion_of(effects, child);
    let diverted = diversion.map_or(0.0, |d| d.probability[SHAPE.cell(age, need, to)]);
    chances[to] += 1.0 - diverted;
    if let Some(diversion) = diversion {
        for (chance, share) in chances.iter_mut().zip(&diversion.to) {
            *chance += diverted * share;
        }
    }
    chances
}

fn expected(rates: &Rates, effects: &[YearEffects], steer: Steer) -> History {
    let mut history = History::from_base(rates);
    for (year, effects) in effects.iter().enumerate() {
        let mut closing = empty();
        let mut flows = YearFlows::none();
        for (age, need, setting) in cells() {
            let here = SHAPE.cell(age, need, setting);
            let held = history.plans[year][here];
            let ceasing = held * cease_probability(rates, effects, age, need, setting);
            flows.leavers[here] = ceasing;
            if age == LAST_AGE {
                continue;
            }
            let elsewhere = bound_for(rates, age, need, setting);
            let weight: f64 = elsewhere.iter().sum();
            let moving = (held - ceasing) * move_probability(&elsewhere);
            closing[SHAPE.cell(age + 1, need, setting)] += held - ceasing - moving;
            for to in (0..SETTINGS).filter(|to| elsewhere[*to] > 0.0) {
                for (held_in, chance) in landing(effects, steer, Child::Mover, age, need, to).into_iter().enumerate() {
                    let arriving = moving * elsewhere[to] / weight * chance;
                    closing[SHAPE.cell(age + 1, need, held_in)] += arriving;
                    if held_in != setting {
                        flows.movers_from[here] += arriving;
                        flows.movers_to[SHAPE.cell(age, need, held_in)] += arriving;
                    }
                }
            }
        }
        for age in 0..LAST_AGE {
            for (age, need, setting) in cells_at(age) {
                let mean = mean_in_cell(rates, effects, steer, year, (age, need, setting));
                for (held_in, chance) in
                    landing(effects, NO_STEERING, Child::Joiner, age, need, setting).into_iter().enumerate()
                {
                    flows.new_plans[SHAPE.cell(age, need, held_in)] += mean * chance;
                    closing[SHAPE.cell(age + 1, need, held_in)] += mean * chance;
                }
                let moving_in = moving_in_mean(rates, year, (age, need, setting));
                flows.moved_in[SHAPE.cell(age, need, setting)] += moving_in;
                closing[SHAPE.cell(age + 1, need, setting)] += moving_in;
            }
            let mean = mean_with_levers(rates, effects, steer, year, age);
            flows.assessments[age] = mean * (1.0 + rates.joiners.assessed_only[age]);
            flows.requests[age] = flows.assessments[age] + mean * rates.joiners.not_assessed[age];
        }
        history.close_year(closing, flows);
    }
    history
}

// ---------------------------------------------------------------------------------------------
// Figures, as each side keeps them.

/// Which part of a total.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Part {
    All,
    Setting(usize),
    Need(usize),
    Group(usize),
    AgeSetting(usize, usize),
    NeedSettingGroup(usize, usize, usize),
}

impl Part {
    fn holds(self, (age, need, setting): (usize, usize, usize)) -> bool {
        match self {
            Part::All => true,
            Part::Setting(s) => s == setting,
            Part::Need(n) => n == need,
            Part::Group(g) => g == group_of(age),
            Part::AgeSetting(a, s) => (a, s) == (age, setting),
            Part::NeedSettingGroup(n, s, g) => (n, s, g) == (need, setting, group_of(age)),
        }
    }

    fn margins() -> Vec<Part> {
        let mut parts = vec![Part::All];
        parts.extend((0..SETTINGS).map(Part::Setting));
        parts.extend((0..NEEDS).map(Part::Need));
        parts.extend((0..GROUPS).map(Part::Group));
        parts
    }

    /// Requests and assessments are known by age only.
    fn margins_of(flow: Flow) -> Vec<Part> {
        let mut parts = Part::margins();
        if matches!(flow, Flow::Requests | Flow::Assessments) {
            parts.retain(|part| matches!(part, Part::All | Part::Group(_)));
        }
        parts
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Figure {
    /// Years after the base census, and which plans.
    Plans(usize, Part),
    /// Years from the base census to the one that opens the year, and which events.
    Events(usize, Flow, Part),
}

impl Figure {
    fn of_reference(self, history: &History) -> f64 {
        match self {
            Figure::Plans(census, part) => sum_cells(&history.plans[census], part),
            Figure::Events(year, flow, part) => {
                let flows = &history.years[year];
                match flow {
                    Flow::Requests => sum_ages(&flows.requests, part),
                    Flow::Assessments => sum_ages(&flows.assessments, part),
                    Flow::NewPlans => sum_cells(&flows.new_plans, part),
                    Flow::MovedIn => sum_cells(&flows.moved_in, part),
                    Flow::Joiners => sum_cells(&flows.new_plans, part) + sum_cells(&flows.moved_in, part),
                    Flow::Leavers => sum_cells(&flows.leavers, part),
                    Flow::MoversFrom => sum_cells(&flows.movers_from, part),
                    Flow::MoversTo => sum_cells(&flows.movers_to, part),
                    // Nobody is redirected where no places are limited.
                    Flow::RedirectedFrom | Flow::RedirectedTo => 0.0,
                }
            }
        }
    }

    /// The same figure of a row of the engine, where `at` reads one place of the row.
    fn of_engine(self, layout: Layout, at: impl Fn(usize) -> f64) -> f64 {
        match self {
            Figure::Plans(census, Part::AgeSetting(age, setting)) => {
                at(layout.stock_ages(census).start + age * SETTINGS + setting)
            }
            Figure::Plans(census, part) => {
                let start = layout.stock_groups(census).start;
                let mut sum = 0.0;
                for need in 0..NEEDS {
                    for setting in 0..SETTINGS {
                        for group in 0..GROUPS {
                            let first_age = [0, 5, 11, 16, 20][group];
                            if part.holds((first_age, need, setting)) {
                                sum += at(start + layout.group_cell(need, setting, group));
                            }
                        }
                    }
                }
                sum
            }
            Figure::Events(year, flow, part) => {
                let margin = match part {
                    Part::All => Margin::Total,
                    Part::Setting(setting) => Margin::Setting(setting),
                    Part::Need(need) => Margin::Need(need),
                    Part::Group(group) => Margin::Group(group),
                    other => panic!("the engine keeps no flow by {other:?}"),
                };
                at(layout.flow(year, flow).start + layout.margin(margin))
            }
        }
    }

    /// What is compared over many runs.
    fn sampled() -> Vec<Figure> {
        let mut figures = Vec::new();
        for census in [1, 2, YEARS] {
            figures.extend(Part::margins().into_iter().map(|part| Figure::Plans(census, part)));
            // The phase transfer closes at 11; 4, 17 and 22 stand for the quiet ages around it.
            for (age, setting) in [(4, 0), (11, 0), (11, 1), (11, 2), (17, 1), (22, 2)] {
                figures.push(Figure::Plans(census, Part::AgeSetting(age, setting)));
            }
        }
        for year in [0, 1, YEARS - 1] {
            for flow in Flow::ALL {
                figures.extend(Part::margins_of(*flow).into_iter().map(|part| Figure::Events(year, *flow, part)));
            }
        }
        figures
    }

    /// Every figure the engine's row holds, but requests and assessments only by age.
    fn all() -> Vec<Figure> {
        let mut figures = Vec::new();
        for census in 0..=YEARS {
            figures.extend(Part::margins().into_iter().map(|part| Figure::Plans(census, part)));
            for age in 0..AGES {
                figures.extend((0..SETTINGS).map(|s| Figure::Plans(census, Part::AgeSetting(age, s))));
            }
            for need in 0..NEEDS {
                for setting in 0..SETTINGS {
                    let part = |group| Part::NeedSettingGroup(need, setting, group);
                    figures.extend((0..GROUPS).map(|group| Figure::Plans(census, part(group))));
                }
            }
        }
        for year in 0..YEARS {
            for flow in Flow::ALL {
                figures.extend(Part::margins_of(*flow).into_iter().map(|part| Figure::Events(year, *flow, part)));
            }
        }
        figures
    }
}

fn sum_cells(values: &[f64], part: Part) -> f64 {
    // By place, not by `cells()`: this is most of the time the tests take.
    let held = values.iter().enumerate().filter(|(cell, _)| part.holds(SHAPE.place(*cell)));
    held.map(|(_, value)| value).sum()
}

fn sum_ages(values: &[f64; AGES], part: Part) -> f64 {
    match part {
        Part::All => values.iter().sum(),
        Part::Group(group) => (0..AGES).filter(|age| group_of(*age) == group).map(|age| values[age]).sum(),
        other => panic!("requests are not known by {other:?}"),
    }
}

// ---------------------------------------------------------------------------------------------
// Comparison of two samples.
//
// With n runs of variance v and fourth central moment m4:
//   SE(mean)²       = v / n
//   SE(variance)²   ≈ (m4 − v²) / n             (2v²/n for a normal figure, more with heavy tails)
//   SE(covariance)² ≈ (m22 − c²) / n            where m22 = E[(x − x̄)² (y − ȳ)²]
// and the squared SE of a difference is the sum of both sides'. Moments are pooled over both sides,
// as both are the same if they agree; an own fourth moment of each side would be lowest just where
// the tail was missed. With 4 000 and 8 000 runs the SE of a variance ratio of a normal figure is
// √(2/4000 + 2/8000) = 2.7 %, so that a variance off by an eighth is found; of a correlation it is
// some 0.02.

/// A mean farther off than this has a chance of 6 in 100 000.
const MEAN_BOUND: f64 = 4.0;
/// Estimates of a variance are skewed, so that 4.5 errors are about as rare as 4 of a mean.
const VARIANCE_BOUND: f64 = 4.5;

const ENGINE_RUNS: u32 = 4_000;
const REFERENCE_RUNS: usize = 8_000;

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Mean products of deviations: `[c, m22]` of two figures; of one with itself, `[v, m4]`.
fn moments(x: &[f64], y: &[f64]) -> [f64; 2] {
    let (mean_x, mean_y) = (mean(x), mean(y));
    let products = x.iter().zip(y).map(|(x, y)| (x - mean_x) * (y - mean_y));
    let [mut first, mut second] = [0.0; 2];
    for product in products {
        first += product;
        second += product * product;
    }
    [first / x.len() as f64, second / x.len() as f64]
}

/// One side of a comparison: for each figure, its value in each run.
struct Sample(Vec<Vec<f64>>);

impl Sample {
    fn runs(&self) -> f64 {
        self.0[0].len() as f64
    }
}

fn sample_engine(rates: &Rates, effects: &[YearEffects], steer: Steer, figures: &[Figure], seed: u64) -> Sample {
    let workers = Workers::new(2).expect("two threads can be started");
    let shard = run_shard(&workers, &prepared(rates, steer), effects, seed, 1..ENGINE_RUNS + 1, &|| ())
        .expect("every replicate balances");
    assert_eq!(
        shard.layout,
        Layout { shape: SHAPE, years: YEARS, places: PlaceShape::default(), services: ServiceShape::default() }
    );
    let rows: Vec<&[u32]> = shard.rows().collect();
    let values = |figure: &Figure| {
        rows.iter().map(|row| figure.of_engine(shard.layout, |place| f64::from(row[place]))).collect()
    };
    Sample(figures.iter().map(values).collect())
}

fn sample_reference(rates: &Rates, effects: &[YearEffects], steer: Steer, figures: &[Figure], seed: u64) -> Sample {
    let mut random = Random(seed);
    let mut values = vec![Vec::with_capacity(REFERENCE_RUNS); figures.len()];
    for _ in 0..REFERENCE_RUNS {
        let history = simulate(rates, effects, steer, &mut random);
        for (values, figure) in values.iter_mut().zip(figures) {
            values.push(figure.of_reference(&history));
        }
    }
    Sample(values)
}

/// Difference of the means in standard errors.
fn mean_gap(engine: &[f64], reference: &[f64]) -> f64 {
    let squared_error =
        moments(engine, engine)[0] / engine.len() as f64 + moments(reference, reference)[0] / reference.len() as f64;
    in_errors(mean(engine) - mean(reference), squared_error)
}

/// Difference of the covariances of two figures in standard errors; of one with itself, variances.
fn covariance_gap(engine: [&[f64]; 2], reference: [&[f64]; 2]) -> f64 {
    let (n, m) = (engine[0].len() as f64, reference[0].len() as f64);
    let [of_engine, of_reference] = [engine, reference].map(|[x, y]| moments(x, y));
    let pooled = |place: usize| (n * of_engine[place] + m * of_reference[place]) / (n + m);
    let spread = pooled(1) - pooled(0).powi(2);
    in_errors(of_engine[0] - of_reference[0], spread / n + spread / m)
}

/// No difference counts as none even where nothing varies, and any as too much.
fn in_errors(difference: f64, squared_error: f64) -> f64 {
    if difference == 0.0 { 0.0 } else { difference / squared_error.sqrt() }
}

fn assert_samples_agree(rates: &Rates, effects: &[YearEffects], steer: Steer, seeds: [u64; 2]) {
    let figures = Figure::sampled();
    let engine = sample_engine(rates, effects, steer, &figures, seeds[0]);
    let reference = sample_reference(rates, effects, steer, &figures, seeds[1]);
    let mut wrong = Vec::new();
    for ((figure, engine), reference) in figures.iter().zip(&engine.0).zip(&reference.0) {
        let gap = mean_gap(engine, reference);
        // Written so that NaN is wrong.
        if gap.is_nan() || gap.abs() > MEAN_BOUND {
            let (ours, theirs) = (mean(reference), mean(engine));
            wrong.push(format!("mean of {figure:?}: engine {theirs:.4}, reference {ours:.4}, {gap:.1} errors"));
        }
        let gap = covariance_gap([engine, engine], [reference, reference]);
        if gap.is_nan() || gap.abs() > VARIANCE_BOUND {
            let (ours, theirs) = (moments(reference, reference)[0], moments(engine, engine)[0]);
            wrong.push(format!("variance of {figure:?}: engine {theirs:.4}, reference {ours:.4}, {gap:.1} errors"));
        }
    }
    for pair in joint_pairs() {
        let [x, y] = pair.map(|figure| figures.iter().position(|f| *f == figure).expect("both are sampled"));
        let [of_engine, of_reference] = [&engine, &reference].map(|sample| [&sample.0[x][..], &sample.0[y][..]]);
        let gap = covariance_gap(of_engine, of_reference);
        let [ours, theirs] = [of_reference, of_engine].map(|[x, y]| moments(x, y)[0]);
        if gap.is_nan() || gap.abs() > VARIANCE_BOUND {
            wrong.push(format!("covariance of {pair:?}: engine {theirs:.4}, reference {ours:.4}, {gap:.1} errors"));
        }
        // A pair that hardly hangs together would agree with draws made apart from each other.
        let [variance_x, variance_y] = of_reference.map(|values| moments(values, values)[0]);
        let correlation = ours / (variance_x * variance_y).sqrt();
        let error = (1.0 / engine.runs() + 1.0 / reference.runs()).sqrt();
        if correlation.is_nan() || correlation.abs() < 2.0 * VARIANCE_BOUND * error {
            wrong.push(format!("{pair:?} tells nothing: correlation {correlation:.3}"));
        }
    }
    assert!(wrong.is_empty(), "{} disagreements:\n{}", wrong.len(), wrong.join("\n"));
}

/// Figures that vary together only when each child is in one place at a time.
fn joint_pairs() -> [[Figure; 2]; 4] {
    let at_11 = |census, setting| Figure::Plans(census, Part::AgeSetting(11, setting));
    [
        // Both fed at the phase transfer by the same children: one's gain is the other's loss.
        [at_11(1, 1), at_11(1, 2)],
        [at_11(YEARS, 1), at_11(YEARS, 2)],
        // A mover leaves one setting and arrives in another in the same step.
        [Figure::Events(0, Flow::MoversFrom, Part::Setting(0)), Figure::Events(0, Flow::MoversTo, Part::Setting(1))],
        // A plan lives on from one census to the next.
        [Figure::Plans(1, Part::Setting(2)), Figure::Plans(2, Part::Setting(2))],
    ]
}

fn assert_expected_values_agree(rates: &Rates, effects: &[YearEffects], steer: Steer) {
    let row = run_principal(&prepared(rates, steer), effects).expect("the principal projection balances");
    let layout =
        Layout { shape: SHAPE, years: YEARS, places: PlaceShape::default(), services: ServiceShape::default() };
    assert_eq!(row.len(), layout.width());
    let reference = expected(rates, effects, steer);
    let mut wrong = Vec::new();
    for figure in Figure::all() {
        let (ours, theirs) = (figure.of_reference(&reference), figure.of_engine(layout, |place| row[place]));
        // Both sum the same numbers in another order: they differ by rounding, relative to the figure.
        let near = (ours - theirs).abs() <= 1e-9 * ours.abs();
        if !near {
            wrong.push(format!("{figure:?}: engine {theirs}, reference {ours}"));
        }
    }
    assert!(wrong.is_empty(), "{} disagreements:\n{}", wrong.len(), wrong.join("\n"));
}

// ---------------------------------------------------------------------------------------------
// A small area, and what may be done to it.

/// An area of some 600 plans whose rates differ wherever the model lets them. Setting 0 is much like
/// a primary school, 1 a secondary school, 2 a special school.
fn area() -> Rates {
    let ages = |value: fn(usize) -> f64| Array1::from_shape_fn(AGES, value);
    let certain = |columns| Array2::from_elem((GROUPS, columns), f64::INFINITY);
    Rates {
        base: CensusYear(2025),
        needs: Needs::new(vec![Need::Asd, Need::Slcn]),
        settings: Settings::new(["primary", "secondary", "special"].map(setting).to_vec()).expect("three is allowed"),
        stock: Array3::from_shape_fn((AGES, NEEDS, SETTINGS), |(age, need, setting)| {
            let usual = match (setting, age) {
                (0, 3..=10) => 9,
                (0, ..=15) => 3,
                (1, 11..=18) => 8,
                (2, _) => 3,
                _ => 1,
            };
            usual + ((age + need + setting) % 2) as u32
        }),
        population: PopulationPath {
            base: CensusYear(2025),
            years: (0..POPULATION_YEARS)
                .map(|year| std::array::from_fn(|age| 500.0 + 7.0 * (age as f64 - 10.0) - 11.0 * year as f64))
                .collect(),
        },
        joiners: JoinerRates {
            rate: ages(|age| 0.003 + 0.0007 * ((age * 7) % 11) as f64),
            rate_evidence: ages(|_| f64::INFINITY),
            mix: mix(|age, need, setting| 1.0 + ((age + 2 * need + 3 * setting) % 5) as f64),
            need_evidence: certain(NEEDS),
            setting_evidence: certain(SETTINGS),
            growth: 0.05,
            growth_error: 0.0,
            damping: 0.8,
            level_error: 0.0,
            lasting_shock: 0.0,
            passing_shock: 0.0,
            assessed_only: ages(|age| 0.1 + 0.01 * age as f64),
            not_assessed: ages(|age| 0.6 - 0.015 * age as f64),
            moved_in: ages(|age| 0.0008 + 0.0001 * (age % 4) as f64),
            moved_in_mix: mix(|age, need, setting| 1.0 + ((2 * age + need + 5 * setting) % 7) as f64),
        },
        leavers: LeaverRates {
            hazard: Array2::from_shape_fn((AGES, SETTINGS), |(age, setting)| match age {
                0..=15 => 0.02 + 0.002 * age as f64 + 0.01 * setting as f64,
                16..=18 => 0.2 + 0.05 * setting as f64,
                19..=24 => 0.35 + 0.1 * setting as f64,
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
                // At 10 most leave setting 0: of need 1, all.
                let row = match (age, need, from) {
                    (10, 0, 0) => [0.12, 0.48, 0.40],
                    (10, 1, 0) => [0.0, 0.45, 0.55],
                    (10, ..) => [[0.0; 3], [0.02, 0.78, 0.20], [0.05, 0.25, 0.70]][from],
                    (15 | 18, _, 1) => [0.10, 0.50, 0.40],
                    (_, 0, _) => [[0.90, 0.03, 0.07], [0.01, 0.93, 0.06], [0.04, 0.02, 0.94]][from],
                    _ => [[0.95, 0.01, 0.04], [0.03, 0.89, 0.08], [0.02, 0.05, 0.93]][from],
                };
                row[to]
            }),
            evidence: certain(SETTINGS),
            passing_shock: 0.0,
        },
    }
}

/// One entry per census of the forecast, the base census included.
const POPULATION_YEARS: usize = YEARS + 1;

fn setting(code: &str) -> Setting {
    Setting { code: code.to_string(), name: code.to_string(), ages: AgeSpan::ALL }
}

/// Shares in proportion to a weight, summing to 1 at each age.
fn mix(weight: fn(usize, usize, usize) -> f64) -> Array3<f64> {
    Array3::from_shape_fn((AGES, NEEDS, SETTINGS), |(age, need, setting)| {
        weight(age, need, setting) / cells_at(age).map(|(age, need, setting)| weight(age, need, setting)).sum::<f64>()
    })
}

fn by_cell(value: impl Fn(usize, usize, usize) -> f64) -> Vec<f64> {
    cells().map(|(age, need, setting)| value(age, need, setting)).collect()
}

fn no_levers() -> Vec<YearEffects> {
    vec![YearEffects::default(); YEARS]
}

/// All kinds of lever at once at first; then diversions of joiners only and of movers only, which
/// tell the two apart.
fn all_levers() -> Vec<YearEffects> {
    let joiner_factor = by_cell(|age, need, setting| match (age, need, setting) {
        (..=10, 0, _) => 0.6,
        (11.., _, 2) => 1.7,
        _ => 1.0,
    });
    // At 19 to 24 in setting 2 the hazard is 0.55: the factor takes it beyond the cut.
    let leaver_factor = by_cell(|age, need, setting| match (age, need, setting) {
        (19.., _, 2) => 2.5,
        (..=15, 1, _) => 3.0,
        (16.., _, 0) => 0.4,
        _ => 1.0,
    });
    // Of those bound for setting 2, some stay on in setting 0 where they already are.
    let both = Diversion {
        joiners: true,
        movers: true,
        probability: by_cell(|age, need, setting| match (age, setting) {
            (4..=15, 2) => 0.4 + 0.3 * need as f64,
            _ => 0.0,
        }),
        to: vec![0.7, 0.3, 0.0],
    };
    let joiners_only = Diversion {
        joiners: true,
        movers: false,
        probability: by_cell(|_, _, setting| if setting == 0 { 0.5 } else { 0.0 }),
        to: vec![0.0, 0.35, 0.65],
    };
    let movers_only = Diversion {
        joiners: false,
        movers: true,
        probability: by_cell(|age, _, setting| if age >= 8 && setting == 1 { 0.6 } else { 0.0 }),
        to: vec![0.25, 0.15, 0.6],
    };
    let year = |diversion: &Diversion| YearEffects {
        joiner_factor: joiner_factor.clone(),
        leaver_factor: leaver_factor.clone(),
        diversions: vec![diversion.clone()],
        ..YearEffects::default()
    };
    let alone = |diversion| YearEffects { diversions: vec![diversion], ..YearEffects::default() };
    vec![year(&both), year(&both), alone(joiners_only), alone(movers_only)]
}

#[test]
fn the_test_area_is_what_the_equations_ask_for() {
    let rates = area();
    assert_eq!(rates.shape(), SHAPE);
    let plans = rates.stock.sum();
    assert!((550..=650).contains(&plans), "{plans}");
    for age in 0..AGES {
        let sums = [&rates.joiners.mix, &rates.joiners.moved_in_mix]
            .map(|mix| cells_at(age).map(|(age, need, setting)| mix[[age, need, setting]]).sum::<f64>());
        assert!(sums.iter().all(|sum| (sum - 1.0).abs() < 1e-12), "{age}");
        for (age, need, from) in cells_at(age) {
            let sum: f64 = (0..SETTINGS).map(|to| rates.moves.probability[[age, need, from, to]]).sum();
            assert!((sum - 1.0).abs() < 1e-12, "{age} {need} {from}");
        }
    }
}

#[test]
fn without_levers_the_engine_agrees_with_children_followed_one_by_one() {
    assert_samples_agree(&area(), &no_levers(), NO_STEERING, [2025, 1]);
}

#[test]
fn with_levers_of_all_kinds_the_engine_agrees_with_children_followed_one_by_one() {
    assert_samples_agree(&area(), &all_levers(), NO_STEERING, [2026, 2]);
}

#[test]
fn with_steering_and_levers_the_engine_agrees_with_children_followed_one_by_one() {
    assert_samples_agree(&area(), &all_levers(), STEERING, [2027, 3]);
}

#[test]
fn the_principal_projection_is_the_expected_value_without_levers() {
    assert_expected_values_agree(&area(), &no_levers(), NO_STEERING);
}

#[test]
fn the_principal_projection_is_the_expected_value_with_levers_of_all_kinds() {
    assert_expected_values_agree(&area(), &all_levers(), NO_STEERING);
}

#[test]
fn the_principal_projection_is_the_expected_value_with_steering() {
    assert_expected_values_agree(&area(), &no_levers(), STEERING);
    assert_expected_values_agree(&area(), &all_levers(), STEERING);
}
