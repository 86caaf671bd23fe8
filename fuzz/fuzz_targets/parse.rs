//! `cargo +nightly fuzz run parse`
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| evalua_fuzz::parse::target(data));
