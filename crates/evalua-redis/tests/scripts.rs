//! What scripts do that no server is asked about: limits, the log, profiles, engines side by side, and
//! the face for Rust programs.

use std::sync::{Arc, Mutex};

use evalua_redis::script::LogLevel;
use evalua_redis::{Builder, Error, Redis, Reply, Script, profile};

fn eval(redis: &mut Redis, source: &str) -> Reply {
    redis.command(&["EVAL", source, "1", "key", "arg"])
}

/// The text of the error that a script ends with.
fn failure(redis: &mut Redis, source: &str) -> String {
    match eval(redis, source) {
        Reply::Error(error) => error.to_string(),
        other => panic!("{source} gave {other:?}"),
    }
}

fn sha(source: &str) -> String {
    String::from_utf8(Script::new(source).sha().hex().to_vec()).unwrap()
}

fn assert_usable(redis: &mut Redis) {
    let sum =
        "local t = {} for i = 1, 100 do t[i] = i end return #t + redis.call('INCR', 'usable')";
    let before = match redis.command(&["GET", "usable"]) {
        Reply::Null => 0,
        Reply::Bulk(n) => std::str::from_utf8(&n).unwrap().parse().unwrap(),
        other => panic!("{other:?}"),
    };
    assert_eq!(eval(redis, sum), Reply::Integer(101 + before));
}

#[test]
fn an_endless_loop_ends_with_an_error_that_nothing_catches() {
    let mut redis = Redis::builder().max_instructions(20_000).build();
    for (source, line) in [
        ("while true do end", 1),
        ("local n = 0\nrepeat n = n + 1 until false", 2),
        ("local function f()\n\n  while true do end\nend\nf()", 3),
        (
            "while true do pcall(function() while true do end end) end",
            1,
        ),
        ("while true do xpcall(error, function() end) end", 1),
        ("coroutine.wrap(function() while true do end end)()", 1),
        ("while true do redis.pcall('PING') end", 1),
        (
            "return string.find(('a'):rep(200), ('a*'):rep(40) .. 'b')",
            1,
        ),
    ] {
        let expected = format!(
            "ERR user_script:{line}: script exceeded its limit of 20000 instructions \
             script: {}, on @user_script:{line}.",
            sha(source)
        );
        assert_eq!(failure(&mut redis, source), expected);
        assert_usable(&mut redis);
    }
}

/// What a library does with a long string is as much work as the string is long, also where it is one call.
#[test]
fn work_on_a_long_string_is_counted() {
    let mut redis = Redis::builder().max_instructions(5_000).build();
    let text = "x".repeat(1_000_000);
    redis.command(&["SET", "text", &text]);
    redis.command(&["SET", "spaces", &" ".repeat(1_000_000)]);
    redis.command(&["SET", "json", &format!("\"{text}\"")]);
    // MessagePack's head of a string of 1,000,000 bytes.
    let mut packed = b"\xdb\x00\x0f\x42\x40".to_vec();
    packed.extend_from_slice(text.as_bytes());
    redis.command(&[&b"SET"[..], b"packed", &packed]);
    for (key, call) in [
        ("text", "redis.sha1hex(s)"),
        ("text", "redis.error_reply(s)"),
        ("text", "cmsgpack.pack(s)"),
        ("text", "struct.pack('s', s)"),
        ("text", "struct.pack('c0', s)"),
        ("text", "struct.unpack('c1000000', s)"),
        ("text", "pcall(struct.unpack, 's', s)"),
        ("packed", "cmsgpack.unpack(s)"),
        ("packed", "cmsgpack.unpack_one(s)"),
        ("json", "cjson.decode(s)"),
        ("text", "cjson.encode(s)"),
        ("spaces", "pcall(bit.tobit, s)"),
    ] {
        let source = format!("local s = redis.call('GET', '{key}') {call}");
        let error = failure(&mut redis, &source);
        assert!(
            error.contains("limit of 5000 instructions"),
            "{call}: {error}"
        );
        assert_usable(&mut redis);
    }
}

#[test]
fn each_script_has_all_its_instructions() {
    let mut redis = Redis::builder().max_instructions(1_500).build();
    for _ in 0..20 {
        let reply = eval(&mut redis, "for i = 1, 1000 do end return 'done'");
        assert_eq!(reply, Reply::bulk("done"));
    }
}

