//! How the settings of an imported area count in statutory returns: by the placements of its latest
//! January, where a form asks for less or for more than a setting holds.
//!
//! A setting whose placements all count alike has one category. Where they differ (units and resourced
//! provision, independent and non-maintained special schools, kinds of further education), it is split
//! as the plans of that January were; without plans that month, all of it goes to the category named
//! first. Shares are written with six decimals that sum to one.

use super::placements::{PLACEMENTS, Placement, SETTINGS};
use super::published::PublishedFigure;
use crate::domain::observation::Measure;
use crate::domain::statutory_return::{MappedForm, MappedShare, NOT_COUNTED, ReturnMapping, group_of_provision};
use crate::numerics::rounding::round_to_total;

/// Millionths, in which shares are written: a setting of 30,000 plans is split to a twentieth of a plan.
const WHOLE: u32 = 1_000_000;

/// The categories of a setting's plans: school capacity, provision of the reform plan, grant.
const BY_SETTING: [(&str, [&str; 3]); 13] = [
    ("early_years", [NOT_COUNTED, "early_years", "mainstream"]),
    ("mainstream", [NOT_COUNTED, "mainstream", "mainstream"]),
    ("resourced_provision", ["UR", "resourced_provision", "units"]),
    ("state_special", ["SS", "state_special", "state_special"]),
    ("independent_special", ["IN", "independent_special", "independent_special"]),
    ("alternative_provision", ["AP", "alternative_provision", "hospital_or_ap"]),
    ("further_education", [NOT_COUNTED, "general_further_education", "post_16"]),
    ("specialist_post_16", [NOT_COUNTED, "specialist_post_16", "post_16"]),
    ("home_education", [NOT_COUNTED, "home_education", "other"]),
    ("eotas", [NOT_COUNTED, "eotas", "other"]),
    ("neet", [NOT_COUNTED, "neet_or_other", "other"]),
    ("other", [NOT_COUNTED, "neet_or_other", "other"]),
    ("not_recorded", [NOT_COUNTED, "neet_or_other", "other"]),
];

/// Placements that count elsewhere than most of their setting.
const BY_PLACEMENT: [(&str, [&str; 3]); 5] = [
    ("mainstream_la_maintained_senunit", ["UR", "sen_unit", "units"]),
    ("mainstream_academy_senunit", ["UR", "sen_unit", "units"]),
    ("mainstream_free_school_senunit", ["UR", "sen_unit", "units"]),
    ("special_non_maintained", ["SS", "non_maintained_special", "independent_special"]),
    ("ukrlp_provider", [NOT_COUNTED, "other_further_education", "post_16"]),
];

/// The mapping of an area with these figures, by its placements of January `base`.
pub fn return_shares(figures: &[PublishedFigure], base: u16) -> ReturnMapping {
    let settings: Vec<String> = SETTINGS.iter().map(|setting| setting.0.to_string()).collect();
    let mut shares = Vec::new();
    for form in MappedForm::ALL {
        for (place, setting) in settings.iter().enumerate() {
            shares.extend(shares_of(form, place, setting, figures, base));
        }
    }
    ReturnMapping { settings, shares }
}

fn shares_of(
    form: MappedForm,
    place: usize,
    setting: &str,
    figures: &[PublishedFigure],
    base: u16,
) -> Vec<MappedShare> {
    let usual = category(form, BY_SETTING.iter().find(|(code, _)| *code == setting).map(|(_, categories)| categories));
    // Plans by category, the usual one first.
    let mut plans: Vec<(Option<usize>, u32)> = vec![(usual, 0)];
    for placement in PLACEMENTS.iter().filter(|placement| placement.setting == setting) {
        let own = BY_PLACEMENT.iter().find(|(id, _)| *id == placement.id).map(|(_, categories)| categories);
        let own = own.map_or(usual, |own| category(form, Some(own)));
        let count = plans_of(placement, figures, base);
        match plans.iter_mut().find(|(category, _)| *category == own) {
            Some((_, plans)) => *plans += count,
            None => plans.push((own, count)),
        }
    }
    let row = |category, share, source: String| MappedShare { form, setting: place, category, share, source };
    let total: u32 = plans.iter().map(|(_, plans)| plans).sum();
    if plans.len() == 1 {
        let source = if usual.is_none() { "not asked for by the form" } else { "all placements of the setting" };
        return vec![row(usual, 1.0, source.to_string())];
    }
    if total == 0 {
        return vec![row(usual, 1.0, format!("no plans in January {base} to split the setting by"))];
    }
    let exact: Vec<f64> =
        plans.iter().map(|(_, count)| f64::from(*count) * f64::from(WHOLE) / f64::from(total)).collect();
    let shares = round_to_total(&exact, WHOLE);
    let split = plans.iter().zip(shares).filter(|(_, share)| *share > 0);
    split
        .map(|((category, count), share)| {
            let source = format!("DfE SEN2 {base}, caseload: {count} of the setting's {total} plans in January {base}");
            row(*category, f64::from(share) / f64::from(WHOLE), source)
        })
        .collect()
}

