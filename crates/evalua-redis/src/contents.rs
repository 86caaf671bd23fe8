//! What keys hold, for people and for tests.
//!
//! Owns the look of it. Values are read with the commands that anybody would use, so that this file need not know how
//! they are stored; those of an engine on a copy, so that neither faults nor those who look on meet those commands.

#[cfg(feature = "serde")]
mod serial;

use std::borrow::Cow;

use crate::clock::Clock;
use crate::core::Core;
use crate::difference::Difference;
use crate::gate::Caller;
use crate::redis::Redis;
use crate::reply::Reply;
use crate::session::Session;
use crate::text as cli_text;

/// A key as it is shown.
///
/// With the feature `serde` it can be written and read. Bytes that are text are text, others `{"hex": "…"}`; a hash is a
/// map, or a list of pairs if not all of its fields are text; a sorted set is a list of pairs of member and score, in their
/// order.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Its database.
    pub db: usize,
    /// Its name.
    pub key: Vec<u8>,
    /// The type of its value, as TYPE gives it.
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
    let (profile, now_ms) = (redis.core().profile(), redis.core().clock().now_ms());
    let mut copy = Core::new(profile, Clock::fixed(now_ms), 0);
    let mut keys = Vec::new();
    for db in 0..redis.core().config().databases {
        for item in redis.snapshot(db).unwrap_or_default() {
            let kind = item.value.type_name();
            let key: &[u8] = &item.key;
            copy.db(0).set(key, item.value);
            let command = reading(kind, key);
            let value = copy.execute(&mut Session::new(), Caller::Client, &command);
            copy.db(0).discard(key);
            let entry = Entry {
                db,
                key: key.to_vec(),
                kind: Cow::Borrowed(kind),
                expire_at_ms: item.expire_at_ms,
                ttl_ms: item.expire_at_ms.map(|at| at.saturating_sub(now_ms).max(0)),
                value: value.to_resp2(profile),
            };
            keys.push(entry.in_order());
        }
    }
    keys
}

/// A line with their number, and what [`Entry::text`] tells of each.
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
    /// With the members of a set and the fields of a hash in the order of their names, which does not depend on how they
    /// are stored.
    #[must_use]
    pub fn in_order(mut self) -> Entry {
        let size = match &*self.kind {
            "set" => 1,
            "hash" => 2,
            _ => return self,
        };
        if let Reply::Array(items) = &mut self.value {
            let members = items.chunks(size);
            let mut members: Vec<_> = members
                .map(|member| (member.first().map(cli_text::print_raw), member))
                .collect();
            members.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
            *items = members
                .iter()
                .flat_map(|(_, member)| member.to_vec())
                .collect();
        }
        self
    }

    /// A line with its name, type and time to live, and those of its value: each element or member on its own, of a hash
    /// `"field" => "value"`, of a sorted set `"member" => score`, in their order.
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
        for line in self.value_lines() {
            out.push_str("  ");
            out.push_str(&line);
            out.push('\n');
        }
        out
    }

    /// Its value as redis-cli prints it, but without numbers before what it has in it: one thing more or less would
    /// change those of all that follow.
    fn value_lines(&self) -> Vec<String> {
        let print = |reply: &Reply| {
            let text = cli_text::print(reply);
            String::from_utf8_lossy(&text).into_owned()
        };
        let raw = |reply: &Reply| {
            let text = cli_text::print_raw(reply);
            String::from_utf8_lossy(&text).into_owned()
        };
        match (&*self.kind, &self.value) {
            ("list" | "set", Reply::Array(items)) => items.iter().map(print).collect(),
            ("hash", Reply::Array(items)) => items
                .chunks_exact(2)
                .map(|pair| format!("{} => {}", print(&pair[0]), print(&pair[1])))
                .collect(),
            // Scores are numbers.
            ("zset", Reply::Array(items)) => items
                .chunks_exact(2)
                .map(|pair| format!("{} => {}", print(&pair[0]), raw(&pair[1])))
                .collect(),
            (_, value) => print(value).split('\n').map(str::to_owned).collect(),
        }
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

    /// Every type has its row: no key is left out.
    #[test]
    fn every_type_is_read() {
        let mut redis = Redis::new();
        let lines = [
            "SET string v",
            "RPUSH list b a",
            "HSET hash f v e w",
            "SADD set b a",
            "ZADD zset 2 a 1 b",
            "XADD stream 1-1 f v",
        ];
        for line in lines {
            let words: Vec<&str> = line.split(' ').collect();
            assert_eq!(redis.command(&words).as_error(), None, "{line}");
        }
        let fault = crate::Fault::new("OOM");
        redis.fail_next(fault);
        let mut shown: Vec<String> = read(&mut redis).iter().map(Entry::text).collect();
        shown.sort();
        assert_eq!(
            shown,
            [
                "\"hash\" (hash)\n  \"e\" => \"w\"\n  \"f\" => \"v\"\n",
                "\"list\" (list)\n  \"b\"\n  \"a\"\n",
                "\"set\" (set)\n  \"a\"\n  \"b\"\n",
                "\"stream\" (stream)\n  1) 1) \"1-1\"\n     2) 1) \"f\"\n        2) \"v\"\n",
                "\"string\" (string)\n  \"v\"\n",
                "\"zset\" (zset)\n  \"b\" => 1\n  \"a\" => 2\n",
            ]
        );
        assert_eq!(redis.clear_faults(), 1, "a look at the keys is no command");
    }

    #[test]
    fn seconds_are_short() {
        assert_eq!(seconds(60_000), "60");
        assert_eq!(seconds(1_500), "1.5");
        assert_eq!(seconds(1), "0.001");
        assert_eq!(seconds(0), "0");
    }
}
