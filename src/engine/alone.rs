//! One future by itself: what is not done side by side, since it depends on who the children are or on what came of
//! the year before.

use super::layout::Layout;
use super::ledger::{Imbalance, StockSums, check_places, check_services, check_support};
use super::place_record::{PlaceScratch, record_places};
use super::record::PlanRecord;
use super::service_record::{record_services, record_support_flows, record_support_stock};
use crate::model::diagnosis::{Future, follow_diagnoses};
use crate::model::flow::{YearFlows, YearInputs, copy_lane};
use crate::model::lots::Lots;
use crate::model::parameters::{Parameters, Prepared};
use crate::model::placing::{PlacingScratch, open_register, step_placing};
use crate::model::register::Register;
use crate::model::serving::{Serving, step_services};
use crate::model::support::{SupportYear, draw_early_support, step_support};
use crate::model::workload::{Counted, Lines};
use crate::numerics::lanes::Number;
use crate::scenario::effects::YearEffects;

/// Working memory of one future.
#[derive(Debug)]
pub struct Alone<K: Lots> {
    /// Plans by cell and flows, where the blocks below ask for them.
    opening: Vec<K::Count>,
    closing: Vec<K::Count>,
    flows: YearFlows<K::Count>,
    opening_sums: StockSums<K::Count>,
    closing_sums: StockSums<K::Count>,
    /// Who the children are, where they are told apart.
    register: Option<Register<K::Count>>,
    placing: PlacingScratch<K>,
    place_record: PlaceScratch<K::Count>,
    /// Without tables where there is no SEN support.
    support: SupportYear<K::Count>,
    serving: Serving,
    /// Pathways as they would be without levers.
    without: Serving,
    /// Effects of the scenario, where they are not the same in all futures.
    effects: Option<Vec<YearEffects>>,
}

impl<K: Lots> Alone<K> {
    pub fn new(prepared: &Prepared) -> Alone<K> {
        let sums = StockSums {
            by_setting: vec![K::Count::default(); prepared.shape.settings],
            by_need: vec![K::Count::default(); prepared.shape.needs],
        };
        let register = prepared
            .places
            .as_ref()
            .map(|model| Register::new(prepared.shape, &model.provider_setting, model.limited.len()));
        let follows = prepared.places.is_some() || prepared.services.is_some() || prepared.rates().support.is_some();
        let cells = if follows { prepared.shape.cells() } else { 0 };
        let mut flows = YearFlows::new(prepared.shape, 1);
        if prepared.services.is_some() || prepared.rates().support.is_some() {
            flows.issued = vec![K::Count::default(); cells];
        }
        Alone {
            opening: vec![K::Count::default(); cells],
            closing: vec![K::Count::default(); cells],
            flows,
            opening_sums: sums.clone(),
            closing_sums: sums,
            register,
            placing: PlacingScratch::default(),
            place_record: PlaceScratch::default(),
            support: SupportYear::default(),
            serving: Serving::default(),
            without: Serving::default(),
            effects: None,
        }
    }

    /// Starts at the base census, of which `opening` has the plans of all futures.
    pub fn open<N: Number>(
        &mut self,
        chance: &K,
        prepared: &Prepared,
        effects: &[YearEffects],
        record: &PlanRecord<N>,
        (opening, lane): (&[N], usize),
        row: &mut [K::Count],
    ) -> Result<(), Imbalance> {
        let layout = Layout::of(prepared);
        record.copy_sums(lane, &mut self.closing_sums);
        copy_lane(&mut self.closing, opening, lane);
        if let Some((model, register)) = prepared.places.as_ref().zip(self.register.as_mut()) {
            let (shape, year, stock) = (prepared.shape, prepared.first_year, &self.closing);
            open_register(chance, model, shape, year, stock, register, &mut self.placing);
            record_places(chance, layout, (0, year), model, register, &mut self.place_record, row);
            let filled = (model.opening.room.as_slice(), register.filled());
            check_places(year - 1, &model.limited, &self.place_record.sums, &[], filled, &self.closing_sums)?;
        }
        let support = prepared.rates().support.as_ref();
        if let Some(rates) = support {
            self.support.open(rates);
            record_support_stock(layout, 0, &rates.tiers, &self.support.closing, row);
        }
        self.effects = support.and_then(|rates| draw_early_support(chance, rates, prepared.shape.cells(), effects));
        if self.effects.is_none() && effects.iter().any(|year| year.without_levers.is_some()) {
            self.effects = Some(effects.to_vec());
        }
        Ok(())
    }

