//! What the crate `redis` makes of a reply, as evalua's [`Reply`].

use evalua_redis::{CommandError, Reply};
use redis::{RedisError, ServerError, Value};

/// The reply that a value stands for.
pub fn reply(value: Value) -> Reply {
    let each = |items: Vec<Value>| items.into_iter().map(reply).collect::<Vec<_>>();
    let pairs = |pairs: Vec<(Value, Value)>| {
        let pairs = pairs.into_iter();
        pairs.map(|(a, b)| (reply(a), reply(b))).collect::<Vec<_>>()
    };
    match value {
        Value::Nil => Reply::Null,
        Value::Okay => Reply::OK,
        Value::SimpleString(text) => Reply::Status(text.into_bytes().into()),
        Value::Int(number) => Reply::Integer(number),
        Value::BulkString(bytes) => Reply::bulk(bytes),
        Value::Array(items) => Reply::Array(each(items)),
        Value::ServerError(error) => Reply::Error(server_error(&error)),
        // What follows comes only where a script or a spec has asked for RESP3.
        Value::Map(items) => Reply::Map(pairs(items)),
        Value::Set(items) => Reply::Set(each(items)),
        Value::Double(number) => Reply::Double(number),
        Value::Boolean(yes) => Reply::Boolean(yes),
        Value::VerbatimString { text, .. } => Reply::bulk(text),
        Value::Attribute { data, .. } => reply(*data),
        Value::Push { data, .. } => Reply::Array(each(data)),
        other => Reply::bulk(format!("{other:?}")),
    }
}

/// The text of an error, as the server sent it.
fn server_error(error: &ServerError) -> CommandError {
    text(error.code(), error.details())
}

/// The server's error, where an error is one; otherwise none came.
pub fn error_reply(error: &RedisError) -> Option<Reply> {
    let code = error.code()?;
    Some(Reply::Error(text(code, error.detail())))
}

fn text(code: &str, details: Option<&str>) -> CommandError {
    match details {
        Some(details) => CommandError::new(format!("{code} {details}")),
        None => CommandError::new(code),
    }
}

/// The byte string of a reply; nothing where it is another.
pub fn bulk(reply: &Reply) -> Option<&[u8]> {
    match reply {
        Reply::Bulk(bytes) => Some(bytes),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_the_servers_to_the_byte() {
        for text in [
            "ERR",
            "ERR ",
            "ERR two  blanks ",
            "CROSSSLOT Keys in request don't hash to the same slot",
            "mine it is",
            "WRONGTYPE Operation script: 0a1b, on @user_script:12.",
        ] {
            let wire = format!("*1\r\n-{text}\r\n");
            let value = redis::parse_redis_value(wire.as_bytes()).unwrap();
            let expected = Reply::Array(vec![Reply::Error(CommandError::new(text))]);
            assert_eq!(reply(value.clone()), expected, "{text}");
            let Value::Array(mut items) = value else {
                panic!("an array");
            };
            let error = items.remove(0).extract_error().unwrap_err();
            let expected = Reply::Error(CommandError::new(text));
            assert_eq!(error_reply(&error), Some(expected), "{text}");
        }
    }
}
