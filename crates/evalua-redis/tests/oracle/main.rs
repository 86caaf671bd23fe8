//! Random commands on this engine and on a live server, replies and final keyspace compared.
//!
//! A family of commands is a file with a function that makes up one command. [`harness::compare`]
//! runs sequences of them on both sides and, where they differ, shows the shortest sequence it
//! can find that still does. `EVALUA_FUZZ_COMMANDS=N` makes every family run N commands instead of
//! the few thousand of an ordinary test run, `EVALUA_FUZZ_SEED=N` begins with another seed.

#[path = "../support/mod.rs"]
mod support;

mod bitmaps;
mod dumps;
mod edges;
mod encodings;
mod geo;
mod harness;
mod hashes;
mod hyperloglog;
mod keys;
mod lists;
mod random;
mod sets;
mod sort;
mod sorted_sets;
mod streams;
mod strings;
mod transactions;
