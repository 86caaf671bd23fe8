//! EVAL, EVALSHA, their read-only forms, SCRIPT, and shebang lines.

use crate::harness::Both;

#[test]
fn commands() {
    let Some(mut both) = Both::new() else {
        return;
    };
    for line in LINES {
        both.compare(line);
    }
    both.finish();
}

#[test]
fn scripts_are_bytes() {
    let Some(mut both) = Both::new() else {
        return;
    };
    for script in [
        &b"return '\xff\xfe\x80'"[..],
        b"return '\x00a'",
        b"return \xff",
        b"\xff = 1",
        b"local \xe9t\xe9 = 1 return \xe9t\xe9",
        b"error('\xff')",
        b"return #ARGV[1] .. ARGV[1]",
        b"return redis.call('\xff')",
        b"return 1 -- \xff\x00\n",
        b"\x00",
        b"return 1 \x00",
        b"return x\x00y",
        b"#!lua\xff\nreturn 1",
        b"#!lua flags=\xff\nreturn 1",
        b"#!lua \x00 flags=no-writes\nreturn 1",
    ] {
        both.compare(&[&b"EVAL"[..], script, b"0", b"\xff\x00\xfe"]);
    }
    both.finish();
}

#[test]
fn a_long_argument_comes_through() {
    let Some(mut both) = Both::new() else {
        return;
    };
    let long = vec![b'x'; 100 << 20];
    both.compare(&[
        &b"EVAL"[..],
        b"return {#ARGV[1], ARGV[1]:sub(-3)}",
        b"0",
        &long,
    ]);
    both.finish();
}

const SET: &str = "return redis.call('SET', KEYS[1], 'x')";
const GET: &str = "return redis.call('GET', KEYS[1])";
const SHA_1: &str = "e0e1f9fabfc9d4800c877a703b823ac0578ff8db";
const SHA_1_UPPER: &str = "E0E1F9FABFC9D4800C877A703B823AC0578FF8DB";
const SHA_GET: &str = "d3c21d0c2b9ca22f82737626a27bcaf5d288f99f";
const NONE: &str = "ffffffffffffffffffffffffffffffffffffffff";

