//! `cargo +nightly fuzz run diff_lua51`
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| evalua_fuzz::diff_lua51::target(data));
