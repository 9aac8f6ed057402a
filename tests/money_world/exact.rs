//! Numbers of two doubles, some 32 digits, and whole pence.

use needscast::domain::money::Shares;

use super::PAYERS;

/// The sum of two doubles, the second no more than the rounding error of the first.
#[derive(Clone, Copy, Debug)]
pub struct Exact(pub f64, pub f64);

/// A sum and what its rounding lost.
pub fn sum_of(a: f64, b: f64) -> Exact {
    let sum = a + b;
    let part = sum - a;
    Exact(sum, (a - (sum - part)) + (b - part))
}

pub fn exact(value: f64) -> Exact {
    Exact(value, 0.0)
}

impl Exact {
    pub fn plus(self, other: Exact) -> Exact {
        let Exact(sum, rest) = sum_of(self.0, other.0);
        sum_of(sum, rest + self.1 + other.1)
    }

    pub fn times(self, other: Exact) -> Exact {
        let product = self.0 * other.0;
        sum_of(product, self.0.mul_add(other.0, -product) + (self.0 * other.1 + self.1 * other.0))
    }

    /// Long division, three digits of a double each.
    pub fn over(self, other: Exact) -> Exact {
        let (mut rest, mut found) = (self, exact(0.0));
        for _ in 0..3 {
            let digit = exact(rest.0 / other.0);
            found = found.plus(digit);
            rest = rest.plus(other.times(exact(-digit.0)));
        }
        found
    }

    /// Pounds to the nearest penny, and how much is left over: above or below, half a penny at most.
    pub fn pence(self) -> (i64, f64) {
        let pence = self.times(exact(100.0));
        let whole = pence.0.round();
        let rest = (pence.0 - whole) + pence.1;
        let beyond = if rest.abs() > 0.5 { rest.signum() } else { 0.0 };
        ((whole + beyond) as i64, rest - beyond)
    }
}

pub fn total(parts: impl Iterator<Item = Exact>) -> Exact {
    parts.fold(exact(0.0), Exact::plus)
}

/// Largest remainders in whole numbers. Shares are what a table says, to nine digits: half and 0.09 are not a bit more
/// or less.
pub fn split_pence(whole: i64, shares: Shares) -> [i64; PAYERS] {
    let shares = shares.map(|share| (share * 1e9).round() as i128);
    let all: i128 = shares.iter().sum();
    if all == 0 {
        return [whole, 0, 0, 0, 0];
    }
    let amount = i128::from(whole.abs());
    let mut parts = shares.map(|share| amount * share / all);
    let mut by_remainder: Vec<usize> = (0..PAYERS).collect();
    // A stable sort: equal remainders stay in the order of the payers.
    by_remainder.sort_by_key(|payer| std::cmp::Reverse(amount * shares[*payer] % all));
    let left = amount - parts.iter().sum::<i128>();
    by_remainder.iter().take(left as usize).for_each(|payer| parts[*payer] += 1);
    parts.map(|part| part as i64 * whole.signum())
}
