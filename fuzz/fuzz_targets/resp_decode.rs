//! `cargo +nightly fuzz run resp_decode`
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| evalua_fuzz::resp_decode::target(data));
