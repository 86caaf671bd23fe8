//! What the gate does for every command, whoever calls.

use std::time::Duration;

use evalua_redis::trace::Class;
use evalua_redis::{Caller, Clock, Core, Redis, Reply, Session, memory, profile, table};

const SCRIPT: Caller = Caller::Script { read_only: false };
const READ_ONLY_SCRIPT: Caller = Caller::Script { read_only: true };

fn engine() -> Redis {
    Redis::builder().clock_unix_ms(1_000_000).build()
}

/// What a caller is answered, as an error's text.
fn error(redis: &mut Redis, caller: Caller, words: &[&str]) -> String {
    let args: Vec<&[u8]> = words.iter().map(|word| word.as_bytes()).collect();
    let mut session = Session::new();
    let reply = redis.core_mut().execute(&mut session, caller, &args);
    reply
        .as_error()
        .map_or_else(|| format!("{reply:?}"), ToString::to_string)
}

#[test]
fn unknown_commands_and_wrong_arity() {
    let mut redis = engine();
    for (words, client, script) in [
        (
            &["nope", "a", "b"][..],
            "ERR unknown command 'nope', with args beginning with: 'a' 'b' ",
            "ERR Unknown Redis command called from script",
        ),
        (
            &["OBJECT", "nope"],
            "ERR unknown subcommand 'nope'. Try OBJECT HELP.",
            "ERR Unknown Redis command called from script",
        ),
        (
            &["GET"],
            "ERR wrong number of arguments for 'get' command",
            "ERR Wrong number of args calling Redis command from script",
        ),
        (
            &["Object", "Encoding"],
            "ERR wrong number of arguments for 'object|encoding' command",
            "ERR Wrong number of args calling Redis command from script",
        ),
    ] {
        assert_eq!(error(&mut redis, Caller::Client, words), client);
        assert_eq!(error(&mut redis, SCRIPT, words), script);
    }
    let long = "x".repeat(300);
    let told = error(&mut redis, Caller::Client, &[&long, &long, "z"]);
    let expected = format!(
        "ERR unknown command '{}', with args beginning with: '{}' ",
        &long[..128],
        &long[..127]
    );
    assert_eq!(told, expected);
    assert_eq!(
        error(&mut redis, Caller::Client, &["a\r\nb"]),
        "ERR unknown command 'a  b', with args beginning with: "
    );
    // Texts end at a zero byte, as C has them.
    assert_eq!(
        error(&mut redis, Caller::Client, &["a\0b", "c\0d"]),
        "ERR unknown command 'a', with args beginning with: 'c' "
    );
    assert_eq!(
        error(&mut redis, Caller::Client, &["OBJECT", "a\0b"]),
        "ERR unknown subcommand 'a'. Try OBJECT HELP."
    );
    let none = redis
        .core_mut()
        .execute(&mut Session::new(), Caller::Client, &[]);
    assert!(none.as_error().is_some());
}

#[test]
fn scripts_may_not_call_everything() {
    let mut redis = engine();
    assert_eq!(
        error(&mut redis, SCRIPT, &["CLIENT", "ID"]),
        "ERR This Redis command is not allowed from script"
    );
    assert_eq!(
        error(&mut redis, READ_ONLY_SCRIPT, &["SET", "k", "v"]),
        "ERR Write commands are not allowed from read-only scripts."
    );
    assert_eq!(redis.command(&["EXISTS", "k"]), Reply::Integer(0));
    assert_eq!(
        error(&mut redis, SCRIPT, &["SET", "k", "v"]),
        format!("{:?}", Reply::OK)
    );
    let read = error(&mut redis, READ_ONLY_SCRIPT, &["GET", "k"]);
    assert_eq!(read, format!("{:?}", Reply::bulk("v")));
}

/// The gate looks once for a client's command at what is out of the ordinary, and yet what changes in the midst of it,
/// where that is allowed, holds from then on.
#[test]
fn what_a_script_or_a_transaction_turns_on_holds_for_the_rest_of_it() {
    let on = ["CONFIG", "SET", "notify-keyspace-events", "KEA"];
    let script =
        "redis.call('CONFIG', 'SET', 'notify-keyspace-events', 'KEA') redis.call('SET', 'k', 'v')";
    let transaction = [&["MULTI"][..], &on, &["SET", "k", "v"], &["EXEC"]];
    let ways: [&[&[&str]]; 2] = [&[&["EVAL", script, "0"]], &transaction];
    for commands in ways {
        let mut redis = engine();
        redis.command(&["DEBUG", "SET-DISABLE-DENY-SCRIPTS", "1"]);
        let mut listener = Session::new();
        redis.execute(&mut listener, &[b"SUBSCRIBE", b"__keyevent@0__:set"]);
        while listener.take_message().is_some() {}
        redis.command(&["SET", "k", "before"]);
        assert_eq!(listener.take_message(), None);
        for command in commands {
            let reply = redis.command(command);
            assert!(reply.as_error().is_none(), "{command:?}: {reply:?}");
        }
        let message = ["message", "__keyevent@0__:set", "k"];
        let message = Reply::Push(message.map(Reply::bulk).into());
        assert_eq!(listener.take_message(), Some(message), "{commands:?}");
    }
}

