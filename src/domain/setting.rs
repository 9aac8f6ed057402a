//! Settings: where a plan is delivered. They come from the area folder, not from the code.

use super::age_group::AgeSpan;

/// A position in the area's list of settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SettingId(u8);

impl SettingId {
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}

/// One setting of the area's list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// snake_case name used in every table.
    pub code: String,
    /// What a reader is shown.
    pub name: String,
    /// Census ages at which a plan may be held there.
    pub ages: AgeSpan,
}

/// The code reserved for plans whose setting is not known: no place, so nobody moves there.
pub const NOT_RECORDED: &str = "not_recorded";

/// The settings of an area, in the order of its table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings(Vec<Setting>);

impl Settings {
    /// How many settings an area may have.
    pub const MOST: usize = 64;

    /// `None` when there is none or more than [`Settings::MOST`].
    pub fn new(settings: Vec<Setting>) -> Option<Settings> {
        (1..=Self::MOST).contains(&settings.len()).then_some(Settings(settings))
    }

    pub fn count(&self) -> usize {
        self.0.len()
    }

    pub fn ids(&self) -> impl Iterator<Item = SettingId> {
        (0..self.0.len()).map(|index| SettingId(index as u8))
    }

    pub fn find(&self, code: &str) -> Option<SettingId> {
        self.ids().find(|id| self.of(*id).code == code)
    }

    /// The setting of plans whose setting the source does not know.
    pub fn not_recorded(&self) -> Option<SettingId> {
        self.find(NOT_RECORDED)
    }

    pub fn of(&self, id: SettingId) -> &Setting {
        &self.0[id.index()]
    }

    pub fn iter(&self) -> impl Iterator<Item = &Setting> {
        self.0.iter()
    }
}
