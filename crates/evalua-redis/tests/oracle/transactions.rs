//! MULTI, EXEC and WATCH, by two clients at once.

use evalua_conformance::server::Server;
use evalua_redis::rng::Rng;
use evalua_redis::{Redis, Session, profile, text};

use crate::harness::START_MS;
use crate::support::from_wire;

const LINES: &[&str] = &[
    "MULTI",
    "MULTI",
    "EXEC",
    "EXEC",
    "EXEC",
    "DISCARD",
    "WATCH a",
    "WATCH a b",
    "WATCH c",
    "UNWATCH",
    "SET a 1",
    "SET b 2",
    "INCR a",
    "DEL a",
    "DEL c",
    "LPUSH b x",
    "GET a",
    "EXPIRE a 1",
    "PEXPIRE b 3",
    "SET c x PX 2",
    "APPEND c y",
    "RENAME b c",
    "MOVE a 1",
    "COPY a b REPLACE",
    "SELECT 0",
    "SELECT 1",
    "FLUSHDB",
    "FLUSHALL",
    "SWAPDB 0 1",
    "BLPOP none 0",
    "SHUTDOWN NOSAVE",
    "PFADD h x",
    "PFCOUNT h",
    "WATCH h",
    "EVAL \"return redis.call('incr', KEYS[1])\" 1 a",
    "NOSUCHCOMMAND",
    "GET",
    "EXEC now",
    "RESET",
    "PING",
];

#[test]
fn transactions() {
    let Some(server) = Server::oracle_at(START_MS as u64) else {
        return;
    };
    let rounds = std::env::var("EVALUA_FUZZ_COMMANDS").map_or(8_000, |n| n.parse().unwrap()) / 40;
    let mut admin = server.connect().unwrap();
    admin.command(["DEBUG", "SET-ACTIVE-EXPIRE", "0"]).unwrap();
    for seed in 0..rounds {
        let mut rng = Rng::new(seed);
        let mut now_ms = START_MS;
        server.set_clock(now_ms as u64).unwrap();
        admin.command(["FLUSHALL"]).unwrap();
        let mut redis = Redis::builder()
            .clock_unix_ms(now_ms)
            .profile(&profile::REDIS_7_0)
            .build();
        redis.core_mut().config_mut().active_expire = false;
        let mut clients = [server.connect().unwrap(), server.connect().unwrap()];
        let mut sessions = [Session::new(), Session::new()];
        let mut log = String::new();
        for _ in 0..40 {
            if rng.below(12) == 0 {
                now_ms += rng.below(5) as i64;
                server.set_clock(now_ms as u64).unwrap();
                redis.set_clock_unix_ms(now_ms);
            }
            let (who, line) = (rng.below(2), LINES[rng.below(LINES.len())]);
            // Outside of a transaction the one would wait and the other end the server.
            let is_for_transactions = line.starts_with("BLPOP") || line.starts_with("SHUTDOWN");
            if is_for_transactions && !in_transaction(&mut redis, &sessions[who]) {
                continue;
            }
            let words = text::split_line(line.as_bytes()).unwrap();
            let args: Vec<&[u8]> = words.iter().map(Vec::as_slice).collect();
            let theirs = from_wire(clients[who].command(&words).unwrap());
            let ours = redis.execute(&mut sessions[who], &args);
            let ours = ours.to_resp2(&profile::REDIS_7_0);
            log += &format!("  {who}: {line}\n");
            assert_eq!(ours, theirs, "seed {seed}:\n{log}");
        }
    }
}

/// Whether a session is between MULTI and EXEC: seen from a copy of it, which WATCH would not change.
fn in_transaction(redis: &mut Redis, session: &Session) -> bool {
    let reply = redis.execute(&mut session.clone(), &[b"WATCH", b"no such key"]);
    reply.as_error().is_some()
}
