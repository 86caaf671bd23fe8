//! [`Clock`]: the engine's only source of time, the system's or a virtual one.
//!
//! Owns the instant that a command sees. That instant changes only at [`Clock::tick`], which the
//! gate calls when a caller from outside begins a command; so a command, and a script with all the
//! commands in it, runs in one instant. No other file may ask the system for the time.

use std::time::Duration;

/// Microseconds since the Unix epoch, standing still between ticks.
#[derive(Clone, Debug)]
pub struct Clock {
    /// Asked for microseconds at every tick, unless time stands.
    source: fn() -> i64,
    /// Whether time moves only when told.
    stands: bool,
    now_us: i64,
    /// The same in milliseconds.
    now_ms: i64,
}

impl Clock {
    /// The system's clock.
    pub fn system() -> Clock {
        Clock::from_fn(system_us)
    }

    /// A clock of the host's, for a platform without a system clock: `unix_us` gives microseconds
    /// since the Unix epoch.
    pub fn from_fn(unix_us: fn() -> i64) -> Clock {
        let mut clock = Clock {
            source: unix_us,
            stands: false,
            now_us: 0,
            now_ms: 0,
        };
        clock.tick();
        clock
    }

    /// A clock that stands at `unix_ms` until it is set or advanced.
    pub fn fixed(unix_ms: i64) -> Clock {
        let mut clock = Clock {
            source: system_us,
            stands: true,
            now_us: 0,
            now_ms: 0,
        };
        clock.set(unix_ms);
        clock
    }

    /// The instant of the running command, in milliseconds.
    #[inline]
    pub fn now_ms(&self) -> i64 {
        self.now_ms
    }

    /// The instant of the running command, in microseconds.
    pub fn now_us(&self) -> i64 {
        self.now_us
    }

    /// Whether time passes only when told.
    pub fn is_virtual(&self) -> bool {
        self.stands
    }

    /// Makes it a virtual clock that stands at `unix_ms`.
    pub fn set(&mut self, unix_ms: i64) {
        self.stands = true;
        self.begin(to_us(unix_ms));
    }

    /// Lets a clock that stands follow time again: that of its source, or the system's.
    pub fn run(&mut self) {
        self.stands = false;
        self.tick();
    }

    /// Moves time forward; a live clock becomes virtual and stands at the new instant.
    pub fn advance(&mut self, by: Duration) {
        self.tick();
        self.stands = true;
        let by = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
        self.begin(self.now_us.saturating_add(by));
    }

    /// What time it is meanwhile, in microseconds; on a virtual clock the instant of the command.
    pub(crate) fn read_us(&self) -> i64 {
        match self.stands {
            false => (self.source)().max(0),
            true => self.now_us,
        }
    }

    /// Lets time pass, on a clock that follows it. The running command stays in its instant.
    pub(crate) fn sleep(&self, time: Duration) {
        if cfg!(not(target_family = "wasm")) {
            return std::thread::sleep(time);
        }
        // There is nothing to wait for in a browser but the clock itself.
        let us = i64::try_from(time.as_micros()).unwrap_or(i64::MAX);
        let until = self.read_us().saturating_add(us);
        while self.read_us() < until {
            std::hint::spin_loop();
        }
    }

    /// Begins a new instant.
    #[inline]
    pub(crate) fn tick(&mut self) {
        if !self.stands {
            self.begin((self.source)().max(0));
        }
    }

    #[inline]
    fn begin(&mut self, now_us: i64) {
        self.now_us = now_us;
        self.now_ms = now_us / 1000;
    }
}

fn to_us(unix_ms: i64) -> i64 {
    unix_ms.max(0).saturating_mul(1000)
}

#[allow(
    clippy::disallowed_methods,
    reason = "the one place that asks the system for the time"
)]
fn system_us() -> i64 {
    std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .ok()
        .and_then(|since| {
            // As `as_micros`, without its 128 bits.
            let seconds = i64::try_from(since.as_secs()).ok()?;
            seconds
                .checked_mul(1_000_000)?
                .checked_add(i64::from(since.subsec_micros()))
        })
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_virtual_clock_moves_only_when_told() {
        let mut clock = Clock::fixed(1_000);
        clock.tick();
        assert_eq!(clock.now_ms(), 1_000);
        clock.advance(Duration::from_micros(1_500));
        assert_eq!((clock.now_ms(), clock.now_us()), (1_001, 1_001_500));
        clock.set(5);
        assert_eq!(clock.now_ms(), 5);
        clock.advance(Duration::MAX);
        assert_eq!(clock.now_us(), i64::MAX);
    }

    #[test]
    fn a_live_clock_stands_still_between_ticks() {
        let mut clock = Clock::system();
        let first = clock.now_us();
        std::thread::sleep(Duration::from_millis(2));
        assert_eq!(clock.now_us(), first);
        clock.tick();
        assert!(clock.now_us() > first);
        clock.advance(Duration::from_secs(1));
        assert!(clock.is_virtual());
        clock.set(5);
        clock.run();
        assert!(!clock.is_virtual() && clock.now_us() > first);
    }
}
