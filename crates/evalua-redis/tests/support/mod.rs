//! What the tests of this crate share: replies of a live server as [`Reply`].
#![allow(dead_code, reason = "no test file uses all of it")]

use evalua_conformance::resp;
use evalua_redis::{CommandError, Reply, number};

/// A reply from the wire.
pub fn from_wire(reply: resp::Reply) -> Reply {
    let each = |items: Vec<resp::Reply>| items.into_iter().map(from_wire).collect();
    match reply {
        resp::Reply::Status(text) => Reply::Status(text.into()),
        resp::Reply::Error(text) => Reply::Error(CommandError::new(text)),
        resp::Reply::Int(n) => Reply::Integer(n),
        resp::Reply::Bulk(bytes) => Reply::bulk(bytes),
        resp::Reply::NullBulk | resp::Reply::Null => Reply::Null,
        resp::Reply::NullArray => Reply::NullArray,
        resp::Reply::Array(items) => Reply::Array(each(items)),
        resp::Reply::Set(items) => Reply::Set(each(items)),
        resp::Reply::Push(items) => Reply::Push(each(items)),
        resp::Reply::Map(pairs) => {
            let pair = |(key, value)| (from_wire(key), from_wire(value));
            Reply::Map(pairs.into_iter().map(pair).collect())
        }
        resp::Reply::Bool(yes) => Reply::Boolean(yes),
        resp::Reply::Double(text) => Reply::Double(number::parse_double(&text).unwrap()),
        resp::Reply::BigNumber(text) => Reply::BigNumber(text.into()),
        resp::Reply::Verbatim { format, text } => {
            Reply::Verbatim(format.try_into().unwrap(), text.into())
        }
        resp::Reply::Attribute(pairs, reply) => {
            let pair = |(key, value)| (from_wire(key), from_wire(value));
            let pairs = pairs.into_iter().map(pair).collect();
            Reply::Attribute(Box::new((pairs, from_wire(*reply))))
        }
    }
}
