//! Lua scripts: EVAL and its kin.
//!
//! - [`machine`] is a Lua state with the sandbox in it, and the way in and out;
//! - [`engine`] owns the compiled scripts, [`functions`] the libraries of functions, each in such a
//!   state of its own;
//! - [`sandbox`] makes the globals that scripts see, [`api`] the table `redis` among them;
//! - [`convert`] turns replies into Lua values and Lua values into replies;
//! - [`failure`] turns errors of scripts into error replies;
//! - [`shebang`] reads what a script declares in its first line, [`sha`] are their names, [`source`] tells scripts
//!   from libraries;
//! - [`strict`] looks for what would not work elsewhere;
//! - [`debug`] is how a debugger gets to see what runs;
//! - [`busy`] is what others can do while a script runs too long;
//! - [`invoke`] is the face for Rust programs, [`Script`].
//!
//! A script calls commands through the gate as everybody does; while it runs, the engine's state is
//! inside the Lua state, as its host value ([`host`]).

mod api;
mod busy;
mod convert;
mod debug;
pub(crate) mod engine;
mod failure;
pub(crate) mod functions;
mod host;
mod invoke;
mod log;
mod machine;
mod sandbox;
mod sha;
mod shebang;
mod source;
mod strict;

pub use busy::BusyScript;
pub(crate) use busy::{Busy, stats};
pub(crate) use debug::Attached;
pub use debug::{Chunk, Debugger, Moment, Paused, Verdict};
pub(crate) use engine::Scripts;
pub(crate) use functions::Functions;
pub use invoke::{Invocation, Script, ToArg};
pub use log::LogLevel;
pub(crate) use log::LogSink;
pub use sha::Sha;
pub(crate) use shebang::{Declaration, flag};
pub use source::{Kind, read_first_line};
pub use strict::{Finding, Problem, Strict};
pub(crate) use strict::{FindingSink, Inspector};
