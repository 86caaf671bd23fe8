//! What the tests of this crate share: replies of a live server as [`Reply`].
#![allow(dead_code, reason = "no test file uses all of it")]

use evalua_conformance::resp;
use evalua_redis::{CommandError, Reply};

/// A reply from the wire, as far as RESP2 goes.
pub fn from_wire(reply: resp::Reply) -> Reply {
    match reply {
        resp::Reply::Status(text) => Reply::Status(text.into()),
        resp::Reply::Error(text) => Reply::Error(CommandError::new(text)),
        resp::Reply::Int(n) => Reply::Integer(n),
        resp::Reply::Bulk(bytes) => Reply::bulk(bytes),
        resp::Reply::NullBulk | resp::Reply::Null => Reply::Null,
        resp::Reply::NullArray => Reply::NullArray,
        resp::Reply::Array(items) => Reply::Array(items.into_iter().map(from_wire).collect()),
        other => panic!("not RESP2: {other:?}"),
    }
}