#[test]
fn another_thread_can_stop_a_script() {
    let mut redis = Redis::new();
    redis.command(&["SCRIPT", "LOAD", "return 1"]);
    redis.command(&["SCRIPT", "FLUSH"]);
    let handle = redis.interrupt_handle();
    let other = std::thread::spawn(move || {
        std::thread::sleep(std::time::Duration::from_millis(20));
        handle.interrupt();
    });
    let error = failure(
        &mut redis,
        "while true do pcall(function() while true do end end) end",
    );
    assert!(
        error.starts_with("ERR user_script:1: script was interrupted script: "),
        "{error}"
    );
    other.join().unwrap();
    assert_usable(&mut redis);
}

#[test]
fn an_engine_can_move_to_another_thread() {
    let mut redis = Redis::new();
    eval(&mut redis, "redis.call('SET', 'k', 'v')");
    let reply = std::thread::spawn(move || eval(&mut redis, "return redis.call('GET', 'k')"));
    assert_eq!(reply.join().unwrap(), Reply::bulk("v"));
}

#[test]
fn a_memory_bomb_ends_with_an_error() {
    let mut redis = Redis::builder().max_memory(4 << 20).build();
    for source in [
        "return string.rep('x', 1e9)",
        "local t = {} for i = 1, 1e9 do t[i] = {i} end",
        "local s = 'x' while true do s = s .. s end",
        "local t = {} while true do t[#t + 1] = redis.call('ECHO', ('x'):rep(1000)) end",
        "local t = {} for i = 1, 1e9 do t[i] = function() return i end end",
    ] {
        let expected = format!(
            "ERR not enough memory script: {}, on @user_script:1.",
            sha(source)
        );
        assert_eq!(failure(&mut redis, source), expected);
        assert_usable(&mut redis);
    }
    // As in plain Lua, this error can be caught.
    let caught = "return {pcall(string.rep, 'x', 1e9)}";
    let expected = Reply::Array(vec![Reply::Null, Reply::bulk("not enough memory")]);
    assert_eq!(eval(&mut redis, caught), expected);
}

#[test]
fn a_reply_may_not_be_larger_than_the_memory() {
    let mut redis = Redis::builder().max_memory(4 << 20).build();
    for source in [
        "local s = ('x'):rep(1e5) local t = {} for i = 1, 1000 do t[i] = s end return t",
        "local t = {1} for i = 1, 40 do t = {t, t} end return t",
        "local t = {} for i = 1, 40 do t = {map = {a = t, b = t}} end return t",
    ] {
        assert_eq!(failure(&mut redis, source), "ERR not enough memory");
        assert_usable(&mut redis);
    }
    let mut redis = Redis::builder().max_memory(1_000).build();
    assert_eq!(failure(&mut redis, "return 1"), "ERR not enough memory");
}

#[test]
fn nesting_without_end_is_cut() {
    let mut redis = Redis::new();
    for source in [
        "local t = {} t[1] = t return t",
        "local t = {} t.map = {t} return t",
        "local t = {} t.set = {[t] = true} return t",
        "local t = 1 for i = 1, 10000 do t = {t} end return t",
    ] {
        let mut reply = eval(&mut redis, source);
        loop {
            reply = match reply {
                Reply::Array(mut items) | Reply::Set(mut items) => items.pop().unwrap(),
                Reply::Map(mut pairs) => pairs.pop().unwrap().1,
                other => {
                    break assert_eq!(
                        other.as_error().unwrap().as_bytes(),
                        b"ERR reached lua stack limit"
                    );
                }
            }
        }
    }
}

#[test]
fn an_error_table_without_text_is_an_error_all_the_same() {
    let mut redis = Redis::new();
    for source in ["error({foo = 1})", "error({})", "error({err = {}})"] {
        let expected = format!(
            "ERR unknown error script: {}, on @user_script:1.",
            sha(source)
        );
        assert_eq!(failure(&mut redis, source), expected);
    }
    let source = "error(setmetatable({}, {__index = function() error('no') end}))";
    assert!(failure(&mut redis, source).starts_with("ERR unknown error script: "));
    assert_usable(&mut redis);
}

