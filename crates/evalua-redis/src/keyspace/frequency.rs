//! How often keys are accessed, in eight bits: a logarithmic counter that chance moves up and time moves
//! down. It shares a key's 32 bits with the minute of its last decay.

use crate::rng::Rng;

/// What a new key has.
const FIRST: u8 = 5;

/// Counts accesses.
#[derive(Clone, Debug)]
pub struct Counter {
    /// How slowly a high counter grows.
    pub log_factor: u32,
    /// How many minutes take one off; 0 for never.
    pub decay_minutes: u32,
    /// What decides whether an access counts.
    pub rng: Rng,
}

impl Counter {
    /// The state of a key that has a counter of `count` now.
    pub fn state(now_ms: i64, count: u8) -> u32 {
        let minutes = (now_ms / 60_000) as u32 & 0xffff;
        minutes << 8 | u32::from(count)
    }

    /// The state of a new key.
    pub fn first(now_ms: i64) -> u32 {
        Counter::state(now_ms, FIRST)
    }

    /// What the counter of a key is after the time that has passed.
    pub fn count(&self, state: u32, now_ms: i64) -> u8 {
        let minutes = (now_ms / 60_000) as u16;
        let passed = u32::from(minutes.wrapping_sub((state >> 8) as u16));
        let lost = passed.checked_div(self.decay_minutes).unwrap_or(0);
        (state as u8).saturating_sub(u8::try_from(lost).unwrap_or(u8::MAX))
    }

    /// The state of a key after an access.
    pub fn access(&mut self, state: u32, now_ms: i64) -> u32 {
        let count = self.count(state, now_ms);
        let above = f64::from(count.saturating_sub(FIRST));
        let chance = 1.0 / (above * f64::from(self.log_factor) + 1.0);
        let drawn = (self.rng.next_u64() >> 11) as f64 / (1_u64 << 53) as f64;
        let counts = count < u8::MAX && drawn < chance;
        Counter::state(now_ms, count + u8::from(counts))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counter() -> Counter {
        Counter {
            log_factor: 10,
            decay_minutes: 1,
            rng: Rng::new(1),
        }
    }

    #[test]
    fn counts_grow_ever_more_slowly_and_stay_in_their_bits() {
        let mut counter = counter();
        let mut state = Counter::first(0);
        let mut seen = Vec::new();
        for accesses in [10, 1_000, 100_000, 1_000_000] {
            for _ in 0..accesses {
                state = counter.access(state, 0);
            }
            seen.push(counter.count(state, 0));
        }
        assert!(seen[0] < 12 && (15..25).contains(&seen[1]), "{seen:?}");
        assert!((120..170).contains(&seen[2]) && seen[3] == 255, "{seen:?}");
    }

    #[test]
    fn counts_go_down_with_time() {
        let counter = counter();
        let state = Counter::state(0, 100);
        assert_eq!(counter.count(state, 59_999), 100);
        assert_eq!(counter.count(state, 30 * 60_000), 70);
        assert_eq!(counter.count(state, 500 * 60_000), 0);
        // The minutes begin again.
        let late = Counter::state(0xffff * 60_000, 100);
        assert_eq!(counter.count(late, 0x10009 * 60_000), 90);
    }
}