/// The place of a category in its form; `None`: not counted.
fn category(form: MappedForm, codes: Option<&[&str; 3]>) -> Option<usize> {
    let [capacity, provision, grant] = *codes.expect("every setting of an import has its categories");
    match form {
        MappedForm::Capacity => form.find(capacity),
        MappedForm::Provision => form.find(provision),
        MappedForm::Group => MappedForm::Provision.find(provision).map(group_of_provision),
        MappedForm::Grant => form.find(grant),
    }
}

/// Plans of a January in a placement, of all ages and needs.
fn plans_of(placement: &Placement, figures: &[PublishedFigure], january: u16) -> u32 {
    let wanted = |f: &&PublishedFigure| {
        (f.measure, f.year, f.placement) == (Measure::Plans, january, Some(placement.id))
            && f.age.is_none()
            && f.need.is_none()
    };
    figures.iter().find(wanted).map_or(0, |figure| figure.count)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plans(placement: &'static str, count: u32) -> PublishedFigure {
        let (area, age, need, source) = (0, None, None, "made_up");
        PublishedFigure {
            area,
            year: 2025,
            measure: Measure::Plans,
            age,
            need,
            placement: Some(placement),
            count,
            source,
        }
    }

    fn shares(mapping: &ReturnMapping, form: MappedForm, setting: &str) -> Vec<(&'static str, f64)> {
        let setting = mapping.find(setting).expect("a setting of an import");
        let rows = mapping.shares.iter().filter(|row| row.form == form && row.setting == setting);
        rows.map(|row| (row.category_code(), row.share)).collect()
    }

    #[test]
    fn every_category_named_here_is_one_of_its_form() {
        let forms = [MappedForm::Capacity, MappedForm::Provision, MappedForm::Grant];
        for (name, codes) in BY_SETTING.iter().chain(&BY_PLACEMENT) {
            for (form, code) in forms.into_iter().zip(codes) {
                assert!(*code == NOT_COUNTED || form.find(code).is_some(), "{name}: {code}");
            }
            let known = SETTINGS.iter().any(|s| s.0 == *name) || PLACEMENTS.iter().any(|p| p.id == *name);
            assert!(known, "{name}");
        }
    }

    #[test]
    fn a_setting_is_split_as_its_plans_were() {
        // 7 and 14 of 21: a third and two thirds, in six decimals that sum to one.
        let figures = [plans("special_non_maintained", 7), plans("special_independent", 14)];
        let mapping = return_shares(&figures, 2025);
        assert_eq!(shares(&mapping, MappedForm::Capacity, "independent_special"), [("IN", 0.666667), ("SS", 0.333333)]);
        let provisions = [("independent_special", 0.666667), ("non_maintained_special", 0.333333)];
        assert_eq!(shares(&mapping, MappedForm::Provision, "independent_special"), provisions);
        assert_eq!(shares(&mapping, MappedForm::Group, "independent_special"), [("independent_special", 1.0)]);
        // Nobody in units: all to the category named first.
        assert_eq!(shares(&mapping, MappedForm::Provision, "resourced_provision"), [("resourced_provision", 1.0)]);
        assert_eq!(shares(&mapping, MappedForm::Capacity, "mainstream"), [(NOT_COUNTED, 1.0)]);
    }
}
