//! Option appraisal in the run folder and on the terminal.

use std::io::Write;

use comfy_table::Cell;

use super::console::{align, header, new_table};
use super::csv_tables::{decimal, write_spread_header};
use super::money_tables::{millions_of, percent};
use super::table_writer::TableWriter;
use crate::domain::assumption::AssumptionKey;
use crate::domain::money::FinancialYear;
use crate::domain::world::World;
use crate::numerics::quantile::Spread;
use crate::scenario::lever::ScenarioKind;
use crate::summary::appraisal::{Appraisal, Appraisals, UnitCost};

/// The columns of `appraisal.csv`: scripts rely on them.
const APPRAISAL_KEYS: [&str; 7] = ["scenario", "area", "kind", "measure", "payer", "financial_year", "unit"];

/// Writes what each scenario is worth against the baseline.
pub fn write_appraisal(out: impl Write, world: &World, appraisals: &Appraisals) -> csv::Result<()> {
    let mut writer = TableWriter::new(out);
    write_spread_header(&mut writer, &APPRAISAL_KEYS)?;
    let area = world.area.id.as_str();
    let mut write = |keys: [&str; 6], values: Vec<String>| {
        let [scenario, kind, measure, payer, year, unit] = keys;
        let blank = 9 - values.len();
        let record = [scenario, area, kind, measure, payer, year, unit].into_iter().map(str::to_string);
        writer.write_record(record.chain(values).chain(std::iter::repeat_n(String::new(), blank)))
    };
    for own in appraisals.scenarios.iter().skip(1) {
        let (name, kind) = (own.scenario.as_str(), own.kind.code());
        write([name, kind, "net_present_value", "all", "all", "pounds"], of_spread(&own.all))?;
        for (payer, saved) in own.by_payer.iter().filter(|(_, saved)| saved.mean != 0.0 || saved.sd != 0.0) {
            write([name, kind, "net_present_value", payer.code(), "all", "pounds"], of_spread(saved))?;
        }
        let mut share =
            |measure, year: &str, share| write([name, kind, measure, "all", year, "share"], vec![decimal(share, 4)]);
        share("saves", "all", own.saves)?;
        share("never_costs_more", "all", own.payback.at_once)?;
        for (later, paid_back) in own.payback.by_year.iter().enumerate() {
            share("paid_back_by", &FinancialYear(world.base.0).plus(later).to_string(), *paid_back)?;
        }
        if let Some(cheapest) = own.cheapest {
            share("cheapest_option", "all", cheapest)?;
        }
        if let Some(switching) = own.switching {
            share("switching_value", "all", switching)?;
        }
        if own.own_cost.mean != 0.0 || own.own_cost.sd != 0.0 {
            write([name, kind, "own_cost", "all", "all", "pounds"], of_spread(&own.own_cost))?;
        }
        let units = [("place", "place_year", own.per_place), ("hour", "hour", own.per_hour)];
        for (unit, of_net, UnitCost { own, net }) in units.into_iter().filter_map(|(a, b, cost)| Some((a, b, cost?))) {
            let mut pounds = |measure: String, pounds| {
                write([name, kind, &measure, "all", "all", "pounds"], vec![decimal(pounds, 2)])
            };
            if own > 0.0 {
                pounds(format!("own_cost_per_extra_{unit}"), own)?;
            }
            pounds(format!("net_cost_per_extra_{of_net}"), net)?;
        }
    }
    if let Some(nothing) = appraisals.scenarios.first() {
        let cheapest = decimal(nothing.cheapest.unwrap_or_default(), 4);
        write([&nothing.scenario, nothing.kind.code(), "cheapest_option", "all", "all", "share"], vec![cheapest])?;
        let worth = decimal(appraisals.value_of_knowing, 2);
        write(["all", "", "value_of_knowing_the_future", "all", "all", "pounds"], vec![worth])?;
        if let Some(best) = appraisals.scenarios.get(appraisals.best) {
            let saves = decimal(best.all.mean, 2);
            write([&best.scenario, best.kind.code(), "best_option_on_average", "all", "all", "pounds"], vec![saves])?;
        }
    }
    writer.flush()
}

fn of_spread(spread: &Spread) -> Vec<String> {
    [spread.mean, spread.sd].into_iter().chain(spread.quantiles).map(|value| decimal(value, 2)).collect()
}

/// What each option saves against doing nothing; nothing where there are no prices or no options.
pub fn render_appraisal(world: &World, appraisals: &Appraisals) -> String {
    let options: Vec<&Appraisal> =
        appraisals.scenarios.iter().skip(1).filter(|own| own.kind != ScenarioKind::Outlook).collect();
    if options.is_empty() {
        return String::new();
    }
    let first = FinancialYear(world.base.0);
    let last = first.plus(world.years - 1);
    let mut table = new_table();
    let paid_back = format!("Pays its way by {last}");
    let headings = ["Option", "Saves", "In futures", &paid_back, "Cheapest in", "Pays down to"];
    table.set_header(headings.map(|heading| header(heading.to_string())));
    for own in &options {
        let paid_back = own.payback.at_once + own.payback.by_year.last().copied().unwrap_or_default();
        let cells = [
            own.scenario.clone(),
            millions_of(&own.all),
            percent(own.saves),
            percent(paid_back),
            percent(own.cheapest.unwrap_or_default()),
            switching(own),
        ];
        table.add_row(cells.map(Cell::new));
    }
    align(&mut table);
    let rate = decimal(world.assumptions.value(AssumptionKey::DiscountRate) * 100.0, 1);
    let nothing = appraisals.scenarios.first().and_then(|own| own.cheapest).unwrap_or_default();
    let worth = decimal(appraisals.value_of_knowing / 1e6, 1);
    let best = appraisals.scenarios.get(appraisals.best);
    let best = match best {
        Some(own) if own.all.mean > 0.0 => {
            let saves = decimal(own.all.mean / 1e6, 1);
            format!("The best on average is {}, which saves £{saves} m in the mean of all futures", own.scenario)
        }
        _ => "No option saves on average".to_string(),
    };
    let mut explained =
        "A building serves for longer than these years: what it saves later is not counted.\nAn option pays its way in \
         futures in which it has paid back by then what it cost more, or never cost more ('Pays its way').".to_string();
    if options.iter().any(|own| own.switching.is_some()) {
        explained +=
            "\nDown to so much of its simulated effect an option still pays for what it costs itself ('Pays down to').";
    }
    let free: Vec<&str> = options.iter().filter(|own| is_free(own)).map(|own| own.scenario.as_str()).collect();
    if !free.is_empty() {
        explained += &format!(
            "\nNo cost of its own is given for {}: what it takes to bring these about is not in the sums.",
            free.join(", ")
        );
    }
    format!(
        "\nOptions against doing nothing, £m saved from {first} to {last} by all payers: prices of {first}, discounted by \
         {rate} % a year\n\n{table}\nTo do nothing is the cheapest in {} of futures. {best}; to know the future before choosing \
         would be worth £{worth} m more.\n{explained}\n",
        percent(nothing)
    )
}

/// The part of its effect down to which an option pays.
fn switching(own: &Appraisal) -> String {
    match own.switching {
        Some(part) if part <= 1.0 => percent(part),
        _ if is_free(own) => "no cost given".to_string(),
        _ => "does not pay".to_string(),
    }
}

/// Whether a scenario decides on nothing that has a price.
fn is_free(own: &Appraisal) -> bool {
    own.own_cost.mean == 0.0 && own.own_cost.sd == 0.0
}
