//! Assertions for tests: [`assert_reply!`](crate::assert_reply) and [`assert_reply_error!`](crate::assert_reply_error).
//!
//! Owns what they take for equal, and what they say where it is not.

use std::fmt;

use crate::bytes::SmallBytes;
use crate::difference::Difference;
use crate::redis::Redis;
use crate::reply::Reply;
use crate::script::{Invocation, Script};
use crate::text;

/// What can be asked of an engine: a command, as a list of its words, or a script.
pub trait Ask {
    /// The reply, as a client of RESP2 gets it.
    fn ask(&self, redis: &mut Redis) -> Reply;

    /// What messages call it.
    fn shown(&self) -> String;
}

impl<T: Ask + ?Sized> Ask for &T {
    fn ask(&self, redis: &mut Redis) -> Reply {
        (**self).ask(redis)
    }

    fn shown(&self) -> String {
        (**self).shown()
    }
}

impl<W: AsRef<[u8]>> Ask for [W] {
    fn ask(&self, redis: &mut Redis) -> Reply {
        let reply = redis.command(self);
        reply.to_resp2(redis.core().profile())
    }

    fn shown(&self) -> String {
        text::typed(self)
    }
}

impl<W: AsRef<[u8]>, const N: usize> Ask for [W; N] {
    fn ask(&self, redis: &mut Redis) -> Reply {
        self[..].ask(redis)
    }

    fn shown(&self) -> String {
        self[..].shown()
    }
}

impl<W: AsRef<[u8]>> Ask for Vec<W> {
    fn ask(&self, redis: &mut Redis) -> Reply {
        self[..].ask(redis)
    }

    fn shown(&self) -> String {
        self[..].shown()
    }
}

impl Ask for Script {
    fn ask(&self, redis: &mut Redis) -> Reply {
        self.prepare().ask(redis)
    }

    fn shown(&self) -> String {
        self.prepare().shown()
    }
}

impl Ask for Invocation<'_> {
    fn ask(&self, redis: &mut Redis) -> Reply {
        self.words()[..].ask(redis)
    }

    /// The first line of the script that says something, and keys and arguments as `evalua eval` takes them.
    fn shown(&self) -> String {
        let words = self.words();
        let source = String::from_utf8_lossy(&words[1]);
        let says_something = |line: &&str| !line.is_empty() && !line.starts_with("--");
        let line = source.lines().map(str::trim).find(says_something);
        let (keys, args) = words[3..].split_at(self.key_count());
        let call = match args {
            [] => text::typed(keys),
            args => format!("{} , {}", text::typed(keys), text::typed(args)),
        };
        let line = line.unwrap_or_default();
        format!("the script `{line}` {}", call.trim())
            .trim_end()
            .to_owned()
    }
}

/// What can be expected of a reply: integers, texts, `()` and `None` for null, and lists and tuples of such. A text is equal
/// to a byte string and to a status.
pub trait ToReply {
    /// The reply that it stands for.
    fn to_reply(&self) -> Reply;
}

impl<T: ToReply + ?Sized> ToReply for &T {
    fn to_reply(&self) -> Reply {
        (**self).to_reply()
    }
}

impl ToReply for Reply {
    fn to_reply(&self) -> Reply {
        self.clone()
    }
}

impl ToReply for () {
    fn to_reply(&self) -> Reply {
        Reply::Null
    }
}

impl<T: ToReply> ToReply for Option<T> {
    fn to_reply(&self) -> Reply {
        self.as_ref().map_or(Reply::Null, T::to_reply)
    }
}

impl<T: ToReply> ToReply for [T] {
    fn to_reply(&self) -> Reply {
        Reply::Array(self.iter().map(T::to_reply).collect())
    }
}

impl<T: ToReply, const N: usize> ToReply for [T; N] {
    fn to_reply(&self) -> Reply {
        self[..].to_reply()
    }
}

impl<T: ToReply> ToReply for Vec<T> {
    fn to_reply(&self) -> Reply {
        self[..].to_reply()
    }
}

/// Declares types whose bytes are the reply.
macro_rules! texts {
    ($($type:ty)*) => {
        $(impl ToReply for $type {
            fn to_reply(&self) -> Reply {
                Reply::bulk(self)
            }
        })*
    };
}

texts!(str String SmallBytes [u8] Vec<u8>);

impl<const N: usize> ToReply for [u8; N] {
    fn to_reply(&self) -> Reply {
        Reply::bulk(self)
    }
}

/// Declares types that are integers in replies.
macro_rules! integers {
    ($($type:ty)*) => {
        $(impl ToReply for $type {
            fn to_reply(&self) -> Reply {
                Reply::Integer(i64::from(*self))
            }
        })*
    };
}

