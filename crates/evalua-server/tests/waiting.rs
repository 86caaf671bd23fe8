//! Clients that wait for keys, over connections.

mod support;

use evalua_conformance::resp::{Client, Reply};

use crate::support::Door;

fn bulks(words: &[&str]) -> Reply {
    let bulk = |word: &&str| Reply::Bulk(word.as_bytes().to_vec());
    Reply::Array(words.iter().map(bulk).collect())
}

/// Comes back when so many clients wait.
fn until_waiting(client: &mut Client, count: usize) {
    let wanted = format!("blocked_clients:{count}\\r\\n");
    loop {
        let info = client.command(["INFO", "clients"]).unwrap();
        if format!("{info:?}").contains(&wanted) {
            return;
        }
    }
}

#[test]
fn what_follows_a_wait_is_answered_after_it() {
    let door = Door::open();
    let mut waits = Client::connect(door.address).unwrap();
    let mut other = Client::connect(door.address).unwrap();
    waits.send(["BLPOP", "k", "0"]).unwrap();
    waits.send(["ECHO", "1"]).unwrap();
    until_waiting(&mut other, 1);
    // Sent while it waits.
    waits.send(["BLPOP", "k", "0"]).unwrap();
    waits.send(["ECHO", "2"]).unwrap();
    other.command(["RPUSH", "k", "a", "b"]).unwrap();
    assert_eq!(waits.receive().unwrap(), bulks(&["k", "a"]));
    assert_eq!(waits.receive().unwrap(), Reply::Bulk(b"1".to_vec()));
    assert_eq!(waits.receive().unwrap(), bulks(&["k", "b"]));
    assert_eq!(waits.receive().unwrap(), Reply::Bulk(b"2".to_vec()));
}

#[test]
fn a_wait_in_vain_ends() {
    let door = Door::open();
    let mut client = Client::connect(door.address).unwrap();
    let reply = client.command(["BRPOP", "k", "0.02"]).unwrap();
    assert_eq!(reply, Reply::NullArray);
    let reply = client.command(["XREAD", "BLOCK", "20", "STREAMS", "k", "$"]);
    assert_eq!(reply.unwrap(), Reply::NullArray);
}

#[test]
fn a_client_that_leaves_takes_nothing() {
    let door = Door::open();
    let mut leaves = Client::connect(door.address).unwrap();
    let mut other = Client::connect(door.address).unwrap();
    leaves.send(["BLPOP", "k", "0"]).unwrap();
    until_waiting(&mut other, 1);
    drop(leaves);
    until_waiting(&mut other, 0);
    other.command(["RPUSH", "k", "a"]).unwrap();
    let left = other.command(["LRANGE", "k", "0", "-1"]).unwrap();
    assert_eq!(left, bulks(&["a"]));
}

#[test]
fn another_client_ends_a_wait() {
    let door = Door::open();
    let mut waits = Client::connect(door.address).unwrap();
    let mut other = Client::connect(door.address).unwrap();
    let Reply::Int(id) = waits.command(["CLIENT", "ID"]).unwrap() else {
        panic!("no ID");
    };
    let id = id.to_string();
    for (reason, answer) in [
        ("TIMEOUT", Reply::NullArray),
        (
            "ERROR",
            Reply::Error(b"UNBLOCKED client unblocked via CLIENT UNBLOCK".to_vec()),
        ),
    ] {
        waits.send(["BZPOPMIN", "k", "0"]).unwrap();
        until_waiting(&mut other, 1);
        let unblock = ["CLIENT", "UNBLOCK", &id, reason];
        assert_eq!(other.command(unblock).unwrap(), Reply::Int(1));
        assert_eq!(waits.receive().unwrap(), answer);
        assert_eq!(other.command(unblock).unwrap(), Reply::Int(0));
    }
}
