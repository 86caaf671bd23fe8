//! Keys with and without expiry through everything that moves, copies and drops them: random commands beside a
//! plain model, and what keys take counted beside a measure of all.

use std::collections::BTreeMap;
use std::time::Duration;

use evalua_redis::rng::Rng;
use evalua_redis::{Redis, Reply, text};

const NOW_MS: i64 = 1_700_000_000_000;
const DATABASES: usize = 3;
const KEYS: usize = 9;

/// A value, and the instant that the key goes.
type Known = (String, Option<i64>);

/// What the databases hold.
struct Model {
    databases: Vec<BTreeMap<String, Known>>,
    now_ms: i64,
}

impl Model {
    fn new() -> Model {
        Model {
            databases: vec![BTreeMap::new(); DATABASES],
            now_ms: NOW_MS,
        }
    }

    /// Drops what is due: the instant itself has to pass.
    fn advance(&mut self, ms: i64) {
        self.now_ms += ms;
        for db in &mut self.databases {
            db.retain(|_, (_, at)| at.is_none_or(|at| at >= self.now_ms));
        }
    }
}

fn run(redis: &mut Redis, line: &str) -> Reply {
    redis.command(&text::split_line(line.as_bytes()).unwrap())
}

fn used_memory(redis: &mut Redis) -> usize {
    let Reply::Verbatim(_, text) = run(redis, "INFO memory") else {
        panic!("INFO is a text");
    };
    let text = String::from_utf8_lossy(&text);
    let mut lines = text.lines().filter_map(|line| line.split_once(':'));
    let found = lines.find(|(name, _)| *name == "used_memory");
    found.unwrap().1.parse().unwrap()
}

/// Runs a random command in a database of both; gives what it was.
fn step(rng: &mut Rng, redis: &mut Redis, model: &mut Model, db: usize) -> String {
    let key = format!("k{}", rng.below(KEYS));
    let other = format!("k{}", rng.below(KEYS));
    let to_db = rng.below(DATABASES);
    let value = "x".repeat(rng.below(60));
    let at = model.now_ms + rng.below(200) as i64;
    let known = model.databases[db].get(&key).cloned();
    let there = known.is_some();
    let keys = &mut model.databases[db];
    let (line, expected) = match rng.below(16) {
        0 => {
            keys.insert(key.clone(), (value.clone(), None));
            (format!("SET {key} \"{value}\""), Reply::OK)
        }
        1 | 2 => {
            keys.insert(key.clone(), (value.clone(), Some(at)));
            (format!("SET {key} \"{value}\" PXAT {at}"), Reply::OK)
        }
        3 => {
            let kept = known.and_then(|(_, at)| at);
            keys.insert(key.clone(), (value.clone(), kept));
            (format!("SET {key} \"{value}\" KEEPTTL"), Reply::OK)
        }
        4 | 5 => {
            // At this very instant a key goes at once.
            let at = at + 1;
            if let Some((_, expiry)) = keys.get_mut(&key) {
                *expiry = Some(at);
            }
            (format!("PEXPIREAT {key} {at}"), Reply::flag(there))
        }
        6 => {
            let had = keys.get_mut(&key).and_then(|(_, at)| at.take()).is_some();
            (format!("PERSIST {key}"), Reply::flag(had))
        }
        7 => {
            keys.remove(&key);
            (format!("DEL {key}"), Reply::flag(there))
        }
        8 | 9 if there => {
            let moved = keys.remove(&key).unwrap();
            keys.insert(other.clone(), moved);
            (format!("RENAME {key} {other}"), Reply::OK)
        }
        10 if (db, &key) != (to_db, &other) => {
            let copied = known.map(|known| model.databases[to_db].insert(other.clone(), known));
            let line = format!("COPY {key} {other} DB {to_db} REPLACE");
            (line, Reply::flag(copied.is_some()))
        }
        11 if db != to_db => {
            let moves = there && !model.databases[to_db].contains_key(&key);
            if moves {
                let moved = model.databases[db].remove(&key).unwrap();
                model.databases[to_db].insert(key.clone(), moved);
            }
            (format!("MOVE {key} {to_db}"), Reply::flag(moves))
        }
        12 => {
            model.databases.swap(db, to_db);
            (format!("SWAPDB {db} {to_db}"), Reply::OK)
        }
        13 if rng.below(6) == 0 => {
            keys.clear();
            ("FLUSHDB".to_owned(), Reply::OK)
        }
        14 if there => {
            let (text, _) = keys.get_mut(&key).unwrap();
            text.push_str(&value);
            let len = text.len() as i64;
            (format!("APPEND {key} \"{value}\""), Reply::Integer(len))
        }
        _ => {
            let ms = rng.below(30) as i64;
            redis.advance(Duration::from_millis(ms as u64));
            model.advance(ms);
            ("PING".to_owned(), Reply::Status(b"PONG".into()))
        }
    };
    assert_eq!(run(redis, &line), expected, "{line}");
    line
}

#[test]
fn expiries_follow_their_keys_and_the_account_is_right() {
    let mut rng = Rng::new(17);
    for round in 0..60 {
        let mut redis = Redis::builder().clock_unix_ms(NOW_MS).seed(round).build();
        let mut model = Model::new();
        let counts = round % 2 == 0;
        if counts {
            run(&mut redis, "CONFIG SET maxmemory 1gb");
        }
        for _ in 0..300 {
            let db = rng.below(DATABASES);
            run(&mut redis, &format!("SELECT {db}"));
            let line = step(&mut rng, &mut redis, &mut model, db);
            for (index, expected) in model.databases.iter().enumerate() {
                let found = redis.snapshot(index).unwrap().into_iter().map(|item| {
                    let key = String::from_utf8(item.key.into_vec()).unwrap();
                    (key, item.expire_at_ms)
                });
                let expected = expected.iter().map(|(key, (_, at))| (key.clone(), *at));
                assert!(found.eq(expected), "{line} in {db}: database {index}");
            }
            for (key, (value, at)) in &model.databases[db] {
                let reply = run(&mut redis, &format!("GET {key}"));
                assert_eq!(reply, Reply::bulk(value.as_bytes()), "{line}");
                let reply = run(&mut redis, &format!("PEXPIRETIME {key}"));
                assert_eq!(reply, Reply::Integer(at.unwrap_or(-1)), "{line}");
            }
        }
        if counts {
            let counted = used_memory(&mut redis);
            run(&mut redis, "CONFIG SET maxmemory 0");
            assert_eq!(used_memory(&mut redis), counted, "measured afresh");
        }
        run(&mut redis, "FLUSHALL");
        assert_eq!(used_memory(&mut redis), used_memory(&mut Redis::new()));
    }
}
