//! The settings of CONFIG beside those of a live server: values, and what is taken and refused.

mod support;

use evalua_conformance::server::Server;
use evalua_redis::settings::{self, Kind};
use evalua_redis::{Redis, Reply, profile, text};

/// Settings whose value is another here from the beginning, each with why.
const OTHER_VALUES: &[(&str, &str)] = &[
    ("port", "an engine in a program has none"),
    ("bind", "an engine in a program has none"),
    ("save", "nothing is saved; the live server is told not to"),
];

/// Settings that the live server does not have, or not so.
const NEWER: &[(&str, &str)] = &[
    ("set-max-listpack-entries", "came with 7.2"),
    ("set-max-listpack-value", "came with 7.2"),
    ("loglevel", "has one more word since 7.2"),
];

#[test]
fn agree_with_a_live_server() {
    let Some(server) = Server::oracle() else {
        return;
    };
    let mut client = server.connect().unwrap();
    let mut redis = Redis::builder().profile(&profile::REDIS_7_0).build();
    let mut both = |words: &[&str]| {
        let live = support::from_wire(client.command(words).unwrap());
        let print = |reply| String::from_utf8(text::print(reply)).unwrap();
        let ours = redis.command(words).to_resp2(&profile::REDIS_7_0);
        (print(&ours), print(&live))
    };
    let mut wrong = String::new();
    let mut compare = |words: &[&str]| {
        let (ours, theirs) = both(words);
        if ours != theirs {
            wrong += &format!("{words:?}\n  ours:   {ours}\n  theirs: {theirs}\n");
        }
    };
    for setting in settings::all() {
        if NEWER.iter().any(|(name, _)| *name == setting.name) {
            continue;
        }
        if OTHER_VALUES.iter().all(|(name, _)| *name != setting.name) {
            compare(&["CONFIG", "GET", setting.name]);
        }
        if let Some(alias) = setting.alias {
            compare(&["CONFIG", "GET", alias]);
        }
        // A text may be anything, or a path.
        if setting.is_fixed || !matches!(setting.kind, Kind::Text) {
            for value in ["nonsense!", "-1", "1e3", "2%", "k", ""] {
                compare(&["CONFIG", "SET", setting.name, value]);
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn what_the_host_has_decided_stays() {
    let mut redis = Redis::new();
    redis.core_mut().tell_setting("port", "7000");
    let port = Reply::Map(vec![(Reply::bulk("port"), Reply::bulk("7000"))]);
    assert_eq!(redis.command(&["CONFIG", "GET", "port"]), port);
    assert_eq!(redis.command(&["CONFIG", "SET", "port", "7000"]), Reply::OK);
    let error = redis.command(&["CONFIG", "SET", "maxmemory", "5", "port", "7001"]);
    assert_eq!(
        error.as_error().unwrap().to_string(),
        "ERR CONFIG SET failed (possibly related to argument 'port') - Unable to listen on this port. Check server logs."
    );
    assert_eq!(redis.command(&["CONFIG", "GET", "port"]), port);
    let memory = Reply::Map(vec![(Reply::bulk("maxmemory"), Reply::bulk("0"))]);
    assert_eq!(redis.command(&["CONFIG", "GET", "maxmemory"]), memory);
}
