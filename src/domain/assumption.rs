//! Assumptions: numbers that are not counted in the area's data.
//!
//! Each has a default with its source and confidence, and may be set in the area's
//! `assumptions.csv`. An assumption without a source is low confidence wherever it shows.

/// How well founded a number is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Confidence {
    /// Official figure.
    High,
    /// Secondary, older, or estimated from official figures.
    Medium,
    /// No source: needs a local value.
    Low,
}

impl Confidence {
    pub fn parse(text: &str) -> Option<Confidence> {
        [Confidence::High, Confidence::Medium, Confidence::Low].into_iter().find(|c| c.code() == text)
    }

    pub fn code(self) -> &'static str {
        match self {
            Confidence::High => "high",
            Confidence::Medium => "medium",
            Confidence::Low => "low",
        }
    }
}

macro_rules! assumptions {
    ($($variant:ident $name:literal $unit:literal $value:literal $low:literal..$high:literal
        within $least:literal..$most:literal $confidence:ident $source:literal;)+) => {
        /// The assumptions the model knows.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum AssumptionKey { $($variant,)+ }

        impl AssumptionKey {
            pub const ALL: &[AssumptionKey] = &[$(AssumptionKey::$variant,)+];

            pub fn name(self) -> &'static str {
                match self { $(AssumptionKey::$variant => $name,)+ }
            }

            /// The values a user may set.
            pub fn bounds(self) -> (f64, f64) {
                match self { $(AssumptionKey::$variant => ($least, $most),)+ }
            }

            pub fn unit(self) -> &'static str {
                match self { $(AssumptionKey::$variant => $unit,)+ }
            }

            /// The value used when the area sets none.
            pub fn default_assumption(self) -> Assumption {
                match self { $(AssumptionKey::$variant => Assumption {
                    key: self, value: $value, low: $low, high: $high,
                    confidence: Confidence::$confidence, source: $source.to_string(),
                },)+ }
            }
        }
    };
}

impl AssumptionKey {
    /// Whether only whole numbers make sense.
    pub fn is_whole(self) -> bool {
        self == AssumptionKey::TrendWindow
    }
}

/// One number with its range and where it comes from.
#[derive(Clone, Debug, PartialEq)]
pub struct Assumption {
    pub key: AssumptionKey,
    pub value: f64,
    pub low: f64,
    pub high: f64,
    pub confidence: Confidence,
    pub source: String,
}

