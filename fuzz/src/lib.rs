//! What the fuzz targets do with an input, so that a test can do it to the corpus without a fuzzer.
//!
//! Every `target` takes any bytes and panics where evalua does what it must not.

pub mod diff_lua51;
pub mod parse;
pub mod pattern;
pub mod run_limited;
mod script;
