//! The limit of memory: what is refused, what goes, and what is counted.

use evalua_redis::errors::OUT_OF_MEMORY;
use evalua_redis::memory::POLICIES;
use evalua_redis::{Redis, Reply, text};

const NOW_MS: i64 = 1_700_000_000_000;

fn redis() -> Redis {
    Redis::builder().clock_unix_ms(NOW_MS).seed(3).build()
}

fn run(redis: &mut Redis, line: &str) -> Reply {
    redis.command(&text::split_line(line.as_bytes()).unwrap())
}

/// A number of INFO.
fn info(redis: &mut Redis, name: &str) -> usize {
    let Reply::Verbatim(_, text) = run(redis, "INFO") else {
        panic!("INFO is a text");
    };
    let text = String::from_utf8_lossy(&text);
    let mut lines = text.lines().filter_map(|line| line.split_once(':'));
    let found = lines.find(|(known, _)| *known == name);
    found.expect(name).1.parse().unwrap()
}

/// Sets the limit so that `room` more bytes fit.
fn limit(redis: &mut Redis, policy: &str, room: usize) -> usize {
    let max = info(redis, "used_memory") + room;
    let line = format!("CONFIG SET maxmemory {max} maxmemory-policy {policy}");
    assert_eq!(run(redis, &line), Reply::OK);
    max
}

#[test]
fn what_is_counted_follows_what_is_there() {
    let mut redis = redis();
    let empty = info(&mut redis, "used_memory");
    let fill = |redis: &mut Redis| {
        for n in 0..2_000 {
            run(redis, &format!("SET string:{n} {}", "x".repeat(n % 90)));
            run(redis, &format!("APPEND string:{} more", n / 2));
            run(redis, &format!("HSET hash f{n} {n}"));
            run(redis, &format!("ZADD zset {n} member:{n}"));
            run(redis, &format!("RPUSH list element:{n}"));
            run(redis, &format!("SADD set member:{n}"));
            run(redis, &format!("XADD stream * field {n}"));
        }
        for line in [
            "RENAME hash other",
            "COPY zset copy",
            "SPOP set 900",
            "LTRIM list 0 99",
        ] {
            run(redis, line);
        }
        run(redis, "MOVE list 3");
        run(redis, "DEL string:5 string:6");
    };
    fill(&mut redis);
    let measured_at_the_end = info(&mut redis, "used_memory");
    assert!(
        measured_at_the_end > empty + 300_000,
        "{measured_at_the_end}"
    );
    run(&mut redis, "FLUSHALL");
    assert_eq!(info(&mut redis, "used_memory"), empty);
    // With a limit it is counted as it changes, and comes to the same.
    run(&mut redis, "CONFIG SET maxmemory 1gb");
    fill(&mut redis);
    assert_eq!(info(&mut redis, "used_memory"), measured_at_the_end);
    run(&mut redis, "CONFIG SET maxmemory 0");
    assert_eq!(info(&mut redis, "used_memory"), measured_at_the_end);
    run(&mut redis, "CONFIG SET maxmemory 1gb");
    run(&mut redis, "FLUSHALL");
    assert_eq!(info(&mut redis, "used_memory"), empty);
}

#[test]
fn usage_of_a_key_grows_with_what_it_holds() {
    let mut redis = redis();
    let mut last = 0;
    for n in [1, 10, 100, 1_000, 10_000] {
        run(&mut redis, &format!("SETRANGE k {n} x"));
        let Reply::Integer(bytes) = run(&mut redis, "MEMORY USAGE k SAMPLES 0") else {
            panic!("a number");
        };
        assert!(bytes >= n && bytes > last, "{n}: {bytes}");
        last = bytes;
    }
}

#[test]
fn every_policy_keeps_to_the_limit_and_to_its_keys() {
    for policy in &POLICIES {
        let mut redis = redis();
        let max = limit(&mut redis, policy.name, 100_000);
        let mut refused = false;
        for n in 0..2_000 {
            // Half of them expire.
            let expiry = if n % 2 == 0 { "EX 10000" } else { "" };
            let reply = run(
                &mut redis,
                &format!("SET key:{n} {} {expiry}", "x".repeat(100)),
            );
            refused |= reply == Reply::Error(OUT_OF_MEMORY);
            let used = info(&mut redis, "used_memory");
            assert!(used <= max + 1_000, "{}: {used} of {max}", policy.name);
        }
        let evicted = info(&mut redis, "evicted_keys");
        assert_eq!(evicted > 0, policy.first.is_some(), "{}", policy.name);
        run(&mut redis, "CONFIG RESETSTAT");
        assert_eq!(info(&mut redis, "evicted_keys"), 0);
        // Where only volatile keys go, the others fill the memory in the end.
        let lasts = policy.first.is_some() && !policy.volatile_only;
        assert_eq!(refused, !lasts, "{}", policy.name);
        let first_is_there = run(&mut redis, "EXISTS key:1") == Reply::Integer(1);
        assert_eq!(first_is_there, !lasts, "{}", policy.name);
    }
}