/// As above, of a fault that a script asks for.
#[test]
fn a_fault_that_a_script_asks_for_meets_its_next_command() {
    let mut redis = engine();
    redis.command(&["DEBUG", "SET-DISABLE-DENY-SCRIPTS", "1"]);
    let script = "redis.call('EVALUA', 'FAIL', 'NEXT', 'COMMAND', 'GET', 'ERROR', 'ERR as asked for') return redis.call('GET', 'k')";
    let reply = redis.command(&["EVAL", script, "0"]);
    let error = reply
        .as_error()
        .map(ToString::to_string)
        .unwrap_or_default();
    assert!(error.starts_with("ERR as asked for"), "{reply:?}");
}

#[test]
fn time_stands_still_inside_a_script() {
    let mut core = Core::new(&profile::REDIS_7_2, Clock::system(), 0);
    let mut session = Session::new();
    let mut time = |caller| core.execute(&mut session, caller, &[b"TIME"]);
    let first = time(Caller::Client);
    std::thread::sleep(Duration::from_millis(2));
    assert_eq!(time(SCRIPT), first);
    assert_ne!(time(Caller::Client), first);
}

#[test]
fn a_core_moves_out_of_its_place_and_back() {
    let mut redis = engine();
    redis.command(&["SET", "k", "v"]);
    let mut inside = std::mem::take(redis.core_mut());
    let get = table::find(b"GET").unwrap();
    let reply = inside.call(&mut Session::new(), SCRIPT, get, &[b"GET", b"k"]);
    assert_eq!(reply, Reply::bulk("v"));
    *redis.core_mut() = inside;
    assert_eq!(redis.command(&["GET", "k"]), Reply::bulk("v"));
}

#[test]
fn sessions_have_their_own_database() {
    let mut redis = engine();
    let mut other = Session::new();
    assert_eq!(redis.execute(&mut other, &[b"SELECT", b"3"]), Reply::OK);
    redis.execute(&mut other, &[b"SET", b"k", b"v"]);
    assert_eq!(redis.command(&["GET", "k"]), Reply::Null);
    assert_eq!(redis.snapshot(3).unwrap().len(), 1);
    assert!(redis.snapshot(16).is_none());
}

#[test]
fn calls_and_events_are_recorded_when_asked_for() {
    let mut redis = engine();
    redis.command(&["SET", "k", "v"]);
    assert!(redis.take_trace().is_empty() && redis.take_events().is_empty());
    redis.core_mut().set_tracing(true);
    redis.core_mut().set_events(true);
    redis.command(&["SET", "k", "v", "PX", "10"]);
    error(&mut redis, SCRIPT, &["GET", "k", "x"]);
    redis.advance(Duration::from_millis(11));
    let trace = redis.take_trace();
    assert_eq!(trace.len(), 2);
    assert_eq!(&*trace[0].args[4], b"10");
    assert_eq!((&trace[0].reply, trace[0].from_script), (&Reply::OK, false));
    assert!(trace[1].reply.as_error().is_some() && trace[1].from_script);
    let events = redis.take_events();
    let names: Vec<_> = events.iter().map(|event| event.name).collect();
    assert_eq!(names, ["set", "expire", "expired"]);
    assert_eq!(events[2].class, Class::Expired);
    assert!(redis.take_trace().is_empty());
}

