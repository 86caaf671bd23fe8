//! `cargo +nightly fuzz run cjson_decode`
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| evalua_fuzz::cjson_decode::target(data));
