//! `[[early_support]]` in `scenarios/*.toml`.

use serde::Deserialize;
use toml::Spanned;

use super::scenario_file::Reader;
use crate::domain::service::Estimate;
use crate::scenario::lever::{Change, Lever};
use crate::units::Probability;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawEarlySupport {
    reach: Spanned<f64>,
    effect_low: Spanned<f64>,
    effect: Spanned<f64>,
    effect_high: Spanned<f64>,
    #[serde(default)]
    lag_years: u16,
    cost_per_pupil: Option<Spanned<f64>>,
    from: Spanned<u16>,
    until: Option<Spanned<u16>>,
    phase_in_years: Option<Spanned<u16>>,
    ages: Option<Spanned<String>>,
    #[serde(default)]
    needs: Vec<Spanned<String>>,
}

/// No offer shows its effect later than this.
const MOST_LAG: u16 = 10;
/// Pounds for a pupil and year: beyond these it is a slip.
const MOST_COST: f64 = 100_000.0;

impl Reader<'_> {
    /// An offer to pupils on SEN support, who must be known.
    pub fn early_support(&mut self, raw: &RawEarlySupport, has_sen_support: bool) -> Lever {
        if !has_sen_support {
            let hint = Some("it lowers the plans of pupils on SEN support".into());
            self.problem("reach", &raw.reach, &raw.reach.as_ref().to_string(), "needs a sen_support.csv", hint);
        }
        let reach = Probability::new(*raw.reach.as_ref()).unwrap_or_else(|| {
            let hint = Some("share of pupils on SEN support, 0 to 1".into());
            self.problem("reach", &raw.reach, &raw.reach.as_ref().to_string(), "is out of bounds", hint);
            Probability::ZERO
        });
        let [low, central, high] = [&raw.effect_low, &raw.effect, &raw.effect_high].map(|share| *share.as_ref());
        let effect = Estimate::new(low, central, high).filter(|effect| effect.high <= 1.0).unwrap_or_else(|| {
            let hint = Some("effect_low, effect and effect_high rise from 0 to at most 1".into());
            self.problem(
                "effect",
                &raw.effect,
                &central.to_string(),
                "is not between effect_low and effect_high",
                hint,
            );
            Estimate::certain(0.0)
        });
        if raw.lag_years > MOST_LAG {
            let hint = Some(format!("0 to {MOST_LAG}"));
            self.problem("lag_years", &raw.reach, &raw.lag_years.to_string(), "is out of bounds", hint);
        }
        let cost = raw.cost_per_pupil.as_ref().and_then(|cost| {
            self.within("cost_per_pupil", cost, 0.0..=MOST_COST, &format!("pounds a pupil and year, 0 to {MOST_COST}"))
        });
        let cost_per_pupil = cost.unwrap_or(0.0);
        Lever {
            change: Change::EarlySupport { reach, effect, lag_years: raw.lag_years, cost_per_pupil },
            reach: self.reach(raw.ages.as_ref(), &raw.needs, &[]),
            timing: self.timing(&raw.from, raw.until.as_ref(), raw.phase_in_years.as_ref()),
        }
    }
}
