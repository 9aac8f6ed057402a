//! Philox4x32-10: a counter-based random generator.
//!
//! Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3" (SC 2011).
//! A block of four 32-bit words is a pure function of a 128-bit counter and a 64-bit key, so any
//! draw of any replicate can be had alone, in any order, with no state to carry: that is what
//! makes results independent of the number of threads and lets scenarios share their draws.

const MULTIPLIER: [u32; 2] = [0xD251_1F53, 0xCD9E_8D57];
const WEYL: [u32; 2] = [0x9E37_79B9, 0xBB67_AE85];
const ROUNDS: usize = 10;

/// Counters whose blocks are worked out side by side: as many as 128-bit registers hold.
pub const LANES: usize = 4;

/// Four random words at `counter` under `key`.
#[inline]
pub fn block(counter: [u32; 4], key: [u32; 2]) -> [u32; 4] {
    blocks(counter.map(|word| [word]), key).map(|[word]| word)
}

/// The blocks of `N` counters, word by word: `counters[w][lane]` gives `words[w][lane]`. Rounds run
/// over all lanes at once, which the compiler turns into vector instructions.
#[inline]
pub fn blocks<const N: usize>(mut counters: [[u32; N]; 4], mut key: [u32; 2]) -> [[u32; N]; 4] {
    for _ in 0..ROUNDS {
        let [first, second, third, fourth] = &mut counters;
        for (((first, second), third), fourth) in first.iter_mut().zip(second).zip(third).zip(fourth) {
            let low = u64::from(MULTIPLIER[0]) * u64::from(*first);
            let high = u64::from(MULTIPLIER[1]) * u64::from(*third);
            *first = (high >> 32) as u32 ^ *second ^ key[0];
            *second = high as u32;
            *third = (low >> 32) as u32 ^ *fourth ^ key[1];
            *fourth = low as u32;
        }
        key = [key[0].wrapping_add(WEYL[0]), key[1].wrapping_add(WEYL[1])];
    }
    counters
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Known answers published with the authors' reference implementation (Random123, kat_vectors).
    #[test]
    fn agrees_with_the_published_known_answers() {
        let cases = [
            ([0; 4], [0; 2], [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]),
            ([u32::MAX; 4], [u32::MAX; 2], [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]),
            (
                [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344],
                [0xa409_3822, 0x299f_31d0],
                [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1],
            ),
        ];
        for (counter, key, expected) in cases {
            assert_eq!(block(counter, key), expected);
        }
    }

    #[test]
    fn blocks_side_by_side_are_those_one_by_one() {
        let counters: [[u32; LANES]; 4] =
            std::array::from_fn(|word| std::array::from_fn(|lane| (word * 1_000_003 + lane * 7919) as u32));
        let together = blocks(counters, [5, 9]);
        for lane in 0..LANES {
            assert_eq!(together.map(|word| word[lane]), block(counters.map(|word| word[lane]), [5, 9]));
        }
    }
}
