//! Scenarios from draws to figures, one after the other: only the baseline's draws are kept beside those of the scenario
//! at hand.

use serde::{Deserialize, Serialize};

use super::appraisal::{PresentCosts, Quantities};
use super::background::{Background, Causes};
use super::figures::{DrawnSeries, Outcome, ScenarioFigures, draws_of_block, summarise_scenario};
use super::money_series::{Priced, summarise_money};
use super::series::Series;
use super::sufficiency::{summarise_providers, summarise_sufficiency};
use super::timeliness::Timeliness;
use crate::domain::assumption::AssumptionKey;
use crate::domain::money::{FinancialYear, Pence};
use crate::domain::place::Places;
use crate::domain::run_record::EffectiveSettings;
use crate::domain::world::World;
use crate::engine::batch::{EngineError, Shard, Workers, run_principal_with_moves, run_shard_in};
use crate::engine::layout::Layout;
use crate::engine::money::{Costed, PaidPlaces, price_principal, price_shard};
use crate::model::money::MoneyModel;
use crate::model::parameters::Prepared;
use crate::scenario::effects::{YearEffects, add_services, resolve_effects};
use crate::scenario::lever::Scenario;

/// What all scenarios of a run share.
#[derive(Clone, Copy)]
pub struct Batch<'a> {
    pub world: &'a World,
    /// Those of the area and of all scenarios.
    pub places: &'a Places,
    pub prepared: &'a Prepared,
    pub workers: &'a Workers,
    pub settings: &'a EffectiveSettings,
}

/// All that is told of a scenario, without its draws.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScenarioDone {
    pub figures: ScenarioFigures,
    /// Where there are prices.
    pub costs: Option<PresentCosts>,
}

/// A scenario's futures, and its principal projection.
pub struct Simulated {
    effects: Vec<YearEffects>,
    draws: Shard,
    principal: Vec<f64>,
    /// Expected movers by year, from each setting to each.
    moves: Vec<Vec<f64>>,
    /// Expected plans had only one cause moved.
    causes: Vec<Causes>,
    /// Where there are prices.
    costs: Option<Costs>,
}

struct Costs {
    draws: Vec<Vec<Pence>>,
    principal: Vec<Pence>,
}

impl Simulated {
    fn outcome(&self) -> Outcome<'_> {
        Outcome { draws: &self.draws, principal: &self.principal }
    }

    fn priced(&self) -> Option<Priced<'_>> {
        self.costs.as_ref().map(|costs| Priced { draws: &costs.draws, principal: &costs.principal })
    }
}

/// A run of scenarios; the first is the baseline.
pub struct Simulation<'a> {
    batch: Batch<'a>,
    money: Option<MoneyModel>,
    series: Series<'a>,
    /// Rates with both causes of change, one, or neither.
    both: Prepared,
    prevalence_only: Prepared,
    population_only: Prepared,
    neither: Prepared,
    /// All scenarios are measured from the baseline's first year.
    timeliness: Option<Timeliness>,
    baseline: Option<Simulated>,
    /// Of the last scenario's draws, for the next.
    memory: Vec<u32>,
}

