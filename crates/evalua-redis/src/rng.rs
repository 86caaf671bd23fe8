//! [`Rng`]: the one generator behind every random reply. The only file where randomness comes from.
//!
//! xoshiro256++ seeded by splitmix64: integer arithmetic only, hence the same on every platform.

use std::collections::BTreeSet;

/// A seeded generator.
#[derive(Clone, Debug)]
pub struct Rng {
    state: [u64; 4],
}

impl Rng {
    /// The generator of `seed`: equal seeds give equal sequences.
    pub fn new(seed: u64) -> Rng {
        let mut mixer = seed;
        let state = std::array::from_fn(|_| {
            mixer = mixer.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = mixer;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            z ^ (z >> 31)
        });
        Rng { state }
    }

    /// The next 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        let s = &mut self.state;
        let result = s[0].wrapping_add(s[3]).rotate_left(23).wrapping_add(s[0]);
        let t = s[1] << 17;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= t;
        s[3] = s[3].rotate_left(45);
        result
    }

    /// A number below `bound`, each equally likely; 0 when `bound` is 0.
    pub fn below(&mut self, bound: usize) -> usize {
        if bound == 0 {
            return 0;
        }
        let bound = bound as u64;
        // Multiply-and-shift, with the few low products that would favour some results rejected.
        let threshold = bound.wrapping_neg() % bound;
        loop {
            let product = u128::from(self.next_u64()) * u128::from(bound);
            if product as u64 >= threshold {
                return (product >> 64) as usize;
            }
        }
    }

    /// `count` different numbers below `bound`, ascending, each choice equally likely; all of them
    /// when there are not more.
    pub fn sample(&mut self, bound: usize, count: usize) -> Vec<usize> {
        if count >= bound {
            return (0..bound).collect();
        }
        // Floyd's method: what is drawn twice stands for the number that has just become possible.
        let mut chosen = BTreeSet::new();
        for last in bound - count..bound {
            let drawn = self.below(last + 1);
            if !chosen.insert(drawn) {
                chosen.insert(last);
            }
        }
        chosen.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_the_published_algorithm() {
        // splitmix64 of seed 0 begins with this word; xoshiro256++ with the sum below.
        let mut rng = Rng::new(0);
        assert_eq!(rng.state[0], 0xe220_a839_7b1d_cdaf);
        let expected = rng.state[0]
            .wrapping_add(rng.state[3])
            .rotate_left(23)
            .wrapping_add(rng.state[0]);
        assert_eq!(rng.next_u64(), expected);
    }

    #[test]
    fn below_is_even_and_repeatable() {
        let mut counts = [0; 7];
        let mut rng = Rng::new(42);
        for _ in 0..70_000 {
            counts[rng.below(7)] += 1;
        }
        assert!(
            counts.iter().all(|n| (9_500..10_500).contains(n)),
            "{counts:?}"
        );
        assert_eq!(Rng::new(42).next_u64(), Rng::new(42).next_u64());
        assert_ne!(Rng::new(42).next_u64(), Rng::new(43).next_u64());
        assert_eq!(rng.below(0), 0);
        assert_eq!(rng.below(1), 0);
    }

    #[test]
    fn samples_are_even_ascending_and_without_repeats() {
        let mut counts = [0; 10];
        let mut rng = Rng::new(9);
        for _ in 0..10_000 {
            let sample = rng.sample(10, 4);
            assert_eq!(sample.len(), 4);
            assert!(sample.is_sorted_by(|a, b| a < b), "{sample:?}");
            for n in sample {
                counts[n] += 1;
            }
        }
        assert!(
            counts.iter().all(|n| (3_800..4_200).contains(n)),
            "{counts:?}"
        );
        assert_eq!(rng.sample(3, 9), [0, 1, 2]);
        assert!(rng.sample(3, 0).is_empty());
    }
}
