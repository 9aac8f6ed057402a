//! `needscast run`: check, fit, simulate, summarise, report.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::progress::Progress;
use super::{InvalidInputs, RunArguments, UsageError};
use crate::domain::assumption::AssumptionKey;
use crate::domain::money::{FinancialYear, Pence};
use crate::domain::place::Places;
use crate::domain::world::World;
use crate::engine::batch::{Shard, Workers, run_principal, run_shard_in};
use crate::engine::calibration::prepare;
use crate::engine::layout::Layout;
use crate::engine::money::{Costed, PaidPlaces, price_principal, price_shard};
use crate::fit::estimate::{Fitted, fit_rates};
use crate::fit::rate_table::RateRow;
use crate::input::area_folder::{AreaFolder, Overrides, read_area_folder};
use crate::input::return_table::RETURNS;
use crate::model::money::MoneyModel;
use crate::model::parameters::{JoinerSpread, Prepared};
use crate::model::service_model::ServiceAssumptions;
use crate::report::appraisal_tables::{render_appraisal, write_appraisal};
use crate::report::assumption_table::write_assumptions;
use crate::report::console::render_summary;
use crate::report::csv_tables::{write_differences, write_forecast, write_rates, write_returns};
use crate::report::money_tables::{write_money, write_money_differences};
use crate::report::place_tables::{write_overflow, write_providers};
use crate::report::pool_tables::write_pool;
use crate::report::run_folder::{Place, ReportError, RunFolder};
use crate::report::run_record::{EffectiveSettings, RunRecord, hash_inputs, run_id};
use crate::scenario::effects::{add_services, resolve_effects};
use crate::scenario::lever::{BASELINE, Scenario};
use crate::scenario::place_effects::complete_places;
use crate::summary::appraisal::{Appraisals, PresentCosts, Quantities, appraise};
use crate::summary::figures::{Outcome, ScenarioFigures, summarise_scenario};
use crate::summary::money_series::{Priced, summarise_money};
use crate::summary::series::Series;
use crate::summary::sufficiency::{summarise_providers, summarise_sufficiency};
use crate::summary::timeliness::Timeliness;

pub fn run(arguments: &RunArguments) -> anyhow::Result<()> {
    let mut clock = Clock::start();
    let overrides = Overrides { base_year: arguments.base_year, years: arguments.years.map(usize::from) };
    let folder = read_area_folder(&arguments.area, overrides).map_err(InvalidInputs)?;
    let scenarios = choose_scenarios(&folder.scenarios, &arguments.scenario)?;
    clock.lap("read");
    let mut record = start_record(&folder, &scenarios, arguments);
    let target = arguments.out.clone().unwrap_or_else(|| default_target(&record));
    let place = RunFolder::claim(&target, &record.id)?;
    let mut fitted = fit_rates(&folder.world)?;
    clock.lap("fit");
    let workers = Workers::new(arguments.threads.map_or(0, usize::from))?;
    let mut prepared = prepare(&workers, &fitted.rates)?;
    let (world, held) = (&folder.world, fitted.rates.stock_by_setting());
    let (places, place_notes) = complete_places(&world.places, &scenarios, &world.settings, &held, world.base.0 - 1);
    prepared.limit_places(&places, &world.geography);
    prepared.add_services(&world.services, ServiceAssumptions::of(&world.assumptions));
    fitted.table.extend(tabulate_outlook(&prepared));
    clock.lap("calibrate");
    let run = Batch { world, places: &places, prepared: &prepared, workers: &workers, settings: &record.settings };
    let (figures, appraisals) = simulate(run, &scenarios, arguments, &mut clock)?;
    record.notes =
        folder.notes.iter().chain(&fitted.notes).chain(&place_notes).cloned().chain(note_outlook(&prepared)).collect();
    if !arguments.quiet {
        record.notes.iter().for_each(|note| eprintln!("note: {note}"));
    }
    let written = matches!(place, Place::Free(_));
    if let Place::Free(out) = place {
        write_tables(&workers, &out, &folder, &places, &fitted, (&figures, &appraisals))?;
        clock.lap("write");
        record.timings = clock.laps.clone();
        out.finish(&record)?;
    }
    // Last, so that a reader who closes the pipe loses no results.
    if !arguments.quiet {
        let mut stdout = std::io::stdout().lock();
        write!(stdout, "{}", render_summary(&folder.world, &figures))?;
        write!(stdout, "{}", render_appraisal(&folder.world, &appraisals))?;
        drop(stdout);
        say_where(&target, written, arguments.replicates.unwrap_or(folder.replicates), &clock)?;
    }
    Ok(())
}

