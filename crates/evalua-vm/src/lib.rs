//! Lua 5.1: compiler, register VM, collector, standard library, embedding API, limits.
#![deny(unsafe_code)]

pub mod bytecode;
