//! Every fitted rate as a row with its evidence, for `rates.csv`.

use ndarray::Axis;

use super::estimate::PlaceFit;
use crate::domain::assumption::AssumptionKey;
use crate::domain::observation::Measure;
use crate::domain::rates::Rates;
use crate::domain::world::World;
use crate::units::Age;

/// Smallest share or probability worth a row.
const LEAST: f64 = 1e-6;

/// One fitted rate. A key that does not apply is `all`; a number that does not exist is `None`.
#[derive(Clone, Debug, PartialEq)]
pub struct RateRow {
    pub rate: &'static str,
    pub age: String,
    pub need: String,
    pub setting: String,
    pub to_setting: String,
    pub value: f64,
    /// Events and exposure behind it, pooled over years: published counts brought to opening ages
    /// and joint tables, so they need not be whole numbers; ceased plans at their reconciled level.
    pub numerator: Option<f64>,
    pub denominator: Option<f64>,
    /// The same rate of the reference.
    pub reference: Option<f64>,
    pub source: String,
}

impl RateRow {
    /// A number for the area as a whole, with no events of its own behind it.
    pub fn of_area(rate: &'static str, value: f64, source: String) -> RateRow {
        let all = || "all".to_string();
        RateRow {
            rate,
            age: all(),
            need: all(),
            setting: all(),
            to_setting: all(),
            value,
            numerator: None,
            denominator: None,
            reference: None,
            source,
        }
    }

    /// Likewise for one of its settings.
    pub fn of_setting(rate: &'static str, setting: &str, value: f64, source: String) -> RateRow {
        RateRow { setting: setting.to_string(), ..RateRow::of_area(rate, value, source) }
    }
}

pub(super) fn tabulate_rates(
    world: &World,
    place: &PlaceFit,
    parent: Option<&PlaceFit>,
    rates: &Rates,
) -> Vec<RateRow> {
    let mut table = TableWriter { world, rows: Vec::new() };
    table.add_joiners(place, parent);
    table.add_requests(place, parent);
    table.add_leavers(place, parent);
    table.add_moves(place, parent, rates);
    table.rows
}

struct TableWriter<'a> {
    world: &'a World,
    rows: Vec<RateRow>,
}

