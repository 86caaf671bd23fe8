//! A test bench for Redis scripts: specs written in Lua, each case on a fresh Redis.
//!
//! A spec describes what scripts do, in the words of busted; the scripts run on a [`Target`], most often
//! an engine in this process, whose clock and random numbers the spec commands.
//!
//! ```
//! use std::sync::Arc;
//! use evalua_test::{InProcess, Options, Outcome, Spec, Target};
//!
//! let spec = Spec {
//!     name: "greeting_spec.lua".to_owned(),
//!     source: b"
//!         it('greets', function()
//!             redis('SET', 'name', 'Ada')
//!             assert.equal('Ada', redis('GET', 'name'))
//!         end)
//!     ".to_vec(),
//! };
//! // No spec here asks for a file.
//! let files = |_spec: &str, path: &str| Err(format!("{path}: no files here"));
//! let engine = || -> Box<dyn Target> {
//!     Box::new(InProcess::new(evalua_test::engine()))
//! };
//! let report = evalua_test::run(&spec, &engine, Arc::new(files), &Options::default());
//! assert!(matches!(report.cases[0].outcome, Outcome::Passed));
//! ```
//!
//! # Where things are
//! - [`spec`](mod@spec) loads a spec and knows its cases; [`case`] runs one. [`runner`] runs many files at once.
//! - [`globals`] are the functions that specs see, [`assertions`] what `assert` can say; `prelude.lua` has those
//!   few that must be Lua, since they yield.
//! - [`faults`] runs a case with faults, [`orders`] in every order of its clients' calls.
//! - [`target`] is the Redis under test, [`reply`] what of it Lua sees, [`show`] how values look in messages.
//! - [`report`] is what comes out.
//!
//! The crate prints nothing, and reads no file: it asks [`Sources`] for what a spec names.
#![forbid(unsafe_code)]

mod assertions;
mod bench;
mod case;
mod failure;
mod faults;
mod globals;
mod orders;
pub mod place;
mod reply;
mod report;
mod runner;
mod show;
mod sources;
mod spec;
mod target;

pub use case::Options;
pub use evalua_redis::{Difference, contents as keyspace};
pub use failure::{Failure, Limit, Place};
pub use faults::{Finding, MOST_COMMANDS, Sweep};
pub use orders::Orders;
pub use report::{CaseReport, Outcome, SpecReport};
pub use runner::{Observer, list, run, run_all};
pub use sources::{Source, Sources};
pub use spec::Spec;
pub use target::{InProcess, START_UNIX_MS, Target, engine, unix_ms};