const LINES: &[&[&str]] = &[
    &["EVAL"],
    &["EVAL", "return 1"],
    &["EVAL", "return 1", "x"],
    &["EVAL", "return 1", "1.0"],
    &["EVAL", "return 1", "1"],
    &["EVAL", "return 1", "-1"],
    &["EVAL", "return 1", "99999999999999999999"],
    &["EVAL", "return 1", "9223372036854775807"],
    &["EVAL", "return 1", "-9223372036854775808"],
    &["EVAL", "return #KEYS", "0"],
    &["EVAL", "return {#KEYS, #ARGV}", "2", "a", "b"],
    &["EVAL", "return {#KEYS, #ARGV}", "2", "a", "b", "c"],
    &["EVAL", "return {KEYS, ARGV}", "1", "a", "b", "c"],
    &["EVAL", "", "0"],
    &["EVALSHA", "short", "0"],
    &["EVALSHA", "short", "x"],
    &["EVALSHA", NONE, "0"],
    &["EVALSHA", NONE, "x"],
    &["EVALSHA", NONE, "-1"],
    &["EVALSHA", NONE, "2", "a"],
    &["EVALSHA", "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz", "0"],
    &["SCRIPT", "EXISTS", SHA_1, NONE, "short"],
    &["SCRIPT", "FLUSH"],
    &["SCRIPT", "EXISTS", SHA_1],
    &["EVALSHA", SHA_1, "0"],
    &["SCRIPT", "LOAD", "return 1"],
    &["SCRIPT", "LOAD", "return 1"],
    &["SCRIPT", "EXISTS", SHA_1, SHA_1_UPPER],
    &["EVALSHA", SHA_1, "0"],
    &["EVALSHA", SHA_1_UPPER, "0"],
    &["EVALSHA", SHA_1, "1"],
    &["SCRIPT", "LOAD", "return return"],
    &["SCRIPT", "LOAD", "\n\nx ="],
    &["SCRIPT", "LOAD", "#!js\nreturn 1"],
    &["SCRIPT", "LOAD", ""],
    &["SCRIPT", "LOAD"],
    &["SCRIPT", "LOAD", "a", "b"],
    &["SCRIPT", "EXISTS"],
    &["SCRIPT", "FLUSH", "SYNC"],
    &["SCRIPT", "FLUSH", "async"],
    &["SCRIPT", "FLUSH", "now"],
    &["SCRIPT", "FLUSH", "SYNC", "SYNC"],
    &["SCRIPT", "KILL"],
    &["SCRIPT", "KILL", "x"],
    &["SCRIPT", "DEBUG", "no"],
    &["SCRIPT", "DEBUG", "maybe"],
    &["SCRIPT", "DEBUG"],
    &["SCRIPT", "HELP"],
    &["SCRIPT", "HELP", "x"],
    &["SCRIPT", "NOSUCH"],
    &["SCRIPT"],
    &["EVAL_RO", GET, "1", "string"],
    &["EVAL_RO", SET, "1", "string"],
    &["EVAL_RO", "return redis.pcall('SET', 'a', 'b')", "0"],
    &["EVALSHA_RO", SHA_GET, "1", "string"],
    &["EVALSHA_RO", NONE, "0"],
    &["EVALSHA_RO", "short", "0"],
    &["EVAL", "#!lua\nreturn 1", "0"],
    &["EVAL", "#!lua", "0"],
    &["EVAL", "#!", "0"],
    &["EVAL", "#!\nreturn 1", "0"],
    &["EVAL", "#!lua \nreturn 1", "0"],
    &["EVAL", "#!lua5\nreturn 1", "0"],
    &["EVAL", "#!LUA\nreturn 1", "0"],
    &["EVAL", "#!lua flags\nreturn 1", "0"],
    &["EVAL", "#!lua flags=\nreturn 1", "0"],
    &["EVAL", "#!lua flags=no-writes\nreturn 1", "0"],
    &["EVAL", "#!lua flags=no-writes,\nreturn 1", "0"],
    &["EVAL", "#!lua flags=,\nreturn 1", "0"],
    &["EVAL", "#!lua flags=No-Writes\nreturn 1", "0"],
    &[
        "EVAL",
        "#!lua flags=no-writes flags=allow-oom\nreturn 1",
        "0",
    ],
    &[
        "EVAL",
        "#!lua flags=allow-stale,no-cluster,allow-cross-slot-keys\nreturn 1",
        "0",
    ],
    &["EVAL", "#!lua flags=unknown\nreturn 1", "0"],
    &["EVAL", "#!lua \"flags=no-writes\"\nreturn 1", "0"],
    &["EVAL", "#!lua \"flags=no-writes\nreturn 1", "0"],
    &["EVAL", "#!lua name=x\nreturn 1", "0"],
    &["EVAL", "#!js\nreturn 1", "0"],
    &["EVAL", "#!lua\nerror('boom')", "0"],
    &["EVAL", "#!lua\n\nreturn nil + 1", "0"],
    &["EVAL", "#!lua\nx y", "0"],
    &[
        "EVAL",
        "#!lua flags=no-writes\nreturn redis.call('SET', 'a', 'b')",
        "0",
    ],
    &[
        "EVAL",
        "#!lua flags=no-writes\nreturn redis.call('GET', 'string')",
        "0",
    ],
    &["EVAL", "#!lua\nreturn redis.call('SET', 'a', 'b')", "0"],
    &["EVAL_RO", "#!lua\nreturn 1", "0"],
    &["EVAL_RO", "#!lua flags=no-writes\nreturn 1", "0"],
    &["EVAL_RO", "#!lua flags=allow-oom\nreturn 1", "0"],
    &["EVAL_RO", "#!js\nreturn 1", "0"],
    &["EVAL_RO", "return return", "0"],
];
