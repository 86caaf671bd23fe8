//! What OBJECT ENCODING says as values grow past the thresholds that a server begins with, and shrink.

use evalua_conformance::server::Server;
use evalua_redis::{Redis, profile};

use crate::support::from_wire;

/// How many elements a value has in the end: more than any threshold.
const MOST: usize = 520;

/// How long an element is in the end, in bytes.
const LONGEST: usize = 70;

/// What adds and what removes an element: `{}` is its number.
const BY_NUMBER: &[[&str; 2]] = &[
    ["HSET k f{} v", "HDEL k f{}"],
    ["SADD k {}", "SREM k {}"],
    ["SADD k m{}", "SREM k m{}"],
    ["ZADD k {} m{}", "ZREM k m{}"],
    ["RPUSH k e{}", "LPOP k"],
    ["APPEND k 1", "SETRANGE k 0 x"],
    ["INCRBY k 100000000000000", "SET k 2"],
];

/// What makes a value with an element of that length: `{}` is the element.
const BY_LENGTH: &[&str] = &[
    "HSET k f {}",
    "HSET k {} v",
    "HSETNX k {} v",
    "SADD k {}",
    "ZADD k 1 {}",
    "RPUSH k {}",
    "SET k {}",
    "SETRANGE k 0 {}",
    "MSET k {}",
    "GETSET k {}",
];

#[test]
fn change_at_the_same_sizes() {
    let Some(server) = Server::oracle() else {
        return;
    };
    let mut client = server.connect().unwrap();
    let mut redis = Redis::builder().profile(&profile::REDIS_7_0).build();
    let mut run = |line: &str| {
        for line in [line, "OBJECT ENCODING k"] {
            let words: Vec<&str> = line.split(' ').collect();
            let theirs = from_wire(client.command(&words).unwrap());
            let ours = redis.command(&words).to_resp2(&profile::REDIS_7_0);
            assert_eq!(ours, theirs, "{line}");
        }
    };
    for [add, remove] in BY_NUMBER {
        run("DEL k");
        for line in [add, remove] {
            for n in 0..MOST {
                run(&line.replace("{}", &n.to_string()));
            }
        }
    }
    for line in BY_LENGTH {
        for length in 1..LONGEST {
            for element in ["x", "7"] {
                run("DEL k");
                run(&line.replace("{}", &element.repeat(length)));
            }
        }
    }
}

/// Negative zeros, of which a small sorted set knows nothing, in those that others are stored as.
#[test]
fn zeros_are_negative_on_the_same_way_to_a_large_form() {
    let Some(server) = Server::oracle() else {
        return;
    };
    let mut client = server.connect().unwrap();
    let mut redis = Redis::builder().profile(&profile::REDIS_7_0).build();
    let mut run = |line: &str| {
        let words: Vec<&str> = line.split(' ').collect();
        let theirs = from_wire(client.command(&words).unwrap());
        let ours = redis.command(&words).to_resp2(&profile::REDIS_7_0);
        assert_eq!(ours, theirs, "{line}");
    };
    let long = "m".repeat(LONGEST);
    run(&format!("ZADD large -0 {long} -0 a -0 nn 1 o"));
    run("ZADD small -0 x 0 y -0 z");
    for entries in [128, 4, 3, 2, 1, 0] {
        run(&format!("CONFIG SET zset-max-listpack-entries {entries}"));
        for line in [
            "ZRANGESTORE to large 0 -1",
            "ZRANGESTORE to large 0 -1 REV",
            "ZRANGESTORE to large 0 1",
            "ZRANGESTORE to large -2 -1 REV",
            "ZRANGESTORE to large -inf +inf BYSCORE",
            "ZRANGESTORE to large +inf -inf BYSCORE REV",
            "ZRANGESTORE to large 0 5 BYSCORE LIMIT 1 2",
            "ZRANGESTORE to large - [nn BYLEX",
            "ZUNIONSTORE to 1 small WEIGHTS -1",
            "ZUNIONSTORE to 2 small large WEIGHTS -1 1",
            "ZINTERSTORE to 1 large WEIGHTS -1",
            "ZDIFFSTORE to 2 large small",
        ] {
            run(line);
            run("ZRANGE to 0 -1 WITHSCORES");
            run("DUMP to");
        }
    }
}
