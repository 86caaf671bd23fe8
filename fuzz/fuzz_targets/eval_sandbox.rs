//! `cargo +nightly fuzz run eval_sandbox`
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| evalua_fuzz::eval_sandbox::target(data));
