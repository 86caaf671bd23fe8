//! What INFO says of commands and errors, beside a live server.

mod support;

use std::net::{Ipv4Addr, SocketAddr};

use evalua_conformance::resp::{Client, Reply};
use evalua_conformance::server::Server;
use evalua_redis::text::split_line;

use crate::support::Door;

/// Commands that fail in every way; INFO is compared after each.
const LINES: &[&str] = &[
    "SET k v",
    "LPUSH k x",
    "NOSUCH",
    "GET",
    "EVAL 'return 1' x",
    "EVAL \"return redis.call('SELECT', 99)\" 0",
    "EVAL \"return redis.pcall('SELECT', 99)\" 0",
    "EVAL \"return redis.pcall('SELECT', 99).err\" 0",
    "EVAL \"local ok, e = pcall(redis.call, 'LPUSH', 'k', 1) error(e)\" 0",
    "EVAL \"return redis.call('NOSUCH')\" 0",
    "EVAL \"return redis.call('GET')\" 0",
    "EVAL \"return redis.call('EVAL', 'return 1', 0)\" 0",
    "EVAL \"return redis.call()\" 0",
    "EVAL \"error('boom')\" 0",
    "EVAL \"error({err='MINE boom'})\" 0",
    "EVAL \"return {err='MINE'}\" 0",
    "EVAL \"return redis.error_reply('A:B#C boom')\" 0",
    "EVAL \"return redis.error_reply('')\" 0",
    "EVAL \"return redis.status_reply('FINE')\" 0",
    "EVAL \"return }\" 0",
    // Errors inside of what a script returns.
    "EVAL \"return {1, redis.error_reply('MINE boom'), 2}\" 0",
    "EVAL \"return {redis.error_reply('MINE a'), {redis.error_reply('YOURS b')}, {{err='MINE c'}}}\" 0",
    "EVAL \"return {{err='MINE'}}\" 0",
    "EVAL \"return {redis.pcall('GET')}\" 0",
    "EVAL \"return {redis.pcall('NOSUCH'), redis.pcall('LPUSH', 'k', 1)}\" 0",
    "EVAL \"local e = redis.pcall('LPUSH', 'k', 1) return {e, {e}, redis.error_reply('MINE a')}\" 0",
    "EVAL \"local e = redis.pcall('LPUSH', 'k', 1) return {map={a=e, [e]=1}}\" 0",
    "EVAL \"redis.pcall('LPUSH', 'k', 1) return {err='MINE a'}\" 0",
    "EVAL \"return {err='MINE a', ignore_error_stats_update=true}\" 0",
    "EVAL \"return {{err='MINE a', ignore_error_stats_update=1}}\" 0",
    "EVAL_RO \"return redis.call('SET', 'k', 'v')\" 0",
    "EVALSHA ffffffffffffffffffffffffffffffffffffffff 0",
    "FCALL none 0",
    "XGROUP CREATE none g $",
    // A wait counts once it is over.
    "BLPOP none 0.01",
    "XREAD BLOCK 10 STREAMS none $",
    "MULTI",
    "LPUSH k x",
    "NOSUCH",
    "EXEC",
    "MULTI",
    "LPUSH k x",
    "EVAL \"return {redis.pcall('GET'), redis.error_reply('MINE a')}\" 0",
    "EXEC",
];

/// A section of INFO without times.
fn section(client: &mut Client, name: &str) -> String {
    let Ok(Reply::Bulk(text)) = client.command(["INFO", name]) else {
        panic!("no text");
    };
    let text = String::from_utf8(text).unwrap();
    let fields = text.split(',').filter(|field| !field.starts_with("usec"));
    fields.collect::<Vec<_>>().join(",")
}

#[test]
fn equal_a_live_server() {
    let Some(live) = Server::oracle() else {
        return;
    };
    let door = Door::open();
    let live = SocketAddr::from((Ipv4Addr::LOCALHOST, live.port()));
    let connect = || [live, door.address].map(|address| Client::connect(address).unwrap());
    // INFO is asked for beside the transactions.
    let (mut both, mut observers) = (connect(), connect());
    for line in ["CONFIG RESETSTAT"].iter().chain(LINES) {
        let words = split_line(line.as_bytes()).unwrap();
        for client in &mut both {
            client.command(&words).unwrap();
        }
        for name in ["errorstats", "commandstats"] {
            let [theirs, ours] = observers.each_mut().map(|client| {
                let text = section(client, name);
                // The live server has them in another order.
                let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
                lines.sort();
                lines
            });
            assert_eq!(ours, theirs, "after {line}");
        }
    }
}

/// Keys that have lapsed are counted, up to CONFIG RESETSTAT.
#[test]
fn lapsed_keys_are_counted_and_reset() {
    let Some(live) = Server::oracle() else {
        return;
    };
    let door = Door::open();
    let live = SocketAddr::from((Ipv4Addr::LOCALHOST, live.port()));
    let lines = [
        "SET k v PX 1",
        "BLPOP none 0.02",
        "GET k",
        "CONFIG RESETSTAT",
        "GET k",
    ];
    let [theirs, ours] = [live, door.address].map(|address| {
        let mut client = Client::connect(address).unwrap();
        lines.map(|line| {
            client.command(line.split(' ')).unwrap();
            let text = section(&mut client, "stats");
            let mut fields = text.lines();
            fields
                .find(|field| field.starts_with("expired_keys:"))
                .map(str::to_owned)
        })
    });
    assert_eq!(ours, theirs);
}
