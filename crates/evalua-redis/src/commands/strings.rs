//! Strings: values set and read whole, in part, and as numbers.

use crate::args::{Args, amount, is};
use crate::bytes::SmallBytes;
use crate::commands::lcs;
use crate::errors::{self, CommandError};
use crate::extended::Extended;
use crate::gate::Ctx;
use crate::reply::Reply;
use crate::table::access::{ACCESS, DELETE, INSERT, OW, RO, RW, UPDATE};
use crate::table::flag::{DENYOOM, FAST, READONLY, WRITE};
use crate::table::{Command, Group, KeySpec, Outcome, acl};
use crate::trace::Class;
use crate::values::StringValue;

const ROW: Command = Command {
    group: Group::String,
    acl: acl::STRING,
    ..Command::BASE
};

/// Every command of the family.
pub const COMMANDS: &[Command] = &[
    Command {
        name: "append",
        arity: 3,
        flags: WRITE | DENYOOM | FAST,
        keys: &[KeySpec::one(1, RW | INSERT)],
        since: "2.0.0",
        summary: "Appends a string to the value of a key. Creates the key if it doesn't exist.",
        examples: examples![
            ("APPEND k Hello", "(integer) 5"),
            ("APPEND k \" World\"", "(integer) 11"),
            ("GET k", "\"Hello World\""),
        ],
        run: append,
        ..ROW
    },
    Command {
        name: "decr",
        arity: 2,
        flags: WRITE | DENYOOM | FAST,
        keys: &[KeySpec::one(1, RW | ACCESS | UPDATE)],
        summary: "Decrements the integer value of a key by one. Uses 0 as initial value if the key doesn't exist.",
        examples: examples![
            ("DECR k", "(integer) -1"),
            ("SET k 234293482390480948029348230948", "OK"),
            (
                "DECR k",
                "(error) ERR value is not an integer or out of range",
            ),
        ],
        run: |ctx, args| add(ctx, args[1], -1),
        ..ROW
    },
    Command {
        name: "decrby",
        arity: 3,
        flags: WRITE | DENYOOM | FAST,
        keys: &[KeySpec::one(1, RW | ACCESS | UPDATE)],
        summary: "Decrements a number from the integer value of a key. Uses 0 as initial value if the key doesn't exist.",
        examples: examples![
            ("SET k 10", "OK"),
            ("DECRBY k 3", "(integer) 7"),
            (
                "DECRBY k -9223372036854775808",
                "(error) ERR decrement would overflow",
            ),
        ],
        run: |ctx, args| match args.int(2)?.checked_neg() {
            Some(by) => add(ctx, args[1], by),
            None => Err(errors::DECREMENT_OVERFLOW),
        },
        ..ROW
    },
    Command {
        name: "get",
        arity: 2,
        flags: READONLY | FAST,
        keys: &[KeySpec::one(1, RO | ACCESS)],
        summary: "Returns the string value of a key.",
        examples: examples![
            ("GET k", "(nil)"),
            ("SET k v", "OK"),
            ("GET k", "\"v\""),
            (
                "GET",
                "(error) ERR wrong number of arguments for 'get' command",
            ),
        ],
        run: |ctx, args| {
            let answer = ctx.answer();
            let value = ctx.db().read::<StringValue>(args[1])?;
            Ok(answer.one(value.map(StringValue::as_element)))
        },
        ..ROW
    },
    Command {
        name: "getdel",
        arity: 2,
        flags: WRITE | FAST,
        keys: &[KeySpec::one(1, RW | ACCESS | DELETE)],
        since: "6.2.0",
        summary: "Returns the string value of a key after deleting the key.",
        examples: examples![
            ("SET k v", "OK"),
            ("GETDEL k", "\"v\""),
            ("GETDEL k", "(nil)"),
        ],
        run: getdel,
        ..ROW
    },
    Command {
        name: "getex",
        arity: -2,
        flags: WRITE | FAST,
        keys: &[KeySpec::one(1, RW | ACCESS | UPDATE)
            .noting("RW and UPDATE because it changes the TTL")],
        since: "6.2.0",
        summary: "Returns the string value of a key after setting its expiration time.",
        examples: examples![
            ("SET k v", "OK"),
            ("GETEX k EX 100", "\"v\""),
            (
                "GETEX k EX 0",
                "(error) ERR invalid expire time in 'getex' command",
            ),
            ("GETEX k PERSIST EX 5", "(error) ERR syntax error"),
            ("GETEX none EX 0", "(nil)"),
        ],
        run: getex,
        ..ROW
    },
    Command {
        name: "getrange",
        arity: 4,
        flags: READONLY,
        keys: &[KeySpec::one(1, RO | ACCESS)],
        since: "2.4.0",
        summary: "Returns a substring of the string stored at a key.",
        complexity: "O(N) where N is the length of the returned string.",
        examples: examples![
            ("SET k \"This is a string\"", "OK"),
            ("GETRANGE k 0 3", "\"This\""),
            ("GETRANGE k -3 -1", "\"ing\""),
            ("GETRANGE k 10 100", "\"string\""),
            ("GETRANGE k 5 2", "\"\""),
        ],
        run: getrange,
        ..ROW
    },
    Command {
        name: "getset",
        arity: 3,
        flags: WRITE | DENYOOM | FAST,
        keys: &[KeySpec::one(1, RW | ACCESS | UPDATE)],
        summary: "Returns the previous string value of a key after setting it to a new value.",
        examples: examples![("GETSET k 1", "(nil)"), ("GETSET k 2", "\"1\"")],
        run: getset,
        ..ROW
    },
    Command {
        name: "incr",
        arity: 2,
        flags: WRITE | DENYOOM | FAST,
        keys: &[KeySpec::one(1, RW | ACCESS | UPDATE)],
        summary: "Increments the integer value of a key by one. Uses 0 as initial value if the key doesn't exist.",
        examples: examples![
            ("INCR k", "(integer) 1"),
            ("SET k 9223372036854775807", "OK"),
            (
                "INCR k",
                "(error) ERR increment or decrement would overflow",
            ),
        ],
        run: |ctx, args| add(ctx, args[1], 1),
        ..ROW
    },
    Command {
        name: "incrby",
        arity: 3,
        flags: WRITE | DENYOOM | FAST,
        keys: &[KeySpec::one(1, RW | ACCESS | UPDATE)],
        summary: "Increments the integer value of a key by a number. Uses 0 as initial value if the key doesn't exist.",
        examples: examples![
            ("INCRBY k 5", "(integer) 5"),
            ("INCRBY k -7", "(integer) -2"),
            (
                "INCRBY k 1.5",
                "(error) ERR value is not an integer or out of range",
            ),
        ],
        run: |ctx, args| add(ctx, args[1], args.int(2)?),
        ..ROW
    },
    Command {
        name: "incrbyfloat",
        arity: 3,
        flags: WRITE | DENYOOM | FAST,
        keys: &[KeySpec::one(1, RW | ACCESS | UPDATE)],
        since: "2.6.0",
        summary: "Increment the floating point value of a key by a number. Uses 0 as initial value if the key doesn't exist.",
        examples: examples![
            ("SET k 10.50", "OK"),
            ("INCRBYFLOAT k 0.1", "\"10.6\""),
            ("INCRBYFLOAT k -5.0e0", "\"5.6\""),
            (
                "INCRBYFLOAT k inf",
                "(error) ERR increment would produce NaN or Infinity",
            ),
            (
                "INCRBYFLOAT k nan",
                "(error) ERR value is not a valid float",
            ),
        ],
        run: incrbyfloat,
        ..ROW
    },
    Command {
        name: "lcs",
        arity: -3,
        flags: READONLY,
        keys: &[KeySpec::range(1, 1, 1, RO | ACCESS)],
        since: "7.0.0",
        summary: "Finds the longest common substring.",
        complexity: "O(N*M) where N and M are the lengths of s1 and s2, respectively",
        examples: examples![
            ("MSET a ohmytext b mynewtext", "OK"),
            ("LCS a b", "\"mytext\""),
            ("LCS a b LEN", "(integer) 6"),
            (
                "LCS a b IDX MINMATCHLEN 4 WITHMATCHLEN",
                concat!(
                    "1) \"matches\"\n",
                    "2) 1) 1) 1) (integer) 4\n",
                    "         2) (integer) 7\n",
                    "      2) 1) (integer) 5\n",
                    "         2) (integer) 8\n",
                    "      3) (integer) 4\n",
                    "3) \"len\"\n",
                    "4) (integer) 6"
                ),
            ),
            (
                "LCS a b LEN IDX",
                "(error) ERR If you want both the length and indexes, please just use IDX.",
            ),
        ],
        run: lcs::run,
        ..ROW
    },
    Command {
        name: "mget",
        arity: -2,
        flags: READONLY | FAST,
        keys: &[KeySpec::range(1, -1, 1, RO | ACCESS)],
        summary: "Atomically returns the string values of one or more keys.",
        complexity: "O(N) where N is the number of keys to retrieve.",
        tips: &["request_policy:multi_shard"],
        examples: examples![
            ("MSET a 1 b x", "OK"),
            ("MGET a none b", "1) \"1\"\n2) (nil)\n3) \"x\""),
        ],
        run: mget,
        ..ROW
    },
    Command {
        name: "mset",
        arity: -3,
        flags: WRITE | DENYOOM,
        keys: &[KeySpec::range(1, -1, 2, OW | UPDATE)],
        since: "1.0.1",
        summary: "Atomically creates or modifies the string values of one or more keys.",
        complexity: "O(N) where N is the number of keys to set.",
        tips: &[
            "request_policy:multi_shard",
            "response_policy:all_succeeded",
        ],
        examples: examples![
            ("MSET a 1 b 2", "OK"),
            (
                "MSET a 1 b",
                "(error) ERR wrong number of arguments for 'mset' command",
            ),
        ],
        run: |ctx, args| set_many(ctx, args, false),
        ..ROW
    },
    Command {
        name: "msetnx",
        arity: -3,
        flags: WRITE | DENYOOM,
        keys: &[KeySpec::range(1, -1, 2, OW | INSERT)],
        since: "1.0.1",
        summary: "Atomically modifies the string values of one or more keys only when all keys don't exist.",
        complexity: "O(N) where N is the number of keys to set.",
        examples: examples![
            ("MSETNX a 1 b 2", "(integer) 1"),
            ("MSETNX b 3 c 4", "(integer) 0"),
            ("MGET a b c", "1) \"1\"\n2) \"2\"\n3) (nil)"),
        ],
        run: |ctx, args| set_many(ctx, args, true),
        ..ROW
    },
    Command {
        name: "psetex",
        arity: 4,
        flags: WRITE | DENYOOM,
        keys: &[KeySpec::one(1, OW | UPDATE)],
        since: "2.6.0",
        summary: "Sets both string value and expiration time in milliseconds of a key. The key is created if it doesn't exist.",
        examples: examples![
            ("PSETEX k 1000000 v", "OK"),
            ("GET k", "\"v\""),
            (
                "PSETEX k 0 v",
                "(error) ERR invalid expire time in 'psetex' command",
            ),
        ],
        run: |ctx, args| set_until(ctx, args, Unit::Milliseconds),
        ..ROW
    },
    Command {
        name: "set",
        arity: -3,
        flags: WRITE | DENYOOM,
        keys: &[KeySpec {
            access: RW | ACCESS | UPDATE | crate::table::access::VARIABLE_FLAGS,
            notes: "RW and ACCESS due to the optional `GET` argument",
            ..KeySpec::one(1, 0)
        }],
        uses: Some(
            |args| match args.from(3).iter().any(|word| is(word, "GET")) {
                true => RW | ACCESS | UPDATE,
                false => OW | UPDATE,
            },
        ),
        summary: "Sets the string value of a key, ignoring its type. The key is created if it doesn't exist.",
        examples: examples![
            ("SET k v", "OK"),
            ("SET k w NX", "(nil)"),
            ("SET k w XX GET", "\"v\""),
            ("SET k v EX 10 PX 10", "(error) ERR syntax error"),
            (
                "SET k v EX -1",
                "(error) ERR invalid expire time in 'set' command",
            ),
        ],
        run: set,
        ..ROW
    },
    Command {
        name: "setex",
        arity: 4,
        flags: WRITE | DENYOOM,
        keys: &[KeySpec::one(1, OW | UPDATE)],
        since: "2.0.0",
        summary: "Sets the string value and expiration time of a key. Creates the key if it doesn't exist.",
        examples: examples![
            ("SETEX k 10 v", "OK"),
            ("GET k", "\"v\""),
            (
                "SETEX k x v",
                "(error) ERR value is not an integer or out of range",
            ),
        ],
        run: |ctx, args| set_until(ctx, args, Unit::Seconds),
        ..ROW
    },
    Command {
        name: "setnx",
        arity: 3,
        flags: WRITE | DENYOOM | FAST,
        keys: &[KeySpec::one(1, OW | INSERT)],
        summary: "Set the string value of a key only when the key doesn't exist.",
        examples: examples![
            ("SETNX k v", "(integer) 1"),
            ("SETNX k w", "(integer) 0"),
            ("GET k", "\"v\""),
        ],
        run: setnx,
        ..ROW
    },
    Command {
        name: "setrange",
        arity: 4,
        flags: WRITE | DENYOOM,
        keys: &[KeySpec::one(1, RW | UPDATE)],
        since: "2.2.0",
        summary: "Overwrites a part of a string value with another by an offset. Creates the key if it doesn't exist.",
        complexity: "O(1), not counting the time taken to copy the new string in place.",
        examples: examples![
            ("SET k \"Hello World\"", "OK"),
            ("SETRANGE k 6 Redis", "(integer) 11"),
            ("GET k", "\"Hello Redis\""),
            ("SETRANGE n 3 x", "(integer) 4"),
            ("GET n", "\"\\x00\\x00\\x00x\""),
            ("SETRANGE n -1 x", "(error) ERR offset is out of range"),
        ],
        run: setrange,
        ..ROW
    },
    Command {
        name: "strlen",
        arity: 2,
        flags: READONLY | FAST,
        keys: &[KeySpec::one(1, RO)],
        since: "2.2.0",
        summary: "Returns the length of a string value.",
        examples: examples![
            ("SET k \"Hello world\"", "OK"),
            ("STRLEN k", "(integer) 11"),
            ("STRLEN none", "(integer) 0"),
        ],
        run: |ctx, args| {
            let value = ctx.db().read::<StringValue>(args[1])?;
            Ok(Reply::count(value.map_or(0, StringValue::len)))
        },
        ..ROW
    },
    Command {
        name: "substr",
        arity: 4,
        flags: READONLY,
        keys: &[KeySpec::one(1, RO | ACCESS)],
        summary: "Returns a substring from a string value.",
        complexity: "O(N) where N is the length of the returned string.",
        examples: examples![("SET k abcdef", "OK"), ("SUBSTR k 1 2", "\"bc\"")],
        run: getrange,
        ..ROW
    },
];

