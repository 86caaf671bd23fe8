//! Replies as JSON, for other programs.
//!
//! Owns the mapping. Strings that are UTF-8 are strings; other bytes are `{"hex": "…"}`, so that
//! nothing is lost and nothing is guessed. A status is a string, null is null, an error inside an array
//! is `{"error": "…"}`, a map is an array of pairs unless all its keys are text.

use evalua_redis::Reply;
use serde_json::{Map, Value, json};

/// A reply as `{"reply": …}`, an error reply as `{"error": "…"}`.
pub fn outcome(reply: &Reply) -> Value {
    match reply {
        Reply::Error(_) => value(reply),
        _ => json!({ "reply": value(reply) }),
    }
}

/// A reply as it is inside of others.
pub fn value(reply: &Reply) -> Value {
    match reply {
        Reply::Status(text) => bytes(text),
        Reply::Error(error) => json!({ "error": bytes(error.as_bytes()) }),
        Reply::Integer(n) => json!(n),
        Reply::Bulk(text) | Reply::BigNumber(text) | Reply::Verbatim(_, text) => bytes(text),
        Reply::Null | Reply::NullArray => Value::Null,
        Reply::Array(items) | Reply::Set(items) => items.iter().map(value).collect(),
        Reply::Push(items) | Reply::Sequence(items) => items.iter().map(value).collect(),
        Reply::Map(pairs) => object(pairs).unwrap_or_else(|| arrays(pairs)),
        Reply::Pairs(pairs) => arrays(pairs),
        Reply::Double(number) => json!(number),
        Reply::Boolean(yes) => json!(yes),
        Reply::Attribute(both) => value(&both.1),
    }
}

/// Text as a string, other bytes as `{"hex": "…"}`.
pub fn bytes(bytes: &[u8]) -> Value {
    match std::str::from_utf8(bytes) {
        Ok(text) => json!(text),
        Err(_) => {
            let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            json!({ "hex": hex })
        }
    }
}

/// A line of output.
pub fn line(value: &Value) -> Vec<u8> {
    format!("{value}\n").into_bytes()
}

/// The pairs as an object, if all keys are text.
fn object(pairs: &[(Reply, Reply)]) -> Option<Value> {
    let mut object = Map::new();
    for (key, item) in pairs {
        let Value::String(key) = value(key) else {
            return None;
        };
        object.insert(key, value(item));
    }
    Some(Value::Object(object))
}

fn arrays(pairs: &[(Reply, Reply)]) -> Value {
    pairs
        .iter()
        .map(|(first, second)| json!([value(first), value(second)]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use evalua_redis::CommandError;

    #[test]
    fn nothing_is_lost() {
        let reply = Reply::Array(vec![
            Reply::OK,
            Reply::Integer(i64::MIN),
            Reply::bulk("é\n"),
            Reply::bulk([0xff, 0]),
            Reply::Null,
            Reply::Error(CommandError::fixed("ERR no")),
            Reply::Array(vec![]),
            Reply::Map(vec![(Reply::bulk("k"), Reply::Double(0.5))]),
            Reply::Map(vec![(Reply::Integer(1), Reply::Boolean(true))]),
        ]);
        assert_eq!(
            outcome(&reply).to_string(),
            r#"{"reply":["OK",-9223372036854775808,"é\n",{"hex":"ff00"},null,{"error":"ERR no"},[],{"k":0.5},[[1,true]]]}"#
        );
        let error = Reply::Error(CommandError::fixed("ERR no"));
        assert_eq!(outcome(&error).to_string(), r#"{"error":"ERR no"}"#);
    }
}