#[test]
fn the_log_goes_where_the_host_wants_it() {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&lines);
    let mut redis = Redis::builder()
        .log(move |level, line| sink.lock().unwrap().push((level, line.to_vec())))
        .build();
    let source = "redis.log(redis.LOG_WARNING, 'a', 1, {}, 2.5, 'b\\n') \
                  redis.log(redis.LOG_DEBUG, '') return redis.log('1', 'x')";
    assert_eq!(eval(&mut redis, source), Reply::Null);
    let expected = [
        (LogLevel::Warning, b"a 1 2.5 b\n".to_vec()),
        (LogLevel::Debug, Vec::new()),
        (LogLevel::Verbose, b"x".to_vec()),
    ];
    assert_eq!(*lines.lock().unwrap(), expected);
}

#[test]
fn profiles_differ_in_what_scripts_see() {
    let with = |profile| Redis::builder().profile(profile).build();
    let mut redis_7_0 = with(&profile::REDIS_7_0);
    let mut redis_7_2 = with(&profile::REDIS_7_2);
    let mut valkey = with(&profile::VALKEY_8);
    for (source, expected) in [
        (
            "return redis.call('ECHO', 0.1)",
            ["0.10000000000000001", "0.1", "0.1"],
        ),
        (
            "return redis.call('ECHO', 1e17)",
            ["1e+17", "100000000000000000", "100000000000000000"],
        ),
        ("return redis.call('ECHO', -0.0)", ["-0", "0", "0"]),
        ("return redis.call('ECHO', 0/0)", ["-nan", "-nan", "-nan"]),
        ("return redis.REDIS_VERSION", ["7.0.15", "7.2.6", "7.2.4"]),
        (
            "return type(rawget(_G, 'getfenv'))",
            ["nil", "function", "nil"],
        ),
        (
            "return type(rawget(_G, 'setfenv'))",
            ["nil", "function", "nil"],
        ),
        (
            "return type(rawget(_G, 'newproxy'))",
            ["nil", "function", "nil"],
        ),
        ("return type(rawget(_G, 'server'))", ["nil", "nil", "table"]),
        (
            "return redis.pcall('nosuch').err",
            [
                "ERR Unknown Redis command called from script",
                "ERR Unknown Redis command called from script",
                "ERR Unknown command called from script",
            ],
        ),
        (
            "return redis.pcall('GET').err",
            [
                "ERR Wrong number of args calling Redis command from script",
                "ERR Wrong number of args calling Redis command from script",
                "ERR Wrong number of args calling command from script",
            ],
        ),
        (
            "return select(2, pcall(redis.set_repl))",
            [
                "ERR redis.set_repl() requires two arguments.",
                "ERR redis.set_repl() requires one argument.",
                "ERR redis.set_repl() requires one argument.",
            ],
        ),
    ] {
        for (redis, expected) in [&mut redis_7_0, &mut redis_7_2, &mut valkey]
            .into_iter()
            .zip(expected)
        {
            assert_eq!(eval(redis, source), Reply::bulk(expected), "{source}");
        }
    }
}

#[test]
fn environments_do_not_reach_the_next_script() {
    let mut redis = Redis::builder().profile(&profile::REDIS_7_2).build();
    let source = "setfenv(0, {}) setfenv(1, {redis = redis}) return redis.call('PING')";
    assert_eq!(eval(&mut redis, source), Reply::status("PONG"));
    assert_usable(&mut redis);
    let error = failure(&mut redis, "return nothing");
    assert!(
        error.contains("nonexistent global variable 'nothing'"),
        "{error}"
    );
}

#[test]
fn random_numbers_follow_the_seed_and_survive_a_flush() {
    let sequence = |builder: Builder, flush: bool| {
        let mut redis = builder.build();
        let first = eval(&mut redis, "return math.random(1000000)");
        if flush {
            assert_eq!(redis.command(&["SCRIPT", "FLUSH"]), Reply::OK);
        }
        (first, eval(&mut redis, "return math.random(1000000)"))
    };
    let fresh = sequence(Redis::builder(), false);
    assert_eq!(sequence(Redis::builder(), true), fresh);
    assert_eq!(sequence(Redis::builder().seed(0), false), fresh);
    let seven = sequence(Redis::builder().seed(7), false);
    assert_ne!(seven, fresh);
    assert_eq!(sequence(Redis::builder().seed(7), false), seven);
    let mut redis = Redis::new();
    let as_seeded = "math.randomseed(7) return math.random(1000000)";
    assert_eq!(eval(&mut redis, as_seeded), seven.0);
}

