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
mod lua;
mod meta;
mod native;
pub mod number;
mod stdlib;
mod table;
mod thread;
mod value;
mod vm;

pub use error::Throw;
pub use host::{Entries, Failure, FunctionKey, Location, TableView, View};
pub use limits::InterruptHandle;
pub use lua::Lua;
pub use native::{Call, NativeFn};
pub use stdlib::StdLib;
