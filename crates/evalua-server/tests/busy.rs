//! Scripts that run too long: what other clients are told, and how they end them. The same steps on this
//! server and on a live one.

mod support;

use std::net::{Ipv4Addr, SocketAddr};

use evalua_conformance::resp::{Client, Reply};
use evalua_conformance::server::Server;

use crate::support::Door;

const ENDLESS: &str = "while true do pcall(function() while true do end end) end";

const ENDLESS_FUNCTION: &str =
    "#!lua name=l\nredis.register_function('f', function() while true do end end)";

/// The steps of a test on this server, and the same on a live one.
fn on_both(steps: fn(&mut Steps)) {
    let door = Door::open();
    let mut ours = Steps::new(door.address);
    steps(&mut ours);
    let Some(live) = Server::oracle() else {
        return;
    };
    let mut theirs = Steps::new(SocketAddr::from((Ipv4Addr::LOCALHOST, live.port())));
    steps(&mut theirs);
    assert_eq!(ours.replies, theirs.replies);
}

/// A client whose script will be busy, and another; and the replies that are compared.
struct Steps {
    address: SocketAddr,
    busy: Client,
    other: Client,
    replies: Vec<String>,
}

impl Steps {
    fn new(address: SocketAddr) -> Steps {
        let mut steps = Steps {
            address,
            busy: Client::connect(address).unwrap(),
            other: Client::connect(address).unwrap(),
            replies: Vec::new(),
        };
        steps.ask(&["CONFIG", "SET", "busy-reply-threshold", "10"]);
        steps
    }

    /// Begins what does not end by itself, and comes back when the other client is told so.
    fn begin(&mut self, words: &[&str]) {
        self.busy.send(words).unwrap();
        while self.other.command(["PING"]).unwrap() == Reply::Status(b"PONG".to_vec()) {}
    }

    /// A command of the other client.
    fn ask(&mut self, words: &[&str]) {
        let reply = self.other.command(words);
        self.replies.push(format!("{words:?} {:?}", reply.unwrap()));
    }

    /// What became of the script.
    fn end(&mut self) {
        let reply = self.busy.receive().unwrap();
        self.replies.push(format!("the end: {reply:?}"));
        self.ask(&["PING"]);
    }
}

#[test]
fn scripts_are_killed_though_they_catch_errors() {
    on_both(|steps| {
        steps.begin(&["EVAL", ENDLESS, "0"]);
        steps.ask(&["GET", "k"]);
        steps.ask(&["NOSUCH"]);
        steps.ask(&["GET"]);
        steps.ask(&["EVAL", "return 1", "0"]);
        steps.ask(&["FUNCTION", "STATS"]);
        steps.ask(&["FUNCTION", "KILL"]);
        steps.ask(&["SHUTDOWN"]);
        steps.ask(&["SCRIPT", "KILL"]);
        steps.end();
        steps.ask(&["SCRIPT", "KILL"]);
        // And once more, by a client that came late.
        steps.begin(&["EVAL", "\n\nwhile true do end", "0"]);
        steps.other = Client::connect(steps.address).unwrap();
        steps.ask(&["GET", "k"]);
        steps.ask(&["SCRIPT", "KILL"]);
        steps.end();
    });
}

#[test]
fn functions_are_killed() {
    on_both(|steps| {
        steps.ask(&["FUNCTION", "LOAD", ENDLESS_FUNCTION]);
        steps.begin(&["FCALL", "f", "1", "key", "argument"]);
        steps.ask(&["GET", "k"]);
        steps.ask(&["SCRIPT", "KILL"]);
        let stats = steps.other.command(["FUNCTION", "STATS"]).unwrap();
        // The last is how long it has run.
        let Reply::Array(mut stats) = stats else {
            panic!("{stats:?}");
        };
        if let Some(Reply::Array(script)) = stats.get_mut(1) {
            script.pop();
        }
        steps.replies.push(format!("{stats:?}"));
        steps.ask(&["FUNCTION", "KILL"]);
        steps.end();
        steps.ask(&["FUNCTION", "KILL"]);
    });
}

#[test]
fn a_transaction_does_not_outlive_a_refusal() {
    on_both(|steps| {
        steps.begin(&["EVAL", ENDLESS, "0"]);
        steps.ask(&["MULTI"]);
        steps.ask(&["SET", "k", "v"]);
        steps.ask(&["EXEC"]);
        steps.ask(&["SCRIPT", "KILL"]);
        steps.end();
        steps.ask(&["GET", "k"]);
    });
}

#[test]
fn who_has_written_is_ended_with_the_server_only() {
    on_both(|steps| {
        steps.begin(&["EVAL", "redis.call('SET', 'k', 1) while true do end", "0"]);
        steps.ask(&["SCRIPT", "KILL"]);
        steps.ask(&["FUNCTION", "KILL"]);
        steps.ask(&["SHUTDOWN", "SAVE"]);
        steps.other.send(["SHUTDOWN", "NOSAVE"]).unwrap();
        let is_over = steps.other.receive().is_err();
        steps.replies.push(format!("over: {is_over}"));
    });
}

#[test]
fn time_goes_on_while_a_script_runs() {
    // So that a script which waits for an instant ends.
    const LOOK: &str = "local function now() return table.concat(redis.call('TIME'), '.') end \
        local began = now() \
        for _ = 1, 1000000 do if now() ~= began then return 'goes on' end end \
        return 'stands'";
    on_both(|steps| steps.ask(&["EVAL", LOOK, "0"]));
}
