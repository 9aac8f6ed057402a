//! What share of an age's new plans each need and setting has: those of the mix, of which steering takes some of
//! each setting to others.

use super::steering::AgeSteering;
use crate::numerics::lanes::Number;

/// The mix of new plans of an age in a year.
#[derive(Clone, Copy)]
pub struct Mix<'a, N> {
    /// Over the places of a sheet of one age: need × setting, settings of a need together; 1 in all.
    pub shares: &'a [N],
    pub settings: usize,
    pub steering: Option<AgeSteering<'a>>,
}

impl<N: Number> Mix<'_, N> {
    /// Meets every place, in order, with its share.
    #[inline(always)]
    pub fn visit(self, mut meet: impl FnMut(usize, N)) {
        for (need, row) in self.shares.chunks_exact(self.settings).enumerate() {
            let mut steered = N::default();
            if let Some(AgeSteering { away, .. }) = self.steering {
                // Most settings give nobody away.
                for (share, away) in row.iter().zip(away).filter(|(_, away)| **away > 0.0) {
                    steered += *share * N::splat(*away);
                }
            }
            for (setting, share) in row.iter().enumerate() {
                let mut share = *share;
                if let Some(AgeSteering { away, to }) = self.steering {
                    if away[setting] > 0.0 {
                        share = share * N::splat(1.0 - away[setting]);
                    } else if to[setting] > 0.0 {
                        share += steered * N::splat(to[setting]);
                    }
                }
                meet(need * self.settings + setting, share);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::steering::Steering;

    #[test]
    fn steered_shares_by_hand() {
        let steering = Steering::new(vec![0.25, 0.0, 0.0], &[0.0, 1.0, 3.0], |_, _| true);
        let mix = Mix { shares: &[0.1, 0.2, 0.0, 0.4, 0.0, 0.3], settings: 3, steering: steering.at(4) };
        let mut shares = Vec::new();
        mix.visit(|place, share| {
            assert_eq!(place, shares.len());
            shares.push(share);
        });
        // A quarter of 0.1 and 0.4 leaves setting 0 of each need: a part to setting 1, three to 2.
        let expected = [0.075, 0.20625, 0.01875, 0.3, 0.025, 0.375];
        assert!(shares.iter().zip(expected).all(|(a, b): (&f64, f64)| (a - b).abs() < 1e-12), "{shares:?}");
    }
}