/// The baseline, and those asked for or all of the folder.
fn choose_scenarios(known: &[Scenario], asked: &[String]) -> anyhow::Result<Vec<Scenario>> {
    let mut chosen = vec![Scenario::baseline()];
    if asked.is_empty() {
        chosen.extend(known.iter().cloned());
    }
    for name in asked.iter().filter(|name| *name != BASELINE) {
        if chosen.iter().any(|s| s.name == *name) {
            continue;
        }
        let Some(scenario) = known.iter().find(|s| s.name == *name) else {
            let names: Vec<&str> = std::iter::once(BASELINE).chain(known.iter().map(|s| s.name.as_str())).collect();
            return Err(
                UsageError(format!("no scenario '{name}' in the area folder (known: {})", names.join(", "))).into()
            );
        };
        chosen.push(scenario.clone());
    }
    Ok(chosen)
}

fn start_record(folder: &AreaFolder, scenarios: &[Scenario], arguments: &RunArguments) -> RunRecord {
    let settings = EffectiveSettings {
        base_year: folder.world.base.0,
        years: folder.world.years,
        replicates: arguments.replicates.unwrap_or(folder.replicates),
        seed: arguments.seed.unwrap_or(folder.seed),
        scenarios: scenarios.iter().map(|s| s.name.clone()).collect(),
    };
    let hashes: Vec<(String, String)> = folder
        .files
        .iter()
        .flat_map(|file| hash_inputs(std::iter::once((file.shown.clone(), file.bytes.as_slice()))))
        .collect();
    let contents: Vec<&str> = hashes.iter().map(|(_, hash)| hash.as_str()).collect();
    let version = env!("CARGO_PKG_VERSION");
    RunRecord {
        needscast: version.to_string(),
        id: run_id(version, &settings, &contents),
        area: folder.world.area.id.clone(),
        area_name: folder.world.area.name.clone(),
        settings,
        inputs: hashes.iter().cloned().collect(),
        notes: Vec::new(),
        timings: BTreeMap::new(),
    }
}

fn default_target(record: &RunRecord) -> PathBuf {
    Path::new("runs").join(&record.area).join(&record.id)
}

/// What growth learnt from many areas says, and what it makes of new plans, for `rates.csv`.
fn tabulate_outlook(prepared: &Prepared) -> Vec<RateRow> {
    let Some(outlook) = &prepared.rates().outlook else { return Vec::new() };
    let settings = &prepared.rates().settings;
    let source = |what: String| format!("growth learnt from panel.csv: {what}");
    let mut rows = Vec::new();
    for (year, (plans, multiplier)) in outlook.all.plans.iter().zip(&prepared.new_plan_path).enumerate() {
        let calendar = prepared.first_year + year as u16;
        let (january, in_year) = (format!("January {}", calendar + 1), format!("calendar year {calendar}"));
        rows.push(RateRow::of_area("outlook_plans", *plans, source(january.clone())));
        rows.push(RateRow::of_area("new_plans_multiplier", *multiplier, source(in_year.clone())));
        for (setting, path) in settings.iter().zip(&outlook.settings) {
            let plans = path.iter().map(|path| path.plans[year]);
            rows.extend(plans.map(|n| RateRow::of_setting("outlook_plans", &setting.code, n, source(january.clone()))));
        }
        let away = prepared.steering[year].iter().flat_map(|steering| settings.iter().zip(steering.away()));
        rows.extend(away.map(|(setting, away)| {
            RateRow::of_setting("steered_elsewhere_share", &setting.code, *away, source(in_year.clone()))
        }));
    }
    let errors = || "past errors of growth learnt from panel.csv".to_string();
    let JoinerSpread { level, growth } = prepared.joiner_spread;
    rows.push(RateRow::of_area("new_plans_level_uncertainty_multiplier", level, errors()));
    rows.push(RateRow::of_area("new_plans_growth_uncertainty_multiplier", growth, errors()));
    for (setting, multiplier) in settings.iter().zip(prepared.setting_spread()) {
        rows.push(RateRow::of_setting("setting_shock_multiplier", &setting.code, *multiplier, errors()));
    }
    rows
}

