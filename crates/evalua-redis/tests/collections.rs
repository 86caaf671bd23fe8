//! What a comparison with the live server cannot show of sets and sorted sets: forms and orders that
//! only newer servers have, random choices, and scans in several steps.

use std::collections::{BTreeMap, BTreeSet};

use evalua_redis::{Caller, Redis, Reply, Session, errors, profile, text};

/// Runs lines as typed, and compares what redis-cli would print.
fn session(redis: &mut Redis, lines: &[(&str, &str)]) {
    for (line, expected) in lines {
        let args = text::split_line(line.as_bytes()).unwrap();
        let reply = redis.command(&args).to_resp2(&profile::REDIS_7_2);
        let printed = String::from_utf8(text::print(&reply)).unwrap();
        assert_eq!(printed, *expected, "{line}");
    }
}

/// The byte strings of an array or set.
fn texts(reply: Reply) -> Vec<String> {
    let (Reply::Array(items) | Reply::Set(items)) = reply else {
        panic!("{reply:?}");
    };
    let text = |item| match item {
        Reply::Bulk(bytes) => String::from_utf8(bytes.into_vec()).unwrap(),
        other => panic!("{other:?}"),
    };
    items.into_iter().map(text).collect()
}

fn words<W: Into<String>>(words: impl IntoIterator<Item = W>) -> Vec<String> {
    words.into_iter().map(Into::into).collect()
}

#[test]
fn small_sets_keep_their_order() {
    let mut redis = Redis::new();
    session(
        &mut redis,
        &[
            ("SADD s c 2 1 a", "(integer) 4"),
            ("OBJECT ENCODING s", "\"listpack\""),
            ("SMEMBERS s", "1) \"c\"\n2) \"2\"\n3) \"1\"\n4) \"a\""),
            ("SADD i 3 2 1", "(integer) 3"),
            ("SADD i x", "(integer) 1"),
            ("SMEMBERS i", "1) \"1\"\n2) \"2\"\n3) \"3\"\n4) \"x\""),
            // Integers in front of the first other member are in order.
            ("SREM s c", "(integer) 1"),
            ("SUNION s", "1) \"1\"\n2) \"2\"\n3) \"a\""),
            ("SINTER s s", "1) \"2\"\n2) \"1\"\n3) \"a\""),
            ("SINTERSTORE t s s", "(integer) 3"),
            ("SMEMBERS t", "1) \"2\"\n2) \"1\"\n3) \"a\""),
            // Nothing but integers is an intset again.
            ("SINTERSTORE t s i", "(integer) 2"),
            ("OBJECT ENCODING t", "\"intset\""),
            ("SDIFFSTORE t s i", "(integer) 1"),
            ("OBJECT ENCODING t", "\"listpack\""),
            ("SPOP s 9", "1) \"1\"\n2) \"2\"\n3) \"a\""),
        ],
    );
}

#[test]
fn many_members_at_once_decide_the_form() {
    let mut redis = Redis::new();
    let add = |redis: &mut Redis, command: &[&str], word: &[&str], times: usize| {
        let mut args = words(command.iter().copied());
        (0..times).for_each(|_| args.extend(words(word.iter().copied())));
        redis.command(&args)
    };
    assert_eq!(
        add(&mut redis, &["SADD", "s"], &["x"], 129),
        Reply::count(1)
    );
    assert_eq!(
        add(&mut redis, &["SADD", "i"], &["1"], 513),
        Reply::count(1)
    );
    assert_eq!(
        add(&mut redis, &["ZADD", "z"], &["1", "x"], 129),
        Reply::count(1)
    );
    session(
        &mut redis,
        &[
            ("OBJECT ENCODING s", "\"hashtable\""),
            ("OBJECT ENCODING i", "\"hashtable\""),
            ("OBJECT ENCODING z", "\"skiplist\""),
        ],
    );
}

#[test]
fn ranks_come_with_scores() {
    let mut redis = Redis::new();
    session(
        &mut redis,
        &[
            ("ZADD z 1 a 2.5 b", "(integer) 2"),
            ("ZRANK z b WITHSCORE", "1) (integer) 1\n2) \"2.5\""),
            ("ZREVRANK z b withscore", "1) (integer) 0\n2) \"2.5\""),
            ("ZRANK z x WITHSCORE", "(nil)"),
            ("ZRANK z b WITHSCORES", "(error) ERR syntax error"),
            (
                "ZRANK z b WITHSCORE x",
                "(error) ERR wrong number of arguments for 'zrank' command",
            ),
            ("ZADD z 0.1 c 1e17 d", "(integer) 2"),
            ("ZMSCORE z c d", "1) \"0.1\"\n2) \"100000000000000000\""),
        ],
    );
}

