//! `cargo +nightly fuzz run cmsgpack_unpack`
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| evalua_fuzz::cmsgpack_unpack::target(data));
