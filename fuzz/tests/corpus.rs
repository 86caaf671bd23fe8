//! Every input of the corpus passes its target: those that the targets start from, and those that were
//! found to crash once.

use std::path::Path;

/// Runs a target over its folder, and says how many inputs there were.
fn run(folder: &str, target: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("corpus")
        .join(folder);
    let mut count = 0;
    for entry in std::fs::read_dir(&folder).expect("there is a corpus") {
        let path = entry.expect("a folder can be listed").path();
        let input = std::fs::read(&path).expect("a file can be read");
        // A failure names the input on standard output.
        println!("{}", path.display());
        target(&input);
        count += 1;
    }
    assert!(count > 0, "{} is empty", folder.display());
}

#[test]
fn parse() {
    run("parse", evalua_fuzz::parse::target);
}

#[test]
fn check() {
    run("check", evalua_fuzz::check::target);
}

#[test]
fn run_limited() {
    run("run_limited", evalua_fuzz::run_limited::target);
}

#[test]
fn pattern() {
    run("pattern", evalua_fuzz::pattern::target);
}

#[test]
fn diff_lua51() {
    if evalua_conformance::lua::oracle(b"").is_some() {
        run("diff_lua51", evalua_fuzz::diff_lua51::target);
    }
}

#[test]
fn cjson_decode() {
    run("cjson_decode", evalua_fuzz::cjson_decode::target);
}

#[test]
fn cmsgpack_unpack() {
    run("cmsgpack_unpack", evalua_fuzz::cmsgpack_unpack::target);
}

#[test]
fn struct_unpack() {
    run("struct_unpack", evalua_fuzz::struct_unpack::target);
}

#[test]
fn eval_sandbox() {
    run("eval_sandbox", evalua_fuzz::eval_sandbox::target);
}

#[test]
fn resp_decode() {
    run("resp_decode", evalua_fuzz::resp_decode::target);
}
