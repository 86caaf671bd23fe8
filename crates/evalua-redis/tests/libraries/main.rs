//! The libraries that only Redis has, compared with a live server: the same scripts on both sides.

mod bit;
mod both;
mod cjson;
mod cmsgpack;
mod random;
mod structs;
mod text;

/// How many random cases run: so many times the usual as the environment asks for.
fn cases(usual: usize) -> usize {
    let times = std::env::var("EVALUA_FUZZ_TIMES").ok();
    usual * times.and_then(|text| text.parse().ok()).unwrap_or(1)
}