assumptions! {
    TrendWindow "trend_window_years" "years" 6.0 4.0..8.0 within 3.0..20.0 Medium
        "DfE SEN2: the EHC-plan-only series starts in 2019";
    TrendDamping "trend_damping_per_year" "share of last year's growth kept" 0.8 0.7..0.9 within 0.0..1.0 Medium
        "needscast from DfE SEN2: least mean absolute log error 4 and 5 years ahead among 0.6 to 1.0, 90 LAs, origins 2018-2023";
    TrendSpread "trend_spread_between_areas" "log points per year" 0.05 0.03..0.07 within 0.001..1.0 Medium
        "needscast from DfE SEN2 2019-2024: SD of log slopes of new plans over 99 LAs (0.074) less their sampling error (0.043)";
    LevelDiscount "level_discount_per_year" "weight of the year before" 0.5 0.2..0.8 within 0.0..1.0 Medium
        "needscast from DfE SEN2: between 0.2 (best 1 year ahead) and 0.8 (best 5 ahead), which differ by under 2 points, 90 LAs, origins 2018-2023";
    JoinerLastingShock "joiner_shock_lasting_sd" "log points per year" 0.145 0.10..0.20 within 0.0..1.0 Medium
        "needscast from DfE SEN2 2016-2024: robust SD of log changes in new plans over 90 LAs, 1 to 5 years apart";
    JoinerPassingShock "joiner_shock_passing_sd" "log points" 0.13 0.08..0.16 within 0.0..1.0 Medium
        "needscast from DfE SEN2 2016-2024: as the lasting shock, the part that does not accumulate";
    LeaverPassingShock "leaver_shock_passing_sd" "log points" 0.32 0.2..0.5 within 0.0..1.5 Medium
        "needscast from DfE SEN2 2022-2024: robust SD of yearly log changes in ceased plans over 98 LAs (0.45) over root 2";
    LeaverSettingShock "leaver_shock_setting_sd" "log points of the odds of ceasing in a setting" 0.8 0.4..1.2 within 0.0..1.5 Low
        "no source: beside it past errors by setting scale it where they are known; needs several years of ceased plans by setting";
    LeaverLevelSpread "leaver_level_sd" "log points" 0.15 0.1..0.3 within 0.0..1.0 Low
        "no source: how far three years of ceased plans may lie from the next ten; needs a backtest";
    MoverShock "mover_shock_passing_sd" "log points of the odds of leaving a setting for another" 1.5 1.0..2.0 within 0.0..2.0 Medium
        "needscast from DfE SEN2: without it 80 % intervals of January 2025 seen from 2024 hold 62 % of outturns in mainstream, 52 % in state special, 41 % in independent special schools, 99 LAs; one year only; past errors scale it where they are known";
    MoverEvidence "mover_evidence_share" "share of reconciled movers counted as evidence" 0.5 0.25..1.0 within 0.01..1.0 Low
        "no source: moves are inferred from two stocks, not counted; needs person-level returns";
    PlansInTime "plans_within_20_weeks_share" "share of new plans" 0.46 0.40..0.52 within 0.01..0.99 High
        "DfE SEN2 2024: England, plans issued within 20 weeks";
    DecisionsInTime "decisions_within_6_weeks_share" "share of requests" 0.848 0.8..0.9 within 0.01..0.999 High
        "DfE SEN2 2024: England, requests decided within 6 weeks";
    PlanTimeSpread "plan_time_log_sd" "log points" 0.58 0.45..0.70 within 0.05..2.0 Medium
        "needscast from DfE SEN2: log-normal through the shares within 20 weeks and a year (England 2023: 49.1 and 94.9 %, Somerset 2024: 33.5 and 88.8 %)";
    ReviewsDue "annual_reviews_due_per_plan" "reviews per plan and year" 0.82 0.78..0.87 within 0.0..2.0 High
        "DfE SEN2 2024: England, reviews expected (524,654) of plans in January 2025 (638,745)";
    AppealsOfRefusals "appeals_per_refusal" "appeals per request that led to no assessment" 0.12 0.1..0.25 within 0.0..2.0 High
        "DfE SEN2 2024: England, appeals of decisions not to assess (4,655 of 38,889)";
    AppealsOfContent "appeals_per_new_plan" "appeals per new plan" 0.046 0.01..0.2 within 0.0..2.0 Medium
        "DfE SEN2 2024: England, other appeals (4,533) over plans issued (98,547); of registered appeals 61 % are on content (MoJ 2024/25)";
    DiscountRate "discount_rate_per_year" "share of real pounds" 0.035 0.015..0.05 within 0.0..0.2 High
        "HM Treasury, Green Book: 3.5 % real a year for the first 30 years";
    ReliefYears "relief_years" "years" 1.0 1.0..1.0 within 0.1..20.0 Low
        "no source: within how long lists are to come to their standards is the area's choice";
    PlansFromSupport "new_plans_from_sen_support_share" "share of new plans" 0.75 0.6..0.9 within 0.0..1.0 Low
        "no source: how many new plans go to pupils on SEN support is not published; needs the area's own records";
    SupportStepDown "sen_support_step_down_per_year" "share of pupils on SEN support" 0.12 0.06..0.2 within 0.0..0.9 Low
        "no source: how many pupils no longer need SEN support is not published; needs termly school census returns";
    SupportGrowth "sen_support_growth_per_year" "log points" 0.032 0.0..0.045 within -0.2..0.2 Medium
        "DfE LAIT: England, pupils on SEN support 12.1 % in 2020, 14.2 % in 2025; growth of an area's own last years does not tell its next (114 LAs)";
    SupportGrowthSpread "sen_support_growth_sd" "log points" 0.038 0.03..0.05 within 0.0..0.3 Medium
        "needscast from DfE LAIT 2016-2025: SD of five years' log changes of an area's share less England's, 0.10 over 114 LAs, by 2.69 damped years";
}

/// Every assumption once, defaults replaced where the area sets them.
#[derive(Clone, Debug, PartialEq)]
pub struct Assumptions(Vec<Assumption>);

impl Assumptions {
    pub fn with_defaults(set: Vec<Assumption>) -> Assumptions {
        let chosen = |key: &AssumptionKey| {
            set.iter().find(|a| a.key == *key).cloned().unwrap_or_else(|| key.default_assumption())
        };
        Assumptions(AssumptionKey::ALL.iter().map(chosen).collect())
    }

    pub fn value(&self, key: AssumptionKey) -> f64 {
        self.0[key as usize].value
    }

    pub fn iter(&self) -> impl Iterator<Item = &Assumption> {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_lies_in_its_range_and_bounds_and_names_a_source() {
        for key in AssumptionKey::ALL {
            let a = key.default_assumption();
            let (least, most) = key.bounds();
            assert!(least <= a.low && a.low <= a.value && a.value <= a.high && a.high <= most, "{}", key.name());
            assert!(!a.source.is_empty());
            assert_eq!(a.source.starts_with("no source"), a.confidence == Confidence::Low);
        }
    }

    #[test]
    fn a_local_value_replaces_only_its_default() {
        let mut local = AssumptionKey::TrendDamping.default_assumption();
        local.value = 0.5;
        let all = Assumptions::with_defaults(vec![local]);
        assert_eq!(all.value(AssumptionKey::TrendDamping), 0.5);
        assert_eq!(all.value(AssumptionKey::TrendWindow), 6.0);
    }
}
