//! Real servers: what is compared, and that nobody's data is deleted.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

use evalua_conformance::cluster::Cluster;
use evalua_conformance::resp::Reply as Wire;
use evalua_conformance::server::Server;
use evalua_redis::{Redis, Reply};
use evalua_remote::{Address, MOST_KEYS, Remote, Scratch, SetUp, Trial, compare, keyspace};

fn command(server: &Server, words: &[&str]) -> Wire {
    server.connect().unwrap().command(words).unwrap()
}

fn trial(script: &str, keys: &[&str], args: &[&str]) -> Trial {
    let owned = |words: &[&str]| words.iter().map(|word| word.as_bytes().to_vec()).collect();
    Trial {
        script: script.into(),
        keys: owned(keys),
        args: owned(args),
        ..Trial::default()
    }
}

#[test]
fn what_is_the_same_has_no_differences() {
    let Some(server) = Server::oracle() else {
        return;
    };
    let address = Address::server(&format!("{}/3", server.url())).unwrap();
    let scratch = Scratch::claim(&address, false).unwrap();
    let script = "
        redis.call('EXPIRE', KEYS[1], ARGV[1])
        redis.call('PEXPIREAT', KEYS[2], 99999999999999)
        for i = 1, 300 do redis.call('SADD', 's', i, 'm' .. i) redis.call('HSET', 'h', 'f' .. i, i / 7) end
        redis.call('SELECT', 5)
        redis.call('RPUSH', 'l', 'a\\r\\n', '\\0')
        return { redis.call('PING'), 1.5, false, redis.error_reply('mine it is'), redis.pcall('LPUSH', 'h') }";
    let setup = [["SET", "a", "1"], ["SET", "b", "2"]].map(|words| SetUp {
        place: "here".to_owned(),
        words: words.map(|word| word.as_bytes().to_vec()).to_vec(),
    });
    let trial = Trial {
        setup: setup.to_vec(),
        ..trial(script, &["a", "b"], &["100"])
    };
    let comparison = compare(&scratch, Redis::builder(), &trial).unwrap();
    let none: [(&str, Vec<(char, String)>); 0] = [];
    assert_eq!(comparison.differences(), none);
    assert_eq!(comparison.profile.name, "redis-7.0");
    assert_eq!(comparison.server.calls.len(), 2 + 600 + 2 + 1);
    assert_eq!(comparison.server.keyspace.len(), 5);
    assert!(matches!(&comparison.server.reply, Reply::Array(items) if items.len() == 5));
    // Nothing is left of it.
    assert_eq!(
        command(&server, &["INFO", "keyspace"]),
        Wire::Bulk(b"# Keyspace\r\n".to_vec())
    );
}

