//! What functions of the sandbox return, as far as it matters.

use crate::value::{Number, Types, Value};

/// A row: the function and what it returns.
type Row = (&'static str, Value);

const STRING: Value = Value::of(Types::STRING);
const NUMBER: Value = Value::of(Types::NUMBER);
const WHOLE: Value = Value::number(Number::Whole);
const FRACTION: Value = Value::number(Number::Fraction);
const TABLE: Value = Value::of(Types::TABLE);

/// Functions that return one value, always.
const FUNCTIONS: &[Row] = &[
    ("bit.band", WHOLE),
    ("bit.bor", WHOLE),
    ("bit.bxor", WHOLE),
    ("bit.lshift", WHOLE),
    ("bit.rshift", WHOLE),
    ("cjson.decode", Value::ANY),
    ("cjson.encode", STRING),
    ("cmsgpack.pack", STRING),
    ("math.abs", NUMBER),
    ("math.ceil", WHOLE),
    ("math.floor", WHOLE),
    ("math.fmod", NUMBER),
    ("math.log", FRACTION),
    ("math.log10", FRACTION),
    ("math.exp", FRACTION),
    ("math.max", NUMBER),
    ("math.min", NUMBER),
    ("math.pow", NUMBER),
    ("math.sqrt", FRACTION),
    ("redis.breakpoint", Value::ANY),
    ("redis.error_reply", TABLE),
    ("redis.sha1hex", STRING),
    ("redis.status_reply", TABLE),
    ("string.char", STRING),
    ("string.format", STRING),
    ("string.len", WHOLE),
    ("string.lower", STRING),
    ("string.rep", STRING),
    ("string.reverse", STRING),
    ("string.sub", STRING),
    ("string.upper", STRING),
    ("table.concat", STRING),
    ("tonumber", Value::of(Types::NUMBER.or(Types::NIL))),
    ("tostring", STRING),
    ("type", STRING),
];

/// What the function of that name returns, if it is known, and always one value.
pub(super) fn result(name: &str) -> Option<Value> {
    let row = FUNCTIONS.iter().find(|row| row.0 == name);
    row.map(|row| row.1)
}