integers!(i16 i32 i64 u16 u32);

/// Declares tuples: lists.
macro_rules! tuples {
    ($($($type:ident)*;)*) => {
        $(impl<$($type: ToReply),*> ToReply for ($($type,)*) {
            fn to_reply(&self) -> Reply {
                #[expect(non_snake_case, reason = "a variable for each type")]
                let ($($type,)*) = self;
                Reply::Array(vec![$($type.to_reply()),*])
            }
        })*
    };
}

tuples! {
    A;
    A B;
    A B C;
    A B C D;
    A B C D E;
    A B C D E F;
}

/// Whether a reply is what was expected.
fn is_same(expected: &Reply, actual: &Reply) -> bool {
    let text = |reply: &Reply| match reply {
        Reply::Bulk(text) => Some(text.to_vec()),
        Reply::Status(text) => Some(text.to_vec()),
        _ => None,
    };
    match (expected, actual) {
        (Reply::Null | Reply::NullArray, Reply::Null | Reply::NullArray) => true,
        (Reply::Array(expected), Reply::Array(actual)) => {
            let mut both = expected.iter().zip(actual);
            expected.len() == actual.len()
                && both.all(|(expected, actual)| is_same(expected, actual))
        }
        _ => match (text(expected), text(actual)) {
            (Some(expected), Some(actual)) => expected == actual,
            _ => expected == actual,
        },
    }
}

/// Why an assertion does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// What was asked.
    asked: String,
    /// What is wrong.
    claim: &'static str,
    difference: Difference,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} {}", self.asked, self.claim)?;
        for (sign, line) in self.difference.lines() {
            writeln!(f, "  {sign} {line}")?;
        }
        write!(f, "  (- expected, + actual)")
    }
}

impl std::error::Error for Mismatch {}

fn shown(reply: &Reply) -> String {
    String::from_utf8_lossy(&text::print(reply)).into_owned()
}

/// Asks, and compares the reply with what is expected.
///
/// # Errors
/// When it is another.
pub fn reply(
    redis: &mut Redis,
    call: &(impl Ask + ?Sized),
    expected: &(impl ToReply + ?Sized),
) -> Result<(), Mismatch> {
    let actual = call.ask(redis);
    let expected = expected.to_reply().to_resp2(redis.core().profile());
    if is_same(&expected, &actual) {
        return Ok(());
    }
    Err(Mismatch {
        asked: call.shown(),
        claim: "has another reply",
        difference: Difference {
            expected: shown(&expected),
            actual: shown(&actual),
        },
    })
}

/// Asks, and looks for a part in the text of the error that is to come.
///
/// # Errors
/// When there is no error, or it has no such part.
pub fn error(redis: &mut Redis, call: &(impl Ask + ?Sized), part: &str) -> Result<(), Mismatch> {
    let actual = call.ask(redis);
    let error = actual.as_error();
    if error.is_some_and(|error| error.to_string().contains(part)) {
        return Ok(());
    }
    Err(Mismatch {
        asked: call.shown(),
        claim: match error {
            Some(_) => "fails otherwise",
            None => "does not fail",
        },
        difference: Difference {
            expected: format!("(error) … {part} …"),
            actual: shown(&actual),
        },
    })
}

/// Asserts what a command or a script answers.
///
/// A command is a list of words, a script a [`Script`] or what its `key` and `arg` give; for what is expected see
/// [`ToReply`]. A message may follow, as for `assert_eq!`.
///
/// ```
/// use evalua_redis::{Redis, Script, assert_reply};
///
/// let mut redis = Redis::new();
/// assert_reply!(redis, ["SET", "k", "v"], "OK");
/// assert_reply!(redis, ["MGET", "k", "none"], ("v", ()));
/// let add = Script::new("return { redis.call('INCRBY', KEYS[1], ARGV[1]), 'done' }");
/// assert_reply!(redis, add.key("n").arg(5), (5, "done"), "at first");
/// ```
///
/// What fails is shown as redis-cli shows it:
///
/// ```should_panic
/// # use evalua_redis::{Redis, assert_reply};
/// # let mut redis = Redis::new();
/// # redis.command(&["RPUSH", "jobs", "a", "b"]);
/// assert_reply!(redis, ["LRANGE", "jobs", "0", "-1"], ["a", "c"]);
/// // LRANGE jobs 0 -1 has another reply
/// //     1) "a"
/// //   - 2) "c"
/// //   + 2) "b"
/// //   (- expected, + actual)
/// ```
///
/// # Panics
/// When the reply is another.
#[macro_export]
macro_rules! assert_reply {
    ($redis:expr, $call:expr, $expected:expr $(,)?) => {
        if let Err(mismatch) = $crate::assert::reply(&mut $redis, &$call, &$expected) {
            panic!("{mismatch}");
        }
    };
    ($redis:expr, $call:expr, $expected:expr, $($message:tt)+) => {
        if let Err(mismatch) = $crate::assert::reply(&mut $redis, &$call, &$expected) {
            panic!("{}: {mismatch}", format_args!($($message)+));
        }
    };
}

