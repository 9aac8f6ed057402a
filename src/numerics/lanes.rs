//! Numbers of several futures side by side, one to a lane.
//!
//! What is done to all futures alike is done to whole vector registers: a processor with AVX-512 takes eight
//! numbers at once, one with AVX2 four. Which it has is found out when the program runs
//! ([`run_side_by_side`]). Lanes only add, subtract, multiply, divide, take roots and compare, each by itself and
//! none fused: the same bits whatever a register holds.
//!
//! Functions here and their callers are marked to be compiled into the work that is given to
//! [`run_side_by_side`], since only that is compiled for each kind of processor. Written as loops over arrays, not
//! in the registers of one processor: the compiler makes the same of them. It does so of plain loops by index, and not of
//! iterators over arrays.

#![expect(clippy::needless_range_loop, reason = "loops that become one instruction")]

use std::fmt::Debug;
use std::ops::{Add, AddAssign, Div, Mul, Sub};

use pulp::{Arch, Simd, WithSimd};

/// Futures side by side. With twice as many, futures of plans alone take an eighth less, and those with places and
/// services a fifth more: what is known of each future's children no longer stays close at hand. Results do not depend
/// on it.
pub const LANES: usize = 8;

/// A number of a future, or of several side by side.
pub trait Number:
    Copy
    + Default
    + PartialEq
    + Debug
    + Send
    + Sync
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + AddAssign
{
    /// How many futures it is of.
    const LANES: usize;

    /// The same in all futures.
    fn splat(number: f64) -> Self;

    /// The number of each future.
    fn of_lanes(number: impl FnMut(usize) -> f64) -> Self;

    /// That of one future.
    fn lane(self, lane: usize) -> f64;

    /// Adds to that of one future.
    fn add_to_lane(&mut self, lane: usize, number: f64);

    /// Whether it is above another in any future.
    fn exceeds(self, other: Self) -> bool;

    /// Whether it is nothing in all futures.
    fn is_zero(self) -> bool;

    fn least(self, other: Self) -> Self;

    fn most(self, other: Self) -> Self;

    fn root(self) -> Self;

    /// `own` where the number is above `bound`, else `other`.
    fn if_above(self, bound: Self, own: Self, other: Self) -> Self;
}

impl Number for f64 {
    const LANES: usize = 1;

    #[inline(always)]
    fn splat(number: f64) -> f64 {
        number
    }

    #[inline(always)]
    fn of_lanes(mut number: impl FnMut(usize) -> f64) -> f64 {
        number(0)
    }

    #[inline(always)]
    fn lane(self, _: usize) -> f64 {
        self
    }

    #[inline(always)]
    fn add_to_lane(&mut self, _: usize, number: f64) {
        *self += number;
    }

    #[inline(always)]
    fn exceeds(self, other: f64) -> bool {
        self > other
    }

    #[inline(always)]
    fn is_zero(self) -> bool {
        self == 0.0
    }

    #[inline(always)]
    fn least(self, other: f64) -> f64 {
        if self < other { self } else { other }
    }

    #[inline(always)]
    fn most(self, other: f64) -> f64 {
        if self > other { self } else { other }
    }

    #[inline(always)]
    fn root(self) -> f64 {
        self.sqrt()
    }

    #[inline(always)]
    fn if_above(self, bound: f64, own: f64, other: f64) -> f64 {
        if self > bound { own } else { other }
    }
}

/// A number, or a random word, of each of [`LANES`] futures.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[repr(C, align(64))]
pub struct Lanes<T = f64>(pub [T; LANES]);

impl<T: Copy> Lanes<T> {
    #[inline(always)]
    pub fn map<U: Copy>(self, change: impl Fn(T) -> U) -> Lanes<U> {
        let mut changed = [change(self.0[0]); LANES];
        for lane in 0..LANES {
            changed[lane] = change(self.0[lane]);
        }
        Lanes(changed)
    }

    #[inline(always)]
    pub fn zip<U: Copy, V: Copy>(self, other: Lanes<U>, join: impl Fn(T, U) -> V) -> Lanes<V> {
        let mut joined = [join(self.0[0], other.0[0]); LANES];
        for lane in 0..LANES {
            joined[lane] = join(self.0[lane], other.0[lane]);
        }
        Lanes(joined)
    }
}

