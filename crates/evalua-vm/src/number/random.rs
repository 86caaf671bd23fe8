//! The generators behind `math.random`.
//!
//! Owns their state, so that each machine has its own sequence. [`Generator::PosixRand`] gives the
//! sequence of plain PUC Lua on Linux, whose `rand` is glibc's; [`Generator::Rand48`] that of Redis,
//! which carries an `lrand48` of its own so that scripts see the same numbers everywhere.

/// The greatest number that either generator gives, 2^31 - 1.
const MAX: u32 = i32::MAX as u32;

/// A generator of 31-bit numbers.
#[derive(Clone, Debug)]
pub enum Generator {
    /// glibc's `rand`.
    PosixRand(Additive),
    /// POSIX `lrand48`.
    Rand48(Rand48),
}

impl Generator {
    /// glibc's `rand` as a program finds it that never calls `srand`.
    pub fn posix_rand() -> Self {
        // Reckoned once: every state starts with it.
        const FIRST: Additive = Additive::new(1);
        Self::PosixRand(FIRST)
    }

    /// `lrand48` as `srand48(0)` leaves it.
    pub fn rand48() -> Self {
        Self::Rand48(Rand48::new(0))
    }

    /// Starts the sequence that belongs to `seed`.
    pub fn seed(&mut self, seed: i32) {
        match self {
            Self::PosixRand(state) => *state = Additive::new(seed),
            Self::Rand48(state) => *state = Rand48::new(seed),
        }
    }

    /// The next number of at least 0 and below 1, as `math.random()` gives it.
    pub fn unit(&mut self) -> f64 {
        let number = match self {
            Self::PosixRand(state) => state.next(),
            Self::Rand48(state) => state.next(),
        };
        f64::from(number % MAX) / f64::from(MAX)
    }
}

/// How many words the additive generator remembers.
const DEGREE: usize = 31;

/// How far apart the two words are that it adds.
const SEPARATION: usize = 3;

/// glibc's default generator: each word is the sum of those 31 and 3 places before it, and gives
/// all its bits but the lowest.
#[derive(Clone, Debug)]
pub struct Additive {
    words: [u32; DEGREE],
    /// The oldest word, which the next sum replaces.
    oldest: usize,
}

impl Additive {
    /// The state that `srand(seed)` leaves. Seed 0 stands for seed 1.
    pub const fn new(seed: i32) -> Self {
        let mut words = [0; DEGREE];
        // The minimal standard generator fills the state, in residues that are never negative.
        let mut word = if seed == 0 { 1 } else { seed as i64 };
        words[0] = word as u32;
        let mut i = 1;
        while i < DEGREE {
            word = (word * 16_807).rem_euclid(i32::MAX as i64);
            words[i] = word as u32;
            i += 1;
        }
        let mut state = Self {
            words,
            oldest: SEPARATION,
        };
        let mut turn = 0;
        while turn < 10 * DEGREE {
            state.next();
            turn += 1;
        }
        state
    }

    const fn next(&mut self) -> u32 {
        let partner = match self.oldest.checked_sub(SEPARATION) {
            Some(partner) => partner,
            None => self.oldest + DEGREE - SEPARATION,
        };
        let sum = self.words[self.oldest].wrapping_add(self.words[partner]);
        self.words[self.oldest] = sum;
        self.oldest += 1;
        if self.oldest == DEGREE {
            self.oldest = 0;
        }
        sum >> 1
    }
}

/// POSIX `lrand48`: a linear congruence modulo 2^48 that gives its upper 31 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rand48 {
    state: u64,
}

impl Rand48 {
    /// The state that `srand48(seed)` leaves.
    pub fn new(seed: i32) -> Self {
        Self {
            state: u64::from(seed as u32) << 16 | 0x330e,
        }
    }

    fn next(&mut self) -> u32 {
        self.state = (self.state.wrapping_mul(0x5_deec_e66d).wrapping_add(0xb)) & ((1 << 48) - 1);
        (self.state >> 17) as u32
    }
}