impl<'a> Simulation<'a> {
    pub fn new(batch: Batch<'a>) -> Simulation<'a> {
        let Batch { world, prepared, .. } = batch;
        let (needs, first) = (&world.needs, FinancialYear(world.base.0));
        let money = world.money.as_ref();
        let money = money.map(|m| MoneyModel::new(m, (needs, &world.settings), &world.services, first, world.years));
        let series = Series {
            layout: Layout::of(prepared),
            base: world.base.0,
            places: prepared.places.as_ref(),
            services: prepared.services.as_ref(),
            timeliness: None,
        };
        let both = prepared.without_limits();
        let prevalence_only = both.with_population_held();
        let population_only = both.with_prevalence_held();
        let neither = prevalence_only.with_prevalence_held();
        Simulation {
            batch,
            money,
            series,
            both,
            prevalence_only,
            population_only,
            neither,
            timeliness: None,
            baseline: None,
            memory: Vec::new(),
        }
    }

    /// Draws all futures of a scenario. `advance` is told of each that is done.
    pub fn simulate(&mut self, scenario: &Scenario, advance: &(dyn Fn() + Sync)) -> Result<Simulated, EngineError> {
        let Batch { world, places, prepared, workers, settings } = self.batch;
        let limits = self.series.places.map(|_| places);
        let mut effects = resolve_effects(scenario, &world.needs, world.shape(), world.base, world.years, limits);
        add_services(&mut effects, &world.services, scenario, world.base);
        let replicates = 1..settings.replicates + 1;
        let memory = std::mem::take(&mut self.memory);
        let draws = run_shard_in(memory, workers, prepared, &effects, settings.seed, replicates, advance)?;
        let (principal, moves) = run_principal_with_moves(prepared, &effects)?;
        let causes = Causes::of_run(
            self.series.layout,
            [&self.both, &self.prevalence_only, &self.population_only, &self.neither],
            &effects,
        )?;
        let costs = self.money.as_ref().map(|money| {
            let paid = self.series.places.map(|model| PaidPlaces { places, model });
            let costed =
                Costed { layout: self.series.layout, effects: &effects, places: paid, spending: &scenario.spending };
            let draws = price_shard(workers, money, costed, settings.seed, &draws);
            Costs { draws, principal: price_principal(money, costed, &principal) }
        });
        Ok(Simulated { effects, draws, principal, moves, causes, costs })
    }

    /// Takes the first scenario as what all others are compared with.
    pub fn compare_with(&mut self, baseline: Simulated) {
        self.timeliness = Timeliness::of_baseline(&self.batch.world.assumptions, self.series, baseline.outcome());
        self.baseline = Some(baseline);
    }

    /// Figures of the scenario that all others are compared with.
    pub fn summarise_baseline(&self, scenario: &Scenario) -> Option<ScenarioDone> {
        self.baseline.as_ref().map(|own| self.summarise_against(scenario, own, None))
    }

    /// Figures of a scenario and its differences from the baseline; what it drew is given up.
    pub fn summarise(&mut self, scenario: &Scenario, own: Simulated) -> ScenarioDone {
        let done = self.summarise_against(scenario, &own, self.baseline.as_ref());
        self.memory = own.draws.recycle();
        done
    }

    /// Every future of each figure of a scenario, block by block.
    pub fn draws<'s>(&'s self, own: &'s Simulated) -> impl Iterator<Item = Vec<DrawnSeries>> + 's {
        let series = Series { timeliness: self.timeliness.as_ref(), ..self.series };
        series.blocks().into_iter().map(move |block| draws_of_block(series, block, own.outcome()))
    }

    /// What all others are compared with, once it is drawn.
    pub fn baseline(&self) -> Option<&Simulated> {
        self.baseline.as_ref()
    }

    fn summarise_against(&self, scenario: &Scenario, own: &Simulated, reference: Option<&Simulated>) -> ScenarioDone {
        let Batch { world, places, workers, .. } = self.batch;
        let series = Series { timeliness: self.timeliness.as_ref(), ..self.series };
        let outcome = own.outcome();
        let compared = reference.map(Simulated::outcome);
        let mut figures = summarise_scenario(workers, &scenario.name, series, outcome, compared);
        figures.sufficiency = summarise_sufficiency(series, outcome, &own.effects, places);
        figures.providers = summarise_providers(series, outcome, &own.effects);
        let money = self.money.as_ref().zip(own.priced());
        figures.background = Background::of(series, &own.draws, own.causes.clone(), own.moves.clone(), money);
        let costs = money.map(|(money, priced)| {
            let compared = reference.and_then(Simulated::priced);
            (figures.money, figures.money_differences) = summarise_money(workers, money, priced, compared);
            let rate = world.assumptions.value(AssumptionKey::DiscountRate);
            let provided = Quantities::of(series.layout, outcome.draws, &own.effects, places);
            PresentCosts::of(money, rate, priced, provided)
        });
        ScenarioDone { figures, costs }
    }
}
