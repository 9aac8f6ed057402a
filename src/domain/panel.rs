//! Yearly figures of many local authorities side by side: what a panel is fitted on.
//!
//! Every series has one row per area and one column per January. Flows stand at the January that
//! closes their calendar year, which is when they are published. NaN is unknown.

use ndarray::{Array2, ArrayView1};

/// One local authority of the panel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PanelArea {
    /// The DfE's code (`old_la_code`).
    pub code: String,
    pub name: String,
}

/// Plans held in a setting, or in all of them.
#[derive(Clone, Debug, PartialEq)]
pub struct PanelGroup {
    /// A setting's code, or `all`.
    pub setting: String,
    /// Plans held in January.
    pub plans: Array2<f64>,
    /// Plans that started in the calendar year before.
    pub new_plans: Array2<f64>,
}

/// Areas × Januaries.
#[derive(Clone, Debug, PartialEq)]
pub struct Panel {
    /// The January of the first column.
    pub first: u16,
    pub areas: Vec<PanelArea>,
    /// All plans first, then settings.
    pub groups: Vec<PanelGroup>,
    /// Requests for an assessment in the calendar year before.
    pub requests: Array2<f64>,
    /// Residents aged 0 to 25 by the latest estimate published by that January.
    pub residents: Array2<f64>,
}

/// The group of all plans.
pub const ALL: usize = 0;

impl Panel {
    pub fn last(&self) -> u16 {
        self.first + self.requests.ncols() as u16 - 1
    }

    /// A January's column of a series.
    pub fn at<'a>(&self, series: &'a Array2<f64>, year: u16) -> ArrayView1<'a, f64> {
        series.column(usize::from(year - self.first))
    }

    /// Areas whose plans are known at every January up to `year`.
    pub fn whole_until(&self, year: u16) -> Vec<bool> {
        let columns = usize::from(year - self.first) + 1;
        let plans = &self.groups[ALL].plans;
        plans.rows().into_iter().map(|row| row.iter().take(columns).all(|count| *count > 0.0)).collect()
    }

    /// What was known at the January of `year`: nothing later, of anywhere.
    pub fn known_by(&self, year: u16) -> Panel {
        let columns = usize::from(year - self.first) + 1;
        let cut = |series: &Array2<f64>| series.slice(ndarray::s![.., ..columns]).to_owned();
        Panel {
            first: self.first,
            areas: self.areas.clone(),
            groups: self
                .groups
                .iter()
                .map(|group| PanelGroup {
                    setting: group.setting.clone(),
                    plans: cut(&group.plans),
                    new_plans: cut(&group.new_plans),
                })
                .collect(),
            requests: cut(&self.requests),
            residents: cut(&self.residents),
        }
    }
}
