//! Cells of returns: means by setting, spread over the categories of a form.

use crate::domain::age_group::AgeGroup;
use crate::domain::need::Need;
use crate::domain::statutory_return::{MappedForm, NEEDS, NEEDS_IF_ANY};
use crate::input::run_folder::FinishedRun;
use crate::input::run_means::{FigureAge, Key, RunMeasure, ScenarioMeans};

/// A figure of a measure and year, over all needs, settings and ages.
pub fn total_key(measure: RunMeasure, year: u16) -> Key {
    Key { measure, year, need: None, setting: None, age: FigureAge::All }
}

/// Means by category, of the figure that `key` names in each setting.
pub fn by_category(run: &FinishedRun, form: MappedForm, means: &ScenarioMeans, key: Key) -> Vec<f64> {
    let mut sums = vec![0.0; form.categories().len()];
    for setting in 0..run.mapping.settings.len() {
        let mean = means.mean(Key { setting: Some(setting), ..key });
        for (category, share) in run.mapping.counted(form, setting) {
            sums[category] += share * mean;
        }
    }
    sums
}

/// Means of a flow or of counted plans by age group.
pub fn by_group(mean: impl Fn(FigureAge) -> f64) -> Vec<f64> {
    AgeGroup::ALL.into_iter().map(|group| mean(FigureAge::Group(group))).collect()
}

/// Needs with a row in the form: those every form has, and others that some plan has.
pub fn needs_of(means: &[ScenarioMeans]) -> Vec<Need> {
    let held = |need: &Need| means.iter().any(|means| means.needs().contains(need));
    NEEDS.into_iter().chain(NEEDS_IF_ANY.into_iter().filter(held)).collect()
}
