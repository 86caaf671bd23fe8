//! Several connections at once, to this server and to a live one: the same requests in the same order
//! must bring the same replies and messages to each.

#[path = "../support/mod.rs"]
mod support;

mod pubsub;

use evalua_conformance::resp::{Client, Reply};
use evalua_conformance::server::Server;
use evalua_redis::text::split_line;

use crate::support::Door;

/// Runs a conversation on both servers, once in each protocol, and compares line by line.
///
/// A line `a> PING` lets the connection `a` send a request and read one reply, `a>> PING` lets it send
/// only, and `a< 2` reads two more replies or messages. At the end every connection quits, and what
/// still comes is compared too.
fn compare(conversation: &str) {
    for protocol in ["2", "3"] {
        let Some(server) = Server::oracle() else {
            return;
        };
        let door = Door::open();
        let theirs = run(conversation, protocol, || server.connect().unwrap());
        let ours = run(conversation, protocol, || {
            Client::connect(door.address).unwrap()
        });
        assert_eq!(ours, theirs, "RESP{protocol}");
    }
}

/// Each line of a conversation with what it brought.
fn run(
    conversation: &str,
    protocol: &str,
    connect: impl Fn() -> Client,
) -> Vec<(String, Vec<Reply>)> {
    let mut clients: Vec<(&str, Client)> = Vec::new();
    let mut transcript = Vec::new();
    let lines = conversation.lines().map(str::trim);
    for line in lines.filter(|line| !line.is_empty()) {
        let at = line.find(['<', '>']).expect("a line names its connection");
        let (name, rest) = line.split_at(at);
        let index = match clients.iter().position(|(known, _)| *known == name) {
            Some(index) => index,
            None => {
                let mut client = connect();
                client.command(["HELLO", protocol]).unwrap();
                clients.push((name, client));
                clients.len() - 1
            }
        };
        let client = &mut clients[index].1;
        let count = match rest.strip_prefix('<') {
            Some(count) => count.trim().parse().expect("a number of replies"),
            None => {
                let request = rest.trim_start_matches('>');
                client
                    .send(split_line(request.trim().as_bytes()).unwrap())
                    .unwrap();
                usize::from(rest.len() - request.len() == 1)
            }
        };
        let replies = (0..count).map(|_| client.receive());
        let replies: Result<Vec<Reply>, _> = replies.collect();
        let replies = replies.unwrap_or_else(|error| panic!("RESP{protocol}: {line}: {error}"));
        transcript.push((line.to_owned(), replies));
    }
    for (name, mut client) in clients {
        client.send(["QUIT"]).unwrap();
        let rest = std::iter::from_fn(|| client.receive().ok()).collect();
        transcript.push((format!("{name} quits"), rest));
    }
    transcript
}
