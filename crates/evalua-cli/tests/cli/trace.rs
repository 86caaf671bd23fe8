//! `evalua eval --trace` as people and other programs run it.

use super::*;

const SCRIPT: &[u8] = b"local n = redis.call('INCR', KEYS[1])
if n == 1 then
  redis.call('EXPIRE', KEYS[1], ARGV[1])
end
redis.pcall('LPUSH', 'other key', 'x')
redis.pcall('SET', KEYS[1])
return redis.call('MGET', KEYS[1], 'other key')
";

#[test]
fn text_goes_to_standard_error() {
    let dir = folder(&[("s.lua", SCRIPT), ("set-up", b"SET \"other key\" v")]);
    let options = ["eval", "--at", "1000", "--setup", "set-up", "--trace"];
    let run = evalua(dir.path(), options.iter().chain(&["s.lua", "k", ",", "60"]));
    assert_eq!(run.stdout, "1) \"1\"\n2) \"v\"\n");
    assert_eq!(
        run.stderr,
        "s.lua:1: write INCR k => (integer) 1
s.lua:3: write EXPIRE k 60 => (integer) 1; k expires 61000 (was never)
s.lua:5: write LPUSH \"other key\" x => (error) WRONGTYPE Operation against a key holding the wrong kind of value; \"other key\" is undeclared
s.lua:6: write SET k => (error) ERR Wrong number of args calling Redis command from script
s.lua:7: read MGET k \"other key\" => [\"1\",\"v\"]; \"other key\" is undeclared
"
    );
    assert_eq!(run.status, Some(0));
}

#[test]
fn what_is_long_is_cut() {
    let source = "return #redis.call('ECHO', ('\u{e9}'):rep(1000))";
    let run = evalua(folder(&[]).path(), ["eval", "--trace", "-e", source]);
    assert_eq!(run.stdout, "(integer) 2000\n");
    let [call, reply] = run.stderr.split(" => ").collect::<Vec<_>>()[..] else {
        panic!("{}", run.stderr);
    };
    assert!(call.starts_with("-e:1: read ECHO \"\\xc3\\xa9") && call.ends_with('\u{2026}'));
    assert!(call.chars().count() < 130 && reply.chars().count() < 130);
}

#[test]
fn json_is_an_object_a_line() {
    let dir = folder(&[("s.lua", SCRIPT)]);
    let options = [
        "eval",
        "--at",
        "1000",
        "--trace=json",
        "--show",
        "s.lua",
        "k",
        ",",
        "60",
    ];
    let run = evalua(dir.path(), options);
    assert_eq!((&*run.stderr, run.status), ("", Some(0)));
    let lines: Vec<serde_json::Value> = (run.stdout.lines())
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let kinds: Vec<_> = (lines.iter())
        .map(|line| &line.as_object().unwrap().keys().next().unwrap()[..])
        .collect();
    assert_eq!(
        kinds,
        ["reply", "call", "call", "call", "call", "call", "keyspace"]
    );
    assert_eq!(
        lines[2]["call"],
        serde_json::json!({
            "script": "s.lua",
            "line": 3,
            "command": ["EXPIRE", "k", "60"],
            "reply": 1,
            "writes": true,
            "keys": [{ "key": "k", "writes": true, "declared": true }],
            "expiries": [{ "key": "k", "before_ms": null, "after_ms": 61000 }],
            "db": 0,
            "at_ms": 1000,
        })
    );
    assert_eq!(lines[3]["call"]["keys"][0]["declared"], false);
}
