//! `cargo +nightly fuzz run pattern`
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| evalua_fuzz::pattern::target(data));