#[test]
fn keys_that_are_due_go_without_being_asked_for() {
    let mut redis = engine();
    for n in 0..1000 {
        redis.command(&["SET", &format!("k{n}"), "v", "PX", "5"]);
    }
    redis.advance(Duration::from_millis(5));
    assert_eq!(redis.command(&["DBSIZE"]), Reply::Integer(1000));
    redis.advance(Duration::from_millis(1));
    assert_eq!(redis.command(&["DBSIZE"]), Reply::Integer(0));
    // Unless that is turned off: then they are absent, but still there.
    redis.core_mut().config_mut().active_expire = false;
    redis.command(&["SET", "k", "v", "PX", "5"]);
    redis.advance(Duration::from_millis(6));
    assert_eq!(redis.command(&["DBSIZE"]), Reply::Integer(1));
    assert_eq!(redis.command(&["RANDOMKEY"]), Reply::Null);
    assert_eq!(redis.command(&["DBSIZE"]), Reply::Integer(0));
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let run = |seed| {
        let mut redis = Redis::builder().clock_unix_ms(0).seed(seed).build();
        let mut all = Vec::new();
        for n in 0..200 {
            redis.command(&["SET", &format!("key:{}", n * 7 % 100), "v"]);
            if n % 3 == 0 {
                redis.command(&["DEL", &format!("key:{}", n % 50)]);
            }
            all.push(redis.command(&["RANDOMKEY"]));
        }
        all.push(redis.command(&["KEYS", "*"]));
        all.push(redis.command(&["SCAN", "0"]));
        all
    };
    assert_eq!(run(1), run(1));
    assert_ne!(run(1), run(2));
}

/// Commands that draw, on values of 200 elements.
const DRAWS: &[&str] = &[
    "RANDOMKEY",
    "SRANDMEMBER s",
    "SRANDMEMBER s 7",
    "SRANDMEMBER s -7",
    "SPOP s",
    "SPOP s 7",
    "HRANDFIELD h",
    "HRANDFIELD h 7",
    "HRANDFIELD h -7 WITHVALUES",
    "ZRANDMEMBER z",
    "ZRANDMEMBER z 7",
    "ZRANDMEMBER z -7 WITHSCORES",
];

#[test]
fn all_draws_follow_the_seed() {
    let filled = |seed| {
        let mut redis = Redis::builder().clock_unix_ms(0).seed(seed).build();
        for n in 0..200 {
            let n = n.to_string();
            redis.command(&["SADD", "s", &n, &format!("m{n}")]);
            redis.command(&["HSET", "h", &format!("f{n}"), "v"]);
            redis.command(&["ZADD", "z", &n, &format!("m{n}")]);
            redis.command(&["SET", &format!("key:{n}"), "v", "EX", "100"]);
        }
        redis
    };
    for line in DRAWS {
        let words: Vec<&str> = line.split(' ').collect();
        let draw = |seed| {
            let mut redis = filled(seed);
            let draws = (0..8).map(|_| redis.command(&words));
            draws.collect::<Vec<_>>()
        };
        assert_eq!(draw(1), draw(1), "{line}");
        assert_ne!(draw(1), draw(2), "{line}");
    }
    // Of the keys, samples are drawn to choose from.
    for policy in &memory::POLICIES {
        let left = |seed| {
            let mut redis = filled(seed);
            redis.command(&["DEL", "s", "h", "z"]);
            redis.command(&["CONFIG", "SET", "maxmemory-policy", policy.name]);
            redis.command(&["CONFIG", "SET", "maxmemory", "10000"]);
            redis.command(&["PING"]);
            redis.command(&["KEYS", "key:*"])
        };
        assert_eq!(left(1), left(1), "{}", policy.name);
        if policy.first.is_some() {
            assert_ne!(left(1), left(2), "{}", policy.name);
            assert_ne!(left(1), Reply::Array(Vec::new()), "{}", policy.name);
        }
    }
}

#[test]
fn a_full_scan_shows_every_key_that_stays() {
    let mut redis = engine();
    for n in 0..500 {
        redis.command(&["SET", &format!("stays:{n}"), "v"]);
    }
    let mut seen = std::collections::BTreeSet::new();
    let mut cursor = "0".to_owned();
    let mut round = 0;
    loop {
        let Reply::Array(reply) = redis.command(&["SCAN", &cursor, "MATCH", "stays:*"]) else {
            panic!("SCAN answers with an array");
        };
        let [Reply::Bulk(next), Reply::Array(keys)] = &reply[..] else {
            panic!("a cursor and keys");
        };
        seen.extend(keys.iter().map(|key| format!("{key:?}")));
        cursor = String::from_utf8(next.to_vec()).unwrap();
        if cursor == "0" {
            break;
        }
        // The table grows eightfold, then shrinks again, under the scan.
        round += 1;
        for n in 0..100 {
            let name = format!("goes:{}", round * 100 + n);
            redis.command(&[if round < 30 { "SET" } else { "DEL" }, &name, "v"]);
            redis.command(&["DEL", &format!("goes:{}", (round - 30) * 100 + n)]);
        }
    }
    assert_eq!(seen.len(), 500);
}
