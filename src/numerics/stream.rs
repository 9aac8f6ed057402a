//! Named random streams: a draw is addressed by mechanism, replicate, year and unit.
//!
//! Two scenarios that ask for the same address get the same uniform, so their difference is
//! paired; a new mechanism takes a new name and moves no other draw. The scenario is on purpose
//! not part of the address.

use super::philox;

/// What a draw is for. The numbers are part of every published result: append, never renumber.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Mechanism {
    /// How uncertain rates, and the years' shocks to them, came out in this replicate.
    Parameters = 1,
    /// Which plans cease (first of the pair) and which others change setting (second).
    LeavingAndMoving = 3,
    /// The setting a mover goes to.
    Destination = 5,
    /// Whether a lever diverts a mover.
    MoverDiversion = 6,
    /// How many requests lead to a plan.
    Issuing = 7,
    /// How many requests lead to an assessment and no plan.
    AssessedOnly = 8,
    /// How many requests lead to no assessment.
    NotAssessed = 9,
    /// Need and setting of a new plan.
    NewPlanProfile = 10,
    /// Whether a lever lets a new plan come about.
    NewPlanThinning = 11,
    /// Whether a lever diverts a new plan to another setting.
    NewPlanDiversion = 12,
    /// How many plans move in from other areas.
    MovingIn = 13,
    /// Need and setting of a plan that moved in.
    MovedInProfile = 14,
    /// New plans that a lever adds, their need and setting, and which of them come about.
    AddedIssuing = 15,
    AddedProfile = 16,
    AddedThinning = 17,
    /// Which exchange the rounding of a table tries.
    Rounding = 18,
}

/// All draws of one replicate.
#[derive(Clone, Copy, Debug)]
pub struct Streams {
    key: [u32; 2],
    replicate: u32,
}

impl Streams {
    pub fn new(seed: u64, replicate: u32) -> Streams {
        Streams { key: [seed as u32, (seed >> 32) as u32], replicate }
    }

    /// Two uniforms on (0, 1) for a unit of a mechanism in a year (0 where the year has no say).
    #[inline]
    pub fn pair(&self, mechanism: Mechanism, year: u16, unit: u32, index: u32) -> [f64; 2] {
        let tag = (u32::from(mechanism as u8) << 16) | u32::from(year);
        let words = philox::block([unit, index, tag, self.replicate], self.key);
        [open_unit(words[0], words[1]), open_unit(words[2], words[3])]
    }

    /// The first of [`Streams::pair`].
    #[inline]
    pub fn uniform(&self, mechanism: Mechanism, year: u16, unit: u32, index: u32) -> f64 {
        self.pair(mechanism, year, unit, index)[0]
    }

    /// A run of uniforms for samplers that need an unknown number of them.
    pub fn sequence(&self, mechanism: Mechanism, unit: u32) -> Sequence {
        Sequence { streams: *self, mechanism, unit, index: 0, spare: None, spare_normal: None }
    }
}

/// Successive uniforms of one unit.
#[derive(Clone, Debug)]
pub struct Sequence {
    streams: Streams,
    mechanism: Mechanism,
    unit: u32,
    index: u32,
    spare: Option<f64>,
    /// The second normal of a pair, until it is asked for.
    pub(super) spare_normal: Option<f64>,
}

impl Sequence {
    pub fn draw_uniform(&mut self) -> f64 {
        if let Some(value) = self.spare.take() {
            return value;
        }
        let [first, second] = self.streams.pair(self.mechanism, 0, self.unit, self.index);
        self.index += 1;
        self.spare = Some(second);
        first
    }
}

/// 52 bits and a half step: never 0 and never 1, so that logarithms and inversions are safe.
#[inline]
fn open_unit(high: u32, low: u32) -> f64 {
    let bits = (u64::from(high) << 32 | u64::from(low)) >> 12;
    (bits as f64 + 0.5) * (1.0 / 4_503_599_627_370_496.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uniforms_are_open_at_both_ends() {
        assert!(open_unit(0, 0) > 0.0);
        assert!(open_unit(u32::MAX, u32::MAX) < 1.0);
    }

    #[test]
    fn every_part_of_the_address_changes_the_draw() {
        let base = Streams::new(7, 3).uniform(Mechanism::LeavingAndMoving, 2025, 11, 0);
        let others = [
            Streams::new(8, 3).uniform(Mechanism::LeavingAndMoving, 2025, 11, 0),
            Streams::new(7, 4).uniform(Mechanism::LeavingAndMoving, 2025, 11, 0),
            Streams::new(7, 3).uniform(Mechanism::Destination, 2025, 11, 0),
            Streams::new(7, 3).uniform(Mechanism::LeavingAndMoving, 2026, 11, 0),
            Streams::new(7, 3).uniform(Mechanism::LeavingAndMoving, 2025, 12, 0),
            Streams::new(7, 3).uniform(Mechanism::LeavingAndMoving, 2025, 11, 1),
        ];
        for other in others {
            assert_ne!(base.to_bits(), other.to_bits());
        }
        let again = Streams::new(7, 3).uniform(Mechanism::LeavingAndMoving, 2025, 11, 0);
        assert_eq!(base.to_bits(), again.to_bits());
    }

    #[test]
    fn uniforms_have_the_mean_and_variance_of_the_unit_interval() {
        let streams = Streams::new(1, 1);
        let draws: Vec<f64> =
            (0..100_000).flat_map(|unit| streams.pair(Mechanism::Destination, 2030, unit, 0)).collect();
        let count = draws.len() as f64;
        let mean = draws.iter().sum::<f64>() / count;
        let variance = draws.iter().map(|u| (u - mean) * (u - mean)).sum::<f64>() / count;
        assert!((mean - 0.5).abs() < 0.003, "mean {mean}");
        assert!((variance - 1.0 / 12.0).abs() < 0.001, "variance {variance}");
    }
}
