//! What the record of commands says of each.

use evalua_redis::trace::{Call, Expiry};
use evalua_redis::{Fault, Redis, Reply, Script};

const NOW_MS: i64 = 1_000_000;

fn traced() -> Redis {
    Redis::builder().clock_unix_ms(NOW_MS).trace().build()
}

/// Runs a script with the key `k` and gives the commands it has called.
fn calls(redis: &mut Redis, source: &str) -> Vec<Call> {
    redis.take_trace();
    let script = Script::new(source);
    let _: Reply = script.key("k").invoke(redis).unwrap();
    let mut calls = redis.take_trace();
    let eval = calls.pop().unwrap();
    assert_eq!(eval.args[0].as_slice(), b"EVAL");
    assert!(!eval.from_script && eval.script.is_none() && eval.line.is_none());
    let sha = String::from_utf8_lossy(&script.sha().hex()).into_owned();
    for call in &calls {
        assert!(call.from_script);
        assert_eq!(call.script.as_deref(), Some(&*sha));
        assert_eq!((call.db, call.at_ms), (0, NOW_MS));
    }
    calls
}

fn names(call: &Call) -> Vec<(&[u8], bool, bool)> {
    let used = call.keys.iter();
    used.map(|used| (used.key.as_slice(), used.writes, used.is_declared))
        .collect()
}

#[test]
fn calls_have_their_line() {
    let source = "local function get(k)\n  return redis.call('GET', k)\nend\n\
        get(KEYS[1]) redis.pcall('NOSUCH')\nredis.pcall('GET')";
    let calls = calls(&mut traced(), source);
    let lines: Vec<_> = calls.iter().map(|call| call.line).collect();
    assert_eq!(lines, [Some(2), Some(4), Some(5)]);
    assert_eq!(calls[0].reply, Reply::Null);
    for refused in &calls[1..] {
        assert!(refused.reply.as_error().is_some() && refused.keys.is_empty());
    }
}

#[test]
fn keys_come_from_the_table_of_commands() {
    let source = "redis.call('SET', KEYS[1], 1) redis.call('MSET', 'a', 1, 'b', 2) redis.call('COPY', 'a', 'k', 'REPLACE') \
        redis.call('SPUBLISH', 'c', 'm') return redis.call('GET', 'a')";
    let calls = calls(&mut traced(), source);
    assert_eq!(names(&calls[0]), [(&b"k"[..], true, true)]);
    assert_eq!(
        names(&calls[1]),
        [(&b"a"[..], true, false), (b"b", true, false)]
    );
    assert_eq!(
        names(&calls[2]),
        [(&b"a"[..], false, false), (b"k", true, true)]
    );
    assert!(
        calls[3].keys.is_empty() && !calls[3].writes,
        "a channel is no key"
    );
    assert_eq!(names(&calls[4]), [(&b"a"[..], false, false)]);
    let writes: Vec<_> = calls.iter().map(|call| call.writes).collect();
    assert_eq!(writes, [true, true, true, false, false]);
}

#[test]
fn changes_of_expiry_are_told() {
    let change = |before_ms, after_ms| {
        let key = b"k"[..].into();
        vec![Expiry {
            key,
            before_ms,
            after_ms,
        }]
    };
    let mut redis = traced();
    for (command, expected) in [
        ("'SET', KEYS[1], 1", vec![]),
        ("'EXPIRE', KEYS[1], 5", change(None, Some(NOW_MS + 5000))),
        ("'EXPIRE', KEYS[1], 5", vec![]),
        ("'SET', KEYS[1], 1, 'KEEPTTL'", vec![]),
        ("'TTL', KEYS[1]", vec![]),
        (
            "'PEXPIREAT', KEYS[1], '2000000'",
            change(Some(NOW_MS + 5000), Some(2_000_000)),
        ),
        ("'PERSIST', KEYS[1]", change(Some(2_000_000), None)),
        ("'SET', KEYS[1], 1, 'PX', 7", change(None, Some(NOW_MS + 7))),
        ("'SET', KEYS[1], 1", change(Some(NOW_MS + 7), None)),
        ("'GETEX', KEYS[1], 'PX', 9", change(None, Some(NOW_MS + 9))),
        ("'DEL', KEYS[1], KEYS[1]", change(Some(NOW_MS + 9), None)),
    ] {
        let calls = calls(&mut redis, &format!("return redis.call({command})"));
        assert_eq!(calls[0].expiries, expected, "{command}");
    }
}

#[test]
fn commands_of_clients_and_transactions_are_told_as_they_end() {
    let mut redis = traced();
    for command in [
        &["MULTI"][..],
        &["SET", "k", "1", "EX", "1"],
        &["EXEC"],
        &["NOSUCH"],
    ] {
        redis.command(command);
    }
    let calls = redis.take_trace();
    let words: Vec<_> = calls.iter().map(|call| call.args[0].as_slice()).collect();
    // Once as it is queued, once as it runs.
    assert_eq!(words, [&b"MULTI"[..], b"SET", b"SET", b"EXEC", b"NOSUCH"]);
    assert_eq!(calls[1].reply, Reply::status("QUEUED"));
    assert!(calls[1].expiries.is_empty());
    assert_eq!(calls[2].expiries.len(), 1);
    assert!(calls[2].keys[0].is_declared && !calls[2].from_script);
}

#[test]
fn what_fails_is_told_too() {
    let mut redis = traced();
    redis.fail_next(Fault::new("OOM no"));
    redis.command(&["SET", "k", "1"]);
    let calls = redis.take_trace();
    assert_eq!(
        calls[0]
            .reply
            .as_error()
            .map(ToString::to_string)
            .as_deref(),
        Some("OOM no")
    );
    assert_eq!(names(&calls[0]), [(&b"k"[..], true, true)]);
}

#[test]
fn functions_go_by_their_names() {
    let mut redis = traced();
    let library = "#!lua name=l\nredis.register_function('f', function(keys)\n  return redis.call('GET', keys[1])\nend)";
    redis.command(&["FUNCTION", "LOAD", library]);
    redis.take_trace();
    redis.command(&["FCALL", "f", "1", "k"]);
    let calls = redis.take_trace();
    assert_eq!(calls[0].script.as_deref(), Some("f"));
    assert_eq!(calls[0].line, Some(3));
    assert_eq!(names(&calls[0]), [(&b"k"[..], false, true)]);
}