/// Sets of each form, by key, and a large and a small sorted set.
fn fill(redis: &mut Redis) -> [(&'static str, Vec<String>); 5] {
    let ints = words((0..40).map(|n| n.to_string()));
    let packed = words((0..40).map(|n| format!("m{n}")));
    let table = words((0..300).map(|n| format!("m{n}")));
    for (key, members) in [("ints", &ints), ("packed", &packed), ("table", &table)] {
        redis.command(&[&words(["SADD", key])[..], members].concat());
    }
    for (key, members) in [("small", &packed), ("large", &table)] {
        for (score, member) in members.iter().enumerate() {
            redis.command(&["ZADD", key, &score.to_string(), member]);
        }
    }
    [
        ("ints", ints),
        ("packed", packed.clone()),
        ("table", table.clone()),
        ("small", packed),
        ("large", table),
    ]
}

#[test]
fn random_members_are_fair_and_repeatable() {
    let draw = |seed| {
        let mut redis = Redis::builder().seed(seed).build();
        let mut draws = Vec::new();
        for (key, members) in fill(&mut redis) {
            let is_zset = ["small", "large"].contains(&key);
            let command = if is_zset {
                "ZRANDMEMBER"
            } else {
                "SRANDMEMBER"
            };
            let len = members.len();
            let all: BTreeSet<String> = members.into_iter().collect();
            let several = texts(redis.command(&[command, key, "10"]));
            assert_eq!(several.iter().collect::<BTreeSet<_>>().len(), 10, "{key}");
            assert!(several.iter().all(|member| all.contains(member)), "{key}");
            let many = texts(redis.command(&[command, key, &format!("-{}", len * 100)]));
            let mut counts: BTreeMap<&String, usize> = BTreeMap::new();
            many.iter()
                .for_each(|drawn| *counts.entry(drawn).or_default() += 1);
            assert!(counts.keys().copied().eq(&all), "{key}");
            let fair = counts.values().all(|times| (50..160).contains(times));
            assert!(fair, "{key}: {counts:?}");
            draws.push((several, many));
        }
        draws
    };
    assert_eq!(draw(1), draw(1));
    assert_ne!(draw(1), draw(2));
}

#[test]
fn popped_members_are_gone_and_no_others() {
    for profile in [&profile::REDIS_7_2, &profile::REDIS_7_0] {
        for count in [1, 5, 36, 39] {
            let mut redis = Redis::builder().profile(profile).seed(count).build();
            for (key, members) in fill(&mut redis) {
                if ["small", "large"].contains(&key) {
                    continue;
                }
                let popped = texts(redis.command(&["SPOP", key, &count.to_string()]));
                assert_eq!(popped.len() as u64, count);
                let rest = texts(redis.command(&["SMEMBERS", key]));
                let single = redis.command(&["SPOP", key]);
                assert!(rest.iter().any(|member| Reply::bulk(member) == single));
                let both: BTreeSet<String> = popped.into_iter().chain(rest).collect();
                assert_eq!(both, members.into_iter().collect(), "{key} {count}");
            }
        }
    }
}

#[test]
fn scans_show_all_that_stays() {
    for (scan, add, remove) in [("SSCAN", "SADD", "SREM"), ("ZSCAN", "ZADD", "ZREM")] {
        let mut redis = Redis::new();
        let is_zset = scan == "ZSCAN";
        let stays: BTreeSet<String> = (0..400).map(|n| format!("stays{n}")).collect();
        let put = |redis: &mut Redis, member: &str| match is_zset {
            true => redis.command(&[add, "k", "1", member]),
            false => redis.command(&[add, "k", member]),
        };
        for member in &stays {
            put(&mut redis, member);
        }
        let mut seen = BTreeSet::new();
        let mut cursor = "0".to_owned();
        let mut steps = 0;
        loop {
            let Reply::Array(mut reply) = redis.command(&[scan, "k", &cursor, "COUNT", "7"]) else {
                panic!("no array");
            };
            let shown = texts(reply.pop().unwrap());
            assert!(shown.len() < 100, "about as many as asked for");
            seen.extend(shown);
            cursor = texts(Reply::Array(reply)).pop().unwrap();
            if cursor == "0" {
                break;
            }
            // The table grows to several times its size, then shrinks.
            for n in steps * 30..steps * 30 + 30 {
                put(&mut redis, &format!("comes{n}"));
                if steps >= 40 {
                    redis.command(&[remove, "k", &format!("comes{}", n - 1200)]);
                }
            }
            steps += 1;
        }
        assert!(steps > 50, "{steps}");
        assert!(seen.is_superset(&stays));
    }
}

#[test]
fn clients_wait_where_there_is_nothing() {
    let mut redis = Redis::builder().clock_unix_ms(1_000_000).build();
    let mut client = Session::with_id(1).waits();
    let pop = |redis: &mut Redis, client: &mut Session, timeout: &[u8]| {
        let reply = redis.execute(client, &[b"BZPOPMIN", b"none", b"z", timeout]);
        (reply, client.waiting().map(|waiting| waiting.until_ms))
    };
    let until = |at| (Reply::NullArray, Some(at));
    assert_eq!(pop(&mut redis, &mut client, b"0"), until(None));
    assert_eq!(pop(&mut redis, &mut client, b"1.5"), until(Some(1_001_500)));
    assert_eq!(
        pop(&mut redis, &mut client, b"1e-9"),
        until(Some(1_000_001))
    );
    redis.execute(&mut client, &[b"PING"]);
    redis.command(&["ZADD", "z", "1", "a"]);
    let (reply, waiting) = pop(&mut redis, &mut client, b"1");
    let popped = [Reply::bulk("z"), Reply::bulk("a"), Reply::Double(1.0)];
    assert_eq!((reply, waiting), (Reply::Array(popped.into()), None));
    for timeout in ["9223372036854775", "1e300", "inf"] {
        let (reply, waiting) = pop(&mut redis, &mut client, timeout.as_bytes());
        let error = errors::TIMEOUT_OUT_OF_RANGE;
        assert_eq!((reply, waiting), (Reply::Error(error), None), "{timeout}");
    }
}

#[test]
fn scripts_never_wait() {
    let args: [&[u8]; 3] = [b"BZPOPMIN", b"none", b"0"];
    let script = Caller::Script { read_only: false };
    for (profile, expected) in [
        (&profile::REDIS_7_2, Reply::NullArray),
        (
            &profile::REDIS_7_0,
            Reply::Error(errors::SCRIPT_NOT_ALLOWED),
        ),
    ] {
        let mut redis = Redis::builder().profile(profile).build();
        let mut session = Session::new().waits();
        let reply = redis.core_mut().execute(&mut session, script, &args);
        assert_eq!((reply, session.waiting()), (expected, None));
    }
}
