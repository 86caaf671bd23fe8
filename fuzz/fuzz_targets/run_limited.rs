//! `cargo +nightly fuzz run run_limited`
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| evalua_fuzz::run_limited::target(data));
