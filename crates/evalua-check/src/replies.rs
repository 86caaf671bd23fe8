//! What the replies of commands are for Lua, before RESP3 is asked for.
//!
//! Owns the one table of shapes; a test compares it with what the examples of the commands reply.

use crate::value::Types;

/// What a reply is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// An integer.
    Integer,
    /// An integer, or false.
    MaybeInteger,
    /// A string.
    Text,
    /// A string, or false.
    MaybeText,
    /// `{ ok = … }`
    Status,
    /// `{ ok = … }`, or false.
    MaybeStatus,
    /// Strings in a table.
    Texts,
    /// Strings in a table, false for those that there are not.
    MaybeTexts,
    /// Integers in a table.
    Integers,
    /// Tables in a table.
    Lists,
    /// A cursor, and a table of strings.
    Page,
    /// It depends.
    Unknown,
}

impl Shape {
    /// The types that such a reply may have.
    pub(crate) const fn types(self) -> Types {
        match self {
            Shape::Integer => Types::NUMBER,
            Shape::MaybeInteger => Types::NUMBER.or(Types::FALSE),
            Shape::Text => Types::STRING,
            Shape::MaybeText => Types::STRING.or(Types::FALSE),
            Shape::Status
            | Shape::Texts
            | Shape::MaybeTexts
            | Shape::Integers
            | Shape::Lists
            | Shape::Page => Types::TABLE,
            Shape::MaybeStatus => Types::TABLE.or(Types::FALSE),
            Shape::Unknown => Types::ANY,
        }
    }

    /// The types that items of such a reply may have, nil apart.
    pub(crate) const fn item_types(self) -> Types {
        match self {
            Shape::Texts => Types::STRING,
            Shape::MaybeTexts => Types::STRING.or(Types::FALSE),
            Shape::Integers => Types::NUMBER,
            Shape::Lists => Types::TABLE,
            Shape::Page => Types::STRING.or(Types::TABLE),
            _ => Types::ANY,
        }
    }

    /// Whether it is a table of items, without names.
    pub(crate) const fn is_list(self) -> bool {
        matches!(
            self,
            Shape::Texts | Shape::MaybeTexts | Shape::Integers | Shape::Lists | Shape::Page
        )
    }

    /// Whether it is a table with the field ok, where it is one.
    pub(crate) const fn is_status(self) -> bool {
        matches!(self, Shape::Status | Shape::MaybeStatus)
    }
}

/// How many words of a call a row is about.
#[derive(Clone, Copy)]
enum Words {
    Any,
    /// Exactly so many; with more the reply is another.
    Only(usize),
}

use Words::{Any, Only};

