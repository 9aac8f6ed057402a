//! Philox: a counter-based random generator.
//!
//! Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3" (SC 2011).
//! A block of random words is a pure function of a 128-bit counter and a 64-bit key, so any
//! draw of any replicate can be had alone, in any order, with no state to carry: that is what
//! makes results independent of the number of threads and lets scenarios share their draws.
//! Two members of the family: 2x64-10 for one future, where a processor multiplies 64 bits by 64 at once; 4x32-10
//! for futures side by side, since no lane does.

use super::lanes::{LANES, Lanes};

const MULTIPLIER: u64 = 0xD2B7_4407_B1CE_6E93;
const WEYL: u64 = 0x9E37_79B9_7F4A_7C15;
const ROUNDS: usize = 10;

/// Two random words at `counter` under `key`.
#[inline]
pub fn block([mut first, mut second]: [u64; 2], mut key: u64) -> [u64; 2] {
    for _ in 0..ROUNDS {
        let product = u128::from(MULTIPLIER) * u128::from(first);
        first = (product >> 64) as u64 ^ key ^ second;
        second = product as u64;
        key = key.wrapping_add(WEYL);
    }
    [first, second]
}

const MULTIPLIERS: [u64; 2] = [0xD251_1F53, 0xCD9E_8D57];
const WEYLS: [u32; 2] = [0x9E37_79B9, 0xBB67_AE85];

/// The 32 bits of a lane that are random; those above are not.
const LOW: u64 = 0xFFFF_FFFF;

/// Four random words of 32 bits, in the lower half of each lane, at counters that differ in the last word of
/// theirs.
#[inline(always)]
pub fn blocks(counter: [u32; 3], last: Lanes<u64>, mut key: [u32; 2]) -> [Lanes<u64>; 4] {
    let [mut a, mut b, mut c] = counter.map(|word| Lanes([u64::from(word); LANES]));
    let mut d = last;
    for _ in 0..ROUNDS {
        let left = a.map(
            #[inline(always)]
            |a| (a & LOW) * MULTIPLIERS[0],
        );
        let right = c.map(
            #[inline(always)]
            |c| (c & LOW) * MULTIPLIERS[1],
        );
        let keys = key.map(u64::from);
        (a, b) = (
            right.zip(
                b,
                #[inline(always)]
                |right, b| right >> 32 ^ b ^ keys[0],
            ),
            right,
        );
        (c, d) = (
            left.zip(
                d,
                #[inline(always)]
                |left, d| left >> 32 ^ d ^ keys[1],
            ),
            left,
        );
        key = [key[0].wrapping_add(WEYLS[0]), key[1].wrapping_add(WEYLS[1])];
    }
    [a, b, c, d]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numerics::lanes::{SideBySide, run_one_by_one, run_side_by_side};

    /// Known answers published with the authors' reference implementation (Random123, kat_vectors).
    #[test]
    fn agrees_with_the_published_known_answers() {
        let cases = [
            ([0; 2], 0, [0xca00_a045_9843_d731, 0x66c2_4222_c9a8_45b5]),
            ([u64::MAX; 2], u64::MAX, [0x65b0_21d6_0cd8_310f, 0x4d02_f322_2f86_df20]),
            (
                [0x243f_6a88_85a3_08d3, 0x1319_8a2e_0370_7344],
                0xa409_3822_299f_31d0,
                [0x0a5e_742c_2997_341c, 0xb0f8_83d3_8000_de5d],
            ),
        ];
        for (counter, key, expected) in cases {
            assert_eq!(block(counter, key), expected);
        }
    }

    /// The same of Philox4x32-10, in every lane; other counters in the lanes beside give other words.
    #[test]
    fn lanes_agree_with_the_published_known_answers() {
        let cases = [
            ([0; 4], [0; 2], [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]),
            ([u32::MAX; 4], [u32::MAX; 2], [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]),
            (
                [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344],
                [0xa409_3822, 0x299f_31d0],
                [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1],
            ),
        ];
        for ([a, b, c, last], key, expected) in cases {
            for lane in 0..LANES {
                let mut lasts = Lanes([7; LANES]);
                lasts.0[lane] = u64::from(last);
                let words = run_side_by_side(Fill([a, b, c], lasts, key));
                assert_eq!(words, run_one_by_one(Fill([a, b, c], lasts, key)), "a register of any width");
                assert_eq!(words.map(|word| (word.0[lane] & LOW) as u32), expected);
                assert_ne!(words[0].0[lane], words[0].0[(lane + 1) % LANES]);
            }
        }
    }

    struct Fill([u32; 3], Lanes<u64>, [u32; 2]);

    impl SideBySide for Fill {
        type Output = [Lanes<u64>; 4];

        #[inline(always)]
        fn run(self) -> [Lanes<u64>; 4] {
            blocks(self.0, self.1, self.2)
        }
    }
}
