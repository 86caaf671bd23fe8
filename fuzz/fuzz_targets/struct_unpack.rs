//! `cargo +nightly fuzz run struct_unpack`
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| evalua_fuzz::struct_unpack::target(data));
