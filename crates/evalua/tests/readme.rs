//! The test that the README shows, and that it shows it.

use evalua::redis::{Redis, Script};
use std::time::Duration;

#[test]
fn the_sixth_request_in_a_minute_is_refused() {
    let limiter = Script::new(include_str!("../../../examples/fixed_window.lua"));
    let request = limiter.key("user:123:requests").arg(5).arg(60);
    let mut redis = Redis::builder().clock_unix_ms(0).build();
    for _ in 0..5 {
        assert_eq!(request.invoke(&mut redis), Ok(1));
    }
    assert_eq!(request.invoke(&mut redis), Ok(0));
    redis.advance(Duration::from_secs(61));
    assert_eq!(request.invoke(&mut redis), Ok(1));
}

#[test]
fn the_readme_shows_this_test() {
    let readme = include_str!("../../../README.md");
    let this = include_str!("readme.rs");
    let block = readme
        .split_once("```rust\n")
        .and_then(|(_, rest)| rest.split_once("```"))
        .map(|(block, _)| block)
        .expect("the README has a block of Rust");
    let shown = block.replace(
        "examples/fixed_window.lua",
        "../../../examples/fixed_window.lua",
    );
    assert!(this.contains(&shown), "not in readme.rs:\n{shown}");
}
