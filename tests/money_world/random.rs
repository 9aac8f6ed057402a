//! Prices, payers, upratings and blocks at random.

use needscast::domain::age_group::AgeGroup;
use needscast::domain::assumption::Confidence;
use needscast::domain::high_needs::{BlockFigure, BlockRow, HighNeedsBlock};
use needscast::domain::money::{CostBasis, CostLine, FinancialYear, Shares, Uprating};
use needscast::domain::service::Estimate;
use needscast::domain::setting::SettingId;
use needscast::numerics::stream::{Mechanism, Streams};

use super::{PAYERS, area, financial, prices};

pub struct Dice(pub u64);

impl Dice {
    pub fn uniform(&mut self) -> f64 {
        self.0 += 1;
        Streams::new(self.0, 0).uniform(Mechanism::Price, 1, 0, 0)
    }

    pub fn below(&mut self, most: usize) -> usize {
        (self.uniform() * most as f64) as usize
    }

    pub fn falls(&mut self, chance: f64) -> bool {
        self.uniform() < chance
    }

    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    /// None, which stands for all, or a few.
    pub fn some<T: Copy>(&mut self, of: &[T]) -> Vec<T> {
        if self.falls(0.4) { Vec::new() } else { of.iter().copied().filter(|_| self.falls(0.4)).collect() }
    }

    pub fn estimate(&mut self, low: f64, high: f64) -> Estimate {
        let mut values = [0.0; 3].map(|_: f64| low + (high - low) * self.uniform());
        values.sort_by(f64::total_cmp);
        let [low, central, high] = values;
        if self.falls(0.3) { Estimate::certain(central) } else { Estimate { low, central, high } }
    }

    /// A year from some before the first to some after the last told.
    pub fn year(&mut self) -> FinancialYear {
        FinancialYear(financial(0).0 - 5 + self.below(area().world.years + 10) as u16)
    }

    /// Thousandths that sum to 1, often halves and tenths, of which remainders are equal.
    pub fn shares(&mut self) -> Shares {
        let step = *self.pick(&[1, 10, 100, 500]);
        let mut left = 1000;
        let mut shares = [0.0; PAYERS];
        for share in shares.iter_mut().take(PAYERS - 1) {
            let part = if self.falls(0.3) { 0 } else { self.below(left / step + 1) * step };
            left -= part;
            *share = part as f64 / 1000.0;
        }
        shares[PAYERS - 1] = left as f64 / 1000.0;
        let turn = self.below(PAYERS);
        shares.rotate_left(turn);
        shares
    }
}

pub fn random_line(dice: &mut Dice, number: usize) -> CostLine {
    let world = &area().world;
    let of = CostBasis::ALL[number % CostBasis::ALL.len()];
    let settings: Vec<SettingId> = world.settings.ids().collect();
    let needs: Vec<_> = world.needs.iter().collect();
    let (is_plans, is_service) = (of == CostBasis::Plans, [CostBasis::Staff, CostBasis::BoughtHours].contains(&of));
    let most = *dice.pick(&[1.0, 90.0, 40_000.0]);
    let mut shares: Vec<_> = (0..1 + dice.below(3)).map(|_| (dice.year(), dice.shares())).collect();
    shares.sort_by_key(|(from, _)| *from);
    shares.dedup_by_key(|(from, _)| *from);
    let psychologists = "educational_psychology".to_string();
    let service = if dice.falls(0.5) { psychologists } else { dice.pick(&world.services).id.clone() };
    let grades = |id: &str| world.services.iter().find(|own| own.id == id).map(|own| own.grades.clone());
    let grade = (of == CostBasis::Staff && dice.falls(0.5)).then(|| grades(&service)).flatten();
    let portion = if dice.falls(0.5) { 1.0 } else { dice.below(1_001) as f64 / 1_000.0 };
    CostLine {
        grade: grade.filter(|grades| !grades.is_empty()).map(|grades| dice.pick(&grades).id.clone()),
        portion,
        id: format!("line_{number}"),
        settings: if is_plans || [CostBasis::EmptyPlaces, CostBasis::PupilKm].contains(&of) {
            dice.some(&settings)
        } else {
            Vec::new()
        },
        needs: if is_plans { dice.some(&needs) } else { Vec::new() },
        age_groups: if is_plans { dice.some(&AgeGroup::ALL) } else { Vec::new() },
        service: is_service.then_some(service).filter(|_| of == CostBasis::Staff || dice.falls(0.5)),
        of,
        price: dice.estimate(0.0, most),
        price_year: dice.year(),
        uprating: dice.pick(&["inflation", "high_needs_income", "other"]).to_string(),
        shares,
        ..prices().lines[0].clone()
    }
}

/// Rates of every year that anything is priced in, each row for one year or a few.
pub fn random_uprating(dice: &mut Dice, id: &str) -> Uprating {
    let (mut rates, last) = (Vec::new(), financial(area().world.years + 6));
    let mut from = FinancialYear(financial(0).0 - 8);
    while from <= last {
        let until = from.plus(dice.below(5));
        rates.push((from, until, dice.estimate(-0.1, 0.2)));
        from = until.plus(1);
    }
    if dice.falls(0.5) {
        rates.reverse();
    }
    Uprating { id: id.to_string(), rates, ..prices().upratings[0].clone() }
}

pub fn random_block(dice: &mut Dice) -> HighNeedsBlock {
    let row =
        |figure, year, value| BlockRow { figure, year, value, source: String::new(), confidence: Confidence::Low };
    let most = *dice.pick(&[1e3, 1e6, 3e8]);
    let first = FinancialYear(financial(0).0 - dice.below(3) as u16);
    let mut rows = vec![row(BlockFigure::Allocation, Some(first), dice.estimate(0.0, most))];
    for year in (0..area().world.years + 2).map(|step| FinancialYear(financial(0).0 - 1 + step as u16)) {
        if dice.falls(0.2) && year > first {
            rows.push(row(BlockFigure::Allocation, Some(year), dice.estimate(0.0, most)));
        }
        if dice.falls(0.3) {
            rows.push(row(BlockFigure::Transfer, Some(year), dice.estimate(-0.1 * most, 0.1 * most)));
        }
        if dice.falls(0.3) {
            rows.push(row(BlockFigure::StabilityGrant, Some(year), dice.estimate(0.0, 1.0)));
        }
    }
    rows.push(row(BlockFigure::OpeningDeficit, Some(financial(0)), dice.estimate(-most, most)));
    if dice.falls(0.7) {
        rows.push(row(BlockFigure::OverrideEnds, Some(dice.year()), Estimate::certain(0.0)));
    }
    if dice.falls(0.7) {
        rows.push(row(BlockFigure::Ceiling, None, dice.estimate(0.0, most)));
    }
    if dice.falls(0.5) {
        rows.reverse();
    }
    HighNeedsBlock { rows }
}