/// Asserts that a command or a script answers an error with that text in it.
///
/// ```
/// use evalua_redis::{Redis, Script, assert_reply_error};
///
/// let mut redis = Redis::new();
/// redis.command(&["RPUSH", "k", "v"]);
/// assert_reply_error!(redis, ["INCR", "k"], "WRONGTYPE");
/// assert_reply_error!(redis, Script::new("return nil .. ''"), "attempt to concatenate a nil value");
/// ```
///
/// # Panics
/// When there is no error, or one without that text.
#[macro_export]
macro_rules! assert_reply_error {
    ($redis:expr, $call:expr, $part:expr $(,)?) => {
        if let Err(mismatch) = $crate::assert::error(&mut $redis, &$call, $part) {
            panic!("{mismatch}");
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(result: Result<(), Mismatch>) -> String {
        result.unwrap_err().to_string()
    }

    #[test]
    fn what_is_expected_is_compared_with_common_sense() {
        let mut redis = Redis::new();
        assert_reply!(redis, ["SET", "k", "v"], "OK");
        assert_reply!(
            redis,
            [b"SET".to_vec(), b"\xff".to_vec(), b"\xfe".to_vec()],
            b"OK"
        );
        assert_reply!(redis, [&b"GET"[..], &b"\xff"[..]], b"\xfe");
        assert_reply!(redis, ["GET", "none"], ());
        assert_reply!(redis, ["GET", "none"], None::<i64>);
        assert_reply!(redis, ["GET", "k"], Some("v"));
        assert_reply!(redis, ["HGETALL", "none"], [(); 0]);
        assert_reply!(redis, ["INCR", "n"], 1);
        assert_reply!(
            redis,
            ["MGET", "k", "n"],
            vec!["v".to_owned(), "1".to_owned()]
        );
        let nested = Script::new("return { 1, { 'a', false } }");
        assert_reply!(redis, nested, (1, ("a", ())));
        assert_reply!(
            redis,
            nested,
            Reply::Array(vec![
                Reply::Integer(1),
                Reply::Array(vec![Reply::bulk("a"), Reply::Null]),
            ])
        );
        for different in [
            message(reply(&mut redis, &["GET", "n"], &1)),
            message(reply(&mut redis, &nested, &(1,))),
        ] {
            assert!(different.contains("has another reply"), "{different}");
        }
    }

    #[test]
    fn what_differs_is_shown() {
        let mut redis = Redis::new();
        redis.command(&["RPUSH", "a list", "1", "2", "3"]);
        let differs = reply(&mut redis, &["LRANGE", "a list", "0", "-1"], &["1", "3"]);
        let expected = "LRANGE \"a list\" 0 -1 has another reply
    1) \"1\"
  - 2) \"3\"
  + 2) \"2\"
  + 3) \"3\"
  (- expected, + actual)";
        assert_eq!(message(differs), expected);
        let script = Script::new("-- Adds.\n\n  return redis.call('INCRBY', KEYS[1], ARGV[1])\n");
        let differs = reply(&mut redis, &script.key("n").arg(5).arg("x y"), &4);
        let expected = "the script `return redis.call('INCRBY', KEYS[1], ARGV[1])` n , 5 \"x y\" has another reply
  - (integer) 4
  + (integer) 5
  (- expected, + actual)";
        assert_eq!(message(differs), expected);
        let differs = error(&mut redis, &["GET", "a list"], "NOSCRIPT");
        let expected = "GET \"a list\" fails otherwise
  - (error) … NOSCRIPT …
  + (error) WRONGTYPE Operation against a key holding the wrong kind of value
  (- expected, + actual)";
        assert_eq!(message(differs), expected);
        let differs = error(&mut redis, &Script::new("return 1"), "ERR");
        let expected = "the script `return 1` does not fail
  - (error) … ERR …
  + (integer) 1
  (- expected, + actual)";
        assert_eq!(message(differs), expected);
    }

    #[test]
    #[should_panic(expected = "round 2: GET k has another reply")]
    fn a_message_comes_first() {
        let mut redis = Redis::new();
        assert_reply!(redis, ["GET", "k"], 1, "round {}", 2);
    }
}
