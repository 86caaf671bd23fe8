//! [`Target`]: the Redis that specs run their scripts on.
//!
//! Owns what the bench needs of a Redis, and the one in this process. It must not know Lua.

use evalua_redis::{Builder, Redis, Reply};

use crate::keyspace::{self, Entry};

/// The instant that every case begins at, unless told otherwise, Unix milliseconds: 2024-01-01 00:00 UTC.
pub const START_UNIX_MS: i64 = 1_704_067_200_000;

/// A Redis under test.
pub trait Target {
    /// Makes it as new: no keys, no functions, no scripts; the clock and the random numbers where they begin, if it
    /// commands them. Called before every case.
    ///
    /// # Errors
    /// Why that is not possible, in a sentence.
    fn reset(&mut self) -> Result<(), String>;

    /// Runs a command, as a client with RESP2 does.
    ///
    /// # Errors
    /// Why there is no reply, in a sentence: the connection is lost, say. That ends the case.
    fn command(&mut self, args: &[&[u8]]) -> Result<Reply, String>;

    /// All its keys, each database's sorted by name.
    ///
    /// # Errors
    /// Why they cannot be read, in a sentence.
    fn keyspace(&mut self) -> Result<Vec<Entry>, String>;

    /// The engine, if the Redis is one in this process: what of clock, seed, faults and trace a spec uses. Cases
    /// that need it are skipped where there is none.
    fn engine(&mut self) -> Option<&mut Redis>;
}

/// The time in a reply of TIME, Unix milliseconds.
pub fn unix_ms(reply: &Reply) -> Option<i64> {
    let number = |reply: &Reply| match reply {
        Reply::Bulk(digits) => std::str::from_utf8(digits).ok()?.parse::<i64>().ok(),
        _ => None,
    };
    match reply {
        Reply::Array(parts) => match &parts[..] {
            [seconds, micros] => {
                let seconds_ms = number(seconds)?.checked_mul(1000)?;
                seconds_ms.checked_add(number(micros)? / 1000)
            }
            _ => None,
        },
        _ => None,
    }
}

/// What an engine for specs is to be like unless told otherwise: the same in every run.
pub fn engine() -> Builder {
    Redis::builder().clock_unix_ms(START_UNIX_MS)
}

/// An engine in this process, a new one for every case.
#[derive(Debug)]
pub struct InProcess {
    builder: Builder,
    redis: Redis,
}

impl InProcess {
    /// Engines of that kind.
    pub fn new(builder: Builder) -> InProcess {
        InProcess {
            redis: builder.clone().build(),
            builder,
        }
    }
}

impl Target for InProcess {
    fn reset(&mut self) -> Result<(), String> {
        self.redis = self.builder.clone().build();
        Ok(())
    }

    fn command(&mut self, args: &[&[u8]]) -> Result<Reply, String> {
        let reply = self.redis.command(args);
        Ok(reply.to_resp2(self.redis.core().profile()))
    }

    fn keyspace(&mut self) -> Result<Vec<Entry>, String> {
        Ok(keyspace::read(&mut self.redis))
    }

    fn engine(&mut self) -> Option<&mut Redis> {
        Some(&mut self.redis)
    }
}
