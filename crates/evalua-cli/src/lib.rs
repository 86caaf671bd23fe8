//! The parts of the `evalua` program, for its tests.
//!
//! - [`words`] splits a line as redis-cli does.
#![forbid(unsafe_code)]

pub mod words;
