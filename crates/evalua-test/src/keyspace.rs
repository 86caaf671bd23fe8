//! The keys of a Redis, for people.
//!
//! Owns the look of them. Values are read with the commands that anybody would use, so that this file need not know
//! how they are stored.

use std::borrow::Cow;

use evalua_redis::{Redis, Reply, Session, text as cli_text};

use crate::failure::Difference;

/// A key as it is shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Its database.
    pub db: usize,
    /// Its name.
    pub key: Vec<u8>,
    /// The type of its value.
    pub kind: Cow<'static, str>,
    /// When it goes, Unix milliseconds; `None` when it stays.
    pub expire_at_ms: Option<i64>,
    /// Milliseconds until then.
    pub ttl_ms: Option<i64>,
    /// Its value, as the reply of the command that reads all of it.
    pub value: Reply,
}

/// The command that reads all of a value of this type; of a type that is not known, its payload.
pub fn reading<'a>(kind: &str, key: &'a [u8]) -> Vec<&'a [u8]> {
    match kind {
        "string" => vec![b"GET", key],
        "hash" => vec![b"HGETALL", key],
        "list" => vec![b"LRANGE", key, b"0", b"-1"],
        "set" => vec![b"SMEMBERS", key],
        "zset" => vec![b"ZRANGE", key, b"0", b"-1", b"WITHSCORES"],
        "stream" => vec![b"XRANGE", key, b"-", b"+"],
        _ => vec![b"DUMP", key],
    }
}

/// The keys of all databases of an engine, each database's sorted by name.
pub fn read(redis: &mut Redis) -> Vec<Entry> {
    let mut keys = Vec::new();
    for db in 0..redis.core().config().databases {
        let mut session = Session::new();
        session.db = db;
        for item in redis.snapshot(db).unwrap_or_default() {
            let kind = item.value.type_name();
            let key: &[u8] = &item.key;
            let value = redis.execute(&mut session, &reading(kind, key));
            let value = value.to_resp2(redis.core().profile());
            let now_ms = redis.core().clock().now_ms();
            keys.push(Entry {
                db,
                key: key.to_vec(),
                kind: Cow::Borrowed(kind),
                expire_at_ms: item.expire_at_ms,
                ttl_ms: item.expire_at_ms.map(|at| at.saturating_sub(now_ms).max(0)),
                value,
            });
        }
    }
    keys
}

/// A line with their number, a line for each key, and its value as redis-cli prints it.
pub fn text(keys: &[Entry]) -> String {
    let plural = if keys.len() == 1 { "" } else { "s" };
    let mut out = format!("keyspace: {} key{plural}\n", keys.len());
    for entry in keys {
        out.push_str(&entry.text());
    }
    out
}

/// The keys that are not the same, as text: lines with `-` of before and `+` of after, and with a blank what is in both.
pub fn difference(before: &[Entry], after: &[Entry]) -> Vec<(char, String)> {
    let changed = |these: &[Entry], those: &[Entry]| -> String {
        let these = these.iter().filter(|entry| !those.contains(entry));
        these.map(Entry::text).collect()
    };
    let both = Difference {
        expected: changed(before, after),
        actual: changed(after, before),
    };
    both.lines()
}

impl Entry {
    /// A line with its name, type and time to live, and those of its value.
    pub fn text(&self) -> String {
        let mut out = String::new();
        if self.db > 0 {
            out.push_str(&format!("db{} ", self.db));
        }
        out.push_str(&cli_text::quote(&self.key));
        out.push_str(&format!(" ({}", self.kind));
        if let Some(ttl_ms) = self.ttl_ms {
            out.push_str(&format!(", expires in {} s", seconds(ttl_ms)));
        }
        out.push_str(")\n");
        let value = cli_text::print(&self.value);
        for line in String::from_utf8_lossy(&value).split('\n') {
            out.push_str("  ");
            out.push_str(line);
            out.push('\n');
        }
        out
    }
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
