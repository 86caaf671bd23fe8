//! [`Client`] and [`Connection`]: the engine behind the traits of the crate `redis`.
//!
//! Owns the way between that crate's commands and values and the engine's. An application that takes a
//! connection by its trait runs on the engine in its tests, unchanged and with no socket:
//!
//! ```
//! use evalua_redis::Redis;
//! use evalua_redis::redis_rs::Client;
//! use redis::Commands;
//! use std::time::Duration;
//!
//! fn visit(connection: &mut impl redis::ConnectionLike, user: &str) -> redis::RedisResult<i64> {
//!     let script = redis::Script::new(
//!         "local n = redis.call('INCR', KEYS[1]) redis.call('EXPIRE', KEYS[1], ARGV[1]) return n",
//!     );
//!     script.key(format!("visits:{user}")).arg(60).invoke(connection)
//! }
//!
//! let client = Client::new(Redis::builder().clock_unix_ms(0).build());
//! let mut connection = client.connection();
//! assert_eq!(visit(&mut connection, "ann")?, 1);
//! assert_eq!(visit(&mut connection, "ann")?, 2);
//! client.engine().advance(Duration::from_secs(61));
//! assert_eq!(visit(&mut connection, "ann")?, 1);
//! assert_eq!(connection.ttl::<_, i64>("visits:ann")?, 60);
//! # Ok::<(), redis::RedisError>(())
//! ```
//!
//! Blocking commands do not wait: they answer at once, as after a wait in vain.

use std::future::ready;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use redis::{
    Cmd, ConnectionLike, ErrorKind, Parser, Pipeline, RedisError, RedisFuture, RedisResult, Value,
    VerbatimFormat,
};

use crate::clients::Address;
use crate::errors::CommandError;
use crate::redis::Redis;
use crate::reply::Reply;
use crate::session::{Resp, Session};

/// An engine that connections share.
#[derive(Clone, Debug)]
pub struct Client {
    engine: Arc<Mutex<Redis>>,
}

impl Client {
    /// Shares an engine.
    pub fn new(engine: Redis) -> Client {
        Client {
            engine: Arc::new(Mutex::new(engine)),
        }
    }

    /// A connection of its own: with its own selected database, transaction and watched keys.
    pub fn connection(&self) -> Connection {
        let mut session = Session::new();
        self.engine()
            .core_mut()
            .connect(&mut session, Address::default());
        Connection {
            client: self.clone(),
            session,
        }
    }

    /// The engine, to turn its clock or to look at its keys. Connections wait while it is held.
    pub fn engine(&self) -> MutexGuard<'_, Redis> {
        // What another thread was at when it panicked was one command; the data is whole.
        self.engine.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection to an engine, synchronous and asynchronous. An asynchronous command is done when it is
/// asked for: no runtime is needed, and nothing is ever pending.
#[derive(Debug)]
pub struct Connection {
    client: Client,
    session: Session,
}

impl Connection {
    /// Runs packed commands, and takes the values of some of them.
    fn run(&mut self, packed: &[u8], offset: usize, count: usize) -> RedisResult<Vec<Value>> {
        let (mut parser, mut rest) = (Parser::new(), packed);
        let mut engine = self.client.engine();
        let mut values = Vec::new();
        for _ in 0..offset.saturating_add(count) {
            let args = words(parser.parse_value(&mut rest)?)?;
            let args: Vec<&[u8]> = args.iter().map(Vec::as_slice).collect();
            let reply = engine.execute(&mut self.session, &args);
            let reply = match self.session.resp {
                Resp::V2 => reply.to_resp2(engine.core().profile()),
                Resp::V3 => reply,
            };
            // What answers several times, or not at all, is not for this kind of connection.
            values.push(value(reply)?);
        }
        Ok(values.split_off(offset))
    }

    fn run_one(&mut self, packed: &[u8]) -> RedisResult<Value> {
        let mut values = self.run(packed, 0, 1)?;
        values.pop().ok_or_else(|| failure("there is no command"))
    }

