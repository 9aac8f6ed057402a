//! How long a replicate takes, and a batch, and the sampling kernels.
//!
//! `cargo bench` prints times per call; figures quoted in the README come from here. The rates are
//! those of `data/somerset`: about 5,700 plans, 26 ages × 13 needs × 13 settings, ten years.

use std::hint::black_box;
use std::path::Path;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use ndarray::{Array2, Array4};
use needscast::domain::age_group::AgeSpan;
use needscast::domain::assumption::Confidence;
use needscast::domain::money::FinancialYear;
use needscast::domain::place::{Designation, Kind, OverflowRule, Places, Provider, Return, Status};
use needscast::domain::planning_area::{Geography, PlanningArea};
use needscast::engine::batch::{Workers, run_principal, run_shard, run_shard_in};
use needscast::engine::calibration::prepare;
use needscast::engine::layout::Layout;
use needscast::engine::money::{Costed, price_shard};
use needscast::fit::estimate::fit_rates;
use needscast::input::area_folder::{AreaFolder, Overrides, read_area_folder};
use needscast::model::money::MoneyModel;
use needscast::model::parameters::{Parameters, Prepared, draw_parameters};
use needscast::model::place_model::PlaceModel;
use needscast::model::service_model::ServiceAssumptions;
use needscast::numerics::binomial::binomial_quantile;
use needscast::numerics::binomials::{Odds, binomial_quantiles};
use needscast::numerics::gamma::draw_gamma_mean_one;
use needscast::numerics::lanes::{LANES, Lanes, Number, SideBySide, run_side_by_side};
use needscast::numerics::philox;
use needscast::numerics::poisson::poisson_quantile;
use needscast::numerics::stream::{Mechanism, Streams, StreamsTogether};
use needscast::scenario::effects::{YearEffects, add_services, resolve_effects};
use needscast::scenario::lever::Scenario;
use needscast::scenario::place_effects::places_in_force;
use needscast::units::{Age, Probability};

/// Plans alone: no places, no SEN support, no services.
fn somerset() -> Prepared {
    let mut rates = fit_rates(&area().world).expect("data/somerset can be fitted").rates;
    rates.support = None;
    prepare(&Workers::new(2).expect("threads"), &rates).expect("balanced")
}

fn area() -> AreaFolder {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/somerset");
    read_area_folder(&folder, Overrides::default()).unwrap_or_else(|problems| panic!("{problems}"))
}

/// With SEN support, and with Somerset's services where wanted.
fn with_support(services: bool) -> (Prepared, Vec<YearEffects>) {
    let AreaFolder { world, .. } = area();
    let rates = fit_rates(&world).expect("data/somerset can be fitted").rates;
    let mut prepared = prepare(&Workers::new(2).expect("threads"), &rates).expect("balanced");
    let mut effects = vec![YearEffects::default(); prepared.years];
    if services {
        prepared.add_services(&world.services, ServiceAssumptions::of(&world.assumptions));
        add_services(&mut effects, &world.services, &Scenario::baseline(), world.base);
    }
    (prepared, effects)
}

fn replicates(criterion: &mut Criterion) {
    let prepared = somerset();
    let baseline = vec![YearEffects::default(); prepared.years];
    let one = Workers::new(1).expect("one thread");
    let mut group = criterion.benchmark_group("replicate");
    group.bench_function("parameters", |bencher| {
        let mut parameters = Parameters::default();
        bencher.iter(|| draw_parameters(&prepared, &Streams::new(1, black_box(1)), &mut parameters));
    });
    group.throughput(Throughput::Elements(100));
    group.bench_function("100 of ten years, one thread", |bencher| {
        bencher.iter(|| run_shard(&one, &prepared, &baseline, 1, 1..101, &|| ()).expect("balanced"));
    });
    let (placed, effects) = with_places();
    group.bench_function("100 of ten years, 40 providers in 4 areas", |bencher| {
        bencher.iter(|| run_shard(&one, &placed, &effects, 1, 1..101, &|| ()).expect("balanced"));
    });
    for (name, services) in [("SEN support", false), ("SEN support and 28 services", true)] {
        let (prepared, effects) = with_support(services);
        group.bench_function(format!("100 of ten years, {name}"), |bencher| {
            bencher.iter(|| run_shard(&one, &prepared, &effects, 1, 1..101, &|| ()).expect("balanced"));
        });
    }
    group.throughput(Throughput::Elements(1));
    group.bench_function("principal", |bencher| {
        bencher.iter(|| run_principal(&prepared, &baseline).expect("balanced"));
    });
    group.finish();
}

