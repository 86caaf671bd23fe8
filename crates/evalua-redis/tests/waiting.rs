//! Blocking commands that find nothing: what a host that can wait learns, and what scripts get.

mod support;

use std::time::Duration;

use evalua_conformance::server::Server;
use evalua_redis::{Redis, Reply, Waiting, profile};

const NOW_MS: i64 = 1_700_000_000_000;

fn redis() -> Redis {
    Redis::builder().clock_unix_ms(NOW_MS).build()
}

/// Commands that wait, with the number of milliseconds.
const WAITS: &[(&[&str], Option<i64>)] = &[
    (&["BLPOP", "a", "b", "0"], None),
    (&["BRPOP", "a", "1.5"], Some(1500)),
    (&["BLMPOP", "0.0001", "1", "a", "LEFT"], Some(1)),
    (&["BLMOVE", "a", "b", "LEFT", "LEFT", "2"], Some(2000)),
    (&["BRPOPLPUSH", "a", "b", "-0"], None),
    (&["BZPOPMIN", "a", "3"], Some(3000)),
    (&["BZMPOP", "3", "1", "a", "MAX"], Some(3000)),
];

#[test]
fn a_host_learns_how_long_to_wait() {
    let mut redis = redis();
    for (command, ms) in WAITS {
        assert_eq!(redis.command(command), Reply::NullArray, "{command:?}");
        let until_ms = ms.map(|ms| NOW_MS + ms);
        let waiting = redis.session().waiting;
        assert_eq!(waiting, Some(Waiting { until_ms }), "{command:?}");
        // The next command, of whatever kind, is another matter.
        redis.command(&["GET", "none"]);
        assert_eq!(redis.session().waiting, None);
    }
    redis.command(&["RPUSH", "a", "x"]);
    redis.advance(Duration::from_secs(1));
    assert_eq!(
        redis.command(&["BLPOP", "a", "0"]),
        Reply::bulks(["a", "x"])
    );
    assert_eq!(redis.session().waiting, None);
}

#[test]
fn scripts_never_wait() {
    let mut redis = redis();
    for (command, _) in WAITS {
        assert_eq!(in_script(&mut redis, command), Reply::Null, "{command:?}");
        assert_eq!(redis.session().waiting, None);
    }
}

#[test]
fn scripts_may_call_what_they_may_on_a_live_server() {
    let Some(server) = Server::oracle() else {
        return;
    };
    let mut client = server.connect().unwrap();
    let mut redis = Redis::builder().profile(&profile::REDIS_7_0).build();
    for (command, _) in WAITS {
        let ours = in_script(&mut redis, command).to_resp2(&profile::REDIS_7_0);
        let theirs = support::from_wire(client.command(script(command)).unwrap());
        assert_eq!(ours, theirs, "{command:?}");
    }
}

/// EVAL of a script that calls the command.
fn script<'a>(command: &[&'a str]) -> Vec<&'a str> {
    let call = "return redis.call(unpack(ARGV))";
    [&["EVAL", call, "0"], command].concat()
}

fn in_script(redis: &mut Redis, command: &[&str]) -> Reply {
    redis.command(&script(command))
}
