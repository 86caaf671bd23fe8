//! Oracles: the programs whose behaviour evalua must reproduce, run as child processes of a test; and
//! what to run through them.
//!
//! - [`server`] starts a real `redis-server` and stops it again;
//! - [`cluster`] makes a Redis Cluster of three;
//! - [`clock`] gives it a clock that the test turns;
//! - [`resp`] is a small blocking client to talk to it (or to `evalua serve`);
//! - [`lua`] runs a source through `lua5.1`;
//! - [`scripts`] are the scripts that both are timed on, and [`processor`] has them run on the same one;
//! - [`transcript`] reads cases for a server;
//! - [`generator`] makes a Lua program of any bytes.
//!
//! A machine without an oracle still runs the tests: each comparison says on standard error that it
//! is skipped. With `EVALUA_REQUIRE_ORACLES=1` in the environment a missing oracle is a failure, so
//! that continuous integration cannot pass by skipping.
//!
//! This crate knows nothing of evalua itself: the crates under test depend on it in their tests.

pub mod clock;
pub mod cluster;
pub mod generator;
pub mod lua;
pub mod processor;
pub mod resp;
pub mod scripts;
pub mod server;
pub mod transcript;

use std::io::Write;

/// Whether a missing oracle must fail the test (`EVALUA_REQUIRE_ORACLES=1`).
fn oracles_required() -> bool {
    std::env::var_os("EVALUA_REQUIRE_ORACLES").is_some_and(|v| v == "1")
}

/// Says that an oracle is missing: a line that the test harness does not capture, or a panic when
/// oracles are required.
fn missing(oracle: &str, why: &str) {
    if oracles_required() {
        panic!("oracle {oracle} is required but missing: {why}");
    }
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    // Not `eprintln!`: the harness would swallow it, and a skip must be seen. A closed standard
    // error leaves nobody to tell.
    let _ = writeln!(
        std::io::stderr(),
        "SKIPPED: {test}: no comparison with {oracle} ({why})"
    );
}
