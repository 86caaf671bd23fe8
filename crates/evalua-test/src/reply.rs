//! What of the Redis under test Lua sees: replies as values, values as arguments.
//!
//! A reply is what a client of RESP2 makes of it: a status and a byte string are strings, an integer is a number, null is
//! nil, an array is a table. One that has nil in it has its length in `n`; one that is an error is `{ err = text }`,
//! as for scripts.

use evalua_redis::Reply;
use evalua_redis::number::{DoubleFormat, format_double};
use evalua_vm::{Error, Lua, Result, Table, Value};

/// The value of a reply.
pub fn to_lua(lua: &Lua, reply: &Reply) -> Result<Value> {
    Ok(match reply {
        Reply::Status(text) => Value::String(lua.create_string(text)?),
        Reply::Bulk(text) | Reply::BigNumber(text) | Reply::Verbatim(_, text) => {
            Value::String(lua.create_string(text)?)
        }
        Reply::Error(error) => {
            let table = lua.create_table()?;
            table.raw_set("err", lua.create_string(error.as_bytes())?)?;
            Value::Table(table)
        }
        Reply::Integer(n) => Value::Number(*n as f64),
        Reply::Double(n) => Value::Number(*n),
        Reply::Boolean(yes) => Value::Boolean(*yes),
        Reply::Null | Reply::NullArray => Value::Nil,
        Reply::Array(items) | Reply::Set(items) | Reply::Push(items) | Reply::Sequence(items) => {
            array(lua, items.iter())?
        }
        Reply::Map(pairs) | Reply::Pairs(pairs) => {
            array(lua, pairs.iter().flat_map(|(key, value)| [key, value]))?
        }
        Reply::Attribute(both) => to_lua(lua, &both.1)?,
    })
}

fn array<'a>(lua: &Lua, items: impl Iterator<Item = &'a Reply>) -> Result<Value> {
    let table = lua.create_table_with_capacity(items.size_hint().0, 0)?;
    let (mut length, mut has_nil) = (0i64, false);
    for item in items {
        length += 1;
        let item = to_lua(lua, item)?;
        has_nil |= item.is_nil();
        table.raw_set(length, item)?;
    }
    if has_nil {
        table.raw_set("n", length)?;
    }
    Ok(Value::Table(table))
}

/// The bytes of an argument; `what` names it in the error. A whole number has no fraction, another the shortest text
/// that stands for it.
pub fn argument(value: &Value, what: impl FnOnce() -> String) -> Result<Vec<u8>> {
    match value {
        Value::String(text) => Ok(text.as_bytes().to_vec()),
        Value::Number(number) => Ok(match value.as_integer() {
            Some(integer) => integer.to_string().into_bytes(),
            None => format_double(*number, DoubleFormat::Shortest).into_vec(),
        }),
        other => Err(Error::runtime(format_args!(
            "{} must be a string or a number, and is a {} value",
            what(),
            other.type_name()
        ))),
    }
}

/// The keys and arguments that a script is called with.
#[derive(Debug, Default)]
pub struct Invocation {
    /// KEYS.
    pub keys: Vec<Vec<u8>>,
    /// ARGV.
    pub args: Vec<Vec<u8>>,
}

impl Invocation {
    /// From `{ keys = {…}, args = {…} }`, or nothing.
    pub fn from_lua(value: &Value) -> Result<Invocation> {
        let mut made = Invocation::default();
        let table = match value {
            Value::Nil => return Ok(made),
            Value::Table(table) => table,
            other => {
                return Err(Error::runtime(format_args!(
                    "a script is called with one table, {{ keys = {{…}}, args = {{…}} }}, and not with a {} value",
                    other.type_name()
                )));
            }
        };
        for field in table.pairs::<Value, Value>() {
            let (name, words) = field?;
            match name.as_str() {
                Some("keys") => made.keys = arguments(&words, "keys")?,
                Some("args") => made.args = arguments(&words, "args")?,
                _ => {
                    return Err(Error::runtime(format_args!(
                        "a script is called with {{ keys = {{…}}, args = {{…}} }}, which has no field {}",
                        name.to_string()?
                    )));
                }
            }
        }
        Ok(made)
    }
}

fn arguments(words: &Value, name: &str) -> Result<Vec<Vec<u8>>> {
    let Value::Table(words) = words else {
        return Err(Error::runtime(format_args!(
            "{name} must be a table, and is a {} value",
            words.type_name()
        )));
    };
    (1..=length(words)?)
        .map(|index| argument(&words.raw_get(index)?, || format!("{name}[{index}]")))
        .collect()
}

/// The highest index of a table, so that a nil in its midst is met; or its `n`, if that is higher.
///
/// # Errors
/// When far more of it is nil than not: that is no list to go through.
pub fn length(table: &Table) -> Result<i64> {
    /// More than there are of items.
    const MOST_NILS: i64 = 1_000_000;
    let mut highest = table.raw_get::<Value>("n")?.as_integer().unwrap_or(0);
    let mut count = 0;
    for pair in table.pairs::<Value, Value>() {
        highest = highest.max(pair?.0.as_integer().unwrap_or(0));
        count += 1;
    }
    match highest - count > MOST_NILS {
        true => Err(Error::runtime(format_args!(
            "a list of {highest} items is nil but for {count} of them"
        ))),
        false => Ok(highest),
    }
}
