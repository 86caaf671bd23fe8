//! How Lua values look in messages: as redis-cli shows replies.
//!
//! Owns the way from a value to a [`Reply`] for display. It must not change what it shows: no metamethod runs.

use evalua_redis::{CommandError, Reply, text};
use evalua_vm::{Result, Table, Value};

/// So many tables in one another are shown; those in them are an ellipsis, as is a table within itself.
const MAX_DEPTH: usize = 16;

/// A value as text, of several lines perhaps.
pub fn show(value: &Value) -> Result<String> {
    let shown = text::print(&as_reply(value, 0)?);
    Ok(String::from_utf8_lossy(&shown).into_owned())
}

fn as_reply(value: &Value, depth: usize) -> Result<Reply> {
    Ok(match value {
        Value::Nil => Reply::Null,
        Value::Boolean(yes) => Reply::Boolean(*yes),
        Value::Number(number) => match value.as_integer() {
            Some(integer) => Reply::Integer(integer),
            None => Reply::Double(*number),
        },
        Value::String(text) => Reply::bulk(text),
        Value::Table(_) if depth == MAX_DEPTH => Reply::status("(…)"),
        Value::Table(table) => return table_as_reply(table, depth),
        other => Reply::Status(format!("({})", other.type_name()).into_bytes().into()),
    })
}

fn table_as_reply(table: &Table, depth: usize) -> Result<Reply> {
    let mut pairs = Vec::new();
    for pair in table.pairs::<Value, Value>() {
        pairs.push(pair?);
    }
    if let [(key, Value::String(text))] = &pairs[..]
        && key.as_str() == Some("err")
    {
        return Ok(Reply::Error(CommandError::new(text.as_bytes())));
    }
    if let Some(length) = array_length(&pairs) {
        let items = (1..=length).map(|index| as_reply(&table.raw_get(index)?, depth + 1));
        return Ok(Reply::Array(items.collect::<Result<_>>()?));
    }
    let mut shown = Vec::with_capacity(pairs.len());
    for (key, value) in &pairs {
        shown.push((as_reply(key, depth + 1)?, as_reply(value, depth + 1)?));
    }
    // Integers in their order, then all else by its looks.
    shown.sort_by_cached_key(|(key, _)| match key {
        Reply::Integer(n) => (0, *n, Vec::new()),
        other => (1, 0, text::print(other)),
    });
    Ok(Reply::Map(shown))
}

/// How many items an array has: a table with keys from 1 on, without gaps, or with an `n` that is not less than any of
/// them.
fn array_length(pairs: &[(Value, Value)]) -> Option<i64> {
    let (mut count, mut highest, mut n) = (0, 0, None);
    for (key, value) in pairs {
        match key.as_integer() {
            Some(index) if index >= 1 => {
                count += 1;
                highest = highest.max(index);
            }
            _ if key.as_str() == Some("n") => n = Some(value.as_integer()?),
            _ => return None,
        }
    }
    /// With more that are nil than this, it is no array to be read.
    const MOST_NILS: i64 = 1000;
    match n {
        None => (count == highest).then_some(count),
        Some(n) => (highest <= n && n - count <= MOST_NILS).then_some(n),
    }
}