#[test]
fn engines_know_nothing_of_each_other() {
    let mut one = Redis::new();
    let mut other = Redis::new();
    let sha = one.command(&["SCRIPT", "LOAD", "return 'one'"]);
    let Reply::Bulk(sha) = sha else {
        panic!("{sha:?}");
    };
    assert_eq!(
        one.command(&[b"EVALSHA".as_slice(), &sha, b"0"]),
        Reply::bulk("one")
    );
    let reply = other.command(&[b"EVALSHA".as_slice(), &sha, b"0"]);
    assert!(reply.as_error().is_some());
}

#[test]
fn a_session_is_as_it_was_after_a_script() {
    let mut redis = Redis::new();
    redis.command(&["SELECT", "2"]);
    let source = "redis.call('SET', 'a', 1) redis.setresp(3) redis.call('SELECT', 5) \
                  redis.call('SET', 'b', 2) error('half-way')";
    failure(&mut redis, source);
    assert_eq!(redis.session().db, 2);
    assert_eq!(redis.command(&["GET", "a"]), Reply::bulk("1"));
    assert_eq!(redis.command(&["GET", "b"]), Reply::Null);
    assert_eq!(redis.snapshot(5).unwrap().len(), 1);
}

#[test]
fn scripts_are_traced_with_their_commands() {
    let mut redis = Redis::new();
    redis.core_mut().set_tracing(true);
    eval(
        &mut redis,
        "redis.call('SET', KEYS[1], ARGV[1]) return redis.call('GET', KEYS[1])",
    );
    let trace = redis.take_trace();
    let names: Vec<_> = trace
        .iter()
        .map(|call| (call.args[0].as_slice(), call.from_script))
        .collect();
    let expected: [(&[u8], bool); 3] = [(b"SET", true), (b"GET", true), (b"EVAL", false)];
    assert_eq!(names, expected);
}

#[test]
fn scripts_from_rust() {
    let mut redis = Redis::new();
    let script = Script::new("return {KEYS[1], KEYS[2], ARGV[1], ARGV[2]}");
    let prepared = script.key("a").arg(1);
    let (a, b, c, d): (String, Vec<u8>, i64, f64) = prepared
        .clone()
        .key(b"b\xff")
        .arg(2.5)
        .invoke(&mut redis)
        .unwrap();
    assert_eq!(
        (a.as_str(), b.as_slice(), c, d),
        ("a", &b"b\xff"[..], 1, 2.5)
    );
    // What was prepared is as it was.
    let words: Vec<String> = prepared.invoke(&mut redis).unwrap();
    assert_eq!(words, ["a"]);

    let none: Option<i64> = Script::new("return nil").invoke(&mut redis).unwrap();
    assert_eq!(none, None);
    let error = Script::new("return redis.call('INCR', KEYS[1], 'x')")
        .key("k")
        .invoke::<i64>(&mut redis)
        .unwrap_err();
    assert!(matches!(error, Error::Reply(_)), "{error}");
    let error = Script::new("return 'x'")
        .invoke::<i64>(&mut redis)
        .unwrap_err();
    assert_eq!(error.to_string(), "the reply is not an i64: \"x\"");
}

#[test]
fn info_counts_scripts_and_functions() {
    let mut redis = Redis::new();
    redis.command(&["SCRIPT", "LOAD", "return 1"]);
    redis.command(&["EVAL", "return 2", "0"]);
    let library = "#!lua name=l\nredis.register_function('f', function() end)\nredis.register_function('g', function() end)";
    redis.command(&["FUNCTION", "LOAD", library]);
    let counts = |redis: &mut Redis| {
        let Reply::Verbatim(_, text) = redis.command(&["INFO", "memory"]) else {
            panic!("no text");
        };
        let text = String::from_utf8_lossy(&text).into_owned();
        let lines = text.lines().filter(|line| line.starts_with("number_of_"));
        lines.map(str::to_owned).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(
        counts(&mut redis),
        "number_of_cached_scripts:2 number_of_functions:2 number_of_libraries:1"
    );
    redis.command(&["SCRIPT", "FLUSH"]);
    redis.command(&["FUNCTION", "FLUSH"]);
    assert_eq!(
        counts(&mut redis),
        "number_of_cached_scripts:0 number_of_functions:0 number_of_libraries:0"
    );
}