#[test]
fn what_is_due_meanwhile_has_gone_on_both_sides() {
    let Some(server) = Server::oracle() else {
        return;
    };
    let address = Address::server(&server.url()).unwrap();
    let scratch = Scratch::claim(&address, false).unwrap();
    // Some milliseconds at the least.
    let script =
        "redis.call('SET', KEYS[1], 'v', 'PX', 1) for i = 1, 1000000 do local x = i % 7 end";
    let comparison = compare(&scratch, Redis::builder(), &trial(script, &["k"], &[])).unwrap();
    assert!(comparison.server.keyspace.is_empty());
    assert!(comparison.engine.keyspace.is_empty());
    assert_eq!(comparison.server.calls, [r#""SET" "k" "v" "PX" "1""#]);
}

#[test]
fn many_keys_are_not_read() {
    let Some(server) = Server::oracle() else {
        return;
    };
    let address = Address::server(&server.url()).unwrap();
    let mut remote = Remote::open(&address).unwrap();
    let fill = |last: u64| format!("for i = 1, {last} do redis.call('SET', i, '') end");
    remote.command(&["EVAL", &fill(MOST_KEYS), "0"]).unwrap();
    let keys = keyspace(&address).unwrap();
    assert_eq!(keys.len() as u64, MOST_KEYS);
    remote
        .command(&["EVAL", &fill(MOST_KEYS + 1), "0"])
        .unwrap();
    let error = keyspace(&address).unwrap_err().to_string();
    let expected = format!("{address} holds 10001 keys; more than 10000 are not read");
    assert_eq!(error, expected);
}

#[test]
fn what_is_not_the_same_is_told() {
    let Some(server) = Server::oracle() else {
        return;
    };
    let address = Address::server(&server.url()).unwrap();
    let scratch = Scratch::claim(&address, false).unwrap();
    let differences = |script: &str| {
        let comparison = compare(&scratch, Redis::builder(), &trial(script, &["k"], &[])).unwrap();
        comparison.differences()
    };
    let names =
        |script: &str| -> Vec<&str> { differences(script).iter().map(|(name, _)| *name).collect() };
    // Only a process has a number.
    let number = "(redis.call('INFO', 'server'):match('process_id:(%d+)') or 'none')";
    assert_eq!(names(&format!("return {number}")), ["the reply"]);
    let (calls, keyspace) = ("what the script calls", "the keyspace");
    assert_eq!(names(&format!("redis.call('ECHO', {number})")), [calls]);
    // By more than the server has taken.
    let later = format!("{number} == 'none' and 2000000 or 1000000");
    let expiring = format!("redis.call('SET', KEYS[1], 'v', 'PX', {later})");
    assert_eq!(names(&expiring), [calls, keyspace]);
    let written = differences(&format!("redis.call('HSET', KEYS[1], 'f', {number})"));
    assert_eq!(written[1].0, keyspace);
    let signs: Vec<char> = written[1].1.iter().map(|(sign, _)| *sign).collect();
    assert_eq!(signs, [' ', '-', '+']);
}

#[test]
fn a_server_with_data_is_left_alone() {
    let Some(server) = Server::oracle() else {
        return;
    };
    let address = Address::server(&server.url()).unwrap();
    let mut client = server.connect().unwrap();
    client.command(["SELECT", "7"]).unwrap();
    client.command(["SET", "precious", "1"]).unwrap();
    let refused = Scratch::claim(&address, false).unwrap_err();
    assert!(refused.is_refusal());
    let expected = format!(
        "127.0.0.1:{} is not empty: it holds 1 key in database 7, which would be deleted",
        server.port()
    );
    assert_eq!(refused.to_string(), expected);
    client.command(["DEL", "precious"]).unwrap();
    let library = "#!lua name=mine\nredis.register_function('f', function() return 1 end)";
    client.command(["FUNCTION", "LOAD", library]).unwrap();
    let refused = Scratch::claim(&address, false).unwrap_err();
    assert!(
        refused
            .to_string()
            .contains("it holds a library of functions"),
        "{refused}"
    );
    // With permission all of it goes, but not before it is used.
    let scratch = Scratch::claim(&address, true).unwrap();
    let count = |client: &mut evalua_conformance::resp::Client| match client
        .command(["FUNCTION", "LIST"])
        .unwrap()
    {
        Wire::Array(libraries) => libraries.len(),
        other => panic!("{other:?}"),
    };
    assert_eq!(count(&mut client), 1);
    scratch.empty().unwrap();
    assert_eq!(count(&mut client), 0);
}

#[test]
fn every_master_of_a_cluster_is_asked() {
    let Some(mut cluster) = Cluster::oracle() else {
        return;
    };
    let address = Address::cluster(&[cluster.url()]).unwrap();
    for (node, key) in cluster.nodes().iter().zip(["b", "c", "d"]) {
        Scratch::claim(&address, false).unwrap();
        command(node, &["SET", key, "v"]);
        let refused = Scratch::claim(&address, false).unwrap_err();
        assert!(
            refused.to_string().contains("holds 1 key in database 0"),
            "{refused}"
        );
        command(node, &["DEL", key]);
    }
    // Every node asks for the password.
    for node in cluster.nodes() {
        command(node, &["ACL", "SETUSER", "ann", "on", ">pw", "~*", "+@all"]);
    }
    let seed = cluster.nodes()[1].port();
    let by_ann = |password: &str| {
        let url = format!("redis://ann:{password}@127.0.0.1:{seed}");
        Remote::open(&Address::cluster(&[url]).unwrap())
    };
    let mut remote = by_ann("pw").unwrap();
    for key in ["b", "c", "d"] {
        remote.command(&["SET", key, "v"]).unwrap();
        let value = remote.command(&["EVAL", "return redis.call('GET', KEYS[1])", "1", key]);
        assert_eq!(value.unwrap(), Reply::bulk("v"));
        remote.command(&["DEL", key]).unwrap();
    }
    let masters = remote.info("replication").unwrap();
    assert_eq!(masters.len(), 3);
    let error = by_ann("guess").err().unwrap().to_string();
    assert!(
        error.contains(&format!("127.0.0.1:{seed}: Password authentication failed")),
        "{error}"
    );
    assert!(
        !error.contains("guess") && !error.contains("lost"),
        "{error}"
    );
    // A node of a cluster is no server, and a server no cluster.
    let node = Address::server(&cluster.url()).unwrap();
    let error = Remote::open(&node).err().unwrap().to_string();
    assert!(error.contains("is a node of a cluster"), "{error}");
    let server = Server::oracle().unwrap();
    let lonely = Address::cluster(&[server.url()]).unwrap();
    command(&server, &["SET", "precious", "1"]);
    let error = Scratch::claim(&lonely, true).unwrap_err().to_string();
    assert!(
        error.contains("no node of a cluster answers there"),
        "{error}"
    );
    assert_eq!(
        command(&server, &["GET", "precious"]),
        Wire::Bulk(b"1".to_vec())
    );
    // Where one is missing nothing is known of what it holds.
    let scratch = Scratch::claim(&address, false).unwrap();
    cluster.stop(2);
    assert!(Scratch::claim(&address, true).is_err());
    assert!(scratch.empty().is_err());
}

/// Forwards connections to the port that is named at the time.
fn forward(to: Arc<AtomicU16>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for client in listener.incoming() {
            let client = client.unwrap();
            let server = TcpStream::connect(("127.0.0.1", to.load(Ordering::SeqCst))).unwrap();
            for (mut from, mut to) in [
                (client.try_clone().unwrap(), server.try_clone().unwrap()),
                (server, client),
            ] {
                std::thread::spawn(move || {
                    let mut buffer = [0; 4096];
                    while let Ok(n @ 1..) = from.read(&mut buffer) {
                        if to.write_all(&buffer[..n]).is_err() {
                            break;
                        }
                    }
                    // The other side may have gone already.
                    let _ = to.shutdown(Shutdown::Both);
                });
            }
        }
    });
    port
}

#[test]
fn another_server_at_the_same_address_is_left_alone() {
    let (Some(first), Some(second)) = (Server::oracle(), Server::oracle()) else {
        return;
    };
    let to = Arc::new(AtomicU16::new(first.port()));
    let port = forward(to.clone());
    let address = Address::server(&format!("redis://127.0.0.1:{port}")).unwrap();
    let scratch = Scratch::claim(&address, false).unwrap();
    scratch.empty().unwrap();
    command(&second, &["SET", "precious", "1"]);
    to.store(second.port(), Ordering::SeqCst);
    let error = scratch.empty().err().unwrap().to_string();
    assert!(error.contains("nothing is deleted there"), "{error}");
    assert_eq!(
        command(&second, &["GET", "precious"]),
        Wire::Bulk(b"1".to_vec())
    );
}
