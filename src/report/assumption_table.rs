//! `assumptions.csv`: every number that somebody stated or assumed, with its source, how far it can be trusted, and a flag
//! where it needs a local value.

use std::io::Write;

use super::table_writer::TableWriter;
use crate::domain::assumption::Confidence;
use crate::domain::high_needs::BlockFigure;
use crate::domain::money::{CostLine, FinancialYear, Money, Payer};
use crate::domain::pool::Pool;
use crate::domain::service::{Driver, Estimate, Service};
use crate::domain::world::World;

const ASSUMPTION_COLUMNS: [&str; 8] = ["assumption", "value", "unit", "low", "high", "confidence", "flag", "source"];

/// Writes every assumption: the model's, those of services, and those of money.
pub fn write_assumptions(out: impl Write, world: &World) -> csv::Result<()> {
    let mut table = AssumptionTable { writer: TableWriter::new(out) };
    table.writer.write_record(ASSUMPTION_COLUMNS)?;
    for a in world.assumptions.iter() {
        let value = Estimate { low: a.low, central: a.value, high: a.high };
        table.row(a.key.name(), a.key.unit(), value, (a.confidence, &a.source))?;
    }
    world.services.iter().try_for_each(|service| table.service(service))?;
    world.money.iter().try_for_each(|money| table.money(money))?;
    table.writer.flush()
}

struct AssumptionTable<W: Write> {
    writer: TableWriter<W>,
}

impl<W: Write> AssumptionTable<W> {
    fn row(&mut self, name: &str, unit: &str, value: Estimate, from: (Confidence, &str)) -> csv::Result<()> {
        let (confidence, source) = from;
        let flag = if confidence == Confidence::Low { "needs a local value" } else { "" };
        let [value, low, high] = [value.central, value.low, value.high].map(|number| number.to_string());
        self.writer.write_record([name, &value, unit, &low, &high, confidence.code(), flag, source])
    }

    fn service(&mut self, service: &Service) -> csv::Result<()> {
        let id = &service.id;
        if let Some(weeks) = service.standard_weeks {
            let from = (service.confidence, service.source.as_str());
            self.row(&format!("standard_of_{id}"), "weeks", Estimate::certain(weeks), from)?;
        }
        if let Some(outcome) = &service.outcome {
            let from = (outcome.confidence, outcome.source.as_str());
            self.row(&format!("diagnosed_of_{id}"), "share of those served", outcome.diagnosed, from)?;
            self.row(&format!("plans_of_{id}"), "new plans per diagnosis", outcome.plans, from)?;
            let unit = "new plans per diagnosis that would name another need";
            self.row(&format!("renamed_of_{id}"), unit, outcome.renamed, from)?;
        }
        for Driver { id: driver, of, uptake, hours, group_size, confidence, source, trend, .. } in &service.drivers {
            let from = (*confidence, source.as_str());
            let per = if of.is_stock() { "and year" } else { "of the year" };
            let unit = format!("of {} {per}", of.code());
            self.row(&format!("uptake_of_{id}_{driver}"), &format!("share {unit}"), *uptake, from)?;
            self.row(&format!("hours_of_{id}_{driver}"), &format!("hours per one {unit}"), *hours, from)?;
            if *group_size != 1.0 {
                let name = format!("group_size_of_{id}_{driver}");
                self.row(&name, "children", Estimate::certain(*group_size), from)?;
            }
            if let Some(trend) = trend {
                let unit = "uptake over that of the year before";
                self.row(&format!("trend_of_{id}_{driver}"), unit, trend.factor, (trend.confidence, &trend.source))?;
            }
        }
        for grade in &service.grades {
            let from = (grade.confidence, grade.source.as_str());
            let months = grade.months_to_recruit.map(|months| ("months_to_recruit", "months", months));
            self.row(
                &format!("direct_hours_of_{id}_{}", grade.id),
                "hours per FTE and year",
                grade.direct_hours,
                from,
            )?;
            let shares = [
                ("vacancy", "share of planned FTE", grade.vacancy),
                ("absence", "share of working time", grade.absence),
                ("turnover", "share of staff a year", grade.turnover),
            ];
            for (what, unit, value) in shares.into_iter().chain(months) {
                self.row(&format!("{what}_of_{id}_{}", grade.id), unit, Estimate::certain(value), from)?;
            }
        }
        Ok(())
    }

    fn money(&mut self, money: &Money) -> csv::Result<()> {
        money.lines.iter().try_for_each(|line| self.cost_line(line))?;
        for uprating in &money.upratings {
            for (from, until, rate) in &uprating.rates {
                let name = format!("uprating_{}_{from}_to_{until}", uprating.id);
                self.row(&name, "share of the year before", *rate, (uprating.confidence, &uprating.source))?;
            }
        }
        // The end of the override is a date: it has no value.
        let rows = money.high_needs.iter().flat_map(|block| &block.rows);
        for row in rows.filter(|row| row.figure != BlockFigure::OverrideEnds) {
            let year = row.year.map_or_else(String::new, |year| format!("_{year}"));
            let name = format!("high_needs_{}{year}", row.figure.code());
            self.row(&name, row.figure.unit(), row.value, (row.confidence, &row.source))?;
        }
        money.pool.iter().try_for_each(|pool| self.pool(pool))
    }

    fn cost_line(&mut self, line: &CostLine) -> csv::Result<()> {
        let (id, from) = (&line.id, (line.confidence, line.source.as_str()));
        let unit = format!("pounds of {} by {}", line.price_year, line.of.code());
        self.row(&format!("price_of_{id}"), &unit, line.price, from)?;
        if line.portion != 1.0 {
            self.row(&format!("portion_of_{id}"), "share of what is counted", Estimate::certain(line.portion), from)?;
        }
        for (year, shares) in &line.shares {
            let dated = if *year == FinancialYear(0) { String::new() } else { format!("_from_{year}") };
            for (payer, share) in Payer::ALL.iter().zip(shares).filter(|(_, share)| **share > 0.0) {
                let name = format!("share_of_{id}_{}{dated}", payer.code());
                let from = (line.payers_confidence, line.payers_source.as_str());
                self.row(&name, "share of the cost", Estimate::certain(*share), from)?;
            }
        }
        Ok(())
    }

    fn pool(&mut self, pool: &Pool) -> csv::Result<()> {
        let from = (pool.confidence, pool.source.as_str());
        for partner in &pool.partners {
            let parts = [("contribution", partner.quarters), ("fixed_contribution", partner.fixed_quarters)];
            for (kind, quarters) in
                parts.into_iter().filter(|(_, quarters)| quarters.iter().any(|pounds| *pounds > 0.0))
            {
                let name = format!("pool_{kind}_of_{}", partner.payer.code());
                let unit = format!("pounds of {} a year", pool.price_year);
                self.row(&name, &unit, Estimate::certain(quarters.iter().sum()), from)?;
            }
        }
        let collar = pool.collar.map(|collar| ("pool_collar", "share of contributions", collar));
        let terms = [
            ("pool_keep_most", "share of contributions", pool.keep_most),
            ("pool_risk_pool", "pounds", pool.risk_pool),
            ("pool_cap", "share of contributions", pool.cap),
        ];
        terms
            .into_iter()
            .chain(collar)
            .try_for_each(|(name, unit, value)| self.row(name, unit, Estimate::certain(value), from))
    }
}