/// Commands and what they reply.
const SHAPES: &[(Shape, Words, &[&str])] = &[
    (
        Shape::Integer,
        Any,
        &[
            "append",
            "bitcount",
            "bitop",
            "bitpos",
            "copy",
            "dbsize",
            "decr",
            "decrby",
            "del",
            "exists",
            "expire",
            "expireat",
            "expiretime",
            "geoadd",
            "geosearchstore",
            "getbit",
            "hdel",
            "hexists",
            "hincrby",
            "hlen",
            "hset",
            "hsetnx",
            "hstrlen",
            "incr",
            "incrby",
            "linsert",
            "llen",
            "lpush",
            "lpushx",
            "lrem",
            "move",
            "msetnx",
            "persist",
            "pexpire",
            "pexpireat",
            "pexpiretime",
            "pfadd",
            "pfcount",
            "pttl",
            "publish",
            "renamenx",
            "rpush",
            "rpushx",
            "sadd",
            "scard",
            "sdiffstore",
            "setbit",
            "setnx",
            "setrange",
            "sintercard",
            "sinterstore",
            "sismember",
            "smove",
            "spublish",
            "srem",
            "strlen",
            "sunionstore",
            "touch",
            "ttl",
            "unlink",
            "wait",
            "xack",
            "xdel",
            "xgroup|createconsumer",
            "xgroup|delconsumer",
            "xgroup|destroy",
            "xlen",
            "xtrim",
            "zcard",
            "zcount",
            "zdiffstore",
            "zintercard",
            "zinterstore",
            "zlexcount",
            "zrangestore",
            "zrem",
            "zremrangebylex",
            "zremrangebyrank",
            "zremrangebyscore",
            "zunionstore",
        ],
    ),
    (Shape::Integer, Only(4), &["zadd"]),
    (Shape::MaybeInteger, Only(3), &["zrank", "zrevrank", "lpos"]),
    (
        Shape::Text,
        Any,
        &[
            "echo",
            "getrange",
            "hincrbyfloat",
            "incrbyfloat",
            "info",
            "substr",
            "zincrby",
        ],
    ),
    (Shape::Text, Only(2), &["ping"]),
    (Shape::Text, Only(3), &["lcs"]),
    (
        Shape::MaybeText,
        Any,
        &[
            "blmove",
            "brpoplpush",
            "dump",
            "geodist",
            "get",
            "getdel",
            "getex",
            "getset",
            "hget",
            "lindex",
            "lmove",
            "object|encoding",
            "randomkey",
            "rpoplpush",
            "zscore",
        ],
    ),
    (
        Shape::MaybeText,
        Only(2),
        &[
            "hrandfield",
            "lpop",
            "rpop",
            "spop",
            "srandmember",
            "zrandmember",
        ],
    ),
    (
        Shape::Status,
        Any,
        &[
            "flushall",
            "flushdb",
            "hmset",
            "lset",
            "ltrim",
            "mset",
            "pfmerge",
            "psetex",
            "rename",
            "restore",
            "select",
            "setex",
            "swapdb",
            "type",
            "xgroup|create",
            "xgroup|setid",
            "xsetid",
        ],
    ),
    (Shape::Status, Only(1), &["ping"]),
    (
        Shape::Texts,
        Any,
        &[
            "hgetall",
            "hkeys",
            "hvals",
            "keys",
            "lrange",
            "sdiff",
            "sinter",
            "smembers",
            "sunion",
            "time",
            "zdiff",
            "zinter",
            "zpopmax",
            "zpopmin",
            "zrange",
            "zrangebylex",
            "zrangebyscore",
            "zrevrange",
            "zrevrangebylex",
            "zrevrangebyscore",
            "zunion",
        ],
    ),
    (
        Shape::Texts,
        Only(3),
        &["spop", "srandmember", "hrandfield", "zrandmember"],
    ),
    (Shape::Texts, Only(2), &["sort"]),
    (
        Shape::MaybeTexts,
        Any,
        &["geohash", "hmget", "mget", "zmscore"],
    ),
    (Shape::Integers, Any, &["smismember"]),
    (Shape::Lists, Any, &["xrange", "xrevrange"]),
    (Shape::Page, Any, &["hscan", "scan", "sscan", "zscan"]),
];

/// What the reply of a command is to a call of so many words, when that is known, which are these where
/// they stand in the script.
pub(crate) fn shape(name: &str, count: Option<usize>, words: &[Option<&[u8]>]) -> Shape {
    if name == "set" {
        return shape_of_set(count, words);
    }
    let row = SHAPES.iter().find(|(_, words, names)| {
        let fits = match words {
            Any => true,
            Only(only) => count == Some(*only),
        };
        fits && names.contains(&name)
    });
    row.map_or(Shape::Unknown, |row| row.0)
}

