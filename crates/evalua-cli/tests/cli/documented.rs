//! The specs of the documentation run, on the scripts of `examples/`, and print what stands there.

use super::test::test;
use super::*;

fn file(path: &str) -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../").to_owned() + path;
    fs::read_to_string(path).unwrap()
}

/// The block of a page in that language that begins so, from there on.
fn block(page: &str, language: &str, beginning: &str) -> String {
    let page = file(page);
    let fence = format!("```{language}\n");
    let mut blocks = page.split(&fence).skip(1);
    let block = blocks.find(|block| block.starts_with(beginning));
    let (block, _) = block.unwrap().split_once("```").unwrap();
    block.to_owned()
}

#[test]
fn the_specs_of_the_documentation() {
    let page = "docs/testing.md";
    let spec = block(page, "lua", "local transfer");
    let invariant = block(page, "lua", "invariant(");
    let trace = block(page, "lua", "it(\"touches no key");
    let files = [
        ("transfer.lua", file("examples/transfer.lua")),
        ("fixed_window.lua", file("examples/fixed_window.lua")),
        ("transfer_spec.lua", format!("{spec}{invariant}")),
        (
            "trace_spec.lua",
            format!("local limiter = script(\"fixed_window.lua\")\n{trace}"),
        ),
        (
            "limiter_spec.lua",
            block("README.md", "lua", "-- limiter_spec.lua"),
        ),
    ];
    let dir = folder(
        &files
            .each_ref()
            .map(|(name, text)| (*name, text.as_bytes())),
    );
    let run = test(dir.path(), &[]);
    let expected = "limiter_spec.lua: 1 passed
trace_spec.lua: 1 passed
transfer_spec.lua: 4 passed, 1 pending
  pending a transfer refuses a transfer to oneself

6 passed, 1 pending";
    assert_eq!(run.stdout, expected);

    let session = block(page, "console", "$ evalua test --faults");
    let (_, shown) = session.split_once('\n').unwrap();
    let run = test(dir.path(), &["--faults", "transfer_spec.lua"]);
    let printed = run.stdout.get(..shown.trim_end_matches("…\n").len());
    assert_eq!(printed, Some(shown.trim_end_matches("…\n")));
    assert_eq!(run.status, Some(1));
}
