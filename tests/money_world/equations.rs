//! What the equations of money make of one future: units, prices, and how they rise.

use needscast::domain::age_group::AgeGroup;
use needscast::domain::high_needs::{BlockFigure, BlockRow};
use needscast::domain::money::{CostBasis, CostLine, FinancialYear, Money, Shares};
use needscast::domain::place::{Kind, Provider};
use needscast::domain::service::Estimate;
use needscast::domain::setting::SettingId;
use needscast::engine::layout::{Flow, Layout, Margin, ServiceEvent};
use needscast::numerics::stream::{Mechanism, Streams, unit_of_name};
use needscast::scenario::effects::YearEffects;
use needscast::scenario::lever::Spending;

use super::exact::{Exact, exact, sum_of, total};
use super::{area, financial};

/// One future of a scenario, and all that its costs are counted from.
#[derive(Clone, Copy)]
pub struct Future<'a> {
    pub money: &'a Money,
    pub layout: Layout,
    pub row: &'a [f64],
    pub effects: &'a [YearEffects],
    pub providers: &'a [Provider],
    pub spending: &'a [Spending],
    /// None of the principal projection: all is central.
    pub draws: Option<Streams>,
}

impl Future<'_> {
    fn value(self, kind: &str, name: &str, estimate: Estimate) -> f64 {
        let uniform = |draws: Streams| draws.uniform(Mechanism::Price, 0, unit_of_name(kind, name), 0);
        self.draws.map_or(estimate.central, |draws| estimate.at(uniform(draws)))
    }

    /// U(to)/U(from), one year after the other.
    pub fn growth(self, uprating: &str, from: u16, to: u16) -> Exact {
        let own = self.money.upratings.iter().find(|own| own.id == uprating).expect("the uprating is listed");
        let year_on_year = |year: u16| {
            let holds = |(first, last, _): &&(FinancialYear, FinancialYear, _)| first.0 <= year && year <= last.0;
            let (_, _, rate) = own.rates.iter().find(holds).expect("there is a rate for each year");
            sum_of(1.0, self.value("uprating", uprating, *rate))
        };
        let product = |from: u16, to: u16| (from + 1..=to).map(year_on_year).fold(exact(1.0), Exact::times);
        if from <= to { product(from, to) } else { exact(1.0).over(product(to, from)) }
    }

    fn plans(self, line: &CostLine, census: usize) -> f64 {
        let (cells, world) = (&self.row[self.layout.stock_groups(census)], &area().world);
        let mut plans = 0.0;
        for group in AgeGroup::ALL {
            for (need, code) in world.needs.iter().enumerate() {
                for setting in world.settings.ids() {
                    let counts = (line.age_groups.is_empty() || line.age_groups.contains(&group))
                        && (line.needs.is_empty() || line.needs.contains(&code))
                        && is_of(line, setting);
                    if counts {
                        plans += cells[self.layout.group_cell(need, setting.index(), group.index())];
                    }
                }
            }
        }
        plans
    }

    /// Places of the September before a census that nobody fills, provider by provider.
    fn empty_places(self, line: &CostLine, census: usize) -> f64 {
        let september = area().world.base.0 + census as u16 - 1;
        let filled = &self.row[self.layout.filled(census)];
        let mut empty = 0.0;
        for (provider, pupils) in self.providers.iter().zip(filled) {
            let so_far = provider.places.iter().rfind(|(from, _)| *from <= september);
            let places = so_far.map_or(0.0, |(_, places)| f64::from(*places));
            if provider.kind != Kind::NotListed && is_of(line, provider.setting) && places > *pupils {
                empty += places - pupils;
            }
        }
        empty
    }

    /// What is counted of a calendar year.
    fn of_year(self, line: &CostLine, year: usize) -> f64 {
        let (row, layout) = (self.row, self.layout);
        let flow = |flow: Flow| row[layout.flow(year, flow)][layout.margin(Margin::Total)];
        let event = |event: ServiceEvent| row[layout.events(year)][event as usize] / ServiceEvent::SCALE;
        match line.of {
            CostBasis::Requests => flow(Flow::Requests),
            CostBasis::Assessments => flow(Flow::Assessments),
            CostBasis::NewPlans => flow(Flow::NewPlans),
            CostBasis::Reviews => event(ServiceEvent::Reviews),
            CostBasis::Appeals => event(ServiceEvent::Appeals),
            CostBasis::Staff => {
                let services = &area().world.services;
                let employed = services.iter().flat_map(|own| own.grades.iter().map(|grade| (&own.id, &grade.id)));
                let in_post = &self.effects[year].services.as_ref().expect("services").in_post;
                let is_own = |own: &String, grade: &String| {
                    line.service.as_ref() == Some(own) && line.grade.as_ref().is_none_or(|only| only == grade)
                };
                let months = employed.zip(in_post).filter(|((own, grade), _)| is_own(own, grade));
                months.map(|(_, months)| months.iter().sum::<f64>() / 12.0).sum()
            }
            CostBasis::BoughtHours => {
                let bought = &self.effects[year].services.as_ref().expect("services").bought;
                let services = area().world.services.iter().zip(bought);
                let own = services.filter(|(own, _)| line.service.is_none() || line.service.as_ref() == Some(&own.id));
                own.map(|(own, hours)| hours * own.price_per_hour.unwrap_or(0.0)).sum()
            }
            CostBasis::EarlySupport => row[layout.offers(year)][1],
            other => panic!("{other:?} are not counted by calendar years"),
        }
    }

    /// Units in the financial year `year` years after the first.
    fn units(self, line: &CostLine, year: usize) -> Exact {
        let part = |count: f64, of: f64, all: f64| exact(count).times(exact(of)).over(exact(all));
        let years = self.layout.years;
        match line.of {
            CostBasis::Plans => {
                let censuses = [(year, 9.0), (year + 1, 22.0), ((year + 2).min(years), 1.0)];
                total(censuses.into_iter().map(|(census, of)| part(self.plans(line, census), of, 32.0)))
            }
            CostBasis::PupilKm => {
                let censuses = [(year, 9.0), (year + 1, 22.0), ((year + 2).min(years), 1.0)];
                let travelled = |census: usize| {
                    let of = self.providers.iter().zip(&self.row[self.layout.travelled(census)]);
                    of.filter(|(own, _)| is_of(line, own.setting)).map(|(_, far)| far / 10.0).sum::<f64>()
                };
                total(censuses.into_iter().map(|(census, of)| part(travelled(census), of, 32.0)))
            }
            CostBasis::EmptyPlaces => {
                let septembers = [(year, 5.0), (year + 1, 7.0)];
                total(septembers.into_iter().map(|(census, of)| part(self.empty_places(line, census), of, 12.0)))
            }
            CostBasis::Spending => {
                let in_year = |own: &&Spending| own.line == line.id && own.year == financial(year);
                total(self.spending.iter().filter(in_year).map(|own| exact(own.pounds)))
            }
            CostBasis::Year => exact(1.0),
            _ => {
                let calendar = [(year, 3.0), ((year + 1).min(years - 1), 1.0)];
                total(calendar.into_iter().map(|(year, of)| part(self.of_year(line, year), of, 4.0)))
            }
        }
    }

    pub fn cost(self, line: &CostLine, year: usize) -> Exact {
        let price = exact(self.value("price", &line.id, line.price));
        let growth = self.growth(&line.uprating, line.price_year.0, financial(year).0);
        self.units(line, year).times(exact(line.portion)).times(price).times(growth)
    }

    /// A figure of the block for a year; the last that is given before it where `or_before`.
    pub fn block_figure(self, figure: BlockFigure, year: u16, or_before: bool) -> Option<(u16, f64)> {
        let rows = &self.money.high_needs.as_ref().expect("a block").rows;
        let given = |row: &&BlockRow| {
            let of = row.year.map_or(year, |year| year.0);
            row.figure == figure && (of == year || (or_before && of < year))
        };
        let row = rows.iter().filter(given).max_by_key(|row| row.year)?;
        let named = row.year.map_or(String::new(), |year| year.to_string());
        Some((row.year.map_or(year, |year| year.0), self.value(figure.code(), &named, row.value)))
    }
}

fn is_of(line: &CostLine, setting: SettingId) -> bool {
    line.settings.is_empty() || line.settings.contains(&setting)
}

/// The shares of the latest date that has come; of the first where none has.
pub fn shares_of(line: &CostLine, year: FinancialYear) -> Shares {
    let come = line.shares.iter().rfind(|(from, _)| *from <= year);
    come.or(line.shares.first()).expect("a line has payers").1
}
