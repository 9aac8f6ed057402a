//! Spans of age, and the five age groups of the SEN2 return.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::units::Age;

/// Consecutive single years of age, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AgeSpan {
    first: Age,
    last: Age,
}

impl AgeSpan {
    pub const ALL: AgeSpan = AgeSpan::between(0, 25);

    /// `None` when the ends are out of order.
    pub fn new(first: Age, last: Age) -> Option<AgeSpan> {
        (first <= last).then_some(AgeSpan { first, last })
    }

    pub fn single(age: Age) -> AgeSpan {
        AgeSpan { first: age, last: age }
    }

    /// `7`, `5-10`; `None` for anything else or beyond 25.
    pub fn parse(text: &str) -> Option<AgeSpan> {
        let age = |part: &str| part.parse::<u8>().ok().and_then(Age::new);
        match text.split_once('-') {
            Some((first, last)) => AgeSpan::new(age(first)?, age(last)?),
            None => age(text).map(AgeSpan::single),
        }
    }

    pub fn first(self) -> Age {
        self.first
    }

    pub fn last(self) -> Age {
        self.last
    }

    pub fn ages(self) -> impl Iterator<Item = Age> {
        (self.first.index()..=self.last.index()).map(Age::at)
    }

    pub fn contains(self, age: Age) -> bool {
        self.first <= age && age <= self.last
    }

    pub fn is_single(self) -> bool {
        self.first == self.last
    }

    const fn between(first: usize, last: usize) -> AgeSpan {
        // Ages are checked bytes; constants below stay within 0 to 25.
        AgeSpan { first: Age::constant(first as u8), last: Age::constant(last as u8) }
    }
}

impl fmt::Display for AgeSpan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_single() { self.first.fmt(f) } else { write!(f, "{}-{}", self.first, self.last) }
    }
}

/// The DfE's age groups, by age on 31 August before the census.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum AgeGroup {
    Under5,
    From5To10,
    From11To15,
    From16To19,
    From20To25,
}

impl AgeGroup {
    pub const ALL: [AgeGroup; 5] =
        [AgeGroup::Under5, AgeGroup::From5To10, AgeGroup::From11To15, AgeGroup::From16To19, AgeGroup::From20To25];

    pub fn of(age: Age) -> AgeGroup {
        AgeGroup::of_years(age.index())
    }

    /// The group of an age given as the place in an age-ordered table.
    pub const fn of_years(years: usize) -> AgeGroup {
        match years {
            0..=4 => AgeGroup::Under5,
            5..=10 => AgeGroup::From5To10,
            11..=15 => AgeGroup::From11To15,
            16..=19 => AgeGroup::From16To19,
            _ => AgeGroup::From20To25,
        }
    }

    pub fn index(self) -> usize {
        self as usize
    }

    pub fn span(self) -> AgeSpan {
        match self {
            AgeGroup::Under5 => AgeSpan::between(0, 4),
            AgeGroup::From5To10 => AgeSpan::between(5, 10),
            AgeGroup::From11To15 => AgeSpan::between(11, 15),
            AgeGroup::From16To19 => AgeSpan::between(16, 19),
            AgeGroup::From20To25 => AgeSpan::between(20, 25),
        }
    }

    /// What a reader is shown.
    pub fn title(self) -> &'static str {
        match self {
            AgeGroup::Under5 => "Under 5",
            AgeGroup::From5To10 => "5 to 10",
            AgeGroup::From11To15 => "11 to 15",
            AgeGroup::From16To19 => "16 to 19",
            AgeGroup::From20To25 => "20 to 25",
        }
    }

    /// The value in the column `age_group`.
    pub fn code(self) -> &'static str {
        match self {
            AgeGroup::Under5 => "under_5",
            AgeGroup::From5To10 => "5_to_10",
            AgeGroup::From11To15 => "11_to_15",
            AgeGroup::From16To19 => "16_to_19",
            AgeGroup::From20To25 => "20_to_25",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_cover_each_age_once() {
        for age in Age::all() {
            let holders: Vec<_> = AgeGroup::ALL.into_iter().filter(|g| g.span().contains(age)).collect();
            assert_eq!(holders, vec![AgeGroup::of(age)]);
        }
    }

    #[test]
    fn spans_are_read_and_written_alike() {
        for text in ["7", "0-2", "20-25"] {
            assert_eq!(AgeSpan::parse(text).expect("valid").to_string(), text);
        }
        for bad in ["", "26", "5-3", "x", "1-", "-1", "1.5"] {
            assert_eq!(AgeSpan::parse(bad), None, "{bad}");
        }
    }
}
