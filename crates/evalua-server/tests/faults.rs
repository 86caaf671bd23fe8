//! Clients that send or do what they must not: each is answered or dropped as by a live server, and no
//! other client is harmed.

mod support;

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use evalua_conformance::resp::{Client, Reply, encode};
use evalua_conformance::server::Server;
use evalua_redis::Redis;

use crate::support::Door;

/// Longer than anything here takes that goes well.
const PATIENCE: Duration = Duration::from_secs(60);

/// Lets `case` talk to a door, and to a live server if there is one: it must find the same at both.
fn at_both<T: PartialEq + std::fmt::Debug>(case: impl Fn(SocketAddr) -> T) {
    let door = Door::open();
    let ours = case(door.address);
    is_well(door.address);
    if let Some(live) = Server::oracle() {
        let theirs = case(SocketAddr::from((Ipv4Addr::LOCALHOST, live.port())));
        assert_eq!(ours, theirs);
    }
}

/// Whether somebody else is served.
fn is_well(address: SocketAddr) {
    let mut client = Client::connect(address).unwrap();
    let reply = client.command(["PING"]).unwrap();
    assert_eq!(reply, Reply::Status(b"PONG".to_vec()));
}

/// Comes back when the answer to an INFO of a section has this line.
fn until(client: &mut Client, section: &str, line: &str) {
    let wanted = format!("{line}\r\n");
    loop {
        let Reply::Bulk(text) = client.command(["INFO", section]).unwrap() else {
            panic!("INFO {section} is no text");
        };
        if String::from_utf8_lossy(&text).contains(&wanted) {
            return;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn open(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_write_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// What comes up to the end of the connection, however that ends.
fn rest(stream: &mut TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    match stream.read_to_end(&mut bytes) {
        Ok(_) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => bytes,
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn a_slow_sender_is_served_in_the_end() {
    at_both(|address| {
        let mut slow = open(address);
        slow.set_nodelay(true).unwrap();
        let requests = [
            encode(["SET", "k", "a value"]),
            b"PING hello\r\n".to_vec(),
            encode(["GET", "k"]),
        ];
        for byte in requests.concat() {
            slow.write_all(&[byte]).unwrap();
            // Each byte is a packet of its own, and others are served between them.
            is_well(address);
        }
        slow.shutdown(Shutdown::Write).unwrap();
        rest(&mut slow).escape_ascii().to_string()
    });
}

#[test]
fn garbage_is_answered_or_dropped() {
    // A generator of bytes that is the same everywhere.
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    let mut byte = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    };
    let inputs: Vec<Vec<u8>> = (0..60)
        .map(|n| {
            let mut bytes: Vec<u8> = (0..200).map(|_| byte()).collect();
            // Some begin as if they were requests.
            let start: &[u8] = match n % 4 {
                0 => b"",
                1 => b"*3\r\n$3\r\nSET\r\n",
                2 => b"*2\r\n$",
                _ => b"*",
            };
            bytes.splice(0..0, start.iter().copied());
            bytes
        })
        .collect();
    at_both(|address| {
        let answer = |input: &Vec<u8>| {
            let mut stream = open(address);
            // A server that closes early may refuse the rest.
            let _ = stream.write_all(input);
            let _ = stream.shutdown(Shutdown::Write);
            rest(&mut stream).escape_ascii().to_string()
        };
        inputs.iter().map(answer).collect::<Vec<_>>()
    });
}

#[test]
fn an_array_of_a_million_is_one_request() {
    at_both(|address| {
        let mut client = Client::connect(address).unwrap();
        let mut words = vec!["RPUSH".to_owned(), "list".to_owned()];
        words.extend((0..1_000_000).map(|n| n.to_string()));
        let pushed = client.command(&words).unwrap();
        let last = client.command(["LINDEX", "list", "-1"]).unwrap();
        client.command(["DEL", "list"]).unwrap();
        (pushed, last)
    });
}

#[test]
fn a_million_requests_in_one_go_are_all_answered() {
    const COUNT: usize = 1_000_000;
    at_both(|address| {
        let mut writer = open(address);
        let mut reader = writer.try_clone().unwrap();
        let sender = std::thread::spawn(move || {
            writer.write_all(&b"PING\r\n".repeat(COUNT)).unwrap();
            writer.shutdown(Shutdown::Write).unwrap();
        });
        let answers = rest(&mut reader);
        sender.join().unwrap();
        (answers.len(), answers == b"+PONG\r\n".repeat(COUNT))
    });
}

/// So many requests and as many replies are more than the system's buffers hold.
const MANY: usize = 300_000;

#[test]
fn all_requests_can_be_sent_before_the_first_reply_is_read() {
    let request = b"*2\r\n$4\r\nECHO\r\n$100\r\n".to_vec();
    let request = [request, b"x".repeat(100), b"\r\n".to_vec()].concat();
    let reply = [b"$100\r\n".to_vec(), b"x".repeat(100), b"\r\n".to_vec()].concat();
    at_both(|address| {
        let mut client = open(address);
        client.write_all(&request.repeat(MANY)).unwrap();
        let mut replies = vec![0; reply.len() * MANY];
        client.read_exact(&mut replies).unwrap();
        replies == reply.repeat(MANY)
    });
}

#[test]
fn requests_that_come_while_messages_go_are_answered() {
    at_both(|address| {
        let mut listener = open(address);
        listener
            .write_all(b"HELLO 3\r\nSUBSCRIBE c\r\nPING\r\n")
            .unwrap();
        let mut seen = Vec::new();
        while !seen.ends_with(b"+PONG\r\n") {
            let mut piece = [0; 1000];
            let len = listener.read(&mut piece).unwrap();
            seen.extend_from_slice(&piece[..len]);
        }
        let mut other = Client::connect(address).unwrap();
        let large = vec![b'x'; 1_000_000];
        for _ in 0..20 {
            other.command([&b"PUBLISH"[..], b"c", &large]).unwrap();
        }
        listener.write_all(b"ECHO last\r\n").unwrap();
        let mut tail = Vec::new();
        while !tail.ends_with(b"$4\r\nlast\r\n") {
            let mut piece = vec![0; 1_000_000];
            let len = listener.read(&mut piece).unwrap();
            tail.extend_from_slice(&piece[..len]);
        }
        tail.len()
    });
}

#[test]
fn one_without_the_password_sends_little() {
    at_both(|address| {
        let mut other = Client::connect(address).unwrap();
        other
            .command(["CONFIG", "SET", "requirepass", "secret"])
            .unwrap();
        let answers = [
            &b"*11\r\n"[..],
            b"*1\r\n$16385\r\n",
            b"*2\r\n$4\r\nAUTH\r\n$6\r\nsecret\r\n*11\r\n$16385\r\n",
        ]
        .map(|bytes| {
            let mut guest = open(address);
            guest.write_all(bytes).unwrap();
            guest.shutdown(Shutdown::Write).unwrap();
            rest(&mut guest)
        });
        other.command(["CONFIG", "SET", "requirepass", ""]).unwrap();
        answers
    });
}

#[test]
fn half_a_frame_holds_nobody_up() {
    at_both(|address| {
        let mut half = open(address);
        half.write_all(b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$536870912\r\nabc")
            .unwrap();
        is_well(address);
        half.shutdown(Shutdown::Write).unwrap();
        rest(&mut half)
    });
}

#[test]
fn one_who_dies_in_a_transaction_leaves_nothing() {
    at_both(|address| {
        let mut dies = Client::connect(address).unwrap();
        let mut other = Client::connect(address).unwrap();
        dies.command(["WATCH", "k"]).unwrap();
        dies.command(["MULTI"]).unwrap();
        dies.command(["SET", "k", "v"]).unwrap();
        drop(dies);
        until(&mut other, "clients", "connected_clients:1");
        other.command(["GET", "k"]).unwrap()
    });
}

#[test]
fn one_who_dies_waiting_takes_nothing() {
    at_both(|address| {
        let mut dies = Client::connect(address).unwrap();
        let mut waits = Client::connect(address).unwrap();
        let mut other = Client::connect(address).unwrap();
        dies.send(["BLPOP", "k", "0"]).unwrap();
        until(&mut other, "clients", "blocked_clients:1");
        waits.send(["BLPOP", "k", "0"]).unwrap();
        until(&mut other, "clients", "blocked_clients:2");
        // In the middle of its next request, too.
        dies.send_raw(b"*2\r\n$3\r\nGET\r\n$1").unwrap();
        drop(dies);
        until(&mut other, "clients", "blocked_clients:1");
        let pushed = other.command(["RPUSH", "k", "a"]).unwrap();
        (pushed, waits.receive().unwrap())
    });
}

/// How many replies of a megabyte the deaf ask for: more than the system's buffers hold.
const MEGABYTES: usize = 64;

#[test]
fn one_who_never_reads_gets_no_more_and_can_be_killed() {
    let door = Door::open();
    let mut other = Client::connect(door.address).unwrap();
    let large = vec![b'x'; 1_000_000];
    other.command([&b"SET"[..], b"k", &large]).unwrap();
    let mut deaf = Client::connect(door.address).unwrap();
    let Reply::Int(id) = deaf.command(["CLIENT", "ID"]).unwrap() else {
        panic!("no ID");
    };
    for _ in 0..MEGABYTES {
        deaf.send(["GET", "k"]).unwrap();
    }
    deaf.send(["SET", "reached", "1"]).unwrap();
    is_well(door.address);
    // The replies are not made before there is a place to send them to.
    assert_eq!(other.command(["EXISTS", "reached"]).unwrap(), Reply::Int(0));
    let killed = other.command(["CLIENT", "KILL", "ID", &id.to_string()]);
    assert_eq!(killed.unwrap(), Reply::Int(1));
    until(&mut other, "clients", "connected_clients:1");
}

#[test]
fn a_listener_that_never_reads_is_given_up() {
    at_both(|address| {
        let mut deaf = Client::connect(address).unwrap();
        deaf.command(["SUBSCRIBE", "c"]).unwrap();
        let mut other = Client::connect(address).unwrap();
        let large = vec![b'x'; 1_000_000];
        let mut count = 0;
        // Both keep 32 MB for it, and the system some.
        while other.command([&b"PUBLISH"[..], b"c", &large]).unwrap() == Reply::Int(1) {
            count += 1;
            assert!(count < 4 * MEGABYTES, "it is never given up");
        }
        until(&mut other, "clients", "connected_clients:1");
    });
}

#[test]
fn limits_of_what_lies_unread_are_those_of_the_setting() {
    at_both(|address| {
        let mut other = Client::connect(address).unwrap();
        let setting = "client-output-buffer-limit";
        let mut replies = Vec::new();
        let mut set = |value: &str| {
            let reply = other.command(["CONFIG", "SET", setting, value]).unwrap();
            let now = other.command(["CONFIG", "GET", setting]).unwrap();
            replies.push((value.to_owned(), reply, now));
        };
        for value in [
            "normal 1",
            "nobody 1 2 3",
            "normal x 1 1",
            "normal 1 1 -1",
            "",
            "replica 5 6 7 NORMAL 1 2 3",
            "normal 100k 0 0 pubsub 1mb 0 0",
        ] {
            set(value);
        }
        // A reply that is longer than the limit ends the connection, though somebody reads.
        other
            .command([&b"SET"[..], b"k", &[b'x'; 200_000]])
            .unwrap();
        let mut asks = open(address);
        asks.write_all(&encode(["GET", "k"])).unwrap();
        let got = rest(&mut asks);
        // So do messages for one who listens.
        let mut listens = Client::connect(address).unwrap();
        listens.command(["SUBSCRIBE", "c"]).unwrap();
        let heard = other.command([&b"PUBLISH"[..], b"c", &[b'x'; 2_000_000]]);
        let end = listens.at_end().unwrap();
        (replies, got, heard.unwrap(), end)
    });
}

#[test]
fn one_who_reads_too_slowly_is_given_up() {
    at_both(|address| {
        let mut other = Client::connect(address).unwrap();
        let limit = [
            "CONFIG",
            "SET",
            "client-output-buffer-limit",
            "normal 0 10 1",
        ];
        other.command(limit).unwrap();
        other
            .command([&b"SET"[..], b"k", &[b'x'; 50_000_000]])
            .unwrap();
        let mut deaf = Client::connect(address).unwrap();
        deaf.send(["GET", "k"]).unwrap();
        until(&mut other, "clients", "connected_clients:1");
    });
}

#[test]
fn one_too_many_is_told_so() {
    at_both(|address| {
        let mut first = Client::connect(address).unwrap();
        first.command(["CONFIG", "SET", "maxclients", "2"]).unwrap();
        let mut second = Client::connect(address).unwrap();
        second.command(["PING"]).unwrap();
        let refused = rest(&mut open(address));
        drop(second);
        until(&mut first, "clients", "connected_clients:1");
        let mut third = Client::connect(address).unwrap();
        let reply = third.command(["PING"]).unwrap();
        let info = first.command(["CONFIG", "GET", "maxclients"]).unwrap();
        // There must be room for the one who looks whether all is well.
        first
            .command(["CONFIG", "SET", "maxclients", "10"])
            .unwrap();
        (refused.escape_ascii().to_string(), reply, info)
    });
}

#[test]
fn a_port_that_is_taken_is_an_error() {
    let door = Door::open();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let bound = runtime.block_on(evalua_server::Server::bind(door.address, Redis::new()));
    assert_eq!(bound.unwrap_err().kind(), std::io::ErrorKind::AddrInUse);
}