/// How far growth learnt from many areas moves new plans from the area's own trend.
fn note_outlook(prepared: &Prepared) -> Option<String> {
    let years = prepared.rates().outlook.as_ref()?.all.plans.len();
    let path: Vec<String> = prepared.new_plan_path.iter().take(years).map(|r| format!("{r:.2}")).collect();
    let JoinerSpread { level, growth } = prepared.joiner_spread;
    let steered = prepared.steering.iter().any(Option::is_some);
    let settings = if steered {
        "; placements are steered towards what the same growth expects of settings (steered_elsewhere_share in rates.csv)"
    } else {
        ""
    };
    Some(format!(
        "all plans are brought half-way between the area's own projection and growth learnt from many areas: its own new plans are multiplied by {} in the years from {} (the last from then on; never beyond a third or three times), the uncertainty of their level by {level:.2} and of their growth by {growth:.2}, the size of past errors{settings}",
        path.join(", "),
        prepared.first_year,
    ))
}

/// What all scenarios of a run share.
#[derive(Clone, Copy)]
struct Batch<'a> {
    world: &'a World,
    places: &'a Places,
    prepared: &'a Prepared,
    workers: &'a Workers,
    settings: &'a EffectiveSettings,
}

/// All scenarios, one after the other, each with its replicates in parallel; only the baseline's
/// draws are kept beside those of the scenario at hand.
fn simulate(
    batch: Batch,
    scenarios: &[Scenario],
    arguments: &RunArguments,
    clock: &mut Clock,
) -> anyhow::Result<(Vec<ScenarioFigures>, Appraisals)> {
    let Batch { world, places, prepared, workers, settings } = batch;
    let progress = Progress::start(u64::from(settings.replicates) * scenarios.len() as u64, "futures", arguments.quiet);
    let model = prepared.places.as_ref();
    let services = prepared.services.as_ref();
    let mut timeliness = None;
    let start = Series { layout: Layout::of(prepared), base: world.base.0, places: model, services, timeliness: None };
    let mut baseline: Option<(Shard, Vec<f64>)> = None;
    let (needs, first) = (&world.needs, FinancialYear(world.base.0));
    let money = world
        .money
        .as_ref()
        .map(|money| MoneyModel::new(money, (needs, &world.settings), &world.services, first, world.years));
    let mut costs: Option<(Vec<Vec<Pence>>, Vec<Pence>)> = None;
    let mut present = Vec::new();
    let mut figures = Vec::new();
    let mut memory = Vec::new();
    for scenario in scenarios {
        progress.name(&scenario.name);
        let limits = model.map(|_| places);
        let mut effects = resolve_effects(scenario, &world.needs, world.shape(), world.base, world.years, limits);
        add_services(&mut effects, &world.services, scenario, world.base);
        let replicates = 1..settings.replicates + 1;
        let advance = || progress.advance();
        let draws = run_shard_in(memory, workers, prepared, &effects, settings.seed, replicates, &advance)?;
        let principal = run_principal(prepared, &effects)?;
        clock.lap("simulate");
        // The baseline comes first: all scenarios are measured from its first year.
        let outcome = Outcome { draws: &draws, principal: &principal };
        timeliness = timeliness.or_else(|| Timeliness::of_baseline(&world.assumptions, start, outcome));
        let series = Series { timeliness: timeliness.as_ref(), ..start };
        let reference = baseline.as_ref().map(|(draws, principal)| Outcome { draws, principal });
        let mut own = summarise_scenario(workers, &scenario.name, series, outcome, reference);
        own.sufficiency = summarise_sufficiency(series, outcome, &effects, places);
        own.providers = summarise_providers(series, outcome, &effects);
        if let Some(money) = &money {
            let paid = model.map(|model| PaidPlaces { places, model });
            let costed =
                Costed { layout: series.layout, effects: &effects, places: paid, spending: &scenario.spending };
            let draws = price_shard(workers, money, costed, settings.seed, outcome.draws);
            let principal = price_principal(money, costed, outcome.principal);
            let priced = Priced { draws: &draws, principal: &principal };
            let rate = world.assumptions.value(AssumptionKey::DiscountRate);
            let provided = Quantities::of(series.layout, outcome.draws, &effects, places);
            present.push((scenario.name.clone(), scenario.kind, PresentCosts::of(money, rate, priced, provided)));
            let reference = costs.as_ref().map(|(draws, principal)| Priced { draws, principal });
            (own.money, own.money_differences) = summarise_money(workers, money, priced, reference);
            costs.get_or_insert((draws, principal));
        }
        figures.push(own);
        clock.lap("summarise");
        memory = match baseline {
            Some(_) => draws.recycle(),
            None => {
                baseline = Some((draws, principal));
                Vec::new()
            }
        };
    }
    progress.finish();
    Ok((figures, appraise(&present)))
}