impl TableWriter<'_> {
    fn sources(&self, measure: Measure, years: &[u16]) -> String {
        self.world.evidence.observations.sources(measure, years)
    }

    fn push(&mut self, rate: &'static str, value: f64, evidence: [Option<f64>; 3], source: &str) -> &mut RateRow {
        let [numerator, denominator, reference] = evidence;
        let row = RateRow::of_area(rate, value, source.to_string());
        self.rows.push(RateRow { numerator, denominator, reference, ..row });
        self.rows.last_mut().expect("just pushed")
    }

    fn setting(&self, index: usize) -> String {
        self.world.settings.iter().nth(index).expect("in the list").code.clone()
    }

    fn need(&self, index: usize) -> String {
        self.world.needs.iter().nth(index).expect("in the list").to_string()
    }

    fn add_joiners(&mut self, place: &PlaceFit, parent: Option<&PlaceFit>) {
        let fit = &place.joiners;
        let window = self.world.assumptions.value(AssumptionKey::TrendWindow) as u16;
        let trend_years: Vec<u16> = (self.world.base.0.saturating_sub(window)..self.world.base.0).collect();
        let source = self.sources(Measure::NewPlans, &trend_years);
        let reference = parent.map(|p| p.joiners.trend);
        self.push("joiner_growth", fit.trend.growth, [None, None, reference.map(|t| t.growth)], &source);
        self.push("joiner_growth_own", fit.trend.own_growth, [None, None, reference.map(|t| t.own_growth)], &source);
        self.push(
            "joiner_growth_error",
            fit.trend.growth_error,
            [None, None, reference.map(|t| t.growth_error)],
            &source,
        );
        self.push("joiner_level", fit.trend.level, [None, None, None], &source);
        self.push("joiner_level_error", fit.trend.level_error, [None, None, None], &source);
        let profile_sources = [Measure::NewPlans, Measure::AssessmentsIssued, Measure::NewPlansAtStartAge]
            .map(|m| self.sources(m, &fit.years))
            .into_iter()
            .filter(|s| !s.is_empty())
            .collect::<Vec<_>>()
            .join(" + ");
        for age in 0..Age::COUNT {
            let evidence = [Some(fit.joined[age]), Some(fit.residents[age]), parent.map(|p| p.joiners.rate[age])];
            self.push("joiner_rate", fit.rate[age], evidence, &profile_sources).age = age.to_string();
        }
        for ((age, need, setting), share) in fit.mix.indexed_iter().filter(|(_, share)| **share > LEAST) {
            let (need_code, setting_code) = (self.need(need), self.setting(setting));
            let reference = parent.map(|p| p.joiners.mix[[age, need, setting]]);
            let row = self.push("joiner_mix", *share, [None, None, reference], &profile_sources);
            (row.age, row.need, row.setting) = (age.to_string(), need_code, setting_code);
        }
    }

    fn add_requests(&mut self, place: &PlaceFit, parent: Option<&PlaceFit>) {
        let years: Vec<u16> = (self.world.base.0.saturating_sub(3)..self.world.base.0).collect();
        let requests = self.sources(Measure::Requests, &years);
        let assessments = self.sources(Measure::AssessmentsNotIssued, &years);
        let transfers = self.sources(Measure::CeasedTransfer, &years);
        let fit = &place.joiners;
        for age in 0..Age::COUNT {
            let of = |select: fn(&PlaceFit) -> &ndarray::Array1<f64>| parent.map(|p| select(p)[age]);
            let reference = of(|p| &p.joiners.assessed_only);
            self.push(
                "assessed_without_plan_per_new_plan",
                fit.assessed_only[age],
                [None, None, reference],
                &assessments,
            )
            .age = age.to_string();
            let reference = of(|p| &p.joiners.not_assessed);
            self.push(
                "requests_not_assessed_per_new_plan",
                fit.not_assessed[age],
                [None, None, reference],
                &requests,
            )
            .age = age.to_string();
            let reference = of(|p| &p.joiners.moved_in);
            self.push("moved_in_rate", fit.moved_in[age], [None, None, reference], &transfers).age = age.to_string();
        }
        for ((age, setting), share) in fit.moved_in_settings.indexed_iter().filter(|(_, share)| **share > LEAST) {
            let code = self.setting(setting);
            let reference = parent.map(|p| p.joiners.moved_in_settings[[age, setting]]);
            let row = self.push("moved_in_mix", *share, [None, None, reference], &transfers);
            (row.age, row.setting) = (age.to_string(), code);
        }
    }

    fn add_leavers(&mut self, place: &PlaceFit, parent: Option<&PlaceFit>) {
        let fit = &place.leavers;
        let source = self.sources(Measure::Ceased, &fit.years);
        for ((age, setting), hazard) in fit.hazard.indexed_iter() {
            let code = self.setting(setting);
            let evidence = [
                Some(fit.ceased[[age, setting]]),
                Some(fit.exposure[[age, setting]]),
                parent.map(|p| p.leavers.hazard[[age, setting]]),
            ];
            let row = self.push("leaver_hazard", *hazard, evidence, &source);
            (row.age, row.setting) = (age.to_string(), code);
        }
    }

    fn add_moves(&mut self, place: &PlaceFit, parent: Option<&PlaceFit>, rates: &Rates) {
        let fit = &place.moves;
        let base = self.world.base.0;
        let published = self.sources(Measure::Plans, &[base - 1, base]);
        let source =
            if fit.published { published } else { format!("{published} (January {} rebuilt from totals)", base - 1) };
        for ((age, from, to), probability) in fit.probability.indexed_iter() {
            if from == to || *probability <= LEAST {
                continue;
            }
            let (from_code, to_code) = (self.setting(from), self.setting(to));
            let held = fit.flows.index_axis(Axis(0), age).row(from).sum();
            let evidence =
                [Some(fit.flows[[age, from, to]]), Some(held), parent.map(|p| p.moves.probability[[age, from, to]])];
            let row = self.push("move_probability", *probability, evidence, &source);
            (row.age, row.setting, row.to_setting) = (age.to_string(), from_code, to_code);
        }
        for ((age, need, from, to), probability) in rates.moves.probability.indexed_iter() {
            // Moves of one need: only where plans are held, or the table would be 40,000 rows.
            if from != to && *probability > 1e-3 && rates.stock[[age, need, from]] > 0 {
                let (need_code, from_code, to_code) = (self.need(need), self.setting(from), self.setting(to));
                let row = self.push("move_probability_by_need", *probability, [None, None, None], &source);
                (row.age, row.need, row.setting, row.to_setting) = (age.to_string(), need_code, from_code, to_code);
            }
        }
    }
}