/// Forty providers in four areas: as many places as there are pupils today, so that they are short.
fn with_places() -> (Prepared, Vec<YearEffects>) {
    let mut prepared = somerset();
    let rates = prepared.rates().clone();
    let (settings, areas) = (&rates.settings, 4);
    let share = Array4::from_elem((prepared.years + 1, Age::COUNT, settings.count(), areas), 1.0 / areas as f64);
    let area = |index: usize| PlanningArea { id: index.to_string(), name: index.to_string(), location: None };
    let geography = Geography {
        areas: (0..areas).map(area).collect(),
        share,
        travel: Array2::ones((areas, areas)),
        most_metres: None,
    };
    let find = |code| settings.find(code).expect("a setting of Somerset");
    let (special, units) = (find("state_special"), find("resourced_provision"));
    let provider = |index: usize| Provider {
        id: index.to_string(),
        name: index.to_string(),
        setting: if index < 20 { special } else { units },
        area: Some(index % areas),
        kind: Kind::School,
        designation: Designation { ages: AgeSpan::parse("3-19").expect("a span"), needs: Vec::new() },
        redesignated: Vec::new(),
        places: vec![(2000, if index < 20 { 57 } else { 10 })],
        occupancy_limit: 1.0,
        location: None,
        source: String::new(),
        confidence: Confidence::Low,
    };
    let rule = |setting, to, share, status| OverflowRule {
        setting,
        to: find(to),
        share: Probability::new(share).expect("a share"),
        status,
        returns: Return::EveryYear,
        source: String::new(),
        confidence: Confidence::Low,
    };
    let overflow = vec![
        rule(special, "independent_special", 0.55, Status::Overflow),
        rule(special, "resourced_provision", 0.20, Status::Overflow),
        rule(special, "mainstream", 0.20, Status::Waiting),
        rule(special, "eotas", 0.05, Status::Overflow),
        rule(units, "mainstream", 1.0, Status::Waiting),
    ];
    let places = Places { providers: (0..40).map(provider).collect(), overflow };
    let baseline = Scenario::baseline();
    let opening = places_in_force(&places, &baseline, &rates.needs, rates.base.0 - 1);
    prepared.places = Some(PlaceModel::new(&places, &geography, settings, opening));
    let effects = resolve_effects(&baseline, &rates.needs, rates.shape(), rates.base, prepared.years, Some(&places));
    (prepared, effects)
}

/// Pricing of futures that are simulated already: all of Somerset's lines, its block and its pool.
fn money(criterion: &mut Criterion) {
    let AreaFolder { world, .. } = area();
    let (prepared, effects) = with_support(true);
    let one = Workers::new(1).expect("one thread");
    let shard = run_shard(&one, &prepared, &effects, 1, 1..101, &|| ()).expect("balanced");
    let (prices, first) = (world.money.as_ref().expect("prices"), FinancialYear(world.base.0));
    let model = MoneyModel::new(prices, (&world.needs, &world.settings), &world.services, first, world.years);
    let costed = Costed { layout: Layout::of(&prepared), effects: &effects, places: None, spending: &[] };
    let mut group = criterion.benchmark_group("money");
    group.throughput(Throughput::Elements(100));
    group.bench_function("100 futures of ten years, one thread", |bencher| {
        bencher.iter(|| price_shard(&one, &model, costed, 1, &shard));
    });
    group.finish();
}