    fn database(&self) -> i64 {
        i64::try_from(self.session.db).unwrap_or(i64::MAX)
    }
}

impl ConnectionLike for Connection {
    fn req_packed_command(&mut self, packed: &[u8]) -> RedisResult<Value> {
        self.run_one(packed)
    }

    fn req_packed_commands(
        &mut self,
        packed: &[u8],
        offset: usize,
        count: usize,
    ) -> RedisResult<Vec<Value>> {
        self.run(packed, offset, count)
    }

    fn get_db(&self) -> i64 {
        self.database()
    }

    fn check_connection(&mut self) -> bool {
        self.is_open()
    }

    fn is_open(&self) -> bool {
        !self.session.closing
    }
}

impl redis::aio::ConnectionLike for Connection {
    fn req_packed_command<'a>(&'a mut self, command: &'a Cmd) -> RedisFuture<'a, Value> {
        Box::pin(ready(self.run_one(&command.get_packed_command())))
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        let packed = pipeline.get_packed_pipeline();
        Box::pin(ready(self.run(&packed, offset, count)))
    }

    fn get_db(&self) -> i64 {
        self.database()
    }
}

fn failure(text: &'static str) -> RedisError {
    RedisError::from((ErrorKind::Client, text))
}

/// The words of a command as it goes over the wire.
fn words(request: Value) -> RedisResult<Vec<Vec<u8>>> {
    let Value::Array(items) = request else {
        return Err(failure("a command is an array of byte strings"));
    };
    let word = |item| match item {
        Value::BulkString(word) => Ok(word),
        _ => Err(failure("the words of a command are byte strings")),
    };
    items.into_iter().map(word).collect()
}

/// A reply as that crate has it.
fn value(reply: Reply) -> RedisResult<Value> {
    let each = |items: Vec<Reply>| {
        items
            .into_iter()
            .map(value)
            .collect::<RedisResult<Vec<_>>>()
    };
    let pairs = |pairs: Vec<(Reply, Reply)>| {
        let pair = |(a, b)| Ok((value(a)?, value(b)?));
        pairs.into_iter().map(pair).collect::<RedisResult<Vec<_>>>()
    };
    Ok(match reply {
        Reply::Status(text) if *text == *b"OK" => Value::Okay,
        Reply::Status(text) => Value::SimpleString(lossy(&text)),
        Reply::Error(error) => return error_value(&error),
        Reply::Integer(number) => Value::Int(number),
        Reply::Bulk(bytes) => Value::BulkString(bytes.to_vec()),
        Reply::Null | Reply::NullArray => Value::Nil,
        Reply::Array(items) => Value::Array(each(items)?),
        Reply::Pairs(items) => {
            let pair = |(a, b)| Ok(Value::Array(vec![value(a)?, value(b)?]));
            Value::Array(items.into_iter().map(pair).collect::<RedisResult<_>>()?)
        }
        Reply::Map(items) => Value::Map(pairs(items)?),
        Reply::Set(items) => Value::Set(each(items)?),
        Reply::Double(number) => Value::Double(number),
        Reply::Boolean(yes) => Value::Boolean(yes),
        Reply::BigNumber(digits) => return parsed(&[b"(", &digits, b"\r\n"]),
        Reply::Verbatim(format, text) => Value::VerbatimString {
            format: match &format {
                b"txt" => VerbatimFormat::Text,
                b"mkd" => VerbatimFormat::Markdown,
                _ => VerbatimFormat::Unknown(lossy(&format)),
            },
            text: lossy(&text),
        },
        Reply::Attribute(both) => Value::Attribute {
            data: Box::new(value(both.1)?),
            attributes: pairs(both.0)?,
        },
        Reply::Push(_) | Reply::Sequence(_) => {
            return Err(failure("this connection takes no messages"));
        }
    })
}

/// An error, which that crate makes only of what comes over the wire.
fn error_value(error: &CommandError) -> RedisResult<Value> {
    parsed(&[b"-", error.as_bytes(), b"\r\n"])
}

fn parsed(parts: &[&[u8]]) -> RedisResult<Value> {
    redis::parse_redis_value(&parts.concat())
}

fn lossy(text: &[u8]) -> String {
    String::from_utf8_lossy(text).into_owned()
}
