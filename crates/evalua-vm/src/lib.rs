//! Lua 5.1: compiler, register VM, collector, standard library, embedding API, limits.
#![deny(unsafe_code)]

pub mod bytecode;
pub mod compile;
mod error;
mod heap;
mod interp;
mod limits;
mod load;
mod meta;
mod native;
pub mod number;
mod stdlib;
mod table;
mod thread;
mod value;
mod vm;