fn batches(criterion: &mut Criterion) {
    let prepared = somerset();
    let baseline = vec![YearEffects::default(); prepared.years];
    let mut group = criterion.benchmark_group("batch of 1,000 replicates");
    group.sample_size(10).throughput(Throughput::Elements(1000));
    for threads in [1, 2] {
        let workers = Workers::new(threads).expect("threads");
        group.bench_function(BenchmarkId::new("threads", threads), |bencher| {
            let mut memory = Vec::new();
            bencher.iter(|| {
                let rows = std::mem::take(&mut memory);
                let shard = run_shard_in(rows, &workers, &prepared, &baseline, 1, 1..1001, &|| ()).expect("balanced");
                memory = shard.recycle();
            });
        });
    }
    group.finish();
}

fn kernels(criterion: &mut Criterion) {
    let streams = Streams::new(3, 1);
    let uniforms: Vec<f64> = (0..1024).map(|unit| streams.uniform(Mechanism::Fate, 1, unit, 0)).collect();
    let mut group = criterion.benchmark_group("kernel");
    group.throughput(Throughput::Elements(1024));
    group.bench_function("philox block", |bencher| {
        bencher.iter(|| (0..1024).fold(0, |sum, i| sum ^ philox::block([i, 0], 1)[0]));
    });
    group.bench_function("words of futures side by side, blocks", |bencher| {
        let streams = StreamsTogether::new(3, 1);
        bencher.iter(|| run_side_by_side(Blocks(&streams)));
    });
    group.bench_function("binomials side by side, n 0 to 20, p 0.05", |bencher| {
        let uniforms: Vec<Lanes> = uniforms.chunks_exact(LANES).map(|row| Lanes::of_lanes(|lane| row[lane])).collect();
        bencher.iter(|| run_side_by_side(Binomials(&uniforms)));
    });
    group.bench_function("binomial, n 0 to 20, p 0.05", |bencher| {
        bencher.iter(|| {
            let draws = uniforms.iter().enumerate().map(|(i, u)| binomial_quantile(i as u32 % 21, 0.05, *u));
            draws.sum::<u32>()
        });
    });
    group.bench_function("poisson, mean 30", |bencher| {
        bencher.iter(|| uniforms.iter().map(|u| poisson_quantile(black_box(30.0), *u)).sum::<u32>());
    });
    group.bench_function("gamma, 40 events", |bencher| {
        bencher.iter_batched(
            || streams.sequence(Mechanism::Parameters, 9),
            |mut sequence| (0..1024).map(|_| draw_gamma_mean_one(&mut sequence, 40.0)).sum::<f64>(),
            BatchSize::SmallInput,
        );
    });
    group.finish();
}

/// A thousand blocks of words, one to a future.
struct Blocks<'a>(&'a StreamsTogether);

impl SideBySide for Blocks<'_> {
    type Output = u64;

    #[inline(always)]
    fn run(self) -> u64 {
        let mut all = 0;
        for unit in 0..1024 / LANES as u32 {
            let [first, ..] = self.0.words(Mechanism::Fate, 2030, unit, 0);
            all ^= black_box(first).0[0];
        }
        all
    }
}

/// A quantile of each uniform.
struct Binomials<'a>(&'a [Lanes]);

impl SideBySide for Binomials<'_> {
    type Output = Lanes;

    #[inline(always)]
    fn run(self) -> Lanes {
        let mut sum = Lanes::default();
        for (row, uniforms) in self.0.iter().enumerate() {
            let children = Lanes::of_lanes(|lane| ((row * LANES + lane) % 21) as f64);
            sum += binomial_quantiles(children, Odds::new(Lanes::splat(0.05 / 0.95)).worked_out(), *uniforms);
        }
        sum
    }
}

criterion_group!(benches, replicates, money, batches, kernels);
criterion_main!(benches);