/// The tables of a run folder, each on a thread of its own: the two large ones are as long.
fn write_tables(
    workers: &Workers,
    out: &RunFolder,
    folder: &AreaFolder,
    places: &Places,
    fitted: &Fitted,
    (figures, appraisals): (&[ScenarioFigures], &Appraisals),
) -> Result<(), ReportError> {
    let world = &folder.world;
    let mut tables = vec![RunTable::Forecast, RunTable::Differences, RunTable::Rates, RunTable::Assumptions];
    if world.money.is_some() {
        tables.extend([RunTable::Money, RunTable::MoneyDifferences, RunTable::Appraisal]);
    }
    if world.money.as_ref().is_some_and(|money| money.pool.is_some()) {
        tables.push(RunTable::Pool);
    }
    if !places.providers.is_empty() {
        tables.extend([RunTable::Providers, RunTable::Overflow]);
    }
    let written = workers.map_in_order(tables, |table| match table {
        RunTable::Forecast => out.write_table("forecast.csv", |file| write_forecast(file, world, figures)),
        RunTable::Differences => out.write_table("differences.csv", |file| write_differences(file, world, figures)),
        RunTable::Rates => out.write_table("rates.csv", |file| write_rates(file, &fitted.table)),
        RunTable::Assumptions => out.write_table("assumptions.csv", |file| write_assumptions(file, world)),
        RunTable::Money => out.write_table("money.csv", |file| write_money(file, world, figures)),
        RunTable::MoneyDifferences => {
            out.write_table("money_differences.csv", |file| write_money_differences(file, world, figures))
        }
        RunTable::Appraisal => out.write_table("appraisal.csv", |file| write_appraisal(file, world, appraisals)),
        RunTable::Pool => out.write_table("pool.csv", |file| write_pool(file, world, figures)),
        RunTable::Providers => out.write_table("providers.csv", |file| write_providers(file, world, places, figures)),
        RunTable::Overflow => out.write_table("overflow.csv", |file| write_overflow(file, world, places)),
    });
    written.into_iter().collect::<Result<(), ReportError>>()?;
    // The mapping goes with the figures, so that returns can be made from the run folder alone.
    folder.returns.iter().try_for_each(|returns| out.write_table(RETURNS, |file| write_returns(file, returns)))
}

enum RunTable {
    Forecast,
    Differences,
    Rates,
    Assumptions,
    Money,
    MoneyDifferences,
    Appraisal,
    Pool,
    Providers,
    Overflow,
}

fn say_where(target: &Path, written: bool, replicates: u32, clock: &Clock) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    let seconds = clock.total();
    let state = if written { "in" } else { "already in (same inputs, same settings, left as they are)" };
    writeln!(out, "\n{replicates} futures of each scenario in {seconds:.1} s; results {state} {}", target.display())?;
    Ok(())
}

/// Seconds by step.
struct Clock {
    begun: Instant,
    last: Instant,
    laps: BTreeMap<String, f64>,
}

impl Clock {
    fn start() -> Clock {
        let now = Instant::now();
        Clock { begun: now, last: now, laps: BTreeMap::new() }
    }

    /// Counts the time since the last lap to a step.
    fn lap(&mut self, step: &str) {
        let now = Instant::now();
        *self.laps.entry(step.to_string()).or_default() += (now - self.last).as_secs_f64();
        self.last = now;
    }

    fn total(&self) -> f64 {
        self.begun.elapsed().as_secs_f64()
    }
}
