//! How long a replicate takes, and a batch, and the sampling kernels.
//!
//! `cargo bench` prints times per call; figures quoted in the README come from here. The rates are
//! those of `data/somerset`: about 5,700 plans, 26 ages × 13 needs × 13 settings, ten years.

use std::hint::black_box;
use std::path::Path;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use needscast::engine::batch::{Workers, run_principal, run_shard, run_shard_in};
use needscast::engine::calibration::prepare;
use needscast::fit::estimate::fit_rates;
use needscast::input::area_folder::{Overrides, read_area_folder};
use needscast::model::parameters::{Parameters, Prepared, draw_parameters};
use needscast::numerics::binomial::binomial_quantile;
use needscast::numerics::gamma::draw_gamma_mean_one;
use needscast::numerics::philox;
use needscast::numerics::poisson::poisson_quantile;
use needscast::numerics::stream::{Mechanism, Streams};
use needscast::scenario::effects::YearEffects;

fn somerset() -> Prepared {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/somerset");
    let folder = read_area_folder(&folder, Overrides::default()).unwrap_or_else(|problems| panic!("{problems}"));
    let rates = fit_rates(&folder.world).expect("data/somerset can be fitted").rates;
    prepare(&Workers::new(2).expect("threads"), &rates).expect("balanced")
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
    group.throughput(Throughput::Elements(1));
    group.bench_function("principal", |bencher| {
        bencher.iter(|| run_principal(&prepared, &baseline).expect("balanced"));
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

criterion_group!(benches, replicates, batches, kernels);
criterion_main!(benches);
