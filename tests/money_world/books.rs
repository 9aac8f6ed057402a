//! All amounts of a future, compared with the library's one by one, each followed from those before it.

use needscast::domain::high_needs::BlockFigure;
use needscast::domain::money::{Payer, Pence, Shares};
use needscast::model::high_needs::BlockItem;
use needscast::model::money::MoneyModel;

use super::equations::{Future, shares_of};
use super::exact::{Exact, exact, split_pence};
use super::{PAYERS, financial};

/// How many amounts were compared, and in how many of them one double cannot tell which penny is right, as near to two.
#[derive(Debug, Default)]
pub struct Settled {
    pub amounts: u32,
    pub halves: u32,
}

/// How far one double may be from an amount: a millionth of a penny, or what 64 roundings come to.
fn doubt(pence: i64) -> f64 {
    f64::max(1e-6, 64.0 * f64::EPSILON / 2.0 * pence.abs() as f64)
}

impl Settled {
    /// An amount to the penny: the library's where it is within [`doubt`] of half way between two.
    pub fn settle(&mut self, pounds: Exact, library: i64, what: &str) -> i64 {
        let (pence, rest) = pounds.pence();
        self.amounts += 1;
        if library == pence {
            return pence;
        }
        let is_other = library - pence == rest.signum() as i64 && 0.5 - rest.abs() < doubt(pence);
        assert!(is_other, "{what}: {library} pence, and {pence} by the equations ({rest} over)");
        self.halves += 1;
        library
    }

    /// Parts of an amount, to the penny.
    pub fn settle_parts(&self, whole: i64, shares: Shares, library: &[Pence], what: &str) -> [i64; PAYERS] {
        let parts = split_pence(whole, shares);
        assert_eq!(library, parts.map(Pence), "{what}");
        parts
    }
}

pub struct Books<'a> {
    pub model: &'a MoneyModel,
    pub found: &'a [Pence],
    pub settled: &'a mut Settled,
}

impl Books<'_> {
    /// Every amount of the future, in the order in which one follows from another; real costs by year.
    pub fn check(&mut self, future: Future, name: &str) -> Vec<[i64; PAYERS]> {
        let mut reals = Vec::new();
        let mut spent = Vec::new();
        for year in 0..self.model.years {
            let mut by_payer = [0; PAYERS];
            for (number, line) in future.money.lines.iter().enumerate() {
                let what = format!("{} of {name} in {}, {:?}", line.id, financial(year), line.of);
                let found = &self.found[self.model.nominal(year, number)];
                let cost = self.settled.settle(future.cost(line, year), found.iter().map(|part| part.0).sum(), &what);
                let parts = self.settled.settle_parts(cost, shares_of(line, financial(year)), found, &what);
                (0..PAYERS).for_each(|payer| by_payer[payer] += parts[payer]);
            }
            let worth = future.growth("inflation", financial(0).0, financial(year).0);
            let found: Vec<i64> = self.found[self.model.real(year)].iter().map(|amount| amount.0).collect();
            let what = format!("real pounds of {name} in {}", financial(year));
            let real = |payer: usize| {
                let pounds = exact(by_payer[payer] as f64).over(exact(100.0)).over(worth);
                self.settled.settle(pounds, found[payer], &what)
            };
            reals.push([0, 1, 2, 3, 4].map(real));
            spent.push(by_payer[Payer::HighNeeds as usize]);
        }
        if future.money.high_needs.is_some() {
            self.check_block(future, &spent, name);
        }
        reals
    }

    fn check_block(&mut self, future: Future, spent: &[i64], name: &str) {
        let figure = |figure, year| future.block_figure(figure, year, false).map(|(_, value)| value);
        let (opens, none) = (financial(0).0, exact(0.0));
        let opening = figure(BlockFigure::OpeningDeficit, opens).map_or(none, exact);
        let mut deficit = self.settled.settle(opening, opening.pence().0, "the opening deficit");
        let rows = &future.money.high_needs.as_ref().expect("a block").rows;
        let row = |figure| rows.iter().find(|row| row.figure == figure);
        let ceiling = row(BlockFigure::Ceiling).map(|row| exact(row.value.central).pence().0);
        let override_ends = row(BlockFigure::OverrideEnds).and_then(|row| row.year);
        let mut has_balanced = false;
        for (step, spent) in spent.iter().enumerate() {
            let (year, found) = (financial(step), &self.found[self.model.block_year(step)]);
            let what = |item: BlockItem| format!("{item:?} of {name} in {year}");
            let of = |item: BlockItem| found[item as usize].0;
            let (known, pounds) =
                future.block_figure(BlockFigure::Allocation, year.0, true).expect("an allocation by the first year");
            let pounds = exact(pounds).times(future.growth("high_needs_income", known, year.0));
            let income = self.settled.settle(pounds, of(BlockItem::Income), &what(BlockItem::Income));
            let pounds = figure(BlockFigure::Transfer, year.0).map_or(none, exact);
            let transfers = self.settled.settle(pounds, of(BlockItem::Transfers), &what(BlockItem::Transfers));
            let share = figure(BlockFigure::StabilityGrant, year.0 - 1).map_or(none, exact);
            let owed = exact(deficit.max(0) as f64).over(exact(100.0));
            let grant = self.settled.settle(share.times(owed), of(BlockItem::Grant), &what(BlockItem::Grant));
            let balance = income + transfers - spent;
            deficit = deficit - balance - grant;
            has_balanced = has_balanced || balance >= 0;
            let is_covered = override_ends.is_none_or(|last| year <= last);
            let yes = |is: bool| if is { 100 } else { 0 };
            for item in BlockItem::ALL {
                let expected = match item {
                    BlockItem::Income => income,
                    BlockItem::Transfers => transfers,
                    BlockItem::Balance => balance,
                    BlockItem::Grant => grant,
                    BlockItem::Deficit => deficit,
                    BlockItem::Uncovered => {
                        if is_covered {
                            0
                        } else {
                            deficit.max(0)
                        }
                    }
                    BlockItem::InBalance => yes(balance >= 0),
                    BlockItem::InBalanceBy => yes(has_balanced),
                    BlockItem::UnderCeiling => yes(ceiling.is_some_and(|ceiling| deficit <= ceiling)),
                };
                assert_eq!(of(*item), expected, "{}", what(*item));
            }
        }
    }
}
