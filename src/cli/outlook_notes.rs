//! What growth learnt from many areas makes of a run, for its tables and notes.

use crate::fit::rate_table::RateRow;
use crate::model::parameters::{JoinerSpread, Prepared};

/// What growth learnt from many areas says, and what it makes of new plans, for `rates.csv`.
pub fn tabulate_outlook(prepared: &Prepared) -> Vec<RateRow> {
    let Some(outlook) = &prepared.rates().outlook else { return Vec::new() };
    let settings = &prepared.rates().settings;
    let source = |what: String| format!("growth learnt from panel.csv: {what}");
    let mut rows = Vec::new();
    for (year, (plans, multiplier)) in outlook.all.plans.iter().zip(&prepared.new_plan_path).enumerate() {
        let calendar = prepared.first_year + year as u16;
        let (january, in_year) = (format!("January {}", calendar + 1), format!("calendar year {calendar}"));
        rows.push(RateRow::of_area("outlook_plans", *plans, source(january.clone())));
        rows.push(RateRow::of_area("new_plans_multiplier", *multiplier, source(in_year.clone())));
        for (setting, path) in settings.iter().zip(&outlook.settings) {
            let plans = path.iter().map(|path| path.plans[year]);
            rows.extend(plans.map(|n| RateRow::of_setting("outlook_plans", &setting.code, n, source(january.clone()))));
        }
        let away = prepared.steering[year].iter().flat_map(|steering| settings.iter().zip(steering.away()));
        rows.extend(away.map(|(setting, away)| {
            RateRow::of_setting("steered_elsewhere_share", &setting.code, *away, source(in_year.clone()))
        }));
    }
    let errors = || "past errors of growth learnt from panel.csv".to_string();
    let JoinerSpread { level, growth } = prepared.joiner_spread;
    rows.push(RateRow::of_area("new_plans_level_uncertainty_multiplier", level, errors()));
    rows.push(RateRow::of_area("new_plans_growth_uncertainty_multiplier", growth, errors()));
    for (setting, multiplier) in settings.iter().zip(prepared.setting_spread()) {
        rows.push(RateRow::of_setting("setting_shock_multiplier", &setting.code, *multiplier, errors()));
    }
    rows
}

/// How far growth learnt from many areas moves new plans from the area's own trend.
pub fn note_outlook(prepared: &Prepared) -> Option<String> {
    let years = prepared.rates().outlook.as_ref()?.all.plans.len();
    let path: Vec<String> = prepared.new_plan_path.iter().take(years).map(|r| format!("{r:.2}")).collect();
    let JoinerSpread { level, growth } = prepared.joiner_spread;
    let steered = prepared.steering.iter().any(Option::is_some);
    let settings = if steered {
        "; placements are steered towards what the same growth expects of settings (steered_elsewhere_share in rates.csv)"
    } else {
        ""
    };
    Some(format!(
        "all plans are brought half-way between the area's own projection and growth learnt from many areas: its own new plans are multiplied by {} in the years from {} (the last from then on; never beyond a third or three times), the uncertainty of their level by {level:.2} and of their growth by {growth:.2}, the size of past errors{settings}",
        path.join(", "),
        prepared.first_year,
    ))
}
