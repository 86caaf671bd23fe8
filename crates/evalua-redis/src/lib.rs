//! An in-memory Redis to run scripts and commands against, with no server and no socket.
//!
//! ```
//! use evalua_redis::{Redis, Reply};
//!
//! let mut redis = Redis::builder().clock_unix_ms(1_700_000_000_000).seed(7).build();
//! assert_eq!(redis.command(&["SET", "greeting", "hello", "EX", "60"]), Reply::OK);
//! assert_eq!(redis.command(&["GET", "greeting"]), Reply::bulk("hello"));
//! redis.advance(std::time::Duration::from_secs(61));
//! assert_eq!(redis.command(&["GET", "greeting"]), Reply::Null);
//! ```
//!
//! # Where things are
//! - [`Redis`] is the engine with one session; [`Core`] is the state alone, which serves any number
//!   of [`Session`]s and callers through [`Core::call`], the one gate.
//! - [`table`] has the row type of a command; each family file under `commands/` holds its rows and
//!   their handlers. A handler takes arguments and the database and returns a [`Reply`]; it checks
//!   no arity and writes no bytes.
//! - [`keyspace`] owns databases, expiry and the hash table; [`values`] the types of value.
//! - [`script`] runs Lua: EVAL and its kin, and [`Script`] for programs.
//! - [`libraries`] are cjson, cmsgpack, struct and bit, for hosts of plain Lua too.
//! - [`assert_reply!`] and [`contents`] are for tests.
//! - [`errors`] has every error text; [`profile`] what differs between servers.
//!
//! The crate knows nothing of sockets, files, or the wire protocol.
#![forbid(unsafe_code)]

// First, for what stands below it sees its macro.
#[macro_use]
mod examples;

mod acl;
pub mod args;
pub mod assert;
pub mod bytes;
mod clients;
pub mod clock;
pub mod commands;
pub mod config;
pub mod contents;
mod core;
pub mod coverage;
mod difference;
pub mod digest;
pub mod dump;
mod error;
pub mod errors;
pub mod extended;
mod faults;
mod from_reply;
mod gate;
mod geohash;
pub mod glob;
mod grisu;
pub mod hash;
mod hub;
pub mod keyspace;
pub mod libraries;
pub mod memory;
mod monitors;
pub mod notifications;
pub mod number;
mod onlookers;
pub mod output_limits;
mod pause;
pub mod profile;
mod redaction;
mod redis;
#[cfg(feature = "redis-rs")]
pub mod redis_rs;
pub mod reply;
pub mod rng;
pub mod script;
mod session;
pub mod settings;
mod shortage;
mod sink;
pub mod slot;
mod slowlog;
mod sorted;
mod sparkline;
mod stats;
pub mod table;
pub mod text;
pub mod trace;
mod tracking;
mod transaction;
pub mod values;
mod waiters;

pub use crate::args::Args;
pub use crate::clients::{Address, Mailbox};
pub use crate::clock::Clock;
pub use crate::contents::Entry;
pub use crate::core::Core;
pub use crate::coverage::Coverage;
pub use crate::difference::Difference;
pub use crate::error::Error;
pub use crate::errors::CommandError;
pub use crate::faults::{Fault, Origin};
pub use crate::from_reply::FromReply;
pub use crate::gate::{Caller, Ctx};
pub use crate::profile::Profile;
pub use crate::redis::{Builder, Redis};
pub use crate::reply::Reply;
pub use crate::script::{Finding, Script, Strict};
pub use crate::session::{Resp, Session, Waiting};
pub use crate::waiters::Wanted;
pub use evalua_vm::InterruptHandle;
