//! SEN support: pupils identified, those who no longer need it, those who get a plan, a year of age.
//!
//! For S pupils of opening age a and need n, of whom the year's new plans of the cell are P(a,n):
//!   with a plan:  E = min(S, Binomial(P, σ)), σ being the share of new plans that come from SEN support,
//!   no longer:    D ~ Binomial(S − E, d(a,n)),
//!   identified:   I ~ Poisson(max(0, residents(a)·(G(h+1)·q(a+1,n) − G(h)·(1 − d)·q(a,n)) + (1 − d)·p(a,n)·μ(a))),
//!   closing(a+1,n) = S − E − D + I,
//! h years after the base census, where q are the shares then, μ(a) the new plans expected before any lever and
//! p(a,n)·μ(a) those of them that go to pupils on SEN support of the need. So the mean of the closing is G(h+1)·q of the
//! residents, whatever number of plans is expected, and it is more where a lever lowers the plans. Growth of the
//! shares fades: G(h) = exp(g·(φ + … + φ^h)), with g drawn once for a replicate and the mean kept.
//! So the flow from SEN support to plans is a part of the plans that the joiner rates give, whatever a lever
//! makes of these, and no rate of its own. Support that reaches a share r of the pupils and lowers the chance of a
//! plan by e keeps k = 1 − r·e of those who would come from it; several offers multiply. New plans of the cell fall to
//! 1 − σ(1 − k) of what they were, and σk/(1 − σ(1 − k)) of these come from SEN support; e is drawn once for a
//! replicate. Where q, d and p come from: `fit::support`.

use super::chance::{Address, Chance, Count};
use super::flow::YearInputs;
use crate::domain::rates::SupportRates;
use crate::numerics::stream::Mechanism;
use crate::scenario::effects::{EarlySupport, YearEffects};
use crate::units::Age;

/// Pupils on SEN support by age and need at both censuses of a year, and the year's flows by opening age.
#[derive(Clone, Debug, Default)]
pub struct SupportYear<C> {
    pub opening: Vec<C>,
    pub closing: Vec<C>,
    pub identified: Vec<C>,
    pub stepped_down: Vec<C>,
    pub escalated: Vec<C>,
    pub offers: Offers,
}

/// Pupils who get offers of early support in a year, one for each offer, and their cost in pounds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Offers {
    pub pupils: f64,
    pub cost: f64,
}

impl<C: Count> SupportYear<C> {
    /// Starts at the base census.
    pub fn open(&mut self, rates: &SupportRates) {
        let SupportYear { opening, closing, identified, stepped_down, escalated, .. } = self;
        for table in [&mut *opening, closing, identified, stepped_down, escalated] {
            table.clear();
            table.resize(rates.stock.len(), C::default());
        }
        for (pupils, stock) in closing.iter_mut().zip(&rates.stock) {
            *pupils = C::whole(*stock);
        }
    }
}

/// The effects of a scenario with those of its offers to pupils on SEN support as one replicate has them;
/// `None` where there are no offers.
pub fn draw_early_support<K: Chance>(
    chance: &K,
    rates: &SupportRates,
    cells: usize,
    effects: &[YearEffects],
) -> Option<Vec<YearEffects>> {
    if effects.iter().all(|year| year.early_support.is_empty()) {
        return None;
    }
    let mut drawn = effects.to_vec();
    for year in &mut drawn {
        if year.early_support.is_empty() {
            continue;
        }
        let mut kept = vec![1.0; cells];
        for offer in &year.early_support {
            let effect = chance.estimate(Mechanism::EarlySupport, offer.number, offer.effect);
            kept.iter_mut().zip(&offer.reached).for_each(|(kept, reached)| *kept *= 1.0 - reached * effect);
        }
        year.joiner_factor.resize(cells, 1.0);
        let sigma = rates.from_support;
        for (factor, kept) in year.joiner_factor.iter_mut().zip(&kept) {
            *factor *= 1.0 - sigma * (1.0 - kept);
        }
        // With σ = 1 and k = 0 there are no plans to share out.
        let share = |kept: f64| if kept > 0.0 { sigma * kept / (1.0 - sigma * (1.0 - kept)) } else { 0.0 };
        year.from_support = kept.into_iter().map(share).collect();
    }
    Some(drawn)
}

/// One year from where the last one closed; `issued` are its new plans by cell.
pub fn step_support<K: Chance>(
    chance: &K,
    inputs: YearInputs,
    rates: &SupportRates,
    issued: &[K::Count],
    year: &mut SupportYear<K::Count>,
) {
    let shape = inputs.prepared.shape;
    let growth = &inputs.parameters.support_growth[inputs.index..];
    let expected = &inputs.parameters.new_plans[inputs.index];
    std::mem::swap(&mut year.opening, &mut year.closing);
    year.closing.fill(K::Count::default());
    for flow in [&mut year.identified, &mut year.stepped_down, &mut year.escalated] {
        flow.fill(K::Count::default());
    }
    year.offers = count_offers(&inputs.effects.early_support, shape.settings, &year.opening);
    let (nobody, residents) = (K::Count::default(), inputs.prepared.residents(inputs.index));
    for (cell, step_down) in rates.step_down.iter().enumerate() {
        let (age, pupils) = (cell / shape.needs, year.opening[cell]);
        let next = rates.share.get(cell + shape.needs).copied().unwrap_or_default();
        let stay = 1.0 - step_down;
        let identified = residents[age] * (growth[1] * next - growth[0] * stay * rates.share[cell])
            + stay * rates.planned[cell] * expected[age];
        if pupils == nobody && identified <= 0.0 {
            continue;
        }
        let at = |mechanism| Address { mechanism, year: inputs.year(), unit: cell as u32 };
        let mut plans = nobody;
        issued[cell * shape.settings..][..shape.settings].iter().for_each(|count| plans += *count);
        let mut escalated = nobody;
        if plans > nobody && pupils > nobody {
            // Offers reach all settings of a cell alike.
            let changed = inputs.effects.from_support.get(cell * shape.settings);
            let share = changed.copied().unwrap_or(rates.from_support);
            escalated = chance.thin(at(Mechanism::Escalating), 0, plans, share);
            if escalated > pupils {
                escalated = pupils;
            }
        }
        let left = pupils - escalated;
        let stepped_down = chance.thin_many(at(Mechanism::SteppingDown), left, *step_down);
        let mut closing = left - stepped_down;
        if identified > 0.0 {
            let found = chance.arrive_many(at(Mechanism::Identifying), identified);
            year.identified[cell] = found;
            closing += found;
        }
        year.escalated[cell] = escalated;
        year.stepped_down[cell] = stepped_down;
        if age < Age::LAST.index() {
            year.closing[cell + shape.needs] = closing;
        }
    }
}

/// Offers reach all settings of a cell alike, and pupils as they stand when the year opens.
fn count_offers<C: Count>(offers: &[EarlySupport], settings: usize, pupils: &[C]) -> Offers {
    let mut all = Offers::default();
    for offer in offers {
        let shares = offer.offered.iter().step_by(settings);
        let reached: f64 = pupils.iter().zip(shares).map(|(pupils, share)| pupils.to_f64() * share).sum();
        all.pupils += reached;
        all.cost += reached * offer.cost_per_pupil;
    }
    all
}
