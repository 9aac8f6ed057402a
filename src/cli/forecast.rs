//! From a checked area folder to figures: fit, calibrate, simulate, summarise.

use std::collections::BTreeMap;
use std::time::Instant;

use super::log::Log;
use super::outlook_notes::{note_outlook, tabulate_outlook};
use super::progress::Progress;
use crate::domain::place::Places;
use crate::domain::run_record::{EffectiveSettings, RunRecord};
use crate::engine::batch::Workers;
use crate::engine::calibration::prepare;
use crate::fit::estimate::{Fitted, fit_rates};
use crate::input::area_folder::AreaFolder;
use crate::model::service_model::ServiceAssumptions;
use crate::report::checkpoint::Checkpoints;
use crate::report::draws::write_draws;
use crate::report::run_folder::RunFolder;
use crate::scenario::lever::Scenario;
use crate::scenario::place_effects::complete_places;
use crate::summary::appraisal::{Appraisals, appraise};
use crate::summary::figures::ScenarioFigures;
use crate::summary::simulation::{Batch, ScenarioDone, Simulated, Simulation};

/// What is to be forecast.
#[derive(Clone, Copy)]
pub struct Task<'a> {
    pub folder: &'a AreaFolder,
    /// The baseline first.
    pub scenarios: &'a [Scenario],
    pub settings: &'a EffectiveSettings,
    pub workers: &'a Workers,
    pub log: Log,
    /// Where every simulated future goes, if it is kept; and the record of the run.
    pub draws: Option<(&'a RunFolder, &'a RunRecord)>,
}

/// All that is told of a run.
pub struct Forecast {
    pub fitted: Fitted,
    /// Those of the area and of all scenarios.
    pub places: Places,
    pub notes: Vec<String>,
    pub figures: Vec<ScenarioFigures>,
    pub appraisals: Appraisals,
    /// Scenarios that a run which was stopped had done.
    pub resumed: usize,
}

/// Carries a task out. With checkpoints, it goes on from them and keeps its own.
pub fn forecast(task: Task, checkpoints: Option<&Checkpoints>, clock: &mut Clock) -> anyhow::Result<Forecast> {
    let Task { folder, scenarios, settings, workers, .. } = task;
    let world = &folder.world;
    let mut fitted = fit_rates(world)?;
    clock.lap("fit");
    let mut prepared = prepare(workers, &fitted.rates)?;
    let held = fitted.rates.stock_by_setting();
    let (places, place_notes) = complete_places(&world.places, scenarios, &world.settings, &held, world.base.0 - 1);
    prepared.limit_places(&places, &world.geography);
    prepared.add_services(&world.services, ServiceAssumptions::of(&world.assumptions));
    fitted.table.extend(tabulate_outlook(&prepared));
    clock.lap("calibrate");
    let batch = Batch { world, places: &places, prepared: &prepared, workers, settings };
    let (done, resumed) = simulate(task, batch, checkpoints, clock)?;
    let costs = scenarios.iter().zip(&done);
    let costs: Vec<_> = costs.filter_map(|(s, done)| Some((s.name.clone(), s.kind, done.costs.clone()?))).collect();
    let own_notes = folder.notes.iter().chain(&fitted.notes).chain(&place_notes).cloned();
    let notes = own_notes.chain(note_outlook(&prepared)).collect();
    let figures = done.into_iter().map(|done| done.figures).collect();
    Ok(Forecast { fitted, notes, figures, appraisals: appraise(&costs), resumed, places })
}

/// All scenarios, one after the other, each with its replicates in parallel; and how many were there already.
fn simulate(
    task: Task,
    batch: Batch,
    checkpoints: Option<&Checkpoints>,
    clock: &mut Clock,
) -> anyhow::Result<(Vec<ScenarioDone>, usize)> {
    // A checkpoint holds no draws: where these are kept, all scenarios are drawn again.
    let kept = checkpoints.filter(|_| task.draws.is_none());
    let known: Vec<Option<ScenarioDone>> =
        (0..task.scenarios.len()).map(|number| kept.and_then(|kept| kept.read(number))).collect();
    let resumed = known.iter().flatten().count();
    // The baseline's draws are needed for all that is still to be compared with it.
    let pending = known.iter().skip(1).filter(|known| known.is_none()).count();
    let batches = if resumed == known.len() { 0 } else { 1 + pending };
    let progress = Progress::start(u64::from(task.settings.replicates) * batches as u64, "futures", task.log);
    let keep = |number: usize, done: &ScenarioDone| checkpoints.map_or(Ok(()), |kept| kept.keep(number, done));
    let advance = || progress.advance();
    let mut simulation = Simulation::new(batch);
    let mut all = Vec::new();
    for (number, (scenario, known)) in task.scenarios.iter().zip(known).enumerate() {
        progress.name(&scenario.name);
        let is_baseline = number == 0;
        if let Some(known) = known {
            if is_baseline && batches > 0 {
                let baseline = simulation.simulate(scenario, &advance)?;
                simulation.compare_with(baseline);
                clock.lap("simulate");
            }
            all.push(known);
            continue;
        }
        let drawn = simulation.simulate(scenario, &advance)?;
        clock.lap("simulate");
        let done = if is_baseline {
            simulation.compare_with(drawn);
            let baseline = simulation.baseline().expect("the baseline was just drawn");
            keep_draws(task, &simulation, scenario, baseline, clock)?;
            simulation.summarise_baseline(scenario).expect("the baseline was just drawn")
        } else {
            keep_draws(task, &simulation, scenario, &drawn, clock)?;
            simulation.summarise(scenario, drawn)
        };
        keep(number, &done)?;
        clock.lap("summarise");
        all.push(done);
    }
    progress.finish();
    Ok((all, resumed))
}

fn keep_draws(
    task: Task,
    simulation: &Simulation,
    scenario: &Scenario,
    drawn: &Simulated,
    clock: &mut Clock,
) -> anyhow::Result<()> {
    if let Some((out, record)) = task.draws {
        write_draws(out, &task.folder.world, record, &scenario.name, simulation.draws(drawn))?;
        clock.lap("draws");
    }
    Ok(())
}

/// Seconds by step.
pub struct Clock {
    begun: Instant,
    last: Instant,
    pub laps: BTreeMap<String, f64>,
}

impl Clock {
    pub fn start() -> Clock {
        let now = Instant::now();
        Clock { begun: now, last: now, laps: BTreeMap::new() }
    }

    /// Counts the time since the last lap to a step.
    pub fn lap(&mut self, step: &str) {
        let now = Instant::now();
        *self.laps.entry(step.to_string()).or_default() += (now - self.last).as_secs_f64();
        self.last = now;
    }

    pub fn total(&self) -> f64 {
        self.begun.elapsed().as_secs_f64()
    }
}
