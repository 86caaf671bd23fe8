//! Where clients come in: from other machines, compared with a live server, and over a socket of the file
//! system.

mod support;

use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream, UdpSocket};
use std::time::Duration;

use evalua_conformance::resp::{Client, Reply};
use evalua_conformance::server::Server;

use crate::support::Door;

/// An address of this machine that is not the loopback interface's; nothing is sent to find it.
fn address_to_others() -> Option<IpAddr> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9)).ok()?;
    let address = socket.local_addr().ok()?.ip();
    (!address.is_loopback() && !address.is_unspecified()).then_some(address)
}

/// What a client is told that says nothing, until the connection ends or there is quiet.
fn told(address: SocketAddr) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_millis(300)))
        .unwrap();
    let mut bytes = Vec::new();
    let end = stream.read_to_end(&mut bytes).map(|_| ());
    format!("{} {:?}", bytes.escape_ascii(), end.is_ok())
}

#[test]
fn strangers_are_refused_while_there_is_no_password() {
    let Some(outside) = address_to_others() else {
        let _ = writeln!(
            std::io::stderr(),
            "skipped: this machine has the loopback interface alone"
        );
        return;
    };
    let outside_text = outside.to_string();
    let Some(live) = Server::oracle_with(&["--bind", "127.0.0.1", &outside_text]) else {
        return;
    };
    let ours = Door::open_at(Ipv4Addr::UNSPECIFIED.into(), None);
    let inside = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let ports = [ours.address.port(), live.port()];
    let mut clients = ports.map(|port| Client::connect(inside(port)).unwrap());
    let mut both = |words: &[&str]| {
        let [ours, theirs] = clients
            .each_mut()
            .map(|client| client.command(words).unwrap());
        assert_eq!(ours, theirs, "{words:?}");
    };
    let compare = || {
        let [ours, theirs] = ports.map(|port| told(SocketAddr::new(outside, port)));
        assert_eq!(ours, theirs);
        ours
    };
    assert!(compare().starts_with("-DENIED "));
    both(&["CONFIG", "SET", "requirepass", "secret"]);
    assert_eq!(compare(), " false");
    both(&["CONFIG", "SET", "requirepass", ""]);
    assert!(compare().starts_with("-DENIED "));
    both(&["ACL", "SETUSER", "default", "off"]);
    assert!(compare().starts_with("-DENIED "));
    both(&["CONFIG", "SET", "protected-mode", "no"]);
    assert_eq!(compare(), " false");
    both(&["CONFIG", "GET", "protected-mode"]);
    both(&["CONFIG", "SET", "port", "x"]);
}

#[test]
fn a_stranger_who_comes_while_a_script_is_busy_cannot_end_it() {
    let Some(outside) = address_to_others() else {
        return;
    };
    let door = Door::open_at(Ipv4Addr::UNSPECIFIED.into(), None);
    let inside = SocketAddr::from((Ipv4Addr::LOCALHOST, door.address.port()));
    let mut first = Client::connect(inside).unwrap();
    first
        .command(["CONFIG", "SET", "busy-reply-threshold", "1"])
        .unwrap();
    let mut busy = TcpStream::connect(inside).unwrap();
    busy.write_all(b"EVAL \"while true do end\" 0\r\n").unwrap();
    while !matches!(first.command(["PING"]).unwrap(), Reply::Error(error) if error.starts_with(b"BUSY"))
    {
    }
    let mut stranger = TcpStream::connect(SocketAddr::new(outside, door.address.port())).unwrap();
    stranger.write_all(b"SCRIPT KILL\r\n").unwrap();
    assert!(matches!(first.command(["PING"]).unwrap(), Reply::Error(_)));
    assert_eq!(
        first.command(["SCRIPT", "KILL"]).unwrap(),
        Reply::Status(b"OK".to_vec())
    );
    let mut answer = Vec::new();
    let _ = stranger.read_to_end(&mut answer);
    assert!(answer.starts_with(b"-DENIED "), "{}", answer.escape_ascii());
}

#[test]
fn where_it_listens_is_told_and_stays() {
    let door = Door::open();
    let port = door.address.port().to_string();
    let mut client = Client::connect(door.address).unwrap();
    let told = client.command(["CONFIG", "GET", "port"]).unwrap();
    let expected = ["port", &port].map(|text| Reply::Bulk(text.into()));
    assert_eq!(told, Reply::Array(expected.into()));
    let ok = Reply::Status(b"OK".to_vec());
    assert_eq!(
        client.command(["CONFIG", "SET", "port", &port]).unwrap(),
        ok
    );
    let Reply::Error(error) = client.command(["CONFIG", "SET", "port", "1"]).unwrap() else {
        panic!("the port stays");
    };
    assert!(error.ends_with(b"Unable to listen on this port. Check server logs."));
}

#[cfg(unix)]
#[test]
fn a_socket_of_the_file_system_is_a_door_like_any() {
    use std::os::unix::net::{UnixListener, UnixStream};

    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("evalua.sock");
    // What a server that was killed leaves behind.
    drop(UnixListener::bind(&path).unwrap());
    {
        let door = Door::open_at(Ipv4Addr::LOCALHOST.into(), Some(&path));
        let mut other = Client::connect(door.address).unwrap();
        other.command(["SET", "k", "v"]).unwrap();
        let mut stream = UnixStream::connect(&path).unwrap();
        let mut ask = |request: &str, answer: &str| {
            stream.write_all(request.as_bytes()).unwrap();
            let mut bytes = vec![0; answer.len()];
            stream.read_exact(&mut bytes).unwrap();
            assert_eq!(String::from_utf8_lossy(&bytes), answer, "{request}");
        };
        ask("GET k\r\n", "$1\r\nv\r\n");
        // It is answered while a script is busy, too.
        other
            .command(["CONFIG", "SET", "busy-reply-threshold", "1"])
            .unwrap();
        let mut busy = UnixStream::connect(&path).unwrap();
        busy.write_all(b"EVAL \"while true do end\" 0\r\n").unwrap();
        while !matches!(other.command(["PING"]).unwrap(), Reply::Error(_)) {}
        ask("PING\r\n", "-BUSY ");
        let mut late = UnixStream::connect(&path).unwrap();
        late.write_all(b"SCRIPT KILL\r\n").unwrap();
        let mut ok = [0; 5];
        late.read_exact(&mut ok).unwrap();
        assert_eq!(&ok, b"+OK\r\n");
        let Reply::Bulk(list) = other.command(["CLIENT", "LIST"]).unwrap() else {
            panic!("CLIENT LIST is a text");
        };
        let list = String::from_utf8(list).unwrap();
        assert!(
            list.contains(&format!("addr={}:0 ", path.display())),
            "{list}"
        );
    }
    assert!(!path.exists());
}
