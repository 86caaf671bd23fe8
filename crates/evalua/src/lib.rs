//! Lua 5.1 and an in-memory Redis for scripts, in pure Rust.
//!
//! - [`redis`] runs Redis Lua scripts, with no server and no socket: start at [`redis::Redis`].
//! - The rest is plain Lua: start at [`Lua`].
//!
//! ```
//! use evalua::redis::{Redis, Script};
//!
//! let script = Script::new("return redis.call('INCRBY', KEYS[1], ARGV[1])");
//! let mut redis = Redis::new();
//! assert_eq!(script.key("visits").arg(5).invoke(&mut redis), Ok(5));
//! assert_eq!(script.key("visits").arg(5).invoke(&mut redis), Ok(10));
//! ```
//!
//! This crate holds no code: it is [`evalua_vm`] and [`evalua_redis`] under one name.
#![forbid(unsafe_code)]

pub use evalua_vm::*;

/// The examples of `docs/rust.md`, which run as tests.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/rust.md")]
struct Guide;

/// Redis Lua scripts and the in-memory Redis that they work on.
pub mod redis {
    pub use evalua_redis::*;
}
