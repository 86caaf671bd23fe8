//! evalua for JavaScript: what WebAssembly exports, beneath the npm package in `npm/`.
//!
//! Owns the border: how commands, replies, Lua values and errors cross it. The face that people program
//! against is written in TypeScript (`npm/src/`), and nothing here is meant to be called from elsewhere.
//!
//! - [`engine`] is an in-memory Redis, [`lua`] a plain Lua state, [`check`] the lint;
//! - `js` makes JavaScript values of replies and of other plain data;
//! - `callbacks` keeps the JavaScript functions that lines of output go to.
//!
//! A module has one thread, no clock and no chance of its own: the clock is the host's `Date.now`, and
//! randomness has a seed, as everywhere in evalua.

pub mod check;
pub mod engine;
pub mod lua;

mod callbacks;
mod js;
