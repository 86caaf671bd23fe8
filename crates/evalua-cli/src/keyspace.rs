//! The keyspace after a run, for people and as JSON.
//!
//! Owns the look of it. Values are read with the commands that anybody would use, so that this file
//! need not know how they are stored.

use evalua_redis::{Redis, Reply, Session, text as cli_text};
use serde_json::{Value, json};

use crate::json;

/// A key as it is shown.
struct Shown {
    db: usize,
    key: Vec<u8>,
    kind: &'static str,
    /// Milliseconds until it goes.
    ttl_ms: Option<i64>,
    /// Its value, as the reply of the command that reads all of it.
    value: Reply,
}

/// For people: a line for each key, and its value as redis-cli prints it.
pub fn text(redis: &mut Redis) -> Vec<u8> {
    let keys = read(redis);
    let mut out = format!(
        "\nkeyspace: {} key{}\n",
        keys.len(),
        if keys.len() == 1 { "" } else { "s" }
    )
    .into_bytes();
    for shown in keys {
        if shown.db > 0 {
            out.extend_from_slice(format!("db{} ", shown.db).as_bytes());
        }
        out.extend_from_slice(cli_text::quote(&shown.key).as_bytes());
        out.extend_from_slice(format!(" ({}", shown.kind).as_bytes());
        if let Some(ttl_ms) = shown.ttl_ms {
            out.extend_from_slice(format!(", expires in {} s", seconds(ttl_ms)).as_bytes());
        }
        out.extend_from_slice(b")\n");
        for line in cli_text::print(&shown.value).split(|&byte| byte == b'\n') {
            out.extend_from_slice(b"  ");
            out.extend_from_slice(line);
            out.push(b'\n');
        }
    }
    out
}

/// As `{"keyspace": [{"key", "type", "value", "ttl_ms"}]}`, with `"db"` unless it is 0.
pub fn json(redis: &mut Redis) -> Value {
    let keys = read(redis).into_iter().map(|shown| {
        let mut object = json!({
            "key": json::bytes(&shown.key),
            "type": shown.kind,
            "value": json::value(&shown.value),
            "ttl_ms": shown.ttl_ms,
        });
        if shown.db > 0 {
            object["db"] = json!(shown.db);
        }
        object
    });
    json!({ "keyspace": keys.collect::<Value>() })
}

fn read(redis: &mut Redis) -> Vec<Shown> {
    let mut keys = Vec::new();
    for db in 0..redis.core().config().databases {
        let mut session = Session::new();
        session.db = db;
        for item in redis.snapshot(db).unwrap_or_default() {
            let kind = item.value.type_name();
            let key: &[u8] = &item.key;
            let mut command: Vec<&[u8]> = match kind {
                "string" => vec![b"GET", key],
                "hash" => vec![b"HGETALL", key],
                "list" => vec![b"LRANGE", key, b"0", b"-1"],
                "set" => vec![b"SMEMBERS", key],
                "zset" => vec![b"ZRANGE", key, b"0", b"-1", b"WITHSCORES"],
                "stream" => vec![b"XRANGE", key, b"-", b"+"],
                _ => vec![b"DUMP", key],
            };
            let value = redis.execute(&mut session, &std::mem::take(&mut command));
            let value = value.to_resp2(redis.core().profile());
            let now_ms = redis.core().clock().now_ms();
            keys.push(Shown {
                db,
                key: key.to_vec(),
                kind,
                ttl_ms: item.expire_at_ms.map(|at| at.saturating_sub(now_ms).max(0)),
                value,
            });
        }
    }
    keys
}

/// Milliseconds as seconds, without zeros at the end.
fn seconds(ms: i64) -> String {
    let text = format!("{}.{:03}", ms / 1000, ms % 1000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_short() {
        assert_eq!(seconds(60_000), "60");
        assert_eq!(seconds(1_500), "1.5");
        assert_eq!(seconds(1), "0.001");
        assert_eq!(seconds(0), "0");
    }
}
