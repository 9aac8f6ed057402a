//! A pooled fund in the run folder and on the terminal.

use std::io::Write;

use comfy_table::Cell;

use super::console::{align, header, new_table};
use super::csv_tables::decimal;
use super::money_tables::{millions_of, payer_name};
use super::table_writer::TableWriter;
use crate::domain::assumption::Confidence;
use crate::domain::money::Payer;
use crate::domain::pool::PoolRule;
use crate::domain::world::World;
use crate::summary::figures::ScenarioFigures;
use crate::summary::pool_value::{PoolFigure, value_of_pooling};

/// The columns of `pool.csv`: scripts rely on them.
const POOL_COLUMNS: [&str; 13] = [
    "scenario",
    "area",
    "financial_year",
    "rule",
    "partner",
    "unit",
    "contribution",
    "paid_mean",
    "paid_p10",
    "paid_p50",
    "paid_p90",
    "contribution_for_90_percent",
    "value_of_pooling",
];

/// Writes what each partner pays under each rule, and what pooling is worth to it.
pub fn write_pool(out: impl Write, world: &World, scenarios: &[ScenarioFigures]) -> csv::Result<()> {
    let mut writer = TableWriter::new(out);
    writer.write_record(POOL_COLUMNS)?;
    let Some(pool) = world.money.as_ref().and_then(|money| money.pool.as_ref()) else { return Ok(()) };
    for scenario in scenarios {
        for own in value_of_pooling(pool, &scenario.money) {
            let PoolFigure { year, rule, payer, contributed, mean, paid, enough, value } = own;
            let keys = [
                scenario.scenario.clone(),
                world.area.id.clone(),
                year.map_or_else(|| "all".to_string(), |year| year.to_string()),
                rule.code().to_string(),
                payer.map_or("all", Payer::code).to_string(),
                "pounds".to_string(),
            ];
            let [p10, p50, p90] = paid.map_or([None; 3], |paid| paid.interval().map(Some));
            let values = [Some(contributed), Some(mean), p10, p50, p90, Some(enough), Some(value)];
            let values = values.map(|value| value.map_or_else(String::new, |value| decimal(value, 2)));
            writer.write_record(keys.into_iter().chain(values))?;
        }
    }
    writer.flush()
}

/// The pool of the baseline: what each partner pays under each rule in its fourth year told, or the last there is. The
/// first has the risk pool paid in, and the last of all returns what is left.
pub fn render_pool(world: &World, scenarios: &[ScenarioFigures]) -> String {
    let pool = world.money.as_ref().and_then(|money| money.pool.as_ref());
    let Some((pool, baseline)) = pool.zip(scenarios.first()) else { return String::new() };
    let figures = value_of_pooling(pool, &baseline.money);
    let mut years: Vec<_> = figures.iter().filter_map(|own| own.year).filter(|year| *year >= pool.from).collect();
    years.dedup();
    let Some(year) = years.get(3).or(years.last()).copied() else { return String::new() };
    let shown: Vec<&PoolFigure> = figures.iter().filter(|own| own.year == Some(year)).collect();
    let mut table = new_table();
    let partners = || pool.partners.iter().map(|partner| payer_name(Some(partner.payer)));
    let headings = std::iter::once("Rule".to_string()).chain(partners());
    table.set_header(headings.chain(["Sure in 90 %".to_string(), "Less by pooling".to_string()]).map(header));
    for rule in PoolRule::ALL {
        let of_rule = || shown.iter().filter(|own| own.rule == *rule);
        let cells = of_rule().filter_map(|own| own.paid.as_ref().map(millions_of));
        let together = of_rule().find(|own| own.payer.is_none());
        let sums = together.map(|own| [own.enough, own.value].map(in_millions)).unwrap_or_default();
        table.add_row(std::iter::once(rule_name(*rule).to_string()).chain(cells).chain(sums).map(Cell::new));
    }
    align(&mut table);
    let contributed: Vec<String> = shown
        .iter()
        .filter(|own| own.rule == PoolRule::Separate)
        .filter_map(|own| Some(format!("{} {}", payer_name(Some(own.payer?)), in_millions(own.contributed))))
        .collect();
    let flag = if pool.confidence == Confidence::Low {
        " The agreement is an illustration: it needs local values."
    } else {
        ""
    };
    format!(
        "\nPooled fund '{}', baseline, {year}, £m that each partner pays for its lines: median and 80 % interval\n\n{table}\n\
         Contributions: {}. 'Sure in 90 %' is what the partners together have to set aside, each for itself, to have \
         enough in nine futures of ten; 'Less by pooling' is how much less that is than with separate budgets. Over all \
         years together the same is paid under every rule.{flag}\n",
        pool.name,
        contributed.join(", "),
    )
}

fn in_millions(pounds: f64) -> String {
    decimal(pounds / 1e6, 2).replace('-', "−")
}

fn rule_name(rule: PoolRule) -> &'static str {
    match rule {
        PoolRule::Separate => "Separate budgets",
        PoolRule::ProRata => "Pooled, pro rata",
        PoolRule::Equal => "Pooled, equal parts",
        PoolRule::Capped => "Pooled, capped",
    }
}
