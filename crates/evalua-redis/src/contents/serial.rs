//! Entries written and read through serde.
//!
//! Owns the shape, which [`Entry`](super::Entry) describes. Which shape a value has follows from its type, so that nothing
//! is guessed when it is read.

use std::fmt;

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Error as _, Serialize, SerializeMap, SerializeStruct, Serializer};

use super::Entry;
use crate::reply::Reply;
use std::borrow::Cow;

/// The field of bytes that are no text.
const HEX: &str = "hex";

/// Bytes, as text where they are text.
struct Bytes<'a>(&'a [u8]);

impl Serialize for Bytes<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match std::str::from_utf8(self.0) {
            Ok(text) => to.serialize_str(text),
            Err(_) => {
                let hex: String = self.0.iter().map(|byte| format!("{byte:02x}")).collect();
                let mut map = to.serialize_map(Some(1))?;
                map.serialize_entry(HEX, &hex)?;
                map.end()
            }
        }
    }
}

/// A value with the type that says which shape it has.
struct Value<'a>(&'a str, &'a Reply);

impl Serialize for Value<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let Value(kind, reply) = *self;
        let Reply::Array(items) = reply else {
            return match reply {
                Reply::Bulk(bytes) => Bytes(bytes).serialize(to),
                _ => Err(S::Error::custom(
                    "a value is made of byte strings and lists",
                )),
            };
        };
        match kind {
            "hash" | "zset" => {
                let name = |pair: &&[Reply]| match pair {
                    [Reply::Bulk(name), ..] => std::str::from_utf8(name).ok().map(str::to_owned),
                    _ => None,
                };
                let pairs = items.chunks(2);
                let names: Option<Vec<String>> = pairs.clone().map(|pair| name(&pair)).collect();
                match names.filter(|_| kind == "hash") {
                    Some(names) => {
                        let values = pairs.filter_map(|pair| pair.get(1));
                        to.collect_map(names.iter().zip(values.map(|value| Value("", value))))
                    }
                    None => to.collect_seq(pairs.map(Pair)),
                }
            }
            _ => to.collect_seq(items.iter().map(|item| Value("", item))),
        }
    }
}

/// Items that belong together.
struct Pair<'a>(&'a [Reply]);

impl Serialize for Pair<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(self.0.iter().map(|item| Value("", item)))
    }
}

impl Serialize for Entry {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let fields = 3
            + usize::from(self.db > 0)
            + usize::from(self.expire_at_ms.is_some())
            + usize::from(self.ttl_ms.is_some());
        let mut entry = to.serialize_struct("Entry", fields)?;
        if self.db > 0 {
            entry.serialize_field("db", &self.db)?;
        }
        entry.serialize_field("key", &Bytes(&self.key))?;
        entry.serialize_field("type", &self.kind)?;
        if let Some(at_ms) = self.expire_at_ms {
            entry.serialize_field("expire_at_ms", &at_ms)?;
        }
        if let Some(ttl_ms) = self.ttl_ms {
            entry.serialize_field("ttl_ms", &ttl_ms)?;
        }
        entry.serialize_field("value", &Value(&self.kind, &self.value))?;
        entry.end()
    }
}

/// What was written, before it is known what it stands for.
enum Tree {
    Text(String),
    List(Vec<Tree>),
    Map(Vec<(String, Tree)>),
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Tree, D::Error> {
        from.deserialize_any(TreeVisitor)
    }
}

struct TreeVisitor;

impl<'de> Visitor<'de> for TreeVisitor {
    type Value = Tree;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, a list or a map")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Tree, E> {
        Ok(Tree::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Tree, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Tree::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut pairs: A) -> Result<Tree, A::Error> {
        let mut map = Vec::new();
        while let Some(pair) = pairs.next_entry()? {
            map.push(pair);
        }
        Ok(Tree::Map(map))
    }
}

impl Tree {
    /// The bytes that it stands for.
    fn bytes(self) -> Result<Vec<u8>, String> {
        let hex = match self {
            Tree::Text(text) => return Ok(text.into_bytes()),
            Tree::List(_) => return Err("a list stands where bytes belong".to_owned()),
            Tree::Map(map) => match <[(String, Tree); 1]>::try_from(map) {
                Ok([(name, Tree::Text(hex))]) if name == HEX => hex,
                _ => return Err("bytes are a text, or {\"hex\": \"…\"}".to_owned()),
            },
        };
        let wrong = || format!("{hex:?} is no hex");
        let is_hex = hex.len() % 2 == 0 && hex.bytes().all(|digit| digit.is_ascii_hexdigit());
        let pairs = is_hex.then(|| (0..hex.len()).step_by(2));
        let byte = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).map_err(|_| wrong());
        pairs.ok_or_else(wrong)?.map(byte).collect()
    }

    /// The list that it stands for.
    fn list(self) -> Result<Vec<Tree>, String> {
        match self {
            Tree::List(items) => Ok(items),
            _ => Err("a list belongs here".to_owned()),
        }
    }

    /// Bytes, or lists of them.
    fn reply(self) -> Result<Reply, String> {
        match self {
            Tree::List(items) => {
                let items = items.into_iter().map(Tree::reply);
                Ok(Reply::Array(items.collect::<Result<_, _>>()?))
            }
            other => other.bytes().map(Reply::bulk),
        }
    }

    /// The value of that type.
    fn value(self, kind: &str) -> Result<Reply, String> {
        let mut items = Vec::new();
        match (kind, self) {
            ("list" | "set" | "stream", tree) => {
                for item in tree.list()? {
                    items.push(item.reply()?);
                }
            }
            ("hash", Tree::Map(map)) => {
                for (field, value) in map {
                    items.extend([Reply::bulk(field), Reply::bulk(value.bytes()?)]);
                }
            }
            ("hash" | "zset", tree) => {
                for pair in tree.list()? {
                    let Ok([first, second]) = <[Tree; 2]>::try_from(pair.list()?) else {
                        return Err("a list of two belongs here".to_owned());
                    };
                    items.extend([Reply::bulk(first.bytes()?), Reply::bulk(second.bytes()?)]);
                }
            }
            // A string, and the payload of a type that is not known.
            (_, tree) => return tree.bytes().map(Reply::bulk),
        }
        Ok(Reply::Array(items))
    }
}

