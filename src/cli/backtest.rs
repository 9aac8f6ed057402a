//! `needscast backtest`: how good forecasts from past Januaries would have been.

use std::io::Write;
use std::path::PathBuf;

use super::log::Log;
use super::progress::Progress;
use super::{BacktestArguments, InvalidInputs, UsageError};
use crate::domain::panel::Panel;
use crate::engine::backtest::{Origins, run_backtest};
use crate::engine::batch::Workers;
use crate::input::open_data::panel::build_panel;
use crate::input::open_data::{read_population, read_releases};
use crate::input::problem::Problems;
use crate::report::backtest_tables::{render_scores, write_backtest, write_scores};
use crate::report::run_folder::{Place, RunFolder};
use crate::report::run_record::{BacktestRecord, BacktestSettings, hash_panel};
use crate::summary::scores::score_forecasts;

/// Januaries before an origin: growth takes three years, and its errors one more.
const YEARS_BEFORE: u16 = 4;
/// Areas with fewer plans in a group are scored once with the others and once left out.
const LEAST_PLANS: f64 = 20.0;

pub fn backtest(arguments: &BacktestArguments, log: Log) -> anyhow::Result<()> {
    let panel = read_panel(&arguments.ehc, &arguments.population).map_err(InvalidInputs)?;
    let plan = Origins {
        origins: arguments.origins.clone(),
        horizon: usize::from(arguments.horizon),
        replicates: arguments.replicates,
        seed: arguments.seed,
    };
    let (earliest, latest) = (panel.first + YEARS_BEFORE, panel.last() - 1);
    if earliest > latest {
        let what = format!("hold plans of January {} to {} only", panel.first, panel.last());
        return Err(refused(&what, format!("a backtest takes {} Januaries", YEARS_BEFORE + 2)).into());
    }
    if *plan.origins.start() < earliest || *plan.origins.end() > latest {
        return Err(UsageError(format!("--origins: these releases allow {earliest}..{latest} at most")).into());
    }
    let record = BacktestRecord::new(BacktestSettings {
        origins: [*plan.origins.start(), *plan.origins.end()],
        horizon: plan.horizon,
        replicates: plan.replicates,
        seed: plan.seed,
        areas: panel.areas.len(),
        januaries: [panel.first, panel.last()],
        figures: hash_panel(&panel),
    });
    let place = RunFolder::claim(&arguments.out, &record.id)?;
    let workers = Workers::new(arguments.threads.map_or(0, usize::from))?;
    let jobs = plan.origins.clone().count() * panel.groups.len();
    let progress = Progress::start(jobs as u64, "fits", log);
    let forecasts = run_backtest(&workers, &panel, &plan, &|| progress.advance());
    progress.finish();
    if forecasts.is_empty() {
        let hint = "growth is learnt from three local authorities or more whose plans are known at every January";
        return Err(refused("give no forecast that could be scored", hint.to_string()).into());
    }
    let scores: Vec<_> =
        [0.0, LEAST_PLANS].into_iter().map(|least| (least, score_forecasts(&forecasts, least))).collect();
    if let Place::Free(out) = place {
        out.write_table("backtest.csv", |file| write_backtest(file, &panel, &forecasts))?;
        out.write_table("scores.csv", |file| write_scores(file, &panel, &scores))?;
        out.finish_with(&record)?;
    }
    if !arguments.quiet {
        let mut out = std::io::stdout().lock();
        write!(out, "{}{}", heading(&plan, &panel), render_scores(&panel, &scores[0].1))?;
        writeln!(out, "\n{} forecasts; each, and scores by origin, in {}", forecasts.len(), arguments.out.display())?;
    }
    Ok(())
}

fn read_panel(releases: &[PathBuf], population: &[PathBuf]) -> Result<Panel, Problems> {
    let mut problems = Problems::default();
    let releases = read_releases(releases, &mut problems);
    let population = read_population(population, &mut problems);
    if let (Some(releases), Some(population), true) = (releases, population, problems.is_empty()) {
        match build_panel(&releases, &population) {
            Some(panel) => return Ok(panel),
            None => problems.in_file("the releases", "have no plans of any local authority", None),
        }
    }
    Err(problems)
}

fn refused(what: &str, hint: String) -> InvalidInputs {
    let mut problems = Problems::default();
    problems.in_file("the releases", what, Some(hint));
    InvalidInputs(problems)
}

fn heading(plan: &Origins, panel: &Panel) -> String {
    let whole = panel.whole_until(panel.last()).iter().filter(|whole| **whole).count();
    format!(
        "EHC plans forecast from each January {} to {} with what was known by then, {whole} local authorities with\n\
         whole series; mean over origins of the mean over areas. Off by: absolute error; 50, 80, 90 %: outturns\n\
         inside the interval of that name; sum: all areas together.\n\n",
        plan.origins.start(),
        plan.origins.end()
    )
}
