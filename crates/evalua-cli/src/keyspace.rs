//! The keyspace after a run as JSON.

use evalua_test::keyspace::Entry;
use serde_json::{Value, json};

use crate::json;

/// As `{"keyspace": [{"key", "type", "value", "ttl_ms"}]}`, with `"db"` unless it is 0.
pub fn json(keys: &[Entry]) -> Value {
    let keys = keys.iter().map(|shown| {
        let mut object = json!({
            "key": json::bytes(&shown.key),
            "type": shown.kind,
            "value": json::value(&shown.value),
            "ttl_ms": shown.ttl_ms,
        });
        if shown.db > 0 {
            object["db"] = json!(shown.db);
        }
        object
    });
    json!({ "keyspace": keys.collect::<Value>() })
}
