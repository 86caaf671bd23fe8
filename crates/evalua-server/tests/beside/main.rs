//! Several connections at once, to this server and to a live one: the same requests in the same order
//! must bring the same replies and messages to each.

#[path = "../support/mod.rs"]
mod support;

mod acl;
mod clients;
mod monitoring;
mod pubsub;
mod tracking;

use evalua_conformance::resp::{Client, Reply};
use evalua_conformance::server::Server;
use evalua_redis::text::split_line;

use crate::support::Door;

/// Runs a conversation on both servers, once in each protocol, and compares line by line.
///
/// A line `a> PING` lets the connection `a` send a request and read up to its reply, `a>> PING` lets it send
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
        let mut replies = Vec::new();
        let mut receive = |client: &mut Client| {
            let reply = client.receive();
            let reply = reply.unwrap_or_else(|error| panic!("RESP{protocol}: {line}: {error}"));
            replies.push(without_time(reply));
            matches!(replies.last(), Some(Reply::Push(_)))
        };
        if let Some(count) = rest.strip_prefix('<') {
            for _ in 0..count.trim().parse().expect("a number of replies") {
                receive(client);
            }
        } else {
            let request = rest.trim_start_matches('>');
            let words = split_line(request.trim().as_bytes()).unwrap();
            client.send(&words).unwrap();
            // What is pushed meanwhile stands before the answer, which of those who subscribe is one itself.
            let is_pushed = words[0].to_ascii_lowercase().ends_with(b"subscribe");
            if rest.len() - request.len() == 1 {
                while receive(client) && !is_pushed {}
            }
        }
        transcript.push((line.to_owned(), replies));
    }
    for (name, mut client) in clients {
        client.send(["QUIT"]).unwrap();
        let rest = std::iter::from_fn(|| client.receive().ok());
        let rest = rest.map(without_time).collect();
        transcript.push((format!("{name} quits"), rest));
    }
    transcript
}

/// A line of MONITOR without its time, and without the port that its client comes from.
fn without_time(reply: Reply) -> Reply {
    match reply {
        Reply::Status(text) if text.first().is_some_and(u8::is_ascii_digit) => {
            let text = String::from_utf8_lossy(&text);
            let (_, line) = text.split_once(' ').expect("a time and a line");
            let (source, words) = line.split_once("] ").expect("a source and a command");
            let source = source.split(':').next().unwrap_or_default();
            Reply::Status(format!("{source}] {words}").into_bytes())
        }
        other => other,
    }
}