macro_rules! operators {
    ($($operator:ident $function:ident $sign:tt;)+) => {$(
        impl $operator for Lanes {
            type Output = Lanes;

            #[inline(always)]
            fn $function(self, other: Lanes) -> Lanes {
                self.zip(other, #[inline(always)] |own, other| own $sign other)
            }
        }
    )+};
}

operators! {
    Add add +;
    Sub sub -;
    Mul mul *;
    Div div /;
}

impl AddAssign for Lanes {
    #[inline(always)]
    fn add_assign(&mut self, other: Lanes) {
        *self = *self + other;
    }
}

impl Number for Lanes {
    const LANES: usize = LANES;

    #[inline(always)]
    fn splat(number: f64) -> Lanes {
        Lanes([number; LANES])
    }

    #[inline(always)]
    fn of_lanes(mut number: impl FnMut(usize) -> f64) -> Lanes {
        let mut numbers = [0.0; LANES];
        for lane in 0..LANES {
            numbers[lane] = number(lane);
        }
        Lanes(numbers)
    }

    #[inline(always)]
    fn lane(self, lane: usize) -> f64 {
        self.0[lane]
    }

    #[inline(always)]
    fn add_to_lane(&mut self, lane: usize, number: f64) {
        self.0[lane] += number;
    }

    #[inline(always)]
    fn exceeds(self, other: Lanes) -> bool {
        let mut any = false;
        for lane in 0..LANES {
            any |= self.0[lane] > other.0[lane];
        }
        any
    }

    #[inline(always)]
    fn is_zero(self) -> bool {
        let mut any = false;
        for lane in 0..LANES {
            any |= self.0[lane] != 0.0;
        }
        !any
    }

    #[inline(always)]
    fn least(self, other: Lanes) -> Lanes {
        self.zip(
            other,
            #[inline(always)]
            |own, other| if own < other { own } else { other },
        )
    }

    #[inline(always)]
    fn most(self, other: Lanes) -> Lanes {
        self.zip(
            other,
            #[inline(always)]
            |own, other| if own > other { own } else { other },
        )
    }

    #[inline(always)]
    fn root(self) -> Lanes {
        self.map(
            #[inline(always)]
            |own| own.sqrt(),
        )
    }

    #[inline(always)]
    fn if_above(self, bound: Lanes, own: Lanes, other: Lanes) -> Lanes {
        let mut chosen = other.0;
        for lane in 0..LANES {
            chosen[lane] = if self.0[lane] > bound.0[lane] { own.0[lane] } else { other.0[lane] };
        }
        Lanes(chosen)
    }
}

/// Work on futures side by side. `run` is to be marked `#[inline(always)]`.
pub trait SideBySide {
    type Output;

    fn run(self) -> Self::Output;
}

/// Runs work compiled for the widest registers that the processor has. What such work seldom needs is better run so
/// by itself than compiled into it.
pub fn run_side_by_side<W: SideBySide>(work: W) -> W::Output {
    Arch::new().dispatch(Compiled(work))
}

/// Work to be compiled for each kind of processor.
struct Compiled<W>(W);

impl<W: SideBySide> WithSimd for Compiled<W> {
    type Output = W::Output;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> W::Output {
        self.0.run()
    }
}

/// Runs work as a processor without vector registers would.
#[cfg(test)]
pub fn run_one_by_one<W: SideBySide>(work: W) -> W::Output {
    pulp::Scalar::new().vectorize(Compiled(work))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_lane_is_reckoned_by_itself() {
        let mut ramp = Lanes::of_lanes(|lane| lane as f64);
        let twice = ramp + ramp;
        assert_eq!(twice.lane(5), 10.0);
        assert_eq!((twice * ramp - Lanes::splat(1.0)).lane(3), 17.0);
        assert_eq!((Lanes::splat(1.0) / Lanes::splat(4.0)).lane(LANES - 1), 0.25);
        let most = LANES as f64 - 1.0;
        assert!(ramp.exceeds(Lanes::splat(most - 0.5)) && !ramp.exceeds(Lanes::splat(most)));
        assert!(Lanes::splat(0.0).is_zero() && !ramp.is_zero());
        assert_eq!(ramp.least(Lanes::splat(3.0)).0[..5], [0.0, 1.0, 2.0, 3.0, 3.0]);
        assert_eq!(ramp.most(Lanes::splat(3.0)).0[..5], [3.0, 3.0, 3.0, 3.0, 4.0]);
        assert_eq!(ramp.if_above(Lanes::splat(1.0), ramp, twice).0[..4], [0.0, 2.0, 2.0, 3.0]);
        ramp.add_to_lane(2, 0.25);
        assert_eq!(ramp.root().0[..5], [0.0, 1.0, 1.5, 3.0_f64.sqrt(), 2.0]);
    }
}