/// SET tells the old value when it is asked to, and nothing when it does nothing.
fn shape_of_set(count: Option<usize>, words: &[Option<&[u8]>]) -> Shape {
    if count.is_none() {
        return Shape::Unknown;
    }
    let mut shape = Shape::Status;
    let mut options = words.iter().skip(3);
    while let Some(option) = options.next() {
        let Some(option) = option else {
            return Shape::Unknown;
        };
        match &option.to_ascii_lowercase()[..] {
            b"nx" | b"xx" => shape = Shape::MaybeStatus,
            b"ex" | b"px" | b"exat" | b"pxat" => {
                options.next();
            }
            b"keepttl" => {}
            b"get" => return Shape::MaybeText,
            _ => return Shape::Unknown,
        }
    }
    shape
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use evalua_redis::{Redis, Reply, Resp, table, text};

    use super::*;

    fn is(reply: &Reply, shape: Shape) -> bool {
        let all = |fits: fn(&Reply) -> bool| match reply {
            Reply::Array(items) => items.iter().all(fits),
            _ => false,
        };
        match shape {
            Shape::Integer => matches!(reply, Reply::Integer(_)),
            Shape::MaybeInteger => {
                matches!(reply, Reply::Integer(_) | Reply::Null | Reply::NullArray)
            }
            Shape::Text => matches!(reply, Reply::Bulk(_)),
            Shape::MaybeText => matches!(reply, Reply::Bulk(_) | Reply::Null | Reply::NullArray),
            Shape::Status => matches!(reply, Reply::Status(_)),
            Shape::MaybeStatus => {
                matches!(reply, Reply::Status(_) | Reply::Null | Reply::NullArray)
            }
            Shape::Texts => all(|item| matches!(item, Reply::Bulk(_))),
            Shape::MaybeTexts => {
                all(|item| matches!(item, Reply::Bulk(_) | Reply::Null | Reply::NullArray))
            }
            Shape::Integers => all(|item| matches!(item, Reply::Integer(_))),
            Shape::Lists => all(|item| matches!(item, Reply::Array(_))),
            Shape::Page => matches!(reply, Reply::Array(parts)
                if matches!(&parts[..], [Reply::Bulk(_), Reply::Array(_)])),
            Shape::Unknown => true,
        }
    }

    /// Commands of which no example has a reply of the shape in question: TIME has none, since its reply
    /// is another each time.
    const UNSEEN: &[&str] = &["time"];

    #[test]
    fn are_those_of_the_examples_of_all_commands() {
        let mut seen = BTreeSet::new();
        for row in table::all().flat_map(|row| [row].into_iter().chain(row.subcommands)) {
            let mut redis = Redis::builder().clock_unix_ms(1_700_000_000_000).build();
            for (line, _) in row.examples {
                let words = text::split_line(line.as_bytes()).unwrap();
                let reply = redis.command(&words);
                if redis.session().resp != Resp::V2 {
                    break;
                }
                let reply = reply.to_resp2(redis.core().profile());
                let words: Vec<_> = words.iter().map(Vec::as_slice).collect();
                let Ok(command) = table::resolve(&words) else {
                    continue;
                };
                let name = command.name;
                let literals: Vec<_> = words.iter().map(|word| Some(*word)).collect();
                let shape = shape(name, Some(words.len()), &literals);
                let is_queued = reply == Reply::status("QUEUED");
                if reply.as_error().is_none() && !is_queued {
                    assert!(is(&reply, shape), "{line}: {reply:?} is no {shape:?}");
                    seen.insert((name, format!("{shape:?}")));
                }
            }
        }
        let rows = SHAPES.iter().flat_map(|(shape, _, names)| {
            names.iter().map(move |name| (*name, format!("{shape:?}")))
        });
        let unseen: Vec<_> = rows.filter(|row| !seen.contains(row)).collect();
        let names: Vec<_> = unseen.iter().map(|row| row.0).collect();
        assert_eq!(names, UNSEEN, "no example shows the reply of these");
    }

    #[test]
    fn of_set_follow_its_options() {
        let shape = |line: &str| {
            let words: Vec<_> = line
                .split(' ')
                .map(|word| (word != "?").then_some(word.as_bytes()))
                .collect();
            super::shape("set", Some(words.len()), &words)
        };
        assert_eq!(shape("SET k ?"), Shape::Status);
        assert_eq!(shape("SET k ? EX ?"), Shape::Status);
        assert_eq!(shape("SET k ? nx PX ?"), Shape::MaybeStatus);
        assert_eq!(shape("SET k ? NX GET"), Shape::MaybeText);
        assert_eq!(shape("SET k ? ?"), Shape::Unknown);
    }
}
