//! The protocol as a client sees it, compared with a live server byte for byte.

mod support;

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use evalua_conformance::resp::{Client, Reply, encode};
use evalua_conformance::server::Server;

use crate::support::Door;

/// Everything that a server answers to `bytes` until it closes the connection or the client's end of
/// it is read.
fn answer(address: SocketAddr, bytes: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    // A server that closes early may refuse the rest.
    let _ = stream.write_all(bytes);
    let _ = stream.shutdown(Shutdown::Write);
    let mut answer = Vec::new();
    match stream.read_to_end(&mut answer) {
        Ok(_) => answer,
        Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => answer,
        Err(error) => panic!("{}: {error}", bytes.escape_ascii()),
    }
}

/// Input of every kind. A PING at the end shows whether the connection goes on.
fn inputs() -> Vec<Vec<u8>> {
    let mut inputs: Vec<Vec<u8>> = [
        // Inline commands.
        &b"PING\n"[..],
        b"\r\n\r\n \r\n",
        b"  PING  hello\t\r\n",
        b"ECHO \"x \\x41\\n\"\r\nECHO 'it\\'s'\r\n",
        b"ECHO \"x\r\n",
        b"\"ECHO\"x y\r\n",
        b"\x00\x01\x02\r\n",
        b"\xff\xfe\r\n",
        b"PI\x00NG\r\n",
        b"ECHO a\x00b\r\n",
        // Arrays and their lengths.
        b"*2\r\n$4\r\nECHO\r\n$6\r\na\r\n\0\xffb\r\n",
        b"*0\r\n*-1\r\n*-10\r\n",
        b"*\r\n",
        b"*abc\r\n",
        b"*1x\r\n",
        b"*01\r\n",
        b"*+1\r\n",
        b"* 1\r\n",
        b"*2147483648\r\n",
        b"*99999999999999999999\r\n",
        b"*1\0\r\n",
        b"*1\rX$4\r\nPING\r\n",
        // Arguments and their lengths.
        b"*1\r\nPING\r\n",
        b"*1\r\n+PING\r\n",
        b"*1\r\n\xff\r\n",
        b"*1\r\n\r\n",
        b"*1\r\n$\r\n",
        b"*1\r\n$abc\r\n",
        b"*1\r\n$-1\r\n",
        b"*1\r\n$04\r\nPING\r\n",
        b"*1\r\n$536870913\r\n",
        b"*1\r\n$4\rXPINGxx",
        b"*1\r\n$0\r\n\r\n",
        // Answers that are not wanted.
        b"CLIENT REPLY SKIP\r\nRESET\r\nPING 1\r\nCLIENT REPLY OFF\r\nRESET\r\nPING 2\r\n",
        // Commands that are none.
        b"*2\r\n$3\r\nGET\r\n",
        b"*1\r\n$7\r\nNO-SUCH\r\n",
        b"*3\r\n$2\r\nno\r\n$2\r\na\n\r\n$3\r\n\xff b\r\n",
        b"GET / HTTP/1.1\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\n\r\nSET k v\r\n",
        b"Host: localhost\r\n",
        // The end of a connection.
        b"QUIT\r\n",
    ]
    .iter()
    .map(|input| [input, &b"PING\r\n"[..]].concat())
    .collect();
    // Half of something: answered with nothing.
    for part in [
        "PING",
        "*",
        "*2",
        "*2\r",
        "*2\r\n",
        "*1\r\n$4\r\nPIN",
        "*1\r\n$4\r\nPING\r",
        "*2147483647\r\n",
        "*1\r\n$536870912\r\nabc",
    ] {
        inputs.push(part.as_bytes().to_vec());
    }
    // Lines without end, and one that is long but has one.
    for start in ["", "*", "*1\r\n$"] {
        inputs.push(format!("{start}{}", "1".repeat(70_000)).into_bytes());
    }
    inputs.push(format!("ECHO {}\r\n", "y".repeat(60_000)).into_bytes());
    inputs
}

#[test]
fn equals_a_live_server() {
    let Some(live) = Server::oracle() else {
        return;
    };
    let live = SocketAddr::from((Ipv4Addr::LOCALHOST, live.port()));
    let door = Door::open();
    for input in inputs() {
        let (expected, got) = (answer(live, &input), answer(door.address, &input));
        assert_eq!(
            got.escape_ascii().to_string(),
            expected.escape_ascii().to_string(),
            "input {}",
            input[..input.len().min(100)].escape_ascii()
        );
    }
}