/// An entry as it is written.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    db: usize,
    key: Tree,
    r#type: String,
    expire_at_ms: Option<i64>,
    ttl_ms: Option<i64>,
    value: Tree,
}

impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Entry, D::Error> {
        let written = Written::deserialize(from)?;
        let kind = written.r#type;
        let value = written.value.value(&kind).map_err(de::Error::custom)?;
        Ok(Entry {
            db: written.db,
            key: written.key.bytes().map_err(de::Error::custom)?,
            kind: Cow::Owned(kind),
            expire_at_ms: written.expire_at_ms,
            ttl_ms: written.ttl_ms,
            value,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Redis, contents};

    #[test]
    fn every_type_comes_back() {
        let mut redis = Redis::builder().clock_unix_ms(0).build();
        let commands: [&[&[u8]]; 9] = [
            &[b"SET", b"text", "Ad\u{e4}".as_bytes(), b"PX", b"1500"],
            &[b"SET", b"\xff\x00", b"\x80", b"EX", b"9"],
            &[b"RPUSH", b"list", b"b", b"a", b"\xfe"],
            &[b"HSET", b"hash", b"name", b"Ada", b"hex", b"ff"],
            &[b"HSET", b"binary", b"\xff", b"1", b"b", b"\xfe"],
            &[b"SADD", b"set", b"b", b"a"],
            &[b"ZADD", b"zset", b"2.5", b"a", b"-inf", b"b"],
            &[b"XADD", b"stream", b"1-1", b"f", b"\xff"],
            &[b"SET", b"{\"hex\":\"00\"}", b""],
        ];
        for command in commands {
            assert_eq!(redis.command(command).as_error(), None, "{command:?}");
        }
        redis.command(&["SELECT", "3"]);
        redis.command(&["SET", "elsewhere", "1"]);
        let entries = contents::read(&mut redis);
        assert_eq!(entries.len(), 10);
        let json = serde_json::to_string(&entries).unwrap();
        let expected = concat!(
            r#"[{"key":"binary","type":"hash","value":[["b",{"hex":"fe"}],[{"hex":"ff"},"1"]]},"#,
            r#"{"key":"hash","type":"hash","value":{"hex":"ff","name":"Ada"}},"#,
            r#"{"key":"list","type":"list","value":["b","a",{"hex":"fe"}]},"#,
            r#"{"key":"set","type":"set","value":["a","b"]},"#,
            r#"{"key":"stream","type":"stream","value":[["1-1",["f",{"hex":"ff"}]]]},"#,
            r#"{"key":"text","type":"string","expire_at_ms":1500,"ttl_ms":1500,"value":"Adä"},"#,
            r#"{"key":"zset","type":"zset","value":[["b","-inf"],["a","2.5"]]},"#,
            r#"{"key":"{\"hex\":\"00\"}","type":"string","value":""},"#,
            r#"{"key":{"hex":"ff00"},"type":"string","expire_at_ms":9000,"ttl_ms":9000,"value":{"hex":"80"}},"#,
            r#"{"db":3,"key":"elsewhere","type":"string","value":"1"}]"#,
        );
        assert_eq!(json, expected);
        assert_eq!(serde_json::from_str::<Vec<Entry>>(&json).unwrap(), entries);
        let value = serde_json::to_value(&entries).unwrap();
        assert_eq!(
            serde_json::from_value::<Vec<Entry>>(value).unwrap(),
            entries
        );
    }

    #[test]
    fn what_is_no_entry_says_why() {
        for (value, why) in [
            (
                r#""key":"k","type":"list","value":"v""#,
                "a list belongs here",
            ),
            (
                r#""key":"k","type":"zset","value":[["a"]]"#,
                "a list of two belongs here",
            ),
            (
                r#""key":{"hex":"0"},"type":"string","value":"v""#,
                "\"0\" is no hex",
            ),
            (
                r#""key":{"hex":"é"},"type":"string","value":"v""#,
                "\"é\" is no hex",
            ),
            (
                r#""key":["k"],"type":"string","value":"v""#,
                "a list stands where bytes belong",
            ),
            (
                r#""key":"k","type":"string","value":{"x":"y"}"#,
                "bytes are a text, or",
            ),
            (r#""key":"k","type":"string""#, "missing field `value`"),
        ] {
            let error = serde_json::from_str::<Entry>(&format!("{{{value}}}")).unwrap_err();
            assert!(error.to_string().starts_with(why), "{value}: {error}");
        }
    }
}
