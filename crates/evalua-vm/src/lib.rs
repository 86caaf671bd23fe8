//! Lua 5.1: compiler, register VM, collector, standard library, embedding API, limits.
#![deny(unsafe_code)]

pub mod bytecode;
pub mod compile;
#[cfg(test)]
mod differential;
mod error;
mod heap;
mod host;
mod interp;
mod limits;
mod load;
mod meta;
mod native;
pub mod number;
mod state;
mod stdlib;
mod table;
mod thread;
mod value;
mod vm;

pub use error::Throw;
pub use host::{Entries, Failure, FunctionKey, Location, TableView, View};
pub use limits::{InterruptHandle, Limits};
pub use native::{Call, NativeFn};
pub use state::State;
pub use stdlib::StdLib;
