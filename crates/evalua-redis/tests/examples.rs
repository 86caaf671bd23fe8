//! The examples of every row of the command table, on this engine and on a live server.
//!
//! A row's expected replies are those of the default profile; the live server is of an older version,
//! so it is compared with this engine under that version's profile.

mod support;

use evalua_conformance::server::Server;
use evalua_redis::table::{self, Command};
use evalua_redis::{Redis, Resp, profile, text};

/// Every row and subcommand that has examples.
fn rows() -> impl Iterator<Item = &'static Command> {
    table::all().flat_map(|command| std::iter::once(command).chain(command.subcommands))
}

fn run(redis: &mut Redis, line: &str) -> String {
    let args = text::split_line(line.as_bytes()).expect("an example is a well-formed line");
    let mut reply = redis.command(&args);
    if redis.session().resp == Resp::V2 {
        reply = reply.to_resp2(redis.core().profile());
    }
    String::from_utf8(text::print(&reply)).expect("examples are UTF-8")
}

#[test]
fn on_this_engine() {
    for row in rows() {
        let mut redis = Redis::builder().clock_unix_ms(1_700_000_000_000).build();
        for (line, expected) in row.examples {
            assert_eq!(run(&mut redis, line), *expected, "{}: {line}", row.name);
        }
    }
}

#[test]
fn on_a_live_server() {
    compare("2");
}

#[test]
fn on_a_live_server_in_resp3() {
    compare("3");
}

fn compare(protocol: &str) {
    let Some(server) = Server::oracle() else {
        return;
    };
    for row in rows().filter(|row| !row.since.starts_with("7.2.") && !row.is_own()) {
        // A connection of its own: some rows change it, or end it.
        let mut client = server.connect().unwrap();
        client.command(["FLUSHALL"]).unwrap();
        client.command(["FUNCTION", "FLUSH"]).unwrap();
        client.command(["HELLO", protocol]).unwrap();
        let mut redis = Redis::builder().profile(&profile::REDIS_7_0).build();
        redis.command(&["HELLO", protocol]);
        for (line, _) in row.examples {
            let args = text::split_line(line.as_bytes()).unwrap();
            let reply = support::from_wire(client.command(&args).unwrap());
            let live = String::from_utf8(text::print(&reply)).unwrap();
            assert_eq!(live, run(&mut redis, line), "{}: {line}", row.name);
        }
    }
}
