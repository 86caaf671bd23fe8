//! What the fuzz targets do with an input, so that a test can do it to the corpus without a fuzzer.
//!
//! Every `target` takes any bytes and panics where evalua does what it must not.

pub mod check;
pub mod cjson_decode;
pub mod cmsgpack_unpack;
pub mod diff_lua51;
pub mod eval_sandbox;
mod library;
pub mod parse;
pub mod pattern;
pub mod resp_decode;
pub mod run_limited;
mod script;
pub mod struct_unpack;