#[test]
fn a_long_pipeline_keeps_its_order() {
    let door = Door::open();
    let mut client = Client::connect(door.address).unwrap();
    let requests: Vec<u8> = (0..100_000).flat_map(|_| encode(["INCR", "n"])).collect();
    // Replies are read while requests are sent: neither side holds all of them.
    let mut writer = TcpStream::connect(door.address).unwrap();
    let mut reader = std::io::BufReader::new(writer.try_clone().unwrap());
    let sender = std::thread::spawn(move || {
        writer.write_all(&requests).unwrap();
        writer.shutdown(Shutdown::Write).unwrap();
    });
    let mut replies = String::new();
    reader.read_to_string(&mut replies).unwrap();
    sender.join().unwrap();
    let expected: String = (1..=100_000).map(|n| format!(":{n}\r\n")).collect();
    assert!(replies == expected);
    assert_eq!(
        client.command(["GET", "n"]).unwrap(),
        Reply::Bulk(b"100000".to_vec())
    );
}

#[test]
fn a_large_argument_comes_back() {
    let door = Door::open();
    let mut client = Client::connect(door.address).unwrap();
    let large = vec![b'x'; 20_000_000];
    client.command([&b"SET"[..], b"k", &large]).unwrap();
    assert_eq!(client.command(["GET", "k"]).unwrap(), Reply::Bulk(large));
}

#[test]
fn each_connection_has_a_session_of_its_own() {
    let door = Door::open();
    let mut one = Client::connect(door.address).unwrap();
    let mut two = Client::connect(door.address).unwrap();
    one.command(["SELECT", "3"]).unwrap();
    one.command(["CLIENT", "SETNAME", "one"]).unwrap();
    one.command(["SET", "k", "v"]).unwrap();
    assert_eq!(two.command(["GET", "k"]).unwrap(), Reply::NullBulk);
    assert_eq!(two.command(["CLIENT", "GETNAME"]).unwrap(), Reply::NullBulk);
    assert_ne!(
        one.command(["CLIENT", "ID"]).unwrap(),
        two.command(["CLIENT", "ID"]).unwrap()
    );
    two.command(["HELLO", "3"]).unwrap();
    assert_eq!(two.command(["GET", "k"]).unwrap(), Reply::Null);
    assert_eq!(one.command(["GET", "none"]).unwrap(), Reply::NullBulk);
}

#[test]
fn a_client_that_leaves_harms_nobody() {
    let door = Door::open();
    let mut stays = Client::connect(door.address).unwrap();
    let mut leaves = Client::connect(door.address).unwrap();
    leaves
        .send_raw(b"*2\r\n$3\r\nGET\r\n$100\r\nhalf of it")
        .unwrap();
    drop(leaves);
    // One that never reads what it asked for.
    let large = vec![b'x'; 1_000_000];
    stays.command([&b"SET"[..], b"k", &large]).unwrap();
    let mut deaf = Client::connect(door.address).unwrap();
    for _ in 0..50 {
        deaf.send(["GET", "k"]).unwrap();
    }
    assert_eq!(
        stays.command(["PING"]).unwrap(),
        Reply::Status(b"PONG".to_vec())
    );
}

#[test]
fn hello_equals_a_live_server_but_for_the_number() {
    let Some(live) = Server::oracle() else {
        return;
    };
    let door = Door::open();
    let ask = |client: &mut Client, version: &str| {
        let reply = client.command(["HELLO", version]).unwrap();
        match reply {
            Reply::Map(mut pairs) => {
                pairs[3].1 = Reply::Int(0);
                Reply::Map(pairs)
            }
            Reply::Array(mut items) => {
                items[7] = Reply::Int(0);
                Reply::Array(items)
            }
            other => panic!("{other:?}"),
        }
    };
    let mut ours = Client::connect(door.address).unwrap();
    let mut theirs = live.connect().unwrap();
    for version in ["2", "3", "2"] {
        assert_eq!(ask(&mut ours, version), ask(&mut theirs, version));
    }
}
