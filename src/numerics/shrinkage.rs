//! Shrinkage by evidence: how far local counts move a rate away from the one it borrows from.
//!
//! Counts Cᵢ arise with means θᵢ·Eᵢ, where Eᵢ is what the parent rate would have given and
//! θᵢ ~ Gamma(k, k) has mean 1. The posterior mean is θ̂ᵢ = (Cᵢ + k)/(Eᵢ + k): with few expected
//! events it stays at the parent's 1, with many it follows the data. k is the number of events
//! the parent is worth. It is estimated from the spread of Cᵢ/Eᵢ beyond chance (a moment
//! estimate in the manner of DerSimonian and Laird):
//! τ² = (Σ(Cᵢ−Eᵢ)²/Eᵢ − (m−1)) / (ΣEᵢ − ΣEᵢ²/ΣEᵢ), k = 1/τ², kept within stated bounds so that a
//! handful of cells can neither switch shrinkage off nor make it total.

/// Counts with the expectation under the parent, in events.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Evidence {
    pub observed: f64,
    pub expected: f64,
}

/// Events a parent rate may be worth, at least and at most.
pub const STRENGTH_BOUNDS: (f64, f64) = (2.0, 400.0);

/// The strength k estimated from several cells; the upper bound when there is nothing to learn from.
pub fn estimate_strength(cells: &[Evidence]) -> f64 {
    let used: Vec<&Evidence> = cells.iter().filter(|cell| cell.expected > 0.0).collect();
    let total: f64 = used.iter().map(|c| c.expected).sum();
    if used.len() < 2 || total <= 0.0 {
        return STRENGTH_BOUNDS.1;
    }
    let spread: f64 = used.iter().map(|c| (c.observed - c.expected).powi(2) / c.expected).sum();
    let squares: f64 = used.iter().map(|c| c.expected * c.expected).sum();
    let variance = (spread - (used.len() - 1) as f64) / (total - squares / total);
    if variance <= 0.0 { STRENGTH_BOUNDS.1 } else { (1.0 / variance).clamp(STRENGTH_BOUNDS.0, STRENGTH_BOUNDS.1) }
}

/// The factor by which a cell's rate differs from its parent's, shrunk with strength `k`.
pub fn shrunken_factor(cell: Evidence, strength: f64) -> f64 {
    (cell.observed + strength) / (cell.expected + strength)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(observed: f64, expected: f64) -> Evidence {
        Evidence { observed, expected }
    }

    #[test]
    fn a_factor_by_hand() {
        // 30 seen, 10 expected, parent worth 10: (30+10)/(10+10) = 2, between 1 and 3.
        assert_eq!(shrunken_factor(cell(30.0, 10.0), 10.0), 2.0);
        assert_eq!(shrunken_factor(cell(0.0, 0.0), 10.0), 1.0);
    }

    #[test]
    fn strength_by_hand() {
        // Cells (120,100) and (80,100): spread 4 + 4, less 1, is 7, over 200 − 100 = 100.
        let strength = estimate_strength(&[cell(120.0, 100.0), cell(80.0, 100.0)]);
        assert!((strength - 100.0 / 7.0).abs() < 1e-9);
    }

    #[test]
    fn counts_no_wider_than_chance_keep_the_parent() {
        let cells = [cell(100.0, 100.0), cell(101.0, 100.0), cell(99.0, 100.0)];
        assert_eq!(estimate_strength(&cells), STRENGTH_BOUNDS.1);
    }

    #[test]
    fn more_evidence_moves_a_rate_further() {
        let small = shrunken_factor(cell(4.0, 2.0), 20.0);
        let large = shrunken_factor(cell(400.0, 200.0), 20.0);
        assert!(1.0 < small && small < large && large < 2.0);
    }
}
