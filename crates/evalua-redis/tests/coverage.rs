//! What is covered of scripts and libraries, and that they do the same meanwhile.

use evalua_redis::coverage::{Coverage, Covered};
use evalua_redis::{Redis, Reply, Script, text};

fn covering() -> Redis {
    Redis::builder().clock_unix_ms(0).coverage(true).build()
}

/// The lines of the statements of a source, and how often each began.
fn runs(covered: &Covered) -> Vec<(u32, u64)> {
    let statements = covered.report.statements.iter();
    statements.map(|s| (s.place.line, s.runs)).collect()
}

const BRANCHING: &str =
    "if redis.call('INCR', KEYS[1]) > 1 then\n  return 'more'\nend\nreturn 'one'";

#[test]
fn scripts_go_by_their_digest() {
    let mut redis = covering();
    let script = Script::new(BRANCHING);
    for _ in 0..3 {
        let _: String = script.key("k").invoke(&mut redis).unwrap();
    }
    let coverage = redis.take_coverage();
    let [covered] = &coverage.sources[..] else {
        panic!("{coverage:?}");
    };
    assert_eq!(covered.name.as_bytes(), script.sha().hex());
    assert_eq!(covered.source, BRANCHING.as_bytes());
    assert_eq!(runs(covered), [(1, 3), (2, 2), (4, 1)]);
    assert_eq!(covered.report.branches[0].taken, [2, 1]);
    // It goes on from nothing.
    let _: String = script.key("k").invoke(&mut redis).unwrap();
    assert_eq!(
        runs(&redis.take_coverage().sources[0]),
        [(1, 1), (2, 1), (4, 0)]
    );
}

#[test]
fn what_is_flushed_has_been_covered() {
    let mut redis = covering();
    let script = Script::new(BRANCHING);
    for command in [&["SCRIPT", "FLUSH"][..], &["FLUSHALL"]] {
        let _: String = script.key("k").invoke(&mut redis).unwrap();
        redis.command(command);
    }
    // Both times together, and then no more.
    let coverage = redis.take_coverage();
    assert_eq!(coverage.sources.len(), 1);
    assert_eq!(runs(&coverage.sources[0]), [(1, 2), (2, 1), (4, 1)]);
}

#[test]
fn shebang_lines_count_as_lines() {
    let mut redis = covering();
    let script = Script::new("#!lua flags=no-writes\nlocal a = 1\nreturn a");
    let _: i64 = script.invoke(&mut redis).unwrap();
    assert_eq!(runs(&redis.take_coverage().sources[0]), [(2, 1), (3, 1)]);
}

#[test]
fn libraries_go_by_their_names() {
    let mut redis = covering();
    let library = "#!lua name=l\nlocal function half(n)\n  return n / 2\nend\n\
        redis.register_function('f', function(keys, args)\n  if #args == 0 then\n    return 0\n  end\n  return half(args[1])\nend)";
    redis.command(&["FUNCTION", "LOAD", library]);
    assert_eq!(redis.command(&["FCALL", "f", "0", "8"]), Reply::Integer(4));
    let coverage = redis.take_coverage();
    assert_eq!(coverage.sources[0].name, "l");
    assert_eq!(coverage.sources[0].source, library.as_bytes());
    assert_eq!(
        runs(&coverage.sources[0]),
        [(2, 1), (3, 1), (5, 1), (6, 1), (7, 0), (9, 1)]
    );
}

#[test]
fn engines_add_up() {
    let mut all = Coverage::default();
    for key in ["a", "b"] {
        let mut redis = covering();
        for script in [BRANCHING, "return 1"] {
            let _: Reply = Script::new(script).key(key).invoke(&mut redis).unwrap();
        }
        all.merge(redis.take_coverage());
    }
    assert_eq!(all.sources.len(), 2);
    assert_eq!(runs(&all.sources[0]), [(1, 2), (2, 0), (4, 2)]);
    assert_eq!(runs(&all.sources[1]), [(1, 2)]);
}

#[test]
fn nothing_is_covered_unless_asked_for() {
    let mut redis = Redis::new();
    let _: Reply = Script::new("return 1").invoke(&mut redis).unwrap();
    assert_eq!(redis.take_coverage(), Coverage::default());
}

#[test]
fn scripts_do_the_same() {
    let scripts = [
        "local t = {} for i = 1, 10 do t[i] = redis.call('INCR', 'n') end return t",
        "return nosuch",
        "local x = nil\nreturn x.y",
        "return redis.call('LPUSH', 'n', 1)",
        "for k, v in pairs({ a = 1, b = 2 }) do redis.call('HSET', 'h', k, v) end return redis.call('HGETALL', 'h')",
        "while true do end",
        "local s = '' for i = 1, 20 do s = s .. ('x'):rep(i) end return #s",
        "return cjson.encode({ 1, 'a', { b = false } })",
    ];
    let all = |is_covered: bool| -> Vec<String> {
        let builder = Redis::builder().clock_unix_ms(0).max_instructions(1000);
        let mut redis = builder.coverage(is_covered).build();
        let replies = scripts.map(|script| redis.command(&["EVAL", script, "0"]));
        replies
            .map(|reply| String::from_utf8_lossy(&text::print(&reply)).into_owned())
            .into()
    };
    assert_eq!(all(true), all(false));
}