/// The value of a key, as the commands answer it that change it too.
fn string_of(ctx: &mut Ctx<'_>, key: &[u8]) -> Outcome {
    let value = ctx.db().read::<StringValue>(key)?;
    Ok(value.map_or(Reply::Null, |value| Reply::Bulk(value.to_small())))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Unit {
    Seconds,
    Milliseconds,
}

/// What an option says about the expiry of a key.
#[derive(Clone, Copy)]
enum Expiry<'a> {
    /// EX, PX, EXAT, PXAT with their argument, read only once it is known to be needed.
    Time {
        text: &'a [u8],
        unit: Unit,
        absolute: bool,
    },
    /// KEEPTTL
    Keep,
    /// PERSIST
    Remove,
}

impl<'a> Expiry<'a> {
    /// The option of this word, when it sets a time; takes its argument.
    fn time(word: &[u8], words: &mut crate::args::Words<'a>) -> Option<Expiry<'a>> {
        let (unit, absolute) = match word.to_ascii_uppercase().as_slice() {
            b"EX" => (Unit::Seconds, false),
            b"PX" => (Unit::Milliseconds, false),
            b"EXAT" => (Unit::Seconds, true),
            b"PXAT" => (Unit::Milliseconds, true),
            _ => return None,
        };
        words.next().map(|text| Expiry::Time {
            text,
            unit,
            absolute,
        })
    }

    /// Whether it may follow `before`: an option may be given again, but not another in its place.
    fn may_follow(&self, before: Option<&Expiry<'_>>) -> bool {
        match (self, before) {
            (_, None) | (Expiry::Keep, Some(Expiry::Keep)) => true,
            (Expiry::Remove, Some(Expiry::Remove)) => true,
            (
                Expiry::Time { unit, absolute, .. },
                Some(Expiry::Time {
                    unit: u,
                    absolute: a,
                    ..
                }),
            ) => unit == u && absolute == a,
            _ => false,
        }
    }
}

/// The instant that a time argument means, Unix milliseconds.
fn deadline(ctx: &Ctx<'_>, text: &[u8], unit: Unit, absolute: bool) -> Result<i64, CommandError> {
    let invalid = || errors::invalid_expire(ctx.command.name);
    let time = crate::args::int(text)?;
    let scale = if unit == Unit::Seconds { 1000 } else { 1 };
    let base = if absolute { 0 } else { ctx.now_ms() };
    (time > 0)
        .then(|| time.checked_mul(scale)?.checked_add(base))
        .flatten()
        .ok_or_else(invalid)
}

/// Sets a key to a value, with its events.
fn store(ctx: &mut Ctx<'_>, key: &[u8], value: &[u8], deadline: Option<i64>) {
    ctx.db().set(key, StringValue::new(value));
    ctx.notify(Class::String, "set", key);
    if let Some(at) = deadline {
        ctx.db().set_expire_at(key, Some(at));
        ctx.notify_too(Class::Generic, "expire", key);
    }
}

fn set(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let (key, value) = (args[1], args[2]);
    let (mut if_absent, mut if_present, mut get) = (false, false, false);
    let mut expiry = None;
    let mut words = args.words(3);
    while let Some(word) = words.next() {
        if is(word, "NX") && !if_present {
            if_absent = true;
        } else if is(word, "XX") && !if_absent {
            if_present = true;
        } else if is(word, "GET") {
            get = true;
        } else {
            let option = if is(word, "KEEPTTL") {
                Some(Expiry::Keep)
            } else {
                Expiry::time(word, &mut words)
            };
            match option {
                Some(option) if option.may_follow(expiry.as_ref()) => expiry = Some(option),
                _ => return Err(errors::SYNTAX),
            }
        }
    }
    let at = match expiry {
        Some(Expiry::Time {
            text,
            unit,
            absolute,
        }) => Some(deadline(ctx, text, unit, absolute)?),
        _ => None,
    };
    let old = if get {
        Some(string_of(ctx, key)?)
    } else {
        None
    };
    let exists = (if_absent || if_present) && ctx.db().touch(key);
    if (if_absent && exists) || (if_present && !exists) {
        return Ok(old.unwrap_or(Reply::Null));
    }
    if matches!(expiry, Some(Expiry::Keep)) {
        ctx.db().set_keeping_expiry(key, StringValue::new(value));
        ctx.notify(Class::String, "set", key);
    } else {
        store(ctx, key, value, at);
    }
    Ok(old.unwrap_or(Reply::OK))
}

/// SETEX and PSETEX: key, time, value.
fn set_until(ctx: &mut Ctx<'_>, args: Args<'_>, unit: Unit) -> Outcome {
    let at = deadline(ctx, args[2], unit, false)?;
    store(ctx, args[1], args[3], Some(at));
    Ok(Reply::OK)
}

fn setnx(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let is_new = !ctx.db().touch(args[1]);
    if is_new {
        store(ctx, args[1], args[2], None);
    }
    Ok(Reply::flag(is_new))
}

fn getset(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let old = string_of(ctx, args[1])?;
    store(ctx, args[1], args[2], None);
    Ok(old)
}

fn getdel(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let old = string_of(ctx, args[1])?;
    if ctx.db().remove(args[1]).is_some() {
        ctx.notify(Class::Generic, "del", args[1]);
    }
    Ok(old)
}

fn getex(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let key = args[1];
    let mut expiry = None;
    let mut words = args.words(2);
    while let Some(word) = words.next() {
        let option = if is(word, "PERSIST") {
            Some(Expiry::Remove)
        } else {
            Expiry::time(word, &mut words)
        };
        match option {
            Some(option) if option.may_follow(expiry.as_ref()) => expiry = Some(option),
            _ => return Err(errors::SYNTAX),
        }
    }
    let value = string_of(ctx, key)?;
    if value == Reply::Null {
        return Ok(value);
    }
    match expiry {
        Some(Expiry::Time {
            text,
            unit,
            absolute,
        }) => {
            let at = deadline(ctx, text, unit, absolute)?;
            if at <= ctx.now_ms() {
                ctx.db().remove(key);
                ctx.notify(Class::Generic, "del", key);
            } else {
                ctx.db().set_expire_at(key, Some(at));
                ctx.notify(Class::Generic, "expire", key);
            }
        }
        Some(Expiry::Remove) => {
            if ctx.db().set_expire_at(key, None) {
                ctx.notify(Class::Generic, "persist", key);
            }
        }
        Some(Expiry::Keep) | None => {}
    }
    Ok(value)
}

fn mget(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let keys = args.from(1);
    let (mut values, db) = (ctx.answer().begin(keys.len()), ctx.db());
    for key in keys {
        // A key of another type has no string value.
        let value = db.read::<StringValue>(key).ok().flatten();
        values.add(value.map(StringValue::as_element));
    }
    Ok(values.finish(Reply::Array))
}

/// MSET, and MSETNX which sets nothing when one of the keys exists.
fn set_many(ctx: &mut Ctx<'_>, args: Args<'_>, if_absent: bool) -> Outcome {
    let wrong_arity = || errors::wrong_arity(ctx.command.name);
    let pairs = args.pairs(1).ok_or_else(wrong_arity)?;
    if if_absent {
        let db = ctx.db();
        if args.from(1).iter().step_by(2).any(|key| db.touch(key)) {
            return Ok(Reply::flag(false));
        }
    }
    for (key, value) in pairs {
        store(ctx, key, value, None);
    }
    Ok(if if_absent {
        Reply::flag(true)
    } else {
        Reply::OK
    })
}

/// Adds to the integer at a key.
fn add(ctx: &mut Ctx<'_>, key: &[u8], by: i64) -> Outcome {
    let db = ctx.db();
    let new = match db.write::<StringValue>(key)? {
        Some(value) => {
            let old = value.as_int().ok_or(errors::NOT_AN_INTEGER)?;
            let new = old.checked_add(by).ok_or(errors::INCREMENT_OVERFLOW)?;
            *value = StringValue::from_int(new);
            new
        }
        None => {
            db.set(key, StringValue::from_int(by));
            by
        }
    };
    ctx.notify(Class::String, "incrby", key);
    Ok(Reply::Integer(new))
}

fn incrbyfloat(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let key = args[1];
    let old = match ctx.db().read::<StringValue>(key)? {
        Some(value) => match value.as_int() {
            Some(n) => Extended::from_int(n),
            None => Extended::parse(&value.as_bytes()).ok_or(errors::NOT_A_FLOAT)?,
        },
        None => Extended::from_int(0),
    };
    let by = Extended::parse(args[2]).ok_or(errors::NOT_A_FLOAT)?;
    let new = old.checked_add(by).ok_or(errors::NAN_OR_INFINITY)?;
    let text = SmallBytes::from(new.to_text());
    ctx.db()
        .set_keeping_expiry(key, StringValue::text(text.clone()));
    ctx.notify(Class::String, "incrbyfloat", key);
    Ok(Reply::Bulk(text))
}

/// Refuses a string that would be longer than the server lets it.
fn check_length(ctx: &Ctx<'_>, offset: usize, len: usize) -> Result<(), CommandError> {
    let max = usize::try_from(ctx.core.config.proto_max_bulk_len).unwrap_or(usize::MAX);
    match offset.checked_add(len) {
        Some(total) if total <= max => Ok(()),
        _ => Err(errors::STRING_TOO_LONG),
    }
}

fn append(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let (key, tail) = (args[1], args[2]);
    let len = match ctx.db().read::<StringValue>(key)?.map(StringValue::len) {
        None => {
            ctx.db().set(key, StringValue::new(tail));
            tail.len()
        }
        Some(len) => {
            check_length(ctx, len, tail.len())?;
            if let Some(value) = ctx.db().write::<StringValue>(key)? {
                value.make_mut().extend_from_slice(tail);
            }
            len + tail.len()
        }
    };
    ctx.notify(Class::String, "append", key);
    Ok(Reply::count(len))
}

fn setrange(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let (key, piece) = (args[1], args[3]);
    let offset = amount(args.int(2)?).ok_or(errors::OFFSET_OUT_OF_RANGE)?;
    let old_len = ctx
        .db()
        .read::<StringValue>(key)?
        .map_or(0, StringValue::len);
    if piece.is_empty() {
        return Ok(Reply::count(old_len));
    }
    check_length(ctx, offset, piece.len())?;
    let end = offset + piece.len();
    let bytes = ctx.db().write_or_insert::<StringValue>(key)?.make_mut();
    if bytes.len() < end {
        bytes.resize(end, 0);
    }
    bytes[offset..end].copy_from_slice(piece);
    let len = bytes.len();
    ctx.notify(Class::String, "setrange", key);
    Ok(Reply::count(len))
}

fn getrange(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let (start, end) = (args.int(2)?, args.int(3)?);
    let Some(value) = ctx.db().read::<StringValue>(args[1])? else {
        return Ok(Reply::Bulk(SmallBytes::EMPTY));
    };
    let bytes = value.as_bytes();
    Ok(Reply::bulk(slice(&bytes, start, end)))
}

/// The part from `start` to `end`, both included, negative ones counted from the end.
fn slice(bytes: &[u8], start: i64, end: i64) -> &[u8] {
    if start < 0 && end < 0 && start > end {
        return &[];
    }
    let len = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
    let position = |index: i64| {
        if index < 0 {
            (index + len).max(0)
        } else {
            index
        }
    };
    let (start, end) = (position(start), position(end).min(len - 1));
    if start > end {
        return &[];
    }
    &bytes[start as usize..=end as usize]
}