    /// Lets a year's plans follow from what services diagnosed in the year before.
    pub fn follow_diagnoses<N: Number>(&mut self, future: Future<N>, index: usize) {
        let (Some(effects), Some(model)) = (&mut self.effects, &future.prepared.services) else { return };
        if index > 0 && effects[index - 1].without_levers.is_some() {
            let years = (self.serving.years.as_slice(), self.without.years.as_slice());
            follow_diagnoses(future, index, model, years, &mut effects[index]);
        }
    }

    /// Factors on a year's new plans, where they are not the same in all futures.
    pub fn joiner_factor(&self, index: usize) -> Option<&[f64]> {
        self.effects.as_ref().map(|effects| effects[index].joiner_factor.as_slice())
    }

    /// Takes this future's plans and flows of the year from those of all.
    pub fn part_from<N: Number>(&mut self, closing: &[N], flows: &mut YearFlows<N>, lane: usize) {
        if !self.closing.is_empty() {
            std::mem::swap(&mut self.opening, &mut self.closing);
            copy_lane(&mut self.closing, closing, lane);
            self.flows.take_lane(flows, lane);
        }
    }

    pub fn closing(&self) -> &[K::Count] {
        &self.closing
    }

    pub fn flows(&self) -> &YearFlows<K::Count> {
        &self.flows
    }

    /// The blocks that are not done side by side, in their order: SEN support (pupils identified, stepping down, given a
    /// plan), children who need a place meet places, hours demanded of services meet the hours there are.
    pub fn step(
        &mut self,
        chance: &K,
        prepared: &Prepared,
        parameters: &Parameters,
        effects: &YearEffects,
        index: usize,
    ) {
        let Alone { opening, closing, flows, register, placing, support, serving, without, .. } = self;
        let effects = self.effects.as_ref().map_or(effects, |own| &own[index]);
        let inputs = YearInputs { prepared, parameters, effects, index };
        if let Some(rates) = &prepared.rates().support {
            step_support(chance, inputs, rates, &flows.issued, support);
        }
        if let Some((model, register)) = prepared.places.as_ref().zip(register.as_mut()) {
            step_placing(chance, inputs, model, closing, register, placing, flows);
        }
        if let Some((model, force)) = prepared.services.as_ref().zip(effects.services.as_ref()) {
            let SupportYear { opening: before, closing: after, identified, .. } = &*support;
            let counted = Counted { opening, closing, support: [before, after], identified, flows };
            step_services(chance, inputs, model, force, &counted, Lines::All, serving);
            if let Some(force) = &effects.without_levers {
                step_services(chance, inputs, model, force, &counted, Lines::Pathways, without);
            }
        }
    }

    /// Takes this future's sums of the census that closes a year.
    pub fn close_census<N: Number>(&mut self, record: &PlanRecord<N>, lane: usize) {
        std::mem::swap(&mut self.opening_sums, &mut self.closing_sums);
        record.copy_sums(lane, &mut self.closing_sums);
    }

    /// The sums of the year's two censuses.
    pub fn sums(&self) -> (&StockSums<K::Count>, &StockSums<K::Count>) {
        (&self.opening_sums, &self.closing_sums)
    }

    /// Records a year of SEN support, services and places, and checks their identities.
    pub fn record(
        &mut self,
        chance: &K,
        prepared: &Prepared,
        effects: &YearEffects,
        index: usize,
        row: &mut [K::Count],
    ) -> Result<(), Imbalance> {
        let (layout, year) = (Layout::of(prepared), prepared.first_year + index as u16);
        let tiers = prepared.rates().support.as_ref().map_or(&[][..], |rates| &rates.tiers);
        record_support_stock(layout, index + 1, tiers, &self.support.closing, row);
        record_support_flows(layout, index, &self.support, row);
        check_support(year, prepared.shape.needs, &self.support)?;
        record_services(layout, index, &self.serving, row);
        check_services(year, &self.serving.years)?;
        if let Some((model, register)) = prepared.places.as_ref().zip(self.register.as_ref()) {
            record_places(chance, layout, (index + 1, year + 1), model, register, &mut self.place_record, row);
            let force = effects.places.as_ref().unwrap_or(&model.opening);
            let filled = (force.room.as_slice(), register.filled());
            let (sums, needing) = (&self.place_record.sums, &self.flows.needing);
            check_places(year, &model.limited, sums, needing, filled, &self.closing_sums)?;
        }
        Ok(())
    }
}