#[test]
fn the_best_of_a_few_goes() {
    let keys_left = |policy: &str, prepare: fn(&mut Redis, usize)| {
        let mut redis = redis();
        run(
            &mut redis,
            &format!("CONFIG SET maxmemory-policy {policy} maxmemory 1gb"),
        );
        for n in 0..200 {
            run(
                &mut redis,
                &format!("SET key:{n} {} EX {}", "x".repeat(100), 1_000 + n),
            );
        }
        redis.advance(std::time::Duration::from_secs(100));
        for n in 0..200 {
            prepare(&mut redis, n);
        }
        let max = info(&mut redis, "used_memory");
        run(
            &mut redis,
            &format!("CONFIG SET maxmemory {} maxmemory-samples 10", max - 12_000),
        );
        run(&mut redis, "PING");
        let left = |redis: &mut Redis, range: std::ops::Range<usize>| {
            range
                .filter(|n| run(redis, &format!("EXISTS key:{n}")) == Reply::Integer(1))
                .count()
        };
        (left(&mut redis, 0..100), left(&mut redis, 100..200))
    };
    let touch: fn(&mut Redis, usize) = |redis, n| {
        // The second half is used, and often.
        if n >= 100 {
            for _ in 0..20 {
                run(redis, &format!("GET key:{n}"));
            }
        }
    };
    for policy in ["allkeys-lru", "volatile-lru", "allkeys-lfu", "volatile-lfu"] {
        let (unused, used) = keys_left(policy, touch);
        assert!(unused < 60 && used >= 97, "{policy}: {unused}, {used}");
    }
    let (soon, late) = keys_left("volatile-ttl", |_, _| {});
    assert!(soon < 60 && late >= 97, "{soon}, {late}");
}

#[test]
fn what_may_add_data_is_refused_and_nothing_else() {
    let mut redis = redis();
    run(&mut redis, "SET k v");
    run(&mut redis, "CONFIG SET maxmemory 1");
    let refused = Reply::Error(OUT_OF_MEMORY);
    let aborted = |redis: &mut Redis, lines: &[&str]| {
        let replies: Vec<Reply> = lines.iter().map(|line| run(redis, line)).collect();
        text::print(&replies[replies.len() - 1])
    };
    for line in [
        "SET a 1",
        "LPUSH a 1",
        "EVAL \"return redis.call('SET','a',1)\" 0",
    ] {
        let Reply::Error(error) = run(&mut redis, line) else {
            panic!("{line} is refused");
        };
        assert!(
            error.as_bytes().starts_with(b"OOM command not allowed"),
            "{line}"
        );
    }
    assert_eq!(run(&mut redis, "GET k"), Reply::bulk("v"));
    // A transaction is refused as it is queued.
    assert_eq!(run(&mut redis, "MULTI"), Reply::OK);
    assert_eq!(run(&mut redis, "GET k"), refused);
    let exec = aborted(&mut redis, &["EXEC"]);
    assert!(String::from_utf8_lossy(&exec).contains("EXECABORT"));
    // Or as a whole, when memory has become short since.
    run(&mut redis, "CONFIG SET maxmemory 0");
    for line in ["MULTI", "SET a 1"] {
        run(&mut redis, line);
    }
    redis.core_mut().config_mut().max_memory = 1;
    let exec = aborted(&mut redis, &["EXEC"]);
    let expected = "EXECABORT Transaction discarded because of: OOM command not allowed";
    assert!(String::from_utf8_lossy(&exec).contains(expected));
    // A script that only removes may do so, and then go on.
    let script = "redis.call('DEL', 'k') return redis.call('SET', 'k', 'new')";
    assert_eq!(redis.command(&["EVAL", script, "0"]), Reply::OK);
    assert_eq!(run(&mut redis, "DEL k"), Reply::Integer(1));
}

#[test]
fn scripts_run_without_memory_when_their_flags_say_so() {
    let mut redis = redis();
    let library = "#!lua name=lib\n\
        local function set() return redis.call('SET', 'k', 'f') end \
        redis.register_function('plain', set) \
        redis.register_function{function_name='allowed', callback=set, flags={'allow-oom'}}";
    redis.command(&["FUNCTION", "LOAD", library]);
    run(&mut redis, "CONFIG SET maxmemory 1");
    let refused = Reply::Error(OUT_OF_MEMORY);
    for (flags, expected) in [
        ("", refused.clone()),
        (" flags=allow-oom", Reply::OK),
        (" flags=no-writes", Reply::Integer(0)),
    ] {
        let body = match expected {
            Reply::Integer(_) => "return redis.call('EXISTS', 'none')",
            _ => "return redis.call('SET', 'k', 'v')",
        };
        let script = format!("#!lua{flags}\n{body}");
        assert_eq!(redis.command(&["EVAL", &script, "0"]), expected, "{script}");
    }
    assert_eq!(run(&mut redis, "FCALL plain 0"), refused);
    assert_eq!(run(&mut redis, "FCALL allowed 0"), Reply::OK);
}

#[test]
fn counts_of_accesses_are_told_and_restored() {
    let mut redis = redis();
    run(&mut redis, "CONFIG SET maxmemory-policy allkeys-lfu");
    run(&mut redis, "SET k v");
    assert_eq!(run(&mut redis, "OBJECT FREQ k"), Reply::Integer(5));
    let Reply::Bulk(payload) = run(&mut redis, "DUMP k") else {
        panic!("a payload");
    };
    let restore: [&[u8]; 6] = [b"RESTORE", b"r", b"0", &payload, b"FREQ", b"100"];
    assert_eq!(redis.command(&restore), Reply::OK);
    assert_eq!(run(&mut redis, "OBJECT FREQ r"), Reply::Integer(100));
    redis.advance(std::time::Duration::from_secs(600));
    assert_eq!(run(&mut redis, "OBJECT FREQ r"), Reply::Integer(90));
    assert!(matches!(
        run(&mut redis, "OBJECT IDLETIME r"),
        Reply::Error(_)
    ));
    run(&mut redis, "CONFIG SET maxmemory-policy noeviction");
    assert!(matches!(run(&mut redis, "OBJECT FREQ r"), Reply::Error(_)));
}
